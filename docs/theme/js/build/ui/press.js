// What the builder's buttons do.

import { copy } from "../../ui/hand.js";
import { encode } from "../link.js";
import { pathOf } from "../tree.js";
import { EDITS } from "./actions.js";
import { summary } from "./panels.js";
import { fixesOf } from "./state.js";

/** @import { Builder } from "./app.js" */

/** @type {Record<string, (app: Builder, button: HTMLButtonElement) => void>} */
const BUTTONS = {
  select: (app, { dataset }) => app.select(dataset.path ?? ""),
  "close-block": (app) => app.close(),
  go: (app, { dataset }) => {
    app.show("net");
    app.select(dataset.path ?? "");
  },
  insert: (app, { dataset }) => app.palette.show(pathOf(dataset.path ?? "")),
  after: (app) => app.insertAfter(),
  offer: (app, { dataset }) => app.palette.choose(Number(dataset.at)),
  undo: (app) => app.travel("undo"),
  redo: (app) => app.travel("redo"),
  copy: (app, button) => app.copyProgram(button),
  link: (app, button) => {
    encode(app.program).then((hash) => copy(new URL(hash, location.href).href, button, app.words));
  },
  restore: (app, { dataset }) => app.keep.restore(Number(dataset.time)),
  keep: (app) => app.box(".build-draft").hidden = true,
  fix: (app, { dataset }) => {
    const fix = fixesOf(app.program, app.table, app.known)[Number(dataset.at)];
    if (fix) app.set(fix.program);
    app.say(summary(app.shown), false);
  },
  "init-add": (app) => app.set({ ...app.program, init: [...app.program.init, ["*", ["default", {}]]] }),
  "init-remove": (app, { dataset }) => {
    app.set({ ...app.program, init: app.program.init.toSpliced(Number(dataset.at), 1) });
  },
  define: (app) => app.edit("define", app.box("#build-def-name").value.trim()),
};

/** @param {Builder} app @param {HTMLButtonElement} button */
export function press(app, button) {
  const action = button.dataset.do ?? "";
  if (Object.hasOwn(BUTTONS, action)) return BUTTONS[action](app, button);
  if (Object.hasOwn(EDITS, action)) return app.edit(action);
  app.take(action, button);
}

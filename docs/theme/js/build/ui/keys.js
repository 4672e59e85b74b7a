// The builder's keys. Each has a visible button; single letters work only in the list of blocks, and can be turned off.

import { TABS } from "./panels.js";

/** @import { Builder } from "./app.js" */

/** @type {Record<string, string>} */
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" };

/** @param {Builder} app @param {KeyboardEvent} event */
export function pressed(app, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches("input:not([type=checkbox]), textarea, select");
  const plain = !event.altKey && !event.ctrlKey && !event.metaKey;
  if (plain && event.key.length === 1) event.stopPropagation(); // the theme leaves the page on N and P
  if (target.closest("[role=tablist]")) return plain && turn(app, event);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
    event.preventDefault();
    return app.travel(event.shiftKey ? "redo" : "undo");
  }
  if (event.key === "Escape" && app.selected) {
    if (target.closest(".build-net")) return app.close();
    if (target.closest(".build-inspector")) return app.select(app.selected); // from the form to its block
  }
  if (!target.closest(".build-net") || typing) return;
  const done = command(app, event, plain, target);
  if (done) event.preventDefault();
}

/** @param {Builder} app @param {KeyboardEvent} event @param {boolean} plain @param {HTMLElement} target */
function command(app, event, plain, target) {
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    app.edit(ARROWS[event.key]);
    return true;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") {
    app.edit("duplicate");
    return true;
  }
  if (!plain) return false;
  if (event.key in ARROWS) {
    app.go(ARROWS[event.key]);
    return true;
  }
  if (event.key === "Enter" && target.matches(".build-name")) {
    app.select(target.dataset.path ?? "", false);
    app.focus(".build-inspector :is(input, select, button)");
    return true;
  }
  if (event.key === "Delete") {
    app.edit("delete");
    return true;
  }
  return letter(app, event.key.toLowerCase());
}

/** @param {Builder} app @param {string} key */
function letter(app, key) {
  if (!app.letters) return false;
  if (key === "a") app.insertAfter();
  else if (key === "g") app.edit("wrap", "seq");
  else if (key === "n") app.edit("wrap", "repeat");
  else if (key === "u") app.edit("unwrap");
  else return false;
  return true;
}

/** Arrows among the tabs. @param {Builder} app @param {KeyboardEvent} event */
function turn(app, event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = TABS.indexOf(app.tab);
  const to = event.key === "Home"
    ? 0
    : event.key === "End"
    ? TABS.length - 1
    : by
    ? (at + by + TABS.length) % TABS.length
    : -1;
  if (to < 0) return;
  event.preventDefault();
  app.show(TABS[to]);
  app.focus(`#build-tab-${TABS[to]}`);
}

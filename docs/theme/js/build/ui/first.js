// The builder's first HTML, for the build: a preset's net, and its program. No page loads this module.

import { escape, Words } from "../../ui/words.js";
import { DATA } from "../data.js";
import { PRESETS } from "../presets.js";
import { arranged } from "../table.js";
import { bar, dialogs, panel, tabs } from "./frame.js";
import { checkPanel, codePanel, headings, netPanel, summary, trainPanel } from "./panels.js";
import { python } from "./out.js";
import { known } from "./state.js";

/** @import { Table } from "../table.js" */

/** Which preset the page starts with. */
export const START = "lenet";

/**
 * @param {Table} table @param {Record<string, any>} entries words @param {string} language
 */
export function render(table, entries, language) {
  const words = new Words(entries, language);
  const program = arranged(PRESETS[START], table);
  const found = known(program, table);
  const shown = { program, shapes: found.shapes, problems: found.problems, words, selected: "" };
  const html = [
    bar(words).replace('<p class="build-summary"></p>', `<p class="build-summary">${escape(summary(shown))}</p>`),
    tabs(words, "net"),
    panel("net", "net", netPanel(shown, table, found)),
    panel("train", "net", trainPanel(shown, table)),
    panel("check", "net", checkPanel(shown, table, found)),
    panel("code", "net", codePanel(shown, python(program, table, headings(words)))),
    dialogs(words),
  ].join("") + offered(table, words);
  return { html, start: program };
}

/** What there is to choose from, counted, and what is left out and why. @param {Table} table @param {Words} words */
function offered(table, words) {
  const counts = {
    layers: Object.keys(table.layers).length,
    inits: Object.keys(table.inits).length,
    losses: Object.keys(table.losses).length,
    optimizers: Object.keys(table.optimizers).length,
    schedulers: Object.keys(table.schedulers).length,
    sets: Object.keys(DATA).length,
    torch: table.torch,
  };
  const reasons = [...new Set(Object.values(table.left_out))].map((reason) => {
    const names = Object.keys(table.left_out).filter((name) => table.left_out[name] === reason);
    return `<dt>${names.map((name) => `<code>${escape(name)}</code>`).join(", ")}</dt><dd>${
      escape(words.say(`reason.${reason}`))
    }</dd>`;
  });
  return `<p class="build-offered">${escape(words.say("offered", counts))}</p>` +
    `<details><summary>${escape(words.say("left_out"))}</summary><dl>${reasons.join("")}</dl></details>`;
}

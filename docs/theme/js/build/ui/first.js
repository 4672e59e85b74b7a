// The builder's first HTML, for the build: a preset's net, and its program. No page loads this module.

import { escape, Words } from "../../ui/words.js";
import { PRESETS } from "../presets.js";
import { arranged } from "../table.js";
import { bar, checkPanel, codePanel, dialogs, netPanel, panel, summary, tabs, trainPanel } from "./panels.js";
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
    panel("code", "net", codePanel(shown, table)),
    dialogs(words),
  ].join("");
  return { html, start: program };
}

// The builder's HTML, part by part: the same at build time and on the page. Pure.

import { escape } from "../../ui/words.js";
import { check } from "./check.js";
import { diagram } from "./diagram.js";
import { button } from "./form.js";
import { inspector } from "./inspector.js";
import { net, size, troubleText } from "./net.js";
import { fixesOf } from "./state.js";
import { train } from "./train.js";

/**
 * @import { Table } from "../table.js"
 * @import { Shown } from "./net.js"
 * @import { Made } from "./out.js"
 * @import { Known } from "./state.js"
 * @import { Words } from "../../ui/words.js"
 */

export const TABS = ["net", "train", "check", "code"];

/** @param {Words} words @param {string} prefix */
const named = (words, prefix) =>
  Object.keys(words.entries).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));

/** The headings of a program's parts, and its comments. @param {Words} words @returns {Record<string, string>} */
export const headings = (words) =>
  Object.fromEntries([
    ...named(words, "heading.").map((name) => [name, words.say(`heading.${name}`)]),
    ...named(words, "note.").map((name) => [name, words.say(`note.${name}`)]),
  ]);

/** The line that says how things stand. @param {Shown} shown */
export function summary({ shapes, problems, words }) {
  if (problems.length) return words.say("summary.problem", { count: problems.length });
  if (!shapes) return "";
  if (shapes.error) return words.say("summary.error", { sentence: troubleText(shapes.error.trouble, words) });
  return words.say("summary.good", {
    shape: size(shapes.out),
    params: words.whole(shapes.params),
    macs: words.short(shapes.macs),
    count: shapes.params,
  });
}

/** @param {Shown} shown @param {Table} table @param {Known} known */
export function netPanel(shown, table, known) {
  return `<div class="build-columns"><div class="build-net">${net(shown)}</div>` +
    `<div class="build-side"><section class="build-inspector" aria-label="${escape(shown.words.say("selected"))}">${
      inspector(shown, table)
    }</section><div class="build-picture" tabindex="0" role="group" aria-label="${
      escape(shown.words.say("diagram"))
    }">${picture(shown, known)}</div></div></div>${keys(shown.words)}`;
}

/** @param {Shown} shown @param {Known} known */
export const picture = (shown, known) =>
  diagram(
    shown.program,
    shown.shapes,
    shown.words.say("diagram"),
    known.input ? ["N", ...known.input.dims].join(" × ") : "?",
  );

/** @param {Words} words */
function keys(words) {
  const rows = ["arrows", "enter", "a", "delete", "move", "copy", "undo", "g", "n", "u"].map((name) =>
    `<li>${escape(words.say(`key.${name}`))}</li>`
  );
  return `<details class="build-keys"><summary>${escape(words.say("keys"))}</summary><ul>${rows.join("")}</ul>` +
    `<label class="build-check"><input type="checkbox" data-keys checked> ${
      escape(words.say("single_keys"))
    }</label></details>`;
}

/** @param {Shown} shown @param {Table} table */
export const trainPanel = (shown, table) => `<div class="build-train">${train(shown, table)}</div>`;

/** @param {Shown} shown @param {Table} table @param {Known} known */
export const checkPanel = (shown, table, known) =>
  check(shown, known.findings, fixesOf(shown.program, table, known), known.input?.batch ?? 1);

/**
 * @param {Shown} shown @param {Made | null} made null while it is on its way
 * @param {[number, string][]} [kept] when the drafts were begun that this browser keeps
 */
export function codePanel({ words }, made, kept = []) {
  const text = !made
    ? `<p class="build-hint">${escape(words.say("waiting"))}</p>`
    : "text" in made
    ? `<pre class="build-code" tabindex="0"><code>${escape(made.text)}</code></pre>`
    : `<p class="build-error">${escape(words.say("no_program"))} ${escape(made.sentence)}</p>`;
  const out = [
    button("copy", words.say("copy_program"), ' class="build-main"'),
    button("py", words.say("save_py")),
    button("ipynb", words.say("save_ipynb")),
    button("json", words.say("save_json")),
    button("svg", words.say("save_svg")),
    button("png", words.say("save_png")),
  ];
  const buttons = kept.map(([time, text]) => button("restore", text, ` data-time="${time}"`));
  const drafts = buttons.length
    ? `<div class="build-tools" role="group" aria-label="${escape(words.say("drafts"))}">${
      escape(words.say("drafts"))
    } ${buttons.join("")}</div>`
    : "";
  const bring = `<details class="build-import"><summary>${escape(words.say("bring"))}</summary>` +
    `<div class="build-field build-wide"><label for="build-text">${escape(words.say("bring_text"))}</label>` +
    `<textarea id="build-text" rows="6" spellcheck="false"></textarea></div>` +
    `<div class="build-tools">${button("bring", words.say("bring_do"))}<label class="build-file">${
      escape(words.say("bring_file"))
    } <input type="file" accept=".json,.txt,application/json" data-file></label></div>` +
    `<p class="build-answer" role="status"></p>${drafts}</details>`;
  return `<div class="build-tools" role="group" aria-label="${escape(words.say("take"))}">${
    out.join("")
  }</div>${text}${bring}`;
}

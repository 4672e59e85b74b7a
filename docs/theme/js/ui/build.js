// A figure's first HTML, for the build. No page loads this module.

import { controls, folded, NARROW, seen, settings, WIDE } from "./figure.js";
import { decode, defaults } from "./spec.js";
import { escape, Words } from "./words.js";

/**
 * @template R
 * @typedef {import("./figure.js").Explorer<R>} Explorer
 */

/**
 * The inside of the figure. Throws where `given` names what the explorer does not have.
 * @param {string} name of the explorer, which is its module's
 * @param {string} id
 * @param {Record<string, string>} given texts of the fields that this page sets otherwise
 * @param {Record<string, import("./words.js").Entry>} entries
 * @param {string} language
 */
export async function figure(name, id, given, entries, language) {
  if (name === "playground") return (await import("./build_playground.js")).render(id, given, entries, language);
  /** @type {{ explorer: Explorer<any> }} */
  const { explorer } = await import(`../${name}.js`);
  const words = new Words(entries, language);
  const asked = Object.entries(given).map(([key, text]) => `${key}:${text}`);
  const { state, refused } = decode(explorer.spec, defaults(explorer.spec), ["a", ...asked].join(";"));
  if (refused.length) throw new Error(`${explorer.name} has no ${refused.join(", ")}`);
  await explorer.load?.(state);
  const parts = explorer.still ? resting(explorer, state, words) : shown(explorer, state, words);
  const [wide, narrow] = parts.pictures;
  const picture = [
    `<div class="explorer-stage${
      explorer.still ? " explorer-resting" : ""
    }"><div class="explorer-wide">${wide}</div><div class="explorer-narrow">${narrow}</div></div>`,
    `<div class="explorer-legends">${parts.legend}</div>`,
    `<figcaption class="explorer-sentence">${escape(parts.sentence)}</figcaption>`,
    `<p class="explorer-paper">${settings(explorer, state, words)}</p>`,
    `<p class="explorer-status" role="status"></p>`,
  ];
  const form = [
    `<form class="explorer-form" autocomplete="off"><fieldset class="explorer-all"${
      explorer.still ? "" : " disabled"
    }><legend>${escape(words.say("settings"))}</legend>`,
    presets(explorer, words),
    player(explorer, words),
    `<div class="explorer-controls">${controls(explorer, id, state, words)}</div>`,
  ];
  const [buttons, close] = [actions(explorer, words), "</fieldset></form>"];
  return [
    // Where a figure of the page follows, the controls stay where they are when it goes.
    ...(explorer.still ? [...form, close, ...picture, buttons] : [...picture, ...form, buttons, close]),
    details(
      "explorer-data",
      words.say("data"),
      `<div class="table-scroll" role="group" tabindex="0" aria-label="${
        escape(words.say("data"))
      }">${parts.table}</div>`,
    ),
    explorer.program
      ? details(
        "explorer-program",
        words.say("program"),
        `<pre tabindex="0"><code>${escape(parts.program)}</code></pre><p>${escape(words.say("equal"))}</p>`,
      )
      : "",
  ].join("");
}

/** @param {Explorer<any>} explorer @param {import("./spec.js").State} state @param {Words} words */
function shown(explorer, state, words) {
  const result = explorer.model(state);
  return { ...seen(explorer, result, state, words, [WIDE, NARROW]), ...folded(explorer, result, state, words) };
}

/** Of an explorer that is still: what it asks for. @param {Explorer<any>} explorer @param {import("./spec.js").State} state @param {Words} words */
const resting = (explorer, state, words) => ({
  pictures: ["", ""],
  legend: "",
  sentence: words.say("still"),
  table: "",
  program: explorer.program?.(state) ?? "",
});

/** @param {string} style @param {string} summary @param {string} body */
const details = (style, summary, body) =>
  `<details class="${style}"><summary>${escape(summary)}</summary>${body}</details>`;

/** @param {string} action @param {string} title @param {string} [rest] */
const button = (action, title, rest = "") =>
  `<button type="button" data-do="${escape(action)}"${rest}>${escape(title)}</button>`;

/** @param {Explorer<any>} explorer @param {Words} words */
function presets(explorer, words) {
  const names = Object.keys(explorer.presets ?? {});
  if (!names.length) return "";
  const buttons = names.map((name) => button(`preset:${name}`, words.say(`preset.${name}`)));
  return `<div class="explorer-presets" role="group" aria-label="${escape(words.say("presets"))}">${
    buttons.join("")
  }</div>`;
}

/** @param {Explorer<any>} explorer @param {Words} words */
function player(explorer, words) {
  if (!explorer.player) return "";
  return `<div class="explorer-player" role="group" aria-label="${escape(words.say("player"))}">${
    button("play", words.say("play"), ` data-pause="${escape(words.say("pause"))}"`)
  }${button("back", words.say("back"))}${button("forth", words.say("forth"))}</div>`;
}

/** @param {Explorer<any>} explorer @param {Words} words */
function actions(explorer, words) {
  const own = explorer.program ? button("copy", words.say("copy_program")) + button("save", words.say("save")) : "";
  return `<div class="explorer-actions">${button("link", words.say("copy_link"))}${own}${
    button("reset", words.say("reset"))
  }</div>`;
}

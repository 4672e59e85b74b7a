// What stands around the builder's panels and never changes: drawn at build only. Pure: HTML as text.

import { escape } from "../../ui/words.js";
import { PRESETS } from "../presets.js";
import { button, select } from "./form.js";
import { TABS } from "./panels.js";

/** @import { Words } from "../../ui/words.js" */

/** The buttons above the tabs. @param {Words} words */
export function bar(words) {
  const presets = Object.keys(PRESETS).map((
    name,
  ) => /** @type {[string, string]} */ ([name, words.say(`preset.${name}`)]));
  return `<form class="build-bar" autocomplete="off">${
    select("build-preset", "preset", words.say("start_from"), [["", words.say("no_preset")], [
      "empty",
      words.say("empty"),
    ], ...presets], "")
  }<div class="build-tools" role="group" aria-label="${escape(words.say("program"))}">` +
    button("copy", words.say("copy_program"), ' class="build-main"') + button("link", words.say("copy_link")) +
    button("undo", words.say("undo")) + button("redo", words.say("redo")) + "</div></form>" +
    `<p class="build-summary"></p><p class="build-live" role="status"></p><div class="build-draft" hidden></div>`;
}

/** @param {Words} words @param {string} now */
export function tabs(words, now) {
  const made = TABS.map((name) =>
    `<button type="button" role="tab" id="build-tab-${name}" aria-controls="build-panel-${name}" data-tab="${name}" ` +
    `aria-selected="${name === now}"${name === now ? "" : ' tabindex="-1"'}>${
      escape(words.say(`tab.${name}`))
    }</button>`
  );
  return `<div class="build-tabs" role="tablist" aria-label="${escape(words.say("parts"))}">${made.join("")}</div>`;
}

/** @param {string} name @param {string} now @param {string} body */
export const panel = (name, now, body) =>
  `<div role="tabpanel" id="build-panel-${name}" aria-labelledby="build-tab-${name}" class="build-panel"${
    name === now ? "" : " hidden"
  }>${body}</div>`;

/** The palette, empty. @param {Words} words */
export function dialogs(words) {
  return `<dialog class="build-palette" aria-labelledby="build-palette-title"><form method="dialog">` +
    `<h2 id="build-palette-title">${escape(words.say("insert"))}</h2><button value="close">${
      escape(words.say("close"))
    }</button></form>` +
    `<div class="build-field"><label for="build-search">${escape(words.say("search"))}</label>` +
    `<input type="search" id="build-search" autocomplete="off" spellcheck="false"></div>` +
    `<div class="build-results"></div></dialog>`;
}

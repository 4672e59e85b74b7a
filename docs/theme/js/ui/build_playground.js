// The playground's first HTML, for the build: trained to its last step. No page loads this module.

/** @import { Entry } from "./words.js" */
import { settingsOf, SPEC } from "../model/playground.js";
import { load, Run } from "../model/run.js";
import { domainOf, gridOf, shotOf } from "../model/shot.js";
import { names } from "../view/training.js";
import { layers, program, table } from "./play_folded.js";
import { actions, form, settled, transport } from "./play_form.js";
import { sentenceOf, views } from "./play_views.js";
import { decode, defaults } from "./spec.js";
import { escape, Words } from "./words.js";

/** @param {string} style @param {string} summary @param {string} body */
const details = (style, summary, body) =>
  `<details class="${style}"><summary>${escape(summary)}</summary>${body}</details>`;

/** @param {string} label @param {string} body */
const scroll = (label, body) =>
  `<div class="table-scroll" role="group" tabindex="0" aria-label="${escape(label)}">${body}</div>`;

/**
 * The inside of the figure, trained to its last step. Throws where `given` names what there is not.
 * @param {string} id @param {Record<string, string>} given @param {Record<string, Entry>} entries @param {string} language
 */
export async function render(id, given, entries, language) {
  const words = new Words(entries, language);
  const asked = Object.entries(given).map(([key, text]) => `${key}:${text}`);
  const { state, refused } = decode(SPEC, defaults(SPEC), ["a", ...asked].join(";"));
  if (refused.length) throw new Error(`the playground has no ${refused.join(", ")}`);
  const settings = settingsOf(state);
  await load(state.optimizer);
  const run = new Run(settings);
  while (run.step < state.steps && run.advance());
  const domain = domainOf(settings);
  const shot = shotOf(run, gridOf(settings.sizes[0], domain), domain);
  const parts = views(shot, settings, words, 330, null);
  return [
    `<div class="play-stage"><div class="play-field"><canvas aria-hidden="true"></canvas><div class="play-points">${parts.points()}</div></div>`,
    `<div><div class="play-curves">${parts.curves}</div><div class="play-names">${
      names(words, false)
    }</div></div></div>`,
    `<div class="play-series" hidden><div class="play-multiples"></div><p class="play-share"></p></div>`,
    `<figcaption class="explorer-sentence">${escape(sentenceOf(shot, settings, words, null))}</figcaption>`,
    `<p class="play-paper">${settled(state, words)}</p>`,
    `<p class="explorer-status" role="status"></p>`,
    `<form class="explorer-form" autocomplete="off"><fieldset class="explorer-all" disabled><legend>${
      escape(words.say("settings"))
    }</legend>${transport(id, words)}<div class="play-controls">${form(id, state, words)}</div>${
      actions(words)
    }</fieldset></form>`,
    details("play-layers", words.say("layers"), scroll(words.say("layers"), layers(shot, words))),
    details("explorer-data", words.say("data"), scroll(words.say("data"), table(shot, settings, words))),
    details(
      "explorer-program",
      words.say("program"),
      `<pre tabindex="0"><code>${escape(program(settings))}</code></pre>`,
    ),
  ].join("");
}

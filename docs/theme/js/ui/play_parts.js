// The playground's pieces as HTML: the same at build time and on the page. `paint` alone touches an element.

/** @import { State } from "./spec.js" */
/** @import { Words } from "./words.js" */
/** @import { Settings } from "../model/playground.js" */
/** @import { Shot } from "../model/shot.js" */
import { LESSONS } from "../model/lessons.js";
import { shown, SPEC } from "../model/playground.js";
import { GRID } from "../model/shot.js";
import { contour, curve, dots, pixels, SIDE } from "../view/field.js";
import { curves, layers } from "../view/training.js";
import { control } from "./controls.js";
import { escape } from "./words.js";

/** @typedef {{ losses: Float64Array }} Pinned */

const GROUPS = {
  data: ["data", "points", "noise", "flip", "own_class", "own"],
  net: ["hidden", "activation", "init", "bias"],
  loss: ["loss"],
  step: ["optimizer", "batch", "schedule", "steps", "seed"],
};

/** @param {State} state @param {string[]} keys */
function useful(state, keys) {
  const own = state.data === "own";
  const without = own ? ["points", "noise", "flip"] : ["own", "own_class"];
  const visible = shown(state);
  return keys.filter((key) => !without.includes(key)).flatMap((key) => [
    key,
    ...visible.filter((each) => each.startsWith(`${key}.`)),
  ]);
}

/** All controls that the state makes useful, by part. @param {string} id @param {State} state @param {Words} words */
export function form(id, state, words) {
  return Object.entries(GROUPS).map(([name, keys]) => {
    const controls = useful(state, keys).map((key) =>
      control(`${id}-${key.replaceAll(".", "-")}`, key, SPEC[key], state[key], words)
    );
    return `<details class="play-group"><summary>${escape(words.say(`group.${name}`))}</summary>` +
      `<div class="explorer-grid">${controls.join("")}</div></details>`;
  }).join("");
}

/** @param {string} action @param {string} title @param {string} [rest] */
const button = (action, title, rest = "") =>
  `<button type="button" data-do="${action}"${rest}>${escape(title)}</button>`;

/** @param {string} id @param {string} mark @param {string} title */
const check = (id, mark, title) =>
  `<label class="explorer-check"><input type="checkbox" id="${id}-${mark}" data-${mark}> ${escape(title)}</label>`;

/** Buttons, the way through the steps, and lessons. @param {string} id @param {Words} words */
export function transport(id, words) {
  const lessons = Object.keys(LESSONS).map((name) =>
    `<option value="${name}">${escape(words.say(`lesson.${name}`))}</option>`
  );
  return `<div class="explorer-field play-lessons"><label for="${id}-lesson">${escape(words.say("lessons"))}</label>` +
    `<select id="${id}-lesson" data-lesson><option value="">${escape(words.say("no_lesson"))}</option>${
      lessons.join("")
    }</select>` +
    `<p class="play-lesson"></p></div>` +
    `<div class="explorer-player" role="group" aria-label="${escape(words.say("player"))}">` +
    button("play", words.say("play")) + button("back", words.say("back")) + button("forth", words.say("forth")) +
    button("again", words.say("again")) + button("draw", words.say("draw")) +
    button("pin", words.say("pin"), ' aria-pressed="false"') + button("seeds", words.say("seeds")) + "</div>" +
    `<div class="play-scrub"><label for="${id}-scrub">${escape(words.say("scrub"))}</label>` +
    `<input type="range" id="${id}-scrub" data-scrub min="0" max="1" value="0"></div>` +
    check(id, "slow", words.say("slow")) + check(id, "live", words.say("live"));
}

/** @param {Words} words */
export function actions(words) {
  return `<div class="explorer-actions">${button("link", words.say("copy_link"))}${
    button("copy", words.say("copy_program"))
  }${button("save", words.say("save"))}${button("reset", words.say("reset"))}</div>`;
}

/**
 * Everything that a picture of a run consists of.
 * @param {Shot} shot @param {Settings} settings @param {Words} words @param {number} width @param {Pinned | null} pinned
 * @param {Float64Array[]} others
 */
export function views(shot, settings, words, width, pinned, others) {
  const { field, domain, measured } = shot;
  const [inputs] = settings.sizes;
  const path = inputs === 1
    ? `<path class="p-curve" d="${curve(field, domain)}"/>`
    : settings.task === "class"
    ? `<path class="p-under" d="${contour(field, GRID, 0.5)}"/><path class="p-border" d="${
      contour(field, GRID, 0.5)
    }"/>`
    : "";
  const points = `<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${
    escape(words.say(settings.task === "class" ? "alt_field" : "alt_values"))
  }">${dots(settings, domain)}${path}</svg>`;
  return {
    points,
    curves: curves(shot, width, words, pinned, others),
    layers: layers(shot, words),
    table: table(shot, measured, words),
  };
}

/** @param {Shot} shot @param {Shot["measured"]} measured @param {Words} words */
function table({ losses, rates }, { train, test }, words) {
  const heads = ["step", "title.loss", "title.lr"].map((key) => `<th scope="col">${escape(words.say(key))}</th>`).join(
    "",
  );
  const stride = Math.max(1, Math.ceil(losses.length / 50));
  const rows = Array.from(
    losses,
    (loss, step) =>
      step % stride
        ? ""
        : `<tr><td>${step}</td><td>${escape(words.number(loss, 6))}</td><td>${
          escape(words.number(rates[step], 6))
        }</td></tr>`,
  );
  const both = /** @type {[string, Shot["measured"]["train"]][]} */ ([["train", train], ["test", test]]);
  const ends = both.map(([name, { loss, accuracy }]) =>
    `<tr><td>${escape(words.say(`of_${name}`))}</td><td>${escape(words.number(loss, 6))}</td><td>${
      Number.isNaN(accuracy) ? "" : escape(words.say("accuracy", { percent: 100 * accuracy }))
    }</td></tr>`
  );
  return `<table class="grid-table"><thead><tr>${heads}</tr></thead><tbody>${rows.join("")}${
    ends.join("")
  }</tbody></table>`;
}

/** What the picture says, in sentences. @param {Shot} shot @param {Settings} settings @param {Words} words @param {Pinned | null} pinned */
export function sentenceOf({ step, losses, measured: { train, test }, failure, layers: all }, settings, words, pinned) {
  const parts = [];
  if (failure) {
    const kind = failure.reason === "nan" && failure.layer === 0 ? "nan_loss" : failure.reason;
    parts.push(words.say(`failure.${kind}`, { step: failure.step, layer: failure.layer }));
  }
  parts.push(words.say("sentence", { count: step, step, train: train.loss, test: test.loss }));
  if (settings.task === "class") {
    parts.push(words.say("right", { train: 100 * train.accuracy, test: 100 * test.accuracy }));
  }
  const dead = all.reduce((sum, layer) => sum + layer.dead, 0);
  if (dead > 0) parts.push(words.say("dead", { count: dead, units: all.reduce((sum, layer) => sum + layer.units, 0) }));
  if (settings.pair.bad) parts.push(words.say(`bad.${settings.loss}`));
  for (const note of settings.notes) parts.push(words.say(`note.${note}`));
  const at = Math.min(losses.length, pinned?.losses.length ?? 0) - 1;
  if (pinned && at >= 0) parts.push(words.say("compared", { step: at, pinned: pinned.losses[at], now: losses[at] }));
  return parts.join(" ");
}

/** The colours of the field, from the page's palette. @param {HTMLCanvasElement} canvas @param {Shot} shot @param {Settings} settings */
export function paint(canvas, { field }, { sizes: [inputs], task }) {
  canvas.width = canvas.height = GRID + 1;
  const context = canvas.getContext("2d");
  if (!context || inputs === 1) return;
  const style = getComputedStyle(canvas);
  const read = (/** @type {string} */ name) => {
    const hex = style.getPropertyValue(name).trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  };
  const [zero, one, paper] = [read("--docrun-c0"), read("--docrun-c1"), read("--docrun-bg")];
  const colour = (/** @type {number} */ share) => {
    const [end, weight] = [share < 0.5 ? zero : one, 0.08 + 0.36 * Math.abs(2 * share - 1)];
    return [...end.map((value, k) => value * weight + paper[k] * (1 - weight)), 255];
  };
  const range = task === "value" ? spanOf(field) : [0, 1];
  const bytes = pixels(field, GRID, colour, range[0], range[1]);
  context.putImageData(new ImageData(/** @type {any} */ (bytes), GRID + 1, GRID + 1), 0, 0);
}

/** @param {Float64Array} values */
function spanOf(values) {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return [low, high > low ? high : low + 1];
}

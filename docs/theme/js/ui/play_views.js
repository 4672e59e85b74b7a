// What the playground shows of a run, as HTML and sentences: the same at build time and on the page.

/** @import { Words } from "./words.js" */
/** @import { Settings } from "../model/playground.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Pinned } from "../view/training.js" */
import { GRID } from "../model/shot.js";
import { contour, curve, dots, SIDE } from "../view/field.js";
import { curves } from "../view/training.js";
import { escape } from "./words.js";

/**
 * Everything that a picture of a run consists of.
 * @param {Shot} shot @param {Settings} settings @param {Words} words @param {number} width @param {Pinned | null} pinned
 */
export function views(shot, settings, words, width, pinned) {
  const { field, domain } = shot;
  const [inputs] = settings.sizes;
  const border = inputs > 1 && settings.task === "class" ? contour(field, GRID, 0.5) : "";
  const between = border && `<path class="p-under" d="${border}"/><path class="p-border" d="${border}"/>`;
  const path = inputs === 1 ? `<path class="p-curve" d="${curve(field, domain)}"/>` : between;
  const points = () =>
    `<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${
      escape(words.say(settings.task === "class" ? "alt_field" : "alt_values"))
    }">${dots(settings, domain)}<g class="p-path">${path}</g></svg>`;
  return {
    points,
    path,
    curves: curves(shot, settings.task === "class", width, words, pinned),
  };
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

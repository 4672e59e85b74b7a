// The trained net on its page: the HTML that the build writes, and the sentence of what it sees. Pure.

import { escape, Words } from "../../ui/words.js";
import { DRAWS } from "../augment.js";
import { augmentation } from "../sets.js";
import { KINDS, logits, seen, SIZE, weightsOf } from "../toy.js";

/**
 * What the build's run gave: see toy.py.
 * @typedef {{
 *   weights: string[][], pictures: number[][], logits: number[][], accuracy: number, iou: number, count: number
 * }} Trained
 */

/** The largest difference between the page's logits and torch's. @param {Trained} trained */
export function difference(trained) {
  const weights = weightsOf(trained.weights);
  return trained.pictures.reduce((most, pixels, at) => {
    const ours = logits(weights, pixels);
    return trained.logits[at].reduce((max, theirs, k) => Math.max(max, Math.abs(ours[k] - theirs)), most);
  }, 0);
}

/** @param {Record<string, any>} entries words @param {string} language @param {Trained} trained */
export function render(entries, language, trained) {
  const words = new Words(entries, language);
  const text = (/** @type {string} */ key, values = {}) => escape(words.say(`see.${key}`, values));
  const canvas = (/** @type {string} */ name, /** @type {string} */ rest) =>
    `<figure><canvas class="see-${name}" width="${8 * SIZE}" height="${8 * SIZE}" ${rest}></canvas>` +
    `<figcaption>${text(name)}</figcaption></figure>`;
  const button = (/** @type {string} */ name) => `<button type="button" data-do="${name}">${text(name)}</button>`;
  const values = {
    count: trained.count,
    accuracy: 100 * trained.accuracy,
    iou: trained.iou,
    pictures: trained.pictures.length,
    difference: difference(trained),
  };
  return `<div class="see-pair">${canvas("picture", `tabindex="0" role="application" aria-label="${text("draw")}"`)}${
    canvas("mask", `role="img" aria-label="${text("mask")}"`)
  }</div><div class="see-tools">${["disc", "square", "clear"].map(button).join("")}</div>` +
    `<p class="see-said" role="status"></p><p class="see-keys">${text("keys")}</p><p>${text("proof", values)}</p>`;
}

/** Each way of augmenting beside its line of torchvision. @param {Record<string, any>} entries words @param {string} language */
export function augmentations(entries, language) {
  const words = new Words(entries, language);
  const rows = Object.keys(DRAWS).map((name) => {
    const lines = augmentation({ [name]: true }, SIZE).filter((line) => !line.includes("ToImage"));
    return `<figure><canvas width="${4 * SIZE}" height="${4 * SIZE}" data-augment="${name}" role="img" aria-label="${
      escape(words.say(`see.augment_${name}`))
    }"></canvas><figcaption>${escape(words.say(`see.augment_${name}`))}<br><code>${
      escape(lines.join(", "))
    }</code></figcaption></figure>`;
  });
  return `<p>${escape(words.say("see.augment"))}</p><div class="see-many">${
    rows.join("")
  }</div><div class="see-tools"><button type="button" data-do="again">${escape(words.say("see.again"))}</button></div>`;
}

/** What is seen, as a sentence. @param {ReturnType<typeof seen>} found @param {Words} words */
export function sentence({ kind, count, box }, words) {
  if (!box) return words.say("see.nothing");
  const [left, top, right, bottom] = box;
  return words.say(`see.found_${KINDS[kind]}`, { count, left, top, right, bottom });
}

export { seen };

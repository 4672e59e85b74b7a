// What is needed only after a first touch: other controls, layers, numbers, the program, several seeds. The page fetches it then.

/** @import { Ended } from "../model/series.js" */
/** @import { Settings } from "../model/playground.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Words } from "./words.js" */
import * as printer from "../model/program.js";
import * as inside from "../view/layers.js";
import { multiples, share } from "../view/series.js";
import { LESSONS } from "../model/lessons.js";
import * as controls from "./play_form.js";
import { escape } from "./words.js";

/** @param {Settings} settings */
export const program = (settings) => printer.program(settings, settings.state.steps);

export const layers = inside.layers;

export const form = controls.form;

export const settled = controls.settled;

/** @param {string} name */
export const lesson = (name) => Object.hasOwn(LESSONS, name) ? LESSONS[name] : undefined;

/** Ten small curves and how many of them learned. @param {Ended[]} ended @param {Settings} settings @param {number} width @param {Words} words */
export function series(ended, { state, task }, width, words) {
  const classes = task === "class";
  return { picture: multiples(ended, state, classes, width, words), sentence: share(ended, state, classes, words) };
}

/**
 * The losses of the batches and of all points where they were measured, at most some fifty rows.
 * @param {Shot} shot @param {Settings} settings @param {Words} words
 */
export function table({ losses, rates, told }, { task }, words) {
  const classes = task === "class";
  const keys = ["step", "legend.batch", "title.lr", "legend.train", "legend.test"];
  const heads = [...keys, ...(classes ? ["right_train", "right_test"] : [])];
  const stride = Math.max(1, Math.ceil(told.steps.length / 50));
  const cell = (/** @type {number | undefined} */ value) =>
    `<td>${value === undefined ? "–" : escape(words.number(value, 6))}</td>`;
  const rows = Array.from(told.steps, (step, k) => {
    if (k % stride && k < told.steps.length - 1) return "";
    const right = classes ? [100 * told.rightTrain[k], 100 * told.rightTest[k]] : [];
    const values = [losses[step], rates[step], told.train[k], told.test[k], ...right];
    return `<tr><td>${step}</td>${values.map(cell).join("")}</tr>`;
  });
  return `<table class="grid-table"><thead><tr>${
    heads.map((key) => `<th scope="col">${escape(words.say(key))}</th>`).join("")
  }</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

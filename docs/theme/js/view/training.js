// Curves of a training run as an SVG string.

/** @import { Shot } from "../model/shot.js" */
/** @import { Words } from "../ui/words.js" */
/** @import { Plan } from "./axes.js" */
import { around, axes, clipped, picture } from "./axes.js";
import { legend, line } from "./curves.js";

/**
 * What stays of a run that the reader pins.
 * @typedef {{ losses: Float64Array, told: Shot["told"] }} Pinned
 * A curve: steps, values, and how it looks.
 * @typedef {[ArrayLike<number>, ArrayLike<number>, number | string]} Curve
 */

/** Panels from above: top and height. Without classes there is no accuracy to show. */
const WITH = [[26, 128], [188, 42], [264, 24]];
const WITHOUT = [[26, 202], [264, 24]];

/**
 * Logarithmic where losses are positive and differ by a factor of ten; a negative log-likelihood may fall below 0.
 * @param {number[]} values
 */
export function lossRange(values) {
  const usable = values.filter(Number.isFinite);
  const [low, high] = [Math.min, Math.max].map((end) => usable.reduce((a, b) => end(a, b), usable[0]));
  return around(usable, { log: low > 0 && high > 10 * low });
}

const COLUMNS = 300; // as many as a picture has pixels

/**
 * A value for each step, thinned where there are more than can be seen: of each group the least and the largest stay.
 * @param {ArrayLike<number>} values @returns {[number[], number[]]} steps and values
 */
export function thinned(values) {
  const group = Math.max(1, Math.floor(values.length / COLUMNS));
  const kept = Array.from({ length: Math.ceil(values.length / group) }, (_, k) => {
    let [low, high] = [k * group, k * group];
    for (let step = low; step < Math.min(values.length, (k + 1) * group); step++) {
      if (!(values[step] >= values[low])) low = step; // also where it is nan: a line breaks there
      if (values[step] > values[high]) high = step;
    }
    return low === high ? [low] : [Math.min(low, high), Math.max(low, high)];
  }).flat();
  return [kept, kept.map((step) => values[step])];
}

/**
 * Losses, accuracies where there are classes, and the learning rate over the steps; a pinned run behind.
 * @param {Shot} shot @param {boolean} classes @param {number} width @param {Words} words @param {Pinned | null} pinned
 */
export function curves({ losses, rates, told, step }, classes, width, words, pinned) {
  const x = { from: 0, to: Math.max(step, pinned?.losses.length ?? 0, 20) };
  const places = classes ? WITH : WITHOUT;
  /** @param {number[] | undefined} place @param {Omit<Plan, "x">} plan @param {Curve[]} lines */
  const panel = ([y, height] = [0, 0], plan, lines) => {
    const box = { x: 52, y, width: width - 64, height };
    const { svg, X, Y } = axes(box, { x, ...plan }, words);
    return svg + clipped(box, lines.map(([xs, ys, look]) => line(xs, ys, X, Y, look)).join(""));
  };
  /** @type {Curve[]} */
  const behind = pinned ? [[pinned.told.steps, pinned.told.train, 3]] : [];
  /** @type {Curve[]} */
  const lossLines = [[...thinned(losses), "x-line p-batch"], ...behind, [told.steps, told.train, 0], [
    told.steps,
    told.test,
    1,
  ]];
  const y = lossRange(lossLines.flatMap(([, values]) => Array.from(values)));
  const loss = panel(places[0], { y, title: words.say("title.loss"), xTicks: [] }, lossLines);
  const share = classes
    ? panel(places[1], {
      y: { from: 0, to: 102 },
      title: words.say("title.right"),
      xTicks: [],
      yTicks: [0, 50, 100],
    }, [[told.steps, told.rightTrain.map(percent), 0], [told.steps, told.rightTest.map(percent), 1]])
    : "";
  const rate = panel(places.at(-1), {
    y: around([...rates], { include: [0] }),
    title: words.say("title.lr"),
    xLabel: words.say("step"),
    yTicks: [rates.length ? Math.max(...rates) : 0],
  }, [[...thinned(rates), 2]]);
  return picture(width, 326, words.say("alt_curves"), loss + share + rate);
}

const percent = (/** @type {number} */ share) => 100 * share;

/** Names of the curves. @param {Words} words @param {boolean} pinned */
export const names = (words, pinned) =>
  legend([
    { label: words.say("legend.batch"), look: "x-line p-batch" },
    { label: words.say("legend.train"), look: 0 },
    { label: words.say("legend.test"), look: 1 },
    ...(pinned ? [{ label: words.say("legend.pinned"), look: 3 }] : []),
  ]);

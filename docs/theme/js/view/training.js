// Curves and layers of a training run, as SVG and HTML strings.

/** @import { Shot, Histogram } from "../model/shot.js" */
/** @import { Words } from "../ui/words.js" */
import { escape } from "../ui/words.js";
import { around, axes, clipped, picture, round } from "./axes.js";
import { line } from "./curves.js";

/** @typedef {{ losses: ArrayLike<number> }} Pinned */

const steps = (/** @type {ArrayLike<number>} */ values) => Float64Array.from(values, (_, step) => step);

/**
 * Loss and learning rate over the steps; a pinned run, and other seeds, behind.
 * @param {Shot} shot @param {number} width @param {Words} words @param {Pinned | null} pinned @param {ArrayLike<number>[]} others
 */
export function curves({ losses, rates, step }, width, words, pinned, others) {
  const last = Math.max(step, pinned?.losses.length ?? 0, ...others.map((each) => each.length), 20);
  const all = [losses, ...(pinned ? [pinned.losses] : []), ...others].flatMap((each) => Array.from(each));
  const positive = all.every((value) => !Number.isFinite(value) || value > 0);
  const x = { from: 0, to: last };
  const top = { x: 52, y: 26, width: width - 64, height: 150 };
  const loss = axes(top, { x, y: around(all, { log: positive }), title: words.say("title.loss"), xTicks: [] }, words);
  const behind = others.map((each) => line(steps(each), each, loss.X, loss.Y, "x-line p-other")).join("");
  const pin = pinned ? line(steps(pinned.losses), pinned.losses, loss.X, loss.Y, 1) : "";
  const own = line(steps(losses), losses, loss.X, loss.Y, 0);
  const low = { x: 52, y: 216, width: width - 64, height: 44 };
  const rate = axes(low, {
    x,
    y: around([...rates], { include: [0] }),
    title: words.say("title.lr"),
    xLabel: words.say("step"),
    yTicks: [rates.length ? Math.max(...rates) : 0],
  }, words);
  const body = loss.svg + clipped(top, behind + pin + own) + rate.svg +
    clipped(low, line(steps(rates), rates, rate.X, rate.Y, 2));
  return picture(width, 300, words.say("alt_curves"), body);
}

/** @param {Histogram} histogram @param {string} label */
function bars({ counts }, label) {
  const most = Math.max(...counts, 1);
  const each = counts.map((count, k) =>
    `<rect class="x-bar x-0" x="${3 * k}" y="${round(24 - 24 * count / most)}" width="2.6" height="${
      round(24 * count / most)
    }"/>`
  );
  return `<svg class="p-bars" viewBox="0 0 ${3 * counts.length} 24" role="img" aria-label="${escape(label)}">${
    each.join("")
  }</svg>`;
}

/** One row for each hidden layer. @param {Shot} shot @param {Words} words */
export function layers({ layers: all }, words) {
  const heads = ["layer", "values", "spread", "grads", "dead", "ratio"].map((key) =>
    `<th scope="col">${escape(words.say(`layer.${key}`))}</th>`
  );
  const span = (/** @type {Histogram} */ { low, high }) =>
    words.say("span", { low: words.number(low, 2), high: words.number(high, 2) });
  const rows = all.map(({ layer, values, grads, spread, dead, units, ratio }) =>
    `<tr><td>${layer}</td><td>${bars(values, span(values))}<small>${escape(span(values))}</small></td><td>${
      escape(words.number(spread))
    }</td>` +
    `<td>${bars(grads, span(grads))}<small>${escape(span(grads))}</small></td><td>${
      escape(words.say("of", { dead, units }))
    }</td>` +
    `<td>${escape(Number.isNaN(ratio) ? "–" : words.number(ratio))}</td></tr>`
  );
  return `<table class="grid-table"><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

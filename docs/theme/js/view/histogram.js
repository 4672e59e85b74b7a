// Histograms below each other, each with a range of its own: what a signal's values look like in some layers.

import { axes, round } from "./axes.js";

/**
 * @typedef {import("./axes.js").Box} Box
 * @typedef {import("../ui/words.js").Words} Words
 */

const BINS = 31;
const LABELS = 41; // px of a panel that its title and its ticks take

/** The share of values in each bin from −reach to reach. @param {ArrayLike<number>} values @param {number} reach */
function shares(values, reach) {
  const found = new Array(BINS).fill(0);
  for (let index = 0; index < values.length; index++) {
    const bin = Math.floor(((values[index] / reach + 1) / 2) * BINS);
    if (bin >= 0) found[Math.min(bin, BINS - 1)] += 1 / values.length;
  }
  return found;
}

/**
 * @param {Box} box
 * @param {{ title: string, values: Float64Array }[]} entries
 * @param {string} xLabel
 * @param {Words} words
 */
export function histograms(box, entries, xLabel, words) {
  const pitch = (box.height + LABELS) / entries.length;
  return entries.map(({ title, values }, row) => {
    const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const reach = most > 0 && most < 1e300 ? most : 1;
    const counts = shares(values, reach);
    const panel = { ...box, y: box.y + row * pitch, height: pitch - LABELS };
    const plan = {
      x: { from: -reach, to: reach },
      y: { from: 0, to: Math.max(...counts) * 1.05 || 1 },
      title,
      xLabel: row === entries.length - 1 ? xLabel : "",
      xTicks: [-0.8 * reach, 0, 0.8 * reach].map((each) => Number(each.toPrecision(2))),
      yTicks: [],
    };
    const { svg, X, Y } = axes(panel, plan, words);
    const floor = round(Y(0));
    const bars = counts.map((share, bin) => {
      const [left, right] = [bin, bin + 1].map((edge) => X(reach * (2 * edge / BINS - 1)));
      return share ? `M${round(left)} ${floor}V${round(Y(share))}H${round(right - 0.6)}V${floor}` : "";
    });
    return `${svg}<path class="x-bar x-0" d="${bars.join("")}"/>`;
  }).join("");
}

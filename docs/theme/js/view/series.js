// Small multiples: one loss curve for each seed, all with the same axes.

/** @import { Ended } from "../model/series.js" */
/** @import { State } from "../ui/spec.js" */
/** @import { Words } from "../ui/words.js" */
import { axes, clipped, picture, text } from "./axes.js";
import { line } from "./curves.js";
import { lossRange, thinned } from "./training.js";

const [HEIGHT, ROOM, MARGIN] = [52, 26, 46]; // of a panel, above it for its name, and left of a row for its ticks

/**
 * A panel for each seed; those that have not ended yet are empty.
 * @param {Ended[]} ended @param {State} state @param {boolean} classes @param {number} width @param {Words} words
 */
export function multiples(ended, state, classes, width, words) {
  const columns = width < 500 ? 2 : 5;
  const each = (width - MARGIN) / columns;
  const y = lossRange(ended.flatMap(({ losses }) => [...losses]));
  const x = { from: 0, to: Math.max(1, state.steps) };
  const panels = Array.from({ length: state.seeds }, (_, k) => {
    const [column, row] = [k % columns, Math.floor(k / columns)];
    const box = { x: MARGIN + column * each, y: ROOM + row * (HEIGHT + ROOM), width: each - 12, height: HEIGHT };
    const yTicks = column ? [] : [y.from, y.to].map((end) => inside(end, y));
    const { svg, X, Y } = axes(box, { x, y, xTicks: [], yTicks, bare: true }, words);
    const found = ended.find(({ seed }) => seed === state.seed + k);
    const label = text(box.x, box.y - 7, name(state.seed + k, found, classes, words), "x-tick");
    if (!found) return svg + label;
    return svg + label + clipped(box, line(...thinned(found.losses), X, Y, found.learned ? 0 : 1));
  });
  const rows = Math.ceil(state.seeds / columns);
  return picture(width, ROOM + rows * (HEIGHT + ROOM), words.say("alt_series"), panels.join(""));
}

/** A number near the end of a range that can be written short. @param {number} end @param {import("./axes.js").Range} range */
const inside = (end, { from, to }) => {
  const digits = 10 ** Math.floor(Math.log10(Math.abs(end) || 1));
  const near = (end === from ? Math.ceil(end / digits) : Math.floor(end / digits)) * digits;
  return Number(Math.min(to, Math.max(from, near)).toPrecision(2));
};

/** @param {number} seed @param {Ended | undefined} found @param {boolean} classes @param {Words} words */
function name(seed, found, classes, words) {
  if (!found) return words.say("of_seed", { seed });
  const end = classes ? words.say("percent", { percent: Math.round(100 * found.right) }) : words.number(found.train, 2);
  return words.say("seed_ends", { seed, end: found.learned ? end : words.say("not_learned", { end }) });
}

/** How many learn, as a sentence; while runs go on, how many have ended. @param {Ended[]} ended @param {State} state @param {boolean} classes @param {Words} words */
export function share(ended, state, classes, words) {
  const learned = ended.filter((each) => each.learned).length;
  if (ended.length < state.seeds) return words.say("seeds_so_far", { done: ended.length, all: state.seeds });
  return words.say(classes ? "seeds_right" : "seeds_fell", { count: learned, all: state.seeds, step: state.steps });
}

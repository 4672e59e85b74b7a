// The gallery, for the build: each preset with its picture, its numbers, the curve of a real run, and a link that opens it.
// No page loads this module.

import { escape, Words } from "../../ui/words.js";
import { around, axes, picture, ticks } from "../../view/axes.js";
import { legend, line } from "../../view/curves.js";
import { emit } from "../emit.js";
import { encode } from "../link.js";
import { PRESETS } from "../presets.js";
import { diagram } from "./diagram.js";
import { size } from "./net.js";
import { headings } from "./panels.js";
import { known } from "./state.js";

/**
 * @import { Table } from "../table.js"
 * @import { Choice, Program } from "../tree.js"
 * A run: training and test loss of each epoch, and the share of right predictions at the end where there is one.
 * @typedef {{ history: [number, number][], accuracy: number | null }} Run
 */

/**
 * The programs to run, without what is only for eyes.
 * @param {Table} table @param {Record<string, any>} entries words @param {string} language @returns {Record<string, string>}
 */
export function programs(table, entries, language) {
  const words = headings(new Words(entries, language));
  return Object.fromEntries(
    Object.entries(PRESETS).map(([name, program]) => {
      const run = { ...program.run, plot: false, progress: false, device: "cpu" };
      return [name, emit({ ...program, run }, table, words)];
    }),
  );
}

/**
 * @param {Table} table @param {Record<string, any>} entries words @param {string} language
 * @param {Record<string, Run>} runs @param {string} builder the builder's address @returns {Promise<string>}
 */
export async function render(table, entries, language, runs, builder) {
  const words = new Words(entries, language);
  const rows = [];
  for (const [name, program] of Object.entries(PRESETS)) {
    rows.push(row(name, program, table, words, runs[name], builder + await encode(program)));
  }
  return rows.join("");
}

/** @param {Choice | null} choice */
const called = (choice) => choice ? choice[0] : "";

/**
 * @param {string} name @param {Program} program @param {Table} table @param {Words} words @param {Run} run
 * @param {string} link @returns {string}
 */
function row(name, program, table, words, run, link) {
  const { shapes, input } = known(program, table);
  if (!shapes || !input || shapes.error) throw new Error(`the preset ${name} has no shape`);
  const title = words.say(`preset.${name}`);
  const numbers = [
    ["data_set", program.data[0]],
    ["gallery.shapes", `${["N", ...input.dims].join(" × ")} → ${size(shapes.out)}`],
    ["gallery.parameters", words.whole(shapes.params)],
    ["gallery.macs", words.number(shapes.macs, 3)],
    ["gallery.trained", [program.loss, program.opt, program.sched].map(called).filter(Boolean).join(", ")],
  ];
  const list = numbers.map(([key, value]) => `<div><dt>${escape(words.say(key))}</dt><dd>${escape(value)}</dd></div>`);
  return `<section class="net-row" aria-labelledby="net-${name}"><h2 id="net-${name}">${escape(title)}</h2>` +
    `<p>${escape(words.say(`about.${name}`))}</p><div class="net-columns">` +
    `<div class="net-picture" tabindex="0" role="group" aria-label="${escape(words.say("gallery.net", { title }))}">${
      diagram(program, shapes, words.say("gallery.net", { title }), ["N", ...input.dims].join(" × "))
    }</div><div><dl class="net-numbers">${list.join("")}</dl>${curve(title, run, words)}` +
    `<p><a class="net-open" href="${escape(link)}">${escape(words.say("gallery.open"))}<span class="net-hidden"> ${
      escape(title)
    }</span></a></p></div></div></section>`;
}

const SIZE = { width: 330, height: 190 };

/** Losses by epoch. @param {string} title @param {Run} run @param {Words} words */
function curve(title, { history, accuracy }, words) {
  const epochs = history.map((_, at) => at + 1);
  const [train, test] = [0, 1].map((which) => history.map((pair) => pair[which]));
  const box = { x: 46, y: 12, width: SIZE.width - 60, height: SIZE.height - 56 };
  const y = around([...train, ...test]);
  const plan = {
    x: { from: 1, to: epochs.length },
    y,
    yTicks: ticks(y, 4),
    xLabel: words.say("gallery.epoch"),
  };
  const { svg, X, Y } = axes(box, plan, words);
  const last = history[history.length - 1];
  const values = { title, count: epochs.length, train: last[0], test: last[1] };
  const said = words.say("gallery.curve", values) +
    (accuracy === null ? "" : ` ${words.say("gallery.accuracy", { share: 100 * accuracy })}`);
  const lines = line(epochs, train, X, Y, 0) + line(epochs, test, X, Y, 1);
  const names = [{ label: words.say("gallery.train"), look: 0 }, { label: words.say("gallery.test"), look: 1 }];
  return `<figure class="net-curve">${picture(SIZE.width, SIZE.height, said, svg + lines)}${legend(names)}` +
    `<figcaption>${escape(said)}</figcaption></figure>`;
}

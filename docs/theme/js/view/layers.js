// What happens in each hidden layer, as a table with small histograms.

/** @import { Shot, Histogram } from "../model/shot.js" */
/** @import { Words } from "../ui/words.js" */
import { escape } from "../ui/words.js";
import { round } from "./axes.js";

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

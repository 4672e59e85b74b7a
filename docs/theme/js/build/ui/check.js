// Everything that does not fit, and what the net costs. Pure: HTML as text.

import { escape } from "../../ui/words.js";
import { memory } from "../costs.js";
import { blockAt, key, pathOf, walk } from "../tree.js";
import { button } from "./form.js";
import { problemText, size, title, troubleText } from "./net.js";

/**
 * @import { Finding } from "../finding.js"
 * @import { Fix } from "../fixes.js"
 * @import { Shown } from "./net.js"
 */

/** @param {Shown} shown @param {string} path */
function go({ program, words }, path) {
  const block = /^(net|:\w+)\./.test(path) ? blockAt(program, pathOf(path)) : undefined;
  if (!block) return words.has(`part.${path}`) ? `<b>${escape(words.say(`part.${path}`))}</b>` : "";
  return `<button type="button" class="build-go" data-do="go" data-path="${escape(path)}">${
    escape(title(block))
  }</button>`;
}

/** @param {Shown} shown @param {Finding} found */
function line(shown, found) {
  const { words } = shown;
  const page = found.page ? ` <a href="../${escape(found.page)}">${escape(words.say("why"))}</a>` : "";
  const torch = found.torch ? ` <q>${escape(found.torch)}</q>` : "";
  return `<li class="build-${found.level}"><b>${escape(words.say(`level.${found.level}`))}</b> ${
    go(shown, found.path)
  } ` +
    `${escape(words.say(`pair.${found.code}`, found.values))}${torch}${page}</li>`;
}

/** @param {Shown} shown @param {Fix[]} fixes */
function errors(shown, fixes) {
  const { shapes, words, problems } = shown;
  const unknown = problems.map((each) =>
    `<li class="build-error">${go(shown, each.path.join("."))} ${escape(problemText(each, words))}</li>`
  );
  const first = shapes?.error;
  const buttons = fixes.map((fix, at) => button("fix", words.say(`fix.${fix.code}`, fix.values), ` data-at="${at}"`));
  const stop = first
    ? `<li class="build-error"><b>${escape(words.say("level.error"))}</b> ${go(shown, first.path)} ` +
      `<q>${escape(troubleText(first.trouble, words))}</q> ${buttons.join(" ")}</li>`
    : "";
  return unknown.join("") + stop;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** @param {number} bytes @param {Shown["words"]} words */
function bytesText(bytes, words) {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${words.number(bytes / 1000 ** step)} ${UNITS[step]}`;
}

/** @param {Shown} shown @param {number} batch */
function costs({ shapes, program, words }, batch) {
  if (!shapes) return "";
  const { params, grads, state, activations } = memory(program, shapes.params, shapes.activations, batch);
  const rows = [
    [words.say("cost.out"), size(shapes.out)],
    [words.say("cost.params"), words.whole(shapes.params)],
    [words.say("cost.macs"), words.whole(shapes.macs)],
    [words.say("cost.weights"), bytesText(params, words)],
    [words.say("cost.grads"), bytesText(grads, words)],
    [
      words.say("cost.state", { name: program.opt[0] }),
      state === null ? words.say("cost.depends") : bytesText(state, words),
    ],
    [words.say("cost.activations", { batch }), words.say("cost.least", { size: bytesText(activations, words) })],
  ];
  const cells = rows.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`);
  return `<table class="build-costs"><caption>${escape(words.say("costs"))}</caption><tbody>${
    cells.join("")
  }</tbody></table>`;
}

/** Every block with its shapes and counts. @param {Shown} shown */
function table({ shapes, program, words }) {
  if (!shapes) return "";
  const rows = [...walk(program)].map(({ path, block }) => {
    const info = shapes.blocks[key(path)];
    if (!info) return "";
    const depth = (path.length - 2) / 2;
    return `<tr><th scope="row" style="padding-left:${1.25 + depth}em">${escape(block[0])}</th>` +
      `<td>${escape(size(info.out))}</td><td>${words.whole(info.params)}</td>` +
      `<td>${escape(words.short(info.macs))}</td></tr>`;
  });
  const heads = ["block", "out", "params", "macs"].map((each) =>
    `<th scope="col">${escape(words.say(`column.${each}`))}</th>`
  );
  const label = escape(words.say("blocks"));
  return `<div class="table-scroll" role="group" tabindex="0" aria-label="${label}"><table><thead><tr>${
    heads.join("")
  }</tr></thead>` +
    `<tbody>${rows.join("")}</tbody></table></div>`;
}

/**
 * @param {Shown} shown @param {Finding[]} findings @param {Fix[]} fixes @param {number} batch
 */
export function check(shown, findings, fixes, batch) {
  const { words } = shown;
  const lines = errors(shown, fixes) + findings.map((found) => line(shown, found)).join("");
  const list = lines
    ? `<ul class="build-findings">${lines}</ul>`
    : `<p class="build-good">${escape(words.say("all_fits"))}</p>`;
  const paste =
    `<div class="build-field build-wide"><label for="build-pasted">${escape(words.say("paste_error"))}</label>` +
    `<textarea id="build-pasted" rows="3" spellcheck="false"></textarea>${
      button("find-error", words.say("find_block"))
    }` +
    `<p class="build-answer" role="status"></p></div>`;
  return `${list}${costs(shown, batch)}<details><summary>${escape(words.say("blocks"))}</summary>${
    table(shown)
  }</details>${paste}`;
}

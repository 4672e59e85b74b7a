// The net as a picture: boxes from top to bottom, branches beside each other. Its layout follows from the tree alone. Pure.

import { escape } from "../../ui/words.js";
import { branches, key } from "../tree.js";
import { size, title } from "./net.js";

/**
 * @import { Shapes } from "../shapes.js"
 * @import { Block, Branch, Path, Program } from "../tree.js"
 * A laid out piece: how wide and tall it is, and what draws it with its upper middle at (x, y).
 * @typedef {{ width: number, height: number, draw: (x: number, y: number) => string }} Piece
 */

const BOX = { width: 178, height: 40, gap: 16 };

/** @param {number} x @param {number} from @param {number} to */
const wire = (x, from, to) => to > from ? `<path class="d-wire" d="M${x} ${from}V${to}"/>` : "";

/** @param {string} text @param {number} most */
const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** @param {string} name @param {string} under @param {string} path @param {string} kind @returns {Piece} */
const box = (name, under, path, kind) => ({
  width: BOX.width,
  height: BOX.height,
  draw: (x, y) =>
    `<g class="d-box d-${kind}" data-path="${escape(path)}"><rect x="${
      x - BOX.width / 2
    }" y="${y}" width="${BOX.width}" ` +
    `height="${BOX.height}" rx="5"/><text x="${x}" y="${y + 17}">${escape(cut(name, 24))}</text>` +
    `<text class="d-size" x="${x}" y="${y + 33}">${escape(cut(under, 28))}</text></g>`,
});

/** @param {string} text @returns {Piece} */
const sign = (text) => ({
  width: 28,
  height: 28,
  draw: (x, y) =>
    `<circle class="d-sign" cx="${x}" cy="${y + 14}" r="14"/><text class="d-mark" x="${x}" y="${
      y + 19
    }">${text}</text>`,
});

/** One below the other. @param {Piece[]} pieces @param {boolean} [wired] @returns {Piece} */
function column(pieces, wired = true) {
  const inner = pieces.reduce((sum, piece) => sum + piece.height, 0);
  const height = inner + Math.max(pieces.length - 1, 0) * BOX.gap;
  return {
    width: Math.max(28, ...pieces.map((piece) => piece.width)),
    height,
    draw: (x, y) => {
      let at = y;
      return pieces.map((piece, index) => {
        const made = (index && wired ? wire(x, at - BOX.gap, at) : "") + piece.draw(x, at);
        at += piece.height + BOX.gap;
        return made;
      }).join("");
    },
  };
}

/** Side by side, from one point to another. @param {Piece[]} pieces @param {Piece} end @returns {Piece} */
function beside(pieces, end) {
  const [gap, lead] = [24, 18];
  const width = pieces.reduce((sum, piece) => sum + piece.width, 0) + gap * (pieces.length - 1);
  const tall = Math.max(...pieces.map((piece) => piece.height));
  return {
    width,
    height: tall + 2 * lead + end.height,
    draw: (x, y) => {
      let left = x - width / 2;
      const bottom = y + lead + tall + lead;
      const parts = pieces.map((piece) => {
        const middle = left + piece.width / 2;
        left += piece.width + gap;
        const top = y + lead;
        return `<path class="d-wire" d="M${x} ${y}H${middle}V${top}"/>${piece.draw(middle, top)}` +
          `<path class="d-wire" d="M${middle} ${top + piece.height}V${bottom - lead / 2}H${x}V${bottom}"/>`;
      });
      return parts.join("") + end.draw(x, bottom);
    },
  };
}

/** With a frame and a word at its corner. @param {Piece} piece @param {string} word @returns {Piece} */
const framed = (piece, word) => ({
  width: Math.max(piece.width, word.length * 7) + 24,
  height: piece.height + 34,
  draw: (x, y) => {
    const width = Math.max(piece.width, word.length * 7) + 24;
    return `<rect class="d-frame" x="${x - width / 2}" y="${y}" width="${width}" height="${
      piece.height + 34
    }" rx="6"/>` +
      `<text class="d-word" x="${x - width / 2 + 8}" y="${y + 15}">${escape(word)}</text>` +
      `${wire(x, y, y + 24)}${piece.draw(x, y + 24)}${wire(x, y + 24 + piece.height, y + 34 + piece.height)}`;
  },
});

/** @type {Record<string, string>} */
const SIGNS = { add: "+", mul: "×", cat: "⧺" };

/** @param {Block} block @param {Path} path @param {Shapes | null} shapes @returns {Piece} */
function piece(block, path, shapes) {
  const at = key(path);
  const inner = branches(block).map((branch, number) => line(branch, [...path, number], shapes));
  if (Object.hasOwn(SIGNS, block[0])) return beside(inner, sign(SIGNS[block[0]]));
  if (block[0] === "seq") return inner[0] ?? column([]);
  if (block[0] === "repeat") return framed(inner[0] ?? column([]), `× ${block[1]}`);
  const info = shapes?.blocks[at];
  const kind = info?.trouble ? "wrong" : info?.params ? "learns" : "plain";
  return box(title(block).replace(/\w+=/g, ""), size(info?.out), at, kind);
}

/** @param {Branch} branch @param {[string, ...number[]]} base @param {Shapes | null} shapes */
const line = (branch, base, shapes) => column(branch.map((block, index) => piece(block, [...base, index], shapes)));

/**
 * The picture of a net, as SVG. A named block is one box; its inside stands below, in a frame.
 * @param {Program} program @param {Shapes | null} shapes @param {string} alt @param {string} input the data's shape
 */
export function diagram(program, shapes, alt, input) {
  const top = box(program.data[0], input, "data", "data");
  const main = column([top, ...program.net.map((block, index) => piece(block, ["net", index], shapes))]);
  const named = Object.entries(program.defs).map(([name, { net }]) => framed(line(net, [`:${name}`], shapes), name));
  const whole = column([main, ...named], false);
  const [width, height] = [Math.max(whole.width, BOX.width) + 16, whole.height + 16];
  return `<svg class="build-diagram" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" aria-label="${escape(alt)}">${whole.draw(width / 2, 8)}</svg>`;
}

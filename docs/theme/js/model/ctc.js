// Connectionist temporal classification on a lattice small enough to draw: forward and backward variables, the best
// path, and the gradient by the logits. Class 0 is the blank. All in logarithms, derived on losses/ctc.

import { logSoftmax } from "./softmax.js";

/** log(e^a + e^b + …) @param {number[]} values */
function logSum(...values) {
  const most = Math.max(...values);
  if (most === -Infinity) return -Infinity;
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** The word with blanks around every letter. @param {number[]} word */
export const padded = (word) => [0, ...word.flatMap((label) => [label, 0])];

/**
 * From which rows of the frame before a row is reached: stay, step, and skip a blank between different letters.
 * @param {number[]} rows
 * @param {number} row
 */
export function sources(rows, row) {
  const skip = row >= 2 && rows[row] !== 0 && rows[row] !== rows[row - 2];
  return [row, ...(row >= 1 ? [row - 1] : []), ...(skip ? [row - 2] : [])];
}

/**
 * Best path through the lattice, one row per frame, or [] where the word does not fit.
 * @param {number[][]} logs
 * @param {number[]} rows
 */
function bestPath(logs, rows) {
  let score = rows.map((label, row) => row < 2 ? logs[0][label] : -Infinity);
  const came = logs.slice(1).map((frame) => {
    const from = rows.map((_, row) => sources(rows, row).reduce((a, b) => score[b] > score[a] ? b : a));
    score = rows.map((label, row) => score[from[row]] + frame[label]);
    return from;
  });
  const last = rows.length - 1;
  const end = last > 0 && score[last - 1] > score[last] ? last - 1 : last;
  if (score[end] === -Infinity) return { path: [], score: -Infinity };
  const path = [end];
  for (const from of came.reverse()) path.unshift(from[path[0]]);
  return { path, score: score[end] };
}

/**
 * @param {number[][]} logits frames × classes
 * @param {number[]} word labels from 1
 */
export function ctc(logits, word) {
  const logs = logits.map(logSoftmax);
  const rows = padded(word);
  const frames = logs.length;
  const forward = [rows.map((label, row) => row < 2 ? logs[0][label] : -Infinity)];
  for (let t = 1; t < frames; t++) {
    const before = forward[t - 1];
    forward.push(rows.map((label, row) => logSum(...sources(rows, row).map((from) => before[from])) + logs[t][label]));
  }
  const backward = forward.map((frame) => frame.map(() => -Infinity)); // without the frame itself
  const last = rows.length - 1;
  for (const row of [last, last - 1]) backward[frames - 1][row] = 0;
  for (let t = frames - 2; t >= 0; t--) {
    for (let row = 0; row <= last; row++) {
      const arrives = backward[t + 1][row] + logs[t + 1][rows[row]];
      for (const from of sources(rows, row)) backward[t][from] = logSum(backward[t][from], arrives);
    }
  }
  const total = logSum(forward[frames - 1][last], forward[frames - 1][last - 1]);
  const possible = total > -Infinity;
  const share = forward.map((frame, t) =>
    frame.map((value, row) => possible ? Math.exp(value + backward[t][row] - total) : 0)
  );
  const gradient = logs.map((frame, t) =>
    frame.map((value, label) => {
      if (!possible) return NaN; // torch: ∞ − ∞
      return Math.exp(value) - rows.reduce((sum, own, row) => own === label ? sum + share[t][row] : sum, 0);
    })
  );
  const best = bestPath(logs, rows);
  return { rows, loss: -total, forward, backward, share, gradient, best: best.path, bestScore: best.score, logs };
}

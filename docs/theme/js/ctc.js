// The CTC lattice: how a word's paths run through the frames, their shares, and the gradient that follows.

import { ctc, sources } from "./model/ctc.js";
import { number } from "./model/python.js";
import { Generator } from "./model/rng.js";
import { mount } from "./ui/mount.js";
import { choice, integer, letters, linear } from "./ui/spec.js";
import { picture, round, text } from "./view/axes.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {import("./ui/words.js").Words} Words
 * @typedef {ReturnType<typeof ctc>} Lattice
 */

const ALPHABET = "abc";
const CLASSES = ["-", ...ALPHABET]; // class 0 is the blank

/** @param {State} state */
const labels = (state) => [...state.word].map((letter) => CLASSES.indexOf(letter));

/** The network's scores: noise, and where it has learned something, the right letters in order. @param {State} state */
function scores(state) {
  const noise = new Generator(state.seed).normal(state.frames * CLASSES.length);
  const word = labels(state);
  return Array.from({ length: state.frames }, (_, t) =>
    CLASSES.map((_, label) => {
      const right = word[Math.floor((t * word.length) / state.frames)] === label;
      return state.noise * noise[t * CLASSES.length + label] + (right ? state.learned : 0);
    }));
}

/** @type {import("./ui/figure.js").Explorer<Lattice>} */
export const explorer = {
  name: "ctc",
  spec: {
    word: letters(ALPHABET, "ab", 5),
    frames: integer(1, 12, 7),
    learned: linear(0, 8, 1, 0.1),
    noise: linear(0, 4, 1, 0.1),
    seed: integer(0, 99, 3),
    nodes: choice(["share", "forward", "backward"]),
  },
  main: () => ["word", "frames", "learned", "noise"],
  more: () => ["nodes", "seed"],
  presets: {
    new: { learned: 0, noise: 0 },
    sure: { learned: 6, noise: 0.5 },
    twice: { word: "aa", frames: 5 },
    tight: { word: "aab", frames: 4 },
    impossible: { word: "aab", frames: 3 },
  },

  model: (state) => ctc(scores(state), labels(state)),

  view(lattice, state, width, words) {
    const [left, right] = [34, 12];
    const step = (width - left - right) / state.frames;
    const rowHeight = width < 500 ? 26 : 28;
    const X = (/** @type {number} */ t) => left + (t + 0.5) * step;
    const top = 40;
    const Y = (/** @type {number} */ row) => top + row * rowHeight;
    const low = Y(lattice.rows.length - 1) + 62;
    const body = [
      text(left - 22, 16, words.say("title.lattice"), "x-title"),
      ...lattice.rows.map((label, row) => text(left - 18, Y(row) + 4, CLASSES[label], "x-middle")),
      moves(lattice, X, Y),
      ...nodes(lattice, state.nodes, X, Y, Math.min(step, rowHeight) * 0.42),
      text(left - 22, low - 14, words.say("title.gradient"), "x-title"),
      ...cells(lattice, X, low, step),
    ];
    const height = low + CLASSES.length * 24 + 28;
    const frames = lattice.share.map((_, t) => text(X(t), height - 10, String(t + 1), "x-tick x-middle"));
    return picture(width, height, words.say("alt"), body.join("") + frames.join(""));
  },

  sentence({ loss, best, bestScore, rows }, state, words) {
    if (!Number.isFinite(loss)) {
      const repeats = [...state.word].filter((letter, index) => index > 0 && letter === state.word[index - 1]).length;
      return words.say("impossible", { word: state.word, count: state.word.length + repeats, frames: state.frames });
    }
    const path = best.map((row) => CLASSES[rows[row]]).join("");
    const values = { word: state.word, p: Math.exp(-loss), loss, path, best: Math.exp(bestScore + loss) };
    return words.say("sentence", values);
  },

  table: ({ share, gradient, rows }, _state, words) => ({
    head: [
      words.say("frame"),
      ...rows.map((label, row) => words.say("share_of", { row: row + 1, label: CLASSES[label] })),
      ...CLASSES.map((label) => words.say("gradient_of", { label })),
    ],
    rows: share.map((shares, t) => [String(t + 1), ...shares, ...gradient[t]]),
  }),

  program: (state) =>
    `import torch
import torch.nn.functional as F

frames, word = ${state.frames}, [${labels(state).join(", ")}]  # class 0 is the blank
torch.manual_seed(${state.seed})
logits = ${number(state.noise)} * torch.randn(frames, ${CLASSES.length}, dtype=torch.float64)
for t in range(frames):
    logits[t, word[t * len(word) // frames]] += ${number(state.learned)}
logits.requires_grad_()
loss = F.ctc_loss(
    logits.log_softmax(dim=1)[:, None],
    torch.tensor([word]),
    torch.tensor([frames]),
    torch.tensor([len(word)]),
    reduction="sum",
)
loss.backward()
print(f"loss {loss.item():.6g}")
for row in logits.grad.tolist():
    print("gradient", *(f"{slope:.6g}" for slope in row))
`,
};

/** @param {Lattice} lattice @param {(t: number) => number} X @param {(row: number) => number} Y */
function moves({ rows, share, best }, X, Y) {
  let [thin, thick] = ["", ""];
  for (let t = 1; t < share.length; t++) {
    for (let row = 0; row < rows.length; row++) {
      for (const from of sources(rows, row)) {
        if (!share[t][row] || !share[t - 1][from]) continue;
        const piece = `M${round(X(t - 1))} ${round(Y(from))}L${round(X(t))} ${round(Y(row))}`;
        if (best[t] === row && best[t - 1] === from) thick += piece;
        else thin += piece;
      }
    }
  }
  return `<path class="x-grid" d="${thin}"/><path class="x-line x-0" d="${thick}"/>`;
}

/**
 * @param {Lattice} lattice
 * @param {string} what
 * @param {(t: number) => number} X
 * @param {(row: number) => number} Y
 * @param {number} largest radius
 */
function nodes({ share, forward, backward }, what, X, Y, largest) {
  const frames = { share, forward: forward.map(powers), backward: backward.map(powers) }[what] ?? share;
  return frames.flatMap((frame, t) => {
    const most = what === "share" ? 1 : Math.max(...frame);
    return frame.map((value, row) => {
      const radius = most > 0 ? Math.sqrt(value / most) * largest : 0;
      const style = radius > 0.5 ? "x-dot x-0" : "x-thin";
      return `<circle class="${style}" cx="${round(X(t))}" cy="${round(Y(row))}" r="${round(Math.max(radius, 2))}"/>`;
    });
  });
}

/** @param {number[]} logs */
const powers = (logs) => logs.map(Math.exp);

/** The gradient by class and frame; a sign says what the colour says. @param {Lattice} lattice @param {(t: number) => number} X @param {number} top @param {number} step */
function cells({ gradient }, X, top, step) {
  const rows = CLASSES.map((label, index) => text(16, top + index * 24 + 16, label, "x-middle"));
  return [
    ...rows,
    ...gradient.flatMap((frame, t) =>
      frame.map((slope, label) => {
        const [x, y] = [round(X(t) - step / 2 + 1), top + label * 24];
        const size = Number.isFinite(slope) ? Math.round(Math.abs(slope) * 100) / 100 : 0;
        const sign = size < 0.01 ? "" : slope < 0 ? "−" : "+";
        const box = `x="${x}" y="${y}" width="${round(step - 2)}" height="22"`;
        return `<rect class="x-cell" ${box}/><rect class="x-bar x-${slope < 0 ? 0 : 1}" ${box} fill-opacity="${
          size * 0.7
        }"/>${text(X(t), y + 16, sign, "x-middle x-over")}`;
      })
    ),
  ];
}

mount(explorer);

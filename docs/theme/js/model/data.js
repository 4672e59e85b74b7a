// Data of the playground, from torch's random numbers, and the lines of Python that make the same. Coordinates are rounded to
// multiples of 1/1024, so that the last digits of a sine do not decide.

import { Generator } from "./rng.js";

/**
 * @typedef {{ x: Float64Array, y: Float64Array, inputs: number }} Points rows of inputs one after another
 * @typedef {object} Source
 * @property {"class" | "value"} task
 * @property {boolean} [counts] whether its numbers are counts
 * @property {number} inputs
 * @property {(n: number, noise: number, generator: Generator) => Points} make
 * @property {string[]} python lines that set `x` and `y` from `n`, `noise` and `draw`, the generator's keyword
 */

/** As torch rounds: halves to the even number. @param {number} value */
function whole(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

const rounded = (/** @type {number} */ value) => whole(value * 1024) / 1024;

/**
 * Points from two coordinates and noise.
 * @param {number} n @param {number} noise @param {Generator} generator @param {(k: number) => number[]} at @param {(k: number) => number} label
 * @returns {Points}
 */
function points(n, noise, generator, at, label) {
  const drawn = generator.normal(2 * n);
  return {
    x: Float64Array.from(drawn, (value, k) => rounded(at(k >> 1)[k & 1] + noise * value)),
    y: Float64Array.from({ length: n }, (_, k) => label(k)),
    inputs: 2,
  };
}

const parity = (/** @type {number} */ k) => k % 2;
const FINISH = "x = torch.round((x + noise * torch.randn(n, 2, **draw)) * 1024) / 1024";
const PARITY = "y = torch.arange(n) % 2";

/** @type {Record<string, Source>} */
export const SOURCES = {
  moons: {
    task: "class",
    inputs: 2,
    make: (n, noise, generator) => {
      const t = generator.rand(n).map((turn) => Math.PI * turn);
      const at = (/** @type {number} */ k) =>
        parity(k)
          ? [1.5 - 2 * Math.cos(t[k]), 0.5 - 2 * Math.sin(t[k])]
          : [2 * Math.cos(t[k]) - 0.5, 2 * Math.sin(t[k]) - 0.5];
      return points(n, noise, generator, at, parity);
    },
    python: [
      PARITY,
      "t = torch.pi * torch.rand(n, **draw)",
      "one = torch.stack([2 * t.cos() - 0.5, 2 * t.sin() - 0.5], 1)",
      "two = torch.stack([1.5 - 2 * t.cos(), 0.5 - 2 * t.sin()], 1)",
      "x = torch.where(y[:, None] == 0, one, two)",
      FINISH,
    ],
  },
  circles: {
    task: "class",
    inputs: 2,
    make: (n, noise, generator) => {
      const t = generator.rand(n).map((turn) => 2 * Math.PI * turn);
      const at = (
        /** @type {number} */ k,
      ) => [(2.4 - 1.4 * parity(k)) * Math.cos(t[k]), (2.4 - 1.4 * parity(k)) * Math.sin(t[k])];
      return points(n, noise, generator, at, parity);
    },
    python: [
      PARITY,
      "t = 2 * torch.pi * torch.rand(n, **draw)",
      "x = (2.4 - 1.4 * y)[:, None] * torch.stack([t.cos(), t.sin()], 1)",
      FINISH,
    ],
  },
  spiral: {
    task: "class",
    inputs: 2,
    make: (n, noise, generator) => {
      const t = generator.rand(n);
      const at = (/** @type {number} */ k) => {
        const angle = 4 * t[k] + Math.PI * parity(k);
        return [(0.3 + 2.4 * t[k]) * Math.cos(angle), (0.3 + 2.4 * t[k]) * Math.sin(angle)];
      };
      return points(n, noise, generator, at, parity);
    },
    python: [
      PARITY,
      "t = torch.rand(n, **draw)",
      "angle = 4 * t + torch.pi * y",
      "x = (0.3 + 2.4 * t)[:, None] * torch.stack([angle.cos(), angle.sin()], 1)",
      FINISH,
    ],
  },
  xor: {
    task: "class",
    inputs: 2,
    make: (n, noise, generator) => {
      const u = generator.rand(2 * n).map((value) => 5 * value - 2.5);
      const label = (/** @type {number} */ k) => u[2 * k] * u[2 * k + 1] < 0 ? 1 : 0;
      return points(n, noise, generator, (k) => [u[2 * k], u[2 * k + 1]], label);
    },
    python: ["x = 5 * torch.rand(n, 2, **draw) - 2.5", "y = (x[:, 0] * x[:, 1] < 0).long()", FINISH],
  },
  blobs: {
    task: "class",
    inputs: 2,
    make: (n, noise, generator) => points(n, noise, generator, (k) => [2 * parity(k) - 1, 2 * parity(k) - 1], parity),
    python: [PARITY, "x = (2.0 * y - 1)[:, None].expand(n, 2)", FINISH],
  },
  zero: {
    task: "class",
    inputs: 3,
    make: (n, noise, generator) => {
      const { x, y } = points(n, noise, generator, (k) => [2 * parity(k) - 1, 2 * parity(k) - 1], parity);
      return {
        x: Float64Array.from({ length: 3 * n }, (_, k) => k % 3 < 2 ? x[2 * Math.floor(k / 3) + k % 3] : 0),
        y,
        inputs: 3,
      };
    },
    python: [
      PARITY,
      "x = (2.0 * y - 1)[:, None].expand(n, 2)",
      FINISH,
      "x = torch.cat([x, torch.zeros(n, 1)], 1)  # the third input is always 0",
    ],
  },
  line: {
    task: "value",
    inputs: 1,
    make: (n, noise, generator) => {
      const x = generator.rand(n).map((value) => rounded(4 * value - 2));
      const drawn = generator.normal(n);
      return { x, y: x.map((at, k) => rounded(2 * at + 1 + noise * drawn[k] + (k % 100 < 13 ? 15 : 0))), inputs: 1 };
    },
    python: [
      "x = torch.round((4 * torch.rand(n, 1, **draw) - 2) * 1024) / 1024",
      "y = 2 * x[:, 0] + 1 + noise * torch.randn(n, **draw)",
      "y = torch.where(torch.arange(n) % 100 < 13, y + 15, y)  # outliers",
      "y = torch.round(y * 1024) / 1024",
    ],
  },
  wave: {
    task: "value",
    inputs: 1,
    make: (n, noise, generator) => {
      const x = generator.rand(n).map((value) => rounded(4 * value - 2));
      const drawn = generator.normal(n);
      return { x, y: x.map((at, k) => rounded(Math.sin(2.5 * at) + noise * drawn[k])), inputs: 1 };
    },
    python: [
      "x = torch.round((4 * torch.rand(n, 1, **draw) - 2) * 1024) / 1024",
      "y = torch.sin(2.5 * x[:, 0]) + noise * torch.randn(n, **draw)",
      "y = torch.round(y * 1024) / 1024",
    ],
  },
  counts: {
    task: "value",
    counts: true,
    inputs: 1,
    make: (n, noise, generator) => {
      const x = generator.rand(n).map((value) => rounded(4 * value - 2));
      const drawn = generator.normal(n);
      const y = x.map((at, k) => Math.max(0, whole(Math.exp(at + 0.5) + 5 * noise * drawn[k])));
      return { x, y, inputs: 1 };
    },
    python: [
      "x = torch.round((4 * torch.rand(n, 1, **draw) - 2) * 1024) / 1024",
      "y = (x[:, 0] + 0.5).exp() + 5 * noise * torch.randn(n, **draw)",
      "y = torch.round(y).clamp(min=0)",
    ],
  },
  scales: {
    task: "value",
    inputs: 2,
    make: (n, noise, generator) => {
      const drawn = generator.normal(2 * n);
      const x = drawn.map((value, k) => rounded(k % 2 ? 0.05 * value : value));
      const rest = generator.normal(n);
      return { x, y: rest.map((value, k) => rounded(x[2 * k] + 20 * x[2 * k + 1] + noise * value)), inputs: 2 };
    },
    python: [
      "x = torch.randn(n, 2, **draw) * torch.tensor([1.0, 0.05])",
      "x = torch.round(x * 1024) / 1024",
      "y = x[:, 0] + 20 * x[:, 1] + noise * torch.randn(n, **draw)",
      "y = torch.round(y * 1024) / 1024",
    ],
  },
};

/**
 * Training and test points. A share of the training labels is flipped, by a generator of its own.
 * @param {string} name @param {number} n of each @param {number} noise @param {number} flip share @param {number} seed
 * @returns {{ train: Points, test: Points }}
 */
export function dataOf(name, n, noise, flip, seed) {
  const { x, y, inputs } = SOURCES[name].make(2 * n, noise, new Generator(seed));
  if (flip > 0 && SOURCES[name].task === "class") {
    const chance = new Generator(seed + 1).rand(n);
    for (let k = 0; k < n; k++) if (chance[k] < flip) y[k] = 1 - y[k];
  }
  return {
    train: { x: x.slice(0, n * inputs), y: y.slice(0, n), inputs },
    test: { x: x.slice(n * inputs), y: y.slice(n), inputs },
  };
}

/**
 * Points of one's own: x, y, class, x, y, class …; they train and test.
 * @param {number[]} numbers
 * @returns {{ train: Points, test: Points }}
 */
export function ownData(numbers) {
  const n = Math.floor(numbers.length / 3);
  const made = {
    x: Float64Array.from({ length: 2 * n }, (_, k) => numbers[3 * (k >> 1) + (k & 1)]),
    y: Float64Array.from({ length: n }, (_, k) => numbers[3 * k + 2]),
    inputs: 2,
  };
  return { train: made, test: made };
}

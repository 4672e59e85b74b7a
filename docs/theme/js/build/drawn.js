// Data sets that a program draws itself, from its seed: points, sequences with a rule, pictures of shapes. Pure.

import { number } from "../model/python.js";
import { classOf, LOADED, VALUE } from "./split.js";

/**
 * @import { Argument } from "./table.js"
 * @import { DataSet } from "./data.js"
 */

/** @param {number} start @returns {Argument} */
const samples = (start) => ({ name: "samples", kind: "int", default: start, min: 20, max: 100000 });

/** @param {number} start @returns {Argument} */
const noise = (start) => ({ name: "noise", kind: "float", default: start, min: 0, max: 10 });

const COUNTS = {
  train: (/** @type {any} */ args) => Math.floor((args.samples * 4) / 5),
  test: (/** @type {any} */ args) => args.samples - Math.floor((args.samples * 4) / 5),
  imports: () => [],
};

/** @type {DataSet} */
const spirals = {
  args: [samples(1000), noise(0.1), { name: "arms", kind: "int", default: 2, min: 2, max: 10 }],
  input: () => ({ dims: [2], dtype: "float32" }),
  target: ({ arms }) => classOf(arms),
  ...COUNTS,
  lines: ({ samples, noise, arms }) => [
    `n, arms, noise = ${samples}, ${arms}, ${number(noise)}`,
    "y = torch.randint(arms, (n,))",
    "t = torch.rand(n).sqrt()",
    "angle = 3 * torch.pi * t + 2 * torch.pi * y / arms",
    "x = 2 * torch.stack([t * angle.cos(), t * angle.sin()], dim=1)",
    "x += noise * torch.randn(n, 2)",
    ...LOADED,
  ],
};

/** @type {DataSet} */
const moons = {
  args: [samples(1000), noise(0.2)],
  input: () => ({ dims: [2], dtype: "float32" }),
  target: () => classOf(2),
  ...COUNTS,
  lines: ({ samples, noise }) => [
    `n, noise = ${samples}, ${number(noise)}`,
    "y = torch.randint(2, (n,))",
    "t = torch.pi * torch.rand(n)",
    "sign = 1 - 2 * y  # {moons}",
    "x = torch.stack([sign * t.cos() + y, sign * t.sin() + 0.5 * y], dim=1)",
    "x += noise * torch.randn(n, 2)",
    ...LOADED,
  ],
};

/** @type {DataSet} */
const regression = {
  args: [samples(1000), noise(0.1), { name: "outliers", kind: "float", default: 0.05, min: 0, max: 1 }],
  input: () => ({ dims: [1], dtype: "float32" }),
  target: () => VALUE,
  ...COUNTS,
  lines: ({ samples, noise, outliers }) => [
    `n, noise, outliers = ${samples}, ${number(noise)}, ${number(outliers)}`,
    "x = 4 * torch.rand(n, 1) - 2",
    "y = torch.sin(2 * x) + noise * (1 + x.abs()) * torch.randn(n, 1)",
    "y = torch.where(torch.rand(n, 1) < outliers, y + 3, y)",
    ...LOADED,
  ],
};

/** @type {Record<string, string[]>} what is asked of a sequence of tokens; 0 is never drawn */
const TASKS = {
  class: [
    "x = torch.randint(1, vocabulary, (n, length))",
    "y = torch.randint(2, (n,))",
    "start = torch.randint(length - 1, (n,))",
    "row = torch.arange(n)",
    "x[row, start] = torch.where(y == 1, 1, x[row, start])",
    "x[row, start + 1] = torch.where(y == 1, 2, x[row, start + 1])",
    "y = ((x[:, :-1] == 1) & (x[:, 1:] == 2)).any(dim=1).long()  # {pair}",
  ],
  tag: [
    "x = torch.randint(1, vocabulary, (n, length))",
    "place = torch.arange(length).expand(n, -1)",
    "opened = torch.where(x == 1, place, -1).cummax(dim=1).values",
    "closed = torch.where(x == 2, place, -1).cummax(dim=1).values",
    "y = (opened > closed).long()  # {between}",
  ],
  next: [
    "text = torch.randint(vocabulary, (n, length + 1))",
    "for k in range(2, length + 1):",
    "    text[:, k] = (text[:, k - 1] + text[:, k - 2]) % vocabulary",
    "x, y = text[:, :-1], text[:, 1:]",
  ],
  text: [
    "y = torch.randint(1, vocabulary, (n, length // 4))",
    "x = F.one_hot(y, vocabulary).float().repeat_interleave(4, dim=1)",
    "x[:, ::4] = 0  # {silence}",
    "x += 0.1 * torch.randn(n, length // 4 * 4, vocabulary)",
  ],
};

/** @type {DataSet} */
const sequences = {
  args: [
    { name: "task", kind: "choice", default: "class", values: ["class", "tag", "next", "text"] },
    samples(2000),
    { name: "length", kind: "int", default: 16, min: 4, max: 1024 },
    { name: "vocabulary", kind: "int", default: 8, min: 3, max: 10000 },
  ],
  input: ({ task, length, vocabulary }) =>
    task === "text"
      ? { dims: [4 * Math.floor(length / 4), vocabulary], dtype: "float32" }
      : { dims: [length], dtype: "int64", most: vocabulary },
  target: ({ task, length, vocabulary }) => {
    if (task === "class") return classOf(2);
    if (task === "text") return { kind: "text", dims: [Math.floor(length / 4)], dtype: "int64", classes: vocabulary };
    return { kind: "tag", dims: [length], dtype: "int64", classes: task === "tag" ? 2 : vocabulary };
  },
  ...COUNTS,
  lines: ({ task, samples, length, vocabulary }) => [
    `n, length, vocabulary = ${samples}, ${length}, ${vocabulary}`,
    ...TASKS[task],
    ...LOADED,
  ],
};

/** @type {DataSet} */
const shapes = {
  args: [
    { name: "task", kind: "choice", default: "mask", values: ["mask", "class"] },
    samples(1000),
    noise(0.1),
    { name: "size", kind: "int", default: 32, min: 8, max: 128 },
  ],
  input: ({ size }) => ({ dims: [1, size, size], dtype: "float32" }),
  target: ({ task, size }) =>
    task === "class" ? classOf(2) : { kind: "mask", dims: [size, size], dtype: "int64", classes: 3 },
  ...COUNTS,
  lines: ({ task, samples, noise, size }) => [
    `n, size, noise = ${samples}, ${size}, ${number(noise)}`,
    "kind = torch.randint(2, (n, 1, 1))",
    "radius = size * (0.15 + 0.15 * torch.rand(n, 1, 1))",
    "centre = radius + (size - 2 * radius) * torch.rand(2, n, 1, 1)",
    "down = (torch.arange(size).view(1, size, 1) - centre[0]).abs()",
    "across = (torch.arange(size).view(1, 1, size) - centre[1]).abs()",
    "disc = (kind == 0) & (down**2 + across**2 < radius**2)",
    "square = (kind == 1) & (torch.maximum(down, across) < 0.8 * radius)",
    "x = (disc | square).float().unsqueeze(1) + noise * torch.randn(n, 1, size, size)",
    task === "class" ? "y = kind.flatten()  # {kinds}" : "y = disc.long() + 2 * square.long()  # {background}",
    ...LOADED,
  ],
};

/** @type {Record<string, DataSet>} */
export const DRAWN = { spirals, moons, regression, sequences, shapes };

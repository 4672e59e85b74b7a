// How a program runs: device, precision, several processes, what it prints and keeps. Arguments in the table's form, so that
// forms and limits come from here; the lines of Python stand in train.js. Pure.

import { admits } from "./table.js";

/**
 * @import { Argument } from "./table.js"
 * @import { Program } from "./tree.js"
 * @typedef {{
 *   epochs: number, seed: number, device: "auto" | "cpu" | "cuda" | "mps", amp: boolean, compile: boolean, ddp: boolean,
 *   no_decay: boolean, clip: number | null, step: "auto" | "batch" | "epoch", progress: boolean, checkpoint: boolean,
 *   plot: boolean
 * }} Run
 */

/** @type {Argument[]} */
export const RUN = [
  { name: "epochs", kind: "int", default: 3, min: 1, max: 10000 },
  { name: "seed", kind: "int", default: 0, min: 0, max: 2 ** 31 - 1 },
  { name: "device", kind: "choice", default: "auto", values: ["auto", "cpu", "cuda", "mps"] },
  { name: "amp", kind: "bool", default: false },
  { name: "compile", kind: "bool", default: false },
  { name: "ddp", kind: "bool", default: false },
  { name: "no_decay", kind: "bool", default: false },
  { name: "clip", kind: "float", default: null, optional: true, min: 1e-6, max: 1e6 },
  { name: "step", kind: "choice", default: "auto", values: ["auto", "batch", "epoch"] },
  { name: "progress", kind: "bool", default: true },
  { name: "checkpoint", kind: "bool", default: false },
  { name: "plot", kind: "bool", default: true },
];

// Schedulers whose arguments count optimizer steps, not epochs.
const PER_BATCH = new Set(["OneCycleLR", "CyclicLR"]);

/** @param {Program} program @returns {Run} */
export function runOf(program) {
  const given = program.run;
  return /** @type {Run} */ (Object.fromEntries(
    RUN.map(({ name, default: own }) => [name, Object.hasOwn(given, name) ? given[name] : own]),
  ));
}

/** Whether the schedule moves with every batch. @param {Program} program */
export function perBatch(program) {
  const { step } = runOf(program);
  if (step !== "auto") return step === "batch";
  return program.sched !== null && PER_BATCH.has(program.sched[0]);
}

/**
 * The names of arguments that are unknown or have a value that is not admitted.
 * @param {Argument[]} known @param {Record<string, any>} given @returns {string[]}
 */
export function refused(known, given) {
  return Object.entries(given).filter(([name, value]) => {
    const argument = known.find((each) => each.name === name);
    return !argument || !admits(argument, value);
  }).map(([name]) => name);
}

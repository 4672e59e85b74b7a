// Optimizer and schedule as Python: groups of parameters where some are treated apart, two optimizers where one refuses some. Pure.

import { assign, call, keyword, list, literal, raw } from "./code.js";
import { parameterShapes } from "./counts.js";
import { construct, plain } from "./layer.js";
import { perBatch, runOf } from "./options.js";
import { EmitError } from "./trace.js";
import { argumentsOf } from "./tree.js";

/**
 * @import { Expr, Item, Statement } from "./code.js"
 * @import { Table } from "./table.js"
 * @import { Node } from "./trace.js"
 * @import { Choice, Program } from "./tree.js"
 * @typedef {{ lines: Statement[], many: boolean }} Optimizer `many` if there are two, in a list
 */

/** @param {Program} program @param {Table} table @param {Node[]} layers @param {boolean} learns the loss too @returns {Optimizer} */
export function optimizerLines(program, table, layers, learns) {
  const [name] = program.opt;
  const all = learns ? "parameters" : "model.parameters()";
  /** @type {Statement[]} */
  const first = learns ? ["parameters = [*model.parameters(), *loss_function.parameters()]"] : [];
  const ranks = new Set(layers.flatMap(({ kind, args }) => parameterShapes(kind, args).map((shape) => shape.length)));
  if (learns) ranks.add(2);
  if (!ranks.size) throw new EmitError("refused", ["opt"], "ValueError: optimizer got an empty parameter list");
  if (name === "Muon") return muon(program, table, all, first, ranks);
  const sparse = layers.some(({ args }) => args.sparse);
  const dense = learns || layers.some((each) => !each.args.sparse && parameterShapes(each.kind, each.args).length > 0);
  if (name === "SparseAdam" && sparse && dense) return mixed(program, table, all, first);
  const decays = table.optimizers[name].args.some((each) => each.name === "weight_decay");
  if (runOf(program).no_decay && decays) {
    const groups = [
      `decayed = [p for p in ${all} if p.ndim >= 2]`,
      `others = [p for p in ${all} if p.ndim < 2]`,
      'groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]',
    ];
    return { lines: [...first, ...groups, assign("optimizer", made(table, program.opt, "groups"))], many: false };
  }
  return { lines: [...first, assign("optimizer", made(table, program.opt, all))], many: false };
}

/** @param {Table} table @param {Choice} choice @param {string} over @returns {Expr} */
const made = (table, choice, over) =>
  construct(`torch.optim.${choice[0]}`, table.optimizers[choice[0]], argumentsOf(choice), true, plain, [raw(over)]);

/** @param {Record<string, any>} args */
const rate = (args) => Object.hasOwn(args, "lr") ? { lr: args.lr } : {};

/**
 * Muon for matrices, AdamW for the rest.
 * @param {Program} program @param {Table} table @param {string} all @param {Statement[]} first
 * @param {Set<number>} ranks of the parameters @returns {Optimizer}
 */
function muon(program, table, all, first, ranks) {
  const own = argumentsOf(program.opt);
  const decay = runOf(program).no_decay ? { weight_decay: 0 } : {};
  /** @type {Choice} */
  const beside = ["AdamW", { ...rate(own), ...decay }];
  if (!ranks.has(2)) {
    return { lines: [...first, "# {no_matrix}", assign("optimizer", made(table, beside, all))], many: false };
  }
  if (ranks.size === 1) return { lines: [...first, assign("optimizer", made(table, program.opt, all))], many: false };
  const pair = list([made(table, program.opt, "matrices"), made(table, beside, "others")]);
  const groups = [`matrices = [p for p in ${all} if p.ndim == 2]`, `others = [p for p in ${all} if p.ndim != 2]`];
  return { lines: [...first, ...groups, assign("optimizers", pair)], many: true };
}

/** SparseAdam for embeddings with sparse gradients, Adam for the rest. @param {Program} program @param {Table} table @param {string} all @param {Statement[]} first @returns {Optimizer} */
function mixed(program, table, all, first) {
  const pair = list([
    made(table, program.opt, "sparse"),
    made(table, ["Adam", rate(argumentsOf(program.opt))], "dense"),
  ]);
  const lines = [
    'sparse = [m.weight for m in model.modules() if getattr(m, "sparse", False)]',
    "known = {id(p) for p in sparse}",
    `dense = [p for p in ${all} if id(p) not in known]`,
  ];
  return { lines: [...first, ...lines, assign("optimizers", pair)], many: true };
}

/** @type {Record<string, (total: string) => string>} the factor of the first rate at an epoch */
const LAMBDAS = {
  constant: () => "1.0",
  linear: (total) => `max(0.0, 1 - epoch / (${total}))`,
  inverse: () => "1 / (1 + epoch)",
  inverse_sqrt: () => "(1 + epoch) ** -0.5",
  half: () => "0.5**epoch",
};

/** @type {Record<string, (total: string) => string>} the factor from one epoch to the next */
const RATIOS = {
  constant: () => "1.0",
  linear: (total) => `max(0, ${total} - epoch) / (${total} - epoch + 1)`,
  inverse: () => "epoch / (epoch + 1)",
  inverse_sqrt: () => "(epoch / (epoch + 1)) ** 0.5",
  half: () => "0.5",
};

/** @param {Program} program @param {Table} table @param {boolean} many @returns {Statement[]} */
export function schedulerLines(program, table, many) {
  if (!program.sched) return [];
  const total = perBatch(program) ? "epochs * len(train_loader)" : "epochs";
  const expr = schedule(table, program.sched, total);
  if (!many) return [assign("scheduler", expr)];
  return [{ head: "schedulers = [", body: [{ target: "", value: expr }, "for optimizer in optimizers"] }, "]"];
}

/** @param {Table} table @param {Choice} choice @param {string} total steps of the schedule @returns {Expr} */
function schedule(table, choice, total) {
  const [name] = choice;
  const args = argumentsOf(choice);
  const place = name === "SWALR" ? "torch.optim.swa_utils" : "torch.optim.lr_scheduler";
  const optimizer = raw("optimizer");
  if (name === "LambdaLR" || name === "MultiplicativeLR") {
    const factor = (name === "LambdaLR" ? LAMBDAS : RATIOS)[args.lr_lambda](total);
    return call(`${place}.${name}`, [optimizer, keyword("lr_lambda", raw(`lambda epoch: ${factor}`))]);
  }
  if (name === "SequentialLR" || name === "ChainedScheduler") {
    const children = choice.length > 2 ? choice.slice(2) : parted(name, args);
    composed(name, children, args);
    const parts = list(children.map((each) => schedule(table, each, total)));
    /** @type {Item[]} */
    const items = name === "ChainedScheduler"
      ? [parts, keyword("optimizer", optimizer)]
      : [optimizer, parts, keyword("milestones", whole(args.milestones))];
    return call(`${place}.${name}`, items);
  }
  const made = construct(`${place}.${name}`, table.schedulers[name], args, true, plain, [optimizer]);
  if (name !== "OneCycleLR" || !("items" in made)) return made;
  return { ...made, items: [...made.items, keyword("total_steps", raw(total))] };
}

/** What torch refuses as parts of a schedule. @param {string} name @param {Choice[]} children @param {Record<string, any>} args */
function composed(name, children, args) {
  const refuse = (/** @type {string} */ sentence) => {
    throw new EmitError("refused", ["sched"], sentence);
  };
  const plateau = children.findIndex(([child]) => child === "ReduceLROnPlateau");
  if (plateau >= 0) {
    refuse(
      `ValueError: ${name} does not support \`ReduceLROnPlateau\` scheduler as it requires additional kwargs to be ` +
        `specified when calling \`step\`, but got one at index ${plateau} in the given schedulers sequence.`,
    );
  }
  if (name !== "SequentialLR") return;
  const count = args.milestones.length;
  if (children.length !== count + 1) {
    refuse(
      "ValueError: Sequential Schedulers expects number of schedulers provided to be one more than the number of " +
        `milestone points, but got number of schedulers ${children.length} and the number of milestones to be equal to ${count}`,
    );
  }
  const later = children.slice(1).some(([child]) => child === "SequentialLR" || child === "ChainedScheduler");
  if (later) {
    refuse("NotImplementedError: SequentialLR starts a part by its epoch, which a compound schedule cannot do");
  }
}

/** @param {number[]} values @returns {Expr} */
const whole = (values) => list(values.map((value) => literal(value, true)));

/** Children of a compound that names none: a warm-up, then what most people let follow. @param {string} name @param {Record<string, any>} args @returns {Choice[]} */
function parted(name, args) {
  if (name === "ChainedScheduler") return [["LinearLR", { start_factor: 0.1 }], ["ExponentialLR", { gamma: 0.9 }]];
  const [first, ...others] = args.milestones;
  const after = others.map((/** @type {number} */ at, /** @type {number} */ k) => [
    "CosineAnnealingLR",
    { T_max: Math.max(1, at - args.milestones[k]) },
  ]);
  return [["LinearLR", { start_factor: 0.1, total_iters: first }], ...after, ["ExponentialLR", { gamma: 0.9 }]];
}

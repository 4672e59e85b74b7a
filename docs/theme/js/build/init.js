// How the weights start: one function that goes by kind of layer, applied to the model. Pure.

import { raw } from "./code.js";
import { parameterShapes } from "./counts.js";
import { construct, plain } from "./layer.js";
import { argumentsOf } from "./tree.js";

/**
 * @import { Statement } from "./code.js"
 * @import { Table } from "./table.js"
 * @import { Node } from "./trace.js"
 * @import { Choice, Program } from "./tree.js"
 */

const RECURRENT = ["RNN", "LSTM", "GRU"];
const COMPOSED = ["MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoder", "TransformerDecoderLayer"];
const UNBIASED = ["Embedding", "EmbeddingBag", "PReLU", "RMSNorm"]; // of what has a weight

/**
 * The lines, none where everything keeps torch's own start.
 * @param {Program} program @param {Table} table @param {Node[]} layers all that run @returns {Statement[]}
 */
export function initLines(program, table, layers) {
  const rows = program.init.filter(([kind, [name]], at) => {
    const first = program.init.findIndex(([other]) => other === kind) === at;
    return first && kind !== "*" && (name !== "default" || hasRest(program)) && weighted(layers, kind).length > 0;
  });
  const rest = program.init.find(([kind, [name]]) => kind === "*" && name !== "default");
  if (!rest && rows.every(([, [name]]) => name === "default")) return [];
  /** @type {Statement[]} */
  const body = rows.map(([kind, choice], at) => ({
    head: `${at ? "elif" : "if"} isinstance(module, nn.${kind}):`,
    body: choice[0] === "default" ? ["pass"] : start(table, choice, kind, weighted(layers, kind), layers),
  }));
  if (rest) body.push(...others(table, rest[1], rows.length > 0));
  return [
    "@torch.no_grad()",
    { head: "def initialize(module):", body },
    "",
    "",
    "model.apply(initialize)",
  ];
}

/** @param {Program} program */
const hasRest = (program) => program.init.some(([kind, [name]]) => kind === "*" && name !== "default");

/** The layers of a kind that learn. @param {Node[]} layers @param {string} kind */
const weighted = (layers, kind) =>
  layers.filter((each) => each.kind === kind && parameterShapes(kind, each.args).length > 0);

/** @param {Table} table @param {Choice} choice @param {string} target @returns {Statement} */
function fill(table, choice, target) {
  const [name] = choice;
  const value = construct(`nn.init.${name}`, table.inits[name], argumentsOf(choice), true, plain, [raw(target)]);
  return { target: "", value };
}

/** @param {Table} table @param {Choice} choice @param {string} kind @param {Node[]} own @param {Node[]} layers @returns {Statement[]} */
function start(table, choice, kind, own, layers) {
  if (RECURRENT.includes(kind) || COMPOSED.includes(kind)) {
    const biases = RECURRENT.includes(kind) ? [{ head: "else:", body: ["nn.init.zeros_(parameter)"] }] : [];
    return [{
      head: "for parameter in module.parameters():",
      body: [{ head: "if parameter.ndim == 2:", body: [fill(table, choice, "parameter")] }, ...biases],
    }];
  }
  /** @type {Statement[]} */
  const lines = [fill(table, choice, "module.weight")];
  if (own.some(({ args }) => typeof args.padding_idx === "number")) {
    lines.push({ head: "if module.padding_idx is not None:", body: ["module.weight[module.padding_idx] = 0"] });
  }
  if (!UNBIASED.includes(kind)) {
    lines.push({ head: "if module.bias is not None:", body: ["nn.init.zeros_(module.bias)"] });
  }
  const bare = layers.some((each) => each.kind === kind && !parameterShapes(kind, each.args).length);
  return bare ? [{ head: "if module.weight is not None:", body: lines }] : lines;
}

/** What no row names: all that has more than one dimension. @param {Table} table @param {Choice} choice @param {boolean} behind @returns {Statement[]} */
function others(table, choice, behind) {
  const loop = {
    head: "for parameter in module.parameters(recurse=False):",
    body: [{ head: "if parameter.ndim >= 2:", body: [fill(table, choice, "parameter")] }],
  };
  return behind ? [{ head: "else:", body: [loop] }] : [loop];
}

// Names in the printed program: what a block is called in a class, and names that nothing else has. Pure.

/** @import { Node } from "./trace.js" */

// What a name may not be: Python's words, what every program imports or uses, and nn.Module's own attributes.
const TAKEN = new Set(
  ("False None True and as assert async await break case class continue def del elif else except finally for from " +
    "global if import in is lambda match nonlocal not or pass raise return try type while with yield self super " +
    "Net Position DataLoader Dataset TensorDataset DistributedDataParallel DistributedSampler Path Exception " +
    "Warning Ellipsis NotImplemented torch nn F dist plt os sys v2 datasets print range len int float round min max sum " +
    "abs zip enumerate isinstance device model network epochs optimizer scheduler loss_function initialize evaluate " +
    "train eval forward apply modules children parameters buffers state_dict load_state_dict zero_grad to cpu cuda " +
    "ipu xpu mtia half double bfloat16 compile requires_grad_ share_memory extra_repr add_module training " +
    "call_super_init dump_patches to_empty named_buffers named_children named_modules named_parameters " +
    "register_buffer register_module register_parameter get_buffer get_parameter get_submodule set_submodule " +
    "get_extra_state set_extra_state x mask").split(" "),
);

/** Names of one place, each given once. */
export class Names {
  constructor() {
    /** @type {Set<string>} */
    this.used = new Set();
  }

  /** The name, or the name with the first number that makes it new. @param {string} wanted @returns {string} */
  fresh(wanted) {
    const base = TAKEN.has(wanted) ? `${wanted}_` : wanted;
    let name = base;
    for (let k = 2; this.used.has(name); k++) name = `${base}${k}`;
    this.used.add(name);
    return name;
  }
}

/** A user's name without what Python reads into underscores. @param {string} name @param {string} fallback */
const bare = (name, fallback) => name.replace(/^[_\d]+/, "") || fallback;

/** @param {string} name of a definition @returns {string} a class's */
export function className(name) {
  const own = bare(name, "Block");
  const made = own[0].toUpperCase() + own.slice(1);
  return TAKEN.has(made) || /(Error|Warning|Exit|Interrupt|Iteration)$/.test(made) ? `${made}Block` : made;
}

/** @param {string} name a definition's or a tap's @returns {string} an attribute's, a variable's */
export const variable = (name) => snake(bare(name, "block"));

/** @param {string} name */
const snake = (name) => name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();

const SHORT = [
  [/^ConvTranspose/, "up"],
  [/^Conv/, "conv"],
  [/Pool/, "pool"],
  [/Norm/, "norm"],
  [/^Upsampl/, "up"],
  [/Dropout/, "dropout"],
  [/Pad\dd$/, "pad"],
  [/^Embedding/, "embedding"],
  [/Attention$/, "attention"],
  [/^TransformerEncoder/, "encoder"],
  [/^TransformerDecoder/, "decoder"],
];

/** What a block's module is called in its class. @param {Node} node */
export function attribute({ kind, block }) {
  if (kind === "use") return variable(block[1]);
  if (kind === "seq" || kind === "repeat") return "layers";
  const found = SHORT.find(([pattern]) => /** @type {RegExp} */ (pattern).test(kind));
  return found ? /** @type {string} */ (found[1]) : kind.toLowerCase();
}

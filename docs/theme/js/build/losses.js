// How a loss is called: which form of the target it asks for, and what a prediction is. The lines work on `output`, what the
// model gives, and `y`, the target as the data set has it. Pure.

/**
 * @import { Tensor } from "./rules/torch.js"
 * @import { Target } from "./data.js"
 * `loss` is the loss as an expression of output, y and `target`, the target in another form where the loss wants one; `lines`
 * are what a function of its own has to do before; `right` tells what is predicted right, where that says something; `learns`
 * if the loss has parameters of its own.
 * @typedef {{ target: string | null, lines: string[], loss: string, right: string | null, learns: boolean }} Called
 */

// Which form of the target each loss compares with.
const FORMS = {
  index: ["CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"],
  same: ["L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"]
    .concat("PoissonNLLLoss", "KLDivLoss"),
  sign: ["HingeEmbeddingLoss", "SoftMarginLoss"],
};

/** @param {string} name @param {keyof FORMS} form */
const takes = (name, form) => FORMS[form].includes(name);

/**
 * @param {string} name of the loss @param {Record<string, any>} given its arguments @param {Target} target
 * @param {Tensor} output what the model gives @returns {Called}
 */
export function called(name, given, target, output) {
  const place = classPlace(target, output);
  const right = predicted(name, target, output, place);
  const plain = { target: null, lines: [], right, learns: false };
  if (takes(name, "index")) {
    const turned = place > 1 ? `output.movedim(-1, 1)` : "output";
    return { ...plain, loss: `loss_function(${turned}, y)` };
  }
  const own = OWN[name];
  if (own) return { ...plain, right: null, ...own(target, output) };
  const same = asOutput(target, output, place);
  const form = takes(name, "sign") && target.kind !== "value"
    ? `2 * ${same} - 1`
    : name === "KLDivLoss" && given.log_target
    ? `${same}.clamp(min=1e-6).log()`
    : same;
  if (form === "y") return { ...plain, loss: "loss_function(output, y)" };
  return { ...plain, target: form, loss: "loss_function(output, target)" };
}

/** The dimension that tells the classes apart: 1, or the last behind a sequence's places. @param {Target} target @param {Tensor} output */
function classPlace({ kind, dims, classes }, { dims: out }) {
  const last = out.length - 1;
  const behind = kind === "tag" && out.length === 3 && out[1] === dims[0] && (out[last] === classes || out[last] === 1);
  return behind ? last : 1;
}

/** The target in the form of the output, in floats. @param {Target} target @param {Tensor} output @param {number} place */
function asOutput({ kind, classes = 0 }, { dims }, place) {
  if (kind === "value") return "y";
  const last = place === dims.length - 1;
  if (dims.length <= 1) return "y.float()";
  if (dims[place] === 1) return `y.unsqueeze(${last && place > 1 ? -1 : 1}).float()`;
  const made = `F.one_hot(y, ${classes}).float()`;
  return last ? made : `${made}.movedim(-1, 1)`;
}

// Losses for which one number above 0 means the second class; for a probability it is above 0.5.
const LOGITS = ["BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"];

/** @param {string} name @param {Target} target @param {Tensor} output @param {number} place @returns {string | null} */
function predicted(name, { kind }, { dims }, place) {
  if (kind === "value" || kind === "text" || name === "HingeEmbeddingLoss" || dims.length < 2) return null;
  if (dims[place] > 1) return `(output.argmax(${place > 1 ? -1 : 1}) == y)`;
  if (name !== "BCELoss" && !LOGITS.includes(name)) return null;
  return `((output.squeeze(${place > 1 ? -1 : 1}) > ${name === "BCELoss" ? "0.5" : "0"}) == y)`;
}

const PAIRED = [
  "# {others}",
  "other = torch.randperm(len(y), device=y.device)",
];

/** @param {Target} target the same label, or the larger number */
const one = ({ kind }) => kind === "value" ? "y[:, 0]" : "y";

const TRIPLETS = [
  "# {triplets}",
  "same = y[:, None] == y",
  "chance = torch.rand(same.shape, device=y.device)",
  "positive = (same * chance).argmax(1)",
  "negative = (~same * chance).argmax(1)",
];

/** @param {Target} target @returns {Partial<Called> & { lines: string[], loss: string }} */
const triplets = (target) => ({
  lines: target.kind === "value" ? ["y = y[:, 0].sign()", ...TRIPLETS] : TRIPLETS,
  loss: "loss_function(output, output[positive], output[negative])",
});

/** @type {Record<string, (target: Target, output: Tensor) => Partial<Called> & { lines: string[], loss: string }>} */
const OWN = {
  GaussianNLLLoss: (target, { dims }) => {
    const form = asOutput(target, { dims: dims.with(1, dims[1] / 2), dtype: "float32" }, 1);
    return {
      lines: ["mean, log_variance = output.chunk(2, dim=1)", ...(form === "y" ? [] : [`target = ${form}`])],
      loss: `loss_function(mean, ${form === "y" ? "y" : "target"}, log_variance.exp())`,
    };
  },
  MultiLabelMarginLoss: (_, { dims }) => ({
    target: `F.pad(y[:, None], (0, ${dims[1] - 1}), value=-1)`,
    lines: [],
    loss: "loss_function(output, target)",
    right: "(output.argmax(1) == y)",
  }),
  CosineEmbeddingLoss: (target) => ({
    lines: [...PAIRED, `alike = torch.where(${sameClass(target)}, 1.0, -1.0)`],
    loss: "loss_function(output, output[other], alike)",
  }),
  MarginRankingLoss: (target) => ({
    lines: [...PAIRED, `order = torch.where(${one(target)} > ${one(target)}[other], 1.0, -1.0)`],
    loss: "loss_function(output[:, 0], output[other, 0], order)",
  }),
  TripletMarginLoss: triplets,
  TripletMarginWithDistanceLoss: triplets,
  CTCLoss: (_, { dims }) => ({
    lines: [
      `steps = torch.full((len(y),), ${dims[1]})`,
      "lengths = torch.full((len(y),), y.size(1))",
    ],
    loss: "loss_function(output.transpose(0, 1), y, steps, lengths)",
  }),
  AdaptiveLogSoftmaxWithLoss: () => ({
    lines: [],
    loss: "loss_function(output, y).loss",
    right: "(loss_function.predict(output) == y)",
    learns: true,
  }),
  LinearCrossEntropyLoss: () => ({
    lines: [],
    loss: "loss_function(output, y)",
    right: "(loss_function.linear(output).argmax(-1) == y)",
    learns: true,
  }),
};

/** @param {Target} target */
const sameClass = (target) => target.kind === "value" ? "y[:, 0].sign() == y[other, 0].sign()" : "y == y[other]";

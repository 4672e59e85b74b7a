// Activations of torch.nn: value, slope, and the gain that torch.nn.init.calculate_gain knows for them.
import { erf, sigmoid } from "./special.js";

const HALF = Math.SQRT1_2;
const SELU = { alpha: 1.6732632423543772848170429916717, scale: 1.0507009873554804934193349852946 };
const GELU_CUBIC = 0.044715;

/** Density of the standard normal. @param {number} x */
const density = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

/** @param {number} x */
const softplus = (x) => x > 20 ? x : Math.log1p(Math.exp(x)); // torch's threshold

/** @param {number} x */
const mish = (x) => {
  const [squashed, slope] = [Math.tanh(softplus(x)), sigmoid(x)];
  return squashed + x * (1 - squashed * squashed) * slope;
};

/** @param {number} x */
const geluTanh = (x) => Math.tanh(Math.sqrt(2 / Math.PI) * (x + GELU_CUBIC * x ** 3));

/**
 * @typedef {object} Activation
 * @property {string} torch the layer, as Python writes it
 * @property {(x: number) => number} value
 * @property {(x: number) => number} slope torch's choice where there is a kink
 * @property {number} gain what torch recommends; 1 where it says nothing
 * @property {string} nonlinearity the name under which torch's init functions know it, or "" if they do not
 */

/** @type {Record<string, Activation>} */
export const ACTIVATIONS = {
  identity: { torch: "nn.Identity()", value: (x) => x, slope: () => 1, gain: 1, nonlinearity: "linear" },
  relu: {
    torch: "nn.ReLU()",
    value: (x) => x <= 0 ? 0 : x,
    slope: (x) => x > 0 ? 1 : 0,
    gain: Math.SQRT2,
    nonlinearity: "relu",
  },
  leaky_relu: {
    torch: "nn.LeakyReLU(0.01)",
    value: (x) => x > 0 ? x : x * 0.01,
    slope: (x) => x > 0 ? 1 : 0.01,
    gain: Math.sqrt(2 / (1 + 0.01 ** 2)),
    nonlinearity: "leaky_relu",
  },
  relu6: {
    torch: "nn.ReLU6()",
    value: (x) => Math.min(Math.max(x, 0), 6),
    slope: (x) => x > 0 && x < 6 ? 1 : 0,
    gain: 1,
    nonlinearity: "",
  },
  elu: {
    torch: "nn.ELU()",
    value: (x) => x > 0 ? x : Math.expm1(x),
    slope: (x) => x > 0 ? 1 : Math.exp(x),
    gain: 1,
    nonlinearity: "",
  },
  selu: {
    torch: "nn.SELU()",
    value: (x) => x > 0 ? x * SELU.scale : Math.expm1(x) * SELU.alpha * SELU.scale,
    slope: (x) => x > 0 ? SELU.scale : SELU.scale * SELU.alpha * Math.exp(x),
    gain: 3 / 4,
    nonlinearity: "selu",
  },
  gelu: {
    torch: "nn.GELU()",
    value: (x) => x * 0.5 * (1 + erf(x * HALF)),
    slope: (x) => 0.5 * (1 + erf(x * HALF)) + x * density(x),
    gain: 1,
    nonlinearity: "",
  },
  gelu_tanh: {
    torch: 'nn.GELU(approximate="tanh")',
    value: (x) => 0.5 * x * (1 + geluTanh(x)),
    slope: (x) => {
      const inner = geluTanh(x);
      const bend = Math.sqrt(2 / Math.PI) * (1 + 3 * GELU_CUBIC * x * x);
      return 0.5 * (1 + inner) + 0.5 * x * (1 - inner * inner) * bend;
    },
    gain: 1,
    nonlinearity: "",
  },
  silu: {
    torch: "nn.SiLU()",
    value: (x) => x / (1 + Math.exp(-x)),
    slope: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    gain: 1,
    nonlinearity: "",
  },
  mish: { torch: "nn.Mish()", value: (x) => x * Math.tanh(softplus(x)), slope: mish, gain: 1, nonlinearity: "" },
  softplus: {
    torch: "nn.Softplus()",
    value: softplus,
    slope: (x) => x > 20 ? 1 : sigmoid(x),
    gain: 1,
    nonlinearity: "",
  },
  softsign: {
    torch: "nn.Softsign()",
    value: (x) => x / (1 + Math.abs(x)),
    slope: (x) => 1 / (1 + Math.abs(x)) ** 2,
    gain: 1,
    nonlinearity: "",
  },
  hardtanh: {
    torch: "nn.Hardtanh()",
    value: (x) => Math.min(Math.max(x, -1), 1),
    slope: (x) => x > -1 && x < 1 ? 1 : 0,
    gain: 1,
    nonlinearity: "",
  },
  tanh: {
    torch: "nn.Tanh()",
    value: Math.tanh,
    slope: (x) => 1 - Math.tanh(x) ** 2,
    gain: 5 / 3,
    nonlinearity: "tanh",
  },
  sigmoid: {
    torch: "nn.Sigmoid()",
    value: sigmoid,
    slope: (x) => (1 - sigmoid(x)) * sigmoid(x),
    gain: 1,
    nonlinearity: "sigmoid",
  },
};

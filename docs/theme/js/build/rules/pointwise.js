// Activations and dropout: the shape stays, but not every shape and type is accepted. Pure.

import { floating, refuse, refuseIf, tensor, wrapped } from "./torch.js";

/** @import { Rule, Tensor } from "./torch.js" */

/** For floats only; `kernel` is what torch's complaint names. @param {string} kernel @returns {Rule} */
const floats = (kernel) => ({
  forward: (_, x) => {
    floating(x, kernel);
    return x;
  },
});

/** Integers stay integers. @type {Rule} */
const any = { forward: (_, x) => x };

/** Integers become floats. @type {Rule} */
const promoting = { forward: (_, x) => tensor(x.dims) };

/** @param {number | null} dim @param {number} ndim what torch takes where no dim is named */
const implicit = (dim, ndim) => dim ?? (ndim === 0 || ndim === 1 || ndim === 3 ? 0 : 1);

/** @param {string} kernel @returns {Rule} */
const softmax = (kernel) => ({
  forward: ({ dim }, x) => {
    const n = x.dims.length;
    const at = wrapped(implicit(dim, n), n);
    const last = at === Math.max(n, 1) - 1;
    floating(x, last ? `${kernel}_lastdim_kernel_impl` : `${kernel}_kernel_impl`);
    return x;
  },
});

/** @type {Rule} */
const softmax2d = {
  forward: (_, x) => {
    const n = x.dims.length;
    refuseIf(n !== 3 && n !== 4, `Softmax2d: expected input to be 3D or 4D, got ${n}D instead`, "ValueError");
    floating(x, "softmax_kernel_impl");
    return x;
  },
};

/** @type {Rule} */
const prelu = {
  forward: ({ num_parameters }, x) => {
    const n = x.dims.length;
    refuseIf(x.dtype !== "float32", "prelu: Type promoting not supported. Got Long and Float");
    if (num_parameters !== 1) {
      refuseIf(n === 0, "Not allow zero-dim input tensor.");
      const channels = n > 1 ? x.dims[1] : 1;
      refuseIf(
        channels !== num_parameters,
        "Mismatch of parameter numbers and input channel size. Found parameter numbers = " +
          `${num_parameters} and channel size = ${channels}.`,
      );
    }
    return x;
  },
};

/** @type {Rule} */
const glu = {
  forward: ({ dim }, x) => {
    refuseIf(x.dims.length === 0, "glu does not support scalars because halving size must be even");
    const at = wrapped(dim, x.dims.length);
    const odd = `Halving dimension must be even, but dimension ${at} is size ${x.dims[at]}`;
    refuseIf(x.dims[at] % 2 !== 0, odd);
    floating(x, "glu_cpu");
    return tensor(x.dims.with(at, x.dims[at] / 2));
  },
};

/** @type {Rule} */
const rrelu = {
  forward: ({ lower, upper }, x) => {
    refuseIf(lower > upper, "Lower bound should be less than or equal to the upper bound");
    floating(x, "rrelu_with_noise_out_cpu");
    return x;
  },
};

/** @type {Rule} */
const hardtanh = {
  make: ({ min_val, max_val }) => {
    const greater = `max_val (${python(max_val)}) must be greater than min_val (${python(min_val)})`;
    refuseIf(max_val <= min_val, greater, "AssertionError");
  },
  forward: (_, x) => x,
};

/** @param {number} value */
const python = (value) => Number.isInteger(value) ? `${value}.0` : String(value);

/** @type {Rule} */
const softshrink = {
  forward: ({ lambd }, x) => {
    floating(x, "softshrink_check");
    const range = `lambda must be in range [0, 3.40282e+38] for input dtype Float, but found ${lambd}`;
    refuseIf(lambd < 0, range);
    return x;
  },
};

/** @type {Rule} */
const celu = {
  forward: ({ alpha }, x) => {
    refuseIf(alpha === 0, "ZeroDivisionError: alpha cannot be 0 for CELU");
    floating(x, "elu_cpu");
    return x;
  },
};

const CAST = "result type Float can't be cast to the desired output type Long";

/** @param {Tensor} x @param {number} p */
function dropped(x, p) {
  refuseIf(x.dtype !== "float32" && p > 0, CAST);
  return x;
}

/** @type {Rule} */
const dropout = { forward: ({ p }, x) => dropped(x, p) };

/** @param {number} least dimensions; Dropout3d puts a batch in front of whatever it gets @returns {Rule} */
const features = (least) => ({
  forward: ({ p }, x) => {
    refuseIf(p > 0 && x.dims.length < least, "Feature dropout requires at least 2 dimensions in the input");
    return dropped(x, p);
  },
});

/** @type {Rule} */
const dropout1d = {
  forward: ({ p }, x) => {
    const n = x.dims.length;
    if (n !== 2 && n !== 3) {
      refuse(
        "RuntimeError",
        `dropout1d: Expected 2D or 3D input, but received a ${n}D input. Note that dropout1d exists to provide ` +
          "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch " +
          "dimension (i.e. 2D or 3D inputs).",
      );
    }
    return dropped(x, p);
  },
};

/** @type {Record<string, Rule>} */
export const POINTWISE = {
  Identity: any,
  ReLU: any,
  ReLU6: any,
  Threshold: any,
  Hardtanh: hardtanh,
  Sigmoid: promoting,
  Tanh: promoting,
  Softsign: promoting,
  Tanhshrink: promoting,
  LeakyReLU: floats("leaky_relu_cpu"),
  PReLU: prelu,
  RReLU: rrelu,
  ELU: floats("elu_cpu"),
  SELU: floats("elu_cpu"),
  CELU: celu,
  GELU: floats("GeluKernelImpl"),
  SiLU: floats("silu_cpu"),
  Mish: floats("mish_cpu"),
  Softmax: softmax("softmax"),
  LogSoftmax: softmax("log_softmax"),
  Softmin: softmax("softmax"),
  Softmax2d: softmax2d,
  LogSigmoid: floats("log_sigmoid_cpu"),
  Softplus: floats("softplus_cpu"),
  Hardswish: floats("hardswish_cpu"),
  Hardsigmoid: floats("hardsigmoid_cpu"),
  Hardshrink: floats("hardshrink_cpu"),
  Softshrink: softshrink,
  GLU: glu,
  Dropout: dropout,
  Dropout1d: dropout1d,
  Dropout2d: features(2),
  Dropout3d: features(1),
  AlphaDropout: dropout,
  FeatureAlphaDropout: features(2),
};

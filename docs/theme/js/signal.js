// Signal through depth: an initialization, an activation and a depth give the size of the signal in each layer, and of
// the gradient on its way back.

import { ACTIVATIONS } from "./model/activation.js";
import { BATCH, FLOAT32, propagate } from "./model/depth.js";
import { INITS } from "./model/init.js";
import { keywords } from "./model/python.js";
import { mount } from "./ui/mount.js";
import { choice, integer, linear, numbers } from "./ui/spec.js";
import { around, axes, clipped, inverse, panels, picture, round, text } from "./view/axes.js";
import { handle, legend, line } from "./view/curves.js";
import { histograms } from "./view/histogram.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {import("./ui/words.js").Words} Words
 * @typedef {import("./model/depth.js").Layer} Layer
 * @typedef {import("./view/axes.js").Box} Box
 */

const NAMES = Object.keys(INITS).filter((name) => INITS[name].shapes !== "convolution");

/** @type {Record<string, import("./ui/spec.js").Field>} */
const options = {};
for (const name of NAMES) {
  for (const [option, field] of Object.entries(INITS[name].options)) options[`${name}.${option}`] = field;
}
// torch demands that the lower end is not above the upper one.
options["uniform.a"] = linear(-2, 0, -0.2, 0.05);
options["uniform.b"] = linear(0, 2, 0.2, 0.05);

/** @param {State} state */
const given = ({ init, ...state }) =>
  Object.fromEntries(Object.keys(INITS[init].options).map((option) => [option, state[`${init}.${option}`]]));

/** The layers whose histograms are shown, each once. @param {State} state @returns {number[]} */
const chosen = (state) => [...new Set(state.layers.map((/** @type {number} */ each) => Math.min(each, state.depth)))];

/** The first layer with a value that float32 cannot hold, or 0. @param {Layer[]} layers */
const overflow = (layers) => layers.findIndex(({ most }) => most > FLOAT32) + 1;

/** @type {import("./ui/figure.js").Explorer<Layer[]>} */
export const explorer = {
  name: "signal",
  spec: {
    init: choice(NAMES, "normal"),
    activation: choice(Object.keys(ACTIVATIONS), "relu"),
    depth: integer(2, 60, 30),
    width: choice(["8", "16", "32"], "32"),
    layers: numbers(1, 60, [1, 10, 60], 3, true),
    seed: integer(0, 99, 0),
    ...options,
  },
  main: (state) => [
    "init",
    ...Object.keys(INITS[state.init].options).map((option) => `${state.init}.${option}`),
    "activation",
    "depth",
  ],
  more: () => ["layers", "width", "seed"],
  presets: {
    explode: { init: "normal", "normal.std": 1, activation: "identity", depth: 60 },
    vanish: { init: "normal", "normal.std": 0.1, activation: "relu" },
    xavier_relu: { init: "xavier_normal", activation: "relu" },
    kaiming_relu: { init: "kaiming_normal", activation: "relu" },
    xavier_tanh: { init: "xavier_normal", "xavier_normal.gain": 5 / 3, activation: "tanh" },
    orthogonal: { init: "orthogonal", activation: "identity", depth: 60 },
    equal: { init: "constant", "constant.val": 0.05, activation: "relu" },
  },

  model: (state) => propagate(/** @type {any} */ ({ ...state, width: Number(state.width), options: given(state) })),

  view(layers, state, width, words) {
    const { boxes, height } = panels(width, 2, 210, { left: 52 });
    const entries = chosen(state).map((layer) => ({
      title: words.say("title.histogram", { layer }),
      values: layers[layer - 1].values,
    }));
    const right = histograms(boxes[1], entries, words.say("value"), words);
    return picture(width, height, words.say("alt"), sizes(boxes[0], layers, state, words) + right);
  },

  legend: (_layers, _state, words) =>
    legend([{ label: words.say("activations"), look: 0 }, { label: words.say("gradients"), look: 1 }]),

  sentence(layers, state, words) {
    const [first, last] = [layers[0], layers[layers.length - 1]];
    const values = { count: state.depth, first: first.std, last: last.std, top: last.gradient, back: first.gradient };
    const over = overflow(layers);
    const zeros = chosen(state).map((layer) => words.say("zero", { layer, share: 100 * layers[layer - 1].zeros }));
    return [
      words.say("sentence", values),
      words.say("zeros", { parts: words.join(zeros) }),
      over ? words.say("overflow", { layer: over }) : "",
    ].join(" ").trim();
  },

  table: (layers, _state, words) => ({
    head: ["layer", "std_activations", "std_gradients", "share_zeros"].map((key) => words.say(key)),
    rows: layers.map(({ std, gradient, zeros }, index) => [String(index + 1), std, gradient, zeros]),
  }),

  program: (state) =>
    `import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(${state.seed})
x = torch.randn(${BATCH}, ${state.width})
at_the_top = torch.randn(${BATCH}, ${state.width})
activation = ${ACTIVATIONS[state.activation].torch}
signals = []
for layer in range(${state.depth}):
    weight = nn.init.${state.init}_(torch.empty(${state.width}, ${state.width})${
      keywords(INITS[state.init].options, given(state)).map((each) => `, ${each}`).join("")
    })
    x = activation(x.requires_grad_() @ weight.T)
    x.retain_grad()
    signals.append(x)
x.backward(at_the_top)
for layer, signal in enumerate(signals, 1):
    zeros = (signal == 0).double().mean()
    print(f"layer {layer:>3}  std {signal.std():.6g}  gradient {signal.grad.std():.6g}  zeros {zeros:.6g}")
`,

  drag(name, { x }, _layers, state, width) {
    const box = panels(width, 2, 210, { left: 52 }).boxes[0];
    const where = inverse({ from: 1, to: state.depth }, box.x, box.x + box.width)(x);
    const layer = Math.min(Math.max(Math.round(where), 1), state.depth);
    const layers = chosen(state);
    return {
      layers: layers.includes(layer) ? layers : layers.map((each, index) => String(index) === name ? layer : each),
    };
  },
};

/** @param {Box} box @param {Layer[]} layers @param {State} state @param {Words} words */
function sizes(box, layers, state, words) {
  const indices = layers.map((_, index) => index + 1);
  const visible = (/** @type {number[]} */ values) =>
    values.map((value) => value > 1e-60 && value < 1e60 ? value : NaN);
  const [forward, back] = [visible(layers.map((each) => each.std)), visible(layers.map((each) => each.gradient))];
  const plan = {
    x: { from: 1, to: state.depth },
    y: around([...forward, ...back], { log: true, include: [0.1, 1] }),
    title: words.say("title.sizes"),
    xLabel: words.say("layer"),
  };
  const { svg, X, Y } = axes(box, plan, words);
  const over = overflow(layers);
  // No init overflows in the first layers: there is room on the left.
  const mark = over
    ? `<path class="x-frame x-mark" d="M${round(X(over))} ${box.y}v${box.height}"/>` +
      text(X(over) - 8, box.y + box.height - 8, words.say("overflow_mark"), "x-over x-end")
    : "";
  const places = chosen(state).map(X);
  const rules = [
    ...places.map((at) => `M${round(at)} ${box.y}v${box.height}`),
    plan.y.to > FLOAT32 ? `M${box.x} ${round(Y(FLOAT32))}h${round(box.width)}` : "",
  ];
  const lines = line(indices, forward, X, Y, 0) + line(indices, back, X, Y, 1);
  return svg + clipped(box, `${lines}<path class="x-rule" d="${rules.join("")}"/>`) + mark +
    places.map((at, index) => handle(at, box.y, String(index))).join("");
}

mount(explorer);

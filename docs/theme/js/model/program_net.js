// Lines of Python that set up a run: data, targets, network, start, loss.

/** @import { Settings } from "./playground.js" */
import { ACTIVATIONS } from "./activation.js";
import { SOURCES } from "./data.js";
import { INITS } from "./init.js";
import { LOSSES } from "./loss.js";
import { call, keywords, number } from "./python.js";

const HEADS = {
  none: "",
  sigmoid: "nn.Sigmoid()",
  softplus: "nn.Softplus()",
  softmax: "nn.Softmax(dim=1)",
  log_softmax: "nn.LogSoftmax(dim=1)",
};

/** Losses that take more than outputs and targets: how the outputs are handed over. @type {Record<string, string[]>} */
const HANDED = {
  gaussian_nll_loss: ["outputs[:, :1], y, outputs[:, 1:].exp()", "  # mean, and logarithm of the variance"],
  margin_ranking_loss: ["outputs[:, 1:], outputs[:, :1], y", "  # the score of class 1, and that of class 0"],
};

/** @param {Settings} settings @param {string} seed a number, or a name */
export function dataLines({ state, data, task }, seed) {
  const { data: name, noise, flip } = state;
  const n = data.train.y.length;
  if (name === "own" && state.own.length >= 6) {
    const rows = Array.from(
      { length: n },
      (_, k) => `    (${state.own.slice(3 * k, 3 * k + 3).map((/** @type {number} */ v) => number(v)).join(", ")}),`,
    );
    return ["points = torch.tensor([", ...rows, "])", "x, y = points[:, :2], points[:, 2]", "x_test, y_test = x, y"];
  }
  const flips = flip > 0 && task === "class"
    ? [
      "# Some training labels are wrong; which ones, a generator of its own says.",
      `chance = torch.rand(${n}, generator=torch.Generator().manual_seed(${
        /\d/.test(seed) ? Number(seed) + 1 : `${seed} + 1`
      }))`,
      `y[:${n}] = torch.where(chance < ${number(flip)}, 1 - y[:${n}], y[:${n}])`,
    ]
    : [];
  return [
    `n, noise = ${2 * n}, ${number(noise)}`,
    `draw = {"generator": torch.Generator().manual_seed(${seed})}`,
    ...SOURCES[name === "own" ? "moons" : name].python,
    ...flips,
    `x, x_test = x[:${n}], x[${n}:]`,
    `y, y_test = y[:${n}], y[${n}:]`,
  ];
}

/** @param {Settings} settings */
export function targetLines({ pair }) {
  switch (pair.target) {
    case "index":
      return ["y, y_test = y.long(), y_test.long()"];
    case "sign":
      return ["y, y_test = 2.0 * y[:, None] - 1, 2.0 * y_test[:, None] - 1"];
    case "onehot":
      return ["y, y_test = (nn.functional.one_hot(t.long(), 2).double() for t in (y, y_test))"];
    default:
      return ["y, y_test = y[:, None].double(), y_test[:, None].double()"];
  }
}

/** @param {Settings} settings */
export function netLines({ sizes, activation, pair }) {
  const layers = sizes.slice(1).flatMap((width, k) => {
    const line = `nn.Linear(${sizes[k]}, ${width})`;
    return k < sizes.length - 2 ? [line, ACTIVATIONS[activation].torch] : [line];
  });
  if (HEADS[pair.head]) layers.push(HEADS[pair.head]);
  return [`net = nn.Sequential(\n${layers.map((layer) => `    ${layer},\n`).join("")})`];
}

/** @param {Settings} settings @param {string} seed */
export function initLines({ init }, seed) {
  const head = [
    "torch.manual_seed(" + seed + ")  # after the layers are built: they draw as well",
    "for layer in net:",
    "    if isinstance(layer, nn.Linear):",
  ];
  if (init.name === "default") return [...head, "        layer.reset_parameters()"];
  const fill = call(`nn.init.${init.name}_`, ["layer.weight", ...keywords(INITS[init.name].options, init.options)], 8);
  return [...head, `        ${fill}`, `        nn.init.constant_(layer.bias, ${number(init.bias)})`];
}

/** @param {Settings} settings */
export function lossLines({ pair, lossOptions }) {
  const made = LOSSES[pair.loss].torch(lossOptions).replace("torch.nn.", "nn.");
  const mean = pair.loss === "kl_div" ? 'reduction="batchmean"' : "";
  const text = made.replace(/,?\s*reduction="none"/, mean && `, ${mean}`).replace("(, ", "(").replace(/,\n\)$/, ",\n)");
  const [handed, note] = HANDED[pair.loss] ?? [];
  if (!handed) return [`loss_function = ${text}`];
  const body = `def loss_function(outputs, y):${note}\n    return criterion(${handed})\n`;
  return [`criterion = ${text}\n\n`, body];
}

/** Which class the network says, in Python. @param {Settings} settings */
export function saidLine({ pair, lossOptions }) {
  if (pair.loss === "gaussian_nll_loss") return "net(x)[:, 0] > 0.5";
  if (pair.outputs === 2) return "net(x).argmax(1)";
  if (pair.loss === "hinge_embedding_loss") return `net(x)[:, 0] < ${number(lossOptions.margin / 2)}`;
  if (pair.loss === "poisson_nll_loss" && lossOptions.log_input) return "net(x)[:, 0].exp() > 0.5";
  return `net(x)[:, 0] > ${/logit|margin/.test(pair.loss) ? "0.0" : "0.5"}`;
}

// The PyTorch program of a run: data, network, start, loss, optimizer, schedule, events; it prints the losses that the page shows.

/** @import { Settings } from "./playground.js" */
/** @import { Event } from "./run.js" */
import { ACTIVATIONS } from "./activation.js";
import { SOURCES } from "./data.js";
import { INITS } from "./init.js";
import { LOSSES } from "./loss.js";
import { besideMuon, OPTIMIZERS } from "./optim.js";
import { call, keywords, number } from "./python.js";
import { SCHEDULES } from "./schedule.js";

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

/** @param {Settings} settings */
function dataLines({ state, data, task }) {
  const { data: name, noise, flip, seed } = state;
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
      `chance = torch.rand(${n}, generator=torch.Generator().manual_seed(${seed + 1}))`,
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
function targetLines({ pair }) {
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
function netLines({ sizes, activation, pair }) {
  const layers = sizes.slice(1).flatMap((width, k) => {
    const line = `nn.Linear(${sizes[k]}, ${width})`;
    return k < sizes.length - 2 ? [line, ACTIVATIONS[activation].torch] : [line];
  });
  if (HEADS[pair.head]) layers.push(HEADS[pair.head]);
  return [`net = nn.Sequential(\n${layers.map((layer) => `    ${layer},\n`).join("")})`];
}

/** @param {Settings} settings */
function initLines({ init, seed }) {
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
function lossLines({ pair, lossOptions }) {
  const made = LOSSES[pair.loss].torch(lossOptions).replace("torch.nn.", "nn.");
  const mean = pair.loss === "kl_div" ? 'reduction="batchmean"' : "";
  const text = made.replace(/,?\s*reduction="none"/, mean && `, ${mean}`).replace("(, ", "(").replace(/,\n\)$/, ",\n)");
  const [handed, note] = HANDED[pair.loss] ?? [];
  if (!handed) return [`loss_function = ${text}`];
  const body = `def loss_function(outputs, y):${note}\n    return criterion(${handed})\n`;
  return [`criterion = ${text}\n\n`, body];
}

/** @param {Settings} settings */
function optimizerLines({ optimizer, schedule }) {
  const { name, options } = optimizer;
  const lines = name === "muon"
    ? [
      "matrices = [p for p in net.parameters() if p.ndim == 2]",
      "others = [p for p in net.parameters() if p.ndim != 2]  # Muon refuses biases",
      `optimizers = [\n    ${indent(OPTIMIZERS.muon.torch(options, "matrices"))},\n    ${
        indent(besideMuon(options, "others"))
      },\n]`,
    ]
    : [`optimizer = ${OPTIMIZERS[name].torch(options)}`];
  if (schedule.name === "none") return lines;
  const made = SCHEDULES[schedule.name].torch(schedule.options);
  if (name !== "muon") return [...lines, `scheduler = ${made}`];
  return [...lines, `schedulers = [\n    ${indent(made)}\n    for optimizer in optimizers\n]`];
}

const indent = (/** @type {string} */ text) => text.replaceAll("\n", "\n    ");

/** @param {Settings} settings @param {Event[]} events */
function eventLines({ optimizer }, events) {
  return events.map(({ step, name, value }) => {
    const group = "group";
    const change = name === "beta1"
      ? `${group}["betas"] = (${number(value)}, ${group}["betas"][1])`
      : `${group}["${name}"] = ${number(value)}`;
    const all = optimizer.name === "muon"
      ? "[group for optimizer in optimizers for group in optimizer.param_groups]"
      : "optimizer.param_groups";
    return `    if step == ${step}:\n        for group in ${all}:\n            ${change}`;
  });
}

/** @param {Settings} settings */
function stepLines({ optimizer, schedule }, inputs = "x[batch], y[batch]") {
  const [x, y] = inputs.split(", ");
  const many = optimizer.name === "muon";
  const metric = schedule.name === "reduce_lr_on_plateau" ? "loss.item()" : "";
  const after = schedule.name === "none"
    ? []
    : many
    ? ["    for scheduler in schedulers:", `        scheduler.step(${metric})`]
    : [`    scheduler.step(${metric})`];
  if (optimizer.name === "lbfgs") {
    return [
      "    def closure():",
      "        optimizer.zero_grad()",
      `        loss = loss_function(net(${x}), ${y})`,
      "        loss.backward()",
      "        return loss",
      "",
      "    loss = optimizer.step(closure)",
      ...after,
    ];
  }
  return [
    many ? "    net.zero_grad()" : "    optimizer.zero_grad()",
    `    loss = loss_function(net(${x}), ${y})`,
    "    loss.backward()",
    ...(many ? ["    for optimizer in optimizers:", "        optimizer.step()"] : ["    optimizer.step()"]),
    ...after,
  ];
}

/**
 * The program. It prints the loss of every `every`-th step's batch before its update, then the losses on all training and test points.
 * @param {Settings} settings @param {number} steps @param {Event[]} [events] @param {number} [every]
 */
export function program(settings, steps, events = [], every = Math.max(1, Math.floor(steps / 10))) {
  const { batch } = settings;
  const loop = batch === 0 ? [`for step in range(${steps}):`] : [
    "def batches():",
    "    while True:",
    `        yield from torch.randperm(len(x)).split(${batch})`,
    "",
    "",
    `for step, batch in zip(range(${steps}), batches(), strict=False):`,
  ];
  const lines = [
    "import torch",
    "from torch import nn",
    "",
    "torch.set_default_dtype(torch.float64)",
    "",
    "# Data",
    ...dataLines(settings),
    ...targetLines(settings),
    "",
    "# Init",
    ...netLines(settings),
    ...initLines(settings),
    "",
    "# Loss",
    ...lossLines(settings),
    "",
    "# Step",
    ...optimizerLines(settings),
    "",
    ...(batch === 0 ? [] : [""]),
    ...loop,
    ...eventLines(settings, events.filter(({ step }) => step < steps)),
    ...stepLines(settings, batch === 0 ? "x, y" : undefined),
    `    if step % ${every} == 0:`,
    '        print(f"{step:5d}  {loss.item():.6e}")',
    "",
    "with torch.no_grad():",
    "    train, test = loss_function(net(x), y), loss_function(net(x_test), y_test)",
    'print(f"train {train.item():.6e}, test {test.item():.6e}")',
  ];
  return `${lines.join("\n")}\n`;
}

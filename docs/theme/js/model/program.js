// The PyTorch program of a run: data, network, start, loss, optimizer, schedule, events; it prints the losses that the page shows.

/** @import { Event } from "./events.js" */
/** @import { Settings } from "./playground.js" */
import { besideMuon, DESCRIBED } from "./optim_specs.js";
import { ENOUGH } from "./playground.js";
import { dataLines, initLines, lossLines, netLines, saidLine, targetLines } from "./program_net.js";
import { number } from "./python.js";
import { SCHEDULES } from "./schedule.js";

/** @param {Settings} settings */
function optimizerLines({ optimizer, schedule }) {
  const { name, options } = optimizer;
  const lines = name === "muon"
    ? [
      "matrices = [p for p in net.parameters() if p.ndim == 2]",
      "others = [p for p in net.parameters() if p.ndim != 2]  # Muon refuses biases",
      `optimizers = [\n    ${indent(DESCRIBED.muon.torch(options, "matrices"))},\n    ${
        indent(besideMuon(options, "others"))
      },\n]`,
    ]
    : [`optimizer = ${DESCRIBED[name].torch(options)}`];
  if (schedule.name === "none") return lines;
  const made = SCHEDULES[schedule.name].torch(schedule.options);
  if (name !== "muon") return [...lines, `scheduler = ${made}`];
  return [...lines, `schedulers = [\n    ${indent(made)}\n    for optimizer in optimizers\n]`];
}

const indent = (/** @type {string} */ text) => text.replaceAll("\n", "\n    ");

/** @param {Settings} settings @param {Event[]} events */
function eventLines({ optimizer }, events) {
  return events.map(({ step, name, value }) => {
    const change = name === "beta1"
      ? `group["betas"] = (${number(value)}, group["betas"][1])`
      : `group["${name}"] = ${number(value)}`;
    // Of AdamW, which takes what Muon refuses, only the learning rate follows.
    const many = "[group for optimizer in optimizers for group in optimizer.param_groups]";
    const muon = name === "lr" ? many : "optimizers[0].param_groups";
    const all = optimizer.name === "muon" ? muon : "optimizer.param_groups";
    return `    if step == ${step}:\n        for group in ${all}:\n            ${change}`;
  });
}

/** One step. What is told of it stands between the gradients and the update. @param {Settings} settings @param {string[]} told */
function stepLines({ optimizer, schedule, batch }, told) {
  const [x, y] = batch === 0 ? ["x", "y"] : ["x[batch]", "y[batch]"];
  const many = optimizer.name === "muon";
  const metric = schedule.name === "reduce_lr_on_plateau" ? "loss.item()" : "";
  const one = `    scheduler.step(${metric})`;
  const after = schedule.name === "none" ? [] : many ? ["    for scheduler in schedulers:", `    ${one}`] : [one];
  const loss = `    loss = loss_function(net(${x}), ${y})`;
  if (optimizer.name === "lbfgs") {
    const closure = ["        optimizer.zero_grad()", `    ${loss}`, "        loss.backward()", "        return loss"];
    return ["    def closure():", ...closure, "", loss, ...told, "    optimizer.step(closure)", ...after];
  }
  const update = many ? ["    for optimizer in optimizers:", "        optimizer.step()"] : ["    optimizer.step()"];
  const zero = many ? "    net.zero_grad()" : "    optimizer.zero_grad()";
  return [zero, loss, "    loss.backward()", ...told, ...update, ...after];
}

/** @param {Settings} settings @param {number} steps @param {string[]} told */
function loopLines(settings, steps, told) {
  const { batch, events } = settings;
  const loop = batch === 0 ? [`for step in range(${steps}):`] : [
    "",
    "def batches():",
    "    while True:",
    `        yield from torch.randperm(len(x)).split(${batch})`,
    "",
    "",
    `for step, batch in zip(range(${steps}), batches(), strict=False):`,
  ];
  return [...loop, ...eventLines(settings, events.filter(({ step }) => step < steps)), ...stepLines(settings, told)];
}

const HEAD = ["import torch", "from torch import nn", "", "torch.set_default_dtype(torch.float64)", ""];
const ENDS = [
  "with torch.no_grad():",
  "    train, test = loss_function(net(x), y), loss_function(net(x_test), y_test)",
];

/** All that comes before the steps. @param {Settings} settings @param {string} seed @param {string[]} labels */
const setUp = (settings, seed, labels = []) => [
  "# Data",
  ...dataLines(settings, seed),
  ...labels,
  ...targetLines(settings),
  "",
  "# Init",
  ...netLines(settings),
  ...initLines(settings, seed),
  "",
  "# Loss",
  ...lossLines(settings),
  "",
  "# Step",
  ...optimizerLines(settings),
  "",
];

/**
 * The program. Every `every`-th step it prints the loss of the batch and that of the test points, both before the update; at the end
 * the losses of all training and test points. With several seeds it prints what each run ends with.
 * @param {Settings} settings @param {number} steps @param {number} [every]
 */
export function program(settings, steps, every = Math.max(1, Math.floor(steps / 10))) {
  if (settings.state.seeds > 1) return series(settings, steps);
  const told = [
    `    if step % ${every} == 0:`,
    "        with torch.no_grad():",
    "            test = loss_function(net(x_test), y_test)",
    '        print(f"{step:5d}  {loss.item():.6e}  {test.item():.6e}")',
  ];
  const lines = [
    ...HEAD,
    ...setUp(settings, String(settings.seed)),
    ...loopLines(settings, steps, told),
    "",
    ...ENDS,
    'print(f"train {train.item():.6e}, test {test.item():.6e}")',
  ];
  return `${lines.join("\n")}\n`;
}

/** The same as a function of the seed, called with several. @param {Settings} settings @param {number} steps */
function series(settings, steps) {
  const { seed, seeds } = settings.state;
  const classes = settings.task === "class";
  const first = classes ? [] : ["first = loss_function(net(x), y).item()"];
  const right = classes ? [`    right = ((${saidLine(settings)}) == label).double().mean().item()`] : [];
  const learned = classes ? `right >= ${ENOUGH}` : "train.item() <= first - abs(first) / 2";
  const told = classes ? "  {right:4.0%}" : "";
  const inside = [
    ...setUp(settings, "seed", classes ? ["label = y"] : []),
    ...first,
    ...loopLines(settings, steps, []),
    "",
    ...ENDS,
    ...right,
    `print(f"{seed:4d}  {train.item():.6e}  {test.item():.6e}${told}")`,
    `return ${learned}`,
  ];
  const body = inside.join("\n").split("\n").map((line) => line && `    ${line}`).join("\n").replaceAll(
    "\n\n\n",
    "\n\n",
  );
  const last = [
    `print("seed  train         test${classes ? "          right" : ""}")`,
    `learned = [run(seed) for seed in range(${seed}, ${seed + seeds})]`,
    'print(f"{sum(learned)} of {len(learned)} learn")',
  ];
  return `${[...HEAD, "", "def run(seed):"].join("\n")}\n${body}\n\n\n${last.join("\n")}\n`;
}

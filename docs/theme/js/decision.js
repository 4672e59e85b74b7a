// One decision is enough: the home page's experiment with an init, a loss and an optimizer of the reader's choice. The figure
// that the build drew stands until something is chosen; then the network is trained in the page, some steps per frame.

import { RATE, STEPS, Training, WRONG } from "./model/decision.js";
import { label } from "./ui/controls.js";
import { mount } from "./ui/mount.js";
import { choice } from "./ui/spec.js";
import * as still from "./ui/still.js";
import { around, axes, clipped, picture } from "./view/axes.js";
import { dot, legend, line } from "./view/curves.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {import("./model/decision.js").Decisions} Decisions
 * @typedef {{ out: Float64Array, taken: number } & Training["data"]} Line
 */

const AT_ONCE = 3; // steps per frame: on two cores a third of a frame's time
const KEPT = 8; // runs that are remembered
const OPTIMIZERS = { adamw: "AdamW", adam: "Adam", adagrad: "Adagrad", sgd: "SGD" };

/** @type {Map<string, Training>} */
const runs = new Map();

/** The run of these decisions, begun or remembered. @param {Decisions} decisions */
function runOf({ init, loss, step }) {
  const key = `${init} ${loss} ${step}`;
  const run = runs.get(key) ?? new Training({ init, loss, step });
  runs.delete(key);
  runs.set(key, run);
  for (const old of runs.keys()) if (runs.size > KEPT) runs.delete(old);
  return run;
}

/** @param {number} index of a target */
const wrong = (index) => index % WRONG.every === WRONG.from;

/** @type {import("./ui/figure.js").Explorer<Line>} */
export const explorer = {
  name: "decision",
  still,
  spec: {
    init: choice(["xavier_uniform", "kaiming_normal", "orthogonal", "normal", "zeros"]),
    loss: choice(["huber_loss", "mse_loss", "l1_loss"]),
    step: choice(Object.keys(OPTIMIZERS)),
  },
  main: () => ["init", "loss", "step"],

  model(state) {
    const run = runOf(/** @type {any} */ (state));
    run.advance(AT_ONCE);
    return { out: run.out(), taken: run.taken, ...run.data };
  },

  unfinished: ({ taken }) => taken < STEPS,

  view({ x, y, truth, out, taken }, _state, width, words) {
    const wide = width > 400;
    const all = wide ? 480 : width;
    const box = { x: 34, y: 26, width: all - 46, height: wide ? 300 : 220 };
    const plan = {
      x: { from: -2.1, to: 2.1 },
      y: around([...y]),
      title: words.say("title", { count: taken }),
    };
    const { svg, X, Y } = axes(box, plan, words);
    const dots = [...x].map((at, index) => dot(X(at), Y(y[index]), wrong(index) ? "x-ring x-5" : 5, 3));
    const lines = line(x, truth, X, Y, "x-rule") + line(x, out, X, Y, 0);
    return picture(all, box.y + box.height + 24, words.say("alt"), svg + clipped(box, dots.join("") + lines));
  },

  legend: (_result, _state, words) => legend([{ label: words.say("network"), look: 0 }]),

  sentence({ y, truth, out, taken }, state, words) {
    const far = out.reduce((sum, value, index) => sum + Math.abs(value - truth[index]), 0) / out.length;
    const near = out.reduce((least, value, k) => wrong(k) ? Math.min(least, Math.abs(value - y[k])) : least, Infinity);
    const [init, loss, step] = ["init", "loss", "step"].map((key) => label(state[key], words));
    return words.say("sentence", { init, loss, step, count: taken, far, near });
  },

  table: ({ x, y, truth, out }, _state, words) => ({
    head: ["x", words.say("target"), words.say("sine"), words.say("network")],
    rows: [...x].map((at, index) => [at, y[index], truth[index], out[index]]),
  }),

  program: ({ init, loss, step }) =>
    `import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.linspace(-2, 2, 80).unsqueeze(1)
truth = torch.sin(2.5 * x)
y = truth + 0.1 * torch.randn_like(x)
y[${WRONG.from}::${WRONG.every}] += ${WRONG.by}.0  # every eighth target is wrong


def network(init):
    net = nn.Sequential(
        nn.Linear(1, 64), nn.Tanh(),
        nn.Linear(64, 64), nn.Tanh(),
        nn.Linear(64, 64), nn.Tanh(),
        nn.Linear(64, 1),
    )
    for linear in net[::2]:
        init(linear.weight)  # 1. how the weights start
    return net


def train(
    init=nn.init.xavier_uniform_,
    loss=F.huber_loss,
    step=torch.optim.AdamW,
):
    torch.manual_seed(1)
    net = network(init)
    optimizer = step(net.parameters(), lr=${RATE})
    for _ in range(${STEPS}):
        optimizer.zero_grad()
        loss(net(x), y).backward()  # 2. what is minimized
        optimizer.step()  # 3. how the weights move
    return net(x).detach()


line = train(init=nn.init.${init}_, loss=F.${loss}, step=torch.optim.${OPTIMIZERS[/** @type {"sgd"} */ (step)]})
for row in torch.cat([x, y, truth, line], dim=1).tolist():
    print("x {:.6g}  target {:.6g}  sine {:.6g}  network {:.6g}".format(*row))
`,
};

mount(explorer);

// Race of the optimizers: their paths on two surfaces under the rules of optimizers/paths, step by step.

import { number } from "./model/python.js";
import { best, BUDGET, GRID, LABELS, load, run, START, SURFACES } from "./model/race.js";
import { run as clock } from "./ui/clock.js";
import { mount } from "./ui/mount.js";
import { choice, integer, many } from "./ui/spec.js";
import { around, axes, clipped, panels, picture, round } from "./view/axes.js";
import { dot, legend, line, outline } from "./view/curves.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {import("./ui/words.js").Words} Words
 * @typedef {import("./view/axes.js").Box} Box
 * @typedef {import("./model/race.js").Run & { label: string, look: number }} Racer
 */

const MOST = 4; // lines that can still be told apart
const NAMES = Object.keys(LABELS);
const LEVELS = [0.1, 1, 5, 20, 60, 200, 600];
const LOWEST = 1e-12; // of the losses in the picture

/** @param {string} name @param {State} state */
const raced = (name, state) =>
  state.lr === "best" ? best(name, state.surface) : run(name, state.surface, Number(state.lr));

/** @type {import("./ui/figure.js").Explorer<Racer[]>} */
export const explorer = {
  name: "race",
  spec: {
    choose: many(NAMES, ["sgd", "adam"], MOST),
    surface: choice(Object.keys(SURFACES), "rosenbrock"),
    lr: choice(["best", ...GRID.map(String)]),
    at: integer(1, BUDGET, BUDGET),
  },
  main: () => ["at", "surface", "lr"],
  more: () => ["choose"],
  player: { key: "at", seconds: 8, run: clock },

  load: ({ choose }) => load(choose),

  model: (state) =>
    state.choose.map((/** @type {string} */ name, /** @type {number} */ look) => ({
      label: LABELS[name],
      look,
      ...raced(name, state),
    })),

  view(racers, state, width, words) {
    const { boxes, height } = panels(width, 2, 236);
    return picture(
      width,
      height,
      words.say("alt"),
      paths(boxes[0], racers, state, words) +
        losses(boxes[1], racers, state, words),
    );
  },

  legend: (racers, _state, words) =>
    legend(racers.map(({ label, lr, look }) => ({ look, label: words.say("entry", { name: label, lr }) }))),

  sentence(racers, state, words) {
    const parts = racers.map(({ label, losses }) => words.say("part", { name: label, loss: losses[state.at - 1] }));
    const rules = words.say("rules", { x: START[0], y: START[1], budget: BUDGET });
    return `${words.say("sentence", { count: state.at, parts: words.join(parts) })} ${rules}`;
  },

  table: (racers, _state, words) => ({
    head: [
      words.say("gradients"),
      ...racers.flatMap(({ label }) => [`${label}, θ₁`, `${label}, θ₂`, words.say("loss_of", { name: label })]),
    ],
    rows: Array.from({ length: BUDGET }, (_, at) => [
      String(at + 1),
      ...racers.flatMap(({ xs, ys, losses }) => [xs[at], ys[at], losses[at]]),
    ]),
  }),

  program: (state) =>
    `import math

import torch

torch.set_default_dtype(torch.float64)


def bowl(x, y):
    c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
    along, across = c * (x - 1) + s * (y - 1), c * (y - 1) - s * (x - 1)
    loss = (along * along + 25 * across * across) / 2
    return loss, (c * along - 25 * s * across, s * along + 25 * c * across)


def rosenbrock(x, y):
    off = y - x * x
    loss = (1 - x) * (1 - x) + 100 * off * off
    return loss, (2 * (x - 1) - 400 * x * off, 200 * off)


def race(make, lr, shape=(2,), sparse=False):
    theta = torch.nn.Parameter(torch.tensor([${START.map((each) => number(each)).join(", ")}]).view(shape))
    optimizer, points = make([theta], lr=lr), []

    def closure():
        x, y = theta.flatten().tolist()
        loss, gradient = ${state.surface}(x, y)
        points.append((x, y, loss))
        g = torch.tensor(gradient).view(shape)
        theta.grad = g.to_sparse() if sparse else g
        return torch.tensor(loss)

    while len(points) < ${BUDGET}:
        optimizer.step(closure)
    print(make.__name__)
    for x, y, loss in points[:${BUDGET}]:
        print(f"theta {x:.6g} {y:.6g}  loss {loss:.6g}")


${
      state.choose.map((/** @type {string} */ name) => {
        const extra = name === "muon" ? ", shape=(1, 2)" : name === "sparse_adam" ? ", sparse=True" : "";
        return `race(torch.optim.${LABELS[name]}, lr=${number(raced(name, state).lr)}${extra})\n`;
      }).join("")
    }`,
};

/** @type {Map<string, string>} */
const drawn = new Map();

/**
 * A line of equal loss: followed in small steps, kept where the panel is, a point every few px.
 * @param {string} surface
 * @param {number} level
 * @param {Box} box
 * @param {(value: number) => number} X
 * @param {(value: number) => number} Y
 */
function ring(surface, level, box, X, Y) {
  const key = `${surface} ${level} ${box.x} ${box.width}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  /** @type {number[][]} */
  const points = [];
  for (let step = 0; step <= 1440; step++) {
    const [x, y] = SURFACES[surface].ring(level, (step * Math.PI) / 720);
    const [px, py, last] = [X(x), Y(y), points[points.length - 1]];
    const inside = Math.abs(px - box.x - box.width / 2) < box.width &&
      Math.abs(py - box.y - box.height / 2) < box.height;
    if (!inside) points.push([NaN, NaN]);
    else if (step === 1440 || !last || !(Math.hypot(px - last[0], py - last[1]) < 9)) points.push([px, py]);
  }
  const same = (/** @type {number} */ value) => value;
  const path = outline(points.map(([x]) => x), points.map(([, y]) => y), same, same);
  drawn.set(key, path);
  return path;
}

/** @param {Box} box @param {Racer[]} racers @param {State} state @param {Words} words */
function paths(box, racers, state, words) {
  const plan = {
    x: { from: -1.9, to: 1.9 },
    y: { from: -1.3, to: 2.2 },
    title: words.say("title.paths"),
    xLabel: "θ₁",
  };
  const { svg, X, Y } = axes(box, { ...plan, bare: true }, words);
  const rings = LEVELS.map((level) => ring(state.surface, level, box, X, Y)).join("");
  const goal = `<path class="x-frame" d="M${round(X(1) - 6)} ${round(Y(1))}h12m-6 -6v12"/>`;
  const lines = racers.map(({ xs, ys, look }) => {
    const [x, y] = [xs.slice(0, state.at), ys.slice(0, state.at)];
    const end = x.findLastIndex((value, index) => Number.isFinite(value) && Number.isFinite(y[index]));
    return line(x, y, X, Y, look) + (end < 0 ? "" : dot(X(x[end]), Y(y[end]), look, 5));
  });
  return svg + clipped(box, `<path class="x-grid" d="${rings}"/>${goal}${lines.join("")}`);
}

/** @param {Box} box @param {Racer[]} racers @param {State} state @param {Words} words */
function losses(box, racers, state, words) {
  const counts = Array.from({ length: BUDGET }, (_, index) => index + 1);
  const shown = racers.map(({ losses }) => losses.map((loss) => Math.min(Math.max(loss, LOWEST), 1e6)));
  const plan = {
    x: { from: 1, to: BUDGET },
    y: around(shown.flat(), { log: true }),
    title: words.say("title.loss"),
    xLabel: words.say("gradients"),
  };
  const { svg, X, Y } = axes(box, plan, words);
  const lines = racers.map(({ look }, index) => {
    const known = shown[index].slice(0, state.at);
    const last = known[known.length - 1];
    const head = Number.isFinite(last) ? dot(X(state.at), Y(last), look, 5) : "";
    return line(counts, known, X, Y, look) + head;
  });
  return svg + clipped(box, lines.join(""));
}

mount(explorer);

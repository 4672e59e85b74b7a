// Learning rate and momentum: SGD's path in a bowl, its loss, and where each direction lies in the phase diagram.

import { behaviour, borders, critical, descend } from "./model/momentum.js";
import { number } from "./model/python.js";
import { mount } from "./ui/mount.js";
import { flag, integer, linear, log } from "./ui/spec.js";
import { around, axes, clipped, inverse, panels, picture, round, text } from "./view/axes.js";
import { dot, handle, line, outline } from "./view/curves.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {import("./view/axes.js").Box} Box
 * @typedef {import("./ui/words.js").Words} Words
 */

const REACH = 3.2; // how far the picture of the bowl goes
const RATES = { from: 1e-3, to: 10, log: true };
const MOMENTA = { from: 0, to: 1 };
const NEAR = 8; // px, within which a dragged point snaps to critical damping

/** @param {number} width */
const layout = (width) => {
  const { boxes, height } = panels(width, 2, 210);
  const below = { x: 52, y: height + 26, width: width - 64, height: 130 };
  return { bowl: boxes[0], phase: boxes[1], loss: below, height: below.y + below.height + 40 };
};

/** @param {number} x @param {number} low @param {number} high */
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

/** @type {import("./ui/figure.js").Explorer<any>} */
export const explorer = {
  name: "momentum",
  spec: {
    lr: log(1e-3, 1, 0.03),
    momentum: linear(0, 0.99, 0.8, 0.01),
    dampening: linear(0, 0.95, 0, 0.05),
    nesterov: flag(),
    curvature: log(1, 100, 25),
    x: linear(-3, 3, -2.5, 0.1),
    y: linear(-3, 3, 2, 0.1),
    steps: integer(10, 200, 60),
  },
  main: () => ["lr", "momentum", "nesterov", "curvature"],
  more: (state) => ["x", "y", "steps", ...(state.nesterov ? [] : ["dampening"])],
  presets: {
    plain: { momentum: 0 },
    critical_flat: (state) => ({ momentum: snapped(critical(state.lr, fair(state))) }),
    critical_steep: (state) => ({ momentum: snapped(critical(state.lr * state.curvature, fair(state))) }),
    limit: (state) => ({ lr: Number((borders(fair(state)).diverges / state.curvature).toPrecision(4)) }),
  },

  model(state) {
    const options = fair(state);
    const points = descend([state.x, state.y], [1, state.curvature], state.lr, options, state.steps);
    const [xs, ys] = [0, 1].map((index) => points.map((point) => point[index]));
    const losses = points.map(([x, y]) => (x * x + state.curvature * y * y) / 2);
    const directions = [1, state.curvature].map((curvature) => ({
      rate: state.lr * curvature,
      ...behaviour(state.lr * curvature, options),
    }));
    return { xs, ys, losses, directions, borders: borders(options) };
  },

  view(result, state, width, words) {
    const { bowl, phase, loss, height } = layout(width);
    const body = pathIn(bowl, result, state, words) + phaseIn(phase, result, state, words) +
      lossIn(loss, result, state, words);
    return picture(width, height, words.say("alt"), body);
  },

  sentence(result, state, words) {
    const parts = result.directions.map((/** @type {any} */ { rate, factor, regime }, /** @type {number} */ index) =>
      words.say(index ? "steep" : "flat", { rate, factor, regime: words.say(`regime.${regime}`) })
    );
    return [...parts, words.say("after", { count: state.steps, loss: result.losses[state.steps] })].join(" ");
  },

  table: (result, _state, words) => ({
    head: [words.say("step"), "θ₁", "θ₂", words.say("title.loss")],
    rows: [...result.xs].map((x, step) => [String(step), x, result.ys[step], result.losses[step]]),
  }),

  program: (state) => {
    const { momentum, dampening, nesterov } = fair(state);
    return `import torch

theta = torch.tensor([${number(state.x)}, ${number(state.y)}], dtype=torch.float64, requires_grad=True)
curvature = torch.tensor([1.0, ${number(state.curvature)}], dtype=torch.float64)
optimizer = torch.optim.SGD(
    [theta],
    lr=${number(state.lr)},
    momentum=${number(momentum)},
    dampening=${number(dampening)},
    nesterov=${nesterov ? "True" : "False"},
)
for step in range(${state.steps + 1}):
    loss = (curvature * theta**2).sum() / 2
    print(f"step {step:>3}  theta {theta[0]:.6g} {theta[1]:.6g}  loss {loss:.6g}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`;
  },

  drag(name, at, _result, state, width) {
    const { bowl, phase } = layout(width);
    if (name === "start") {
      const X = inverse({ from: -REACH, to: REACH }, bowl.x, bowl.x + bowl.width);
      const Y = inverse({ from: -REACH, to: REACH }, bowl.y + bowl.height, bowl.y);
      const near = (/** @type {number} */ value) => Number(clamp(value, -3, 3).toFixed(1));
      return { x: near(X(at.x)), y: near(Y(at.y)) };
    }
    const rate = inverse(RATES, phase.x, phase.x + phase.width)(at.x);
    const momentum = clamp(inverse(MOMENTA, phase.y + phase.height, phase.y)(at.y), 0, 0.99);
    const lr = Number(clamp(rate / state.curvature, 1e-3, 1).toPrecision(2));
    const best = critical(lr * state.curvature, fair(state));
    const close = best !== undefined && Math.abs(best - momentum) * phase.height < NEAR;
    return { lr, momentum: close ? snapped(best) : Number(momentum.toFixed(2)) };
  },
};

/** What torch accepts: Nesterov's variant needs a momentum and no dampening. @param {State} state */
function fair({ momentum, dampening, nesterov }) {
  const ahead = nesterov && momentum > 0;
  return { momentum, dampening: ahead ? 0 : dampening, nesterov: ahead };
}

/** @param {number | undefined} momentum */
const snapped = (momentum) => Number(clamp(momentum ?? 0, 0, 0.99).toPrecision(6));

/** @param {Box} box @param {any} result @param {State} state @param {Words} words */
function pathIn(box, result, state, words) {
  const reach = { from: -REACH, to: REACH };
  const plan = { x: reach, y: reach, title: words.say("title.path"), xLabel: "θ₁", bare: true };
  const { svg, X, Y } = axes(box, plan, words);
  const rings = [0.8, 1.6, 2.4, 3.2, 4.8, 8, 16].map((radius) => {
    const [rx, ry] = [X(radius) - X(0), (Y(0) - Y(radius)) / Math.sqrt(state.curvature)].map(round);
    return `<ellipse class="x-grid" cx="${round(X(0))}" cy="${round(Y(0))}" rx="${rx}" ry="${ry}"/>`;
  });
  const dots = [...result.xs].map((x, step) => dot(X(x), Y(result.ys[step]), 0, 2)).join("");
  const inside = rings.join("") + line(result.xs, result.ys, X, Y, 0) + dots;
  return svg + clipped(box, inside) + handle(X(state.x), Y(state.y), "start");
}

/** @param {Box} box @param {any} result @param {State} state @param {Words} words */
function phaseIn(box, result, state, words) {
  const plan = { x: RATES, y: MOMENTA, title: words.say("title.phase"), xLabel: words.say("rate"), bare: true };
  const { svg, X, Y } = axes(box, plan, words);
  const momenta = Array.from({ length: 101 }, (_, index) => index / 100);
  const edge = (/** @type {"critical" | "jumps" | "diverges"} */ name) =>
    momenta.map((momentum) => Math.max(borders({ ...fair(state), momentum })[name], 1e-9));
  const border = (/** @type {"critical" | "jumps" | "diverges"} */ name) =>
    `<path class="x-rule" d="${outline(edge(name), momenta, X, Y)}"/>`;
  const middle = { ...fair(state), momentum: 0.5 };
  const { critical: left, jumps, diverges } = borders(middle);
  const name = (/** @type {string} */ regime, /** @type {number} */ rate, /** @type {number} */ momentum) =>
    text(X(rate), Y(momentum), words.say(`region.${regime}`), "x-over x-middle x-tick");
  const names = name("creeps", 6e-3, 0.3) + name("oscillates", Math.sqrt(left * jumps), 0.66) +
    name("jumps", Math.sqrt(jumps * diverges) * 0.9, 0.12) + name("diverges", 6, 0.5);
  const at = result.directions.map((/** @type {any} */ { rate }) => X(clamp(rate, RATES.from, RATES.to)));
  const y = Y(state.momentum);
  const range = `<path class="x-line x-0" d="M${round(at[0])} ${round(y)}H${round(at[1])}"/>`;
  const ends = dot(at[0], y, 0, 4) + text(at[0], y - 12, words.say("flat_end"), "x-over x-tick x-middle") +
    handle(at[1], y, "steep") + text(at[1], y - 12, words.say("steep_end"), "x-over x-tick x-middle");
  const lines = border("critical") + border("jumps") + border("diverges");
  return svg + clipped(box, lines) + names + range + ends;
}

/** @param {Box} box @param {any} result @param {State} state @param {Words} words */
function lossIn(box, result, state, words) {
  const steps = Float64Array.from({ length: state.steps + 1 }, (_, step) => step);
  const shown = [...result.losses].map((loss) => clamp(loss, 1e-12, 1e12));
  const plan = { x: { from: 0, to: state.steps }, y: around(shown, { log: true }), title: words.say("title.loss") };
  const { svg, X, Y } = axes(box, { ...plan, xLabel: words.say("step") }, words);
  return svg + clipped(box, line(steps, shown, X, Y, 0));
}

mount(explorer);

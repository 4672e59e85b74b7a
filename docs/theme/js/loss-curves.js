// Loss curves: the loss of one number and its slope, several losses on one axis, read off at a point.

import { LOSSES } from "./model/loss.js";
import { number } from "./model/python.js";
import { mount } from "./ui/mount.js";
import { linear, many } from "./ui/spec.js";
import { around, axes, clipped, inverse, panels, picture, round } from "./view/axes.js";
import { dot, handle, legend, line } from "./view/curves.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {{ label: string, look: number, xs: number[], value: number[], gradient: number[], here: [number, number] }} Curve
 */

const MOST = 4; // lines that can still be told apart
const POINTS = 121;
const ROWS = 21;
const NAMES = Object.keys(LOSSES);

/** @type {Record<string, import("./ui/spec.js").Field>} */
const options = {};
for (const name of NAMES) {
  options[`${name}.target`] = LOSSES[name].target;
  for (const [option, field] of Object.entries(LOSSES[name].options)) options[`${name}.${option}`] = field;
}

/** @param {string} name @param {State} state */
const given = (name, state) =>
  Object.fromEntries(Object.keys(LOSSES[name].options).map((option) => [option, state[`${name}.${option}`]]));

/** What x is; a Poisson rate may be given as it is. @param {string} name @param {State} state */
const axisOf = (name, state) => state[`${name}.log_input`] === false ? "rate" : LOSSES[name].axis;

/** The range of x that all chosen losses need. @param {State} state */
function reach(state) {
  const domains = state.choose.map((/** @type {string} */ name) => LOSSES[name].domain);
  return {
    from: Math.min(...domains.map((/** @type {number[]} */ domain) => domain[0])),
    to: Math.max(...domains.map((/** @type {number[]} */ domain) => domain[1])),
  };
}

/** @param {{ from: number, to: number }} range @param {number} count */
const spaced = ({ from, to }, count) =>
  Array.from({ length: count }, (_, index) => Number((from + (index * (to - from)) / (count - 1)).toPrecision(12)));

/** The places where a loss is defined. @param {string} name @param {number[]} xs */
const defined = (name, xs) => xs.filter((x) => x >= LOSSES[name].domain[0] && x <= LOSSES[name].domain[1]);

/** @param {string} name @param {State} state @param {number} x @returns {[number, number]} loss and slope */
function at(name, state, x) {
  if (!defined(name, [x]).length) return [NaN, NaN];
  const { value, gradient } = LOSSES[name];
  const target = Number(state[`${name}.target`]);
  return [value(x, target, given(name, state)), gradient(x, target, given(name, state))];
}

/** @type {import("./ui/figure.js").Explorer<Curve[]>} */
export const explorer = {
  name: "loss-curves",
  spec: { choose: many(NAMES, ["mse_loss", "huber_loss"], MOST), at: linear(-6, 6, 2, 0.1), ...options },
  main: () => ["at"],
  more: () => ["choose"],
  groups: (state) =>
    state.choose.map((/** @type {string} */ name) => ({
      title: LOSSES[name].label,
      keys: ["target", ...Object.keys(LOSSES[name].options)].map((option) => `${name}.${option}`),
    })),

  model: (state) =>
    state.choose.map((/** @type {string} */ name, /** @type {number} */ look) => {
      const xs = defined(name, spaced(reach(state), POINTS));
      const pairs = xs.map((x) => at(name, state, x));
      const [value, gradient] = [0, 1].map((index) => pairs.map((pair) => pair[index]));
      return { label: LOSSES[name].label, look, xs, value, gradient, here: at(name, state, state.at) };
    }),

  view(curves, state, width, words) {
    const { boxes, height } = panels(width, 2, 210);
    const axis = new Set(state.choose.map((/** @type {string} */ name) => words.say(`axis.${axisOf(name, state)}`)));
    const draw = (/** @type {"value" | "gradient"} */ what, /** @type {number} */ index) => {
      const y = around(curves.flatMap((each) => each[what]), { include: [0] });
      const plan = { x: reach(state), y, title: words.say(`title.${what}`), xLabel: [...axis].join(", ") };
      const box = boxes[index];
      const { svg, X, Y } = axes(box, plan, words);
      const zero = `<path class="x-thin" d="M${round(box.x)} ${round(Y(0))}h${round(box.width)}"/>`;
      const lines = curves.map((each) => line(each.xs, each[what], X, Y, each.look));
      const dots = curves.filter((each) => Number.isFinite(each.here[index]))
        .map((each) => dot(X(state.at), Y(each.here[index]), each.look, 4.5));
      const rule = `<path class="x-rule" d="M${round(X(state.at))} ${box.y}v${box.height}"/>`;
      return svg + clipped(box, zero + lines.join("") + rule + dots.join("")) +
        handle(X(state.at), box.y, "at");
    };
    return picture(width, height, words.say("alt"), draw("value", 0) + draw("gradient", 1));
  },

  legend: (curves) => legend(curves),

  sentence(curves, state, words) {
    const parts = curves.map(({ label, here }) => {
      if (!Number.isFinite(here[0])) return words.say("undefined", { name: label });
      return words.say("part", { name: label, loss: here[0], slope: here[1] });
    });
    return words.say("sentence", { at: state.at, parts: words.join(parts) });
  },

  table: (curves, state, words) => ({
    head: ["x", ...curves.flatMap(({ label }) => [label, words.say("slope_of", { name: label })])],
    rows: spaced(reach(state), ROWS).map((x) => [
      x,
      ...state.choose.flatMap((/** @type {string} */ name) =>
        defined(name, [x]).length ? at(name, state, x) : ["", ""]
      ),
    ]),
  }),

  program: (state) =>
    `import torch

${state.choose.map((/** @type {string} */ name) => part(name, state)).join("\n")}`,

  drag(_name, { x }, _curves, state, width) {
    const { boxes } = panels(width, 2, 210);
    const box = boxes[x > boxes[1].x - 30 && boxes[1].x > boxes[0].x ? 1 : 0];
    const where = inverse(reach(state), box.x, box.x + box.width)(x);
    return { at: Number(Math.min(Math.max(where, -6), 6).toFixed(1)) };
  },
};

/** @param {string} name @param {State} state */
function part(name, state) {
  const { torch, evaluate, label } = LOSSES[name];
  const xs = defined(name, spaced(reach(state), ROWS)).map((x) => number(x));
  const variance = "var" in LOSSES[name].options ? `var = ${number(state[`${name}.var`])}\n` : "";
  return `x = torch.tensor(
    [${xs.join(", ")}],
    dtype=torch.float64,
    requires_grad=True,
)
${variance}loss = ${torch(given(name, state))}
values = ${evaluate(/** @type {any} */ (state[`${name}.target`]))}
(slopes,) = torch.autograd.grad(values.sum(), x)
print("${label}")
for number, value, slope in zip(x.tolist(), values.tolist(), slopes.tolist()):
    print(f"x {number:>8.4g}  loss {value:.6g}  slope {slope:.6g}")
`;
}

mount(explorer);

// Schedules: what the learning rate, and the momentum where it moves, is at every step.

import { call, number } from "./model/python.js";
import { matters, METRICS, SCHEDULES } from "./model/schedule.js";
import { mount } from "./ui/mount.js";
import { choice, integer, log, many } from "./ui/spec.js";
import { around, axes, clipped, panels, picture } from "./view/axes.js";
import { legend, line, stairs } from "./view/curves.js";

/**
 * @typedef {{ name: string, label: string, look: number, lr: Float64Array, momentum?: Float64Array }} Curve
 */

const FINE = 60; // steps, above which stairs would look like dashes
const MOST = 4; // lines that can still be told apart
const MOMENTUM = 0.9; // the optimizer's own, until a scheduler moves it
const NAMES = Object.keys(SCHEDULES);

/** @type {Record<string, import("./ui/spec.js").Field>} */
const options = {};
for (const name of NAMES) {
  for (const [option, field] of Object.entries(SCHEDULES[name].options)) options[`${name}.${option}`] = field;
}

/** @param {string} name @param {import("./ui/spec.js").State} state */
const given = (name, state) =>
  Object.fromEntries(Object.keys(SCHEDULES[name].options).map((option) => [option, state[`${name}.${option}`]]));

/** @param {Curve[]} curves @returns {Required<Curve>[]} those whose momentum moves */
const moving = (curves) => /** @type {Required<Curve>[]} */ (curves.filter((each) => each.momentum));

/** @type {import("./ui/figure.js").Explorer<Curve[]>} */
export const explorer = {
  name: "schedules",
  spec: {
    choose: many(NAMES, ["cosine_annealing_lr", "one_cycle_lr"], MOST),
    lr: log(1e-4, 10, 0.1),
    steps: integer(10, 400, 100),
    metric: choice(Object.keys(METRICS)),
    ...options,
  },
  main: () => ["lr", "steps"],
  more: (state) => [
    "choose",
    ...(state.choose.includes("reduce_lr_on_plateau") ? ["metric"] : []),
  ],
  groups: (state) =>
    state.choose.map((/** @type {string} */ name) => ({
      title: SCHEDULES[name].label,
      keys: Object.keys(SCHEDULES[name].options).filter((option) => matters(option, given(name, state))).map((option) =>
        `${name}.${option}`
      ),
    })),

  model: (state) =>
    state.choose.map((/** @type {string} */ name, /** @type {number} */ look) => ({
      name,
      label: SCHEDULES[name].label,
      look,
      ...SCHEDULES[name].rates(given(name, state), state.steps, state.lr, MOMENTUM, state.metric),
    })),

  view(curves, state, width, words) {
    const two = moving(curves).length > 0;
    const { boxes, height } = panels(width, two ? 2 : 1, 200);
    /** @type {(box: import("./view/axes.js").Box, lines: any[], what: string, include?: number[]) => string} */
    const draw = (box, lines, what, include = [0]) => {
      const y = around(lines.flatMap((each) => [...each[what]]), { include });
      const plan = { x: { from: 0, to: state.steps }, y, title: words.say(`title.${what}`), xLabel: words.say("step") };
      const { svg, X, Y } = axes(box, plan, words);
      const steps = Float64Array.from({ length: state.steps }, (_, step) => step);
      const curve = (/** @type {any} */ each) =>
        state.steps > FINE ? line(steps, each[what], X, Y, each.look) : stairs(each[what], X, Y, each.look);
      return svg + clipped(box, lines.map(curve).join(""));
    };
    const right = two ? draw(boxes[1], moving(curves), "momentum", []) : "";
    return picture(width, height, words.say("alt"), draw(boxes[0], curves, "lr") + right);
  },

  legend: (curves) => legend(curves),

  sentence: (curves, _state, words) =>
    curves.map(({ label, lr }) => {
      const raised = lr.findIndex(Number.isNaN);
      const rates = raised < 0 ? lr : lr.subarray(0, raised);
      const most = rates.reduce((a, b) => Math.max(a, b));
      const values = { name: label, first: rates[0], most, at: rates.indexOf(most), last: rates[rates.length - 1] };
      return words.say("sentence", values) + (raised < 0 ? "" : words.say("raises", { at: raised }));
    }).join(" "),

  table: (curves, state, words) => ({
    head: [
      words.say("step"),
      ...curves.map(({ label }) => label),
      ...moving(curves).map(({ label }) => words.say("momentum_of", { name: label })),
    ],
    rows: Array.from({ length: state.steps }, (_, step) => [
      String(step),
      ...curves.map(({ lr }) => lr[step]),
      ...moving(curves).map(({ momentum }) => momentum[step]),
    ]),
  }),

  program: (state) => [HEAD(state), ...state.choose.map((/** @type {string} */ name) => part(name, state))].join("\n"),
};

/** @param {import("./ui/spec.js").State} state */
const HEAD = (state) =>
  `import torch


def optimizer_with(lr, momentum=${MOMENTUM}):
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.zeros(1)
    return torch.optim.SGD([weight], lr=lr, momentum=momentum)


def show(optimizer, scheduler, metric=None):
    print(type(scheduler).__name__)
    for step in range(${state.steps}):
        group = optimizer.param_groups[0]
        print(f"step {step:>3}  lr {group['lr']:.6g}  momentum {group['momentum']:.6g}")
        optimizer.step()  # after the forward and backward pass of this batch
        try:
            scheduler.step(*([metric(step)] if metric else []))
        except ValueError as error:  # OneCycleLR has an end
            print("ValueError:", error)
            break

`;

/** @param {string} name @param {import("./ui/spec.js").State} state */
function part(name, state) {
  const metric = name === "reduce_lr_on_plateau" ? [`lambda epoch: ${state.metric}`] : [];
  return `
optimizer = optimizer_with(lr=${number(state.lr)})
scheduler = ${SCHEDULES[name].torch(given(name, state))}
${call("show", ["optimizer", "scheduler", ...metric])}`;
}

mount(explorer);

// The home page's experiment, as snippets/index.py runs it: a small tanh network learns a sine whose every eighth target is
// wrong. Three decisions can be changed. In double precision, with torch's own random numbers.

import { fma } from "./fma.js";
import { INITS, linearDefault } from "./init.js";
import { LOSSES } from "./loss.js";
import { backward, forward, shapesOf } from "./net.js";
import { PLAIN } from "./optim_plain.js";
import { Generator } from "./rng.js";
import { defaults } from "../ui/spec.js";

/** @typedef {{ init: string, loss: string, step: string }} Decisions names of INITS, LOSSES and PLAIN */

export const POINTS = 80;
export const WRONG = { from: 3, every: 8, by: 3 };
export const STEPS = 300;
export const RATE = 0.005;
const SHAPE = { sizes: [1, 64, 64, 64, 1], activation: "tanh" };

/** Inputs, the sine, and the targets, as torch draws them. */
export function points() {
  const step = 4 / (POINTS - 1);
  // torch.linspace counts from both ends.
  const x = Float64Array.from(
    { length: POINTS },
    (_, k) => k < POINTS / 2 ? fma(step, k, -2) : fma(-step, POINTS - 1 - k, 2),
  );
  const truth = x.map((value) => Math.sin(2.5 * value));
  const noise = new Generator(0).normal(POINTS);
  const y = truth.map((value, k) => value + 0.1 * noise[k]);
  for (let k = WRONG.from; k < POINTS; k += WRONG.every) y[k] += WRONG.by;
  return { x, truth, y };
}

/** Start values: `nn.Linear` draws weight and bias, layer by layer; then the chosen init draws each weight anew. @param {string} init */
function started(init) {
  const generator = new Generator(1);
  const { sizes } = SHAPE;
  const params = sizes.slice(1).flatMap((width, layer) => {
    const { weight, bias } = linearDefault(width, sizes[layer], generator);
    return [weight, bias];
  });
  for (let layer = 1; layer < sizes.length; layer++) {
    const { fill, options } = INITS[init];
    params[2 * layer - 2] = fill([sizes[layer], sizes[layer - 1]], defaults(options), generator);
  }
  return params;
}

/** One run. It goes on from where it is; nothing else moves it. */
export class Training {
  /** @param {Decisions} decisions */
  constructor({ init, loss, step }) {
    this.data = points();
    this.params = started(init);
    this.loss = { ...LOSSES[loss], options: defaults(LOSSES[loss].options) };
    this.optimizer = PLAIN[step];
    this.options = { ...defaults(this.optimizer.options), lr: RATE };
    this.kept = this.optimizer.init(shapesOf(SHAPE.sizes), this.options);
    this.taken = 0;
  }

  /** @param {number} steps taken at most; the run ends after STEPS */
  advance(steps) {
    const { x, y } = this.data;
    for (let left = Math.min(steps, STEPS - this.taken); left > 0; left--) {
      const passed = forward(SHAPE, this.params, x);
      const slopes = this.out(passed).map((out, k) => this.loss.gradient(out, y[k], this.loss.options) / POINTS);
      const { grads } = backward(SHAPE, this.params, passed, slopes);
      this.optimizer.step(this.params, grads, this.kept, this.options);
      this.taken++;
    }
  }

  /** The network's line, at every input. */
  out(passed = forward(SHAPE, this.params, this.data.x)) {
    return passed.outs[SHAPE.sizes.length - 1];
  }
}

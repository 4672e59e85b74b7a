// Adam and its relatives (torch 2.13), one number at a time, and what all optimizers share: interpolation and both ways of decay.

/** @import { Kept, Update } from "./optim_rules.js" */
/** @import { State } from "../ui/spec.js" */

/** torch's `lerp`: exact at both ends. @param {number} a @param {number} b @param {number} weight */
export const lerp = (a, b, weight) => weight < 0.5 ? a + weight * (b - a) : b - (b - a) * (1 - weight);

/** L2: the decay joins the gradient. @param {Float64Array} p @param {Float64Array} g @param {number} decay */
export function coupled(p, g, decay) {
  if (decay !== 0) { for (let i = 0; i < p.length; i++) g[i] += p[i] * decay; }
}

/** Decoupled: the decay shrinks the parameter. @param {Float64Array} p @param {number} lr @param {number} decay */
export function shrink(p, lr, decay) {
  if (decay !== 0) { for (let i = 0; i < p.length; i++) p[i] *= 1 - lr * decay; }
}

/** @param {Float64Array} p @param {Float64Array} g @param {State} o */
const decayed = (p, g, o) => o.decoupled_weight_decay ? shrink(p, o.lr, o.weight_decay) : coupled(p, g, o.weight_decay);

/** Both moments of Adam's family. @param {Float64Array} g @param {Kept} kept @param {State} o */
function moments(g, { m, v }, { beta1, beta2 }) {
  for (let i = 0; i < g.length; i++) {
    m[i] = lerp(m[i], g[i], 1 - beta1);
    v[i] = v[i] * beta2 + (1 - beta2) * g[i] * g[i];
  }
}

/** @param {boolean} decoupled @returns {Update} */
export const adam = (decoupled) => (p, g, kept, o) => {
  if (decoupled) shrink(p, o.lr, o.weight_decay);
  else coupled(p, g, o.weight_decay);
  moments(g, kept, o);
  const { m, v, highest, t } = kept;
  const size = o.lr / (1 - o.beta1 ** t);
  const root = Math.sqrt(1 - o.beta2 ** t);
  for (let i = 0; i < p.length; i++) {
    if (o.amsgrad) highest[i] = Math.max(highest[i], v[i]);
    p[i] -= size * m[i] / (Math.sqrt(o.amsgrad ? highest[i] : v[i]) / root + o.eps);
  }
};

/** @type {Update} */
export function adamax(p, g, { m, highest, t }, { lr, beta1, beta2, eps, weight_decay }) {
  coupled(p, g, weight_decay);
  const rate = lr / (1 - beta1 ** t);
  for (let i = 0; i < p.length; i++) {
    m[i] = lerp(m[i], g[i], 1 - beta1);
    highest[i] = Math.max(highest[i] * beta2, Math.abs(g[i]) + eps);
    p[i] -= rate * m[i] / highest[i];
  }
}

/** @type {Update} */
export function nadam(p, g, kept, o) {
  decayed(p, g, o);
  const at = (/** @type {number} */ t) => o.beta1 * (1 - 0.5 * 0.96 ** (t * o.momentum_decay));
  const [mu, next] = [at(kept.t), at(kept.t + 1)];
  kept.product *= mu;
  moments(g, kept, o);
  const { m, v, t, product } = kept;
  for (let i = 0; i < p.length; i++) {
    const size = Math.sqrt(v[i] / (1 - o.beta2 ** t)) + o.eps;
    p[i] -= o.lr * (1 - mu) / (1 - product) * g[i] / size;
    p[i] -= o.lr * next / (1 - product * next) * m[i] / size;
  }
}

/** @type {Update} */
export function radam(p, g, kept, o) {
  decayed(p, g, o);
  moments(g, kept, o);
  const { m, v, t } = kept;
  const second = 1 - o.beta2 ** t;
  const longest = 2 / (1 - o.beta2) - 1;
  const length = longest - 2 * t * o.beta2 ** t / second;
  const share = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length);
  for (let i = 0; i < p.length; i++) {
    const step = m[i] / (1 - o.beta1 ** t) * o.lr;
    p[i] -= length > 5 ? step * (Math.sqrt(second) / (Math.sqrt(v[i]) + o.eps)) * Math.sqrt(share) : step;
  }
}

/** Entries without a gradient keep everything, their moments too. @type {Update} */
export function sparseAdam(p, g, { m, v, t }, { lr, beta1, beta2, eps }) {
  const size = lr * Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
  for (let i = 0; i < p.length; i++) {
    if (g[i] === 0) continue;
    m[i] += (g[i] - m[i]) * (1 - beta1);
    v[i] += (g[i] * g[i] - v[i]) * (1 - beta2);
    p[i] -= size * (m[i] / (Math.sqrt(v[i]) + eps));
  }
}

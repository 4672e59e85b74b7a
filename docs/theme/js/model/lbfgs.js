// LBFGS as torch 2.13 runs it: one step is up to max_iter iterations, each with its own evaluations.

/** @import { State } from "../ui/spec.js" */

/**
 * @typedef {{ loss: number, grads: Float64Array[] }} Evaluated
 * @typedef {{ loss: number, g: Float64Array, slope: number, t: number }} Point of a line search
 * @typedef {{ iterations: number, evaluations: number, d: Float64Array, t: number, ys: Float64Array[], ss: Float64Array[], rho: number[],
 *   diagonal: number, before: Float64Array | null }} Memory
 */

/** @param {Float64Array} a @param {Float64Array} b */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param {Float64Array} values */
const largest = (values) => values.reduce((high, value) => Math.max(high, Math.abs(value)), 0);

/** @param {Float64Array[]} parts */
function flat(parts) {
  const all = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {Float64Array[]} params @param {Float64Array} values @param {number} [t] @param {Float64Array} [d] set to values + t·d */
function place(params, values, t = 0, d = values) {
  let at = 0;
  for (const param of params) {
    for (let i = 0; i < param.length; i++, at++) {
      param[i] = t === 0 ? values[at] : values[at] + t * d[at];
    }
  }
}

/** @returns {Memory} */
export const begin = () => ({
  iterations: 0,
  evaluations: 0,
  d: new Float64Array(0),
  t: 0,
  ys: [],
  ss: [],
  rho: [],
  diagonal: 1,
  before: null,
});

/** The direction from gradient and memory. @param {Float64Array} g @param {Memory} memory @param {number} history */
function direction(g, memory, history) {
  const { ys, ss, rho, before } = memory;
  if (before === null) return g.map((value) => -value);
  const y = g.map((value, i) => value - before[i]);
  const s = memory.d.map((value) => value * memory.t);
  const curvature = dot(y, s);
  if (curvature > 1e-10) {
    if (ys.length === history) { for (const list of [ys, ss, rho]) list.shift(); }
    ys.push(y);
    ss.push(s);
    rho.push(1 / curvature);
    memory.diagonal = curvature / dot(y, y);
  }
  const q = g.map((value) => -value);
  const alphas = new Float64Array(ys.length);
  for (let k = ys.length - 1; k >= 0; k--) {
    alphas[k] = dot(ss[k], q) * rho[k];
    for (let i = 0; i < q.length; i++) q[i] -= alphas[k] * ys[k][i];
  }
  const r = q.map((value) => value * memory.diagonal);
  for (let k = 0; k < ys.length; k++) {
    const beta = dot(ys[k], r) * rho[k];
    for (let i = 0; i < r.length; i++) r[i] += ss[k][i] * (alphas[k] - beta);
  }
  return r;
}

/** The minimum of the cubic through two points, kept within bounds. @param {Point} one @param {Point} two @param {number[]} bounds */
function cubic(one, two, [low, high]) {
  const d1 = one.slope + two.slope - 3 * (one.loss - two.loss) / (one.t - two.t);
  const square = d1 ** 2 - one.slope * two.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const [a, b] = one.t <= two.t ? [one, two] : [two, one];
  const d2 = Math.sqrt(square);
  const best = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  const raised = low > best ? low : best; // in Python's order: what cannot be compared stays
  return high < raised ? high : raised;
}

const [ARMIJO, WOLFE, TINY] = [1e-4, 0.9, 1e-9];

/**
 * A step that satisfies the strong Wolfe conditions: first a bracket, then its refinement.
 * @param {(t: number) => Point} at @param {Point} start at t = 0 @param {number} first @param {number} longest of d's entries
 * @param {number} most evaluations @returns {{ point: Point, evaluations: number }}
 */
function search(at, start, first, longest, most) {
  const falls = (/** @type {Point} */ { loss, t }) => !(loss > start.loss + ARMIJO * t * start.slope);
  const level = (/** @type {Point} */ { slope }) => Math.abs(slope) <= -WOLFE * start.slope;
  let [before, now, tries] = [start, at(first), 0];
  let evaluations = 1;
  /** @type {Point[] | null} */
  let bracket = null;
  for (; tries < most; tries++) {
    if (!falls(now) || (tries > 1 && now.loss >= before.loss)) bracket = [before, now];
    else if (level(now)) return { point: now, evaluations };
    else if (now.slope >= 0) bracket = [before, now];
    if (bracket) break;
    const t = cubic(before, now, [now.t + 0.01 * (now.t - before.t), now.t * 10]);
    [before, now] = [now, at(t)];
    evaluations++;
  }
  bracket ??= [start, now];
  let stuck = false;
  let low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  while (tries < most && !(Math.abs(bracket[1].t - bracket[0].t) * longest < TINY)) {
    const ends = [Math.min(bracket[0].t, bracket[1].t), Math.max(bracket[0].t, bracket[1].t)];
    let t = cubic(bracket[0], bracket[1], ends);
    const edge = 0.1 * (ends[1] - ends[0]);
    const near = Math.min(ends[1] - t, t - ends[0]) < edge;
    if (near && (stuck || t >= ends[1] || t <= ends[0])) {
      t = Math.abs(t - ends[1]) < Math.abs(t - ends[0]) ? ends[1] - edge : ends[0] + edge;
      stuck = false;
    } else stuck = near;
    now = at(t);
    evaluations++;
    tries++;
    if (!falls(now) || now.loss >= bracket[low].loss) {
      bracket[1 - low] = now;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    const done = level(now);
    if (!done && now.slope * (bracket[1 - low].t - bracket[low].t) >= 0) bracket[1 - low] = bracket[low];
    bracket[low] = now;
    if (done) break;
  }
  return { point: bracket[low], evaluations };
}

/**
 * One step of the optimizer. The parameters are changed in place; the first evaluation's loss is returned.
 * @param {Float64Array[]} params @param {() => Evaluated} evaluate at the present parameters @param {Memory} memory @param {State} options
 */
export function step(params, evaluate, memory, options) {
  const { lr, max_iter, tolerance_grad, tolerance_change, history_size, line_search_fn } = options;
  const limit = Math.floor(max_iter * 5 / 4);
  const first = evaluate();
  let [loss, g, used] = [first.loss, flat(first.grads), 1];
  memory.evaluations++;
  if (largest(g) <= tolerance_grad) return first.loss;
  for (let n = 1; n <= max_iter; n++) {
    memory.iterations++;
    const d = memory.d = direction(g, memory, history_size);
    memory.before = g.slice();
    const [earlier, size] = [loss, 1 / g.reduce((sum, value) => sum + Math.abs(value), 0)];
    memory.t = memory.iterations === 1 ? (size < 1 ? size : 1) * lr : lr;
    const slope = dot(g, d);
    if (slope > -tolerance_change) break;
    const x = flat(params);
    let [flatEnough, spent] = [false, 0];
    if (line_search_fn === "strong_wolfe") {
      const at = (/** @type {number} */ t) => {
        place(params, x, t, d);
        const found = evaluate();
        const gradient = flat(found.grads);
        return { loss: found.loss, g: gradient, slope: dot(gradient, d), t };
      };
      const found = search(at, { loss, g, slope, t: 0 }, memory.t, largest(d), limit - used);
      ({ loss, t: memory.t } = found.point);
      g = /** @type {Float64Array<ArrayBuffer>} */ (found.point.g);
      spent = found.evaluations;
      place(params, x, memory.t, d);
      flatEnough = largest(g) <= tolerance_grad;
    } else {
      place(params, x, memory.t, d);
      if (n !== max_iter) {
        const found = evaluate();
        [loss, g, spent] = [found.loss, flat(found.grads), 1];
        flatEnough = largest(g) <= tolerance_grad;
      }
    }
    used += spent;
    memory.evaluations += spent;
    const still = largest(d) * Math.abs(memory.t) <= tolerance_change;
    if (used >= limit || flatEnough || still || Math.abs(loss - earlier) < tolerance_change) break;
  }
  return first.loss;
}

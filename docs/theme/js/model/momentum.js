// What SGD with momentum does along one direction of curvature λ, from ηλ and the momentum alone. With p = η·buffer a
// step is linear in (x, p), so its two eigenvalues decide. Derived on optimizers/momentum; tests compare with torch's runs.

/**
 * `creeps`: shrinks without a change of sign. `oscillates`: swings around the minimum. `jumps`: changes sign at every
 * step. `diverges`: grows.
 * @typedef {"creeps" | "oscillates" | "jumps" | "diverges"} Regime
 * @typedef {{ momentum: number, dampening: number, nesterov: boolean }} Options
 */

/**
 * Trace and determinant of one step.
 * @param {number} rate η times the curvature
 * @param {Options} options
 */
function step(rate, { momentum, dampening, nesterov }) {
  if (nesterov && momentum > 0) return { trace: (1 + momentum) * (1 - rate), det: momentum * (1 - rate) };
  const felt = momentum > 0 ? rate * (1 - dampening) : rate; // torch dampens only what enters the buffer
  return { trace: 1 - felt + momentum, det: momentum };
}

/**
 * The factor that the distance to the minimum has per step in the long run, and how it gets there.
 * @param {number} rate
 * @param {Options} options
 * @returns {{ factor: number, regime: Regime }}
 */
export function behaviour(rate, options) {
  const { trace, det } = step(rate, options);
  const inner = (trace * trace) / 4 - det;
  if (inner < 0) return { factor: Math.sqrt(det), regime: det > 1 ? "diverges" : "oscillates" };
  const dominant = trace / 2 + (trace < 0 ? -1 : 1) * Math.sqrt(inner);
  const factor = Math.abs(dominant);
  if (factor > 1 + 1e-12) return { factor, regime: "diverges" };
  return { factor, regime: dominant < 0 ? "jumps" : "creeps" };
}

/**
 * The values of ηλ at which the behaviour changes, for one momentum: from creeping to oscillating (critical damping),
 * from oscillating to jumping, and from jumping to diverging.
 * @param {Options} options
 */
export function borders({ momentum, dampening, nesterov }) {
  if (nesterov && momentum > 0) {
    const critical = ((1 - momentum) / (1 + momentum)) ** 2;
    return { critical, jumps: 1, diverges: (2 + 2 * momentum) / (1 + 2 * momentum) };
  }
  const felt = momentum > 0 ? 1 - dampening : 1;
  const root = Math.sqrt(momentum);
  return { critical: (1 - root) ** 2 / felt, jumps: (1 + root) ** 2 / felt, diverges: (2 + 2 * momentum) / felt };
}

/**
 * The momentum that makes a direction arrive fastest without swinging, or undefined where ηλ ≥ 1 needs none.
 * @param {number} rate
 * @param {{ dampening: number, nesterov: boolean }} options
 */
export function critical(rate, { dampening, nesterov }) {
  if (rate >= 1) return undefined;
  const root = Math.sqrt(rate);
  if (nesterov) return (1 - root) / (1 + root);
  // (1 − √m)² = ηλ (1 − dampening), with dampening given
  const felt = Math.sqrt(rate * (1 - dampening));
  return (1 - felt) ** 2;
}

/**
 * SGD, step by step, as torch does it, on f(θ) = ½ Σ λ θ².
 * @param {number[]} start
 * @param {number[]} curvatures
 * @param {number} lr
 * @param {Options} options
 * @param {number} steps
 * @returns {number[][]} θ before each step and after the last
 */
export function descend(start, curvatures, lr, { momentum, dampening, nesterov }, steps) {
  const points = [start];
  /** @type {number[] | undefined} */
  let buffer;
  for (let step = 0; step < steps; step++) {
    const theta = points[step];
    const g = theta.map((value, index) => curvatures[index] * value);
    // The first gradient enters the buffer whole.
    const before = buffer;
    buffer = before ? g.map((each, index) => momentum * before[index] + (1 - dampening) * each) : g;
    const pull = momentum === 0 ? g : nesterov ? g.map((each, i) => each + momentum * (buffer ?? g)[i]) : buffer;
    points.push(theta.map((value, index) => value - lr * pull[index]));
  }
  return points;
}

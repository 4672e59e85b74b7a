// Cross entropy of one row of logits, with class weights and label smoothing, as torch computes it.

/**
 * Probabilities, without overflow.
 * @param {ArrayLike<number>} logits
 */
export function softmax(logits) {
  const most = Array.from(logits).reduce((a, b) => Math.max(a, b));
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

/**
 * Their logarithms; finite where a probability has underflowed to 0.
 * @param {ArrayLike<number>} logits
 */
export function logSoftmax(logits) {
  const most = Array.from(logits).reduce((a, b) => Math.max(a, b));
  const total = Math.log(Array.from(logits, (logit) => Math.exp(logit - most)).reduce((a, b) => a + b));
  return Array.from(logits, (logit) => logit - most - total);
}

/**
 * Loss and gradient by the logits of one sample.
 * @param {number[]} logits
 * @param {number} target class index
 * @param {{ smoothing?: number, weight?: number[], mean?: boolean }} [options] `mean` divides by the target's weight
 */
export function crossEntropy(logits, target, { smoothing = 0, weight = logits.map(() => 1), mean = true } = {}) {
  const wanted = logits.map((_, index) => (index === target ? 1 - smoothing : 0) + smoothing / logits.length);
  const divisor = mean ? weight[target] : 1;
  const pull = wanted.map((share, index) => weight[index] * share / divisor);
  const total = pull.reduce((a, b) => a + b);
  const logs = logSoftmax(logits);
  const probabilities = softmax(logits);
  return {
    probabilities,
    wanted,
    loss: -pull.reduce((sum, each, index) => sum + each * logs[index], 0),
    gradient: probabilities.map((p, index) => total * p - pull[index]),
  };
}

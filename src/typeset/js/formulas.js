// What Python calls. MathJax's component files and ours are classic scripts, so they are evaluated as such, in their order.

/** @param {string[]} texts */
export function load(texts) {
  for (const text of texts) (0, eval)(text);
}

/** @param {string} json an array of formulas @returns {string} an array of drawings or errors */
export const render = (json) => /** @type {any} */ (globalThis).renderAll(json);

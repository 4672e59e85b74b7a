// Shapes of tensors that are flat arrays here.

/** How many elements a shape has. @param {number[]} shape */
export const size = (shape) => shape.reduce((product, length) => product * length, 1);

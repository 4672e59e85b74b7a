// What data sets share: kinds of targets, and how rows are split into training and test. Pure.

/** @import { Target } from "./data.js" */

/** @param {number} classes @returns {Target} */
export const classOf = (classes) => ({ kind: "class", dims: [], dtype: "int64", classes });

/** @type {Target} */
export const VALUE = { kind: "value", dims: [1], dtype: "float32" };

export const SPLIT = [
  "order = torch.randperm(len(x))",
  "train, test = order[: len(x) * 4 // 5], order[len(x) * 4 // 5 :]",
];
export const LOADED = [
  ...SPLIT,
  "train_data = TensorDataset(x[train], y[train])",
  "test_data = TensorDataset(x[test], y[test])",
];

// Data sets that come with scikit-learn and torchvision, and a tensor of one's own. What is drawn at random: drawn.js. Pure.

import { DRAWN } from "./drawn.js";
import { classOf, LOADED, SPLIT, VALUE } from "./split.js";

/**
 * @import { Argument } from "./table.js"
 * @import { DataSet, Form } from "./data.js"
 */

/** @param {number[]} dims @returns {Form} */
const floats = (...dims) => ({ dims, dtype: "float32" });

/** @param {number} rows */
const share = (rows) => ({
  train: () => Math.floor((rows * 4) / 5),
  test: () => rows - Math.floor((rows * 4) / 5),
});

/**
 * A table of scikit-learn, its columns brought to mean 0 and standard deviation 1.
 * @param {string} name @param {number} rows @param {number} columns @param {number} classes 0 for a number @returns {DataSet}
 */
const table = (name, rows, columns, classes) => ({
  args: [],
  input: () => floats(columns),
  target: () => classes ? classOf(classes) : VALUE,
  ...share(rows),
  imports: () => [`from sklearn.datasets import load_${name}`],
  lines: () => [
    `x, y = load_${name}(return_X_y=True)`,
    "x = torch.tensor(x, dtype=torch.float32)",
    classes ? "y = torch.tensor(y)" : "y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)",
    ...SPLIT,
    "x = (x - x[train].mean(0)) / x[train].std(0)",
    ...(classes ? [] : ["y = (y - y[train].mean()) / y[train].std()"]),
    ...LOADED.slice(2),
  ],
});

/** @type {DataSet} */
const digits = {
  args: [
    { name: "flat", kind: "bool", default: false },
    { name: "target", kind: "choice", default: "class", values: ["class", "self"] },
  ],
  input: ({ flat }) => flat ? floats(64) : floats(1, 8, 8),
  target: ({ flat, target }) =>
    target === "class" ? classOf(10) : { kind: "value", dims: flat ? [64] : [1, 8, 8], dtype: "float32" },
  ...share(1797),
  imports: () => ["from sklearn.datasets import load_digits"],
  lines: ({ flat, target }) => [
    "x, y = load_digits(return_X_y=True)",
    `x = torch.tensor(x, dtype=torch.float32)${flat ? "" : ".reshape(-1, 1, 8, 8)"} / 16`,
    target === "class" ? "y = torch.tensor(y)" : "y = x  # {same}",
    ...LOADED,
  ],
};

/** @type {Argument[]} */
const AUGMENT = ["flip", "crop", "rotate", "jitter", "erase"].map((name) => ({ name, kind: "bool", default: false }));

/**
 * Images of torchvision: 60,000 or 50,000 to train on, 10,000 to test, fetched once.
 * @param {string} name @param {number} channels @param {number} size @param {number[]} mean @param {number[]} std
 * @param {number} rows @returns {DataSet}
 */
const images = (name, channels, size, mean, std, rows) => ({
  args: AUGMENT,
  own: true,
  input: () => floats(channels, size, size),
  target: () => classOf(10),
  train: () => rows,
  test: () => 10000,
  imports: () => ["from torchvision import datasets", "from torchvision.transforms import v2"],
  lines: (args) => {
    const [means, stds] = [mean, std].map((values) => `[${values.join(", ")}]`);
    const steps = augmentation(args, size);
    return [
      "to_tensor = [",
      "    v2.ToImage(),",
      "    v2.ToDtype(torch.float32, scale=True),",
      `    v2.Normalize(mean=${means}, std=${stds}),`,
      "]",
      ...(steps.length ? ["augment = [", ...steps.map((step) => `    ${step},`), "]"] : []),
      `train_data = datasets.${name}(`,
      '    "data",',
      "    download=True,",
      `    transform=v2.Compose([${steps.length ? "*augment, " : ""}*to_tensor]),`,
      ")",
      `test_data = datasets.${name}(`,
      '    "data", train=False, download=True, transform=v2.Compose(to_tensor)',
      ")",
    ];
  },
});

/** @param {any} args @param {number} size @returns {string[]} transforms of the training images */
export function augmentation({ flip, crop, rotate, jitter, erase }, size) {
  return [
    ...(crop ? [`v2.RandomCrop(${size}, padding=${Math.round(size / 8)})`] : []),
    ...(flip ? ["v2.RandomHorizontalFlip()"] : []),
    ...(rotate ? ["v2.RandomRotation(10)"] : []),
    ...(jitter ? ["v2.ColorJitter(brightness=0.2, contrast=0.2)"] : []),
    ...(erase ? ["v2.ToImage()", "v2.RandomErasing(p=0.25)"] : []),
  ];
}

/** @type {DataSet} */
const own = {
  args: [
    { name: "shape", kind: "ints", default: [3, 32, 32], min: 1, max: 4096 },
    { name: "dtype", kind: "choice", default: "float32", values: ["float32", "int64"] },
    { name: "most", kind: "int", default: 100, min: 1, max: 65536 },
    { name: "target", kind: "choice", default: "class", values: ["class", "value"] },
    { name: "classes", kind: "int", default: 10, min: 1, max: 65536 },
    { name: "samples", kind: "int", default: 512, min: 10, max: 100000 },
  ],
  input: ({ shape, dtype, most }) => ({ dims: shape, dtype, most }),
  target: ({ target, classes }) => target === "class" ? classOf(classes) : VALUE,
  train: ({ samples }) => Math.floor((samples * 4) / 5),
  test: ({ samples }) => samples - Math.floor((samples * 4) / 5),
  imports: () => [],
  lines: ({ shape, dtype, most, target, classes, samples }) => {
    const size = [samples, ...shape].join(", ");
    return [
      dtype === "float32" ? `x = torch.randn(${size})` : `x = torch.randint(${most}, (${size}))`,
      target === "class" ? `y = torch.randint(${classes}, (${samples},))` : `y = torch.randn(${samples}, 1)`,
      ...LOADED,
    ];
  },
};

/** @type {Record<string, DataSet>} */
export const SETS = {
  digits,
  breast_cancer: table("breast_cancer", 569, 30, 2),
  wine: table("wine", 178, 13, 3),
  iris: table("iris", 150, 4, 3),
  diabetes: table("diabetes", 442, 10, 0),
  ...DRAWN,
  MNIST: images("MNIST", 1, 28, [0.1307], [0.3081], 60000),
  FashionMNIST: images("FashionMNIST", 1, 28, [0.286], [0.353], 60000),
  CIFAR10: images("CIFAR10", 3, 32, [0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616], 50000),
  tensor: own,
};

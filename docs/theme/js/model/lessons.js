// Lessons: settings that show one thing, how long to run, and where the site proves it. What they say stands in the words file.

/** @import { State } from "../ui/spec.js" */

/** @typedef {{ state: State, steps: number, page: string }} Lesson `page` is an address from the site's root */

const DEEP = { hidden: new Array(10).fill(16), activation: "relu", data: "moons", optimizer: "sgd", batch: 0 };
const ONE = {
  data: "blobs",
  hidden: [],
  activation: "identity",
  init: "zeros",
  bias: -8,
  noise: 0.3,
  optimizer: "sgd",
  batch: 0,
  "optimizer.sgd.lr": 1,
};

const HASTY = {
  data: "circles",
  activation: "relu",
  init: "kaiming_normal",
  "optimizer.adam.lr": 0.4,
  seeds: 10,
};

/** @type {Record<string, Lesson>} */
export const LESSONS = {
  dead_relu: {
    state: {
      activation: "relu",
      init: "kaiming_normal",
      optimizer: "sgd",
      "optimizer.sgd.lr": 2,
      "optimizer.sgd.momentum": 0.9,
    },
    steps: 300,
    page: "initialization/kaiming/",
  },
  vanishing: {
    state: { ...DEEP, init: "normal", "init.normal.std": 0.1 },
    steps: 200,
    page: "initialization/variance/",
  },
  exploding: { state: { ...DEEP, init: "normal", "init.normal.std": 1 }, steps: 50, page: "initialization/variance/" },
  plateau_of_squares: { state: { ...ONE, loss: "mse_sigmoid" }, steps: 600, page: "losses/choose/" },
  no_plateau: { state: { ...ONE, loss: "bce_with_logits" }, steps: 600, page: "losses/choose/" },
  ill_conditioned: {
    state: {
      data: "scales",
      noise: 0,
      hidden: [],
      loss: "mse",
      optimizer: "sgd",
      "optimizer.sgd.lr": 0.5,
      batch: 0,
      init: "zeros",
    },
    steps: 400,
    page: "optimizers/adaptive/",
  },
  too_high: {
    state: {
      data: "scales",
      noise: 0,
      hidden: [],
      loss: "mse",
      optimizer: "sgd",
      "optimizer.sgd.lr": 1.2,
      batch: 0,
      init: "zeros",
    },
    steps: 100,
    page: "optimizers/learning-rate/",
  },
  no_warm_up: { state: HASTY, steps: 300, page: "schedulers/linear_lr/" },
  warm_up: {
    state: {
      ...HASTY,
      schedule: "linear_lr",
      "schedule.linear_lr.start_factor": 0.01,
      "schedule.linear_lr.total_iters": 50,
    },
    steps: 300,
    page: "schedulers/linear_lr/",
  },
  outliers: {
    state: { data: "line", hidden: [], loss: "mse", noise: 0.1, batch: 0, "optimizer.adam.lr": 0.1 },
    steps: 400,
    page: "losses/huber_loss/",
  },
  outliers_huber: {
    state: {
      data: "line",
      hidden: [],
      loss: "huber",
      "loss.huber.delta": 0.1,
      batch: 0,
      noise: 0.1,
      "optimizer.adam.lr": 0.1,
    },
    steps: 400,
    page: "losses/huber_loss/",
  },
  decoupled: {
    state: {
      data: "zero",
      hidden: [],
      init: "ones",
      optimizer: "adamw",
      "optimizer.adamw.lr": 0.01,
      "optimizer.adamw.weight_decay": 0.1,
    },
    steps: 500,
    page: "optimizers/weight-decay/",
  },
  coupled: {
    state: {
      data: "zero",
      hidden: [],
      init: "ones",
      optimizer: "adam",
      "optimizer.adam.lr": 0.01,
      "optimizer.adam.weight_decay": 0.1,
    },
    steps: 500,
    page: "optimizers/weight-decay/",
  },
  symmetry: {
    state: { init: "constant", "init.constant.val": 0.5, data: "xor" },
    steps: 300,
    page: "initialization/constant/",
  },
  zeros: { state: { init: "zeros", data: "xor" }, steps: 300, page: "initialization/zeros/" },
  softmax_twice: { state: { loss: "softmax_twice" }, steps: 300, page: "losses/cross_entropy/" },
  bce_on_logits: { state: { loss: "bce_on_logits" }, steps: 10, page: "losses/binary_cross_entropy/" },
  hinge_below_zero: { state: { loss: "hinge_below_zero" }, steps: 300, page: "losses/hinge_embedding_loss/" },
  memorized: {
    state: { data: "moons", noise: 0.6, flip: 0.2, points: 40, hidden: [24, 24], "optimizer.adam.lr": 0.03 },
    steps: 1500,
    page: "optimizers/weight-decay/",
  },
};

// What stands around model and loop: imports, seed, device, processes, loaders. Pure.

import { parameterShapes } from "./counts.js";
import { runOf } from "./options.js";

/**
 * @import { Statement } from "./code.js"
 * @import { Node } from "./trace.js"
 * @import { Program } from "./tree.js"
 * @typedef {NonNullable<ReturnType<typeof import("./data.js").dataOf>>} Data
 */

/** @param {Program} program @param {Data} data @param {boolean} functional whether torch's functions are called @returns {string[]} as isort orders them */
export function imports(program, { set, args }, functional) {
  const { ddp, checkpoint, plot } = runOf(program);
  const standard = [
    ...(ddp ? ["import os"] : []),
    ...(checkpoint ? ["import sys", "from pathlib import Path"] : []),
  ];
  const whole = [
    ...(plot ? ["import matplotlib.pyplot as plt"] : []),
    "import torch",
    ...(ddp ? ["import torch.distributed as dist"] : []),
    ...(functional ? ["import torch.nn.functional as F"] : []),
  ];
  const own = set.imports(args);
  const some = [
    "from torch import nn",
    ...(ddp ? ["from torch.nn.parallel import DistributedDataParallel"] : []),
    `from torch.utils.data import DataLoader${set.own ? "" : ", TensorDataset"}`,
    ...(ddp ? ["from torch.utils.data.distributed import DistributedSampler"] : []),
  ];
  const sorted = [...own.filter((line) => line < "from torch"), ...some, ...own.filter((line) => line > "from torch")];
  return [...standard, ...(standard.length ? [""] : []), ...whole, ...sorted];
}

/** @param {Program} program @returns {Statement[]} */
export function deviceLines(program) {
  const { seed, device, ddp } = runOf(program);
  const place = device === "auto"
    ? [
      "accelerator = torch.accelerator.current_accelerator(check_available=True)",
      'device = accelerator or torch.device("cpu")',
    ]
    : [`device = torch.device("${device}")`];
  return [`torch.manual_seed(${seed})`, ...place, ...(ddp ? processes() : [])];
}

/** Several processes if torchrun started them, else one. @returns {Statement[]} */
const processes = () => [
  "",
  'distributed = "RANK" in os.environ  # {torchrun}',
  {
    head: "if distributed:",
    body: [
      {
        head: 'if device.type != "cpu":',
        body: ['torch.accelerator.set_device_index(int(os.environ["LOCAL_RANK"]))'],
      },
      "dist.init_process_group()",
    ],
  },
  "rank = dist.get_rank() if distributed else 0",
  "world = dist.get_world_size() if distributed else 1",
];

/** @param {Program} program @param {Data} data @param {Node[]} layers @returns {Statement[]} */
export function loaders(program, { set, args, batch }, layers) {
  const { ddp, seed } = runOf(program);
  const rows = set.train(args);
  const normed = layers.some(({ kind, args: own }) => kind.startsWith("BatchNorm") && parameterShapes(kind, own));
  const drop = normed && rows > batch && rows % batch === 1 ? ", drop_last=True" : "";
  const test = `test_loader = DataLoader(test_data, batch_size=${Math.max(batch, 256)})`;
  if (!ddp) return [`train_loader = DataLoader(train_data, batch_size=${batch}, shuffle=True${drop})`, test];
  return [
    `train_sampler = DistributedSampler(train_data, world, rank, seed=${seed})`,
    `batch_size = ${batch} // world  # {shared_batch}`,
    `train_loader = DataLoader(train_data, batch_size, sampler=train_sampler${drop})`,
    test,
  ];
}

/** The model on its device, compiled and in several processes if asked for. @param {Program} program @returns {Statement[]} */
export function wrapped(program) {
  const { compile, ddp, seed } = runOf(program);
  return [
    ...(ddp ? [`torch.manual_seed(${seed} + rank)  # {dropout}`] : []),
    ...(compile ? ["model.compile()"] : []),
    ...(ddp ? ["network = DistributedDataParallel(model) if distributed else model"] : []),
  ];
}

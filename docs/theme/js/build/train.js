// The training loop as Python: one step, evaluation, what is printed, kept and plotted. Pure.

import { perBatch, runOf } from "./options.js";
import { argumentsOf } from "./tree.js";

/**
 * @import { Statement } from "./code.js"
 * @import { Called } from "./losses.js"
 * @import { Program } from "./tree.js"
 * @typedef {import("./options.js").Run} Run
 * What the loop has to know: the program, how its loss is called, whether there are two optimizers.
 * @typedef {{ program: Program, run: Run, called: Called, many: boolean }} Loop
 */

/** @param {Program} program @param {Called} called @param {boolean} many @returns {Loop} */
export const loopOf = (program, called, many) => ({ program, run: runOf(program), called, many });

/** What the model is called in the loop. @param {Run} run */
const network = ({ ddp }) => ddp ? "network" : "model";

/** A loss that needs more than one line is a function. @param {Loop} loop @returns {Statement[]} */
export function lossFunction({ called }) {
  if (!called.lines.length) return [];
  return [{ head: "def loss_of(output, y):", body: [...called.lines, `return ${called.loss}`] }];
}

/** @param {Loop} loop @param {string} model @returns {Statement[]} output and loss of a batch */
function forward({ run, called }, model) {
  const loss = `loss = ${called.lines.length ? "loss_of(output, y)" : called.loss}`;
  const form = called.target ? [`target = ${called.target}`] : [];
  if (!run.amp) return [`output = ${model}(x)`, ...form, loss];
  return [
    { head: "with torch.autocast(device.type, dtype=torch.bfloat16):", body: [`output = ${model}(x)`] },
    "output = output.float()  # {precision}",
    ...form,
    loss,
  ];
}

/** @param {Loop} loop */
const sums = ({ program }) => argumentsOf(program.loss).reduction === "sum" ? "loss.item()" : "loss.item() * len(y)";

/** @param {Loop} loop @returns {Statement[]} */
export function evaluation(loop) {
  const { right } = loop.called;
  return ["@torch.no_grad()", {
    head: "def evaluate():",
    body: [
      ...(loop.called.learns ? ["loss_function.eval()"] : []),
      "model.eval()",
      right ? "total, right, count = 0.0, 0, 0" : "total = 0.0",
      {
        head: "for x, y in test_loader:",
        body: [
          "x, y = x.to(device), y.to(device)",
          ...forward(loop, "model"),
          `total += ${sums(loop)}`,
          ...(right ? [`right += ${right}.sum().item()`, "count += y.numel()"] : []),
        ],
      },
      right ? "return total / len(test_data), right / count" : "return total / len(test_data)",
    ],
  }];
}

/** @param {boolean} many @param {string} name @param {string} method @returns {Statement[]} */
const each = (many, name, method) =>
  many ? [{ head: `for ${name} in ${name}s:`, body: [`${name}.${method}`] }] : [`${name}.${method}`];

/** One update. @param {Loop} loop @returns {Statement[]} */
function update(loop) {
  const { program, run, many } = loop;
  const clip = run.clip === null ? [] : [`nn.utils.clip_grad_norm_(model.parameters(), max_norm=${run.clip})`];
  const backward = [...forward(loop, network(run)), "loss.backward()", ...clip];
  if (program.opt[0] !== "LBFGS") {
    return [...each(many, "optimizer", "zero_grad()"), ...backward, ...each(many, "optimizer", "step()")];
  }
  return [
    "",
    { head: "def closure():", body: ["optimizer.zero_grad()", ...backward, "return loss"] },
    "",
    "loss = optimizer.step(closure)",
  ];
}

/** @param {Loop} loop @param {boolean} inside the loop over batches @returns {Statement[]} */
function schedule(loop, inside) {
  const { program, many, called } = loop;
  if (!program.sched || perBatch(program) !== inside) return [];
  const plateau = program.sched[0] === "ReduceLROnPlateau";
  const best = argumentsOf(program.sched).mode === "max" && called.right ? "accuracy" : "test_loss";
  return each(many, "scheduler", `step(${plateau ? (inside ? "loss.item()" : best) : ""})`);
}

/** @param {Loop} loop @returns {Statement[]} */
export function training(loop) {
  const { run, called } = loop;
  const first = run.checkpoint ? "range(first, epochs)" : "range(epochs)";
  const counted = run.progress ? "step, (x, y) in enumerate(train_loader, start=1)" : "x, y in train_loader";
  return [
    ...(run.checkpoint ? resumed(loop) : ["history = []"]),
    {
      head: `for epoch in ${first}:`,
      body: [
        ...(run.ddp ? ["train_sampler.set_epoch(epoch)  # {order}"] : []),
        ...(called.learns ? ["loss_function.train()"] : []),
        "model.train()",
        "total, seen = 0.0, 0",
        {
          head: `for ${counted}:`,
          body: [
            "x, y = x.to(device), y.to(device)",
            ...update(loop),
            ...schedule(loop, true),
            `total += ${sums(loop)}`,
            "seen += len(y)",
            ...(run.progress ? progress(run) : []),
          ],
        },
        ...(run.ddp ? gathered() : []),
        called.right ? "test_loss, accuracy = evaluate()" : "test_loss = evaluate()",
        ...schedule(loop, false),
        "history.append((total / seen, test_loss))",
        ...chief(run, [...report(loop), ...(run.checkpoint ? saved(loop) : [])]),
      ],
    },
    ...(run.plot ? ["", ...chief(run, PLOT)] : []),
    ...(run.ddp ? ["", { head: "if distributed:", body: ["dist.destroy_process_group()"] }] : []),
  ];
}

/** What only one of several processes does. @param {Run} run @param {Statement[]} lines @returns {Statement[]} */
const chief = ({ ddp }, lines) => ddp ? [{ head: "if rank == 0:", body: lines }] : lines;

/** @param {Run} run @returns {Statement[]} */
function progress(run) {
  const shown = 'print(f"\\r{bar:<20} loss {loss.item():.4f} ", end="", flush=True)';
  return chief(run, ['bar = "█" * (20 * step // len(train_loader))', shown]);
}

/** @param {Loop} loop @returns {Statement[]} */
function report({ run, called }) {
  const start = run.progress ? "\\r" : "";
  const losses = "loss {total / seen:.4f}, test {test_loss:.4f}";
  return [
    `line = f"${start}epoch {epoch + 1}: ${losses}"`,
    called.right ? 'print(line + f", accuracy {accuracy:.3f}")' : "print(line)",
  ];
}

/** Sums over all processes. @returns {Statement[]} */
const gathered = () => [{
  head: "if distributed:",
  body: [
    "sums = torch.tensor([total, seen], dtype=torch.float32, device=device)",
    "dist.all_reduce(sums)",
    "total, seen = sums.tolist()",
  ],
}];

const PLOT = [
  "train_losses, test_losses = zip(*history)",
  'plt.plot(train_losses, label="training")',
  'plt.plot(test_losses, label="test")',
  'plt.xlabel("epoch")',
  'plt.ylabel("loss")',
  "plt.legend()",
  "plt.show()",
];

/** What a checkpoint holds: its keys and where each comes from. @param {Loop} loop @returns {string[]} */
function kept({ program, called, many }) {
  return [
    "model",
    ...(called.learns ? ["loss_function"] : []),
    ...(many ? ["optimizers"] : ["optimizer"]),
    ...(program.sched ? [many ? "schedulers" : "scheduler"] : []),
  ];
}

/** @param {Loop} loop @returns {Statement[]} */
function saved(loop) {
  const rows = kept(loop).map((name) =>
    /(er|uler)s$/.test(name)
      ? `    "${name}": [each.state_dict() for each in ${name}],`
      : `    "${name}": ${name}.state_dict(),`
  );
  return [
    "state = {",
    ...rows,
    '    "epoch": epoch + 1,',
    '    "history": history,',
    "}",
    "torch.save(state, checkpoint)",
  ];
}

/** @param {Loop} loop @returns {Statement[]} */
function resumed(loop) {
  const rows = kept(loop).flatMap((
    name,
  ) => /** @type {Statement[]} */ (/(er|uler)s$/.test(name)
    ? [{ head: `for each, own in zip(${name}, state["${name}"]):`, body: ["each.load_state_dict(own)"] }]
    : [`${name}.load_state_dict(state["${name}"])`])
  );
  return [
    'checkpoint = Path("checkpoint.pt")',
    "first, history = 0, []",
    {
      head: 'if "--resume" in sys.argv and checkpoint.exists():',
      body: [
        "state = torch.load(checkpoint, map_location=device)",
        ...rows,
        'first, history = state["epoch"], state["history"]',
      ],
    },
  ];
}

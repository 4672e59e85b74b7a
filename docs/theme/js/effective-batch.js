// The effective batch: what each way of averaging over parts divides by, and what that does to the gradient.

import { average, WAYS } from "./model/averaging.js";
import { mount } from "./ui/mount.js";
import { integer, numbers } from "./ui/spec.js";
import { around, axes, picture, round, text } from "./view/axes.js";

/**
 * @typedef {import("./ui/spec.js").State} State
 * @typedef {import("./ui/words.js").Words} Words
 */

const ROW = 44;

/** @type {import("./ui/figure.js").Explorer<ReturnType<typeof average>>} */
export const explorer = {
  name: "effective-batch",
  spec: {
    lengths: numbers(1, 64, [13, 5, 7, 4, 24, 6, 9, 3], 16, true),
    masked: integer(0, 16, 2),
    accumulation: integer(1, 4, 2),
    ranks: integer(1, 4, 2),
    seed: integer(0, 99, 0),
  },
  main: () => ["lengths", "masked", "accumulation", "ranks"],
  more: () => ["seed"],
  presets: {
    equal: { lengths: [10, 10, 10, 10, 10, 10, 10, 10] },
    one_long: { lengths: [40, 4, 4, 4], masked: 0 },
    all_masked: { lengths: [20, 2, 18, 16], masked: 2 },
    nothing: { lengths: [6, 8, 5, 7], masked: 8 },
    one_part: { accumulation: 1, ranks: 1 },
  },

  model: (state) => average(/** @type {any} */ (state)),

  view({ ways, total }, state, width, words) {
    const names = Object.keys(WAYS);
    const box = { x: 12, y: 30, width: width - 24, height: names.length * ROW + 6 };
    const relative = names.map((name) => ways[name].weights.map((weight) => weight * total));
    const x = { ...around(relative.flat(), { log: true, include: [0.3, 3] }), log: true };
    const { svg, X } = axes(box, {
      x,
      y: { from: 0, to: 1 },
      yTicks: [],
      title: words.say("title"),
      xLabel: words.say("relative"),
    }, words);
    const rows = names.map((name, row) => {
      const y = box.y + row * ROW + 32;
      const dots = relative[row].map((weight, index) =>
        Number.isFinite(weight)
          ? `<circle class="x-ring x-${name === "total" ? 2 : 0}" cx="${round(X(weight))}" cy="${round(y)}" r="${
            round(2.5 + Math.sqrt(state.lengths[index]) * 0.9)
          }"/>`
          : ""
      );
      const error = words.say("error", { error: 100 * ways[name].error });
      return text(box.x + 4, y - 15, words.say(`way.${name}`), "x-over") +
        text(box.x + box.width - 4, y - 15, error, "x-tick x-end x-over") + dots.join("");
    });
    const one = `<path class="x-rule" d="M${round(X(1))} ${box.y}v${box.height}"/>`;
    return picture(width, box.y + box.height + 42, words.say("alt"), svg + one + rows.join(""));
  },

  sentence({ parts, ways, total }, _state, words) {
    if (!total) return words.say("nothing");
    const weights = ways.mean.weights.filter((weight) => Number.isFinite(weight));
    const empty = parts.filter(({ counted }) => !counted).length;
    const counts = words.join(parts.map(({ counted }) => words.number(counted)));
    return [
      words.say("parts", { count: parts.length, counts, total }),
      words.say("spread", { factor: Math.max(...weights) / Math.min(...weights), error: 100 * ways.mean.error }),
      empty ? words.say("empty", { count: empty }) : "",
    ].join(" ").trim();
  },

  table: ({ ways, total }, _state, words) => ({
    head: ["way", "least", "most", "gradient_0", "gradient_1", "error_head"].map((key) => words.say(key)),
    rows: Object.entries(ways).map(([name, { weights, gradient, error }]) => {
      const relative = weights.map((weight) => weight * total).filter((weight) => Number.isFinite(weight));
      return [words.say(`way.${name}`), Math.min(...relative), Math.max(...relative), ...gradient, error].map((cell) =>
        cell === Infinity || cell === -Infinity ? NaN : cell
      );
    }),
  }),

  program: (state) =>
    `import torch
import torch.nn.functional as F

lengths, masked = [${state.lengths.join(", ")}], ${state.masked}
accumulation, ranks = ${state.accumulation}, ${state.ranks}
torch.manual_seed(${state.seed})
x = torch.randn(sum(lengths), 2, dtype=torch.float64)
sequences = []
for tokens in x.split(lengths):
    sign = 1 if len(tokens) > sum(lengths) / len(lengths) else -1
    target = (tokens[:, 0] + sign * tokens[:, 1] > 0).long()
    target[:masked] = -100  # cross_entropy ignores these
    sequences.append((tokens, target))
parts = [sequences[part :: accumulation * ranks] for part in range(accumulation * ranks)]
total = sum((target != -100).sum().item() for _, target in sequences)


def loss(way, part, theta):
    tokens = torch.cat([x[:0], *(tokens for tokens, _ in part)])
    target = torch.cat([torch.empty(0, dtype=torch.long), *(target for _, target in part)])
    if way == "mean":
        return F.cross_entropy(tokens @ theta, target) / accumulation
    if way == "undivided":
        return F.cross_entropy(tokens @ theta, target)
    if way == "places":
        return F.cross_entropy(tokens @ theta, target, reduction="none").sum() / len(target) / accumulation
    if way == "sequences":
        means = [F.cross_entropy(tokens @ theta, target) for tokens, target in part]
        return sum(means, 0 * theta.sum()) / max(len(part), 1) / accumulation
    summed = F.cross_entropy(tokens @ theta, target, reduction="sum")
    return summed if way == "sum" else summed * ranks / total


for way in ("mean", "undivided", "places", "sequences", "sum", "total"):
    theta = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    for part in parts:
        loss(way, part, theta).backward()  # what every process adds up
    gradient = theta.grad[:, 1] / ranks  # DistributedDataParallel averages over the processes
    print(f"{way:<10}  gradient {gradient[0]:.6g} {gradient[1]:.6g}")
`,
};

mount(explorer);

// Cross entropy at a point: three logits and a target, their probabilities, and the gradient p − y.

import { number } from "./model/python.js";
import { crossEntropy } from "./model/softmax.js";
import { mount } from "./ui/mount.js";
import { choice, linear, log } from "./ui/spec.js";
import { inverse, panels, picture, round } from "./view/axes.js";
import { bars } from "./view/bars.js";
import { handle } from "./view/curves.js";

/** @typedef {import("./ui/spec.js").State} State */

const CLASSES = [0, 1, 2];
const LOGITS = { from: -6.6, to: 6.6 };

/** @param {State} state */
const logits = (state) => CLASSES.map((index) => state[`logit_${index}`]);

/** @param {State} state */
const weights = (state) => CLASSES.map((index) => state[`weight_${index}`]);

/** @type {import("./ui/figure.js").Explorer<ReturnType<typeof crossEntropy>>} */
export const explorer = {
  name: "cross-entropy",
  spec: {
    target: choice(["0", "1", "2"]),
    logit_0: linear(-6, 6, 2, 0.1),
    logit_1: linear(-6, 6, 1, 0.1),
    logit_2: linear(-6, 6, -1, 0.1),
    label_smoothing: linear(0, 1, 0, 0.05),
    weight_0: log(0.1, 10, 1),
    weight_1: log(0.1, 10, 1),
    weight_2: log(0.1, 10, 1),
    reduction: choice(["mean", "sum"]),
  },
  main: () => ["logit_0", "logit_1", "logit_2", "target"],
  more: () => ["label_smoothing", "weight_0", "weight_1", "weight_2", "reduction"],
  presets: {
    sure: { logit_0: 5, logit_1: -1, logit_2: -2 },
    wrong: { logit_0: -4, logit_1: 4, logit_2: 0 },
    unsure: { logit_0: 0, logit_1: 0, logit_2: 0 },
    smooth: { logit_0: 6, logit_1: -2, logit_2: -2, label_smoothing: 0.1 },
    weighted: { weight_0: 5 },
    weighted_sum: { weight_0: 5, reduction: "sum" },
  },

  model: (state) =>
    crossEntropy(logits(state), Number(state.target), {
      smoothing: state.label_smoothing,
      weight: weights(state),
      mean: state.reduction === "mean",
    }),

  view({ probabilities, wanted, gradient }, state, width, words) {
    const { boxes, height } = panels(width, 3, width < 500 ? 120 : 190, { left: 40 });
    const names = CLASSES.map((index) =>
      words.say(String(index) === state.target ? "target_class" : "class", { index })
    );
    const most = gradient.reduce((a, b) => Math.max(a, Math.abs(b)), 1) * 1.18;
    const left = bars(boxes[0], {
      values: logits(state),
      names,
      y: LOGITS,
      title: words.say("logits"),
      looks: [5, 5, 5],
      gap: 11,
    }, words);
    const middle = bars(boxes[1], {
      values: probabilities,
      names,
      y: { from: 0, to: 1.1 },
      title: words.say("title.p"),
    }, words);
    const marks = wanted.map((share, index) => {
      if (!share) return "";
      const [x, y] = [round(middle.X(index)), round(middle.Y(share))];
      return `<path class="x-rule x-mark" d="M${round(x - 26)} ${y}h52"/>`;
    });
    const y = { from: -most, to: most };
    const right = bars(boxes[2], { values: gradient, names, y, title: words.say("gradient"), looks: [1, 1, 1] }, words);
    const handles = CLASSES.map((index) => handle(left.X(index), left.Y(logits(state)[index]), `logit_${index}`));
    return picture(
      width,
      height,
      words.say("alt"),
      left.svg + middle.svg + marks.join("") + right.svg + handles.join(""),
    );
  },

  sentence: ({ loss, probabilities, gradient }, state, words) =>
    words.say("sentence", {
      index: Number(state.target),
      p: probabilities[Number(state.target)],
      loss,
      sum: words.number(Number(gradient.reduce((a, b) => a + b).toFixed(9))),
    }),

  table: ({ probabilities, wanted, gradient }, state, words) => ({
    head: ["class", "logits", "title.p", "title.y", "gradient"].map((key) =>
      key === "class" ? words.say("class_name") : words.say(key)
    ),
    rows: CLASSES.map((index) => [
      String(index),
      logits(state)[index],
      probabilities[index],
      wanted[index],
      gradient[index],
    ]),
  }),

  program: (state) =>
    `import torch
import torch.nn.functional as F

logits = torch.tensor([[${
      logits(state).map((each) => number(each)).join(", ")
    }]], dtype=torch.float64, requires_grad=True)
target = torch.tensor([${state.target}])
loss = F.cross_entropy(
    logits,
    target,
    weight=torch.tensor([${weights(state).map((each) => number(each)).join(", ")}], dtype=torch.float64),
    label_smoothing=${number(state.label_smoothing)},
    reduction="${state.reduction}",
)
loss.backward()
print(f"loss {loss.item():.6g}")
for p, slope in zip(logits.softmax(dim=1)[0].tolist(), logits.grad[0].tolist()):
    print(f"probability {p:.6g}  gradient {slope:.6g}")
`,

  drag(name, { y }, _result, _state, width) {
    const box = panels(width, 3, width < 500 ? 120 : 190, { left: 40 }).boxes[0];
    const where = inverse(LOGITS, box.y + box.height, box.y)(y);
    return { [name]: Number(Math.min(Math.max(where, -6), 6).toFixed(1)) };
  },
};

mount(explorer);

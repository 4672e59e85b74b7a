# --8<-- [start:in-six-lines]
import torch
from torch import nn

labels = torch.tensor([1.0] * 50 + [0.0] * 950)
logits = torch.linspace(-6, 6, 1201)  # every answer that a model could give
for weight in (1.0, 20.0):
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight))
    losses = torch.stack([loss(z.expand(1000), labels) for z in logits])
    z = logits[losses.argmin()]
    print(f"pos_weight {weight:2.0f}: best logit {z:5.2f}, q {z.sigmoid():.2f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math
from functools import partial

import matplotlib.pyplot as plt
import torch.nn.functional as F
from sklearn.datasets import load_digits

# --8<-- [end:imports]
assert abs(z - math.log(0.05 / 0.95) - math.log(20)) < 0.01, "the weight 20 adds log 20"
assert f"{math.log(20):.2f}" == "3.00", "log 20 = 3.00"

# --8<-- [start:data]
digits = load_digits()
pixels = torch.tensor(digits.data) / 16
eight = torch.tensor(digits.target == 8)


def split(seed):
    """1600 others and 80 eights: half of each for training, half for the test."""
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(eight), generator=generator)
    others = shuffled[~eight[shuffled]][:1600]
    eights = shuffled[eight[shuffled]][:80]
    train, test = (torch.cat([others[i::2], eights[i::2]]) for i in (0, 1))
    return pixels[train], eight[train].double(), pixels[test], eight[test].double()


splits = [split(seed) for seed in range(5)]
_, _, _, target = splits[0]
print(f"test: {len(target)} digits, {target.sum():.0f} eights")
print(f"accuracy of always saying no: {1 - target.mean():.3f}")
# --8<-- [end:data]
for _, train_target, _, test_target in splits:
    for half in (train_target, test_target):
        assert (len(half), half.sum()) == (840, 40), "each half of each split has 40 eights for 800 others"
assert round(1 - target.mean().item(), 2) == 0.95, "a model that never finds an eight is right in 95 % of all cases"
assert round(target.mean().item(), 3) == 0.048, "the share of eights is 0.048"


# --8<-- [start:from-scratch]
def focal_loss(input, target, gamma=2.0, alpha=None, reduction="mean"):
    log_yes, log_no = F.logsigmoid(input), F.logsigmoid(-input)  # log q, log(1 − q)
    if_positive = -torch.exp(gamma * log_no) * log_yes
    if_negative = -torch.exp(gamma * log_yes) * log_no
    if alpha is not None:
        if_positive, if_negative = alpha * if_positive, (1 - alpha) * if_negative
    loss = target * if_positive + (1 - target) * if_negative
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]


# --8<-- [end:from-scratch]
far = torch.linspace(-40, 40, 81, dtype=torch.float64)
soft = torch.linspace(0, 1, 81, dtype=torch.float64)
torch.testing.assert_close(
    focal_loss(far, soft, gamma=0),
    F.binary_cross_entropy_with_logits(far, soft),
    msg="at γ = 0 and without α the focal loss is binary cross entropy, for soft targets too",
)

soft_loss = 0.9 * focal_loss(far, torch.ones(81)) + 0.1 * focal_loss(far, torch.zeros(81))
torch.testing.assert_close(focal_loss(far, torch.full((81,), 0.9)), soft_loss, msg="a soft target mixes the two losses")
assert torch.tensor(0.9).long() == 0, "`long()` would cut 0.9 to 0"

# --8<-- [start:share]
logit = torch.tensor([-3.0] * 1000 + [-1.0] * 10, requires_grad=True)
label = torch.tensor([0.0] * 1000 + [1.0] * 10)  # easy others, missed eights
print("γ  share of the easy ones in the gradient")
for gamma in (0, 1, 2, 5):
    loss = focal_loss(logit, label, gamma, reduction="sum")
    (slope,) = torch.autograd.grad(loss, logit)
    share = slope[:1000].abs().sum() / slope.abs().sum()
    print(f"{gamma}  {share:38.0%}")
# --8<-- [end:share]
assert round(logit[0].sigmoid().item(), 2) == 0.05, "a thousand easy negatives (q = 0.05)"
assert round(logit[-1].sigmoid().item(), 2) == 0.27, "ten positives that it misses (q = 0.27)"

# --8<-- [start:methods]
bce = F.binary_cross_entropy_with_logits


def class_weights(logit, target, **options):
    """The same model as two classes, with the logits 0 and `logit`."""
    logits = torch.stack([0 * logit, logit], dim=1)
    targets = torch.stack([1 - target, target], dim=1)  # as probabilities
    weight = logit.new_tensor([1, 20])
    return F.cross_entropy(logits, targets, weight=weight, **options)


def smoothed(logit, target, **options):
    return bce(logit, 0.9 * target + 0.1 / 2, **options)


methods = {
    "plain": bce,
    "pos_weight = 20": partial(bce, pos_weight=torch.tensor(20.0)),
    "class weights 1 : 20": class_weights,
    "smoothing 0.1": smoothed,
    "focal, γ = 2": focal_loss,
    "focal, γ = 2, α = ¼": partial(focal_loss, alpha=0.25),
}
# --8<-- [end:methods]

# --8<-- [start:teach]
true = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None]  # the share p
logit = torch.linspace(-6, 6, 2401, dtype=torch.float64)  # every answer
ones = torch.ones_like(logit)
best = {}
figure, axes = plt.subplots()
for name, method in methods.items():
    if_positive = method(logit, ones, reduction="none")
    if_negative = method(logit, 0 * ones, reduction="none")
    mean_loss = true * if_positive + (1 - true) * if_negative
    best[name] = logit[mean_loss.argmin(dim=1)].sigmoid()
    if name != "class weights 1 : 20":  # the same curve as pos_weight
        axes.plot(true, best[name], label=name)
axes.axhline(0.5, color="C5", linestyle=":", linewidth=1)
axes.legend()
axes.set(xlabel="share of positives p", ylabel="prediction q with the lowest loss")
# --8<-- [end:teach]
share = true[:, 0]
close = partial(torch.testing.assert_close, rtol=0, atol=2e-3)
end = torch.tensor(6.0).double().sigmoid()  # the grid of answers ends here
weighted = (20 * share / (19 * share + 1)).clamp(1 - end, end)
close(best["pos_weight = 20"], weighted, msg="with the weight w on the positives it is q = wp / (wp + 1 − p)")
close(best["class weights 1 : 20"], best["pos_weight = 20"], msg="class weights 1 : w teach the same as pos_weight w")
close(best["smoothing 0.1"], 0.9 * share + 0.05, msg="with smoothing it is (1 − ε)p + ε/2")
close(best["plain"], share.clamp(1 - end, end), msg="the answer to plain cross entropy is the true probability")
for name, curve in best.items():
    assert (curve.diff() >= 0).all(), "every curve rises with p"
    assert curve[-1] > curve[0], f"the curve of {name} is not flat"
focal = best["focal, γ = 2"]
assert (focal > share)[1:100].all(), "the focal loss pulls towards ½: below it, q is above p"
assert (focal < share)[101:-1].all(), "the focal loss pulls towards ½: above it, q is below p"
assert round(focal[10].item(), 2) == 0.25, "for p = 0.05 the focal loss with γ = 2 wants q = 0.25"
assert round(share[10].item(), 2) == 0.05, "p = 0.05"
first_yes = share[(best["focal, γ = 2, α = ¼"] > 0.5).nonzero()[0]].item()
assert abs(first_yes - 0.75) < 0.01, "focal with α = ¼ crosses one half at p = 0.75"
first_yes = share[(best["pos_weight = 20"] > 0.5).nonzero()[0]].item()
assert abs(first_yes - 1 / 21) < 0.005, "with pos_weight 20, q > ½ means p > 1/21"


# --8<-- [start:undo]
def focal_to_probability(q, gamma=2.0, alpha=0.5):
    """The share of positives for which the focal loss wants the prediction q."""

    def odds(q):
        return q / ((1 - q) ** gamma - gamma * q * (1 - q) ** (gamma - 1) * q.log())

    yes, no = (1 - alpha) * odds(q), alpha * odds(1 - q)
    return yes / (yes + no)


print("q     p      p with α = ¼")
for q in torch.tensor([0.1, 0.25, 0.5, 0.9]):
    plain, with_alpha = focal_to_probability(q), focal_to_probability(q, alpha=0.25)
    print(f"{q:.2f}  {plain:.3f}  {with_alpha:12.3f}")
# --8<-- [end:undo]
inside = (share > 0.01) & (share < 0.99)
for name, alpha in (("focal, γ = 2", 0.5), ("focal, γ = 2, α = ¼", 0.25)):
    back = focal_to_probability(best[name][inside], alpha=alpha)
    close(back, share[inside], msg=f"the closed form leads from the best q of {name} back to p")
assert round(focal_to_probability(torch.tensor(0.25)).item(), 2) == 0.05, "q = 0.25 means p = 0.05"


# --8<-- [start:fit]
def fit(method, inputs, targets):
    model = torch.nn.Linear(64, 1, dtype=inputs.dtype, device=inputs.device)
    torch.nn.init.zeros_(model.weight)
    torch.nn.init.zeros_(model.bias)
    optimizer = torch.optim.LBFGS(
        model.parameters(), max_iter=30, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        loss = method(model(inputs).squeeze(1), targets)
        loss = loss + 1e-3 * model.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return model


# --8<-- [end:fit]


# --8<-- [start:compare]
@torch.no_grad()
def report(name, logits, targets):
    yes = logits > 0  # the same as q > ½
    found = (yes * targets).sum()
    surest_first = logits.argsort(dim=1, descending=True)
    hits = targets.gather(1, surest_first)
    precision_at = hits.cumsum(1) / torch.arange(1, hits.shape[1] + 1)
    ranking = ((precision_at * hits).sum(1) / hits.sum(1)).mean()
    numbers = found / targets.sum(), found / yes.sum(), ranking
    numbers += logits.sigmoid().mean(), bce(logits, targets)
    print(f"{name:20}  {'  '.join(f'{number:9.2f}' for number in numbers)}")
    return [number.item() for number in numbers]


heads = "     recall  precision    ranking     mean q   log loss"
print(f"{'loss':20}{heads}")
logits, scores = {}, {}
targets = torch.stack([test_target for _, _, _, test_target in splits])
for name, method in methods.items():
    models = [fit(method, inputs, target) for inputs, target, _, _ in splits]
    test_inputs = [test_input for _, _, test_input, _ in splits]
    outputs = [model(test) for model, test in zip(models, test_inputs, strict=True)]
    logits[name] = torch.stack(outputs).squeeze(2).detach()
    scores[name] = report(name, logits[name], targets)
# --8<-- [end:compare]
ranking = [score[2] for score in scores.values()]
mean_q = [score[3] for score in scores.values()]
log_loss = [score[4] for score in scores.values()]
assert max(ranking) - min(ranking) < 0.03, "all six ranks lie within 0.03"
assert round(mean_q[0], 3) == 0.044, "the plain loss: its mean prediction is 0.044"
assert min(abs(q - 40 / 840) for q in mean_q) == abs(mean_q[0] - 40 / 840), "the plain loss: nearest to the truth"
assert min(log_loss) == log_loss[0], "the plain loss: its log loss is the lowest"
close(logits["class weights 1 : 20"], logits["pos_weight = 20"], msg="class weights 1 : 20: the same row as pos_weight")


def per_split(name):
    """Recall, precision and log loss of one method in each split."""
    yes = logits[name] > 0
    found = (yes * targets).sum(1)
    log_loss = bce(logits[name], targets, reduction="none").mean(1)
    return found / targets.sum(1), found / yes.sum(1), log_loss


recall, precision, loss_of_plain = per_split("plain")
recall_weighted, precision_weighted, _ = per_split("pos_weight = 20")
assert (recall_weighted > recall).sum() == 5, "pos_weight finds more eights than the plain loss in 5 of 5 splits"
assert (precision_weighted < precision).sum() == 5, "and its finds are less often eights in 5 of 5 splits"
for name in methods:
    if name != "plain":
        lower = loss_of_plain < per_split(name)[2]
        assert lower.sum() == 5, "the plain loss has the lowest log loss in 5 of 5 splits"
recall_focal, recall_alpha = per_split("focal, γ = 2")[0], per_split("focal, γ = 2, α = ¼")[0]
assert (recall_alpha < recall_focal).sum() == 5, "α = ¼ lowers the recall of the focal loss in 5 of 5 splits"
assert round(scores["focal, γ = 2"][0], 2) == 0.46, "without α the focal loss has a recall of 0.46"
assert round(scores["focal, γ = 2, α = ¼"][0], 2) == 0.07, "with α = ¼ the recall is 0.07"

# --8<-- [start:points]
figure, axes = plt.subplots()
for name in ("plain", "pos_weight = 20", "smoothing 0.1", *list(methods)[4:]):
    surest_first = logits[name].flatten().argsort(descending=True)
    found = targets.flatten()[surest_first].cumsum(0)
    recall = found / found[-1]
    precision = found / torch.arange(1, len(found) + 1)
    (line,) = axes.plot(recall[20:], precision[20:], linewidth=1, label=name)
    last = (logits[name] > 0).sum() - 1  # the last one above ½
    axes.plot(recall[last], precision[last], "o", color=line.get_color())
axes.legend(loc="lower left")
axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.05))
# --8<-- [end:points]

# --8<-- [start:shift]
shift = math.log(20)
print(f"{'model':20}{heads}")
up = report("plain, + log 20", logits["plain"] + shift, targets)
down = report("pos_weight, − log 20", logits["pos_weight = 20"] - shift, targets)
by_formula = focal_to_probability(logits["focal, γ = 2"].sigmoid()).logit()
undone = report("focal, closed form", by_formula, targets)
# --8<-- [end:shift]
recall_up, precision_up, mean_up, loss_up = up[0], up[1], up[3], up[4]
assert round(recall_up, 2) == 0.87, "the shifted plain model finds 87 % of the eights"
assert round(loss_up, 2) == 0.34, "the shift to the left costs the probabilities: a log loss of 0.34"
assert round(down[0], 2) == 0.45, "the shifted weighted model has a recall of 0.45"
assert round(scores["plain"][0], 2) == 0.42, "the plain model has a recall of 0.42"
assert round(down[4], 2) == 0.10, "the shifted weighted model has a log loss of 0.10"
assert round(log_loss[0], 2) == 0.09, "the plain model has a log loss of 0.09"
assert undone[:2] == scores["focal, γ = 2"][:2], "without α the closed form changes no answer at ½"
assert round(log_loss[4], 2) == 0.19, "the focal loss has a log loss of 0.19"
assert round(undone[4], 2) == 0.09, "after the closed form its log loss is 0.09"
torch.testing.assert_close(
    logits["plain"] + math.log(20) > 0,
    logits["plain"].sigmoid() > 1 / 21,
    msg="adding log w to the logit is the same as asking for q > 1/21",
)
plt.show()

# --8<-- [start:data]
import math
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

digits = load_digits()
pixels, eight = torch.tensor(digits.data) / 16, torch.tensor(digits.target == 8)


def split(seed):  # 1600 others and 80 eights, half of each for training, half for the test
    shuffle = torch.randperm(len(eight), generator=torch.Generator().manual_seed(seed))
    others, eights = shuffle[~eight[shuffle]][:1600], shuffle[eight[shuffle]][:80]
    return torch.stack([torch.cat([others[i::2], eights[i::2]]) for i in (0, 1)])


train, test = torch.stack([split(seed) for seed in range(5)], dim=1)  # five splits at once
x, y = pixels[train], eight[train].double()
x_test, y_test = pixels[test], eight[test].double()
print(f"each half: {y.shape[1]} digits, {y[0].sum():.0f} eights")
print(f"accuracy of always saying no: {1 - y_test.mean():.3f}")
# --8<-- [end:data]
assert y.shape == y_test.shape == (5, 840) and (y.sum(1) == 40).all() and (y_test.sum(1) == 40).all()


# --8<-- [start:from-scratch]
def focal_loss(input, target, gamma=2.0, alpha=None, reduction="mean"):
    loss = F.binary_cross_entropy_with_logits(input, target, reduction="none")
    right = target > 0.5
    log_miss = F.logsigmoid(torch.where(right, -input, input))  # log(1 − p of the true class)
    loss = torch.exp(gamma * log_miss) * loss
    if alpha is not None:
        loss = torch.where(right, alpha, 1 - alpha) * loss
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]


# --8<-- [end:from-scratch]
wide, at = torch.linspace(-40, 40, 81, dtype=torch.float64), torch.arange(81) % 2.0
assert torch.equal(focal_loss(wide, at.double(), 0), F.binary_cross_entropy_with_logits(wide, at.double()))

# --8<-- [start:share]
z = torch.tensor([-3.0] * 1000 + [-1.0] * 10, requires_grad=True)
label = torch.tensor([0.0] * 1000 + [1.0] * 10)  # 1000 easy others, 10 missed eights
for gamma in (0, 1, 2, 5):
    (slope,) = torch.autograd.grad(focal_loss(z, label, gamma, reduction="sum"), z)
    share = slope[:1000].sum() / slope.abs().sum()
    print(f"γ = {gamma}: the easy ones make {share:.0%} of the gradient")
# --8<-- [end:share]

# --8<-- [start:methods]
weights = torch.tensor([1.0, 20.0], dtype=torch.float64)  # others, eights
bce = F.binary_cross_entropy_with_logits


def two_classes(z, y, **options):  # the same model with the logits 0 and z
    return F.cross_entropy(torch.stack([0 * z, z], 1), y.long(), weight=weights, **options)


def smoothed(z, y, **options):
    return bce(z, 0.9 * y + 0.1 / 2, **options)


methods = {
    "plain": bce,
    "pos_weight = 20": partial(bce, pos_weight=weights[1]),
    "class weights 1 : 20": two_classes,
    "smoothing 0.1": smoothed,
    "focal, γ = 2": focal_loss,
    "focal, γ = 2, α = ¼": partial(focal_loss, alpha=0.25),
}
# --8<-- [end:methods]

# --8<-- [start:teach]
p = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None]  # the share of positives
z = torch.linspace(-6, 6, 2401, dtype=torch.float64)  # every answer, as a logit
best, place = {}, {"plain": (0.69, 0.84), "pos_weight = 20": (0.24, 0.76)}
place |= {"smoothing 0.1": (0.37, 0.62), "focal, γ = 2": (0.11, 0.43)}
place |= {"focal, γ = 2, α = ¼": (0.46, 0.26)}
figure, axes = plt.subplots()
for name, loss in methods.items():
    yes, no = loss(z, 1 + 0 * z, reduction="none"), loss(z, 0 * z, reduction="none")
    best[name] = z[(p * yes + (1 - p) * no).argmin(dim=1)].sigmoid()
    if name in place:
        axes.plot(p, best[name], f"C{list(place).index(name)}")
        axes.text(*place[name], name, color=f"C{list(place).index(name)}")
axes.axhline(0.5, color="C5", linestyle=":", linewidth=1)
axes.set(xlabel="share of positives p", ylabel="prediction with the lowest loss")
# --8<-- [end:teach]
q, share = best["pos_weight = 20"][1:-1], p[1:-1, 0]
inside = (20 * share / (20 * share + 1 - share) < 0.99) & (share > 0.02)
torch.testing.assert_close(q[inside], (20 * share / (19 * share + 1))[inside], atol=2e-3, rtol=0)
torch.testing.assert_close(best["class weights 1 : 20"], best["pos_weight = 20"], atol=2e-3, rtol=0)
torch.testing.assert_close(best["smoothing 0.1"], 0.9 * p[:, 0] + 0.05, atol=2e-3, rtol=0)
torch.testing.assert_close(best["plain"][2:-2], p[2:-2, 0], atol=2e-3, rtol=0)
focal = best["focal, γ = 2"]
assert ((focal > p[:, 0]) & (focal < 0.5))[1:100].all() and round(focal[10].item(), 2) == 0.25


# --8<-- [start:fit]
def fit(loss):  # five logistic regressions, one for each split
    weight = torch.zeros(5, 64, 1, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(5, 1, 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=80, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        penalty = 1e-3 * weight.square().sum() / 5
        objective = loss((x @ weight + bias)[..., 0], y) + penalty
        objective.backward()
        return objective

    optimizer.step(closure)
    return (x_test @ weight + bias)[..., 0].detach()


# --8<-- [end:fit]


# --8<-- [start:compare]
def report(name, z):
    yes = z > 0  # the same as p > ½
    hit = y_test.gather(1, z.argsort(dim=1, descending=True))  # labels, highest logit first
    precision = hit.cumsum(1) / torch.arange(1, 841)
    average = ((precision * hit).sum(1) / 40).mean()
    caught = (yes * y_test).sum()
    numbers = caught / 200, caught / yes.sum(), average, z.sigmoid().mean(), bce(z, y_test)
    print(f"{name:23}{' '.join(f'{number:9.2f}' for number in numbers)}")
    return [number.item() for number in numbers]


print(f"{'':23}   recall precision   ranking    mean p  log loss")
logits = {name: fit(loss) for name, loss in methods.items()}
scores = {name: report(name, z) for name, z in logits.items()}
# --8<-- [end:compare]
ranking, mean_p, log_loss = ([score[i] for score in scores.values()] for i in (2, 3, 4))
assert max(ranking) - min(ranking) < 0.03 and min(mean_p) == mean_p[0] and min(log_loss) == log_loss[0]
assert scores["plain"][0] < 0.45 and scores["plain"][1] > 0.95 and 0.7 < scores["pos_weight = 20"][0] < 0.8
rounded = {name: [round(number, 2) for number in score] for name, score in scores.items()}
assert rounded["pos_weight = 20"][1] == 0.45 and rounded["focal, γ = 2"][0] == 0.46 and round(mean_p[0], 3) == 0.044
assert rounded["focal, γ = 2, α = ¼"][0] == 0.07

# --8<-- [start:points]
labels = (0.3, 0.88), (0.79, 0.5), (0.24, 1.05), (0.5, 1.02), (0.01, 0.9)
figure, axes = plt.subplots()
for i, name in enumerate(place):
    z = logits[name].flatten()
    caught = y_test.flatten()[z.argsort(descending=True)].cumsum(0)
    recall, precision = caught / 200, caught / torch.arange(1, len(z) + 1)
    axes.plot(recall[20:], precision[20:], f"C{i}", linewidth=1)
    at = (z > 0).sum() - 1  # the last one above ½
    axes.plot(recall[at], precision[at], f"C{i}o")
    axes.text(*labels[i], name, color=f"C{i}")
axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.12))
# --8<-- [end:points]

# --8<-- [start:shift]
up = report("plain, z + log 20", logits["plain"] + math.log(20))
down = report("pos_weight, z − log 20", logits["pos_weight = 20"] - math.log(20))
# --8<-- [end:shift]
assert round(up[0], 2) == 0.87 and up[4] > log_loss[1] and down[4] < 0.11 and abs(down[0] - scores["plain"][0]) < 0.05

# --8<-- [start:same]
z, y = torch.linspace(-2, 2, 7).double(), torch.tensor([0, 0, 0, 1, 0, 0, 1]).double()
for reduction in ("sum", "mean"):
    one_logit = bce(z, y, pos_weight=weights[1], reduction=reduction)
    two_logits = two_classes(z, y, reduction=reduction)
    print(f"{reduction:4} pos_weight / class weights: {one_logit / two_logits:.4f}")
ten_times = F.cross_entropy(torch.stack([0 * z, z], 1), y.long(), weight=10 * weights)
print(f"class weights times 10: mean times {ten_times / two_logits:.1f}")
# --8<-- [end:same]
assert math.isclose(one_logit / two_logits, 45 / 7) and math.isclose(ten_times, two_logits)

# --8<-- [start:labels]
y = torch.tensor([[1.0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0], [1, 0, 0]])
positive = y.sum(dim=0)
pos_weight = (len(y) - positive) / positive.clamp(min=1)
print("pos_weight", pos_weight.tolist())
print(f"loss at p = ½: {bce(0 * y, y, pos_weight=pos_weight):.4f}")
try:
    bce(0 * y, y, pos_weight=torch.ones(6))
except RuntimeError as error:
    print(error)
# --8<-- [end:labels]
assert pos_weight.tolist() == [0.5, 5, 5]

# --8<-- [start:prior]
share = torch.tensor(40 / 840)
for name, bias in (("bias 0", torch.tensor(0.0)), ("log-odds", share.logit())):
    first = share * bce(bias, torch.tensor(1.0)) + (1 - share) * bce(bias, torch.tensor(0.0))
    print(f"{name:8} {bias:5.2f}: first loss {first:.3f}, first p {bias.sigmoid():.3f}")
# --8<-- [end:prior]
assert math.isclose(bias, -math.log(20), rel_tol=1e-5)
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


def log_sigmoid(x):
    small = torch.where(x < 0, x, -x)  # -|x|: its exponential never overflows
    return torch.where(x < 0, x, 0) - torch.log1p(torch.exp(small))


def multilabel_soft_margin_loss(input, target, weight=None, reduction="mean"):
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    loss = loss if weight is None else loss * weight
    loss = loss.sum(input.dim() - 1) / input.shape[-1]  # the last one: classes
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (5 * torch.randn(20, 6, dtype=torch.float64)).requires_grad_()
targets = torch.randint(2, (20, 6)), torch.rand(20, 6, dtype=torch.float64)
weights = [None]
weights += [torch.rand(size, dtype=torch.float64) for size in ((6,), (20, 1), (20, 6))]
worst = 0.0
for y, w, reduction in itertools.product(targets, weights, ("none", "mean", "sum")):
    ours = multilabel_soft_margin_loss(x, y, w, reduction)
    library = F.multilabel_soft_margin_loss(x, y, w, reduction=reduction)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, ((a - b).abs() / b.abs().clamp(min=1)).max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13
far = torch.tensor([1e4, -1e4], requires_grad=True)
loss = F.multilabel_soft_margin_loss(far, torch.tensor([0, 1]))
assert loss == 1e4 and torch.autograd.grad(loss, far)[0].tolist() == [0.5, -0.5]

# --8<-- [start:example]
x = torch.tensor([[0.0, 0.0], [math.log(3), -math.log(3)]], requires_grad=True)
y = torch.tensor([[1.0, 0.0], [1.0, 1.0]])  # two samples, two labels
loss = F.multilabel_soft_margin_loss(x, y)
loss.backward()
each = F.multilabel_soft_margin_loss(x, y, reduction="none")
print("per sample", [round(v, 4) for v in each.tolist()])
print("mean      ", round(loss.item(), 4))
print("gradient  ", [[round(v, 4) for v in row] for row in x.grad.tolist()])
# --8<-- [end:example]
wanted = [math.log(2), (math.log(4 / 3) + math.log(4)) / 2]
assert torch.allclose(each, torch.tensor(wanted)) and [round(v, 4) for v in wanted] == [0.6931, 0.837]
assert torch.allclose(x.grad, torch.tensor([[-0.5, 0.5], [-0.25, -0.75]]) / 4)
assert torch.allclose(x.grad, (torch.sigmoid(x) - y) / 4) and round(sum(wanted) / 2, 4) == 0.7651

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)  # the range of every loss page
figure, (left, right) = plt.subplots(1, 2)
for color, y, height in (("C0", 0.0, 3.05), ("C1", 0.3, 2.15), ("C2", 1.0, 0.1)):
    loss = F.multilabel_soft_margin_loss(x[:, None], torch.full((601, 1), y), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color)
    right.plot(x.detach(), slope, color)
    left.text(3.1, height, f"y = {y:g}", color=color, va="center")
    right.text(3.1, slope[-1].item(), f"{y:g}", color=color, va="center")
left.set(title="loss", xlabel="x, a logit", xticks=range(-3, 4))
right.set(title="gradient", xlabel="x, a logit", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.allclose(slope, torch.sigmoid(x) - 1, atol=1e-6) and -0.85 < math.log(0.3 / 0.7) < -0.8

# --8<-- [start:weight]
x, y = torch.zeros(2, 2), torch.ones(2, 2)  # every label costs log 2
weights = None, torch.tensor([1.0, 3.0]), torch.tensor([[1.0], [3.0]])
for name, w in zip(("no weight", "(2,)", "(2, 1)"), weights, strict=True):
    each = F.multilabel_soft_margin_loss(x, y, w, reduction="none") / math.log(2)
    mean = F.multilabel_soft_margin_loss(x, y, w) / math.log(2)
    print(f"{name:9}: {[round(v, 4) for v in each.tolist()]}, mean {mean:.1f}")
# --8<-- [end:weight]
assert torch.allclose(each, torch.tensor([1.0, 3.0])) and round(mean.item(), 4) == 2

# --8<-- [start:reduction]
x, y = torch.zeros(4, 5), torch.ones(4, 5)
for reduction in ("none", "mean", "sum"):
    ours = F.multilabel_soft_margin_loss(x, y, reduction=reduction)
    bce = F.binary_cross_entropy_with_logits(x, y, reduction=reduction)
    line = f"{reduction}: shape {tuple(ours.shape)}, total {ours.sum():.4f}"
    print(line + f"; BCE with logits: {tuple(bce.shape)}, {bce.sum():.4f}")
# --8<-- [end:reduction]
assert torch.isclose(bce, 5 * ours) and torch.isclose(ours, torch.tensor(4 * math.log(2)))

# --8<-- [start:padded]
x = torch.tensor([[2.0, -1.0, 0.5]])
multi_hot, listed = torch.tensor([[1, 0, 1]]), torch.tensor([[0, 2, -1]])  # labels 0 and 2
for name, y in (("multi-hot", multi_hot), ("indices", listed)):
    ours = F.multilabel_soft_margin_loss(x, y)
    bce = F.binary_cross_entropy_with_logits(x, y.float())
    print(f"{name:9}: {ours:.4f}, BCE with logits {bce:.4f}")
logits = torch.zeros(1, 3, requires_grad=True)
optimizer = torch.optim.SGD([logits], lr=1.0)
for _ in range(100):
    optimizer.zero_grad()
    loss = F.multilabel_soft_margin_loss(logits, listed)
    loss.backward()
    optimizer.step()
rounded = [round(v) for v in logits[0].tolist()]
print(f"indices, after 100 steps: {loss:.1f}, logits {rounded}")
# --8<-- [end:padded]
assert loss < -20 and logits[0, 1] > 30
bce = F.binary_cross_entropy_with_logits(x, multi_hot.float())
assert abs(F.multilabel_soft_margin_loss(x, multi_hot) - bce) < 1e-6

# --8<-- [start:rare]
y = (torch.arange(1000) % 10 == 0).float()[:, None]  # one label, true in 10 %
grid = torch.linspace(-4, 4, 801)


def best(loss):  # the best constant answer, as a probability
    return grid[torch.stack([loss(x.expand(1000, 1)) for x in grid]).argmin()].sigmoid()


w = torch.tensor([9.0])
ours = best(lambda x: F.multilabel_soft_margin_loss(x, y, w))
bce = best(lambda x: F.binary_cross_entropy_with_logits(x, y, pos_weight=w))
print(f"weight 9: best constant answer {ours:.2f}; pos_weight 9: {bce:.2f}")
# --8<-- [end:rare]
assert abs(ours - 0.1) < 0.005 and abs(bce - 0.5) < 0.005

# --8<-- [start:activated]
logits, y = torch.tensor([[20.0, -20.0, -20.0]]), torch.tensor([[1, 0, 0]])  # right and sure
last = ("logits ", logits), ("sigmoid", logits.sigmoid()), ("softmax", logits.softmax(1))
for name, x in last:
    print(name, round(F.multilabel_soft_margin_loss(x, y).item(), 4))
# --8<-- [end:activated]
lowest = (math.log(1 + math.exp(-1)) + 2 * math.log(2)) / 3
assert abs(F.multilabel_soft_margin_loss(logits.sigmoid(), y) - lowest) < 1e-6 and round(lowest, 4) == 0.5665
assert round(1 / (1 + math.exp(-1)), 2) == 0.73

# --8<-- [start:sequence]
x, y = torch.zeros(2, 10, 3), torch.ones(2, 10, 3)  # 2 sequences, 10 steps, 3 labels
print("classes last  ", tuple(F.multilabel_soft_margin_loss(x, y, reduction="none").shape))
x, y = x.mT, y.mT  # (2, 3, 10), as a convolution gives them
print("classes second", tuple(F.multilabel_soft_margin_loss(x, y, reduction="none").shape))
try:
    F.multilabel_soft_margin_loss(x, y, weight=torch.ones(3))
except RuntimeError as error:
    print("with a weight:", error)
# --8<-- [end:sequence]

# --8<-- [start:shapes]
x = torch.tensor([[9.0, -9.0, 9.0], [-9.0, 9.0, -9.0]])
full = torch.tensor([[1, 0, 1], [0, 1, 0]])  # what the logits say
for y in (full, full[:, :1], full[0]):
    print(tuple(y.shape), round(F.multilabel_soft_margin_loss(x, y).item(), 4))
# --8<-- [end:shapes]
for y in (full, full[:, :1].float(), full[0].float()):  # integers, shapes that only broadcast
    try:
        F.binary_cross_entropy_with_logits(x, y)
    except (RuntimeError, ValueError):
        continue
    raise AssertionError("BCEWithLogits accepts it")
assert F.multilabel_soft_margin_loss(x[:0], full[:0]).isnan()
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.MultiLabelSoftMarginLoss()
logits = torch.tensor([[2.0, -1.0, 0.0], [0.0, 0.0, 0.0]])
labels = torch.tensor([[1, 0, 1], [0, 0, 1]])  # 1: yes, 0: no
print(f"loss {loss(logits, labels):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.multilabel_soft_margin_loss(logits, labels, reduction="none")
assert f"{costs[0]:.2f}" == "0.38", "a sample with two right answers and an undecided one costs 0.38"
assert f"{costs[1]:.2f}" == f"{math.log(2):.2f}" == "0.69", "one that is undecided throughout log 2 = 0.69"


# --8<-- [start:from-scratch]
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
for size in ((6,), (20, 1), (20, 6)):
    weights.append(torch.rand(size, dtype=torch.float64))
worst = 0.0
reductions = ("none", "mean", "sum")
for y, w, reduction in itertools.product(targets, weights, reductions):
    ours = multilabel_soft_margin_loss(x, y, w, reduction)
    library = F.multilabel_soft_margin_loss(x, y, w, reduction=reduction)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for one, other in ((ours, library), (our_gradient, gradient)):
        difference = (one - other).abs() / other.abs().clamp(min=1)
        worst = max(worst, difference.max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
far, y = torch.tensor([1e4, -1e4], requires_grad=True), torch.tensor([0, 1])
assert multilabel_soft_margin_loss(far, y) == 1e4, "it neither overflows"
right = multilabel_soft_margin_loss(torch.tensor([-50.0]), torch.tensor([0]))
assert math.isclose(right, math.exp(-50), rel_tol=1e-5), "nor loses the small values"
zero = F.multilabel_soft_margin_loss(torch.zeros(1), torch.ones(1)).item()
assert round(zero, 4) == 0.6931, "log 2 ≈ 0.6931 at logits of 0"
assert torch.equal(nn.MultiLabelSoftMarginLoss()(far, y), F.multilabel_soft_margin_loss(far, y)), "the class, the same"

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
assert math.isclose(each[0].item(), math.log(2), rel_tol=1e-6), "logits of 0 cost log 2 each, whatever the target"
assert torch.allclose(x.sigmoid(), torch.tensor([[1 / 2, 1 / 2], [3 / 4, 1 / 4]])), "1/2, 3/4 and 1/4"
wanted = (math.log(4 / 3) + math.log(4)) / 2
assert math.isclose(each[1].item(), wanted, rel_tol=1e-6), "they cost log 4/3 and log 4"
assert round(each[1].item(), 3) == 0.837, "on average 0.837"
assert torch.allclose(x.grad, (x.sigmoid() - y) / 2 / 2), "σ(x) − y, divided by 2 labels and by 2 samples"

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, y, height in (("C0", 0.0, 3.05), ("C1", 0.3, 2.15), ("C2", 1.0, 0.1)):
    target = torch.full((601, 1), y)
    loss = F.multilabel_soft_margin_loss(x[:, None], target, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color)
    right.plot(x.detach(), slope, color)
    left.text(3.1, height, f"y = {y:g}", color=color, va="center")
    right.text(3.1, slope[-1].item(), f"{y:g}", color=color, va="center")
left.set(title="loss", xlabel="x, a logit", xticks=range(-3, 4))
right.set(title="gradient", xlabel="x, a logit", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.allclose(slope, x.sigmoid() - y, atol=1e-6), "the gradient is the predicted probability minus the target"
assert round(math.log(0.3 / 0.7), 2) == -0.85, "for 0.3 the loss has its lowest point at a logit of −0.85"

# --8<-- [start:weight]
x, y = torch.zeros(2, 2), torch.ones(2, 2)  # every label costs log 2
weights = None, torch.tensor([1.0, 3.0]), torch.tensor([[1.0], [3.0]])
print("weight  losses / log 2  mean / log 2")
for name, w in zip(("none", "(2,)", "(2, 1)"), weights, strict=True):
    each = F.multilabel_soft_margin_loss(x, y, w, reduction="none") / math.log(2)
    mean = F.multilabel_soft_margin_loss(x, y, w) / math.log(2)
    losses = ", ".join(f"{value:.1f}" for value in each)
    print(f"{name:6}  {losses:14}  {mean:12.1f}")
# --8<-- [end:weight]
assert torch.allclose(each, torch.tensor([1.0, 3.0])), "for one weight per sample, (N, 1) is needed"
each = F.multilabel_soft_margin_loss(x, y, w.squeeze(1), reduction="none")
assert each[0] == each[1], "(N) would be taken for classes when N = C"
doubled = F.multilabel_soft_margin_loss(x, y, 2 * w)
assert doubled == 2 * F.multilabel_soft_margin_loss(x, y, w), "the mean never divides by the weights"

# --8<-- [start:reduction]
x, y = torch.zeros(4, 5), torch.ones(4, 5)
print("reduction  shape   total  shape of BCE  total of BCE")
for reduction in ("none", "mean", "sum"):
    ours = F.multilabel_soft_margin_loss(x, y, reduction=reduction)
    bce = F.binary_cross_entropy_with_logits(x, y, reduction=reduction)
    print(f"{reduction:9}  {tuple(ours.shape)!s:5}  {ours.sum():.4f}", end="")
    print(f"  {tuple(bce.shape)!s:12}  {bce.sum():12.4f}")
# --8<-- [end:reduction]
assert torch.isclose(bce, 5 * ours), "`sum` is smaller by the factor C = 5"
same = torch.isclose(F.binary_cross_entropy_with_logits(x, y), F.multilabel_soft_margin_loss(x, y))
assert same, "`mean` agrees with `BCEWithLogitsLoss`"
assert F.multilabel_soft_margin_loss(x, y, reduction="none").shape == (4,), "`none` has one value per sample"

# --8<-- [start:padded]
x = torch.tensor([[2.0, -1.0, 0.5]])
multi_hot = torch.tensor([[1, 0, 1]])  # the labels 0 and 2
listed = torch.tensor([[0, 2, -1]])  # the same as indices: wrong here
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
assert loss < 0, "there the loss has no floor, and turns negative"
bce = F.binary_cross_entropy_with_logits(x, multi_hot.float())
assert torch.isclose(F.multilabel_soft_margin_loss(x, multi_hot), bce), "the two agree to rounding"

# --8<-- [start:rare]
y = (torch.arange(1000) % 10 == 0).float()[:, None]  # one label, true in 10 %
grid = torch.linspace(-4, 4, 801)


def best(criterion):  # the best constant answer, as a probability
    losses = [criterion(x.expand(1000, 1), y) for x in grid]
    return grid[torch.stack(losses).argmin()].sigmoid()


w = torch.tensor([9.0])
ours = best(nn.MultiLabelSoftMarginLoss(weight=w))
bce = best(nn.BCEWithLogitsLoss(pos_weight=w))
print(f"weight 9: best constant answer {ours:.2f}; pos_weight 9: {bce:.2f}")
# --8<-- [end:rare]
assert y.mean() == 0.1, "a label that is true in 10 % of the samples"
assert torch.equal(ours, best(nn.MultiLabelSoftMarginLoss())), "it scales the yes and the no of a class alike"
assert round(bce.item(), 2) == 0.5, "with 9 it balances 10 % against 90 %"

# --8<-- [start:activated]
logits = torch.tensor([[20.0, -20.0, -20.0]])
y = torch.tensor([[1, 0, 0]])
inputs = {
    "logits": logits,
    "sigmoid": logits.sigmoid(),
    "softmax": logits.softmax(1),
}
print("input      loss")
for name, x in inputs.items():
    print(f"{name:7}  {F.multilabel_soft_margin_loss(x, y):.4f}")
# --8<-- [end:activated]
second = torch.linspace(-20, 20, 801).sigmoid().sigmoid()
assert second.min() == 1 / 2, "a second one leaves only probabilities from 1/2"
assert round(second.max().item(), 2) == 0.73, "to 0.73"
absent = F.multilabel_soft_margin_loss(torch.zeros(1), torch.zeros(1))  # a sigmoid's lowest output is 0
assert math.isclose(absent, math.log(2), rel_tol=1e-6), "a label that is absent costs at least log 2"

# --8<-- [start:sequence]
x, y = torch.zeros(2, 10, 3), torch.ones(2, 10, 3)  # 10 steps, 3 labels each
each = F.multilabel_soft_margin_loss(x, y, reduction="none")
print("classes last  ", tuple(each.shape))
x, y = x.mT, y.mT  # (2, 3, 10), as a convolution gives them
each = F.multilabel_soft_margin_loss(x, y, reduction="none")
print("classes second", tuple(each.shape))
try:
    F.multilabel_soft_margin_loss(x, y, weight=torch.ones(3))
except RuntimeError as error:
    print("with a weight:", error)
# --8<-- [end:sequence]
torch.manual_seed(0)
x, y = torch.randn(2, 3, 10), torch.randint(2, (2, 3, 10))
moved = F.multilabel_soft_margin_loss(x.movedim(1, -1), y.movedim(1, -1))
assert torch.isclose(F.multilabel_soft_margin_loss(x, y), moved), "`mean` without `weight` is still right"
w, x, y = torch.tensor([1.0, 2, 3]), x[..., :3], y[..., :3]
moved = F.multilabel_soft_margin_loss(x.movedim(1, -1), y.movedim(1, -1), w)
assert not torch.isclose(F.multilabel_soft_margin_loss(x, y, w), moved), "with both sizes equal, weights the wrong one"

# --8<-- [start:shapes]
x = torch.tensor([[9.0, -9.0, 9.0], [-9.0, 9.0, -9.0]])
full = torch.tensor([[1, 0, 1], [0, 1, 0]])  # what the logits say
print("target    loss")
for y in (full, full[:, :1], full[0]):
    print(f"{tuple(y.shape)!s:6}  {F.multilabel_soft_margin_loss(x, y):.4f}")
# --8<-- [end:shapes]
for y in (full, full[:, :1].float(), full[0].float()):
    try:
        F.binary_cross_entropy_with_logits(x, y)
        refused = False
    except (RuntimeError, ValueError):
        refused = True
    assert refused, "it also refuses integer targets and shapes that only broadcast"
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.MultiMarginLoss()
scores = torch.tensor([[1.0, 0.5, 2.0, -1.0], [3.0, 1.0, 0.0, 2.0]])
classes = torch.tensor([0, 0])  # the right ones
print(f"loss {loss(scores, classes):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F
from sklearn.metrics import hinge_loss

# --8<-- [end:imports]
costs = F.multi_margin_loss(scores, classes, reduction="none")
assert costs[0] == 0.625, "a right class with the score 1, among 0.5, 2 and −1, costs 0.625"
assert costs[1] == 0, "one that leads all others by 1 or more costs nothing"


# --8<-- [start:from-scratch]
def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, reduction="mean"
):
    x, y = torch.atleast_2d(input), target.reshape(-1, 1)
    n, c = x.shape
    if p not in (1, 2):
        raise ValueError("only p = 1 and p = 2 are supported")
    in_range = ((y >= 0) & (y < c)).all()
    if y.shape[0] != n or target.dim() > 1 or not in_range:
        raise RuntimeError("target needs one class, 0 to C - 1, per row of input")
    if weight is not None and weight.shape != (c,):
        raise ValueError("weight must have one entry per class")
    missing = margin - x.gather(1, y) + x
    wrong = (torch.arange(c) != y) & (missing > 0)  # not the right class itself
    loss = torch.where(wrong, missing, 0) ** p
    loss = loss if weight is None else loss * weight[y]
    loss = (loss.sum(1) / c).reshape(target.shape)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(20, 6, dtype=torch.float64).requires_grad_()
y, w = torch.randint(6, (20,)), torch.rand(6, dtype=torch.float64)
worst, margins, reductions = 0.0, (0.0, 0.5, 1.0, 3.0), ("none", "mean", "sum")
every = itertools.product((1, 2), margins, (None, w), reductions)
for p, margin, weight, reduction in every:
    options = dict(p=p, margin=margin, weight=weight, reduction=reduction)
    ours = multi_margin_loss(x, y, **options)
    library = F.multi_margin_loss(x, y, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert len(margins) == 4, "four margins"
assert nn.MultiMarginLoss().margin == 1.0, "nn.MultiMarginLoss(p=1, margin=1.0)"
corner = torch.tensor([1.0, 0.0], requires_grad=True)
F.multi_margin_loss(corner, torch.tensor(0)).backward()
assert corner.grad.tolist() == [0, 0], "where a class misses the margin by exactly 0, the gradient is 0"

# --8<-- [start:example]
x = torch.tensor([[1.0, 0.5, 2.0, -1.0]], requires_grad=True)  # scores of 4 classes
y = torch.tensor([0])
for p in (1, 2):
    loss = F.multi_margin_loss(x, y, p=p)
    (slope,) = torch.autograd.grad(loss, x)
    print(f"p = {p}: loss {loss.item()}, gradient {(slope + 0).tolist()}")
# --8<-- [end:example]
assert F.multi_margin_loss(x, y) == 2.5 / 4, "for p = 1 that is 2.5 / 4 = 0.625"
assert loss == (0.25 + 4) / 4, "for p = 2 it is (0.25 + 4) / 4 = 1.0625"
assert (1 - x[0, 0] + x[0, 1:]).tolist() == [0.5, 2, -1], "the others miss the margin by 0.5, by 2, and not at all"
assert slope[0, 2] / slope[0, 1] == 2 / 0.5, "with p = 2 each is pushed by what it misses"
(slope,) = torch.autograd.grad(F.multi_margin_loss(x, y), x)
assert slope.tolist() == [[-2 / 4, 1 / 4, 1 / 4, 0]], "1/C by each class in the margin, minus their sum by the right"
(slope,) = torch.autograd.grad(F.multi_margin_loss(x, y, p=2), x, create_graph=True)
try:
    slope.sum().backward()
    message = ""
except RuntimeError as error:
    message = str(error)
assert "multi_margin_loss_backward is not implemented" in message, "it refuses a second derivative"
try:
    F.multi_margin_loss(x, y, p=3)
    refused = False
except ValueError:
    refused = True
assert refused, "anything else than p = 1 and p = 2 is a `ValueError`"

# --8<-- [start:curves]
s = torch.linspace(-3, 3, 601, requires_grad=True)
x = torch.stack((s, torch.zeros(601), torch.ones(601)), dim=1)
y = torch.zeros(601, dtype=torch.long)  # class 0 is right
figure, (left, right) = plt.subplots(1, 2)
for color, p, place in (("C0", 1, (-2.9, 1.4)), ("C1", 2, (-0.9, 6.0))):
    loss = F.multi_margin_loss(x, y, p=p, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), s, retain_graph=True)
    left.plot(s.detach(), loss.detach(), color)
    right.plot(s.detach(), slope, color)
    left.text(*place, f"p = {p}", color=color)
left.set(title="loss", xlabel="score of the right class", xticks=range(-3, 4))
right.set(title="gradient", xlabel="score of the right class", xticks=range(-3, 4))
# --8<-- [end:curves]
assert loss[s > 2.01].max() == 0, "both are 0 from 2 on"
assert loss[s < 1.99].min() > 0, "the one at 1 drops out from 2 on"
(slope,) = torch.autograd.grad(F.multi_margin_loss(x, y, reduction="sum"), s)
assert torch.allclose(slope[s < 0.99], torch.tensor(-2 / 3)), "the gradient for p = 1 steps from −2/3"
assert torch.allclose(slope[(s > 1.01) & (s < 1.99)], torch.tensor(-1 / 3)), "to −1/3 at 1"
assert slope[s > 2.01].abs().max() == 0, "and to 0 at 2"

# --8<-- [start:margin]
x, y = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0])  # right, by a lead of 1
print("margin    loss")
for margin in (0.0, 1.0, 1.5, 3.0):
    print(f"{margin:<6}  {F.multi_margin_loss(x, y, margin=margin):.4f}")
# --8<-- [end:margin]
assert x[0, 0] - x[0, 1] == 1, "here the right class leads by 1"
scaled = F.multi_margin_loss(10 * x, y, margin=10 * 3.0)
assert scaled == 10 * F.multi_margin_loss(x, y, margin=3.0), "scores and `margin` times k multiply the loss by k"

# --8<-- [start:weight]
x, y = torch.zeros(3, 2), torch.tensor([0, 1, 1])  # each loss is 1/2
w = torch.tensor([1.0, 5.0])
for reduction in ("none", "mean", "sum"):
    loss = F.multi_margin_loss(x, y, weight=w, reduction=reduction)
    print(reduction, [round(value, 4) for value in loss.reshape(-1).tolist()])
# --8<-- [end:weight]
each = F.multi_margin_loss(x, y, reduction="none")
assert each.unique() == 1 / 2, "every sample here costs 1/2 before the weight"
assert math.isclose(F.multi_margin_loss(x, y, weight=w), 5.5 / 3, rel_tol=1e-6), "`mean` is 5.5 / 3"
raised = F.multi_margin_loss(x, y, weight=2 * w)
assert raised > F.multi_margin_loss(x, y, weight=w), "raising all weights raises the loss"
assert w[y].sum() == 1 + 5 + 5, "the weights of the targets, 1 + 5 + 5 = 11"
each = F.cross_entropy(x, y, w, reduction="none")
assert torch.isclose(F.cross_entropy(x, y, w), each.sum() / 11), "`CrossEntropyLoss` would divide by these"
assert loss / w[y].sum() == 0.5, "for that weighted mean take `sum` and divide by `weight[target].sum()`"

# --8<-- [start:power]
x, y = torch.tensor([[1.0, 0.5, 2.0]]), torch.tensor([0])
w = torch.tensor([3.0, 1.0, 1.0])
missing = torch.tensor([0.5, 2.0])  # 1 - 1 + 0.5 and 1 - 1 + 2
print("weight   loss")
print("library ", F.multi_margin_loss(x, y, p=2, weight=w).item())
print("outside ", (3 * missing**2).sum().item() / 3)
print("inside  ", ((3 * missing) ** 2).sum().item() / 3)
# --8<-- [end:power]
assert F.multi_margin_loss(x, y, p=2, weight=w) == (3 * missing**2).sum() / 3, "outside"

# --8<-- [start:classes]
y = torch.tensor([0])
print("classes  start  one too high")
for c in (2, 10, 1000):
    start = F.multi_margin_loss(torch.zeros(1, c), y)  # all scores equal
    x = torch.full((1, c), -2.0)
    x[0, :2] = torch.tensor([0.0, 3.0])  # class 1 leads by 3, others are far below
    wrong = F.multi_margin_loss(x, y)
    print(f"{c:<7}  {start:.3f}  {wrong:12.3f}")
# --8<-- [end:classes]
for c, p, margin in itertools.product((2, 10, 1000), (1, 2), (0.5, 1.0, 3.0)):
    start = F.multi_margin_loss(torch.zeros(1, c), y, p=p, margin=margin)
    wanted = margin**p * (c - 1) / c
    assert math.isclose(start, wanted, rel_tol=1e-5), "when all scores are equal, marginᵖ (C − 1) / C"
assert F.multi_margin_loss(x[:, :2], y) == 2, "the same mistake costs 2 among 2 classes"
assert round(wrong.item(), 4) == 0.004, "and 0.004 among 1000"
x.requires_grad_()
(slope,) = torch.autograd.grad(F.multi_margin_loss(x, y), x)
assert math.isclose(slope.max(), 1 / 1000, rel_tol=1e-6), "and its gradient is 1/C as well"

# --8<-- [start:softmax]
logits = torch.tensor([[0.0, 1.0, 2.0], [0.0, 9.0, 18.0]], requires_grad=True)
y = torch.tensor([0, 0])  # unsure, and very sure of the wrong class
print("input    loss           gradient by class 0")
for name, x in (("scores ", logits), ("softmax", logits.softmax(1))):
    each = F.multi_margin_loss(x, y, reduction="none")
    (slope,) = torch.autograd.grad(each.sum(), logits, retain_graph=True)
    loss = ", ".join(f"{value:.3f}" for value in each)
    by_right = ", ".join(f"{value:.0e}" for value in slope[:, 0])
    print(f"{name}  {loss:13}  {by_right}")
# --8<-- [end:softmax]
assert torch.allclose(each, 1 - x[:, 0]), "on probabilities with p = 1 and margin 1 the sum collapses to 1 − x_y"
assert slope[1].abs().max() < 0.001, "it vanishes, below 0.001, just where the model is sure of the wrong class"

# --8<-- [start:most]
def crammer_singer(x, y):
    missing = 1 - x.gather(1, y[:, None]) + x
    return missing.scatter(1, y[:, None], 0).amax(1).clamp(min=0).mean()


x, y = torch.tensor([[0.5, 1.0, 2.0], [3.0, 0.0, 1.0]]), torch.tensor([0, 1])
everything = 3 * F.multi_margin_loss(x, y)
print("hinge              loss")
print("all wrong classes ", round(everything.item(), 3))
print("the worst one     ", round(crammer_singer(x, y).item(), 3))
print("scikit-learn      ", hinge_loss(y, x, labels=[0, 1, 2]))
# --8<-- [end:most]
missing = torch.tensor([1.5, 2.5, 4.0, 2.0])  # the first sample's two wrong classes, then the second's
assert math.isclose(3 * F.multi_margin_loss(x, y), missing.sum() / 2, rel_tol=1e-6), "adds all wrong classes"
assert crammer_singer(x, y) == (2.5 + 4) / 2, "takes only the worst"
assert hinge_loss(y, x, labels=[0, 1, 2]) == crammer_singer(x, y), "which scikit-learn's `hinge_loss` computes"

# --8<-- [start:ignore]
x, y = torch.zeros(3, 4), torch.tensor([2, -100, 0])
try:
    F.multi_margin_loss(x, y)
except RuntimeError as error:
    print("error:", error)
keep = y != -100
print("kept: ", F.multi_margin_loss(x[keep], y[keep]).item())
# --8<-- [end:ignore]
assert keep.sum() == 2, "the −100 that other losses skip is an error here"

# --8<-- [start:targets]
x = torch.zeros(2, 3)
targets = {
    "one-hot": [[0, 0, 1], [1, 0, 0]],
    "column": [[2], [0]],
    "floats": [2.0, 0.0],
}
for name, y in targets.items():
    try:
        F.multi_margin_loss(x, torch.tensor(y))
    except RuntimeError as error:
        print(f"{name}: {error}")
pixels = torch.zeros(2, 3, 4, 5)  # classes second
y = torch.zeros(2, 4, 5, dtype=torch.long)
flat = pixels.movedim(1, -1).reshape(-1, 3)
print("pixels:", round(F.multi_margin_loss(flat, y.reshape(-1)).item(), 3))
# --8<-- [end:targets]
assert len(flat) == y.numel(), "move the classes last and flatten"

# --8<-- [start:empty]
torch.use_deterministic_algorithms(True)  # fills fresh memory with nan
x, y = torch.zeros(0, 3), torch.zeros(0, dtype=torch.long)
print([F.multi_margin_loss(x, y, reduction=r).item() for r in ("mean", "sum")])
print([F.cross_entropy(x, y, reduction=r).item() for r in ("mean", "sum")])
torch.use_deterministic_algorithms(False)
# --8<-- [end:empty]
torch.use_deterministic_algorithms(True)
assert F.multi_margin_loss(x, y).isnan(), "a scalar that it never wrote, for `mean`"
assert F.multi_margin_loss(x, y, reduction="sum").isnan(), "and for `sum`"
torch.use_deterministic_algorithms(False)
assert F.cross_entropy(x, y).isnan(), "cross entropy does write its nan"
assert F.cross_entropy(x, y, reduction="sum") == 0, "and its 0"
plt.show()

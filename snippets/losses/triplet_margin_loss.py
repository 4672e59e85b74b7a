# --8<-- [start:call]
import torch
from torch import nn

loss = nn.TripletMarginLoss(margin=1.0)
anchor = torch.tensor([[0.0, 0.0], [0.0, 0.0]])
positive = torch.tensor([[0.0, 1.0], [0.0, 1.0]])  # at distance 1
negative = torch.tensor([[1.5, 0.0], [3.0, 4.0]])  # at distances 1.5 and 5
print(f"loss {loss(anchor, positive, negative):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.triplet_margin_loss(anchor, positive, negative, reduction="none")
assert [f"{cost:.1f}" for cost in costs] == ["0.5", "0.0"], "a lead of 0.5 costs 0.5, one of 4 costs nothing"


# --8<-- [start:from-scratch]
def pairwise_distance(x1, x2, p=2.0, eps=1e-6):  # for p >= 0, infinity included
    size = (x1 - x2 + eps).abs()  # eps is added before the absolute value
    if p == 0:
        return size.sign().sum(-1)
    if math.isinf(p):
        return size.amax(-1)
    zero = size == 0  # |.|**p has no useful slope there: leave those out
    power = torch.where(zero, 0, torch.where(zero, 1, size) ** p).sum(-1)
    zero = power == 0  # nor has the root
    return torch.where(zero, 0, torch.where(zero, 1, power) ** (1 / p))
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-loss]
def triplet_margin_loss(
    anchor, positive, negative,
    margin=1.0, p=2, eps=1e-6, swap=False, reduction="mean",
):  # fmt: skip
    if margin <= 0:
        raise ValueError("margin must be greater than 0")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError("all three need the same number of dimensions")
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = torch.minimum(far, pairwise_distance(positive, negative, p, eps))
    loss = (margin + near - far).clamp(min=0)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
torch.manual_seed(0)
triplet = torch.randn(3, 20, 6, dtype=torch.float64, requires_grad=True)
powers, eps_values = (0, 0.5, 1, 2, 3, math.inf), (0.0, 1e-6, 0.1)
reductions = ("none", "mean", "sum")
worst = 0.0
every = itertools.product((0.5, 2.0), powers, eps_values, (False, True), reductions)
for margin, p, eps, swap, reduction in every:
    options = dict(margin=margin, p=p, eps=eps, swap=swap, reduction=reduction)
    ours = triplet_margin_loss(*triplet, **options)
    library = F.triplet_margin_loss(*triplet, **options)
    zeros = dict(materialize_grads=True)  # p = 0 has no gradient at all
    (our_gradient,) = torch.autograd.grad(ours.sum(), triplet, **zeros)
    (gradient,) = torch.autograd.grad(library.sum(), triplet, **zeros)
    for one, other in ((ours, library), (our_gradient, gradient)):
        difference = (one - other).abs() / (1 + other.abs())
        worst = max(worst, difference.max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and all three gradients equal the library's"
assert len(powers) == 6, "six powers"
assert len(eps_values) == 3, "three values of ε"
default = nn.TripletMarginLoss()
assert default.margin == 1.0, "nn.TripletMarginLoss(margin=1.0, …)"
assert default.p == 2.0, "p=2.0"
assert default.eps == 1e-6, "eps=1e-06"
(gradient,) = torch.autograd.grad(F.triplet_margin_loss(*triplet, margin=50.0, reduction="sum"), triplet)
by_anchor, by_positive, by_negative = gradient.norm(dim=2)
assert torch.allclose(by_positive, torch.ones(20).double()), "length 1 by the positive"
assert torch.allclose(by_negative, torch.ones(20).double()), "and by the negative"
assert by_anchor.max() <= 2, "at most 2 by the anchor"

# --8<-- [start:example]
a = torch.zeros(3, 2, requires_grad=True)
p = torch.tensor([[3.0, 4.0], [0.0, 1.0], [0.0, 1.0]])  # distances 5, 1, 1
n = torch.tensor([[0.0, 2.0], [1.5, 0.0], [3.0, 4.0]])  # distances 2, 1.5, 5
loss = F.triplet_margin_loss(a, p, n)
loss.backward()
each = F.triplet_margin_loss(a, p, n, reduction="none")
print("loss", [round(v, 4) for v in each.tolist()], "mean", round(loss.item(), 4))
for row in a.grad.tolist():
    print("gradient", [round(v, 4) + 0.0 for v in row])  # + 0.0: no minus zero
# --8<-- [end:example]
assert round(each[0].item(), 4) == 1 + 5 - 2, "the positive is at distance 5, the negative at 2: 1 + 5 − 2 = 4"
assert round(each[1].item(), 4) == 1 + 1 - 1.5, "1 + 1 − 1.5 = 0.5"
assert each[2] == 0, "1 + 1 − 5 < 0, so 0"
assert round(loss.item(), 4) == 4.5 / 3, "the mean is 4.5 / 3 = 1.5"
units = (F.normalize(a - p, dim=1) - F.normalize(a - n, dim=1))[:2] / 3
assert torch.allclose(a.grad[:2], units, atol=1e-5), "the unit vector from the positive, minus that from the negative"
assert a.grad.norm(dim=1)[0] < a.grad.norm(dim=1)[1], "the first and worst triplet does not pull hardest"

# --8<-- [start:curves]
gap = torch.linspace(-3, 3, 601, requires_grad=True)  # d(a, p) − d(a, n)
a, n = torch.zeros(601, 1), torch.full((601, 1), 3.0)
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 0.5, "-", "left"),
    ("C1", 1.0, "--", "right"),
    ("C2", 2.0, ":", "right"),
)
for color, margin, style, side in lines:
    p = 3 + gap[:, None]  # the negative is at distance 3
    loss = F.triplet_margin_loss(a, p, n, margin, eps=0.0, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), gap)
    left.plot(gap.detach(), loss.detach(), color)
    left.text(3.1, loss[-1].item(), f"margin {margin}", color=color, va="center")
    right.plot(gap.detach(), slope, color, linestyle=style)
    right.text(-margin, 1.05, f" {margin} ", color=color, ha=side)
left.set(title="loss", xlabel="d(a, p) − d(a, n)", xticks=range(-3, 4))
right.set(title="gradient", xlabel="d(a, p) − d(a, n)", xticks=range(-3, 4))
right.set(yticks=(0, 0.5, 1), ylim=(-0.1, 1.3))
# --8<-- [end:curves]
assert loss[gap < -2.001].max() == 0, "the loss is 0 up to minus the margin"
assert slope[gap < -2.001].abs().max() == 0, "the gradient jumps from 0"
inside = (gap > -1.999) & (gap > -3 + 1e-6)  # where the positive is at the anchor there is no slope
assert slope[inside].unique() == 1, "to 1 at minus the margin"

# --8<-- [start:margin]
a, p, n = torch.tensor([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.8]]])
print("margin  loss  all embeddings times 10")
for margin in (0.5, 1.0, 2.0):
    small = F.triplet_margin_loss(a, p, n, margin)
    large = F.triplet_margin_loss(10 * a, 10 * p, 10 * n, margin)
    print(f"{margin:<6}  {small:.2f}  {large:23.2f}")
# --8<-- [end:margin]
assert small > 0, "without a fixed scale it means little"
assert large == 0, "the network can meet it by multiplying everything"
scaled = F.triplet_margin_loss(10 * a, 10 * p, 10 * n, 10 * 2.0).item()
assert math.isclose(scaled, 10 * small, rel_tol=1e-5), "embeddings and margin times k multiply the loss by k"
angle = torch.linspace(0, 2 * math.pi, 1001)
circle = torch.stack((angle.cos(), angle.sin()), dim=1)
assert round(torch.cdist(circle, circle).max().item(), 4) == 2, "on embeddings of unit length no distance is above 2"

# --8<-- [start:p]
a, p, n = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]), torch.tensor([[5.2, 0.0]])
print("p    positive  negative  loss")
for power in (1, 2, 3, math.inf):
    near = F.pairwise_distance(a, p, p=power).item()
    far = F.pairwise_distance(a, n, p=power).item()
    loss = F.triplet_margin_loss(a, p, n, p=power)
    print(f"{power:<3}  {near:8.2f}  {far:8.2f}  {loss:.2f}")
# --8<-- [end:p]
gaps = {power: F.pairwise_distance(a, p, p=power) - F.pairwise_distance(a, n, p=power) for power in (1, 2, 3, math.inf)}
farther = [power for power, gap in gaps.items() if gap > 0]
assert farther == [1], "only `p=1` puts the negative closer than the positive"
assert round(F.pairwise_distance(a, p).item(), 4) == 5, "`p=2` is not a square: the root is taken"
assert F.triplet_margin_loss(a, p, n, p=0.5).isfinite(), "below 1 it is no norm any more, and accepted"
assert F.pairwise_distance(a, p, p=0, eps=0.0) == 2, "for P = 0 the number of those that are not 0"
assert round(F.pairwise_distance(a, p, p=math.inf).item(), 4) == 4, "for P = ∞ the largest"

# --8<-- [start:swap]
grid = torch.linspace(-3, 4, 141)
places = torch.cartesian_prod(grid, grid)  # where the negative may be
a, p = torch.zeros_like(places), torch.tensor([1.0, 0.0]).expand_as(places)
figure, axes = plt.subplots(1, 2)
for axis, swap in zip(axes, (False, True), strict=True):
    each = F.triplet_margin_loss(a, p, places, swap=swap, reduction="none")
    loss = each.view(141, 141)
    for level, style in ((1.5, ":"), (1.0, "--"), (0.05, "-")):
        axis.contour(grid, grid, loss.T, [level], colors="C0", linestyles=style)
    axis.text(0, 0, "a", color="C1", ha="center", va="center", weight="bold")
    axis.text(1.1, 0, "p", color="C2", va="center", weight="bold")
    axis.set(title=f"swap={swap}", aspect="equal", xlim=(-3, 4), ylim=(-3, 3))
# --8<-- [end:swap]
assert torch.allclose(places.view(141, 141, 2)[110, 60], torch.tensor([2.5, 0]), atol=1e-5), "negative at (2.5, 0)"
assert round(loss[110, 60].item(), 4) == 0.5, "a negative at (2.5, 0) costs 0.5 with `swap`"
without = F.triplet_margin_loss(a, p, places, reduction="none").view(141, 141)
assert without[110, 60] == 0, "and nothing without: far from the anchor, still close to the positive"
assert (loss - without).min() >= 0, "`swap` never lowers the loss"

# --8<-- [start:eps]
x = torch.ones(1, 8, dtype=torch.float64)
for eps in (1e-6, 0.0):
    print(f"eps {eps:5}: d(x, x) = {F.pairwise_distance(x, x, eps=eps).item():.2e}")
torch.manual_seed(0)
a, p, n = torch.randn(3, 1, 8, dtype=torch.float64)
library = F.triplet_margin_loss(a, p, n, margin=5.0)
for name, eps in (("||a - p||      ", 0.0), ("||a - p + eps||", 1e-6)):
    by_hand = 5 + (a - p + eps).norm() - (a - n + eps).norm()
    print(f"{name} by hand - library: {(by_hand - library).abs():.9f}")
a, b = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
there = F.pairwise_distance(a, b, eps=0.1)
back = F.pairwise_distance(b, a, eps=0.1)
print(f"with eps 0.1: d(a, b) = {there:.3f}, d(b, a) = {back:.3f}")
# --8<-- [end:eps]
itself = F.pairwise_distance(x, x).item()
assert math.isclose(itself, 1e-6 * math.sqrt(8), rel_tol=1e-9), "the distance of a thing to itself is not 0 but ε √D"
assert (by_hand - library).abs() < 1e-12, "it is added to every component of the difference before the norm"
assert there != back, "d(a, b) need not be exactly d(b, a)"
same = x.clone().requires_grad_()
(slope,) = torch.autograd.grad(F.triplet_margin_loss(x, same, x), same)
assert math.isclose(slope.norm(), 1), "where positive and anchor are equal, by the positive it has length 1"
assert torch.allclose(slope, slope[0, 0].expand(1, 8)), "in the direction (1, …, 1)"
(slope,) = torch.autograd.grad(F.triplet_margin_loss(x, same, x, eps=0.0), same)
assert slope.norm() == 0, "and with `eps=0` it is 0"

# --8<-- [start:reduction]
a, p = torch.zeros(4, 2), torch.tensor([[1.0, 0.0]]).expand(4, 2)
n = torch.tensor([[1.5, 0.0], [2.5, 0.0], [3.0, 0.0], [9.0, 0.0]])
each = F.triplet_margin_loss(a, p, n, reduction="none")
total = F.triplet_margin_loss(a, p, n, reduction="sum")
mean = F.triplet_margin_loss(a, p, n)
print(f"{[round(v, 3) for v in each.tolist()]}, sum {total:.3f}, mean {mean:.3f}")
# --8<-- [end:reduction]
assert (each > 0).sum() == 1, "although one costs something"
assert torch.isclose(mean, total / 4), "`mean` divides by all 4 triplets"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def pairwise_distance(x1, x2):  # Euclidean, 1e-6 added to every component
    square = (x1 - x2 + 1e-6).square().sum(-1)
    zero = square == 0  # the root has no slope there: 0 by convention
    return torch.where(zero, 0, torch.where(zero, 1, square).sqrt())
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-loss]
def triplet_margin_with_distance_loss(
    anchor, positive, negative,
    *, distance_function=None, margin=1.0, swap=False, reduction="mean",
):  # fmt: skip
    if margin <= 0:
        raise ValueError("margin must be greater than 0")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError("all three need the same number of dimensions")
    d = distance_function or pairwise_distance
    near, far = d(anchor, positive), d(anchor, negative)
    if swap:
        far = torch.minimum(far, d(positive, negative))
    loss = (margin + near - far).clamp(min=0)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
def cosine(x1, x2):
    return 1 - F.cosine_similarity(x1, x2, dim=-1)


torch.manual_seed(0)
triplet = torch.randn(3, 8, 4, dtype=torch.float64, requires_grad=True)
worst, distances = 0.0, (None, cosine, partial(F.pairwise_distance, p=1))
cases = itertools.product(distances, (False, True), ("none", "mean", "sum"))
for d, swap, reduction in cases:
    options = {"distance_function": d, "swap": swap, "reduction": reduction}
    ours = triplet_margin_with_distance_loss(*triplet, **options)
    library = F.triplet_margin_with_distance_loss(*triplet, **options)
    slopes = [torch.autograd.grad(v.sum(), triplet)[0] for v in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and len(distances) == 3


# --8<-- [start:example]
def manhattan(x1, x2):
    return (x1 - x2).abs().sum(-1)


anchor, positive = torch.zeros(3, 2), torch.ones(3, 2)
negative = torch.tensor([[2.0, 2.0], [2.0, 0.5], [0.5, 0.0]])
loss = partial(F.triplet_margin_with_distance_loss, distance_function=manhattan)
print("d(a, p)", manhattan(anchor, positive).tolist())
print("d(a, n)", manhattan(anchor, negative).tolist())
print("loss   ", loss(anchor, positive, negative, reduction="none").tolist())
print("mean   ", loss(anchor, positive, negative).item())
# --8<-- [end:example]
assert manhattan(anchor, negative).tolist() == [4, 2.5, 0.5] and loss(anchor, positive, negative) == 3 / 3
assert loss(anchor, positive, negative, reduction="none").tolist() == [0, 0.5, 2.5]

# --8<-- [start:curves]
angle = torch.linspace(0, math.pi, 361, dtype=torch.float64, requires_grad=True)
curves = {
    "angle": (angle * 1, "C2", (100, 2.3), (150, 0.94)),
    "Euclidean": (2 * torch.sin(angle / 2), "C0", (187, 2.18), (95, 0.53)),
    "cosine": (1 - torch.cos(angle), "C1", (140, 0.9), (62, 0.17)),
}
figure, (left, right) = plt.subplots(1, 2)
degrees = torch.rad2deg(angle).detach()
for name, (distance, color, *places) in curves.items():
    (slope,) = torch.autograd.grad(distance.sum(), angle)
    left.plot(degrees, distance.detach(), color)
    right.plot(degrees, slope, color)
    for panel, place in zip((left, right), places, strict=True):
        panel.text(*place, name, color=color, ha="right", va="center")
left.set(title="distance", xlabel="angle in degrees", xticks=range(0, 181, 45))
right.set(title="slope", xlabel="angle in degrees", xticks=range(0, 181, 45))
# --8<-- [end:curves]
assert abs(slope[0]) < 1e-12 and abs(slope[-1]) < 1e-12 and distance[-1] == 2 and slope.argmax() == 180
assert torch.autograd.grad((2 * torch.sin(angle / 2)).sum(), angle)[0].argmax() == 0
unit = F.normalize(torch.randn(2, 9, 5, dtype=torch.float64), dim=-1)
assert torch.allclose((unit[0] - unit[1]).square().sum(-1), 2 * cosine(*unit))

# --8<-- [start:distances]
a, p, n = torch.tensor([[[1.0, 0.0]], [[6.0, 8.0]], [[0.0, 2.0]]])
rules = {"Euclidean": None, "Manhattan": manhattan, "cosine": cosine}
rules["maximum"] = partial(F.pairwise_distance, p=math.inf)
for name, d in rules.items():
    near, far = ((d or F.pairwise_distance)(a, b).item() for b in (p, n))
    value = F.triplet_margin_with_distance_loss(a, p, n, distance_function=d)
    print(f"{name:9} d(a, p) {near:5.2f}, d(a, n) {far:4.2f}, loss {value:5.2f}")
# --8<-- [end:distances]
assert torch.equal(F.triplet_margin_with_distance_loss(a, p, n), F.triplet_margin_loss(a, p, n))
assert torch.isclose(cosine(a, p), torch.tensor(0.4)) and cosine(a, n) == 1
assert torch.isclose(F.triplet_margin_with_distance_loss(a, p, n, distance_function=cosine), torch.tensor(0.4))

# --8<-- [start:options]
a, p, n = torch.tensor([[[0.0], [0.0]], [[1.0], [1.0]], [[3.0], [1.5]]])
loss = partial(loss, a, p, n)  # Manhattan, as above
for margin, swap in ((0.5, False), (1.0, False), (3.0, False), (1.0, True)):
    each = loss(margin=margin, swap=swap, reduction="none")
    mean = loss(margin=margin, swap=swap)
    print(f"margin {margin}, swap {swap!s:5}: {each.tolist()}, mean {mean}")
# --8<-- [end:options]
assert each.tolist() == [0, 1.5]

# --8<-- [start:similarity]
a, p, n = (torch.tensor([v]) for v in ([1.0, 0.0], [0.8, 0.6], [0.0, 1.0]))
each = partial(F.triplet_margin_with_distance_loss, a, p, n, margin=0.5)
for name, d in (("similarity", F.cosine_similarity), ("distance", cosine)):
    loss = each(distance_function=d)
    print(f"{name:10} loss {loss:.1f}")
# --8<-- [end:similarity]
wrong = each(distance_function=F.cosine_similarity)
assert torch.isclose(wrong, torch.tensor(0.5 + 0.8 - 0)) and loss == 0

# --8<-- [start:range]
best = partial(F.triplet_margin_with_distance_loss, a, a, -a)
for margin in (0.2, 1.0, 2.0, 5.0):
    print(f"margin {margin}: best loss {best(distance_function=cosine, margin=margin):.1f}")
# --8<-- [end:range]
assert [best(distance_function=cosine, margin=m) for m in (5.0, 2.0)] == [5 - 2, 0]

# --8<-- [start:matrix]
a, p, n = torch.randn(3, 4, 8)
each = partial(F.triplet_margin_with_distance_loss, a, p, n, reduction="none")
for d in (F.pairwise_distance, torch.cdist, torch.dist):
    loss = each(distance_function=d)
    print(f"{d.__name__:17} gives losses of shape {tuple(loss.shape)}")
# --8<-- [end:matrix]
assert loss.shape == ()
rows = F.triplet_margin_with_distance_loss(*torch.randn(3, 2, 3, 4), reduction="none")
assert rows.shape == (2, 3)

# --8<-- [start:nan]
same = torch.ones(1, 3, requires_grad=True)
far = torch.full((1, 3), 1.2)
own = {
    "sum().sqrt()": lambda x, y: (x - y).square().sum(-1).sqrt(),
    "vector_norm": lambda x, y: torch.linalg.vector_norm(x - y, dim=-1),
    "pairwise_distance": F.pairwise_distance,
}
for name, d in own.items():
    criterion = nn.TripletMarginWithDistanceLoss(distance_function=d)
    loss = criterion(same, torch.ones(1, 3), far)
    (slope,) = torch.autograd.grad(loss, same)
    finite = slope.isfinite().all()
    print(f"{name:17} loss {loss:.2f}, gradient finite: {finite}")
# --8<-- [end:nan]
assert finite and "sqrt" not in name


# --8<-- [start:learned]
class Stretched(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, x1, x2):
        return F.pairwise_distance(self.scale * x1, self.scale * x2)


learned = Stretched()
for name, d in (("module", learned), ("lambda", lambda x, y: learned(x, y))):
    criterion = nn.TripletMarginWithDistanceLoss(distance_function=d)
    found = len(list(criterion.parameters()))
    print(f"{name}: {found} parameters, state {list(criterion.state_dict())}")
# --8<-- [end:learned]
assert len(list(nn.TripletMarginWithDistanceLoss(distance_function=learned).parameters())) == 1 and found == 0
assert nn.TripletMarginWithDistanceLoss(margin=math.nan)(a, p, n).isnan()
for margin in (0.0, -1.0):
    try:
        nn.TripletMarginWithDistanceLoss(margin=margin)
    except ValueError:
        continue
    raise AssertionError("a margin that is not positive was accepted")
plt.show()

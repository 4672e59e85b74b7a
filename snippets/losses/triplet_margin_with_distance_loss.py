# --8<-- [start:call]
import torch
from torch import nn

manhattan = nn.PairwiseDistance(p=1)
loss = nn.TripletMarginWithDistanceLoss(distance_function=manhattan, margin=1.0)
anchor, positive = torch.zeros(2, 2), torch.ones(2, 2)
negative = torch.tensor([[2.0, 2.0], [2.0, 0.5]])
print(f"loss {loss(anchor, positive, negative):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math
from functools import partial

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
assert [f"{value:.1f}" for value in manhattan(anchor, positive)] == ["2.0", "2.0"], "the positive is at 2"
assert [f"{value:.1f}" for value in manhattan(anchor, negative)] == ["4.0", "2.5"], "the negatives are at 4 and 2.5"
each = F.triplet_margin_with_distance_loss(
    anchor, positive, negative, distance_function=manhattan, reduction="none"
)
assert [f"{value:.1f}" for value in each] == ["0.0", "0.5"], "they cost 0 and 0.5"


# --8<-- [start:from-scratch]
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
    options = dict(distance_function=d, swap=swap, reduction=reduction)
    ours = triplet_margin_with_distance_loss(*triplet, **options)
    library = F.triplet_margin_with_distance_loss(*triplet, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), triplet)
    (gradient,) = torch.autograd.grad(library.sum(), triplet)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and all three gradients equal the library's"
assert len(distances) == 3, "for three distances"
assert nn.TripletMarginWithDistanceLoss().margin == 1.0, "nn.TripletMarginWithDistanceLoss(*, margin=1.0)"


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
each = loss(anchor, positive, negative, reduction="none")
assert manhattan(anchor, positive).unique() == 2, "the positive (1, 1), at a distance of 2"
assert manhattan(anchor, negative).tolist() == [4, 2.5, 0.5], "at 4, the next at 2.5, the last at 0.5"
assert each[0] == 0, "farther by more than 1: no loss"
assert each[1] == 1 + 2 - 2.5, "1 + 2 − 2.5 = 0.5"
assert each[2] == 1 + 2 - 0.5, "1 + 2 − 0.5 = 2.5"
assert loss(anchor, positive, negative) == 3 / 3, "the mean is 3 / 3 = 1"

# --8<-- [start:curves]
angle = torch.linspace(0, math.pi, 361, dtype=torch.float64, requires_grad=True)
curves = {
    "angle": (angle * 1, "C2", (100, 2.3), (150, 0.94)),
    "Euclidean": (2 * torch.sin(angle / 2), "C0", (187, 2.18), (95, 0.53)),
    "cosine": (1 - torch.cos(angle), "C1", (140, 0.9), (62, 0.17)),
}
figure, (left, right) = plt.subplots(1, 2)
degrees = torch.rad2deg(angle).detach()
for name, (distance, color, place, slope_place) in curves.items():
    (slope,) = torch.autograd.grad(distance.sum(), angle)
    left.plot(degrees, distance.detach(), color)
    left.text(*place, name, color=color, ha="right", va="center")
    right.plot(degrees, slope, color)
    right.text(*slope_place, name, color=color, ha="right", va="center")
left.set(title="distance", xlabel="angle in degrees", xticks=range(0, 181, 45))
right.set(title="slope", xlabel="angle in degrees", xticks=range(0, 181, 45))
# --8<-- [end:curves]
assert round(angle[-1].item(), 2) == 3.14, "the angle rises as a straight line to 3.14"
assert distance[-1] == 2, "the cosine distance reaches 2"
assert abs(slope[-1]) < 1e-12, "the cosine distance hardly pulls on a positive that is nearly opposite"
assert abs(slope[0]) < 1e-12, "nor on one that is nearly there"
assert round(degrees[slope.argmax()].item()) == 90, "cosine rises from 0 to 1 at 90 degrees"
euclidean = 2 * torch.sin(angle / 2)
assert euclidean[-1] == 2, "Euclidean and cosine distance both reach 2"
(slope,) = torch.autograd.grad(euclidean.sum(), angle)
assert slope.argmax() == 0, "the Euclidean one pulls hardest on small angles"
unit = F.normalize(torch.randn(2, 9, 5, dtype=torch.float64), dim=-1)
square = (unit[0] - unit[1]).square().sum(-1)
assert torch.allclose(square, 2 * cosine(*unit)), "the squared Euclidean distance is twice the cosine distance"

# --8<-- [start:distances]
a, p, n = torch.tensor([[[1.0, 0.0]], [[6.0, 8.0]], [[0.0, 2.0]]])
rules = {"Euclidean": F.pairwise_distance, "Manhattan": manhattan, "cosine": cosine}
rules["maximum"] = partial(F.pairwise_distance, p=math.inf)
print("distance   d(a, p)  d(a, n)   loss")
for name, d in rules.items():
    near, far = d(a, p).item(), d(a, n).item()
    value = F.triplet_margin_with_distance_loss(a, p, n, distance_function=d)
    print(f"{name:9}  {near:7.2f}  {far:7.2f}  {value:5.2f}")
# --8<-- [end:distances]
plain = F.triplet_margin_with_distance_loss(a, p, n)
assert plain == F.triplet_margin_loss(a, p, n), "without a function the loss equals TripletMarginLoss with its defaults"
assert p.norm() == 10 * a.norm(), "the positive has ten times the anchor's length"
closer = [name for name, d in rules.items() if d(a, p) < d(a, n)]
assert closer == ["cosine"], "only the cosine finds the positive closer"
assert round(cosine(a, p).item(), 4) == 0.4, "0.4 against 1"
assert cosine(a, n) == 1, "at a right angle"
value = F.triplet_margin_with_distance_loss(a, p, n, distance_function=cosine).item()
assert round(value, 4) == 0.4, "and still wants 0.4 more"

# --8<-- [start:options]
a, p, n = torch.tensor([[[0.0], [0.0]], [[1.0], [1.0]], [[3.0], [1.5]]])
loss = partial(loss, a, p, n)  # Manhattan, as above
print("margin  swap   losses      mean")
for margin, swap in ((0.5, False), (1.0, False), (3.0, False), (1.0, True)):
    each = loss(margin=margin, swap=swap, reduction="none")
    mean = loss(margin=margin, swap=swap)
    print(f"{margin:<6}  {swap!s:5}  {each.tolist()!s:10}  {mean}")
# --8<-- [end:options]
assert (p - n)[1].abs() == 0.5, "in the second triplet the negative at 1.5 is only 0.5 from the positive"
assert each[1] == 1 + 1 - 0.5, "and this is the distance that counts now"
calls = []


def one_way(x1, x2):
    calls.append((x1, x2))
    return manhattan(x1, x2)


F.triplet_margin_with_distance_loss(a, p, n, distance_function=one_way, swap=True)
order = [(first is a, second is p) for first, second in calls]
assert order[0] == (True, True), "torch calls d(a, p)"
assert order[1] == (True, False), "d(a, n)"
assert calls[2][0] is p, "and d(p, n)"

# --8<-- [start:similarity]
a, p, n = torch.tensor([[[1.0, 0.0]], [[0.8, 0.6]], [[0.0, 1.0]]])
half = partial(F.triplet_margin_with_distance_loss, margin=0.5)
for name, d in (("similarity", F.cosine_similarity), ("distance", cosine)):
    loss = half(a, p, n, distance_function=d)
    print(f"{name:10} loss {loss:.1f}")
# --8<-- [end:similarity]
assert round(F.cosine_similarity(a, p).item(), 4) == 0.8, "here the positive has a cosine of 0.8"
assert F.cosine_similarity(a, n) == 0, "and the negative 0"
assert loss == 0, "so this triplet is solved, at a margin of 0.5"
less = torch.tensor([[0.6, 0.8]])
losses = [half(a, x, n, distance_function=F.cosine_similarity) for x in (p, less)]
assert losses[1] < losses[0], "the loss falls when the positive gets less similar"
assert cosine(a, -a) == 2, "negative cosines are no problem: they give distances up to 2"

# --8<-- [start:range]
best = partial(F.triplet_margin_with_distance_loss, a, a, -a)
print("margin  best loss")
for margin in (0.2, 1.0, 2.0, 5.0):
    loss = best(distance_function=cosine, margin=margin)
    print(f"{margin:<6}  {loss:9.1f}")
# --8<-- [end:range]
for margin in (2.1, 3.0, 5.0):
    loss = best(distance_function=cosine, margin=margin).item()
    assert math.isclose(loss, margin - 2, rel_tol=1e-4), "the loss cannot fall below the margin minus 2"
assert best(distance_function=cosine, margin=2.0) == 0, "a margin of 2 can just be met"
right = F.triplet_margin_with_distance_loss(a, a, n, distance_function=cosine)
assert right == 0, "the default of 1 asks for a right angle even from a perfect positive: with one it is met"

# --8<-- [start:matrix]
a, p, n = torch.randn(3, 4, 8)
each = partial(F.triplet_margin_with_distance_loss, a, p, n, reduction="none")
print("distance           shape of the losses")
for d in (F.pairwise_distance, torch.cdist, torch.dist):
    loss = each(distance_function=d)
    print(f"{d.__name__:17}  {tuple(loss.shape)}")
# --8<-- [end:matrix]
assert loss.shape == (), "`torch.dist` makes the opposite mistake, one distance for the whole batch"
rows = F.triplet_margin_with_distance_loss(*torch.randn(3, 2, 3, 4), reduction="none")
assert rows.shape == (2, 3), "inputs of (2, 3, 4) with the default distance give (2, 3)"

# --8<-- [start:nan]
same = torch.ones(1, 3, requires_grad=True)
far = torch.full((1, 3), 1.2)
own = {
    "sum().sqrt()": lambda x, y: (x - y).square().sum(-1).sqrt(),
    "vector_norm": lambda x, y: torch.linalg.vector_norm(x - y, dim=-1),
    "pairwise_distance": F.pairwise_distance,
}
print("distance           loss  gradient finite")
for name, d in own.items():
    criterion = nn.TripletMarginWithDistanceLoss(distance_function=d)
    loss = criterion(same, torch.ones(1, 3), far)
    (slope,) = torch.autograd.grad(loss, same)
    finite = slope.isfinite().all()
    print(f"{name:17}  {loss:.2f}  {finite}")
# --8<-- [end:nan]
(slope,) = torch.autograd.grad(own["vector_norm"](same, same.detach()).sum(), same)
assert slope.abs().max() == 0, "`vector_norm` defines the slope at 0 as 0"
by_hand = own["sum().sqrt()"](same, same.detach())
(slope,) = torch.autograd.grad(by_hand.sum(), same)
assert by_hand.isfinite().all(), "the loss looks fine"
assert slope.isnan().all(), "the square root has no finite slope at 0"


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
assert found == 0, "inside a lambda the criterion cannot see them"
criterion = nn.TripletMarginWithDistanceLoss(distance_function=learned)
assert next(criterion.parameters()) is learned.scale, "the criterion then owns its parameters"
for margin in (0.0, -1.0):
    try:
        nn.TripletMarginWithDistanceLoss(margin=margin)
        refused = False
    except ValueError:
        refused = True
    assert refused, "the margin must be positive"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


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
def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, reduction="mean"):
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
triplet = [torch.randn(20, 6, dtype=torch.float64, requires_grad=True) for _ in range(3)]
worst, powers = 0.0, (0, 0.5, 1, 2, 3, math.inf)
settings = itertools.product((0.5, 2.0), powers, (0.0, 1e-6, 0.1), (False, True))
for (margin, p, eps, swap), reduction in itertools.product(settings, ("none", "mean", "sum")):
    ours = triplet_margin_loss(*triplet, margin, p, eps, swap, reduction)
    library = F.triplet_margin_loss(*triplet, margin, p, eps, swap, reduction=reduction)
    slopes = [torch.cat(torch.autograd.grad(loss.sum(), triplet, materialize_grads=True)) for loss in (ours, library)]
    for one, other in ((ours, library), slopes):
        worst = max(worst, ((one - other).abs() / (1 + other.abs())).max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
lengths = 20 * torch.stack(torch.autograd.grad(F.triplet_margin_loss(*triplet, 50.0), triplet)).norm(dim=2)
assert worst < 1e-13 and len(powers) == 6 and lengths[0].max() < 2 and torch.allclose(lengths[1:] - 1, lengths[1:] * 0)

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
assert torch.allclose(each, torch.tensor([4, 0.5, 0]), atol=1e-5) and abs(loss.item() - 1.5) < 1e-5
assert torch.allclose(a.grad, torch.tensor([[-0.2, 0.2 / 3], [1 / 3, -1 / 3], [0, 0]]), atol=1e-5)

# --8<-- [start:curves]
gap = torch.linspace(-3, 3, 601, requires_grad=True)  # d(a, p) − d(a, n)
a, n = torch.zeros(601, 1), torch.full((601, 1), 3.0)
figure, (left, right) = plt.subplots(1, 2)
for color, margin, line in (("C0", 0.5, "-"), ("C1", 1.0, "--"), ("C2", 2.0, ":")):
    p = 3 + gap[:, None]  # the negative is at distance 3
    loss = F.triplet_margin_loss(a, p, n, margin, eps=0.0, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), gap)
    left.plot(gap.detach(), loss.detach(), color)
    left.text(3.1, loss[-1].item(), f"margin {margin}", color=color, va="center")
    right.plot(gap.detach(), slope, color, linestyle=line)
    right.text(0.2 - margin, 1.05, f"{margin}", color=color, ha="left" if margin < 1 else "right")
left.set(title="loss", xlabel="d(a, p) − d(a, n)", xticks=range(-3, 4))
right.set(title="gradient", xlabel="d(a, p) − d(a, n)", xticks=range(-3, 4), yticks=(0, 0.5, 1), ylim=(-0.1, 1.3))
# --8<-- [end:curves]
assert slope[gap < -2.001].abs().max() == 0 and (slope[gap > -1.999][:-1] == 1).all() and loss[-1] == 5

# --8<-- [start:margin]
a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.8]])
for margin in (0.5, 1.0, 2.0):
    losses = [F.triplet_margin_loss(k * a, k * p, k * n, margin).item() for k in (1, 10)]
    print(f"margin {margin}: {losses[0]:.2f}, all embeddings times 10: {losses[1]:.2f}")
# --8<-- [end:margin]
assert abs(10 * F.triplet_margin_loss(a, p, n, 2.0) - F.triplet_margin_loss(10 * a, 10 * p, 10 * n, 20.0)) < 1e-4

# --8<-- [start:p]
a, p, n = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]), torch.tensor([[5.2, 0.0]])
for power in (1, 2, 3, math.inf):
    near, far = F.pairwise_distance(a, p, p=power).item(), F.pairwise_distance(a, n, p=power).item()
    loss = F.triplet_margin_loss(a, p, n, p=power)
    print(f"p {power:3}: positive at {near:.2f}, negative at {far:.2f}, loss {loss:.2f}")
# --8<-- [end:p]
assert loss == 0 and near < far and F.pairwise_distance(a, p, p=1) > F.pairwise_distance(a, n, p=1)

# --8<-- [start:swap]
grid = torch.linspace(-3, 4, 141)
places = torch.cartesian_prod(grid, grid)  # where the negative may be
a, p = torch.zeros_like(places), torch.tensor([1.0, 0.0]).expand_as(places)
figure, axes = plt.subplots(1, 2)
for axis, swap in zip(axes, (False, True), strict=True):
    loss = F.triplet_margin_loss(a, p, places, swap=swap, reduction="none").view(141, 141)
    for level, style in ((1.5, ":"), (1.0, "--"), (0.05, "-")):
        axis.contour(grid, grid, loss.T, [level], colors="C0", linestyles=style)
    axis.text(0, 0, "a", color="C1", ha="center", va="center", weight="bold")
    axis.text(1.1, 0, "p", color="C2", va="center", weight="bold")
    axis.set(title=f"swap={swap}", aspect="equal", xlim=(-3, 4), ylim=(-3, 3))
    print(f"swap={swap}: negative at (2.5, 0) costs {loss[110, 60]:.2f}")
# --8<-- [end:swap]
assert torch.allclose(places[110 * 141 + 60], torch.tensor([2.5, 0]), atol=1e-5) and 0.499 < loss[110, 60] < 0.501
assert (loss.flatten() >= F.triplet_margin_loss(a, p, places, reduction="none")).all()

# --8<-- [start:eps]
x = torch.ones(1, 8, dtype=torch.float64)
for eps in (1e-6, 0.0):
    print(f"eps {eps:5}: d(x, x) = {F.pairwise_distance(x, x, eps=eps).item():.2e}")
torch.manual_seed(0)
a, p, n = torch.randn(3, 1, 8, dtype=torch.float64)
for name, eps in (("||a - p||      ", 0.0), ("||a - p + eps||", 1e-6)):
    by_hand = 5 + (a - p + eps).norm() - (a - n + eps).norm()
    print(f"{name} by hand - library: {(by_hand - F.triplet_margin_loss(a, p, n, 5.0)).abs():.9f}")
a, b = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
there, back = (F.pairwise_distance(*pair, eps=0.1).item() for pair in ((a, b), (b, a)))
print(f"with eps 0.1: d(a, b) = {there:.3f}, d(b, a) = {back:.3f}")
# --8<-- [end:eps]
assert math.isclose(F.pairwise_distance(x, x).item(), 1e-6 * math.sqrt(8), rel_tol=1e-9)
for eps, length in ((0.0, 0), (1e-6, 1)):
    same = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(F.triplet_margin_loss(x, same, x, eps=eps), same)
    assert math.isclose(slope.norm(), length)

# --8<-- [start:reduction]
a, p = torch.zeros(4, 2), torch.tensor([[1.0, 0.0]]).expand(4, 2)
n = torch.tensor([[1.5, 0.0], [2.5, 0.0], [3.0, 0.0], [9.0, 0.0]])
each, total, mean = (F.triplet_margin_loss(a, p, n, reduction=r) for r in ("none", "sum", "mean"))
print(f"{[round(v, 3) for v in each.tolist()]}, sum {total:.3f}, mean {mean:.3f}")
# --8<-- [end:reduction]
assert (each > 0).sum() == 1 and torch.isclose(total, 4 * mean)

# --8<-- [start:stuck]
same = [torch.tensor([[0.3, 0.7]], requires_grad=True) for _ in range(3)]
loss = F.triplet_margin_loss(*same, margin=0.5)
loss.backward()
print("loss", loss.item())
for name, x in zip(("anchor", "positive", "negative"), same, strict=True):
    print(f"{name}: gradient {[round(v, 2) + 0.0 for v in x.grad[0].tolist()]}")
# --8<-- [end:stuck]
assert loss == 0.5 and sum(x.grad for x in same).abs().max() == 0 and same[0].grad.abs().max() == 0


# --8<-- [start:mining]
def hardest(x, labels):  # for each anchor: the farthest alike, the nearest different
    distance = torch.cdist(x, x)
    alike = labels[:, None] == labels
    positive = distance.masked_fill(~alike, -1).argmax(1)
    negative = distance.masked_fill(alike, math.inf).argmin(1)
    return x, x[positive], x[negative]


labels = torch.arange(4).repeat_interleave(8)
x = 4 * torch.eye(4)[labels] + torch.randn(32, 4)  # 4 groups, nearly apart
i, j, k = torch.cartesian_prod(*[torch.arange(32)] * 3).T
valid = (labels[i] == labels[j]) & (i != j) & (labels[i] != labels[k])
everything = F.triplet_margin_loss(x[i[valid]], x[j[valid]], x[k[valid]], reduction="none")
hard = F.triplet_margin_loss(*hardest(x, labels), reduction="none")
for name, each in (("all", everything), ("hardest", hard)):
    print(f"{name:7}: {len(each):4} triplets, {(each > 0).double().mean():4.0%} cost something, mean {each.mean():.2f}")
# --8<-- [end:mining]
assert len(everything) == 32 * 7 * 24 and hard.mean() > everything.mean()

# --8<-- [start:squared]
a, p, n = torch.tensor([[0.0]]), torch.tensor([[3.0]]), torch.tensor([[3.4]])
squared = (0.5 + (a - p).square().sum(1) - (a - n).square().sum(1)).clamp(min=0)
print(f"distances {F.triplet_margin_loss(a, p, n, margin=0.5).item():.2f}, squared distances {squared.item():.2f}")
# --8<-- [end:squared]

# --8<-- [start:refused]
x = torch.randn(4, 8)
for positive, margin in ((x, 0.0), (x, -1.0), (x[0], 1.0)):  # the last: one positive for all
    try:
        F.triplet_margin_loss(x, positive, x, margin)
    except (ValueError, RuntimeError) as error:
        print(str(error).partition(", but")[0])
print("as (1, D):", F.triplet_margin_loss(x, x[:1], x, reduction="none").shape)
# --8<-- [end:refused]

# --8<-- [start:own]
a, p, n = torch.tensor([[1.0, 0.0]]), torch.tensor([[8.0, 6.0]]), torch.tensor([[0.0, 1.0]])
unit = [F.normalize(x, dim=1) for x in (a, p, n)]
print(f"as they are {F.triplet_margin_loss(a, p, n).item():.2f}, unit length {F.triplet_margin_loss(*unit).item():.2f}")
for name, function in (("cosine", F.cosine_similarity), ("1 - cosine", lambda x, y: 1 - F.cosine_similarity(x, y))):
    loss = F.triplet_margin_with_distance_loss(a, p, n, distance_function=function)
    print(f"{name:10}  {loss.item():.2f}")
# --8<-- [end:own]
assert torch.allclose(F.pairwise_distance(*unit[:2]) ** 2, 2 * (1 - F.cosine_similarity(a, p)), atol=1e-5)
plt.show()

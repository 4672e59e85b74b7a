# --8<-- [start:call]
import torch
from torch import nn

loss = nn.HingeEmbeddingLoss(margin=1.0)
distances = torch.tensor([0.25, 0.5, 1.5])
alike = torch.tensor([1, -1, -1])  # 1: alike, −1: different
print(f"loss {loss(distances, alike):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools

import matplotlib.pyplot as plt
import torch.nn.functional as F
from torch.optim.lr_scheduler import ExponentialLR

# --8<-- [end:imports]
costs = F.hinge_embedding_loss(distances, alike, reduction="none")
assert costs.tolist() == [0.25, 0.5, 0], "they cost 0.25, 0.5 and 0"


# --8<-- [start:from-scratch]
def hinge_embedding_loss(input, target, margin=1.0, reduction="mean"):
    alike = torch.where(target != -1, input, 0)  # pull together
    missing = (margin - input).clamp(min=0)
    different = torch.where(target != 1, missing, 0)  # push apart
    loss = alike + different
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (2 * torch.rand(20, 6, dtype=torch.float64)).requires_grad_()
y = torch.randint(2, (20, 6)) * 2 - 1  # -1 or 1
worst, margins = 0.0, (0.0, 0.5, 1.0, 3.0)
for margin, reduction in itertools.product(margins, ("none", "mean", "sum")):
    ours = hinge_embedding_loss(x, y, margin, reduction)
    library = F.hinge_embedding_loss(x, y, margin, reduction=reduction)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert len(margins) == 4, "for four margins"
assert nn.HingeEmbeddingLoss().margin == 1.0, "nn.HingeEmbeddingLoss(margin=1.0)"

# --8<-- [start:example]
x = torch.tensor([0.25, 0.25, 1.5, 1.5], requires_grad=True)  # distances
y = torch.tensor([1.0, -1.0, 1.0, -1.0])  # 1: alike, -1: different
loss = F.hinge_embedding_loss(x, y)
loss.backward()
print("loss    ", F.hinge_embedding_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
each = F.hinge_embedding_loss(x, y, reduction="none")
assert each[0] == 0.25, "alike and near costs the distance, 0.25"
assert each[1] == 1 - 0.25, "different and near costs what is missing, 1 − 0.25 = 0.75"
assert each[2] == 1.5, "alike and far costs 1.5"
assert each[3] == 0, "different and far costs nothing"
assert loss.item() == 2.5 / 4, "the mean is 2.5 / 4 = 0.625"
assert x.grad.tolist() == [1 / 4, -1 / 4, 1 / 4, 0], "the gradient depends only on which way a pair is wrong"
assert F.hinge_embedding_loss(x, y.long()) == loss, "a target of integers is allowed"

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 1, 1.0, "y = 1", (2.2, 2.9)),
    ("C1", -1, 1.0, "y = −1\nmargin 1", (-0.8, 0.7)),
    ("C2", -1, 2.0, "y = −1\nmargin 2", (1.0, 3.6)),
)
for color, y, margin, label, place in lines:
    target = torch.full_like(x, y)
    loss = F.hinge_embedding_loss(x, target, margin, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color)
    left.text(*place, label, color=color, ha="right", va="center")
    style = ":" if margin == 2 else "-"
    right.plot(x.detach(), slope, color, linestyle=style)
for axis in (left, right):
    axis.axvspan(-3, 0, color="C5", alpha=0.12, linewidth=0)
right.text(-1.5, 0, "no distance\nis negative", color="C5", ha="center")
left.set(title="loss", xlabel="x, a distance", xticks=range(-3, 4))
right.set(title="gradient", xlabel="x, a distance", xticks=range(-3, 4))
right.set_yticks((-1, 0, 1))
# --8<-- [end:curves]
for definition in (F.hinge_embedding_loss, hinge_embedding_loss):
    corner = torch.tensor(1.0, requires_grad=True)
    definition(corner, torch.tensor(-1)).backward()
    assert corner.grad == -1, "at x = margin the gradient is −1, not 0, in both"
assert slope[x < 1.999].unique() == -1, "−1 where y = −1 and x ≤ margin"
assert slope[x > 2.001].unique() == 0, "0 beyond"
loss = F.hinge_embedding_loss(x, torch.ones(601), reduction="none")
assert torch.equal(loss, x), "for target 1 the loss is the input itself"
assert loss[0] < 0, "a negative input makes it negative"
assert torch.autograd.grad(loss.sum(), x)[0].unique() == 1, "the gradient is 1 where y = 1"


# --8<-- [start:embedding]
group = torch.arange(3).repeat_interleave(8)  # 3 groups of 8 things
i, j = torch.triu_indices(24, 24, offset=1)  # every pair once
y = torch.where(group[i] == group[j], 1, -1)


def learn_places(start, decay):
    places = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([places], lr=0.1)
    scheduler = ExponentialLR(optimizer, decay)
    for _ in range(200):
        optimizer.zero_grad()
        x = F.pairwise_distance(places[i], places[j])
        F.hinge_embedding_loss(x, y, margin=3.0, reduction="sum").backward()
        optimizer.step()
        scheduler.step()
    return places.detach()
# --8<-- [end:embedding]


# --8<-- [start:places]
torch.manual_seed(0)
start = 0.1 * torch.randn(24, 2)  # places in the plane, to be learned
print("lr per step  like within 0.1  different beyond 3")
for decay in (1.0, 0.95):
    end = learn_places(start, decay)
    x = F.pairwise_distance(end[i], end[j])
    near = (x[y == 1] < 0.1).float().mean()
    far = (x[y == -1] >= 3).float().mean()
    print(f"times {decay:<4}  {near:16.0%}  {far:18.0%}")
figure, axes = plt.subplots(1, 2)
for axis, points in zip(axes, (start, end), strict=True):
    for color, marker in enumerate("os^"):
        xs, ys = points[group == color].T
        axis.plot(xs, ys, marker, color=f"C{color}", alpha=0.7)
axes[0].set(title="before")
axes[1].set(title="after", xlim=(-4, 4), ylim=(-4, 4))
# --8<-- [end:places]
assert i.numel() == 276, "every one of the 276 pairs is labelled"
assert (y == 1).sum() == 84, "84 alike"
assert (y == -1).sum() == 192, "192 different"
for seed in range(5):
    torch.manual_seed(seed)
    start = 0.1 * torch.randn(24, 2)
    places = learn_places(start, decay=0.95)
    x = F.pairwise_distance(places[i], places[j])
    assert x[y == 1].max() < 0.1, "like pairs end within 0.1, in 5 of 5 seeds"
    assert x[y == -1].min() >= 3, "different ones end beyond the margin of 3, in 5 of 5 seeds"
    places = learn_places(start, decay=1.0)
    x = F.pairwise_distance(places[i], places[j])
    assert x[y == 1].max() > 0.1, "with the constant rate some like pairs end further apart than 0.1, in 5 of 5 seeds"

# --8<-- [start:margin]
x = torch.tensor([0.5, 1.0, 2.5])  # three distances between different things
print("margin  d = 0.5  d = 1  d = 2.5  pushed apart")
for margin in (0.5, 1.0, 2.0, 4.0):
    loss = F.hinge_embedding_loss(x, -torch.ones(3), margin, reduction="none")
    pushed = (loss > 0).sum()
    costs = "  ".join(f"{value:.1f}" for value in loss)
    print(f"{margin:<6}  {costs}  {pushed} of 3")
# --8<-- [end:margin]
assert F.hinge_embedding_loss(x, -torch.ones(3), 0.5) == 0, "a different pair beyond it costs nothing"
y = torch.tensor([1, -1, -1])
scaled = F.hinge_embedding_loss(8 * x, y, margin=8 * 2.0)
assert scaled == 8 * F.hinge_embedding_loss(x, y, margin=2.0), "the loss is multiplied by k"
angle = torch.linspace(0, 2 * torch.pi, 1001)
circle = torch.stack((angle.cos(), angle.sin()), dim=1)
assert round(torch.cdist(circle, circle).max().item(), 4) == 2, "unit vectors are never further apart than 2"

# --8<-- [start:reduction]
x = torch.tensor([[0.5, 0.25], [2.0, 3.0], [4.0, 5.0]])
y = torch.tensor([[1, -1], [-1, -1], [-1, -1]])
each = F.hinge_embedding_loss(x, y, reduction="none")
total = F.hinge_embedding_loss(x, y, reduction="sum")
mean = F.hinge_embedding_loss(x, y)
print(each.tolist())
print(f"sum {total:.2f}, mean {mean:.4f} = sum / {total / mean:.0f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, total / 6), "`mean` divides by all 6 elements"
assert (each > 0).sum() == 2, "only 2 of them cost anything"

# --8<-- [start:delta]
x, y = torch.tensor([0.3, 0.3]), torch.tensor([1.0, -1.0])
print("margin  y = 1  y = −1")
for delta in (1.0, 2.0):
    loss = F.hinge_embedding_loss(x, y, margin=delta, reduction="none")
    print(f"{delta:<6}  {loss[0]:5.1f}  {loss[1]:6.1f}")
# --8<-- [end:delta]
assert loss[0] == F.hinge_embedding_loss(x, y, reduction="none")[0], "it acts only on the targets −1"
assert torch.isclose(loss[1], torch.tensor(1.7)), "Δ is `margin`: 2 − 0.3"

# --8<-- [start:negative]
logits = torch.tensor([-40.0, 0.5], requires_grad=True)  # scores, no distances
loss = F.hinge_embedding_loss(logits, torch.ones(2))
loss.backward()
print("loss", loss.item(), "gradient", logits.grad.tolist())
# --8<-- [end:negative]
assert loss == logits.mean(), "for y = 1 the loss is the input itself, without a floor"
reported = torch.tensor([[-40.4363, -37.7542], [-41.0224, -38.3677]])
assert F.hinge_embedding_loss(reported, torch.ones(2)).round() == -39, "fed it logits, and got −39"

# --8<-- [start:svm]
score = torch.tensor([2.0, 0.5, -1.0, -2.0])
y = torch.tensor([1.0, 1.0, 1.0, -1.0])
each = F.hinge_embedding_loss(score, y, reduction="none")
rank = F.margin_ranking_loss(score, torch.zeros(4), y, margin=1.0, reduction="none")
print("loss              2, y = 1  0.5, y = 1  −1, y = 1  −2, y = −1")
print("max(0, 1 − y x) ", *(1 - y * score).clamp(min=0).tolist(), sep="  ")
print("HingeEmbedding  ", *each.tolist(), sep="  ")
print("MarginRanking, 0", *rank.tolist(), sep="  ")
# --8<-- [end:svm]
assert torch.equal(rank, (1 - y * score).clamp(min=0)), "or use MarginRankingLoss against zeros"
worst_two = set(each.topk(2).indices.tolist())
assert worst_two == {0, 3}, "HingeEmbedding punishes the right scores 2 and −2 the most"
assert each[2] == -1, "and rewards the wrong −1"
assert (y * score > 0).tolist() == [True, True, False, True], "the third is wrong"

# --8<-- [start:zero-one]
x = torch.tensor([0.2, 0.9, 1.5], requires_grad=True)
print("label  what      x = 0.2  x = 0.9  x = 1.5")
for label in (-1, 0):  # all three pairs are different
    loss = F.hinge_embedding_loss(x, torch.full((3,), label), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    for what, values in (("loss    ", loss), ("gradient", slope)):
        print(f"{label:<5}", what, *(f"{value:.1f}" for value in values), sep="  ")
# --8<-- [end:zero-one]
assert torch.equal(loss, x.clamp(min=1)), "a target of 0 passes both masks, and the sum is max(x, margin)"
assert slope[x < 1].unique() == 0, "near pairs get no push"
assert slope[x > 1] == 1, "and far ones are pulled together"

# --8<-- [start:similarity]
a = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
b = torch.tensor([[4.0, 3.0], [0.0, 1.0]])
y = torch.tensor([1, -1])
cosine = F.cosine_similarity(a, b)
print("loss                 alike  different")
for name, x in (("on the cosine", cosine), ("on 1 − cosine", 1 - cosine)):
    loss = F.hinge_embedding_loss(x, y, margin=0.5, reduction="none")
    print(f"{name:19}  {loss[0]:5.1f}  {loss[1]:9.1f}")
library = F.cosine_embedding_loss(a, b, y, margin=0.5, reduction="none")
print(f"CosineEmbeddingLoss  {library[0]:5.1f}  {library[1]:9.1f}")
# --8<-- [end:similarity]
same = torch.allclose(library, loss, atol=1e-6)
assert same, "on 1 − cos with margin 1 − m this loss equals `CosineEmbeddingLoss` with margin m"
assert torch.allclose(cosine, torch.tensor([0.8, 0]), atol=1e-6), "alike, with cosine 0.8, different, with cosine 0"

# --8<-- [start:nan]
a = torch.tensor([[1.0, 2.0]], requires_grad=True)
b = torch.tensor([[1.0, 2.0]])  # the same place
by_hand = (a - b).square().sum(1).sqrt()
library = F.pairwise_distance(a, b)
for name, x in (("by hand", by_hand), ("pairwise_distance", library)):
    loss = F.hinge_embedding_loss(x, torch.ones(1))
    (slope,) = torch.autograd.grad(loss, a)
    print(f"{name:17}: gradient {[round(v, 3) for v in slope[0].tolist()]}")
# --8<-- [end:nan]
(slope,) = torch.autograd.grad(torch.linalg.norm(a - b), a)
assert slope.tolist() == [[0, 0]], "`torch.linalg.norm` returns 0 as the gradient there"
(slope,) = torch.autograd.grad((a - b).square().sum(1).sqrt(), a)
assert slope.isnan().all(), "its slope at 0 is infinite, times 0 is nan"
step = torch.full((1, 2), 1e-6)
assert torch.isclose(library, step.norm()), "`F.pairwise_distance` adds 1e-6 to every component of the difference first"

# --8<-- [start:shapes]
x = torch.tensor([[0.0], [2.0]])  # (2, 1): both pairs are where they should be
y = torch.tensor([1, -1])  # (2,)
print("wrong", F.hinge_embedding_loss(x, y).item())
print("right", F.hinge_embedding_loss(x.squeeze(1), y).item())
# --8<-- [end:shapes]
each = F.hinge_embedding_loss(x, y, reduction="none")
assert each.shape == (2, 2), "distances of shape (N, 1) and targets of shape (N) broadcast to (N, N)"
assert F.hinge_embedding_loss(x.squeeze(1), y) == 0, "every pair is right"
x = torch.tensor([0.5, 2.0])
contrastive = torch.where(y == 1, x**2 / 2, (3 - x).clamp(min=0) ** 2 / 2)
half_square = F.hinge_embedding_loss(x, y, margin=3, reduction="none") ** 2 / 2
assert torch.equal(half_square, contrastive), 'half the square of `reduction="none"` is it'
plt.show()

# --8<-- [start:from-scratch]
import itertools

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


def hinge_embedding_loss(input, target, margin=1.0, reduction="mean"):
    alike = torch.where(target != -1, input, 0)  # pull together
    different = torch.where(target != 1, (margin - input).clamp(min=0), 0)  # push apart
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
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and len(margins) == 4

# --8<-- [start:example]
x = torch.tensor([0.25, 0.25, 1.5, 1.5], requires_grad=True)  # distances
y = torch.tensor([1.0, -1.0, 1.0, -1.0])  # 1: alike, -1: different
loss = F.hinge_embedding_loss(x, y)
loss.backward()
print("loss    ", F.hinge_embedding_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert F.hinge_embedding_loss(x, y, reduction="none").tolist() == [0.25, 0.75, 1.5, 0]
assert loss.item() == 2.5 / 4 == 0.625 and x.grad.tolist() == [0.25, -0.25, 0.25, 0]

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)  # the range of every loss page
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 1, 1.0, "y = 1", (2.2, 2.9)),
    ("C1", -1, 1.0, "y = −1\nmargin 1", (-0.8, 0.7)),
    ("C2", -1, 2.0, "y = −1\nmargin 2", (1.0, 3.6)),
)
for color, y, margin, label, place in lines:
    loss = F.hinge_embedding_loss(x, torch.full_like(x, y), margin, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color)
    left.text(*place, label, color=color, ha="right", va="center")
    right.plot(x.detach(), slope, color, linestyle=":" if margin == 2 else "-")
for axis in (left, right):
    axis.axvspan(-3, 0, color="C5", alpha=0.12, linewidth=0)
right.text(-1.5, 0, "no distance\nis negative", color="C5", ha="center", va="center")
left.set(title="loss", xlabel="x, a distance", xticks=range(-3, 4))
right.set(title="gradient", xlabel="x, a distance", xticks=range(-3, 4), yticks=(-1, 0, 1))
# --8<-- [end:curves]
corner = torch.tensor(1.0, requires_grad=True)
assert torch.autograd.grad(F.hinge_embedding_loss(corner, torch.tensor(-1)), corner)[0] == -1
assert slope.unique().tolist() == [-1, 0] and slope[x > 2.001].abs().sum() == 0

# --8<-- [start:embedding]
torch.manual_seed(0)
group = torch.arange(3).repeat_interleave(8)  # 3 groups of 8 things
start = 0.1 * torch.randn(24, 2)  # places in the plane, to be learned
places = start.clone().requires_grad_()
i, j = torch.triu_indices(24, 24, offset=1)  # every pair once
y = torch.where(group[i] == group[j], 1, -1)
optimizer = torch.optim.SGD([places], lr=0.1)
for _ in range(300):
    optimizer.zero_grad()
    x = F.pairwise_distance(places[i], places[j])
    F.hinge_embedding_loss(x, y, margin=3.0, reduction="sum").backward()
    optimizer.step()
    optimizer.param_groups[0]["lr"] *= 0.97  # the gradient does not shrink
figure, axes = plt.subplots(1, 2)
for axis, points in zip(axes, (start, places.detach()), strict=True):
    for color in range(3):
        axis.plot(*points[group == color].T, "os^"[color], color=f"C{color}", alpha=0.7)
axes[0].set(title="before")
axes[1].set(title="after", xlim=(-4, 4), ylim=(-4, 4))
print("farthest of one group", round(x[y == 1].max().item(), 1))
print("nearest of two groups beyond the margin:", (x[y == -1] >= 3).all().item())
# --8<-- [end:embedding]
assert x[y == 1].max() < 0.05 and x[y == -1].min() >= 3 and i.numel() == 276 and (y == 1).sum() == 84

# --8<-- [start:margin]
x = torch.tensor([0.5, 1.0, 2.5])  # three distances between different things
for margin in (0.5, 1.0, 2.0, 4.0):
    loss = F.hinge_embedding_loss(x, -torch.ones(3), margin, reduction="none")
    print(f"margin {margin}: {loss.tolist()}, pushed apart: {(loss > 0).sum()} of 3")
# --8<-- [end:margin]
assert loss.tolist() == [3.5, 3, 1.5]
y = torch.tensor([1, -1, -1])
assert F.hinge_embedding_loss(8 * x, y, 16.0) == 8 * F.hinge_embedding_loss(x, y, 2.0) > 0

# --8<-- [start:reduction]
x = torch.tensor([[0.5, 0.25], [2.0, 3.0], [4.0, 5.0]])
y = torch.tensor([[1, -1], [-1, -1], [-1, -1]])
each, total, mean = (F.hinge_embedding_loss(x, y, reduction=r) for r in ("none", "sum", "mean"))
print(each.tolist())
print(f"sum {total:.2f}, mean {mean:.4f} = sum / {total / mean:.0f}")
# --8<-- [end:reduction]
assert total == 1.25 and torch.isclose(mean, torch.tensor(1.25 / 6)) and (each > 0).sum() == 2

# --8<-- [start:delta]
x, y = torch.tensor([0.3, 0.3]), torch.tensor([1.0, -1.0])
for delta in (1.0, 2.0):
    loss = F.hinge_embedding_loss(x, y, margin=delta, reduction="none")
    print(f"margin {delta}: y = 1 gives {loss[0]:.1f}, y = -1 gives {loss[1]:.1f}")
# --8<-- [end:delta]
assert torch.allclose(loss, torch.tensor([0.3, 1.7]))

# --8<-- [start:negative]
logits = torch.tensor([-40.0, 0.5], requires_grad=True)  # scores, no distances
loss = F.hinge_embedding_loss(logits, torch.ones(2))
print("loss", loss.item(), "gradient", torch.autograd.grad(loss, logits)[0].tolist())
# --8<-- [end:negative]
assert loss == -19.75

# --8<-- [start:svm]
score, y = torch.tensor([2.0, 0.5, -1.0, -2.0]), torch.tensor([1.0, 1.0, 1.0, -1.0])
print("hinge 1 - y x    ", (1 - y * score).clamp(min=0).tolist())
print("HingeEmbedding   ", F.hinge_embedding_loss(score, y, reduction="none").tolist())
rank = F.margin_ranking_loss(score, torch.zeros(4), y, margin=1.0, reduction="none")
print("MarginRanking, 0 ", rank.tolist())
# --8<-- [end:svm]
assert rank.tolist() == (1 - y * score).clamp(min=0).tolist() == [0, 0.5, 2, 0]
assert F.hinge_embedding_loss(score, y, reduction="none").tolist() == [2, 0.5, -1, 3]

# --8<-- [start:zero-one]
x = torch.tensor([0.2, 0.9, 1.5], requires_grad=True)
for label in (-1, 0):  # all three pairs are different
    loss = F.hinge_embedding_loss(x, torch.full((3,), label), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    rounded = [round(v, 1) for v in loss.tolist()]
    print(f"label {label:2}: loss {rounded}, gradient {slope.tolist()}")
# --8<-- [end:zero-one]
assert torch.equal(loss, x.clamp(min=1)) and slope.tolist() == [0, 0, 1]

# --8<-- [start:similarity]
a, b = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[4.0, 3.0], [0.0, 1.0]])
y, cosine = torch.tensor([1, -1]), F.cosine_similarity(a, b)
for name, x in (("cosine", cosine), ("1 - cosine", 1 - cosine)):
    loss = F.hinge_embedding_loss(x, y, margin=0.5, reduction="none")
    print(f"{name:10}: {[round(v, 1) for v in loss.tolist()]}")
library = F.cosine_embedding_loss(a, b, y, margin=0.5, reduction="none")
print(f"CosineEmbeddingLoss: {[round(v, 1) for v in library.tolist()]}")
# --8<-- [end:similarity]
assert torch.allclose(library, loss, atol=1e-6) and torch.allclose(library, torch.tensor([0.2, 0]), atol=1e-6)

# --8<-- [start:nan]
a = torch.tensor([[1.0, 2.0]], requires_grad=True)
b = torch.tensor([[1.0, 2.0]])  # the same place
by_hand = (a - b).square().sum(1).sqrt()
for name, x in (("by hand", by_hand), ("pairwise_distance", F.pairwise_distance(a, b))):
    loss = F.hinge_embedding_loss(x, torch.ones(1))
    (slope,) = torch.autograd.grad(loss, a)
    print(f"{name:17}: gradient {[round(v, 3) for v in slope[0].tolist()]}")
# --8<-- [end:nan]
assert torch.autograd.grad(torch.linalg.norm(a - b), a)[0].tolist() == [[0, 0]]
assert torch.isclose(F.pairwise_distance(b, b), torch.tensor(2e-12).sqrt())

# --8<-- [start:shapes]
x = torch.tensor([[0.0], [2.0]])  # (2, 1): both pairs are where they should be
y = torch.tensor([1, -1])  # (2,)
print("wrong", F.hinge_embedding_loss(x, y).item())
print("right", F.hinge_embedding_loss(x.squeeze(1), y).item())
# --8<-- [end:shapes]
assert F.hinge_embedding_loss(x, y, reduction="none").tolist() == [[0, 1], [2, 0]]
plt.show()

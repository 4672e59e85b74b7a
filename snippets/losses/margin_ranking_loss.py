# --8<-- [start:from-scratch]
import itertools

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def margin_ranking_loss(input1, input2, target, margin=0, reduction="mean"):
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError("all three need the same number of dimensions")
    loss = (margin - target * (input1 - input2)).clamp(min=0)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x1 = torch.randn(20, 6, dtype=torch.float64).requires_grad_()
x2 = torch.randn(20, 6, dtype=torch.float64).requires_grad_()
y = torch.randint(2, (20, 6)) * 2 - 1  # -1 or 1
worst, margins = 0.0, (0.0, 0.5, 1.0, -0.5)
for margin, reduction in itertools.product(margins, ("none", "mean", "sum")):
    ours = margin_ranking_loss(x1, x2, y, margin, reduction)
    library = F.margin_ranking_loss(x1, x2, y, margin, reduction=reduction)
    slopes = [torch.autograd.grad(loss.sum(), (x1, x2)) for loss in (ours, library)]
    for a, b in ((ours, library), *zip(*slopes, strict=True)):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and len(margins) == 4

# --8<-- [start:example]
x1 = torch.tensor([3.0, 1.0, 1.0, 2.0], requires_grad=True)
x2 = torch.tensor([1.0, 0.5, 3.0, 0.0], requires_grad=True)
y = torch.tensor([1.0, 1.0, 1.0, -1.0])  # 1: the first should win; -1: the second
loss = F.margin_ranking_loss(x1, x2, y, margin=1.0)
loss.backward()
each = F.margin_ranking_loss(x1, x2, y, margin=1.0, reduction="none")
print("loss           ", each.tolist())
print("mean           ", loss.item())
print("gradient, first", (x1.grad + 0).tolist())
print("gradient, second", x2.grad.tolist())
# --8<-- [end:example]
assert each.tolist() == [0, 0.5, 3, 3] and loss == 6.5 / 4 == 1.625
assert x1.grad.tolist() == [0, -0.25, -0.25, 0.25] and torch.equal(x2.grad, -x1.grad)

# --8<-- [start:curves]
d = torch.linspace(-3, 3, 601, requires_grad=True)  # the range of every loss page
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 1, 0.0, "y = 1\nmargin 0", (-3.0, 0.8), "-"),
    ("C1", 1, 1.0, "y = 1\nmargin 1", (-1.4, 3.3), (0, (4, 2))),
    ("C2", -1, 1.0, "y = −1\nmargin 1", (1.5, 1.5), "-"),
)
for color, y, margin, label, place, style in lines:
    zero = torch.zeros_like(d)
    loss = F.margin_ranking_loss(d, zero, zero + y, margin, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), d)
    left.plot(d.detach(), loss.detach(), color)
    right.plot(d.detach(), slope, color, linestyle=style)
    left.text(*place, label, color=color, va="center")
left.set(title="loss", xlabel="x₁ − x₂", xticks=range(-3, 4))
right.set(title="gradient by x₁", xlabel="x₁ − x₂", xticks=range(-3, 4), yticks=(-1, 0, 1))
# --8<-- [end:curves]
assert slope[d > -0.99].unique() == 1 and slope[d < -1.01].abs().sum() == 0

# --8<-- [start:margin]
torch.manual_seed(0)
features, hidden = torch.randn(200, 5), torch.randn(5)
relevance = features @ hidden
i, j = torch.randint(200, (2, 2000))  # 2000 pairs of 200 items
y = (relevance[i] - relevance[j]).sign()
for margin in (0.0, 0.1, 1.0):
    model = nn.Linear(5, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        score = model(features).squeeze(1)
        loss = F.margin_ranking_loss(score[i], score[j], y, margin)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right_order = ((score[i] - score[j]) * y >= 0).float().mean()
    size = model.weight.norm().item()
    print(f"margin {margin}: {right_order:.0%} in order, weights of length {size:.1f}")
# --8<-- [end:margin]
assert right_order > 0.98

# --8<-- [start:reduction]
x1, x2, y = torch.tensor([0.0, 5, 5, 5]), torch.tensor([1.0, 0, 0, 0]), torch.ones(4)
for reduction in ("none", "sum", "mean"):
    print(reduction, F.margin_ranking_loss(x1, x2, y, reduction=reduction).tolist())
# --8<-- [end:reduction]
assert F.margin_ranking_loss(x1, x2, y) == 0.25

# --8<-- [start:by-hand]
a = torch.tensor([2.0, 1.0, 1.0, 1.0])
b = torch.tensor([2.0, -3.0, 1.0, 1.0])
c = torch.tensor([-1.0, 1.0, -1.0, -1.0])
for name, target in (("b as the target", b), ("c as the target", c)):
    each = F.margin_ranking_loss(a, b, target, margin=1.0, reduction="none")
    print(f"{name}: {each.tolist()}, sum {each.sum():.0f}")
# --8<-- [end:by-hand]
assert each.sum() == 3 and F.margin_ranking_loss(a, b, b, margin=1.0, reduction="sum") == 16

# --8<-- [start:collapse]
x1, x2, y = torch.tensor([1.0, 3.0]), torch.tensor([2.0, 0.0]), torch.ones(2)
for scale in (1.0, 0.1, 0.0):
    a, b = scale * x1, scale * x2
    losses = [F.margin_ranking_loss(a, b, y, margin).item() for margin in (0.0, 1.0)]
    print(f"scores times {scale}: margin 0 {losses[0]:.2f}, margin 1 {losses[1]:.2f}")
# --8<-- [end:collapse]
assert losses == [0, 1]

# --8<-- [start:tie]
x1, x2, y = torch.zeros(1, requires_grad=True), torch.zeros(1), torch.ones(1)
for name, loss in (
    ("library", F.margin_ranking_loss(x1, x2, y)),
    ("relu   ", F.relu(-y * (x1 - x2))),
):
    print(f"{name}: loss {loss.item() + 0}, gradient {torch.autograd.grad(loss, x1)[0].item() + 0}")
# --8<-- [end:tie]
assert torch.autograd.grad(F.margin_ranking_loss(x1, x2, y), x1)[0] == -1

# --8<-- [start:zero-one]
x1 = torch.tensor([2.0, -2.0], requires_grad=True)
for label in (-1.0, 0.0, 2.0):  # the differences are 2 and -2
    y = torch.full((2,), label)
    loss = F.margin_ranking_loss(x1, torch.zeros(2), y, margin=1.0, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x1)
    print(f"label {label:2.0f}: loss {loss.tolist()}, gradient {(slope + 0).tolist()}")
# --8<-- [end:zero-one]
assert loss.tolist() == [0, 5] and slope.tolist() == [0, -2]

# --8<-- [start:shapes]
x1, x2 = torch.tensor([[1.0], [2.0], [3.0]]), torch.zeros(3, 1)
for size in ((3,), (3, 1), (1, 3)):
    try:
        loss = F.margin_ranking_loss(x1, x2, torch.ones(size), reduction="none")
        print(f"target {size}: result {tuple(loss.shape)}")
    except RuntimeError as error:
        print(f"target {size}:", str(error).partition(" but")[0])
# --8<-- [end:shapes]
assert loss.shape == (3, 3)

# --8<-- [start:all-pairs]
score, grade = torch.tensor([2.0, 0.5, 1.0, -1.0]), torch.tensor([2, 1, 0, 0])
y = (grade[:, None] - grade[None, :]).sign()  # (4, 4), 0 where the grades are equal
each = F.margin_ranking_loss(score[:, None], score[None, :], y, 0.25, reduction="none")
for row in each * (y > 0):
    print(row.tolist())
print(f"mean over ordered pairs {each[y > 0].mean():.2f}")
# --8<-- [end:all-pairs]
assert (y > 0).sum() == 5 and each[y > 0].sum() == 0.75 and torch.isclose(each[y > 0].mean(), torch.tensor(0.15))
assert each[1, 2] == 0.75 == 0.25 - (0.5 - 1)

# --8<-- [start:distance]
near, far = torch.tensor([0.2, 1.5]), torch.tensor([2.0, 1.0])  # distances: less is better
for label in (1.0, -1.0):
    loss = F.margin_ranking_loss(near, far, torch.full((2,), label), reduction="none")
    print(f"target {label:2.0f}: {[round(v, 1) for v in loss.tolist()]}")
# --8<-- [end:distance]
assert torch.allclose(loss, torch.tensor([0.0, 0.5]))

# --8<-- [start:relatives]
torch.manual_seed(0)
x1, x2, a, p, n = torch.randn(5, 4, 3)
y, one = torch.randn(4, 3).sign(), torch.ones(4)
svm = (1 - y * x1).clamp(min=0).mean()
ranknet = torch.log(1 + torch.exp(-y * (x1 - x2))).mean()
far, near = F.pairwise_distance(a, n), F.pairwise_distance(a, p)
pairs = {
    "hinge of an SVM": (F.margin_ranking_loss(x1, 0 * x1, y, margin=1.0), svm),
    "triplet": (F.margin_ranking_loss(far, near, one, 1.0), F.triplet_margin_loss(a, p, n)),
    "RankNet": (F.soft_margin_loss(x1 - x2, y), ranknet),
}
for name, (left_side, right_side) in pairs.items():
    print(f"{name}: equal {torch.isclose(left_side, right_side).item()}")
# --8<-- [end:relatives]
assert all(torch.isclose(*both) for both in pairs.values())
plt.show()

# --8<-- [start:from-scratch]
import itertools

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    x, y = torch.atleast_2d(input), target.reshape(-1, 1)
    n, c = x.shape
    if p not in (1, 2):
        raise ValueError("only p = 1 and p = 2 are supported")
    if y.shape[0] != n or target.dim() > 1 or not ((y >= 0) & (y < c)).all():
        raise RuntimeError("target needs one class from 0 to C - 1 per row of input")
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
worst, margins = 0.0, (0.0, 0.5, 1.0, 3.0)
reductions = ("none", "mean", "sum")
for p, margin, weight, reduction in itertools.product((1, 2), margins, (None, w), reductions):
    ours = multi_margin_loss(x, y, p, margin, weight, reduction)
    library = F.multi_margin_loss(x, y, p, margin, weight, reduction=reduction)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and len(margins) == 4
corner = torch.tensor([1.0, 0.0], requires_grad=True)
assert torch.autograd.grad(F.multi_margin_loss(corner, torch.tensor(0)), corner)[0].tolist() == [0, 0]

# --8<-- [start:example]
x = torch.tensor([[1.0, 0.5, 2.0, -1.0]], requires_grad=True)  # scores of 4 classes
y = torch.tensor([0])
for p in (1, 2):
    loss = F.multi_margin_loss(x, y, p=p)
    (slope,) = torch.autograd.grad(loss, x)
    print(f"p = {p}: loss {loss.item()}, gradient {(slope + 0).tolist()}")
# --8<-- [end:example]
assert loss == (0.25 + 4) / 4 == 1.0625 and F.multi_margin_loss(x, y) == 2.5 / 4 == 0.625
assert slope.tolist() == [[-1.25, 0.25, 1.0, 0]]
try:
    torch.autograd.grad(F.multi_margin_loss(x, y, p=2), x, create_graph=True)[0].sum().backward()
except RuntimeError as error:
    assert "multi_margin_loss_backward is not implemented" in str(error)
else:
    raise AssertionError("the library has a second derivative now")

# --8<-- [start:curves]
s = torch.linspace(-3, 3, 601, requires_grad=True)  # the range of every loss page
x = torch.stack((s, torch.zeros_like(s), torch.ones_like(s)), dim=1)  # class 0 is right
figure, (left, right) = plt.subplots(1, 2)
for color, p, place in (("C0", 1, (-2.9, 1.4)), ("C1", 2, (-0.9, 6.0))):
    loss = F.multi_margin_loss(x, torch.zeros(601, dtype=torch.long), p=p, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), s, retain_graph=True)
    left.plot(s.detach(), loss.detach(), color)
    right.plot(s.detach(), slope, color)
    left.text(*place, f"p = {p}", color=color)
left.set(title="loss", xlabel="score of the right class", xticks=range(-3, 4))
right.set(title="gradient", xlabel="score of the right class", xticks=range(-3, 4))
# --8<-- [end:curves]
assert (loss[s > 2.01] == 0).all() and (loss[s < 1.99] > 0).all() and (slope[s > 2.01] == 0).all()
s = torch.tensor([0.5, 1.5], requires_grad=True)
loss = F.multi_margin_loss(torch.stack((s, 0 * s, 0 * s + 1), 1), torch.tensor([0, 0]), reduction="sum")
assert torch.allclose(torch.autograd.grad(loss, s)[0], torch.tensor([-2 / 3, -1 / 3]))

# --8<-- [start:margin]
x, y = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0])  # right, by a lead of 1
for margin in (0.0, 1.0, 1.5, 3.0):
    print(f"margin {margin}: loss {F.multi_margin_loss(x, y, margin=margin):.4f}")
# --8<-- [end:margin]
assert F.multi_margin_loss(10 * x, y, margin=30.0) == 10 * F.multi_margin_loss(x, y, margin=3.0)
assert torch.isclose(F.multi_margin_loss(x, y, margin=3.0), torch.tensor(1.0))

# --8<-- [start:weight]
x, y = torch.zeros(3, 2), torch.tensor([0, 1, 1])  # each loss is 1/2
w = torch.tensor([1.0, 5.0])
print("none", F.multi_margin_loss(x, y, weight=w, reduction="none").tolist())
print("mean", round(F.multi_margin_loss(x, y, weight=w).item(), 4))
print("sum ", F.multi_margin_loss(x, y, weight=w, reduction="sum").item())
# --8<-- [end:weight]
assert torch.isclose(F.multi_margin_loss(x, y, weight=w), torch.tensor(5.5 / 3))
assert F.multi_margin_loss(x, y, weight=w, reduction="sum") / w[y].sum() == 0.5 and w[y].sum() == 11
assert torch.isclose(F.cross_entropy(x, y, w), F.cross_entropy(x, y))

# --8<-- [start:power]
x, y, w = torch.tensor([[1.0, 0.5, 2.0]]), torch.tensor([0]), torch.tensor([3.0, 1.0, 1.0])
missing = torch.tensor([0.5, 2.0])  # 1 - 1 + 0.5 and 1 - 1 + 2
print("library", F.multi_margin_loss(x, y, p=2, weight=w).item())
print("outside", (3 * missing**2).sum().item() / 3)
print("inside ", ((3 * missing) ** 2).sum().item() / 3)
# --8<-- [end:power]
assert F.multi_margin_loss(x, y, p=2, weight=w) == 4.25 and ((3 * missing) ** 2).sum() / 3 == 12.75

# --8<-- [start:classes]
y = torch.tensor([0])
for c in (2, 10, 1000):
    start = F.multi_margin_loss(torch.zeros(1, c), y)  # all scores equal
    x = torch.full((1, c), -2.0)
    x[0, :2] = torch.tensor([0.0, 3.0])  # class 1 leads by 3, the others are far below
    print(f"{c:4} classes: start {start:.3f}, one too high {F.multi_margin_loss(x, y):.3f}")
# --8<-- [end:classes]
assert torch.isclose(start, torch.tensor(0.999)) and torch.isclose(F.multi_margin_loss(x, y), torch.tensor(0.004))

# --8<-- [start:softmax]
logits = torch.tensor([[0.0, 1.0, 2.0], [0.0, 9.0, 18.0]], requires_grad=True)
y = torch.tensor([0, 0])  # unsure, and very sure of the wrong class
for name, x in (("scores ", logits), ("softmax", logits.softmax(1))):
    each = F.multi_margin_loss(x, y, reduction="none")
    (slope,) = torch.autograd.grad(each.sum(), logits, retain_graph=True)
    print(f"{name}: loss {[round(v, 3) for v in each.tolist()]}", end=", ")
    print(f"gradient by class 0 {[round(v, 3) + 0 for v in slope[:, 0].tolist()]}")
# --8<-- [end:softmax]
assert torch.allclose(each, 1 - x[:, 0]) and slope[1].abs().max() < 1e-7

# --8<-- [start:most]
def crammer_singer(x, y):
    missing = 1 - x.gather(1, y[:, None]) + x
    return missing.scatter(1, y[:, None], 0).amax(1).clamp(min=0).mean()


x, y = torch.tensor([[0.5, 1.0, 2.0], [3.0, 0.0, 1.0]]), torch.tensor([0, 1])
print("all wrong classes:", round(3 * F.multi_margin_loss(x, y).item(), 3))
print("the worst one:    ", round(crammer_singer(x, y).item(), 3))
# --8<-- [end:most]
assert torch.isclose(F.multi_margin_loss(x, y), torch.tensor((1.5 + 2.5 + 4 + 2) / 2 / 3))
assert crammer_singer(x, y) == (2.5 + 4) / 2

# --8<-- [start:ignore]
x, y = torch.zeros(3, 4), torch.tensor([2, -100, 0])
try:
    F.multi_margin_loss(x, y)
except RuntimeError as error:
    print("error:", error)
keep = y != -100
print("kept: ", F.multi_margin_loss(x[keep], y[keep]).item())
# --8<-- [end:ignore]
assert F.multi_margin_loss(x[keep], y[keep]) == 0.75

# --8<-- [start:targets]
x = torch.zeros(2, 3)
targets = ("one-hot", [[0, 0, 1], [1, 0, 0]]), ("column", [[2], [0]]), ("floats", [2.0, 0.0])
for name, y in targets:
    try:
        F.multi_margin_loss(x, torch.tensor(y))
    except RuntimeError as error:
        print(f"{name:7}:", str(error).partition(". ")[2].partition(". ")[0] or error)
pixels, y = torch.zeros(2, 3, 4, 5), torch.zeros(2, 4, 5, dtype=torch.long)  # classes second
flat = pixels.movedim(1, -1).reshape(-1, 3)
print("pixels:", round(F.multi_margin_loss(flat, y.reshape(-1)).item(), 3))
# --8<-- [end:targets]

# --8<-- [start:empty]
torch.use_deterministic_algorithms(True)  # fills memory that nobody has written with nan
x, y = torch.zeros(0, 3), torch.zeros(0, dtype=torch.long)
print([F.multi_margin_loss(x, y, reduction=r).item() for r in ("mean", "sum")])
print([F.cross_entropy(x, y, reduction=r).item() for r in ("mean", "sum")])
torch.use_deterministic_algorithms(False)
# --8<-- [end:empty]
plt.show()

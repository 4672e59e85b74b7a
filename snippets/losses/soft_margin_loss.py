# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def soft_margin_loss(input, target, reduction="mean"):
    if torch.broadcast_shapes(input.shape, target.shape) != input.shape:
        raise RuntimeError("target must broadcast to the shape of input")
    loss = torch.log1p(torch.exp(-(target * input)))
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (5 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = 2 * torch.randint(2, (4, 5)).double() - 1  # −1 or 1
worst = 0.0
for reduction in ("none", "mean", "sum"):
    ours = soft_margin_loss(x, y, reduction)
    library = F.soft_margin_loss(x, y, reduction=reduction)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:example]
x = torch.tensor([0.0, math.log(3), math.log(3)], requires_grad=True)
y = torch.tensor([1.0, 1.0, -1.0])
loss = F.soft_margin_loss(x, y)
loss.backward()
each = F.soft_margin_loss(x, y, reduction="none")
print("margin  ", [f"{value:.4f}" for value in x * y])
print("loss    ", [f"{value:.4f}" for value in each])
print("mean    ", f"{loss:.4f}")
print("gradient", [f"{value:.4f}" for value in x.grad])
# --8<-- [end:example]
assert torch.allclose(each, torch.tensor([2, 4 / 3, 4]).log()) and f"{loss:.4f}" == "0.7890"
assert torch.allclose(x.grad, torch.tensor([-0.5, -0.25, 0.75]) / 3)

# --8<-- [start:curves]
m = torch.linspace(-3, 3, 601, requires_grad=True)  # as on every loss page
figure, (left, right) = plt.subplots(1, 2)
for style, loss in (
    ("C0-", F.soft_margin_loss(m, torch.ones(601), reduction="none")),
    ("C5:", (1 - m).clamp(min=0)),
):
    (slope,) = torch.autograd.grad(loss.sum(), m)
    left.plot(m.detach(), loss.detach(), style)
    right.plot(m.detach(), slope, style)
left.text(-2.9, 1.5, "soft\nmargin", color="C0", va="top")
left.text(-1.6, 3.1, "hinge", color="C5")
right.text(-2.9, -0.6, "soft\nmargin", color="C0", va="center")
right.text(-0.9, -0.95, "hinge", color="C5", va="center")
left.set(title="loss", xlabel="margin y·x", xticks=range(-3, 4))
right.set(title="gradient", xlabel="margin y·x", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope[-1] == 0 and torch.isclose(F.soft_margin_loss(0 * m, torch.ones(601)), torch.tensor(2.0).log())
assert F.soft_margin_loss(torch.tensor(3.0), torch.tensor(1.0)).item() > 0.04

# --8<-- [start:reduction]
x, y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]]), torch.ones(2, 3)
each = F.soft_margin_loss(x, y, reduction="none")
total, mean = (F.soft_margin_loss(x, y, reduction=r) for r in ("sum", "mean"))
print(f"sum {total:.3f}, mean {mean:.3f} = sum / {total / mean:.0f}")
w = torch.tensor([3.0, 1.0, 1.0])  # three times for the first column
print(f"weighted mean {(w * each).sum() / w.expand_as(each).sum():.3f}")
# --8<-- [end:reduction]
assert torch.isclose(total, 6 * mean) and w.expand_as(each).sum() == 10

# --8<-- [start:bce]
bce = F.binary_cross_entropy_with_logits(x, (y + 1) / 2)
print(f"soft margin {mean:.6f}, BCE with logits {bce:.6f}")
y[:, 0] = -1
multi = F.multilabel_soft_margin_loss(x, (y + 1) / 2)
print(f"soft margin {F.soft_margin_loss(x, y):.6f}, multi-label {multi:.6f}")
# --8<-- [end:bce]
assert torch.isclose(mean, bce) and torch.isclose(F.soft_margin_loss(x, y), multi)
assert torch.allclose(torch.sigmoid(x).log(), -F.soft_margin_loss(x, torch.ones(2, 3), reduction="none"))

# --8<-- [start:labels]
x = torch.tensor([4.0, -1.0, 4.0, -1.0], requires_grad=True)
classes = torch.tensor([1.0, 1.0, 0.0, 0.0])
for name, y in (("0 and 1 ", classes), ("−1 and 1", 2 * classes - 1)):
    each = F.soft_margin_loss(x, y, reduction="none")
    (g,) = torch.autograd.grad(each.sum(), x)
    print(name, "loss    ", *(f"{value:6.3f}" for value in each))
    print(name, "gradient", *(f"{value + 0:6.3f}" for value in g))
# --8<-- [end:labels]
dead = F.soft_margin_loss(x, classes, reduction="none")[2:]
assert dead.allclose(torch.tensor(2.0).log()) and torch.autograd.grad(dead.sum(), x)[0].abs().max() == 0
assert each[:2].allclose(F.soft_margin_loss(x[:2], classes[:2], reduction="none")) and g[2] > 0.98

# --8<-- [start:overflow]
x = torch.tensor([-50.0, -88.0, -89.0, -1000.0], requires_grad=True)
for name, loss in (
    ("soft margin", F.soft_margin_loss(x, torch.ones(4), reduction="none")),
    ("softplus   ", F.softplus(-x)),
):
    (g,) = torch.autograd.grad(loss.sum(), x)
    print(name, loss.tolist(), g.tolist())
# --8<-- [end:overflow]
assert g.tolist() == [-1, -1, -1, -1] and math.exp(88.7) < torch.finfo(torch.float32).max < math.exp(88.8)
half = torch.tensor([-11.0, -12.0]).half()
assert F.soft_margin_loss(half, torch.ones(2).half(), reduction="none").isinf().tolist() == [False, True]

# --8<-- [start:soft]
x = torch.tensor([0.0, 2.0, 4.0, 8.0, 16.0])
bce_loss = F.binary_cross_entropy_with_logits
print("logit           ", *(f"{value:6.1f}" for value in x))
for name, loss in (
    ("soft margin, 0.8", F.soft_margin_loss(x, 0 * x + 0.8, reduction="none")),
    ("BCE, 0.9        ", bce_loss(x, 0 * x + 0.9, reduction="none")),
):
    print(name, *(f"{value:6.3f}" for value in loss))
# --8<-- [end:soft]
assert loss.argmin() == 1 and math.isclose(math.log(0.9 / 0.1), 2.197, abs_tol=1e-3)

# --8<-- [start:shapes]
for input, target in (((4, 1), (4,)), ((3, 3), (3,))):
    try:
        x, y = torch.ones(input), torch.ones(target)
        loss = F.soft_margin_loss(x, y, reduction="none")
        print(input, target, "becomes", tuple(loss.shape))
    except RuntimeError as error:
        print(input, target, error)
# --8<-- [end:shapes]
x = torch.tensor([-2.0, 5.0], requires_grad=True)
y = torch.tensor([-1, 1])  # separated: a larger scale is always better
assert F.soft_margin_loss(2 * x, y) < F.soft_margin_loss(x, y)
assert torch.equal(F.soft_margin_loss(x, y > 0), F.soft_margin_loss(x, (y > 0).float()))
try:
    F.soft_margin_loss(x, x)
    raise AssertionError
except RuntimeError as error:
    assert "not differentiable with respect to argument 'target'" in str(error)
try:
    F.soft_margin_loss(x, y > 0).backward()
    raise AssertionError
except RuntimeError as error:
    assert "Negation" in str(error) and nn.SoftMarginLoss()(x, y) == F.soft_margin_loss(x, y)
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def l1_loss(input, target, reduction="mean", weight=None):
    loss = (input - target).abs()
    mean = loss.mean()
    if weight is not None:
        if weight.shape != input.shape:
            raise ValueError("weight must have the shape of input")
        loss = loss * weight
        mean = loss.sum() / weight.sum()  # not divided by the count
    return {"none": loss, "mean": mean, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
w = torch.rand(4, 5, dtype=torch.float64)
worst = 0.0
for reduction, weight in itertools.product(("none", "mean", "sum"), (None, w)):
    options = {"reduction": reduction, "weight": weight}
    ours, library = l1_loss(x, y, **options), F.l1_loss(x, y, **options)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

# --8<-- [start:example]
x = torch.tensor([1.5, 2.0, 5.0, 4.0], requires_grad=True)
y = torch.tensor([1.0, 3.0, 2.0, 4.0])
loss = F.l1_loss(x, y)
loss.backward()
print("e       ", (x - y).tolist())
print("loss    ", F.l1_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert F.l1_loss(x, y, reduction="none").tolist() == [0.5, 1, 3, 0]
assert loss.item() == 4.5 / 4 == 1.125 and x.grad.tolist() == [0.25, -0.25, 0.25, 0]

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)  # as on every loss page
loss = F.l1_loss(e, torch.zeros(601), reduction="none")
(slope,) = torch.autograd.grad(loss.sum(), e)
slope[e.abs() < 1e-6] = math.nan  # a gap where the slope jumps
figure, (left, right) = plt.subplots(1, 2)
left.plot(e.detach(), e.detach() ** 2 / 2, "C5", linestyle=":")
left.plot(e.detach(), loss.detach(), "C0")
right.plot(e.detach(), e.detach(), "C5", linestyle=":")
right.plot(e.detach(), slope, "C0")
right.plot(0, 0, "C0o")
left.text(3.1, 3, "|e|", color="C0", va="center")
left.text(3.1, 4.5, "e² / 2", color="C5", va="center")
right.text(3.1, 1, "sign e", color="C0", va="center")
right.text(3.1, 3, "e", color="C5", va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope.nan_to_num(0).tolist() == [-1] * 300 + [0] + [1] * 300

# --8<-- [start:reduction]
x, y = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.zeros(2, 3)
w = torch.tensor([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
for weight in (None, w, 10 * w):
    total = F.l1_loss(x, y, reduction="sum", weight=weight)
    mean = F.l1_loss(x, y, weight=weight)
    print(f"L1:    sum {total:5.1f}, mean {mean:.3f}, ratio {total / mean:.0f}")
total = F.huber_loss(x, y, reduction="sum", weight=w)
mean = F.huber_loss(x, y, weight=w)
print(f"Huber: sum {total:5.1f}, mean {mean:.3f}, ratio {total / mean:.0f}")
# --8<-- [end:reduction]
assert w.sum() == 9 and F.l1_loss(x, y, weight=w) == 3 and torch.isclose(mean, total / w.numel())
assert F.l1_loss(x, y, weight=10 * w) == 3 and F.l1_loss(x, y, weight=torch.full((2, 3), 7)) == 2.5
each = [F.l1_loss(x, y, reduction=r, weight=w) for r in ("none", "sum")]
assert each[0].mean() == 4.5 and each[1] == 27

# --8<-- [start:median]
data = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
w = torch.tensor([1.0, 1.0, 1.0, 1.0, 5.0])
guesses = torch.arange(0, 101.0)
for weight in (None, w):
    losses = [F.l1_loss(c.expand(5), data, weight=weight) for c in guesses]
    best = torch.stack(losses).argmin()
    print(f"best constant {guesses[best]:3.0f}, loss {losses[best]:.2f}")
# --8<-- [end:median]
assert data.median() == 3 and w[4] > w.sum() / 2
even = torch.tensor([1.0, 2.0, 4.0, 9.0])
assert len({F.l1_loss(torch.full((4,), c), even).item() for c in (2.0, 2.5, 3.0, 4.0)}) == 1

# --8<-- [start:hover]
def last_steps(criterion, lr, decay=1.0):
    theta, path = torch.tensor([0.25], requires_grad=True), []
    for step in range(40):
        (g,) = torch.autograd.grad(criterion(theta, torch.ones(1)), theta)
        theta = (theta - lr * decay**step * g).detach().requires_grad_()
        path.append(f"{theta.item():.3f}")
    return path[-2:]


print("MSE", last_steps(nn.MSELoss(), lr=0.1))
print("L1 ", last_steps(nn.L1Loss(), lr=0.1))
print("L1 ", last_steps(nn.L1Loss(), lr=0.1, decay=0.9))
# --8<-- [end:hover]
assert last_steps(nn.MSELoss(), 0.1) == ["1.000", "1.000"] and last_steps(nn.L1Loss(), 0.1) == ["0.950", "1.050"]
ends = [abs(float(v) - 1) for v in last_steps(nn.L1Loss(), 0.1, 0.9)]
assert max(ends) < 0.01

# --8<-- [start:mask]
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = torch.tensor([0.0, 0.0, math.nan])  # the last target is missing
valid = ~y.isnan()
print("weight", F.l1_loss(x, y, weight=valid.float()).item())
print("index ", F.l1_loss(x[valid], y[valid]).item())
print("filled", F.l1_loss(x, y.nan_to_num(0), weight=valid.float()).item())
print("nothing valid", F.l1_loss(x[:0], y[:0]).item())
# --8<-- [end:mask]
assert F.l1_loss(x[valid], y[valid]) == F.l1_loss(x, y.nan_to_num(0), weight=valid.float()) == 1.5
assert F.l1_loss(x, x, weight=torch.zeros(3)).isnan()

# --8<-- [start:nan]
for criterion in (nn.L1Loss(), nn.MSELoss()):
    (g,) = torch.autograd.grad(criterion(x, y), x)
    name, values = type(criterion).__name__, [f"{value:.3f}" for value in g]
    print(f"{name:7} {criterion(x, y).item()}, gradient {values}")
# --8<-- [end:nan]
(g,) = torch.autograd.grad(F.l1_loss(x, y), x)
assert torch.allclose(g, torch.tensor([1, 1, 0]) / 3)

# --8<-- [start:ignored]
x, y = torch.tensor([1.0, 2.0, 4.0]), torch.zeros(3)
w = torch.tensor([1.0, 0.0, 0.0])
print(f"outside: L1 {F.l1_loss(x, y, weight=w):.3f}")
with torch.device("cpu"):
    print(f"inside:  L1 {F.l1_loss(x, y, weight=w):.3f}")
    by_hand = (w * F.l1_loss(x, y, reduction="none")).sum() / w.sum()
    print(f"by hand: L1 {by_hand:.3f}")
# --8<-- [end:ignored]
with torch.device("cpu"):
    assert F.l1_loss(x, y, weight=w) == F.l1_loss(x, y) == (x.sum() / 3)
    assert F.mse_loss(x, y, weight=w) == 1 and torch.isclose(F.huber_loss(x, y, weight=w), torch.tensor(1 / 6))
torch.set_default_device("cpu")
assert F.l1_loss(x, y, weight=w) == F.l1_loss(x, y)
torch.set_default_device(None)
subclass = type("Subclass", (torch.Tensor,), {})
assert F.l1_loss(x.as_subclass(subclass), y, weight=w) == F.l1_loss(x, y)
assert F.l1_loss(x, y, weight=w) == 1

# --8<-- [start:penalty]
theta = torch.tensor([0.5, -2.0, 0.0], requires_grad=True)
penalty = theta.abs().sum()  # add λ times this to the loss
penalty.backward()
print("penalty ", penalty.item(), theta.grad.tolist())
print("L1Loss  ", nn.L1Loss(reduction="sum")(theta, torch.zeros(3)).item())
# --8<-- [end:penalty]
assert penalty == F.l1_loss(theta, torch.zeros(3), reduction="sum") == 2.5
try:
    F.l1_loss(torch.tensor([1, 2]), torch.tensor([1, 3]))
except RuntimeError as error:
    assert "could not infer output dtype" in str(error)
assert F.l1_loss(torch.tensor([3 + 4j]), torch.tensor([0j])) == 5
assert F.l1_loss(torch.tensor([1.5]), torch.tensor([1])) == 0.5
e = torch.arange(1, 11) - torch.arange(1, 11.0)[:, None]  # guesses down, targets across
assert torch.maximum(0.85 * e, -0.15 * e).sum(1).argmin() + 1 == 9  # the 0.85 quantile
plt.show()

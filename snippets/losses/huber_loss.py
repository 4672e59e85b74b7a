# --8<-- [start:from-scratch]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    if not delta > 0:
        raise RuntimeError("delta must be positive")
    if weight is not None and weight.shape != input.shape:
        raise ValueError("weight must have the shape of input")
    e = input - target
    c = e.clamp(-delta, delta)
    loss = c * (e - c / 2)  # inside c = e, outside c = ±delta
    loss = loss if weight is None else loss * weight
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
w = torch.rand(4, 5, dtype=torch.float64)
worst, deltas = 0.0, (0.1, 1.0, 2.5, math.inf)
for options in itertools.product(("none", "mean", "sum"), deltas, (None, w)):
    ours, library = huber_loss(x, y, *options), F.huber_loss(x, y, *options)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and len(deltas) == 4
far = torch.tensor([-math.inf, math.inf], requires_grad=True)
assert torch.autograd.grad(huber_loss(far, torch.zeros(2), "sum"), far)[0].tolist() == [-1, 1]

# --8<-- [start:example]
x = torch.tensor([1.5, 2.0, 5.0, 4.0], requires_grad=True)
y = torch.tensor([1.0, 3.0, 2.0, 4.0])
loss = F.huber_loss(x, y)
loss.backward()
print("e       ", (x - y).tolist())
print("loss    ", F.huber_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert F.huber_loss(x, y, reduction="none").tolist() == [0.125, 0.5, 2.5, 0]
assert loss.item() == 3.125 / 4 == 0.78125 and x.grad.tolist() == [0.125, -0.25, 0.25, 0]

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)  # the range of every loss page
figure, (left, right) = plt.subplots(1, 2)
for color, delta in (("C0", 0.5), ("C1", 1.0), ("C2", 2.0)):
    loss = F.huber_loss(e, torch.zeros_like(e), reduction="none", delta=delta)
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), color)
    right.plot(e.detach(), slope, color)
    left.text(3.1, loss[-1].item(), f"δ = {delta}", color=color, va="center")
    right.text(3.1, delta, f"{delta}", color=color, va="center")
left.plot(e.detach(), e.detach() ** 2 / 2, "C5", linestyle=":", zorder=0)
left.text(-2.7, 4.5, "e² / 2", color="C5", va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.equal(slope, e.clamp(-2, 2)) and loss[0] == loss[-1] == 4

# --8<-- [start:delta]
data = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
guesses = torch.arange(0, 30.5, 0.5)
for delta in (1.0, 10.0, 50.0, math.inf):
    losses = [F.huber_loss(guess.expand(5), data, delta=delta) for guess in guesses]
    best = guesses[torch.stack(losses).argmin()]
    print(f"delta {delta:4}: best constant {best:4.1f}")
print(f"median {data.median():.1f}, mean {data.mean():.1f}")
# --8<-- [end:delta]
for delta, best in ((1.0, 3), (10.0, 5), (50.0, 15), (math.inf, 22)):
    assert (best - data).clamp(-delta, delta).sum() == 0
assert torch.equal(F.huber_loss(data, -data, delta=math.inf), F.mse_loss(data, -data) / 2)


# --8<-- [start:efficiency]
def efficiency(k):  # δ = k standard deviations, normal errors
    inside = math.erf(k / math.sqrt(2))  # P(|e| < k)
    density = math.exp(-k * k / 2) / math.sqrt(2 * math.pi)
    clipped = inside - 2 * k * density + k * k * (1 - inside)  # E[clip(e)²]
    return inside**2 / clipped


for k in (0.01, 0.5, 1.0, 1.345, 2.0, 3.0):
    print(f"delta = {k:5} σ: efficiency {efficiency(k):.3f}")
# --8<-- [end:efficiency]
assert round(efficiency(1.345), 3) == 0.95 and abs(efficiency(1e-4) - 2 / math.pi) < 1e-4
e = torch.randn(1_000_000, dtype=torch.float64)
assert abs((e.abs() < 1).double().mean() ** 2 / e.clamp(-1, 1).square().mean() - efficiency(1)) < 0.005

# --8<-- [start:reduction]
x, y = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.zeros(2, 3)
w = torch.tensor([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
for weight in (None, w):
    each, total, mean = (F.huber_loss(x, y, r, weight=weight) for r in ("none", "sum", "mean"))
    print(each.tolist(), f"sum {total:.0f}, mean {mean:.3f} = sum / {total / mean:.0f}")
# --8<-- [end:reduction]
assert total == 23 and torch.isclose(mean, torch.tensor(23 / 6)) and w.sum() == 9

# --8<-- [start:smooth-l1]
x, y = torch.tensor(3.0), torch.tensor(0.0)
for delta in (0.01, 0.5, 1.0, 2.0, 100.0):
    huber, smooth = F.huber_loss(x, y, delta=delta), F.smooth_l1_loss(x, y, beta=delta)
    print(f"{delta:6}: Huber {huber:.3f}, SmoothL1 {smooth:.3f}, ratio {huber / smooth:.2f}")
# --8<-- [end:smooth-l1]
assert torch.isclose(huber, delta * smooth) and delta == 100
assert F.smooth_l1_loss(x, y, beta=0.0) == F.l1_loss(x, y)
slope = [F.smooth_l1_loss(x + 1, y, beta=beta) - F.smooth_l1_loss(x, y, beta=beta) for beta in (0.5, 2.0)]
assert slope == [1, 1]

# --8<-- [start:units]
errors = torch.tensor([-250.0, 40.0, 900.0])
for unit, size, delta in (("€", 1, 1.0), ("1000 €", 1000, 1.0), ("€", 1, 1000.0)):
    x = (errors / size).requires_grad_()
    F.huber_loss(x, torch.zeros(3), reduction="sum", delta=delta).backward()
    print(f"{unit:6} delta {delta:4.0f}: gradient {[round(g, 3) for g in x.grad.tolist()]}")
# --8<-- [end:units]
losses = [F.huber_loss(k * errors, torch.zeros(3), delta=100 * k) for k in (1, 7)]
assert torch.isclose(losses[1], 49 * losses[0]) and (errors.abs() > 1).all()

# --8<-- [start:shapes]
prediction = torch.tensor([[1.0], [2.0], [3.0], [4.0]])  # (4, 1), from nn.Linear
target = torch.tensor([1.0, 2.0, 3.0, 4.0])  # (4,)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("wrong", F.huber_loss(prediction, target).item(), caught[0].category.__name__)
    print("shape", tuple(F.huber_loss(prediction, target, reduction="none").shape))
print("right", F.huber_loss(prediction.squeeze(1), target).item())
# --8<-- [end:shapes]
assert F.huber_loss(prediction.squeeze(1), target) == 0

# --8<-- [start:refused]
for delta in (0.0, -1.0, math.nan):
    criterion = nn.HuberLoss(delta=delta)  # accepted
    try:
        criterion(prediction, prediction)
    except RuntimeError as error:
        print(f"delta {delta:4}: {error}")
# --8<-- [end:refused]

# --8<-- [start:abs]
e = torch.tensor([-3.0, -0.5, 0.5, 3.0])
wrong = (e.abs() <= 1) * e**2 / 2 + (e > 1) * (e.abs() - 0.5)
print(wrong.tolist())
print(huber_loss(e, torch.zeros(4), reduction="none").tolist())
# --8<-- [end:abs]
assert wrong.tolist() == [0, 0.125, 0.125, 2.5]
plt.show()

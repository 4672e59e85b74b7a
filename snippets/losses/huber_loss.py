# --8<-- [start:call]
import torch
from torch import nn

loss = nn.HuberLoss(delta=1.0)
prediction, target = torch.tensor([1.5, 2.0, 5.0]), torch.tensor([1.0, 3.0, 2.0])
print(f"loss {loss(prediction, target):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math
import textwrap
import warnings

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
each = F.huber_loss(prediction, target, reduction="none")
assert each.tolist() == [0.125, 0.5, 2.5], "errors of 0.5, 1 and 3 cost 0.125, 0.5 and 2.5"


# --8<-- [start:from-scratch]
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
deltas = 0.1, 1.0, 2.5, math.inf
worst, choices = 0.0, (("none", "mean", "sum"), deltas, (None, w))
for reduction, delta, weight in itertools.product(*choices):
    ours = huber_loss(x, y, reduction, delta, weight)
    library = F.huber_loss(x, y, reduction=reduction, delta=delta, weight=weight)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert len(deltas) == 4, "four thresholds"
assert nn.HuberLoss().delta == 1.0, "the default is delta=1.0"
far = torch.tensor([-math.inf, math.inf], requires_grad=True)
(gradient,) = torch.autograd.grad(huber_loss(far, torch.zeros(2), "sum"), far)
assert gradient.tolist() == [-1, 1], "autograd finds the clipped error in it, even at e = ±∞"

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
each = F.huber_loss(x, y, reduction="none")
assert each.tolist() == [0.5**2 / 2, 1**2 / 2, 1 * (3 - 0.5), 0], "½ · 0.5² = 0.125, ½ · 1² = 0.5, 1 · (3 − 0.5) = 2.5"
assert each.sum() == 3.125, "the mean is 3.125 / 4"
assert loss.item() == 3.125 / 4 == 0.78125, "3.125 / 4 = 0.78125"
assert torch.equal(x.grad, (x - y).detach().clamp(-1, 1) / 4), "the gradient is the clipped error divided by 4"
assert x.grad[2] == -x.grad[1] == 0.25, "the error of 3 pulls as hard as the error of −1: 0.25 each"
(squared,) = torch.autograd.grad(F.mse_loss(x, y), x)
assert squared[2] == -3 * squared[1], "under squared error it would pull three times as hard"

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
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
assert torch.equal(slope, e.clamp(-2, 2)), "the gradient is the error itself, cut off at −δ and δ"
for delta in (0.5, 1.0, 2.0):
    loss = F.huber_loss(e, torch.zeros_like(e), reduction="none", delta=delta)
    inside = e.abs() < delta
    assert torch.allclose(loss[inside], e[inside] ** 2 / 2), "inside ±δ all curves are one parabola"

# --8<-- [start:delta]
data = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
guesses = torch.arange(0, 30.5, 0.5)
print("delta  best constant")
for delta in (1.0, 10.0, 50.0, math.inf):
    losses = [F.huber_loss(guess.expand(5), data, delta=delta) for guess in guesses]
    best = guesses[torch.stack(losses).argmin()]
    print(f"{delta:<5}  {best:13.1f}")
# --8<-- [end:delta]
assert data.median() == 3, "the median is 3"
assert data.mean() == 22, "the mean is 22"
for delta, best in ((1.0, 3), (10.0, 5), (50.0, 15), (math.inf, 22)):
    assert (best - data).clamp(-delta, delta).sum() == 0, "at the best constant the clipped errors add up to zero"
assert (5 - data).clamp(-10, 10).tolist() == [4, 3, 2, 1, -10], "for δ = 10 and 5 they are 4 + 3 + 2 + 1 − 10 = 0"
half = F.mse_loss(data, -data) / 2
assert torch.equal(F.huber_loss(data, -data, delta=math.inf), half), "with `delta=math.inf` exactly half of `MSELoss`"


# --8<-- [start:efficiency]
def efficiency(k):  # δ = k standard deviations, normal errors
    inside = math.erf(k / math.sqrt(2))  # P(|e| < k)
    density = math.exp(-k * k / 2) / math.sqrt(2 * math.pi)
    clipped = inside - 2 * k * density + k * k * (1 - inside)  # E[clip(e)²]
    return inside**2 / clipped


print("delta / σ  efficiency")
for k in (0.01, 0.5, 1.0, 1.345, 2.0, 3.0):
    print(f"{k:<9}  {efficiency(k):10.3f}")
# --8<-- [end:efficiency]
assert round(efficiency(1.345), 3) == 0.95, "δ = 1.345 σ keeps 95 % of the efficiency on clean normal errors"
assert math.isclose(efficiency(1e-4), 2 / math.pi, rel_tol=1e-3), "the median keeps a share of 2/π"
assert f"{2 / math.pi:.0%}" == "64%", "2/π is about 64 %"
e = torch.randn(1_000_000, dtype=torch.float64)
measured = (e.abs() < 1).double().mean() ** 2 / e.clamp(-1, 1).square().mean()
assert math.isclose(measured, efficiency(1), rel_tol=0.01), "both expectations have closed forms"

# --8<-- [start:reduction]
x, y = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.zeros(2, 3)
w = torch.tensor([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
print("weights  losses                          sum   mean  sum / mean")
for name, weight in (("none", None), ("1, 2", w)):
    each = F.huber_loss(x, y, reduction="none", weight=weight)
    total = F.huber_loss(x, y, reduction="sum", weight=weight)
    mean = F.huber_loss(x, y, weight=weight)
    losses = ", ".join(f"{loss:.1f}" for loss in each.flatten())
    print(f"{name:7}  {losses:28}  {total:5.1f}  {mean:.3f}  {total / mean:10.0f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, total / 6), "it still divides by 6 when weights are given"
assert w.sum() == 9, "not by their sum of 9"
assert x.flatten().tolist() == [0, 1, 2, 3, 4, 5], "six errors, 0 to 5"

# --8<-- [start:smooth-l1]
x, y = torch.tensor(3.0), torch.tensor(0.0)
print("delta = beta  Huber  SmoothL1   ratio")
for delta in (0.01, 0.5, 1.0, 2.0, 100.0):
    huber = F.huber_loss(x, y, delta=delta)
    smooth = F.smooth_l1_loss(x, y, beta=delta)
    print(f"{delta:<12}  {huber:.3f}  {smooth:8.3f}  {huber / smooth:6.2f}")
# --8<-- [end:smooth-l1]
for threshold in (0.01, 0.5, 1.0, 2.0, 100.0):
    scaled = threshold * F.smooth_l1_loss(x, y, beta=threshold)
    assert torch.isclose(F.huber_loss(x, y, delta=threshold), scaled), "`d` times `SmoothL1Loss(beta=d)`"
    same = torch.isclose(scaled, F.smooth_l1_loss(x, y, beta=threshold))
    assert same == (threshold == 1), "they agree only at 1, the default of both"
assert F.smooth_l1_loss(x, y, beta=0.0) == F.l1_loss(x, y), "as the threshold goes to 0, SmoothL1 becomes `L1Loss`"
assert F.huber_loss(x, y, delta=1e-6) < 1e-5, "and Huber vanishes"
assert F.huber_loss(x, y, delta=100.0) == F.mse_loss(x, y) / 2, "as it grows, Huber becomes half of `MSELoss`"
assert F.smooth_l1_loss(x, y, beta=1e6) < 1e-5, "and SmoothL1 vanishes"
for threshold in (0.5, 2.0):
    x = torch.tensor(3.0, requires_grad=True)
    (slope,) = torch.autograd.grad(F.huber_loss(x, y, delta=threshold), x)
    assert slope == threshold, "their gradient is `delta`"
    (slope,) = torch.autograd.grad(F.smooth_l1_loss(x, y, beta=threshold), x)
    assert slope == 1, "with SmoothL1 it stays 1"

# --8<-- [start:units]
errors = torch.tensor([-250.0, 40.0, 900.0])
settings = ("€", 1, 1.0), ("1000 €", 1000, 1.0), ("€", 1, 1000.0)
print("unit    delta  gradient")
for unit, size, delta in settings:
    x = (errors / size).requires_grad_()
    F.huber_loss(x, torch.zeros(3), reduction="sum", delta=delta).backward()
    gradient = ", ".join(f"{value:g}" for value in x.grad)
    print(f"{unit:6}  {delta:5.0f}  {gradient}")
# --8<-- [end:units]
assert (errors.abs() > 1).all(), "in euros every error is beyond 1"
signs = torch.autograd.grad(F.huber_loss(x, torch.zeros(3), reduction="sum"), x)[0]
assert torch.equal(signs, errors.sign()), "and only the signs are left"
for k in (2, 7):
    scaled = F.huber_loss(k * errors, torch.zeros(3), delta=100.0 * k)
    plain = F.huber_loss(errors, torch.zeros(3), delta=100.0)
    assert torch.isclose(scaled, k**2 * plain), "the loss is multiplied by k²"

# --8<-- [start:shapes]
prediction = torch.tensor([[1.0], [2.0], [3.0], [4.0]])  # (4, 1), from nn.Linear
target = torch.tensor([1.0, 2.0, 3.0, 4.0])  # (4,)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("wrong", F.huber_loss(prediction, target).item())
    print("shape", tuple(F.huber_loss(prediction, target, reduction="none").shape))
print("right", F.huber_loss(prediction.squeeze(1), target).item())
print(textwrap.fill(f"{caught[0].category.__name__}: {caught[0].message}", 80))
# --8<-- [end:shapes]
assert caught[0].category is UserWarning, "you get a warning, not an error"
constant = [F.huber_loss(torch.full((4, 4), guess), target.expand(4, 4)).item() for guess in (2.0, 2.5, 3.0)]
assert min(constant) == constant[1], "a model trained that way is pulled towards one constant for all samples"

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
assert wrong[0] == 0, "large negative errors fit neither case, and cost nothing"
assert torch.equal(wrong[1:], huber_loss(e, torch.zeros(4), reduction="none")[1:]), "the others are right"
x = torch.tensor([0.3, 4.0])
assert F.smooth_l1_loss(x, 0 * x, beta=0.0) == F.l1_loss(x, 0 * x), "`SmoothL1Loss(beta=0)`, which is the same"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def fitting(var, input):  # one variance for a whole row, or along one dimension
    if var.shape == input.shape[:-1]:
        return var.unsqueeze(-1)
    sizes = zip(input.shape, var.shape, strict=False)
    if var.dim() != input.dim() or sum(b for a, b in sizes if a != b) != 1:
        raise ValueError("var is of incorrect size")
    return var
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-options]
def gaussian_nll_loss(
    input, target, var, full=False, eps=1e-6, reduction="mean"
):
    var = torch.full_like(input, var) if isinstance(var, float) else var
    if torch.any(var < 0):
        raise ValueError("var has negative entry/entries")
    var = var if var.shape == input.shape else fitting(var, input)
    floor = eps + (var - var.detach())  # the value eps, the gradient of var
    var = torch.where(var < eps, floor, var)
    loss = (var.log() + (input - target) ** 2 / var) / 2
    loss = loss + math.log(2 * math.pi) / 2 if full else loss
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-options]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(4, 5, dtype=torch.float64).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
shapes = (4, 5), (4,), (4, 1), (1, 5)
variances = [torch.rand(shape, dtype=torch.float64) for shape in shapes]
cases = variances, (False, True), (1e-6, 0.5), ("none", "mean", "sum")
worst = 0.0
for v, full, eps, reduction in itertools.product(*cases):
    v.requires_grad_()
    options = {"full": full, "eps": eps, "reduction": reduction}
    both = gaussian_nll_loss, F.gaussian_nll_loss
    pair = [loss(x, y, v, **options) for loss in both]
    slopes = [torch.autograd.grad(loss.sum(), (x, v)) for loss in pair]
    for a, b in (pair, *zip(*slopes, strict=True)):
        worst = max(worst, ((a - b).abs() / b.abs().clamp(min=1)).max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:example]
x, y = torch.full((3,), 2.0, requires_grad=True), torch.zeros(3)  # e = 2
var = torch.tensor([1.0, 4.0, 16.0], requires_grad=True)
each = F.gaussian_nll_loss(x, y, var, reduction="none")
each.sum().backward()
print("loss           ", [f"{value:.4f}" for value in each])
print("gradient by x  ", [f"{value:.4f}" for value in x.grad])
print("gradient by var", [f"{value:.4f}" for value in var.grad])
# --8<-- [end:example]
assert torch.allclose(each, torch.tensor([(math.log(v) + 4 / v) / 2 for v in (1, 4, 16)]))
assert x.grad.tolist() == [2, 0.5, 0.125] and var.grad[:2].tolist() == [-1.5, 0]
assert [f"{value:.4f}" for value in each] == ["2.0000", "1.1931", "1.5113"]

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
places = (1.95, 5.2), (3.1, 4.5), (3.1, 1.8)
for color, v, at in zip(("C0", "C1", "C2"), (0.25, 1, 4), places, strict=True):
    zeros = torch.zeros_like(e)
    loss = F.gaussian_nll_loss(e, zeros, zeros + v, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), color)
    right.plot(e.detach(), slope, color)
    left.text(*at, f"var {v:g}", color=color, va="center")
left.set(title="loss", ylim=(-1, 5.5))
right.set(title="gradient", ylim=(-6, 6))
for panel in (left, right):
    panel.set(xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.allclose(slope, e / 4) and abs(loss.min().item() - math.log(4) / 2) < 1e-4

# --8<-- [start:fit]
torch.manual_seed(0)
x = torch.linspace(-3, 3, 300).unsqueeze(1)
noise = 0.05 + 0.15 * (x + 3) / 2  # a standard deviation that grows
y = torch.sin(x) + noise * torch.randn(300, 1)
model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(400):
    mean, raw = model(x).chunk(2, dim=1)
    loss = F.gaussian_nll_loss(mean, y, F.softplus(raw))  # softplus: above 0
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
mean, std = mean.detach().flatten(), F.softplus(raw).detach().sqrt().flatten()
figure, axes = plt.subplots()
axes.plot(x, y, ".", color="C5", markersize=3, alpha=0.6)
axes.plot(x, mean, "C0")
low, high = mean - 2 * std, mean + 2 * std
axes.fill_between(x.flatten(), low, high, color="C0", alpha=0.2)
axes.set(xlabel="feature", ylabel="target")
# --8<-- [end:fit]
inside = ((y.flatten() - mean).abs() < 2 * std).float().mean()
assert 0.9 < inside < 0.99 and std[-20:].mean() > 2.5 * std[:20].mean()

# --8<-- [start:var]
x, y = torch.zeros(4, 3), torch.zeros(4, 3)
shapes = (4, 3), (4,), (4, 1), (1, 3), (3,), (1, 1)
for v in (2.0, 2, *(torch.ones(shape) for shape in shapes)):
    given = tuple(v.shape) if isinstance(v, torch.Tensor) else v
    try:
        F.gaussian_nll_loss(x, y, v)
        print(given, "fits")
    except (TypeError, ValueError) as error:
        print(given, type(error).__name__)
x, rows = torch.zeros(2, 2), torch.tensor([1.0, math.e**2])
print(F.gaussian_nll_loss(x, x, rows, reduction="none").tolist())
# --8<-- [end:var]
assert torch.allclose(F.gaussian_nll_loss(x, x, rows, reduction="none"), torch.tensor([[0.0], [1.0]]))

# --8<-- [start:full]
x, y, var = torch.tensor(1.0), torch.tensor(3.0), torch.tensor(4.0)
normal = torch.distributions.Normal(x, var.sqrt())
print(f"short {F.gaussian_nll_loss(x, y, var):.4f}")
print(f"full  {F.gaussian_nll_loss(x, y, var, full=True):.4f}")
print(f"exact {-normal.log_prob(y):.4f}")
# --8<-- [end:full]
assert f"{math.log(2 * math.pi) / 2:.4f}" == "0.9189"
assert torch.isclose(F.gaussian_nll_loss(x, y, var, full=True), -normal.log_prob(y))

# --8<-- [start:eps]
x, y = torch.tensor(1.0), torch.tensor(0.0)
for v in (4.0, 1.0, 0.25):
    loss = F.gaussian_nll_loss(x, y, v, eps=1.0)
    clamped, added = ((math.log(s) + 1 / s) / 2 for s in (max(v, 1.0), v + 1))
    print(f"var {v:4}: {loss:.4f}, clamped {clamped:.4f}, added {added:.4f}")
# --8<-- [end:eps]
assert abs(loss.item() - clamped) < 1e-6 and clamped != added
var = torch.tensor(0.25, requires_grad=True)
F.gaussian_nll_loss(torch.tensor(2.0), torch.tensor(0.0), var, eps=1.0).backward()
assert var.grad == -1.5  # the slope at var = 1, not 0

# --8<-- [start:negative]
errors = torch.tensor([0.1, -0.2, 0.1])
for unit, k in (("m", 1), ("cm", 100)):
    loss = F.gaussian_nll_loss(k * errors, torch.zeros(3), 0.02 * k**2)
    print(f"in {unit:2}: {loss:.4f}")
# --8<-- [end:negative]
assert abs(loss.item() - F.gaussian_nll_loss(errors, torch.zeros(3), 0.02).item() - math.log(100)) < 1e-5

# --8<-- [start:explode]
for eps in (1e-6, 1e-2):
    x = torch.ones(1, requires_grad=True)
    var = torch.zeros(1, requires_grad=True)
    loss = F.gaussian_nll_loss(x, torch.zeros(1), var, eps=eps)
    loss.backward()
    print(f"eps {eps:g}: loss {loss:.0f},", end=" ")
    print(f"by x {x.grad.item():.0e}, by var {var.grad.item():.0e}")
half = torch.zeros(1).half()
print("float16:", F.gaussian_nll_loss(half + 1, half, half).item())
# --8<-- [end:explode]

# --8<-- [start:std]
data = 3 * torch.randn(10_000)  # standard deviation 3
grid = torch.arange(1, 151) / 10
zeros = torch.zeros(10_000)
losses = [F.gaussian_nll_loss(zeros, data, v.item()) for v in grid]
print(f"best var is about {grid[torch.stack(losses).argmin()]:.0f}")
# --8<-- [end:std]

# --8<-- [start:beta]
e, var = torch.tensor([2.0, 2.0]), torch.tensor([0.1, 10.0])
for beta in (0.0, 0.5, 1.0):
    x = e.clone().requires_grad_()
    loss = F.gaussian_nll_loss(x, torch.zeros(2), var, reduction="none")
    (loss * var.detach() ** beta).sum().backward()
    print(f"beta {beta}: gradient by x {[f'{value:.2f}' for value in x.grad]}")
# --8<-- [end:beta]

# --8<-- [start:shapes]
x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0])
print(f"wrong {F.gaussian_nll_loss(x, y, torch.ones(3, 1)):.4f}, no warning")
print(f"right {F.gaussian_nll_loss(x, y.unsqueeze(1), torch.ones(3, 1)):.4f}")
try:
    nn.GaussianNLLLoss(True)
except TypeError as error:
    print(error)
# --8<-- [end:shapes]
assert torch.isclose(F.gaussian_nll_loss(x, 3 - x, 1.0), F.mse_loss(x, 3 - x) / 2)
plt.show()

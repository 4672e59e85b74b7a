# --8<-- [start:in-six-lines]
import torch

theta = torch.tensor([1.0, -1.0], requires_grad=True)
value = theta[0] ** 2 + theta[0] * theta[1] + 2 * theta[1] ** 2
value.backward()
print("gradient", theta.grad)
print(f"its length, the steepest slope {theta.grad.norm():.2f}")
# --8<-- [end:in-six-lines]
assert theta.grad.tolist() == [1.0, -3.0], "autograd is exact up to rounding"
assert round(theta.grad.norm().item(), 2) == 3.16, "the slope along the gradient is its length, 3.16"

# --8<-- [start:imports]
import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:definitions]
def f(x, y):
    return x**2 + x * y + 2 * y**2


def strange(x, y):
    return x**2 * y / (x**2 + y**2) if x or y else 0.0


def quotient(function, at, u, h=1e-6):
    return (function(*(at + h * u)) - function(*(at - h * u))) / (2 * h)


along_x, along_y = np.array([[1.0, 0.0], [0.0, 1.0]])
u = (along_x + along_y) / np.sqrt(2)
print("function   ∂/∂x    ∂/∂y  along u  g · u")
for function, at in ((f, np.array([1.0, -1.0])), (strange, np.zeros(2))):
    g = np.array([quotient(function, at, e) for e in (along_x, along_y)])
    slope = quotient(function, at, u)
    row = "{:6.3f}  {:6.3f}  {:7.3f}  {:.3f}".format(*g, slope, g @ u)
    print(f"{function.__name__:8} ", row)
# --8<-- [end:definitions]
for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
    x, y = np.cos(turn), np.sin(turn)
    assert np.isclose(quotient(strange, np.zeros(2), np.array([x, y])), x**2 * y), "it has a slope in every direction"
assert np.isclose(slope, 1 / np.sqrt(8)), "along u the second function has a slope"
assert not g.any(), "its partial derivatives are 0, so g · u is wrong for it"
at = np.array([1.0, -1.0])
g = np.array([quotient(f, at, e) for e in (along_x, along_y)])
assert np.isclose(quotient(f, at, u), g @ u), "n numbers give the slope in all directions"

# --8<-- [start:angle]
at = np.array([1.0, -1.0])
figure, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.7))
x, y = np.meshgrid(np.linspace(-0.5, 2.5), np.linspace(-2.5, 0.5))
left.contour(x, y, f(x, y), [0.5, 2, 5, 9, 14], colors="C5", linewidths=1)
angle = np.arange(-180, 181)
unit = np.stack([np.cos(np.radians(angle)), np.sin(np.radians(angle))], axis=1)
slopes = np.array([quotient(f, at, u) for u in unit])
right.plot(angle, slopes, color="C5")
steepest = slopes.argmax()
for turn, color, marker in ((0, "C1", "^"), (90, "C2", "s"), (180, "C0", "v")):
    n = (steepest + turn) % 360
    right.plot(angle[n], slopes[n], color + marker, ms=8)
    left.plot(*np.array([at, at + unit[n]]).T, color, lw=2)
    left.plot(*(at + unit[n]), color + marker, ms=8)
left.set(title="level lines of f", aspect="equal")
right.set(title="slope", xlabel="angle in degrees", xticks=(-180, 0, 180))
# --8<-- [end:angle]
assert np.allclose(g, (1, -3)), "the gradient is (2x + y, x + 4y) = (1, −3)"
length = np.sqrt(10)
assert round(length, 2) == 3.16, "its length √10 = 3.16"
assert round(slopes.max(), 2) == 3.16, "the slope along g is ‖g‖ = 3.16"
assert round(slopes.min(), 2) == -3.16, "steepest descent is along −g, with the slope −‖g‖"
assert np.abs(unit[steepest] - g / length).max() < np.radians(1), "steepest ascent is along g, to the degree"
across = np.array([3.0, 1.0]) / length
assert abs(quotient(f, at, across)) < 1e-9, "across g the slope is 0"
assert not np.allclose(-g / length, -at / np.linalg.norm(at)), "−g does not point at the minimum"

# --8<-- [start:norms]
torch.manual_seed(0)
g = torch.tensor([[3.0, -1.0], [0.5, 2.0]], dtype=torch.float64)
U, S, Vh = torch.linalg.svd(g)
single = torch.diag(torch.tensor([1.0, 0.0])).double()  # at the largest entry
matrix_norm = torch.linalg.matrix_norm
cases = {
    "Euclid": (torch.linalg.vector_norm, g / g.norm(), g.norm()),
    "largest entry": (lambda d: d.abs().max(), g.sign(), g.abs().sum()),
    "sum of entries": (lambda d: d.abs().sum(), single, g.abs().max()),
    "spectral": (lambda d: torch.linalg.matrix_norm(d, 2), U @ Vh, S.sum()),
}
tries = torch.randn(1000, 2, 2, dtype=torch.float64)
print("norm            ‖d‖    slope  dual   best random")
for name, (norm, best, dual) in cases.items():
    random = max((d * g).sum() / norm(d) for d in tries)
    row = norm(best), (best * g).sum(), dual, random
    print(f"{name:14}", " {:.3f}  {:.3f}  {:.3f}  {:11.3f}".format(*row))
# --8<-- [end:norms]
for norm, best, dual in cases.values():
    assert torch.isclose(norm(best), torch.tensor(1.0).double()), "a direction of length 1"
    assert torch.isclose((best * g).sum(), dual), "its slope is the one of the table"
    assert max((d * g).sum() / norm(d) for d in tries) < dual, "the best of 1000 random directions does not reach it"
θ = nn.Parameter(torch.zeros(2, 2))
θ.grad = g.float()
torch.optim.Adam([θ], lr=1.0).step()
assert torch.allclose(θ, -g.sign().float()), "Adam's first step has the direction sign(g)"

# --8<-- [start:differences]
h, at, u = np.logspace(-12, 0, 241), 1.0, 2.0**-53
forward = abs((np.exp(at + h) - np.exp(at)) / h - np.e) / np.e
central = abs((np.exp(at + h) - np.exp(at - h)) / (2 * h) - np.e) / np.e
figure, axes = plt.subplots(figsize=(5.5, 3.0))
axes.plot(h, forward, ".", color="C1", ms=3, label="forward")
axes.plot(h, central, "x", color="C0", ms=3, label="central")
axes.plot(h, h / 2 + 2 * u / h, "C1--", lw=1)
axes.plot(h, h**2 / 6 + u / h, "C0-", lw=1)
axes.set(xscale="log", yscale="log", xlabel="h", ylim=(1e-13, 1))
axes.set(ylabel="relative error")
axes.legend()
for error, best in ((forward, 2 * u**0.5), (central, (3 * u) ** (1 / 3))):
    near = np.median(error[(h > best / 2) & (h < best * 2)])
    print(f"predicted best h {best:.1e}, median error around it {near:.0e}")
# --8<-- [end:differences]
assert u == np.finfo(np.float64).eps / 2, "u = 2^-53 in float64"
bounds = (lambda h: h / 2 + 2 * u / h, 2 * u**0.5), (lambda h: h**2 / 6 + u / h, (3 * u) ** (1 / 3))
for bound, best in bounds:
    assert bound(best) < min(bound(best / 1.01), bound(best * 1.01)), "h* is where the derivative of the bound is 0"


def median_error(best):
    return np.median(central[(h > best / 2) & (h < best * 2)])


best = (3 * u) ** (1 / 3)
assert median_error(best / 100) > 20 * median_error(best), "at h*/100 the central error is more than 20 times larger"
assert round(np.log10(best)) == -5, "take the central form and h ≈ 10^-5 in float64"
assert np.finfo(np.float32).eps / 2 == 2.0**-24, r"in float32 u is $2^{-24}$"
h32 = np.logspace(-2.5, -2, 99, dtype=np.float32)
in_float32 = (np.exp(1 + h32) - np.exp(1 - h32)) / (2 * h32)
assert in_float32.dtype == np.float32, "in float32"
error32 = np.median(abs(in_float32.astype(float) / np.e - 1))
assert round(np.log10(error32)) == -5, "in float32 the best one gets is about 10^-5"

# --8<-- [start:paths]
w = torch.tensor(3.0, requires_grad=True)
for _ in range(2):
    (w * w + 5 * w).backward()
    print(w.grad.item())
# --8<-- [end:paths]
assert w.grad.item() == 2 * (3 + 3 + 5), "at 3 the gradient is 3 + 3 + 5 = 11, the second backward() adds another 11"

# --8<-- [start:accumulate]
torch.manual_seed(0)
inputs, targets = torch.randn(12, 3), torch.randn(12, 1)
layer = nn.Linear(3, 1)


def accumulated(sizes, weights):
    layer.zero_grad()
    parts = zip(inputs.split(sizes), targets.split(sizes), weights, strict=True)
    for part, wanted, weight in parts:
        loss = F.mse_loss(layer(part), wanted)
        (weight * loss).backward()
    return layer.weight.grad.clone()


whole, off = accumulated([12], [1.0]), {}
ways = {
    "3 × 4, each / 3": ([4, 4, 4], [1 / 3, 1 / 3, 1 / 3]),
    "3 × 4, not divided": ([4, 4, 4], [1.0, 1.0, 1.0]),
    "10 + 2, each / 2": ([10, 2], [1 / 2, 1 / 2]),
    "10 + 2, by size": ([10, 2], [10 / 12, 2 / 12]),
}
print("micro-batches        off by")
for name, (sizes, weights) in ways.items():
    off[name] = (accumulated(sizes, weights) - whole).norm() / whole.norm()
    print(f"{name:19}  {off[name]:.3f}")
# --8<-- [end:accumulate]
assert off["3 × 4, each / 3"] < 1e-6, "the mean over 12 samples is the mean of three means over 4"
assert torch.isclose(off["3 × 4, not divided"], torch.tensor(2.0)), "not divided: three times the gradient, off by 2"
assert off["10 + 2, each / 2"] > 0.01, "for micro-batches of unequal size it is not"
assert off["10 + 2, by size"] < 1e-6, "weigh each by its size"

# --8<-- [start:none]
moves = {}
for set_to_none in (True, False):
    θ = nn.Parameter(torch.ones(1))
    unused = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.AdamW([θ, unused], lr=0.1, weight_decay=0.1)
    (2 * θ).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=set_to_none)
    before = θ.item()
    optimizer.step()  # nothing was computed since
    moves[set_to_none] = θ.item() - before
    print(f"gradient {θ.grad}: θ moves by {moves[set_to_none]:.3f}")
# --8<-- [end:none]
assert moves[True] == 0, "an optimizer skips a parameter whose .grad is None"
assert moves[False] != 0, "with zeros it makes a step"
assert unused.grad is None, "a parameter that took no part in the loss has None from the start"
assert unused == 1, "the skipped parameter rests"

# --8<-- [start:missing]
leaf = torch.ones(2, requires_grad=True)
scaled = torch.ones(2, requires_grad=True) * 0.1  # a result, not a leaf
kept = leaf * 2
kept.retain_grad()
(scaled.sum() + kept.sum()).backward()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("leaf", leaf.grad, " scaled", scaled.grad, " kept", kept.grad)
print(str(caught[0].message).split(". ")[0])
# --8<-- [end:missing]
assert not scaled.is_leaf, "scaled is no leaf but the result of an operation"
assert kept.grad is not None, "retain_grad() keeps it"

# --8<-- [start:data]
def through_data(w):
    w.data.mul_(10)


def through_detach(w):
    w.detach().mul_(10)


def in_no_grad(w):
    with torch.no_grad():
        w.mul_(10)


print("change          backward() gives")
for change in (through_data, through_detach, in_no_grad):
    w = torch.tensor(3.0, requires_grad=True)
    loss = w**2
    change(w)  # between the forward and the backward pass
    try:
        loss.backward()
        print(f"{change.__name__:14} ", w.grad.item())
    except RuntimeError as error:
        print(f"{change.__name__:14} ", str(error).split(":")[0])
# --8<-- [end:data]
w = torch.tensor(3.0, requires_grad=True)
(w**2).backward()
assert w.grad.item() == 6, "the derivative of w² at 3 is 6"
w.grad = None
loss = w**2
through_data(w)
loss.backward()
assert w.grad.item() == 60, "with .data the answer is 60"
assert w.detach().data_ptr() == w.data_ptr(), "x.detach() is the same memory"
assert not w.detach().requires_grad, "x.detach() is without history"


# --8<-- [start:errors]
def twice(w):
    loss = (w**2).sum()
    loss.backward()
    loss.backward()


for attempt in (
    lambda w: (w.detach() ** 2).sum().backward(),
    lambda w: (w**2).backward(),
    twice,
    lambda w: w.mul_(2),
    lambda w: w.numpy(),
    lambda w: torch.tensor([1], requires_grad=True),
):
    try:
        attempt(torch.ones(2, requires_grad=True))
    except RuntimeError as error:
        print("-", str(error).split(" (")[0].split(". ")[0])
# --8<-- [end:errors]
plt.show()

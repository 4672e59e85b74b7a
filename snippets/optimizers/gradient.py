import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


# --8<-- [start:definitions]
def f(x, y):
    return x**2 + x * y + 2 * y**2


def strange(x, y):
    return x**2 * y / (x**2 + y**2) if x or y else 0.0


def quotient(function, at, u, h=1e-6):
    return (function(*(at + h * u)) - function(*(at - h * u))) / (2 * h)


along_x, along_y = np.array([[1.0, 0.0], [0.0, 1.0]])
u = (along_x + along_y) / np.sqrt(2)
print("            ∂/∂x   ∂/∂y  along u   g · u")
for function, at in ((f, np.array([1.0, -1.0])), (strange, np.zeros(2))):
    g = np.array([quotient(function, at, e) for e in (along_x, along_y)])
    slope = quotient(function, at, u)
    row = "{:7.3f} {:6.3f} {:8.3f} {:7.3f}".format(*g, slope, g @ u)
    print(f"{function.__name__:8}", row)
# --8<-- [end:definitions]
assert np.isclose(slope, 1 / np.sqrt(8)) and not g.any()

# --8<-- [start:angle]
at, g = np.array([1.0, -1.0]), np.array([1.0, -3.0])
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
assert np.isclose(slopes.max(), np.sqrt(10), rtol=1e-3) and abs(slopes[(steepest + 90) % 360]) < 0.03
assert abs(unit[steepest] - g / np.sqrt(10)).max() < 0.01 and np.isclose(slopes.min(), -slopes.max(), 1e-3)

# --8<-- [start:norms]
torch.manual_seed(0)
g = torch.tensor([[3.0, -1.0], [0.5, 2.0]], dtype=torch.float64)
U, _, Vh = torch.linalg.svd(g)
single = torch.diag(torch.tensor([1.0, 0.0])).double()  # at the largest entry
matrix_norm = torch.linalg.matrix_norm
cases = {
    "Euclid": (g / g.norm(), lambda d: d.norm(), g.norm()),
    "largest entry": (g.sign(), lambda d: d.abs().max(), g.abs().sum()),
    "sum of entries": (single, lambda d: d.abs().sum(), g.abs().max()),
    "spectral": (U @ Vh, lambda d: matrix_norm(d, 2), matrix_norm(g, "nuc")),
}
tries = torch.randn(1000, 2, 2, dtype=torch.float64)
print("norm           ‖d‖ = 1   slope    dual  random")
for name, (d, norm, dual) in cases.items():
    other = max(float((t * g).sum() / norm(t)) for t in tries)
    row = norm(d), (d * g).sum(), dual, other
    print(f"{name:14}", "{:7.3f} {:7.3f} {:7.3f} {:7.3f}".format(*row))
# --8<-- [end:norms]

# --8<-- [start:autograd]
theta = torch.tensor([1.0, -1.0], requires_grad=True)
f(*theta).backward()
print(theta.grad)
# --8<-- [end:autograd]

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
assert near < 1e-10 < 1e-9 < np.median(forward[(h > 1e-8) & (h < 4e-8)]) < 1e-7
assert all(np.median(central[(h > c / 2) & (h < c * 2)]) > 20 * near for c in (best / 100, best * 100))
h = np.logspace(-2.5, -2, 99, dtype=np.float32)
assert 3e-6 < np.median(abs((np.exp(1 + h) - np.exp(1 - h)) / (2 * h) / np.float32(np.e) - 1)) < 3e-5

# --8<-- [start:paths]
w = torch.tensor(3.0, requires_grad=True)
for _ in range(2):
    (w * w + 5 * w).backward()
    print(w.grad.item())
# --8<-- [end:paths]

# --8<-- [start:accumulate]
torch.manual_seed(0)
x, y, layer = torch.randn(12, 3), torch.randn(12, 1), nn.Linear(3, 1)


def gradient(*parts):
    layer.zero_grad()
    for rows, weight in parts:
        (weight * F.mse_loss(layer(x[rows]), y[rows])).backward()
    return layer.weight.grad.clone()


whole = gradient((slice(0, 12), 1.0))
for name, parts in {
    "3 × 4, each / 3": [(slice(i, i + 4), 1 / 3) for i in (0, 4, 8)],
    "3 × 4, not divided": [(slice(i, i + 4), 1.0) for i in (0, 4, 8)],
    "10 + 2, each / 2": [(slice(0, 10), 1 / 2), (slice(10, 12), 1 / 2)],
    "10 + 2, by size": [(slice(0, 10), 10 / 12), (slice(10, 12), 2 / 12)],
}.items():
    off = (gradient(*parts) - whole).norm() / whole.norm()
    print(f"{name:19} off by {off:.3f}")
# --8<-- [end:accumulate]

# --8<-- [start:none]
for set_to_none in (True, False):
    p, unused = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    optimizer = torch.optim.AdamW([p, unused], lr=0.1, weight_decay=0.1)
    (2 * p).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=set_to_none)
    before = p.item()
    optimizer.step()  # nothing was computed since
    print(f"gradient {p.grad}: p moves by {p.item() - before:.3f}")
# --8<-- [end:none]
assert unused.grad is None and unused == 1

# --8<-- [start:missing]
leaf = torch.ones(2, requires_grad=True)
scaled = torch.ones(2, requires_grad=True) * 0.1  # a result, not a leaf
kept = leaf * 2
kept.retain_grad()
(scaled.sum() + kept.sum()).backward()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("leaf", leaf.grad, " scaled", scaled.grad, " kept", kept.grad)
print(str(caught[0].message).partition(". ")[0])
# --8<-- [end:missing]

# --8<-- [start:data]
def gradient_after(change):
    w = torch.tensor(3.0, requires_grad=True)
    loss = w**2
    change(w)  # between the forward and the backward pass
    try:
        loss.backward()
    except RuntimeError as error:
        return str(error).partition(" by an inplace")[0]
    return w.grad.item()


print(".data   ", gradient_after(lambda w: w.data.mul_(10)))
print("detach()", gradient_after(lambda w: w.detach().mul_(10)))
print("no_grad ", gradient_after(torch.no_grad()(lambda w: w.mul_(10))))
# --8<-- [end:data]

assert w.detach().data_ptr() == w.data_ptr() and not w.detach().requires_grad

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
        print(str(error).partition(" (")[0].partition(".")[0])
# --8<-- [end:errors]
plt.show()

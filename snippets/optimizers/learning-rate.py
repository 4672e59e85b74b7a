# --8<-- [start:in-six-lines]
import torch

H = torch.tensor([[9.64, -11.52], [-11.52, 16.36]])  # curvatures 1 and 25
limit = 2 / torch.linalg.eigvalsh(H).max()
print("η / limit  loss after 100 steps")
for part in (0.5, 0.96, 1.04):
    x = torch.tensor([1.3, 1.2])
    for _ in range(100):
        x = x - part * limit * H @ x
    print(f"{part:<9}  {x @ H @ x / 2:.0e}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import numpy as np
from torch import nn

# --8<-- [end:imports]
assert round(limit.item(), 4) == 0.08, "the limit is 0.08"
assert torch.linalg.eigvalsh(H).round(decimals=3).tolist() == [1, 25], "the curvatures are 1 and 25"


# --8<-- [start:one]
def descend(lr, steps, dtype=torch.float64):
    x = nn.Parameter(torch.tensor(2.0, dtype=dtype))
    optimizer = torch.optim.SGD([x], lr=lr)
    path = []
    for _ in range(steps + 1):
        path.append(x.item())
        optimizer.zero_grad()
        (4 * x**2).backward()
        optimizer.step()
    return path


print("η      1 − 8η       x₁       x₂       x₃     x₁₀₀")
for lr in (0.01, 0.1, 0.125, 0.2, 0.249, 0.25, 0.26, 0.3):
    x, factor = descend(lr, 100), 1 - 8 * lr
    print(f"{lr:<5}  {factor:6.3f}", *(f" {x[i]:7.3g}" for i in (1, 2, 3, 100)))
# --8<-- [end:one]
paths = {lr: np.array(descend(lr, 100)) for lr in (0.001, 0.01, 0.1, 0.2, 0.249, 0.25, 0.26, 0.3)}
for lr, x in paths.items():
    assert np.allclose(x, 2 * (1 - 8 * lr) ** np.arange(101.0), 1e-9, 0), "x after t steps is 2 (1 − 8η)^t"
assert (abs(paths[0.25]) == 2).all(), "at ¼ it jumps between 2 and −2 for ever"
assert descend(0.125, 1)[1] == 0, "at ⅛ it is at the minimum after one step"
assert 4 * paths[0.3][-1] ** 2 < 1e31, "at 0.3 the loss after 100 steps is below 10^31"
assert round(torch.finfo(torch.float32).max / 1e38, 1) == 3.4, r"float32 reaches $3.4\cdot10^{38}$"
assert round(paths[0.26][-1], -2) == 4400, "at 0.26 the run has grown to 4400"
assert round(0.249 / 0.001) == 249, "0.249 and a rate 249 times smaller, 0.001"
assert round(1 - 8 * 0.001, 3) == 0.992, "at η = 0.001 the factor is 0.992"
assert round(1 - 8 * 0.249, 3) == -0.992, "at 0.249 it is −0.992"
assert np.allclose(paths[0.001] ** 2, paths[0.249] ** 2), "both runs have the same loss at every step"

# --8<-- [start:sweep]
rates = np.linspace(0.01, 0.2, 10)
figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2))
for lr in rates:
    x = np.array(descend(lr, 100))
    overshoots = (x[1:4] * x[:3] < 0).all()
    style = ("--", "C1") if overshoots else ("-", "C0")
    left.plot(4 * x**2, style[0], color=style[1], lw=1.2)
    right.plot(lr, abs(x[3] / x[2]), "s" if overshoots else "o", color=style[1])
left.set(title="loss 4x²", xlabel="iteration", yscale="log", ylim=(1e-16, 1e2))
right.plot([0, 0.125, 0.25], [1, 0, 1], color="C5", lw=1, zorder=0)
right.set(title="|1 − 8η|", xlabel="η", xticks=(0, 0.125, 0.25), ylim=(0, 1.03))
# --8<-- [end:sweep]
four = [round(float(lr), 4) for lr in rates if 1 - 8 * lr < 0]
assert four == [0.1367, 0.1578, 0.1789, 0.2], "the four are 0.1367, 0.1578, 0.1789 and 0.2"
for lr in rates:
    x = np.array(descend(lr, 100))
    losses = 4 * x**2
    assert np.allclose(losses[1:], (1 - 8 * lr) ** 2 * losses[:-1]), "the loss shrinks by (1 − 8η)² per step"
    assert losses[-1] < losses[0], "all converge, since all are below ¼"
    signs = (x[1:] * x[:-1] < 0).all() if lr > 0.125 else not (x[1:] * x[:-1] < 0).any()
    assert signs, "those above ⅛ change sign at every step, the others never"

# --8<-- [start:directions]
turn = np.array([[0.8, -0.6], [0.6, 0.8]])  # columns: the two directions
A = turn @ np.diag([1.0, 25.0]) @ turn.T
in_valley, rates = {}, {}
print("η      |1 − η|  |1 − 25η|  measured")
for lr in (0.01, 0.04, 2 / 26, 0.079, 0.081):
    path = [np.array([1.3, 1.2])]
    for _ in range(300):
        path.append(path[-1] - lr * A @ path[-1])
    in_valley[lr] = np.array(path)
    rates[lr] = np.linalg.norm(path[300]) / np.linalg.norm(path[299])
    print(f"{lr:.3f}  {1 - lr:7.3f}  {abs(1 - 25 * lr):9.3f}  {rates[lr]:8.3f}")
# --8<-- [end:directions]

# --8<-- [start:valley]
figure, axes = plt.subplots(1, 3, figsize=(5.5, 1.9), sharex=True, sharey=True)
grid = np.stack(np.meshgrid(np.linspace(-1.6, 1.6), np.linspace(-0.9, 1.6)))
level = np.einsum("ixy,ij,jxy->xy", grid, A, grid) / 2
for axis, (lr, path) in zip(axes, in_valley.items(), strict=False):
    axis.contour(*grid, level, [0.3, 2, 9], colors="C5", linewidths=1)
    axis.plot(*path[:16].T, "o-", ms=2.5, lw=1)
    axis.set(title=f"η = {lr:.3f}", aspect="equal")
# --8<-- [end:valley]
assert np.allclose(A, H.numpy(), atol=1e-6), "it is the valley of the opening"
assert round(2 / 26, 3) == 0.077, "the best fixed rate is 0.077, just below the limit of 0.08"
for lr, rate in rates.items():
    assert np.isclose(rate, max(1 - lr, abs(1 - 25 * lr)), 1e-3), "in the long run the slowest coordinate is left"
assert 2 / 25 == 0.08, "the limit is 0.08"
assert rates[0.079] < 1 < rates[0.081], "the steepest direction sets the limit"
assert round(24 / 26, 3) == 0.923, "the factor is 24/26 = 0.923"
assert round(rates[2 / 26], 3) == 0.923, "the measured factor is 0.923"
assert min(rates, key=rates.get) == 2 / 26, "the best rate is η* = 2/26"
κ = 1000
digit = np.log(10) / -np.log((κ - 1) / (κ + 1))
assert round(digit / κ, 2) == 1.15, "each digit costs about 1.15 κ steps for large κ"

flat, steep = 1 - 0.1 * 1, 1 - 0.1 * 25
assert round(flat, 1) == 0.9, "with η = 0.1 the flat part shrinks by 0.9 per step"
assert steep == -1.5, "the steep part grows by 1.5"
steps = np.arange(61)
both = flat ** (2 * steps) / 2 + 25 / 2 * (1e-6 * steep**steps) ** 2
assert (np.diff(both[:24]) < 0).all(), "the loss falls for 23 steps"
assert both[24] > both[23], "the loss falls for 23 steps, not 24"
assert both[60] > 1e9, "at step 60 it exceeds 10^9"

# --8<-- [start:noise]
λ, σ = 8.0, 4.0
rng = np.random.default_rng(0)
ratios, losses = {}, {}
print("η      variance  predicted  mean loss")
for lr in (0.001, 0.01, 0.05, 0.125, 0.2, 0.24):
    x = np.zeros(10_000)  # as many runs, each starts at the minimum
    for _ in range(max(60, int(0.5 / lr))):
        x -= lr * (λ * x + σ * rng.standard_normal(x.size))
    var = lr * σ**2 / (λ * (2 - lr * λ))
    ratios[lr], losses[lr] = x.var() / var, λ / 2 * x.var()
    print(f"{lr:<5}  {x.var():8.3f}  {var:9.3f}  {losses[lr]:9.2f}")
# --8<-- [end:noise]
assert max(abs(ratio - 1) for ratio in ratios.values()) < 0.04, "measured and predicted agree within 4 %"
assert 0.125 * σ**2 / (λ * (2 - 0.125 * λ)) == 0.25, "the rate ⅛ keeps the variance 0.25"
assert round(losses[0.01] / losses[0.001]) == 10, "ten times the rate, ten times the loss"
assert math.isclose(0.001 * σ**2 / (2 * (2 - 0.001 * λ)), 0.001 * σ**2 / 4, rel_tol=0.01), "hardly depends on λ"

# --8<-- [start:nan]
path = torch.tensor(descend(0.3, 300, torch.float32))
values = {"4x²": 4 * path**2, "8x": 8 * path, "x": path}
print("value  not finite from step  nan from step")
for name, value in values.items():
    infinite = value.isfinite().tolist().index(False)
    nan = value.isnan().tolist().index(True)
    print(f"{name:5}  {infinite:20}  {nan:13}")
# --8<-- [end:nan]
step = (128 * math.log(2) - math.log(16)) / (2 * math.log(1.4))
assert math.ceil(step) == 128, "16·1.4^(2t) passes 2^128 at step 128"
first = {name: value.isfinite().tolist().index(False) for name, value in values.items()}
assert first["8x"] - first["4x²"] == 128, "the gradient is still finite for another 128 steps"
assert first["x"] - first["8x"] == 1, "the weights are finite one step longer"
plt.show()

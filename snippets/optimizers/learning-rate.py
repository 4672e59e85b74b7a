import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


# --8<-- [start:one]
def descend(lr, steps, dtype=torch.float64):
    x = nn.Parameter(torch.tensor(2.0, dtype=dtype))
    optimizer, path = torch.optim.SGD([x], lr=lr), []
    for _ in range(steps + 1):
        path.append(x.item())
        optimizer.zero_grad()
        (4 * x**2).backward()
        optimizer.step()
    return path


print("   η  1 − 8η     x₁      x₂      x₃     x₁₀₀")
for lr in (0.01, 0.1, 0.125, 0.2, 0.249, 0.25, 0.26, 0.3):
    x, factor = descend(lr, 100), 1 - 8 * lr
    print(f"{lr:5} {factor:6.3f}", *(f"{x[i]:7.3g}" for i in (1, 2, 3, 100)))
# --8<-- [end:one]
paths = {lr: np.array(descend(lr, 100)) for lr in (0.001, 0.01, 0.1, 0.2, 0.249, 0.25, 0.26, 0.3)}
assert all(np.allclose(x, 2 * (1 - 8 * lr) ** np.arange(101.0), 1e-9, 0) for lr, x in paths.items())
assert all(abs(paths[0.25]) == 2) and descend(0.125, 1)[1] == 0 and paths[0.3][-1] ** 2 < 2e30
assert np.allclose(abs(paths[0.001]), abs(paths[0.249]))

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
assert [round(lr, 4) for lr in rates if 1 - 8 * lr < 0] == [0.1367, 0.1578, 0.1789, 0.2]

# --8<-- [start:directions]
turn = np.array([[0.8, -0.6], [0.6, 0.8]])  # columns: the two directions
A = turn @ np.diag([1.0, 25.0]) @ turn.T
figure, axes = plt.subplots(1, 3, figsize=(5.5, 1.9), sharex=True, sharey=True)
grid = np.stack(np.meshgrid(np.linspace(-1.6, 1.6), np.linspace(-0.9, 1.6)))
level = np.einsum("ixy,ij,jxy->xy", grid, A, grid) / 2
rates = {}
print("    η  |1 − η|  |1 − 25η|  measured")
for n, lr in enumerate((0.01, 0.04, 2 / 26, 0.079, 0.081)):
    path = [np.array([1.3, 1.2])]
    for _ in range(300):
        path.append(path[-1] - lr * A @ path[-1])
    rates[lr] = np.linalg.norm(path[300]) / np.linalg.norm(path[299])
    print(f"{lr:.3f} {1 - lr:8.3f} {abs(1 - 25 * lr):10.3f} {rates[lr]:9.3f}")
    if n < 3:
        axes[n].contour(*grid, level, [0.3, 2, 9], colors="C5", linewidths=1)
        axes[n].plot(*np.array(path[:16]).T, "o-", ms=2.5, lw=1)
        axes[n].set(title=f"η = {lr:.3f}", aspect="equal")
# --8<-- [end:directions]
assert all(np.isclose(r, max(1 - lr, abs(1 - 25 * lr)), 1e-3) for lr, r in rates.items())
assert abs(np.log(10) / -np.log(24 / 26) / (1.15 * 25) - 1) < 0.01

both = (np.array([0.9, 1.5]) ** (2 * np.arange(61)[:, None])) @ [0.5, 12.5e-12]  # η = 0.1
assert both[:40].argmin() == 23 and (np.diff(both[:24]) < 0).all() and both[60] > 1e9

# --8<-- [start:noise]
rng, λ, σ = np.random.default_rng(0), 8.0, 4.0
print("   η  variance  predicted  mean loss")
for lr in (0.001, 0.01, 0.05, 0.125, 0.2, 0.24):
    x = np.zeros(10_000)  # as many runs, each starts at the minimum
    for _ in range(max(60, int(0.5 / lr))):
        x -= lr * (λ * x + σ * rng.standard_normal(x.size))
    var = lr * σ**2 / (λ * (2 - lr * λ))
    print(f"{lr:5} {x.var():9.3f} {var:10.3f} {4 * x.var():10.2f}")
# --8<-- [end:noise]
assert abs((x**2).mean() / var - 1) < 0.04

# --8<-- [start:train]
pixels, labels = load_digits(return_X_y=True)
x, y = torch.tensor(pixels[:1792] / 16).float(), torch.tensor(labels[:1792])


def train(lrs, make=torch.optim.SGD, batch=64, hidden=True, reduction="mean"):
    torch.manual_seed(0)
    layers = nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
    net = nn.Sequential(*layers) if hidden else nn.Linear(64, 10)
    optimizer, losses, rows = make(net.parameters(), lr=lrs[0]), [], []
    for lr in lrs:
        rows = rows or list(torch.randperm(1792).split(batch))
        row = rows.pop()
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[row]), y[row], reduction=reduction)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, F.cross_entropy(net(x), y).item(), net
# --8<-- [end:train]


# --8<-- [start:range-test]
figure, axes = plt.subplots(1, 2, sharey=True, figsize=(5.5, 2.8))
kinds = (torch.optim.SGD, 1e-3, 10), (torch.optim.Adam, 1e-5, 1)
found = []
for axis, (make, low, high) in zip(axes, kinds, strict=True):
    rates = np.geomspace(low, high, 84)  # one per step, for three epochs
    smooth = np.convolve(train(list(rates), make)[0], [0.2] * 5, "valid")
    axis.plot(rates[2:-2], smooth, label="range test: loss on the way")
    fixed = np.geomspace(low, high, 9 if high > 1 else 11)
    finals = [train([lr] * 84, make)[1] for lr in fixed]
    axis.plot(fixed, finals, "o--", label="fixed rate: loss after 3 epochs")
    axis.set(title=make.__name__, xscale="log", xlabel="η", ylim=(0, 3))
    found.append((rates[smooth.argmin() + 2], fixed[np.argmin(finals)]))
    print(make.__name__, "lowest {:.2g}, best fixed {:.2g}".format(*found[-1]))
figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center")
# --8<-- [end:range-test]
assert all(1 / 3 < lowest / best < 3 for lowest, best in found) and found[0][1] > 10 * found[1][1]

# --8<-- [start:batch]
print("batch  η grows with it         η = 0.1")
finals = []
for batch in (32, 64, 128, 256, 448, 896, 1792):
    rates, steps = (0.1 * batch / 32, 0.1), 5 * 1792 // batch
    row = [train([lr] * steps, batch=batch, hidden=False)[1] for lr in rates]
    print(f"{batch:5}  {rates[0]:4g}: {row[0]:12.2f} {row[1]:15.2f}")
    finals.append(row[0])
# --8<-- [end:batch]
assert np.ptp(finals[:5]) < 0.02 and finals[5] > 0.7 and finals[6] > 2
assert abs(20 * 1792 / torch.linalg.matrix_norm(F.pad(x, (0, 1), value=1.0), 2) ** 2 - 1.75) < 0.005

# --8<-- [start:small-network]
X, Y = x[:100], F.one_hot(y[:100], 10).float()


def loss(w):
    hidden = torch.tanh(X @ w[:1024].view(64, 16))
    return (hidden @ w[1024:].view(16, 10) - Y).square().sum(dim=1).mean()
# --8<-- [end:small-network]


# --8<-- [start:edge]
figure, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.8))
for lr, color, style in ((0.1, "C0", "-"), (0.2, "C1", "--")):
    torch.manual_seed(0)
    w, v, trace = 0.1 * torch.randn(1184), torch.ones(1184) / 1184**0.5, []
    for _ in range(600):
        value = loss(w.requires_grad_())
        (g,) = torch.autograd.grad(value, w, create_graph=True)
        (hv,) = torch.autograd.grad(g, w, v)  # Hessian times v
        trace.append((value.item(), hv.norm().item()))
        v, w = hv / hv.norm(), (w - lr * g).detach()
    value, sharp = torch.tensor(trace).T
    left.plot(value, style, color=color, lw=1.2)
    right.plot(sharp, style, color=color, lw=1.2)
    right.axhline(2 / lr, color=color, linestyle=":")
left.set(title="loss", xlabel="step", ylim=(0, 0.5))
right.set(title="sharpness", xlabel="step")
# --8<-- [end:edge]
assert (sharp[200:] / 10 - 1).abs().mean() < 0.1 and value[-1] < 0.8 * value[200]
assert (value[201:] > value[200:-1]).sum() > 120 and 17 < right.lines[0].get_ydata()[-1] < 23

# --8<-- [start:nan]
path = torch.tensor(descend(0.3, 300, torch.float32))
for name, value in {"4x²": 4 * path**2, "8x": 8 * path, "x": path}.items():
    infinite = value.isfinite().tolist().index(False)
    nan = value.isnan().tolist().index(True)
    print(f"{name:4} not finite from step {infinite}, nan from step {nan}")
# --8<-- [end:nan]
assert [np.ceil((128 * np.log(2) - np.log(16)) / np.log(1.4) / k) for k in (2, 1)] == [128, 256]

# --8<-- [start:reduction]
results = []
print("    η        mean     sum  sum, η / 64")
for make, lr in ((torch.optim.SGD, 0.3), (torch.optim.Adam, 0.01)):
    runs = ("mean", lr), ("sum", lr), ("sum", lr / 64)
    finals = [train([lr] * 84, make, reduction=how)[1] for how, lr in runs]
    print(f"{make.__name__:4} {lr:4}", *(f"{final:7.2f}" for final in finals))
    results += [finals]
# --8<-- [end:reduction]
assert abs(results[0][0] - results[0][2]) < 1e-3 and abs(results[1][0] - results[1][1]) < 5e-3

# --8<-- [start:ratio]
print("           W₁     b₁     W₂     b₂")
for make, lr in ((torch.optim.SGD, 0.3), (torch.optim.Adam, 0.01)):
    pair = [train([lr] * steps, make)[2].parameters() for steps in (28, 29)]
    moved = [(q - p).norm() / p.norm() for p, q in zip(*pair, strict=True)]
    print(f"{make.__name__:4} {lr:4}", *(f"{ratio:6.3f}" for ratio in moved))
# --8<-- [end:ratio]
assert all(map(torch.equal, *(train([0.0] * n, torch.optim.Adam)[2].parameters() for n in (1, 9))))
plt.show()

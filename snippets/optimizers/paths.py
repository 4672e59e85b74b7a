# --8<-- [start:imports]
import math
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn, optim

START, BUDGET = (-1.2, 1.0), 100
GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# --8<-- [end:imports]

# --8<-- [start:rules]
print(f"start θ = {START}, budget {BUDGET} gradients, float64,")
print("no clipping, no noise, lr from", *GRID)
# --8<-- [end:rules]


# --8<-- [start:surfaces]
def bowl(x, y):
    """Value and gradient: 25 times steeper across than along, turned by 30°."""
    c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
    along, across = c * (x - 1) + s * (y - 1), c * (y - 1) - s * (x - 1)
    value = (along * along + 25 * across * across) / 2
    return value, (c * along - 25 * s * across, s * along + 25 * c * across)


def rosenbrock(x, y):
    """Value and gradient of Rosenbrock's bent valley."""
    off = y - x * x
    value = (1 - x) * (1 - x) + 100 * off * off
    return value, (2 * (x - 1) - 400 * x * off, 200 * off)
# --8<-- [end:surfaces]


def gradient_by_autograd(surface):
    at = torch.tensor([-0.7, 0.4], dtype=torch.float64, requires_grad=True)
    surface(*at)[0].backward()
    return at.grad


for surface in (bowl, rosenbrock):
    written = torch.tensor(surface(-0.7, 0.4)[1], dtype=torch.float64)
    assert torch.allclose(gradient_by_autograd(surface), written), "the gradients are those of the values"
    assert surface(1.0, 1.0) == (0.0, (0.0, 0.0)), "both have their minimum, 0, at θ = (1, 1)"


# --8<-- [start:run]
@cache
def run(make, surface, budget=BUDGET, grid=GRID, shape=(2,), sparse=False):
    """Run all learning rates side by side; return their points and losses."""
    start = torch.tensor(START, dtype=torch.float64).view(shape)
    thetas = [nn.Parameter(start.clone()) for _ in grid]
    groups = [{"params": [theta], "lr": lr}
              for theta, lr in zip(thetas, grid, strict=True)]
    optimizer = make(groups)
    points, losses = [], []
    for _ in range(budget):
        at = torch.stack([theta.detach().flatten() for theta in thetas])
        loss, gradient = surface(*at.T)
        points.append(at)
        losses.append(loss)
        for theta, g in zip(thetas, torch.stack(gradient, dim=1), strict=True):
            theta.grad = g.view(shape).to_sparse() if sparse else g.view(shape)
        optimizer.step()
    points, losses = torch.stack(points, dim=1), torch.stack(losses, dim=1)
    return points.tolist(), losses.tolist()
# --8<-- [end:run]


# --8<-- [start:closure]
@cache
def run_lbfgs(surface, lr=1.0, budget=BUDGET):
    """LBFGS asks for several gradients in a step: record each of them."""
    theta = nn.Parameter(torch.tensor(START, dtype=torch.float64))
    optimizer, points, losses = optim.LBFGS([theta], lr=lr), [], []

    def closure():
        points.append(theta.tolist())
        loss, gradient = surface(*points[-1])
        losses.append(loss)
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        return torch.tensor(loss)

    while len(losses) < budget:
        optimizer.step(closure)
    return points[:budget], losses[:budget]
# --8<-- [end:closure]


# --8<-- [start:criterion]
def score(losses):
    """Mean of the last ten losses: one lucky last point must not decide."""
    mean = sum(losses[-10:]) / 10
    return mean if math.isfinite(mean) else math.inf


def best(make, surface, **options):
    """Return the best learning rate of the grid, its path and its score."""
    if make is optim.LBFGS:  # a quasi-Newton step has a natural length: lr 1
        points, losses = run_lbfgs(surface)
        return 1.0, points, score(losses)
    runs = zip(GRID, *run(make, surface, **options), strict=True)
    lr, points, losses = min(runs, key=lambda one: score(one[2]))
    return lr, points, score(losses)
# --8<-- [end:criterion]


SGD, Adam = optim.SGD, optim.Adam
assert run(Adam, bowl) == run.__wrapped__(Adam, bowl), "a second run gives the same points, bit for bit"
alone = nn.Parameter(torch.tensor(START, dtype=torch.float64))
optimizer = Adam([alone], lr=0.3)
for point in run(Adam, bowl, budget=5)[0][GRID.index(0.3)]:
    assert alone.tolist() == point, "side by side gives the same points as alone"
    alone.grad = torch.tensor(bowl(*point)[1], dtype=torch.float64)
    optimizer.step()


# --8<-- [start:show]
def panel(ax, surface):
    x, y = np.meshgrid(np.linspace(-1.9, 1.9, 80), np.linspace(-1.3, 2.2, 80))
    levels = np.geomspace(0.1, 1000, 13)  # or the valley's floor is one white blot
    ax.contour(x, y, surface(x, y)[0], levels, colors=["C5"], linewidths=0.4)
    ax.plot(1, 1, "+", markersize=10, color=plt.rcParams["text.color"])
    ax.set(xlim=(-1.9, 1.9), ylim=(-1.3, 2.2), aspect="equal")
    ax.set(xlabel="θ₁", ylabel="θ₂")
    ax.grid(False)


def show(name, make, color, **options):
    """Print learning rates and scores; draw two paths over SGD's and Adam's."""
    others = [one for one in (("SGD", "C5"), ("Adam", "C0")) if one[0] != name]
    figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.3), sharey=True)
    for ax, surface in zip(axes, (bowl, rosenbrock), strict=True):
        panel(ax, surface)
        for other, look in others:
            path = zip(*best(getattr(optim, other), surface)[1], strict=True)
            ax.plot(*path, look, ls="--", alpha=0.6, lw=1.1, label=other)
        lr, points, end = best(make, surface, **options)
        ax.plot(*zip(*points, strict=True), f"{color}o-", ms=3.5, lw=2, label=name)
        ax.set_title(f"{surface.__name__}, lr {lr:g}")
        print(f"{surface.__name__:<10}  lr {lr:<5g}  score {end:.1e}")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=3)
# --8<-- [end:show]


# --8<-- [start:sgd]
show("SGD", optim.SGD, "C5")
# --8<-- [end:sgd]
assert best(SGD, bowl)[0] == 0.03, "on the bowl the grid picks 0.03 for SGD"
assert best(SGD, rosenbrock)[0] == 0.003, "on Rosenbrock it picks 0.003 for SGD"

# --8<-- [start:adam]
show("Adam", optim.Adam, "C0")
# --8<-- [end:adam]
assert best(Adam, bowl)[0] == 0.3, "on the bowl the grid picks 0.3 for Adam"
assert best(Adam, rosenbrock)[0] == 1, "on Rosenbrock the grid picks η = 1 for Adam"
first = np.subtract(best(Adam, rosenbrock)[1][1], START)
assert np.allclose(abs(first), 1), "and the first step moves both coordinates by 1"

# --8<-- [start:adamw]
show("AdamW", optim.AdamW, "C0")
# --8<-- [end:adamw]
assert best(optim.AdamW, bowl)[2] > 4 * best(Adam, bowl)[2], "AdamW's score is more than four times Adam's on the bowl"

# --8<-- [start:adadelta]
show("Adadelta", optim.Adadelta, "C4")
# --8<-- [end:adadelta]
for surface in (bowl, rosenbrock):
    assert best(optim.Adadelta, surface)[0] == 10, "on both the grid chose 10, its largest value"
    beyond = run(optim.Adadelta, surface, grid=(30.0,))[1][0]
    assert score(beyond) < best(optim.Adadelta, surface)[2], "η = 30 does better on both surfaces"

# --8<-- [start:adafactor]
show("Adafactor", optim.Adafactor, "C4")
# --8<-- [end:adafactor]
for surface in (bowl, rosenbrock):
    capped = run(optim.Adafactor, surface, grid=(1.0, 10.0))[0]
    assert capped[0] == capped[1], "ten gives the same path: the cap is 1/√t"
first = np.subtract(best(optim.Adafactor, rosenbrock)[1][1], START)
assert np.allclose(abs(first), math.sqrt(1.22), atol=0.01), "the first step moves each coordinate by the RMS of θ₀"
assert round(math.sqrt((1.2**2 + 1) / 2), 2) == 1.10, "the RMS of θ₀ is 1.10"

# --8<-- [start:adagrad]
show("Adagrad", optim.Adagrad, "C4")
# --8<-- [end:adagrad]
for surface in (bowl, rosenbrock):
    first = np.subtract(best(optim.Adagrad, surface)[1][1], START)
    assert np.allclose(abs(first), 3), "Adagrad's grid picks η = 3, 300 times the default: the first step is 3"
path = best(optim.Adagrad, rosenbrock)[1]
assert path[1][1] > 2.2, "on Rosenbrock Adagrad's path leaves the picture at its upper edge"
assert [round(x, 1) for x in path[-1]] == [1.9, 3.6], "Adagrad ends near (1.9, 3.6)"

# --8<-- [start:adamax]
show("Adamax", optim.Adamax, "C0")
# --8<-- [end:adamax]

# --8<-- [start:asgd]
show("ASGD", optim.ASGD, "C5")
# --8<-- [end:asgd]
for surface in (bowl, rosenbrock):
    ratio = best(SGD, surface)[2] / best(optim.ASGD, surface)[2]
    assert abs(ratio - 1) < 0.003, "ASGD is SGD: the scores differ by less than 0.3 %"

# --8<-- [start:lbfgs]
show("LBFGS", optim.LBFGS, "C3")
# --8<-- [end:lbfgs]
assert max(run_lbfgs(bowl)[1][7:]) < 1e-6, "on the bowl the eighth gradient is taken at the minimum (loss below 1e-6)"
losses = run_lbfgs(rosenbrock)[1]
assert max(losses[60:]) < 1e-6 < losses[59], "on Rosenbrock it is the 61st"
assert max(losses) > 1e7, "on the way the loss exceeds 1e7, that is 10^7"

# --8<-- [start:muon]
show("Muon", optim.Muon, "C1", shape=(1, 2))
# --8<-- [end:muon]
for surface in (bowl, rosenbrock):
    lr, path, _ = best(optim.Muon, surface, shape=(1, 2))
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1) / lr
    assert round(lengths.mean(), 1) == 0.7, "a step of Muon is about 0.7 η long"
    assert lengths.min() > 0.4, "near the minimum too: no step is shorter than 0.4 η"

# --8<-- [start:nadam]
show("NAdam", optim.NAdam, "C0")
# --8<-- [end:nadam]
assert best(optim.NAdam, rosenbrock)[0] == 10, "on Rosenbrock the grid picks η = 10 for NAdam"
first = np.subtract(best(optim.NAdam, rosenbrock)[1][1], START)
assert abs(first).min() > 10, "NAdam's first step is a little more than that in each coordinate"

# --8<-- [start:radam]
show("RAdam", optim.RAdam, "C0")
# --8<-- [end:radam]
assert best(optim.RAdam, rosenbrock)[0] == 0.001, "on Rosenbrock the grid picks η = 0.001 for RAdam"
assert np.allclose(rosenbrock(*START)[1], (-215.6, -88)), "the gradient at the start is (-215.6, -88)"

# --8<-- [start:rmsprop]
show("RMSprop", optim.RMSprop, "C4")
# --8<-- [end:rmsprop]
for surface in (bowl, rosenbrock):
    first = np.subtract(best(optim.RMSprop, surface)[1][1], START)
    assert np.allclose(abs(first), 3, atol=1e-3), "RMSprop's first step is 10 η = 3 in each coordinate"
path = best(optim.RMSprop, rosenbrock)[1]
assert path[1][1] > 2.2, "on Rosenbrock RMSprop jumps across the picture's upper edge"
assert [round(x, 1) for x in path[-1]] == [1.9, 3.6], "RMSprop ends near (1.9, 3.6)"
assert best(optim.RMSprop, bowl)[2] < min(best(SGD, bowl)[2], best(Adam, bowl)[2]), "on the bowl the best of the three"
assert best(optim.RMSprop, rosenbrock)[2] > best(Adam, rosenbrock)[2], "on Rosenbrock worse than Adam's"

# --8<-- [start:rprop]
show("Rprop", optim.Rprop, "C3")
# --8<-- [end:rprop]
ratio = best(Adam, bowl)[2] / best(optim.Rprop, bowl)[2]
assert ratio > 1e7, "on the bowl Rprop's score is ten million times lower than Adam's"
assert best(optim.Rprop, rosenbrock)[2] > 3, "on Rosenbrock Rprop scores above 3"

# --8<-- [start:sparseadam]
show("SparseAdam", optim.SparseAdam, "C0", sparse=True)
# --8<-- [end:sparseadam]
apart = np.subtract(best(optim.SparseAdam, bowl, sparse=True)[1], best(Adam, bowl)[1])
assert abs(apart).max() < 1e-5, "on the bowl the points are Adam's to 10^-5, or 1e-5"

# --8<-- [start:sparks]
special = {"Muon": {"shape": (1, 2)}, "SparseAdam": {"sparse": True}}
x, y = np.meshgrid(np.linspace(-1.9, 1.9, 30), np.linspace(-1.3, 2.2, 30))
kinds = [kind for kind in vars(optim).values() if isinstance(kind, type)]
for kind in sorted(set(kinds) - {optim.Optimizer}, key=lambda kind: kind.__name__):
    name = kind.__name__
    points = best(kind, bowl, **special.get(name, {}))[1]
    axes = plt.figure(name, figsize=(0.8, 0.8)).subplots()
    axes.contour(x, y, bowl(x, y)[0], [0.3, 3, 15], linewidths=0.6, colors=["C5"])
    axes.plot(*zip(*points, strict=True), "C0", linewidth=1.2)
    axes.set(xlim=(-1.9, 1.9), ylim=(-1.3, 2.2))
    axes.set_axis_off()
# --8<-- [end:sparks]
assert len(set(kinds) - {optim.Optimizer}) == 15, "a small picture for each of the 15"

# --8<-- [start:budget]
budgets = (25, 50, 100, 200)
tuned = {}
for name, make in (("SGD", optim.SGD), ("Adam", optim.Adam)):
    _, losses = run(make, rosenbrock, budget=200)
    for budget in budgets:  # a shorter run is the start of a longer one
        scores = [score(one[:budget]) for one in losses]
        tuned[name, budget] = GRID[scores.index(min(scores))], min(scores)
for budget in budgets:
    for name in ("SGD", "Adam"):
        lr, end = tuned[name, budget]
        print(f"budget {budget:>3}  {name:<4}  lr {lr:<5g}  score {end:.1e}")
# --8<-- [end:budget]
for budget in (25, 50):
    assert tuned["SGD", budget][1] < tuned["Adam", budget][1], "up to 50 gradients SGD leads"
for budget in (100, 200):
    assert tuned["Adam", budget][1] < tuned["SGD", budget][1], "from 100 on Adam does"
rates = [tuned["Adam", budget][0] for budget in budgets]
assert rates == [0.01, 0.3, 1.0, 1.0], "Adam's best learning rate grows with the budget from 0.01 to 1"

# --8<-- [start:sensitivity]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.0), sharey=True)
looks = {"SGD": "C5s-", "Adam": "C0o-", "AdamW": "C0^--"}
scores = {}
for ax, surface in zip(axes, (bowl, rosenbrock), strict=True):
    for name, look in looks.items():
        _, losses = run(getattr(optim, name), surface)
        scores[name, surface] = [score(one) for one in losses]
        ax.loglog(GRID, scores[name, surface], look, label=name)
    ax.set(title=surface.__name__, xlabel="learning rate", ylim=(1e-4, 1e2))
    ax.set_xticks([0.001, 0.01, 0.1, 1, 10])
    ax.xaxis.set_major_formatter("{x:g}")
axes[0].set_ylabel("score")
axes[0].yaxis.set_major_formatter("{x:g}")
lines = axes[0].get_legend_handles_labels()
figure.legend(*lines, loc="outside lower center", ncols=3)
# --8<-- [end:sensitivity]
survivors = {name: sum(math.isfinite(v) for v in scores[name, rosenbrock]) for name in looks}
assert survivors["SGD"] == 2, "on Rosenbrock SGD survives with only two of the nine learning rates"
assert survivors["Adam"] == 9, "Adam with all nine"
choice = [min(scores[name, rosenbrock]) for name in looks]
assert max(choice) / min(choice) < 5, "on Rosenbrock the best scores of the three differ by a factor below 5"
for name in ("Adam", "AdamW"):
    own = scores[name, rosenbrock]
    assert max(own) / min(own) > 30, "the scores of Adam and AdamW differ by more than 30 between rates"
for surface, edge in ((bowl, 0.03), (rosenbrock, 0.003)):
    later = scores["SGD", surface][GRID.index(edge) + 1 :]
    assert min(later) > 1e30, "SGD ends abruptly above 0.03 and 0.003"
    for name in ("Adam", "AdamW"):
        own = scores[name, surface]
        assert GRID[own.index(min(own))] in (0.3, 1), "Adam and AdamW have their minima between 0.3 and 1"
plt.show()

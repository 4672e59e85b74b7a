import math
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch

# --8<-- [start:rules]
START, BUDGET = (-1.2, 1.0), 100
GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
print(f"start θ = {START}, budget {BUDGET} gradients, float64, no clipping, no noise")
print("lr from", *GRID)
# --8<-- [end:rules]


# --8<-- [start:surfaces]
def bowl(x, y):
    """Value and gradient of a bowl 25 times steeper across than along, turned by 30°."""
    c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
    along, across = c * (x - 1) + s * (y - 1), c * (y - 1) - s * (x - 1)
    value = (along * along + 25 * across * across) / 2
    return value, (c * along - 25 * s * across, s * along + 25 * c * across)


def rosenbrock(x, y):
    """Value and gradient of Rosenbrock's bent valley."""
    off = y - x * x
    return (1 - x) * (1 - x) + 100 * off * off, (2 * (x - 1) - 400 * x * off, 200 * off)
# --8<-- [end:surfaces]


for surface in (bowl, rosenbrock):
    at = torch.tensor([-0.7, 0.4], dtype=torch.float64, requires_grad=True)
    surface(*at)[0].backward()
    assert torch.allclose(at.grad, torch.tensor(surface(-0.7, 0.4)[1], dtype=torch.float64))
    assert surface(1.0, 1.0) == (0.0, (0.0, 0.0))


# --8<-- [start:run]
def run(make, surface, lr, budget=BUDGET, shape=(2,), sparse=False):
    """Return every point at which the gradient was asked for, and its loss."""
    theta = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64).view(shape))
    optimizer, points, losses = make([theta], lr=lr), [], []

    def closure():
        points.append(theta.detach().flatten().tolist())
        value, gradient = surface(*points[-1])
        losses.append(value)
        gradient = torch.tensor(gradient, dtype=torch.float64).view(shape)
        theta.grad = gradient.to_sparse() if sparse else gradient
        return torch.tensor(value)

    while len(losses) < budget:
        optimizer.step(closure)
    return points[:budget], losses[:budget]
# --8<-- [end:run]


# --8<-- [start:criterion]
def score(losses):
    """Mean of the last ten losses: one lucky last point must not decide."""
    mean = sum(losses[-10:]) / 10
    return mean if math.isfinite(mean) else math.inf


@cache
def best(make, surface, budget=BUDGET, **options):
    """Return the learning rate of the grid with the lowest score, its path and its score."""
    runs = [(lr, *run(make, surface, lr, budget, **options)) for lr in GRID]
    lr, points, losses = min(runs, key=lambda one: score(one[2]))
    return lr, points, score(losses)
# --8<-- [end:criterion]


SGD, Adam, AdamW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
for surface in (bowl, rosenbrock):
    assert run(Adam, surface, 0.3) == run(Adam, surface, 0.3), "the same points, bit for bit"


def panel(ax, surface):
    # Log-spaced levels, or the valley floor would be one white blot.
    x, y = np.meshgrid(np.linspace(-1.9, 1.9, 150), np.linspace(-1.3, 2.2, 150))
    ax.contour(x, y, surface(x, y)[0], np.geomspace(0.1, 1000, 13), linewidths=0.7, colors=[GREY])
    ax.plot(1, 1, "+", markersize=10, color=INK)
    ax.set(xlim=(-1.9, 1.9), ylim=(-1.3, 2.2), xlabel="θ₁", aspect="equal")
    ax.grid(False)


GREY, INK = plt.rcParams["grid.color"], plt.rcParams["text.color"]


def show(name, make, **options):
    """Print an optimizer's learning rates and scores; draw its two paths over SGD's and Adam's."""
    figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.3), sharey=True)
    axes[0].set_ylabel("θ₂")
    for ax, surface in zip(axes, (bowl, rosenbrock), strict=True):
        panel(ax, surface)
        for other, maker, look in (("SGD", SGD, "C5"), ("Adam", Adam, "C0")):
            if maker is not make:
                ax.plot(*zip(*best(maker, surface)[1], strict=True), look, alpha=0.5, lw=1.1, label=other)
        lr, points, end = best(make, surface, **options)
        ax.plot(*zip(*points, strict=True), "C1o-", lw=1.4, markersize=2.6, label=name)
        ax.set_title(f"{surface.__name__}, lr {lr:g}")
        print(f"{surface.__name__:<10}  lr {lr:<5g}  score {end:.1e}")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=3)


# --8<-- [start:sgd]
show("SGD", torch.optim.SGD)
# --8<-- [end:sgd]
assert best(SGD, bowl)[0] == 0.03 and best(SGD, rosenbrock)[0] == 0.003

# --8<-- [start:adam]
show("Adam", torch.optim.Adam)
# --8<-- [end:adam]
assert best(Adam, bowl)[0] == 0.3 and best(Adam, rosenbrock)[0] == 1
assert max(y for _, y in best(Adam, rosenbrock)[1]) > 1.9, "Adam's first step on Rosenbrock is a whole lr"

# --8<-- [start:adamw]
show("AdamW", torch.optim.AdamW)
# --8<-- [end:adamw]
assert best(AdamW, bowl)[2] > 4 * best(Adam, bowl)[2]

# --8<-- [start:adadelta]
show("Adadelta", torch.optim.Adadelta)
# --8<-- [end:adadelta]
for surface in (bowl, rosenbrock):
    assert score(run(torch.optim.Adadelta, surface, 30.0)[1]) < best(torch.optim.Adadelta, surface)[2], "beyond"

# --8<-- [start:adafactor]
show("Adafactor", torch.optim.Adafactor)
# --8<-- [end:adafactor]
assert all(run(torch.optim.Adafactor, f, 1.0) == run(torch.optim.Adafactor, f, 10.0) for f in (bowl, rosenbrock))
assert np.allclose(best(torch.optim.Adafactor, rosenbrock)[1][1], math.sqrt(1.22) + np.array(START), atol=0.01)

# --8<-- [start:adagrad]
show("Adagrad", torch.optim.Adagrad)
# --8<-- [end:adagrad]
firsts = [best(torch.optim.Adagrad, f)[1] for f in (bowl, rosenbrock)]
assert np.allclose([firsts[0][1], firsts[1][1], firsts[1][-1]], [(1.8, -2), (1.8, 4), (1.89, 3.57)], atol=0.01)

# --8<-- [start:adamax]
show("Adamax", torch.optim.Adamax)
# --8<-- [end:adamax]

# --8<-- [start:asgd]
show("ASGD", torch.optim.ASGD)
# --8<-- [end:asgd]
assert all(0.997 < best(SGD, s)[2] / best(torch.optim.ASGD, s)[2] < 1.003 for s in (bowl, rosenbrock))

# --8<-- [start:lbfgs]
show("LBFGS", torch.optim.LBFGS)
# --8<-- [end:lbfgs]
losses = [run(torch.optim.LBFGS, f, 1.0)[1] for f in (bowl, rosenbrock)]
assert max(losses[0][7:] + losses[1][60:]) < 1e-6 < losses[1][59] and max(losses[1]) > 1e7

# --8<-- [start:muon]
show("Muon", torch.optim.Muon, shape=(1, 2))
# --8<-- [end:muon]
moves = np.diff([best(torch.optim.Muon, f, shape=(1, 2))[1] for f in (bowl, rosenbrock)], axis=1)
assert 0.045 < np.linalg.norm(moves, axis=2).min() < np.linalg.norm(moves, axis=2).max() < 0.09

# --8<-- [start:nadam]
show("NAdam", torch.optim.NAdam)
# --8<-- [end:nadam]
assert best(torch.optim.NAdam, rosenbrock)[0] == 10 < best(torch.optim.NAdam, rosenbrock)[1][1][0] + 1.2

# --8<-- [start:radam]
show("RAdam", torch.optim.RAdam)
# --8<-- [end:radam]
assert best(torch.optim.RAdam, rosenbrock)[0] == 0.001

# --8<-- [start:rmsprop]
show("RMSprop", torch.optim.RMSprop)
# --8<-- [end:rmsprop]
firsts = [best(torch.optim.RMSprop, f)[1] for f in (bowl, rosenbrock)]
assert np.allclose([firsts[0][1], firsts[1][1], firsts[1][-1]], [(1.8, -2), (1.8, 4), (1.89, 3.56)], atol=0.01)

# --8<-- [start:rprop]
show("Rprop", torch.optim.Rprop)
# --8<-- [end:rprop]
assert best(torch.optim.Rprop, bowl)[2] < 1e-7 * best(Adam, bowl)[2] and best(torch.optim.Rprop, rosenbrock)[2] > 3

# --8<-- [start:sparseadam]
show("SparseAdam", torch.optim.SparseAdam, sparse=True)
# --8<-- [end:sparseadam]
assert np.allclose(best(torch.optim.SparseAdam, bowl, sparse=True)[1], best(Adam, bowl)[1], atol=1e-5)

# --8<-- [start:budget]
for budget in (25, 50, 100, 500):
    for name, make in (("SGD", SGD), ("Adam", Adam)):
        lr, _, end = best(make, rosenbrock, budget)
        print(f"budget {budget:>3}  {name:<4}  lr {lr:<5g}  score {end:.1e}")
# --8<-- [end:budget]
ahead = [best(SGD, rosenbrock, b)[2] < best(Adam, rosenbrock, b)[2] for b in (25, 50, 100, 500)]
assert ahead == [True, True, False, False]
assert [best(Adam, rosenbrock, b)[0] for b in (25, 50, 100, 500)] == [0.01, 0.3, 1.0, 1.0]

# --8<-- [start:sensitivity]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.0), sharey=True)
for ax, surface in zip(axes, (bowl, rosenbrock), strict=True):
    for name, make, look in (("SGD", SGD, "C5s-"), ("Adam", Adam, "C0o-"), ("AdamW", AdamW, "C1^--")):
        ax.loglog(GRID, [score(run(make, surface, lr)[1]) for lr in GRID], look, label=name)
    ax.set(title=surface.__name__, xlabel="learning rate", ylim=(1e-4, 1e2), xticks=[0.001, 0.01, 0.1, 1, 10])
    ax.xaxis.set_major_formatter("{x:g}")
axes[0].set_ylabel("score")
axes[0].yaxis.set_major_formatter("{x:g}")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
# --8<-- [end:sensitivity]
survivors = [sum(math.isfinite(score(run(make, rosenbrock, lr)[1])) for lr in GRID) for make in (SGD, Adam)]
assert survivors == [2, 9] and score(run(SGD, bowl, 0.1)[1]) > 1e30
plt.show()

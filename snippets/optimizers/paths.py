import math

import matplotlib.pyplot as plt
import numpy as np
import torch


# --8<-- [start:surfaces]
def bowl(x, y, degrees=30.0):
    """Value and gradient of a bowl 25 times steeper along one axis than along the other, turned by degrees."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
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


# --8<-- [start:rules]
START, BUDGET = (-1.2, 1.0), 100
GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
print(f"start θ = {START}, budget {BUDGET} gradients, float64, no clipping, no noise")
print("lr from", *GRID)
# --8<-- [end:rules]


# --8<-- [start:run]
def run(make, surface, lr, budget=BUDGET, shape=(2,)):
    """Return every point at which the gradient was asked for, and its loss."""
    theta = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64).view(shape))
    optimizer, points, losses = make([theta], lr=lr), [], []

    def closure():
        points.append(theta.detach().flatten().tolist())
        value, gradient = surface(*points[-1])
        losses.append(value)
        theta.grad = torch.tensor(gradient, dtype=torch.float64).view(shape)
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


def best(make, surface, budget=BUDGET, **options):
    """Return the learning rate of the grid with the lowest score, with its path and its score."""
    runs = [(lr, *run(make, surface, lr, budget, **options)) for lr in GRID]
    lr, points, losses = min(runs, key=lambda one: score(one[2]))
    return lr, points, score(losses)
# --8<-- [end:criterion]


def background(ax, surface):
    # Log-spaced levels, or the valley floor would be one white blot.
    x, y = np.meshgrid(np.linspace(-1.9, 1.9, 150), np.linspace(-1.2, 1.9, 150))
    ax.contour(x, y, surface(x, y)[0], levels=np.geomspace(0.1, 1000, 13), linewidths=0.7,
               colors=[plt.rcParams["grid.color"]])  # fmt: skip
    ax.plot(1, 1, marker="+", markersize=9, color=plt.rcParams["text.color"])
    ax.set(title=surface.__name__, xlim=(-1.9, 1.9), ylim=(-1.2, 1.9), xlabel="θ₁")
    ax.grid(False)
    ax.set_aspect("equal")


BESIDE = {}  # SGD's and Adam's results, searched once


def show(name, make, **options):
    """Print an optimizer's chosen learning rates and draw its two paths over SGD's and Adam's."""
    figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.0), sharey=True)
    axes[0].set_ylabel("θ₂")
    for ax, surface in zip(axes, (bowl, rosenbrock), strict=True):
        background(ax, surface)
        for other, maker, look in (("SGD", torch.optim.SGD, "C5"), ("Adam", torch.optim.Adam, "C0")):
            if (other, surface) not in BESIDE:
                BESIDE[other, surface] = best(maker, surface)
            if other != name:
                ax.plot(*zip(*BESIDE[other, surface][1], strict=True), color=look, alpha=0.45, lw=1.1, label=other)
        lr, points, end = BESIDE.get((name, surface)) or best(make, surface, **options)
        ax.plot(*zip(*points, strict=True), "o-", color="C1", lw=1.5, markersize=2.6, label=name)
        print(f"{name:<10} {surface.__name__:<10}  lr {lr:<5}  mean of the last ten losses {end:.1e}")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=3)
    return figure


# --8<-- [start:sgd]
show("SGD", torch.optim.SGD)
# --8<-- [end:sgd]

# --8<-- [start:adam]
show("Adam", torch.optim.Adam)
# --8<-- [end:adam]

# --8<-- [start:adamw]
show("AdamW", torch.optim.AdamW)
# --8<-- [end:adamw]

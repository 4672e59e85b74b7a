# --8<-- [start:names]
import math

import matplotlib.pyplot as plt
import torch
from torch.optim import SGD, swa_utils
from torch.optim import lr_scheduler as lrs

offered = {**vars(lrs), **vars(swa_utils)}
public = {*lrs.__all__, *swa_utils.__all__} - {"LRScheduler"}  # the base class
classes = [n for n in sorted(public) if isinstance(offered[n], type)]
names = [n for n in classes if issubclass(offered[n], lrs.LRScheduler)]
print(f"torch {torch.__version__.split('+')[0]} has {len(names)} schedulers:")
for start in range(0, 16, 4):
    print(" ", *names[start:start + 4])
# --8<-- [end:names]
assert len(names) == 16

# --8<-- [start:run]
rows, STEPS = {}, 50  # name: (scheduler, formula)


def run(make, losses=None):
    """The learning rate that the optimizer uses in each step; it was given 1."""
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    scheduler, used = make(optimizer), []
    for s in range(STEPS):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([losses[s]] if losses else []))
    return used
# --8<-- [end:run]


def draw(*family):
    columns = 4 if len(family) == 4 else 3
    height = len(family) // columns
    axes = plt.subplots(height, columns, figsize=(5.5, 0.3 + 1.2 * height), sharex=True, sharey=True)[1]
    for ax, name in zip(axes.flat, family, strict=True):
        ax.plot(run(rows[name][0], losses if name == "ReduceLROnPlateau" else None), "C2.", markersize=3)
        ax.set_title(name.replace("CosineAnnealing", "CosineAnn.\n"), fontsize=8, fontweight="normal")
        ax.set(ylim=(-0.08, 1.08), yticks=[0, 1], xticks=[0, 25, 50])


# --8<-- [start:factors]
rows["StepLR"] = lambda o: lrs.StepLR(o, 15, gamma=0.5), lambda s: 0.5 ** (s // 15)
rows["MultiStepLR"] = (lambda o: lrs.MultiStepLR(o, [10, 40], gamma=0.5),
                       lambda s: 0.5 ** ((s >= 10) + (s >= 40)))
rows["ConstantLR"] = (lambda o: lrs.ConstantLR(o, factor=0.5, total_iters=15),
                      lambda s: 0.5 if s < 15 else 1.0)
rows["ExponentialLR"] = lambda o: lrs.ExponentialLR(o, gamma=0.95), lambda s: 0.95**s
rows["LambdaLR"] = (lambda o: lrs.LambdaLR(o, lambda s: (1 + s) ** -0.5),
                    lambda s: (1 + s) ** -0.5)
rows["MultiplicativeLR"] = (lambda o: lrs.MultiplicativeLR(o, lambda s: 0.97 + s / 2000),
                            lambda s: math.prod(0.97 + k / 2000 for k in range(1, s + 1)))
draw(*rows)
# --8<-- [end:factors]

# --8<-- [start:ramps]
rows["LinearLR"] = (lambda o: lrs.LinearLR(o, start_factor=0.2, total_iters=25),
                    lambda s: 0.2 + (1 - 0.2) * min(s, 25) / 25)
rows["PolynomialLR"] = (lambda o: lrs.PolynomialLR(o, total_iters=40, power=2),
                        lambda s: (1 - min(s, 40) / 40) ** 2)
rows["CosineAnnealingLR"] = (lambda o: lrs.CosineAnnealingLR(o, T_max=50),
                             lambda s: (1 + math.cos(math.pi * s / 50)) / 2)
rows["SWALR"] = (lambda o: swa_utils.SWALR(o, swa_lr=0.2, anneal_epochs=20),
                 lambda s: 0.2 + 0.8 * (1 + math.cos(math.pi * min(s, 20) / 20)) / 2)
draw(*list(rows)[6:])
# --8<-- [end:ramps]


# --8<-- [start:cycles]
def restarts(s, length=8):
    """The position in cycles of 8, 16, 32, … steps, from 0 to 1."""
    return s / length if s < length else restarts(s - length, 2 * length)


def one_cycle(s, peak=0.3 * 50 - 1, last=50 - 1, first=1 / 25, end=1 / 25e4):
    a, b, u = (first, 1, s / peak) if s <= peak else (1, end, (s - peak) / (last - peak))
    return b + (a - b) * (1 + math.cos(math.pi * u)) / 2


rows["CosineAnnealingWarmRestarts"] = (
    lambda o: lrs.CosineAnnealingWarmRestarts(o, T_0=8, T_mult=2),
    lambda s: (1 + math.cos(math.pi * restarts(s))) / 2)
rows["CyclicLR"] = (lambda o: lrs.CyclicLR(o, base_lr=0.1, max_lr=1, step_size_up=12),
                    lambda s: 0.1 + 0.9 * (1 - abs(1 - s % 24 / 12)))
rows["OneCycleLR"] = lambda o: lrs.OneCycleLR(o, max_lr=1, total_steps=50), one_cycle
draw(*list(rows)[10:])
# --8<-- [end:cycles]


# --8<-- [start:combined]
def parts(o):
    return [lrs.LinearLR(o, 0.1, total_iters=10), lrs.CosineAnnealingLR(o, T_max=40)]


def warm(s):
    return 0.1 + 0.9 * min(s, 10) / 10


rows["SequentialLR"] = (
    lambda o: lrs.SequentialLR(o, parts(o), milestones=[10]),
    lambda s: warm(s) if s < 10 else (1 + math.cos(math.pi * (s - 10) / 40)) / 2)
rows["ChainedScheduler"] = (
    lambda o: lrs.ChainedScheduler([*parts(o)[:1], lrs.ExponentialLR(o, 0.97)]),
    lambda s: warm(s) * 0.97**s)
losses = [1 / (1 + s) for s in range(12)] + [0.5] * 38  # no better after step 11
rows["ReduceLROnPlateau"] = (
    lambda o: lrs.ReduceLROnPlateau(o, factor=0.5, patience=8),
    lambda s: 0.5 ** max(0, (s - 12) // 9))
draw(*list(rows)[13:])
# --8<-- [end:combined]

# --8<-- [start:check]
off = {}
for name in names:
    make, formula = rows[name]
    used = run(make, losses if name == "ReduceLROnPlateau" else None)
    off[name] = max(abs(formula(s) - lr) for s, lr in enumerate(used))
print(f"{len(off)} formulas, {STEPS} steps each, largest difference {max(off.values()):.12f}")
# --8<-- [end:check]
assert off.keys() == set(names) == rows.keys() and max(off.values()) < 1e-9, off
moved = set()
for name in set(names) - {"ReduceLROnPlateau"}:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    scheduler = rows[name][0](optimizer)
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    if optimizer.param_groups[0]["momentum"] != 0.9:
        moved.add(name)
assert moved == {"OneCycleLR", "CyclicLR"}
plt.show()

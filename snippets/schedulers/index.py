# --8<-- [start:names]
import copy
import math
import warnings
from functools import partial

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
assert len(names) == 16, "all 16 schedulers of torch are in the table"

# --8<-- [start:run]
rows, STEPS = {}, 50  # rows: name → (scheduler, formula)
losses = [1 / (1 + s) for s in range(12)] + [0.5] * 38  # no better after step 11


def new_optimizer():
    weight = torch.nn.Parameter(torch.zeros(1))
    return SGD([weight], lr=1.0, momentum=0.9)


def run(optimizer, scheduler, first=0, last=STEPS):
    """The learning rates that the optimizer uses in these steps."""
    used = []
    reacts = isinstance(scheduler, lrs.ReduceLROnPlateau)
    for s in range(first, last):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*[losses[s]] * reacts)
    return used
# --8<-- [end:run]


# --8<-- [start:draw]
def draw(*family):
    columns = 4 if len(family) == 4 else 3
    height = len(family) // columns
    size = (5.5, 0.3 + 1.2 * height)
    axes = plt.subplots(height, columns, figsize=size, sharex=True, sharey=True)[1]
    for ax, name in zip(axes.flat, family, strict=True):
        optimizer = new_optimizer()
        ax.plot(run(optimizer, rows[name][0](optimizer)), "C2.", markersize=3)
        ax.set_title(name.replace("CosineAnnealing", "CosineAnn.\n"), fontsize=8)
        ax.set(ylim=(-0.08, 1.08), yticks=[0, 1], xticks=[0, 25, 50])
# --8<-- [end:draw]


# --8<-- [start:factors]
rows["StepLR"] = (partial(lrs.StepLR, step_size=15, gamma=0.5),
                  lambda s: 0.5 ** (s // 15))
rows["MultiStepLR"] = (partial(lrs.MultiStepLR, milestones=[10, 40], gamma=0.5),
                       lambda s: 0.5 ** ((s >= 10) + (s >= 40)))
rows["ConstantLR"] = (partial(lrs.ConstantLR, factor=0.5, total_iters=15),
                      lambda s: 0.5 if s < 15 else 1.0)
rows["ExponentialLR"] = partial(lrs.ExponentialLR, gamma=0.95), lambda s: 0.95**s
rows["LambdaLR"] = (partial(lrs.LambdaLR, lr_lambda=lambda s: (1 + s) ** -0.5),
                    lambda s: (1 + s) ** -0.5)
rows["MultiplicativeLR"] = (
    partial(lrs.MultiplicativeLR, lr_lambda=lambda s: 0.97 + s / 2000),
    lambda s: math.prod(0.97 + k / 2000 for k in range(1, s + 1)))
draw(*rows)
# --8<-- [end:factors]

# --8<-- [start:ramps]
rows["LinearLR"] = (partial(lrs.LinearLR, start_factor=0.2, total_iters=25),
                    lambda s: 0.2 + (1 - 0.2) * min(s, 25) / 25)
rows["PolynomialLR"] = (partial(lrs.PolynomialLR, total_iters=40, power=2),
                        lambda s: (1 - min(s, 40) / 40) ** 2)
rows["CosineAnnealingLR"] = (partial(lrs.CosineAnnealingLR, T_max=50),
                             lambda s: (1 + math.cos(math.pi * s / 50)) / 2)
rows["SWALR"] = (
    partial(swa_utils.SWALR, swa_lr=0.2, anneal_epochs=20),
    lambda s: 0.2 + 0.8 * (1 + math.cos(math.pi * min(s, 20) / 20)) / 2)
draw(*list(rows)[6:])
# --8<-- [end:ramps]


# --8<-- [start:cycles]
def restarts(s, length=8):
    """The position in cycles of 8, 16, 32, … steps, from 0 to 1."""
    return s / length if s < length else restarts(s - length, 2 * length)


def one_cycle(s, peak=0.3 * 50 - 1, last=50 - 1, first=1 / 25, end=1 / 25e4):
    way_up = s <= peak
    done = s / peak if way_up else (s - peak) / (last - peak)
    a, b = (first, 1) if way_up else (1, end)
    return b + (a - b) * (1 + math.cos(math.pi * done)) / 2


rows["CosineAnnealingWarmRestarts"] = (
    partial(lrs.CosineAnnealingWarmRestarts, T_0=8, T_mult=2),
    lambda s: (1 + math.cos(math.pi * restarts(s))) / 2)
rows["CyclicLR"] = (partial(lrs.CyclicLR, base_lr=0.1, max_lr=1, step_size_up=12),
                    lambda s: 0.1 + 0.9 * (1 - abs(1 - s % 24 / 12)))
rows["OneCycleLR"] = partial(lrs.OneCycleLR, max_lr=1, total_steps=50), one_cycle
draw(*list(rows)[10:])
# --8<-- [end:cycles]


# --8<-- [start:combined]
def warm_up(s):
    return 0.1 + 0.9 * min(s, 10) / 10


def sequential(optimizer, **options):
    rise = lrs.LinearLR(optimizer, 0.1, total_iters=10)
    fall = lrs.CosineAnnealingLR(optimizer, T_max=40)
    return lrs.SequentialLR(optimizer, [rise, fall], milestones=[10], **options)


def chained(optimizer):
    rise = lrs.LinearLR(optimizer, 0.1, total_iters=10)
    return lrs.ChainedScheduler([rise, lrs.ExponentialLR(optimizer, 0.97)])


rows["SequentialLR"] = sequential, lambda s: (
    warm_up(s) if s < 10 else (1 + math.cos(math.pi * (s - 10) / 40)) / 2)
rows["ChainedScheduler"] = chained, lambda s: warm_up(s) * 0.97**s
rows["ReduceLROnPlateau"] = (partial(lrs.ReduceLROnPlateau, factor=0.5, patience=8),
                             lambda s: 0.5 ** max(0, (s - 12) // 9))
draw(*list(rows)[13:])
# --8<-- [end:combined]



# --8<-- [start:sparks]
for name, (make, _) in rows.items():
    axes = plt.figure(name, figsize=(1.0, 0.45)).subplots()
    axes.set_axis_off()
    optimizer = new_optimizer()
    axes.plot(run(optimizer, make(optimizer)), "C2", drawstyle="steps-post")
    axes.set_ylim(-0.08, 1.08)
# --8<-- [end:sparks]

# --8<-- [start:check]
off = {}
for name, (make, formula) in rows.items():
    optimizer = new_optimizer()
    used = run(optimizer, make(optimizer))
    off[name] = max(abs(formula(s) - lr) for s, lr in enumerate(used))
largest = max(off.values())
print(f"{len(off)} formulas, {STEPS} steps each, largest difference {largest:.12f}")
# --8<-- [end:check]
assert off.keys() == set(names), "each scheduler beside its formula"
assert max(off.values()) < 5e-13, "largest difference 0.000000000000"

moved = set()
for name in set(names) - {"ReduceLROnPlateau"}:
    optimizer = new_optimizer()
    run(optimizer, rows[name][0](optimizer), last=2)
    if optimizer.param_groups[0]["momentum"] != 0.9:
        moved.add(name)
assert moved == {"OneCycleLR", "CyclicLR"}, "only OneCycleLR and CyclicLR also move the momentum"


# --8<-- [start:restore]
def restored(make, way, done, saved):
    """A new optimizer and scheduler that go on after `done` steps."""
    optimizer = new_optimizer()
    optimizer_state, scheduler_state = copy.deepcopy(saved)
    if way == "built before":
        scheduler = make(optimizer)
        optimizer.load_state_dict(optimizer_state)
        scheduler.load_state_dict(scheduler_state)
    elif way == "built after":
        optimizer.load_state_dict(optimizer_state)
        scheduler = make(optimizer)  # may overwrite the loaded learning rate
        scheduler.load_state_dict(scheduler_state)
    elif way == "last_epoch":
        optimizer.load_state_dict(optimizer_state)
        scheduler = make(optimizer, last_epoch=done - 1)
    elif way == "optimizer forgotten":
        scheduler = make(optimizer)
        scheduler.load_state_dict(scheduler_state)
    return optimizer, scheduler
# --8<-- [end:restore]


# --8<-- [start:wrong-steps]
def wrong_steps(name, way):
    """For each checkpoint, the steps that are wrong after it."""
    make, formula = rows[name]
    wrong = {}
    for done in range(10, 50, 5):  # checkpoints after 10, 15, …, 45 of 50 steps
        optimizer = new_optimizer()
        scheduler = make(optimizer)
        run(optimizer, scheduler, last=done)
        saved = optimizer.state_dict(), scheduler.state_dict()
        used = run(*restored(make, way, done, saved), first=done)
        wrong[done] = [s for s, lr in enumerate(used, start=done)
                       if not math.isclose(lr, formula(s), abs_tol=1e-12)]
    return wrong


def verdict(wrong):
    bad = {done: steps for done, steps in wrong.items() if steps}
    if not bad:
        return "right"
    one_step = all(steps == [done] for done, steps in bad.items())
    to_the_end = all(steps[-1] == STEPS - 1 for steps in bad.values())
    how = "1 step" if one_step else "to the end" if to_the_end else "a while"
    return how if len(bad) == len(wrong) else f"{how} ({len(bad)} of {len(wrong)})"
# --8<-- [end:wrong-steps]


# --8<-- [start:resume]
ways = {"built before": 13, "built after": 12, "last_epoch": 21,
        "optimizer forgotten": 19}
print(" " * 21, *(f"{way:<{width}}" for way, width in ways.items()))
verdicts = {}
for name in rows:
    for way in ways:
        counts = name not in ("ChainedScheduler", "ReduceLROnPlateau")
        if way == "last_epoch" and not counts:
            verdicts[name, way] = "–"  # it has no such argument
        else:
            verdicts[name, way] = verdict(wrong_steps(name, way))
    cells = [f"{verdicts[name, way]:<{width}}" for way, width in ways.items()]
    print(f"{name.replace('CosineAnnealing', 'Cosine…'):<21}", *cells)
# --8<-- [end:resume]
after = {verdict: {name for name in rows if verdicts[name, "built after"] == verdict}
         for verdict in ("right", "1 step", "to the end")}
assert {verdicts[name, "built before"] for name in rows} == {"right"}, "built before loading, all 16 are right"
assert after["to the end"] == {"ConstantLR", "LinearLR", "SequentialLR", "ChainedScheduler"}, (
    "built after loading, these four stay wrong for good")
assert after["1 step"] == {"LambdaLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR"}, (
    "these four are wrong for one step: they compute each rate from the start")
assert len(after["right"]) == 8, "the other eight are right"


def resumed_with(name, way, done):
    make, formula = rows[name]
    optimizer = new_optimizer()
    scheduler = make(optimizer)
    run(optimizer, scheduler, last=done)
    saved = optimizer.state_dict(), scheduler.state_dict()
    used = run(*restored(make, way, done, saved), first=done)
    return [lr / formula(s) for s, lr in enumerate(used, done)]


for done in range(1, 50):
    assert all(math.isclose(ratio, 0.2) for ratio in resumed_with("LinearLR", "built after", done)), (
        "LinearLR keeps its start_factor of 0.2 as a factor on the whole rest")
    assert all(math.isclose(ratio, 0.5) for ratio in resumed_with("ConstantLR", "built after", done)), (
        "ConstantLR keeps its factor of 0.5 on the whole rest")
for done in range(1, 10):
    ratios = resumed_with("SequentialLR", "built after", done)
    assert not math.isclose(ratios[0], 1), "SequentialLR is wrong from the first step on"
    assert all(math.isclose(ratio, 1) for ratio in ratios[10 - done:]), (
        "saved before the milestone, it is right again from there, since the cosine starts anew")
for name in ("StepLR", "MultiStepLR", "ConstantLR"):
    drops = {"StepLR": [15, 30, 45], "MultiStepLR": [10, 40], "ConstantLR": [15]}[name]
    wrong = wrong_steps(name, "last_epoch")
    assert [done for done, steps in wrong.items() if steps] == drops, (
        "StepLR, MultiStepLR and ConstantLR are wrong with last_epoch exactly when the checkpoint falls on a change")
assert verdicts["SequentialLR", "last_epoch"] == "to the end", "SequentialLR is wrong from every checkpoint"
recovered = {name for name in rows if verdicts[name, "optimizer forgotten"] == "1 step"}
assert recovered == after["1 step"], "without the optimizer's state only the same four come back after one step"
for make, formula in rows.values():
    for done in (1, 20, 49):
        optimizer = new_optimizer()
        scheduler = make(optimizer)
        run(optimizer, scheduler, last=done)
        saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
        optimizer = new_optimizer()
        scheduler = make(optimizer)
        scheduler.load_state_dict(saved[1])  # the other order of loading
        optimizer.load_state_dict(saved[0])
        assert all(math.isclose(lr, formula(s), abs_tol=1e-12)
                   for s, lr in enumerate(run(optimizer, scheduler, first=done), done)), (
            "which of the two states is loaded first does not matter")
    optimizer = new_optimizer()
    make(optimizer)
    assert math.isclose(optimizer.param_groups[0]["lr"], formula(0)), (
        "building a scheduler writes the rate of step 0 into the optimizer")
    if make is rows["ReduceLROnPlateau"][0]:
        continue
    optimizer = new_optimizer()
    scheduler = make(optimizer)
    run(optimizer, scheduler, last=20)
    saved = optimizer.state_dict(), scheduler.state_dict()
    optimizer, scheduler = restored(make, "optimizer forgotten", 20, saved)
    assert math.isclose(optimizer.param_groups[0]["lr"], formula(0)), (
        "without the optimizer's state the rate starts again at the value of step 0")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    optimizer, wrong_order = new_optimizer(), []
    scheduler = rows["ExponentialLR"][0](optimizer)
    for _ in range(5):
        scheduler.step()
        wrong_order.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
assert 1.0 not in wrong_order, "in the wrong order the value of step 0 is never used"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math
import textwrap
import warnings

import matplotlib.pyplot as plt
import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import SequentialLR


def sequential_lr(step, schedulers, milestones):
    """schedulers: functions of their own step, which starts at 0."""
    index = sum(milestone <= step for milestone in milestones)
    start = milestones[index - 1] if index else 0
    return schedulers[index](step - start)
# --8<-- [end:from-scratch]


# --8<-- [start:equal-run]
def optimizer_with(lr):
    return torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used
# --8<-- [end:equal-run]


# --8<-- [start:equal]
kinds = {  # how torch builds it, and its formula, for a learning rate of 1
    "warm-up": (lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=20),
                lambda s: 0.1 + 0.9 * min(s, 20) / 20),
    "constant": (lambda o: lr_scheduler.ConstantLR(o, 1, total_iters=0),
                 lambda s: 1.0),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, 50),
               lambda s: (1 + math.cos(math.pi * s / 50)) / 2),
    "decay": (lambda o: lr_scheduler.ExponentialLR(o, 0.99),
              lambda s: 0.99**s)}
worst, compared = 0.0, 0
for order in itertools.permutations(kinds, 3):
    for milestones in ([20, 120], [0, 1], [7, 7], [200, 250]):
        optimizer = optimizer_with(lr=1.0)
        made = [kinds[name][0](optimizer) for name in order]
        lrs = run(optimizer, SequentialLR(optimizer, made, milestones), 260)
        formulas = [kinds[name][1] for name in order]
        for step, lr in enumerate(lrs):
            ours = sequential_lr(step, formulas, milestones)
            worst, compared = max(worst, abs(ours - lr)), compared + 1
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 24 * 4 * 260 and worst < 1e-12


# --8<-- [start:table]
def warm_cosine(lr=1.0, warm_up=4, total=10):
    optimizer = optimizer_with(lr)
    rise = lr_scheduler.LinearLR(optimizer, 0.2, total_iters=warm_up)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=total - warm_up)
    return optimizer, SequentialLR(optimizer, [rise, fall], [warm_up])


optimizer, scheduler = warm_cosine()
print("step      lr  last_epoch of all, rise, fall")
for step in range(8):
    counts = [it.last_epoch for it in (scheduler, *scheduler._schedulers)]
    print(f"{step:>4}  {optimizer.param_groups[0]['lr']:.4f}  {counts}")
    optimizer.step()
    scheduler.step()
# --8<-- [end:table]
assert counts == [7, 3, 3]

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
axes.plot(run(*warm_cosine(1.0, 30, 200), 200), "C0", label="warm-up, cosine")
optimizer = optimizer_with(lr=1.0)
phases = [lr_scheduler.LinearLR(optimizer, 0.1, total_iters=30),
          lr_scheduler.ConstantLR(optimizer, 1, total_iters=0),
          lr_scheduler.LinearLR(optimizer, 1, 0.05, total_iters=50)]
scheduler = SequentialLR(optimizer, phases, milestones=[30, 150])
lrs = run(optimizer, scheduler, 200)
axes.plot(lrs, "C1--", label="warm-up, constant, decay")
axes.set(xlabel="step", ylabel="lr / initial lr")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curves]
assert math.isclose(scheduler.get_last_lr()[0], 0.05)

# --8<-- [start:resume]
optimizer, scheduler = warm_cosine(total=100)
run(optimizer, scheduler, 40)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = warm_cosine(total=100)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
assert run(resumed, its_scheduler, 60) == run(optimizer, scheduler, 60)
print(*checkpoint[1], "with the states of", len(checkpoint[1]["_schedulers"]))
# --8<-- [end:resume]

# --8<-- [start:length]
for total_iters in (4, 8, 2):
    optimizer = optimizer_with(lr=1.0)
    rise = lr_scheduler.LinearLR(optimizer, 0.2, total_iters=total_iters)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    lrs = run(optimizer, SequentialLR(optimizer, [rise, fall], [4]), 7)
    print(f"total_iters={total_iters}:", *(f"{lr:.2f}" for lr in lrs))
# --8<-- [end:length]

# --8<-- [start:first-lr]
for exponential_first in (True, False):
    optimizer = optimizer_with(lr=1.0)
    if exponential_first:
        decay = lr_scheduler.ExponentialLR(optimizer, 0.9)
    low = lr_scheduler.ConstantLR(optimizer, 0.1, total_iters=4)
    if not exponential_first:
        decay = lr_scheduler.ExponentialLR(optimizer, 0.9)
    scheduler = SequentialLR(optimizer, [low, decay], milestones=[2])
    print(*(f"{lr:.2f}" for lr in run(optimizer, scheduler, 5)))
# --8<-- [end:first-lr]

# --8<-- [start:zero]
optimizer = optimizer_with(lr=1.0)
low = lr_scheduler.ConstantLR(optimizer, 0.1, total_iters=4)
decay = lr_scheduler.ExponentialLR(optimizer, 0.9)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scheduler = SequentialLR(optimizer, [low, decay], milestones=[0])
    print(*(f"{lr:.3f}" for lr in run(optimizer, scheduler, 5)))
print(len(caught), "warnings")
# --8<-- [end:zero]
assert not caught

# --8<-- [start:carries-on]
def after_warm_up(make, *options):
    optimizer = optimizer_with(lr=1.0)
    rise = lr_scheduler.LinearLR(optimizer, 0.25, total_iters=3)
    both = [rise, make(optimizer, *options)]
    return run(optimizer, SequentialLR(optimizer, both, [3]), 6)


for make, *options in (
    (lr_scheduler.StepLR, 1, 0.9),
    (lr_scheduler.MultiplicativeLR, lambda s: 0.9),
    (lr_scheduler.OneCycleLR, 1.0, 10),
):
    lrs = after_warm_up(make, *options)
    print(*(f"{lr:.3f}" for lr in lrs), make.__name__)
# --8<-- [end:carries-on]
assert math.isclose(after_warm_up(torch.optim.swa_utils.SWALR, 0.3)[3], 0.75)

# --8<-- [start:nested]
def nested(inner_first):
    optimizer = optimizer_with(lr=1.0)
    rise = lr_scheduler.LinearLR(optimizer, 0.25, total_iters=3)
    flat = lr_scheduler.ConstantLR(optimizer, 1, total_iters=0)
    inner = SequentialLR(optimizer, [rise, flat], milestones=[3])
    both = [inner, lr_scheduler.ExponentialLR(optimizer, 0.9)]
    both = both if inner_first else both[::-1]
    return optimizer, SequentialLR(optimizer, both, milestones=[4])


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("first: ", *(f"{lr:.2f}" for lr in run(*nested(True), 6)))
print(str(caught[0].message)[:76])
try:
    run(*nested(False), 6)
except NotImplementedError:
    print("later:  NotImplementedError")
# --8<-- [end:nested]

# --8<-- [start:errors]
optimizer, scheduler = warm_cosine()
for attempt in (lambda: SequentialLR(optimizer, [low, decay], [2]),
                lambda: SequentialLR(optimizer, scheduler._schedulers, [2, 4]),
                lambda: scheduler.step(3)):
    try:
        attempt()
    except (ValueError, TypeError) as error:
        text = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(textwrap.fill(textwrap.shorten(text, 200), 80))
# --8<-- [end:errors]

# --8<-- [start:unsorted]
for milestones in ([3, 6], [6, 3]):
    optimizer = optimizer_with(lr=1.0)
    phases = [lr_scheduler.ConstantLR(optimizer, factor, total_iters=99)
              for factor in (1.0, 0.5, 0.25)]
    lrs = run(optimizer, SequentialLR(optimizer, phases, milestones), 8)
    print(*(f"{lr:.2f}" for lr in lrs), milestones)
# --8<-- [end:unsorted]
plt.show()

# --8<-- [start:imports]
import itertools
import math
import textwrap
import warnings
from functools import partial

import matplotlib.pyplot as plt
import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import SequentialLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
assert len(kinds) == 4, "four schedulers"
assert compared == 24 * 4 * 260, "three of them in every order"
assert worst < 5e-13, "largest difference 0.000000000000"


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
assert counts[0] == 7, "the SequentialLR has counted to 7"
assert counts[1] == 3, "the warm-up is not called any more, and its count stays at 3"
assert counts[2] == 3, "at step 4 the cosine takes over, at its step 0"
values = run(*warm_cosine(), 11)
assert math.isclose(values[4], 1), "with the full learning rate"
assert math.isclose(values[10], 0, abs_tol=1e-12), "ten steps: four of warm-up, then a cosine over six"
assert warm_cosine()[1]._schedulers[1].last_epoch == -1, "before its turn a scheduler's last_epoch is −1"

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
assert math.isclose(scheduler.get_last_lr()[0], 0.05), "the dashed one falls in a straight line at the end"
assert lrs[30:151] == [1] * 121, "it stays constant from step 30 up to step 150"

# --8<-- [start:resume]
optimizer, scheduler = warm_cosine(total=100)
run(optimizer, scheduler, 40)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = warm_cosine(total=100)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = run(resumed, its_scheduler, 60) == run(optimizer, scheduler, 60)
print("the remaining 60 steps are the same:", same)
print(*checkpoint[1], "with the states of", len(checkpoint[1]["_schedulers"]))
# --8<-- [end:resume]
assert same, "build all of it in the same order, then load both states"
assert len(checkpoint[1]["_schedulers"]) == 2, "the scheduler's state holds those of its parts"

# --8<-- [start:length]
runs = {}
for total_iters in (4, 8, 2):
    optimizer = optimizer_with(lr=1.0)
    rise = lr_scheduler.LinearLR(optimizer, 0.2, total_iters=total_iters)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    lrs = run(optimizer, SequentialLR(optimizer, [rise, fall], [4]), 7)
    print(f"total_iters={total_iters}:", *(f"{lr:.2f}" for lr in lrs))
    runs[total_iters] = lrs
# --8<-- [end:length]
assert math.isclose(runs[8][3], 0.5), "with 8 the warm-up is cut off at 0.5"
assert runs[8][4] == 1, "and jumps from there to 1"
assert runs[2][2:5] == [1, 1, 1], "with 2 it waits at the top"

# --8<-- [start:first-lr]
parts = {"low": partial(lr_scheduler.ConstantLR, factor=0.1, total_iters=4),
         "decay": partial(lr_scheduler.ExponentialLR, gamma=0.9)}


def low_then_decay(optimizer, milestone, order=("low", "decay"), **options):
    built = {name: parts[name](optimizer) for name in order}
    both = [built["low"], built["decay"]]
    return SequentialLR(optimizer, both, [milestone], **options)


for order in (("low", "decay"), ("decay", "low")):
    optimizer = optimizer_with(lr=1.0)
    lrs = run(optimizer, low_then_decay(optimizer, 2, order), 5)
    print(*(f"{lr:.2f}" for lr in lrs), " built:", *order)
# --8<-- [end:first-lr]
optimizer = optimizer_with(lr=1.0)
assert run(optimizer, low_then_decay(optimizer, 2), 5) == lrs, "the order in which you build them does not matter"
optimizer = optimizer_with(lr=1.0)
run(optimizer, lr_scheduler.ExponentialLR(optimizer, gamma=0.5), 3)
assert optimizer.param_groups[0]["lr"] == 0.125, "an earlier schedule left 0.125"
low_then_decay(optimizer, 2)
assert optimizer.param_groups[0]["lr"] == 0.1, "a SequentialLR begins at initial_lr, here times the factor 0.1"

# --8<-- [start:zero]
optimizer = optimizer_with(lr=1.0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scheduler = low_then_decay(optimizer, milestone=0)
    lrs = run(optimizer, scheduler, 5)
print(*(f"{lr:.3f}" for lr in lrs), " warnings:", len(caught))
# --8<-- [end:zero]
assert not caught, "there is no warning"
assert [round(lr, 3) for lr in lrs] == [1, 0.9, 0.81, 0.729, 0.656], "the second scheduler runs from the start"

# --8<-- [start:last-epoch]
optimizer = optimizer_with(lr=1.0)
scheduler = low_then_decay(optimizer, milestone=2)
run(optimizer, scheduler, 4)

resumed = optimizer_with(lr=1.0)
resumed.load_state_dict(optimizer.state_dict())
wrong = low_then_decay(resumed, milestone=2, last_epoch=3)
right, got = run(optimizer, scheduler, 5), run(resumed, wrong, 5)
print("the run itself:", *(f"{lr:.4f}" for lr in right))
print("last_epoch=3:  ", *(f"{lr:.4f}" for lr in got))
# --8<-- [end:last-epoch]
assert math.isclose(right[0], 0.81), "the right learning rate of step 4 is 0.81"
assert got[0] == 0.1, "with last_epoch the run goes on with 0.1"
assert all(math.isclose(ours, 0.9**k * 0.1) for k, ours in enumerate(got)), (
    "each value has the factor 0.1 of the first scheduler, and the decay starts anew")
restored = optimizer_with(lr=1.0)
its_scheduler = low_then_decay(restored, milestone=2)
optimizer = optimizer_with(lr=1.0)
scheduler = low_then_decay(optimizer, milestone=2)
run(optimizer, scheduler, 4)
restored.load_state_dict(optimizer.state_dict())
its_scheduler.load_state_dict(scheduler.state_dict())
assert run(restored, its_scheduler, 5) == right, "with the default last_epoch and load_state_dict it is right"


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
assert after_warm_up(lr_scheduler.StepLR, 1, 0.9)[3] == 1, "StepLR starts from 1"
multiplied = after_warm_up(lr_scheduler.MultiplicativeLR, lambda s: 0.9)
assert math.isclose(multiplied[3], 0.75 * 0.9), "it takes the 0.75 that it finds, and multiplies it at once"
one_cycle = after_warm_up(lr_scheduler.OneCycleLR, 1.0, 10)
assert math.isclose(one_cycle[0], 0.04 * 0.25), (
    "OneCycleLR overwrites initial_lr, here with 0.04, and with it the start of the warm-up")
assert math.isclose(after_warm_up(torch.optim.swa_utils.SWALR, 0.3)[3], 0.75), "SWALR starts from the 0.75, too"

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
    lrs = run(*nested(inner_first=True), 6)
print("first: ", *(f"{lr:.2f}" for lr in lrs))
print(str(caught[0].message).split(". ")[0])
optimizer, scheduler = nested(inner_first=False)
try:
    run(optimizer, scheduler, 6)
except NotImplementedError:
    print(f"later:  NotImplementedError at step {scheduler.last_epoch}")
# --8<-- [end:nested]
assert scheduler.last_epoch == 4, "or it fails at its milestone"
assert [round(lr, 2) for lr in lrs[:3]] == [0.25, 0.5, 1], "one step early: the 0.75 is missing"
assert len(caught) == 1, "a warning about the order of the calls is the only sign"

# --8<-- [start:errors]
optimizer, scheduler = warm_cosine()
others = low_then_decay(optimizer_with(lr=1.0), milestone=2)._schedulers
for attempt in (lambda: SequentialLR(optimizer, others, [2]),
                lambda: SequentialLR(optimizer, scheduler._schedulers, [2, 4]),
                lambda: scheduler.step(3)):
    try:
        attempt()
    except (ValueError, TypeError) as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        print(textwrap.fill(text, 80))
# --8<-- [end:errors]

# --8<-- [start:unsorted]
for milestones in ([3, 6], [6, 3]):
    optimizer = optimizer_with(lr=1.0)
    phases = [lr_scheduler.ConstantLR(optimizer, factor, total_iters=99)
              for factor in (1.0, 0.5, 0.25)]
    lrs = run(optimizer, SequentialLR(optimizer, phases, milestones), 8)
    print(*(f"{lr:.2f}" for lr in lrs), milestones)
# --8<-- [end:unsorted]
assert 0.5 not in lrs, "with [6, 3] the second scheduler is never used"
plt.show()

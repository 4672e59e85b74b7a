# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
rise = LinearLR(optimizer, start_factor=0.25, total_iters=3)
fall = CosineAnnealingLR(optimizer, T_max=4)
scheduler = SequentialLR(optimizer, [rise, fall], milestones=[3])
lrs = []
for _ in range(8):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:.3f}" for lr in lrs] == ["0.025", "0.050", "0.075", "0.100", "0.085", "0.050", "0.015", "0.000"], (
    "three steps of warm-up, then a cosine over four")

# --8<-- [start:imports]
import itertools
import math
import textwrap
import warnings
from functools import partial

import matplotlib.pyplot as plt
from torch.optim import lr_scheduler

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
print("step  lr      last_epoch  of rise  of fall")
for step in range(8):
    counts = [it.last_epoch for it in (scheduler, *scheduler._schedulers)]
    lr = optimizer.param_groups[0]["lr"]
    print(f"{step:<4}  {lr:.4f}  {counts[0]:<10}  {counts[1]:<7}  {counts[2]}")
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
print("total_iters", *(f" step {step}" for step in range(7)))
for total_iters in (4, 8, 2):
    optimizer = optimizer_with(lr=1.0)
    rise = lr_scheduler.LinearLR(optimizer, 0.2, total_iters=total_iters)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    lrs = run(optimizer, SequentialLR(optimizer, [rise, fall], [4]), 7)
    print(f"{total_iters:<11}", *(f" {lr:<6.2f}" for lr in lrs))
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
print("step  the run itself  with last_epoch=3")
for step, pair in enumerate(zip(right, got, strict=True), 4):
    print(f"{step:<4}  {pair[0]:<14.4f}  {pair[1]:.4f}")
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
plt.show()

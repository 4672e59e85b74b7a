# --8<-- [start:setup]
import math
import warnings

import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import SequentialLR


def optimizer_with(lr):
    return torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used
# --8<-- [end:setup]


# --8<-- [start:carries-on]
def after_warm_up(make, *options):
    optimizer = optimizer_with(lr=1.0)
    rise = lr_scheduler.LinearLR(optimizer, 0.25, total_iters=3)
    both = [rise, make(optimizer, *options)]
    return run(optimizer, SequentialLR(optimizer, both, [3]), 6)


print("step 0  1      2      3      4      5      scheduler")
for make, *options in (
    (lr_scheduler.StepLR, 1, 0.9),
    (lr_scheduler.MultiplicativeLR, lambda s: 0.9),
    (lr_scheduler.OneCycleLR, 1.0, 10),
):
    lrs = after_warm_up(make, *options)
    print(*(f"{lr:.3f} " for lr in lrs), make.__name__)
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

# --8<-- [start:unsorted]
for milestones in ([3, 6], [6, 3]):
    optimizer = optimizer_with(lr=1.0)
    phases = [lr_scheduler.ConstantLR(optimizer, factor, total_iters=99)
              for factor in (1.0, 0.5, 0.25)]
    lrs = run(optimizer, SequentialLR(optimizer, phases, milestones), 8)
    print(*(f"{lr:.2f}" for lr in lrs), milestones)
# --8<-- [end:unsorted]
assert 0.5 not in lrs, "with [6, 3] the second scheduler is never used"

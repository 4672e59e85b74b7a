import math
import re
import warnings
from functools import partial

import torch
from _claim import claim
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.optim.swa_utils import SWALR

warnings.simplefilter("ignore")  # nothing is trained here, so the order of the calls does not matter


def outcome(call, *inputs, **options):
    try:
        call(*inputs, **options)
        return "runs"
    except Exception as error:
        return type(error).__name__


def says(kind, *phrases):
    for phrase in phrases:
        assert phrase in " ".join(kind.__doc__.split()), phrase


def sgd(lr=0.1):
    return optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)


def used(make, steps, lr=0.1):
    optimizer = sgd(lr)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


# --8<-- [start:plateau]
def after(metrics, **options):
    optimizer = sgd()
    scheduler = ReduceLROnPlateau(optimizer, **options)
    for metric in metrics:
        scheduler.step(metric)
    return optimizer.param_groups[0]["lr"]


equal = after([1.0, 1.0], patience=0)
claim("manual-plateau-equal", 0.1, equal, right=0.1 * 0.1)
worse = [0.00005 * epoch for epoch in range(20)]
positive, negative = ("reduced" if after([start + w for w in worse]) < 0.1 else "kept"
                      for start in (1.0, -1.0))
claim("manual-plateau-minus", "reduced", positive, without=negative)
# --8<-- [end:plateau]
says(ReduceLROnPlateau, "If the performance improves or remains the same, the learning rate is not adjusted")
says(ReduceLROnPlateau, "when the quantity monitored has stopped decreasing")

# --8<-- [start:names]
text = SWALR.__doc__
names = re.findall(r"^ +(\w*(?:lr|anneal)\w*) [(]", text, re.M)
options = {name: 20 for name in names if name.endswith("epochs")}
made = outcome(SWALR, sgd(), 0.05, **options)
claim("manual-swalr-names", "runs", made, right="TypeError")
seen = []
cycles = partial(schedulers.CyclicLR, base_lr=0.1, max_lr=0.3, step_size_up=2, cycle_momentum=False,
                 scale_mode="iterations", scale_fn=lambda x: seen.append(x) or 1.0)
used(cycles, 7)
claim("manual-cyclic-scale", [i % 4 for i in range(8)], seen, right=list(range(8)))
# --8<-- [end:names]
assert names == ["swa_lrs", "annealing_epochs", "annealing_strategy"], names
assert outcome(SWALR, sgd(), swa_lr=0.05, anneal_epochs=20, anneal_strategy="linear") == "runs"
says(schedulers.CyclicLR, "cycle iterations (training iterations since start of cycle)")


# --8<-- [start:resume]
def resumed(make, done):
    """Does last_epoch continue the run? The rates of the next three steps."""
    old, new = sgd(), sgd()
    runs = [(old, make(old))]
    for _ in range(done):
        old.step()
        runs[0][1].step()
    new.load_state_dict(old.state_dict())  # brings initial_lr
    runs.append((new, make(new, last_epoch=done - 1)))
    rates = []
    for optimizer, scheduler in runs:
        for _ in range(3):
            rates.append(f"{optimizer.param_groups[0]['lr']:.9f}")
            scheduler.step()
    return "continues" if rates[:3] == rates[3:] else "differs"


drop = partial(schedulers.StepLR, step_size=30)
claim("last-epoch", "continues", resumed(drop, 29), without=resumed(drop, 30))
restarts = (partial(schedulers.CosineAnnealingWarmRestarts, T_0=10, T_mult=m) for m in (1, 2))
once, twice = (resumed(make, 25) for make in restarts)
claim("restarts-last-epoch", "continues", once, without=twice)
# --8<-- [end:resume]
for make in (partial(schedulers.MultiStepLR, milestones=[3]), partial(schedulers.ConstantLR, total_iters=3)):
    assert resumed(make, 3) == "differs" and resumed(make, 5) == "continues"

# --8<-- [start:zero]
for kind in (schedulers.ConstantLR, schedulers.LinearLR):
    rates = used(partial(kind, total_iters=0), 9, lr=1.0)
    name = kind.__name__.lower().removesuffix("lr")
    claim(f"{name}-zero-iters", 1.0, rates[-1], right=1 / 3)
constant = partial(schedulers.ConstantLR, total_iters=3)
half, none = (outcome(used, partial(constant, factor=f), 9) for f in (0.5, 0.0))
claim("constant-zero-factor", "runs", half, without=none)
optimizer = sgd()
scheduler = schedulers.CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=3)
scheduler.step(1 + 3 + 9 + 27 + 81)  # the fifth restart
cycle = int(math.log(81 * 3, 3))  # 4, because log(243) / log(3) is below 5
found = optimizer.param_groups[0]["lr"]
claim("restarts-logarithm", 0.1, found, right=0.1 * (1 + math.cos(math.pi * 81 / 3**cycle)) / 2)
# --8<-- [end:zero]
assert cycle == 4 and outcome(used, partial(constant, factor=0.0), 2) == "runs"

# --8<-- [start:cyclic]
def first_rate(initial_lr):
    optimizer = sgd(lr=0.5)
    if initial_lr:
        schedulers.CosineAnnealingLR(optimizer, T_max=20)  # writes initial_lr
    schedulers.CyclicLR(optimizer, 0.1, 0.3)
    return optimizer.param_groups[0]["lr"]


claim("cyclic-first-step", 0.1, first_rate(False), without=first_rate(True))
scheduler = schedulers.CyclicLR(sgd(), 0.1, 0.3)
state = scheduler.state_dict()
loads = [outcome(scheduler.load_state_dict, state) for _ in range(2)]
claim("cyclic-load", "runs", loads[0], without=loads[1])
# --8<-- [end:cyclic]

# --8<-- [start:nested]
def rise_and_flat(o):
    rise = schedulers.LinearLR(o, 0.25, total_iters=3)
    return [rise, schedulers.ConstantLR(o, 1, total_iters=0)]


def nested(o, order):
    inner = schedulers.SequentialLR(o, rise_and_flat(o), milestones=[3])
    both = [inner, schedulers.ExponentialLR(o, 0.9)][::order]
    return schedulers.SequentialLR(o, both, milestones=[4])


at_3, at_2 = (used(lambda o, m=m: schedulers.SequentialLR(o, rise_and_flat(o), [m]), 4)
              for m in (3, 2))
claim("sequential-nested", at_3, used(partial(nested, order=1), 4), right=at_2)
last = outcome(used, partial(nested, order=-1), 6)
claim("sequential-inner-last", "runs", last, right="NotImplementedError")
# --8<-- [end:nested]

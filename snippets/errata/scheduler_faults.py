# --8<-- [start:imports]
import math
import re
import warnings
from functools import partial

import torch
from _claim import claim
from _manual import says
from _outcome import outcome
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers
from torch.optim.swa_utils import SWALR

# --8<-- [end:imports]
warnings.simplefilter("ignore")  # nothing is trained here, so the order of the calls does not matter


# --8<-- [start:plateau]
def optimizer_with(lr=0.1):
    return optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)


def after(metrics, **options):
    optimizer = optimizer_with()
    scheduler = schedulers.ReduceLROnPlateau(optimizer, **options)
    for metric in metrics:
        scheduler.step(metric)
    return optimizer.param_groups[0]["lr"]


equal = after([1.0, 1.0], patience=0)
claim("manual-plateau-equal", 0.1, equal, right=0.1 * 0.1)


def slightly_worse(start):
    rate = after([start + 0.00005 * epoch for epoch in range(20)])
    return "reduced" if rate < 0.1 else "kept"


positive, negative = slightly_worse(1.0), slightly_worse(-1.0)
claim("manual-plateau-minus", "reduced", positive, without=negative)
# --8<-- [end:plateau]
says(schedulers.ReduceLROnPlateau, "If the performance improves or remains the same, the learning rate is not adjusted")
says(schedulers.ReduceLROnPlateau, "when the quantity monitored has stopped decreasing")

# --8<-- [start:names]
names = re.findall(r"^ +(\w*(?:lr|anneal)\w*) [(]", SWALR.__doc__, re.M)
told = dict(zip(names, (0.05, 20, "linear"), strict=True))
made = outcome(SWALR, optimizer_with(), **told)
claim("manual-swalr-names", "runs", made, right="TypeError")
seen = []


def look(iteration):
    seen.append(iteration)
    return 1.0


optimizer = optimizer_with()
cycles = schedulers.CyclicLR(optimizer, base_lr=0.1, max_lr=0.3, step_size_up=2,
                             scale_fn=look, scale_mode="iterations",
                             cycle_momentum=False)
for _ in range(7):
    cycles.step()
claim("manual-cyclic-scale", [i % 4 for i in range(8)], seen, right=list(range(8)))
# --8<-- [end:names]
assert names == ["swa_lrs", "annealing_epochs", "annealing_strategy"], names
assert outcome(SWALR, optimizer_with(), swa_lr=0.05, anneal_epochs=20, anneal_strategy="linear") == "runs", (
    "swa_lr, anneal_epochs, anneal_strategy, as in the example below it")
says(schedulers.CyclicLR, "cycle iterations (training iterations since start of cycle)")


# --8<-- [start:resume]
def next_rates(optimizer, scheduler, steps):
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def resumed(make, done, lr=0.1):
    """The rates of the next three steps: of the run itself, and with last_epoch."""
    optimizer, new = optimizer_with(lr), optimizer_with(lr)
    scheduler = make(optimizer)
    next_rates(optimizer, scheduler, done)
    new.load_state_dict(optimizer.state_dict())  # brings initial_lr
    again = make(new, last_epoch=done - 1)
    return next_rates(optimizer, scheduler, 3), next_rates(new, again, 3)


def continues(make, done):
    same = torch.tensor(resumed(make, done)).diff(dim=0).abs().max() < 1e-9
    return "continues" if same else "differs"
# --8<-- [end:resume]


# --8<-- [start:last-epoch]
def low_then_decay(optimizer, last_epoch=-1):
    parts = [schedulers.ConstantLR(optimizer, factor=0.1, total_iters=4),
             schedulers.ExponentialLR(optimizer, gamma=0.9)]
    return schedulers.SequentialLR(optimizer, parts, [2], last_epoch=last_epoch)


drop = partial(schedulers.StepLR, step_size=30)
claim("last-epoch", "continues", continues(drop, 29), without=continues(drop, 30))
restarts = partial(schedulers.CosineAnnealingWarmRestarts, T_0=10)
longer = continues(partial(restarts, T_mult=2), 25)
claim("restarts-last-epoch", "continues", continues(restarts, 25), without=longer)
rates, with_last_epoch = resumed(low_then_decay, 4, lr=1.0)
claim("sequential-last-epoch", rates[0], with_last_epoch[0], right=0.1 * 1.0)
# --8<-- [end:last-epoch]
for make in (partial(schedulers.MultiStepLR, milestones=[3]), partial(schedulers.ConstantLR, total_iters=3)):
    assert continues(make, 3) == "differs", (
        "unless you resume right at a drop: StepLR, MultiStepLR, ConstantLR apply it twice")
    assert continues(make, 5) == "continues", "away from the drop last_epoch resumes a schedule"
assert (f"{with_last_epoch[0]:.1f}", f"{rates[0]:.2f}") == ("0.1", "0.81"), "0.1 instead of 0.81 at step 4"
assert with_last_epoch[0] == schedulers.ConstantLR(optimizer_with(1.0), factor=0.1, total_iters=4).get_last_lr()[0], (
    "it begins the first scheduler again")

# --8<-- [start:zero]
def used(make, steps, lr=0.1):
    optimizer = optimizer_with(lr)
    return next_rates(optimizer, make(optimizer), steps)


for kind in (schedulers.ConstantLR, schedulers.LinearLR):
    rates = used(partial(kind, total_iters=0), 9, lr=1.0)
    name = kind.__name__.lower().removesuffix("lr")
    claim(f"{name}-zero-iters", 1.0, rates[-1], right=1 / 3)
half = outcome(used, partial(schedulers.ConstantLR, factor=0.5, total_iters=3), 9)
none = outcome(used, partial(schedulers.ConstantLR, factor=0.0, total_iters=3), 9)
claim("constant-zero-factor", "runs", half, without=none)
optimizer = optimizer_with()
scheduler = schedulers.CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=3)
scheduler.step(1 + 3 + 9 + 27 + 81)  # the fifth restart
found = optimizer.param_groups[0]["lr"]
cycle = int(math.log(81 * 3, 3))  # 4, because log(243) / log(3) is below 5
right = 0.1 * (1 + math.cos(math.pi * 81 / 3**cycle)) / 2
claim("restarts-logarithm", 0.1, found, right=right)
# --8<-- [end:zero]
assert cycle == 4, "log(243) / log(3) is rounded down"
assert sum(3**k for k in range(5)) == 121, "in epoch 121 with T_0=1, T_mult=3: a logarithm is rounded down"
assert outcome(used, partial(schedulers.ConstantLR, factor=0.0, total_iters=3), 2) == "runs", "the last step fails"


# --8<-- [start:cyclic]
def first_rate(another_before):
    optimizer = optimizer_with(lr=0.5)
    if another_before:
        schedulers.CosineAnnealingLR(optimizer, T_max=20)  # writes initial_lr
    schedulers.CyclicLR(optimizer, base_lr=0.1, max_lr=0.3)
    return optimizer.param_groups[0]["lr"]


alone, second = first_rate(another_before=False), first_rate(another_before=True)
claim("cyclic-first-step", 0.1, alone, without=second)
scheduler = schedulers.CyclicLR(optimizer_with(), base_lr=0.1, max_lr=0.3)
state = scheduler.state_dict()
once, twice = (outcome(scheduler.load_state_dict, state) for _ in range(2))
claim("cyclic-load", "runs", once, without=twice)
# --8<-- [end:cyclic]
assert second == 0.5, "Else the first step has the old rate"


# --8<-- [start:nested]
def rise_then_flat(optimizer, milestone=3):
    rise = schedulers.LinearLR(optimizer, start_factor=0.25, total_iters=3)
    flat = schedulers.ConstantLR(optimizer, factor=1, total_iters=0)
    return schedulers.SequentialLR(optimizer, [rise, flat], milestones=[milestone])


def nested(optimizer, inner_first):
    decay = schedulers.ExponentialLR(optimizer, gamma=0.9)
    inner = rise_then_flat(optimizer)
    both = [inner, decay] if inner_first else [decay, inner]
    return schedulers.SequentialLR(optimizer, both, milestones=[4])


told = used(rise_then_flat, 4)
early = used(partial(rise_then_flat, milestone=2), 4)
found = used(partial(nested, inner_first=True), 4)
claim("sequential-nested", told, found, right=early)
last = outcome(used, partial(nested, inner_first=False), 6)
claim("sequential-inner-last", "runs", last, right="NotImplementedError")
# --8<-- [end:nested]

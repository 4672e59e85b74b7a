# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
held = ConstantLR(optimizer, factor=0.5, total_iters=2)
scheduler = ChainedScheduler([held, ExponentialLR(optimizer, gamma=0.9)])
lrs = []
for _ in range(4):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.05", "0.045", "0.081", "0.0729"], (
    "half of the learning rate for two epochs and a decay by 0.9 per epoch act together")

# --8<-- [start:imports]
import itertools
import math
import re
from functools import partial

import matplotlib.pyplot as plt
from torch.optim import lr_scheduler

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def chained_scheduler(step, base_lr, factors):
    """factors: functions of the step, one for each scheduler."""
    for factor in factors:
        base_lr = base_lr * factor(step)
    return base_lr
# --8<-- [end:from-scratch]


# --8<-- [start:equal-run]
def optimizer_with(lr):
    weight = torch.ones(1, requires_grad=True)
    return torch.optim.SGD([weight], lr=lr)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used


def chained(lr, *makers):
    optimizer = optimizer_with(lr)
    return optimizer, ChainedScheduler([make(optimizer) for make in makers])
# --8<-- [end:equal-run]


# --8<-- [start:equal]
kinds = {  # how torch builds it, and its factor
    "constant": (lambda o: lr_scheduler.ConstantLR(o, 0.1, total_iters=20),
                 lambda s: 0.1 if s < 20 else 1.0),
    "linear": (lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=50),
               lambda s: 0.2 + 0.8 * min(s, 50) / 50),
    "step": (lambda o: lr_scheduler.StepLR(o, 30, gamma=0.5),
             lambda s: 0.5 ** (s // 30)),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.99),
                    lambda s: 0.99**s),
    "polynomial": (lambda o: lr_scheduler.PolynomialLR(o, 150, power=2),
                   lambda s: (1 - min(s, 150) / 150) ** 2)}
worst, compared = 0.0, 0
for names in itertools.permutations(kinds, 3):
    lrs = run(*chained(0.05, *(kinds[name][0] for name in names)), 200)
    factors = [kinds[name][1] for name in names]
    for step, lr in enumerate(lrs):
        ours = chained_scheduler(step, 0.05, factors)
        worst, compared = max(worst, abs(lr - ours)), compared + 1
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert len(kinds) == 5, "three out of five schedulers"
assert compared == 60 * 200, "in every order"
assert worst < 5e-13, "largest difference 0.000000000000"
multiplying = {
    "ConstantLR": {"factor": 0.5, "total_iters": 3}, "LinearLR": {"start_factor": 0.2, "total_iters": 9},
    "StepLR": {"step_size": 3}, "MultiStepLR": {"milestones": [2, 5]}, "ExponentialLR": {"gamma": 0.8},
    "PolynomialLR": {"total_iters": 30}, "MultiplicativeLR": {"lr_lambda": lambda s: 0.9 + s / 50},
}
overwriting = {
    "LambdaLR": {"lr_lambda": lambda s: 1 / (1 + s)}, "OneCycleLR": {"max_lr": 1.0, "total_steps": 20},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 1.0, "cycle_momentum": False}, "CosineAnnealingWarmRestarts": {"T_0": 8},
}


def product_holds(name, options):
    """Whether a decay by 0.9 that comes first is seen in what the scheduler leaves."""
    kind = getattr(lr_scheduler, name)
    alone = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0, momentum=0.9)
    lrs = run(alone, kind(alone, **options), 12)
    both = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0, momentum=0.9)
    parts = [lr_scheduler.ExponentialLR(both, 0.9), kind(both, **options)]
    return all(math.isclose(lr, lrs[s] * 0.9**s) for s, lr in enumerate(run(both, ChainedScheduler(parts), 12)))


for name, options in multiplying.items():
    assert product_holds(name, options), "these multiply, and the product is right"
for name, options in overwriting.items():
    assert not product_holds(name, options), "these overwrite, and it is not"


# --8<-- [start:table]
def low(optimizer):
    return lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=20)


def decay(optimizer):
    return lr_scheduler.ExponentialLR(optimizer, gamma=0.9)


low_alone = run(*chained(0.05, low), 24)
decay_alone = run(*chained(0.05, decay), 24)
both = run(*chained(0.05, low, decay), 24)
print("epoch  ConstantLR  ExponentialLR  both")
for epoch in (0, 1, 2, 19, 20, 21):
    print(f"{epoch:<5}  {low_alone[epoch]:<10.4g}  {decay_alone[epoch]:<13.4g}"
          f"  {both[epoch]:.4g}")
# --8<-- [end:table]
for epoch in range(24):
    assert math.isclose(both[epoch], low_alone[epoch] * decay_alone[epoch] / 0.05), (
        "each value is the product of the two columns before it, divided by η_0 = 0.05")
assert math.isclose(low_alone[19], 0.05 / 10), "a tenth of the learning rate"
assert math.isclose(low_alone[20], 0.05), "for 20 epochs"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for lrs, look, label in ((low_alone, "C1--", "ConstantLR"),
                         (decay_alone, "C2:", "ExponentialLR"),
                         (both, "C0", "both")):
    axes.step(range(24), lrs, look, where="post", label=label)
axes.set(xlabel="epoch", ylabel="learning rate", yscale="log")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert math.isclose(both[20], decay_alone[20]), "the chained one joins the exponential one at epoch 20"
assert both[19] < decay_alone[19], "before that it falls below it"

# --8<-- [start:once]
optimizer, scheduler = chained(0.05, low, decay)
print(f"built: {optimizer.param_groups[0]['lr']:g}")
print("has last_epoch:", hasattr(scheduler, "last_epoch"))
print("of its parts:", [part.last_epoch for part in scheduler._schedulers])
# --8<-- [end:once]
assert not hasattr(scheduler, "last_epoch"), "there is no last_epoch"
try:
    scheduler.step(3)
except TypeError as error:
    assert "positional argument" in str(error), "step takes no argument"

# --8<-- [start:resume]
optimizer, scheduler = chained(0.05, low, decay)
run(optimizer, scheduler, 15)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = chained(0.05, low, decay)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = run(resumed, its_scheduler, 60) == run(optimizer, scheduler, 60)
print("60 epochs after the checkpoint, the same values at each:", same)
print(*checkpoint[1], "with the states of", len(checkpoint[1]["_schedulers"]))
# --8<-- [end:resume]
assert same, "build the parts in the same order, chain them, and load both states"
assert len(checkpoint[1]["_schedulers"]) == 2, "the states of the parts are inside"
alone, its_scheduler = chained(0.05, low, decay)
its_scheduler.load_state_dict(checkpoint[1])
assert math.isclose(alone.param_groups[0]["lr"], both[0]), "the optimizer's state is essential here"

# --8<-- [start:manual]
manual = re.findall(r"lr = (\S+)\s+if epoch == (\d+)", ChainedScheduler.__doc__)
print("epoch  documented  run with 0.05  run with 0.5")
larger = run(*chained(0.5, low, decay), 24)
for written, epoch in manual:
    right, wrong = both[int(epoch)], larger[int(epoch)]
    print(f"{epoch:<5}  {written:<10}  {right:<13.4g}  {wrong:.4g}")
# --8<-- [end:manual]
assert "optimizer uses lr = 0.05" in ChainedScheduler.__doc__, "the example says \"optimizer uses lr = 0.05\""
assert math.isclose(both[0], 0.05 * 0.1), "at epoch 0 ConstantLR already multiplies by 0.1"
assert float(manual[0][0]) == 0.05, "so 0.05 cannot be the first value"
for written, epoch in manual:
    assert f"{larger[int(epoch)]:.9f}".startswith(written), "it lists the values for 0.5, cut off"
rounded = [float(written) == round(larger[int(epoch)], len(written) - 2) for written, epoch in manual]
assert rounded == [True] * 4 + [False] * 2, "the last two are cut off, not rounded"

# --8<-- [start:overwrite]
def halves(optimizer):
    return lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)


print("chained      ", *(f"  step {step}" for step in range(5)))
for makers in ([decay, halves], [halves, decay]):
    names = ", ".join(make.__name__ for make in makers)
    lrs = run(*chained(1.0, *makers), 5)
    print(f"{names:<13}", *(f"  {lr:.4f}" for lr in lrs))
print("the product  ", *(f"  {0.9**s * 0.5**s:.4f}" for s in range(5)))
# --8<-- [end:overwrite]
assert run(*chained(1.0, decay, halves), 5) == run(*chained(1.0, halves), 5), "with LambdaLR last, decay is gone"
assert all(math.isclose(lr, 0.5**s * 0.9) for s, lr in enumerate(lrs[1:], 1)), (
    "with LambdaLR first, decay gets through once, by 0.9 and not by 0.9^s")

# --8<-- [start:cosine]
results = {}
print("eta_min  way    ", *(f"  step {step}" for step in range(7)))
for eta_min in (0.0, 0.1):
    cosine = partial(lr_scheduler.CosineAnnealingLR, T_max=4, eta_min=eta_min)
    alone = run(*chained(1.0, cosine), 7)
    product = [lr * 0.9**s for s, lr in enumerate(alone)]
    lrs = run(*chained(1.0, cosine, decay), 7)
    for way, values in (("chained", lrs), ("product", product)):
        print(f"{eta_min:<7}  {way}", *(f"  {lr:.4f}" for lr in values))
    results[eta_min] = list(map(math.isclose, lrs, product))
# --8<-- [end:cosine]
assert results[0.0] == [True] * 5 + [False] * 2, "up to the first bottom, here T_max=4"
assert not any(results[0.1][2:]), "with eta_min above 0 the product is missed from the second call on"

# --8<-- [start:by-hand]
optimizer = optimizer_with(0.05)
first, second = low(optimizer), decay(optimizer)
lrs = []
for _ in range(24):
    lrs.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    first.step()
    second.step()
print("the same as ChainedScheduler:", lrs == both)
# --8<-- [end:by-hand]
assert lrs == both, "bit for bit the same as calling both myself"

plt.show()

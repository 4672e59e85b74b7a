# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import ConstantLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = ConstantLR(optimizer, factor=0.1, total_iters=3)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.01", "0.01", "0.01", "0.1", "0.1"], (
    "with total_iters=3 the first three epochs train with a tenth")

# --8<-- [start:imports]
import inspect
import itertools
import math
import warnings

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ExponentialLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def constant_lr(step, base_lr, factor=1 / 3, total_iters=5):
    # With total_iters=0 the library never gives the learning rate back.
    done = 0 < total_iters <= step
    return base_lr if done else base_lr * factor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=0.1, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, ConstantLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # in place of the training of one epoch
        scheduler.step()


worst, compared = 0.0, 0
for factor, total_iters in itertools.product((0.01, 1 / 3, 1.0), (0, 1, 5, 40)):
    options = {"factor": factor, "total_iters": total_iters}
    optimizer, scheduler = scheduled(**options)
    for epoch in range(100):
        ours = constant_lr(epoch, 0.1, **options)
        worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 3 * 4 * 100, "three factors and four lengths, each over 100 epochs"
assert worst < 5e-13, "largest relative difference 0.000000000000"

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, factor=0.5, total_iters=40)
print("epoch  learning rate")
for epoch in range(100):
    if epoch in (0, 1, 39, 40, 99):
        print(f"{epoch:<5}  {optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
reduced = [epoch for epoch in range(100) if constant_lr(epoch, 0.05, 0.5, 40) < 0.05]
assert reduced == list(range(40)), "epochs 0 to 39 are reduced, and epoch 40 is the first with the full learning rate"
assert len(reduced) == 40, "which is total_iters of them"

# --8<-- [start:curves]
optimizer, warmup = scheduled(lr=1.0, factor=0.3, total_iters=20)
decay = ExponentialLR(optimizer, gamma=0.98)
both = []
for _ in range(60):
    both.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    warmup.step()
    decay.step()
alone = [constant_lr(epoch, 1.0, 0.3, 20) for epoch in range(60)]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
epochs = range(60)
axes.step(epochs, alone, "C0", where="post", label="ConstantLR")
axes.step(epochs, both, "C1--", where="post", label="with ExponentialLR")
axes.set(xlabel="epoch", ylabel="learning rate", ylim=(0, 1.1))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curves]
products = [lr * 0.98**epoch for epoch, lr in enumerate(alone)]
assert all(map(math.isclose, both, products)), "both multiply what they find, so the factors combine"
defaults = inspect.signature(ConstantLR).parameters
assert defaults["factor"].default == 1 / 3, "the default of factor is 1/3"
assert defaults["total_iters"].default == 5, "the default of total_iters is 5"

# --8<-- [start:resume]
plan = {"factor": 0.1, "total_iters": 10}
optimizer, scheduler = scheduled(**plan)
advance(optimizer, scheduler, 12)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(**plan)  # build, then load
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])

swapped = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
swapped.load_state_dict(checkpoint[0])  # load, then build
too_late = ConstantLR(swapped, **plan)
too_late.load_state_dict(checkpoint[1])
runs = {"the run itself": (optimizer, scheduler),
        "build, then load": (resumed, its_scheduler),
        "load, then build": (swapped, too_late)}
print("run               epoch  learning rate")
for name, (it, its) in runs.items():
    advance(it, its, 20)
    print(f"{name:<16}  {its.last_epoch:<5}  {its.get_last_lr()[0]:g}")
# --8<-- [end:resume]
assert math.isclose(resumed.param_groups[0]["lr"], optimizer.param_groups[0]["lr"]), "resumed in the right order"
assert math.isclose(swapped.param_groups[0]["lr"], 0.1 * 0.1), (
    "in the wrong order the learning rate is multiplied once more")
at_end, its = scheduled(**plan)
advance(at_end, its, 10)
again = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
again.load_state_dict(at_end.state_dict())
ConstantLR(again, **plan, last_epoch=9)
assert math.isclose(again.param_groups[0]["lr"], 0.1 / 0.1), "last_epoch: exactly at T it divides once too often"

# --8<-- [start:third]
optimizer, scheduler = scheduled(lr=0.1)
used = []
for _ in range(7):
    used.append(f"{optimizer.param_groups[0]['lr']:.4f}")
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:third]
assert used == ["0.0333"] * 5 + ["0.1000"] * 2, "the first five epochs train with a third of my learning rate"
optimizer, scheduler = scheduled(lr=0.1, factor=1.0)
advance(optimizer, scheduler, 20)
assert optimizer.param_groups[0]["lr"] == 0.1, "factor=1.0 changes nothing"

# --8<-- [start:never]
ends = {}
print("total_iters  learning rate in the end")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for total_iters in (0, 0.05 * 50, round(0.05 * 50)):
        optimizer, scheduler = scheduled(1.0, factor=0.1, total_iters=total_iters)
        advance(optimizer, scheduler, 50)
        ends[total_iters] = optimizer.param_groups[0]["lr"]
        print(f"{total_iters:<11}  {ends[total_iters]:g}")
# --8<-- [end:never]
assert ends[0] == 0.1, "zero, meant as \"no warm-up\", never matches"
assert ends[2.5] == 0.1, "a fraction that is not a whole number never matches"
assert ends[2] == 1.0, "round the product"
assert not caught, "there is no warning"

# --8<-- [start:zero]
optimizer, scheduler = scheduled(factor=0.0, total_iters=3)
for call in (1, 2, 3):
    try:
        advance(optimizer, scheduler)
        print("call", call, "sets", scheduler.get_last_lr()[0])
    except ZeroDivisionError as error:
        print("call", call, "raises ZeroDivisionError:", error)
try:
    scheduled(factor=2.0)
except ValueError as error:
    print(error)
# --8<-- [end:zero]
assert call == 3, "the error comes at call number total_iters, not when you build it"

# --8<-- [start:by-hand]
optimizer, scheduler = scheduled(lr=0.1, factor=0.1, total_iters=10)
advance(optimizer, scheduler, 5)
optimizer.param_groups[0]["lr"] = 0.05
advance(optimizer, scheduler, 5)
print(f"epoch 10: {optimizer.param_groups[0]['lr']:g}")
# --8<-- [end:by-hand]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.05 / 0.1), "0.05 by hand is divided by φ = 0.1"

# --8<-- [start:twice]
optimizer, scheduler = scheduled(lr=0.1, factor=0.1)
scheduler = ConstantLR(optimizer, factor=0.1)  # the cell, run again
print(f"first epoch: {optimizer.param_groups[0]['lr']:g}")
advance(optimizer, scheduler, 50)
print(f"epoch 50: {optimizer.param_groups[0]['lr']:g}")
# --8<-- [end:twice]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.1 * 0.1), "only one factor is undone"

# --8<-- [start:rounding]
restored = []
print("factor  learning rate afterwards")
for factor in (0.5, 1 / 3, 0.7):
    optimizer, scheduler = scheduled(lr=0.01, factor=factor)
    advance(optimizer, scheduler, 5)
    restored.append(optimizer.param_groups[0]["lr"])
    print(f"{factor:<6.4f}  {restored[-1]}")
# --8<-- [end:rounding]
assert restored[0] == 0.01, "it is exact for powers of two"
assert abs(restored[2] - 0.01) == math.ulp(0.01), "and can be off in the last digit otherwise"
plt.show()

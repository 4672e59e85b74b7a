# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import ConstantLR, ExponentialLR


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
        optimizer.step()  # stands for the training of one epoch
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
assert compared == 1200 and worst < 1e-15

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, factor=0.5, total_iters=40)
for epoch in range(100):
    if epoch in (0, 1, 39, 40, 99):
        print(f"epoch {epoch:>2}: {optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
assert constant_lr(39, 0.05, 0.5, 40) == 0.025 and constant_lr(40, 0.05, 0.5, 40) == 0.05

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
assert all(math.isclose(b, a * 0.98**epoch) for epoch, (a, b) in enumerate(zip(alone, both, strict=True)))

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
pairs = (optimizer, scheduler), (resumed, its_scheduler), (swapped, too_late)
for it, its in pairs:
    advance(it, its, 20)
    print(f"epoch {its.last_epoch}: {its.get_last_lr()[0]:g}")
# --8<-- [end:resume]
assert math.isclose(resumed.param_groups[0]["lr"], 0.1) and math.isclose(swapped.param_groups[0]["lr"], 0.01)

# --8<-- [start:third]
optimizer, scheduler = scheduled(lr=0.1)
used = []
for _ in range(7):
    used.append(f"{optimizer.param_groups[0]['lr']:.4f}")
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:third]
assert used == ["0.0333"] * 5 + ["0.1000"] * 2

# --8<-- [start:never]
for total_iters in (0, 0.05 * 50, round(0.05 * 50)):
    optimizer, scheduler = scheduled(lr=1.0, factor=0.1, total_iters=total_iters)
    advance(optimizer, scheduler, 50)
    lr = optimizer.param_groups[0]["lr"]
    print(f"total_iters={total_iters}: {lr:g} in the end")
# --8<-- [end:never]
assert optimizer.param_groups[0]["lr"] == 1.0

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

# --8<-- [start:by-hand]
optimizer, scheduler = scheduled(lr=0.1, factor=0.1, total_iters=10)
advance(optimizer, scheduler, 5)
optimizer.param_groups[0]["lr"] = 0.05
advance(optimizer, scheduler, 5)
print(f"epoch 10: {optimizer.param_groups[0]['lr']:g}")
# --8<-- [end:by-hand]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.5)

# --8<-- [start:twice]
optimizer, scheduler = scheduled(lr=0.1, factor=0.1)
scheduler = ConstantLR(optimizer, factor=0.1)  # the cell, run again
print(f"first epoch: {optimizer.param_groups[0]['lr']:g}")
advance(optimizer, scheduler, 50)
print(f"epoch 50: {optimizer.param_groups[0]['lr']:g}")
# --8<-- [end:twice]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.01)

# --8<-- [start:rounding]
for factor in (0.5, 1 / 3, 0.7):
    optimizer, scheduler = scheduled(lr=0.01, factor=factor)
    advance(optimizer, scheduler, 5)
    print(f"{factor:.4f}: {optimizer.param_groups[0]['lr']}")
# --8<-- [end:rounding]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.01, rel_tol=1e-15)
plt.show()

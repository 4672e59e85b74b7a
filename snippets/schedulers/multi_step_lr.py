# --8<-- [start:from-scratch]
import itertools
import math
import warnings
from collections import Counter

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import MultiStepLR


def multi_step_lr(step, base_lr, milestones, gamma=0.1):
    reached = sum(milestone <= step for milestone in milestones)
    return base_lr * gamma**reached
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=0.05, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, MultiStepLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # stands for the training of one epoch
        scheduler.step()


worst, compared = 0.0, 0
for milestones in ([], [30, 80], [80, 30, 80], [0, 1, 2], range(0, 1000, 50)):
    for gamma in (0.1, 0.5, 1.0):
        optimizer, scheduler = scheduled(milestones=milestones, gamma=gamma)
        for epoch in range(1000):
            ours = multi_step_lr(epoch, 0.05, milestones, gamma)
            worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
            advance(optimizer, scheduler)
            compared += 1
print(f"{compared} values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 15_000 and worst < 1e-13

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, milestones=[30, 80])
used = []
for _ in range(100):
    used.append(f"{optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
first = 0
for lr, epochs in itertools.groupby(used):
    count = len(list(epochs))
    print(f"epochs {first:>2} to {first + count - 1}: {lr}")
    first += count
# --8<-- [end:table]
assert used == ["0.05"] * 30 + ["0.005"] * 50 + ["0.0005"] * 20

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
epochs = range(100)
plans = {"C0": [30, 80], "C1--": [30, 30], "C2:": [60, 80, 90]}
for look, milestones in plans.items():
    lrs = [multi_step_lr(epoch, 0.05, milestones) for epoch in epochs]
    axes.step(epochs, lrs, look, where="post", label=f"{milestones}")
axes.set(xlabel="epoch", ylabel="learning rate", yscale="log")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert math.isclose(multi_step_lr(29, 0.05, [30, 30]) / multi_step_lr(30, 0.05, [30, 30]), 100)
assert math.isclose(multi_step_lr(59, 0.05, [60, 80, 90]), 0.05) and math.isclose(lrs[90], 5e-5)

# --8<-- [start:resume]
optimizer, scheduler = scheduled(milestones=[30, 80])
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(milestones=[30, 80])
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
for _ in range(45, 100):
    assert resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("epochs 45 to 99 again, the same values")
print("saved as", checkpoint[1]["milestones"])
# --8<-- [end:resume]
assert checkpoint[1]["milestones"] == Counter([30, 80])

# --8<-- [start:off-by-one]
optimizer, scheduler = scheduled(lr=0.2, milestones=[2, 8])
print("epoch  torch  one earlier")
for epoch in range(10):
    lr = scheduler.get_last_lr()[0]
    early = multi_step_lr(epoch + 1, 0.2, [2, 8])
    print(f"{epoch:>5}  {lr:<5g}  {early:g}")
    assert math.isclose(lr, early) == (epoch not in (1, 7))
    advance(optimizer, scheduler)
# --8<-- [end:off-by-one]

# --8<-- [start:with-epoch]
optimizer, scheduler = scheduled(lr=0.001, milestones=[10, 20, 30])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for epoch in (1, 25, 5):
        optimizer.step()
        scheduler.step(epoch)
        print(f"step({epoch}): {scheduler.get_last_lr()[0]:g}")
print(str(caught[0].message).split(" and ")[0])
# --8<-- [end:with-epoch]
assert math.isclose(scheduler.get_last_lr()[0], 0.001) and len(caught) == 3

# --8<-- [start:jump]
optimizer, scheduler = scheduled(milestones=[30, 80])
scheduler.last_epoch = 50
advance(optimizer, scheduler)
print(f"epoch {scheduler.last_epoch}: {scheduler.get_last_lr()[0]:g}")
advance(optimizer, scheduler, 29)
print(f"epoch {scheduler.last_epoch}: {scheduler.get_last_lr()[0]:g}")
# --8<-- [end:jump]
assert scheduler.last_epoch == 80 and math.isclose(scheduler.get_last_lr()[0], 0.005)

# --8<-- [start:repeated]
for milestones in ([2, 4], [4, 2], [2, 2, 4], [0, 4]):
    optimizer, scheduler = scheduled(lr=1.0, milestones=milestones)
    used = []
    for _ in range(6):
        used.append(f"{scheduler.get_last_lr()[0]:g}")
        advance(optimizer, scheduler)
    print(f"{milestones!s:<10}", *used)
# --8<-- [end:repeated]
assert used == ["0.1"] * 4 + ["0.01"] * 2

# --8<-- [start:fractions]
for part in (0.5, 0.57, 0.6):
    milestone = part * 100
    optimizer, scheduler = scheduled(lr=1.0, milestones=[milestone])
    advance(optimizer, scheduler, 100)
    print(f"{part} * 100 = {milestone}: {scheduler.get_last_lr()[0]:g}")
# --8<-- [end:fractions]
optimizer, scheduler = scheduled(lr=1.0, milestones=[round(0.57 * 100)])
advance(optimizer, scheduler, 57)
assert scheduler.get_last_lr() == [0.1]

# --8<-- [start:new-milestones]
optimizer, scheduler = scheduled(milestones=[30, 80])
advance(optimizer, scheduler, 60)
state = scheduler.state_dict()
optimizer, scheduler = scheduled(milestones=[30, 70])
scheduler.load_state_dict(state)
print("after loading:", dict(scheduler.milestones))
scheduler.milestones = Counter([30, 70])
print("after setting:", dict(scheduler.milestones))
# --8<-- [end:new-milestones]
advance(optimizer, scheduler, 10)
assert math.isclose(scheduler.get_last_lr()[0], 0.005)

# --8<-- [start:not-a-list]
try:
    scheduled(milestones=30)
except TypeError as error:
    print("TypeError:", error)
# --8<-- [end:not-a-list]
optimizer, scheduler = scheduled(milestones=[2])
optimizer.param_groups[0]["lr"] = 0.7
advance(optimizer, scheduler, 2)
assert math.isclose(optimizer.param_groups[0]["lr"], 0.07)
plt.show()

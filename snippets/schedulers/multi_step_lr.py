# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import MultiStepLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = MultiStepLR(optimizer, milestones=[2, 4], gamma=0.1)
lrs = []
for _ in range(6):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.1", "0.1", "0.01", "0.01", "0.001", "0.001"], (
    "with milestones=[2, 4] it drops in epochs 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math
import warnings
from collections import Counter

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
        optimizer.step()  # in place of the training of one epoch
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
assert compared == 5 * 3 * 1000, "five lists of milestones, each over 1000 epochs"
assert worst < 5e-13, "largest relative difference 0.000000000000"
assert inspect.signature(MultiStepLR).parameters["gamma"].default == 0.1, "the default of gamma is 0.1"

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, milestones=[30, 80])
used = []
for _ in range(100):
    used.append(f"{optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
first = 0
print("epochs    learning rate")
for lr, epochs in itertools.groupby(used):
    count = len(list(epochs))
    span = f"{first} to {first + count - 1}"
    print(f"{span:<8}  {lr}")
    first += count
# --8<-- [end:table]
assert used.index("0.005") == 30, "a milestone is the first epoch with the lower learning rate"

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
drop = multi_step_lr(29, 0.05, [30, 30]) / multi_step_lr(30, 0.05, [30, 30])
assert math.isclose(drop, 10 * 10), "a milestone listed twice drops twice, at once"
assert lrs.count(0.05) == 60, "60 of the 100 epochs have the full learning rate"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(milestones=[30, 80])
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(milestones=[30, 80])
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = []
for _ in range(45, 100):
    same.append(resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"])
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("epochs 45 to 99 again, the same values:", all(same))
print("saved as", checkpoint[1]["milestones"])
# --8<-- [end:resume]
assert all(same), "save both states, load both"
assert checkpoint[1]["milestones"] == Counter([30, 80]), "the milestones are in the scheduler's state"
for milestones, moves in (([30, 80], False), ([0, 80], True)):
    optimizer, scheduler = scheduled(milestones=milestones)
    before = optimizer.param_groups[0]["lr"]
    MultiStepLR(optimizer, milestones)
    assert (optimizer.param_groups[0]["lr"] != before) == moves, (
        "building the scheduler changes no learning rate, unless 0 is a milestone")

# --8<-- [start:off-by-one]
optimizer, scheduler = scheduled(lr=0.2, milestones=[2, 8])
print("epoch  torch  one earlier")
for epoch in range(10):
    lr = scheduler.get_last_lr()[0]
    early = multi_step_lr(epoch + 1, 0.2, [2, 8])
    print(f"{epoch:<5}  {lr:<5g}  {early:g}")
    advance(optimizer, scheduler)
# --8<-- [end:off-by-one]
torch_lrs = [multi_step_lr(epoch, 0.2, [2, 8]) for epoch in range(10)]
assert torch_lrs.index(min(torch_lrs[:8])) == 2, "epoch 2, the third one, is the first with the lower one"
moved = [multi_step_lr(epoch + 1, 0.2, [2 + 1, 8 + 1]) for epoch in range(10)]
assert moved == torch_lrs, "add 1 to each milestone when you move a recipe from torch to timm"

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
for epoch in (1, 25, 5):
    optimizer, scheduler = scheduled(lr=0.001, milestones=[10, 20, 30])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer.step()
        scheduler.step(epoch)
    ours = multi_step_lr(epoch, 0.001, [10, 20, 30])
    assert math.isclose(scheduler.get_last_lr()[0], ours), "it uses the formula for the epoch that you name"
assert len(caught) == 3, "each call warns"

# --8<-- [start:jump]
optimizer, scheduler = scheduled(milestones=[30, 80])
scheduler.last_epoch = 50
advance(optimizer, scheduler)
print(f"epoch {scheduler.last_epoch}: {scheduler.get_last_lr()[0]:g}")
advance(optimizer, scheduler, 29)
print(f"epoch {scheduler.last_epoch}: {scheduler.get_last_lr()[0]:g}")
# --8<-- [end:jump]
assert math.isclose(multi_step_lr(51, 0.05, [30, 80]), 0.005), "epoch 51 should have 0.005"
assert math.isclose(multi_step_lr(80, 0.05, [30, 80]), 0.0005), "epoch 80 should have 0.0005"
assert math.isclose(scheduler.get_last_lr()[0], 0.005), "skip it, and its factor is lost for good"

# --8<-- [start:repeated]
lines = []
print("milestones", *(f" step {step}" for step in range(6)))
for milestones in ([2, 4], [4, 2], [2, 2, 4], [0, 4]):
    optimizer, scheduler = scheduled(lr=1.0, milestones=milestones)
    used = []
    for _ in range(6):
        used.append(f"{scheduler.get_last_lr()[0]:g}")
        advance(optimizer, scheduler)
    print(f"{milestones!s:<10}", *(f" {lr:<6}" for lr in used))
    lines.append(used)
# --8<-- [end:repeated]
assert lines[0] == lines[1], "the order does not matter"
assert lines[2][2] == "0.01", "a repetition multiplies twice"
assert lines[3][0] == "0.1", "a milestone at 0 acts in the constructor"
assert "Must be increasing" in MultiStepLR.__doc__, "the documentation says \"must be increasing\""

# --8<-- [start:fractions]
print("part  part * 100          in the end")
for part in (0.5, 0.57, 0.6):
    milestone = part * 100
    optimizer, scheduler = scheduled(lr=1.0, milestones=[milestone])
    advance(optimizer, scheduler, 100)
    print(f"{part:<4}  {milestone:<18}  {scheduler.get_last_lr()[0]:g}")
# --8<-- [end:fractions]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    optimizer, scheduler = scheduled(lr=1.0, milestones=[0.57 * 100])
    advance(optimizer, scheduler, 100)
assert scheduler.get_last_lr() == [1.0], "my milestone is 0.57 * epochs, and nothing happens"
assert not caught, "there is no warning"
optimizer, scheduler = scheduled(lr=1.0, milestones=[round(0.57 * 100)])
advance(optimizer, scheduler, 57)
assert scheduler.get_last_lr() == [0.1], "round: round(0.57 * epochs)"

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
assert math.isclose(scheduler.get_last_lr()[0], 0.05 * 0.1), "set the new ones afterwards: epoch 70 drops"

# --8<-- [start:not-a-list]
try:
    scheduled(milestones=30)
except TypeError as error:
    print("TypeError:", error)
# --8<-- [end:not-a-list]
optimizer, scheduler = scheduled(milestones=[2])
optimizer.param_groups[0]["lr"] = 0.7
advance(optimizer, scheduler, 2)
assert math.isclose(optimizer.param_groups[0]["lr"], 0.7 * 0.1), "it multiplies the learning rate that it finds"
plt.show()

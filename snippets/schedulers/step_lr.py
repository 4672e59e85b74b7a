# --8<-- [start:from-scratch]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LambdaLR, StepLR


def step_lr(step, base_lr, step_size, gamma=0.1):
    return base_lr * gamma ** (step // step_size)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=0.05, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, StepLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # stands for the training of one epoch
        scheduler.step()


worst, compared = 0.0, 0
for step_size, gamma in itertools.product((1, 7, 30), (0.5, 0.9, 1.0)):
    optimizer, scheduler = scheduled(step_size=step_size, gamma=gamma)
    for epoch in range(1000):
        ours = step_lr(epoch, 0.05, step_size, gamma)
        worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 9000 and worst < 1e-12

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, step_size=30)
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
assert used == ["0.05"] * 30 + ["0.005"] * 30 + ["0.0005"] * 30 + ["5e-05"] * 10

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
epochs = range(100)
for gamma, look in ((0.1, "C0"), (0.5, "C1--")):
    lrs = [step_lr(epoch, 0.05, 30, gamma) for epoch in epochs]
    axes.step(epochs, lrs, look, where="post", label=f"gamma={gamma}")
smooth = [0.05 * 0.1 ** (epoch / 30) for epoch in epochs]
axes.plot(epochs, smooth, "C2:", label="ExponentialLR, 0.1 per 30 epochs")
axes.set(xlabel="epoch", ylabel="learning rate", yscale="log")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
tenth = [step_lr(epoch, 0.05, 30) for epoch in epochs]
assert all(a >= b * (1 - 1e-12) for a, b in zip(tenth, smooth, strict=True))
assert all(math.isclose(tenth[epoch], smooth[epoch]) for epoch in (0, 30, 60, 90))

# --8<-- [start:constructor]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
before = set(optimizer.param_groups[0])
scheduler = StepLR(optimizer, step_size=30)
print("new in the parameter group:", set(optimizer.param_groups[0]) - before)
for name, value in scheduler.state_dict().items():
    print(f"{name:<26} {value}")
# --8<-- [end:constructor]
state = scheduler.state_dict()
assert optimizer.param_groups[0]["initial_lr"] == 0.05 and (state["last_epoch"], state["_step_count"]) == (0, 1)

# --8<-- [start:per-batch]
batches = 100
optimizer, scheduler = scheduled(step_size=30)
advance(optimizer, scheduler, batches)  # a call after every batch
print(f"after one epoch, step_size=30:   {scheduler.get_last_lr()[0]:g}")
optimizer, scheduler = scheduled(step_size=30 * batches)
advance(optimizer, scheduler, batches)
print(f"after one epoch, step_size=3000: {scheduler.get_last_lr()[0]:g}")
# --8<-- [end:per-batch]
assert scheduler.get_last_lr() == [0.05] and step_lr(100, 0.05, 30) < 5.1e-5

# --8<-- [start:resume]
optimizer, scheduler = scheduled(step_size=30)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(step_size=30)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
for _ in range(45, 100):
    assert resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("epochs 45 to 99 again, the same values")
# --8<-- [end:resume]
optimizer, scheduler = scheduled(step_size=30)
scheduler.load_state_dict(checkpoint[1])  # without the optimizer's state
assert scheduler.get_last_lr()[0] < 0.0051 and optimizer.param_groups[0]["lr"] == 0.05

# --8<-- [start:get-lr]
optimizer, scheduler = scheduled(step_size=2)
print("epoch  get_lr()  get_last_lr()")
for epoch in range(5):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asked = scheduler.get_lr()[0]
    print(f"{epoch:>5}  {asked:<8g}  {scheduler.get_last_lr()[0]:g}")
    advance(optimizer, scheduler)
print(caught[0].message)
# --8<-- [end:get-lr]
assert math.isclose(asked, step_lr(4, 0.05, 2) / 10) and len(caught) == 1

# --8<-- [start:order]
optimizer, scheduler = scheduled(step_size=3)
trained = []
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(6):
        scheduler.step()  # the wrong order
        trained.append(f"{optimizer.param_groups[0]['lr']:g}")
        optimizer.step()
print(str(caught[0].message).split(". ")[0])
print("learning rate of each epoch:", *trained)
# --8<-- [end:order]
assert len(caught) == 1 and trained == ["0.05"] * 2 + ["0.005"] * 3 + ["0.0005"]

# --8<-- [start:by-hand]
optimizer, scheduler = scheduled(step_size=2)
other = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
closed = LambdaLR(other, lambda epoch: 0.1 ** (epoch // 2))
print("epoch  StepLR  LambdaLR")
for epoch in range(6):
    if epoch == 3:
        optimizer.param_groups[0]["lr"] = other.param_groups[0]["lr"] = 0.02
    ours, theirs = (it.param_groups[0]["lr"] for it in (optimizer, other))
    print(f"{epoch:>5}  {ours:<6g}  {theirs:g}")
    advance(optimizer, scheduler)
    advance(other, closed)
# --8<-- [end:by-hand]
assert math.isclose(ours, 0.002) and math.isclose(theirs, 0.0005)

# --8<-- [start:initial-lr]
try:
    scheduled(step_size=30, last_epoch=5)
except KeyError as error:
    print("KeyError:", error.args[0].split(" when ")[0])
# --8<-- [end:initial-lr]

# --8<-- [start:last-epoch]
print("epochs done  right   with last_epoch")
for done in (29, 30, 31):
    optimizer, scheduler = scheduled(step_size=30)
    advance(optimizer, scheduler, done)
    resumed = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
    resumed.load_state_dict(optimizer.state_dict())  # brings initial_lr
    StepLR(resumed, step_size=30, last_epoch=done - 1)
    right, got = (it.param_groups[0]["lr"] for it in (optimizer, resumed))
    print(f"{done:>11}  {right:<6g}  {got:g}")
    assert (got == right) == (done != 30)
# --8<-- [end:last-epoch]

plans = {lr_scheduler.MultiStepLR: {"milestones": [3]}, lr_scheduler.ConstantLR: {"total_iters": 3},
         lr_scheduler.ExponentialLR: {"gamma": 0.5}, lr_scheduler.LinearLR: {}, lr_scheduler.PolynomialLR: {}}
for kind, plan in plans.items():
    optimizer, resumed = (torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0) for _ in range(2))
    advance(optimizer, kind(optimizer, **plan), 3)
    resumed.load_state_dict(optimizer.state_dict())
    kind(resumed, **plan, last_epoch=2)
    right, got = (it.param_groups[0]["lr"] for it in (optimizer, resumed))
    assert (got == right) == (kind not in (lr_scheduler.MultiStepLR, lr_scheduler.ConstantLR))

# --8<-- [start:loaded-over]
state = scheduled(step_size=30)[1].state_dict()
optimizer, scheduler = scheduled(step_size=10, gamma=0.5)
scheduler.load_state_dict(state)
print("step_size", scheduler.step_size, " gamma", scheduler.gamma)
# --8<-- [end:loaded-over]
assert (scheduler.step_size, scheduler.gamma) == (30, 0.1)

# --8<-- [start:verbose]
try:
    scheduled(step_size=30, verbose=True)
except TypeError as error:
    print("TypeError:", error)
# --8<-- [end:verbose]
optimizer, scheduler = scheduled(step_size=0)  # accepted
try:
    advance(optimizer, scheduler)
except ZeroDivisionError as error:
    assert str(error) == "integer modulo by zero"
plt.show()

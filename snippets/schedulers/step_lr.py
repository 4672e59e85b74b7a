# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import StepLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.05)
scheduler = StepLR(optimizer, step_size=2, gamma=0.1)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.05", "0.05", "0.005", "0.005", "0.0005"], (
    "with step_size=2 the drops come in epochs 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math
import warnings

import matplotlib.pyplot as plt
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LambdaLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def step_lr(step, base_lr, step_size, gamma=0.1):
    return base_lr * gamma ** (step // step_size)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=0.05, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, StepLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # in place of the training of one epoch
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
assert compared == 3 * 3 * 1000, "three step sizes and three values of gamma, each over 1000 epochs"
assert worst < 5e-13, "largest relative difference 0.000000000000"
assert inspect.signature(StepLR).parameters["gamma"].default == 0.1, "gamma at its default of 0.1"

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, step_size=30)
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
assert len(used) == 100, "all 100 epochs"
assert used[0] == "0.05", "the first value is 0.05, the optimizer's own"
assert used.index("0.005") == 30, "the drop comes at epoch 30, which is the 31st"
assert "lr = 0.05     if epoch < 30" in StepLR.__doc__, "the documentation of 2.13 is right: 0.05 before epoch 30"
assert 0.5 * 0.1 == 0.05, "old copies of the example start the optimizer at 0.5 and still list 0.05 first"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
epochs = range(100)
for gamma, look in ((0.1, "C0"), (0.5, "C1--")):
    lrs = [step_lr(epoch, 0.05, 30, gamma) for epoch in epochs]
    axes.step(epochs, lrs, look, where="post", label=f"gamma={gamma}")
smooth = [0.05 * 0.1 ** (epoch / 30) for epoch in epochs]
axes.plot(epochs, smooth, "C2:", label="ExponentialLR")
axes.set(xlabel="epoch", ylabel="learning rate", yscale="log")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
tenth = [step_lr(epoch, 0.05, 30) for epoch in epochs]
meets = [epoch for epoch in epochs if math.isclose(tenth[epoch], smooth[epoch])]
assert meets == [0, 30, 60, 90], "the staircase meets the dotted line at each drop"
assert all(tenth[epoch] > smooth[epoch] for epoch in epochs if epoch not in meets), "the staircase never lies below it"

# --8<-- [start:constructor]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
before = set(optimizer.param_groups[0])
scheduler = StepLR(optimizer, step_size=30)
print("new in the parameter group:", set(optimizer.param_groups[0]) - before)
for name, value in scheduler.state_dict().items():
    print(f"{name:<26} {value}")
# --8<-- [end:constructor]
state = scheduler.state_dict()
assert optimizer.param_groups[0]["initial_lr"] == 0.05, "it writes initial_lr, a copy of lr"
assert state["base_lrs"] == [0.05], "the list base_lrs holds the copies"
assert state["last_epoch"] == 0, "last_epoch is 0 before you have trained anything"
assert state["_step_count"] == 1, "and _step_count is 1"
StepLR(optimizer, step_size=30)
optimizer.param_groups[0]["lr"] = 0.7
StepLR(optimizer, step_size=30)
assert optimizer.param_groups[0]["initial_lr"] == 0.05, "unless it is there already"

# --8<-- [start:per-batch]
batches = 100
after = {}
print("step_size  after one epoch")
for step_size in (30, 30 * batches):
    optimizer, scheduler = scheduled(step_size=step_size)
    advance(optimizer, scheduler, batches)  # a call after every batch
    after[step_size] = scheduler.get_last_lr()[0]
    print(f"{step_size:<9}  {after[step_size]:g}")
# --8<-- [end:per-batch]
assert math.isclose(after[30], 0.05 * 0.1**3), "in the first case three drops fell into the first epoch"
assert after[3000] == 0.05, "in the second none"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(step_size=30)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(step_size=30)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = []
for _ in range(45, 100):
    same.append(resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"])
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("epochs 45 to 99 again, the same values:", all(same))
# --8<-- [end:resume]
assert all(same), "save both states, load both"
optimizer, scheduler = scheduled(step_size=30)
scheduler.load_state_dict(checkpoint[1])  # without the optimizer's state
assert math.isclose(scheduler.get_last_lr()[0], 0.005), "load the scheduler's state alone: get_last_lr() says 0.005"
assert optimizer.param_groups[0]["lr"] == 0.05, "while the optimizer trains with 0.05"

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
assert math.isclose(asked, step_lr(4, 0.05, 2) / 10), "it applies γ a second time in each epoch with a drop"
assert len(caught) == 1, "get_lr() warns"
assert scheduler.get_last_lr() == [optimizer.param_groups[0]["lr"]], "get_last_lr() is what the groups hold"

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
values = [f"{step_lr(epoch + 1, 0.05, 3):g}" for epoch in range(6)]
assert trained == values, "the value of step 0 is never used, and every drop comes one epoch early"
assert [step_lr(epoch, 0.05, 3) for epoch in range(4)].count(0.05) == 3, "the first three should train with 0.05"
assert trained.count("0.05") == 2, "here two do"
assert len(caught) == 1, "the warning comes at the first call or never"
optimizer, scheduler = scheduled(step_size=3)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    advance(optimizer, scheduler)
    scheduler.step()  # twice in a row: too late to be noticed
assert not caught, "in the right order there is no warning, and after the first call none at all"

# --8<-- [start:by-hand]
optimizer, scheduler = scheduled(step_size=2)
other = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
closed = LambdaLR(other, lambda epoch: 0.1 ** (epoch // 2))
print("epoch  StepLR  LambdaLR")
for epoch in range(6):
    if epoch == 3:
        optimizer.param_groups[0]["lr"] = other.param_groups[0]["lr"] = 0.02
    ours, theirs = (it.param_groups[0]["lr"] for it in (optimizer, other))
    print(f"{epoch:<5}  {ours:<6g}  {theirs:g}")
    advance(optimizer, scheduler)
    advance(other, closed)
# --8<-- [end:by-hand]
assert math.isclose(ours, 0.02 * 0.1), "StepLR keeps it and multiplies it"
assert math.isclose(theirs, 0.05 * 0.1**2), "a scheduler that computes from base_lrs overwrites it"
kinds = {
    lr_scheduler.LambdaLR: {"lr_lambda": lambda s: 0.9**s},
    lr_scheduler.OneCycleLR: {"max_lr": 1.0, "total_steps": 20, "cycle_momentum": False},
    lr_scheduler.MultiStepLR: {"milestones": [2]}, lr_scheduler.ConstantLR: {"total_iters": 5},
    lr_scheduler.LinearLR: {}, lr_scheduler.ExponentialLR: {"gamma": 0.9}, lr_scheduler.PolynomialLR: {},
    lr_scheduler.MultiplicativeLR: {"lr_lambda": lambda s: 0.9},
}
for kind, options in kinds.items():
    lrs = []
    for factor in (1, 7):  # 7 times the learning rate, set by hand at step 1
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = kind(optimizer, **options)
        advance(optimizer, scheduler)
        optimizer.param_groups[0]["lr"] *= factor
        advance(optimizer, scheduler)
        lrs.append(optimizer.param_groups[0]["lr"])
    ratio = 1 if kind in (lr_scheduler.LambdaLR, lr_scheduler.OneCycleLR) else 7
    assert math.isclose(lrs[1] / lrs[0], ratio), "LambdaLR and OneCycleLR overwrite; the six others multiply"

# --8<-- [start:initial-lr]
try:
    scheduled(step_size=30, last_epoch=5)
except KeyError as error:
    print("KeyError:", error.args[0].split(" when ")[0])
# --8<-- [end:initial-lr]
try:
    scheduled(step_size=30, last_epoch=0)
except KeyError as error:
    assert "initial_lr" in str(error), "0 is not \"no epoch yet\""

# --8<-- [start:last-epoch]
agrees = {}
print("epochs done  right   with last_epoch")
for done in (29, 30, 31):
    optimizer, scheduler = scheduled(step_size=30)
    advance(optimizer, scheduler, done)
    resumed = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
    resumed.load_state_dict(optimizer.state_dict())  # brings initial_lr
    StepLR(resumed, step_size=30, last_epoch=done - 1)
    right, got = (it.param_groups[0]["lr"] for it in (optimizer, resumed))
    print(f"{done:<11}  {right:<6g}  {got:g}")
    agrees[done] = right == got
# --8<-- [end:last-epoch]
assert agrees == {29: True, 30: False, 31: True}, "it happens only when you resume exactly at a drop"
plans = {lr_scheduler.MultiStepLR: {"milestones": [3]}, lr_scheduler.ConstantLR: {"total_iters": 3},
         lr_scheduler.ExponentialLR: {"gamma": 0.5}, lr_scheduler.LinearLR: {}, lr_scheduler.PolynomialLR: {}}
for kind, plan in plans.items():
    optimizer, resumed = (torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0) for _ in range(2))
    advance(optimizer, kind(optimizer, **plan), 3)
    resumed.load_state_dict(optimizer.state_dict())
    kind(resumed, **plan, last_epoch=2)
    right, got = (it.param_groups[0]["lr"] for it in (optimizer, resumed))
    fails = kind in (lr_scheduler.MultiStepLR, lr_scheduler.ConstantLR)
    assert (got != right) == fails, (
        "MultiStepLR and ConstantLR fail the same way; ExponentialLR, LinearLR and PolynomialLR do not")

# --8<-- [start:loaded-over]
state = scheduled(step_size=30)[1].state_dict()
optimizer, scheduler = scheduled(step_size=10, gamma=0.5)
scheduler.load_state_dict(state)
print("step_size", scheduler.step_size, " gamma", scheduler.gamma)
# --8<-- [end:loaded-over]
assert scheduler.step_size == 30, "load_state_dict replaces every attribute, the plan included"
assert scheduler.gamma == 0.1, "gamma too"

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
    assert str(error) == "integer modulo by zero", "step_size=0 is accepted, and fails at the first call"
plt.show()

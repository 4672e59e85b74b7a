# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import LinearLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = LinearLR(optimizer, start_factor=0.25, total_iters=3)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.025", "0.05", "0.075", "0.1", "0.1"], (
    "a warm-up from a quarter of 0.1, full from step 3 on")

# --8<-- [start:imports]
import itertools
import math
import re
import warnings

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ExponentialLR, PolynomialLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def linear_lr(step, base_lr, start_factor=1 / 3, end_factor=1.0, total_iters=5):
    # With total_iters=0 the library stays at the start.
    done = min(step, total_iters) / total_iters if total_iters else 0
    return base_lr * (start_factor + (end_factor - start_factor) * done)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=1.0, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, LinearLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()
        scheduler.step()


worst, compared = 0.0, 0
names = "start_factor", "end_factor", "total_iters"
values = (0.01, 1 / 3, 1.0), (0.0, 0.5, 1.0), (0, 1, 5, 400)
for plan in itertools.product(*values):
    options = dict(zip(names, plan, strict=True))
    optimizer, scheduler = scheduled(**options)
    for step in range(500):
        lr = optimizer.param_groups[0]["lr"]
        worst = max(worst, abs(lr - linear_lr(step, 1.0, **options)))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 3 * 3 * 4 * 500, "three starts, three ends and four lengths, each over 500 steps"
assert worst < 5e-13, "largest difference 0.000000000000"

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, start_factor=0.05, total_iters=40)
print("epoch  learning rate")
for epoch in range(42):
    if epoch < 4 or epoch > 38:
        print(f"{epoch:<5}  {optimizer.param_groups[0]['lr']:.7f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
right = [linear_lr(epoch, 0.05, 0.05, total_iters=40) for epoch in range(41)]
assert math.isclose(right[0], 0.05 * 0.05), "epoch 0 has 0.05 · 0.05 = 0.0025"
documented = [float(lr) for lr in re.findall(r"lr = (\S+) +if epoch == \d", LinearLR.__doc__)]
assert documented[0] == 0.003687, "the documentation says 0.003687 for epoch 0"
assert len(documented) == 4, "its four first values"
for epoch, lr in enumerate(documented):
    assert f"{right[epoch + 1]:.7f}".startswith(str(lr)), "its four first values are those of epochs 1 to 4"
assert re.search(r"lr = 0.05 +if epoch >= 40", LinearLR.__doc__), "the documentation's last line: 0.05 from epoch 40"
assert right[40] == 0.05, "the last line, 0.05 from epoch 40 on, is right"
assert right[39] < 0.05, "and epoch 39 is still below it"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
plans = [
    ("from 0.05", "C0", (0.05, 1.0, 40)),
    ("the defaults", "C1--", ()),
    ("down to 0.1", "C2:", (1.0, 0.1, 60)),
]
for name, look, plan in plans:
    lrs = [linear_lr(step, 1.0, *plan) for step in range(70)]
    axes.plot(lrs, look, label=name)
axes.set(xlabel="step", ylabel="lr / base lr", ylim=(0, 1.1))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert linear_lr(40, 1.0, 0.05, 1.0, 40) == 1, "one rises from 0.05 to 1 at step 40"
assert linear_lr(5, 1.0) == 1, "one rises from a third to 1 within five steps"
assert math.isclose(linear_lr(60, 1.0, 1.0, 0.1, 60), 0.1), "one falls from 1 to 0.1 at step 60"
assert LinearLR.__doc__.startswith("Decays the learning rate"), "the documentation calls both a decay"

# --8<-- [start:counting]
optimizer, scheduler = scheduled(start_factor=0.2, total_iters=4)
used = []
for _ in range(6):
    used.append(f"{optimizer.param_groups[0]['lr']:.1f}")
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:counting]
assert sum(lr != "1.0" for lr in used) == 4, "total_iters=4 means four values below the end, then the end"
assert used.index("1.0") == 4, "the full learning rate is first used in step total_iters, the fifth here"
assert "reaches to 1" in LinearLR.__doc__, "the documentation says \"reaches to 1\""

# --8<-- [start:resume]
plan = {"start_factor": 0.1, "total_iters": 10}
optimizer, scheduler = scheduled(**plan)
advance(optimizer, scheduler, 5)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(**plan)  # build, then load
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])

swapped = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
swapped.load_state_dict(checkpoint[0])  # load, then build
too_late = LinearLR(swapped, **plan)
too_late.load_state_dict(checkpoint[1])
pairs = (optimizer, scheduler), (resumed, its_scheduler), (swapped, too_late)
print("step  the run itself  build, then load  load, then build")
for step in (5, 25):
    lrs = [its.param_groups[0]["lr"] for its, _ in pairs]
    print(f"{step:<4}  {lrs[0]:<14.3f}  {lrs[1]:<16.3f}  {lrs[2]:.3f}")
    for pair in pairs:
        advance(*pair, 20)
# --8<-- [end:resume]
assert math.isclose(lrs[1], lrs[0]), "in the right order the learning rate is that of the run itself"
assert math.isclose(lrs[2], 0.1 * lrs[0]), "in the wrong order the time after the warm-up has the factor a once more"

# --8<-- [start:third]
optimizer, scheduler = scheduled(lr=0.03)
print(f"built: {optimizer.param_groups[0]['lr']:.2f}")
advance(optimizer, scheduler, 5)
print(f"after five calls: {optimizer.param_groups[0]['lr']:.2f}")
# --8<-- [end:third]
assert math.isclose(linear_lr(0, 0.03), 0.01), "I set lr=0.03, and the training starts with 0.01"
assert math.isclose(optimizer.param_groups[0]["lr"], 0.03), "the lr that you give is the end of the warm-up"

# --8<-- [start:refused]
for options in ({"start_factor": 0}, {"start_factor": 9}, {"end_factor": 2}):
    try:
        scheduled(**options)
    except ValueError as error:
        print(error)
# --8<-- [end:refused]

# --8<-- [start:from-zero]
for plan in ({"start_factor": 1 / 5, "total_iters": 4},
             {"start_factor": 1e-9, "total_iters": 5}):
    optimizer, scheduler = scheduled(**plan)
    used = []
    for _ in range(7):
        used.append(optimizer.param_groups[0]["lr"])
        advance(optimizer, scheduler)
    print(*(f"{lr:.2f}" for lr in used), plan)
# --8<-- [end:from-zero]
assert used[0] == 1e-9, "with a tiny start_factor the first step has 1e-9 of the learning rate"
assert all(abs(lr - min(step, 5) / 5) < 1e-8 for step, lr in enumerate(used)), "and the rest is the line from zero"
for parts in (5, 10, 100):
    steps = [linear_lr(step, 1.0, 1 / parts, total_iters=parts - 1) for step in range(parts)]
    assert all(math.isclose(lr, (step + 1) / parts) for step, lr in enumerate(steps)), "step s then has (s + 1) / n"

# --8<-- [start:never]
ends = {}
print("total_iters  learning rate in the end")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for total_iters in (0, 0.05 * 50, round(0.05 * 50)):
        optimizer, scheduler = scheduled(start_factor=0.1, total_iters=total_iters)
        advance(optimizer, scheduler, 50)
        ends[total_iters] = optimizer.param_groups[0]["lr"]
        print(f"{total_iters:<11}  {ends[total_iters]:.2f}")
# --8<-- [end:never]
assert math.isclose(ends[0], 0.1), "total_iters=0 leaves the start factor for ever"
assert math.isclose(ends[2.5], linear_lr(2, 1.0, 0.1, total_iters=2.5)), (
    "a number that is not whole stops at the last whole step before it")
assert not caught, "there is no warning"
assert math.isclose(ends[2], 1.0), "round the product"

# --8<-- [start:twice]
optimizer, scheduler = scheduled(start_factor=0.1, total_iters=10)
scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=10)  # run again
print(f"first step: {optimizer.param_groups[0]['lr']:.2f}")
advance(optimizer, scheduler, 50)
print(f"step 50: {optimizer.param_groups[0]['lr']:.2f}")
# --8<-- [end:twice]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.1), "the learning rate stays too small"

# --8<-- [start:by-hand]
optimizer, scheduler = scheduled(start_factor=0.1, total_iters=10)
advance(optimizer, scheduler, 5)
optimizer.param_groups[0]["lr"] = 1.0  # instead of 0.55
advance(optimizer, scheduler, 5)
print(f"step 10: {optimizer.param_groups[0]['lr']:.4f}")
# --8<-- [end:by-hand]
assert math.isclose(linear_lr(5, 1.0, 0.1, total_iters=10), 0.55), "at step 5 of 10 the factor is 0.55"
assert math.isclose(optimizer.param_groups[0]["lr"], 1 / 0.55), "the end is 1 / 0.55"

# --8<-- [start:together]
optimizer, warmup = scheduled(start_factor=0.1, total_iters=5)
decay = ExponentialLR(optimizer, gamma=0.9)
lrs, products = [], []
for step in range(8):
    lrs.append(optimizer.param_groups[0]["lr"])
    products.append(linear_lr(step, 1.0, 0.1, total_iters=5) * 0.9**step)
    optimizer.step()
    warmup.step()
    decay.step()
print("step  both    product")
for step, values in enumerate(zip(lrs, products, strict=True)):
    print(f"{step:<4}  {values[0]:.4f}  {values[1]:.4f}")
# --8<-- [end:together]
assert all(map(math.isclose, lrs, products)), "the factors combine"

# --8<-- [start:to-zero]
ends = []
for start_factor in (1.0, 0.1):
    plan = {"start_factor": start_factor, "end_factor": 0.0, "total_iters": 10}
    optimizer, scheduler = scheduled(lr=0.05, **plan)
    advance(optimizer, scheduler, 10)
    ends.append(optimizer.param_groups[0]["lr"])
    print(ends[-1])
# --8<-- [end:to-zero]
assert ends[0] == 0, "from 1 down it is exactly 0"
assert ends[1] < 0, "from 0.1 down it is a little below 0"
assert abs(ends[1]) < 1e-18, "zero up to rounding, here below 10^{-18}"
optimizer, _ = scheduled(lr=0.05, start_factor=1)
polynomial = PolynomialLR(optimizer, total_iters=10, power=1)
advance(optimizer, polynomial, 4)
assert math.isclose(optimizer.param_groups[0]["lr"], linear_lr(4, 0.05, 1, 0, 10)), "PolynomialLR is the same line"
advance(optimizer, polynomial, 6)
assert optimizer.param_groups[0]["lr"] == 0, "down to zero exactly: PolynomialLR with power=1"
plt.show()

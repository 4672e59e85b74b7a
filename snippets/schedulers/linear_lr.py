# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import ExponentialLR, LinearLR


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
assert compared == 18_000 and worst < 1e-13

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, start_factor=0.05, total_iters=40)
for epoch in range(42):
    if epoch < 4 or epoch > 38:
        print(f"epoch {epoch:>2}: {optimizer.param_groups[0]['lr']:.7f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
manual = [linear_lr(epoch, 0.05, 0.05, total_iters=40) for epoch in range(5)]
assert all(map(math.isclose, manual, (0.0025, 0.0036875, 0.004875, 0.0060625, 0.00725)))

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
assert linear_lr(5, 1.0) == 1 and math.isclose(linear_lr(60, 1.0, 1.0, 0.1, 60), 0.1)

# --8<-- [start:counting]
optimizer, scheduler = scheduled(start_factor=0.2, total_iters=4)
used = []
for _ in range(6):
    used.append(f"{optimizer.param_groups[0]['lr']:.1f}")
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:counting]
assert used == ["0.2", "0.4", "0.6", "0.8", "1.0", "1.0"]

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
for step in (5, 25):
    lrs = [f"{it.param_groups[0]['lr']:.3f}" for it, _ in pairs]
    print(f"step {step:>2}:", *lrs)
    for pair in pairs:
        advance(*pair, 20)
# --8<-- [end:resume]
assert lrs == ["1.000", "1.000", "0.100"]

# --8<-- [start:third]
optimizer, scheduler = scheduled(lr=0.03)
print(f"built: {optimizer.param_groups[0]['lr']:.2f}")
advance(optimizer, scheduler, 5)
print(f"after five calls: {optimizer.param_groups[0]['lr']:.2f}")
# --8<-- [end:third]
assert math.isclose(linear_lr(0, 0.03), 0.01)

# --8<-- [start:refused]
for options in ({"start_factor": 0}, {"start_factor": 9}, {"end_factor": 2}):
    try:
        scheduled(**options)
    except ValueError as error:
        print(error)
# --8<-- [end:refused]
steps = [linear_lr(step, 1.0, 1 / 10, total_iters=9) for step in range(10)]
assert all(math.isclose(lr, (step + 1) / 10) for step, lr in enumerate(steps))

# --8<-- [start:never]
for total_iters in (0, 0.05 * 50, round(0.05 * 50)):
    optimizer, scheduler = scheduled(start_factor=0.1, total_iters=total_iters)
    advance(optimizer, scheduler, 50)
    lr = optimizer.param_groups[0]["lr"]
    print(f"total_iters={total_iters}: {lr:.2f} in the end")
# --8<-- [end:never]
assert math.isclose(optimizer.param_groups[0]["lr"], 1.0)

# --8<-- [start:twice]
optimizer, scheduler = scheduled(start_factor=0.1, total_iters=10)
scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=10)  # run again
print(f"first step: {optimizer.param_groups[0]['lr']:.2f}")
advance(optimizer, scheduler, 50)
print(f"step 50: {optimizer.param_groups[0]['lr']:.2f}")
# --8<-- [end:twice]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.1)

# --8<-- [start:by-hand]
optimizer, scheduler = scheduled(start_factor=0.1, total_iters=10)
advance(optimizer, scheduler, 5)
optimizer.param_groups[0]["lr"] = 1.0  # instead of 0.55
advance(optimizer, scheduler, 5)
print(f"step 10: {optimizer.param_groups[0]['lr']:.4f}")
# --8<-- [end:by-hand]
assert math.isclose(optimizer.param_groups[0]["lr"], 1 / 0.55)

# --8<-- [start:together]
optimizer, warmup = scheduled(start_factor=0.1, total_iters=5)
decay = ExponentialLR(optimizer, gamma=0.9)
for step in range(8):
    expected = linear_lr(step, 1.0, 0.1, total_iters=5) * 0.9**step
    print(f"{optimizer.param_groups[0]['lr']:.4f}", end=" ")
    assert math.isclose(optimizer.param_groups[0]["lr"], expected)
    optimizer.step()
    warmup.step()
    decay.step()
# --8<-- [end:together]

# --8<-- [start:to-zero]
for start_factor in (1.0, 0.1):
    plan = {"start_factor": start_factor, "end_factor": 0.0, "total_iters": 10}
    optimizer, scheduler = scheduled(lr=0.05, **plan)
    advance(optimizer, scheduler, 10)
    print(optimizer.param_groups[0]["lr"])
# --8<-- [end:to-zero]
assert -1e-18 < optimizer.param_groups[0]["lr"] < 0
plt.show()

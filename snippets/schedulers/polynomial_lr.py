# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import PolynomialLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = PolynomialLR(optimizer, total_iters=4, power=1.0)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.1", "0.075", "0.05", "0.025", "0"], (
    "in a straight line, four steps take it from 0.1 to 0")

# --8<-- [start:imports]
import inspect
import itertools
import math
import re

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LambdaLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def polynomial_lr(step, base_lr, total_iters=5, power=1.0):
    # With total_iters=0 the library changes nothing.
    done = min(step, total_iters) / total_iters if total_iters else 0
    return base_lr * (1 - done) ** power
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=1.0, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, PolynomialLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()
        scheduler.step()


worst, compared = 0.0, 0
values = (0, 1, 5, 400), (0.0, 0.5, 0.9, 1.0, 2.0)
for total_iters, power in itertools.product(*values):
    optimizer, scheduler = scheduled(total_iters=total_iters, power=power)
    for step in range(500):
        lr = optimizer.param_groups[0]["lr"]
        ours = polynomial_lr(step, 1.0, total_iters, power)
        worst = max(worst, abs(lr - ours))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 4 * 5 * 500, "four lengths and five powers, each over 500 steps"
assert worst < 5e-13, "largest difference 0.000000000000"

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, total_iters=50, power=0.9)
print("epoch  learning rate")
for epoch in range(100):
    if epoch in (0, 1, 2, 3, 49, 50, 99):
        print(f"{epoch:<5}  {optimizer.param_groups[0]['lr']:.4f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
exact = [polynomial_lr(epoch, 0.05, 50, 0.9) for epoch in range(100)]
documented = re.findall(r"lr = (\S+) +if epoch == (\d)", PolynomialLR.__doc__)
assert documented == [("0.0490", "0"), ("0.0481", "1"), ("0.0472", "2")], (
    "the documentation says 0.0490, 0.0481 and 0.0472 for epochs 0, 1 and 2")
values = [f"{lr:.6f}" for lr in exact[1:4]]
assert values == ["0.049099", "0.048196", "0.047292"], "the values of epochs 1, 2 and 3 (0.049099, 0.048196, 0.047292)"
assert [lr for lr, _ in documented] == [value[:6] for value in values], "and cut off instead of rounded"
assert exact[0] == 0.05, "epoch 0 has the full 0.05"
assert re.search(r"lr = 0.0 +if epoch >= 50", PolynomialLR.__doc__), "the documentation's last line: 0 from epoch 50 on"
assert next(epoch for epoch in range(100) if exact[epoch] == 0) == 50, "the last line, 0 from epoch 50 on, is right"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for power, look in ((0.5, "C0"), (0.9, "C1--"), (1.0, "C3-."), (2.0, "C2:")):
    lrs = [polynomial_lr(step, 1.0, 100, power) for step in range(120)]
    axes.plot(lrs, look, label=f"power={power}")
axes.set(xlabel="step", ylabel="lr / base lr")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curves]
gaps = [polynomial_lr(step, 1.0, 100, 0.9) - polynomial_lr(step, 1.0, 100) for step in range(120)]
assert min(gaps) == 0, "0.9 is never below the straight line"
assert round(max(gaps), 3) == 0.039, "the popular 0.9 is never more than 0.039 above the straight line"
defaults = inspect.signature(PolynomialLR).parameters
assert defaults["power"].default == 1.0, "the default of power is 1.0, a straight line"
assert defaults["total_iters"].default == 5, "total_iters is 5 by default"

# --8<-- [start:last]
print("steps  in the last one  T ** -p")
for total in (10, 100, 1000):
    optimizer, scheduler = scheduled(total_iters=total, power=0.9)
    advance(optimizer, scheduler, total - 1)
    lr = optimizer.param_groups[0]["lr"]
    print(f"{total:<5}  {lr:<15.5f}  {total**-0.9:.5f}")
# --8<-- [end:last]
assert math.isclose(lr, 1000**-0.9), "the last of them has the learning rate η_0 T^{−p}"
advance(optimizer, scheduler)
assert optimizer.param_groups[0]["lr"] == 0, "the zero is set by the call after the last batch"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(total_iters=100, power=0.9)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(total_iters=100, power=0.9)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = []
for _ in range(45, 100):
    same.append(resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"])
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("steps 45 to 99 again, the same values:", all(same))
# --8<-- [end:resume]
assert all(same), "save both states, load both"
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
optimizer.load_state_dict(checkpoint[0])
before = optimizer.param_groups[0]["lr"]
PolynomialLR(optimizer, total_iters=100, power=0.9)
assert optimizer.param_groups[0]["lr"] == before, "building changes no learning rate"
PolynomialLR(optimizer, total_iters=100, power=0.9, last_epoch=44)
assert math.isclose(optimizer.param_groups[0]["lr"], before), "last_epoch works too"

# --8<-- [start:five]
optimizer, scheduler = scheduled(lr=0.1)
used = []
for _ in range(8):
    used.append(f"{optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:five]
assert used.index("0") == 5, "after five epochs the learning rate is zero"

# --8<-- [start:longer]
extended = {}
print("run                        learning rate of step 12")
for done in (5, 10):
    optimizer, scheduler = scheduled(total_iters=10)
    advance(optimizer, scheduler, done)
    scheduler.total_iters = 20
    advance(optimizer, scheduler, 12 - done)
    extended[done] = optimizer.param_groups[0]["lr"]
    name = f"extended after {done} steps"
    print(f"{name:<25}  {extended[done]:.4f}")
print(f"planned for 20 at once     {polynomial_lr(12, 1.0, 20):.4f}")
# --8<-- [end:longer]
assert extended[10] == 0, "zero times any factor is zero"
assert polynomial_lr(5, 1.0, 10) == 0.5, "at step 5 the learning rate is 0.5"
assert polynomial_lr(5, 1.0, 20) == 0.75, "where the longer plan has 0.75"
assert math.isclose(extended[5], 0.4 * 0.5 / 0.75), "it keeps that ratio: 0.4 · 0.5 / 0.75 = 0.2667"
state = scheduled(total_iters=10)[1].state_dict()
optimizer, scheduler = scheduled(total_iters=20)
scheduler.load_state_dict(state)
assert scheduler.total_iters == 10, "loading a state brings back the old total_iters"

# --8<-- [start:per-batch]
epochs, batches = 50, 100
steps = range(epochs * batches)
per_epoch = [polynomial_lr(s // batches, 1.0, epochs, 0.9) for s in steps]
per_batch = [polynomial_lr(s, 1.0, epochs * batches, 0.9) for s in steps]
for name, lrs in (("epoch", per_epoch), ("batch", per_batch)):
    mean = sum(lrs) / len(lrs)
    print(f"a call per {name}: last batch {lrs[-1]:.5f}, mean {mean:.4f}")
mixed = polynomial_lr(epochs - 1, 1.0, epochs * batches, 0.9)
print(f"calls per epoch, total_iters in batches: last epoch {mixed:.4f}")
# --8<-- [end:per-batch]
apart = max(abs(a - b) for a, b in zip(per_epoch, per_batch, strict=True))
assert round(apart, 2) == 0.03, "the two are never more than 0.03 apart"
assert mixed > 0.99, "in the mixture the learning rate keeps more than 0.99 of its first value"

# --8<-- [start:floor]
def with_floor(step, total=100, power=0.9, floor=0.01):
    left = 1 - min(step, total) / total
    return floor + (1 - floor) * left**power


optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = LambdaLR(optimizer, with_floor)
advance(optimizer, scheduler, 150)
print(f"{scheduler.get_last_lr()[0]:g}")
# --8<-- [end:floor]
assert math.isclose(scheduler.get_last_lr()[0], 0.1 * 0.01), "the floor is a part of the optimizer's lr"

# --8<-- [start:odd]
runs = []
for total_iters, power in ((0, 1.0), (2.5, 1.0), (3, 0.0), (3, -1.0)):
    optimizer, scheduler = scheduled(total_iters=total_iters, power=power)
    used = []
    try:
        for _ in range(5):
            used.append(f"{optimizer.param_groups[0]['lr']:.1f}")
            advance(optimizer, scheduler)
    except ZeroDivisionError as error:
        used.append(f"\n    ZeroDivisionError: {error}")
    runs.append(used)
    print(f"total_iters={total_iters}, power={power}:", *used)
# --8<-- [end:odd]
assert set(runs[0]) == {"1.0"}, "with total_iters=0 there is no decay at all"
assert runs[1][-1] == "0.2", "a number that is not whole stops before zero, here at 0.2"
assert set(runs[2]) == {"1.0"}, "power 0 changes nothing"
assert runs[3][:3] == sorted(runs[3][:3]), "a negative power grows"
assert "ZeroDivisionError" in runs[3][3], "and fails at the last call"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import LambdaLR, PolynomialLR


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
assert compared == 10_000 and worst < 1e-13

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.05, total_iters=50, power=0.9)
for epoch in range(100):
    if epoch in (0, 1, 2, 3, 49, 50, 99):
        print(f"epoch {epoch:>2}: {optimizer.param_groups[0]['lr']:.4f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
exact = [polynomial_lr(epoch, 0.05, 50, 0.9) for epoch in range(51)]
assert [round(lr, 4) for lr in exact[:4]] == [0.05, 0.0491, 0.0482, 0.0473]
assert f"{exact[1]:.6f} {exact[2]:.6f} {exact[3]:.6f}" == "0.049099 0.048196 0.047292"
assert math.isclose(exact[49], 0.05 * 50**-0.9) and exact[50] == 0

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for power, look in ((0.5, "C0"), (0.9, "C1--"), (1.0, "C3-."), (2.0, "C2:")):
    lrs = [polynomial_lr(step, 1.0, 100, power) for step in range(120)]
    axes.plot(lrs, look, label=f"power={power}")
axes.set(xlabel="step", ylabel="lr / base lr")
figure.legend(loc="outside lower center", ncols=4)
# --8<-- [end:curves]
assert all(polynomial_lr(step, 1.0, 100, 0.9) >= polynomial_lr(step, 1.0, 100) for step in range(120))
gap = max(polynomial_lr(step, 1.0, 100, 0.9) - polynomial_lr(step, 1.0, 100) for step in range(120))
assert 0.038 < gap < 0.039

# --8<-- [start:last]
for total in (10, 100, 1000):
    optimizer, scheduler = scheduled(total_iters=total, power=0.9)
    advance(optimizer, scheduler, total - 1)
    lr = optimizer.param_groups[0]["lr"]
    print(f"{total:>4} steps: the last one with {lr:.5f}")
    assert math.isclose(lr, total**-0.9)
# --8<-- [end:last]

# --8<-- [start:resume]
optimizer, scheduler = scheduled(total_iters=100, power=0.9)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(total_iters=100, power=0.9)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
for _ in range(45, 100):
    assert resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("steps 45 to 99 again, the same values")
# --8<-- [end:resume]

# --8<-- [start:five]
optimizer, scheduler = scheduled(lr=0.1)
used = []
for _ in range(8):
    used.append(f"{optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:five]
assert used == ["0.1", "0.08", "0.06", "0.04", "0.02", "0", "0", "0"]

# --8<-- [start:longer]
for done in (5, 10):
    optimizer, scheduler = scheduled(total_iters=10)
    advance(optimizer, scheduler, done)
    scheduler.total_iters = 20
    advance(optimizer, scheduler, 12 - done)
    lr = optimizer.param_groups[0]["lr"]
    print(f"extended after {done:>2} steps: step 12 has {lr:.4f}")
print(f"planned for 20 at once: step 12 has {polynomial_lr(12, 1.0, 20):.4f}")
# --8<-- [end:longer]
assert lr == 0
optimizer, scheduler = scheduled(total_iters=10)
advance(optimizer, scheduler, 5)
scheduler.total_iters = 20
advance(optimizer, scheduler, 7)
assert math.isclose(optimizer.param_groups[0]["lr"], 0.5 / 0.75 * 0.4)

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
assert 0.029 < apart < 0.0296 and mixed > 0.99

# --8<-- [start:floor]
def with_floor(step, total=100, power=0.9, floor=0.01):
    left = 1 - min(step, total) / total
    return floor + (1 - floor) * left**power


optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = LambdaLR(optimizer, with_floor)
advance(optimizer, scheduler, 150)
print(f"{scheduler.get_last_lr()[0]:g}")
# --8<-- [end:floor]
assert math.isclose(scheduler.get_last_lr()[0], 0.001)

# --8<-- [start:odd]
for total_iters, power in ((0, 1.0), (2.5, 1.0), (3, 0.0), (3, -1.0)):
    optimizer, scheduler = scheduled(total_iters=total_iters, power=power)
    used = []
    try:
        for _ in range(5):
            used.append(f"{optimizer.param_groups[0]['lr']:.1f}")
            advance(optimizer, scheduler)
    except ZeroDivisionError as error:
        used.append(f"\n    ZeroDivisionError: {error}")
    print(f"total_iters={total_iters}, power={power}:", *used)
# --8<-- [end:odd]
assert used[:3] == ["1.0", "1.5", "3.0"]
plt.show()

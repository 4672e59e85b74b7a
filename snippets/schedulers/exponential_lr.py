# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR


def exponential_lr(step, base_lr, gamma):
    return base_lr * gamma**step
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=0.1, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, ExponentialLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # stands for the training of one epoch
        scheduler.step()


worst = 0.0
for gamma in (0.5, 0.9, 0.95, 1.0, 1.05):
    optimizer, scheduler = scheduled(gamma=gamma)
    for epoch in range(1000):
        ours = exponential_lr(epoch, 0.1, gamma)
        worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
        advance(optimizer, scheduler)
print(f"5000 values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.1, gamma=0.95)
for epoch in range(101):
    if epoch in (0, 1, 2, 10, 14, 50, 100):
        print(f"epoch {epoch:>3}: {optimizer.param_groups[0]['lr']:.6f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
assert 0.95**14 < 0.5 < 0.95**13

# --8<-- [start:curves]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 2.9))
for gamma, look in ((0.99, "C0"), (0.95, "C1--"), (0.9, "C2:")):
    lrs = [exponential_lr(epoch, 1.0, gamma) for epoch in range(100)]
    axes[0].plot(lrs, look, label=f"gamma={gamma}")
    axes[1].plot(lrs, look)
axes[0].set(title="lr / base lr", xlabel="epoch")
axes[1].set(title="logarithmic", xlabel="epoch", yscale="log")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]

# --8<-- [start:half-life]
print("gamma  half-life  after 100  sum of lr / base lr")
for gamma in (0.9, 0.95, 0.99, 0.999):
    half_life = math.log(0.5) / math.log(gamma)
    after = exponential_lr(100, 1.0, gamma)
    total = 1 / (1 - gamma)
    print(f"{gamma:<5}  {half_life:>9.1f}  {after:>9.5f}  {total:>8.0f}")
    assert math.isclose(exponential_lr(half_life, 1.0, gamma), 0.5)
    assert math.isclose(half_life, math.log(2) / (1 - gamma), rel_tol=0.06)
    lrs = (exponential_lr(epoch, 1.0, gamma) for epoch in range(100_000))
    assert math.isclose(sum(lrs), total)
# --8<-- [end:half-life]

# --8<-- [start:wanted]
first, last, epochs = 0.1, 0.001, 90
gamma = (last / first) ** (1 / (epochs - 1))
optimizer, scheduler = scheduled(lr=first, gamma=gamma)
advance(optimizer, scheduler, epochs - 1)
print(f"gamma = {gamma:.6f}, last epoch: {scheduler.get_last_lr()[0]:.6f}")
# --8<-- [end:wanted]
assert math.isclose(scheduler.get_last_lr()[0], 0.001)

# --8<-- [start:resume]
optimizer, scheduler = scheduled(gamma=0.95)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(gamma=0.95)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
for _ in range(45, 100):
    assert resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("epochs 45 to 99 again, the same values")
# --8<-- [end:resume]
optimizer, scheduler = scheduled(gamma=0.95)
scheduler.load_state_dict(checkpoint[1])  # without the optimizer's state
advance(optimizer, scheduler)
assert math.isclose(optimizer.param_groups[0]["lr"], 0.095)

# --8<-- [start:per-batch]
batches, gamma = 500, 0.95
for per_call in (gamma, gamma ** (1 / batches)):
    optimizer, scheduler = scheduled(lr=0.1, gamma=per_call)
    advance(optimizer, scheduler, batches)  # one call per batch
    print(f"gamma={per_call:.6f}: {scheduler.get_last_lr()[0]:.3g}")
# --8<-- [end:per-batch]
assert math.isclose(scheduler.get_last_lr()[0], 0.095) and exponential_lr(500, 0.1, 0.95) < 1e-12

# --8<-- [start:stands-still]
for epochs in (10, 100, 1000):
    weight = torch.nn.Parameter(torch.tensor([0.0], dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scheduler = ExponentialLR(optimizer, gamma=0.9)
    for _ in range(epochs):
        weight.grad = torch.full_like(weight, -1.0)  # always the same slope
        optimizer.step()
        scheduler.step()
    print(f"{epochs:>4} steps: moved {weight.item():.4f}")
# --8<-- [end:stands-still]
assert math.isclose(weight.item(), 0.1 / (1 - 0.9)) and exponential_lr(1000, 0.1, 0.9) < 1e-46

# --8<-- [start:floor]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = LambdaLR(optimizer, lambda epoch: max(0.9**epoch, 0.01))
advance(optimizer, scheduler, 1000)
print(f"{scheduler.get_last_lr()[0]:g}")
# --8<-- [end:floor]
assert math.isclose(scheduler.get_last_lr()[0], 0.001)

# --8<-- [start:range-test]
low, high, batches = 1e-6, 1.0, 100
gamma = (high / low) ** (1 / (batches - 1))
optimizer, scheduler = scheduled(lr=low, gamma=gamma)
for batch in range(batches):
    if batch % 33 == 0:
        print(f"batch {batch:>2}: {optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
# --8<-- [end:range-test]
assert math.isclose(exponential_lr(99, low, scheduler.gamma), 1.0)

# --8<-- [start:unchecked]
for gamma in (0, -0.5):
    optimizer, scheduler = scheduled(lr=1.0, gamma=gamma)
    used = []
    for _ in range(4):
        used.append(f"{optimizer.param_groups[0]['lr']:g}")
        advance(optimizer, scheduler)
    print(f"gamma={gamma}:", *used)
try:
    scheduled(lr=1.0)
except TypeError as error:
    print("TypeError:", error)
# --8<-- [end:unchecked]
assert used == ["1", "-0.5", "0.25", "-0.125"]
optimizer, scheduler = scheduled(lr=0.1, gamma=0.5)
optimizer.param_groups[0]["lr"] = 0.8
advance(optimizer, scheduler)
assert scheduler.get_last_lr() == [0.4]
plt.show()

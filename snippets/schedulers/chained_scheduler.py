# --8<-- [start:from-scratch]
import itertools
import math
import re

import matplotlib.pyplot as plt
import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import ChainedScheduler


def chained_scheduler(step, base_lr, factors):
    """factors: functions of the step, one for each scheduler."""
    for factor in factors:
        base_lr = base_lr * factor(step)
    return base_lr
# --8<-- [end:from-scratch]


# --8<-- [start:equal-run]
def optimizer_with(lr):
    return torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used


def chained(lr, *makers):
    optimizer = optimizer_with(lr)
    return optimizer, ChainedScheduler([make(optimizer) for make in makers])
# --8<-- [end:equal-run]


# --8<-- [start:equal]
kinds = {  # how torch builds it, and its factor
    "constant": (lambda o: lr_scheduler.ConstantLR(o, 0.1, total_iters=20),
                 lambda s: 0.1 if s < 20 else 1.0),
    "linear": (lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=50),
               lambda s: 0.2 + 0.8 * min(s, 50) / 50),
    "step": (lambda o: lr_scheduler.StepLR(o, 30, gamma=0.5),
             lambda s: 0.5 ** (s // 30)),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.99),
                    lambda s: 0.99**s),
    "polynomial": (lambda o: lr_scheduler.PolynomialLR(o, 150, power=2),
                   lambda s: (1 - min(s, 150) / 150) ** 2)}
worst, compared = 0.0, 0
for names in itertools.permutations(kinds, 3):
    lrs = run(*chained(0.05, *(kinds[name][0] for name in names)), 200)
    factors = [kinds[name][1] for name in names]
    for step, lr in enumerate(lrs):
        ours = chained_scheduler(step, 0.05, factors)
        worst, compared = max(worst, abs(lr - ours)), compared + 1
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 60 * 200 and worst < 1e-13


# --8<-- [start:table]
def low(optimizer):
    return lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=20)


def decay(optimizer):
    return lr_scheduler.ExponentialLR(optimizer, gamma=0.9)


alone = [run(it, make(it), 24) for make in (low, decay)
         for it in [optimizer_with(0.05)]]
both = run(*chained(0.05, low, decay), 24)
print("epoch  ConstantLR  ExponentialLR  both")
for epoch in (0, 1, 2, 19, 20, 21):
    a, b = (lrs[epoch] for lrs in alone)
    print(f"{epoch:>5}  {a:<10.4g}  {b:<13.4g}  {both[epoch]:.4g}")
# --8<-- [end:table]
for epoch in range(24):
    assert math.isclose(both[epoch], alone[0][epoch] * alone[1][epoch] / 0.05)

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for lrs, look, label in ((alone[0], "C1--", "ConstantLR"),
                         (alone[1], "C2:", "ExponentialLR"),
                         (both, "C0", "both")):
    axes.step(range(24), lrs, look, where="post", label=label)
axes.set(xlabel="epoch", ylabel="learning rate", yscale="log")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert math.isclose(both[20], alone[1][20]) and both[20] / both[19] > 8.9

# --8<-- [start:once]
optimizer, scheduler = chained(0.05, low, decay)
print(f"built: {optimizer.param_groups[0]['lr']:g}")
print("has last_epoch:", hasattr(scheduler, "last_epoch"))
print("of its parts:", [part.last_epoch for part in scheduler._schedulers])
# --8<-- [end:once]
# --8<-- [start:resume]
optimizer, scheduler = chained(0.05, low, decay)
run(optimizer, scheduler, 15)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = chained(0.05, low, decay)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
assert run(resumed, its_scheduler, 60) == run(optimizer, scheduler, 60)
print(*checkpoint[1], "with the states of", len(checkpoint[1]["_schedulers"]))
# --8<-- [end:resume]

# --8<-- [start:manual]
manual = re.findall(r"lr = (\S+)\s+if epoch == (\d+)", ChainedScheduler.__doc__)
print("epoch  documented  run with 0.05  run with 0.5")
larger = run(*chained(0.5, low, decay), 24)
for written, epoch in manual:
    right, wrong = both[int(epoch)], larger[int(epoch)]
    print(f"{epoch:>5}  {written:<10}  {right:<13.4g}  {wrong:.4g}")
# --8<-- [end:manual]
assert len(manual) == 6 and "optimizer uses lr = 0.05" in ChainedScheduler.__doc__
for written, epoch in manual:
    assert math.isclose(float(written), 10 * both[int(epoch)], rel_tol=2e-3)

# --8<-- [start:overwrite]
def halves(optimizer):
    return lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)


for makers in ([decay, halves], [halves, decay]):
    names = [make.__name__ for make in makers]
    lrs = run(*chained(1.0, *makers), 5)
    print(*(f"{lr:.4f}" for lr in lrs), names)
print(*(f"{0.9**s * 0.5**s:.4f}" for s in range(5)), "the product")
# --8<-- [end:overwrite]

# --8<-- [start:cosine]
for eta_min in (0.0, 0.1):
    def cosine(optimizer, eta_min=eta_min):
        return lr_scheduler.CosineAnnealingLR(optimizer, 4, eta_min)

    alone = optimizer_with(1.0)
    alone = run(alone, cosine(alone), 7)
    lrs = run(*chained(1.0, cosine, decay), 7)
    print(f"eta_min={eta_min}")
    print("  chained ", *(f"{lr:.4f}" for lr in lrs))
    print("  product ", *(f"{lr * 0.9**s:.4f}" for s, lr in enumerate(alone)))
# --8<-- [end:cosine]

# --8<-- [start:by-hand]
optimizer = optimizer_with(0.05)
first, second = low(optimizer), decay(optimizer)
lrs = []
for _ in range(24):
    lrs.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    first.step()
    second.step()
print("the same as ChainedScheduler:", lrs == both)
# --8<-- [end:by-hand]
assert lrs == both

plt.show()

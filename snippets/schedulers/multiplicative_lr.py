# --8<-- [start:from-scratch]
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR


def multiplicative_lr(step, base_lr, lr_lambda):
    return base_lr * math.prod(lr_lambda(i) for i in range(1, step + 1))
# --8<-- [end:from-scratch]


# --8<-- [start:loop]
def scheduled(lr_lambda, lr=1.0, kind=MultiplicativeLR):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, kind(optimizer, lr_lambda)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # stands for the training of one epoch
        scheduler.step()
# --8<-- [end:loop]


# --8<-- [start:factors]
def constant(epoch):
    return 0.99


def by_season(epoch):
    return 0.9 if epoch % 10 else 2.0


def target(epoch):
    return 1 / (1 + epoch / 20)


def ratio(epoch):
    return target(epoch) / target(epoch - 1)
# --8<-- [end:factors]


# --8<-- [start:equal]
worst = 0.0
for factor in (constant, by_season, ratio):
    optimizer, scheduler = scheduled(factor)
    for epoch in range(500):
        ours = multiplicative_lr(epoch, 1.0, factor)
        worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
        advance(optimizer, scheduler)
print(f"1500 values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

# --8<-- [start:table]
asked = []


def doubled(epoch):
    asked.append(epoch)
    return 2.0


optimizer, scheduler = scheduled(doubled)
print("built, asked for", asked)
for epoch in range(4):
    print(f"epoch {epoch}: {optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
print("asked for", asked)
# --8<-- [end:table]
assert asked == [1, 2, 3, 4] and optimizer.param_groups[0]["lr"] == 16

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
looks = {"C0": constant, "C1--": by_season, "C2:": ratio}
for look, factor in looks.items():
    lrs = [multiplicative_lr(epoch, 1.0, factor) for epoch in range(60)]
    axes.plot(lrs, look, label=factor.__name__)
axes.set(xlabel="epoch", ylabel="lr / base lr")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert all(math.isclose(lr, target(epoch)) for epoch, lr in enumerate(lrs))
season = [multiplicative_lr(epoch, 1.0, by_season) for epoch in range(60)]
assert math.isclose(season[10] / season[0], 2 * 0.9**9) and season[10] < season[0]
assert math.isclose(season[0] * 0.9**9, season[9]) and math.isclose(2 * 0.9**9, 0.775, abs_tol=5e-4)

# --8<-- [start:resume]
optimizer, scheduler = scheduled(by_season)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(by_season)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
for _ in range(45, 100):
    assert resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("epochs 45 to 99 again, the same values")
# --8<-- [end:resume]

# --8<-- [start:scheduler-alone]
optimizer, scheduler = scheduled(lambda epoch: 0.5)
advance(optimizer, scheduler, 3)
resumed, its_scheduler = scheduled(lambda epoch: 0.5)
its_scheduler.load_state_dict(scheduler.state_dict())  # and not the optimizer's
advance(optimizer, scheduler)
advance(resumed, its_scheduler)
print("epoch 4:", *scheduler.get_last_lr(), "and", *its_scheduler.get_last_lr())
# --8<-- [end:scheduler-alone]
assert scheduler.get_last_lr() == [0.0625] and its_scheduler.get_last_lr() == [0.5]

# --8<-- [start:new-function]
plans = {
    MultiplicativeLR: (lambda epoch: 0.5, lambda epoch: 0.9),
    LambdaLR: (lambda epoch: 0.5**epoch, lambda epoch: 0.9**epoch),
}
for kind, (before, after) in plans.items():
    optimizer, scheduler = scheduled(before, kind=kind)
    advance(optimizer, scheduler, 3)
    resumed, its_scheduler = scheduled(after, kind=kind)
    resumed.load_state_dict(optimizer.state_dict())
    its_scheduler.load_state_dict(scheduler.state_dict())
    advance(resumed, its_scheduler)
    old, new = scheduler.get_last_lr()[0], its_scheduler.get_last_lr()[0]
    print(f"{kind.__name__:<16}  {old:.4f} → {new:.4f}")
# --8<-- [end:new-function]
assert old == 0.125 and math.isclose(new, 0.9**4)

# --8<-- [start:power]
print("epoch  0.95      0.95**epoch")
for epoch in (0, 1, 2, 5, 10, 20):
    right = multiplicative_lr(epoch, 1.0, lambda epoch: 0.95)
    wrong = multiplicative_lr(epoch, 1.0, lambda epoch: 0.95**epoch)
    print(f"{epoch:>5}  {right:.6f}  {wrong:.6f}")
    assert math.isclose(wrong, 0.95 ** (epoch * (epoch + 1) / 2))
# --8<-- [end:power]
assert wrong < 2.2e-5

# --8<-- [start:zero]
optimizer, scheduler = scheduled(lambda epoch: 0.0 if epoch == 2 else 1.1)
used = []
for _ in range(6):
    used.append(round(optimizer.param_groups[0]["lr"], 2))
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:zero]
assert used == [1.0, 1.1, 0.0, 0.0, 0.0, 0.0]

# --8<-- [start:with-epoch]
optimizer, scheduler = scheduled(lambda epoch: 0.5)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(2):
        optimizer.step()
        scheduler.step(5)
        print(f"step(5): {scheduler.get_last_lr()[0]}")
# --8<-- [end:with-epoch]
assert len(caught) == 2 and multiplicative_lr(5, 1.0, lambda epoch: 0.5) == 0.03125

# --8<-- [start:not-a-function]
for kind in (MultiplicativeLR, LambdaLR):
    try:
        scheduled(0.95, kind=kind)
    except TypeError as error:
        print(f"{kind.__name__}: {error}")
# --8<-- [end:not-a-function]
optimizer, scheduler = scheduled(lambda epoch: 0.5)
optimizer.param_groups[0]["lr"] = 0.8
advance(optimizer, scheduler)
assert scheduler.get_last_lr() == [0.4]
optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
try:
    advance(optimizer, scheduler)
except ValueError as error:
    assert str(error) == "zip() argument 2 is longer than argument 1"
plt.show()

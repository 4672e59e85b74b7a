# --8<-- [start:from-scratch]
import math
import pickle
from functools import partial

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR, StepLR


def lambda_lr(step, base_lr, lr_lambda):
    return base_lr * lr_lambda(step)
# --8<-- [end:from-scratch]


# --8<-- [start:recipes]
class InverseSquareRoot:
    """Up in a straight line for warmup steps, then down as 1 / √t."""

    def __init__(self, warmup):
        self.warmup = warmup

    def __call__(self, step):
        t = step + 1
        return min(t / self.warmup, math.sqrt(self.warmup / t))


def linear(step, warmup=100, total=1000):
    return min((step + 1) / warmup, (total - step) / (total - warmup))


def cosine(step, warmup=100, total=1000):
    done = max(step + 1 - warmup, 0) / (total - warmup)
    return min((step + 1) / warmup, (1 + math.cos(math.pi * done)) / 2)
# --8<-- [end:recipes]


# --8<-- [start:equal]
def scheduled(lr_lambda, lr=0.1, kind=LambdaLR, groups=1):
    params = [torch.nn.Parameter(torch.zeros(1)) for _ in range(groups)]
    optimizer = torch.optim.SGD([{"params": [p]} for p in params], lr=lr)
    return optimizer, kind(optimizer, lr_lambda)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()
        scheduler.step()


worst, compared = 0.0, 0
for factor in (InverseSquareRoot(100), linear, cosine, lambda step: 0.95**step):
    optimizer, scheduler = scheduled(factor)
    for step in range(1000):
        lr = optimizer.param_groups[0]["lr"]
        worst = max(worst, abs(lr - lambda_lr(step, 0.1, factor)))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest difference {worst}")
# --8<-- [end:equal]
assert compared == 4000 and worst == 0

# --8<-- [start:table]
for kind in (LambdaLR, MultiplicativeLR):
    optimizer, scheduler = scheduled(lambda epoch: 2, lr=1.0, kind=kind)
    used = []
    for _ in range(4):
        used.append(f"{optimizer.param_groups[0]['lr']:g}")
        advance(optimizer, scheduler)
    print(f"{kind.__name__:<16}", *used)
# --8<-- [end:table]
assert used == ["1", "2", "4", "8"]

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
recipes = {"C0": InverseSquareRoot(100), "C1--": linear, "C2:": cosine}
names = ["inverse square root", "linear", "cosine"]
for (look, factor), name in zip(recipes.items(), names, strict=True):
    lrs = [lambda_lr(step, 1.0, factor) for step in range(1000)]
    axes.plot(lrs, look, label=name)
axes.set(xlabel="step", ylabel="lr / base lr")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert all(factor(99) == max(map(factor, range(1000))) == 1 for factor in recipes.values())
assert all(math.isclose(factor(0), 0.01) for factor in recipes.values())
assert linear(999) < 0.0012 and cosine(999) == 0 and math.isclose(InverseSquareRoot(100)(399), 0.5)


# --8<-- [start:noam]
def noam(step, d_model=512, warmup=4000):
    t = step + 1
    return d_model**-0.5 * min(t**-0.5, t * warmup**-1.5)


peak = (512 * 4000) ** -0.5
top = max(range(20_000), key=noam)
print(f"largest in step {top}: {noam(top):.6f}, formula {peak:.6f}")
ours = partial(lambda_lr, base_lr=peak, lr_lambda=InverseSquareRoot(4000))
same = all(math.isclose(noam(s), ours(s)) for s in range(20_000))
print("the same as the recipe from that learning rate:", same)
# --8<-- [end:noam]
assert same and top == 3999 and math.isclose(noam(3999), peak)

# --8<-- [start:resume]
optimizer, scheduler = scheduled(InverseSquareRoot(100))
advance(optimizer, scheduler, 450)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(InverseSquareRoot(7))  # 7 will not survive
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
for _ in range(450, 1000):
    assert resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("the same values again, with", vars(its_scheduler.lr_lambdas[0]))
# --8<-- [end:resume]
assert its_scheduler.lr_lambdas[0].warmup == 100
optimizer, scheduler = scheduled(InverseSquareRoot(100))
scheduler.load_state_dict(checkpoint[1])  # without the optimizer's state
assert math.isclose(optimizer.param_groups[0]["lr"], 0.001)
advance(optimizer, scheduler)
assert optimizer.param_groups[0]["lr"] == lambda_lr(451, 0.1, InverseSquareRoot(100))

# --8<-- [start:saved]
kinds = {
    "a lambda": lambda step: 0.5,
    "a function": linear,
    "an object": InverseSquareRoot(100),
    "a partial": partial(linear, warmup=50),
}
for name, factor in kinds.items():
    print(f"{name:<10}", scheduled(factor)[1].state_dict()["lr_lambdas"])
# --8<-- [end:saved]
old = scheduled(kinds["a partial"])[1].state_dict()
optimizer, scheduler = scheduled(partial(linear, warmup=200))
scheduler.load_state_dict(old)
assert scheduler.lr_lambdas[0].keywords == {"warmup": 200}
try:
    scheduled(math.exp)[1].state_dict()
except AttributeError as error:
    assert "has no attribute '__dict__'" in str(error)

# --8<-- [start:pickle]
scheduler = scheduled(lambda step: 0.5)[1]
pickle.dumps(scheduler.state_dict())
print("the state: saved")
try:
    pickle.dumps(scheduler)
except (pickle.PicklingError, AttributeError) as error:
    print("the scheduler:", type(error).__name__)
# --8<-- [end:pickle]

# --8<-- [start:not-a-factor]
optimizer, scheduler = scheduled(lambda epoch: 0.1 if epoch < 5 else 0.01)
print(f"epoch 0: {scheduler.get_last_lr()[0]:g}")
# --8<-- [end:not-a-factor]
assert math.isclose(scheduler.get_last_lr()[0], 0.01)

# --8<-- [start:zero]
optimizer, scheduler = scheduled(lambda epoch: epoch // 30, lr=0.05)
for epoch in range(100):
    if epoch in (0, 29, 30, 60, 90):
        print(f"epoch {epoch:>2}: {scheduler.get_last_lr()[0]:g}")
    advance(optimizer, scheduler)
# --8<-- [end:zero]
assert math.isclose(scheduler.get_last_lr()[0], 0.15)

# --8<-- [start:groups]
late = [lambda epoch: decay**epoch for decay in (0.9, 0.5)]  # noqa: B023
early = [partial(pow, decay) for decay in (0.9, 0.5)]
for name, factors in (("decay looked up late", late), ("decay bound", early)):
    optimizer, scheduler = scheduled(factors, lr=1.0, groups=2)
    advance(optimizer, scheduler)
    print(f"{name:<21}", *scheduler.get_last_lr())
# --8<-- [end:groups]
assert scheduler.get_last_lr() == [0.9, 0.5]

# --8<-- [start:new-group]
optimizer, scheduler = scheduled(lambda epoch: 0.9**epoch)
optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
try:
    advance(optimizer, scheduler)
except ValueError as error:
    print("ValueError:", error)
# --8<-- [end:new-group]
try:
    scheduled([lambda epoch: 1.0], groups=2)
except ValueError as error:
    assert str(error) == "Expected 2 lr_lambdas, but got 1"

# --8<-- [start:initial-lr]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
StepLR(optimizer, step_size=30)  # the first scheduler notes initial_lr
group = optimizer.param_groups[0]
group["lr"] = 0.01
LambdaLR(optimizer, lambda epoch: 1.0)
print("as built:", group["lr"])
group["lr"] = group["initial_lr"] = 0.01
LambdaLR(optimizer, lambda epoch: 1.0)
print("both set:", group["lr"])
# --8<-- [end:initial-lr]
assert group["lr"] == 0.01
plt.show()

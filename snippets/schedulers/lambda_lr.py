# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import LambdaLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1))
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:.3f}" for lr in lrs] == ["0.100", "0.050", "0.033", "0.025", "0.020"], (
    "with the function 1 / (s + 1) of the epoch s")

# --8<-- [start:imports]
import math
import pickle
from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import MultiplicativeLR, StepLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(groups)]
    optimizer = torch.optim.SGD([{"params": [weight]} for weight in weights], lr=lr)
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
assert worst == 0, "it is the same multiplication, so the difference is zero"
recipes = {"inverse square root": InverseSquareRoot(100), "linear": linear, "cosine": cosine}
for factor in recipes.values():
    highest = max(range(1000), key=factor)
    assert highest == 100 - 1, "all reach 1 in step warmup - 1"
    assert factor(highest) == 1, "so the optimizer's lr is the largest learning rate of the run"
    assert math.isclose(factor(0), 0.01), "all start at 0.01, not at 0"
asked = []
scheduled(lambda step: asked.append(step) or 1.0)
assert asked == [0], "it is already called for s = 0 when the scheduler is built"

# --8<-- [start:table]
print("scheduler       ", *(f" step {step}" for step in range(4)))
for kind in (LambdaLR, MultiplicativeLR):
    optimizer, scheduler = scheduled(lambda epoch: 2, lr=1.0, kind=kind)
    used = []
    for _ in range(4):
        used.append(f"{optimizer.param_groups[0]['lr']:g}")
        advance(optimizer, scheduler)
    print(f"{kind.__name__:<16}", *(f" {lr:<6}" for lr in used))
# --8<-- [end:table]
doubled = {}
for kind in (LambdaLR, MultiplicativeLR):
    optimizer, scheduler = scheduled(lambda epoch: 2, lr=1.0, kind=kind)
    advance(optimizer, scheduler, 3)
    doubled[kind] = optimizer.param_groups[0]["lr"]
assert doubled[LambdaLR] == 1 * 2, "LambdaLR multiplies the initial learning rate"
assert doubled[MultiplicativeLR] == 1 * 2**3, "MultiplicativeLR multiplies the previous one"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for name, look, factor in (
    ("inverse square root", "C0", InverseSquareRoot(100)),
    ("linear", "C1--", linear),
    ("cosine", "C2:", cosine),
):
    lrs = [lambda_lr(step, 1.0, factor) for step in range(1000)]
    axes.plot(lrs, look, label=name)
axes.set(xlabel="step", ylabel="lr / base lr")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert round(InverseSquareRoot(100)(999), 1) == 0.3, "the inverse square root flattens near 0.3"
assert round(linear(999), 2) == 0, "the straight line reaches zero at the end"
assert cosine(999) == 0, "so does the cosine"


# --8<-- [start:noam]
def noam(step, d_model=512, warmup=4000):
    t = step + 1
    return d_model**-0.5 * min(t**-0.5, t * warmup**-1.5)


peak = (512 * 4000) ** -0.5
top = max(range(20_000), key=noam)
print(f"largest in step {top}: {noam(top):.6f}, formula {peak:.6f}")
recipe = InverseSquareRoot(4000)
same = all(math.isclose(noam(step), peak * recipe(step)) for step in range(20_000))
print("the same as the recipe from that learning rate:", same)
# --8<-- [end:noam]
assert same, "divide by the peak, and InverseSquareRoot is left"
assert top + 1 == 4000, "it is largest where t = w"
assert math.isclose(noam(3999), peak), "there η = (d w)^{−1/2}"
longer = noam(7999, warmup=8000)
assert longer < peak, "a longer warm-up also makes it smaller"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(InverseSquareRoot(100))
advance(optimizer, scheduler, 450)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(InverseSquareRoot(7))  # 7 will not survive
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = []
for _ in range(450, 1000):
    same.append(resumed.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"])
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("the same values again:", all(same))
print("with", vars(its_scheduler.lr_lambdas[0]))
# --8<-- [end:resume]
assert all(same), "build everything as in the first run, then load both states"
assert its_scheduler.lr_lambdas[0].warmup == 100, "the attributes of a callable object are saved: 7 does not survive"
right = [lambda_lr(step, 0.1, InverseSquareRoot(100)) for step in range(452)]
optimizer, scheduler = scheduled(InverseSquareRoot(100))
scheduler.load_state_dict(checkpoint[1])  # without the optimizer's state
assert optimizer.param_groups[0]["lr"] != right[450], "without the optimizer's state it would be wrong"
advance(optimizer, scheduler)
assert optimizer.param_groups[0]["lr"] == right[451], "only until the next step()"
optimizer, scheduler = scheduled(InverseSquareRoot(100))
optimizer.load_state_dict(checkpoint[0])
LambdaLR(optimizer, InverseSquareRoot(100), last_epoch=449)
assert optimizer.param_groups[0]["lr"] == right[450], "with last_epoch it comes out right too"

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
assert scheduler.lr_lambdas[0].keywords == {"warmup": 200}, "resume with another warmup in it, and the new one is used"
assert old["lr_lambdas"] == [{}], "nothing of a partial"
try:
    scheduled(math.exp)[1].state_dict()
except AttributeError as error:
    assert "has no attribute '__dict__'" in str(error), "a function written in C has no __dict__"

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
assert math.isclose(scheduler.get_last_lr()[0], 0.1 / 10), "my learning rate is ten times too small"

# --8<-- [start:zero]
optimizer, scheduler = scheduled(lambda epoch: epoch // 30, lr=0.05)
print("epoch  learning rate")
for epoch in range(100):
    if epoch in (0, 29, 30, 60, 90):
        print(f"{epoch:<5}  {scheduler.get_last_lr()[0]:g}")
    advance(optimizer, scheduler)
# --8<-- [end:zero]
assert all(lambda_lr(epoch, 0.05, lambda epoch: epoch // 30) == 0 for epoch in range(30)), "it is zero for 30 epochs"
assert scheduler.get_last_lr()[0] > 0.05, "and rises afterwards"
assert "epoch // 30" in LambdaLR.__doc__, "the documentation's own example, epoch // 30"

# --8<-- [start:groups]
late = [lambda epoch: decay**epoch for decay in (0.9, 0.5)]  # noqa: B023
early = [partial(pow, decay) for decay in (0.9, 0.5)]
for name, factors in (("decay looked up late", late), ("decay bound", early)):
    optimizer, scheduler = scheduled(factors, lr=1.0, groups=2)
    advance(optimizer, scheduler)
    print(f"{name:<21}", *scheduler.get_last_lr())
# --8<-- [end:groups]
assert scheduler.get_last_lr() == [0.9, 0.5], "partial binds the value"

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
    assert str(error) == "Expected 2 lr_lambdas, but got 1", "one group too few or too many is noticed"

# --8<-- [start:initial-lr]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
StepLR(optimizer, step_size=30)  # the first scheduler notes initial_lr
group = optimizer.param_groups[0]
used = []
for names in (["lr"], ["lr", "initial_lr"]):
    for name in names:
        group[name] = 0.01
    LambdaLR(optimizer, lambda epoch: 1.0)
    used.append(group["lr"])
    print("set:", *names, "→ the learning rate is", group["lr"])
# --8<-- [end:initial-lr]
assert used[0] == 0.1, "I lowered lr and built a new LambdaLR, and the old one is back"
assert used[1] == 0.01, "LambdaLR starts from initial_lr"
plt.show()

# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import MultiplicativeLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = MultiplicativeLR(optimizer, lambda epoch: 0.5)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.1", "0.05", "0.025", "0.0125", "0.00625"], (
    "with a function that always returns 0.5, each epoch has half of what the one before had")

# --8<-- [start:imports]
import math
import warnings

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LambdaLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def multiplicative_lr(step, base_lr, lr_lambda):
    return base_lr * math.prod(lr_lambda(i) for i in range(1, step + 1))
# --8<-- [end:from-scratch]


# --8<-- [start:loop]
def scheduled(lr_lambda, lr=1.0, kind=MultiplicativeLR):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, kind(optimizer, lr_lambda)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # in place of the training of one epoch
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
worst, compared = 0.0, 0
for factor in (constant, by_season, ratio):
    optimizer, scheduler = scheduled(factor)
    for epoch in range(500):
        ours = multiplicative_lr(epoch, 1.0, factor)
        worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 3 * 500, "three factors, each over 500 epochs"
assert worst < 5e-13, "largest relative difference 0.000000000000"

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
assert asked == [1, 2, 3, 4], "the product starts at i = 1"
assert 0 not in asked, "f(0) is never called"
asked_by_lambda = []
optimizer, scheduler = scheduled(lambda epoch: asked_by_lambda.append(epoch) or 2.0, kind=LambdaLR)
lambda_lrs = []
for _ in range(4):
    lambda_lrs.append(optimizer.param_groups[0]["lr"])
    advance(optimizer, scheduler)
assert lambda_lrs == [2, 2, 2, 2], "LambdaLR with the same function gives 2, 2, 2, 2"
assert asked_by_lambda[0] == 0, "LambdaLR asks for epoch 0 too"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
looks = {"C0": constant, "C1--": by_season, "C2:": ratio}
for look, factor in looks.items():
    lrs = [multiplicative_lr(epoch, 1.0, factor) for epoch in range(60)]
    axes.plot(lrs, look, label=factor.__name__)
axes.set(xlabel="epoch", ylabel="lr / base lr")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert all(math.isclose(lr, target(epoch)) for epoch, lr in enumerate(lrs)), "the dotted curve: η_s = η_0 g(s) / g(0)"
assert round(lrs[-1], 2) == 0.25, "it falls like one over time to about 0.25"
assert round(multiplicative_lr(59, 1.0, constant), 2) == 0.55, "a smooth decay from 1 to about 0.55"
season = [multiplicative_lr(epoch, 1.0, by_season) for epoch in range(60)]
assert math.isclose(season[10] / season[0], 2 * 0.9**9), "one season multiplies by 2 · 0.9⁹"
assert round(2 * 0.9**9, 3) == 0.775, "one season of the saw tooth multiplies by 2 · 0.9^9 = 0.775"
assert season[0] > season[10] > season[20], "its peaks decay"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(by_season)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(by_season)
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

# --8<-- [start:scheduler-alone]
optimizer, scheduler = scheduled(lambda epoch: 0.5)
advance(optimizer, scheduler, 3)
resumed, its_scheduler = scheduled(lambda epoch: 0.5)
its_scheduler.load_state_dict(scheduler.state_dict())  # and not the optimizer's
advance(optimizer, scheduler)
advance(resumed, its_scheduler)
print("epoch 4:", *scheduler.get_last_lr(), "and", *its_scheduler.get_last_lr())
# --8<-- [end:scheduler-alone]
assert its_scheduler.get_last_lr()[0] == 8 * scheduler.get_last_lr()[0], "it is eight times too large"
for _ in range(20):
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
assert its_scheduler.get_last_lr()[0] == 8 * scheduler.get_last_lr()[0], "it stays eight times too large to the end"
optimizer, scheduler = scheduled(lambda epoch: 0.5**epoch, kind=LambdaLR)
advance(optimizer, scheduler, 3)
resumed, its_scheduler = scheduled(lambda epoch: 0.5**epoch, kind=LambdaLR)
its_scheduler.load_state_dict(scheduler.state_dict())
advance(resumed, its_scheduler)
assert its_scheduler.get_last_lr() == [0.5**4], "LambdaLR would be right from the next call on"

# --8<-- [start:new-function]
plans = {
    MultiplicativeLR: (lambda epoch: 0.5, lambda epoch: 0.9),
    LambdaLR: (lambda epoch: 0.5**epoch, lambda epoch: 0.9**epoch),
}
changes = {}
print("scheduler         before  after one call")
for kind, (before, after) in plans.items():
    optimizer, scheduler = scheduled(before, kind=kind)
    advance(optimizer, scheduler, 3)
    resumed, its_scheduler = scheduled(after, kind=kind)
    resumed.load_state_dict(optimizer.state_dict())
    its_scheduler.load_state_dict(scheduler.state_dict())
    advance(resumed, its_scheduler)
    old, new = scheduler.get_last_lr()[0], its_scheduler.get_last_lr()[0]
    print(f"{kind.__name__:<16}  {old:.4f}  {new:.4f}")
    changes[kind] = old, new
# --8<-- [end:new-function]
assert math.isclose(changes[MultiplicativeLR][1], 0.125 * 0.9), "the past keeps its factors"
assert math.isclose(changes[LambdaLR][1], 0.9**4), "LambdaLR applies the new function to the whole run"
assert changes[LambdaLR][1] > changes[LambdaLR][0], "and jumps"

# --8<-- [start:power]
print("epoch  0.95      0.95**epoch")
for epoch in (0, 1, 2, 5, 10, 20):
    right = multiplicative_lr(epoch, 1.0, lambda epoch: 0.95)
    wrong = multiplicative_lr(epoch, 1.0, lambda epoch: 0.95**epoch)
    print(f"{epoch:<5}  {right:.6f}  {wrong:.6f}")
# --8<-- [end:power]
for epoch in range(50):
    wrong = multiplicative_lr(epoch, 1.0, lambda epoch: 0.95**epoch)
    assert math.isclose(wrong, 0.95 ** (epoch * (epoch + 1) / 2)), "the powers are multiplied: 0.95^{s(s+1)/2}"
optimizer, scheduler = scheduled(lambda epoch: 0.95)
advance(optimizer, scheduler, 20)
ours = 1.0 * 0.95**20
assert math.isclose(scheduler.get_last_lr()[0], ours), "return the constant 0.95, or take ExponentialLR with gamma=0.95"

# --8<-- [start:zero]
optimizer, scheduler = scheduled(lambda epoch: 0.0 if epoch == 2 else 1.1)
used = []
for _ in range(6):
    used.append(round(optimizer.param_groups[0]["lr"], 2))
    advance(optimizer, scheduler)
print(*used)
# --8<-- [end:zero]
assert used[2:] == [0.0] * 4, "once, and the learning rate is zero for ever"

# --8<-- [start:with-epoch]
optimizer, scheduler = scheduled(lambda epoch: 0.5)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(2):
        optimizer.step()
        scheduler.step(5)
        print(f"step(5): {scheduler.get_last_lr()[0]}")
# --8<-- [end:with-epoch]
assert scheduler.last_epoch == 5, "it sets the count to 5"
assert scheduler.get_last_lr() == [0.5**2], "and multiplies once, by f(5), in every such call"
assert multiplicative_lr(5, 1.0, lambda epoch: 0.5) == 0.03125, "epoch 5 of this plan has 0.5^5 = 0.03125"
assert len(caught) == 2, "both calls also warn"
assert "deprecated" in str(caught[0].message), "that the argument is deprecated"

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
assert scheduler.get_last_lr() == [0.4], "when something else moves the learning rate too, it keeps that change"
optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
try:
    advance(optimizer, scheduler)
except ValueError as error:
    assert str(error) == "zip() argument 2 is longer than argument 1", "a parameter group added later gives an error"
plt.show()

# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import ExponentialLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = ExponentialLR(optimizer, gamma=0.9)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:.4f}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:.4f}" for lr in lrs] == ["0.1000", "0.0900", "0.0810", "0.0729", "0.0656"], (
    "with gamma=0.9 each epoch has 0.9 times what the one before had")

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LambdaLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def exponential_lr(step, base_lr, gamma):
    return base_lr * gamma**step
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(lr=0.1, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    return optimizer, ExponentialLR(optimizer, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()  # in place of the training of one epoch
        scheduler.step()


worst, compared = 0.0, 0
for gamma in (0.5, 0.9, 0.95, 1.0, 1.05):
    optimizer, scheduler = scheduled(gamma=gamma)
    for epoch in range(1000):
        ours = exponential_lr(epoch, 0.1, gamma)
        worst = max(worst, abs(optimizer.param_groups[0]["lr"] / ours - 1))
        advance(optimizer, scheduler)
        compared += 1
print(f"{compared} values, largest relative difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 5 * 1000, "five values of gamma, each over 1000 epochs"
assert worst < 5e-13, "largest relative difference 0.000000000000"

# --8<-- [start:table]
optimizer, scheduler = scheduled(lr=0.1, gamma=0.95)
print("epoch  learning rate")
for epoch in range(101):
    if epoch in (0, 1, 2, 10, 14, 50, 100):
        print(f"{epoch:<5}  {optimizer.param_groups[0]['lr']:.6f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
figures = {gamma: exponential_lr(40, 1.0, gamma) for gamma in (0.99, 0.95, 0.9)}
assert min(figures, key=figures.get) == 0.9, "the smallest gamma falls fastest"

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
print("gamma  half-life  0.69 / (1 - gamma)  after 100  sum of lr / base lr")
for gamma in (0.9, 0.95, 0.99, 0.999):
    half_life = math.log(0.5) / math.log(gamma)
    estimate = 0.69 / (1 - gamma)
    after = exponential_lr(100, 1.0, gamma)
    total = sum(exponential_lr(epoch, 1.0, gamma) for epoch in range(20_000))
    print(f"{gamma:<5}  {half_life:<9.1f}  {estimate:<18.1f}  {after:<9.5f}"
          f"  {total:.0f}")
# --8<-- [end:half-life]
for gamma in (0.9, 0.95, 0.99, 0.999):
    half_life = math.log(2) / -math.log(gamma)
    assert math.isclose(exponential_lr(half_life, 1.0, gamma), 0.5), "after h epochs the learning rate is halved"
    lrs = (exponential_lr(epoch, 1.0, gamma) for epoch in range(20_000))
    assert math.isclose(sum(lrs), 1 / (1 - gamma), rel_tol=1e-6), (
        "the whole run holds as much learning rate as 1 / (1 − γ) epochs at the start")
assert round(math.log(2), 2) == 0.69, "ln 2 is 0.69"
assert exponential_lr(20, 1.0, 0.9) > 0.1, "with 0.9 a run of 20 epochs keeps more than a tenth"
assert exponential_lr(200, 1.0, 0.9) < 1e-9, "after 200 less than a billionth is left"

# --8<-- [start:wanted]
first, last, epochs = 0.1, 0.001, 90
gamma = (last / first) ** (1 / (epochs - 1))
optimizer, scheduler = scheduled(lr=first, gamma=gamma)
advance(optimizer, scheduler, epochs - 1)
print(f"gamma = {gamma:.6f}, last epoch: {scheduler.get_last_lr()[0]:.6f}")
# --8<-- [end:wanted]
assert math.isclose(scheduler.get_last_lr()[0], last), "γ = (η_{S−1} / η_0)^{1 / (S − 1)} ends at the wanted value"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(gamma=0.95)
advance(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(gamma=0.95)
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
optimizer, scheduler = scheduled(gamma=0.95)
scheduler.load_state_dict(checkpoint[1])  # without the optimizer's state
advance(optimizer, scheduler)
assert math.isclose(optimizer.param_groups[0]["lr"], 0.1 * 0.95), "without it the run goes on from η_0"
assert scheduler.last_epoch == 46, "although the scheduler knows the epoch"
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
optimizer.load_state_dict(checkpoint[0])
before = optimizer.param_groups[0]["lr"]
ExponentialLR(optimizer, gamma=0.95)
assert optimizer.param_groups[0]["lr"] == before, "building changes no learning rate"
ExponentialLR(optimizer, gamma=0.95, last_epoch=44)
assert math.isclose(optimizer.param_groups[0]["lr"], before), "last_epoch works too"

# --8<-- [start:per-batch]
batches, gamma = 500, 0.95
print("gamma     after one epoch")
for per_call in (gamma, gamma ** (1 / batches)):
    optimizer, scheduler = scheduled(lr=0.1, gamma=per_call)
    advance(optimizer, scheduler, batches)  # one call per batch
    print(f"{per_call:.6f}  {scheduler.get_last_lr()[0]:.3g}")
# --8<-- [end:per-batch]
assert math.isclose(scheduler.get_last_lr()[0], 0.1 * 0.95), "(γ^{1/B})^B = γ: the two meet at the start of each epoch"

# --8<-- [start:stands-still]
print("steps  moved by")
for epochs in (10, 100, 1000):
    weight = torch.nn.Parameter(torch.tensor([0.0], dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scheduler = ExponentialLR(optimizer, gamma=0.9)
    for _ in range(epochs):
        weight.grad = torch.full_like(weight, -1.0)  # always the same slope
        optimizer.step()
        scheduler.step()
    print(f"{epochs:<5}  {weight.item():.4f}")
# --8<-- [end:stands-still]
assert math.isclose(weight.item(), 0.1 / (1 - 0.9)), "0.1 / (1 − 0.9) = 1 in total"

# --8<-- [start:floor]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = LambdaLR(optimizer, lambda epoch: max(0.9**epoch, 0.01))
advance(optimizer, scheduler, 1000)
print(f"{scheduler.get_last_lr()[0]:g}")
# --8<-- [end:floor]
assert math.isclose(scheduler.get_last_lr()[0], 0.1 / 100), "0.01 is a hundredth of the optimizer's lr"

# --8<-- [start:range-test]
low, high, batches = 1e-6, 1.0, 100
gamma = (high / low) ** (1 / (batches - 1))
optimizer, scheduler = scheduled(lr=low, gamma=gamma)
print("batch  learning rate")
for batch in range(batches):
    if batch % 33 == 0:
        print(f"{batch:<5}  {optimizer.param_groups[0]['lr']:g}")
    advance(optimizer, scheduler)
# --8<-- [end:range-test]
assert math.isclose(exponential_lr(99, low, scheduler.gamma), 1.0), "the last batch has the highest learning rate"

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
assert [lr.startswith("-") for lr in used] == [False, True] * 2, "a negative one climbs the loss in every second"
optimizer, scheduler = scheduled(lr=1.0, gamma=0)
advance(optimizer, scheduler)
assert scheduler.get_last_lr() == [0], "zero ends training after the first epoch"
optimizer, scheduler = scheduled(lr=0.1, gamma=0.5)
optimizer.param_groups[0]["lr"] = 0.8
advance(optimizer, scheduler)
assert scheduler.get_last_lr() == [0.4], "a change from elsewhere is kept"
plt.show()

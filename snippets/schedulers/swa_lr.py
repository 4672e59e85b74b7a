# --8<-- [start:call]
import torch
from torch.optim.swa_utils import SWALR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = SWALR(optimizer, swa_lr=0.5, anneal_epochs=4)
lrs = []
for _ in range(6):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:.3f}" for lr in lrs] == ["0.100", "0.159", "0.300", "0.441", "0.500", "0.500"], (
    "from 0.1 to 0.5 in four calls")

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR
from torch.optim.swa_utils import AveragedModel, update_bn
from torch.utils.data import DataLoader, TensorDataset

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def share(step, anneal_epochs, anneal_strategy):
    """How much of the way is done at a step, from 0 to 1."""
    done = min(1, step / anneal_epochs) if anneal_epochs else 1
    if anneal_strategy == "cos":
        return (1 - math.cos(math.pi * done)) / 2
    return done


def swa_lr(step, base_lr, swa_lr, anneal_epochs=10, anneal_strategy="cos"):
    alpha = share(step, anneal_epochs, anneal_strategy)
    return (1 - alpha) * base_lr + alpha * swa_lr
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-next]
def next_lr(lr, step, swa_lr, anneal_epochs=10, anneal_strategy="cos"):
    """The learning rate of step + 1, given that of step."""
    alpha = share(step, anneal_epochs, anneal_strategy)
    then = share(step + 1, anneal_epochs, anneal_strategy)
    base_lr = swa_lr if alpha == 1 else (lr - alpha * swa_lr) / (1 - alpha)
    return (1 - then) * base_lr + then * swa_lr
# --8<-- [end:from-scratch-next]


# --8<-- [start:equal-run]
def scheduled(swa_lr=0.5, lr=0.1, **options):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr)
    return optimizer, SWALR(optimizer, swa_lr, **options)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used
# --8<-- [end:equal-run]


# --8<-- [start:equal]
worst, compared = 0.0, 0
branches = itertools.product((0, 1, 10, 300), ("cos", "linear"), (0.05, 0.5))
for epochs, strategy, target in branches:
    options = {"anneal_epochs": epochs, "anneal_strategy": strategy}
    lr = swa_lr(0, 0.1, target, **options)
    for step, theirs in enumerate(run(*scheduled(target, **options), 500)):
        ours = swa_lr(step, 0.1, target, **options)
        worst = max(worst, abs(theirs - ours), abs(theirs - lr))
        compared += 2
        lr = next_lr(lr, step, target, **options)
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 2 * 4 * 2 * 2 * 500, "four lengths, both strategies, targets below and above, 500 steps each"
assert worst < 5e-13, "largest difference 0.000000000000"
assert scheduled(0.5, anneal_epochs=0)[0].param_groups[0]["lr"] == 0.5, "with E = 0 it is η_swa from the start"
assert inspect.signature(SWALR).parameters["anneal_epochs"].default == 10, "the default of anneal_epochs is 10"

# --8<-- [start:table]
print("step  cos     linear")
columns = [run(*scheduled(anneal_epochs=4, anneal_strategy=name), 7)
           for name in ("cos", "linear")]
for step in range(7):
    cosine, linear = (lrs[step] for lrs in columns)
    print(f"{step:<4}  {cosine:.4f}  {linear:.4f}")
# --8<-- [end:table]
for lrs in columns:
    assert math.isclose(lrs[4], 0.5), "from 0.1 to 0.5 in four calls"
    assert lrs[6] == 0.5, "and it keeps it there"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for strategy, look in (("cos", "C0"), ("linear", "C1--")):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5)
    decay = CosineAnnealingLR(optimizer, T_max=50)
    swa = SWALR(optimizer, 0.25, 10, anneal_strategy=strategy)
    lrs = run(optimizer, decay, 40) + run(optimizer, swa, 25)
    axes.plot(lrs, look, label=strategy)
axes.set(xlabel="epoch", ylabel="learning rate")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curves]
assert lrs[40] < 0.05, "a cosine falls from 0.5 to under 0.05 at epoch 40"
assert lrs[41] > lrs[40], "SWALR takes over at epoch 40"
assert math.isclose(lrs[50], 0.25), "and has reached its target at epoch 50"
assert set(lrs[51:]) == {0.25}, "then it stays"

torch.manual_seed(0)
# --8<-- [start:loop]
data = TensorDataset(torch.randn(64, 5), torch.randn(64, 1))
loader = DataLoader(data, batch_size=16, shuffle=True)
net = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
decay = ExponentialLR(optimizer, 0.9)
swa = SWALR(optimizer, 0.05, anneal_epochs=3)
averaged = AveragedModel(net)
swa_start, used = 6, []
for epoch in range(14):
    used.append(f"{optimizer.param_groups[0]['lr']:.3f}")
    for inputs, targets in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    if epoch < swa_start:
        decay.step()
    else:
        averaged.update_parameters(net)
        swa.step()
update_bn(loader, averaged)
print(*used)
print("models averaged:", averaged.n_averaged.item())
# --8<-- [end:loop]
assert used[6] == f"{0.1 * 0.9**6:.3f}", "epoch 6 is still trained with what the decay left"
assert used.index("0.050") == 9, "the first call of SWALR comes after it, and epoch 9 is the first at 0.05"
assert averaged.n_averaged == 14 - 6, "update_parameters averages the models of the annealing too"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(anneal_epochs=100)
run(optimizer, scheduler, 40)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(anneal_epochs=100)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = run(resumed, its_scheduler, 200) == run(optimizer, scheduler, 200)
print("200 steps after the checkpoint, the same values at each:", same)
# --8<-- [end:resume]
assert same, "save and load both states"
assert "swa_lr" not in checkpoint[1], "the target is saved with the optimizer, not with the scheduler"
resumed, _ = scheduled(0.9)
resumed.load_state_dict(checkpoint[0])
assert resumed.param_groups[0]["swa_lr"] == 0.5, "loading the optimizer brings the old swa_lr back"

# --8<-- [start:names]
for names in ({"swa_lrs": 0.5}, {"swa_lr": 0.5, "annealing_epochs": 5}):
    try:
        SWALR(optimizer, **names)
    except TypeError as error:
        print(error)
# --8<-- [end:names]
for name in ("swa_lrs", "annealing_epochs", "annealing_strategy"):
    assert f"{name} (" in SWALR.__doc__, "the parameter list calls them swa_lrs, annealing_epochs, annealing_strategy"

# --8<-- [start:at-once]
first = {}
print("anneal_epochs", *(f" epoch {epoch}" for epoch in range(4)))
for epochs in (10, 1, 0):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    decay = ExponentialLR(optimizer, 0.9)
    swa = SWALR(optimizer, 0.5, anneal_epochs=epochs)  # for much later
    lrs = run(optimizer, decay, 4)
    print(f"{epochs:<13}", *(f" {lr:<7.4f}" for lr in lrs))
    first[epochs] = lrs[0]
# --8<-- [end:at-once]
assert first[0] == 0.5, "with anneal_epochs=0 the constructor sets the target at once"
assert math.isclose(lrs[1], 0.5 * 0.9), "the other one starts from there"
assert first[1] == 0.1, "or use anneal_epochs=1"
assert run(*scheduled(anneal_epochs=1), 5)[1:] == [0.5] * 4, "which differs by one epoch only"

# --8<-- [start:changed]
print("1.0 at", *(f" step {step}" for step in range(7)))
for at in (1, 2, 3, 5):
    optimizer, scheduler = scheduled(anneal_epochs=4, anneal_strategy="linear")
    before = run(optimizer, scheduler, at)
    optimizer.param_groups[0]["lr"] = 1.0  # by hand, or by another scheduler
    lrs = before + run(optimizer, scheduler, 7 - at)
    print(f"step {at}", *(f" {lr:<6.3f}" for lr in lrs))
# --8<-- [end:changed]
assert lrs[5:] == [1.0, 0.5], "after that it comes back at the next call"
assert (1 - 0.25) / 0.5 == 1.5, "the mixture solved for the start gives η_0 = (1 − 0.25) / 0.5 = 1.5"
optimizer, scheduler = scheduled(anneal_epochs=4, anneal_strategy="linear")
run(optimizer, scheduler, 2)
optimizer.param_groups[0]["lr"] = 1.0
run(optimizer, scheduler, 1)
assert math.isclose(optimizer.param_groups[0]["lr"], 0.25 * 1.5 + 0.75 * 0.5), (
    "the next value is 0.25 · 1.5 + 0.75 · 0.5 = 0.75")
for at in (1, 2, 3):
    optimizer, scheduler = scheduled(anneal_epochs=4, anneal_strategy="linear")
    run(optimizer, scheduler, at)
    optimizer.param_groups[0]["lr"] = 1.0
    run(optimizer, scheduler, 4 - at)
    assert math.isclose(optimizer.param_groups[0]["lr"], 0.5), "the target is reached on time in each case"

# --8<-- [start:last-epoch]
optimizer, scheduler = scheduled(anneal_epochs=6)
run(optimizer, scheduler, 5)
resumed, _ = scheduled(anneal_epochs=6)
resumed.load_state_dict(optimizer.state_dict())
wrong = SWALR(resumed, 0.5, anneal_epochs=6, last_epoch=4)
right, got = run(optimizer, scheduler, 6), run(resumed, wrong, 6)
print("step  right   with last_epoch")
for step, pair in enumerate(zip(right, got, strict=True), 5):
    print(f"{step:<4}  {pair[0]:.4f}  {pair[1]:.4f}")
# --8<-- [end:last-epoch]
assert got != right, "may I resume with last_epoch? no"
assert wrong._step_count == 1 + 6, "it takes the position from _step_count, which last_epoch does not set"

# --8<-- [start:groups]
weights = [torch.ones(1, requires_grad=True) for _ in range(3)]
optimizer = torch.optim.SGD([{"params": [w]} for w in weights[:2]], lr=0.1)
scheduler = SWALR(optimizer, [0.5, 0.3], anneal_epochs=1)
optimizer.step()
scheduler.step()
print("two targets:", scheduler.get_last_lr())
optimizer.add_param_group({"params": [weights[2]]})
try:
    scheduler.step()
except KeyError as error:
    print("a third group: KeyError", error)
# --8<-- [end:groups]
optimizer.param_groups[2]["swa_lr"] = 0.5
scheduler.step()
assert scheduler.get_last_lr() == [0.5, 0.3, 0.5], "give it one, and that is enough"
plt.show()

# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import OneCycleLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
lrs = []
for _ in range(10):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one batch
    scheduler.step()
print("learning rates:", *(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:call]
assert lrs.index(max(lrs)) == 2, "in a run of 10 steps the peak is step 2"

# --8<-- [start:imports]
import inspect
import itertools
import math
import warnings

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def between(step, knots, anneal_strategy):
    # Past the last knot the last curve simply goes on.
    index = sum(step > knot for knot, _ in knots[1:-1])
    (start, a), (end, b) = knots[index], knots[index + 1]
    done = (step - start) / (end - start)
    if anneal_strategy == "cos":
        return b + (a - b) * (1 + math.cos(math.pi * done)) / 2
    return a + (b - a) * done
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-lr]
def one_cycle_lr(step, *, max_lr, total_steps, pct_start=0.3,
                 anneal_strategy="cos", div_factor=25.0, final_div_factor=1e4,
                 three_phase=False):
    if step > total_steps:
        raise ValueError(f"step {step} of {total_steps}")
    first = max_lr / div_factor
    peak, end = pct_start * total_steps - 1, total_steps - 1
    knots = [(0, first), (peak, max_lr), (end, first / final_div_factor)]
    if three_phase:
        knots.insert(2, (2 * peak, first))
    return between(step, knots, anneal_strategy)


def one_cycle_momentum(step, *, total_steps, base_momentum=0.85,
                       max_momentum=0.95, pct_start=0.3, anneal_strategy="cos",
                       three_phase=False):
    peak, end = pct_start * total_steps - 1, total_steps - 1
    knots = [(0, max_momentum), (peak, base_momentum), (end, max_momentum)]
    if three_phase:
        knots.insert(2, (2 * peak, max_momentum))
    return between(step, knots, anneal_strategy)
# --8<-- [end:from-scratch-lr]


# --8<-- [start:equal]
def scheduled(make=torch.optim.SGD, max_lr=1.0, **options):
    optimizer = make([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    return optimizer, OneCycleLR(optimizer, max_lr, **options)


def advance(optimizer, scheduler, times=1):
    for _ in range(times):
        optimizer.step()
        scheduler.step()


differences = []
branches = itertools.product((0.1, 0.3, 0.5), ("cos", "linear"), (False, True))
for pct_start, strategy, three_phase in branches:
    options = {"total_steps": 1000, "pct_start": pct_start,
               "anneal_strategy": strategy, "three_phase": three_phase}
    optimizer, scheduler = scheduled(**options)
    for step in range(1000):
        group = optimizer.param_groups[0]
        lr = one_cycle_lr(step, max_lr=1.0, **options)
        momentum = one_cycle_momentum(step, **options)
        differences += abs(group["lr"] - lr), abs(group["momentum"] - momentum)
        advance(optimizer, scheduler)
print(f"{len(differences)} values, largest difference {max(differences):.12f}")
# --8<-- [end:equal]
assert len(differences) == 2 * 3 * 2 * 2 * 1000, (
    "three values of pct_start, both strategies, two and three phases, each at all of 1000 steps")
assert max(differences) < 5e-13, "largest difference 0.000000000000"
theirs = inspect.signature(OneCycleLR).parameters
assert theirs["div_factor"].default == 25, "the default of div_factor is 25"
assert theirs["final_div_factor"].default == 1e4, "the default of final_div_factor is 10,000"
assert theirs["max_momentum"].default == 0.95, "the default of max_momentum is 0.95"
assert theirs["base_momentum"].default == 0.85, "the default of base_momentum is 0.85"
assert theirs["pct_start"].default == 0.3, "the default of pct_start is 0.3"
knots = {0: 1 / 25, 299: 1.0, 598: 1 / 25, 999: 1 / 25 / 1e4}
for step, lr in knots.items():
    value = one_cycle_lr(step, max_lr=1.0, total_steps=1000, three_phase=True)
    assert math.isclose(value, lr), "the curve runs through the knots: 0, pT − 1, 2 (pT − 1), T − 1"
momenta = [one_cycle_momentum(step, total_steps=1000, three_phase=True) for step in knots]
assert [round(m, 9) for m in momenta] == [0.95, 0.85, 0.95, 0.95], "momentum 0.95, 0.85, 0.95 and 0.95 at the knots"
between_steps = [one_cycle_lr(step, max_lr=1.0, total_steps=11) for step in range(11)]
assert max(between_steps) < 1, "the peak may fall between two steps; then no step gets exactly max_lr"

# --8<-- [start:table]
optimizer, scheduler = scheduled(total_steps=10)
print("step  lr        momentum")
for step in range(10):
    group = optimizer.param_groups[0]
    print(f"{step:<4}  {group['lr']:.6f}  {group['momentum']:.4f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
table = [one_cycle_lr(step, max_lr=1.0, total_steps=10) for step in range(10)]
assert 0.3 * 10 - 1 == 2, "pT − 1 = 2"
assert table.index(max(table)) == 2, "the peak is at step 2, the third step"
assert math.isclose(table[9], 1 / 250_000), "the last value is 1 / 250,000"

# --8<-- [start:curves]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.0))
for label, look, shape in (("cos", "C0", {}),
                           ("linear", "C1", {"anneal_strategy": "linear"}),
                           ("three_phase", "C2--", {"three_phase": True})):
    shape["total_steps"] = 1000
    lrs = [one_cycle_lr(step, max_lr=1.0, **shape) for step in range(1000)]
    momenta = [one_cycle_momentum(step, **shape) for step in range(1000)]
    axes[0].plot(lrs, look, label=label)
    axes[1].plot(momenta, look)
axes[0].set(title="lr / max_lr", xlabel="step")
axes[1].set(title="momentum or β₁", xlabel="step")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert lrs.index(max(lrs)) + 1 == 0.3 * 1000, "up for 30 % of the steps, then down"
assert math.isclose(lrs[598], lrs[0]), "with three_phase the learning rate is back at its start at step 598"
assert 598 - 299 == 299, "the way down to the start is as long as the way up"
assert math.isclose(lrs[-1], 1 / 250_000), "the rest takes it to 1 / 250,000"

# --8<-- [start:loop]
epochs, batches = 3, 4
optimizer, scheduler = scheduled(epochs=epochs, steps_per_epoch=batches)
for epoch in range(epochs):
    used = []
    for _ in range(batches):
        used.append(f"{scheduler.get_last_lr()[0]:.3f}")
        optimizer.step()  # after the forward and backward pass of this batch
        scheduler.step()
    print(f"epoch {epoch}:", *used)
# --8<-- [end:loop]
assert scheduler.total_steps == 12, "total_steps is the number of calls to optimizer.step(), here 3 · 4 = 12"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(total_steps=100)
advance(optimizer, scheduler, 40)
checkpoint = {"optimizer": optimizer.state_dict(),
              "scheduler": scheduler.state_dict()}

resumed, its_scheduler = scheduled(total_steps=100)  # sets lr back to its start
resumed.load_state_dict(checkpoint["optimizer"])  # so load afterwards
its_scheduler.load_state_dict(checkpoint["scheduler"])
same = []
for _ in range(60):
    group, its_group = optimizer.param_groups[0], resumed.param_groups[0]
    same += (group[name] == its_group[name] for name in ("lr", "momentum"))
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("60 steps after the checkpoint, the same values at each:", all(same))
# --8<-- [end:resume]
assert all(same), "build the optimizer, then the scheduler, then load both"
first = scheduled(total_steps=100)[0].param_groups[0]["lr"]
assert math.isclose(first, 1 / 25), "building the scheduler writes the learning rate of step 0 into the optimizer"

# --8<-- [start:per-epoch]
optimizer, scheduler = scheduled(total_steps=10 * 100)  # 10 epochs of 100 batches
advance(optimizer, scheduler, 9)  # but one call per epoch
print(f"lr in the last epoch: {scheduler.get_last_lr()[0]:.4f} of max_lr")
# --8<-- [end:per-epoch]
assert round(scheduler.get_last_lr()[0] - 0.04, 3) == 0.002, "the learning rate has hardly left its start of 0.04"

# --8<-- [start:too-many]
for strategy in ("cos", "linear"):
    optimizer, scheduler = scheduled(total_steps=10, anneal_strategy=strategy)
    advance(optimizer, scheduler, 9)
    print(f"{strategy}: call 9 sets {scheduler.get_last_lr()[0]:.6f}", end=", ")
    advance(optimizer, scheduler)
    print(f"call 10 sets {scheduler.get_last_lr()[0]:.4f}")
try:
    scheduler.step()
except ValueError as error:
    print("call 11:", error)
# --8<-- [end:too-many]
assert scheduler.get_last_lr()[0] < 0, "call 10 leaves a value below zero with \"linear\""
assert one_cycle_lr(10, max_lr=1.0, total_steps=10) > 1 / 25, "and one back up, above the start, with \"cos\""

# --8<-- [start:longer]
optimizer, scheduler = scheduled(total_steps=10, max_lr=1.0)
state = optimizer.state_dict(), scheduler.state_dict()
optimizer, scheduler = scheduled(total_steps=20, max_lr=0.1)
optimizer.load_state_dict(state[0])
scheduler.load_state_dict(state[1])
print("total_steps", scheduler.total_steps)
print("max_lr     ", optimizer.param_groups[0]["max_lr"])
# --8<-- [end:longer]
assert scheduler.total_steps == 10, "loading restores the old plan: the 20 steps did not survive"
assert optimizer.param_groups[0]["max_lr"] == 1, "nor did max_lr=0.1, which the parameter groups hold"
fresh = OneCycleLR(optimizer, 0.25, total_steps=20)
assert math.isclose(fresh.get_last_lr()[0], 0.25 / 25), "a fresh scheduler on it begins a new cycle"

# --8<-- [start:amp]
optimizer, scheduler = scheduled(total_steps=10)
weight = optimizer.param_groups[0]["params"][0]
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
loss = (1e35 * weight).sum()
scaler.scale(loss).backward()  # the scaled gradient overflows
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scaler.step(optimizer)
    scaler.update()
    scheduler.step()
print(str(caught[0].message).split(". ")[0])
print(f"weight {weight.item()}, scale {2.0**16} → {scaler.get_scale()}")
# --8<-- [end:amp]
assert weight.item() == 0, "GradScaler skips optimizer.step() when the scaled gradient overflows"
assert len(caught) == 1, "and the scheduler warns, although the order is right"
assert scaler.get_scale() < 2.0**16, "the scale fell"
for overflow in (1e35, 1.0):
    optimizer, scheduler = scheduled(total_steps=10)
    weight = optimizer.param_groups[0]["params"][0]
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
    scaler.scale((overflow * weight).sum()).backward()
    scaler.step(optimizer)
    before = scaler.get_scale()
    scaler.update()
    assert (scaler.get_scale() < before) == (overflow == 1e35), "call scheduler.step() only if the scale did not fall"

# --8<-- [start:taken-over]
print("class  option    given         used")
for make in (torch.optim.SGD, torch.optim.AdamW):
    optimizer, scheduler = scheduled(make, total_steps=10)
    group, given = optimizer.param_groups[0], optimizer.defaults
    for name in ("lr", "momentum", "betas"):
        if name in given:
            used = round(group[name], 9) if name == "lr" else group[name]
            print(f"{make.__name__:<5}  {name:<8}  {given[name]!s:<12}"
                  f"  {used}")
# --8<-- [end:taken-over]
assert scheduled(total_steps=10)[0].param_groups[0]["momentum"] == 0.95, "plain SGD, given no momentum, now has 0.95"
assert group["betas"][0] == 0.95, "AdamW's β₁ is no longer 0.9"
optimizer, _ = scheduled(torch.optim.AdamW, total_steps=10, cycle_momentum=False)
assert optimizer.param_groups[0]["betas"][0] == 0.9, "pass cycle_momentum=False to keep your own, 0.9"

# --8<-- [start:from-zero]
for div_factor in (25, 1e4, math.inf):
    optimizer, scheduler = scheduled(total_steps=10, div_factor=div_factor)
    used = []
    for _ in range(10):
        used.append(f"{optimizer.param_groups[0]['lr']:.4f}")
        advance(optimizer, scheduler)
    print(f"div_factor={div_factor:<7g}", *used[:4], "…", used[-1])
# --8<-- [end:from-zero]
assert optimizer.param_groups[0]["initial_lr"] == 0, "div_factor=math.inf starts from exactly zero"
assert one_cycle_lr(9, max_lr=1.0, total_steps=10, div_factor=math.inf) == 0, "and ends there"

# --8<-- [start:tiny]
try:
    scheduled(total_steps=10, pct_start=0.1)
except ZeroDivisionError as error:
    print("ZeroDivisionError:", error)
# --8<-- [end:tiny]
try:
    scheduled(torch.optim.Adagrad, total_steps=10)
except ValueError as error:
    assert "cycle_momentum" in str(error), "an optimizer with neither momentum nor betas, like Adagrad, needs it"
scheduled(torch.optim.Adagrad, total_steps=10, cycle_momentum=False)

plt.show()

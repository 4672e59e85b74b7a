# --8<-- [start:from-scratch]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import OneCycleLR


def between(step, knots, anneal_strategy):
    pairs = list(itertools.pairwise(knots))
    # Past the last knot the last curve simply goes on.
    (start, a), (end, b) = next((pair for pair in pairs if step <= pair[1][0]), pairs[-1])
    done = (step - start) / (end - start)
    if anneal_strategy == "cos":
        return b + (a - b) * (1 + math.cos(math.pi * done)) / 2
    return a + (b - a) * done
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-lr]
def one_cycle_lr(step, *, max_lr, total_steps, pct_start=0.3, anneal_strategy="cos",
                 div_factor=25.0, final_div_factor=1e4, three_phase=False):
    if step > total_steps:
        raise ValueError(f"step {step} of {total_steps}")
    first, peak, end = max_lr / div_factor, pct_start * total_steps - 1, total_steps - 1
    knots = [(0, first), (peak, max_lr), (end, first / final_div_factor)]
    if three_phase:
        knots.insert(2, (2 * peak, first))
    return between(step, knots, anneal_strategy)


def one_cycle_momentum(step, *, total_steps, base_momentum=0.85, max_momentum=0.95,
                       pct_start=0.3, anneal_strategy="cos", three_phase=False):
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


worst, compared = 0.0, 0
for branch in itertools.product((0.1, 0.3, 0.5), ("cos", "linear"), (False, True)):
    options = dict(zip(("pct_start", "anneal_strategy", "three_phase"), branch, strict=True), total_steps=1000)
    optimizer, scheduler = scheduled(**options)
    for step in range(1000):
        group = optimizer.param_groups[0]
        ours = one_cycle_lr(step, max_lr=1.0, **options), one_cycle_momentum(step, **options)
        worst = max(worst, abs(group["lr"] - ours[0]), abs(group["momentum"] - ours[1]))
        advance(optimizer, scheduler)
        compared += 2
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 24_000 and worst < 1e-14

# --8<-- [start:table]
optimizer, scheduler = scheduled(total_steps=10)
print("step     lr    momentum")
for step in range(10):
    group = optimizer.param_groups[0]
    print(f"{step:>4}  {group['lr']:.6f}  {group['momentum']:.4f}")
    advance(optimizer, scheduler)
# --8<-- [end:table]
table = [one_cycle_lr(step, max_lr=1.0, total_steps=10) for step in range(10)]
assert math.isclose(table[0], 1 / 25) and table[2] == max(table) == 1 and math.isclose(table[9], 1 / 25e4)

# --8<-- [start:curves]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.0))
shapes = {"cos": {}, "linear": {"anneal_strategy": "linear"}, "three_phase": {"three_phase": True}}
for (name, shape), look in zip(shapes.items(), ("C0", "C1", "C2--"), strict=True):
    lrs = [one_cycle_lr(step, max_lr=1.0, total_steps=1000, **shape) for step in range(1000)]
    axes[0].plot(lrs, look, label=name)
    axes[1].plot([one_cycle_momentum(step, total_steps=1000, **shape) for step in range(1000)], look)
axes[0].set(title="lr / max_lr", xlabel="step")
axes[1].set(title="momentum or β₁", xlabel="step")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert one_cycle_lr(299, max_lr=1.0, total_steps=1000) == lrs[299] == 1 and math.isclose(lrs[598], 1 / 25)

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
assert scheduler.total_steps == 12

# --8<-- [start:resume]
optimizer, scheduler = scheduled(total_steps=100)
advance(optimizer, scheduler, 40)
checkpoint = {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}

resumed, its_scheduler = scheduled(total_steps=100)  # sets lr back to its start
resumed.load_state_dict(checkpoint["optimizer"])  # so load afterwards
its_scheduler.load_state_dict(checkpoint["scheduler"])
for _ in range(60):
    for name in ("lr", "momentum"):
        assert resumed.param_groups[0][name] == optimizer.param_groups[0][name]
    advance(optimizer, scheduler)
    advance(resumed, its_scheduler)
print("60 steps after the checkpoint, the same values at each")
# --8<-- [end:resume]

# --8<-- [start:per-epoch]
optimizer, scheduler = scheduled(total_steps=10 * 100)  # 10 epochs of 100 batches
advance(optimizer, scheduler, 9)  # but one call per epoch
print(f"lr in the last epoch: {scheduler.get_last_lr()[0]:.4f} of max_lr")
# --8<-- [end:per-epoch]
assert 0.042 < scheduler.get_last_lr()[0] < 0.043

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
assert math.isclose(scheduler.get_last_lr()[0], -1 / 7, abs_tol=1e-4)
assert math.isclose(one_cycle_lr(10, max_lr=1.0, total_steps=10), 0.0495, abs_tol=1e-4)

# --8<-- [start:longer]
optimizer, scheduler = scheduled(total_steps=10, max_lr=1.0)
state = optimizer.state_dict(), scheduler.state_dict()
optimizer, scheduler = scheduled(total_steps=20, max_lr=0.1)
optimizer.load_state_dict(state[0])
scheduler.load_state_dict(state[1])
print("total_steps", scheduler.total_steps, " max_lr", optimizer.param_groups[0]["max_lr"])
# --8<-- [end:longer]
assert scheduler.total_steps == 10 and optimizer.param_groups[0]["max_lr"] == 1
assert OneCycleLR(optimizer, 0.25, total_steps=20).get_last_lr()[0] < 0.011


# --8<-- [start:order]
def first_warning(calls):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for call in calls:
            call()
    return str(caught[0].message).split(". ")[0] if caught else "no warning"


optimizer, scheduler = scheduled(total_steps=10)
print(first_warning([scheduler.step, optimizer.step]))
planned = one_cycle_lr(0, max_lr=1.0, total_steps=10)
print(f"first batch trained with {scheduler.get_last_lr()[0]:.2f} instead of {planned:.2f}")
# --8<-- [end:order]
assert scheduler.get_last_lr()[0] == table[1]
optimizer, scheduler = scheduled(total_steps=10)
assert first_warning([optimizer.step, scheduler.step]) == "no warning"

# --8<-- [start:amp]
optimizer, scheduler = scheduled(total_steps=10)
weight, scaler = optimizer.param_groups[0]["params"][0], torch.amp.GradScaler("cpu", init_scale=2.0**16)
scaler.scale((1e35 * weight).sum()).backward()  # the scaled gradient overflows
print(first_warning([lambda: scaler.step(optimizer), scaler.update, scheduler.step]))
print("scale", 2.0**16, "→", scaler.get_scale(), " weight moved:", weight.item() != 0)
# --8<-- [end:amp]
assert weight.item() == 0 and scaler.get_scale() == 2.0**15

# --8<-- [start:taken-over]
for make in (torch.optim.SGD, torch.optim.AdamW):
    optimizer, scheduler = scheduled(make, total_steps=10)
    group, given = optimizer.param_groups[0], optimizer.defaults
    for name in ("lr", "momentum", "betas"):
        if name in given:
            used = round(group[name], 9) if name == "lr" else group[name]
            print(f"{make.__name__:<5}  {name:<8}  given {given[name]!s:<12}  used {used}")
# --8<-- [end:taken-over]
assert optimizer.defaults["lr"] == 0.5 and group["betas"] == (0.95, 0.999)

# --8<-- [start:tiny]
try:
    scheduled(total_steps=10, pct_start=0.1)
except ZeroDivisionError as error:
    print("ZeroDivisionError:", error)
# --8<-- [end:tiny]
try:
    scheduled(torch.optim.Adagrad, total_steps=10)
except ValueError as error:
    assert "cycle_momentum" in str(error)
scheduled(torch.optim.Adagrad, total_steps=10, cycle_momentum=False)
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, CyclicLR


def height(step, step_size_up=2000, step_size_down=None, mode="triangular",
           gamma=1.0, scale_fn=None, scale_mode="cycle"):
    """How far a step is on the way up, from 0 to 1, times its scale."""
    up = down = step_size_up
    if step_size_down is not None:
        down = step_size_down
    cycle, at = divmod(step, up + down)
    way = at / up if at <= up else (up + down - at) / down
    if scale_fn is None:
        policies = {"triangular": lambda cycle: 1.0,
                    "triangular2": lambda cycle: 1 / 2 ** (cycle - 1),
                    "exp_range": lambda step: gamma**step}
        scale_fn = policies[mode]
        scale_mode = "iterations" if mode == "exp_range" else "cycle"
    return way * scale_fn(cycle + 1 if scale_mode == "cycle" else step)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-lr]
def cyclic_lr(step, base_lr, max_lr, **shape):
    return base_lr + (max_lr - base_lr) * height(step, **shape)


def cyclic_momentum(step, base_momentum=0.8, max_momentum=0.9, **shape):
    return max_momentum - (max_momentum - base_momentum) * height(step, **shape)
# --8<-- [end:from-scratch-lr]


# --8<-- [start:equal-run]
def scheduled(make=torch.optim.SGD, base_lr=0.1, max_lr=0.5, **options):
    optimizer = make([torch.ones(1, requires_grad=True)], lr=0.9)
    return optimizer, CyclicLR(optimizer, base_lr, max_lr, **options)


def run(optimizer, scheduler, steps, name="lr"):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0][name])
        optimizer.step()
        scheduler.step()
    return used
# --8<-- [end:equal-run]


# --8<-- [start:equal]
def root(x):
    return 1 / math.sqrt(1 + x)


worst, compared = 0.0, 0
policies = [{"mode": "triangular"}, {"mode": "triangular2"},
            {"mode": "exp_range", "gamma": 0.999}, {"scale_fn": root},
            {"scale_fn": root, "scale_mode": "iterations"}]
for shape, up, down in itertools.product(policies, (3, 100), (None, 7)):
    shape = shape | {"step_size_up": up, "step_size_down": down}
    lrs = run(*scheduled(**shape), 500)
    momenta = run(*scheduled(**shape), 500, "momentum")
    for step in range(500):
        a = abs(lrs[step] - cyclic_lr(step, 0.1, 0.5, **shape))
        b = abs(momenta[step] - cyclic_momentum(step, **shape))
        worst, compared = max(worst, a, b), compared + 2
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 20_000 and worst < 1e-13

# --8<-- [start:table]
modes = ("triangular", "triangular2", "exp_range")
shape = {"step_size_up": 3, "step_size_down": 2, "gamma": 0.9}
columns = [run(*scheduled(mode=mode, **shape), 11) for mode in modes]
print("step  triangular  triangular2  exp_range")
for step, (a, b, c) in enumerate(zip(*columns, strict=True)):
    print(f"{step:>4}  {a:>10.4f}  {b:>11.4f}  {c:>9.4f}")
# --8<-- [end:table]
assert math.isclose(columns[1][8], 0.3) and math.isclose(columns[2][8], 0.1 + 0.4 * 0.9**8)

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for mode, look in zip(modes, ("C0", "C1--", "C2:"), strict=True):
    shape = {"step_size_up": 50, "mode": mode, "gamma": 0.99}
    lrs = [cyclic_lr(step, 0.1, 0.5, **shape) for step in range(401)]
    axes.plot(lrs, look, label=mode)
axes.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert max(lrs) == lrs[50] and math.isclose(lrs[50], 0.1 + 0.4 * 0.605, abs_tol=1e-4)

# --8<-- [start:per-epoch]
optimizer, scheduler = scheduled()  # step_size_up=2000
lrs = run(optimizer, scheduler, 30)  # one call per epoch
print(f"after 30 epochs {lrs[-1]:.4f}, on the way from 0.1 to 0.5")
# --8<-- [end:per-epoch]
assert lrs[-1] < 0.106

# --8<-- [start:resume]
optimizer, scheduler = scheduled(step_size_up=10, mode="triangular2")
run(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(step_size_up=10, mode="triangular2")
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
assert run(resumed, its_scheduler, 200) == run(optimizer, scheduler, 200)
print("200 steps after the checkpoint, the same values at each")
# --8<-- [end:resume]

# --8<-- [start:lost]
_, scheduler = scheduled(scale_fn=root)
state = scheduler.state_dict()
_, plain = scheduled()  # without scale_fn
plain.load_state_dict(state)
print(f"cycle 3: scale {plain.scale_fn(3)}, not {scheduler.scale_fn(3)}")
try:
    plain.load_state_dict(state)
except KeyError as error:
    print("the same state once more: KeyError", error)
# --8<-- [end:lost]

# --8<-- [start:first-step]
optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5)
CosineAnnealingLR(optimizer, T_max=20)  # writes initial_lr
scheduler = CyclicLR(optimizer, 0.1, 0.3, step_size_up=3)
print("base_lrs", scheduler.base_lrs)
print(*(f"{lr:.3f}" for lr in run(optimizer, scheduler, 7)))
del optimizer.param_groups[0]["initial_lr"]
scheduler = CyclicLR(optimizer, 0.1, 0.3, step_size_up=3)
print(*(f"{lr:.3f}" for lr in run(optimizer, scheduler, 7)))
# --8<-- [end:first-step]

# --8<-- [start:taken-over]
for make in (torch.optim.SGD, torch.optim.RMSprop, torch.optim.AdamW):
    optimizer, _ = scheduled(make)
    name = "betas" if "betas" in optimizer.defaults else "momentum"
    used = optimizer.param_groups[0]
    print(f"{make.__name__}: {name} {optimizer.defaults[name]} → {used[name]}")
    print(f"{make.__name__}: lr {optimizer.defaults['lr']} → {used['lr']}")
try:
    scheduled(torch.optim.Adagrad)
except ValueError as error:
    print("Adagrad:", error)
# --8<-- [end:taken-over]
assert scheduled(torch.optim.Adagrad, cycle_momentum=False)[0].param_groups[0]["lr"] == 0.1

# --8<-- [start:iterations]
seen = []
optimizer, scheduler = scheduled(
    step_size_up=2, scale_mode="iterations", cycle_momentum=False,
    scale_fn=lambda x: seen.append(x) or 1.0)
run(optimizer, scheduler, 9)
print("cycles of 4 steps, scale_fn sees:", *seen)
# --8<-- [end:iterations]
assert seen == list(range(10))

# --8<-- [start:gamma]
exp = {"mode": "exp_range"}
for options in ({"gamma": 0.5}, exp, exp | {"gamma": 0.5}):
    lrs = run(*scheduled(step_size_up=1, **options), 6)
    print(*(f"{lr:.3f}" for lr in lrs), options)
# --8<-- [end:gamma]
assert math.isclose(lrs[5], 0.1 + 0.4 * 0.5**5)
plt.show()

# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import CyclicLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = CyclicLR(optimizer, base_lr=0.1, max_lr=0.5, step_size_up=2)
lrs = []
for _ in range(6):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one batch
    scheduler.step()
print("learning rates:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.1", "0.3", "0.5", "0.3", "0.1", "0.3"], (
    "two steps from 0.1 up to 0.5, and two back")

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import CosineAnnealingLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
        lr = cyclic_lr(step, 0.1, 0.5, **shape)
        momentum = cyclic_momentum(step, **shape)
        worst = max(worst, abs(lrs[step] - lr), abs(momenta[step] - momentum))
        compared += 2
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 2 * 5 * 2 * 2 * 500, "three modes and an own function of the cycle or of the step, 500 steps each"
assert worst < 5e-13, "largest difference 0.000000000000"
theirs = inspect.signature(CyclicLR).parameters
assert theirs["step_size_up"].default == 2000, "the default of step_size_up is 2000"
assert theirs["gamma"].default == 1.0, "the default of gamma is 1.0"
assert theirs["base_momentum"].default == 0.8, "the default of base_momentum is 0.8"
assert theirs["max_momentum"].default == 0.9, "the default of max_momentum is 0.9"
try:
    scheduled(step_size_up=0)
except ZeroDivisionError as error:
    assert str(error) == "float division by zero", "step_size_up=0 fails with \"float division by zero\""

# --8<-- [start:table]
modes = ("triangular", "triangular2", "exp_range")
shape = {"step_size_up": 3, "step_size_down": 2, "gamma": 0.9}
columns = [run(*scheduled(mode=mode, **shape), 11) for mode in modes]
print("step  triangular  triangular2  exp_range")
for step in range(11):
    first, second, third = (lrs[step] for lrs in columns)
    print(f"{step:<4}  {first:<10.4f}  {second:<11.4f}  {third:.4f}")
# --8<-- [end:table]
assert columns[0].index(max(columns[0][5:]), 5) == 8, "the peak of the second cycle is step 8"
assert math.isclose(columns[1][8], 0.1 + 0.4 / 2), "triangular2 halves it to 0.1 + 0.4 / 2"
assert math.isclose(columns[2][8], 0.1 + 0.4 * 0.9**8), "exp_range leaves 0.1 + 0.4 · 0.9⁸"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for mode, look in zip(modes, ("C0", "C1--", "C2:"), strict=True):
    shape = {"step_size_up": 50, "mode": mode, "gamma": 0.99}
    lrs = [cyclic_lr(step, 0.1, 0.5, **shape) for step in range(401)]
    axes.plot(lrs, look, label=mode)
axes.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:curves]
assert max(lrs) < 0.5, "with exp_range even the first peak is below max_lr"
heights = [cyclic_lr(step, 0.1, 0.5, step_size_up=50, mode="triangular2") - 0.1 for step in (50, 150, 250)]
assert math.isclose(heights[0] / 2, heights[1]), "those of triangular2 halve: the height above base_lr"
assert min(lrs) == 0.1, "only the height above base_lr shrinks"

# --8<-- [start:per-epoch]
optimizer, scheduler = scheduled()  # step_size_up=2000
lrs = run(optimizer, scheduler, 30)  # one call per epoch
print(f"after 30 epochs {lrs[-1]:.4f}, on the way from 0.1 to 0.5")
# --8<-- [end:per-epoch]
assert round(lrs[-1], 2) == 0.11, "called once per epoch, it hardly moves: to 0.11 in 30 epochs"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(step_size_up=10, mode="triangular2")
run(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(step_size_up=10, mode="triangular2")
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = run(resumed, its_scheduler, 200) == run(optimizer, scheduler, 200)
print("200 steps after the checkpoint, the same values at each:", same)
# --8<-- [end:resume]
assert same, "save and load both states"

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
assert "_scale_fn_custom" not in state, "load_state_dict takes that entry out of the dictionary that you pass"
state = scheduled(scale_fn=root)[1].state_dict()
for _ in range(2):
    its = scheduled(scale_fn=root)[1]
    its.load_state_dict(dict(state))
assert its.scale_fn(3) == root(3), "pass a copy, and give the function again: load_state_dict(dict(state))"

# --8<-- [start:first-step]
optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5)
CosineAnnealingLR(optimizer, T_max=20)  # writes initial_lr
scheduler = CyclicLR(optimizer, 0.1, 0.3, step_size_up=3)
print("base_lrs", scheduler.base_lrs)
wrong = run(optimizer, scheduler, 7)
print(*(f"{lr:.3f}" for lr in wrong))
del optimizer.param_groups[0]["initial_lr"]
scheduler = CyclicLR(optimizer, 0.1, 0.3, step_size_up=3)
right = run(optimizer, scheduler, 7)
print(*(f"{lr:.3f}" for lr in right))
# --8<-- [end:first-step]
assert wrong[0] == 0.5, "the first batch is trained with 0.5, above max_lr"
assert wrong[1:] == right[1:], "from step 1 on all is right"
assert right[0] == 0.1, "delete initial_lr first"

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
assert scheduled()[0].param_groups[0]["momentum"] == 0.9, "plain SGD now has a momentum of 0.9"
optimizer, _ = scheduled(torch.optim.Adagrad, cycle_momentum=False)
assert optimizer.param_groups[0]["lr"] == 0.1, "without momentum and betas it needs cycle_momentum=False"
for make in (torch.optim.Adam, torch.optim.AdamW):
    first = [betas[0] for betas in run(*scheduled(make, step_size_up=5), 20, "betas")]
    assert math.isclose(min(first), 0.8), "with Adam and AdamW, β₁ moves between 0.8 …"
    assert math.isclose(max(first), 0.9), "… and 0.9"

# --8<-- [start:iterations]
seen = []


def noted(x):
    seen.append(x)
    return 1.0


optimizer, scheduler = scheduled(
    step_size_up=2, scale_mode="iterations", scale_fn=noted, cycle_momentum=False)
run(optimizer, scheduler, 9)
print("cycles of 4 steps, scale_fn sees:", *seen)
# --8<-- [end:iterations]
assert seen == list(range(10)), "it counts from the start of the run"
assert "since start of cycle" in CyclicLR.__doc__, "the documentation says \"training iterations since start of cycle\""
seen.clear()
run(*scheduled(step_size_up=2, scale_fn=noted, cycle_momentum=False), 9)
assert min(seen) == 1, "cycles, on the other hand, are counted from 1"

# --8<-- [start:gamma]
peaks = []
for options in ({"gamma": 0.5}, {"mode": "exp_range"},
                {"mode": "exp_range", "gamma": 0.5}):
    lrs = run(*scheduled(step_size_up=1, **options), 6)
    print(*(f"{lr:.3f}" for lr in lrs), options)
    peaks.append(lrs[5])
# --8<-- [end:gamma]
assert peaks[0] == 0.5, "gamma works only with mode=\"exp_range\""
assert peaks[1] == 0.5, "its default of 1.0 shrinks nothing"
assert math.isclose(peaks[2], 0.1 + 0.4 * 0.5**5), "the exponent counts batches"
left = cyclic_lr(75, 0.0, 1.0, step_size_up=25, mode="exp_range", gamma=0.1 ** (1 / 75))
assert math.isclose(left, 0.1), "to have a tenth left after n batches, set gamma to 0.1^{1/n}"
plt.show()

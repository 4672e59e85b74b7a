# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = CosineAnnealingLR(optimizer, T_max=4)
lrs = []
for _ in range(5):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:.3f}" for lr in lrs] == ["0.100", "0.085", "0.050", "0.015", "0.000"], (
    "with T_max=4 step 4 is at the bottom")

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LinearLR, SequentialLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def cosine_annealing_lr(step, base_lr, T_max, eta_min=0.0):
    height = (1 + math.cos(math.pi * step / T_max)) / 2
    return eta_min + (base_lr - eta_min) * height
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-next]
def next_lr(lr, step, base_lr, T_max, eta_min=0.0):
    """The learning rate of step + 1, given that of step."""
    if (step - T_max) % (2 * T_max) == 0:  # at the bottom: 0 / 0
        return lr + (base_lr - eta_min) * (1 - math.cos(math.pi / T_max)) / 2
    now, then = (1 + math.cos(math.pi * s / T_max) for s in (step, step + 1))
    return eta_min + (lr - eta_min) * then / now
# --8<-- [end:from-scratch-next]


# --8<-- [start:equal]
def scheduled(T_max, eta_min=0.0, lr=0.5, **options):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr)
    return optimizer, CosineAnnealingLR(optimizer, T_max, eta_min, **options)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used


worst, compared = 0.0, 0
for T_max, eta_min in itertools.product((1, 5, 100, 1000), (0.0, 0.1, 0.8)):
    lr = 0.5
    for step, theirs in enumerate(run(*scheduled(T_max, eta_min), 2000)):
        ours = cosine_annealing_lr(step, 0.5, T_max, eta_min)
        worst = max(worst, abs(theirs - ours), abs(theirs - lr))
        lr = next_lr(lr, step, 0.5, T_max, eta_min)
        compared += 2
print(f"{compared} values, largest difference {worst:.9f}")
# --8<-- [end:equal]
assert compared == 2 * 4 * 3 * 2000, "four values of T_max, three of eta_min, 2000 steps each"
assert worst < 5e-10, "largest difference 0.000000000: the two differ by rounding only"
height = [cosine_annealing_lr(step, 1.0, 8) for step in (0, 4, 8)]
assert height[0] == 1, "at s = 0 the learning rate starts at η_0"
assert math.isclose(height[1], 0.5), "it is halfway down at half time"
assert height[2] == 0, "and is η_min at s = T"
assert run(*scheduled(T_max=5, eta_min=0.8), 6)[-1] == 0.8, "eta_min above the learning rate: the curve goes up to it"

# --8<-- [start:table]
for step, lr in enumerate(run(*scheduled(T_max=5), 12)):
    print(f"{step:>2}  {lr:.4f}  {'█' * round(40 * lr)}")
# --8<-- [end:table]
table = run(*scheduled(T_max=5), 12)
assert table.index(min(table)) == 5, "T = 5 takes six values to go down, 0 to 5"
assert math.isclose(table[10], table[0]), "a whole period has 2 T = 10 steps"
assert table[6] > table[5], "the cosine rises again, and so does the learning rate"

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
steps = range(301)
options = ((100, 0.0, "C0"), (100, 0.2, "C1--"), (300, 0.0, "C2:"))
for T_max, eta_min, look in options:
    lrs = [cosine_annealing_lr(step, 1.0, T_max, eta_min) for step in steps]
    axes.plot(steps, lrs, look, label=f"T_max={T_max}, eta_min={eta_min:g}")
axes.set(xlabel="step", ylabel="lr / initial lr")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curves]
half = [cosine_annealing_lr(s, 1.0, 300) for s in steps]
assert round(100 * half[30], 1) == 97.6, "after a tenth of the way 97.6 % of the learning rate are left"
assert round(100 * half[270], 1) == 2.4, "with a tenth to go 2.4 %"
assert math.isclose((half[0] + half[-1]) / 2 + sum(half[1:-1]), 300 / 2), "the average is half of the initial value"
falls = [half[step] - half[step + 1] for step in range(300)]
assert falls.index(max(falls)) in (149, 150), "it falls fastest in the middle"

# --8<-- [start:loop]
epochs, batches, accumulate = 3, 8, 2
optimizer, scheduler = scheduled(T_max=epochs * batches // accumulate)
for epoch in range(epochs):
    used = []
    for batch in range(batches):
        # the forward and backward pass of this batch stand here
        if (batch + 1) % accumulate == 0:
            used.append(f"{scheduler.get_last_lr()[0]:.3f}")
            optimizer.step()
            scheduler.step()
    print(f"epoch {epoch}:", *used)
# --8<-- [end:loop]
assert scheduler.T_max == scheduler.last_epoch, "T_max is the number of optimizer steps in the run"
assert scheduler.get_last_lr() == [0], "the run ends at the bottom"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(T_max=100)
run(optimizer, scheduler, 40)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(T_max=100)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same = run(resumed, its_scheduler, 200) == run(optimizer, scheduler, 200)
print("200 steps after the checkpoint, the same values at each:", same)
# --8<-- [end:resume]
assert same, "save and load both states"

# --8<-- [start:forgotten]
forgetful, its_scheduler = scheduled(T_max=100)
its_scheduler.load_state_dict(checkpoint[1])  # and not the optimizer's
lrs = run(forgetful, its_scheduler, 200)
right = [cosine_annealing_lr(step, 0.5, 100) for step in range(40, 240)]
print("step  learning rate  right")
for after in (0, 30, 60, 160):
    print(f"{40 + after:<4}  {lrs[after]:<13.4f}  {right[after]:.4f}")
# --8<-- [end:forgotten]
for after in range(59):
    assert math.isclose(lrs[after] / right[after], 0.5 / right[0]), "too large by the same factor on the way down"
assert math.isclose(lrs[60], 0, abs_tol=1e-12), "it still ends at 0"
for after in range(61, 200):
    assert math.isclose(lrs[after], right[after], abs_tol=1e-12), "after the bottom it is right"

# --8<-- [start:per-batch]
optimizer, scheduler = scheduled(T_max=10)  # 10 epochs
lrs = run(optimizer, scheduler, 10 * 100)  # but called per batch
print("every fifth batch:", *(f"{lr:.2f}" for lr in lrs[:46:5]), "…")
print("times at the bottom:", sum(lr < 1e-9 for lr in lrs))
# --8<-- [end:per-batch]
assert sum(lr < 1e-9 for lr in lrs) == 50, "fifty periods instead of half of one"

# --8<-- [start:zero]
T_max = 5
now = 1 + math.cos(math.pi * T_max / T_max)  # at the bottom
then = 1 + math.cos(math.pi * (T_max + 1) / T_max)
try:
    print(0.0 * then / now)
except ZeroDivisionError as error:
    print("as documented:", error)
print(f"the library:   {run(*scheduled(T_max=5), 7)[6]:.4f}")
# --8<-- [end:zero]
assert now == 0, "its denominator is 1 + cos π"

# --8<-- [start:last]
print("T_max  learning rate of epoch 9")
for T_max in (10, 9):
    lrs = run(*scheduled(T_max, eta_min=0.001), 10)
    print(f"{T_max:<5}  {lrs[-1]:.6f}")
# --8<-- [end:last]
assert math.isclose(lrs[-1], 0.001), "use T_max=epochs - 1 to train one epoch at the bottom"

# --8<-- [start:longer]
stuck = {}
for at in (10, 6):
    optimizer, scheduler = scheduled(T_max=10)
    run(optimizer, scheduler, at)
    scheduler.T_max = 20  # ten more epochs
    lrs = stuck[at] = run(optimizer, scheduler, 21 - at)
    shown = " ".join(f"{lr:.3f}" for lr in lrs[:5])
    print(f"changed at epoch {at:>2}: {shown} … {lrs[-1]:.3f}")
# --8<-- [end:longer]
assert max(stuck[10]) == 0, "changed at the bottom, it stays at eta_min up to the new one"
for s, lr in enumerate(stuck[6][:14]):
    ratio = cosine_annealing_lr(6 + s, 0.5, 20) / cosine_annealing_lr(6, 0.5, 20)
    assert math.isclose(lr, stuck[6][0] * ratio), "changed on the way, it goes on from where it is, on a scaled curve"
optimizer, scheduler = scheduled(T_max=10)
run(optimizer, scheduler, 10)
scheduler.T_max = 20
optimizer.param_groups[0]["lr"] = cosine_annealing_lr(10, 0.5, 20)
assert math.isclose(run(optimizer, scheduler, 6)[5], cosine_annealing_lr(15, 0.5, 20)), (
    "to extend a run, set T_max and put the closed form's value into every group")
state = scheduled(T_max=10)[1].state_dict()
_, scheduler = scheduled(T_max=20)
scheduler.load_state_dict(state)
assert scheduler.T_max == 10, "load_state_dict brings the old T_max back as well"

# --8<-- [start:warm-up]
optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5)
warm_up = LinearLR(optimizer, start_factor=0.2, total_iters=4)
cosine = CosineAnnealingLR(optimizer, T_max=10 - 4)
scheduler = SequentialLR(optimizer, [warm_up, cosine], milestones=[4])
lrs = run(optimizer, scheduler, 11)
print(*(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:warm-up]
assert lrs.index(max(lrs)) == 4, "the peak is reached at step 4"
assert math.isclose(lrs[10], 0, abs_tol=1e-12), "the bottom after ten steps"

# --8<-- [start:new-group]
optimizer, scheduler = scheduled(T_max=4)
run(optimizer, scheduler, 2)
weight = torch.nn.Parameter(torch.zeros(1))
optimizer.add_param_group({"params": [weight], "lr": 0.5})
for step in range(2, 6):
    print(step, *(f"{group['lr']:.3f}" for group in optimizer.param_groups))
    try:
        scheduler.step()
    except ValueError as error:
        print("ValueError:", error)
        break
# --8<-- [end:new-group]
assert step == 4, "the error comes only when you call it past the bottom"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts


def cosine_annealing_warm_restarts(step, base_lr, T_0, T_mult=1, eta_min=0.0):
    T_cur, T_i = step, T_0
    while T_cur >= T_i:  # leave whole cycles behind
        T_cur, T_i = T_cur - T_i, T_i * T_mult
    height = (1 + math.cos(math.pi * T_cur / T_i)) / 2
    return eta_min + (base_lr - eta_min) * height
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
def scheduled(T_0, T_mult=1, eta_min=0.0, **options):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    options |= {"T_0": T_0, "T_mult": T_mult, "eta_min": eta_min}
    return optimizer, CosineAnnealingWarmRestarts(optimizer, **options)


def run(optimizer, scheduler, steps):
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used


worst, compared = 0.0, 0
for options in itertools.product((1, 4, 50), (1, 2, 3), (0.0, 0.01)):
    for step, theirs in enumerate(run(*scheduled(*options), 1000)):
        ours = cosine_annealing_warm_restarts(step, 0.1, *options)
        worst, compared = max(worst, abs(ours - theirs)), compared + 1
print(f"{compared} values, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert compared == 18_000 and worst < 1e-14

# --8<-- [start:table]
for step, lr in enumerate(run(*scheduled(T_0=4, eta_min=0.01), 10)):
    print(f"{step}  {lr:.4f}  {'█' * round(200 * lr)}")
# --8<-- [end:table]
table = run(*scheduled(T_0=4, eta_min=0.01), 10)
assert [round(lr, 4) for lr in table[:5]] == [0.1, 0.0868, 0.055, 0.0232, 0.1]

# --8<-- [start:cycles]
starts = {}
for T_mult in (1, 2, 3):
    lrs = run(*scheduled(10, T_mult), 140)
    starts[T_mult] = [s for s in range(1, 140) if lrs[s] > lrs[s - 1]]
    print(f"T_mult={T_mult}: restarts at", *starts[T_mult][:6])
# --8<-- [end:cycles]
assert starts[1] == list(range(10, 140, 10))
for m in (2, 3):
    n = range(1, len(starts[m]) + 1)
    assert starts[m] == [10 * (m**k - 1) // (m - 1) for k in n]
assert (2 - 1) * 150 / (2**4 - 1) == 10

# --8<-- [start:curves]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
steps = range(150)
for T_0, T_mult, eta_min, look in ((50, 1, 0.0, "C0"), (10, 2, 0.2, "C1--")):
    options = {"T_0": T_0, "T_mult": T_mult, "eta_min": eta_min}
    lrs = [cosine_annealing_warm_restarts(s, 1.0, **options) for s in steps]
    label = f"T_0={T_0}, T_mult={T_mult}, eta_min={eta_min:g}"
    axes.plot(steps, lrs, look, label=label)
axes.set(xlabel="step", ylabel="lr / initial lr")
figure.legend(loc="outside lower center", ncols=1)
# --8<-- [end:curves]
assert lrs[70] == lrs[30] == lrs[10] == 1 and lrs[149] < 0.201

# --8<-- [start:loop]
batches = 4
optimizer, scheduler = scheduled(T_0=2)  # two epochs, if epochs are passed on
for epoch in range(3):
    used = []
    for batch in range(batches):
        used.append(f"{optimizer.param_groups[0]['lr']:.4f}")
        optimizer.step()
        scheduler.step(epoch + (batch + 1) / batches)
    print(f"epoch {epoch}:", *used)
# --8<-- [end:loop]
assert used[0] == "0.1000" and scheduler.last_epoch == 3
same = run(*scheduled(T_0=2 * batches), 12)
assert used == [f"{lr:.4f}" for lr in same[8:]]

# --8<-- [start:resume]
optimizer, scheduler = scheduled(T_0=10, T_mult=2)
run(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(T_0=10, T_mult=2)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
assert run(resumed, its_scheduler, 200) == run(optimizer, scheduler, 200)
print("200 steps after the checkpoint, the same values at each")
# --8<-- [end:resume]

# --8<-- [start:never]
for T_0 in (4, 10, 100):
    lrs = run(*scheduled(T_0, eta_min=0.01), 5 * T_0)
    above = (min(lrs) - 0.01) / (0.1 - 0.01)
    print(f"T_0={T_0:<3}  lowest lr {min(lrs):.6f}, {above:.3%} of the way up")
# --8<-- [end:never]
assert math.isclose(above, math.pi**2 / 4 / 100**2, rel_tol=1e-3)

# --8<-- [start:late]
optimizer, scheduler = scheduled(T_0=2)
used = []
for epoch in range(3):
    for i in range(batches):
        used.append(f"{optimizer.param_groups[0]['lr']:.4f}")
        optimizer.step()
        scheduler.step(epoch + i / batches)  # as documented
print(*used[:6], "…", *used[-4:])
# --8<-- [end:late]
assert used[1:] == [f"{lr:.4f}" for lr in same[:11]]

# --8<-- [start:logarithm]
for T_0, T_mult, epoch in ((1, 3, 121), (2, 3, 242), (1, 10, 111)):
    _, scheduler = scheduled(T_0, T_mult)
    scheduler.step(epoch)
    jumped = scheduler.get_last_lr()[0]
    counted = run(*scheduled(T_0, T_mult), epoch + 1)[-1]
    print(f"epoch {epoch}: step(epoch) {jumped:.1f}, counted {counted:.1f}")
# --8<-- [end:logarithm]
assert all(int(math.log(2**n, 2)) == n for n in range(60))
assert jumped == 0 and int(math.log(1000, 10)) == 2 and int(math.log(243, 3)) == 4

# --8<-- [start:last-epoch]
for done in (10, 25, 45):
    optimizer, scheduler = scheduled(T_0=10, T_mult=2)
    run(optimizer, scheduler, done)
    right = scheduler.T_cur, scheduler.T_i
    resumed, _ = scheduled(T_0=10, T_mult=2)
    resumed.load_state_dict(optimizer.state_dict())
    wrong = CosineAnnealingWarmRestarts(resumed, 10, 2, last_epoch=done - 1)
    got = wrong.T_cur, wrong.T_i
    print(f"{done} done: T_cur, T_i {right}, with last_epoch {got}")
# --8<-- [end:last-epoch]
assert CosineAnnealingWarmRestarts(resumed, 10, 1, last_epoch=44).T_cur == 5

# --8<-- [start:new-group]
optimizer, scheduler = scheduled(T_0=4)
weight = torch.ones(1, requires_grad=True)
optimizer.add_param_group({"params": [weight], "lr": 0.3})
try:
    scheduler.step()
except ValueError as error:
    print("ValueError:", error)
scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=4)
scheduler.step()
print(*(f"{lr:.4f}" for lr in scheduler.get_last_lr()))
# --8<-- [end:new-group]
assert math.isclose(scheduler.get_last_lr()[1] / scheduler.get_last_lr()[0], 3)

# --8<-- [start:mixed]
_, scheduler = scheduled(T_0=4)
for epoch in (3.75, None, 2, None):
    scheduler.step(epoch)
    now = f"T_cur {scheduler.T_cur}, last_epoch {scheduler.last_epoch}"
    print(f"step({epoch or ''}): {now}")
# --8<-- [end:mixed]
plt.show()

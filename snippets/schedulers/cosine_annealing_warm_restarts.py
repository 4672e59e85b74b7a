# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=4)
lrs = []
for _ in range(6):
    lrs.append(scheduler.get_last_lr()[0])
    optimizer.step()  # in place of the training of one epoch
    scheduler.step()
print("learning rates:", *(f"{lr:.3f}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:.3f}" for lr in lrs] == ["0.100", "0.085", "0.050", "0.015", "0.100", "0.085"], (
    "with T_0=4 it is back at the top in step 4")

# --8<-- [start:imports]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ChainedScheduler, ExponentialLR, LambdaLR

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
assert compared == 3 * 3 * 2 * 1000, "three lengths, three growth factors, two floors, 1000 steps each"
assert worst < 5e-13, "largest difference 0.000000000000"
optimizer, scheduler = scheduled(T_0=50)
run(optimizer, scheduler, 10)
optimizer.param_groups[0]["lr"] = 7.0
scheduler.step()
by_formula = cosine_annealing_warm_restarts(11, 0.1, 50)
assert optimizer.param_groups[0]["lr"] == by_formula, "a learning rate that you set is overwritten by the next call"

# --8<-- [start:table]
for step, lr in enumerate(run(*scheduled(T_0=4, eta_min=0.01), 10)):
    print(f"{step}  {lr:.4f}  {'█' * round(200 * lr)}")
# --8<-- [end:table]
table = run(*scheduled(T_0=4, eta_min=0.01), 10)
assert table[4] == table[0], "step S_n itself already belongs to the new cycle"

# --8<-- [start:cycles]
starts = {}
print("T_mult  restarts at")
for T_mult in (1, 2, 3):
    lrs = run(*scheduled(10, T_mult), 140)
    starts[T_mult] = [s for s in range(1, 140) if lrs[s] > lrs[s - 1]]
    print(f"{T_mult:<6} ", *starts[T_mult][:6])
# --8<-- [end:cycles]
assert starts[1] == list(range(10, 140, 10)), "with m = 1 it restarts at n T_0"
for m in (2, 3):
    n = range(1, len(starts[m]) + 1)
    assert starts[m] == [10 * (m**k - 1) // (m - 1) for k in n], "with m > 1 at T_0 (m^n − 1) / (m − 1)"
assert (2 - 1) * 150 / (2**4 - 1) == 10, "with m = 2, k = 4, N = 150 it is 150 (2 − 1) / (2⁴ − 1) = 10"

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
assert [step for step in steps if lrs[step] == 1] == [0, 10, 30, 70], "four arcs of doubling length"
assert round(lrs[149], 3) == 0.2, "they fall to 0.2"
for T_0, T_mult in ((50, 1), (10, 2)):
    assert cosine_annealing_warm_restarts(150, 1.0, T_0, T_mult) == 1, "both end at step 150"
refused = []
for T_mult in (1.5, 2.0):
    try:
        scheduled(4, T_mult)
    except ValueError:
        refused.append(T_mult)
assert refused == [1.5, 2.0], "T_mult is an int: neither 1.5 nor 2.0 is accepted"
assert set(run(*scheduled(T_0=1), 20)) == {0.1}, "with T_0=1 and T_mult=1 the learning rate is constant"

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
same = run(*scheduled(T_0=2 * batches), 12)
assert used == [f"{lr:.4f}" for lr in same[8:]], "T_0=2 * batches with a plain step() gives the same numbers"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    _, scheduler = scheduled(T_0=2)
    scheduler.step(0.25)  # without optimizer.step()
assert not caught, "step(x) does not warn, and the order with optimizer.step() is not checked at all"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(T_0=10, T_mult=2)
run(optimizer, scheduler, 45)
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled(T_0=10, T_mult=2)
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
same_run = run(resumed, its_scheduler, 200) == run(optimizer, scheduler, 200)
print("200 steps after the checkpoint, the same values at each:", same_run)
# --8<-- [end:resume]
assert same_run, "save and load both states"

# --8<-- [start:doubled]
lrs = run(*scheduled(T_0=1, T_mult=2), 9)
print(*(f"{lr:.4f}" for lr in lrs))
# --8<-- [end:doubled]
assert lrs[:2] == [0.1, 0.1], "the doubled 0.1 is the first cycle of length 1, and the top of the second"
assert [step for step in range(9) if lrs[step] == 0.1] == [0, 1, 3, 7], "cycles of length 1, 2, 4"


# --8<-- [start:lower-peaks]
def lower_peaks(step, T_0=4, gamma=0.5):
    cycle, T_cur = divmod(step, T_0)
    return gamma**cycle * (1 + math.cos(math.pi * T_cur / T_0)) / 2


optimizer, _ = scheduled(T_0=4)
by_lambda = run(optimizer, LambdaLR(optimizer, lower_peaks), 10)
print("LambdaLR:", *(f"{lr:.4f}" for lr in by_lambda))

optimizer, cosine = scheduled(T_0=4)
both = ChainedScheduler([ExponentialLR(optimizer, gamma=0.5), cosine])
chained = run(optimizer, both, 10)
print("chained: ", *(f"{lr:.4f}" for lr in chained))
# --8<-- [end:lower-peaks]
assert [by_lambda[step] for step in (0, 4, 8)] == [0.1, 0.05, 0.025], "each peak is half of the one before"
assert chained == run(*scheduled(T_0=4), 10), "ChainedScheduler does not help: the cosine overwrites the decay"
try:
    scheduled(4, gamma=0.5)
except TypeError as error:
    assert "gamma" in str(error), "there is no gamma"

# --8<-- [start:never]
lowest = {}
print("T_0  lowest lr  part of the range  estimate")
for T_0 in (4, 10, 100):
    lrs = run(*scheduled(T_0, eta_min=0.01), 5 * T_0)
    lowest[T_0] = (min(lrs) - 0.01) / (0.1 - 0.01)
    estimate = math.pi**2 / (4 * T_0**2)
    print(f"{T_0:<3}  {min(lrs):<9.6f}  {lowest[T_0]:<17.3%}  {estimate:.3%}")
# --8<-- [end:never]
assert f"{lowest[4]:.0%}" == "15%", "with four epochs it is 15 %"
assert "When :math:`T_{cur}=T_{i}`, set" in CosineAnnealingWarmRestarts.__doc__, "the documentation: when T_cur = T_i"

# --8<-- [start:late]
optimizer, scheduler = scheduled(T_0=2)
iters = batches
used = []
for epoch in range(3):
    for i in range(iters):
        used.append(f"{optimizer.param_groups[0]['lr']:.4f}")
        optimizer.step()
        scheduler.step(epoch + i / iters)  # as documented
print(*used[:6], "…", *used[-4:])
# --8<-- [end:late]
assert used[1:] == [f"{lr:.4f}" for lr in same[:11]], "it is one batch late"
assert used[0] == used[1], "the first value is used twice"
assert "scheduler.step(epoch + i / iters)" in CosineAnnealingWarmRestarts.step.__doc__, "the documented loop"

# --8<-- [start:logarithm]
print("T_0  T_mult  epoch  step(epoch)  counted")
for T_0, T_mult, epoch in ((1, 3, 121), (2, 3, 242), (1, 10, 111)):
    _, scheduler = scheduled(T_0, T_mult)
    scheduler.step(epoch)
    jumped = scheduler.get_last_lr()[0]
    counted = run(*scheduled(T_0, T_mult), epoch + 1)[-1]
    print(f"{T_0:<3}  {T_mult:<6}  {epoch:<5}  {jumped:<11.1f}  {counted:.1f}")
# --8<-- [end:logarithm]
assert (3**5 - 1) / 2 == 121, "S_5 = (3⁵ − 1) / 2 = 121"
assert 4 < math.log(243, 3) < 5, "in floating point log₃ 243 is a little less than 5"
assert all(int(math.log(2**n, 2)) == n for n in range(60)), "T_mult=2 is not affected"
_, scheduler = scheduled(1, 3)
scheduler.step(121)
assert scheduler.T_cur == scheduler.T_i, "the library stays in cycle 4, with T_cur = T_i"
assert scheduler.get_last_lr()[0] == 0, "there you see the documented η_min"
assert run(*scheduled(1, 3), 122)[121] == 0.1, "counted steps are not affected"
scheduler.step()
assert scheduler.get_last_lr()[0] == cosine_annealing_warm_restarts(122, 0.1, 1, 3), "for one step"

# --8<-- [start:last-epoch]
agrees = {}
print("steps done  T_cur, T_i  with last_epoch")
for done in (10, 25, 45):
    optimizer, scheduler = scheduled(T_0=10, T_mult=2)
    run(optimizer, scheduler, done)
    right = scheduler.T_cur, scheduler.T_i
    resumed, _ = scheduled(T_0=10, T_mult=2)
    resumed.load_state_dict(optimizer.state_dict())
    wrong = CosineAnnealingWarmRestarts(resumed, 10, 2, last_epoch=done - 1)
    got = wrong.T_cur, wrong.T_i
    print(f"{done:<10}  {right!s:<10}  {got}")
    agrees[done] = got == right
# --8<-- [end:last-epoch]
assert got == (45 % 10, 20), "the constructor takes the position modulo T_0 and lengthens the cycle once"
assert agrees == {10: True, 25: False, 45: False}, "right after the first cycle, and wrong after that"
assert CosineAnnealingWarmRestarts(resumed, 10, 1, last_epoch=44).T_cur == 5, "only with T_mult=1"

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
assert math.isclose(scheduler.get_last_lr()[0], cosine_annealing_warm_restarts(1, 0.1, 4)), "a new first cycle"
assert math.isclose(scheduler.get_last_lr()[1], cosine_annealing_warm_restarts(1, 0.3, 4)), "the new one from its lr"

# --8<-- [start:mixed]
_, scheduler = scheduled(T_0=4)
print("call        T_cur  last_epoch")
for epoch in (3.75, None, 2, None):
    scheduler.step(epoch)
    asked = f"step({epoch or ''})"
    print(f"{asked:<10}  {scheduler.T_cur:<5}  {scheduler.last_epoch}")
# --8<-- [end:mixed]
assert scheduler.T_cur == 3, "step() adds 1 to where you are"
_, scheduler = scheduled(T_0=4)
scheduler.step(3.75)
assert scheduler.last_epoch == 3, "last_epoch is the position rounded down"
scheduler.step()
assert scheduler.T_cur == 0.75, "a later step() goes on from T_cur, which keeps its fraction"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math
import textwrap

import matplotlib.pyplot as plt
import torch
from torch.optim import lr_scheduler


def better(metric, best, mode, threshold, threshold_mode):
    sign = {"min": -1, "max": 1}[mode]
    change = sign * threshold
    bar = {"rel": best * (1 + change), "abs": best + change}[threshold_mode]
    return metric < bar if mode == "min" else metric > bar
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class ReduceLROnPlateau:
    def __init__(self, optimizer, mode="min", factor=0.1, patience=10,
                 threshold=1e-4, threshold_mode="rel", cooldown=0,
                 min_lr=0, eps=1e-8):
        self.groups, self.min_lr, self.eps = optimizer.param_groups, min_lr, eps
        self.factor, self.patience, self.cooldown = factor, patience, cooldown
        self.rule, self.bad, self.rest = (mode, threshold, threshold_mode), 0, 0
        self.best = math.inf if mode == "min" else -math.inf

    def step(self, metrics):
        if better(float(metrics), self.best, *self.rule):
            self.best, self.bad = float(metrics), 0
        else:
            self.bad += 1
        if self.rest > 0:
            self.rest, self.bad = self.rest - 1, 0
        if self.bad > self.patience:
            self.rest, self.bad = self.cooldown, 0
            for group in self.groups:
                lr = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - lr > self.eps:
                    group["lr"] = lr
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal-run]
def scheduled(make=lr_scheduler.ReduceLROnPlateau, lr=0.1, **options):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr)
    return optimizer, make(optimizer, **options)


def run(optimizer, scheduler, metrics):
    lrs = []
    for metric in metrics:  # a metric comes after the training of an epoch
        scheduler.step(metric)
        lrs.append(optimizer.param_groups[0]["lr"])
    return lrs
# --8<-- [end:equal-run]


# --8<-- [start:equal]
torch.manual_seed(0)
metrics, cases = torch.randn(200).cumsum(0).tolist(), 0
branches = {"mode": ("min", "max"), "threshold_mode": ("rel", "abs"),
            "threshold": (0, 0.1), "patience": (0, 3), "cooldown": (0, 2),
            "min_lr": (0, 1e-3), "eps": (1e-8, 1e-4)}
for branch in itertools.product(*branches.values()):
    options = dict(zip(branches, branch, strict=True), factor=0.8)
    ours = run(*scheduled(ReduceLROnPlateau, **options), metrics)
    assert ours == run(*scheduled(**options), metrics)
    cases += 1
print(f"{cases} combinations, the same lr after each of 200 metrics")
# --8<-- [end:equal]
assert cases == 128

# --8<-- [start:table]
optimizer, scheduler = scheduled(patience=1, cooldown=2, factor=0.5)
print("epoch  metric  best  bad  cooldown  next lr")
for epoch, metric in enumerate((5, 4, 4, 4, 5, 5, 5, 5, 3, 3, 3)):
    scheduler.step(metric)
    counts = scheduler.num_bad_epochs, scheduler.cooldown_counter
    lr = scheduler.get_last_lr()[0]
    print(f"{epoch:>5}  {metric:>6}  {scheduler.best:>4g}"
          f"  {counts[0]:>3}  {counts[1]:>8}  {lr:.4f}")
# --8<-- [end:table]
lrs = run(*scheduled(patience=1, cooldown=2), [1] * 40)
changes = [epoch for epoch in range(1, 40) if lrs[epoch] < lrs[epoch - 1]]
assert lr == 0.025 and {b - a for a, b in itertools.pairwise(changes)} == {2 + 1 + 1}

# --8<-- [start:curves]
weights = torch.full((1000,), 3.0, requires_grad=True)
optimizer = torch.optim.SGD([weights], lr=0.5)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=4)
losses, lrs = [], []
for _ in range(60):
    lrs.append(optimizer.param_groups[0]["lr"])
    for _ in range(5):
        weights.grad = 0.3 * weights.detach() + torch.randn(1000)  # noisy
        optimizer.step()
    losses.append(weights.detach().square().mean().item() / 2)
    scheduler.step(losses[-1])
figure, axes = plt.subplots(2, 1, figsize=(5.5, 3.3), sharex=True)
axes[0].semilogy(losses, "C0.-")
axes[0].set(ylabel="loss")
axes[1].step(range(60), lrs, "C1", where="post")
axes[1].set(xlabel="epoch", ylabel="learning rate", ylim=(0, None))
# --8<-- [end:curves]
first, second = (next(e for e in range(60) if lrs[e] < bar) for bar in (0.2, 0.1))
assert math.isclose(lrs[-1], 0.045) and first == 1 + 5 + min(range(first), key=losses.__getitem__)
assert losses[-1] < losses[second - 1] / 3 < losses[first - 1] / 9

# --8<-- [start:resume]
optimizer, scheduler = scheduled(patience=3, factor=0.5)
run(optimizer, scheduler, metrics[:50])
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled()
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
print("patience", its_scheduler.patience, " factor", its_scheduler.factor)
lrs = run(optimizer, scheduler, metrics[50:])
assert run(resumed, its_scheduler, metrics[50:]) == lrs
print("150 metrics after the checkpoint, the same lr after each")
# --8<-- [end:resume]
assert not hasattr(scheduler, "base_lrs") and its_scheduler.last_epoch == 200

# --8<-- [start:forgotten]
before, after = [0.5, 0.9, 0.9, 0.9], [0.9] * 5
kept, lost = scheduled(patience=3), scheduled(patience=3)
lrs = {"kept": run(*kept, before + after)[4:], "lost": run(*lost, after)}
for name in lrs:
    print(f"state {name}:", *(f"{lr:g}" for lr in lrs[name]))
# --8<-- [end:forgotten]
assert kept[1].best == 0.5 and lost[1].best == 0.9

# --8<-- [start:patience]
for patience in (0, 1, 2):
    lrs = run(*scheduled(patience=patience), [1.0] * 8)
    print(f"patience={patience}:", *(f"{lr:g}" for lr in lrs[:7]))
# --8<-- [end:patience]
assert run(*scheduled(patience=0, threshold=0), [1.0] * 2)[1] < 0.011
assert math.isclose(lrs[3], 0.01) and lrs[2] == 0.1

# --8<-- [start:threshold]
losses = [0.999**epoch for epoch in range(40)]  # 0.1 % better each epoch
for options in ({}, {"threshold": 0.01}, {"threshold": 0.01, "mode": "max"}):
    lrs = run(*scheduled(patience=5, **options), losses)
    print(f"lr {lrs[-1]:<6.1g} {options or 'defaults'}")
# --8<-- [end:threshold]
assert lrs[-1] < 2e-7 and losses[11] < 0.99 < losses[10] and run(*scheduled(threshold=0.01), losses)[-1] == 0.1

# --8<-- [start:negative]
worse = [-1.0 + 0.00005 * epoch for epoch in range(500)]  # and mode="min"
for threshold_mode in ("rel", "abs"):
    optimizer, scheduler = scheduled(threshold_mode=threshold_mode)
    lrs = run(optimizer, scheduler, worse)
    print(f"{threshold_mode}: best {scheduler.best:.4f}  lr {lrs[-1]:.0e}")
# --8<-- [end:negative]

assert scheduler.best == -1 and len(set(run(*scheduled(), worse))) == 1

# --8<-- [start:nan]
lrs = run(*scheduled(patience=1), [1, *[math.nan] * 4])
print(*(f"{lr:g}" for lr in lrs))
# --8<-- [end:nan]
assert lrs[0] == lrs[1] == 0.1 and math.isclose(lrs[4], 1e-3)
assert math.isclose(run(*scheduled(patience=0), [math.nan])[0], 0.01)  # nothing beats inf

# --8<-- [start:floor]
for options in ({"min_lr": 3e-4}, {"eps": 1e-3}, {"lr": 1e-5, "min_lr": 1e-4}):
    lrs = run(*scheduled(patience=0, **options), [1.0] * 6)
    print(*(f"{lr:<6.0e}" for lr in lrs), options)
# --8<-- [end:floor]
tiny = {"lr": 1e-6, "patience": 0}
assert math.isclose(run(*scheduled(**tiny), [1.0] * 9)[-1], 1e-8)

# --8<-- [start:errors]
optimizer, scheduler = scheduled()
warm_up = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3)
sequence = optimizer, [warm_up, scheduler], [3]
for attempt in (lambda: scheduled(verbose=True), lambda: scheduler.step(),
                lambda: lr_scheduler.SequentialLR(*sequence)):
    try:
        attempt()
    except (TypeError, ValueError) as error:
        print(textwrap.fill(f"{type(error).__name__}: {error}", 80))
# --8<-- [end:errors]
assert scheduler.last_epoch == 0

# --8<-- [start:warm-up]
optimizer, scheduler = scheduled(patience=1)
warm_up = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3)
for epoch, loss in enumerate((9, 8, 7, 6, 5, 5, 5, 5, 5)):
    print(f"{optimizer.param_groups[0]['lr']:g}", end="  ")
    optimizer.step()
    if epoch < 3:
        warm_up.step()
    else:
        scheduler.step(loss)
# --8<-- [end:warm-up]
assert math.isclose(optimizer.param_groups[0]["lr"], 0.001)
plt.show()

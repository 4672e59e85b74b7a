# --8<-- [start:call]
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
lrs = []
for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
    optimizer.step()  # in place of the training of one epoch
    scheduler.step(loss)
    lrs.append(scheduler.get_last_lr()[0])
print("after each epoch:", *(f"{lr:g}" for lr in lrs))
# --8<-- [end:call]
assert [f"{lr:g}" for lr in lrs] == ["0.1", "0.1", "0.1", "0.05", "0.05"], (
    "the third 2.0 is one bad epoch more than patience=1 allows")

# --8<-- [start:imports]
import inspect
import itertools
import math
import textwrap
import warnings

import matplotlib.pyplot as plt
from torch.optim import lr_scheduler

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
        self.optimizer, self.min_lr, self.eps = optimizer, min_lr, eps
        self.factor, self.patience, self.cooldown = factor, patience, cooldown
        self.rule = mode, threshold, threshold_mode
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics):
        if better(float(metrics), self.best, *self.rule):
            self.best, self.num_bad_epochs = float(metrics), 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
            for group in self.optimizer.param_groups:
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
metrics, same = torch.randn(200).cumsum(0).tolist(), []
branches = {"mode": ("min", "max"), "threshold_mode": ("rel", "abs"),
            "threshold": (0, 0.1), "patience": (0, 3), "cooldown": (0, 2),
            "min_lr": (0, 1e-3), "eps": (1e-8, 1e-4)}
for branch in itertools.product(*branches.values()):
    options = dict(zip(branches, branch, strict=True), factor=0.8)
    ours = run(*scheduled(ReduceLROnPlateau, **options), metrics)
    same.append(ours == run(*scheduled(**options), metrics))
print(f"{len(same)} combinations, the same lr after each of 200 metrics:",
      all(same))
# --8<-- [end:equal]
assert all(same), "the class from scratch is torch's, after each of 200 metrics"
assert len(same) == 2**7, "for two values of everything"
theirs = inspect.signature(lr_scheduler.ReduceLROnPlateau).parameters
assert theirs["factor"].default == 0.1, "the default of factor is 0.1"
assert theirs["patience"].default == 10, "the default of patience is 10: eleven unlucky batches, and the rate falls"
assert theirs["threshold"].default == 1e-4, "the default of threshold is 10^{-4}"
assert theirs["eps"].default == 1e-8, "the default of eps is 10^{-8}"
assert run(*scheduled(), [1.0] * 12)[10:] == [0.1, 0.1 * 0.1], "after the best one eleven bad calls reduce, by default"
try:
    scheduled(factor=1.0)
except ValueError as error:
    assert str(error) == "Factor should be < 1.0.", "factor is below 1, or \"Factor should be < 1.0.\""

# --8<-- [start:table]
optimizer, scheduler = scheduled(patience=1, cooldown=2, factor=0.5)
print("epoch  metric  best  bad  cooldown  next lr")
for epoch, metric in enumerate((5, 4, 4, 4, 5, 5, 5, 5, 3, 3, 3)):
    scheduler.step(metric)
    counts = scheduler.num_bad_epochs, scheduler.cooldown_counter
    lr = scheduler.get_last_lr()[0]
    print(f"{epoch:<5}  {metric:<6}  {scheduler.best:<4g}"
          f"  {counts[0]:<3}  {counts[1]:<8}  {lr:.4f}")
# --8<-- [end:table]
lrs = run(*scheduled(patience=1, cooldown=2), [1] * 40)
changes = [epoch for epoch in range(1, 40) if lrs[epoch] < lrs[epoch - 1]]
apart = {later - earlier for earlier, later in itertools.pairwise(changes)}
assert apart == {2 + 1 + 1}, "on a plateau the reductions are cooldown + patience + 1 epochs apart, here 4"
halved = run(*scheduled(patience=1, cooldown=2, factor=0.5), (5, 4, 4, 4, 5, 5, 5, 5, 3, 3, 3))
assert [epoch for epoch in range(1, 11) if halved[epoch] < halved[epoch - 1]] == [3, 7], (
    "epoch 3 is the second bad one: the learning rate halves; epochs 6 and 7 are bad again: the next half")
assert scheduler.best == 3, "an improvement during the cooldown still moves the best value, as in epoch 8"


# --8<-- [start:noisy]
def noisy_run(seed, epochs=60, patience=4):
    """The loss and the learning rate of each epoch."""
    torch.manual_seed(seed)
    weights = torch.full((1000,), 3.0, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.5)
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=patience)
    losses, lrs = [], []
    for _ in range(epochs):
        lrs.append(optimizer.param_groups[0]["lr"])
        for _ in range(5):
            weights.grad = 0.3 * weights.detach() + torch.randn(1000)  # noisy
            optimizer.step()
        losses.append(weights.detach().square().mean().item() / 2)
        scheduler.step(losses[-1])
    return losses, lrs
# --8<-- [end:noisy]


# --8<-- [start:curves]
losses, lrs = noisy_run(seed=0)
figure, axes = plt.subplots(2, 1, figsize=(5.5, 3.3), sharex=True)
axes[0].semilogy(losses, "C0.-")
axes[0].set(ylabel="loss")
axes[1].step(range(60), lrs, "C1", where="post")
axes[1].set(xlabel="epoch", ylabel="learning rate", ylim=(0, None))
# --8<-- [end:curves]
for seed in range(5):
    losses, lrs = noisy_run(seed)
    drops = [epoch for epoch in range(1, 60) if lrs[epoch] < lrs[epoch - 1]]
    assert len(drops) == 2, "two drops, in 5 of 5 seeds"
    best = min(range(drops[0]), key=losses.__getitem__)
    assert drops[0] == best + 5 + 1, "each drop comes five bad epochs after the best one"
    levels = [sum(losses[end - 5:end]) / 5 for end in (*drops, 60)]
    assert levels[1] < 0.4 * levels[0], "each new level is less than 0.4 of the one before, in 5 of 5 seeds"
    assert levels[2] < 0.4 * levels[1], "the second one, too"

# --8<-- [start:resume]
optimizer, scheduler = scheduled(patience=3, factor=0.5)
run(optimizer, scheduler, metrics[:50])
checkpoint = optimizer.state_dict(), scheduler.state_dict()

resumed, its_scheduler = scheduled()
resumed.load_state_dict(checkpoint[0])
its_scheduler.load_state_dict(checkpoint[1])
print("patience", its_scheduler.patience, " factor", its_scheduler.factor)
lrs = run(optimizer, scheduler, metrics[50:])
same = run(resumed, its_scheduler, metrics[50:]) == lrs
print("150 metrics after the checkpoint, the same lr after each:", same)
# --8<-- [end:resume]
assert same, "save both states"
assert its_scheduler.patience == 3, "its options are in the state too, and replace those that you give now"
try:
    scheduled(last_epoch=3)
except TypeError as error:
    assert "last_epoch" in str(error), "there is no last_epoch argument here"
optimizer, scheduler = scheduled(patience=0, min_lr=[1e-6])
optimizer.add_param_group({"params": [torch.ones(1)]})
try:
    run(optimizer, scheduler, [1.0, 1.0])
except RuntimeError as error:
    assert "2" in str(error), "a list is not extended: the next reduction raises a RuntimeError about its length"
optimizer, scheduler = scheduled(patience=0, min_lr=1e-6)
optimizer.add_param_group({"params": [torch.ones(1)]})
run(optimizer, scheduler, [1.0, 1.0])
assert optimizer.param_groups[1]["lr"] < 0.1, "if you add a parameter group later, a single min_lr is extended to it"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scheduler.step(1.0)  # and no optimizer.step()
assert not caught, "the order with optimizer.step() is not checked, and there is no warning"

# --8<-- [start:forgotten]
before, after = [0.5, 0.9, 0.9, 0.9], [0.9] * 5
kept, lost = scheduled(patience=3), scheduled(patience=3)
lrs = {"kept": run(*kept, before + after)[4:], "lost": run(*lost, after)}
for name in lrs:
    print(f"state {name}:", *(f"{lr:g}" for lr in lrs[name]))
# --8<-- [end:forgotten]
assert lost[1].best == 0.9, "without its state the scheduler takes the first metric, 0.9, for a new best one"
assert kept[1].best == 0.5, "here 0.5 was reached before the checkpoint"
assert lrs["kept"][0] < 0.1, "and three bad epochs had passed: the next one reduces"
assert lrs["lost"][3] == 0.1, "and waits from there"

# --8<-- [start:patience]
print("patience", *(f"  {epoch:<5}" for epoch in range(7)))
for patience in (0, 1, 2):
    lrs = run(*scheduled(patience=patience), [1.0] * 8)
    print(f"{patience:<8}", *(f"  {lr:<5g}" for lr in lrs[:7]))
# --8<-- [end:patience]
assert run(*scheduled(patience=0, threshold=0), [1.0] * 2)[1] < 0.1, "with threshold=0 an equal metric is still bad"
assert [lr < 0.1 for lr in lrs[:4]] == [False, False, False, True], "patience=2 reduces in the third bad epoch"
for patience in (0, 1, 2, 5):
    lrs = run(*scheduled(patience=patience), [3.0, 2.0, *[2.0] * 9])
    first = next(epoch for epoch, lr in enumerate(lrs) if lr < 0.1)
    assert first == 1 + patience + 1, "it is at the end of epoch e + patience + 1 that the learning rate falls"
doc = " ".join(lr_scheduler.ReduceLROnPlateau.__doc__.split())
assert "performance improves or remains the same" in doc, "\"if the performance improves or remains the same\""

# --8<-- [start:threshold]
losses = [0.999**epoch for epoch in range(40)]  # 0.1 % better each epoch
print("lr in the end  options")
for options in ({}, {"threshold": 0.01}, {"threshold": 0.01, "mode": "max"}):
    lrs = run(*scheduled(patience=5, **options), losses)
    print(f"{lrs[-1]:<13.1g}  {options or 'defaults'}")
# --8<-- [end:threshold]
assert losses[11] < 0.99 < losses[10], "at 0.1 % per epoch the 1 % are reached after eleven epochs"
assert run(*scheduled(patience=5, threshold=0.01), losses)[-1] < 0.1, "with patience=5 that is too late"
assert run(*scheduled(threshold=0.01), losses)[-1] == 0.1, "with the default of 10 it is just in time"
_, watched = scheduled(patience=5, mode="max")
for loss in losses:
    watched.step(loss)
assert watched.best == losses[0], "with mode=\"max\" the first value stays the best for ever"

# --8<-- [start:negative]
worse = [-1.0 + 0.00005 * epoch for epoch in range(500)]  # and mode="min"
print("threshold_mode  best     lr in the end")
for threshold_mode in ("rel", "abs"):
    optimizer, scheduler = scheduled(threshold_mode=threshold_mode)
    lrs = run(optimizer, scheduler, worse)
    print(f"{threshold_mode:<14}  {scheduler.best:.4f}  {lrs[-1]:.0e}")
# --8<-- [end:negative]
assert len(worse) == 500, "this metric gets worse for 500 epochs"
assert len(set(run(*scheduled(), worse))) == 1, "with \"rel\" the learning rate is never touched"
_, relative = scheduled()
for metric in worse:
    relative.step(metric)
assert relative.best > -1, "the best value follows it upwards"
assert scheduler.best == -1, "with \"abs\" it does not"
assert not better(0.0, 0.0, "min", 0.5, "rel"), "at b = 0 the relative bar is 0 whatever τ is"

# --8<-- [start:nan]
lrs = run(*scheduled(patience=1), [1, *[math.nan] * 4])
print(*(f"{lr:g}" for lr in lrs))
# --8<-- [end:nan]
assert [lr < 0.1 for lr in lrs] == [False, False, True, True, True], "nan is a bad epoch"
assert run(*scheduled(patience=1, mode="max"), [1, *[math.nan] * 4]) == lrs, "in both modes"
_, scheduler = scheduled(patience=1)
for metric in (1, math.nan):
    scheduler.step(metric)
assert scheduler.best == 1, "the best value stays clean"

# --8<-- [start:floor]
floors = []
for options in ({"min_lr": 3e-4}, {"eps": 1e-3}, {"lr": 1e-5, "min_lr": 1e-4}):
    lrs = run(*scheduled(patience=0, **options), [1.0] * 6)
    print(*(f"{lr:<6.0e}" for lr in lrs), options)
    floors.append(lrs)
# --8<-- [end:floor]
tiny = {"lr": 1e-6, "patience": 0}
assert math.isclose(run(*scheduled(**tiny), [1.0] * 9)[-1], 1e-8), "with the defaults 10^{-8} is the end"
assert math.isclose(floors[1][-1], 1e-3), "in the second line eps=1e-3 ends it at 10^{-3}"
assert set(floors[2]) == {1e-5}, "in the third it is not raised, and not reduced either"

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
loss = torch.ones((), requires_grad=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scheduler.step(loss)
assert len(caught) == 1, "a tensor that requires grad makes it warn"
for combine in (lambda parts: lr_scheduler.SequentialLR(optimizer, parts, [3]), lr_scheduler.ChainedScheduler):
    try:
        combine([warm_up, scheduler])
    except ValueError as error:
        assert "no support" in str(error) or "does not support" in str(error), "it cannot be part of either"

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
assert math.isclose(optimizer.param_groups[0]["lr"], 0.1 * 0.1**2), "it takes over what the warm-up leaves"
plt.show()

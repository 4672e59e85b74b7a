# --8<-- [start:imports]
import torch
from _says import CURED, SAID, cure, says
from torch import optim
from torch.optim import lr_scheduler as sched
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn

weight = torch.zeros(3, requires_grad=True)
sgd = optim.SGD([weight], lr=0.1)
# --8<-- [end:imports]

# --8<-- [start:order]
with says("scheduler-before-optimizer"):
    scheduler = sched.StepLR(sgd, 10)
    scheduler.step()
    sgd.step()
with cure("scheduler-before-optimizer"):
    scheduler = sched.StepLR(sgd, 10)
    sgd.step()
    scheduler.step()

with says("scheduler-of-no-optimizer"):
    sched.StepLR(weight, 10)
with cure("scheduler-of-no-optimizer"):
    sched.StepLR(sgd, 10)

with says("last-epoch"):
    sched.StepLR(optim.SGD([weight], lr=0.1), 10, last_epoch=4)
with cure("last-epoch"):
    saved = scheduler.state_dict()
    sched.StepLR(optim.SGD([weight], lr=0.1), 10).load_state_dict(saved)
# --8<-- [end:order]

# --8<-- [start:step]
with says("scheduler-step-epoch"):
    scheduler.step(5)
with cure("scheduler-step-epoch"):
    scheduler.step()

with says("get-lr"):
    scheduler.get_lr()
with cure("get-lr"):
    scheduler.get_last_lr()

with says("plateau-metric"):
    sched.ReduceLROnPlateau(sgd).step()
with cure("plateau-metric"):
    sched.ReduceLROnPlateau(sgd).step(0.7)  # the validation loss

with says("plateau-verbose"):
    sched.ReduceLROnPlateau(sgd, verbose=True)
with cure("plateau-verbose"):
    scheduler = sched.ReduceLROnPlateau(sgd)
    scheduler.get_last_lr()  # print it
# --8<-- [end:step]

# --8<-- [start:plateau]
with says("plateau-factor"):
    sched.ReduceLROnPlateau(sgd, factor=1.0)
with cure("plateau-factor"):
    sched.ReduceLROnPlateau(sgd, factor=0.1)

with says("plateau-mode"):
    sched.ReduceLROnPlateau(sgd, mode="minimum")
with cure("plateau-mode"):
    sched.ReduceLROnPlateau(sgd, mode="min")

with says("plateau-min-lr"):
    sched.ReduceLROnPlateau(sgd, min_lr=[1e-5, 1e-6])
with cure("plateau-min-lr"):
    sched.ReduceLROnPlateau(sgd, min_lr=[1e-5])  # one for each group

with says("lambda-count"):
    sched.LambdaLR(sgd, [lambda n: 0.9**n, lambda n: 0.5**n])
with cure("lambda-count"):
    sched.LambdaLR(sgd, lambda n: 0.9**n)
# --8<-- [end:plateau]

# --8<-- [start:one-cycle]
with says("one-cycle-length"):
    sched.OneCycleLR(sgd, max_lr=0.1)
with cure("one-cycle-length"):
    sched.OneCycleLR(sgd, max_lr=0.1, epochs=5, steps_per_epoch=100)

with says("one-cycle-too-many"):
    scheduler = sched.OneCycleLR(sgd, max_lr=0.1, total_steps=10)
    for _ in range(11):
        sgd.step()
        scheduler.step()
with cure("one-cycle-too-many"):
    scheduler = sched.OneCycleLR(sgd, max_lr=0.1, total_steps=12)
    for _ in range(11):
        sgd.step()
        scheduler.step()
# --8<-- [end:one-cycle]

# --8<-- [start:one-cycle-options]
with says("one-cycle-total"):
    sched.OneCycleLR(sgd, max_lr=0.1, total_steps=2.5)
with cure("one-cycle-total"):
    sched.OneCycleLR(sgd, max_lr=0.1, total_steps=25)

with says("one-cycle-pct-start"):
    sched.OneCycleLR(sgd, max_lr=0.1, total_steps=10, pct_start=30)
with cure("one-cycle-pct-start"):
    sched.OneCycleLR(sgd, max_lr=0.1, total_steps=10, pct_start=0.3)

with says("one-cycle-anneal"):
    sched.OneCycleLR(sgd, 0.1, total_steps=10, anneal_strategy="cosine")
with cure("one-cycle-anneal"):
    sched.OneCycleLR(sgd, 0.1, total_steps=10, anneal_strategy="cos")

with says("cycle-momentum"):
    sched.OneCycleLR(optim.Adagrad([weight]), max_lr=0.1, total_steps=10)
with cure("cycle-momentum"):
    adagrad = optim.Adagrad([weight])
    sched.OneCycleLR(adagrad, 0.1, total_steps=10, cycle_momentum=False)
# --8<-- [end:one-cycle-options]

# --8<-- [start:cyclic]
with says("cyclic-mode"):
    sched.CyclicLR(sgd, 0.01, 0.1, mode="cos", cycle_momentum=False)
with cure("cyclic-mode"):
    sched.CyclicLR(sgd, 0.01, 0.1, mode="triangular", cycle_momentum=False)

with says("linear-start"):
    sched.LinearLR(sgd, start_factor=0.0)
with cure("linear-start"):
    sched.LinearLR(sgd, start_factor=0.01)

with says("constant-factor"):
    sched.ConstantLR(sgd, factor=2.0)
with cure("constant-factor"):
    sched.ConstantLR(sgd, factor=0.5)

with says("restarts-period"):
    sched.CosineAnnealingWarmRestarts(sgd, T_0=0)
with cure("restarts-period"):
    sched.CosineAnnealingWarmRestarts(sgd, T_0=10)

with says("restarts-factor"):
    sched.CosineAnnealingWarmRestarts(sgd, T_0=10, T_mult=1.5)
with cure("restarts-factor"):
    sched.CosineAnnealingWarmRestarts(sgd, T_0=10, T_mult=2)
# --8<-- [end:cyclic]

# --8<-- [start:sequences]
warm, cool = sched.LinearLR(sgd), sched.ExponentialLR(sgd, 0.9)
with says("sequential-milestones"):
    sched.SequentialLR(sgd, [warm, cool], milestones=[5, 10])
with cure("sequential-milestones"):
    sched.SequentialLR(sgd, [warm, cool], milestones=[5])

with says("sequential-optimizers"):
    other = sched.ExponentialLR(optim.SGD([weight]), 0.9)
    sched.SequentialLR(sgd, [warm, other], milestones=[5])
with cure("sequential-optimizers"):
    other = sched.ExponentialLR(sgd, 0.9)
    sched.SequentialLR(sgd, [warm, other], milestones=[5])

with says("chained-none"):
    sched.ChainedScheduler([])
with cure("chained-none"):
    sched.ChainedScheduler([warm, cool])
# --8<-- [end:sequences]

# --8<-- [start:averages]
with says("swa-anneal"):
    SWALR(sgd, swa_lr=0.05, anneal_strategy="cosine")
with cure("swa-anneal"):
    SWALR(sgd, swa_lr=0.05, anneal_strategy="cos")

with says("ema-decay"):
    get_ema_avg_fn(decay=1.5)
with cure("ema-decay"):
    ema = AveragedModel(torch.nn.Linear(3, 2), avg_fn=get_ema_avg_fn(0.999))

with says("scheduler-new-group"):
    scheduler = sched.CosineAnnealingWarmRestarts(sgd, T_0=10)
    sgd.add_param_group({"params": [torch.zeros(2, requires_grad=True)]})
    sgd.step()
    scheduler.step()
with cure("scheduler-new-group"):
    scheduler = sched.CosineAnnealingWarmRestarts(sgd, T_0=10)
    sgd.step()
    scheduler.step()
# --8<-- [end:averages]
assert CURED == SAID, "every cure ran, without an error and without a warning"

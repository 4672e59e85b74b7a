# --8<-- [start:overview]
import matplotlib.pyplot as plt
import torch
from torch.optim import SGD
from torch.optim import lr_scheduler as lrs


def warm_up_then_cosine(optimizer):
    rise = lrs.LinearLR(optimizer, 0.1, total_iters=10)
    fall = lrs.CosineAnnealingLR(optimizer, T_max=40)
    return lrs.SequentialLR(optimizer, [rise, fall], milestones=[10])


schedules = {
    "StepLR": lambda optimizer: lrs.StepLR(optimizer, 15, gamma=0.5),
    "CosineAnnealingLR": lambda optimizer: lrs.CosineAnnealingLR(optimizer, 50),
    "SequentialLR": warm_up_then_cosine,
    "OneCycleLR": lambda optimizer: lrs.OneCycleLR(optimizer, 1.0, total_steps=50),
}
# --8<-- [end:overview]


# --8<-- [start:curves]
def rates(make, steps=50):
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    scheduler, used = make(optimizer), []
    for _ in range(steps):
        used.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return used


figure, axes = plt.subplots(figsize=(5.5, 2.8))
for name, make in schedules.items():
    axes.plot(rates(make), label=name)
axes.set(xlabel="step", ylabel="learning rate", ylim=(0, 1.3))
axes.legend(ncols=2, loc="upper right")
# --8<-- [end:curves]
one_cycle, sequential = rates(schedules["OneCycleLR"]), rates(schedules["SequentialLR"])
assert one_cycle.index(max(one_cycle)) == 14, "OneCycleLR rises to step 14"
assert sequential.index(max(sequential)) == 10, "SequentialLR rises for 10 steps"
plt.show()

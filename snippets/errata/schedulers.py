# --8<-- [start:imports]
import math
import re
import warnings
from functools import partial

import torch
from _claim import claim
from _manual import says
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers

# --8<-- [end:imports]
warnings.simplefilter("ignore")  # nothing is trained here, so the order of the calls does not matter


# --8<-- [start:used]
def optimizer_with(lr):
    return optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr)


def used(make, steps, lr=0.05):
    """The learning rates of the first steps."""
    optimizer = optimizer_with(lr)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def example(name, kind, epochs, digits, make, formula):
    """The values in the docstring of a class against those of a run."""
    printed = re.findall(r"lr = (\S+)\s+if epoch == (\d+)", kind.__doc__)
    told = [value for value, epoch in printed if int(epoch) in epochs]
    rates = used(make, 30)
    found = [f"{rates[epoch]:.{digits}f}" for epoch in epochs]
    right = [f"{formula(epoch):.{digits}f}" for epoch in epochs]
    claim(name, ", ".join(told), ", ".join(found), right=", ".join(right))
# --8<-- [end:used]
for kind in (schedulers.LinearLR, schedulers.PolynomialLR, schedulers.ChainedScheduler):
    says(kind, "xdoctest: +SKIP", "Assuming optimizer uses lr = 0.05 for all groups")
says(schedulers.LambdaLR, "lambda1 = lambda epoch: epoch // 30", "num_epochs = 100")

# --8<-- [start:examples]
def chained(optimizer):
    parts = [schedulers.ConstantLR(optimizer, factor=0.1, total_iters=20),
             schedulers.ExponentialLR(optimizer, gamma=0.9)]
    return schedulers.ChainedScheduler(parts, optimizer=optimizer)


linear = partial(schedulers.LinearLR, start_factor=0.05, total_iters=40)
example("manual-linear", schedulers.LinearLR, range(3), 7, linear,
        lambda step: 0.05 * (0.05 + 0.95 * step / 40))
polynomial = partial(schedulers.PolynomialLR, total_iters=50, power=0.9)
example("manual-polynomial", schedulers.PolynomialLR, range(3), 4, polynomial,
        lambda step: 0.05 * (1 - step / 50) ** 0.9)
example("manual-chained", schedulers.ChainedScheduler, (0, 19, 20), 6, chained,
        lambda step: 0.05 * (0.1 if step < 20 else 1) * 0.9**step)
rates = used(partial(schedulers.LambdaLR, lr_lambda=lambda epoch: epoch // 30), 100)
trained = sum(lr > 0 for lr in rates)
claim("manual-lambda", 100, trained, right=100 - 30)
# --8<-- [end:examples]
assert rates[:30] == [0.0] * 30, "In the first 30 the rate is 0"
assert rates == sorted(rates), "and then it rises"
late = used(linear, 5)
says(schedulers.LinearLR, "lr = 0.003687 if epoch == 0")
assert [f"{rate:.4f}" for rate in late[1:3]] == ["0.0037", "0.0049"], "The printed values are those of epochs 1 to 4"
assert f"{late[0]:.4f}" == "0.0025", "0.0025. The printed values are those of epochs 1 to 4"
assert re.search(r"lr = 0.06078\s+if epoch == 20", schedulers.ChainedScheduler.__doc__), (
    "0.05 in epoch 0, 0.06078 in epoch 20")
with_half = used(chained, 30, lr=0.5)
for value, epoch in re.findall(r"lr = (\S+)\s+if epoch == (\d+)", schedulers.ChainedScheduler.__doc__):
    assert abs(float(value) / with_half[int(epoch)] - 1) < 1e-3, (
        "a tenth: the values are those of an optimizer with 0.5")
says(schedulers.LinearLR, "The number of iterations that multiplicative factor reaches to 1")
says(schedulers.MultiStepLR, "Must be increasing")
says(schedulers.LambdaLR.state_dict, "only be saved if they are callable objects")
says(schedulers.CosineAnnealingLR, r"\frac{1 + \cos\left(\frac{(T_{cur}+1) \pi}{T_{max}}\right)}")
says(schedulers.CosineAnnealingLR, "This implements a recursive approximation of the closed-form schedule")
says(schedulers.CosineAnnealingWarmRestarts, r"When :math:`T_{cur}=T_{i}`, set :math:`\eta_t = \eta_{min}`")
says(schedulers.CosineAnnealingWarmRestarts.step, "epoch + i / iters")

# --8<-- [start:words]
to_one = used(schedulers.LinearLR, 9, lr=1.0)[-1]
to_half = used(partial(schedulers.LinearLR, end_factor=0.5), 9, lr=1.0)[-1]
claim("manual-linear-end", 1.0, to_one, without=to_half)
rising = used(partial(schedulers.MultiStepLR, milestones=[2, 4]), 9)
falling = used(partial(schedulers.MultiStepLR, milestones=[4, 2]), 9)
found = "accepted, equal" if rising == falling else "differs"
claim("manual-multi-step", "refused", found, right="accepted, equal")


class Warmup:
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, epoch):
        return min(1.0, (epoch + 1) / self.steps)


def kept(factor):
    state = schedulers.LambdaLR(optimizer_with(0.1), factor).state_dict()
    return "saved" if state["lr_lambdas"][0] else "lost"


lost = kept(partial(min, 1.0))
claim("manual-lambda-saved", "saved", kept(Warmup(20)), without=lost)
# --8<-- [end:words]

# --8<-- [start:cosine]
def cosine(step, T_max, low=0.0, high=0.05):
    return low + (high - low) * (1 + math.cos(math.pi * step / T_max)) / 2


def recursion(step, T_max):
    now, then = (1 + math.cos(math.pi * s / T_max) for s in (step, step + 1))
    return cosine(step, T_max) * then / now


try:
    told = recursion(5, T_max=5)
except ZeroDivisionError as error:
    told = type(error).__name__
found = used(partial(schedulers.CosineAnnealingLR, T_max=5), 7)[6]
claim("manual-cosine-zero", told, found, right=cosine(6, T_max=5))
rates = used(partial(schedulers.CosineAnnealingLR, T_max=90), 900)
gap = max(abs(lr - cosine(step, T_max=90)) for step, lr in enumerate(rates))
found = "exact" if gap < 1e-12 else gap
claim("manual-cosine-exact", "approximate", found, right="exact")
# --8<-- [end:cosine]
assert gap < 1e-12, "it is equal, up to rounding below 10^{-12}"

# --8<-- [start:restarts]
restarts = schedulers.CosineAnnealingWarmRestarts
lowest = min(used(partial(restarts, T_0=4, eta_min=0.01), 20))
claim("manual-restarts-end", 0.01, lowest, right=cosine(3, T_max=4, low=0.01))
optimizer = optimizer_with(0.05)
scheduler, rates = restarts(optimizer, T_0=1), []
for i in range(4):  # the loop of the manual, epoch 0, with four batches
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step(0 + i / 4)
told = [cosine(i / 4, T_max=1) for i in range(4)]
claim("manual-restarts-loop", told, rates, right=told[:1] + told[:-1])
# --8<-- [end:restarts]

import math
import re
import warnings
from functools import partial

import torch
from _claim import claim
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers

warnings.simplefilter("ignore")  # nothing is trained here, so the order of the calls does not matter


def says(kind, *phrases):
    for phrase in phrases:
        assert phrase in " ".join(kind.__doc__.split()), phrase


# --8<-- [start:used]
def used(make, steps, lr=0.05):
    """The learning rates of the first steps."""
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr)
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
    says(kind, "Assuming optimizer uses lr = 0.05 for all groups")
says(schedulers.LambdaLR, "lambda1 = lambda epoch: epoch // 30", "num_epochs = 100")

# --8<-- [start:examples]
def linear(o):
    return schedulers.LinearLR(o, start_factor=0.05, total_iters=40)


def polynomial(o):
    return schedulers.PolynomialLR(o, total_iters=50, power=0.9)


def chained(o):
    parts = schedulers.ConstantLR(o, 0.1, total_iters=20), schedulers.ExponentialLR(o, 0.9)
    return schedulers.ChainedScheduler(parts, optimizer=o)


example("manual-linear", schedulers.LinearLR, range(3), 7, linear,
        lambda s: 0.05 * (0.05 + 0.95 * s / 40))
example("manual-polynomial", schedulers.PolynomialLR, range(3), 4, polynomial,
        lambda s: 0.05 * (1 - s / 50) ** 0.9)
example("manual-chained", schedulers.ChainedScheduler, (0, 19, 20), 6, chained,
        lambda s: 0.05 * (0.1 if s < 20 else 1) * 0.9**s)
rates = used(lambda o: schedulers.LambdaLR(o, lambda epoch: epoch // 30), 100)
claim("manual-lambda", 100, sum(lr > 0 for lr in rates), right=100 - 30)  # epochs that train
# --8<-- [end:examples]
says(schedulers.LinearLR, "The number of iterations that multiplicative factor reaches to 1")
says(schedulers.MultiStepLR, "Must be increasing")
says(schedulers.LambdaLR.state_dict, "only be saved if they are callable objects")
says(schedulers.CosineAnnealingLR, r"\frac{1 + \cos\left(\frac{(T_{cur}+1) \pi}{T_{max}}\right)}")
says(schedulers.CosineAnnealingLR, "This implements a recursive approximation of the closed-form schedule")
says(schedulers.CosineAnnealingWarmRestarts, r"When :math:`T_{cur}=T_{i}`, set :math:`\eta_t = \eta_{min}`")
assert "epoch + i / iters" in schedulers.CosineAnnealingWarmRestarts.step.__doc__

# --8<-- [start:words]
ends = [used(partial(schedulers.LinearLR, **options), 9, lr=1.0)[-1]
        for options in ({}, {"end_factor": 0.5})]
claim("manual-linear-end", 1.0, ends[0], without=ends[1])
orders = [used(partial(schedulers.MultiStepLR, milestones=m), 9) for m in ([2, 4], [4, 2])]
found = "accepted, equal" if orders[0] == orders[1] else "differs"
claim("manual-multi-step", "refused", found, right="accepted, equal")
# --8<-- [end:words]


# --8<-- [start:saved]
class Warmup:
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, epoch):
        return min(1.0, (epoch + 1) / self.steps)


def kept(factor):
    scheduler = schedulers.LambdaLR(optim.SGD([nn.Parameter(torch.zeros(1))]), factor)
    return "saved" if scheduler.state_dict()["lr_lambdas"][0] else "lost"


claim("manual-lambda-saved", "saved", kept(Warmup(20)), without=kept(partial(min, 1.0)))
# --8<-- [end:saved]

# --8<-- [start:cosine]
def cosine(step, T_max, low=0.0, high=0.05):
    return low + (high - low) * (1 + math.cos(math.pi * step / T_max)) / 2


def recursion(step, T_max):
    now, then = (1 + math.cos(math.pi * s / T_max) for s in (step, step + 1))
    return cosine(step, T_max) * then / now


try:
    told = recursion(5, 5)
except ZeroDivisionError as error:
    told = type(error).__name__
found = used(partial(schedulers.CosineAnnealingLR, T_max=5), 7)[6]
claim("manual-cosine-zero", told, found, right=cosine(6, 5))
rates = used(partial(schedulers.CosineAnnealingLR, T_max=90), 900)
gap = max(abs(lr - cosine(s, 90)) for s, lr in enumerate(rates))
claim("manual-cosine-exact", "approximate", "exact" if gap < 1e-12 else gap, right="exact")
rates = used(partial(schedulers.CosineAnnealingWarmRestarts, T_0=4, eta_min=0.01), 20)
claim("manual-restarts-end", 0.01, min(rates), right=cosine(3, 4, low=0.01))
# --8<-- [end:cosine]

# --8<-- [start:late]
optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.05)
scheduler, rates = schedulers.CosineAnnealingWarmRestarts(optimizer, T_0=1), []
for i in range(4):  # the loop of the manual, epoch 0, with four batches
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step(0 + i / 4)
told = [cosine(i / 4, 1) for i in range(4)]
claim("manual-restarts-loop", told, rates, right=told[:1] + told[:-1])
# --8<-- [end:late]

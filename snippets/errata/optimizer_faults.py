# --8<-- [start:imports]
import torch
from _claim import claim
from _outcome import outcome
from torch import nn, optim
from torch.optim import swa_utils

# --8<-- [end:imports]


# --8<-- [start:nadam]
def nadam(gradients, beta1=0.9, beta2=0.999, psi=0.004):
    """The manual's box, in float64."""
    theta = m = v = 0.0
    product = 1.0
    for t, g in enumerate(gradients, start=1):
        mu = beta1 * (1 - 0.5 * 0.96 ** (t * psi))
        following = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
        product *= mu
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        mean = following * m / (1 - product * following)
        mean += (1 - mu) * g / (1 - product)
        theta -= 0.002 * mean / ((v / (1 - beta2**t)) ** 0.5 + 1e-8)
    return theta
# --8<-- [end:nadam]


# --8<-- [start:numbers]
def digits(default_type, gradients=(1.0, -0.5, 2.0) * 20):
    torch.set_default_dtype(default_type)
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = optim.NAdam([p])
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
    torch.set_default_dtype(torch.float32)
    error = abs(p.item() / nadam(gradients) - 1)
    return "12 digits" if error < 1e-12 else "fewer"


in_float64, in_float32 = digits(torch.float64), digits(torch.float32)
claim("nadam-float64", "12 digits", in_float64, without=in_float32)
# --8<-- [end:numbers]


# --8<-- [start:underflow]
def step_size(gradient):
    """Of Rprop, after three steps with equal signs."""
    p = nn.Parameter(torch.zeros(1))
    optimizer = optim.Rprop([p], lr=0.1)
    for _ in range(3):
        p.grad = torch.full_like(p, gradient)
        optimizer.step()
    return optimizer.state[p]["step_size"]


claim("rprop-underflow", [0.1 * 1.2**2], step_size(1e-3), without=step_size(1e-23))
# --8<-- [end:underflow]
assert step_size(1e-23).item() == torch.tensor(0.1).item(), "With 10^{-23} it stays"
assert torch.tensor(1e-23) * torch.tensor(1e-23) == 0, "the product of two gradients rounds to 0"

# --8<-- [start:groups]
first, second = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
group = {"params": [second], "initial_accumulator_value": 99.0}
optimizer = optim.Adagrad([group], initial_accumulator_value=2.0)
claim("adagrad-group", 99.0, optimizer.state[second]["sum"].item(), right=2.0)
nesterov = {"momentum": 0.9, "nesterov": True}
made = outcome(optim.SGD, [first], dampening=0.5, **nesterov)
group = {"params": [first], "dampening": 0.5}
passed = outcome(optim.SGD, [group], **nesterov)
claim("sgd-nesterov-group", "ValueError", made, without=passed)
# --8<-- [end:groups]
assert passed == "runs", "in the constructor. A group with dampening=0.5 passes"


# --8<-- [start:late]
def late(fused):
    first.grad = second.grad = None
    optimizer = optim.SGD([first, second], momentum=0.9, fused=fused)
    for p in (first, second):  # the second has no gradient in the first step
        p.grad = torch.ones(1)
        optimizer.step()


plain = outcome(late, fused=False)
claim("sgd-fused-late", plain, outcome(late, fused=True), right="TypeError")
# --8<-- [end:late]


# --8<-- [start:rmsprop]
def finite(noise):
    torch.manual_seed(0)
    p = nn.Parameter(torch.zeros(1000))
    optimizer = optim.RMSprop([p], alpha=0.9, centered=True)
    for _ in range(200):
        p.grad = torch.linspace(0.01, 10, 1000) * (1 + noise * torch.randn(1000))
        optimizer.step()
    return "finite" if p.isfinite().all() else "nan"


claim("rmsprop-rounding", "finite", finite(noise=0.1), without=finite(noise=0.0001))


def cycled(steps_before):
    optimizer = optim.RMSprop([first])
    for _ in range(steps_before):
        optimizer.step()
    optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=10)
    optimizer.step()


claim("rmsprop-one-cycle", "runs", outcome(cycled, 0), without=outcome(cycled, 1))
# --8<-- [end:rmsprop]

# --8<-- [start:tools]
def averaged(average, model):
    copy = swa_utils.AveragedModel(model, multi_avg_fn=average, use_buffers=True)
    for _ in range(2):
        copy.update_parameters(model)


ema, swa = swa_utils.get_ema_multi_avg_fn(), swa_utils.get_swa_multi_avg_fn()
norm = nn.BatchNorm1d(2)
fails = outcome(averaged, swa, norm)
claim("swa-buffers", "runs", outcome(averaged, ema, norm), without=fails)
empty = [nn.Parameter(torch.zeros(1))]  # without a gradient
told = outcome(nn.utils.clip_grad_norm_, empty, 1.0)
found = outcome(nn.utils.clip_grad_value_, empty, 1.0)
claim("clip-value-empty", told, found, right="RuntimeError")
# --8<-- [end:tools]
assert outcome(averaged, swa, nn.Linear(1, 1)) == "runs", "without buffers the SWA twin averages"
assert outcome(averaged, swa, nn.BatchNorm1d(2, track_running_stats=False)) == "runs", (
    "The SWA twin fails on the counter of batch norm")

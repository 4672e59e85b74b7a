# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def poisson_nll_loss(
    input, target, log_input=True, full=False, eps=1e-8, reduction="mean"
):
    rate = input.exp() if log_input else input
    log_rate = input if log_input else (input + eps).log()
    loss = rate - target * log_rate
    if full:
        stirling = target * target.log() - target
        stirling = stirling + (2 * math.pi * target).log() / 2
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(4, 5, dtype=torch.float64).requires_grad_()
rate = (3 * torch.rand(4, 5, dtype=torch.float64)).requires_grad_()
y = torch.randint(6, (4, 5)).double()
cases = (x, rate), (False, True), (1e-8, 0.1), ("none", "mean", "sum")
worst = 0.0
for given, full, eps, reduction in itertools.product(*cases):
    options = {"full": full, "eps": eps, "reduction": reduction}
    ours = poisson_nll_loss(given, y, given is x, **options)
    library = F.poisson_nll_loss(given, y, given is x, **options)
    slopes = [torch.autograd.grad(v.sum(), given)[0] for v in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, ((a - b).abs() / b.abs().clamp(min=1)).max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

# --8<-- [start:example]
x = torch.full((3,), math.log(2), requires_grad=True)  # three times the rate 2
y = torch.tensor([0.0, 1.0, 3.0])
loss = F.poisson_nll_loss(x, y)
loss.backward()
each = F.poisson_nll_loss(x, y, reduction="none")
print("loss    ", [f"{value:.4f}" for value in each])
print("mean    ", f"{loss:.4f}")
print("gradient", [f"{value:.4f}" for value in x.grad])
# --8<-- [end:example]
assert torch.allclose(each, torch.tensor([2 - k * math.log(2) for k in (0, 1, 3)]), atol=1e-6)
assert f"{loss:.4f}" == "1.0758" and torch.allclose(x.grad, torch.tensor([2.0, 1, -1]) / 3)
assert [f"{value:.4f}" for value in each] == ["2.0000", "1.3069", "-0.0794"]

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, count in (("C0", 0.0), ("C1", 1.0), ("C2", 5.0)):
    loss = F.poisson_nll_loss(x, torch.full_like(x, count), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color)
    right.plot(x.detach(), slope, color)
    at = slope[0].item() + (0.9 if count != 1 else -1.2)
    right.text(-2.9, at, f"y = {count:.0f}", color=color, va="center")
for panel, title, low in ((left, "loss", -4), (right, "gradient", -6)):
    panel.set(title=title, xlabel="x, the log of the rate", ylim=(low, 16))
    panel.set_xticks(range(-3, 4))
# --8<-- [end:curves]
assert torch.allclose(slope, x.exp() - 5, atol=1e-4) and abs(x[loss.argmin()] - math.log(5)) < 0.01
assert abs(loss.min().item() - (5 - 5 * math.log(5))) < 1e-3 and round(5 - 5 * math.log(5), 2) == -3.05

# --8<-- [start:log-input]
rates, y = torch.tensor([0.01, 2.0, 50.0]), torch.full((3,), 2.0)
for log_input in (False, True):
    x = (rates.log() if log_input else rates.clone()).requires_grad_()
    loss = F.poisson_nll_loss(x, y, log_input, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    print("log rate" if log_input else "rate")
    print("  loss    ", [f"{value:.2f}" for value in loss])
    print("  gradient", [f"{value:.2f}" for value in slope])
# --8<-- [end:log-input]
other = F.poisson_nll_loss(rates, y, False, reduction="none")
assert torch.allclose(loss, other, atol=1e-4) and torch.allclose(slope, torch.tensor([-1.99, 0, 48]), atol=1e-4)

# --8<-- [start:full]
rate = torch.tensor(3.0)
for count in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0):
    y = torch.tensor(count)
    short = F.poisson_nll_loss(rate, y, log_input=False)
    full = F.poisson_nll_loss(rate, y, log_input=False, full=True)
    exact = short + torch.lgamma(y + 1)
    print(f"y = {count:4}: {short:8.4f}, full {full:7.4f}, exact {exact:7.4f}")
# --8<-- [end:full]
assert f"{F.poisson_nll_loss(rate, torch.tensor(1.0), False, True):.4f}" == "1.9014" == f"{3 - math.log(3):.4f}"
y = torch.tensor([0.0, 1.0, 2.0, 3.0, 10.0])
gap = F.poisson_nll_loss(rate, y, False, True, reduction="none")
gap = F.poisson_nll_loss(rate, y, False, reduction="none") + torch.lgamma(y + 1) - gap
assert [f"{gap[i]:.4f}" for i in (2, 4)] == ["0.0413", "0.0083"] and gap[:2].abs().max() < 1e-6
exact = F.poisson_nll_loss(rate, y, False, reduction="none") + torch.lgamma(y + 1)
assert torch.allclose(exact, -torch.distributions.Poisson(rate).log_prob(y), atol=1e-5)

# --8<-- [start:eps]
for eps in (1e-8, 1e-3):
    rate = torch.tensor([0.0, 1e-4, 1.0], requires_grad=True)
    criterion = nn.PoissonNLLLoss(log_input=False, eps=eps, reduction="none")
    loss = criterion(rate, torch.ones(3))
    (slope,) = torch.autograd.grad(loss.sum(), rate)
    print(f"eps {eps}: loss", [f"{value:.2f}" for value in loss])
    print("   gradient", [f"{value:.0e}" for value in slope])
# --8<-- [end:eps]

# --8<-- [start:negative]
y = torch.tensor([0.0, 1.0, 5.0, 100.0])
loss = nn.PoissonNLLLoss(log_input=False, reduction="none")
perfect = loss(y, y)
deviance = 2 * (loss(torch.tensor([1.0, 2.0, 4.0, 90.0]), y) - perfect)
print("perfect ", [f"{value:.2f}" for value in perfect])
print("deviance", [f"{value:.2f}" for value in deviance])
# --8<-- [end:negative]
assert perfect[-1] < -360 and (deviance > 0).all() and (perfect[2:] < 0).all()

# --8<-- [start:default]
y = torch.tensor([2.0, 4.0, 6.0])
outputs = torch.arange(1, 801) / 100
for log_input in (True, False):
    loss = nn.PoissonNLLLoss(log_input)
    losses = torch.stack([loss(x.expand(3), y) for x in outputs])
    best = outputs[losses.argmin()]
    print(f"log_input {log_input!s:5}: best output {best:.2f}")
# --8<-- [end:default]
assert round(math.log(4), 2) == 1.39

# --8<-- [start:nan]
criterion = nn.PoissonNLLLoss(log_input=False)
x = torch.tensor([-0.5, 0.2, 3.0])  # the raw output of a linear layer
print(f"raw {criterion(x, torch.ones(3)):.4f}")
print(f"softplus {criterion(F.softplus(x), torch.ones(3)):.4f}")
# --8<-- [end:nan]

# --8<-- [start:overflow]
for x in (torch.tensor(88.0), torch.tensor(89.0), torch.tensor(12.0).half()):
    loss = F.poisson_nll_loss(x, torch.ones_like(x))
    print(f"{x.dtype}, x = {x:.0f}: {loss:.0e}")
# --8<-- [end:overflow]

# --8<-- [start:shapes]
x, y = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([1.0, 2.0, 4.0])
loss = nn.PoissonNLLLoss(log_input=False, reduction="none")
print(tuple(loss(x, y).shape), "no warning")
print(f"wrong {loss(x, y).mean():.4f}")
print(f"right {loss(x.squeeze(1), y).mean():.4f}")
# --8<-- [end:shapes]

# --8<-- [start:exposure]
hours, y = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([5.0, 10.0, 20.0])
x = torch.zeros(3, requires_grad=True)
for _ in range(200):
    loss = F.poisson_nll_loss(x + hours.log(), y, reduction="sum")
    x = (x - 0.05 * torch.autograd.grad(loss, x)[0]).detach().requires_grad_()
print("events per hour", [f"{value:.2f}" for value in x.exp()])
# --8<-- [end:exposure]
k, n, z = torch.tensor([0.0, 3.0]), torch.tensor([2.0, 7.0]), torch.tensor([0.4, -1.0])
other = torch.distributions.Binomial(7, logits=z[1]).log_prob(k[1]) - math.log(math.comb(7, 3))
assert torch.isclose(F.binary_cross_entropy_with_logits(z, k / n, n, reduction="none")[1], -other)
assert torch.allclose(x.exp(), torch.tensor(5.0), atol=1e-3) and 2 - 2 * math.log(2) > 0 > 3 - 3 * math.log(3)
plt.show()

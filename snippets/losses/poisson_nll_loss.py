# --8<-- [start:call]
import torch
from torch import nn

loss = nn.PoissonNLLLoss()
log_rate = torch.tensor([2.0, 2.0]).log()  # two events are expected
counts = torch.tensor([1.0, 3.0])
print(f"loss {loss(log_rate, counts):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.poisson_nll_loss(log_rate, counts, reduction="none")
assert [f"{cost:.2f}" for cost in costs] == ["1.31", "-0.08"], "a rate of 2 costs 1.31 and −0.08"
assert costs[1] < 0, "the loss can be negative"


# --8<-- [start:from-scratch]
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
choices = (True, False), (False, True), (1e-8, 0.1), ("none", "mean", "sum")
worst = 0.0
for log_input, full, eps, reduction in itertools.product(*choices):
    input = x if log_input else rate
    options = dict(log_input=log_input, full=full, eps=eps, reduction=reduction)
    ours = poisson_nll_loss(input, y, **options)
    library = F.poisson_nll_loss(input, y, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), input)
    (gradient,) = torch.autograd.grad(library.sum(), input)
    for mine, theirs in ((ours, library), (our_gradient, gradient)):
        relative = (mine - theirs).abs() / theirs.abs().clamp(min=1)
        worst = max(worst, relative.max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert nn.PoissonNLLLoss().eps == 1e-8, "the default is eps=1e-8"
(by_log,) = torch.autograd.grad(F.poisson_nll_loss(x, y, reduction="sum"), x)
assert torch.allclose(by_log, x.exp() - y), "by the log of the rate the derivative is e^x − y"
(by_rate,) = torch.autograd.grad(F.poisson_nll_loss(rate, y, log_input=False, reduction="sum"), rate)
assert torch.allclose(by_rate, 1 - y / (rate + 1e-8)), "by the rate it is 1 − y / (x + ε)"

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
assert f"{math.log(2):.4f}" == "0.6931", "x = log 2 = 0.6931"
expected = torch.tensor([2 - count * math.log(2) for count in (0, 1, 3)])
assert torch.allclose(each, expected, atol=1e-6), "the losses are 2 − 0, 2 − log 2 and 2 − 3 log 2"
assert each[2] < 0, "the last one is negative"
assert f"{(6 - 4 * math.log(2)) / 3:.4f}" == f"{loss:.4f}" == "1.0758", "the mean is (6 − 4 log 2) / 3 = 1.0758"
assert torch.allclose(x.grad, (2 - y) / 3), "the gradient is (2 − y) / 3"

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, count in (("C0", 0.0), ("C1", 1.0), ("C2", 5.0)):
    loss = F.poisson_nll_loss(x, torch.full_like(x, count), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color, label=f"y = {count:.0f}")
    right.plot(x.detach(), slope, color)
figure.legend(loc="outside lower center", ncols=3)
left.set(title="loss", xlabel="x, the log of the rate", ylim=(-4, 16))
right.set(title="gradient", xlabel="x, the log of the rate", ylim=(-6, 16))
# --8<-- [end:curves]
assert torch.allclose(slope, x.exp() - 5, atol=1e-4), "the gradients are exponential curves, shifted down by the count"
assert round(x[loss.argmin()].item(), 2) == round(math.log(5), 2), "for 5 the minimum is at log 5"
assert round(loss.min().item(), 2) == round(5 - 5 * math.log(5), 2) == -3.05, "for 5 the minimum is −3.05"

# --8<-- [start:log-input]
rates, y = torch.tensor([0.01, 2.0, 50.0]), torch.full((3,), 2.0)
print("input     what      rate 0.01  rate 2  rate 50")
for log_input in (False, True):
    x = (rates.log() if log_input else rates.clone()).requires_grad_()
    loss = F.poisson_nll_loss(x, y, log_input=log_input, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    name = "log rate" if log_input else "rate    "
    print(name, "loss    ", *(f"{value:7.2f}" for value in loss), sep="  ")
    print(name, "gradient", *(f"{value:7.2f}" for value in slope), sep="  ")
# --8<-- [end:log-input]
other = F.poisson_nll_loss(rates, y, log_input=False, reduction="none")
assert torch.allclose(loss, other, atol=1e-4), "both forms have the same value"
assert (slope >= -2).all(), "by the log of the rate it is never steeper than the count on the low side"

# --8<-- [start:full]
rate = torch.tensor(3.0)
print("y       short     full    exact")
for count in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0):
    y = torch.tensor(count)
    short = F.poisson_nll_loss(rate, y, log_input=False)
    full = F.poisson_nll_loss(rate, y, log_input=False, full=True)
    exact = short + torch.lgamma(y + 1)
    print(f"{count:<4}  {short:7.4f}  {full:7.4f}  {exact:7.4f}")
# --8<-- [end:full]
assert f"{3 - math.log(3):.4f}" == "1.9014", "at the rate 3 and the target 1 the value is 3 − log 3 = 1.9014"
y = torch.tensor([0.0, 1.0, 2.0, 3.0, 10.0])
rate = torch.tensor(3.0, requires_grad=True)
short = F.poisson_nll_loss(rate, y, log_input=False, reduction="none")
full = F.poisson_nll_loss(rate, y, log_input=False, full=True, reduction="none")
exact = short + torch.lgamma(y + 1)
assert torch.equal(short[:2], full[:2]), "only where the target is greater than 1"
assert torch.allclose(short[:2], exact[:2]), "for 0 and 1 nothing is missing"
gap = exact - full
assert f"{gap[2]:.4f}" == "0.0413", "for 2 the approximation is 0.0413 too small"
assert f"{gap[4]:.4f}" == "0.0083", "for 10 it is 0.0083"
density = torch.distributions.Poisson(3.0).log_prob(y)
assert torch.allclose(exact, -density, atol=1e-5), "`lgamma` gives the exact term"
slopes = [torch.autograd.grad(value.sum(), rate, retain_graph=True)[0] for value in (short, full, exact)]
assert slopes[0] == slopes[1] == slopes[2], "the gradient by the input is the same for all three"

# --8<-- [start:eps]
print("eps    what      rate 0  rate 0.0001  rate 1")
for eps in (1e-8, 1e-3):
    rate = torch.tensor([0.0, 1e-4, 1.0], requires_grad=True)
    criterion = nn.PoissonNLLLoss(log_input=False, eps=eps, reduction="none")
    loss = criterion(rate, torch.ones(3))
    (slope,) = torch.autograd.grad(loss.sum(), rate)
    print(f"{eps:<5}  loss    ", *(f"{value:6.2f}" for value in loss), sep="  ")
    print(f"{eps:<5}  gradient", *(f"{value:6.0e}" for value in slope), sep="  ")
# --8<-- [end:eps]
for eps in (1e-8, 1e-3):
    rate = torch.tensor(0.0, requires_grad=True)
    loss = F.poisson_nll_loss(rate, torch.tensor(1.0), log_input=False, eps=eps)
    (slope,) = torch.autograd.grad(loss, rate)
    assert math.isclose(loss.item(), -math.log(eps), rel_tol=1e-5), "a rate of 0 with a count of 1 then costs −log ε"
    assert math.isclose(slope, 1 - 1 / eps, rel_tol=1e-5), "with a gradient of 1 − 1/ε"
rates = torch.linspace(0.99, 1.01, 2001, dtype=torch.float64)
losses = F.poisson_nll_loss(rates, torch.ones(2001).double(), log_input=False, eps=1e-3, reduction="none")
assert math.isclose(rates[losses.argmin()], 1 - 1e-3, abs_tol=1e-4), "and moves the best rate down by `eps`"

# --8<-- [start:negative]
y = torch.tensor([0.0, 1.0, 5.0, 100.0])
loss = nn.PoissonNLLLoss(log_input=False, reduction="none")
perfect = loss(y, y)
rates = torch.tensor([1.0, 2.0, 4.0, 90.0])  # what a model predicts
deviance = 2 * (loss(rates, y) - perfect)
print("count     ", *(f"{value:7.0f}" for value in y), sep="  ")
print("least loss", *(f"{value:7.2f}" for value in perfect), sep="  ")
print("deviance  ", *(f"{value:7.2f}" for value in deviance), sep="  ")
# --8<-- [end:negative]
assert f"{perfect[-1]:.2f}" == "-360.52", "the loss y − y log y, which is −360.52 for a count of 100"
least = y - torch.special.xlogy(y, y)
assert torch.allclose(perfect, least, atol=1e-4), "the least value for a target is y − y log y"
assert 2 - 2 * math.log(2) > 0 > 3 - 3 * math.log(3), "below 0 from y = 3 on"
zero = 2 * (loss(y, y) - perfect)
assert (zero == 0).all(), "for a number that is 0 when all is right, report the deviance"

# --8<-- [start:default]
y = torch.tensor([2.0, 4.0, 6.0])
outputs = torch.arange(1, 801) / 100
print("log_input  best output")
for log_input in (True, False):
    loss = nn.PoissonNLLLoss(log_input=log_input)
    losses = torch.stack([loss(x.expand(3), y) for x in outputs])
    best = outputs[losses.argmin()]
    print(f"{log_input!s:9}  {best:11.2f}")
# --8<-- [end:default]
assert y.mean() == 4, "counts of 2, 4 and 6 have the mean 4"
assert round(math.log(4), 2) == 1.39, "the best output is log 4 = 1.39"

# --8<-- [start:nan]
criterion = nn.PoissonNLLLoss(log_input=False)
x = torch.tensor([-0.5, 0.2, 3.0])  # the raw output of a linear layer
print(f"raw      {criterion(x, torch.ones(3)):.4f}")
print(f"softplus {criterion(F.softplus(x), torch.ones(3)):.4f}")
# --8<-- [end:nan]
assert F.poisson_nll_loss(x, torch.ones(3)).isfinite(), "use `log_input=True`"

# --8<-- [start:overflow]
print("dtype            x   loss")
for x in (torch.tensor(88.0), torch.tensor(89.0), torch.tensor(12.0).half()):
    loss = F.poisson_nll_loss(x, torch.ones_like(x))
    print(f"{x.dtype}  {x:4.0f}  {loss:5.0e}")
# --8<-- [end:overflow]
assert F.poisson_nll_loss(torch.tensor(11.0).half(), torch.tensor(1.0).half()).isfinite(), "in float16 it takes x = 12"

# --8<-- [start:shapes]
x, y = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([1.0, 2.0, 4.0])
loss = nn.PoissonNLLLoss(log_input=False, reduction="none")
print(tuple(loss(x, y).shape), "no warning")
print(f"wrong {loss(x, y).mean():.4f}")
print(f"right {loss(x.squeeze(1), y).mean():.4f}")
# --8<-- [end:shapes]
assert torch.equal(x.squeeze(1), y), "here every rate is equal to its count"

# --8<-- [start:exposure]
hours, events = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([5.0, 10.0, 20.0])
x = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.SGD([x], lr=0.05)
for _ in range(200):
    loss = F.poisson_nll_loss(x + hours.log(), events, reduction="sum")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("events per hour", [f"{value:.2f}" for value in x.exp()])
# --8<-- [end:exposure]
assert (events / hours == 5).all(), "5 events in 1 hour, 10 in 2 and 20 in 4 are all 5 per hour"
tries, successes, logits = torch.tensor([2.0, 7.0]), torch.tensor([0.0, 3.0]), torch.tensor([0.4, -1.0])
exact = torch.distributions.Binomial(7, logits=logits[1]).log_prob(successes[1]) - math.log(math.comb(7, 3))
weighted = F.binary_cross_entropy_with_logits(logits, successes / tries, tries, reduction="none")
assert torch.isclose(weighted[1], -exact), "`BCEWithLogitsLoss` on k / n, with the weight n"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def mse_loss(input, target, reduction="mean", weight=None):
    e = input - target
    loss = e * e
    mean = loss.mean()
    if weight is not None:
        if weight.shape != input.shape:
            raise ValueError("weight must have the shape of input")
        loss = loss * weight
        mean = loss.sum() / weight.sum()  # not divided by the count
    return {"none": loss, "mean": mean, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
w = torch.rand(4, 5, dtype=torch.float64)
worst = 0.0
for reduction, weight in itertools.product(("none", "mean", "sum"), (None, w)):
    options = {"reduction": reduction, "weight": weight}
    ours, library = mse_loss(x, y, **options), F.mse_loss(x, y, **options)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:example]
x = torch.tensor([1.5, 2.0, 5.0, 4.0], requires_grad=True)
y = torch.tensor([1.0, 3.0, 2.0, 4.0])
loss = F.mse_loss(x, y)
loss.backward()
print("e       ", (x - y).tolist())
print("loss    ", F.mse_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert F.mse_loss(x, y, reduction="none").tolist() == [0.25, 1, 9, 0]
assert loss.item() == 10.25 / 4 == 2.5625 and x.grad.tolist() == [0.25, -0.5, 1.5, 0]
assert x.grad[2] == 6 * x.grad[0] and round(9 / 10.25, 2) == 0.88

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)  # as on every loss page
figure, (left, right) = plt.subplots(1, 2)
right.axvspan(-0.5, 0.5, color="C5", alpha=0.12)
for color, name, loss, end in (
    ("C0", "e²", F.mse_loss(e, torch.zeros(601), reduction="none"), 6),
    ("C1", "e² / 2", F.mse_loss(e, torch.zeros(601), reduction="none") / 2, 3),
    ("C5", "|e|", F.l1_loss(e, torch.zeros(601), reduction="none"), 1),
):
    (slope,) = torch.autograd.grad(loss.sum(), e)
    style = color + (":" if name == "|e|" else "-")
    left.plot(e.detach(), loss.detach(), style)
    right.plot(e.detach(), slope, style)
    left.text(3.1, loss[-1].item(), name, color=color, va="center")
    right.text(3.1, end, name, color=color, va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope[-1] == 1 and loss[-1] == 3

# --8<-- [start:reduction]
x, y = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.zeros(2, 3)
w = torch.tensor([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
for weight in (None, w, 10 * w):
    total = F.mse_loss(x, y, reduction="sum", weight=weight)
    mean = F.mse_loss(x, y, weight=weight)
    print(f"sum {total:5.0f}, mean {mean:6.3f} = sum / {total / mean:.0f}")
per_sample = F.mse_loss(x, y, reduction="none").sum(1).mean()
print(f"summed over a sample, mean over samples: {per_sample:.1f}")
# --8<-- [end:reduction]
assert per_sample == 27.5 == 3 * F.mse_loss(x, y, reduction="sum") / 6 and w.sum() == 9
assert F.mse_loss(x, y, weight=w) == 105 / 9 and F.mse_loss(x, y, weight=w, reduction="none").mean() == 17.5
assert F.mse_loss(x, y, weight=0 * w).isnan() and F.huber_loss(x, y, weight=w, delta=math.inf) * 2 == 17.5

# --8<-- [start:baseline]
targets = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
for name, guess in (("mean", targets.mean()), ("median", targets.median())):
    loss = F.mse_loss(guess.expand(5), targets)
    print(f"{name:6} {guess:4.0f}: MSE {loss:.1f}")
print(f"variance of the targets: {targets.var(correction=0):.1f}")
# --8<-- [end:baseline]
base = F.mse_loss(targets.mean().expand(5), targets)
assert torch.isclose(base, targets.var(correction=0)) and targets.mean() == 22 and targets.median() == 3
assert torch.isclose(F.mse_loss(torch.full((5,), 3.0), targets), base + (22 - 3) ** 2)

# --8<-- [start:likelihood]
x, y = torch.tensor([1.5, 2.0, 5.0, 4.0]), torch.tensor([1.0, 3.0, 2.0, 4.0])
negative_log = -torch.distributions.Normal(x, 1.0).log_prob(y).mean()
print(f"−log p     {negative_log:.4f}")
print(f"MSE/2 + c  {F.mse_loss(x, y) / 2 + math.log(2 * math.pi) / 2:.4f}")
# --8<-- [end:likelihood]
assert torch.isclose(negative_log, F.mse_loss(x, y) / 2 + math.log(2 * math.pi) / 2)
assert F.gaussian_nll_loss(x, y, torch.ones(4)) == F.mse_loss(x, y) / 2

# --8<-- [start:constant]
inputs = torch.linspace(-1, 1, 20)[:, None]
targets = 2 * inputs.squeeze(1) + 3  # y = 2x + 3, shape (20,)
ends = []
for squeeze in (False, True):
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for _ in range(200):
        output = model(inputs).squeeze(1) if squeeze else model(inputs)
        with warnings.catch_warnings(action="ignore"):  # it warns of the shapes
            loss = F.mse_loss(output, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ends.append((abs(model.weight.item()), model.bias.item(), loss.item()))
    print(f"{output.ndim}-d: slope, bias, loss", [round(end, 2) for end in ends[-1]])
# --8<-- [end:constant]
variance = targets.var(correction=0).item()
for (slope, bias, loss), expected in zip(ends, ((0, 3, variance), (2, 3, 0)), strict=True):
    assert max(abs(a - b) for a, b in zip((slope, bias, loss), expected, strict=True)) < 1e-3

# --8<-- [start:diverge]
x = torch.arange(1.0, 11.0)
y = 3 * x
for lr in (0.0250, 0.0265):
    theta = torch.zeros(1, requires_grad=True)
    for _ in range(400):
        (g,) = torch.autograd.grad(F.mse_loss(theta * x, y), theta)
        theta = (theta - lr * g).detach().requires_grad_()
    print(f"lr {lr:.4f}: theta {theta.item():.0e}")
print(f"limit {1 / x.square().mean():.4f}")
# --8<-- [end:diverge]
assert theta.abs() > 1000 and x.square().mean() == 38.5 and x.max() == 10

# --8<-- [start:classify]
bce_loss = F.binary_cross_entropy_with_logits
logit = torch.tensor([-10.0, -4.0, -1.0, 0.0, 4.0], requires_grad=True)
one = torch.ones(5)  # the true class is 1
for name, loss in (
    ("MSE(σ(x))", F.mse_loss(torch.sigmoid(logit), one, reduction="sum")),
    ("BCE      ", bce_loss(logit, one, reduction="sum")),
):
    (g,) = torch.autograd.grad(loss, logit)
    print(name, *(f"{value:7.4f}" for value in g))
# --8<-- [end:classify]
p = torch.sigmoid(logit)
(wrong,) = torch.autograd.grad(F.mse_loss(p, one, reduction="sum"), logit)
assert torch.allclose(wrong, 2 * (p - 1) * p * (1 - p)) and wrong[0].abs() < 1e-4 and wrong.argmin() == 2
assert abs(g[0] + 1) < 1e-4 and F.mse_loss(torch.full((4,), 0.5), torch.tensor([0.0, 1, 0, 1])) == 0.25

# --8<-- [start:rmse]
x = torch.tensor([1.0, 2.0], requires_grad=True)
for eps in (0.0, 1e-8):
    rmse = torch.sqrt(F.mse_loss(x, torch.tensor([1.0, 2.0])) + eps)  # no error
    (g,) = torch.autograd.grad(rmse, x)
    print(f"eps {eps:g}: RMSE {rmse.item():g}, gradient {g.tolist()}")
batches = torch.tensor([[1.0, 1.0], [7.0, 7.0]])  # errors of two batches
of_all, each = batches.square().mean().sqrt(), batches.square().mean(1).sqrt()
print(f"of all {of_all:.0f}, mean over batches {each.mean():.0f}")
# --8<-- [end:rmse]
assert of_all == 5 and each.mean() == 4 and g.tolist() == [0, 0]

# --8<-- [start:half]
for error in (1e-4, 255.0, 256.0):
    e = torch.tensor(error, dtype=torch.float16, requires_grad=True)
    loss = F.mse_loss(e, torch.zeros_like(e))
    loss.backward()
    in_float32 = F.mse_loss(e.float(), torch.zeros(())).item()
    print(f"{error:6g}: float16 {loss.item():g}, float32 {in_float32:g}")
# --8<-- [end:half]
assert loss.isinf() and torch.finfo(torch.float16).max == 65504 and 256**2 == 65536

x = torch.tensor([1.5], requires_grad=True)
loss = F.mse_loss(x, torch.tensor([1.0], dtype=torch.float64))
assert loss.dtype == torch.float64 and torch.autograd.grad(loss, x)[0].dtype == torch.float32
assert F.mse_loss(x, torch.tensor([1])) == 0.25 and torch.tensor([3 + 4j]).abs().square().mean() == 25
for bad in (torch.tensor([1]), torch.tensor([1j])):
    try:
        F.mse_loss(bad, bad)
    except NotImplementedError as error:
        assert "not implemented for" in str(error)
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.GaussianNLLLoss()
mean, variance = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 4.0])
target = torch.tensor([3.0, 3.0])
print(f"loss {loss(mean, target, variance):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.gaussian_nll_loss(mean, target, variance, reduction="none")
assert [f"{cost:.2f}" for cost in costs] == ["2.00", "1.19"], "an error of 2 costs 2.00 and 1.19"


# --8<-- [start:from-scratch]
def fitting(var, input):  # one variance for a whole row, or along one dimension
    if var.shape == input.shape[:-1]:
        return var.unsqueeze(-1)
    sizes = zip(input.shape, var.shape, strict=False)
    different = [mine for wanted, mine in sizes if mine != wanted]
    if var.dim() != input.dim() or different != [1]:
        raise ValueError("var is of incorrect size")
    return var
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-options]
def gaussian_nll_loss(
    input, target, var, full=False, eps=1e-6, reduction="mean"
):
    var = torch.full_like(input, var) if isinstance(var, float) else var
    if torch.any(var < 0):
        raise ValueError("var has negative entry/entries")
    var = var if var.shape == input.shape else fitting(var, input)
    floor = eps + (var - var.detach())  # the value eps, the gradient of var
    var = torch.where(var < eps, floor, var)
    loss = (var.log() + (input - target) ** 2 / var) / 2
    loss = loss + math.log(2 * math.pi) / 2 if full else loss
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-options]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(4, 5, dtype=torch.float64).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
variances = []
for shape in ((4, 5), (4,), (4, 1), (1, 5)):
    variances.append(torch.rand(shape, dtype=torch.float64, requires_grad=True))
choices = variances, (False, True), (1e-6, 0.5), ("none", "mean", "sum")
worst = 0.0
for var, full, eps, reduction in itertools.product(*choices):
    options = dict(full=full, eps=eps, reduction=reduction)
    ours = gaussian_nll_loss(x, y, var, **options)
    library = F.gaussian_nll_loss(x, y, var, **options)
    gradients = torch.autograd.grad(ours.sum(), (x, var))
    expected = torch.autograd.grad(library.sum(), (x, var))
    for mine, theirs in zip((ours, *gradients), (library, *expected), strict=True):
        relative = (mine - theirs).abs() / theirs.abs().clamp(min=1)
        worst = max(worst, relative.max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "value and both gradients equal the library's"
assert torch.nn.GaussianNLLLoss().eps == 1e-6, "the default is eps=1e-6"
for var in variances:
    assert (var < 0.5).any(), "both sides of the clamp are met"

# --8<-- [start:example]
x, y = torch.full((3,), 2.0, requires_grad=True), torch.zeros(3)  # e = 2
var = torch.tensor([1.0, 4.0, 16.0], requires_grad=True)
each = F.gaussian_nll_loss(x, y, var, reduction="none")
each.sum().backward()
print("loss           ", [f"{value:.4f}" for value in each])
print("gradient by x  ", [f"{value:.4f}" for value in x.grad])
print("gradient by var", [f"{value:.4f}" for value in var.grad])
# --8<-- [end:example]
by_hand = [(math.log(v) + 4 / v) / 2 for v in (1, 4, 16)]
assert torch.allclose(each, torch.tensor(by_hand)), "the losses are ½ (0 + 4), ½ (log 4 + 1) and ½ (log 16 + ¼)"
assert each.argmin() == 1, "the middle one is the smallest"
assert var.grad[1] == 0, "since 2² = 4, there the gradient by the variance is 0"
assert torch.allclose(x.grad, 2 / var), "by x the derivative is e / v"
assert torch.allclose(var.grad, (1 / var - 4 / var**2) / 2), "by v it is ½ (1 / v − e² / v²)"

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
curves = {}
figure, (left, right) = plt.subplots(1, 2)
for color, v in (("C0", 0.25), ("C1", 1.0), ("C2", 4.0)):
    var = torch.full((601,), v)
    loss = F.gaussian_nll_loss(e, torch.zeros(601), var, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), color, label=f"var {v:g}")
    right.plot(e.detach(), slope, color)
    curves[v] = loss, slope
figure.legend(loc="outside lower center", ncols=3)
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4), ylim=(-1, 5.5))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4), ylim=(-6, 6))
# --8<-- [end:curves]
for v, (loss, slope) in curves.items():
    assert torch.allclose(slope, e / v), "the gradients are straight lines with slopes 4, 1 and one quarter"
    assert math.isclose(loss.min().item(), math.log(v) / 2, abs_tol=1e-4), "the least value for a variance is ½ log v"
plt.show()

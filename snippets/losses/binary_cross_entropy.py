# --8<-- [start:call]
import torch
from torch import nn

loss = nn.BCELoss()
probabilities = torch.tensor([0.9, 0.2, 0.5])  # of the answer yes
answers = torch.tensor([1.0, 0.0, 1.0])  # 1: yes, 0: no
print(f"loss {loss(probabilities, answers):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.binary_cross_entropy(probabilities, answers, reduction="none")
assert [f"{cost:.2f}" for cost in costs] == ["0.11", "0.22", "0.69"], "they cost 0.11, 0.22 and 0.69"
assert torch.allclose(costs, -torch.tensor([0.9, 0.8, 0.5]).log()), "the right answers had 0.9, 0.8 and 0.5"


# --8<-- [start:from-scratch]
class Clamped(torch.autograd.Function):  # the gradient does not see the clamp
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        log_p, log_q = torch.log(x), torch.log1p(-x)
        return -(y * log_p.clamp(min=-100) + (1 - y) * log_q.clamp(min=-100))

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        floor = torch.tensor(1e-12).item()  # float32 in the library, always
        by_input = (x - y) / ((1 - x) * x).clamp(min=floor)
        return grad * by_input, grad * (torch.log1p(-x) - torch.log(x))
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-options]
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    if target.shape != input.shape or target.dtype != input.dtype:
        raise ValueError("target must have the shape and the dtype of input")
    for name, values in (("input", input), ("target", target)):
        if not ((values >= 0) & (values <= 1)).all():
            raise RuntimeError(f"elements of {name} should be between 0 and 1")
    loss = Clamped.apply(input, target)
    loss = loss if weight is None else loss * weight.expand_as(loss)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-options]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.rand(10, 3, dtype=torch.float64)
x[-1] = torch.tensor([0.0, 1.0, 1e-60], dtype=torch.float64)
x.requires_grad_()
soft = torch.rand(10, 3, dtype=torch.float64)
hard = torch.randint(2, (10, 3)).double()
weights = [None]
for shape in ((3,), (10, 1), (10, 3)):
    weights.append(torch.rand(shape, dtype=torch.float64))
worst, reductions = 0.0, ("none", "mean", "sum")
for y, w, reduction in itertools.product((soft, hard), weights, reductions):
    ours = binary_cross_entropy(x, y, w, reduction)
    library = F.binary_cross_entropy(x, y, w, reduction=reduction)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for mine, theirs in ((ours, library), (our_gradient, gradient)):
        relative = (mine - theirs).abs() / theirs.abs().clamp(min=1)
        worst = max(worst, relative.max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert x[-1, 2] == 1e-60, "the last row of the input is 0, 1 and 10^-60"
assert x[-1, 2].log() < -100, "where the clamp of the value is at work"
assert x[-1, 2] * (1 - x[-1, 2]) < 1e-12, "and that of the gradient"

# --8<-- [start:example]
x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True)
y = torch.tensor([1.0, 1.0, 0.0])
loss = F.binary_cross_entropy(x, y)
loss.backward()
each = F.binary_cross_entropy(x, y, reduction="none")
print("loss    ", [f"{value:.4f}" for value in each])
print("mean    ", f"{loss:.4f}")
print("gradient", [f"{value:.4f}" for value in x.grad])
# --8<-- [end:example]
assert torch.allclose(each, math.log(2) * torch.tensor([1.0, 2, 2])), "in units of log 2 the losses are 1, 2 and 2"
assert f"{5 / 3 * 0.6931:.4f}" == "1.1552", "their mean is 5/3 · 0.6931 = 1.1552"
assert f"{loss:.4f}" == "1.1552", "their mean is 5/3 · 0.6931 = 1.1552"
(by_each,) = torch.autograd.grad(F.binary_cross_entropy(x, y, reduction="sum"), x)
assert by_each.tolist() == [-1 / 0.5, -1 / 0.25, 1 / 0.25], "before the mean it is −1/0.5, −1/0.25 and 1/0.25"
assert torch.allclose(x.grad, by_each / 3), "the mean divides it by 3"

# --8<-- [start:two-outputs]
logits = torch.tensor([[1.0, 2.0], [2.0, 2.0], [3.0, 4.0], [4.0, 5.0]])
target = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
x = torch.sigmoid(logits)
each = nn.BCELoss(reduction="none")(x, target)
total = nn.BCELoss(reduction="sum")(x, target)
mean = nn.BCELoss()(x, target)
for row in each:
    print("none", *(f"{value:8.4f}" for value in row))
print(f"sum  {total:8.4f}")
print(f"mean {mean:8.4f}")
# --8<-- [end:two-outputs]
assert each.numel() == 8, "eight losses, not four"
assert torch.isclose(mean, total / 8), "`mean` is 11.7856 / 8"

# --8<-- [start:curves]
x = torch.linspace(0.01, 0.99, 981, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
curves = {}
for color, target in (("C0", 0.0), ("C1", 0.3), ("C2", 1.0)):
    y = torch.full_like(x, target)
    loss = F.binary_cross_entropy(x, y, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color, label=f"y = {target:g}")
    right.plot(x.detach(), slope, color)
    curves[target] = loss, slope
figure.legend(loc="outside lower center", ncols=3)
left.set(title="loss", xlabel="x, a probability", ylim=(0, 4.7))
right.set(title="gradient by x", xlabel="x, a probability", ylim=(-10, 10))
# --8<-- [end:curves]
loss, slope = curves[0.3]
assert round(x[loss.argmin()].item(), 2) == 0.3, "for 0.3 it has its minimum at 0.3"
assert loss.min() > 0, "and is not zero there"
mirrored = curves[0.0][0].flip(0)
assert torch.allclose(mirrored, curves[1.0][0], atol=1e-4), "for target 1 it is the mirror image"

# --8<-- [start:weight]
x, y = torch.full((3, 2), 0.5), torch.ones(3, 2)  # every loss is log 2
labels, samples = torch.tensor([1.0, 4.0]), torch.tensor([[1.0], [2.0], [3.0]])
print("weight  losses / log 2              mean / log 2")
for name, w in (("none", None), ("(2,)", labels), ("(3, 1)", samples)):
    each = F.binary_cross_entropy(x, y, w, reduction="none") / math.log(2)
    mean = F.binary_cross_entropy(x, y, w) / math.log(2)
    rows = [[round(value) for value in row] for row in each.tolist()]
    print(f"{name:6}  {rows}  {mean:12.1f}")
# --8<-- [end:weight]
assert torch.isclose(mean, samples.expand(3, 2).sum() / 6), "`mean` divides by all 6 elements"
assert not torch.isclose(mean, torch.tensor(1.0)), "not by the sum of the weights"
y = torch.tensor([[1.0, 0.0]] * 3)
positives = F.binary_cross_entropy(x, y, torch.where(y == 1, 3.0, 1.0), reduction="none") / math.log(2)
assert torch.allclose(positives, torch.tensor([3.0, 1.0])), "to weight positives more than negatives"
plt.show()

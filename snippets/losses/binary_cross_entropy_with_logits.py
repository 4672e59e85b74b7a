# --8<-- [start:call]
import torch
from torch import nn

loss = nn.BCEWithLogitsLoss()
logits = torch.tensor([2.0, -1.0, 0.0])  # above 0: yes
answers = torch.tensor([1.0, 0.0, 1.0])  # 1: yes, 0: no
print(f"loss {loss(logits, answers):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.binary_cross_entropy_with_logits(logits, answers, reduction="none")
assert [f"{cost:.2f}" for cost in costs] == ["0.13", "0.31", "0.69"], "they cost 0.13, 0.31 and 0.69"


# --8<-- [start:from-scratch]
def binary_cross_entropy_with_logits(
    input, target, weight=None, reduction="mean", pos_weight=None
):
    if target.shape != input.shape or not target.is_floating_point():
        raise ValueError("target must be floating point, in the shape of input")
    low = torch.minimum(input, torch.zeros_like(input))  # why not clamp: below
    log_p = low - torch.log1p(torch.exp(-input.abs()))  # log σ(x)
    factor = 1
    if pos_weight is not None:
        factor = 1 + (pos_weight.expand_as(input) - 1) * target
    loss = (1 - target) * input - factor * log_p
    loss = loss if weight is None else loss * weight.expand_as(loss)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = 5 * torch.randn(10, 3, dtype=torch.float64)
x[-1] = torch.tensor([0.0, 1e4, -1e4])
x.requires_grad_()
soft = torch.rand(10, 3, dtype=torch.float64)
targets = soft, torch.randint(2, (10, 3)).double()
weights = [None]
for shape in ((3,), (10, 1), (10, 3)):
    weights.append(torch.rand(shape, dtype=torch.float64))
worst, choices = 0.0, (targets, weights, weights, ("none", "mean", "sum"))
for y, w, p, reduction in itertools.product(*choices):
    options = dict(weight=w, pos_weight=p, reduction=reduction)
    ours = binary_cross_entropy_with_logits(x, y, **options)
    library = F.binary_cross_entropy_with_logits(x, y, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for mine, theirs in ((ours, library), (our_gradient, gradient)):
        relative = (mine - theirs).abs() / theirs.abs().clamp(min=1)
        worst = max(worst, relative.max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert len(weights) ** 2 == 16, "16 pairs of weights"
assert x[-1].tolist() == [0, 10000, -10000], "the last row of the input is 0, 10000 and −10000"
p, y = torch.tensor(3.0).double(), soft
(gradient,) = torch.autograd.grad(F.binary_cross_entropy_with_logits(x, y, pos_weight=p, reduction="sum"), x)
by_formula = (1 - y) * x.sigmoid() - p * y * (1 - x.sigmoid())
assert torch.allclose(gradient, by_formula), "in general (1 − y) σ(x) − p y (1 − σ(x))"

# --8<-- [start:example]
x = torch.tensor([0.0, math.log(3), math.log(3)], requires_grad=True)
y = torch.tensor([1.0, 1.0, 0.0])
loss = F.binary_cross_entropy_with_logits(x, y)
loss.backward()
each = F.binary_cross_entropy_with_logits(x, y, reduction="none")
print("σ(x)    ", [f"{value:.4f}" for value in torch.sigmoid(x)])
print("loss    ", [f"{value:.4f}" for value in each])
print("mean    ", f"{loss:.4f}")
print("gradient", [f"{value:.4f}" for value in x.grad])
# --8<-- [end:example]
assert torch.allclose(each, torch.tensor([2, 4 / 3, 4]).log()), "the losses are log 2, log 4/3 and log 4"
assert f"{math.log(32 / 3) / 3:.4f}" == f"{loss:.4f}" == "0.7890", "their mean is ⅓ log 32/3 = 0.7890"
assert torch.allclose(x.grad, torch.tensor([1 / 2 - 1, 3 / 4 - 1, 3 / 4]) / 3), "½ − 1, ¾ − 1 and ¾ − 0, divided by 3"

# --8<-- [start:two-outputs]
logits = torch.tensor([[1.0, 2.0], [2.0, 2.0], [3.0, 4.0], [4.0, 5.0]])
target = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
print("reduction  one step  two steps")
for reduction in ("sum", "mean"):
    with_logits = nn.BCEWithLogitsLoss(reduction=reduction)(logits, target)
    two_steps = nn.BCELoss(reduction=reduction)(torch.sigmoid(logits), target)
    print(f"{reduction:9}  {with_logits:8.4f}  {two_steps:9.4f}")
# --8<-- [end:two-outputs]
assert torch.isclose(with_logits, two_steps), "it is the same number as `BCELoss` of the sigmoid"

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
curves = {}
cases = ("C0", 0.0, 1), ("C1", 0.3, 1), ("C2", 1.0, 1), ("C3", 1.0, 3)
for color, target, p in cases:
    factor = torch.tensor(float(p))
    criterion = nn.BCEWithLogitsLoss(pos_weight=factor, reduction="none")
    loss = criterion(x, torch.full_like(x, target))
    (slope,) = torch.autograd.grad(loss.sum(), x)
    style = "-" if p == 1 else "--"
    name = f"y = {target:g}" if p == 1 else f"y = {target:g}, p = {p}"
    left.plot(x.detach(), loss.detach(), color, linestyle=style, label=name)
    right.plot(x.detach(), slope, color, linestyle=style)
    curves[target, p] = loss, slope
figure.legend(loc="outside lower center", ncols=4)
left.set(title="loss", xlabel="x, a logit", xticks=range(-3, 4), ylim=(0, 4.7))
right.set(title="gradient", xlabel="x, a logit", xticks=range(-3, 4))
# --8<-- [end:curves]
for one, three in zip(curves[1.0, 1], curves[1.0, 3], strict=True):
    assert torch.allclose(3 * one, three, atol=1e-6), "with pos_weight 3, loss and gradient are three times as large"
for (target, p), (_, slope) in curves.items():
    assert p == 3 or torch.allclose(slope, x.sigmoid() - target, atol=1e-6), "the gradient is σ(x) − y"
assert round(math.log(0.3 / 0.7), 2) == -0.85, "for target 0.3 it has a minimum at −0.85"

# --8<-- [start:pos-weight]
target = torch.cat((torch.ones(100), torch.zeros(300)))
logits = torch.linspace(-3, 3, 601)
print("pos_weight  best logit  probability  logit − log pos_weight")
for p in (1.0, 3.0, 9.0):
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(p))
    losses = torch.stack([criterion(x.expand(400), target) for x in logits])
    best = logits[losses.argmin()]
    shifted_back = best - math.log(p)
    print(f"{p:<10.0f}  {best:10.2f}  {best.sigmoid():11.2f}  {shifted_back:22.2f}")
# --8<-- [end:pos-weight]
for p, best in ((1.0, 0.25), (3.0, 0.5), (9.0, 0.75)):
    assert math.isclose(p * 0.25 / (p * 0.25 + 0.75), best), "the loss is smallest at p π / (p π + 1 − π)"
assert 300 / 100 == 3, "the usual choice is negatives / positives: 100 positives, 300 negatives"
assert [*criterion.state_dict()] == ["pos_weight"], "`pos_weight` is a buffer of the module, in the `state_dict`"
assert abs(math.log(0.25 / 0.75) - shifted_back) < 0.01, "subtract log p, and they are probabilities again"

# --8<-- [start:shapes]
x, y = torch.zeros(4, 2, 5, 5), torch.ones(4, 2, 5, 5)  # (N, C, H, W)
for shape in ((2,), (2, 1, 1)):
    p = torch.tensor([1.0, 3.0]).reshape(shape)
    criterion = nn.BCEWithLogitsLoss(pos_weight=p, reduction="none")
    try:
        each = criterion(x, y) / math.log(2)
        print(shape, [round(value) for value in each[0, :, 0, 0].tolist()])
    except RuntimeError as error:
        print(shape, str(error).replace(" at non", "\n    at non"))
# --8<-- [end:shapes]
assert (each[:, 0] * 3 == each[:, 1]).all(), "for (N, C, H, W) it needs (C, 1, 1)"
square = torch.zeros(4, 2, 2, 2)
p = torch.tensor([1.0, 3.0])
each = F.binary_cross_entropy_with_logits(square, square + 1, pos_weight=p, reduction="none") / math.log(2)
assert torch.allclose(each[0, 0, 0], p), "if the width happens to be C, the wrong pixels get the weight"

# --8<-- [start:weight]
x, y = torch.zeros(2), torch.tensor([1.0, 0.0])  # every loss is log 2
print("option      losses / log 2  mean / log 2")
for name in ("weight", "pos_weight"):
    options = {name: torch.tensor([3.0])}
    each = nn.BCEWithLogitsLoss(reduction="none", **options)(x, y) / math.log(2)
    rounded = [round(value) for value in each.tolist()]
    print(f"{name:10}  {rounded!s:14}  {each.mean():12.1f}")
# --8<-- [end:weight]
mean = F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.tensor([3.0])) / math.log(2)
assert math.isclose(mean, (3 + 1) / 2, rel_tol=1e-6), "`mean` divides by the number of elements, 2"
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.SoftMarginLoss()
logits = torch.tensor([2.0, -1.0, 0.0])
labels = torch.tensor([1.0, -1.0, 1.0])  # −1 or 1
print(f"loss {loss(logits, labels):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.soft_margin_loss(logits, labels, reduction="none")
assert [f"{cost:.2f}" for cost in costs] == ["0.13", "0.31", "0.69"], "they cost 0.13, 0.31 and 0.69"


# --8<-- [start:from-scratch]
def soft_margin_loss(input, target, reduction="mean"):
    if torch.broadcast_shapes(input.shape, target.shape) != input.shape:
        raise RuntimeError("target must broadcast to the shape of input")
    loss = torch.log1p(torch.exp(-(target * input)))
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (5 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = 2 * torch.randint(2, (4, 5)).double() - 1  # −1 or 1
worst = 0.0
for reduction in ("none", "mean", "sum"):
    ours = soft_margin_loss(x, y, reduction)
    library = F.soft_margin_loss(x, y, reduction=reduction)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "value and gradient equal the library's, for every reduction"
zero = F.soft_margin_loss(torch.zeros(1), torch.ones(1)).item()
assert round(zero, 3) == 0.693, "log 2 ≈ 0.693 for a logit of 0"

# --8<-- [start:example]
x = torch.tensor([0.0, math.log(3), math.log(3)], requires_grad=True)
y = torch.tensor([1.0, 1.0, -1.0])
loss = F.soft_margin_loss(x, y)
loss.backward()
each = F.soft_margin_loss(x, y, reduction="none")
print("margin  ", [f"{value:.4f}" for value in x * y])
print("loss    ", [f"{value:.4f}" for value in each])
print("mean    ", f"{loss:.4f}")
print("gradient", [f"{value:.4f}" for value in x.grad])
# --8<-- [end:example]
assert torch.allclose(each, torch.tensor([2, 4 / 3, 4]).log()), "the losses are log 2, log 4/3 and log 4"
assert torch.allclose(x.grad, torch.tensor([-1 / 2, -1 / 4, 3 / 4]) / 3), "−1/2, −1/4 and 3/4, each divided by 3"

# --8<-- [start:curves]
m = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for style, loss in (
    ("C0-", F.soft_margin_loss(m, torch.ones(601), reduction="none")),
    ("C2--", (1 - m).clamp(min=0)),
):
    (slope,) = torch.autograd.grad(loss.sum(), m)
    left.plot(m.detach(), loss.detach(), style)
    right.plot(m.detach(), slope, style)
left.text(-2.9, 1.5, "soft\nmargin", color="C0", va="top")
left.text(-1.6, 3.1, "hinge", color="C2")
right.text(-2.9, -0.6, "soft\nmargin", color="C0", va="center")
right.text(-0.9, -0.95, "hinge", color="C2", va="center")
left.set(title="loss", xlabel="margin y·x", xticks=range(-3, 4))
right.set(title="gradient", xlabel="margin y·x", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope[m > 1.001].unique() == 0, "the hinge is exactly 0 beyond a margin of 1"
soft = F.soft_margin_loss(m, torch.ones(601), reduction="none")
assert soft.min() > 0, "this loss is never 0"
(soft_slope,) = torch.autograd.grad(soft.sum(), m)
assert soft_slope.abs().max() < 1, "the gradient is between −1 and 1 per element before `mean`"

# --8<-- [start:reduction]
x, y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]]), torch.ones(2, 3)
each = F.soft_margin_loss(x, y, reduction="none")
total = F.soft_margin_loss(x, y, reduction="sum")
mean = F.soft_margin_loss(x, y)
print(f"sum {total:.3f}, mean {mean:.3f} = sum / {total / mean:.0f}")
w = torch.tensor([3.0, 1.0, 1.0])  # three times for the first column
print(f"weighted mean {(w * each).sum() / w.expand_as(each).sum():.3f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, total / each.numel()), "`mean` divides by the number of elements"

# --8<-- [start:bce]
bce = F.binary_cross_entropy_with_logits(x, (y + 1) / 2)
print(f"soft margin {mean:.6f}, BCE with logits {bce:.6f}")
y[:, 0] = -1
multi = F.multilabel_soft_margin_loss(x, (y + 1) / 2)
print(f"soft margin {F.soft_margin_loss(x, y):.6f}, multi-label {multi:.6f}")
# --8<-- [end:bce]
assert torch.isclose(mean, bce), "the same number as BCEWithLogitsLoss with labels 0 and 1"
assert torch.isclose(F.soft_margin_loss(x, y), multi), "it is MultiLabelSoftMarginLoss as well"
assert torch.allclose(x.sigmoid().log(), -each), "σ(x) is the probability of class 1"

# --8<-- [start:labels]
x = torch.tensor([4.0, -1.0, 4.0, -1.0], requires_grad=True)
classes = torch.tensor([1.0, 1.0, 0.0, 0.0])
print("labels    what      4, yes  −1, yes   4, no  −1, no")
for name, y in (("0 and 1 ", classes), ("−1 and 1", 2 * classes - 1)):
    each = F.soft_margin_loss(x, y, reduction="none")
    (gradient,) = torch.autograd.grad(each.sum(), x)
    for what, values in (("loss    ", each), ("gradient", gradient + 0)):
        print(name, what, *(f"{value:6.3f}" for value in values), sep="  ")
# --8<-- [end:labels]
dead = F.soft_margin_loss(x, classes, reduction="none")[2:]
assert dead.allclose(torch.tensor(2.0).log()), "for y = 0 the loss is log 2 whatever the logit is"
(gradient,) = torch.autograd.grad(dead.sum(), x)
assert gradient.abs().max() == 0, "and the gradient 0: the class 0 teaches nothing"
bias = torch.zeros(1, requires_grad=True)
for _ in range(100):
    (gradient,) = torch.autograd.grad(F.soft_margin_loss(bias.expand(4), classes), bias)
    bias = (bias - gradient).detach().requires_grad_()
assert bias.sigmoid() > 0.95, "the model learns to answer 1 always: above 0.95 after 100 steps"

# --8<-- [start:overflow]
x = torch.tensor([-50.0, -88.0, -89.0, -1000.0], requires_grad=True)
soft = F.soft_margin_loss(x, torch.ones(4), reduction="none")
loss = F.softplus(-x)
(soft_slope,) = torch.autograd.grad(soft.sum(), x)
(gradient,) = torch.autograd.grad(loss.sum(), x)
print("margin  soft margin  its gradient  softplus  its gradient")
rows = zip(x, soft, soft_slope, loss, gradient, strict=True)
for m, value, slope, safe, safe_slope in rows:
    print(f"{m:<6.0f}  {value:11.0f}  {slope:12.0f}", end="")
    print(f"  {safe:8.0f}  {safe_slope:12.0f}")
# --8<-- [end:overflow]
assert torch.equal(loss, -x), "`softplus` of −m is the same function, computed safely"
assert gradient.tolist() == [-1, -1, -1, -1], "its gradient does not overflow"
largest = [round(math.log(torch.finfo(dtype).max), 1) for dtype in (torch.float32, torch.float16)]
assert largest[0] == 88.7, "in float32, the exponential overflows for margins below about −88.7"
assert largest[1] == 11.1, "in float16 below −11.1"
each = F.soft_margin_loss(x, torch.ones(4), reduction="none")
assert each.isinf().tolist() == [False, False, True, True], "the loss becomes `inf`"
(gradient,) = torch.autograd.grad(each.mean(), x)
assert gradient.isnan().tolist() == [False, False, True, True], "and its gradient ∞ / ∞"
half = torch.tensor([-11.0, -11.2]).half()
assert F.soft_margin_loss(half, torch.ones(2).half(), reduction="none").isinf().tolist() == [False, True], "−11.1"
weight = torch.ones(3, requires_grad=True)
logits = torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0], [90.0, 90.0, 90.0]]) @ weight
F.soft_margin_loss(logits, torch.tensor([1.0, 1.0, -1.0])).backward()
assert weight.grad.isnan().tolist() == [True] * 3, "one such element is enough to turn all weights into `nan`"

# --8<-- [start:soft]
x = torch.tensor([0.0, 2.0, 4.0, 8.0, 16.0])
y = torch.full((5,), 0.8)
soft = F.soft_margin_loss(x, y, reduction="none")
bce = F.binary_cross_entropy_with_logits(x, (y + 1) / 2, reduction="none")
print("loss, target    ", *(f"x = {value:.0f}" for value in x), sep="  ")
print("soft margin, 0.8", *(f"{value:6.3f}" for value in soft), sep="  ")
print("BCE, 0.9        ", *(f"{value:6.3f}" for value in bce), sep="  ")
# --8<-- [end:soft]
assert soft.tolist() == sorted(soft.tolist(), reverse=True), "a larger logit is still always better"
grid = torch.linspace(-8, 8, 1601)
curve = F.binary_cross_entropy_with_logits(grid, torch.full((1601,), 0.9), reduction="none")
assert round(grid[curve.argmin()].item(), 1) == 2.2, "with a target of 0.9 it has its best logit at log 9 ≈ 2.2"
assert round(math.log(9), 1) == 2.2, "log 9 ≈ 2.2"
at_two, targets = torch.tensor(2.0), torch.linspace(-1, 1, 21)[1:-1]
gaps = [F.soft_margin_loss(at_two, y) - F.binary_cross_entropy_with_logits(at_two, (y + 1) / 2) for y in targets]
assert max(gaps) < 0, "the two losses agree at −1 and 1, and nowhere between"

# --8<-- [start:shapes]
for input, target in (((4, 1), (4,)), ((3, 3), (3,))):
    try:
        x, y = torch.ones(input), torch.ones(target)
        loss = F.soft_margin_loss(x, y, reduction="none")
        print(input, target, "becomes", tuple(loss.shape))
    except RuntimeError as error:
        print(input, target, error)
# --8<-- [end:shapes]
x = torch.tensor([-2.0, 5.0], requires_grad=True)
y = torch.tensor([-1, 1])  # separated: a larger scale is always better
scale = torch.ones(1, requires_grad=True)
steps = []
for _ in range(50):
    (gradient,) = torch.autograd.grad(F.soft_margin_loss(scale * x, y), scale)
    steps.append(-gradient.item())
    scale = (scale - gradient).detach().requires_grad_()
assert min(steps) > 0, "on data that a line can separate its logits grow for ever"
assert steps == sorted(steps, reverse=True), "slower and slower"
as_floats = F.soft_margin_loss(x, (y > 0).float())
assert F.soft_margin_loss(x, y > 0) == as_floats, "booleans count as 0 and 1 too"
assert nn.SoftMarginLoss()(x, y) == F.soft_margin_loss(x, y.float()), "`target`: floating point or integer"


def message_of(call):
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return ""


message = message_of(lambda: F.soft_margin_loss(x, x))
assert "not differentiable with respect to argument 'target'" in message, "it refuses a target that requires a gradient"
message = message_of(lambda: F.soft_margin_loss(x, y > 0).backward())
assert "Negation" in message, "until `backward` fails with an error about their negation"
plt.show()

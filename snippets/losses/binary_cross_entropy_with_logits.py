# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


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
soft, hard = torch.rand(10, 3, dtype=torch.float64), torch.randint(2, (10, 3))
shapes = (3,), (10, 1), (10, 3)
weights = [None, *(torch.rand(shape, dtype=torch.float64) for shape in shapes)]
worst = 0.0
cases = (soft, hard.double()), weights, weights, ("none", "mean", "sum")
for y, w, p, reduction in itertools.product(*cases):
    options = {"weight": w, "pos_weight": p, "reduction": reduction}
    ours = binary_cross_entropy_with_logits(x, y, **options)
    library = F.binary_cross_entropy_with_logits(x, y, **options)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, ((a - b).abs() / b.abs().clamp(min=1)).max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

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
assert torch.allclose(each, torch.tensor([2, 4 / 3, 4]).log()) and f"{loss:.4f}" == "0.7890"
assert torch.allclose(x.grad, torch.tensor([-0.5, -0.25, 0.75]) / 3)

# --8<-- [start:two-outputs]
logits = torch.tensor([[1.0, 2.0], [2.0, 2.0], [3.0, 4.0], [4.0, 5.0]])
target = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
for reduction in ("sum", "mean"):
    with_logits = nn.BCEWithLogitsLoss(reduction=reduction)(logits, target)
    two_steps = nn.BCELoss(reduction=reduction)(torch.sigmoid(logits), target)
    print(f"{reduction:4} {with_logits:.4f}, in two steps {two_steps:.4f}")
# --8<-- [end:two-outputs]
assert f"{with_logits:.4f}" == f"{two_steps:.4f}" == "1.4732"

# --8<-- [start:curves]
x = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, t, p in (("C0", 0, 1), ("C1", 0.3, 1), ("C2", 1, 1), ("C3", 1, 3)):
    factor = torch.tensor(float(p))
    criterion = nn.BCEWithLogitsLoss(pos_weight=factor, reduction="none")
    loss = criterion(x, torch.full_like(x, t))
    (slope,) = torch.autograd.grad(loss.sum(), x)
    style = "--" if p == 3 else "-"
    left.plot(x.detach(), loss.detach(), color, linestyle=style)
    right.plot(x.detach(), slope, color, linestyle=style)
    if p == 1:
        right.text(3.1, slope[-1].item(), f"y = {t}", color=color, va="center")
left.set(title="loss", xlabel="x, a logit", xticks=range(-3, 4), ylim=(0, 4.7))
right.set(title="gradient", xlabel="x, a logit", xticks=range(-3, 4))
right.text(-0.4, -2.6, "y = 1,\npos_weight 3", color="C3")
# --8<-- [end:curves]
assert torch.allclose(slope, 3 * (torch.sigmoid(x) - 1), atol=1e-6)

# --8<-- [start:pos-weight]
target = torch.cat((torch.ones(100), torch.zeros(300)))
logits = torch.linspace(-3, 3, 601)
for p in (1.0, 3.0, 9.0):
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(p))
    losses = torch.stack([criterion(x.expand(400), target) for x in logits])
    best = logits[losses.argmin()]
    print(f"pos_weight {p:.0f}: best logit {best:5.2f},",
          f"probability {best.sigmoid():.2f},",
          f"logit − log pos_weight {best - math.log(p):5.2f}")
# --8<-- [end:pos-weight]
for p, best in ((1.0, 0.25), (3.0, 0.5), (9.0, 0.75)):
    assert math.isclose(p * 0.25 / (p * 0.25 + 0.75), best)
assert abs(math.log(0.25 / 0.75) + 1.0986) < 1e-4 and [*criterion.state_dict()] == ["pos_weight"]

# --8<-- [start:shapes]
x, y = torch.zeros(4, 2, 5, 5), torch.ones(4, 2, 5, 5)  # (N, C, H, W)
for shape in ((2,), (2, 1, 1)):
    p = torch.tensor([1.0, 3.0]).reshape(shape)
    try:
        criterion = nn.BCEWithLogitsLoss(pos_weight=p, reduction="none")
        each = criterion(x, y) / math.log(2)
        print(shape, [round(value) for value in each[0, :, 0, 0].tolist()])
    except RuntimeError as error:
        print(shape, str(error).partition(" at ")[0])
# --8<-- [end:shapes]
assert (each[:, 0] * 3 == each[:, 1]).all()

# --8<-- [start:weight]
x, y = torch.zeros(2), torch.tensor([1.0, 0.0])  # every loss is log 2
for name in ("weight", "pos_weight"):
    options = {name: torch.tensor([3.0])}
    each = nn.BCEWithLogitsLoss(reduction="none", **options)(x, y) / math.log(2)
    rounded = [round(value) for value in each.tolist()]
    print(f"{name:10} {rounded}, mean {each.mean():.1f}")
# --8<-- [end:weight]
mean = F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.tensor([3.0]))
assert torch.isclose(mean, torch.tensor(2 * math.log(2)))

# --8<-- [start:twice]
x, y = torch.tensor([50.0, -50.0]), torch.tensor([1.0, 0.0])  # sure, and right
for name, logits in (("logits", x), ("after a sigmoid", torch.sigmoid(x))):
    each = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    print(f"{name:15} {[f'{value:.4f}' for value in each]}")
# --8<-- [end:twice]
assert [f"{value:.4f}" for value in each] == ["0.3133", "0.6931"]

# --8<-- [start:zero]
for t in (0.0, 1.0):
    x, y = torch.zeros(2, requires_grad=True), torch.tensor(t)
    library = F.binary_cross_entropy_with_logits(x[0], y)
    clamped = x[1].clamp(min=0) - x[1] * y + torch.log1p(torch.exp(-x[1].abs()))
    (library + clamped).backward()
    print(f"target {t:.0f}: library {x.grad[0]:.1f}, clamped {x.grad[1]:.1f}")
# --8<-- [end:zero]
assert library == clamped and x.grad.tolist() == [-0.5, 0]

# --8<-- [start:threshold]
x = torch.tensor([-1.0, 0.2, 0.4, 2.0])
print("x > 0      ", (x > 0).int().tolist())
print("σ(x) > 0.5 ", (torch.sigmoid(x) > 0.5).int().tolist())
print("x > 0.5    ", (x > 0.5).int().tolist())
# --8<-- [end:threshold]
assert f"{torch.sigmoid(torch.tensor(0.5)):.4f}" == "0.6225"

# --8<-- [start:refused]
x = torch.zeros(2, 1)
integers = torch.ones(2, 1, dtype=torch.long)
for y, p in ((torch.ones(2), None), (integers, None), (torch.ones(2, 1), 3.0)):
    try:
        F.binary_cross_entropy_with_logits(x, y, pos_weight=p)
    except (RuntimeError, ValueError, TypeError) as error:
        print(str(error).removeprefix("binary_cross_entropy_with_logits(): "))
# --8<-- [end:refused]

# --8<-- [start:negative]
x = torch.tensor([5.0, 50.0, 500.0])
for t, logits in ((2.0, x), (-1.0, -x)):
    each = nn.BCEWithLogitsLoss(reduction="none")(logits, torch.full_like(x, t))
    loss = [round(value) for value in each.tolist()]
    print(f"target {t:2.0f}, logits {logits.tolist()}: loss {loss}")
# --8<-- [end:negative]
assert each.tolist()[-1] == -500
y = torch.tensor([-1.0, 1.0, 1.0])
assert torch.isclose(F.soft_margin_loss(x, y), F.binary_cross_entropy_with_logits(x, (y + 1) / 2))

# --8<-- [start:stuck]
rare = (torch.arange(1000) < 10).float()  # 1 % positive
for bias in (0.0, math.log(0.01 / 0.99)):
    loss = F.binary_cross_entropy_with_logits(torch.full((1000,), bias), rare)
    print(f"logit {bias:5.2f}: {loss:.4f}")
# --8<-- [end:stuck]
assert f"{loss:.4f}" == "0.0560" and abs(loss + 0.01 * math.log(0.01) + 0.99 * math.log(0.99)) < 1e-6

# --8<-- [start:softmax]
x, y = torch.tensor([-2.0, 0.5, 3.0]), torch.tensor([0, 1, 1])
two = torch.stack((torch.zeros(3), x), dim=1)  # class 0 gets the logit 0
print(f"cross_entropy {F.cross_entropy(two, y):.6f}")
print(f"with_logits   {F.binary_cross_entropy_with_logits(x, y.float()):.6f}")
# --8<-- [end:softmax]
assert torch.isclose(F.cross_entropy(two, y), F.binary_cross_entropy_with_logits(x, y.float()))

# --8<-- [start:infinite]
for z in (-math.inf, -1e4):
    x, y = torch.tensor(z), torch.tensor(0.0)
    print(f"logit {z}: {F.binary_cross_entropy_with_logits(x, y):.1f}")
# --8<-- [end:infinite]
plt.show()

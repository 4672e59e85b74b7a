# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


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
x[-1] = torch.tensor([0.0, 1.0, 1e-60])
x.requires_grad_()
soft, hard = torch.rand(10, 3, dtype=torch.float64), torch.randint(2, (10, 3))
shapes = (3,), (10, 1), (10, 3)
weights = [None, *(torch.rand(shape, dtype=torch.float64) for shape in shapes)]
worst = 0.0
options = (soft, hard.double()), weights, ("none", "mean", "sum")
for y, w, reduction in itertools.product(*options):
    ours = binary_cross_entropy(x, y, w, reduction)
    library = F.binary_cross_entropy(x, y, w, reduction=reduction)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, ((a - b).abs() / b.abs().clamp(min=1)).max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

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
assert torch.allclose(each, math.log(2) * torch.tensor([1.0, 2, 2]))
assert torch.isclose(loss, torch.tensor(5 * math.log(2) / 3)) and f"{loss:.4f}" == "1.1552"
assert torch.allclose(x.grad, torch.tensor([-2, -4, 4]) / 3)

# --8<-- [start:two-outputs]
logits = torch.tensor([[1.0, 2.0], [2.0, 2.0], [3.0, 4.0], [4.0, 5.0]])
target = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
x = torch.sigmoid(logits)
for reduction in ("none", "sum", "mean"):
    loss = nn.BCELoss(reduction=reduction)(x, target)
    rows = loss.tolist() if loss.dim() else [[loss.item()]]
    for row in rows:
        print(f"{reduction:5}", *(f"{value:8.4f}" for value in row))
# --8<-- [end:two-outputs]
assert f"{F.binary_cross_entropy(x, target, reduction='sum'):.4f}" == "11.7856" and f"{loss:.4f}" == "1.4732"

# --8<-- [start:curves]
x = torch.linspace(0.01, 0.99, 981, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, t, at, slope_at in (
    ("C0", 0, (1.03, 4.3), (0.56, 5.0)),
    ("C1", 0.3, (1.03, 3.1), (0.95, 6.0)),
    ("C2", 1, (1.03, 0.15), (1.03, -1)),
):
    loss = F.binary_cross_entropy(x, torch.full_like(x, t), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x)
    left.plot(x.detach(), loss.detach(), color)
    right.plot(x.detach(), slope, color)
    left.text(*at, f"y = {t}", color=color, va="center")
    right.text(*slope_at, f"y = {t}", color=color, va="center")
left.set(title="loss", xlabel="x, a probability", ylim=(0, 4.7))
right.set(title="gradient by x", xlabel="x, a probability", ylim=(-10, 10))
# --8<-- [end:curves]
lowest = -(0.3 * math.log(0.3) + 0.7 * math.log(0.7))
y = torch.full_like(x, 0.3)
soft = F.binary_cross_entropy(x, y, reduction="none")
assert abs(x[soft.argmin()].item() - 0.3) < 0.002 and abs(soft.min().item() - lowest) < 1e-4
assert round(lowest, 4) == 0.6109

# --8<-- [start:weight]
x, y = torch.full((3, 2), 0.5), torch.ones(3, 2)  # every loss is log 2
labels, samples = torch.tensor([1.0, 4.0]), torch.tensor([[1.0], [2.0], [3.0]])
for name, w in (("no weight", None), ("(2,)", labels), ("(3, 1)", samples)):
    each = F.binary_cross_entropy(x, y, w, reduction="none") / math.log(2)
    mean = F.binary_cross_entropy(x, y, w) / math.log(2)
    rows = [[round(value) for value in row] for row in each.tolist()]
    print(f"{name:9}: {rows}, mean {mean:.1f}")
# --8<-- [end:weight]
assert torch.isclose(mean, samples.expand(3, 2).sum() / 6) and round(mean.item(), 4) == 2

# --8<-- [start:range]
for value in (1.7, math.nan):
    try:
        F.binary_cross_entropy(torch.tensor([0.3, value]), torch.ones(2))
    except RuntimeError as error:
        print(f"{value}: {error}")
# --8<-- [end:range]

# --8<-- [start:saturated]
target = torch.zeros(1)  # the model is sure of 1, and wrong
for z in (10.0, 16.0, 17.0, 50.0):
    row = ""
    for name in ("BCELoss", "with logits"):
        logit = torch.tensor([z], requires_grad=True)
        if name == "BCELoss":
            loss = F.binary_cross_entropy(torch.sigmoid(logit), target)
        else:
            loss = F.binary_cross_entropy_with_logits(logit, target)
        loss.backward()
        row += f"   {name}: {loss:6.2f}, gradient {logit.grad.item():.2f}"
    print(f"logit {z:.0f}", row)
# --8<-- [end:saturated]
assert logit.grad == 1 and loss == 50
logit = torch.tensor([17.0, 50.0], requires_grad=True)
loss = F.binary_cross_entropy(logit.sigmoid(), torch.zeros(2), reduction="none")
assert loss.tolist() == [100, 100] and torch.autograd.grad(loss.sum(), logit)[0].tolist() == [0, 0]
assert torch.sigmoid(torch.tensor(17.0)) == 1 and torch.sigmoid(torch.tensor(16.0)) < 1

# --8<-- [start:huge]
x = torch.tensor([0.001, 1e-6, 0.0], requires_grad=True)  # no sigmoid
F.binary_cross_entropy(x, torch.ones(3), reduction="sum").backward()
print("gradient", [f"{value:.0e}" for value in x.grad])
# --8<-- [end:huge]
assert abs(x.grad[2] + 1e12) < 1e7

# --8<-- [start:by-hand]
x, y = torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0])
by_hand = -(y * x.log() + (1 - y) * (1 - x).log())
print("by hand", by_hand.tolist())
print("library", F.binary_cross_entropy(x, y, reduction="none").tolist())
# --8<-- [end:by-hand]
assert by_hand.isnan().tolist() == [True, True, False] and by_hand[2] == math.inf

# --8<-- [start:types]
x = torch.tensor([[0.9], [0.2]])  # (2, 1), from a model
for y in ([1, 0], [[1], [0]], [[1.0], [0.0]]):
    try:
        print(f"{F.binary_cross_entropy(x, torch.tensor(y)):.4f}")
    except (RuntimeError, ValueError) as error:
        message = str(error).partition(" is deprecated")[0]
        print(message.replace(" that", "\n  that"))
# --8<-- [end:types]

# --8<-- [start:square]
x, y = torch.full((2, 2), 0.5), torch.ones(2, 2)  # two samples, two labels
for w in (torch.tensor([1.0, 3.0]), torch.tensor([[1.0], [3.0]])):
    each = F.binary_cross_entropy(x, y, w, reduction="none") / math.log(2)
    print(tuple(w.shape), [[round(v) for v in row] for row in each.tolist()])
# --8<-- [end:square]
assert torch.allclose(each, torch.tensor([[1.0, 1], [3, 3]]))

# --8<-- [start:soft]
y = torch.tensor([0.0, 0.3, 0.5, 1.0])
lowest = F.binary_cross_entropy(y, y, reduction="none")
for value, loss in zip(y, lowest.abs(), strict=True):
    print(f"x = y = {value:.1f}: loss {loss:.4f}")
# --8<-- [end:soft]
entropy = torch.special.entr(y) + torch.special.entr(1 - y)
assert torch.allclose(lowest, entropy, atol=1e-6) and round(lowest[1].item(), 4) == 0.6109
plt.show()

# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:twice]
x, y = torch.tensor([50.0, -50.0]), torch.tensor([1.0, 0.0])  # sure, and right
print("given             yes      no")
for name, logits in (("logits", x), ("after a sigmoid", torch.sigmoid(x))):
    each = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    print(f"{name:15}  {each[0]:.4f}  {each[1]:.4f}")
# --8<-- [end:twice]
assert f"{math.log(1 + math.exp(-1)):.4f}" == "0.3133", "a sample that is sure and right costs 0.3133"
assert f"{math.log(2):.4f}" == "0.6931", "or 0.6931"
assert (each > 0.3).all(), "the loss cannot reach 0 any more"

# --8<-- [start:zero]
print("target  library  clamped")
for target in (0.0, 1.0):
    y, x = torch.tensor(target), torch.tensor(0.0, requires_grad=True)
    library = F.binary_cross_entropy_with_logits(x, y)
    clamped = x.clamp(min=0) - x * y + torch.log1p(torch.exp(-x.abs()))
    (right,) = torch.autograd.grad(library, x)
    (wrong,) = torch.autograd.grad(clamped, x)
    print(f"{target:<6.0f}  {right:7.1f}  {wrong:7.1f}")
# --8<-- [end:zero]
assert library == clamped, "the value was right even then"
halves = torch.minimum(x, torch.zeros_like(x))
(slope,) = torch.autograd.grad(x.clamp(min=0), x)
assert slope == 1, "in 2.13 `clamp` takes the slope 1 there"
assert torch.autograd.grad(halves, x)[0] == 0.5, "with `torch.minimum`, each side of a tie gets half of the gradient"

# --8<-- [start:threshold]
x = torch.tensor([-1.0, 0.2, 0.4, 2.0])
rules = {"x > 0": x > 0, "σ(x) > 0.5": torch.sigmoid(x) > 0.5, "x > 0.5": x > 0.5}
print("rule        ", *(f"x = {value:.1f}" for value in x), sep="  ")
for name, answer in rules.items():
    print(f"{name:12}", *answer.int().tolist(), sep="  ")
# --8<-- [end:threshold]
assert torch.equal(x > 0, torch.sigmoid(x) > 0.5), "they are the same threshold"
assert f"{torch.sigmoid(torch.tensor(0.5)):.4f}" == "0.6225", "0.5 on logits means a probability above 0.6225"

# --8<-- [start:refused]
x, y = torch.zeros(2, 1), torch.ones(2, 1)
calls = {
    "target of shape (2)": (torch.ones(2), None),
    "integer target": (torch.ones(2, 1, dtype=torch.int64), None),
    "pos_weight=3.0": (y, 3.0),
}
for name, (target, pos_weight) in calls.items():
    try:
        F.binary_cross_entropy_with_logits(x, target, pos_weight=pos_weight)
    except (RuntimeError, ValueError, TypeError) as error:
        print(f"{name}:\n  {error}")
# --8<-- [end:refused]
cured = torch.ones(2, dtype=torch.int64).float().unsqueeze(1)
assert F.binary_cross_entropy_with_logits(x, cured, pos_weight=torch.tensor(3.0)) > 0, "`y.float().unsqueeze(1)`"

# --8<-- [start:negative]
x = torch.tensor([0.5, 5.0, 50.0, 500.0])
for target, logits in ((2.0, x), (-1.0, -x)):
    y = torch.full_like(x, target)
    each = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    losses = [round(value, 4) for value in each.tolist()]
    print(f"target {target:2.0f}, logits {logits.tolist()}: loss {losses}")
# --8<-- [end:negative]
half = F.binary_cross_entropy_with_logits(torch.tensor(0.5), torch.tensor(2.0))
assert f"{half:.4f}" == "-0.0259", "logit 0.5 and target 2 give −0.0259"
mask = torch.tensor([0.0, 255.0])
assert F.binary_cross_entropy_with_logits(torch.ones(2), mask) < 0, "a mask with 0 and 255"
assert F.binary_cross_entropy_with_logits(torch.ones(2), mask / 255) > 0, "divide masks by 255"
x, y = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([-1.0, 1.0, 1.0])
mapped = F.binary_cross_entropy_with_logits(x, (y + 1) / 2)
assert torch.isclose(F.soft_margin_loss(x, y), mapped), "map labels −1 and 1 with (y + 1) / 2: `SoftMarginLoss`"
assert f"{math.log(2):.3f}" == "0.693", "0.693 = log 2 is the loss of a logit of 0"
start = F.binary_cross_entropy_with_logits(torch.zeros(2), torch.tensor([0.0, 1.0]))
assert math.isclose(start, math.log(2), rel_tol=1e-6), "it is right at the start"

# --8<-- [start:softmax]
x, y = torch.tensor([-2.0, 0.5, 3.0]), torch.tensor([0, 1, 1])
two = torch.stack((torch.zeros(3), x), dim=1)  # class 0 gets the logit 0
print(f"cross_entropy {F.cross_entropy(two, y):.6f}")
print(f"with_logits   {F.binary_cross_entropy_with_logits(x, y.float()):.6f}")
# --8<-- [end:softmax]
one = F.binary_cross_entropy_with_logits(x, y.float())
assert torch.isclose(F.cross_entropy(two, y), one), "the softmax of two logits is the sigmoid of their difference"
assert 2 * nn.Linear(8, 1).weight.numel() == nn.Linear(8, 2).weight.numel(), "with half of the weights"

# --8<-- [start:infinite]
for logit in (-math.inf, -1e4):
    x, y = torch.tensor(logit), torch.tensor(0.0)
    print(f"logit {logit}: {F.binary_cross_entropy_with_logits(x, y):.1f}")
# --8<-- [end:infinite]
assert F.binary_cross_entropy_with_logits(torch.tensor(-math.inf), torch.tensor(0.0)).isnan(), "even where it is right"

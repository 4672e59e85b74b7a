# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F

# --8<-- [end:imports]

# --8<-- [start:range]
calls = {
    "input 1.7": ([0.3, 1.7], [1.0, 1.0]),
    "input nan": ([0.3, math.nan], [1.0, 1.0]),
    "target 2": ([0.3, 0.5], [1.0, 2.0]),
}
for name, (x, y) in calls.items():
    try:
        F.binary_cross_entropy(torch.tensor(x), torch.tensor(y))
    except RuntimeError as error:
        print(f"{name}: {error}")
# --8<-- [end:range]
for end in (0.0, 1.0):
    edge = torch.tensor(end)
    assert F.binary_cross_entropy(edge, edge) == 0, "0 and 1 are in range"

# --8<-- [start:saturated]
target = torch.zeros(1)  # the model is sure of 1, and wrong
print("logit   BCELoss  its gradient   with logits  its gradient")
for z in (10.0, 16.0, 17.0, 50.0):
    logit = torch.tensor([z], requires_grad=True)
    two_steps = F.binary_cross_entropy(torch.sigmoid(logit), target)
    one_step = F.binary_cross_entropy_with_logits(logit, target)
    (first,) = torch.autograd.grad(two_steps, logit)
    (second,) = torch.autograd.grad(one_step, logit)
    print(f"{z:<5.0f}  {two_steps:8.2f}  {first.item():12.2f}", end="")
    print(f"{one_step:14.2f}  {second.item():12.2f}")
# --8<-- [end:saturated]
assert one_step == 50, "its loss goes on growing"
assert second == 1, "its gradient stays 1"
logit = torch.tensor([17.0, 50.0], requires_grad=True)
loss = F.binary_cross_entropy(logit.sigmoid(), torch.zeros(2), reduction="none")
assert loss.tolist() == [100, 100], "the loss is then the clamp, 100"
assert torch.autograd.grad(loss.sum(), logit)[0].tolist() == [0, 0], "and the gradient is 0"
assert torch.sigmoid(torch.tensor(17.0)) == 1, "in float32 that happens from a logit of 17 on"
assert torch.sigmoid(torch.tensor(16.0)) < 1, "at 16 it does not"

# --8<-- [start:huge]
x = torch.tensor([0.001, 1e-6, 0.0], requires_grad=True)  # no sigmoid
F.binary_cross_entropy(x, torch.ones(3), reduction="sum").backward()
print("gradient", [f"{value:.0e}" for value in x.grad])
# --8<-- [end:huge]
assert f"{x.grad[2]:.0e}" == "-1e+12", "the library stops it at 1e12, the gradient at x = 0"
logit = torch.tensor([-6.907, -13.816], requires_grad=True)
(gradient,) = torch.autograd.grad(F.binary_cross_entropy(logit.sigmoid(), torch.ones(2), reduction="sum"), logit)
assert gradient.round(decimals=2).tolist() == [-1, -1], "behind a sigmoid this cancels"

# --8<-- [start:by-hand]
x, y = torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0])
by_hand = -(y * x.log() + (1 - y) * (1 - x).log())
print("by hand", by_hand.tolist())
print("library", F.binary_cross_entropy(x, y, reduction="none").abs().tolist())
# --8<-- [end:by-hand]
assert by_hand[:2].isnan().all(), "0 · log 0 is nan, also where the prediction is right"
assert by_hand[2] == math.inf, "a sure mistake costs inf by hand"

# --8<-- [start:types]
x = torch.tensor([[0.9], [0.2]])  # (2, 1), from a model
y = torch.tensor([1, 0])  # integers of shape (2), from a data set
for target in (y, y.unsqueeze(1), y.float().unsqueeze(1)):
    try:
        print(f"loss {F.binary_cross_entropy(x, target):.4f}")
    except (RuntimeError, ValueError) as error:
        print(str(error).replace(". ", ".\n").replace(" that is", "\n  that is"))
# --8<-- [end:types]
try:
    F.binary_cross_entropy(x, y)
    raised = None
except ValueError as error:
    raised = error
assert raised is not None, "the size is an error, not a warning, so nothing broadcasts by accident"

# --8<-- [start:square]
x, y = torch.full((2, 2), 0.5), torch.ones(2, 2)  # two samples, two labels
print("weight  losses / log 2")
for w in (torch.tensor([1.0, 3.0]), torch.tensor([[1.0], [3.0]])):
    each = F.binary_cross_entropy(x, y, w, reduction="none") / math.log(2)
    rows = [[round(value) for value in row] for row in each.tolist()]
    print(f"{tuple(w.shape)!s:6}  {rows}")
# --8<-- [end:square]
assert torch.allclose(each, torch.tensor([[1.0, 1], [3, 3]])), "a column does what you want"
try:
    F.binary_cross_entropy(torch.full((3, 2), 0.5), torch.ones(3, 2), torch.ones(3))
    refused = False
except RuntimeError:
    refused = True
assert refused, "for (N, C) a weight of N numbers fails, unless N = C"
assert F.binary_cross_entropy(torch.full((3,), 0.5), torch.ones(3), torch.ones(3)) > 0, "true for shape (N)"

# --8<-- [start:soft]
y = torch.tensor([0.0, 0.3, 0.5, 1.0])
lowest = F.binary_cross_entropy(y, y, reduction="none").abs()
print("x = y    loss")
for value, loss in zip(y, lowest, strict=True):
    print(f"{value:<5.1f}  {loss:.4f}")
# --8<-- [end:soft]
entropy = torch.special.entr(y) + torch.special.entr(1 - y)
assert torch.allclose(lowest, entropy, atol=1e-6), "the smallest value, at x = y, is the entropy of the target"
for x in torch.linspace(0.01, 0.99, 99):
    each = F.binary_cross_entropy(x.expand(4), y, reduction="none")
    assert (each >= lowest - 1e-6).all(), "nothing is below it"

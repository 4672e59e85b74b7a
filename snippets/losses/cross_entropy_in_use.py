# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:start]
torch.manual_seed(0)
print("classes   log C   s = 0.1   s = 0.5   s = 1.0   s = 3.0")
for classes in (2, 10, 1000):
    targets = torch.randint(classes, (2000,))
    noise = torch.randn(2000, classes)
    print(f"{classes:<7}  {math.log(classes):6.2f}", end="")
    for s in (0.1, 0.5, 1.0, 3.0):
        print(f"{F.cross_entropy(s * noise, targets):10.2f}", end="")
    print()
# --8<-- [end:start]
assert f"{math.log(10):.1f}" == "2.3", "a loss that starts at 2.3 has 10 classes"
assert f"{math.log(1000):.1f}" == "6.9", "a loss that starts at 6.9 has 1000 classes"
assert f"{math.log(50257):.1f}" == "10.8", "the 50257 tokens of GPT-2 give 10.8"
for classes in (2, 10, 1000):
    assert math.isclose(F.cross_entropy(torch.zeros(classes), torch.tensor(0)), math.log(classes), rel_tol=1e-6), (
        "equal logits give log C"
    )
    noise = torch.randn(200_000 // classes, classes, dtype=torch.float64)
    targets = torch.randint(classes, (len(noise),))
    for s in (0.1, 0.5, 1.0):
        each = torch.stack([F.cross_entropy(s * noise, torch.full_like(targets, c)) for c in range(min(classes, 10))])
        rule = math.log(classes) + s**2 / 2 * (1 - 1 / classes)
        assert abs(each.mean().item() - rule) < 0.05, "up to s = 1 the rule is right to 0.05 for 2, 10 and 1000 classes"
ten, thousand = (math.log(c) + 9 / 2 * (1 - 1 / c) for c in (10, 1000))
assert round(ten, 1) == 6.4, "at s = 3 the rule says 6.4 for 10 classes"
assert round(thousand, 1) == 11.4, "and 11.4 for 1000"

# --8<-- [start:ignored-logit]
targets = torch.tensor([0, 2])
print("logit of class 2    loss")
for logit in (0.0, -1.0, -math.inf):
    logits = torch.tensor([0.0, 0.0, logit]).repeat(2, 1)
    loss = F.cross_entropy(logits, targets, ignore_index=2)
    print(f"{logit:<16}  {loss:.4f}")
# --8<-- [end:ignored-logit]
for logit, expected in ((0, "1.0986"), (-1, "0.8620"), (-math.inf, "0.6931")):
    assert f"{math.log(2 + math.exp(logit)):.4f}" == expected, "the logit stays in the denominator"
    logits = torch.tensor([[0.0, 0.0, logit]])
    assert f"{F.cross_entropy(logits, targets[:1]):.4f}" == expected, "the loss is that of the sample that counts"

# --8<-- [start:probabilities]
logits = torch.tensor([1.0, 2.0, 3.0])
print("target             loss")
for target in ([1.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.2, 0.3, 0.5]):
    print(f"{target}  {F.cross_entropy(logits, torch.tensor(target)):7.4f}")
# --8<-- [end:probabilities]
five = F.cross_entropy(logits, 5 * torch.eye(3)[0])
assert torch.allclose(five, 5 * F.cross_entropy(logits, torch.tensor(0))), "5 costs five times as much"

# --8<-- [start:softmax-twice]
targets = torch.tensor([0, 0])
print("last layer         right    wrong  gradient")
for layer in (nn.Identity(), nn.LogSoftmax(dim=1), nn.Softmax(dim=1)):
    logits = torch.tensor([[15.0, 0.0, 0.0], [-15.0, 0.0, 0.0]], requires_grad=True)
    losses = F.cross_entropy(layer(logits), targets, reduction="none")
    (gradient,) = torch.autograd.grad(losses.sum(), logits)
    right, wrong = losses.tolist()
    slope = gradient[1, 0].item()
    print(f"{layer!s:17}  {right:.4f}  {wrong:7.4f}  {slope:8.0e}")
# --8<-- [end:softmax-twice]
floor = math.log(math.e + 2) - 1
assert f"{right:.4f}" == f"{floor:.4f}" == "0.5514", "a perfect answer costs log(e + C − 1) − 1 = 0.5514"
assert -1e-6 < gradient[1, 0] < 0, "a confident mistake has a gradient below a millionth"
log_p = logits.log_softmax(1)
assert torch.allclose(log_p.log_softmax(1), log_p), "applying `LogSoftmax` twice changes nothing"
assert round(math.log(math.e + 999) - 1, 1) == 5.9, "with 1000 classes a perfect answer costs 5.9"

# --8<-- [start:refused]
logits, targets = torch.zeros(2, 5, 7), torch.zeros(2, 7, dtype=torch.int64)
one_hot = F.one_hot(targets, 5).transpose(1, 2)
calls = {
    "class −4": (targets - 4, {}),
    "class 5 of 5": (targets + 5, {}),
    "int32 classes": (targets.int(), {}),
    "float32 classes": (targets.float(), {}),
    "integer one-hot": (one_hot, {}),
    "six targets for seven": (targets[:, :6], {}),
    "probabilities, ignore_index=0": (one_hot.float(), {"ignore_index": 0}),
}
for name, (target, options) in calls.items():
    try:
        F.cross_entropy(logits, target, **options)
    except (IndexError, RuntimeError) as error:
        print(f"{name}:\n    {type(error).__name__}: {error}")
# --8<-- [end:refused]
assert F.cross_entropy(logits[:, :, 0], targets[:, 0].byte()).isfinite(), "uint8 classes work for shape (N, C)"
try:
    F.cross_entropy(logits, targets.byte())
    refused = False
except RuntimeError:
    refused = True
assert refused, "and not for more dimensions"
plain, negative = (F.cross_entropy(logits, targets, label_smoothing=eps) for eps in (0.0, -1.0))
assert plain == negative, "a negative `label_smoothing` is ignored by the function, not refused"
for cured in (targets.int().long(), targets.float().long(), one_hot.float()):
    assert F.cross_entropy(logits, cured).isfinite(), "`.long()` cures the types, `.float()` the one-hot targets"

# --8<-- [start:class-dimension]
targets = torch.tensor([[1, 1, 0]])  # (N, L)
logits = 20 * F.one_hot(targets, 3).float()  # (N, L, C) with L = C: all right
print(f"as it is   {F.cross_entropy(logits, targets):.3f}")
print(f"transposed {F.cross_entropy(logits.transpose(1, 2), targets):.3f}")
# --8<-- [end:class-dimension]
assert (logits.argmax(-1) == targets).all(), "every prediction is right"
assert F.cross_entropy(logits, targets) > 7, "positions are taken for classes"
try:
    F.cross_entropy(torch.zeros(1, 4, 3), torch.zeros(1, 4, dtype=torch.int64))
    refused = False
except RuntimeError:
    refused = True
assert refused, "logits (N, L, C) with targets (N, L) raise an error, unless L = C"

# --8<-- [start:infinite]
logits = torch.tensor([[1.0, 2.0, -math.inf]])  # class 2 is masked out
allowed, masked = torch.tensor([0]), torch.tensor([2])
one_hot = F.one_hot(allowed, 3).float()
smoothed = F.cross_entropy(logits, allowed, label_smoothing=0.1)
far = torch.tensor([[-200.0, 0.0]])
print("case                   loss")
print(f"allowed class        {F.cross_entropy(logits, allowed):.4f}")
print(f"masked class         {F.cross_entropy(logits, masked):6}")
print(f"label_smoothing=0.1  {smoothed:6}")
print(f"probabilities        {F.cross_entropy(logits, one_hot):6}")
print(f"log of softmax       {-far.softmax(1).log()[0, 0]:6}")
print(f"fused                {F.cross_entropy(far, allowed):6.1f}")
# --8<-- [end:infinite]
assert F.cross_entropy(logits, masked) == math.inf, "a target of the masked class costs inf"
assert smoothed == math.inf, "smoothing multiplies it by ε / C"
assert F.cross_entropy(logits, one_hot).isnan(), "a probability of 0 makes 0 · ∞, which is `nan`"
finite = torch.tensor([[1.0, 2.0, -1e4]])
assert f"{F.cross_entropy(finite, one_hot):.4f}" == "1.3133", "with a large finite number the loss is 1.3133 again"
assert F.cross_entropy(far, allowed) == 200, "the fused loss is exact"

# --8<-- [start:one-output]
logits = torch.tensor([[-3.0], [0.0], [3.0]], requires_grad=True)
loss = F.cross_entropy(logits, torch.tensor([0, 0, 0]))
loss.backward()
print("loss", loss.item(), "gradient", logits.grad.flatten().tolist())
# --8<-- [end:one-output]
targets, two = torch.tensor([0, 1, 1]), torch.cat([torch.zeros(3, 1), logits.detach()], 1)
binary = F.binary_cross_entropy_with_logits(logits.detach()[:, 0], targets.float())
assert torch.allclose(F.cross_entropy(two, targets), binary), "the second is the first with logits (0, x)"

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.CrossEntropyLoss()
logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]])  # 2 samples, 3 classes
classes = torch.tensor([0, 2])  # the right ones
print(f"loss {loss(logits, classes):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.cross_entropy(logits, classes, reduction="none")
assert f"{costs[0]:.2f}" == "0.41", "a sample whose right class leads costs 0.41"
assert f"{costs[1]:.2f}" == f"{math.log(3):.2f}" == "1.10", "one with equal logits for three classes log 3 = 1.10"


# --8<-- [start:from-scratch]
def log_softmax(x):  # over the last dimension
    shifted = x - x.detach().amax(-1, keepdim=True)  # ≤ 0, so exp cannot overflow
    return shifted - shifted.exp().sum(-1, keepdim=True).log()
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-loss]
def cross_entropy(
    input, target, weight=None, ignore_index=-100, reduction="mean",
    label_smoothing=0.0,
):
    x = input.movedim(min(1, input.dim() - 1), -1)  # the classes last
    classes, eps = x.shape[-1], label_smoothing
    w = x.new_ones(classes) if weight is None else weight
    soft = target.shape == input.shape and target.is_floating_point()
    soft = soft and ignore_index < 0
    hard = target.shape == x.shape[:-1] and target.dtype == torch.int64
    if not (soft or hard) or w.shape != (classes,) or not 0 <= eps <= 1:
        raise ValueError("target, weight or an option does not fit")
    each = -log_softmax(x) * w  # the loss of every class
    if soft:
        y = target.movedim(min(1, input.dim() - 1), -1)
        loss = (each * ((1 - eps) * y + eps / classes)).sum(-1)
        count = loss.numel()
    else:
        keep = target != ignore_index
        y = target.where(keep, 0)
        loss = each.gather(-1, y[..., None]).squeeze(-1)
        if eps > 0:
            loss = (1 - eps) * loss + eps / classes * each.sum(-1)
        loss, count = loss.where(keep, 0), w[y].where(keep, 0).sum()
    return {"none": loss, "mean": loss.sum() / count, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, 2, dtype=torch.float64)).requires_grad_()
classes, probabilities = torch.randint(5, (4, 2)), torch.rand_like(x)
classes[0, 0] = -1  # ignored
weight = torch.rand(5, dtype=torch.float64)
worst = 0.0
choices = (None, weight), ("none", "mean", "sum"), (0.0, 0.1, 1.0)
targets = (classes, probabilities)
for target, w, reduction, smoothing in itertools.product(targets, *choices):
    options = dict(reduction=reduction, label_smoothing=smoothing, ignore_index=-1)
    ours = cross_entropy(x, target, w, **options)
    library = F.cross_entropy(x, target, w, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert torch.nn.CrossEntropyLoss().label_smoothing == 0.0, "the default is label_smoothing=0.0"
for smoothing in (0.0, 0.1):
    options = dict(reduction="sum", label_smoothing=smoothing)
    hard = torch.tensor([0, 1])
    logits, one_hot = torch.randn(2, 3), F.one_hot(hard, 3).float()
    pair = (F.cross_entropy(logits, y, **options) for y in (hard, one_hot))
    assert torch.allclose(*pair), "the first line is the third one with a one-hot y"
half = torch.zeros(5, 3, dtype=torch.float64, requires_grad=True)
w, q = torch.tensor([1.0, 2.0, 4.0]).double(), torch.tensor([0.2, 0.3, 0.5]).double()
(slope,) = torch.autograd.grad(F.cross_entropy(half, q.expand(5, 3), w, reduction="sum"), half)
assert torch.allclose(slope, half.softmax(1) * (q * w).sum() - q * w), (
    "the gradient is p times the sum of q w, minus q w"
)

# --8<-- [start:example]
x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]], requires_grad=True)
y, w = torch.tensor([0, 1, 1]), torch.tensor([1.0, 2.0])
for weight in (None, w):
    each = F.cross_entropy(x, y, weight, reduction="none")
    total = F.cross_entropy(x, y, weight, reduction="sum")
    mean = F.cross_entropy(x, y, weight)
    (gradient,) = torch.autograd.grad(mean, x)
    each = [round(loss, 4) for loss in each.tolist()]
    print(each, f"sum {total:.4f}, mean {mean:.4f}")
    print("gradient", [[round(g, 4) for g in row] for row in gradient.tolist()])
# --8<-- [end:example]
expected = w[y, None] * (x.softmax(1) - F.one_hot(y, 2)) / 5
assert torch.allclose(gradient, expected), "the gradient comes from the formula"
for ahead, loss in ((-1, "1.3133"), (2, "0.1269")):
    assert f"{math.log(1 + math.exp(-ahead)):.4f}" == loss, "log(1 + e^1) = 1.3133, log(1 + e^−2) = 0.1269"
plain = F.cross_entropy(x, y, reduction="sum")
assert f"{plain / 3:.4f}" == f"{F.cross_entropy(x, y):.4f}" == "0.5224", "the mean is 1.5671 / 3 = 0.5224"
assert f"{plain:.4f}" == "1.5671", "the sum is 1.5671"
assert f"{total:.4f}" == "1.8210", "the sum becomes 1.8210"
assert f"{total / 5:.4f}" == f"{mean:.4f}" == "0.3642", "`mean` divides it by 1 + 2 + 2 = 5, and gives 0.3642"
weighted, unweighted = (F.cross_entropy(x, y, weight, reduction="none") for weight in (w, None))
assert (weighted[1:] == 2 * unweighted[1:]).all(), "the weight 2 doubles the losses of the second and third sample"
p = x.softmax(1)[0, 0].item()
assert f"{p:.3f}" == "0.269", "in the first sample the right class has p = 0.269"
assert f"{(p - 1) / 3:.4f}" == "-0.2437", "its logit gets (0.269 − 1) / 3 = −0.2437"
assert gradient.sum(1).abs().max() < 1e-7, "each row adds up to 0"

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 601, requires_grad=True)  # the right class
y = torch.zeros(601, dtype=torch.int64)
figure, (left, right) = plt.subplots(1, 2)
curves = {}
settings = {"C = 2": (2, 0.0), "C = 10": (10, 0.0), "ε = 0.2": (2, 0.2)}
for name, (C, smoothing) in settings.items():
    logits = torch.cat([z[:, None], torch.zeros(601, C - 1)], 1)  # others: 0
    loss = F.cross_entropy(logits, y, reduction="none", label_smoothing=smoothing)
    (slope,) = torch.autograd.grad(loss.sum(), z)
    (line,) = left.plot(z.detach(), loss.detach())
    right.plot(z.detach(), slope)
    color = line.get_color()
    right.text(3.1, slope[-1].item(), name, color=color, va="center")
    curves[name] = loss, slope
left.set(title="loss", xlabel="right logit", xticks=range(-3, 4))
right.set(title="gradient", xlabel="right logit", xticks=range(-3, 4))
# --8<-- [end:curves]
best = z[curves["ε = 0.2"][0].argmin()].item()
assert round(best, 1) == round(math.log(0.9 / 0.1), 1) == 2.2, "the best logit is log(0.9 / 0.1) = 2.2"
assert (curves["ε = 0.2"][1][z > math.log(9) + 0.01] > 0).all(), "and pulls back beyond it"
far = torch.linspace(-15, 15, 301, dtype=torch.float64, requires_grad=True)
logits = torch.stack([far, torch.zeros_like(far)], 1)
deep = F.cross_entropy(logits, torch.zeros(301).long(), reduction="none")
(slope,) = torch.autograd.grad(deep.sum(), far)
assert (slope.abs() < 1).all(), "the pull is never more than 1"
assert (slope < 0).all(), "never with 0"
assert slope.diff().min() > 0, "a right answer pulls less the surer it is"
assert (deep + far).diff().min() > 0, "the difference shrinks the further the logit is behind"
assert round(math.log1p(math.exp(3)) - 3, 2) == 0.05, "from 3 behind on that is true to 0.05"

# --8<-- [start:targets]
image, labels = torch.randn(2, 5, 8, 8), torch.randint(5, (2, 8, 8))  # (N, C, H, W)
text, tokens = torch.randn(2, 7, 5), torch.randint(5, (2, 7))  # (N, L, C)
calls = {
    "image": (image, labels),
    "text, transposed": (text.transpose(1, 2), tokens),
    "text, flattened": (text.flatten(0, 1), tokens.flatten()),
    "one token": (text[0, 0], tokens[0, 0]),
}
print(f"{'model':16}  {'input':12}  {'target':9}  losses")
for name, (input, target) in calls.items():
    loss = F.cross_entropy(input, target, reduction="none")
    shapes = [str(tuple(tensor.shape)) for tensor in (input, target, loss)]
    print(f"{name:16}  {shapes[0]:12}  {shapes[1]:9}  {shapes[2]}")
# --8<-- [end:targets]
flat, swapped = (F.cross_entropy(*calls[name]) for name in ("text, flattened", "text, transposed"))
assert torch.allclose(flat, swapped), "swap the last two, or flatten the first two"

# --8<-- [start:weight]
y = torch.tensor([0] * 9 + [1])  # nothing tells the samples apart
print("weights     p of class 0  p of class 1  largest gradient")
for w in (torch.tensor([1.0, 1.0]), torch.tensor([1.0, 9.0])):
    p = w * y.bincount() / (w * y.bincount()).sum()
    logits = p.log().requires_grad_()
    F.cross_entropy(logits.expand(10, 2), y, w).backward()
    largest = logits.grad.abs().max()
    print(f"{w.tolist()}  {p[0]:12.1f}  {p[1]:12.1f}  {largest:16.5f}")
# --8<-- [end:weight]
assert p.tolist() == [0.5, 0.5], "weights of 1 over the frequency make the classes equally common"
assert logits.grad.abs().max() < 1e-6, "the model then predicts p ∝ w n"
x = torch.randn(10, 2)
assert torch.allclose(F.cross_entropy(x, y, w), F.cross_entropy(x, y, 7 * w)), (
    "the divisor takes a common factor out again"
)
assert "weight" in dict(torch.nn.CrossEntropyLoss(w).named_buffers()), "the module keeps it as a buffer"
try:
    F.cross_entropy(x, y, w.double())
    refused = False
except RuntimeError:
    refused = True
assert refused, "the tensor must have the dtype of the logits"

# --8<-- [start:reduction]
x, w = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]]), torch.tensor([1.0, 2.0])
y, ignored = torch.tensor([0, 1, 1]), torch.tensor([0, 1, -100])
one_hot = F.one_hot(y, 2).float()
cases = {
    "classes": (y, None),
    "one ignored": (ignored, None),
    "weights": (y, w),
    "one-hot": (one_hot, None),
    "one-hot, weights": (one_hot, w),
}
print("targets              sum    mean  sum / mean")
for name, (target, weight) in cases.items():
    total = F.cross_entropy(x, target, weight, reduction="sum")
    mean = F.cross_entropy(x, target, weight)
    print(f"{name:16}  {total:.4f}  {mean:.4f}  {total / mean:10.0f}")
# --8<-- [end:reduction]
assert f"{F.cross_entropy(x, y, w):.4f}" == "0.3642", "the three samples give 0.3642 as classes"
assert f"{mean:.4f}" == "0.6070", "and 0.6070 as one-hot rows"
assert torch.allclose(F.cross_entropy(x, one_hot), F.cross_entropy(x, y)), "without `weight` both agree"
divided = F.cross_entropy(x, one_hot, w, reduction="sum") / (one_hot * w).sum()
assert torch.allclose(divided, F.cross_entropy(x, y, w)), "divide `sum` by `(target * weight).sum()`"
assert F.cross_entropy(x, ignored) == F.cross_entropy(x[:2], y[:2]), "exactly the mean over the others"
nothing = torch.full((3,), -100)
assert F.cross_entropy(x, nothing).isnan(), "when everything is ignored the mean is 0 / 0, so `nan`"
assert F.cross_entropy(x, nothing, reduction="sum") == 0, "while `sum` is 0"
x.requires_grad_()
(gradient,) = torch.autograd.grad(F.cross_entropy(x, nothing), x)
assert (gradient == 0).all(), "the gradient is 0 then"

# --8<-- [start:smoothing]
y = torch.tensor(0)
print("p         loss  smoothed")
for gap in (2.0, 4.511, 10.0, 20.0):  # right logit minus the other 9
    logits = torch.tensor([gap] + 9 * [0.0])
    hard = F.cross_entropy(logits, y)
    smoothed = F.cross_entropy(logits, y, label_smoothing=0.1)
    print(f"{logits.softmax(0)[0]:.4f}  {hard:6.3f}  {smoothed:8.3f}")
# --8<-- [end:smoothing]
target = torch.tensor([0.91] + 9 * [0.01])
smooth_one_hot = 0.9 * F.one_hot(y, 10) + 0.1 / 10
assert torch.allclose(smooth_one_hot, target), "with 10 classes and ε = 0.1 that is 0.91 and 0.01"
assert f"{math.log(0.91 / 0.01):.3f}" == "4.511", "the other logits lie 4.511 below"
assert f"{-(target * target.log()).sum():.3f}" == "0.500", "the lowest value is the entropy of the target, 0.500"
logits = target.log().requires_grad_()
(gradient,) = torch.autograd.grad(F.cross_entropy(logits, y, label_smoothing=0.1), logits)
assert gradient.abs().max() < 1e-6, "the best a model can do is p = 0.91"

# --8<-- [start:smoothing-weight]
w, y = torch.tensor([0.1, 0.9]), torch.tensor([0])
print("p of class 0  p of class 1  largest gradient")
for p in (torch.tensor([[0.95, 0.05]]), torch.tensor([[0.095, 0.045]]) / 0.14):
    logits = p.log().requires_grad_()
    loss = F.cross_entropy(logits, y, w, label_smoothing=0.1)
    (gradient,) = torch.autograd.grad(loss, logits)
    print(f"{p[0, 0]:<12.3f}  {p[0, 1]:12.3f}  {gradient.abs().max():16.3f}")
# --8<-- [end:smoothing-weight]
assert gradient.abs().max() < 1e-6, "the optimum moves with the weights"
assert round(p[0, 0].item(), 3) == 0.679, "the best p is 0.095 / 0.14 = 0.679"
assert round(0.95 * 0.1, 4) == 0.095, "0.95 · 0.1 = 0.095"
assert round(0.05 * 0.9, 4) == 0.045, "0.05 · 0.9 = 0.045"
by_hand = (0.9 * 0.1 * -p[0, 0].log() - 0.05 * (w * p[0].log()).sum()) / 0.1
assert torch.allclose(loss, by_hand), "each class has its own weight, the divisor that of the target"
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


def log_softmax(x):  # over the last dimension
    shifted = x - x.detach().amax(-1, keepdim=True)  # ≤ 0, so exp cannot overflow
    return shifted - shifted.exp().sum(-1, keepdim=True).log()
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-loss]
def cross_entropy(
    input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    d, eps = min(1, input.dim() - 1), label_smoothing  # d: where the classes are
    x, classes = input.movedim(d, -1), input.shape[d]
    w = x.new_ones(classes) if weight is None else weight
    soft = target.shape == input.shape and target.is_floating_point() and ignore_index < 0
    hard = target.shape == x.shape[:-1] and target.dtype == torch.int64
    if not (soft or hard) or w.shape != (classes,) or not 0 <= eps <= 1:
        raise ValueError("target, weight or label_smoothing does not fit")
    each = -log_softmax(x) * w  # the loss of every class
    if soft:
        loss = (each * ((1 - eps) * target.movedim(d, -1) + eps / classes)).sum(-1)
        divisor = loss.numel()
    else:
        keep = target != ignore_index
        y = target.where(keep, 0)
        one = each.gather(-1, y[..., None]).squeeze(-1)
        loss = (1 - eps) * one + eps / classes * each.sum(-1) if eps > 0 else one
        loss, divisor = loss.where(keep, 0), w[y].where(keep, 0).sum()
    return {"none": loss, "mean": loss.sum() / divisor, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, 2, dtype=torch.float64)).requires_grad_()
classes, weight = torch.randint(5, (4, 2)), torch.rand(5, dtype=torch.float64)
classes[0, 0] = -1  # ignored
worst, targets = 0.0, (classes, torch.rand_like(x))
options = (None, weight), (-1,), ("none", "mean", "sum"), (0.0, 0.1, 1.0)
for y, w, *rest in itertools.product(targets, *options):
    named = dict(zip(("ignore_index", "reduction", "label_smoothing"), rest, strict=True))
    ours, library = cross_entropy(x, y, w, **named), F.cross_entropy(x, y, w, **named)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

# --8<-- [start:example]
x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]], requires_grad=True)
y, w = torch.tensor([0, 1, 1]), torch.tensor([1.0, 2.0])
for weight in (None, w):
    each = F.cross_entropy(x, y, weight, reduction="none")
    total, mean = (F.cross_entropy(x, y, weight, reduction=r) for r in ("sum", "mean"))
    (gradient,) = torch.autograd.grad(mean, x)
    print([round(loss, 4) for loss in each.tolist()], f"sum {total:.4f}, mean {mean:.4f}")
    print("gradient", [[round(g, 4) for g in row] for row in gradient.tolist()])
# --8<-- [end:example]
assert torch.allclose(gradient, w[y, None] * (x.softmax(1) - F.one_hot(y, 2)) / 5)
assert [f"{math.log(1 + math.exp(e)):.4f}" for e in (1, -2)] == ["1.3133", "0.1269"]
assert f"{total:.4f} {mean:.4f} {F.cross_entropy(x, y, reduction='sum'):.4f}" == "1.8210 0.3642 1.5671"
assert f"{F.cross_entropy(x, y):.4f}" == "0.5224" and f"{x.softmax(1)[0, 0]:.3f}" == "0.269"

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 601, requires_grad=True)  # the right class, the others have 0
figure, (left, right) = plt.subplots(1, 2)
cases = ("C = 2", 2, 0), ("C = 10", 10, 0), ("ε = 0.2", 2, 0.2)
for color, (name, C, eps) in zip(("C0", "C1", "C2"), cases, strict=True):
    logits = torch.cat([z[:, None], torch.zeros(601, C - 1)], 1)
    y = torch.zeros(601, dtype=torch.int64)
    loss = F.cross_entropy(logits, y, reduction="none", label_smoothing=eps)
    (slope,) = torch.autograd.grad(loss.sum(), z)
    left.plot(z.detach(), loss.detach(), color)
    right.plot(z.detach(), slope, color)
    right.text(3.1, slope[-1].item(), name, color=color, va="center")
left.set(title="loss", xlabel="logit of the right class", xticks=range(-3, 4))
right.set(title="gradient", xlabel="logit of the right class", xticks=range(-3, 4))
# --8<-- [end:curves]
assert abs(z[loss.argmin()].item() - math.log(0.9 / 0.1)) < 0.01 and round(math.log(9), 1) == 2.2

# --8<-- [start:targets]
image, labels = torch.randn(2, 5, 8, 8), torch.randint(5, (2, 8, 8))  # (N, C, H, W)
text, tokens = torch.randn(2, 7, 5), torch.randint(5, (2, 7))  # (N, L, C)
print(tuple(F.cross_entropy(image, labels, reduction="none").shape))
print(tuple(F.cross_entropy(text.transpose(1, 2), tokens, reduction="none").shape))
print(tuple(F.cross_entropy(text.flatten(0, 1), tokens.flatten(), reduction="none").shape))
print(tuple(F.cross_entropy(text[0, 0], tokens[0, 0], reduction="none").shape))
# --8<-- [end:targets]

# --8<-- [start:weight]
y = torch.tensor([0] * 9 + [1])  # nothing tells the samples apart
for w in (torch.tensor([1.0, 1.0]), torch.tensor([1.0, 9.0])):
    p = w * y.bincount() / (w * y.bincount()).sum()
    logits = p.log().requires_grad_()
    F.cross_entropy(logits.expand(10, 2), y, w).backward()
    print(w.tolist(), f"p {p[0]:.1f}, {p[1]:.1f}, gradient {logits.grad.abs().max():.5f}")
# --8<-- [end:weight]
assert p.tolist() == [0.5, 0.5] and logits.grad.abs().max() < 1e-6

# --8<-- [start:reduction]
x, w = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]]), torch.tensor([1.0, 2.0])
y, ignored = torch.tensor([0, 1, 1]), torch.tensor([0, 1, -100])
soft = F.one_hot(y, 2).float()
cases = {"classes": (y,), "one ignored": (ignored,), "weights": (y, w)}
cases |= {"one-hot": (soft,), "one-hot, weights": (soft, w)}
for name, case in cases.items():
    total, mean = (F.cross_entropy(x, *case, reduction=r) for r in ("sum", "mean"))
    print(f"{name:16} sum {total:.4f}, mean {mean:.4f} = sum / {total / mean:.0f}")
# --8<-- [end:reduction]
assert f"{mean:.4f} {F.cross_entropy(x, y, w):.4f}" == "0.6070 0.3642"
assert F.cross_entropy(x, ignored) == F.cross_entropy(x[:2], y[:2])
assert F.cross_entropy(x, y * 0 - 100).isnan() and F.cross_entropy(x, y * 0 - 100, reduction="sum") == 0

# --8<-- [start:smoothing]
for gap in (2.0, 4.511, 10.0, 20.0):  # right logit minus the other 9
    x, y = torch.tensor([gap] + 9 * [0.0]), torch.tensor(0)
    hard, smooth = (F.cross_entropy(x, y, label_smoothing=eps) for eps in (0.0, 0.1))
    print(f"p {x.softmax(0)[0]:.4f}: loss {hard:.3f}, smoothed {smooth:.3f}")
# --8<-- [end:smoothing]
q = torch.tensor([0.91] + 9 * [0.01])
assert f"{-(q * q.log()).sum():.3f}" == "0.500" and f"{math.log(0.91 / 0.01):.3f}" == "4.511"

# --8<-- [start:smoothing-weight]
w, y = torch.tensor([0.1, 0.9]), torch.tensor([0])
for p in (torch.tensor([[0.95, 0.05]]), torch.tensor([[0.095, 0.045]]) / 0.14):
    logits = p.log().requires_grad_()
    loss = F.cross_entropy(logits, y, w, label_smoothing=0.1)
    (gradient,) = torch.autograd.grad(loss, logits)
    print(f"p {p[0, 0]:.3f}, {p[0, 1]:.3f}: gradient {gradient.abs().max():.3f}")
# --8<-- [end:smoothing-weight]
assert gradient.abs().max() < 1e-6 and round(p[0, 0].item(), 3) == 0.679
assert torch.isclose(loss, (0.9 * 0.1 * -p[0, 0].log() - 0.05 * (w * p[0].log()).sum()) / 0.1)

# --8<-- [start:start]
for classes in (2, 10, 1000, 50257):
    print(classes, f"{F.cross_entropy(torch.zeros(classes), torch.tensor(0)):.3f}")
# --8<-- [end:start]
assert [f"{math.log(classes):.1f}" for classes in (10, 1000)] == ["2.3", "6.9"]

# --8<-- [start:ignored-logit]
y = torch.tensor([0, 2])
for logit in (0.0, -1.0, -math.inf):
    x = torch.tensor([[0.0, 0.0, logit]] * 2)
    print(f"logit of class 2 {logit:4}: loss {F.cross_entropy(x, y, ignore_index=2):.4f}")
# --8<-- [end:ignored-logit]
assert [f"{math.log(2 + math.exp(v)):.4f}" for v in (0, -1)] == ["1.0986", "0.8620"]

# --8<-- [start:probabilities]
x = torch.tensor([1.0, 2.0, 3.0])
for target in ([1.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.2, 0.3, 0.5]):
    print(target, f"{F.cross_entropy(x, torch.tensor(target)):.4f}")
# --8<-- [end:probabilities]
assert torch.isclose(F.cross_entropy(x, 5 * torch.eye(3)[0]), 5 * F.cross_entropy(x, torch.tensor(0)))

# --8<-- [start:softmax-twice]
logits, y = torch.tensor([[30.0, 0.0, 0.0]]), torch.tensor([0])
for layer in (torch.nn.Identity(), torch.nn.LogSoftmax(1), torch.nn.Softmax(1)):
    x = layer(logits)
    print(f"loss {F.cross_entropy(x, y):.4f} with {layer}")
# --8<-- [end:softmax-twice]
assert f"{math.log(math.e + 2) - 1:.4f}" == f"{F.cross_entropy(x, y):.4f}" == "0.5514"

# --8<-- [start:refused]
x, y = torch.zeros(2, 5, 7), torch.zeros(2, 7, dtype=torch.int64)
for target in (y - 4, y + 5, y.int(), y.float(), F.one_hot(y, 5).transpose(1, 2), y[:, :6]):
    try:
        F.cross_entropy(x, target)
    except (IndexError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:refused]
assert F.cross_entropy(x, y, label_smoothing=-1.0) == F.cross_entropy(x[:, :, 0], y[:, 0].byte())

# --8<-- [start:class-dimension]
y = torch.tensor([[1, 1, 0]])  # (N, L)
x = 20 * F.one_hot(y, 3).float()  # (N, L, C) with L = C: every prediction is right
print(f"as it is   {F.cross_entropy(x, y):.3f}")
print(f"transposed {F.cross_entropy(x.transpose(1, 2), y):.3f}")
# --8<-- [end:class-dimension]

# --8<-- [start:infinite]
x, y = torch.tensor([[1.0, 2.0, -math.inf]]), torch.tensor([0])  # class 2 masked out
print("class          ", round(F.cross_entropy(x, y).item(), 4))
print("label_smoothing", F.cross_entropy(x, y, label_smoothing=0.1).item())
print("probabilities  ", F.cross_entropy(x, torch.tensor([[1.0, 0.0, 0.0]])).item())
x = torch.tensor([[-200.0, 0.0]])
print("log of softmax ", -x.softmax(1).log()[0, 0].item(), F.cross_entropy(x, y).item())
# --8<-- [end:infinite]
assert f"{F.cross_entropy(torch.tensor([1, 2, -1e4]), torch.tensor([1.0, 0, 0])):.4f}" == "1.3133"

# --8<-- [start:one-output]
x = torch.tensor([[-3.0], [0.0], [3.0]], requires_grad=True)
loss = F.cross_entropy(x, torch.tensor([0, 0, 0]))
loss.backward()
print(loss.item(), x.grad.flatten().tolist())
# --8<-- [end:one-output]
y, x = torch.tensor([0, 1, 1]), torch.cat([torch.zeros(3, 1), x.detach()], 1)
assert torch.isclose(F.cross_entropy(x, y), F.binary_cross_entropy_with_logits(x[:, 1], y.float()))

plt.show()

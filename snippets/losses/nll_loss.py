# --8<-- [start:from-scratch]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    x = input.movedim(min(1, input.dim() - 1), -1)  # the classes last
    w = x.new_ones(x.shape[-1]) if weight is None else weight
    fits = target.shape == x.shape[:-1] and target.dtype == torch.int64
    if not fits or w.shape != x.shape[-1:]:
        raise ValueError("target or weight does not fit")
    keep = target != ignore_index
    y = target.where(keep, 0)
    loss = (-x.gather(-1, y[..., None]).squeeze(-1) * w[y]).where(keep, 0)
    mean = loss.sum() / w[y].where(keep, 0).sum()
    return {"none": loss, "mean": mean, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(4, 5, 2, dtype=torch.float64).log_softmax(1).requires_grad_()
y, w = torch.randint(5, (4, 2)), torch.rand(5, dtype=torch.float64)
worst = 0.0
for options in itertools.product((None, w), (-100, 3), ("none", "mean", "sum")):
    named = dict(zip(("weight", "ignore_index", "reduction"), options, strict=True))
    ours, library = nll_loss(x, y, **named), F.nll_loss(x, y, **named)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and (y == 3).any()

# --8<-- [start:example]
p = torch.tensor([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])
x, y = p.log().requires_grad_(), torch.tensor([0, 2])
loss = F.nll_loss(x, y)
loss.backward()
each = F.nll_loss(x, y, reduction="none")
print("none    ", [round(value, 4) for value in each.tolist()])
print("mean    ", round(loss.item(), 4), "= 2 log 2 =", round(2 * math.log(2), 4))
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert f"{math.log(2):.4f} {math.log(8):.4f} {loss:.4f}" == "0.6931 2.0794 1.3863"
assert x.grad.tolist() == [[-0.5, 0, 0], [0, 0, -0.5]]

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 601, requires_grad=True)  # first of two inputs, the second is 0
raw, y = torch.stack([z, torch.zeros(601)], 1), torch.zeros(601, dtype=torch.int64)
figure, (left, right) = plt.subplots(1, 2)
for color, name, x in (("C0", "input z", raw), ("C1", "log_softmax", raw.log_softmax(1))):
    loss = F.nll_loss(x, y, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), z)
    left.plot(z.detach(), loss.detach(), color)
    left.text(3.1, loss[-1].item(), name, color=color, va="center")
    right.plot(z.detach(), slope, color)
left.set(title="loss", xlabel="z", xticks=range(-3, 4))
right.set(title="gradient", xlabel="z", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.equal(F.nll_loss(raw, y, reduction="none"), -z) and (loss > 0).all()
assert torch.allclose(slope, z.sigmoid() - 1, atol=1e-6)

# --8<-- [start:parameters]
x = torch.tensor([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]]).log()
y, w = torch.tensor([0, 1, 0]), torch.tensor([1.0, 3.0])
cases = {"plain": {}, "weight": {"weight": w}, "ignore_index": {"ignore_index": 1}}
for name, options in cases.items():
    total, mean = (F.nll_loss(x, y, reduction=r, **options) for r in ("sum", "mean"))
    print(f"{name:12} sum {total:.4f}, mean {mean:.4f} = sum / {total / mean:.0f}")
# --8<-- [end:parameters]
assert w[y].sum() == 5 and F.nll_loss(x, torch.tensor([-100] * 3)).isnan()

# --8<-- [start:cross-entropy]
logits, y = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
log_p = logits.log_softmax(1)
same = torch.equal(F.nll_loss(log_p, y), F.cross_entropy(logits, y))
print("nll_loss(log_softmax(x)) equals cross_entropy(x):", same)
# --8<-- [end:cross-entropy]
assert same and torch.allclose(log_p.log_softmax(1), log_p, atol=1e-6)

# --8<-- [start:mixture]
first, second = [[9.0, 0.0], [150.0, 0.0]], [[0.0, 9.0], [200.0, 0.0]]  # (N, C) each
models, y = torch.tensor([first, second]), torch.tensor([1, 1])
mean_p = models.softmax(2).mean(0)
log_p = models.log_softmax(2).logsumexp(0) - math.log(2)
for name, x in (("log of the mean", mean_p.log()), ("logsumexp", log_p)):
    loss = F.nll_loss(x, y, reduction="none")
    print(f"{name:15} {loss[0]:.4f} {loss[1]:.4f}")
# --8<-- [end:mixture]
assert loss.isfinite().all() and mean_p[1, 1] == 0 and f"{loss[0]:.4f}" == f"{math.log(2):.4f}" == "0.6931"

# --8<-- [start:negative]
p, y = torch.tensor([[0.9, 0.1]]), torch.tensor([0])
for name, x in (("probabilities", p), ("log-probabilities", p.log())):
    print(f"{name:17} {F.nll_loss(x, y):.4f}")
# --8<-- [end:negative]
assert round(F.nll_loss(p, y).item(), 4) == -0.9

# --8<-- [start:runs-away]
for last in (nn.Identity(), nn.Softmax(1), nn.LogSoftmax(1)):
    torch.manual_seed(0)
    x, y = torch.randn(64, 2), torch.randint(3, (64,))  # nothing to learn
    model = nn.Sequential(nn.Linear(2, 3), last)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    for _ in range(300):
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), y)
        loss.backward()
        optimizer.step()
    print(f"loss after 300 steps {loss:6.3g} with {last}")
# --8<-- [end:runs-away]
assert 0.9 < loss < math.log(3)

# --8<-- [start:log-zero]
x = torch.tensor([[-200.0, 0.0]], requires_grad=True)
ways = {"softmax, log": x.softmax(1).log(), "log_softmax": x.log_softmax(1)}
for name, log_p in ways.items():
    loss = F.nll_loss(log_p, torch.tensor([0]))
    (gradient,) = torch.autograd.grad(loss, x)
    print(f"{name:12} loss {loss:.0f}, gradient {gradient.tolist()}")
# --8<-- [end:log-zero]
assert loss == 200 and math.exp(-104) > 0 == torch.tensor(-104.0).exp() < torch.tensor(-103.0).exp()

# --8<-- [start:nan]
x = torch.tensor([[math.nan, 0.0], [0.0, 0.0]], requires_grad=True)
y = torch.tensor([-100, 0])
kept = y != -100
for loss in (F.cross_entropy(x, y), F.cross_entropy(x[kept], y[kept])):
    (gradient,) = torch.autograd.grad(loss, x)
    print(f"loss {loss:.4f}, gradient {gradient.tolist()}")
# --8<-- [end:nan]
assert torch.autograd.grad(F.nll_loss(x, y), x)[0].tolist() == [[0, 0], [-1, 0]]

# --8<-- [start:refused]
for x, target in (
    (torch.zeros(2, 3), torch.ones(2, 3)),  # probabilities
    (torch.zeros(2, 3), torch.tensor([0, 3])),
    (torch.zeros(2, 3), torch.tensor([0.0, 1.0])),
    (torch.zeros(2, 7, 3), torch.zeros(2, 7, dtype=torch.int64)),  # (N, L, C)
):
    try:
        F.nll_loss(x, target)
    except (IndexError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:refused]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert isinstance(nn.NLLLoss2d(), nn.NLLLoss) and "deprecated" in str(caught[0].message)
plt.show()

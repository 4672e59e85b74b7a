# --8<-- [start:from-scratch]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical, kl_divergence


def kl_div(input, target, reduction="mean", log_target=False):
    if not (input.is_floating_point() and target.is_floating_point()):
        raise RuntimeError("Integral inputs not supported")
    if log_target:
        loss = target.exp() * (target - input)
    else:
        nothing = torch.zeros_like(target)
        constant = torch.where(target == 0, nothing, target * target.log())
        loss = constant - target * input
    if reduction == "batchmean":
        return loss.sum() / (input.shape[0] if input.dim() else 1)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
warnings.filterwarnings("ignore", "reduction: 'mean'")  # see the pitfalls
x = torch.randn(4, 5, dtype=torch.float64).log_softmax(1).requires_grad_()
p = torch.randn(4, 5, dtype=torch.float64).softmax(1)
hard = F.one_hot(torch.arange(4), 5).double()
worst, targets = 0.0, ((p, False), (hard, False), (p.log(), True))
reductions = ("none", "mean", "batchmean", "sum")
for (y, log_target), reduction in itertools.product(targets, reductions):
    ours = kl_div(x, y, reduction, log_target)
    library = F.kl_div(x, y, reduction=reduction, log_target=log_target)
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

# --8<-- [start:example]
p = torch.tensor([[0.5, 0.25, 0.25]])  # the target
q = torch.tensor([[0.25, 0.25, 0.5]])  # the model
x = q.log().requires_grad_()
each = F.kl_div(x, p, reduction="none")
loss = F.kl_div(x, p, reduction="batchmean")
loss.backward()
print("elements  ", [f"{value:.4f}" for value in each[0]])
print("divergence", f"{loss:.4f}")
print("gradient  ", x.grad[0].tolist())
logits = q.log().requires_grad_()  # softmax of log q is q
F.kl_div(logits.log_softmax(1), p, reduction="batchmean").backward()
print("by logits ", [f"{value:.2f}" for value in logits.grad[0]])
# --8<-- [end:example]
assert torch.isclose(loss, torch.tensor(math.log(2) / 4)) and f"{loss:.4f}" == "0.1733"
assert torch.allclose(each[0], math.log(2) * torch.tensor([0.5, 0, -0.25]), atol=1e-7)
assert torch.allclose(logits.grad, q - p, atol=1e-7) and torch.equal(x.grad, -p)

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 601, requires_grad=True)
log_q = torch.stack((F.logsigmoid(z), F.logsigmoid(-z)), dim=1)
figure, (left, right) = plt.subplots(1, 2)
for color, first in (("C0", 0.1), ("C1", 0.5), ("C2", 0.9)):
    p = torch.tensor([first, 1 - first]).expand(601, 2)
    loss = F.kl_div(log_q, p, reduction="none").sum(1)
    (slope,) = torch.autograd.grad(loss.sum(), z, retain_graph=True)
    left.plot(z.detach(), loss.detach(), color)
    right.plot(z.detach(), slope, color)
    right.text(3.1, slope[-1].item(), f"p = {first}", color=color, va="center")
left.set(title="loss", xlabel="z, the logit of q", xticks=range(-3, 4))
right.set(title="gradient", xlabel="z, the logit of q", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.allclose(slope, z.sigmoid() - 0.9, atol=1e-6) and loss.min().item() < 1e-5

# --8<-- [start:log-target]
student = torch.zeros(1, 2).log_softmax(1)
for log_target in (False, True):
    teacher = torch.tensor([[0.0, -200.0]], requires_grad=True)
    y = teacher.log_softmax(1) if log_target else teacher.softmax(1)
    loss = F.kl_div(student, y, reduction="batchmean", log_target=log_target)
    loss.backward()
    gradient = teacher.grad[0].tolist()
    print(f"log_target {log_target!s:5}: loss {loss:.4f}, gradient {gradient}")
# --8<-- [end:log-target]
assert f"{loss:.4f}" == "0.6931" and teacher.grad.abs().sum() == 0

# --8<-- [start:reduction]
p = torch.tensor([1.0, 0.0]).expand(4, 3, 2)  # 4 sequences, 3 places, 2 classes
x = torch.zeros(4, 3, 2).log_softmax(2)  # every divergence is log 2
for reduction in ("sum", "batchmean", "mean"):
    loss = F.kl_div(x, p, reduction=reduction)
    print(f"{reduction:9} {loss / math.log(2):4.1f} log 2")
per_place = F.kl_div(x.flatten(0, 1), p.flatten(0, 1), reduction="batchmean")
print(f"per place {per_place / math.log(2):4.1f} log 2")
one = F.kl_div(x[0, 0], p[0, 0], reduction="batchmean")
print(f"1-D input {one / math.log(2):4.1f} log 2")
# --8<-- [end:reduction]
assert torch.isclose(one, torch.tensor(math.log(2) / 2))

# --8<-- [start:negative]
p = torch.tensor([[0.5, 0.25, 0.25]])
loss = nn.KLDivLoss(reduction="batchmean")
print(f"probabilities     {loss(p, p):7.4f}")
print(f"log-probabilities {loss(p.log(), p):7.4f}")
print(f"target sums to ½  {loss(p.log(), p / 2):7.4f}")
# --8<-- [end:negative]
assert F.kl_div(p, p, reduction="batchmean") < 0 > F.kl_div(p.log(), p / 2, reduction="batchmean")

# --8<-- [start:order]
p, q = torch.tensor([0.5, 0.49, 0.01]), torch.tensor([0.98, 0.01, 0.01])
print(f"kl_div(log q, p) {F.kl_div(q.log(), p, reduction='sum'):.4f}")
print(f"KL(p ‖ q)        {kl_divergence(Categorical(p), Categorical(q)):.4f}")
print(f"KL(q ‖ p)        {kl_divergence(Categorical(q), Categorical(p)):.4f}")
# --8<-- [end:order]
assert torch.isclose(F.kl_div(q.log(), p, reduction="sum"), kl_divergence(Categorical(p), Categorical(q)))

# --8<-- [start:warning]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.KLDivLoss()(torch.zeros(2, 3), torch.full((2, 3), 1 / 3))
print(str(caught[0].message).partition(".")[0])
# --8<-- [end:warning]

# --8<-- [start:nan]
inf = math.inf
loss = nn.KLDivLoss(reduction="sum")
for y in (0.0, 0.5):
    value = loss(torch.tensor([0.0, -inf]), torch.tensor([1 - y, y]))
    print(f"input -inf, target {y}: {value:.1f}")
loss = nn.KLDivLoss(reduction="sum", log_target=True)
for low in (-inf, -1e4):
    value = loss(torch.tensor([-0.7, -0.7]), torch.tensor([0.0, low]))
    print(f"log target {low}: {value:.1f}")
# --8<-- [end:nan]
assert nn.KLDivLoss(reduction="sum")(torch.tensor([0.0, -inf]), torch.tensor([0.5, 0.5])) == inf

# --8<-- [start:distill]
torch.manual_seed(0)
teacher, logits = torch.randn(64, 10), torch.randn(64, 10, requires_grad=True)
for T in (1, 4, 16, 64):
    y = (teacher / T).log_softmax(1)
    x = (logits / T).log_softmax(1)
    loss = F.kl_div(x, y, reduction="batchmean", log_target=True)
    (g,) = torch.autograd.grad(loss, logits)
    size = g.norm()
    print(f"T = {T:2}: gradient {size:.1e}, times T² {size * T * T:.3f}")
# --8<-- [end:distill]
centred = (logits - logits.mean(1, keepdim=True)) - (teacher - teacher.mean(1, keepdim=True))
assert abs((g * T * T * 64 - centred / 10).norm() / (centred / 10).norm()) < 0.05

# --8<-- [start:cross-entropy]
p, logits = torch.tensor([[0.7, 0.2, 0.1]]), torch.tensor([[1.0, 0.0, -1.0]])
divergence = F.kl_div(logits.log_softmax(1), p, reduction="batchmean")
entropy = -(p * p.log()).sum()
print(f"{divergence:.4f} + {entropy:.4f} = {divergence + entropy:.4f}")
print(f"cross_entropy     {F.cross_entropy(logits, p):.4f}")
# --8<-- [end:cross-entropy]
assert torch.isclose(divergence + entropy, F.cross_entropy(logits, p))

# --8<-- [start:broadcast]
x, y = torch.zeros(4, 3).log_softmax(1), torch.ones(4, 1)
print(tuple(F.kl_div(x, y, reduction="none").shape), "no error, no warning")
# --8<-- [end:broadcast]
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.KLDivLoss(reduction="batchmean")
log_q = torch.tensor([[0.1, 0.9], [0.5, 0.5]]).log()  # two predictions
p = torch.tensor([[0.5, 0.5], [0.5, 0.5]])  # their targets
print(f"loss {loss(log_q, p):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch.nn.functional as F
from torch.distributions import Categorical, kl_divergence

# --8<-- [end:imports]
costs = F.kl_div(log_q, p, reduction="none").sum(1)
assert f"{costs[0]:.2f}" == "0.51", "a prediction of (0.1, 0.9) for the target (½, ½) costs 0.51"
assert costs[1] == 0, "one of (½, ½) costs nothing"


# --8<-- [start:from-scratch]
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
soft = torch.randn(4, 5, dtype=torch.float64).softmax(1)
hard = F.one_hot(torch.arange(4), 5).double()
targets = (soft, False), (hard, False), (soft.log(), True)
reductions = "none", "mean", "batchmean", "sum"
worst = 0.0
for (target, log_target), reduction in itertools.product(targets, reductions):
    options = dict(reduction=reduction, log_target=log_target)
    ours, library = kl_div(x, target, **options), F.kl_div(x, target, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"

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
half, quarter = math.log(2) / 2, math.log(2) / 4
assert torch.allclose(each[0], torch.tensor([half, 0, -quarter]), atol=1e-7), "the elements are as computed"
assert f"{quarter:.4f}" == f"{loss:.4f}" == "0.1733", "their sum is ¼ log 2 = 0.1733"
assert torch.allclose(logits.grad, q - p, atol=1e-7), "by the logits the gradient is q − p"
assert torch.equal(x.grad, -p), "its gradient by x is −p"
right = p.log().requires_grad_()
F.kl_div(right.log_softmax(1), p, reduction="batchmean").backward()
assert right.grad.abs().max() < 1e-7, "it is 0 once the prediction is right"

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 601, requires_grad=True)
log_q = torch.stack((F.logsigmoid(z), F.logsigmoid(-z)), dim=1)
figure, (left, right) = plt.subplots(1, 2)
valleys = {}
for color, first in (("C0", 0.1), ("C1", 0.5), ("C2", 0.9)):
    p = torch.tensor([first, 1 - first]).expand(601, 2)
    loss = F.kl_div(log_q, p, reduction="none").sum(1)
    (slope,) = torch.autograd.grad(loss.sum(), z, retain_graph=True)
    left.plot(z.detach(), loss.detach(), color)
    right.plot(z.detach(), slope, color)
    right.text(3.1, slope[-1].item(), f"p = {first}", color=color, va="center")
    valleys[first] = loss, slope
left.set(title="loss", xlabel="z, the logit of q", xticks=range(-3, 4))
right.set(title="gradient", xlabel="z, the logit of q", xticks=range(-3, 4))
# --8<-- [end:curves]
for first, (loss, slope) in valleys.items():
    assert loss.min() < 1e-5, "each valley ends at 0, whatever the target is"
    assert torch.allclose(slope, z.sigmoid() - first, atol=1e-6), "the gradient is the prediction minus the target"

# --8<-- [start:log-target]
student = torch.zeros(1, 2).log_softmax(1)
print("log_target    loss  gradient of the teacher")
for log_target in (False, True):
    teacher = torch.tensor([[0.0, -200.0]], requires_grad=True)
    y = teacher.log_softmax(1) if log_target else teacher.softmax(1)
    loss = F.kl_div(student, y, reduction="batchmean", log_target=log_target)
    loss.backward()
    print(f"{log_target!s:10}  {loss:.4f}  {teacher.grad[0].tolist()}")
# --8<-- [end:log-target]
teacher = torch.tensor([[0.0, -200.0]], requires_grad=True)
assert teacher.softmax(1)[0, 1] == 0, "a target of exactly 0"
logits = student.clone().requires_grad_()
(gradient,) = torch.autograd.grad(F.kl_div(logits, teacher.softmax(1).detach(), reduction="sum"), logits)
assert gradient.isfinite().all(), "call `.detach()` on its output, and both are fine"

# --8<-- [start:reduction]
p = torch.tensor([1.0, 0.0]).expand(4, 3, 2)  # 4 sequences, 3 places, 2 classes
x = torch.zeros(4, 3, 2).log_softmax(2)  # every divergence is log 2
print("reduction                      loss / log 2")
for reduction in ("sum", "batchmean", "mean"):
    loss = F.kl_div(x, p, reduction=reduction)
    print(f"{reduction:29}  {loss / math.log(2):12.1f}")
per_place = F.kl_div(x.flatten(0, 1), p.flatten(0, 1), reduction="batchmean")
print(f"batchmean, places flattened    {per_place / math.log(2):12.1f}")
single = F.kl_div(x[0, 0], p[0, 0], reduction="batchmean")
print(f"batchmean, one distribution    {single / math.log(2):12.1f}")
# --8<-- [end:reduction]
assert math.isclose(per_place, math.log(2), rel_tol=1e-6), "here every divergence is log 2, so the right answer is 1.0"
assert math.isclose(single, math.log(2) / 2, rel_tol=1e-6), "`batchmean` takes its classes for a batch"
flat = x.flatten(0, 1), p.flatten(0, 1)
assert math.isclose(F.kl_div(*flat) * 2, per_place, rel_tol=1e-6), "`mean` is smaller by the factor C"

# --8<-- [start:negative]
p = torch.tensor([[0.5, 0.25, 0.25]])
loss = nn.KLDivLoss(reduction="batchmean")
print("input and target               loss")
print(f"probabilities               {loss(p, p):7.4f}")
print(f"log-probabilities           {loss(p.log(), p):7.4f}")
print(f"target that adds up to ½    {loss(p.log(), p / 2):7.4f}")
# --8<-- [end:negative]
assert loss(p, p) < 0, "most often because `input` holds probabilities"
assert loss(p.log(), p / 2) < 0, "otherwise because the target does not add up to 1"
assert loss(p.log(), p).abs() < 1e-7, "prediction and target are equal, so the answer should be 0"

# --8<-- [start:order]
p, q = torch.tensor([0.5, 0.49, 0.01]), torch.tensor([0.98, 0.01, 0.01])
P, Q = Categorical(p), Categorical(q)
print("what               value")
print(f"kl_div(log q, p)  {F.kl_div(q.log(), p, reduction='sum'):.4f}")
print(f"KL(p ‖ q)         {kl_divergence(P, Q):.4f}")
print(f"KL(q ‖ p)         {kl_divergence(Q, P):.4f}")
# --8<-- [end:order]
ours = F.kl_div(q.log(), p, reduction="sum")
assert torch.isclose(ours, kl_divergence(P, Q)), "`kl_div(log q, p)` is KL(p ‖ q)"
assert not torch.isclose(ours, kl_divergence(Q, P)), "the two directions differ"
plt.show()

# --8<-- [start:imports]
import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:warning]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.KLDivLoss()(torch.zeros(2, 3), torch.full((2, 3), 1 / 3))
for sentence in str(caught[0].message).split("."):
    print(sentence.strip())
# --8<-- [end:warning]
assert "in the next major release" in str(caught[0].message), "to change in the next major release"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for reduction in ("batchmean", "sum"):
        nn.KLDivLoss(reduction=reduction)(torch.zeros(2, 3), torch.full((2, 3), 1 / 3))
assert not caught, "say `batchmean` or `sum`, and the warning goes away"
warnings.filterwarnings("ignore", "reduction: 'mean'")

# --8<-- [start:nan]
loss = nn.KLDivLoss(reduction="sum")
masked = torch.tensor([0.0, -math.inf])
print("input  target            loss")
for share in (0.0, 0.5):
    value = loss(masked, torch.tensor([1 - share, share]))
    print(f"−inf   {share:16}  {value:.1f}")
loss = nn.KLDivLoss(reduction="sum", log_target=True)
for low in (-math.inf, -1e4):
    value = loss(torch.tensor([-0.7, -0.7]), torch.tensor([0.0, low]))
    print(f"−0.7   logarithm {low}  {value:.1f}")
# --8<-- [end:nan]
loss = nn.KLDivLoss(reduction="sum")
assert loss(masked, torch.tensor([1.0, 0.0])).isnan(), "the target 0 does not save you there"
assert loss(masked, torch.tensor([0.5, 0.5])) == math.inf, "`inf` is right: the model excludes something that happens"
log_target = nn.KLDivLoss(reduction="sum", log_target=True)
for other in (-0.7, -1e4, -math.inf):
    pair = torch.tensor([0.0, other]), torch.tensor([0.0, -math.inf])
    assert not log_target(*pair).isfinite(), "a log-target of −∞ never does"

# --8<-- [start:distill]
torch.manual_seed(0)
teacher, student = torch.randn(64, 10), torch.randn(64, 10, requires_grad=True)
print("T   gradient  times T²")
for T in (1, 4, 16, 64):
    target, input = (teacher / T).log_softmax(1), (student / T).log_softmax(1)
    loss = F.kl_div(input, target, reduction="batchmean", log_target=True)
    (gradient,) = torch.autograd.grad(loss, student)
    size = gradient.norm()
    print(f"{T:<2}   {size:.1e}  {size * T**2:8.3f}")
# --8<-- [end:distill]
error = (student - student.mean(1, keepdim=True)) - (teacher - teacher.mean(1, keepdim=True))
limit = error / (10 * 64**2) / 64  # C = 10, T = 64, and a batch of 64
assert round(((gradient - limit).norm() / limit.norm()).item(), 2) == 0.01, "at T = 64 they differ by 1 %"
sizes = {}
for T in (1, 64):
    pair = (student / T).log_softmax(1), (teacher / T).log_softmax(1)
    value = F.kl_div(*pair, reduction="batchmean", log_target=True)
    sizes[T] = torch.autograd.grad(value, student)[0].norm().item() * T**2
assert 0.9 < sizes[64] / sizes[1] < 1, "times T² it changes by less than 10 % from T = 1 to T = 64"

# --8<-- [start:deit]
T = 3.0
input, target = (student / T).log_softmax(1), (teacher / T).log_softmax(1)
total = F.kl_div(input, target, reduction="sum", log_target=True)
by_mean = F.kl_div(input, target, reduction="mean", log_target=True)
by_batch = F.kl_div(input, target, reduction="batchmean", log_target=True)
names = "sum / numel()", "mean", "batchmean"
print("reduction         loss  in units of mean")
losses = total / student.numel(), by_mean, by_batch
for name, loss in zip(names, losses, strict=True):
    print(f"{name:13}  {loss:.5f}  {loss / by_mean:16.0f}")
# --8<-- [end:deit]
assert torch.isclose(losses[0], by_mean), "dividing by `numel()` is `reduction='mean'`"
assert torch.isclose(by_mean * 10, by_batch), "C times smaller than `batchmean`, here 10 times"
(small,) = torch.autograd.grad(by_mean, student, retain_graph=True)
(large,) = torch.autograd.grad(by_batch, student)
assert torch.allclose(10 * small, large), "the direction of its gradient is the same"

# --8<-- [start:cross-entropy]
p, logits = torch.tensor([[0.7, 0.2, 0.1]]), torch.tensor([[1.0, 0.0, -1.0]])
divergence = F.kl_div(logits.log_softmax(1), p, reduction="batchmean")
entropy = -(p * p.log()).sum()
print(f"{divergence:.4f} + {entropy:.4f} = {divergence + entropy:.4f}")
print(f"cross_entropy     {F.cross_entropy(logits, p):.4f}")
# --8<-- [end:cross-entropy]
assert torch.isclose(divergence + entropy, F.cross_entropy(logits, p)), "up to the entropy of the target"
logits.requires_grad_()
divergence = F.kl_div(logits.log_softmax(1), p, reduction="batchmean")
(first,), (second,) = (torch.autograd.grad(value, logits) for value in (divergence, F.cross_entropy(logits, p)))
assert torch.allclose(first, second, atol=1e-7), "the gradients are the same"

# --8<-- [start:broadcast]
input, target = torch.zeros(4, 3).log_softmax(1), torch.ones(4, 1)
each = F.kl_div(input, target, reduction="none")
print(f"{tuple(input.shape)} and {tuple(target.shape)} give {tuple(each.shape)}")
# --8<-- [end:broadcast]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.kl_div(input, target, reduction="none")
assert not caught, "`input` and `target` broadcast, without a warning"

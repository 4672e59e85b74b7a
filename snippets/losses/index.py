# --8<-- [start:names]
import warnings

import torch
from torch import nn
from torch.nn.modules import adaptive, loss

names = {*loss.__all__, *adaptive.__all__} - {"NLLLoss2d"}  # an old name of NLLLoss
print(f"torch {torch.__version__.split('+')[0]} has {len(names)} losses")
# --8<-- [end:names]
assert len(names) == 23, "torch 2.13 has 23 losses"
assert issubclass(loss.NLLLoss2d, loss.NLLLoss), "NLLLoss2d is an old name of NLLLoss"

# --8<-- [start:numbers]
torch.manual_seed(0)
x, y, variance = torch.randn(4, 3).double(), *torch.rand(2, 4, 3).double()
e, m = x - y, 0.5  # error, margin
rows = {}  # name: (inputs, options, formula)
rows["L1Loss"] = (x, y), {}, e.abs()
rows["MSELoss"] = (x, y), {}, e**2
inside, edge = e.abs() < 0.7, e.abs() - 0.35
smooth = torch.where(inside, e**2 / 1.4, edge)
huber = torch.where(inside, e**2 / 2, 0.7 * edge)
rows["SmoothL1Loss"] = (x, y), {"beta": 0.7}, smooth
rows["HuberLoss"] = (x, y), {"delta": 0.7}, huber
rows["PoissonNLLLoss"] = (x, y), {}, x.exp() - y * x
normal = (variance.log() + e**2 / variance) / 2
rows["GaussianNLLLoss"] = (x, y, variance), {}, normal
rows["KLDivLoss"] = (x, y), {}, y * (y.log() - x)
# --8<-- [end:numbers]

# --8<-- [start:binary]
w = torch.tensor([1.0, 2.0, 3.0]).double()
sigma, sign = x.sigmoid(), (y - 0.5).sign()
if_one, if_zero = -y * sigma.log(), -(1 - y) * (1 - sigma).log()
rows["BCELoss"] = (sigma, y), {"weight": w}, w * (if_one + if_zero)
rows["BCEWithLogitsLoss"] = (x, y), {"pos_weight": w}, w * if_one + if_zero
rows["SoftMarginLoss"] = (x, sign), {}, (1 + (-sign * x).exp()).log()
hinge = torch.where(sign > 0, x, (m - x).clamp(min=0))
rows["HingeEmbeddingLoss"] = (x, sign), {"margin": m}, hinge
rows["MultiLabelSoftMarginLoss"] = (x, y), {}, (if_one + if_zero).mean(dim=1)
# --8<-- [end:binary]

# --8<-- [start:classes]
target, each = torch.tensor([0, 2, 1, 1]), torch.arange(4)
log_p = x.log_softmax(dim=1)
of_target = -w[target] * log_p[each, target]
rows["CrossEntropyLoss"] = (x, target), {"weight": w}, of_target
rows["NLLLoss"] = (log_p, target), {"weight": w}, of_target
gap = (m - x[each, target][:, None] + x).clamp(min=0)
gap[each, target] = 0  # the right class does not compete with itself
margins = w[target] * gap.mean(dim=1)
rows["MultiMarginLoss"] = (x, target), {"margin": m, "weight": w}, margins
labels = torch.tensor([[2, -1, 0]] * 4)  # class 2 is right, 0 and 1 are not
pairs = (1 - x[:, [2]] + x[:, :2]).clamp(min=0)
rows["MultiLabelMarginLoss"] = (x, labels), {}, pairs.sum(dim=1) / 3
# --8<-- [end:classes]
assert w[target].sum() == 1 + 3 + 2 + 2 == 8, "the weights of the targets add up to 1 + 3 + 2 + 2 = 8"

# --8<-- [start:pairs]
rows["MarginRankingLoss"] = (x, y, sign), {"margin": m}, (m - sign * e).clamp(min=0)
alike = torch.tensor([1, -1, 1, -1])
cosine = (x * y).sum(dim=1) / x.norm(dim=1) / y.norm(dim=1)
angles = torch.where(alike > 0, 1 - cosine, (cosine - m).clamp(min=0))
rows["CosineEmbeddingLoss"] = (x, y, alike), {"margin": m}, angles
near, far = ((x - other + 1e-6).norm(dim=1) for other in (y, variance))
triplet = (x, y, variance), {}, (near - far + 1).clamp(min=0)
rows["TripletMarginLoss"] = rows["TripletMarginWithDistanceLoss"] = triplet
log_probs = torch.randn(2, 4, 3).double().log_softmax(dim=2)  # two frames
text, lengths = torch.ones(4, 1).long(), (torch.full((4,), 2), torch.full((4,), 1))
first, second = log_probs.exp()  # class 1 is the letter, 0 the blank
both = first[:, 1] * second[:, 1]
one = first[:, 1] * second[:, 0] + first[:, 0] * second[:, 1]
rows["CTCLoss"] = (log_probs, text, *lengths), {}, -(both + one).log()
# --8<-- [end:pairs]

# --8<-- [start:layers]
features = torch.randn(4, 5)  # these two losses contain the last layer
fused = nn.LinearCrossEntropyLoss(5, 3, weight=w.float())
log_q = fused.linear(features).log_softmax(dim=1)[each, target]
by_formula = -(w.float()[target] * log_q).sum() / w[target].sum()
difference = abs(fused(features, target) - by_formula)
print(f"LinearCrossEntropyLoss      off by {difference:.6f}")

tree = nn.AdaptiveLogSoftmaxWithLoss(5, 6, cutoffs=[2])  # 0 and 1 in the head
head, tail = tree.head(features), tree.tail[0](features)
head, tail = head.log_softmax(dim=1), tail.log_softmax(dim=1)
in_tail = head[:, 2] + tail.gather(1, (target - 2).clamp(min=0)[:, None])[:, 0]
log_q = torch.where(target < 2, head[each, target], in_tail)
difference = abs(tree(features, target).loss + log_q.mean())
print(f"AdaptiveLogSoftmaxWithLoss  off by {difference:.6f}")
# --8<-- [end:layers]
assert torch.allclose(tree(features, target).output, log_q), "each sample has its own term"
assert abs(fused(features, target) - by_formula) < 1e-6, "LinearCrossEntropyLoss is its formula"
assert difference < 1e-6, "AdaptiveLogSoftmaxWithLoss is its formula"

# --8<-- [start:check]
differences, divisors = {}, {}
for name, (inputs, options, formula) in sorted(rows.items()):
    criterion = getattr(nn, name)
    losses = criterion(reduction="none", **options)(*inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of KLDivLoss warns
        mean = criterion(**options)(*inputs)
    differences[name] = (losses - formula).abs().max().item()
    divisors[name] = (losses.sum() / mean).item()
    row = f"off by {differences[name]:.6f}, mean divides by {divisors[name]:.0f}"
    print(f"{name:29} {row}")
# --8<-- [end:check]
assert names - rows.keys() == {"LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"}, "the table is complete"
for difference in differences.values():
    assert difference < 1e-6, "the largest difference between formula and library is below 1e-6"
by_samples = {"CTCLoss", "CosineEmbeddingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss"}
by_samples |= {"TripletMarginLoss", "TripletMarginWithDistanceLoss"}
for name, divisor in divisors.items():
    expected = 4 if name in by_samples else 8 if name in ("CrossEntropyLoss", "NLLLoss") else 12
    assert abs(divisor - expected) < 1e-6, "elements 12, samples 4, weights of the targets 8"
certain = torch.ones(1), torch.zeros(1)
assert nn.BCELoss()(*certain) == 100, "`BCELoss` cuts its logarithms off at −100"

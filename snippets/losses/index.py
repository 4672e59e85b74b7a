# --8<-- [start:names]
import warnings

import torch
from torch import nn
from torch.nn.modules import adaptive, loss

names = sorted({*loss.__all__, *adaptive.__all__} - {"NLLLoss2d"})  # an old name of NLLLoss
print(f"torch {torch.__version__.split('+')[0]} has {len(names)} losses")
# --8<-- [end:names]
assert len(names) == 23

# --8<-- [start:numbers]
torch.manual_seed(0)
x, y, v = torch.randn(4, 3).double(), torch.rand(4, 3).double(), torch.rand(4, 3).double()
e, m, rows = x - y, 0.5, {}  # error, margin; name: (inputs, options, formula)
rows["L1Loss"] = (x, y), {}, e.abs()
rows["MSELoss"] = (x, y), {}, e**2
inside, edge = e.abs() < 0.7, e.abs() - 0.35
rows["SmoothL1Loss"] = (x, y), {"beta": 0.7}, torch.where(inside, e**2 / 1.4, edge)
rows["HuberLoss"] = (x, y), {"delta": 0.7}, torch.where(inside, e**2 / 2, 0.7 * edge)
rows["PoissonNLLLoss"] = (x, y), {}, x.exp() - y * x
rows["GaussianNLLLoss"] = (x, y, v), {}, (v.log() + e**2 / v) / 2
rows["KLDivLoss"] = (x, y), {}, y * (y.log() - x)
# --8<-- [end:numbers]

# --8<-- [start:binary]
q, s, w = x.sigmoid(), (y - 0.5).sign(), torch.tensor([1.0, 2.0, 3.0]).double()
gain = -y * q.log(), -(1 - y) * (1 - q).log()
rows["BCELoss"] = (q, y), {"weight": w}, w * (gain[0] + gain[1])
rows["BCEWithLogitsLoss"] = (x, y), {"pos_weight": w}, w * gain[0] + gain[1]
rows["SoftMarginLoss"] = (x, s), {}, (1 + (-s * x).exp()).log()
far = (m - x).clamp(min=0)
rows["HingeEmbeddingLoss"] = (x, s), {"margin": m}, torch.where(s > 0, x, far)
rows["MultiLabelSoftMarginLoss"] = (x, y), {}, (gain[0] + gain[1]).mean(1)
# --8<-- [end:binary]

# --8<-- [start:classes]
c, at = torch.tensor([0, 2, 1, 1]), torch.arange(4)
log_p, matrix = x.log_softmax(1), torch.eye(3).double()
weighted = {"weight": w}
rows["CrossEntropyLoss"] = (x, c), weighted, -w[c] * log_p[at, c]
rows["NLLLoss"] = (log_p, c), weighted, -w[c] * log_p[at, c]
gap = (m - x[at, c][:, None] + x).clamp(min=0)
gap[at, c] = 0  # the right class does not compete with itself
rows["MultiMarginLoss"] = (x, c), {"margin": m, "weight": w}, w[c] * gap.mean(1)
pairs = (1 - x[:, [2]] + x[:, :2]).clamp(min=0)  # class 2 is right, 0 and 1 are not
rows["MultiLabelMarginLoss"] = (x, torch.tensor([[2, -1, 0]] * 4)), {}, pairs.sum(1) / 3
# --8<-- [end:classes]

# --8<-- [start:pairs]
sign = torch.tensor([1, -1, 1, -1])
rows["MarginRankingLoss"] = (x, y, s), {"margin": m}, (m - s * e).clamp(min=0)
cos = (x * y).sum(1) / x.norm(dim=1) / y.norm(dim=1)
close = torch.where(sign > 0, 1 - cos, (cos - m).clamp(min=0))
rows["CosineEmbeddingLoss"] = (x, y, sign), {"margin": m}, close
near, far = ((x - other + 1e-6).norm(dim=1) for other in (y, v))
rows["TripletMarginLoss"] = (x, y, v), {}, (near - far + 1).clamp(min=0)
rows["TripletMarginWithDistanceLoss"] = (x, y, v), {}, (near - far + 1).clamp(min=0)
t = torch.randn(2, 4, 3).double().log_softmax(2)  # two frames; the text is "1"
lengths = torch.full((4,), 2), torch.full((4,), 1)
first, second = t.exp()
paths = first[:, 1] * second[:, 1] + first[:, 1] * second[:, 0] + first[:, 0] * second[:, 1]
rows["CTCLoss"] = (t, torch.ones(4, 1).long(), *lengths), {}, -paths.log()
# --8<-- [end:pairs]

# --8<-- [start:layers]
h = torch.randn(4, 5)  # features: these two losses contain the last layer
layer = nn.LinearCrossEntropyLoss(5, 3, weight=w.float())
ours = -(w.float()[c] * layer.linear(h).log_softmax(1)[at, c]).sum() / w[c].sum()
print(f"LinearCrossEntropyLoss      off by {abs(layer(h, c) - ours):.6f}")
layer = nn.AdaptiveLogSoftmaxWithLoss(5, 6, [2])  # classes 0 and 1 in the head, 2 to 5 in a tail
print(f"AdaptiveLogSoftmaxWithLoss  off by {abs(layer(h, c).loss + layer.log_prob(h)[at, c].mean()):.6f}")
# --8<-- [end:layers]
assert torch.allclose(layer(h, c).output, layer.log_prob(h)[at, c])
head, tail = layer.head(h).log_softmax(1), layer.tail[0](h).log_softmax(1)
assert torch.allclose(layer.log_prob(h)[:, 2:], head[:, 2:] + tail, atol=1e-6)

# --8<-- [start:check]
divisors, off = {}, {}
for name in (name for name in names if name in rows):
    inputs, options, formula = rows[name]
    make = getattr(nn, name)
    each = make(reduction="none", **options)(*inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of KLDivLoss warns
        mean = make(**options)(*inputs)
    divisors[name], off[name] = (each.sum() / mean).item(), (each - formula).abs().max().item()
    print(f"{name:29} off by {off[name]:.6f}, mean divides by {divisors[name]:.0f}")
# --8<-- [end:check]
assert {*names} - {*rows} == {"LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"} and max(off.values()) < 1e-6
by_samples = {"CTCLoss", "CosineEmbeddingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss"}
by_samples |= {"TripletMarginLoss", "TripletMarginWithDistanceLoss"}
for name, divisor in divisors.items():
    expected = 4 if name in by_samples else w[c].sum() if name in ("CrossEntropyLoss", "NLLLoss") else 12
    assert abs(divisor - expected) < 1e-6, name

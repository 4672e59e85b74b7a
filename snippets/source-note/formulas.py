import inspect
from difflib import get_close_matches
from itertools import groupby, product

import torch
import torch.nn.functional as F
from _claim import claim
from torch import nn


# --8<-- [start:agree]
def agree(formula, library):
    pairs = zip(formula.flatten().tolist(), library.flatten().tolist(), strict=True)
    differing = [f"{a:.4f}, not {b:.4f}" for a, b in pairs if f"{a:.4f}" != f"{b:.4f}"]
    return differing[0] if differing else "equal"


def call(loss, *inputs, **options):
    return loss(*inputs, reduction="none", **options)
# --8<-- [end:agree]


# --8<-- [start:classes]
x, y, w = torch.tensor([[1.0, 2], [1, 3]]), torch.tensor([0, 1]), torch.tensor([1.0, 2])
told = w[y] * (-x[[0, 1], y] + x.exp().sum(1).log())
without = agree(told, call(F.cross_entropy, x, y, w, label_smoothing=0.1))
found = call(F.cross_entropy, x, y, w)
claim("cross-entropy", "equal", agree(told, found), without=without)
claim("nll", "equal", agree(-w[y] * x[[0, 1], y], call(F.nll_loss, x, y, w)))


def bce(x, y):
    return -(y * x.log() + (1 - y) * (1 - x).log())


p, t, zero = torch.tensor([0.2, 0.9]), torch.tensor([0.0, 1]), torch.tensor([0.0])
edge = torch.tensor([0.0]), torch.tensor([0.5])
without = agree(bce(*edge), call(F.binary_cross_entropy, *edge))
found = call(F.binary_cross_entropy, p, t)
claim("bce", "equal", agree(bce(p, t), found), without=without)
z, three = p.logit(), torch.tensor(3.0)
loss = F.binary_cross_entropy_with_logits
without = agree(bce(p, t), call(loss, z, t, pos_weight=three))
claim("bce-with-logits", "equal", agree(bce(p, t), call(loss, z, t)), without=without)
# --8<-- [end:classes]
assert p.logit().sigmoid().allclose(p)

# --8<-- [start:numbers]
a, b = torch.tensor([0.5, 2.0, -3.0]), torch.tensor([0.0, 0.5, 1.0])
e = (a - b).abs()
claim("l1", "equal", agree(e, call(F.l1_loss, a, b)))
claim("mse", "equal", agree((a - b) ** 2, call(F.mse_loss, a, b)))
told = torch.where(e < 1, 0.5 * e**2, e - 0.5)
without = agree(told, call(F.smooth_l1_loss, a, b, beta=0.1))
claim("smooth-l1", "equal", agree(told, call(F.smooth_l1_loss, a, b)), without=without)
log_input = next(iter(inspect.signature(nn.PoissonNLLLoss).parameters))
claim("poisson-case", "log(input)", log_input, right="log_input")
many = b + 2  # targets above 1, where full=True adds Stirling's terms
told = torch.stack([e.exp() - many * e, e - many * (e + 1e-8).log()])


def poisson(**options):
    loss = F.poisson_nll_loss
    return torch.stack([call(loss, e, many, log_input=c, **options) for c in (True, False)])


claim("poisson", "equal", agree(told, poisson()), without=agree(told, poisson(full=True)))
# --8<-- [end:numbers]

# --8<-- [start:pairs]
q, y = torch.tensor([0.2, 0.8]), torch.tensor([0.5, 0.5])
claim("kl-log-input", "0.0000", f"{F.kl_div(y.log(), y, reduction='sum'):.4f}")
told, x = y * (y.log() - q.log()), q.log()
without = agree(told, call(F.kl_div, x, y, log_target=True))
claim("kl-div", "equal", agree(told, call(F.kl_div, x, y)), without=without)
losses = [name for name in dir(nn) if name.endswith("Loss")]
name = get_close_matches("MerginRankingLoss", losses)[0]
claim("ranking-name", "MerginRankingLoss", name, right="MarginRankingLoss")
x1, x2, y = torch.tensor([3.0, 1, 2]), torch.tensor([2.0, 2, 2]), torch.tensor([1.0, 1, -1])
found = call(F.margin_ranking_loss, x1, x2, y, margin=0.5)
claim("ranking-vectors", "1 similarity", f"{found.numel()} losses", right="3 losses")
told = (-y * (x1 - x2) + 0.5).clamp(min=0)
claim("margin-ranking", "equal", agree(told, found))
# --8<-- [end:pairs]
assert F.kl_div(y.abs() / 3, y.abs() / 3, reduction="sum") < 0  # probabilities as input

# --8<-- [start:margins]
x, labels = torch.tensor([0.1, 0.2, 0.4, 0.8]), torch.tensor([3, 0, -1, -1])
gap = (1 - (x[:, None] - x)).clamp(min=0) / 4  # gap[label, i]
others = gap.sum(1) - gap.diagonal()  # all i but the label itself
told, mended = others[3] + others[0], gap[[3, 0]][:, [1, 2]].sum()
claim("multilabel-margin", told, F.multilabel_margin_loss(x, labels), right=mended)
z, y = torch.tensor([[0.5, -1.0], [2.0, 0.1]]), torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
t, each = (y + 1) / 2, (1 + (-y * z).exp()).log()
claim("soft-margin-kind", F.binary_cross_entropy_with_logits(z, t), F.soft_margin_loss(z, y))
flat, batch = F.soft_margin_loss(z[0], y[0]), F.soft_margin_loss(z, y)
without = agree(each.sum() / len(z), batch)
claim("soft-margin", "equal", agree(each[0].sum() / len(z[0]), flat), without=without)
several = call(F.multilabel_soft_margin_loss, z, t)
claim("multilabel-soft-kind", each.mean(1), several)
z, t = torch.tensor([[1.0, -2.0]]), torch.tensor([[1.0, 0.0]])
slipped, mended = (-(t * first + (1 - t) * F.logsigmoid(-z)).mean() for first in
                   ((1 + (-1 / z).exp()).log(), (1 / (1 + (-z).exp())).log()))
claim("multilabel-soft", slipped, F.multilabel_soft_margin_loss(z, t), right=mended)
found = F.multi_margin_loss(x, torch.tensor(3))
claim("multi-margin", gap[3].sum(), found, right=others[3])
# --8<-- [end:margins]
assert [f"{v:.4f}" for v in (told, gap[3].sum() - found)] == ["1.3500", "0.2500"]

# --8<-- [start:distances]
def cos(a, b):
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))


torch.manual_seed(0)
a, p, n = torch.randn(3, 4, 8)
told = ((a - p).norm(dim=1) - (a - n).norm(dim=1) + 1).clamp(min=0)
without = agree(told, call(F.triplet_margin_loss, a, p, n, swap=True))
found = call(F.triplet_margin_loss, a, p, n)
claim("triplet", "equal", agree(told, found), without=without)
name = get_close_matches("HimgeEmbeddingLoss", losses)[0]
claim("hinge-name", "HimgeEmbeddingLoss", name, right="HingeEmbeddingLoss")
takes = list(inspect.signature(nn.HingeEmbeddingLoss.forward).parameters)[1:]
claim("hinge-inputs", "input1, input2", ", ".join(takes), right="input, target")
y, d = torch.tensor([1.0, -1, 1, -1]), (a - p).norm(dim=1) / 4
told = torch.where(y == 1, d, (1 - d).clamp(min=0))
claim("hinge", "equal", agree(told, call(F.hinge_embedding_loss, d, y)))
told = torch.where(y == 1, 1 - cos(a, p), (cos(a, p) - 0.1).clamp(min=0))
claim("cosine", "equal", agree(told, call(F.cosine_embedding_loss, a, p, y, margin=0.1)))
# --8<-- [end:distances]
assert F.pairwise_distance(a, a).max() > 0  # the eps inside d
assert (1 - d).clamp(min=0).count_nonzero() > 0

# --8<-- [start:ctc]
frames = torch.randn(3, 1, 3).log_softmax(2)  # 3 frames; blank 0, labels 1 and 2
paths = [(1, 2, 2), (1, 1, 2), (0, 1, 2), (1, 0, 2), (1, 2, 0)]  # all that spell 1 2
told = -sum(frames[range(3), 0, path].sum().exp() for path in paths).log()
found = F.ctc_loss(frames, torch.tensor([[1, 2]]), [3], [2], reduction="sum")
claim("ctc", told, found)
# --8<-- [end:ctc]
spelt = [p for p in product(range(3), repeat=3) if [k for k, _ in groupby(p) if k] == [1, 2]]
assert sorted(spelt) == sorted(paths)

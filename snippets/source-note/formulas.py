# --8<-- [start:imports]
import inspect
from difflib import get_close_matches
from itertools import groupby, product

import torch
import torch.nn.functional as F
from _claim import claim
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:agree]
def agree(formula, library):
    """ "equal", or the first two numbers that differ in four decimals."""
    for ours, torchs in zip(formula.flatten(), library.flatten(), strict=True):
        if f"{ours:.4f}" != f"{torchs:.4f}":
            return f"{ours:.4f}, not {torchs:.4f}"
    return "equal"


def each(loss, *inputs, **options):
    return loss(*inputs, reduction="none", **options)
# --8<-- [end:agree]


# --8<-- [start:classes]
x, y = torch.tensor([[1.0, 2], [1, 3]]), torch.tensor([0, 1])
w = torch.tensor([1.0, 2])
target_x = x[[0, 1], y]
formula = w[y] * (-target_x + x.exp().sum(1).log())
without = agree(formula, each(F.cross_entropy, x, y, weight=w, label_smoothing=0.1))
found = each(F.cross_entropy, x, y, weight=w)
claim("cross-entropy", "equal", agree(formula, found), without=without)
claim("nll", "equal", agree(-w[y] * target_x, each(F.nll_loss, x, y, weight=w)))
# --8<-- [end:classes]


# --8<-- [start:binary]
def bce(x, y):
    return -(y * x.log() + (1 - y) * (1 - x).log())


p, target = torch.tensor([0.2, 0.9]), torch.tensor([0.0, 1])
zero, half = torch.tensor([0.0]), torch.tensor([0.5])
without = agree(bce(zero, half), each(F.binary_cross_entropy, zero, half))
found = each(F.binary_cross_entropy, p, target)
claim("bce", "equal", agree(bce(p, target), found), without=without)
logits, with_logits = p.logit(), F.binary_cross_entropy_with_logits
weighted = each(with_logits, logits, target, pos_weight=torch.tensor(3.0))
found = each(with_logits, logits, target)
without = agree(bce(p, target), weighted)
claim("bce-with-logits", "equal", agree(bce(p, target), found), without=without)
# --8<-- [end:binary]
assert p.logit().sigmoid().allclose(p), "the same of σ(x)"
assert F.binary_cross_entropy(zero, torch.ones(1)) == 100, "The logarithm is cut off at −100"
assert F.binary_cross_entropy(zero, half) == 50, "50 where the formula is infinite"
assert bce(zero, half).isinf(), "the formula is infinite at x = 0"

# --8<-- [start:numbers]
a, b = torch.tensor([0.5, 2.0, -3.0]), torch.tensor([0.0, 0.5, 1.0])
error = (a - b).abs()
claim("l1", "equal", agree(error, each(F.l1_loss, a, b)))
claim("mse", "equal", agree((a - b) ** 2, each(F.mse_loss, a, b)))
formula = torch.where(error < 1, 0.5 * error**2, error - 0.5)
without = agree(formula, each(F.smooth_l1_loss, a, b, beta=0.1))
found = each(F.smooth_l1_loss, a, b)
claim("smooth-l1", "equal", agree(formula, found), without=without)
log_input = next(iter(inspect.signature(nn.PoissonNLLLoss).parameters))
claim("poisson-case", "log(input)", log_input, right="log_input")
counts = b + 2  # above 1, where full=True adds Stirling's terms


def poisson(full):
    cases = [each(F.poisson_nll_loss, error, counts, log_input=log_input, full=full)
             for log_input in (True, False)]
    return torch.stack(cases)


of_logarithm = error.exp() - counts * error
of_number = error - counts * (error + 1e-8).log()
formula = torch.stack([of_logarithm, of_number])
without = agree(formula, poisson(full=True))
claim("poisson", "equal", agree(formula, poisson(full=False)), without=without)
# --8<-- [end:numbers]

# --8<-- [start:pairs]
q, y = torch.tensor([0.2, 0.8]), torch.tensor([0.5, 0.5])
claim("kl-log-input", "0.0000", f"{F.kl_div(y.log(), y, reduction='sum'):.4f}")
formula, log_q = y * (y.log() - q.log()), q.log()
without = agree(formula, each(F.kl_div, log_q, y, log_target=True))
found = each(F.kl_div, log_q, y)
claim("kl-div", "equal", agree(formula, found), without=without)
losses = [name for name in dir(nn) if name.endswith("Loss")]
name = get_close_matches("MerginRankingLoss", losses)[0]
claim("ranking-name", "MerginRankingLoss", name, right="MarginRankingLoss")
first, second = torch.tensor([3.0, 1, 2]), torch.tensor([2.0, 2, 2])
sign = torch.tensor([1.0, 1, -1])
found = each(F.margin_ranking_loss, first, second, sign, margin=0.5)
several = f"{found.numel()} losses"
claim("ranking-vectors", "1 similarity", several, right="3 losses")
formula = (-sign * (first - second) + 0.5).clamp(min=0)
claim("margin-ranking", "equal", agree(formula, found))
# --8<-- [end:pairs]

# --8<-- [start:margins]
x, labels = torch.tensor([0.1, 0.2, 0.4, 0.8]), torch.tensor([3, 0, -1, -1])
hinge = (1 - (x[:, None] - x)).clamp(min=0) / 4  # hinge[label, i]
others = hinge.sum(1) - hinge.diagonal()  # all i but the label itself
formula = others[3] + others[0]
mended = hinge[[3, 0]][:, [1, 2]].sum()  # i is neither of the labels
found = F.multilabel_margin_loss(x, labels)
claim("multilabel-margin", formula, found, right=mended)
z = torch.tensor([[0.5, -1.0], [2.0, 0.1]])
sign = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
binary, logistic = (sign + 1) / 2, (1 + (-sign * z).exp()).log()
claim("soft-margin-kind", with_logits(z, binary), F.soft_margin_loss(z, sign))
flat, batch = F.soft_margin_loss(z[0], sign[0]), F.soft_margin_loss(z, sign)
without = agree(logistic.sum() / len(z), batch)
found = agree(logistic[0].sum() / len(z[0]), flat)
claim("soft-margin", "equal", found, without=without)
# --8<-- [end:margins]

# --8<-- [start:multilabel]
several = each(F.multilabel_soft_margin_loss, z, binary)
claim("multilabel-soft-kind", logistic.mean(1), several)
z, binary = torch.tensor([[1.0, -2.0]]), torch.tensor([[1.0, 0.0]])


def multilabel(first_term):
    second_term = ((-z).exp() / (1 + (-z).exp())).log()
    return -(binary * first_term + (1 - binary) * second_term).mean()


formula = multilabel((1 + (-1 / z).exp()).log())  # the exponent slipped
mended = multilabel((1 / (1 + (-z).exp())).log())
found = F.multilabel_soft_margin_loss(z, binary)
claim("multilabel-soft", formula, found, right=mended)
found = F.multi_margin_loss(x, torch.tensor(3))
claim("multi-margin", hinge[3].sum(), found, right=others[3])
# --8<-- [end:multilabel]
assert round((hinge[3].sum() - found).item(), 6) == 1 / 4, "The term i=y adds m^p/C, here ¼"


# --8<-- [start:distances]
def cosine(a, b):
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))


torch.manual_seed(0)
anchor, positive, negative = torch.randn(3, 4, 8)
near, far = (anchor - positive).norm(dim=1), (anchor - negative).norm(dim=1)
formula = (near - far + 1).clamp(min=0)
three = anchor, positive, negative
without = agree(formula, each(F.triplet_margin_loss, *three, swap=True))
found = each(F.triplet_margin_loss, *three)
claim("triplet", "equal", agree(formula, found), without=without)
name = get_close_matches("HimgeEmbeddingLoss", losses)[0]
claim("hinge-name", "HimgeEmbeddingLoss", name, right="HingeEmbeddingLoss")
takes = list(inspect.signature(nn.HingeEmbeddingLoss.forward).parameters)[1:]
claim("hinge-inputs", "input1, input2", ", ".join(takes), right="input, target")
sign, distance = torch.tensor([1.0, -1, 1, -1]), near / 4
formula = torch.where(sign == 1, distance, (1 - distance).clamp(min=0))
found = each(F.hinge_embedding_loss, distance, sign)
claim("hinge", "equal", agree(formula, found))
angle = cosine(anchor, positive)
formula = torch.where(sign == 1, 1 - angle, (angle - 0.1).clamp(min=0))
found = each(F.cosine_embedding_loss, anchor, positive, sign, margin=0.1)
claim("cosine", "equal", agree(formula, found))
# --8<-- [end:distances]
assert F.pairwise_distance(anchor, anchor).max() > 0, "d adds ε to each difference"
assert (1 - distance).clamp(min=0)[sign == -1].any(), "the hinge is tried where it does not vanish"

# --8<-- [start:ctc]
frames = torch.randn(3, 1, 3).log_softmax(2)  # 3 frames; blank 0, labels 1 and 2
paths = [(1, 2, 2), (1, 1, 2), (0, 1, 2), (1, 0, 2), (1, 2, 0)]  # that spell 1 2
probability = sum(frames[range(3), 0, path].sum().exp() for path in paths)
target, lengths = torch.tensor([[1, 2]]), ([3], [2])
found = F.ctc_loss(frames, target, *lengths, reduction="sum")
claim("ctc", -probability.log(), found)
# --8<-- [end:ctc]
spelling = [path for path in product(range(3), repeat=3) if [label for label, _ in groupby(path) if label] == [1, 2]]
assert sorted(spelling) == sorted(paths), "all 5 paths that spell the labels"

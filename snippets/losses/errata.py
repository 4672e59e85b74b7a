import inspect
import warnings
from difflib import get_close_matches

import torch
import torch.nn.functional as F
from torch import nn


# --8<-- [start:names]
def row(what, told, found):
    told, found = (v if isinstance(v, str) else f"{v:.4f}" for v in (told, found))
    print(f"{what:22} {told:>19} {found:>19}")


row("", "notes", "torch 2.13")
losses = [name for name in dir(nn) if name.endswith("Loss")]
for name in ("MerginRankingLoss", "HimgeEmbeddingLoss"):
    row("class", name, get_close_matches(name, losses)[0])
poisson = list(inspect.signature(nn.PoissonNLLLoss).parameters)
row("PoissonNLLLoss", "log(input)", poisson[0])
exists = hasattr(nn.Module, "_construct")
row("Module._construct", "called", "called" if exists else "missing")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the old name is deprecated
    old = nn.MSELoss(size_average=False, reduction="none")
row("size_average=False", "not used", old.reduction)
options = inspect.signature(nn.CrossEntropyLoss).parameters.keys()
row("CrossEntropyLoss", "3 options", f"{len(options) - 2} options")  # 2 legacy
row("losses", "18", str(len(losses)))
# --8<-- [end:names]
for name, meant in (("MerginRankingLoss", "MarginRankingLoss"), ("HimgeEmbeddingLoss", "HingeEmbeddingLoss")):
    assert name not in losses and get_close_matches(name, losses)[0] == meant
assert poisson[0] == "log_input" and not exists and len(losses) == 23
assert options - {"size_average", "reduce"} == {"weight", "ignore_index", "reduction", "label_smoothing"}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert nn.MSELoss(size_average=False, reduction="none").reduction == "sum" and caught

# --8<-- [start:formulas]
row("", "notes", "torch 2.13")
y = torch.tensor([1.0, 2.0, 3.0])  # predicted perfectly
row("cost", (y[:, None] - y).square().mean(), F.mse_loss(y, y))
x = torch.tensor([0.1, 0.2, 0.4, 0.8])
gap = (1 - (x[:, None] - x)).clamp(min=0)  # gap[label, i]
row("MultiMargin", gap[3].sum() / 4, F.multi_margin_loss(x, torch.tensor(3)))
others = gap.sum(1) - gap.diagonal()  # all i except the label itself
labels = torch.tensor([3, 0, -1, -1])
told = others[[3, 0]].sum() / 4
row("MultiLabelMargin", told, F.multilabel_margin_loss(x, labels))
z, t = torch.tensor([1.0, -2.0]), torch.tensor([1.0, 0.0])
told = -(t * (1 + (-1 / z).exp()).log() + (1 - t) * F.logsigmoid(-z)).mean()
row("MultiLabelSoftMargin", told, F.multilabel_soft_margin_loss(z, t))
z, t = torch.zeros(2, 3), torch.ones(2, 3)
wrong = (1 + (-t * z).exp()).log().sum() / len(z)
row("SoftMargin", wrong, F.soft_margin_loss(z, t))
z, t = torch.tensor(0.0), torch.tensor(1.0)
right = F.binary_cross_entropy_with_logits(z, t, pos_weight=torch.tensor(3.0))
row("BCEWithLogits", -z.sigmoid().log(), right)
e, zero = torch.tensor(0.5), torch.tensor(0.0)
row("SmoothL1, beta=0.1", 0.5 * e**2, F.smooth_l1_loss(e, zero, beta=0.1))
# --8<-- [end:formulas]


def near(value, expected):
    return abs(float(value) - expected) < 5e-5


assert near((y[:, None] - y).square().mean(), 1.3333) and F.mse_loss(y, y) == 0
assert near(gap[3].sum() / 4, 0.575) and near(F.multi_margin_loss(x, torch.tensor(3)), 0.325)
assert near(others[[3, 0]].sum() / 4, 1.35) and near(F.multilabel_margin_loss(x, labels), 0.85)
assert near(told, -0.0932)
assert near(F.multilabel_soft_margin_loss(torch.tensor([1.0, -2.0]), torch.tensor([1.0, 0.0])), 0.2201)
assert near(F.soft_margin_loss(torch.zeros(2, 3), torch.ones(2, 3)), 0.6931) and near(wrong, 2.0794)
assert near(right, 2.0794) and near(-z.sigmoid().log(), 0.6931)
assert near(F.smooth_l1_loss(e, zero, beta=0.1), 0.45) and near(0.5 * e**2, 0.125)

# --8<-- [start:statements]
row("", "notes", "torch 2.13")
x, y = torch.tensor([[1.0, 2], [1, 3], [1, 3]]), torch.tensor([0, 1, 1])
w = torch.tensor([1.0, 2])
logp = x.log_softmax(1)
row("NLLLoss, weight 1, 2", -logp[[0, 1, 2], y].mean(), F.nll_loss(logp, y, w))
each = F.nll_loss(logp, y, reduction="none")
row("its index n", f"{logp.numel()} outputs", f"{each.numel()} samples")
dropped = F.cross_entropy(x[1:, 1:], y[1:] - 1)  # class 0 out of the softmax
row("ignore_index=0", dropped, F.cross_entropy(x, y, ignore_index=0))
first, second, higher = torch.tensor([3.0, 1, 2]), torch.zeros(3), torch.ones(3)
ranked = F.margin_ranking_loss(first, second, higher, reduction="none")
row("MarginRanking, (3,)", "1 similarity", f"{ranked.numel()} losses")
arguments = list(inspect.signature(nn.HingeEmbeddingLoss.forward).parameters)[1:]
row("HingeEmbedding", "two inputs", ", ".join(arguments))
# --8<-- [end:statements]
assert near(-logp[[0, 1, 2], y].mean(), 0.5224) and near(F.nll_loss(logp, y, w), 0.3642)
assert logp.numel() == 6 and each.shape == (3,) and arguments == ["input", "target"]
assert dropped == 0 and near(F.cross_entropy(x, y, ignore_index=0), 0.1269) and ranked.shape == (3,)
for weight, sums in ((None, (1.5671, 0.5224)), (w, (1.8210, 0.3642))):  # the notes' own numbers, all right
    assert near(F.cross_entropy(x, y, weight, reduction="sum"), sums[0])
    assert near(F.cross_entropy(x, y, weight), sums[1])
p, t = torch.tensor([[1.0, 2], [2, 2], [3, 4], [4, 5]]).sigmoid(), torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
assert near(F.binary_cross_entropy(p, t, reduction="sum"), 11.7856) and near(F.binary_cross_entropy(p, t), 1.4732)

# --8<-- [start:values]
row("", "manual", "torch 2.13")
e, v, zero = torch.tensor(1.0), torch.tensor(3.0), torch.tensor(0.0)
added = 0.5 * ((v + 1).log() + e**2 / (v + 1))
row("gaussian_nll, eps=1", added, F.gaussian_nll_loss(e, zero, v, eps=1.0))
divided = F.cross_entropy(x, y, w, reduction="sum") / 3
row("cross_entropy, mean", divided, F.cross_entropy(x, y, w))
row("poisson_nll, 3 and 3", v - v * v.log(), F.poisson_nll_loss(v, v))
huber = F.huber_loss(v, zero, delta=float("inf"))
row("Huber, delta → ∞", F.mse_loss(v, zero), huber)
frames, aa = torch.zeros(2, 1, 3).log_softmax(2), torch.tensor([[1, 1]])
row("CTC, 2 frames for aa", "enough", F.ctc_loss(frames, aa, [2], [2]))
s, labels = torch.tensor([1.0, -1.0, 0.5, 0.3, -0.2]), torch.tensor([0, 1, -1, -1, -1])
hinge = (1 - s[:2, None] + s[2:]).clamp(min=0) / 5  # label 0 or 1, against 2, 3, 4
compiled = hinge.sum() + 3 * hinge[0].sum()  # three padded places, as label 0
row("compiled, −1 padded", compiled, F.multilabel_margin_loss(s, labels))
# --8<-- [end:values]
assert near(added, 0.8181) and near(F.gaussian_nll_loss(e, zero, v, eps=1.0), 0.7160)
assert near(divided, 0.6070) and near(F.cross_entropy(x, y, w), 0.3642) and near(F.nll_loss(logp, y, w), 0.3642)
assert near(v - v * v.log(), -0.2958) and near(F.poisson_nll_loss(v, v), 11.0855)
assert F.mse_loss(v, zero) == 9 and huber == 4.5 and F.ctc_loss(frames, aa, [2], [2]).isinf()
assert near(compiled, 1.96) and near(hinge.sum(), 1.48) and near(F.multilabel_margin_loss(s, labels), 1.48)


# --8<-- [start:arguments]
def answer(loss, *inputs, **options):
    try:
        return f"{loss(*inputs, **options):.4f}"
    except (RuntimeError, TypeError, ValueError) as error:
        return type(error).__name__


row("", "manual", "torch 2.13")
p, one, n = torch.full((2, 3), 0.5), torch.ones(2, 3), torch.ones(2)
row("BCELoss weight (2,)", "accepted", answer(F.binary_cross_entropy, p, one, n))
row("BCELoss weight (2, 1)", "refused", answer(F.binary_cross_entropy, p, one, n[:, None]))
row("huber_loss weight (2,)", "accepted", answer(F.huber_loss, p, one, weight=n))
row("multi_margin (2,)", "accepted", answer(F.multi_margin_loss, p, n.long(), weight=n))
row("smooth_l1 weight", "possible", answer(F.smooth_l1_loss, p, one, weight=one))
row("smooth_l1 beta=0", "refused", answer(F.smooth_l1_loss, p, one, beta=0.0))
adaptive = nn.AdaptiveLogSoftmaxWithLoss(64, 2000, [10, 100, 1000])
h, last, tenth = torch.ones(1, 64), torch.tensor([2000]), torch.tensor([10])
row("adaptive, target 2000", "accepted", answer(adaptive, h, last))
adaptive(h, tenth).loss.backward()
used = adaptive.tail[0][0].weight.grad is not None
row("first of cluster 1", "11", "10" if used else "later")
row("width of cluster 3", str(64 // 3**4), str(adaptive.tail[2][0].out_features))
# --8<-- [end:arguments]
assert "RuntimeError" == answer(F.binary_cross_entropy, p, one, n) == answer(F.multi_margin_loss, p, n.long(), weight=n)
assert near(F.binary_cross_entropy(p, one, n[:, None]), 0.6931)
assert near(F.multi_margin_loss(p, n.long(), weight=torch.ones(3)), 2 / 3)  # one weight per class is accepted
assert answer(F.huber_loss, p, one, weight=n) == "ValueError" and near(F.huber_loss(p, one, weight=one), 0.125)
assert {answer(f, p, one, weight=n) for f in (F.l1_loss, F.mse_loss)} == {"ValueError"}
assert answer(F.smooth_l1_loss, p, one, weight=one) == "TypeError"
assert F.smooth_l1_loss(p, one, beta=0.0) == 0.5 == F.l1_loss(p, one)
assert answer(adaptive, h, last) == "RuntimeError" and adaptive(h, last - 1).loss.isfinite() and used
fresh = nn.AdaptiveLogSoftmaxWithLoss(64, 2000, [10, 100, 1000])
fresh(h, torch.tensor([9])).loss.backward()
assert fresh.tail[0][0].weight.grad is None  # class 9 is the last one of the head
assert adaptive.tail[2][0].out_features == 64 // 4**3 == 1 and 64 // 3**4 == 0

# --8<-- [start:elsewhere]
row("", "elsewhere", "torch 2.13")
q = torch.tensor([[0.5, 0.5]])
told, found = (F.kl_div(x, q, reduction="batchmean") for x in (q, q.log()))
row("KL of equal p and q", told, found)
score, one = torch.tensor(2.0), torch.tensor(1.0)
svm = (1 - one * score).clamp(min=0)
row("hinge, score 2, y=1", svm, F.hinge_embedding_loss(score, one))
x, y, w = torch.tensor([0, -0.5, 1]), torch.tensor(0), torch.tensor([3.0, 1, 1])
terms = 1 - x[0] + x[1:]
inside = (3 * terms).square().sum() / 3
row("MultiMargin, p=2, w=3", inside, F.multi_margin_loss(x, y, p=2, weight=w))
# --8<-- [end:elsewhere]
assert near(told, -1.1931) and near(found, 0)
assert F.hinge_embedding_loss(score, one) == 2 and terms.tolist() == [0.5, 2.0]
assert near(inside, 12.75) and near(F.multi_margin_loss(x, y, p=2, weight=w), 4.25)

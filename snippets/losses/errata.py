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
row("PoissonNLLLoss", "log(input)", next(iter(inspect.signature(nn.PoissonNLLLoss).parameters)))
row("Module._construct", "called", "called" if hasattr(nn.Module, "_construct") else "missing")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the old name is deprecated
    row("size_average=False", "not used", nn.MSELoss(size_average=False, reduction="none").reduction)
options = inspect.signature(nn.CrossEntropyLoss).parameters.keys() - {"size_average", "reduce"}
row("CrossEntropyLoss", "3 options", f"{len(options)} options")
row("losses", "18", str(len(losses)))
# --8<-- [end:names]
assert "MerginRankingLoss" not in losses and get_close_matches("MerginRankingLoss", losses)[0] == "MarginRankingLoss"
assert "HimgeEmbeddingLoss" not in losses and get_close_matches("HimgeEmbeddingLoss", losses)[0] == "HingeEmbeddingLoss"
assert next(iter(inspect.signature(nn.PoissonNLLLoss).parameters)) == "log_input"
assert not hasattr(nn.Module, "_construct") and len(losses) == 23
assert options == {"weight", "ignore_index", "reduction", "label_smoothing"}
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
row("MultiLabelMargin", (others[3] + others[0]) / 4, F.multilabel_margin_loss(x, labels))
z, t = torch.tensor([1.0, -2.0]), torch.tensor([1.0, 0.0])
told = -(t * (1 + (-1 / z).exp()).log() + (1 - t) * F.logsigmoid(-z)).mean()
row("MultiLabelSoftMargin", told, F.multilabel_soft_margin_loss(z, t))
z, t = torch.zeros(2, 3), torch.ones(2, 3)
row("SoftMargin", (1 + (-t * z).exp()).log().sum() / len(z), F.soft_margin_loss(z, t))
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
assert near((others[3] + others[0]) / 4, 1.35) and near(F.multilabel_margin_loss(x, labels), 0.85)
assert near(told, -0.0932)
assert near(F.multilabel_soft_margin_loss(torch.tensor([1.0, -2.0]), torch.tensor([1.0, 0.0])), 0.2201)
assert near(F.soft_margin_loss(torch.zeros(2, 3), torch.ones(2, 3)), 0.6931)
assert near(F.soft_margin_loss(torch.zeros(2, 3), torch.ones(2, 3), reduction="sum") / 2, 2.0794)
assert near(right, 2.0794) and near(-z.sigmoid().log(), 0.6931)
assert near(F.smooth_l1_loss(e, zero, beta=0.1), 0.45) and near(0.5 * e**2, 0.125)

# --8<-- [start:statements]
row("", "notes", "torch 2.13")
x, y, w = torch.tensor([[1.0, 2], [1, 3], [1, 3]]), torch.tensor([0, 1, 1]), torch.tensor([1.0, 2])
logp = x.log_softmax(1)
row("NLLLoss, weight 1, 2", -logp[[0, 1, 2], y].mean(), F.nll_loss(logp, y, w))
row("its index n", f"{logp.numel()} outputs", f"{F.nll_loss(logp, y, reduction='none').numel()} samples")
dropped = F.cross_entropy(x[1:, 1:], y[1:] - 1)  # class 0 taken out of the softmax
row("ignore_index=0", dropped, F.cross_entropy(x, y, ignore_index=0))
ranked = F.margin_ranking_loss(torch.tensor([3.0, 1, 2]), torch.zeros(3), torch.ones(3), reduction="none")
row("MarginRanking, (3,)", "1 similarity", f"{ranked.numel()} losses")
arguments = list(inspect.signature(nn.HingeEmbeddingLoss.forward).parameters)[1:]
row("HingeEmbedding", "two inputs", ", ".join(arguments))
# --8<-- [end:statements]
assert near(-logp[[0, 1, 2], y].mean(), 0.5224) and near(F.nll_loss(logp, y, w), 0.3642)
assert logp.numel() == 6 and F.nll_loss(logp, y, reduction="none").shape == (3,)
assert dropped == 0 and near(F.cross_entropy(x, y, ignore_index=0), 0.1269)
assert ranked.shape == (3,) and arguments == ["input", "target"]
for weight, sums in ((None, (1.5671, 0.5224)), (w, (1.8210, 0.3642))):  # the notes' own numbers, all right
    assert near(F.cross_entropy(x, y, weight, reduction="sum"), sums[0])
    assert near(F.cross_entropy(x, y, weight), sums[1])
p, t = torch.tensor([[1.0, 2], [2, 2], [3, 4], [4, 5]]).sigmoid(), torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
assert near(F.binary_cross_entropy(p, t, reduction="sum"), 11.7856) and near(F.binary_cross_entropy(p, t), 1.4732)

# --8<-- [start:values]
row("", "manual", "torch 2.13")
e, v, zero = torch.tensor([1.0]), torch.tensor([3.0]), torch.zeros(1)
row("gaussian_nll, eps=1", 0.5 * ((v + 1).log() + e**2 / (v + 1)).item(), F.gaussian_nll_loss(e, zero, v, eps=1.0))
row("cross_entropy, mean", F.cross_entropy(x, y, w, reduction="sum") / 3, F.cross_entropy(x, y, w))
row("poisson_nll", 2 - 2 * torch.tensor(2.0).log(), F.poisson_nll_loss(torch.tensor(2.0), torch.tensor(2.0)))
row("Huber, delta → ∞", F.mse_loss(v, zero), F.huber_loss(v, zero, delta=float("inf")))
frames = torch.zeros(2, 1, 3).log_softmax(2)
row("CTC, 2 frames for aa", "enough", F.ctc_loss(frames, torch.tensor([[1, 1]]), [2], [2]))
s = torch.tensor([1.0, -1.0, 0.5, 0.3, -0.2])
hinge = (1 - s[:2, None] + s[2:]).clamp(min=0) / 5  # labels 0 and 1 against the classes 2, 3, 4
compiled = hinge.sum() + 3 * hinge[0].sum()  # three padded places, read as label 0
row("compiled, −1 padded", compiled, F.multilabel_margin_loss(s, torch.tensor([0, 1, -1, -1, -1])))
# --8<-- [end:values]
assert near(0.5 * ((v + 1).log() + e**2 / (v + 1)), 0.8181) and near(F.gaussian_nll_loss(e, zero, v, eps=1.0), 0.7160)
assert near(F.cross_entropy(x, y, w, reduction="sum") / 3, 0.6070) and near(F.cross_entropy(x, y, w), 0.3642)
assert near(F.poisson_nll_loss(torch.tensor(2.0), torch.tensor(2.0)), 3.3891)
assert F.mse_loss(v, zero) == 9 and F.huber_loss(v, zero, delta=float("inf")) == 4.5
assert F.ctc_loss(frames, torch.tensor([[1, 1]]), [2], [2]).isinf()
assert near(compiled, 1.96) and near(hinge.sum(), 1.48)
assert near(F.multilabel_margin_loss(s, torch.tensor([0, 1, -1, -1, -1])), 1.48)


# --8<-- [start:arguments]
def answer(call):
    try:
        return f"{call():.4f}"
    except (RuntimeError, TypeError, ValueError) as error:
        return type(error).__name__


row("", "manual", "torch 2.13")
p, one, n = torch.full((2, 3), 0.5), torch.ones(2, 3), torch.ones(2)
row("BCELoss weight (2,)", "accepted", answer(lambda: F.binary_cross_entropy(p, one, n)))
row("BCELoss weight (2, 1)", "refused", answer(lambda: F.binary_cross_entropy(p, one, n[:, None])))
row("huber_loss weight (2,)", "accepted", answer(lambda: F.huber_loss(p, one, weight=n)))
row("multi_margin (2,)", "accepted", answer(lambda: F.multi_margin_loss(p, n.long(), weight=n)))
row("smooth_l1 weight", "possible", answer(lambda: F.smooth_l1_loss(p, one, weight=one)))
row("smooth_l1 beta=0", "refused", answer(lambda: F.smooth_l1_loss(p, one, beta=0.0)))
adaptive, h = nn.AdaptiveLogSoftmaxWithLoss(64, 2000, [10, 100, 1000]), torch.ones(1, 64)
row("adaptive, target 2000", "accepted", answer(lambda: adaptive(h, torch.tensor([2000])).loss))
adaptive(h, torch.tensor([10])).loss.backward()
used = adaptive.tail[0][0].weight.grad is not None
row("first of cluster 1", "11", "10" if used else "later")
row("width of cluster 3", str(64 // 3**4), str(adaptive.tail[2][0].out_features))
# --8<-- [end:arguments]
assert answer(lambda: F.binary_cross_entropy(p, one, n)) == "RuntimeError"
assert answer(lambda: F.multi_margin_loss(p, n.long(), weight=n)) == "RuntimeError"
assert near(F.binary_cross_entropy(p, one, n[:, None]), 0.6931)
assert near(F.multi_margin_loss(p, n.long(), weight=torch.ones(3)), 2 / 3)  # one weight per class is accepted
assert answer(lambda: F.huber_loss(p, one, weight=n)) == "ValueError" and near(F.huber_loss(p, one, weight=one), 0.125)
assert {answer(lambda f=f: f(p, one, weight=n)) for f in (F.l1_loss, F.mse_loss)} == {"ValueError"}
assert answer(lambda: F.smooth_l1_loss(p, one, weight=one)) == "TypeError"
assert F.smooth_l1_loss(p, one, beta=0.0) == 0.5 == F.l1_loss(p, one)
assert answer(lambda: adaptive(h, torch.tensor([2000])).loss) == "RuntimeError"
assert adaptive(h, torch.tensor([1999])).loss.isfinite() and used
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
row("hinge, score 2, y=1", (1 - one * score).clamp(min=0), F.hinge_embedding_loss(score, one))
x, y, w = torch.tensor([0.0, -0.5, 1.0]), torch.tensor(0), torch.tensor([3.0, 1.0, 1.0])
terms = 1 - x[0] + x[1:]
row("MultiMargin, p=2, w=3", (3 * terms).square().sum() / 3, F.multi_margin_loss(x, y, p=2, weight=w))
# --8<-- [end:elsewhere]
assert near(told, -1.1931) and near(found, 0)
assert F.hinge_embedding_loss(score, one) == 2 and terms.tolist() == [0.5, 2.0]
assert near((3 * terms).square().sum() / 3, 12.75) and near(F.multi_margin_loss(x, y, p=2, weight=w), 4.25)

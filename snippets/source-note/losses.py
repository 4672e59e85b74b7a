# --8<-- [start:imports]
import inspect
import sys
import warnings

import torch
import torch.nn.functional as F
from _claim import claim
from _outcome import outcome
from torch import nn, optim

# --8<-- [end:imports]


# --8<-- [start:terms]
arguments = list(inspect.signature(F.mse_loss).parameters)
claim("loss-arguments", "input, target", ", ".join(arguments[:2]))
y = torch.tensor([1.0, 2.0, 3.0])  # predicted perfectly
literal = (y[:, None] - y).square().mean()  # each prediction meets all targets
mended = (y - y).square().mean()
claim("cost-index", literal, F.mse_loss(y, y), right=mended)


def one_step(penalty=0.0, weight_decay=0.0):
    w = torch.tensor([2.0, -1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, weight_decay=weight_decay)
    cost = (w - 1).square().sum()
    (cost + penalty / 2 * w.square().sum()).backward()
    optimizer.step()
    return w.detach()


claim("objective", one_step(penalty=0.5), one_step(weight_decay=0.5))
# --8<-- [end:terms]
assert not torch.equal(one_step(), one_step(penalty=0.5)), "the penalty changes the step"


# --8<-- [start:constructor]
def constructors(make):
    """The constructors that a call passes through."""
    called = []

    def look(frame, event, _):
        if event == "call":
            called.append(frame.f_code.co_qualname)

    sys.setprofile(look)
    make()
    sys.setprofile(None)
    return [name for name in called if name.endswith(("__init__", "_construct"))]


claim("variable-name", "runs", outcome("loss_functoin = 1; loss_functoin"))
chain = [name.partition(".")[0] for name in constructors(nn.CrossEntropyLoss)]
told = "CrossEntropyLoss, _WeightedLoss, _Loss, Module"
claim("constructors", told, ", ".join(chain))
# --8<-- [end:constructor]

# --8<-- [start:signature]
signature = str(inspect.signature(nn.modules.loss._Loss))
signature = signature.replace(": str = ", "=").removesuffix(" -> None")
told = "(size_average=None, reduce=None, reduction='mean')"
claim("base-signature", told, signature)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the old name is deprecated
    old = nn.MSELoss(size_average=False, reduction="none").reduction
claim("legacy-arguments", "none", old, right="sum")
# --8<-- [end:signature]


# --8<-- [start:construct]
class Module2019(nn.Module):
    """The constructor as it was until August 2019."""

    def __init__(self):
        self._construct()

    def _construct(self):
        super().__init__()


def construct(make):
    called = any("_construct" in name for name in constructors(make))
    return "called" if called else "missing"


found = construct(nn.CrossEntropyLoss)
claim("construct", "called", found, then=construct(Module2019))
# --8<-- [end:construct]
assert not hasattr(nn.Module, "_construct"), "there is no such method"

# --8<-- [start:options]
x, y = torch.tensor([[1.0, 2], [1, 3], [1, 3]]), torch.tensor([0, 1, 1])
class_weights = torch.tensor([1.0, 2])
log_p = x.log_softmax(1)
each = F.cross_entropy(x, y, reduction="none")
smooth = F.cross_entropy(x, y, label_smoothing=0.1)
composed, found = F.nll_loss(log_p, y), F.cross_entropy(x, y)
claim("log-softmax-nll", composed, found, without=smooth)
names = set(inspect.signature(nn.CrossEntropyLoss).parameters)
names -= {"size_average", "reduce"}
claim("options", 3, len(names), then=len(names - {"label_smoothing"}))
weighted = F.cross_entropy(x, y, class_weights, reduction="none")
claim("class-weight", class_weights[y] * each, weighted)
removed = F.cross_entropy(x[1:, 1:], y[1:] - 1)  # class 0 out of the softmax
skipped = F.cross_entropy(x, y, ignore_index=0)  # its samples out of the mean
claim("ignore-index", removed, skipped, right=each[y != 0].mean())
# --8<-- [end:options]
assert names == {"weight", "ignore_index", "reduction", "label_smoothing"}, "a fourth, label_smoothing"
assert round(skipped.item(), 4) == 0.1269, "The class stays in the softmax of all others: 0.1269"
assert removed == 0, "and without it 0"

# --8<-- [start:reductions]
known = []
for reduction in ("none", "sum", "mean", "batchmean"):
    names = {"f": F.cross_entropy, "x": x, "y": y, "reduction": reduction}
    if outcome("f(x, y, reduction=reduction)", **names) == "runs":
        known.append(reduction)
claim("reductions", "none, sum, mean", ", ".join(known))
claim("reduction-none", y.numel(), each.numel(), without=x.numel())
claim("reduction-sum", each.sum(), F.cross_entropy(x, y, reduction="sum"))
by_weight = weighted.sum() / class_weights[y].sum()
claim("reduction-mean", by_weight, F.cross_entropy(x, y, class_weights))
# --8<-- [end:reductions]

# --8<-- [start:printed]
code = "nn.CrossEntropyLoss()(torch.ones(1, 2), torch.tensor([0]))"
claim("imports", "runs", outcome(code, torch=torch, nn=nn), without=outcome(code))
total, mean = (F.cross_entropy(x, y, reduction=how) for how in ("sum", "mean"))
claim("printed", "[1.3133, 0.1269, 0.1269]", each)
claim("printed-reduced", "[1.5671, 0.5224]", torch.stack([total, mean]))
claim("printed-weighted", "[1.3133, 0.2539, 0.2539]", weighted)
total = F.cross_entropy(x, y, class_weights, reduction="sum")
mean = F.cross_entropy(x, y, class_weights)
claim("weighted-reduced", "[1.8210, 0.3642]", torch.stack([total, mean]))
claim("weighted-why", [1.0, 2.0, 2.0], weighted / each)
minus = (-log_p).mean()
picked = -log_p[[0, 1, 2], y].mean()
claim("nll-minus", minus, F.nll_loss(log_p, y), right=picked)
# --8<-- [end:printed]
assert torch.isclose(mean, total / (1 + 2 + 2)), "equal. 0.3642=1.8210/(1+2+2)"
assert round(picked.item(), 4) == 0.5224, "it also picks the entry of the target: 0.5224"
assert round(minus.item(), 4) == 1.0224, "the sign alone gives 1.0224"

# --8<-- [start:bce]
logits = torch.tensor([[1.0, 2], [2, 2], [3, 4], [4, 5]])
targets = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
p = logits.sigmoid()
bce = F.binary_cross_entropy
none = bce(p, targets, reduction="none")
claim("bce-each", logits.numel(), none.numel())
accepted = []
for number in (-0.0001, 0.0, 1.0, 1.0001):
    v = torch.tensor(number)
    if outcome("bce(v, v.clamp(0, 1))", bce=bce, v=v) == "runs":
        accepted.append(number)
claim("bce-range", [0.0, 1.0], accepted)
weights = torch.tensor([1.0, 1.0])  # of the listing: one for each output
weighted = bce(p, targets, weights, reduction="none")
claim("bce-weight", none[0], weighted[0])
rows = [[0.3133, 2.1269], [0.1269, 2.1269], [3.0486, 0.0181], [4.0181, 0.0067]]
claim("bce-printed", rows[0] + rows[1], weighted[:2].flatten())
claim("bce-printed-2", rows[2] + rows[3], weighted[2:].flatten())
total = bce(p, targets, weights, reduction="sum")
mean = bce(p, targets, weights, reduction="mean")
claim("bce-reduced", "[11.7856, 1.4732]", torch.stack([total, mean]))
# --8<-- [end:bce]
assert torch.equal(weighted, none), "it is repeated for each row, and ones change nothing"
assert torch.equal(bce(p, targets, torch.tensor([1.0, 3.0]), reduction="none"), none * torch.tensor([1.0, 3.0])), (
    "[1, 3] triples the second column")
assert bce(p, targets) == mean, "ones change nothing in the mean"
for number in (-0.0001, 1.0001):
    refused = outcome("f(v, v.clamp(0, 1))", f=bce, v=torch.tensor(number))
    assert refused == "RuntimeError", "0 and 1 are accepted, −0.0001 and 1.0001 refused"

# --8<-- [start:logits]
with_logits = F.binary_cross_entropy_with_logits
far, zero, one = torch.tensor(40.0), torch.tensor(0.0), torch.tensor(1.0)
gap = (mean - with_logits(logits, targets)).abs()
far_gap = (bce(far.sigmoid(), zero) - with_logits(far, zero)).abs()
claim("bce-logits", "0.0000", f"{gap:.4f}", without=far_gap)
right_logit = {"no sigmoid": with_logits(far, one)}
right_logit["sigmoid"] = with_logits(far.sigmoid(), one)
claim("no-sigmoid", "no sigmoid", min(right_logit, key=right_logit.get))
both = torch.tensor([1.0, 0.0])  # a positive and a negative sample
plain = with_logits(zero.expand(2), both, reduction="none")
triple = with_logits(zero.expand(2), both, pos_weight=3 * one, reduction="none")
claim("pos-weight", [3.0, 1.0], triple / plain)
known = {name for name in dir(nn) if name.endswith("Loss")}
later = {"GaussianNLLLoss", "HuberLoss", "TripletMarginWithDistanceLoss"}
later |= {"LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"}
claim("count", 18, len(known), then=len(known - later))
samples = F.nll_loss(log_p, y, reduction="none")
claim("index-n", log_p.numel(), samples.numel(), right=len(y))
# --8<-- [end:logits]
assert later < known, "AdaptiveLogSoftmaxWithLoss existed then. The other four came later"
assert round(right_logit["sigmoid"].item(), 4) == 0.3133, "with one, a logit of 40 costs 0.3133"
assert round(right_logit["no sigmoid"].item(), 4) == 0, "with one, a logit of 40 costs 0.3133 instead of 0"
assert with_logits(far, zero) == 40, "At 40 with target 0 it gives 40"
assert bce(far.sigmoid(), zero) == 100, "At 40 with target 0 it gives 40, the pair 100"

import inspect
import sys
import warnings

import torch
import torch.nn.functional as F
from _claim import claim
from torch import nn, optim


def outcome(code, **names):
    try:
        exec(code, names)
        return "runs"
    except Exception as error:
        return type(error).__name__


# --8<-- [start:terms]
arguments = list(inspect.signature(F.mse_loss).parameters)
claim("loss-arguments", "input, target", ", ".join(arguments[:2]))
y = torch.tensor([1.0, 2.0, 3.0])  # predicted perfectly
mended = sum((a - b) ** 2 for a, b in zip(y, y, strict=True)) / 3
claim("cost-index", (y[:, None] - y).square().mean(), F.mse_loss(y, y), right=mended)


def step(penalty=0.0, **options):
    w = torch.tensor([2.0, -1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, **options)
    ((w - 1).square().sum() + penalty / 2 * w.square().sum()).backward()
    optimizer.step()
    return w.detach()


claim("objective", step(penalty=0.5), step(weight_decay=0.5))
# --8<-- [end:terms]
assert not torch.equal(step(), step(penalty=0.5))


# --8<-- [start:constructor]
def calls(make):
    seen = []
    sys.setprofile(lambda frame, event, _: event == "call" and seen.append(frame.f_code.co_qualname))
    make()
    sys.setprofile(None)
    return [name for name in seen if name.endswith(("__init__", "_construct"))]


claim("variable-name", "runs", outcome("loss_functoin = 1; loss_functoin"))
made = calls(nn.CrossEntropyLoss)
chain = "CrossEntropyLoss, _WeightedLoss, _Loss, Module"
claim("constructors", chain, ", ".join(name.split(".")[0] for name in made))
signature = str(inspect.signature(nn.modules.loss._Loss)).replace(": str = ", "=")
claim("base-signature", "(size_average=None, reduce=None, reduction='mean')", signature[:50])
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the old name is deprecated
    old = nn.MSELoss(size_average=False, reduction="none").reduction
claim("legacy-arguments", "none", old, right="sum")
# --8<-- [end:constructor]
assert signature == "(size_average=None, reduce=None, reduction='mean') -> None"


# --8<-- [start:construct]
class Module2019(nn.Module):
    """The constructor as it was until August 2019."""

    def __init__(self):
        self._construct()

    def _construct(self):
        super().__init__()


def called(make):
    return "called" if any("_construct" in name for name in calls(make)) else "missing"


claim("construct", "called", called(nn.CrossEntropyLoss), then=called(Module2019))
# --8<-- [end:construct]
assert not hasattr(nn.Module, "_construct")

# --8<-- [start:options]
x, y = torch.tensor([[1.0, 2], [1, 3], [1, 3]]), torch.tensor([0, 1, 1])
w, logp = torch.tensor([1.0, 2]), x.log_softmax(1)
each = F.cross_entropy(x, y, reduction="none")
smooth = F.cross_entropy(x, y, label_smoothing=0.1)
claim("log-softmax-nll", F.nll_loss(logp, y), F.cross_entropy(x, y), without=smooth)
names = inspect.signature(nn.CrossEntropyLoss).parameters.keys()
names = names - {"size_average", "reduce"}
claim("options", 3, len(names), then=len(names - {"label_smoothing"}))
claim("class-weight", w[y] * each, F.cross_entropy(x, y, w, reduction="none"))
removed = F.cross_entropy(x[1:, 1:], y[1:] - 1)  # class 0 out of the softmax
skipped = F.cross_entropy(x, y, ignore_index=0)  # samples of class 0 out of the mean
claim("ignore-index", removed, skipped, right=each[y != 0].mean())
known = [r for r in ("none", "sum", "mean", "batchmean")
         if outcome("f(x, y, reduction=r)", f=F.cross_entropy, x=x, y=y, r=r) == "runs"]
claim("reductions", "none, sum, mean", ", ".join(known))
claim("reduction-none", y.numel(), each.numel(), without=x.numel())
claim("reduction-sum", each.sum(), F.cross_entropy(x, y, reduction="sum"))
claim("reduction-mean", (w[y] * each).sum() / w[y].sum(), F.cross_entropy(x, y, w))
# --8<-- [end:options]
assert names == {"weight", "ignore_index", "reduction", "label_smoothing"}

# --8<-- [start:printed]
code = "nn.CrossEntropyLoss()(torch.ones(1, 2), torch.tensor([0]))"
claim("imports", "runs", outcome(code, torch=torch, nn=nn), without=outcome(code))
losses = [F.cross_entropy(x, y, reduction=r) for r in ("none", "sum", "mean")]
claim("printed", "[1.3133, 0.1269, 0.1269]", losses[0])
claim("printed-reduced", "[1.5671, 0.5224]", torch.stack(losses[1:]))
weighted = [F.cross_entropy(x, y, w, reduction=r) for r in ("none", "sum", "mean")]
claim("printed-weighted", "[1.3133, 0.2539, 0.2539]", weighted[0])
claim("weighted-reduced", "[1.8210, 0.3642]", torch.stack(weighted[1:]))
claim("weighted-why", [1.0, 2.0, 2.0], weighted[0] / losses[0])
claim("nll-minus", (-logp).mean(), F.nll_loss(logp, y), right=-logp[[0, 1, 2], y].mean())
# --8<-- [end:printed]

# --8<-- [start:bce]
z = torch.tensor([[1.0, 2], [2, 2], [3, 4], [4, 5]])
t = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
p = z.sigmoid()
none, total, mean = (F.binary_cross_entropy(p, t, reduction=r) for r in ("none", "sum", "mean"))
claim("bce-each", z.numel(), none.numel())
ends = [v for v in (-0.0001, 0.0, 1.0, 1.0001)
        if outcome("f(v, v.clamp(0, 1))", f=F.binary_cross_entropy, v=torch.tensor(v)) == "runs"]
claim("bce-range", [0.0, 1.0], ends)
rows = [[0.3133, 2.1269], [0.1269, 2.1269], [3.0486, 0.0181], [4.0181, 0.0067]]
claim("bce-printed", rows[0] + rows[1], none[:2].flatten())
claim("bce-printed-2", rows[2] + rows[3], none[2:].flatten())
claim("bce-reduced", "[11.7856, 1.4732]", torch.stack([total, mean]))
# --8<-- [end:bce]

# --8<-- [start:logits]
with_logits = F.binary_cross_entropy_with_logits
far, zero, one = torch.tensor(40.0), torch.tensor(0.0), torch.tensor(1.0)
gaps = [(F.binary_cross_entropy(v.sigmoid(), u) - with_logits(v, u)).abs()
        for v, u in ((z, t), (far, zero))]
claim("bce-logits", "0.0000", f"{gaps[0]:.4f}", without=gaps[1])
lowest = {"no sigmoid": with_logits(far, one), "sigmoid": with_logits(far.sigmoid(), one)}
claim("no-sigmoid", "no sigmoid", min(lowest, key=lowest.get))
both = torch.tensor([1.0, 0.0])
plain, three = (with_logits(both * 0, both, pos_weight=w, reduction="none") for w in (None, 3 * one))
claim("pos-weight", [3.0, 1.0], three / plain)
known = {name for name in dir(nn) if name.endswith("Loss")}
later = {"GaussianNLLLoss", "HuberLoss", "TripletMarginWithDistanceLoss"}
later |= {"LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"}
claim("count", 18, len(known), then=len(known - later))
claim("index-n", logp.numel(), F.nll_loss(logp, y, reduction="none").numel(), right=len(y))
# --8<-- [end:logits]
assert later < known and abs(lowest["sigmoid"] - 0.3133) < 1e-4 > lowest["no sigmoid"]
assert F.binary_cross_entropy(far.sigmoid(), zero) == 100 and with_logits(far, zero) == 40

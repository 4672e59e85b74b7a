import torch
import torch.nn.functional as F
from _claim import claim
from torch import nn


def outcome(call, *inputs, **options):
    try:
        call(*inputs, **options)
        return "runs"
    except Exception as error:
        return type(error).__name__


def says(text, *phrases):
    for phrase in phrases:
        assert phrase in " ".join(text.split()), phrase


says(F.gaussian_nll_loss.__doc__, "Value added to var")
says(F.cross_entropy.__doc__, "the sum of the output will be divided by the number of elements")
says(F.nll_loss.__doc__, "the sum of the output will be divided by the number of elements")
says(F.poisson_nll_loss.__doc__, "input: Expectation of underlying Poisson distribution")
says(nn.SmoothL1Loss.__doc__, "converges to :class:`MSELoss`")
says(nn.CTCLoss.__doc__, r"such that it must be :math:`\leq` the input length")
x, y = torch.tensor([[1.0, 2], [1, 3], [1, 3]]), torch.tensor([0, 1, 1])

# --8<-- [start:values]
e, v, zero = torch.tensor(1.0), torch.tensor(3.0), torch.tensor(0.0)
added, clamped = (0.5 * (w.log() + e**2 / w) for w in (v + 1, v.clamp(min=1)))
found = F.gaussian_nll_loss(e, zero, v, eps=1.0)
claim("manual-gaussian-eps", added, found, right=clamped)
w = torch.tensor([1.0, 2])
totals, means = ([F.cross_entropy(x, y, u, reduction=r) for u in (None, w)] for r in ("sum", "mean"))
divisors = [total / mean for total, mean in zip(totals, means, strict=True)]
claim("manual-cross-entropy-mean", 3.0, divisors[0], without=divisors[1])
found = F.poisson_nll_loss(v, v)
claim("manual-poisson-input", v - v * v.log(), found, right=v.exp() - v * v)
huber = F.huber_loss(v, zero, delta=float("inf"))
claim("manual-huber-limit", F.mse_loss(v, zero), huber, right=F.mse_loss(v, zero) / 2)
frames = torch.zeros(2, 1, 3).log_softmax(2)
losses = [F.ctc_loss(frames, torch.tensor([word]), [2], [2]) for word in ([1, 2], [1, 1])]
kinds = ["finite" if loss.isfinite() else "inf" for loss in losses]
claim("manual-ctc-length", "finite", kinds[0], without=kinds[1])
# --8<-- [end:values]
assert divisors[1] == 5 == w[y].sum() and F.nll_loss(x, y, w, reduction="sum") / F.nll_loss(x, y, w) == 5
says(nn.BCELoss.__doc__, "has to be a Tensor of size `nbatch`")
for loss in (F.l1_loss, F.mse_loss, F.huber_loss, F.multi_margin_loss):
    says(loss.__doc__, "Weights for each sample")
says(F.smooth_l1_loss.__doc__, "L1 loss (optionally weighted)", "This value must be positive.")
says(nn.AdaptiveLogSoftmaxWithLoss.__doc__, "targets `11, 12, ..., 100`", "value used as an exponent")
says(nn.AdaptiveLogSoftmaxWithLoss.__doc__, r"\texttt{target[i]} <= \texttt{n\_classes}")

# --8<-- [start:weights]
p, one, n = torch.full((2, 3), 0.5), torch.ones(2, 3), torch.ones(2)
shapes = [outcome(F.binary_cross_entropy, q, torch.ones_like(q), n) for q in (p[:, 0], p)]
claim("manual-bce-weight", "runs", shapes[0], without=shapes[1])
shapes = [outcome(F.huber_loss, q, torch.ones_like(q), weight=n) for q in (p[:, 0], p)]
claim("manual-element-weight", "runs", shapes[0], without=shapes[1])
target = torch.tensor([0, 1])
sizes = [size for size in (2, 3)  # 2 samples, 3 classes
         if outcome(F.multi_margin_loss, p, target, weight=torch.ones(size)) == "runs"]
claim("manual-multi-margin-weight", [len(p)], sizes, right=[p.shape[1]])
found = outcome(F.smooth_l1_loss, p, one, weight=one)
claim("manual-smooth-l1-weight", "runs", found, right="TypeError")
found = F.smooth_l1_loss(p, one, beta=0.0)
claim("manual-smooth-l1-beta", "refused", found, right=F.l1_loss(p, one))
# --8<-- [end:weights]
assert outcome(F.binary_cross_entropy, p, one, n[:, None]) == "runs"
assert {outcome(f, p, one, weight=n) for f in (F.l1_loss, F.mse_loss)} == {"ValueError"}

# --8<-- [start:adaptive]
adaptive = nn.AdaptiveLogSoftmaxWithLoss(64, 2000, [10, 100, 1000], div_value=4.0)
h = torch.ones(1, 64)
accepted = [t for t in (1999, 2000) if outcome(adaptive, h, torch.tensor([t])) == "runs"]
claim("manual-adaptive-target", 2000, accepted[-1], right=2000 - 1)


def in_first_cluster(target):
    adaptive.zero_grad()
    adaptive(h, torch.tensor([target])).loss.backward()
    return adaptive.tail[0][0].weight.grad is not None


first = min(t for t in (9, 10, 11) if in_first_cluster(t))
claim("manual-adaptive-clusters", 11, first, right=adaptive.cutoffs[0])
width = adaptive.tail[2][0].out_features  # of cluster 3
claim("manual-adaptive-div-value", 64 // 3**4, width, right=64 // 4**3)
# --8<-- [end:adaptive]

# --8<-- [start:code]
s, labels = torch.tensor([1.0, -1.0, 0.5, 0.3, -0.2]), torch.tensor([0, 1, -1, -1, -1])
hinge = (1 - s[:2, None] + s[2:]).clamp(min=0) / 5  # label 0 or 1, against 2, 3, 4
compiled = hinge.sum() + 3 * hinge[0].sum()  # three padded places, as label 0
claim("manual-compiled", compiled, F.multilabel_margin_loss(s, labels), right=hinge.sum())
e, zero, w = torch.tensor([1.0, 2, 4]), torch.zeros(3), torch.tensor([1.0, 0, 0])
outside = F.l1_loss(e, zero, weight=w)
with torch.device("cpu"):
    inside = F.l1_loss(e, zero, weight=w)
claim("l1-weight-lost", (w * e).sum() / w.sum(), outside, without=inside)


def gradient(targets, options):
    h, W = torch.ones(4, 2), torch.ones(3, 2, requires_grad=True)
    F.linear_cross_entropy(h, W, torch.tensor(targets), options=options).backward()
    return "finite" if W.grad.isfinite().all() else "nan"


chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=2)
some, none = gradient([0, -100, -100, 1], chunks), gradient([-100] * 4, chunks)
claim("linear-ce-ignored", gradient([-100] * 4, None), some, without=none)
# --8<-- [end:code]
assert abs(compiled - 1.96) < 1e-5 and abs(inside - 7 / 3) < 1e-6 and outside == 1
with torch.device("cpu"):
    assert F.mse_loss(e, zero, weight=w) == 1

# --8<-- [start:elsewhere]
q = torch.tensor([[0.5, 0.5]])
told, found = (F.kl_div(p, q, reduction="batchmean") for p in (q, q.log()))
claim("demo-kl", told, found, right=(q * (q / q).log()).sum())
score, one = torch.tensor(2.0), torch.tensor(1.0)
svm = (1 - one * score).clamp(min=0)
claim("demo-svm", svm, F.hinge_embedding_loss(score, one), right=score)
x, y, w = torch.tensor([0, -0.5, 1]), torch.tensor(0), torch.tensor([3.0, 1, 1])
terms = 1 - x[0] + x[1:]
inside, outside = (3 * terms).square().sum() / 3, 3 * terms.square().sum() / 3
claim("demo-power", inside, F.multi_margin_loss(x, y, p=2, weight=w), right=outside)
# --8<-- [end:elsewhere]
assert terms.tolist() == [0.5, 2.0]

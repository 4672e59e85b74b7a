# --8<-- [start:imports]
import torch
import torch.nn.functional as F
from _claim import claim
from _manual import says
from _outcome import outcome
from torch import nn

# --8<-- [end:imports]
says(F.gaussian_nll_loss, "Value added to var")
says(F.cross_entropy, "the sum of the output will be divided by the number of elements")
says(F.nll_loss, "the sum of the output will be divided by the number of elements")
says(nn.GaussianNLLLoss, "value used to clamp ``var``")  # in four rows only the class has it right
for loss in (nn.CrossEntropyLoss, nn.NLLLoss):
    says(loss, "the weighted mean of the output is taken")
says(nn.MultiMarginLoss, "a manual rescaling weight given to each class")
says(nn.SmoothL1Loss, "When beta is 0, Smooth L1 loss is equivalent to L1 loss")
says(F.poisson_nll_loss, "input: Expectation of underlying Poisson distribution")
says(nn.SmoothL1Loss, "converges to :class:`MSELoss`")
says(nn.CTCLoss, r"such that it must be :math:`\leq` the input length")

# --8<-- [start:values]
error, var, zero = torch.tensor(1.0), torch.tensor(3.0), torch.tensor(0.0)
added, clamped = (0.5 * (v.log() + error**2 / v)
                  for v in (var + 4, var.clamp(min=4)))
found = F.gaussian_nll_loss(error, zero, var, eps=4.0)
claim("manual-gaussian-eps", added, found, right=clamped)
x, y = torch.tensor([[1.0, 2], [1, 3], [1, 3]]), torch.tensor([0, 1, 1])
divisors = []
for weight in (None, torch.tensor([1.0, 2])):
    total = F.cross_entropy(x, y, weight, reduction="sum")
    divisors.append(total / F.cross_entropy(x, y, weight))
claim("manual-cross-entropy-mean", 3.0, divisors[0], without=divisors[1])
three = torch.tensor(3.0)
found = F.poisson_nll_loss(three, three)
as_mean, as_log = three - three * three.log(), three.exp() - three * three
claim("manual-poisson-input", as_mean, found, right=as_log)
huber = F.huber_loss(three, zero, delta=float("inf"))
mse = F.mse_loss(three, zero)
claim("manual-huber-limit", mse, huber, right=mse / 2)
# --8<-- [end:values]
by_weight = F.nll_loss(x, y, torch.tensor([1.0, 2]), reduction="sum") / F.nll_loss(x, y, torch.tensor([1.0, 2]))
assert by_weight == 1 + 2 + 2, "With them by the weights of the targets, as the pages of the classes say"

# --8<-- [start:ctc]
frames = torch.zeros(2, 1, 3).log_softmax(2)
kinds = []
for word in ([1, 2], [1, 1]):
    loss = F.ctc_loss(frames, torch.tensor([word]), [2], [2])
    kinds.append("finite" if loss.isfinite() else "inf")
claim("manual-ctc-length", "finite", kinds[0], without=kinds[1])
# --8<-- [end:ctc]
three_frames = torch.zeros(3, 1, 3).log_softmax(2)
assert F.ctc_loss(three_frames, torch.tensor([[1, 1]]), [3], [2]).isfinite(), "Each repetition needs one more frame"
says(nn.BCELoss, "has to be a Tensor of size `nbatch`")
for loss in (F.l1_loss, F.mse_loss, F.huber_loss, F.multi_margin_loss):
    says(loss, "Weights for each sample")
says(F.smooth_l1_loss, "L1 loss (optionally weighted)", "This value must be positive.")
says(nn.AdaptiveLogSoftmaxWithLoss, "targets `11, 12, ..., 100`", "value used as an exponent")
says(nn.AdaptiveLogSoftmaxWithLoss, r"\texttt{target[i]} <= \texttt{n\_classes}")

# --8<-- [start:weights]
matrix, ones = torch.full((2, 3), 0.5), torch.ones(2, 3)
column, per_sample = matrix[:, 0], torch.ones(2)
made = outcome(F.binary_cross_entropy, column, ones[:, 0], per_sample)
without = outcome(F.binary_cross_entropy, matrix, ones, per_sample)
claim("manual-bce-weight", "runs", made, without=without)
made = outcome(F.huber_loss, column, ones[:, 0], weight=per_sample)
without = outcome(F.huber_loss, matrix, ones, weight=per_sample)
claim("manual-element-weight", "runs", made, without=without)
target = torch.tensor([0, 1])
made = {size: outcome(F.multi_margin_loss, matrix, target, weight=torch.ones(size))
        for size in (2, 3)}  # 2 samples, 3 classes
sizes = [size for size, result in made.items() if result == "runs"]
claim("manual-multi-margin-weight", [len(matrix)], sizes, right=[matrix.shape[1]])
found = outcome(F.smooth_l1_loss, matrix, ones, weight=ones)
claim("manual-smooth-l1-weight", "runs", found, right="TypeError")
found = F.smooth_l1_loss(matrix, ones, beta=0.0)
claim("manual-smooth-l1-beta", "refused", found, right=F.l1_loss(matrix, ones))
# --8<-- [end:weights]
assert outcome(F.binary_cross_entropy, matrix, ones, per_sample[:, None]) == "runs", "it must broadcast: give (N, 1)"
for loss in (F.l1_loss, F.mse_loss):
    assert outcome(loss, matrix, ones, weight=per_sample) == "ValueError", "Else one weight for each element"
for loss in (F.l1_loss, F.mse_loss, F.huber_loss):
    assert outcome(loss, matrix, ones, weight=per_sample[:, None]) == "ValueError", "nothing broadcasts here"

# --8<-- [start:adaptive]
adaptive = nn.AdaptiveLogSoftmaxWithLoss(64, 2000, [10, 100, 1000], div_value=4.0)
hidden = torch.ones(1, 64)
accepted = [label for label in (1999, 2000)
            if outcome(adaptive, hidden, torch.tensor([label])) == "runs"]
claim("manual-adaptive-target", 2000, accepted[-1], right=2000 - 1)


def in_first_cluster(label):
    adaptive.zero_grad()
    adaptive(hidden, torch.tensor([label])).loss.backward()
    return adaptive.tail[0][0].weight.grad is not None


first = min(label for label in (9, 10, 11) if in_first_cluster(label))
claim("manual-adaptive-clusters", 11, first, right=adaptive.cutoffs[0])
width = adaptive.tail[2][0].out_features  # of cluster 3
claim("manual-adaptive-div-value", 64 // 3**4, width, right=64 // 4**3)
# --8<-- [end:adaptive]
last = max(label for label in (99, 100) if in_first_cluster(label))
assert (adaptive.cutoffs[:3], first, last) == ([10, 100, 1000], 10, 99), (
    "with cutoffs=[10, 100, 1000] the first cluster holds 11 to 100 | 10 to 99: targets count from 0")

# --8<-- [start:code]
scores = torch.tensor([1.0, -1.0, 0.5, 0.3, -0.2])
labels = torch.tensor([0, 1, -1, -1, -1])
hinge = (1 - scores[:2, None] + scores[2:]).clamp(min=0) / 5  # label, other class
compiled = hinge.sum() + 3 * hinge[0].sum()  # three padded places, as label 0
eager = F.multilabel_margin_loss(scores, labels)
claim("manual-compiled", compiled, eager, right=hinge.sum())
errors, zeros = torch.tensor([1.0, 2, 4]), torch.zeros(3)
weight = torch.tensor([1.0, 0, 0])
outside = F.l1_loss(errors, zeros, weight=weight)
with torch.device("cpu"):
    inside = F.l1_loss(errors, zeros, weight=weight)
weighted = (weight * errors).sum() / weight.sum()
claim("l1-weight-lost", weighted, outside, without=inside)
# --8<-- [end:code]
assert f"{compiled:.2f}" == "1.96", "torch.compile returns 1.96 for a multilabel_margin_loss with −1"
assert f"{eager:.2f}" == "1.48", "eager returns 1.48, and it is right"
assert inside == errors.mean(), "with torch.device(…), which drops it without a word"


# --8<-- [start:chunks]
def gradient(targets, options=None):
    hidden, weight = torch.ones(4, 2), torch.ones(3, 2, requires_grad=True)
    targets = torch.tensor(targets)
    F.linear_cross_entropy(hidden, weight, targets, options=options).backward()
    return weight.grad


def kind(gradient):
    return "finite" if gradient.isfinite().all() else "nan"


chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=2)
direct, ignored = gradient([-100] * 4), gradient([-100] * 4, chunks)
found = kind(gradient([0, -100, -100, 1], chunks))
claim("linear-ce-ignored", kind(direct), found, without=kind(ignored))
# --8<-- [end:chunks]
assert direct.count_nonzero() == 0, "With all of them ignored the chunks give nan, the direct way 0"

# --8<-- [start:elsewhere]
q = torch.tensor([[0.5, 0.5]])
told, found = (F.kl_div(p, q, reduction="batchmean") for p in (q, q.log()))
claim("demo-kl", told, found, right=(q * (q / q).log()).sum())
score, one = torch.tensor(2.0), torch.tensor(1.0)
svm = (1 - one * score).clamp(min=0)
claim("demo-svm", svm, F.hinge_embedding_loss(score, one), right=score)
x, target = torch.tensor([0, -0.5, 1]), torch.tensor(0)
weight = torch.tensor([3.0, 1, 1])
terms = 1 - x[0] + x[1:]
inside = (3 * terms).square().sum() / 3
outside = 3 * terms.square().sum() / 3
found = F.multi_margin_loss(x, target, p=2, weight=weight)
claim("demo-power", inside, found, right=outside)
# --8<-- [end:elsewhere]
assert told < 0, "demos of KLDivLoss pass probabilities, and print a negative divergence"

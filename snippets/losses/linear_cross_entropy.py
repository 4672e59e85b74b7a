# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
features, classes = torch.randn(512, 32), torch.randint(8192, (512,))
chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=64)
loss = nn.LinearCrossEntropyLoss(32, 8192, options=chunks)
print(f"loss {loss(features, classes):.2f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math
import os
from functools import partial

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
assert f"{math.log(8192):.2f}" == "9.01", "log 8192 = 9.01"
first = loss(features, classes).item()
assert abs(first - math.log(8192)) < 0.5, "the first loss is near log 8192"
logits = loss.linear(features)
assert math.isclose(first, F.cross_entropy(logits, classes).item(), rel_tol=1e-5), "a linear layer and CrossEntropyLoss"


# --8<-- [start:from-scratch]
def log_softmax(x):  # over the last dimension
    shifted = x - x.detach().amax(-1, keepdim=True)
    return shifted - shifted.exp().sum(-1, keepdim=True).log()


def losses(input, W, b, q, w):  # q: probabilities as targets, classes last
    logits = (input @ W.flatten(0, -2).T).unflatten(-1, W.shape[:-1]) + b
    log_p = log_softmax(logits.movedim(input.dim() - 1, -1))
    return -(q * w * log_p).sum(-1)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-chunks]
class ChunkedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, W, b, y, w, rows):  # w: of each sample, 0 if ignored
        loss = x.new_zeros(())
        g_x, g_W, g_b = (torch.zeros_like(tensor) for tensor in (x, W, b))
        for some in torch.arange(len(x)).split(rows):
            log_p = log_softmax(x[some] @ W.T + b)  # (rows, C), never (N, C)
            one_hot = (y[some, None] == torch.arange(len(W))).to(x.dtype)
            loss -= (one_hot * log_p * w[some, None]).sum()
            g = (log_p.exp() - one_hot) * w[some, None]  # gradient by the logits
            g_x[some] = g @ W
            g_W += g.T @ x[some]
            g_b += g.sum(0)
        ctx.save_for_backward(g_x, g_W, g_b)
        return loss

    @staticmethod
    def backward(ctx, grad):
        return *(grad * g for g in ctx.saved_tensors), None, None, None
# --8<-- [end:from-scratch-chunks]


# --8<-- [start:from-scratch-targets]
def prepare(target, d, w, ignore_index):
    """Probabilities, which samples count, classes, and each sample's weight."""
    if target.is_floating_point():
        q = target.movedim(d, -1)
        ones = torch.ones_like(q[..., 0])
        return q, ones > 0, None, ones
    keep = target != (-100 if ignore_index is None else ignore_index)
    y = target.where(keep, 0)
    q = (y[..., None] == torch.arange(len(w))).to(w.dtype)
    return q, keep, y, w[y].where(keep, 0)
# --8<-- [end:from-scratch-targets]


# --8<-- [start:from-scratch-loss]
def linear_cross_entropy(
    input, linear_weight, target, *, linear_bias=None, weight=None,
    reduction="mean", ignore_index=None, label_smoothing=0.0, options=None,
):
    W, d, eps = linear_weight, input.dim() - 1, label_smoothing
    b = W.new_zeros(W.shape[:-1]) if linear_bias is None else linear_bias
    w = W.new_ones(len(W)) if weight is None else weight
    q, keep, y, each = prepare(target, d, w, ignore_index)
    chunked = options and y is not None and (d, W.dim(), eps) == (1, 2, 0)
    if chunked and reduction != "none":
        rows = options.batch_chunk_size or len(input)
        total = ChunkedSum.apply(input, W, b, y, each, rows)
    else:
        loss = losses(input, W, b, (1 - eps) * q + eps / len(W), w).where(keep, 0)
        total = loss.sum()
    if reduction == "none":
        return loss
    return {"mean": total / each.sum(), "sum": total}[reduction]
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
W = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
w = torch.rand(5, dtype=torch.float64)
classes = torch.tensor([0, 4, -100, 2, 2, 1])
soft = torch.rand(6, 5, dtype=torch.float64)
chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=4)
cases = [(classes, 0.0, None), (classes, 0.1, None), (classes, 0.0, chunks)]
cases += [(soft, 0.0, None), (soft, 0.1, None)]
worst = 0.0
reductions = "none", "mean", "sum"
for (target, smoothing, options), reduction in itertools.product(cases, reductions):
    named = dict(weight=w, reduction=reduction, label_smoothing=smoothing)
    ours = linear_cross_entropy(x, W, target, options=options, **named)
    library = F.linear_cross_entropy(x, W, target, options=options, **named)
    gradients = torch.autograd.grad(ours.sum(), (x, W))
    expected = torch.autograd.grad(library.sum(), (x, W))
    for mine, theirs in zip((ours, *gradients), (library, *expected), strict=True):
        worst = max(worst, (mine - theirs).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and both gradients equal the library's"

# --8<-- [start:example]
x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]])
W, y = torch.eye(2).requires_grad_(), torch.tensor([0, 1, 1])
loss = F.linear_cross_entropy(x, W, y)
loss.backward()
print(f"logits {(x @ W.T).tolist()}, loss {loss.item():.4f}")
print("gradient of W", [[round(g, 4) for g in row] for row in W.grad.tolist()])
# --8<-- [end:example]
difference = x.softmax(1) - F.one_hot(y, 2)
assert torch.allclose(W.grad, difference.T @ x / 3), "the gradient of W is the mean of (p − q) h"
assert f"{F.cross_entropy(x, y):.4f}" == "0.5224", "so the loss is 0.5224 again"
rounded = [f"{value:.3f}" for value in difference[:, 0]]
assert rounded == ["-0.731", "0.119", "0.119"], "the differences are −0.731, 0.119 and 0.119"
assert round((-0.731 + 0.119 + 0.119) / 3, 3) == -0.164, "(−0.731 + 0.119 + 0.119) / 3 = −0.164"
assert torch.allclose(W.grad[0], -W.grad[1]), "the second row is its negative"


# --8<-- [start:peak]
def peak(loss):  # MB that live at the same time during forward and backward
    with torch.autograd.profiler.profile(profile_memory=True) as run:
        loss().backward()
    events = run.kineto_results.events()
    sizes = [event.nbytes() for event in events if event.name() == "[memory]"]
    return max(itertools.accumulate(sizes)) / 1e6
# --8<-- [end:peak]


stderr = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the profiler greets there

# --8<-- [start:memory]
N, features, C = 512, 32, 8192
x = torch.randn(N, features, requires_grad=True)
W, y = torch.randn(C, features, requires_grad=True), torch.randint(C, (N,))
logits = peak(lambda: F.cross_entropy(F.linear(x, W), y))
whole = peak(lambda: F.linear_cross_entropy(x, W, y))
rows, chunked = [16, 32, 64, 128, 256, 512], []
for size in rows:
    chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=size)
    chunked.append(peak(partial(F.linear_cross_entropy, x, W, y, options=chunks)))
print("way                            peak in MB")
print(f"Linear, then CrossEntropyLoss  {logits:10.0f}")
print(f"in one, without options        {whole:10.0f}")
for size, most in zip(rows, chunked, strict=True):
    name = f"in one, chunks of {size} rows"
    print(f"{name:29}  {most:10.0f}")
# --8<-- [end:memory]

# --8<-- [start:figure]
figure, axes = plt.subplots()
axes.plot([str(size) for size in rows], chunked, "C0o-")
axes.axhline(logits, color="C1")
axes.text(0, logits + 1, "Linear, then CrossEntropyLoss", color="C1", va="bottom")
axes.text(0, chunked[0] + 1, "chunked", color="C0", va="bottom")
axes.set(title="peak memory in MB", xlabel="rows per chunk", ylim=(0, 60))
# --8<-- [end:figure]
os.dup2(stderr, 2)
table = 4 * N * C / 1e6
assert round(table) == 17, "one table of logits has 17 MB"
assert round(logits / table) == 3, "separate layers hold three tables of the size of the logits at once"
assert round(whole) == round(logits), "without `options` this loss does the same"
assert round(chunked[-1] / table) == 1, "one chunk of all rows needs one table"
assert chunked == sorted(chunked), "smaller chunks need less or the same"
assert round(chunked[0]) == round(chunked[1]) == 2, "until the gradient of W dominates"
assert f"{4 * 8192 * 128256 / 1e9:.1f}" == "4.2", "8192 tokens and a vocabulary of 128256: one table has 4.2 GB"
assert F.linear_cross_entropy(x, W, y, label_smoothing=0.0) == F.linear_cross_entropy(x, W, y), "label_smoothing=0.0"
plt.show()

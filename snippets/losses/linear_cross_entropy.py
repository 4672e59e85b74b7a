# --8<-- [start:from-scratch]
import dataclasses
import itertools
import os
import warnings
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def log_softmax(x):  # over the last dimension
    shifted = x - x.detach().amax(-1, keepdim=True)
    return shifted - shifted.exp().sum(-1, keepdim=True).log()


def losses(input, W, b, q, w):  # q: the target as probabilities, classes last
    logits = (input @ W.flatten(0, -2).T).unflatten(-1, W.shape[:-1]) + b
    return -(q * w * log_softmax(logits.movedim(input.dim() - 1, -1))).sum(-1)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-chunks]
class ChunkedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, W, b, y, w, rows):  # w: of each sample, 0 if ignored
        loss, (g_x, g_W, g_b) = x.new_zeros(()), (torch.zeros_like(t) for t in (x, W, b))
        for some in torch.arange(len(x)).split(rows):
            log_p = log_softmax(x[some] @ W.T + b)  # (rows, C), never (N, C)
            one_hot = (y[some, None] == torch.arange(len(W))).to(x.dtype)
            loss -= (one_hot * log_p * w[some, None]).sum()
            g = (log_p.exp() - one_hot) * w[some, None]  # by the logits
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
def prepare(target, d, w, ignore_index):  # probabilities q, what counts, classes y, weights
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
    input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean",
    ignore_index=None, label_smoothing=0.0, options=None,
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
    return total / each.sum() if reduction == "mean" else total
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
W = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
classes, w = torch.tensor([0, 4, -100, 2, 2, 1]), torch.rand(5, dtype=torch.float64)
soft, worst = torch.rand(6, 5, dtype=torch.float64), 0.0
chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=4)
cases = *itertools.product((classes, soft), (0.0, 0.1), (None,)), (classes, 0.0, chunks)
for r, (y, eps, o) in itertools.product(("none", "mean", "sum"), cases):
    named = dict(weight=w, reduction=r, label_smoothing=eps, options=o)
    values = [f(x, W, y, **named) for f in (linear_cross_entropy, F.linear_cross_entropy)]
    slopes = [torch.autograd.grad(value.sum(), (x, W)) for value in values]
    for a, b in (values, *zip(*slopes, strict=True)):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13

# --8<-- [start:example]
x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]])
W, y = torch.eye(2).requires_grad_(), torch.tensor([0, 1, 1])
loss = F.linear_cross_entropy(x, W, y)
loss.backward()
print(f"logits {(x @ W.T).tolist()}, loss {loss.item():.4f}")
print("gradient of W", [[round(g, 4) for g in row] for row in W.grad.tolist()])
# --8<-- [end:example]
p = x.softmax(1)
assert torch.allclose(W.grad, (p - F.one_hot(y, 2)).T @ x / 3) and f"{F.cross_entropy(x, y):.4f}" == "0.5224"
assert [f"{v:.3f}" for v in (p - F.one_hot(y, 2))[:, 0]] == ["-0.731", "0.119", "0.119"]


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
rows, chunked = [2**k for k in range(4, 10)], []
logits = peak(lambda: F.cross_entropy(F.linear(x, W), y))
whole = peak(lambda: F.linear_cross_entropy(x, W, y))
for size in rows:
    chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=size)
    chunked.append(peak(partial(F.linear_cross_entropy, x, W, y, options=chunks)))
print(f"logits {4 * N * C / 1e6:.0f} MB; peak {logits:.0f}, without options {whole:.0f}")
print("rows per chunk", rows)
print("peak in MB    ", [round(size) for size in chunked])
figure, axes = plt.subplots()
axes.plot([str(size) for size in rows], chunked, "C0o-")
axes.axhline(logits, color="C1")
axes.text(0, logits, "Linear, then CrossEntropyLoss", color="C1", va="bottom")
axes.text(0, chunked[0] + 1, "chunked", color="C0", va="bottom")
axes.set(title="peak memory in MB", xlabel="rows per chunk", ylim=(0, 60))
# --8<-- [end:memory]
os.dup2(stderr, 2)
assert round(logits) == round(whole) == 50 and 2.9 < logits / (4 * N * C / 1e6) < 3.1
assert chunked[0] < 3 and 17 < chunked[-1] < 20 and f"{4 * 8192 * 128256 / 1e9:.1f}" == "4.2"

# --8<-- [start:options]
options = nn.LinearCrossEntropyOptions()
for field in dataclasses.fields(options):
    print(f"{field.name:18} {getattr(options, field.name)}")
# --8<-- [end:options]

# --8<-- [start:module]
criterion = nn.LinearCrossEntropyLoss(features, C)
print([(name, tuple(p.shape)) for name, p in criterion.named_parameters()])
print("logits", tuple(criterion.linear(x).shape), "loss", tuple(criterion(x, y).shape))
# --8<-- [end:module]
assert criterion.linear.bias is None

# --8<-- [start:outputs]
criterion = nn.LinearCrossEntropyLoss(features, 10, out_features=(4, 3))  # 4 × 3 answers
digits = torch.randint(10, (N, 4, 3))
print(criterion.linear.weight.shape, criterion(x, digits).shape)
# --8<-- [end:outputs]

# --8<-- [start:ignored]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.linear_cross_entropy(x, W, y, label_smoothing=0.1, options=chunks)
print(str(caught[0].message).partition(";")[0])
# --8<-- [end:ignored]

# --8<-- [start:twice]
for keep in (False, True):
    chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=64, allow_retain_graph=keep)
    loss = F.linear_cross_entropy(x, W, y, options=chunks)
    loss.backward(retain_graph=True)
    try:
        loss.backward()
        print("allowed")
    except RuntimeError as error:
        print(error)
# --8<-- [end:twice]

# --8<-- [start:nothing]
for options in (None, chunks):
    loss = F.linear_cross_entropy(x, W, torch.full((N,), -100), options=options)
    (gradient,) = torch.autograd.grad(loss, W)
    print(f"loss {loss.item()}, largest gradient {gradient.abs().max().item()}")
# --8<-- [end:nothing]
loss = F.linear_cross_entropy(x, W, y, options=chunks)
assert not torch.autograd.grad(loss, x, create_graph=True)[0].requires_grad

# --8<-- [start:refused]
three = x.reshape(2, 256, features), W, y.reshape(2, 256)
soft = x[:2], W[:5], torch.full((2, 5), 0.2)
for arguments, ignored in ((three, None), (soft, -100), ((x, W[:, 1:], y), None)):
    try:
        F.linear_cross_entropy(*arguments, ignore_index=ignored)
    except RuntimeError as error:
        print(error)
# --8<-- [end:refused]
plt.show()

# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


def log_sum_exp(terms):  # log(e^a + e^b + …) over dim 0; any term may be −∞
    peak = terms.amax(0).detach().clamp(min=torch.finfo(terms.dtype).min)
    total = (terms - peak).exp().sum(0)  # at least 1, or 0 where every term is −∞
    return torch.where(total > 0, peak + total.clamp(min=1).log(), -math.inf)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-recursion]
def negative_log_likelihood(log_probs, labels, blank):  # one sequence: (T, C) and (S,)
    states = torch.full((2 * len(labels) + 1,), blank)
    states[1::2] = labels  # blank, label, blank, …, label, blank
    may_skip = states != states.roll(2)  # a blank may be left out between two different labels
    wall = log_probs.new_full((2,), -math.inf)
    alpha = log_probs.new_full((len(states),), -math.inf)
    alpha[0] = 0  # before the first frame: at the first blank, with probability 1
    for frame in log_probs:
        padded = torch.cat([wall, alpha])
        stay, step, skip = padded[2:], padded[1:-1], padded[:-2].where(may_skip, -math.inf)
        alpha = log_sum_exp(torch.stack([stay, step, skip])) + frame[states]
    return -log_sum_exp(alpha[-2:])  # the last label, or the blank after it
# --8<-- [end:from-scratch-recursion]


# --8<-- [start:from-scratch-batch]
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    frames = log_probs if log_probs.dim() == 3 else log_probs.unsqueeze(1)  # (T, N, C)
    T, _, C = frames.shape
    lengths, sizes = (torch.as_tensor(n).reshape(-1).tolist() for n in (input_lengths, target_lengths))
    if not (T > 0 and 0 <= blank < C):
        raise RuntimeError("there must be a frame, and blank must be a class")
    for values, most in ((lengths, T), (sizes, targets.size(-1))):
        if not all(0 <= value <= most for value in values):
            raise RuntimeError("a length is negative or too large")
    rows = targets.split(sizes) if targets.dim() == 1 else targets
    labels = [row[:size] for row, size in zip(rows, sizes, strict=True)]
    each = zip(frames.unbind(1), lengths, labels, strict=True)
    losses = torch.stack([negative_log_likelihood(x[:length], y, blank) for x, length, y in each])
    if zero_infinity:
        losses = losses.masked_fill(losses == math.inf, 0)
    mean = (losses / torch.tensor(sizes).clamp(min=1)).mean()
    none = losses.reshape(log_probs.shape[1:-1])  # (N), or () for one sequence alone
    return {"none": none, "mean": mean, "sum": losses.sum()}[reduction]
# --8<-- [end:from-scratch-batch]


# --8<-- [start:equal]
torch.manual_seed(0)
logits = torch.randn(12, 3, 5, dtype=torch.float64, requires_grad=True)  # T, N, C
padded = torch.tensor([[1, 1, 2], [3, 0, 0], [4, 2, 1]])
layouts, lengths = (padded, torch.tensor([1, 1, 2, 3, 4, 2, 1])), ([12, 9, 7], [3, 12, 12])
worst = 0.0
for targets, frames, reduction in itertools.product(layouts, lengths, ("none", "mean", "sum")):
    results = []
    for function in (ctc_loss, F.ctc_loss):
        loss = function(logits.log_softmax(2), targets, frames, [3, 1, 3], 0, reduction, True)
        results.append([loss, *torch.autograd.grad(loss.sum(), logits)])
    worst = max(worst, *((a - b).abs().max().item() for a, b in zip(*results, strict=True)))
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12
assert F.ctc_loss(logits.log_softmax(2), padded, [3, 12, 12], [3, 1, 3], 0, "none")[0] == math.inf  # zeroed above

# --8<-- [start:example]
probs = torch.tensor([[0.5, 0.5], [0.25, 0.75]])  # two frames: P(blank), P(a)
paths = {"aa": 0.5 * 0.75, "a-": 0.5 * 0.25, "-a": 0.5 * 0.75}
logits = probs.log().requires_grad_()  # log_softmax leaves logarithms of probabilities as they are
loss = F.ctc_loss(logits.log_softmax(1), torch.tensor([1]), (2,), (1,))
loss.backward()
print("paths   ", paths, "sum", sum(paths.values()))
print(f"loss     {loss:.4f} = -log {torch.exp(-loss):.3f}")
print("gradient", [[round(g, 4) for g in row] for row in logits.grad.tolist()])
# --8<-- [end:example]
assert sum(paths.values()) == 0.875 and torch.isclose(torch.exp(-loss), torch.tensor(0.875))
by_hand = [[0.5 - 3 / 7, 0.5 - 4 / 7], [0.25 - 1 / 7, 0.75 - 6 / 7]]
assert torch.allclose(logits.grad, torch.tensor(by_hand), atol=1e-6)

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 121, requires_grad=True)  # the logit of “a” in every frame; blank has 0
N, slopes = len(z), {}
figure, (left, right) = plt.subplots(1, 2)
for color, T, target in (("C0", 1, "a"), ("C1", 8, "a"), ("C2", 8, "aa")):
    frame = torch.stack([torch.zeros_like(z), z], 1).log_softmax(1)
    targets, sizes = torch.ones(N, len(target)), [len(target)] * N
    loss = F.ctc_loss(frame.expand(T, N, 2), targets, [T] * N, sizes, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), z)
    left.plot(z.detach(), loss.detach(), color)
    right.plot(z.detach(), slope, color)
    slopes[target, T] = slope
    right.text(3.1, slope[-1], f"“{target}”, T = {T}", color=color, va="center")
left.set(title="loss", xlabel="logit of a", xticks=range(-3, 4))
right.set(title="gradient", xlabel="logit of a", xticks=range(-3, 4))
# --8<-- [end:curves]
turns = z[slopes["a", 8].sign().diff().nonzero().flatten()]
assert [round(v, 1) for v in turns.tolist()] == [-1.8, 0.2] and (slopes["aa", 8][z > 1.1] > 0).all()

# --8<-- [start:blank]
log_probs = torch.randn(6, 4).log_softmax(1)
first = F.ctc_loss(log_probs, torch.tensor([1, 3]), (6,), (2,))  # blank 0, letters 1 to C − 1
moved = log_probs.roll(-1, dims=1)  # the blank becomes the last output
last = F.ctc_loss(moved, torch.tensor([0, 2]), (6,), (2,), blank=3)  # letters 0 to C − 2
print(f"blank=0: {first:.5f}, blank=C-1: {last:.5f}")
# --8<-- [end:blank]
assert torch.isclose(first, last)

# --8<-- [start:reduction]
frames = torch.full((10, 2, 5), 1 / 5).log()  # ten frames, five classes, all equally likely
batch = frames, torch.tensor([[1, 0, 0, 0], [1, 2, 3, 4]]), torch.tensor([10, 10])
sizes = torch.tensor([1, 4])
none, total, mean = (F.ctc_loss(*batch, sizes, reduction=r) for r in ("none", "sum", "mean"))
print("none", [round(v, 3) for v in none.tolist()], f"sum {total:.3f}, mean {mean:.3f}")
print(f"(none / sizes).mean() {(none / sizes).mean():.3f}, none.mean() {none.mean():.3f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, (none / sizes).mean()) and round(none.mean().item(), 3) == 10.087
assert torch.isclose(F.ctc_loss(*batch, 0 * sizes), torch.tensor(10 * math.log(5)))  # divided by 1, not by 0

# --8<-- [start:zero-infinity]
x, targets = torch.randn(3, 2, 4), torch.tensor([[1, 1, 2], [1, 2, 3]])
for zero in (False, True):
    logits = x.clone().requires_grad_()
    loss = F.ctc_loss(logits.log_softmax(2), targets, (3, 3), (3, 3), reduction="none", zero_infinity=zero)
    loss.sum().backward()
    nans = logits.grad.isnan().any(2).any(0).tolist()
    print(f"{zero!s:5} loss {[round(v, 2) for v in loss.tolist()]}, nan in the gradient {nans}")
# --8<-- [end:zero-infinity]
mean = F.ctc_loss(x.log_softmax(2), targets, (3, 3), (3, 3), zero_infinity=True)
assert loss[0] == 0 and not logits.grad[:, 0].any() and torch.isclose(mean, loss[1] / 3 / 2)

# --8<-- [start:lengths]
log_probs = torch.randn(8, 2, 4).log_softmax(2)  # T = 8; of the second sequence, 5 frames are real
for targets in (torch.tensor([[1, 2, 2], [3, 0, 0]]), torch.tensor([1, 2, 2, 3])):
    loss = F.ctc_loss(log_probs, targets, (8, 5), (3, 1), reduction="none")
    print([round(v, 4) for v in loss.tolist()], "targets", tuple(targets.shape))
alone = F.ctc_loss(log_probs[:5, 1], torch.tensor([3]), (5,), (1,), reduction="none")
print("second alone", round(alone.item(), 4), "shape", tuple(alone.shape))
# --8<-- [end:lengths]
assert torch.isclose(alone, loss[1]) and alone.shape == ()

# --8<-- [start:own-value]
paths = math.comb(10 + 4, 2 * 4)  # of 10 frames that spell 4 different letters; each has probability 5^−10
one = torch.full((10, 5), 1 / 5).log(), torch.tensor([1, 2, 3, 4]), (10,), (4,)
print(f"{paths} paths, by hand {-math.log(paths / 5**10):.3f}")
print(f"default {F.ctc_loss(*one):.3f}, reduction='none' {F.ctc_loss(*one, reduction='none'):.3f}")
# --8<-- [end:own-value]
assert paths == 3003 and round(none[1].item(), 3) == 8.087 == round(-math.log(paths / 5**10), 3)

# --8<-- [start:frames]
word = torch.tensor([[8, 5, 12, 12, 15]])  # “hello”: five letters, two equal ones side by side
losses = {T: F.ctc_loss(torch.zeros(T, 1, 27).log_softmax(2), word, (T,), (5,)).item() for T in range(4, 8)}
print({T: round(loss, 2) for T, loss in losses.items()})
# --8<-- [end:frames]
assert losses[5] == math.inf and losses[6] < math.inf

# --8<-- [start:logits]
logits, raw = 3 * torch.randn(8, 1, 4), {}
for name, x in (("logits", logits), ("logits + 1", logits + 1), ("log_softmax", logits.log_softmax(2))):
    raw[name] = F.ctc_loss(x, torch.tensor([[1, 2]]), (8,), (2,), reduction="sum").item()
    print(f"{name:11} loss {raw[name]:7.3f}")
# --8<-- [end:logits]
assert math.isclose(raw["logits"] - raw["logits + 1"], 8, rel_tol=1e-4) and raw["logits"] < 0 < raw["log_softmax"]

# --8<-- [start:gradient]
log_probs = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.6, 0.2]]).double().log().requires_grad_()
arguments = torch.tensor([1]), (2,), (1,)  # class 2 is not in the target
library, exact = (torch.autograd.grad(f(log_probs, *arguments), log_probs)[0] for f in (F.ctc_loss, ctc_loss))
for name, gradient in (("library", library), ("exact", exact), ("difference", library - exact)):
    print(f"{name:10}", [[round(v, 3) for v in row] for row in gradient.tolist()])
# --8<-- [end:gradient]
assert torch.allclose(library - exact, log_probs.exp()) and not exact[:, 2].any()

# --8<-- [start:masked]
for fill in (-math.inf, -1e4):
    logits = torch.tensor([0.0, 1.0, 1.0, fill]).repeat(6, 1, 1).requires_grad_()  # never use class 3
    loss = F.ctc_loss(logits.log_softmax(2), torch.tensor([[1, 2]]), (6,), (2,), zero_infinity=True)
    loss.backward()
    print(f"mask {fill:8}: loss {loss.item():.3f}, gradient nan: {logits.grad.isnan().all().item()}")
# --8<-- [end:masked]

# --8<-- [start:batch-first]
log_probs = torch.randn(2, 5, 4).log_softmax(2)  # (N, T, C), as most networks put it out
rest = torch.tensor([[1, 2], [3, 1]]), (5, 5), (2, 2)
try:
    F.ctc_loss(log_probs, *rest)
except RuntimeError as error:
    print("error:", error)
print(f"right: {F.ctc_loss(log_probs.transpose(0, 1), *rest):.3f}")
# --8<-- [end:batch-first]
F.ctc_loss(torch.randn(5, 5, 4).log_softmax(2), torch.ones(5, 2), (5,) * 5, (2,) * 5)  # N = T: nobody notices

# --8<-- [start:unchecked]
memory = torch.tensor([-math.log(4)] * 4 + [5.0]).repeat(5, 1, 1)
log_probs = memory[..., :4]  # four classes, 0 to 3; the number behind them is not yours
for target in ([1, 3], [1, 0], [1, 4]):
    loss = F.ctc_loss(log_probs, torch.tensor([target]), (5,), (2,), reduction="sum")
    print(f"target {target}: loss {loss:.3f}")
# --8<-- [end:unchecked]
assert loss < 0
plt.show()

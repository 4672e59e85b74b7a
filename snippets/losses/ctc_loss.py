# --8<-- [start:call]
import torch
from torch import nn

loss = nn.CTCLoss()
log_probs = torch.zeros(3, 2).log_softmax(1)  # 3 frames, 2 classes: blank and “a”
target = torch.tensor([1])  # “a”
print(f"loss {loss(log_probs, target, (3,), (1,)):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
ways = [[key for key, _ in itertools.groupby(path) if key] for path in itertools.product((0, 1), repeat=3)]
assert len(ways) == 8, "eight ways through three frames"
assert ways.count([1]) == 6, "six of them spell “a”"
spelled = F.ctc_loss(log_probs, target, (3,), (1,)).item()
assert f"{spelled:.4f}" == f"{-math.log(6 / 8):.4f}" == "0.2877", "the loss is −log 6/8 = 0.2877"


# --8<-- [start:from-scratch]
def log_sum_exp(terms):  # log(e^a + e^b + …) over dim 0; any term may be −∞
    peak = terms.amax(0).detach().clamp(min=torch.finfo(terms.dtype).min)
    total = (terms - peak).exp().sum(0)  # at least 1, or 0 if every term is −∞
    return torch.where(total > 0, peak + total.clamp(min=1).log(), -math.inf)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-recursion]
def negative_log_likelihood(log_probs, labels, blank):  # one: (T, C) and (S,)
    states = torch.full((2 * len(labels) + 1,), blank)
    states[1::2] = labels  # blank, label, blank, …, label, blank
    may_skip = states != states.roll(2)  # over a blank between different labels
    wall = log_probs.new_full((2,), -math.inf)
    alpha = log_probs.new_full((len(states),), -math.inf)
    alpha[0] = 0  # before the first frame: at the first blank, with probability 1
    for frame in log_probs:
        padded = torch.cat([wall, alpha])
        stay, step = padded[2:], padded[1:-1]
        skip = padded[:-2].where(may_skip, -math.inf)
        alpha = log_sum_exp(torch.stack([stay, step, skip])) + frame[states]
    return -log_sum_exp(alpha[-2:])  # the last label, or the blank after it
# --8<-- [end:from-scratch-recursion]


# --8<-- [start:from-scratch-lengths]
def checked(lengths, longest):  # a tensor, tuple, list or number as a list
    lengths = torch.as_tensor(lengths).reshape(-1).tolist()
    for length in lengths:
        if not 0 <= length <= longest:
            raise RuntimeError("a length is negative or too large")
    return lengths
# --8<-- [end:from-scratch-lengths]


# --8<-- [start:from-scratch-batch]
def ctc_loss(
    log_probs,
    targets,
    input_lengths,
    target_lengths,
    blank=0,
    reduction="mean",
    zero_infinity=False,
):
    batched = log_probs if log_probs.dim() == 3 else log_probs.unsqueeze(1)
    frames, _, classes = batched.shape
    if not (frames > 0 and 0 <= blank < classes):
        raise RuntimeError("there must be a frame, and blank must be a class")
    sizes = checked(target_lengths, targets.size(-1))
    rows = targets.split(sizes) if targets.dim() == 1 else targets
    lengths, losses = checked(input_lengths, frames), []
    sequences = zip(batched.unbind(1), lengths, rows, sizes, strict=True)
    for x, length, row, size in sequences:
        losses.append(negative_log_likelihood(x[:length], row[:size], blank))
    losses = torch.stack(losses).reshape(log_probs.shape[1:-1])  # (N) or ()
    if zero_infinity:
        losses = losses.masked_fill(losses == math.inf, 0)
    mean = (losses / torch.tensor(sizes).clamp(min=1)).mean()
    return {"none": losses, "mean": mean, "sum": losses.sum()}[reduction]
# --8<-- [end:from-scratch-batch]


# --8<-- [start:equal]
torch.manual_seed(0)
logits = torch.randn(12, 3, 5, dtype=torch.float64, requires_grad=True)  # T, N, C
padded = torch.tensor([[1, 1, 2], [3, 0, 0], [4, 2, 1]])
in_one_row = torch.tensor([1, 1, 2, 3, 4, 2, 1])
layouts, lengths = (padded, in_one_row), ([12, 9, 7], [3, 12, 12])
worst = 0.0
reductions = "none", "mean", "sum"
for targets, frames, reduction in itertools.product(layouts, lengths, reductions):
    results = []
    for function in (ctc_loss, F.ctc_loss):
        arguments = logits.log_softmax(2), targets, frames, [3, 1, 3]
        loss = function(*arguments, reduction=reduction, zero_infinity=True)
        results.append((loss, *torch.autograd.grad(loss.sum(), logits)))
    for ours, library in zip(*results, strict=True):
        worst = max(worst, (ours - library).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "value and gradient by the logits equal the library's"
for function, wanted in ((F.ctc_loss, True), (ctc_loss, False)):
    loss = function(logits.log_softmax(2), padded, [3, 12, 12], [3, 1, 3], reduction="none")
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    assert loss[0] == math.inf, "in the second set, one target does not fit into its 3 frames"
    assert gradient[:3, 0].isnan().any() == wanted, "the library's gradient is `nan` there, and this one's is not"
    assert wanted or not gradient[:, 0].any(), "and this one is 0"

try:
    ctc_loss(logits.log_softmax(2)[:, 0], torch.tensor([5]), 12, 1)
    raised = False
except IndexError:
    raised = True
assert raised, "the reference raises `IndexError` for a label beyond the last class"

# --8<-- [start:example]
probs = torch.tensor([[0.5, 0.5], [0.25, 0.75]])  # two frames: P(blank), P(a)
paths = {"aa": 0.5 * 0.75, "a-": 0.5 * 0.25, "-a": 0.5 * 0.75}
logits = probs.log().requires_grad_()  # log_softmax does not change them
loss = F.ctc_loss(logits.log_softmax(1), torch.tensor([1]), (2,), (1,))
loss.backward()
print("paths   ", paths, "sum", sum(paths.values()))
print(f"loss     {loss:.4f} = -log {torch.exp(-loss):.3f}")
print("gradient", [[round(g, 4) for g in row] for row in logits.grad.tolist()])
# --8<-- [end:example]
assert 0.5 * 0.25 == 0.125, "the probability of `--` is 0.5 · 0.25 = 0.125"
assert sum(paths.values()) == 1 - 0.125, "the others add up to 0.875"
assert math.isclose(torch.exp(-loss).item(), 0.875, rel_tol=1e-6), "the loss is −log 0.875"
assert math.isclose((0.375 + 0.125) / 0.875, 4 / 7), "the share is (0.375 + 0.125) / 0.875 = 4/7"
assert math.isclose(0.75 / 0.875, 6 / 7), "in frame 2 the share is 0.75 / 0.875 = 6/7"
first, second = logits.grad[:, 1].tolist()
assert round(first, 4) == round(0.5 - 4 / 7, 4) == -0.0714, "the gradient is 0.5 − 4/7 = −0.0714"
assert round(second, 4) == round(0.75 - 6 / 7, 4) == -0.1071, "the gradient is 0.75 − 6/7 = −0.1071"

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 121, requires_grad=True)  # the logit of “a”; blank has 0
frame = torch.stack([torch.zeros_like(z), z], 1).log_softmax(1)
figure, (left, right) = plt.subplots(1, 2)
curves = {}
sides = "bottom", "top", "center"  # of the names, beside their curves
cases = ("C0", 1, "a"), ("C1", 8, "a"), ("C2", 8, "aa")
for (color, frames, word), side in zip(cases, sides, strict=True):
    targets = torch.ones(121, len(word), dtype=torch.int64)
    lengths = torch.full((121,), frames), torch.full((121,), len(word))
    log_probs = frame.expand(frames, 121, 2)  # the same logit in every frame
    loss = F.ctc_loss(log_probs, targets, *lengths, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), z, retain_graph=True)
    left.plot(z.detach(), loss.detach(), color)
    right.plot(z.detach(), slope, color)
    name = f"“{word}”, T = {frames}"
    right.text(3.1, slope[-1].item(), name, color=color, va=side)
    curves[word, frames] = loss, slope
left.set(title="loss", xlabel="logit of a", xticks=range(-3, 4))
right.set(title="gradient", xlabel="logit of a", xticks=range(-3, 4))
# --8<-- [end:curves]
loss, slope = curves["a", 1]
assert torch.allclose(loss, F.softplus(-z), atol=1e-5), "with T = 1 it is log(1 + e^−z)"
assert (slope < 0).all(), "for “a” in one frame it falls steadily"
slope = curves["a", 8][1]
turns = z[slope.sign().diff().nonzero().flatten()].tolist()
assert [round(turn, 1) for turn in turns] == [-1.8, 0.2], "it turns at z = −1.8 and z = 0.2"
assert (slope[(z > -1.75) & (z < 0.15)] > 0).all(), "between them the loss rises with the logit of the right letter"
assert turns[1] > 0, "z = 0, where both classes are equally likely, is left of the ridge"
loss, slope = curves["aa", 8]
assert round(z[loss.argmin()].item(), 1) == 1.0, "the loss of “aa” is lowest at z = 1.0"
assert (slope[z > 1.05] > 0).all(), "so its loss rises again beyond"

# --8<-- [start:blank]
log_probs = torch.randn(6, 4).log_softmax(1)
first = F.ctc_loss(log_probs, torch.tensor([1, 3]), (6,), (2,))  # 1 to C − 1
moved = log_probs.roll(-1, dims=1)  # the blank becomes the last output
last = F.ctc_loss(moved, torch.tensor([0, 2]), (6,), (2,), blank=3)  # 0 to C − 2
print(f"blank=0: {first:.5f}, blank=C-1: {last:.5f}")
# --8<-- [end:blank]
assert torch.isclose(first, last), "move the network's output along, and nothing changes"

# --8<-- [start:reduction]
frames = torch.full((10, 2, 5), 1 / 5).log()  # 10 frames, 5 equal classes
batch = frames, torch.tensor([[1, 0, 0, 0], [1, 2, 3, 4]]), torch.tensor([10, 10])
sizes = torch.tensor([1, 4])
none = F.ctc_loss(*batch, sizes, reduction="none")
total = F.ctc_loss(*batch, sizes, reduction="sum")
mean = F.ctc_loss(*batch, sizes)
each = [round(loss, 3) for loss in none.tolist()]
print("none", each, f"sum {total:.3f}, mean {mean:.3f}")
print(f"(none / sizes).mean() {(none / sizes).mean():.3f}")
print(f"none.mean()           {none.mean():.3f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, (none / sizes).mean()), "each loss is divided by its own target length first"
assert not torch.isclose(mean, none.mean()), "`mean` is not the mean of `none`"
assert torch.isclose(total / 2, none.mean()), "for a plain mean take `sum` and divide by the batch size"
empty = F.ctc_loss(*batch, 0 * sizes)
assert torch.isclose(empty, torch.tensor(10 * math.log(5))), "an empty target is divided by 1"

# --8<-- [start:zero-infinity]
x, targets = torch.randn(3, 2, 4), torch.tensor([[1, 1, 2], [1, 2, 3]])
print("zero_infinity  losses     nan in the gradient")
for zero in (False, True):
    logits = x.clone().requires_grad_()
    arguments = logits.log_softmax(2), targets, (3, 3), (3, 3)
    loss = F.ctc_loss(*arguments, reduction="none", zero_infinity=zero)
    loss.sum().backward()
    nans = logits.grad.isnan().any(2).any(0).tolist()
    losses = ", ".join(f"{value:.2f}" for value in loss)
    print(f"{zero!s:13}  {losses:9}  {nans[0]}, {nans[1]}")
# --8<-- [end:zero-infinity]
assert loss[0] == 0, "it adds 0 to the loss"
assert not logits.grad[:, 0].any(), "and 0 to the gradient"
mean = F.ctc_loss(*arguments, zero_infinity=True)
assert torch.isclose(mean, loss[1] / 3 / 2), "it still counts in N: `mean` is (0 + loss / 3) / 2"
for reduction in ("mean", "sum"):
    assert F.ctc_loss(*arguments, reduction=reduction) == math.inf, "one such sequence makes `mean` and `sum` infinite"

# --8<-- [start:lengths]
log_probs = torch.randn(8, 2, 4).log_softmax(2)  # of the second, 5 frames are real
for targets in (torch.tensor([[1, 2, 2], [3, 0, 0]]), torch.tensor([1, 2, 2, 3])):
    loss = F.ctc_loss(log_probs, targets, (8, 5), (3, 1), reduction="none")
    losses = [round(value, 4) for value in loss.tolist()]
    print(losses, "targets", tuple(targets.shape))
second = log_probs[:5, 1]
alone = F.ctc_loss(second, torch.tensor([3]), (5,), (1,), reduction="none")
print("second alone", round(alone.item(), 4), "shape", tuple(alone.shape))
# --8<-- [end:lengths]
assert torch.isclose(alone, loss[1]), "frames beyond `input_lengths` and labels beyond `target_lengths` do not matter"
mixtures = {TypeError: ((8, 5), torch.tensor([3, 1])), RuntimeError: ((8, 5), (3, 2))}
for expected, mixture in mixtures.items():
    try:
        F.ctc_loss(log_probs, targets, *mixture)
        raised = None
    except (TypeError, RuntimeError) as error:
        raised = type(error)
    assert raised is expected, "a mixture is a `TypeError`; in one row the lengths must add up"
assert F.ctc_loss(log_probs, targets, [8, 5], (3, 1)).isfinite(), "tuples or lists"
plt.show()

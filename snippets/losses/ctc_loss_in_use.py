# --8<-- [start:imports]
import itertools
import math

import torch
import torch.nn.functional as F

# --8<-- [end:imports]

# --8<-- [start:own-value]
paths = math.comb(10 + 4, 2 * 4)  # each of the paths has probability 5^−10
frames = torch.full((10, 5), 1 / 5).log()
one = frames, torch.tensor([1, 2, 3, 4]), (10,), (4,)
print(f"{paths} paths, by hand {-math.log(paths / 5**10):.3f}")
print(f"reduction='none'     {F.ctc_loss(*one, reduction='none'):.3f}")
print(f"default              {F.ctc_loss(*one):.3f}")
# --8<-- [end:own-value]
assert paths == math.comb(14, 8) == 3003, "they have (14 over 8) = 3003 paths"
collapsed = {}
for path in itertools.product(range(3), repeat=5):  # 5 frames, 2 different letters: (7 over 4)
    spelled = tuple(label for label, _ in itertools.groupby(path) if label)
    collapsed[spelled] = collapsed.get(spelled, 0) + 1
assert collapsed[1, 2] == math.comb(5 + 2, 2 * 2), "you can count this one"
assert f"{F.ctc_loss(*one, reduction='none'):.2f}" == "8.09", "my own computation, 2.02 instead of 8.09"
assert f"{F.ctc_loss(*one):.2f}" == "2.02", "my own computation, 2.02 instead of 8.09"

# --8<-- [start:frames]
word = torch.tensor([[8, 5, 12, 12, 15]])  # “hello”: two equal letters side by side
print("frames   loss")
for frames in (4, 5, 6, 7):
    log_probs = torch.zeros(frames, 1, 27).log_softmax(2)
    loss = F.ctc_loss(log_probs, word, (frames,), (5,))
    print(f"{frames:<6}  {loss:5.2f}")
# --8<-- [end:frames]
for letters in itertools.product((1, 2), repeat=4):
    repeats = sum(a == b for a, b in itertools.pairwise(letters))
    fits = [
        F.ctc_loss(torch.zeros(t, 1, 3).log_softmax(2), torch.tensor([letters]), (t,), (4,)).isfinite().item()
        for t in range(1, 9)
    ]
    assert fits.index(True) + 1 == 4 + repeats, "one frame per label, and one more blank between two equal neighbours"
assert 2 * 5 + 1 == 11, "not 2 S + 1 = 11"

# --8<-- [start:empty]
log_probs = torch.randn(8, 4, generator=torch.manual_seed(0)).log_softmax(1)
nothing = torch.empty(0, dtype=torch.int64)
print(f"library {F.ctc_loss(log_probs, nothing, (8,), (0,)):.4f}")
print(f"by hand {-log_probs[:, 0].sum():.4f}")
# --8<-- [end:empty]
empty = F.ctc_loss(log_probs, nothing, (8,), (0,))
assert torch.isclose(empty, -log_probs[:, 0].sum()), "an empty target: minus the sum of log p(blank)"
assert F.ctc_loss(log_probs, torch.tensor([[3, 2]]), (8,), (0,)) == empty, "a padded row with length 0 does the same"

# --8<-- [start:logits]
logits = 3 * torch.randn(8, 1, 4)
inputs = {
    "logits": logits,
    "logits + 1": logits + 1,
    "log_softmax": logits.log_softmax(2),
    "softmax": logits.softmax(2),
}
losses = {}
print("input           loss")
for name, x in inputs.items():
    loss = F.ctc_loss(x, torch.tensor([[1, 2]]), (8,), (2,), reduction="sum")
    losses[name] = loss.item()
    print(f"{name:11}  {loss:7.2f}")
# --8<-- [end:logits]
fall = losses["logits"] - losses["logits + 1"]
assert math.isclose(fall, 8, rel_tol=1e-4), "add 1 to every logit and the “loss” falls by T = 8"
assert losses["logits"] < 0, "you passed logits: the loss is negative"
assert losses["softmax"] < 0, "`Softmax` without the logarithm is negative as well"
assert losses["log_softmax"] > 0, "with log_softmax it is positive"

# --8<-- [start:gradient]
p = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.6, 0.2]], dtype=torch.float64)
x = p.log().requires_grad_()  # two frames; class 2 is not in the target
loss = F.ctc_loss(x, torch.tensor([1]), (2,), (1,))
paths = torch.stack([x[0, 1] + x[1, 1], x[0, 1] + x[1, 0], x[0, 0] + x[1, 1]])
by_definition = -paths.logsumexp(0)
(library,) = torch.autograd.grad(loss, x)
(exact,) = torch.autograd.grad(by_definition, x)
table = {"library": library, "exact": exact, "difference": library - exact}
for name, gradient in table.items():
    print(f"{name:10}", [[round(g, 3) for g in row] for row in gradient.tolist()])
# --8<-- [end:gradient]
assert torch.isclose(loss, by_definition), "the loss is the sum over the paths"
share = (p[0, 1] * p[1, 1] + p[0, 1] * p[1, 0]) / paths.exp().sum()
assert torch.isclose(exact[0, 1], -share), "the exact derivative is minus the share of the paths that use the class"
assert torch.allclose(library - exact, p), "the library adds p"
assert library.sum(1).abs().max() < 1e-12, "its rows add up to 0"
logits = p.log().requires_grad_()
(behind,) = torch.autograd.grad(F.ctc_loss(logits.log_softmax(1), torch.tensor([1]), (2,), (1,)), logits)
assert torch.allclose(behind, library), "`log_softmax` passes it on unchanged"
(gradient,) = torch.autograd.grad(
    F.ctc_loss(x, torch.tensor([1]), (2,), (1,)), x, create_graph=True
)
try:
    torch.autograd.grad(gradient.sum(), x)
    message = ""
except RuntimeError as error:
    message = str(error)
assert "_ctc_loss_backward is not implemented" in message, "there is no second derivative in torch 2.13 either"

# --8<-- [start:masked]
targets = torch.tensor([[1, 2]])
print("mask      loss  nan in the gradient")
for fill in (-math.inf, -1e4):  # class 3 must not occur
    logits = torch.tensor([0.0, 1.0, 1.0, fill]).repeat(6, 1, 1).requires_grad_()
    log_probs = logits.log_softmax(2)
    loss = F.ctc_loss(log_probs, targets, (6,), (2,), zero_infinity=True)
    loss.backward()
    lost = logits.grad.isnan().any()
    print(f"{fill:<8}  {loss:.3f}  {lost}")
# --8<-- [end:masked]
assert not logits.grad.isnan().any(), "with −10⁴ the gradient is finite"
infinite = torch.tensor([0.0, 1.0, 1.0, -math.inf]).repeat(6, 1, 1).requires_grad_()
loss_inf = F.ctc_loss(infinite.log_softmax(2), torch.tensor([[1, 2]]), (6,), (2,), zero_infinity=True)
(gradient,) = torch.autograd.grad(loss_inf, infinite)
assert gradient.isnan().any(), "the gradient is nan"
assert loss_inf.isfinite(), "although the loss is finite, so `zero_infinity` does not help"
three = F.ctc_loss(logits[..., :3].log_softmax(2), targets, (6,), (2,))
assert torch.isclose(loss, three), "the loss is right"

# --8<-- [start:batch-first]
log_probs = torch.randn(2, 5, 4).log_softmax(2)  # (N, T, C): batch first
rest = torch.tensor([[1, 2], [3, 1]]), (5, 5), (2, 2)
try:
    F.ctc_loss(log_probs, *rest)
except RuntimeError as error:
    print("error:", error)
print(f"right: {F.ctc_loss(log_probs.transpose(0, 1), *rest):.3f}")
# --8<-- [end:batch-first]
square = torch.randn(5, 5, 4).log_softmax(2)  # N = T
rest = torch.ones(5, 2, dtype=torch.int64), (5,) * 5, (2,) * 5
assert F.ctc_loss(square, *rest).isfinite(), "if they happen to be equal you get a number"
assert F.ctc_loss(square, *rest) != F.ctc_loss(square.transpose(0, 1), *rest), "and it is a wrong one"

# --8<-- [start:types]
log_probs = torch.randn(8, 4).log_softmax(1)
print("targets       loss")
for labels in ([1, 2], [1.7, 2.2]):
    loss = F.ctc_loss(log_probs, torch.tensor(labels), (8,), (2,))
    print(f"{labels!s:10}  {loss:.4f}")
# --8<-- [end:types]
whole, cut = (F.ctc_loss(log_probs, torch.tensor(y), (8,), (2,)) for y in ([1, 2], [1.7, 2.2]))
assert whole == cut, "[1.7, 2.2] becomes [1, 2]"
for dtype in (torch.uint8, torch.int16, torch.int32):
    assert F.ctc_loss(log_probs, torch.tensor([1, 2], dtype=dtype), (8,), (2,)) == whole, "every integer type works"
try:
    F.ctc_loss(log_probs, torch.tensor([1, 2]), torch.tensor([8.0]), torch.tensor([2.0]))
    message = ""
except RuntimeError as error:
    message = str(error)
assert message == "input_lengths must be integral", "`input_lengths must be integral`"

# --8<-- [start:unchecked]
memory = torch.tensor([-math.log(4)] * 4 + [5.0]).repeat(5, 1, 1)
log_probs = memory[..., :4]  # classes 0 to 3; the number behind them is not yours
print("target    loss")
for labels in ([1, 3], [1, 0], [1, 4]):
    target = torch.tensor([labels])
    loss = F.ctc_loss(log_probs, target, (5,), (2,), reduction="sum")
    print(f"{labels}  {loss:6.3f}")
# --8<-- [end:unchecked]
assert loss < 0, "a label beyond the last class reads the memory behind the tensor"
assert memory[0, 0, 4] == 5.0, "here that memory holds 5.0"
for dtype, name in ((torch.bfloat16, "BFloat16"), (torch.float16, "Half")):
    half = log_probs[..., :3].to(dtype).log_softmax(2)
    try:
        F.ctc_loss(half, torch.tensor([[1, 2]]), (5,), (2,))
        message = ""
    except NotImplementedError as error:
        message = str(error)
    assert message == f"\"ctc_loss_cpu\" not implemented for '{name}'", "on the CPU torch 2.13 raises"
    with torch.autocast("cpu", torch.bfloat16):
        loss = F.ctc_loss(half, torch.tensor([[1, 2]]), (5,), (2,))
    assert loss.dtype == torch.float32, "autocast computes this loss in float32"

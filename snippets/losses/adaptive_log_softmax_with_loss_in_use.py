# --8<-- [start:imports]
import warnings

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:log-prob]
torch.manual_seed(0)
model = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 10], head_bias=True)
x, y = torch.randn(6, 16), torch.tensor([0, 4, 5, 9, 10, 19])
output, loss = model(x, y)
full = model.log_prob(x)  # (6, 20)
at_target = full.gather(1, y[:, None])[:, 0]
print("probabilities add up to", round(full.exp().sum(1).mean().item(), 4))
print("output is log_prob at the target:", torch.allclose(output, at_target))
nll = F.nll_loss(full, y)
print("loss is nll_loss of log_prob:", torch.isclose(loss, nll).item())
print("predict is the argmax:", torch.equal(model.predict(x), full.argmax(1)))
print("head bias", tuple(model.head.bias.shape))
# --8<-- [end:log-prob]
assert torch.allclose(full.exp().sum(1), torch.ones(6)), "the probabilities of all classes add up to 1"
assert torch.allclose(output, at_target), "the log-probability of each target"
assert torch.isclose(loss, F.nll_loss(full, y)), "an exact likelihood"
assert torch.equal(model.predict(x), full.argmax(1)), "the best class"
assert model.head.bias.numel() == 5 + 2, "one number per output of the head, here 5 + 2"
assert not any("bias" in name for name, _ in model.tail.named_parameters()), "the tails never have a bias"
calls = []
for tail in model.tail:
    tail.register_forward_hook(lambda *_: calls.append(1))
model.log_prob(x)
assert len(calls) == 2, "`log_prob` evaluates all tails"
with torch.no_grad():
    model.head.bias[0] = 100.0  # every sample's best head output is the word 0
calls.clear()
model.predict(x)
assert len(calls) == 0, "only `predict` skips the tails, for samples whose best head output is a word"

# --8<-- [start:padding]
x = torch.randn(2, 3, 16)  # (N, T, features)
y = torch.tensor([[4, 12, 7], [1, -100, -100]])  # (N, T), the last two are padding
for inputs, targets in ((x, y), (x.flatten(0, 1), y.flatten())):
    try:
        model(inputs, targets)
    except RuntimeError as error:
        print("error:", error)
real = y != -100
output, loss = model(x[real], y[real])  # (4, 16) and (4): flattened and filtered
print("output", tuple(output.shape))
# --8<-- [end:padding]
assert output.shape == (4,), "flatten, and select what is real"
assert torch.isclose(loss, -output.sum() / 4), "`-output` is the loss per sample"
assert output.max() < 0, "`output` itself is a log-probability, so it is negative"

# --8<-- [start:range]
for target in (19, 20):
    try:
        output, loss = model(torch.zeros(1, 16), torch.tensor([target]))
        print(target, "output of shape", tuple(output.shape))
    except RuntimeError as error:
        print(target, "error:", error)
# --8<-- [end:range]
assert target == model.n_classes, "may a target be n_classes? No"

# --8<-- [start:no-width]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = nn.AdaptiveLogSoftmaxWithLoss(32, 10_000, [10, 100, 1000])
print("warning:", caught[0].message)
print("widths", [down.out_features for down, up in model.tail])
inside = model.log_prob(torch.randn(5, 32))[:, 1000:].softmax(1)
print(f"inside the last cluster: {inside.min():.7f} to {inside.max():.7f}")
# --8<-- [end:no-width]
assert model.tail[2][0].out_features == 0, "the third cluster has ⌊32 / 64⌋ = 0 features"
assert torch.allclose(inside, torch.tensor(1 / 9000), rtol=1e-4), "inside it every class has the same probability"
assert 4**3 > 32, "keep div_value^K ≤ in_features"

# --8<-- [start:autocast]
model = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5])
x, y = torch.randn(4, 16), torch.tensor([0, 1, 2, 7])
with torch.autocast("cpu", dtype=torch.bfloat16):
    try:
        model(x, y)
    except RuntimeError as error:
        print("error:", error)
    model(x, torch.tensor([0, 1, 2, 3]))  # no target in the tail, no error
    with torch.autocast("cpu", enabled=False):
        print("float32:", model(x.float(), y).loss.dtype)
# --8<-- [end:autocast]

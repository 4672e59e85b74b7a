# --8<-- [start:imports]
import dataclasses
import textwrap
import warnings

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:options]
options = nn.LinearCrossEntropyOptions()
print("option              default")
for field in dataclasses.fields(options):
    print(f"{field.name:18}  {getattr(options, field.name)}")
# --8<-- [end:options]

# --8<-- [start:module]
torch.manual_seed(0)
h, target = torch.randn(512, 32), torch.randint(8192, (512,))
criterion = nn.LinearCrossEntropyLoss(32, 8192)
print([(name, tuple(p.shape)) for name, p in criterion.named_parameters()])
print("logits", tuple(criterion.linear(h).shape))
print("loss  ", tuple(criterion(h, target).shape))
# --8<-- [end:module]
assert criterion.linear.bias is None, "there is no bias by default"
assert nn.Linear(2, 2).bias is not None, "unlike in `nn.Linear`"
embedding = nn.Embedding(8192, 32)
tied = F.linear_cross_entropy(h, embedding.weight, target)
assert torch.isclose(tied, F.cross_entropy(h @ embedding.weight.T, target)), "use the function with its weight"

# --8<-- [start:outputs]
criterion = nn.LinearCrossEntropyLoss(32, 10, out_features=(4, 3))
digits = torch.randint(10, (512, 4, 3))  # 4 × 3 answers per sample
print("weight", tuple(criterion.linear.weight.shape))
print("loss  ", tuple(criterion(h, digits).shape))
# --8<-- [end:outputs]
assert 10 * 4 * 3 == 120, "10 · 4 · 3 = 120"
assert len(criterion.linear.weight) == 120, "one matrix with 10 · 4 · 3 = 120 rows"

# --8<-- [start:ignored]
W, chunks = torch.randn(8192, 32), nn.LinearCrossEntropyOptions(batch_chunk_size=64)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.linear_cross_entropy(h, W, target, label_smoothing=0.1, options=chunks)
print(textwrap.fill(str(caught[0].message), 80))
# --8<-- [end:ignored]
probabilities = torch.full((512, 4), 0.25)
for name, call in {
    "probabilities": lambda: F.linear_cross_entropy(h, W[:4], probabilities, options=chunks),
    "more than two dimensions": lambda: F.linear_cross_entropy(
        h, W[:120].reshape(10, 4, 3, 32), digits, options=chunks
    ),
}.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert "``options`` ignored" in str(caught[0].message), f"{name}: you get a warning and the direct way"

# --8<-- [start:twice]
W.requires_grad_()
for keep in (False, True):
    chunks = nn.LinearCrossEntropyOptions(
        batch_chunk_size=64, allow_retain_graph=keep
    )
    loss = F.linear_cross_entropy(h, W, target, options=chunks)
    loss.backward(retain_graph=True)
    try:
        loss.backward()
        print(f"allow_retain_graph={keep}: allowed")
    except RuntimeError as error:
        print(f"allow_retain_graph={keep}:")
        print(textwrap.fill(str(error), 80))
# --8<-- [end:twice]

# --8<-- [start:nothing]
padding = torch.full((512,), -100)
print("way     loss  largest gradient")
for options in (None, chunks):
    loss = F.linear_cross_entropy(h, W, padding, options=options)
    (gradient,) = torch.autograd.grad(loss, W)
    largest = gradient.abs().max().item()
    name = "direct" if options is None else "chunks"
    print(f"{name}  {loss.item():4}  {largest:16}")
# --8<-- [end:nothing]
(gradient,) = torch.autograd.grad(F.linear_cross_entropy(h, W, padding, options=chunks), W)
assert gradient.isnan().all(), "one optimizer step spreads it into every weight"
loss = F.linear_cross_entropy(h, W, target, options=chunks)
(gradient,) = torch.autograd.grad(loss, W, create_graph=True)
assert not gradient.requires_grad, "even with `create_graph=True` the gradient is a constant to autograd"
(gradient,) = torch.autograd.grad(F.linear_cross_entropy(h, W, target), W, create_graph=True)
assert gradient.requires_grad, "use `options=None` for them"

# --8<-- [start:refused]
long = h.reshape(2, 256, 32), W, target.reshape(2, 256)  # (N, L, F)
soft = h[:2], W[:5], torch.full((2, 5), 0.2)
narrow = h, W[:, 1:], target
calls = {
    "three dimensions": (long, None),
    "probabilities and ignore_index": (soft, -100),
    "another number of features": (narrow, None),
}
for name, (arguments, ignored) in calls.items():
    try:
        F.linear_cross_entropy(*arguments, ignore_index=ignored)
    except RuntimeError as error:
        print(f"{name}:")
        print(textwrap.fill(str(error), 80))
# --8<-- [end:refused]
flat = F.linear_cross_entropy(long[0].flatten(0, 1), W, long[2].flatten())
assert torch.isclose(flat, F.linear_cross_entropy(h, W, target)), "which you flatten with `h.flatten(0, 1)`"
assert F.cross_entropy(torch.zeros(2, 5), soft[2], ignore_index=-100) > 0, "the −100 that `CrossEntropyLoss` accepts"

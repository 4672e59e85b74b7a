# --8<-- [start:imports]
import copy
import math
import warnings
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:checks]
CHECKS = []


def check(claim, page):
    """Put a function into the list of checks; it gives True or False and a text."""
    return lambda function: CHECKS.append((claim, page, function))


# --8<-- [end:checks]


# --8<-- [start:checkup]
def checkup(model, loss, optimizer, batch):
    """Print a report on a run before it begins; return the claims that fail.

    ``loss(outputs, targets)`` gives a mean; ``batch`` is (inputs, targets), samples
    first. All is done on copies: model and optimizer stay as they are.
    """
    model, optimizer = copy.deepcopy((model, optimizer))
    inputs, targets = batch
    run = SimpleNamespace(model=model, optimizer=optimizer, inputs=inputs)
    run.targets, run.loss, run.trains = targets, loss, model.training
    failed = []
    for claim, page, function in CHECKS:
        try:
            good, number = function(run)
        except Exception as error:
            good, number = False, f"{type(error).__name__}: {error}"
        mark, more = ("✓", "") if good else ("✗", f" → {page}")
        print(f"{mark} {claim}: {number}{more}")
        failed += [] if good else [claim]
        if not good and claim == "the loss runs":
            break  # what follows needs it
    return failed


# --8<-- [end:checkup]


# --8<-- [start:data]
@check("inputs are finite", "losses/stability")
def _(run):
    bad = (~run.inputs.isfinite()).sum().item()
    return bad == 0, f"{bad} are not"


@check("inputs have a scale near 1", "initialization/variance")
def _(run):
    if not run.inputs.is_floating_point():
        return True, "integers"
    size = run.inputs.square().mean().sqrt().item()
    return 0.05 < size < 20, f"root mean square {size:.2g}"


@check("targets differ", "losses/imbalance")
def _(run):
    kinds = len(run.targets.unique(dim=0))
    return kinds > 1, f"{kinds} in the batch"


# --8<-- [end:data]


# --8<-- [start:loss]
@check("the loss runs", "diagnose/messages")
def _(run):
    run.outputs = run.model(run.inputs)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        run.start = run.loss(run.outputs, run.targets)
    run.start.backward()
    if heard:
        return False, str(heard[0].message)
    return True, f"{run.start.item():.3g}"


@check("the loss is a mean", "losses/reduction")
def _(run):
    twice = run.loss(torch.cat([run.outputs] * 2), torch.cat([run.targets] * 2))
    ratio = (twice / run.start).item()
    return abs(ratio - 1) < 1e-3, f"two copies of the batch: {ratio:.2f} times it"


# --8<-- [end:loss]


# --8<-- [start:start]
@check("the loss starts near log C", "losses/cross_entropy")
def _(run):
    if run.targets.is_floating_point():
        return True, "no classes"
    expected = math.log(run.outputs.shape[1])
    start = run.start.item()
    return start < 1.5 * expected, f"{start:.3g}, and log C is {expected:.3g}"


@check("outputs are logits", "losses/cross_entropy")
def _(run):
    if run.targets.is_floating_point():
        return True, "no classes"
    sums = run.outputs.sum(1)
    shares = run.outputs.min() >= 0 and torch.allclose(sums, torch.ones_like(sums))
    return not shares, "they add up to 1" if shares else "they do not add up to 1"


# --8<-- [end:start]


# --8<-- [start:model]
@check("the model is in train mode", "optimizers/training-loop")
def _(run):
    return run.trains, "train" if run.trains else "eval"


@check("outputs depend on inputs", "initialization/kaiming")
def _(run):
    spread = run.outputs.std(0).max().item()
    return spread > 1e-6, f"largest standard deviation {spread:.2g}"


@check("samples do not see each other", "optimizers/gradient")
def _(run):
    run.model.eval()
    with torch.no_grad():
        whole, alone = run.model(run.inputs)[:2], run.model(run.inputs[:2])
    run.model.train(run.trains)
    apart = (whole - alone).abs().max().item()
    return apart < 1e-4, f"alone or in the batch, outputs differ by {apart:.1g}"


# --8<-- [end:model]


# --8<-- [start:gradients]
@check("every parameter gets a gradient", "optimizers/gradient")
def _(run):
    named = [(name, p.grad) for name, p in run.model.named_parameters()]
    none = [name for name, grad in named if grad is None or not grad.any()]
    return not none, f"{len(none)} do not: {', '.join(none)}" if none else "all do"


@check("the optimizer holds every parameter", "optimizers/anatomy")
def _(run):
    held = {id(p) for group in run.optimizer.param_groups for p in group["params"]}
    left = [name for name, p in run.model.named_parameters() if id(p) not in held]
    return not left, f"not {', '.join(left)}" if left else "all"


# --8<-- [end:gradients]


# --8<-- [start:step]
@check("a step has a sensible size", "optimizers/learning-rate")
def _(run):
    weights = [p for p in run.model.parameters() if p.ndim > 1]
    before = [p.detach().clone() for p in weights]
    run.optimizer.step()
    pairs = zip(weights, before, strict=True)
    ratio = max(((p - b).norm() / b.norm()).item() for p, b in pairs)
    return (
        1e-5 < ratio < 0.3,
        f"it moves a weight matrix by {ratio:.1g} of its length",
    )


@check("one batch can be learned", "optimizers/training-loop")
def _(run):
    run.model.train()
    for _ in range(150):
        run.optimizer.zero_grad()
        value = run.loss(run.model(run.inputs), run.targets)
        value.backward()
        run.optimizer.step()
    part = value.item() / run.start.item()
    return part < 0.5, f"150 steps leave {part:.2g} of the loss"


# --8<-- [end:step]


# --8<-- [start:use]
torch.manual_seed(0)
images, labels = torch.randn(32, 20), torch.arange(32) % 4
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4))
adam = torch.optim.Adam(model.parameters(), lr=0.003)
healthy = checkup(model, F.cross_entropy, adam, (images, labels))
# --8<-- [end:use]
assert healthy == [], "a healthy run: every line has its tick"

# --8<-- [start:fault]
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4), nn.Softmax(1))
adam = torch.optim.Adam(nn.Linear(20, 64).parameters(), lr=0.003)
sick = checkup(model.eval(), F.cross_entropy, adam, (255 * images, labels))
# --8<-- [end:fault]
assert "outputs are logits" in sick, "a softmax before the loss is found"
assert "inputs have a scale near 1" in sick, "inputs that nobody scaled are found"
assert "the model is in train mode" in sick, "a model left in eval mode is found"
assert "the optimizer holds every parameter" in sick, "an optimizer of another network is found"

# --8<-- [start:misses]
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4))
adam = torch.optim.Adam(model.parameters(), lr=0.003)
shuffled = labels[torch.randperm(32)]
missed = checkup(model, F.cross_entropy, adam, (images, shuffled))
# --8<-- [end:misses]
assert missed == [], "labels that were shuffled against their inputs pass"

# --8<-- [start:imports]
import contextlib
import io
import math
import os
from difflib import get_close_matches

import torch
from _claim import claim
from _outcome import outcome
from torch import nn, optim

# --8<-- [end:imports]

# --8<-- [start:manages]
given = torch.ones(2, requires_grad=True)
not_given = torch.ones(2, requires_grad=True)
(given.sum() + not_given.sum()).backward()
optim.SGD([given], lr=0.1).step()
weights = {"given": given, "not given": not_given}
moved = [name for name, weight in weights.items() if weight[0] != 1]
claim("manages", "given", ", ".join(moved))
# --8<-- [end:manages]


# --8<-- [start:words]
def f(v):
    return v[0] ** 2 + 3 * v[0] * v[1]


def rate(direction):
    """The rate of change of f in a direction, by a small step."""
    with torch.no_grad():
        return (f(point + 1e-7 * direction) - f(point)).item() / 1e-7


point = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
(gradient,) = torch.autograd.grad(f(point), point)
along_axis = torch.tensor([1.0, 0.0])
claim("derivative", rate(along_axis), gradient[0])
unit = torch.tensor([0.6, 0.8], dtype=torch.float64)
claim("directional", gradient @ unit, rate(unit), without=rate(5 * unit))
degrees = torch.arange(0, 360, 0.01, dtype=torch.float64)
angles = degrees.deg2rad()
rates = torch.stack([angles.cos(), angles.sin()], 1) @ gradient
steepest = f"{degrees[rates.argmax()]:.1f}"
of_gradient = math.degrees(math.atan2(gradient[1], gradient[0]))
claim("gradient", f"{of_gradient:.1f}", steepest)
# --8<-- [end:words]
assert len(degrees) == 36_000, "equal, searched over 36 000 directions"
assert math.isclose(rates.max(), gradient.norm(), rel_tol=1e-6), "in the direction of the gradient it is largest"

# --8<-- [start:attributes]
def fresh(lr=0.1, **options):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    return w, optim.SGD([w], lr=lr, **options)


w, optimizer = fresh(momentum=0.9)
defaults = [optimizer.defaults[name] for name in ("lr", "momentum")]
claim("defaults", [0.1, 0.9], defaults)
before = len(optimizer.state)
w.square().sum().backward()
optimizer.step()
claim("state", "momentum_buffer", ", ".join(optimizer.state[w]))
name = get_close_matches("params_groups", vars(optimizer))[0]
claim("param-groups-name", "params_groups", name, right="param_groups")
groups = optimizer.param_groups
kinds = [type(groups).__name__, type(groups[0]).__name__]
claim("param-groups", "list, dict", ", ".join(kinds))
# --8<-- [end:attributes]
assert before == 0, "momentum_buffer, after the first step"


# --8<-- [start:counter]
class Counting(optim.SGD):
    """What a scheduler made of its optimizer up to torch 2.3."""

    _step_count = 0

    def step(self, closure=None):
        self._step_count += 1
        return super().step(closure)


def counts(optimizer):
    optimizer.step()
    return "counts" if getattr(optimizer, "_step_count", 0) else "counts not"


scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.1)
claim("step-count", "counts", counts(optimizer), then=counts(Counting([w])))
# --8<-- [end:counter]
assert hasattr(scheduler, "_step_count"), "The scheduler has such a counter of its own"


# --8<-- [start:loop]
def train(epochs, schedule=True, zero_first=True):
    w, optimizer = fresh(momentum=0.9)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.1)
    for _ in range(epochs):
        if zero_first:
            optimizer.zero_grad()
        w.square().sum().backward()
        optimizer.step()
        if not zero_first:
            optimizer.zero_grad()
        if schedule:
            scheduler.step()
    return w.detach(), optimizer.param_groups[0]["lr"]


claim("step-lr", 0.01, train(10)[1], without=train(10, schedule=False)[1])
loop = "for epoch in [0]:\n\t...\n    for i in [0]:\n        ...\n"
claim("loop-tabs", "runs", outcome(loop), right="IndentationError")
claim("loop-order", train(5)[0], train(5, zero_first=False)[0])
# --8<-- [end:loop]
assert outcome(loop.replace("\t", "    ")) == "runs", "Use spaces"

# --8<-- [start:methods]
w, optimizer = fresh()
gradients = []
for clear in (True, False, True):
    w.square().sum().backward()
    gradients.append(w.grad.clone())
    if clear:
        optimizer.zero_grad()
claim("zero-grad", gradients[0], gradients[1])
claim("accumulates", gradients[0] + gradients[1], gradients[2])
before = w.detach().clone()
w.square().sum().backward()
optimizer.step()
claim("step", before - 0.1 * 2 * before, w.detach())
# --8<-- [end:methods]

# --8<-- [start:state]
claim("state-dict", "state, param_groups", ", ".join(optimizer.state_dict()))


def run(steps, w, state=None):
    w = w.clone().requires_grad_()
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    if state:
        optimizer.load_state_dict(state)
    for _ in range(steps):
        optimizer.zero_grad()
        w.square().sum().backward()
        optimizer.step()
    return w.detach(), optimizer.state_dict()


half, state = run(3, before)
claim("load-state-dict", run(6, before)[0], run(3, half, state)[0])
# --8<-- [end:state]
assert not torch.equal(run(6, before)[0], run(3, half)[0]), "without the state, 3 steps and 3 more are not 6 steps"

# --8<-- [start:printed]
torch.manual_seed(0)
another_seed = torch.randn((2, 2))
torch.manual_seed(1)
weight = torch.randn((2, 2), requires_grad=True)
told, without = "[0.6614, 0.2669, 0.0617, 0.6213]", another_seed.flatten()
claim("step-before", told, weight.flatten(), without=without)
weight.grad = torch.ones((2, 2))
optimizer = optim.SGD([weight], lr=0.1)
with contextlib.redirect_stdout(io.StringIO()) as printed:
    optimizer.step()
claim("step-after", "[0.5614, 0.1669, -0.0383, 0.5213]", weight.flatten())
text = "printed" if printed.getvalue() else "nothing"
claim("missing-prints", "printed", text, right="nothing")
shared = optimizer.param_groups[0]["params"][0] is weight
claim("same-object", "same object", "same object" if shared else "copy")
claim("grad-ones", [1.0, 1.0, 1.0, 1.0], weight.grad.flatten())
# --8<-- [end:printed]
torch.manual_seed(1)
assert torch.equal(weight, torch.randn((2, 2)) - 0.1), "equal: 0.1 less"

# --8<-- [start:cleared]
cleared = []
for options in ({"set_to_none": False}, {}):
    optimizer.zero_grad(**options)
    cleared.append("None" if weight.grad is None else weight.grad.flatten())
claim("grad-zeros", [0.0, 0.0, 0.0, 0.0], cleared[1], then=cleared[0].tolist())
second = torch.randn((3, 3), requires_grad=True)
optimizer.add_param_group({"params": second, "lr": 0.0001})
rates = [group["lr"] for group in optimizer.param_groups]
claim("add-param-group", [0.1, 0.0001], rates)
# --8<-- [end:cleared]


# --8<-- [start:save]
def saved(**options):
    """The state after the listing's zero_grad() and its ten steps."""
    weight.grad = torch.ones((2, 2))
    optimizer.zero_grad(**options)
    later = optim.SGD([weight], lr=0.1, momentum=0.9)
    for _ in range(10):
        later.step()
    return later.state_dict()


before = weight.detach().clone()
kept = [", ".join(saved(**options)["state"].get(0, ["nothing"]))
        for options in ({}, {"set_to_none": False})]
claim("saved-state", "momentum_buffer", kept[0], then=kept[1])
join = "os.path.join(BASE_DIR, 'optimizer_state_dict.pkl')"
claim("base-dir", "runs", outcome(join, os=os, BASE_DIR="."), without=outcome(join))
file = io.BytesIO()
torch.save(saved(), file)
file.seek(0)
claim("load", "runs", outcome("torch.load(file)", torch=torch, file=file))
# --8<-- [end:save]
assert torch.equal(weight, before), "none of the ten steps moves a weight, then as now"
file = io.BytesIO()
torch.save(nn.Linear(1, 1), file)
file.seek(0)
assert outcome("torch.load(file)", torch=torch, file=file) == "UnpicklingError", (
    "Its default is weights_only=True now, which a state passes: a whole module does not")

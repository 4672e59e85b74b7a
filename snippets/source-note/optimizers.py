import contextlib
import io
import math
import os
from difflib import get_close_matches

import torch
from _claim import claim
from torch import nn, optim


def outcome(code, **names):
    try:
        exec(code, names)
        return "runs"
    except Exception as error:
        return type(error).__name__


# --8<-- [start:manages]
p, q = (torch.ones(2, requires_grad=True) for _ in range(2))
(p.sum() + q.sum()).backward()
optim.SGD([p], lr=0.1).step()
moved = [name for name, v in (("given", p), ("not given", q)) if v[0] != 1]
claim("manages", "given", ", ".join(moved))
# --8<-- [end:manages]


# --8<-- [start:words]
def f(v):
    return v[0] ** 2 + 3 * v[0] * v[1]


def rate(u):
    return (f(point + 1e-7 * u) - f(point)).item() / 1e-7


point = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
(g,) = torch.autograd.grad(f(point), point)
u = torch.tensor([0.6, 0.8])
claim("derivative", rate(torch.tensor([1.0, 0.0])), g[0])
claim("directional", g @ u.double(), rate(u), without=rate(5 * u))
angles = torch.arange(0, 360, 0.01, dtype=torch.float64)
steepest = torch.stack([angles.deg2rad().cos(), angles.deg2rad().sin()], 1) @ g
found = f"{angles[steepest.argmax()]:.1f}"
claim("gradient", f"{math.degrees(math.atan2(g[1], g[0])):.1f}", found)
# --8<-- [end:words]
assert g.tolist() == [8, 3] and abs(steepest.max() - g.norm()) < 1e-4

# --8<-- [start:attributes]
def fresh(lr=0.1, **options):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    return w, optim.SGD([w], lr=lr, **options)


w, optimizer = fresh(momentum=0.9)
claim("defaults", [0.1, 0.9], [optimizer.defaults[k] for k in ("lr", "momentum")])
w.square().sum().backward()
optimizer.step()
claim("state", "momentum_buffer", ", ".join(optimizer.state[w]))
name = get_close_matches("params_groups", vars(optimizer))[0]
claim("param-groups-name", "params_groups", name, right="param_groups")
kinds = type(optimizer.param_groups).__name__, type(optimizer.param_groups[0]).__name__
claim("param-groups", "list, dict", ", ".join(kinds))
# --8<-- [end:attributes]


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
assert hasattr(scheduler, "_step_count") and optimizer.param_groups[0]["lr"] == 0.1

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
assert outcome(loop.replace("\t", "    ")) == "runs"

# --8<-- [start:methods]
w, optimizer = fresh()
grads = []
for clear in (True, False, True):
    w.square().sum().backward()
    grads.append(w.grad.clone())
    if clear:
        optimizer.zero_grad()
claim("zero-grad", grads[0], grads[1])
claim("accumulates", grads[0] + grads[1], grads[2])
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
assert not torch.equal(run(6, before)[0], run(3, half)[0])

# --8<-- [start:printed]
torch.manual_seed(0)
other = torch.randn((2, 2))
torch.manual_seed(1)
weight = torch.randn((2, 2), requires_grad=True)
claim("step-before", "0.6614", f"{weight[0, 0]:.4f}", without=other[0, 0].item())
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
grads = []
for options in ({"set_to_none": False}, {}):
    optimizer.zero_grad(**options)
    grads.append("None" if weight.grad is None else "zeros" * (not weight.grad.any()))
claim("grad-zeros", "zeros", grads[1], then=grads[0])
optimizer.add_param_group({"params": torch.randn((3, 3), requires_grad=True), "lr": 1e-4})
# --8<-- [end:printed]
assert weight.allclose(torch.tensor([[0.6614, 0.2669], [0.0617, 0.6213]]) - 0.1, atol=6e-5)

# --8<-- [start:save]
rates = [group["lr"] for group in optimizer.param_groups]
claim("add-param-group", [0.1, 0.0001], rates)


def saved(**options):
    weight.grad = torch.ones((2, 2))
    optimizer.zero_grad(**options)
    later = optim.SGD([weight], lr=0.1, momentum=0.9)
    for _ in range(10):
        later.step()
    return later.state_dict()


before = weight.detach().clone()
kept = [", ".join(saved(**o)["state"].get(0, ["nothing"])) for o in ({}, {"set_to_none": False})]
claim("saved-state", "momentum_buffer", kept[0], then=kept[1])
join = "os.path.join(BASE_DIR, 'optimizer_state_dict.pkl')"
claim("base-dir", "runs", outcome(join, os=os, BASE_DIR="."), without=outcome(join))
torch.save(saved(), file := io.BytesIO())
file.seek(0)
claim("load", "runs", outcome("torch.load(file)", torch=torch, file=file))
# --8<-- [end:save]
assert torch.equal(weight, before)  # ten steps, then as now: nothing moved
torch.save(nn.Linear(1, 1), file := io.BytesIO())
file.seek(0)
assert outcome("torch.load(file)", torch=torch, file=file) == "UnpicklingError"  # weights_only=True by default

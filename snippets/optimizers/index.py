# --8<-- [start:names]
import inspect
import textwrap

import torch
from torch import nn, optim

public = sorted(optim.__all__, key=str.lower)
names = [name for name in public if isinstance(getattr(optim, name), type)]
names.remove("Optimizer")  # the base class
print(f"torch {torch.__version__.split('+')[0]} has {len(names)} optimizers:")
print(" ", *names[:8])
print(" ", *names[8:])
# --8<-- [end:names]

# --8<-- [start:plain]
λ = 1e-4
memory = {}  # what an optimizer remembers


def sgd(θ, g, η, t):
    return θ - η * g


def asgd(θ, g, η, t):
    return θ - η / (1 + λ * η * (t - 1)) ** 0.75 * (g + λ * θ)


def rprop(θ, g, η, t):
    turned = (g * memory.get("g", 0)).sign()
    factor = torch.where(turned > 0, 1.2, torch.where(turned < 0, 0.5, 1.0))
    memory["step"] = memory.get("step", η) * factor
    memory["g"] = torch.where(turned < 0, 0.0, g)
    return θ - memory["step"] * memory["g"].sign()
# --8<-- [end:plain]


# --8<-- [start:adaptive]
def average(name, x, β):
    memory[name] = β * memory.get(name, 0) + (1 - β) * x
    return memory[name]


def adagrad(θ, g, η, t):
    memory["sum"] = memory.get("sum", 0) + g**2
    return θ - η * g / (memory["sum"].sqrt() + 1e-10)


def rmsprop(θ, g, η, t):
    return θ - η * g / (average("g²", g**2, 0.99).sqrt() + 1e-8)


def adadelta(θ, g, η, t):
    moved = memory.get("u²", 0 * g)  # before this step
    step = g * (moved + 1e-6).sqrt() / (average("g²", g**2, 0.9) + 1e-6).sqrt()
    average("u²", step**2, 0.9)
    return θ - η * step
# --8<-- [end:adaptive]


# --8<-- [start:adafactor]
def adafactor(θ, g, η, t):
    β = 1 - t**-0.8
    rows = average("rows", g.square().mean(dim=1, keepdim=True), β)
    columns = average("columns", g.square().mean(dim=0, keepdim=True), β)
    step = g / (rows * columns / rows.mean()).sqrt()
    size = max(1e-3, θ.square().mean().sqrt()) * min(η, t**-0.5)
    return θ - size * step / max(1, step.square().mean().sqrt())
# --8<-- [end:adafactor]


# --8<-- [start:adam]
def corrected(name, x, β, t):
    """The running average without the bias of its start at 0."""
    return average(name, x, β) / (1 - β**t)


def adam(θ, g, η, t):
    m, v = corrected("m", g, 0.9, t), corrected("v", g**2, 0.999, t)
    return θ - η * m / (v.sqrt() + 1e-8)


def adamw(θ, g, η, t):
    return adam((1 - 0.01 * η) * θ, g, η, t)


def adamax(θ, g, η, t):
    memory["u"] = torch.maximum(0.999 * memory.get("u", 0 * g), g.abs() + 1e-8)
    return θ - η * corrected("m", g, 0.9, t) / memory["u"]
# --8<-- [end:adam]


# --8<-- [start:rectified]
def nadam(θ, g, η, t):
    m, v = average("m", g, 0.9), corrected("v", g**2, 0.999, t)
    μ, after = (0.9 * (1 - 0.5 * 0.96 ** (k * 0.004)) for k in (t, t + 1))
    memory["μ"] = memory.get("μ", 1) * μ
    m = after * m / (1 - memory["μ"] * after) + (1 - μ) * g / (1 - memory["μ"])
    return θ - η * m / (v.sqrt() + 1e-8)


def radam(θ, g, η, t):
    m, v = corrected("m", g, 0.9, t), average("v", g**2, 0.999)
    whole = 2 / (1 - 0.999) - 1
    ρ = whole - 2 * t * 0.999**t / (1 - 0.999**t)
    if ρ <= 5:
        return θ - η * m
    r = (ρ - 4) * (ρ - 2) * whole / ((whole - 4) * (whole - 2) * ρ)
    return θ - η * r**0.5 * m * (1 - 0.999**t) ** 0.5 / (v.sqrt() + 1e-8)
# --8<-- [end:rectified]


# --8<-- [start:check]
rules = {"SGD": sgd, "ASGD": asgd, "Rprop": rprop, "Adagrad": adagrad}
rules |= {"RMSprop": rmsprop, "Adadelta": adadelta, "Adafactor": adafactor}
rules |= {"Adam": adam, "SparseAdam": adam, "AdamW": adamw, "Adamax": adamax}
rules |= {"NAdam": nadam, "RAdam": radam}
torch.manual_seed(0)
start, gradients = torch.randn(3, 2).double(), torch.randn(10, 3, 2).double()
off = {}
for name, rule in rules.items():
    memory.clear()
    θ, parameter = start, nn.Parameter(start.clone())
    optimizer = getattr(optim, name)([parameter], lr=0.1)
    for t, g in enumerate(gradients, start=1):
        θ = rule(θ, g, 0.1, t)
        parameter.grad = g.to_sparse(1) if name == "SparseAdam" else g.clone()
        optimizer.step()
    off[name] = (θ - parameter).abs().max().item()
largest = max(off.values())
print(f"{len(off)} rules, 10 steps each, largest difference {largest:.6f}")
print("on their own pages:", *sorted(set(names) - set(rules)))
# --8<-- [end:check]
assert len(gradients) == 10, "ten steps with random gradients"
assert round(max(off.values()), 6) == 0, "ten steps from the same start, equal to six digits"
defaults = optim.ASGD([nn.Parameter(start)]).defaults["lambd"], optim.AdamW([nn.Parameter(start)]).defaults
assert defaults[0] == 1e-4, r"ASGD decays by default, with $10^{-4}$"
assert defaults[1]["weight_decay"] == 0.01, "AdamW decays by default, with 0.01"
etas = optim.Rprop([nn.Parameter(start)]).defaults["etas"]
assert etas[1] == 1.2, "Rprop's s grows ×1.2"
assert etas[0] == 0.5, "Rprop's s shrinks ×½"
assert round(0.9 * (1 - 0.5 * 0.96**0.004), 2) == 0.45, "in NAdam μ rises from about half of β₁"
whole = 2 / (1 - 0.999) - 1
ρ = [whole - 2 * t * 0.999**t / (1 - 0.999**t) for t in (1000, 10_000, 100_000)]
r = [((x - 4) * (x - 2) * whole / ((whole - 4) * (whole - 2) * x)) ** 0.5 for x in ρ]
assert r == sorted(r), "in RAdam r rises"
assert round(r[-1], 3) == 1, "in RAdam r rises to 1"


# --8<-- [start:kept]
def kept(name, steps=1, size=300, **options):
    """Bytes kept per float32 parameter of a square matrix after some steps."""
    parameter = nn.Parameter(torch.ones(size, size))
    optimizer = getattr(optim, name)([parameter], **options)
    for _ in range(steps):
        g = torch.randn(size, size)
        parameter.grad = g.to_sparse(1) if name == "SparseAdam" else g
        optimizer.step(lambda: torch.zeros(()))  # LBFGS wants a closure
    tensors = []
    for value in optimizer.state[parameter].values():
        if isinstance(value, list):
            tensors += value
        elif torch.is_tensor(value):
            tensors.append(value)
    return sum(t.numel() * t.element_size() for t in tensors) / size**2
# --8<-- [end:kept]


# --8<-- [start:state]
used = {name: kept(name) for name in names}
for size in (0, 4, 8):
    print(f"{size} bytes:", *(name for name in names if round(used[name]) == size))
# --8<-- [end:state]
assert {round(size) for size in used.values()} == {0, 4, 8}, "0, 4 or 8 bytes"
for name, size in used.items():
    assert abs(size - round(size)) < 0.03 or name == "Adafactor", "bytes are whole but for the step count"
assert kept("SGD", momentum=0.9) == 4, "4 more for momentum"
assert round(kept("RMSprop", momentum=0.9, centered=True)) == 4 + 4 + 4, "in RMSprop 4 more for centered"
assert round(kept("Adam", amsgrad=True)) == 8 + 4, "amsgrad adds 4 to Adam"
assert round(kept("AdamW", amsgrad=True)) == 8 + 4, "amsgrad adds 4 to AdamW"
assert round(kept("LBFGS", 30, 50, max_iter=1, history_size=3)) == 8 * 3 + 8, "LBFGS keeps 8 a step and 8 besides"
history = optim.LBFGS([nn.Parameter(torch.ones(1))]).defaults["history_size"]
assert 8 * history + 8 == 808, "with the default history up to 808"
assert kept("Adafactor") == (4 * 2 * 300 + 4) / 300**2, "Adafactor keeps one number per row and one per column"

torch.sparse.check_sparse_tensor_invariants.disable()  # said aloud, or torch warns

# --8<-- [start:support]
print("            sparse  foreach  fused")
for name in names:
    parameter = nn.Parameter(torch.ones(3, 2))
    parameter.grad = torch.sparse_coo_tensor([[1]], [[1.0, 1.0]], (3, 2))
    try:
        getattr(optim, name)([parameter]).step(lambda: torch.zeros(()))
        sparse = True
    except RuntimeError:
        sparse = False
    arguments = inspect.signature(getattr(optim, name)).parameters
    support = sparse, "foreach" in arguments, "fused" in arguments
    print(f"{name:<10}", *(f"{'yes' if can else '–':>7}" for can in support))
# --8<-- [end:support]

# --8<-- [start:defaults]
switches = {"foreach", "fused", "capturable", "differentiable", "maximize"}
for name in names:
    arguments = inspect.signature(getattr(optim, name)).parameters
    given = [
        f"{option}={argument.default}"
        for option, argument in arguments.items()
        if option not in switches | {"params"}
    ]
    print(f"{name}:", *textwrap.wrap(", ".join(given), 72), sep="\n    ")
# --8<-- [end:defaults]
θ = nn.Parameter(torch.zeros(1))
θ.grad = torch.tensor([50.0])
adam_step = optim.Adam([θ])
adam_step.step()
assert round(θ.item(), 6) == -0.001, "0.001 is a step of 0.001 for Adam"
θ = nn.Parameter(torch.zeros(1))
θ.grad = torch.tensor([50.0])
optim.SGD([θ]).step()
assert round(θ.item(), 6) == -0.05, "0.001 is a thousandth of the gradient for SGD"

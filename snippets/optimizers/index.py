import inspect
import textwrap

import torch
from torch import nn, optim

# --8<-- [start:names]
names = [n for n in sorted(optim.__all__, key=str.lower) if isinstance(getattr(optim, n), type)]
names.remove("Optimizer")  # the base class
print(f"torch {torch.__version__.split('+')[0]} has {len(names)} optimizers:")
print(" ", *names[:8])
print(" ", *names[8:])
# --8<-- [end:names]
assert len(names) == 15

# --8<-- [start:plain]
λ, s, rules = 1e-4, {}, {}  # s: what an optimizer remembers


def mean(name, x, β, t):
    """The running average of x, and the same without the bias of its start at 0."""
    s[name] = β * s.get(name, 0) + (1 - β) * x
    return s[name], s[name] / (1 - β**t)


def sgd(θ, g, η, t):
    return θ - η * g


def asgd(θ, g, η, t):
    return θ - η / (1 + λ * η * (t - 1)) ** 0.75 * (g + λ * θ)


def rprop(θ, g, η, t):
    turned = (g * s.get("g", 0)).sign()
    s["step"] = s.get("step", η) * torch.where(turned > 0, 1.2, torch.where(turned < 0, 0.5, 1.0))
    s["g"] = torch.where(turned < 0, 0.0, g)
    return θ - s["step"] * s["g"].sign()
# --8<-- [end:plain]


rules |= {"SGD": sgd, "ASGD": asgd, "Rprop": rprop}


# --8<-- [start:adaptive]
def adagrad(θ, g, η, t):
    s["sum"] = s.get("sum", 0) + g**2
    return θ - η * g / (s["sum"].sqrt() + 1e-10)


def rmsprop(θ, g, η, t):
    return θ - η * g / (mean("v", g**2, 0.99, t)[0].sqrt() + 1e-8)


def adadelta(θ, g, η, t):
    u, v = s.get("u", 0 * g), mean("v", g**2, 0.9, t)[0]
    step = g * (u + 1e-6).sqrt() / (v + 1e-6).sqrt()
    mean("u", step**2, 0.9, t)
    return θ - η * step


def adafactor(θ, g, η, t):
    rows, columns = g.square().mean(1, keepdim=True), g.square().mean(0, keepdim=True)
    rows, columns = (mean(n, x, 1 - t**-0.8, 2)[0] for n, x in (("r", rows), ("c", columns)))
    u = g / (rows * columns / rows.mean()).sqrt()
    size = max(1e-3, θ.square().mean().sqrt()) * min(η, t**-0.5)
    return θ - size * u / max(1, u.square().mean().sqrt())
# --8<-- [end:adaptive]


rules |= {"Adagrad": adagrad, "RMSprop": rmsprop, "Adadelta": adadelta, "Adafactor": adafactor}


# --8<-- [start:adam]
def adam(θ, g, η, t):
    (_, m), (_, v) = mean("m", g, 0.9, t), mean("v", g**2, 0.999, t)
    return θ - η * m / (v.sqrt() + 1e-8)


def adamax(θ, g, η, t):
    s["u"] = torch.maximum(0.999 * s.get("u", 0 * g), g.abs() + 1e-8)
    return θ - η * mean("m", g, 0.9, t)[1] / s["u"]


def nadam(θ, g, η, t):
    (m, _), (_, v) = mean("m", g, 0.9, t), mean("v", g**2, 0.999, t)
    μ, after = (0.9 * (1 - 0.5 * 0.96 ** (k * 0.004)) for k in (t, t + 1))
    s["μ"] = s.get("μ", 1) * μ
    m_hat = after * m / (1 - s["μ"] * after) + (1 - μ) * g / (1 - s["μ"])
    return θ - η * m_hat / (v.sqrt() + 1e-8)
# --8<-- [end:adam]


rules |= {"Adam": adam, "SparseAdam": adam, "Adamax": adamax, "NAdam": nadam}
rules["AdamW"] = lambda θ, g, η, t: adam((1 - 0.01 * η) * θ, g, η, t)


# --8<-- [start:rectified]
def radam(θ, g, η, t):
    (_, m), (v, _) = mean("m", g, 0.9, t), mean("v", g**2, 0.999, t)
    whole = 2 / (1 - 0.999) - 1
    ρ = whole - 2 * t * 0.999**t / (1 - 0.999**t)
    if ρ <= 5:
        return θ - η * m
    r = ((ρ - 4) * (ρ - 2) * whole / ((whole - 4) * (whole - 2) * ρ)) ** 0.5
    return θ - η * r * m * (1 - 0.999**t) ** 0.5 / (v.sqrt() + 1e-8)


rules["RAdam"] = radam
# --8<-- [end:rectified]

# --8<-- [start:check]
torch.manual_seed(0)
start, gradients = torch.randn(3, 2).double(), torch.randn(10, 3, 2).double()
off = {}
for name, rule in rules.items():
    s.clear()
    θ, p = start, nn.Parameter(start.clone())
    optimizer = getattr(optim, name)([p], lr=0.1)
    for t, g in enumerate(gradients, 1):
        θ = rule(θ, g, 0.1, t)
        p.grad = g.to_sparse(1) if name == "SparseAdam" else g.clone()
        optimizer.step()
    off[name] = (θ - p).abs().max().item()
print(f"{len(off)} rules, 10 steps each, largest difference {max(off.values()):.6f}")
print("on their own pages:", *sorted({*names} - {*rules}))
# --8<-- [end:check]
assert len(off) == 13 and max(off.values()) < 1e-6 and {*names} - {*rules} == {"LBFGS", "Muon"}



# --8<-- [start:state]
def kept(name, steps=1, size=1000, **options):
    """Bytes kept per float32 parameter of a square matrix after some steps."""
    p = nn.Parameter(torch.ones(size, size))
    optimizer = getattr(optim, name)([p], **options)
    for _ in range(steps):
        g = torch.randn(size, size)
        p.grad = g.to_sparse(1) if name == "SparseAdam" else g
        optimizer.step(lambda: torch.zeros(()))  # LBFGS wants a closure
    tensors = []
    for value in optimizer.state[p].values():
        tensors += value if isinstance(value, list) else [value]
    size = sum(v.numel() * v.element_size() for v in tensors if torch.is_tensor(v))
    return size / p.numel()


used = {name: round(kept(name), 1) for name in names}
for size in sorted({*used.values()}):
    print(f"{size:.0f} bytes:", *(name for name in names if used[name] == size))
# --8<-- [end:state]
full = {"momentum": 0.9, "centered": True}
assert round(kept("RMSprop", **full)) == round(kept("Adam", amsgrad=True)) == 12 and kept("SGD", momentum=0.9) == 4
assert round(kept("LBFGS", 30, 50, max_iter=1, history_size=3)) == 8 * 3 + 8 and 8 * 100 + 8 == 808
assert kept("Adafactor") == (4 * 2 * 1000 + 4) / 1e6  # one number per row and per column, and the step

torch.sparse.check_sparse_tensor_invariants.disable()  # said aloud, or torch warns

# --8<-- [start:support]
print("            sparse  foreach  fused")
sparse, support = {}, {}
for name in names:
    p = nn.Parameter(torch.ones(3, 2))
    p.grad = torch.sparse_coo_tensor([[1]], [[1.0, 1.0]], (3, 2))
    try:
        getattr(optim, name)([p]).step(lambda: torch.zeros(()))
        sparse[name] = True
    except RuntimeError:
        sparse[name] = False
    arguments = inspect.signature(getattr(optim, name)).parameters
    support[name] = sparse[name], "foreach" in arguments, "fused" in arguments
    print(f"{name:<10}", *(f"{'yes' if can else '–':>7}" for can in support[name]))
# --8<-- [end:support]

# --8<-- [start:defaults]
switches = {"params", "foreach", "fused", "capturable", "differentiable", "maximize"}
given = {}
for name in names:
    arguments = inspect.signature(getattr(optim, name)).parameters
    given[name] = [f"{k}={v.default}" for k, v in arguments.items() if k not in switches]
    print(f"{name}:", *textwrap.wrap(", ".join(given[name]), 72), sep="\n    ")
# --8<-- [end:defaults]
assert all(options[0].startswith("lr=") for options in given.values())

# --8<-- [start:from-scratch]
import inspect
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def estimate(g, s, weight, eps1):
    """Update the averages of g²; return what they say about every element."""
    new = {"V": g * g}
    if g.ndim > 1:
        new = {"R": (g * g).mean(-1, keepdim=True)}  # over each row
        new["C"] = (g * g).mean(-2, keepdim=True)
    for name, value in new.items():
        old = s.get(name, torch.zeros_like(value))
        s[name] = old + weight * (value - old)
    if g.ndim < 2:
        return s["V"]
    return s["R"] @ s["C"] / s["R"].mean(-2, keepdim=True).clamp(min=eps1)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-move]
def rms(x):
    return x.square().mean().sqrt().item()


def move(p, g, s, lr, beta2_decay, eps, d, weight_decay):
    eps1, eps2 = eps
    eps1 = torch.finfo(p.dtype).eps if eps1 is None else eps1
    t = s["t"] = s.get("t", 0) + 1
    alpha = max(eps2, rms(p)) * min(lr, 1 / math.sqrt(t))
    p *= 1 - lr * weight_decay
    v = estimate(g, s, t**beta2_decay, eps1).clamp(min=eps1**2)
    u = g / v.sqrt()
    p -= alpha / max(1, rms(u) / d) * u
# --8<-- [end:from-scratch-move]


# --8<-- [start:from-scratch-class]
class Adafactor:
    def __init__(
        self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0,
        weight_decay=0.0,
    ):  # fmt: skip
        self.params, self.state = list(params), {}
        self.options = lr, beta2_decay, eps, d, weight_decay

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    move(p, p.grad, self.state.setdefault(p, {}), *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), **options)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


worst, names = 0.0, ("beta2_decay", "eps", "d", "weight_decay")
values = (-0.8, 0.0), ((None, 1e-3), (0.1, 1.0)), (1.0, 2.0), (0.0, 0.1)
for branch in itertools.product(*values):
    options = dict(zip(names, branch, strict=True))
    difference = train(torch.optim.Adafactor, **options)
    difference -= train(Adafactor, **options)
    worst = max(worst, difference.abs().max().item())
print(f"16 combinations, 60 steps each, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-9

# --8<-- [start:rank-one]
v = torch.randn(40, 30).square()
product = v.sum(1, keepdim=True) * v.sum(0) / v.sum()


def divergence(w):
    return (v * (v / w).log() - v + w).sum().item()


print(f"row sums × column sums / total: divergence {divergence(product):.1f}")
u, sigma, w = torch.linalg.svd(v)
svd = (sigma[0] * u[:, :1] @ w[:1]).abs()
print(f"the closest by squares (SVD):   divergence {divergence(svd):.1f}")
exact = torch.rand(40, 1) @ torch.rand(1, 30)
again = exact.sum(1, keepdim=True) * exact.sum(0) / exact.sum()
print("exact for rank one:", torch.allclose(again, exact))
# --8<-- [end:rank-one]
nudged = product * (1 + 0.05 * torch.randn(40, 1)) * (1 + 0.05 * torch.randn(30))
assert divergence(product) < min(divergence(svd), divergence(nudged))

# --8<-- [start:state]
linear, conv = nn.Linear(1000, 1000), nn.Conv2d(64, 64, 3)
for layer, shape in ((linear, (1, 1000)), (conv, (1, 64, 9, 9))):
    optimizer = torch.optim.Adafactor(layer.parameters())
    layer(torch.ones(shape)).sum().backward()
    optimizer.step()
    for p, state in optimizer.state.items():
        kept = {name: v for name, v in state.items() if name != "step"}
        size = 4 * sum(v.numel() for v in kept.values()) / p.numel()
        shapes = {name: tuple(v.shape) for name, v in kept.items()}
        print(f"{size:.3f} bytes per parameter {shapes}")
# --8<-- [end:state]

# --8<-- [start:defaults]
parameters = inspect.signature(torch.optim.Adafactor).parameters
for name, parameter in parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<13} {parameter.default}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def once(theta, g, **options):
    p = nn.Parameter(torch.tensor(theta).double())
    p.grad = torch.tensor(g).double()
    torch.optim.Adafactor([p], **options).step()
    return p.detach()


print("θ =", *(f"{value:.4f}" for value in once([3.0, 4.0], [0.1, -10.0])))
# --8<-- [end:by-hand]
assert torch.allclose(once([3.0, 4.0], [0.1, -10.0]), torch.tensor([2.9646, 4.0354]).double(), atol=1e-4)

# --8<-- [start:lr]
t = torch.logspace(0, 6, 200, dtype=torch.float64)
figure, ax = plt.subplots(figsize=(5.5, 2.8))
for lr, look in ((1e-3, "C0-"), (1e-2, "C1--"), (1.0, "C2:")):
    ax.loglog(t, (1 / t.sqrt()).clamp(max=lr), look, label=f"lr {lr:g}")
    print(f"lr {lr:<5g} first step {1 - once([1.0], [1.0], lr=lr).item():.3f}")
ax.set(xlabel="step t", ylabel="relative step size ρ")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:lr]
assert once([1.0], [1.0], lr=10.0) == once([1.0], [1.0], lr=1.0)

# --8<-- [start:zero]
for theta in (1.0, 0.01, 0.0):
    print(f"θ = {theta:<5g} moves by {theta - once([theta], [1.0]).item():.6f}")
# --8<-- [end:zero]

# --8<-- [start:box]
lines = torch.optim.Adafactor.__doc__.splitlines()
for line in lines:
    if r"\theta_t " in line and r"\leftarrow" in line:
        print(" ".join(line.split("mm}", 1)[1].split()))
options = {"lr": 0.1, "weight_decay": 0.5}
print(f"torch:           {once([2.0], [1.0], **options).item():.4f}")
alpha = 2.0 * 0.1
print(f"read as θ_t:     {2.0 * (1 - 0.1 * 0.5) - alpha:.4f}")
print(f"read as θ_(t-1): {2.0 - alpha:.4f}")
# --8<-- [end:box]
assert math.isclose(once([2.0], [1.0], **options).item(), 1.7)
assert any(r"\odot G_t + 1_n \cdot 1^\top_m" in line for line in lines)

# --8<-- [start:clip]
g = torch.full((4, 4), 0.01)
g[0, 0] = 1.0
for d in (1.0, 1000.0):
    p = nn.Parameter(torch.ones(4, 4))
    p.grad = g
    torch.optim.Adafactor([p], d=d).step()
    size = rms(p - 1)
    print(f"d {d:<5g} RMS of the step {size:.4f}, largest {(1 - p).max():.4f}")
# --8<-- [end:clip]
assert 18 < size / 0.01 < 19
p.grad = torch.ones(4, 4)
optimizer = torch.optim.Adafactor([p])
optimizer.step()
assert optimizer.state[p]["row_var"].mean() == 1  # not 2, as the manual's note would have it
plt.show()

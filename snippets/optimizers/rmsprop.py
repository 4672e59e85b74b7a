# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


def move(p, g, s, lr, alpha, eps, weight_decay, momentum, centered):
    g = g + weight_decay * p
    s["v"] = alpha * s["v"] + (1 - alpha) * g * g
    s["m"] = alpha * s["m"] + (1 - alpha) * g
    v = s["v"] - s["m"] ** 2 if centered else s["v"]
    s["b"] = momentum * s["b"] + g / (v.sqrt() + eps)
    p -= lr * s["b"]
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class RMSprop:
    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0,
                 momentum=0, centered=False):
        self.params, self.state = list(params), {}
        self.options = lr, alpha, eps, weight_decay, momentum, centered

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    zeros = dict.fromkeys(("v", "m", "b"), torch.zeros_like(p))
                    s = self.state.setdefault(p, zeros)
                    move(p, p.grad, s, *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(32, 5).double(), torch.randn(32, 1).double()


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    optimizer = make(net.parameters(), lr=0.001, **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


worst = []
names = ("alpha", "eps", "weight_decay", "momentum", "centered")
values = (0.99, 0.9), (1e-8, 0.1), (0.0, 0.1), (0.0, 0.9), (False, True)
for case in itertools.product(*values):
    o = dict(zip(names, case, strict=True))
    difference = train(RMSprop, **o) - train(torch.optim.RMSprop, **o)
    worst.append(difference.abs().max().item())
print(f"{len(worst)} combinations, largest difference {max(worst):.12f}")
# --8<-- [end:equal]
assert len(worst) == 32 and max(worst) < 1e-12

# --8<-- [start:state]
for options in ({}, {"momentum": 0.9}, {"momentum": 0.9, "centered": True}):
    layer = nn.Linear(1000, 1000)
    optimizer = torch.optim.RMSprop(layer.parameters(), **options)
    layer(torch.ones(1, 1000)).sum().backward()
    optimizer.step()
    kept = [t for state in optimizer.state.values() for t in state.values()]
    size = sum(t.numel() * t.element_size() for t in kept) / 1_001_000
    print(f"{size:5.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 12 and sum(p.numel() for p in layer.parameters()) == 1_001_000

# --8<-- [start:defaults]
for name, value in torch.optim.RMSprop([torch.ones(1)]).defaults.items():
    print(f"{name:<15} {value}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def drive(make, gradient, steps, lr=1.0, theta=0.0, **options):
    """Return θ at the start and after each step; lr may be a function of t."""
    p = nn.Parameter(torch.tensor([theta], dtype=torch.float64))
    optimizer, path = make([p], **options), [theta]
    for t in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = lr(t) if callable(lr) else lr
        p.grad = torch.full_like(p, gradient(path[-1], t))
        optimizer.step()
        path.append(p.item())
    return path


for g in (0.5, 500.0, -1e-4):
    path = drive(torch.optim.RMSprop, lambda θ, t, g=g: g, 2, lr=0.1, theta=2.0)
    print(f"g = {g:<7g} θ:", " → ".join(f"{theta:.4f}" for theta in path))
# --8<-- [end:by-hand]
rmsprop = torch.optim.RMSprop
assert np.allclose(drive(rmsprop, lambda θ, t: 0.5, 2, 0.1, 2.0), (2, 1, 0.2911), atol=5e-5)
assert np.allclose(drive(rmsprop, lambda θ, t: (-0.1) ** t, 3, alpha=0), (0, 1, 0, 1), atol=1e-4)
assert np.isnan(drive(rmsprop, lambda θ, t: 1, 1, alpha=1.5)[1]), "alpha above 1 is accepted"

# --8<-- [start:first-step]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for name, make, options, look in (
    ("Adam without momentum", torch.optim.Adam, {"betas": (0.0, 0.99)}, "C0--"),
    ("RMSprop", torch.optim.RMSprop, {"alpha": 0.99}, "C1-"),
):
    step = -np.diff(drive(make, lambda θ, t: 0.3, 300, **options))
    print(f"{name:<22}", *(f" step {t}: {step[t - 1]:.3f} η" for t in (1, 300)))
    axes.plot(range(1, 301), step, look, label=name)
axes.set(xlabel="step", ylabel="step size / η", ylim=(0, 10.5))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:first-step]
assert np.allclose(step, (1 - 0.99 ** np.arange(1, 301)) ** -0.5, rtol=1e-5)
assert (step < 1.1).argmax() + 1 == 175 and round(step[:100].sum()) == 203

# --8<-- [start:correction]
adam = drive(torch.optim.Adam, lambda θ, t: math.sin(t * t), 300, 0.01,
             betas=(0.0, 0.99), eps=0)
path = drive(torch.optim.RMSprop, lambda θ, t: math.sin(t * t), 300,
             lr=lambda t: 0.01 * math.sqrt(1 - 0.99**t), eps=0)
print(f"largest difference: {np.abs(np.subtract(path, adam)).max():.12f}")
# --8<-- [end:correction]
assert np.allclose(path, adam, rtol=0, atol=1e-12)


# --8<-- [start:keras]
def keras(g, steps=200, rho=0.9, eps=1e-7):
    v = 0.0
    for _ in range(steps):
        v = rho * v + (1 - rho) * g * g
    return g / math.sqrt(v + eps)


def pytorch(g, eps, steps=200):
    path = drive(torch.optim.RMSprop, lambda θ, t: g, steps, alpha=0.9, eps=eps)
    return path[-2] - path[-1]


print("gradient   torch    Keras    torch with eps = √1e-7")
for g in (1.0, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    row = pytorch(g, 1e-7), keras(g), pytorch(g, math.sqrt(1e-7))
    print(f"{g:8g}  ", "   ".join(f"{size:.4f}" for size in row))
# --8<-- [end:keras]
assert 280 < row[0] / row[1] < 290 and np.isclose(pytorch(0.5, 1e-8, 1), math.sqrt(10))
assert np.isclose(max(keras(g) / pytorch(g, 10**-3.5) for g in (1e-4, 10**-3.5, 1e-3)), math.sqrt(2))

# --8<-- [start:lr-outside]
outside = inside = 0.0
for t in range(1, 226):
    lr = 1.0 if t <= 200 else 0.1
    outside = 0.9 * outside + 1  # the scaled gradient is 1
    inside = 0.9 * inside + lr
    if t in (200, 201, 225):
        print(f"step {t}: torch {lr * outside:5.2f}, Keras {inside:5.2f}")
# --8<-- [end:lr-outside]
path = drive(rmsprop, lambda θ, t: 1.0, 201, lambda t: 1 if t <= 200 else 0.1, alpha=0, momentum=0.9)
assert np.allclose([path[199] - path[200], path[200] - path[201]], (10, 1))

# --8<-- [start:centered]
mean = torch.linspace(0.01, 10, 1000)
for noise, eps in ((0.1, 1e-8), (0.0001, 1e-8), (0.0001, 1.0)):
    p = nn.Parameter(torch.zeros(1000))
    optimizer = torch.optim.RMSprop([p], alpha=0.9, eps=eps, centered=True)
    for _ in range(400):
        p.grad = mean * (1 + noise * torch.randn(1000))
        optimizer.step()
    print(f"noise {noise:g}, eps {eps:g}: {p.isnan().sum()} of 1000 are nan")
# --8<-- [end:centered]
assert p.isnan().all() and torch.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1).optimizer.param_groups[0]["momentum"]
step = -np.diff(drive(rmsprop, lambda θ, t: 1.0, 500, centered=True))
assert np.allclose(step[[0, 99, 499]], (10.05, 2.08, 12.38), atol=0.005)
a, b = (drive(rmsprop, lambda θ, t, k=k: k * math.sin(t * t), 50, centered=True) for k in (1, 10))
assert np.allclose(a, b, rtol=1e-4), "a standard deviation, not a variance"

# --8<-- [start:one-cycle]
p = nn.Parameter(torch.ones(2))
p.grad = torch.ones(2)
optimizer = torch.optim.RMSprop([p])
optimizer.step()
print("before:", optimizer.param_groups[0]["momentum"])
torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=100)
print("after: ", optimizer.param_groups[0]["momentum"])
try:
    optimizer.step()
except KeyError as error:
    print("KeyError:", error)
# --8<-- [end:one-cycle]

# --8<-- [start:bounce]
path = drive(torch.optim.RMSprop, lambda θ, t: θ, 1000, 0.01, 1.0, alpha=0.9)
falling = drive(torch.optim.RMSprop, lambda θ, t: θ, 1000,
                lambda t: 0.01 - 1e-5 * t, 1.0, alpha=0.9)
for name, θ in (("constant lr", path), ("falling lr", falling)):
    print(f"{name:<12} last two θ:", *(round(v, 4) + 0.0 for v in θ[-2:]))
# --8<-- [end:bounce]
assert np.isclose(path[-1], -path[-2]) and np.isclose(abs(path[-1]), 0.005) and abs(falling[-1]) < 1e-5
plt.show()

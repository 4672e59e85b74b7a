# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


def move(p, g, s, lr, rho, eps, weight_decay):
    g = g + weight_decay * p
    s["v"] = rho * s["v"] + (1 - rho) * g * g
    step = (s["u"] + eps).sqrt() / (s["v"] + eps).sqrt() * g  # u: the old one
    s["u"] = rho * s["u"] + (1 - rho) * step * step
    p -= lr * step
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adadelta:
    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0):
        self.params, self.state = list(params), {}
        self.options = lr, rho, eps, weight_decay

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    zeros = dict.fromkeys(("v", "u"), torch.zeros_like(p))
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
    optimizer = make(net.parameters(), **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


worst, names = [], ("lr", "rho", "eps", "weight_decay")
for case in itertools.product((1.0, 0.1), (0.9, 0.5), (1e-6, 0.01), (0.0, 0.1)):
    o = dict(zip(names, case, strict=True))
    difference = train(Adadelta, **o) - train(torch.optim.Adadelta, **o)
    worst.append(difference.abs().max().item())
print(f"{len(worst)} combinations, largest difference {max(worst):.12f}")
# --8<-- [end:equal]
assert len(worst) == 16 and max(worst) < 1e-12

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
optimizer = torch.optim.Adadelta(layer.parameters())
layer(torch.ones(1, 1000)).sum().backward()
optimizer.step()
kept = [t for state in optimizer.state.values() for t in state.values()]
size = sum(t.numel() * t.element_size() for t in kept) / 1_001_000
print(f"{size:.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 8

# --8<-- [start:defaults]
for name, value in torch.optim.Adadelta([torch.ones(1)]).defaults.items():
    print(f"{name:<15} {value}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def drive(gradient, steps, theta=0.0, **options):
    """Return θ at the start and after each step of Adadelta."""
    p = nn.Parameter(torch.tensor([theta], dtype=torch.float64))
    optimizer, path = torch.optim.Adadelta([p], **options), [theta]
    for _ in range(steps):
        p.grad = torch.full_like(p, gradient(path[-1]))
        optimizer.step()
        path.append(p.item())
    return np.array(path)


for g in (0.5, 500.0, 0.001, 0.00001):
    path = drive(lambda θ, g=g: g, 2, theta=2.0)
    print(f"g = {g:<6g} θ: 2 → {path[1]:.6f} → {path[2]:.6f}")
# --8<-- [end:by-hand]
first = [-drive(lambda θ, g=g: g, 1)[1] for g in (0.5, 500.0, 1e-3, 1e-5)]
assert np.allclose(first, (0.0031622, 0.0031623, 1e-6 / math.sqrt(1.1e-6), 1e-5), rtol=1e-4)

# --8<-- [start:slow]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
t = np.arange(1, 1001)
for eps, look in ((1e-6, "C1-"), (1e-4, "C2--"), (1e-8, "C0:")):
    step = -np.diff(drive(lambda θ: 1.0, 1000, eps=eps))
    axes.loglog(t, step, look, label=f"eps = {eps:g}")
    print(f"eps {eps:g}: step 1: {step[0]:.5f}, step 1000: {step[999]:.5f}, "
          f"distance {step.sum():.2f}")
axes.set(xlabel="step", ylabel="step size")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:slow]
default = -np.diff(drive(lambda θ: 1.0, 1000))
assert np.allclose(default[[0, 999]], (0.00316, 0.01057), atol=5e-6) and np.isclose(default.sum(), 7.6, atol=0.01)
assert np.allclose(np.diff(default[500:] ** 2), 0.1 * 1e-6, rtol=1e-5), "its square grows by (1 - rho) eps"
for factor, eps in ((10, 1e-4), (0.1, 1e-8)):
    assert np.allclose(-np.diff(drive(lambda θ: 1.0, 1000, eps=eps)), factor * default, rtol=0.003)

# --8<-- [start:eps-zero]
print("eps 0, gradient 1:", drive(lambda θ: 1.0, 3, eps=0))
print("eps 0, gradient 0:", drive(lambda θ: 0.0, 1, eps=0))
for line in torch.optim.Adadelta.__doc__.splitlines():
    if "eps (float" in line or "numerical stability" in line:
        print(line.strip())
# --8<-- [end:eps-zero]
assert (drive(lambda θ: 1.0, 3, eps=0) == 0).all() and np.isnan(drive(lambda θ: 0.0, 1, eps=0)[1])

# --8<-- [start:units]
metres = drive(lambda θ: θ - 1, 300)  # the loss is (θ - 1)² / 2
louder = drive(lambda θ: 1000 * (θ - 1), 300)  # 1000 times the loss
km = drive(lambda km: 1000 * (1000 * km - 1), 300)  # θ = 1000 km
print(f"θ after 300 steps: {metres[-1]:.3f}")
print(f"loss times 1000:   {louder[-1]:.3f}")
print(f"θ in kilometres:   {1000 * km[-1]:.3f}")
# --8<-- [end:units]
assert np.isclose(metres[-1], louder[-1], atol=1e-4) and abs(1000 * km[-1] - 1) > 1

# --8<-- [start:keras]
for lr in (0.001, 1.0):
    path = drive(lambda θ: 1.0, 1000, lr=lr, rho=0.95, eps=1e-7)
    print(f"lr {lr:<5g}: distance {-path[-1]:.4f} in 1000 steps")
# --8<-- [end:keras]
assert np.isclose(path[-1], 1000 * drive(lambda θ: 1.0, 1000, lr=0.001, rho=0.95, eps=1e-7)[-1])

# --8<-- [start:lr]
kept = []
for lr in (1.0, 0.1):
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, p.grad = torch.optim.Adadelta([p], lr=lr), torch.ones_like(p)
    for _ in range(100):
        optimizer.step()
    kept.append(optimizer.state[p]["acc_delta"].item())
    print(f"lr {lr:<4}: distance {-p.item():.4f}, acc_delta {kept[-1]:.3e}")
# --8<-- [end:lr]
assert kept[0] == kept[1]

# --8<-- [start:tiny]
for g in (1.0, 1e-2, 1e-3, 1e-4, 1e-5):
    step = -drive(lambda θ, g=g: g, 1)[1]
    print(f"gradient {g:<6g} first step {step:.7f} = {step / g:.4f} g")
# --8<-- [end:tiny]
assert np.isclose(step, 1e-5, rtol=1e-3)
plt.show()

import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


# --8<-- [start:from-scratch]
def move(p, g, s, lr, betas, eps, weight_decay):
    beta1, beta2 = betas
    s["t"] += 1
    g = g + weight_decay * p
    s["m"] = beta1 * s["m"] + (1 - beta1) * g
    s["u"] = torch.maximum(beta2 * s["u"], g.abs() + eps)
    p -= lr * s["m"] / (1 - beta1 ** s["t"]) / s["u"]
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adamax:
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0):
        self.params, self.state = list(params), {}
        self.given = lr, betas, eps, weight_decay

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    new = {"t": 0, "m": 0, "u": torch.zeros_like(p)}
                    move(p, p.grad, self.state.setdefault(p, new), *self.given)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), lr=0.01, **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "betas", "eps", "weight_decay"
values = ((0.9, 0.999), (0.8, 0.99)), (1e-8, 0.1), (0, 0.1)
cases = [dict(zip(names, c, strict=True)) for c in itertools.product(*values)]
apart = [train(Adamax, **c) - train(torch.optim.Adamax, **c) for c in cases]
worst = torch.stack(apart).abs().max()
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:state]
p = nn.Parameter(torch.ones(1000, 1000))
optimizer = torch.optim.Adamax([p])
p.grad = torch.ones_like(p)
optimizer.step()
size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
print(f"{size:.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 8

# --8<-- [start:defaults]
for name, default in torch.optim.Adamax([p]).defaults.items():
    print(f"{name:<22} {default}")
# --8<-- [end:defaults]


# --8<-- [start:limit]
torch.manual_seed(0)
gradients = torch.randn(200, dtype=torch.float64)
u = torch.zeros(1, dtype=torch.float64)
for g in gradients:
    u = torch.maximum(0.9 * u, g.abs())
for power in (2, 8, 32, 128):
    v = torch.zeros(1, dtype=torch.float64)
    for g in gradients:
        v = 0.9**power * v + (1 - 0.9**power) * g.abs() ** power
    print(f"p = {power:<4} norm {v.item() ** (1 / power):.4f}")
print(f"maximum  norm {u.item():.4f}")
# --8<-- [end:limit]
assert math.isclose(v.item() ** (1 / power), u.item(), rel_tol=1e-2)


# --8<-- [start:bound]
def sizes(make, gradients, **options):
    """Steps in units of lr."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0, **options), [0.0]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        points.append(p.item())
    return [a - b for a, b in itertools.pairwise(points)]


runs = {"silence, then 1": [0.0] * 1000 + [1.0] * 60}
runs["1, then 1000"] = [1.0] * 1000 + [1000.0] * 60
runs["falling by 0.1 %"] = [0.999**k for k in range(300)]
makes = torch.optim.Adam, torch.optim.Adamax
for name, gradients in runs.items():
    adam, largest = (max(sizes(make, gradients)) for make in makes)
    print(f"{name:<17} Adam {adam:.3f} η  Adamax {largest:.3f} η")
# --8<-- [end:bound]
assert 1.009 < largest < 0.1 / (1 - 0.9 / 0.999) < 1.0092
once = [sum(sizes(make, [0.0] * 1000 + [1.0] + [0.0] * 200)) for make in makes]
assert once[0] > 25 and math.isclose(once[1], 0.1 / (1 - 0.9 / 0.999), rel_tol=1e-6)

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
optimizer = torch.optim.Adamax([p], lr=0.1)
for g in (1.0, -0.5):
    p.grad = torch.full_like(p, g)
    optimizer.step()
    print(f"g = {g:<4g}  θ = {p.item():.4f}")
# --8<-- [end:by-hand]
assert math.isclose(p.item(), 1.9 - 0.1 * (0.04 / 0.19) / 0.999, abs_tol=1e-8)

# --8<-- [start:outlier]
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for make, look in ((torch.optim.Adam, "C0--"), (torch.optim.Adamax, "C1")):
    steps = sizes(make, [1.0] * 200 + [100.0] + [1.0] * 4999)
    axes.plot(range(-200, 5000), steps, look, label=make.__name__)
    print(f"{make.__name__:<6} 100: {steps[300]:.2f}, 2000: {steps[2200]:.2f}")
axes.set(xlabel="step after the outlier", ylabel="step size / η", ylim=(0, 1.2))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:outlier]
back = next(k for k, step in enumerate(steps[300:], 100) if step > 0.999)
assert 4590 < back < 4620 and math.isclose(math.log(100) / 0.001, 4605, abs_tol=1)
assert min(sizes(torch.optim.Adam, [1.0] * 200 + [100.0] + [1.0] * 50)[205:]) < 0.2

# --8<-- [start:zero]
for eps in (1e-8, 0.0):
    p = nn.Parameter(torch.ones(2))
    p.grad = torch.tensor([0.0, 1e-8])
    torch.optim.Adamax([p], lr=0.1, eps=eps).step()
    print(f"eps {eps:<5g} θ: 1, 1 →", *(f"{x:.3f}" for x in p.tolist()))
# --8<-- [end:zero]
assert p[0].isnan()

# --8<-- [start:sparse]
table = nn.Embedding(3, 2, sparse=True)
table(torch.tensor([0])).sum().backward()
try:
    torch.optim.Adamax(table.parameters()).step()
except RuntimeError as error:
    print(error)
# --8<-- [end:sparse]

# --8<-- [start:decay]
p = nn.Parameter(torch.tensor([1.0, 100.0]))
p.grad = torch.zeros_like(p)
torch.optim.Adamax([p], lr=0.1, weight_decay=0.01).step()
print("θ: 1, 100 →", *(f"{x:.1f}" for x in p.tolist()))
# --8<-- [end:decay]
plt.show()

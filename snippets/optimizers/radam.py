import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


# --8<-- [start:from-scratch]
def lengths(t, beta2):
    end = 2 / (1 - beta2) - 1
    return end, end - 2 * t * beta2**t / (1 - beta2**t)


def rectification(t, beta2):
    end, now = lengths(t, beta2)
    ratio = (now - 4) * (now - 2) * end / ((end - 4) * (end - 2) * now)
    return math.sqrt(ratio)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-move]
def move(p, g, s, lr, betas, eps, weight_decay, decoupled):
    beta1, beta2 = betas
    s["t"] += 1
    if decoupled:
        p *= 1 - lr * weight_decay
    else:
        g = g + weight_decay * p
    s["m"] = beta1 * s["m"] + (1 - beta1) * g
    s["v"] = beta2 * s["v"] + (1 - beta2) * g * g
    step = s["m"] / (1 - beta1 ** s["t"])
    if lengths(s["t"], beta2)[1] > 5:
        root = math.sqrt(1 - beta2 ** s["t"])
        step *= rectification(s["t"], beta2) * root / (s["v"].sqrt() + eps)
    p -= lr * step
# --8<-- [end:from-scratch-move]


# --8<-- [start:from-scratch-class]
class RAdam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0, decoupled_weight_decay=False):
        self.params, self.state = list(params), {}
        self.given = lr, betas, eps, weight_decay, decoupled_weight_decay

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    new = {"t": 0, "m": 0, "v": 0}
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


names = "betas", "eps", "weight_decay", "decoupled_weight_decay"
values = ((0.9, 0.999), (0.5, 0.6)), (1e-8, 0.1), (0, 0.1), (False, True)
cases = [dict(zip(names, c, strict=True)) for c in itertools.product(*values)]
apart = [train(RAdam, **c) - train(torch.optim.RAdam, **c) for c in cases]
worst = torch.stack(apart).abs().max()
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:state]
p = nn.Parameter(torch.ones(1000, 1000))
optimizer = torch.optim.RAdam([p])
p.grad = torch.ones_like(p)
optimizer.step()
size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
print(f"{size:.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 8

# --8<-- [start:defaults]
for name, default in torch.optim.RAdam([p]).defaults.items():
    print(f"{name:<22} {default}")
# --8<-- [end:defaults]


# --8<-- [start:lengths]
for t in (1, 2, 4, 5, 6, 7, 1000, 10_000):
    length = lengths(t, 0.999)[1]
    now = f"r = {rectification(t, 0.999):.3f}" if length > 5 else ""
    print(f"t = {t:<6}  ρ = {length:8.3f}  {now}")
# --8<-- [end:lengths]
assert lengths(6, 0.999)[1] > 5 > lengths(5, 0.999)[1] > 4 > lengths(4, 0.999)[1]
for t in (1, 7, 500):
    weights = 0.999 ** torch.arange(t, dtype=torch.float64)
    age = (torch.arange(t) * weights).sum() / weights.sum()
    assert math.isclose(2 * age + 1, lengths(t, 0.999)[1], rel_tol=1e-9), "a window of the same mean age"

# --8<-- [start:curve]
t = range(6, 5001)
figure, axes = plt.subplots(figsize=(5.5, 2.9))
axes.plot(t, [rectification(k, 0.999) for k in t], "C0", label="r of RAdam")
axes.plot(t, [min(1, k / 2000) for k in t], "C1--", label="linear, 2000 steps")
axes.set(xlabel="step", ylabel="factor of the rate", ylim=(0, 1.05))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curve]
assert 0.64 < rectification(1000, 0.999) < 0.65 and 0.82 < rectification(2000, 0.999) < 0.83
assert rectification(5000, 0.999) > 0.98 and rectification(6, 0.999) < 0.026 and rectification(100, 0.999) < 0.22

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
optimizer = torch.optim.RAdam([p], lr=0.1)
for t in range(1, 8):
    p.grad = torch.full_like(p, 0.5)
    optimizer.step()
    print(f"t = {t}  θ = {p.item():.5f}")
# --8<-- [end:by-hand]
assert math.isclose(p.item(), 1.75 - 0.1 * sum(rectification(k, 0.999) for k in (6, 7)), abs_tol=1e-7)


# --8<-- [start:explode]
def sizes(make, gradients, **options):
    """Steps in units of lr."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0, **options), [0.0]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        points.append(p.item())
    return [a - b for a, b in itertools.pairwise(points)]


for g in (100.0, 1.0, 0.01):
    steps = sizes(torch.optim.RAdam, [g] * 7)
    print(f"g = {g:<5g}", *(f"{step:8.3f}" for step in steps))
# --8<-- [end:explode]
assert all(math.isclose(step, 0.01) for step in steps[:5]) and math.isclose(steps[5], 0.0258, abs_tol=1e-4)
assert math.isclose(2 * (-1.2 - 1) - 400 * -1.2 * (1 - 1.44), -215.6) and math.isclose(200 * (1 - 1.44), -88)

# --8<-- [start:small-beta2]
for beta2 in (0.66, 0.67):
    step = sizes(torch.optim.RAdam, [100.0] * 500, betas=(0.9, beta2))[-1]
    print(f"β₂ {beta2}  ρ∞ {lengths(1, beta2)[0]:.2f}  step 500: {step:.1f} η")
# --8<-- [end:small-beta2]
assert step < 1.1

# --8<-- [start:eps]
print(f"Adam   at 10: {sizes(torch.optim.Adam, [1e-8] * 10)[-1]:.3f}")
steps = sizes(torch.optim.RAdam, [1e-8] * 10_000)
print(f"RAdam  at 10: {steps[9]:.3f}  at 10,000: {steps[-1]:.3f}")
print(f"r at 10: {rectification(10, 0.999):.3f}")
# --8<-- [end:eps]
assert steps[9] / rectification(10, 0.999) < 0.1 and 1e-8 / math.sqrt(1 - 0.999**6) < 0.02 * 1e-5

# --8<-- [start:decay]
for decoupled in (False, True):
    p = nn.Parameter(torch.ones(1))
    options = {"weight_decay": 0.01, "decoupled_weight_decay": decoupled}
    optimizer, points = torch.optim.RAdam([p], lr=0.1, **options), []
    for _ in range(200):
        p.grad = torch.zeros_like(p)
        optimizer.step()
        points.append(p.item())
    print(f"{decoupled!s:<5}  at 5: {points[4]:.4f}, at 200: {points[-1]:.4f}")
# --8<-- [end:decay]
assert math.isclose(points[-1], 0.999**200, rel_tol=1e-4)
plt.show()

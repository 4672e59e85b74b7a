# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.RMSprop([w], lr=0.01)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.9000", "1.9000"], (
    "both weights move by ten times lr=0.01 at first, though the gradients are 2 and 4")

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, alpha, eps, weight_decay, momentum, centered):
    g = g + weight_decay * p
    state["v"] = alpha * state["v"] + (1 - alpha) * g * g
    state["m"] = alpha * state["m"] + (1 - alpha) * g
    v = state["v"] - state["m"] ** 2 if centered else state["v"]
    state["b"] = momentum * state["b"] + g / (v.sqrt() + eps)
    p -= lr * state["b"]
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class RMSprop:
    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0,
                 momentum=0, centered=False):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay,
            momentum=momentum, centered=centered,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    zeros = dict.fromkeys(("v", "m", "b"), torch.zeros_like(p))
                    state = self.state.setdefault(p, zeros)
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(32, 5).double(), torch.randn(32, 1).double()


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    optimizer = make(net.parameters(), lr=0.001, **options)
    for _ in range(20):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "alpha", "eps", "weight_decay", "momentum", "centered"
values = (0.99, 0.9), (1e-8, 0.1), (0.0, 0.1), (0.0, 0.9), (False, True)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(RMSprop, **case) - train(torch.optim.RMSprop, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
print("bytes per parameter  state")
for options in ({}, {"momentum": 0.9}, {"momentum": 0.9, "centered": True}):
    layer = nn.Linear(1000, 1000)
    optimizer = torch.optim.RMSprop(layer.parameters(), **options)
    layer(torch.ones(1, 1000)).sum().backward()
    optimizer.step()
    states = optimizer.state.values()
    size = sum(kept.nbytes for state in states for kept in state.values())
    size /= sum(p.numel() for p in layer.parameters())
    print(f"{size:<19.2f} ", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 12, "one tensor more with momentum, one more with `centered`"
assert 4 == 8 / 2, "4 bytes per float32 parameter, half of Adam's 8"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, value in torch.optim.RMSprop([torch.ones(1)]).defaults.items():
    print(f"{name:<24} {value}")
# --8<-- [end:defaults]
DEFAULT = torch.optim.RMSprop([torch.ones(1)]).defaults
adam_lr = torch.optim.Adam([torch.ones(1)]).defaults["lr"]
assert DEFAULT["lr"] == 10 * adam_lr, "ten times Adam's default"
assert DEFAULT["alpha"] == 0.99, "the default α = 0.99"
assert round(1 / (1 - DEFAULT["alpha"])) == 100, "averages over about 1 / (1 − α) = 100 steps"
assert round(1 / (1 - 0.9)) == 10, "ten times for 0.9"


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


rmsprop = torch.optim.RMSprop
print("g        θ₁      θ₂")
for g in (0.5, 500.0, -1e-4):
    path = drive(rmsprop, lambda θ, t, g=g: g, 2, lr=0.1, theta=2.0)
    print(f"{g:<7g}  {path[1]:.4f}  {path[2]:.4f}")
# --8<-- [end:by-hand]
assert round(0.01 * 0.25, 9) == 0.0025, "v₁ = 0.01 · 0.25 = 0.0025"
assert round(math.sqrt(0.0025), 9) == 0.05, "√v₁ = 0.05, a tenth of |g|"
assert round(2 - 0.1 * 0.5 / 0.05, 9) == 1, "θ₁ = 2 − 0.1 · 0.5 / 0.05 = 1: the step is 1, ten times η"
assert round(0.99 * 0.0025 + 0.0025, 9) == 0.004975, "v₂ = 0.99 · 0.0025 + 0.0025, that is 0.004975"
assert round(math.sqrt(0.004975), 5) == 0.07053, "√v₂ = 0.07053"
assert round(0.1 * 0.5 / 0.07053, 4) == 0.7089, "0.1 · 0.5 / 0.07053 = 0.7089"
path = np.array(drive(rmsprop, lambda θ, t: 0.5, 2, 0.1, 2.0))
assert path.round(4).tolist() == [2, 1, 0.2911], "hence θ₂ = 0.2911"
louder = drive(rmsprop, lambda θ, t: 500.0, 2, 0.1, 2.0)
assert np.allclose(path, louder, rtol=1e-6), "a gradient a thousand times larger gives the same path"
assert 1e-8 / (0.1 * 1e-4) == 0.001, "at g = −10^-4 the root is 10^-5 at first, and ε is a thousandth of it"
signs = drive(rmsprop, lambda θ, t: (-0.1) ** t, 3, alpha=0)
assert np.allclose(signs, (0, 1, 0, 1), atol=1e-4), "at α = 0 a step is η times the sign of the gradient"
assert np.isnan(drive(rmsprop, lambda θ, t: 1, 1, alpha=1.5)[1]), "above 1, torch 2.13 accepts it and returns `nan`"

# --8<-- [start:first-step]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for name, make, options, look in (
    ("Adam without momentum", torch.optim.Adam, {"betas": (0.0, 0.99)}, "C0--"),
    ("RMSprop", torch.optim.RMSprop, {"alpha": 0.99}, "C4-"),
):
    step = -np.diff(drive(make, lambda θ, t: 0.3, 300, **options))
    print(f"{name:<22}", *(f" step {t}: {step[t - 1]:.3f} η" for t in (1, 300)))
    axes.plot(range(1, 301), step, look, label=name)
axes.set(xlabel="step", ylabel="step size / η", ylim=(0, 10.5))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:first-step]
assert np.allclose(step, (1 - 0.99 ** np.arange(1, 301)) ** -0.5, rtol=1e-5), "the step is η / √(1 − αᵗ)"
assert round(step[0], 3) == 10, "at t = 1 and α = 0.99 that is 10 η"
assert (step < 1.1).argmax() + 1 == 175, "only from step 175 on is the excess below 10 %"
assert round(step[:100].sum()) == 203, "the first 100 steps go as far as 203 ordinary ones"
assert round((1 - 0.9) ** -0.5, 1) == 3.2, "with alpha=0.9 the first step is 3.2 η"

# --8<-- [start:correction]
adam = drive(torch.optim.Adam, lambda θ, t: math.sin(t * t), 300, 0.01,
             betas=(0.0, 0.99), eps=0)
path = drive(torch.optim.RMSprop, lambda θ, t: math.sin(t * t), 300,
             lr=lambda t: 0.01 * math.sqrt(1 - 0.99**t), eps=0)
print(f"largest difference: {np.abs(np.subtract(path, adam)).max():.12f}")
# --8<-- [end:correction]
assert np.allclose(path, adam, rtol=0, atol=5e-13), "RMSprop is Adam with β₁ = 0, whatever the gradients"


# --8<-- [start:keras]
def keras(g, steps=200, rho=0.9, eps=1e-7):
    v = 0.0
    for _ in range(steps):
        v = rho * v + (1 - rho) * g * g
    return g / math.sqrt(v + eps)


def pytorch(g, eps, steps=200):
    path = drive(torch.optim.RMSprop, lambda θ, t: g, steps, alpha=0.9, eps=eps)
    return path[-2] - path[-1]


print("gradient  torch   Keras   torch, eps = √1e-7")
for g in (1.0, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    row = pytorch(g, 1e-7), keras(g), pytorch(g, math.sqrt(1e-7))
    print(f"{g:<8g} ", "  ".join(f"{size:.4f}" for size in row))
# --8<-- [end:keras]
assert row[0] / row[1] > 280, "at g = 10^-6 torch's step is more than 280 times as long"
assert f"{math.sqrt(1e-7):.0e}" == "3e-04", "√10^-7 ≈ 3 · 10^-4"
sizes = torch.logspace(-6, 0.75, 28, dtype=torch.float64)
p = nn.Parameter(torch.zeros_like(sizes))  # side by side: RMSprop mixes no two coordinates
optimizer = torch.optim.RMSprop([p], lr=1.0, alpha=0.9, eps=10**-3.5)
for _ in range(200):
    before = p.detach().clone()
    p.grad = sizes.clone()
    optimizer.step()
for g, step in zip(sizes.tolist(), (before - p.detach()).tolist(), strict=True):
    factor = keras(g) / step
    assert 1 <= factor < math.sqrt(2) + 1e-9, "use √ε: the steps then differ by a factor between 1 and √2"
assert DEFAULT["eps"] == 1e-8, "torch 2.13: 0.01, 0.99, 10^-8; Keras 3: 0.001, 0.9, 10^-7; TensorFlow 1: 0.9, 10^-10"

# --8<-- [start:lr-outside]
outside = inside = 0.0
print("step  torch  Keras")
for t in range(1, 226):
    lr = 1.0 if t <= 200 else 0.1
    outside = 0.9 * outside + 1  # the scaled gradient is 1
    inside = 0.9 * inside + lr
    if t in (200, 201, 225):
        print(f"{t:<4}  {lr * outside:<5.2f}  {inside:.2f}")
# --8<-- [end:lr-outside]
path = drive(rmsprop, lambda θ, t: 1.0, 201, lambda t: 1 if t <= 200 else 0.1, alpha=0, momentum=0.9)
assert math.isclose(path[199] - path[200], 10, rel_tol=1e-6), "at step 200 torch moves by 10"
assert math.isclose(path[200] - path[201], 1, rel_tol=1e-6), "in torch the step falls to a tenth at once"
assert inside > 1.6 * lr * outside, "25 steps later Keras's step is still more than 1.6 times as long"

# --8<-- [start:centered]
mean = torch.linspace(0.01, 10, 1000)
torch.manual_seed(0)
for noise, eps in ((0.1, 1e-8), (0.0001, 1e-8), (0.0001, 1.0)):
    p = nn.Parameter(torch.zeros(1000))
    optimizer = torch.optim.RMSprop([p], alpha=0.9, eps=eps, centered=True)
    for _ in range(400):
        p.grad = mean * (1 + noise * torch.randn(1000))
        optimizer.step()
    print(f"noise {noise:g}, eps {eps:g}: {p.isnan().sum()} of 1000 are nan")
# --8<-- [end:centered]
assert p.isnan().all(), "a larger `eps` does not help"
torch.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1)
assert optimizer.param_groups[0]["momentum"] > 0, "`CyclicLR` switches the momentum on, too"
noise = torch.stack([torch.randn(400, 1000, generator=torch.Generator().manual_seed(seed)) for seed in range(5)], dim=1)
p = nn.Parameter(torch.zeros(5, 1000))
optimizer = torch.optim.RMSprop([p], alpha=0.9, centered=True)
for drawn in noise:
    p.grad = mean * (1 + 0.1 * drawn)
    optimizer.step()
assert not p.isnan().any(), "noise of 10 % is plenty, in 5 of 5 seeds"
step = -np.diff(drive(rmsprop, lambda θ, t: 1.0, 500, centered=True))
assert round(step[0], 2) == 10.05, "with the defaults 10.05 η at first"
assert round(step[99], 1) == 2.1, "2.1 η at step 100"
assert round(step[499], 1) == 12.4, "12.4 η at step 500"
small, large = (drive(rmsprop, lambda θ, t, k=k: k * math.sin(t * t), 50, centered=True) for k in (1, 10))
assert np.allclose(small, large, rtol=1e-4), "ten times the gradients give the same steps"

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
assert round(1 / (1 - 0.95)) == 20, "momentum 0.95 means up to 20 times the step"

# --8<-- [start:bounce]
path = drive(torch.optim.RMSprop, lambda θ, t: θ, 1000, 0.01, 1.0, alpha=0.9)
falling = drive(torch.optim.RMSprop, lambda θ, t: θ, 1000,
                lambda t: 0.01 - 1e-5 * t, 1.0, alpha=0.9)
for name, θ in (("constant lr", path), ("falling lr", falling)):
    print(f"{name:<12} last two θ:", *(round(v, 4) + 0.0 for v in θ[-2:]))
# --8<-- [end:bounce]
assert np.isclose(path[-1], -path[-2]), "θ jumps from c to −c"
assert np.isclose(abs(path[-1]), 0.005), "c = η / 2"
assert abs(falling[-1]) < 1e-5, "a schedule that lowers η ends within 10^-5"
assert round(1 - 0.01, 9) == 0.99, "plain SGD with that η would multiply θ by 0.99 per step"
plt.show()

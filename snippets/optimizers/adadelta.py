# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.Adadelta([w])
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.9968", "1.9968"], (
    "both weights move by 0.0032 at first, though the gradients are 2 and 4")

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, rho, eps, weight_decay):
    g = g + weight_decay * p
    state["v"] = rho * state["v"] + (1 - rho) * g * g
    step = (state["u"] + eps).sqrt() / (state["v"] + eps).sqrt() * g  # the old u
    state["u"] = rho * state["u"] + (1 - rho) * step * step
    p -= lr * step
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adadelta:
    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    zeros = dict.fromkeys(("v", "u"), torch.zeros_like(p))
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
    optimizer = make(net.parameters(), **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "lr", "rho", "eps", "weight_decay"
values = (1.0, 0.1), (0.9, 0.5), (1e-6, 0.01), (0.0, 0.1)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(Adadelta, **case) - train(torch.optim.Adadelta, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
optimizer = torch.optim.Adadelta(layer.parameters())
layer(torch.ones(1, 1000)).sum().backward()
optimizer.step()
states = optimizer.state.values()
size = sum(kept.nbytes for state in states for kept in state.values())
size /= sum(p.numel() for p in layer.parameters())
print(f"{size:.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 8, "8 bytes per float32 parameter, as Adam"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, value in torch.optim.Adadelta([torch.ones(1)]).defaults.items():
    print(f"{name:<24} {value}")
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


print("g      θ₁        θ₂")
for g in (0.5, 500.0, 0.001, 0.00001):
    path = drive(lambda θ, g=g: g, 2, theta=2.0)
    print(f"{g:<5g}  {path[1]:.6f}  {path[2]:.6f}")
# --8<-- [end:by-hand]
DEFAULT = torch.optim.Adadelta([torch.ones(1)]).defaults
assert DEFAULT["rho"] == 0.9, "the default ρ = 0.9"
assert round(1 / (1 - DEFAULT["rho"])) == 10, "averages over about 1 / (1 − ρ) = 10 steps"
assert round(0.1 * 0.25, 9) == 0.025, "v₁ = 0.1 · 0.25 = 0.025"
assert round(0.025 + 1e-6, 9) == 0.025001, "v₁ + ε = 0.025001"
assert round(0.5 * math.sqrt(1e-6 / 0.025001), 6) == 0.003162, "Δ₁ = 0.5 √(10^-6 / 0.025001), that is 0.003162"
assert f"{0.1 * 0.003162**2:.1e}" == "1.0e-06", "u₁ = 0.1 · Δ₁² = 10^-6"
assert round(0.9 * 0.025 + 0.025, 9) == 0.0475, "v₂ = 0.9 · 0.025 + 0.025 = 0.0475"
assert round(0.0475 + 1e-6, 9) == 0.047501, "v₂ + ε = 0.047501"
assert round(0.5 * math.sqrt(2e-6 / 0.047501), 6) == 0.003244, "Δ₂ = 0.5 √(2 · 10^-6 / 0.047501), that is 0.003244"
path = drive(lambda θ: 0.5, 2, theta=2.0)
assert path.round(6).tolist() == [2, 1.996838, 1.993593], "hence θ₁ = 1.996838 and θ₂ = 1.993593"
louder = drive(lambda θ: 500.0, 2, theta=2.0)
assert np.allclose(path, louder, rtol=1e-6), "a gradient a thousand times larger gives the same path"
first = -drive(lambda θ: 1e-3, 1)[1]
assert first < 0.001, "at 10^-3 the steps shrink: the first is below 0.001"

# --8<-- [start:slow]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
t = np.arange(1, 1001)
for eps, look in ((1e-6, "C1-"), (1e-4, "C2--"), (1e-8, "C0:")):
    step = -np.diff(drive(lambda θ: 1.0, 1000, eps=eps))
    axes.loglog(t, step, look, label=f"eps = {eps:g}")
    print(f"eps {eps:g}: step 1: {step[0]:.5f}", end=", ")
    print(f"step 1000: {step[999]:.5f}, distance {step.sum():.2f}")
axes.set(xlabel="step", ylabel="step size")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:slow]
default = -np.diff(drive(lambda θ: 1.0, 1000))
assert round(math.sqrt(1e-6 / 0.1), 5) == 0.00316, "√(ε / (1 − ρ)) = 0.00316"
assert round(default[0], 5) == 0.00316, "and so is the first step"
growth = np.diff(default[500:] ** 2)
assert np.allclose(growth, 1e-7, rtol=1e-5), "the square of the step grows by (1 − ρ) ε = 10^-7 per step"
assert round(default[999], 4) == 0.0106, "after 1000 steps it is 0.0106"
larger = -np.diff(drive(lambda θ: 1.0, 1000, eps=1e-4)) / default
assert larger.round(1).tolist() == [10] * 1000, "a hundred times ε is ten times the step, throughout"

# --8<-- [start:eps-zero]
print("eps 0, gradient 1:", drive(lambda θ: 1.0, 3, eps=0))
print("eps 0, gradient 0:", drive(lambda θ: 0.0, 1, eps=0))
for line in torch.optim.Adadelta.__doc__.splitlines():
    if "eps (float" in line or "numerical stability" in line:
        print(line.strip())
# --8<-- [end:eps-zero]
assert (drive(lambda θ: 1.0, 3, eps=0) == 0).all(), "without it nothing ever moves"
assert np.isnan(drive(lambda θ: 0.0, 1, eps=0)[1]), "a zero gradient gives 0 / 0"

# --8<-- [start:units]
metres = drive(lambda θ: θ - 1, 300)  # the loss is (θ - 1)² / 2
louder = drive(lambda θ: 1000 * (θ - 1), 300)  # 1000 times the loss
km = drive(lambda km: 1000 * (1000 * km - 1), 300)  # θ = 1000 km
print(f"θ after 300 steps: {metres[-1]:.3f}")
print(f"loss times 1000:   {louder[-1]:.3f}")
print(f"θ in kilometres:   {1000 * km[-1]:.3f}")
# --8<-- [end:units]
assert round(metres[-1], 3) == round(louder[-1], 3), "the loss can be scaled, as for Adam"
assert abs(1000 * km[-1] - 1) > 1, "in kilometres it ends more than a metre from the minimum"
assert math.sqrt(DEFAULT["eps"]) == 0.001, "√ε = 0.001"

# --8<-- [start:keras]
print("lr     distance in 1000 steps")
for lr in (0.001, 1.0):
    path = drive(lambda θ: 1.0, 1000, lr=lr, rho=0.95, eps=1e-7)
    print(f"{lr:<5g}  {-path[-1]:.4f}")
# --8<-- [end:keras]
slow = drive(lambda θ: 1.0, 1000, lr=0.001, rho=0.95, eps=1e-7)
assert np.isclose(path[-1], 1000 * slow[-1]), "with the rate 0.001 it moves a thousandth as far"
assert DEFAULT["rho"] < 0.95, "its ρ is 0.95"

# --8<-- [start:lr]
kept = {}
print("lr   distance  acc_delta")
for lr in (1.0, 0.1):
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    p.grad = torch.ones_like(p)
    optimizer = torch.optim.Adadelta([p], lr=lr)
    for _ in range(100):
        optimizer.step()
    kept[lr] = optimizer.state[p]["acc_delta"].item()
    print(f"{lr:<3}  {-p.item():<8.4f}  {kept[lr]:.3e}")
# --8<-- [end:lr]
assert kept[1.0] == kept[0.1], "u collects Δ, before it is multiplied by η"

# --8<-- [start:tiny]
print("gradient  first step  share")
for g in (1.0, 1e-2, 1e-3, 1e-4, 1e-5):
    step = -drive(lambda θ, g=g: g, 1)[1]
    print(f"{g:<8g}  {step:<10.7f}  {step / g:.4f}")
# --8<-- [end:tiny]
assert np.isclose(step, 1e-5, rtol=1e-3), "the step is plain SGD's, with the learning rate 1"
plt.show()

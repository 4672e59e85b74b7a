# --8<-- [start:from-scratch]
import inspect
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn


def move(p, g, s, lr, lambd, alpha, t0, weight_decay):
    s["t"] += 1
    eta, mu = s["eta"], s["mu"]  # left by the step before
    g = g + weight_decay * p
    p *= 1 - lambd * eta
    p -= eta * g
    s["ax"] = p.clone() if mu == 1 else s["ax"] + mu * (p - s["ax"])
    s["eta"] = stored(lr / (1 + lambd * lr * s["t"]) ** alpha)
    s["mu"] = stored(1 / max(1, s["t"] - t0))


def stored(number):
    return torch.tensor(number).item()  # in float32, as torch keeps it
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class ASGD:
    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6,
                 weight_decay=0):
        self.params, self.state = list(params), {}
        self.options = lr, lambd, alpha, t0, weight_decay

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        first = {"t": 0, "eta": stored(self.options[0]), "mu": 1}
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    state = self.state.setdefault(p, first.copy())
                    move(p, p.grad, state, *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
batches = torch.randn(60, 8, 5, dtype=torch.float64)


def train(make, **options):
    p = nn.Parameter(torch.ones(5, dtype=torch.float64))
    optimizer = make([p], lr=0.1, **options)
    for x in batches:
        optimizer.zero_grad()
        (x @ p - x[:, 0]).square().mean().backward()
        optimizer.step()
    return torch.stack([p.detach(), optimizer.state[p]["ax"]])


names = "lambd", "alpha", "t0", "weight_decay"
worst, cases = 0.0, 0
for values in itertools.product((0, 0.1), (0.75, 1), (0, 20, 1e6), (0, 0.1)):
    options = dict(zip(names, values, strict=True))
    difference = train(ASGD, **options) - train(torch.optim.ASGD, **options)
    worst, cases = max(worst, difference.abs().max().item()), cases + 1
print(f"{cases} combinations, parameter and average: {worst:.12f} apart")
# --8<-- [end:equal]
assert cases == 24 and worst < 1e-12

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
optimizer = torch.optim.ASGD(layer.parameters())
optimizer.step()
kept = sum(t.nbytes for s in optimizer.state.values() for t in s.values())
print(f"{kept / 1_001_000:.2f} bytes each:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(kept / 1_001_000, 2) == 4

# --8<-- [start:defaults]
for name, parameter in inspect.signature(torch.optim.ASGD).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<15} {parameter.default}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def follow(gradients, theta=2.0, lr=0.1, dtype=torch.float64, **options):
    """Feed the gradients one by one; yield θ, the average and the optimizer."""
    p = nn.Parameter(torch.tensor(theta, dtype=dtype))
    optimizer = torch.optim.ASGD([p], lr=lr, **options)
    for g in gradients:
        p.grad = torch.tensor(g, dtype=dtype)
        optimizer.step()
        yield p.item(), optimizer.state[p]["ax"].item(), optimizer


for theta, average, optimizer in follow([0.5] * 4, lambd=0.5, t0=0):
    (state,) = optimizer.state.values()
    print(f"θ {theta:.4f}  average {average:.4f}  next η {state['eta']:.4f}")
# --8<-- [end:by-hand]
eta = 0.1 / 1.05**0.75
assert round((1 - 0.5 * eta) * 1.85 - eta * 0.5, 4) == 1.7126 and round(eta, 4) == 0.0964

# --8<-- [start:noise]
torch.manual_seed(1)
eta, steps = 0.1, 1000
n = torch.arange(1, steps + 1)
figure, axes = plt.subplots(figsize=(5.5, 3.2))
for t0, look in ((0, "C1--"), (100, "C2-.")):
    p = nn.Parameter(torch.full((2000,), 5.0))  # 2000 runs at once
    optimizer = torch.optim.ASGD([p], lr=eta, lambd=0, t0=t0)
    last, mean = [], []
    for _ in n:
        p.grad = p.detach() + torch.randn(2000)  # loss θ² / 2, noise 1
        optimizer.step()
        last.append(p.detach().square().mean().item())
        mean.append(optimizer.state[p]["ax"].square().mean().item())
    axes.loglog(n, mean, look, label=f"average, t0={t0}")
axes.loglog(n, last, "C0", label="last θ")
axes.loglog(n, 1 / n, "C5:", label="σ² / (a² n)")
axes.set(xlabel="step n", ylabel="mean squared error", ylim=(5e-4, 40))
figure.legend(loc="outside lower center", ncols=4)
# --8<-- [end:noise]
assert math.isclose(last[-1], 0.1 / 1.9, rel_tol=0.1) and math.isclose(mean[-1], 1 / 900, rel_tol=0.15)

# --8<-- [start:start]
for t0 in (-1, 0, 3, 1e6):
    path = follow([-1.0] * 7, theta=0.0, lr=1, lambd=0, t0=t0)
    print(f"t0 {t0:<9,.0f} average", *(f"{mean:4.1f}" for _, mean, _ in path))
# --8<-- [end:start]

# --8<-- [start:swap]
def swap(optimizer):
    for p, state in optimizer.state.items():
        p.data, state["ax"] = state["ax"], p.data


x = torch.randn(500, 10)
y = x.sum(dim=1, keepdim=True) + torch.randn(500, 1)
net = nn.Linear(10, 1)
swa = torch.optim.swa_utils.AveragedModel(net)
optimizer = torch.optim.ASGD(net.parameters(), lr=0.1, lambd=0, t0=100)
for t in range(1, 401):
    batch = torch.randint(500, (4,))
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x[batch]), y[batch]).backward()
    optimizer.step()
    if t >= 100 + 2:
        swa.update_parameters(net)
# --8<-- [end:swap]

# --8<-- [start:evaluate]
def loss():
    return nn.functional.mse_loss(net(x), y).item()


print(f"parameter  loss {loss():.2f}")
swap(optimizer)
print(f"average    loss {loss():.2f}")
same = torch.allclose(net.weight, swa.module.weight, atol=1e-5)
print("the same as AveragedModel:", same)
swap(optimizer)
# --8<-- [end:evaluate]
assert same

# --8<-- [start:late]
before = 0.0
for theta, _, optimizer in follow([-1.0] * 5, theta=0.0, lr=0.1, lambd=0):
    print(f"step {theta - before:.2f}", end="   ")
    before, optimizer.param_groups[0]["lr"] = theta, 0.01
# --8<-- [end:late]

# --8<-- [start:lambd]
for lambd, decay, alpha in ((0, 0.1, 0.75), (0.1, 0, 0), (0.1, 0, 0.75)):
    options = {"lambd": lambd, "weight_decay": decay, "alpha": alpha}
    *_, (theta, _, optimizer) = follow([0.0] * 300, theta=1.0, **options)
    eta = optimizer.state.popitem()[1]["eta"]
    print(*(f"{name} {value:<4} " for name, value in options.items()), end="")
    print(f"η {eta:.4f}  θ 1 → {theta:.4f}")
# --8<-- [end:lambd]
assert math.isclose(0.1 / 4**0.75, eta, rel_tol=1e-6) and round(0.99**300, 3) == 0.049
assert round((1 + 1e-4 * 0.01 * 1e6) ** -0.75, 2) == 0.59  # η after a million steps with the defaults, in units of lr

# --8<-- [start:negative]
for lr in (0.1, 0.15):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for theta, _, _ in follow([0.0] * 12, 1.0, lr, lambd=-1.0):
                reached = theta
        except ZeroDivisionError as error:
            print(f"lr {lr}  θ 1 → {reached:.1f}, then {error}")
    for warning in caught:
        print(f"lr {lr}  {str(warning.message).split(' (')[0]}")
# --8<-- [end:negative]

# --8<-- [start:bfloat16]
gradients = [0.0] * 1000 + [-10.0] + [0.0] * 999  # θ is 1, then 2
for dtype in (torch.float32, torch.bfloat16):
    *_, (theta, mean, _) = follow(gradients, 1.0, dtype=dtype, lambd=0, t0=0)
    print(f"{dtype}  θ {theta:.1f}  average {mean:.2f}")
# --8<-- [end:bfloat16]
assert mean == 1 and 1 - 1.0 * 0.1 * 10 == 0 > 1 - 1.0 * 0.15 * 7
plt.show()

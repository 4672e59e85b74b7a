# --8<-- [start:from-scratch]
import inspect
import itertools
import math
import statistics

import matplotlib.pyplot as plt
import torch
from torch import nn


def move(p, g, s, lr, etas, step_sizes):
    product = g * s["previous g"]
    factor = torch.ones_like(p)
    factor[product > 0] = etas[1]  # same sign: longer
    factor[product < 0] = etas[0]  # turned: shorter
    s["step"] = (s["step"] * factor).clamp(*step_sizes)
    g = torch.where(product < 0, 0.0, g)  # turned: stay where you are
    p -= s["step"] * g.sign()
    s["previous g"] = g
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Rprop:
    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50)):
        self.params, self.state = list(params), {}
        self.options = lr, etas, step_sizes

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    first = torch.full_like(p, self.options[0])
                    start = {"step": first, "previous g": torch.zeros_like(p)}
                    state = self.state.setdefault(p, start)
                    move(p, p.grad, state, *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(2, 32, 5).double()


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), **options)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "lr", "etas", "step_sizes"
worst, cases = 0.0, 0
factors, limits = ((0.5, 1.2), (0.9, 2.0)), ((1e-6, 50), (1e-3, 0.1))
for values in itertools.product((0.01, 1.0), factors, limits):
    options = dict(zip(names, values, strict=True))
    difference = train(Rprop, **options) - train(torch.optim.Rprop, **options)
    worst, cases = max(worst, difference.abs().max().item()), cases + 1
print(f"{cases} combinations, 60 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert cases == 8 and worst < 1e-12

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
optimizer = torch.optim.Rprop(layer.parameters())
optimizer.step()
kept = sum(t.nbytes for s in optimizer.state.values() for t in s.values())
print(f"{kept / 1_001_000:.2f} bytes each:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(kept / 1_001_000, 2) == 8

# --8<-- [start:defaults]
for name, parameter in inspect.signature(torch.optim.Rprop).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<15} {parameter.default}")
# --8<-- [end:defaults]

p = nn.Parameter(torch.tensor([-1.2, 1.0], dtype=torch.float64))  # Rosenbrock, as the path does
optimizer, stays = torch.optim.Rprop([p], lr=0.03), torch.zeros(2)
for _ in range(100):
    off = p[1].item() - p[0].item() ** 2
    p.grad = torch.tensor([2 * (p[0].item() - 1) - 400 * p[0].item() * off, 200 * off], dtype=p.dtype)
    optimizer.step()
    stays += optimizer.state[p]["prev"] == 0
assert (stays > 15).all() and optimizer.state[p]["step_size"].max() < 0.015


# --8<-- [start:by-hand]
def follow(gradients, lr=0.1, dtype=torch.float64, **options):
    """Feed the gradients one by one; yield θ and its step size."""
    p = nn.Parameter(torch.zeros(1, dtype=dtype))
    optimizer = torch.optim.Rprop([p], lr=lr, **options)
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        yield p.item(), optimizer.state[p]["step_size"].item()


signs = [1, 1, 1, -1, -1, -1]
for g, (theta, size) in zip(signs, follow(signs), strict=True):
    print(f"g {g:+d}  step size {size:.4f}  θ {theta:+.4f}")
# --8<-- [end:by-hand]
assert list(follow(signs)) == list(follow([1000.0 * g for g in signs]))


# --8<-- [start:variants]
def variant(gradients, kind, size=0.1, theta=0.0):
    """Rprop with backtracking (1993), without (1994), iRprop- (2000)."""
    previous = moved = 0.0
    for g in gradients:
        turned = g * previous < 0
        size *= 0.5 if turned else 1.2 if g * previous > 0 else 1.0
        if turned and kind != "Rprop-":
            moved, g = (-moved if kind == "Rprop+" else 0.0), 0.0
        else:
            moved = -size * ((g > 0) - (g < 0))
        theta, previous = theta + moved, g
        yield theta


print("torch  ", *(f"{theta:+.3f}" for theta, _ in follow(signs)))
for kind in ("Rprop+", "Rprop-", "iRprop-"):
    print(f"{kind:<7}", *(f"{theta:+.3f}" for theta in variant(signs, kind)))
# --8<-- [end:variants]
for signs in itertools.product((-1, 1), repeat=6):
    ours = torch.tensor(list(variant(signs, "iRprop-")))
    assert torch.allclose(ours, torch.tensor([theta for theta, _ in follow(signs)]))

# --8<-- [start:noise]
torch.manual_seed(2)
figure, axes = plt.subplots(figsize=(5.5, 3.2))
ends = {}
for noise, look in ((0.5, "C2--"), (1.09, "C0-"), (2.0, "C1-.")):
    p = nn.Parameter(torch.zeros(2000))  # 2000 parameters, all with slope -1
    optimizer = torch.optim.Rprop([p], lr=0.01, step_sizes=(1e-12, 1e12))
    sizes = []
    for _ in range(100):
        p.grad = -1 + noise * torch.randn(2000)
        optimizer.step()
        sizes.append(optimizer.state[p]["step_size"].log().mean().exp().item())
    axes.semilogy(range(1, 101), sizes, look, label=f"noise {noise}")
    ends[noise] = sizes[-1]
axes.set(xlabel="step", ylabel="step size, geometric mean")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:noise]
right = (1 + math.sqrt(1 - 4 / (3 + math.log(2) / math.log(1.2)))) / 2
assert round(right, 2) == 0.82 and round(1 / statistics.NormalDist().inv_cdf(right), 2) == 1.09
assert ends[0.5] > 1000 * 0.01 and 0.003 < ends[1.09] < 0.03 and ends[2.0] < 0.01 / 1000

# --8<-- [start:median]
gradients = ([0.1] * 9 + [-0.9]) * 3
*_, (theta, _) = follow(gradients, lr=0.01)
print(f"sum of gradients {abs(sum(gradients)):.6f}, θ: 0 → {theta:.2f}")
# --8<-- [end:median]

# --8<-- [start:lr-later]
p = nn.Parameter(torch.zeros(1))
optimizer = torch.optim.Rprop([p], lr=0.1)
for lr in (0.1, 0.0, 0.0):
    optimizer.param_groups[0]["lr"] = lr
    p.grad = torch.ones(1)
    optimizer.step()
    print(f"lr {lr}  θ {p.item():.3f}")
# --8<-- [end:lr-later]

# --8<-- [start:limits]
for lr, limits in ((100, (1e-6, 50)), (0, (1e-6, 50)), (0.1, (50, 1e-6))):
    ((theta, _),) = follow([1.0], lr, step_sizes=limits)
    print(f"lr {lr:<4} step_sizes {limits!s:<12}  first step {theta:g}")
try:
    torch.optim.Rprop([p], etas=(1.2, 0.5))
except ValueError as error:
    print(error)
# --8<-- [end:limits]

# --8<-- [start:underflow]
full, half = torch.float32, torch.float16
for dtype, g in ((full, 1e-3), (full, 1e-23), (half, 1e-4)):
    *_, (_, size) = follow([g] * 10, dtype=dtype)
    print(f"{dtype}  g {g:g}  step size 0.1 → {size:.2f}")
# --8<-- [end:underflow]

# --8<-- [start:kink]
for make in (torch.optim.SGD, torch.optim.Rprop):
    p = nn.Parameter(torch.tensor(1.0))
    optimizer = make([p], lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        (p - 0.37).abs().backward()
        optimizer.step()
    print(f"{make.__name__:<5}  off the kink by {abs(p.item() - 0.37):.5f}")
# --8<-- [end:kink]
assert abs(p.item() - 0.37) < 1e-5 and (round(math.log(100, 1.2)), round(math.log(100, 2))) == (25, 7)
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.Adagrad([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.9000", "1.9000"], (
    "both weights move by lr=0.1 at first, though the gradients are 2 and 4")

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, lr_decay, weight_decay, eps):
    rate = lr / (1 + state["t"] * lr_decay)  # t counts the steps before this one
    state["t"] += 1
    g = g + weight_decay * p
    state["sum"] = state["sum"] + g * g
    p -= rate * g / (state["sum"].sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adagrad:
    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0,
                 initial_accumulator_value=0, eps=1e-10):
        self.params, self.state = list(params), {}
        for p in self.params:  # at once, not at the first step
            total = torch.full_like(p, initial_accumulator_value)
            self.state[p] = {"t": 0, "sum": total}
        self.options = dict(
            lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    move(p, p.grad, self.state[p], **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(32, 5).double(), torch.randn(32, 1).double()


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    optimizer = make(net.parameters(), lr=0.1, **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = ("lr_decay", "weight_decay", "initial_accumulator_value", "eps")
values = (0.0, 0.1), (0.0, 0.1), (0.0, 0.1), (1e-10, 0.1)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(Adagrad, **case) - train(torch.optim.Adagrad, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "largest difference 0.000000000000"

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
for p in layer.parameters():
    p.requires_grad_(False)  # frozen, and still it gets its state
optimizer = torch.optim.Adagrad(layer.parameters())
states = optimizer.state.values()
size = sum(kept.nbytes for state in states for kept in state.values())
size /= sum(p.numel() for p in layer.parameters())
print(f"{size:.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 4, "4 bytes per float32 parameter, half of Adam's"

# --8<-- [start:defaults]
print(f"{'option':<27} default")
for name, value in torch.optim.Adagrad([torch.ones(1)]).defaults.items():
    print(f"{name:<27} {value}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def drive(make, gradients, theta=0.0, **options):
    """Return θ at the start and after each step."""
    p = nn.Parameter(torch.tensor([theta], dtype=torch.float64))
    optimizer, path = make([p], **options), [theta]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        path.append(p.item())
    return np.array(path)


print("gradients         θ₀      θ₁      θ₂      θ₃")
for gradients in ((3, 4, 12), (300, 400, 1200), (3, 0, 0)):
    path = drive(torch.optim.Adagrad, gradients, 2.0, lr=0.1)
    print(f"{gradients!s:<16}", *(f" {theta:.4f}" for theta in path))
# --8<-- [end:by-hand]
assert path[1] == path[3], "zero gradients move nothing"
assert 9 + 16 == 25, "S₂ = 9 + 16 = 25"
assert 25 + 144 == 13**2, "S₃ = 25 + 144 = 169"
assert round(0.1 * 4 / 5, 9) == 0.08, "0.1 · 4 / 5 = 0.08"
assert round(0.1 * 12 / 13, 4) == 0.0923, "0.1 · 12 / 13 = 0.0923"
path = drive(torch.optim.Adagrad, (3, 4, 12), 2.0, lr=0.1)
assert path.round(4).tolist() == [2, 1.9, 1.82, 1.7277], "θ₁ = 1.9, θ₂ = 1.82, θ₃ = 1.7277"
larger = drive(torch.optim.Adagrad, (300, 400, 1200), 2.0, lr=0.1)
assert np.allclose(path, larger), "gradients a hundred times larger give the same path"
assert torch.optim.Adagrad([torch.ones(1)]).defaults["lr"] == 0.01, "the default η = 0.01"

# --8<-- [start:dies]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for name, look in (("RMSprop", "C4--"), ("Adam", "C0:"), ("Adagrad", "C4-")):
    step = -np.diff(drive(getattr(torch.optim, name), [0.3] * 2600, lr=0.01))
    axes.loglog(range(1, 2601), step / 0.01, look, label=name)
    count = (step.cumsum() < 1).sum() + 1
    print(f"{name:<7} covers a distance of 1 in {count} steps")
axes.set(xlabel="step", ylabel="step size / η")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:dies]
assert np.allclose(step, 0.01 / np.arange(1, 2601) ** 0.5), "the step is η / √t"
assert count == 2574, "with the default η = 0.01 a parameter needs 2574 steps to move by 1"

# --8<-- [start:rare]
def regret(every, lr, adagrad, seed=0):
    """Return the regret after 10,000 steps of a feature present at some of them."""
    noise = np.random.default_rng(seed).uniform(-1, 1, 10_001).tolist()
    w = total = squares = 0.0
    for t in range(every, 10_001, every):
        y = 0.7 + noise[t]
        total += abs(w - y) - abs(0.7 - y)
        g = math.copysign(1, w - y)
        squares += g * g
        w -= lr / math.sqrt(squares if adagrad else t) * g
    return total


print("rule           frequent  rare")
for name, lr in (("SGD 0.1 / √t", 0.1), ("SGD 1 / √t", 1.0), ("Adagrad 0.1", 0.1)):
    frequent = regret(every=1, lr=lr, adagrad=name == "Adagrad 0.1")
    rare = regret(every=100, lr=lr, adagrad=name == "Adagrad 0.1")
    print(f"{name:<13}  {frequent:<8.0f}  {rare:.0f}")
# --8<-- [end:rare]
for seed in range(5):
    frequent, rare = (regret(every, 0.1, adagrad=True, seed=seed) for every in (1, 100))
    small, large = (regret(1, lr, adagrad=False, seed=seed) for lr in (0.1, 1.0))
    assert math.isclose(frequent, small, rel_tol=1e-6), "on the frequent one Adagrad equals the small rate"
    assert large > 2 * small, "the large rate more than doubles the frequent one's regret, in 5 of 5 seeds"
    small, large = (regret(100, lr, adagrad=False, seed=seed) for lr in (0.1, 1.0))
    assert math.isclose(rare, large, rel_tol=1e-6), "on the rare one Adagrad equals the large rate"
    assert small > 2 * large, "the small rate more than doubles the rare one's regret, in 5 of 5 seeds"
    for count, got in ((10_000, frequent), (100, rare)):
        bound = (0.7**2 / (2 * 0.1) + 0.1) * math.sqrt(count)
        assert got < bound, "Adagrad is below its bound, with D = 0.7, in 5 of 5 seeds"
assert math.sqrt(100) == math.sqrt(10_000) / 10, "its root of a count of 100 is a tenth of √10,000"

# --8<-- [start:initial]
print("g     initial value  first step")
for g in (1.0, 0.1, 0.01):
    for start in (0, 0.1):
        options = {"lr": 1, "initial_accumulator_value": start}
        step = -drive(torch.optim.Adagrad, [g], **options)[1]
        print(f"{g:<4g}  {start:<13}  {step:.3f}")
# --8<-- [end:initial]

# --8<-- [start:add-group]
first, second, third = (nn.Parameter(torch.zeros(1)) for _ in range(3))
optimizer = torch.optim.Adagrad([first], lr=0.01)
group = {"params": [second], "lr": 0.5, "initial_accumulator_value": 99.0}
optimizer.add_param_group(group)
optimizer.defaults["lr"] = 7.0  # reaches only groups added from now on
optimizer.add_param_group({"params": [third]})
first.grad = second.grad = third.grad = torch.ones(1)
optimizer.step()
print("lr    initial  sum  θ")
for group in optimizer.param_groups:
    (p,) = group["params"]
    print(f"{group['lr']:<4}", end="  ")
    print(f"{group['initial_accumulator_value']:<7}", end="  ")
    print(f"{optimizer.state[p]['sum'].item():<3g}  {p.item():.2f}")
# --8<-- [end:add-group]
assert optimizer.state[second]["sum"] == 1, "the group says 99, and its sum after one gradient of 1 is 1"
given = torch.optim.Adagrad([{"params": [third], "initial_accumulator_value": 9.0}])
assert given.state[third]["sum"] == 0, "torch reads only the optimizer's own value, at construction too"

# --8<-- [start:lr-decay]
for steps in (100, 1000, 3000):
    path = drive(torch.optim.Adagrad, [1.0] * steps, lr=0.01, lr_decay=0.01)
    print(f"after {steps:>4} steps: distance {-path[-1]:.4f}")
print(f"never more than  {0.01 * math.pi / math.sqrt(0.01 * 0.99):.4f}")
# --8<-- [end:lr-decay]
assert -path[-1] < 0.01 * math.pi / math.sqrt(0.01 * 0.99), "the integral bounds the sum"
plt.show()

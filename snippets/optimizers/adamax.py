# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.Adamax([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.9000", "1.9000"], (
    "both weights move by lr=0.1, though the gradients are 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, betas, eps, weight_decay):
    beta1, beta2 = betas
    state["t"] += 1
    g = g + weight_decay * p
    state["m"] = beta1 * state["m"] + (1 - beta1) * g
    state["u"] = torch.maximum(beta2 * state["u"], g.abs() + eps)
    p -= lr * state["m"] / (1 - beta1 ** state["t"]) / state["u"]
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adamax:
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    new = {"t": 0, "m": 0, "u": torch.zeros_like(p)}
                    state = self.state.setdefault(p, new)
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), lr=0.01, **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "betas", "eps", "weight_decay"
values = ((0.9, 0.999), (0.8, 0.99)), (1e-8, 0.1), (0, 0.1)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(Adamax, **case) - train(torch.optim.Adamax, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
p = nn.Parameter(torch.ones(1000, 1000))
optimizer = torch.optim.Adamax([p])
p.grad = torch.ones_like(p)
optimizer.step()
size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
print(f"{size:.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 8, "two tensors of the parameter's shape and type"
assert optimizer.state[p]["step"].numel() == 1, "and a step count per tensor"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, default in torch.optim.Adamax([p]).defaults.items():
    print(f"{name:<24} {default}")
# --8<-- [end:defaults]
DEFAULT = torch.optim.Adamax([p]).defaults
assert DEFAULT["lr"] == 2 * torch.optim.Adam([p]).defaults["lr"], "the default is twice Adam's"
assert round(1 / (1 - DEFAULT["betas"][0])) == 10, "average over about 10 gradients"
assert round(1 - DEFAULT["betas"][1], 9) == 0.001, "the maximum fades by 0.1 % per step"
OPTIONS = inspect.signature(torch.optim.Adamax).parameters
assert "fused" not in OPTIONS, "there is no `fused`"
assert "amsgrad" not in OPTIONS, "and no `amsgrad`"


# --8<-- [start:limit]
torch.manual_seed(0)
gradients = torch.randn(200, dtype=torch.float64)
u = torch.zeros(1, dtype=torch.float64)
for g in gradients:
    u = torch.maximum(0.9 * u, g.abs())
print("p        norm")
for power in (2, 8, 32, 128):
    v = torch.zeros(1, dtype=torch.float64)
    for g in gradients:
        v = 0.9**power * v + (1 - 0.9**power) * g.abs() ** power
    print(f"{power:<7}  {v.item() ** (1 / power):.4f}")
print(f"maximum  {u.item():.4f}")
# --8<-- [end:limit]
distances = []
for power in (2, 8, 32, 128):
    terms = [0.9**k * abs(g) for k, g in enumerate(reversed(gradients.tolist()))]
    norm = ((1 - 0.9**power) * sum(term**power for term in terms)) ** (1 / power)
    distances.append(abs(norm - max(terms)))
assert math.isclose(norm, v.item() ** (1 / power)), "written as a sum, it is the same norm"
assert math.isclose(max(terms), u.item()), "that maximum obeys u = max(β₂ u, |g|)"
assert distances == sorted(set(distances), reverse=True), "the norm tends to the largest term: closer with each p"
factors = [(1 - 0.9**power) ** (1 / power) for power in (2, 8, 32, 128)]
assert factors == sorted(set(factors)), "the factor tends to 1"


# --8<-- [start:bound]
def sizes(make, gradients, **options):
    """Return the steps in units of lr."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0, **options), [0.0]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        points.append(p.item())
    return [before - after for before, after in itertools.pairwise(points)]


print("gradients         Adam   Adamax")
for name, gradients in (
    ("silence, then 1", [0.0] * 1000 + [1.0] * 60),
    ("1, then 1000", [1.0] * 1000 + [1000.0] * 60),
    ("falling by 0.1 %", [0.999**k for k in range(300)]),
):
    adam = max(sizes(torch.optim.Adam, gradients))
    adamax = max(sizes(torch.optim.Adamax, gradients))
    print(f"{name:<16}  {adam:.3f}  {adamax:.3f}")
# --8<-- [end:bound]
bound = 0.1 / (1 - 0.9 / 0.999)
assert round(bound, 3) == 1.009, "at the defaults that is 1.009"
assert adamax > 1, "the paper's bound, η, is passed"
assert adamax < bound < 1.01, "by less than a hundredth"
alone = [0.0] * 1000 + [1.0] + [0.0] * 200
assert round(sum(sizes(torch.optim.Adamax, alone)), 3) == 1.009, "one gradient moves Adamax by 1.009 η in total"
assert sum(sizes(torch.optim.Adam, alone)) > 25, "and Adam by more than 25 η"

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
optimizer = torch.optim.Adamax([p], lr=0.1)
print("g     θ")
for g in (1.0, -0.5):
    p.grad = torch.full_like(p, g)
    optimizer.step()
    print(f"{g:<4g}  {p.item():.4f}")
# --8<-- [end:by-hand]
assert round(0.9 * 0.1 - 0.1 * 0.5, 9) == 0.04, "m₂ = 0.9 · 0.1 − 0.1 · 0.5 = 0.04"
assert round(0.04 / 0.19, 4) == 0.2105, "0.04 / 0.19 = 0.2105"
assert max(0.999 * 1, 0.5) == 0.999, "u₂ = max(0.999, 0.5) = 0.999"
assert round(0.1 * 0.2105 / 0.999, 4) == 0.0211, "0.1 · 0.2105 / 0.999 = 0.0211"
assert round(p.item(), 4) == 1.8789, "so θ₁ = 1.9 and θ₂ = 1.8789"

# --8<-- [start:outlier]
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for make, look in ((torch.optim.Adam, "C0--"), (torch.optim.Adamax, "C0")):
    steps = sizes(make, [1.0] * 200 + [100.0] + [1.0] * 4999)
    axes.plot(range(-200, 5000), steps, look, label=make.__name__)
    print(f"{make.__name__:<6} after 100: {steps[300]:.2f}", end=", ")
    print(f"after 2000: {steps[2200]:.2f}")
axes.set(xlabel="step after the outlier", ylabel="step size / η", ylim=(0, 1.2))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:outlier]
back = next(k for k, step in enumerate(steps[300:], 100) if step > 0.999)
assert round(math.log(100) / 0.001, -2) == 4600, "ln 100 / 0.001 ≈ 4600 steps"
assert round(back, -2) == 4600, "it is back at 1 after about 4600 steps"
adam = sizes(torch.optim.Adam, [1.0] * 200 + [100.0] + [1.0] * 4999)
assert min(adam[205:]) < 0.2, "Adam falls to less than 0.2"
assert round(adam[300] / steps[300]) == 15, "after 100 steps the step is 15 times Adamax's"
half = [next(k for k, step in enumerate(run[300:], 100) if step > 0.5) for run in (adam, steps)]
assert round(half[0], -2) == 1400, "it is back at half of η after about 1400 steps"
assert round(half[1], -2) == 3900, "Adamax's after about 3900"
assert round(adam[4800], 2) == 0.95, "after 4600 steps Adam's step is 0.95 η"
faster = sizes(torch.optim.Adamax, [1.0] * 200 + [100.0] + [1.0] * 999, betas=(0.9, 0.99))
sooner = next(k for k, step in enumerate(faster[300:], 100) if step > 0.999)
assert round(back / sooner) == 10, "at 0.99 the return takes a tenth of the time"

# --8<-- [start:zero]
for eps in (1e-8, 0.0):
    p = nn.Parameter(torch.ones(2))
    p.grad = torch.tensor([0.0, 1e-8])
    torch.optim.Adamax([p], lr=0.1, eps=eps).step()
    print(f"eps {eps:<5g} θ: 1, 1 →", *(f"{x:.3f}" for x in p.tolist()))
# --8<-- [end:zero]
assert p[0].isnan(), "without eps its step is 0/0"
p = nn.Parameter(torch.ones(2, dtype=torch.float64))
p.grad = torch.tensor([0.0, 1e-8], dtype=torch.float64)
optimizer = torch.optim.Adamax([p], lr=0.1)
optimizer.step()
assert p[0] == 1, "with `eps` the first weight stays"
assert round(1 - p[1].item(), 6) == 0.05, "the second, with a gradient as large as ε, makes half a step"
p.grad = torch.full_like(p, 1e-3)
optimizer.step()
before = optimizer.state[p]["exp_inf"].clone()
p.grad = torch.full_like(p, 1e-4)
optimizer.step()
assert torch.equal(optimizer.state[p]["exp_inf"], 0.999 * before), "ε does not enter that step"

# --8<-- [start:sparse]
table = nn.Embedding(3, 2, sparse=True)
table(torch.tensor([0])).sum().backward()
try:
    torch.optim.Adamax(table.parameters()).step()
except RuntimeError as error:
    print(error)
# --8<-- [end:sparse]
tenth = ([1.0] + [0.0] * 9) * 101
between = [sum(sizes(make, tenth)[1001:]) for make in (torch.optim.Adamax, torch.optim.Adam)]
assert round(between[0], 2) == 0.85, "the nine moves between add up to 0.85 η after 1000 steps"
assert round(between[1], 2) == 2.67, "and to 2.67 η in Adam"

# --8<-- [start:decay]
p = nn.Parameter(torch.tensor([1.0, 100.0]))
p.grad = torch.zeros_like(p)
torch.optim.Adamax([p], lr=0.1, weight_decay=0.01).step()
print("θ: 1, 100 →", *(f"{x:.1f}" for x in p.tolist()))
# --8<-- [end:decay]
assert round(1 - p[0].item(), 4) == 0.1, "the weight 1 moves by a full η"
assert round(100 - p[1].item(), 4) == 0.1, "and so does the weight 100"
for make in (torch.optim.Adam, torch.optim.NAdam, torch.optim.RAdam):
    assert "decoupled_weight_decay" in inspect.signature(make).parameters, "unlike in Adam, NAdam and RAdam"
assert "decoupled_weight_decay" not in OPTIONS, "there is no switch"

for g in (1e-8, -0.5, 100.0):
    first = sizes(torch.optim.Adamax, [g])[0]
    assert math.isclose(first, g / (abs(g) + 1e-8)), "the first step is η g / (|g| + ε)"
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.RAdam([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.8000", "1.6000"], (
    "the first step is plain momentum, here a tenth of the gradients 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


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
def move(p, g, state, lr, betas, eps, weight_decay, decoupled):
    beta1, beta2 = betas
    state["t"] += 1
    if decoupled:
        p *= 1 - lr * weight_decay
    else:
        g = g + weight_decay * p
    state["m"] = beta1 * state["m"] + (1 - beta1) * g
    state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
    step = state["m"] / (1 - beta1 ** state["t"])
    if lengths(state["t"], beta2)[1] > 5:
        root = math.sqrt(1 - beta2 ** state["t"])
        r = rectification(state["t"], beta2)
        step *= r * root / (state["v"].sqrt() + eps)
    p -= lr * step
# --8<-- [end:from-scratch-move]


# --8<-- [start:from-scratch-class]
class RAdam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0, decoupled_weight_decay=False):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
            decoupled=decoupled_weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    new = {"t": 0, "m": 0, "v": 0}
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


names = "betas", "eps", "weight_decay", "decoupled_weight_decay"
values = ((0.9, 0.999), (0.5, 0.6)), (1e-8, 0.1), (0, 0.1), (False, True)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(RAdam, **case) - train(torch.optim.RAdam, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
p = nn.Parameter(torch.ones(1000, 1000))
optimizer = torch.optim.RAdam([p])
p.grad = torch.ones_like(p)
optimizer.step()
size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
print(f"{size:.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 8, "as much as Adam: two tensors of the parameter's shape and type"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, default in torch.optim.RAdam([p]).defaults.items():
    print(f"{name:<24} {default}")
# --8<-- [end:defaults]
OPTIONS = inspect.signature(torch.optim.RAdam).parameters
assert "fused" not in OPTIONS, "there is no `fused`"
assert "amsgrad" not in OPTIONS, "and no `amsgrad`"
assert lengths(1, 0.6)[0] < 5, "with β₂ = 0.6 the condition never holds"


# --8<-- [start:lengths]
for t in (1, 2, 4, 5, 6, 7, 1000, 10_000):
    length = lengths(t, 0.999)[1]
    now = f"r = {rectification(t, 0.999):.3f}" if length > 5 else ""
    print(f"t = {t:<6}  ρ = {length:8.3f}  {now}")
# --8<-- [end:lengths]
first = {limit: next(t for t in range(1, 99) if lengths(t, 0.999)[1] > limit) for limit in (4, 5)}
assert first[5] == 6, "at β₂ = 0.999 the condition ρ > 5 first holds at step 6"
assert first[4] == 5, "the paper asks for ρ > 4, which would be step 5"
for t in (1, 7, 500):
    weights = 0.999 ** torch.arange(t, dtype=torch.float64)
    age = (torch.arange(t) * weights).sum() / weights.sum()
    assert math.isclose(2 * age + 1, lengths(t, 0.999)[1], rel_tol=1e-9), "set the two equal, and ρ = ρ_t"

# --8<-- [start:curve]
t = range(6, 5001)
figure, axes = plt.subplots(figsize=(5.5, 2.9))
axes.plot(t, [rectification(k, 0.999) for k in t], "C0", label="r of RAdam")
axes.plot(t, [min(1, k / 2000) for k in t], "C1--", label="linear, 2000 steps")
axes.set(xlabel="step", ylabel="factor of the rate", ylim=(0, 1.05))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:curve]
assert f"{rectification(1000, 0.999):.3f}" == "0.645", "r is 0.645 at step 1000: the rate has reached 64.5 %"
assert round(rectification(2000, 0.999), 2) == 0.83, "0.83 at 2000"
assert rectification(5000, 0.999) > 0.98, "and above 0.98 at 5000"
assert round(2 / (1 - 0.999)) == 2000, "a warm-up over 2 / (1 − β₂) steps"
for t in range(6, 101):
    assert rectification(t, 0.999) < 0.22, "r < 0.22 in the other 95"

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
optimizer = torch.optim.RAdam([p], lr=0.1)
print("t  θ")
for t in range(1, 8):
    p.grad = torch.full_like(p, 0.5)
    optimizer.step()
    print(f"{t}  {p.item():.5f}")
# --8<-- [end:by-hand]
assert round(2 - 5 * 0.1 * 0.5, 9) == 1.75, "steps 1 to 5 are η m̂ = 0.05 each, so θ₅ = 1.75"
assert round(lengths(6, 0.999)[1], 3) == 5.994, "ρ₆ = 5.994"
assert round(rectification(6, 0.999), 4) == 0.0258, "r₆ = 0.0258, the step is 0.1 · 0.0258 · 0.5 / 0.5 = 0.00258"
assert round(rectification(7, 0.999), 4) == 0.0327, "r₇ = 0.0327, so the step is 0.00327"
expected = 1.75 - 0.1 * (rectification(6, 0.999) + rectification(7, 0.999))
assert math.isclose(p.item(), expected, abs_tol=1e-7), "and torch says the same"


# --8<-- [start:explode]
def sizes(make, gradients, **options):
    """Return the steps in units of lr."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0, **options), [0.0]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        points.append(p.item())
    return [before - after for before, after in itertools.pairwise(points)]


print("g      ", *(f"step {t:<6}" for t in range(1, 8)))
for g in (100.0, 1.0, 0.01):
    steps = sizes(torch.optim.RAdam, [g] * 7)
    print(f"{g:<6g}", *(f" {step:<10.3f}" for step in steps))
# --8<-- [end:explode]
large = sizes(torch.optim.RAdam, [100.0] * 7)
for step, other in zip(steps[:5], large[:5], strict=True):
    assert math.isclose(step, 0.01), "a small one hardly moves"
    assert math.isclose(other, 100), "a gradient of 100 makes steps of 100 η"
for step, other in zip(steps[5:], large[5:], strict=True):
    assert math.isclose(step, other, rel_tol=1e-4), "from step 6 on the scale has no influence"

# --8<-- [start:small-beta2]
print("β₂    ρ∞    step 500")
for beta2 in (0.66, 0.67):
    step = sizes(torch.optim.RAdam, [100.0] * 500, betas=(0.9, beta2))[-1]
    print(f"{beta2}  {lengths(1, beta2)[0]:.2f}  {step:.1f} η")
# --8<-- [end:small-beta2]
assert round(step, 1) == 1, "with 0.67 the step is 1.0 η"
assert lengths(1, 2 / 3)[0] < 5 + 1e-9, "ρ∞ ≤ 5 for β₂ ≤ 2/3"
assert round(sizes(torch.optim.RAdam, [100.0] * 500, betas=(0.9, 0.66))[-1], 6) == 100, "RAdam is SGD for ever"

# --8<-- [start:eps]
for make in (torch.optim.Adam, torch.optim.RAdam):
    steps = sizes(make, [1e-8] * 1500, betas=(0.9, 0.99))
    print(f"{make.__name__:<5}  step 10: {steps[9]:.3f}", end="  ")
    print(f"step 1500: {steps[-1]:.3f}")
print(f"r at step 10: {rectification(10, 0.99):.3f}")
# --8<-- [end:eps]
assert round(rectification(10, 0.99), 3) == 0.155, "at step 10 r explains a factor of 0.155"
assert math.isclose(steps[-1], sizes(torch.optim.Adam, [1e-8] * 10)[-1], rel_tol=1e-3), "in the long run the two agree"
adam = sizes(torch.optim.Adam, [1e-8] * 10, betas=(0.9, 0.99))[9]
root = math.sqrt(1 - 0.99**10)
place = root * (1e-8 + 1e-8) / (root * 1e-8 + 1e-8)  # ε before the correction, in place of after
assert math.isclose(steps[9] / adam, rectification(10, 0.99) * place, rel_tol=1e-6), "the place of ε the rest"
gradients = torch.tensor([1e-5, 1e-4, 1e-3], dtype=torch.float64)  # side by side: neither mixes coordinates
runs = {}
for make in (torch.optim.Adam, torch.optim.RAdam):
    p = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0), [torch.zeros(3, dtype=torch.float64)]
    for _ in range(1000):
        p.grad = gradients.clone()
        optimizer.step()
        points.append(p.detach().clone())
    runs[make] = -torch.stack(points).diff(dim=0)
factors = torch.tensor([rectification(t, 0.999) for t in range(6, 1001)], dtype=torch.float64)
apart = (1 - runs[torch.optim.RAdam][5:] / runs[torch.optim.Adam][5:] / factors[:, None]).abs()
assert torch.equal(apart.amax(dim=0), apart[0]), "step 6 is the worst case"
assert apart.max() < 0.02, "for gradients of 10^-5 and above it changes a step by less than 2 %, from step 6 on"
assert apart[0, 0] > apart[0, 1], "10^-5 is the worst case of the gradients above it"
assert apart[0, 1] > apart[0, 2], "the larger the gradient, the smaller the difference"

# --8<-- [start:decay]
print("decoupled  after 5 steps  after 200")
for decoupled in (False, True):
    p = nn.Parameter(torch.ones(1))
    options = {"weight_decay": 0.01, "decoupled_weight_decay": decoupled}
    optimizer, points = torch.optim.RAdam([p], lr=0.1, **options), []
    for _ in range(200):
        p.grad = torch.zeros_like(p)
        optimizer.step()
        points.append(p.item())
    print(f"{decoupled!s:<9}  {points[4]:<13.4f}  {points[-1]:.4f}")
# --8<-- [end:decay]
assert math.isclose(points[-1], 0.999**200, rel_tol=1e-4), "decoupled decay is still 0.999^200"
assert round(0.999**200, 3) == 0.819, "0.999^200 = 0.819"
for decoupled in (False, True):
    p = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.RAdam([p], lr=0.1, weight_decay=0.01, decoupled_weight_decay=decoupled)
    for _ in range(5):
        before = p.item()
        p.grad = torch.zeros_like(p)
        optimizer.step()
        assert round(1 - p.item() / before, 4) == 0.001, "in the first five steps both shrink θ by about ηλ = 0.001"
plt.show()

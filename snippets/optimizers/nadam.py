# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.NAdam([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [round(x - y, 3) for x, y in zip((1.0, 2.0), w.tolist(), strict=True)] == [0.106] * 2, (
    "both weights move by 0.106 at first, though the gradients are 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def mu(t, beta1, momentum_decay):
    return beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))


def move(p, g, state, lr, betas, eps, weight_decay, momentum_decay, decoupled):
    beta1, beta2 = betas
    state["t"] += 1
    if decoupled:
        p *= 1 - lr * weight_decay
    else:
        g = g + weight_decay * p
    now = mu(state["t"], beta1, momentum_decay)
    later = mu(state["t"] + 1, beta1, momentum_decay)
    state["product"] = state["product"] * now
    state["m"] = beta1 * state["m"] + (1 - beta1) * g
    state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
    product = float(state["product"])
    m_hat = later * state["m"] / (1 - product * later)
    m_hat += (1 - now) * g / (1 - product)
    v_hat = state["v"] / (1 - beta2 ** state["t"])
    p -= lr * m_hat / (v_hat.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class NAdam:
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0, momentum_decay=4e-3,
                 decoupled_weight_decay=False):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
            momentum_decay=momentum_decay, decoupled=decoupled_weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    one = torch.tensor(1.0)  # the product: float32, as in torch
                    new = {"t": 0, "m": 0, "v": 0, "product": one}
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


names = "betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay"
betas, switch = ((0.9, 0.999), (0.8, 0.99)), (False, True)
values = betas, (1e-8, 0.1), (0, 0.1), (4e-3, 1), switch
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(NAdam, **case) - train(torch.optim.NAdam, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
p = nn.Parameter(torch.ones(1000, 1000))
optimizer = torch.optim.NAdam([p])
p.grad = torch.ones_like(p)
optimizer.step()
size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
print(f"{size:.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 8, "two tensors of the parameter's shape and type, as Adam"
for name in ("step", "mu_product"):
    assert optimizer.state[p][name].numel() == 1, "and two numbers per tensor"
assert optimizer.state[p]["mu_product"].dtype == torch.float32, "the product is one number in the default type, float32"
double = nn.Parameter(torch.ones(1, dtype=torch.float64))
double.grad = torch.ones_like(double)
optimizer = torch.optim.NAdam([double])
optimizer.step()
assert optimizer.state[double]["mu_product"].dtype == torch.float32, "whatever the type of the parameters"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, default in torch.optim.NAdam([p]).defaults.items():
    print(f"{name:<24} {default}")
# --8<-- [end:defaults]
DEFAULT = torch.optim.NAdam([p]).defaults
assert DEFAULT["lr"] == 2 * torch.optim.Adam([p]).defaults["lr"], "the default is twice Adam's"
assert [round(1 / (1 - beta)) for beta in DEFAULT["betas"]] == [10, 1000], "about 10 gradients and 1000 squares"
OPTIONS = inspect.signature(torch.optim.NAdam).parameters
assert "fused" not in OPTIONS, "there is no `fused`"
assert "amsgrad" not in OPTIONS, "and no `amsgrad`"


# --8<-- [start:turn]
def sizes(make, gradients, **options):
    """Return the steps in units of lr."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0, **options), [0.0]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        points.append(p.item())
    return [before - after for before, after in itertools.pairwise(points)]


print("step after the turn  ", *(f"{k:>5}" for k in range(1, 10)))
for make in (torch.optim.Adam, torch.optim.NAdam):
    after = sizes(make, [1.0] * 100 + [-1.0] * 9)[100:]
    print(f"{make.__name__:<20} ", *(f"{step:5.2f}" for step in after))
# --8<-- [end:turn]
adam = sizes(torch.optim.Adam, [1.0] * 100 + [-1.0] * 7)[100:]
assert [step > 0 for step in adam] == [True] * 6 + [False], "Adam goes on in the old direction for six steps"
assert after[0] < 0, "NAdam turns with the first new gradient"
assert round(mu(101, 0.9, 4e-3), 2) == 0.46, "μ is about 0.46 here"
assert 1 - mu(101, 0.9, 4e-3) > 0.5, "more than half of the step is the newest gradient"
assert round(0.9 * 0.8 - 0.1, 9) == 0.62, "0.9 · 0.8 − 0.1 = 0.62"
always = sizes(torch.optim.NAdam, [1.0] * 100 + [-1.0], momentum_decay=1e6)[-1]
assert round(always, 2) == 0.62, "with μ = β₁ the first step after the turn would be 0.62"
assert round(adam[1], 2) == 0.62, "which is what Adam does one step later"
assert always - after[0] > (adam[0] - after[0]) / 2, "most of that is due to μ"

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
p.grad = torch.full_like(p, 0.5)
torch.optim.NAdam([p], lr=0.1).step()
print(f"θ = {p.item():.5f}")
# --8<-- [end:by-hand]
assert round(0.96**0.004, 5) == 0.99984, "0.96^0.004 = 0.99984"
assert round(mu(1, 0.9, 0.004), 5) == 0.45007, "so μ₁ = 0.45007"
assert round(mu(2, 0.9, 0.004), 5) == 0.45015, "in the same way μ₂ = 0.45015"
assert round(0.1 * 0.5, 9) == 0.05, "m₁ = 0.1 · 0.5 = 0.05"
assert round(0.5**2, 9) == 0.25, "v̂₁ = 0.25"
assert round(0.45007 * 0.45015, 4) == 0.2026, "μ₁ μ₂ = 0.2026"
assert round(1 - 0.2026, 4) == 0.7974, "1 − 0.2026 = 0.7974"
assert round(0.45015 * 0.05 / 0.7974, 5) == 0.02823, "0.45015 · 0.05 / 0.7974 = 0.02823"
assert round(0.1 * 0.52823 / 0.5, 5) == 0.10565, "0.1 · 0.52823 / 0.5 = 0.10565"
assert round(p.item(), 5) == 1.89435, "so θ₁ = 1.89435"

# --8<-- [start:schedule]
t = torch.arange(1, 40_001)
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for decay, look in ((0.004, "C0"), (0.04, "C1--"), (0.0, "C2-.")):
    axes.plot(t, mu(t, 0.9, decay), look, label=f"momentum_decay {decay:g}")
axes.set(xlabel="step", ylabel="μ", ylim=(0.4, 0.95))
figure.legend(loc="outside lower center", ncols=2)
for step in (1, 1000, 10_000, 24_000):
    print(f"μ after {step:>5} steps: {mu(step, 0.9, 4e-3):.3f}")
# --8<-- [end:schedule]
near = next(step for step in range(1, 40_000) if mu(step, 0.9, 4e-3) > 0.99 * 0.9)
assert round(near, -3) == 24_000, "it takes about 24,000 steps until μ is within 1 % of β₁"
soon = next(step for step in range(1, 40_000) if mu(step, 0.9, 0.04) > 0.99 * 0.9)
assert round(near / soon) == 10, "with 0.04 ten times as fast"
assert mu(1001, 0.9, 4e-3) > mu(1000, 0.9, 4e-3), "nothing decays, the momentum grows"
assert mu(5, 0.9, 0.0) == 0.45, "it freezes it at its start, μ = β₁ / 2"
assert round(mu(1, 0.9, 4e-3), 2) == 0.45, "in a run of 1000 steps it moves from 0.45"
assert round(mu(1000, 0.9, 4e-3), 2) == 0.52, "to 0.52"
assert mu(1, 0.9, 1e6) == 0.9, "for a constant μ = β₁ set `momentum_decay` very large, say 10^6"

# --8<-- [start:precision]
gradients = [1.0, -0.5, 2.0] * 20
torchs, ours = {}, {}
for dtype in (torch.float32, torch.float64):
    torch.set_default_dtype(dtype)  # the parameter is float64 both times
    steps = sizes(torch.optim.NAdam, gradients), sizes(NAdam, gradients)
    torchs[dtype], ours[dtype] = torch.tensor(steps, dtype=torch.float64)
    apart = (torchs[dtype] - ours[dtype]).abs().max()
    print(f"default {dtype}: torch and ours differ by {apart:.9f}")
torch.set_default_dtype(torch.float32)
itself = (torchs[torch.float32] - torchs[torch.float64]).abs().max()
print(f"torch with the one and with the other default: {itself:.9f}")
# --8<-- [end:precision]
for dtype in (torch.float32, torch.float64):
    assert (torchs[dtype] - ours[dtype]).abs().max() < 5e-10, "our version agrees with torch both times"
assert 1e-8 < itself < 1e-7, "torch differs from itself in the eighth decimal place"
assert itself > 1e-12, "NAdam in float64 is not reproducible to 12 digits"
exact = (torchs[torch.float32] - ours[torch.float64]).abs().max()
assert exact > 1e-9, "it is this exact only because the product is kept in float32, as torch does"
assert itself < 1e-6, "give it a tolerance of 10^-6"

# --8<-- [start:constant]
steps = sizes(torch.optim.NAdam, [1.0] * 3000)
print("step  size")
for k in (1, 2, 4, 10, 100, 3000):
    print(f"{k:<4}  {steps[k - 1]:.3f}")
# --8<-- [end:constant]
assert min(steps) == steps[4 - 1], "the fourth step is the smallest"
assert round(steps[4 - 1], 2) == 0.73, "0.73 η"
assert min(steps[99:]) > 0.999, "from the hundredth on it does not matter: each is above 0.999 η"
for step in sizes(torch.optim.Adam, [1.0] * 3000):
    assert round(step, 6) == 1, "a constant gradient, for which Adam steps by η, but for ε, every time"

# --8<-- [start:decay]
for decoupled in (False, True):
    p = nn.Parameter(torch.ones(1))
    p.grad = torch.zeros_like(p)
    options = {"weight_decay": 0.01, "decoupled_weight_decay": decoupled}
    torch.optim.NAdam([p], lr=0.1, **options).step()
    print(f"decoupled {decoupled!s:<5}  θ: 1 → {p.item():.4f}")
# --8<-- [end:decay]
assert round(p.item(), 6) == 0.999, "decoupled decay multiplies by 1 − ηλ = 0.999"
assert not hasattr(torch.optim, "NAdamW"), "there is no class NAdamW in torch"
p = nn.Parameter(torch.ones(1))
p.grad = torch.zeros_like(p)
torch.optim.NAdam([p], lr=0.1, weight_decay=0.01).step()
assert p.item() < 0.9, "L2 moves by more than a full η"
plt.show()

import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


# --8<-- [start:from-scratch]
def mu(t, beta1, momentum_decay):
    return beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))


def move(p, g, s, lr, betas, eps, weight_decay, momentum_decay, decoupled):
    beta1, beta2 = betas
    s["t"] += 1
    if decoupled:
        p *= 1 - lr * weight_decay
    else:
        g = g + weight_decay * p
    now, later = (mu(t, beta1, momentum_decay) for t in (s["t"], s["t"] + 1))
    s["product"] = s["product"] * now
    s["m"] = beta1 * s["m"] + (1 - beta1) * g
    s["v"] = beta2 * s["v"] + (1 - beta2) * g * g
    product = float(s["product"])
    m_hat = later * s["m"] / (1 - product * later)
    m_hat += (1 - now) * g / (1 - product)
    p -= lr * m_hat / ((s["v"] / (1 - beta2 ** s["t"])).sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class NAdam:
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0, momentum_decay=4e-3,
                 decoupled_weight_decay=False):
        self.params, self.state = list(params), {}
        self.given = (lr, betas, eps, weight_decay, momentum_decay,
                      decoupled_weight_decay)

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


names = ("betas", "eps", "weight_decay",
         "momentum_decay", "decoupled_weight_decay")
values = ((0.9, 0.999), (0.8, 0.99)), (1e-8, 0.1), (0, 0.1), (4e-3, 1), (0, 1)
cases = [dict(zip(names, c, strict=True)) for c in itertools.product(*values)]
apart = [train(NAdam, **c) - train(torch.optim.NAdam, **c) for c in cases]
worst = torch.stack(apart).abs().max()
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:state]
p = nn.Parameter(torch.ones(1000, 1000))
optimizer = torch.optim.NAdam([p])
p.grad = torch.ones_like(p)
optimizer.step()
size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
print(f"{size:.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 8 and optimizer.state[p]["mu_product"].dtype == torch.float32

# --8<-- [start:defaults]
for name, default in torch.optim.NAdam([p]).defaults.items():
    print(f"{name:<22} {default}")
# --8<-- [end:defaults]
assert torch.optim.NAdam([p]).defaults["lr"] == 2 * torch.optim.Adam([p]).defaults["lr"]


# --8<-- [start:turn]
def sizes(make, gradients, **options):
    """Steps in units of lr."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, points = make([p], lr=1.0, **options), [0.0]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        points.append(p.item())
    return [a - b for a, b in itertools.pairwise(points)]


print("step after the turn  ", *(f"{k:>5}" for k in range(1, 10)))
for make in (torch.optim.Adam, torch.optim.NAdam):
    after = sizes(make, [1.0] * 100 + [-1.0] * 9)[100:]
    print(f"{make.__name__:<20} ", *(f"{step:5.2f}" for step in after))
# --8<-- [end:turn]
assert sizes(torch.optim.Adam, [1.0] * 100 + [-1.0] * 7)[-2] > 0 > after[0]
always = sizes(torch.optim.NAdam, [1.0] * 100 + [-1.0], momentum_decay=1e6)[-1]
assert math.isclose(always, 0.9 * 0.8 - 0.1, abs_tol=0.01)

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
p.grad = torch.full_like(p, 0.5)
torch.optim.NAdam([p], lr=0.1).step()
print(f"θ = {p.item():.5f}")
# --8<-- [end:by-hand]
assert math.isclose(p.item(), 2 - 0.1056461, abs_tol=1e-6)

# --8<-- [start:schedule]
t = torch.arange(1, 40_001)
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for decay, look in ((0.004, "C0"), (0.04, "C1--"), (0.0, "C2-.")):
    axes.plot(t, mu(t, 0.9, decay), look, label=f"momentum_decay {decay:g}")
axes.set(xlabel="step", ylabel="μ", ylim=(0.4, 0.95))
figure.legend(loc="outside lower center", ncols=2)
print(*(f"μ({t}) = {mu(t, 0.9, 4e-3):.3f} " for t in (1, 1000, 10000, 24000)))
# --8<-- [end:schedule]
assert mu(24_000, 0.9, 4e-3) > 0.99 * 0.9 > mu(23_900, 0.9, 4e-3) and mu(5, 0.9, 0.0) == 0.45

# --8<-- [start:precision]
gradients, results = [1.0, -0.5, 2.0] * 20, []
for dtype in (torch.float32, torch.float64):
    torch.set_default_dtype(dtype)  # the parameter is float64 both times
    results += [sizes(make, gradients) for make in (torch.optim.NAdam, NAdam)]
torch.set_default_dtype(torch.float32)
results = torch.tensor(results, dtype=torch.float64)
single, ours, double, ours_double = results
print(f"float32, torch and ours   {(single - ours).abs().max():.12f}")
print(f"float64, torch and ours   {(double - ours_double).abs().max():.12f}")
print(f"torch, float32 – float64  {(single - double).abs().max():.12f}")
# --8<-- [end:precision]
assert 1e-10 < (single - double).abs().max() < 1e-6

# --8<-- [start:constant]
steps = sizes(torch.optim.NAdam, [1.0] * 3000)
for k in (1, 2, 4, 10, 100, 3000):
    print(f"step {k:<4}  {steps[k - 1]:.3f} η")
# --8<-- [end:constant]
assert min(steps) == steps[3] and 0.73 < steps[3] < 0.74 and all(step > 0.999 for step in steps[100:])

# --8<-- [start:decay]
for decoupled in (False, True):
    p = nn.Parameter(torch.ones(1))
    p.grad = torch.zeros_like(p)
    options = {"weight_decay": 0.01, "decoupled_weight_decay": decoupled}
    torch.optim.NAdam([p], lr=0.1, **options).step()
    print(f"decoupled {decoupled!s:<5}  θ: 1 → {p.item():.4f}")
# --8<-- [end:decay]
assert math.isclose(p.item(), 0.999, rel_tol=1e-6)
plt.show()

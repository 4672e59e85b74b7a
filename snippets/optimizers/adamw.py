# --8<-- [start:from-scratch]
import inspect
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def move(p, g, s, lr, betas, eps, weight_decay, amsgrad):
    beta1, beta2 = betas
    s["t"] += 1  # before it is used: the first step has t = 1
    p *= 1 - lr * weight_decay
    s["m"] = beta1 * s["m"] + (1 - beta1) * g
    s["v"] = beta2 * s["v"] + (1 - beta2) * g * g
    s["largest v"] = torch.maximum(s["largest v"], s["v"])
    m_hat = s["m"] / (1 - beta1 ** s["t"])
    v_hat = s["largest v" if amsgrad else "v"] / (1 - beta2 ** s["t"])
    p -= lr * m_hat / (v_hat.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False):
        self.params, self.state = list(params), {}
        self.options = lr, betas, eps, weight_decay, amsgrad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:  # otherwise p, its state and its t stay as they are
                    zeros = dict.fromkeys(("m", "v", "largest v"), torch.zeros_like(p))
                    move(p, p.grad, self.state.setdefault(p, {"t": 0, **zeros}), *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(32, 5), torch.randn(32, 1)


def train(make, dtype=torch.float64, steps=60, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).to(dtype)
    optimizer = make(net.parameters(), lr=0.01, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x.to(dtype)), y.to(dtype)).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


worst, cases = 0.0, 0
for branch in itertools.product(((0.9, 0.999), (0.0, 0.5)), (1e-8, 0.1), (0.0, 0.1), (False, True)):
    options = dict(zip(("betas", "eps", "weight_decay", "amsgrad"), branch, strict=True))
    difference = (train(AdamW, **options) - train(torch.optim.AdamW, **options)).abs().max()
    worst, cases = max(worst, difference.item()), cases + 1
print(f"{cases} combinations, 60 steps each, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert cases == 16 and worst < 1e-12
assert torch.equal(train(torch.optim.AdamW, weight_decay=0), train(torch.optim.Adam))

# --8<-- [start:state]
for dtype, amsgrad in ((torch.float32, False), (torch.float32, True), (torch.bfloat16, False)):
    layer = nn.Linear(1000, 1000, dtype=dtype)
    optimizer = torch.optim.AdamW(layer.parameters(), amsgrad=amsgrad)
    layer(torch.ones(1, 1000, dtype=dtype)).sum().backward()
    optimizer.step()
    kept = [tensor for state in optimizer.state.values() for tensor in state.values()]
    size = sum(tensor.numel() * tensor.element_size() for tensor in kept)
    print(f"{dtype}  {size / 1_001_000:5.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert sum(p.numel() for p in layer.parameters()) == 1_001_000 and round(size / 1_001_000, 2) == 4
idle = torch.optim.AdamW([nn.Parameter(torch.ones(1))])
idle.step()
assert not idle.state

# --8<-- [start:defaults]
for name, parameter in inspect.signature(torch.optim.AdamW).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<15} {parameter.default}")
# --8<-- [end:defaults]
assert parameter.name == "fused" and torch.optim.Adam([torch.ones(1)]).defaults["weight_decay"] == 0
assert round(math.log(0.5) / math.log(1 - 1e-3 * 1e-2), -2) == 69_300


# --8<-- [start:by-hand]
def once(make, theta, g, **options):
    p = nn.Parameter(torch.tensor([theta], dtype=torch.float64))
    p.grad = torch.full_like(p, g)
    make([p], **options).step()
    return p.item()


for g in (0.5, 500.0, -1e-4, 1e-8, 0.0):
    print(f"g = {g:<7g} θ: 2 → {once(torch.optim.AdamW, 2.0, g, lr=0.1, weight_decay=0.1):.5f}")
# --8<-- [end:by-hand]
options = {"lr": 0.1, "weight_decay": 0.1}
for g in (0.5, 500.0):
    assert math.isclose(once(torch.optim.AdamW, 2.0, g, **options), 1.88, abs_tol=1e-8)
assert math.isclose(once(torch.optim.AdamW, 2.0, -1e-4, **options), 1.98 + 0.1 / 1.0001)
assert math.isclose(once(torch.optim.AdamW, 2.0, 1e-8, **options), 1.98 - 0.05)
assert math.isclose(once(torch.optim.AdamW, 2.0, 0.0, **options), 1.98)

# --8<-- [start:l2]
for theta, make in itertools.product((1.0, 100.0), (torch.optim.Adam, torch.optim.AdamW)):
    print(f"{make.__name__:<6} θ: {theta:g} → {once(make, theta, 0.0, lr=0.1, weight_decay=0.01):.3f}")
# --8<-- [end:l2]
assert math.isclose(once(torch.optim.Adam, 100.0, 0.0, lr=0.1, weight_decay=1e-4), 99.9, abs_tol=1e-6)

# --8<-- [start:eps]
g, m, v = 1e-8, 0.1 * 1e-8, 0.001 * 1e-16
print(f"AdamW, after the correction   {-once(torch.optim.AdamW, 0.0, g, lr=1.0):.4f} η")
print(f"inside the root               {g / math.sqrt(g**2 + 1e-8):.4f} η")
print(f"added before the correction   {m / 0.1 * math.sqrt(0.001) / (math.sqrt(v) + 1e-8):.4f} η")
# --8<-- [end:eps]

# --8<-- [start:first-t]
t = torch.arange(1, 41, dtype=torch.float64)
m, v = 1 - 0.9**t, 1 - 0.999**t  # after t equal gradients g, in units of g and g²
figure, axes = plt.subplots(figsize=(5.5, 2.8))
steps = {"first t = 1": m / m / (v / v).sqrt(), "no correction": m / v.sqrt()}
steps["first t = 2"] = (m / (1 - 0.9 ** (t + 1))) / (v / (1 - 0.999 ** (t + 1))).sqrt()
for (name, size), color, height in zip(steps.items(), ("C0", "C1", "C2"), (1.3, 5.0, 0.7), strict=True):
    axes.plot(t, size, color)
    axes.text(40.5, height, name, color=color, va="center")
axes.set(xlabel="step", ylabel="step size / η", xlim=(0, 50), ylim=(0, 7))
# --8<-- [end:first-t]
assert torch.allclose(steps["first t = 1"], torch.ones_like(t))
assert math.isclose(steps["no correction"][0], math.sqrt(10)) and steps["no correction"].argmax() == 11
assert 6.5 < steps["no correction"].max() < 6.6 and 0.74 < steps["first t = 2"][0] < 0.75

# --8<-- [start:box]
for line in torch.optim.AdamW.__doc__.splitlines():
    if r"\theta_t" in line and r"\leftarrow" in line:
        print(line.split("}", 1)[1].strip())
# --8<-- [end:box]
assert r"\theta_t \leftarrow \theta_t - \gamma \widehat{m_t}/" in torch.optim.AdamW.__doc__

# --8<-- [start:fused]
plain = train(torch.optim.AdamW, torch.float32, foreach=False)
foreach = train(torch.optim.AdamW, torch.float32, foreach=True)
fused = train(torch.optim.AdamW, torch.float32, fused=True)
print("foreach: the same bits:", torch.equal(plain, foreach))
print("fused: the same to 1e-5:", torch.allclose(plain, fused, rtol=0, atol=1e-5))
# --8<-- [end:fused]
assert torch.equal(plain, foreach) and torch.allclose(plain, fused, rtol=0, atol=1e-5)

# --8<-- [start:groups]
net = nn.Sequential(nn.Linear(64, 256), nn.LayerNorm(256), nn.Linear(256, 10))
decay = [p for p in net.parameters() if p.ndim >= 2]
no_decay = [p for p in net.parameters() if p.ndim < 2]
groups = [{"params": decay}, {"params": no_decay, "weight_decay": 0.0}]
for name, given in (("one group", net.parameters()), ("two groups", groups)):
    nn.init.ones_(net[1].weight)
    optimizer = torch.optim.AdamW(given, lr=0.01, weight_decay=0.1)
    for p in net.parameters():
        p.grad = torch.zeros_like(p)
    for _ in range(100):
        optimizer.step()
    print(f"{name}: LayerNorm weight 1 → {net[1].weight[0]:.3f}")
# --8<-- [end:groups]
assert (net[1].weight == 1).all() and math.isclose(0.999**100, 0.905, abs_tol=5e-4)

# --8<-- [start:embedding]
moves = {}
for make in (torch.optim.AdamW, torch.optim.SparseAdam):
    table = nn.Embedding(3, 2, sparse=make is torch.optim.SparseAdam)
    nn.init.ones_(table.weight)
    optimizer = make(table.parameters(), lr=0.1)
    for batch in ([0, 1], [0]):
        before = table.weight[1, 0].item()
        optimizer.zero_grad()
        table(torch.tensor(batch)).sum().backward()
        optimizer.step()
        moves[make, len(batch)] = before - table.weight[1, 0].item()
        print(f"{make.__name__:<10} batch {batch!s:<6} moved row 1 by {moves[make, len(batch)]:.3f}")
# --8<-- [end:embedding]
assert moves[torch.optim.SparseAdam, 1] == 0 and 0.067 < moves[torch.optim.AdamW, 1] < 0.069
plt.show()

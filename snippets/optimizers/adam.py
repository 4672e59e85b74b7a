# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def move(p, g, s, lr, betas, eps, weight_decay, amsgrad, decoupled):
    beta1, beta2 = betas
    s["t"] += 1
    if decoupled:
        p *= 1 - lr * weight_decay
    else:
        g = g + weight_decay * p
    s["m"] = beta1 * s["m"] + (1 - beta1) * g
    s["v"] = beta2 * s["v"] + (1 - beta2) * g * g
    s["max v"] = torch.maximum(s["max v"], s["v"])
    m_hat = s["m"] / (1 - beta1 ** s["t"])
    v_hat = s["max v" if amsgrad else "v"] / (1 - beta2 ** s["t"])
    p -= lr * m_hat / (v_hat.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0, amsgrad=False, *, decoupled_weight_decay=False):
        self.params, self.state = list(params), {}
        self.given = (lr, betas, eps, weight_decay, amsgrad,
                      decoupled_weight_decay)

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    new = {"t": 0, "m": 0, "v": 0, "max v": torch.zeros_like(p)}
                    move(p, p.grad, self.state.setdefault(p, new), *self.given)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, factor=1.0, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), lr=0.01, **options)
    for _ in range(40):
        optimizer.zero_grad()
        (factor * nn.functional.mse_loss(net(x), y)).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


library = torch.optim.Adam
names = "betas", "eps", "weight_decay", "amsgrad", "decoupled_weight_decay"
values = ((0.9, 0.999), (0.0, 0.5)), (1e-8, 0.1), (0, 0.1), *[(False, True)] * 2
cases = [dict(zip(names, c, strict=True)) for c in itertools.product(*values)]
worst = max((train(Adam, **c) - train(library, **c)).abs().max() for c in cases)
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
decoupled = train(library, weight_decay=0.01, decoupled_weight_decay=True)
print("the same bits as AdamW:", torch.equal(decoupled, train(torch.optim.AdamW)))
# --8<-- [end:equal]
assert worst < 1e-12 and torch.equal(decoupled, train(torch.optim.AdamW)) and issubclass(torch.optim.AdamW, library)

# --8<-- [start:state]
for amsgrad in (False, True):
    p = nn.Parameter(torch.ones(1000, 1000))
    optimizer = torch.optim.Adam([p], amsgrad=amsgrad)
    p.grad = torch.ones_like(p)
    optimizer.step()
    size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
    print(f"{size:5.2f} bytes per parameter:", *optimizer.state[p])
# --8<-- [end:state]

# --8<-- [start:defaults]
for name, default in torch.optim.Adam([p]).defaults.items():
    print(f"{name:<22} {default}")
# --8<-- [end:defaults]


# --8<-- [start:bound]
def sizes(gradients, before=0.0, betas=(0.9, 0.999), amsgrad=False):
    """Steps in units of lr, after a million steps of gradient `before`."""
    p, m = torch.tensor([[0.0], [before]], dtype=torch.float64)
    state, old = {"t": 10**6, "m": m, "v": m * m, "max v": m * m}, 0.0
    for g in gradients:
        move(p, g, state, 1.0, betas, 1e-8, 0, amsgrad, decoupled=False)
        yield old - p.item()
        old = p.item()


grow = [(0.999 / 0.9) ** k for k in range(40)]
runs = {"once": [1.0] + [0.0] * 39, "from now on": [1.0] * 40, "growing": grow}
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for name, look in zip(runs, ("C0", "C1--", "C2-."), strict=True):
    runs[name] = list(sizes(runs[name]))
    axes.plot(range(1, 41), runs[name], look, label=name)
    print(f"{name:<12} largest step {max(runs[name]):.2f} η")
axes.set(xlabel="step after the silence", ylabel="step size / η", ylim=(0, 8))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:bound]
b, c, paper = 0.9, 0.999, 0.1 / math.sqrt(0.001)
assert all(math.isclose(max(runs[n]), runs[n][k], rel_tol=1e-9) for n, k in (("once", 0), ("from now on", 11)))
assert max(runs["growing"]) < (true := paper / math.sqrt(1 - b * b / c)) < 7.28 and true - 0.01 < max(runs["growing"])
assert max(sizes([1.05**k for k in range(80)], 0.0, (0.95, 0.9975))) > 3.2 and max(sizes([1.0] * 40, 0.001)) > 6.5
early = [(1 - c**t) / (1 - b**t) ** 2 * (1 - (b * b / c) ** t) for t in range(1, 3000)]
assert early == sorted(early) and early[-1] < 1 == round(0.05**2 + 0.9975, 9) and abs(runs["once"][0] - paper) < 1e-6

# --8<-- [start:sign]
print(*(f"{s:.2f} η " for s in sizes([3, -0.001, 1e-8, 0], betas=(0.0, 0.0))))
# --8<-- [end:sign]

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
optimizer = torch.optim.Adam([p], lr=0.1)
for g in (1.0, -0.5):
    p.grad = torch.full_like(p, g)
    optimizer.step()
    print(f"g = {g:<4g}  θ = {p.item():.4f}")
# --8<-- [end:by-hand]
assert math.isclose(p.item(), 1.9 - 0.1 * (0.04 / 0.19) / math.sqrt(0.001249 / 0.001999), abs_tol=1e-8)

# --8<-- [start:scale]
for eps, power in itertools.product((1e-8, 0.0), (-20, 20)):
    apart = train(library, 2.0**power, eps=eps) - train(library, eps=eps)
    print(f"eps {eps:g}, loss times 2^{power:<3}  {apart.abs().max():.6f}")
# --8<-- [end:scale]
assert apart.abs().max() == 0

# --8<-- [start:minimum]
lrs = {"0.1": (0.1, 0), "0.01": (0.01, 0), "0.1 → 0": (0.1, 1e-4)}
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for name, look in zip(lrs, ("C0", "C1--", "C2-."), strict=True):
    p = nn.Parameter(torch.ones(500))  # 500 runs at once
    (lr, fall), lrs[name], optimizer = lrs[name], [], torch.optim.Adam([p])
    for t in range(1000):
        optimizer.param_groups[0]["lr"] = lr - fall * t
        p.grad = p.detach() + torch.randn(500)  # of θ²/2, with noise of size 1
        optimizer.step()
        lrs[name].append(p.detach().square().mean().sqrt().item())
    print(f"lr {name:<8}  distance at the end {sum(lrs[name][-50:]) / 50:.2f}")
    axes.plot(lrs[name], look, label=f"lr {name}")
axes.set(xlabel="step", ylabel="rms distance to the minimum", ylim=(0, 1))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:minimum]
assert all(math.isclose(sum(lrs[n][-50:]) / 50, math.sqrt(float(n) / 2), rel_tol=0.1) for n in ("0.1", "0.01"))

# --8<-- [start:eps]
g, c1, c2 = 1e-8, 1 - 0.9**10, 1 - 0.999**10  # ten gradients as small as eps
m, v, root = c1 * g, c2 * g * g, math.sqrt(c2)
print(f"Adam           {m / c1 / (math.sqrt(v / c2) + 1e-8):.4f} η")
print(f"√(1 - β₂ᵗ) ε   {m * root / c1 / (math.sqrt(v) + root * 1e-8):.4f} η")
print(f"(1 - β₂ᵗ) ε    {m * root / c1 / (math.sqrt(v) + c2 * 1e-8):.4f} η")
print(f"no root        {m / c1 / (v / c2):.0f} η")
# --8<-- [end:eps]

# --8<-- [start:embedding]
moved = torch.tensor(list(sizes([1.0] + [0.0] * 299))).cumsum(0)
print("after 1, 10, 100 steps:", *(f"{moved[n]:.1f} η" for n in (0, 9, 99)))
# --8<-- [end:embedding]
assert math.isclose(moved[-1], paper / (1 - b / math.sqrt(c)), abs_tol=1e-3)

# --8<-- [start:amsgrad]
for amsgrad in (False, True):
    steps = list(sizes([100.0] + [1.0] * 5000, before=1.0, amsgrad=amsgrad))
    print(f"{amsgrad!s:<5}", *(f"{steps[n]:.2f} η at {n}" for n in (100, 5000)))
# --8<-- [end:amsgrad]

# --8<-- [start:bfloat16]
for dtype in (torch.float32, torch.bfloat16):
    p = nn.Parameter(torch.ones(1, dtype=dtype))
    adam = torch.optim.Adam([p], lr=1e-3)
    for g in [1.0] * 500 + [0.0] * 500:
        p.grad = torch.full_like(p, g)
        adam.step()
    print(dtype, *(f"{x.item():.2f}" for x in (p, adam.state[p]["exp_avg_sq"])))
# --8<-- [end:bfloat16]
v = adam.state[p]["exp_avg_sq"]
assert p == 1 and v.dtype == dtype and v == 0.5 and v * 0.999 == v

# --8<-- [start:checkpoint]
for new, old in itertools.permutations((torch.optim.Adam, torch.optim.AdamW)):
    optimizer = new([p], weight_decay=0.3)
    optimizer.load_state_dict(old([p]).state_dict())
    group = optimizer.param_groups[0]
    got = [f"{name}={group[name]}" for name in names if "decay" in name]
    print(f"{old.__name__:<5} → {new.__name__:<5}", *got)
# --8<-- [end:checkpoint]

# --8<-- [start:tensor]
lr = torch.tensor(0.1)
for options in ({"lr": lr, "foreach": True}, {"betas": (0.9, lr)}):
    try:
        torch.optim.Adam([p], **options)
    except ValueError as error:
        print(error)
torch.optim.lr_scheduler.ConstantLR(torch.optim.Adam([p], lr=lr), factor=0.5)
print(f"the tensor that was passed is now {lr.item():.2f}")
# --8<-- [end:tensor]
plt.show()

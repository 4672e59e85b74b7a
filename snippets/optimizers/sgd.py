# --8<-- [start:from-scratch]
import inspect
import itertools
import math

import torch
from torch import nn


def move(p, g, s, lr, momentum, dampening, weight_decay, nesterov):
    g = g + weight_decay * p
    if momentum != 0:
        if "v" not in s:
            s["v"] = g.clone()  # the first gradient enters whole
        else:
            s["v"] = momentum * s["v"] + (1 - dampening) * g
        g = g + momentum * s["v"] if nesterov else s["v"]
    p -= lr * g
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class SGD:
    def __init__(self, params, lr=1e-3, momentum=0, dampening=0,
                 weight_decay=0, nesterov=False):
        self.params, self.state = list(params), {}
        self.options = lr, momentum, dampening, weight_decay, nesterov

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    state = self.state.setdefault(p, {})
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
    return p.detach()


worst, cases, half = 0.0, 0, (0, 0.5)
for m, d, w, n in itertools.product((0, 0.9), half, half, (False, True)):
    if not n or (m and not d):  # torch rejects the others
        options = dict(momentum=m, dampening=d, weight_decay=w, nesterov=n)
        difference = train(SGD, **options) - train(torch.optim.SGD, **options)
        worst, cases = max(worst, difference.abs().max().item()), cases + 1
print(f"{cases} combinations, 60 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert cases == 10 and worst < 1e-12

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
for momentum in (0, 0.9):
    optimizer = torch.optim.SGD(layer.parameters(), momentum=momentum)
    optimizer.step()
    kept = sum(t.nbytes for s in optimizer.state.values() for t in s.values())
    print(f"momentum {momentum:<3}  {kept / 1_001_000:.0f} bytes per parameter")
# --8<-- [end:state]
assert kept == 4 * 1_001_000 and sum(p.numel() for p in layer.parameters()) == 1_001_000

# --8<-- [start:defaults]
for name, parameter in inspect.signature(torch.optim.SGD).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<15} {parameter.default}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def follow(gradients, lr=0.1, theta=2.0, **options):
    """Feed the gradients one by one; return θ after each."""
    p = nn.Parameter(torch.tensor(theta, dtype=torch.float64))
    optimizer, path = torch.optim.SGD([p], lr=lr, **options), []
    for g in gradients:
        p.grad = None if g is None else torch.tensor(g, dtype=p.dtype)
        optimizer.step()
        path.append(p.item())
    return path


for m, d, n in (0, 0, 0), (0.9, 0, 0), (0.9, 0.9, 0), (0.9, 0, 1):
    path = follow([0.5] * 200, momentum=m, dampening=d, nesterov=bool(n))
    print(f"μ {m:<3}  τ {d:<3}  nesterov {n}  θ", end="")
    print(*(f" {theta:.4f}" for theta in path[:3]), end="  ")
    print(f"step 200 moves {path[-2] - path[-1]:.3f}")
# --8<-- [end:by-hand]


# --8<-- [start:lr-change]
def paper(gradients, lrs, mu=0.5):
    theta = step = 0.0
    for g, lr in zip(gradients, lrs, strict=True):
        step = mu * step - lr * g  # lr scales the new gradient only
        theta += step
        yield theta


def library(gradients, lrs, mu=0.5, rescale=False):
    p = nn.Parameter(torch.tensor(0.0))
    optimizer = torch.optim.SGD([p], lr=lrs[0], momentum=mu)
    for g, lr in zip(gradients, lrs, strict=True):
        group = optimizer.param_groups[0]
        if rescale and lr != group["lr"]:
            optimizer.state[p]["momentum_buffer"] *= group["lr"] / lr
        group["lr"], p.grad = lr, torch.tensor(g)
        optimizer.step()
        yield p.item()
# --8<-- [end:lr-change]


# --8<-- [start:lr-change-run]
run = [1.0, 0.0, 0.0, 0.0], [1.0, 0.1, 0.1, 0.1]  # gradients, learning rates
paths = library(*run), paper(*run), library(*run, rescale=True)
names = "torch", "paper", "torch, v rescaled"
for name, path in zip(names, paths, strict=True):
    print(f"{name:<17}  θ:", *(f"{theta:7.4f}" for theta in path))
# --8<-- [end:lr-change-run]
for run in (torch.randn(50).tolist(), [0.1] * 50), (torch.randn(50).tolist(), [0.1] * 25 + [0.01] * 25):
    pairs = zip(paper(*run, 0.9), library(*run, 0.9, rescale=True), strict=True)
    assert all(math.isclose(a, b, abs_tol=1e-5) for a, b in pairs)


# --8<-- [start:lookahead]
lr, mu, curvature = 0.05, 0.9, torch.tensor([1.0, 10.0]).double()
phi, step = torch.ones(2).double(), torch.zeros(2).double()
p = nn.Parameter(torch.ones(2).double())
optimizer = torch.optim.SGD([p], lr=lr, momentum=mu, nesterov=True)
apart = 0.0
for _ in range(100):
    ahead = phi + mu * step
    apart = max(apart, (ahead - p.detach()).abs().max().item())
    step = mu * step - lr * curvature * ahead  # the gradient at the point ahead
    phi = phi + step
    p.grad = curvature * p.detach()
    optimizer.step()
back = p.detach() + lr * mu * optimizer.state[p]["momentum_buffer"]
print(f"θ and the paper's look-ahead differ by {apart:.12f}")
off = (back - phi).abs().max()
print(f"φ recovered from θ and the buffer, off by {off:.12f}")
# --8<-- [end:lookahead]
assert apart < 1e-12 and off < 1e-12


# --8<-- [start:average]
gradients = [1.0] + [0.0] * 300
theta = m = 0.0
for g in gradients:
    m = 0.9 * m + (1 - 0.9) * g
    theta -= 0.1 * m
print(f"average, as in the notes       θ {theta:+.4f}")
for lr, d in ((0.1, 0), (0.01, 0), (0.1, 0.9)):
    path = follow(gradients, lr, theta=0.0, momentum=0.9, dampening=d)
    print(f"torch, lr {lr:<4}, dampening {d:<3}  θ {path[-1]:+.4f}")
# --8<-- [end:average]


# --8<-- [start:decay]
for mu in (0, 0.9):
    path = follow([0.0] * 100, theta=1.0, momentum=mu, weight_decay=0.01)
    print(f"momentum {mu:<3}  100 steps, zero gradient: 1 → {path[-1]:.3f}")
for mu in (0, 0.9):  # the loss is (θ - 1)² / 2, so g = θ - 1
    l2 = decoupled = u = v = 0.0
    for _ in range(500):
        u = mu * u + (l2 - 1) + 1.0 * l2  # λ = 1
        v = mu * v + (decoupled - 1)
        l2, decoupled = l2 - 0.1 * u, decoupled - 0.1 * (1.0 * decoupled + v)
    print(f"momentum {mu:<3}  ends at: L2 {l2:.4f}, decoupled {decoupled:.4f}")
# --8<-- [end:decay]
assert math.isclose(l2, 0.5) and math.isclose(decoupled, 1 / 1.1)

# --8<-- [start:still-moves]
for after, mu in itertools.product((None, 0.0), (0, 0.9)):
    path = follow([0.5, after, after, after], momentum=mu)
    print(f"then {after!s:<4}  μ {mu:<3}  θ:", *(f"{t:.4f}" for t in path))
# --8<-- [end:still-moves]
rest, rolls = follow([0.5, None, None], momentum=0.9, weight_decay=0.1), follow([0.5] + [0.0] * 300, momentum=0.9)
assert len(set(rest)) == 1 and round(rolls[0] - rolls[-1], 9) == 0.45 and follow([1, 1], dampening=1) == follow([1, 1])

# --8<-- [start:errors]
runs = {"nesterov": True, "dampening": 0.1}, {"fused": True}, {"foreach": True}
for options in runs:
    late = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    try:
        optimizer = torch.optim.SGD(late, momentum=0.9, **options)
        for p in late:  # the second has no gradient in the first step
            p.grad = torch.ones(1)
            optimizer.step()
    except (ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:errors]
assert torch.optim.SGD([{"params": late, "dampening": 0.5}], momentum=1.5, nesterov=True) and late[1] < 1

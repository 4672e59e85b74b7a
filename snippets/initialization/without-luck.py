# --8<-- [start:train]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F


def train(weights, layer, optimizer, lr, steps, x, y):
    K, path = len(weights[0]), []  # K networks at once
    update = optimizer([W.requires_grad_() for W in weights], lr)
    for _ in range(steps):
        h = x.expand(K, -1, -1)
        for W in weights[:-1]:
            h = layer(h @ W)
        each = F.cross_entropy((h @ weights[-1]).mT, y.expand(K, -1), reduction="none")
        path.append(each.mean(1))
        update.zero_grad()
        path[-1].sum().backward()
        update.step()
    return torch.stack(path).detach()  # losses (steps, K)
# --8<-- [end:train]


# --8<-- [start:isometry]
torch.manual_seed(0)
n, y, steps = 32, torch.arange(100) % 10, {}
x = torch.randn(10, n)[y] + 0.5 * torch.randn(100, n)  # ten clouds to tell apart
print("depth   η     normal  orthogonal")
for depth in (5, 20):
    for lr in (0.1, 0.3):
        pairs = [(torch.randn(n, n) / n**0.5, nn.init.orthogonal_(torch.empty(n, n))) for _ in range(depth)]
        weights = [*map(torch.stack, pairs), torch.randn(n, 10).repeat(2, 1, 1) / n**0.5]
        path = train(weights, torch.tanh, torch.optim.SGD, lr, 80, 0.3 * x, y)
        steps[depth, lr] = (path > 0.3).sum(0).tolist()
        print(f"{depth:5} {lr:5} {steps[depth, lr][0]:7} {steps[depth, lr][1]:9}")
# --8<-- [end:isometry]
assert all(steps[20, r][1] <= steps[5, r][1] <= steps[5, r][0] < 70 < steps[20, r][0] for r in (0.1, 0.3))


# --8<-- [start:lsuv]
def lsuv_(layers, activation, h):
    for layer in layers:  # from the first to the last
        nn.init.orthogonal_(layer.weight)
        with torch.no_grad():
            layer.weight /= layer(h).std()
            h = activation(layer(h))
# --8<-- [end:lsuv]


# --8<-- [start:lsuv-run]
print("layer 30     std   largest / smallest input")
after = {}
for f in (F.elu, torch.sin, F.gelu, F.silu):
    layers = [nn.Linear(128, 128, bias=False) for _ in range(30)]
    lsuv_(layers, f, torch.randn(128, 128))
    h = torch.randn(128, 128)  # inputs that lsuv_ has not seen
    for layer in layers:
        z = layer(h)
        h = f(z)
    each = z.square().mean(1).sqrt()  # one size per input
    after[f] = z.std(), each.max() / each.min()
    print(f"{f.__name__:10} {after[f][0]:5.1f} {after[f][1]:10.1g}")
# --8<-- [end:lsuv-run]
assert all(r < 3 > 30 * abs(s - 1) if f in (F.elu, torch.sin) else 0.3 < s < 3 < r / 34 for f, (s, r) in after.items())


# --8<-- [start:residual]
def residual(blocks, first=1.0, last=1.0, front=1.0, width=64):
    x, slope = F.normalize(torch.randn(2, width, dtype=torch.float64)) * width**0.5  # size 1
    inner, outer = torch.randn(2, blocks, width, width, dtype=torch.float64) / width**0.5
    weights = [W.requires_grad_() for W in (*(first * inner), *(last * 2**0.5 * outer))]

    def stream():
        h = x
        for A, B in zip(weights[:blocks], weights[blocks:], strict=True):
            h = h + front * B @ torch.relu(A @ h)
        return h

    before = stream()
    grads = torch.autograd.grad(before @ slope, weights)
    lr = 1e-6 * before.norm() / sum(g.square().sum() for g in grads)  # first order only
    for V, g in zip(weights, grads, strict=True):
        V.data -= lr * g
    return before.norm() / x.norm(), (stream() - before).norm() / slope.norm() / lr / width, grads
# --8<-- [end:residual]


# --8<-- [start:residual-table]
rules = {
    "as usual": lambda L: {},
    "last layer / √L": lambda L: {"last": L**-0.5},
    "1/√L in front": lambda L: {"front": L**-0.5},
    "last layer 0": lambda L: {"last": 0},
    "Fixup": lambda L: {"last": 0, "first": L**-0.5},
}
table = {}
print("blocks      size: 10      100  change: 10      100")
for name, rule in rules.items():
    (a, c, _), (b, d, _) = table[name] = [residual(L, **rule(L)) for L in (10, 100)]
    print(f"{name:15} {a:5.1f} {b:8.2g} {c:10.2g} {d:8.2g}")
# --8<-- [end:residual-table]
usual, root, _, zero, fixup = [row[1] for row in table.values()]
assert zero[0] == 1 == fixup[0] and 45 < zero[1] < 55 and 0.4 < fixup[1] < 0.6 and zero[2][-1].any() > zero[2][0].any()
assert 1e13 < usual[0] < 1e16 and 1.3 < root[0] < 2 and root[1] > 100 and 2**5 == 32 and 1e15 < 2**50 < 1.2e15


# --8<-- [start:mup]
def build(width, lr, mup, base=16):
    torch.manual_seed(0)
    m = width / base if mup else 1  # how much wider than the base model
    shapes = (16, width), (width, width), (width, 1)
    first, hidden, last = (nn.Linear(*shape, bias=False) for shape in shapes)
    nn.init.kaiming_normal_(first.weight, nonlinearity="linear")
    nn.init.kaiming_normal_(hidden.weight)
    nn.init.normal_(last.weight, std=(m * width) ** -0.5)
    groups = [{"params": [first.weight]}, {"params": [hidden.weight, last.weight], "lr": lr / m}]
    return nn.Sequential(first, nn.ReLU(), hidden, nn.ReLU(), last), torch.optim.Adam(groups, lr)


def fit(model, optimizer, steps):
    losses = []
    for batch in torch.arange(64 * steps).remainder(1024).split(64):
        loss = F.mse_loss(model(inputs[batch]), targets[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-20:]) / 20
# --8<-- [end:mup]


# --8<-- [start:mup-step]
inputs, moved = torch.randn(1024, 16, generator=torch.manual_seed(0)), {}
targets = torch.tanh(inputs @ torch.randn(16, 32) / 2) @ torch.randn(32, 1) / 6
for mup in (False, True):
    for width in (16, 64, 256):
        model, optimizer = build(width, 1e-4, mup)
        before = model[:3](inputs)
        fit(model, optimizer, steps=1)
        moved[mup, width] = 1e4 * (model[:3](inputs) - before).abs().mean().item()
        print("µP      " if mup else "standard", f"width {width:3}: {moved[mup, width]:5.1f} η")
# --8<-- [end:mup-step]
assert 60 < moved[False, 256] < 130 and 10 < moved[False, 64] < 30 and all(4 < v < 7 for k, v in moved.items() if k[0])

# --8<-- [start:mup-figure]
rates, best = range(-11, -2), {}
figure, panels = plt.subplots(1, 2, figsize=(5.5, 2.9), sharey=True)
for mup, axes in zip((False, True), panels, strict=True):
    for color, width in (("C0", 16), ("C2", 64), ("C1", 256)):
        losses = [fit(*build(width, 2.0**rate, mup), steps=40) for rate in rates]
        i = best[mup, width] = min(range(9), key=losses.__getitem__)
        axes.plot(rates, losses, color, label=f"width {width}")
        axes.plot(rates[i], losses[i], color + "o")
    axes.set(title="µP" if mup else "standard", xlabel="log₂ η", ylim=(0, 0.8))
panels[0].set_ylabel("mean loss, steps 21 to 40")
panels[1].legend()
# --8<-- [end:mup-figure]
assert best[False, 16] - best[False, 256] >= 5 and max(abs(best[True, w] - best[True, 16]) for w in (64, 256)) <= 2

# --8<-- [start:effective]
relative = {}
for c in (1, 10):
    W = (c * torch.eye(n)).requires_grad_()
    z = F.layer_norm(x @ W, (n,), eps=0)
    (grad,) = torch.autograd.grad(F.cross_entropy(z[:, :10], y), W)
    relative[c] = grad.norm() / W.norm()
    print(f"{c:2} W: output {z.norm():.2f}, gradient {grad.norm():.4f} = {relative[c]:.5f} |W|")
# --8<-- [end:effective]
assert abs(relative[1] / relative[10] - 100) < 0.1

# --8<-- [start:norm]
powers, final = torch.arange(-6, 7, 2), {}
crowd = x.repeat(3, 1) + torch.randn(300, n), y.repeat(3)
layers = {"plain": torch.relu, "layer norm": lambda z: torch.relu(F.layer_norm(z, (n,)))}
figure, panels = plt.subplots(1, 2, figsize=(5.5, 2.9), sharey=True)
for axes, rule, lr in zip(panels, (torch.optim.SGD, torch.optim.Adam), (0.1, 3e-3), strict=True):
    for color, name in (("C1", "plain"), ("C0", "layer norm")):
        hidden = 2.0 ** powers[:, None, None] * torch.randn(6, 1, n, n) * (2 / n) ** 0.5
        weights = [*hidden, torch.zeros(len(powers), n, 10)]
        loss = final[lr, name] = train(weights, layers[name], rule, lr, 60, *crowd)[-1]
        axes.plot(powers, loss.nan_to_num(99), color + "o-", label=name)
    axes.set(title=f"{rule.__name__}: loss after 60 steps", xlabel="log₂ (weights / Kaiming)")
plt.setp(panels, xticks=range(-6, 7, 2), ylim=(0, 2.6))
panels[0].legend(loc="lower right")
# --8<-- [end:norm]
p, q, u, v = final.values()  # without and with norm: SGD, Adam
assert (p < 2).sum() == 1 and (q < 2.2).sum() > 5 < (v < 2).sum() and (u < 1).sum() == 3 and q.argmin() == 2

# --8<-- [start:batch-norm]
for norm in (nn.LayerNorm(256), nn.BatchNorm1d(256)):
    blocks = [m for _ in range(50) for m in (nn.Linear(256, 256, bias=False), norm, nn.ReLU())]
    start = torch.randn(256, 256, requires_grad=True)
    (grad,) = torch.autograd.grad(nn.Sequential(*blocks)(start), start, torch.randn(256, 256))
    print(f"{type(norm).__name__:12} gradient × {grad.norm() / 256:.1g}")
# --8<-- [end:batch-norm]
assert 1.17 < (grad.norm() / 256) ** 0.02 < (math.pi / (math.pi - 1)) ** 0.5 < 1.2112 and u[3] < 0.1 < v[3]
plt.show()

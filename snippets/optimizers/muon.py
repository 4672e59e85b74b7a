# --8<-- [start:from-scratch]
import inspect
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def orthogonalise(g, ns_coefficients, ns_steps, eps):
    """Bring all singular values of a matrix near 1."""
    a, b, c = ns_coefficients
    tall = g.shape[0] > g.shape[1]
    x = (g.T if tall else g).bfloat16()  # x @ x.T is the smaller way round
    x = x / x.norm().clamp(min=eps)
    for _ in range(ns_steps):
        gram = x @ x.T
        gram = torch.addmm(gram, gram, gram, beta=b, alpha=c)  # b A + c A²
        x = torch.addmm(x, gram, x, beta=a)  # a X + gram X, rounded once
    return x.T if tall else x
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-move]
def factor(rows, columns, adjust_lr_fn):
    if adjust_lr_fn == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))  # None or "original"


def move(p, g, s, lr, weight_decay, momentum, nesterov, ns, eps, ns_steps, fn):
    s["m"] = s["m"].lerp(g, 1 - momentum)  # μ m + (1 - μ) g
    ahead = g.lerp(s["m"], momentum) if nesterov else s["m"]
    update = orthogonalise(ahead, ns, ns_steps, eps).to(p)
    p *= 1 - lr * weight_decay
    p -= lr * factor(*p.shape, fn) * update
# --8<-- [end:from-scratch-move]


# --8<-- [start:from-scratch-class]
class Muon:
    def __init__(
        self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True,
        ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-7, ns_steps=5,
        adjust_lr_fn=None,
    ):  # fmt: skip
        self.params, self.state = list(params), {}
        self.options = lr, weight_decay, momentum, nesterov, ns_coefficients
        self.options += eps, ns_steps, adjust_lr_fn

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in (p for p in self.params if p.grad is not None):
                s = self.state.setdefault(p, {"m": torch.zeros_like(p)})
                move(p, p.grad, s, *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(2, 32, 6)


def train(make, steps=40, **options):
    torch.manual_seed(1)
    wide, tall = (nn.Parameter(torch.randn(s)) for s in ((6, 9), (9, 6)))
    optimizer = make([wide, tall], lr=0.02, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        ((x @ wide).tanh() @ tall - y).square().mean().backward()
        optimizer.step()
    return torch.cat([wide.detach().flatten(), tall.detach().flatten()])


worst, functions = 0.0, (None, "match_rms_adamw")
for nesterov, adjust in itertools.product((True, False), functions):
    options = {"nesterov": nesterov, "adjust_lr_fn": adjust}
    difference = train(Muon, **options) - train(torch.optim.Muon, **options)
    worst = max(worst, difference.abs().max().item())
print(f"4 combinations, 40 steps each, largest difference {worst:.6f}")
# --8<-- [end:equal]
assert worst < 1e-5

# --8<-- [start:quintic]
def quintic(s):
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return s


s = torch.linspace(0, 1, 2001, dtype=torch.float64)
figure, ax = plt.subplots(figsize=(5.5, 2.8))
ax.plot(s, quintic(s), "C1", label="after five iterations")
ax.plot(s, s, "C0--", label="before")
ax.set(xlabel="singular value", ylim=(0, 1.3))
figure.legend(loc="outside lower center", ncols=2)
inside = quintic(torch.linspace(0.01, 1, 10_000, dtype=torch.float64))
print(f"from 0.01 to 1: between {inside.min():.3f} and {inside.max():.3f}")
# --8<-- [end:quintic]
assert math.isclose(3.4445**5, 485, rel_tol=1e-3) and quintic(torch.tensor(1e-4)) < 0.05

# --8<-- [start:state]
layer = nn.Linear(100, 100, bias=False)
optimizer = torch.optim.Muon(layer.parameters())
layer(torch.ones(1, 100)).sum().backward()
optimizer.step()
(state,) = optimizer.state.values()
for name, tensor in state.items():
    print(f"{name}: {tensor.numel() * 4 / 1e4:g} bytes per weight in float32")
# --8<-- [end:state]
assert list(state) == ["momentum_buffer"]

# --8<-- [start:defaults]
for name, parameter in inspect.signature(torch.optim.Muon).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<15} {parameter.default}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def once(g, theta=0.0, **options):
    p = nn.Parameter(torch.full_like(torch.tensor(g), theta))
    p.grad = torch.tensor(g)
    optimizer = torch.optim.Muon([p], lr=1.0, **options)
    optimizer.step()
    return p.detach(), optimizer.state[p]["momentum_buffer"]


for g in ([[3.0, 4.0]], [[3072.0, 4096.0]], [[0.0, 0.0]]):
    print(f"g = {g}:  θ = ({once(g)[0][0, 0]:.3f}, {once(g)[0][0, 1]:.3f})")
# --8<-- [end:by-hand]
assert torch.equal(once([[3.0, 4.0]])[0], once([[3072.0, 4096.0]])[0])
assert math.isclose(once([[3.0, 4.0]])[0].norm(), quintic(1.0), rel_tol=0.03)
rounds = [1.0]
for _ in range(5):
    rounds.append(3.4445 * rounds[-1] - 4.7750 * rounds[-1] ** 3 + 2.0315 * rounds[-1] ** 5)
assert [round(s, 3) for s in rounds[1:]] == [0.701, 1.114, 0.721, 1.09, 0.696]

# --8<-- [start:groups]
first, middle, last = nn.Linear(6, 32), nn.Linear(32, 32), nn.Linear(32, 6)
net = nn.Sequential(first, nn.Tanh(), middle, nn.Tanh(), last)
try:
    torch.optim.Muon(net.parameters())
except ValueError as error:
    print(error)
hidden = [middle.weight]  # not the first and the last layer, and no bias
others = [p for p in net.parameters() if p is not middle.weight]
muon = torch.optim.Muon(hidden, lr=0.02)
adamw = torch.optim.AdamW(others, lr=0.01)
losses = []
for _ in range(50):
    net.zero_grad()
    loss = (net(x) - y).square().mean()
    loss.backward()
    muon.step()
    adamw.step()
    losses.append(loss.item())
print("loss less than half of its start:", losses[-1] < losses[0] / 2)
# --8<-- [end:groups]

# --8<-- [start:rms]
for shape in ((256, 64), (64, 256), (256, 256)):
    for adjust in ("original", "match_rms_adamw"):
        p = nn.Parameter(torch.zeros(shape))
        p.grad = torch.randn(shape)
        torch.optim.Muon([p], lr=1.0, adjust_lr_fn=adjust).step()
        print(f"{shape!s:<10} {adjust:<15}", end="  ")
        print(f"RMS {p.square().mean().sqrt():.2f} η", end="  ")
        print(f"norm {torch.linalg.matrix_norm(p, 2):.1f} η")
# --8<-- [end:rms]

# --8<-- [start:decay]
theta, _ = once([[0.0, 0.0]], theta=1.0)
print(f"θ from 1 with zero gradient, ηλ = 0.1: {theta[0, 0]:.3f}")
# --8<-- [end:decay]
assert theta[0, 0] == torch.tensor(0.9)

# --8<-- [start:box]
for line in torch.optim.Muon.__doc__.splitlines():
    if r"B_t \leftarrow" in line:
        print(line.split("}", 1)[1].strip())
print("stray character:", torch.optim.Muon.__doc__.split(r"{0.4pt}")[-1][0])
theta, buffer = once([[3.0, 4.0]])
print("buffer after (3, 4):", [round(b, 3) for b in buffer[0].tolist()])
# --8<-- [end:box]
assert torch.allclose(buffer, torch.tensor([[0.15, 0.2]]))

# --8<-- [start:sum]
grads, total, average = torch.randn(20, 8, 8), 0.0, torch.zeros(8, 8)
for g in grads:
    total = 0.95 * total + g  # the manual
    average = average.lerp(g, 0.05)  # the code
ahead = {"manual": g + 0.95 * total, "code": g.lerp(average, 0.95)}
print(f"manual / code: {(ahead['manual'] / ahead['code']).mean():.3f}")
# --8<-- [end:sum]
assert torch.allclose(ahead["manual"], 20 * ahead["code"], atol=1e-3)
options = (3.4445, -4.775, 2.0315), 5, 1e-7
assert (orthogonalise(ahead["manual"], *options) - orthogonalise(ahead["code"], *options)).abs().max() < 0.05

plt.show()

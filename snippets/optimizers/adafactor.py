# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.Adafactor([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.8419", "1.8419"], (
    "lr=0.1 moves both weights by a tenth of their root mean square")
assert round(((1 + 4) / 2) ** 0.5, 2) == 1.58, "their root mean square is 1.58"

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def estimate(g, state, weight, eps1):
    """Update the averages of g²; return what they say about every element."""
    new = {"V": g * g}
    if g.ndim > 1:
        new = {"R": (g * g).mean(-1, keepdim=True)}  # over each row
        new["C"] = (g * g).mean(-2, keepdim=True)
    for name, value in new.items():
        old = state.get(name, torch.zeros_like(value))
        state[name] = old + weight * (value - old)
    if g.ndim < 2:
        return state["V"]
    mean = state["R"].mean(-2, keepdim=True).clamp(min=eps1)
    return state["R"] @ state["C"] / mean
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-move]
def rms(x):
    return x.square().mean().sqrt().item()


def move(p, g, state, lr, beta2_decay, eps, d, weight_decay):
    eps1, eps2 = eps
    eps1 = torch.finfo(p.dtype).eps if eps1 is None else eps1
    state["t"] = t = state.get("t", 0) + 1
    alpha = max(eps2, rms(p)) * min(lr, 1 / math.sqrt(t))
    p *= 1 - lr * weight_decay
    v = estimate(g, state, t**beta2_decay, eps1).clamp(min=eps1**2)
    u = g / v.sqrt()
    p -= alpha / max(1, rms(u) / d) * u
# --8<-- [end:from-scratch-move]


# --8<-- [start:from-scratch-class]
class Adafactor:
    def __init__(
        self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0,
        weight_decay=0.0,
    ):  # fmt: skip
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    state = self.state.setdefault(p, {})
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), **options)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "beta2_decay", "eps", "d", "weight_decay"
values = (-0.8, 0.0), ((None, 1e-3), (0.1, 1.0)), (1.0, 2.0), (0.0, 0.1)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(Adafactor, **case) - train(torch.optim.Adafactor, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, 60 steps each, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:rank-one]
def factored(matrix):
    return matrix.sum(1, keepdim=True) * matrix.sum(0) / matrix.sum()


def closest_by_squares(matrix):
    left, sigma, right = torch.linalg.svd(matrix)
    return (sigma[0] * left[:, :1] @ right[:1]).abs()


def divergence(matrix, near):
    return (matrix * (matrix / near).log() - matrix + near).sum().item()


squares = torch.randn(40, 30).square()
for estimate_by in (factored, closest_by_squares):
    far = divergence(squares, estimate_by(squares))
    print(f"{estimate_by.__name__:<18} divergence {far:.1f}")
exact = torch.rand(40, 1) @ torch.rand(1, 30)
print("exact for rank one:", torch.allclose(factored(exact), exact))
# --8<-- [end:rank-one]
for seed in range(5):
    torch.manual_seed(seed)
    squares = torch.randn(40, 30).square()
    ours = divergence(squares, factored(squares))
    assert ours < divergence(squares, closest_by_squares(squares)), "the divergence is smaller in 5 of 5 seeds"
    nudged = factored(squares) * (1 + 0.05 * torch.randn(40, 1)) * (1 + 0.05 * torch.randn(30))
    assert ours < divergence(squares, nudged), "the best is row sum times column sum over the total"

# --8<-- [start:state]
linear, conv = nn.Linear(1000, 1000), nn.Conv2d(64, 64, 3)
print("bytes per parameter  state")
for layer, shape in ((linear, (1, 1000)), (conv, (1, 64, 9, 9))):
    optimizer = torch.optim.Adafactor(layer.parameters())
    layer(torch.ones(shape)).sum().backward()
    optimizer.step()
    for p, state in optimizer.state.items():
        kept = {name: tensor for name, tensor in state.items() if name != "step"}
        size = sum(tensor.nbytes for tensor in kept.values()) / p.numel()
        shapes = {name: tuple(tensor.shape) for name, tensor in kept.items()}
        print(f"{size:<19.3f}  {shapes}")
# --8<-- [end:state]
state = optimizer.state[conv.weight]
numbers = (state["row_var"].numel() + state["col_var"].numel()) / 64**2
assert numbers == 6, "the last two dimensions are, 3 × 3: 6 numbers instead of 9"
assert math.isclose(6 / 9, 1 - 1 / 3), "factoring saves a third of one tensor"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
parameters = inspect.signature(torch.optim.Adafactor).parameters
for name, parameter in parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<24} {parameter.default}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def once(theta, g, **options):
    p = nn.Parameter(torch.tensor(theta).double())
    p.grad = torch.tensor(g).double()
    torch.optim.Adafactor([p], **options).step()
    return p.detach()


print("θ =", *(f"{value:.4f}" for value in once([3.0, 4.0], [0.1, -10.0])))
# --8<-- [end:by-hand]
DEFAULT = optimizer.defaults
size = math.sqrt((3**2 + 4**2) / 2)
assert size == math.sqrt(25 / 2), "RMS(θ₀) = √(25/2)"
assert round(size, 4) == 3.5355, "√(25/2) = 3.5355"
assert round(DEFAULT["lr"] * size, 6) == 0.035355, "so α₁ = 0.035355"
moved = once([3.0, 4.0], [0.1, -10.0]) - torch.tensor([3.0, 4.0]).double()
assert (moved.abs() - 0.035355).abs().max() < 1e-6, "u₁ = (1, −1), and torch says the same"
assert DEFAULT["beta2_decay"] == -0.8, "τ is `beta2_decay`, −0.8"
assert DEFAULT["eps"][1] == 0.001, "ε₂ = 0.001"

# --8<-- [start:lr]
t = torch.logspace(0, 6, 200, dtype=torch.float64)
figure, ax = plt.subplots(figsize=(5.5, 2.8))
for lr, look in ((1e-3, "C0-"), (1e-2, "C1--"), (1.0, "C2:")):
    ax.loglog(t, (1 / t.sqrt()).clamp(max=lr), look, label=f"lr {lr:g}")
    print(f"lr {lr:<5g} first step {1 - once([1.0], [1.0], lr=lr).item():.3f}")
ax.set(xlabel="step t", ylabel="relative step size ρ")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:lr]
assert once([1.0], [1.0], lr=10.0) == once([1.0], [1.0], lr=1.0), "values above 1 change nothing but the decay"
assert 1 / math.sqrt(10_000) == 0.01, "the default, 0.01, is constant for 10,000 steps: at step 10,000 the cap is 0.01"
assert 1 / math.sqrt(1e6) == 0.001, "at a million 0.001"

# --8<-- [start:zero]
for theta in (1.0, 0.01, 0.0):
    print(f"θ = {theta:<5g} moves by {theta - once([theta], [1.0]).item():.6f}")
# --8<-- [end:zero]
assert math.isclose(-once([0.0], [1.0]).item(), 1e-5), "their first step is 10^-5"

# --8<-- [start:box]
lines = torch.optim.Adafactor.__doc__.splitlines()
for line in lines:
    if r"\theta_t " in line and r"\leftarrow" in line:
        print(" ".join(line.split("mm}", 1)[1].split()))
options = {"lr": 0.1, "weight_decay": 0.5}
print(f"torch:           {once([2.0], [1.0], **options).item():.4f}")
alpha = 2.0 * 0.1
print(f"read as θ_t:     {2.0 * (1 - 0.1 * 0.5) - alpha:.4f}")
print(f"read as θ_(t-1): {2.0 - alpha:.4f}")
# --8<-- [end:box]
assert math.isclose(once([2.0], [1.0], **options).item(), 1.7), "the code starts from the decayed one, 1.7"
assert math.isclose(2.0 - alpha, 1.8), "read as written, the last line throws the decayed value away: 1.8"
assert r"\odot G_t + 1_n \cdot 1^\top_m" in "\n".join(lines), "its R_t and C_t add a matrix of ones to g²"

# --8<-- [start:clip]
g = torch.full((4, 4), 0.01)
g[0, 0] = 1.0
print("d     RMS of the step  largest")
for d in (1.0, 1000.0):
    p = nn.Parameter(torch.ones(4, 4))
    p.grad = g
    torch.optim.Adafactor([p], d=d).step()
    size = rms(p - 1)
    print(f"{d:<4g}  {size:<15.4f}  {(1 - p).max():.4f}")
# --8<-- [end:clip]
assert round(size / 0.01, 1) == 18.8, "without the clip the first step would be 18.8 times as large"
p.grad = torch.ones(4, 4)
optimizer = torch.optim.Adafactor([p])
optimizer.step()
assert optimizer.state[p]["row_var"].mean() == 1, "the code adds nothing"
try:
    torch.optim.Adafactor([p], d=0.9)
    refused = False
except ValueError:
    refused = True
assert refused, "a smaller `d` than 1 is refused"
assert list(optimizer.state[p]) == ["step", "row_var", "col_var"], "torch 2.13 has no first moment"
plt.show()

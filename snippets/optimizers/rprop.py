# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.Rprop([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.9000", "1.9000"], (
    "both weights move by lr=0.1 at first, though the gradients are 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math
import statistics

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, etas, step_sizes):
    product = g * state["previous g"]
    factor = torch.ones_like(p)
    factor[product > 0] = etas[1]  # same sign: longer
    factor[product < 0] = etas[0]  # turned: shorter
    state["step"] = (state["step"] * factor).clamp(*step_sizes)
    g = torch.where(product < 0, 0.0, g)  # turned: stay where you are
    p -= state["step"] * g.sign()
    state["previous g"] = g
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Rprop:
    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50)):
        self.params, self.state = list(params), {}
        self.options = dict(lr=lr, etas=etas, step_sizes=step_sizes)

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    first = torch.full_like(p, self.options["lr"])
                    start = {"step": first, "previous g": torch.zeros_like(p)}
                    state = self.state.setdefault(p, start)
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 32, 5).double()


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), **options)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "lr", "etas", "step_sizes"
values = (0.01, 1.0), ((0.5, 1.2), (0.9, 2.0)), ((1e-6, 50), (1e-3, 0.1))
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(Rprop, **case) - train(torch.optim.Rprop, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, 60 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
optimizer = torch.optim.Rprop(layer.parameters())
optimizer.step()
states = optimizer.state.values()
size = sum(kept.nbytes for state in states for kept in state.values())
size /= sum(p.numel() for p in layer.parameters())
print(f"{size:.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 8, "two tensors of the parameter's shape and type, as much as Adam"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, parameter in inspect.signature(torch.optim.Rprop).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<24} {parameter.default}")
# --8<-- [end:defaults]

p = nn.Parameter(torch.tensor([-1.2, 1.0], dtype=torch.float64))  # Rosenbrock, as the path does
optimizer, turns = torch.optim.Rprop([p], lr=0.03), torch.zeros(2)
for _ in range(100):
    off = p[1].item() - p[0].item() ** 2
    p.grad = torch.tensor([2 * (p[0].item() - 1) - 400 * p[0].item() * off, 200 * off], dtype=p.dtype)
    optimizer.step()
    turns += optimizer.state[p]["prev"] == 0
assert turns.min() > 15, "both signs keep turning: each at more than 15 of the 100 steps"
assert optimizer.state[p]["step_size"].max() < 0.015, "the step sizes end below 0.015"


# --8<-- [start:by-hand]
def follow(gradients, lr=0.1, dtype=torch.float64, **options):
    """Feed the gradients one by one; return θ and its step size after each."""
    p = nn.Parameter(torch.zeros(1, dtype=dtype))
    optimizer, path = torch.optim.Rprop([p], lr=lr, **options), []
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        path.append((p.item(), optimizer.state[p]["step_size"].item()))
    return path


signs = [1, 1, 1, -1, -1, -1]
print("g   step size  θ")
for g, (theta, size) in zip(signs, follow(signs), strict=True):
    print(f"{g:+d}  {size:<9.4f}  {theta:+.4f}")
# --8<-- [end:by-hand]
assert round(1.2 * 0.1, 9) == 0.12, "Δ₂ = 1.2 · 0.1 = 0.12"
assert round(1.2 * 0.12, 9) == 0.144, "then Δ₃ = 0.144"
assert round(-0.1 - 0.12 - 0.144, 9) == -0.364, "and θ₃ = −0.364"
assert round(0.5 * 0.144, 9) == 0.072, "Δ₄ = 0.5 · 0.144 = 0.072"
assert round(-0.364 + 0.072, 9) == -0.292, "θ₅ = −0.364 + 0.072 = −0.292"
assert round(follow(signs)[4][0], 9) == -0.292, "and torch says the same"
assert follow(signs) == follow([1000.0 * g for g in signs]), "gradients a thousand times larger give the same numbers"
varied = [g * factor for g, factor in zip(signs, (3.0, 0.01, 700.0, 0.2, 5.0, 1e-4), strict=True)]
assert follow(signs) == follow(varied), "another positive factor in each step gives the same path"


def clipped_end(limit):
    torch.manual_seed(0)
    p = nn.Parameter(torch.zeros(5))
    optimizer = torch.optim.Rprop([p])
    for _ in range(50):
        p.grad = torch.randn(5)
        nn.utils.clip_grad_norm_([p], limit)
        optimizer.step()
    return p.detach()


assert torch.equal(clipped_end(0.1), clipped_end(math.inf)), "gradient clipping by norm changes nothing either"


# --8<-- [start:variants]
def variant(gradients, kind, size=0.1, theta=0.0):
    """Rprop+ of 1993, Rprop- of 1994, or iRprop- of 2000, for gradients of ±1."""
    previous, moved, path = 0, 0.0, []
    for g in gradients:
        turned = g * previous < 0
        if turned:
            size *= 0.5
        elif g * previous > 0:
            size *= 1.2
        if turned and kind == "Rprop+":
            moved, g = -moved, 0  # undo the last move
        elif turned and kind == "iRprop-":
            moved, g = 0.0, 0  # stay
        else:
            moved = -size * g
        theta += moved
        path.append(theta)
        previous = g
    return path


print("variant", *(f" step {step}" for step in range(1, 7)))
print("torch  ", *(f" {theta:+.3f}" for theta, _ in follow(signs)))
for kind in ("Rprop+", "Rprop-", "iRprop-"):
    print(f"{kind:<7}", *(f" {theta:+.3f}" for theta in variant(signs, kind)))
# --8<-- [end:variants]
sequences = list(itertools.product((-1, 1), repeat=6))
assert len(sequences) == 64, "all 64 sequences of six signs"
for signs in sequences:
    ours = torch.tensor(variant(signs, "iRprop-"))
    assert torch.allclose(ours, torch.tensor([theta for theta, _ in follow(signs)])), "torch is `iRprop-`"

# --8<-- [start:noise]
torch.manual_seed(2)
figure, axes = plt.subplots(figsize=(5.5, 3.2))
for noise, look in ((0.5, "C2--"), (1.09, "C0-"), (2.0, "C1-.")):
    p = nn.Parameter(torch.zeros(2000))  # 2000 parameters, all with slope -1
    optimizer = torch.optim.Rprop([p], lr=0.01, step_sizes=(1e-12, 1e12))
    sizes = []
    for _ in range(100):
        p.grad = -1 + noise * torch.randn(2000)
        optimizer.step()
        sizes.append(optimizer.state[p]["step_size"].log().mean().exp().item())
    axes.semilogy(range(1, 101), sizes, look, label=f"noise {noise}")
axes.set(xlabel="step", ylabel="step size, geometric mean")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:noise]
right = (1 + math.sqrt(1 - 4 / (3 + math.log(2) / math.log(1.2)))) / 2
assert round(right, 2) == 0.82, "that is a = 0.82"
for a in (0.6, right, 0.95):
    b = 1 - a
    moves = torch.tensor([[a, 0, b], [0, b, a], [a, b, 0]], dtype=torch.float64)  # right, wrong, zero
    is_right, is_wrong, is_zero = torch.linalg.matrix_power(moves, 10_000)[0].tolist()
    assert math.isclose(is_right, is_zero * a / b), "the share of right is π₀ a/b"
    assert math.isclose(is_wrong, is_zero * b / a), "and of wrong π₀ b/a"
    assert math.isclose(is_right * b + is_wrong * a, is_zero), "a step is a turn with probability π₀"
    growth = is_right * a + is_wrong * b
    assert math.isclose(growth, is_zero * (a**2 / b + b**2 / a)), "and a growth with π₀ (a²/b + b²/a)"
    assert math.isclose(growth, is_zero * (1 - 3 * a * b) / (a * b)), "which is π₀ (1 − 3ab) / (ab)"
    balance = growth * math.log(1.2) - is_zero * math.log(2)  # mean change of ln Δ per step
    if a < right:
        assert balance < 0, "below it the step size shrinks geometrically"
    if a == right:
        assert round(balance, 9) == 0, "the step size holds at ab = 1 / (3 + ln 2 / ln 1.2)"
assert round(1 / statistics.NormalDist().inv_cdf(right), 2) == 1.09, "a standard deviation of 1.09 times the gradient"


def end(noise):
    p = nn.Parameter(torch.zeros(2000))
    optimizer = torch.optim.Rprop([p], lr=0.01, step_sizes=(1e-12, 1e12))
    for _ in range(100):
        p.grad = -1 + noise * torch.randn(2000)
        optimizer.step()
    return optimizer.state[p]["step_size"].log().mean().exp().item()


for seed in range(5):
    torch.manual_seed(seed)
    assert end(0.5) > 10_000, "with noise 0.5 the step size rises above 10000, in 5 of 5 seeds"
    assert round(math.log10(end(1.09) / 0.01)) == 0, "with 1.09 it keeps its order of magnitude, in 5 of 5 seeds"
    assert end(2.0) < 1e-6, "with 2 it falls below 10^-6, in 5 of 5 seeds"

# --8<-- [start:median]
gradients = ([0.1] * 9 + [-0.9]) * 3
theta, _ = follow(gradients, lr=0.01)[-1]
print(f"sum of gradients {abs(sum(gradients)):.6f}, θ: 0 → {theta:.2f}")
# --8<-- [end:median]

# --8<-- [start:lr-later]
p = nn.Parameter(torch.zeros(1))
optimizer = torch.optim.Rprop([p], lr=0.1)
for lr in (0.1, 0.0, 0.0):
    optimizer.param_groups[0]["lr"] = lr
    p.grad = torch.ones(1)
    optimizer.step()
    print(f"lr {lr}  θ {p.item():.3f}")
# --8<-- [end:lr-later]

# --8<-- [start:limits]
for lr, limits in ((100, (1e-6, 50)), (0, (1e-6, 50)), (0.1, (50, 1e-6))):
    theta, _ = follow([1.0], lr, step_sizes=limits)[-1]
    print(f"lr {lr:<4} step_sizes {limits!s:<12}  first step {theta:g}")
try:
    torch.optim.Rprop([p], etas=(1.2, 0.5))
except ValueError as error:
    print(error)
# --8<-- [end:limits]
manual = " ".join(torch.optim.Rprop.__doc__.split())
assert "increase and decrease factors" in manual, "torch's manual: increase and decrease factors"
assert "(etaminus, etaplus)" in manual, "`etas` are (shrink, grow)"
assert "A Direct Adaptive Method for Faster Backpropagation Learning" in manual, "the manual cites the paper of 1993"
assert r"\eta^i_t \leftarrow \eta^i_{t-1} \\" in manual, "the box applies the limits only when a size grows or shrinks"
assert follow([1.0], 100)[0][0] == -50, "the code clamps always, from the first step: `lr=100` gives 50"
assert follow([1.0], 0)[0][0] != 0, "and `lr=0` moves"
for _, size in follow([1.0, 1.0, -1.0, -1.0, -1.0], step_sizes=(50, 1e-6)):
    assert size == 1e-6, "the wrong way round every step has the second size"

# --8<-- [start:underflow]
full, half = torch.float32, torch.float16
print("type           g      step size")
for dtype, g in ((full, 1e-3), (full, 1e-23), (half, 1e-4)):
    _, size = follow([g] * 10, dtype=dtype)[-1]
    print(f"{dtype!s:<13}  {g:<5g}  {size:.2f}")
# --8<-- [end:underflow]
assert math.isclose(size, 0.1, rel_tol=1e-3), "in float16 a gradient of 0.0001 is enough: the step size stays constant"

# --8<-- [start:kink]
print("optimizer  off the kink by")
for make in (torch.optim.SGD, torch.optim.Rprop):
    p = nn.Parameter(torch.tensor(1.0))
    optimizer = make([p], lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        (p - 0.37).abs().backward()
        optimizer.step()
    print(f"{make.__name__:<9}  {abs(p.item() - 0.37):.5f}")
# --8<-- [end:kink]
assert abs(p.item() - 0.37) < 1e-5, "Rprop halves its step at each turn and arrives at 0.37"
assert round(math.log(100, 1.2)) == 25, "a size wrong by a factor of 100 costs about 25 steps of growth"
assert round(math.log(100, 2)) == 7, "or 7 turns"
plt.show()

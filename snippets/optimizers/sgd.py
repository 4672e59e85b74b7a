# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.SGD([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.8000", "1.6000"], (
    "the gradients are 2 and 4, and the first step is a tenth of each")

# --8<-- [start:imports]
import inspect
import itertools
import math

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, momentum, dampening, weight_decay, nesterov):
    g = g + weight_decay * p
    if momentum != 0:
        if "v" not in state:
            state["v"] = g.clone()  # the first gradient enters whole
        else:
            state["v"] = momentum * state["v"] + (1 - dampening) * g
        g = g + momentum * state["v"] if nesterov else state["v"]
    p -= lr * g
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class SGD:
    def __init__(self, params, lr=1e-3, momentum=0, dampening=0,
                 weight_decay=0, nesterov=False):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, momentum=momentum, dampening=dampening,
            weight_decay=weight_decay, nesterov=nesterov,
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
batches = torch.randn(60, 8, 5, dtype=torch.float64)


def train(make, **options):
    p = nn.Parameter(torch.ones(5, dtype=torch.float64))
    optimizer = make([p], lr=0.1, **options)
    for inputs in batches:
        optimizer.zero_grad()
        nn.functional.mse_loss(inputs @ p, inputs[:, 0]).backward()
        optimizer.step()
    return p.detach()


names = "momentum", "dampening", "weight_decay", "nesterov"
values = (0, 0.9), (0, 0.5), (0, 0.5), (False, True)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
allowed = [  # torch rejects the others
    c for c in cases if not c["nesterov"] or (c["momentum"] and not c["dampening"])
]
worst = 0.0
for case in allowed:
    difference = train(SGD, **case) - train(torch.optim.SGD, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(allowed)} combinations, 60 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
print("momentum  bytes per parameter")
for momentum in (0, 0.9):
    optimizer = torch.optim.SGD(layer.parameters(), momentum=momentum)
    optimizer.step()
    states = [state for state in optimizer.state.values() if state]
    size = sum(kept.nbytes for state in states for kept in state.values())
    size /= sum(p.numel() for p in layer.parameters())
    print(f"{momentum:<8}  {size:.0f}")
# --8<-- [end:state]
assert size == 4, "with momentum one tensor of the parameter's shape and type: 4 bytes, where Adam needs 8"
assert list(optimizer.state[layer.weight]) == ["momentum_buffer"], "`momentum_buffer`. It is v"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, parameter in inspect.signature(torch.optim.SGD).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<24} {parameter.default}")
# --8<-- [end:defaults]
assert round(1 / (1 - 0.9)) == 10, "at μ = 0.9 that is ten times the gradient"
assert inspect.signature(torch.optim.SGD).parameters["lr"].default == 0.001, "the default `lr` of 0.001"


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


print("μ    τ    nesterov  θ₁      θ₂      θ₃      step 200")
for mu, tau, nesterov in (
    (0, 0, False), (0.9, 0, False), (0.9, 0.9, False), (0.9, 0, True)
):  # fmt: skip
    path = follow([0.5] * 200, momentum=mu, dampening=tau, nesterov=nesterov)
    print(f"{mu:<3}  {tau:<3}  {nesterov!s:<8}", end="  ")
    print(*(f"{theta:.4f} " for theta in path[:3]), end=" ")
    print(f"{path[-2] - path[-1]:.3f}")
# --8<-- [end:by-hand]
assert round(2 - 0.1 * 0.5, 9) == 1.95, "θ₁ = 2 − 0.05 = 1.95"
assert round(0.9 * 0.5 + 0.5, 9) == 0.95, "v₂ = 0.9 · 0.5 + 0.5 = 0.95"
assert round(1.95 - 0.095, 9) == 1.855, "θ₂ = 1.95 − 0.095 = 1.855"
assert round(0.9 * 0.95 + 0.5, 9) == 1.355, "v₃ = 0.9 · 0.95 + 0.5 = 1.355"
path = [round(theta, 9) for theta in follow([0.5] * 200, momentum=0.9)]
assert path[:3] == [1.95, 1.855, 1.7195], "so θ₃ = 1.7195"
assert round(path[-2] - path[-1], 6) == 10 * 0.05, "in the long run momentum multiplies the step by 1 / (1 − μ) = 10"
ahead = follow([0.5], momentum=0.9, nesterov=True)
assert round(2 - ahead[0], 9) == 0.095, "Nesterov's first step is η (1 + μ) g = 0.095"
assert 2 / 25 == 0.08, "the bowl curves by 25 across: above η = 2/25 = 0.08 the steep direction diverges"


# --8<-- [start:lr-change]
def paper(gradients, lrs, mu=0.5):
    theta, step, path = 0.0, 0.0, []
    for g, lr in zip(gradients, lrs, strict=True):
        step = mu * step - lr * g  # lr scales the new gradient only
        theta += step
        path.append(theta)
    return path


def library(gradients, lrs, mu=0.5, rescale=False):
    p = nn.Parameter(torch.tensor(0.0))
    optimizer, path = torch.optim.SGD([p], lr=lrs[0], momentum=mu), []
    for g, lr in zip(gradients, lrs, strict=True):
        group = optimizer.param_groups[0]
        if rescale and lr != group["lr"]:
            optimizer.state[p]["momentum_buffer"] *= group["lr"] / lr
        group["lr"] = lr
        p.grad = torch.tensor(g)
        optimizer.step()
        path.append(p.item())
    return path
# --8<-- [end:lr-change]


# --8<-- [start:lr-change-run]
gradients, lrs = [1.0, 0.0, 0.0, 0.0], [1.0, 0.1, 0.1, 0.1]
print("rule               θ₁       θ₂       θ₃       θ₄")
for name, path in (
    ("torch", library(gradients, lrs)),
    ("paper", paper(gradients, lrs)),
    ("torch, v rescaled", library(gradients, lrs, rescale=True)),
):
    print(f"{name:<17}", *(f" {theta:7.4f}" for theta in path))
# --8<-- [end:lr-change-run]
moves = [path[1] - path[0] for path in (library(gradients, lrs), paper(gradients, lrs))]
assert round(moves[0], 6) == -0.05, "in its second step torch moves by −0.1 · 0.5 = −0.05"
assert round(moves[1], 6) == -0.5, "the paper's form by −0.5"
gradients, lrs = torch.randn(50).tolist(), [0.1] * 25 + [0.01] * 25
for one, other in zip(paper(gradients, [0.1] * 50, 0.9), library(gradients, [0.1] * 50, 0.9), strict=True):
    assert math.isclose(one, other, abs_tol=1e-5), "at constant η both rules are the same"
for one, other in zip(paper(gradients, lrs, 0.9), library(gradients, lrs, 0.9, rescale=True), strict=True):
    assert math.isclose(one, other, abs_tol=1e-5), "multiply the buffer by η_old / η_new"


# --8<-- [start:average]
gradients = [1.0] + [0.0] * 300
theta = m = 0.0
for g in gradients:
    m = 0.9 * m + (1 - 0.9) * g
    theta -= 0.1 * m
print("rule                      θ")
print(f"average, as in the notes  {theta:+.4f}")
for lr, dampening in ((0.1, 0), (0.01, 0), (0.1, 0.9)):
    options = {"momentum": 0.9, "dampening": dampening}
    path = follow(gradients, lr, theta=0.0, **options)
    name = f"lr {lr}, dampening {dampening}"
    print(f"{name:<24}  {path[-1]:+.4f}")
# --8<-- [end:average]
later = follow([0.0, 1.0] + [0.0] * 300, 0.1, theta=0.0, momentum=0.9, dampening=0.9)
assert math.isclose(path[-1], 10 * later[-1], rel_tol=1e-6), "the first gradient counts ten times a later one"


# --8<-- [start:decay]
for mu in (0, 0.9):
    path = follow([0.0] * 100, theta=1.0, momentum=mu, weight_decay=0.01)
    print(f"momentum {mu:<3}  100 steps, zero gradient: 1 → {path[-1]:.3f}")


def end(mu, decoupled, lr=0.1, decay=1.0):
    """Return where (θ - 1)² / 2, with the gradient θ - 1, leads after 500 steps."""
    theta = velocity = 0.0
    for _ in range(500):
        gradient = theta - 1
        if decoupled:
            theta *= 1 - lr * decay
        else:
            gradient += decay * theta
        velocity = mu * velocity + gradient
        theta -= lr * velocity
    return theta


for mu in (0, 0.9):
    print(f"momentum {mu:<3}  ends at: L2 {end(mu, decoupled=False):.4f}", end=", ")
    print(f"decoupled {end(mu, decoupled=True):.4f}")
# --8<-- [end:decay]
assert math.isclose(end(0.9, decoupled=False), 0.5), "L2 ends where g + λθ = 0, whatever μ is"
assert math.isclose(end(0, decoupled=False), 0.5), "and without momentum too"
assert math.isclose(end(0.9, decoupled=True), 1 / 1.1), "decoupled decay ends where g + (1 − μ) λθ = 0"

# --8<-- [start:still-moves]
print("then  μ    θ₁      θ₂      θ₃      θ₄")
for after in (None, 0.0):
    for mu in (0, 0.9):
        path = follow([0.5, after, after, after], momentum=mu)
        print(f"{after!s:<4}  {mu:<3}", *(f" {t:.4f}" for t in path))
# --8<-- [end:still-moves]
rest = follow([0.5, None, None], momentum=0.9, weight_decay=0.1)
assert len(set(rest)) == 1, "with `None` the parameter, its buffer and its decay rest"
rolls = follow([0.5] + [0.0] * 300, momentum=0.9)
assert round(rolls[0] - rolls[-1], 9) == 0.45, "in the end adds ημ g / (1 − μ) = 0.45"
assert follow([1, 1], dampening=1) == follow([1, 1]), "nothing without momentum"

# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.ASGD([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.8000", "1.6000"], (
    "the first step is SGD's, here a tenth of the gradients 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math
import statistics
import warnings

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, lambd, alpha, t0, weight_decay):
    state["t"] += 1
    eta, mu = state["eta"], state["mu"]  # left by the step before
    g = g + weight_decay * p
    p *= 1 - lambd * eta
    p -= eta * g
    if mu == 1:
        state["ax"] = p.clone()
    else:
        state["ax"] = state["ax"] + mu * (p - state["ax"])
    state["eta"] = stored(lr / (1 + lambd * lr * state["t"]) ** alpha)
    state["mu"] = stored(1 / max(1, state["t"] - t0))


def stored(number):
    return torch.tensor(number).item()  # in float32, as torch keeps it
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class ASGD:
    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6,
                 weight_decay=0):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        first = {"t": 0, "eta": stored(self.options["lr"]), "mu": 1}
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    state = self.state.setdefault(p, first.copy())
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
batches = torch.randn(30, 8, 5, dtype=torch.float64)


def train(make, **options):
    p = nn.Parameter(torch.ones(5, dtype=torch.float64))
    optimizer = make([p], lr=0.1, **options)
    for inputs in batches:
        optimizer.zero_grad()
        nn.functional.mse_loss(inputs @ p, inputs[:, 0]).backward()
        optimizer.step()
    return torch.stack([p.detach(), optimizer.state[p]["ax"]])


names = "lambd", "alpha", "t0", "weight_decay"
values = (0, 0.1), (0.75, 1), (0, 20, 1e6), (0, 0.1)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(ASGD, **case) - train(torch.optim.ASGD, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, parameter and average: {worst:.12f} apart")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
optimizer = torch.optim.ASGD(layer.parameters())
optimizer.step()
states = optimizer.state.values()
size = sum(kept.nbytes for state in states for kept in state.values())
size /= sum(p.numel() for p in layer.parameters())
print(f"{size:.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]
assert round(size, 2) == 4, "one tensor of the parameter's shape and type"
for name in ("step", "eta", "mu"):
    assert optimizer.state[layer.weight][name].numel() == 1, "`step`, `eta` and `mu` are single numbers"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, default in torch.optim.ASGD([torch.ones(1)]).defaults.items():
    print(f"{name:<24} {default}")
# --8<-- [end:defaults]
DEFAULT = optimizer.defaults
assert DEFAULT["lambd"] == 1e-4, "SGD with a weight decay of 10^-4"
fall = (1 + DEFAULT["lambd"] * DEFAULT["lr"] * DEFAULT["t0"]) ** -DEFAULT["alpha"]
assert DEFAULT["t0"] == 1e6, "the defaults average nothing for a million steps"
assert round(fall, 2) == 0.59, "whose η falls to 0.59 η₀"


# --8<-- [start:by-hand]
def follow(gradients, theta=2.0, lr=0.1, dtype=torch.float64, **options):
    """Feed the gradients one by one; return each θ, average and next η."""
    p = nn.Parameter(torch.tensor(theta, dtype=dtype))
    optimizer, path = torch.optim.ASGD([p], lr=lr, **options), []
    for g in gradients:
        p.grad = torch.tensor(g, dtype=dtype)
        optimizer.step()
        state = optimizer.state[p]
        path.append((p.item(), state["ax"].item(), state["eta"].item()))
    return path


print("θ       average  next η")
for theta, average, eta in follow([0.5] * 4, lambd=0.5, t0=0):
    print(f"{theta:.4f}  {average:<7.4f}  {eta:.4f}")
# --8<-- [end:by-hand]
assert DEFAULT["alpha"] == 0.75, "α = 0.75"
assert round((1 - 0.05) * 2 - 0.05, 9) == 1.85, "θ₁ = (1 − 0.05) · 2 − 0.05 = 1.85"
assert round(0.1 / 1.05**0.75, 4) == 0.0964, "η₂ = 0.1 / 1.05^0.75 = 0.0964"
assert round(0.0964 / 2, 4) == 0.0482, "half of which is 0.0482"
assert round(1 - 0.0482, 4) == 0.9518, "1 − 0.0482 = 0.9518"
assert round(0.9518 * 1.85 - 0.0482, 4) == 1.7126, "θ₂ = 0.9518 · 1.85 − 0.0482, which is 1.7126"
path = follow([0.5] * 4, lambd=0.5, t0=0)
assert path[1][0] == path[1][1], "the average is still θ₂"
assert math.isclose(path[2][1], (path[1][0] + path[2][0]) / 2), "a₃ = (θ₂ + θ₃) / 2"

# --8<-- [start:noise]
torch.manual_seed(1)
n = torch.arange(1, 1001)
figure, axes = plt.subplots(figsize=(5.5, 3.2))
for t0, look in ((0, "C1--"), (100, "C2-.")):
    p = nn.Parameter(torch.full((2000,), 5.0))  # 2000 runs at once
    optimizer = torch.optim.ASGD([p], lr=0.1, lambd=0, t0=t0)
    last, mean = [], []
    for _ in n:
        p.grad = p.detach() + torch.randn(2000)  # loss θ² / 2, noise 1
        optimizer.step()
        last.append(p.detach().square().mean().item())
        mean.append(optimizer.state[p]["ax"].square().mean().item())
    axes.loglog(n, mean, look, label=f"average, t0={t0}")
axes.loglog(n, last, "C0", label="last θ")
axes.loglog(n, 1 / n, "C5:", label="σ² / (a² n)")
axes.set(xlabel="step n", ylabel="mean squared error", ylim=(5e-4, 40))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:noise]
assert round(0.1 / 1.9, 3) == 0.053, "0.1 / 1.9 = 0.053"


def errors(t0, steps, seeds=range(5)):
    """Mean squared errors of the last θ and of the average, (steps, seeds): the same 2000 runs for each seed."""
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    p = nn.Parameter(torch.full((len(draws), 2000), 5.0))
    optimizer = torch.optim.ASGD([p], lr=0.1, lambd=0, t0=t0)
    last, mean = [], []
    for _ in range(steps):
        p.grad = p.detach() + torch.stack([torch.randn(2000, generator=draw) for draw in draws])
        optimizer.step()
        last.append(p.detach().square().mean(dim=1))
        mean.append(optimizer.state[p]["ax"].square().mean(dim=1))
    return torch.stack(last), torch.stack(mean)


for last, mean in zip(*(found.T.tolist() for found in errors(t0=100, steps=1000)), strict=True):
    assert abs(last[-1] / 0.053 - 1) < 0.15, "the last parameter stays at 0.053, within 15 %, in 5 of 5 seeds"
    assert abs(mean[-1] * 900 - 1) < 0.15, "the average from step 100 ends at 1/900, within 15 %, in 5 of 5 seeds"
    assert max(last[39:]) < 0.07, "the last parameter falls below 0.07 by step 40 and stays there"
    assert min(last) > 0.04, "and never below 0.04"
    assert mean[:100] == last[:100], "up to step 100 the average with t0=100 is the last θ itself"
    assert round(mean[-1], 3) == 0.001, "the average from step 100 reaches 0.001"
for last, mean in zip(*(found.T.tolist() for found in errors(t0=0, steps=300)), strict=True):
    assert mean[99] > last[99], "the average from the start falls slowly: at step 100 it is above the last θ"
    assert mean[-1] < last[-1], "but it passes it"

# --8<-- [start:start]
print("t0         step 1  2     3     4     5     6     7")
for t0 in (-1, 0, 3, 1e6):
    path = follow([-1.0] * 7, theta=0.0, lr=1, lambd=0, t0=t0)
    print(f"{t0:<9,.0f}", *(f" {average:4.1f}" for _, average, _ in path))
# --8<-- [end:start]
for t0 in (0, 3, 10):
    path = follow([-1.0] * 20, theta=0.0, lr=1, lambd=0, t0=t0)
    for step in range(t0 + 2, 21):
        mean = statistics.mean(range(t0 + 2, step + 1))
        assert round(path[step - 1][1], 6) == mean, "the first θ in the mean is that of step t₀ + 2"
for step, (_, average, _) in enumerate(follow([-1.0] * 20, theta=0.0, lr=1, lambd=0, t0=-1), 1):
    assert round(average, 6) == statistics.mean(range(1, step + 1)), "`t0=-1` takes it in"
for theta, average, _ in follow([-1.0] * 20, theta=0.0):
    assert theta == average, "with the default the average is the parameter itself"

# --8<-- [start:swap]
def swap(optimizer):
    for p, state in optimizer.state.items():
        p.data, state["ax"] = state["ax"], p.data


inputs = torch.randn(500, 10)
targets = inputs.sum(dim=1, keepdim=True) + torch.randn(500, 1)
net = nn.Linear(10, 1)
swa = torch.optim.swa_utils.AveragedModel(net)
optimizer = torch.optim.ASGD(net.parameters(), lr=0.1, lambd=0, t0=100)
for t in range(1, 401):
    batch = torch.randint(500, (4,))
    optimizer.zero_grad()
    nn.functional.mse_loss(net(inputs[batch]), targets[batch]).backward()
    optimizer.step()
    if t >= 100 + 2:
        swa.update_parameters(net)
# --8<-- [end:swap]

# --8<-- [start:evaluate]
def loss():
    return nn.functional.mse_loss(net(inputs), targets).item()


print(f"parameter  loss {loss():.2f}")
swap(optimizer)
print(f"average    loss {loss():.2f}")
same = torch.allclose(net.weight, swa.module.weight, atol=1e-5)
print("the same as AveragedModel:", same)
swap(optimizer)
# --8<-- [end:evaluate]
assert same, "the same mean comes from `AveragedModel`, updated from step t₀ + 2 on"
for name, p in net.named_parameters():
    assert not torch.equal(p, optimizer.state[p]["ax"]), "it is never copied to the parameter"
    assert torch.equal(net.state_dict()[name], p), "`net.state_dict()` knows nothing of it"
assert "use_buffers" in inspect.signature(torch.optim.swa_utils.AveragedModel).parameters, "buffers if you ask"

# --8<-- [start:late]
p = nn.Parameter(torch.zeros(1))
optimizer = torch.optim.ASGD([p], lr=0.1, lambd=0)
for t in range(1, 6):
    before = p.item()
    p.grad = -torch.ones(1)
    optimizer.step()
    print(f"step {t}: {p.item() - before:.2f}", end="   ")
    optimizer.param_groups[0]["lr"] = 0.01
# --8<-- [end:late]
for options in ({"lambd": 0}, {"alpha": 0}):
    p = nn.Parameter(torch.zeros(1))
    optimizer, points = torch.optim.ASGD([p], lr=0.1, **options), [0.0]
    for lr in (0.01, 0.2, 0.03, 0.4):
        p.grad = -torch.ones(1)
        optimizer.step()
        points.append(p.item())
        optimizer.param_groups[0]["lr"] = lr  # for the next step
    moves = [round(after - before, 3) for before, after in itertools.pairwise(points)]
    assert moves[1] == 0.1, "the second step still takes 0.1"
    assert moves[2:] == [0.01, 0.2], "then η is the scheduled `lr`, one step late"

# --8<-- [start:lambd]
print("lambd  weight_decay  alpha  η       θ")
for lambd, decay, alpha in ((0, 0.1, 0.75), (0.1, 0, 0), (0.1, 0, 0.75)):
    options = {"lambd": lambd, "weight_decay": decay, "alpha": alpha}
    theta, _, eta = follow([0.0] * 300, theta=1.0, **options)[-1]
    print(f"{lambd:<5}  {decay:<12}  {alpha:<5}  {eta:.4f}  {theta:.4f}")
# --8<-- [end:lambd]
assert math.isclose(0.1 / 4**0.75, eta, rel_tol=1e-6), "η falls as derived"
one = follow([0.0] * 300, theta=1.0, lambd=0.1, alpha=0)[-1][0]
other = follow([0.0] * 300, theta=1.0, lambd=0, weight_decay=0.1)[-1][0]
assert math.isclose(one, other), "with `alpha=0` the two are one"

# --8<-- [start:negative]
grown = follow([0.0] * 9, 1.0, 0.1, lambd=-1.0)[-1][0]
print(f"lr 0.1   θ 1 → {grown:.1f} in 9 steps")
try:
    follow([0.0] * 10, 1.0, 0.1, lambd=-1.0)
except ZeroDivisionError as error:
    print(f"lr 0.1   step 10: {error}")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    follow([0.0] * 7, 1.0, 0.15, lambd=-1.0)
print(f"lr 0.15  {str(caught[0].message).split(' (')[0]}")
# --8<-- [end:negative]
with warnings.catch_warnings():
    warnings.simplefilter("error")
    follow([0.0] * 6, 1.0, 0.15, lambd=-1.0)  # no warning yet
assert 1 - 1.0 * 0.1 * 10 == 0, "with `lr=0.1` step 10 divides by zero"
grown = [theta for theta, _, _ in follow([0.0] * 9, 1.0, 0.1, lambd=-1.0)]
assert grown == sorted(set(grown)), "the parameters grow, until 1 + λη₀t reaches 0"
assert len(caught) == 1, "with nothing but a warning"
assert 1 - 0.15 * 6 > 0, "not negative before"
assert 1 - 0.15 * 7 < 0, "with 0.15 the base is negative at step 7"
power = (1 - 0.15 * 7) ** 0.75
assert isinstance(power, complex), "its power 0.75 is complex"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    kept = follow([0.0] * 7, 1.0, 0.15, lambd=-1.0)[-1][2]
assert math.isclose(kept, (0.15 / power).real, rel_tol=1e-6), "torch keeps the real part"

# --8<-- [start:bfloat16]
gradients = [0.0] * 1000 + [-10.0] + [0.0] * 999  # θ is 1, then 2
print("type            θ    average")
for dtype in (torch.float32, torch.bfloat16):
    theta, average, _ = follow(gradients, 1.0, dtype=dtype, lambd=0, t0=0)[-1]
    print(f"{dtype!s:<14}  {theta:.1f}  {average:.2f}")
# --8<-- [end:bfloat16]
assert average == 1, "the average stands still"
assert torch.finfo(torch.bfloat16).eps == 1 / 128, "next to 1, bfloat16 has a spacing of 1/128"
one = torch.ones(1, dtype=torch.bfloat16)
assert one + one / 1000 == one, "increments of about 1/1000 are rounded away"
plt.show()

import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [start:terms]
z, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 5.0])
theta, lam = torch.tensor(1.0), 0.1

x = theta * z  # predictions
losses = (x - y) ** 2  # one number per sample
cost = losses.mean()  # one number per data set
objective = cost + lam * theta**2  # what the optimizer sees
print("losses   ", losses.tolist())
print(f"cost      {cost:.4f}")
print(f"objective {objective:.4f}")
# --8<-- [end:terms]
assert losses.tolist() == [1, 0, 4] and torch.isclose(cost, torch.tensor(5 / 3))
assert cost == F.mse_loss(x, y) and f"{objective:.4f}" == "1.7667"

# --8<-- [start:index]
perfect = y.clone()
with_index = ((perfect - y) ** 2).mean()  # y_i: each with its own
without = ((perfect[:, None] - y[None, :]) ** 2).mean()  # y: each with all
print(f"with the index {with_index:.0f}, without {without:.0f}")
print(f"2 Var(y) = {2 * y.var(correction=0):.0f}")
# --8<-- [end:index]
assert with_index == 0 and torch.isclose(without, 2 * y.var(correction=0)) and y.mean() == 3

# --8<-- [start:risk]
def costs(n, sets=30_000):
    z = torch.randn(sets, n)  # many training sets of n samples
    y = 2 * z + torch.randn(sets, n)
    best = (z * y).sum(1) / (z * z).sum(1)  # minimises the cost of its own set
    chosen = ((best[:, None] * z - y) ** 2).mean()
    fixed = ((2 * z - y) ** 2).mean()  # θ = 2, whatever the data are
    risk = 1 + (best - 2) ** 2  # the expectation over new data, exactly
    return chosen, risk.mean(), fixed


torch.manual_seed(0)
print(" N  cost of its minimiser  risk of it  cost of θ = 2")
for n in (5, 20, 80):
    chosen, risk, fixed = costs(n)
    print(f"{n:2}  {chosen:21.2f}  {risk:10.2f}  {fixed:13.2f}")
# --8<-- [end:risk]
for n in (5, 20, 80):
    for measured, theory in zip(costs(n), (1 - 1 / n, 1 + 1 / (n - 2), 1), strict=True):
        assert abs(measured - theory) < 0.02

# --8<-- [start:batches]
z, y = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([3.0, 3.0, 9.0, 7.0])
theta = torch.tensor(1.0, requires_grad=True)


def gradient(rows):
    cost = F.mse_loss(theta * z[list(rows)], y[list(rows)])
    return torch.autograd.grad(cost, theta)[0].item()


pairs = [gradient(pair) for pair in itertools.combinations(range(4), 2)]
print("batches of 2", pairs)
print("their mean  ", sum(pairs) / len(pairs))
print("all samples ", gradient(range(4)))
# --8<-- [end:batches]
assert len(pairs) == 6 and sum(pairs) / 6 == gradient(range(4)) == -17

# --8<-- [start:answer]
torch.manual_seed(0)
y = -torch.log(1 - torch.rand(100_000))  # waiting times, exponential, mean 1
guesses = torch.arange(0, 4, 0.02)
for name, loss in (
    ("squared error       ", lambda e: e**2),
    ("absolute error      ", lambda e: e.abs()),
    ("quantile loss at 0.9", lambda e: torch.maximum(0.9 * e, -0.1 * e)),
):
    costs_of = torch.stack([loss(y - guess).mean() for guess in guesses])
    print(f"{name} wants {guesses[costs_of.argmin()]:.1f}")
# --8<-- [end:answer]
assert abs(guesses[costs_of.argmin()] - math.log(10)) < 0.06 and abs(y.median() - math.log(2)) < 0.02
assert abs(y.mean() - 1) < 0.02

# --8<-- [start:surrogate]
m = torch.linspace(-3, 3, 601)  # the margin: y·x with y = ±1
figure, axes = plt.subplots()
for color, name, loss, at in (
    ("C5", "wrong or right", (m <= 0).float(), (-2.9, 1.12)),
    ("C0", "logistic / log 2", F.softplus(-m) / math.log(2), (-2.25, 3.75)),
    ("C1", "hinge", (1 - m).clamp(min=0), (-2.95, 2.95)),
    ("C2", "squared", (1 - m) ** 2, (1.55, 2.6)),
):
    axes.plot(m[loss <= 4.5], loss[loss <= 4.5], color)
    axes.text(*at, name, color=color)
axes.set(xlabel="margin: logit times label ±1", ylabel="loss")
# --8<-- [end:surrogate]
for loss in (F.softplus(-m) / math.log(2), (1 - m).clamp(min=0), (1 - m) ** 2):
    assert (loss >= (m <= 0).float() - 1e-6).all()
assert (1 - 3.0) ** 2 == 4

# --8<-- [start:accuracy]
before = torch.tensor([0.51, 0.51, 0.45, 0.45])  # probability of the true class
after = torch.tensor([0.90, 0.90, 0.51, 0.01])
for name, p in (("before", before), ("after ", after)):
    accuracy = (p > 0.5).float().mean()
    loss = -p.log().mean()
    print(f"{name} accuracy {accuracy:.2f}, cross entropy {loss:.2f}")
# --8<-- [end:accuracy]
assert (before > 0.5).sum() == 2 and (after > 0.5).sum() == 3 and round(-math.log(0.01), 1) == 4.6
assert not (before.clone().requires_grad_() > 0.5).float().mean().requires_grad

# --8<-- [start:ridge]
torch.manual_seed(0)
x = torch.linspace(-1, 1, 12, dtype=torch.float64)
grid = torch.linspace(-1, 1, 500, dtype=torch.float64)
design, dense = (v[:, None] ** torch.arange(10) for v in (x, grid))
y = torch.sin(3 * x) + 0.3 * torch.randn(300, 12).double()  # 300 training sets
lams = torch.logspace(-8, 1, 37, dtype=torch.float64)
cost, risk = [], []
for lam in lams:  # the smallest cost + λ‖θ‖² solves a linear system
    left = design.T @ design / 12 + lam * torch.eye(10)
    theta = torch.linalg.solve(left, design.T @ y.T / 12)
    cost.append(((design @ theta - y.T) ** 2).mean())
    off = dense @ theta - torch.sin(3 * grid)[:, None]
    risk.append((off**2).mean() + 0.3**2)
figure, axes = plt.subplots()
axes.plot(lams.log10(), risk, "C1")
axes.plot(lams.log10(), cost, "C0")
axes.axhline(0.3**2, color="C5", linestyle=":")
axes.text(-8, 0.23, "risk", color="C1")
axes.text(-8, 0.04, "cost on the training set", color="C0")
axes.text(-8, 0.1, "noise", color="C5")
axes.set(xlabel="log₁₀ λ", ylabel="mean squared error", ylim=(0, 0.6))
# --8<-- [end:ridge]
assert torch.stack(cost).diff().min() > 0  # the cost only ever grows
lowest = torch.stack(risk).argmin()
assert abs(math.log10(lams[lowest]) + 3) < 0.3 and risk[lowest] < 0.13 < 0.2 < risk[0] and cost[0] < 0.02
assert cost[lowest] > 2.5 * cost[0] and min(risk) > 0.09

# --8<-- [start:decay]
def moved(optimizer, penalty=0.0, **options):
    theta = torch.tensor([2.0, -1.0], requires_grad=True)
    steps = optimizer([theta], lr=0.1, **options)
    loss = ((theta - 3) ** 2).sum() + penalty / 2 * (theta**2).sum()
    loss.backward()
    steps.step()
    return [round(v, 3) for v in theta.tolist()]


for optimizer in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
    by_loss = moved(optimizer, penalty=0.5, weight_decay=0)
    print(f"{optimizer.__name__:5} penalty      {by_loss}")
    by_decay = moved(optimizer, weight_decay=0.5)
    print(f"{optimizer.__name__:5} weight_decay {by_decay}")
# --8<-- [end:decay]
assert moved(torch.optim.SGD, 0.5) == moved(torch.optim.SGD, weight_decay=0.5)
assert moved(torch.optim.AdamW, weight_decay=0.5) == [2.0, -0.85]
assert moved(torch.optim.Adam) == moved(torch.optim.Adam, 0.5) == moved(torch.optim.Adam, weight_decay=0.5)

# --8<-- [start:scale]
for optimizer in (torch.optim.SGD, torch.optim.Adam):
    for factor in (1, 10):
        theta = torch.tensor(2.0, requires_grad=True)
        steps = optimizer([theta], lr=0.01)
        (factor * (theta - 3) ** 2).backward()
        steps.step()
        step = theta.item() - 2
        print(f"{optimizer.__name__:4} loss × {factor:2}: step {step:.4f}")
# --8<-- [end:scale]
assert abs(theta.item() - 2.01) < 1e-6

# --8<-- [start:dropout]
torch.manual_seed(0)
x = torch.randn(512, 10)
y = x.sum(1, keepdim=True)
model = nn.Sequential(nn.Dropout(0.2), nn.Linear(10, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(300):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"train mode {F.mse_loss(model(x), y):.1f}")
print(f"eval mode  {F.mse_loss(model.eval()(x), y):.1f}")
# --8<-- [end:dropout]
assert abs(model[1].weight.mean() - 0.8) < 0.05 and abs(F.mse_loss(model(x), y) - 0.4) < 0.1
assert abs(F.mse_loss(model.train()(x), y) - 2) < 0.3

# --8<-- [start:negative]
error, variance = torch.tensor([0.01]), torch.tensor([0.001])
print(f"{F.gaussian_nll_loss(error, torch.zeros(1), variance).item():.2f}")
# --8<-- [end:negative]
assert math.isclose((math.log(0.001) + 0.01**2 / 0.001) / 2, -3.404, abs_tol=1e-3)
plt.show()

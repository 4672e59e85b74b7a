# --8<-- [start:in-six-lines]
import torch

z, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 5.0])
theta = torch.tensor(1.0)
losses = (theta * z - y) ** 2  # one number per sample
cost = losses.mean()  # one number per data set
objective = cost + 0.1 * theta**2  # what the optimizer sees
print(f"losses {losses.tolist()}, cost {cost:.2f}, objective {objective:.2f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]

assert losses.tolist() == F.mse_loss(theta * z, y, reduction="none").tolist(), "`none` returns the losses"
assert cost == F.mse_loss(theta * z, y), "`mean` returns the cost"
assert math.isclose(objective, cost + 0.1, rel_tol=1e-6), "the third is what you add up yourself"

# --8<-- [start:index]
perfect = y.clone()
with_index = ((perfect - y) ** 2).mean()  # y_i: each with its own
without = ((perfect[:, None] - y[None, :]) ** 2).mean()  # y: each with all
print(f"with the index {with_index:.0f}, without {without:.0f}")
print(f"2 Var(y) = {2 * y.var(correction=0):.0f}")
# --8<-- [end:index]
assert with_index == 0, "with the index a perfect model costs 0"
assert torch.isclose(without, 2 * y.var(correction=0)), "without it twice the variance of the targets"
constants = torch.linspace(0, 6, 601)
costs_without = ((constants[:, None] - y[None, :]) ** 2).mean(dim=1)
assert torch.isclose(constants[costs_without.argmin()], y.mean()), "the best it can do is the mean of the targets"


# --8<-- [start:risk]
def costs(n, sets=30_000):
    z = torch.randn(sets, n)  # many training sets of n samples
    y = 2 * z + torch.randn(sets, n)
    best = (z * y).sum(dim=1) / (z * z).sum(dim=1)  # for its own set
    cost_of_best = ((best[:, None] * z - y) ** 2).mean()
    risk_of_best = (1 + (best - 2) ** 2).mean()  # over new data, exactly
    cost_of_two = ((2 * z - y) ** 2).mean()  # θ = 2, whatever the data are
    return cost_of_best, risk_of_best, cost_of_two


torch.manual_seed(0)
print(" N  cost of its minimizer  risk of it  cost of θ = 2")
measured = {n: costs(n) for n in (5, 20, 80)}
for n, (cost_of_best, risk_of_best, cost_of_two) in measured.items():
    print(f"{n:2}  {cost_of_best:21.2f}  {risk_of_best:10.2f}  {cost_of_two:13.2f}")
# --8<-- [end:risk]
theory = {n: (round(1 - 1 / n, 2), round(1 + 1 / (n - 2), 2)) for n in (5, 20, 80)}
assert theory[5] == (0.80, 1.33), "the formulas say 0.80 and 1.33"
assert theory[20] == (0.95, 1.06), "0.95 and 1.06"
assert theory[80] == (0.99, 1.01), "0.99 and 1.01"
for n, numbers in measured.items():
    for found, expected in zip(numbers, (*theory[n], 1), strict=True):
        assert abs(found - expected) < 0.02, "the runs agree with the formulas, within 0.02"

# --8<-- [start:batches]
z, y = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([3.0, 3.0, 9.0, 7.0])
theta = torch.tensor(1.0, requires_grad=True)


def gradient(rows):
    cost = F.mse_loss(theta * z[list(rows)], y[list(rows)])
    return torch.autograd.grad(cost, theta)[0].item()


pairs = [gradient(rows) for rows in itertools.combinations(range(4), 2)]
print("batches of 2", pairs)
print("their mean  ", sum(pairs) / len(pairs))
print("all samples ", gradient(range(4)))
# --8<-- [end:batches]
assert len(pairs) == 6, "all six batches of two"
assert sum(pairs) / 6 == gradient(range(4)), "their mean is exact"
assert (min(pairs), max(pairs)) == (-30, -4), "single batches scatter widely, from −30 to −4"

# --8<-- [start:answer]
torch.manual_seed(0)
y = -torch.log(1 - torch.rand(100_000))  # waiting times, exponential, mean 1
guesses = torch.arange(0, 4, 0.02)
losses = {
    "squared error": lambda e: e**2,
    "absolute error": lambda e: e.abs(),
    "quantile loss at 0.9": lambda e: torch.maximum(-0.1 * e, 0.9 * e),
}
wanted = {}
print(f"{'loss':20}  wanted constant")
for name, loss in losses.items():
    mean_loss = torch.stack([loss(y - guess).mean() for guess in guesses])
    wanted[name] = guesses[mean_loss.argmin()].item()
    print(f"{name:20}  {wanted[name]:15.1f}")
# --8<-- [end:answer]
assert round(math.log(2), 2) == 0.69, "the median is log 2, about 0.69"
assert round(math.log(10), 2) == 2.30, "the 0.9 quantile is log 10, about 2.30"
assert round(wanted["squared error"], 1) == 1.0, "squared error wants the mean 1"
assert abs(wanted["absolute error"] - math.log(2)) < 0.03, "absolute error wants the median"
assert abs(wanted["quantile loss at 0.9"] - math.log(10)) < 0.05, "the quantile loss wants the quantile"

# --8<-- [start:surrogate]
margin = torch.linspace(-3, 3, 601)  # logit times label ±1
wrong = (margin <= 0).float()
surrogates = {
    "logistic / log 2": F.softplus(-margin) / math.log(2),
    "hinge": (1 - margin).clamp(min=0),
    "squared": (1 - margin) ** 2,
}
figure, axes = plt.subplots()
axes.plot(margin, wrong, "C5", label="wrong or right")
for name, loss in surrogates.items():
    axes.plot(margin, loss, label=name)
axes.legend(loc=(0.42, 0.68))
axes.set(xlabel="margin: logit times label ±1", ylabel="loss", ylim=(-0.2, 4.5))
# --8<-- [end:surrogate]
for loss in surrogates.values():
    assert (loss >= wrong - 1e-6).all(), "all three lie above the step, or on it"
    assert torch.isclose(loss[300], torch.tensor(1.0)), "and pass through 1 at margin 0"
assert surrogates["squared"][-1] > surrogates["squared"][400], "squared error also punishes being right by too much"
p = torch.tensor([0.6, 0.4], requires_grad=True)
assert not (p > 0.5).float().mean().requires_grad, "`(p > 0.5).float().mean()` does not even require a gradient"

# --8<-- [start:accuracy]
before = torch.tensor([0.51, 0.51, 0.45, 0.45])  # probability of the true class
after = torch.tensor([0.90, 0.90, 0.51, 0.01])
print("model   accuracy  cross entropy")
for name, p in (("before", before), ("after ", after)):
    accuracy = (p > 0.5).float().mean()
    loss = -p.log().mean()
    print(f"{name}  {accuracy:8.2f}  {loss:13.2f}")
# --8<-- [end:accuracy]
assert (after > 0.5).sum() == (before > 0.5).sum() + 1, "one more answer is right"
assert -after.log().mean() > -before.log().mean(), "and the loss goes up"
assert round(-math.log(0.01), 1) == 4.6, "it alone costs −log 0.01, about 4.6"

# --8<-- [start:ridge]
torch.manual_seed(0)
x = torch.linspace(-1, 1, 12).double()
y = torch.sin(3 * x) + 0.3 * torch.randn(300, 12).double()  # 300 training sets
new_x = torch.linspace(-1, 1, 500).double()
powers = torch.arange(10)  # polynomials of degree 9
design, new_design = x[:, None] ** powers, new_x[:, None] ** powers
penalties = torch.logspace(-8, 1, 37).double()
cost, risk = [], []
for penalty in penalties:  # the least cost + λ‖θ‖² solves a linear system
    system = design.T @ design / 12 + penalty * torch.eye(10)
    theta = torch.linalg.solve(system, design.T @ y.T / 12)
    cost.append(((design @ theta - y.T) ** 2).mean().item())
    bias = new_design @ theta - torch.sin(3 * new_x)[:, None]
    risk.append((bias**2).mean().item() + 0.3**2)
figure, axes = plt.subplots()
axes.plot(penalties.log10(), cost, label="cost on the training set")
axes.plot(penalties.log10(), risk, label="risk")
axes.axhline(0.3**2, color="C5", linestyle=":", label="noise")
axes.legend()
axes.set(xlabel="log₁₀ λ", ylabel="mean squared error", ylim=(0, 0.6))
# --8<-- [end:ridge]
assert sorted(cost) == cost, "from left to right the training cost only rises"
lowest = min(range(37), key=risk.__getitem__)
assert round(risk[0], 2) == 0.21, "the risk is 0.21 at first"
assert round(risk[lowest], 2) == 0.13, "and falls to 0.13"
assert abs(math.log10(penalties[lowest]) + 3) < 0.3, "the risk has its minimum near λ = 0.001"
assert min(risk) > 0.3**2, "above the noise"
plt.show()

# --8<-- [start:imports]
from functools import partial

import torch
from torch import nn, optim

# --8<-- [end:imports]


# --8<-- [start:train]
def train(make, lr, gradient, shape, steps=600):
    """Start at 0, let the rate fall linearly to 0. Each row is one run."""
    w = nn.Parameter(torch.zeros(shape, dtype=torch.float64))
    optimizer = make([w], lr=lr)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = lr * (1 - step / steps)
        w.grad = gradient(w.detach(), step)
        optimizer.step()
    return w.detach()
# --8<-- [end:train]


# --8<-- [start:solutions]
n = 30
y = torch.ones(n, dtype=torch.float64)
y[20:] = -1
X = torch.zeros(n, 3 + 5 * n, dtype=torch.float64)
X[:, 0], X[:, 1:3] = y, 1
for i in range(n):
    own = 1 if y[i] > 0 else 5
    X[i, 3 + 5 * i : 3 + 5 * i + own] = 1


def squared_error(w, step):
    return X.T @ (X @ w - y) / n


solutions = {}
print("optimizer  worst error  unseen +1  unseen −1")
for make, lr in ((optim.SGD, 0.2), (optim.Adagrad, 0.1), (optim.Adam, 0.01)):
    w = train(make, lr, squared_error, shape=X.shape[1])
    error = (X @ w - y).abs().max()
    positive, negative = w[1] + w[2] + w[0], w[1] + w[2] - w[0]
    print(f"{make.__name__:9}  {error:11.4f}", end="")
    print(f"  {positive:+9.2f}  {negative:+9.2f}")
    solutions[make.__name__] = (w, error, positive, negative)
# --8<-- [end:solutions]
for name, (_, error, positive, negative) in solutions.items():
    assert error < 1e-4, "all fit"
    assert positive > 0, "on new samples all are right about +1"
    assert (negative < 0) == (name == "SGD"), "SGD is right about −1, Adagrad and Adam call everything positive"
assert round(20 / 30, 2) == 0.67, "100 % against 67 % correct at these frequencies"
u = (X.T @ y).sign()
assert (X @ u == 4 * y).all(), "Xu = 4y"
assert torch.allclose(X.T @ (0.1 * X @ u - y), (4 * 0.1 - 1) * X.T @ y), "the gradient at cu is (4c − 1) X^T y"
assert torch.allclose(solutions["Adam"][0], u / 4, atol=1e-3), "Adam ends at u/4"

# --8<-- [start:row-space]
torch.manual_seed(0)
seeds, n, d = 5, 50, 100
inputs = torch.randn(seeds, n, d, dtype=torch.float64)
row_space = torch.linalg.pinv(inputs) @ inputs  # projects into it
table = {}


def least_squares(inputs, truth, w, step):
    error = inputs @ (w - truth)[..., None]
    return (inputs.mT @ error)[..., 0] / inputs.shape[1]


print("θ* has         SGD   Adam   Adam outside the row space")
for name, used in (("all features", d), ("one feature", 1)):
    truth = torch.randn(seeds, d, dtype=torch.float64)
    truth[:, used:] = 0
    for make, lr in ((optim.SGD, 0.2), (optim.Adam, 0.03)):
        gradient = partial(least_squares, inputs, truth)
        w = train(make, lr, gradient, shape=(seeds, d))
        test = (w - truth).square().sum(dim=1) / truth.square().sum(dim=1)
        outside = w - (row_space @ w[..., None])[..., 0]
        table[name, make] = test, outside.norm(dim=1) / w.norm(dim=1)
    means = [column.mean() for make in (optim.SGD, optim.Adam)
             for column in table[name, make]]
    print(f"{name:12} {means[0]:5.2f} {means[2]:6.2f} {means[3]:8.2f}")
# --8<-- [end:row-space]
for name in ("all features", "one feature"):
    assert table[name, optim.SGD][1].max() < 1e-9, "SGD never leaves the row space"
    assert (table[name, optim.Adam][0] > table[name, optim.SGD][0]).all(), "Adam is worse in 5 of 5 draws"
one = table["one feature", optim.Adam][0]
assert one.mean() > 1, "worst if one feature carries all: the mean is worse than predicting 0"
assert (one > 1).all(), "in 5 of 5 draws"
assert 1 - 50 / 100 == 0.5, "the theory for the smallest norm is 1 − 50/100 = 0.5"

# --8<-- [start:tokens]
seeds, tokens, steps, batch = 5, 500, 80, 512
draw = torch.Generator().manual_seed(0)
target = torch.randn(seeds, tokens, generator=draw).double()
turned, _ = torch.linalg.qr(torch.randn(tokens, tokens, generator=draw).double())
# --8<-- [end:tokens]


# --8<-- [start:shares]
def shares(frequency):
    """The share of each token in each batch."""
    chosen = torch.multinomial(frequency.expand(seeds * steps, tokens), batch,
                               replacement=True, generator=draw)
    counts = torch.zeros(seeds * steps, tokens, dtype=torch.float64)
    counts.scatter_add_(1, chosen, torch.ones_like(chosen).double())
    return counts.view(steps, seeds, tokens) / batch


def token_errors(make, lr, share):
    def gradient(w, step):
        return share[step] * (w - target)

    w = train(make, lr, gradient, (seeds, tokens), steps)
    return (w - target).square()


def turned_errors(make, lr, share):
    """The same problem; the optimizer sees the coordinates of another basis."""
    def gradient(w, step):
        return share[step] * (w @ turned - target) @ turned.T

    w = train(make, lr, gradient, (seeds, tokens), steps)
    return (w @ turned - target).square()
# --8<-- [end:shares]


# --8<-- [start:rare]
def momentum(parameters, lr):
    return optim.SGD(parameters, lr=lr, momentum=0.9)


def best_errors(run, make, share, grid):
    return min((run(make, lr, share) for lr in grid), key=torch.mean)


words = shares(1 / torch.arange(1, tokens + 1))  # 1 / rank
equal = shares(torch.ones(tokens))
found = {}
for name, make, grid in (("SGD", optim.SGD, (3, 10, 30, 100, 300)),
                         ("SGD, momentum", momentum, (3, 10, 20, 40)),
                         ("Adam", optim.Adam, (0.1, 0.3, 1))):
    found[name, "1 / rank"] = best_errors(token_errors, make, words, grid)
    found[name, "equal"] = best_errors(token_errors, make, equal, grid)
found["Adam", "turned"] = best_errors(turned_errors, optim.Adam, words, grid)
print("optimizer      frequency    50 first  250 last")
for (name, frequency), errors in found.items():
    first, last = errors[:, :50].mean(), errors[:, 250:].mean()
    print(f"{name:14} {frequency:9} {first:10.4f} {last:9.4f}")
# --8<-- [end:rare]
last = {key: errors[:, 250:].mean(dim=1) for key, errors in found.items()}
adam = last["Adam", "1 / rank"]
assert (last["SGD", "1 / rank"] > 30 * adam).all(), "SGD's rare tokens are behind by more than 30 times, in 5 of 5"
assert (last["SGD, momentum", "1 / rank"] > adam).all(), "with momentum SGD is behind too, in 5 of 5 draws"
assert (last["SGD, momentum", "1 / rank"] < 3 * adam).all(), "but by less than 3 times"
assert (last["Adam", "turned"] > 10 * adam).all(), "turning the axes multiplies it by more than 10, in 5 of 5 draws"
assert (last["Adam", "turned"] < last["SGD", "1 / rank"]).all(), "and leaves it ahead of plain SGD"
assert (last["Adam", "turned"] > last["SGD, momentum", "1 / rank"]).all(), "but behind SGD with momentum"
for name in ("SGD", "SGD, momentum", "Adam"):
    assert last[name, "equal"].max() < 0.001, "with equal frequencies all three end below 0.001"
both = turned_errors(optim.SGD, 3, words), token_errors(optim.SGD, 3, words)
assert torch.allclose(*both), "turning changes nothing for SGD"

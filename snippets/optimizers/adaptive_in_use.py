import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

# --8<-- [start:drift]
print("period C   β₂ = 0.1     0.9    0.99   0.999")
for C in (3, 10, 100, 1000, 10_000):
    print(f"{C:8}", end="   ")
    for beta2 in (0.1, 0.9, 0.99, 0.999):
        after = np.arange(C)  # steps since the large gradient
        v = 1 + (1 - beta2) * (C * C - 1) * beta2**after / (1 - beta2**C)
        drift = (np.where(after == 0, -C, 1) / np.sqrt(v)).sum() / C
        print(f"{drift:+8.3f}", end="")
    print()
    assert (drift > 0) == (C >= 100)
# --8<-- [end:drift]
big = np.arange(2.0, 1000)  # C
least = 0.5**0.5 + (1 + 1 / (1 + big**2)) ** -0.5 - np.sqrt(1 + big**-2)
assert least.min() > 0.5


# --8<-- [start:train]
def train(make, lr, gradient, size, steps=600, **options):
    w = nn.Parameter(torch.zeros(size, dtype=torch.float64))
    optimizer = make([w], lr=lr, **options)
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = lr * (1 - t / steps)
        w.grad = gradient(w.detach(), t)
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


def least_squares(w, t):
    return X.T @ (X @ w - y) / n


sgd, adagrad, adam = torch.optim.SGD, torch.optim.Adagrad, torch.optim.Adam
for make, lr in ((sgd, 0.2), (adagrad, 0.1), (adam, 0.01)):
    w = train(make, lr, least_squares, X.shape[1])
    seen = (X @ w - y).abs().max()
    new = w[1] + w[2] + w[0], w[1] + w[2] - w[0]  # unseen, of each label
    print(f"{make.__name__:8} worst error on the data {seen:.4f}", end=", ")
    print("new: {:+.2f} for +1, {:+.2f} for −1".format(*new))
    assert (new[1] < 0) == (make is sgd) and seen < 1e-4
# --8<-- [end:solutions]
assert (X @ (X.T @ y).sign() == 4 * y).all() and torch.allclose(w, (X.T @ y).sign() / 4, atol=1e-3)

# --8<-- [start:row-space]
n, d, table = 50, 100, {}
torch.manual_seed(0)
print("θ* has         SGD   Adam   Adam outside the row space")
for name, used in (("all features", d), ("one feature", 1)):
    rows = []
    for _ in range(3):
        X, truth = torch.randn(n, d).double(), torch.randn(d).double()
        truth[used:] = 0
        y, project = X @ truth, torch.linalg.pinv(X) @ X
        for make, lr in ((sgd, 0.2), (adam, 0.03)):
            w = train(make, lr, least_squares, d)
            test = (w - truth).square().sum() / truth.square().sum()
            rows += [test, (w - project @ w).norm() / w.norm()]
            assert (X @ w - y).abs().max() < 1e-3
    table[name] = torch.stack(rows).view(3, 4).mean(0)
    print("{:12} {:5.2f} {:6.2f} {:8.2f}".format(name, *table[name][[0, 2, 3]]))
# --8<-- [end:row-space]
assert all(0.4 < row[0] < 0.6 and row[1] < 1e-9 and row[2] > 1.2 * row[0] for row in table.values())
assert table["one feature"][2] > 1

# --8<-- [start:rare]
rng, tokens, steps = np.random.default_rng(0), 1000, 200
target, best = torch.tensor(rng.standard_normal(tokens)), {}
grids = {sgd: (10, 30, 100, 300), adam: (0.03, 0.1, 0.3)}
print("frequency  best η        error of the 100 first  500 last")
for name, p in (("1 / rank", 1 / np.arange(1, 1001)), ("equal", np.ones(1000))):
    share = torch.tensor(rng.multinomial(1024, p / p.sum(), steps) / 1024)

    def gradient(w, t, share=share):
        return share[t] * (w - target)

    for make, grid in grids.items():
        runs = []
        for lr in grid:
            w = train(make, lr, gradient, tokens, steps)
            off = (w - target).square()
            runs.append((off.mean(), off[:100].mean(), off[500:].mean(), lr))
        _, first, last, lr = min(runs)
        print(f"{name:9} {make.__name__:>4} {lr:4} {first:20.4f} {last:13.4f}")
        best[name, make] = last
# --8<-- [end:rare]
assert best["1 / rank", sgd] > 1000 * best["1 / rank", adam] and max(best["equal", sgd], best["equal", adam]) < 1e-5

# --8<-- [start:layers]
pixels, labels = load_digits(return_X_y=True)
x, y = torch.tensor(pixels[:1437] / 16).float(), torch.tensor(labels[:1437])


def loss(make, lr, c, steps=84):
    torch.manual_seed(0)
    first, second = nn.Linear(64, 32), nn.Linear(32, 10)
    first.weight.data /= c
    first.bias.data /= c
    second.weight.data *= c  # the same function
    optimizer = make([*first.parameters(), *second.parameters()])
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = lr * (1 - t / steps)
        row = torch.randint(len(x), (64,))
        optimizer.zero_grad()
        F.cross_entropy(second(first(x[row]).relu()), y[row]).backward()
        optimizer.step()
    return F.cross_entropy(second(first(x).relu()), y).item()
# --8<-- [end:layers]


# --8<-- [start:layers-run]
grids = {sgd: (0.01, 0.03, 0.1, 0.3, 1, 3), adam: (0.03, 0.1, 0.3)}
for c in (1, 10):
    for make, grid in grids.items():
        value, lr = min((loss(make, lr, c), lr) for lr in grid)
        print(f"c = {c:2}  {make.__name__:4} best η {lr:4}  loss {value:.2f}")
        best[c, make] = value
# --8<-- [end:layers-run]
assert best[10, sgd] > 3 * best[1, sgd] and best[10, adam] < 2 * best[1, adam]
assert best[10, sgd] > 5 * best[10, adam]

# --8<-- [start:units]
print("unit  SGD         Adam")
for unit in (1, 10, 100):
    moved = []
    for make in (sgd, adam):
        w = nn.Parameter(torch.zeros(1))
        optimizer, feature = make([w], lr=0.001), torch.tensor([1.0]) * unit
        (w * feature - 1).square().sum().backward()
        optimizer.step()
        moved.append((w * feature).item())  # the prediction after one step
    print(f"{unit:4}  {moved[0]:<10.3f}  {moved[1]:.3f}")
# --8<-- [end:units]
assert abs(moved[0] / 0.002 - 1e4) < 1 and abs(moved[1] / 0.001 - 100) < 0.1

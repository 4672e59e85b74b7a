# --8<-- [start:data]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import optim

pixels, labels = (torch.tensor(a) for a in load_digits(return_X_y=True))
order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
x, y = (pixels / 16)[order], labels[order]  # float64
x_train, x_val, x_test = x.split([897, 300, 600])
y_train, y_val, y_test = y.split([897, 300, 600])
sizes = [64 * 32, 32, 32 * 10, 10]  # weights and biases of the two layers


def network(theta, x):  # theta: (networks, 2410), x: (..., samples, 64)
    w1, b1, w2, b2 = theta.split(sizes, dim=1)
    h = x @ w1.view(-1, 64, 32) + b1[:, None]
    return h.relu() @ w2.view(-1, 32, 10) + b2[:, None]
# --8<-- [end:data]


# --8<-- [start:rules]
adam = {"betas": (0.9, 0.999), "eps": 1e-8}
rules = {
    "SGD": (optim.SGD, {}),
    "momentum": (optim.SGD, {"momentum": 0.9}),
    "Nesterov": (optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "Adagrad": (optim.Adagrad, {}),
    "RMSprop": (optim.RMSprop, {"alpha": 0.99}),
    "Adam": (optim.Adam, adam),
    "AdamW": (optim.AdamW, adam | {"weight_decay": 0.01}),
    "NAdam": (optim.NAdam, adam),
}
grid = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
tuning, seeds = range(100, 103), range(10)  # never the same seeds
budget = 200  # steps of 32 digits, 7 epochs
# --8<-- [end:rules]


# --8<-- [start:start]
def start(seed, steps):
    draw = torch.Generator().manual_seed(seed)
    theta = torch.randn(2410, generator=draw, dtype=torch.float64)
    scale = [math.sqrt(2 / 64), 0, math.sqrt(1 / 32), 0]  # Kaiming; biases 0
    scale = torch.tensor(scale).repeat_interleave(torch.tensor(sizes))
    return theta * scale, torch.randint(897, (steps, 32), generator=draw)
# --8<-- [end:start]


# --8<-- [start:train]
def train(rule, rates, seeds, steps, factor=lambda share: 1.0):
    starts, batches = zip(*(start(seed, steps) for seed in seeds), strict=True)
    rows = [torch.stack(starts).requires_grad_() for _ in rates]  # one per rate
    make, options = rule
    optimizer = make([{"params": [row], "lr": 1.0} for row in rows], **options)
    for s, index in enumerate(torch.stack(batches, dim=1)):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor(s / steps)
        index = index.repeat(len(rates), 1)  # the same batches for each rate
        z = network(torch.cat(rows), x_train[index])
        optimizer.zero_grad()
        z, truth = z.flatten(0, 1), y_train[index].flatten()
        loss = F.cross_entropy(z, truth, reduction="sum")
        (loss / 32).backward()  # the sum over networks of their mean losses
        optimizer.step()
    return torch.cat(rows).detach()
# --8<-- [end:train]

# --8<-- [start:together]
together = train(rules["Adam"], [0.01, 0.1], seeds, 100)
alone = train(rules["Adam"], [0.1], [7], 100)
print(f"largest difference {(together[17] - alone[0]).abs().max():.6f}")
# --8<-- [end:together]
assert (together[17] - alone[0]).abs().max() < 1e-8 and alone.shape == (1, 2410)


# --8<-- [start:compare]
def compare(steps, names=rules, *factor):
    curves, best, wrong = {}, {}, {}
    for name in names:
        z = network(train(rules[name], grid, tuning, steps, *factor), x_val)
        truth = y_val.expand(len(z), 300)
        loss = F.cross_entropy(z.mT, truth, reduction="none").mean(dim=1)
        curves[name] = loss.view(len(grid), 3).mean(dim=1)  # over the seeds
        best[name] = grid[curves[name].nan_to_num(math.inf).argmin()]
        final = train(rules[name], [best[name]], seeds, steps, *factor)
        z = network(final, x_test)
        wrong[name] = (z.argmax(dim=2) != y_test).double()  # (10, 600)
    return curves, best, wrong
# --8<-- [end:compare]


# --8<-- [start:tune]
curves, best, wrong = compare(budget)
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3), sharey=True)
for i, (name, curve) in enumerate(curves.items()):
    marks = ["-o", "--s", "-.^", ":D"][i % 4]
    axes[i // 4].loglog(grid, curve, marks, color=f"C{i % 4}", label=name)
for axis in axes:
    axis.set(xlabel="learning rate", ylim=(0.02, 4))
    axis.legend(loc="lower center", ncols=2, fontsize="small")
axes[0].set_ylabel("validation loss")
# --8<-- [end:tune]
bottom = [c.min().item() for c in curves.values()]
places = {n: c.argmin().item() for n, c in curves.items()}
beside = [max(curves[n][i - 1], curves[n][i + 1]) / curves[n][i] for n, i in places.items()]
assert {0, len(grid) - 1}.isdisjoint(places.values()) and 1.6 < max(bottom) / min(bottom) < 1.7
assert 1.15 < min(beside) < 1.25 and 11 < max(beside) < 12 and sum(b > 1.65 for b in beside) >= 6
assert curves["SGD"][5] < curves["SGD"][4] < 1.1 * curves["SGD"][5]  # 1 wins narrowly over 0.3

# --8<-- [start:intervals]
t9 = 2.262  # 95 % of Student's t with 9 degrees of freedom lie within ±t9


def interval(values):  # one value per seed
    return values.mean().item(), t9 * values.std().item() / math.sqrt(10)


percent = {name: 100 * rows.mean(dim=1) for name, rows in wrong.items()}
print("            lr   test error in %")
for name, values in percent.items():
    numbers = best[name], *interval(values)
    print(name.ljust(9), "{:5} {:8.2f} ± {:.2f}".format(*numbers))
# --8<-- [end:intervals]
assert percent["SGD"].max() > 13.8 and percent["SGD"].min() < 4.9
ends = [(mean - half, mean + half) for mean, half in map(interval, percent.values())]
assert max(low for low, _ in ends) < min(high for _, high in ends)  # all overlap

# --8<-- [start:paired]
print("- Adam      mean  apart paired      r")
for name in [n for n in rules if n != "Adam"]:
    a, b = percent[name], percent["Adam"]
    apart = t9 * math.sqrt((a.var() + b.var()).item() / 10)
    mean, half = interval(a - b)
    r = torch.corrcoef(torch.stack([a, b]))[0, 1].item()
    print(f"{name:8} {mean:7.2f} {apart:6.2f} {half:6.2f} {r:6.2f}")
# --8<-- [end:paired]
paired = {n: interval(percent[n] - percent["Adam"]) for n in rules if n != "Adam"}
assert all(abs(mean) < half for mean, half in paired.values())

# --8<-- [start:picture]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3), sharey=True)
for row, values in enumerate(percent.values()):
    for axis, shown in enumerate((values, values - percent["Adam"])):
        mean, half = interval(shown)
        axes[axis].plot(shown, [row] * 10, ".", color="C0", alpha=0.35)
        axes[axis].errorbar(mean, row, xerr=half, fmt="oC1", capsize=3)
axes[0].set_yticks(range(8), rules)
axes[0].set(ylim=(7.6, -0.6), xlabel="test error in %")
axes[1].set_xlabel("minus Adam's, same seed")
axes[1].axvline(0, color="C2", ls="--", lw=1)
# --8<-- [end:picture]

# --8<-- [start:seeds]
needed = {}
for name in [n for n in rules if n != "Adam"]:
    d = percent[name] - percent["Adam"]
    needed[name] = math.ceil(2.8**2 * (d.var() / d.mean() ** 2).item())
    print(f"{name:8} - Adam: {needed[name]:3} seeds")
# --8<-- [end:seeds]
assert min(needed.values()) >= 20 and 700 < needed["AdamW"] < 850

# --8<-- [start:digits]
print("               % over 600 digits")
p = wrong["Adam"].mean(dim=0)  # the share of seeds that misread each digit
shares = {"Adam": p, "NAdam - Adam": wrong["NAdam"].mean(dim=0) - p}
for name, v in shares.items():
    print(f"{name:13} {100 * v.mean():5.2f} ± {196 * v.std() / 600**0.5:.2f}")
# --8<-- [end:digits]
assert 3 < 196 * p.std() / math.sqrt(600) / interval(percent["Adam"])[1] < 4

# --8<-- [start:budget]
_, short_best, short_wrong = compare(budget // 4)
print("            lr      50 steps     200 steps")
for name in rules:
    both = 100 * short_wrong[name].mean(dim=1), percent[name]
    text = [f"{mean:6.2f} ± {half:.2f}" for mean, half in map(interval, both)]
    print(f"{name:8} {short_best[name]:5}", *text)
# --8<-- [end:budget]
early, late = (sorted(rules, key=lambda n: w[n].mean()) for w in (short_wrong, wrong))
assert early[2] == late[6] == "RMSprop" and early[6] == late[2] == "momentum"
assert early[-1] == late[-1] == "SGD" and {*early[:2]} == {*late[:2]} == {"NAdam", "Nesterov"}


# --8<-- [start:cosine]
def cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


_, cosine_best, cosine_wrong = compare(budget, ["momentum", "AdamW"], cosine)
print("              lr    error in %    minus constant")
for name, rows in cosine_wrong.items():
    values = 100 * rows.mean(dim=1)
    print(f"{name:9} {cosine_best[name]:6}", end="")
    print("{:9.2f} ± {:.2f}".format(*interval(values)), end="")
    print("{:9.2f} ± {:.2f}".format(*interval(values - percent[name])))
# --8<-- [end:cosine]
assert (cosine_wrong["momentum"].sum() - cosine_wrong["AdamW"].sum()).abs() == 1
gains = {n: interval(100 * rows.mean(dim=1) - percent[n]) for n, rows in cosine_wrong.items()}
assert gains["AdamW"][0] + gains["AdamW"][1] < 0 < gains["momentum"][0] + gains["momentum"][1]
assert all(-mean > abs(paired[n][0]) for mean, _ in gains.values() for n in paired if n != "SGD")
assert 100 * cosine_wrong["momentum"].mean(dim=1).std() < 0.4 * percent["momentum"].std()

plt.show()

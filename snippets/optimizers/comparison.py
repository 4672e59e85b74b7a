# --8<-- [start:data]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import optim

pixels, labels = load_digits(return_X_y=True)
order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
x, y = torch.tensor(pixels / 16).float()[order], torch.tensor(labels)[order]
x_train, x_val, x_test = x.split([897, 300, 600])
y_train, y_val, y_test = y.split([897, 300, 600])
sizes = [64 * 32, 32, 32 * 10, 10]  # weights and biases of the two layers


def network(theta, x):  # theta: (jobs, seeds, 2410), x: (seeds, samples, 64)
    w1, b1, w2, b2 = theta.split(sizes, dim=-1)
    hidden = (x @ w1.unflatten(-1, (64, 32)) + b1.unsqueeze(-2)).relu()
    return hidden @ w2.unflatten(-1, (32, 10)) + b2.unsqueeze(-2)
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
budget = 120  # steps of 32 digits, about 4 epochs
# --8<-- [end:rules]


# --8<-- [start:start]
def start(seed, steps):
    """The initial weights and the batches that belong to a seed."""
    draw = torch.Generator().manual_seed(seed)
    theta = torch.randn(2410, generator=draw)
    scale = [math.sqrt(2 / 64), 0, math.sqrt(1 / 32), 0]  # Kaiming; biases 0
    scale = torch.tensor(scale).repeat_interleave(torch.tensor(sizes))
    return theta * scale, torch.randint(897, (steps, 32), generator=draw)
# --8<-- [end:start]


# --8<-- [start:train]
def constant(share):
    return 1.0


def train(jobs, seeds, steps, factor=constant):
    """Train a network for each job, (optimizer, rate), and each seed together."""
    starts, batches = zip(*(start(seed, steps) for seed in seeds), strict=True)
    rows = [torch.stack(starts).requires_grad_() for _ in jobs]
    groups = {name: [] for name, _ in jobs}
    for row, (name, rate) in zip(rows, jobs, strict=True):
        groups[name].append({"params": [row], "peak": rate})
    optimizers = [rules[name][0](own, lr=1.0, **rules[name][1])
                  for name, own in groups.items()]
    for step, index in enumerate(torch.stack(batches, dim=1)):
        logits = network(torch.stack(rows), x_train[index])
        truth = y_train[index].expand(len(jobs), -1, -1).flatten()
        loss = F.cross_entropy(logits.flatten(0, 2), truth, reduction="sum")
        (loss / 32).backward()  # the sum over networks of their mean losses
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor(step / steps)
            optimizer.step()
            optimizer.zero_grad()
    return torch.stack(rows).detach()
# --8<-- [end:train]

# --8<-- [start:together]
together = train([("Adam", 0.01), ("Adam", 0.1)], range(5), steps=50)
alone = train([("Adam", 0.1)], [4], steps=50)
print(f"largest difference {(together[1, 4] - alone[0, 0]).abs().max():.4f}")
# --8<-- [end:together]
assert (together[1, 4] - alone[0, 0]).abs().max() < 1e-4, "a network in company is the same as one trained alone"


# --8<-- [start:compare]
def compare(steps):
    """Tune by validation loss; return the curves, best rates, and test mistakes."""
    jobs = [(name, rate) for name in rules for rate in grid]
    logits = network(train(jobs, tuning, steps), x_val)
    truth = y_val.expand(*logits.shape[:2], -1)
    each = F.cross_entropy(logits.movedim(-1, 1), truth, reduction="none")
    losses = each.mean(dim=(1, 2)).view(len(rules), len(grid))
    chosen = losses.nan_to_num(math.inf).argmin(dim=1)
    best = {name: grid[n] for name, n in zip(rules, chosen, strict=True)}
    final = network(train(list(best.items()), seeds, steps), x_test)
    mistakes = (final.argmax(dim=-1) != y_test).float()  # (8, 10, 600)
    curves = dict(zip(rules, losses, strict=True))
    return curves, best, dict(zip(rules, mistakes, strict=True))
# --8<-- [end:compare]


# --8<-- [start:tune]
curves, best, mistakes = compare(budget)
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3), sharey=True)
looks = ["C5-o", "C2--s", "C2-.^", "C4:D", "C4-o", "C0--s", "C0-.^", "C0:D"]
for i, (name, curve) in enumerate(curves.items()):
    axes[i // 4].loglog(grid, curve, looks[i], label=name)
for axis in axes:
    axis.set(xlabel="learning rate", ylim=(0.05, 4))
    axis.legend(loc="lower center", ncols=2, fontsize="small")
axes[0].set_ylabel("validation loss")
# --8<-- [end:tune]
bottom = [curve.min().item() for curve in curves.values()]
places = {name: curve.argmin().item() for name, curve in curves.items()}
worse = [max(curves[n][i - 1], curves[n][i + 1]).item() / curves[n][i].item() for n, i in places.items()]
assert max(bottom) / min(bottom) < 2.1, "the best validation losses of the eight differ by a factor below 2.1"
assert {0, len(grid) - 1}.isdisjoint(places.values()), "no best rate lies at an end of the grid"
assert round(min(worse), 1) == 1.3, "a rate off by one place of the grid costs a factor of 1.3"
assert round(max(worse), 1) == 2.3, "to 2.3 on the worse side"
wide = [max(curves[n][i - 2], curves[n][i + 2]).item() / curves[n][i].item() for n, i in places.items() if i >= 2]
assert min(wide) > 2.1, "off by two places, a factor of 10, it costs more than 2.1"
assert len(wide) == 7, "for each of the seven that have two places below"
lowest = [grid[i] for i in places.values()]
assert round(max(lowest) / min(lowest)) == 30, "the minima differ in place by a factor of 30"

# --8<-- [start:intervals]
t9 = 2.262  # 95 % of Student's t with 9 degrees of freedom lie within ±t9


def interval(values, t=t9):  # one value per seed
    half = t * values.std() / math.sqrt(len(values))
    return values.mean().item(), half.item()


percent = {name: 100 * rows.mean(dim=1) for name, rows in mistakes.items()}
print("optimizer  best η  test error in %")
for name, values in percent.items():
    mean, half = interval(values)
    print(f"{name:9}  {best[name]:6}  {mean:5.2f} ± {half:.2f}")
# --8<-- [end:intervals]
ends = {name: (mean - half, mean + half) for name, (mean, half) in ((n, interval(v)) for n, v in percent.items())}
others = [name for name in rules if name != "Adam"]
highest = max(ends[name][1] for name in rules if name != "SGD")
assert ends["SGD"][0] > highest, "SGD's interval lies above all others"
for name in others[1:]:
    assert ends[name][0] < ends["Adam"][1], "the six others overlap with Adam's"

# --8<-- [start:paired]
others = [name for name in rules if name != "Adam"]
print("minus Adam  mean   apart  paired  r")
for name in others:
    a, b = percent[name], percent["Adam"]
    apart = t9 * math.sqrt((a.var() + b.var()).item() / 10)
    mean, half = interval(a - b)
    r = torch.corrcoef(torch.stack([a, b]))[0, 1].item()
    print(f"{name:10}  {mean:5.2f}  {apart:5.2f}  {half:6.2f}  {r:5.2f}")
# --8<-- [end:paired]
paired = {name: interval(percent[name] - percent["Adam"]) for name in others}
clear = {name for name, (mean, half) in paired.items() if abs(mean) > half}
assert clear == {"SGD", "Adagrad", "RMSprop"}, "SGD, Adagrad and RMSprop miss 0, the four others contain it"
shares = {name: torch.corrcoef(torch.stack([percent[name], percent["Adam"]]))[0, 1].item() for name in others}
assert round(shares["AdamW"], 2) == 0.89, "Adam and AdamW are almost the same run, r = 0.89"
b = percent["Adam"]
widths = {n: math.sqrt(((percent[n].var() + b.var()) / (percent[n] - b).var()).item()) for n in others}
assert round(widths["AdamW"], 1) == 2.8, "the pairs make the interval 2.8 times shorter"
assert round(widths["AdamW"] ** 2) == 8, "that is worth 8 times as many seeds"
assert widths["Nesterov"] < 1, "Nesterov fails on other seeds than Adam does, and gains nothing"

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

# --8<-- [start:bonferroni]
t9_strict = 3.462  # all but 5 %/7 of Student's t lie within ±t9_strict
print("minus Adam  mean and interval  verdict")
for name in others:
    mean, half = interval(percent[name] - percent["Adam"], t9_strict)
    verdict = "differs" if abs(mean) > half else "not shown to differ"
    print(f"{name:10}  {mean:+.2f} ± {half:.2f}  {verdict}")
# --8<-- [end:bonferroni]
strict = {name: interval(percent[name] - percent["Adam"], t9_strict) for name in others}
assert {n for n, (mean, half) in strict.items() if abs(mean) > half} == {"SGD"}, "only SGD's difference survives"
assert round(1 - 0.95**7, 2) == 0.30, "seven null comparisons give a false alarm with probability 1 − 0.95^7 = 30 %"

# --8<-- [start:seeds]
needed = {}
print("minus Adam  seeds needed")
for name in others:
    difference = percent[name] - percent["Adam"]
    ratio = difference.var() / difference.mean() ** 2
    needed[name] = math.ceil(2.8**2 * ratio)
    print(f"{name:10}  {needed[name]}")
# --8<-- [end:seeds]
assert needed["SGD"] == 2, "2 seeds for SGD"
assert needed["AdamW"] > 500, "more than 500 for AdamW"
assert needed["Nesterov"] > 500, "and for Nesterov"
assert round((1.96 + 0.84) ** 2, 1) == 7.8, "(1.96 + 0.84)² is about 7.8"
assert round((1 + math.erf(0.84 / math.sqrt(2))) / 2, 2) == 0.80, "with probability 80 %"
assert round(2.8 / math.sqrt(3), 1) == 1.6, "with three seeds you only see differences of 1.6 s_d"

# --8<-- [start:digits]
print("optimizer     % over 600 digits")
share = mistakes["Adam"].mean(dim=0)  # of the seeds that misread each digit
other = mistakes["NAdam"].mean(dim=0)
for name, values in (("Adam", share), ("NAdam - Adam", other - share)):
    half = 1.96 * values.std() / math.sqrt(600)
    print(f"{name:12}  {100 * values.mean():.2f} ± {100 * half:.2f}")
# --8<-- [end:digits]
over_digits = 196 * share.std().item() / math.sqrt(600)
assert over_digits > 2 * interval(percent["Adam"])[1], "more than twice as large as that over seeds"
assert 196 * (other - share).std().item() / math.sqrt(600) < over_digits / 2, "for the difference it is less than half"

# --8<-- [start:budget]
_, short_best, short_mistakes = compare(budget // 4)
short = {name: 100 * rows.mean(dim=1) for name, rows in short_mistakes.items()}
print("optimizer  best η at 30  30 steps       120 steps")
for name in rules:
    print(f"{name:9}  {short_best[name]:12}", end="")
    for values in (short[name], percent[name]):
        mean, half = interval(values)
        print(f"  {mean:.2f} ± {half:.2f}", end="")
    print()
# --8<-- [end:budget]
early, late = (sorted(rules, key=lambda n: w[n].mean()) for w in (short_mistakes, mistakes))
assert early[-1] == late[-1] == "SGD", "plain SGD comes last in both columns"
assert {*early[:4]} == {*late[:4]} == {"Nesterov", "Adam", "AdamW", "NAdam"}, "the same four lead"
assert early.index("NAdam") == 3, "NAdam is fourth after 30 steps"
assert late.index("NAdam") == 0, "and first after 120"
assert early.index("momentum") == 6, "momentum is seventh"
assert late.index("momentum") == 4, "and then fifth"
assert short_best["SGD"] == 1.0, "at 30 steps SGD's best rate is 1, next to 3, which diverges"
assert short["SGD"].min() < 23, "one seed of SGD ends below 23 %"
assert short["SGD"].max() > 65, "another above 65 %"


# --8<-- [start:cosine]
def cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


jobs = [(name, best[name]) for name in ("momentum", "AdamW")]
errors = {}
for factor in (constant, cosine):
    logits = network(train(jobs, seeds, 2 * budget, factor), x_test)
    wrong = (logits.argmax(dim=-1) != y_test).float()
    errors[factor] = 100 * wrong.mean(dim=-1)  # (jobs, seeds)
print("240 steps  constant  cosine  difference")
for (name, _), flat, falling in zip(jobs, *errors.values(), strict=True):
    print(f"{name:9}", end="")
    for values in (flat, falling, falling - flat):
        mean, half = interval(values)
        print(f"  {mean:.2f} ± {half:.2f}", end="")
    print()
# --8<-- [end:cosine]
for (name, _), flat, falling in zip(jobs, *errors.values(), strict=True):
    mean, half = interval(falling - flat)
    assert mean < 0, "the mean is lower with the cosine for both"
    assert -mean < half, "but the interval of the difference contains 0 for both"
    mean, half = interval(percent[name] - flat)
    assert mean > 1, "twice the steps take more than 1 point off"
    assert mean > half, "and that interval does not contain 0"
spread = [values.std(dim=1) for values in errors.values()]
assert spread[1][1] < spread[0][1] / 2, "for AdamW the seeds agree more than twice as well"
plt.show()

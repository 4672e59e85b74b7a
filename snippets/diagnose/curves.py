# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:data]
def blobs(samples, seed, wrong):
    """Points around four centres; a share of the labels is drawn anew."""
    draw = torch.Generator().manual_seed(seed)
    centres = torch.randn(4, 20, generator=torch.Generator().manual_seed(7))
    labels = torch.randint(4, (samples,), generator=draw)
    points = centres[labels] + 2 * torch.randn(samples, 20, generator=draw)
    other = torch.rand(samples, generator=draw) < wrong
    anew = torch.randint(4, (samples,), generator=draw)
    return points, torch.where(other, anew, labels)


# --8<-- [end:data]


# --8<-- [start:train]
def train(seed, samples=512, lr=0.1, wrong=0.1, drop=0.0, in_order=False, scale=1):
    """Loss of each training step, and of 512 other samples after each epoch."""
    torch.manual_seed(seed)
    (x, y), (u, v) = blobs(samples, seed, wrong), blobs(512, seed + 100, wrong)
    layers = nn.Linear(20, 64), nn.ReLU(), nn.Dropout(drop), nn.Linear(64, 4)
    model = nn.Sequential(*layers)
    with torch.no_grad():
        model[3].weight.mul_(scale)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    steps, held = [], []
    for _ in range(12):
        order = y.argsort() if in_order else torch.randperm(samples)
        for some in order.split(64):
            loss = F.cross_entropy(model.train()(x[some]), y[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps.append(loss.item())
        with torch.no_grad():
            held.append(F.cross_entropy(model.eval()(u), v).item())
    return steps, held


# --8<-- [end:train]


# --8<-- [start:atlas]
RUNS = {
    "healthy": {"lr": 0.01},
    "rate too small": {"lr": 1e-4},
    "rate too large": {"lr": 0.7},
    "too few samples": {"samples": 64, "lr": 0.1},
    "labels say nothing": {"lr": 0.01, "wrong": 1.0},
    "sorted data": {"lr": 0.05, "in_order": True},
    "weights too large": {"lr": 0.01, "scale": 10},
    "much dropout": {"lr": 0.01, "drop": 0.8},
}
fig, axes = plt.subplots(2, 4, figsize=(9.6, 5), sharey=True)
for axis, (name, options) in zip(axes.flat, RUNS.items(), strict=True):
    steps, held = train(0, **options)
    epoch = [(n + 1) * 12 / len(steps) for n in range(len(steps))]
    axis.plot(epoch, steps, "C0", lw=1, label="training, each step")
    axis.plot(range(1, 13), held, "C1--", label="other samples")
    axis.axhline(math.log(4), color="C5", lw=0.8, ls=":")
    axis.set(title=name, xlim=(0, 12), ylim=(0, 3))
axes[0, 0].legend(fontsize="small")
axes[1, 0].set(xlabel="epoch", ylabel="cross entropy")
plt.show()
# --8<-- [end:atlas]

five = {name: [train(seed, **options) for seed in range(5)] for name, options in RUNS.items()}
for steps, held in five["healthy"]:
    assert abs(steps[0] - math.log(4)) < 0.35, "its first loss is within 0.35 of log 4, in 5 of 5 seeds"
    assert held[-1] < 0.8, "it ends below 0.8 on other samples, in 5 of 5 seeds"
for _, held in five["rate too small"]:
    assert held[0] - held[-1] < 0.15, "in 12 epochs it falls by less than 0.15, in 5 of 5 seeds"
for steps, _ in five["rate too large"]:
    assert min(steps) < steps[0] - 0.2, "it falls by more than 0.2 first, in 5 of 5 seeds"
    assert steps[-1] > 100, "it ends above 100, in 5 of 5 seeds"
for steps, held in five["too few samples"]:
    assert steps[-1] < 0.2, "64 samples are learned by heart, below 0.2, in 5 of 5 seeds"
    assert held[-1] - min(held) > 0.15, "the other curve ends more than 0.15 above its best, in 5 of 5 seeds"
for _, held in five["labels say nothing"]:
    assert min(held) > math.log(4), "the loss of other samples never falls below log 4, in 5 of 5 seeds"
for steps, _ in five["sorted data"]:
    assert max(steps[:8]) > 3, "in the first epoch it jumps above 3, in 5 of 5 seeds"
    assert max(steps[-8:]) < 1, "in the last epoch it stays below 1, in 5 of 5 seeds"
for steps, _ in five["weights too large"]:
    assert steps[0] > 3, "it starts above 3, in 5 of 5 seeds"
for steps, held in five["much dropout"]:
    assert sum(steps[-8:]) / 8 > held[-1] + 0.1, "training ends more than 0.1 above the other curve, in 5 of 5 seeds"
assert round(math.log(4), 2) == 1.39, "log 4 = 1.39"

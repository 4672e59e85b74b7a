"""One small network, trained four times: once well, then with one of the three decisions changed."""

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 80).unsqueeze(1)
truth = torch.sin(2.5 * x)
y = truth + 0.1 * torch.randn_like(x)
y[3::8] += 3.0  # every eighth target is wrong


# --8<-- [start:train]
def train(
    init=nn.init.xavier_uniform_,
    loss=F.huber_loss,
    step=torch.optim.AdamW,
):
    torch.manual_seed(1)
    sizes = [(1, 64), (64, 64), (64, 64), (64, 1)]
    layers = [nn.Linear(*size) for size in sizes]
    for layer in layers:
        init(layer.weight)  # 1. how the weights start
    a, b, c, d = layers
    tanh = nn.Tanh()
    net = nn.Sequential(a, tanh, b, tanh, c, tanh, d)
    optimizer = step(net.parameters(), lr=0.005)
    for _ in range(300):
        optimizer.zero_grad()
        loss(net(x), y).backward()  # 2. what is minimised
        optimizer.step()  # 3. how the weights move
    return net(x).detach()


# --8<-- [end:train]


# --8<-- [start:compare]
runs = {
    "All three fit": train(),
    "Init: normal, std 1": train(init=nn.init.normal_),
    "Loss: squared error": train(loss=F.mse_loss),
    "Step: plain SGD": train(step=torch.optim.SGD),
}
size = {"figsize": (4.4, 3.8), "sharex": True, "sharey": True}
fig, axes = plt.subplots(2, 2, **size)
colors = ["C3", "C0", "C1", "C2"]
for ax, name, color in zip(axes.flat, runs, colors, strict=True):
    ax.plot(x, y, ".", color="C5", alpha=0.5, markersize=3)
    ax.plot(x, runs[name], color=color)
    ax.set_title(name)
# --8<-- [end:compare]

error = {name: (fit - truth).abs().mean().item() for name, fit in runs.items()}
assert min(error, key=lambda name: error[name]) == "All three fit"
assert all(error[name] > 1.5 * error["All three fit"] for name in list(runs)[1:])
lift = (runs["Loss: squared error"] - truth).mean().item()  # "the line is lifted": it follows the mean
assert 0.2 < lift < 0.5 and (y - truth).mean().item() > 0.3
assert (y - truth > 2).sum() == len(x) // 8
plain = runs["Step: plain SGD"]
assert plain.max() - plain.min() < 1.0 and truth.max() - truth.min() > 1.9  # "barely left the straight line"
peak = runs["Init: normal, std 1"].max().item()
assert peak > 2.5 and runs["All three fit"].max() < 1.5  # "chases single points"

plt.show()

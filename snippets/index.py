"""One small network, trained four times: once well, then with one of the three decisions changed."""

# --8<-- [start:data]
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.linspace(-2, 2, 80).unsqueeze(1)
truth = torch.sin(2.5 * x)
y = truth + 0.1 * torch.randn_like(x)
y[3::8] += 3.0  # every eighth target is wrong
# --8<-- [end:data]


# --8<-- [start:network]
def network(init):
    net = nn.Sequential(
        nn.Linear(1, 64), nn.Tanh(),
        nn.Linear(64, 64), nn.Tanh(),
        nn.Linear(64, 64), nn.Tanh(),
        nn.Linear(64, 1),
    )
    for linear in net[::2]:
        init(linear.weight)  # 1. how the weights start
    return net


# --8<-- [end:network]


# --8<-- [start:train]
def train(
    init=nn.init.xavier_uniform_,
    loss=F.huber_loss,
    step=torch.optim.AdamW,
):
    torch.manual_seed(1)
    net = network(init)
    optimizer = step(net.parameters(), lr=0.005)
    for _ in range(300):
        optimizer.zero_grad()
        loss(net(x), y).backward()  # 2. what is minimized
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


def train_side_by_side(starts, loss=F.huber_loss, step=torch.optim.AdamW):
    """The same as train for each start, (init, seed): the gradient of one network knows no other."""
    networks = []
    for init, seed in starts:
        torch.manual_seed(seed)
        networks.append(network(init)[::2])
    weights = [torch.stack([net[k].weight.detach().T for net in networks]).requires_grad_() for k in range(4)]
    biases = [torch.stack([net[k].bias.detach()[None] for net in networks]).requires_grad_() for k in range(4)]

    def outputs():
        hidden = x.expand(len(networks), *x.shape)
        for k in range(3):
            hidden = torch.tanh(torch.baddbmm(biases[k], hidden, weights[k]))
        return torch.baddbmm(biases[3], hidden, weights[3])

    optimizer = step([*weights, *biases], lr=0.005, fused=True)
    for _ in range(300):
        optimizer.zero_grad()
        each = loss(outputs(), y.expand(len(networks), *y.shape), reduction="none")
        each.mean(dim=1).sum().backward()
        optimizer.step()
    return outputs().detach()


def huber_but_squared_at_the_end(outputs, targets, reduction):
    """AdamW's networks train together: the last four have the squared error."""
    return torch.cat([
        F.huber_loss(outputs[:-4], targets[:-4], reduction=reduction),
        F.mse_loss(outputs[-4:], targets[-4:], reduction=reduction),
    ])


fitting = [(nn.init.xavier_uniform_, seed) for seed in range(1, 6)]
too_wide = [(nn.init.normal_, seed) for seed in range(2, 6)]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    many = train_side_by_side([*fitting, *too_wide, *fitting[1:]], loss=huber_but_squared_at_the_end)
    fits, wide, squared = many.split([5, 4, 4])
    plain = train_side_by_side(fitting[1:], step=torch.optim.SGD)
# The first of the five seeds is the picture's; trained once more, it shows that company changes nothing.
wide, squared, plain = (
    torch.cat([runs[name][None], others])
    for name, others in zip(list(runs)[1:], (wide, squared, plain), strict=True)
)
assert not caught, "none of the three prints a warning"
assert torch.allclose(fits[0], runs["All three fit"], atol=0.01), "a network in company learns what it learns alone"
assert (y - truth > 2).sum() == len(x) / 8, "every eighth target is wrong on purpose"
for seed in range(5):
    distance = (wide[seed] - y)[3::8].abs().min()
    assert distance < 0.2, "weights that start too wide come closer than 0.2 to a wrong target, in 5 of 5 seeds"
    assert (fits[seed] - y)[3::8].abs().min() > 2, "the first run stays more than 2 away from each"
    lift = (squared[seed] - truth).mean()
    assert round(lift.item(), 2) == 0.37, "the whole line is lifted by 0.37, in 5 of 5 seeds"
    columns = torch.cat([x, torch.ones_like(x)], dim=1)
    straight = columns @ torch.linalg.lstsq(columns, plain[seed]).solution
    assert (plain[seed] - straight).abs().max() < 0.15, (
        "plain SGD stays within 0.15 of a straight line, in 5 of 5 seeds")
    errors = [(run[seed] - truth).abs().mean() for run in (fits, wide, squared, plain)]
    assert min(errors) == errors[0], "the first run makes three fitting decisions: it is nearest to the sine"
assert round((y - truth).mean().item(), 2) == 0.37, "0.37 is the mean of the targets' errors: squared error follows it"
columns = torch.cat([x, torch.ones_like(x)], dim=1)
bend = (truth - columns @ torch.linalg.lstsq(columns, truth).solution).abs().max()
assert round(bend.item(), 1) == 1.1, "the sine is 1.1 away from one"

torch.set_default_dtype(torch.float32)
torch.manual_seed(0)
spreads = torch.tensor([1.0, 0.01])
signals = torch.randn(256, 1).expand(256, 2)
for _ in range(100):
    signals = torch.randn(256, 256) @ signals * spreads
ends = signals.abs().nan_to_num(torch.inf).amax(dim=0)
assert ends.tolist() == [torch.inf, 0.0], "a hundred layers with the wrong spread overflow or fall silent"

plt.show()

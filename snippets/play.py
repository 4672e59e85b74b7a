"""What the playground shows at first, as it prints it; and how long two runs stay equal."""

# --8<-- [start:imports]
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
# --8<-- [end:imports]

# --8<-- [start:data]
# Data
n, noise = 200, 0.2
draw = {"generator": torch.Generator().manual_seed(0)}
y = torch.arange(n) % 2
t = torch.pi * torch.rand(n, **draw)
one = torch.stack([2 * t.cos() - 0.5, 2 * t.sin() - 0.5], 1)
two = torch.stack([1.5 - 2 * t.cos(), 0.5 - 2 * t.sin()], 1)
x = torch.where(y[:, None] == 0, one, two)
x = torch.round((x + noise * torch.randn(n, 2, **draw)) * 1024) / 1024
x, x_test = x[:100], x[100:]
y, y_test = y[:100], y[100:]
y, y_test = y[:, None].double(), y_test[:, None].double()
# --8<-- [end:data]

# --8<-- [start:init]
# Init
net = nn.Sequential(
    nn.Linear(2, 8),
    nn.Tanh(),
    nn.Linear(8, 8),
    nn.Tanh(),
    nn.Linear(8, 1),
)
torch.manual_seed(0)  # after the layers are built: they draw as well
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.xavier_uniform_(layer.weight, gain=1.0)
        nn.init.constant_(layer.bias, 0.0)
# --8<-- [end:init]

# --8<-- [start:loss]
# Loss
loss_function = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(1.0))
# --8<-- [end:loss]

# --8<-- [start:step]
# Step
optimizer = torch.optim.Adam(
    net.parameters(),
    lr=0.01,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    amsgrad=False,
)


def batches():
    while True:
        yield from torch.randperm(len(x)).split(16)
# --8<-- [end:step]

# --8<-- [start:train]
for step, batch in zip(range(300), batches(), strict=False):
    optimizer.zero_grad()
    loss = loss_function(net(x[batch]), y[batch])
    loss.backward()
    if step % 30 == 0:
        with torch.no_grad():
            test = loss_function(net(x_test), y_test)
        print(f"{step:5d}  {loss.item():.6e}  {test.item():.6e}")
    optimizer.step()

with torch.no_grad():
    train, test = loss_function(net(x), y), loss_function(net(x_test), y_test)
print(f"train {train.item():.6e}, test {test.item():.6e}")
# --8<-- [end:train]

assert (round(train.item(), 3), round(test.item(), 3)) == (0.02, 0.034), "the losses at the end are 0.020 and 0.034"
assert ((net(x_test) > 0) == y_test).double().mean() == 0.99, "99 of 100 test points are on the right side"


# --8<-- [start:nudged]
import matplotlib.pyplot as plt


def parameters_after(steps, act, make, nudge=0.0):
    torch.manual_seed(0)
    layers = nn.Linear(2, 8), act, nn.Linear(8, 8), act, nn.Linear(8, 1)
    net = nn.Sequential(*layers)
    weight = net[0].weight.detach().view(-1)
    weight[0] = torch.nextafter(weight[0], weight[0] + nudge)
    optimizer, states = make(net.parameters()), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss_function(net(x), y).backward()
        optimizer.step()
        states.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
    return torch.stack(states)


# --8<-- [end:nudged]


# --8<-- [start:horizon]
def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.01)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1)


gaps = {}
for name, activation, make in [
    ("Adam, ReLU", nn.ReLU(), adam),
    ("SGD, tanh", nn.Tanh(), sgd),
]:
    pair = [parameters_after(300, activation, make, by) for by in (0.0, 1.0)]
    gaps[name] = (pair[0] - pair[1]).abs().amax(dim=1)
    plt.semilogy(gaps[name].clamp(min=1e-17), label=name)
plt.xlabel("step")
plt.ylabel("largest difference")
plt.legend()
# --8<-- [end:horizon]

assert gaps["Adam, ReLU"][-1] < 1e-13, "after 300 steps of Adam the two still agree in 12 digits"
assert gaps["SGD, tanh"][-1] < gaps["Adam, ReLU"][-1], "the gap of SGD is smaller"

plt.show()

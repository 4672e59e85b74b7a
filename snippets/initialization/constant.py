# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def constant_(tensor, val):
    with torch.no_grad():
        tensor[...] = val
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape, val in (((100, 400), 0.3), ((16,), -4.6), ((), 1.0)):
    ours = constant_(torch.empty(shape), val)
    library = nn.init.constant_(torch.empty(shape), val)
    print(shape, val, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours == 1

# --8<-- [start:moments]
torch.manual_seed(0)
layer = nn.Linear(3, 4)
nn.init.constant_(layer.weight, 0.5)
nn.init.constant_(layer.bias, 0.1)
x = torch.tensor([[1.0, 2.0, 3.0]])
W = layer.weight
rank = torch.linalg.matrix_rank(W)
print(f"mean {W.mean():.1f}   variance {W.var():.1f}   rank {rank}")
print("outputs", [round(z, 4) for z in layer(x).flatten().tolist()])
# --8<-- [end:moments]
assert torch.allclose(layer(x), torch.tensor(0.5 * 6 + 0.1)) and torch.linalg.matrix_rank(W) == 1

# --8<-- [start:symmetry]
x = torch.rand(256, 2, dtype=torch.float64) * 2 - 1
y = x[:, :1] * x[:, 1:] + torch.sin(3 * x[:, :1])


def train(model, optimizer=torch.optim.Adam, steps=400, lr=0.02):
    optimizer, weights = optimizer(model.parameters(), lr=lr), []
    for _ in range(steps):
        weights.append(model[0].weight[:, 0].detach().clone())
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item(), torch.stack(weights)


def network(init, units=8, *between):
    torch.manual_seed(1)
    layers = nn.Linear(2, units), nn.Tanh(), *between, nn.Linear(units, 1)
    model = nn.Sequential(*layers)
    for parameter in model.parameters():
        init(parameter)
    return model.double()
# --8<-- [end:symmetry]


# --8<-- [start:figure]
def constant(parameter):
    nn.init.constant_(parameter, 0.3)


def random(parameter):
    (nn.init.xavier_uniform_ if parameter.dim() > 1 else nn.init.zeros_)(parameter)


figure, panels = plt.subplots(1, 2, figsize=(5.5, 2.6), sharey=True)
cases = (constant, "constant_", "C1"), (random, "xavier_uniform_", "C0")
for panel, (init, title, colour) in zip(panels, cases, strict=True):
    loss, weights = train(network(init))
    panel.plot(weights, colour, lw=1.3)
    panel.set(title=title, xlabel="step")
    apart = (weights[-1] - weights[-1][0]).abs().max()
    print(f"{title:16} loss {loss:.2f}, units differ by {apart:.1f}")
panels[0].set(ylabel="a weight of each unit")
panels[0].text(90, 0.2, "8 units, one line", color="C1")
single, _ = train(network(random, units=1))
print(f"a single unit    loss {single:.2f}")
# --8<-- [end:figure]
assert train(network(constant), steps=50)[1].std(dim=1).max() < 1e-12 and 0.1 < single < 0.2 and loss < 0.01

# --8<-- [start:ties]
def random_bias(parameter):
    (nn.init.constant_ if parameter.dim() > 1 else nn.init.normal_)(parameter, 0.3)


def random_last(parameter):
    (nn.init.xavier_uniform_ if parameter.shape == (1, 8) else constant)(parameter)


cases = {
    "all constant, Adam": (network(constant), torch.optim.Adam),
    "all constant, SGD": (network(constant), torch.optim.SGD),
    "random biases": (network(random_bias), torch.optim.Adam),
    "random last layer": (network(random_last), torch.optim.Adam),
    "constant with dropout": (network(constant, 8, nn.Dropout()), torch.optim.Adam),
}
for name, (model, optimizer) in cases.items():
    weights = train(model, optimizer, steps=100)[1][-1]
    print(f"{name:22} units still equal: {torch.allclose(weights, weights[0])}")
# --8<-- [end:ties]
equal = [torch.allclose(w := model[0].weight[:, 0], w[0]) for model, _ in cases.values()]
assert equal == [True, True, False, False, False]

# --8<-- [start:conv]
conv = nn.Conv2d(3, 16, 3)
nn.init.constant_(conv.weight, 0.1)
nn.init.zeros_(conv.bias)
maps = conv(torch.randn(1, 3, 8, 8))
print("16 feature maps, all equal:", torch.allclose(maps, maps[:, :1], atol=1e-6))
# --8<-- [end:conv]
assert torch.allclose(maps, maps[:, :1], atol=1e-6)

# --8<-- [start:prior]
share = 0.01  # one positive in a hundred
last = nn.Linear(64, 1)
nn.init.zeros_(last.weight)
nn.init.constant_(last.bias, math.log(share / (1 - share)))
p = torch.sigmoid(last(torch.randn(5, 64)))
print(f"bias {last.bias.item():.3f}, first prediction {p[0].item():.2f}")
# --8<-- [end:prior]
assert torch.allclose(p, torch.tensor(0.01))
entropy = -(share * math.log(share) + (1 - share) * math.log(1 - share))
targets = torch.tensor([1.0] + 99 * [0.0])
first = nn.functional.binary_cross_entropy_with_logits(last.bias.expand(100), targets)
assert math.isclose(first.item(), entropy, rel_tol=1e-5)
assert round(entropy, 3) == 0.056 and round(math.log(2), 2) == 0.69

# --8<-- [start:slices]
W = torch.zeros(2, 3)
nn.init.constant_(W[0], 5.0)  # a view: fills one row of W
print(W.tolist())
print(nn.init.constant_(torch.empty(2, dtype=torch.int64), 0.7).tolist())
try:
    nn.init.constant_(torch.empty(2), torch.tensor([1.0, 2.0]))
except RuntimeError as error:
    print(error)
# --8<-- [end:slices]
plt.show()

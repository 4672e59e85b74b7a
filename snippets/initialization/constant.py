# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(4, 3)
nn.init.constant_(layer.bias, 0.5)
print(layer.bias.tolist())
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def constant_(tensor, val):
    with torch.no_grad():
        tensor[...] = val
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
print("shape       val   same numbers")
for shape, val in (((100, 400), 0.3), ((16,), -4.6), ((), 1.0)):
    ours = constant_(torch.empty(shape), val)
    library = nn.init.constant_(torch.empty(shape), val)
    print(f"{shape!s:10}  {val:4}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "the same numbers as the library"
# --8<-- [end:equal]
assert nn.init.constant_(library, 2.0) is library, "works in place, returns the tensor"

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
assert f"{W.mean():.1f}" == "0.5", "the mean is val"
assert W.var() == 0, "the variance is 0"
assert rank == 1, "as a matrix this has rank 1"
for output in layer(x).flatten():
    assert torch.isclose(output, torch.tensor(0.5 * 6 + 0.1)), "every output is val times the sum of the inputs"

# --8<-- [start:symmetry]
x = torch.rand(256, 2, dtype=torch.float64) * 2 - 1
y = x[:, :1] * x[:, 1:] + torch.sin(3 * x[:, :1])


def network(init, units=8, seed=1):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, units), nn.Tanh(), nn.Linear(units, 1))
    for parameter in model.parameters():
        init(parameter)
    return model.double()


def train(model, optimizer, steps):
    weights = []  # from the first input to each hidden unit, at each step
    for _ in range(steps):
        weights.append(model[0].weight[:, 0].detach().clone())
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item(), torch.stack(weights)
# --8<-- [end:symmetry]


# --8<-- [start:inits]
def constant(parameter):
    nn.init.constant_(parameter, 0.3)


def random(parameter):
    if parameter.dim() > 1:
        nn.init.xavier_uniform_(parameter)
    else:
        nn.init.zeros_(parameter)


def run(init, **options):
    model = network(init, **options)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    return train(model, optimizer, steps=150)
# --8<-- [end:inits]


# --8<-- [start:figure]
figure, panels = plt.subplots(1, 2, figsize=(5.5, 2.6), sharey=True)
cases = (constant, "constant_", "C1"), (random, "xavier_uniform_", "C0")
ends = {}
for panel, (init, title, colour) in zip(panels, cases, strict=True):
    loss, weights = run(init)
    panel.plot(weights, colour, lw=1.3)
    panel.set(title=title, xlabel="step")
    ends[title] = loss, (weights[-1] - weights[-1][0]).abs().max()
panels[0].set(ylabel="a weight of each unit")
panels[0].text(40, 0.2, "8 units, one line", color="C1")
# --8<-- [end:figure]

# --8<-- [start:ends]
print("start             loss  units differ by")
for title, (loss, apart) in ends.items():
    print(f"{title:16}  {loss:.2f}  {apart:.1f}")
single, _ = run(random, units=1)
print(f"a single unit     {single:.2f}  –")
# --8<-- [end:ends]
same, weights = run(constant)
assert weights.std(dim=1).max() < 1e-9, "they are equal again, and so on to the last step"
assert 0.1 < same < 0.21, "they learn, but the loss ends between 0.1 and 0.21"
assert f"{y.var():.2f}" == "0.61", "the variance of the targets is 0.61"
for seed in range(5):
    single, _ = run(random, units=1, seed=seed)
    assert 0.1 < single < 0.21, "a network with a single unit ends between 0.1 and 0.21, in 5 of 5 seeds"
    eight, _ = run(random, seed=seed)
    assert eight < 0.02, "the random start ends below 0.02 in 5 of 5 seeds"

# --8<-- [start:ties]
def random_biases(parameter):
    if parameter.dim() == 1:
        nn.init.normal_(parameter, std=0.3)
    else:
        constant(parameter)


def random_last(parameter):
    if parameter.shape == (1, 8):
        nn.init.xavier_uniform_(parameter)
    else:
        constant(parameter)


def with_dropout():
    model = network(constant)
    return model.insert(2, nn.Dropout())
# --8<-- [end:ties]


# --8<-- [start:broken]
models = {
    "all constant, Adam": network(constant),
    "all constant, SGD": network(constant),
    "random biases": network(random_biases),
    "random last layer": network(random_last),
    "constant with dropout": with_dropout(),
}
equal = {}
print("start                  units still equal")
for name, model in models.items():
    rule = torch.optim.SGD if "SGD" in name else torch.optim.Adam
    train(model, rule(model.parameters(), lr=0.05), steps=100)
    weights = model[0].weight[:, 0]
    equal[name] = torch.allclose(weights, weights[0])
    print(f"{name:21}  {equal[name]}")
# --8<-- [end:broken]
assert equal["all constant, Adam"], "Adam does not break the tie"
assert equal["all constant, SGD"], "SGD does not break the tie"
assert not equal["random biases"], "units that differ in the bias break it"
assert not equal["random last layer"], "units that differ in the outgoing weights break it"
assert not equal["constant with dropout"], "Dropout breaks it, because it treats the units differently"

# --8<-- [start:conv]
conv = nn.Conv2d(3, 16, 3)
nn.init.constant_(conv.weight, 0.1)
nn.init.zeros_(conv.bias)
maps = conv(torch.randn(1, 3, 8, 8))
print("16 feature maps, all equal:", torch.allclose(maps, maps[:, :1], atol=1e-6))
# --8<-- [end:conv]
assert torch.allclose(maps, maps[:, :1], atol=1e-6), "equal filters give equal feature maps"

# --8<-- [start:prior]
share = 0.01  # one positive in a hundred
last = nn.Linear(64, 1)
nn.init.zeros_(last.weight)
nn.init.constant_(last.bias, math.log(share / (1 - share)))
p = torch.sigmoid(last(torch.randn(5, 64)))
print(f"bias {last.bias.item():.3f}, first prediction {p[0].item():.2f}")
# --8<-- [end:prior]
assert torch.allclose(p, torch.tensor(share)), "the first predictions are π and not ½"
targets = torch.tensor([1.0] + 99 * [0.0])
first = nn.functional.binary_cross_entropy_with_logits(last.bias.expand(100), targets)
assert f"{first:.3f}" == "0.056", "with one positive in a hundred the first loss is 0.056"
first = nn.functional.binary_cross_entropy_with_logits(torch.zeros(100), targets)
assert f"{first:.2f}" == "0.69", "where a bias of 0 starts at 0.69"

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
assert W.tolist() == [[5, 5, 5], [0, 0, 0]], "a part yes: indexing gives a view"
integers = nn.init.constant_(torch.empty(2, dtype=torch.int64), 0.7)
assert integers.tolist() == [0, 0], "a tensor of integers cuts off the decimals and says nothing"
plt.show()

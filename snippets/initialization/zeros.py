# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def zeros_(tensor):
    with torch.no_grad():
        tensor[...] = 0
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape in ((100, 400), (16,), ()):
    ours, library = zeros_(torch.empty(shape)), nn.init.zeros_(torch.empty(shape))
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours == 0

# --8<-- [start:moments]
W = nn.init.zeros_(torch.empty(100, 400))
rank = torch.linalg.matrix_rank(W)
print(f"mean {W.mean():.0f}   variance {W.var():.0f}   rank {rank}")
# --8<-- [end:moments]
assert not W.any() and torch.linalg.matrix_rank(W) == 0

# --8<-- [start:which]
torch.manual_seed(0)
x = torch.rand(256, 2) * 2 - 1
y = x[:, :1] * x[:, 1:] + torch.sin(3 * x[:, :1]) + 1


def start(activation, *zero):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 16), activation(), nn.Linear(16, 1))
    for layer in (model[0], model[2]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    for i in zero:
        nn.init.zeros_(model[i].weight)
    return model
# --8<-- [end:which]


# --8<-- [start:train]
def train(model, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()
# --8<-- [end:train]


# --8<-- [start:gradients]
print("zero weights    activation  first gradients: W₁     W₂    loss after 200 steps")
cases = {"none": (), "last layer": (2,), "first layer": (0,), "both layers": (0, 2)}
results = {}
for name, zero in cases.items():
    for activation in (nn.Tanh, nn.ReLU):
        model = start(activation, *zero)
        train(model, 1)
        flows = [bool(model[i].weight.grad.any()) for i in (0, 2)]
        loss = train(model, 200)
        results[name, activation] = (*flows, loss)
        words = ["yes" if flow else "0" for flow in flows]
        print(f"{name:15} {activation.__name__:10}", end=" ")
        print(f"{words[0]:>20} {words[1]:>6} {loss:16.1f}")
# --8<-- [end:gradients]
assert [row[:2] for row in results.values()] == [
    *((True, True), (True, True), (False, True), (False, True)),
    *((True, False), (False, False), (False, False), (False, False)),
]
final = {case: row[2] for case, row in results.items()}
assert all(final[name, a] < 0.2 for name in ("none", "last layer") for a in (nn.Tanh, nn.ReLU))
assert final["first layer", nn.Tanh] < 0.3
assert all(abs(final["both layers", a] - y.var(correction=0)) < 0.01 for a in (nn.Tanh, nn.ReLU))
assert abs(final["first layer", nn.ReLU] - y.var(correction=0)) < 0.01 and abs(y.var() - 0.70) < 0.02

# --8<-- [start:logits]
last = nn.init.zeros_(nn.Linear(64, 10, bias=False).weight)
logits = torch.randn(500, 64) @ last.T
loss = nn.functional.cross_entropy(logits, torch.randint(10, (500,)))
print(f"first loss {loss:.4f}, ln 10 = {math.log(10):.4f}")
# --8<-- [end:logits]
assert abs(loss - math.log(10)) < 1e-5
logits = torch.nn.Linear(64, 10)(torch.randn(5000, 64))
assert nn.functional.cross_entropy(logits, torch.randint(10, (5000,))) > math.log(10) + 0.05

# --8<-- [start:residual]
def sizes(zero_last, blocks=50, n=128):
    torch.manual_seed(0)
    h = torch.randn(200, n)
    rms = [h.square().mean().sqrt().item()]
    for _ in range(blocks):
        first, last = (nn.init.kaiming_normal_(torch.empty(n, n)) for _ in range(2))
        if zero_last:
            nn.init.zeros_(last)
        h = h + torch.relu(h @ first.T) @ last.T
        rms.append(h.square().mean().sqrt().item())
    return rms


figure, axes = plt.subplots(figsize=(5.5, 2.8))
for i, label in enumerate(("last layer zero", "last layer random")):
    rms = sizes(zero_last=i == 0)
    axes.plot(rms, f"C{i}")
    axes.text(51, rms[-1], label, color=f"C{i}", va="center")
axes.set(xlabel="block", ylabel="root mean square", yscale="log")
axes.set(xlim=(0, 70), xticks=range(0, 51, 10))
axes.set_yticks([1, 1e4, 1e8, 1e12], ["1", "1e4", "1e8", "1e12"])
# --8<-- [end:residual]
flat, grown = (line.get_ydata() for line in axes.lines)
assert flat[0] == flat[50] and abs((grown[50] / grown[0]) ** (2 / 50) / 3 - 1) < 0.05
assert round(3**0.5, 2) == 1.73 and 0.3 < grown[50] / 3**25 < 3 and round(3**25, -11) == 8e11

# --8<-- [start:default]
layers = nn.Linear(64, 64), nn.Conv2d(16, 16, 3), nn.BatchNorm2d(16)
for layer in layers:
    print(f"{type(layer).__name__:12} bias starts at 0: {not layer.bias.any()}")
# --8<-- [end:default]
assert [bool(layer.bias.any()) for layer in layers] == [True, True, False]

# --8<-- [start:nan]
W = torch.full((2, 2), math.nan)
print("times 0:", (W * 0).tolist())
print("zeros_: ", nn.init.zeros_(W).tolist())
# --8<-- [end:nan]
plt.show()

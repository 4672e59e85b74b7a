# --8<-- [start:groups]
import torch
from torch import nn, optim

net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
body = {"params": net[0].parameters(), "lr": 1e-4}
head = {"params": net[2].parameters(), "weight_decay": 0.0}
optimizer = optim.AdamW([body, head], lr=1e-2, betas=(0.8, 0.99))

print("group  lr      weight_decay  betas")
for name, group in zip(("body", "head"), optimizer.param_groups, strict=True):
    print(f"{name:5}  {group['lr']:<6}", end="")
    print(f"  {group['weight_decay']:<12}  {group['betas']}")
# --8<-- [end:groups]

# --8<-- [start:imports]
import copy
import math

import matplotlib.pyplot as plt

torch.manual_seed(0)
# --8<-- [end:imports]
first, second = optimizer.param_groups
assert first["lr"] == 1e-4, "the first group has its own lr"
assert first["weight_decay"] == 0.01, "what a group leaves out comes from the arguments, or from their defaults"
assert second["weight_decay"] == 0, "the second has its own weight_decay"
assert second["lr"] == 1e-2, "what a group leaves out comes from the arguments after the list"
assert first["betas"] == second["betas"] == (0.8, 0.99), "both share betas"

# --8<-- [start:change]
optimizer.defaults["lr"] = 7.0  # for groups that come later
print([group["lr"] for group in optimizer.param_groups])
optimizer.add_param_group({"params": nn.Linear(2, 2).parameters()})
print([group["lr"] for group in optimizer.param_groups])
for group in optimizer.param_groups:
    group["lr"] *= 0.1  # this is what a scheduler does
print([f"{group['lr']:g}" for group in optimizer.param_groups])
# --8<-- [end:change]
assert optimizer.param_groups[2]["lr"] == 7.0 * 0.1, "the new group got 7.0 from the changed default"
assert optimizer.param_groups[2]["betas"] == (0.8, 0.99), "the new group got the betas of the constructor"
assert optimizer.param_groups[1]["lr"] == 1e-2 * 0.1, "the other two kept their rates"


# --8<-- [start:layerwise]
def layerwise(layers, lr, factor):
    """One group per layer: the last has lr, the one before it factor · lr, …"""
    groups = []
    for below, layer in enumerate(reversed(layers)):
        groups.append({"params": layer.parameters(), "lr": lr * factor**below})
    groups.reverse()
    return groups


stack = nn.ModuleList(nn.Linear(16, 16) for _ in range(5))
optimizer = optim.Adam(layerwise(stack, lr=1e-3, factor=0.5))
before = copy.deepcopy(stack)
x = torch.randn(32, 16)
for layer in stack:
    x = layer(x).tanh()
x.square().sum().backward()
optimizer.step()
pairs = zip(before, stack, strict=True)
moved = [(old.weight - new.weight).abs().max() for old, new in pairs]
print("layer  lr        moved by")
for i, group in enumerate(optimizer.param_groups):
    print(f"{i:<5}  {group['lr']:.6f}  {moved[i]:.6f}")
# --8<-- [end:layerwise]
for i in range(5):
    lr = 1e-3 * 0.5 ** (4 - i)
    assert round(moved[i].item(), 6) == round(lr, 6), "the first step of Adam has size η_l"
rates = [group["lr"] for group in layerwise([nn.Linear(1, 1)] * 13, lr=1.0, factor=0.8)]
assert round(rates[0], 2) == 0.07, "with a factor of 0.8, one of ELECTRA's two, twelve layers below: 0.8^12 = 0.07"
assert round(1 / 2.6, 2) == 0.38, "ULMFiT's 1/2.6 = 0.38"

# --8<-- [start:bias]
net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 2))
bias = [p for name, p in net.named_parameters() if name.endswith("bias")]
rest = [p for name, p in net.named_parameters() if not name.endswith("bias")]
groups = [
    {"params": rest},
    {"params": bias, "lr": 0.2, "weight_decay": 0.0},
]
optimizer = optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=1e-4)
counts = [len(group["params"]) for group in optimizer.param_groups]
print(counts, "of", len(list(net.parameters())))
# --8<-- [end:bias]
assert sum(counts) == len(list(net.parameters())), "every parameter is in a group"
assert optimizer.param_groups[1]["lr"] == 2 * optimizer.param_groups[0]["lr"], "biases had twice the rate"


# --8<-- [start:freeze]
def frozen_path(how, thaw=20, steps=30):
    """θ under SGD with a gradient of 1: trained for 3 steps, frozen, thawed."""
    θ = nn.Parameter(torch.zeros(()))
    optimizer = optim.SGD([θ], lr=0.01, momentum=0.9)
    path = []
    for step in range(steps):
        frozen = 3 <= step < thaw
        if not (frozen and how == "old gradient left"):
            optimizer.zero_grad()
        if how == "lr = 0":
            optimizer.param_groups[0]["lr"] = 0 if frozen else 0.01
        else:
            θ.requires_grad_(not frozen)
        if θ.requires_grad:
            θ.backward()
        optimizer.step()
        path.append(θ.item())
    return path
# --8<-- [end:freeze]


# --8<-- [start:freeze-shown]
figure, axes = plt.subplots(figsize=(5.5, 3))
styles = {
    "requires_grad off": "C0-",
    "lr = 0": "C1--",
    "old gradient left": "C2:",
}
paths = {how: frozen_path(how) for how in styles}
print("how                moves while frozen  first move after")
for how, style in styles.items():
    axes.plot(range(1, 31), paths[how], style, label=how)
    path = paths[how]
    frozen, after = path[19] - path[2], path[20] - path[19]
    print(f"{how:<17}  {frozen:18.3f}  {after:16.3f}")
axes.set(xlabel="step (frozen from 4 to 20)", ylabel="θ")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:freeze-shown]
steps = {how: [b - a for a, b in zip([0, *path], path, strict=False)] for how, path in paths.items()}
for how in ("requires_grad off", "lr = 0"):
    assert set(steps[how][3:20]) == {0.0}, "frozen, θ rests"
thawed = {how: -steps[how][20] for how in steps}
long_run = 0.01 * sum(0.9**k for k in range(21))
assert math.isclose(thawed["lr = 0"], long_run, rel_tol=1e-4), "with lr = 0 the first step is that of a long run"
assert round(long_run, 3) == 0.089, "the sum over k from 0 to 20 of 0.9^k, times 0.01, is 0.089"
before = 0.01 * sum(0.9**k for k in range(4))
assert math.isclose(thawed["requires_grad off"], before, rel_tol=1e-4), "the velocity of before is still there"
assert max(steps["old gradient left"]) < 0, "with the old gradient left θ never stops falling"

# lr = 0 with Adam, and the other rows of the table
θ = nn.Parameter(torch.zeros(()))
optimizer = optim.Adam([θ], lr=0.01)
for step in range(30):
    optimizer.param_groups[0]["lr"] = 0.0 if 3 <= step < 20 else 0.01
    before = θ.item()
    θ.grad = torch.ones(())
    optimizer.step()
    if step == 20:
        assert round(before - θ.item(), 4) == 0.01, "Adam's step stays near η"
θ = nn.Parameter(torch.ones(()))
optimizer = optim.SGD([θ], lr=0.1, weight_decay=0.1)
θ.grad = torch.zeros(())
θ.requires_grad_(False)
optimizer.step()
assert θ.item() < 1, "with an old gradient, of zeros even, the decay goes on"
optimizer.zero_grad()
rested = θ.item()
optimizer.step()
assert θ.item() == rested, "without an old gradient the decay rests"

# --8<-- [start:norm]
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8)).requires_grad_(False)
for training in (True, False):
    net.train(training)
    before = net[1].running_mean.clone()
    net(torch.randn(16, 4))
    changed = not torch.equal(before, net[1].running_mean)
    print(f"train({training}): running mean changed: {changed}")
# --8<-- [end:norm]
assert not changed, "eval() stops the running means"


# --8<-- [start:thaw]
def train(added_later, make=optim.AdamW):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    inputs, targets = torch.randn(16, 4), torch.randn(16, 1)
    body, head = net[0], net[2]
    body.requires_grad_(False)
    optimizer = make([{"params": head.parameters()}])
    if not added_later:
        optimizer.add_param_group({"params": body.parameters()})
    for step in range(20):
        if step == 10:
            body.requires_grad_(True)
            if added_later:
                optimizer.add_param_group({"params": body.parameters()})
        optimizer.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters())


same = torch.equal(train(added_later=True), train(added_later=False))
print("at the start or added later, equal:", same)
# --8<-- [end:thaw]
assert same, "the two are the same, bit for bit, with AdamW"
later, at_the_start = (train(added, optim.Adagrad) for added in (True, False))
assert torch.equal(later, at_the_start), "the KeyError of Adagrad in an added group is gone"
plt.show()

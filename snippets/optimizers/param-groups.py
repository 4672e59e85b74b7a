import copy
import math

import matplotlib.pyplot as plt
import torch
from torch import nn, optim

# --8<-- [start:groups]
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = optim.AdamW(
    [
        {"params": net[0].parameters(), "lr": 1e-4},
        {"params": net[2].parameters(), "weight_decay": 0.0},
    ],
    lr=1e-2,
    betas=(0.8, 0.99),
)
for group in optimizer.param_groups:
    shapes = [tuple(p.shape) for p in group["params"]]
    print(shapes, {k: group[k] for k in ("lr", "weight_decay", "betas")})
# --8<-- [end:groups]
assert optimizer.param_groups[0]["weight_decay"] == 0.01 and optimizer.param_groups[1]["lr"] == 1e-2

# --8<-- [start:change]
optimizer.defaults["lr"] = 7.0  # for groups that come later
print([group["lr"] for group in optimizer.param_groups])
optimizer.add_param_group({"params": nn.Linear(2, 2).parameters()})
print([group["lr"] for group in optimizer.param_groups])
for group in optimizer.param_groups:
    group["lr"] *= 0.1  # this is what a scheduler does
print([f"{group['lr']:g}" for group in optimizer.param_groups])
# --8<-- [end:change]
assert optimizer.param_groups[2]["lr"] == 7.0 * 0.1 and optimizer.param_groups[2]["betas"] == (0.8, 0.99)


# --8<-- [start:layerwise]
def layerwise(layers, lr, factor):
    """One group per layer: the last has lr, the one before it factor · lr, …"""
    groups = []
    for depth, layer in enumerate(reversed(layers)):
        if params := list(layer.parameters()):
            groups.append({"params": params, "lr": lr * factor**depth})
    return groups[::-1]


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
for i, group in enumerate(optimizer.param_groups):
    print(f"layer {i}: lr {group['lr']:.6f}, moved {moved[i]:.6f}")
# --8<-- [end:layerwise]
assert round(0.8**12, 2) == 0.07
assert all(math.isclose(moved[i].item(), 1e-3 * 0.5 ** (4 - i), rel_tol=1e-3) for i in range(5))

# --8<-- [start:bias]
net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 2))
bias = [p for name, p in net.named_parameters() if name.endswith("bias")]
rest = [p for name, p in net.named_parameters() if not name.endswith("bias")]
groups = [{"params": rest}, {"params": bias, "lr": 0.2, "weight_decay": 0.0}]
optimizer = optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=1e-4)
counts = [len(group["params"]) for group in optimizer.param_groups]
print(counts, "of", len(list(net.parameters())))
# --8<-- [end:bias]
assert sum(counts) == 6


# --8<-- [start:freeze]
off, left = "requires_grad off", "old gradient left"


def frozen_path(how, thaw=20, steps=30):
    """θ under SGD with a gradient of 1: trained for 3 steps, frozen, thawed."""
    p = nn.Parameter(torch.zeros(()))
    optimizer, path = optim.SGD([p], lr=0.01, momentum=0.9), []
    for step in range(steps):
        frozen = 3 <= step < thaw
        if how != left or not frozen:
            optimizer.zero_grad()
        if how == "lr = 0":
            optimizer.param_groups[0]["lr"] = 0 if frozen else 0.01
        else:
            p.requires_grad_(not frozen)
        if p.requires_grad:
            p.backward()
        optimizer.step()
        path.append(p.item())
    return path
# --8<-- [end:freeze]


# --8<-- [start:freeze-shown]
figure, axes = plt.subplots(figsize=(5.5, 3))
styles = {off: "C0-", "lr = 0": "C1--", left: "C2:"}
paths = {how: frozen_path(how) for how in styles}
for how, style in styles.items():
    axes.plot(range(1, 31), paths[how], style, label=how)
    path = paths[how]
    frozen, after = path[19] - path[2], path[20] - path[19]
    print(f"{how:<18} moves {frozen:.3f} while frozen, then {after:.3f}")
axes.set(xlabel="step (frozen from 4 to 20)", ylabel="θ")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:freeze-shown]
steps = {how: [b - a for a, b in zip([0, *path], path, strict=False)] for how, path in paths.items()}
assert all(s == 0 for how in ("requires_grad off", "lr = 0") for s in steps[how][3:20])
assert math.isclose(steps["lr = 0"][20], -0.01 * sum(0.9**k for k in range(21)), rel_tol=1e-4)
assert math.isclose(steps["requires_grad off"][20], -0.01 * sum(0.9**k for k in range(4)), rel_tol=1e-4)
assert paths["old gradient left"][19] < -1

# --8<-- [start:norm]
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8)).requires_grad_(False)
for mode in ("train", "eval"):
    getattr(net[1], mode)()
    before = net[1].running_mean.clone()
    net(torch.randn(16, 4))
    changed = not torch.equal(before, net[1].running_mean)
    print(f"{mode + '()':<8} running mean changed: {changed}")
# --8<-- [end:norm]
assert not changed


# --8<-- [start:thaw]
def train(late, make=optim.AdamW):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    x, y = torch.randn(16, 4), torch.randn(16, 1)
    net[0].requires_grad_(False)
    body, head = list(net[0].parameters()), list(net[2].parameters())
    optimizer = make([{"params": head}] + [{"params": body}] * (not late))
    for step in range(20):
        if step == 10:
            net[0].requires_grad_(True)
            if late:
                optimizer.add_param_group({"params": body})
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters())


print("at the start or added later:", torch.equal(train(True), train(False)))
# --8<-- [end:thaw]
assert torch.equal(train(True), train(False)) and torch.equal(train(True, optim.Adagrad), train(False, optim.Adagrad))
plt.show()

# --8<-- [start:imports]
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim

# --8<-- [end:imports]

# --8<-- [start:layers]
pixels, labels = load_digits(return_X_y=True)
pixels, labels = torch.tensor(pixels / 16).float(), torch.tensor(labels)
seeds, steps = 5, 84


def start(c):
    """Five networks. The first layer is divided by c, the second multiplied."""
    draw = torch.Generator().manual_seed(0)
    first = torch.randn(seeds, 64, 32, generator=draw) / 64**0.5
    second = torch.randn(seeds, 32, 10, generator=draw) / 32**0.5
    return nn.Parameter(first / c), nn.Parameter(second * c)


def losses(first, second, rows):
    logits = (pixels[rows] @ first).relu() @ second
    each = F.cross_entropy(logits.mT, labels[rows], reduction="none")
    return each.mean(dim=1)  # one for each network
# --8<-- [end:layers]


# --8<-- [start:layers-run]
def trained(make, lr, c):
    first, second = start(c)
    optimizer = make([first, second], lr=lr)
    draw = torch.Generator().manual_seed(1)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = lr * (1 - step / steps)
        rows = torch.randint(1437, (seeds, 64), generator=draw)
        optimizer.zero_grad()
        losses(first, second, rows).sum().backward()
        optimizer.step()
    with torch.no_grad():
        return losses(first, second, torch.arange(1437).expand(seeds, -1))


grids = {optim.SGD: (0.01, 0.03, 0.1, 0.3, 1, 3),
         optim.Adam: (0.003, 0.01, 0.03, 0.1, 0.3)}
best = {}
print("c   optimizer  best η  loss")
for c in (1, 10):
    for make, grid in grids.items():
        runs = [(lr, trained(make, lr, c)) for lr in grid]
        lr, best[c, make] = min(runs, key=lambda run: run[1].mean())
        print(f"{c:<2}  {make.__name__:9}  {lr:<6}", end="")
        print(f"  {best[c, make].mean():.2f}")
# --8<-- [end:layers-run]
gradients = {}
for c in (1, 10):
    first, second = start(c)
    loss = losses(first, second, torch.arange(100).expand(seeds, -1)).sum()
    loss.backward()
    gradients[c] = loss.item(), first.grad.norm().item(), second.grad.norm().item()
one, ten = gradients.values()
assert round(ten[0] / one[0], 4) == 1, "the same function"
assert round(ten[1] / one[1], 2) == 10, "the first layer's gradients become c times as large"
assert round(one[2] / ten[2], 2) == 10, "the second's c times smaller"
for c in (1, 10):
    assert (best[c, optim.Adam] < best[c, optim.SGD]).all(), "Adam ends lower in 5 of 5 seeds"
assert (best[10, optim.Adam] < best[10, optim.SGD] / 2).all(), "at c = 10 by more than half, in 5 of 5 seeds"
growth = {make: (best[10, make].mean() / best[1, make].mean()).item() for make in grids}
assert growth[optim.SGD] > 3, "SGD's mean loss grows more than threefold"
assert 2 < growth[optim.Adam] < 3, "Adam's more than twofold"

# --8<-- [start:units]
print("unit  SGD         Adam")
for unit in (1, 10, 100):
    moved = []
    for make in (optim.SGD, optim.Adam):
        weight = nn.Parameter(torch.zeros(1))
        optimizer = make([weight], lr=0.001)
        feature = torch.tensor([1.0]) * unit
        (weight * feature - 1).square().sum().backward()
        optimizer.step()
        moved.append((weight * feature).item())  # the prediction now
    print(f"{unit:<4}  {moved[0]:<10.3f}  {moved[1]:.3f}")
# --8<-- [end:units]
assert round(moved[0] / 0.002) == 10_000, "with SGD the prediction moves c² times as far"
assert round(moved[1] / 0.001) == 100, "with Adam it still moves c times as far"

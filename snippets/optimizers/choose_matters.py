# --8<-- [start:predicted]
import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim


def predicted_size(step, beta=0.9):
    decayed = beta**step
    variance = (1 - beta) / (1 + beta) * (1 + decayed) / (1 - decayed)
    return math.sqrt(variance)
# --8<-- [end:predicted]


# --8<-- [start:warm-up]
torch.manual_seed(0)
parameter = nn.Parameter(torch.zeros(100_000))
optimizer = optim.Adam([parameter], lr=1.0)
sizes = {}
print("step  Adam's step  predicted")
for step in range(1, 101):
    before = parameter.detach().clone()
    parameter.grad = torch.randn(100_000)
    optimizer.step()
    if step in (1, 2, 5, 10, 20, 50, 100):
        sizes[step] = (parameter.detach() - before).square().mean().sqrt().item()
        print(f"{step:<4}  {sizes[step]:11.2f}  {predicted_size(step):9.2f}")
# --8<-- [end:warm-up]
for step, size in sizes.items():
    assert f"{size:.2f}" == f"{predicted_size(step):.2f}", "measured and predicted agree in both digits"
late = predicted_size(10_000)
assert predicted_size(1) == 1, "at t = 1 the variance is 1"
assert math.isclose(late**2, 0.1 / 1.9), "later it falls to 0.1 / 1.9"
assert f"{late:.2f}" == "0.23", "a size of 0.23 η"
assert f"{1 / late:.1f}" == "4.4", "the first step contains 4.4 times as much noise as a late one"
assert f"{predicted_size(20) / late:.2f}" == "1.13", "step 20 is only 13 % larger than a late one"
assert round(2 / (1 - 0.999)) == 2000, "2 / (1 - β₂) is 2000 steps"

# --8<-- [start:weights]
pixels, labels = (torch.tensor(array) for array in load_digits(return_X_y=True))
inputs = pixels / 16 - 0.3  # float64


def trained_weights(seed, optimizer_class=optim.Adam, steps=50, **options):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    net.double()
    optimizer = optimizer_class(net.parameters(), **options)
    for _ in range(steps):
        batch = torch.randint(len(labels), (64,))
        optimizer.zero_grad()
        F.cross_entropy(net(inputs[batch]), labels[batch]).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()
# --8<-- [end:weights]


# --8<-- [start:same]
adam = [trained_weights(seed) for seed in range(5)]
way = [(adam[seed] - trained_weights(seed, steps=0)).norm() for seed in range(5)]


def distances_from_adam(optimizer_class=optim.Adam, **options):
    """The distances from Adam's weights, in per cent of Adam's way."""
    ends = [trained_weights(seed, optimizer_class, **options) for seed in range(5)]
    return [100 * ((ends[seed] - adam[seed]).norm() / way[seed]).item()
            for seed in range(5)]


apart = {
    "AdamW, decay 0": distances_from_adam(optim.AdamW, weight_decay=0),
    "foreach": distances_from_adam(foreach=True),
    "eps 1e-10": distances_from_adam(eps=1e-10),
    "eps 1e-7": distances_from_adam(eps=1e-7),
    "eps 1e-3": distances_from_adam(eps=1e-3),
}
print(f"{'change':15}", *(f" seed {seed}" for seed in range(5)))
for change, distances in apart.items():
    print(f"{change:15}", *(f"{distance:7.2f}" for distance in distances))
# --8<-- [end:same]
assert max(apart["AdamW, decay 0"]) == 0, "Adam or AdamW without decay: the same bits in 5 of 5 seeds"
assert max(apart["foreach"]) == 0, "foreach: the same bits in 5 of 5 seeds"
assert max(apart["eps 1e-10"] + apart["eps 1e-7"]) < 0.5, "eps of 1e-7, 1e-8 or 1e-10: less than 0.5 % apart, 5 of 5"
assert min(apart["eps 1e-3"]) > 20, "an eps of 1e-3 ends more than 20 % of the way apart in 5 of 5 seeds"

# --8<-- [start:nesterov]
def distance_left(rate, nesterov, steps=100):
    weight = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = optim.SGD([weight], lr=rate, momentum=0.9, nesterov=nesterov)
    for _ in range(steps):
        weight.grad = weight.detach().clone()  # of weight² / 2, so λ = 1
        optimizer.step()
    return abs(weight.item())


print("ηλ     momentum  Nesterov")
for rate in (0.001, 0.01, 0.1, 1.0):
    plain = distance_left(rate, nesterov=False)
    nesterov = distance_left(rate, nesterov=True)
    print(f"{rate:<5}  {plain:.6f}  {nesterov:.6f}")
# --8<-- [end:nesterov]
for rate in (0.001, 0.01, 0.1, 1.0):
    plain, nesterov = distance_left(rate, False), distance_left(rate, True)
    assert nesterov < plain, "Nesterov ends nearer to the minimum at each of the four rates"
plain, nesterov = distance_left(0.001, False), distance_left(0.001, True)
assert 1 - nesterov / plain < 0.001, "with ηλ = 0.001 the difference is below 0.1 %"
plain, nesterov = distance_left(0.01, False), distance_left(0.01, True)
assert plain / nesterov > 3, "with 0.01 it leaves less than a third of the distance"

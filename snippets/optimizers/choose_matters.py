# --8<-- [start:warm-up]
import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim

torch.manual_seed(0)
noise = nn.Parameter(torch.zeros(100_000, dtype=torch.float64))
optimizer = optim.Adam([noise], lr=1.0)
print("step   Adam's step   predicted")
sizes = {}
for t in range(1, 201):
    before = noise.detach().clone()
    noise.grad = torch.randn(100_000, dtype=torch.float64)
    optimizer.step()
    if t in (1, 2, 5, 10, 20, 50, 200):
        sizes[t] = (noise.detach() - before).square().mean().sqrt().item()
        predicted = math.sqrt(0.1 / 1.9 * (1 + 0.9**t) / (1 - 0.9**t))
        print(f"{t:4} {sizes[t]:13.2f} {predicted:11.2f}")
# --8<-- [end:warm-up]
for t, size in sizes.items():
    assert abs(size / math.sqrt(0.1 / 1.9 * (1 + 0.9**t) / (1 - 0.9**t)) - 1) < 0.03
assert 4.2 < sizes[1] / sizes[200] < 4.5 and sizes[20] < 1.2 * sizes[200]

# --8<-- [start:weights]
pixels, y = (torch.tensor(a) for a in load_digits(return_X_y=True))
x = pixels / 16 - 0.3  # float64


def weights(rule, steps=100, **options):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    model.double()
    optimizer = rule(model.parameters(), **options)
    for _ in range(steps):
        batch = torch.randint(len(y), (64,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()])
# --8<-- [end:weights]


# --8<-- [start:same]
adam = weights(optim.Adam)
adamw = weights(optim.AdamW, weight_decay=0)
foreach = weights(optim.Adam, foreach=True)
print("AdamW without decay:", torch.equal(adam, adamw))
print("foreach:            ", torch.equal(adam, foreach))
change = (adam - weights(optim.Adam, steps=0)).norm()
apart = {}
for eps in (1e-10, 1e-7, 1e-3):
    far = (weights(optim.Adam, eps=eps) - adam).norm() / change
    print(f"eps {eps:5.0e}: {100 * far:7.2f} % of the way apart")
    apart[eps] = far.item()
# --8<-- [end:same]
assert torch.equal(adam, adamw) and torch.equal(adam, foreach)
assert apart[1e-10] < apart[1e-7] < 0.005 and apart[1e-3] > 0.2

# --8<-- [start:nesterov]
print("ηλ      momentum   Nesterov   distance left")
left = {}
for rate in (0.001, 0.01, 0.1, 1.0):
    for nesterov in (False, True):
        p = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
        optimizer = optim.SGD([p], lr=rate, momentum=0.9, nesterov=nesterov)
        for _ in range(100):
            p.grad = p.detach().clone()  # the gradient of p² / 2: λ = 1
            optimizer.step()
        left[rate, nesterov] = abs(p.item())
    print(f"{rate:5} {left[rate, False]:10.6f} {left[rate, True]:10.6f}")
# --8<-- [end:nesterov]
assert abs(left[0.001, True] / left[0.001, False] - 1) < 0.001 and left[0.01, True] < left[0.01, False] / 3
assert all(left[rate, True] <= left[rate, False] for rate in (0.001, 0.01, 0.1, 1.0))

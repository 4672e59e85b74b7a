import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)

# --8<-- [start:same]
x, y = torch.randn(2, 40, 5, dtype=torch.float64)


def fit(make, penalty=0.0, shrink=0.0, lr=0.05, **options):
    """Least squares: λ in the loss, as a decay by hand, or as the option."""
    w = nn.Parameter(torch.ones(5, 5, dtype=torch.float64))
    optimizer = make([w], lr=lr, **options)
    for _ in range(100):
        optimizer.zero_grad()
        loss = F.mse_loss(x @ w, y) + penalty / 2 * w.square().sum()
        loss.backward()
        w.data *= 1 - lr * shrink
        optimizer.step()
    return w.detach()


print("weight_decay differs from       penalty     decay")
for make in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
    option = fit(make, weight_decay=0.1)
    others = fit(make, 0.1, weight_decay=0), fit(make, 0, 0.1, weight_decay=0)
    apart = [(option - other).abs().max().item() for other in others]
    print(f"{make.__name__:<28}", *(f"{a:10.6f}" for a in apart))
# --8<-- [end:same]
assert apart[0] > 0.1 and apart[1] < 1e-9
one, other = fit(torch.optim.SGD, 0.1), fit(torch.optim.SGD, 0, 0.1)
assert torch.allclose(one, other, 0, 1e-12)

# --8<-- [start:scales]
sizes = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
figure, axes = plt.subplots(1, 2, figsize=(5.5, 2.8), sharey=True)
ends = {}
for ax, make in zip(axes, (torch.optim.Adam, torch.optim.AdamW), strict=True):
    torch.manual_seed(0)
    p = nn.Parameter(torch.ones(3, 200).double())  # 200 runs at once
    optimizer, means = make([p], lr=1e-3, weight_decay=0.1), []
    for _ in range(2000):
        p.grad = sizes[:, None] * torch.randn(3, 200, dtype=torch.float64)
        optimizer.step()
        means.append(p.detach().mean(1))
    for n, look in enumerate(("C0-", "C1--", "C2:")):
        ax.plot(torch.stack(means)[:, n], look, label=f"noise {sizes[n]:g}")
    ax.set(title=make.__name__, xlabel="step", ylim=(0, 1.05))
    ends[make.__name__] = means[-1].tolist()
    print(f"{make.__name__:<6}", *(f"{end:.2f}" for end in ends[make.__name__]))
axes[0].set_ylabel("mean weight")
lines = axes[0].get_legend_handles_labels()
figure.legend(*lines, loc="outside lower center", ncols=3)
# --8<-- [end:scales]
assert all(abs(end - math.exp(-0.2)) < 0.005 for end in ends["AdamW"]) and ends["Adam"][0] < 0.25
assert abs(ends["Adam"][1] - math.exp(-0.2)) < 0.01 and abs(ends["Adam"][2] - math.exp(-0.02)) < 0.01


# --8<-- [start:units]
def left(lrs, weight_decay):
    p = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.AdamW([p], weight_decay=weight_decay)
    for lr in lrs:
        optimizer.param_groups[0]["lr"] = lr
        p.grad = torch.zeros_like(p)
        optimizer.step()
    return p.item()


print(f"lr 0.001, λ 0.1        {left([1e-3] * 1000, 0.1):.4f}")
print(f"lr 0.0001, λ 0.1       {left([1e-4] * 1000, 0.1):.4f}")
print(f"lr 0.0001, λ 1         {left([1e-4] * 1000, 1.0):.4f}")
falling = [1e-3 * (1 - s / 1000) for s in range(1000)]
print(f"lr 0.001 → 0, λ 0.1    {left(falling, 0.1):.4f}")
# --8<-- [end:units]
assert abs(left(falling, 0.1) - math.exp(-0.05)) < 1e-4 and round(math.log(2) / (1e-3 * 0.01), -2) == 69_300

# --8<-- [start:equilibrium]
torch.manual_seed(0)
p = nn.Parameter(torch.ones(3, 2000))
optimizer = torch.optim.AdamW([p], lr=0.01, weight_decay=1.0)
for _ in range(600):
    p.grad = sizes[:, None].float() * torch.randn(3, 2000)
    optimizer.step()
rms = p.detach().square().mean(1).sqrt()
print("rms", *(f"{r:.3f}" for r in rms), f" predicted {0.005**0.5:.3f}")
# --8<-- [end:equilibrium]
assert (rms / math.sqrt(0.01 / 2) - 1).abs().max() < 0.1


# --8<-- [start:groups]
def decay_groups(net, weight_decay):
    """Two groups: matrices and kernels decay, everything else does not."""
    decay, rest, seen = [], [], set()
    for module in net.modules():
        for p in module.parameters(recurse=False):
            if p not in seen:  # tied weights count once
                seen.add(p)
                table = isinstance(module, nn.Embedding)
                (rest if table or p.ndim < 2 else decay).append(p)
    return [{"params": decay, "weight_decay": weight_decay},
            {"params": rest, "weight_decay": 0.0}]


block = nn.TransformerEncoderLayer(d_model=64, nhead=4, dim_feedforward=256)
net = nn.Sequential(nn.Embedding(1000, 64), block, nn.Linear(64, 1000))
for group in decay_groups(net, 0.1):
    λ, counts = group["weight_decay"], [p.numel() for p in group["params"]]
    print(f"λ {λ}: {len(counts)} tensors, {sum(counts):,} numbers")
torch.optim.AdamW(decay_groups(net, 0.1))  # no parameter appears twice
# --8<-- [end:groups]
grouped = [p for group in decay_groups(net, 0.1) for p in group["params"]]
assert set(grouped) == set(net.parameters()) and len(grouped) == len(set(grouped))
net[2].weight = net[0].weight  # tied: the embedding is the output matrix
torch.optim.AdamW(decay_groups(net, 0.1))
assert net[0].weight in set(decay_groups(net, 0.1)[1]["params"]) and sum(p.numel() for p in grouped) == 178_984

# --8<-- [start:norm]
torch.manual_seed(0)
x, y = torch.randn(64, 8), torch.randn(64, 1)
layers = nn.Linear(8, 16, bias=False), nn.BatchNorm1d(16, affine=False)
net = nn.Sequential(*layers, nn.Linear(16, 1))
for factor in (1.0, 0.1):
    net[0].weight.data *= factor
    net.zero_grad()
    loss = F.mse_loss(net(x), y)
    loss.backward()
    norm = net[0].weight.grad.norm()
    print(f"weights × {factor:<3}  loss {loss:.3f}  gradient {norm:.3f}")
# --8<-- [end:norm]
w = net[0].weight
assert abs((w.grad * w).sum()) < 0.01 * w.grad.norm() * w.norm(), "the gradient is orthogonal to the weights"

pixels, labels = load_digits(return_X_y=True)
pixels, labels = torch.tensor(pixels / 16), torch.tensor(labels)


# --8<-- [start:data]
def test_loss(make, weight_decay, seed):
    torch.manual_seed(seed)
    order = torch.randperm(len(labels))
    train, test = order[:150], order[500:]
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).double()
    optimizer = make(net.parameters(), lr=0.005, weight_decay=weight_decay)
    for _ in range(300):
        optimizer.zero_grad()
        F.cross_entropy(net(pixels[train]), labels[train]).backward()
        optimizer.step()
    return F.cross_entropy(net(pixels[test]), labels[test]).item()


grid, found = (0, 0.001, 0.01, 0.1, 1, 10), {}
print("λ     ", *(f"{λ:>5g}" for λ in grid))
for make in (torch.optim.Adam, torch.optim.AdamW):
    runs = [[test_loss(make, λ, seed) for seed in (0, 1)] for λ in grid]
    found[make.__name__] = [sum(run) / 2 for run in runs]
    losses = found[make.__name__]
    print(f"{make.__name__:<6}", *(f"{loss:5.2f}" for loss in losses))
# --8<-- [end:data]
best = {name: grid[losses.index(min(losses))] for name, losses in found.items()}
assert best == {"Adam": 0.001, "AdamW": 1} and all(run[0] > min(run) and run[-1] > run[0] for run in found.values())
plt.show()

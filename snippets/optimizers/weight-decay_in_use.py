# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim

# --8<-- [end:imports]


# --8<-- [start:groups]
def decay_groups(net, weight_decay):
    """Two groups: matrices and kernels decay, everything else does not."""
    tables = [m.weight for m in net.modules() if isinstance(m, nn.Embedding)]
    spared = {id(table) for table in tables}
    decay, rest = [], []
    for parameter in net.parameters():  # tied weights come once
        if parameter.ndim >= 2 and id(parameter) not in spared:
            decay.append(parameter)
        else:
            rest.append(parameter)
    return [{"params": decay, "weight_decay": weight_decay},
            {"params": rest, "weight_decay": 0.0}]


block = nn.TransformerEncoderLayer(d_model=64, nhead=4, dim_feedforward=256)
net = nn.Sequential(nn.Embedding(1000, 64), block, nn.Linear(64, 1000))
print("λ    tensors  numbers")
for group in decay_groups(net, 0.1):
    counts = [parameter.numel() for parameter in group["params"]]
    print(f"{group['weight_decay']}  {len(counts):7}  {sum(counts):,}")
optimizer = torch.optim.AdamW(decay_groups(net, 0.1), lr=1e-3)
# --8<-- [end:groups]
grouped = [p for group in decay_groups(net, 0.1) for p in group["params"]]
assert {id(p) for p in grouped} == {id(p) for p in net.parameters()}, "every parameter is in a group"
assert len(grouped) == len({id(p) for p in grouped}), "no parameter is in two groups"
by_name = [p for name, p in net.named_parameters() if "bias" not in name]
norms = [m.weight for m in net.modules() if isinstance(m, nn.LayerNorm)]
assert {id(p) for p in norms} <= {id(p) for p in by_name}, "a selection by name decays the weights of LayerNorm"
assert {id(p) for p in norms} <= {id(p) for p in decay_groups(net, 0.1)[1]["params"]}, "a selection by ndim does not"
everything = optim.AdamW(net.parameters(), weight_decay=0.1).param_groups
assert len(everything) == 1, "torch excludes nothing by itself"
net[2].weight = net[0].weight  # tied: the embedding is the output matrix
tied = [id(p) for p in decay_groups(net, 0.1)[1]["params"]]
assert tied.count(id(net[0].weight)) == 1, "a tied matrix counts once, here as the embedding"
try:
    optim.AdamW([{"params": [net[0].weight]}, {"params": [net[2].weight]}])
    refused = ""
except ValueError as error:
    refused = str(error)
assert refused == "some parameters appear in more than one parameter group", "the message is quoted in full"

# --8<-- [start:scale]
torch.manual_seed(0)
layer_norm, batch = nn.LayerNorm(16), torch.randn(8, 16)
for factor in (1, 10):
    layer_norm.weight.data.fill_(factor)
    slope = torch.autograd.functional.jacobian(layer_norm, batch[0])
    print(f"scale {factor:2}: slope {torch.linalg.matrix_norm(slope, 2):.1f}")
# --8<-- [end:scale]
steep = torch.linalg.matrix_norm(slope, 2).item()
layer_norm.weight.data.fill_(1.0)
slope = torch.autograd.functional.jacobian(layer_norm, batch[0])
flat = torch.linalg.matrix_norm(slope, 2).item()
assert math.isclose(steep / flat, 10, rel_tol=1e-4), "ten times the scale makes the layer ten times as steep"

# --8<-- [start:norm]
torch.manual_seed(0)
inputs, targets = torch.randn(64, 8), torch.randn(64, 1)
first = nn.Linear(8, 16, bias=False)
behind = nn.Sequential(nn.BatchNorm1d(16, affine=False), nn.Linear(16, 1))
losses, norms = [], []
for factor in (1.0, 0.1):
    first.weight.data *= factor
    first.zero_grad()
    loss = F.mse_loss(behind(first(inputs)), targets)
    loss.backward()
    losses.append(loss.item())
    norms.append(first.weight.grad.norm().item())
    print(f"weights × {factor:<3}  loss {losses[-1]:.3f}  gradient {norms[-1]:.3f}")
# --8<-- [end:norm]
assert round(losses[0], 2) == round(losses[1], 2), "the loss is the same up to batch norm's eps"
assert round(norms[1] / norms[0]) == 10, "the gradient is ten times larger for weights a tenth as large"
first.weight.data *= 10
first.zero_grad()
F.mse_loss(behind(first(inputs)), targets).backward()
cosine = F.cosine_similarity(first.weight.grad.flatten(), first.weight.detach().flatten(), dim=0)
assert abs(cosine) < 0.001, "the gradient is orthogonal to the weights"

# --8<-- [start:digits]
pixels, labels = load_digits(return_X_y=True)
pixels, labels = torch.tensor(pixels / 16).float(), torch.tensor(labels)


def start(seed):
    """Weights of 64 → 32 → 10, and rows for training and for the test."""
    draw = torch.Generator().manual_seed(seed)
    first = torch.randn(64, 32, generator=draw) / 64**0.5
    second = torch.randn(32, 10, generator=draw) / 32**0.5
    order = torch.randperm(len(labels), generator=draw)
    return first, second, order[:100], order[500:]


def losses_of(weights, rows):
    """One loss for each of many networks, which are trained together."""
    hidden = (pixels[rows] @ weights[0]).relu()
    logits = hidden @ weights[1]
    each = F.cross_entropy(logits.mT, labels[rows], reduction="none")
    return each.mean(dim=-1)
# --8<-- [end:digits]


# --8<-- [start:data]
def test_losses(make, grid, seeds=range(5)):
    first, second, train, test = (
        torch.stack(parts) for parts in zip(*map(start, seeds), strict=True))
    groups = []
    for weight_decay in grid:
        weights = [nn.Parameter(first.clone()), nn.Parameter(second.clone())]
        groups.append({"params": weights, "weight_decay": weight_decay})
    optimizer = make(groups, lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        for group in groups:
            losses_of(group["params"], train).sum().backward()
        optimizer.step()
    with torch.no_grad():
        return torch.stack([losses_of(g["params"], test) for g in groups])


grid = (0, 0.001, 0.01, 0.1, 1, 10)
found = {"Adam": test_losses(optim.Adam, grid)}
found["AdamW"] = test_losses(optim.AdamW, grid)
print("λ     ", *(f" {λ:>5g}" for λ in grid))
for name, table in found.items():
    print(f"{name:6}", *(f" {loss:5.2f}" for loss in table.mean(dim=1)))
# --8<-- [end:data]
penalty, decay = found["Adam"], found["AdamW"]
assert (penalty.argmin(dim=0) == 1).all(), "the best λ is 0.001 for the penalty, in 5 of 5 seeds"
assert decay.mean(dim=1).argmin() == 4, "around 1 for decoupled decay: the mean is lowest at 1"
assert sorted({grid[n] for n in decay.argmin(dim=0).tolist()}) == [0.1, 1], "0.1 or 1 in each seed"
assert (penalty[1] < penalty[0]).all(), "the penalty at 0.001 improves on no decay, in 5 of 5 seeds"
assert (decay[4] < decay[0]).all(), "decoupled decay at 1 improves on no decay, in 5 of 5 seeds"
assert (penalty[3] > penalty[0]).all(), "the penalty at 0.1 is worse than none, in 5 of 5 seeds"
assert (decay[5] > decay[0]).all(), "decoupled decay at 10 is worse than none, in 5 of 5 seeds"
best_penalty, best_decay = penalty.amin(dim=0), decay.amin(dim=0)
assert (best_penalty < best_decay).any(), "in some seeds the penalty ends lower"
assert (best_decay < best_penalty).any(), "in some seeds the decay does"
assert round(math.log(10), 2) == round(penalty[5].mean().item(), 2), "2.30 is log 10: the network is gone"

# --8<-- [start:habits]
habits = {
    "torch's default for AdamW": (1e-3, 0.01),
    "transformer from scratch": (3e-4, 0.1),
    "fine-tuning, as in BERT": (2e-5, 0.01),
    "SGD on images, as in ResNet": (0.1, 1e-4),
}
print("habit                        η       λ       memory in steps")
for name, (lr, weight_decay) in habits.items():
    time = 1 / (lr * weight_decay)
    print(f"{name:27}  {lr:<6g}  {weight_decay:<6g}  {time:15,.0f}")
# --8<-- [end:habits]
assert 1 - math.exp(-0.1) < 0.1, "after a tenth of its time decay has taken less than 10 % off a weight"

# --8<-- [start:no-gradient]
for name in ("zero", "None"):
    weight = nn.Parameter(torch.ones(1))
    optimizer = optim.AdamW([weight], lr=0.1, weight_decay=0.5)
    if name == "zero":
        weight.grad = torch.zeros(1)
    optimizer.step()
    print(f"gradient {name:4}: 1 becomes {weight.item():.2f}")
# --8<-- [end:no-gradient]
assert weight.item() == 1, "a parameter whose grad is None is skipped"


# --8<-- [start:towards]
@torch.no_grad()
def decay_towards(parameters, anchors, amount):
    """Decoupled decay towards given values: call it after `step()`."""
    for parameter, anchor in zip(parameters, anchors, strict=True):
        parameter.lerp_(anchor, amount)  # amount = ηλ


layer = nn.Linear(2, 1)
pretrained = [parameter.detach().clone() for parameter in layer.parameters()]
layer.weight.data += 1.0
decay_towards(layer.parameters(), pretrained, amount=0.1)
distance = (layer.weight - pretrained[0]).abs().max().item()
print(f"a distance of 1 becomes {distance:.1f}")
# --8<-- [end:towards]
assert round(distance, 5) == 0.9, "a distance of 1 becomes 0.9"

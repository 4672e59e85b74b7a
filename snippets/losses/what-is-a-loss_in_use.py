# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:decay]
def after_one_step(optimizer_class, penalty=0.0, **options):
    theta = torch.tensor([2.0, -1.0], requires_grad=True)
    optimizer = optimizer_class([theta], lr=0.1, **options)
    loss = ((theta - 3) ** 2).sum() + penalty / 2 * (theta**2).sum()
    loss.backward()
    optimizer.step()
    return [round(value, 3) for value in theta.tolist()]


print("optimizer  by a penalty     by weight_decay")
for optimizer_class in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
    by_loss = after_one_step(optimizer_class, penalty=0.5, weight_decay=0)
    by_decay = after_one_step(optimizer_class, weight_decay=0.5)
    name = optimizer_class.__name__
    print(f"{name:9}  {by_loss!s:15}  {by_decay}")
# --8<-- [end:decay]
sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
assert after_one_step(sgd, 0.5) == after_one_step(sgd, weight_decay=0.5), "for SGD, yes"
assert after_one_step(adam, 0.5) == after_one_step(adam, weight_decay=0.5), "`Adam` does the same"
assert after_one_step(adam, 0.5) == after_one_step(adam), "and the first step hides the penalty completely"
assert after_one_step(adamw, weight_decay=0.5) != after_one_step(adamw, 0.5, weight_decay=0), "AdamW: no term"

# --8<-- [start:scale]
print("optimizer  loss times  step")
for optimizer_class in (torch.optim.SGD, torch.optim.Adam):
    for factor in (1, 10):
        theta = torch.tensor(2.0, requires_grad=True)
        optimizer = optimizer_class([theta], lr=0.01)
        (factor * (theta - 3) ** 2).backward()
        optimizer.step()
        step = theta.item() - 2
        print(f"{optimizer_class.__name__:9}  {factor:10}  {step:.4f}")
# --8<-- [end:scale]
assert abs(step - 0.01) < 1e-6, "Adam does not notice"


# --8<-- [start:data]
def data(seed):
    torch.manual_seed(seed)
    inputs = torch.randn(512, 5)
    targets = inputs.sum(dim=1, keepdim=True) + 0.5 * torch.randn(512, 1)
    return inputs, targets / targets.std(correction=0)  # variance 1


def network(seed, *last):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1), *last)


def train(model, inputs, targets, lr=0.05, steps=100):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for _ in range(steps):
        loss = (model(inputs) - targets).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()
# --8<-- [end:data]


# --8<-- [start:stuck]
ends = {}
for seed in range(5):
    inputs, targets = data(seed)
    shuffled = targets[torch.randperm(512)]
    runs = {
        "before training": train(network(seed), inputs, targets, steps=1),
        "as it should be": train(network(seed), inputs, targets),
        "targets of shape (512,)": train(network(seed), inputs, targets[:, 0]),
        "targets shuffled": train(network(seed), inputs, shuffled),
        "ReLU as the last layer": train(network(seed, nn.ReLU()), inputs, targets),
        "lr = 0.00001": train(network(seed), inputs, targets, lr=1e-5),
        "lr = 1": train(network(seed), inputs, targets, lr=1),
    }
    for name, loss in runs.items():
        ends.setdefault(name, []).append(loss)
print(f"{'training':24}", *(f" seed {seed}" for seed in range(5)))
for name, losses in ends.items():
    print(f"{name:24}", *(f"{loss:7.2f}" for loss in losses))
# --8<-- [end:stuck]
assert math.isclose(targets.var(correction=0), 1, rel_tol=1e-5), "the targets have variance 1"
noise = 0.25 / 5.25  # the variance of the noise, as a part of that of the targets
assert round(noise, 2) == 0.05, "the noise, 0.05, is the floor"
assert sum(round(loss, 2) in (0.04, 0.05) for loss in ends["as it should be"]) == 5, (
    "as it should be: 0.04 or 0.05, in 5 of 5 seeds"
)
assert sum(round(loss, 2) == 1 for loss in ends["targets of shape (512,)"]) == 5, "1.00, the variance, in 5 of 5 seeds"
assert sum(round(loss, 1) == 0.9 for loss in ends["targets shuffled"]) == 5, "shuffled: 0.9, in 5 of 5 seeds"
assert sum(loss > 0.4 for loss in ends["ReLU as the last layer"]) == 5, "never below 0.4, in 5 of 5 seeds"
kept = [end / start for end, start in zip(ends["lr = 0.00001"], ends["before training"], strict=True)]
assert sum(share > 0.95 for share in kept) == 5, "after 100 steps it has lost less than 5 %, in 5 of 5 seeds"
assert sum(math.isnan(loss) for loss in ends["lr = 1"]) == 5, "nan in 5 of 5 seeds"

# --8<-- [start:dropout]
def compare(seed):
    torch.manual_seed(seed)
    inputs = torch.randn(2048, 10)
    targets = inputs.sum(dim=1, keepdim=True)
    model = nn.Sequential(nn.Dropout(0.2), nn.Linear(10, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(100):
        loss = F.mse_loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    in_train_mode = F.mse_loss(model(inputs), targets).item()
    in_eval_mode = F.mse_loss(model.eval()(inputs), targets).item()
    return in_train_mode, in_eval_mode


pairs = [compare(seed) for seed in range(5)]
print("seed  train mode  eval mode")
for seed, (in_train_mode, in_eval_mode) in enumerate(pairs):
    print(f"{seed:<4}  {in_train_mode:10.1f}  {in_eval_mode:9.1f}")
# --8<-- [end:dropout]
# E[(Σ xᵢ − (w / 0.8) Σ mᵢ wᵢ xᵢ)²] for ten independent inputs, with a weight w and a mask m of mean 0.8
weight = torch.linspace(0, 1, 1001)
with_dropout = 10 * ((1 - weight) ** 2 + 0.25 * weight**2)
best = with_dropout.argmin()
assert math.isclose(weight[best], 0.8, rel_tol=1e-3), "the best weight is 0.8"
assert math.isclose(10 * (0.2**2 + 0.25 * 0.8**2), 2), "the loss with dropout is 10 (0.2² + 0.25 · 0.8²) = 2"
assert math.isclose(10 * 0.2**2, 0.4), "and without it 10 · 0.2² = 0.4"
assert 0.2 * 0.8 / 0.8**2 == 0.25, "0.25: the variance of a mask divided by 0.8"
assert sum(round(in_train_mode) == 2 for in_train_mode, _ in pairs) == 5, "train mode: 2, rounded, in 5 of 5 seeds"
assert sum(round(in_eval_mode, 1) == 0.4 for _, in_eval_mode in pairs) == 5, "eval mode: 0.4, in 5 of 5 seeds"

# --8<-- [start:negative]
error, variance = torch.tensor([0.01]), torch.tensor([0.001])
print(f"{F.gaussian_nll_loss(error, torch.zeros(1), variance).item():.2f}")
# --8<-- [end:negative]
density = torch.distributions.Normal(0, 0.001**0.5).log_prob(error).exp()
assert density > 1, "the density is above 1"

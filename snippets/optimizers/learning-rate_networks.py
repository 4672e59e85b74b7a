# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:train]
pixels, labels = load_digits(return_X_y=True)
x, y = torch.tensor(pixels[:1792] / 16).float(), torch.tensor(labels[:1792])


def network():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def batches(size):
    while True:
        for rows in torch.randperm(len(x)).split(size):
            yield x[rows], y[rows]


def train(model, optimizer, rates, size=64, reduction="mean"):
    losses = []
    for rate, (inputs, targets) in zip(rates, batches(size), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), targets, reduction=reduction)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
# --8<-- [end:train]


# --8<-- [start:range-test]
def range_test(make, low, high):
    torch.manual_seed(0)
    model = network()
    rates = np.geomspace(low, high, 84)  # one per step, for three epochs
    losses = train(model, make(model.parameters()), rates)
    return rates[2:-2], np.convolve(losses, [0.2] * 5, "valid")


def fixed_rate(make, rate, **options):
    torch.manual_seed(0)
    model = network()
    train(model, make(model.parameters()), [rate] * 84, **options)
    return F.cross_entropy(model(x), y).item()
# --8<-- [end:range-test]


# --8<-- [start:range-test-shown]
figure, axes = plt.subplots(1, 2, sharey=True, figsize=(5.5, 2.8))
kinds = (torch.optim.SGD, 1e-3, 10, 9), (torch.optim.Adam, 1e-5, 1, 11)
print("optimizer  lowest of test  best fixed rate")
for axis, (make, low, high, number) in zip(axes, kinds, strict=True):
    rates, losses = range_test(make, low, high)
    fixed = np.geomspace(low, high, number)
    finals = [fixed_rate(make, rate) for rate in fixed]
    axis.plot(rates, losses, label="range test: loss on the way")
    axis.plot(fixed, finals, "o--", label="fixed rate: loss after 3 epochs")
    axis.set(title=make.__name__, xscale="log", xlabel="η", ylim=(0, 3))
    lowest, best = rates[losses.argmin()], fixed[np.argmin(finals)]
    print(f"{make.__name__:9}  {lowest:15.2g}  {best:15.2g}")
figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center")
# --8<-- [end:range-test-shown]


class Many(nn.Module):
    """Networks of several seeds and rates side by side; each is its own slice of every weight."""

    def __init__(self, make, copies, seeds=5):
        super().__init__()
        models = []
        for seed in range(seeds):
            torch.manual_seed(seed)
            models += [make()] * copies  # copies of the same start
        layers = [[m for m in model.modules() if isinstance(m, nn.Linear)] for model in models]
        pairs = list(zip(*layers, strict=True))
        self.weights = nn.ParameterList(torch.stack([layer.weight.detach().mT for layer in same]) for same in pairs)
        self.biases = nn.ParameterList(torch.stack([layer.bias.detach()[None] for layer in same]) for same in pairs)

    def forward(self, inputs):
        for weight, bias in zip(self.weights, self.biases, strict=True):
            outputs = torch.baddbmm(bias, inputs.expand(len(weight), -1, -1), weight)
            inputs = outputs.relu()
        return outputs

    def losses(self, inputs, targets):
        logits = self(inputs).transpose(1, 2)
        return F.cross_entropy(logits, targets.expand(len(logits), -1), reduction="none").mean(dim=1)


def train_many(model, rates, size=64, adam=False, seed=0):
    """rates[step] are the rates of all networks; their losses on the way."""
    torch.manual_seed(100 + seed)
    m, v, losses = [torch.zeros(())] * 9, [torch.zeros(())] * 9, []
    for step, (rate, (inputs, targets)) in enumerate(zip(rates, batches(size), strict=False), start=1):
        loss = model.losses(inputs, targets)
        gradients = torch.autograd.grad(loss.sum(), list(model.parameters()))
        with torch.no_grad():
            for i, (p, g) in enumerate(zip(model.parameters(), gradients, strict=True)):
                if adam:
                    m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.999 * v[i] + 0.001 * g * g
                    g = m[i] / (1 - 0.9**step) / ((v[i] / (1 - 0.999**step)).sqrt() + 1e-8)
                p -= rate[:, None, None] * g
        losses.append(loss.detach())
    return torch.stack(losses)


best = {}
for make, low, high, number in kinds:
    adam = make is torch.optim.Adam
    fixed = torch.tensor(np.geomspace(low, high, number)).float()
    many = Many(network, copies=number)
    train_many(many, [fixed.repeat(5)] * 84, adam=adam)
    finals = many.losses(x, y).detach().view(5, number).nan_to_num(math.inf)
    best[make] = fixed[finals.argmin(dim=1)]
    rates = torch.tensor(np.geomspace(low, high, 84)).float()
    losses = train_many(Many(network, copies=1), rates[:, None].expand(-1, 5), adam=adam)
    smooth = losses.unfold(0, 5, 1).mean(dim=-1).nan_to_num(math.inf)
    ratio = rates[smooth.argmin(dim=0) + 2] / best[make]
    assert ratio.max() < 4, "the two minima agree within a factor of 4 in 5 of 5 seeds"
    assert ratio.min() > 1 / 4, "the two minima agree within a factor of 4, from below, in 5 of 5 seeds"
ratio = best[torch.optim.SGD] / best[torch.optim.Adam]
assert ratio.min().round() >= 10, "SGD and Adam differ by a factor of 10 or more in their best rate, in 5 of 5 seeds"


# --8<-- [start:reduction]
print("optimizer  η     loss, mean  loss, sum  sum, η / 64")
results = {}
for make, rate in ((torch.optim.SGD, 0.3), (torch.optim.Adam, 0.01)):
    mean = fixed_rate(make, rate)
    total = fixed_rate(make, rate, reduction="sum")
    divided = fixed_rate(make, rate / 64, reduction="sum")
    print(f"{make.__name__:9}  {rate:<4}  {mean:10.2f}", end="")
    print(f"  {total:9.2f}  {divided:11.2f}")
    results[make.__name__] = [round(loss, 2) for loss in (mean, total, divided)]
# --8<-- [end:reduction]
assert results["SGD"][0] == results["SGD"][2], "SGD with the sum needs the rate divided by 64"
assert results["SGD"][1] > 2 * results["SGD"][0], "without the division SGD ends at more than twice the loss"
assert results["Adam"][0] == results["Adam"][1], "Adam trains the same way with either"
assert results["Adam"][2] > 10 * results["Adam"][0], "dividing its rate leaves more than ten times the loss"

# --8<-- [start:ratio]
print("optimizer  η        W₁     b₁     W₂     b₂")
for make, rate in ((torch.optim.SGD, 0.3), (torch.optim.Adam, 0.01)):
    torch.manual_seed(0)
    model = network()
    optimizer = make(model.parameters())
    train(model, optimizer, [rate] * 28)
    before = [p.detach().clone() for p in model.parameters()]
    train(model, optimizer, [rate])
    for_each = zip(model.parameters(), before, strict=True)
    moved = [((p - old).norm() / old.norm()).item() for p, old in for_each]
    print(f"{make.__name__:9}  {rate:<4}", *(f" {ratio:.3f}" for ratio in moved))
# --8<-- [end:ratio]
for seed in range(5):
    for make, rate in ((torch.optim.SGD, 0.3), (torch.optim.Adam, 0.01)):
        torch.manual_seed(seed)
        model = network()
        optimizer = make(model.parameters())
        train(model, optimizer, [rate] * 28)
        before = [p.detach().clone() for p in model.parameters()]
        train(model, optimizer, [rate])
        assert optimizer.state_dict()["param_groups"][0]["lr"] == rate, "step 29 of the runs with good rates"
        ratios = [((p - old).norm() / old.norm()).item() for p, old in zip(model.parameters(), before, strict=True)]
        assert min(ratios) > 0.01, "with good rates each tensor moves by more than 0.01, in 5 of 5 seeds"
        assert max(ratios) < 0.2, "with good rates each tensor moves by less than 0.2, in 5 of 5 seeds"

torch.manual_seed(0)
model = network()
start = [p.detach().clone() for p in model.parameters()]
optimizer = torch.optim.Adam(model.parameters())
train(model, optimizer, [0.0] * 9)
assert all(map(torch.equal, model.parameters(), start)), "with lr=0 the weights stay, to the bit"
state = optimizer.state[next(model.parameters())]
assert state["step"] == 9, "Adam's step count advances"
assert state["exp_avg"].abs().sum() > 0, "Adam's averages advance"
plt.show()

import math

# --8<-- [start:effective]
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
labels = torch.arange(100) % 10
inputs = torch.randn(10, 32)[labels] + 1.1 * torch.randn(100, 32)


def normed(weight):
    return F.layer_norm(inputs @ weight, (32,), eps=0)


found = {}
for a in (1, 10):
    weight = (a * torch.eye(32)).requires_grad_()
    loss = F.cross_entropy(normed(weight)[:, :10], labels)
    (grad,) = torch.autograd.grad(loss, weight)
    relative = grad.norm() / weight.norm()
    print(f"{a:2} W: loss {loss:.4f}, gradient norm {grad.norm():.4f}", end="")
    print(f" = {relative:.5f} × norm of W")
    found[a] = normed(weight), grad, relative
# --8<-- [end:effective]
assert torch.allclose(found[1][0], found[10][0], atol=1e-5), "the output forgets a"
assert torch.allclose(found[1][1], 10 * found[10][1], atol=1e-5), "the gradient at aW is 1/a of that at W"
assert abs(found[1][2] / found[10][2] - 100) < 0.1, "with SGD the step relative to the weight is 1/a² as large"


def descend(scale, lr, steps=20):
    weight = (scale * torch.eye(32, dtype=torch.float64)).requires_grad_()
    optimizer = torch.optim.SGD([weight], lr)
    for _ in range(steps):
        output = F.layer_norm(inputs.double() @ weight, (32,), eps=0)
        loss = F.cross_entropy(output[:, :10], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss


assert abs(descend(10, 100) - descend(1, 1)) < 1e-9, "10 W with 100 η has the same loss as W with η, after 20 steps"
assert descend(1, 1) < 0.9 * descend(1, 1, steps=1), "and it is a path that leads down"


# --8<-- [start:train]
def train(weights, activation, optimizer, inputs, labels, steps):
    losses = []
    for _ in range(steps):
        hidden = inputs
        for weight in weights[:-1]:
            hidden = activation(hidden @ weight)
        scores = (hidden @ weights[-1]).mT
        targets = labels.expand(len(scores), -1)
        loss = F.cross_entropy(scores, targets, reduction="none").mean(1)
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)
# --8<-- [end:train]


# --8<-- [start:norm]
def layer_norm_relu(hidden):
    return torch.relu(F.layer_norm(hidden, (32,)))


def sweep(scales, activation, rule, lr):
    hidden = (2 / 32) ** 0.5 * torch.randn(6, 1, 5, 32, 32)  # 6 layers, 5 seeds
    scaled = scales.view(7, 1, 1, 1) * hidden
    weights = [*scaled.flatten(1, 2), torch.zeros(35, 32, 10)]  # 7 × 5 networks
    optimizer = rule([weight.requires_grad_() for weight in weights], lr)
    losses = train(weights, activation, optimizer, inputs, labels, steps=60)
    return losses[-1].nan_to_num(99).view(7, 5)  # 99: it overflowed
# --8<-- [end:norm]


# --8<-- [start:norm-figure]
scales = 2.0 ** torch.arange(-6, 7, 2)
figure, panels = plt.subplots(1, 2, figsize=(5.5, 2.9), sharey=True)
rules = (torch.optim.SGD, 0.1), (torch.optim.Adam, 3e-3)
networks = ("plain", torch.relu), ("layer norm", layer_norm_relu)
final = {}
for axes, (rule, lr) in zip(panels, rules, strict=True):
    for color, (name, activation) in zip(("C1", "C0"), networks, strict=True):
        losses = final[rule, name] = sweep(scales, activation, rule, lr)
        axes.plot(scales.log2(), losses, color + ".")
        axes.plot(scales.log2(), losses.median(1).values, color, label=name)
    axes.set(title=rule.__name__, xlabel="log₂ (weights / Kaiming)")
plt.setp(panels, xticks=range(-6, 7, 2), ylim=(0, 2.6))
panels[0].set_ylabel("loss after 60 steps")
panels[1].legend(loc="upper right")
# --8<-- [end:norm-figure]
SGD, Adam = torch.optim.SGD, torch.optim.Adam
learns = {key: (losses < 2.2).sum(0) for key, losses in final.items()}  # scales, for each of the 5 seeds
assert round(math.log(10), 1) == 2.3, "chance is log 10 = 2.3"
assert (learns[SGD, "plain"] == 1).all(), "SGD without norm: below 2.2 at one scale of the seven, in 5 of 5 seeds"
assert (final[SGD, "plain"][3] < 2.2).all(), "and that scale is Kaiming's"
assert (learns[SGD, "layer norm"] >= 6).all(), "SGD with the norm: below 2.2 at six or seven, in 5 of 5 seeds"
assert (final[SGD, "layer norm"].argmin(0) == 2).all(), "lowest at a quarter of Kaiming's, in 5 of 5 seeds"
assert (final[SGD, "layer norm"][-1] > 1.8).all(), "at 64 times Kaiming the loss is still above 1.8 in 5 of 5 seeds"
assert set(learns[Adam, "plain"].tolist()) == {4, 5}, "Adam without norm: below 2.2 at four or five scales"
assert (final[Adam, "plain"][-1] > 1000).all(), "at 64 times Kaiming its loss is above 1000 in 5 of 5 seeds"
assert (learns[Adam, "layer norm"] == 7).all(), "Adam with the norm: below 2.2 at all seven, in 5 of 5 seeds"
for rule in (SGD, Adam):
    plain, normed = final[rule, "plain"][3], final[rule, "layer norm"][3]
    assert (plain < normed).all(), "at Kaiming's own scale the plain network fits better, in 5 of 5 seeds"


# --8<-- [start:blocks]
class Residual(nn.Module):
    def __init__(self, branch):
        super().__init__()
        self.branch = branch

    def forward(self, x):
        return x + self.branch(x)


def block(norm):
    return nn.Sequential(nn.Linear(256, 256, bias=False), norm(256), nn.ReLU())
# --8<-- [end:blocks]


# --8<-- [start:batch-norm]
kinds = {
    "layer norm": lambda: block(nn.LayerNorm),
    "batch norm": lambda: block(nn.BatchNorm1d),
    "batch norm, residual": lambda: Residual(block(nn.BatchNorm1d)),
}
grown = {}
print("block                 gradient  per layer")
for name, kind in kinds.items():
    network = nn.Sequential(*(kind() for _ in range(50)))
    start, slope = torch.randn(2, 256, 256)
    output = network(start.requires_grad_())
    (grad,) = torch.autograd.grad(output, start, slope)
    grown[name] = (grad.norm() / slope.norm()).item()
    print(f"{name:20}  × {grown[name]:<6.2g}  × {grown[name] ** 0.02:.2f}")
# --8<-- [end:batch-norm]
factor = math.pi / (math.pi - 1)
assert round(factor, 2) == 1.47, "π/(π − 1) is about 1.47"
assert round(factor**0.5, 2) == 1.21, "which is 1.21 in size"
assert 1.17 < grown["batch norm"] ** 0.02 < factor**0.5, "the measured factor lies between 1.17 and 1.21 per layer"
assert grown["batch norm"] > 1000, "thousands in all"
assert grown["batch norm, residual"] < 20, "with residual connections the gradient grows less than twentyfold"
assert 0.95 < grown["layer norm"] ** 0.02 < 1.05, "layer norm: the factor per layer is 1 within 5%"
normal = torch.randn(10**6)
variance = torch.relu(normal).var()
assert abs(variance - (1 / 2 - 1 / (2 * math.pi))) < 0.002, "relu of a standard normal number has variance 1/2 − 1/(2π)"

pre, weight = nn.LayerNorm(32), torch.randn(32, 32)
twice = pre(inputs) @ (2 * weight)
assert torch.allclose(twice, 2 * (pre(inputs) @ weight)), "behind a pre-norm, twice the weights give twice the output"
plt.show()

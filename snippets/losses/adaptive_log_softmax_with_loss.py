# --8<-- [start:from-scratch]
import itertools
import warnings
from collections import namedtuple

import matplotlib.pyplot as plt
import torch
from torch import nn

Result = namedtuple("Result", ["output", "loss"])


def log_softmax(x):
    x = x - x.detach().amax(1, keepdim=True)  # the largest becomes 0, and no exp overflows
    return x - x.exp().sum(1, keepdim=True).log()
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-layers]
class Clusters(nn.Module):
    def __init__(
        self, in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None
    ):
        super().__init__()
        cutoffs, made = list(cutoffs), {"device": device, "dtype": dtype}
        increasing = cutoffs == sorted({int(cutoff) for cutoff in cutoffs})
        if not cutoffs or not increasing or not 0 < cutoffs[0] <= cutoffs[-1] < n_classes:
            raise ValueError("cutoffs must be increasing integers between 1 and n_classes − 1")
        self.cutoffs, self.words = [*cutoffs, n_classes], cutoffs[0]
        self.head = nn.Linear(in_features, self.words + len(cutoffs), bias=head_bias, **made)
        self.tail = nn.ModuleList()
        for i, (low, high) in enumerate(itertools.pairwise(self.cutoffs), 1):
            width = int(in_features // div_value**i)  # less and less room for rarer classes
            down = nn.Linear(in_features, width, bias=False, **made)
            self.tail.append(nn.Sequential(down, nn.Linear(width, high - low, bias=False, **made)))
# --8<-- [end:from-scratch-layers]


# --8<-- [start:from-scratch-loss]
class AdaptiveLogSoftmaxWithLoss(Clusters):
    def forward(self, input, target):
        x, y = (input, target) if target.dim() else (input.unsqueeze(0), target.unsqueeze(0))
        if x.dim() != 2 or x.shape[:1] != y.shape or ((y < 0) | (y >= self.cutoffs[-1])).any():
            raise RuntimeError("needs (N, in_features) and N classes below n_classes")
        cluster = sum((y >= cutoff).long() for cutoff in self.cutoffs)  # 0 is the head
        column = y.where(cluster == 0, self.words + cluster - 1)  # of the head: the word, or its cluster
        output = log_softmax(self.head(x)).gather(1, column.unsqueeze(1)).squeeze(1)
        for i, tail in enumerate(self.tail, 1):
            rows = (cluster == i).nonzero().squeeze(1)  # only the samples whose class lives here
            if len(rows):
                own = (y[rows] - self.cutoffs[i - 1]).unsqueeze(1)  # counted inside the cluster
                output = output.index_add(0, rows, log_softmax(tail(x[rows])).gather(1, own).squeeze(1))
        return Result(output.reshape(target.shape), -output.mean())

    def log_prob(self, input):  # of all classes: (N, n_classes)
        head = log_softmax(self.head(input))
        tails = (head[:, self.words + i, None] + log_softmax(t(input)) for i, t in enumerate(self.tail))
        return torch.cat([head[:, : self.words], *tails], 1)

    def predict(self, input):
        return self.log_prob(input).argmax(1)
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
worst = 0.0
for div_value, head_bias, cutoffs in itertools.product((1.0, 2.0, 2.5), (False, True), ([5], [3, 10, 19])):
    options = (16, 20, cutoffs, div_value, head_bias, None, torch.float64)
    models = []
    for kind in (AdaptiveLogSoftmaxWithLoss, nn.AdaptiveLogSoftmaxWithLoss):
        torch.manual_seed(0)
        models.append(kind(*options))  # the same layers in the same order: the same weights
    x, y = torch.randn(40, 16, dtype=torch.float64), torch.randint(20, (40,))
    compared = []
    for model in models:
        output, loss = model(x, y)
        loss.backward()
        compared.append([output, loss, model.log_prob(x), *(p.grad for p in model.parameters())])
    worst = max(worst, *((a - b).abs().max().item() for a, b in zip(*compared, strict=True)))
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12 and torch.equal(*(model.predict(x) for model in models))
assert models[0].state_dict().keys() == models[1].state_dict().keys()

# --8<-- [start:example]
model = nn.AdaptiveLogSoftmaxWithLoss(4, n_classes=4, cutoffs=[2])  # head: 0, 1, cluster; cluster: 2, 3
with torch.no_grad():
    model.head.weight[:, 0] = torch.tensor([0.5, 0.25, 0.25]).log()
    model.tail[0][0].weight[:] = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    model.tail[0][1].weight[:, 0] = torch.tensor([0.8, 0.2]).log()
x, y = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(2, 1), torch.tensor([0, 3])
output, loss = model(x, y)
print("probabilities", [round(p, 4) for p in model.log_prob(x)[0].exp().tolist()])
print("output", [round(v, 4) for v in output.tolist()], f"loss {loss:.4f}")
# --8<-- [end:example]
assert torch.allclose(output.exp(), torch.tensor([0.5, 0.05])) and torch.isclose(loss, -output.mean())

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 121, requires_grad=True)  # logit of the cluster; the one word of the head has 0
head = torch.stack([torch.zeros_like(z), z], 1).log_softmax(1)
figure, (left, right) = plt.subplots(1, 2)
inside = torch.tensor(0.25).log()  # a class that has one quarter of its cluster
curves = ("word", -head[:, 0]), ("alone", -head[:, 1]), ("1 of 4", -head[:, 1] - inside)
for color, (name, loss) in zip(("C0", "C1", "C2"), curves, strict=True):
    (slope,) = torch.autograd.grad(loss.sum(), z, retain_graph=True)
    left.plot(z.detach(), loss.detach(), color)
    left.text(3.1, loss[-1].item(), name, color=color, va="center")
    right.plot(z.detach(), slope, color, linestyle="--" if color == "C2" else "-")
left.set(title="loss", xlabel="logit of the cluster", xticks=range(-3, 4))
right.set(title="gradient", xlabel="logit of the cluster", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.allclose(slope, torch.sigmoid(z) - 1, atol=1e-6)

# --8<-- [start:cutoffs]
model = nn.AdaptiveLogSoftmaxWithLoss(64, n_classes=10_000, cutoffs=[10, 100, 1000])
print("head", tuple(model.head.weight.shape), "tails", [tuple(w.weight.shape) for t in model.tail for w in t])
x = torch.randn(4, 64)
for classes in ([0, 9], [10, 99], [100, 999], [1000, 9999]):
    model.zero_grad()
    model(x[:2], torch.tensor(classes)).loss.backward()
    print(classes, "tail", [i for i, t in enumerate(model.tail) if t[0].weight.grad is not None] or "none")
# --8<-- [end:cutoffs]
assert [tail[0].out_features for tail in model.tail] == [16, 4, 1] and model.head.out_features == 10 + 3

# --8<-- [start:cost]
often, ratios = 1 / torch.arange(1, 10_001), []  # Zipf: the k-th most frequent class occurs 1 / k as often
print("full softmax: 640000 weights, all used for every sample")
for cutoffs, div_value in zip([[1000, 4000]] * 3 + [[100, 1000]], (1.0, 2.0, 4.0, 4.0), strict=True):
    model = nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs, div_value)
    weights = sum(p.numel() for p in model.parameters())
    used = []  # of them, by a sample on average
    for share in (often / often.sum(), torch.full((10_000,), 1e-4)):  # labels sorted, labels shuffled
        rare = [share[low:high].sum() for low, high in itertools.pairwise(model.cutoffs)]
        sizes = [sum(p.numel() for p in tail.parameters()) for tail in model.tail]
        used.append(model.head.weight.numel() + sum(p * n for p, n in zip(rare, sizes, strict=True)))
    ratios.append((used[1] / used[0]).item())
    print(f"{cutoffs!s:12} div_value {div_value}: {weights}, used {used[0]:.0f}, shuffled ×{ratios[-1]:.1f}")
# --8<-- [end:cost]
assert 64 * 10_000 == 640_000 and used[0] < 640_000 / 20 and [round(r, 1) for r in ratios] == [2.8, 1.7, 1.3, 2.2]

# --8<-- [start:log-prob]
torch.manual_seed(0)
model = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 10], div_value=2.0, head_bias=True)
x, y = torch.randn(6, 16), torch.tensor([0, 4, 5, 9, 10, 19])
output, loss = model(x, y)
full = model.log_prob(x)  # (6, 20)
print("probabilities add up to", round(full.exp().sum(1).mean().item(), 4))
print("output is log_prob at the target:", torch.allclose(output, full.gather(1, y[:, None])[:, 0]))
print("loss is nll_loss of log_prob:", torch.isclose(loss, nn.functional.nll_loss(full, y)).item())
print("predict is the argmax:", torch.equal(model.predict(x), full.argmax(1)), tuple(model.head.bias.shape))
# --8<-- [end:log-prob]
assert torch.allclose(output, full.gather(1, y[:, None])[:, 0]) and torch.isclose(loss, -output.mean())

# --8<-- [start:padding]
x, y = torch.randn(2, 3, 16), torch.tensor([[4, 12, 7], [1, -100, -100]])  # (N, T, features) and (N, T)
for inputs, targets in ((x, y), (x.flatten(0, 1), y.flatten())):
    try:
        model(inputs, targets)
    except RuntimeError as error:
        print("error:", error)
real = y != -100
output, loss = model(x[real], y[real])  # (4, 16) and (4): flattened and filtered
print(f"mean {loss:.4f}, sum {-output.sum():.4f}, none", tuple(output.shape))
# --8<-- [end:padding]
assert output.shape == (4,) and torch.isclose(loss, -output.sum() / 4)

# --8<-- [start:range]
for target in (19, 20):
    try:
        print(target, model(torch.zeros(1, 16), torch.tensor([target])).output.shape)
    except RuntimeError as error:
        print(target, error)
# --8<-- [end:range]

# --8<-- [start:no-width]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = nn.AdaptiveLogSoftmaxWithLoss(32, 10_000, [10, 100, 1000])
print(caught[0].message)
print("widths", [tail[0].out_features for tail in model.tail])
inside = model.log_prob(torch.randn(5, 32))[:, 1000:].softmax(1)
print(f"classes 1000 to 9999, inside their cluster: {inside.min():.7f} to {inside.max():.7f}")
# --8<-- [end:no-width]
assert torch.allclose(inside, torch.tensor(1 / 9000), rtol=1e-4) and model.tail[2][0].out_features == 0

# --8<-- [start:autocast]
model, x, y = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5]), torch.randn(4, 16), torch.tensor([0, 1, 2, 7])
with torch.autocast("cpu", dtype=torch.bfloat16):
    try:
        model(x, y)
    except RuntimeError as error:
        print(error)
    model(x, 0 * y)  # no target in the tail, no error
    with torch.autocast("cpu", enabled=False):
        print(model(x.float(), y).loss.dtype)
# --8<-- [end:autocast]
plt.show()

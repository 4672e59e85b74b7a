# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.AdaptiveLogSoftmaxWithLoss(64, n_classes=10_000, cutoffs=[100, 1000])
features, classes = torch.randn(2, 64), torch.tensor([7, 5000])
output, loss = model(features, classes)
print(f"log p {output[0]:.2f} and {output[1]:.2f}, loss {loss:.2f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
from collections import namedtuple

import matplotlib.pyplot as plt

# --8<-- [end:imports]
assert torch.isclose(loss, -output.mean()), "their mean, with the sign changed, is the loss"


# --8<-- [start:from-scratch]
Result = namedtuple("Result", ["output", "loss"])


def log_softmax(x):
    x = x - x.detach().amax(1, keepdim=True)  # the largest is 0: no exp overflows
    return x - x.exp().sum(1, keepdim=True).log()
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-layers]
class Clusters(nn.Module):
    def __init__(
        self, in_features, n_classes, cutoffs,
        div_value=4.0, head_bias=False, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        cutoffs, made = list(cutoffs), dict(device=device, dtype=dtype)
        increasing = cutoffs == sorted({int(cutoff) for cutoff in cutoffs})
        if not cutoffs or not increasing:
            raise ValueError("cutoffs must be increasing integers")
        if cutoffs[0] < 1 or cutoffs[-1] >= n_classes:
            raise ValueError("cutoffs must lie between 1 and n_classes − 1")
        self.cutoffs = [*cutoffs, n_classes]
        self.words = cutoffs[0]  # the classes of the head
        outputs = self.words + len(cutoffs)
        self.head = nn.Linear(in_features, outputs, bias=head_bias, **made)
        self.tail = nn.ModuleList()
        for i, (low, high) in enumerate(itertools.pairwise(self.cutoffs), 1):
            width = int(in_features // div_value**i)  # less room for rarer classes
            down = nn.Linear(in_features, width, bias=False, **made)
            up = nn.Linear(width, high - low, bias=False, **made)
            self.tail.append(nn.Sequential(down, up))
# --8<-- [end:from-scratch-layers]


# --8<-- [start:from-scratch-classes]
class AllClasses(Clusters):
    def log_prob(self, input):  # (N, n_classes)
        head = log_softmax(self.head(input))
        parts = [head[:, : self.words]]
        for i, tail in enumerate(self.tail):
            cluster = head[:, self.words + i].unsqueeze(1)
            parts.append(cluster + log_softmax(tail(input)))
        return torch.cat(parts, dim=1)

    def predict(self, input):
        return self.log_prob(input).argmax(1)
# --8<-- [end:from-scratch-classes]


# --8<-- [start:from-scratch-loss]
class AdaptiveLogSoftmaxWithLoss(AllClasses):
    def forward(self, input, target):
        x, y = torch.atleast_2d(input), torch.atleast_1d(target)
        in_range = ((y >= 0) & (y < self.cutoffs[-1])).all()
        fits = input.dim() == target.dim() + 1 and x.shape[:1] == y.shape
        if not (fits and in_range):
            raise RuntimeError("needs (N, in_features), N classes below n_classes")
        cluster = sum((y >= cutoff).long() for cutoff in self.cutoffs)  # 0: head
        column = y.where(cluster == 0, self.words + cluster - 1)  # of the head
        output = log_softmax(self.head(x)).gather(1, column[:, None])[:, 0]
        for i, tail in enumerate(self.tail, 1):
            rows = (cluster == i).nonzero()[:, 0]  # whose class is in this cluster
            if len(rows):
                own = y[rows] - self.cutoffs[i - 1]  # counted inside the cluster
                inside = log_softmax(tail(x[rows])).gather(1, own[:, None])[:, 0]
                output = output.index_add(0, rows, inside)
        return Result(output.reshape(target.shape), -output.mean())
# --8<-- [end:from-scratch-loss]


# --8<-- [start:equal]
def results(kind, cutoffs, div_value, head_bias):
    torch.manual_seed(0)  # the same layers in the same order: the same weights
    model = kind(16, 20, cutoffs, div_value, head_bias, dtype=torch.float64)
    x, y = torch.randn(40, 16, dtype=torch.float64), torch.randint(20, (40,))
    output, loss = model(x, y)
    loss.backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    return [output, loss, model.log_prob(x), model.predict(x), *gradients]


worst = 0.0
div_values, cutoff_lists = (1.0, 2.0, 2.5), ([5], [3, 10, 19])
for options in itertools.product(cutoff_lists, div_values, (False, True)):
    ours = results(AdaptiveLogSoftmaxWithLoss, *options)
    library = results(nn.AdaptiveLogSoftmaxWithLoss, *options)
    for one, other in zip(ours, library, strict=True):
        worst = max(worst, (one - other).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "outputs, loss, all probabilities and the gradient of every weight equal the library's"
ours, library = AdaptiveLogSoftmaxWithLoss(16, 20, [5, 9]), nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 9])
assert ours.state_dict().keys() == library.state_dict().keys(), "with its names, so that a `state_dict` fits both"
assert library.div_value == 4.0, "div_value=4.0 is the default"

# --8<-- [start:example]
model = nn.AdaptiveLogSoftmaxWithLoss(4, n_classes=4, cutoffs=[2])
with torch.no_grad():  # the head has the classes 0 and 1, the cluster 2 and 3
    model.head.weight[:, 0] = torch.tensor([0.5, 0.25, 0.25]).log()
    model.tail[0][0].weight[:] = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    model.tail[0][1].weight[:, 0] = torch.tensor([0.8, 0.2]).log()
x = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(2, 1)
y = torch.tensor([0, 3])
output, loss = model(x, y)
print("probabilities", [round(p, 4) for p in model.log_prob(x)[0].exp().tolist()])
print("output", [round(value, 4) for value in output.tolist()], f"loss {loss:.4f}")
# --8<-- [end:example]
assert round(output[1].exp().item(), 4) == 0.25 * 0.2, "class 3 has 0.25 · 0.2 = 0.05"
assert round(loss.item(), 4) == 1.8444, "−(log 0.5 + log 0.05) / 2 = 1.8444"
assert torch.isclose(loss, -(output[0] + output[1]) / 2), "the loss of the targets 0 and 3"

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 121, requires_grad=True)  # logit of the cluster
head = torch.stack([torch.zeros(121), z], dim=1).log_softmax(1)  # the word has 0
quarter = torch.tensor(0.25).log()  # a class that has one quarter of its cluster
curves = (
    ("C0", "-", "word", -head[:, 0]),
    ("C1", "-", "alone", -head[:, 1]),
    ("C2", "--", "1 of 4", -head[:, 1] - quarter),
)
figure, (left, right) = plt.subplots(1, 2)
for color, style, name, loss in curves:
    (slope,) = torch.autograd.grad(loss.sum(), z, retain_graph=True)
    left.plot(z.detach(), loss.detach(), color)
    left.text(3.1, loss[-1].item(), name, color=color, va="center")
    right.plot(z.detach(), slope, color, linestyle=style)
left.set(title="loss", xlabel="logit of the cluster", xticks=range(-3, 4))
right.set(title="gradient", xlabel="logit of the cluster", xticks=range(-3, 4))
# --8<-- [end:curves]
(alone,) = torch.autograd.grad(-head[:, 1].sum(), z)
assert torch.allclose(slope, alone), "what happens inside the cluster shifts the loss by a constant"

# --8<-- [start:cutoffs]
model = nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs=[10, 100, 1000])
print("head", tuple(model.head.weight.shape))
for down, up in model.tail:
    print("tail", tuple(down.weight.shape), tuple(up.weight.shape))
x = torch.randn(2, 64)
for classes in ([0, 9], [10, 99], [100, 999], [1000, 9999]):
    model.zero_grad()
    model(x, torch.tensor(classes)).loss.backward()
    gradients = [up.weight.grad for down, up in model.tail]
    used = [i for i, gradient in enumerate(gradients) if gradient is not None]
    print(f"classes {classes} use tail", used or "none")
# --8<-- [end:cutoffs]
assert model.head.out_features == 10 + 3, "the head has 10 + 3 outputs"
assert used == [2], "a tail without a target in the batch keeps `grad = None`"


def refuses(cutoffs):
    try:
        nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs)
    except ValueError:
        return True
    return False


assert not refuses([1, 9_999]), "each must lie between 1 and `n_classes` − 1"
assert refuses([0, 100]), "not below 1"
assert refuses([100, 10_000]), "`n_classes` is not one of the cutoffs"


# --8<-- [start:cost]
def size(module):
    return sum(parameter.numel() for parameter in module.parameters())


def used_by_a_sample(model, share):  # how many weights, on average
    clusters = itertools.pairwise(model.cutoffs)
    rare = [share[low:high].sum().item() for low, high in clusters]
    tails = zip(rare, model.tail, strict=True)
    return size(model.head) + sum(part * size(tail) for part, tail in tails)


often = 1 / torch.arange(1, 10_001)  # Zipf: the k-th class occurs 1 / k as often
often = often / often.sum()
equal = torch.full((10_000,), 1 / 10_000)  # labels shuffled: on average
print("cutoffs       div_value  weights    used  shuffled")
print("full softmax         –   640000  640000     × 1.0")
short, long = [100, 1000], [1000, 4000]
for cutoffs, div_value in ((long, 1.0), (long, 2.0), (long, 4.0), (short, 4.0)):
    model = nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs, div_value)
    used = used_by_a_sample(model, often)
    times = used_by_a_sample(model, equal) / used
    print(f"{cutoffs!s:12}  {div_value:8}  {size(model):7}", end="")
    print(f"  {used:6.0f}     × {times:.1f}")
# --8<-- [end:cost]

# --8<-- [start:saving]
rows = {"linear layer": (640_000, 640_000.0)}
for cutoffs, div_value in ((long, 1.0), (long, 4.0), (short, 4.0)):
    model = nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs, div_value)
    name = f"{cutoffs}\ndiv_value {div_value:g}"
    rows[name] = size(model), used_by_a_sample(model, often)
figure, axes = plt.subplots(figsize=(5.5, 2.6))
for place, (weights, used) in enumerate(rows.values()):
    axes.barh(place, weights, color="C5", alpha=0.3)
    axes.barh(place, used, color="C0")
    text = f" {used / 640_000:.0%}"
    axes.text(weights, place, text, color="C0", va="center")
axes.set_yticks(range(len(rows)), rows)
axes.set(xlabel="weights", xlim=(0, 760_000), xticks=range(0, 640_001, 160_000))
axes.invert_yaxis()
axes.grid(axis="y", visible=False)
# --8<-- [end:saving]
shares = [round(used / 640_000, 2) for _, used in rows.values()]
assert shares == [1, 0.2, 0.11, 0.03], "a sample uses 20 %, 11 % and 3 % of a linear layer's weights"
assert size(nn.Linear(64, 10_000, bias=False)) == 640_000, "full softmax: 640000 weights"
assert used < 640_000 / 20, "with 4.0 and a short head, a sample uses less than a twentieth"
full_width = nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, [1000, 4000], div_value=1.0)
assert size(full_width) > 640_000, "with 1.0 the module has more weights than a plain layer"
times = []
for cutoffs, div_value in (([1000, 4000], 1.0), ([1000, 4000], 2.0), ([1000, 4000], 4.0), ([100, 1000], 4.0)):
    model = nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, cutoffs, div_value)
    times.append(round(used_by_a_sample(model, equal) / used_by_a_sample(model, often), 1))
assert min(times) == 1.3, "with labels in random order the modules use 1.3 times the weights"
assert max(times) == 2.8, "to 2.8 times the weights"
plt.show()

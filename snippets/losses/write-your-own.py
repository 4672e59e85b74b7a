# --8<-- [start:in-six-lines]
import torch


def pinball_loss(input, target, q):
    e = input - target
    return torch.maximum((1 - q) * e, -q * e).mean()


x = torch.tensor([12.0, 8.0], requires_grad=True)
pinball_loss(x, torch.tensor([10.0, 10.0]), q=0.75).backward()
print("gradient", x.grad.tolist())
# --8<-- [end:in-six-lines]
assert x.grad[1] == -3 * x.grad[0], "the gradient pulls up three times as hard as down"
assert x.grad[0] > 0, "down where the prediction is too high"

# --8<-- [start:imports]
import warnings

import matplotlib.pyplot as plt
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def quantile_loss(input, target, q=0.5, reduction="mean"):
    if input.shape != target.shape:
        raise ValueError(f"shapes differ: {input.shape}, {target.shape}")
    if not 0 < q < 1:
        raise ValueError(f"q must lie between 0 and 1, got {q}")
    e = input - target
    loss = torch.maximum((1 - q) * e, -q * e)  # too high, too low
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:example]
x = torch.tensor([12.0, 8.0, 10.0], requires_grad=True)
y = torch.tensor([10.0, 10.0, 10.0])
quantile_loss(x, y, q=0.75, reduction="sum").backward()
each = quantile_loss(x, y, q=0.75, reduction="none")
print("input  target  loss  gradient")
for row in zip(x, y, each, x.grad, strict=True):
    print("{:<5.0f}  {:6.0f}  {:4.1f}  {:8.2f}".format(*row))
# --8<-- [end:example]
assert not [name for name in dir(F) if "quantile" in name or "pinball" in name], "a loss that torch 2.13 does not have"
high, low, hit = quantile_loss(x, y, q=0.75, reduction="none").tolist()
assert high == 0.25 * 2 == 0.5, "two too high costs 0.25 · 2 = 0.5"
assert low == 0.75 * 2 == 1.5, "two too low costs 0.75 · 2 = 1.5"
assert hit == 0, "a hit costs nothing"
assert x.grad[2] == (0.25 - 0.75) / 2 == -0.25, "the last gradient is ½ (0.25 − 0.75) = −0.25"

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for q in (0.25, 0.5, 0.75):
    loss = quantile_loss(e, torch.zeros_like(e), q=q, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), label=f"q = {q}")
    right.plot(e.detach(), slope)
figure.legend(loc="outside lower center", ncols=3)
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert (slope[:300] == -0.75).all(), "q = 0.75: the gradient is −q below 0"
assert (slope[301:] == 0.25).all(), "and 1 − q above: it takes two values only"


# --8<-- [start:module]
class QuantileLoss(nn.Module):
    def __init__(self, q, weight=None):
        super().__init__()
        self.q = q
        self.register_buffer("weight", weight)  # moves with .to()

    def forward(self, input, target):
        loss = quantile_loss(input, target, self.q, reduction="none")
        if self.weight is not None:
            loss = loss * self.weight
        return loss.mean()


criterion = QuantileLoss(0.75, weight=torch.tensor([1.0, 2.0])).to(torch.float64)
print(criterion.weight.dtype, len(list(criterion.parameters())), "parameters")
print(criterion(torch.zeros(1, 2).double(), torch.ones(1, 2).double()).item())
# --8<-- [end:module]
input, target = torch.zeros(1, 2).double(), torch.ones(1, 2).double()
assert criterion(input, target) == (1 * 0.75 + 2 * 0.75) / 2 == 1.125, "by hand: (1 · 0.75 + 2 · 0.75)/2 = 1.125"

# --8<-- [start:known]
torch.manual_seed(0)
x, y = torch.randn(2, 50, dtype=torch.float64)
mirrored = quantile_loss(-x, -y, q=0.1)
print("half of L1:", torch.allclose(quantile_loss(x, y), F.l1_loss(x, y) / 2))
print("mirrored:  ", torch.allclose(quantile_loss(x, y, q=0.9), mirrored))
# --8<-- [end:known]
half = F.l1_loss(x, y) / 2
assert torch.allclose(quantile_loss(x, y), half), "at q = ½ it is half of L1Loss"
assert torch.allclose(quantile_loss(x, y, q=0.9), mirrored), "if all signs change, too high becomes too low"


def exchanged(input, target, q=0.5):
    return quantile_loss(input, target, 1 - q)


assert torch.allclose(exchanged(x, y), half), "q and 1 − q exchanged: half of L1 still holds"
assert torch.allclose(exchanged(x, y, q=0.9), exchanged(-x, -y, q=0.1)), "and the mirror too"

# --8<-- [start:minimum]
data = torch.arange(0.0, 101.0)  # 0 to 100, each once


def best_constant(loss, q):
    losses = [loss(guess.expand(101), data, q=q) for guess in data]
    return data[torch.stack(losses).argmin()]


print("q    best constant")
for q in (0.1, 0.5, 0.9):
    print(f"{q}  {best_constant(quantile_loss, q):13.0f}")
# --8<-- [end:minimum]
for q in (0.1, 0.5, 0.9):
    assert best_constant(quantile_loss, q) == torch.quantile(data, q).round(), "the best constant is the quantile"
assert best_constant(exchanged, 0.9) != 90, "only this test fails if q and 1 − q are exchanged"
assert best_constant(quantile_loss, 0.9) == 90, "the target stays below it in 90 % of all cases"
cases = torch.arange(1.0, 101.0)
losses = torch.stack([quantile_loss(guess.expand(100), cases, q=0.945) for guess in cases])
assert (cases <= cases[losses.argmin()]).float().mean() == 0.95, "95 %"


# --8<-- [start:gradcheck]
def branches(input, target, q=0.75):  # the same loss, with a condition
    e = input - target
    return torch.where(e > 0, (1 - q) * e, -q * e)


def passes(loss, *inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gradcheck warns of float32
        return torch.autograd.gradcheck(loss, inputs, raise_exception=False)


x = torch.randn(6, dtype=torch.float64, requires_grad=True)
y = torch.randn(6, dtype=torch.float64)
single = x.detach().float().requires_grad_()
kink = y.clone().requires_grad_()  # every error is 0
print("input                 passes")
print("float64              ", passes(quantile_loss, x, y))
print("float32              ", passes(quantile_loss, single, y.float()))
print("at the kink          ", passes(quantile_loss, kink, y))
print("at the kink, `where` ", passes(branches, kink, y))
# --8<-- [end:gradcheck]
assert passes(quantile_loss, x, y), "in float64 it passes"
assert not passes(quantile_loss, single, y.float()), "in float32 a correct loss fails"
assert passes(quantile_loss, kink, y), "at the kink the mean of both slopes passes"
assert not passes(branches, kink, y), "a condition picks one side, and fails"
assert passes(branches, x, y), "away from the kink it passes"

# --8<-- [start:reduction]
errors = torch.tensor([1.0, 1.0, 1.0, 6.0])
print("batches of  mean of means")
for sizes in ((4,), (2, 2), (3, 1)):
    batches = errors.split(sizes)
    means = torch.stack([quantile_loss(e, torch.zeros_like(e)) for e in batches])
    print(f"{sizes!s:10}  {means.mean():13.4f}")
# --8<-- [end:reduction]
whole = quantile_loss(errors, torch.zeros(4))
halves = torch.stack([quantile_loss(e, torch.zeros(2)) for e in errors.split(2)])
assert halves.mean() == whole, "the mean of means is the mean when all parts have the same size"
assert means.mean() != whole, "and here only then"


# --8<-- [start:broadcast]
def unchecked(input, target):
    return (input - target).square().mean()


def train(inputs, targets, seed):
    torch.manual_seed(seed)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(100):
        loss = unchecked(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model(inputs).flatten(), loss.item()


inputs = torch.linspace(-1, 1, 32)[:, None]
targets = 3 * inputs + 1  # (32, 1), as the model gives them
print("target   first prediction  last prediction  loss")
for target in (targets[:, 0], targets):
    output, loss = train(inputs, target, seed=0)
    ends = f"{output[0]:16.2f}  {output[-1]:15.2f}"
    print(f"{tuple(target.shape)!s:7}  {ends}  {loss:.2f}")
# --8<-- [end:broadcast]
assert (round(targets.min().item()), round(targets.max().item())) == (-2, 4), "the targets go from −2 to 4"
assert round(targets.var(correction=0).item(), 2) == 3.19, "the variance of the targets is 3.19"
for seed in range(5):
    output, loss = train(inputs, targets[:, 0], seed)
    assert round(loss, 2) == 3.19, "the loss stops at 3.19, in 5 of 5 seeds"
    assert (output - 1).abs().max() < 0.005, "the model learns 1 for every input, in 5 of 5 seeds"
    output, loss = train(inputs, targets, seed)
    assert round(loss, 2) == 0, "with the right shape it learns the line, in 5 of 5 seeds"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.mse_loss(torch.zeros(32, 1), torch.zeros(32))
assert "different to the input size" in str(caught[0].message), "torch's losses warn"

# --8<-- [start:detached]
logits = torch.randn(5, 3, requires_grad=True)
scores = {
    "argmax": logits.argmax(dim=1).float().mean(),
    "comparison": (logits > 0).float().mean(),
    "torch.tensor": torch.tensor([max(row) for row in logits.tolist()]).mean(),
    "softmax": logits.softmax(dim=1)[:, 0].mean(),
}
print("built with    requires_grad")
for name, score in scores.items():
    print(f"{name:12}  {score.requires_grad}")
# --8<-- [end:detached]

# --8<-- [start:message]
try:
    scores["argmax"].backward()
except RuntimeError as error:
    print(error)
# --8<-- [end:message]
for name, score in scores.items():
    assert score.requires_grad == (name == "softmax"), "a decision or a Python number left the graph"


# --8<-- [start:half]
def with_item(x, y):
    return ((x - y) / x.std().item()).square().mean()


def with_tensor(x, y):
    return ((x - y) / x.std()).square().mean()


print("loss         requires_grad  gradcheck")
for loss in (with_item, with_tensor):
    required = str(loss(x, y).requires_grad)
    print(f"{loss.__name__:11}  {required:13}  {passes(loss, x, y)}")
# --8<-- [end:half]
for loss in (with_item, with_tensor):
    assert loss(x, y).requires_grad, "`requires_grad` sees no difference"
assert not passes(with_item, x, y), "gradcheck does: .item() fails"
assert passes(with_tensor, x, y), "and the tensor passes"


# --8<-- [start:backward]
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, e):
        ctx.save_for_backward(e)
        return e.square()

    @staticmethod
    def backward(ctx, gradient):
        (e,) = ctx.saved_tensors
        return 2 * e * gradient


class WrongSquare(Square):
    @staticmethod
    def backward(ctx, gradient):
        return -Square.backward(ctx, gradient)


print("function     gradcheck")
for function in (Square, WrongSquare):
    print(f"{function.__name__:11}  {passes(function.apply, x)}")
# --8<-- [end:backward]
(slope,) = torch.autograd.grad(WrongSquare.apply(x).sum(), x)
assert torch.equal(slope, -2 * x), "what you write there is believed, even with the wrong sign"
assert passes(Square.apply, x), "gradcheck passes the right one"
assert not passes(WrongSquare.apply, x), "and not the wrong one"

# --8<-- [start:extremes]
versions = {
    "-log(sigmoid(x))": lambda x: -x.sigmoid().log(),
    "softplus(-x)": lambda x: F.softplus(-x),
}
far = torch.tensor([-200.0], requires_grad=True)
print("version           loss   gradient")
for name, loss in versions.items():
    value = loss(far)
    (slope,) = torch.autograd.grad(value, far)
    print(f"{name:16}  {value.item():5}  {slope.item()}")
# --8<-- [end:extremes]
for loss in versions.values():
    assert passes(loss, x), "both versions pass"
assert versions["-log(sigmoid(x))"](far).isinf(), "in float32 at a logit of −200 only one survives: this does not"
assert versions["softplus(-x)"](far) == 200, "and this does"
assert slope == -1, "its gradient is −1"
plt.show()

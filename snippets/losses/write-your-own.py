# --8<-- [start:from-scratch]
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


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
print("loss    ", quantile_loss(x, y, q=0.75, reduction="none").tolist())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert not [name for name in dir(F) if "quantile" in name or "pinball" in name]
assert quantile_loss(x, y, q=0.75, reduction="none").tolist() == [0.5, 1.5, 0]
assert x.grad.tolist() == [0.25, -0.75, -0.25]

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, q in (("C0", 0.25), ("C1", 0.5), ("C2", 0.75)):
    loss = quantile_loss(e, torch.zeros_like(e), q=q, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), color)
    right.plot(e.detach(), slope, color)
    left.text(3.1, loss[-1].item(), f"q = {q}", color=color, va="center")
    right.text(3.1, 1 - q, f"q = {q}", color=color, va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope[0] == -0.75 and slope[-1] == 0.25


# --8<-- [start:module]
class QuantileLoss(nn.Module):
    def __init__(self, q, weight=None):
        super().__init__()
        self.q = q
        self.register_buffer("weight", weight)  # moves with .to()

    def forward(self, input, target):
        loss = quantile_loss(input, target, self.q, reduction="none")
        loss = loss if self.weight is None else loss * self.weight
        return loss.mean()


criterion = QuantileLoss(0.75, torch.tensor([1.0, 2.0])).to(torch.float64)
print(criterion.weight.dtype, len(list(criterion.parameters())), "parameters")
print(criterion(torch.zeros(1, 2).double(), torch.ones(1, 2).double()).item())
# --8<-- [end:module]
assert criterion(torch.zeros(1, 2).double(), torch.ones(1, 2).double()).item() == (0.75 + 1.5) / 2 == 1.125

# --8<-- [start:known]
torch.manual_seed(0)
x, y = torch.randn(2, 50, dtype=torch.float64)
half, flipped = F.l1_loss(x, y) / 2, quantile_loss(-x, -y, q=0.1)
print("half of L1:", torch.allclose(quantile_loss(x, y), half))
print("mirrored:  ", torch.allclose(quantile_loss(x, y, q=0.9), flipped))
# --8<-- [end:known]
assert torch.allclose(quantile_loss(x, y), F.l1_loss(x, y) / 2)
assert torch.allclose(quantile_loss(x, y, q=0.9), flipped)

# --8<-- [start:minimum]
data = torch.arange(0.0, 101.0)  # 0 to 100, each once
for q in (0.1, 0.5, 0.9):
    guesses = torch.arange(0.0, 101.0)
    losses = [quantile_loss(guess.expand(101), data, q=q) for guess in guesses]
    print(f"q = {q}: best constant {guesses[torch.stack(losses).argmin()]:.0f}")
# --8<-- [end:minimum]
for q in (0.1, 0.5, 0.9):
    losses = [quantile_loss(guess.expand(101), data, q=q) for guess in guesses]
    assert guesses[torch.stack(losses).argmin()] == torch.quantile(data, q).round()


# --8<-- [start:gradcheck]
def branches(input, target, q=0.75):  # the same loss, with a condition
    e = input - target
    return torch.where(e > 0, (1 - q) * e, -q * e)


def passes(loss, *inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gradcheck warns of float32
        return torch.autograd.gradcheck(loss, inputs, raise_exception=False)


x, y = torch.randn(2, 6, dtype=torch.float64)
x.requires_grad_()
single = x.detach().float().requires_grad_()
kink = y.clone().requires_grad_()  # every error is 0
print("float64             ", passes(quantile_loss, x, y))
print("float32             ", passes(quantile_loss, single, y.float()))
print("at the kink         ", passes(lambda x: quantile_loss(x, y, 0.75), kink))
print("at the kink, `where`", passes(lambda x: branches(x, y, 0.75), kink))
# --8<-- [end:gradcheck]
assert passes(quantile_loss, x, y) and not passes(quantile_loss, single, y.float())
assert passes(lambda x: quantile_loss(x, y, 0.75), kink) and not passes(lambda x: branches(x, y, 0.75), kink)
assert passes(branches, x, y)

# --8<-- [start:reduction]
x, y = torch.tensor([1.0, 1.0, 1.0, 6.0]), torch.zeros(4)
for parts in ((4,), (2, 2), (3, 1)):
    pairs = zip(x.split(parts), y.split(parts), strict=True)
    losses = [quantile_loss(a, b) for a, b in pairs]
    print(f"batches of {parts}: mean of means {torch.stack(losses).mean():.4f}")
# --8<-- [end:reduction]
assert quantile_loss(x, y) == 9 / 8 == 1.125 and torch.stack(losses).mean() == (0.5 + 3) / 2 == 1.75


# --8<-- [start:broadcast]
def unchecked(input, target):
    return (input - target).square().mean()


inputs = torch.linspace(-1, 1, 32).unsqueeze(1)
targets = 3 * inputs.squeeze(1) + 1  # (32,), the model gives (32, 1)
for name, target in (("(32,)", targets), ("(32, 1)", targets.unsqueeze(1))):
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(100):
        optimizer.zero_grad()
        unchecked(model(inputs), target).backward()
        optimizer.step()
    loss = unchecked(model(inputs), target)
    ends = [round(model(inputs)[i].item(), 2) for i in (0, -1)]
    print(f"target {name:7}: predictions from {ends[0]} to {ends[1]}, loss {loss:.2f}")
# --8<-- [end:broadcast]
assert ends == [-2, 4] and abs(targets.var(correction=0) - 3.19) < 0.01 and abs(targets.mean() - 1) < 1e-6

# --8<-- [start:detached]
logits = torch.randn(5, 3, requires_grad=True)
scores = {
    "argmax": lambda x: x.argmax(1).float().mean(),
    "comparison": lambda x: (x > 0).float().mean(),
    "torch.tensor": lambda x: torch.tensor([max(row) for row in x.tolist()]).mean(),
    "softmax": lambda x: x.softmax(1)[:, 0].mean(),
}
for name, score in scores.items():
    print(f"{name:12} requires_grad {score(logits).requires_grad}")
try:
    scores["argmax"](logits).backward()
except RuntimeError as error:
    print(error)
# --8<-- [end:detached]
assert [score(logits).requires_grad for score in scores.values()] == [False, False, False, True]

# --8<-- [start:half]
x, y = torch.randn(2, 6, dtype=torch.float64)
x.requires_grad_()
scales = {"x.std().item()": lambda x: x.std().item(), "x.std()": torch.std}
for name, scale in scales.items():

    def scaled(x, y, scale=scale):
        return ((x - y) / scale(x)).square().mean()

    graph = scaled(x, y).requires_grad
    print(f"/ {name:14} requires_grad {graph}, gradcheck {passes(scaled, x, y)}")
# --8<-- [end:half]
assert graph and passes(scaled, x, y)
assert not passes(lambda x, y: ((x - y) / x.std().item()).square().mean(), x, y)


# --8<-- [start:backward]
class Square(torch.autograd.Function):
    sign = -1  # wrong on purpose

    @staticmethod
    def forward(ctx, e):
        ctx.save_for_backward(e)
        return e.square()

    @staticmethod
    def backward(ctx, gradient):
        (e,) = ctx.saved_tensors
        return Square.sign * 2 * e * gradient


for Square.sign in (-1, 1):
    print(f"sign {Square.sign:2}: gradcheck {passes(Square.apply, x)}")
# --8<-- [end:backward]
assert passes(Square.apply, x)

# --8<-- [start:extremes]
far = torch.tensor([-200.0, 0.0, 200.0], requires_grad=True)
versions = {"-log(sigmoid(x))": lambda x: -x.sigmoid().log()}
versions["softplus(-x)"] = lambda x: F.softplus(-x)
for name, loss in versions.items():
    value = loss(far)
    (slope,) = torch.autograd.grad(value.sum(), far)
    print(f"{name:16} loss {value[0].item()}, gradient {slope[0].item()}")
# --8<-- [end:extremes]
assert F.softplus(-far)[0] == 200 and slope[0] == -1 and (-far.sigmoid().log())[0].isinf()
assert passes(versions["-log(sigmoid(x))"], torch.randn(5, dtype=torch.float64, requires_grad=True))
plt.show()

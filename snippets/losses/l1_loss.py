# --8<-- [start:call]
import torch
from torch import nn

loss = nn.L1Loss()
prediction, target = torch.tensor([1.5, 2.0, 5.0]), torch.tensor([1.0, 3.0, 2.0])
print(f"loss {loss(prediction, target):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
each = F.l1_loss(prediction, target, reduction="none")
assert each.tolist() == [0.5, 1, 3], "errors of 0.5, 1 and 3 cost 0.5, 1 and 3"


# --8<-- [start:from-scratch]
def l1_loss(input, target, reduction="mean", weight=None):
    loss = (input - target).abs()
    mean = loss.mean()
    if weight is not None:
        if weight.shape != input.shape:
            raise ValueError("weight must have the shape of input")
        loss = loss * weight
        mean = loss.sum() / weight.sum()  # not divided by the count
    return {"none": loss, "mean": mean, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
w = torch.rand(4, 5, dtype=torch.float64)
worst = 0.0
for reduction, weight in itertools.product(("none", "mean", "sum"), (None, w)):
    options = dict(reduction=reduction, weight=weight)
    ours, library = l1_loss(x, y, **options), F.l1_loss(x, y, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"

# --8<-- [start:example]
x = torch.tensor([1.5, 2.0, 5.0, 4.0], requires_grad=True)
y = torch.tensor([1.0, 3.0, 2.0, 4.0])
loss = F.l1_loss(x, y)
loss.backward()
print("e       ", (x - y).tolist())
print("loss    ", F.l1_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert F.l1_loss(x, y, reduction="none").sum() == 4.5, "their sizes add up to 4.5"
assert loss.item() == 4.5 / 4, "4.5 / 4 = 1.125"
assert x.grad.tolist() == [1 / 4, -1 / 4, 1 / 4, 0], "each gradient is a sign divided by 4"

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
loss = F.l1_loss(e, torch.zeros(601), reduction="none")
(slope,) = torch.autograd.grad(loss.sum(), e)
slope[e.abs() < 1e-6] = math.nan  # a gap where the slope jumps
figure, (left, right) = plt.subplots(1, 2)
left.plot(e.detach(), e.detach() ** 2 / 2, "C0", linestyle=":")
left.plot(e.detach(), loss.detach(), "C1")
right.plot(e.detach(), e.detach(), "C0", linestyle=":")
right.plot(e.detach(), slope, "C1")
right.plot(0, 0, "C1o")
left.text(3.1, 3, "|e|", color="C1", va="center")
left.text(3.1, 4.5, "e² / 2", color="C0", va="center")
right.text(3.1, 1, "sign e", color="C1", va="center")
right.text(3.1, 3, "e", color="C0", va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
signs = [-1] * 300 + [0] + [1] * 300
assert slope.nan_to_num(0).tolist() == signs, "the gradient is −1 left of 0, 0 at 0 and 1 right of 0"

# --8<-- [start:reduction]
x, y = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.zeros(2, 3)
w = torch.tensor([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
weights = {"none": None, "1, 2": w, "10, 20": 10 * w}
calls = [(F.l1_loss, name) for name in weights] + [(F.huber_loss, "1, 2")]
print("function    weights    sum   mean  sum / mean")
for function, name in calls:
    total = function(x, y, reduction="sum", weight=weights[name])
    mean = function(x, y, weight=weights[name])
    print(f"{function.__name__:10}  {name:7}  {total:5.1f}  {mean:.3f}", end="")
    print(f"  {total / mean:10.0f}")
# --8<-- [end:reduction]
assert w.sum() == 9, "it divides by the sum of the weights, here 9"
assert F.l1_loss(x, y, weight=10 * w) == F.l1_loss(x, y, weight=w), "only the ratios of the weights matter"
same = F.l1_loss(x, y, weight=torch.full((2, 3), 7.0))
assert same == F.l1_loss(x, y), "the same weight everywhere changes nothing"
assert torch.isclose(mean, total / w.numel()), "`F.huber_loss` divides by the number of elements even with weights"
each = F.l1_loss(x, y, reduction="none", weight=w)
assert each.mean() == 4.5, "`.mean()` divides by that number too: 4.5 here"
assert F.l1_loss(x, y, weight=w) == 3, "and not 3"
assert F.l1_loss(x, y, weight=0 * w).isnan(), "weights that are all 0 give `nan`"

# --8<-- [start:median]
data = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
w = torch.tensor([1.0, 1.0, 1.0, 1.0, 5.0])
guesses = torch.arange(0, 101.0)
print("weights        best constant   loss")
for name, weight in (("none", None), ("1, 1, 1, 1, 5", w)):
    losses = [F.l1_loss(guess.expand(5), data, weight=weight) for guess in guesses]
    best = torch.stack(losses).argmin()
    print(f"{name:13}  {guesses[best]:13.0f}  {losses[best]:5.2f}")
# --8<-- [end:median]
assert data.median() == 3, "absolute error asks for the median"
assert w[4] > w.sum() / 2, "one target that holds more than half of all weight decides alone"
even = torch.tensor([1.0, 2.0, 4.0, 9.0])
between = [F.l1_loss(torch.full((4,), guess), even).item() for guess in (2.0, 2.5, 3.0, 4.0)]
assert len(set(between)) == 1, "every constant between the two middle targets has the same loss"
assert min(F.l1_loss(torch.full((4,), guess), even).item() for guess in (1.9, 4.1)) > between[0], "and none is lower"


# --8<-- [start:hover]
def last_two(criterion, lr, decay=1.0):
    theta = torch.tensor([0.25], requires_grad=True)
    path = []
    for step in range(40):
        loss = criterion(theta, torch.ones(1))
        (gradient,) = torch.autograd.grad(loss, theta)
        with torch.no_grad():
            theta -= lr * decay**step * gradient
        path.append(round(theta.item(), 3))
    return path[-2:]


print("loss  lr                step 39  step 40")
print("MSE   0.1             ", *last_two(nn.MSELoss(), lr=0.1), sep="  ")
print("L1    0.1             ", *last_two(nn.L1Loss(), lr=0.1), sep="  ")
print("L1    0.9 times a step", *last_two(nn.L1Loss(), lr=0.1, decay=0.9), sep="  ")
# --8<-- [end:hover]
assert last_two(nn.MSELoss(), 0.1) == [1.0, 1.0], "squared error arrives"
low, high = last_two(nn.L1Loss(), 0.1)
assert round(high - low, 3) == 0.1, "with a constant rate of 0.1 it hops between two points 0.1 apart"
ends = last_two(nn.L1Loss(), 0.1, 0.9)
assert max(abs(end - 1) for end in ends) < 0.01, "let the learning rate fall"

# --8<-- [start:mask]
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = torch.tensor([0.0, 0.0, math.nan])  # the last target is missing
valid = ~y.isnan()
print("way                   loss")
print("weight 0 alone       ", F.l1_loss(x, y, weight=valid.float()).item())
print("left out by index    ", F.l1_loss(x[valid], y[valid]).item())
filled = F.l1_loss(x, y.nan_to_num(0), weight=valid.float())
print("weight 0, target 0   ", filled.item())
print("no valid element     ", F.l1_loss(x[:0], y[:0]).item())
# --8<-- [end:mask]
assert F.l1_loss(x[valid], y[valid]) == filled, "both divide by the number of valid elements"
assert F.l1_loss(x, x, weight=torch.zeros(3)).isnan(), "a batch without any valid element gives `nan` both ways"
nothing = F.l1_loss(x[:0], y[:0], reduction="sum") / valid[:0].sum().clamp(min=1)
assert nothing == 0, "or divide `sum` by `valid.sum().clamp(min=1)`"

# --8<-- [start:nan]
print("criterion  value  gradient")
for criterion in (nn.L1Loss(), nn.MSELoss()):
    loss = criterion(x, y)
    (gradient,) = torch.autograd.grad(loss, x)
    values = ", ".join(f"{value:.3f}" for value in gradient)
    print(f"{criterion!s:9}  {loss.item():5}  {values}")
# --8<-- [end:nan]
assert gradient[2].isnan(), "`MSELoss` passes the `nan` on to your weights"
(gradient,) = torch.autograd.grad(F.l1_loss(x, y), x)
assert torch.allclose(gradient, torch.tensor([1, 1, 0]) / 3), "as if the element were correct, still divided by 3"
assert torch.tensor(math.nan).sign() == 0, "the sign of `nan` is 0 in torch"

# --8<-- [start:ignored]
x, y = torch.tensor([1.0, 2.0, 4.0]), torch.zeros(3)
w = torch.tensor([1.0, 0.0, 0.0])
print(f"outside          {F.l1_loss(x, y, weight=w):.3f}")
with torch.device("cpu"):
    print(f"inside           {F.l1_loss(x, y, weight=w):.3f}")
    by_hand = (w * F.l1_loss(x, y, reduction="none")).sum() / w.sum()
    print(f"inside, by hand  {by_hand:.3f}")
# --8<-- [end:ignored]
with torch.device("cpu"):
    assert F.l1_loss(x, y, weight=w) == F.l1_loss(x, y), "`F.l1_loss` loses `weight` inside `with torch.device(...)`"
    assert math.isclose(F.l1_loss(x, y, weight=w), 7 / 3, rel_tol=1e-6), "you get the plain mean, 7 / 3"
    assert F.mse_loss(x, y, weight=w) == 1, "`F.mse_loss` does hand it over"
    assert math.isclose(F.huber_loss(x, y, weight=w), 1 / 6, rel_tol=1e-6), "and `F.huber_loss`"
torch.set_default_device("cpu")
assert F.l1_loss(x, y, weight=w) == F.l1_loss(x, y), "after `torch.set_default_device(...)`"
torch.set_default_device(None)
subclass = type("Subclass", (torch.Tensor,), {})
assert F.l1_loss(x.as_subclass(subclass), y, weight=w) == F.l1_loss(x, y), "for a subclass of `Tensor`"
assert F.l1_loss(x, y, weight=w) == 1, "outside, only the first has a weight"

# --8<-- [start:penalty]
theta = torch.tensor([0.5, -2.0, 0.0], requires_grad=True)
penalty = theta.abs().sum()  # add λ times this to the loss
penalty.backward()
print("penalty ", penalty.item(), "gradient", theta.grad.tolist())
print("L1Loss  ", nn.L1Loss(reduction="sum")(theta, torch.zeros(3)).item())
# --8<-- [end:penalty]
assert penalty == F.l1_loss(theta, torch.zeros(3), reduction="sum"), "the formula is the same"
try:
    F.l1_loss(torch.tensor([1, 2]), torch.tensor([1, 3]))
    message = ""
except RuntimeError as error:
    message = str(error)
assert "could not infer output dtype" in message, "`mean` of integers fails with could not infer output dtype"
assert F.l1_loss(torch.tensor([1.5]), torch.tensor([1])) == 0.5, "if only the target holds integers, they are converted"
assert F.l1_loss(torch.tensor([3 + 4j]), torch.tensor([0j])) == 5, "the error is their distance: |3 + 4i| = 5"
e = torch.arange(1, 11) - torch.arange(1, 11.0)[:, None]  # guesses down, targets across
pinball = torch.maximum(0.85 * e, -0.15 * e).sum(1)
assert pinball.argmin() + 1 == 9, "max(q e, (q − 1) e) gives another quantile than the median"
plt.show()

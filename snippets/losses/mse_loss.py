# --8<-- [start:call]
import torch
from torch import nn

loss = nn.MSELoss()
prediction, target = torch.tensor([1.5, 2.0, 5.0]), torch.tensor([1.0, 3.0, 2.0])
print(f"loss {loss(prediction, target):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
each = F.mse_loss(prediction, target, reduction="none")
assert each.tolist() == [0.25, 1, 9], "errors of 0.5, 1 and 3 cost 0.25, 1 and 9"


# --8<-- [start:from-scratch]
def mse_loss(input, target, reduction="mean", weight=None):
    e = input - target
    loss = e * e
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
    ours, library = mse_loss(x, y, **options), F.mse_loss(x, y, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "value and gradient equal the library's"

# --8<-- [start:example]
x = torch.tensor([1.5, 2.0, 5.0, 4.0], requires_grad=True)
y = torch.tensor([1.0, 3.0, 2.0, 4.0])
loss = F.mse_loss(x, y)
loss.backward()
print("e       ", (x - y).tolist())
print("loss    ", F.mse_loss(x, y, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert F.mse_loss(x, y, reduction="none").sum() == 10.25, "their squares add up to 10.25"
assert loss.item() == 10.25 / 4, "10.25 / 4 = 2.5625"
assert torch.equal(x.grad, 2 * (x - y).detach() / 4), "each gradient is 2e / 4"
assert round(9 / 10.25, 2) == 0.88, "the error of 3 makes up 88 % of the loss"
assert x.grad[2] == 6 * x.grad[0], "and pulls six times as hard as the error of 0.5"

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
squared = F.mse_loss(e, torch.zeros(601), reduction="none")
absolute = F.l1_loss(e, torch.zeros(601), reduction="none")
curves = [("e²", squared, "C0-"), ("e² / 2", squared / 2, "C0--")]
curves += [("|e|", absolute, "C1:")]
slopes = {}
figure, (left, right) = plt.subplots(1, 2)
right.axvspan(-0.5, 0.5, color="C5", alpha=0.12)
for name, loss, style in curves:
    (slope,) = torch.autograd.grad(loss.sum(), e, retain_graph=True)
    left.plot(e.detach(), loss.detach(), style)
    right.plot(e.detach(), slope, style)
    left.text(3.1, loss[-1].item(), name, color=style[:2], va="center")
    right.text(3.1, slope[-1].item(), name, color=style[:2], va="center")
    slopes[name] = slope
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
pull, step = slopes["e²"].abs(), slopes["|e|"].abs()
assert (pull < step)[(e.abs() < 0.495) & (e.abs() > 0.005)].all(), (
    "below ½ squared error pulls less than absolute error"
)
assert (pull > step)[e.abs() > 0.505].all(), "outside it pulls more"

# --8<-- [start:reduction]
x, y = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), torch.zeros(2, 3)
w = torch.tensor([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
print("weights    sum    mean  sum / mean")
for name, weight in (("none", None), ("1, 2", w), ("10, 20", 10 * w)):
    total = F.mse_loss(x, y, reduction="sum", weight=weight)
    mean = F.mse_loss(x, y, weight=weight)
    print(f"{name:7}  {total:5.0f}  {mean:6.3f}  {total / mean:10.0f}")
# --8<-- [end:reduction]
assert w.sum() == 9, "`mean` divides by the sum of the weights, here 9"
assert F.mse_loss(x, y, weight=10 * w) == F.mse_loss(x, y, weight=w), "only the ratios of the weights matter"
huber = F.huber_loss(x, y, weight=w, delta=math.inf)
assert torch.isclose(huber, F.mse_loss(x, y, weight=w, reduction="sum") / 2 / 6), "by the number of elements even then"
assert F.mse_loss(x, y, weight=0 * w).isnan(), "weights that are all 0 give `nan`"
assert F.mse_loss(x, y, weight=w, reduction="none").mean() == 17.5, "divides by 6: 17.5 here"
assert f"{F.mse_loss(x, y, weight=w):.3f}" == "11.667", "not 11.667"
flat = F.mse_loss(x, y, reduction="none").flatten(1).sum(1).mean()
assert flat == 27.5, "summed over each sample, averaged over samples, the six errors give 27.5"

# --8<-- [start:baseline]
targets = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
print("constant   value     MSE  variance of the targets")
for name, guess in (("mean", targets.mean()), ("median", targets.median())):
    loss = F.mse_loss(guess.expand(5), targets)
    print(f"{name:8}  {guess:6.0f}  {loss:.1f}  {targets.var(correction=0):23.1f}")
# --8<-- [end:baseline]
base = F.mse_loss(targets.mean().expand(5), targets)
assert torch.isclose(base, targets.var(correction=0)), "its MSE is their variance, divided by N and not by N − 1"
assert 1522 + (22 - 3) ** 2 == 1883, "here 1522 + (22 − 3)² = 1883"
assert torch.isclose(F.mse_loss(torch.full((5,), 3.0), targets), base + 361), "the square of its distance to the mean"
assert targets[:4].max() == 4, "far from the other four"

# --8<-- [start:likelihood]
x, y = torch.tensor([1.5, 2.0, 5.0, 4.0]), torch.tensor([1.0, 3.0, 2.0, 4.0])
negative_log = -torch.distributions.Normal(x, 1.0).log_prob(y).mean()
print(f"−log p     {negative_log:.4f}")
print(f"MSE/2 + c  {F.mse_loss(x, y) / 2 + math.log(2 * math.pi) / 2:.4f}")
# --8<-- [end:likelihood]
for sigma in (0.5, 1.0, 3.0):
    negative_log = -torch.distributions.Normal(x, sigma).log_prob(y).mean()
    by_formula = F.mse_loss(x, y) / (2 * sigma**2) + math.log(2 * math.pi * sigma**2) / 2
    assert torch.isclose(negative_log, by_formula), "minus the log-probability of the target, whatever σ is"


# --8<-- [start:constant]
def train(inputs, targets, squeeze, seed):
    torch.manual_seed(seed)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for _ in range(200):
        output = model(inputs).squeeze(1) if squeeze else model(inputs)
        loss = F.mse_loss(output, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return abs(model.weight.item()), model.bias.item(), loss.item()


inputs = torch.linspace(-1, 1, 20)[:, None]
targets = 2 * inputs.squeeze(1) + 3  # y = 2x + 3, shape (20,)
warnings.filterwarnings("ignore", "Using a target size")  # it warns
print("squeeze  slope  bias  loss")
for squeeze in (False, True):
    slope, bias, loss = train(inputs, targets, squeeze, seed=0)
    print(f"{squeeze!s:7}  {slope:5.2f}  {bias:.2f}  {loss:.2f}")
# --8<-- [end:constant]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.mse_loss(torch.ones(20, 1), targets)
assert caught[0].category is UserWarning, "you get a warning, not an error"
variance = targets.var(correction=0).item()
for seed in range(5):
    slope, bias, loss = train(inputs, targets, False, seed)
    assert slope < 1e-3, "with the wrong shape the slope is lost, in 5 of 5 seeds"
    assert abs(bias - targets.mean()) < 1e-3, "the best answer to that is the mean of all targets, in 5 of 5 seeds"
    assert abs(loss - variance) < 1e-3, "the loss settles at the variance of the targets, in 5 of 5 seeds"
    right = torch.tensor(train(inputs, targets, True, seed))
    repaired = torch.allclose(right, torch.tensor([2.0, 3.0, 0.0]), atol=1e-3)
    assert repaired, "`output.squeeze(1)` repairs it, in 5 of 5 seeds"

# --8<-- [start:diverge]
z = torch.arange(1.0, 11.0)
targets = 3 * z
print("lr         limit  theta after 400 steps")
for lr in (0.0250, 0.0265):
    theta = torch.zeros(1, requires_grad=True)
    for _ in range(400):
        (gradient,) = torch.autograd.grad(F.mse_loss(theta * z, targets), theta)
        with torch.no_grad():
            theta -= lr * gradient
    print(f"{lr:.4f}  {1 / z.square().mean():8.4f}  {theta.item():21.0e}")
# --8<-- [end:diverge]
assert z.square().mean() == 38.5, "inputs from 1 to 10 have a mean square of 38.5"
for lr, factor in ((0.0250, 1 - 2 * 0.0250 * 38.5), (0.0265, 1 - 2 * 0.0265 * 38.5)):
    theta = torch.zeros(1, requires_grad=True)
    (gradient,) = torch.autograd.grad(F.mse_loss(theta * z, targets), theta)
    assert torch.isclose(-lr * gradient - 3, torch.tensor(-3 * factor)), (
        "each step multiplies the distance by 1 − 2 η z²"
    )
    assert (abs(factor) < 1) == (lr < 1 / 38.5), "this stays within ±1 only for η < 1 / z²"

# --8<-- [start:classify]
logit = torch.tensor([-10.0, -4.0, -1.0, 0.0, 4.0], requires_grad=True)
ones = torch.ones(5)  # the true class is 1
squared = F.mse_loss(torch.sigmoid(logit), ones, reduction="sum")
entropy = F.binary_cross_entropy_with_logits(logit, ones, reduction="sum")
print("gradient of", *(f"x = {value:.0f}" for value in logit), sep="  ")
for name, loss in (("MSE(σ(x))", squared), ("BCE", entropy)):
    (gradient,) = torch.autograd.grad(loss, logit, retain_graph=True)
    print(f"{name:11}", *(f"{value:7.4f}" for value in gradient), sep="  ")
# --8<-- [end:classify]
p = torch.sigmoid(logit)
(slope,) = torch.autograd.grad(squared, logit)
assert torch.allclose(slope, 2 * (p - 1) * p * (1 - p)), "behind a sigmoid the gradient is 2 (p − 1) p (1 − p)"
assert torch.allclose(gradient, p - 1), "that of cross entropy is p − 1"
assert slope[0].abs() < 1e-3, "it is nearly 0 when the model is sure and wrong"
half = F.mse_loss(torch.full((4,), 0.5), torch.tensor([0.0, 1, 0, 1]))
assert half == 0.25, "0.25 is the MSE of answering ½ to balanced 0/1 targets"

# --8<-- [start:rmse]
x = torch.tensor([1.0, 2.0], requires_grad=True)
for eps in (0.0, 1e-8):
    rmse = torch.sqrt(F.mse_loss(x, torch.tensor([1.0, 2.0])) + eps)  # no error
    (gradient,) = torch.autograd.grad(rmse, x)
    print(f"eps {eps:g}: RMSE {rmse.item():g}, gradient {gradient.tolist()}")
batches = torch.tensor([[1.0, 1.0], [7.0, 7.0]])  # errors of two batches
of_all, each = batches.square().mean().sqrt(), batches.square().mean(1).sqrt()
print(f"of all {of_all:.0f}, mean over batches {each.mean():.0f}")
# --8<-- [end:rmse]
assert of_all != each.mean(), "the mean over batches of the RMSE is not the RMSE"
assert gradient.tolist() == [0, 0], "a small number inside the root prevents it"

# --8<-- [start:half]
print("error   float16  float32")
for size in (1e-4, 255.0, 256.0):
    error = torch.tensor(size, dtype=torch.float16)
    loss = F.mse_loss(error, torch.zeros_like(error))
    in_float32 = F.mse_loss(error.float(), torch.zeros(()))
    print(f"{size:<6g}  {loss.item():7g}  {in_float32.item():7g}")
# --8<-- [end:half]
assert torch.finfo(torch.float16).max == 65504, "65504 is the largest float16 number"
assert 256**2 == 65536, "256² = 65536"

x = torch.tensor([1.5], requires_grad=True)
loss = F.mse_loss(x, torch.tensor([1.0], dtype=torch.float64))
assert loss.dtype == torch.float64, "a float64 target gives a float64 loss"
assert torch.autograd.grad(loss, x)[0].dtype == torch.float32, "and a float32 gradient in torch 2.13"
assert F.mse_loss(x, torch.tensor([1])) == 0.25, "an integer target is converted"
assert torch.tensor([3 + 4j]).abs().square().mean() == 25, "write `(x - y).abs().square().mean()`"
for bad in (torch.tensor([1]), torch.tensor([1j])):
    try:
        F.mse_loss(bad, bad)
        message = ""
    except NotImplementedError as error:
        message = str(error)
    assert "not implemented for" in message, "if both are integers, or complex, the call fails with not implemented for"
plt.show()

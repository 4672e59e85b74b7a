# --8<-- [start:call]
import torch
from torch import nn

loss = nn.SmoothL1Loss(beta=0.5)
prediction, target = torch.tensor([1.25, 2.0, 5.0]), torch.tensor([1.0, 3.0, 2.0])
print(f"loss {loss(prediction, target):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
each = F.smooth_l1_loss(prediction, target, beta=0.5, reduction="none")
assert each.tolist() == [0.0625, 0.75, 2.75], "with β = 0.5, errors of 0.25, 1 and 3 cost 0.0625, 0.75 and 2.75"


# --8<-- [start:from-scratch]
def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    if not beta >= 0:
        raise RuntimeError("beta must not be negative")
    e = input - target
    if beta == 0:
        loss = e.abs()
    else:
        c = e.clamp(-beta, beta)
        loss = c * (e - c / 2) / beta  # inside c = e, outside c = ±beta
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = (3 * torch.randn(4, 5, dtype=torch.float64)).requires_grad_()
y = torch.randn(4, 5, dtype=torch.float64)
betas = 0.0, 0.1, 1.0, 2.5, math.inf
worst = 0.0
for reduction, beta in itertools.product(("none", "mean", "sum"), betas):
    ours = smooth_l1_loss(x, y, reduction, beta)
    library = F.smooth_l1_loss(x, y, reduction=reduction, beta=beta)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "value and gradient equal the library's"
assert len(betas) == 5, "five thresholds, 0 and infinity among them"
assert nn.SmoothL1Loss().beta == 1.0, "the default is beta=1.0"

# --8<-- [start:example]
x = torch.tensor([1.5, 2.0, 5.0, 4.0], requires_grad=True)
y = torch.tensor([1.0, 3.0, 2.0, 4.0])
loss = F.smooth_l1_loss(x, y, beta=2.0)
loss.backward()
print("e       ", (x - y).tolist())
print("loss    ", F.smooth_l1_loss(x, y, beta=2.0, reduction="none").tolist())
print("mean    ", loss.item())
print("gradient", x.grad.tolist())
# --8<-- [end:example]
each = F.smooth_l1_loss(x, y, beta=2.0, reduction="none")
assert each.tolist() == [0.5**2 / 4, 1**2 / 4, 3 - 1, 0], "0.5² / 4 = 0.0625, 1² / 4 = 0.25 and 3 − 1 = 2"
assert each.sum() == 2.3125, "the mean is 2.3125 / 4"
assert loss.item() == 2.3125 / 4 == 0.578125, "2.3125 / 4 = 0.578125"
assert torch.equal(x.grad, (x - y).detach().clamp(-2, 2) / 2 / 4), "the clipped error divided by β, and by 4"

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
for color, beta in (("C0", 0.5), ("C1", 1.0), ("C2", 2.0)):
    loss = F.smooth_l1_loss(e, torch.zeros(601), reduction="none", beta=beta)
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), color)
    right.plot(e.detach(), slope, color)
    left.text(3.1, loss[-1].item(), f"β = {beta}", color=color, va="center")
left.plot(e.detach(), e.detach().abs(), "C5", linestyle=":", zorder=0)
left.text(3.1, 3, "|e|", color="C5", va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.equal(slope, e.clamp(-2, 2) / 2), "the gradient is the clipped error over beta"
for beta in (0.5, 1.0, 2.0):
    gap = e.abs() - F.smooth_l1_loss(e, torch.zeros(601), reduction="none", beta=beta)
    assert torch.allclose(gap[e.abs() > beta], torch.tensor(beta / 2)), "outside ±β all curves lie β/2 below |e|"

# --8<-- [start:beta]
print("beta   loss(0.1)  slope(0.1)  loss(3)  slope(3)")
for beta in (0.0, 0.01, 1 / 9, 1.0, 10.0):
    e = torch.tensor([0.1, 3.0], requires_grad=True)
    loss = F.smooth_l1_loss(e, torch.zeros(2), reduction="none", beta=beta)
    (slope,) = torch.autograd.grad(loss.sum(), e)
    print(f"{beta:<5.2f}  {loss[0]:9.4f}  {slope[0]:10.2f}", end="")
    print(f"  {loss[1]:7.3f}  {slope[1]:8.2f}")
# --8<-- [end:beta]
for beta in (0.01, 1 / 9, 1.0, 10.0):
    (slope,) = torch.autograd.grad(F.smooth_l1_loss(e, torch.zeros(2), reduction="sum", beta=beta), e)
    assert math.isclose(slope[0], min(1, 0.1 / beta), rel_tol=1e-6), "the slope for small errors is min(1, 0.1 / β)"
    assert (slope[1] == 1) == (beta < 10), "the error of 3 pulls with 1 in every row but the last"
pixels = torch.rand(9)
half = F.mse_loss(pixels, 0 * pixels) / 2
assert torch.isclose(F.smooth_l1_loss(pixels, 0 * pixels), half), "it is so large that the loss is half of `MSELoss`"

# --8<-- [start:reduction]
boxes = torch.tensor([[0.5, 1, 2, 3], [9, 9, 9, 9], [1, 0, 0, 0]])
positive = torch.tensor([True, False, True])  # the second box matches no object
loss = F.smooth_l1_loss(boxes, torch.zeros(3, 4), reduction="none")
total = loss[positive].sum()
print("reduction                      loss")
print(f"mean over all numbers         {loss.mean():.3f}")
print(f"mean over numbers that count  {loss[positive].mean():.3f}")
print(f"sum / positive boxes          {total / positive.sum():.3f}")
print(f"sum / all boxes               {total / len(boxes):.3f}")
# --8<-- [end:reduction]
assert loss[positive].mean() * 4 == total / positive.sum(), "`mean` divides by four numbers per box"
assert total / loss.numel() < loss.mean(), "and counts boxes that match no object if you leave them in"

# --8<-- [start:huber]
smooth, huber = nn.SmoothL1Loss(beta=0.5), nn.HuberLoss(delta=0.5)
print("loss                     lr   after one step")
for criterion, lr in ((smooth, 0.1), (huber, 0.1), (huber, 0.1 / 0.5)):
    theta = torch.tensor([0.3, 4.0], requires_grad=True)
    criterion(theta, torch.zeros(2)).backward()
    torch.optim.SGD([theta], lr=lr).step()
    values = ", ".join(f"{value:.3f}" for value in theta)
    print(f"{criterion!s:23}  {lr:.1f}  {values}")
# --8<-- [end:huber]
x, y = torch.tensor([0.3, 4.0]), torch.zeros(2)
for threshold in (0.1, 0.5, 1.0, 3.0):
    scaled = threshold * F.smooth_l1_loss(x, y, beta=threshold)
    assert torch.isclose(F.huber_loss(x, y, delta=threshold), scaled), "`HuberLoss(delta=d)` is `d` times the other"
assert F.smooth_l1_loss(x, y) == F.huber_loss(x, y), "at 1, the default of both, they are the same"
assert torch.allclose(theta, torch.tensor([0.27, 3.95])), "the factor acts like a learning rate"


# --8<-- [start:sigma]
def with_sigma(e, sigma):  # as written in the first Faster R-CNN code
    inside = e.abs() < 1 / sigma**2
    return torch.where(inside, (sigma * e) ** 2 / 2, e.abs() - 0.5 / sigma**2)


e = torch.linspace(-2, 2, 401)
print("sigma    beta  difference")
for sigma in (1.0, 3.0):
    ours = F.smooth_l1_loss(e, 0 * e, reduction="none", beta=1 / sigma**2)
    worst = (with_sigma(e, sigma) - ours).abs().max()
    print(f"{sigma:<5.0f}  {1 / sigma**2:.4f}  {worst:10.5f}")
# --8<-- [end:sigma]
assert worst < 1e-6, "so `beta` is 1 / σ²"

# --8<-- [start:hover]
print("beta  error after 400 steps")
for beta in (0.0, 0.01, 0.04, 0.06, 1.0):
    theta = torch.tensor([0.23], requires_grad=True)
    for _ in range(400):
        loss = F.smooth_l1_loss(theta, torch.ones(1), beta=beta)
        (gradient,) = torch.autograd.grad(loss, theta)
        with torch.no_grad():
            theta -= 0.1 * gradient
    print(f"{beta:4.2f}  {abs(theta.item() - 1):21.3f}")
# --8<-- [end:hover]
assert 0.1 / 2 == 0.05, "with η = 0.1 that is β > 0.05"
theta = torch.tensor([0.99], requires_grad=True)
(gradient,) = torch.autograd.grad(F.smooth_l1_loss(theta, torch.ones(1), beta=0.04), theta)
step = (theta - 0.1 * gradient - 1) / (theta - 1)
assert math.isclose(step.item(), 1 - 0.1 / 0.04, rel_tol=1e-3), "it is multiplied by 1 − η/β per step"

# --8<-- [start:accepted]
x, y = torch.tensor([0.3, 4.0]), torch.zeros(2)
print("beta  loss")
for beta in (0.0, math.inf, -1.0, math.nan):
    try:
        print(f"{beta:<4}  {nn.SmoothL1Loss(beta=beta)(x, y).item():.2f}")
    except RuntimeError as error:
        print(f"{beta:<4}  {error}")
# --8<-- [end:accepted]
assert F.smooth_l1_loss(x, y, beta=0.0) == F.l1_loss(x, y), "0 is allowed and gives the absolute error"
assert "must be positive" in (F.smooth_l1_loss.__doc__ or ""), "the 2.13 function says must be positive"
theta = x.clone().requires_grad_()
(gradient,) = torch.autograd.grad(F.smooth_l1_loss(theta, y, beta=math.inf), theta)
assert gradient.tolist() == [0, 0], "infinity makes every finite loss and its gradient 0"

# --8<-- [start:mask]
x = torch.zeros(2, requires_grad=True)
y = torch.tensor([1.0, math.nan])
valid = ~y.isnan()
late = F.smooth_l1_loss(x, y, reduction="none")[valid].mean()
early = F.smooth_l1_loss(x[valid], y[valid])
print("way               loss  gradient")
for name, loss in (("mask the loss", late), ("mask the tensors", early)):
    (gradient,) = torch.autograd.grad(loss, x)
    print(f"{name:16}  {loss.item():4}  {gradient.tolist()}")
# --8<-- [end:mask]
for criterion in (nn.MSELoss(reduction="none"), nn.HuberLoss(reduction="none")):
    (gradient,) = torch.autograd.grad(criterion(x, y)[valid].sum(), x)
    assert gradient[1].isnan(), "`HuberLoss` and `MSELoss` behave alike"
(gradient,) = torch.autograd.grad(nn.L1Loss(reduction="none")(x, y)[valid].sum(), x)
assert not gradient.isnan().any(), "`L1Loss` hides it"
plt.show()

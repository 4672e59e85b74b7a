# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


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
worst, betas = 0.0, (0.0, 0.1, 1.0, 2.5, math.inf)
for options in itertools.product(("none", "mean", "sum"), betas):
    ours = smooth_l1_loss(x, y, *options)
    library = F.smooth_l1_loss(x, y, reduction=options[0], beta=options[1])
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, (a - b).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12 and len(betas) == 5

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
assert F.smooth_l1_loss(x, y, beta=2.0, reduction="none").tolist() == [0.0625, 0.25, 2, 0]
assert loss.item() == 2.3125 / 4 == 0.578125 and x.grad.tolist() == [0.0625, -0.125, 0.25, 0]

# --8<-- [start:curves]
e = torch.linspace(-3, 3, 601, requires_grad=True)  # as on every loss page
figure, (left, right) = plt.subplots(1, 2)
for color, beta, at in (("C0", 0.5, 0.0), ("C1", 1.0, 1.4), ("C2", 2.0, 2.45)):
    loss = F.smooth_l1_loss(e, torch.zeros(601), reduction="none", beta=beta)
    (slope,) = torch.autograd.grad(loss.sum(), e)
    left.plot(e.detach(), loss.detach(), color)
    right.plot(e.detach(), slope, color)
    left.text(3.1, loss[-1].item(), f"β = {beta}", color=color, va="center")
    right.text(at, 0.86, f"{beta}", color=color, ha="center", va="center")
left.plot(e.detach(), e.detach().abs(), "C5", linestyle=":", zorder=0)
left.text(3.1, 3, "|e|", color="C5", va="center")
left.set(title="loss", xlabel="e = x − y", xticks=range(-3, 4))
right.set(title="gradient", xlabel="e = x − y", xticks=range(-3, 4))
# --8<-- [end:curves]
assert torch.equal(slope, e.clamp(-2, 2) / 2) and loss[0] == loss[-1] == 2
gap = e.abs() - F.smooth_l1_loss(e, torch.zeros(601), reduction="none", beta=0.5)
assert torch.allclose(gap[e.abs() > 0.51], torch.tensor(0.25))

# --8<-- [start:beta]
print(" beta  loss(0.1)  slope(0.1)  loss(3)  slope(3)")
for beta in (0.0, 0.01, 1 / 9, 1.0, 10.0):
    e = torch.tensor([0.1, 3.0], requires_grad=True)
    loss = F.smooth_l1_loss(e, torch.zeros(2), reduction="none", beta=beta)
    (slope,) = torch.autograd.grad(loss.sum(), e)
    print(f"{beta:5.2f}  {loss[0]:9.4f}  {slope[0]:10.2f}", end="")
    print(f"  {loss[1]:7.3f}  {slope[1]:8.2f}")
# --8<-- [end:beta]
assert torch.allclose(slope, torch.tensor([0.01, 0.3]))
for beta in (0.01, 1 / 9, 1.0):
    assert F.smooth_l1_loss(e, torch.zeros(2), reduction="none", beta=beta)[1] == 3 - beta / 2

# --8<-- [start:reduction]
boxes = torch.tensor([[0.5, 1, 2, 3], [9, 9, 9, 9], [1, 0, 0, 0]])
positive = torch.tensor([True, False, True])  # the second box matches no object
loss = F.smooth_l1_loss(boxes, torch.zeros(3, 4), reduction="none")
total = loss[positive].sum()
print(f"mean over all numbers        {loss.mean():.3f}")
print(f"mean over numbers that count {loss[positive].mean():.3f}")
print(f"sum / positive boxes         {total / positive.sum():.3f}")
print(f"sum / all boxes              {total / len(boxes):.3f}")
# --8<-- [end:reduction]
assert loss[positive].sum() == 5.125 and loss[positive].mean() * 4 == 2.5625 and loss[1].sum() == 34

# --8<-- [start:huber]
x, y = torch.tensor([0.3, 4.0]), torch.zeros(2)
for criterion, lr in (
    (nn.SmoothL1Loss(beta=0.5), 0.1),
    (nn.HuberLoss(delta=0.5), 0.1),
    (nn.HuberLoss(delta=0.5), 0.1 / 0.5),
):
    theta = x.clone().requires_grad_()
    criterion(theta, y).backward()
    torch.optim.SGD([theta], lr=lr).step()
    values = [f"{value:.3f}" for value in theta]
    print(f"{type(criterion).__name__:12} lr {lr:.1f}: {values}")
# --8<-- [end:huber]
assert torch.allclose(theta, torch.tensor([0.3 - 0.1 * 0.6 / 2, 4 - 0.1 / 2]))


# --8<-- [start:sigma]
def with_sigma(e, sigma):  # as written in the first Faster R-CNN code
    inside = e.abs() < 1 / sigma**2
    return torch.where(inside, (sigma * e) ** 2 / 2, e.abs() - 0.5 / sigma**2)


e = torch.linspace(-2, 2, 401)
for sigma in (1.0, 3.0):
    ours = F.smooth_l1_loss(e, 0 * e, reduction="none", beta=1 / sigma**2)
    worst = (with_sigma(e, sigma) - ours).abs().max()
    print(f"sigma {sigma:.0f}, beta {1 / sigma**2:.4f}: difference {worst:.5f}")
# --8<-- [end:sigma]
assert worst < 1e-6 and F.huber_loss(e, 0 * e, delta=1 / 9) * 9 - F.smooth_l1_loss(e, 0 * e, beta=1 / 9) < 1e-6

# --8<-- [start:hover]
for beta in (0.0, 0.01, 0.04, 0.06, 1.0):
    theta = torch.tensor([0.23], requires_grad=True)
    for _ in range(400):
        loss = F.smooth_l1_loss(theta, torch.ones(1), beta=beta)
        (g,) = torch.autograd.grad(loss, theta)
        theta = (theta - 0.1 * g).detach().requires_grad_()
    print(f"beta {beta:4.2f}: error {abs(theta.item() - 1):.3f} after 400 steps")
# --8<-- [end:hover]
assert abs(theta.item() - 1) < 1e-4 and 2 * 0.04 < 0.1 < 2 * 0.06

# --8<-- [start:accepted]
x, y = torch.tensor([0.3, 4.0]), torch.zeros(2)
for beta in (0.0, math.inf, -1.0, math.nan):
    try:
        print(f"beta {beta:4}: {nn.SmoothL1Loss(beta=beta)(x, y).item():.2f}")
    except RuntimeError as error:
        print(f"beta {beta:4}: {error}")
# --8<-- [end:accepted]
assert F.smooth_l1_loss(x, y, beta=0.0) == F.l1_loss(x, y) and F.smooth_l1_loss(x, y, beta=math.inf) == 0
assert "must be positive" in (F.smooth_l1_loss.__doc__ or "")

# --8<-- [start:mask]
x = torch.zeros(2, requires_grad=True)
y = torch.tensor([1.0, math.nan])
valid = ~y.isnan()
for name, loss in (
    ("mask the loss  ", F.smooth_l1_loss(x, y, reduction="none")[valid].mean()),
    ("mask the tensors", F.smooth_l1_loss(x[valid], y[valid])),
):
    (g,) = torch.autograd.grad(loss, x)
    print(f"{name:16} {loss.item()}, gradient {g.tolist()}")
# --8<-- [end:mask]
assert loss == 0.5 and g.tolist() == [-1, 0]
for criterion in (nn.MSELoss(reduction="none"), nn.HuberLoss(reduction="none")):
    assert torch.autograd.grad(criterion(x, y)[valid].sum(), x)[0].isnan().tolist() == [False, True]
pixels = torch.rand(9)
assert torch.isclose(F.smooth_l1_loss(pixels, 0 * pixels), F.mse_loss(pixels, 0 * pixels) / 2)
plt.show()

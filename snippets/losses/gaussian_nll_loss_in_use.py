# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:fit]
def fit(seed):
    torch.manual_seed(seed)
    x = torch.linspace(-3, 3, 300).unsqueeze(1)
    noise = 0.05 + 0.15 * (x + 3) / 2  # a standard deviation that grows
    y = torch.sin(x) + noise * torch.randn(300, 1)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(400):
        mean, raw = model(x).chunk(2, dim=1)
        loss = F.gaussian_nll_loss(mean, y, F.softplus(raw))  # softplus: above 0
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    std = F.softplus(raw).detach().sqrt()
    return x.squeeze(1), y.squeeze(1), mean.detach().squeeze(1), std.squeeze(1)
# --8<-- [end:fit]


# --8<-- [start:band]
x, y, mean, std = fit(seed=0)
figure, axes = plt.subplots()
axes.plot(x, y, ".", color="C5", markersize=3, alpha=0.6)
axes.plot(x, mean, "C0")
axes.fill_between(x, mean - 2 * std, mean + 2 * std, color="C0", alpha=0.2)
axes.set(xlabel="feature", ylabel="target")
# --8<-- [end:band]
assert f"{math.erf(2 / math.sqrt(2)):.0%}" == "95%", "a band of two standard deviations should hold about 95 %"
for seed in range(5):
    if seed > 0:  # the first one is drawn above
        x, y, mean, std = fit(seed)
    inside = ((y - mean).abs() < 2 * std).float().mean()
    assert inside > 0.9, "more than 90 % of the points lie in the band, in 5 of 5 seeds"
    assert std[-20:].mean() > 3 * std[:20].mean(), (
        "at the right end it is more than three times as wide, in 5 of 5 seeds"
    )
    assert (mean - torch.sin(x)).abs().max() < 0.3, "the mean stays within 0.3 of the sine, in 5 of 5 seeds"

# --8<-- [start:var]
x, y = torch.zeros(4, 3), torch.zeros(4, 3)
shapes = (4, 3), (4,), (4, 1), (1, 3), (3,), (1, 1)
print("var     result")
for var in (2.0, 2, *(torch.ones(shape) for shape in shapes)):
    given = str(tuple(var.shape) if isinstance(var, torch.Tensor) else var)
    try:
        F.gaussian_nll_loss(x, y, var)
        print(f"{given:6}  fits")
    except TypeError:
        print(f"{given:6}  TypeError")
    except ValueError as error:
        print(f"{given:6}  ValueError: {error}")
# --8<-- [end:var]
x, rows = torch.zeros(2, 2), torch.tensor([1.0, math.e**2])
by_rows = F.gaussian_nll_loss(x, x, rows, reduction="none")
assert torch.allclose(by_rows, torch.tensor([[0.0], [1.0]])), "in a square it is taken for the rows"

# --8<-- [start:full]
x, y, var = torch.tensor(1.0), torch.tensor(3.0), torch.tensor(4.0)
normal = torch.distributions.Normal(x, var.sqrt())
print(f"short {F.gaussian_nll_loss(x, y, var):.4f}")
print(f"full  {F.gaussian_nll_loss(x, y, var, full=True):.4f}")
print(f"exact {-normal.log_prob(y):.4f}")
# --8<-- [end:full]
assert f"{math.log(2 * math.pi) / 2:.4f}" == "0.9189", "it adds ½ log 2π = 0.9189"
full = F.gaussian_nll_loss(x, y, var, full=True)
assert torch.isclose(full, -normal.log_prob(y)), "the value is the exact negative log-density"

# --8<-- [start:eps]
x, y = torch.tensor(1.0), torch.tensor(0.0)
print("var     loss  by clamping  by adding")
for var in (4.0, 1.0, 0.25):
    loss = F.gaussian_nll_loss(x, y, var, eps=1.0)
    clamped, added = max(var, 1.0), var + 1.0
    print(f"{var:<4}  {loss:.4f}", end="")
    print(f"  {(math.log(clamped) + 1 / clamped) / 2:11.4f}", end="")
    print(f"  {(math.log(added) + 1 / added) / 2:9.4f}")
# --8<-- [end:eps]
assert math.isclose(loss, (math.log(1) + 1) / 2), "`var` is clamped to be at least `eps`"
assert "added to var" in F.gaussian_nll_loss.__doc__, "in 2.13 the page of `F.gaussian_nll_loss` says added"
assert "clamp" in nn.GaussianNLLLoss.__doc__, "the page of the class says clamped"
var = torch.tensor(0.25, requires_grad=True)
F.gaussian_nll_loss(torch.tensor(2.0), torch.tensor(0.0), var, eps=1.0).backward()
assert var.grad == (1 - 4) / 2, "a variance below ε gets the gradient of ε, not 0"

# --8<-- [start:negative]
errors = torch.tensor([0.1, -0.2, 0.1])
print("unit     loss")
for unit, scale in (("m", 1), ("cm", 100)):
    loss = F.gaussian_nll_loss(scale * errors, torch.zeros(3), 0.02 * scale**2)
    print(f"{unit:4}  {loss:7.4f}")
# --8<-- [end:negative]
meters = F.gaussian_nll_loss(errors, torch.zeros(3), 0.02)
assert math.isclose(loss - meters, math.log(100), rel_tol=1e-5), "in centimeters each element grows by log 100"

# --8<-- [start:explode]
print("eps       loss  gradient by x  by var")
for eps in (1e-6, 1e-2):
    x = torch.ones(1, requires_grad=True)
    var = torch.zeros(1, requires_grad=True)
    loss = F.gaussian_nll_loss(x, torch.zeros(1), var, eps=eps)
    loss.backward()
    print(f"{eps:<5g}  {loss:7.0f}", end="")
    print(f"  {x.grad.item():13.0e}  {var.grad.item():6.0e}")
# --8<-- [end:explode]
half = torch.zeros(1).half()
assert F.gaussian_nll_loss(half + 1, half, half).isinf(), "in float16 even the value is infinite"
assert math.isclose(x.grad.item(), 1 / 1e-2, rel_tol=1e-5), "an error of 1 has the gradient 1/ε by x"
assert math.isclose(var.grad.item(), -1 / (2 * 1e-2**2), rel_tol=0.02), "and about −1/(2ε²) by the variance"
try:
    F.gaussian_nll_loss(x, x, -x)
    message = ""
except ValueError as error:
    message = str(error)
assert message == "var has negative entry/entries", "var has negative entry/entries"

# --8<-- [start:std]
torch.manual_seed(0)
data = 3 * torch.randn(10_000)  # standard deviation 3
grid = torch.arange(1, 151) / 10
zeros = torch.zeros(10_000)
losses = [F.gaussian_nll_loss(zeros, data, var.item()) for var in grid]
print(f"best var is about {grid[torch.stack(losses).argmin()]:.0f}")
# --8<-- [end:std]
best = grid[torch.stack(losses).argmin()]
assert math.isclose(best, data.square().mean(), abs_tol=0.06), "the best variance is the mean squared error"

# --8<-- [start:beta]
errors, var = torch.tensor([2.0, 2.0]), torch.tensor([0.1, 10.0])
print("beta  by x, var 0.1  by x, var 10")
for beta in (0.0, 0.5, 1.0):
    x = errors.clone().requires_grad_()
    loss = F.gaussian_nll_loss(x, torch.zeros(2), var, reduction="none")
    (loss * var.detach() ** beta).sum().backward()
    print(f"{beta:<4}  {x.grad[0]:13.2f}  {x.grad[1]:12.2f}")
# --8<-- [end:beta]
(half_squared,) = torch.autograd.grad(F.mse_loss(x, torch.zeros(2), reduction="sum") / 2, x)
assert torch.allclose(x.grad, half_squared), "β = 1 gives the mean the gradient of half the squared error"

# --8<-- [start:shapes]
x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0])
print(f"wrong {F.gaussian_nll_loss(x, y, torch.ones(3, 1)):.4f}, no warning")
print(f"right {F.gaussian_nll_loss(x, y.unsqueeze(1), torch.ones(3, 1)):.4f}")
try:
    nn.GaussianNLLLoss(True)
except TypeError as error:
    print(error)
# --8<-- [end:shapes]
assert F.gaussian_nll_loss(x, y, torch.ones(3, 1), reduction="none").shape == (3, 3), "broadcasts to (N, N)"
loss = F.gaussian_nll_loss(x, 3 - x, 1.0)
assert torch.isclose(loss, F.mse_loss(x, 3 - x) / 2), "with `var=1.0` this loss is half of it"
plt.show()

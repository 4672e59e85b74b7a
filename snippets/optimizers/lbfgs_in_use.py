# --8<-- [start:setup]
import functools
import inspect
import itertools

import torch
from torch import nn

# --8<-- [end:setup]


# --8<-- [start:minimize]
def minimize(loss_of, start, steps=1, **options):
    """Return the end, the losses that each step saw, and the optimizer."""
    theta = nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer, seen = torch.optim.LBFGS([theta], **options), []

    def closure():
        optimizer.zero_grad()
        loss = loss_of(theta)
        loss.backward()
        seen[-1].append(loss.item())
        return loss

    for _ in range(steps):
        seen.append([])
        optimizer.step(closure)
    return theta.detach(), seen, optimizer


def rosenbrock(p):
    return ((1 - p[:-1]) ** 2 + 100 * (p[1:] - p[:-1] ** 2) ** 2).sum()
# --8<-- [end:minimize]


# --8<-- [start:state]
sizes = {}
print("history_size  numbers per parameter")
for history in (5, 20, 100):
    options = {"history_size": history, "tolerance_change": 0}
    theta, _, optimizer = minimize(rosenbrock, [-1.0] * 500, steps=8, **options)
    (state,) = optimizer.state.values()  # one for all parameters
    kept = [state["d"], state["prev_flat_grad"]]
    kept += state["old_dirs"] + state["old_stps"]  # the y and the s
    size = sum(tensor.numel() for tensor in kept) / theta.numel()
    print(f"{history:<12}  {size:g}")
    sizes[history] = size
# --8<-- [end:state]
for history, size in sizes.items():
    assert size == 2 * history + 2, "that is 2m + 2"
rest = state.keys() - {"d", "prev_flat_grad", "old_dirs", "old_stps"}
assert rest == {"func_evals", "n_iter", "t", "ro", "H_diag", "prev_loss", "al"}, "the rest are single numbers"
assert 4 * sizes[100] == 808, "in float32 the default m = 100 grows to 808 bytes per parameter"
assert round(808 / 8) == 101, "a hundred times what Adam takes, 8 bytes"
assert 4 * (2 * 10 + 2) == 88, "with history_size=10 it is 88 bytes"
assert "param_bytes * (history_size + 1)" in torch.optim.LBFGS.__doc__, "the docstring's formula, half of that"

# --8<-- [start:defaults]
for name, parameter in inspect.signature(torch.optim.LBFGS).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<17} {parameter.default}")
# --8<-- [end:defaults]

# --8<-- [start:by-hand]
theta = nn.Parameter(torch.tensor([3.0]))
optimizer = torch.optim.LBFGS([theta])


def closure():
    optimizer.zero_grad()
    loss = (2 * theta**2).sum()
    loss.backward()
    print(f"θ = {theta.item():.4f}   g = {theta.grad.item():7.4f}")
    return loss


loss = optimizer.step(closure)
print(f"returned {loss.item():.4f}")
# --8<-- [end:by-hand]
assert abs(theta.item()) < 1e-6, "hence θ₂ = 0"
assert loss.item() == 18, "the returned loss is 18: the one before the step"

# --8<-- [start:messages]
theta = nn.Parameter(torch.ones(2))
groups = [{"params": [theta]}, {"params": [nn.Parameter(torch.ones(2))]}]
for attempt in (
    lambda: torch.optim.LBFGS([theta]).step(),
    lambda: torch.optim.LBFGS(groups),
    lambda: torch.optim.LBFGS([theta], maximize=True),
    lambda: minimize(rosenbrock, [-1.2, 1.0], line_search_fn="armijo"),
):
    try:
        attempt()
    except (TypeError, ValueError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:messages]


# --8<-- [start:closure]
def after_one_step(zero_grad, backward):
    """Return θ after one call of step on |θ|², and the number of closures."""
    theta = nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = torch.optim.LBFGS([theta])

    def closure():
        if zero_grad:
            optimizer.zero_grad()
        loss = (theta**2).sum()
        if backward:
            loss.backward()
        return loss

    optimizer.step(closure)
    return theta.tolist(), optimizer.state[theta]["func_evals"]


print("zero_grad  backward  closures  θ")
for zero_grad, backward in ((True, True), (True, False), (False, True)):
    theta, calls = after_one_step(zero_grad, backward)
    end = ", ".join(f"{round(component, 2) + 0.0:.2f}" for component in theta)
    print(f"{zero_grad!s:<9}  {backward!s:<8}  {calls:<8}  ({end})")
# --8<-- [end:closure]
theta, calls = after_one_step(zero_grad=True, backward=True)
assert max(map(abs, theta)) < 1e-6, "the first is solved"
assert calls == 3, "the first is solved with three closures"
theta, calls = after_one_step(zero_grad=True, backward=False)
assert theta == [3, -2], "without backward() nothing moves, and there is no error"
theta, calls = after_one_step(zero_grad=False, backward=True)
assert max(map(abs, theta)) > 1, "without zero_grad() the gradients add up, and the minimum is missed"

# --8<-- [start:maximize]
theta, _, _ = minimize(lambda p: -(4 - (p - 3) ** 2).sum(), [0.0])
print(f"θ = {theta.item():.4f}")
# --8<-- [end:maximize]
assert abs(theta.item() - 3) < 1e-6, "the highest point of 4 − (θ − 3)² is 3"

# --8<-- [start:count]
start = [-1.2, 1.0]
for search in (None, "strong_wolfe"):
    options = {"steps": 5, "line_search_fn": search}
    _, seen, optimizer = minimize(rosenbrock, start, **options)
    print(f"{search!s:<13} evaluations per step:", *map(len, seen), end="  ")
    print(f"loss {seen[0][0]:.1f} → {seen[-1][0]:.0e}")
_, kink, _ = minimize(lambda p: p.abs().sum(), [1.0, 0.3], **options)
print("|θ₁| + |θ₂|,  evaluations per step:", *map(len, kink))
# --8<-- [end:count]
assert torch.optim.LBFGS([theta]).defaults["max_iter"] == 20, "without a line search `max_iter`, 20"
assert torch.optim.LBFGS([theta]).defaults["max_eval"] == 25, "with it `max_eval`, 25"
assert len(kink[0]) == 26, "the last search may exceed it by one: 26 at a kink"

# --8<-- [start:diverges]
def log_cosh(p):
    return p.cosh().log().sum()


for search in (None, "strong_wolfe"):
    _, seen, _ = minimize(log_cosh, [3.0, -1.0], steps=4, line_search_fn=search)
    losses = list(itertools.chain(*seen))
    first = (f"{loss:.2g}" for loss in losses[:6])
    print(f"{search!s:<13}", *first, "…", f"{losses[-1]:.0e}")
# --8<-- [end:diverges]
assert losses[-1] < 1e-9, "the line search finds the minimum"

# --8<-- [start:lr]
print("line_search_fn  lr   loss")
for search in (None, "strong_wolfe"):
    for lr in (0.1, 1.0, 2.0):
        options = {"steps": 5, "lr": lr, "line_search_fn": search}
        theta, seen, _ = minimize(rosenbrock, start, **options)
        end = rosenbrock(theta)
        print(f"{search!s:<14}  {lr:<3}  {end:.0e}")
# --8<-- [end:lr]
for lr in (0.1, 1.0, 2.0):
    theta, _, _ = minimize(rosenbrock, start, steps=5, lr=lr, line_search_fn="strong_wolfe")
    assert rosenbrock(theta) < 1e-6, "with a line search all three rates end below 10^-6"

# --8<-- [start:stops]
def square(p, scale):
    return scale * (p**2).sum()


print("loss ×  tolerance_grad  evaluations  |θ|")
for scale, tolerance in ((1.0, 1e-7), (1e-8, 1e-7), (1e-8, 0.0)):
    options = {"tolerance_grad": tolerance, "tolerance_change": 0}
    loss_of = functools.partial(square, scale=scale)
    theta, seen, _ = minimize(loss_of, [1.0, -2.0], **options)
    print(f"{scale:<6g}  {tolerance:<14g}", end="  ")
    print(f"{len(seen[0]):<11}  {theta.norm():.3f}")
# --8<-- [end:stops]

# --8<-- [start:one-iteration]
for max_eval in (None, 25):
    options = {"max_iter": 1, "max_eval": max_eval, "line_search_fn": search}
    theta, seen, _ = minimize(rosenbrock, start, steps=60, **options)
    print(f"max_eval {max_eval!s:<4} θ = ({theta[0]:.4f}, {theta[1]:.4f})")
# --8<-- [end:one-iteration]

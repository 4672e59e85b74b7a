# --8<-- [start:setup]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

# --8<-- [end:setup]


# --8<-- [start:minimum]
def distances(lr, fall=0.0, steps=1000):
    """Return the rms distance to the minimum after each step, of 500 runs."""
    torch.manual_seed(0)
    p = nn.Parameter(torch.ones(500))  # 500 runs at once
    optimizer, path = torch.optim.Adam([p]), []
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = lr - fall * t
        p.grad = p.detach() + torch.randn(500)  # of θ²/2, with noise of size 1
        optimizer.step()
        path.append(p.detach().square().mean().sqrt().item())
    return path


figure, axes = plt.subplots(figsize=(5.5, 2.9))
for name, lr, fall, look in (
    ("0.1", 0.1, 0.0, "C0"), ("0.01", 0.01, 0.0, "C1--"),
    ("0.1 → 0", 0.1, 1e-4, "C2-."),
):  # fmt: skip
    path = distances(lr, fall)
    end = sum(path[-50:]) / 50
    print(f"lr {name:<8} step 50: {path[49]:.1f}  the end: {end:.2f}")
    axes.plot(path, look, label=f"lr {name}")
axes.set(xlabel="step", ylabel="rms distance to the minimum", ylim=(0, 1))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:minimum]
assert round(math.sqrt(0.1 / 2), 2) == 0.22, "√(0.1 / 2) = 0.22"
assert round(math.sqrt(0.01 / 2), 2) == 0.07, "√(0.01 / 2) = 0.07"


def distances_over_seeds(rates, seeds=range(5), steps=1000):
    """The same for each rate, (lr, fall), and each seed at once: (rates, seeds, steps). Adam mixes no two runs."""
    noise = [torch.randn(steps, 500, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    runs = [nn.Parameter(torch.ones(len(noise), 500)) for _ in rates]
    optimizer, paths = torch.optim.Adam([{"params": [p]} for p in runs]), []
    for t, drawn in enumerate(torch.stack(noise, dim=1)):
        for p, group, (lr, fall) in zip(runs, optimizer.param_groups, rates, strict=True):
            group["lr"] = lr - fall * t
            p.grad = p.detach() + drawn
        optimizer.step()
        paths.append(torch.stack([p.detach().square().mean(dim=1).sqrt() for p in runs]))
    return torch.stack(paths, dim=2)


over_seeds = distances_over_seeds([(0.1, 0.0), (0.01, 0.0), (0.1, 1e-4)])
for fast, slow, falling in over_seeds[:, :, 49].T.tolist():
    assert round(fast, 1) == 0.2, "after 50 steps the rate 0.1 is at 0.2, in 5 of 5 seeds"
    assert round(falling, 1) == 0.2, "and so is the falling rate"
    assert round(slow, 1) == 0.7, "where 0.01 is still at 0.7"
for fast, slow, falling in over_seeds[:, :, -50:].mean(dim=2).T.tolist():
    for lr, end in ((0.1, fast), (0.01, slow)):
        assert abs(end / math.sqrt(lr / 2) - 1) < 0.1, "the two constant rates end within 10 %, in 5 of 5 seeds"
    assert round(falling, 2) == 0.07, "at the end the falling rate is at 0.07"

# --8<-- [start:eps]
g, eps = 1e-8, 1e-8
first, second = 1 - 0.9**10, 1 - 0.999**10  # the corrections after ten steps
m, v, root = first * g, second * g * g, math.sqrt(second)
print(f"Adam           {m / first / (math.sqrt(v / second) + eps):.4f} η")
print(f"√(1 - β₂ᵗ) ε   {m * root / first / (math.sqrt(v) + root * eps):.4f} η")
print(f"(1 - β₂ᵗ) ε    {m * root / first / (math.sqrt(v) + second * eps):.4f} η")
print(f"no root        {m / first / (v / second):.0f} η")
# --8<-- [end:eps]

# --8<-- [start:bfloat16]
for dtype in (torch.float32, torch.bfloat16):
    p = nn.Parameter(torch.ones(1, dtype=dtype))
    optimizer = torch.optim.Adam([p], lr=1e-3)
    for g in [1.0] * 500 + [0.0] * 500:
        p.grad = torch.full_like(p, g)
        optimizer.step()
    v = optimizer.state[p]["exp_avg_sq"]
    print(f"{dtype!s:<14}  θ {p.item():.2f}  v {v.item():.2f}")
# --8<-- [end:bfloat16]
one = torch.ones(1, dtype=torch.bfloat16)
assert torch.finfo(torch.bfloat16).eps == 2**-7, "bfloat16 keeps 8 significant bits"
below = torch.nextafter(one, 0 * one)
assert one - below == 2**-8, "between 0.5 and 1 its numbers are 2^-8 apart"
assert f"{2**-8:.3f}" == "0.004", "2^-8 ≈ 0.004"
assert one - 0.001 == one, "1 − 0.001 is rounded back to 1"
assert p == 1, "in bfloat16 the weight never moved"
assert v * 0.999 == v, "0.999 v is rounded back to v"
assert v + 0.001 == v, "0.001 g² became too small to add"

# --8<-- [start:checkpoint]
for new, old in itertools.permutations((torch.optim.Adam, torch.optim.AdamW)):
    optimizer = new([p], weight_decay=0.3)
    optimizer.load_state_dict(old([p]).state_dict())
    group = optimizer.param_groups[0]
    print(f"{old.__name__:<5} → {new.__name__:<5}", end="  ")
    print("weight_decay", group["weight_decay"], end="  ")
    print("decoupled", group["decoupled_weight_decay"])
try:
    optimizer.load_state_dict(optimizer.state_dict(), strict=False)
except TypeError as error:
    print(error)
# --8<-- [end:checkpoint]
one, other = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
one.grad, other.grad = torch.ones(2), torch.full((2,), 5.0)
saved = torch.optim.Adam([one, other])
saved.step()
swapped = torch.optim.Adam([other, one], lr=0.5)
swapped.load_state_dict(saved.state_dict())
mixed = torch.equal(swapped.state[other]["exp_avg"], saved.state[one]["exp_avg"])
assert mixed, "the state is matched by position: two parameters in another order silently swap their averages"
assert swapped.param_groups[0]["lr"] == 0.001, "`lr` included"

# --8<-- [start:tensor]
lr = torch.tensor(0.1)
for options in ({"lr": lr, "foreach": True}, {"betas": (0.9, lr)}):
    try:
        torch.optim.Adam([p], **options)
    except ValueError as error:
        print(error)
optimizer = torch.optim.Adam([p], lr=lr)
torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5)
print(f"the tensor that was passed is now {lr.item():.2f}")
# --8<-- [end:tensor]
assert optimizer.param_groups[0]["lr"] is lr, "the group holds your tensor itself, not a copy"
assert lr.item() != 0.05, "in float32 it is also rounded"
plt.show()

# --8<-- [start:both]
import math

beta1, beta2 = 0.9, 0.999
print("t     m too small by  √v too small by  uncorrected step / η")
uncorrected = {}
for t in (1, 12, 100, 1000, 5000):
    lag_m, lag_v = 1 - beta1**t, math.sqrt(1 - beta2**t)
    uncorrected[t] = lag_m / lag_v
    print(f"{t:<4}  {lag_m:14.3f}  {lag_v:15.3f}  {uncorrected[t]:20.2f}")
# --8<-- [end:both]

# --8<-- [start:imports]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn, optim

# --8<-- [end:imports]

# --8<-- [start:start]
rng = np.random.default_rng(0)
beta, v = 0.99, np.zeros(5000)  # 5000 runs at once
print("t     mean of v  1 − βᵗ  g/√v  g/√(v/(1 − βᵗ))")
for t in range(1, 1001):
    g = rng.standard_normal(5000)  # E[g²] = 1
    v = beta * v + (1 - beta) * g * g
    if t in (1, 10, 100, 1000):
        weight = 1 - beta**t
        typical = np.sqrt((g * g / v).mean())
        print(f"{t:<4}  {v.mean():9.3f}  {weight:6.3f}", end="")
        print(f"  {typical:4.1f}  {typical * math.sqrt(weight):15.1f}")
# --8<-- [end:start]
assert abs(v.mean() - 1) < 0.01, "in the end the mean of v is 1"
weights = 0.01 * 0.99 ** np.arange(7) / (1 - 0.99**7)
assert math.isclose(weights.sum(), 1), "the corrected value is a weighted mean: its weights add up to 1, here for t = 7"

every = [(1 - beta1**t) / math.sqrt(1 - beta2**t) for t in range(1, 5001)]
assert min(every) > 1, "uncorrected Adam is too fast at each of the 5000 steps, never too slow"
assert every.index(max(every)) + 1 == 12, "the twelfth step is the largest"
assert round(every[0] ** 2) == 10, "the first step is √10 η"

# --8<-- [start:eps]
eps = 1e-8
correction = {t: math.sqrt(1 - 0.999**t) for t in (1, 10_000)}
print("g       outside  inside  before, t = 1  before, t = 10000")
for g in (1e-3, 1e-5, 1e-7, 1e-8, 1e-9):
    outside = g / (g + eps)
    inside = g / math.sqrt(g * g + eps)
    early, late = (g / (g + eps / root) for root in correction.values())
    print(f"{g:<6}  {outside:7.3f}  {inside:6.3f}  {early:13.3f}  {late:17.3f}")
# --8<-- [end:eps]

# --8<-- [start:picture]
figure, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.8))
t = np.arange(1, 5001)
left.semilogx(t, (1 - beta1**t) / np.sqrt(1 - beta2**t), "C0-", label="without")
left.semilogx(t, np.ones(5000), "C5--", label="with correction")
left.set(title="step / η", xlabel="step t", ylim=(0, 7))
left.legend()
g = np.logspace(-14, -2)
right.semilogx(g, g / (g + eps), "C0-", label="outside")
right.semilogx(g, g / (g + eps / correction[1]), "C2:", label="before, t = 1")
right.semilogx(g, g / np.sqrt(g * g + eps), "C1--", label="inside")
right.set(title="step / η, by place of eps", xlabel="gradient", ylim=(0, 1.1))
right.legend(loc="upper left")
# --8<-- [end:picture]


def step_sizes(make, gradient, steps, **options):
    """The steps of torch's class for one gradient that repeats, in units of lr."""
    theta = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, sizes = make([theta], lr=1.0, **options), []
    for _ in range(steps):
        before = theta.item()
        theta.grad = torch.full((1,), gradient, dtype=torch.float64)
        optimizer.step()
        sizes.append(before - theta.item())
    return sizes


for make in (optim.Adam, optim.AdamW):
    assert math.isclose(step_sizes(make, 1e-8, 1)[0], 0.5, rel_tol=1e-6), "Adam, AdamW: outside, half of η at g = ε"
assert math.isclose(step_sizes(optim.Adagrad, 1e-8, 1, eps=1e-8)[0], 0.5), "Adagrad: outside"
rms = step_sizes(optim.RMSprop, 1e-8, 1)[0]
assert math.isclose(rms, 1e-8 / (math.sqrt(0.01) * 1e-8 + 1e-8), rel_tol=1e-6), "RMSprop: outside"
nadam = [step_sizes(optim.NAdam, g, 1)[0] for g in (1.0, 1e-8)]
assert math.isclose(nadam[1] / nadam[0], 0.5, rel_tol=1e-4), "NAdam: outside"
delta = step_sizes(optim.Adadelta, 1e-4, 1)[0]
inside = 1e-4 * math.sqrt(1e-6) / math.sqrt(0.1 * 1e-8 + 1e-6)
assert math.isclose(delta, inside, rel_tol=1e-6), "Adadelta: inside"
radam = [step_sizes(optim.RAdam, g, 10)[-1] for g in (1.0, 1e-8)]
root = math.sqrt(1 - 0.999**10)
assert math.isclose(radam[1] / radam[0], root / (root + 1), rel_tol=1e-3), "RAdam: before the correction"
edge = math.sqrt(1e-8 / 3)
assert math.isclose(edge / math.sqrt(edge**2 + 1e-8), 0.5), "inside, half of η is at the root of ε/3"
assert round(edge * 1e5, 1) == 5.8, "inside, the threshold is 5.8·10^-5"
assert round(1e-8 / correction[1] * 1e7, 1) == 3.2, "before the correction it starts at 3.2·10^-7"
assert round(1e-8 / correction[10_000] * 1e8, 2) == 1, "and falls to 10^-8"
outside, before = 1e-3 / (1e-3 + 1e-8), 1e-3 / (1e-3 + 1e-8 / correction[1])
assert outside - before < 1e-3, "from 0.001 on outside and before differ by less than 0.001"
assert 1 - 1e-3 / math.sqrt(1e-6 + 1e-8) < 0.01, "and inside by less than 1 %"

# --8<-- [start:scaled]
print("loss times  Adam's first step / η")
steps = {}
for factor in (1.0, 1e-4, 1e-8, 1e-10):
    theta = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = optim.Adam([theta], lr=0.1)
    (factor * theta.square() / 2).backward()
    optimizer.step()
    steps[factor] = (1 - theta.item()) / 0.1
    print(f"{factor:<10g}  {steps[factor]:.4f}")
# --8<-- [end:scaled]
assert round(steps[1e-4], 3) == 1, "a factor of 1e-4 does not change Adam's step"
assert round(steps[1e-8], 4) == 0.5, "a factor of 1e-8 halves it"
assert round(steps[1e-10], 2) == 0.01, "a factor of 1e-10 leaves 1 % of it"

# --8<-- [start:half]
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    stored = torch.tensor(1e-8, dtype=dtype).item()
    print(f"{dtype!s:14} stores 1e-8 as {stored:.2g}")
theta = nn.Parameter(torch.ones(2, dtype=torch.float16))
theta.grad = torch.tensor([1e-3, 0.0], dtype=torch.float16)
optimizer = optim.Adam([theta], lr=0.1)
optimizer.step()
print("float16 weights after a step:", theta.tolist())
# --8<-- [end:half]
assert torch.tensor(1e-8).half() == 0, "in float16 1e-8 is stored as 0"
assert theta[1].isnan(), "a gradient of 0 gives 0/0, which is nan"
assert torch.tensor(1e-3).half().square() * 0.001 == 0, "v of a gradient of 0.001 underflows to 0 as well"
assert theta[0].isinf(), "and its step is infinite"

# --8<-- [start:large]
gradients = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
moved = {}
for name, make in (
    ("Adam, eps = 1e4", lambda p: optim.Adam(p, lr=1e3, eps=1e4)),
    ("SGD, momentum 0.9", lambda p: optim.SGD(p, lr=0.01, momentum=0.9)),
):
    theta = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = make([theta])
    for g in gradients.double():
        before = theta.detach().clone()
        theta.grad = g.clone()
        optimizer.step()
    moved[name] = theta.detach() - before
    print(f"{name:18}", *(f"{step:+.4f}" for step in moved[name]))
# --8<-- [end:large]
one, other = moved.values()
assert torch.allclose(one, other, rtol=1e-3), "the last steps agree to three digits"
assert math.isclose((1 - 0.9) * 1e3 / 1e4, 0.01), "(1 − β₁)η/ε is 0.01"
plt.show()

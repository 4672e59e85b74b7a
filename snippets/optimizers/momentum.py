# --8<-- [start:in-six-lines]
import torch

print("momentum  distance left after 100 steps")
for momentum in (0.0, 0.3, (1 - 0.08**0.5) ** 2, 0.63, 0.9):
    x = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.01, momentum=momentum)
    for _ in range(100):
        x.grad = 8 * x.detach()  # the gradient of 4x²
        optimizer.step()
    print(f"{momentum:<8.3f}  {abs(x.item()):.0e}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import matplotlib.pyplot as plt
import numpy as np
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:weights]
age = np.arange(60)
figure, axes = plt.subplots(figsize=(5.5, 2.7))
print("β     newest 1 / (1 − β)  their weight  half of it")
for beta, style in ((0.5, "o-"), (0.9, "s-"), (0.98, "^-")):
    weight = (1 - beta) * beta**age
    axes.plot(age, weight, style, ms=3, label=f"β = {beta}")
    window = round(1 / (1 - beta))
    half = np.log(0.5) / np.log(beta)
    print(f"{beta:<4}  {window:18}  {1 - beta**window:12.0%}", end="")
    print(f"  newest {half:.1f}")
axes.set(xlabel="age of the value in steps", ylabel="weight", ylim=(0, 0.52))
axes.legend()
# --8<-- [end:weights]
assert round(1 - np.exp(-1), 2) == 0.63, "1 − 1/e = 63 %"
assert round(1 - 0.9999**10000, 4) == round(1 - np.exp(-1), 4), "which tends to 1 − 1/e"

# --8<-- [start:average]
beta, N = 0.9, 20
theta = np.random.default_rng(0).normal(5, 1, N)  # θ₁ … θ_N
v = 0.0
for value in theta:
    v = beta * v + (1 - beta) * value
total, weights = 0.0, 0.0
for i in range(N):
    total += (1 - beta) * beta**i * theta[N - 1 - i]  # Python counts from 0
    weights += (1 - beta) * beta**i
print(f"recursion {v:.6f}  sum {total:.6f}  mean {theta.mean():.2f}")
print(f"weights {weights:.6f}  1 − β^N {1 - beta**N:.6f}")
print(f"v divided by the weights {v / weights:.2f}")
# --8<-- [end:average]
assert np.isclose(v, total), "the recursion is the sum"
assert np.isclose(weights, 1 - beta**N), "the weights add up to 1 − β^N"
assert v < theta.mean(), "so the average starts too small"
assert abs(v / weights - theta.mean()) < abs(v - theta.mean()), "dividing by 1 − β^N repairs it"

# --8<-- [start:forms]
def moves(lr, **options):
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([p], lr=lr, **options)
    path = [0.0]
    for _ in range(50):
        p.grad = torch.ones_like(p)  # the same gradient, 1, every time
        optimizer.step()
        path.append(p.item())
    return -np.diff(path)


rows = {
    "torch, η = 0.1": moves(0.1, momentum=0.9),
    "textbook, η = 1": 1 - 0.9 ** np.arange(1, 51),  # its v after t gradients
    "dampening 0.9, η = 1": moves(1.0, momentum=0.9, dampening=0.9),
    "no momentum, η = 1": moves(1.0),
}
print("size of step             1     2     3     10    50")
for name, sizes in rows.items():
    print(f"{name:20} ", *(f" {sizes[t - 1]:.2f}" for t in (1, 2, 3, 10, 50)))
# --8<-- [end:forms]
assert np.allclose(rows["torch, η = 0.1"], rows["textbook, η = 1"]), "torch's rate is 1 − β times the textbook's"
assert np.allclose(rows["torch, η = 0.1"], 0.1 * (1 - 0.9 ** np.arange(1, 51)) / 0.1), "η (1 − β^t) / (1 − β)"
assert round(1 / (1 - 0.9)) == 10, "with β = 0.9 that is ten times η"


# --8<-- [start:descend]
def descend(lr, beta, steps=100, nesterov=False):
    x = nn.Parameter(torch.tensor(2.0, dtype=torch.float64))
    optimizer = torch.optim.SGD([x], lr=lr, momentum=beta, nesterov=nesterov)
    path = []
    for _ in range(steps + 1):
        path.append(x.item())
        optimizer.zero_grad()
        (4 * x**2).backward()
        optimizer.step()
    return np.array(path)
# --8<-- [end:descend]


# --8<-- [start:spring]
critical = (1 - np.sqrt(0.08)) ** 2
print("β      |z₁|   |z₂|   angle   sign changes  |x₁₀₀|")
for beta in (0.0, 0.3, critical, 0.63, 0.9):
    x = descend(0.01, beta)
    z = np.roots([1, -(1 + beta - 0.08), beta])
    angle = np.degrees(abs(np.angle(z[0])))
    changes = (x[1:] * x[:-1] < 0).sum()
    print(f"{beta:.3f}  {abs(z[0]):.3f}  {abs(z[1]):.3f}", end="")
    print(f"  {angle:5.1f}°  {changes:12}  {abs(x[-1]):.0e}")
# --8<-- [end:spring]

# --8<-- [start:swings]
figure, axes = plt.subplots(figsize=(5.5, 2.7))
styles = {0.0: "-", 0.3: "--", critical: "-", 0.63: ":", 0.9: "-."}
for beta, style in styles.items():
    axes.plot(descend(0.01, beta)[:61], style, label=f"β = {beta:.3g}")
axes.set(xlabel="step", ylabel="x")
axes.legend(ncols=2)
# --8<-- [end:swings]
assert round(critical, 3) == 0.514, "the critical momentum is (1 − √0.08)² = 0.514"
assert 8 * 0.01 == 0.08, "at η = 0.01, ηλ = 0.08"
ends = {beta: abs(descend(0.01, beta)[-1]) for beta in styles}
assert min(ends, key=ends.get) == critical, "the critical run is the fastest of the five after 100 steps"
assert f"{ends[critical]:.0e}" == "2e-13", r"after 100 steps: $2\cdot10^{-13}$"
assert (descend(0.01, critical) > 0).all(), "the critical run never passes 0"
assert descend(0.125, 0.0)[1] == 0, "η = 1/λ arrives in one step"
low, high = (1 - np.sqrt(0.9)) ** 2, (1 + np.sqrt(0.9)) ** 2
assert round(low, 4) == 0.0026, "for β = 0.9 all with ηλ > 0.0026 are underdamped"
assert round(high, 1) == 3.8, "for β = 0.9 it holds from ηλ = 0.0026 to 3.8"
assert np.log10(high / low) > 3, "over three decades of curvature"
assert 2 * (1 + 0.9) == 3.8, "with β = 0.9 the limit is 3.8 in place of 2"
for beta in (0.5, 0.63, 0.9):
    roots = np.roots([1, -(1 + beta - 0.5), beta])
    assert np.allclose(abs(roots), np.sqrt(beta)), "underdamped, the run shrinks by √β per step"
    assert np.isclose(roots.prod(), beta), "the product of the two roots is β"
factors = [abs(np.roots([1, -(1 + beta - 0.08), beta])).max() for beta in (0, 0.1, 0.2, 0.3, 0.4, 0.5)]
assert factors == sorted(factors, reverse=True), "overdamped: more momentum makes the larger root smaller"

# --8<-- [start:phase]
x, beta = np.meshgrid(np.linspace(0, 4, 401), np.linspace(0, 1, 201))
root = np.sqrt((1 + beta - x) ** 2 - 4 * beta + 0j)
radius = np.maximum(abs(1 + beta - x + root), abs(1 + beta - x - root)) / 2
figure, axes = plt.subplots(figsize=(5.5, 3.0))
bands = axes.contourf(x, beta, radius, levels=np.linspace(0, 1, 11))
figure.colorbar(bands, label="factor per step", ticks=[0, 0.5, 1])
line = np.linspace(0, 1, 101)
axes.plot((1 - np.sqrt(line)) ** 2, line, "C1")
axes.plot((1 + np.sqrt(line)) ** 2, line, "C1--")
axes.text(3.4, 0.3, "diverges", ha="center")
axes.set(xlabel="ηλ", ylabel="β", xlim=(0, 4), ylim=(0, 1))
axes.grid(False)
# --8<-- [end:phase]
now, before = np.ones((2, *x[::5, ::5].shape))  # a run at every 25th point
for _ in range(600):
    now, before = (1 + beta - x)[::5, ::5] * now - beta[::5, ::5] * before, now
far = (abs(radius - 1) > 0.02) & (x > 0)
assert ((abs(now) < 1) == (radius < 1)[::5, ::5])[far[::5, ::5]].all(), "a run shrinks where |z| < 1"
assert ((radius < 1) == (x < 2 + 2 * beta))[far].all(), "stable exactly for ηλ < 2 (1 + β)"

# --8<-- [start:optimal]
def steps_needed(lr, beta, kappa):
    curvature = np.array([1.0, kappa])
    theta, v, steps = np.ones(2), np.zeros(2), 0
    while max(abs(theta)) > 1e-6 or max(abs(v)) > 1e-6 * kappa:
        v = beta * v + curvature * theta
        theta = theta - lr * v
        steps += 1
    return steps


speedup = {}
print("κ     steps without  with β*  β*     factor without  with β*")
for kappa in (10, 100, 1000):
    root = np.sqrt(kappa)
    best_lr, best_beta = 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2
    plain = steps_needed(2 / (1 + kappa), 0.0, kappa)
    fast = steps_needed(best_lr, best_beta, kappa)
    speedup[kappa] = plain / fast
    factor = (kappa - 1) / (kappa + 1)
    print(f"{kappa:<4}  {plain:13}  {fast:7}  {best_beta:.3f}", end="")
    print(f"  {factor:14.4f}  {best_beta**0.5:7.4f}")
# --8<-- [end:optimal]
assert speedup[1000] > 21, "at κ = 1000 it is more than 21 times faster"
optimum = ((1 + 0.9**0.5) / (1 - 0.9**0.5)) ** 2
assert 1000 < optimum < 2000, "0.9 is the optimum for a κ between 1000 and 2000"
assert round(0.9**0.5, 3) == 0.949, "per step: 0.949 for 0.9"
assert round(0.99**0.5, 3) == 0.995, "0.995 for 0.99"
assert round(np.log(10) / -np.log(0.9**0.5)) == 44, "with 0.9 a digit costs at least 44 steps"
assert round(np.log(10) / -np.log(0.99**0.5)) == 458, "with 0.99 a digit costs at least 458 steps"

# --8<-- [start:nesterov]
ratios = []
print("ηλ    plain  Nesterov  Nesterov, measured")
for x in (0.01, 0.1, 0.5, 1.3, 1.4, 2.0):
    plain = abs(np.roots([1, -(1 + 0.9 - x), 0.9])).max()
    ahead = abs(np.roots([1, -(1 - x) * 1.9, (1 - x) * 0.9])).max()
    path = abs(descend(x / 8, 0.9, 400, nesterov=True))
    measured = (path[300:].max() / path[100:201].max()) ** (1 / 200)
    ratios.append(measured / ahead)
    print(f"{x:<4}  {plain:5.3f}  {ahead:8.3f}  {measured:18.3f}")
# --8<-- [end:nesterov]
assert max(abs(ratio - 1) for ratio in ratios) < 0.01, "measured, the factor is within 1 % of the formula"
assert round((2 + 2 * 0.9) / (1 + 2 * 0.9), 3) == 1.357, "(2 + 2β)/(1 + 2β), which for 0.9 is 1.357"
small = 0.001
plain = abs(np.roots([1, -(1.9 - small), 0.9])).max()
ahead = abs(np.roots([1, -(1 - small) * 1.9, (1 - small) * 0.9])).max()
assert round(plain, 3) == round(ahead, 3), "at ηλ = 0.001 the two are the same to three digits"

# --8<-- [start:noise]
rng = np.random.default_rng(0)
curvature, sigma = 8.0, 4.0
variances = {}
print("η      β    variance  predicted")
for lr, beta in ((0.01, 0.0), (0.01, 0.9), (0.001, 0.9)):
    x, v = np.zeros((2, 4000))
    for _ in range(1500):
        v = beta * v + curvature * x + sigma * rng.standard_normal(x.size)
        x = x - lr * v
    limit = lr / (1 - beta) * sigma**2 / curvature
    limit /= 2 - lr * curvature / (1 + beta)
    variances[lr, beta] = x.var()
    print(f"{lr:<5}  {beta:3}  {x.var():8.4f}  {limit:9.4f}")
# --8<-- [end:noise]
ratio = variances[0.01, 0.9] / variances[0.01, 0.0]
assert round(ratio) == 10, "momentum 0.9 at the same lr gives ten times the variance"
assert abs(variances[0.001, 0.9] / variances[0.01, 0.0] - 1) < 0.05, "at a tenth of it the same, within 5 %"

# --8<-- [start:square]
Q = np.array([[2.0, 1.0], [1.0, 3.0]])
c, b = np.array([1.0, -2.0]), 5.0
x = np.array([0.3, 0.7])
shift = np.linalg.solve(Q, c)  # Q⁻¹c
low = b - c @ shift / 2
print(f"h(x) {x @ Q @ x / 2 + x @ c + b:.4f}")
for name, d in (("x + Q⁻¹c", x + shift), ("x − Q⁻¹c", x - shift)):
    print(f"square of {name}: {d @ Q @ d / 2 + low:.4f}, its gradient", Q @ d)
# --8<-- [end:square]
assert np.allclose(Q @ (x + shift), Q @ x + c), "the gradient is that of the square of x + Q⁻¹c"
assert np.isclose((x + shift) @ Q @ (x + shift) / 2 + low, x @ Q @ x / 2 + x @ c + b), "the square is of x + Q⁻¹c"
assert not np.isclose((x - shift) @ Q @ (x - shift) / 2 + low, x @ Q @ x / 2 + x @ c + b), "and not of x − Q⁻¹c"
batch_norm = nn.BatchNorm1d(1)
batch_norm(torch.ones(4, 1))
assert batch_norm.momentum == 0.1, "nn.BatchNorm1d(momentum=0.1)"
assert round(batch_norm.running_mean.item(), 6) == 0.1, "after one batch of ones the running mean is 0.1, so β is 0.9"

# --8<-- [start:power]
R = np.array([[0.9, 8.0], [-0.009, 0.92]])  # β = 0.9, λ = 8, η = 0.01
first, second = np.linalg.eigvals(R)  # σ₁ and σ₂
minus_first = (R - first * np.eye(2)) / (first - second)
minus_second = (R - second * np.eye(2)) / (first - second)
print("k   printed, off by  swapped, off by")
for k in (0, 1, 10):
    power = np.linalg.matrix_power(R, k)
    printed = abs(first**k * minus_first - second**k * minus_second - power).max()
    swapped = abs(first**k * minus_second - second**k * minus_first - power).max()
    print(f"{k:<2}  {printed:15.3f}  {swapped:15.12f}")
# --8<-- [end:power]
at_0 = minus_first - minus_second
assert np.allclose(at_0, -np.eye(2)), "at k = 0 that is −I"
assert swapped < 1e-12, "the indices are swapped (issue 102)"
assert round(abs(first), 6) == round(0.9**0.5, 6), "the rate of complex roots is √β"
assert 2 * 0.9**0.5 > 1, "2√β would diverge"
plt.show()

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

# --8<-- [start:weights]
age = np.arange(60)
figure, axes = plt.subplots(figsize=(5.5, 2.7))
for beta, style in ((0.5, "o-"), (0.9, "s-"), (0.98, "^-")):
    weight = (1 - beta) * beta**age
    axes.plot(age, weight, style, ms=3, label=f"β = {beta}")
    window = round(1 / (1 - beta))
    half = np.log(0.5) / np.log(beta)
    print(f"β = {beta}: newest {window} hold {1 - beta**window:.0%}", end="")
    print(f" of the weight, the newest {half:.1f} half of it")
axes.set(xlabel="age of the value in steps", ylabel="weight", ylim=(0, 0.52))
axes.legend()
# --8<-- [end:weights]
assert abs(0.999**1000 - np.exp(-1)) < 2e-4

# --8<-- [start:average]
beta, N = 0.9, 20
theta = np.random.default_rng(0).normal(5, 1, N)  # θ₁ … θ_N
v, total, weights = 0.0, 0.0, 0.0
for value in theta:
    v = beta * v + (1 - beta) * value
for i in range(N):
    total += (1 - beta) * beta**i * theta[N - 1 - i]  # Python counts from 0
    weights += (1 - beta) * beta**i
print(f"recursion {v:.6f}  sum {total:.6f}  mean {theta.mean():.2f}")
print(f"weights {weights:.6f}  1 − β^N {1 - beta**N:.6f}")
print(f"v divided by the weights {v / weights:.2f}")
# --8<-- [end:average]
assert np.isclose(v, total) and np.isclose(weights, 1 - beta**N)

# --8<-- [start:forms]
def moves(lr, **options):
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, path = torch.optim.SGD([p], lr=lr, **options), [0.0]
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
print("size of step            1     2     3    10    50")
for name, sizes in rows.items():
    print(f"{name:20}", *(f"{sizes[t - 1]:5.2f}" for t in (1, 2, 3, 10, 50)))
# --8<-- [end:forms]
assert np.allclose(rows["torch, η = 0.1"], rows["textbook, η = 1"])


# --8<-- [start:spring]
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


critical = (1 - np.sqrt(0.08)) ** 2
figure, axes = plt.subplots(figsize=(5.5, 2.7))
print("    β   |z₁|   |z₂|   angle  sign changes   |x₁₀₀|")
for n, beta in enumerate((0.0, 0.3, critical, 0.63, 0.9)):
    x, z = descend(0.01, beta), np.roots([1, -(1 + beta - 0.08), beta])
    angle, changes = np.degrees(abs(np.angle(z[0]))), (x[1:] * x[:-1] < 0).sum()
    print(f"{beta:.3f} {abs(z[0]):6.3f}{abs(z[1]):7.3f} {angle:6.1f}°", end="")
    print(f"{changes:14} {abs(x[-1]):8.0e}")
    axes.plot(x[:61], ["-", "--", "-", ":", "-."][n], label=f"β = {beta:.3g}")
axes.set(xlabel="step", ylabel="x")
axes.legend(ncols=2)
# --8<-- [end:spring]
assert 0.5143 < critical < 0.5144 and descend(0.01, 0.63).min() < -0.05 < 0 < descend(0.01, critical).min()
assert 0.0026 < (1 - np.sqrt(0.9)) ** 2 < 0.0027 and round((1 + np.sqrt(0.9)) ** 2, 2) == 3.8

# --8<-- [start:note]
figure, axes = plt.subplots(figsize=(5.5, 2.7))
pairs = (0.01, 0.9), (0.03, 0.0), (0.01, 0.63), (0.01, critical)
for (lr, beta), style in zip(pairs, ("-", "--", ":", "-."), strict=True):
    loss = 4 * descend(lr, beta) ** 2
    axes.plot(loss, style, label=f"η = {lr}, β = {beta:.3g}")
    last = np.flatnonzero(loss > 0.001).max() + 1
    print(f"η = {lr}, β = {beta:.3f}: below 0.001 for good from step {last}")
axes.set(xlabel="iteration", ylabel="loss 4x²", yscale="log", ylim=(1e-8, 50))
axes.legend(ncols=2)
# --8<-- [end:note]

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
assert ((abs(now) < 1) == (radius < 1)[::5, ::5])[far[::5, ::5]].all()
assert ((radius < 1) == (x < 2 + 2 * beta))[far].all()

# --8<-- [start:optimal]
print("   κ  steps without  with    β*    without, with: factor per step")
for kappa in (10, 100, 1000):
    root, steps, curvature = np.sqrt(kappa), [], np.array([1.0, kappa])
    best = 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2
    for lr, beta in ((2 / (1 + kappa), 0.0), best):
        theta, v, t = np.ones(2), np.zeros(2), 0
        while max(abs(theta)) > 1e-6 or max(abs(v)) > 1e-6 * kappa:
            v = beta * v + curvature * theta
            theta, t = theta - lr * v, t + 1
        steps.append(t)
    rates = (kappa - 1) / (kappa + 1), best[1] ** 0.5
    print(f"{kappa:4} {steps[0]:14} {steps[1]:5} {best[1]:6.3f}", end="")
    print("{:15.4f} {:8.4f}".format(*rates))
# --8<-- [end:optimal]
assert steps[0] / steps[1] > 21 and 1000 < ((1 + 0.9**0.5) / (1 - 0.9**0.5)) ** 2 < 2000
assert [round(float(np.log(10) / -np.log(beta**0.5))) for beta in (0.9, 0.99)] == [44, 458]

# --8<-- [start:nesterov]
print("  ηλ  plain  Nesterov  measured")
for x in (0.01, 0.1, 0.5, 1.3, 1.4, 2.0):
    plain = abs(np.roots([1, -(1 + 0.9 - x), 0.9])).max()
    ahead = abs(np.roots([1, -(1 - x) * 1.9, (1 - x) * 0.9])).max()
    path = abs(descend(x / 8, 0.9, 400, nesterov=True))
    measured = (path[300:].max() / path[100:201].max()) ** (1 / 200)
    print(f"{x:4} {plain:6.3f} {ahead:9.3f} {measured:9.3f}")
# --8<-- [end:nesterov]
assert abs(measured / ahead - 1) < 0.01 and np.isclose(3.8 / 2.8, 1.357, atol=5e-4)

# --8<-- [start:noise]
rng, curvature, sigma = np.random.default_rng(0), 8.0, 4.0
print("   η    β  variance  predicted")
for lr, beta in ((0.01, 0.0), (0.01, 0.9), (0.001, 0.9)):
    x, v = np.zeros((2, 4000))
    for _ in range(1500):
        v = beta * v + curvature * x + sigma * rng.standard_normal(x.size)
        x = x - lr * v
    limit = lr / (1 - beta) * sigma**2 / curvature
    limit /= 2 - lr * curvature / (1 + beta)
    print(f"{lr:5} {beta:3} {x.var():9.4f} {limit:10.4f}")
# --8<-- [end:noise]

# --8<-- [start:square]
Q, c, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, -2.0]), 5.0
x, shift = np.array([0.3, 0.7]), np.linalg.solve(Q, c)  # Q⁻¹c
low = b - c @ shift / 2
print(f"h(x) {x @ Q @ x / 2 + x @ c + b:.4f}")
for name, d in (("x + Q⁻¹c", x + shift), ("x − Q⁻¹c", x - shift)):
    print(f"square of {name}: {d @ Q @ d / 2 + low:.4f}, its gradient", Q @ d)
# --8<-- [end:square]
assert np.allclose(Q @ (x + shift), Q @ x + c)
batch_norm = nn.BatchNorm1d(1)
batch_norm(torch.ones(4, 1))
assert np.isclose(batch_norm.running_mean.item(), 0.1)

# --8<-- [start:power]
R = np.array([[0.9, 8.0], [-0.009, 0.92]])  # β = 0.9, λ = 8, η = 0.01
s1, s2 = np.linalg.eigvals(R)
A, B = (R - s1 * np.eye(2)) / (s1 - s2), (R - s2 * np.eye(2)) / (s1 - s2)
for k in (0, 1, 10):
    true = np.linalg.matrix_power(R, k)
    off = [abs(s1**k * M - s2**k * N - true).max() for M, N in ((A, B), (B, A))]
    print(f"k = {k:2}: printed off by {off[0]:.3f}, swapped by {off[1]:.12f}")
print(f"|σ| = {abs(s1):.4f}, √β = {0.9**0.5:.4f}, 2√β = {2 * 0.9**0.5:.4f}")
# --8<-- [end:power]
plt.show()

# --8<-- [start:in-six-lines]
import torch
from torch import nn, optim

print("last step  g = 0.001  g = 1  g = 1000")
for make in (optim.SGD, optim.Adagrad, optim.RMSprop, optim.Adam):
    theta = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = make([theta], lr=1.0)
    for _ in range(100):
        before = theta.detach().clone()
        theta.grad = torch.tensor([0.001, 1.0, 1000.0]).double()
        optimizer.step()
    print(f"{make.__name__:9}", *(f" {step:.3f}" for step in before - theta))
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import matplotlib.pyplot as plt
import numpy as np

# --8<-- [end:imports]


# --8<-- [start:loop]
def descend(rule, gradient, start, rates):
    theta, state = np.array(start, dtype=float), {}
    path = [theta]
    for t, lr in enumerate(rates, 1):
        theta = theta - lr * rule(gradient(theta, t), state, t)
        path.append(theta)
    return np.array(path)


def sgd(g, state, t):
    return g


curvature = np.array([1.0, 10.0, 100.0])
paths = {}
for name, lr in (("one rate", 2 / 101), ("three rates", 1 / curvature)):
    paths[name] = descend(sgd, lambda x, t: curvature * x, [1, 1, 1], [lr] * 100)
    print(f"{name:11}  after 1 step", paths[name][1].round(2), end="  ")
    print("after 100", paths[name][100].round(2))
# --8<-- [end:loop]
assert (paths["three rates"][1] == 0).all(), "one over the curvature arrives in one step"
assert round(abs(paths["one rate"][100]).max(), 2) == 0.14, "the best common rate leaves 14 % after 100 steps"
factors = [abs(1 - lr * curvature).max() for lr in np.linspace(0.001, 0.02, 20_000)]
assert min(factors) > 99 / 101 - 1e-6, "2/101 is the best common rate: no other shrinks the slowest direction faster"
assert np.isclose(abs(1 - 2 / 101 * curvature).max(), 99 / 101), "at 2/101 each step leaves 99/101"

# --8<-- [start:squares]
rng = np.random.default_rng(0)
samples, scale = 100_000, np.array([0.1, 1.0, 10.0])
independent, _ = np.linalg.qr(rng.standard_normal((samples, 3)))
x = scale * np.sqrt(samples) * independent
noise = rng.standard_normal(samples)
curvature = (x * x).mean(axis=0)  # y = x · θ* + noise, loss (y - x · θ)² / 2
far = x.T @ (x @ np.ones(3)) / samples  # the whole gradient, all d = 1
near = np.sqrt(((noise[:, None] * x) ** 2).mean(axis=0))  # of samples, at θ*
print("λ       root g², far  root g², at the minimum")
for row in zip(curvature, abs(far), near, strict=True):
    print("{:<6.2f}  {:12.2f}  {:23.2f}".format(*row))
# --8<-- [end:squares]
assert np.allclose(far, curvature), "far away the root is proportional to λ"
assert np.allclose(near, np.sqrt(curvature), rtol=0.01), "at the minimum the root is √λ"


# --8<-- [start:adagrad]
def adagrad(g, state, t):
    state["v"] = state.get("v", 0) + g * g
    return g / (np.sqrt(state["v"]) + 1e-8)


def constant(theta, t):
    return np.array([0.001, 1.0, 1000.0])


path = descend(adagrad, constant, np.zeros(3), [1.0] * 100)
moves = -np.diff(path, axis=0)
print("step  g = 0.001  g = 1  g = 1000")
for t in (1, 4, 100):
    print(f"{t:<4}", *(f" {move:.3f}" for move in moves[t - 1]))
# --8<-- [end:adagrad]
root = np.sqrt(np.arange(1, 101))
assert np.allclose(moves, 1 / root[:, None], rtol=1e-4), "the step is η/√t, whatever g is"


# --8<-- [start:rmsprop]
def rmsprop(g, state, t, beta=0.99):
    state["v"] = beta * state.get("v", 0) + (1 - beta) * g * g
    return g / (np.sqrt(state["v"]) + 1e-8)


path = descend(rmsprop, constant, np.zeros(3), [1.0] * 1000)
moves = -np.diff(path, axis=0)
print("step  g = 0.001  g = 1  g = 1000")
for t in (1, 10, 100, 1000):
    print(f"{t:<4}", *(f" {move:.3f}" for move in moves[t - 1]))
# --8<-- [end:rmsprop]
assert np.allclose(moves[0], 10, rtol=1e-3), "the first step is 10 η"
assert np.allclose(moves[-1], 1, rtol=1e-3), "it settles at η"


# --8<-- [start:adam]
def adam(g, state, t, beta1=0.9, beta2=0.999, eps=1e-8, amsgrad=False):
    state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
    state["max"] = np.maximum(state.get("max", 0), state["v"])
    m_hat = state["m"] / (1 - beta1**t)
    v_hat = state["max" if amsgrad else "v"] / (1 - beta2**t)
    return m_hat / (np.sqrt(v_hat) + eps)


def amsgrad(g, state, t):
    return adam(g, state, t, amsgrad=True)
# --8<-- [end:adam]


# --8<-- [start:equal]
def with_torch(make, gradients, **options):
    theta = nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = make([theta], lr=0.1, **options)
    for g in gradients:
        theta.grad = torch.tensor(g)
        optimizer.step()
    return theta.detach().numpy()


gradients = rng.standard_normal((200, 4))
theirs = {
    adagrad: with_torch(torch.optim.Adagrad, gradients, eps=1e-8),
    rmsprop: with_torch(torch.optim.RMSprop, gradients),
    adam: with_torch(torch.optim.Adam, gradients),
    amsgrad: with_torch(torch.optim.Adam, gradients, amsgrad=True),
}
apart = {}
print("rule     largest difference")
for rule, end in theirs.items():
    path = descend(rule, lambda x, t: gradients[t - 1], [0] * 4, [0.1] * 200)
    apart[rule] = abs(end - path[-1]).max()
    print(f"{rule.__name__:7}  {apart[rule]:.12f}")
# --8<-- [end:equal]
assert len(apart) == 4, "the four rules against the library"
assert max(apart.values()) < 1e-12, "equal to the library"

# --8<-- [start:rates]
steps = np.arange(600)
dense = rng.standard_normal(600) * np.where(steps < 400, 1, 0.1)
dense[150] = 20  # one bad batch
rare = np.where(steps % 25 == 0, 1.0, 0.0)
squares = np.stack([dense, rare], axis=1) ** 2
v, largest, rates = np.zeros(2), np.zeros(2), {}
for name in ("Adagrad", "RMSprop", "Adam", "AMSGrad"):
    rates[name] = np.empty((600, 2))
for t in range(1, 601):
    v = 0.99 * v + 0.01 * squares[t - 1]
    largest = np.maximum(largest, v)
    rates["Adagrad"][t - 1] = squares[:t].sum(axis=0) ** -0.5
    rates["RMSprop"][t - 1] = v**-0.5
    rates["Adam"][t - 1] = (v / (1 - 0.99**t)) ** -0.5
    rates["AMSGrad"][t - 1] = (largest / (1 - 0.99**t)) ** -0.5
# --8<-- [end:rates]

# --8<-- [start:picture]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.1), sharey=True)
looks = ("C4-", "C4:", "C0--", "C0-.")  # one color for a family
for look, (name, values) in zip(looks, rates.items(), strict=True):
    axes[0].plot(values[:, 0], look, label=name)
    axes[1].plot(values[:, 1], look)
axes[0].set(title="dense", xlabel="step", ylabel="1 / root", yscale="log")
axes[1].set(title="rare", xlabel="step")
figure.legend(loc="outside lower center", ncols=4)
# --8<-- [end:picture]
assert dense[151 - 1] == 20, "a gradient of 20 at step 151"
assert abs(dense[401 - 1 :]).max() < 0.4 < abs(dense[:400]).max(), "from step 401 on the noise is smaller, of size 0.1"
last = {name: values[-1] for name, values in rates.items()}
for dense_rate, rare_rate in last.values():
    assert rare_rate > dense_rate, "the rare parameter ends with the larger rate under every rule"
assert np.allclose(last["RMSprop"], last["Adam"], rtol=0.01), "RMSprop and Adam agree once the start is over"
assert last["Adam"][0] / last["AMSGrad"][0] > 4, "after the gradients shrink Adam's rate is more than 4 times AMSGrad's"
assert rates["Adagrad"][:, 0].argmin() == 599, "Adagrad's rate falls until the end"
assert last["Adagrad"][0] < 0.04, "dense: Adagrad falls steadily to below 0.04"
assert round(rates["Adam"][150, 0], 1) == 0.4, "Adam falls to 0.4 at the large gradient"
assert last["AMSGrad"][0] < 0.5, "AMSGrad stays below 0.5"
assert last["Adam"][0] > 2, "Adam rises above 2 when gradients shrink"
assert np.isclose(rates["RMSprop"][0, 1], 10), "rare: RMSprop starts at 10"
assert round(last["Adam"][1]) == 5, "and meets Adam near 5"
assert round(last["Adagrad"][1], 1) == 0.2, "Adagrad falls to 0.2"
plt.show()

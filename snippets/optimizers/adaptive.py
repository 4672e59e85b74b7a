import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


# --8<-- [start:loop]
def descend(rule, gradient, start, rates, low=-np.inf, high=np.inf):
    theta, state = np.array(start, dtype=float), {}
    path = [theta]
    for t, lr in enumerate(rates, 1):
        step = rule(gradient(theta, t), state, t)
        theta = np.clip(theta - lr * step, low, high)
        path.append(theta)
    return np.array(path)


def sgd(g, state, t):
    return g


curvature = np.array([1.0, 10.0, 100.0])
for name, lr in (("one rate", 2 / 101), ("three rates", 1 / curvature)):
    path = descend(sgd, lambda x, t: curvature * x, [1, 1, 1], [lr] * 100)
    print(f"{name:11}  after 1 step", path[1].round(2), end="  ")
    print("after 100", path[100].round(2))
# --8<-- [end:loop]
assert (path[1] == 0).all() and round((99 / 101) ** 100, 2) == 0.14

# --8<-- [start:squares]
rng = np.random.default_rng(0)
scale = np.array([0.1, 1.0, 10.0])
x = scale * rng.standard_normal((100_000, 3))
noise = rng.standard_normal(100_000)
λ = (x * x).mean(0)  # y = x · θ* + noise, loss (y - x · θ)² / 2
far = x.T @ (x @ np.ones(3)) / len(x)  # whole gradient, all d = 1
near = np.sqrt(((noise[:, None] * x) ** 2).mean(0))  # samples, at θ*
print("      λ   root g², far   at the minimum")
for row in zip(λ, abs(far), near, strict=True):
    print("{:7.2f} {:14.3g} {:16.2f}".format(*row))
# --8<-- [end:squares]
assert np.allclose(far[1:], λ[1:], rtol=0.1) and np.allclose(near, np.sqrt(λ), rtol=0.02)


# --8<-- [start:adagrad]
def adagrad(g, state, t):
    state["v"] = state.get("v", 0) + g * g
    return g / (np.sqrt(state["v"]) + 1e-8)


def constant(theta, t):
    return np.array([0.001, 1.0, 1000.0])


moves = -np.diff(descend(adagrad, constant, np.zeros(3), [1.0] * 100), axis=0)
for t in (1, 4, 100):
    print(f"step {t:3}:", moves[t - 1].round(3))
# --8<-- [end:adagrad]
assert np.allclose(moves[:, 1], 1 / np.sqrt(np.arange(1, 101)))


# --8<-- [start:rmsprop]
def rmsprop(g, state, t, beta=0.99):
    state["v"] = beta * state.get("v", 0) + (1 - beta) * g * g
    return g / (np.sqrt(state["v"]) + 1e-8)


moves = -np.diff(descend(rmsprop, constant, np.zeros(3), [1.0] * 1000), axis=0)
for t in (1, 10, 100, 1000):
    print(f"step {t:4}:", moves[t - 1].round(3))
# --8<-- [end:rmsprop]

# --8<-- [start:start]
state, ones = {}, np.ones(5000)
print("   t  mean of v  1 − βᵗ  typical step: RMSprop  corrected")
for t in range(1, 1001):
    g = rng.standard_normal(ones.size)  # E(g²) = 1, in 5000 runs
    step = np.sqrt((rmsprop(g, state, t) ** 2).mean())
    if t in (1, 10, 100, 1000):
        weight = 1 - 0.99**t
        print(f"{t:4} {state['v'].mean():10.3f} {weight:7.3f}", end="")
        print(f"{step:23.1f} {step * weight**0.5:10.1f}")
# --8<-- [end:start]
assert abs(state["v"].mean() - 1) < 0.01


# --8<-- [start:adam]
def adam(g, state, t, beta1=0.9, beta2=0.999, eps=1e-8, amsgrad=False):
    state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
    state["max"] = np.maximum(state.get("max", 0), state["v"])
    m_hat = state["m"] / (1 - beta1**t)
    v_hat = state["max" if amsgrad else "v"] / (1 - beta2**t)
    return m_hat / (np.sqrt(v_hat) + eps)


def amsgrad(g, state, t, **options):
    return adam(g, state, t, amsgrad=True, **options)
# --8<-- [end:adam]


# --8<-- [start:equal]
gradients = rng.standard_normal((200, 4))
pairs = (adagrad, "Adagrad", {"eps": 1e-8}), (rmsprop, "RMSprop", {})
pairs += (adam, "Adam", {}), (amsgrad, "Adam", {"amsgrad": True})
for rule, name, options in pairs:
    path = descend(rule, lambda x, t: gradients[t - 1], [0] * 4, [0.1] * 200)
    p = nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = getattr(torch.optim, name)([p], lr=0.1, **options)
    for g in gradients:
        p.grad = torch.tensor(g)
        optimizer.step()
    apart = abs(p.detach().numpy() - path[-1]).max()
    print(f"{rule.__name__:7} largest difference {apart:.12f}")
    assert apart < 1e-12
# --8<-- [end:equal]


# --8<-- [start:rates]
def forgetful(g, state, t):
    return adam(g, state, t, beta2=0.99)


g = np.zeros((600, 2))
g[:, 0] = rng.standard_normal(600) * np.where(np.arange(600) < 400, 1, 0.1)
g[150, 0], g[::25, 1] = 20, 1  # one bad batch; a rare feature
figure, axes = plt.subplots(1, 2, figsize=(5.5, 3.1), sharey=True)
kinds = ("Adagrad", adagrad, "v", 0), ("RMSprop", rmsprop, "v", 0)
kinds += ("Adam", forgetful, "v", 0.99), ("AMSGrad", forgetful, "max", 0.99)
rates, looks = {}, ("-", ":", "--", "-.")
for look, (name, rule, key, beta) in zip(looks, kinds, strict=True):
    state, rates[name] = {}, np.empty((600, 2))
    for t in range(1, 601):
        rule(g[t - 1], state, t)
        rates[name][t - 1] = (state[key] / (1 - beta**t)) ** -0.5
    for n in range(2):
        axes[n].plot(rates[name][:, n], look, label=name)
axes[0].set(title="dense", xlabel="step", ylabel="1 / root", yscale="log")
axes[1].set(title="rare", xlabel="step")
lines = axes[0].get_legend_handles_labels()
figure.legend(*lines, loc="outside lower center", ncols=4)
# --8<-- [end:rates]
last = {name: values[-1] for name, values in rates.items()}
assert np.allclose(last["RMSprop"], last["Adam"], rtol=0.01) and last["Adam"][0] > 5 * last["AMSGrad"][0]
assert last["Adagrad"][0] < 0.04 < 2 < last["Adam"][0] and abs(rates["RMSprop"][0, 1] - 10) < 1e-9
assert abs(rates["Adam"][0, 1] - 1) < 1e-9 and all(dense < rare for dense, rare in last.values())


# --8<-- [start:rotation]
def momentum(g, state, t):
    state["b"] = 0.9 * state.get("b", 0) + g
    return state["b"]


def no_momentum(g, state, t):
    return adam(g, state, t, beta1=0)


fall, table = 1 - np.arange(100) / 100, {}
print("angle       SGD  momentum  Adam, β₁ = 0      Adam")
for angle in (0, 15, 45):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    Q, ends = np.array([[c, -s], [s, c]]), []  # turns bowl and start alike
    A = Q @ np.diag([1, 100]) @ Q.T
    for rule in (sgd, momentum, no_momentum, adam):
        paths = [descend(rule, lambda x, t, A=A: A @ x, Q @ [1, 0.7], lr * fall)
                 for lr in np.geomspace(1e-3, 10, 17)]
        ends.append(min(np.hypot(*path[-1]) for path in paths))
    table[angle] = np.maximum(ends, 1e-9)
    print("{:4}°{:11.0e}{:10.0e}{:14.0e}{:10.0e}".format(angle, *table[angle]))
# --8<-- [end:rotation]
assert np.allclose(table[0][:2], table[45][:2]) and table[45][3] > 4 * table[45][1]
assert abs(table[45][2] / table[45][0] - 1) < 0.1 and table[0][3] < 0.5 * table[0][1]

# --8<-- [start:eps]
eps = 1e-8
print("     g  outside  inside  before, t = 1  before, t = 10000")
for g in (1e-3, 1e-5, 1e-7, 1e-9):
    early, late = (g / (g + eps / np.sqrt(1 - 0.999**t)) for t in (1, 10**4))
    row = g / (g + eps), g / np.sqrt(g * g + eps), early, late
    print(f"{g:6} {row[0]:8.3f} {row[1]:7.3f} {early:14.3f} {late:18.3f}")
# --8<-- [end:eps]
assert np.isclose(adam(np.array(1e-7), {}, 1), 1e-7 / 1.1e-7) and abs((eps / 3) ** 0.5 - 5.8e-5) < 1e-6
assert np.isclose(eps / 0.001**0.5, 3.2e-7, rtol=0.02)


# --8<-- [start:wrong]
def cycle(x, t):
    return np.array(3.0 if t % 3 == 1 else -1.0)


def short(g, state, t, **options):
    return adam(g, state, t, beta1=0, beta2=0.1, **options)


def short_amsgrad(g, state, t):
    return short(g, state, t, amsgrad=True)


lrs = 0.1 / np.sqrt(np.arange(1, 4001))
figure, axes = plt.subplots(figsize=(5.5, 2.9))
rules = {"Adam, β₂ = 0.1": short, "AMSGrad, β₂ = 0.1": short_amsgrad}
rules |= {"Adam, β₂ = 0.999": no_momentum, "SGD": sgd}
for n, (name, rule) in enumerate(rules.items()):
    x = descend(rule, cycle, 0, lrs, -1, 1)
    axes.plot(x, ("-", "--", ":", "-.")[n], label=name)
    print(f"{name:18} ends at {x[-1]:+.2f}")
axes.set(xlabel="step", ylabel="x", xscale="symlog")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:wrong]
moves = -np.diff(descend(short, cycle, 0, [1.0] * 300)[-4:])
assert (moves.round(2) == [1.05, -0.76, -0.97]).all()

v = 1 + 0.9 * 8 * 0.1 ** np.arange(3) / (1 - 0.1**3)
assert np.allclose(moves, np.array([3, -1, -1]) / np.sqrt(v))
plt.show()

# --8<-- [start:shares]
import numpy as np

print("frequency  SGD moves  Adam moves  √frequency")
moved = {}
for period in (1, 10, 100, 1000):
    share = 1 / period
    v = 0.001 / (1 - 0.999**period)  # at the moment the gradient of 1 occurs
    moved[period] = share / np.sqrt(v)
    print(f"{share:<9}  {share:9.3f}  {moved[period]:10.3f}", end="")
    print(f"  {np.sqrt(share):10.3f}")
# --8<-- [end:shares]

# --8<-- [start:imports]
import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:rules]
def sgd(g, state, t):
    return g


def momentum(g, state, t):
    state["b"] = 0.9 * state.get("b", 0) + g
    return state["b"]


def adam(g, state, t, beta1=0.9, beta2=0.999, amsgrad=False):
    state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
    state["max"] = np.maximum(state.get("max", 0), state["v"])
    m_hat = state["m"] / (1 - beta1**t)
    v_hat = state["max" if amsgrad else "v"] / (1 - beta2**t)
    return m_hat / (np.sqrt(v_hat) + 1e-8)


def no_momentum(g, state, t):
    return adam(g, state, t, beta1=0)
# --8<-- [end:rules]


# --8<-- [start:descend]
def descend(rule, gradient, start, rates, low=-np.inf, high=np.inf):
    theta, state = np.array(start, dtype=float), {}
    path = [theta]
    for t, lr in enumerate(rates, 1):
        step = rule(gradient(theta, t), state, t)
        theta = np.clip(theta - lr * step, low, high)
        path.append(theta)
    return np.array(path)
# --8<-- [end:descend]


# --8<-- [start:rotation]
def distance(rule, angle):
    """Distance to the minimum after 100 steps, with the best of 17 rates."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[c, -s], [s, c]])  # turns bowl and start alike
    hessian = turn @ np.diag([1, 100]) @ turn.T
    fall = 1 - np.arange(100) / 100
    ends = []
    for lr in np.geomspace(1e-3, 10, 17):
        start = turn @ [1, 0.7]
        path = descend(rule, lambda x, t: hessian @ x, start, lr * fall)
        ends.append(np.hypot(*path[-1]))
    return max(min(ends), 1e-9)


rules = {"SGD": sgd, "momentum": momentum,
         "Adam, β₁ = 0": no_momentum, "Adam": adam}
print("angle in °", *(f"{name:>13}" for name in rules))
table = {}
for angle in (0, 15, 45):
    table[angle] = {name: distance(rule, angle) for name, rule in rules.items()}
    print(f"{angle:<10}", *(f"{end:13.0e}" for end in table[angle].values()))
# --8<-- [end:rotation]
c = np.cos(np.pi / 4)
turned = np.array([[c, -c], [c, c]]) @ np.diag([1, 100]) @ np.array([[c, c], [-c, c]])
assert np.allclose(turned, [[50.5, -49.5], [-49.5, 50.5]]), "the matrix under 45° has 50.5 and -49.5"
for name in ("SGD", "momentum"):
    assert np.isclose(table[0][name], table[45][name]), "SGD's path only turns along, with momentum too"
assert table[0]["Adam, β₁ = 0"] == 1e-9, "without momentum Adam is perfect on the straight bowl: 1e-09 is the floor"
ratio = table[45]["Adam, β₁ = 0"] / table[45]["SGD"]
assert round(ratio, 1) == 1, "and no better than SGD on the one turned by 45°"
gain = table[45]["Adam"] / table[45]["momentum"]
assert gain > 4, "with momentum SGD ends more than 4 times nearer than the whole Adam"
assert table[0]["Adam"] < table[0]["momentum"], "on the straight bowl Adam ends nearer"


# --8<-- [start:wrong]
def cycle(x, t):
    return np.array(3.0 if t % 3 == 1 else -1.0)


def short(g, state, t):
    return adam(g, state, t, beta1=0, beta2=0.1)


def short_amsgrad(g, state, t):
    return adam(g, state, t, beta1=0, beta2=0.1, amsgrad=True)


rates = 0.1 / np.sqrt(np.arange(1, 4001))
figure, axes = plt.subplots(figsize=(5.5, 2.9))
rules = {"Adam, β₂ = 0.1": short, "AMSGrad, β₂ = 0.1": short_amsgrad}
rules |= {"Adam, β₂ = 0.999": no_momentum, "SGD": sgd}
ends, looks = {}, ("C0-", "C1--", "C2:", "C5-.")
print("rule                ends at")
for look, (name, rule) in zip(looks, rules.items(), strict=True):
    x = descend(rule, cycle, 0, rates, low=-1, high=1)
    axes.plot(x, look, label=name)
    ends[name] = x[-1]
    print(f"{name:18}  {x[-1]:+.2f}")
axes.set(xlabel="step", ylabel="x", xscale="symlog")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:wrong]
assert round(ends["Adam, β₂ = 0.1"], 1) == 1, "Adam with β₂ = 0.1 ends at +1, the wrong end"
for name in ("AMSGrad, β₂ = 0.1", "Adam, β₂ = 0.999", "SGD"):
    assert round(ends[name], 1) == -1, "the three others end at -1"
moves = -np.diff(descend(short, cycle, 0, [1.0] * 300)[-4:])
assert (moves.round(2) == [1.05, -0.76, -0.97]).all(), "for C = 3 the three steps are −1.05, +0.76 and +0.97 times η"
assert moves.sum() < -0.5, "each period moves by more than η/2 in the wrong direction"
big = np.arange(2.0, 1000)  # C
gain = np.sqrt(0.5) + 1 / np.sqrt(1 + 1 / (1 + big**2)) - np.sqrt(1 + big**-2)
assert gain.min() > 0.5, "for C ≥ 2 the three bounds add up to more than η/2 in the wrong direction"

# --8<-- [start:drift]
print("period C   β₂ = 0.1      0.9     0.99    0.999")
drift = {}
for C in (3, 10, 100, 1000, 10_000):
    print(f"{C:<8}", end="   ")
    after = np.arange(C)  # steps since the large gradient
    for beta2 in (0.1, 0.9, 0.99, 0.999):
        v = 1 + (1 - beta2) * (C * C - 1) * beta2**after / (1 - beta2**C)
        moves = np.where(after == 0, -C, 1) / np.sqrt(v)
        drift[C, beta2] = moves.mean()
        print(f"  {drift[C, beta2]:+7.3f}", end="")
    print()
# --8<-- [end:drift]
for beta2 in (0.1, 0.9, 0.99, 0.999):
    assert max(drift[C, beta2] for C in (3, 10, 100, 1000, 10_000)) > 0, "every column turns wrong at some C"
assert drift[3, 0.999] < 0, "with C = 3 and β₂ = 0.999 the direction is right"
assert drift[10, 0.999] < 0 < drift[100, 0.999], "at 0.999 it turns between 10 and 100"
assert round(drift[100, 0.999], 3) == 0.001, "though slowly: 0.001 η per step at C = 100"
simulated, state = [], {}
for t in range(1, 6001):
    simulated.append(-no_momentum(np.array(10.0 if t % 10 == 1 else -1.0), state, t))
assert np.isclose(np.mean(simulated[-10:]), drift[10, 0.999], atol=0.002), "the formula for v is what Adam computes"

for period in (1, 10, 100):
    assert abs(moved[period] * np.sqrt(period) - 1) < 0.03, "down to 0.01 Adam moves by the root, within 3 %"
state, steps = {}, []
for t in range(1, 20_001):
    steps.append(no_momentum(np.array(1.0 if t % 100 == 1 else 0.0), state, t))
assert np.isclose(np.mean(steps[-100:]), moved[100], rtol=0.01), "the formula is what Adam computes"
plt.show()

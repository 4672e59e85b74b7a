import functools
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

# --8<-- [start:half]
torch.manual_seed(0)
n = 1_000_000
W, x = torch.rand(n, 3) * 2 - 1, torch.tensor([0.1, 1.0, 2.0])
cases = {
    "normal": torch.randn(n),
    "W·x, three weights, x fixed": W @ x,
    "normal, mean shifted to 1": torch.randn(n) + 1,
    "exponential − 1, skewed": torch.empty(n).exponential_() - 1,
}
print("distribution of z            E(h²)/E(z²)  Var(h)/Var(z)")
for name, z in cases.items():
    h = z.relu()
    moment = h.square().mean() / z.square().mean()
    print(f"{name:29}{moment:11.2f} {h.var() / z.var():14.2f}")
# --8<-- [end:half]
for z, expected in zip(cases.values(), (0.5, 0.5, 0.9623, 2 / math.e), strict=True):
    assert abs(z.relu().square().mean() / z.square().mean() - expected) < 0.005
h = cases["normal"].relu()
assert abs(h.var() - (0.5 - 0.5 / math.pi)) < 0.002 and abs(0.5 - 0.5 / math.pi - 0.34) < 0.005
assert abs(h.mean() - 1 / math.sqrt(2 * math.pi)) < 0.002


# --8<-- [start:signals]
def signals(widths, init, activation):
    """Mean square of z and of its gradient in each layer."""
    h, outputs = torch.randn(100, widths[0], requires_grad=True), []
    for n_in, n_out in itertools.pairwise(widths):
        W = init(torch.empty(n_out, n_in))
        z = F.linear(h, W)
        outputs.append(z)
        h = activation(z)
    grads = torch.autograd.grad(h, outputs, torch.randn_like(h))
    return [[s.square().mean().item() for s in side] for side in (outputs, grads)]


def per_layer(sizes):
    return (sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))
# --8<-- [end:signals]


# --8<-- [start:layers]
factors = []
xavier, kaiming = nn.init.xavier_normal_, nn.init.kaiming_normal_
rules = {"Xavier, 1/n": xavier, "Kaiming, 2/n": kaiming}
for rule, init in rules.items():
    forward, backward = signals([512] * 51, init, torch.relu)
    there, back = per_layer(forward), per_layer(backward[::-1])
    factors += [there, back]
    print(f"{rule:12}  forward {there:.2f}, backward {back:.2f} per layer")
# --8<-- [end:layers]
for measured, theory in zip(factors, (0.5, 0.5, 1, 1), strict=True):
    assert abs(measured / theory - 1) < 0.03

# --8<-- [start:mode]
z = torch.randn(200, 400)  # what the layer below returns, before its ReLU
g = torch.randn(200, 100)  # the gradient that arrives from above
modes = {}
for mode in ("fan_in", "fan_out"):
    draw = functools.partial(nn.init.kaiming_normal_, mode=mode)
    W = torch.stack([draw(torch.empty(100, 400)) for _ in range(100)])
    forward = z.relu() @ W.mT
    backward = (g @ W) * (z > 0)
    out, grad, weights = (s.square().mean().item() for s in (forward, backward, W))
    modes[mode] = out, grad, weights
    print(f"{mode:7} output {out:.2f}  gradient {grad:.2f}  weights {weights:.3f}")
# --8<-- [end:mode]
for mode, expected in {"fan_in": (1, 0.25, 0.005), "fan_out": (4, 1, 0.02)}.items():
    assert all(abs(m / e - 1) < 0.03 for m, e in zip(modes[mode], expected, strict=True))

# --8<-- [start:funnel]
widths, funnel = [512, 256, 128, 64, 32, 16], {}
for mode in ("fan_in", "fan_out"):
    draw = functools.partial(nn.init.kaiming_normal_, mode=mode)
    runs = [signals(widths, draw, torch.relu) for _ in range(100)]
    funnel[mode] = torch.tensor(runs).mean(dim=0)
    for name, side in zip(("z", "gradient"), funnel[mode], strict=True):
        print(f"{mode:8}{name:9}", *(f"{size:7.2f}" for size in side))
# --8<-- [end:funnel]
power = 2.0 ** torch.arange(5)
for mode, expected in {"fan_in": (2 + 0 * power, power / 32), "fan_out": (4 * power, 0.5 + 0 * power)}.items():
    torch.testing.assert_close(funnel[mode], torch.stack(expected), rtol=0.12, atol=0)

# --8<-- [start:slope]
prelu = nn.PReLU(512)
with_slope = []
for a in (0.0, prelu.weight[0].item()):
    torch.manual_seed(0)
    draw = functools.partial(nn.init.kaiming_normal_, a=a)
    forward, backward = signals([512] * 51, draw, prelu)
    there, back = per_layer(forward), per_layer(backward[::-1])
    with_slope += [there, back]
    print(f"a = {a}: forward {there:.2f}, backward {back:.2f} per layer")
for slope in (0.01, 0.2, 0.25):
    growth = (1 + slope**2) ** 25
    print(f"slope {slope:4}, a = 0: std times {growth:.3f} after 50 layers")
# --8<-- [end:slope]
assert prelu.weight[0] == 0.25
for measured, theory in zip(with_slope, (17 / 16, 17 / 16, 1, 1), strict=True):
    assert abs(measured / theory - 1) < 0.03
assert math.isclose(with_slope[0] / with_slope[2], 17 / 16, rel_tol=1e-4) and 1.002 < 1.0001**25 < 1.003


# --8<-- [start:pairs]
names = "none", "tanh", "ReLU", "GELU"
activations = nn.Identity(), torch.tanh, torch.relu, F.gelu
figure, axes = plt.subplots(2, 2, figsize=(5.5, 4.4), sharex=True, sharey="row")
ends = {}
for column, (rule, init) in zip(axes.T, rules.items(), strict=True):
    for i, (name, activation) in enumerate(zip(names, activations, strict=True)):
        sides = torch.tensor(signals([256] * 31, init, activation)).sqrt()
        ends[rule, name] = sides[0, -1].item(), sides[1, 0].item()
        for panel, side in zip(column, sides, strict=True):
            panel.semilogy(range(1, 31), side, f"C{i}", label=name)
    column[0].set(title=rule, xlim=(1, 30))
    column[1].set(xlabel="layer")
axes[0, 0].set(ylabel="std of z", ylim=(1e-10, 1e6))
axes[1, 0].set(ylabel="std of the gradient", ylim=(1e-10, 1e6))
for panel in axes.flat:
    panel.set_yticks([1e-8, 1e-4, 1, 1e4], ["10⁻⁸", "10⁻⁴", "1", "10⁴"])
    panel.minorticks_off()
figure.legend(handles=panel.lines, loc="outside upper center", ncols=4)
# --8<-- [end:pairs]
expected = {"none": 1, "tanh": 0.13, "ReLU": 2**-14.5, "GELU": 3e-9}
assert all(0.3 < ends["Xavier, 1/n", name][0] / size < 3 for name, size in expected.items())
expected = {"none": 2**15, "tanh": 0.78, "ReLU": 1, "GELU": 0.005}
assert all(0.3 < ends["Kaiming, 2/n", name][0] / size < 3 for name, size in expected.items())
forward, backward = ends["Kaiming, 2/n", "tanh"]
assert 0.7 < forward < 0.85 and 1.5 < backward < 3 and 0.3 < ends["Kaiming, 2/n", "ReLU"][1] < 1.5
small = torch.linspace(-0.01, 0.01, 100)
assert torch.allclose(F.gelu(small), small / 2, atol=1e-4)

# --8<-- [start:default]
drawn = []
for name in ("leaky_relu", "relu"):
    torch.manual_seed(0)
    W = nn.init.kaiming_normal_(torch.empty(300, 300), nonlinearity=name)
    drawn.append(W)
    print(f"{name:10}  std {W.std():.4f}   theory {math.sqrt(2 / 300):.4f}")
print("same numbers:", torch.equal(*drawn))
# --8<-- [end:default]
assert torch.equal(*drawn) and math.isclose(nn.init.calculate_gain("leaky_relu"), math.sqrt(2 / 1.0001))

# --8<-- [start:first]
x = torch.randn(5000, 400)
W = nn.init.kaiming_normal_(torch.empty(100, 400))
print(f"first layer {F.linear(x, W).var():.1f}")
print(f"later layer {F.linear(x.relu(), W).var():.1f}")
# --8<-- [end:first]
assert abs(F.linear(x, W).var() - 2) < 0.1 and abs(F.linear(x.relu(), W).var() - 1) < 0.1
assert "the variance of the weights in the forward" in " ".join(nn.init.kaiming_normal_.__doc__.split())

plt.show()

# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

CONVOLUTIONS = [f"conv{kind}{d}d" for kind in ("", "_transpose") for d in (1, 2, 3)]


def calculate_gain(nonlinearity, param=None):
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + slope**2))
    table = dict.fromkeys(["linear", *CONVOLUTIONS, "sigmoid"], 1)
    table |= {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in table:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return table[nonlinearity]
# --8<-- [end:from-scratch]


# --8<-- [start:library]
names = ["linear", *CONVOLUTIONS, "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
for name in names:
    library = nn.init.calculate_gain(name)
    print(f"{name:17} {library:.4f}   same: {calculate_gain(name) == library}")
# --8<-- [end:library]
assert all(calculate_gain(name) == nn.init.calculate_gain(name) for name in names)

# --8<-- [start:from-scratch-quadrature]
U = torch.arange(-12, 12, 2e-3, dtype=torch.float64) + 1e-3  # midpoints: none lies on a kink at 0
P = torch.exp(-U.square() / 2) / math.sqrt(2 * math.pi) * 2e-3

def expect(values):
    return (values * P).sum().item()

def gain(f, s=1.0):
    return s / math.sqrt(expect(f(s * U).square()))

def derivative(f):
    u = U.clone().requires_grad_()
    return torch.autograd.grad(f(u).sum(), u)[0]
# --8<-- [end:from-scratch-quadrature]


# --8<-- [start:table]
shown = "tanh sigmoid relu leaky_relu selu gelu silu elu mish softplus hardswish"
table = {}
print("             gain   1/std(f)  backward     κ")
for name in shown.split():
    f = getattr(F, name)
    y, d = f(U), derivative(f)
    variance = expect(y**2) - expect(y) ** 2
    table[name] = gain(f), variance**-0.5, expect(d**2) ** -0.5, expect(y * d * U) / expect(y**2)
    print("{:11} {:6.4f} {:9.4f} {:9.4f} {:7.2f}".format(name, *table[name]))
# --8<-- [end:table]
assert abs(gain(torch.relu) - math.sqrt(2)) < 1e-6 > abs(gain(F.selu) - 1) and abs(expect(torch.relu(U)) - 0.4) < 2e-3
assert abs(gain(torch.tanh) - 1.5925) < 1e-4 > abs(gain(torch.sigmoid) - 1.8462)
assert [k for k in table if table[k][3] > 0.99] == ["relu", "leaky_relu", "gelu", "silu", "mish", "hardswish"]

# --8<-- [start:measured]
torch.manual_seed(0)
x = torch.randn(1_000_000)
print("          x.std() / y.std()   1 / √mean(y²)")
for f in (torch.tanh, torch.relu, torch.sigmoid, F.gelu):
    y = f(x)
    print(f"{f.__name__:8} {x.std() / y.std():18.2f} {y.square().mean() ** -0.5:15.2f}")
# --8<-- [end:measured]
assert abs(x.std() / y.std() - table["gelu"][1]) < 0.01 > abs(y.square().mean() ** -0.5 - gain(F.gelu))
# --8<-- [start:network]
def network(f, gain, layers, width=256, first=1.0):
    x = h = torch.randn(64, width, requires_grad=True)
    sizes = []
    for layer in range(layers):
        z = h @ torch.randn(width, width) * (gain if layer else first) / math.sqrt(width)
        h = f(z)
        sizes.append(z.square().mean().sqrt().item())
    (grad,) = torch.autograd.grad(h, x, torch.randn(64, width))
    return sizes, h.detach(), grad


for g in (1.7129, math.sqrt(2)):
    print(f"ReLU, gain {g:.4f}: layer 50 has size {network(torch.relu, g, 50)[0][-1]:.1g}")
# --8<-- [end:network]
assert 1.21 < 1.7129 / math.sqrt(2) < 1.212 and 1.1e4 < (1.7129 / math.sqrt(2)) ** 49 < 1.3e4

# --8<-- [start:needed]
figure, axes = plt.subplots(figsize=(5.5, 3.2))
s = torch.logspace(-1, 0.7, 60, dtype=torch.float64).tolist()
heights = {"silu": 2.08, "gelu": 1.85, "relu": 1.5, "selu": 0.84, "tanh": 1.1}
for i, (name, height) in enumerate(heights.items()):
    axes.plot(s, [gain(getattr(F, name), v) for v in s], f"C{i}")
    axes.plot(1, table[name][0], f"C{i}o")
    axes.text(0.1, height, name, color=f"C{i}", va="center")
axes.plot([1.0856, 2], [5 / 3, 5 / 3], "C4:o", markevery=[0])
axes.text(2.1, 5 / 3, "5/3", color="C4", va="center")
axes.set(xlabel="size s of the pre-activation", ylabel="gain that keeps s", xscale="log", ylim=(0.6, 3))
axes.set_xticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
axes.minorticks_off()
# --8<-- [end:needed]
assert abs(gain(torch.tanh, 1.0856) - 5 / 3) < 1e-4 and abs(gain(F.silu, 0.01) - 2) < 0.01 > abs(gain(F.gelu, 0.01) - 2)
assert all(abs(gain(f, 50) - math.sqrt(2)) < 0.01 for f in (F.gelu, F.silu, F.mish, F.hardswish))

# --8<-- [start:tanh]
for g in (1, gain(torch.tanh), nn.init.calculate_gain("tanh")):
    sizes, h, _ = network(torch.tanh, g, 100)
    print(f"gain {g:.4f}   before tanh {sizes[-1]:.2f}   after {h.std():.2f}")
# --8<-- [end:tanh]
assert abs(sizes[-1] - 1.0856) < 0.03 and abs(h.std() - 0.65) < 0.01

# --8<-- [start:selu]
for g in (1, nn.init.calculate_gain("selu")):
    sizes, h, grad = network(F.selu, g, 100, width=512, first=g)
    print(f"gain {g:.2f}   activations {h.std():.1f}   gradient at the input {grad.std():.1f}")
# --8<-- [end:selu]
d, small = derivative(F.selu), derivative(lambda u: F.selu(0.1518 * u)) / 0.1518
assert 31 < expect(d**2) ** 50 < 33 and abs(gain(F.selu, 0.1518) - 0.75) < 1e-3
assert abs(0.5625 * expect(small**2) - 1.0037) < 1e-4 and abs(expect(d**2) ** 0.5 - 1.035) < 5e-4

# --8<-- [start:fixed]
print("            own gain: layer 10   30     √2: layer 10      30   cosine")
ends = {}
for name in ("gelu", "silu", "elu", "mish", "softplus", "hardswish"):
    f = getattr(F, name)
    own, h, _ = network(f, gain(f), 30)
    two, cosine = network(f, math.sqrt(2), 30)[0], F.normalize(h) @ F.normalize(h).T
    print(f"{name:9} {own[9]:20.1f} {own[29]:5.1f} {two[9]:15.1g} {two[29]:7.1g} {cosine.mean():8.2f}")
    ends[name] = own[9], own[29], two[9], cosine.mean()
# --8<-- [end:fixed]
assert all(0.9 < row[0] < 1.8 for row in ends.values()) and ends["softplus"][3] > 0.99 and ends["hardswish"][1] > 50
assert all(0.9 < ends[name][1] < 1.1 for name in ("elu", "softplus")) and 13 < 1 / ends["hardswish"][2] < 18

# --8<-- [start:first]
for f in (torch.tanh, torch.relu, F.gelu):
    one, same = (network(f, gain(f), 30, first=first)[0][-1] for first in (1, gain(f)))
    print(f"{f.__name__:5} layer 30 with first gain 1: {one:.1f}, first gain {gain(f):.2f}: {same:.1f}")
# --8<-- [end:first]
assert same > 3 * one

# --8<-- [start:unsupported]
try:
    nn.init.calculate_gain("gelu")
except ValueError as error:
    print(error)
W = nn.init.xavier_normal_(torch.empty(256, 256), gain=gain(F.gelu))
print(f"std {W.std():.4f}, wanted {gain(F.gelu) / 16:.4f}")
# --8<-- [end:unsupported]
assert abs(W.std() * 16 / gain(F.gelu) - 1) < 0.01

# --8<-- [start:leaky]
for param in (None, 0, 0.2, math.sqrt(5)):
    print(f"calculate_gain('leaky_relu', {param}) = {nn.init.calculate_gain('leaky_relu', param):.6f}")
# --8<-- [end:leaky]
assert nn.init.calculate_gain("leaky_relu", 0) == math.sqrt(2) > nn.init.calculate_gain("leaky_relu")

plt.show()

# --8<-- [start:in-six-lines]
import torch
import torch.nn.functional as F

torch.manual_seed(1)
u = torch.randn(1_000_000)
print("activation  gain")
for f in (F.relu, F.tanh, F.selu, F.gelu, F.silu):
    print(f"{f.__name__:10}  {f(u).square().mean().rsqrt():.2f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
print("name               gain    same")
for name in names:
    library = nn.init.calculate_gain(name)
    print(f"{name:17}  {library:.4f}  {calculate_gain(name) == library}")
# --8<-- [end:library]
for name in names:
    assert calculate_gain(name) == nn.init.calculate_gain(name), f"{name} has the gain of the library"
assert nn.init.calculate_gain("leaky_relu") == nn.init.calculate_gain("leaky_relu", 0.01), "`leaky_relu`, default 0.01"

# --8<-- [start:from-scratch-quadrature]
STEP = 2e-3
U = torch.arange(-12, 12, STEP, dtype=torch.float64) + STEP / 2  # none lies on 0
MASS = torch.exp(-U.square() / 2) / math.sqrt(2 * math.pi) * STEP


def expect(values):
    return (values * MASS).sum().item()


def gain(f, s=1.0):
    return s / math.sqrt(expect(f(s * U).square()))


def derivative(f, s=1.0):
    z = (s * U).requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]
# --8<-- [end:from-scratch-quadrature]


# --8<-- [start:table]
names = "tanh sigmoid relu leaky_relu selu gelu silu elu mish softplus hardswish"
table = {}
print("activation    gain  1/std(f)  backward      κ")
for name in names.split():
    f = getattr(F, name)
    values, slopes = f(U), derivative(f)
    variance = expect(values**2) - expect(values) ** 2
    kappa = expect(U * values * slopes) / expect(values**2)
    table[name] = gain(f), variance**-0.5, expect(slopes**2) ** -0.5, kappa
    print("{:10}  {:6.4f}  {:8.4f}  {:8.4f}  {:5.2f}".format(name, *table[name]))
# --8<-- [end:table]
assert round(gain(F.relu), 6) == round(math.sqrt(2), 6), "for ReLU, E[f(u)²] = ½, so the gain is √2"
half = math.sqrt(2 / (1 + 0.01**2))
assert round(gain(F.leaky_relu), 6) == round(half, 6), "leaky ReLU keeps a² of the other half"
assert round(gain(F.selu), 5) == 1, "SELU was built so that its gain is 1 at s = 1"
assert round(gain(torch.tanh), 2) == 1.59, "1.59 keeps a pre-activation of standard deviation 1"
assert round(gain(torch.sigmoid), 4) == 1.8462, "the exact gain of sigmoid is 1.8462"
assert round(table["sigmoid"][2], 2) == 4.72, "the gradient would need 4.72 at the same time"
constant = expect(torch.sigmoid(U)) ** 2 / expect(torch.sigmoid(U) ** 2)
assert constant > 0.5, "sigmoid's mean square is mostly a constant, the mean of ½"
constant = expect(F.softplus(U)) ** 2 / expect(F.softplus(U) ** 2)
assert constant > 0.5, "most of softplus' mean square is a constant, as with sigmoid"
assert round(expect(torch.sigmoid(U)), 6) == 0.5, "sigmoid has the mean ½"
assert round(expect(F.relu(U)), 1) == 0.4, "ReLU's output has mean 0.4"
for name in ("tanh", "selu"):
    assert abs(expect(getattr(F, name)(U))) < 1e-5, "the two agree where f has mean 0, as tanh and SELU do"
for name, value in {"gelu": 1.53, "silu": 1.68, "mish": 1.49, "hardswish": 1.74}.items():
    assert round(table[name][0], 2) == value, "GELU 1.53, SiLU 1.68, Mish 1.49, Hardswish 1.74"
    assert table[name][3] > 1, "κ > 1: GELU, SiLU, Mish, Hardswish"
assert round(table["elu"][0], 2) == 1.25, "ELU 1.25"
for name in ("elu", "softplus"):
    assert table[name][3] < 1, "κ < 1: ELU and Softplus"
assert round(table["gelu"][3], 2) == 1.14, "a layer that is 1 % off passes on 1.14 % for GELU"
for f in (F.elu, F.softplus, F.gelu):
    step = 1e-4
    growth = 1 + math.log(gain(f, 1 - step) / gain(f, 1 + step)) / (2 * step)
    kappa = expect(U * f(U) * derivative(f)) / expect(f(U) ** 2)
    assert abs(growth - kappa) < 1e-5, "if Var(z) is a little off, the next layer's is off by κ times as much"

# --8<-- [start:measured]
torch.manual_seed(1)
x = torch.randn(1_000_000)
print("activation  x.std() / y.std()  1 / √mean(y²)")
for f in (torch.tanh, torch.relu, torch.sigmoid, F.gelu):
    y = f(x)
    measured = y.square().mean().rsqrt()
    print(f"{f.__name__:10}  {x.std() / y.std():17.2f}  {measured:13.2f}")
# --8<-- [end:measured]
assert round(table["relu"][1], 2) == 1.71, "x.std() / relu(x).std() is 1.71"
assert round(table["relu"][0], 2) == 1.41, "the gain of ReLU is 1.41"
assert abs(measured - gain(F.gelu)) < 0.005, "measured and integrated gain agree"


# --8<-- [start:network]
def network(f, gamma, depth, width=256, first=1.0, seed=0):
    """Sizes of z by layer, the output, sizes of the gradient before each layer."""
    torch.manual_seed(seed)
    h = torch.randn(64, width, requires_grad=True)
    inputs, sizes = [], []
    for layer in range(depth):
        inputs.append(h)
        std = (gamma if layer else first) / math.sqrt(width)
        z = h @ torch.normal(0, std, (width, width))
        sizes.append(z.square().mean().sqrt().item())
        h = f(z)
    gradients = torch.autograd.grad(h, inputs, torch.randn_like(h))
    return sizes, h.detach(), [g.square().mean().sqrt().item() for g in gradients]
# --8<-- [end:network]


# --8<-- [start:std-ratio]
for gamma in (table["relu"][1], math.sqrt(2)):
    sizes, _, _ = network(torch.relu, gamma, depth=50)
    print(f"ReLU, gain {gamma:.4f}: layer 50 has size {sizes[-1]:.1g}")
# --8<-- [end:std-ratio]
excess = table["relu"][1] / math.sqrt(2)
assert round(excess, 2) == 1.21, "taking the standard deviation instead is a factor of 1.21 per layer too much"
assert round(excess**49, -3) == 12_000, "1.21 per layer is 12,000 after 50 layers"

# --8<-- [start:needed]
figure, axes = plt.subplots(figsize=(5.5, 3.2))
sizes = torch.logspace(-1, 0.7, 60, dtype=torch.float64).tolist()
heights = {"silu": 2.08, "gelu": 1.85, "relu": 1.5, "selu": 0.84, "tanh": 1.1}
for i, (name, height) in enumerate(heights.items()):
    axes.plot(sizes, [gain(getattr(F, name), s) for s in sizes], f"C{i}")
    axes.plot(1, table[name][0], f"C{i}o")
    axes.text(0.1, height, name, color=f"C{i}", va="center")
axes.plot([1.0856, 2], [5 / 3, 5 / 3], "C4:o", markevery=[0])
axes.text(2.1, 5 / 3, "5/3", color="C4", va="center")
axes.set(xlabel="size s of the pre-activation", xscale="log")
axes.set(ylabel="gain that keeps s", ylim=(0.6, 3))
axes.set_xticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
axes.minorticks_off()
# --8<-- [end:needed]
assert round(gain(torch.tanh, 1.0856), 4) == round(5 / 3, 4), "5/3 keeps a pre-activation of 1.09"
rest = math.sqrt(expect(torch.tanh(1.0856 * U) ** 2))
assert round(rest, 2) == 0.65, "the activations behind it have 0.65"
for name in ("tanh", "selu"):
    heights = [gain(getattr(F, name), s) for s in sizes]
    assert heights == sorted(heights), "the curves of tanh and SELU rise"
for name in ("gelu", "silu"):
    heights = [gain(getattr(F, name), s) for s in sizes]
    assert heights == sorted(heights, reverse=True), "the curves of GELU and SiLU fall"
    assert round(gain(getattr(F, name), 0.01), 1) == 2, "gelu and silu fall from 2"
    assert round(gain(getattr(F, name), 50), 2) == 1.41, "gelu and silu fall towards 1.41"
assert gain(torch.tanh, 1e-6) < 1 + 1e-9, "gain 1 has no resting point but 0"
assert gain(torch.tanh, 1e4) > 1e4, "any gain above 1 has such a resting point: the curve rises without end"

# --8<-- [start:tanh]
print("gain    before tanh  after")
for gamma in (1, gain(torch.tanh), nn.init.calculate_gain("tanh")):
    sizes, h, _ = network(torch.tanh, gamma, depth=100)
    after = h.square().mean().sqrt()
    print(f"{gamma:.4f}  {sizes[-1]:11.2f}  {after:5.2f}")
# --8<-- [end:tanh]
assert round(sizes[-1], 2) == 1.09, "5/3 keeps a pre-activation of 1.09, measured"
assert round(after.item(), 2) == 0.65, "the activations behind it have 0.65, measured"

# --8<-- [start:selu]
print("gain  activations  gradient, layer 1  layer 21  layer 61")
selu = {}
for gamma in (1, nn.init.calculate_gain("selu")):
    sizes, h, gradients = network(F.selu, gamma, depth=100, width=512, first=gamma)
    first, early, late = (gradients[i] / gradients[99] for i in (0, 20, 60))
    selu[gamma] = first, early, late
    size = h.square().mean().sqrt()
    print(f"{gamma:.2f}  {size:11.1f}  {first:17.1f}  {early:8.1f}  {late:8.1f}")
# --8<-- [end:selu]
growth = math.sqrt(expect(derivative(F.selu) ** 2))
assert round(growth, 3) == 1.035, "with gain 1, a gradient grows by 1.035 per layer"
assert round(growth**100) == 32, "which is 32 over 100 layers"
assert round(gain(F.selu, 0.1518), 3) == 0.75, "with 3/4 the curve is met at s = 0.15"
assert round(0.1518, 2) == 0.15, "with 3/4 the curve is met at s = 0.15"
resting = 0.75**2 * expect(derivative(F.selu, 0.1518) ** 2)
assert round(resting, 3) == 1.004, "at the small size that 3/4 leads to, its square grows by 1.004 per layer"
s, product = 0.75, 1.0
for _ in range(20):
    product *= 0.75 * math.sqrt(expect(derivative(F.selu, s) ** 2))
    s = s / gain(F.selu, s) * 0.75
assert round(product, 2) == 0.28, "over the first 20 layers it falls to 0.28 of what arrives at layer 21"
for seed in range(5):
    _, _, gradients = network(F.selu, 0.75, depth=100, first=0.75, seed=seed)
    assert 0.2 < gradients[0] / gradients[20] < 0.4, "between 0.2 and 0.4 in 5 of 5 draws"
    assert 0.5 < gradients[20] / gradients[99] < 2, "from layer 100 to 21 it changes by less than a factor of 2"

# --8<-- [start:fixed]
print("activation  own gain, layer 10  layer 30       cosine", end="")
print("          √2, layer 10  √2, layer 30")
draws = {}
for name in ("gelu", "silu", "elu", "mish", "softplus", "hardswish"):
    f = getattr(F, name)
    draws[name] = []
    for seed in range(5):
        own, h, _ = network(f, gain(f), depth=30, seed=seed)
        directions = F.normalize(h)
        cosine = (directions @ directions.T).mean().item()
        draws[name].append((own[9], own[29], cosine))
    columns = zip(*draws[name], strict=True)
    spans = [f"{min(column):.2g} to {max(column):.2g}" for column in columns]
    wrong, _, _ = network(f, math.sqrt(2), depth=30)
    print("{:10}  {:18}  {:13}  {:14}".format(name, *spans), end="")
    print(f"  {wrong[9]:12.1g}  {wrong[29]:9.1g}")
# --8<-- [end:fixed]
for name, rows in draws.items():
    for tenth, last, cosine in rows:
        assert 0.5 < tenth < 2, "after 10 layers each own gain has kept the size within a factor of 2, in 5 of 5 draws"
        if name in ("elu", "softplus"):
            assert 0.9 < last < 1.1, "the gains of ELU and Softplus are within 10 % of 1 at layer 30, in 5 of 5 draws"
        if name == "softplus":
            assert round(cosine, 2) == 1, "the cosine is 1: all inputs give the same output"
silu, hardswish, gelu, mish = (
    [last for _, last, _ in draws[name]] for name in ("silu", "hardswish", "gelu", "mish")
)
assert min(silu) > 4, "SiLU has grown more than fourfold at layer 30, in 5 of 5 draws"
assert min(hardswish) > 20, "Hardswish has grown more than twentyfold at layer 30, in 5 of 5 draws"
assert max(gelu) < 2.5, "GELU is within a factor of 2.5 of 1 at layer 30, in 5 of 5 draws"
assert min(gelu) > 1 / 2.5, "GELU is within a factor of 2.5 of 1 at layer 30, in 5 of 5 draws"
assert max(mish) < 2.5, "Mish is within a factor of 2.5 of 1 at layer 30, in 5 of 5 draws"
assert min(mish) > 1 / 2.5, "Mish is within a factor of 2.5 of 1 at layer 30, in 5 of 5 draws"

# --8<-- [start:first]
print("activation  first gain 1  first gain the same")
for f in (torch.tanh, torch.relu, F.gelu):
    sizes = []
    for first in (1, gain(f)):
        sizes.append(network(f, gain(f), depth=30, first=first)[0][-1])
    print(f"{f.__name__:10}  {sizes[0]:12.1f}  {sizes[1]:19.1f}")
# --8<-- [end:first]
for seed in range(5):
    for f in (torch.tanh, F.gelu):
        one, same = (network(f, gain(f), 30, first=first, seed=seed)[0][-1] for first in (1, gain(f)))
        if f is torch.tanh:
            assert abs(same / one - 1) < 0.05, "tanh: in layer 30 the sizes differ by less than 5 %, in 5 of 5 draws"
        else:
            assert same / one > 3, "GELU is more than 3 times as large in layer 30, in 5 of 5 draws"
one, same = (network(torch.relu, math.sqrt(2), 30, first=first)[0][-1] for first in (1, math.sqrt(2)))
assert round(same / one, 3) == round(math.sqrt(2), 3), "for ReLU it makes a single factor of √2, once"

plt.show()

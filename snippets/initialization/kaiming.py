# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
for init in (nn.init.xavier_normal_, nn.init.kaiming_normal_):
    h = torch.randn(100, 256)
    for _ in range(30):
        h = (h @ init(torch.empty(256, 256)).T).relu()
    print(f"{init.__name__:15}  size after 30 layers: {h.square().mean()**0.5:.1g}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import functools
import itertools
import math

import matplotlib.pyplot as plt
from torch.nn import functional as F

# --8<-- [end:imports]

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
print("distribution of z            E(h²) / E(z²)  Var(h) / Var(z)")
for name, z in cases.items():
    h = z.relu()
    moment = h.square().mean() / z.square().mean()
    print(f"{name:29}{moment:11.2f} {h.var() / z.var():14.2f}")
# --8<-- [end:half]
ratio = {name: (z.relu().square().mean() / z.square().mean()).item() for name, z in cases.items()}
assert abs(ratio["normal"] - 0.5) < 0.005, "the squares of both halves have the same share: ReLU keeps ½ (normal)"
assert abs(ratio["W·x, three weights, x fixed"] - 0.5) < 0.005, "ReLU keeps ½ (three weights only)"
for name in ("normal, mean shifted to 1", "exponential − 1, skewed"):
    assert ratio[name] > 0.7, "two that break K1"
h = cases["normal"].relu()
assert abs(h.var() - (0.5 - 0.5 / math.pi)) < 0.002, "for a normal z the variance falls to ½ − 1/(2π) of what it was"
assert round(0.5 - 0.5 / math.pi, 2) == 0.34, "½ − 1/(2π) is 0.34"
assert h.mean() > 0.3, "h has a mean above 0"


# --8<-- [start:signals]
def signals(widths, init, activation):
    """Mean square of z and of its gradient in each layer."""
    h = torch.randn(100, widths[0], requires_grad=True)
    outputs = []
    for n_in, n_out in itertools.pairwise(widths):
        W = init(torch.empty(n_out, n_in))
        z = F.linear(h, W)
        outputs.append(z)
        h = activation(z)
    gradients = torch.autograd.grad(h, outputs, torch.randn_like(h))
    forward = [z.square().mean().item() for z in outputs]
    backward = [g.square().mean().item() for g in gradients]
    return forward, backward


def per_layer(sizes):
    return (sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))
# --8<-- [end:signals]


# --8<-- [start:layers]
factors = {}
print("rule          forward  backward")
rules = {
    "Xavier, 1/n": nn.init.xavier_normal_,
    "Kaiming, 2/n": nn.init.kaiming_normal_,
}
for rule, init in rules.items():
    forward, backward = signals([512] * 51, init, torch.relu)
    there, back = per_layer(forward), per_layer(backward[::-1])
    factors[rule] = there, back
    print(f"{rule:12}  {there:7.2f}  {back:8.2f}")
# --8<-- [end:layers]
for measured in factors["Xavier, 1/n"]:
    assert abs(measured / 0.5 - 1) < 0.05, "the prediction is a factor of ½ per layer for 1/n"
for measured in factors["Kaiming, 2/n"]:
    assert abs(measured - 1) < 0.05, "the prediction is 1 for 2/n"

# --8<-- [start:mode]
z = torch.randn(200, 400)  # what the layer below returns, before its ReLU
g = torch.randn(200, 100)  # the gradient that arrives from above
modes = {}
print("mode     output  gradient  weights")
for mode in ("fan_in", "fan_out"):
    draws = [torch.empty(100, 400) for _ in range(100)]
    for draw in draws:
        nn.init.kaiming_normal_(draw, mode=mode)
    W = torch.stack(draws)
    forward = z.relu() @ W.mT
    backward = (g @ W) * (z > 0)
    output, gradient, weights = (s.square().mean() for s in (forward, backward, W))
    modes[mode] = output, gradient, weights
    print(f"{mode:7}  {output:6.2f}  {gradient:8.2f}  {weights:7.3f}")
# --8<-- [end:mode]
for mode, expected in {"fan_in": (1, 1 / 4, 0.005), "fan_out": (4, 1, 0.020)}.items():
    for measured, theory in zip(modes[mode], expected, strict=True):
        assert abs(measured / theory - 1) < 0.03, "from 400 to 100 the other side is off by a factor of 4"
assert 2 / 400 == 0.005, "the variance of the weights is what you choose: 0.005"
assert 2 / 100 == 0.020, "or 0.020"

# --8<-- [start:funnel]
widths = [512, 256, 128, 64, 32, 16]
funnel = {}
print("mode     of", *(f"{f'layer {i}':>8}" for i in range(1, 6)))
for mode in ("fan_in", "fan_out"):
    draw = functools.partial(nn.init.kaiming_normal_, mode=mode)
    runs = [signals(widths, draw, torch.relu) for _ in range(100)]
    forward, backward = torch.tensor(runs).mean(dim=0).tolist()
    funnel[mode] = forward, backward
    for name, sizes in {"z": forward, "gradient": backward}.items():
        print(f"{mode:7}  {name:9}", *(f"{size:7.2f}" for size in sizes))
# --8<-- [end:funnel]
for layer in range(5):
    (in_z, in_g), (out_z, out_g) = (
        [side[layer] for side in funnel[mode]] for mode in ("fan_in", "fan_out")
    )
    assert abs(in_z / 2 - 1) < 0.12, "the forward pass under `fan_in` stays at 2"
    assert abs(out_g / 0.5 - 1) < 0.12, "the backward pass under `fan_out` stays at ½"
    assert abs(out_z / (4 * 2**layer) - 1) < 0.12, "the other side moves by 2 per layer, forward"
    assert abs(in_g / (2**layer / 32) - 1) < 0.12, "the other side moves by 2 per layer, backward"
assert 2**4 == 16, "by 16 in all four steps"

# --8<-- [start:slope]
prelu = nn.PReLU(512)
factors = {}
print("a     forward  backward")
for a in (0.0, prelu.weight[0].item()):
    torch.manual_seed(0)
    draw = functools.partial(nn.init.kaiming_normal_, a=a)
    forward, backward = signals([512] * 51, draw, prelu)
    there, back = per_layer(forward), per_layer(backward[::-1])
    factors[a] = there, back
    print(f"{a:<4}  {there:7.2f}  {back:8.2f}")
# --8<-- [end:slope]

# --8<-- [start:small-slopes]
print("slope  std after 50 layers")
for slope in (0.01, 0.2, 0.25):
    growth = (1 + slope**2) ** 25
    print(f"{slope:<5}  × {growth:.3f}")
# --8<-- [end:small-slopes]
assert (prelu.weight == 0.25).all(), "`nn.PReLU` learns its slope and starts at 0.25"
for measured in factors[0.0]:
    assert abs(measured / (1 + 0.25**2) - 1) < 0.03, "every layer multiplies the mean square by 1 + 0.25²"
for measured in factors[0.25]:
    assert abs(measured - 1) < 0.03, "with a = 0.25 it stays"
assert round(1 + 0.25**2, 2) == 1.06, "1 + 0.25² is 1.06"
assert round(100 * (math.sqrt(1 + 0.01**2) ** 50 - 1), 1) == 0.3, "a slope of 0.01: 0.3 % after 50 layers"
assert math.sqrt(1 + 0.2**2) ** 50 > 2, "from about 0.2 on: a factor of more than 2 after 50 layers"


# --8<-- [start:pairs]
activations = {"none": nn.Identity(), "tanh": torch.tanh}
activations |= {"ReLU": torch.relu, "GELU": F.gelu}
figure, axes = plt.subplots(2, 2, figsize=(5.5, 4.4), sharex=True, sharey="row")
ends = {}
for column, (rule, init) in enumerate(rules.items()):
    top, bottom = axes[:, column]
    for i, (name, activation) in enumerate(activations.items()):
        squares = torch.tensor(signals([256] * 31, init, activation))
        forward, backward = squares.sqrt()
        ends[rule, name] = forward[-1].item(), backward[0].item()
        top.semilogy(range(1, 31), forward, f"C{i}", label=name)
        bottom.semilogy(range(1, 31), backward, f"C{i}")
    top.set(title=f"{rule}: z", xlim=(1, 30))
    bottom.set(title=f"{rule}: gradient", xlabel="layer")
axes[0, 0].set(ylabel="std of z", ylim=(1e-10, 1e6))
axes[1, 0].set(ylabel="std of the gradient", ylim=(1e-10, 1e6))
for panel in axes.flat:
    panel.set_yticks([1e-8, 1e-4, 1, 1e4], ["10⁻⁸", "10⁻⁴", "1", "10⁴"])
    panel.minorticks_off()
figure.legend(handles=axes[0, 0].lines, loc="outside upper center", ncols=4)
# --8<-- [end:pairs]
assert round(1e5 * 2**-14.5) == 4, "half of the mean square goes in each layer: 2^−14.5 is about 4·10^−5 in std"
assert round(1e-4 * 2**15) == 3, "nothing halves what was doubled: 2^15 is about 3·10^4"
within = {  # the ends of the 30 layers, forward and backward
    ("Xavier, 1/n", "none"): (1, 1),
    ("Xavier, 1/n", "ReLU"): (2**-14.5, 2**-15),
    ("Kaiming, 2/n", "none"): (2**15, 2**14.5),
    ("Kaiming, 2/n", "ReLU"): (math.sqrt(2), math.sqrt(1 / 2)),
    ("Kaiming, 2/n", "GELU"): (0.005, 0.003),
}
for pair, theory in within.items():
    for end, expected in zip(ends[pair], theory, strict=True):
        assert 1 / 4 < end / expected < 4, f"{pair}: within a factor of 4 of the prediction"
tanh = {rule: [signals([256] * 31, init, torch.tanh) for _ in range(5)] for rule, init in rules.items()}
for forward, _ in tanh["Xavier, 1/n"]:
    assert abs(math.sqrt(forward[-1]) - 0.13) < 0.03, "Xavier, tanh: at layer 30 the std is 0.13, within 0.03"
    assert forward[-1] / forward[-2] > forward[1] / forward[0], "tanh flattens less and less as the signal shrinks"
for forward, backward in tanh["Kaiming, 2/n"]:
    assert abs(math.sqrt(forward[-1]) - 0.8) < 0.06, "Kaiming, tanh: z settles at 0.8, within 0.06"
    assert 1.5 < math.sqrt(backward[0] / backward[-1]) < 5, "the gradient grows less than fivefold over 30 layers"
small = torch.linspace(-0.01, 0.01, 100)
assert torch.allclose(F.gelu(small), small / 2, atol=1e-4), "near 0, GELU(z) is about z/2"
z = torch.randn(1_000_000)
kept = [(F.gelu(size * z).square().mean() / (size * z).square().mean()).item() for size in (1, 0.3, 0.1, 0.01)]
assert round(kept[-1], 2) == 0.25, "both halves together keep only a quarter of E(z²)"
assert kept == sorted(kept, reverse=True), "the smaller the signal, the more it loses"

# --8<-- [start:default]
drawn = {}
for name in ("leaky_relu", "relu"):
    torch.manual_seed(0)
    drawn[name] = nn.init.kaiming_normal_(torch.empty(300, 300), nonlinearity=name)
    std = drawn[name].std()
    print(f"{name:10}  std {std:.4f}   theory {math.sqrt(2 / 300):.4f}")
print("same numbers:", torch.equal(drawn["leaky_relu"], drawn["relu"]))
# --8<-- [end:default]
assert torch.equal(drawn["leaky_relu"], drawn["relu"]), "the numbers are the same, to the last bit"
library = nn.init.calculate_gain("leaky_relu")
assert math.isclose(library, math.sqrt(2 / (1 + 0.01**2))), '`calculate_gain("leaky_relu")` takes 0.01 for the slope'

# --8<-- [start:first]
x = torch.randn(5000, 400)
W = nn.init.kaiming_normal_(torch.empty(100, 400))
print(f"first layer {F.linear(x, W).var():.1f}")
print(f"later layer {F.linear(x.relu(), W).var():.1f}")
# --8<-- [end:first]
assert abs(F.linear(x, W).var() - 2) < 0.1, "the first z has twice the mean square of x"
assert abs(F.linear(x.relu(), W).var() - 1) < 0.1, "later layers keep it"
W = nn.init.kaiming_normal_(torch.empty(100, 400), nonlinearity="linear")
assert abs(F.linear(x, W).var() - 1) < 0.05, 'if you want 1, pass `nonlinearity="linear"` there'
text = " ".join(nn.init.kaiming_normal_.__doc__.split())
sentence = "preserves the magnitude of the variance of the weights in the forward pass"
assert sentence in text, "what the text on `mode` says in torch 2.13"
assert 2**-50 < 1e-15, "the missing 2 of 1/n acts in every layer: 2^−50 after fifty"
assert math.sqrt(2**-50) == 2**-25, "without it, 50 layers cost a factor of 2^−25 in size"

plt.show()

# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(600, 400)
nn.init.kaiming_uniform_(layer.weight)
print(f"largest {layer.weight.abs().max():.3f}, std {layer.weight.std():.3f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math
import warnings

import matplotlib.pyplot as plt

# --8<-- [end:imports]
assert f"{layer.weight.abs().max():.3f}" == "0.100", "with 600 inputs no weight is larger than √(6/600) = 0.1"


# --8<-- [start:from-scratch]
GAINS = {"relu": 2**0.5, "tanh": 5 / 3, "selu": 3 / 4, "sigmoid": 1, "linear": 1}
GAINS |= {f"conv{kind}{d}d": 1 for kind in ("", "_transpose") for d in (1, 2, 3)}


def correct_fan(tensor, mode):
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"mode {mode} is neither fan_in nor fan_out")
    if tensor.dim() < 2:
        raise ValueError("a tensor with fewer than 2 dimensions has no fans")
    channels = tensor.shape[1 if mode.lower() == "fan_in" else 0]
    return channels * math.prod(tensor.shape[2:])  # times the kernel's positions
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-init]
def gain_of(nonlinearity, a):
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + a**2))
    if nonlinearity not in GAINS:
        raise ValueError(f"no gain is known for {nonlinearity}")
    return GAINS[nonlinearity]


def kaiming_uniform_(
    tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None
):
    if 0 in tensor.shape:
        return tensor  # nothing to fill, and no fan to divide by
    std = gain_of(nonlinearity, a) / math.sqrt(correct_fan(tensor, mode))
    bound = math.sqrt(3) * std  # U(−b, b) has variance b² / 3
    with torch.no_grad():
        return tensor.uniform_(-bound, bound, generator=generator)
# --8<-- [end:from-scratch-init]


# --8<-- [start:equal]
print("shape            same numbers")
for shape, options in (
    ((100, 400), {}),
    ((32, 16, 3, 3), {"mode": "fan_out", "nonlinearity": "relu"}),
    ((8, 4, 5), {"a": math.sqrt(5)}),
):
    drawn = []
    for init in (kaiming_uniform_, nn.init.kaiming_uniform_):
        g = torch.Generator().manual_seed(0)
        drawn.append(init(torch.empty(shape), **options, generator=g))
    ours, library = drawn
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "it draws the library's numbers, bit for bit"
# --8<-- [end:equal]
defaults = nn.init.kaiming_uniform_.__defaults__
assert defaults == (0, "fan_in", "leaky_relu", None), 'a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None'
assert nn.init.kaiming_uniform_(library) is library, "works in place, returns the tensor"
for name in (*GAINS, "leaky_relu"):
    assert math.isclose(gain_of(name, 0.3), nn.init.calculate_gain(name, 0.3)), "the gains that the library knows"

# --8<-- [start:moments]
torch.manual_seed(0)
print("mode     quantity  measured  theory")
for mode, fan in (("fan_in", 3000), ("fan_out", 1000)):
    W = nn.init.kaiming_uniform_(torch.empty(1000, 3000), mode=mode)
    largest, bound = W.abs().max(), math.sqrt(6 / fan)
    print(f"{mode:7}  mean      {W.mean():8.5f}  {0:.5f}")
    print(f"{mode:7}  variance  {W.var():8.6f}  {2 / fan:.6f}")
    print(f"{mode:7}  largest   {largest:8.5f}  {bound:.5f}")
# --8<-- [end:moments]
for mode, fan in (("fan_in", 3000), ("fan_out", 1000)):
    W = nn.init.kaiming_uniform_(torch.empty(1000, 3000), mode=mode)
    assert abs(W.mean()) < 1e-4, "the mean is 0, met within 0.0001"
    assert abs(W.var() * fan / 2 - 1) < 0.01, "the variance is 2/n, met within 1 %"
    assert W.abs().max() <= math.sqrt(6 / fan) * (1 + 1e-6), "b = √(6/n)"

# --8<-- [start:slope]
figure, axes = plt.subplots(figsize=(5.5, 2.6))
slopes = {
    "a = 0: ReLU": 0,
    "a = 1: no activation": 1,
    "a = √5: default of nn.Linear": math.sqrt(5),
}
for (label, a), color in zip(slopes.items(), ("C1", "C0", "C5"), strict=True):
    W = nn.init.kaiming_uniform_(torch.empty(500, 500), a=a) * math.sqrt(500)
    height, edges = torch.histogram(W.flatten(), bins=40, density=True)
    axes.stairs(height, edges, color=color, fill=True, alpha=0.25)
    axes.stairs(height, edges, color=color, linewidth=1.5)
    axes.text(edges[-1] + 0.08, height.mean(), label, color=color, va="center")
axes.set(xlabel="weight × √n", xlim=(-2.7, 5.2), xticks=range(-2, 3))
axes.set_ylabel("density")
# --8<-- [end:slope]
ends = [f"{patch.get_data().edges[-1]:.2f}" for patch in axes.patches[::2]]
assert ends[0] == f"{math.sqrt(6):.2f}" == "2.45", "for a = 0 it ends at √6"
assert ends[1] == f"{math.sqrt(3):.2f}" == "1.73", "for a = 1 it ends at √3"
assert ends[2] == "1.00", "for a = √5 it ends at 1"

# --8<-- [start:options]
variances = []
print("variance × 2000  options")
for options in (
    {},
    {"a": 0.25},
    {"mode": "fan_out"},
    {"nonlinearity": "linear"},
    {"nonlinearity": "tanh"},
    {"nonlinearity": "relu", "a": 0.25},
):
    W = nn.init.kaiming_uniform_(torch.empty(500, 2000), **options)
    variances.append(f"{W.var().item() * 2000:.1f}")
    print(f"{variances[-1]:15}  {options}")
# --8<-- [end:options]
defaults, slope, fan_out, linear, tanh, relu = variances
assert defaults == "2.0", "with the defaults the variance is 2/n_in"
assert slope == f"{2 / (1 + 0.25**2):.1f}", "a is the slope of the leaky ReLU: 2 / (1 + a²)"
assert fan_out == f"{2 * 2000 / 500:.1f}", "mode: here the fans are 2000 and 500"
assert linear == "1.0", 'with nonlinearity="linear" it fills with variance 1/n'
assert tanh == f"{(5 / 3) ** 2:.1f}", "5/3 for tanh"
assert relu == "2.0", "with any other nonlinearity a is ignored"
prelu = nn.PReLU().weight.item()
assert prelu == 0.25, "with PReLU its start value 0.25, so `a=0.25`"

# --8<-- [start:default]
layer = nn.Linear(400, 100)
largest = layer.weight.abs().max()
print(f"nn.Linear   largest {largest:.3f}   1/√n = {math.sqrt(1 / 400):.3f}")
largest = nn.init.kaiming_uniform_(layer.weight).abs().max()
print(f"Kaiming     largest {largest:.3f}   √(6/n) = {math.sqrt(6 / 400):.3f}")
# --8<-- [end:default]
layer = nn.Linear(400, 100)
assert f"{layer.weight.abs().max():.3f}" == f"{1 / math.sqrt(400):.3f}", "nn.Linear: b = 1/√n_in"
gain = nn.init.calculate_gain("leaky_relu", math.sqrt(5))
assert math.isclose(gain, 1 / math.sqrt(3)), "put in a = √5: the gain is 1/√3"
for Conv in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
    conv = Conv(40, 40, 3)
    bound = 1 / math.sqrt(conv.weight[0].numel())
    assert 0.99 * bound < conv.weight.abs().max() <= bound, "all nn.Conv*d do the same"
assert f"{math.sqrt(6):.1f}" == "2.4", "their bound is smaller by √6 ≈ 2.4"

# --8<-- [start:scale]
sizes = {}
print("a                    std")
for scale in (0, 1, 4):
    W = nn.init.kaiming_uniform_(torch.empty(500, 500), a=math.sqrt(5) * scale)
    sizes[scale] = W.std().item()
    print(f"√5 · {scale}               {sizes[scale]:.4f}")
nn.init.kaiming_uniform_(W, a=math.sqrt(5)).mul_(4)
print(f"√5, multiplied by 4  {W.std():.4f}")
# --8<-- [end:scale]
assert f"{sizes[1] / sizes[4]:.1f}" == f"{math.sqrt(81 / 6):.1f}" == "3.7", "scale 4 then divides by 3.7"
assert sizes[0] > sizes[1], "and scale 0 gives the largest weights of all"
assert f"{W.std() / sizes[1]:.1f}" == "4.0", "to scale weights, multiply them"

# --8<-- [start:unsupported]
wrong = ("nonlinearity", "gelu"), ("nonlinearity", "prelu"), ("mode", "fan_avg")
for option, value in wrong:
    try:
        nn.init.kaiming_uniform_(torch.empty(3, 3), **{option: value})
    except ValueError as error:
        print(error)
# --8<-- [end:unsupported]
for name in ("gelu", "silu", "elu", "prelu"):
    try:
        nn.init.calculate_gain(name)
        known = True
    except ValueError:
        known = False
    assert not known, "neither GELU, SiLU, ELU nor PReLU has a gain in torch 2.13"

# --8<-- [start:empty]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.init.kaiming_uniform_(torch.empty(10, 0))
print(caught[0].category.__name__, "–", caught[0].message)
# --8<-- [end:empty]
assert "zero-element" in str(caught[0].message), "UserWarning: Initializing zero-element tensors is a no-op"
plt.show()

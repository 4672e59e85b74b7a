# --8<-- [start:from-scratch]
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn

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
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()
for name in (*GAINS, "leaky_relu"):
    assert math.isclose(gain_of(name, 0.3), nn.init.calculate_gain(name, 0.3))

# --8<-- [start:moments]
torch.manual_seed(0)
for mode, fan in (("fan_in", 3000), ("fan_out", 1000)):
    W = nn.init.kaiming_uniform_(torch.empty(1000, 3000), mode=mode)
    largest, bound = W.abs().max(), math.sqrt(6 / fan)
    print(f"{mode:8} mean      measured {W.mean():8.5f}   theory {0:.5f}")
    print(f"{mode:8} variance  measured {W.var():8.6f}   theory {2 / fan:.6f}")
    print(f"{mode:8} largest   measured {largest:8.5f}   theory {bound:.5f}")
# --8<-- [end:moments]
assert abs(W.mean()) < 1e-4 and abs(W.var() * fan / 2 - 1) < 0.005 and W.abs().max() <= math.sqrt(6 / fan) * 1.000001

# --8<-- [start:slope]
figure, axes = plt.subplots(figsize=(5.5, 2.6))
labels = "a = 0: ReLU", "a = 1: no activation", "a = √5: default of nn.Linear"
for i, (a, label) in enumerate(zip((0, 1, math.sqrt(5)), labels, strict=True)):
    W = nn.init.kaiming_uniform_(torch.empty(500, 500), a=a) * math.sqrt(500)
    height, edges = torch.histogram(W.flatten(), bins=40, density=True)
    axes.stairs(height, edges, color=f"C{i}", fill=True, alpha=0.25)
    axes.stairs(height, edges, color=f"C{i}", linewidth=1.5)
    axes.text(edges[-1] + 0.08, height.mean(), label, color=f"C{i}", va="center")
axes.set(xlabel="weight × √n", xlim=(-2.7, 5.2), xticks=range(-2, 3))
axes.set_ylabel("density")
# --8<-- [end:slope]
bounds = [patch.get_data().edges[-1] for patch in axes.patches[::2]]
for bound, theory in zip(bounds, (math.sqrt(6), math.sqrt(3), 1), strict=True):
    assert abs(bound - theory) < 1e-3

# --8<-- [start:options]
variances = []
for options in (
    {},
    {"a": 0.25},
    {"mode": "fan_out"},
    {"nonlinearity": "linear"},
    {"nonlinearity": "tanh"},
    {"nonlinearity": "relu", "a": 0.25},
):
    W = nn.init.kaiming_uniform_(torch.empty(500, 2000), **options)
    variances.append(W.var().item() * 2000)
    print(f"variance × 2000 = {variances[-1]:.2f}  ", options)
# --8<-- [end:options]
for measured, theory in zip(variances, (2, 2 / 1.0625, 2 * 2000 / 500, 1, 25 / 9, 2), strict=True):
    assert abs(measured / theory - 1) < 0.005

# --8<-- [start:default]
layer = nn.Linear(400, 100)
largest = layer.weight.abs().max()
print(f"nn.Linear   largest {largest:.3f}   1/√n = {math.sqrt(1 / 400):.3f}")
largest = nn.init.kaiming_uniform_(layer.weight).abs().max()
print(f"Kaiming     largest {largest:.3f}   √(6/n) = {math.sqrt(6 / 400):.3f}")
# --8<-- [end:default]
assert math.isclose(nn.init.calculate_gain("leaky_relu", math.sqrt(5)), 1 / math.sqrt(3))
assert math.isclose(math.sqrt(6 / 400) / math.sqrt(1 / 400), math.sqrt(6)) and 2.4 < math.sqrt(6) < 2.5

# --8<-- [start:scale]
sizes = []
for scale in (0, 1, 4):
    W = nn.init.kaiming_uniform_(torch.empty(500, 500), a=math.sqrt(5) * scale)
    sizes.append(W.std().item())
    print(f"scale {scale}: std {sizes[-1]:.4f}")
with torch.no_grad():
    nn.init.kaiming_uniform_(W, a=math.sqrt(5)).mul_(4)
print(f"multiplied by 4: std {W.std():.4f}")
# --8<-- [end:scale]
assert all(abs(s / math.sqrt(2 / (1 + 5 * k * k) / 500) - 1) < 0.01 for s, k in zip(sizes, (0, 1, 4), strict=True))
assert abs(sizes[1] - 0.0258) < 2e-4 and abs(sizes[2] - 0.0070) < 1e-4
assert 3.6 < sizes[1] / sizes[2] < 3.75 and max(sizes) == sizes[0]

# --8<-- [start:unsupported]
wrong = ("nonlinearity", "gelu"), ("nonlinearity", "prelu"), ("mode", "fan_avg")
for option, value in wrong:
    try:
        nn.init.kaiming_uniform_(torch.empty(3, 3), **{option: value})
    except ValueError as error:
        print(error)
# --8<-- [end:unsupported]

# --8<-- [start:empty]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.init.kaiming_uniform_(torch.empty(10, 0))
print(caught[0].category.__name__, "–", caught[0].message)
# --8<-- [end:empty]

plt.show()

# --8<-- [start:from-scratch]
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn

GAINS = {"relu": 2**0.5, "tanh": 5 / 3, "selu": 3 / 4, "sigmoid": 1, "linear": 1}
GAINS |= {f"conv{kind}{d}d": 1 for kind in ("", "_transpose") for d in (1, 2, 3)}
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-init]
def kaiming_normal_(
    tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None
):
    if 0 in tensor.shape:
        return tensor  # nothing to fill, and no fan to divide by
    gains = GAINS | {"leaky_relu": math.sqrt(2 / (1 + a**2))}
    sizes = {"fan_out": tensor.shape[:1], "fan_in": tensor.shape[1:2]}
    if tensor.dim() < 2 or mode.lower() not in sizes or nonlinearity not in gains:
        raise ValueError("too few dimensions, or an unknown option")
    fan = math.prod(sizes[mode.lower()]) * math.prod(tensor.shape[2:])
    std = gains[nonlinearity] / math.sqrt(fan)
    with torch.no_grad():
        return tensor.normal_(0, std, generator=generator)
# --8<-- [end:from-scratch-init]


# --8<-- [start:equal]
for shape, options in (
    ((100, 400), {}),
    ((32, 16, 3, 3), {"mode": "fan_out", "nonlinearity": "relu"}),
    ((8, 4, 5), {"a": 0.2}),
):
    drawn = []
    for init in (kaiming_normal_, nn.init.kaiming_normal_):
        g = torch.Generator().manual_seed(0)
        drawn.append(init(torch.empty(shape), **options, generator=g))
    ours, library = drawn
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()
for name in (*GAINS, "leaky_relu"):
    ours, library = (
        init(torch.empty(4, 5), 0.3, "fan_out", name, torch.Generator().manual_seed(0))
        for init in (kaiming_normal_, nn.init.kaiming_normal_)
    )
    assert torch.equal(ours, library)

# --8<-- [start:moments]
torch.manual_seed(0)
W = nn.init.kaiming_normal_(torch.empty(1000, 3000))
std = math.sqrt(2 / 3000)
print(f"mean       measured {W.mean().abs():8.5f}   theory {0:.5f}")
print(f"variance   measured {W.var():8.6f}   theory {std**2:.6f}")
for k in (1, 2, 3):
    share, theory = (W.abs() > k * std).float().mean(), math.erfc(k / math.sqrt(2))
    print(f"beyond {k} σ measured {share:8.4f}   theory {theory:.4f}")
# --8<-- [end:moments]
assert W.mean().abs() < 1e-4 and abs(W.var() / std**2 - 1) < 0.005 and abs(share - theory) < 1e-4
assert 4.7 < W.abs().max() / std < 6 and abs(math.erfc(math.sqrt(1.5)) - 0.083) < 5e-4

# --8<-- [start:histogram]
figure, axes = plt.subplots(figsize=(5.5, 2.6))
z = W.flatten() / std
height, edges = torch.histogram(z, bins=80, range=(-4, 4), density=True)
axes.stairs(height, edges, color="C0", fill=True, alpha=0.5)
bound = math.sqrt(3)
axes.plot([-bound, -bound, bound, bound], [0, 0.5 / bound, 0.5 / bound, 0], "C1")
axes.text(0.75, 0.36, "kaiming_normal_", color="C0")
axes.text(1.85, 0.22, "kaiming_uniform_, same variance", color="C1")
axes.set(xlabel="weight", xlim=(-4, 5.4), xticks=range(-3, 4))
axes.set(ylabel="density", ylim=(0, 0.43))
axes.set_xticklabels(["−3σ", "−2σ", "−σ", "0", "σ", "2σ", "3σ"])
# --8<-- [end:histogram]

# --8<-- [start:uniform-or-normal]
x = torch.randn(2000, 500).relu()
print("beyond 2 std:     weights   outputs")
shares = []
for init in (nn.init.kaiming_normal_, nn.init.kaiming_uniform_):
    W = init(torch.empty(500, 500))
    z = x @ W.T
    shares.append([(v.abs() > 2 * v.std()).float().mean().item() for v in (W, z)])
    print(f"{init.__name__:17} {shares[-1][0]:8.1%} {shares[-1][1]:9.1%}")
# --8<-- [end:uniform-or-normal]
assert shares[1][0] == 0 and all(abs(s - 0.0455) < 0.002 for s in (*shares[0], shares[1][1]))

# --8<-- [start:mode]
linear, conv = nn.Linear(2000, 500), nn.Conv2d(64, 128, 3)
for layer, n_in, n_out in ((linear, 2000, 500), (conv, 64 * 9, 128 * 9)):
    for mode, n in (("fan_in", n_in), ("fan_out", n_out)):
        std = nn.init.kaiming_normal_(layer.weight, mode=mode).std()
        print(f"{mode:8} std {std:.3f}   √(2 / {n}) = {math.sqrt(2 / n):.3f}")
# --8<-- [end:mode]
assert conv.weight.shape == (128, 64, 3, 3) and abs(std**2 * 1152 / 2 - 1) < 0.03

# --8<-- [start:leaky]
W = torch.empty(1000, 1000)
for options in (
    {"a": 0.2},
    {"a": 0.2, "nonlinearity": "relu"},
):
    print(f"std {nn.init.kaiming_normal_(W, **options).std():.4f}  ", options)
# --8<-- [end:leaky]
assert math.isclose(1.04**25, 2.67, rel_tol=0.002)
assert abs(W.std() - math.sqrt(2 / 1000)) < 1e-4

# --8<-- [start:keras]
std = math.sqrt(2 / 1000)
W = nn.init.trunc_normal_(torch.empty(1000, 1000), std=std, a=-2 * std, b=2 * std)
print(f"cut at 2σ:  std {W.std() / std:.2f} σ")
s = std / 0.8796
W = nn.init.trunc_normal_(torch.empty(1000, 1000), std=s, a=-2 * s, b=2 * s)
largest = W.abs().max()
print(f"corrected:  std {W.std() / std:.2f} σ, largest {largest / std:.2f} σ")
# --8<-- [end:keras]
assert abs(W.std() / std - 1) < 0.005 and abs(2 / 0.8796 - 2.27) < 0.005

# --8<-- [start:no-fans]
model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.Linear(16, 10))
try:
    for parameter in model.parameters():
        nn.init.kaiming_normal_(parameter)
except ValueError as error:
    print(error)

for module in model.modules():
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(module.bias)
# --8<-- [end:no-fans]
assert torch.equal(model[1].weight, torch.ones(16)) and not model[1].bias.any()

# --8<-- [start:underscore]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.init.kaiming_normal(torch.empty(3, 3))
print(caught[0].message)
# --8<-- [end:underscore]

plt.show()

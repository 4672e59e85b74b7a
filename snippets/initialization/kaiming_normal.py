# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(800, 400)
nn.init.kaiming_normal_(layer.weight)
print(f"standard deviation {layer.weight.std():.3f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math
import warnings

import matplotlib.pyplot as plt

# --8<-- [end:imports]
assert f"{layer.weight.std():.3f}" == "0.050", "with 800 inputs the standard deviation is √(2/800) = 0.05"


# --8<-- [start:from-scratch]
GAINS = {"relu": 2**0.5, "tanh": 5 / 3, "selu": 3 / 4, "sigmoid": 1, "linear": 1}
GAINS |= {f"conv{kind}{d}d": 1 for kind in ("", "_transpose") for d in (1, 2, 3)}
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-init]
def kaiming_normal_(
    tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None
):
    if 0 in tensor.shape:
        return tensor  # nothing to fill, and no fan to divide by
    if tensor.dim() < 2:
        raise ValueError("fewer than 2 dimensions: no fan_in, no fan_out")
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"mode {mode} is neither fan_in nor fan_out")
    gains = GAINS | {"leaky_relu": math.sqrt(2 / (1 + a**2))}
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity}")
    channels = tensor.shape[1 if mode.lower() == "fan_in" else 0]
    fan = channels * math.prod(tensor.shape[2:])  # times the kernel's positions
    std = gains[nonlinearity] / math.sqrt(fan)
    with torch.no_grad():
        return tensor.normal_(0, std, generator=generator)
# --8<-- [end:from-scratch-init]


# --8<-- [start:equal]
print("shape            same numbers")
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
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "it draws the library's numbers, bit for bit"
# --8<-- [end:equal]
defaults = nn.init.kaiming_normal_.__defaults__
assert defaults == (0, "fan_in", "leaky_relu", None), 'a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None'
assert nn.init.kaiming_normal_(library) is library, "works in place, returns the tensor"
for name in (*GAINS, "leaky_relu"):
    ours, library = (
        init(torch.empty(4, 5), 0.3, "fan_out", name, torch.Generator().manual_seed(0))
        for init in (kaiming_normal_, nn.init.kaiming_normal_)
    )
    assert torch.equal(ours, library), "the gains that the library knows"

# --8<-- [start:moments]
torch.manual_seed(0)
W = nn.init.kaiming_normal_(torch.empty(1000, 3000))
std = math.sqrt(2 / 3000)
print("quantity    measured  theory")
print(f"mean        {W.mean().abs():8.5f}  {0:.5f}")
print(f"variance    {W.var():8.6f}  {std**2:.6f}")
for k in (1, 2, 3):
    share, theory = (W.abs() > k * std).float().mean(), math.erfc(k / math.sqrt(2))
    print(f"beyond {k} σ  {share:8.4f}  {theory:.4f}")
# --8<-- [end:moments]
assert W.mean().abs() < 1e-4, "the mean is 0, met within 0.0001"
assert abs(W.var() / std**2 - 1) < 0.01, "the variance is 2/n, met within 1 %"
for k in (1, 2, 3):
    share, theory = (W.abs() > k * std).float().mean(), math.erfc(k / math.sqrt(2))
    assert abs(share - theory) < 0.001, "the shares are met within 0.001"
assert W.numel() == 3_000_000, "three million weights"
assert f"{W.abs().max() / std:.0f}" == "5", "the largest is about 5 σ"
beyond = (W.abs() > math.sqrt(3) * std).float().mean()
assert f"{beyond:.1%}" == "8.3%", "8.3 % of the normal weights lie beyond the end of the uniform ones, at √3 σ"

# --8<-- [start:histogram]
figure, axes = plt.subplots(figsize=(5.5, 2.6))
z = W.flatten() / std
height, edges = torch.histogram(z, bins=80, range=(-4, 4), density=True)
axes.stairs(height, edges, color="C1", fill=True, alpha=0.5)
bound = math.sqrt(3)
axes.plot([-bound, -bound, bound, bound], [0, 0.5 / bound, 0.5 / bound, 0], "C5")
axes.text(0.75, 0.36, "kaiming_normal_", color="C1")
axes.text(1.85, 0.2, "kaiming_uniform_,\nsame variance", color="C5")
axes.set(xlabel="weight", xlim=(-4, 5.4), xticks=range(-3, 4))
axes.set(ylabel="density", ylim=(0, 0.43))
axes.set_xticklabels(["−3σ", "−2σ", "−σ", "0", "σ", "2σ", "3σ"])
# --8<-- [end:histogram]

# --8<-- [start:uniform-or-normal]
x = torch.randn(2000, 500).relu()
print("beyond 2 std      weights  outputs")
shares = {}
for init in (nn.init.kaiming_normal_, nn.init.kaiming_uniform_):
    W = init(torch.empty(500, 500))
    z = x @ W.T
    weights = (W.abs() > 2 * W.std()).float().mean().item()
    outputs = (z.abs() > 2 * z.std()).float().mean().item()
    shares[init] = weights, outputs
    print(f"{init.__name__:16}  {weights:7.1%}  {outputs:7.1%}")
# --8<-- [end:uniform-or-normal]
assert shares[nn.init.kaiming_uniform_][0] == 0, "no uniform weight lies beyond 2 std"
for weights_or_outputs in (*shares[nn.init.kaiming_normal_], shares[nn.init.kaiming_uniform_][1]):
    assert abs(weights_or_outputs - math.erfc(math.sqrt(2))) < 0.002, "the tails of a normal one, met within 0.2 %"

# --8<-- [start:mode]
linear, conv = nn.Linear(2000, 500), nn.Conv2d(64, 128, 3)
print("layer   mode     n     std    √(2/n)")
for layer, n_in, n_out in ((linear, 2000, 500), (conv, 64 * 9, 128 * 9)):
    for mode, n in (("fan_in", n_in), ("fan_out", n_out)):
        std = nn.init.kaiming_normal_(layer.weight, mode=mode).std()
        name = type(layer).__name__
        print(f"{name:6}  {mode:7}  {n:4}  {std:.3f}  {math.sqrt(2 / n):.3f}")
# --8<-- [end:mode]
assert conv.weight.shape == (128, 64, 3, 3), "for a kernel, both count the positions"
for layer, n_in, n_out in ((linear, 2000, 500), (conv, 64 * 9, 128 * 9)):
    for mode, n in (("fan_in", n_in), ("fan_out", n_out)):
        measured = nn.init.kaiming_normal_(layer.weight, mode=mode).std()
        assert f"{measured:.3f}" == f"{math.sqrt(2 / n):.3f}", "the standard deviation is √(2/n)"

# --8<-- [start:leaky]
W = torch.empty(1000, 1000)
for options in (
    {"a": 0.2},
    {"a": 0.2, "nonlinearity": "relu"},
):
    print(f"std {nn.init.kaiming_normal_(W, **options).std():.4f}  ", options)
# --8<-- [end:leaky]
assert f"{W.std():.3f}" == f"{math.sqrt(2 / 1000):.3f}", 'with nonlinearity="relu" the a is ignored'
gain, relu = nn.init.calculate_gain("leaky_relu", 0.2), nn.init.calculate_gain("relu")
assert f"{relu / gain - 1:.0%}" == "2%", "the gain changes by 2 % in a layer"
assert f"{(relu / gain) ** 50:.2f}" == "2.67", "in 50 layers without normalization that is a factor of 2.67"

# --8<-- [start:keras]
std = math.sqrt(2 / 1000)
W = nn.init.trunc_normal_(torch.empty(1000, 1000), std=std, a=-2 * std, b=2 * std)
print(f"cut at 2σ:  std {W.std() / std:.2f} σ")
s = std / 0.8796
W = nn.init.trunc_normal_(torch.empty(1000, 1000), std=s, a=-2 * s, b=2 * s)
largest = W.abs().max()
print(f"corrected:  std {W.std() / std:.2f} σ, largest {largest / std:.2f} σ")
# --8<-- [end:keras]
assert f"{W.std() / std:.2f}" == "1.00", "so that the variance is 2/n_in after the cut"
assert f"{largest / std:.2f}" == f"{2 / 0.8796:.2f}", "the largest weight is 2 / 0.8796 σ"

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
assert torch.equal(model[1].weight, torch.ones(16)), "then the norm keeps its ones"
assert not model[1].bias.any(), "and its zeros"

# --8<-- [start:underscore]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.init.kaiming_normal(torch.empty(3, 3))
print(caught[0].message)
# --8<-- [end:underscore]
filled = torch.Generator().manual_seed(0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    old = nn.init.kaiming_normal(torch.empty(3, 3), generator=filled)
new = nn.init.kaiming_normal_(torch.empty(3, 3), generator=filled.manual_seed(0))
assert torch.equal(old, new), "it fills the tensor just the same"
assert caught[0].category is FutureWarning, "and warns"
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(400, 200)
nn.init.xavier_uniform_(layer.weight)
print(f"largest {layer.weight.abs().max():.3f}, std {layer.weight.std():.3f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]
assert f"{layer.weight.abs().max():.3f}" == "0.100", "from 400 to 200 no weight is larger than √(6/600) = 0.1"


# --8<-- [start:from-scratch]
def fans(tensor):
    if tensor.dim() < 2:
        raise ValueError("fewer than 2 dimensions: no fan_in, no fan_out")
    field = math.prod(tensor.shape[2:])  # kernel positions, 1 for a matrix
    return tensor.shape[1] * field, tensor.shape[0] * field


def xavier_uniform_(tensor, gain=1.0, generator=None):
    fan_in, fan_out = fans(tensor)
    std = gain * math.sqrt(2 / (fan_in + fan_out))
    a = math.sqrt(3) * std  # U(−a, a) has variance a² / 3
    with torch.no_grad():
        return tensor.uniform_(-a, a, generator=generator)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
generator = torch.Generator()
print("shape            same numbers")
for shape, gain in (((100, 400), 1.0), ((32, 16, 3, 3), 5 / 3), ((8, 4, 5), 0.1)):
    ours = xavier_uniform_(torch.empty(shape), gain, generator.manual_seed(0))
    library = torch.empty(shape)
    nn.init.xavier_uniform_(library, gain, generator.manual_seed(0))
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "it draws the library's numbers, bit for bit"
# --8<-- [end:equal]
defaults = nn.init.xavier_uniform_.__defaults__
assert defaults == (1.0, None), "nn.init.xavier_uniform_(tensor, gain=1.0, generator=None)"
assert nn.init.xavier_uniform_(library) is library, "works in place, returns the tensor"

# --8<-- [start:moments]
torch.manual_seed(0)
W = nn.init.xavier_uniform_(torch.empty(1000, 3000))
theory = 2 / (3000 + 1000)
bound = math.sqrt(3 * theory)
print("quantity  measured  theory")
print(f"mean      {W.mean():8.5f}  {0:.5f}")
print(f"variance  {W.var():8.6f}  {theory:.6f}")
print(f"largest   {W.abs().max():8.5f}  {bound:.5f}")
# --8<-- [end:moments]
assert abs(W.mean()) < 5e-5, "the mean is 0, met within 0.00005"
assert abs(W.var() / theory - 1) < 0.01, "the variance is gain² · 2 / (n_in + n_out), met within 1 %"
assert W.abs().max() <= math.sqrt(6 / 4000), "no weight lies beyond a = √(6 / (n_in + n_out))"
assert W.numel() == 3_000_000, "three million weights"

# --8<-- [start:histogram]
a, std = math.sqrt(3 * theory), math.sqrt(theory)
figure, axes = plt.subplots(figsize=(5.5, 2.6))
axes.hist(W.flatten().numpy(), bins=60, density=True, color="C0", alpha=0.5)
grid = torch.linspace(-1.8 * a, 1.8 * a, 301)
bell = torch.exp(-((grid / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))
axes.plot(grid, bell, "C5")
axes.text(0.1 * a, 18.6, "normal of the same variance", color="C5")
axes.text(1.06 * a, 11.5, "xavier_uniform_", color="C0")
axes.set(xlabel="weight", xlim=(-1.8 * a, 2.9 * a))
axes.set(ylabel="density", ylim=(0, 21))
axes.set_xticks([-a, -std, 0, std, a], ["−a", "−σ", "0", "σ", "a"])
# --8<-- [end:histogram]

# --8<-- [start:compromise]
n_in, n_out = 400, 100
x, g = torch.randn(5000, n_in), torch.randn(5000, n_out)
rules = {"1 / n_in": 1 / n_in, "1 / n_out": 1 / n_out, "Xavier": 2 / (n_in + n_out)}
factors = {}
print("rule       forward  backward")
for rule, variance in rules.items():
    W = math.sqrt(variance) * torch.randn(n_out, n_in)
    forward, backward = (x @ W.T).var(), (g @ W).var()
    factors[rule] = f"{forward:.1f}", f"{backward:.1f}"
    print(f"{rule:9}  {forward:7.1f}  {backward:8.2f}")
# --8<-- [end:compromise]
assert factors["Xavier"] == ("1.6", "0.4"), "with Xavier the factors are 1.6 and 0.4"
assert math.isclose((1.6 + 0.4) / 2, 1), "neither is 1, their average is"
assert factors["1 / n_in"][0] == "1.0", "forward keeps its size if n_in σ² = 1"
assert factors["1 / n_out"][1] == "1.0", "backward keeps its size if n_out σ² = 1"

# --8<-- [start:zigzag]
def sizes(rule, widths, activation=None):
    x, rms = torch.randn(500, widths[0]), []
    for n_in, n_out in itertools.pairwise(widths):
        x = x @ rule(torch.empty(n_out, n_in)).T
        if activation is not None:
            x = activation(x)
        rms.append(x.square().mean().sqrt().item())
    return rms


def only_fan_in(W):
    return nn.init.normal_(W, std=1 / math.sqrt(W.shape[1]))


print("widths             Xavier  1 / n_in")
for widths in ([250] * 21, [400, 100] * 10 + [400]):
    xavier = sizes(nn.init.xavier_uniform_, widths)[-1]
    one_side = sizes(only_fan_in, widths)[-1]
    print(f"{widths[:3]} …  {xavier:6.1f}  {one_side:8.1f}")
# --8<-- [end:zigzag]
assert math.isclose(1.6 * 0.4, 0.64), "a pair leaves 0.64 of it"
assert math.isclose(math.sqrt(0.64), 0.8), "so the size falls to 0.8"
assert f"{0.8**10:.2f}" == "0.11", "ten pairs leave 0.8^10 ≈ 0.11"
for seed in range(5):
    torch.manual_seed(seed)
    xavier = sizes(nn.init.xavier_uniform_, widths)[-1]
    assert f"{xavier:.1f}" == "0.1", "measured 0.1 in 5 of 5 seeds"
    one_side = sizes(only_fan_in, widths)[-1]
    assert 0.7 < one_side < 1.4, "the rule 1/n_in keeps 1 up to chance: between 0.7 and 1.4, in 5 of 5 seeds"

# --8<-- [start:fans]
layers = {
    "Linear(400, 100)": nn.Linear(400, 100).weight,
    "Conv2d(16, 32, 3)": nn.Conv2d(16, 32, 3).weight,
    "Conv2d(16, 16, 3, groups=16)": nn.Conv2d(16, 16, 3, groups=16).weight,
    "ConvTranspose2d(16, 8, 3)": nn.ConvTranspose2d(16, 8, 3).weight,
    "LSTM(10, 20), input weights": nn.LSTM(10, 20).weight_ih_l0,
}
print("layer                         shape           fan_in  fan_out")
for name, W in layers.items():
    fan_in, fan_out = fans(W)
    print(f"{name:28}  {tuple(W.shape)!s:14}  {fan_in:6}  {fan_out:7}")
# --8<-- [end:fans]
for W in layers.values():
    assert fans(W) == nn.init._calculate_fan_in_and_fan_out(W), "the library looks at the shape and at nothing else"
assert fans(layers["Conv2d(16, 16, 3, groups=16)"])[1] == 144, "here that is 1 · 9 = 9, not 144"
assert fans(layers["ConvTranspose2d(16, 8, 3)"]) == (8 * 9, 16 * 9), "stored (in, out, …), so the names are swapped"
assert fans(layers["LSTM(10, 20), input weights"])[1] == 4 * 20 == 80, "each gate has 20 outputs, not 80"

# --8<-- [start:gain]
def stack(activation, gain):
    def rule(W):
        return xavier_uniform_(W, gain)

    return sizes(rule, [256] * 51, activation)


runs = {  # activation, gain, height of the label
    "tanh, gain 1": (torch.tanh, 1.0, 0.08),
    "tanh, gain 5/3": (torch.tanh, nn.init.calculate_gain("tanh"), 1.4),
    "ReLU, gain 1": (torch.relu, 1.0, 3e-8),
    "ReLU, gain √2": (torch.relu, nn.init.calculate_gain("relu"), 0.35),
}
figure, axes = plt.subplots()
results = {}
for i, (label, (activation, gain, height)) in enumerate(runs.items()):
    results[label] = stack(activation, gain)
    axes.plot(range(1, 51), results[label], f"C{i}")
    axes.text(51, height, label, color=f"C{i}", va="center")
axes.set(xlabel="layer", ylabel="root mean square", yscale="log")
axes.set(xlim=(0, 70), xticks=range(0, 51, 10))
axes.set_yticks([1, 1e-2, 1e-4, 1e-6], ["1", "1e−2", "1e−4", "1e−6"])
# --8<-- [end:gain]
assert nn.init.calculate_gain("tanh") == 5 / 3, "5/3 for tanh"
assert nn.init.calculate_gain("relu") == math.sqrt(2), "√2 for ReLU"
assert nn.init.calculate_gain("linear") == 1, "1 without activation"
for seed in range(5):
    torch.manual_seed(seed)
    settled = stack(torch.tanh, 5 / 3)[-1]
    assert 0.63 < settled < 0.67, "with 5/3 tanh settles at about 0.65: between 0.63 and 0.67, in 5 of 5 seeds"
    slow = stack(torch.tanh, 1.0)
    assert slow[-1] / slow[-11] > slow[10] / slow[0], "with gain 1 tanh loses less and less, in 5 of 5 seeds"
    assert f"{slow[-1]:.1f}" == "0.1", "tanh with gain 1 sinks slowly to about 0.1"
    assert stack(torch.relu, 1.0)[-1] < 1e-6, "ReLU with gain 1 falls to below 1e−6"

# --8<-- [start:relu]
print("layer  measured  theory")
for layer in (10, 20, 30, 40, 50):
    rms, theory = results["ReLU, gain 1"][layer - 1], 2 ** (-layer / 2)
    print(f"{layer:<5}  {rms:8.0e}  {theory:.0e}")
# --8<-- [end:relu]
for layer, rms in enumerate(results["ReLU, gain 1"], start=1):
    assert 1 / 3 < rms / 2 ** (-layer / 2) < 3, "each layer divides the root mean square by √2, within a factor of 3"

# --8<-- [start:layout]
torch.manual_seed(0)
A = nn.init.xavier_uniform_(torch.empty(100, 400))  # for x @ A.T
B = nn.init.xavier_uniform_(torch.empty(400, 100))  # for x @ B
print(f"matrix: {A.std():.4f} and {B.std():.4f}")
kernel = torch.empty(3, 3, 16, 32)  # height, width, in, out
nn.init.xavier_uniform_(kernel)
print(f"kernel: {kernel.std():.3f}, wanted {math.sqrt(2 / (144 + 288)):.3f}")
nn.init.xavier_uniform_(kernel.permute(3, 2, 0, 1))  # a view: fills kernel itself
print(f"kernel: {kernel.std():.3f}")
# --8<-- [end:layout]
assert f"{A.std():.4f}" == f"{B.std():.4f}", "for a Xavier matrix it does not matter"
wanted = math.sqrt(2 / 432)
assert abs(kernel.std() / wanted - 1) < 0.03, "the last call fills the original kernel"
wrong = nn.init.xavier_uniform_(torch.empty(3, 3, 16, 32)).std()
assert wrong < wanted / 2, "for a kernel it does: in another layout the weights are less than half as large"

# --8<-- [start:bias]
layer = nn.Linear(400, 100)
try:
    nn.init.xavier_uniform_(layer.bias)
except ValueError as error:
    print(error)
nn.init.zeros_(layer.bias)
# --8<-- [end:bias]

# --8<-- [start:no-grad]
try:
    layer.weight.uniform_(-0.1, 0.1)
except RuntimeError as error:
    print(error)
nn.init.xavier_uniform_(layer.weight)
print("still trainable:", layer.weight.requires_grad)
# --8<-- [end:no-grad]
assert layer.weight.is_leaf, "the parameter stays trainable"
assert layer.weight.grad_fn is None, "the functions in nn.init switch recording off themselves"
assert not layer.bias.any(), "set the bias to zero"

# --8<-- [start:default]
layer = nn.Linear(256, 256)
W = layer.weight
print(f"nn.Linear  largest {W.abs().max():.4f}   std {W.std():.4f}")
nn.init.xavier_uniform_(W)
print(f"Xavier     largest {W.abs().max():.4f}   std {W.std():.4f}")
# --8<-- [end:default]
layer = nn.Linear(256, 256)
assert layer.weight.abs().max() <= 1 / 16, "its default is U(−1/√n_in, 1/√n_in)"
assert 0.06 < layer.bias.abs().max() <= 1 / 16, "for the bias too"
variance = nn.Linear(256, 256).weight.var()
assert abs(variance * 3 * 256 - 1) < 0.02, "its variance is 1/(3 n_in)"
assert math.isclose((1 / (3 * 256)) / (2 / (256 + 256)), 1 / 3), "a third of Xavier's on a square layer"
normed = torch.layer_norm(x, (400,))
assert torch.allclose(torch.layer_norm(3 * x, (400,)), normed, atol=1e-3), "a norm divides any common factor out"
plt.show()

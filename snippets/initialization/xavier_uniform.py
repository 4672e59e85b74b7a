# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


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
for shape, gain in (((100, 400), 1.0), ((32, 16, 3, 3), 5 / 3), ((8, 4, 5), 0.1)):
    ours = xavier_uniform_(torch.empty(shape), gain, generator.manual_seed(0))
    library = nn.init.xavier_uniform_(torch.empty(shape), gain, generator.manual_seed(0))
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()

# --8<-- [start:moments]
torch.manual_seed(0)
W = nn.init.xavier_uniform_(torch.empty(1000, 3000))
theory = 2 / (3000 + 1000)
print(f"mean      measured {W.mean():8.5f}   theory {0:.5f}")
print(f"variance  measured {W.var():8.6f}   theory {theory:.6f}")
print(f"largest   measured {W.abs().max():8.5f}   theory {math.sqrt(3 * theory):.5f}")
# --8<-- [end:moments]
assert abs(W.mean()) < 5e-5 and abs(W.var() / theory - 1) < 0.005 and W.abs().max() <= math.sqrt(6 / 4000)

# --8<-- [start:histogram]
a, std = math.sqrt(3 * theory), math.sqrt(theory)
figure, axes = plt.subplots(figsize=(5.5, 2.6))
axes.hist(W.flatten().numpy(), bins=60, density=True, histtype="stepfilled", alpha=0.5)
grid = torch.linspace(-1.8 * a, 1.8 * a, 301)
axes.plot(grid, torch.exp(-((grid / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi)), "C1")
axes.text(0.1 * a, 18.6, "normal of the same variance", color="C1")
axes.text(-1.05 * a, 12.2, "xavier_uniform_", color="C0", ha="right")
axes.set(xlabel="weight", ylabel="density", xticks=[-a, -std, 0, std, a], ylim=(0, 21))
axes.set_xticklabels(["−a", "−σ", "0", "σ", "a"])
# --8<-- [end:histogram]

# --8<-- [start:compromise]
n_in, n_out = 400, 100
x, g = torch.randn(5000, n_in), torch.randn(5000, n_out)
rules = {"1 / n_in": 1 / n_in, "1 / n_out": 1 / n_out, "Xavier": 2 / (n_in + n_out)}
for rule, variance in rules.items():
    W = math.sqrt(variance) * torch.randn(n_out, n_in)
    print(f"{rule:9}  forward {(x @ W.T).var():.1f}   backward {(g @ W).var():.2f}")
# --8<-- [end:compromise]
assert abs((x @ W.T).var() - 1.6) < 0.05 and abs((g @ W).var() - 0.4) < 0.02

# --8<-- [start:zigzag]
def sizes(rule, widths, activation=lambda z: z):
    x, rms = torch.randn(500, widths[0]), []
    for n_in, n_out in itertools.pairwise(widths):
        x = activation(x @ rule(torch.empty(n_out, n_in)).T)
        rms.append(x.square().mean().sqrt().item())
    return rms


for widths in ([250] * 21, [400, 100] * 10 + [400]):
    xavier = sizes(nn.init.xavier_uniform_, widths)[-1]
    only_in = sizes(lambda W: W.normal_(0, W.shape[1] ** -0.5), widths)[-1]
    print(f"widths {widths[:3]} …  Xavier {xavier:.1f}   1 / n_in {only_in:.1f}")
# --8<-- [end:zigzag]
assert math.isclose(1.6 * 0.4, 0.64) and 0.8**10 < 0.11 and 0.08 < xavier < 0.14 and 0.8 < only_in < 1.2

# --8<-- [start:fans]
layers = {
    "Linear(400, 100)": nn.Linear(400, 100).weight,
    "Conv2d(16, 32, 3)": nn.Conv2d(16, 32, 3).weight,
    "Conv2d(16, 16, 3, groups=16)": nn.Conv2d(16, 16, 3, groups=16).weight,
    "ConvTranspose2d(16, 8, 3)": nn.ConvTranspose2d(16, 8, 3).weight,
    "LSTM(10, 20), input weights": nn.LSTM(10, 20).weight_ih_l0,
}
for name, W in layers.items():
    print(f"{name:29}{tuple(W.shape)!s:15}fan_in {fans(W)[0]:3}  fan_out {fans(W)[1]:3}")
# --8<-- [end:fans]
assert [fans(W) for W in layers.values()] == [(400, 100), (144, 288), (9, 144), (72, 144), (10, 80)]

# --8<-- [start:gain]
runs = (  # activation, gain, label and its height
    (torch.tanh, 1.0, "tanh, gain 1", 0.08),
    (torch.tanh, nn.init.calculate_gain("tanh"), "tanh, gain 5/3", 1.4),
    (torch.relu, 1.0, "ReLU, gain 1", 3e-8),
    (torch.relu, nn.init.calculate_gain("relu"), "ReLU, gain √2", 0.35),
)
figure, axes = plt.subplots()
results = {}
for i, (activation, gain, label, height) in enumerate(runs):
    results[label] = sizes(lambda W, gain=gain: xavier_uniform_(W, gain), [256] * 51, activation)
    axes.plot(range(1, 51), results[label], f"C{i}")
    axes.text(51, height, label, color=f"C{i}", va="center")
axes.set(xlabel="layer", ylabel="root mean square", yscale="log", xlim=(0, 70), xticks=range(0, 51, 10))
axes.set_yticks([1, 1e-2, 1e-4, 1e-6], ["1", "1e−2", "1e−4", "1e−6"])
# --8<-- [end:gain]
assert 0.6 < results["tanh, gain 5/3"][-1] < 0.7 and 0.07 < results["tanh, gain 1"][-1] < 0.13
assert 0.3 < results["ReLU, gain √2"][-1] < 3 and 0.2 < results["ReLU, gain 1"][-1] * 2**25 < 5
assert [nn.init.calculate_gain(name) for name in ("tanh", "relu", "linear")] == [5 / 3, math.sqrt(2), 1]

# --8<-- [start:relu]
for layer, rms in list(enumerate(results["ReLU, gain 1"], start=1))[9::10]:
    print(f"layer {layer}: measured {rms:.0e}, theory {2 ** (-layer / 2):.0e}")
# --8<-- [end:relu]

# --8<-- [start:layout]
torch.manual_seed(0)
A = nn.init.xavier_uniform_(torch.empty(100, 400))  # for x @ A.T
B = nn.init.xavier_uniform_(torch.empty(400, 100))  # for x @ B
print(f"matrix: {A.std():.4f} and {B.std():.4f}")
kernel = nn.init.xavier_uniform_(torch.empty(3, 3, 16, 32))  # height, width, in, out
print(f"kernel: {kernel.std():.4f}, wanted {math.sqrt(2 / (144 + 288)):.4f}")
nn.init.xavier_uniform_(kernel.permute(3, 2, 0, 1))  # a view: fills kernel itself
print(f"kernel: {kernel.std():.4f}")
# --8<-- [end:layout]
assert abs(A.std() / B.std() - 1) < 0.01 and abs(kernel.std() - math.sqrt(2 / 432)) < 1e-3

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
print(nn.init.xavier_uniform_(layer.weight) is layer.weight, layer.weight.requires_grad)
# --8<-- [end:no-grad]
assert layer.weight.is_leaf and layer.weight.grad_fn is None and not layer.bias.any()

# --8<-- [start:default]
layer = nn.Linear(256, 256)
print(f"nn.Linear  largest {layer.weight.abs().max():.4f}   std {layer.weight.std():.4f}")
nn.init.xavier_uniform_(layer.weight)
print(f"Xavier     largest {layer.weight.abs().max():.4f}   std {layer.weight.std():.4f}")
# --8<-- [end:default]
assert abs(layer.weight.std() - 1 / 16) < 5e-4 and 0.06 < layer.bias.abs().max() <= 1 / 16
assert torch.allclose(torch.layer_norm(3 * x, (400,)), torch.layer_norm(x, (400,)), atol=1e-3)
plt.show()

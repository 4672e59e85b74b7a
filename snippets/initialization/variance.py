# --8<-- [start:in-six-lines]
import torch

torch.manual_seed(0)
print("n · Var(W)  std after 100 layers")
for variance in (4 / 256, 1 / 256, 1 / 1024):
    h = torch.randn(16, 256)
    for _ in range(100):
        h = h @ (variance**0.5 * torch.randn(256, 256))
    print(f"{256 * variance:<10}  {h.std():.1g}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:experiment]
torch.manual_seed(3)
depth, width, batch = 100, 256, 16
layers = [nn.Linear(width, width, bias=False) for _ in range(depth)]
for layer in layers:
    nn.init.normal_(layer.weight, std=1)
inputs = torch.randn(batch, width)


def forward(h):
    outputs = []
    for layer in layers:
        h = layer(h)
        outputs.append(h)
    return outputs


exploding = forward(inputs)
print("layer  standard deviation")
for i in (0, 1, 2, 30):
    print(f"{i:<5}  {exploding[i].std()}")
# --8<-- [end:experiment]
stds = [h.std().item() for h in exploding]
assert stds[:3] == [16.0981502532959, 253.29345703125, 3982.99951171875], "the numbers of the study note"
assert all(map(math.isfinite, stds[:30])), "`std()` is finite before layer 30"
assert not any(map(math.isfinite, stds[30:])), "at layer 30 `std()` returns `nan`"
assert round(math.log10(2**100)) == 30, "a hundred times: 2 becomes 10^30, ½ becomes 10^−30"

# --8<-- [start:rules]
torch.manual_seed(0)
x, independent, sign = torch.randn(3, 1_000_000)
kinds = {
    "independent": independent,
    "Y = X": x,
    "Y = ±X": x * sign.sign(),
    "E(Y) = 1": independent + 1,
}
print("X and Y      E(XY)  Var(X+Y)  Var(XY)")
for name, y in kinds.items():
    total, product = x + y, x * y
    print(f"{name:12} {product.mean().abs():5.1f}", end="")
    print(f" {total.var():9.1f} {product.var():8.1f}")
# --8<-- [end:rules]
expected = {"independent": (0, 2, 1), "Y = X": (1, 4, 2), "Y = ±X": (0, 2, 3), "E(Y) = 1": (0, 2, 2)}
for name, (mean, of_sum, of_product) in expected.items():
    y = kinds[name]
    assert abs((x * y).mean() - mean) < 0.02, f"{name}: E(XY) is {mean}"
    assert abs((x + y).var() / of_sum - 1) < 0.02, f"{name}: Var(X+Y) is {of_sum}"
    assert abs((x * y).var() / of_product - 1) < 0.02, f"{name}: Var(XY) is {of_product}"
assert abs(torch.stack([x, kinds["Y = ±X"]]).corrcoef()[0, 1]) < 0.01, "Y = ±X is uncorrelated with X"

# --8<-- [start:neuron]
print("n       √n  independent x  equal x    √(2n)  x of mean 1")
for n in (16, 64, 256):
    weights, free = torch.randn(2, 10_000, n)
    kinds = {"independent": free, "equal": free[:, :1], "mean 1": free + 1}
    std = {kind: (weights * x).sum(dim=1).std() for kind, x in kinds.items()}
    print(f"{n:<3}  {math.sqrt(n):5.1f}  {std['independent']:14.1f}", end="")
    print(f" {std['equal']:8.1f} {math.sqrt(2 * n):8.1f} {std['mean 1']:12.1f}")
# --8<-- [end:neuron]

# --8<-- [start:factor]
stds = [h.std().item() for h in exploding[:30]]
factors = [after / before for before, after in itertools.pairwise(stds)]
low, high = min(factors), max(factors)
print(f"layers 1 to 29 multiply the std by {low:.1f} to {high:.1f}")
# --8<-- [end:factor]
assert abs(std["independent"] / 16 - 1) < 0.03, "inputs that are independent: √n"
assert abs(std["equal"] / 16 - 1) < 0.03, "dependence between inputs changes nothing"
assert abs(std["mean 1"] / math.sqrt(2 * 256) - 1) < 0.03, "their mean does, through E(x²) = 2"
assert math.sqrt(256) == 16, "the factor stays near √256 = 16 in every layer"
assert min(factors) > 15.5, "the factor stays near 16 in every layer"
assert max(factors) < 16.7, "the factor stays near 16 in every layer"

# --8<-- [start:overflow]
checks = {"var()": torch.var, "mean()": torch.mean, "std()": torch.std}
checks["values"] = torch.clone
since = {}
print("quantity  first layer where it is not finite")
for name, check in checks.items():
    finite = [check(h).isfinite().all() for h in exploding]
    since[name] = finite.index(False)
    print(f"{name:8}  {since[name]}")
# --8<-- [end:overflow]
assert since["var()"] == 15, "the variance overflows at half the exponent: layer 15"
assert since["mean()"] == 30, "the mean: layer 30"
assert since["std()"] == 30, "`std()` fails with the mean, at layer 30"
assert since["values"] == 31, "one layer before the first value does: layer 31 holds the first `inf`"
assert 2.0**128 == 16.0**32, "the largest float32 lies just below 2^128 = 16^32"
limit = torch.finfo(torch.float32).max
assert 2.0**127.9 < limit < 2.0**128, "the largest float32 lies just below 2^128"
assert batch * width == 4096, "each layer has 16·256 = 4096 values"
assert math.sqrt(4096) == 16**1.5, "√4096 σ = 16^1.5 σ"
assert 4 == 16**0.5, "4σ = 16^0.5 σ"
largest = exploding[30].abs().max() / exploding[30].double().std()
assert round(largest.item()) == 4, "the largest of 4096 normal values is about 4σ"
assert exploding[31].isinf().any(), "layer 31 holds the first `inf`"
assert exploding[32].isnan().all(), "layer 32 is all `nan`"
assert exploding[20].std().isfinite(), "at layer 20 `std()` is finite"
assert exploding[20].square().isinf().any(), "although squares of the values of layer 20 are `inf` in float32"
assert exploding[30].isfinite().all(), "at layer 30 all 4096 values are finite"
assert f"{exploding[30].double().std():.2e}" == "2.29e+37", "their standard deviation is 2.29·10³⁷"
for h in exploding[:30]:
    assert h.mean().abs() < 0.1 * h.std(), "no layer's mean is more than 0.1 standard deviations from 0"

# --8<-- [start:keep]
for layer in layers:
    nn.init.normal_(layer.weight, std=math.sqrt(1 / width))
outputs = forward(inputs)
print("layer  standard deviation")
for i in (0, 9, 99):
    print(f"{i:<5}  {outputs[i].std():.1f}")
# --8<-- [end:keep]
for h in outputs:
    assert 0.5 < h.std() < 2, "the standard deviation stays between 0.5 and 2 in all 100 layers"
    assert h.mean().abs() < 0.1 * h.std(), "with 1/n alike, no layer's mean is more than 0.1 standard deviations from 0"

# --8<-- [start:backward]
weights = [layer.weight for layer in layers]
g = torch.randn(batch, width)
gradients = torch.autograd.grad(outputs[-1], outputs + weights, g)
of_outputs, of_weights = gradients[:depth], gradients[depth:]
print("layer  gradient  weight gradient")
for i in (99, 50, 0):
    print(f"{i:<5}  {of_outputs[i].std():8.1f}  {of_weights[i].std():15.1f}")
# --8<-- [end:backward]
for gradient in of_outputs:
    assert 0.5 < gradient.std() < 2, "all 100 gradients lie between 0.5 and 2"
for gradient in of_weights:
    assert 2 < gradient.std() < 8, "all weight gradients between 2 and 8"
assert math.sqrt(batch) == 4, "weight gradients have √16 = 4 in every layer"

# --8<-- [start:both]
figure, (forth, back) = plt.subplots(1, 2, figsize=(4.4, 3.0), sharey=True)
cases = {
    2: ("Var 4/n", 1e25, "C1"),
    1: ("Var 1/n", 1e3, "C2"),
    0.5: ("Var 1/(4n)", 1e-25, "C0"),
}
for factor, (label, height, color) in cases.items():
    for layer in layers:
        nn.init.normal_(layer.weight, std=factor / math.sqrt(width))
    outputs = forward(inputs)
    gradients = torch.autograd.grad(outputs[-1], outputs + weights, g)
    for panel, signals in (forth, outputs), (back, gradients[:depth]):
        panel.plot([signal.std().item() for signal in signals], color=color)
        panel.text(50, height, label, color=color, ha="center", va="center")
forth.set(title="Forward: outputs", xlabel="layer", ylabel="standard deviation")
back.set(title="Backward: gradients", xlabel="layer", yscale="log")
ticks = {1e-30: "10⁻³⁰", 1e-15: "10⁻¹⁵", 1: "1", 1e15: "10¹⁵", 1e30: "10³⁰"}
forth.set_yticks(list(ticks), ticks.values())
forth.minorticks_off()
# --8<-- [end:both]
for out, gradient, c in zip(forth.lines, back.lines, cases, strict=True):
    assert 0.5 < out.get_ydata()[-1] / c**100 < 2, "the lines are straight: c^(l+1) forward, within a factor of 2"
    assert 0.5 < gradient.get_ydata()[0] / c**99 < 2, "the lines are straight: c^(99−l) backward, within a factor of 2"
assert f"{4 * 2.0**-99:.0e}" == "6e-30", "weight gradients of 4·2^−99 ≈ 6·10^−30"
for gradient in gradients[depth:]:
    assert 1 / 3 < gradient.std() / (4 * 0.5**99) < 3, "each of the 100 layers gets that within a factor of 3"

# --8<-- [start:factors]
def typical(depth, width, activation, gain):
    h = torch.randn(4096 // width, 1, width)  # one input to each of many networks
    for _ in range(depth):
        W = torch.randn(len(h), width, width) * gain / math.sqrt(width)
        h = activation(h @ W)
    return h.square().mean(dim=2).sqrt().median().item()


torch.manual_seed(1)
he = math.sqrt(2)
cases = {
    "10 layers, n = 64": (10, 64, torch.clone, 1),
    "100 layers, n = 64": (100, 64, torch.clone, 1),
    "100 layers, n = 16": (100, 16, torch.clone, 1),
    "100 layers, n = 64, tanh": (100, 64, torch.tanh, 1),
    "100 layers, n = 64, ReLU": (100, 64, torch.relu, 1),
    "100 layers, n = 64, ReLU, Var 2/n": (100, 64, torch.relu, he),
}
sizes = {name: typical(*case) for name, case in cases.items()}
print(f"{'network':34}  typical size")
for name, size in sizes.items():
    print(f"{name:34}  {size:.2g}")
# --8<-- [end:factors]
assert round(math.exp(-10 / 128), 2) == 0.92, "for the first row the prediction is 0.92"
assert round(math.exp(-100 / 128), 2) == 0.46, "for the second row 0.46"
assert round(math.exp(-100 / 32), 3) == 0.044, "for the third row 0.044"
assert round(math.exp(-5 * 100 / (4 * 64)), 2) == 0.14, "ReLU with 2/n gives e^(−5L/(4n)), here 0.14"
assert round(math.log10(2.0**-50)) == -15, "over 100 layers this is 2^−50 ≈ 10^−15"
predictions = math.exp(-10 / 128), math.exp(-100 / 128), math.exp(-100 / 32)
for size, prediction in zip(sizes.values(), predictions, strict=False):
    assert 0.75 < size / prediction < 1 / 0.75, "the typical size after L layers is about e^(−L/(2n))"
relu = math.exp(-5 * 100 / (4 * 64))
ratio = sizes["100 layers, n = 64, ReLU"] / (2**-50 * relu)
assert 0.7 < ratio < 1 / 0.7, "it explains both ReLU rows: 1/n"
ratio = sizes["100 layers, n = 64, ReLU, Var 2/n"] / relu
assert 0.7 < ratio < 1 / 0.7, "it explains both ReLU rows: 2/n"
own = torch.Generator().manual_seed(0)
normal = torch.randn(1_000_000, generator=own)
assert abs((2 * normal.relu().square()).var() - 5) < 0.2, "2 relu(z)² has variance 5"
assert abs(normal.square().var() - 2) < 0.05, "where z² has 2"

# --8<-- [start:bias]
default = nn.Sequential(*[nn.Linear(width, width) for _ in range(depth)])
h = default(inputs)
same = torch.allclose(h, h[:1], rtol=0, atol=1e-6)
print(f"std {h.std():.3f}, all inputs give the same output to 1e-6: {same}")
# --8<-- [end:bias]
assert round(math.sqrt(1 / (2 * 256)), 3) == 0.044, "the sum settles at q = 1/(2n): a standard deviation of 0.044"
assert abs(h.std() * math.sqrt(2 * width) - 1) < 0.06, "the sum settles at q = 1/(2n), measured"
assert (h - h[0]).abs().max() < 1e-6, "after 100 default layers the 16 inputs give the same output"
for parameter in default[0].parameters():
    assert abs(parameter.var() * 3 * width - 1) < 0.2, "weights and bias, both with variance 1/(3n)"

# --8<-- [start:dtypes]
failed = {}
print("dtype           largest value  not finite from layer")
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    h = torch.randn(batch, width, dtype=dtype)
    layer = -1
    while h.isfinite().all():
        h = h @ torch.randn(width, width, dtype=dtype)
        layer += 1
    power = math.log(torch.finfo(dtype).max, 16)
    print(f"{dtype!s:14}  {f'16^{power:.0f}':13}  {layer}")
    failed[dtype] = layer
# --8<-- [end:dtypes]
assert failed[torch.bfloat16] == failed[torch.float32], "bfloat16 fails at the same layer as float32"
assert failed[torch.float16] == 3, "float16 lasts 3 layers"
assert failed[torch.float64] == 255, "float64 lasts 255"

plt.show()

# --8<-- [start:in-six-lines]
import torch
from torch import nn

conv = nn.Conv2d(64, 64, 3, groups=64, bias=False)
nn.init.ones_(conv.weight)
x = torch.ones(1, 64, 9, 9, requires_grad=True)
z = conv(x)
z.sum().backward()
print(f"fan_in {z.max():.0f}, fan_out {x.grad.max():.0f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
from torch.nn import functional as F

# --8<-- [end:imports]


# --8<-- [start:rule]
def fans(weight):
    positions = math.prod(weight.shape[2:])  # 9 for 3 × 3, 1 for a matrix
    return weight.shape[1] * positions, weight.shape[0] * positions
# --8<-- [end:rule]


# --8<-- [start:count]
def middle(signal):  # away from the border, where sums are incomplete
    for dimension in range(2, signal.dim()):
        signal = signal.narrow(dimension, start=4, length=8)
    return signal


def through(layer, fill):
    """The middle of output and gradient; fill(shape) makes both inputs."""
    kernel_dimensions = layer.weight.dim() - 2
    channels = layer.in_channels if kernel_dimensions else layer.in_features
    x = fill((16, channels, *[28] * kernel_dimensions)).requires_grad_()
    nn.init.zeros_(layer.bias)
    z = layer(x)
    z.backward(fill(z.shape))
    return middle(z).detach(), middle(x.grad)


def count(layer):
    nn.init.ones_(layer.weight)
    output, gradient = through(layer, torch.ones)
    return output.mean().item(), gradient.mean().item()
# --8<-- [end:count]


# --8<-- [start:table]
layers = {
    "Linear": nn.Linear(400, 100),
    "Conv1d, kernel 5": nn.Conv1d(16, 32, 5),
    "Conv2d": nn.Conv2d(16, 32, 3),
    "Conv2d, dilation 2": nn.Conv2d(16, 32, 3, dilation=2),
    "Conv3d": nn.Conv3d(4, 8, 3),
    "Conv2d, stride 2": nn.Conv2d(16, 32, 3, stride=2),
    "Conv2d, 4 groups": nn.Conv2d(16, 32, 3, groups=4),
    "Conv2d, depthwise": nn.Conv2d(64, 64, 3, groups=64),
    "ConvTranspose2d": nn.ConvTranspose2d(16, 8, 3),
    "ConvTranspose2d, stride 2": nn.ConvTranspose2d(16, 8, 4, stride=2),
}
counted = {name: count(layer) for name, layer in layers.items()}
verdicts = ("neither", "fan_out"), ("fan_in", "both")
print("layer                      fan_in, torch  fan_in, counted", end="")
print("  fan_out, torch  fan_out, counted  right")
for name, layer in layers.items():
    n_in, n_out = fans(layer.weight)
    true_in, true_out = counted[name]
    print(f"{name:25}  {n_in:13}  {true_in:15g}", end="")
    print(f"  {n_out:14}  {true_out:16g}", end="")
    print("  " + verdicts[n_in == true_in][n_out == true_out])
# --8<-- [end:table]
for layer in layers.values():
    assert fans(layer.weight) == nn.init._calculate_fan_in_and_fan_out(layer.weight), "these lines agree with torch's"
marked = [name for name, layer in layers.items() if fans(layer.weight) != counted[name]]
assert fans(layers["Conv2d, depthwise"].weight)[1] == 64 * 9 == 576, "64 outputs times 9 positions, 576"
assert counted["Conv2d, depthwise"] == (9, 9), "an input channel reaches only its own output channel: 9"
assert fans(layers["ConvTranspose2d"].weight) == (72, 144), "torch calls 8·9 = 72 the fan_in and 16·9 = 144 the fan_out"
assert counted["ConvTranspose2d"] == (144, 72), "the names are swapped"
assert fans(layers["ConvTranspose2d, stride 2"].weight)[0] == 2 * counted["ConvTranspose2d, stride 2"][0], (
    "too few channels counted by 2, too many positions by 4"
)
assert counted["Conv2d, dilation 2"] == counted["Conv2d"], "dilation moves the terms and does not change their number"
general = {"convolution": nn.Conv2d(16, 32, 4, 2, groups=4), "transposed": nn.ConvTranspose2d(16, 32, 4, 2, groups=4)}
assert count(general["convolution"]) == (4 * 16, 8 * 16 / 4), "the first row of the table of counts"
assert count(general["transposed"]) == (4 * 16 / 4, 8 * 16), "the second row of the table of counts"
ones = torch.ones(1, 1, 13, 13, requires_grad=True)
F.conv2d(ones, torch.ones(1, 1, 3, 3), stride=2).sum().backward()
assert set(middle(ones.grad).flatten().tolist()) == {1, 2, 4}, "an input lies under one, two or four windows"
assert middle(ones.grad).mean() == 9 / 4, "9/4 on average"
assert counted["Conv2d, stride 2"][1] == 32 * 9 / 4 == 72, "hence 32·9/4 = 72"
padded = F.conv2d(torch.ones(1, 16, 9, 9), torch.ones(32, 16, 3, 3), padding=1)
assert padded[0, 0, 0, 0] == 4 * 16, "the corner of a padded 3 × 3 convolution adds up 4 positions of 9"
for name, layer in layers.items():
    if "Transpose" not in name:
        assert fans(layer.weight)[0] == counted[name][0], "`fan_in` is right for each layer that is not transposed"

# --8<-- [start:variance]
torch.manual_seed(0)
measured = {}
print("layer                      output  gradient")
marked = [name for name in layers if fans(layers[name].weight) != counted[name]]
for name in ("Conv2d", *marked):
    weight = layers[name].weight
    nn.init.kaiming_normal_(weight, nonlinearity="linear")  # variance 1 / fan_in
    output, _ = through(layers[name], torch.randn)
    nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="linear")
    _, gradient = through(layers[name], torch.randn)
    measured[name] = output.var().item(), gradient.var().item()
    print("{:25}  {:6.1f}  {:8.2f}".format(name, *measured[name]))
# --8<-- [end:variance]
for name, (output, gradient) in measured.items():
    n_in, n_out = fans(layers[name].weight)
    true_in, true_out = counted[name]
    assert abs(output / (true_in / n_in) - 1) < 0.15, "outputs: the prediction is the counted number over torch's"
    assert abs(gradient / (true_out / n_out) - 1) < 0.15, "gradients: the prediction is the counted number over torch's"
predicted = {name: [c / t for c, t in zip(counted[name], fans(layers[name].weight), strict=True)] for name in measured}
assert {name: row for name, row in predicted.items() if "Transpose" not in name} == {
    "Conv2d": [1, 1],
    "Conv2d, stride 2": [1, 1 / 4],
    "Conv2d, 4 groups": [1, 1 / 4],
    "Conv2d, depthwise": [1, 1 / 64],
}, "the predictions are 1 in all `Conv2d` rows for the outputs, and for the gradients 1, ¼, ¼ and 1/64"
assert predicted["ConvTranspose2d"] == [2, 1 / 2], "for the transposed ones 2 forward, ½ backward"
assert predicted["ConvTranspose2d, stride 2"] == [1 / 2, 1 / 2], "and with stride ½ forward, ½ backward"
conv, norm = nn.Conv2d(16, 32, 3, groups=4, bias=False), nn.BatchNorm2d(32, eps=1e-12)
x = torch.randn(8, 16, 12, 12, requires_grad=True)
runs = {}
for order, model in {"behind": nn.Sequential(conv, norm), "before": nn.Sequential(nn.BatchNorm2d(16), conv)}.items():
    nn.init.kaiming_normal_(conv.weight)
    runs[order] = []
    for _ in range(2):
        z = model(x)
        arriving = torch.randn(z.shape, generator=torch.Generator().manual_seed(0))
        runs[order].append((z.detach(), *torch.autograd.grad(z, [x, conv.weight], arriving)))
        with torch.no_grad():
            conv.weight.mul_(8)
(output, down, own), (output_8, down_8, own_8) = runs["behind"]
assert torch.allclose(output, output_8, atol=1e-4), "the norm divides it out of the output"
assert torch.allclose(down, down_8, atol=1e-4), "and out of the gradient that is passed down"
assert torch.allclose(own / 8, own_8, atol=1e-4), "only the gradient of the weights keeps 1/c"
(output, down, _), (output_8, down_8, _) = runs["before"]
assert torch.allclose(8 * output, output_8, atol=1e-4), "a pre-norm leaves it in the output"
assert torch.allclose(8 * down, down_8, atol=1e-4), "a pre-norm leaves it in the gradient"

# --8<-- [start:groups]
layer = layers["Conv2d, depthwise"]
nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="linear")
_, at_once = through(layer, torch.randn)
with torch.no_grad():
    for block in layer.weight.chunk(layer.groups):
        nn.init.kaiming_normal_(block, mode="fan_out", nonlinearity="linear")
_, by_groups = through(layer, torch.randn)
print("fans of a block", fans(block))
print(f"gradient, all at once {at_once.var():.3f}, by groups {by_groups.var():.1f}")
# --8<-- [end:groups]
assert fans(block) == (9, 9), "each group is a small convolution"
assert abs(at_once.var() * 64 - 1) < 0.2, "all at once, the gradient's variance is 1/64"
assert abs(by_groups.var() - 1) < 0.2, "every function of `nn.init` is right on the blocks"
whole = nn.Conv2d(64, 64, 3, groups=64)
assert fans(whole.weight)[1] / whole.groups == counted["Conv2d, depthwise"][1], "or divide fan_out by `groups`"

# --8<-- [start:checkerboard]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 2.8))
terms = {}
for panel, k in zip(axes, (3, 4), strict=True):
    x, W = torch.ones(1, 16, 12, 12), torch.ones(16, 8, k, k)
    terms[k] = F.conv_transpose2d(x, W, stride=2)[0, 0, 8:14, 8:14].tolist()
    for i, row in enumerate(terms[k]):
        for j, n in enumerate(row):
            shade = {"color": "C0", "alpha": n / 128, "lw": 0}
            panel.fill_between([j, j + 1], i, i + 1, **shade)
            panel.text(j + 0.5, i + 0.5, f"{n:.0f}", ha="center", va="center")
    panel.set(title=f"kernel {k}, stride 2", xlim=(0, 6), ylim=(6, 0), aspect=1)
    panel.set_axis_off()
# --8<-- [end:checkerboard]
distinct = {k: {n for row in rows for n in row} for k, rows in terms.items()}
assert distinct[3] == {16, 32, 64}, "with kernel 3 the pixels have three different variances"
assert distinct[4] == {64}, "with kernel 4 each pixel adds up 64 terms"
assert 16 * 16 / 4 == 64, "64 terms, a quarter of 16 · 16"

# --8<-- [start:transposed]
print("layer                      default  counted")
for name in ("Conv2d", "ConvTranspose2d", "ConvTranspose2d, stride 2"):
    layer = layers[name]
    layer.reset_parameters()
    default, _ = through(layer, torch.randn)
    true_in, _ = counted[name]
    nn.init.normal_(layer.weight, std=1 / math.sqrt(true_in))
    repaired, _ = through(layer, torch.randn)
    measured[name] = default.var().item()
    print(f"{name:25}  {measured[name]:7.2f}  {repaired.var():7.1f}")
# --8<-- [end:transposed]
assert abs(measured["Conv2d"] * 3 - 1) < 0.15, "by default inputs of variance 1 become outputs of variance 1/3"
assert abs(measured["ConvTranspose2d"] * 3 / 2 - 1) < 0.15, "here it is twice that"
assert abs(measured["ConvTranspose2d, stride 2"] * 6 - 1) < 0.15, "or half"
assert counted["ConvTranspose2d"][0] == fans(layers["ConvTranspose2d"].weight)[1], (
    'for stride 1, `mode="fan_out"` does what `fan_in` promises'
)

# --8<-- [start:embedding]
words = nn.Embedding(1000, 64)
print("init              weight  output")
for init in (nn.init.normal_, nn.init.kaiming_normal_, nn.init.xavier_normal_):
    weight, output = init(words.weight).var(), words(torch.arange(1000)).var()
    print(f"{init.__name__:16}  {weight:.4f}  {output:.4f}")
# --8<-- [end:embedding]
assert fans(words.weight) == (64, 1000), "torch's fans are 64 and 1000"
assert abs(weight * (1000 + 64) / 2 - 1) < 0.02, "torch reads the shape (words, width) as (out, in)"
assert output == weight, "an embedding copies a row, so the output has the variance of the weight"
small, large = (nn.init.xavier_normal_(torch.empty(rows, 64)).std() for rows in (1000, 4000))
assert large < small, "with Xavier, a larger vocabulary means smaller vectors"
assert abs(nn.Embedding(1000, 64).weight.std() - 1) < 0.02, "`nn.Embedding` itself uses 1"
tokens = nn.init.normal_(nn.Embedding(1000, 64).weight, std=0.02)
assert abs(tokens.std() / 0.02 - 1) < 0.02, "choose the standard deviation directly: 0.02"

# --8<-- [start:lstm]
for n in (20, 1000):
    W = nn.LSTM(n, 20).weight_ih_l0
    z = F.linear(torch.randn(500, n), W)
    print(f"LSTM({n}, 20)  fans {fans(W)}   gates receive std {z.std():.1f}")
W = nn.LSTM(20, 20).weight_ih_l0
print(f"Xavier, whole weight  {nn.init.xavier_normal_(W).std():.2f}")
with torch.no_grad():
    for gate in W.chunk(4):
        nn.init.xavier_normal_(gate)
print(f"Xavier, gate by gate  {W.std():.2f}")
# --8<-- [end:lstm]
assert round(z.std().item()) == 4, "with 1000 inputs of variance 1, the gates receive a standard deviation of 4"
assert abs(z.std() - math.sqrt(1000 / (3 * 20))) < 0.1, "the default looks at no fan but at the hidden size"
assert (z.abs() > 2).float().mean() > 0.6, "more than 60 % of the values lie beyond ±2"
edges = torch.tensor([-2.0, 2.0]).sigmoid().tolist()
assert [round(edge, 2) for edge in edges] == [0.12, 0.88], "beyond ±2 a gate is below 0.12 or above 0.88"
assert abs(W.std() - math.sqrt(2 / (20 + 20))) < 0.015, "gate by gate, Xavier sees a layer from 20 to 20"
assert math.sqrt(2 / (20 + 80)) < math.sqrt(2 / (20 + 20)), "Xavier makes the weights smaller than for each gate alone"

# --8<-- [start:attention]
packed = nn.MultiheadAttention(64, 4).in_proj_weight
single = nn.MultiheadAttention(64, 4, kdim=32).q_proj_weight
for W in (packed, single):
    queries = F.linear(torch.randn(5000, 64), W[:64])
    print(f"{tuple(W.shape)!s:10}  queries have variance {queries.var():.1f}")
# --8<-- [end:attention]
assert abs(packed.var() / (2 / (4 * 64)) - 1) < 0.05, "packed: 2/(4n)"
assert abs(single.var() / (2 / (2 * 64)) - 1) < 0.08, "apart: 2/(2n), twice the variance"
scores = {}
for name, bound in {"packed": math.sqrt(6 / 256), "apart": math.sqrt(6 / 128)}.items():
    queries, keys = (x.uniform_(-bound, bound) @ torch.randn(64, 5000) for x in torch.empty(2, 64, 64))
    scores[name] = (queries * keys).sum(0).var()
assert abs(scores["packed"] / scores["apart"] - 1 / 4) < 0.05, "packed, their products start with a quarter"

# --8<-- [start:layout]
x, W = torch.randn(5000, 400), torch.empty(400, 100)
for name, view in {"W": W, "W.T": W.T}.items():
    nn.init.kaiming_normal_(view, nonlinearity="linear")
    print(f"filled {name:4} variance of x @ W: {(x @ W).var():.1f}")
# --8<-- [end:layout]
assert abs((x @ W).var() - 1) < 0.03, "if you store `W` as (in, out) for `x @ W`, pass `W.T`"
nn.init.kaiming_normal_(W, mode="fan_out", nonlinearity="linear")
assert abs((x @ W).var() - 1) < 0.03, "or swap `mode`"

plt.show()

import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F


# --8<-- [start:rule]
def fans(weight):
    positions = math.prod(weight.shape[2:])  # 9 for 3 × 3, 1 for a matrix
    return weight.shape[1] * positions, weight.shape[0] * positions
# --8<-- [end:rule]


# --8<-- [start:count]
def middle(t):  # away from the border, where sums are incomplete
    for d in range(2, t.dim()):
        t = t.narrow(d, 4, 8)
    return t


def through(layer, draw):
    """The middle of output and gradient; draw(shape) feeds both sides."""
    channels = getattr(layer, "in_channels", 400)
    x = draw((16, channels, *[28] * (layer.weight.dim() - 2))).requires_grad_()
    nn.init.zeros_(layer.bias)
    z = layer(x)
    z.backward(draw(z.shape))
    return middle(z).detach(), middle(x.grad)


def count(layer):
    nn.init.ones_(layer.weight)
    return [sums.mean().item() for sums in through(layer, torch.ones)]
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
table = {name: (*fans(la.weight), *count(la)) for name, la in layers.items()}
print(f"{'':30}torch{'':7}counted\n{'':27}in   out      in   out")
for name, row in table.items():
    mark = "" if row[:2] == row[2:] else "←"
    print("{:25}{:4}{:6}{:8g}{:6g}  {}".format(name, *row, mark))
# --8<-- [end:table]
for layer in layers.values():
    assert fans(layer.weight) == nn.init._calculate_fan_in_and_fan_out(layer.weight)
assert [row[2:] for row in table.values() if row[:2] != row[2:]] == [(144, 72), (36, 72), (9, 9), (144, 72), (64, 128)]
assert count(nn.ConvTranspose2d(16, 8, 3, groups=4)) == [36, 18] and 9 / 4 * 32 == 72
padded = F.conv2d(torch.ones(1, 16, 9, 9), torch.ones(32, 16, 3, 3), padding=1)
assert padded[0, 0, 0, 0] == 4 * 16 and padded[0, 0, 4, 4] == 9 * 16

# --8<-- [start:variance]
torch.manual_seed(0)
measured = {}  # of an ordinary convolution, and of all marked rows
marked = [name for name, row in table.items() if row[:2] != row[2:]]
for name in ("Conv2d", *marked):
    layer = layers[name]
    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")  # 1 / fan_in
    z, _ = through(layer, torch.randn)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="linear")
    _, g = through(layer, torch.randn)
    measured[name] = z.var().item(), g.var().item()
    print("{:25}  output {:.1f}   gradient {:.2f}".format(name, *measured[name]))
# --8<-- [end:variance]
for name, (forward, backward) in measured.items():
    n_in, n_out, true_in, true_out = table[name]
    assert abs(forward / (true_in / n_in) - 1) < 0.15 and abs(backward / (true_out / n_out) - 1) < 0.15, name

# --8<-- [start:groups]
layer = layers["Conv2d, depthwise"]
nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="linear")
_, whole = through(layer, torch.randn)
with torch.no_grad():
    for block in layer.weight.chunk(layer.groups):
        nn.init.kaiming_normal_(block, mode="fan_out", nonlinearity="linear")
_, groups = through(layer, torch.randn)
print("fans of a block", fans(block))
print(f"gradient  all at once {whole.var():.3f}   by groups {groups.var():.1f}")
# --8<-- [end:groups]
assert abs(whole.var() * 64 - 1) < 0.2 and abs(groups.var() - 1) < 0.2 and fans(block) == (9, 9)

# --8<-- [start:checkerboard]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 2.8))
for panel, k in zip(axes, (3, 4), strict=True):
    x, W = torch.ones(1, 16, 12, 12), torch.ones(16, 8, k, k)
    number = F.conv_transpose2d(x, W, stride=2)[0, 0, 8:14, 8:14]
    for i, j in torch.cartesian_prod(torch.arange(6), torch.arange(6)).tolist():
        n = number[i, j].item()
        panel.fill_between([j, j + 1], i, i + 1, color="C0", alpha=n / 128, lw=0)
        panel.text(j + 0.5, i + 0.5, f"{n:.0f}", ha="center", va="center")
    panel.set(title=f"kernel {k}, stride 2", xlim=(0, 6), ylim=(6, 0), aspect=1)
    panel.set_axis_off()
# --8<-- [end:checkerboard]
assert number.min() == number.max() == 64

# --8<-- [start:transposed]
outputs = []
for name in ("Conv2d", "ConvTranspose2d", "ConvTranspose2d, stride 2"):
    layer = layers[name]
    layer.reset_parameters()
    default, _ = through(layer, torch.randn)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(table[name][2]))
    repaired, _ = through(layer, torch.randn)
    outputs.append(default.var().item())
    print(f"{name:25}  default {outputs[-1]:.2f}   counted {repaired.var():.1f}")
# --8<-- [end:transposed]
assert all(abs(out / theory - 1) < 0.15 for out, theory in zip(outputs, (1 / 3, 2 / 3, 1 / 6), strict=True))

# --8<-- [start:embedding]
words = nn.Embedding(1000, 64)
print("torch's fans", fans(words.weight))
for init in (nn.init.normal_, nn.init.kaiming_normal_, nn.init.xavier_normal_):
    weight, output = init(words.weight).var(), words(torch.arange(1000)).var()
    print(f"{init.__name__:16} weight {weight:.4f}   output {output:.4f}")
# --8<-- [end:embedding]
assert abs(weight * 1064 / 2 - 1) < 0.02

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
assert abs(z.std() - math.sqrt(1000 / 60)) < 0.1 and (z.abs() > 2).float().mean() > 0.6
assert abs(W.std() - math.sqrt(2 / 40)) < 0.015

# --8<-- [start:attention]
packed = nn.MultiheadAttention(64, 4).in_proj_weight
single = nn.MultiheadAttention(64, 4, kdim=32).q_proj_weight
for W in (packed, single):
    queries = F.linear(torch.randn(5000, 64), W[:64])
    print(f"{tuple(W.shape)!s:10}  queries have variance {queries.var():.1f}")
# --8<-- [end:attention]
assert abs(packed.var() * 128 - 1) < 0.05 and abs(single.var() * 64 - 1) < 0.08

# --8<-- [start:layout]
x, W = torch.randn(5000, 400), torch.empty(400, 100)
for name, view in {"W": W, "W.T": W.T}.items():
    nn.init.kaiming_normal_(view, nonlinearity="linear")
    print(f"filled {name:4} variance of x @ W: {(x @ W).var():.1f}")
# --8<-- [end:layout]
assert abs((x @ W).var() - 1) < 0.03

plt.show()

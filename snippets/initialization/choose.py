# --8<-- [start:measure]
import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.init import (
    kaiming_normal_,
    normal_,
    orthogonal_,
    xavier_normal_,
    zeros_,
)


@torch.no_grad()
def ratio(layer_at, between, fill_, depth=20):
    """Size after the layers over the size of z, the output of the layer before."""
    shape = (64, 128) if layer_at in (dense, block) else (8, 64, 8, 8)
    z = start = torch.randn(shape)
    for i in range(depth):
        layer = layer_at(i)
        fill_(layer.weight)
        zeros_(layer.bias)
        z = layer(between(z))
    return (z.square().mean() / start.square().mean()).sqrt().item()
# --8<-- [end:measure]


# --8<-- [start:layers]
def dense(i):
    return nn.Linear(128, 128)


def conv(i):  # no border: the image is a torus
    return nn.Conv2d(64, 64, 3, padding=1, padding_mode="circular")


def separable(i):  # depthwise and pointwise in turn
    if i % 2:
        return nn.Conv2d(64, 64, 1)
    return nn.Conv2d(64, 64, 3, padding=1, padding_mode="circular", groups=64)


def upward(i):
    return nn.ConvTranspose2d(64, 64, kernel_size=2, stride=2)


class Branch(nn.Linear):
    def forward(self, h):
        return h + super().forward(torch.relu(h))


def block(i):
    return Branch(128, 128)
# --8<-- [end:layers]


# --8<-- [start:between]
def same(z):
    return z


def leaky(z):
    return F.leaky_relu(z, 0.2)


def relu_small(z):  # every second pixel: the image keeps its size
    return torch.relu(z[..., ::2, ::2])


def norm_relu(z):
    return torch.relu(F.layer_norm(z, (128,)))


s = 2  # the stride of upward
# --8<-- [end:between]

# --8<-- [start:sheet]
sheet = (  # layer, what stands between two of them, call, range of the ratio
    (dense, same, lambda W: kaiming_normal_(W, nonlinearity="linear"), 0.5, 2),
    (dense, same, lambda W: orthogonal_(W), 1, 1),
    (dense, torch.tanh, lambda W: xavier_normal_(W, gain=5 / 3), 1, 1.2),
    (dense, torch.sigmoid, lambda W: xavier_normal_(W), 0.4, 0.7),
    (dense, torch.relu, lambda W: kaiming_normal_(W), 0.2, 5),
    (conv, torch.relu, lambda W: kaiming_normal_(W), 0.1, 10),
    (separable, torch.relu, lambda W: kaiming_normal_(W), 0.02, 20),
    (upward, relu_small,
        lambda W: normal_(W, std=s * math.sqrt(2 / W[:, 0].numel())), 0.1, 10),
    (dense, leaky, lambda W: kaiming_normal_(W, a=0.2), 0.2, 5),
    (dense, F.elu, lambda W: xavier_normal_(W, gain=1.25), 0.5, 2),
    (dense, F.selu, lambda W: kaiming_normal_(W, nonlinearity="linear"), 0.8, 1.2),
    (dense, F.gelu, lambda W: xavier_normal_(W, gain=1.53), 0.1, 10),
    (dense, F.silu, lambda W: xavier_normal_(W, gain=1.68), 0.5, 50),
    (dense, norm_relu, lambda W: kaiming_normal_(W), 0.7, 1.4),
    (block, same, lambda W: zeros_(W), 1, 1),
)
# --8<-- [end:sheet]

# --8<-- [start:check]
torch.manual_seed(0)
measured = []
print("layer      between       stated      measured in 10 draws")
for layer_at, between, fill_, low, high in sheet:
    draws = [ratio(layer_at, between, fill_) for _ in range(10)]
    measured.append((min(draws), max(draws)))
    stated = f"{low} to {high}" if low < high else f"{low}"
    names = f"{layer_at.__name__:9}  {between.__name__:12}  {stated:10}"
    print(f"{names}  {min(draws):.2g} to {max(draws):.2g}")
# --8<-- [end:check]
for (_, between, _, low, high), (least, most) in zip(sheet, measured, strict=True):
    assert least >= low - 1e-5, f"{between.__name__}: every draw that the program makes stays above {low}"
    assert most <= high + 1e-5, f"{between.__name__}: every draw that the program makes stays below {high}"
stated = [(low, high) for *_, low, high in sheet]
plain, convolutions, drifting = stated[:5], stated[5:8], stated[9:13]
ends = [(0.5, 2), (1, 1), (1, 1.2), (0.4, 0.7), (0.2, 5)]
assert plain == ends, "without activation 0.5 to 2 and 1, tanh 1 to 1.2, sigmoid 0.4 to 0.7, ReLU 0.2 to 5"
assert convolutions == [(0.1, 10), (0.02, 20), (0.1, 10)], "convolutions 0.1 to 10, with groups 0.02 to 20"
ends = [(0.5, 2), (0.8, 1.2), (0.1, 10), (0.5, 50)]
assert drifting == ends, "ELU 0.5 to 2, SELU 0.8 to 1.2, GELU 0.1 to 10, SiLU 0.5 to 50"
assert stated[13] == (0.7, 1.4), "a norm, then ReLU: 0.7 to 1.4"
normal = torch.randn(1_000_000)
for f, gain in ((F.elu, 1.25), (F.gelu, 1.53), (F.silu, 1.68)):
    exact = f(normal).square().mean().rsqrt()
    assert abs(exact - gain) < 0.01, "the gains that keep a standard normal: 1.25 for ELU, 1.53 for GELU, 1.68 for SiLU"
assert round(nn.init.calculate_gain("leaky_relu", 0.2), 2) == 1.39, "leaky ReLU, slope 0.2: gain 1.39"
assert nn.PReLU().weight == 0.25, "PReLU: 0.25"
tokens = normal_(torch.empty(1000, 64), std=0.02)
assert abs(tokens.std() / 0.02 - 1) < 0.02, "embedding: choose a standard deviation, 1 or 0.02"
assert round(1 / 2**10, 3) == 0.001, "1/n with ReLU gives about 2^−10 ≈ 0.001"
for _ in range(5):
    wrong = ratio(dense, torch.relu, lambda W: kaiming_normal_(W, nonlinearity="linear"))
    assert wrong < 0.01, "1/n with ReLU: less than 0.01 in 5 of 5 draws"
    for f, gain in ((F.gelu, 1.53), (F.silu, 1.68)):
        ten = ratio(dense, f, lambda W, gain=gain: xavier_normal_(W, gain=gain), depth=10)
        assert ten > 1 / 4, "after 10 layers GELU and SiLU are within a factor of 4 of the size before, in 5 of 5 draws"
        assert ten < 4, "after 10 layers GELU and SiLU are within a factor of 4 of the size before, in 5 of 5 draws"

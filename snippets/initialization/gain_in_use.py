# --8<-- [start:imports]
import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:norm]
layer, norm = nn.Linear(256, 256, bias=False), nn.LayerNorm(256)
orders = {
    "norm behind the layer": nn.Sequential(layer, norm),
    "pre-norm": nn.Sequential(norm, layer),
}
x = torch.randn(64, 256)
with torch.no_grad():
    before = {name: model(x).std() for name, model in orders.items()}
    layer.weight.mul_(10)
    for name, model in orders.items():
        print(f"{name:22} output × {model(x).std() / before[name]:.2f}")
# --8<-- [end:norm]
behind, pre = (model(x).std() / before[name] for name, model in orders.items())
assert abs(behind - 1) < 0.001, "a norm directly behind a layer divides the gain out again"
assert abs(pre - 10) < 0.001, "a pre-norm does not: ten times the weights give ten times the output"

# --8<-- [start:unsupported]
W = torch.empty(256, 1024)  # (out, in)
for call in (
    lambda: nn.init.calculate_gain("gelu"),
    lambda: nn.init.kaiming_normal_(W, nonlinearity="gelu"),
    lambda: nn.init.kaiming_normal_(W, gain=1.53),
):
    try:
        call()
    except (ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:unsupported]
for fill_ in (nn.init.kaiming_normal_, nn.init.kaiming_uniform_):
    try:
        fill_(W, gain=1.53)
        refused = False
    except TypeError:
        refused = True
    assert refused, "`kaiming_*` take no `gain`"
for fill_ in (nn.init.xavier_normal_, nn.init.xavier_uniform_, nn.init.orthogonal_):
    assert fill_(torch.empty(3, 3), gain=1.53).isfinite().all(), "`xavier_*` and `orthogonal_` do take a gain"


# --8<-- [start:gain-normal]
def measure_gain(activation):
    u = torch.randn(1_000_000)
    return activation(u).square().mean().rsqrt().item()


def gain_normal_(weight, gain):
    fan_in = weight[0].numel()  # of Linear and Conv, not of ConvTranspose
    return nn.init.normal_(weight, std=gain / math.sqrt(fan_in))
# --8<-- [end:gain-normal]


# --8<-- [start:not-square]
def last_size(fill_, widths, seed):
    torch.manual_seed(seed)
    z = torch.randn(64, widths[0])
    for n_in, n_out in itertools.pairwise(widths):
        z = F.gelu(z) @ fill_(torch.empty(n_out, n_in), gelu).T
    return z.square().mean().sqrt().item()


torch.manual_seed(1)
gelu = measure_gain(F.gelu)
print(f"gain {gelu:.2f}, wanted std {gelu / math.sqrt(1024):.4f}")
alternating = [1024, 256] * 5 + [1024]
for fill_ in (nn.init.xavier_normal_, gain_normal_):
    std = fill_(W, gelu).std()
    ends = [last_size(fill_, alternating, seed) for seed in range(5)]
    print(f"{fill_.__name__:14} std {std:.4f}, ", end="")
    print(f"after 10 layers size {min(ends):.2f} to {max(ends):.2f}")
# --8<-- [end:not-square]
assert round(gelu, 2) == 1.53, "the gain of GELU is 1.53"
assert round(gelu / math.sqrt(1024), 3) == 0.048, "the layer from 1024 to 256 needs a std of 0.048"
std = nn.init.xavier_normal_(W, gelu).std().item()
assert round(std, 3) == 0.061, "it gets 0.061 from Xavier"
for seed in range(5):
    xavier = last_size(nn.init.xavier_normal_, alternating, seed)
    assert xavier < 0.2, "ten layers that alternate between both widths leave less than 0.2, in 5 of 5"
    own = last_size(gain_normal_, alternating, seed)
    assert 0.7 < own < 1.3, "with the line above they keep it between 0.7 and 1.3, in 5 of 5 draws"
square = torch.empty(512, 512)
for n_in, n_out in ((1024, 256), (256, 1024), (512, 512)):
    torch.manual_seed(1)
    plain = gain_normal_(torch.empty(n_out, n_in), gelu)
    torch.manual_seed(1)
    xavier = nn.init.xavier_normal_(torch.empty(n_out, n_in), gelu)
    assert torch.allclose(plain, xavier) == (n_in == n_out), "a Xavier function is right for square layers only"
torch.manual_seed(1)
kernel = gain_normal_(torch.empty(32, 16, 3, 3), math.sqrt(2))
torch.manual_seed(1)
assert torch.allclose(kernel, nn.init.kaiming_normal_(torch.empty(32, 16, 3, 3))), "right for Conv too"

# --8<-- [start:leaky]
print("slope               gain")
for slope in (None, 0, 0.2, math.sqrt(5)):
    gain = nn.init.calculate_gain("leaky_relu", slope)
    print(f"{slope!s:18}  {gain:.6f}")
# --8<-- [end:leaky]
default, relu = (nn.init.calculate_gain("leaky_relu", slope) for slope in (0.01, 0))
assert nn.init.calculate_gain("leaky_relu") == default, "`calculate_gain` takes a slope of 0.01"
assert relu == math.sqrt(2), "`kaiming_*` pass their `a=0`, which is ReLU"
gains = [nn.init.calculate_gain("leaky_relu", slope) for slope in (0, 0.2, 1, 5, 25)]
assert gains == sorted(gains, reverse=True), "a large slope makes the weights smaller"
assert math.isclose(gain, 1 / math.sqrt(3)), "with √5 this is the gain of the default `nn.Linear`"

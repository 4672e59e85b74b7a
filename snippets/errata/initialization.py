import math
import warnings

import torch
from _claim import claim
from torch import nn

# --8<-- [start:version]
print("torch", torch.__version__.partition("+")[0])
# --8<-- [end:version]


def says(text, *phrases):
    for phrase in phrases:
        assert phrase in " ".join(text.split()), phrase


says(nn.init.kaiming_normal_.__doc__, "variance of the weights in the forward pass")
says(nn.init.sparse_.__doc__, r"\mathcal{N}(0, 0.01)", "generator: the torch Generator to sample from")

# --8<-- [start:manual]
torch.manual_seed(0)
signal, sizes = torch.randn(1000, 800), {"weights": [], "activations": []}
for inputs, outputs in ((800, 200), (200, 800)):  # fan_in: 2 / 800, 2 / 200
    W = nn.init.kaiming_normal_(torch.empty(outputs, inputs), nonlinearity="relu")
    signal = (signal @ W.T).relu()
    sizes["weights"].append(W.square().mean())
    sizes["activations"].append(signal.square().mean())
kept = [name for name, (a, b) in sizes.items() if 0.8 < b / a < 1.25]
claim("manual-kaiming-mode", "weights", ", ".join(kept), right="activations")
std = nn.init.sparse_(torch.empty(2000, 500), 0.5)[:, 0].norm() / 1000**0.5
claim("manual-sparse-std", f"{math.sqrt(0.01):.2f}", f"{std:.2f}", right="0.01")
# --8<-- [end:manual]
assert 3.5 < sizes["weights"][1] / sizes["weights"][0] < 4.5

# --8<-- [start:warning]
density = math.exp(-(6**2) / 2) / math.sqrt(2 * math.pi)
theory = density / (math.erfc(6 / 2**0.5) / 2)  # mean beyond 6 standard deviations
u = torch.tensor(math.erf(6 / 2**0.5))  # where the old method drew from, in float32
old = (2**0.5 * torch.erfinv(u)).clamp(6, 8)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    new = nn.init.trunc_normal_(torch.empty(2000), a=6, b=8).mean()
means = ["correct" if abs(mean - theory) < 0.1 else "incorrect" for mean in (new, old)]
claim("trunc-normal-warning", "incorrect", means[0], then=means[1])
# --8<-- [end:warning]
says(str(caught[0].message), "The distribution of values may be incorrect.")
assert old == 8 and 6 < new < 6.3

# --8<-- [start:code]
def fan(layer, mode):
    fans = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    return fans[mode == "fan_out"]


def reached(layer, channels):
    """How many outputs an inner input pixel reaches."""
    x = torch.zeros(1, channels, 9, 9, requires_grad=True)
    nn.init.ones_(layer.weight)
    layer(x).sum().backward()
    return int(x.grad[0, 0, 4, 4])


depthwise = nn.Conv2d(64, 64, 3, groups=64, bias=False)
found = fan(depthwise, "fan_out")
claim("fan-groups", reached(depthwise, 64), found, right=64 * reached(depthwise, 64))
up = nn.ConvTranspose2d(16, 8, 3, bias=False)
claim("fan-transposed", reached(up, 16), fan(up, "fan_out"), right=16 * 3 * 3)

# --8<-- [end:code]


# --8<-- [start:generator]
def sparse(seed_both):
    if seed_both:
        torch.manual_seed(1)
    generator = torch.Generator().manual_seed(0)
    return nn.init.sparse_(torch.empty(6, 4), 0.5, generator=generator)


same = ["equal" if torch.equal(sparse(b), sparse(b)) else "differs" for b in (True, False)]
claim("sparse-generator", "equal", same[0], without=same[1])
# --8<-- [end:generator]

# --8<-- [start:version]
import math
import warnings

import torch
from _claim import claim
from _manual import says
from torch import nn

print("torch", torch.__version__.partition("+")[0])
# --8<-- [end:version]
says(nn.init.kaiming_normal_, "variance of the weights in the forward pass")
says(nn.init.sparse_, r"\mathcal{N}(0, 0.01)", "generator: the torch Generator to sample from")

# --8<-- [start:manual]
torch.manual_seed(0)
signal = torch.randn(1000, 800)
sizes = {"weights": [], "activations": []}
for inputs, outputs in ((800, 200), (200, 800)):
    weight = torch.empty(outputs, inputs)
    nn.init.kaiming_normal_(weight, mode="fan_in", nonlinearity="relu")
    signal = (signal @ weight.T).relu()
    sizes["weights"].append(weight.square().mean())
    sizes["activations"].append(signal.square().mean())
kept = [name for name, (a, b) in sizes.items() if f"{b / a:.0f}" == "1"]
claim("manual-kaiming-mode", "weights", ", ".join(kept), right="activations")
weight = nn.init.sparse_(torch.empty(2000, 500), sparsity=0.5)
std = weight[:, 0].norm() / 1000**0.5  # of the 1000 entries that are not zero
claim("manual-sparse-std", f"{math.sqrt(0.01):.2f}", f"{std:.2f}", right="0.01")
# --8<-- [end:manual]
factor = sizes["weights"][1] / sizes["weights"][0]
assert f"{factor:.0f}" == "4", "of the activations. The weights of the two layers differ by a factor of 4"

# --8<-- [start:warning]
density = math.exp(-(6**2) / 2) / math.sqrt(2 * math.pi)
theory = density / (math.erfc(6 / 2**0.5) / 2)  # mean beyond 6 standard deviations
cdf = torch.tensor(math.erf(6 / 2**0.5))  # where the old method drew, in float32
old = (2**0.5 * torch.erfinv(cdf)).clamp(6, 8)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    new = nn.init.trunc_normal_(torch.empty(2000), a=6, b=8).mean()
now, then = ("correct" if abs(mean - theory) < 0.1 else "incorrect"
             for mean in (new, old))
claim("trunc-normal-warning", "incorrect", now, then=then)
# --8<-- [end:warning]
assert "The distribution of values may be incorrect." in str(caught[0].message), "the distribution “may be incorrect”"
assert cdf == 1, "in float32 the distribution function is exactly 1"
assert torch.erfinv(cdf).isinf(), "its inverse is infinite"
assert old == 8, "gave only the value b here"

# --8<-- [start:code]
def fan_out(layer):
    return nn.init._calculate_fan_in_and_fan_out(layer.weight)[1]


def reached(layer, channels):
    """How many outputs an inner input pixel reaches."""
    x = torch.zeros(1, channels, 9, 9, requires_grad=True)
    nn.init.ones_(layer.weight)
    layer(x).sum().backward()
    return int(x.grad[0, 0, 4, 4])


depthwise = nn.Conv2d(64, 64, 3, groups=64, bias=False)
outputs = reached(depthwise, channels=64)
claim("fan-groups", outputs, fan_out(depthwise), right=64 * outputs)
transposed = nn.ConvTranspose2d(16, 8, 3, bias=False)
outputs = reached(transposed, channels=16)
claim("fan-transposed", outputs, fan_out(transposed), right=16 * 3 * 3)
# --8<-- [end:code]
assert reached(depthwise, channels=64) == 9, "576 where an input reaches 9 outputs"
assert nn.init._calculate_fan_in_and_fan_out(transposed.weight)[0] == 8 * 3 * 3, "fan_in and fan_out are swapped"


# --8<-- [start:generator]
def sparse(seed_both):
    if seed_both:
        torch.manual_seed(1)
    generator = torch.Generator().manual_seed(0)
    return nn.init.sparse_(torch.empty(6, 4), 0.5, generator=generator)


def twice(seed_both):
    first, second = sparse(seed_both), sparse(seed_both)
    return "equal" if torch.equal(first, second) else "differs"


both, one = twice(seed_both=True), twice(seed_both=False)
claim("sparse-generator", "equal", both, without=one)
# --8<-- [end:generator]

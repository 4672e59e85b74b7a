# --8<-- [start:from-scratch]
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    below_a, below_b = (math.erf((x - mean) / std / 2**0.5) / 2 for x in (a, b))
    with torch.no_grad():
        draw = normal_candidates if below_b - below_a > 0.3 else uniform_candidates
        values, rejected = draw(tensor, mean, std, a, b, generator)
        while rejected.any():
            again, still = draw(tensor, mean, std, a, b, generator)
            values = torch.where(rejected, again, values)
            rejected &= still
        return tensor.copy_(values)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-candidates]
def normal_candidates(tensor, mean, std, a, b, generator):
    a, b = torch.tensor([a, b], dtype=tensor.dtype)  # rounded like the values
    values = torch.empty_like(tensor).normal_(mean, std, generator=generator)
    return values, (values < a) | (values > b)


def uniform_candidates(tensor, mean, std, a, b, generator):
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # of the log density
    values = torch.empty_like(tensor).uniform_(a, b, generator=generator)
    stay = -0.5 * ((values - mean) / std) ** 2 - peak  # log of the probability
    u = torch.empty_like(tensor).uniform_(generator=generator)
    return values, u.log() > stay
# --8<-- [end:from-scratch-candidates]


# --8<-- [start:equal]
generator = torch.Generator()
for options in ({}, {"std": 0.02}, {"a": -0.1, "b": 0.1}, {"mean": 1, "a": 1.5, "b": 3}):
    ours, library = torch.empty(2, 100, 400)
    trunc_normal_(ours, **options, generator=generator.manual_seed(0))
    nn.init.trunc_normal_(library, **options, generator=generator.manual_seed(0))
    print(options, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.min() >= 1.5 and ours.max() <= 3

# --8<-- [start:moments]
def moments(mean=0.0, std=1.0, a=-2.0, b=2.0):
    α, β = (a - mean) / std, (b - mean) / std
    Φ = [(1 + math.erf(x / math.sqrt(2))) / 2 for x in (α, β)]
    φ = [math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in (α, β)]
    Z = Φ[1] - Φ[0]
    shift = (φ[0] - φ[1]) / Z
    return mean + std * shift, std**2 * (1 + (α * φ[0] - β * φ[1]) / Z - shift**2)


torch.manual_seed(0)
print("mean std  a   b     mean: measured  theory   variance: measured  theory")
for case in ((0, 1, -2, 2), (0, 0.5, -2, 2), (0, 2, -2, 2), (1, 1, -2, 2), (0, 1, 1, 3)):
    W = nn.init.trunc_normal_(torch.empty(1_000_000), *case)
    m, v = moments(*case)
    measured = round(W.mean().item(), 2) + 0  # + 0 turns −0 into 0
    print("{:3} {:4} {:3} {:3}".format(*case), end=" ")
    print(f"{measured:15.2f} {m:8.2f} {W.var():18.3f} {v:8.3f}")
# --8<-- [end:moments]
assert abs(W.mean() - m) < 3e-3 and abs(W.var() / v - 1) < 0.01

# --8<-- [start:histogram]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
labels = (  # std, text and where it stands
    (0.5, "std 0.5: hardly cut", 0.35, 0.72),
    (1, "std 1, the default", 1.02, 0.3),
    (3, "std 3", 2.08, 0.215),
)
for i, (std, label, x, y) in enumerate(labels):
    W = nn.init.trunc_normal_(torch.empty(300_000), std=std).numpy()
    axes.hist(W, bins=80, range=(-2, 2), density=True, histtype="step", color=f"C{i}")
    axes.text(x, y, label, color=f"C{i}")
axes.set(xlabel="weight", ylabel="density", xlim=(-2.6, 2.9))
axes.set_xticks(range(-2, 3), ["a = −2", "−1", "0", "1", "b = 2"])
# --8<-- [end:histogram]
assert math.sqrt(moments(std=0.5)[1]) > 0.99 * 0.5 and round(2 / 3**0.5, 2) == 1.15
assert math.isclose(math.sqrt(moments(std=1e3)[1]), 2 / 3**0.5, rel_tol=1e-3)

# --8<-- [start:absolute]
W, plain = torch.empty(2, 1000, 1000)
nn.init.trunc_normal_(W, std=0.02, generator=generator.manual_seed(0))
nn.init.normal_(plain, std=0.02, generator=generator.manual_seed(0))
print("same numbers as normal_:", torch.equal(W, plain))
print(f"a, b left out:   largest {W.abs().max() / 0.02:.1f} σ")
W = nn.init.trunc_normal_(W, std=0.02, a=-2 * 0.02, b=2 * 0.02)
print(f"a, b times 0.02: largest {W.abs().max() / 0.02:.1f} σ")
# --8<-- [end:absolute]
assert not torch.equal(W, plain) and 2 / 0.02 == 100 and W.abs().max() <= 0.04

# --8<-- [start:smaller]
std = 0.02
for cut in (1, 2, 3):
    bound = cut * std
    W = nn.init.trunc_normal_(torch.empty(1_000_000), std=std, a=-bound, b=bound)
    ratio = math.sqrt(moments(a=-cut, b=cut)[1])
    print(f"cut at {cut} σ: std {W.std():.4f}, theory {ratio:.4f} σ")
wider = std / 0.8796
W = nn.init.trunc_normal_(torch.empty(1_000_000), 0, wider, a=-2 * wider, b=2 * wider)
print(f"corrected:  std {W.std():.4f}")
# --8<-- [end:smaller]
assert round(math.sqrt(moments()[1]), 4) == 0.8796 and abs(W.std() - 0.02) < 5e-5 and round(1 - 0.8796**2, 2) == 0.23

# --8<-- [start:outliers]
W = nn.init.trunc_normal_(torch.empty(2_000_000), std=0.001)
print(f"torch 2.13:  largest {W.abs().max() / 0.001:.1f} σ")
u = torch.tensor(-1.0)  # the end of the uniform numbers that the old method drew
old = (math.sqrt(2) * 0.001 * torch.erfinv(u)).clamp(-2, 2)
print(f"old method:  {old.item()}, that is {abs(old) / 0.001:.0f} σ")
# --8<-- [end:outliers]
assert 4.5 < W.abs().max() / 0.001 < 5.77 and torch.erfinv(u) == -math.inf

# --8<-- [start:warning]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    W = nn.init.trunc_normal_(torch.empty(100_000), a=3, b=5)
print(caught[0].message)
m, v = moments(a=3, b=5)
print(f"mean {W.mean():.2f}, theory {m:.2f}")
print(f"std  {W.std():.2f}, theory {math.sqrt(v):.2f}")
# --8<-- [end:warning]
assert abs(W.mean() - m) < 0.01 and abs(W.std() / v**0.5 - 1) < 0.02

# --8<-- [start:slow]
for a, b in ((3, 5), (3, 50), (3, 500)):
    area = math.erfc(a / 2**0.5) / 2 - math.erfc(b / 2**0.5) / 2
    tries = (b - a) * math.exp(-a * a / 2) / math.sqrt(2 * math.pi) / area
    print(f"a = {a}, b = {b:3}: {tries:6.1f} candidates for each number")
# --8<-- [end:slow]
_, rejected = uniform_candidates(torch.empty(1_000_000), 0, 1, 3, 50, generator)
assert abs(1 / (1 - rejected.float().mean()) / (tries * 47 / 497) - 1) < 0.05
assert math.isclose(moments(a=3, b=5)[0], moments(a=3, b=50)[0], abs_tol=2e-3)

# --8<-- [start:errors]
for a, b in ((2, -2), (2, math.inf)):
    try:
        nn.init.trunc_normal_(torch.empty(3), a=a, b=b)
    except RuntimeError as error:
        print(f"a = {a}, b = {b}: {error}")
# --8<-- [end:errors]
assert nn.init.trunc_normal_(torch.empty(1000), a=-0.5, b=math.inf).min() >= -0.5
backwards = nn.init.trunc_normal_(torch.empty(10_000), std=-1)
assert abs(backwards.std() / 0.8796 - 1) < 0.04 and backwards.abs().max() <= 2
try:
    nn.init.trunc_normal_(torch.empty(3), std=0)
except ZeroDivisionError as error:
    refused = error
half = nn.init.trunc_normal_(torch.empty(100_000, dtype=torch.bfloat16), std=0.1, a=-0.1, b=0.1)
assert half.max() == torch.tensor(0.1, dtype=torch.bfloat16) == 0.10009765625 and refused
plt.show()

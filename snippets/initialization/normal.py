# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def box_muller(u):
    u1, u2 = u.view(-1, 2, 8).unbind(dim=1)  # blocks: 8 radii, 8 angles
    r, angle = (-2 * torch.log(1 - u1)).sqrt(), 2 * math.pi * u2
    return torch.stack((r * angle.cos(), r * angle.sin()), dim=1).flatten()


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    if not std >= 0:
        raise ValueError("std must not be negative")
    n, dtype = tensor.numel(), torch.promote_types(tensor.dtype, torch.float32)
    z = box_muller(torch.rand(n, dtype=dtype, generator=generator)[: n - n % 16])
    if n % 16:  # the last 16 numbers are drawn anew, as a block of their own
        last = box_muller(torch.rand(16, dtype=dtype, generator=generator))
        z = torch.cat((z[: max(0, n - 16)], last))[:n]
    with torch.no_grad():
        return tensor.copy_((mean + std * z).view(tensor.shape))
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
generator = torch.Generator()
for shape in ((100, 400), (7, 11, 3), (16,)):
    ours = normal_(torch.empty(shape), 1, 0.5, generator.manual_seed(0))
    library = nn.init.normal_(torch.empty(shape), 1, 0.5, generator.manual_seed(0))
    equal = torch.allclose(ours, library, rtol=0, atol=1e-6)
    print(shape, "equal to 1e-6:", equal)
# --8<-- [end:equal]
assert (ours - library).abs().max() < 1e-6

# --8<-- [start:moments]
torch.manual_seed(0)
mean, std = 0.1, 0.05
W = nn.init.normal_(torch.empty(1000, 3000), mean, std)
print(f"mean           measured {W.mean():.4f}   theory {mean:.4f}")
print(f"variance       measured {W.var():.6f} theory {std**2:.6f}")
for k in (1, 2, 3):
    share = ((W - mean).abs() < k * std).float().mean()
    theory = math.erf(k / math.sqrt(2))
    print(f"within {k} σ     measured {share:.1%}    theory {theory:.1%}")
# --8<-- [end:moments]
assert abs(W.mean() - 0.1) < 2e-4 and abs(W.var() / 0.0025 - 1) < 0.005

# --8<-- [start:histogram]
z = (W.flatten() - mean) / std
figure, axes = plt.subplots(figsize=(5.5, 2.8))
axes.hist(z.numpy(), bins=110, range=(-5.5, 5.5), density=True, color="C0", alpha=0.5)
grid = torch.linspace(-6.2, 6.2, 301)
axes.plot(grid, torch.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi), "C1")
axes.text(2.2, 0.12, "normal density", color="C1")
axes.set(xlabel="(weight − mean) / σ", xlim=(-6.2, 6.2), xticks=range(-6, 7, 2))
axes.set(ylabel="density, logarithmic", yscale="log", ylim=(1e-8, 1.5))
axes.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1], ["1e−8", "1e−6", "1e−4", "1e−2", "1"])
# --8<-- [end:histogram]
assert 4.5 < z.abs().max() < 5.5

# --8<-- [start:gpt]
for n in (256, 768, 2500):
    x = torch.randn(2000, n)
    z = x @ nn.init.normal_(torch.empty(n, n), std=0.02).T
    print(f"n = {n:4}: std {z.std():.2f}, theory {0.02 * math.sqrt(n):.2f}")
# --8<-- [end:gpt]
assert 1 / 0.02**2 == 2500 and abs(z.std() - 1) < 0.01

# --8<-- [start:mistakes]
n = 400
for call, W in {
    "normal_(W, 0, 2 / n)": nn.init.normal_(torch.empty(n, n), 0, 2 / n),
    "normal_(W, 0.02)": nn.init.normal_(torch.empty(n, n), 0.02),
    "normal_(W, 0, sqrt(2 / n))": nn.init.normal_(torch.empty(n, n), 0, math.sqrt(2 / n)),
}.items():
    print(f"{call:28} mean {W.mean().abs():.2f}   std {W.std():.3f}")
# --8<-- [end:mistakes]
assert math.isclose(math.sqrt(2 / 400), 0.0707, rel_tol=1e-3) and 2 / 400 == 0.005
assert round(math.sqrt(2 / 400) / (2 / 400)) == 14

# --8<-- [start:largest]
for n in (10**3, 10**5, 10**7):
    largest = torch.randn(n, generator=generator.manual_seed(0)).abs().max()
    inside = torch.tensor(1 - math.log(2) / n, dtype=torch.float64)
    middle = math.sqrt(2) * torch.erfinv(inside)
    print(f"{n:8} numbers: largest {largest:.1f} σ, its median {middle:.1f} σ")
for bits in (24, 53):
    print(f"{bits} bits: nothing beyond {math.sqrt(2 * bits * math.log(2)):.2f} σ")
# --8<-- [end:largest]
assert torch.finfo(torch.float32).eps == 2**-23 and torch.finfo(torch.float64).eps == 2**-52
u = torch.rand(4096, generator=generator.manual_seed(0)) * 2**24
assert torch.equal(u, u.round())  # multiples of 2 to the power of −24

# --8<-- [start:sizes]
def first(*size, **options):
    W = torch.empty(*size, **options)
    nn.init.normal_(W, generator=generator.manual_seed(0))
    return "  ".join(f"{value:5.2f}" for value in W.flatten()[:4].tolist())


print("15 numbers    ", first(15))
print("16 numbers    ", first(16))
print("17 numbers    ", first(17))
print("32 numbers    ", first(32))
print("32 in bfloat16", first(32, dtype=torch.bfloat16))
print("32 in float64 ", first(32, dtype=torch.float64))
# --8<-- [end:sizes]
assert first(16) == first(32) == first(1000) and first(15) != first(16) and first(32, dtype=torch.float64) != first(32)
assert first(17)[:5] == first(16)[:5] and first(17)[5:] != first(16)[5:]
W = nn.init.normal_(torch.empty(32), generator=generator.manual_seed(0))
half = nn.init.normal_(torch.empty(32, dtype=torch.bfloat16), generator=generator.manual_seed(0))
assert (W - half).abs().max() <= 2**-8 * W.abs().max()
W = nn.init.normal_(torch.empty(40), generator=generator.manual_seed(0))
half = nn.init.normal_(torch.empty(40, dtype=torch.bfloat16), generator=generator.manual_seed(0))
assert ((W - half).abs() > 0.05).nonzero().min() == 24
plt.show()

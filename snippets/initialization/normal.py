# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
embedding = nn.Embedding(1000, 64)
nn.init.normal_(embedding.weight, mean=0.0, std=0.02)
print(f"standard deviation {embedding.weight.std():.3f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
print("shape            equal to 1e-6")
for shape in ((100, 400), (7, 11, 3), (16,)):
    ours = normal_(torch.empty(shape), 1, 0.5, generator.manual_seed(0))
    library = nn.init.normal_(torch.empty(shape), 1, 0.5, generator.manual_seed(0))
    equal = torch.allclose(ours, library, rtol=0, atol=1e-6)
    print(f"{shape!s:15}  {equal}")
    assert equal, "it draws the library's numbers, up to rounding"
# --8<-- [end:equal]
assert nn.init.normal_.__defaults__ == (0.0, 1.0, None), "nn.init.normal_(tensor, mean=0.0, std=1.0, generator=None)"
assert nn.init.normal_(library) is library, "works in place, returns the tensor"
assert nn.init.normal_(torch.empty(20), 3, 0).eq(3).all(), "std 0 gives a constant"

# --8<-- [start:moments]
torch.manual_seed(0)
mean, std = 0.1, 0.05
W = nn.init.normal_(torch.empty(1000, 3000), mean, std)
print("quantity    measured  theory")
print(f"mean        {W.mean():8.4f}  {mean:.4f}")
print(f"variance    {W.var():8.5f}  {std**2:.5f}")
shares = []
for k in (1, 2, 3):
    share = ((W - mean).abs() < k * std).float().mean()
    theory = math.erf(k / math.sqrt(2))
    shares.append(abs(share - theory).item())
    print(f"within {k} σ  {share:8.1%}  {theory:.1%}")
# --8<-- [end:moments]
assert f"{W.mean():.4f}" == "0.1000", "measured and theory print the same mean"
assert f"{W.var():.5f}" == f"{std**2:.5f}", "measured and theory print the same variance"
assert max(shares) < 0.001, "the shares agree within 0.1 %"
assert W.numel() == 3_000_000, "three million weights"

# --8<-- [start:histogram]
z = (W.flatten() - mean) / std
figure, axes = plt.subplots(figsize=(5.5, 2.8))
bins = {"bins": 110, "range": (-5.5, 5.5), "density": True}
axes.hist(z.numpy(), **bins, color="C0", alpha=0.5)
grid = torch.linspace(-6.2, 6.2, 301)
axes.plot(grid, torch.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi), "C1")
axes.text(2.2, 0.12, "normal density", color="C1")
axes.set(xlabel="(weight − mean) / σ", xlim=(-6.2, 6.2), xticks=range(-6, 7, 2))
axes.set(ylabel="density, logarithmic", yscale="log", ylim=(1e-8, 1.5))
ticks = {1e-8: "1e−8", 1e-6: "1e−6", 1e-4: "1e−4", 1e-2: "1e−2", 1: "1"}
axes.set_yticks(list(ticks), list(ticks.values()))
# --8<-- [end:histogram]
assert f"{z.abs().max():.0f}" == "5", "three million weights reach out to about 5 σ"

# --8<-- [start:gpt]
passed = {}
print("inputs n   std  0.02 · √n")
for n in (256, 768, 2500):
    x = torch.randn(2000, n)
    z = x @ nn.init.normal_(torch.empty(n, n), std=0.02).T
    print(f"{n:<8}  {z.std():.2f}  {0.02 * math.sqrt(n):9.2f}")
    passed[n] = f"{z.std():.2f}"
# --8<-- [end:gpt]
assert math.isclose(1 / math.sqrt(2500), 0.02), "the rule 1/√n gives 0.02 for n = 2500"
assert passed[768] == "0.55", "at a width of 768 a linear layer lets through 0.55 of its input"
assert passed[2500] == "1.00", "at 2500 all of it"

# --8<-- [start:mistakes]
n, results = 400, {}
W = torch.empty(400, 400)
print("call                       mean    std")
for call, arguments in {
    "normal_(W, 0, 2 / n)": (0, 2 / n),
    "normal_(W, 0.02)": (0.02,),
    "normal_(W, 0, sqrt(2/n))": (0, math.sqrt(2 / n)),
}.items():
    nn.init.normal_(W, *arguments)
    print(f"{call:25}  {W.mean().abs():.2f}  {W.std():.3f}")
    results[call] = f"{W.mean().abs():.2f}", f"{W.std():.3f}"
# --8<-- [end:mistakes]
assert round(math.sqrt(2 / n) / (2 / n)) == 14, "with n = 400 and 2/n the weights come out 14 times too small"
assert results["normal_(W, 0, 2 / n)"] == ("0.00", "0.005"), "2/n is used as the standard deviation"
assert results["normal_(W, 0.02)"][0] == "0.02", "a single number becomes the mean"
assert results["normal_(W, 0, sqrt(2/n))"][1] == "0.071", "the square root gives the wanted standard deviation"

# --8<-- [start:largest]
print("numbers   largest  its median")
for n in (10**3, 10**5, 10**7):
    largest = torch.randn(n, generator=generator.manual_seed(0)).abs().max()
    inside = torch.tensor(1 - math.log(2) / n, dtype=torch.float64)
    middle = math.sqrt(2) * torch.erfinv(inside)
    print(f"{n:<8}  {largest:5.1f} σ  {middle:8.1f} σ")
# --8<-- [end:largest]

# --8<-- [start:hard-limit]
for bits in (24, 53):
    print(f"{bits} bits: nothing beyond {math.sqrt(2 * bits * math.log(2)):.2f} σ")
# --8<-- [end:hard-limit]
for n in (10**3, 10**5, 10**7):
    middle = math.sqrt(2) * torch.erfinv(torch.tensor(1 - math.log(2) / n, dtype=torch.float64)).item()
    below = math.erf(middle / math.sqrt(2)) ** n
    assert f"{below:.2f}" == "0.50", "with probability ½ none of n independent numbers lies beyond t"
u = torch.rand(4096, generator=generator.manual_seed(0)) * 2**24
assert torch.equal(u, u.round()), "a uniform float32 number has 24 random bits, a multiple of 2 to the power of −24"
assert not torch.equal(u / 2, (u / 2).round()), "and needs all 24 of them"
u = torch.rand(4096, dtype=torch.float64, generator=generator.manual_seed(0)) * 2**53
assert torch.equal(u, u.round()), "a float64 number has 53"
assert f"{math.sqrt(48 * math.log(2)):.2f}" == "5.77", "r is at most √(48 ln 2) = 5.77"
assert box_muller(torch.full((16,), 1 - 2**-24)).abs().max() <= 5.7682, "nothing lies beyond 5.77 σ"

# --8<-- [start:sizes]
def first(*size, **options):
    W = torch.empty(*size, **options)
    nn.init.normal_(W, generator=generator.manual_seed(0))
    return "  ".join(f"{value:5.2f}" for value in W.flatten()[:4].tolist())


print("drawn             1st    2nd    3rd    4th")
print("15 numbers     ", first(15))
print("16 numbers     ", first(16))
print("17 numbers     ", first(17))
print("32 numbers     ", first(32))
print("32 in bfloat16 ", first(32, dtype=torch.bfloat16))
print("32 in float64  ", first(32, dtype=torch.float64))
# --8<-- [end:sizes]
assert first(16) == first(32) == first(1000), "the library works in blocks of 16"
assert first(15) != first(16), "fewer than 16 numbers are drawn in another way"
assert first(17)[:5] == first(16)[:5], "at 17 the first stays"
seventeen = nn.init.normal_(torch.empty(17), generator=generator.manual_seed(0))[:16]
sixteen = nn.init.normal_(torch.empty(16), generator=generator.manual_seed(0))
assert (seventeen == sixteen).nonzero().flatten().tolist() == [0], "at 17 all but the first are different"
assert first(32, dtype=torch.float64) != first(32), "float64 has numbers of its own"
W = nn.init.normal_(torch.empty(32), generator=generator.manual_seed(0))
half = nn.init.normal_(torch.empty(32, dtype=torch.bfloat16), generator=generator.manual_seed(0))
assert torch.equal(W.bfloat16(), half), "bfloat16: the float32 numbers, rounded"
half = nn.init.normal_(torch.empty(32, dtype=torch.float16), generator=generator.manual_seed(0))
assert torch.equal(W.half(), half), "float16: the float32 numbers, rounded"
W = nn.init.normal_(torch.empty(40), generator=generator.manual_seed(0)).bfloat16()
half = nn.init.normal_(torch.empty(40, dtype=torch.bfloat16), generator=generator.manual_seed(0))
assert (half != W).nonzero().flatten().tolist() == list(range(24, 40)), "at other sizes the last 16 differ"
h, layers = torch.randn(64, 256, generator=generator.manual_seed(0)), 0
while h.isfinite().all():
    h, layers = h @ nn.init.normal_(torch.empty(256, 256)).T, layers + 1
assert math.sqrt(256) == 16, "at a width of 256 that is 16 per layer"
assert layers == 32, "and float32 ends at the 32nd layer"
plt.show()

# --8<-- [start:from-scratch]
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn


def fans(tensor):
    if tensor.dim() < 2:
        raise ValueError("a tensor with fewer than 2 dimensions has no fan_in and fan_out")
    field = math.prod(tensor.shape[2:])  # positions of the kernel: 9 for 3 × 3, 1 for a matrix
    return tensor.shape[1] * field, tensor.shape[0] * field


def xavier_normal_(tensor, gain=1.0, generator=None):
    fan_in, fan_out = fans(tensor)
    std = gain * math.sqrt(2 / (fan_in + fan_out))
    with torch.no_grad():
        return tensor.normal_(0, std, generator=generator)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape, gain in (((100, 400), 1.0), ((32, 16, 3, 3), 5 / 3), ((8, 4, 5), 0.1)):
    ours = xavier_normal_(torch.empty(shape), gain, torch.Generator().manual_seed(0))
    library = nn.init.xavier_normal_(torch.empty(shape), gain, torch.Generator().manual_seed(0))
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()

# --8<-- [start:moments]
torch.manual_seed(0)
W = nn.init.xavier_normal_(torch.empty(1000, 3000))
std = math.sqrt(2 / (3000 + 1000))
print(f"mean         measured {W.mean():8.5f}   theory {0:.5f}")
print(f"variance     measured {W.var():8.6f}   theory {std**2:.6f}")
for k in (1, 2, 3):
    share = (W.abs() < k * std).float().mean()
    print(f"within {k} σ   measured {share:8.4f}   theory {math.erf(k / math.sqrt(2)):.4f}")
# --8<-- [end:moments]
assert math.isclose(std**2, 0.0005) and abs(W.mean()) < 5e-5 and abs(W.var() / std**2 - 1) < 0.005
assert abs(share - math.erf(3 / math.sqrt(2))) < 2e-4 and 0.0026 < 1 - math.erf(3 / math.sqrt(2)) < 0.0028

# --8<-- [start:histogram]
U = nn.init.xavier_uniform_(torch.empty(1000, 3000))
edge = 3.5 * math.sqrt(3)
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for weights, colour in ((W, "C0"), (U, "C1")):
    count, edges = torch.histogram(weights / std, 56, range=(-edge, edge), density=True)
    axes.stairs(count.where(count > 0, 1e-9), edges, color=colour)
grid = torch.linspace(-5.6, 5.6, 201)
axes.plot(grid, torch.exp(-grid.square() / 2) / math.sqrt(2 * math.pi), color="C2", lw=1, alpha=0.8)
axes.text(3.2, 0.02, "xavier_normal_", color="C0", va="center")
axes.text(0, 1.1, "xavier_uniform_", color="C1", ha="center", va="center")
axes.text(5.5, 3e-6, "theory", color="C2", va="center")
axes.set(xlabel="weight / σ", ylabel="density", yscale="log", xlim=(-7, 7), ylim=(1e-7, 3))
axes.set_yticks([1e-6, 1e-4, 1e-2, 1], ["10⁻⁶", "10⁻⁴", "0.01", "1"])
axes.minorticks_off()
# --8<-- [end:histogram]
assert U.abs().max() < 1.7321 * std and 4.5 < W.abs().max() / std < 6

# --8<-- [start:largest]
print("weights    normal   median   uniform")
for n in (100, 10_000, 1_000_000):
    largest = nn.init.normal_(torch.empty(n)).abs().max()
    flat = nn.init.uniform_(torch.empty(n), -math.sqrt(3), math.sqrt(3)).abs().max()
    half = torch.tensor((1 + 0.5 ** (1 / n)) / 2, dtype=torch.float64)  # P(all n below) = ½
    print(f"{n:9}  {largest:.1f} σ    {torch.special.ndtri(half):.1f} σ    {flat:.1f} σ")
# --8<-- [end:largest]
assert abs(torch.special.ndtri(half) - 5.0) < 0.05 and abs(largest - 5) < 0.6 and 1.72 < flat < 1.74

# --8<-- [start:compromise]
x, g = torch.randn(4000, 400), torch.randn(4000, 100)
W = nn.init.xavier_normal_(torch.empty(100, 400))
forward, backward = (x @ W.T).var().item(), (g @ W).var().item()
print(f"forward {forward:.1f}   backward {backward:.1f}   average {(forward + backward) / 2:.1f}")
# --8<-- [end:compromise]
assert abs(forward - 1.6) < 0.05 and abs(backward - 0.4) < 0.02

# --8<-- [start:which]
def kurtosis(z):
    return ((z - z.mean()) / z.std()).pow(4).mean()


n = 1000
inputs = {"dense": torch.randn(n, n), "one-hot": math.sqrt(n) * torch.eye(n)}  # both of mean square 1
for name, x in inputs.items():
    for init in (nn.init.xavier_normal_, nn.init.xavier_uniform_):
        z = x @ init(torch.empty(n, n)).T
        print(f"{name:8} {init.__name__:16} variance {z.var():.2f}   kurtosis {kurtosis(z):.1f}")
# --8<-- [end:which]
assert abs(kurtosis(z) - 1.8) < 0.02 and abs(z.var() - 1) < 0.01
z = torch.randn(n, n) @ nn.init.xavier_uniform_(torch.empty(n, n)).T
assert abs(kurtosis(z) - 3) < 0.05 and abs(z.var() - 1) < 0.02

# --8<-- [start:std]
wrong = nn.init.normal_(torch.empty(256, 256), std=2 / (256 + 256))
right = nn.init.normal_(torch.empty(256, 256), std=math.sqrt(2 / (256 + 256)))
for W in (wrong, right):
    h = torch.randn(500, 256)
    for _ in range(10):
        h = h @ W.T
    print(f"std {W.std():.4f}: after 10 layers {h.std():.1g}")
# --8<-- [end:std]
assert 0.3 < h.std() < 3 and abs(2 / 512 * 256 - 1) < 1e-9 and (0.0039 * 16) ** 10 < 1.1e-12

# --8<-- [start:scatter]
for shape in ((5, 10), (100, 400)):
    stds = torch.stack([xavier_normal_(torch.empty(shape)).std() for _ in range(400)])
    N, theory = math.prod(shape), math.sqrt(2 / sum(shape))
    measured = (stds / theory).std().item()
    predicted = 1 / math.sqrt(2 * N)
    print(f"{shape}: {theory:.3f} ± {predicted:.1%} in theory, ± {measured:.1%} measured")
# --8<-- [end:scatter]
assert 1 / math.sqrt(2 * 50) == 0.1 and abs(measured * math.sqrt(2 * N) - 1) < 0.2

# --8<-- [start:keras]
kept = math.sqrt(1 - 4 * math.exp(-2) / (math.sqrt(2 * math.pi) * math.erf(math.sqrt(2))))
std = math.sqrt(2 / (300 + 500)) / kept  # wider, because cutting the tails narrows it
W = nn.init.trunc_normal_(torch.empty(500, 300), std=std, a=-2 * std, b=2 * std)
print(f"kept {kept:.4f}, std {W.std():.3f}, wanted 0.050, largest {W.abs().max():.3f}")
# --8<-- [end:keras]
assert abs(W.std() - 0.05) < 2e-4 and 0.112 < W.abs().max() <= 2 * std < 0.1137
assert abs(kept - 0.8796) < 1e-4 and abs(2 / kept - 2.27) < 5e-3

# --8<-- [start:kaiming]
torch.manual_seed(1)
W = nn.init.xavier_normal_(torch.empty(256, 256), gain=math.sqrt(2))
torch.manual_seed(1)
K = nn.init.kaiming_normal_(torch.empty(256, 256), nonlinearity="relu")
print(f"square layer, same weights up to rounding: {torch.allclose(W, K)}")
# --8<-- [end:kaiming]
assert torch.allclose(W, K)

# --8<-- [start:deprecated]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.init.xavier_normal(torch.empty(3, 5))
print(caught[0].category.__name__, caught[0].message)
# --8<-- [end:deprecated]
assert caught[0].category is FutureWarning and "xavier_normal_" in str(caught[0].message)

plt.show()

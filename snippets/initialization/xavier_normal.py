# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(400, 400)
nn.init.xavier_normal_(layer.weight)
print(f"standard deviation {layer.weight.std():.3f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math
import warnings

import matplotlib.pyplot as plt

# --8<-- [end:imports]
assert f"{layer.weight.std():.3f}" == "0.050", "from 400 to 400 the standard deviation is √(2/800) = 0.05"


# --8<-- [start:from-scratch]
def fans(tensor):
    if tensor.dim() < 2:
        raise ValueError("fewer than 2 dimensions: no fan_in, no fan_out")
    field = math.prod(tensor.shape[2:])  # kernel positions, 1 for a matrix
    return tensor.shape[1] * field, tensor.shape[0] * field


def xavier_normal_(tensor, gain=1.0, generator=None):
    fan_in, fan_out = fans(tensor)
    std = gain * math.sqrt(2 / (fan_in + fan_out))
    with torch.no_grad():
        return tensor.normal_(0, std, generator=generator)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
generator = torch.Generator()
print("shape            same numbers")
for shape, gain in (((100, 400), 1.0), ((32, 16, 3, 3), 5 / 3), ((8, 4, 5), 0.1)):
    ours = xavier_normal_(torch.empty(shape), gain, generator.manual_seed(0))
    library = torch.empty(shape)
    nn.init.xavier_normal_(library, gain, generator.manual_seed(0))
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "it draws the library's numbers, bit for bit"
# --8<-- [end:equal]
defaults = nn.init.xavier_normal_.__defaults__
assert defaults == (1.0, None), "nn.init.xavier_normal_(tensor, gain=1.0, generator=None)"
assert nn.init.xavier_normal_(library) is library, "works in place, returns the tensor"

# --8<-- [start:moments]
torch.manual_seed(0)
W = nn.init.xavier_normal_(torch.empty(1000, 3000))
std = math.sqrt(2 / (3000 + 1000))
print("quantity    measured  theory")
print(f"mean        {W.mean():8.5f}  {0:.5f}")
print(f"variance    {W.var():8.6f}  {std**2:.6f}")
for k in (1, 2, 3):
    share, theory = (W.abs() < k * std).float().mean(), math.erf(k / math.sqrt(2))
    print(f"within {k} σ  {share:8.4f}  {theory:.4f}")
# --8<-- [end:moments]
assert abs(W.mean()) < 5e-5, "the mean is 0, met within 0.00005"
assert abs(W.var() / std**2 - 1) < 0.01, "the variance is gain² · 2 / (n_in + n_out), met within 1 %"
for k in (1, 2, 3):
    share = (W.abs() < k * std).float().mean()
    assert abs(share - math.erf(k / math.sqrt(2))) < 0.001, "the shares are met within 0.001"
assert W.numel() == 3_000_000, "three million weights"

# --8<-- [start:histogram]
U = nn.init.xavier_uniform_(torch.empty(1000, 3000))
edge = 3.5 * math.sqrt(3)
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for weights, colour in ((W, "C0"), (U, "C5")):
    height, edges = torch.histogram(
        weights / std, bins=56, range=(-edge, edge), density=True
    )
    axes.stairs(height.where(height > 0, 1e-9), edges, color=colour)
grid = torch.linspace(-5.6, 5.6, 201)
bell = torch.exp(-grid.square() / 2) / math.sqrt(2 * math.pi)
axes.plot(grid, bell, color="C2", lw=1, alpha=0.8)
axes.text(3.2, 0.02, "xavier_normal_", color="C0", va="center")
axes.text(0, 1.1, "xavier_uniform_", color="C5", ha="center", va="center")
axes.text(5.5, 3e-6, "theory", color="C2", va="center")
axes.set(xlabel="weight / σ", xlim=(-7, 7))
axes.set(ylabel="density", yscale="log", ylim=(1e-7, 3))
axes.set_yticks([1e-6, 1e-4, 1e-2, 1], ["10⁻⁶", "10⁻⁴", "0.01", "1"])
axes.minorticks_off()
# --8<-- [end:histogram]
assert f"{U.abs().max() / std:.2f}" == "1.73", "xavier_uniform_ is a box that ends at 1.73 σ"
assert f"{W.abs().max() / std:.0f}" == "5", "xavier_normal_ follows the density down to about 5 σ"

# --8<-- [start:largest]
bound = math.sqrt(3)
print("weights    normal   median   uniform")
for n in (100, 10_000, 1_000_000):
    largest = nn.init.normal_(torch.empty(n)).abs().max()
    flat = nn.init.uniform_(torch.empty(n), -bound, bound).abs().max()
    share = torch.tensor(0.5 ** (1 / n), dtype=torch.float64)  # P(|W| < median)
    median = torch.special.ndtri((1 + share) / 2)
    print(f"{n:<9}  {largest:.1f} σ    {median:.1f} σ    {flat:.1f} σ")
# --8<-- [end:largest]
assert f"{math.erf(median / math.sqrt(2)) ** n:.2f}" == "0.50", "its median is the m with P(|W| < m)^N = ½"
assert f"{flat:.1f}" == f"{math.sqrt(3):.1f}" == "1.7", "the uniform one stops at √3 σ ≈ 1.7 σ"

# --8<-- [start:compromise]
x, g = torch.randn(4000, 400), torch.randn(4000, 100)
W = nn.init.xavier_normal_(torch.empty(100, 400))
forward, backward = (x @ W.T).var().item(), (g @ W).var().item()
average = (forward + backward) / 2
print(f"forward {forward:.1f}   backward {backward:.1f}   average {average:.1f}")
# --8<-- [end:compromise]
assert f"{forward:.1f}" == "1.6", "a layer multiplies the variance by n_in σ² forward"
assert f"{backward:.1f}" == "0.4", "and by n_out σ² backward"
assert f"{average:.1f}" == "1.0", "Xavier makes the average of the two 1"

# --8<-- [start:which]
def kurtosis(z):
    return ((z - z.mean()) / z.std()).pow(4).mean()


n = 1000
one_hot = math.sqrt(n) * torch.eye(n)  # of mean square 1, as the dense inputs
tails = {}
print("inputs   init              variance  kurtosis")
for name, x in {"dense": torch.randn(n, n), "one-hot": one_hot}.items():
    for init in (nn.init.xavier_normal_, nn.init.xavier_uniform_):
        z = x @ init(torch.empty(n, n)).T
        tails[name, init] = f"{kurtosis(z):.1f}"
        print(f"{name:7}  {init.__name__:16}", end="")
        print(f"  {z.var():8.2f}  {kurtosis(z):8.1f}")
        assert abs(z.var() - 1) < 0.02, "the variances agree everywhere, within 2 %"
# --8<-- [end:which]
assert tails["dense", nn.init.xavier_uniform_] == "3.0", "a sum of many is close to normal (kurtosis 3)"
assert tails["dense", nn.init.xavier_normal_] == "3.0", "with normal weights the kurtosis is 3 as well"
assert tails["one-hot", nn.init.xavier_uniform_] == "1.8", "a uniform distribution has 1.8"
assert tails["one-hot", nn.init.xavier_normal_] == "3.0", "a normal one has 3"

# --8<-- [start:std]
wrong = nn.init.normal_(torch.empty(256, 256), std=2 / (256 + 256))
right = nn.init.normal_(torch.empty(256, 256), std=math.sqrt(2 / (256 + 256)))
for W in (wrong, right):
    h = torch.randn(500, 256)
    for _ in range(10):
        h = h @ W.T
    print(f"std {W.std():.4f}: after 10 layers {h.std():.1g}")
# --8<-- [end:std]
assert math.isclose(math.sqrt(2 / 512) / (2 / 512), 16), "a 256 × 256 layer gets weights 16 times too small"
assert 0.5 < h.std() < 2, "with the root the signal keeps its size: between 0.5 and 2 after 10 layers"

# --8<-- [start:scatter]
for shape in ((5, 10), (100, 400)):
    sigma = math.sqrt(2 / sum(shape))
    drawn = [xavier_normal_(torch.empty(shape)).std() for _ in range(1000)]
    measured = torch.stack(drawn).std().item() / sigma
    predicted = 1 / math.sqrt(2 * math.prod(shape))
    print(f"{shape}: {sigma:.3f} ± {predicted:.1%} in theory", end=", ")
    print(f"± {measured:.1%} measured")
    assert abs(measured / predicted - 1) < 0.1, "1/√(2N), met within a tenth"
# --8<-- [end:scatter]
assert f"{1 / math.sqrt(2 * 50):.0%}" == "10%", "that is 10 % for a 10 → 5 layer"

# --8<-- [start:keras]
density = math.exp(-2) / math.sqrt(2 * math.pi)  # φ(2)
inside = math.erf(math.sqrt(2))  # 2Φ(2) − 1
kept = math.sqrt(1 - 4 * density / inside)
wanted = math.sqrt(2 / (300 + 500))
std = wanted / kept  # wider, because cutting the tails narrows it
W = nn.init.trunc_normal_(torch.empty(500, 300), std=std, a=-2 * std, b=2 * std)
print(f"kept {kept:.4f}, std {W.std():.3f}, wanted {wanted:.3f}", end=", ")
print(f"largest {W.abs().max() / wanted:.2f} σ")
# --8<-- [end:keras]
assert f"{kept:.4f}" == "0.8796", "the cut keeps a fraction 0.8796 of the standard deviation"
assert f"{W.std():.3f}" == f"{wanted:.3f}", "the variance is the same"
assert f"{W.abs().max() / wanted:.2f}" == f"{2 / kept:.2f}" == "2.27", "the largest weight is 2.27 σ"

# --8<-- [start:kaiming]
torch.manual_seed(1)
W = nn.init.xavier_normal_(torch.empty(256, 256), gain=math.sqrt(2))
torch.manual_seed(1)
K = nn.init.kaiming_normal_(torch.empty(256, 256), nonlinearity="relu")
print(f"square layer, same weights up to rounding: {torch.allclose(W, K)}")
# --8<-- [end:kaiming]
assert torch.allclose(W, K), "on a square layer, yes"
W = nn.init.xavier_normal_(torch.empty(100, 400), math.sqrt(2), generator.manual_seed(0))
K = nn.init.kaiming_normal_(torch.empty(100, 400), nonlinearity="relu", generator=generator.manual_seed(0))
assert not torch.allclose(W, K), "where n_in ≠ n_out it is not"

# --8<-- [start:deprecated]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.init.xavier_normal(torch.empty(3, 5))
print(caught[0].category.__name__, caught[0].message)
# --8<-- [end:deprecated]
assert caught[0].category is FutureWarning, "it still works in torch 2.13, and warns"
assert "xavier_normal_" in str(caught[0].message), "the warning names the function with the underscore"
plt.show()

# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    if not a <= b:
        raise ValueError("the lower bound a is above the upper bound b")
    u = torch.rand(tensor.shape, dtype=tensor.dtype, generator=generator)
    with torch.no_grad():
        return tensor.copy_(a + (b - a) * u)  # u is in [0, 1)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
generator = torch.Generator()
for a, b in ((0, 1), (-0.1, 0.1), (2, 5)):
    ours = uniform_(torch.empty(100, 400), a, b, generator.manual_seed(0))
    library = nn.init.uniform_(torch.empty(100, 400), a, b, generator.manual_seed(0))
    step = max(-a, b) * torch.finfo(torch.float32).eps
    print(f"U({a}, {b}): at most one step apart:", torch.allclose(ours, library, 0, step))
    assert (ours - library).abs().max() <= step and library.min() >= a and library.max() < b
# --8<-- [end:equal]

# --8<-- [start:moments]
torch.manual_seed(0)
a, b = -0.1, 0.3
W = nn.init.uniform_(torch.empty(1000, 3000), a, b)
print(f"mean      measured {W.mean():.4f}   theory {(a + b) / 2:.4f}")
print(f"variance  measured {W.var():.5f}  theory {(b - a) ** 2 / 12:.5f}")
print(f"std       measured {W.std():.4f}   theory {(b - a) / math.sqrt(12):.4f}")
# --8<-- [end:moments]
assert abs(W.mean() - 0.1) < 5e-4 and abs(W.var() / (0.4**2 / 12) - 1) < 0.005

# --8<-- [start:histogram]
mean, std = (a + b) / 2, (b - a) / math.sqrt(12)
figure, axes = plt.subplots(figsize=(5.5, 2.3))
axes.hist(W.flatten().numpy(), bins=60, density=True, color="C0", alpha=0.5)
axes.plot([mean - std, mean + std], [2.7, 2.7], "C1|-", markersize=8)
axes.text(mean, 2.8, "mean ± σ holds 58 %", color="C1", ha="center")
axes.set(xlabel="weight", ylabel="density", ylim=(0, 3.2))
marks = {"a": a, "− σ": mean - std, "mean": mean, "+ σ": mean + std, "b": b}
axes.set_xticks(list(marks.values()), list(marks))
# --8<-- [end:histogram]
assert abs(((W - mean).abs() < std).float().mean() - 1 / math.sqrt(3)) < 0.002 and round(100 / math.sqrt(3)) == 58
assert round(100 * math.erf(1 / math.sqrt(2))) == 68

# --8<-- [start:bound]
sigma = 0.02
bound = math.sqrt(3) * sigma
W = nn.init.uniform_(torch.empty(1000, 1000), -bound, bound)
print(f"bound √3 σ: std {W.std():.4f}")
W = nn.init.uniform_(torch.empty(1000, 1000), -sigma, sigma)
print(f"bound σ:    std {W.std():.4f}")
# --8<-- [end:bound]
assert abs(W.std() / 0.02 - 0.577) < 0.002 and round(1 / math.sqrt(3), 2) == 0.58

# --8<-- [start:layers]
n, depth = 256, 15
x = torch.randn(500, n, dtype=torch.float64)  # squares reach 1e62
bounds = {
    "U(0, 1), the default": (0, 1),
    "U(−1, 1)": (-1, 1),
    "U(−√(3/n), √(3/n))": (-((3 / n) ** 0.5), (3 / n) ** 0.5),
    "U(−√(1/n), √(1/n))": (-((1 / n) ** 0.5), (1 / n) ** 0.5),
}
figure, axes = plt.subplots()
outputs = {}
colours = ("C1", "C3", "C2", "C0")
for colour, (label, (a, b)) in zip(colours, bounds.items(), strict=True):
    outputs[label] = hs = [x]
    for _ in range(depth):
        hs.append(hs[-1] @ nn.init.uniform_(x.new_empty(n, n), a, b).T)
    rms = [h.square().mean().sqrt().item() for h in hs]
    axes.plot(rms, colour)
    axes.text(depth + 0.3, rms[-1], label, color=colour, va="center")
axes.set(xlabel="layer", ylabel="root mean square", yscale="log")
axes.set(xlim=(0, 22.5), xticks=range(0, 16, 5))
axes.set_yticks([1, 1e10, 1e20, 1e30], ["1", "1e10", "1e20", "1e30"])
# --8<-- [end:layers]
size = {label: [h.square().mean().sqrt().item() for h in hs] for label, hs in outputs.items()}
factor = {label: (s[-1] / s[1]) ** (1 / (depth - 1)) for label, s in size.items()}
for measured, theory in zip(factor.values(), (128, math.sqrt(256 / 3), 1, 1 / math.sqrt(3)), strict=True):
    assert abs(measured / theory - 1) < 0.03
assert abs(size["U(0, 1), the default"][1] - 9.2) < 0.3 and round(math.sqrt(256 / 3), 1) == 9.2

# --8<-- [start:positive]
for label in ("U(0, 1), the default", "U(−√(3/n), √(3/n))"):
    h = outputs[label][-1]  # 500 inputs × 256 units
    spread = h.std(dim=1) / h.square().mean(dim=1).sqrt()
    print(f"{label:21} units differ by {spread.median():.2f}")
# --8<-- [end:positive]
h = outputs["U(0, 1), the default"][-1]
assert abs((h.std(dim=1) / h.square().mean(dim=1).sqrt()).median() - 1 / math.sqrt(3 * n)) < 0.005
assert round(1 / math.sqrt(3 * n), 2) == 0.04

# --8<-- [start:ends]
W = nn.init.uniform_(torch.empty(1_000_000, dtype=torch.bfloat16), 2, 5)
print(f"{W.dtype}: smallest {W.min()}, largest {W.max():.3f}")
# --8<-- [end:ends]
assert W.min() == 2 and W.max() < 5

# --8<-- [start:errors]
integers = torch.empty(3, dtype=torch.int64)
for tensor, a, b in ((torch.empty(3), 1, -1), (integers, 0, 1)):
    try:
        nn.init.uniform_(tensor, a, b)
    except (RuntimeError, NotImplementedError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:errors]
layer = nn.Linear(400, 100)
assert layer.weight.abs().max() <= 1 / 20 and abs(layer.weight.var() * 3 * 400 - 1) < 0.05
try:
    nn.init.kaiming_uniform_(torch.empty(3, 4), -0.1, 0.1)
except AttributeError as error:
    refused = str(error)
assert "no attribute 'lower'" in refused
plt.show()

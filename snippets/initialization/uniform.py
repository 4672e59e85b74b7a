# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(500, 500)
nn.init.uniform_(layer.weight, -0.1, 0.1)
print(f"standard deviation {layer.weight.std():.3f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def uniform_(tensor, a=0.0, b=1.0, generator=None):
    if not a <= b:
        raise ValueError("the lower bound a is above the upper bound b")
    u = torch.rand(tensor.shape, dtype=tensor.dtype, generator=generator)
    with torch.no_grad():
        return tensor.copy_(a + (b - a) * u)  # u is in [0, 1)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
generator = torch.Generator()
print("bounds        at most one step apart")
for a, b in ((0, 1), (-0.1, 0.1), (2, 5)):
    shape = (100, 400)
    ours = uniform_(torch.empty(shape), a, b, generator.manual_seed(0))
    library = nn.init.uniform_(torch.empty(shape), a, b, generator.manual_seed(0))
    step = max(-a, b) * torch.finfo(torch.float32).eps
    equal = torch.allclose(ours, library, rtol=0, atol=step)
    print(f"{f'U({a}, {b})':12}  {equal}")
    assert equal, "it draws the library's numbers, the last bit may differ"
    assert a <= library.min(), "a: the lowest value"
    assert library.max() < b, "b: an upper bound, never reached"
# --8<-- [end:equal]
assert nn.init.uniform_.__defaults__ == (0.0, 1.0, None), "nn.init.uniform_(tensor, a=0.0, b=1.0, generator=None)"
assert nn.init.uniform_(library, 0, 1) is library, "works in place, returns the tensor"

# --8<-- [start:moments]
torch.manual_seed(0)
a, b = -0.1, 0.3
W = nn.init.uniform_(torch.empty(1000, 3000), a, b)
print("quantity  measured  theory")
print(f"mean      {W.mean():8.3f}  {(a + b) / 2:.3f}")
print(f"variance  {W.var():8.4f}  {(b - a) ** 2 / 12:.4f}")
print(f"std       {W.std():8.3f}  {(b - a) / math.sqrt(12):.3f}")
# --8<-- [end:moments]
assert f"{W.mean():.3f}" == f"{(a + b) / 2:.3f}", "measured and theory print the same mean"
assert f"{W.var():.4f}" == f"{(b - a) ** 2 / 12:.4f}", "measured and theory print the same variance"
assert f"{W.std():.3f}" == f"{(b - a) / math.sqrt(12):.3f}", "measured and theory print the same std"
assert W.numel() == 3_000_000, "three million weights"

# --8<-- [start:histogram]
mean, std = (a + b) / 2, (b - a) / math.sqrt(12)
inside = ((W - mean).abs() < std).float().mean()
figure, axes = plt.subplots(figsize=(5.5, 2.3))
axes.hist(W.flatten().numpy(), bins=60, density=True, color="C0", alpha=0.5)
axes.plot([mean - std, mean + std], [2.7, 2.7], "C1|-", markersize=8)
axes.text(mean, 2.8, f"mean ± σ holds {inside:.0%}", color="C1", ha="center")
axes.set(xlabel="weight", ylabel="density", ylim=(0, 3.2))
marks = {"a": a, "− σ": mean - std, "mean": mean, "+ σ": mean + std, "b": b}
axes.set_xticks(list(marks.values()), list(marks))
# --8<-- [end:histogram]
assert f"{inside:.0%}" == f"{1 / math.sqrt(3):.0%}" == "58%", "the mean ± σ holds 1/√3, 58 %"
assert f"{math.erf(1 / math.sqrt(2)):.0%}" == "68%", "in a normal distribution it would be 68 %"

# --8<-- [start:bound]
sigma = 0.02
bound = math.sqrt(3) * sigma
W = nn.init.uniform_(torch.empty(1000, 1000), -bound, bound)
print(f"bound √3 σ: std {W.std():.4f}")
W = nn.init.uniform_(torch.empty(1000, 1000), -sigma, sigma)
print(f"bound σ:    std {W.std():.4f}")
# --8<-- [end:bound]
assert f"{W.std() / sigma:.2f}" == "0.58", "with the bounds ±σ you get only 0.58 σ"

# --8<-- [start:layers]
n, depth = 256, 15
x = torch.randn(500, n, dtype=torch.float64)  # squares reach 1e62
bounds = {
    "U(0, 1), the default": (0, 1),
    "U(−1, 1)": (-1, 1),
    "U(−√(3/n), √(3/n))": (-math.sqrt(3 / n), math.sqrt(3 / n)),
    "U(−√(1/n), √(1/n))": (-math.sqrt(1 / n), math.sqrt(1 / n)),
}
sizes, outputs = {}, {}
for label, (a, b) in bounds.items():
    h, sizes[label] = x, [1.0]
    for _ in range(depth):
        h = h @ nn.init.uniform_(x.new_empty(n, n), a, b).T
        sizes[label].append(h.square().mean().sqrt().item())
    outputs[label] = h
# --8<-- [end:layers]

# --8<-- [start:curves]
figure, axes = plt.subplots()
colours = dict(zip(sizes, ("C1", "C3", "C0", "C5"), strict=True))
for label, rms in sizes.items():
    axes.plot(rms, colours[label])
    axes.text(depth + 0.3, rms[-1], label, color=colours[label], va="center")
axes.set(xlabel="layer", ylabel="root mean square", yscale="log")
axes.set(xlim=(0, 22.5), xticks=range(0, 16, 5))
axes.set_yticks([1, 1e10, 1e20, 1e30], ["1", "1e10", "1e20", "1e30"])
# --8<-- [end:curves]

# --8<-- [start:factors]
theory = n / 2, math.sqrt(n / 3), 1, math.sqrt(1 / 3)
predicted = dict(zip(bounds, theory, strict=True)) | {"first": math.sqrt(n / 3)}
measured = {"first": sizes["U(0, 1), the default"][1]}
for label, rms in sizes.items():
    measured[label] = (rms[-1] / rms[2]) ** (1 / (depth - 2))  # layers 3 to 15
print("weights               measured  theory")
for label, factor in measured.items():
    print(f"{label:20}  {factor:8.2f}  {predicted[label]:6.2f}")
# --8<-- [end:factors]
for label, factor in measured.items():
    assert abs(factor / predicted[label] - 1) < 0.05, "the measured factors are within 5 % of the predicted ones"
assert n / 2 == 128, "U(0, 1): 128, so the factor is n · ½"
assert f"{math.sqrt(n / 3):.1f}" == "9.2", "√(n / 3) = 9.2"
assert f"{math.sqrt(1 / 3):.2f}" == "0.58", "U(−√(1/n), √(1/n)): 0.58"
layer = nn.Linear(400, 100)
assert layer.weight.abs().max() <= 1 / math.sqrt(400), "this is the default of nn.Linear: no weight beyond √(1/n)"
assert layer.weight.abs().max() > 0.999 / math.sqrt(400), "its bounds are ±√(1/n), and not less"

# --8<-- [start:positive]
for label in ("U(0, 1), the default", "U(−√(3/n), √(3/n))"):
    h = outputs[label]  # 500 inputs × 256 units
    spread = h.std(dim=1) / h.square().mean(dim=1).sqrt()
    print(f"{label:21} units differ by {spread.median():.2f}")
# --8<-- [end:positive]
h = outputs["U(0, 1), the default"]
spread = (h.std(dim=1) / h.square().mean(dim=1).sqrt()).median()
assert f"{spread:.2f}" == f"{1 / math.sqrt(3 * n):.2f}" == "0.04", "their spread, relative to their size, is 0.04"
assert nn.init.uniform_(torch.empty(1000, 1000)).min() >= 0, "with the default bounds no weight is negative"

# --8<-- [start:ends]
W = nn.init.uniform_(torch.empty(1_000_000, dtype=torch.bfloat16), 2, 5)
print(f"{W.dtype}: smallest {W.min()}, largest {W.max():.3f}")
# --8<-- [end:ends]
assert W.min() == 2, "a can appear"
assert W.max() < 5, "b cannot, even in bfloat16"
rounded = torch.rand(1_000_000) * 3 + 2
assert rounded.to(torch.bfloat16).max() == 5, "whose coarse steps would round some values up to b"

# --8<-- [start:errors]
integers = torch.empty(3, dtype=torch.int64)
for tensor, a, b in ((torch.empty(3), 1, -1), (integers, 0, 1)):
    try:
        nn.init.uniform_(tensor, a, b)
    except (RuntimeError, NotImplementedError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:errors]
try:
    nn.init.kaiming_uniform_(torch.empty(3, 4), -0.1, 0.1)
    refused = "nothing"
except AttributeError as error:
    refused = str(error)
assert refused == "'float' object has no attribute 'lower'", "kaiming_uniform_(W, -0.1, 0.1) fails with this message"
plt.show()

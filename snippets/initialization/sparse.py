# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(100, 20)
nn.init.sparse_(layer.weight.T, sparsity=0.9, std=0.1)
print("inputs of each unit:", (layer.weight != 0).sum(dim=1).unique().tolist())
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def sparse_(tensor, sparsity, std=0.01, generator=None):
    if tensor.dim() != 2:
        raise ValueError("not a matrix: no columns")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with torch.no_grad():
        tensor.normal_(0, std, generator=generator)
        for j in range(columns):
            chosen = torch.randperm(rows)[:zeros]  # not from the generator
            tensor[chosen, j] = 0
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
print("shape            same numbers")
for shape, sparsity in (((20, 10), 0.9), ((7, 30), 0.5), ((100, 100), 0.05)):
    torch.manual_seed(0)
    ours = sparse_(torch.empty(shape), sparsity)
    torch.manual_seed(0)
    library = nn.init.sparse_(torch.empty(shape), sparsity)
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "it draws the library's numbers, bit for bit"
# --8<-- [end:equal]
defaults = nn.init.sparse_.__defaults__
assert defaults == (0.01, None), "nn.init.sparse_(tensor, sparsity, std=0.01, generator=None)"
assert nn.init.sparse_(library, 0.5) is library, "works in place, returns the tensor"

# --8<-- [start:matrix]
torch.manual_seed(0)
W = nn.init.sparse_(torch.empty(10, 20), sparsity=0.7)
figure, axes = plt.subplots(figsize=(5.5, 2.9))
axes.spy(W == 0, marker="o", markersize=3, color="C5", alpha=0.5)
axes.spy(W > 0, marker="s", markersize=9, color="C0")
axes.spy(W < 0, marker="s", markersize=9, color="C1")
axes.set(xlabel="input (column)", xticks=range(0, 20, 5))
axes.set(ylabel="output (row)", yticks=range(0, 10, 5))
axes.grid(False)
# --8<-- [end:matrix]

# --8<-- [start:counts]
print("zeros per column:", (W == 0).sum(dim=0).tolist())
print("zeros per row:   ", (W == 0).sum(dim=1).tolist())
# --8<-- [end:counts]
assert ((W != 0).sum(dim=0) == 3).all(), "each column has three non-zero entries"
assert (W != 0).sum(dim=1).aminmax() == (4, 8), "rows have between four and eight"

# --8<-- [start:moments]
W = nn.init.sparse_(torch.empty(1000, 500), sparsity=0.9, std=0.05)
print("quantity         measured  theory")
print(f"share of zeros   {(W == 0).float().mean():8.4f}  {0.9:.4f}")
print(f"mean             {W.mean().abs():8.4f}  {0:.4f}")
print(f"std, non-zeros   {W[W != 0].std():8.4f}  {0.05:.4f}")
print(f"std, all         {W.std():8.4f}  {0.05 * math.sqrt(1 - 0.9):.4f}")
# --8<-- [end:moments]
assert (W == 0).float().mean() == 0.9, "an entry is non-zero with probability 1 − s"
assert abs(W.mean()) < 1e-4, "the mean is 0, met within 0.0001"
assert abs(W[W != 0].std() / 0.05 - 1) < 0.01, "the non-zeros have the standard deviation std, met within 1 %"
assert abs(W.std() / (0.05 * math.sqrt(0.1)) - 1) < 0.01, "all have the variance (1 − s) std², met within 1 %"
assert "N(0, 0.01)" in " ".join(nn.init.sparse_.__doc__.replace("\\mathcal", "").replace("{N}", "N").split()), "doc"
default = nn.init.sparse_(torch.empty(1000, 500), sparsity=0.0)
assert f"{default.std():.2f}" == "0.01", "the 0.01 is the standard deviation"
assert f"{default.var():.4f}" == "0.0001", "the variance is 0.0001"

# --8<-- [start:scale]
x = torch.randn(1000, 784)
sizes = []
print("std    size of the outputs")
for std in (0.01, 1 / math.sqrt(784 * (1 - 0.9)), 1 / math.sqrt(784)):
    W = nn.init.sparse_(torch.empty(500, 784), sparsity=0.9, std=std)
    z = x @ W.T
    sizes.append(f"{z.square().mean().sqrt():.2f}")
    print(f"{std:.3f}  {sizes[-1]}")
# --8<-- [end:scale]
assert sizes[0] == "0.09", "the default 0.01 is far too small"
assert sizes[1] == "1.00", "a layer keeps the size of its input"
assert sizes[2] == f"{math.sqrt(0.1):.2f}" == "0.32", "a dense rule loses the factor √0.1 ≈ 0.32"

# --8<-- [start:direction]
layer = nn.Linear(784, 100)  # 15 of 784 inputs for each unit, as in the paper
sparsity = 1 - 15 / 784
counts = {}
print("filled    inputs per unit  units per input")
for name, W in (("weight", layer.weight), ("weight.T", layer.weight.T)):
    nn.init.sparse_(W, sparsity, std=1.0)
    inputs = (layer.weight != 0).sum(dim=1)
    units = (layer.weight != 0).sum(dim=0)
    print(f"{name:8}  {inputs.min():3} to {inputs.max():<8}", end="")
    print(f"  {units.min():3} to {units.max()}")
    counts[name] = inputs, units
# --8<-- [end:direction]
inputs, units = counts["weight"]
assert units.min() == units.max(), "the function fixes how many units each input reaches"
assert inputs.min() < inputs.max(), "but not how many inputs a unit has"
inputs, units = counts["weight.T"]
assert inputs.min() == inputs.max() == 15, "each unit has a fixed number of inputs, 15"
assert layer.weight.is_leaf, "it is a view, so the weight itself is filled"
assert f"{0.99**100:.2f}" == "0.37", "a unit has none with probability 0.99^100 ≈ 0.37"
W = nn.init.sparse_(torch.empty(1000, 100), 0.99)
share = (W == 0).all(dim=1).float().mean()
assert abs(share - 0.99**100) < 0.05, "in a layer from 100 to 1000 with sparsity 0.99, a run meets it within 0.05"

# --8<-- [start:ceil]
zeros = []
print("sparsity  rows  product  zeros")
for rows, sparsity in ((10, 0.85), (4, 0.9), (100, 0.07), (10, -0.1)):
    W = nn.init.sparse_(torch.empty(rows, 3), sparsity)
    zeros.append(int((W[:, 0] == 0).sum()))
    print(f"{sparsity:<8}  {rows:4}  {sparsity * rows}  {zeros[-1]}")
# --8<-- [end:ceil]
assert zeros[0] == 9, "the number is rounded up"
assert zeros[1] == 4, "90 % of 4 rows are all 4"
assert zeros[2] == 8, "binary fractions add one now and then, as in the third line"
assert zeros[3] == 9, "a negative one slices from the other end"
assert not nn.init.sparse_(torch.empty(10, 3), 1.2).any(), "one above 1 gives zeros only"

# --8<-- [start:generator]
generator = torch.Generator()
first = nn.init.sparse_(torch.empty(6, 4), 0.5, generator=generator.manual_seed(0))
second = nn.init.sparse_(torch.empty(6, 4), 0.5, generator=generator.manual_seed(0))
print("generator alone:", torch.equal(first, second))
for W in (first, second):
    torch.manual_seed(1)
    nn.init.sparse_(W, 0.5, generator=generator.manual_seed(0))
print("both seeds:     ", torch.equal(first, second))
# --8<-- [end:generator]
assert torch.equal(first, second), "seed both"
torch.manual_seed(0)
first = nn.init.sparse_(torch.empty(6, 4), 0.5)
torch.manual_seed(0)
assert torch.equal(first, nn.init.sparse_(torch.empty(6, 4), 0.5)), "or use `torch.manual_seed` alone"
first = nn.init.sparse_(torch.empty(60, 40), 0.0, generator=generator.manual_seed(0))
second = nn.init.sparse_(torch.empty(60, 40), 0.5, generator=generator.manual_seed(0))
assert torch.equal(first[second != 0], second[second != 0]), "generator draws the values"

# --8<-- [start:training]
torch.manual_seed(0)
layer = nn.Linear(20, 20, bias=False)
nn.init.sparse_(layer.weight, 0.9, std=0.1)
mask = layer.weight != 0
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
x, y = torch.randn(50, 20), torch.randn(50, 20)
nn.functional.mse_loss(layer(x), y).backward()
optimizer.step()
filled = (layer.weight == 0).float().mean()
print(f"zeros after one step:     {filled:.0%}")
with torch.no_grad():
    layer.weight.mul_(mask)  # once per step
print(f"after the mask:           {(layer.weight == 0).float().mean():.0%}")
# --8<-- [end:training]
assert filled == 0, "the first step fills the matrix"
assert torch.equal(layer.weight != 0, mask), "to keep a pattern, multiply by the mask after each step"
assert (~mask).float().mean() == 0.9, "then 90 % are zeros again"

# --8<-- [start:storage]
W = nn.init.sparse_(torch.empty(1000, 1000), sparsity=0.99)
print(f"{W.layout}, {W.nbytes:,} bytes")
print(f"{(W != 0).sum():,} of {W.numel():,} numbers are not zero")
# --8<-- [end:storage]
assert W.layout == torch.strided, "the tensor stays dense"
assert W.nbytes == torch.ones(1000, 1000).nbytes, "zeros take as much memory as other numbers"

# --8<-- [start:dimensions]
kernel = nn.Conv2d(3, 8, 3).weight
try:
    nn.init.sparse_(kernel, 0.5)
except ValueError as error:
    print(error)
nn.init.sparse_(kernel.flatten(1), 0.5)  # a view: fills kernel itself
print(f"zeros: {(kernel == 0).float().mean():.0%}")
# --8<-- [end:dimensions]
assert (kernel == 0).sum() == kernel.numel() / 2, "flatten it; for a contiguous weight that is a view"
nn.init.sparse_(kernel.flatten(1).T, 0.5)
assert len((kernel.flatten(1) == 0).sum(dim=1).unique()) == 1, "use .T on it to fix the inputs per output channel"
plt.show()

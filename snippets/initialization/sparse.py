# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def sparse_(tensor, sparsity, std=0.01, generator=None):
    if tensor.dim() != 2:
        raise ValueError("not a matrix: no columns")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with torch.no_grad():
        tensor.normal_(0, std, generator=generator)
        for j in range(columns):
            chosen = torch.randperm(rows)[:zeros]  # as in torch 2.13: not from the generator
            tensor[chosen, j] = 0
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape, sparsity in (((20, 10), 0.9), ((7, 30), 0.5), ((100, 100), 0.05)):
    torch.manual_seed(0)
    ours = sparse_(torch.empty(shape), sparsity)
    torch.manual_seed(0)
    library = nn.init.sparse_(torch.empty(shape), sparsity)
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()

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
print("zeros per column:", (W == 0).sum(dim=0).tolist())
print("zeros per row:   ", (W == 0).sum(dim=1).tolist())
# --8<-- [end:matrix]
assert ((W == 0).sum(dim=0) == 7).all() and (W != 0).sum(dim=1).aminmax() == (4, 8)

# --8<-- [start:moments]
W = nn.init.sparse_(torch.empty(1000, 500), sparsity=0.9, std=0.05)
print(f"zeros            {(W == 0).float().mean():.4f}")
print(f"mean             {W.mean():.4f}")
print(f"std, non-zeros   {W[W != 0].std():.4f}   theory {0.05:.4f}")
print(f"std, all         {W.std():.4f}   theory {0.05 * math.sqrt(1 - 0.9):.4f}")
# --8<-- [end:moments]
assert (W == 0).float().mean() == 0.9 and abs(W.mean()) < 1e-4
assert abs(W[W != 0].std() / 0.05 - 1) < 0.01 and abs(W.std() / (0.05 * math.sqrt(0.1)) - 1) < 0.01

# --8<-- [start:scale]
x = torch.randn(1000, 784)
for std in (0.01, 1 / math.sqrt(784 * (1 - 0.9)), 1 / math.sqrt(784)):
    z = x @ nn.init.sparse_(torch.empty(500, 784), sparsity=0.9, std=std).T
    print(f"std {std:.3f}: root mean square of the outputs {z.square().mean().sqrt():.2f}")
# --8<-- [end:scale]
assert abs(z.square().mean().sqrt() - math.sqrt(0.1)) < 0.02 and 0.31 < math.sqrt(0.1) < 0.32

# --8<-- [start:direction]
layer = nn.Linear(784, 100)  # 15 of 784 inputs for each unit, as in the paper
sparsity = 1 - 15 / 784
for name, W in (("weight", layer.weight), ("weight.T", layer.weight.T)):
    nn.init.sparse_(W, sparsity, std=1.0)
    inputs = (layer.weight != 0).sum(dim=1)
    units = (layer.weight != 0).sum(dim=0)
    print(f"{name:8}  inputs per unit: {inputs.min()} to {inputs.max()}", end="   ")
    print(f"units per input: {units.min()} to {units.max()}")
# --8<-- [end:direction]
W = nn.init.sparse_(torch.empty(1000, 100), 0.99)
assert 0.36 < 0.99**100 < 0.37 and 0.3 < (W == 0).all(dim=1).float().mean() < 0.45
assert layer.weight.is_leaf and layer.weight.requires_grad and inputs.min() == 15

# --8<-- [start:ceil]
for rows, sparsity in ((10, 0.85), (4, 0.9), (100, 0.07), (10, -0.1)):
    W = nn.init.sparse_(torch.empty(rows, 3), sparsity)
    print(f"{sparsity:5} of {rows:3} rows = {sparsity * rows}: {(W[:, 0] == 0).sum()} zeros")
# --8<-- [end:ceil]
assert (W == 0).sum() == 3 * 9 and not nn.init.sparse_(torch.empty(10, 3), 1.2).any()

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
assert torch.equal(first, second)

# --8<-- [start:training]
torch.manual_seed(0)
layer = nn.Linear(20, 20, bias=False)
nn.init.sparse_(layer.weight, 0.9, std=0.1)
mask = layer.weight != 0
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
(layer(torch.randn(50, 20)) - torch.randn(50, 20)).square().mean().backward()
optimizer.step()
print(f"zeros after one step:     {(layer.weight == 0).float().mean():.0%}")
with torch.no_grad():
    layer.weight.mul_(mask)  # once per step
print(f"after the mask:           {(layer.weight == 0).float().mean():.0%}")
# --8<-- [end:training]
assert (layer.weight == 0).sum() == 360 and mask.sum() == 40

# --8<-- [start:storage]
W = nn.init.sparse_(torch.empty(1000, 1000), sparsity=0.99)
print(f"{W.layout}, {W.nbytes:,} bytes, {(W != 0).sum():,} of {W.numel():,} numbers not zero")
# --8<-- [end:storage]
assert W.nbytes == 4_000_000

# --8<-- [start:dimensions]
kernel = nn.Conv2d(3, 8, 3).weight
try:
    nn.init.sparse_(kernel, 0.5)
except ValueError as error:
    print(error)
nn.init.sparse_(kernel.flatten(1), 0.5)  # a view: fills kernel itself
print(f"zeros: {(kernel == 0).float().mean():.0%}")
# --8<-- [end:dimensions]
assert (kernel == 0).sum() == kernel.numel() / 2 and kernel.is_leaf
plt.show()

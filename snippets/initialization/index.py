# --8<-- [start:names]
import inspect

import matplotlib.pyplot as plt
import torch
from torch import nn

members = inspect.getmembers(nn.init, inspect.isfunction)
functions = {name: call for name, call in members
             if name.endswith("_") and not name.startswith("_")}
print(f"torch {torch.__version__.split('+')[0]} has {len(functions)} functions:")
print(" ", *list(functions)[:7])
print(" ", *list(functions)[7:])
# --8<-- [end:names]
assert len(functions) == 14, "all 14 functions of torch.nn.init are in the table"

# --8<-- [start:moments]
arguments = {"constant_": {"val": 0.3}, "sparse_": {"sparsity": 0.9}}
arguments["normal_"] = {"std": 0.05}
arguments["trunc_normal_"] = {"std": 0.05, "a": -0.1, "b": 0.1}
arguments["uniform_"] = {"a": -0.1, "b": 0.1}
weights = {}
print("function           mean    std     largest")
for name, call in functions.items():
    torch.manual_seed(0)
    shape = (256, 512, 3) if name == "dirac_" else (256, 512)  # outputs, inputs
    weights[name] = w = call(torch.empty(shape), **arguments.get(name, {}))
    print(f"{name:18} {w.mean():5.2f}  {w.std():6.3f}  {w.abs().max():7.2f}")
# --8<-- [end:moments]
n_in, n_out = 512, 256
assert weights["normal_"].shape == (n_out, n_in), "a weight with 512 inputs and 256 outputs"
std = {name: w.std().item() for name, w in weights.items()}
for name in ("xavier_uniform_", "xavier_normal_"):
    assert abs(std[name] / (2 / (n_in + n_out)) ** 0.5 - 1) < 0.02, "xavier: √(2 / (fan_in + fan_out))"
for name in ("kaiming_uniform_", "kaiming_normal_"):
    wanted = {"kaiming_uniform_": 2 / n_in, "kaiming_normal_": 2 / n_in}[name] ** 0.5
    assert abs(std[name] / wanted - 1) < 0.02, "kaiming: √(2 / fan_in)"
assert abs(std["orthogonal_"] / (1 / n_in) ** 0.5 - 1) < 0.02, "orthogonal: 1 / √(the larger side)"
for name in ("constant_", "zeros_", "ones_"):
    assert len(weights[name].unique()) == 1, "a constant has no spread: 0"
assert weights["eye_"].sum() == 256, "eye_: a one in each row"
assert weights["dirac_"].sum() == 256, "dirac_: a one in each output channel"
assert (weights["sparse_"] == 0).float().mean() > 0.89, "sparse_: nine of ten are 0"
product = weights["orthogonal_"] @ weights["orthogonal_"].T
assert torch.allclose(product, torch.eye(256), atol=1e-5), "orthogonal_: W Wᵀ is the identity"


# --8<-- [start:sparks]
def spark(name, w):
    """The weights' histogram; of a matrix that is nearly all zeros, its corner."""
    axes = plt.figure(name, figsize=(1.0, 0.45)).subplots()
    axes.set_axis_off()
    if name in ("eye_", "dirac_", "sparse_"):
        corner = w[:12, :28, 1] if w.dim() == 3 else w[:12, :28]
        rows, columns = corner.nonzero().T
        axes.plot(columns, -rows, "C0s", markersize=2.2)
        axes.set(xlim=(-1, 28), ylim=(-12, 1))
    else:
        end = 1.05 if name == "ones_" else 0.35
        axes.hist(w.flatten(), bins=41, range=(-0.35, end), color="C0", ec="C0")


for name, w in weights.items():
    spark(name, w)
# --8<-- [end:sparks]
assert len(weights) == 14, "one picture for each function"
plt.show()

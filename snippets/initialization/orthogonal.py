# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.RNN(32, 64)
nn.init.orthogonal_(rnn.weight_hh_l0)
stretch = torch.linalg.svdvals(rnn.weight_hh_l0)
print(f"stretches by {stretch.min():.2f} to {stretch.max():.2f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def orthogonal_(tensor, gain=1, generator=None):
    if tensor.dim() < 2:
        raise ValueError("fewer than 2 dimensions: no matrix")
    Q = tensor.detach().flatten(1).clone().normal_(0, 1, generator=generator)
    wide = Q.shape[0] < Q.shape[1]
    Q = Q.T if wide else Q  # a view with at least as many rows as columns
    for j in range(Q.shape[1]):  # Gram–Schmidt
        for _ in range(2):  # the second pass removes what rounding has left
            Q[:, j] -= Q[:, :j] @ (Q[:, :j].T @ Q[:, j])
        Q[:, j] /= Q[:, j].norm()
    with torch.no_grad():
        return tensor.copy_(gain * (Q.T if wide else Q).reshape(tensor.shape))
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
generator = torch.Generator()
print("shape            equal up to rounding")
for shape, gain in (((100, 100), 1), ((400, 100), 0.5), ((32, 16, 3, 3), 2**0.5)):
    ours = orthogonal_(torch.empty(shape), gain, generator.manual_seed(0))
    library = torch.empty(shape)
    nn.init.orthogonal_(library, gain, generator.manual_seed(0))
    equal = torch.allclose(ours, library, rtol=0, atol=1e-5)
    print(f"{shape!s:15}  {equal}")
    assert equal, "Gram–Schmidt finds the library's matrix, up to rounding"
# --8<-- [end:equal]
assert nn.init.orthogonal_.__defaults__ == (1, None), "nn.init.orthogonal_(tensor, gain=1, generator=None)"
assert nn.init.orthogonal_(library) is library, "works in place, returns the tensor"

# --8<-- [start:identity]
def error(A):
    return (A - torch.eye(len(A))).abs().max().item()


torch.manual_seed(0)
checks = {}
print("shape         W Wᵀ = I  Wᵀ W = I")
for shape in ((4, 4), (3, 5), (5, 3), (8, 3, 3, 3)):
    W = nn.init.orthogonal_(torch.empty(shape)).flatten(1)
    rows, columns = error(W @ W.T) < 1e-5, error(W.T @ W) < 1e-5
    print(f"{shape!s:12}  {rows!s:8}  {columns}")
    checks[W.shape] = rows, columns
# --8<-- [end:identity]
for (n_rows, n_columns), (rows, columns) in checks.items():
    assert rows == (n_rows <= n_columns), "W Wᵀ = I if there are at most as many rows as columns"
    assert columns == (n_rows >= n_columns), "both can be the identity only if the matrix is square"
W = nn.init.orthogonal_(torch.empty(50, 80), gain=3)
assert torch.allclose(torch.linalg.svdvals(W), torch.tensor(3.0), rtol=1e-5), "the singular values all equal gain"

# --8<-- [start:moments]
measured = {}
print("out, in     ratio  forward  backward")
for n_out, n_in in ((300, 300), (100, 300), (300, 100)):
    W = nn.init.orthogonal_(torch.empty(n_out, n_in))
    x, g = torch.randn(2000, n_in), torch.randn(2000, n_out)
    forward, backward = (x @ W.T).square().mean(), (g @ W).square().mean()
    ratio = W.var() * max(n_in, n_out)  # measured over theory
    print(f"({n_out}, {n_in})  {ratio:5.2f}", end="")
    print(f"  {forward:7.2f}  {backward:8.2f}")
    measured[n_out, n_in] = W, ratio, forward, backward
# --8<-- [end:moments]
for (n_out, n_in), (W, ratio, forward, backward) in measured.items():
    assert abs(W.mean()) < 0.001, "the mean is 0, met within 0.001"
    assert abs(ratio - 1) < 0.01, "the variance is 1 / max(n_in, n_out), met within 1 %"
    assert abs(forward - n_in / max(n_in, n_out)) < 0.02, "forward: n_in Var(W), met within 0.02"
    assert abs(backward - n_out / max(n_in, n_out)) < 0.02, "backward: n_out Var(W), met within 0.02"

# --8<-- [start:signs]
def plain(tensor):
    return torch.linalg.qr(tensor.normal_()).Q  # without the choice of signs


for rule in (plain, nn.init.orthogonal_):
    corner = torch.stack([rule(torch.empty(4, 4))[0, 0] for _ in range(1000)])
    share = (corner > 0).float().mean()
    print(f"{rule.__name__:12} first entry positive: {share:.0%}")
# --8<-- [end:signs]
assert abs(share - 0.5) < 0.05, "with the signs half of the first entries are positive, within 5 %"
plains = torch.stack([plain(torch.empty(4, 4))[0, 0] for _ in range(1000)])
assert not (plains > 0).any(), "LAPACK's choice is systematic: without the signs no first entry is positive"

# --8<-- [start:singular-values]
def product_of_layers(rule, n=100, layers=30):
    """The singular values, (layers, from the largest to the smallest)."""
    product, history = torch.eye(n, dtype=torch.float64), []
    for _ in range(layers):
        product = rule(torch.empty_like(product)) @ product
        history.append(torch.linalg.svdvals(product))
    return torch.stack(history)


def normal(W):
    return nn.init.normal_(W, std=1 / math.sqrt(W.shape[1]))


gauss = product_of_layers(normal)
orthogonal = product_of_layers(nn.init.orthogonal_)
# --8<-- [end:singular-values]
assert (orthogonal - 1).abs().max() < 1e-9, "the product of orthogonal matrices is orthogonal: it stays at 1"
for seed in range(5):
    torch.manual_seed(seed)
    gauss = product_of_layers(normal)
    assert 1.8 < gauss[0, 0] < 2.1, "it stretches some directions by almost 2, between 1.8 and 2.1 in 5 of 5 draws"
    assert gauss[0, -1] < 0.05, "and nearly erases others, to less than 0.05 in 5 of 5 draws"
    assert (gauss[-1] < 1e-3).sum() > 50, "more than half arrive with less than a thousandth"
    assert 3 < gauss[-1, 0] < 30, "the largest grows, to between 3 and 30"

# --8<-- [start:singular-values-figure]
figure, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.9))
for color, history in (("C0", gauss), ("C2", orthogonal)):
    left.plot(range(1, 101), history[0], color)
    for k in (0, 50, 99):  # largest, median, smallest
        visible = history[:, k].where(history[:, k] > 1e-8, torch.nan)
        right.plot(range(1, 31), visible, color)
left.text(60, 1.07, "orthogonal_", color="C2")
left.text(30, 1.45, "N(0, 1/n)", color="C0")
left.set(xlabel="from largest to smallest", ylabel="singular value", ylim=(0, 2.1))
left.set_title("one layer")
labels = {"largest": (21, 60), "median": (21, 5e-3), "smallest": (6, 1e-6)}
for text, (x, y) in labels.items():
    right.text(x, y, text, color="C0", va="center")
right.set(title="product of layers", xlabel="layers")
right.set(yscale="log", ylim=(1e-8, 300))
ticks = {1: "1", 1e-2: "1e−2", 1e-4: "1e−4", 1e-6: "1e−6", 1e-8: "1e−8"}
right.set_yticks(list(ticks), list(ticks.values()))
# --8<-- [end:singular-values-figure]

# --8<-- [start:jacobian]
def jacobian(weights, activation, x):
    total = torch.eye(len(x), dtype=x.dtype)
    for W in weights:
        z = (W @ x).requires_grad_()
        x = activation(z)
        (slope,) = torch.autograd.grad(x.sum(), z)
        x, total = x.detach(), slope[:, None] * W @ total
    return torch.linalg.svdvals(total)


def surviving(rule, activation, gain, size):
    """How many singular values lie within a factor of 10 of the largest."""
    weights = [gain * rule(torch.empty(100, 100)).double() for _ in range(20)]
    x = size * torch.randn(100, dtype=torch.float64)
    s = jacobian(weights, activation, x)
    return int((s > s[0] / 10).sum())
# --8<-- [end:jacobian]


# --8<-- [start:activations]
counts = {}
print("activation  input  weights      survive")
for activation, gain, size in (
    (torch.tanh, 1, 0.1),
    (torch.tanh, 1, 1),
    (torch.relu, 2**0.5, 1),
):
    for rule in (normal, nn.init.orthogonal_):
        name = f"{activation.__name__:10}  {size:5}  {rule.__name__:11}"
        counts[name] = surviving(rule, activation, gain, size)
        print(f"{name}  {counts[name]:3} of 100")
# --8<-- [end:activations]
assert list(counts.values())[4:] == [7, 13], "ReLU: 7 survive with normal weights, against 13"
for seed in range(5):
    torch.manual_seed(seed)
    near, far = (surviving(nn.init.orthogonal_, torch.tanh, 1, size) for size in (0.1, 1))
    assert near == 100, "with tanh, if the inputs are small: all 100 in 5 of 5 draws"
    assert far < near, "fewer of them survive at inputs of size 1, in 5 of 5 draws"
    assert surviving(nn.init.orthogonal_, torch.relu, 2**0.5, 1) < 30, "with ReLU, no: fewer than 30, in 5 of 5 draws"
    assert surviving(normal, torch.relu, 2**0.5, 1) < 30, "normal weights with ReLU: fewer than 30, in 5 of 5 draws"
    assert surviving(normal, torch.tanh, 1, 0.1) < 30, "normal weights with tanh: fewer than 30, in 5 of 5 draws"
plt.show()

# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


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
for shape, gain in (((100, 100), 1.0), ((400, 100), 0.5), ((32, 16, 3, 3), math.sqrt(2))):
    ours = orthogonal_(torch.empty(shape), gain, generator.manual_seed(0))
    library = nn.init.orthogonal_(torch.empty(shape), gain, generator.manual_seed(0))
    print(f"{shape!s:15} equal up to rounding: {(ours - library).abs().max() < 1e-5}")
# --8<-- [end:equal]
assert (ours - library).abs().max() < 1e-5 and ours.data_ptr() != library.data_ptr()

# --8<-- [start:identity]
def error(A):
    return (A - torch.eye(len(A))).abs().max().item()


torch.manual_seed(0)
for shape in ((4, 4), (3, 5), (5, 3), (8, 3, 3, 3)):
    W = nn.init.orthogonal_(torch.empty(shape)).flatten(1)
    rows, columns = error(W @ W.T) < 1e-5, error(W.T @ W) < 1e-5
    print(f"{shape!s:13} W Wᵀ = I: {rows!s:5}   Wᵀ W = I: {columns}")
# --8<-- [end:identity]
assert rows and not columns

# --8<-- [start:moments]
for n_out, n_in in ((300, 300), (100, 300), (300, 100)):
    W = nn.init.orthogonal_(torch.empty(n_out, n_in))
    x, g = torch.randn(2000, n_in), torch.randn(2000, n_out)
    forward, backward = (x @ W.T).square().mean(), (g @ W).square().mean()
    ratio = W.var() * max(n_in, n_out)  # measured over theory
    print(f"({n_out}, {n_in})  ratio {ratio:.2f}  forward {forward:.2f}  backward {backward:.2f}")
# --8<-- [end:moments]
assert abs(W.mean()) < 1e-3 and abs(ratio - 1) < 0.005 and abs(forward - 1 / 3) < 0.02 > abs(backward - 1)

# --8<-- [start:signs]
def plain(tensor):
    return torch.linalg.qr(tensor.normal_()).Q  # without the choice of signs


for rule in (plain, nn.init.orthogonal_):
    corner = torch.stack([rule(torch.empty(4, 4))[0, 0] for _ in range(1000)])
    print(f"{rule.__name__:12} first entry positive: {(corner > 0).float().mean():.0%}")
# --8<-- [end:signs]
assert 0.45 < (corner > 0).float().mean() < 0.55

# --8<-- [start:singular-values]
n, values = 100, {}
for rule in (lambda W: W.normal_(0, n**-0.5), nn.init.orthogonal_):
    product, history = torch.eye(n, dtype=torch.float64), []
    for _ in range(30):
        product = rule(torch.empty_like(product)) @ product
        history.append(torch.linalg.svdvals(product))
    values[rule] = torch.stack(history)  # (layers, from the largest to the smallest)
gauss, orthogonal = values.values()
# --8<-- [end:singular-values]
assert (orthogonal - 1).abs().max() < 1e-9 and 1.8 < gauss[0, 0] < 2.1 and gauss[0, -1] < 0.1
assert 3 < gauss[-1, 0] < 30 and 1e-7 < gauss[-1, n // 2] < 1e-3 and gauss[6, -1] < 1e-5

# --8<-- [start:singular-values-figure]
figure, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.9))
for color, history in (("C1", gauss), ("C0", orthogonal)):
    left.plot(range(1, n + 1), history[0], color)
    for k in (0, n // 2, n - 1):
        right.plot(range(1, 31), history[:, k].where(history[:, k] > 1e-8, torch.nan), color)
left.text(60, 1.07, "orthogonal_", color="C0")
left.text(30, 1.45, "N(0, 1/n)", color="C1")
left.set(xlabel="from largest to smallest", ylabel="singular value", ylim=(0, 2.1))
left.set_title("one layer")
for at, height, text in ((21, 60, "largest"), (21, 5e-3, "median"), (6, 1e-6, "smallest")):
    right.text(at, height, text, color="C1", va="center")
right.set(title="product of layers", xlabel="layers", yscale="log", ylim=(1e-8, 300))
right.set_yticks([1, 1e-2, 1e-4, 1e-6, 1e-8], ["1", "1e−2", "1e−4", "1e−6", "1e−8"])
# --8<-- [end:singular-values-figure]

# --8<-- [start:activations]
def jacobian(weights, activation, x):
    total = torch.eye(len(x), dtype=x.dtype)
    for W in weights:
        z = (W @ x).requires_grad_()
        x = activation(z)
        (slope,) = torch.autograd.grad(x.sum(), z)
        x, total = x.detach(), slope[:, None] * W @ total
    return torch.linalg.svdvals(total)


counts = []
for activation, gain, size in ((torch.tanh, 1, 0.1), (torch.tanh, 1, 1), (torch.relu, 2**0.5, 1)):
    for rule in (nn.init.normal_, nn.init.orthogonal_):
        scale = gain if rule is nn.init.orthogonal_ else gain * n**-0.5
        weights = [scale * rule(torch.empty(n, n, dtype=torch.float64)) for _ in range(20)]
        s = jacobian(weights, activation, size * torch.randn(n, dtype=torch.float64))
        counts.append(int((s > s[0] / 10).sum()))
        print(f"{activation.__name__}, input {size:3}, {rule.__name__:11} {counts[-1]:3} of 100")
# --8<-- [end:activations]
assert counts[1] == 100 and all(count < 30 for count in (*counts[::2], counts[5])) and counts[3] > 70

# --8<-- [start:gates]
lstm = nn.LSTM(32, 128)
nn.init.orthogonal_(lstm.weight_hh_l0)  # (512, 128): four gates, one above the other
print("whole:", [f"{error(gate.T @ gate):.2f}" for gate in lstm.weight_hh_l0.chunk(4)])
for gate in lstm.weight_hh_l0.chunk(4):
    nn.init.orthogonal_(gate)
print("gates:", [f"{error(gate.T @ gate):.2f}" for gate in lstm.weight_hh_l0.chunk(4)])
# --8<-- [end:gates]
assert lstm.weight_hh_l0.is_leaf and error(lstm.weight_hh_l0[:128] @ lstm.weight_hh_l0[:128].T) < 1e-5

# --8<-- [start:kernels]
W = nn.init.orthogonal_(nn.Conv2d(3, 8, 3).weight).detach()
filters, kernel = W.flatten(1), W[0, 0]
print(f"8 filters as rows: error {error(filters @ filters.T):.2f}")
print(f"one 3×3 kernel:    error {error(kernel @ kernel.T):.2f}")
# --8<-- [end:kernels]
assert error(kernel @ kernel.T) > 0.5

# --8<-- [start:operator]
def operator(W):
    """Singular values of the convolution on 16×16 images with circular padding."""
    return torch.linalg.svdvals(torch.fft.fft2(W, s=(16, 16)).permute(2, 3, 0, 1))


delta = nn.init.zeros_(torch.empty(16, 16, 3, 3))
nn.init.orthogonal_(delta[:, :, 1, 1])
for name, W in {
    "normal": nn.init.normal_(torch.empty(16, 16, 3, 3), std=1 / 12),
    "orthogonal_": nn.init.orthogonal_(torch.empty(16, 16, 3, 3)),
    "centre only": delta,
}.items():
    print(f"{name:12} smallest {operator(W).min():.2f}   largest {operator(W).max():.1f}")
# --8<-- [end:operator]
assert (operator(delta) - 1).abs().max() < 1e-4

# --8<-- [start:wider]
x = torch.randn(1000, 100)
for gain in (1, math.sqrt(400 / 100)):
    z = x @ nn.init.orthogonal_(torch.empty(400, 100), gain).T
    rms, norm = z.square().mean().sqrt(), z.norm() / x.norm()
    print(f"gain {gain}: root mean square {rms:.2f}   norm {norm:.2f}")
# --8<-- [end:wider]
assert abs(rms - 1) < 0.02 and abs(norm - 2) < 1e-4

# --8<-- [start:training]
free = nn.init.orthogonal_(nn.Linear(20, 20, bias=False).weight)
kept = nn.utils.parametrizations.orthogonal(nn.Linear(20, 20, bias=False))
x, y = torch.randn(100, 20), torch.randn(100, 20)
optimizer = torch.optim.Adam([free, *kept.parameters()], lr=0.01)
for _ in range(100):
    loss = (x @ free.T - y).square().mean() + (kept(x) - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"orthogonal_:                 error {error(free @ free.T):.2f}")
print(f"parametrizations.orthogonal: error {error(kept.weight @ kept.weight.T):.2f}")
# --8<-- [end:training]
assert error(free @ free.T) > 0.3

# --8<-- [start:half]
weight = torch.empty(64, 64, dtype=torch.bfloat16)
try:
    nn.init.orthogonal_(weight)
except RuntimeError as refused:
    print(refused)
weight.copy_(nn.init.orthogonal_(torch.empty(64, 64)))
print(f"error after rounding: {error(weight.float() @ weight.float().T):.3f}")
# --8<-- [end:half]
assert error(weight.float() @ weight.float().T) < 0.01

# --8<-- [start:channels-last]
conv = nn.Conv2d(3, 8, 3).to(memory_format=torch.channels_last)
try:
    nn.init.orthogonal_(conv.weight)
except RuntimeError as refused:
    print(str(refused).partition(" (")[0])
with torch.no_grad():
    conv.weight.copy_(nn.init.orthogonal_(torch.empty(conv.weight.shape)))
# --8<-- [end:channels-last]
assert error(conv.weight.flatten(1) @ conv.weight.flatten(1).T) < 1e-5

# --8<-- [start:policy]
features = torch.tanh(torch.randn(1000, 64))
for gain in (math.sqrt(2), 0.01):
    policy = torch.softmax(features @ nn.init.orthogonal_(torch.empty(4, 64), gain).T, dim=1)
    print(f"gain {gain:.2f}: the likeliest of 4 actions has probability {policy.amax(1).mean():.2f}")
# --8<-- [end:policy]
assert policy.amax(1).mean() < 0.26
plt.show()

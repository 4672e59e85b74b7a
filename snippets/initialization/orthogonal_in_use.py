# --8<-- [start:set-up]
import math

import torch
from torch import nn


def error(A):
    return (A - torch.eye(len(A))).abs().max().item()


torch.manual_seed(0)
# --8<-- [end:set-up]

# --8<-- [start:gates]
lstm = nn.LSTM(32, 128)
weight = lstm.weight_hh_l0  # (512, 128): four gates, one above the other
nn.init.orthogonal_(weight)
print("whole:", [f"{error(gate.T @ gate):.2f}" for gate in weight.chunk(4)])
for gate in weight.chunk(4):
    nn.init.orthogonal_(gate)
print("gates:", [f"{error(gate.T @ gate):.2f}" for gate in weight.chunk(4)])
# --8<-- [end:gates]
for gate in lstm.weight_hh_l0.chunk(4):
    assert error(gate.T @ gate) < 1e-5, "fill the blocks one by one; they are views"
nn.init.orthogonal_(lstm.weight_hh_l0)
assert error(lstm.weight_hh_l0.T @ lstm.weight_hh_l0) < 1e-5, "the columns of the stack become orthonormal"
for gate in lstm.weight_hh_l0.chunk(4):
    assert error(gate.T @ gate) > 0.5, "the gates do not"
assert nn.MultiheadAttention(8, 2).in_proj_weight.shape == (24, 8), "in_proj_weight stacks query, key and value"

# --8<-- [start:kernels]
W = nn.init.orthogonal_(nn.Conv2d(3, 8, 3).weight).detach()
filters, kernel = W.flatten(1), W[0, 0]
print(f"8 filters as rows: error {error(filters @ filters.T):.2f}")
print(f"one 3×3 kernel:    error {error(kernel @ kernel.T):.2f}")
# --8<-- [end:kernels]
assert filters.shape == (8, 27), "the weight (8, 3, 3, 3) is flattened to 8 rows of 27"
assert error(filters @ filters.T) < 1e-5, "the filters are orthonormal as a whole"
assert error(kernel @ kernel.T) > 0.5, "the single 3×3 kernels are not orthogonal"

# --8<-- [start:operator]
def operator(W):
    """Singular values of the convolution on 16×16 images with circular padding."""
    return torch.linalg.svdvals(torch.fft.fft2(W, s=(16, 16)).permute(2, 3, 0, 1))


delta = nn.init.zeros_(torch.empty(16, 16, 3, 3))
nn.init.orthogonal_(delta[:, :, 1, 1])
spread = {}
print("kernel       smallest  largest")
for name, W in {
    "normal": nn.init.normal_(torch.empty(16, 16, 3, 3), std=1 / 12),
    "orthogonal_": nn.init.orthogonal_(torch.empty(16, 16, 3, 3)),
    "centre only": delta,
}.items():
    s = operator(W)
    spread[name] = s.max() / s.mean()
    print(f"{name:11}  {s.min():8.2f}  {s.max():7.1f}")
# --8<-- [end:operator]
assert (operator(delta) - 1).abs().max() < 1e-4, "an orthogonal matrix in the centre: all are 1"
assert abs(spread["orthogonal_"] / spread["normal"] - 1) < 0.2, "as widely as with normal weights, within 20 %"

# --8<-- [start:wider]
x = torch.randn(1000, 100)
for gain in (1, math.sqrt(400 / 100)):
    z = x @ nn.init.orthogonal_(torch.empty(400, 100), gain).T
    rms, norm = z.square().mean().sqrt(), z.norm() / x.norm()
    print(f"gain {gain}: root mean square {rms:.2f}   norm {norm:.2f}")
# --8<-- [end:wider]
assert f"{rms:.2f}" == "1.00", "to preserve the size per unit, use gain √(n_out / n_in)"
z = x @ nn.init.orthogonal_(torch.empty(400, 100)).T
assert f"{z.norm() / x.norm():.4f}" == "1.0000", "no, the norm is preserved"
assert f"{z.square().mean().sqrt():.2f}" == "0.50", "four times as many outputs: each has half the root mean square"

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
print(f"free weight: error {error(free @ free.T):.2f}")
print(f"kept weight: error {error(kept.weight @ kept.weight.T):.2f}")
# --8<-- [end:training]
assert error(free @ free.T) > 0.3, "no: the error is more than 0.3 after 100 steps"
assert error(kept.weight @ kept.weight.T) < 1e-4, "to stay there, use nn.utils.parametrizations.orthogonal"
once = nn.Parameter(nn.init.orthogonal_(torch.empty(20, 20)))
(x @ once.T - y).square().mean().backward()
torch.optim.Adam([once], lr=0.01).step()
assert error(once @ once.T) > 0.01, "the first step of the optimizer leaves the orthogonal matrices"

# --8<-- [start:half]
weight = torch.empty(64, 64, dtype=torch.bfloat16)
try:
    nn.init.orthogonal_(weight)
except RuntimeError as refused:
    print(refused)
weight.copy_(nn.init.orthogonal_(torch.empty(64, 64)))
print(f"error after rounding: {error(weight.float() @ weight.float().T):.3f}")
# --8<-- [end:half]
assert error(weight.float() @ weight.float().T) < 0.01, "draw in float32 and copy: an error below 0.01 after rounding"

# --8<-- [start:channels-last]
conv = nn.Conv2d(3, 8, 3).to(memory_format=torch.channels_last)
try:
    nn.init.orthogonal_(conv.weight)
except RuntimeError as refused:
    print(str(refused).partition(" (")[0])
with torch.no_grad():
    conv.weight.copy_(nn.init.orthogonal_(torch.empty(conv.weight.shape)))
# --8<-- [end:channels-last]
assert error(conv.weight.flatten(1) @ conv.weight.flatten(1).T) < 1e-5, "initialize first and copy"
assert conv.weight.is_contiguous(memory_format=torch.channels_last), "the kernel stays channels_last"

# --8<-- [start:policy]
features = torch.tanh(torch.randn(1000, 64))
for gain in (math.sqrt(2), 0.01):
    logits = features @ nn.init.orthogonal_(torch.empty(4, 64), gain).T
    likeliest = torch.softmax(logits, dim=1).amax(dim=1).mean()
    print(f"gain {gain:.2f}: the likeliest of 4 actions has {likeliest:.2f}")
# --8<-- [end:policy]
assert f"{likeliest:.2f}" == "0.25", "the logits start near 0, so all actions start about equally likely"

# --8<-- [start:from-scratch]
import matplotlib.pyplot as plt
import torch
from torch import nn


def ones_(tensor):
    with torch.no_grad():
        tensor[...] = 1
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape in ((100, 400), (16,), ()):
    ours, library = ones_(torch.empty(shape)), nn.init.ones_(torch.empty(shape))
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours == 1

# --8<-- [start:moments]
W = nn.init.ones_(torch.empty(100, 400))
rank = torch.linalg.matrix_rank(W)
print(f"mean {W.mean():.0f}   variance {W.var():.0f}   rank {rank}")
# --8<-- [end:moments]
assert W.mean() == 1 and W.var() == 0 and torch.linalg.matrix_rank(W) == 1

# --8<-- [start:norms]
for norm in (nn.BatchNorm2d(16), nn.GroupNorm(4, 16), nn.LayerNorm(16), nn.RMSNorm(16)):
    one = bool((norm.weight == 1).all())
    print(f"{type(norm).__name__:12} starts with weight 1: {one}")
# --8<-- [end:norms]
assert (norm.weight == 1).all() and (nn.BatchNorm2d(16).bias == 0).all()

# --8<-- [start:forget]
def lstm_with(forget_bias, hidden=64):
    lstm = nn.LSTM(8, hidden)
    gate = slice(hidden, 2 * hidden)  # order of the four gates: i, f, g, o
    nn.init.constant_(lstm.bias_ih_l0[gate], forget_bias)
    nn.init.zeros_(lstm.bias_hh_l0[gate])  # the two biases are added
    return lstm


def left_after(steps, lstm):
    h, c = torch.zeros(2, 1, 1, 64).requires_grad_()
    _, (_, last) = lstm(torch.randn(steps, 1, 8), (h, c))
    return torch.autograd.grad(last.sum(), c)[0].square().mean().sqrt().item()


torch.manual_seed(0)
for bias in (0, 1, 2):
    lstm = lstm_with(bias)
    forget = torch.sigmoid(torch.tensor(float(bias))).item()
    left = left_after(20, lstm)
    print(f"forget bias {bias}: σ = {forget:.2f}, left after 20 steps {left:.0e}")
# --8<-- [end:forget]
assert 0.05 < left_after(20, lstm) < 2 and left_after(20, lstm_with(0)) < 3e-4
default = nn.LSTM(8, 64)
assert (default.bias_ih_l0 + default.bias_hh_l0).abs().max() <= 0.25 and abs(default.bias_ih_l0.mean()) < 0.02

# --8<-- [start:memory]
figure, axes = plt.subplots(figsize=(5.5, 3.0))
steps = range(1, 51, 7)
for i, bias in enumerate((0, 1, 2)):
    torch.manual_seed(0)
    lstm = lstm_with(bias)
    forget = torch.sigmoid(torch.tensor(float(bias))).item()
    left = [left_after(T, lstm) for T in steps]
    axes.plot(steps, left, f"C{i}o-")
    axes.plot(steps, [forget**T for T in steps], f"C{i}:")
    axes.text(51.5, left[-1], f"bias {bias}", color=f"C{i}", va="center")
axes.set(xlabel="steps T", ylabel="∂c(T) / ∂c(0)", yscale="log")
axes.set(xlim=(-1, 59), xticks=range(0, 51, 10))
axes.set_yticks([1, 1e-5, 1e-10, 1e-15], ["1", "1e−5", "1e−10", "1e−15"])
# --8<-- [end:memory]
measured, direct = (line.get_ydata() for line in axes.lines[-2:])
assert all(m > 0.95 * d for m, d in zip(measured, direct, strict=True)) and 0.05 < measured[-1] < 2
assert 1e-12 < axes.lines[0].get_ydata()[-1] < 1e-8 and 1e-5 < axes.lines[2].get_ydata()[-1] < 1e-2

# --8<-- [start:both]
lstm = nn.LSTM(8, 64)
for bias in (lstm.bias_ih_l0, lstm.bias_hh_l0):
    nn.init.zeros_(bias)
    nn.init.ones_(bias[64:128])
total = lstm.bias_ih_l0 + lstm.bias_hh_l0
print("i, f, g, o:", [gate.mean().item() for gate in total.detach().chunk(4)])
# --8<-- [end:both]
assert total[64:128].eq(2).all() and total.sum() == 128

# --8<-- [start:linear]
torch.manual_seed(0)
n = 256
x = torch.randn(1000, n)
for depth in range(1, 4):
    x = x @ nn.init.ones_(torch.empty(n, n)).T
    spread = (x - x[:, :1]).abs().max() / x.abs().max()
    rms = x.square().mean().sqrt()
    print(f"layer {depth}: rms {rms:.1e}, all units equal: {spread < 1e-5}")
# --8<-- [end:linear]
rms = x.square().mean().sqrt()
assert abs(rms / (16 * 256**2) - 1) < 0.1
plt.show()

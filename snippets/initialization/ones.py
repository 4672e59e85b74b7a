# --8<-- [start:call]
import torch
from torch import nn

lstm = nn.LSTM(input_size=8, hidden_size=64)
nn.init.ones_(lstm.bias_ih_l0[64:128])  # the forget gate
nn.init.zeros_(lstm.bias_hh_l0)  # is added to it
print(f"mean of the forget bias {lstm.bias_ih_l0[64:128].mean():.0f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def ones_(tensor):
    with torch.no_grad():
        tensor[...] = 1
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
print("shape            same numbers")
for shape in ((100, 400), (16,), ()):
    ours, library = ones_(torch.empty(shape)), nn.init.ones_(torch.empty(shape))
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "the same numbers as the library"
# --8<-- [end:equal]
assert nn.init.ones_(library) is library, "works in place, returns the tensor"
assert torch.equal(ours, nn.init.constant_(library, 1.0)), "the same as constant_ with val=1.0"

# --8<-- [start:moments]
W = nn.init.ones_(torch.empty(100, 400))
rank = torch.linalg.matrix_rank(W)
print(f"mean {W.mean():.0f}   variance {W.var():.0f}   rank {rank}")
# --8<-- [end:moments]
assert W.mean() == 1, "the mean is 1"
assert W.var() == 0, "the variance is 0"
assert rank == 1, "the rank is 1"
x = torch.arange(400.0)
assert (W @ x == x.sum()).all(), "all its outputs are the sum of the inputs"

# --8<-- [start:norms]
norms = nn.BatchNorm2d(16), nn.GroupNorm(4, 16), nn.LayerNorm(16), nn.RMSNorm(16)
print("norm         starts with weight 1")
for norm in norms:
    one = bool((norm.weight == 1).all())
    print(f"{type(norm).__name__:11}  {one}")
# --8<-- [end:norms]
for norm in norms:
    assert (norm.weight == 1).all(), "torch sets γ to 1 by itself"
for norm in norms[:3]:
    assert (norm.bias == 0).all(), "and β to 0"

# --8<-- [start:forget]
def lstm_with(forget_bias, hidden=64):
    lstm = nn.LSTM(8, hidden)
    gate = slice(hidden, 2 * hidden)  # order of the four gates: i, f, g, o
    nn.init.constant_(lstm.bias_ih_l0[gate], forget_bias)
    nn.init.zeros_(lstm.bias_hh_l0[gate])  # the two biases are added
    return lstm


def left_after(steps, lstm):
    state = torch.zeros(1, 1, 64)
    cell = torch.zeros(1, 1, 64, requires_grad=True)
    _, (_, last) = lstm(torch.randn(steps, 1, 8), (state, cell))
    (gradient,) = torch.autograd.grad(last.sum(), cell)
    return gradient.square().mean().sqrt().item()


torch.manual_seed(0)
print("forget bias  σ(bias)  left after 20 steps")
for bias in (0, 1, 2):
    lstm = lstm_with(bias)
    forget = torch.sigmoid(torch.tensor(float(bias))).item()
    left = left_after(20, lstm)
    print(f"{bias:<11}  {forget:7.2f}  {left:19.0e}")
# --8<-- [end:forget]
assert torch.sigmoid(torch.tensor(0.0)) == 0.5, "a bias of 0 means f = ½"
assert f"{torch.sigmoid(torch.tensor(1.0)):.2f}" == "0.73", "a bias of 1 makes it 0.73"
assert f"{torch.sigmoid(torch.tensor(2.0)):.2f}" == "0.88", "a bias of 2 makes it 0.88"

# --8<-- [start:memory]
figure, axes = plt.subplots(figsize=(5.5, 3.0))
steps = range(1, 51, 7)
for bias in (0, 1, 2):
    torch.manual_seed(0)
    lstm = lstm_with(bias)
    forget = torch.sigmoid(torch.tensor(float(bias))).item()
    left = [left_after(T, lstm) for T in steps]
    axes.plot(steps, left, f"C{bias}o-")
    axes.plot(steps, [forget**T for T in steps], f"C{bias}:")
    axes.text(51.5, left[-1], f"bias {bias}", color=f"C{bias}", va="center")
axes.set(xlabel="steps T", ylabel="∂c(T) / ∂c(0)", yscale="log")
axes.set(xlim=(-1, 59), xticks=range(0, 51, 10))
axes.set_yticks([1, 1e-5, 1e-10, 1e-15], ["1", "1e−5", "1e−10", "1e−15"])
# --8<-- [end:memory]
for solid, dotted in zip(axes.lines[::2], axes.lines[1::2], strict=True):
    above = solid.get_ydata()[-1] / dotted.get_ydata()[-1]
    assert above > 1, "after 50 steps the way round through the hidden state has added to the direct path"
zero, one, two = (line.get_ydata()[-1] for line in axes.lines[::2])
assert f"{zero:.0e}"[-3:] in {"-10", "-11"}, "with bias 0 it falls to about ten to the minus 10"
assert f"{one:.0e}"[-3:] in {"-03", "-04"}, "with bias 1 to about ten to the minus 3"
assert 0.1 < two < 1, "with bias 2 it stays between 0.1 and 1"

# --8<-- [start:both]
lstm = nn.LSTM(8, 64)
for bias in (lstm.bias_ih_l0, lstm.bias_hh_l0):
    nn.init.zeros_(bias)
    nn.init.ones_(bias[64:128])
total = lstm.bias_ih_l0 + lstm.bias_hh_l0
print("i, f, g, o:", [gate.mean().item() for gate in total.detach().chunk(4)])
# --8<-- [end:both]
gates = [gate.unique().tolist() for gate in total.detach().chunk(4)]
assert gates == [[0], [2], [0], [0]], "then the forget gate, the second of i, f, g, o, gets 2"

# --8<-- [start:linear]
torch.manual_seed(0)
n = 256
x = torch.randn(10_000, n)
sizes = [x.square().mean().sqrt()]
print("layer  size  all units equal")
for depth in range(1, 4):
    x = x @ nn.init.ones_(torch.empty(n, n)).T
    spread = (x - x[:, :1]).abs().max() / x.abs().max()
    sizes.append(x.square().mean().sqrt())
    factor = sizes[-1] / sizes[-2]
    print(f"{depth:<5}  × {factor:.0f}  {spread < 1e-5}")
# --8<-- [end:linear]
assert spread < 1e-5, "all units of the layer are then equal"
assert f"{sizes[1] / sizes[0]:.0f}" == "16", "the first layer multiplies it by about √n = 16"
assert f"{sizes[2] / sizes[1]:.0f}" == "256", "after that the factor is n = 256"
assert f"{sizes[3] / sizes[2]:.0f}" == "256", "and again in the third layer"
plt.show()

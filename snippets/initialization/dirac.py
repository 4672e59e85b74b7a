# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
conv = nn.Conv2d(3, 3, kernel_size=3, padding=1, bias=False)
nn.init.dirac_(conv.weight)
x = torch.randn(10, 3, 8, 8)
print("output equal to input:", torch.equal(conv(x), x))
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
from torch.nn import functional as F

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def dirac_(tensor, groups=1):
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("not the weight of a convolution")
    if tensor.shape[0] % groups:
        raise ValueError("the groups do not divide the output channels")
    centre = tuple(size // 2 for size in tensor.shape[2:])
    per_group = tensor.shape[0] // groups
    with torch.no_grad():
        tensor.zero_()
        for out in range(tensor.shape[0]):
            channel = out % per_group  # input channels are counted within the group
            if channel < tensor.shape[1]:
                tensor[(out, channel, *centre)] = 1
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
print("shape            groups  same numbers")
for shape, groups in (((6, 4, 5), 1), ((4, 6, 3, 3), 2), ((6, 2, 4, 1, 3), 3)):
    ours = dirac_(torch.empty(shape), groups)
    library = nn.init.dirac_(torch.empty(shape), groups)
    print(f"{shape!s:15}  {groups:6}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "the same numbers as the library"
# --8<-- [end:equal]
assert nn.init.dirac_(library) is library, "works in place, returns the tensor"
assert nn.init.dirac_.__defaults__ == (1,), "nn.init.dirac_(tensor, groups=1)"

# --8<-- [start:kernels]
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.5), width_ratios=(3, 3, 2))
layers = (3, 3, 1), (4, 3, 1), (4, 2, 2)  # output channels, input channels, groups
for axes, (n_out, n_in, groups) in zip(panels, layers, strict=True):
    W = nn.init.dirac_(torch.empty(n_out, n_in, 3, 3), groups)
    tiles = W.transpose(1, 2).reshape(3 * n_out, 3 * n_in)  # side by side
    axes.spy(tiles == 0, marker="o", markersize=1.5, color="C5", alpha=0.5)
    axes.spy(tiles, marker="s", markersize=7, color="C0")
    axes.set_xticks([i - 0.5 for i in range(0, 3 * n_in + 1, 3)], [])
    axes.set_yticks([i - 0.5 for i in range(0, 3 * n_out + 1, 3)], [])
    title = f"{n_in * groups} in, {n_out} out"
    axes.set_title(title if groups == 1 else f"{title},\n{groups} groups")
figure.supxlabel("input channel", fontsize="medium")
figure.supylabel("output channel", fontsize="medium")
# --8<-- [end:kernels]

# --8<-- [start:identity]
torch.manual_seed(0)
print("layer   output equal to input")
for Conv, shape in ((nn.Conv1d, (9,)), (nn.Conv2d, (9, 7)), (nn.Conv3d, (4, 5, 6))):
    conv = Conv(4, 4, kernel_size=3, padding=1, bias=False)
    nn.init.dirac_(conv.weight)
    x = torch.randn(10, 4, *shape)
    print(f"{Conv.__name__}  {torch.equal(conv(x), x)}")
    assert torch.equal(conv(x), x), "the output is the input, bit for bit"
# --8<-- [end:identity]

# --8<-- [start:channels]
x, factors = torch.randn(10, 4, 8, 8), {}
print("channels  mean square  per channel")
for n_out in (2, 4, 6):
    conv = nn.Conv2d(4, n_out, 3, padding=1, bias=False)
    nn.init.dirac_(conv.weight)
    sizes = conv(x).square().mean(dim=(0, 2, 3))
    each = [round(size, 2) for size in sizes.tolist()]
    print(f"4 → {n_out}     {sizes.mean():11.2f}  {each}")
    factors[n_out] = (sizes.mean() / x[:, : min(4, n_out)].square().mean()).item()
# --8<-- [end:channels]
y = conv(x)
assert math.isclose(factors[2], 1, rel_tol=1e-5), "which is 1 times the input unless the layer widens"
assert math.isclose(factors[4], 1, rel_tol=1e-5), "a square layer keeps the mean square"
assert math.isclose(factors[6], 4 / 6, rel_tol=1e-5), "from 4 to 6 the mean square falls to 4/6"
assert torch.equal(y[:, :4], x), "of the channels each is copied once"
assert not y[:, 4:].any(), "from 4 to 6, two channels are 0"
narrow = nn.init.dirac_(torch.empty(2, 4, 3, 3))
assert torch.equal(F.conv2d(x, narrow, padding=1), x[:, :2]), "from 4 to 2, the last two channels are dropped"

# --8<-- [start:groups]
x = torch.randn(10, 6, 8, 8)
conv = nn.Conv2d(6, 6, 3, padding=1, groups=3, bias=False)
print("weight", tuple(conv.weight.shape))
for groups in (1, 3):
    nn.init.dirac_(conv.weight, groups)
    kept = [torch.equal(conv(x)[:, i], x[:, i]) for i in range(6)]
    print(f"groups={groups}: channels preserved {kept.count(True)} of 6")
# --8<-- [end:groups]
assert torch.equal(conv(x), x), "with groups all channels pass"
nn.init.dirac_(conv.weight)
assert torch.equal(conv(x)[:, :2], x[:, :2]), "without it, it fills only the first channels"
assert not conv(x)[:, 2:].any(), "and the others stay zero"
assert nn.init.dirac_(torch.empty(16, 1, 3, 3)).sum() == 1, "a depthwise layer keeps one of 16 without `groups=16`"
assert nn.init.dirac_(torch.empty(16, 1, 3, 3), groups=16).sum() == 16, "and all with it"

# --8<-- [start:even]
x = torch.tensor([[[1.0, 2, 3, 4, 5]]])
w = nn.init.dirac_(torch.empty(1, 1, 4))
print("                 numbers")
print("kernel          ", w[0, 0].tolist())
print("padding 1       ", F.conv1d(x, w, padding=1)[0, 0].tolist())
print("padding 2       ", F.conv1d(x, w, padding=2)[0, 0].tolist())
print("2 left, 1 right ", F.conv1d(F.pad(x, (2, 1)), w)[0, 0].tolist())
# --8<-- [end:even]
assert torch.equal(F.conv1d(F.pad(x, (2, 1)), w), x), "two values must be padded on the left and one on the right"
assert torch.equal(F.conv1d(x, w, padding=1), x[..., 1:]), "`padding` pads both sides alike: it changes the length"
same = F.conv1d(F.pad(x, (1, 2)), w)  # a convolution with padding="same"
assert torch.equal(same, F.pad(x[..., 1:], (0, 1))), "`padding=\"same\"` pads one left and two right: it shifts"

# --8<-- [start:options]
x = torch.randn(1, 2, 9, 9)
w = nn.init.dirac_(torch.empty(2, 2, 3, 3))
inner, second = x[:, :, 1:-1, 1:-1], x[:, :, ::2, ::2]
print("convolution    copies")
print("no padding    ", torch.equal(F.conv2d(x, w), inner))
print("stride 2      ", torch.equal(F.conv2d(x, w, padding=1, stride=2), second))
print("dilation 2    ", torch.equal(F.conv2d(x, w, padding=2, dilation=2), x))
print("transposed    ", torch.equal(F.conv_transpose2d(x, w, padding=1), x))
# --8<-- [end:options]
assert torch.equal(F.conv2d(x, w), inner), "without padding the border is lost"
assert torch.equal(F.conv2d(x, w, padding=1, stride=2), second), "stride 2 keeps every second pixel"
assert torch.equal(F.conv2d(x, w, padding=2, dilation=2), x), "dilation 2 needs twice the padding"
assert torch.equal(F.conv_transpose2d(x, w, padding=1), x), "a transposed convolution copies too"

# --8<-- [start:insert]
trained = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
new, norm = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
nn.init.dirac_(new.weight)
x = torch.randn(16, 3, 8, 8)
h = trained(x)
print("inserted with   same outputs")
print("default bias   ", torch.equal(torch.relu(new(h)), h))
nn.init.zeros_(new.bias)
print("bias 0         ", torch.equal(torch.relu(new(h)), h))
print("new norm       ", torch.equal(torch.relu(norm(new(h))), h))
print("negative input ", torch.equal(torch.relu(new(h - 1)), h - 1))
# --8<-- [end:insert]
assert torch.equal(torch.relu(new(h)), h), "after a ReLU, with bias 0 and without a norm, nothing changes"
assert not torch.allclose(torch.relu(norm(new(h))), h), "a new batch norm divides by the spread of the batch"
assert not torch.equal(torch.relu(new(h - 1)), h - 1), "negative values are cut off"
fresh = nn.BatchNorm2d(8).eval()
assert fresh.eps == 1e-5, "a new batch norm adds 10^-5"
assert torch.allclose(fresh(new(h)), h / math.sqrt(1 + 1e-5)), "in evaluation mode it only divides by √(1 + 10^-5)"

# --8<-- [start:extra-channels]
widen = nn.Conv2d(2, 4, 3, padding=1, bias=False)
narrow = nn.Conv2d(4, 2, 3, padding=1, bias=False)
nn.init.dirac_(widen.weight)
nn.init.dirac_(narrow.weight)
narrow(widen(torch.randn(8, 2, 6, 6))).square().mean().backward()
outputs = widen.weight.grad
inputs = narrow.weight.grad.transpose(0, 1)
print("widen, per output channel", [bool(channel.any()) for channel in outputs])
print("narrow, per input channel", [bool(channel.any()) for channel in inputs])
# --8<-- [end:extra-channels]
assert outputs[:2].all(), "the other channels get a gradient"
assert not inputs[2:].any(), "the weights that read the extra channels get no gradient"
assert not outputs[2:].any(), "the extra channels get none either"
optimizer = torch.optim.Adam([*widen.parameters(), *narrow.parameters()], lr=0.01)
for _ in range(20):
    optimizer.zero_grad()
    narrow(widen(torch.randn(8, 2, 6, 6))).square().mean().backward()
    optimizer.step()
assert not widen.weight[2:].any(), "it stays so in every later step"
assert not narrow.weight[:, 2:].any(), "and so do the weights that read them"

# --8<-- [start:matrix]
try:
    nn.init.dirac_(nn.Linear(3, 3).weight)
except ValueError as error:
    print(error)
# --8<-- [end:matrix]
plt.show()

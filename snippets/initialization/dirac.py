# --8<-- [start:from-scratch]
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F


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
            channel = out % per_group  # the weight counts input channels within the group
            if channel < tensor.shape[1]:
                tensor[(out, channel, *centre)] = 1
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape, groups in (((6, 4, 5), 1), ((4, 6, 3, 3), 2), ((6, 2, 4, 1, 3), 3)):
    ours, library = dirac_(torch.empty(shape), groups), nn.init.dirac_(torch.empty(shape), groups)
    print(shape, "groups", groups, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()

# --8<-- [start:kernels]
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.5), width_ratios=(3, 3, 2))
for axes, (n_out, n_in, groups) in zip(panels, ((3, 3, 1), (4, 3, 1), (4, 2, 2)), strict=True):
    W = nn.init.dirac_(torch.empty(n_out, n_in, 3, 3), groups)
    tiles = W.transpose(1, 2).reshape(3 * n_out, 3 * n_in)  # the kernels side by side
    axes.spy(tiles == 0, marker="o", markersize=1.5, color="C5", alpha=0.5)
    axes.spy(tiles, marker="s", markersize=7, color="C0")
    axes.set_xticks([i - 0.5 for i in range(0, 3 * n_in + 1, 3)], [])
    axes.set_yticks([i - 0.5 for i in range(0, 3 * n_out + 1, 3)], [])
    axes.set_title(f"{n_in * groups} in, {n_out} out" + f",\n{groups} groups" * (groups > 1))
figure.supxlabel("input channel", fontsize="medium")
figure.supylabel("output channel", fontsize="medium")
# --8<-- [end:kernels]

# --8<-- [start:identity]
torch.manual_seed(0)
for Conv, shape in ((nn.Conv1d, (9,)), (nn.Conv2d, (9, 7)), (nn.Conv3d, (4, 5, 6))):
    conv = Conv(4, 4, kernel_size=3, padding=1, bias=False)
    nn.init.dirac_(conv.weight)
    x = torch.randn(10, 4, *shape)
    print(f"{Conv.__name__}: output equal to input:", torch.equal(conv(x), x))
# --8<-- [end:identity]
assert torch.equal(conv(x), x) and abs(conv.weight.mean() - 1 / (4 * 27)) < 1e-6

# --8<-- [start:channels]
x = torch.randn(10, 4, 8, 8)
for n_out in (2, 4, 6):
    conv = nn.Conv2d(4, n_out, 3, padding=1, bias=False)
    nn.init.dirac_(conv.weight)
    sizes = conv(x).square().mean(dim=(0, 2, 3))
    each = [round(size, 2) for size in sizes.tolist()]
    print(f"4 → {n_out}: mean square {sizes.mean():.2f}   per channel", each)
# --8<-- [end:channels]
y = conv(x)
assert torch.equal(y[:, :4], x) and not y[:, 4:].any() and abs(sizes.mean() / x.square().mean() - 4 / 6) < 1e-5

# --8<-- [start:groups]
x = torch.randn(10, 6, 8, 8)
conv = nn.Conv2d(6, 6, 3, padding=1, groups=3, bias=False)
print("weight", tuple(conv.weight.shape))
for groups in (1, 3):
    nn.init.dirac_(conv.weight, groups)
    kept = [torch.equal(conv(x)[:, i], x[:, i]) for i in range(6)]
    print(f"groups={groups}: channels preserved {kept.count(True)} of 6")
# --8<-- [end:groups]
assert torch.equal(conv(x), x) and nn.init.dirac_(torch.empty(16, 1, 3, 3)).sum() == 1
assert nn.init.dirac_(torch.empty(16, 1, 3, 3), 16).sum() == 16

# --8<-- [start:even]
x = torch.tensor([[[1.0, 2, 3, 4, 5]]])
w = nn.init.dirac_(torch.empty(1, 1, 4))
print("kernel         ", w[0, 0].tolist())
print("padding 1      ", F.conv1d(x, w, padding=1)[0, 0].tolist())
print("padding 2      ", F.conv1d(x, w, padding=2)[0, 0].tolist())
print("2 left, 1 right", F.conv1d(F.pad(x, (2, 1)), w)[0, 0].tolist())
# --8<-- [end:even]
assert torch.equal(F.conv1d(F.pad(x, (2, 1)), w), x) and torch.equal(F.conv1d(x, w, padding=1), x[..., 1:])
assert torch.equal(F.conv1d(F.pad(x, (1, 2)), w), F.pad(x[..., 1:], (0, 1)))  # padding="same"

# --8<-- [start:options]
x = torch.randn(1, 2, 9, 9)
w = nn.init.dirac_(torch.empty(2, 2, 3, 3))
print("no padding   ", torch.equal(F.conv2d(x, w), x[:, :, 1:-1, 1:-1]))
print("stride 2     ", torch.equal(F.conv2d(x, w, padding=1, stride=2), x[:, :, ::2, ::2]))
print("dilation 2   ", torch.equal(F.conv2d(x, w, padding=2, dilation=2), x))
print("transposed   ", torch.equal(F.conv_transpose2d(x, w, padding=1), x))
# --8<-- [end:options]
assert torch.equal(F.conv_transpose2d(x, w, padding=1), x)

# --8<-- [start:insert]
trained = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
new, norm = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
nn.init.dirac_(new.weight)
x = torch.randn(16, 3, 8, 8)
before = trained(x)
print("same outputs, default bias:", torch.equal(torch.relu(new(before)), before))
nn.init.zeros_(new.bias)
print("same outputs, bias 0:      ", torch.equal(torch.relu(new(before)), before))
print("same outputs, new norm:    ", torch.equal(torch.relu(norm(new(before))), before))
print("same outputs, negative x:  ", torch.equal(torch.relu(new(before - 1)), before - 1))
# --8<-- [end:insert]
fresh = nn.BatchNorm2d(8).eval()
assert torch.equal(torch.relu(new(before)), before) and (torch.relu(norm(before)) - before).abs().max() > 1
fresh = nn.BatchNorm2d(8).eval()
assert torch.allclose(torch.relu(fresh(new(before))), before * (1 + 1e-5) ** -0.5) and fresh.eps == 1e-5
assert not torch.equal(torch.relu(new(before - 1)), before - 1)

# --8<-- [start:extra-channels]
widen = nn.Conv2d(2, 4, 3, padding=1, bias=False)
narrow = nn.Conv2d(4, 2, 3, padding=1, bias=False)
nn.init.dirac_(widen.weight)
nn.init.dirac_(narrow.weight)
narrow(widen(torch.randn(8, 2, 6, 6))).square().mean().backward()
print("widen, per output channel", [bool(g.any()) for g in widen.weight.grad])
print("narrow, per input channel", [bool(g.any()) for g in narrow.weight.grad.transpose(0, 1)])
# --8<-- [end:extra-channels]
assert not widen.weight.grad[2:].any() and not narrow.weight.grad[:, 2:].any() and widen.weight.grad[:2].all()

# --8<-- [start:matrix]
try:
    nn.init.dirac_(nn.Linear(3, 3).weight)
except ValueError as error:
    print(error)
# --8<-- [end:matrix]
plt.show()

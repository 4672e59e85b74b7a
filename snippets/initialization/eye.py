# --8<-- [start:from-scratch]
import matplotlib.pyplot as plt
import torch
from torch import nn


def eye_(tensor):
    if tensor.dim() != 2:
        raise ValueError("not a matrix: no diagonal")
    with torch.no_grad():
        tensor.zero_()
        for i in range(min(tensor.shape)):
            tensor[i, i] = 1
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
for shape in ((4, 4), (3, 5), (5, 3)):
    ours, library = eye_(torch.empty(shape)), nn.init.eye_(torch.empty(shape))
    print(shape, "same numbers:", torch.equal(ours, library))
# --8<-- [end:equal]
assert torch.equal(ours, library) and ours.data_ptr() != library.data_ptr()

# --8<-- [start:matrices]
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.0), width_ratios=(4, 5, 3))
for axes, shape in zip(panels, ((4, 4), (3, 5), (5, 3)), strict=True):
    W = nn.init.eye_(torch.empty(shape))
    axes.spy(W == 0, marker="o", markersize=3, color="C5", alpha=0.5)
    axes.spy(W, marker="s", markersize=12, color="C0")
    axes.set(xticks=range(shape[1]), yticks=range(shape[0]))
    axes.set_title(f"{shape[1]} in, {shape[0]} out")
    axes.grid(False)
panels[0].set(xlabel="input", ylabel="output")
# --8<-- [end:matrices]

# --8<-- [start:preserved]
x = torch.tensor([1.0, 2, 3, 4, 5])
for n_in, n_out in ((4, 4), (5, 3), (3, 5)):
    layer = nn.Linear(n_in, n_out)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    print(f"{x[:n_in].tolist()} → {layer(x[:n_in]).tolist()}")
# --8<-- [end:preserved]
assert layer(x[:3]).tolist() == [1, 2, 3, 0, 0] and layer.weight.requires_grad

# --8<-- [start:moments]
torch.manual_seed(0)
measured = {}
for n_out, n_in in ((300, 300), (100, 300), (300, 100)):
    W = nn.init.eye_(torch.empty(n_out, n_in))
    x, g = torch.randn(1000, n_in), torch.randn(1000, n_out)
    forward, backward = (x @ W.T).square().mean(), (g @ W).square().mean()
    print(f"({n_out}, {n_in})  mean {W.mean():.5f}  forward {forward:.2f}  backward {backward:.2f}")
    measured[n_out, n_in] = W, forward, backward
# --8<-- [end:moments]
for (n_out, n_in), (W, forward, backward) in measured.items():
    assert torch.allclose(W.mean(), torch.tensor(1 / max(n_in, n_out)))
    assert torch.equal(torch.linalg.svdvals(W), torch.ones(min(n_in, n_out)))
    assert abs(forward - min(1, n_in / n_out)) < 0.02 and abs(backward - min(1, n_out / n_in)) < 0.02

# --8<-- [start:memory]
def memory(W, noise=0.0, steps=100):
    """How large the gradient still is, 0, 1, 2, … steps before the end."""
    h, states = torch.rand(len(W), requires_grad=True), []
    for _ in range(steps):
        states.append(h)
        h = torch.relu(W @ h + noise * torch.randn(len(W)))
    gradients = torch.autograd.grad(h @ torch.randn(len(W)), [*states, h])
    sizes = torch.stack([g.norm() for g in gradients]).flip(0)
    return sizes / sizes[0]


n = 100
eye = nn.init.eye_(torch.empty(n, n))
curves = {
    "eye_": memory(eye),
    "eye_, with input": memory(eye, noise=0.1),
    "0.9 · eye_": memory(0.9 * eye),
    "orthogonal_": memory(nn.init.orthogonal_(torch.empty(n, n))),
    "default": memory(nn.RNN(n, n).weight_hh_l0.detach()),
}
# --8<-- [end:memory]

# --8<-- [start:memory-figure]
figure, axes = plt.subplots()
for i, (label, sizes) in enumerate(curves.items()):
    end = int((sizes > 1e-8).sum()) - 1
    axes.plot(sizes[: end + 1], f"C{i}")
    height = sizes[end] * {0: 1.8, 1: 0.5, 2: 1}.get(i, 3)
    axes.text(end + 1.5, height, label, color=f"C{i}", va="center")
axes.set(xlabel="steps back in time", ylabel="size of the gradient", yscale="log")
axes.set(xlim=(0, 140), ylim=(1e-8, 5), xticks=range(0, 101, 20))
axes.set_yticks([1, 1e-2, 1e-4, 1e-6, 1e-8], ["1", "1e−2", "1e−4", "1e−6", "1e−8"])
# --8<-- [end:memory-figure]
assert (curves["eye_"] == 1).all() and 0.5 < curves["eye_, with input"][100] < 0.8
assert all(abs(curves["0.9 · eye_"][back] / 0.9**back - 1) < 1e-4 for back in (10, 50, 100))
assert 50 < (curves["orthogonal_"] > 1e-8).sum() < 72 and 17 < (curves["default"] > 1e-8).sum() < 27
assert 0.5 < curves["orthogonal_"][10] / 2**-5 < 2 and 0.3 < curves["default"][10] / 6**-5 < 3

# --8<-- [start:explode]
W = nn.Parameter(nn.init.eye_(torch.empty(n, n)))
adam = torch.optim.Adam([W], lr=0.001)
for trial in ("eye_", "one step later"):
    h = torch.rand(n)
    for _ in range(100):
        h = torch.relu(W @ h)
    largest = torch.linalg.eigvals(W.detach()).abs().max()
    print(f"{trial:15} largest eigenvalue {largest:.3f}   mean state {h.mean():.2g}")
    (-h.mean()).backward()  # a loss that wants larger states
    adam.step()
# --8<-- [end:explode]
assert abs(largest - 1.1) < 1e-4 and 6500 < h.mean() < 7000 and 1.1**100 > 13_000
V = nn.Parameter(torch.eye(n))
V.grad = torch.full((n, n), -1e-4)  # a clipped gradient moves the weights just as far
torch.optim.Adam([V], lr=0.001).step()
assert torch.allclose(V, torch.eye(n) + 0.001, atol=1e-6)

# --8<-- [start:gates]
gru = nn.GRU(5, 3)
W = gru.weight_hh_l0  # three 3×3 matrices, one above the other
nn.init.eye_(W)
print("whole:", [block.sum().item() for block in W.chunk(3)])
for block in W.chunk(3):
    nn.init.eye_(block)
print("gates:", [block.sum().item() for block in W.chunk(3)])
# --8<-- [end:gates]
assert all(torch.equal(block, torch.eye(3)) for block in W.chunk(3)) and W.is_leaf

# --8<-- [start:insert]
trained = nn.Sequential(nn.Linear(8, 20), nn.ReLU())
x = torch.randn(100, 8)
new = nn.Linear(20, 20)
nn.init.eye_(new.weight)
deeper = nn.Sequential(trained, new, nn.ReLU())
print("same outputs, default bias:", torch.equal(deeper(x), trained(x)))
nn.init.zeros_(new.bias)
print("same outputs, bias 0:      ", torch.equal(deeper(x), trained(x)))
# --8<-- [end:insert]
h = torch.tanh(trained(x))
assert torch.equal(deeper(x), trained(x)) and new(h).equal(h) and (torch.tanh(h) - h).abs().max() > 0.1

# --8<-- [start:extra-units]
wide, head = nn.Linear(3, 5), nn.Linear(5, 1)
nn.init.eye_(wide.weight)
nn.init.zeros_(wide.bias)
for activation in (torch.relu, torch.tanh):
    wide.zero_grad()
    head(activation(wide(torch.rand(10, 3)))).sum().backward()
    sizes = [round(size, 1) for size in wide.weight.grad.norm(dim=1).tolist()]
    print(f"{activation.__name__}: gradient of each unit", sizes)
# --8<-- [end:extra-units]
wide.zero_grad(), head.zero_grad()
head(torch.relu(wide(torch.rand(10, 3)))).sum().backward()
assert not wide.weight.grad[3:].any() and not wide.bias.grad[3:].any() and not head.weight.grad[:, 3:].any()
assert wide.weight.grad[:3].all() and sizes[3] > 1  # sizes: those of tanh

# --8<-- [start:decay]
W = nn.Parameter(nn.init.eye_(torch.empty(4, 4)))
W.grad = torch.zeros(4, 4)
optimizer = torch.optim.AdamW([W], lr=0.01, weight_decay=0.1)
for _ in range(1000):
    optimizer.step()
print(f"after 1000 steps: {W[0, 0].item():.3f}   theory {(1 - 0.01 * 0.1) ** 1000:.3f}")
# --8<-- [end:decay]
assert abs(W[0, 0] - 0.368) < 1e-3 and not (W - torch.diag(W.diagonal())).any()

# --8<-- [start:kernel]
try:
    nn.init.eye_(nn.Conv2d(3, 3, 3).weight)
except ValueError as error:
    print(error)
# --8<-- [end:kernel]
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(3, 3, bias=False)
nn.init.eye_(layer.weight)
print(layer(torch.tensor([1.0, 2.0, 3.0])).tolist())
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
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
print("shape            same numbers")
for shape in ((4, 4), (3, 5), (5, 3)):
    ours, library = eye_(torch.empty(shape)), nn.init.eye_(torch.empty(shape))
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "the same numbers as the library"
# --8<-- [end:equal]
assert nn.init.eye_(library) is library, "works in place, returns the tensor"

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
print("input                      output")
for n_in, n_out in ((4, 4), (5, 3), (3, 5)):
    layer = nn.Linear(n_in, n_out)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    print(f"{x[:n_in].tolist()!s:25}  {layer(x[:n_in]).tolist()}")
# --8<-- [end:preserved]
assert layer(x[:3]).tolist() == [1, 2, 3, 0, 0], "the first m inputs pass, further outputs are 0"
narrow = nn.init.eye_(torch.empty(3, 5))
assert (narrow @ x).tolist() == [1, 2, 3], "further inputs are dropped"

# --8<-- [start:moments]
torch.manual_seed(0)
measured = {}
print("out, in     mean     forward  backward")
for n_out, n_in in ((300, 300), (100, 300), (300, 100)):
    W = nn.init.eye_(torch.empty(n_out, n_in))
    x, g = torch.randn(1000, n_in), torch.randn(1000, n_out)
    forward, backward = (x @ W.T).square().mean(), (g @ W).square().mean()
    print(f"({n_out}, {n_in})  {W.mean():.5f}", end="")
    print(f"  {forward:7.2f}  {backward:8.2f}")
    measured[n_out, n_in] = W, forward, backward
# --8<-- [end:moments]
for (n_out, n_in), (W, forward, backward) in measured.items():
    assert torch.isclose(W.mean(), torch.tensor(1 / max(n_in, n_out))), "the mean is 1 / max(n_in, n_out)"
    assert torch.equal(torch.linalg.svdvals(W), torch.ones(min(n_in, n_out))), "the singular values are all 1"
    assert abs(forward - min(n_in, n_out) / n_out) < 0.02, "E(z²) = m / n_out E(x²), met within 0.02"
    assert abs(backward - min(n_in, n_out) / n_in) < 0.02, "E(g_x²) = m / n_in E(g_z²), met within 0.02"
W = nn.init.eye_(torch.empty(300, 300))
x = torch.randn(10, 300)
assert torch.equal(x @ W.T, x), "on a square layer both are exactly 1"

# --8<-- [start:memory]
def memory(W, noise=0.0, steps=100):
    """How large the gradient still is, 0, 1, 2, … steps before the end."""
    h = torch.rand(len(W), requires_grad=True)
    states = [h]
    for _ in range(steps):
        h = torch.relu(W @ h + noise * torch.randn(len(W)))
        states.append(h)
    gradients = torch.autograd.grad(h @ torch.randn(len(W)), states)
    sizes = torch.stack([g.norm() for g in gradients]).flip(0)
    return sizes / sizes[0]


def rules(n):
    eye = nn.init.eye_(torch.empty(n, n))
    return {
        "eye_": memory(eye),
        "eye_, with input": memory(eye, noise=0.1),
        "0.9 · eye_": memory(0.9 * eye),
        "orthogonal_": memory(nn.init.orthogonal_(torch.empty(n, n))),
        "default": memory(nn.RNN(n, n).weight_hh_l0.detach()),
    }
# --8<-- [end:memory]


# --8<-- [start:memory-figure]
n = 100
curves = rules(n)
heights = 1.8, 0.4, 3e-5, 3e-8, 3e-8  # of the labels
colors = "C0", "C1", "C3", "C2", "C5"
figure, axes = plt.subplots()
for label, height, color in zip(curves, heights, colors, strict=True):
    sizes = curves[label]
    end = int((sizes > 1e-8).sum()) - 1  # the last step that the picture shows
    axes.plot(sizes[: end + 1], color)
    axes.text(end + 1.5, height, label, color=color, va="center")
axes.set(xlabel="steps back in time", ylabel="size of the gradient", yscale="log")
axes.set(xlim=(0, 140), ylim=(1e-8, 5), xticks=range(0, 101, 20))
ticks = {1: "1", 1e-2: "1e−2", 1e-4: "1e−4", 1e-6: "1e−6", 1e-8: "1e−8"}
axes.set_yticks(list(ticks), list(ticks.values()))
# --8<-- [end:memory-figure]
assert (curves["eye_"] == 1).all(), "eye_ keeps the gradient at exactly 1"
assert f"{0.9**100:.0e}" == "3e-05", "it falls in a straight line to about 3e−5"
for back in (10, 50, 100):
    assert abs(curves["0.9 · eye_"][back] / 0.9**back - 1) < 1e-4, "0.9^k after k steps"
for seed in range(5):
    torch.manual_seed(seed)
    again = rules(n)
    kept = again["eye_, with input"][100]
    assert 0.5 < kept < 1, "with input less than half of it is lost after 100 steps, in 5 of 5 seeds"
    factor = memory(nn.init.orthogonal_(torch.empty(n, n)), steps=10)[10] ** -0.1
    assert abs(factor / math.sqrt(2) - 1) < 0.1, "orthogonal_: √2 per step within 10 %, in a run of 10 steps"
    factor = memory(nn.RNN(n, n).weight_hh_l0.detach(), steps=10)[10] ** -0.1
    assert abs(factor / math.sqrt(6) - 1) < 0.1, "default: √6 per step within 10 %, in a run of 10 steps"
assert curves["orthogonal_"][50] > 2**-25, "in the picture orthogonal_ keeps more than 2^-25 after 50 steps"
assert 85 < (curves["orthogonal_"] > 1e-8).sum() < 95, "in the figure orthogonal reaches 1e−8 after about 90 steps"
assert 15 < (curves["default"] > 1e-7).sum() < 25, "and the default falls to below 1e−7 after about 20"
assert abs(3 * n * nn.RNN(n, n).weight_hh_l0.var() - 1) < 0.05, "the default has variance 1/(3n)"

# --8<-- [start:explode]
W = nn.Parameter(nn.init.eye_(torch.empty(n, n)))
adam = torch.optim.Adam([W], lr=0.001)
for trial in ("eye_", "one step later"):
    h = torch.rand(n)
    for _ in range(100):
        h = torch.relu(W @ h)
    largest = torch.linalg.eigvals(W.detach()).abs().max()
    print(f"{trial:15} largest eigenvalue {largest:.3f}  mean state {h.mean():.2g}")
    (-h.mean()).backward()  # a loss that wants larger states
    adam.step()
# --8<-- [end:explode]
assert f"{largest:.3f}" == "1.100", "the eigenvalue rises by 100 · 0.001, to 1.1"
assert f"{h.mean():.1g}" == "7e+03", "the mean state explodes"
assert 1.1**100 > 13_000, "1.1^100 is more than 13,000"
for size in (1.0, 1e-4):
    W = nn.Parameter(torch.eye(n))
    W.grad = torch.full((n, n), -size)
    torch.optim.Adam([W], lr=0.001).step()
    assert torch.allclose(W, torch.eye(n) + 0.001, atol=1e-6), "clipping does not help: the size of Adam's first step"

# --8<-- [start:gates]
gru = nn.GRU(5, 3)
W = gru.weight_hh_l0  # three 3×3 matrices, one above the other
nn.init.eye_(W)
print("whole:", [block.sum().item() for block in W.chunk(3)])
for block in W.chunk(3):
    nn.init.eye_(block)
print("gates:", [block.sum().item() for block in W.chunk(3)])
# --8<-- [end:gates]
for block in W.chunk(3):
    assert torch.equal(block, torch.eye(3)), "fill the blocks one by one; they are views"
nn.init.eye_(W)
assert [block.any().item() for block in W.chunk(3)] == [True, False, False], "only the first gets ones"

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
assert torch.equal(deeper(x), trained(x)), "with bias 0 a second ReLU changes nothing"
h = torch.tanh(trained(x))
assert torch.equal(new(h), h), "the layer itself is the identity"
assert (torch.tanh(h) <= h).all(), "with tanh the trick fails: tanh(tanh(x)) is smaller"
assert (torch.tanh(h) - h).abs().max() > 0.1, "by more than 0.1"

# --8<-- [start:extra-units]
torch.manual_seed(0)
wide, head = nn.Linear(3, 5), nn.Linear(5, 1)
nn.init.eye_(wide.weight)
nn.init.zeros_(wide.bias)
for activation in (torch.relu, torch.tanh):
    wide.zero_grad()
    head(activation(wide(torch.rand(10, 3)))).sum().backward()
    sizes = [round(size, 2) for size in wide.weight.grad.norm(dim=1).tolist()]
    print(f"{activation.__name__}: gradient of each unit", sizes)
# --8<-- [end:extra-units]
assert min(sizes[3:]) > 0, "with tanh the slope at 0 is 1, and the unit learns"
wide.zero_grad()
head.zero_grad()
head(torch.relu(wide(torch.rand(10, 3)))).sum().backward()
assert not wide.weight.grad[3:].any(), "with ReLU its weights get no gradient"
assert not wide.bias.grad[3:].any(), "nor does its bias"
assert not head.weight.grad[:, 3:].any(), "and neither do the weights that read it"
assert wide.weight.grad[:3].all(), "the other units learn"

# --8<-- [start:decay]
W = nn.Parameter(nn.init.eye_(torch.empty(4, 4)))
W.grad = torch.zeros(4, 4)
optimizer = torch.optim.AdamW([W], lr=0.01, weight_decay=0.1)
for _ in range(1000):
    optimizer.step()
theory = (1 - 0.01 * 0.1) ** 1000
print(f"after 1000 steps: {W[0, 0].item():.3f}   theory {theory:.3f}")
# --8<-- [end:decay]
assert f"{W[0, 0].item():.0%}" == "37%", "here about 37 % are left after 1000 steps"
assert torch.equal(W, torch.diag(W.diagonal())), "it pulls towards 0, not towards the identity"

# --8<-- [start:kernel]
try:
    nn.init.eye_(nn.Conv2d(3, 3, 3).weight)
except ValueError as error:
    print(error)
# --8<-- [end:kernel]
plt.show()

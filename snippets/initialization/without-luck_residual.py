# --8<-- [start:branches]
import math

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F


def linear_end(hidden):  # turns size 1 into size 1
    inner, outer = torch.randn(2, 256, 256) / 256**0.5
    return 2**0.5 * torch.relu(hidden @ inner) @ outer


def relu_end(hidden):  # turns size 1 into size 1, and nothing is negative
    return 2**0.5 * torch.relu(hidden @ torch.randn(256, 256) / 256**0.5)


def norm(hidden):
    return F.layer_norm(hidden, hidden.shape[-1:])
# --8<-- [end:branches]


# --8<-- [start:stream]
def sizes(branch, blocks=100):
    stream = torch.randn(4, 256)
    found = []
    for _ in range(blocks):
        stream = stream + branch(stream)
        found.append(stream.square().mean().sqrt().item())
    return found


torch.manual_seed(0)
found = {
    "no norm": sizes(linear_end),
    "pre-norm, ReLU end": sizes(lambda stream: relu_end(norm(stream))),
    "pre-norm": sizes(lambda stream: linear_end(norm(stream))),
    "pre-norm, ÷ √100": sizes(lambda stream: linear_end(norm(stream)) / 100**0.5),
}
figure, axes = plt.subplots(figsize=(5.5, 3))
for color, (name, size) in zip((1, 3, 0, 2), found.items(), strict=True):
    axes.plot(range(1, 101), size, f"C{color}", label=name)
axes.set(xlabel="block", ylabel="size", yscale="log", ylim=(0.7, 3000))
axes.legend(loc="upper right")
# --8<-- [end:stream]

# --8<-- [start:growth]
print("block               after 10  after 100")
for name, size in found.items():
    print(f"{name:18}  {size[9]:8.1f}  {size[99]:9.2g}")
# --8<-- [end:growth]
stream = torch.randn(4, 256)
for _ in range(10):
    stream = norm(stream + linear_end(stream))
assert abs(stream.square().mean() - 1) < 1e-3, "in a post-norm block the norm resets the stream to size 1 each time"
L = torch.arange(1, 101, dtype=torch.float64)
predicted = {
    "no norm": 2 ** (L / 2),
    "pre-norm, ReLU end": (1 + L * (1 - 1 / math.pi) + L**2 / math.pi).sqrt(),
    "pre-norm": (1 + L).sqrt(),
    "pre-norm, ÷ √100": (1 + L / 100).sqrt(),
}
for name in ("pre-norm, ReLU end", "pre-norm", "pre-norm, ÷ √100"):
    off = (torch.tensor(found[name]) / predicted[name] - 1).abs().max()
    assert off < 0.1, "with a norm, the predictions are met within 10% at each of the 100 blocks"
assert predicted["no norm"][9] == 32, "L blocks multiply the size by 2^(L/2): 32 after 10"
assert f"{predicted['no norm'][99]:.0e}" == "1e+15", "10^15 after 100"
ratio = found["no norm"][99] / predicted["no norm"][99]
assert 1 / 3 < ratio < 3, "without a norm, the prediction is met within a factor of 3 after 100 blocks"
assert round(predicted["pre-norm"][99].item()) == 10, "√(1+L): about 10 after 100 blocks"
assert round(predicted["pre-norm, ReLU end"][99].item()) == 57, "57 after 100 blocks where the branch ends in ReLU"
assert round(predicted["pre-norm, ReLU end"][9].item(), 1) == 6.3, "6.3 after 10 blocks where the branch ends in ReLU"
assert round(math.pi**-0.5, 2) == 0.56, "μ = 1/√π = 0.56"
draws = 2**0.5 * torch.relu(torch.randn(10**6))
assert abs(draws.mean() - math.pi**-0.5) < 0.003, "√2·relu of a standard normal number has the mean 1/√π"
assert abs(draws.square().mean() - 1) < 0.01, "√2·relu of a standard normal number has the mean square 1"
bounds = [(1 + 1 / blocks) ** (blocks / 2) for blocks in range(1, 10_000)]
assert max(bounds) < math.e**0.5, "without a norm and with c = 1/√L the size is at most √e"
assert round(math.e**0.5, 2) == 1.65, "√e is about 1.65"
assert (1 + 100 * (1 / 100)) ** 0.5 == 2**0.5, "with a norm and c = 1/√L the size is √2"
divided = (1 + (1 - 1 / math.pi) + 100 / math.pi) ** 0.5
assert round(divided, 1) == 5.8, "ReLU ends divided by √L still reach 5.8 after 100 blocks"


# --8<-- [start:first-step]
def first_step(blocks, first=1.0, last=1.0, front=1.0, width=64):
    x, slope = F.normalize(torch.randn(2, width, dtype=torch.float64)) * width**0.5
    draws = torch.randn(2, blocks, width, width, dtype=torch.float64) / width**0.5
    A = (first * draws[0]).requires_grad_()
    B = (last * 2**0.5 * draws[1]).requires_grad_()

    def output(A, B):
        stream = x
        for inner, outer in zip(A, B, strict=True):
            stream = stream + front * outer @ torch.relu(inner @ stream)
        return stream

    start = output(A, B)
    grad_A, grad_B = torch.autograd.grad(start @ slope, (A, B))
    lr = 1e-6 * start.norm() / (grad_A.square().sum() + grad_B.square().sum())
    change = output(A - lr * grad_A, B - lr * grad_B) - start
    size = start.norm() / x.norm()
    return size.item(), (change.norm() / (lr * width * slope.norm())).item()
# --8<-- [end:first-step]


# --8<-- [start:table]
rules = {
    "as usual": lambda blocks: {},
    "last layer / √L": lambda blocks: {"last": blocks**-0.5},
    "1/√L in front": lambda blocks: {"front": blocks**-0.5},
    "last layer 0": lambda blocks: {"last": 0.0},
    "Fixup": lambda blocks: {"first": blocks**-0.5, "last": 0.0},
}
table = {}
print("start            size, 10  size, 100  change, 10  change, 100")
for name, rule in rules.items():
    few, many = first_step(10, **rule(10)), first_step(100, **rule(100))
    table[name] = few, many
    print(f"{name:15}  {few[0]:8.1f}  {many[0]:9.2g}", end="")
    print(f"  {few[1]:10.2g}  {many[1]:11.2g}")
# --8<-- [end:table]
few, many = table["last layer 0"]
assert few[0] == many[0] == 1, "with c = 0 the size is exactly 1"
for _ in range(5):
    in_weights = [first_step(blocks, last=blocks**-0.5) for blocks in (10, 100)]
    assert max(size for size, _ in in_weights) < 3, "both rules with 1/√L keep the size below 3"
    assert in_weights[1][1] > 5 * in_weights[0][1], (
        "from 10 to 100 blocks the change of `last layer / √L` grows more than fivefold, in 5 of 5 draws"
    )
    in_front = [first_step(blocks, front=blocks**-0.5) for blocks in (10, 100)]
    assert max(size for size, _ in in_front) < 3, "both rules with 1/√L keep the size below 3"
    assert in_front[1][1] < 3 * in_front[0][1], "that of `1/√L in front` less than threefold, in 5 of 5 draws"
    for blocks in (10, 100):
        change = first_step(blocks, last=0.0)[1]
        assert abs(change / (blocks / 2) - 1) < 0.25, "5 and 50 for the zeroed layer, met within 25% in 5 of 5 draws"
        change = first_step(blocks, first=blocks**-0.5, last=0.0)[1]
        assert abs(change / 0.5 - 1) < 0.25, "½ for Fixup, met within 25% in 5 of 5 draws"

A = (torch.randn(8, 8) / 8**0.5).requires_grad_()
B = torch.zeros(8, 8, requires_grad=True)
x, target = torch.randn(8, 16), torch.randn(8, 16)
for step in range(3):
    loss = F.mse_loss(x + B @ torch.relu(A @ x), target)
    grad_A, grad_B = torch.autograd.grad(loss, (A, B))
    if step == 0:
        assert not grad_A.any(), "in the first step the gradient of A is exactly 0"
        assert grad_B.any(), "in the first step only the zero layer moves"
    else:
        assert grad_A.any(), "from the second step on A moves too"
    with torch.no_grad():
        A -= 0.1 * grad_A
        B -= 0.1 * grad_B
A, B = torch.zeros(8, 8, requires_grad=True), torch.zeros(8, 8, requires_grad=True)
grad_A, grad_B = torch.autograd.grad(F.mse_loss(x + B @ torch.relu(A @ x), target), (A, B))
assert not grad_A.any(), "zeroing both leaves the branch at zero for good: A has no gradient"
assert not grad_B.any(), "zeroing both leaves the branch at zero for good: B has no gradient"
plt.show()

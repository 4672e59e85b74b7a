# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn


def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction="mean"):
    if target.dim() > 1 or {input1.dim(), input2.dim()} != {target.dim() + 1}:
        raise RuntimeError("either inputs (N, D) with target (N), or inputs (D) with target ()")
    eps = torch.tensor(1e-12).item()  # the library's constant is a float32
    product = (input1 * input2).sum(-1)
    square1 = (input1 * input1).sum(-1) + eps
    square2 = (input2 * input2).sum(-1) + eps
    cosine = product / (square1 * square2).sqrt()
    alike = torch.where(target == 1, 1 - cosine, 0)
    different = torch.where(target == -1, (cosine - margin).clamp(min=0), 0)
    loss = alike + different  # any other target: 0
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
a = torch.randn(20, 6, dtype=torch.float64, requires_grad=True)
b = torch.randn(20, 6, dtype=torch.float64, requires_grad=True)
y = torch.randint(2, (20,)) * 2 - 1  # -1 or 1
worst, margins = 0.0, (-0.5, 0.0, 0.5, 1.0)
for margin, reduction in itertools.product(margins, ("none", "mean", "sum")):
    ours = cosine_embedding_loss(a, b, y, margin, reduction)
    library = F.cosine_embedding_loss(a, b, y, margin, reduction=reduction)
    slopes = [torch.cat(torch.autograd.grad(loss.sum(), (a, b))) for loss in (ours, library)]
    for one, other in ((ours, library), slopes):
        worst = max(worst, (one - other).abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and len(margins) == 4


# --8<-- [start:example]
def show(name, values):
    print(f"{name:8}", [round(v, 4) + 0.0 for v in values])  # + 0.0: no minus zero


a = torch.tensor([[1.0, 0.0]] * 4, requires_grad=True)
b = torch.tensor([[4.0, 3.0], [3.0, 4.0], [0.0, 1.0], [-1.0, 0.0]])
y = torch.tensor([1, -1, -1, 1])  # 1: alike, -1: different
loss = F.cosine_embedding_loss(a, b, y)
loss.backward()
show("cosine", F.cosine_similarity(a, b).tolist())
show("loss", F.cosine_embedding_loss(a, b, y, reduction="none").tolist())
show("mean", [loss.item()])
for row in a.grad.tolist():
    show("gradient", row)
# --8<-- [end:example]
each = F.cosine_embedding_loss(a, b, y, reduction="none")
assert torch.allclose(each, torch.tensor([0.2, 0.6, 0, 2]), atol=1e-6) and math.isclose(loss.item(), 0.7, abs_tol=1e-6)
assert torch.allclose(a.grad, torch.tensor([[0, -0.15], [0, 0.2], [0, 0.25], [0, 0]]), atol=1e-6)
assert ((a.grad * a).sum(1).abs() < 1e-6).all()  # at right angles to the vector

# --8<-- [start:curves]
angle = torch.linspace(0, 180, 601, requires_grad=True)
turn = angle * math.pi / 180
a, b = torch.stack([turn.cos(), turn.sin()], 1), torch.tensor([[1.0, 0.0]]).expand(601, 2)
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 1, 0.0, "y = 1", (112, 1.75), (128, 0.93)),
    ("C1", -1, 0.0, "y = −1\nmargin 0", (22, 1.2), (95, -0.85)),
    ("C2", -1, 0.5, "y = −1\nmargin 0.5", (98, 0.22), (98, -0.3)),
)
for color, y, margin, label, *places in lines:
    loss = F.cosine_embedding_loss(a, b, torch.full((601,), y), margin, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), turn, retain_graph=True)
    for axis, curve, place in zip((left, right), (loss.detach(), slope), places, strict=True):
        axis.plot(angle.detach(), curve, color, linestyle="--" if axis is right and margin else "-")
        axis.text(*place, label, color=color, va="center", ha="right" if y == 1 and axis is left else "left")
left.set(title="loss", xlabel="angle between the vectors, °", xticks=range(0, 181, 45))
right.set(title="gradient by the angle", xlabel="angle between the vectors, °", xticks=range(0, 181, 45))
# --8<-- [end:curves]
assert loss[0] == 0.5 and slope[angle > 61].abs().max() == 0 and slope.abs().max() < 0.87
(pull,) = torch.autograd.grad(F.cosine_embedding_loss(a, b, torch.ones(601), reduction="sum"), turn)
assert torch.allclose(pull, turn.sin(), atol=1e-5)

# --8<-- [start:margin]
turn = torch.tensor([0.0, 30, 75, 120, 180]) * math.pi / 180
a, b = torch.stack([turn.cos(), turn.sin()], 1), torch.tensor([[1.0, 0.0]]).expand(5, 2)
print("angle        [0, 30, 75, 120, 180]")
for margin in (-1.0, -0.5, 0.0, 0.5, 0.9):
    loss = F.cosine_embedding_loss(a, b, -torch.ones(5), margin, reduction="none")
    stop = math.degrees(math.acos(margin))
    print(f"margin {margin:4}: {[round(v, 2) for v in loss.tolist()]}, pushed apart up to {stop:.0f}°")
# --8<-- [end:margin]
assert round(math.degrees(math.acos(0.5))) == 60 and round(math.degrees(math.acos(-0.5))) == 120
assert F.cosine_embedding_loss(a, b, torch.ones(5), -1.0) == F.cosine_embedding_loss(a, b, torch.ones(5), 0.9)
assert F.cosine_embedding_loss(a, b, -torch.ones(5), 1.5) == 0
negative = F.cosine_embedding_loss(a, b, -torch.ones(5), -1.5, reduction="none")
assert negative.min() > 0.499  # below -1 every different pair costs something, for ever

# --8<-- [start:reduction]
a, b, y = torch.eye(3), torch.ones(3, 3), torch.tensor([1, -1, -1])
for margin in (0.0, 0.6):
    each, total, mean = (F.cosine_embedding_loss(a, b, y, margin, reduction=r) for r in ("none", "sum", "mean"))
    print(f"{[round(v, 3) for v in each.tolist()]}, sum {total:.3f}, mean {mean:.3f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, total / 3) and (each > 0).sum() == 1

# --8<-- [start:targets]
a, b = torch.tensor([[1.0, 0.0]] * 2), torch.tensor([[4.0, 3.0]] * 2)  # cosine 0.8
for labels in ([-5, 4], [0, 1], [False, True], [-1, 1]):
    loss = F.cosine_embedding_loss(a, b, torch.tensor(labels), reduction="none")
    print(labels, [round(v, 1) for v in loss.tolist()])
zero_one = torch.tensor([0, 1])
print("converted:", (2 * zero_one - 1).tolist())
# --8<-- [end:targets]
assert F.cosine_embedding_loss(a, b, torch.tensor([-5, 4])) == 0
assert F.cosine_embedding_loss(a, b, zero_one, reduction="none")[0] == 0

# --8<-- [start:shape]
y = torch.tensor([1, -1])
for name, target in (("(N, 1)", y[:, None]), ("(N)", y), ("squeezed", y[:, None].squeeze(1))):
    try:
        print(f"{name:8}: {F.cosine_embedding_loss(a, b, target):.4f}")
    except RuntimeError as error:
        print(f"{name:8}: {error}")
print(f"one pair: {F.cosine_embedding_loss(a[0], b[0], torch.tensor(1)):.4f}")
# --8<-- [end:shape]
assert F.cosine_embedding_loss(a, b, torch.tensor([1])) == F.cosine_embedding_loss(a, b, torch.ones(2))

# --8<-- [start:sequences]
torch.manual_seed(0)
a, b = torch.randn(2, 5, 8), torch.randn(2, 5, 8)  # (batch, tokens, features)
y = torch.ones(2, 5)
try:
    F.cosine_embedding_loss(a, b, y)
except RuntimeError as error:
    print(error)
loss = F.cosine_embedding_loss(a.flatten(0, -2), b.flatten(0, -2), y.flatten(), reduction="none")
print(tuple(loss.shape), tuple(loss.view(2, 5).shape))
# --8<-- [end:sequences]

# --8<-- [start:negative]
a, b = torch.tensor([[1.0, 2.0, 2.0]]), torch.tensor([[1.0]])  # (1, 3) and (1, 1)
y = torch.tensor([1])
print(f"as given {F.cosine_embedding_loss(a, b, y):.3f}")
print(f"expanded {F.cosine_embedding_loss(a, b.expand_as(a), y):.3f}")
# --8<-- [end:negative]
assert math.isclose(1 - F.cosine_embedding_loss(a, b, y).item(), 5 / 3, abs_tol=1e-5)

# --8<-- [start:tiny]
a, b, y = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([1])
for dtype, sizes in ((torch.float32, (1.0, 1e-6, 0.0)), (torch.float16, (1.0, 1e-3, 300.0))):
    for size in sizes:
        x = (a.double() * size).to(dtype).requires_grad_()
        loss = F.cosine_embedding_loss(x, b.to(dtype), y)
        fixed = F.cosine_embedding_loss(F.normalize(x.float(), dim=1), b, y)
        print(f"{str(dtype)[6:]} times {size:5}: loss {loss:.2f}, normalized first {fixed:.2f}")
# --8<-- [end:tiny]
zero = torch.zeros(1, 2, requires_grad=True)
(slope,) = torch.autograd.grad(F.cosine_embedding_loss(zero, a, y), zero)
assert torch.allclose(slope, torch.tensor([[-1e6, 0.0]]))

# --8<-- [start:length]
for size in (0.1, 1.0, 10.0):
    x = torch.tensor([[size, 0.0]], requires_grad=True)
    loss = F.cosine_embedding_loss(x, torch.tensor([[3.0, 4.0]]), torch.tensor([1]))
    (slope,) = torch.autograd.grad(loss, x)
    grown = (x - 0.1 * slope).norm().item()
    print(f"length {size:4}: loss {loss:.1f}, gradient {slope.norm():.2f}, length after a step {grown:.4f}")
# --8<-- [end:length]
assert math.isclose(slope.norm().item(), 0.08, rel_tol=1e-4) and grown > 10

# --8<-- [start:collapse]
torch.manual_seed(0)
data, noise = torch.randn(32, 8), 0.5 * torch.randn(2, 32, 8)
i, j = torch.triu_indices(32, 32, offset=1)  # every two different things
for name in ("alike only", "and different"):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(150):
        a, b = net(data + noise[0]), net(data + noise[1])
        loss = F.cosine_embedding_loss(a, b, torch.ones(32))
        if name == "and different":
            loss = loss + F.cosine_embedding_loss(a[i], b[j], -torch.ones(len(i)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    between = F.cosine_similarity(a[i], b[j]).mean()
    print(f"{name:13}: alike {F.cosine_similarity(a, b).mean():.1f}, different {abs(between):.1f}")
# --8<-- [end:collapse]
assert abs(between) < 0.04 and F.cosine_similarity(a, b).mean() > 0.96
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

loss = nn.CosineEmbeddingLoss()
first = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
second = torch.tensor([[4.0, 3.0], [3.0, 4.0]])
alike = torch.tensor([1, -1])  # 1: alike, −1: different
print(f"loss {loss(first, second, alike):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.cosine_embedding_loss(first, second, alike, reduction="none")
assert [f"{cost:.1f}" for cost in costs] == ["0.2", "0.6"], "an alike pair and a different one cost 0.2 and 0.6"
cosines = F.cosine_similarity(first, second)
assert [f"{cosine:.1f}" for cosine in cosines] == ["0.8", "0.6"], "with a cosine of 0.8 and of 0.6"


# --8<-- [start:from-scratch]
def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction="mean"):
    if target.dim() > 1 or {input1.dim(), input2.dim()} != {target.dim() + 1}:
        raise RuntimeError("inputs (N, D) with target (N), or (D) with target ()")
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
    our_a, our_b = torch.autograd.grad(ours.sum(), (a, b))
    gradient_a, gradient_b = torch.autograd.grad(library.sum(), (a, b))
    for difference in (ours - library, our_a - gradient_a, our_b - gradient_b):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and both gradients equal the library's"
assert len(margins) == 4, "for four margins"
assert nn.CosineEmbeddingLoss().margin == 0.0, "nn.CosineEmbeddingLoss(margin=0.0)"


# --8<-- [start:example]
def show(name, values):
    print(f"{name:8}", [round(value, 4) + 0.0 for value in values])  # no minus zero


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
cosine = F.cosine_similarity(a, b).detach()
assert round(cosine[0].item(), 4) == 0.8, "against (4, 3) the cosine is 4 / 5 = 0.8"
assert round(each[0].item(), 4) == 0.2, "they are alike, the loss is 0.2"
assert round(cosine[1].item(), 4) == 0.6, "against (3, 4) it is 0.6"
assert round(each[1].item(), 4) == 0.6, "they are different, the loss is 0.6"
assert each[2] == 0, "at a right angle, different, nothing is left to pay"
assert each[3] == 2, "opposite but alike costs the most there is, 2"
assert round(loss.item(), 4) == 0.7, "the mean is 2.8 / 4 = 0.7"
assert a.grad[:, 0].abs().max() < 1e-6, "every gradient has a first component of 0"
assert a.grad[2, 1] > 0, "the third pair's loss is 0 and its gradient is not"
beyond = torch.tensor([[-0.01, 1.0]], requires_grad=True)
past = F.cosine_embedding_loss(beyond, a[:1].detach(), torch.tensor([-1]))
assert past == 0, "one step beyond, the loss is 0"
assert torch.autograd.grad(past, beyond)[0].abs().max() == 0, "and the gradient"
assert a.grad[3].abs().max() < 1e-6, "the fourth has the largest loss and no gradient at all"
sines = (1 - cosine**2).sqrt() / len(b)  # all of them have length 1
assert torch.allclose(a.grad.norm(dim=1), sines, atol=1e-6), "as long as the sine of the angle by the vector's length"

# --8<-- [start:curves]
angle = torch.linspace(0, 180, 601, requires_grad=True)
turn = angle * math.pi / 180
a = torch.stack([turn.cos(), turn.sin()], dim=1)
b = torch.tensor([[1.0, 0.0]]).expand(601, 2)
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 1, 0.0, "-", "y = 1", (70, 1.75), (128, 0.93)),
    ("C1", -1, 0.0, "-", "y = −1\nmargin 0", (22, 1.2), (95, -0.85)),
    ("C2", -1, 0.5, "--", "y = −1\nmargin 0.5", (98, 0.22), (98, -0.3)),
)
for color, y, margin, style, label, above, beside in lines:
    target = torch.full((601,), y)
    loss = F.cosine_embedding_loss(a, b, target, margin, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), turn, retain_graph=True)
    left.plot(angle.detach(), loss.detach(), color)
    left.text(*above, label, color=color, va="center")
    right.plot(angle.detach(), slope, color, linestyle=style)
    right.text(*beside, label, color=color, va="center")
left.set(title="loss", xlabel="angle between the vectors, °")
right.set(title="gradient by the angle", xlabel="angle between the vectors, °")
left.set_xticks(range(0, 181, 45))
right.set_xticks(range(0, 181, 45))
# --8<-- [end:curves]
assert loss[0] == 0.5, "with margin 0.5 it falls from 0.5"
assert loss[angle > 60.1].max() == 0, "to 0 at 60 degrees"
assert slope[angle > 60.1].abs().max() == 0, "the gradients are 0 beyond the margin"
pull = F.cosine_embedding_loss(a, b, torch.ones(601), reduction="none")
assert round(pull.max().item(), 4) == 2, "for target 1 the loss rises from 0 to 2"
(slope,) = torch.autograd.grad(pull.sum(), turn)
assert torch.allclose(slope, turn.sin(), atol=1e-5), "the force is the sine of the angle"

# --8<-- [start:margin]
turn = torch.tensor([0.0, 30, 75, 120, 180]).deg2rad()
a = torch.stack([turn.cos(), turn.sin()], dim=1)
b = torch.tensor([[1.0, 0.0]]).expand(5, 2)
print("margin    0°   30°   75°  120°  180°  pushed apart up to")
for margin in (-1.0, -0.5, 0.0, 0.5, 0.9):
    loss = F.cosine_embedding_loss(a, b, -torch.ones(5), margin, reduction="none")
    stop = math.degrees(math.acos(margin))
    losses = "  ".join(f"{value:.2f}" for value in loss)
    print(f"{margin:<6}  {losses}  {stop:17.0f}°")
# --8<-- [end:margin]
assert round(math.degrees(math.acos(0))) == 90, "the default of 0 asks for a right angle"
assert round(math.degrees(math.acos(0.5))) == 60, "0.5 is content with 60°"
alike = [F.cosine_embedding_loss(a, b, torch.ones(5), margin) for margin in (-1.0, 0.9)]
assert alike[0] == alike[1], "alike pairs do not see the margin"
assert F.cosine_embedding_loss(a, b, -torch.ones(5), 1.0) == 0, "from 1 on different pairs cost nothing"
negative = F.cosine_embedding_loss(a, b, -torch.ones(5), -1.01, reduction="none")
assert negative.min() > 0, "below −1 they always cost something"
for count in (3, 4, 5):  # a simplex has the widest angles: its cosines are −1 / (count − 1)
    corners = F.normalize(torch.eye(count) - 1 / count, dim=1)
    widest = (corners @ corners.T)[0, 1].item()
    assert math.isclose(1 + 1 / -widest, count, rel_tol=1e-5), "for the margin −m at most 1 + 1/m"

# --8<-- [start:reduction]
a, b, y = torch.eye(3), torch.ones(3, 3), torch.tensor([1, -1, -1])
print("margin  losses                  sum   mean")
for margin in (0.0, 0.6):
    each = F.cosine_embedding_loss(a, b, y, margin, reduction="none")
    total = F.cosine_embedding_loss(a, b, y, margin, reduction="sum")
    mean = F.cosine_embedding_loss(a, b, y, margin)
    losses = ", ".join(f"{value:.3f}" for value in each)
    print(f"{margin:<6}  {losses:20}  {total:.3f}  {mean:.3f}")
# --8<-- [end:reduction]
assert torch.isclose(mean, total / 3), "`mean` divides by all 3 pairs"
assert (each > 0).sum() == 1, "in the second row only one of them costs anything"

# --8<-- [start:targets]
a, b = torch.tensor([[1.0, 0.0]] * 2), torch.tensor([[4.0, 3.0]] * 2)  # cosine 0.8
print("targets        losses")
for labels in ([-5, 4], [0, 1], [False, True], [-1, 1]):
    loss = F.cosine_embedding_loss(a, b, torch.tensor(labels), reduction="none")
    print(f"{labels!s:13}  {[round(v, 1) for v in loss.tolist()]}")
# --8<-- [end:targets]
zero_one = torch.tensor([0, 1])
assert (2 * zero_one - 1).tolist() == [-1, 1], "convert labels of 0 and 1 by `2 * y - 1`"
assert F.cosine_embedding_loss(a, b, torch.tensor([-5, 4])) == 0, "any target, e.g. -5 and 4, and returns 0"
each = F.cosine_embedding_loss(a, b, zero_one, reduction="none")
assert each[1] > 0, "labels of 0 and 1: the alike pairs train"
assert each[0] == 0, "the different ones are silently lost"
assert torch.equal(2 * (zero_one > 0).long() - 1, 2 * zero_one - 1), "and booleans by `2 * y.long() - 1`"

# --8<-- [start:shape]
y = torch.tensor([1, -1])
column = y[:, None]
targets = {"(N, 1)": column, "(N)": y, "squeezed": column.squeeze(1)}
for name, target in targets.items():
    try:
        print(f"{name:8}: {F.cosine_embedding_loss(a, b, target):.4f}")
    except RuntimeError as error:
        print(f"{name:8}: {error}")
print(f"one pair: {F.cosine_embedding_loss(a[0], b[0], torch.tensor(1)):.4f}")
# --8<-- [end:shape]
single = F.cosine_embedding_loss(a, b, torch.tensor([1]))
assert single == F.cosine_embedding_loss(a, b, torch.ones(2)), "a target of shape (1) counts for all pairs of the batch"

# --8<-- [start:sequences]
torch.manual_seed(0)
a, b = torch.randn(2, 5, 8), torch.randn(2, 5, 8)  # (batch, tokens, features)
y = torch.ones(2, 5)
try:
    F.cosine_embedding_loss(a, b, y)
except RuntimeError as error:
    print(error)
tokens_a, tokens_b = a.flatten(0, -2), b.flatten(0, -2)
loss = F.cosine_embedding_loss(tokens_a, tokens_b, y.flatten(), reduction="none")
print(tuple(loss.shape), tuple(loss.view_as(y).shape))
# --8<-- [end:sequences]
assert torch.allclose(loss.view_as(y), 1 - F.cosine_similarity(a, b, dim=-1), atol=1e-6), "undo it on the result"

# --8<-- [start:negative]
a, b = torch.tensor([[1.0, 2.0, 2.0]]), torch.tensor([[1.0]])  # (1, 3) and (1, 1)
y = torch.tensor([1])
print(f"as given {F.cosine_embedding_loss(a, b, y):.3f}")
print(f"expanded {F.cosine_embedding_loss(a, b.expand_as(a), y):.3f}")
# --8<-- [end:negative]
assert math.isclose(1 - F.cosine_embedding_loss(a, b, y).item(), 5 / 3, abs_tol=1e-5), "the “cosine” here is 5 / 3"

# --8<-- [start:tiny]
b, y = torch.tensor([[1.0, 0.0]]), torch.tensor([1])
print("dtype          length  loss  normalized")
sizes = {torch.float32: (1.0, 1e-6, 0.0), torch.float16: (1.0, 1e-3, 300.0)}
for dtype, lengths in sizes.items():
    for length in lengths:
        a = torch.tensor([[length, 0.0]], dtype=dtype)
        loss = F.cosine_embedding_loss(a, b.to(dtype), y)
        fixed = F.cosine_embedding_loss(F.normalize(a.float(), dim=1), b, y)
        print(f"{dtype}  {length:6}  {loss:.2f}  {fixed:10.2f}")
# --8<-- [end:tiny]
tiny = F.cosine_embedding_loss(1e-6 * b, b, y).item()
assert math.isclose(1 - tiny, 1 / math.sqrt(2), rel_tol=1e-5), "the cosine is divided by √2"
small = torch.tensor([[1e-3, 0.0]]).half()
half = F.cosine_embedding_loss(small, b.half(), y).item()
assert round(half, 2) == 0.01, "in float16 even a length of 10⁻³ loses 0.01"
assert (300 * b.half()).square().isinf().any(), "and at 300 the square is infinite"
for other in (b, 7 * b, 1000 * b):
    zero = torch.zeros(1, 2, requires_grad=True)
    loss = F.cosine_embedding_loss(zero, other, y)
    assert loss == 1, "a vector of zeros has no direction: its loss is 1 for alike"
    loss.backward()
    assert math.isclose(zero.grad.norm(), 1e6, rel_tol=1e-4), "and the length of its gradient is 10⁶"

# --8<-- [start:length]
other = torch.tensor([[3.0, 4.0]])
print("length  gradient  length after a step")
for length in (0.1, 1.0, 10.0):
    x = torch.tensor([[length, 0.0]], requires_grad=True)
    loss = F.cosine_embedding_loss(x, other, torch.tensor([1]))
    (slope,) = torch.autograd.grad(loss, x)
    grown = (x - 0.1 * slope).norm().item()
    size = slope.norm().item()
    print(f"{length:<6}  {size:8.2f}  {grown:19.4f}")
# --8<-- [end:length]
for length in (0.1, 1.0, 10.0):
    x = torch.tensor([[length, 0.0]], requires_grad=True)
    F.cosine_embedding_loss(x, other, torch.tensor([1])).backward()
    assert math.isclose(x.grad.norm() * length, 0.8, rel_tol=1e-4), "the gradient is divided by the length"
    assert (x - 0.1 * x.grad).norm() > length, "and each step makes the vector a bit longer"


# --8<-- [start:collapse]
def train(with_different, seed):
    torch.manual_seed(seed)
    data, noise = torch.randn(32, 8), 0.5 * torch.randn(2, 32, 8)
    i, j = torch.triu_indices(32, 32, offset=1)  # every two different things
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(60):
        a, b = net(data + noise[0]), net(data + noise[1])
        loss = F.cosine_embedding_loss(a, b, torch.ones(32))
        if with_different:
            apart = -torch.ones(len(i))
            loss = loss + F.cosine_embedding_loss(a[i], b[j], apart)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    alike = F.cosine_similarity(a, b).mean().item()
    return alike, F.cosine_similarity(a[i], b[j]).mean().item()


print("with different pairs  alike  different")
for with_different in (False, True):
    alike, other = train(with_different, seed=0)
    print(f"{with_different!s:20}  {alike:5.1f}  {abs(other):9.1f}")
# --8<-- [end:collapse]
for seed in range(5):
    _, different = train(False, seed)
    assert different > 0.98, "without different pairs their mean cosine is above 0.98, in 5 of 5 seeds"
    alike, different = train(True, seed)
    assert abs(different) < 0.05, "with them its size is below 0.05, in 5 of 5 seeds"
    assert alike > 0.99, "while that of like things is above 0.99, in 5 of 5 seeds"
plt.show()

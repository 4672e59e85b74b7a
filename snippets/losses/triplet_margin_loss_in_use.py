# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F

# --8<-- [end:imports]

# --8<-- [start:stuck]
same = torch.tensor([[0.3, 0.7]]).repeat(3, 1, 1).requires_grad_()
loss = F.triplet_margin_loss(*same, margin=0.5)
loss.backward()
print("loss", loss.item())
names = ("anchor", "positive", "negative")
for name, gradient in zip(names, same.grad[:, 0].tolist(), strict=True):
    print(f"{name}: gradient {[round(value, 2) + 0.0 for value in gradient]}")
# --8<-- [end:stuck]
assert loss == 0.5, "then both distances are equal, and the loss is exactly the margin"
assert same.grad[0].abs().max() == 0, "the anchor gets no gradient"
assert (same.grad[1] + same.grad[2]).abs().max() == 0, "and those of positive and negative cancel"


# --8<-- [start:mining]
def hardest(x, labels):  # for each anchor: farthest alike, nearest different
    distance = torch.cdist(x, x)
    alike = labels[:, None] == labels
    positive = distance.masked_fill(~alike, -1).argmax(1)
    negative = distance.masked_fill(alike, math.inf).argmin(1)
    return x, x[positive], x[negative]


def every(x, labels):
    things = torch.arange(len(x))
    i, j, k = torch.cartesian_prod(things, things, things).T
    valid = (labels[i] == labels[j]) & (i != j) & (labels[i] != labels[k])
    return x[i[valid]], x[j[valid]], x[k[valid]]


torch.manual_seed(0)
labels = torch.arange(4).repeat_interleave(8)
x = 4 * torch.eye(4)[labels] + torch.randn(32, 4)  # 4 groups, nearly apart
print("triplets  number  cost something  mean loss")
for choose in (every, hardest):
    each = F.triplet_margin_loss(*choose(x, labels), reduction="none")
    costly, mean = (each > 0).double().mean(), each.mean()
    name = choose.__name__
    print(f"{name:8}  {len(each):6}  {costly:14.0%}  {mean:9.2f}")
# --8<-- [end:mining]
for seed in range(5):
    torch.manual_seed(seed)
    x = 4 * torch.eye(4)[labels] + torch.randn(32, 4)
    everything = F.triplet_margin_loss(*every(x, labels), reduction="none")
    hard = F.triplet_margin_loss(*hardest(x, labels), reduction="none")
    assert (everything > 0).double().mean() < 0.1, "fewer than 10 % of all triplets cost something, in 5 of 5 draws"
    assert (hard > 0).double().mean() > 0.4, "more than 40 % of the hardest do, in 5 of 5 draws"
assert len(everything) == 32 * 7 * 24, "the 32 things make 32 · 7 · 24 = 5376 triplets"
torch.manual_seed(0)

# --8<-- [start:squared]
a, p, n = torch.tensor([[0.0]]), torch.tensor([[3.0]]), torch.tensor([[3.4]])
near, far = (a - p).square().sum(1), (a - n).square().sum(1)
squared = (0.5 + near - far).clamp(min=0)
print(f"distances {F.triplet_margin_loss(a, p, n, margin=0.5):.2f}")
print(f"squared distances {squared.item():.2f}")
# --8<-- [end:squared]
assert squared == 0, "with squares the triplet is solved"
assert F.triplet_margin_loss(a, p, n, margin=0.5) > 0, "a margin from a paper with squares means something else here"

# --8<-- [start:refused]
x = torch.randn(4, 8)
for positive, margin in ((x, 0.0), (x, -1.0), (x[0], 1.0)):
    try:
        F.triplet_margin_loss(x, positive, x, margin)
    except (ValueError, RuntimeError) as error:
        print(error)
each = F.triplet_margin_loss(x, x[:1], x, reduction="none")
print("one positive as (1, D):", tuple(each.shape))
# --8<-- [end:refused]
assert each.shape == (4,), "one positive for all anchors has to be (1, D)"

# --8<-- [start:own]
def cosine_distance(x, y):
    return 1 - F.cosine_similarity(x, y)


triplet = torch.tensor([[[1.0, 0.0]], [[8.0, 6.0]], [[0.0, 1.0]]])
unit = F.normalize(triplet, dim=-1)
print("distance           loss")
print(f"as they are        {F.triplet_margin_loss(*triplet):.2f}")
print(f"unit length        {F.triplet_margin_loss(*unit):.2f}")
for function in (F.cosine_similarity, cosine_distance):
    loss = F.triplet_margin_with_distance_loss(*triplet, distance_function=function)
    print(f"{function.__name__:17}  {loss:.2f}")
# --8<-- [end:own]
square = F.pairwise_distance(unit[0], unit[1]) ** 2
wanted = 2 * cosine_distance(triplet[0], triplet[1])
assert torch.allclose(square, wanted, atol=1e-5), "for unit vectors the squared distance is 2 (1 − cos)"

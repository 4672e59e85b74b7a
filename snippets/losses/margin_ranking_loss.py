# --8<-- [start:call]
import torch
from torch import nn

loss = nn.MarginRankingLoss(margin=1.0)
first, second = torch.tensor([3.0, 1.0, 1.0]), torch.tensor([1.0, 0.5, 3.0])
winner = torch.tensor([1, 1, 1])  # 1: the first should win, −1: the second
print(f"loss {loss(first, second, winner):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.margin_ranking_loss(first, second, winner, margin=1.0, reduction="none")
assert (first - second).tolist() == [2, 0.5, -2], "leads of 2, 0.5 and −2"
assert costs.tolist() == [0, 0.5, 3], "cost 0, 0.5 and 3"


# --8<-- [start:from-scratch]
def margin_ranking_loss(input1, input2, target, margin=0, reduction="mean"):
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError("all three need the same number of dimensions")
    loss = (margin - target * (input1 - input2)).clamp(min=0)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x1 = torch.randn(20, 6, dtype=torch.float64).requires_grad_()
x2 = torch.randn(20, 6, dtype=torch.float64).requires_grad_()
y = torch.randint(2, (20, 6)) * 2 - 1  # -1 or 1
worst, margins = 0.0, (0.0, 0.5, 1.0, -0.5)
for margin, reduction in itertools.product(margins, ("none", "mean", "sum")):
    ours = margin_ranking_loss(x1, x2, y, margin, reduction)
    library = F.margin_ranking_loss(x1, x2, y, margin, reduction=reduction)
    our1, our2 = torch.autograd.grad(ours.sum(), (x1, x2))
    gradient1, gradient2 = torch.autograd.grad(library.sum(), (x1, x2))
    for difference in (ours - library, our1 - gradient1, our2 - gradient2):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "the value and both gradients equal the library's"
assert len(margins) == 4, "for four margins"
assert nn.MarginRankingLoss().margin == 0.0, "nn.MarginRankingLoss(margin=0.0)"

# --8<-- [start:example]
x1 = torch.tensor([3.0, 1.0, 1.0, 2.0], requires_grad=True)
x2 = torch.tensor([1.0, 0.5, 3.0, 0.0], requires_grad=True)
y = torch.tensor([1.0, 1.0, 1.0, -1.0])  # 1: the first should win
loss = F.margin_ranking_loss(x1, x2, y, margin=1.0)
loss.backward()
each = F.margin_ranking_loss(x1, x2, y, margin=1.0, reduction="none")
print("loss           ", each.tolist())
print("mean           ", loss.item())
print("gradient, first", (x1.grad + 0).tolist())
print("gradient, second", x2.grad.tolist())
# --8<-- [end:example]
assert (x1 - x2).tolist() == [2, 0.5, -2, 2], "leads of 2, 0.5, −2 and 2 of the first score"
assert each[0] == 0, "the first pair leads by 2: nothing to pay"
assert each[1] == 1 - 0.5, "the second leads by 0.5, so half a unit is missing"
assert each[2] == 1 + 2, "the third is in the wrong order by 2, which costs 1 + 2 = 3"
assert each[3] == 3, "in the fourth the second score should win: 3 again"
assert loss == 6.5 / 4, "the mean is 6.5 / 4 = 1.625"
assert torch.equal(x2.grad, -x1.grad), "both scores of a pair get the same force in opposite directions"
shifted = F.margin_ranking_loss(x1 + 4, x2 + 4, y, margin=1.0)
assert shifted == loss, "this loss cannot tell scores from scores plus a constant"
assert F.margin_ranking_loss(x1, x2, y.long(), margin=1.0) == loss, "integers allowed"

# --8<-- [start:curves]
d = torch.linspace(-3, 3, 601, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2)
lines = (
    ("C0", 1, 0.0, "y = 1\nmargin 0", (-3.0, 0.8), "-"),
    ("C1", 1, 1.0, "y = 1\nmargin 1", (-1.4, 3.3), (0, (4, 2))),
    ("C2", -1, 1.0, "y = −1\nmargin 1", (1.5, 1.5), "-"),
)
for color, y, margin, label, place, style in lines:
    zero = torch.zeros_like(d)
    loss = F.margin_ranking_loss(d, zero, zero + y, margin, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), d)
    left.plot(d.detach(), loss.detach(), color)
    right.plot(d.detach(), slope, color, linestyle=style)
    left.text(*place, label, color=color, va="center")
left.set(title="loss", xlabel="x₁ − x₂", xticks=range(-3, 4))
right.set(title="gradient by x₁", xlabel="x₁ − x₂", xticks=range(-3, 4))
right.set_yticks((-1, 0, 1))
# --8<-- [end:curves]
assert slope[d > -0.99].unique() == 1, "−y by x₁ where the lead is at most `margin`"
assert slope[d < -1.01].unique() == 0, "0 elsewhere"
corner = torch.tensor([1.0], requires_grad=True)
F.margin_ranking_loss(corner, torch.zeros(1), torch.ones(1), margin=1.0).backward()
assert corner.grad == -1, "a lead of exactly `margin` still has the gradient −y"


# --8<-- [start:margin]
def rank_items(margin, seed):
    torch.manual_seed(seed)
    features, hidden = torch.randn(200, 5), torch.randn(5)
    relevance = features @ hidden
    i, j = torch.randint(200, (2, 2000))  # 2000 pairs of 200 items
    y = (relevance[i] - relevance[j]).sign()
    model = nn.Linear(5, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    for _ in range(100):
        score = model(features).squeeze(1)
        loss = F.margin_ranking_loss(score[i], score[j], y, margin)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    in_order = ((score[i] - score[j]) * y >= 0).float().mean().item()
    return in_order, model.weight.norm().item()


print("margin  pairs in order  length of the weights")
for margin in (0.0, 0.1, 1.0):
    in_order, length = rank_items(margin, seed=0)
    print(f"{margin:<6}  {in_order:14.0%}  {length:21.1f}")
# --8<-- [end:margin]
for seed in range(5):
    runs = [rank_items(margin, seed) for margin in (0.0, 0.1, 1.0)]
    assert min(in_order for in_order, _ in runs) > 0.98, "more than 98 % of the pairs in order, in 5 of 5 seeds"
    lengths = [length for _, length in runs]
    assert lengths == sorted(lengths), "the weights grow with the margin, in 5 of 5 seeds"
    assert lengths[2] > 10 * lengths[0], "from 0 to 1 by more than a factor of 10, in 5 of 5 seeds"

# --8<-- [start:reduction]
x1 = torch.tensor([0.0, 5.0, 5.0, 5.0])
x2 = torch.tensor([1.0, 0.0, 0.0, 0.0])
y = torch.ones(4)
for reduction in ("none", "sum", "mean"):
    print(reduction, F.margin_ranking_loss(x1, x2, y, reduction=reduction).tolist())
# --8<-- [end:reduction]
each = F.margin_ranking_loss(x1, x2, y, reduction="none")
assert (each > 0).sum() == 1, "one pair in the wrong order"
assert (x1 - x2).tolist()[1:] == [5, 5, 5], "three that lead by 5"
assert F.margin_ranking_loss(x1, x2, y) == each.sum() / 4, "`mean` counts the pairs in order too"

# --8<-- [start:by-hand]
a = torch.tensor([2.0, 1.0, 1.0, 1.0])
b = torch.tensor([2.0, -3.0, 1.0, 1.0])
c = torch.tensor([-1.0, 1.0, -1.0, -1.0])
print("target  losses                sum")
for name, target in (("b", b), ("c", c)):
    each = F.margin_ranking_loss(a, b, target, margin=1.0, reduction="none")
    print(f"{name:6}  {each.tolist()!s:20}  {each.sum():3.0f}")
# --8<-- [end:by-hand]
assert each.sum() == 3, "with the intended labels the library agrees with the hand"
wrong = F.margin_ranking_loss(a, b, b, margin=1.0, reduction="none")
assert wrong.sum() == 16, "I get 16"
assert wrong[1] == 1 - (-3) * (1 - (-3)), "the 13 is 1 − (−3)(1 − (−3))"

# --8<-- [start:collapse]
x1, x2, y = torch.tensor([1.0, 3.0]), torch.tensor([2.0, 0.0]), torch.ones(2)
print("scores times  margin 0  margin 1")
for scale in (1.0, 0.1, 0.0):
    without = F.margin_ranking_loss(scale * x1, scale * x2, y).item()
    one = F.margin_ranking_loss(scale * x1, scale * x2, y, margin=1.0).item()
    print(f"{scale:<12}  {without:8.2f}  {one:8.2f}")
# --8<-- [end:collapse]
assert without == 0, "equal scores cost nothing"
assert one == 1, "with a margin of 1 the collapse costs 1 per pair"
small = F.margin_ranking_loss(0.125 * x1, 0.125 * x2, y)
assert small == 0.125 * F.margin_ranking_loss(x1, x2, y), "shrinking all scores shrinks the loss"

# --8<-- [start:tie]
x1, x2, y = torch.zeros(1, requires_grad=True), torch.zeros(1), torch.ones(1)
print("version  loss  gradient")
for name, loss in (
    ("library", F.margin_ranking_loss(x1, x2, y)),
    ("relu", F.relu(-y * (x1 - x2))),
):
    (slope,) = torch.autograd.grad(loss, x1)
    print(f"{name:7}  {loss.item() + 0}  {slope.item() + 0:8}")
# --8<-- [end:tie]
assert slope == 0, "`relu` does not"
(slope,) = torch.autograd.grad(F.margin_ranking_loss(x1, x2, y), x1)
assert slope == -1, "the library clamps, and a clamp passes the gradient at its bound"

# --8<-- [start:zero-one]
x1 = torch.tensor([2.0, -2.0], requires_grad=True)
x2 = torch.zeros(2)
print("label  losses      gradient by the first score")
for label in (-1.0, 0.0, 2.0):  # the differences are 2 and -2
    y = torch.full((2,), label)
    loss = F.margin_ranking_loss(x1, x2, y, margin=1.0, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x1)
    slope = (slope + 0).tolist()
    print(f"{label:<5.0f}  {loss.tolist()!s:10}  {slope}")
# --8<-- [end:zero-one]
assert slope == [0, -2], "a label of 2 doubles the force"
half = F.margin_ranking_loss(torch.tensor([0.5, 0.49]), torch.zeros(2), torch.full((2,), 2.0), 1.0, reduction="none")
assert half[0] == 0, "and halves the lead that is needed: 0.5 is enough"
assert half[1] > 0, "less than half is not"
zero = F.margin_ranking_loss(x1, torch.zeros(2), torch.zeros(2), margin=1.0, reduction="none")
assert zero.tolist() == [1, 1], "a label of 0: the pair costs `margin` for ever"
assert torch.autograd.grad(zero.sum(), x1)[0].tolist() == [0, 0], "and has no gradient"
graded = F.margin_ranking_loss(x1, torch.zeros(2), 2 * torch.ones(2), reduction="none")
plain = F.margin_ranking_loss(x1, torch.zeros(2), torch.ones(2), reduction="none")
assert torch.equal(graded, 2 * plain), "a graded label works as a weight only when `margin` is 0"

# --8<-- [start:shapes]
x1, x2 = torch.tensor([[1.0], [2.0], [3.0]]), torch.zeros(3, 1)
print("target  result")
for size in ((3,), (3, 1), (1, 3)):
    try:
        loss = F.margin_ranking_loss(x1, x2, torch.ones(size), reduction="none")
        print(f"{size!s:6}  {tuple(loss.shape)}")
    except RuntimeError as error:
        print(f"{size!s:6}  {error}")
# --8<-- [end:shapes]
assert loss.shape == (3, 3), "a target of (1, N) is accepted and compares every pair with every label"

# --8<-- [start:all-pairs]
score, grade = torch.tensor([2.0, 0.5, 1.0, -1.0]), torch.tensor([2, 1, 0, 0])
first, second = score[:, None], score[None, :]  # every score against every other
y = (grade[:, None] - grade[None, :]).sign()  # (4, 4), 0 where the grades are equal
each = F.margin_ranking_loss(first, second, y, margin=0.25, reduction="none")
for row in each * (y > 0):
    print(row.tolist())
print(f"mean over ordered pairs {each[y > 0].mean():.2f}")
# --8<-- [end:all-pairs]
assert (y > 0).sum() == 5, "four documents with grades 2, 1, 0, 0 make five ordered pairs"
assert each.numel() == 16, "not over all 16 entries"
assert each[y == 0].unique() == 0.25, "where the target is 0 the library still returns the margin"
assert each[y > 0].sum() == each[1, 2], "only the second document against the third costs"
assert each[1, 2] == 0.25 + 0.5, "it should lead by 0.25 and is 0.5 behind"

# --8<-- [start:distance]
near, far = torch.tensor([0.2, 1.5]), torch.tensor([2.0, 1.0])  # distances
print("target  in order  in the wrong order")
for label in (1.0, -1.0):
    y = torch.full((2,), label)
    loss = F.margin_ranking_loss(near, far, y, reduction="none")
    print(f"{label:<6.0f}  {loss[0]:8.1f}  {loss[1]:18.1f}")
# --8<-- [end:distance]
assert (loss > 0).tolist() == [False, True], "the first pair is in order, the second is not"
opposite = F.margin_ranking_loss(near, far, torch.ones(2), reduction="none")
assert (opposite > 0).tolist() == [True, False], "with the target 1 you train the opposite"
swapped = F.margin_ranking_loss(far, near, torch.ones(2), reduction="none")
assert torch.equal(swapped, loss), "or swap the two"

# --8<-- [start:relatives]
torch.manual_seed(0)
x1, x2, anchor, positive, negative = torch.randn(5, 4, 3)
y = torch.randn(4, 3).sign()
ranking = F.margin_ranking_loss(x1, torch.zeros(4, 3), y, margin=1.0)
svm = (1 - y * x1).clamp(min=0).mean()
print("hinge of an SVM: equal", torch.isclose(ranking, svm).item())

far = F.pairwise_distance(anchor, negative)
near = F.pairwise_distance(anchor, positive)
ranking = F.margin_ranking_loss(far, near, torch.ones(4), margin=1.0)
triplet = F.triplet_margin_loss(anchor, positive, negative)
print("triplet:         equal", torch.isclose(ranking, triplet).item())

ranknet = torch.log(1 + torch.exp(-y * (x1 - x2))).mean()
soft = F.soft_margin_loss(x1 - x2, y)
print("RankNet:         equal", torch.isclose(soft, ranknet).item())
# --8<-- [end:relatives]
assert torch.isclose(F.margin_ranking_loss(x1, 0 * x1, y, 1), svm), "the hinge loss of an SVM is this against zeros"
assert torch.isclose(ranking, triplet), "`TripletMarginLoss` is this loss on two distances"
assert torch.isclose(soft, ranknet), "RankNet's loss is `SoftMarginLoss` of the difference"
plt.show()

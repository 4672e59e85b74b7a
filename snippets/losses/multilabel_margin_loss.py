# --8<-- [start:call]
import torch
from torch import nn

loss = nn.MultiLabelMarginLoss()
scores = torch.tensor([[1.5, 1.0, 0.5, -1.0], [2.0, 0.0, 2.0, 1.0]])
labels = torch.tensor([[0, 2, -1, -1], [0, 2, -1, -1]])  # 0 and 2, then −1
print(f"loss {loss(scores, labels):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.multilabel_margin_loss(scores, labels, reduction="none")
assert costs.tolist() == [0.5, 0], "the first sample costs 0.5, the second nothing"
leads = scores[:, [0, 2]].amin(1) - scores[:, [1, 3]].amax(1)
assert leads.tolist() == [-0.5, 1], "the lower label is 0.5 behind the best other class, then 1 ahead of it"


# --8<-- [start:from-scratch]
def multilabel_margin_loss(input, target, reduction="mean"):
    x, y = torch.atleast_2d(input), torch.atleast_2d(target)
    c = x.shape[1]
    in_range = ((y >= -1) & (y < c)).all()
    if x.dim() > 2 or c == 0 or y.shape != x.shape or not in_range:
        raise RuntimeError("target needs the shape of input, values -1 to C - 1")
    listed = (y >= 0).cumprod(1).bool()[:, :, None]  # up to the first -1
    named = listed & (y[:, :, None] == torch.arange(c))  # (N, place, class)
    label = named.any(1, keepdim=True)
    missing = 1 - x.gather(1, y.clamp(min=0))[:, :, None] + x[:, None, :]
    wrong = listed & ~label & (missing > 0)
    loss = torch.where(wrong, missing, 0).sum((1, 2)) / c
    loss = loss.reshape(input.shape[:-1])
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(200, 6, dtype=torch.float64).requires_grad_()
y = torch.randint(-1, 6, (200, 6))  # -1 anywhere, classes twice, no label at all
worst = 0.0
for reduction in ("none", "mean", "sum"):
    ours = multilabel_margin_loss(x, y, reduction)
    library = F.multilabel_margin_loss(x, y, reduction=reduction)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for one, other in ((ours, library), (our_gradient, gradient)):
        difference = (one - other).abs() / other.abs().clamp(min=1)
        worst = max(worst, difference.max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert (y[:, 0] == -1).any(), "on random targets with −1 anywhere, also without any label"
(gradient,) = torch.autograd.grad(F.multilabel_margin_loss(x, y), x, create_graph=True)
try:
    gradient.sum().backward()
    message = ""
except RuntimeError as error:
    message = str(error)
assert "multilabel_margin_loss_backward is not implemented" in message, "the library refuses a second derivative"

# --8<-- [start:example]
x = torch.tensor([[1.5, 1.0, 0.5, -1.0]], requires_grad=True)  # scores of 4 classes
y = torch.tensor([[0, 2, -1, -1]])  # the labels are 0 and 2
loss = F.multilabel_margin_loss(x, y)
loss.backward()
print("loss    ", loss.item())
print("gradient", (x.grad + 0).tolist())
# --8<-- [end:example]
assert loss == (0.5 + 1.5) / 4, "the loss is (0.5 + 1.5) / 4 = 0.5"
assert x[0, 0] - x[0, 1] == 0.5, "label 0 leads class 1 by 0.5, so 0.5 is missing"
assert x[0, 2] - x[0, 1] == -0.5, "label 2 is behind class 1 by 0.5, so 1.5 is missing"
assert min(x[0, 0], x[0, 2]) - x[0, 3] > 1, "both lead class 3 by more than 1"
assert x.grad[0, 1] == 2 * -x.grad[0, 0], "class 1 is pushed down twice as hard as label 0 is pushed up"
assert x.grad[0, 2] == x.grad[0, 0], "and as label 2"

# --8<-- [start:curves]
s = torch.linspace(-3, 3, 601, requires_grad=True)
others = torch.tensor([1.0, 0.0, -1.0]).expand(601, 3)
x = torch.cat((s[:, None], others), dim=1)  # class 0 moves
figure, (left, right) = plt.subplots(1, 2)
for color, labels, text, place in (
    ("C0", [0, 1, -1, -1], "a label", (-1.8, 1.25)),
    ("C1", [1, -1, -1, -1], "not a label", (-0.3, 0.7)),
):
    y = torch.tensor(labels).expand(601, 4)
    loss = F.multilabel_margin_loss(x, y, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), s, retain_graph=True)
    left.plot(s.detach(), loss.detach(), color)
    right.plot(s.detach(), slope, color)
    left.text(*place, text, color=color)
left.set(title="loss", xlabel="score of class 0", xticks=range(-3, 4))
right.set(title="gradient", xlabel="score of class 0", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope[s > 0.01].unique() == 0.25, "as a class that is no label the gradient is 0.25 from 0 on"
assert slope[s < -0.01].unique() == 0, "and 0 up to 0"
assert loss[s < -0.01].max() == 0, "as a class that is no label the loss is 0 up to 0"
y = torch.tensor([0, 1, -1, -1]).expand(601, 4)
loss = F.multilabel_margin_loss(x, y, reduction="none")
(slope,) = torch.autograd.grad(loss.sum(), s)
assert slope[s < -0.01].unique() == -0.5, "as a label the steps are −0.5"
assert slope[(s > 0.01) & (s < 0.99)].unique() == -0.25, "then −0.25, with corners at 0 and 1"
assert loss[s > 1.01].max() == 0, "and 0 beyond 1"

# --8<-- [start:reduction]
x, y = torch.zeros(2, 4), torch.tensor([[0, -1, -1, -1], [0, 1, -1, -1]])
for reduction in ("none", "sum", "mean"):
    print(reduction, F.multilabel_margin_loss(x, y, reduction=reduction).tolist())
# --8<-- [end:reduction]
each = F.multilabel_margin_loss(x, y, reduction="none")
assert each[0] == 3 * 1 / 4, "with one label, 3 pairs miss 1 each"
assert each[1] == 2 * 2 / 4, "with two labels, 2 · 2 pairs do"
for classes in range(2, 9):
    start = []
    for labels in range(1, classes):
        y = torch.arange(classes).where(torch.arange(classes) < labels, -1)
        start.append(F.multilabel_margin_loss(torch.zeros(classes), y).item())
        expected = labels * (classes - labels) / classes
        assert abs(start[-1] - expected) < 1e-6, "the number to expect in the first step: |Y| (C − |Y|) / C"
    rising = start[: classes // 2]
    assert rising == sorted(rising), "samples with many labels weigh more, up to half of the classes"

# --8<-- [start:margin]
x, y = torch.tensor([[0.8, 0.4, 0.0]]), torch.tensor([[0, -1, -1]])
print("margin    loss  by hand")
for margin in (0.5, 1.0, 2.0):
    loss = margin * F.multilabel_margin_loss(x / margin, y)
    by_hand = (margin - x[0, 0] + x[0, 1:]).clamp(min=0).sum() / 3
    print(f"{margin:<6}  {loss:.4f}  {by_hand:7.4f}")
# --8<-- [end:margin]
for margin in (0.5, 1.0, 2.0):
    loss = margin * F.multilabel_margin_loss(x / margin, y)
    by_hand = (margin - x[0, 0] + x[0, 1:]).clamp(min=0).sum() / 3
    assert torch.isclose(loss, by_hand), "divide the scores by the margin m that you want and multiply the loss by it"

# --8<-- [start:formats]
x = torch.zeros(1, 4)
multi_hot, listed, one = [[1.0, 0.0, 0.0, 1.0]], [[0, 3, -1, -1]], [3]
print("function                          dtype        shape   target")
for name, target in (
    ("multilabel_margin_loss", listed),
    ("multilabel_soft_margin_loss", multi_hot),
    ("binary_cross_entropy_with_logits", multi_hot),
    ("multi_margin_loss", one),
    ("cross_entropy", one),
):
    y = torch.tensor(target)
    loss = getattr(F, name)(x, y)
    print(f"{name:32}  {str(y.dtype)[6:]:11}  {tuple(y.shape)!s:6}  {target}")
# --8<-- [end:formats]

# --8<-- [start:multi-hot]
x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
multi_hot = torch.tensor([[1, 0, 0, 1]])  # classes 0 and 3
listed = multi_hot.sort(descending=True, stable=True).indices  # labels first
listed[torch.arange(4) >= multi_hot.sum(1, keepdim=True)] = -1
print("multi-hot", round(F.multilabel_margin_loss(x, multi_hot).item(), 4))
print("indices  ", round(F.multilabel_margin_loss(x, listed).item(), 4))
print(listed.tolist())
# --8<-- [end:multi-hot]
assert listed.tolist() == [[0, 3, -1, -1]], "convert it"
read = multilabel_margin_loss(x, torch.tensor([[1, 0, 0, 1]]))
assert torch.isclose(F.multilabel_margin_loss(x, multi_hot), read), "`[1, 0, 0, 1]` is read as the list 1, 0, 0 and 1"
once = F.multilabel_margin_loss(x, torch.tensor([[1, 0, -1, -1]]))
assert F.multilabel_margin_loss(x, multi_hot) == 2 * once, "an index that is in the list twice counts twice"

# --8<-- [start:padding]
def try_list(labels):
    try:
        loss = F.multilabel_margin_loss(x, torch.tensor([labels]))
        print(f"{labels!s:22}  {loss:.4f}")
    except RuntimeError as error:
        print(f"{labels!s:22}  {error}")


print("target                  loss")
for labels in ([3, 0, -1, -1], [3, 0, -1, 2], [3, -1, 0, -1], [3, 0, 0, 0]):
    try_list(labels)
for labels in ([3, 3, -1, -1], [3, 0], [3, 0, -1, 9], [3.0, 0.0, -1.0, -1.0]):
    try_list(labels)
# --8<-- [end:padding]
only_three, both, ignored, thrice, twice = (
    F.multilabel_margin_loss(x, torch.tensor([labels]))
    for labels in ([3, -1, -1, -1], [3, 0, -1, -1], [3, 0, -1, 2], [3, 0, 0, 0], [3, 3, -1, -1])
)
assert ignored == both, "everything after the first −1 is ignored, even a valid index"
assert F.multilabel_margin_loss(x, torch.tensor([[3, -1, 0, -1]])) == only_three, "in the third row the list is [3]"
assert twice == 2 * only_three, "in the fifth class 3 counts twice"
by_zero = (1 - x[0, 0] + x[0, 1:3]).clamp(min=0).sum() / 4  # the pairs of class 0 against classes 1 and 2
assert torch.isclose(thrice - both, 2 * by_zero), "in the fourth, class 0 counts three times"

# --8<-- [start:unlabelled]
x = torch.tensor([[5.0, -5.0, 5.0]], requires_grad=True)
print("target      loss  gradient")
for name, y in (("no label  ", [[-1, -1, -1]]), ("all labels", [[0, 1, 2]])):
    loss = F.multilabel_margin_loss(x, torch.tensor(y))
    (gradient,) = torch.autograd.grad(loss, x)
    print(f"{name}  {loss.item():4}  {gradient.tolist()}")
# --8<-- [end:unlabelled]
for y in ([[-1, -1, -1]], [[0, 1, 2]]):
    loss = F.multilabel_margin_loss(x, torch.tensor(y))
    assert loss == 0, "without pairs the loss is 0, whatever the scores"
    assert torch.autograd.grad(loss, x)[0].abs().max() == 0, "and the gradient"

# --8<-- [start:threshold]
x, y = torch.tensor([[4.0, 1.0, 3.0]]), torch.tensor([[0, 2, -1]])
print("shift   loss  scores above 0")
for shift in (0.0, 100.0, -100.0):
    loss = F.multilabel_margin_loss(x + shift, y)
    above = (x + shift > 0).sum()
    print(f"{shift:<6}  {loss.item():4}  {above} of 3")
# --8<-- [end:threshold]
for shift in (100.0, -100.0):
    shifted = F.multilabel_margin_loss(x + shift, y)
    assert shifted == F.multilabel_margin_loss(x, y), "a constant added to all scores of a sample changes nothing"

# --8<-- [start:compiled]
x = torch.tensor([[1.0, -1.0, 0.5, 0.3, -0.2]])
y = torch.tensor([[0, 1, -1, -1, -1]])
compiled = torch.compile(F.multilabel_margin_loss, backend="aot_eager")
for name, loss in (("eager", F.multilabel_margin_loss), ("compiled", compiled)):
    print(f"{name:8} {loss(x, y):.2f}")
# --8<-- [end:compiled]
extra = (1 - x[0, 0] + x[0, 2:]).clamp(min=0).sum() / 5
excess = compiled(x, y) - F.multilabel_margin_loss(x, y)
assert torch.isclose(excess, 3 * extra), "it counts class 0 as a label once more for every padded place"
full = torch.arange(5)[None]
assert compiled(x, full) == F.multilabel_margin_loss(x, full), "wrong as soon as a target holds −1"
torch.use_deterministic_algorithms(True)  # fills memory that nobody has written with nan
x, y = torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.long)
for reduction in ("mean", "sum"):
    loss = F.multilabel_margin_loss(x, y, reduction=reduction)
    assert loss.isnan(), "for an empty batch version 2.13 returns memory that it never wrote"
torch.use_deterministic_algorithms(False)
plt.show()

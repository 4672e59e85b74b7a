# --8<-- [start:from-scratch]
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


def multilabel_margin_loss(input, target, reduction="mean"):
    x, y = torch.atleast_2d(input), torch.atleast_2d(target)
    c = x.shape[1]
    if x.dim() > 2 or c == 0 or y.shape != x.shape or not ((y >= -1) & (y < c)).all():
        raise RuntimeError("target needs the shape of input and values from -1 to C - 1")
    listed = (y >= 0).cumprod(1).bool()[:, :, None]  # up to the first -1
    named = listed & (y[:, :, None] == torch.arange(c))  # (N, place in the list, class)
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
    slopes = [torch.autograd.grad(loss.sum(), x)[0] for loss in (ours, library)]
    for a, b in ((ours, library), slopes):
        worst = max(worst, ((a - b).abs() / b.abs().clamp(min=1)).max().item())
print(f"largest relative difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13 and (y[:, 0] == -1).any()
try:
    torch.autograd.grad(F.multilabel_margin_loss(x, y), x, create_graph=True)[0].sum().backward()
except RuntimeError as error:
    assert "multilabel_margin_loss_backward is not implemented" in str(error)
else:
    raise AssertionError("the library has a second derivative now")

# --8<-- [start:example]
x = torch.tensor([[1.5, 1.0, 0.5, -1.0]], requires_grad=True)  # scores of 4 classes
y = torch.tensor([[0, 2, -1, -1]])  # the labels are 0 and 2
loss = F.multilabel_margin_loss(x, y)
loss.backward()
print("loss    ", loss.item())
print("gradient", (x.grad + 0).tolist())
# --8<-- [end:example]
assert loss == (0.5 + 1.5) / 4 == 0.5 and x.grad.tolist() == [[-0.25, 0.5, -0.25, 0]]

# --8<-- [start:curves]
s = torch.linspace(-3, 3, 601, requires_grad=True)  # the range of every loss page
x = torch.stack((s, *torch.tensor([1.0, 0.0, -1.0]).expand(601, 3).T), dim=1)  # class 0 moves
figure, (left, right) = plt.subplots(1, 2)
for color, labels, text, place in (
    ("C0", [0, 1, -1, -1], "a label", (-1.8, 1.25)),
    ("C1", [1, -1, -1, -1], "not a label", (-0.3, 0.7)),
):
    loss = F.multilabel_margin_loss(x, torch.tensor(labels).expand(601, 4), reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), s, retain_graph=True)
    left.plot(s.detach(), loss.detach(), color)
    right.plot(s.detach(), slope, color)
    left.text(*place, text, color=color)
left.set(title="loss", xlabel="score of class 0", xticks=range(-3, 4))
right.set(title="gradient", xlabel="score of class 0", xticks=range(-3, 4))
# --8<-- [end:curves]
assert slope.unique().tolist() == [0, 0.25] and (slope[s > 0.01] == 0.25).all() and (slope[s < -0.01] == 0).all()

# --8<-- [start:reduction]
x, y = torch.zeros(2, 4), torch.tensor([[0, -1, -1, -1], [0, 1, -1, -1]])
for reduction in ("none", "sum", "mean"):
    print(reduction, F.multilabel_margin_loss(x, y, reduction=reduction).tolist())
# --8<-- [end:reduction]
assert F.multilabel_margin_loss(x, y) == 0.875 == (1 * 3 / 4 + 2 * 2 / 4) / 2

# --8<-- [start:margin]
x, y = torch.tensor([[0.8, 0.4, 0.0]]), torch.tensor([[0, -1, -1]])
for margin in (0.5, 1.0, 2.0):
    loss = margin * F.multilabel_margin_loss(x / margin, y)
    by_hand = (margin - x[0, 0] + x[0, 1:]).clamp(min=0).sum() / 3
    print(f"margin {margin}: {loss:.4f}, by hand {by_hand:.4f}")
# --8<-- [end:margin]
assert torch.isclose(loss, by_hand)

# --8<-- [start:formats]
x = torch.zeros(1, 4)
multi_hot, listed, one = [[1.0, 0.0, 0.0, 1.0]], [[0, 3, -1, -1]], [3]
for name, target in (
    ("multilabel_margin_loss", listed),
    ("multilabel_soft_margin_loss", multi_hot),
    ("binary_cross_entropy_with_logits", multi_hot),
    ("multi_margin_loss", one),
    ("cross_entropy", one),
):
    y = torch.tensor(target)
    print(f"{name:33}{str(y.dtype)[6:]:8}{tuple(y.shape)!s:7} {target}")
    getattr(F, name)(x, y)
# --8<-- [end:formats]

# --8<-- [start:multi-hot]
x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
multi_hot = torch.tensor([[1, 0, 0, 1]])  # classes 0 and 3
listed = multi_hot.sort(descending=True, stable=True).indices  # the labels first
listed[torch.arange(4) >= multi_hot.sum(1, keepdim=True)] = -1
print("multi-hot", round(F.multilabel_margin_loss(x, multi_hot).item(), 4))
print("indices  ", round(F.multilabel_margin_loss(x, listed).item(), 4), listed.tolist())
# --8<-- [end:multi-hot]
assert listed.tolist() == [[0, 3, -1, -1]]
assert F.multilabel_margin_loss(x, multi_hot) == 2 * F.multilabel_margin_loss(x, torch.tensor([[1, 0, -1, -1]]))

# --8<-- [start:padding]
for y in ([3, 0, -1, -1], [3, 0, -1, 2], [3, -1, 0, -1], [3, 0, 0, 0], [3, 3, -1, -1]):
    print(y, round(F.multilabel_margin_loss(x, torch.tensor([y])).item(), 4))
for y in ([3, 0], [3, 0, -1, 9], [3.0, 0.0, -1.0, -1.0]):
    try:
        F.multilabel_margin_loss(x, torch.tensor([y]))
    except RuntimeError as error:
        print(y, str(error))
# --8<-- [end:padding]
losses = [F.multilabel_margin_loss(x, torch.tensor([y])) for y in ([3, -1, -1, -1], [3, 3, -1, -1])]
assert losses[1] == 2 * losses[0] == 2 * F.multilabel_margin_loss(x, torch.tensor([[3, -1, 0, -1]]))

# --8<-- [start:unlabelled]
x = torch.tensor([[5.0, -5.0, 5.0]], requires_grad=True)
for name, y in (("no label  ", [[-1, -1, -1]]), ("all labels", [[0, 1, 2]])):
    loss = F.multilabel_margin_loss(x, torch.tensor(y))
    print(name, loss.item(), torch.autograd.grad(loss, x)[0].tolist())
# --8<-- [end:unlabelled]

# --8<-- [start:threshold]
x, y = torch.tensor([[4.0, 1.0, 3.0]]), torch.tensor([[0, 2, -1]])
for shift in (0.0, 100.0, -100.0):
    loss = F.multilabel_margin_loss(x + shift, y)
    print(f"loss {loss.item()}, scores above 0: {((x + shift) > 0).tolist()[0]}")
# --8<-- [end:threshold]

# --8<-- [start:compiled]
x = torch.tensor([[1.0, -1.0, 0.5, 0.3, -0.2]])
y = torch.tensor([[0, 1, -1, -1, -1]])
compiled = torch.compile(F.multilabel_margin_loss, backend="aot_eager")
for name, loss in (("eager", F.multilabel_margin_loss), ("compiled", compiled)):
    print(f"{name:8} {loss(x, y):.2f}")
# --8<-- [end:compiled]
assert round(compiled(x, y).item(), 2) == 1.96 and round(F.multilabel_margin_loss(x, y).item(), 2) == 1.48
extra = (1 - x[0, 0] + x[0, 2:]).clamp(min=0).sum() / 5
assert torch.isclose(compiled(x, y) - F.multilabel_margin_loss(x, y), 3 * extra)
torch.use_deterministic_algorithms(True)  # fills memory that nobody has written with nan
x, y = torch.zeros(0, 3), torch.zeros(0, 3, dtype=torch.long)
assert all(F.multilabel_margin_loss(x, y, reduction=r).isnan() for r in ("mean", "sum"))
torch.use_deterministic_algorithms(False)
plt.show()

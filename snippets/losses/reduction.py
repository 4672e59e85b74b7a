# --8<-- [start:in-six-lines]
import torch
import torch.nn.functional as F

logits, target = torch.zeros(4, 3), torch.tensor([0, 2, 1, 1])
weight = torch.tensor([1.0, 2.0, 4.0])
for options in ({}, {"weight": weight}, {"ignore_index": 1}):
    total = F.cross_entropy(logits, target, reduction="sum", **options)
    mean = F.cross_entropy(logits, target, **options)
    print(f"{[*options]}: mean divides by {total / mean:.0f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math
import warnings

import matplotlib.pyplot as plt
from torch import nn

# --8<-- [end:imports]
assert weight[target].sum() == 9, "the weights of the four targets add up to 9"
assert (target != 1).sum() == 2, "two targets are not ignored"

# --8<-- [start:three]
x = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
y = torch.zeros(2, 3)
for reduction in ("none", "sum", "mean"):
    print(f"{reduction:4}", F.mse_loss(x, y, reduction=reduction).tolist())
# --8<-- [end:three]
assert F.mse_loss(x, y, reduction="sum") == 14, "`sum` is 14"
assert math.isclose(F.mse_loss(x, y), 14 / 6, rel_tol=1e-6), "`mean` divides it by 6, the number of elements"


# --8<-- [start:scale]
def first_step(optimizer_class, batch, reduction):
    theta = nn.Parameter(torch.zeros(1))
    optimizer = optimizer_class([theta], lr=0.01)
    F.mse_loss(theta * batch, 2 * batch, reduction=reduction).backward()
    optimizer.step()
    return theta.grad.item(), theta.item()


x = torch.tensor([1.0, 2.0, 3.0, 4.0])
print("reduction  batch  gradient  SGD moves  Adam moves")
for reduction in ("sum", "mean"):
    for batch in (x, x.repeat(2)):
        gradient, sgd = first_step(torch.optim.SGD, batch, reduction)
        gradient, adam = first_step(torch.optim.Adam, batch, reduction)
        row = f"{len(batch):5}  {gradient:8.0f}  {sgd:9.2f}  {adam:10.2f}"
        print(f"{reduction:9}  {row}")
# --8<-- [end:scale]
for reduction, factor in (("sum", 2), ("mean", 1)):
    (once, step), (twice, double_step) = (first_step(torch.optim.SGD, b, reduction) for b in (x, x.repeat(2)))
    assert twice == factor * once, "with `sum` the gradient doubles with the batch, with `mean` it does not"
    assert math.isclose(double_step, factor * step, rel_tol=1e-5), "and so does a step of plain SGD"
    for batch in (x, x.repeat(2)):
        _, move = first_step(torch.optim.Adam, batch, reduction)
        assert round(move, 6) == 0.01, "Adam's first step is the same in all four rows, up to ε"


# --8<-- [start:elements]
def divisor(loss, *arguments, **options):
    total = loss(*arguments, reduction="sum", **options)
    return (total / loss(*arguments, reduction="mean", **options)).item()


torch.manual_seed(0)
x, y = torch.randn(4, 3), torch.rand(4, 3)  # 4 samples, 12 elements
label, sign = (y > 0.5).float(), (y - 0.5).sign()
calls = {
    F.l1_loss: (x, y),
    F.mse_loss: (x, y),
    F.smooth_l1_loss: (x, y),
    F.huber_loss: (x, y),
    F.poisson_nll_loss: (x, y),
    F.soft_margin_loss: (x, sign),
    F.hinge_embedding_loss: (x, sign),
    F.margin_ranking_loss: (x, y, sign),
    F.gaussian_nll_loss: (x, y, y[:, :1]),  # one variance for each sample
    F.binary_cross_entropy: (x.sigmoid(), label),
    F.binary_cross_entropy_with_logits: (x, label),
}
print("loss                              mean divides by")
for loss, arguments in calls.items():
    print(f"{loss.__name__:32}  {divisor(loss, *arguments):15.0f}")
# --8<-- [end:elements]
for loss, arguments in calls.items():
    assert math.isclose(divisor(loss, *arguments), 12, rel_tol=1e-5), "these divide by the number of elements"

# --8<-- [start:weights]
weight = torch.arange(12.0).view(4, 3)
print("loss                        mean divides by")
for loss in (F.l1_loss, F.mse_loss, F.huber_loss):
    print(f"{loss.__name__:26}  {divisor(loss, x, y, weight=weight):15.0f}")
bce, with_logits = F.binary_cross_entropy, F.binary_cross_entropy_with_logits
value = divisor(bce, x.sigmoid(), label, weight=weight)
print(f"{'binary_cross_entropy':26}  {value:15.0f}")
for option in ("weight", "pos_weight"):
    value = divisor(with_logits, x, label, **{option: weight})
    print(f"{f'… with_logits, {option}':26}  {value:15.0f}")
# --8<-- [end:weights]
for loss in (F.l1_loss, F.mse_loss):
    assert math.isclose(divisor(loss, x, y, weight=weight), 66, rel_tol=1e-5), "the weighted mean of the textbooks"
    once, twice = loss(x, y, weight=weight), loss(x, y, weight=2 * weight)
    assert math.isclose(once, twice, rel_tol=1e-5), "doubling all weights leaves it as it is"
by_elements = [divisor(F.huber_loss, x, y, weight=weight), divisor(bce, x.sigmoid(), label, weight=weight)]
by_elements += [divisor(with_logits, x, label, weight=weight), value]
for found in by_elements:
    assert math.isclose(found, 12, rel_tol=1e-5), "these go on dividing by the number of elements"
once, twice = F.huber_loss(x, y, weight=weight), F.huber_loss(x, y, weight=2 * weight)
assert math.isclose(twice, 2 * once, rel_tol=1e-5), "doubling all weights doubles `huber_loss`"

# --8<-- [start:samples]
index, ends = torch.tensor([0, 2, 1, 1]), torch.tensor([[0, 2, -1]] * 4)
alike = torch.tensor([1, -1, 1, -1])
calls = {
    F.multi_margin_loss: (x, index),
    F.multilabel_margin_loss: (x, ends),
    F.multilabel_soft_margin_loss: (x, label),
    F.cosine_embedding_loss: (x, y, alike),
    F.triplet_margin_loss: (x, y, -y),
    F.triplet_margin_with_distance_loss: (x, y, -y),
}
three = torch.tensor([1.0, 2.0, 4.0])  # a weight for each class
print("loss                               mean divides by  with weight")
for loss, arguments in calls.items():
    row = f"{loss.__name__:33}  {divisor(loss, *arguments):15.0f}"
    if loss in (F.multi_margin_loss, F.multilabel_soft_margin_loss):
        print(f"{row}  {divisor(loss, *arguments, weight=three):11.0f}")
    else:
        print(f"{row}  no such option")
# --8<-- [end:samples]
for loss, arguments in calls.items():
    assert math.isclose(divisor(loss, *arguments), 4, rel_tol=1e-5), "these divide by the number of samples"
for loss in (F.multi_margin_loss, F.multilabel_soft_margin_loss):
    assert math.isclose(divisor(loss, *calls[loss], weight=three), 4, rel_tol=1e-5), "with a weight too"
zeros, first = torch.zeros(1, 4), torch.tensor([[0, -1, -1, -1]])
assert math.isclose(F.multi_margin_loss(zeros, first[:, 0]), 3 / 4), "multi_margin_loss: ℓ is already divided by C"
assert math.isclose(F.multilabel_margin_loss(zeros, first), 3 / 4), "multilabel_margin_loss: ℓ is already divided by C"
soft_margin = F.multilabel_soft_margin_loss(zeros, zeros)
assert math.isclose(soft_margin, math.log(2), rel_tol=1e-6), "multilabel_soft_margin_loss: ℓ is already divided by C"

# --8<-- [start:classes]
x, target = torch.randn(4, 3, 5), torch.randint(3, (4, 5))  # 20 places, 3 classes
ignored, soft = target.clone(), torch.rand(4, 3, 5).softmax(dim=1)
ignored[0] = -100
print(f"weights of the targets: all {three[target].sum():.0f}, ", end="")
print(f"counted {three[ignored[1:]].sum():.0f}")
# --8<-- [end:classes]

# --8<-- [start:class-divisors]
targets = {"class indices": target, "5 of them ignored": ignored}
targets["probabilities"] = soft
smooth, weighted = {"label_smoothing": 0.1}, {"weight": three}
found = {}
print("targets            options                     mean divides by")
for name, y in targets.items():
    for options in ({}, smooth, weighted, weighted | smooth):
        found[name, *options] = divisor(F.cross_entropy, x, y, **options)
        kind = " and ".join(options) or "no options"
        print(f"{name:17}  {kind:26}  {found[name, *options]:15.0f}")
# --8<-- [end:class-divisors]
for (name, *options), value in found.items():
    counted = ignored[1:] if name == "5 of them ignored" else target
    expected = 20 if name == "probabilities" else three[counted].sum() if "weight" in options else counted.numel()
    assert math.isclose(value, expected, rel_tol=1e-5), "indices: divided by the weights of the targets that count"
one_hot = F.one_hot(target, 3).mT.float()
by_index, by_vector = F.cross_entropy(x, target, weight=three), F.cross_entropy(x, one_hot, weight=three)
assert not math.isclose(by_index, by_vector, rel_tol=0.01), "a one-hot target and its index give different means"
assert math.isclose(F.cross_entropy(x, target), F.cross_entropy(x, one_hot), rel_tol=1e-5), "without weight they do not"
matrix, rows = torch.randn(3, 7), torch.randn(4, 7)
for weight, count in ((None, 4), (three, three[index].sum())):
    fused = divisor(F.linear_cross_entropy, rows, matrix, index, weight=weight)
    assert math.isclose(fused, count, rel_tol=1e-5), "linear_cross_entropy: as cross_entropy"
    nll = divisor(F.nll_loss, (rows @ matrix.T).log_softmax(1), index, weight=weight)
    assert math.isclose(nll, count, rel_tol=1e-5), "nll_loss: as cross_entropy"
adaptive = nn.AdaptiveLogSoftmaxWithLoss(7, 6, [2])(rows, index)
assert torch.isclose(adaptive.loss, -adaptive.output.mean()), "AdaptiveLogSoftmaxWithLoss: N"

# --8<-- [start:others]
log_p, p = x[..., 0].log_softmax(dim=1), soft[..., 0]  # 4 rows, 3 classes
total = F.kl_div(log_p, p, reduction="sum")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch warns: not the textbook's mean
    print(f"kl_div, mean      {total / F.kl_div(log_p, p):.0f}")
print(f"kl_div, batchmean {total / F.kl_div(log_p, p, reduction='batchmean'):.0f}")

scores = torch.randn(10, 4, 5).log_softmax(dim=2)  # frames, samples, letters
texts = torch.randint(1, 5, (4, 3))
frames, letters = torch.tensor([10, 10, 1, 10]), torch.tensor([3, 1, 2, 0])
batch = scores, texts, frames, letters
each = F.ctc_loss(*batch, reduction="none", zero_infinity=True)
mean = F.ctc_loss(*batch, zero_infinity=True)
print(f"ctc_loss, mean    {mean:.3f}, none.mean() {each.mean():.3f}")
print(f"none / letters, then mean() {(each / letters.clamp(min=1)).mean():.3f}")
# --8<-- [end:others]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    too_small = F.kl_div(log_p, p)
assert "batchmean" in str(caught[0].message), "torch 2.13 warns and advises `batchmean`"
assert math.isclose(3 * too_small, F.kl_div(log_p, p, reduction="batchmean"), rel_tol=1e-5), "too small by C"
assert torch.isclose(mean, (each / letters.clamp(min=1)).mean()), "CTC: by the length, at least 1, then by N"
assert letters[3] == 0, "an empty target counts as length 1"
assert each[2] == 0, "a sample that `zero_infinity` set to 0 still counts in N"

# --8<-- [start:divisors]
warnings.filterwarnings("ignore", "reduction: 'mean'")
x, y = torch.randn(4, 3), torch.rand(4, 3)
log_p, p = x.log_softmax(1), y.softmax(1)
each = torch.tensor([1.0, 2.0]).repeat(6).view(4, 3)  # weights that add up to 18
batchmean = F.kl_div(log_p, p, reduction="batchmean")
by_classes = {"weight": three}
bars = {
    "mse_loss": divisor(F.mse_loss, x, y),
    "… with weight": divisor(F.mse_loss, x, y, weight=each),
    "huber_loss with weight": divisor(F.huber_loss, x, y, weight=each),
    "cross_entropy": divisor(F.cross_entropy, x, index),
    "… with class weights": divisor(F.cross_entropy, x, index, **by_classes),
    "… with class 1 ignored": divisor(F.cross_entropy, x, index, ignore_index=1),
    "… of probabilities, weights": divisor(F.cross_entropy, x, p, **by_classes),
    "kl_div": divisor(F.kl_div, log_p, p),
    "… batchmean": (F.kl_div(log_p, p, reduction="sum") / batchmean).item(),
    "triplet_margin_loss": divisor(F.triplet_margin_loss, x, y, -y),
}
figure, axes = plt.subplots(figsize=(5.5, 3.2))
axes.bar_label(axes.barh(list(bars), list(bars.values())), fmt=" {:.0f}")
axes.set(xlabel="mean divides by", xlim=(0, 20))
axes.invert_yaxis()
# --8<-- [end:divisors]
expected = [12, 18, 12, 4, 9, 2, 4, 12, 4, 4]
for (name, value), wanted in zip(bars.items(), expected, strict=True):
    assert math.isclose(value, wanted, rel_tol=1e-5), f"mean divides {name} by {wanted}"
plt.show()

# --8<-- [start:three]
import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn

x = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
y = torch.zeros(2, 3)
for reduction in ("none", "sum", "mean"):
    print(f"{reduction:4}", F.mse_loss(x, y, reduction=reduction).tolist())
# --8<-- [end:three]
assert F.mse_loss(x, y, reduction="sum") == 14 and math.isclose(F.mse_loss(x, y), 14 / 6, rel_tol=1e-6)

# --8<-- [start:scale]
x, rows = torch.tensor([1.0, 2.0, 3.0, 4.0]), []
print("reduction  batch  gradient  SGD moves  Adam moves")
for reduction, copies in (("sum", 1), ("sum", 2), ("mean", 1), ("mean", 2)):
    moves, batch = [], x.repeat(copies)
    for optimizer in (torch.optim.SGD, torch.optim.Adam):
        theta = nn.Parameter(torch.zeros(1))
        F.mse_loss(theta * batch, 2 * batch, reduction=reduction).backward()
        optimizer([theta], lr=0.01).step()
        moves.append(theta.item())
    rows.append((theta.grad.item(), *moves))
    print(f"{reduction:9} {len(batch):6} {rows[-1][0]:9.0f} {moves[0]:10.2f} {moves[1]:11.2f}")
# --8<-- [end:scale]
assert [row[0] for row in rows] == [-120, -240, -30, -30]
assert all(math.isclose(sgd, -g / 100, rel_tol=1e-5) and round(adam, 6) == 0.01 for g, sgd, adam in rows)


# --8<-- [start:elements]
def divisor(loss, *arguments, **options):
    total, mean = (loss(*arguments, reduction=r, **options) for r in ("sum", "mean"))
    return (total / mean).item()


torch.manual_seed(0)
x, y = torch.randn(4, 3), torch.rand(4, 3)  # 4 samples, 12 elements
label, sign = (y > 0.5).float(), (y - 0.5).sign()
pair = F.l1_loss, F.mse_loss, F.smooth_l1_loss, F.huber_loss, F.poisson_nll_loss
found = {loss.__name__: divisor(loss, x, y) for loss in pair}
signed = F.soft_margin_loss, F.hinge_embedding_loss
found |= {loss.__name__: divisor(loss, x, sign) for loss in signed}
found["margin_ranking_loss"] = divisor(F.margin_ranking_loss, x, y, sign)
found["gaussian_nll_loss, var (4, 1)"] = divisor(F.gaussian_nll_loss, x, y, y[:, :1])
found["binary_cross_entropy"] = divisor(F.binary_cross_entropy, x.sigmoid(), label)
with_logits = F.binary_cross_entropy_with_logits
found[with_logits.__name__] = divisor(with_logits, x, label)
for name, value in found.items():
    print(f"{name:32} {value:.0f}")
# --8<-- [end:elements]
assert all(math.isclose(value, 12, rel_tol=1e-5) for value in found.values()) and len(found) == 11

# --8<-- [start:weights]
w = torch.arange(12.0).view(4, 3)
print(f"elements 12, sum of weights {w.sum():.0f}")
for loss in (F.l1_loss, F.mse_loss, F.huber_loss):
    print(f"{loss.__name__:32} {divisor(loss, x, y, weight=w):.0f}")
value = divisor(F.binary_cross_entropy, x.sigmoid(), label, weight=w)
print(f"{'binary_cross_entropy':32} {value:.0f}")
for option in ("weight", "pos_weight"):
    value = divisor(with_logits, x, label, **{option: w})
    print(f"… with_logits, {option:17} {value:.0f}")
# --8<-- [end:weights]
assert all(math.isclose(divisor(loss, x, y, weight=w), 66, rel_tol=1e-5) for loss in (F.l1_loss, F.mse_loss))
assert math.isclose(divisor(F.huber_loss, x, y, weight=w), 12, rel_tol=1e-5) and math.isclose(value, 12, rel_tol=1e-5)

# --8<-- [start:samples]
index, ends = torch.tensor([0, 2, 1, 1]), torch.tensor([[0, 2, -1]] * 4)
three, one = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1, -1, 1, -1])
calls = {
    F.multi_margin_loss: (x, index),
    F.multilabel_margin_loss: (x, ends),
    F.multilabel_soft_margin_loss: (x, label),
    F.cosine_embedding_loss: (x, y, one),
    F.triplet_margin_loss: (x, y, -y),
    F.triplet_margin_with_distance_loss: (x, y, -y),
}
for loss, inputs in calls.items():
    shape = tuple(loss(*inputs, reduction="none").shape)
    print(f"{loss.__name__:33} {divisor(loss, *inputs):.0f}, none has shape {shape}")
for loss, y in ((F.multi_margin_loss, index), (F.multilabel_soft_margin_loss, label)):
    print(f"{loss.__name__ + ', weight':33} {divisor(loss, x, y, weight=three):.0f}")
# --8<-- [end:samples]
assert all(math.isclose(divisor(loss, *inputs), 4, rel_tol=1e-5) for loss, inputs in calls.items())

# --8<-- [start:classes]
x, target = torch.randn(4, 3, 5), torch.randint(3, (4, 5))  # 20 places, 3 classes
ignored, soft = target.clone(), torch.rand(4, 3, 5).softmax(dim=1)
ignored[0] = -100
print(f"places 20, weights of the targets {three[target].sum():.0f}")
print(f"counted 15, weights of the counted targets {three[ignored[1:]].sum():.0f}")
found = {}
targets = {"class indices": target, "5 of them ignored": ignored, "probabilities": soft}
smooth = {"label_smoothing": 0.1}
for name, y in targets.items():
    for options in ({}, smooth, {"weight": three}, {"weight": three} | smooth):
        value = found[name, *options] = divisor(F.cross_entropy, x, y, **options)
        print(f"{name:17} {' and '.join(options) or 'no options':26} {value:.0f}")
# --8<-- [end:classes]
assert [round(value, 4) for value in found.values()] == [20, 20, 42, 42, 15, 15, 29, 29, 20, 20, 20, 20]
linear, flat = torch.randn(3, 7), torch.randn(4, 7)
for y, weight, count in ((index, None, 4), (index, three, 9)):
    assert math.isclose(divisor(F.linear_cross_entropy, flat, linear, y, weight=weight), count, rel_tol=1e-5)
    assert math.isclose(divisor(F.nll_loss, (flat @ linear.T).log_softmax(1), y, weight=weight), count, rel_tol=1e-5)
adaptive = nn.AdaptiveLogSoftmaxWithLoss(7, 6, [2])(flat, index)
assert torch.isclose(adaptive.loss, -adaptive.output.mean())

# --8<-- [start:others]
log_p, p = x[..., 0].log_softmax(dim=1), soft[..., 0]  # 4 rows, 3 classes
total = F.kl_div(log_p, p, reduction="sum")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch warns that this mean is not the textbook's
    print(f"kl_div, mean      {total / F.kl_div(log_p, p):.0f}")
print(f"kl_div, batchmean {total / F.kl_div(log_p, p, reduction='batchmean'):.0f}")

scores, texts = torch.randn(10, 4, 5).log_softmax(dim=2), torch.randint(1, 5, (4, 3))
sizes, letters = torch.tensor([10, 10, 1, 10]), torch.tensor([3, 1, 2, 0])
each = F.ctc_loss(scores, texts, sizes, letters, reduction="none", zero_infinity=True)
mean = F.ctc_loss(scores, texts, sizes, letters, zero_infinity=True)
print(f"ctc_loss, mean    {mean:.3f}, none.mean() {each.mean():.3f}")
print(f"none / letters, then mean() {(each / letters.clamp(min=1)).mean():.3f}")
# --8<-- [end:others]
assert math.isclose(total / F.kl_div(log_p, p, reduction="batchmean"), 4, rel_tol=1e-5)
assert torch.isclose(mean, (each / letters.clamp(min=1)).mean()) and each[2] == 0 and letters[3] == 0

# --8<-- [start:one-sample]
logits, y, w = torch.tensor([[0.0, 2.0]]), torch.tensor([0]), torch.tensor([100.0, 1.0])
plain, weighted = F.cross_entropy(logits, y), F.cross_entropy(logits, y, weight=w)
print(f"batch of 1: {plain:.4f}, weight 100: {weighted:.4f}")
none, y = torch.full((1,), -100), torch.tensor([-100, 0])
print("every target ignored:", F.cross_entropy(logits, none).item())
each = F.cross_entropy(logits.repeat(2, 1), y, reduction="none")
mean = F.cross_entropy(logits.repeat(2, 1), y)
print(f"one of two ignored: none.mean() {each.mean():.4f}, mean {mean:.4f}")
# --8<-- [end:one-sample]
assert F.cross_entropy(logits, none, reduction="sum") == 0 and math.isclose(mean, 2 * each.mean(), rel_tol=1e-6)

# --8<-- [start:accumulate]
model = nn.Linear(8, 5, dtype=torch.float64)
x, target = torch.randn(4, 6, 8, dtype=torch.float64), torch.randint(5, (4, 6))
for row, length in enumerate((6, 5, 1, 2)):
    target[row, length:] = -100  # padding
parts = list(zip(x.split(2), target.split(2), strict=True))  # two micro-batches


def gradient(*pieces):  # of (inputs, targets, reduction, factor)
    model.zero_grad()
    for x, y, reduction, factor in pieces:
        (F.cross_entropy(model(x).mT, y, reduction=reduction) * factor).backward()  # adds up
    return model.weight.grad.clone()


counts = [(y != -100).sum().item() for _, y in parts]
whole = gradient((x, target, "mean", 1))
wrong = gradient(*((*part, "mean", 1 / 2) for part in parts))
right = gradient(*((*part, "sum", 1 / sum(counts)) for part in parts))
print("counted targets", counts)
for name, found in (("mean / 2", wrong), ("sum / total", right)):
    print(f"{name:11} off by {(found - whole).norm() / whole.norm():.0%}")
# --8<-- [end:accumulate]
assert counts == [11, 3] and plain == weighted and torch.allclose(right, whole, rtol=1e-12, atol=1e-14)


# --8<-- [start:distributed]
def ddp(*pieces):  # each process its own piece, then the mean of the gradients
    return torch.stack([gradient(piece) for piece in pieces]).mean(dim=0)


world = len(parts)
total = sum(counts)  # in a real run: dist.all_reduce(count)
wrong = ddp(*((*part, "mean", 1) for part in parts))
right = ddp(*((*part, "sum", world / total) for part in parts))
for name, found in (("mean", wrong), ("sum · world / total", right)):
    print(f"{name:19} off by {(found - whole).norm() / whole.norm():.0%}")
# --8<-- [end:distributed]
assert torch.allclose(right, whole, rtol=1e-12, atol=1e-14) and (wrong - whole).norm() > 0.2 * whole.norm()

# --8<-- [start:epoch]
losses = torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 6.0])  # of ten samples
for size in (10, 5, 3):
    batches = losses.split(size)
    means = torch.stack([batch.mean() for batch in batches])
    exact = sum(batch.mean() * len(batch) for batch in batches) / len(losses)
    print(f"batch size {size:2}: mean of means {means.mean():.2f}, by samples {exact:.2f}")
    print(f"  perplexity: mean of exp {means.exp().mean():5.1f}, exp of mean {exact.exp():.1f}")
# --8<-- [end:epoch]
assert math.isclose(means.mean(), 2.25) and math.isclose(exact, 1.5)

# --8<-- [start:terms]
for features in (10, 1000):
    error, kl = torch.ones(4, features), 5.0  # 4 samples, every feature off by 1
    mean, per_sample = error.square().mean(), error.square().sum() / len(error)
    print(f"{features:4} features: mean {mean:.0f} + {kl}, per sample {per_sample:.0f} + {kl}")
# --8<-- [end:terms]
assert per_sample == 1000 and mean == 1

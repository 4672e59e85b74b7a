# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]
plt.rcParams["figure.max_open_warning"] = 30  # more pictures than matplotlib expects

# --8<-- [start:errors]
zero, one = torch.zeros(1), torch.ones(1)  # targets
curves = {  # name: (loss of one number z, from, to)
    "L1Loss": (lambda z: F.l1_loss(z, zero), -3, 3),
    "MSELoss": (lambda z: F.mse_loss(z, zero), -3, 3),
    "SmoothL1Loss": (lambda z: F.smooth_l1_loss(z, zero), -3, 3),
    "HuberLoss": (lambda z: F.huber_loss(z, zero, delta=1.5), -3, 3),
    "PoissonNLLLoss": (lambda z: F.poisson_nll_loss(z, one), -3, 2),
    "GaussianNLLLoss": (lambda z: F.gaussian_nll_loss(zero, one, z.exp()), -2, 3),
    "BCELoss": (lambda z: F.binary_cross_entropy(z, one), 0.02, 1),
    "BCEWithLogitsLoss": (
        lambda z: F.binary_cross_entropy_with_logits(z, one), -4, 4),
    "SoftMarginLoss": (lambda z: F.soft_margin_loss(z, one), -4, 4),
    "KLDivLoss": (lambda z: F.kl_div(z, one / 2, reduction="sum"), -4, 0),
}
# --8<-- [end:errors]


# --8<-- [start:classes]
def scores(z):
    """One sample with the score z for its class, 0 for the other."""
    return torch.stack([z, zero], dim=1)


of_class, only_first = torch.tensor([0]), torch.tensor([[0, -1]])
both = torch.ones(1, 2)
fused = nn.LinearCrossEntropyLoss(1, 2, bias=False)
tails = nn.AdaptiveLogSoftmaxWithLoss(1, 3, cutoffs=[2], div_value=1)
with torch.no_grad():
    fused.linear.weight.copy_(torch.tensor([[1.0], [0.0]]))
    tails.head.weight.copy_(torch.tensor([[1.0], [0.0], [0.0]]))
curves["CrossEntropyLoss"] = lambda z: F.cross_entropy(scores(z), of_class), -4, 4
curves["NLLLoss"] = lambda z: F.nll_loss(scores(z), of_class), -4, 0
curves["LinearCrossEntropyLoss"] = lambda z: fused(z[None], of_class), -4, 4
curves["AdaptiveLogSoftmaxWithLoss"] = (
    lambda z: tails(z[None], of_class).loss, -4, 4)
curves["MultiMarginLoss"] = (
    lambda z: F.multi_margin_loss(scores(z), of_class), -4, 4)
curves["MultiLabelMarginLoss"] = (
    lambda z: F.multilabel_margin_loss(scores(z), only_first), -4, 4)
curves["MultiLabelSoftMarginLoss"] = (
    lambda z: F.multilabel_soft_margin_loss(scores(z), both), -4, 4)
# --8<-- [end:classes]


# --8<-- [start:pairs]
def turned(z):
    """A pair of vectors with the angle z between them."""
    return torch.tensor([[1.0, 0.0]]), torch.cat([z.cos(), z.sin()])[None]


def frames(z):
    """Two frames in which the logit of the letter is z, that of the blank 0."""
    return scores(z).log_softmax(dim=1).expand(2, 2)[:, None]


def square(a, b):
    return (a - b).square().sum(dim=1)


anchor, far = torch.zeros(1, 1), torch.full((1, 1), 2.0)
letter = torch.tensor([[0]])
curves["MarginRankingLoss"] = (
    lambda z: F.margin_ranking_loss(z, zero, one, margin=1), -4, 4)
curves["HingeEmbeddingLoss"] = lambda z: F.hinge_embedding_loss(z, -one), 0, 3
curves["CosineEmbeddingLoss"] = (
    lambda z: F.cosine_embedding_loss(*turned(z), one), 0.01, math.pi)
# --8<-- [end:pairs]

# --8<-- [start:triplets]
curves["TripletMarginLoss"] = (
    lambda z: F.triplet_margin_loss(anchor, z[None], far), 0, 4)
curves["TripletMarginWithDistanceLoss"] = (
    lambda z: F.triplet_margin_with_distance_loss(
        anchor, z[None], far, distance_function=square), 0, 4)
curves["CTCLoss"] = (
    lambda z: F.ctc_loss(frames(z), letter, (2,), (1,), blank=1), -4, 4)
# --8<-- [end:triplets]


# --8<-- [start:sparks]
def spark(name, loss, start, end):
    """The loss as a thick line, its slope as a thin one."""
    axes = plt.figure(name, figsize=(1.0, 0.45)).subplots()
    axes.set_axis_off()
    z = torch.linspace(start, end, 61, requires_grad=True)
    values = torch.stack([loss(number[None]) for number in z])
    (slopes,) = torch.autograd.grad(values.sum(), z)
    axes.plot(z.detach(), slopes, "C5", linewidth=0.8)
    axes.plot(z.detach(), values.detach(), "C1", linewidth=1.6)
    return values.detach(), slopes


drawn = {name: spark(name, *curve) for name, curve in curves.items()}
# --8<-- [end:sparks]
assert len(curves) == 23, "a picture for each of the 23 losses"
assert torch.allclose(drawn["LinearCrossEntropyLoss"][0], drawn["CrossEntropyLoss"][0]), "the fused loss is the same"
assert drawn["L1Loss"][1].abs().max() == 1, "the slope of L1Loss is −1 or 1"
assert drawn["HuberLoss"][1].abs().max() == 1.5, "that of HuberLoss stops growing at δ"

# --8<-- [start:families]
figure, axes = plt.subplots(figsize=(5.5, 3.0))
margin = torch.linspace(-3, 3, 121)
squared = F.mse_loss(margin, torch.ones(121), reduction="none")
logistic = F.softplus(-margin)
axes.plot(margin, squared, "C0", label="squared error, for numbers")
axes.plot(margin, logistic, "C1", label="cross entropy, for classes")
axes.plot(margin, (1 - margin).clamp(min=0), "C2", label="hinge, for margins")
axes.plot(margin, (margin < 0).float(), "C5:", label="errors counted")
axes.set(xlabel="score of the right class", ylabel="loss", ylim=(0, 5))
axes.legend()
# --8<-- [end:families]
assert squared[-1] == 4, "squared error punishes a score of 3 where 1 was wanted, by 4"
assert logistic[-1] < 0.05, "cross entropy lets it be: below 0.05"
plt.show()

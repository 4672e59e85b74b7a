# --8<-- [start:imports]
import torch
import torch.nn.functional as F
from _says import CURED, SAID, cure, says
from torch import nn

column = torch.zeros(4, 1, requires_grad=True)  # what nn.Linear(…, 1) gives
y = torch.tensor([0.0, 1.0, 1.0, 0.0])
# --8<-- [end:imports]

# --8<-- [start:mse]
with says("mse-broadcast"):
    F.mse_loss(column, y)
with cure("mse-broadcast"):
    F.mse_loss(column.squeeze(1), y)

with says("size-of-tensor-a"):
    F.mse_loss(torch.zeros(4, 3), torch.zeros(4, 2))
with cure("size-of-tensor-a"):
    F.mse_loss(torch.zeros(4, 3), torch.zeros(4, 3))

with says("mse-integers"):
    F.mse_loss(torch.tensor([1, 2]), torch.tensor([1, 3]))
with cure("mse-integers"):
    F.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]))
# --8<-- [end:mse]

# --8<-- [start:robust]
with says("huber-delta"):
    F.huber_loss(column, y[:, None], delta=0)
with cure("huber-delta"):
    F.huber_loss(column, y[:, None], delta=1.0)

with says("smooth-l1-beta"):
    F.smooth_l1_loss(column, y[:, None], beta=-1.0)
with cure("smooth-l1-beta"):
    F.smooth_l1_loss(column, y[:, None], beta=1.0)

with says("loss-target-none"):
    nn.MSELoss()(column)
with cure("loss-target-none"):
    nn.MSELoss()(column, y[:, None])
# --8<-- [end:robust]

# --8<-- [start:binary]
with says("bce-range"):
    F.binary_cross_entropy(torch.tensor([1.3]), torch.tensor([1.0]))
with cure("bce-range"):
    F.binary_cross_entropy_with_logits(torch.tensor([1.3]), torch.tensor([1.0]))

with says("bce-size"):
    F.binary_cross_entropy(column.sigmoid(), y)
with cure("bce-size"):
    F.binary_cross_entropy(column.sigmoid(), y[:, None])

with says("bce-dtype"):
    F.binary_cross_entropy(column.sigmoid(), y[:, None].long())
with cure("bce-dtype"):
    F.binary_cross_entropy(column.sigmoid(), y[:, None].long().float())

with says("bce-logits-size"):
    F.binary_cross_entropy_with_logits(column, y)
with cure("bce-logits-size"):
    F.binary_cross_entropy_with_logits(column.squeeze(1), y)
# --8<-- [end:binary]

# --8<-- [start:densities]
with says("bce-logits-dtype"):
    F.binary_cross_entropy_with_logits(column, y[:, None].long())
with cure("bce-logits-dtype"):
    F.binary_cross_entropy_with_logits(column, y[:, None].long().float())

with says("kl-div-mean"):
    F.kl_div(column.log_softmax(0), y[:, None])
with cure("kl-div-mean"):
    F.kl_div(column.log_softmax(0), y[:, None], reduction="batchmean")

with says("gaussian-variance-negative"):
    F.gaussian_nll_loss(column, y[:, None], torch.full((4, 1), -0.1))
with cure("gaussian-variance-negative"):
    F.gaussian_nll_loss(column, y[:, None], torch.full((4, 1), -0.1).exp())

with says("gaussian-variance-size"):
    F.gaussian_nll_loss(column, y[:, None], torch.ones(3))
with cure("gaussian-variance-size"):
    F.gaussian_nll_loss(column, y[:, None], torch.ones(4, 1))
# --8<-- [end:densities]

# --8<-- [start:ctc]
log_p = torch.zeros(6, 2, 5).log_softmax(2)  # T = 6, N = 2, C = 5
labels = torch.ones(2, 3).long()
full, three = torch.tensor([6, 6]), torch.tensor([3, 3])
with says("ctc-input-lengths"):
    F.ctc_loss(log_p, labels, torch.tensor([6]), three)
with cure("ctc-input-lengths"):
    F.ctc_loss(log_p, labels, torch.full((2,), 6), three)

with says("ctc-time"):
    F.ctc_loss(log_p, labels, torch.tensor([7, 7]), three)
with cure("ctc-time"):
    F.ctc_loss(log_p, labels, torch.tensor([6, 6]), three)

with says("ctc-target-length"):
    F.ctc_loss(log_p, labels, full, torch.tensor([3, 4]))
with cure("ctc-target-length"):
    F.ctc_loss(log_p, labels, full, torch.tensor([3, 3]))

with says("ctc-blank"):
    F.ctc_loss(log_p, labels, full, three, blank=5)
with cure("ctc-blank"):
    F.ctc_loss(log_p, labels, full, three, blank=4)
# --8<-- [end:ctc]

# --8<-- [start:metric]
a, p, n = torch.zeros(3, 4, 8).unbind()
with says("triplet-margin"):
    F.triplet_margin_loss(a, p, n, margin=-1.0)
with cure("triplet-margin"):
    F.triplet_margin_loss(a, p, n, margin=1.0)

with says("triplet-dimensions"):
    F.triplet_margin_loss(a, p, n[0])
with cure("triplet-dimensions"):
    F.triplet_margin_loss(a, p, n[:1].expand(4, 8))

with says("cosine-target"):
    F.cosine_embedding_loss(a, p, torch.ones(4, 1))
with cure("cosine-target"):
    F.cosine_embedding_loss(a, p, torch.ones(4))

with says("ranking-dimensions"):
    F.margin_ranking_loss(column, column, torch.ones(4))
with cure("ranking-dimensions"):
    F.margin_ranking_loss(column, column, torch.ones(4, 1))
# --8<-- [end:metric]
assert CURED == SAID, "every cure ran, without an error and without a warning"

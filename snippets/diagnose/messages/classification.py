# --8<-- [start:imports]
import torch
import torch.nn.functional as F
from _says import CURED, SAID, cure, says
from torch import nn

logits = torch.zeros(4, 3, requires_grad=True)  # 4 samples, 3 classes
target = torch.tensor([0, 1, 2, 1])
# --8<-- [end:imports]

# --8<-- [start:targets]
with says("target-out-of-bounds"):
    F.cross_entropy(logits, torch.tensor([1, 2, 3, 2]))
with cure("target-out-of-bounds"):
    F.cross_entropy(logits, torch.tensor([1, 2, 3, 2]) - 1)  # 0 to C − 1

with says("target-float"):
    F.cross_entropy(logits, torch.tensor([0.0, 1.0, 2.0, 1.0]))
with cure("target-float"):
    F.cross_entropy(logits, torch.tensor([0.0, 1.0, 2.0, 1.0]).long())

with says("target-int16"):
    F.cross_entropy(logits, target.short())
with cure("target-int16"):
    F.cross_entropy(logits, target.short().long())

with says("target-column"):
    F.cross_entropy(logits, target[:, None])
with cure("target-column"):
    F.cross_entropy(logits, target[:, None].squeeze(1))
# --8<-- [end:targets]

# --8<-- [start:batches]
with says("target-batch-size"):
    F.cross_entropy(logits, target[:3])
with cure("target-batch-size"):
    F.cross_entropy(logits[:3], target[:3])

with says("target-list"):
    F.cross_entropy(logits, [0, 1, 2, 1])
with cure("target-list"):
    F.cross_entropy(logits, torch.tensor([0, 1, 2, 1]))

with says("target-one-hot-integers"):
    F.cross_entropy(logits, F.one_hot(target, 3))
with cure("target-one-hot-integers"):
    F.cross_entropy(logits, F.one_hot(target, 3).float())

with says("target-spatial"):
    F.cross_entropy(torch.zeros(2, 3, 5, 5), torch.zeros(2, 1, 5, 5).long())
with cure("target-spatial"):
    F.cross_entropy(torch.zeros(2, 3, 5, 5), torch.zeros(2, 5, 5).long())
# --8<-- [end:batches]

# --8<-- [start:sequence]
tokens, words = torch.zeros(2, 5, 7), torch.zeros(2, 5).long()  # N, T, C
with says("target-sequence"):
    F.cross_entropy(tokens, words)
with cure("target-sequence"):
    F.cross_entropy(tokens.flatten(0, 1), words.flatten())

with says("loss-class-called-once"):
    nn.CrossEntropyLoss(logits, target)
with cure("loss-class-called-once"):
    nn.CrossEntropyLoss()(logits, target)

with says("cross-entropy-weight-size"):
    F.cross_entropy(logits, target, weight=torch.ones(2))
with cure("cross-entropy-weight-size"):
    F.cross_entropy(logits, target, weight=torch.ones(3))

with says("cross-entropy-weight-dtype"):
    F.cross_entropy(logits, target, weight=torch.ones(3, dtype=torch.float64))
with cure("cross-entropy-weight-dtype"):
    F.cross_entropy(logits, target, weight=torch.ones(3).to(logits.dtype))
# --8<-- [end:sequence]

# --8<-- [start:options]
with says("label-smoothing-range"):
    F.cross_entropy(logits, target, label_smoothing=10)
with cure("label-smoothing-range"):
    F.cross_entropy(logits, target, label_smoothing=0.1)

with says("ignore-index-probabilities"):
    F.cross_entropy(logits, logits.softmax(1), ignore_index=0)
with cure("ignore-index-probabilities"):
    each = F.cross_entropy(logits, logits.softmax(1), reduction="none")
    loss = each[target != 0].mean()

with says("reduction-unknown"):
    F.cross_entropy(logits, target, reduction="avg")
with cure("reduction-unknown"):
    F.cross_entropy(logits, target, reduction="mean")

with says("size-average"):
    nn.CrossEntropyLoss(size_average=False)
with cure("size-average"):
    nn.CrossEntropyLoss(reduction="sum")
# --8<-- [end:options]

# --8<-- [start:softmax]
with says("softmax-no-dim"):
    F.log_softmax(logits)
with cure("softmax-no-dim"):
    F.log_softmax(logits, dim=1)

with says("one-hot-range"):
    F.one_hot(torch.tensor([1, 3]), num_classes=3)
with cure("one-hot-range"):
    F.one_hot(torch.tensor([1, 3]), num_classes=4)

with says("one-hot-dtype"):
    F.one_hot(torch.tensor([1.0, 2.0]))
with cure("one-hot-dtype"):
    F.one_hot(torch.tensor([1.0, 2.0]).long())

with says("loss-not-scalar"):
    F.cross_entropy(logits, target, reduction="none").backward()
with cure("loss-not-scalar"):
    F.cross_entropy(logits, target, reduction="none").mean().backward()
# --8<-- [end:softmax]

# --8<-- [start:margins]
with says("multi-margin-p"):
    F.multi_margin_loss(logits, target, p=3)
with cure("multi-margin-p"):
    F.multi_margin_loss(logits, target, p=2)

with says("multi-margin-target"):
    F.multi_margin_loss(logits, target[:3])
with cure("multi-margin-target"):
    F.multi_margin_loss(logits, target)

with says("multilabel-margin-size"):
    F.multilabel_margin_loss(logits, target)
with cure("multilabel-margin-size"):
    labels = torch.tensor([[0, 2, -1]] * 4)  # indices, then −1
    F.multilabel_margin_loss(logits, labels)
# --8<-- [end:margins]

# --8<-- [start:adaptive]
with says("adaptive-cutoffs"):
    nn.AdaptiveLogSoftmaxWithLoss(32, 10, cutoffs=[6, 4])
with cure("adaptive-cutoffs"):
    head = nn.AdaptiveLogSoftmaxWithLoss(32, 10, cutoffs=[4, 6])

with says("adaptive-target"):
    head(torch.zeros(2, 32), torch.tensor([3, 10]))
with cure("adaptive-target"):
    head(torch.zeros(2, 32), torch.tensor([3, 9]))
# --8<-- [end:adaptive]
assert CURED == SAID, "every cure ran, without an error and without a warning"

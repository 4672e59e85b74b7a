# --8<-- [start:imports]
import torch
from _says import CURED, SAID, cure, says
from torch import nn

x, images = torch.ones(4, 3), torch.ones(2, 3, 8, 8)
# --8<-- [end:imports]

# --8<-- [start:linear]
with says("linear-shapes"):
    nn.Linear(5, 2)(x)
with cure("linear-shapes"):
    nn.Linear(x.shape[-1], 2)(x)

with says("linear-after-convolution"):
    nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 6, 2))(images)
with cure("linear-after-convolution"):
    flat = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten())
    nn.Sequential(flat, nn.Linear(4 * 6 * 6, 2))(images)

with says("linear-dtype"):
    nn.Linear(3, 2)(x.double())
with cure("linear-dtype"):
    nn.Linear(3, 2)(x.double().float())

with says("two-devices"):
    nn.Linear(3, 2, device="meta")(x)
with cure("two-devices"):
    layer = nn.Linear(3, 2)
    layer(x.to(layer.weight.device))
# --8<-- [end:linear]

# --8<-- [start:convolution]
with says("convolution-channels"):
    nn.Conv2d(1, 8, 3)(images)
with cure("convolution-channels"):
    nn.Conv2d(images.shape[1], 8, 3)(images)

with says("convolution-dimensions"):
    nn.Conv2d(3, 8, 3)(images.flatten(1))
with cure("convolution-dimensions"):
    nn.Conv2d(3, 8, 3)(images)

with says("convolution-kernel"):
    nn.Conv2d(3, 8, 9)(images)
with cure("convolution-kernel"):
    nn.Conv2d(3, 8, 9, padding=4)(images)

with says("convolution-bytes"):
    nn.Conv2d(3, 8, 3)(images.byte())
with cure("convolution-bytes"):
    nn.Conv2d(3, 8, 3)(images.byte().float() / 255)
# --8<-- [end:convolution]

# --8<-- [start:norms]
with says("batch-norm-one-sample"):
    nn.BatchNorm1d(3)(x[:1])
with cure("batch-norm-one-sample"):
    nn.BatchNorm1d(3)(x[:2])  # or drop_last=True in the loader

with says("batch-norm-dimensions"):
    nn.BatchNorm2d(3)(x)
with cure("batch-norm-dimensions"):
    nn.BatchNorm1d(3)(x)

with says("batch-norm-channels"):
    nn.BatchNorm1d(4)(x)
with cure("batch-norm-channels"):
    nn.BatchNorm1d(x.shape[1])(x)

with says("layer-norm-shape"):
    nn.LayerNorm(4)(x)
with cure("layer-norm-shape"):
    nn.LayerNorm(x.shape[-1])(x)
# --8<-- [end:norms]

# --8<-- [start:sequences]
with says("group-norm-groups"):
    nn.GroupNorm(4, 6)
with cure("group-norm-groups"):
    nn.GroupNorm(3, 6)

with says("lstm-input"):
    nn.LSTM(4, 5)(torch.zeros(7, 2, 3))
with cure("lstm-input"):
    nn.LSTM(3, 5)(torch.zeros(7, 2, 3))

with says("attention-heads"):
    nn.MultiheadAttention(10, num_heads=4)
with cure("attention-heads"):
    nn.MultiheadAttention(12, num_heads=4)

with says("dropout-range"):
    nn.Dropout(50)
with cure("dropout-range"):
    nn.Dropout(0.5)
# --8<-- [end:sequences]

# --8<-- [start:embeddings]
with says("embedding-range"):
    nn.Embedding(10, 4)(torch.tensor([3, 10]))
with cure("embedding-range"):
    nn.Embedding(11, 4)(torch.tensor([3, 10]))

with says("embedding-dtype"):
    nn.Embedding(10, 4)(torch.tensor([3.0, 9.0]))
with cure("embedding-dtype"):
    nn.Embedding(10, 4)(torch.tensor([3.0, 9.0]).long())
# --8<-- [end:embeddings]


# --8<-- [start:modules]
class NoInit(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(3, 2)


class NoForward(nn.Module):
    def foward(self, x):
        return x


class Right(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return self.layer(x)


with says("module-without-init"):
    NoInit()
with cure("module-without-init"):
    Right()
# --8<-- [end:modules]

# --8<-- [start:calls]
with says("module-without-forward"):
    NoForward()(x)
with cure("module-without-forward"):
    Right()(x)

with says("list-of-modules"):
    nn.Sequential([nn.Linear(3, 2), nn.ReLU()])
with cure("list-of-modules"):
    nn.Sequential(*[nn.Linear(3, 2), nn.ReLU()])
# --8<-- [end:calls]
assert CURED == SAID, "every cure ran, without an error and without a warning"

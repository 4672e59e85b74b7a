# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
mlp = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 512))
for module in mlp.modules():
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(module.bias)
print(f"size of the output {mlp[1:](torch.randn(256, 512)).std():.1f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:rule]
import copy
import math

from torch.nn import functional as F

FORWARD = nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d
TRANSPOSED = nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d


def init_relu(module):
    if isinstance(module, FORWARD):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    elif isinstance(module, TRANSPOSED):  # torch's fan_in is wrong here
        fan_in = module.weight[:, 0].numel() / module.groups  # channels × kernel
        fan_in /= math.prod(module.stride)
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_in))
    elif hasattr(module, "reset_parameters"):
        module.reset_parameters()  # norms, embeddings, all others: torch's default
        return
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)
# --8<-- [end:rule]


# --8<-- [start:mlp]
torch.manual_seed(1)
layers = [layer for _ in range(10) for layer in (nn.Linear(512, 512), nn.ReLU())]
mlp = nn.Sequential(*layers, nn.Linear(512, 10))
x = torch.randn(256, 512)
before = mlp[:-1](x).square().mean()
mlp.apply(init_relu)
nn.init.zeros_(mlp[-1].weight)
after = mlp[:-1](x).square().mean()
print(f"10 layers: default {before:.0e}, recipe {after:.1f}")
# --8<-- [end:mlp]
assert round(after.item()) == 1, "the recipe keeps the second moment near 1"
assert not mlp(x).any(), "no ReLU follows the last layer: 0 here"
default = nn.Linear(512, 512)
passed = torch.relu(x @ default.weight.T).square().mean()
assert abs(passed - 1 / 6) < 0.01, "the default passes on 1/6 per layer"
assert before > 1000 * (1 / 6) ** 10, "until only its bias is left: 10 layers leave more than 1000 times (1/6)^10"

# --8<-- [start:cnn]
layers = [nn.Conv2d(64, 64, 3, padding=1) for _ in range(10)]
cnn = nn.Sequential(*(module for layer in layers for module in (layer, nn.ReLU())))
images = torch.randn(4, 64, 24, 24)
before = cnn(images).square().mean()
after = cnn.apply(init_relu)(images).square().mean()
print(f"10 convolutions: default {before:.0e}, recipe {after:.1f}")
# --8<-- [end:cnn]
inner_terms = 24 * 24 * 9
terms = F.conv2d(torch.ones(1, 1, 24, 24), torch.ones(1, 1, 3, 3), padding=1).sum()
assert round(1 - (terms / inner_terms).item(), 2) == 0.05, "zero padding takes 5% of the terms of a 24 × 24 image"
wide = nn.Conv2d(64, 512, 3, padding=1).apply(init_relu)
assert abs(torch.relu(wide(images)).square().mean() - 0.95) < 0.03, "zero padding takes 5% in one layer"


# --8<-- [start:resnet]
class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return (x + self.branch(x)).relu()


resnet = nn.Sequential(*(Block(16) for _ in range(16))).apply(init_relu)
images = torch.randn(8, 16, 12, 12).relu()
growth = resnet(images).square().mean() / images.square().mean()
for block in resnet:
    nn.init.zeros_(block.branch[-1].weight)
print(f"second moment × {growth:.0f}")
print("zeroed: output = input", resnet(images).equal(images))
# --8<-- [end:resnet]
assert resnet(images).equal(images), "each block starts as the identity for inputs that are not negative"
slope = torch.randn_like(images)
(resnet(images) * slope).sum().backward()
for block in resnet:
    assert block.branch[-1].weight.grad.any(), "in the first step the zeroed norms get a gradient"
    assert not block.branch[0].weight.grad.any(), "the convolutions below them get none"
torch.optim.SGD(resnet.parameters(), 1e-3).step()
(resnet(images) * slope).sum().backward()
for block in resnet:
    assert block.branch[-1].weight.all(), "one step later the norms are no longer 0"
    assert block.branch[0].weight.grad.any(), "one step later everything learns"

# --8<-- [start:prior]
shares = torch.tensor([0.90, 0.09, 0.01])
labels = torch.arange(3).repeat_interleave(torch.tensor([900, 90, 10]))
last, features = nn.Linear(64, 3), torch.randn(1000, 64)
nn.init.zeros_(last.weight)
for name, bias in {"0": torch.zeros(3), "log share": shares.log()}.items():
    with torch.no_grad():
        last.bias.copy_(bias)
    print(f"bias {name}: first loss {F.cross_entropy(last(features), labels):.2f}")
# --8<-- [end:prior]
loss = F.cross_entropy(last(features), labels)
assert abs(loss + (shares * shares.log()).sum()) < 1e-4, "with the logarithm of the shares it is their entropy"
loss.backward()
assert last.weight.grad.any(), "zero weights do not stop learning here"


# --8<-- [start:forgotten]
def forgotten(model, init):
    model = copy.deepcopy(model)  # the model itself stays as it is
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for tensor in tensors.values():
        if tensor.is_floating_point():
            nn.init.constant_(tensor, math.nan)
    model.apply(init)
    return [name for name, tensor in tensors.items() if tensor.isnan().any()]


attention = nn.MultiheadAttention(8, 2)
attention.register_buffer("mask", torch.zeros(4, 4))
model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), attention)
print(forgotten(model, init_relu))
# --8<-- [end:forgotten]
assert len(forgotten(model, init_relu)) == 3, "three are left"
for tensor in model.state_dict().values():
    assert not tensor.isnan().any(), "`forgotten` works on a copy: the model itself stays as it is"
odd = nn.ModuleList(
    [
        nn.LayerNorm(4, bias=False),
        nn.LayerNorm(4, elementwise_affine=False),
        nn.RMSNorm(4),
        nn.RMSNorm(4, elementwise_affine=False),
        nn.BatchNorm2d(4, affine=False),
        nn.BatchNorm2d(4, track_running_stats=False),
        nn.InstanceNorm2d(4),
        nn.GroupNorm(2, 4, affine=False),
        nn.Conv1d(4, 4, 3, groups=4, bias=False),
        nn.ConvTranspose2d(4, 6, 4, stride=2, groups=2),
        nn.ConvTranspose1d(4, 4, 3, bias=False),
        nn.Embedding(5, 3, padding_idx=0),
        nn.PReLU(),
        nn.GRU(3, 4),
    ]
)
left = forgotten(odd, init_relu)
assert left == [], "nothing stays nan: layers without weight or bias, RMSNorm, ConvTranspose, Embedding, PReLU, GRU"
changed = [nn.LayerNorm(4), nn.Embedding(1000, 64, padding_idx=0)]
for layer in changed:
    nn.init.constant_(layer.weight, 9.0)
    layer.apply(init_relu)
assert (changed[0].weight == 1).all(), "norms go back to 1"
assert not changed[1].weight[0].any(), "the row of `padding_idx` stays 0"
assert abs(changed[1].weight.std() - 1) < 0.02, "embeddings go back to a standard deviation of 1"
assert type(attention.out_proj) is not nn.Linear, "`type(module) is nn.Linear` misses the `out_proj` of attention"
assert isinstance(attention.out_proj, nn.Linear), "`isinstance` does not miss it"
for decoder in (nn.ConvTranspose2d(64, 256, 4, stride=2), nn.ConvTranspose2d(64, 256, 4, stride=2, groups=4)):
    inner = torch.relu(decoder.apply(init_relu)(torch.randn(4, 64, 32, 32)))[..., 3:-3, 3:-3]
    assert abs(inner.square().mean() - 1) < 0.1, "a transposed convolution keeps the second moment inside the image"

# --8<-- [start:in-place]
try:
    mlp[0].weight.mul_(0.5)
except RuntimeError as error:
    print(error)
with torch.no_grad():
    mlp[0].weight.mul_(0.5)
# --8<-- [end:in-place]

# --8<-- [start:meta]
with torch.device("meta"):
    embedding = nn.Embedding(1000, 64)
    head = nn.Linear(64, 1000, bias=False)
    empty = nn.ModuleDict({"embedding": embedding, "head": head})
    empty.head.weight = empty.embedding.weight
empty.to_empty(device="cpu")
print("still tied:", empty.head.weight is empty.embedding.weight)
empty.head.weight = empty.embedding.weight  # tie them again
nn.init.normal_(empty.embedding.weight, std=0.02)

layer = nn.utils.skip_init(nn.Linear, 64, 64).apply(init_relu)
# --8<-- [end:meta]
assert not empty.head.weight.is_meta, "after `to_empty` the tensors have memory"

# --8<-- [start:weight-norm]
layer = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))
nn.init.zeros_(layer.weight)
print("zero after zeros_:", (layer.weight == 0).all().item())
with torch.no_grad():
    layer.weight = torch.eye(4)
print("identity after assignment:", torch.allclose(layer.weight, torch.eye(4)))
# --8<-- [end:weight-norm]
lazy, messages = nn.LazyLinear(4), []
assert isinstance(lazy, nn.Linear), "`nn.LazyLinear` is an `nn.Linear` for `isinstance`"
for fill in (nn.init.zeros_, nn.init.kaiming_normal_):
    try:
        fill(lazy.weight)
    except (ValueError, RuntimeError) as error:
        messages.append(str(error))
assert messages[0].startswith("Attempted to use an uninitialized parameter"), "`zeros_` says so"
assert messages[1].startswith("Can't access the shape of an uninitialized parameter"), "`kaiming_normal_` says so"
lazy(torch.randn(2, 3))
assert forgotten(nn.Sequential(lazy), init_relu) == [], "run one batch through the model, then `apply`"

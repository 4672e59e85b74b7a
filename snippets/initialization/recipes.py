import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F


# --8<-- [start:rule]
def init_relu(m):
    if isinstance(m, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
        if m.bias is not None:
            nn.init.zeros_(m.bias)
    elif isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)):
        nn.init.ones_(m.weight)
        nn.init.zeros_(m.bias)
# --8<-- [end:rule]


# --8<-- [start:mlp]
torch.manual_seed(1)
net = nn.Sequential(*[m for _ in range(10) for m in (nn.Linear(512, 512), nn.ReLU())], nn.Linear(512, 10))
x = torch.randn(256, 512)
before = net[:-1](x).square().mean()
net.apply(init_relu)
nn.init.zeros_(net[-1].weight)
print(f"10 layers: default {before:.0e}, recipe {net[:-1](x).square().mean():.1f}")
# --8<-- [end:mlp]
assert 0.5 < net[:-1](x).square().mean() < 2 and 2e-4 < before < 2e-3 and net(x).abs().max() == 0

# --8<-- [start:cnn]
cnn = nn.Sequential(*[m for _ in range(10) for m in (nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())])
images = torch.randn(8, 32, 24, 24)
before = cnn(images).square().mean()
after = cnn.apply(init_relu)(images).square().mean()
print(f"10 convolutions: default {before:.0e}, recipe {after:.1f}")
# --8<-- [end:cnn]
assert before < 0.01 and 0.2 < after < 3


# --8<-- [start:resnet]
class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        a, b = (nn.Conv2d(c, c, 3, padding=1, bias=False) for _ in range(2))
        self.branch = nn.Sequential(a, nn.BatchNorm2d(c), nn.ReLU(), b, nn.BatchNorm2d(c))

    def forward(self, x):
        return (x + self.branch(x)).relu()


resnet = nn.Sequential(*[Block(16) for _ in range(16)]).apply(init_relu)
images = torch.randn(8, 16, 12, 12).relu()
growth = resnet(images).square().mean() / images.square().mean()
for module in resnet.modules():
    if isinstance(module, Block):
        nn.init.zeros_(module.branch[-1].weight)
print(f"second moment × {growth:.0f}; zeroed: output = input {resnet(images).equal(images)}")
# --8<-- [end:resnet]
assert 22 < growth < 34 and resnet(images).equal(images)
(resnet(images) * torch.randn_like(images)).sum().backward()
assert all(b.branch[-1].weight.grad.abs().max() > 0 and not b.branch[0].weight.grad.any() for b in resnet)
torch.optim.SGD(resnet.parameters(), 1e-3).step()
(resnet(images) * torch.randn_like(images)).sum().backward()
assert all(b.branch[0].weight.grad.any() for b in resnet)


# --8<-- [start:lstm]
def init_lstm(lstm, forget=1.0):
    for name, parameter in lstm.named_parameters():
        gates = parameter.chunk(4)  # input, forget, cell, output: views
        if "weight" in name:
            fill = nn.init.orthogonal_ if "hh" in name else nn.init.xavier_uniform_
            for gate in gates:
                fill(gate)
        else:
            nn.init.zeros_(parameter)
            if "bias_ih" in name:  # bias_ih and bias_hh add up: set one of them
                nn.init.constant_(gates[1], forget)
# --8<-- [end:lstm]
assert round(torch.sigmoid(torch.tensor(2.0)).item(), 2) == 0.88 and round(0.02 * math.sqrt(768), 2) == 0.55


# --8<-- [start:memory]
def memory(lstm, steps=20):  # the share that is left
    h, c = torch.zeros(1, 64, 128), torch.zeros(1, 64, 128, requires_grad=True)
    _, (_, last) = lstm(torch.randn(steps, 64, 32), (h, c))
    v = torch.randn_like(last).sign()
    return (torch.autograd.grad(last, c, v)[0] * v).mean().item()


lstm = nn.LSTM(32, 128)
print(f"default           {memory(lstm):.0e}")
kept = []
for forget in (0.0, 1.0, math.log(20)):
    init_lstm(lstm, forget)
    gate = 1 / (1 + math.exp(-forget))
    kept.append(memory(lstm))
    print(f"forget bias {forget:.1f}   {kept[-1]:.0e}   gate {gate:.2f}^20 = {gate**20:.0e}")
# --8<-- [end:memory]
assert kept[0] < 1e-4 and 5e-4 < kept[1] < 5e-3 and 0.2 < kept[2] < 0.6 and gate**20 > 1 / math.e


# --8<-- [start:transformer]
def init_transformer(layers, scaled=True, std=None):
    for name, parameter in layers.named_parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=std or 1 / math.sqrt(parameter.shape[1]))
            if scaled and name.endswith(("out_proj.weight", "linear2.weight")):
                with torch.no_grad():
                    parameter /= math.sqrt(2 * len(layers))
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
# --8<-- [end:transformer]


# --8<-- [start:stream]
options = {"dropout": 0.0, "activation": "gelu", "norm_first": True, "batch_first": True}
layers = nn.ModuleList(nn.TransformerEncoderLayer(64, 4, 256, **options) for _ in range(24))
curves = {}
for scaled, label, at, colour in (False, "unscaled", 4.3, "C1"), (True, "÷ √(2N)", 1.5, "C2"):
    init_transformer(layers, scaled)
    stream = [torch.randn(8, 32, 64)]
    with torch.no_grad():
        for layer in layers:
            stream.append(layer(stream[-1]))
    curves[scaled] = [h.std().item() for h in stream]
    plt.plot(curves[scaled], color=colour)
    plt.text(12, at, label, color=colour, ha="center", va="center")
plt.gca().set(xlabel="block", ylabel="standard deviation", ylim=(0, 6), title="The residual stream")
# --8<-- [end:stream]
assert 4 < curves[False][-1] < 7 and curves[True][-1] < min(1.3, curves[False][2])

# --8<-- [start:tied]
embedding, head = nn.Embedding(1000, 64), nn.Linear(64, 1000, bias=False)
head.weight = embedding.weight
text, target = torch.randint(1000, (2, 256))
for std in (1, 0.02):
    nn.init.normal_(embedding.weight, std=std)
    h = F.layer_norm(embedding(text), (64,))
    print(f"std {std}: first loss {F.cross_entropy(head(h), target):.1f}")
# --8<-- [end:tied]
assert abs(F.cross_entropy(head(h), target) - 6.9) < 0.1 and abs(F.cross_entropy(50 * head(h), target) - 64) < 6

# --8<-- [start:twice]
model = nn.ModuleDict({"embedding": embedding, "head": head})
visits = []
model.apply(lambda module: visits.append(type(module).__name__))
print(visits, "but", len(list(model.parameters())), "parameter")
# --8<-- [end:twice]

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
assert abs(F.cross_entropy(last(features), labels) + (shares * shares.log()).sum()) < 1e-4


# --8<-- [start:forgotten]
@torch.no_grad()
def forgotten(model, init):
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for tensor in tensors.values():
        if tensor.is_floating_point():
            tensor.fill_(math.nan)
    model.apply(init)
    return [name for name, tensor in tensors.items() if tensor.isnan().any()]


model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.MultiheadAttention(8, 2))
print(forgotten(model, init_relu))
# --8<-- [end:forgotten]
assert len(forgotten(model, init_relu)) == 4 and type(model[2].out_proj) is not nn.Linear

# --8<-- [start:in-place]
try:
    net[0].weight.mul_(0.5)
except RuntimeError as error:
    print(error)
with torch.no_grad():
    net[0].weight.mul_(0.5)
# --8<-- [end:in-place]

# --8<-- [start:meta]
with torch.device("meta"):
    empty = nn.ModuleDict({"embedding": nn.Embedding(1000, 64), "head": nn.Linear(64, 1000, bias=False)})
    empty.head.weight = empty.embedding.weight
empty.to_empty(device="cpu")
print("still tied:", empty.head.weight is empty.embedding.weight)
empty.head.weight = empty.embedding.weight
nn.init.normal_(empty.embedding.weight, std=0.02)

layer = nn.utils.skip_init(nn.Linear, 64, 64).apply(init_relu)
# --8<-- [end:meta]

# --8<-- [start:weight-norm]
layer = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))
nn.init.zeros_(layer.weight)
print("zero after zeros_:", (layer.weight == 0).all().item())
with torch.no_grad():
    layer.weight = torch.eye(4)
print("identity after assignment:", torch.allclose(layer.weight, torch.eye(4)))
# --8<-- [end:weight-norm]
assert isinstance(nn.LazyLinear(4), nn.Linear) and nn.parameter.is_lazy(nn.LazyLinear(4).weight)

plt.show()

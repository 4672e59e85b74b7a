# --8<-- [start:recurrent]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F


def init_recurrent(rnn, keep=1.0):
    gates = 4 if isinstance(rnn, nn.LSTM) else 3
    for name, parameter in rnn.named_parameters():
        blocks = parameter.chunk(gates)  # LSTM: i, f, g, o; GRU: r, z, n; all views
        if "weight_hh" in name:
            for block in blocks:
                nn.init.orthogonal_(block)
        elif "weight" in name:
            for block in blocks:
                nn.init.xavier_uniform_(block)
        else:
            nn.init.zeros_(parameter)
            if "bias_ih" in name:  # bias_ih and bias_hh add up: set one of them
                nn.init.constant_(blocks[1], keep)
# --8<-- [end:recurrent]


# --8<-- [start:memory]
def memory(rnn, steps=20):
    inputs = torch.randn(steps, 4, rnn.input_size, dtype=torch.float64)
    zeros = torch.zeros(1, 4, rnn.hidden_size, dtype=torch.float64)
    start = zeros.clone().requires_grad_()
    if isinstance(rnn, nn.LSTM):
        _, (_, last) = rnn(inputs, (zeros, start))
    else:
        _, last = rnn(inputs, start)
    kept = []
    for cell in range(rnn.hidden_size):  # the diagonal of the Jacobian, exactly
        total = last[0, :, cell].sum()
        (grad,) = torch.autograd.grad(total, start, retain_graph=True)
        kept.append(grad[0, :, cell])
    return torch.stack(kept)  # (cells, sequences)
# --8<-- [end:memory]


# --8<-- [start:memory-table]
torch.manual_seed(0)
found = {}
print("bias   gate^20   LSTM keeps          GRU keeps")
for keep in (0.0, 1.0, math.log(20)):
    gate = 1 / (1 + math.exp(-keep))
    print(f"{keep:.1f}    {gate**20:.4f}", end="")
    for kind in (nn.LSTM, nn.GRU):
        found[kind, keep] = []
        for _ in range(5):
            rnn = kind(16, 16).double()
            init_recurrent(rnn, keep)
            found[kind, keep].append(memory(rnn).mean().item())
        low, high = min(found[kind, keep]), max(found[kind, keep])
        print(f"    {low:z.4f} to {high:z.4f}", end="")
    print()
# --8<-- [end:memory-table]
for kind in (nn.LSTM, nn.GRU):
    assert max(map(abs, found[kind, 0.0])) < 1e-4, "with bias 0 less than 0.0001 is left, in 5 of 5 draws"
    assert max(found[kind, 1.0]) < 0.005, "with bias 1 less than 0.005, in 5 of 5 draws"
    assert min(found[kind, math.log(20)]) > 0.1, "with log 20 more than 0.1 is left, in 5 of 5 draws"
    assert max(found[kind, math.log(20)]) < gate**20, "less than gate^20, in 5 of 5 draws"
    assert min(found[kind, math.log(20)]) > 20 * max(found[kind, 1.0]), "log 20 keeps more than 20 times as much as 1"
for steps in (5, 20, 100):
    assert abs(1 / (1 + math.exp(-math.log(steps))) - steps / (steps + 1)) < 1e-12, "b = log T gives f = T/(T+1)"
    assert (steps / (steps + 1)) ** steps > 1 / math.e, "at least 1/e is left after T steps"
assert round(torch.sigmoid(torch.tensor(2.0)).item(), 2) == 0.88, "every forget bias at 1 adds up to 2, a gate of 0.88"
assert round(torch.sigmoid(torch.tensor(1.0)).item(), 2) == 0.73, "instead of 0.73"
gru, x, h = nn.GRU(3, 4), torch.randn(1, 1, 3), torch.randn(1, 1, 4)
with torch.no_grad():
    gru.bias_ih_l0[4:8] = 50.0
    assert torch.allclose(gru(x, h)[1], h), "where z = 1 the GRU keeps h: its update gate is a forget gate"


# --8<-- [start:transformer]
def init_transformer(layers, scaled=True, std=None):
    for name, parameter in layers.named_parameters():
        if parameter.dim() == 2:
            fan_in = parameter.shape[1]
            nn.init.normal_(parameter, std=std or fan_in**-0.5)
            if scaled and name.endswith(("out_proj.weight", "linear2.weight")):
                with torch.no_grad():
                    parameter /= math.sqrt(2 * len(layers))
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:  # the scale of a norm
            nn.init.ones_(parameter)
# --8<-- [end:transformer]


# --8<-- [start:stream]
options = {"dropout": 0.0, "activation": "gelu", "norm_first": True}
layers = nn.ModuleList(
    nn.TransformerEncoderLayer(64, 4, 256, batch_first=True, **options)
    for _ in range(24)
)
curves = {}
for scaled, label, color in ((False, "unscaled", "C1"), (True, "÷ √(2N)", "C2")):
    init_transformer(layers, scaled)
    stream = torch.randn(8, 32, 64)
    sizes = [stream.std().item()]
    with torch.no_grad():
        for layer in layers:
            stream = layer(stream)
            sizes.append(stream.std().item())
    curves[scaled] = sizes
    plt.plot(sizes, color, label=label)
plt.gca().set(xlabel="block", ylabel="standard deviation", ylim=(0, 6))
plt.legend()
# --8<-- [end:stream]
assert 4.5 < curves[False][-1] < 5.5, "unscaled it rises from 1 to about 5"
assert max(curves[True]) < 1.3, "scaled it stays below 1.3"
added = [curve[-1] ** 2 - curve[0] ** 2 for curve in (curves[True], curves[False][:3])]
assert added[0] < added[1], "scaled, all 24 blocks together add less than two blocks do unscaled"
assert round(0.02 * math.sqrt(768), 2) == 0.55, "0.02 is 0.55 times as much for 768 inputs"
assert round(0.02 * math.sqrt(3072), 2) == 1.11, "and 1.11 times for the 3072 inputs of the last MLP matrix"
names = [name for name, _ in nn.MultiheadAttention(8, 2).named_parameters()]
assert "in_proj_weight" in names, "`in_proj_weight` is a parameter of the attention itself"
with torch.no_grad():
    for parameter in layers.parameters():
        parameter.fill_(math.nan)
init_transformer(layers)
assert not any(parameter.isnan().any() for parameter in layers.parameters()), "the recipe fills all parameters"

# --8<-- [start:tied]
embedding, head = nn.Embedding(1000, 64), nn.Linear(64, 1000, bias=False)
head.weight = embedding.weight
text, target = torch.randint(1000, (2, 256))
for std in (1, 0.02):
    nn.init.normal_(embedding.weight, std=std)
    stream = F.layer_norm(embedding(text), (64,))
    print(f"std {std}: first loss {F.cross_entropy(head(stream), target):.1f}")
# --8<-- [end:tied]
assert round(math.log(1000), 1) == 6.9, "log 1000 = 6.9"
assert abs(F.cross_entropy(50 * head(stream), target) - 64) < 4, "64 for width 64 and σ = 1"
padded = nn.Embedding(10, 4, padding_idx=0)
nn.init.normal_(padded.weight)
assert padded.weight[0].any(), "`normal_` overwrites its row of zeros too"

# --8<-- [start:twice]
model = nn.ModuleDict({"embedding": embedding, "head": head})
visits = []
model.apply(lambda module: visits.append(type(module).__name__))
print(visits, "but", len(list(model.parameters())), "parameter")
# --8<-- [end:twice]
plt.show()

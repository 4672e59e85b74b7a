import math

import matplotlib.pyplot as plt
import torch
from torch import nn


# --8<-- [start:rules]
def uniform(n):  # the standard deviation of U(-1/√n, 1/√n)
    return 1 / math.sqrt(3 * n)


torch.manual_seed(0)
recurrent = "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0"
encoder = nn.TransformerEncoderLayer(64, 4, 256, batch_first=True)
rules = [  # layer, parameters, rule, its standard deviation
    (nn.Linear(400, 100), "weight bias", "±1/√in", uniform(400)),
    (nn.Conv2d(16, 32, 3), "weight bias", "±1/√(in·9)", uniform(16 * 9)),
    (nn.Conv2d(16, 32, 3, groups=4), "weight", "±1/√(in/4·9)", uniform(4 * 9)),
    (nn.ConvTranspose2d(16, 8, 3), "weight", "±1/√(out·9)", uniform(8 * 9)),
    (nn.Bilinear(50, 30, 100), "weight bias", "±1/√in1", uniform(50)),
    (nn.LSTM(100, 128), recurrent, "±1/√hidden", uniform(128)),
    (nn.GRU(100, 128), "weight_ih_l0", "±1/√hidden", uniform(128)),
    (nn.RNN(100, 128), "weight_ih_l0", "±1/√hidden", uniform(128)),
    (nn.MultiheadAttention(64, 4), "in_proj_weight", "Xavier, (3w, w)", 128**-0.5),
    (nn.MultiheadAttention(64, 4), "out_proj.weight", "±1/√w", uniform(64)),
    (encoder, "linear1.weight", "±1/√w", uniform(64)),
    (encoder, "linear2.weight", "±1/√ff", uniform(256)),
    (nn.Embedding(1000, 64), "weight", "normal, σ = 1", 1),
]
# --8<-- [end:rules]

# --8<-- [start:table]
print(f"{'layer':24}{'parameter':17}{'rule':17}{'std':8}measured")
for layer, names, rule, std in rules:
    for name in names.split():
        parameter = layer.get_parameter(name)
        kind = type(layer).__name__.replace("Transformer", "")
        print(f"{kind:24}{name:17}{rule:17}{std:.3f}   {parameter.std():.3f}")
# --8<-- [end:table]
for layer, names, rule, std in rules:
    for values in [layer.get_parameter(name).detach().flatten() for name in names.split()]:
        root = math.sqrt(len(values))
        assert abs(values.mean()) < 4.5 * std / root and abs(values.std() / std - 1) < 3.2 / root, (rule, std)
        assert 1 - 12 / len(values) < values.abs().max() / (std * 3**0.5) <= 1 + 1e-6 or "normal" in rule
assert all((bias == 0).all() for bias in (encoder.self_attn.in_proj_bias, encoder.self_attn.out_proj.bias))
norms = nn.BatchNorm2d(8), nn.LayerNorm(8), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True)
assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)
assert (nn.RMSNorm(8).weight == 1).all() and nn.PReLU().weight == 0.25 and not list(nn.InstanceNorm2d(8).parameters())
assert (nn.BatchNorm1d(8).running_var == 1).all() and (nn.Embedding(5, 3, padding_idx=2).weight[2] == 0).all()
known = """AdaptiveLogSoftmaxWithLoss BatchNorm Bilinear Conv ConvTranspose Embedding EmbeddingBag GRU GRUCell GroupNorm
InstanceNorm LSTM LSTMCell LayerNorm Linear MultiheadAttention PReLU RMSNorm RNN RNNCell SyncBatchNorm Transformer"""
own = {n for n in dir(nn) if {"reset_parameters", "_reset_parameters"} & set(dir(getattr(nn, n)))}
assert {n.rstrip("123d") for n in own if not n.startswith("Lazy") and not n.endswith("Base")} == set(known.split())

# --8<-- [start:sqrt5]
rng = torch.Generator()
W = torch.empty(100, 400)
for a in (0, 1, math.sqrt(5)):
    nn.init.kaiming_uniform_(W, a=a, generator=rng.manual_seed(0))
    variance = 400 * W.var().item()
    print(f"a² = {a * a:.0f}: n·Var(W) {variance:.2f}, max · √n {W.max() * 20:.2f}")
old = torch.empty(100, 400).uniform_(-1 / 20, 1 / 20, generator=rng.manual_seed(0))
print("the same numbers as U(-1/√n, 1/√n):", torch.equal(W, old))
# --8<-- [end:sqrt5]
assert torch.equal(W, old) and abs(variance * 3 - 1) < 0.03

# --8<-- [start:effect]
x = torch.randn(1000, 400)
outputs = {
    "Linear": nn.Linear(400, 100)(x),
    "Conv2d": nn.Conv2d(16, 32, 3)(torch.randn(8, 16, 30, 30)),
    "Bilinear(50, 30, 100)": nn.Bilinear(50, 30, 100)(x[:, :50], x[:, 50:80]),
    "Embedding": nn.Embedding(1000, 64)(torch.arange(1000)),
}
for tokens in (16, 256):
    t = torch.randn(32, tokens, 64)
    attend = nn.MultiheadAttention(64, 4, batch_first=True)
    outputs[f"Attention, {tokens} tokens"] = attend(t, t, t)[0]
sizes = {name: output.square().mean().item() for name, output in outputs.items()}
for name, size in sizes.items():
    print(f"{name:22} {size:.2g}")
# --8<-- [end:effect]
linear, conv, bilinear, embedding, few, many = sizes.values()
assert max(abs(3 * linear - 1), abs(3 * conv - 1), abs(bilinear / 10 - 1), abs(embedding - 1)) < 0.06
assert 0.010 < few < 0.016 and 0.001 < many < 0.002 and 6 < few / many < 12

# --8<-- [start:signal]
def kaiming(layer):
    if isinstance(layer, nn.Linear):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)


def signals(init=None):
    layers = [nn.Linear(256, 256, dtype=torch.float64) for _ in range(20)]
    h, outputs = torch.randn(64, 256).double(), []
    for layer in layers:
        outputs.append((layer.apply(init) if init else layer)(h))
        h = outputs[-1].relu()
    grads = torch.autograd.grad(outputs[-1], outputs, torch.randn_like(h))
    size = [z.square().mean().sqrt().item() for z in outputs]
    spread = [z.var(dim=0).mean().sqrt().item() for z in outputs]
    return size, spread, [g.square().mean().sqrt().item() for g in grads]
# --8<-- [end:signal]


# --8<-- [start:figure]
torch.manual_seed(0)
size, spread, gradient = signals()
_, kaiming_spread, kaiming_gradient = signals(kaiming)
_, (forth, back) = plt.subplots(1, 2, figsize=(5.5, 3.0), sharey=True)
for panel, values, colour, label, at, height in (
    (forth, size, "C1", "default: size", 10, 4e-3),
    (forth, spread, "C3", "default: spread", 7.5, 3e-7),
    (forth, kaiming_spread, "C2", "Kaiming: spread", 10, 6),
    (back, gradient, "C3", "default", 12, 3e-7),
    (back, kaiming_gradient, "C2", "Kaiming", 10, 6),
):
    panel.plot(values, color=colour)
    panel.text(at, height, label, color=colour, ha="center", va="center")
forth.set(title="Forward: outputs", xlabel="layer", ylabel="standard deviation")
back.set(title="Backward: gradients", xlabel="layer", yscale="log", ylim=(1e-9, 1e2))
forth.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1], ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"])
forth.minorticks_off()
# --8<-- [end:figure]
assert abs(size[-1] / math.sqrt(2 / 1280) - 1) < 0.1 and min(kaiming_spread) > 0.2 and min(kaiming_gradient) > 0.3
assert abs((spread[19] / spread[9]) ** 0.1 * math.sqrt(6) - 1) < 0.1 and 3e-9 < spread[19] < 1e-7
assert abs((gradient[0] / gradient[19]) ** (1 / 19) * math.sqrt(6) - 1) < 0.05 and abs(6**-0.5 - 0.41) < 0.002


# --8<-- [start:train]
def train(depth, norm=nn.Identity, init=None, optimizer=torch.optim.SGD, **options):
    torch.manual_seed(1)
    x = torch.randn(128, 8)
    y = x[:, :1] * x[:, 1:2]
    hidden = [m for _ in range(depth) for m in (nn.Linear(64, 64), norm(64), nn.ReLU())]
    net = nn.Sequential(nn.Linear(8, 64), *hidden, nn.Linear(64, 1))
    if init:
        net.apply(init)
    optimizer = optimizer(net.parameters(), **options)
    for _ in range(100):
        loss = (net(x) - y).square().mean() / y.var()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


sgd = {"lr": 0.01, "momentum": 0.9}
cases = {"default": sgd, "Kaiming": sgd | {"init": kaiming}}
cases["batch norm"] = sgd | {"norm": nn.BatchNorm1d}
cases["default, Adam"] = {"optimizer": torch.optim.Adam, "lr": 1e-3}
# --8<-- [end:train]

# --8<-- [start:trained]
print("hidden layers     2    12")
losses = []
for name, case in cases.items():
    losses += [train(2, **case), train(12, **case)]
    print(f"{name:13} {losses[-2]:5.0%} {losses[-1]:5.0%}")
# --8<-- [end:trained]
assert 0.97 < losses.pop(1) < 1.03 and all(loss < 0.04 for loss in losses)

# --8<-- [start:out-proj]
alone = encoder.self_attn
whole = nn.Transformer(64, 4, 1, 1, 256, batch_first=True).encoder.layers[0].self_attn
a, b = (attention.out_proj.weight.abs().max() for attention in (alone, whole))
print(f"largest weight of out_proj: {a:.3f} in a layer, {b:.3f} in nn.Transformer")
# --8<-- [end:out-proj]
assert abs(a - 1 / 8) < 1e-3 and abs(b - math.sqrt(6 / 128)) < 1e-3

# --8<-- [start:copies]
stack = nn.TransformerEncoder(encoder, num_layers=2)
first, second = stack.layers
print("equal layers:", torch.equal(first.linear1.weight, second.linear1.weight))


def redraw(module):
    for name in {"reset_parameters", "_reset_parameters"} & set(dir(module)):
        getattr(module, name)()


stack.apply(redraw)
print("after redraw:", torch.equal(first.linear1.weight, second.linear1.weight))
# --8<-- [end:copies]
assert not torch.equal(first.linear1.weight, second.linear1.weight) and first.linear1 is not second.linear1

# --8<-- [start:order]
print(f"apply:   bias up to {first.self_attn.out_proj.bias.abs().max():.3f}")
for module in stack.modules():
    redraw(module)
print(f"modules: bias up to {first.self_attn.out_proj.bias.abs().max():.3f}")
# --8<-- [end:order]
assert 0.1 < first.self_attn.out_proj.bias.abs().max() <= 1 / 8

assert abs(torch.sigmoid(rules[5][0].bias_ih_l0 + rules[5][0].bias_hh_l0)[128:256].mean() - 0.5) < 0.02

plt.show()

# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(400, 1000)
z = layer(torch.randn(1000, 400))
print(f"largest weight {layer.weight.abs().max():.3f}, 1/√n = {400**-0.5:.3f}")
print(f"variance: of the inputs 1, of the outputs {z.var():.2f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:rules]
def uniform_std(n):  # the standard deviation of U(-1/√n, 1/√n)
    return 1 / math.sqrt(3 * n)


torch.manual_seed(0)
recurrent = "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0"
encoder = nn.TransformerEncoderLayer(64, 4, 256, batch_first=True)
rules = [  # layer, parameters, rule, its standard deviation
    (nn.Linear(400, 100), "weight bias", "±1/√in", uniform_std(400)),
    (nn.Conv2d(16, 32, 3), "weight bias", "±1/√(in·9)", uniform_std(16 * 9)),
    (nn.Conv2d(16, 32, 3, groups=4), "weight", "±1/√(in/4·9)", uniform_std(4 * 9)),
    (nn.ConvTranspose2d(16, 8, 3), "weight", "±1/√(out·9)", uniform_std(8 * 9)),
    (nn.Bilinear(50, 30, 100), "weight bias", "±1/√in1", uniform_std(50)),
    (nn.LSTM(100, 128), recurrent, "±1/√hidden", uniform_std(128)),
    (nn.GRU(100, 128), "weight_ih_l0", "±1/√hidden", uniform_std(128)),
    (nn.RNN(100, 128), "weight_ih_l0", "±1/√hidden", uniform_std(128)),
    (nn.MultiheadAttention(64, 4), "in_proj_weight", "Xavier, (3w, w)", 128**-0.5),
    (nn.MultiheadAttention(64, 4), "out_proj.weight", "±1/√w", uniform_std(64)),
    (encoder, "linear1.weight", "±1/√w", uniform_std(64)),
    (encoder, "linear2.weight", "±1/√ff", uniform_std(256)),
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
    for name in names.split():
        values = layer.get_parameter(name).detach()
        root = math.sqrt(values.numel())  # bars: about 4.5 standard errors
        assert values.mean().abs() < 4.5 * std / root, f"{rule}: the mean is 0"
        assert abs(values.std() / std - 1) < 3.2 / root, f"{rule}: the standard deviation is that of the rule"
        if rule.startswith("±"):
            assert values.abs().max() <= std * math.sqrt(3) * (1 + 1e-6), f"{rule}: no value is larger than the bound"
            assert values.abs().max() > std * math.sqrt(3) * (1 - 12 / values.numel()), "the largest is near it"
assert round(math.sqrt(2 / (64 + 192)), 6) == round(128**-0.5, 6), "Xavier sees the whole: σ = √(2/(w+3w))"
for bias in (encoder.self_attn.in_proj_bias, encoder.self_attn.out_proj.bias):
    assert (bias == 0).all(), "MultiheadAttention: biases 0"
for norm in (nn.BatchNorm2d(8), nn.LayerNorm(8), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True)):
    assert (norm.weight == 1).all(), "norms: weights 1"
    assert (norm.bias == 0).all(), "norms: biases 0"
assert [name for name, _ in nn.RMSNorm(8).named_parameters()] == ["weight"], "RMSNorm: no bias"
assert (nn.RMSNorm(8).weight == 1).all(), "RMSNorm: weights 1"
assert nn.PReLU().weight == 0.25, "PReLU: 0.25"
assert not list(nn.InstanceNorm2d(8).parameters()), "InstanceNorm: none by default"
assert (nn.Embedding(5, 3, padding_idx=2).weight[2] == 0).all(), "the row of `padding_idx` is 0"
assert abs(nn.EmbeddingBag(1000, 64).weight.std() - 1) < 0.02, "EmbeddingBag: normal, σ = 1"
known = """AdaptiveLogSoftmaxWithLoss BatchNorm Bilinear Conv ConvTranspose Embedding EmbeddingBag GRU GRUCell GroupNorm
InstanceNorm LSTM LSTMCell LayerNorm Linear MultiheadAttention PReLU RMSNorm RNN RNNCell SyncBatchNorm Transformer"""
own = {n for n in dir(nn) if {"reset_parameters", "_reset_parameters"} & set(dir(getattr(nn, n)))}
named = {n.rstrip("123d") for n in own if not n.startswith("Lazy") and not n.endswith("Base")}
assert named == set(known.split()), "the table has all layers of `torch.nn` that have parameters of their own"

# --8<-- [start:sqrt5]
rng = torch.Generator()
n = 400
W = torch.empty(100, n)
print("a²  n · Var(W)  max · √n")
for a in (0, 1, math.sqrt(5)):
    nn.init.kaiming_uniform_(W, a=a, generator=rng.manual_seed(0))
    variance, largest = n * W.var(), math.sqrt(n) * W.max()
    print(f"{a * a:.0f}   {variance:.2f}        {largest:.2f}")
# --8<-- [end:sqrt5]

# --8<-- [start:old-rule]
bound = 1 / math.sqrt(n)
old = torch.empty(100, n).uniform_(-bound, bound, generator=rng.manual_seed(0))
print("the same numbers as U(-1/√n, 1/√n):", torch.equal(W, old))
# --8<-- [end:old-rule]
assert torch.equal(W, old), "the numbers stayed, bit for bit: those of `nn.Linear(400, 100)`"
assert math.isclose(math.sqrt(2 / (1 + 5) * 3), 1), "5 is the value of a² that leaves 1/√n"
for nearby in (4.9, 5.1):
    assert abs(math.sqrt(2 / (1 + nearby) * 3) - 1) > 0.001, "5 is the one value of a² that leaves 1/√n"

# --8<-- [start:lecun]
n = 100
bound = math.sqrt(3 / n)
default, by_hand, uniform, normal = (nn.Linear(n, 1000).weight for _ in range(4))
nn.init.uniform_(by_hand, -bound, bound)
nn.init.kaiming_uniform_(uniform, nonlinearity="linear")
nn.init.kaiming_normal_(normal, nonlinearity="linear")
weights = {"default": default, "U(-√(3/n), √(3/n))": by_hand}
weights |= {"kaiming_uniform_, linear": uniform, "kaiming_normal_, linear": normal}
print("weights                   std · √n")
for name, weight in weights.items():
    print(f"{name:24}  {weight.std() * math.sqrt(n):8.2f}")
# --8<-- [end:lecun]
default, *lecun = (weight.std().item() * math.sqrt(n) for weight in weights.values())
assert round(default * math.sqrt(3), 1) == 1, "the default has a standard deviation of 1/√(3n)"
assert round(1 / math.sqrt(3), 2) == 0.58, "the default has 0.58 of LeCun's standard deviation"
for ratio in lecun:
    assert abs(ratio - 1) < 0.02, "LeCun's standard deviation is 1/√n"
torch.manual_seed(0)
by_bound = torch.empty(50, n).uniform_(-bound, bound)
torch.manual_seed(0)
by_name = nn.init.kaiming_uniform_(torch.empty(50, n), nonlinearity="linear")
assert torch.allclose(by_bound, by_name), "LeCun's rule is the bound √(3/n)"

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
print("layer                  mean square")
for name, size in sizes.items():
    print(f"{name:21}  {size:.2g}")
# --8<-- [end:effect]
assert abs(3 * sizes["Linear"] - 1) < 0.06, "a linear layer returns ⅓ of the second moment, plus the bias"
assert abs(3 * sizes["Conv2d"] - 1) < 0.06, "so does a convolution"
assert abs(sizes["Bilinear(50, 30, 100)"] / 10 - 1) < 0.06, "`Bilinear`: in2/3, here 10"
assert sizes["Attention, 256 tokens"] < sizes["Attention, 16 tokens"] / 4, "the more tokens, the smaller its output"

# --8<-- [start:signal]
def default(layer):
    layer.reset_parameters()


def kaiming(layer):
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)


def signals(init):
    h = torch.randn(64, 256, dtype=torch.float64)
    outputs = []
    for _ in range(20):
        layer = nn.Linear(256, 256, dtype=torch.float64)
        init(layer)
        z = layer(h)
        outputs.append(z)
        h = z.relu()
    gradients = torch.autograd.grad(z, outputs, torch.randn_like(z))
    size = [z.square().mean().sqrt().item() for z in outputs]
    spread = [z.var(dim=0).mean().sqrt().item() for z in outputs]
    return size, spread, [g.square().mean().sqrt().item() for g in gradients]
# --8<-- [end:signal]


# --8<-- [start:figure]
torch.manual_seed(0)
size, spread, gradient = signals(default)
_, kaiming_spread, kaiming_gradient = signals(kaiming)
_, (forth, back) = plt.subplots(1, 2, figsize=(5.5, 3.0), sharey=True)
for panel, values, colour, label, at, height in (
    (forth, size, "C5:", "default: size", 10, 4e-3),
    (forth, spread, "C5", "default: spread", 7.5, 3e-7),
    (forth, kaiming_spread, "C1", "Kaiming: spread", 10, 6),
    (back, gradient, "C5", "default", 12, 3e-7),
    (back, kaiming_gradient, "C1", "Kaiming", 10, 6),
):
    panel.plot(values, colour)
    panel.text(at, height, label, color=colour[:2], ha="center", va="center")
forth.set(title="Forward: outputs", xlabel="layer", ylabel="standard deviation")
back.set(title="Backward: gradients", xlabel="layer")
back.set(yscale="log", ylim=(1e-9, 1e2))
forth.set_yticks([1e-8, 1e-4, 1], ["10⁻⁸", "10⁻⁴", "1"])
forth.minorticks_off()
# --8<-- [end:figure]
assert round(math.sqrt(2 / (5 * 256)), 2) == 0.04, "the size settles at √(2/(5n)), which is 0.04 for n = 256"
assert abs(size[-1] / math.sqrt(2 / (5 * 256)) - 1) < 0.1, "the size settles at √(2/(5n)), measured"
assert round(6**-0.5, 2) == 0.41, "1/6 in variance is 0.41 in standard deviation"
forward, backward = (spread[19] / spread[9]) ** 0.1, (gradient[0] / gradient[19]) ** (1 / 19)
assert abs(forward * math.sqrt(6) - 1) < 0.1, "forward, the line has the slope 1/√6 that was predicted"
assert abs(backward * math.sqrt(6) - 1) < 0.1, "backward, the line has the slope 1/√6 that was predicted"
for name, values in {"spread": kaiming_spread, "gradient": kaiming_gradient}.items():
    assert min(values) > 0.2, f"with Kaiming the {name} stays near 1"
    assert max(values) < 5, f"with Kaiming the {name} stays near 1"

# --8<-- [start:out-proj]
alone = encoder.self_attn
transformer = nn.Transformer(64, 4, 1, 1, 256, batch_first=True)
whole = transformer.encoder.layers[0].self_attn
print("where              largest weight of out_proj")
for name, attention in {"in a layer": alone, "in nn.Transformer": whole}.items():
    print(f"{name:17}  {attention.out_proj.weight.abs().max():.3f}")
# --8<-- [end:out-proj]
assert alone.out_proj.weight.abs().max() <= 1 / math.sqrt(64), "0.125 at most for width 64"
assert round(1 / math.sqrt(64), 3) == 0.125, "0.125 at most for width 64"
inside, bound = whole.out_proj.weight.abs().max(), math.sqrt(6 / (64 + 64))
assert abs(inside / bound - 1) < 0.01, "`nn.Transformer` then fills every matrix with Xavier, this one too"
assert math.isclose(bound / 0.125, math.sqrt(3)), "alone, the bound of `out_proj` is smaller by √3"

# --8<-- [start:copies]
stack = nn.TransformerEncoder(encoder, num_layers=2)
first, second = stack.layers
print("equal layers:", torch.equal(first.linear1.weight, second.linear1.weight))


def redraw(module):
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()
    elif hasattr(module, "_reset_parameters"):
        module._reset_parameters()


stack.apply(redraw)
print("after redraw:", torch.equal(first.linear1.weight, second.linear1.weight))
# --8<-- [end:copies]
assert not torch.equal(first.linear1.weight, second.linear1.weight), "after `redraw` the layers differ"
assert first.linear1.weight is not second.linear1.weight, "all start with equal numbers, as parameters of their own"
assert not hasattr(nn.MultiheadAttention, "reset_parameters"), "`MultiheadAttention` has only `_reset_parameters`"

# --8<-- [start:order]
print(f"apply:   bias up to {first.self_attn.out_proj.bias.abs().max():.3f}")
for module in stack.modules():
    redraw(module)
print(f"modules: bias up to {first.self_attn.out_proj.bias.abs().max():.3f}")
# --8<-- [end:order]
assert first.self_attn.out_proj.bias.abs().max() > 0, "a loop over `modules()`: the child draws its bias again"
stack.apply(redraw)
assert (first.self_attn.out_proj.bias == 0).all(), "with `apply`, attention sets the bias of `out_proj` to 0 last"

lstm = nn.LSTM(100, 128)
forget = (lstm.bias_ih_l0 + lstm.bias_hh_l0)[128:256].sigmoid()
assert abs(forget.mean() - 0.5) < 0.02, "the forget gate starts half open, at 0.5 on average"
for module in (nn.Linear(4, 4), nn.Conv2d(4, 4, 3), nn.Bilinear(4, 4, 4)):
    assert (module.bias != 0).all(), "in `Linear`, `Conv`, `Bilinear` and the recurrent layers the bias is not zero"

plt.show()

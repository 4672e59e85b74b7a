# --8<-- [start:imports]
import inspect
import math
import sys
import types
from difflib import get_close_matches

import torch
import torch.nn.functional as F
from _claim import claim
from _outcome import outcome
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:rules]
def one(number):
    return f"{number:.1f}"


torch.manual_seed(0)
x, y, sign = torch.randn(3, 1_000_000)
linked = x * sign.sign()  # uncorrelated with x, but not independent of it
claim("mean-product", "0.0", one((x * y).mean().abs()), without=one((x * x).mean()))
three = torch.tensor([1.0, 2.0, 4.0])
rule = three.square().mean() - three.mean() ** 2
claim("variance", rule, three.var(correction=0))
claim("variance-sum", "2.0", one((x + y).var()), without=one((x + x).var()))
rule = 1 * 1 + 1 * 1**2 + 1 * 0**2  # the mean of y + 1 is 1
independent, dependent = (x * (y + 1)).var(), (x * (linked + 1)).var()
claim("variance-product", one(rule), one(independent), without=one(dependent))
claim("product-short", "1.0", one((x * y).var()), without=one(independent))
# --8<-- [end:rules]
assert torch.isclose(three.var() * (3 - 1), (three - three.mean()).square().sum()), (
    "var() divides by n−1 unless you pass correction=0")

# --8<-- [start:neuron]
n = nn.Linear(256, 1).in_features
claim("sum-index", len(range(0, n + 1)), n, right=len(range(1, n + 1)))
weights, inputs = torch.randn(2, 100_000, 16)
neuron = (weights * inputs).sum(1)
shifted = (weights * (inputs + 1)).sum(1)  # inputs of mean 1
variance, of_shifted = neuron.var(), shifted.var()
claim("neuron-variance", "16", f"{variance:.0f}", without=f"{of_shifted:.0f}")
root, without = one(variance.sqrt()), one(of_shifted.sqrt())
claim("neuron-std", one(math.sqrt(16)), root, without=without)
kept = (weights / 4 * inputs).sum(1)  # weights of variance 1/16
claim("keep", "1.0", one(kept.std()), without=one((3 * kept).std()))
# --8<-- [end:neuron]
assert (weights.shape[1], root, without) == (16, "4.0", "5.7"), (
    "the same conditions: 4.0 for n=16, 5.7 with inputs of mean 1")
assert f"{of_shifted:.0f}" == str(2 * 16), "Inputs of mean 1 give 2n"

# --8<-- [start:listing]
alone = outcome("from common_tools import set_seed")
sys.modules["common_tools"] = types.SimpleNamespace(set_seed=torch.manual_seed)
with_file = outcome("from common_tools import set_seed")
claim("set-seed", "runs", with_file, without=alone)
inside = "class MLP:\n    net = MLP()"
claim("class-body", "runs", outcome(inside), right="NameError")
layer = nn.Linear(3, 1)
torch.manual_seed(0)
through_data = nn.init.normal_(layer.weight.data).clone()
torch.manual_seed(0)
claim("weight-data", through_data, nn.init.normal_(layer.weight).detach())
# --8<-- [end:listing]
del sys.modules["common_tools"]
assert alone == "ModuleNotFoundError", "It is no package"
assert outcome("class MLP: pass\nnet = MLP()") == "runs", "Unindent them"
assert layer.weight.requires_grad, "the functions of nn.init switch gradients off themselves, and leave them on"

# --8<-- [start:digits]
torch.manual_seed(3)
layers = [nn.Linear(256, 256, bias=False) for _ in range(100)]
for layer in layers:
    nn.init.normal_(layer.weight, std=1)
inputs = torch.randn(16, 256)


def forward(h, layers):
    outputs = []
    for layer in layers:
        h = h @ layer.weight.to(h.dtype).T
        outputs.append(h)
    return outputs


outputs = forward(inputs, layers)
exact = forward(inputs.double(), layers[:32])  # the same weights in float64
first = [h.std().isnan() for h in outputs].index(True)
in_double = [h.double().std().isnan() for h in outputs].index(True)
stds = [h.std().item() for h in outputs]
# --8<-- [end:digits]

# --8<-- [start:printed]
graded = any(layer.weight.grad is not None for layer in layers)
found = "gradient" if graded else "output"
claim("what-explodes", "gradient", found, right="output")
claim("growth", "16.0", f"{(stds[29] / stds[0]) ** (1 / 29):.1f}")
claim("layer-0", "16.0981502532959", str(stds[0]))
claim("layer-1", "253.29345703125", str(stds[1]))
claim("layer-2", "3982.99951171875", str(stds[2]))
claim("layer-30", "2.2885e+37", f"{stds[30]:.4e}", then=f"{exact[30].std():.4e}")
claim("layer-31", 31, first, then=in_double)
entry = f"{exact[31][0, 0]:.4e}"
claim("printed-tensor", "4.9907e+37", f"{outputs[first][0, 0]:.4e}", then=entry)
node = type(outputs[first].grad_fn).__name__
claim("grad-fn", "MmBackward", node, then=node.rstrip("0"))
for layer in layers:
    nn.init.normal_(layer.weight, std=math.sqrt(1 / 256))
sizes = [h.std() for h in forward(inputs, layers)]
between = min(sizes) > 0.5 and max(sizes) < 2
claim("std-repaired", "kept", "kept" if between else "lost")
# --8<-- [end:printed]
assert stds[0] / 16.0981502532959 == 1, "The first three layers agree in every digit"
assert math.sqrt(layers[0].in_features) == 16, "the standard deviation grows by about √256=16"
assert sum(0.5 < size < 2 for size in sizes) == 100, "between 0.5 and 2 in all 100 layers"
assert len(range(1, 30)) == 29, "16.0 on average over 29 layers"
assert f"{2.2885405881461517e37 / exact[30].std():.6f}" == "1.000000", (
    "2.2885405881461517·10³⁷ | nan. In float64 the first seven digits are these")
assert f"{exact[31][0, 0]:.4e}" == "4.9907e+37", "Layer 31 in float64 starts with 4.9907·10³⁷"
assert outputs[30].isfinite().all(), "At layer 30 all values are finite"
assert outputs[first].numel() == 4096, "layer 30 is printed, and all 4096 values are finite"
assert not outputs[31].isfinite().all(), "layer 31, where there are infinite values"
assert f"{outputs[30].double().std():.2e}" == "2.29e+37", "and so is their standard deviation, 2.29·10³⁷ (2.29e37)"
assert outputs[30].sum().isnan(), "the sum that std() takes for its mean is nan in float32"
assert f"{outputs[30].double().sum():.2e}" == "-1.88e+38", "The whole sum is −1.88·10³⁸ (-1.88e38)"
assert outputs[30].double().sum().abs() < torch.finfo(torch.float32).max, "which would fit into float32"
assert not outputs[30].flatten().cumsum(0).isfinite().all(), "Partial sums on the way do not"
large = exact[31].abs() > torch.finfo(torch.float32).max
assert f"{exact[31][0, 1]:.2e}" == "-2.45e+38", "In float64 its second entry is −2.45·10³⁸ (-2.45e38)"
assert not large[0, 1], "which float32 can hold"
assert f"{exact[31][2, 1]:.2e}" == "-6.66e+37", "the second entry of the third row, −6.66·10³⁷ (-6.66e37)"
assert not large[2, 1], "So it is for the second entry of the third row"
assert large[0, 2], "the third entry of the first row, where the note prints inf, is too large in float64 as well"
assert round(3 * large.double().mean().item()) == 1, "About a third of them are too large in float64 as well"

# --8<-- [start:network]
def network(activation, init, depth, width=256):
    """The output of a deep network, and the gradient of its input."""
    first = h = torch.randn(64, width, requires_grad=True)
    for _ in range(depth):
        layer = nn.Linear(width, width, bias=False)
        init(layer.weight)
        h = activation(layer(h))
    (gradient,) = torch.autograd.grad(h, first, torch.randn_like(h))
    return h.detach(), gradient


def xavier_for_tanh(weight):
    return nn.init.xavier_normal_(weight, gain("tanh"))


gain = nn.init.calculate_gain
wide = x.view(1000, 1000)
linear = nn.init.normal_(torch.empty(1000, 1000), std=math.sqrt(1 / 1000))
relu = nn.init.normal_(torch.empty(1000, 1000), std=math.sqrt(2 / 1000))
behind_relu = (wide @ relu).relu()
without = one(behind_relu.var())
claim("variance-one", "1.0", one((wide @ linear).var()), without=without)
# --8<-- [end:network]
assert f"{behind_relu.var():.2f}" == "0.68", "the variance is 0.68"
assert one(behind_relu.square().mean()) == "1.0", "Behind ReLU with 2/n it is the mean square that is 1"

# --8<-- [start:recipes]
sizes, left = [], []
for _ in range(5):
    h, _ = network(torch.tanh, xavier_for_tanh, depth=50)
    sizes.append(h.std().item())
    _, gradient = network(torch.sigmoid, nn.init.xavier_normal_, depth=10)
    left.append(gradient.std().item())  # of a gradient of size 1
kept = min(sizes) > 0.6 and max(sizes) < 0.7
claim("xavier-tanh", "kept", "kept" if kept else "lost")
kept = max(left) > 0.0001
claim("xavier-sigmoid", "kept", "kept" if kept else "lost", right="lost")
claim("relu-variance", "2.0", one(1 / x.relu().square().mean()))
claim("leaky-variance", 2 / (1 + 0.2**2), gain("leaky_relu", 0.2) ** 2)
# --8<-- [end:recipes]
assert sum(0.6 < size < 0.7 for size in sizes) == 5, "between 0.6 and 0.7 behind layer 50, in 5 of 5 draws"
assert sum(share < 0.0001 for share in left) == 5, (
    "after 10 layers less than 0.0001 of the gradient is left, in 5 of 5 draws")
assert one(2 * x.relu().square().mean()) == "1.0", "ReLU: equal, with n_i the fan in"
assert f"{F.leaky_relu(x, 0.2).square().mean() * 2 / (1 + 0.2**2):.2f}" == "1.00", "equal; a is the negative slope"

# --8<-- [start:same]
def drawn(init, **options):
    """The first three of the weights that a function draws after seed 0."""
    torch.manual_seed(0)
    return init(torch.empty(256, 256), **options)[0, :3]


a = math.sqrt(6 / (256 + 256)) * gain("tanh")
by_hand = drawn(nn.init.uniform_, a=-a, b=a)
claim("xavier-listing", by_hand, drawn(nn.init.xavier_uniform_, gain=gain("tanh")))
by_hand = drawn(nn.init.normal_, std=math.sqrt(2 / 256))
claim("kaiming-listing", by_hand, drawn(nn.init.kaiming_normal_))

ten = {"uniform_", "normal_", "constant_", "orthogonal_", "eye_", "sparse_"}
ten |= {"xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"}
left_out = {"ones_", "zeros_", "dirac_", "trunc_normal_"}
functions = {name for name in vars(nn.init) if name.endswith("_")}
functions = {name for name in functions if not name.startswith("_")}
claim("ten-methods", len(ten), len(functions), right=len(ten | left_out))
# --8<-- [end:same]
assert functions == ten | left_out, "the ten exist, but nn.init has 14"

# --8<-- [start:gain]
options = inspect.signature(gain).parameters.values()
untyped = [str(option.replace(annotation=option.empty)) for option in options]
claim("gain-signature", "nonlinearity, param=None", ", ".join(untyped))
shrunk = x.tanh()
ratio = one(x.std() / shrunk.std())
claim("gain-measured", "1.59", f"{x.std() / shrunk.std():.2f}")
claim("gain-tanh", "1.6666666666666667", str(gain("tanh")))
claim("tanh-shrinks", "1.6", ratio, without=one(shrunk.std() / shrunk.tanh().std()))
half = x.relu()
by_variance = one(x.var() / half.var())
by_size = one(x.square().mean().sqrt() / half.square().mean().sqrt())
claim("gain-is", by_variance, one(gain("relu")), right=by_size)
slope = list(inspect.signature(nn.LeakyReLU).parameters)
name = get_close_matches("negative_slop", slope)[0]
claim("negative-slope", "negative_slop", name, right="negative_slope")
# --8<-- [end:gain]
samples = torch.randn(200, 10_000)
measured = samples.std(1) / samples.tanh().std(1)
assert f"{measured.std():.3f}" == "0.007", "10 000 numbers scatter by 0.007"
assert abs(measured.mean() - 1.5909514427185059) < measured.std(), (
    "1.5909514427185059 from 10 000 numbers")
assert 5 / 3 == 1.6666666666666667, "it is the constant 5/3"

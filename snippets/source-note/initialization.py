import inspect
import math
import sys
import types
from difflib import get_close_matches

import torch
import torch.nn.functional as F
from _claim import claim
from torch import nn

# --8<-- [start:rules]
torch.manual_seed(0)
x, y, sign = torch.randn(3, 1_000_000)
linked = x * sign.sign()  # uncorrelated with x, but not independent of it
one = "{:.1f}".format

claim("mean-product", "0.0", one((x * y).mean().abs()), without=one((x * x).mean()))
v = torch.tensor([1.0, 2.0, 4.0])
claim("variance", v.square().mean() - v.mean() ** 2, v.var(correction=0))
claim("variance-sum", "2.0", one((x + y).var()), without=one((x + x).var()))
rule = 1 * 1 + 1 * 1**2 + 1 * 0**2  # Y has the mean 1
claim("variance-product", one(rule), one((x * (y + 1)).var()), without=one((x * (linked + 1)).var()))
claim("product-short", "1.0", one((x * y).var()), without=one((x * (y + 1)).var()))
n = nn.Linear(256, 1).in_features
claim("sum-index", len(range(0, n + 1)), n, right=len(range(1, n + 1)))
w, inputs = torch.randn(2, 100_000, 16)
z, shifted = (w * inputs).sum(1), (w * (inputs + 1)).sum(1)
claim("neuron-variance", "16", f"{z.var():.0f}", without=f"{shifted.var():.0f}")
claim("neuron-std", one(math.sqrt(16)), one(z.std()), without=one(shifted.std()))
z = (w / 4 * inputs).sum(1)  # variance 1/16
claim("keep", "1.0", one(z.std()), without=one((3 * z).std()))
# --8<-- [end:rules]

# --8<-- [start:listing]
def outcome(code, **names):
    try:
        exec(code, names)
        return "runs"
    except Exception as error:
        return type(error).__name__


alone = outcome("from common_tools import set_seed")
sys.modules["common_tools"] = types.SimpleNamespace(set_seed=torch.manual_seed)
claim("set-seed", "runs", outcome("from common_tools import set_seed"), without=alone)
inside = "class MLP:\n    net = MLP()"
claim("class-body", "runs", outcome(inside), right="NameError")
weights = []
for through in (lambda p: p.data, lambda p: p):
    torch.manual_seed(0)
    weights.append(nn.init.normal_(through(nn.Linear(3, 1).weight)).detach())
claim("weight-data", *weights)
# --8<-- [end:listing]
del sys.modules["common_tools"]
assert outcome("class MLP: pass\nnet = MLP()") == "runs"

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
# --8<-- [end:digits]
stds = [h.std().item() for h in outputs]

# --8<-- [start:printed]
graded = any(layer.weight.grad is not None for layer in layers)
claim("what-explodes", "gradient", "gradient" if graded else "output", right="output")
claim("growth", "16", f"{(stds[29] / stds[0]) ** (1 / 29):.0f}")
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
claim("std-repaired", "kept", "kept" if 0.5 < min(sizes) < max(sizes) < 2 else "lost")
# --8<-- [end:printed]
assert f"{2.2885405881461517e37 / exact[30].std():.6f}" == "1.000000"  # seven digits; then rounding differs
assert outputs[30].isfinite().all() and not outputs[31].isfinite().all()
small = exact[31].abs() < torch.finfo(torch.float32).max
assert small[0, 1] and f"{exact[31][0, 1]:.2e}" == "-2.45e+38"  # the note prints -inf there
assert small[2, 1] and f"{exact[31][2, 1]:.2e}" == "-6.66e+37"  # and there
assert not small[0, 2] and 0.3 < 1 - small.double().mean() < 0.33

# --8<-- [start:recipes]
def network(f, init, depth, width=256):
    first = h = torch.randn(64, width, requires_grad=True)
    for layer in (nn.Linear(width, width, bias=False) for _ in range(depth)):
        init(layer.weight)
        h = f(h @ layer.weight.T)
    return h, torch.autograd.grad(h, first, torch.randn_like(h))[0]


gain = nn.init.calculate_gain
wide = x.view(1000, 1000)
linear, relu = (nn.init.normal_(torch.empty(1000, 1000), std=s / 1000**0.5) for s in (1, 2**0.5))
claim("variance-one", "1.0", one((wide @ linear).var()), without=one((wide @ relu).relu().var()))
h, _ = network(torch.tanh, lambda w: nn.init.xavier_normal_(w, gain("tanh")), 50)
claim("xavier-tanh", "0.65", "0.65" if abs(h.std() - 0.65) < 0.03 else "lost")
_, back = network(torch.sigmoid, nn.init.xavier_normal_, 10)
claim("xavier-sigmoid", "kept", "lost" if back.std() < 1e-4 else "kept", right="lost")
claim("relu-variance", "2.0", one(1 / x.relu().square().mean()))
claim("leaky-variance", 2 / (1 + 0.2**2), gain("leaky_relu", 0.2) ** 2)
# --8<-- [end:recipes]
assert abs(F.leaky_relu(x, 0.2).square().mean() * 2 / 1.04 - 1) < 0.01
kaiming = nn.init.kaiming_normal_(torch.empty(1000, 1000), nonlinearity="relu")
assert abs(kaiming.var() * 1000 - 2) < 0.02 and abs((wide @ relu).relu().var() - 0.68) < 0.02
weak, _ = network(torch.tanh, nn.init.xavier_normal_, 50)
assert weak.std() < 0.2  # without the gain

# --8<-- [start:same]
def drawn(fill):
    torch.manual_seed(0)
    return fill(torch.empty(256, 256))[0, :3]


a = math.sqrt(6 / (256 + 256)) * gain("tanh")
by_hand = drawn(lambda w: nn.init.uniform_(w, -a, a))
claim("xavier-listing", by_hand, drawn(lambda w: nn.init.xavier_uniform_(w, gain("tanh"))))
by_hand = drawn(lambda w: nn.init.normal_(w, std=math.sqrt(2 / 256)))
claim("kaiming-listing", by_hand, drawn(nn.init.kaiming_normal_))

ten = {"uniform_", "normal_", "constant_", "orthogonal_", "eye_", "sparse_"}
ten |= {f"{who}_{how}_" for who in ("xavier", "kaiming") for how in ("uniform", "normal")}
left_out = {"ones_", "zeros_", "dirac_", "trunc_normal_"}
functions = {name for name in vars(nn.init) if name.endswith("_") and name[0] != "_"}
claim("ten-methods", len(ten), len(functions), right=len(ten | left_out))
# --8<-- [end:same]
assert functions == ten | left_out

# --8<-- [start:gain]
options = inspect.signature(gain).parameters.values()
shown = ", ".join(str(p.replace(annotation=p.empty)) for p in options)
claim("gain-signature", "nonlinearity, param=None", shown)
t = x.tanh()
claim("gain-measured", "1.59", f"{x.std() / t.std():.2f}")
claim("gain-tanh", "1.6666666666666667", str(gain("tanh")))
claim("tanh-shrinks", "1.6", one(x.std() / t.std()), without=one(t.std() / t.tanh().std()))
half = x.relu()
ratio, root = x.var() / half.var(), x.square().mean().sqrt() / half.square().mean().sqrt()
claim("gain-is", one(ratio), one(gain("relu")), right=one(root))
slope = list(inspect.signature(nn.LeakyReLU).parameters)
name = get_close_matches("negative_slop", slope)[0]
claim("negative-slope", "negative_slop", name, right="negative_slope")
# --8<-- [end:gain]
samples = torch.randn(200, 10_000)
measured = samples.std(1) / samples.tanh().std(1)
assert 0.005 < measured.std() < 0.01 and abs(measured.mean() - 1.5909514427185059) < measured.std()

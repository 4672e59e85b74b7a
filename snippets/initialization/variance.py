import math

import matplotlib.pyplot as plt
import torch
from torch import nn

# --8<-- [start:experiment]
torch.manual_seed(3)
depth, width, batch = 100, 256, 16
layers = [nn.Linear(width, width, bias=False) for _ in range(depth)]
for layer in layers:
    nn.init.normal_(layer.weight, std=1)
x = torch.randn(batch, width)


def forward(h):
    outputs = []
    for layer in layers:
        h = layer(h)
        outputs.append(h)
    return outputs


exploding = forward(x)
for i in (0, 1, 2, 30):
    print(f"layer {i}: std {exploding[i].std()}")
# --8<-- [end:experiment]
stds = [h.std().item() for h in exploding]
assert stds[:3] == [16.0981502532959, 253.29345703125, 3982.99951171875]
assert math.isfinite(stds[29]) and not any(map(math.isfinite, stds[30:]))

# --8<-- [start:rules]
torch.manual_seed(0)
a, b, sign = torch.randn(3, 1_000_000)
pairs = {"independent": b, "Y = X": a, "Y = ±X": a * sign.sign(), "E(Y) = 1": b + 1}

print("X and Y      E(XY)  Var(X+Y)  Var(XY)")
for name, y in pairs.items():
    product = a * y
    print(f"{name:12} {product.mean().abs():5.1f} {(a + y).var():9.1f} {product.var():8.1f}")
# --8<-- [end:rules]
for y, expected in zip(pairs.values(), ((0, 2, 1), (1, 4, 2), (0, 2, 3), (0, 2, 2)), strict=True):
    measured = torch.stack([(a * y).mean(), (a + y).var(), (a * y).var()])
    torch.testing.assert_close(measured, torch.tensor(expected).float(), atol=0.02, rtol=0.02)

# --8<-- [start:neuron]
print("  n    √n  independent x  equal x    √(2n)  x of mean 1")
for n in (16, 64, 256):
    w, free = torch.randn(2, 10_000, n)
    inputs = free, free[:, :1], free + 1
    z = [(w * v).sum(dim=1).std() for v in inputs]
    print(f"{n:3} {n**0.5:5.1f} {z[0]:14.1f} {z[1]:8.1f}", end=" ")
    print(f"{(2 * n) ** 0.5:8.1f} {z[2]:12.1f}")

factors = [(exploding[i + 1].std() / exploding[i].std()).item() for i in range(29)]
print(f"layers 1 to 29 multiply the std by {min(factors):.1f} to {max(factors):.1f}")
# --8<-- [end:neuron]
assert abs(z[0] / 16 - 1) < 0.03 and abs(z[1] / 16 - 1) < 0.03 and abs(z[2] / 512**0.5 - 1) < 0.03
assert min(factors) > 15.5 and max(factors) < 16.7

# --8<-- [start:overflow]
limit = torch.finfo(torch.float32).max
print(f"largest float32: 16 to the power of {math.log(limit, 16):.4f}")
checks = {"var()": torch.var, "mean()": torch.mean, "std()": torch.std, "values": torch.clone}
since = {}
for name, check in checks.items():
    finite = [check(h).isfinite().all() for h in exploding]
    since[name] = finite.index(False)
    print(f"{name:6} not finite from layer {since[name]}")
print(f"layer 30 in float64: std {exploding[30].double().std():.2e}")
# --8<-- [end:overflow]
assert list(since.values()) == [15, 30, 30, 31]
assert exploding[31].isinf().any() and exploding[32].isnan().all()
assert exploding[20].std().isfinite() and exploding[20].square().isinf().any()
assert 3.5 < exploding[30].abs().max() / exploding[30].double().std() < 4.5
assert all(h.mean().abs() < 0.1 * h.std() for h in exploding[:30])

# --8<-- [start:keep]
for layer in layers:
    nn.init.normal_(layer.weight, std=math.sqrt(1 / width))
outputs = forward(x)
for i in (0, 9, 99):
    print(f"layer {i}: std {outputs[i].std():.1f}")
# --8<-- [end:keep]
assert all(0.5 < h.std() < 2 and h.mean().abs() < 0.1 for h in outputs)

# --8<-- [start:backward]
weights = [layer.weight for layer in layers]
g = torch.randn(batch, width)
grads = torch.autograd.grad(outputs[-1], outputs + weights, g)
for i in (99, 50, 0):
    of_output, of_weight = grads[i].std(), grads[depth + i].std()
    print(f"layer {i:2}: gradient {of_output:.1f}, weight gradient {of_weight:.1f}")
# --8<-- [end:backward]
assert all(0.5 < d.std() < 2 for d in grads[:depth]) and all(2 < d.std() < 8 for d in grads[depth:])

# --8<-- [start:both]
figure, (forth, back) = plt.subplots(1, 2, figsize=(4.4, 3.0), sharey=True)
cases = (2, "Var 4/n", 1e25, "C1"), (1, "Var 1/n", 1e3, "C2"), (0.5, "Var 1/(4n)", 1e-25, "C0")
for factor, label, height, colour in cases:
    for layer in layers:
        nn.init.normal_(layer.weight, std=factor / math.sqrt(width))
    outputs = forward(x)
    grads = torch.autograd.grad(outputs[-1], outputs + weights, g)
    for panel, signals in (forth, outputs), (back, grads[:depth]):
        panel.plot([signal.std().item() for signal in signals], color=colour)
        panel.text(50, height, label, color=colour, ha="center", va="center")
forth.set(title="Forward: outputs", xlabel="layer", ylabel="standard deviation")
back.set(title="Backward: gradients", xlabel="layer", yscale="log")
forth.set_yticks([1e-30, 1e-15, 1, 1e15, 1e30], ["10⁻³⁰", "10⁻¹⁵", "1", "10¹⁵", "10³⁰"])
forth.minorticks_off()
# --8<-- [end:both]
for out, grad, c in zip(forth.lines, back.lines, (2, 1, 0.5), strict=True):
    assert 0.5 < out.get_ydata()[-1] / c**100 < 2 and 0.5 < grad.get_ydata()[0] / c**99 < 2
assert all(4 / 3 < w.std() / 0.5**99 < 4 * 3 for w in grads[depth:])

# --8<-- [start:factors]
def typical(depth, width, activation, gain=1.0):
    h = torch.randn(4096 // width, 1, width)  # one input to each of many networks
    for _ in range(depth):
        w = torch.randn(len(h), width, width) * gain / math.sqrt(width)
        h = activation(h @ w)
    return h.square().mean(dim=2).sqrt().median().item()


torch.manual_seed(1)
cases = {
    "10 layers, n = 64": (10, 64, torch.clone),
    "100 layers, n = 64": (100, 64, torch.clone),
    "100 layers, n = 16": (100, 16, torch.clone),
    "100 layers, n = 64, tanh": (100, 64, torch.tanh),
    "100 layers, n = 64, ReLU": (100, 64, torch.relu),
    "100 layers, n = 64, ReLU, Var 2/n": (100, 64, torch.relu, math.sqrt(2)),
}
sizes = [typical(*case) for case in cases.values()]
for name, size in zip(cases, sizes, strict=True):
    print(f"{name:34} {size:.2g}")
# --8<-- [end:factors]
relu = math.exp(-5 * 100 / (4 * 64))
for size, guess in zip(sizes, (0.92, 0.46, 0.044, 0.045, 2**-50 * relu, relu), strict=True):
    assert 0.75 < size / guess < 1.33
assert abs(relu - 0.14) < 0.005 and abs(math.exp(-100 / 128) - 0.46) < 0.005
own = torch.Generator().manual_seed(0)
assert abs((2 * torch.randn(1_000_000, generator=own).relu().square()).var() - 5) < 0.2

# --8<-- [start:bias]
default = nn.Sequential(*[nn.Linear(width, width) for _ in range(depth)])
h = default(x)
same = torch.allclose(h, h[:1], rtol=0, atol=1e-6)
print(f"std {h.std():.3f}, all inputs give the same output to 1e-6: {same}")
# --8<-- [end:bias]
assert abs(h.std() * math.sqrt(2 * width) - 1) < 0.06 and (h - h[0]).abs().max() < 1e-6
assert all(abs(p.var() * 3 * width - 1) < 0.2 for p in default[0].parameters())

# --8<-- [start:dtypes]
failed = []
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    h, layer = torch.randn(batch, width, dtype=dtype), 0
    while (h := h @ torch.randn(width, width, dtype=dtype)).isfinite().all():
        layer += 1
    power = math.log(torch.finfo(dtype).max, 16)
    print(f"{dtype!s:14} up to 16^{power:.0f}, not finite from layer {layer}")
    failed.append(layer)
# --8<-- [end:dtypes]
assert failed == [3, 31, 31, 255]

plt.show()

import functools
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

torch.manual_seed(0)


# --8<-- [start:rules]
def sizes(rule, widths):
    """Root mean square of the output, and of the gradient at the input, of linear layers."""
    x = h = torch.randn(500, widths[0], requires_grad=True)
    for n_in, n_out in itertools.pairwise(widths):
        h = h @ (math.sqrt(rule(n_in, n_out)) * torch.randn(n_in, n_out))
    (grad,) = torch.autograd.grad(h, x, torch.randn_like(h))
    return h.square().mean().sqrt().item(), grad.square().mean().sqrt().item()


rules = {
    "1 / n_in": lambda n_in, n_out: 1 / n_in,
    "1 / n_out": lambda n_in, n_out: 1 / n_out,
    "2 / (n_in + n_out)": lambda n_in, n_out: 2 / (n_in + n_out),
    "1 / √(n_in n_out)": lambda n_in, n_out: 1 / math.sqrt(n_in * n_out),
}
# --8<-- [end:rules]

# --8<-- [start:chains]
chains = {"narrowing": [1024, 512, 256, 128, 64, 32, 16], "zigzag": [256, 64] * 6 + [256]}
for chain, widths in chains.items():
    for name, rule in rules.items():
        forward, backward = sizes(rule, widths)
        print(f"{chain:9}  {name:18}  forward {forward:4.1f}   backward {backward:5.2f}")
# --8<-- [end:chains]
for widths in chains.values():
    for rule in rules.values():
        layers = [(a * rule(a, b), b * rule(a, b)) for a, b in itertools.pairwise(widths)]
        exact = [math.prod(factors) ** 0.5 for factors in zip(*layers, strict=True)]
        assert all(0.7 < m / e < 1.4 for m, e in zip(sizes(rule, widths), exact, strict=True))
assert math.isclose(exact[0], 1) and math.isclose(256 * 64 * (2 / 320) ** 2, 0.64) and abs(0.64**3 - 0.26) < 3e-3
assert abs((4 / 3) ** 3 - 2.4) < 0.04 and abs((2 / 3) ** 3 - 0.30) < 0.005


# --8<-- [start:network]
def rms(tensor):
    return tensor.double().square().mean().sqrt().item()  # squares of 1e-26 underflow in float32


@functools.cache  # each network is run once
def network(f, gain, depth=50, n=256, scale=1.0):
    torch.manual_seed(0)
    h = scale * torch.randn(200, n)
    W = [nn.init.xavier_uniform_(torch.empty(n, n), gain).requires_grad_() for _ in range(depth)]
    z, outputs = [], []
    for w in W:
        z.append(h @ w.T)
        h = f(z[-1])
        outputs.append(h)
    grads = torch.autograd.grad(h, z + W, torch.randn_like(h))
    return outputs, grads[:depth], grads[depth:]
# --8<-- [end:network]


# --8<-- [start:tanh]
cases = {math.sqrt(1 / 3): ("1/√3", 13, 0.004), 1.0: ("1", 30, 0.06), 5 / 3: ("5/3", 30, 1.3)}
runs = {gain: network(torch.tanh, gain) for gain in cases}
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.9), sharey=True)
for i, (gain, (label, *place)) in enumerate(cases.items()):
    for panel, layers in zip(panels, runs[gain], strict=True):
        size = torch.tensor([rms(layer) for layer in layers])
        panel.plot(range(1, 51), size if panel is panels[0] else size / size[-1], f"C{i}")
    panels[0].text(*place, label, color=f"C{i}")
for panel, title in zip(panels, ("activation", "gradient", "weight gradient"), strict=True):
    panel.set(title=title, xlabel="layer", yscale="log", ylim=(1e-3, 1e3), xticks=(1, 25, 50))
panels[0].set_yticks([0.001, 0.01, 0.1, 1, 10, 100], ["0.001", "0.01", "0.1", "1", "10", "100"])
panels[0].minorticks_off()
# --8<-- [end:tanh]
small, one, large = ([[rms(layer) for layer in layers] for layers in run] for run in runs.values())
assert small[0][-1] < 1e-11 and small[1][0] < 1e-11 and max(small[2]) < 3e-11 and max(small[2]) < 1.3 * min(small[2])
assert max(one[2]) < 1.5 * min(one[2]) and min(one[2]) > 1.3 and 100 < large[2][0] / large[2][-1] < 150
assert abs(one[1][0] / one[1][-1] - 0.14) < 0.005 and abs(one[0][-1] - 0.11) < 0.003
assert all(abs(size - 0.65) < 0.01 for size in large[0][5:]) and 70 < large[1][0] / large[1][-1] < 90

# --8<-- [start:slow]
activations, gradients, _ = runs[1.0]
for layer in (5, 10, 25, 50):
    h, g = rms(activations[layer - 1]), rms(gradients[layer - 1]) / rms(gradients[-1])
    print(f"layer {layer:2}: activation {h:.2f}, 1/√(2l) = {1 / math.sqrt(2 * layer):.2f}", end="   ")
    print(f"gradient {g:.2f}, √(l/50) = {math.sqrt(layer / 50):.2f}")
# --8<-- [end:slow]
assert abs(h * 10 - 1) < 0.13 and math.isclose(1 / math.sqrt(2 * 50), 0.1)


# --8<-- [start:predict]
def predict(f, gain):
    """Size of the pre-activations at rest, and the factor on gradients there."""
    u = torch.arange(-10, 10, 2e-3, dtype=torch.float64)
    density, s = torch.exp(-u.square() / 2) / math.sqrt(2 * math.pi) * 2e-3, 1.0
    for _ in range(100):
        s = gain * (f(s * u).square() * density).sum().sqrt().item()
    z = (s * u).requires_grad_()
    (slope,) = torch.autograd.grad(f(z).sum(), z)
    return s, gain * (slope.square() * density).sum().sqrt().item()


for gain in (5 / 3, 3, 5):
    activations, gradients, _ = network(torch.tanh, gain)
    s, factor = predict(torch.tanh, gain)
    measured = (rms(gradients[10]) / rms(gradients[40])) ** (1 / 30)
    print(f"gain {gain:.2f}: activation {s / gain:.2f}, measured {rms(activations[-1]):.2f}", end="   ")
    print(f"gradient per layer × {factor:.2f}, measured × {measured:.2f}")
# --8<-- [end:predict]
assert abs(predict(torch.tanh, 5 / 3)[1] ** 10 - 2.6) < 0.02
assert abs(factor / measured - 1) < 0.03 and abs(s / gain / rms(activations[-1]) - 1) < 0.01

# --8<-- [start:histogram]
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.2), sharey=True)
for gain, panel in zip((1, 5 / 3, 3), panels, strict=True):
    h = network(torch.tanh, gain)[0][-1].detach().flatten()
    panel.hist(h.numpy(), bins=50, range=(-1, 1), density=True, color="C0", alpha=0.6)
    share = (h.abs() > 0.97).float().mean().item()
    panel.set(title=f"gain {gain:.3g}", xlabel=f"{100 * share:.0f} % beyond ±0.97")
    panel.set(ylim=(0, 6), xticks=(-1, 0, 1))
panels[0].set_ylabel("density")
# --8<-- [end:histogram]
assert 0.38 < share < 0.44 and 1 - 0.97**2 < 0.06


# --8<-- [start:sigmoid]
def centred(z):
    return 4 * (torch.sigmoid(z) - 0.5)


for name, f, gain in (("σ", torch.sigmoid, 1), ("σ", torch.sigmoid, 4), ("4(σ − ½)", centred, 1)):
    activations, gradients, _ = network(f, gain)
    spread = activations[9].std(dim=0).mean()
    ratio = (rms(gradients[10]) / rms(gradients[40])) ** (1 / 30)
    print(f"{name:8} gain {gain}: size {rms(activations[9]):.2f}, between inputs {spread:.0e}", end="")
    print(f"   gradient per layer × {ratio:.2f}, predicted × {predict(f, gain)[1]:.2f}")
# --8<-- [end:sigmoid]
u = torch.linspace(-5, 5, 101)
assert torch.allclose(centred(u), 2 * torch.tanh(u / 2), atol=1e-6) and abs(predict(torch.sigmoid, 4)[1] - 0.63) < 5e-3
assert 1e-32 < predict(torch.sigmoid, 1)[1] ** 50 < 1e-31 and abs(ratio - 1) < 0.03 and spread > 0.3

# --8<-- [start:inputs]
for scale in (0.1, 1, 10, 100):
    activations, gradients, _ = network(torch.tanh, 1, depth=20, scale=scale)
    flat = (activations[0].abs() > 0.97).float().mean()
    first, fifth, last = (rms(activations[i]) for i in (0, 4, 19))
    print(f"input {scale:5}: layers 1, 5, 20: {first:.2f}  {fifth:.2f}  {last:.2f}", end="   ")
    print(f"flat in layer 1: {100 * flat:2.0f} %, gradient there {rms(gradients[0]):.2f}")
# --8<-- [end:inputs]
assert flat > 0.97 and abs(last - 0.17) < 0.01 and rms(gradients[0]) < 0.02

plt.show()

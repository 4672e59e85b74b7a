# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
x, g = torch.randn(1000, 400), torch.randn(1000, 100)
W = nn.init.xavier_normal_(torch.empty(100, 400))
forward, backward = (x @ W.T).square().mean(), (g @ W).square().mean()
print(f"signal times {forward:.1f}, gradient times {backward:.1f}", end="")
print(f", on average {(forward + backward) / 2:.1f}")
# --8<-- [end:in-six-lines]
assert abs(forward - 2 * 400 / 500) < 0.05, "a layer from 400 to 100 multiplies the mean square of the signal by 1.6"
assert abs(backward - 2 * 100 / 500) < 0.05, "and that of the gradient by 0.4"

# --8<-- [start:imports]
import functools
import itertools
import math

import matplotlib.pyplot as plt

torch.manual_seed(0)
# --8<-- [end:imports]


# --8<-- [start:rules]
def rms(tensor):  # in float64: squares of 1e-26 underflow in float32
    return tensor.double().square().mean().sqrt().item()


def sizes(rule, widths):
    """Size of the output of linear layers, and of the gradient at their input."""
    x = torch.randn(500, widths[0], requires_grad=True)
    h = x
    for n_in, n_out in itertools.pairwise(widths):
        h = h @ (math.sqrt(rule(n_in, n_out)) * torch.randn(n_in, n_out))
    (gradient,) = torch.autograd.grad(h, x, torch.randn_like(h))
    return rms(h), rms(gradient)


rules = {
    "1 / n_in": lambda n_in, n_out: 1 / n_in,
    "1 / n_out": lambda n_in, n_out: 1 / n_out,
    "2 / (n_in + n_out)": lambda n_in, n_out: 2 / (n_in + n_out),
    "1 / √(n_in n_out)": lambda n_in, n_out: 1 / math.sqrt(n_in * n_out),
}
# --8<-- [end:rules]

# --8<-- [start:chains]
chains = {
    "narrowing": [1024, 512, 256, 128, 64, 32, 16],
    "zigzag": [256, 64] * 6 + [256],
}
print("network    variance            forward  backward")
for chain, widths in chains.items():
    for name, rule in rules.items():
        forward, backward = sizes(rule, widths)
        print(f"{chain:9}  {name:18}  {forward:7.1f}  {backward:8.2f}")
# --8<-- [end:chains]
exact = {}
for chain, widths in chains.items():
    for name, rule in rules.items():
        pairs = list(itertools.pairwise(widths))
        forward = math.prod(n_in * rule(n_in, n_out) for n_in, n_out in pairs) ** 0.5
        backward = math.prod(n_out * rule(n_in, n_out) for n_in, n_out in pairs) ** 0.5
        exact[chain, name] = forward, backward
        for measured, theory in zip(sizes(rule, widths), (forward, backward), strict=True):
            assert 0.7 < measured / theory < 1.4, "sizes as predicted by the factors of the table"
forward, backward = exact["narrowing", "2 / (n_in + n_out)"]
assert round(forward, 1) == round((4 / 3) ** 3, 1) == 2.4, "the predicted sizes are (4/3)³ = 2.4"
assert round(backward, 2) == round((2 / 3) ** 3, 2) == 0.30, "and (2/3)³ = 0.30"
assert math.isclose(exact["narrowing", "1 / n_out"][0], 8), "so 8 comes out as 7.0 for 1/n_out"
assert round(256 * 64 * (2 / (256 + 64)) ** 2, 2) == 0.64, "in the zigzag every pair of layers keeps 0.64"
for end in exact["zigzag", "2 / (n_in + n_out)"]:
    assert round(end, 2) == 0.26, "six pairs leave a size of 0.26, in both directions"
for end in exact["zigzag", "1 / √(n_in n_out)"]:
    assert math.isclose(end, 1), "the geometric mean costs nothing there"
for n_in, n_out in itertools.product((16, 64, 256), repeat=2):
    product = 4 * n_in * n_out / (n_in + n_out) ** 2
    assert (product == 1) == (n_in == n_out), "4 n_in n_out / (n_in + n_out)² ≤ 1, with equality only for n_in = n_out"
    if n_in == n_out:
        assert len({rule(n_in, n_out) for rule in rules.values()}) == 1, "where all widths are equal, the four are one"


# --8<-- [start:network]
@functools.cache  # each network is run once
def network(f, gain, depth=50, n=256, scale=1.0):
    """Activations, gradients at z, and gradients of W, by layer."""
    torch.manual_seed(0)
    h = scale * torch.randn(200, n)
    weights, z, activations = [], [], []
    for _ in range(depth):
        W = nn.init.xavier_uniform_(torch.empty(n, n), gain).requires_grad_()
        weights.append(W)
        z.append(h @ W.T)
        h = f(z[-1])
        activations.append(h)
    gradients = torch.autograd.grad(h, z + weights, torch.randn_like(h))
    return activations, gradients[:depth], gradients[depth:]
# --8<-- [end:network]


# --8<-- [start:tanh]
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.9), sharey=True)
titles = "activation", "gradient", "weight gradient"
runs = {}
for i, gain in enumerate((math.sqrt(1 / 3), 1, 5 / 3)):
    runs[gain] = network(torch.tanh, gain)
    for title, panel, layers in zip(titles, panels, runs[gain], strict=True):
        size = torch.tensor([rms(layer) for layer in layers])
        if title != "activation":
            size = size / size[-1]
        panel.plot(range(1, 51), size, f"C{i}")
        panel.set(title=title, xlabel="layer", xticks=(1, 25, 50))
panels[0].text(13, 0.004, "1/√3", color="C0")
panels[0].text(30, 0.03, "1", color="C1")
panels[0].text(30, 1.3, "5/3", color="C2")
panels[0].set(yscale="log", ylim=(1e-3, 1e3))
ticks = 0.001, 0.01, 0.1, 1, 10, 100
panels[0].set_yticks(ticks, [str(tick) for tick in ticks])
panels[0].minorticks_off()
# --8<-- [end:tanh]
small, one, large = ([[rms(layer) for layer in layers] for layers in run] for run in runs.values())
assert round(1 / math.sqrt(3), 2) == 0.58, "1/√3 loses a factor of 0.58 per layer"
assert small[0][-1] < 1e-11, "after 50 layers the activation is below 10^−11"
assert small[1][0] < 1e-11, "after 50 layers the gradient is below 10^−11"
assert abs((small[0][30] / small[0][10]) ** 0.05 - 0.58) < 0.01, "1/√3 loses a factor of 0.58 forward, measured"
assert abs((small[1][10] / small[1][30]) ** 0.05 - 0.58) < 0.01, "1/√3 loses a factor of 0.58 backward, measured"
assert max(small[2]) < 1.5 * min(small[2]), "the weight gradient of 1/√3 stays at 1"
assert max(one[2]) < 1.5 * min(one[2]), "the weight gradient is the same in all 50 layers within a factor of 1.5"
assert round(one[0][-1], 2) == 0.11, "gain 1 sinks slowly to 0.11"
assert round(one[1][0] / one[1][-1], 2) == 0.14, "its gradient sinks slowly to 0.14"
for size in large[0][5:]:
    assert abs(size - 0.65) < 0.01, "5/3 holds the activation at 0.65, within 0.01 from layer 6 on"
assert round(large[1][0] / large[1][-1], -1) == 80, "the gradient grows to 80 times its size at the end"
assert round(large[2][0] / large[2][-1], -1) == 120, "the weight gradient of 5/3 grows to about 120"

# --8<-- [start:slow]
activations, gradients, _ = runs[1.0]
print("layer  activation  1/√(2l)   gradient  √(l/50)")
for layer in (5, 10, 25, 50):
    size = rms(activations[layer - 1])
    gradient = rms(gradients[layer - 1]) / rms(gradients[-1])
    law, gradient_law = 1 / math.sqrt(2 * layer), math.sqrt(layer / 50)
    print(f"{layer:<5}{size:12.2f} {law:8.2f} {gradient:10.2f} {gradient_law:8.2f}")
# --8<-- [end:slow]
for layer in range(5, 51):
    size = rms(activations[layer - 1])
    gradient = rms(gradients[layer - 1]) / rms(gradients[-1])
    assert abs(size * math.sqrt(2 * layer) - 1) < 0.13, "not an exponential but a power law"
    assert abs(gradient / math.sqrt(layer / 50) - 1) < 0.13, "the second gives the gradient √(l/50) of its last value"
assert math.isclose(1 / math.sqrt(2 * 50), 0.1), "a signal at 0.1 is close to the linear range"


# --8<-- [start:predict]
def predict(f, gain):
    """Size of the pre-activations at rest, and the factor on gradients there."""
    step = 2e-3
    u = torch.arange(-10, 10, step, dtype=torch.float64)
    mass = torch.exp(-u.square() / 2) / math.sqrt(2 * math.pi) * step
    s = 1.0
    for _ in range(100):
        s = gain * (f(s * u).square() * mass).sum().sqrt().item()
    z = (s * u).requires_grad_()
    (slope,) = torch.autograd.grad(f(z).sum(), z)
    return s, gain * (slope.square() * mass).sum().sqrt().item()


def per_layer(gradients):
    """Factor by which the gradient grows from layer 41 down to layer 11."""
    return (rms(gradients[10]) / rms(gradients[40])) ** (1 / 30)
# --8<-- [end:predict]


# --8<-- [start:rest]
print("gain  activation  its prediction  gradient per layer  its prediction")
for gain in (5 / 3, 3, 5):
    activations, gradients, _ = network(torch.tanh, gain)
    s, factor = predict(torch.tanh, gain)
    print(f"{gain:.2f}  {rms(activations[-1]):10.2f}  {s / gain:14.2f}", end="")
    print(f"  {per_layer(gradients):18.2f}  {factor:14.2f}")
# --8<-- [end:rest]
growth = {}
for gain in (5 / 3, 3, 5):
    activations, gradients, _ = network(torch.tanh, gain)
    s, factor = predict(torch.tanh, gain)
    growth[gain] = per_layer(gradients)
    assert abs(s / gain / rms(activations[-1]) - 1) < 0.01, "the size is as predicted, to 1 %"
    assert abs(factor / growth[gain] - 1) < 0.03, "the growth is as predicted, to 3 %"
    assert growth[gain] > 1, "the gradient grows in every case"
assert list(growth.values()) == sorted(growth.values()), "and faster with more gain"
factor = predict(torch.tanh, 5 / 3)[1]
assert round(factor, 1) == 1.1, "5/3: the gradient grows by 10 % per layer"
assert round(factor**10, 1) == 2.6, "1.1 per layer is a factor of 2.6 over ten layers"
for gain in (1.01, 1.1, 1.5):
    assert predict(torch.tanh, gain)[0] > 0.05, "at any gain above 1 the activation comes to rest at a size above 0"
u = torch.randn(1_000_000, generator=torch.Generator().manual_seed(0))
assert abs(u.tanh().square().mean().rsqrt() - 1.59) < 0.01, "1.59 is also called the right gain"

# --8<-- [start:histogram]
figure, panels = plt.subplots(1, 3, figsize=(5.5, 2.2), sharey=True)
for gain, panel in zip((1, 5 / 3, 3), panels, strict=True):
    h = network(torch.tanh, gain)[0][-1].detach().flatten()
    panel.hist(h.numpy(), bins=50, range=(-1, 1), density=True, alpha=0.6)
    share = (h.abs() > 0.97).float().mean().item()
    panel.set_title(f"gain {gain:.3g}")
    panel.set_xlabel(f"{share:.0%} beyond ±0.97")
    panel.set(ylim=(0, 6), xticks=(-1, 0, 1))
panels[0].set_ylabel("density")
# --8<-- [end:histogram]
assert 1 - 0.97**2 < 0.06, "beyond ±0.97 the slope of tanh is below 0.06"


# --8<-- [start:sigmoid]
def centred(z):
    return 4 * (torch.sigmoid(z) - 0.5)


print("activation  gain  size  between inputs  gradient per layer  predicted")
cases = ("σ", torch.sigmoid, 1), ("σ", torch.sigmoid, 4), ("4(σ − ½)", centred, 1)
spreads, factors = [], []
for name, f, gain in cases:
    activations, gradients, _ = network(f, gain)
    tenth = activations[9]
    spreads.append(tenth.std(dim=0).mean().item())
    factors.append(per_layer(gradients))
    print(f"{name:10}  {gain:4}  {rms(tenth):.2f}  {spreads[-1]:14.0e}", end="")
    print(f"  {factors[-1]:18.2f}  {predict(f, gain)[1]:9.2f}")
# --8<-- [end:sigmoid]
u = torch.linspace(-5, 5, 101)
assert torch.allclose(centred(u), 2 * torch.tanh(u / 2), atol=1e-6), "4(σ(z) − ½) = 2 tanh(z/2)"
for (_, f, gain), factor in zip(cases, factors, strict=True):
    assert abs(predict(f, gain)[1] - factor) < 0.03, "the factor of the gradient is as predicted, within 0.03"
slope = predict(torch.sigmoid, 1)[1]
assert 3.5 < 1 / slope < 4.5, "with gain 1 the gradient loses a factor of 4 per layer"
assert 1e-32 < slope**50 < 1e-31, "10^−31 over 50"
assert spreads[0] < 1e-6, "200 different inputs give one and the same output to six digits"
assert round(rms(network(torch.sigmoid, 1)[0][9]), 1) == 0.5, "the size, 0.5, shows nothing of it"
assert factors[1] < 2 / 3, "with gain 4 the gradient still loses more than a third per layer"
assert spreads[2] > 0.3, "all assumptions hold again, and so does the result: inputs stay apart"
assert len(network(torch.sigmoid, 1)[0][9]) == 200, "the spread of one unit over 200 different inputs"

# --8<-- [start:inputs]
print("input size  layer 1  layer 5  layer 20", end="")
print("  flat units  gradient in layer 1")
for scale in (0.1, 1, 10, 100):
    activations, gradients, _ = network(torch.tanh, 1, depth=20, scale=scale)
    flat = (activations[0].abs() > 0.97).float().mean()
    first, fifth, last = (rms(activations[i]) for i in (0, 4, 19))
    print(f"{scale:<10}  {first:7.2f}  {fifth:7.2f}  {last:8.2f}", end="")
    print(f"  {flat:10.0%}  {rms(gradients[0]):19.2f}")
# --8<-- [end:inputs]
assert round(100 * flat.item()) == 98, "with inputs of size 100, 98 % of its units are flat"
usual = network(torch.tanh, 1, depth=20, scale=1)
assert rms(gradients[0]) < rms(usual[1][0]) / 10, "the gradient is less than a tenth of that for inputs of size 1"
for scale in (10, 100):
    later = network(torch.tanh, 1, depth=20, scale=scale)[0][4:]
    for layer, reference in zip(later, usual[0][4:], strict=True):
        assert abs(rms(layer) / rms(reference) - 1) < 0.15, "from layer 5 on, the sizes agree within 15 %"

plt.show()

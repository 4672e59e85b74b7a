# --8<-- [start:build]
import matplotlib.pyplot as plt
import torch
from torch import nn


def build(width, lr, mup, base=8, networks=5):  # five networks side by side
    torch.manual_seed(1)
    m = width / base if mup else 1  # how much wider than the tuned network
    first = nn.Parameter(torch.randn(networks, 16, width) / 16**0.5)
    hidden = nn.Parameter(torch.randn(networks, width, width) * (2 / width) ** 0.5)
    last = nn.Parameter(torch.randn(networks, width, 1) / (m * width) ** 0.5)
    groups = [{"params": [first]}, {"params": [hidden, last], "lr": lr / m}]
    return (first, hidden, last), torch.optim.Adam(groups, lr, fused=True)


def forward(weights, inputs):
    first, hidden, last = weights
    before_last = torch.relu(inputs @ first) @ hidden
    return before_last, torch.relu(before_last) @ last
# --8<-- [end:build]


# --8<-- [start:fit]
def fit(weights, optimizer, inputs, targets, steps):
    losses = []
    for step in range(steps):
        batch = torch.arange(64 * step, 64 * step + 64) % len(inputs)
        _, outputs = forward(weights, inputs[batch])
        loss = (outputs - targets[batch]).square().mean((1, 2))  # one per network
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)  # (steps, networks)
# --8<-- [end:fit]


# --8<-- [start:step]
torch.manual_seed(0)
inputs = torch.randn(1024, 16)
targets = torch.tanh(inputs @ torch.randn(16, 32) / 2) @ torch.randn(32, 1) / 6
moved, gradient = {}, {}
print("rule      width  movement")
for mup in (False, True):
    for width in (8, 32, 128):
        weights, optimizer = build(width, lr=1e-4, mup=mup)
        before, _ = forward(weights, inputs)
        fit(weights, optimizer, inputs, targets, steps=1)
        after, _ = forward(weights, inputs)
        moved[mup, width] = (after - before).abs().mean((1, 2)) / 1e-4
        gradient[mup, width] = weights[1].grad.square().mean().sqrt()
        kind = "µP" if mup else "standard"
        print(f"{kind:8}  {width:5}  {moved[mup, width].mean():4.1f} η")
# --8<-- [end:step]
assert round(moved[False, 8].mean().item(), 1) == 4.3, "from 4.3 η at width 8"
assert round(moved[False, 128].mean().item()) == 42, "to about 42 η at width 128"
assert (moved[False, 128] > 5 * moved[False, 8]).all(), "the movement grows more than fivefold in 5 of 5 networks"
drift = moved[True, 128] / moved[True, 8]
assert (drift - 1).abs().max() < 0.2, "with µP it changes by less than 20% in 5 of 5 networks"
assert gradient[True, 8] > 16 * gradient[True, 128], (
    "with µP the gradient of the hidden weights is more than 16 times smaller at width 128 than at width 8"
)

# --8<-- [start:figure]
rates = range(-10, -1)
loss = {}
figure, panels = plt.subplots(1, 2, figsize=(5.5, 2.9), sharey=True)
for mup, axes in zip((False, True), panels, strict=True):
    for width, color in ((8, "C0"), (32, "C2"), (128, "C1")):
        found = []
        for rate in rates:
            weights, optimizer = build(width, 2.0**rate, mup)
            losses = fit(weights, optimizer, inputs, targets, steps=30)
            found.append(losses[20:].mean(0))
        loss[mup, width] = torch.stack(found)  # (rates, networks)
        mean = loss[mup, width].mean(1)
        axes.plot(rates, mean, color, label=f"width {width}")
        axes.plot(rates[mean.argmin()], mean.min(), color + "o")
    axes.set(title="µP" if mup else "standard", xlabel="log₂ η")
    axes.set(ylim=(0, 0.8), xticks=(-10, -8, -6, -4, -2))
panels[0].set_ylabel("mean loss, steps 21 to 30")
panels[1].legend()
# --8<-- [end:figure]
best = {key: losses.argmin(0) for key, losses in loss.items()}  # an index per network
for width in (32, 128):
    assert (best[True, width] - best[True, 8]).abs().max() <= 1, (
        "with µP the best rates of all widths lie within a factor of 2 of that of width 8, in 5 of 5 networks"
    )
falls = 2.0 ** (best[False, 8] - best[False, 128])
assert set(falls.tolist()) == {8.0, 16.0}, "the standard optimum falls by a factor of 8 or 16 in 5 of 5 networks"
assert (loss[False, 8].mean(1).argmin(), rates[6]) == (6, -4), "the best rate of width 8 is 2^-4"


# --8<-- [start:transfer]
tuned = loss[False, 8].mean(1).argmin()  # the best rate of width 8
print("rule      best rate of width 8  its own best rate")
for mup in (False, True):
    wide = loss[mup, 128].mean(1)
    kind = "µP" if mup else "standard"
    print(f"{kind:8}  {wide[tuned]:20.2f}  {wide.min():17.2f}")
# --8<-- [end:transfer]
lost = loss[True, 128][tuned] / loss[True, 128].min(0).values
assert lost.max() < 1.25, "with µP the rate of width 8 costs width 128 less than 25% of loss in 5 of 5 networks"
lost = loss[False, 128][tuned] / loss[False, 128].min(0).values
assert lost.min() > 2, "with the standard rule it more than doubles the loss in 5 of 5 networks"

hidden, small, m = torch.randn(32, 64), torch.randn(64), 8
outputs = []
for scale, multiplier in ((1 / m, 1), (1, 1 / m)):  # scale the matrix and its rate, or the logits
    last = (small * scale).requires_grad_()
    optimizer = torch.optim.Adam([last], lr=0.1 * scale, eps=1e-30)
    for _ in range(5):
        loss = (multiplier * hidden @ last - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    outputs.append(multiplier * hidden @ last)
assert torch.allclose(*outputs, atol=1e-4), "both forms of the output layer take the same path"

aligned = torch.ones(64)
assert aligned @ aligned / 64**0.5 == 8, "with d = 64 two aligned vectors of entries ±1 have the score 8 under 1/√d"
assert aligned @ aligned / 64 == 1, "and the score 1 under 1/d"
for m, decay, left in ((1, 0.1, 0.999), (16, 0.1, 0.9999375), (16, 1.6, 0.999)):
    weight = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW([weight], lr=0.01 / m, weight_decay=decay)
    weight.grad = torch.zeros_like(weight)
    optimizer.step()
    assert abs(weight.item() - left) < 1e-12, "torch's AdamW takes ηλ off: in a group with η/m only λm keeps it"
plt.show()

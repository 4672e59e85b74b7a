# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
print("batch    norm before  moved by")
for name, scale in (("usual", 1.0), ("outlier", 1000.0), ("usual", 1.0)):
    before = nn.utils.parameters_to_vector(model.parameters())
    optimizer.zero_grad()
    (model(scale * torch.ones(4, 2)) - 5).square().mean().backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    after = nn.utils.parameters_to_vector(model.parameters())
    print(f"{name:7}  {norm:11.0f}  {(after - before).norm():.3f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
@torch.no_grad()
def clip_grad_norm_(parameters, max_norm, norm_type=2.0,
                    error_if_nonfinite=False):
    grads = [p.grad for p in parameters if p.grad is not None]
    # one norm over all numbers of all tensors
    every = torch.cat([torch.zeros(1), *(g.flatten().abs() for g in grads)])
    total = every.max()  # the norm for p = ∞
    if norm_type < math.inf:
        total = (every**norm_type).sum() ** (1 / norm_type)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError("the norm is not finite")
    for g in grads:
        g *= (max_norm / (total + 1e-6)).clamp(max=1.0)
    return total
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-value]
@torch.no_grad()
def clip_grad_value_(parameters, clip_value):
    for p in parameters:
        if p.grad is not None:
            p.grad = torch.where(p.grad > clip_value, clip_value, p.grad)
            p.grad = torch.where(p.grad < -clip_value, -clip_value, p.grad)
# --8<-- [end:from-scratch-value]


# --8<-- [start:equal]
def with_gradients(scale=1.0):
    torch.manual_seed(0)
    sizes = (3, 4), (5,), (1,)
    parameters = [nn.Parameter(torch.zeros(size)) for size in sizes]
    for p in parameters[:2]:  # the last one has none
        p.grad = scale * torch.randn_like(p)
    return parameters


def difference(ours, theirs):
    pairs = zip(ours[:2], theirs[:2], strict=True)
    return max((a.grad - b.grad).abs().max().item() for a, b in pairs)


worst = 0.0
for scale in (0.01, 1.0, 100.0):
    for norm_type in (1.0, 2.0, 3.0, math.inf):
        ours, theirs = with_gradients(scale), with_gradients(scale)
        a = clip_grad_norm_(ours, 2.0, norm_type)
        b = nn.utils.clip_grad_norm_(theirs, 2.0, norm_type)
        worst = max(worst, abs(a / b - 1).item(), difference(ours, theirs))
print(f"norms of 4 types at 3 scales, largest difference {worst:.5f}")
# --8<-- [end:equal]
assert worst < 1e-5, "equal to the library, for norms of 4 types at 3 scales"
ours, theirs = with_gradients(), with_gradients()
clip_grad_value_(ours, 0.5)
nn.utils.clip_grad_value_(theirs, 0.5)
assert difference(ours, theirs) == 0, "by value equal to the library"
assert max(p.grad.abs().max() for p in ours[:2]) == 0.5, "each number is cut on its own"
small = with_gradients(0.001)
before = [p.grad.clone() for p in small[:2]]
clip_grad_norm_(small, 2.0)
assert all(torch.equal(p.grad, g) for p, g in zip(small[:2], before, strict=True)), "a small gradient passes unchanged"

# --8<-- [start:direction]
def angle(vector):
    return math.degrees(math.atan2(vector[1], vector[0]))


turned = {}
print("function          gradient     clipped        turned by")
for gradient in ([30.0, 0.5], [0.6, 0.5]):
    for clip in (nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_):
        p = nn.Parameter(torch.zeros(2))
        p.grad = torch.tensor(gradient)
        clip([p], 1.0)
        clipped = p.grad.tolist()
        turned[gradient[0], clip] = by = abs(angle(clipped) - angle(gradient))
        told = [round(value, 4) for value in clipped]
        print(f"{clip.__name__:16}  {gradient}  {told}  {by:.1f}°")
# --8<-- [end:direction]
assert turned[30.0, nn.utils.clip_grad_norm_] < 1e-3, "by norm keeps the direction"
assert round(turned[30.0, nn.utils.clip_grad_value_], 1) == 25.6, "cut by value, it turns by 25.6°"
for clip in (nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_):
    assert turned[0.6, clip] < 1e-4, "a gradient that is small enough passes unchanged in both"


# --8<-- [start:network]
def deep(gain, seed, depth=20, width=32):
    torch.manual_seed(seed)
    layers = []
    for n in [8] + [width] * (depth - 1):
        layer = nn.Linear(n, width, bias=False)
        nn.init.normal_(layer.weight, std=gain * math.sqrt(2 / n))
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 1))
# --8<-- [end:network]


# --8<-- [start:experiment]
torch.manual_seed(1)
inputs = torch.randn(128, 8)
targets = inputs[:, :1].sin() + inputs[:, 1:2] / 2


def train(gain, max_norm, seed, lr=0.1, steps=100):
    net, losses, norms = deep(gain, seed), [], []
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(inputs), targets)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), max_norm)
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())
        if not math.isfinite(losses[-1]):
            break
    return losses, norms
# --8<-- [end:experiment]


# --8<-- [start:cure]
def end(losses):
    return sum(losses[-10:]) / 10  # the mean of the last ten


seeds = range(5)
exploded = [train(1.2, math.inf, seed) for seed in seeds]
clipped = [train(1.2, 1.0, seed) for seed in seeds]
right = [train(1.0, math.inf, seed, lr=0.03) for seed in seeds]
print("seed  norm, too wide  lost at step  clipped  norm, right  right")
for seed in seeds:
    losses, norms = exploded[seed]
    print(f"{seed:<4}  {norms[0]:14.0f}  {len(losses) - 1:12}", end="")
    print(f"  {end(clipped[seed][0]):7.1f}", end="")
    print(f"  {right[seed][1][0]:11.1f}  {end(right[seed][0]):5.1f}")
# --8<-- [end:cure]

# --8<-- [start:cured]
figure, axes = plt.subplots(figsize=(5.5, 3.1))
finite = [loss for loss in exploded[1][0] if math.isfinite(loss)]
axes.semilogy(finite, "C1o-", label="init 1.2×, no clipping")
axes.semilogy(clipped[1][0], "C0-", label="init 1.2×, norm ≤ 1")
axes.semilogy(right[1][0], "C2--", label="init right, no clipping, lr 0.03")
axes.set(xlabel="step", ylabel="loss")
figure.legend(loc="outside lower center", ncols=1)
# --8<-- [end:cured]
zero = targets.square().mean().item()
for seed in seeds:
    ratio = exploded[seed][1][0] / right[seed][1][0]
    assert ratio > 100, "the gradient is more than a hundred times that of the right initialization, in 5 of 5 seeds"
    assert len(exploded[seed][0]) - 1 <= 2, "without clipping the loss is not finite by step 2, in 5 of 5 seeds"
    assert end(clipped[seed][0]) < zero / 2, "with clipping it ends below half of what predicting 0 costs, in 5 of 5"
    assert end(right[seed][0]) < zero / 2, "the right initialization ends there as well, in 5 of 5"
    assert right[seed][0][0] < 0.8, "and starts from a loss below 0.8, in 5 of 5"
assert max(clipped[1][0]) > 100, "in the figure the clipped loss jumps above 100"

# --8<-- [start:forward]
h, layers = inputs, []
for width in [8] + [64] * 99:
    layer = nn.Linear(width, 64, bias=False)
    nn.init.normal_(layer.weight, std=1)
    h = layer(h)
    layers.append(layer)
h.square().mean().backward()
norm = nn.utils.clip_grad_norm_([layer.weight for layer in layers], 1.0)
print(f"norm {norm}, a gradient after clipping {layer.weight.grad[0, 0]}")
# --8<-- [end:forward]
assert norm.isnan(), "there is no gradient left to scale"
for layer in layers:
    assert layer.weight.grad.isnan().any(), "the clipped gradients are nan"

# --8<-- [start:nonfinite]
after = {}
print("bad   function          clipped")
for bad in (math.inf, math.nan):
    for clip in (nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_):
        p = nn.Parameter(torch.zeros(3))
        p.grad = torch.tensor([bad, 0.5, -0.5])
        clip([p], 1.0)
        after[str(bad), clip.__name__] = p.grad.tolist()
        print(f"{bad!s:<4}  {clip.__name__:<16}  {p.grad.tolist()}")
# --8<-- [end:nonfinite]
found = after["inf", "clip_grad_norm_"]
assert found[1] == found[2] == 0, "by norm c/∞ = 0 wipes out every finite component"
assert math.isnan(found[0]), "∞·0 makes the infinite one nan"
assert all(math.isnan(g) for g in after["nan", "clip_grad_norm_"]), "one nan spreads to all"
assert after["inf", "clip_grad_value_"] == [1.0, 0.5, -0.5], "by value inf becomes c"
assert math.isnan(after["nan", "clip_grad_value_"][0]), "and nan stays"
try:
    nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    raised = False
except RuntimeError:
    raised = True
assert raised, "error_if_nonfinite=True raises"

# --8<-- [start:choose]
norms = torch.tensor(right[1][1])
print("share of the norms  is below")
for share in (0.5, 0.9, 0.99):
    print(f"{share:<18.0%}  {norms.quantile(share):.1g}")
# --8<-- [end:choose]
assert (norms > norms.quantile(0.9)).float().mean() <= 0.1, "a bound at the 90th percentile touches one step in ten"
plt.show()

# --8<-- [start:from-scratch]
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


@torch.no_grad()
def clip_grad_norm_(parameters, max_norm, norm_type=2.0,
                    error_if_nonfinite=False):
    grads = [p.grad for p in parameters if p.grad is not None]
    every = torch.cat([torch.zeros(1), *(g.flatten().abs() for g in grads)])
    # one norm over all numbers of all tensors
    powers = every.max() if norm_type == math.inf else (every**norm_type).sum()
    total = powers ** (1 / norm_type if norm_type < math.inf else 1)
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
ours, theirs = with_gradients(), with_gradients()
clip_grad_value_(ours, 0.5)
nn.utils.clip_grad_value_(theirs, 0.5)
assert worst < 1e-5 and difference(ours, theirs) == 0 and max(p.grad.abs().max() for p in ours[:2]) == 0.5

# --8<-- [start:direction]
for g in ([30.0, 0.5], [0.6, 0.5]):
    for clip in (nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_):
        p = nn.Parameter(torch.zeros(2))
        p.grad = torch.tensor(g)
        clip([p], 1.0)
        after, before = (math.atan2(b, a) for a, b in (p.grad.tolist(), g))
        turned = abs(math.degrees(after - before))
        told = ", ".join(f"{v:.4f}" for v in p.grad.tolist())
        print(f"{clip.__name__:<16} {g!s:<11} → {told}, turned {turned:.1f}°")
# --8<-- [end:direction]
assert math.isclose(math.degrees(math.atan2(0.5, 1) - math.atan2(0.5, 30)), 25.6, abs_tol=0.05)


# --8<-- [start:network]
def deep(gain, depth=20, width=64):
    torch.manual_seed(0)
    layers = []
    for n in [8] + [width] * (depth - 1):
        layer = nn.Linear(n, width, bias=False)
        nn.init.normal_(layer.weight, std=gain * math.sqrt(2 / n))
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 1))
# --8<-- [end:network]


# --8<-- [start:experiment]
torch.manual_seed(1)
x = torch.randn(256, 8)
y = x[:, :1].sin() + x[:, 1:2] / 2


def train(gain, max_norm, lr=0.1, steps=200):
    net, losses, norms = deep(gain), [], []
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), max_norm)
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())
    return losses, norms
# --8<-- [end:experiment]


# --8<-- [start:cure]
runs = {
    "init 1.2×, no clipping": train(1.2, math.inf),
    "init 1.2×, norm ≤ 1": train(1.2, 1.0),
    "init right, no clipping, lr 0.01": train(1.0, math.inf, lr=0.01),
}
figure, axes = plt.subplots(figsize=(5.5, 3.1))
for name, look in zip(runs, ("C1o-", "C0-", "C2--"), strict=True):
    losses, norms = runs[name]
    axes.semilogy([v for v in losses if v < 1e9], look, label=name)
    lost = [t for t, loss in enumerate(losses) if not math.isfinite(loss)]
    print(f"{name:<33} first norm {norms[0]:7.3g}  nan at {min(lost, default='–')}")
axes.set(xlabel="step", ylabel="loss")
figure.legend(loc="outside lower center", ncols=1)
# --8<-- [end:cure]
exploded, cured, right = (losses for losses, _ in runs.values())
assert math.isnan(exploded[2]) and runs["init 1.2×, no clipping"][1][0] > 100 * runs[name][1][0]
assert max(cured[-1], right[-1]) < right[0] / 5 < 0.2 and 200 < max(cured) < 500

# --8<-- [start:forward]
h, layers = x, [nn.Linear(256 if i else 8, 256, bias=False) for i in range(100)]
for layer in layers:
    nn.init.normal_(layer.weight, std=1)
    h = layer(h)
h.square().mean().backward()
norm = nn.utils.clip_grad_norm_([layer.weight for layer in layers], 1.0)
print(f"norm {norm}, a gradient after clipping {layer.weight.grad[0, 0]}")
# --8<-- [end:forward]
assert norm.isnan() and all(layer.weight.grad.isnan().any() for layer in layers)

# --8<-- [start:nonfinite]
for bad in (math.inf, math.nan):
    for clip in (nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_):
        p = nn.Parameter(torch.zeros(3))
        p.grad = torch.tensor([bad, 0.5, -0.5])
        clip([p], 1.0)
        print(f"{bad!s:<4} {clip.__name__:<16} → {p.grad.tolist()}")
# --8<-- [end:nonfinite]


# --8<-- [start:order]
p = nn.Parameter(torch.tensor([0.0]))
optimizer = torch.optim.SGD([p], lr=1.0)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for unscale in (True, False):
    p.data.zero_()
    optimizer.zero_grad()
    scaler.scale((3 * p).sum()).backward()
    if unscale:
        scaler.unscale_(optimizer)
    norm = nn.utils.clip_grad_norm_([p], 1.0)
    scaler.step(optimizer)
    scaler.update()
    print(f"unscale_: {unscale!s:<5}  norm {norm:6g}  step {p.item():.6f}")
# --8<-- [end:order]
assert math.isclose(p.item(), -1 / 1024, rel_tol=1e-5)

# --8<-- [start:accumulate]
for when in ("once, at the end", "after each part"):
    p.grad = None
    for part in (3.0, -2.5):
        (part * p).sum().backward()
        if when == "after each part":
            nn.utils.clip_grad_norm_([p], 1.0)
    nn.utils.clip_grad_norm_([p], 1.0)
    print(f"clipped {when}: gradient {p.grad.item():+.4f}")
# --8<-- [end:accumulate]

# --8<-- [start:empty]
try:
    nn.utils.clip_grad_value_([nn.Parameter(torch.zeros(1))], 1.0)
except RuntimeError as error:
    print(str(error).split(" to be")[0])
# --8<-- [end:empty]


# --8<-- [start:adam]
def path(make, max_norm):
    p = nn.Parameter(torch.tensor([5.0, 5.0], dtype=torch.float64))
    optimizer = make([p], lr=0.1)
    for _ in range(30):
        p.grad = 1000 * p.detach()
        nn.utils.clip_grad_norm_([p], max_norm)
        optimizer.step()
    return p.detach()


for make in (torch.optim.SGD, torch.optim.Adam):
    free, held = path(make, math.inf), path(make, 1.0)
    print(f"{make.__name__:<4}  5 → {free[0]:8.3g}, clipped {held[0]:.3g}")
# --8<-- [end:adam]
assert abs(free[0] - held[0]) < 0.6 and math.isclose(path(torch.optim.SGD, 1.0)[0], 5 - 3 / math.sqrt(2), rel_tol=1e-6)

# --8<-- [start:choose]
norms = torch.tensor(runs[name][1])
for q in (0.5, 0.9, 0.99):
    print(f"{q:.0%} of the norms are below {norms.quantile(q):.1g}")
# --8<-- [end:choose]
plt.show()

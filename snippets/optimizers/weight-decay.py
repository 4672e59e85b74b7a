# --8<-- [start:in-six-lines]
import torch
from torch import optim

print("optimizer  noise 0.1  noise 10")
for make in (optim.SGD, optim.Adam, optim.AdamW):
    weight = torch.ones(2, requires_grad=True)
    optimizer = make([weight], lr=0.002, weight_decay=0.1)
    for step in range(1000):
        weight.grad = torch.tensor([0.1, 10.0]) * (-1) ** step
        optimizer.step()
    print(f"{make.__name__:9}  {weight[0]:9.2f}  {weight[1]:8.2f}")
# --8<-- [end:in-six-lines]

# --8<-- [start:imports]
import math
from inspect import signature

import matplotlib.pyplot as plt
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:fit]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 40, 5, dtype=torch.float64)


def fit(make, penalty=0.0, shrink=0.0, lr=0.05, **options):
    """Least squares: λ in the loss, as a decay by hand, or as the option."""
    weight = nn.Parameter(torch.ones(5, 5, dtype=torch.float64))
    optimizer = make([weight], lr=lr, **options)
    for _ in range(20):
        loss = F.mse_loss(inputs @ weight, targets)
        loss = loss + penalty / 2 * weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        with torch.no_grad():
            weight.mul_(1 - lr * shrink)
        optimizer.step()
    return weight.detach()


def apart(one, other):
    return (one - other).abs().max().item()
# --8<-- [end:fit]

# --8<-- [start:same]
print("optimizer  from the penalty  from the decay")
for make in (optim.SGD, optim.Adam, optim.AdamW):
    option = fit(make, weight_decay=0.1)
    penalty = fit(make, penalty=0.1, weight_decay=0)
    decay = fit(make, shrink=0.1, weight_decay=0)
    print(f"{make.__name__:9}  {apart(option, penalty):16.6f}", end="")
    print(f"  {apart(option, decay):14.6f}")
# --8<-- [end:same]


def differences(make, **options):
    option = fit(make, weight_decay=0.1, **options)
    return [apart(option, fit(make, weight_decay=0, **options, **kind)) for kind in ({"penalty": 0.1}, {"shrink": 0.1})]


assert max(differences(optim.SGD)) < 1e-12, "for plain SGD both are the same"
assert differences(optim.SGD, momentum=0.9)[0] < 1e-12, "with momentum SGD's weight_decay is the penalty"
assert differences(optim.SGD, momentum=0.9)[1] > 0.01, "with momentum even SGD tells the two apart"
assert differences(optim.Adam)[0] < 1e-12, "Adam's weight_decay is the penalty"
assert differences(optim.Adam)[1] > 0.01, "Adam's weight_decay is not the decay"
assert differences(optim.AdamW)[1] < 1e-12, "AdamW's weight_decay is the decay"
assert differences(optim.AdamW)[0] > 0.01, "AdamW's weight_decay is not the penalty"

# --8<-- [start:classes]
makers = [value for value in vars(optim).values() if isinstance(value, type)]
kinds = {"penalty": [], "decay": [], "no such option": []}
for make in sorted(makers, key=lambda make: make.__name__):
    if make is optim.Optimizer:
        continue
    if "weight_decay" not in signature(make).parameters:
        kinds["no such option"].append(make.__name__)
        continue
    option = fit(make, weight_decay=0.1)
    same = apart(option, fit(make, penalty=0.1, weight_decay=0)) < 1e-9
    kinds["penalty" if same else "decay"].append(make.__name__)
for kind, names in kinds.items():
    print(f"{kind}: {', '.join(names)}")
adam_as_adamw = fit(optim.Adam, weight_decay=0.1, decoupled_weight_decay=True)
print("Adam(decoupled_weight_decay=True) is AdamW:", end=" ")
print(torch.equal(adam_as_adamw, fit(optim.AdamW, weight_decay=0.1)))
# --8<-- [end:classes]


def first_step(make, **options):
    weight = nn.Parameter(torch.full((5, 5), 2.0, dtype=torch.float64))
    weight.grad = targets[:5].clone()
    make([weight], lr=0.05, **options).step()
    return weight.detach()


for name in kinds["decay"]:
    make = getattr(optim, name)
    shrunk = first_step(make, weight_decay=0) - first_step(make, weight_decay=0.1)
    assert apart(shrunk, torch.tensor(0.05 * 0.1 * 2.0)) < 1e-9, "those that are not the penalty are the decay"
for make in (optim.NAdam, optim.RAdam):
    assert differences(make)[0] < 1e-9, "NAdam's and RAdam's weight_decay is the penalty by default"
    assert differences(make, decoupled_weight_decay=True)[1] < 1e-9, "decoupled with decoupled_weight_decay=True"
    assert differences(make, decoupled_weight_decay=True)[0] > 1e-3, "and then no penalty"
assert torch.equal(adam_as_adamw, fit(optim.AdamW, weight_decay=0.1)), "Adam(decoupled_weight_decay=True) is AdamW"
takes = [m.__name__ for m in makers if "decoupled_weight_decay" in signature(m).parameters]
assert sorted(takes) == ["Adam", "NAdam", "RAdam"], "Adam, NAdam and RAdam take decoupled_weight_decay"

# --8<-- [start:order]
lr, weight_decay = 0.1, 0.5
weight = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
optimizer = optim.AdamW([weight], lr=lr, weight_decay=weight_decay)
weight.grad = torch.tensor([3.0], dtype=torch.float64)
optimizer.step()
step = lr * 1.0  # Adam's first step: lr times the sign of the gradient
decay_first = 1.0 * (1 - lr * weight_decay) - step
decay_last = (1.0 - step) * (1 - lr * weight_decay)
print(f"torch {weight.item():.4f}")
print(f"decay, then step {decay_first:.4f}; step, then decay {decay_last:.4f}")
# --8<-- [end:order]
assert abs(weight.item() - decay_first) < 1e-8, "torch decays first"
assert math.isclose(decay_last - decay_first, lr**2 * weight_decay), "they differ by η²λu, here 0.005"
assert math.isclose(1 - 0.001 * 0.01, 0.99999), "at the defaults the step u is multiplied by 0.99999"

# --8<-- [start:scales]
sizes = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
traces, ends = {}, {}
print("optimizer  noise 0.1  noise 1  noise 10")
for make in (optim.Adam, optim.AdamW):
    torch.manual_seed(0)
    weight = nn.Parameter(torch.ones(3, 1000).double())  # 1000 runs at once
    optimizer, means = make([weight], lr=2e-3, weight_decay=0.1), []
    for _ in range(1000):
        weight.grad = sizes[:, None] * torch.randn(3, 1000).double()
        optimizer.step()
        means.append(weight.detach().mean(dim=1))
    traces[make.__name__] = torch.stack(means)
    ends[make.__name__] = means[-1].tolist()
    print(f"{make.__name__:9}", *(f" {end:.2f}" for end in means[-1]))
# --8<-- [end:scales]

# --8<-- [start:decays]
figure, axes = plt.subplots(1, 2, figsize=(5.5, 2.8), sharey=True)
for ax, (name, trace) in zip(axes, traces.items(), strict=True):
    for n, look in enumerate(("C0-", "C1--", "C2:")):
        ax.plot(trace[:, n], look, label=f"noise {sizes[n]:g}")
    ax.set(title=name, xlabel="step", ylim=(0, 1.05))
axes[0].set_ylabel("mean weight")
lines = axes[0].get_legend_handles_labels()
figure.legend(*lines, loc="outside lower center", ncols=3)
# --8<-- [end:decays]
assert math.isclose(2e-3 * 0.1 * 1000, 0.2), "ηλt = 0.2"
assert round(math.exp(-0.02), 2) == 0.98, "the equation leaves 0.98 for σ = 10"
assert round(math.exp(-0.2), 2) == 0.82, "the equation leaves 0.82 for σ = 1, and 0.82 for all under AdamW"
assert [round(end, 2) for end in ends["AdamW"]] == [0.82, 0.82, 0.82], "0.82 for all under AdamW"
assert round(ends["Adam"][2], 2) == 0.98, "measured: 0.98 for σ = 10"
assert round(ends["Adam"][1], 2) == 0.82, "measured: 0.82 for σ = 1"
assert round(ends["Adam"][0], 1) == 0.2, "measured: 0.2 for σ = 0.1"
assert round(math.exp(-2), 2) == 0.14, "the equation would leave 0.14 for σ = 0.1"


# --8<-- [start:units]
def left(rates, weight_decay):
    weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = optim.AdamW([weight], weight_decay=weight_decay)
    for lr in rates:
        optimizer.param_groups[0]["lr"] = lr
        weight.grad = torch.zeros_like(weight)
        optimizer.step()
    return weight.item()


falling = [1e-2 * (1 - step / 100) for step in range(100)]
print("lr        λ    left of 1")
print(f"0.01      0.1  {left([1e-2] * 100, 0.1):.4f}")
print(f"0.001     0.1  {left([1e-3] * 100, 0.1):.4f}")
print(f"0.001     1    {left([1e-3] * 100, 1.0):.4f}")
print(f"0.01 → 0  0.1  {left(falling, 0.1):.4f}")
# --8<-- [end:units]
assert round(1 / (0.001 * 0.01)) == 100_000, "at the defaults the memory is 100,000 steps"
tenth = math.log(left([1e-3] * 100, 0.1)) / math.log(left([1e-2] * 100, 0.1))
assert round(tenth, 2) == 0.1, "a tenth of the learning rate is a tenth of the decay"
assert math.isclose(left([1e-3] * 100, 1.0), left([1e-2] * 100, 0.1)), "to keep it, multiply λ by ten"
half = math.log(left(falling, 0.1)) / math.log(left([1e-2] * 100, 0.1))
assert round(half, 1) == 0.5, "a schedule that falls to 0 takes the decay along, here to half of its effect"

# --8<-- [start:equilibrium]
torch.manual_seed(0)
weight = nn.Parameter(torch.ones(3, 2000))  # three layers, three noises
optimizer = optim.AdamW([weight], lr=0.01, weight_decay=1.0)
for _ in range(600):
    weight.grad = sizes[:, None].float() * torch.randn(3, 2000)
    before = weight.detach().clone()
    optimizer.step()
rms = weight.detach().square().mean(dim=1).sqrt()
angle = F.cosine_similarity(weight.detach(), before, dim=1).acos()
a, beta = 1 - 0.01 * 1.0, 0.9
V = 0.01**2 / (1 - a**2)
factor = (1 - beta) / (1 + beta) * (1 + a * beta) / (1 - a * beta)
print("noise  root mean square  predicted  angle of one step")
for size, root, turned in zip(sizes, rms, angle, strict=True):
    print(f"{size:<5g}  {root:16.3f}", end="")
    print(f"  {math.sqrt(V * factor):9.3f}  {turned:17.3f}")
# --8<-- [end:equilibrium]
for value in (rms / math.sqrt(V * factor)).tolist():
    assert abs(value - 1) < 0.03, "all three layers are within 3 % of the prediction"
assert round(factor, 3) == 0.913, "the factor is 0.913 for a = 0.99"
assert round(math.sqrt(factor), 3) == 0.956, "0.956 in the root mean square"
longer = (1 - beta) / (1 + beta) * (1 + 0.999 * beta) / (1 - 0.999 * beta)
assert round(longer, 3) == 0.991, "0.991 for a = 0.999"
assert round(math.sqrt(0.01 / 2), 3) == round(math.sqrt(V), 3), "the root of η/2λ is 0.071 as well"
turn = math.sqrt((1 - beta) / (1 + beta)) * math.sqrt(2 * 0.01 * 1.0)
assert round(math.sqrt((1 - beta) / (1 + beta)), 2) == 0.23, "a step has the root mean square 0.23 η"
assert round(turn, 3) == 0.032, "predicted is an angle of 0.032"
for value in angle.tolist():
    assert abs(value / turn - 1) < 0.1, "the angle is within 10 % of that for all three"
plt.show()

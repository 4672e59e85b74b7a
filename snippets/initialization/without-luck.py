# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
for init in (nn.init.xavier_normal_, nn.init.orthogonal_):
    product = torch.eye(100)
    for _ in range(20):
        product = init(torch.empty(100, 100)) @ product
    print(f"{init.__name__:14}  {torch.linalg.svdvals(product).median():.2g}")
# --8<-- [end:in-six-lines]

# --8<-- [start:train]
from torch.nn import functional as F


def train(weights, activation, optimizer, inputs, labels, steps):
    """Train many networks side by side; each weight is (networks, in, out)."""
    losses = []
    for _ in range(steps):
        hidden = inputs
        for weight in weights[:-1]:
            hidden = activation(hidden @ weight)
        scores = (hidden @ weights[-1]).mT  # (networks, classes, samples)
        targets = labels.expand(len(scores), -1)
        loss = F.cross_entropy(scores, targets, reduction="none").mean(1)
        optimizer.zero_grad()
        loss.sum().backward()  # they share no weight: each gets its own gradient
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)  # (steps, networks)
# --8<-- [end:train]


# --8<-- [start:starts]
def starts(depth, gain, width=32, seeds=5):
    weights = []
    for _ in range(depth):
        normal = gain * torch.randn(seeds, width, width) / width**0.5
        orthogonal = torch.empty(seeds, width, width)
        for matrix in orthogonal:
            nn.init.orthogonal_(matrix, gain)
        weights.append(torch.cat([normal, orthogonal]).requires_grad_())
    last = torch.randn(seeds, width, 10) / width**0.5  # the same for both starts
    weights.append(torch.cat([last, last]).requires_grad_())
    return weights
# --8<-- [end:starts]


# --8<-- [start:isometry]
torch.manual_seed(0)
labels = torch.arange(50) % 10
inputs = 0.3 * (torch.randn(10, 32)[labels] + 0.5 * torch.randn(50, 32))
steps = {}
print("depth  activation  η    normal      orthogonal")
cases = (torch.tanh, 1.0, 5), (torch.tanh, 1.0, 20), (torch.relu, 2**0.5, 20)
for activation, gain, depth in cases:
    for lr in (0.1, 0.3):
        weights = starts(depth, gain)
        optimizer = torch.optim.SGD(weights, lr)
        losses = train(weights, activation, optimizer, inputs, labels, steps=100)
        below = (losses < 0.3).cumsum(0) > 0  # from the first time on
        waited = (~below).sum(0)
        normal, orthogonal = waited.view(2, 5).sort().values.tolist()
        steps[activation, depth, lr] = normal, orthogonal
        print(f"{depth:<5}  {activation.__name__:10}  {lr}", end="")
        for fastest, *_, slowest in (normal, orthogonal):
            print(f"  {f'{fastest} to {slowest}':10}", end="")
        print()
# --8<-- [end:isometry]
for lr in (0.1, 0.3):
    normal, orthogonal = steps[torch.tanh, 5, lr]
    assert normal[-1] / orthogonal[0] < 1.4, (
        "at depth 5 the slowest of the 10 tanh networks needs less than 1.4 times as many steps as the fastest"
    )
    assert steps[torch.tanh, 20, lr][1][-1] <= orthogonal[-1], (
        "orthogonal tanh networks of depth 20 need no more steps than those of depth 5"
    )
    assert steps[torch.relu, 20, lr] == ([100] * 5, [100] * 5), (
        "with ReLU at depth 20, 0 of 5 normal and 0 of 5 orthogonal networks arrive, at either learning rate"
    )
normal, orthogonal = steps[torch.tanh, 20, 0.1]
assert orthogonal[-1] < normal[0], (
    "at depth 20 and η = 0.1 the slowest of the 5 orthogonal networks is faster than the fastest of the 5 normal ones"
)
normal, orthogonal = steps[torch.tanh, 20, 0.3]
assert normal == [100] * 5, "at η = 0.3 none of the 5 normal networks arrives within 100 steps"
assert orthogonal[-1] < 20, "at η = 0.3 all 5 orthogonal networks arrive in less than 20 steps"


# --8<-- [start:lsuv]
def lsuv_(layers, activation, inputs):
    hidden = inputs
    for layer in layers:  # from the first to the last
        nn.init.orthogonal_(layer.weight)
        with torch.no_grad():
            layer.weight /= layer(hidden).std()
            hidden = activation(layer(hidden))
# --8<-- [end:lsuv]


first, batch = nn.Linear(64, 64, bias=False), torch.randn(128, 64)
lsuv_([first], torch.tanh, batch)
assert abs(first(batch).std() - 1) < 1e-5, "std(z) = 1 holds exactly, up to rounding, after one division, on this batch"


# --8<-- [start:lsuv-run]
def layer_30(activation):
    layers = [nn.Linear(64, 64, bias=False) for _ in range(30)]
    lsuv_(layers, activation, torch.randn(128, 64))
    hidden = torch.randn(128, 64)  # inputs that lsuv_ has not seen
    for layer in layers:
        output = layer(hidden)
        hidden = activation(output)
    size = output.square().mean(1).sqrt()  # one number per input
    return output.std().item(), (size.max() / size.min()).item()


torch.manual_seed(0)
stds, ratios = {}, {}
print("activation  standard deviation  largest / smallest input")
for activation in (F.elu, torch.sin, F.gelu, F.silu):
    name = activation.__name__
    draws = torch.tensor([layer_30(activation) for _ in range(5)])
    stds[name], ratios[name] = draws.T
    low, high = stds[name].min(), stds[name].max()
    print(f"{name:10}  {low:4.2f} to {high:<10.2f}", end="")
    print(f"  at least {ratios[name].min():.1g}")
# --8<-- [end:lsuv-run]
for name in ("elu", "sin"):
    assert (stds[name] - 1).abs().max() < 0.1, "for ELU and sine the std is within 10% of 1 in 5 of 5 draws"
    assert ratios[name].max() < 3, "for ELU and sine the largest input is less than 3 times the smallest"
for name in ("gelu", "silu"):
    assert (stds[name] - 1).abs().max() > 0.1, "with GELU and SiLU one draw of the five misses 1 by more than 10%"
    assert ratios[name].min() > 1000, "with GELU and SiLU the largest input is more than 1000 times the smallest"

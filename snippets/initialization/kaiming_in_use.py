# --8<-- [start:imports]
import math

import torch
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:gain]
W = torch.empty(100, 300)
std = nn.init.calculate_gain("relu") / math.sqrt(W[0].numel())
torch.manual_seed(0)
by_hand = nn.init.normal_(W.clone(), std=std)
torch.manual_seed(0)
by_name = nn.init.kaiming_normal_(W.clone(), nonlinearity="relu")
print("same numbers:", torch.equal(by_hand, by_name))
# --8<-- [end:gain]
assert torch.equal(by_hand, by_name), "with the gain √2 these are the numbers of `kaiming_normal_`"
torch.manual_seed(0)
by_hand = nn.init.uniform_(W.clone(), -math.sqrt(3) * std, math.sqrt(3) * std)
torch.manual_seed(0)
by_name = nn.init.kaiming_uniform_(W.clone(), nonlinearity="relu")
assert torch.allclose(by_hand, by_name), "for `kaiming_uniform_`, the bound is √3 times that"
for fill_ in (nn.init.kaiming_normal_, nn.init.kaiming_uniform_):
    try:
        fill_(W, gain=1.0)
        refused = False
    except TypeError:
        refused = True
    assert refused, "`gain=` raises a TypeError"


# --8<-- [start:dead]
def build():
    model = nn.Sequential(
        nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    for module in model:
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    return model


@torch.no_grad()
def dead_share(model, inputs):
    """Share of the ReLUs that are 0 for each of the inputs."""
    dead = []
    h = inputs
    for module in model:
        h = module(h)
        if isinstance(module, nn.ReLU):
            dead.append((h == 0).all(dim=0))
    return torch.cat(dead).float().mean().item()
# --8<-- [end:dead]


# --8<-- [start:train]
def train(model, inputs, targets, lr, steps=50):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        loss = (model(inputs) - targets).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


results = {}
print("rate   seed  at the start  after 50 steps  after 50 more at 0.001")
for lr in (0.001, 0.1):
    for seed in range(5):
        torch.manual_seed(seed)
        inputs = torch.randn(512, 16)
        targets = inputs[:, :1] * inputs[:, 1:2]
        model = build()
        start = dead_share(model, inputs)
        train(model, inputs, targets, lr)
        trained = dead_share(model, inputs)
        train(model, inputs, targets, lr=0.001)
        results[lr, seed] = start, trained, dead_share(model, inputs)
        shares = "".join(f"  {share:14.0%}" for share in results[lr, seed])
        print(f"{lr:<5}  {seed:4}{shares}")
# --8<-- [end:train]
for (lr, _), (start, trained, later) in results.items():
    assert start == 0, "with Kaiming and zero biases no unit is dead at the start, in 5 of 5 networks"
    if lr == 0.001:
        assert trained < 0.05, "at the usual rate less than 5 % of the units die, in 5 of 5"
    else:
        assert trained > 0.4, "at a hundred times that rate more than 40 % die, in 5 of 5"
        assert later > 0.4, "50 more steps at the usual rate do not bring them back"
model[2].bias.data.fill_(-100)  # kills all units of the second layer
model.zero_grad()
model(inputs).sum().backward()
assert not model[2].weight.grad.any(), "a unit that is 0 for every input passes no gradient to its weights"
assert not model[2].bias.grad.any(), "and none to its bias"
leaky = nn.Sequential(*model[:3], nn.LeakyReLU(), model[4])
leaky.zero_grad()
leaky(inputs).sum().backward()
assert (leaky[2].bias.grad != 0).all(), "leaky ReLU passes its slope times the gradient on, so no unit is ever dead"

# --8<-- [start:narrow]
torch.manual_seed(0)
born_dead = {}
print("width  networks born dead")
for width in (2, 4, 8, 16):
    h = torch.randn(1000, 64, width)  # 1000 networks, 64 inputs each
    for _ in range(20):
        W = torch.randn(1000, width, width) * math.sqrt(2 / width)
        h = (h @ W).relu()
    born_dead[width] = (h == 0).all(dim=2).all(dim=1).float().mean().item()
    print(f"{width:<5}  {born_dead[width]:.0%}")
# --8<-- [end:narrow]
assert born_dead[2] > 0.98, "at width 2 more than 98 % of the networks are born dead"
assert born_dead[16] < 0.01, "at width 16 less than 1 %"

# --8<-- [start:imports]
import torch
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:five]
class FiveLinear(nn.Module):
    """Five linear layers side by side: one each for five networks."""

    def __init__(self, n_in, n_out, init):
        super().__init__()
        layers = [nn.Linear(n_in, n_out) for _ in range(5)]
        for layer in layers:
            init(layer)
        weights = [layer.weight.detach().T for layer in layers]
        biases = [layer.bias.detach()[None] for layer in layers]
        self.weight = nn.Parameter(torch.stack(weights))
        self.bias = nn.Parameter(torch.stack(biases))

    def forward(self, h):  # (5, batch, n_in)
        return torch.baddbmm(self.bias, h, self.weight)


class BatchNorm(nn.Module):
    def forward(self, z):  # over the batch, each network by itself
        centred = z - z.mean(dim=1, keepdim=True)
        return centred / (centred.square().mean(dim=1, keepdim=True) + 1e-5).sqrt()
# --8<-- [end:five]


# --8<-- [start:starts]
def default(layer):
    layer.reset_parameters()


def kaiming(layer):
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
# --8<-- [end:starts]


# --8<-- [start:train]
def train(depth, init, norm, optimizer, **options):
    torch.manual_seed(0)
    inputs = torch.randn(5, 64, 8)
    targets = inputs[..., :1] * inputs[..., 1:2]
    blocks = [FiveLinear(8, 32, init), nn.ReLU()]
    for _ in range(depth):
        blocks += [FiveLinear(32, 32, init), norm(), nn.ReLU()]
    network = nn.Sequential(*blocks, FiveLinear(32, 1, init))
    optimizer = optimizer(network.parameters(), **options)
    for _ in range(100):
        errors = (network(inputs) - targets).square().mean(dim=(1, 2))
        losses = errors / targets.var(dim=(1, 2))
        optimizer.zero_grad()
        losses.sum().backward()
        optimizer.step()
    return losses.tolist()


# --8<-- [end:train]

# --8<-- [start:trained]
sgd = {"optimizer": torch.optim.SGD, "lr": 0.005, "momentum": 0.9}
adam = {"optimizer": torch.optim.Adam, "lr": 2e-3}
cases = {
    "default": {"init": default, "norm": nn.Identity} | sgd,
    "default, lr × 4": {"init": default, "norm": nn.Identity} | sgd | {"lr": 0.02},
    "Kaiming": {"init": kaiming, "norm": nn.Identity} | sgd,
    "batch norm": {"init": default, "norm": BatchNorm} | sgd,
    "default, Adam": {"init": default, "norm": nn.Identity} | adam,
}
left = {}
print("start            hidden layers  variance left")
for name, case in cases.items():
    left[name] = {depth: train(depth, **case) for depth in (2, 10)}
    for depth, losses in left[name].items():
        span = f"{min(losses):.0%} to {max(losses):.0%}"
        print(f"{name:15}  {depth:13}  {span}")
# --8<-- [end:trained]
for name in ("default", "default, lr × 4"):
    for loss in left[name][10]:
        assert 0.97 < loss < 1.03, "with 10 hidden layers and SGD the default learns the mean of the target, in 5 of 5"
for name in ("Kaiming", "batch norm", "default, Adam"):
    for loss in left[name][10]:
        assert loss < 0.5, "with 10 hidden layers each of the three leaves less than half, in 5 of 5"
    for loss in left[name][2]:
        assert loss < min(left["default"][2]) / 3, "with 2 layers the default leaves over three times as much"
for loss in left["default"][2]:
    assert loss < 0.9, "with 2 hidden layers the default leaves less than 90 %, in 5 of 5"
for loss in left["default, lr × 4"][2]:
    assert loss < 0.2, "with 2 hidden layers and four times the learning rate less than 20 %, in 5 of 5"
five, reference = FiveLinear(8, 3, default), nn.Linear(8, 3)
with torch.no_grad():
    reference.weight.copy_(five.weight[2].T)
    reference.bias.copy_(five.bias[2, 0])
batch = torch.randn(5, 16, 8)
assert torch.allclose(five(batch)[2], reference(batch[2]), atol=1e-6), "each of the five is an ordinary linear layer"

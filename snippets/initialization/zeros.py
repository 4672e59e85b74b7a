# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
classifier = nn.Linear(64, 10)
nn.init.zeros_(classifier.weight)
nn.init.zeros_(classifier.bias)
print("scores:", classifier(torch.randn(5, 64)).unique().tolist())
# --8<-- [end:call]

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def zeros_(tensor):
    with torch.no_grad():
        tensor[...] = 0
    return tensor
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
print("shape            same numbers")
for shape in ((100, 400), (16,), ()):
    ours, library = zeros_(torch.empty(shape)), nn.init.zeros_(torch.empty(shape))
    print(f"{shape!s:15}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "the same numbers as the library"
# --8<-- [end:equal]
assert nn.init.zeros_(library) is library, "works in place, returns the tensor"
assert torch.equal(ours, nn.init.constant_(library, 0.0)), "the same as constant_ with val=0.0"

# --8<-- [start:moments]
W = nn.init.zeros_(torch.empty(100, 400))
rank = torch.linalg.matrix_rank(W)
print(f"mean {W.mean():.0f}   variance {W.var():.0f}   rank {rank}")
# --8<-- [end:moments]
assert W.mean() == 0, "the mean is 0"
assert W.var() == 0, "the variance is 0"
assert rank == 0, "the rank is 0"

# --8<-- [start:which]
torch.manual_seed(0)
x = torch.rand(256, 2) * 2 - 1
y = x[:, :1] * x[:, 1:] + torch.sin(3 * x[:, :1]) + 1


def network(activation, zero_layers, seed=1):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 16), activation(), nn.Linear(16, 1))
    for layer in (model[0], model[2]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    for i in zero_layers:
        nn.init.zeros_(model[i].weight)
    return model
# --8<-- [end:which]


# --8<-- [start:train]
def train(model, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


def first_gradients(model):
    nn.functional.mse_loss(model(x), y).backward()
    return ["yes" if model[i].weight.grad.any() else "0" for i in (0, 2)]
# --8<-- [end:train]


# --8<-- [start:gradients]
print("zero weights  activation  gradient of W₁  of W₂  loss, 100 steps")
cases = {"none": (), "last layer": (2,), "first layer": (0,), "both layers": (0, 2)}
gradients, losses = {}, {}
for name, zero_layers in cases.items():
    for activation in (nn.Tanh, nn.ReLU):
        model = network(activation, zero_layers)
        first, last = gradients[name, activation] = first_gradients(model)
        loss = losses[name, activation] = train(model, steps=100)
        print(f"{name:12}  {activation.__name__:10}", end="")
        print(f"  {first:14}  {last:5}  {loss:15.2f}")
# --8<-- [end:gradients]
for activation in (nn.Tanh, nn.ReLU):
    assert gradients["last layer", activation] == ["0", "yes"], "W₂ = 0: the gradient of W₁ is 0, that of W₂ is not"
    assert gradients["both layers", activation] == ["0", "0"], "both 0: both gradients are 0"
assert gradients["first layer", nn.Tanh] == ["yes", "0"], "W₁ = 0 with tanh: W₂ gets no gradient, W₁ moves"
assert gradients["first layer", nn.ReLU] == ["0", "0"], "W₁ = 0 with ReLU: neither gets a gradient"
assert f"{y.var(correction=0):.2f}" == "0.70", "0.70 is the variance of the targets"
for seed in range(5):
    for activation in (nn.Tanh, nn.ReLU):
        for name in ("none", "last layer"):
            loss = train(network(activation, cases[name], seed), steps=100)
            assert loss < 0.15, "these learn: the loss ends below 0.15 in 5 of 5 seeds"
    loss = train(network(nn.Tanh, cases["first layer"], seed), steps=100)
    assert loss < 0.3, "with tanh a first layer of zeros learns to below 0.3 in 5 of 5 seeds"
stuck = network(nn.ReLU, cases["both layers"])
assert f"{train(stuck, 100):.2f}" == "0.70", "what is left when you predict their mean"
assert (stuck(x) == stuck(x)[0]).all(), "both 0: the network predicts one constant"
assert not stuck[0].weight.any(), "W₁ stays 0"
assert not stuck[2].weight.any(), "W₂ stays 0"
assert abs(stuck[2].bias.item() - y.mean()) < 0.05, "only the last bias learns: it ends within 0.05 of the mean"

# --8<-- [start:logits]
last = nn.init.zeros_(nn.Linear(64, 10, bias=False).weight)
logits = torch.randn(500, 64) @ last.T
loss = nn.functional.cross_entropy(logits, torch.randint(10, (500,)))
print(f"first loss {loss:.4f}, ln 10 = {math.log(10):.4f}")
# --8<-- [end:logits]
assert f"{loss:.4f}" == f"{math.log(10):.4f}", "the first loss is exactly the logarithm of their number"
for seed in range(5):
    torch.manual_seed(seed)
    logits = nn.Linear(64, 10)(torch.randn(5000, 64))
    drawn = nn.functional.cross_entropy(logits, torch.randint(10, (5000,)))
    assert drawn > math.log(10), "a random last layer starts above it, in 5 of 5 seeds"

# --8<-- [start:residual]
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, width, bias=False)
        self.last = nn.Linear(width, width, bias=False)
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.zeros_(self.last.weight)

    def forward(self, h):
        return h + self.last(torch.relu(self.first(h)))


h = torch.randn(200, 128)
blocks = nn.Sequential(*[Block(128) for _ in range(50)])
print("50 blocks are the identity:", torch.equal(blocks(h), h))
blocks(h).square().mean().backward()
moved = sum(bool(block.last.weight.grad.any()) for block in blocks)
print("blocks that learn at the first step:", moved)
# --8<-- [end:residual]
assert torch.equal(blocks(h), h), "a stack of them passes the signal on unchanged"
assert moved == 50, "each block starts to learn at the first step"

# --8<-- [start:default]
layers = nn.Linear(64, 64), nn.Conv2d(16, 16, 3), nn.BatchNorm2d(16)
print("layer        bias starts at 0")
for layer in layers:
    print(f"{type(layer).__name__:11}  {not layer.bias.any()}")
# --8<-- [end:default]
assert layers[0].bias.any(), "not in nn.Linear"
assert layers[1].bias.any(), "and not in nn.Conv2d"
assert not layers[2].bias.any(), "norms start at 0"

# --8<-- [start:nan]
W = torch.full((2, 2), math.nan)
print("times 0:", (W * 0).tolist())
print("zeros_: ", nn.init.zeros_(W).tolist())
# --8<-- [end:nan]
assert (torch.full((2, 2), math.nan) * 0).isnan().all(), "multiplying by 0 does not help"
assert W.tolist() == [[0, 0], [0, 0]], "zeros_ clears nan"
plt.show()

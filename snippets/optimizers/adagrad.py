# --8<-- [start:from-scratch]
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


def move(p, g, s, lr, lr_decay, weight_decay, eps):
    rate = lr / (1 + s["t"] * lr_decay)  # t counts the steps before this one
    s["t"] += 1
    g = g + weight_decay * p
    s["sum"] = s["sum"] + g * g
    p -= rate * g / (s["sum"].sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adagrad:
    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0,
                 initial_accumulator_value=0, eps=1e-10):
        self.params, tau = list(params), initial_accumulator_value
        sums = [torch.full_like(p, tau) for p in self.params]
        self.state = [{"t": 0, "sum": S} for S in sums]
        self.options = lr, lr_decay, weight_decay, eps

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p, s in zip(self.params, self.state, strict=True):
                if p.grad is not None:
                    move(p, p.grad, s, *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(32, 5).double(), torch.randn(32, 1).double()


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    optimizer = make(net.parameters(), lr=0.1, **options)
    for _ in range(40):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


worst = []
names = ("lr_decay", "weight_decay", "initial_accumulator_value", "eps")
for case in itertools.product((0.0, 0.1), (0.0, 0.1), (0.0, 0.1), (1e-10, 0.1)):
    o = dict(zip(names, case, strict=True))
    difference = train(Adagrad, **o) - train(torch.optim.Adagrad, **o)
    worst.append(difference.abs().max().item())
print(f"{len(worst)} combinations, largest difference {max(worst):.12f}")
# --8<-- [end:equal]
assert len(worst) == 16 and max(worst) < 1e-12

# --8<-- [start:state]
layer = nn.Linear(1000, 1000)
for p in layer.parameters():
    p.requires_grad_(False)  # frozen, and still it gets its state
optimizer = torch.optim.Adagrad(layer.parameters())
kept = [t for state in optimizer.state.values() for t in state.values()]
size = sum(t.numel() * t.element_size() for t in kept) / 1_001_000
print(f"{size:.2f} bytes per parameter:", *optimizer.state[layer.weight])
# --8<-- [end:state]

# --8<-- [start:defaults]
for name, value in torch.optim.Adagrad([torch.ones(1)]).defaults.items():
    print(f"{name:<26} {value}")
# --8<-- [end:defaults]


# --8<-- [start:by-hand]
def drive(make, gradients, theta=0.0, **options):
    """Return θ at the start and after each step."""
    p = nn.Parameter(torch.tensor([theta], dtype=torch.float64))
    optimizer, path = make([p], **options), [theta]
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
        path.append(p.item())
    return np.array(path)


for gs in ((3, 4, 12), (300, 400, 1200), (3, 0, 0)):
    print(f"{gs!s:<16}", *drive(torch.optim.Adagrad, gs, 2.0, lr=0.1).round(4))
# --8<-- [end:by-hand]
assert np.allclose(drive(torch.optim.Adagrad, (3, 4, 12), 2.0, lr=0.1), (2, 1.9, 1.82, 1.82 - 1.2 / 13))

# --8<-- [start:dies]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for name, look in (("RMSprop", "C2--"), ("Adam", "C0:"), ("Adagrad", "C1-")):
    step = -np.diff(drive(getattr(torch.optim, name), [0.3] * 2600, lr=0.01))
    axes.loglog(range(1, 2601), step / 0.01, look, label=name)
    count = (step.cumsum() < 1).sum() + 1
    print(f"{name:<7} covers a distance of 1 in {count} steps")
axes.set(xlabel="step", ylabel="step size / η")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:dies]
assert np.allclose(step, 0.01 / np.arange(1, 2601) ** 0.5) and count == 2574

# --8<-- [start:rare]
noise = np.random.default_rng(0).uniform(-1, 1, 10_001)
for name, η in (("SGD 0.1 / √t", 0.1), ("SGD 1 / √t", 1.0), ("Adagrad 0.1", 0)):
    w, S, regret = np.zeros(2), np.zeros(2), np.zeros(2)
    for t in range(1, 10_001):
        present = np.array([1, t % 100 == 0])  # the second feature is rare
        regret += present * (abs(w - 0.7 - noise[t]) - abs(noise[t]))
        g = present * np.sign(w - 0.7 - noise[t])
        S += g * g
        w -= (η / math.sqrt(t) if η else 0.1 / np.sqrt(np.maximum(S, 1))) * g
    print(f"{name:<13} frequent {regret[0]:2.0f}, rare {regret[1]:2.0f}")
# --8<-- [end:rare]
assert (S == (10_000, 100)).all() and (regret <= (0.7**2 / 0.2 + 0.1) * np.sqrt(S)).all()

# --8<-- [start:initial]
for g in (1.0, 0.1, 0.01):
    steps = [
        drive(torch.optim.Adagrad, [-g], lr=1, initial_accumulator_value=v)[1]
        for v in (0, 0.1)]
    print(f"g = {g:<5g} first step {steps[0]:.3f} η, with 0.1 {steps[1]:.3f} η")
# --8<-- [end:initial]

# --8<-- [start:add-group]
first, second, third = (nn.Parameter(torch.zeros(1)) for _ in range(3))
optimizer = torch.optim.Adagrad([first], lr=0.01)
group = {"params": [second], "lr": 0.5, "initial_accumulator_value": 99.0}
optimizer.add_param_group(group)
optimizer.defaults["lr"] = 7.0  # reaches only groups added from now on
optimizer.add_param_group({"params": [third]})
first.grad = second.grad = third.grad = torch.ones(1)
optimizer.step()
for group in optimizer.param_groups:
    (p,) = group["params"]
    tau, s = group["initial_accumulator_value"], optimizer.state[p]
    print(f"lr {group['lr']:<4} initial {tau:<4} sum {s['sum'][0]:g} θ {p[0]:.2f}")
# --8<-- [end:add-group]
assert torch.optim.Adagrad([group | {"initial_accumulator_value": 9.0}]).state[p]["sum"] == 0

# --8<-- [start:early]
for make in (torch.optim.Adam, torch.optim.Adagrad):
    net = nn.Linear(1, 1, bias=False).half()
    optimizer = make(net.parameters())  # before the conversion
    net.float()
    net.weight.data.fill_(1)
    net.weight.grad = torch.full((1, 1), 300.0)
    optimizer.step()
    print(f"{make.__name__:<8} moved: {net.weight.item() != 1}")
try:
    torch.optim.Adagrad(nn.LazyLinear(3).parameters())
except ValueError as error:
    print(str(error).split(" in ")[0])
# --8<-- [end:early]
assert optimizer.state[net.weight]["sum"].isinf().all() and torch.optim.Adam(nn.LazyLinear(3).parameters())

# --8<-- [start:bfloat16]
for dtype in (torch.float32, torch.bfloat16):
    p = nn.Parameter(torch.zeros(1, dtype=dtype))
    optimizer, p.grad = torch.optim.Adagrad([p]), torch.ones_like(p)
    for _ in range(1000):
        optimizer.step()
    print(f"{dtype}: sum after 1000 is {optimizer.state[p]['sum'].item():g}")
# --8<-- [end:bfloat16]

# --8<-- [start:sparse]
torch.sparse.check_sparse_tensor_invariants.disable()  # else it warns
tables = {}
for sparse in (False, True):
    torch.manual_seed(0)
    tables[sparse] = table = nn.Embedding(100, 4, sparse=sparse)
    optimizer = torch.optim.Adagrad(table.parameters(), lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        (table(torch.randint(100, (8,))) ** 2).sum().backward()
        optimizer.step()
difference = (tables[0].weight - tables[1].weight).abs().max()
print(f"largest difference {difference:.6f}")
try:
    optimizer.param_groups[0]["weight_decay"] = 0.1
    optimizer.step()
except RuntimeError as error:
    print(error)
# --8<-- [end:sparse]
assert difference < 1e-6

# --8<-- [start:lr-decay]
for steps in (100, 1000, 3000):
    path = drive(torch.optim.Adagrad, [1.0] * steps, lr=0.01, lr_decay=0.01)
    print(f"after {steps:>4} steps: distance {-path[-1]:.4f}")
print(f"never more than  {0.01 * math.pi / math.sqrt(0.01 * 0.99):.4f}")
# --8<-- [end:lr-decay]
assert -path[-1] < 0.01 * math.pi / math.sqrt(0.01 * 0.99)
plt.show()

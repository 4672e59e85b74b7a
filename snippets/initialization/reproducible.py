# --8<-- [start:seed]
import random
import zlib

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def same(a, b):
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


torch.manual_seed(0)
first, second = nn.Linear(64, 10), nn.Linear(64, 10)
torch.manual_seed(0)
third = nn.Linear(64, 10)
print("first = second:", same(first, second), "  first = third:", same(first, third))
# --8<-- [end:seed]
assert same(first, third) and not same(first, second)


# --8<-- [start:order]
def network(**extra):
    return nn.ModuleDict({**extra, "body": nn.Linear(64, 64), "head": nn.Linear(64, 10)})


def start(model, seed):
    for name, parameter in model.named_parameters():
        own = torch.Generator().manual_seed(seed + zlib.crc32(name.encode()))
        if parameter.dim() > 1:
            nn.init.kaiming_normal_(parameter, generator=own)
        else:
            nn.init.zeros_(parameter)


torch.manual_seed(0)
plain = network()
torch.manual_seed(0)
longer = network(stem=nn.Linear(64, 64))
print("one stream:        head unchanged:", same(plain["head"], longer["head"]))
for model in (plain, longer):
    start(model, seed=0)
print("stream per weight: head unchanged:", same(plain["head"], longer["head"]))
# --8<-- [end:order]
assert same(plain["head"], longer["head"]) and same(plain["body"], longer["body"])
assert not same(plain["body"], longer["stem"]) and abs(plain["body"].weight.std() * 32**0.5 - 1) < 0.05

# --8<-- [start:twice]
torch.manual_seed(0)
x = torch.randn(16, 400)
torch.manual_seed(0)
W = torch.randn(100, 400) / 20
z = x @ W.T  # meant to have mean 0 and standard deviation 1
print(f"unit i for input i: {z.diagonal().mean():.0f}")
print(f"all others:         {z.fill_diagonal_(0).std():.1f}")
# --8<-- [end:twice]
assert torch.equal(W[:16], x / 20) and 400 / 20 == 20 and 0.9 < z.std() < 1.1


# --8<-- [start:evaluate]
def next_draw(validate, **options):
    torch.manual_seed(0)
    loader = DataLoader(range(8), **options)
    if validate:
        list(loader)  # one pass in fixed order: nothing random in it
    return torch.rand(1).item()


own, without = torch.Generator(), next_draw(False)
print("validation changes the next draw:", next_draw(True) != without)
print("with its own generator:          ", next_draw(True, generator=own) != without)
# --8<-- [end:evaluate]
assert next_draw(False) == next_draw(True, generator=own) != next_draw(True)


# --8<-- [start:train]
def seed_everything(seed):
    random.seed(seed)  # Python's own
    np.random.seed(seed)  # NumPy's old global one
    torch.manual_seed(seed)  # torch's, on all devices


def train(seed=0, lr=0.02, nudge=False, steps=300):
    seed_everything(seed)
    x, y = torch.randn(512, 20), torch.randint(0, 10, (512,))
    layers = nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    model = nn.Sequential(*layers)
    if nudge:  # move one weight to the next larger float32
        model[0].weight.data[0, 0].nextafter_(torch.tensor(1.0))
    optimizer, path = torch.optim.SGD(model.parameters(), lr), []
    for batch in torch.arange(32 * steps).remainder(512).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()
        path.append(nn.utils.parameters_to_vector(model.parameters()).detach())
    return torch.stack(path)
# --8<-- [end:train]

# --8<-- [start:again]
print("same seed, same bits after 300 steps:", torch.equal(train(), train()))
# --8<-- [end:again]
assert torch.equal(train(seed=1, steps=20), train(seed=1, steps=20))
assert not torch.equal(train(steps=20), train(seed=1, steps=20))

# --8<-- [start:deterministic]
torch.use_deterministic_algorithms(True)
weight = torch.empty(2, 3)
print(weight)
torch.use_deterministic_algorithms(False)
# --8<-- [end:deterministic]
assert weight.isnan().all() and torch.utils.deterministic.fill_uninitialized_memory


# --8<-- [start:dataset]
class Augmented(Dataset):
    own = torch.Generator().manual_seed(0)

    def __len__(self):
        return 4

    def __getitem__(self, i):
        own = torch.rand((), generator=self.own)
        return torch.rand(()), np.random.rand(), own


def reseed(worker):  # in the worker, once, before it loads anything
    Augmented.own.manual_seed(torch.randint(2**31, ()).item())
# --8<-- [end:dataset]


# --8<-- [start:workers]
print("                torch                numpy                own generator")
seen = []
for workers, init in ((0, None), (0, None), (2, None), (2, None), (2, reseed)):
    seed_everything(0)
    context = "fork" if workers else None
    options = {"worker_init_fn": init, "multiprocessing_context": context}
    loader = DataLoader(Augmented(), num_workers=workers, **options)
    drawn = torch.tensor(list(loader)).T
    columns = (" ".join(f"{v:.2f}" for v in column) for column in drawn)
    print(f"{workers} {'reseed' if init else 'workers':9}", *columns, sep="  ")
    seen.append(drawn)
# --8<-- [end:workers]
assert torch.equal(seen[0][:2], seen[1][:2]) and not torch.equal(seen[0][2], seen[1][2])
assert torch.equal(seen[2], seen[3]) and not set(seen[0][:2].flatten().tolist()) & set(seen[2].flatten().tolist())
assert torch.equal(seen[2][2, ::2], seen[2][2, 1::2]) and seen[2][:2].unique().numel() == 8
assert seen[4].unique().numel() == 12

# --8<-- [start:shapes]
for size, kind in ((15, "float32"), (16, "float32"), (17, "float32"), (16, "float64")):
    own.manual_seed(0)
    numbers = torch.randn(size, dtype=getattr(torch, kind), generator=own)
    print(f"{size} × {kind}: ", " ".join(f"{v:5.2f}" for v in numbers[:5]), "…")
# --8<-- [end:shapes]

# --8<-- [start:device]
device = "cuda" if torch.cuda.is_available() else "cpu"
weight = torch.empty(100, 400, device=device, dtype=torch.bfloat16)
drawn = nn.init.kaiming_normal_(torch.empty(100, 400), generator=own.manual_seed(0))
weight.copy_(drawn)
# --8<-- [end:device]
assert torch.equal(weight, drawn.to(weight))

# --8<-- [start:large-seed]
numbers = [torch.randn(100, generator=own.manual_seed(seed)) for seed in (0, 1, 2**32)]
print("0 and 1:  ", torch.equal(numbers[0], numbers[1]))
print("0 and 2³²:", torch.equal(numbers[0], numbers[2]))
# --8<-- [end:large-seed]
assert torch.equal(numbers[0], numbers[2]) and own.get_state().numel() == 5056

# --8<-- [start:rounding]
a, b, c = torch.tensor([1.0, 1e8, -1e8])
print(f"(a + b) + c = {(a + b) + c:.0f}   a + (b + c) = {a + (b + c):.0f}")
# --8<-- [end:rounding]
assert ((a + b) + c, a + (b + c)) == (0, 1)

# --8<-- [start:nudge]
figure, axes = plt.subplots(figsize=(5.5, 2.9))
ends = []
for color, lr in (("C0", 0.02), ("C1", 1.5)):
    one, other = train(lr=lr), train(lr=lr, nudge=True)
    distance = (one - other).norm(dim=1) / one.norm(dim=1)
    axes.plot(range(1, 301), distance, color)
    axes.text(304, distance[-1], f"η = {lr}", color=color, va="center")
    ends.append(distance[-1])
axes.set(xlabel="step", ylabel="distance / size of θ", yscale="log", ylim=(3e-10, 10))
axes.set(xlim=(0, 350), xticks=range(0, 301, 100))
axes.set_yticks([1, 1e-2, 1e-4, 1e-6, 1e-8], ["1", "1e−2", "1e−4", "1e−6", "1e−8"])
# --8<-- [end:nudge]
assert ends[0] < 1e-6 and ends[1] > 1e-2 and 4e-8 < 2**-24 < 6e-8

# --8<-- [start:resume]
dropout = nn.Dropout()
torch.manual_seed(0)
whole = [dropout(torch.ones(8)) for _ in range(4)]  # a run of four steps
torch.manual_seed(0)
half = [dropout(torch.ones(8)) for _ in range(2)]
checkpoint = {"torch": torch.get_rng_state(), "python": random.getstate()}
checkpoint["numpy"] = np.random.get_state()
torch.manual_seed(0)  # the new process
print("seeded again:  ", torch.equal(dropout(torch.ones(8)), whole[2]))
torch.set_rng_state(checkpoint["torch"])
print("state restored:", torch.equal(dropout(torch.ones(8)), whole[2]))
# --8<-- [end:resume]
assert torch.equal(dropout(torch.ones(8)), whole[3]) and torch.equal(half[1], whole[1])
plt.show()

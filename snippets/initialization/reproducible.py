# --8<-- [start:in-six-lines]
import torch
from torch import nn

torch.manual_seed(0)
first, second = nn.Linear(64, 10), nn.Linear(64, 10)
torch.manual_seed(0)
third = nn.Linear(64, 10)
print("first = second:", torch.equal(first.weight, second.weight))
print("first = third: ", torch.equal(first.weight, third.weight))
# --8<-- [end:in-six-lines]

# --8<-- [start:set-up]
import os
import random
import zlib

import matplotlib.pyplot as plt
import numpy as np
from torch.utils.data import DataLoader, Dataset


def same(one, other):
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(first, second) for first, second in pairs)


# --8<-- [end:set-up]
assert same(first, third), "same seed, same calls, same order: same numbers"
assert not same(first, second), "the numbers follow from everything drawn before"

# --8<-- [start:stream]
torch.manual_seed(0)
numbers = torch.rand(9).tolist()
body, head, stem = ("body", 4, "C0"), ("head", 2, "C2"), ("stem", 3, "C1")
figure, axes = plt.subplots(figsize=(5.5, 1.9))
for top, layers in ((0, (body, head)), (1.5, (stem, body, head))):
    begin = 0
    for name, size, color in layers:
        end = begin + size
        ends = [begin + 0.05, end - 0.05]
        axes.fill_between(ends, top, top + 1, color=color, alpha=0.25, lw=0)
        middle = (begin + end) / 2
        axes.text(middle, top + 0.3, name, color=color, ha="center", va="center")
        begin = end
    for i, number in enumerate(numbers):
        axes.text(i + 0.5, top + 0.7, f"{number:.2f}", ha="center", va="center")
axes.set(xlim=(0, 9), ylim=(2.6, -0.1))
axes.set_axis_off()
# --8<-- [end:stream]
torch.manual_seed(0)
assert torch.rand(4).tolist() == numbers[:4], "body takes the first four"
assert torch.rand(2).tolist() == numbers[4:6], "and head the next two"
torch.manual_seed(0)
drawn = [torch.rand(size).tolist() for size in (3, 4, 2)]
assert drawn == [numbers[:3], numbers[3:7], numbers[7:]], "with stem in front, body and head get the six behind it"


# --8<-- [start:order]
def network(stem=None):
    layers = {"stem": stem} if stem else {}
    layers |= {"body": nn.Linear(64, 64), "head": nn.Linear(64, 10)}
    return nn.ModuleDict(layers)


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
assert same(plain["head"], longer["head"]), "the remedy: the head is the same with and without a stem"
assert same(plain["body"], longer["body"]), "the remedy: so is the body"
assert not same(plain["body"], longer["stem"]), "layers of equal shape do not get equal weights"
assert abs(plain["body"].weight.std() * 32**0.5 - 1) < 0.05, "and the weights have Kaiming's standard deviation"

# --8<-- [start:twice]
torch.manual_seed(0)
x = torch.randn(16, 400)
torch.manual_seed(0)
W = torch.randn(100, 400) / 20
z = x @ W.T  # meant to have mean 0 and standard deviation 1
print(f"unit i for input i: {z.diagonal().mean():.0f}")
print(f"all others:         {z.fill_diagonal_(0).std():.1f}")
# --8<-- [end:twice]
assert torch.equal(W[:16], x / 20), "the weights of unit i are the input number i, divided by 20"
assert 400 / 20 == 20, "‖x‖²/20 ≈ 400/20 = 20"
assert abs(z.std() - 1) < 0.05, "twenty standard deviations: that of all others is 1"
assert abs(W.std() * 20 - 1) < 0.05, "no test of mean or variance of W alone would notice: the variance is right"
assert abs(W.mean() * 20) < 0.05, "the mean is right"


# --8<-- [start:evaluate]
def next_draw(validate, **options):
    torch.manual_seed(0)
    loader = DataLoader(range(8), **options)
    if validate:
        list(loader)  # one pass in fixed order: nothing random in it
    return torch.rand(1).item()


own, without = torch.Generator(), next_draw(False)
with_own = next_draw(True, generator=own)
print("validation changes the next draw:", next_draw(True) != without)
print("with its own generator:          ", with_own != without)
# --8<-- [end:evaluate]
assert next_draw(True) != next_draw(False), "each pass draws one number, even without workers and without shuffling"
assert next_draw(True, generator=own) == next_draw(False), "give each loader a generator of its own"
torch.manual_seed(0)
torch.empty((), dtype=torch.int64).random_()
assert torch.rand(1).item() == next_draw(True), "one number: drawing one by hand has the same effect"


# --8<-- [start:train]
def seed_everything(seed):
    random.seed(seed)  # Python's own
    np.random.seed(seed)  # NumPy's old global one
    torch.manual_seed(seed)  # torch's, on all devices


def train(seed, steps):
    seed_everything(seed)
    x, y = torch.randn(512, 20), torch.randint(10, (512,))
    hidden = nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.1)
    model = nn.Sequential(*hidden, nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        batch = torch.randint(512, (32,))
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model
# --8<-- [end:train]


# --8<-- [start:again]
first, second = train(seed=0, steps=100), train(seed=0, steps=100)
print("same seed, same bits after 100 steps:", same(first, second))
# --8<-- [end:again]
for seed in range(1, 5):
    assert same(train(seed, 50), train(seed, 50)), "all weights agree to the last bit, in 5 of 5 seeds"
assert same(first, second), "all weights agree to the last bit, in 5 of 5 seeds"
assert not same(train(0, 20), train(1, 20)), "another seed gives other weights"

# --8<-- [start:gpu]
os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # before the first use of CUDA
torch.backends.cudnn.benchmark = False
torch.use_deterministic_algorithms(True)
# --8<-- [end:gpu]

# --8<-- [start:deterministic]
weight = torch.empty(2, 3)
print(weight)
torch.use_deterministic_algorithms(False)
# --8<-- [end:deterministic]
assert weight.isnan().all(), "a parameter made with `torch.empty` and then forgotten shows up as `nan`"
assert torch.utils.deterministic.fill_uninitialized_memory, "the filling is on, and can be switched off"


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
print("workers     torch                numpy                own generator")
seen = []
for workers, init in ((0, None), (0, None), (2, None), (2, None), (2, reseed)):
    seed_everything(0)
    context = "fork" if workers else None
    options = {"worker_init_fn": init, "multiprocessing_context": context}
    loader = DataLoader(Augmented(), num_workers=workers, **options)
    drawn = torch.tensor(list(loader)).T
    columns = (" ".join(f"{v:.2f}" for v in column) for column in drawn)
    print(f"{workers}{', reseed' if init else '':9}", *columns, sep="  ")
    seen.append(drawn)
# --8<-- [end:workers]
alone, again, two, two_again, reseeded = seen  # each (torch, numpy, own) × 4 samples
for row in (0, 1):  # torch, numpy
    assert torch.equal(alone[row], again[row]), "torch and numpy repeat if the seed and the number of workers repeat"
    assert torch.equal(two[row], two_again[row]), "torch and numpy repeat with two workers too"
    assert not torch.isin(alone[row], two[row]).any(), "another number of workers gives other numbers"
    assert two[row].unique().numel() == 4, "torch's and numpy's numbers differ between workers"
assert not torch.isin(alone[2], again[2]).all(), "the own generator goes on from line to line without workers"
assert torch.equal(two[2, ::2], two[2, 1::2]), "with two workers two samples each get the same augmentation"
assert torch.equal(two[2], two_again[2]), "the copies are thrown away after the pass: every epoch repeats it"
assert reseeded.unique().numel() == 12, "`reseed` cures it: all numbers differ"
torch.manual_seed(0)
base_seed = torch.empty((), dtype=torch.int64).random_().item()
for worker in (0, 1):
    torch.manual_seed(base_seed + worker)
    assert torch.rand(()) == two[0, worker], "a worker seeds torch with base seed + worker number"
    generator = torch.Generator().manual_seed(base_seed + worker)
    assert torch.rand((), generator=generator) == two[0, worker], "with it the object would repeat torch's numbers"
loader = DataLoader(Augmented(), num_workers=2, multiprocessing_context="fork", persistent_workers=True)
epochs = [torch.tensor(list(loader)).T[2] for _ in range(2)]
assert not torch.isin(*epochs).any(), "with `persistent_workers=True` the copies live on"
orders = []
for workers in (0, 2):
    seed_everything(0)
    context = "fork" if workers else None
    loader = DataLoader(range(16), shuffle=True, num_workers=workers, multiprocessing_context=context)
    orders.append(torch.cat(list(loader)))
assert torch.equal(*orders), "the order of the samples does not depend on workers"

# --8<-- [start:shapes]
def first_five(size, dtype):
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(size, dtype=dtype, generator=generator)
    return " ".join(f"{number:.2f}" for number in numbers[:5])


print("drawn               first five")
for size, dtype in ((15, torch.float32), (16, torch.float32), (16, torch.float64)):
    print(f"{size} × {dtype}  {first_five(size, dtype)}")
# --8<-- [end:shapes]
assert first_five(15, torch.float32) == first_five(5, torch.float32), "up to 15 numbers come one by one"
assert first_five(16, torch.float32) == first_five(32, torch.float32), "from 16 numbers on torch draws in blocks of 16"
assert first_five(15, torch.float32) != first_five(16, torch.float32), "the shape decides"
assert first_five(16, torch.float32) != first_five(16, torch.float64), "the dtype decides"

# --8<-- [start:device]
device = "cuda" if torch.cuda.is_available() else "cpu"
weight = torch.empty(100, 400, device=device, dtype=torch.bfloat16)
generator = torch.Generator().manual_seed(0)
drawn = nn.init.kaiming_normal_(torch.empty(100, 400), generator=generator)
weight.copy_(drawn)
# --8<-- [end:device]
assert torch.equal(weight, drawn.to(weight)), "every device starts from the same weights"

# --8<-- [start:large-seed]
def draw(seed):
    return torch.randn(100, generator=torch.Generator().manual_seed(seed))


print("0 and 1:  ", torch.equal(draw(0), draw(1)))
print("0 and 2³²:", torch.equal(draw(0), draw(2**32)))
# --8<-- [end:large-seed]
assert torch.equal(draw(7), draw(7 + 5 * 2**32)), "a CPU generator reads only the lower 32 bits of the seed"
assert generator.get_state().numel() == 5056, "its state fills 5056 bytes"
assert len({draw(seed)[0].item() for seed in (0, 1, 42)}) == 3, "0 and 42 are different, and 42 is no better than 0"

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
assert torch.equal(dropout(torch.ones(8)), whole[3]), "the fourth step of the resumed run is that of the whole run"
assert torch.equal(half[1], whole[1]), "up to the checkpoint both runs agree"
torch.manual_seed(0)
assert torch.equal(dropout(torch.ones(8)), whole[0]), "seeding again would repeat the draws from the beginning"

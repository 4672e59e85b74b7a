import copy
import io
import math
from itertools import islice

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.lr_scheduler import LinearLR
from torch.utils.data import DataLoader, TensorDataset, random_split

# --8<-- [start:data]
pixels, labels = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(pixels / 16).float(), torch.tensor(labels))
fixed = torch.Generator().manual_seed(0)
train, valid, test = random_split(data, [1097, 300, 400], fixed)


class Run:
    def __init__(self):
        torch.manual_seed(0)  # for weights and dropout
        hidden = nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU()
        self.model = nn.Sequential(*hidden, nn.Dropout(0.2), nn.Linear(64, 10))
        matrices = [p for p in self.model.parameters() if p.ndim > 1]
        vectors = [p for p in self.model.parameters() if p.ndim <= 1]
        groups = [{"params": matrices}, {"params": vectors, "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1)
        self.scheduler = LinearLR(self.optimizer, 0.1, total_iters=20)
        self.shuffle = torch.Generator().manual_seed(1)
        self.loader = DataLoader(train, 32, True, generator=self.shuffle)
        self.epoch, self.best, self.log = 0, {"loss": math.inf, "epoch": 0}, []
# --8<-- [end:data]


# --8<-- [start:train]
def train_epoch(run, accumulate=4):
    run.model.train()
    batches, total = iter(run.loader), 0.0
    while group := list(islice(batches, accumulate)):  # the last may be short
        n = sum(len(y) for _, y in group)
        run.optimizer.zero_grad()  # step 1
        for x, y in group:
            with torch.autocast("cpu", torch.bfloat16):  # steps 2 and 3
                loss = F.cross_entropy(run.model(x), y, reduction="sum") / n
            loss.backward()  # step 4
            total += n * loss.item()
        nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        run.optimizer.step()  # step 5
        run.scheduler.step()
    return total / len(train)
# --8<-- [end:train]


# --8<-- [start:evaluate]
@torch.no_grad()
def evaluate(model, data, measure=F.cross_entropy):
    model.eval()
    batches = DataLoader(data, 128, generator=torch.Generator())
    total = sum(measure(model(x), y, reduction="sum") for x, y in batches)
    return total.item() / len(data)
# --8<-- [end:evaluate]


# --8<-- [start:fit]
def fit(run, epochs, patience=3):
    while run.epoch < epochs and run.epoch - run.best["epoch"] < patience:
        run.epoch += 1
        run.log.append((train_epoch(run), loss := evaluate(run.model, valid)))
        if loss < run.best["loss"]:
            weights = copy.deepcopy(run.model.state_dict())
            run.best = {"loss": loss, "epoch": run.epoch, "weights": weights}
        run.saved = save(run)
# --8<-- [end:fit]


# --8<-- [start:checkpoint]
PARTS = "model", "optimizer", "scheduler"


def save(run):
    state = {name: getattr(run, name).state_dict() for name in PARTS}
    state |= {"epoch": run.epoch, "best": run.best}
    state |= {"rng": torch.get_rng_state(), "shuffle": run.shuffle.get_state()}
    torch.save(state, file := io.BytesIO())
    return file.getvalue()


def load(run, saved):
    state = torch.load(io.BytesIO(saved))
    for name in PARTS:
        getattr(run, name).load_state_dict(state[name])
    run.epoch, run.best = state["epoch"], state["best"]
    torch.set_rng_state(state["rng"])
    run.shuffle.set_state(state["shuffle"])
# --8<-- [end:checkpoint]


# --8<-- [start:use]
def hits(z, y, reduction):
    return (z.argmax(dim=1) == y).sum()


run = Run()
fit(run, epochs=100)
print("epoch  training loss  validation loss")
for epoch in (1, 2, 4, 10):
    print("{:5} {:14.1f} {:16.1f}".format(epoch, *run.log[epoch - 1]))
print("stopped 3 epochs after the best:", run.epoch - 3 == run.best["epoch"])

last = evaluate(run.model, valid)
run.model.load_state_dict(run.best["weights"])
best = evaluate(run.model, valid)
print("the best weights are back:", best == run.best["loss"] < last)
accuracy = evaluate(run.model, test, hits)
print("test accuracy above 95 %:", accuracy > 0.95)
# --8<-- [end:use]
assert len(train) // 32 == 34 and len(train) % 32 == 9 and math.ceil(35 / 4) == 9 and 35 % 4 == 3
assert run.scheduler.last_epoch == 9 * run.epoch and run.epoch == len(run.log) < 100

# --8<-- [start:last-group]
θ = torch.ones(1097, requires_grad=True)  # one parameter per image
for number, part in enumerate(θ.split(32), start=1):
    (part.mean() / 4).backward()
    if number % 4 == 0:
        full, θ.grad = θ.grad, None  # the step and zero_grad
print("full group:  an image weighs 1 /", round(1 / full.max().item()))
a, b = (1 / θ.grad[[-10, -1]]).round().int().tolist()
print(f"last group:  1 / {a} or 1 / {b}, in sum {θ.grad.sum():.2f}")
# --8<-- [end:last-group]
assert (a, b, number) == (128, 36, 35) and abs(full.sum() - 1) < 1e-5

# --8<-- [start:batch-of-one]
for drop_last in (False, True):
    parts = DataLoader(data.tensors[0][:1025], 32, drop_last=drop_last)
    sizes = [len(part) for part in parts]
    print(f"drop_last {drop_last}: {len(sizes)} batches, last {sizes[-1]}")
try:
    nn.BatchNorm1d(4)(torch.ones(1, 4))
except ValueError as error:
    print(str(error).split(", got")[0])
# --8<-- [end:batch-of-one]

# --8<-- [start:lower]
run = Run()
during = train_epoch(run)
print(f"training loss, mean of the epoch {during:.1f}")
print(f"the same images afterwards, eval {evaluate(run.model, train):.1f}")
print(f"validation                       {evaluate(run.model, valid):.1f}")
# --8<-- [end:lower]
assert during > evaluate(run.model, valid) > evaluate(run.model, train)

# --8<-- [start:alias]
model = nn.Linear(1, 1)
state = model.state_dict()
copies = {"state_dict()": state, "dict(state)": dict(state)}
copies["deepcopy"] = copy.deepcopy(state)
copies["clone"] = {name: value.clone() for name, value in state.items()}
with torch.no_grad():
    model.weight += 1  # training goes on
for name, saved in copies.items():
    moved = torch.equal(saved["weight"], model.weight)
    print(f"{name:13} moves with the model: {moved}")
# --8<-- [end:alias]
follows = [torch.equal(saved["weight"], model.weight) for saved in copies.values()]
assert follows == [True, True, False, False]


# --8<-- [start:resume]
def weights(run):
    return nn.utils.parameters_to_vector(run.model.parameters())


whole = Run()
fit(whole, epochs=4)
first = Run()
fit(first, epochs=2)  # and the process ends
resumed = Run()
load(resumed, first.saved)
fit(resumed, epochs=4)
print("equal bit for bit:", torch.equal(weights(resumed), weights(whole)))
# --8<-- [end:resume]
assert torch.equal(weights(resumed), weights(whole)) and resumed.best["loss"] == whole.best["loss"]

# --8<-- [start:left-out]
fresh = torch.load(io.BytesIO(save(Run())))
state = torch.load(io.BytesIO(first.saved))
print("left out    equal  learning rate at the end")
for name in ("nothing", "optimizer", "scheduler", "rng", "shuffle"):
    wrong = state | {k: v for k, v in fresh.items() if k == name}
    torch.save(wrong, file := io.BytesIO())
    resumed = Run()
    load(resumed, file.getvalue())
    fit(resumed, epochs=4)
    equal = torch.equal(weights(resumed), weights(whole))
    lr = resumed.optimizer.param_groups[0]["lr"]
    print(f"{name:10} {equal!s:>6} {lr:10.4f}")
    assert equal == (name == "nothing")
# --8<-- [end:left-out]
assert first.scheduler.last_epoch == 18
assert math.isclose(state["optimizer"]["param_groups"][0]["lr"], 0.0091)

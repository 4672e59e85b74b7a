# --8<-- [start:five-steps]
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, model = torch.randn(64, 4), nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(61):
    optimizer.zero_grad()  # 1: clear the gradients
    outputs = model(x)  # 2: compute the outputs
    loss = F.mse_loss(outputs, x[:, :1])  # 3: compute the loss
    loss.backward()  # 4: compute the gradients
    optimizer.step()  # 5: move the weights
    if step % 20 == 0:
        print(f"round {step:2}  loss {loss:.4f}")
# --8<-- [end:five-steps]

# --8<-- [start:imports]
import copy
import math
import os
import shutil
import tempfile
from itertools import islice

from sklearn.datasets import load_digits
from torch.optim.lr_scheduler import LinearLR
from torch.utils.data import DataLoader, TensorDataset, random_split

# --8<-- [end:imports]


# --8<-- [start:data]
def digits():
    pixels, labels = load_digits(return_X_y=True)
    data = TensorDataset(torch.tensor(pixels / 16).float(), torch.tensor(labels))
    return random_split(data, [1097, 300, 400], torch.Generator().manual_seed(0))


class Run:
    def __init__(self, data, device="cpu", seed=0):
        torch.manual_seed(seed)  # for weights and dropout
        self.device, self.data = device, data
        hidden = nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU()
        self.model = nn.Sequential(*hidden, nn.Dropout(0.2), nn.Linear(64, 10))
        self.model.to(device)  # before the optimizer is built
        decay = [p for p in self.model.parameters() if p.ndim >= 2]
        no_decay = [p for p in self.model.parameters() if p.ndim < 2]
        groups = [{"params": decay}, {"params": no_decay, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1)
        self.scheduler = LinearLR(self.optimizer, start_factor=0.1, total_iters=20)
        self.shuffle = torch.Generator().manual_seed(seed)
        self.epoch, self.log = 0, []
        self.best = {"loss": math.inf, "epoch": 0}
# --8<-- [end:data]


# --8<-- [start:train]
def train_epoch(run, accumulate=4):
    run.model.train()
    loader = DataLoader(run.data, 32, shuffle=True, generator=run.shuffle)
    batches, total = iter(loader), torch.zeros((), device=run.device)
    while group := list(islice(batches, accumulate)):  # the last may be short
        n = sum(len(targets) for _, targets in group)
        run.optimizer.zero_grad()  # step 1
        for inputs, targets in group:
            inputs, targets = inputs.to(run.device), targets.to(run.device)
            with torch.autocast(run.device, dtype=torch.bfloat16):
                outputs = run.model(inputs)  # step 2
                loss = F.cross_entropy(outputs, targets, reduction="sum") / n
            loss.backward()  # step 4, after the loss as step 3
            total += n * loss.detach()
        nn.utils.clip_grad_norm_(run.model.parameters(), max_norm=1.0)
        run.optimizer.step()  # step 5
        run.scheduler.step()
    return total.item() / len(run.data)
# --8<-- [end:train]


# --8<-- [start:evaluate]
@torch.no_grad()
def evaluate(run, data, measure=F.cross_entropy):
    run.model.eval()
    total = 0.0
    for inputs, targets in DataLoader(data, 128, generator=torch.Generator()):
        outputs = run.model(inputs.to(run.device))
        total += measure(outputs, targets.to(run.device), reduction="sum").item()
    return total / len(data)
# --8<-- [end:evaluate]


# --8<-- [start:fit]
def fit(run, valid, epochs, path, patience=3):
    while run.epoch < epochs and run.epoch - run.best["epoch"] < patience:
        training_loss = train_epoch(run)
        validation_loss = evaluate(run, valid)
        run.epoch += 1
        run.log.append((training_loss, validation_loss))
        if validation_loss < run.best["loss"]:
            weights = copy.deepcopy(run.model.state_dict())
            run.best = {"loss": validation_loss, "epoch": run.epoch}
            run.best["weights"] = weights
        save(run, path)
# --8<-- [end:fit]


# --8<-- [start:checkpoint]
PARTS = "model", "optimizer", "scheduler"


def save(run, path):
    state = {part: getattr(run, part).state_dict() for part in PARTS}
    state |= {"epoch": run.epoch, "log": run.log, "best": run.best}
    state |= {"rng": torch.get_rng_state(), "shuffle": run.shuffle.get_state()}
    state["cuda"] = torch.cuda.get_rng_state_all()  # [] without a GPU
    torch.save(state, f"{path}.new")
    os.replace(f"{path}.new", path)  # a crash leaves the old file whole


def load(run, path):
    state = torch.load(path, map_location="cpu")  # load_state_dict moves it
    for part in PARTS:
        getattr(run, part).load_state_dict(state[part])
    run.epoch, run.log, run.best = state["epoch"], state["log"], state["best"]
    torch.set_rng_state(state["rng"])
    torch.cuda.set_rng_state_all(state["cuda"])
    run.shuffle.set_state(state["shuffle"])
# --8<-- [end:checkpoint]


# --8<-- [start:use]
def hits(outputs, targets, reduction):
    return (outputs.argmax(dim=1) == targets).sum()


train, valid, test = digits()
device = "cuda" if torch.cuda.is_available() else "cpu"
folder = tempfile.mkdtemp()  # in your program a folder that stays
run = Run(train, device)
fit(run, valid, epochs=100, path=f"{folder}/last.pt")
print("epoch  training loss  validation loss")
for epoch in (1, 2, 4, 10):
    print("{:<5} {:14.1f} {:16.1f}".format(epoch, *run.log[epoch - 1]))
# --8<-- [end:use]

# --8<-- [start:result]
print("stopped 3 epochs after the best:", run.epoch - 3 == run.best["epoch"])

last = evaluate(run, valid)
run.model.load_state_dict(run.best["weights"])
best = evaluate(run, valid)
print("the best weights are back:", best == run.best["loss"] < last)
accuracy = evaluate(run, test, hits)
print("test accuracy above 95 %:", accuracy > 0.95)
# --8<-- [end:result]
batches = math.ceil(len(train) / 32)
assert batches == 35, "1097 images in batches of 32 make 35 batches"
assert math.ceil(batches / 4) == 9, "35 batches make 9 groups of four"
assert batches % 4 == 3, "the last group has three batches"
assert len(train) % 32 == 9, "the last batch has 9 images"
assert run.scheduler.last_epoch == 9 * run.epoch, "this scheduler counts optimizer steps, 9 per epoch"
assert (len(train), len(valid), len(test)) == (1097, 300, 400), "1797 digits: 1097 train, 300 validate, 400 test"
assert len(train) + len(valid) + len(test) == 1797, "scikit-learn's 1797 digits"

# --8<-- [start:lower]
run = Run(train, device)
during = train_epoch(run)
print(f"training loss, mean of the epoch {during:.1f}")
print(f"the same images afterwards, eval {evaluate(run, train):.1f}")
print(f"validation                       {evaluate(run, valid):.1f}")
# --8<-- [end:lower]
for seed in range(5):
    run = Run(train, device, seed)
    during = train_epoch(run)
    afterwards, validation = evaluate(run, train), evaluate(run, valid)
    assert during > validation, "in 5 of 5 seeds the training loss of the first epoch is above the validation loss"
    assert afterwards < validation, "measured alike, the training images have the lower loss, in 5 of 5 seeds"


# --8<-- [start:resume]
def weights(run):
    return nn.utils.parameters_to_vector(run.model.parameters())


whole = Run(train, device)
fit(whole, valid, epochs=3, path=f"{folder}/whole.pt")
first = Run(train, device)
fit(first, valid, epochs=2, path=f"{folder}/two.pt")  # and the process ends
resumed = Run(train, device)
load(resumed, f"{folder}/two.pt")
fit(resumed, valid, epochs=3, path=f"{folder}/three.pt")
print("equal bit for bit:", torch.equal(weights(resumed), weights(whole)))
# --8<-- [end:resume]
assert torch.equal(weights(resumed), weights(whole)), "equal, bit for bit"
assert resumed.best["loss"] == whole.best["loss"], "the best is resumed, too"
assert resumed.log == whole.log, "the log goes on"

# --8<-- [start:left-out]
equals, rates = {}, {}
save(Run(train, device), f"{folder}/fresh.pt")
fresh = torch.load(f"{folder}/fresh.pt")
print("left out    equal  learning rate at the end")
for part in ("nothing", "optimizer", "scheduler", "rng", "shuffle"):
    state = torch.load(f"{folder}/two.pt")
    if part != "nothing":
        state[part] = fresh[part]
    torch.save(state, f"{folder}/wrong.pt")
    resumed = Run(train, device)
    load(resumed, f"{folder}/wrong.pt")
    fit(resumed, valid, epochs=3, path=f"{folder}/wrong.pt")
    equals[part] = torch.equal(weights(resumed), weights(whole))
    rates[part] = resumed.optimizer.param_groups[0]["lr"]
    print(f"{part:10} {equals[part]!s:>6} {rates[part]:10.4f}")
# --8<-- [end:left-out]
assert equals.pop("nothing"), "with nothing left out the runs are equal"
assert not any(equals.values()), "leave out one part, and the run is another one"
assert first.scheduler.last_epoch == 18, "18 of 20 steps are over"
saved_rate = torch.load(f"{folder}/two.pt")["optimizer"]["param_groups"][0]["lr"]
assert round(saved_rate, 4) == 0.0091, "it multiplies a rate that is already 0.0091"
assert fresh["optimizer"]["param_groups"][0]["lr"] == 0.001, "the rate falls back to 0.001, the start of the warm-up"
assert round(rates["optimizer"], 4) == 0.0011, "the scheduler leaves the rate at 0.0011"
load(late := Run(train, device), f"{folder}/two.pt")
late.optimizer.load_state_dict(fresh["optimizer"])
fit(late, valid, epochs=4, path=f"{folder}/wrong.pt")
assert math.isclose(late.optimizer.param_groups[0]["lr"], rates["optimizer"]), "for good: an epoch later it is the same"
assert rates["scheduler"] > 4 * rates["nothing"], "the rate is more than four times too large"
assert fresh["best"]["loss"] == math.inf, "without best, the resumed run calls its first epoch the best"
shutil.rmtree(folder)

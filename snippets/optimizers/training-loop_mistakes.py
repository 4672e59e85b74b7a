# --8<-- [start:imports]
import itertools
import math
import weakref

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

pixels, labels = load_digits(return_X_y=True)
pixels, labels = torch.tensor(pixels / 16).float(), torch.tensor(labels)
# --8<-- [end:imports]

# --8<-- [start:last-group]
θ = torch.ones(1097, requires_grad=True)  # one parameter per image
for number, batch in enumerate(θ.split(32), start=1):
    (batch.mean() / 4).backward()
    if number % 4 == 0:
        full_group = θ.grad  # here the optimizer steps
        θ.grad = None  # zero_grad
print("full group:  an image weighs 1 /", round(1 / full_group.max().item()))
first, last = (1 / θ.grad[[-10, -1]]).round().int().tolist()
print(f"last group:  1 / {first} or 1 / {last}, in sum {θ.grad.sum():.2f}")
# --8<-- [end:last-group]
assert number == 35, "1097 images make 35 batches of at most 32"
assert number % 4 == 3, "the last three batches never get their step"
assert round(full_group.sum().item(), 5) == 1, "the weights of a full group add up to 1"
assert round(θ.grad.sum().item(), 5) == 0.75, "their weights add up to 0.75 instead of 1"
assert len(batch) == 9, "the last batch has 9 images"
assert round((θ.grad[-1] / θ.grad[-10]).item(), 1) == 3.6, "the 9 images count 3.6 times as much as the others"

# --8<-- [start:batch-of-one]
for drop_last in (False, True):
    loader = DataLoader(pixels[:1025], batch_size=32, drop_last=drop_last)
    sizes = [len(batch) for batch in loader]
    print(f"drop_last {drop_last}: {len(sizes)} batches, last {sizes[-1]}")
try:
    nn.BatchNorm1d(4)(torch.ones(1, 4))
except ValueError as error:
    print(error)
# --8<-- [end:batch-of-one]


# --8<-- [start:order]
def walk(order, steps=4):
    θ = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([θ], lr=0.5)
    path = []
    for _ in range(steps):
        for call in order.split():
            if call == "backward":
                (θ**2 / 2).backward()
            else:
                getattr(optimizer, call)()
        path.append(θ.item())
    return path


print(f"{'calls in each round':24}", *(f" round {n}" for n in (1, 2, 3, 4)))
for order in (
    "zero_grad backward step",
    "backward step zero_grad",
    "backward zero_grad step",
    "zero_grad step backward",
    "step zero_grad backward",
    "backward step",
):
    print(f"{order:24}", *(f"{θ:8.4f}" for θ in walk(order)))
# --8<-- [end:order]
right = walk("zero_grad backward step")
assert right == [0.5**t for t in range(1, 5)], "gradient descent with η = 0.5 halves θ in each step"
assert walk("backward step zero_grad") == right, "rows 1 and 2 are the same cycle"
assert walk("backward zero_grad step") == [1.0] * 4, "row 3 clears the gradient before the optimizer sees it"
assert walk("zero_grad step backward") == [1.0] * 4, "row 4 clears the gradient before the optimizer sees it"
assert walk("step zero_grad backward") == [1.0, *right[:3]], "row 5 is late by one"
assert max(walk("backward step", steps=60)[-9:]) > 0.9, "in rounds 52 to 60 θ still passes 0.9"
θ, velocity, with_momentum = 1.0, 0.0, []
for _ in range(4):
    velocity = 1 * velocity + θ
    θ -= 0.5 * velocity
    with_momentum.append(θ)
assert walk("backward step") == with_momentum, "the sum of all gradients so far is momentum with a factor of 1"


# --8<-- [start:overfit]
def network():
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def build(seed):
    torch.manual_seed(seed)
    model = network()
    return model, torch.optim.AdamW(model.parameters(), lr=0.01)


def overfit(model, optimizer, inputs, targets, criterion=F.cross_entropy):
    model.train()
    for _ in range(60):
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
    return loss.item()

# --8<-- [end:overfit]


# --8<-- [start:mistakes]
def softmax_twice(outputs, targets):
    return F.cross_entropy(outputs.softmax(dim=1), targets)


def cleared_too_soon(model, optimizer, inputs, targets):
    for _ in range(60):
        loss = F.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    return loss.item()
# --8<-- [end:mistakes]


# --8<-- [start:not-down]
def losses(inputs, targets, seed):
    model, optimizer = build(seed)
    yield "right", overfit(model, optimizer, inputs, targets)
    model = network()  # the optimizer does not know it
    loss = overfit(model, optimizer, inputs, targets)
    yield "optimizer has another network", loss
    model, optimizer = build(seed)
    loss = cleared_too_soon(model, optimizer, inputs, targets)
    yield "zero_grad() before step()", loss
    model, optimizer = build(seed)
    loss = overfit(model, optimizer, inputs, targets, criterion=softmax_twice)
    yield "softmax before cross_entropy", loss
    model, optimizer = build(seed)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = overfit(model, optimizer, inputs, targets)
    yield "one autocast around all steps", loss


print(f"{'loop':30} loss")
for name, loss in losses(pixels[:32], labels[:32], seed=0):
    print(f"{name:30} {loss:.1f}")
# --8<-- [end:not-down]
floor = math.log(math.e + 9) - 1
assert round(floor, 2) == 1.46, "the loss is at least ln(e + 9) − 1 = 1.46"
assert round(math.log(10), 1) == 2.3, "ln 10 = 2.3"
for seed in range(5):
    inputs, targets = pixels[:32], labels[:32]
    after = dict(losses(inputs, targets, seed))
    assert after["right"] < 0.01, "the right loop ends below 0.01 in 5 of 5 seeds"
    for mistake in ("optimizer has another network", "zero_grad() before step()", "one autocast around all steps"):
        assert abs(after[mistake] - 2.3) < 0.05, "the loss stays within 0.05 of 2.3 in 5 of 5 seeds"
    assert round(after["softmax before cross_entropy"], 1) == 1.5, "it stops at 1.5 in 5 of 5 seeds"
    model, optimizer = build(seed)
    before = model[0].weight.clone()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        overfit(model, optimizer, inputs, targets)
    moved = (model[0].weight - before).abs().max().item()
    assert moved > 0.5, "AdamW drives the weights away: some by more than 0.5 in 5 of 5 seeds"
    real = F.cross_entropy(model(inputs), targets).item()
    assert real > 10, "afterwards the real loss is over 10 in 5 of 5 seeds"

# --8<-- [start:modes]
torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 64),
    nn.BatchNorm1d(64),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(64, 10),
)
print("mode   grad  same twice  statistics move  graph")
for training in (True, False):
    for grad in (True, False):
        model.train(training)
        before = model[1].running_mean.clone()
        with torch.set_grad_enabled(grad):
            first, second = model(pixels[:100]), model(pixels[:100])
        same, graph = torch.equal(first, second), first.requires_grad
        moved = not torch.equal(before, model[1].running_mean)
        mode = "train" if training else "eval"
        print(f"{mode:6} {grad!s:6} {same!s:11} {moved!s:16} {graph}")
# --8<-- [end:modes]
for training, grad in itertools.product((True, False), (True, False)):
    model.train(training)
    before = model[1].running_mean.clone()
    with torch.set_grad_enabled(grad):
        first, second = model(pixels[:100]), model(pixels[:100])
    same = torch.equal(first, second)
    moved = not torch.equal(before, model[1].running_mean)
    assert same == (not training), "eval() changes what layers compute, no_grad does not"
    assert moved == training, "batch norm's statistics move in train mode, and no_grad does not stop it"
    assert first.requires_grad == grad, "no_grad changes what autograd remembers, eval() does not"

# --8<-- [start:forgotten]
model.train()
for epoch in (1, 2):
    before = model[1].running_mean.clone()
    model(pixels)  # in place of the training of the epoch
    moved = not torch.equal(before, model[1].running_mean)
    print(f"epoch {epoch}: dropout {model[3].training}, statistics {moved}")
    model.eval()  # for the validation, and never undone
# --8<-- [end:forgotten]
assert not model[3].training, "dropout is off from the second epoch on"
assert not moved, "the statistics stand still from the second epoch on"


# --8<-- [start:item]
def graph_nodes(tensor):
    """How many nodes of the graph a tensor keeps alive."""
    seen, queue = set(), [tensor.grad_fn]
    while queue:
        node = queue.pop()
        if node is not None and node not in seen:
            seen.add(node)
            queue += [parent for parent, _ in node.next_functions]
    return len(seen)


def kept(record, training=False):
    """After ten batches: hidden outputs still in memory, nodes of the graph."""
    model, hidden, total = network(), [], torch.zeros(())
    relu = model[1]
    relu.register_forward_hook(lambda _, __, out: hidden.append(weakref.ref(out)))
    for start in range(0, 320, 32):
        batch = slice(start, start + 32)
        loss = F.cross_entropy(model(pixels[batch]), labels[batch])
        total += record(loss)
        if training:
            loss.backward()
    del loss
    alive = sum(output() is not None for output in hidden)
    return f"{alive:6}  {graph_nodes(total):5}"
# --8<-- [end:item]


# --8<-- [start:kept]
def as_it_is(loss):
    return loss


def as_item(loss):
    return loss.item()


print("phase     line                   hidden  nodes")
print("train     total += loss         ", kept(as_it_is, training=True))
print("train     total += loss.item()  ", kept(as_item, training=True))
print("validate  total += loss         ", kept(as_it_is))
with torch.no_grad():
    print("validate  the same in no_grad   ", kept(as_it_is))
# --8<-- [end:kept]
assert kept(as_it_is, training=True).split() == ["0", "84"], "backward() frees the hidden outputs, small nodes are left"
assert kept(as_item, training=True).split() == ["0", "0"], ".item() ends it"
assert kept(as_it_is).split() == ["10", "84"], "in validation all outputs of all batches stay"
with torch.no_grad():
    assert kept(as_it_is).split() == ["0", "0"], "no_grad never starts it"

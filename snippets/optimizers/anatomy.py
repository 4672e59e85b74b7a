import copy
import io
import math

import torch
from torch import nn, optim

# --8<-- [start:holds]
net = nn.Linear(3, 1)
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
group = optimizer.param_groups[0]
print("defaults:    ", *list(optimizer.defaults)[:4], "…")
print("param_groups:", len(optimizer.param_groups), "×", *list(group)[:5], "…")
print("state:       ", dict(optimizer.state))
net(torch.ones(1, 3)).sum().backward()
optimizer.step()
for p, kept in optimizer.state.items():
    print("state:       ", tuple(p.shape), kept)
# --8<-- [end:holds]
assert group.keys() == {"params", *optimizer.defaults} and all(group[k] == v for k, v in optimizer.defaults.items())

# --8<-- [start:identity]
held = optimizer.param_groups[0]["params"][0]
print("the same object:       ", held is net.weight)
print("the key of its state:  ", net.weight in optimizer.state)
with torch.no_grad():
    net.weight.fill_(7.0)
print("changed outside, inside:", held.flatten().tolist())
# --8<-- [end:identity]
assert held is net.weight and held.eq(7).all()

# --8<-- [start:zero-grad]
rules = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "SGD, momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD, decay": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1),
    "Adam": lambda p: optim.Adam(p, lr=0.1),
}
moves = {}
for name, make in rules.items():
    for none in (True, False):
        p = nn.Parameter(torch.ones(1))
        o = make([p])
        p.grad = torch.ones(1)
        o.step()
        o.zero_grad(set_to_none=none)
        before = p.item()
        for _ in range(10):
            o.step()
        moves[name, none] = before - p.item()
        print(f"{name:<14} grad {p.grad!s:<12} moves {moves[name, none]:.3f}")
# --8<-- [end:zero-grad]
assert all(move == 0 for (_, none), move in moves.items() if none) and moves["SGD", False] == 0
assert math.isclose(moves["SGD, momentum", False], 0.1 * sum(0.9**k for k in range(1, 11)), rel_tol=1e-5)
assert moves["SGD, momentum", False] > 0.5 and 0.3 < moves["Adam", False] < 0.4 and moves["SGD, decay", False] > 0


# --8<-- [start:closure]
def minimise(make):
    p, losses = nn.Parameter(torch.tensor([5.0])), []
    optimizer = make([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (p - 3).square().sum()
        loss.backward()  # works: step() switches gradients on for the closure
        losses.append(loss.item())
        return loss

    returned, now = optimizer.step(closure), (p - 3).square().sum()
    print(f"{make.__name__:<5} {len(losses):>2} calls, {returned} → {now:.2f}")
    return losses, returned


for make in (optim.SGD, optim.Adam, optim.LBFGS):
    losses, returned = minimise(make)
# --8<-- [end:closure]
assert len(losses) == 20 and returned == losses[0] == 4

# --8<-- [start:hooks]
p = nn.Parameter(torch.zeros(2))
optimizer = optim.SGD([p], lr=1.0)


def before_step(optimizer, args, kwargs):
    p.grad.clamp_(-1, 1)


def after_step(optimizer, args, kwargs):
    print("stepped to", p.tolist())


handle = optimizer.register_step_pre_hook(before_step)
optimizer.register_step_post_hook(after_step)
for _ in range(2):
    p.grad = torch.tensor([-0.5, 30.0])
    optimizer.step()
    handle.remove()  # the second step is not clipped
# --8<-- [end:hooks]
assert p.tolist() == [1, -31] and not {"hooks", "_optimizer_step_pre_hooks"} & optimizer.state_dict().keys()

# --8<-- [start:state-dict]
a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
optimizer = optim.Adam([{"params": [a]}, {"params": [b], "lr": 0.5}])
a.grad = torch.ones(2)  # b has no gradient
optimizer.step()
saved = optimizer.state_dict()
for i, state in saved["state"].items():
    print(f"state[{i}]", {k: f"{v.max():.3f}" for k, v in state.items()})
for i, group in enumerate(saved["param_groups"]):
    print(f"param_groups[{i}]", {k: group[k] for k in ("params", "lr", "eps")})
# --8<-- [end:state-dict]
assert optimizer.state[b] == {} and list(optimizer.state_dict()["state"]) == [0, 1]  # looking made an entry
assert list(saved["state"]) == [0] and saved["param_groups"][1]["params"] == [1]

# --8<-- [start:empty]
weight = torch.randn((2, 2), requires_grad=True)
weight.grad = torch.ones((2, 2))
for none in (True, False):
    optimizer = optim.SGD([weight], lr=0.1, momentum=0.9)
    optimizer.zero_grad(set_to_none=none)
    for _ in range(10):
        optimizer.step()
    print(f"set_to_none={none}: saved state {optimizer.state_dict()['state']}")
    weight.grad = torch.ones((2, 2))
# --8<-- [end:empty]
assert torch.equal(optimizer.state[weight]["momentum_buffer"], torch.zeros(2, 2))


# --8<-- [start:load]
def stepped(dtype=torch.float32, lr=0.1):
    p = nn.Parameter(torch.ones(2, dtype=dtype))
    optimizer = optim.Adam([p], lr=lr)
    p.grad = torch.ones_like(p)
    optimizer.step()
    return optimizer, p


(first, p), (second, q) = stepped(), stepped(lr=9.0)
half, h = stepped(torch.bfloat16)
second.load_state_dict(first.state_dict())
print("lr after loading:", second.param_groups[0]["lr"])
shared = second.state[q]["exp_avg"] is first.state[p]["exp_avg"]
print("the same tensor: ", shared)
second.step()
print("first's steps:   ", first.state[p]["step"].item(), "though it made one")
half.load_state_dict(copy.deepcopy(first.state_dict()))
for key, value in half.state[h].items():
    print(f"in bfloat16:      {key} is {value.dtype}")
# --8<-- [end:load]
assert first.state_dict()["state"][0]["exp_avg"] is first.state[p]["exp_avg"] and first.state[p]["step"] == 2
assert second.param_groups[0]["betas"] == (0.9, 0.999)
assert half.state[h]["exp_avg"].dtype == torch.bfloat16 and half.state[h]["step"].dtype == torch.float32

# --8<-- [start:order]
a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
saver = optim.SGD([a, b], lr=0.1, momentum=0.9)
a.grad, b.grad = torch.full((2,), 1.0), torch.full((2,), -8.0)
saver.step()
loader = optim.SGD([b, a], lr=0.1, momentum=0.9)  # the other order
loader.load_state_dict(copy.deepcopy(saver.state_dict()))
for name, p in (("a", a), ("b", b)):
    there, here = (*saver.state[p].values(), *loader.state[p].values())
    print(f"{name}: saved {there.tolist()}, loaded {here.tolist()}")
# --8<-- [end:order]
assert loader.state[a]["momentum_buffer"].eq(-8).all()
layer = nn.Linear(2, 2)
optim.SGD({layer.weight, layer.bias})  # a set at the top is accepted
ordered = optim.SGD(dict(layer.named_parameters()).values())
assert all(p is q for p, q in zip(ordered.param_groups[0]["params"], layer.parameters(), strict=True))

# --8<-- [start:save]
file = io.BytesIO()  # or a path
torch.save({"optimizer": saver.state_dict(), "epoch": 3}, file)
file.seek(0)
print("a dictionary:", list(torch.load(file)))
for name, kept in (("optimizer", saver), ("state_dict", saver.state_dict())):
    file = io.BytesIO()
    torch.save(kept, file)
    file.seek(0)
    try:
        print(f"{name}: loaded, a {type(torch.load(file)).__name__}")
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {str(error).partition('.')[0]}")
# --8<-- [end:save]

# --8<-- [start:step-count]
p = nn.Parameter(torch.ones(1))
optimizer = optim.Adam([p])
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10)
for _ in range(3):
    p.grad = torch.ones(1)
    optimizer.step()
print("optimizer._step_count:", hasattr(optimizer, "_step_count"))
print("optimizer.state[p]['step']:", optimizer.state[p]["step"].item())
print("scheduler._step_count:", scheduler._step_count, "before it was called")
# --8<-- [end:step-count]
assert scheduler._step_count == 1 and not hasattr(optimizer, "_step_count") and optimizer.state[p]["step"] == 3

import copy
import inspect
import textwrap
import warnings
from collections import Counter

import torch
from torch import nn, optim
from torch.utils._python_dispatch import TorchDispatchMode

# --8<-- [start:errors]
net = nn.Linear(2, 2)
w, two = net.weight, [{"params": [net.weight]}, {"params": net.parameters()}]
made = torch.ones(2, requires_grad=True).double()  # the result of an operation
pair = optim.SGD([w, net.bias]).state_dict()
apart = optim.SGD([{"params": [w]}, {"params": [net.bias]}])
used_up = net.parameters()
print(len(list(used_up)), "tensors")
attempts = {
    "a generator, used up": lambda: optim.SGD(used_up),
    "a tensor made by double()": lambda: optim.SGD([made]),
    "the same tensor in two groups": lambda: optim.SGD(two),
    "a tensor, no list": lambda: optim.SGD(w),
    "a list of generators": lambda: optim.SGD([net.parameters()]),
    "a set in a group": lambda: optim.SGD([{"params": {w}}]),
    "lr=-1": lambda: optim.SGD([w], lr=-1),
    "two tensors into one": lambda: optim.SGD([w]).load_state_dict(pair),
    "one group into two": lambda: apart.load_state_dict(pair),
}
# --8<-- [end:errors]
messages = {}
# --8<-- [start:errors-shown]
for what, attempt in attempts.items():
    try:
        attempt()
    except (ValueError, TypeError) as error:
        messages[what] = str(error)
        print(f"{what}: {type(error).__name__}")
        print("   ", textwrap.shorten(messages[what], 76, placeholder=" …"))
# --8<-- [end:errors-shown]
assert len(messages) == len(attempts)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    optim.SGD([w, w])
assert "duplicate parameters" in str(caught[0].message)
unused = optim.SGD([{"params": [w], "learning_rate": 3.0}, {"params": [net.bias], "lr": -1.0}])
assert unused.param_groups[0]["lr"] == 0.001 and unused.param_groups[1]["lr"] == -1

# --8<-- [start:moved]
def double(net):
    net.double()


def overwrite(net):
    net.load_state_dict(nn.Linear(2, 2).state_dict())


def assign(net):
    net.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)


def new(net):
    net.weight = nn.Parameter(torch.zeros(2, 2))


for change in (double, overwrite, assign, new):
    net = nn.Linear(2, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    change(net)
    held = optimizer.param_groups[0]["params"][0] is net.weight
    print(f"{change.__name__:<10} the optimizer holds the weight: {held}")
# --8<-- [end:moved]
assert not held

# --8<-- [start:stale]
net = nn.Linear(2, 2)
optimizer = optim.Adam(net.parameters())
for dtype in (torch.float32, torch.float64):
    net.to(dtype)
    optimizer.zero_grad()
    net(torch.ones(1, 2, dtype=dtype)).sum().backward()
    try:
        optimizer.step()
    except RuntimeError as error:
        print("after double():", error)
optimizer.load_state_dict(optimizer.state_dict())  # casts the state
optimizer.step()
print("after loading its own:", optimizer.state[net.weight]["exp_avg"].dtype)

alone, (twin, both) = copy.deepcopy(optimizer), copy.deepcopy((net, optimizer))
held, held_by_both = (o.param_groups[0]["params"][0] for o in (alone, both))
print("copied alone, holds the old weight:", held is net.weight)
print("copied together, holds the new one:", held_by_both is twin.weight)
# --8<-- [end:stale]
assert optimizer.state[net.weight]["exp_avg"].dtype == torch.float64 and held_by_both is twin.weight

# --8<-- [start:support]
names = [n for n in sorted(optim.__all__, key=str.lower) if n[0].isupper()]
names.remove("Optimizer")
switches = ("foreach", "fused", "capturable", "differentiable", "maximize")
print(" " * 10, *switches)
support = {}
for name in names:
    arguments = inspect.signature(getattr(optim, name)).parameters
    support[name] = [switch in arguments for switch in switches]
    print(f"{name:<10}", end="")
    for switch, can in zip(switches, support[name], strict=True):
        print(f" {'yes' if can else '–':>{len(switch)}}", end="")
    print()
# --8<-- [end:support]
count = {switch: sum(can[i] for can in support.values()) for i, switch in enumerate(switches)}
assert len(names) == 15 and count == {"foreach": 12, "fused": 4, "capturable": 9, "differentiable": 11, "maximize": 13}
assert not any(support["LBFGS"] + support["Muon"])


# --8<-- [start:count]
class Count(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.calls[function.name().removeprefix("aten::")] += 1
        return function(*args, **(kwargs or {}))


def count_calls(make, tensors=20, **options):
    parameters = [nn.Parameter(torch.ones(8)) for _ in range(tensors)]
    optimizer = make(parameters, lr=0.1, **options)
    for p in parameters:
        p.grad = torch.ones_like(p)
    optimizer.step()  # the first step also creates the state
    with Count() as mode:
        mode.calls = Counter()
        optimizer.step()
    skip = ("profiler", "_local_scalar", "lift_fresh")  # not arithmetic
    names = [name for name in mode.calls if not name.startswith(skip)]
    return Counter({name: mode.calls[name] for name in names})
# --8<-- [end:count]


# --8<-- [start:count-shown]
modes = {"loop": {"foreach": False}}
modes |= {mode: {mode: True} for mode in ("foreach", "fused")}
print("20 tensors   ", *(f"{mode:>8}" for mode in modes))
for name in ("SGD", "Adagrad", "Adam", "AdamW"):
    calls = [count_calls(getattr(optim, name), **how) for how in modes.values()]
    print(f"{name:<13}", *(f"{c.total():8}" for c in calls))
for how in modes.values():
    calls = count_calls(optim.Adam, **how).items()
    listed = "  ".join(f"{n}×{name}" for name, n in calls)
    print(f"\nAdam, {how}:", textwrap.fill(listed, 76), sep="\n")
# --8<-- [end:count-shown]
assert count_calls(optim.Adam) == count_calls(optim.Adam, foreach=False)  # the default on the CPU
for options in modes.values():
    one, many = (count_calls(optim.Adam, n, **options).total() for n in (1, 20))
    assert many == (20 * one if options == {"foreach": False} else one)


# --8<-- [start:switches]
def once(**options):
    p = nn.Parameter(torch.ones(1))
    p.grad = torch.ones(1)
    optim.Adam([p], **options).step()


refused = {}
for names in (["capturable"], ["fused", "foreach"], ["differentiable"]):
    try:
        once(**dict.fromkeys(names, True))
    except (RuntimeError, AssertionError) as error:
        refused[tuple(names)] = str(error)
        print(*names)
        print("   ", textwrap.shorten(str(error), 76, placeholder=" …"))
# --8<-- [end:switches]
assert len(refused) == 3
p = nn.Parameter(torch.ones(1))
p.grad = torch.ones(1)
optim.SGD([p], lr=0.1, weight_decay=0.5, maximize=True).step()
assert abs(p.item() - (1 + 0.1 * (1 - 0.5))) < 1e-6  # up the loss, while the decay still pulls to 0

# --8<-- [start:differentiable]
lr = torch.tensor(0.1, requires_grad=True)
start = torch.tensor([2.0], requires_grad=True)
p = start.clone()  # not a leaf: it may be changed in place
p.grad = (2 * p).detach()  # the gradient of p²
optim.SGD([p], lr=lr, differentiable=True).step()
(p**2).sum().backward(inputs=[lr, start])
print(f"θ: 2 → {p.item():.1f}, loss {p.item() ** 2:.2f}")
print(f"d loss / d lr = {lr.grad:.1f}, d loss / d θ = {start.grad.item():.1f}")
# --8<-- [end:differentiable]
assert abs(lr.grad + 12.8) < 1e-5

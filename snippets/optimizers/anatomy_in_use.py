# --8<-- [start:imports]
import copy
import inspect
import textwrap
import warnings
from collections import Counter

import torch
from torch import nn, optim
from torch.utils._python_dispatch import TorchDispatchMode

# --8<-- [end:imports]

# --8<-- [start:errors]
net = nn.Linear(2, 2)
weight, bias = net.weight, net.bias
result = torch.ones(2, requires_grad=True).double()  # made by an operation
overlapping = [{"params": [weight]}, {"params": net.parameters()}]
one_group = optim.SGD([weight, bias]).state_dict()
two_groups = optim.SGD([{"params": [weight]}, {"params": [bias]}])
used_up = net.parameters()
print(len(list(used_up)), "tensors")  # counting used up the generator
attempts = {
    "a generator, used up": lambda: optim.SGD(used_up),
    "a tensor made by double()": lambda: optim.SGD([result]),
    "the same tensor in two groups": lambda: optim.SGD(overlapping),
    "a tensor, no list": lambda: optim.SGD(weight),
    "a list of generators": lambda: optim.SGD([net.parameters()]),
    "a set in a group": lambda: optim.SGD([{"params": {weight}}]),
    "lr=-1": lambda: optim.SGD([weight], lr=-1),
    "two tensors into one": lambda: optim.SGD([weight]).load_state_dict(one_group),
    "one group into two": lambda: two_groups.load_state_dict(one_group),
}
# --8<-- [end:errors]

# --8<-- [start:errors-shown]
messages = {}
for what, attempt in attempts.items():
    try:
        attempt()
    except (ValueError, TypeError) as error:
        messages[what] = str(error)
        print(f"{what}: {type(error).__name__}")
        print(textwrap.indent(textwrap.fill(str(error), 76), "    "))
# --8<-- [end:errors-shown]
assert len(messages) == len(attempts) == 9, "nine attempts that fail"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    optim.SGD([weight, weight])
assert "duplicate parameters" in str(caught[0].message), "twice in one group is only a warning"
unused = optim.SGD([{"params": [weight], "learning_rate": 3.0}, {"params": [bias], "lr": -1.0}])
assert unused.param_groups[0]["lr"] == 0.001, "not reported: a misspelt option in a group"
assert unused.param_groups[1]["lr"] == -1, "not reported: a negative lr in a group"
fixed = torch.ones(2)
optim.SGD([fixed]).step()
assert fixed.eq(1).all(), "not reported: a tensor without requires_grad. It has no gradient and stays"

# --8<-- [start:moved]
def double(net):
    net.double()


def overwrite(net):
    net.load_state_dict(nn.Linear(2, 2).state_dict())


def assign(net):
    net.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)


def new(net):
    net.weight = nn.Parameter(torch.zeros(2, 2))


print("change     holds the weight")
for change in (double, overwrite, assign, new):
    net = nn.Linear(2, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    change(net)
    held = optimizer.param_groups[0]["params"][0] is net.weight
    print(f"{change.__name__:<9}  {held}")
# --8<-- [end:moved]
for change, survives in ((double, True), (overwrite, True), (assign, False), (new, False)):
    net = nn.Linear(2, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    change(net)
    held = optimizer.param_groups[0]["params"][0] is net.weight
    assert held == survives, "double() puts new data into the same object; assign=True and a new layer bring new ones"

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

alone = copy.deepcopy(optimizer)
twin, with_net = copy.deepcopy((net, optimizer))
held = alone.param_groups[0]["params"][0]
print("copied alone, holds the old weight:", held is net.weight)
held = with_net.param_groups[0]["params"][0]
print("copied together, holds the new one:", held is twin.weight)
# --8<-- [end:stale]
assert optimizer.state[net.weight]["exp_avg"].dtype == torch.float64, "loading its own state casts it"
assert held is twin.weight, "copy model and optimizer in one call"
assert alone.param_groups[0]["params"][0] is not net.weight, "copy.deepcopy(optimizer) copies the parameters along"

# --8<-- [start:made-early]
net = nn.Linear(2, 2)
adagrad, adam = optim.Adagrad(net.parameters()), optim.Adam(net.parameters())
net.double()  # after the optimizers were built
for optimizer in (adagrad, adam):
    name = type(optimizer).__name__
    optimizer.zero_grad()
    net(torch.ones(1, 2).double()).sum().backward()
    made = "before" if optimizer.state else "after"
    optimizer.step()
    state = optimizer.state[net.weight]
    for key in state.keys() - {"step", "exp_avg_sq"}:
        print(f"{name}: made {made} double(), {key} is {state[key].dtype}")
# --8<-- [end:made-early]
assert adagrad.state[net.weight]["sum"].dtype == torch.float32, "Adagrad's state stays behind on .double()"
assert adam.state[net.weight]["exp_avg"].dtype == torch.float64, "Adam makes its state at the first step"
optimizers = {name: getattr(optim, name) for name in optim.__all__ if name[0].isupper() and name != "Optimizer"}
at_construction = [name for name, make in optimizers.items() if make([nn.Parameter(torch.ones(1, 1))]).state]
assert at_construction == ["Adagrad"], "of all optimizers only Adagrad makes its state in the constructor"

# --8<-- [start:support]
names = [n for n in sorted(optim.__all__, key=str.lower) if n[0].isupper()]
names.remove("Optimizer")
switches = ("foreach", "fused", "capturable", "differentiable", "maximize")
print(" " * 10, *(f" {switch}" for switch in switches))
support = {}
for name in names:
    arguments = inspect.signature(getattr(optim, name)).parameters
    support[name] = [switch in arguments for switch in switches]
    print(f"{name:<10}", end="")
    for switch, can in zip(switches, support[name], strict=True):
        print(f"  {'yes' if can else '–':>{len(switch)}}", end="")
    print()
# --8<-- [end:support]
count = {switch: sum(can[i] for can in support.values()) for i, switch in enumerate(switches)}
assert len(names) == 15, "all 15 are built alike"
without = [name for name, can in support.items() if not can[switches.index("maximize")]]
assert without == ["LBFGS", "Muon"], "LBFGS is one of two without maximize"
assert not any(support["LBFGS"] + support["Muon"]), "LBFGS and Muon support none"
θ = nn.Parameter(torch.ones(1))
θ.grad = torch.ones(1)
optim.SGD([θ], lr=0.1, weight_decay=0.5, maximize=True).step()
assert abs(θ.item() - (1 + 0.1 * (1 - 0.5))) < 1e-6, "−g for g; the weight decay still pulls to 0"


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
modes = {
    "loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}
print("20 tensors   ", *(f"{mode:>8}" for mode in modes))
for name in ("SGD", "Adagrad", "Adam", "AdamW"):
    calls = [count_calls(getattr(optim, name), **how) for how in modes.values()]
    print(f"{name:<13}", *(f"{c.total():8}" for c in calls))
# --8<-- [end:count-shown]

# --8<-- [start:count-names]
for how in modes.values():
    calls = count_calls(optim.Adam, **how).items()
    listed = "  ".join(f"{n}×{name}" for name, n in calls)
    print(f"Adam, {how}:", textwrap.fill(listed, 76), sep="\n")
# --8<-- [end:count-names]
assert count_calls(optim.Adam) == count_calls(optim.Adam, foreach=False), "None chooses the loop on the CPU"
for name, options in modes.items():
    one, many = (count_calls(optim.Adam, tensors, **options).total() for tensors in (1, 20))
    if name == "loop":
        assert many == 20 * one, "the loop grows with the number of tensors"
    else:
        assert many == one, "the other two do not"


# --8<-- [start:switches]
def one_step(**options):
    θ = nn.Parameter(torch.ones(1))
    θ.grad = torch.ones(1)
    optim.Adam([θ], **options).step()


for options in (
    {"capturable": True},
    {"fused": True, "foreach": True},
    {"differentiable": True},
):
    try:
        one_step(**options)
    except (RuntimeError, AssertionError) as error:
        print(*options)
        print(textwrap.indent(textwrap.fill(str(error), 76), "    "))
# --8<-- [end:switches]

# --8<-- [start:differentiable]
lr = torch.tensor(0.1, requires_grad=True)
start = torch.tensor([2.0], requires_grad=True)
θ = start.clone()  # not a leaf: it may be changed in place
θ.grad = (2 * θ).detach()  # the gradient of θ²
optim.SGD([θ], lr=lr, differentiable=True).step()
(θ**2).sum().backward(inputs=[lr, start])
print(f"θ: 2 → {θ.item():.1f}, loss {θ.item() ** 2:.2f}")
print(f"d loss / d lr = {lr.grad:.1f}, d loss / d θ = {start.grad.item():.1f}")
# --8<-- [end:differentiable]
assert round(lr.grad.item(), 4) == -12.8, "2 · 1.6 · (−4) = −12.8"
assert round(start.grad.item(), 4) == 3.2, "the gradient was detached, so the last number is 2 θ₁"

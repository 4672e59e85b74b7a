# --8<-- [start:holds]
import torch
from torch import nn, optim

net = nn.Linear(3, 1)
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
group = optimizer.param_groups[0]
print("defaults:    ", *list(optimizer.defaults)[:4], "…")
print("param_groups:", len(optimizer.param_groups), "×", *list(group)[:5], "…")
print("state:       ", dict(optimizer.state))
net(torch.ones(1, 3)).sum().backward()
optimizer.step()
for tensor, kept in optimizer.state.items():
    print("state:       ", tuple(tensor.shape), kept)
# --8<-- [end:holds]

# --8<-- [start:imports]
import copy
import io
import math

# --8<-- [end:imports]
assert group.keys() == {"params", *optimizer.defaults}, "each has a list params and its own hyperparameters"
for name, value in optimizer.defaults.items():
    assert group[name] == value, "defaults fill in what a new group leaves out"
assert set(optimizer.state) == set(net.parameters()), "state: from the tensor itself to what is remembered of it"
assert optim.SGD(net.parameters(), momentum=0.9).state == {}, "state is empty until the first step"

# --8<-- [start:identity]
held = optimizer.param_groups[0]["params"][0]
print("the same object:       ", held is net.weight)
print("the key of its state:  ", net.weight in optimizer.state)
with torch.no_grad():
    net.weight.fill_(7.0)
print("changed outside, inside:", held.flatten().tolist())
# --8<-- [end:identity]
assert held is net.weight, "it holds the same objects"
assert held.eq(7).all(), "a change from outside needs no notice"

# --8<-- [start:zero-grad]
def move_after_zero_grad(set_to_none, make=optim.SGD, **options):
    θ = nn.Parameter(torch.ones(1))
    optimizer = make([θ], lr=0.1, **options)
    θ.grad = torch.ones(1)
    optimizer.step()
    optimizer.zero_grad(set_to_none=set_to_none)
    before = θ.item()
    for _ in range(10):
        optimizer.step()
    return before - θ.item()


rules = {
    "SGD": {},
    "SGD, momentum": {"momentum": 0.9},
    "SGD, decay": {"weight_decay": 0.1},
    "Adam": {"make": optim.Adam},
}
print("moves in 10 steps  grad None  grad zeros")
for name, options in rules.items():
    none, zeros = (move_after_zero_grad(to, **options) for to in (True, False))
    print(f"{name:<14} {none:13.3f} {zeros:11.3f}")
# --8<-- [end:zero-grad]
for options in rules.values():
    assert move_after_zero_grad(True, **options) == 0, "a parameter whose grad is None is skipped"
assert move_after_zero_grad(False) == 0, "for plain SGD without decay the two are the same"
rolled = move_after_zero_grad(False, momentum=0.9)
assert round(rolled, 3) == 0.586, "momentum rolls on, here by 0.586"
assert math.isclose(rolled, 0.1 * sum(0.9**k for k in range(1, 11)), rel_tol=1e-5), "0.1 (0.9 + 0.9² + … + 0.9^10)"
assert move_after_zero_grad(False, weight_decay=0.1) > 0, "zeros let the decay act"
assert move_after_zero_grad(False, make=optim.Adam) > 0, "zeros let Adam's average act"


# --8<-- [start:closure]
def minimize(make):
    θ = nn.Parameter(torch.tensor([5.0]))
    optimizer = make([θ], lr=0.1)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = (θ - 3).square().sum()
        loss.backward()  # works: step() switches gradients on for the closure
        losses.append(loss.item())
        return loss

    returned = optimizer.step(closure)
    now = (θ - 3).square().sum()
    row = f"{len(losses):5}  {returned.item():12}  {now.item():.2f}"
    print(f"{make.__name__:9}  {row}")
    return losses, returned.item()


print("optimizer  calls  step returns  loss afterwards")
for make in (optim.SGD, optim.Adam, optim.LBFGS):
    losses, returned = minimize(make)
# --8<-- [end:closure]
assert len(losses) > 1, "LBFGS evaluates the loss several times in one step"
assert returned == losses[0] == 4, "step returns the loss of the first call, before the move"

height = nn.Parameter(torch.tensor([1.0]))
try:
    optim.LBFGS([height], maximize=True)
except TypeError as error:
    assert "unexpected keyword argument 'maximize'" in str(error), "LBFGS has no maximize"
optimizer = optim.LBFGS([height])


def negative_gain():
    optimizer.zero_grad()
    loss = (height - 3).square().sum() - 4  # the gain is largest at 3
    loss.backward()
    return loss


optimizer.step(negative_gain)
assert round(height.item(), 2) == 3, "return the negative loss from the closure"

# --8<-- [start:hooks]
θ = nn.Parameter(torch.zeros(2))
optimizer = optim.SGD([θ], lr=1.0)


def before_step(optimizer, args, kwargs):
    θ.grad.clamp_(-1, 1)


def after_step(optimizer, args, kwargs):
    print("stepped to", θ.tolist())


handle = optimizer.register_step_pre_hook(before_step)
optimizer.register_step_post_hook(after_step)
for _ in range(2):
    θ.grad = torch.tensor([-0.5, 30.0])
    optimizer.step()
    handle.remove()  # the second step is not clipped
# --8<-- [end:hooks]
assert θ.tolist() == [1, -31], "this one clips, then is removed"
assert optimizer.state_dict().keys() == {"state", "param_groups"}, "hooks are not saved"

# --8<-- [start:state-dict]
a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
optimizer = optim.Adam([{"params": [a]}, {"params": [b], "lr": 0.5}])
a.grad = torch.ones(2)  # b has no gradient
optimizer.step()
saved = optimizer.state_dict()
for number, state in saved["state"].items():
    largest = {name: f"{value.max():.3f}" for name, value in state.items()}
    print(f"state[{number}]", largest)
for number, group in enumerate(saved["param_groups"]):
    some = {name: group[name] for name in ("params", "lr", "eps")}
    print(f"param_groups[{number}]", some)
# --8<-- [end:state-dict]
assert list(saved["state"]) == [0], "b had no gradient and has no state"
assert saved["param_groups"][1]["params"] == [1], "its place 1 is kept, the numbers count through all groups"
assert optimizer.state.get(b) is None, "to look, use optimizer.state.get(p)"
assert optimizer.state[b] == {}, "optimizer.state[p] makes an empty entry"
assert list(optimizer.state_dict()["state"]) == [0, 1], "which is then saved too"

# --8<-- [start:empty]
for set_to_none in (True, False):
    weight = torch.ones((2, 2), requires_grad=True)
    weight.grad = torch.ones((2, 2))
    optimizer = optim.SGD([weight], lr=0.1, momentum=0.9)
    optimizer.zero_grad(set_to_none=set_to_none)
    for _ in range(10):
        optimizer.step()
    state = optimizer.state_dict()["state"]
    print(f"set_to_none={set_to_none}: saved state {state}")
# --8<-- [end:empty]
assert torch.equal(state[0]["momentum_buffer"], torch.zeros(2, 2)), "zeros left a buffer of zeros"
plain = optim.SGD([weight], lr=0.1)
plain.step()
assert plain.state_dict()["state"] == {}, "an empty state is also right for plain SGD"


# --8<-- [start:load]
def after_one_step(lr=0.1, dtype=torch.float32):
    θ = nn.Parameter(torch.ones(2, dtype=dtype))
    optimizer = optim.Adam([θ], lr=lr)
    θ.grad = torch.ones_like(θ)
    optimizer.step()
    return optimizer, optimizer.state[θ]


first, state = after_one_step()
second, _ = after_one_step(lr=9.0)
second.load_state_dict(first.state_dict())
print("lr after loading:", second.param_groups[0]["lr"])
loaded = second.state_dict()["state"][0]
print("the same tensor: ", loaded["exp_avg"] is state["exp_avg"])
second.step()
print("first's steps:   ", state["step"].item(), "though it made one")
half, _ = after_one_step(dtype=torch.bfloat16)
half.load_state_dict(copy.deepcopy(first.state_dict()))
for name, value in half.state_dict()["state"][0].items():
    print(f"in bfloat16:      {name} is {value.dtype}")
# --8<-- [end:load]
assert second.param_groups[0]["lr"] == 0.1, "it takes over every hyperparameter, lr included"
assert loaded["exp_avg"] is state["exp_avg"], "a tensor that needs no cast is taken as it is"
assert first.state_dict()["state"][0]["exp_avg"] is state["exp_avg"], "state_dict() does not copy either"
assert state["step"] == 2, "both write into them"
in_half = half.state_dict()["state"][0]
assert in_half["exp_avg"].dtype == torch.bfloat16, "it casts the state to the type of each parameter"
assert in_half["step"].dtype == torch.float32, "except a step count"
file = io.BytesIO()
torch.save(first.state_dict(), file)
file.seek(0)
third, _ = after_one_step()
third.load_state_dict(torch.load(file))
assert third.state_dict()["state"][0]["exp_avg"] is not state["exp_avg"], "after torch.load nothing is shared"

# --8<-- [start:order]
a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
saver = optim.SGD([a, b], lr=0.1, momentum=0.9)
a.grad, b.grad = torch.full((2,), 1.0), torch.full((2,), -8.0)
saver.step()
loader = optim.SGD([b, a], lr=0.1, momentum=0.9)  # the other order
loader.load_state_dict(copy.deepcopy(saver.state_dict()))
for name, tensor in (("a", a), ("b", b)):
    there = saver.state[tensor]["momentum_buffer"].tolist()
    here = loader.state[tensor]["momentum_buffer"].tolist()
    print(f"{name}: saved {there}, loaded {here}")
# --8<-- [end:order]
assert loader.state[a]["momentum_buffer"].eq(-8).all(), "each moves with the momentum of the other"
layer = nn.Linear(2, 2)
assert len(optim.SGD({layer.weight, layer.bias}).param_groups[0]["params"]) == 2, "a set at the top is accepted"
ordered = optim.SGD(dict(layer.named_parameters()).values()).param_groups[0]["params"]
for held, own in zip(ordered, layer.parameters(), strict=True):
    assert held is own, "the values of a dictionary keep the order of insertion"
long, short = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2))
other = optim.SGD([long, short], lr=0.1, momentum=0.9)
other.load_state_dict(copy.deepcopy(saver.state_dict()))
long.grad = torch.ones(3)
try:
    other.step()
    failed = False
except RuntimeError:
    failed = True
assert failed, "shapes are not compared; if they differ, the next step() fails"

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
θ = nn.Parameter(torch.ones(1))
optimizer = optim.Adam([θ])
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10)
for _ in range(3):
    θ.grad = torch.ones(1)
    optimizer.step()
print("optimizer._step_count:", hasattr(optimizer, "_step_count"))
print("optimizer.state[θ]['step']:", optimizer.state[θ]["step"].item())
print("scheduler._step_count:", scheduler._step_count, "before it was called")
# --8<-- [end:step-count]
assert not hasattr(optimizer, "_step_count"), "an optimizer has no _step_count"
assert scheduler._step_count == 1, "the scheduler's constructor makes the first"
assert optimizer.state[θ]["step"] == 3, "state[p]['step'] counts the steps of one tensor with a gradient"

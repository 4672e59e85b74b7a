# --8<-- [start:imports]
import copy
import textwrap

import torch
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers
from torch.optim.swa_utils import SWALR


def parameter():
    return nn.Parameter(torch.ones(1))
# --8<-- [end:imports]


# --8<-- [start:two]
def two(optimizer):
    warm_up = schedulers.LinearLR(optimizer, 0.5)
    return [warm_up, schedulers.ExponentialLR(optimizer, 0.9)]


def sequential(optimizer):
    return schedulers.SequentialLR(optimizer, two(optimizer), milestones=[5])


def chained(optimizer):
    return schedulers.ChainedScheduler(two(optimizer))
# --8<-- [end:two]


# --8<-- [start:schedulers]
arguments = {
    "ConstantLR": {"factor": 0.5, "total_iters": 10},
    "CosineAnnealingLR": {"T_max": 10},
    "CosineAnnealingWarmRestarts": {"T_0": 10},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 5},
    "ExponentialLR": {"gamma": 0.9},
    "LambdaLR": {"lr_lambda": lambda step: 0.9**step},
    "LinearLR": {"start_factor": 0.5, "total_iters": 10},
    "MultiStepLR": {"milestones": [5], "gamma": 0.5},
    "MultiplicativeLR": {"lr_lambda": lambda step: 0.9},
    "OneCycleLR": {"max_lr": 1.0, "total_steps": 99},
    "PolynomialLR": {"total_iters": 99},
    "ReduceLROnPlateau": {"patience": 5, "factor": 0.5},
    "StepLR": {"step_size": 5, "gamma": 0.5},
    "SWALR": {"swa_lr": 0.1},
}
make = {name: getattr(schedulers, name, SWALR) for name in arguments}
make |= {"SequentialLR": sequential, "ChainedScheduler": chained}
# --8<-- [end:schedulers]


# --8<-- [start:schedulers-shown]
def outcome_of(name):
    optimizer = optim.SGD([parameter()], lr=1.0, momentum=0.9)
    scheduler = make[name](optimizer, **arguments.get(name, {}))
    for step in range(20):
        if step == 2:
            optimizer.add_param_group({"params": parameter(), "lr": 1.0})
        optimizer.step()
        try:
            if name == "ReduceLROnPlateau":
                scheduler.step(1.0)  # the loss
            else:
                scheduler.step()
        except (ValueError, KeyError) as error:
            return f"call {step - 1}: {error}"
    old, new = (group["lr"] for group in optimizer.param_groups)
    return f"takes it, old 1 → {old:.3f}, new 1 → {new:.3f}"


print(f"{'scheduler':<29}with a new group")
for name in sorted(make):
    print(f"{name:<29}{outcome_of(name)}")
# --8<-- [end:schedulers-shown]
outcome = {name: outcome_of(name) for name in make}
good = {name for name, what in outcome.items() if what.startswith("takes")}
assert len(outcome) - len(good) == len(good), "half raise, half take it"
assert "new 1 → 2.000" in outcome["ConstantLR"], "ConstantLR: it ends at 2 instead of 1"
assert "new 1 → 1.667" in outcome["LinearLR"], "LinearLR: it ends at 1.667 instead of 1"
assert outcome["CosineAnnealingLR"].startswith("call 9"), "CosineAnnealingLR fails only past T_max"
assert outcome["SequentialLR"].startswith("call 3"), "SequentialLR fails only at its milestone"

# --8<-- [start:per-group]
body, head = parameter(), parameter()
groups = [{"params": body, "lr": 0.1}, {"params": head, "lr": 1.0}]
optimizer = optim.AdamW(groups)


def wait_then_decay(step):
    return 0.0 if step < 3 else 0.9 ** (step - 3)


def decay(step):
    return 0.9**step


scheduler = schedulers.LambdaLR(optimizer, [wait_then_decay, decay])
print("step  body   head")
for step in range(6):
    optimizer.step()
    print(f"{step:<4}", *(f" {lr:.3f}" for lr in scheduler.get_last_lr()))
    scheduler.step()
# --8<-- [end:per-group]
for lr, waits in zip(scheduler.get_last_lr(), (3, 0), strict=True):
    start = 0.1 if waits else 1.0
    assert round(lr, 6) == round(start * 0.9 ** (6 - waits), 6), "the body waits for three steps, then starts its decay"

# --8<-- [start:rebuild]
optimizer = optim.SGD([parameter()], lr=1.0)
scheduler = schedulers.LambdaLR(optimizer, lambda s: 0.9**s)
for _ in range(10):
    optimizer.step()
    scheduler.step()
print(f"at step 10        {optimizer.param_groups[0]['lr']:.3f}")
optimizer.add_param_group({"params": parameter(), "lr": 0.5, "initial_lr": 0.5})
fresh = schedulers.LambdaLR(optimizer, lambda s: 0.9**s)
print("built again      ", [f"{lr:.3f}" for lr in fresh.get_last_lr()])
again = schedulers.LambdaLR(optimizer, lambda s: 0.9**s, last_epoch=9)
print("with last_epoch=9", [f"{lr:.3f}" for lr in again.get_last_lr()])
# --8<-- [end:rebuild]
assert fresh.get_last_lr() == [1.0, 0.5], "without last_epoch it begins anew from each group's initial_lr"
assert again.get_last_lr() == [0.9**10, 0.5 * 0.9**10], "the constructor makes one step, hence 9 for step 10"
optimizer = optim.SGD([{"params": parameter(), "lr": 0.9**10, "initial_lr": 1.0}])
once_more = schedulers.StepLR(optimizer, step_size=1, gamma=0.9, last_epoch=9).get_last_lr()[0]
assert round(once_more / 0.9**10, 6) == 0.9, "StepLR multiplies once more if its rate changes at that step"

# --8<-- [start:names]
net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
optimizer = optim.AdamW(net.named_parameters(), lr=0.1)
print(optimizer.param_groups[0]["param_names"])
net(torch.ones(1, 2)).sum().backward()
optimizer.step()
saved = copy.deepcopy(optimizer.state_dict())
group = saved["param_groups"][0]
for number, name in zip(group["params"], group["param_names"], strict=True):
    print(number, name, tuple(saved["state"][number]["exp_avg"].shape))
# --8<-- [end:names]
assert saved["state"].keys() == {0, 1, 2, 3}, "the names count with the state"


# --8<-- [start:by-name]
def names_and_numbers(state_dict):
    for group in state_dict["param_groups"]:
        yield from zip(group["param_names"], group["params"], strict=True)


def by_name(optimizer, saved):
    """Give each parameter the state of its name, wherever that was saved."""
    old_number = dict(names_and_numbers(saved))
    loaded = optimizer.state_dict()
    for name, number in names_and_numbers(loaded):
        if old_number.get(name) in saved["state"]:
            loaded["state"][number] = saved["state"][old_number[name]]
    return loaded


other = optim.AdamW(reversed(list(net.named_parameters())), lr=0.2)
other.register_load_state_dict_pre_hook(by_name)
other.load_state_dict(saved)
for name, p in net.named_parameters():
    same = torch.equal(other.state[p]["exp_avg"], optimizer.state[p]["exp_avg"])
    print(name, "has its own state:", same)
print("lr", other.param_groups[0]["lr"])
# --8<-- [end:by-name]
plain = optim.AdamW(reversed(list(net.named_parameters())), lr=0.2)
plain.load_state_dict(saved)
assert plain.param_groups[0]["params"][0] is net[1].bias, "the first parameter is the last bias"
assert plain.param_groups[0]["param_names"][0] == "0.weight", "the names of the file replace yours, right or wrong"
for p in net.parameters():
    own = torch.equal(other.state[p]["exp_avg"], optimizer.state[p]["exp_avg"])
    assert own, "with the hook each parameter has its own state"
assert other.param_groups[0]["lr"] == 0.2, "this one keeps the hyperparameters of the new optimizer"
wider = nn.Sequential(*net, nn.Linear(1, 1))
named = dict(wider.named_parameters())
body = [(name, p) for name, p in named.items() if name.startswith("0.")]
head = [(name, p) for name, p in named.items() if not name.startswith("0.")]
split = optim.AdamW([{"params": head}, {"params": body}])
split.register_load_state_dict_pre_hook(by_name)
split.load_state_dict(saved)
assert split.state.keys() == set(net.parameters()), "it bridges another split into groups, and layers that are new"

# --8<-- [start:load]
a, b = parameter(), parameter()
source = optim.AdamW([{"params": a, "lr": 0.1}, {"params": b, "lr": 0.2}])
target = optim.AdamW([{"params": a, "lr": 7.0}, {"params": b, "lr": 8.0}])
target.param_groups[1]["tag"] = "mine"
mine = [group["lr"] for group in target.param_groups]
target.load_state_dict(source.state_dict())
print([(group["lr"], group.get("tag")) for group in target.param_groups])
for group, lr in zip(target.param_groups, mine, strict=True):
    group["lr"] = lr
print([group["lr"] for group in target.param_groups])
# --8<-- [end:load]
assert "tag" not in target.param_groups[1], "keys of your own in a group are lost"


# --8<-- [start:errors]
def attempt(call):
    try:
        call()
    except (ValueError, AssertionError) as error:
        print(textwrap.shorten(str(error), 78, placeholder=" …"))


one = optim.SGD([a], lr=0.1)
attempt(lambda: one.add_param_group({"params": [a, b]}))
attempt(lambda: one.add_param_group({"params": [("b", b)]}))
attempt(lambda: optim.LBFGS([{"params": a}, {"params": b}]))
attempt(lambda: schedulers.LambdaLR(source, [lambda s: 1.0]))
# --8<-- [end:errors]

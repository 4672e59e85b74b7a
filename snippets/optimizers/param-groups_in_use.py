import copy
import textwrap

import torch
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers
from torch.optim.swa_utils import SWALR


def parameter():
    return nn.Parameter(torch.ones(1))


# --8<-- [start:schedulers]
def two(o):
    return [schedulers.LinearLR(o, 0.5), schedulers.ExponentialLR(o, 0.9)]


half = {"total_iters": 10, "factor": 0.5}
arguments = {
    "ConstantLR": half, "LinearLR": {"total_iters": 10, "start_factor": 0.5},
    "CosineAnnealingLR": {"T_max": 10},
    "CosineAnnealingWarmRestarts": {"T_0": 10},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 5},
    "ExponentialLR": {"gamma": 0.9}, "PolynomialLR": {"total_iters": 99},
    "LambdaLR": {"lr_lambda": lambda s: 0.9**s},
    "MultiStepLR": {"milestones": [5], "gamma": 0.5},
    "MultiplicativeLR": {"lr_lambda": lambda s: 0.9},
    "OneCycleLR": {"max_lr": 1.0, "total_steps": 99},
    "ReduceLROnPlateau": {"patience": 5, "factor": 0.5},
    "StepLR": {"step_size": 5, "gamma": 0.5}, "SWALR": {"swa_lr": 0.1},
}
make = {name: getattr(schedulers, name, SWALR) for name in arguments}
make["SequentialLR"] = lambda o: schedulers.SequentialLR(o, two(o), [5])
make["ChainedScheduler"] = lambda o: schedulers.ChainedScheduler(two(o))
# --8<-- [end:schedulers]
outcome = {}
# --8<-- [start:schedulers-shown]
for name in sorted(make):
    optimizer = optim.SGD([parameter()], lr=1.0, momentum=0.9)
    scheduler = make[name](optimizer, **arguments.get(name, {}))
    for step in range(20):
        if step == 2:
            optimizer.add_param_group({"params": parameter(), "lr": 1.0})
        optimizer.step()
        try:
            scheduler.step(*[1.0] * (name == "ReduceLROnPlateau"))
        except (ValueError, KeyError) as error:
            outcome[name] = f"call {step - 1}: {error}"
            break
    else:
        old, new = (group["lr"] for group in optimizer.param_groups)
        outcome[name] = f"takes it, old 1 → {old:.3f}, new 1 → {new:.3f}"
    print(f"{name:<28}{outcome[name]}")
# --8<-- [end:schedulers-shown]
good = {name for name, what in outcome.items() if what.startswith("takes")}
assert len(outcome) == 16 and len(good) == 8

# --8<-- [start:per-group]
body, head = parameter(), parameter()
groups = [{"params": body, "lr": 0.1}, {"params": head, "lr": 1.0}]
optimizer = optim.AdamW(groups)
wait_then_decay = [lambda s: 0.0 if s < 3 else 0.9 ** (s - 3), lambda s: 0.9**s]
scheduler = schedulers.LambdaLR(optimizer, wait_then_decay)
for step in range(6):
    optimizer.step()
    print(step, *(f"{lr:.3f}" for lr in scheduler.get_last_lr()))
    scheduler.step()
# --8<-- [end:per-group]
assert [round(lr, 6) for lr in scheduler.get_last_lr()] == [0.0729, 0.531441]

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
assert fresh.get_last_lr() == [1.0, 0.5] and again.get_last_lr() == [0.9**10, 0.5 * 0.9**10]

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
assert saved["state"].keys() == {0, 1, 2, 3}


# --8<-- [start:by-name]
def by_name(optimizer, saved):
    """Give each parameter the state of its name, wherever it stood."""
    def places(groups):
        for group in groups:
            yield from zip(group["param_names"], group["params"], strict=True)

    here, there = optimizer.state_dict(), dict(places(saved["param_groups"]))
    here["state"] = {
        number: saved["state"][there[name]]
        for name, number in places(here["param_groups"])
        if there.get(name) in saved["state"]
    }
    return here


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
assert plain.param_groups[0]["param_names"][0] == "0.weight" and plain.param_groups[0]["params"][0] is net[1].bias
assert all(torch.equal(other.state[p]["exp_avg"], optimizer.state[p]["exp_avg"]) for p in net.parameters())
wider = nn.Sequential(*net, nn.Linear(1, 1))
new_head = {"params": [("2.weight", wider[2].weight), ("1.bias", net[1].bias)]}
split = optim.AdamW([new_head, {"params": net[0].named_parameters()}])
split.register_load_state_dict_pre_hook(by_name)
split.load_state_dict(saved)
assert split.state.keys() == {net[1].bias}  # the names of net[0] lack their "0."

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
assert "tag" not in target.param_groups[1] and mine == [7, 8]


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

# --8<-- [start:imports]
import inspect
import math

import torch
from _claim import claim
from _outcome import outcome
from torch import optim

# --8<-- [end:imports]


# --8<-- [start:rate]
def func(x):
    return torch.pow(2 * x, 2)


def path(steps, lr, momentum=0.0, **options):
    """Where SGD is after 0, 1, 2, … steps from 2."""
    x = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([x], lr=lr, momentum=momentum, **options)
    places = [x.item()]
    for _ in range(steps):
        optimizer.zero_grad()
        func(x).backward()
        optimizer.step()
        places.append(x.item())
    return places


w, g = 2.0, 8 * 2.0
claim("descent-bare", w - g, path(1, lr=1.0)[1], without=path(1, lr=0.1)[1])
claim("descent", w - 0.1 * g, path(1, lr=0.1)[1])
claim("lr-controls", 2.0, (path(1, lr=0.2)[1] - w) / (path(1, lr=0.1)[1] - w))
# --8<-- [end:rate]

# --8<-- [start:bound]
low, high = 0.2, 0.3
for _ in range(12):
    middle = (low + high) / 2
    shrinks = abs(path(100, lr=middle)[-1]) < 2
    low, high = (middle, high) if shrinks else (low, middle)
claim("lr-bound", "0.300", f"{high:.3f}", right=f"{2 / 8:.3f}")
without_indents = "for i in [0]:\nx = 1"
claim("sweep-indent", "runs", outcome(without_indents), right="IndentationError")
sweep = "for lr in [0.1]:\n    y = func(lr)"
claim("sweep-func", "runs", outcome(sweep, func=abs), without=outcome(sweep))
x = torch.tensor([2.0], requires_grad=True)
func(x).backward()
through_data = x.clone()
through_data.data.sub_(0.1 * x.grad)
with torch.no_grad():
    x -= 0.1 * x.grad
claim("sweep-data", x.detach(), through_data.detach())
claim("sweep-comment", w - g, x.item(), right=w - 0.1 * g)
# --8<-- [end:bound]
swinging = path(100, lr=0.25)
assert set(swinging) == {2.0, -2.0}, "At 0.25 it swings between 2 and −2 for ever"
assert path(1, lr=0.25)[-1] == (1 - 8 * 0.25) * 2, "One step on y=4x^2 multiplies x by 1−8η"
assert abs(path(100, lr=0.2499)[-1]) < 2, "That shrinks for 0<η<1/4"
assert abs(path(100, lr=0.2501)[-1]) > 2, "and grows beyond, so the bound is ¼"
grid = [0.01 + i * (0.3 - 0.01) / 9 for i in range(10)]  # ten rates up to 0.3
assert [f"{lr:.4f}" for lr in grid if abs(path(100, lr=lr)[-1]) > 2] == ["0.2678", "0.3000"], (
    "The note's own grid of ten rates up to 0.3 has two that explode, 0.2678 and 0.3000")
grid = [0.01 + i * (0.2 - 0.01) / 9 for i in range(10)]
assert max(abs(path(100, lr=lr)[-1]) for lr in grid) < 2, "the grid up to 0.2, which the listing uses, has none"

# --8<-- [start:average]
places = path(2, lr=0.01, momentum=0.9)
told = 0.9 * (places[1] - places[0]) - 0.01 * 8 * places[1]
claim("momentum-words", told, places[2] - places[1])
beta, thetas, v = 0.9, [1.0, 2.0, 3.0, 4.0, 5.0], 0.0
for theta in thetas:
    v = beta * v + (1 - beta) * theta
told = sum((1 - beta) * beta**i * thetas[-2] for i in range(6))
right = sum((1 - beta) * beta**i * thetas[-1 - i] for i in range(5))
claim("average-sum", told, v, right=right)


def rule(steps, lr, momentum):
    w, v = 2.0, 0.0
    for _ in range(steps):
        v = momentum * v + 8 * w
        w = w - lr * v
    return w


dampened = path(10, lr=0.01, momentum=0.9, dampening=0.5)[-1]
found = path(10, lr=0.01, momentum=0.9)[-1]
claim("momentum-rule", rule(10, lr=0.01, momentum=0.9), found, without=dampened)
# --8<-- [end:average]
assert path(10, lr=0.01, momentum=0.9, nesterov=True)[-1] != found, "with dampening=0 and without nesterov"

# --8<-- [start:sgd]
five = ["params", "lr", "momentum", "weight_decay", "nesterov"]
accepted = inspect.signature(optim.SGD).parameters
claim("sgd-options", five, [name for name in accepted if name in five])
x = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([x], lr=0.0, momentum=0.9)
for _ in range(200):
    x.grad = torch.ones(1)  # a constant gradient
    optimizer.step()
v, average = optimizer.state[x]["momentum_buffer"].item(), 1 - 0.9**200
claim("momentum-beta", f"{average:.1f}", f"{v:.1f}", right=f"{1 / (1 - 0.9):.1f}")
decayed = path(1, lr=0.1, weight_decay=0.5)[1]
with_half, without_half = (2 - 0.1 * (16 + slope * 2) for slope in (0.5, 2 * 0.5))
claim("weight-decay", with_half, decayed, without=without_half)
make = "SGD([x], lr=0.1, momentum=momentum, nesterov=True)"
made = {m: outcome(make, SGD=optim.SGD, x=x, momentum=m) for m in (0.9, 0.0)}
claim("nesterov", "runs", made[0.9], without=made[0.0])
x = torch.tensor(2.0, requires_grad=True)
func(x).backward()
claim("func", [4 * 2.0**2, 8 * 2.0], [func(x).item(), x.grad.item()])
# --8<-- [end:sgd]


# --8<-- [start:swing]
def crossings(places):
    return [t for t in range(1, len(places)) if places[t] * places[t - 1] < 0]


listing = "optim.SGD([torch.ones(1)], lr=0.01, momentum=0.9)"
with_imports = outcome(listing, torch=torch, optim=optim)
claim("momentum-listing", "runs", with_imports, without=outcome(listing))
places = path(100, lr=0.01, momentum=0.9)
passes = crossings(places)
claim("spring", "swings", "swings" if passes else "comes to rest")
t = passes[0]
shares = {"momentum": 0.9 * abs(places[t - 1] - places[t - 2]),
          "gradient": 0.01 * 8 * abs(places[t - 1])}
claim("spring-why", "momentum", max(shares, key=shares.get))
less = path(100, lr=0.01, momentum=0.51), path(100, lr=0.01, momentum=0.63)
counts = [f"{len(crossings(places))} crossings" for places in less]
claim("less-momentum", "0 crossings", counts[0], without=counts[1])
# --8<-- [end:swing]

# --8<-- [start:count]
classes = {name for name, kind in vars(optim).items()
           if isinstance(kind, type) and issubclass(kind, optim.Optimizer)}
classes.remove("Optimizer")
later = {"AdamW", "NAdam", "RAdam", "Adafactor", "Muon"}
claim("ten-optimizers", 10, len(classes), then=len(classes - later))
# --8<-- [end:count]
assert later < classes, "15. AdamW, NAdam, RAdam, Adafactor and Muon came after the ten"
assert len(passes) == 9, "it passes 0 nine times in 100 steps"
assert t == 6, "With momentum 0.9 the point passes 0 at step 6"
assert f"{max(map(abs, places[t:])):.2f}" == "1.12", "and reaches 1.12 on the other side"
assert places[0] == 2, "it started from 2"
weaker = less[1]
assert len(crossings(weaker)) == 7, "With 0.63 it still passes 0 seven times"
assert f"{max(map(abs, weaker[crossings(weaker)[0]:])):.2f}" == "0.07", "With 0.63 it reaches 0.07"
critical = (1 - math.sqrt(8 * 0.01)) ** 2
assert f"{critical:.4f}" == "0.5143", "(1−√(8η))^2, which is 0.5143 for η=0.01"
assert round(critical, 3) == 0.514, "below (1-√0.08)^2≈0.514"
below, above = ((1 + m - 8 * 0.01) ** 2 - 4 * m for m in (critical - 1e-4, critical + 1e-4))  # discriminants
assert below > 0, "below it nothing swings"
assert above < 0, "To remove the swing altogether momentum must not be above"

import inspect
import math

import torch
from _claim import claim
from torch import optim


def outcome(code, **names):
    try:
        exec(code, names)
        return "runs"
    except Exception as error:
        return type(error).__name__


# --8<-- [start:rate]
def func(x):
    return torch.pow(2 * x, 2)


def path(steps, lr, momentum=0.0, **options):
    x = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([x], lr=lr, momentum=momentum, **options)
    xs = [x.item()]
    for _ in range(steps):
        optimizer.zero_grad()
        func(x).backward()
        optimizer.step()
        xs.append(x.item())
    return xs


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
lost = "for i in [0]:\nx = 1"
claim("sweep-indent", "runs", outcome(lost), right="IndentationError")
sweep = "for lr in [0.1]:\n    y = func(lr)"
claim("sweep-func", "runs", outcome(sweep, func=abs), without=outcome(sweep))
stepped = {}
for way in ("data", "no_grad"):
    x = torch.tensor([2.0], requires_grad=True)
    func(x).backward()
    if way == "data":
        x.data.sub_(0.1 * x.grad)
    with torch.no_grad():
        x -= 0.1 * x.grad * (way == "no_grad")
    stepped[way] = x.detach()
claim("sweep-data", stepped["no_grad"], stepped["data"])
claim("sweep-comment", w - g, stepped["data"].item(), right=w - 0.1 * g)
# --8<-- [end:bound]
assert path(100, lr=0.25)[-1] == 2.0 and path(1, lr=0.25)[-1] == -2.0 and path(1, lr=0.125)[-1] == 0
assert abs(path(100, lr=0.2499)[-1]) < 2 < abs(path(100, lr=0.2501)[-1])
grid = [0.01 + i * (0.3 - 0.01) / 9 for i in range(10)]  # ten rates up to 0.3
assert [f"{lr:.4f}" for lr in grid if abs(path(100, lr=lr)[-1]) > 2] == ["0.2678", "0.3000"]
assert max(abs(path(100, lr=0.01 + i * 0.19 / 9)[-1]) for i in range(10)) < 2  # up to 0.2: none

# --8<-- [start:average]
xs = path(2, lr=0.01, momentum=0.9)
both = 0.9 * (xs[1] - xs[0]) - 0.01 * 8 * xs[1]
claim("momentum-words", both, xs[2] - xs[1])
beta, theta, v = 0.9, [1.0, 2.0, 3.0, 4.0, 5.0], 0.0
for value in theta:
    v = beta * v + (1 - beta) * value
told = sum((1 - beta) * beta**i * theta[-2] for i in range(6))
right = sum((1 - beta) * beta**i * theta[-1 - i] for i in range(5))
claim("average-sum", told, v, right=right)


def rule(steps, lr, m):
    w, v = 2.0, 0.0
    for _ in range(steps):
        v = m * v + 8 * w
        w = w - lr * v
    return w


other = path(10, 0.01, 0.9, dampening=0.5)[-1]
claim("momentum-rule", rule(10, 0.01, 0.9), path(10, 0.01, 0.9)[-1], without=other)
# --8<-- [end:average]

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
with_half, without_half = (2 - 0.1 * (16 + 2 * c * 2) for c in (0.5 / 2, 0.5))
claim("weight-decay", with_half, decayed, without=without_half)
make = "SGD([x], lr=0.1, nesterov=True, **options)"
tried = [outcome(make, SGD=optim.SGD, x=x, options=o) for o in ({"momentum": 0.9}, {})]
claim("nesterov", "runs", tried[0], without=tried[1])
x = torch.tensor(2.0, requires_grad=True)
func(x).backward()
claim("func", [4 * 2.0**2, 8 * 2.0], [func(x).item(), x.grad.item()])
# --8<-- [end:sgd]

# --8<-- [start:swing]
def crossings(xs):
    return [t for t in range(1, len(xs)) if xs[t] * xs[t - 1] < 0]


used = "optim.SGD([torch.ones(1)], lr=0.01, momentum=0.9)"
claim("momentum-listing", "runs", outcome(used, torch=torch, optim=optim), without=outcome(used))
xs = path(100, lr=0.01, momentum=0.9)
claim("spring", "swings", "swings" if crossings(xs) else "comes to rest")
t = crossings(xs)[0]
shares = {"momentum": 0.9 * abs(xs[t - 1] - xs[t - 2]), "gradient": 0.01 * 8 * abs(xs[t - 1])}
claim("spring-why", "momentum", max(shares, key=shares.get))
counts = [f"{len(crossings(path(100, 0.01, m)))} crossings" for m in (0.51, 0.63)]
claim("less-momentum", "0 crossings", counts[0], without=counts[1])
classes = {name for name, c in vars(optim).items() if isinstance(c, type) and issubclass(c, optim.Optimizer)}
later = {"AdamW", "NAdam", "RAdam", "Adafactor", "Muon"}
claim("ten-optimizers", 10, len(classes - {"Optimizer"}), then=len(classes - later) - 1)
# --8<-- [end:swing]
critical = (1 - math.sqrt(0.08)) ** 2
below, above = ((1 + m - 8 * 0.01) ** 2 - 4 * m for m in (critical - 1e-4, critical + 1e-4))  # discriminants
assert f"{critical:.4f}" == "0.5143" and below > 0 > above
assert len(crossings(xs)) == 9 and t == 6 and later < classes
swung = path(100, 0.01, 0.63)
assert f"{max(map(abs, swung[crossings(swung)[0]:])):.2f}" == "0.07" and f"{max(map(abs, xs[t:])):.2f}" == "1.12"

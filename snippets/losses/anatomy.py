import inspect
import sys
import warnings

import torch
import torch.nn.functional as F
from torch import nn


# --8<-- [start:trace]
def trace(call, *arguments):
    steps, depth = [], 0

    def watch(frame, event, function):  # Python tells it of every call and return
        nonlocal depth
        if event == "c_call" and function is not sys.setprofile:
            steps.append((depth, f"{function.__name__} (C++)"))
        elif event == "call":
            steps.append((depth, frame.f_code.co_qualname))
        depth += {"call": 1, "return": -1}.get(event, 0)

    sys.setprofile(watch)
    result = call(*arguments)
    sys.setprofile(None)
    return result, steps


w = torch.tensor([1.0, 2.0])
loss, steps = trace(nn.CrossEntropyLoss, w)
for depth, name in steps:
    if name.endswith(("__init__", "register_buffer")):
        print("    " * depth + name)
# --8<-- [end:trace]
shown = [name for _, name in steps if name.endswith(("__init__", "register_buffer"))]
assert [name.partition(".")[0] for name in shown] == ["CrossEntropyLoss", "_WeightedLoss", "_Loss", "Module", "Module"]

# --8<-- [start:holds]
print("classes:   ", " → ".join(cls.__name__ for cls in type(loss).__mro__))
own = {name: value for name, value in vars(loss).items() if name not in vars(nn.Module())}
print("options:   ", own)
print("buffers:   ", dict(loss.named_buffers()))
print("parameters:", list(loss.parameters()))
print("printed:   ", loss)
# --8<-- [end:holds]
assert loss.weight is loss._buffers["weight"] and "weight" not in vars(loss) and own.keys() == set(loss.__constants__)

# --8<-- [start:call]
x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]], requires_grad=True)
y = torch.tensor([0, 1, 1])
value, steps = trace(loss, x, y)
for depth, name in steps:
    print("    " * depth + name)
node = value.grad_fn
while node:
    print("backward:", node.name())
    node = node.next_functions[0][0] if node.next_functions else None
# --8<-- [end:call]
assert [name for _, name in steps][-1] == "cross_entropy_loss (C++)" and len(steps) == 9

# --8<-- [start:function]
for weight in (None, w):
    for reduction in ("none", "sum", "mean"):
        module = nn.CrossEntropyLoss(weight, reduction=reduction)(x, y)
        function = F.cross_entropy(x, y, weight, reduction=reduction)
        parts = [round(v, 4) for v in module.flatten().tolist()]
        print(reduction, parts, "equal:", torch.equal(module, function))
# --8<-- [end:function]
assert parts == [0.3642]

# --8<-- [start:survey]
names = [name for name in dir(nn) if name.endswith("Loss")]
required = {"LinearCrossEntropyLoss": (4, 3), "AdaptiveLogSoftmaxWithLoss": (8, 9, [3])}
print("name                          base           buffers, parameters")
for name in names:
    cls = getattr(nn, name)
    made = cls(*required.get(name, ()))
    held = [*made._buffers, *dict(made.named_parameters())]
    print(f"{name:29} {cls.__base__.__name__:14} {', '.join(held)}".rstrip())
# --8<-- [end:survey]
legacy = {name for name in names if "size_average" in inspect.signature(getattr(nn, name)).parameters}
others = {"CTCLoss", "GaussianNLLLoss", "HuberLoss", "LinearCrossEntropyLoss", "TripletMarginWithDistanceLoss"}
assert len(names) == 23 and set(names) - legacy == others | {"AdaptiveLogSoftmaxWithLoss"}

# --8<-- [start:state]
class Classifier(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.loss = nn.CrossEntropyLoss(weight, label_smoothing=0.1)


weighted, plain = Classifier(w), Classifier(None)
print("saved:  ", list(weighted.state_dict()))
print("trained:", [name for name, _ in weighted.named_parameters()])
try:
    plain.load_state_dict(weighted.state_dict())
except RuntimeError as error:
    print(str(error).splitlines()[1].strip())
print("moved:  ", weighted.double().loss.weight.dtype)
# --8<-- [end:state]
assert not plain.loss.state_dict() and nn.CrossEntropyLoss(w).double().weight.dtype == torch.float64

# --8<-- [start:legacy]
print("size_average  reduce  reduction")
for size_average in (None, True, False):
    for reduce in (None, True, False):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made = nn.MSELoss(size_average, reduce, reduction="mean")
        warned = "warns" if caught else "no warning"
        print(f"{size_average!s:13} {reduce!s:7} {made.reduction:10} {warned}")
# --8<-- [end:legacy]
assert len(caught) == 1 and "will be deprecated" in str(caught[0].message)

# --8<-- [start:positional]
warnings.simplefilter("ignore")  # each of the first three warns of size_average
print('nn.MSELoss("none")            ', nn.MSELoss("none").reduction)
print('nn.CrossEntropyLoss(w, "sum") ', nn.CrossEntropyLoss(w, "sum").reduction)
print("nn.L1Loss(False)              ", nn.L1Loss(False).reduction)
print('nn.HuberLoss("none")          ', nn.HuberLoss("none").reduction)
print('nn.MSELoss(reduction="none")  ', nn.MSELoss(reduction="none").reduction)
# --8<-- [end:positional]
assert nn.MSELoss(size_average=False, reduction="none").reduction == "sum"
assert F.mse_loss(x, x, "none").shape == F.cross_entropy(x, y, w, "sum").shape == ()
assert nn.MSELoss("sum").reduction == nn.KLDivLoss("batchmean").reduction == "mean"


# --8<-- [start:errors]
def attempt(name, call):
    try:
        print(f"{name}: {call()}")
    except (RuntimeError, ValueError, TypeError) as error:
        print(f"{name}: {type(error).__name__}")
        print("   ", str(error).partition(". ")[0].strip())


attempt("constructed with data", lambda: nn.CrossEntropyLoss(x, y))
attempt("misspelt, constructed", lambda: nn.MSELoss(reduction="average"))
attempt("misspelt, called", lambda: nn.MSELoss(reduction="average")(x, x))
attempt("weight in float64", lambda: nn.CrossEntropyLoss(w.double())(x, y))
attempt("weight as a list", lambda: nn.CrossEntropyLoss([1.0, 2.0]))
attempt("weight to be learned", lambda: nn.CrossEntropyLoss(nn.Parameter(w))(x, y))
attempt("nothing to train", lambda: torch.optim.SGD(loss.parameters()))
attempt("loss from item()", lambda: torch.tensor(loss(x, y).item()).backward())
# --8<-- [end:errors]
assert nn.CrossEntropyLoss(w[:1], reduction="mean").weight.shape == (1,)  # wrong length: noticed when called

# --8<-- [start:change]
loss = nn.MSELoss(reduction="sum")
before = loss(x, torch.zeros_like(x)).item()
loss.reduction = "mean"
after = loss(x, torch.zeros_like(x)).item()
print(f"sum {before:.2f}, mean {after:.2f}, the object is the same")
pairs = {nn.HuberLoss: F.huber_loss, nn.L1Loss: F.l1_loss, nn.MSELoss: F.mse_loss}
for cls, function in pairs.items():
    extra = inspect.signature(function).parameters.keys() - inspect.signature(cls).parameters.keys()
    print(f"only in F.{function.__name__}:", extra - {"input", "target"})
# --8<-- [end:change]
assert before == 25 and "HuberLoss" not in legacy

# --8<-- [start:own]
class LearnedScaleLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_std = nn.Parameter(torch.zeros(()))

    def forward(self, input, target):
        e = (input - target) / self.log_std.exp()
        return (e.square() / 2 + self.log_std).mean()


torch.manual_seed(0)
e, criterion = 3 * torch.randn(10_000), LearnedScaleLoss()
optimizer = torch.optim.SGD(criterion.parameters(), lr=0.1)
for _ in range(200):
    optimizer.zero_grad()
    criterion(e, torch.zeros_like(e)).backward()
    optimizer.step()
print(f"learned σ {criterion.log_std.exp():.2f}, measured {e.square().mean().sqrt():.2f}")
# --8<-- [end:own]
assert abs(criterion.log_std.exp() - e.square().mean().sqrt()) < 1e-4

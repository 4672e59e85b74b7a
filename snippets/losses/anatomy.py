# --8<-- [start:holds]
import torch
from torch import nn

class_weights = torch.tensor([1.0, 2.0])
loss = nn.CrossEntropyLoss(class_weights)
print("classes:   ", " → ".join(cls.__name__ for cls in type(loss).__mro__))
machinery = vars(nn.Module())
options = {name: vars(loss)[name] for name in vars(loss) if name not in machinery}
print("options:   ", options)
print("buffers:   ", dict(loss.named_buffers()))
print("parameters:", list(loss.parameters()))
print("printed:   ", loss)
# --8<-- [end:holds]
assert repr(loss) == "CrossEntropyLoss()", "printing a loss shows none of its options"
assert loss.weight is loss._buffers["weight"], "buffers live in a dictionary"
assert "weight" not in vars(loss), "and not among the attributes"
for name in ("ignore_index", "label_smoothing"):
    assert name in options, "CrossEntropyLoss adds ignore_index and label_smoothing"

# --8<-- [start:imports]
import inspect
import sys
import warnings

import torch.nn.functional as F

# --8<-- [end:imports]


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


loss, steps = trace(nn.CrossEntropyLoss, class_weights)
for depth, name in steps:
    if name.endswith(("__init__", "register_buffer")):
        print("    " * depth + name)
# --8<-- [end:trace]
shown = [name for _, name in steps if name.endswith(("__init__", "register_buffer"))]
constructors = [name.partition(".")[0] for name in shown if name.endswith("__init__")]
assert constructors == ["CrossEntropyLoss", "_WeightedLoss", "_Loss", "Module"], "four constructors"
assert [c.__name__ for c in type(loss).__mro__[:4]] == constructors, "each inside the one of its subclass"

# --8<-- [start:call]
x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]], requires_grad=True)
y = torch.tensor([0, 1, 1])
value, steps = trace(loss, x, y)
for depth, name in steps:
    print("    " * depth + name)
node = value.grad_fn
while node is not None:
    print("backward:", node.name())
    node = node.next_functions[0][0] if node.next_functions else None
# --8<-- [end:call]
entries = [name for _, name in steps if name.endswith("(C++)")]
assert entries.count("cross_entropy_loss (C++)") == 1, "and calls `cross_entropy_loss` once, in C++"
assert steps[-1][1] == "cross_entropy_loss (C++)", "everything that is arithmetic happens there"
assert value.grad_fn.name().startswith("NllLoss"), "CrossEntropyLoss leaves no node of its own"
assert value.grad_fn.next_functions[0][0].name().startswith("LogSoftmax"), "it is `log_softmax`, then `nll_loss`"
names = [name.rpartition(".")[2] for _, name in steps]
for expected in ("_wrapped_call_impl", "forward", "__getattr__", "get_enum"):
    assert expected in names, "from the outside in"

# --8<-- [start:function]
print("weight  reduction  value                   equal")
for weight in (None, class_weights):
    for reduction in ("none", "sum", "mean"):
        module = nn.CrossEntropyLoss(weight, reduction=reduction)(x, y)
        function = F.cross_entropy(x, y, weight, reduction=reduction)
        value = ", ".join(f"{number:.4f}" for number in module.flatten().tolist())
        name = "none" if weight is None else "1, 2"
        same = torch.equal(module, function)
        print(f"{name:6}  {reduction:9}  {value:22}  {same}")
# --8<-- [end:function]
for weight in (None, class_weights):
    for reduction in ("none", "sum", "mean"):
        module = nn.CrossEntropyLoss(weight, reduction=reduction)(x, y)
        function = F.cross_entropy(x, y, weight, reduction=reduction)
        assert torch.equal(module, function), "the module is the same as the function"
first = torch.tensor([1.0, 2.0]).logsumexp(0) - 1
assert round(first.item(), 4) == 1.3133, "the first sample: log(e¹ + e²) − 1 = 1.3133"
total = F.cross_entropy(x, y, class_weights, reduction="sum").item()
assert round(total, 3) == 1.821, "the weighted sum is 1.821"
assert round(total / (1 + 2 + 2), 4) == 0.3642, "the weighted mean is 1.821/(1 + 2 + 2) = 0.3642"

# --8<-- [start:survey]
names = [name for name in dir(nn) if name.endswith("Loss")]
required = {"LinearCrossEntropyLoss": (4, 3)}
required["AdaptiveLogSoftmaxWithLoss"] = (8, 9, [3])
print("name                           base           buffers, parameters")
for name in names:
    cls = getattr(nn, name)
    made = cls(*required.get(name, ()))
    held = [*made._buffers, *dict(made.named_parameters())]
    print(f"{name:29}  {cls.__base__.__name__:13}  {', '.join(held) or 'none'}")
# --8<-- [end:survey]
legacy = {name for name in names if "size_average" in inspect.signature(getattr(nn, name)).parameters}
others = {"CTCLoss", "GaussianNLLLoss", "HuberLoss", "LinearCrossEntropyLoss", "TripletMarginWithDistanceLoss"}
of_loss = {name for name in names if getattr(nn, name).__base__.__name__ in ("_Loss", "_WeightedLoss")}
assert of_loss - legacy == others, "five of the `_Loss` classes never had `size_average`"
with_parameters = {name for name in names if list(getattr(nn, name)(*required.get(name, ())).parameters())}
assert with_parameters == required.keys(), "only two losses have parameters"
with_weight = {name for name in names if "weight" in inspect.signature(getattr(nn, name)).parameters}
by_class = with_weight - {"BCELoss", "BCEWithLogitsLoss"}
for name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss", "MultiLabelSoftMarginLoss", "LinearCrossEntropyLoss"):
    assert name in by_class, "in the others it holds one number per class"
assert len(by_class) == 5, "and there are no more of them"

# --8<-- [start:state]
class Classifier(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.loss = nn.CrossEntropyLoss(weight, label_smoothing=0.1)


weighted, plain = Classifier(class_weights), Classifier(None)
print("saved:  ", list(weighted.state_dict()))
print("trained:", [name for name, _ in weighted.named_parameters()])
try:
    plain.load_state_dict(weighted.state_dict())
except RuntimeError as error:
    print(str(error).splitlines()[1].strip())
print("moved:  ", weighted.double().loss.weight.dtype)
# --8<-- [end:state]
assert not plain.loss.state_dict(), "a loss without buffers saves nothing"
assert not any("smoothing" in name for name in weighted.state_dict()), "a checkpoint does not know your label_smoothing"
plain.load_state_dict(weighted.state_dict(), strict=False)  # "or load with strict=False"
for name in of_loss - {"LinearCrossEntropyLoss"}:
    made = getattr(nn, name)()
    trained = vars(made.train()).copy()
    changed = {key for key, value in vars(made.eval()).items() if value is not trained[key]}
    assert changed == {"training"}, "`train()` and `eval()` change nothing in any loss but the flag"

# --8<-- [start:legacy]
print("size_average  reduce  reduction  warning")
for size_average in (None, True, False):
    for reduce in (None, True, False):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made = nn.MSELoss(size_average, reduce, reduction="mean")
        warned = "yes" if caught else "no"
        print(f"{size_average!s:12}  {reduce!s:6}  {made.reduction:9}  {warned}")
# --8<-- [end:legacy]
assert "will be deprecated" in str(caught[0].message), "they still work, with a warning"

# --8<-- [start:positional]
print("call                           reduction")
warnings.simplefilter("ignore")  # each of the first three warns of size_average
print('nn.MSELoss("none")            ', nn.MSELoss("none").reduction)
print('nn.NLLLoss(None, "sum")       ', nn.NLLLoss(None, "sum").reduction)
print("nn.L1Loss(False)              ", nn.L1Loss(False).reduction)
print('nn.HuberLoss("none")          ', nn.HuberLoss("none").reduction)
print('nn.MSELoss(reduction="none")  ', nn.MSELoss(reduction="none").reduction)
# --8<-- [end:positional]
assert nn.MSELoss(size_average=False, reduction="none").reduction == "sum", "`reduction` is ignored: it sums"
assert nn.MSELoss("none").reduction == "mean", "you get the mean"
assert nn.MSELoss("sum").reduction == "mean", "the same holds for `nn.MSELoss('sum')`"
assert nn.KLDivLoss("batchmean").reduction == "mean", "and for `nn.KLDivLoss('batchmean')`"
assert F.mse_loss(x, 0 * x, "none").shape == (), "`F.mse_loss(x, y, 'none')` is a mean"


# --8<-- [start:errors]
def attempt(name, call):
    try:
        print(f"{name}: {call()}")
    except (RuntimeError, ValueError, TypeError) as error:
        print(f"{name}: {type(error).__name__}")
        print("   ", error)


attempt("constructed with data", lambda: nn.CrossEntropyLoss(x, y))
attempt("misspelt, constructed", lambda: nn.MSELoss(reduction="average"))
attempt("misspelt, called", lambda: nn.MSELoss(reduction="average")(x, x))
wide, learned = class_weights.double(), nn.Parameter(class_weights)
attempt("weight in float64", lambda: nn.CrossEntropyLoss(wide)(x, y))
attempt("weight as a list", lambda: nn.CrossEntropyLoss([1.0, 2.0]))
attempt("weight to be learned", lambda: nn.CrossEntropyLoss(learned)(x, y))
attempt("nothing to train", lambda: torch.optim.SGD(loss.parameters()))
attempt("loss from item()", lambda: torch.tensor(loss(x, y).item()).backward())
# --8<-- [end:errors]
for constructed in (nn.CrossEntropyLoss(class_weights[:1]), nn.CrossEntropyLoss(wide)):
    raised = False
    try:
        constructed(x, y)
    except RuntimeError:
        raised = True
    assert raised, "the length and the dtype of `weight` are checked only when the loss is called"

# --8<-- [start:change]
loss = nn.MSELoss(reduction="sum")
before = loss(x, torch.zeros_like(x)).item()
loss.reduction = "mean"
after = loss(x, torch.zeros_like(x)).item()
print(f"sum {before:.2f}, mean {after:.2f}, the object is the same")
pairs = {nn.HuberLoss: F.huber_loss, nn.L1Loss: F.l1_loss, nn.MSELoss: F.mse_loss}
for cls, function in pairs.items():
    of_module = inspect.signature(cls).parameters.keys() | {"input", "target"}
    of_function = inspect.signature(function).parameters.keys()
    print(f"only in F.{function.__name__}:", of_function - of_module)
# --8<-- [end:change]
assert round(before / after, 4) == x.numel(), "`forward` reads the attributes in every call"

# --8<-- [start:own]
class LearnedScaleLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_std = nn.Parameter(torch.zeros(()))

    def forward(self, input, target):
        e = (input - target) / self.log_std.exp()
        return (e.square() / 2 + self.log_std).mean()


torch.manual_seed(0)
output, target = 3 * torch.randn(10_000), torch.zeros(10_000)
criterion = LearnedScaleLoss()
optimizer = torch.optim.SGD(criterion.parameters(), lr=0.1)
for _ in range(200):
    loss = criterion(output, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
measured = (output - target).square().mean().sqrt()
print(f"learned σ {criterion.log_std.exp():.2f}, measured {measured:.2f}")
# --8<-- [end:own]
assert abs(criterion.log_std.exp() - measured) < 1e-4, "this loss learns the scale of its errors"
output, criterion = 7 * torch.randn(1000), LearnedScaleLoss()
optimizer = torch.optim.SGD(criterion.parameters(), lr=0.1, weight_decay=1.0)
for _ in range(400):
    loss = criterion(output, torch.zeros(1000))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
assert 0 < criterion.log_std < output.square().mean().sqrt().log(), "weight decay pulls `log_std` to 0"

# --8<-- [start:imports]
import copy
import io
import re
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:alias]
model = nn.Linear(1, 1)
state = model.state_dict()
copies = {
    "state_dict()": state,
    "dict(state)": dict(state),
    "deepcopy": copy.deepcopy(state),
    "clone": {name: value.clone() for name, value in state.items()},
}
with torch.no_grad():
    model.weight += 1  # training goes on
print("kept as        moves with the model")
for name, saved in copies.items():
    moved = torch.equal(saved["weight"], model.weight)
    print(f"{name:13}  {moved}")
# --8<-- [end:alias]
assert copies["state_dict()"]["weight"].data_ptr() == model.weight.data_ptr(), "state_dict() holds references"
assert torch.equal(copies["dict(state)"]["weight"], model.weight), "a copy of the dictionary copies the references"
for name in ("deepcopy", "clone"):
    assert not torch.equal(copies[name]["weight"], model.weight), "copy.deepcopy or clone() copies the numbers"


# --8<-- [start:strict]
def adam(names):
    torch.manual_seed(0)
    model = nn.ModuleDict({name: nn.Linear(1, 1, bias=False) for name in names})
    return model, torch.optim.Adam(model.named_parameters(), lr=0.1)


old, old_optimizer = adam(["body", "head"])
old["body"].weight.grad = torch.tensor([[1.0]])
old["head"].weight.grad = torch.tensor([[5.0]])
old_optimizer.step()
saved = old_optimizer.state_dict()

new, optimizer = adam(["head", "body"])
optimizer.load_state_dict(saved)
for name, weight in new.named_parameters():
    average = optimizer.state[weight]["exp_avg"].item()
    print(f"loaded by position: {name} has the average {average:.1f}")
try:
    optimizer.load_state_dict(saved, strict=False)
except TypeError as error:
    print(error)
# --8<-- [end:strict]
assert round(old_optimizer.state[old["body"].weight]["exp_avg"].item(), 1) == 0.1, "body had the average 0.1"
assert round(old_optimizer.state[old["head"].weight]["exp_avg"].item(), 1) == 0.5, "head had the average 0.5"
assert round(optimizer.state[new["head"].weight]["exp_avg"].item(), 1) == 0.1, "head gets the average of body"
assert optimizer.param_groups[0]["params"][0] is new["head"].weight, "the first parameter is that of head"
assert optimizer.param_groups[0]["param_names"][0] == "body.weight", "after loading it carries the name of body"
optimizer.param_groups[0]["lr"] = 0.7
optimizer.load_state_dict(saved)
assert optimizer.param_groups[0]["lr"] == 0.1, "the learning rate is the saved one"

# --8<-- [start:averages]
def row(call, optimizer, θ, moved):
    rate, state = optimizer.param_groups[0]["lr"], optimizer.state[θ]
    m, v = state["exp_avg"].item(), state["exp_avg_sq"].item()
    print(f"{call:16}  {rate:.3f}  {m:.2f}  {v:.4f}  {state['step']:5.0f}  {moved}")


θ = nn.Parameter(torch.zeros(1))
optimizer = torch.optim.Adam([θ], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
print("call              lr     m     v       steps  θ moves by")
for _ in range(2):
    before = θ.item()
    θ.grad = torch.ones(1)
    optimizer.step()
    row("optimizer.step()", optimizer, θ, f"{θ.item() - before:.3f}")
    scheduler.step()
    row("scheduler.step()", optimizer, θ, "–")
# --8<-- [end:averages]
assert round(optimizer.state[θ]["exp_avg"].item(), 2) == 0.19, "scheduler.step() leaves the averages and the step count"
assert optimizer.param_groups[0]["lr"] == 0.025, "the learning rate is halved by each scheduler.step()"
assert round(θ.item() - before, 3) == -0.05, "at half the rate each weight moves half as far"
try:
    torch.optim.Adam([θ]).load_state_dict(optimizer.state_dict(), strict=False)
except TypeError as error:
    assert "unexpected keyword argument 'strict'" in str(error), "load_state_dict of an optimizer has no strict"

# --8<-- [start:dtypes]
operations = {
    "matmul": lambda x: x @ x,
    "linear": lambda x: F.linear(x, x),
    "relu": lambda x: x.relu(),
    "sum": lambda x: x.sum(),
    "exp": lambda x: x.exp(),
    "softmax": lambda x: x.softmax(dim=1),
    "log_softmax": lambda x: x.log_softmax(dim=1),
    "layer_norm": lambda x: nn.LayerNorm(4)(x),
    "rms_norm": lambda x: F.rms_norm(x, [4]),
    "group_norm": lambda x: nn.GroupNorm(2, 4)(x),
    "mse_loss": lambda x: F.mse_loss(x, x),
    "nll_loss": lambda x: F.nll_loss(x, torch.arange(4)),
}


def cpu_type(operation):
    x = torch.ones(4, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        types = {operation(x).dtype, operation(x.bfloat16()).dtype}
    return "as given" if len(types) == 2 else str(*types).removeprefix("torch.")
# --8<-- [end:dtypes]


# --8<-- [start:cuda-types]
def cuda_type(name):
    """Read in the source that comes with torch, as there may be no GPU here."""
    source = Path(torch.__file__).parent / "include/ATen/autocast_mode.h"
    for names in source.read_text().split("#define AT_FORALL_"):
        if re.search(rf"_[(]{name}[,)]", names):
            if names.startswith("LOWER_PRECISION_FP("):
                return "bfloat16"
            if names.startswith("FP32"):
                return "float32"
    return "as given"


print("operation     CPU       CUDA")
for name, operation in operations.items():
    print(f"{name:12}  {cpu_type(operation):8}  {cuda_type(name)}")
# --8<-- [end:cuda-types]
on_cpu = {name: cpu_type(operation) for name, operation in operations.items()}
on_cuda = {name: cuda_type(name) for name in operations}
for name in ("matmul", "linear"):
    assert on_cpu[name] == on_cuda[name] == "bfloat16", "matrix products go to bfloat16 on both"
for name in ("mse_loss", "nll_loss"):
    assert on_cpu[name] == on_cuda[name] == "float32", "losses go to float32 on both"
for name in ("sum", "exp", "softmax", "log_softmax", "layer_norm", "rms_norm", "group_norm"):
    assert on_cuda[name] == "float32", "CUDA computes sums, exp, softmax and the norms in float32"
    assert on_cpu[name] == "as given", "the CPU leaves them in the type that they are given"
assert cuda_type("scaled_dot_product_attention") == "bfloat16", "CUDA casts attention to bfloat16"
with torch.autocast("cpu", dtype=torch.bfloat16):
    low, high = torch.ones(4, 4).bfloat16(), torch.ones(4, 4)
    double = high.double() @ high.double()
    assert (low + high).dtype == torch.float32, "mixed with float32 the result is float32"
    assert F.scaled_dot_product_attention(high, high, high).dtype == torch.bfloat16, "so does the CPU"
    assert double.dtype == torch.float64, "float64 is left alone"
    assert F.cross_entropy(low, torch.arange(4)).dtype == torch.float32, "cross_entropy goes to float32"

torch.manual_seed(0)
scores = torch.randn(100, 10).bfloat16()
exact = scores.double().softmax(dim=1)
with torch.autocast("cpu", dtype=torch.bfloat16):
    in_bfloat16, in_float32 = scores.softmax(dim=1), scores.float().softmax(dim=1)
error, less = (in_bfloat16 - exact).abs().max(), (in_float32 - exact).abs().max()
assert error > less, "a softmax on the CPU is less exact than after .float()"

# --8<-- [start:backward]
torch.manual_seed(0)
layer = nn.Linear(64, 10)
inputs, targets = torch.randn(32, 64), torch.arange(32) % 10
with torch.autocast("cpu", dtype=torch.bfloat16):
    loss = F.cross_entropy(layer(inputs), targets)
    (inside,) = torch.autograd.grad(loss, layer.weight, retain_graph=True)
(outside,) = torch.autograd.grad(loss, layer.weight)
print("weight", layer.weight.dtype, " gradient", outside.dtype)
print("backward() inside and outside are equal:", torch.equal(inside, outside))
# --8<-- [end:backward]
assert torch.equal(inside, outside), "inside the context backward() gives the same gradient"
tiny = torch.finfo(torch.bfloat16).tiny
assert tiny == torch.finfo(torch.float32).tiny, "bfloat16's smallest normal number is that of float32"

# --8<-- [start:scaler]
θ = nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([θ], lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
print("scale  norm  step taken  θ")
for factor in (1.0, 1e3, 1.0):
    scale = scaler.get_scale()
    optimizer.zero_grad()
    loss = (factor * θ.half()).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    norm = nn.utils.clip_grad_norm_([θ], max_norm=1.0)
    scaler.step(optimizer)
    scaler.update()
    taken = scaler.get_scale() >= scale
    print(f"{scale:<5.0f}  {norm:4.1f}  {taken!s:10}  {θ[0]:.4f}")
# --8<-- [end:scaler]
assert scale == 512, "the second step is skipped, and the scale halves"
assert round(norm.item(), 1) == 1.4, "clipping sees the gradient without the scale"

# --8<-- [start:weights-only]
for best in (np.float64(0.5), nn.Linear(1, 1), np.float64(0.5).item()):
    file = io.BytesIO()
    torch.save({"best": best}, file)
    file.seek(0)
    try:
        print("loaded:", torch.load(file))
    except Exception as error:
        title, cause = str(error).split("WeightsUnpickler error: ")
        print(title.partition(".")[0], cause.partition(" Please")[0], sep=". ")
# --8<-- [end:weights-only]

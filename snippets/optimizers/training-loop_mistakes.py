import io
import math
import weakref

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


# --8<-- [start:order]
def walk(order, steps=4):
    θ = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimizer, path = torch.optim.SGD([θ], lr=0.5), []
    for _ in range(steps):
        for call in order.split():
            if call == "backward":
                (θ**2 / 2).backward()
            else:
                getattr(optimizer, call)()
        path.append(θ.item())
    return path


for order in (
    "zero_grad backward step",
    "backward step zero_grad",
    "backward zero_grad step",
    "zero_grad step backward",
    "step zero_grad backward",
    "backward step",
):
    print(f"{order:24}", *(f"{θ:8.4f}" for θ in walk(order)))
# --8<-- [end:order]
right = walk("zero_grad backward step")
assert right == walk("backward step zero_grad") == [0.5**t for t in range(1, 5)]
assert walk("backward zero_grad step") == walk("zero_grad step backward") == [1.0] * 4
assert walk("step zero_grad backward") == [1.0, *right[:3]] and max(walk("backward step", 60)[-9:]) > 0.9

pixels, labels = load_digits(return_X_y=True)
x, y = torch.tensor(pixels / 16).float(), torch.tensor(labels)


# --8<-- [start:overfit]
def network():
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def overfit(loss=F.cross_entropy, rebuilt=False, cleared=False, autocast=False):
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    model = network() if rebuilt else model
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):  # all steps
        for _ in range(100):
            optimizer.zero_grad()
            value = loss(model(x[:32]), y[:32])
            value.backward()
            optimizer.zero_grad() if cleared else None
            optimizer.step()
    return F.cross_entropy(model(x[:32]), y[:32]).item(), value.item()
# --8<-- [end:overfit]


# --8<-- [start:not-down]
def twice(z, y):
    return F.cross_entropy(z.softmax(dim=1), y)


for name, change in {
    "right": {},
    "optimizer has another network": {"rebuilt": True},
    "zero_grad() before step()": {"cleared": True},
    "softmax before cross_entropy": {"loss": twice},
    "one autocast around all steps": {"autocast": True},
}.items():
    print(f"{name:30} {overfit(**change)[1]:.1f}")
# --8<-- [end:not-down]
assert overfit()[1] < 0.01 and overfit(cleared=True)[0] == overfit(cleared=True)[1]
assert 1.46 < math.log(math.e + 9) - 1 < 1.462 and overfit(twice)[1] < 1.5
assert overfit(autocast=True)[0] > 100 and abs(math.log(10) - 2.3) < 0.01

# --8<-- [start:modes]
torch.manual_seed(0)
hidden = nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU()
model = nn.Sequential(*hidden, nn.Dropout(0.5), nn.Linear(64, 10))
print("mode   grad  same twice  statistics move  graph")
for mode in ("train", "eval"):
    for enabled in (True, False):
        getattr(model, mode)()
        before = model[1].running_mean.clone()
        with torch.set_grad_enabled(enabled):
            first, second = model(x[:100]), model(x[:100])
        same, graph = torch.equal(first, second), first.requires_grad
        moved = not torch.equal(before, model[1].running_mean)
        print(f"{mode:6} {enabled!s:6} {same!s:11} {moved!s:16} {graph}")
# --8<-- [end:modes]

# --8<-- [start:forgotten]
model.train()
for epoch in (1, 2):
    before = model[1].running_mean.clone()
    model(x)  # stands for the training of the epoch
    moved = not torch.equal(before, model[1].running_mean)
    print(f"epoch {epoch}: dropout {model[3].training}, statistics {moved}")
    model.eval()  # for the validation, and never undone
# --8<-- [end:forgotten]
assert not model.training and not moved

# --8<-- [start:item]
def kept(train, record, enabled=True):
    """Hidden outputs still in memory after 10 batches; nodes of the graph."""
    net, outputs, total, nodes = network(), [], torch.zeros(()), set()
    hidden = net[1]
    hidden.register_forward_hook(lambda *a: outputs.append(weakref.ref(a[2])))
    for part in range(10):
        with torch.set_grad_enabled(enabled):
            loss = F.cross_entropy(net(x[part::10]), y[part::10])
            total = total + record(loss)
        if train:
            loss.backward()
    del loss
    queue = [total.grad_fn]
    while queue:
        if (node := queue.pop()) and node not in nodes:
            nodes.add(node)
            queue += [parent for parent, _ in node.next_functions]
    alive = sum(out() is not None for out in outputs)
    return f"{alive:7} {len(nodes):6}"
# --8<-- [end:item]

# --8<-- [start:kept]
keep = nn.Identity()
print("                                   hidden  nodes")
print("train,    total += loss        ", kept(True, keep))
print("train,    total += loss.item() ", kept(True, torch.Tensor.item))
print("validate, total += loss        ", kept(False, keep))
print("validate, the same in no_grad  ", kept(False, keep, enabled=False))
# --8<-- [end:kept]

# --8<-- [start:dtypes]
a, norm = torch.ones(4, 4), nn.LayerNorm(4)
with torch.autocast("cpu", torch.bfloat16):
    z = a @ a
    results = {"matmul": z, "linear": F.linear(a, a), "relu": z.relu()}
    results |= {"softmax": z.softmax(dim=1), "z + float32": z + a}
    results |= {"layer_norm": norm(z), "layer_norm of float32": norm(a)}
    results["mse_loss"] = F.mse_loss(z, a)
    results["cross_entropy"] = F.cross_entropy(z, y[:4])
    results["matmul of float64"] = a.double() @ a.double()
for dtype in (torch.bfloat16, torch.float32, torch.float64):
    names = [name for name, value in results.items() if value.dtype == dtype]
    print(f"{dtype!s:14}", ", ".join(names))
# --8<-- [end:dtypes]

# --8<-- [start:backward]
net = nn.Linear(64, 10)
with torch.autocast("cpu", torch.bfloat16):
    loss = F.cross_entropy(net(x[:32]), y[:32])
    (inside,) = torch.autograd.grad(loss, net.weight, retain_graph=True)
(outside,) = torch.autograd.grad(loss, net.weight)
print("weight", net.weight.dtype, " gradient", outside.dtype)
print("backward() inside and outside are equal:", torch.equal(inside, outside))
# --8<-- [end:backward]
assert torch.equal(inside, outside) and torch.finfo(torch.bfloat16).tiny == torch.finfo(torch.float32).tiny

# --8<-- [start:scaler]
θ = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([θ], lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for factor in (1.0, 1e3, 1.0):
    optimizer.zero_grad()
    scale, loss = scaler.get_scale(), (factor * θ.half()).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    norm = nn.utils.clip_grad_norm_([θ], 1.0)
    scaler.step(optimizer)
    scaler.update()
    taken = scaler.get_scale() >= scale
    print(f"scale {scale:4.0f}  norm {norm:.1f}  step {taken!s:5} θ {θ[0]:.4f}")
# --8<-- [end:scaler]
assert norm > 1 and taken and θ[0] == θ[1] and 0.858 < θ[0] < 0.859 and scale == 512

# --8<-- [start:weights-only]
for best in (np.float64(0.5), nn.Linear(1, 1), np.float64(0.5).item()):
    torch.save({"best": best}, file := io.BytesIO())
    file.seek(0)
    try:
        print("loaded:", torch.load(file))
    except Exception as error:
        message, kind = str(error).split(".")[0], str(error).split("GLOBAL ")[1]
        print(message, "|", kind.split()[0])
# --8<-- [end:weights-only]

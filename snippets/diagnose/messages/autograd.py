# --8<-- [start:imports]
import copy

import torch
from _says import CURED, SAID, cure, says
from torch import nn

x = torch.ones(4, 3)
model = nn.Linear(3, 2)
# --8<-- [end:imports]

# --8<-- [start:graph]
with says("backward-twice"):
    loss = (model(x) ** 2).mean()
    loss.backward()
    loss.backward()
with cure("backward-twice"):
    for _ in range(2):
        loss = (model(x) ** 2).mean()  # a new graph for each backward
        loss.backward()

with says("no-grad-fn"):
    with torch.no_grad():
        loss = model(x).mean()
    loss.backward()
with cure("no-grad-fn"):
    loss = model(x).mean()
    loss.backward()

with says("tensor-none-of-graph"):
    torch.autograd.grad(model.weight.sum(), model.bias)
with cure("tensor-none-of-graph"):
    torch.autograd.grad(model.weight.sum(), model.bias, allow_unused=True)
# --8<-- [end:graph]

# --8<-- [start:in-place]
with says("modified-in-place"):
    hidden = model(x).sigmoid()
    hidden += 1
    hidden.sum().backward()
with cure("modified-in-place"):
    hidden = model(x).sigmoid()
    hidden = hidden + 1
    hidden.sum().backward()

with says("step-before-backward"):
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = net(x).mean()
    loss.backward(retain_graph=True)
    optimizer.step()
    loss.backward()
with cure("step-before-backward"):
    for _ in range(2):
        net(x).mean().backward()
        optimizer.step()
# --8<-- [end:in-place]

# --8<-- [start:leaves]
with says("leaf-view-in-place"):
    model.weight[0] = 0.0
with cure("leaf-view-in-place"):
    with torch.no_grad():
        model.weight[0] = 0.0

with says("grad-of-non-leaf"):
    hidden = model(x)
    hidden.sum().backward()
    gradient = hidden.grad
with cure("grad-of-non-leaf"):
    hidden = model(x)
    hidden.retain_grad()
    hidden.sum().backward()
    gradient = hidden.grad

with says("requires-grad-of-non-leaf"):
    model(x).requires_grad = False
with cure("requires-grad-of-non-leaf"):
    outputs = model(x).detach()
# --8<-- [end:leaves]

# --8<-- [start:leave]
with says("numpy-requires-grad"):
    model(x).numpy()
with cure("numpy-requires-grad"):
    model(x).detach().numpy()

with says("deepcopy-non-leaf"):
    copy.deepcopy(model(x))
with cure("deepcopy-non-leaf"):
    copy.deepcopy(model(x).detach())

with says("scalar-requires-grad"):
    float(model(x).mean())
with cure("scalar-requires-grad"):
    model(x).mean().item()

with says("item-of-many"):
    model(x).item()
with cure("item-of-many"):
    model(x).tolist()
# --8<-- [end:leave]

# --8<-- [start:grads]
with says("grad-size"):
    model.weight.grad = torch.zeros(3, 2)
with cure("grad-size"):
    model.weight.grad = torch.zeros(2, 3)

with says("grad-dtype"):
    model.weight.grad = torch.zeros(2, 3).double()
with cure("grad-dtype"):
    model.weight.grad = torch.zeros(2, 3).double().to(model.weight)

with says("grad-output-shape"):
    model(x).backward(torch.ones(4))
with cure("grad-output-shape"):
    model(x).backward(torch.ones(4, 2))

with says("bool-ambiguous"):
    if model(x) > 0:
        pass
with cure("bool-ambiguous"):
    if (model(x) > 0).all():
        pass
# --8<-- [end:grads]

# --8<-- [start:inference]
with says("inference-backward"):
    with torch.inference_mode():
        features = x * 2
    model(features)
with cure("inference-backward"):
    with torch.no_grad():
        features = x * 2
    model(features)

with says("inference-in-place"):
    with torch.inference_mode():
        features = x * 2
    features += 1
with cure("inference-in-place"):
    with torch.inference_mode():
        features = x * 2
    features = features + 1
# --8<-- [end:inference]

# --8<-- [start:clip]
with says("anomaly"):
    with torch.autograd.detect_anomaly(check_nan=True):
        (model(x) * 0).sqrt().sum().backward()
with cure("anomaly"):
    (model(x) * 0 + 1e-8).sqrt().sum().backward()

with says("clip-nonfinite"):
    model.weight.grad = torch.full((2, 3), torch.nan)
    nn.utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=True)
with cure("clip-nonfinite"):
    model.zero_grad()
    model(x).mean().backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=True)

with says("clip-generator"):
    parameters = model.parameters()
    optimizer = torch.optim.SGD(parameters)  # it uses the generator up
    nn.utils.clip_grad_norm_(parameters, 1.0)
with cure("clip-generator"):
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
# --8<-- [end:clip]
assert CURED == SAID, "every cure ran, without an error and without a warning"

# --8<-- [start:imports]
import torch
import torch.nn.functional as F
from _says import CURED, SAID, cure, says
from torch import nn, optim

model = nn.Linear(3, 2)
x, optimizer = torch.ones(4, 3), optim.SGD(model.parameters(), lr=0.1)


def backward(scaler):
    optimizer.zero_grad()
    scaler.scale(model(x).mean()).backward()
# --8<-- [end:imports]

# --8<-- [start:scaler]
scaler = torch.amp.GradScaler("cpu")
with says("scaler-step-twice"):
    backward(scaler)
    scaler.step(optimizer)
    scaler.step(optimizer)
with cure("scaler-step-twice"):
    scaler.update()  # once, at the end of each step
    backward(scaler)
    scaler.step(optimizer)
    scaler.update()

with says("scaler-unscale-twice"):
    backward(scaler)
    scaler.unscale_(optimizer)
    scaler.unscale_(optimizer)
with cure("scaler-unscale-twice"):
    scaler.update()
    backward(scaler)
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
# --8<-- [end:scaler]

# --8<-- [start:scaler-order]
with says("scaler-unscale-after-step"):
    backward(scaler)
    scaler.step(optimizer)
    scaler.unscale_(optimizer)
with cure("scaler-unscale-after-step"):
    scaler.update()
    backward(scaler)
    scaler.unscale_(optimizer)  # then clip, then step
    scaler.step(optimizer)
    scaler.update()

with says("scaler-no-gradients"):
    fresh = torch.amp.GradScaler("cpu")
    backward(fresh)
    optimizer.zero_grad()
    fresh.step(optimizer)
with cure("scaler-no-gradients"):
    fresh = torch.amp.GradScaler("cpu")
    backward(fresh)
    fresh.step(optimizer)
    fresh.update()
# --8<-- [end:scaler-order]

# --8<-- [start:scaler-more]
with says("scaler-update-first"):
    fresh = torch.amp.GradScaler("cpu")
    backward(fresh)
    fresh.update()
with cure("scaler-update-first"):
    fresh = torch.amp.GradScaler("cpu")
    backward(fresh)
    fresh.step(optimizer)
    fresh.update()

with says("scaler-closure"):
    scaler.step(optimizer, closure=lambda: 0.0)
with cure("scaler-closure"):
    optimizer.step(closure=lambda: 0.0)  # in bfloat16, without a scaler
# --8<-- [end:scaler-more]

# --8<-- [start:half]
with says("half-gradients"):
    small = nn.Linear(3, 2).half()
    rate = optim.SGD(small.parameters(), lr=0.1)
    scaler.scale(small(x.half()).mean()).backward()
    scaler.unscale_(rate)
with cure("half-gradients"):
    with torch.autocast("cpu", torch.float16):  # weights stay in float32
        scaler.scale(model(x).mean()).backward()

with says("half-overflow"):
    torch.zeros(3).half().masked_fill(torch.ones(3).bool(), -1e9)
with cure("half-overflow"):
    torch.zeros(3).half().masked_fill(torch.ones(3).bool(), -1e4)

with says("half-and-float"):
    model(x.bfloat16())
with cure("half-and-float"):
    with torch.autocast("cpu", torch.bfloat16):
        model(x.bfloat16())
# --8<-- [end:half]

# --8<-- [start:autocast]
with says("bfloat16-numpy"):
    x.bfloat16().numpy()
with cure("bfloat16-numpy"):
    x.bfloat16().float().numpy()

with says("autocast-float32"):
    with torch.autocast("cpu", dtype=torch.float32):
        model(x)
with cure("autocast-float32"):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model(x)

with says("autocast-device"):
    torch.autocast(dtype=torch.bfloat16)
with cure("autocast-device"):
    torch.autocast("cpu", dtype=torch.bfloat16)

with says("autocast-old-name"):
    torch.cpu.amp.autocast()
with cure("autocast-old-name"):
    torch.amp.autocast("cpu")
# --8<-- [end:autocast]

# --8<-- [start:losses]
with says("half-loss-target"):
    F.mse_loss(model(x).bfloat16(), x[:, :2].double()).backward()
    F.binary_cross_entropy(model(x).sigmoid().bfloat16(), x[:, :2]).backward()
with cure("half-loss-target"):
    F.binary_cross_entropy(model(x).sigmoid(), x[:, :2])
# --8<-- [end:losses]
assert CURED == SAID, "every cure ran, without an error and without a warning"

# --8<-- [start:imports]
import io
from pathlib import Path

import torch
from _says import CURED, SAID, cure, says
from torch import nn, optim

model = nn.Sequential(nn.Linear(3, 2))
state = model.state_dict()


def saved(what):
    file = io.BytesIO()
    torch.save(what, file)
    file.seek(0)
    return file
# --8<-- [end:imports]

# --8<-- [start:keys]
with says("keys-missing"):
    nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2)).load_state_dict(state)
with cure("keys-missing"):
    larger = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    missing, unexpected = larger.load_state_dict(state, strict=False)

parallel = {f"module.{name}": value for name, value in state.items()}
with says("keys-module"):
    model.load_state_dict(parallel)
with cure("keys-module"):
    prefix = "module."
    model.load_state_dict({k.removeprefix(prefix): v for k, v in parallel.items()})

with says("keys-size"):
    nn.Sequential(nn.Linear(3, 5)).load_state_dict(state)
with cure("keys-size"):
    nn.Sequential(nn.Linear(3, 2)).load_state_dict(state)
# --8<-- [end:keys]

# --8<-- [start:load]
with says("state-a-path"):
    model.load_state_dict("model.pt")
with cure("state-a-path"):
    torch.save(state, "model.pt")
    model.load_state_dict(torch.load("model.pt"))

with says("weights-only"):
    torch.load(saved(model))
with cure("weights-only"):
    model.load_state_dict(torch.load(saved(model.state_dict())))

with says("file-cut-off"):
    torch.load(io.BytesIO(saved(state).read()[:600]))
with cure("file-cut-off"):
    torch.save(state, "model.part")
    Path("model.part").replace("model.pt")  # at once, or not at all
# --8<-- [end:load]

# --8<-- [start:files]
with says("file-not-there"):
    torch.load("last.pt")
with cure("file-not-there"):
    torch.save(state, "best.pt")
    torch.load("best.pt")

with says("meta-checkpoint"):
    nn.Sequential(nn.Linear(3, 2, device="meta")).load_state_dict(state)
with cure("meta-checkpoint"):
    empty = nn.Sequential(nn.Linear(3, 2, device="meta"))
    empty.load_state_dict(state, assign=True)

with says("save-generator"):
    torch.save(model.parameters(), io.BytesIO())
with cure("save-generator"):
    torch.save(model.state_dict(), io.BytesIO())
# --8<-- [end:files]

# --8<-- [start:optimizer]
sgd = optim.SGD(model.parameters(), momentum=0.9)
with says("optimizer-groups"):
    groups = [{"params": [p]} for p in model.parameters()]
    optim.SGD(groups).load_state_dict(sgd.state_dict())
with cure("optimizer-groups"):
    optim.SGD(model.parameters()).load_state_dict(sgd.state_dict())

with says("optimizer-group-size"):
    optim.SGD([model[0].weight]).load_state_dict(sgd.state_dict())
with cure("optimizer-group-size"):
    optim.SGD(model.parameters()).load_state_dict(sgd.state_dict())

with says("optimizer-strict"):
    sgd.load_state_dict(sgd.state_dict(), strict=False)
with cure("optimizer-strict"):
    sgd.load_state_dict(sgd.state_dict())
# --8<-- [end:optimizer]

# --8<-- [start:others]
with says("optimizer-state-of-another"):
    adam = optim.Adam(model.parameters())
    adam.load_state_dict(sgd.state_dict())
    model(torch.ones(1, 3)).sum().backward()
    adam.step()
with cure("optimizer-state-of-another"):
    adam = optim.Adam(model.parameters())
    adam.load_state_dict(optim.Adam(model.parameters()).state_dict())
# --8<-- [end:others]
assert CURED == SAID, "every cure ran, without an error and without a warning"

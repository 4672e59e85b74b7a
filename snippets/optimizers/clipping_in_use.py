# --8<-- [start:imports]
import math

import torch
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:order]
p = nn.Parameter(torch.tensor([0.0]))
optimizer = torch.optim.SGD([p], lr=1.0)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
print("unscale_  norm  step")
for unscale in (True, False):
    p.data.zero_()
    optimizer.zero_grad()
    scaler.scale((3 * p).sum()).backward()
    if unscale:
        scaler.unscale_(optimizer)
    norm = nn.utils.clip_grad_norm_([p], 1.0)
    scaler.step(optimizer)
    scaler.update()
    print(f"{unscale!s:<8}  {norm:<4g}  {p.item():.6f}")
# --8<-- [end:order]
assert abs(p.item()) < 1 / 1000, "the step shrinks from 1 to less than a thousandth"

# --8<-- [start:accumulate]
sums = {}
for when in ("once, at the end", "after each part"):
    p.grad = None
    for part in (3.0, -2.5):
        (part * p).sum().backward()
        if when == "after each part":
            nn.utils.clip_grad_norm_([p], 1.0)
    nn.utils.clip_grad_norm_([p], 1.0)
    sums[when] = p.grad.item()
    print(f"clipped {when}: gradient {sums[when]:+.4f}")
# --8<-- [end:accumulate]
assert sums["once, at the end"] == 0.5, "the sum is 0.5 and needs no clipping"
assert sums["after each part"] < 0, "clipped after each part even the sign is wrong"

# --8<-- [start:empty]
try:
    nn.utils.clip_grad_value_([nn.Parameter(torch.zeros(1))], 1.0)
except RuntimeError as error:
    message = str(error)
    print(message)
# --8<-- [end:empty]
assert message.startswith("Expected !nested_tensorlist[0].empty() to be true"), "torch 2.13 answers with this message"
assert nn.utils.clip_grad_norm_([nn.Parameter(torch.zeros(1))], 1.0) == 0, "clip_grad_norm_ returns 0 in silence"


# --8<-- [start:adam]
def descend(make, max_norm):
    p = nn.Parameter(torch.tensor([5.0, 5.0], dtype=torch.float64))
    optimizer = make([p], lr=0.1)
    for _ in range(30):
        p.grad = 1000 * p.detach()
        nn.utils.clip_grad_norm_([p], max_norm)
        optimizer.step()
    return p[0].item()


ends = {}
print("optimizer  max_norm  5 becomes")
for make in (torch.optim.SGD, torch.optim.Adam):
    for max_norm in (math.inf, 1.0):
        ends[make.__name__, max_norm] = reached = descend(make, max_norm)
        print(f"{make.__name__:9}  {max_norm:<8}  {reached:.3g}")
# --8<-- [end:adam]
assert ends["SGD", math.inf] > 1e50, "SGD explodes without clipping"
walked = math.sqrt(2) * (5 - ends["SGD", 1.0]) / 30
assert math.isclose(walked, 0.1, rel_tol=1e-4), "and walks with steps of length 0.1 with it"
apart = abs(ends["Adam", math.inf] - ends["Adam", 1.0])
assert apart < 0.6, "Adam ends less than 0.6 apart in both cases"

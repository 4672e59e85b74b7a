# --8<-- [start:imports]
import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:exponential]
def train(objective, lr, eta=0.2):
    """One weight, four samples; in step 40 the last sample is odd."""
    weight = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr)
    inputs = torch.tensor([-2.0, -1.0, 1.0, 2.0])
    odd_inputs = torch.tensor([-2.0, -1.0, 1.0, -20.0])
    targets = torch.tensor([0.0, 0.0, 1.0, 1.0])
    losses = []
    for step in range(60):
        logits = weight * (odd_inputs if step == 40 else inputs)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, targets)
        loss = objective(cross_entropy / eta)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


exploded = train(torch.exp, lr=0.001)
trained = train(torch.clone, lr=0.02)
print("step  exponential  logarithm")
for step in (0, 20, 39, 40, 41, 42, 59):
    print(f"{step:<4}  {exploded[step]:11.2g}  {trained[step]:9.2g}")
# --8<-- [end:exponential]
loss = F.cross_entropy(torch.tensor([[-50.0, 50.0]]), torch.tensor([0]))
assert loss == 100, "for the logits (−50, 50) and class 0 it is 100"
assert f"{math.exp(50):.0e}" == "5e+21", "e^50 is already 5·10^21"
assert loss.exp() == math.inf, "e^100 is inf in float32"
assert round(exploded[0]) == 32, "the first run starts at 32"
assert round(exploded[39], 1) == 4.2, "the first run falls to 4.2"
assert exploded[39] < exploded[20] < exploded[0], "the first run falls"
assert round(math.log10(exploded[40])) == 9, "the odd sample costs 10⁹"
assert exploded[41] == math.inf, "then the loss is inf"
assert math.isnan(exploded[42]), "then it is nan"
assert math.isnan(exploded[-1]), "and stays so"
assert trained[40] > trained[0], "the second run meets the same sample"
assert round(trained[40]) == 34, "the odd sample costs the second run 34"
assert round(trained[41], 1) == 1.3, "one step later it is at 1.3"
assert round(trained[59], 1) == 0.8, "at the end it is at 0.8"

# --8<-- [start:half]
errors, ones = torch.tensor([300.0, 1.0]), torch.ones(70_000)
print("dtype               mse      sum  256 + 1  log 1000")
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    mse = F.mse_loss(errors.to(dtype), torch.zeros(2, dtype=dtype))
    total = ones.to(dtype).sum()
    next_integer = 256 + ones[0].to(dtype)
    log_1000 = F.cross_entropy(torch.zeros(1, 1000, dtype=dtype), torch.tensor([0]))
    row = f"{mse:7}  {total:7}  {next_integer:7}  {log_1000:8.4f}"
    print(f"{dtype!s:14}  {row}")
# --8<-- [end:half]
assert torch.finfo(torch.float16).max == 65504, "float16: nothing above 65504"
assert torch.finfo(torch.bfloat16).eps == 2**-7, "bfloat16: 8 significant bits"
assert 256 + ones[0].bfloat16() == 256, "bfloat16: 256 + 1 = 256"
assert 256 + ones[0].half() == 257, "float16: 256 + 1 = 257"
assert len(ones) == 70_000, "a sum of 70 000 ones"
around = torch.tensor(6.9062).bfloat16()
gap = torch.nextafter(around, torch.tensor(100.0).bfloat16()) - around
assert round(gap.item(), 2) == 0.03, "from 6.9062 the next bfloat16 is 0.03 away"

# --8<-- [start:underflow]
targets = torch.zeros(1024, dtype=torch.long)
print("dtype           loss times  zeros in the gradient")
for dtype in (torch.float16, torch.bfloat16):
    logits = torch.zeros(1024, 10, dtype=dtype)
    logits[:, 0] = 12  # right already
    logits.requires_grad_()
    for scale in (1, 1024):
        loss = scale * F.cross_entropy(logits, targets)
        (gradient,) = torch.autograd.grad(loss, logits)
        zeros = (gradient == 0).sum() / gradient.numel()
        print(f"{dtype!s:14}  {scale:10}  {zeros:21.0%}")
# --8<-- [end:underflow]
assert 2.0**-24 < 6e-8, "2^−24 is about 6 · 10⁻⁸"
assert torch.tensor(2.0**-24).half() > 0, "2^−24 is a positive float16"
assert torch.tensor(2.0**-26).half() == 0, "and nothing smaller is"
assert logits.softmax(dim=1)[0, 0] == 1, "the right class: p rounds to 1"
assert not gradient[:, 0].any(), "and p − 1 to 0"
assert gradient[:, 1:].all(), "no other gradient is 0"

# --8<-- [start:autocast]
with torch.autocast("cpu", torch.bfloat16):
    logits = nn.Linear(5, 3)(torch.ones(2, 5))
    own = -logits.softmax(dim=1).log()[:, 0].mean()
    loss = F.cross_entropy(logits, targets[:2])
print("logits", logits.dtype, " own loss", own.dtype, " cross_entropy", loss.dtype)
# --8<-- [end:autocast]
assert own.dtype == torch.bfloat16, "it does not know yours"
assert loss.dtype == torch.float32, "the library's losses run in float32"

# --8<-- [start:find]
x = torch.tensor([0.0, 1.0], requires_grad=True)
try:
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names the line of the forward pass
        torch.where(x > 0, x.log(), 0).sum().backward()
except RuntimeError as error:
    print("anomaly mode:", error)
x.grad = torch.tensor([math.nan, 1.0])
nn.utils.clip_grad_norm_(x, max_norm=1.0)
print("clipped:", x.grad.tolist())
# --8<-- [end:find]
refused = ""
try:
    nn.utils.clip_grad_norm_(x, 1.0, error_if_nonfinite=True)
except RuntimeError as error:
    refused = str(error)
assert "non-finite" in refused, "with `error_if_nonfinite=True` it raises an error instead"
assert x.grad.nan_to_num().tolist() == [0, 0], "nan_to_num hides the fault"

# --8<-- [start:mask]
logits = torch.tensor([[2.0, 1.0, 0.0]])
allowed = torch.tensor([[True, True, False]])
lowest = torch.finfo(torch.float32).min
fills = {"−inf": -math.inf, "finfo.min": lowest, "−1e4": -1e4}
print("filled with  allowed     masked      probabilities  smoothing")
for name, fill in fills.items():
    masked = logits.masked_fill(~allowed, fill)
    losses = (
        F.cross_entropy(masked, torch.tensor([0])),
        F.cross_entropy(masked, torch.tensor([2])),
        F.cross_entropy(masked, torch.tensor([[0.5, 0.5, 0.0]])),
        F.cross_entropy(masked, torch.tensor([0]), label_smoothing=0.1),
    )
    print(f"{name:11}  " + "  ".join(f"{loss.item():<10.4g}" for loss in losses))
# --8<-- [end:mask]
masked = logits.masked_fill(~allowed, -1e4)
assert masked.softmax(dim=1)[0, 2] == 0, "with −1e4 the masked class has probability 0 exactly"
assert F.cross_entropy(logits.masked_fill(~allowed, -math.inf), torch.tensor([2])) == math.inf, "a masked target is inf"
halved = torch.tensor([[0.5, 0.5, 0.0]])
assert F.cross_entropy(logits.masked_fill(~allowed, -math.inf), halved).isnan(), "probabilities with −inf give nan"
for dtype in (torch.float16, torch.bfloat16):
    assert torch.tensor(-1e4, dtype=dtype).isfinite(), "−10⁴ fits into float16 and bfloat16"
    assert torch.tensor(-1e4, dtype=dtype).exp() == 0, "e^−10⁴ is 0 there"
assert torch.tensor(-1e5).half() == -math.inf, "−10⁵ does not fit into float16"
lowest = torch.tensor(torch.finfo(torch.float16).min).half()
assert lowest + lowest == -math.inf, "two masks of finfo.min that are added give −inf again"
smoothed = F.cross_entropy(masked, torch.tensor([0]), label_smoothing=0.1)
assert round(smoothed.item()) == 334, "smoothing pays ε/C · 10⁴ for each masked class: 334 here"

# --8<-- [start:empty]
scores = torch.zeros(2, 3)
allowed = torch.tensor([[True, True, False], [False, False, False]])
print("filled with  weights  times the mask")
for name, fill in fills.items():
    weights = scores.masked_fill(~allowed, fill).softmax(dim=1)
    rows = weights[1], (weights * allowed)[1]
    cells = (", ".join(f"{share:.3f}" for share in row) for row in rows)
    print(f"{name:11}", *cells, sep="  ")
# --8<-- [end:empty]
assert F.cross_entropy(scores, torch.tensor([-100, -100])).isnan(), "so is a cross entropy where all are ignored"

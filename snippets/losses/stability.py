import math
import warnings

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

# --8<-- [start:sources]
inf, zero = torch.tensor(math.inf), torch.tensor(0.0)
results = {"exp(89)": torch.tensor(89.0).exp(), "1 / 0": 1 / zero, "−log(0)": -zero.log()}
results |= {"inf − inf": inf - inf, "0 · inf": 0 * inf, "inf / inf": inf / inf}
results |= {"0 / 0": zero / zero, "log(−1)": (zero - 1).log(), "√−1": (zero - 1).sqrt()}
results |= {"mean of nothing": torch.ones(0).mean()}
for kind in ("inf", "nan"):
    names = [name for name, value in results.items() if str(value.item()) == kind]
    print(f"{kind}:", ", ".join(names))
# --8<-- [end:sources]
nan = results["0 / 0"]
assert [math.isinf(value) for value in results.values()] == [True] * 3 + [False] * 7
assert nan != nan and nan.relu().isnan() and nan.clamp(0, 1).isnan() and torch.tensor(88.0).exp() < inf

# --8<-- [start:formats]
z = torch.arange(50.0)
print("               largest   exp(x) ends at  next to 1  sigmoid(x) is 1 from")
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    info = torch.finfo(dtype)
    one = z[z.to(dtype).sigmoid() == 1][0]
    print(f"{dtype!s:14} {info.max:.1e} {math.log(info.max):12.1f} {info.eps:14.1e} {one:14.0f}")
# --8<-- [end:formats]
assert torch.tensor(11.0).half().exp() < inf and torch.tensor(12.0).half().exp() == inf


# --8<-- [start:from-scratch]
def logsumexp(input, dim, keepdim=False):
    m = input.detach().amax(dim, keepdim=True)
    m = torch.where(m.isfinite(), m, 0)  # inf − inf would be nan
    total = (input - m).exp().sum(dim, keepdim=True).log() + m
    return total if keepdim else total.squeeze(dim)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
z = torch.tensor([[1.0, 2.0, 3.0], [1000.0, 1000.0, 1000.0], [-1000.0, -1000.0, -1000.0]])
print("naive  ", z.exp().sum(dim=1).log().tolist())
print("shifted", logsumexp(z, dim=1).tolist())
print("torch  ", torch.logsumexp(z, dim=1).tolist())
# --8<-- [end:equal]
torch.testing.assert_close(logsumexp(z, dim=1), torch.logsumexp(z, dim=1))

# --8<-- [start:softmax]
z = torch.tensor([0.0, 200.0], requires_grad=True)
for name, log_q in {
    "log(exp / sum)": (z.exp() / z.exp().sum()).log(),
    "log(softmax)": z.softmax(dim=0).log(),
    "log_softmax": z.log_softmax(dim=0),
}.items():
    loss = -log_q[0]
    print(f"{name:14} loss {loss:5.0f}, gradient {torch.autograd.grad(loss, z)[0].tolist()}")
# --8<-- [end:softmax]
assert loss == 200 and torch.autograd.grad(-z.log_softmax(dim=0)[0], z)[0].tolist() == [-1, 1]

# --8<-- [start:binary]
z, y = torch.linspace(0, 40, 401, requires_grad=True), torch.zeros(401)
forms = {
    "with logits": F.binary_cross_entropy_with_logits(z, y, reduction="none"),
    "after sigmoid": F.binary_cross_entropy(z.sigmoid(), y, reduction="none"),
    "log(1 − p + 1e−6)": -(1 - z.sigmoid() + 1e-6).log(),
}
figure, (left, right) = plt.subplots(1, 2)
heights = {"C0": 46, "C1": 102, "C2": 4}
for (color, height), (name, loss) in zip(heights.items(), forms.items(), strict=True):
    left.plot(z.detach(), loss.detach(), color)
    right.plot(z.detach(), torch.autograd.grad(loss.sum(), z)[0], color)
    left.text(40, height, name, color=color, ha="right")
left.set(title="loss", xlabel="logit z, target 0", ylim=(0, 112))
right.set(title="gradient", xlabel="logit z, target 0", ylim=(-0.05, 1.05))
# --8<-- [end:binary]
with_logits, after_sigmoid, with_eps = (loss.detach() for loss in forms.values())
assert after_sigmoid[170:].min() == after_sigmoid.max() == 100 and right.lines[1].get_ydata()[170:].max() == 0
assert right.lines[0].get_ydata()[170:].min() > 0.9999 and right.lines[2].get_ydata()[160:].max() < 0.15
deep = torch.tensor([-30.0], requires_grad=True)
lost = torch.autograd.grad(F.binary_cross_entropy(deep.sigmoid(), torch.ones(1)), deep)[0]
assert -0.1 < lost < -0.09 and math.isclose(-math.log(1e-6), with_eps[-1], rel_tol=1e-5)

# --8<-- [start:pairs]
x, big = torch.tensor(1e-9), torch.tensor(1000.0)
for name, naive, stable in (
    ("log(1 + x)", (1 + x).log(), torch.log1p(x)),
    ("exp(x) − 1", x.exp() - 1, torch.expm1(x)),
    ("log(1 + exp(x))", (1 + big.exp()).log(), F.softplus(big)),
    ("log(sigmoid(x))", (-big).sigmoid().log(), F.logsigmoid(-big)),
    ("1 − sigmoid(x)", 1 - (big / 20).sigmoid(), (-big / 20).sigmoid()),
    ("log(exp(x) + exp(y))", (big.exp() + big.exp()).log(), torch.logaddexp(big, big)),
    ("√(x² + y²)", ((1e30 * big) ** 2 + 0).sqrt(), torch.hypot(1e30 * big, zero)),
    ("x · log(x)", zero * zero.log(), torch.xlogy(zero, zero)),
):
    print(f"{name:20} {naive:5} → {stable:.6g}")
# --8<-- [end:pairs]
assert stable == 0 and naive.isnan() and 1 + torch.tensor(5e-8) == 1


# --8<-- [start:kink]
def relu(z, y):
    return z.relu() - z * y + torch.log1p(torch.exp(-z.abs()))


def clamp(z, y):
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))


z = torch.zeros(1, requires_grad=True)
for loss in (relu, clamp, F.binary_cross_entropy_with_logits):
    slopes = [torch.autograd.grad(loss(z, torch.tensor([y])), z)[0].item() for y in (0.0, 1.0)]
    print(f"{loss.__name__:32} target 0: {slopes[0]:4.1f}, target 1: {slopes[1]:4.1f}")
# --8<-- [end:kink]
assert slopes == [0.5, -0.5]

# --8<-- [start:where]
x = torch.tensor([0.0, 1.0], requires_grad=True)
masked = torch.where(x > 0, x.log(), 0)
safe = torch.where(x > 0, torch.where(x > 0, x, 1).log(), 0)
root = x[:1].square().sum().sqrt()
values = {"where": masked.sum(), "where twice": safe.sum(), "√ of 0": root, "norm": x[:1].norm()}
for name, value in values.items():
    (g,) = torch.autograd.grad(value, x)
    print(f"{name:12} value {value:.0f}, gradient {g.tolist()}")
# --8<-- [end:where]


# --8<-- [start:exponential]
def train(objective, lr, eta=0.2):
    w, losses, y = torch.zeros((), requires_grad=True), [], torch.tensor([0.0, 0.0, 1.0, 1.0])
    for step in range(60):
        x = torch.tensor([-2.0, -1.0, 1.0, -20.0 if step == 40 else 2.0])  # one odd sample
        ce = F.binary_cross_entropy_with_logits(w * x, y)
        losses.append(objective(ce / eta))
        w.data -= lr * torch.autograd.grad(losses[-1], w)[0]
    print("  ".join(f"{step}: {losses[step]:.2g}" for step in (0, 20, 39, 40, 41, 42)))
    return losses


exploded = train(torch.exp, lr=0.001)
trained = train(torch.clone, lr=0.02)
# --8<-- [end:exponential]
assert round(exploded[0].item()) == 32 and round(exploded[39].item(), 1) == 4.2 and 5e8 < exploded[40] < 2e9
assert exploded[39] < exploded[20] < exploded[0] and exploded[41] == inf and exploded[42].isnan() and max(trained) < 35
ce = F.cross_entropy(torch.tensor([[-50.0, 50.0]]), torch.tensor([0]))
assert ce == 100 and ce.exp() == inf and math.isclose(math.exp(50), 5.18e21, rel_tol=1e-3)

# --8<-- [start:half]
e, ones = torch.tensor([300.0, 1.0]), torch.ones(70_000)
print("                   mse     sum  256 + 1  log 1000")
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    mse = F.mse_loss(e.to(dtype), torch.zeros(2, dtype=dtype))
    log_1000 = F.cross_entropy(torch.zeros(1, 1000, dtype=dtype), torch.tensor([0]))
    print(f"{dtype!s:14} {mse:7} {ones.to(dtype).sum():7} {e[1].to(dtype) + 256:8} {log_1000:9.4f}")
# --8<-- [end:half]
assert e[1] + 256 == 257 == e[1].half() + 256 and e[1].bfloat16() + 256 == 256
assert 0.03 < 4 * torch.finfo(torch.bfloat16).eps < 0.032 and torch.finfo(torch.float16).max == 65504

# --8<-- [start:underflow]
y = torch.zeros(1024, dtype=torch.long)
for dtype in (torch.float16, torch.bfloat16):
    z = torch.zeros(1024, 10, dtype=dtype).index_fill(1, torch.tensor(0), 12.0).requires_grad_()
    for scale in (1, 1024):
        (g,) = torch.autograd.grad(scale * F.cross_entropy(z, y), z)
        lost = (g == 0).sum() / g.numel()
        print(f"{dtype!s:14} loss times {scale:4}: {lost:.0%} of the gradients are 0")
# --8<-- [end:underflow]
assert g[:, 1:].all() and not g[:, 0].any() and z.softmax(dim=1)[0, 0] == 1
assert torch.tensor(1e-8).half() == 0 and torch.tensor(1.0).half() + 1e-4 == 1 and 5e-8 < 2.0**-24 < 6e-8

# --8<-- [start:autocast]
with torch.autocast("cpu", torch.bfloat16):
    z = torch.nn.Linear(5, 3)(torch.ones(2, 5))
    own = -(z.softmax(dim=1).log()[:, 0]).mean()
    loss = F.cross_entropy(z, y[:2])
    print("logits", z.dtype, " own loss", own.dtype, " cross_entropy", loss.dtype)
# --8<-- [end:autocast]
assert own.dtype == z.dtype == torch.bfloat16 and loss.dtype == torch.float32

# --8<-- [start:find]
try:
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names the line of the forward pass
        torch.where(x > 0, x.log(), 0).sum().backward()
except RuntimeError as error:
    print("anomaly mode:", error)
x.grad = torch.tensor([math.nan, 1.0])
torch.nn.utils.clip_grad_norm_(x, 1.0)
print("clipped:", x.grad.tolist())
# --8<-- [end:find]
try:
    torch.nn.utils.clip_grad_norm_(x, 1.0, error_if_nonfinite=True)
except RuntimeError as error:
    refused = "non-finite" in str(error)
assert refused and x.grad.nan_to_num().tolist() == [0, 0] and not torch.is_anomaly_enabled()

# --8<-- [start:mask]
scores, allowed = torch.zeros(2, 3), torch.tensor([[True, True, False], [False, False, False]])
print(scores.masked_fill(~allowed, -math.inf).softmax(dim=1).tolist())
lowest = torch.finfo(scores.dtype).min
print((scores.masked_fill(~allowed, lowest).softmax(dim=1) * allowed).tolist())
# --8<-- [end:mask]
assert F.cross_entropy(scores, torch.tensor([-100, -100])).isnan()
plt.show()

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

# --8<-- [end:imports]

# --8<-- [start:sources]
inf, zero = torch.tensor(math.inf), torch.tensor(0.0)
results = {
    "exp(89)": torch.tensor(89.0).exp(),
    "1 / 0": 1 / zero,
    "−log(0)": -zero.log(),
    "inf − inf": inf - inf,
    "0 · inf": 0 * inf,
    "inf / inf": inf / inf,
    "0 / 0": zero / zero,
    "log(−1)": (zero - 1).log(),
    "√−1": (zero - 1).sqrt(),
    "mean of nothing": torch.ones(0).mean(),
}
for kind in ("inf", "nan"):
    names = [name for name, value in results.items() if str(value.item()) == kind]
    print(f"{kind}:", ", ".join(names))
# --8<-- [end:sources]
nan = results["0 / 0"]
assert nan != nan, "`nan == nan` is false"
assert nan.relu().isnan(), "`relu` keeps nan"
assert nan.clamp(0, 1).isnan(), "`clamp` keeps nan"
assert torch.stack([nan, zero]).sum().isnan(), "every sum keeps nan"
for dtype in (torch.float32, torch.bfloat16):
    assert torch.tensor(89.0, dtype=dtype).exp() == inf, "a logit of 89 is turned into inf, in bfloat16 and float32"
    assert torch.tensor(88.0, dtype=dtype).exp() < inf, "88 is not"

# --8<-- [start:formats]
logits = torch.arange(50.0)
print("dtype           largest  exp(x) ends at  next to 1  sigmoid(x) is 1 from")
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    info = torch.finfo(dtype)
    end = math.log(info.max)
    one = logits[logits.to(dtype).sigmoid() == 1][0]
    row = f"{info.max:.1e}  {end:14.1f}  {info.eps:9.1e}  {one:20.0f}"
    print(f"{dtype!s:14}  {row}")
# --8<-- [end:formats]
assert torch.tensor(11.0).half().exp() < inf, "float16: exp(11) is finite"
assert torch.tensor(12.0).half().exp() == inf, "float16: exp(12) is not"
for limit in (710.0, 37.0):
    far = torch.tensor(limit).double()
    assert not far.exp().isfinite() or far.sigmoid() == 1, "float64 moves both limits and removes none"


# --8<-- [start:from-scratch]
def logsumexp(input, dim, keepdim=False):
    m = input.detach().amax(dim, keepdim=True)
    m = torch.where(m.isfinite(), m, 0)  # inf − inf would be nan
    total = (input - m).exp().sum(dim, keepdim=True).log() + m
    return total if keepdim else total.squeeze(dim)
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
logits = torch.tensor([[1.0, 2.0, 3.0], [1000.0] * 3, [-1000.0] * 3])
print("naive  ", logits.exp().sum(dim=1).log().tolist())
print("shifted", logsumexp(logits, dim=1).tolist())
print("torch  ", torch.logsumexp(logits, dim=1).tolist())
# --8<-- [end:equal]
torch.testing.assert_close(logsumexp(logits, dim=1), torch.logsumexp(logits, dim=1), msg="equal to the library")
assert logits[1].exp().sum().log() == inf, "1000 overflows"
assert logits[2].exp().sum() == 0, "−1000 underflows to log 0"
excess = logsumexp(logits, dim=1) - logits.amax(dim=1)
assert (excess >= 0).all(), "log-sum-exp is at least the maximum"
assert (excess <= math.log(3) + 1e-4).all(), "log-sum-exp is at most the maximum plus log n"

# --8<-- [start:softmax]
logits = torch.tensor([0.0, 200.0], requires_grad=True)
log_q = {
    "log(exp / sum)": (logits.exp() / logits.exp().sum()).log(),
    "log(softmax)": logits.softmax(dim=0).log(),
    "log_softmax": logits.log_softmax(dim=0),
}
print("way             loss  gradient")
for name, value in log_q.items():
    loss = -value[0]
    (gradient,) = torch.autograd.grad(loss, logits)
    print(f"{name:14}  {loss:4.0f}  {gradient.tolist()}")
# --8<-- [end:softmax]
assert torch.tensor(-200.0).exp() == 0, "e^−200 is 0 in float32"
assert loss == 200, "log_softmax gives the loss 200"
assert gradient.tolist() == [-1, 1], "and its gradient"
for name in ("log(exp / sum)", "log(softmax)"):
    assert not log_q[name][0].isfinite(), "the other two lose the loss"

# --8<-- [start:binary]
bce_with_logits = F.binary_cross_entropy_with_logits
logits, targets = torch.linspace(0, 40, 401, requires_grad=True), torch.zeros(401)
p = logits.sigmoid()
curves = {
    "with logits": bce_with_logits(logits, targets, reduction="none"),
    "after sigmoid": F.binary_cross_entropy(p, targets, reduction="none"),
    "log(1 − p + 1e−6)": -(1 - p + 1e-6).log(),
}
slopes = {}
figure, (left, right) = plt.subplots(1, 2)
for name, loss in curves.items():
    (slopes[name],) = torch.autograd.grad(loss.sum(), logits, retain_graph=True)
    left.plot(logits.detach(), loss.detach(), label=name)
    right.plot(logits.detach(), slopes[name])
figure.legend(loc="outside lower center", ncols=3)
left.set(title="loss", xlabel="logit z, target 0", ylim=(0, 112))
right.set(title="gradient", xlabel="logit z, target 0", ylim=(-0.05, 1.05))
# --8<-- [end:binary]
assert (p[170:] == 1).all(), "from z = 17 on p is 1"
assert (p[:160] < 1).all(), "below z = 16 it is not"
assert (curves["after sigmoid"][170:] == 100).all(), "BCELoss replaces every logarithm below −100 by −100"
assert slopes["after sigmoid"][170:].abs().max() == 0, "and leaves the gradient at 0"
assert slopes["with logits"][170:].min() > 0.9999, "with logits the gradient is 1"
assert round(curves["log(1 − p + 1e−6)"][-1].item(), 1) == 13.8, "the loss stops at −log 1e-6 = 13.8"
assert slopes["log(1 − p + 1e−6)"][150] < 0.3, "at z = 15 its gradient is below 0.3"
assert p[150] < 1, "at z = 15 the sigmoid has not rounded to 1"
deep = torch.tensor([-30.0], requires_grad=True)
(lost,) = torch.autograd.grad(F.binary_cross_entropy(deep.sigmoid(), torch.ones(1)), deep)
assert round(lost.item(), 2) == -0.09, "at z = −30 and target 1 its gradient is −0.09 instead of −1"
assert math.isclose(lost, -deep.sigmoid().item() / 1e-12, rel_tol=1e-4), "it never divides by less than 1e-12"
assert torch.tensor(1e-8).half() == 0, "1e-8 is 0 in float16"
clamped = torch.tensor([1e-9], requires_grad=True)
assert torch.autograd.grad(clamped.clamp(min=1e-6).log(), clamped)[0] == 0, "clamp has the gradient 0 where it acts"
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    eps, one = torch.finfo(dtype).eps, torch.ones((), dtype=dtype)
    assert one + 0.49 * eps == one, "beside 1 anything below half of the format's eps is lost"

# --8<-- [start:pairs]
small, big, huge = torch.tensor(1e-9), torch.tensor(1000.0), torch.tensor(1e30)
pairs = {
    "log(1 + x)": ((1 + small).log(), torch.log1p(small)),
    "exp(x) − 1": (small.exp() - 1, torch.expm1(small)),
    "log(1 + exp(x))": ((1 + big.exp()).log(), F.softplus(big)),
    "log(sigmoid(x))": ((-big).sigmoid().log(), F.logsigmoid(-big)),
    "1 − sigmoid(x)": (1 - (big / 20).sigmoid(), (-big / 20).sigmoid()),
    "log(exp(x) + exp(y))": (big.exp().add(big.exp()).log(), big.logaddexp(big)),
    "√(x² + y²)": ((huge**2 + zero**2).sqrt(), torch.hypot(huge, zero)),
    "x · log(x)": (zero * zero.log(), torch.xlogy(zero, zero)),
}
print("formula               as written  stable")
for name, (naive, stable) in pairs.items():
    print(f"{name:20}  {naive:10}  {stable:.6g}")
# --8<-- [end:pairs]
for naive, stable in pairs.values():
    assert stable.isfinite(), "the right column is finite"
    assert naive != stable, "the left column is not equal to it"
assert 1 + small == 1, "the first two save small x from 1 + x = 1"


# --8<-- [start:kink]
def with_relu(z, y):
    return z.relu() - z * y + torch.log1p(torch.exp(-z.abs()))


def with_clamp(z, y):
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))


logit = torch.zeros(1, requires_grad=True)
print("loss                              target 0  target 1")
for loss in (with_relu, with_clamp, bce_with_logits):
    slopes = []
    for target in (torch.zeros(1), torch.ones(1)):
        slopes += torch.autograd.grad(loss(logit, target), logit)
    no, yes = (slope.item() for slope in slopes)
    print(f"{loss.__name__:32}  {no:8.1f}  {yes:8.1f}")
# --8<-- [end:kink]
assert no == 0.5, "the gradient for target 0 should be 0.5, and torch's is right"
assert yes == -0.5, "for target 1 it is −0.5"
assert torch.autograd.grad(F.softplus(logit) - logit * 0, logit)[0] == 0.5, "`F.softplus(z) - z * y` is right"
for loss in (with_relu, with_clamp):
    (slope,) = torch.autograd.grad(loss(logit, torch.zeros(1)), logit)
    assert slope != 0.5, "autograd takes what each part's convention says"

# --8<-- [start:where]
x = torch.tensor([0.0, 1.0], requires_grad=True)
first = x[:1]
values = {
    "where": torch.where(x > 0, x.log(), 0).sum(),
    "where twice": torch.where(x > 0, torch.where(x > 0, x, 1).log(), 0).sum(),
    "√ of 0": first.square().sum().sqrt(),
    "norm": first.norm(),
}
print("function     value  gradient")
for name, value in values.items():
    (gradient,) = torch.autograd.grad(value, x)
    print(f"{name:11}  {value:5.0f}  {gradient.tolist()}")
# --8<-- [end:where]
assert gradient[0] == 0, "the gradient of the norm at 0 is defined as 0"
(inside,) = torch.autograd.grad((first.square().sum() + 1e-12).sqrt(), x)
assert inside[0] == 0, "an epsilon inside the root does the same"
plt.show()

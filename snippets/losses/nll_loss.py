# --8<-- [start:call]
import torch
from torch import nn

loss = nn.NLLLoss()
log_p = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]).log()
classes = torch.tensor([0, 1])  # the right ones
print(f"loss {loss(log_p, classes):.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import itertools
import math
import warnings

import matplotlib.pyplot as plt
import torch.nn.functional as F

# --8<-- [end:imports]
costs = F.nll_loss(log_p, classes, reduction="none")
assert f"{costs[0]:.2f}" == "0.36", "a right class with the probability 0.7 costs 0.36"
assert f"{costs[1]:.2f}" == "2.30", "one with the probability 0.1 costs 2.30"


# --8<-- [start:from-scratch]
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    x = input.movedim(min(1, input.dim() - 1), -1)  # the classes last
    w = x.new_ones(x.shape[-1]) if weight is None else weight
    fits = target.shape == x.shape[:-1] and target.dtype == torch.int64
    if not fits or w.shape != x.shape[-1:]:
        raise ValueError("target or weight does not fit")
    keep = target != ignore_index
    y = target.where(keep, 0)
    loss = (-x.gather(-1, y[..., None]).squeeze(-1) * w[y]).where(keep, 0)
    mean = loss.sum() / w[y].where(keep, 0).sum()
    return {"none": loss, "mean": mean, "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x = torch.randn(4, 5, 2, dtype=torch.float64).log_softmax(1).requires_grad_()
y, w = torch.randint(5, (4, 2)), torch.rand(5, dtype=torch.float64)
worst = 0.0
choices = (None, w), (-100, 3), ("none", "mean", "sum")
for weight, ignored, reduction in itertools.product(*choices):
    options = dict(weight=weight, ignore_index=ignored, reduction=reduction)
    ours, library = nll_loss(x, y, **options), F.nll_loss(x, y, **options)
    (our_gradient,) = torch.autograd.grad(ours.sum(), x)
    (gradient,) = torch.autograd.grad(library.sum(), x)
    for difference in (ours - library, our_gradient - gradient):
        worst = max(worst, difference.abs().max().item())
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-13, "value and gradient equal the library's"
assert (y == 3).any(), "class 3, which is ignored, occurs"

# --8<-- [start:example]
p = torch.tensor([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])
x, y = p.log().requires_grad_(), torch.tensor([0, 2])
each = F.nll_loss(x, y, reduction="none")
loss = F.nll_loss(x, y)
loss.backward()
print("none    ", [round(value, 4) for value in each.tolist()])
print("mean    ", round(loss.item(), 4), "= 2 log 2 =", round(2 * math.log(2), 4))
print("gradient", x.grad.tolist())
# --8<-- [end:example]
assert f"{math.log(2):.4f}" == "0.6931", "log 2 = 0.6931"
assert f"{math.log(8):.4f}" == "2.0794", "log 8 = 2.0794"
assert math.isclose(loss.item(), (math.log(2) + 3 * math.log(2)) / 2, rel_tol=1e-6), "the mean is 2 log 2"
assert x.grad.tolist() == [[-0.5, 0, 0], [0, 0, -0.5]], "the gradient is −½ at both classes"

# --8<-- [start:curves]
z = torch.linspace(-3, 3, 601, requires_grad=True)  # the second input is 0
raw = torch.stack([z, torch.zeros(601)], 1)
y = torch.zeros(601, dtype=torch.int64)
inputs = {"input z": raw, "log_softmax": raw.log_softmax(1)}
figure, (left, right) = plt.subplots(1, 2)
for name, x in inputs.items():
    loss = F.nll_loss(x, y, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), z)
    (line,) = left.plot(z.detach(), loss.detach())
    left.text(3.1, loss[-1].item(), name, color=line.get_color(), va="center")
    right.plot(z.detach(), slope)
left.set(title="loss", xlabel="z", xticks=range(-3, 4))
right.set(title="gradient", xlabel="z", xticks=range(-3, 4))
# --8<-- [end:curves]
plain = F.nll_loss(raw, y, reduction="none")
assert torch.equal(plain, -z), "with z as input the loss is the straight line −z"
assert (plain[z > 0] < 0).all(), "above 0 it is negative"
assert (torch.autograd.grad(plain.sum(), z)[0] == -1).all(), "its gradient is −1 everywhere"
assert (loss > 0).all(), "after log_softmax it stays positive"
assert torch.allclose(slope, z.sigmoid() - 1, atol=1e-6), "its gradient rises from near −1 towards 0"

# --8<-- [start:parameters]
x = torch.tensor([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]]).log()
y, w = torch.tensor([0, 1, 0]), torch.tensor([1.0, 3.0])
cases = {"plain": {}, "weight": {"weight": w}, "ignore_index": {"ignore_index": 1}}
print("option           sum    mean  sum / mean")
for name, options in cases.items():
    total = F.nll_loss(x, y, reduction="sum", **options)
    mean = F.nll_loss(x, y, **options)
    print(f"{name:12}  {total:.4f}  {mean:.4f}  {total / mean:10.0f}")
# --8<-- [end:parameters]
assert w[y].tolist() == [1, 3, 1], "the targets 0, 1, 0 have the weights 1 + 3 + 1"
assert w[y].sum() == 5, "which is 5"
assert F.nll_loss(x, torch.tensor([-100] * 3)).isnan(), "if every target is ignored, `mean` is 0 / 0, so `nan`"

# --8<-- [start:cross-entropy]
logits, y = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
log_p = logits.log_softmax(1)
same = torch.equal(F.nll_loss(log_p, y), F.cross_entropy(logits, y))
print("nll_loss(log_softmax(x)) equals cross_entropy(x):", same)
# --8<-- [end:cross-entropy]
assert same, "they are the same computation"
assert torch.allclose(F.cross_entropy(log_p, y), F.cross_entropy(logits, y)), "`log_softmax` twice changes nothing"

# --8<-- [start:mixture]
first = [[9.0, 0.0], [150.0, 0.0]]  # (N, C)
second = [[0.0, 9.0], [200.0, 0.0]]
models, y = torch.tensor([first, second]), torch.tensor([1, 1])
mean_p = models.softmax(2).mean(0)
log_p = models.log_softmax(2).logsumexp(0) - math.log(2)
print("way              one is right  none is right")
for name, x in (("log of the mean", mean_p.log()), ("logsumexp", log_p)):
    loss = F.nll_loss(x, y, reduction="none")
    print(f"{name:15}  {loss[0]:12.4f}  {loss[1]:13.4f}")
# --8<-- [end:mixture]
assert models.softmax(2)[:, 0, 1].round(decimals=3).tolist() == [0, 1], "one model is right and the other is wrong"
assert f"{mean_p[0, 1]:.3f}" == "0.500", "so the mean is ½"
assert f"{loss[0]:.4f}" == "0.6931", "and the loss 0.6931"
assert (models[:, 1, 0] - models[:, 1, 1]).tolist() == [150, 200], "in the second both are wrong, by 150 and 200"
assert (models.softmax(2)[:, 1, 1] == 0).all(), "in float32 both probabilities are 0"
assert loss.isfinite().all(), "this form survives where the mean underflows"

# --8<-- [start:negative]
p, y = torch.tensor([[0.9, 0.1]]), torch.tensor([0])
print(f"probabilities     {F.nll_loss(p, y):7.4f}")
print(f"log-probabilities {F.nll_loss(p.log(), y):7.4f}")
# --8<-- [end:negative]
assert round(F.nll_loss(p, y).item(), 4) == -0.9, "0.9 becomes −0.9"


# --8<-- [start:runs-away]
def last_loss(last_layer, seed):
    torch.manual_seed(seed)
    inputs, targets = torch.randn(64, 2), torch.randint(3, (64,))  # pure chance
    model = nn.Sequential(nn.Linear(2, 3), last_layer)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    for _ in range(300):
        optimizer.zero_grad()
        loss = F.nll_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
    return loss.item()


results = {}
print("last layer       ", *(f" seed {seed}" for seed in range(5)), sep="  ")
for last_layer in (nn.Identity(), nn.Softmax(dim=1), nn.LogSoftmax(dim=1)):
    losses = [last_loss(last_layer, seed) for seed in range(5)]
    print(f"{last_layer!s:17}", *(f"{loss:7.2f}" for loss in losses), sep="  ")
    results[str(last_layer)] = losses
# --8<-- [end:runs-away]
raw, softmax, log_softmax = results.values()
assert max(raw) < -100, "without a last layer the loss falls below −100 in 5 of 5 seeds"
assert min(softmax) >= -1, "with `Softmax` it stays above −1 in 5 of 5 seeds"
assert max(softmax) < 0, "with `Softmax` it is negative in 5 of 5 seeds"
assert max(log_softmax) < math.log(3), "with `LogSoftmax` it is below log 3 in 5 of 5 seeds"
assert f"{math.log(3):.2f}" == "1.10", "log 3 = 1.10"

# --8<-- [start:log-zero]
x = torch.tensor([[-200.0, 0.0]], requires_grad=True)
ways = {"softmax, log": x.softmax(1).log(), "log_softmax": x.log_softmax(1)}
for name, log_p in ways.items():
    loss = F.nll_loss(log_p, torch.tensor([0]))
    (gradient,) = torch.autograd.grad(loss, x)
    print(f"{name:12} loss {loss:.0f}, gradient {gradient.tolist()}")
# --8<-- [end:log-zero]
assert torch.tensor([-104.0, 0.0]).softmax(0)[0] == 0, "in float32 softmax rounds a logit 104 below the others to 0"
assert torch.tensor([-103.0, 0.0]).softmax(0)[0] > 0, "103 below it does not"

# --8<-- [start:nan]
x = torch.tensor([[math.nan, 0.0], [0.0, 0.0]], requires_grad=True)
y = torch.tensor([-100, 0])
kept = y != -100
for loss in (F.cross_entropy(x, y), F.cross_entropy(x[kept], y[kept])):
    (gradient,) = torch.autograd.grad(loss, x)
    print(f"loss {loss:.4f}, gradient {gradient.tolist()}")
# --8<-- [end:nan]
(gradient,) = torch.autograd.grad(F.nll_loss(x, y), x)
assert gradient.tolist() == [[0, 0], [-1, 0]], "`nll_loss` on its own passes 0 to an ignored row"

# --8<-- [start:refused]
classes, sequence = torch.zeros(2, 3), torch.zeros(2, 7, 3)  # (N, C), (N, L, C)
calls = {
    "probabilities": (classes, torch.ones(2, 3)),
    "class 3 of 3": (classes, torch.tensor([0, 3])),
    "float32 classes": (classes, torch.tensor([0.0, 1.0])),
    "classes last": (sequence, torch.zeros(2, 7, dtype=torch.int64)),
}
for name, (input, target) in calls.items():
    try:
        F.nll_loss(input, target)
    except (IndexError, RuntimeError) as error:
        print(f"{name}:\n    {type(error).__name__}: {error}")
# --8<-- [end:refused]
assert F.nll_loss(sequence.transpose(1, 2), calls["classes last"][1]).isfinite(), "write `input.transpose(1, 2)`"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    old = nn.NLLLoss2d()
assert isinstance(old, nn.NLLLoss), "`NLLLoss2d` is an old name for the same class"
assert "deprecated" in str(caught[0].message), "and warns that it is deprecated"
plt.show()

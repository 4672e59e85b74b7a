# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:one-sample]
logits, weight = torch.tensor([[0.0, 2.0]]), torch.tensor([100.0, 1.0])
plain = F.cross_entropy(logits, torch.tensor([0]))
weighted = F.cross_entropy(logits, torch.tensor([0]), weight=weight)
print(f"batch of 1: {plain:.4f}, weight 100: {weighted:.4f}")

nothing = F.cross_entropy(logits, torch.tensor([-100]))
print("every target ignored:", nothing.item())

half = logits.repeat(2, 1), torch.tensor([-100, 0])
each, mean = F.cross_entropy(*half, reduction="none"), F.cross_entropy(*half)
print(f"one of two ignored: none.mean() {each.mean():.4f}, mean {mean:.4f}")
# --8<-- [end:one-sample]
assert plain == weighted, "with batch size 1 the weight cancels"
assert nothing.isnan(), "all targets ignored: 0/0"
assert F.cross_entropy(logits, torch.tensor([-100]), reduction="sum") == 0, "the sum is 0"
assert each[0] == 0, "an ignored target is a 0 in `none`"
assert math.isclose(mean, 2 * each.mean(), rel_tol=1e-6), "`none.mean()` counts it"
pair = torch.tensor([[0.0, 2.0], [1.0, 0.0]]), torch.tensor([0, 0])
alike = F.cross_entropy(*pair), F.cross_entropy(*pair, weight=weight)
assert math.isclose(*alike, rel_tol=1e-6), "it cancels in every batch whose targets are all of one class"

# --8<-- [start:accumulate]
torch.manual_seed(0)
model = nn.Linear(8, 5, dtype=torch.float64)  # or any model
inputs = torch.randn(4, 6, 8, dtype=torch.float64)  # 4 sequences of 6 places
targets = torch.randint(5, (4, 6))
for row, length in enumerate((6, 5, 1, 2)):
    targets[row, length:] = -100  # padding
micro_batches = list(zip(inputs.split(2), targets.split(2), strict=True))


def gradient(batches, reduction, divisor):
    """The gradient after all batches, each loss divided by the divisor."""
    model.zero_grad()
    for inputs, targets in batches:
        logits = model(inputs).mT  # classes in dimension 1
        loss = F.cross_entropy(logits, targets, reduction=reduction)
        (loss / divisor).backward()  # adds up
    return model.weight.grad.clone()
# --8<-- [end:accumulate]


# --8<-- [start:count]
def off(found):
    return f"off by {(found - whole).norm() / whole.norm():.0%}"


whole = gradient([(inputs, targets)], "mean", divisor=1)
counts = [(targets != -100).sum().item() for _, targets in micro_batches]
by_parts = gradient(micro_batches, "mean", divisor=len(micro_batches))
by_count = gradient(micro_batches, "sum", divisor=sum(counts))
print("counted targets", counts)
print("mean / 2   ", off(by_parts))
print("sum / total", off(by_count))
# --8<-- [end:count]
first, second = counts
assert first == 11, "11 targets are left in the first part after padding"
assert second == 3, "3 targets are left in the second"
assert 2 * first == 22, "on the left a target of the first part weighs 1/22"
assert 2 * second == 6, "and one of the second 1/6"
assert sum(counts) == 14, "on the right, in the whole batch, each weighs 1/14"
torch.testing.assert_close(by_count, whole, rtol=1e-12, atol=1e-14, msg="sum / total is the whole batch")
assert (by_parts - whole).norm() > 0.2 * whole.norm(), "the mean of means is off"
class_weight = torch.tensor([1.0, 2, 3, 4, 5]).double()
logits, kept = model(inputs).mT, targets[targets != -100]
total = F.cross_entropy(logits, targets, weight=class_weight, reduction="sum") / class_weight[kept].sum()
mean = F.cross_entropy(logits, targets, weight=class_weight)
torch.testing.assert_close(total, mean, msg="with class weights the count is `weight[target].sum()`")


# --8<-- [start:distributed]
def averaged(divisor, reduction):
    """What DDP does with one batch in each process: the mean of their gradients."""
    gradients = [gradient([batch], reduction, divisor) for batch in micro_batches]
    return torch.stack(gradients).mean(dim=0)


world_size = len(micro_batches)
total = sum(counts)  # in a real run: dist.all_reduce(count)
local_mean = averaged(divisor=1, reduction="mean")
global_count = averaged(divisor=total / world_size, reduction="sum")
print("mean                    ", off(local_mean))
print("sum / total · world_size", off(global_count))
# --8<-- [end:distributed]
torch.testing.assert_close(local_mean, by_parts, msg="the left side again, with processes instead of micro-batches")
torch.testing.assert_close(global_count, whole, rtol=1e-12, atol=1e-14, msg="the global count repairs it")

# --8<-- [start:epoch]
losses = torch.tensor([1.0] * 9 + [6.0])  # of ten samples
print("batch size  mean of means  by samples  perplexity  by samples")
for size in (10, 5, 3):
    batches = losses.split(size)
    means = torch.stack([batch.mean() for batch in batches])
    exact = sum(batch.mean() * len(batch) for batch in batches) / len(losses)
    print(f"{size:<10}  {means.mean():13.2f}  {exact:10.2f}", end="")
    print(f"  {means.exp().mean():10.1f}  {exact.exp():10.1f}")
# --8<-- [end:epoch]
assert math.isclose(means.mean(), 2.25), "batch size 3: the mean of batch means is 2.25"
assert math.isclose(exact, 1.5), "and the mean of the samples 1.5"
halves = torch.stack([batch.mean() for batch in losses.split(5)])
assert round(halves.exp().mean().item(), 1) == 5.1, "two equal batches: the mean of exp is 5.1"
assert round(losses.mean().exp().item(), 1) == 4.5, "exp of the overall mean is 4.5"

# --8<-- [start:terms]
kl = 5.0  # of each sample
print("features  mean  sum over features   KL")
for features in (10, 1000):
    error = torch.ones(4, features)  # 4 samples, every feature off by 1
    mean = error.square().mean()
    per_sample = error.square().sum() / len(error)
    print(f"{features:<8}  {mean:4.0f}  {per_sample:17.0f}  {kl:3}")
# --8<-- [end:terms]
assert per_sample / mean == 1000, "with 1000 features `mean` makes the second term 1000 times as strong"

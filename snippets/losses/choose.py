# --8<-- [start:imports]
import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:targets]
torch.manual_seed(0)
numbers = torch.tensor([1.5, -2.0, 0.0, 3.0])  # (N)
counts = torch.tensor([4.0, 1.0, 2.0, 9.0])  # (N)
yes = torch.tensor([1.0, 0.0, 0.0, 1.0])  # (N), float
index = torch.tensor([2, 0, 1, 2])  # (N), integer
labels = torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 1, 1], [1, 1, 1]])  # (N, C)
soft = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])  # (N, C), rows add up to 1
image = torch.randint(3, (2, 4, 4))  # (N, H, W), integer
words = torch.tensor([[1, 2, 0], [2, -100, -100]])  # (N, T), integer, padded
# --8<-- [end:targets]

# --8<-- [start:tasks]
bce = F.binary_cross_entropy_with_logits


def by_words(z, y):  # (N, T, C): the classes must come second
    return F.cross_entropy(z.mT, y)


# task: (shape of the output, target, loss, prediction from the output)
tasks = {
    "number": ((4,), numbers, F.mse_loss, lambda z: z),
    "number, outliers": ((4,), numbers, F.huber_loss, lambda z: z),
    "count": ((4,), counts, F.poisson_nll_loss, torch.exp),
    "yes or no": ((4,), yes, bce, lambda z: z > 0),
    "one of C": ((4, 3), index, F.cross_entropy, lambda z: z.argmax(1)),
    "one of C, soft": ((2, 3), soft, F.cross_entropy, lambda z: z.softmax(1)),
    "any of C": ((4, 3), labels, bce, lambda z: z > 0),
    "pixel by pixel": ((2, 3, 4, 4), image, F.cross_entropy, lambda z: z.argmax(1)),
    "word by word": ((2, 3, 3), words, by_words, lambda z: z.argmax(2)),
}
# --8<-- [end:tasks]


# --8<-- [start:learn]
def learn(shape, target, loss, predict):
    output = torch.zeros(shape, requires_grad=True)  # of the last layer
    optimizer = torch.optim.Adam([output], lr=0.1)
    first = loss(output, target).item()
    for _ in range(400):
        last = loss(output, target)
        optimizer.zero_grad()
        last.backward()
        optimizer.step()
    return first, last.item(), predict(output.detach())


print(f"{'task':16}  first loss  last loss  largest error")
runs = {}
for name, (shape, target, loss, predict) in tasks.items():
    first, last, found = learn(shape, target, loss, predict)
    error = (found.float() - target)[target != -100].abs().max().item()
    runs[name] = first, last, error
    print(f"{name:16}  {first:10.3f}  {last:9.3f}  {error:13.1f}")
# --8<-- [end:learn]
for name, (first, last, error) in runs.items():
    assert error < 0.02, "all predictions arrive"
    if name in ("yes or no", "any of C"):
        assert math.isclose(first, math.log(2), rel_tol=1e-5), "log 2 is the first loss of every yes-or-no row"
    elif name not in ("number", "number, outliers", "count"):
        assert math.isclose(first, math.log(3), rel_tol=1e-5), "and log 3 for three classes"
    if name not in ("count", "one of C, soft"):
        assert last < 0.01, "two last losses are not near 0: the others are"
assert runs["count"][1] < 0, "the Poisson loss leaves out a term of the target, so it may be negative"
entropy = -(soft * soft.log()).sum(dim=1).mean().item()
assert round(entropy, 2) == 0.72, "a soft target keeps its own entropy, here 0.72"
assert math.isclose(runs["one of C, soft"][1], entropy, rel_tol=1e-3), "which no prediction can undercut"

# --8<-- [start:others]
first, second, third = torch.randn(3, 4, 8)  # features of four samples: (N, d)
mean, variance = first[:, 0], first[:, 1].exp()
sign = torch.tensor([1, -1, 1, 1])
teacher = torch.randn(4, 3).softmax(dim=1)
log_q = torch.randn(4, 3).log_softmax(dim=1)
frames = torch.randn(9, 4, 5).log_softmax(dim=2)  # (T, N, C)
text = torch.randint(1, 5, (4, 3))  # (N, S)
lengths = torch.full((4,), 9), torch.full((4,), 3)
others = {
    "number and spread": F.gaussian_nll_loss(mean, numbers, variance),
    "copy a distribution": F.kl_div(log_q, teacher, reduction="batchmean"),
    "very many classes": F.linear_cross_entropy(first, torch.randn(3, 8), index),
    "text without alignment": F.ctc_loss(frames, text, *lengths),
    "which scores higher": F.margin_ranking_loss(first[:, 0], second[:, 0], sign),
    "similar or not": F.cosine_embedding_loss(first, second, sign),
    "closer to this than that": F.triplet_margin_loss(first, second, third),
}
print(f"{'task':25}  loss")
for name, value in others.items():
    print(f"{name:25}  {value:.2f}")
# --8<-- [end:others]
for value in others.values():
    assert value.isfinite(), "the other rows, called once with the shapes of the table"

# --8<-- [start:logits]
no, yes_logit = torch.randn(2, 5, dtype=torch.float64)  # two logits per sample
target = torch.tensor([0, 1, 1, 0, 1])
two = F.cross_entropy(torch.stack([no, yes_logit], dim=1), target)
one = bce(yes_logit - no, target.double())
print(f"two logits {two:.6f}, one logit {one:.6f}")
# --8<-- [end:logits]
assert torch.isclose(one, two, rtol=1e-12), "the same function"

# --8<-- [start:start]
inputs, classes = torch.randn(1000, 64), torch.randint(10, (1000,))
one_hot = F.one_hot(classes, 10).float()
network = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
with torch.no_grad():
    logits = network(inputs)
ignored = torch.full_like(classes, -100)
leaked = logits + 5 * one_hot  # as if the target were part of the input
first_losses = {
    "as it should be": F.cross_entropy(logits, classes),
    "last layer × 30": F.cross_entropy(30 * logits, classes),
    "the target leaks": F.cross_entropy(leaked, classes),
    "a sigmoid loss": bce(logits, one_hot),
    "one output": F.cross_entropy(logits[:, :1], torch.zeros_like(classes)),
    "all ignored": F.cross_entropy(logits, ignored),
}
print(f"{'network':16}  first loss  divided by log 10")
for name, loss in first_losses.items():
    print(f"{name:16}  {loss:10.2f}  {loss / math.log(10):17.2f}")
# --8<-- [end:start]
assert round(math.log(2), 3) == 0.693, "for one sigmoid it is log 2 = 0.693"
assert round(math.log(3), 3) == 1.099, "log 3 = 1.099 for three classes"
assert abs(first_losses["as it should be"] / math.log(10) - 1) < 0.02, "near log C: within 2 %"
assert first_losses["last layer × 30"] > 2 * math.log(10), "far above: more than twice log 10"
assert first_losses["the target leaks"] < math.log(10) / 2, "far below: less than half of log 10"
assert abs(first_losses["a sigmoid loss"] / math.log(2) - 1) < 0.02, "log 2 where you expected log C: within 2 %"
assert first_losses["one output"] == 0, "exactly 0"
assert first_losses["all ignored"].isnan(), "all targets ignored: nan"
assert F.cross_entropy(torch.tensor([[math.inf, 0.0]]), torch.tensor([0])).isnan(), "inf in the input: nan"

# --8<-- [start:baseline]
shares = torch.tensor([0.90, 0.09, 0.01])
target = torch.tensor([0] * 900 + [1] * 90 + [2] * 10)
answers = {"all logits 0": torch.zeros(3), "log of the shares": shares.log()}
entropy = -(shares * shares.log()).sum()
print(f"{'answer':18}  loss")
for name, logits in answers.items():
    loss = F.cross_entropy(logits.expand(1000, 3), target)
    print(f"{name:18}  {loss:.3f}")
print(f"{'entropy of shares':18}  {entropy:.3f}")
# --8<-- [end:baseline]
assert math.isclose(F.cross_entropy(torch.zeros(1000, 3), target), math.log(3), rel_tol=1e-5), "all logits 0: log C"
loss = F.cross_entropy(shares.log().expand(1000, 3), target)
assert round(loss.item(), 3) == 0.358, "with shares of 90, 9 and 1 % a loss of 0.358: nothing has been learned"
assert torch.isclose(loss, -(shares * shares.log()).sum()), "it reaches the entropy of those shares"


# --8<-- [start:errors]
def attempt(loss, output, target):
    try:
        loss(output, target)
    except (RuntimeError, ValueError, IndexError) as error:
        print(error)
        messages.append(str(error))


messages = []
logits, one_hot = torch.randn(4, 3), F.one_hot(index, 3)
attempt(F.cross_entropy, logits, index[:, None])
attempt(F.cross_entropy, logits, index.float())
attempt(F.cross_entropy, logits, one_hot)
attempt(F.cross_entropy, logits, index + 1)
attempt(F.cross_entropy, torch.randn(2, 3, 4, 4), image[:, None])
attempt(F.cross_entropy, torch.randn(4, 7, 3), torch.randint(3, (4, 7)))
attempt(bce, logits[:, :1], yes)
attempt(bce, logits[:, 0], yes.long())
attempt(F.binary_cross_entropy, 10 * logits[:, 0], yes)
# --8<-- [end:errors]
assert len(messages) == 9, "nine wrong calls"
for message, part in zip(
    messages,
    (
        "0D or 1D target tensor expected, multi-target not supported",
        "expected target dtype to be Long or Byte, but got Float",
        "Expected floating point type for target with class probabilities, got Long",
        "Target 3 is out of bounds",
        "only batches of spatial targets supported (3D tensors) but got targets of dimension: 4",
        "Expected target size [4, 3], got [4, 7]",
        "must be the same as input size",
        "result type Float can't be cast to the desired output type Long",
        "all elements of input should be between 0 and 1",
    ),
    strict=True,
):
    assert part in message, "what torch 2.13 says to each"

# --8<-- [start:silent]
perfect = 100.0 * one_hot
batch, steps = torch.randn(2, 3, 3), torch.randint(3, (2, 3))
wrong, right = F.cross_entropy(batch, steps), F.cross_entropy(batch.mT, steps)
one_class = F.cross_entropy(logits[:, :1], torch.zeros_like(index))
twice = F.cross_entropy(perfect.softmax(dim=1), index)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    broadcast = F.mse_loss(numbers[:, None], numbers)
print("mistake        wrong  right  warnings")
print(f"one output     {one_class:.3f}  {F.cross_entropy(logits, index):.3f}  none")
print(f"softmax twice  {twice:.3f}  {F.cross_entropy(perfect, index):.3f}  none")
print(f"classes last   {wrong:.3f}  {right:.3f}  none")
one_each = F.mse_loss(numbers, numbers)
print(f"broadcast      {broadcast:.3f}  {one_each:.3f}  {len(caught)}")
# --8<-- [end:silent]
assert F.cross_entropy(perfect, index) < 1e-6, "these are perfect predictions"
assert one_class == 0, "the loss of one class is 0"
assert torch.isclose(twice, torch.tensor(math.log(math.e + 2) - 1)), "even these cost log(e + 2) − 1"
assert round(twice.item(), 3) == 0.551, "which is 0.551"
assert wrong != right, "the loss compares steps with classes"
assert F.mse_loss(numbers, numbers) == 0, "these predictions are perfect"
assert round(broadcast.item(), 3) == 6.844, "and they cost 6.844"
assert len(caught) == 1, "there is a warning"

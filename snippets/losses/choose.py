# --8<-- [start:targets]
import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
numbers = torch.tensor([1.5, -2.0, 0.0, 3.0])  # (N)
counts = torch.tensor([4.0, 1.0, 2.0, 9.0])  # (N)
yes = torch.tensor([1.0, 0.0, 0.0, 1.0])  # (N), floating point
index = torch.tensor([2, 0, 1, 2])  # (N), integer
labels = torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 1, 1], [1, 1, 1]])  # (N, C), floating point
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
    z = torch.zeros(shape, requires_grad=True)  # what the last layer would give
    optimizer = torch.optim.Adam([z], lr=0.1)
    losses = []
    for _ in range(400):
        optimizer.zero_grad()
        losses.append(loss(z, target))
        losses[-1].backward()
        optimizer.step()
    return losses[0].item(), losses[-1].item(), predict(z.detach())


print(f"{'':16} first loss  last loss  largest error")
runs = {}
for name, (shape, target, loss, predict) in tasks.items():
    first, last, found = learn(shape, target, loss, predict)
    error = (found * 1.0 - target)[target != -100].abs().max().item()
    runs[name] = first, last, error
    print(f"{name:16} {first:10.3f} {last:10.3f} {error:14.1f}")
# --8<-- [end:learn]
assert all(error < 0.02 for _, _, error in runs.values()) and runs["one of C, soft"][1] > 0.7
for count, names in ((2, ("yes or no", "any of C")), (3, list(tasks)[4:6] + list(tasks)[7:])):
    assert all(math.isclose(runs[name][0], math.log(count), rel_tol=1e-5) for name in names)
limit = -(soft * soft.log()).sum(dim=1).mean().item()
assert math.isclose(runs["one of C, soft"][1], limit, rel_tol=1e-3) and round(limit, 2) == 0.72

# --8<-- [start:others]
a, b, c = torch.randn(3, 4, 8)  # embeddings or features of four samples
first, sign = torch.tensor([1, -1, 1, 1]), torch.tensor([1, 1, -1, -1])
teacher, log_q = torch.randn(4, 3).softmax(1), torch.randn(4, 3).log_softmax(1)
frames, text = torch.randn(9, 4, 5).log_softmax(2), torch.randint(1, 5, (4, 3))  # T, N, C; N, S
nine, three = torch.full((4,), 9), torch.full((4,), 3)
others = {
    "number and spread": F.gaussian_nll_loss(a[:, 0], numbers, a[:, 1].exp()),
    "copy a distribution": F.kl_div(log_q, teacher, reduction="batchmean"),
    "very many classes": F.linear_cross_entropy(a, torch.randn(3, 8), index),
    "text without alignment": F.ctc_loss(frames, text, nine, three),
    "which scores higher": F.margin_ranking_loss(a[:, 0], b[:, 0], first),
    "similar or not": F.cosine_embedding_loss(a, b, sign),
    "closer to this than that": F.triplet_margin_loss(a, b, c),
}
for name, value in others.items():
    print(f"{name:25} {value:.2f}")
# --8<-- [end:others]
assert all(value.isfinite() and value.ndim == 0 for value in others.values())

# --8<-- [start:logits]
a, b = torch.randn(2, 5, dtype=torch.float64)  # two logits for each of five samples
y = torch.tensor([0, 1, 1, 0, 1])
two = F.cross_entropy(torch.stack([a, b], dim=1), y)
one = bce(b - a, y.double())
print(f"two logits {two:.6f}, one logit {one:.6f}")
# --8<-- [end:logits]
assert torch.isclose(one, two, rtol=1e-12)

# --8<-- [start:start]
x, y = torch.randn(1000, 64), torch.randint(10, (1000,))
print(f"log 10 = {math.log(10):.3f}")
found = []
for scale in (0, 1, 3, 10):
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    with torch.no_grad():
        net[2].weight.mul_(scale)
        net[2].bias.zero_()
        z = net(x)
    guess = math.log(10) + z.var(dim=1).mean() / 2 * 0.9
    found.append((F.cross_entropy(z, y).item(), guess.item()))
    print(f"last layer × {scale:2}: first loss {found[-1][0]:5.2f}, rule {guess:5.2f}")
# --8<-- [end:start]
assert all(abs(loss / rule - 1) < 0.02 for loss, rule in found[:3]) and found[3][0] > 3.5

# --8<-- [start:baseline]
shares = torch.tensor([0.90, 0.09, 0.01])
p = torch.tensor([0, 1, 2]).repeat_interleave((1000 * shares).long())  # 1000 targets
for name, z in (("all logits 0", torch.zeros(3)), ("log of the shares", shares.log())):
    print(f"{name:18} {F.cross_entropy(z.expand(1000, 3), p):.3f}")
print(f"entropy of shares  {-(shares * shares.log()).sum():.3f}")
# --8<-- [end:baseline]
assert round(-(shares * shares.log()).sum().item(), 3) == 0.358


# --8<-- [start:errors]
def attempt(loss, output, target):
    try:
        loss(output, target)
    except (RuntimeError, ValueError, IndexError) as error:
        print(error)


z, one_hot = torch.randn(4, 3), F.one_hot(index, 3)
attempt(F.cross_entropy, z, index[:, None])
attempt(F.cross_entropy, z, index.float())
attempt(F.cross_entropy, z, one_hot)
attempt(F.cross_entropy, z, index + 1)
attempt(F.cross_entropy, torch.randn(2, 3, 4, 4), image[:, None])
attempt(F.cross_entropy, torch.randn(4, 7, 3), torch.randint(3, (4, 7)))
attempt(bce, z[:, :1], yes)
attempt(bce, z[:, 0], yes.long())
attempt(F.binary_cross_entropy, z[:, 0], yes)
# --8<-- [end:errors]

# --8<-- [start:silent]
print("one output:", F.cross_entropy(z[:, :1], torch.zeros(4, dtype=torch.long)).item())
perfect = 100.0 * one_hot
print(f"softmax twice: {F.cross_entropy(perfect.softmax(dim=1), index):.3f}")
batch, steps = torch.randn(2, 3, 3), torch.randint(3, (2, 3))
print("classes last:", F.cross_entropy(batch, steps) == F.cross_entropy(batch.mT, steps))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(f"broadcast: {F.mse_loss(numbers[:, None], numbers):.3f}, {len(caught)} warning")
# --8<-- [end:silent]
assert F.mse_loss(numbers, numbers) == 0
assert torch.isclose(F.cross_entropy(perfect.softmax(dim=1), index), torch.tensor(math.log(math.e + 2) - 1))

# --8<-- [start:views]
import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim

pixels, y = (torch.tensor(a) for a in load_digits(return_X_y=True))
x = pixels.float() / 16 - 0.3
rows = x.view(-1, 8, 8)  # a sequence of eight tokens, or an image
words = pixels.long() + 17 * torch.arange(64)  # 64 "words" out of 1088


class LSTM(nn.LSTM):
    def forward(self, rows):
        return super().forward(rows)[0][:, -1]  # what the last step puts out


def transformer():
    layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0, batch_first=True)
    read = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))
    return nn.Sequential(nn.Linear(8, 32), layer, read)
# --8<-- [end:views]


# --8<-- [start:models]
def cnn():
    conv = nn.Sequential(nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU())
    read = nn.Sequential(nn.Flatten(), nn.Linear(576, 10))
    return nn.Sequential(nn.Unflatten(1, (1, 8)), conv, read)


def mlp():
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def recurrent():
    return nn.Sequential(LSTM(8, 32, batch_first=True), nn.Linear(32, 10))


def embedding():
    bag = nn.EmbeddingBag(1088, 32, sparse=True)
    return nn.Sequential(bag, nn.ReLU(), nn.Linear(32, 10))


def linear():
    return nn.Sequential(nn.Linear(64, 10))
# --8<-- [end:models]


# --8<-- [start:schedule]
def factor(step, shape, total, warmup=0):
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / (total - warmup)
    shapes = {"constant": 1, "linear": 1 - share}
    return (shapes | {"cosine": (1 + math.cos(math.pi * share)) / 2})[shape]


def classify(z, y):
    return F.cross_entropy(z, y)


def bandit(z, y):  # reinforcement learning: reward 1 for the right guess
    choice = torch.distributions.Categorical(logits=z)
    guess = choice.sample()
    return -(choice.log_prob(guess) * ((guess == y).float() - 0.1)).mean()
# --8<-- [end:schedule]

# --8<-- [start:recipes]
P = nn.Module.parameters
# problem: (model, data, optimizers, schedule, steps of warm-up, clip at)
recipes = {
    "fine-tuning": (transformer, rows, lambda m: [
        optim.AdamW(P(m), lr=2e-5, weight_decay=0.01)], "linear", 6, 1.0),
    "transformer": (transformer, rows, lambda m: [optim.AdamW(
        P(m), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1)], "cosine", 6, 1.0),
    "images": (cnn, rows, lambda m: [optim.SGD(
        P(m), lr=0.1, momentum=0.9, weight_decay=1e-4)], "cosine", 0, None),
    "MLP, tabular": (mlp, x, lambda m: [
        optim.AdamW(P(m), lr=1e-3)], "cosine", 0, None),
    "recurrent": (recurrent, rows, lambda m: [
        optim.Adam(P(m), lr=1e-3)], "constant", 0, 1.0),
    "reinforcement": (mlp, x, lambda m: [
        optim.Adam(P(m), lr=3e-4, eps=1e-5)], "linear", 0, 0.5),
}
# --8<-- [end:recipes]

# --8<-- [start:memory-recipes]
recipes |= {
    "large embedding": (embedding, words, lambda m: [
        optim.SparseAdam(P(m[0]), lr=1e-3), optim.AdamW(P(m[2]), lr=1e-3)],
        "constant", 0, None),
    "rare features": (linear, x, lambda m: [
        optim.Adagrad(P(m), lr=0.05)], "constant", 0, None),
    "little memory": (mlp, x, lambda m: [
        optim.Adafactor(P(m), lr=0.01)], "constant", 0, None),
    "matrices": (mlp, x, lambda m: [
        optim.Muon([p for p in P(m) if p.ndim == 2], lr=1e-3, weight_decay=0.1,
                   adjust_lr_fn="match_rms_adamw"),
        optim.AdamW([p for p in P(m) if p.ndim < 2], lr=1e-3)],
        "cosine", 6, None),
}
# --8<-- [end:memory-recipes]


# --8<-- [start:fit]
def fit(model, data, optimizers, shape, warmup, clip, loss=classify, total=60):
    before = F.cross_entropy(model(data), y).item()
    schedulers = [optim.lr_scheduler.LambdaLR(
        o, lambda s: factor(s, shape, total, warmup)) for o in optimizers]
    for _ in range(total):
        batch = torch.randint(len(y), (64,))
        model.zero_grad()
        loss(model(data[batch]), y[batch]).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        for each in optimizers + schedulers:
            each.step()
    return before, F.cross_entropy(model(data), y).item()
# --8<-- [end:fit]


# --8<-- [start:bytes]
def bytes_per_parameter(optimizer):
    values = [v for s in optimizer.state.values() for v in s.values()]
    values += [t for v in values if isinstance(v, list) for t in v]
    total = sum(v.nbytes for v in values if torch.is_tensor(v) and v.ndim)
    groups = optimizer.param_groups
    return total / sum(p.numel() for group in groups for p in group["params"])
# --8<-- [end:bytes]

# --8<-- [start:check]
torch.manual_seed(0)
kept, fell = {}, {}
print("                 falls? bytes kept per parameter")
for name, (make, data, optimizers, *plan) in recipes.items():
    model = make()
    chosen = optimizers(model)
    loss = bandit if name == "reinforcement" else classify
    before, after = fit(model, data, chosen, *plan, loss=loss)
    kept[name] = [bytes_per_parameter(o) for o in chosen]
    fell[name] = after < before
    print(f"{name:16} {fell[name]!s:6}", end="")
    names = [type(optimizer).__name__ for optimizer in chosen]
    print(*(f"{n} {b:.1f} " for n, b in zip(names, kept[name], strict=True)))
# --8<-- [end:check]
assert all(fell.values())
assert 7e9 * (4 + 4 + 8) == 112e9 and 7e9 * (4 + 4 + 4) == 84e9
assert kept["images"] == kept["rare features"] == [4] and kept["MLP, tabular"] == [8]
assert kept["large embedding"] == [8, 8] and kept["matrices"] == [4, 8]
assert kept["little memory"][0] < 0.3
decays = {c: c([torch.zeros(2, 2)]).defaults["weight_decay"] for c in (optim.AdamW, optim.Muon, optim.SGD)}
assert list(decays.values()) == [0.01, 0.1, 0]
assert {c([y * 1.0]).defaults["weight_decay"] for c in (optim.Adam, optim.Adagrad, optim.Adafactor)} == {0}
assert factor(0, "cosine", 60, 6) == 1 / 6 and factor(5, "linear", 60, 6) == 1
assert factor(60, "linear", 60, 6) == factor(60, "cosine", 60, 6) == 0

# --8<-- [start:lbfgs]
model = linear()
lbfgs = optim.LBFGS(P(model), line_search_fn="strong_wolfe", history_size=10)


def closure():
    lbfgs.zero_grad()
    loss = F.cross_entropy(model(x), y)  # all data
    loss.backward()
    return loss


losses = [lbfgs.step(closure).item() for _ in range(2)] + [closure().item()]
print(f"loss falls: {losses == sorted(losses, reverse=True)}")
# --8<-- [end:lbfgs]
assert losses == sorted(losses, reverse=True) and losses[2] < 1e-3
assert bytes_per_parameter(lbfgs) <= 8 * 10 + 8

# --8<-- [start:gan]
maker = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
judge = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
a, b = (optim.Adam(P(m), lr=2e-3, betas=(0.5, 0.999)) for m in (maker, judge))
bce = F.binary_cross_entropy_with_logits
one, zero = torch.ones(64, 1), torch.zeros(64, 1)
goal = torch.tensor([2.0, -1.0])
far = (maker(torch.randn(1000, 4)).mean(dim=0) - goal).norm()
for _ in range(400):
    real, fake = goal + 0.5 * torch.randn(64, 2), maker(torch.randn(64, 4))
    judge.zero_grad()
    (bce(judge(real), one) + bce(judge(fake.detach()), zero)).backward()
    b.step()
    maker.zero_grad()
    bce(judge(fake), one).backward()
    a.step()
near = (maker(torch.randn(1000, 4)).mean(dim=0) - goal).norm()
print(f"the mean of the samples comes nearer: {(near < far / 2).item()}")
# --8<-- [end:gan]
assert near < far / 2

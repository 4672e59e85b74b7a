# --8<-- [start:views]
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim

digits = load_digits(return_X_y=True)
pixels, labels = (torch.tensor(array[:500]) for array in digits)
vectors = pixels.float() / 16 - 0.3
rows = vectors.view(-1, 8, 8)  # a sequence of eight tokens, or an image
words = pixels.long() + 17 * torch.arange(64)  # 64 "words" out of 1088


class LSTM(nn.LSTM):
    def forward(self, sequence):
        outputs, _ = super().forward(sequence)
        return outputs[:, -1]  # what the last step puts out
# --8<-- [end:views]
assert len(labels) == 500, "500 digits"
assert words.unique().numel() <= 17 * 64 == 1088, "64 out of 1088 words"
assert rows.shape[1:] == (8, 8), "sequences of eight rows"


# --8<-- [start:models]
def transformer():
    layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0, batch_first=True)
    head = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))
    return nn.Sequential(nn.Linear(8, 32), layer, head)


def cnn():
    image = nn.Unflatten(1, (1, 8))
    block = nn.Sequential(nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU())
    return nn.Sequential(image, block, nn.Flatten(), nn.Linear(576, 10))


def mlp():
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def recurrent():
    return nn.Sequential(LSTM(8, 32, batch_first=True), nn.Linear(32, 10))


def embedding():
    bag = nn.EmbeddingBag(1088, 32, sparse=True)
    return nn.Sequential(bag, nn.ReLU(), nn.Linear(32, 10))
# --8<-- [end:models]


# --8<-- [start:schedule]
def factor(step, shape, total, warmup):
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / (total - warmup)
    if shape == "linear":
        return 1 - share
    if shape == "cosine":
        return (1 + math.cos(math.pi * share)) / 2
    return 1.0


def bandit(logits, labels):  # reinforcement learning: reward 1 for the right guess
    policy = torch.distributions.Categorical(logits=logits)
    guess = policy.sample()
    advantage = (guess == labels).float() - 0.1
    return -(policy.log_prob(guess) * advantage).mean()
# --8<-- [end:schedule]
assert factor(1, "linear", 12, warmup=2) == 1, "the warm-up ends at the full rate"
assert factor(12, "linear", 12, warmup=2) == 0, "linear to 0"
assert factor(12, "cosine", 12, warmup=2) == 0, "cosine to 0"


# --8<-- [start:recipe]
@dataclass
class Recipe:
    model: Callable
    data: torch.Tensor
    optimizers: Callable  # from the model to a list
    schedule: str = "constant"
    warmup: int = 0  # steps
    clip: float | None = None
    loss: Callable = F.cross_entropy
# --8<-- [end:recipe]


# --8<-- [start:recipes]
recipes = {
    "fine-tuning": Recipe(
        transformer, rows, schedule="linear", warmup=2, clip=1.0,
        optimizers=lambda net: [
            optim.AdamW(net.parameters(), lr=2e-5, weight_decay=0.01)]),
    "transformer": Recipe(
        transformer, rows, schedule="cosine", warmup=2, clip=1.0,
        optimizers=lambda net: [optim.AdamW(
            net.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1)]),
    "images": Recipe(
        cnn, rows, schedule="cosine",
        optimizers=lambda net: [optim.SGD(
            net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)]),
    "tabular data": Recipe(
        mlp, vectors, schedule="cosine",
        optimizers=lambda net: [optim.AdamW(net.parameters(), lr=1e-3)]),
    "recurrent": Recipe(
        recurrent, rows, clip=1.0,
        optimizers=lambda net: [optim.Adam(net.parameters(), lr=1e-3)]),
}
# --8<-- [end:recipes]

# --8<-- [start:more-recipes]
recipes |= {
    "reinforcement": Recipe(
        mlp, vectors, schedule="linear", clip=0.5, loss=bandit,
        optimizers=lambda net: [optim.Adam(net.parameters(), lr=3e-4, eps=1e-5)]),
    "large embedding": Recipe(
        embedding, words,
        optimizers=lambda net: [optim.SparseAdam(net[0].parameters(), lr=1e-3),
                                optim.AdamW(net[2].parameters(), lr=1e-3)]),
    "rare features": Recipe(
        lambda: nn.Linear(64, 10), vectors,
        optimizers=lambda net: [optim.Adagrad(net.parameters(), lr=0.05)]),
    "little memory": Recipe(
        mlp, vectors,
        optimizers=lambda net: [optim.Adafactor(net.parameters(), lr=0.01)]),
    "matrices": Recipe(
        mlp, vectors, schedule="cosine", warmup=2,
        optimizers=lambda net: [
            optim.Muon([p for p in net.parameters() if p.ndim == 2], lr=1e-3,
                       adjust_lr_fn="match_rms_adamw"),
            optim.AdamW([p for p in net.parameters() if p.ndim < 2], lr=1e-3)]),
}
# --8<-- [end:more-recipes]


def has(name, **options):
    """Is the recipe's first optimizer built with these options, and the others at their defaults?"""
    optimizer = recipes[name].optimizers(recipes[name].model())[0]
    default = type(optimizer)([torch.zeros(2, 2)]).defaults
    return optimizer.defaults == default | options


def rate(name):
    return recipes[name].optimizers(recipes[name].model())[0].defaults["lr"]


assert has("fine-tuning", lr=2e-5, weight_decay=0.01), "fine-tuning: lr=2e-5, weight_decay=0.01"
assert 1e-5 <= rate("fine-tuning") <= 5e-5, "fine-tuning: the range is 1e-5 to 5e-5"
assert has("transformer", lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1), (
    "transformer from scratch: lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1"
)
assert 6e-5 <= rate("transformer") <= 1e-3, "transformer from scratch: the range is 6e-5 to 1e-3"
assert has("images", lr=0.1, momentum=0.9, weight_decay=1e-4), "images: lr=0.1, momentum=0.9, weight_decay=1e-4"
assert 0.03 <= rate("images") <= 0.3, "images: 0.03 to 0.3 for a batch of 256"
assert has("tabular data", lr=1e-3), "MLP, tabular data: AdamW, lr=1e-3"
assert 3e-4 <= rate("tabular data") <= 1e-2, "MLP, tabular data: 3e-4 to 1e-2"
assert has("recurrent", lr=1e-3), "recurrent network: Adam, lr=1e-3"
assert 3e-4 <= rate("recurrent") <= 3e-3, "recurrent network: 3e-4 to 3e-3"
assert has("large embedding", lr=1e-3), "large embedding: SparseAdam, lr=1e-3"
assert 3e-4 <= rate("large embedding") <= 1e-2, "large embedding: 3e-4 to 1e-2"
assert has("rare features", lr=0.05), "linear model, rare features: Adagrad, lr=0.05"
assert 0.01 <= rate("rare features") <= 0.3, "linear model, rare features: 0.01 to 0.3"
assert has("reinforcement", lr=3e-4, eps=1e-5), "policy gradient: Adam, lr=3e-4, eps=1e-5"
assert 1e-4 <= rate("reinforcement") <= 1e-3, "policy gradient: 1e-4 to 1e-3"
assert has("little memory", lr=0.01), "memory is short: Adafactor, lr=0.01"
assert 1e-3 <= rate("little memory") <= 1e-2, "memory is short: 1e-3 to 1e-2"
assert has("matrices", lr=1e-3, adjust_lr_fn="match_rms_adamw"), "matrices: Muon at AdamW's scale"
clips = {name: recipe.clip for name, recipe in recipes.items() if recipe.clip is not None}
assert clips.pop("reinforcement") == 0.5, "policy gradient: clip at 0.5"
assert clips == {"fine-tuning": 1, "transformer": 1, "recurrent": 1}, "three other rows clip at 1"


# --8<-- [start:fit]
def fit(recipe, total=12):
    """Train for some steps; return whether the loss fell, and the optimizers."""
    net = recipe.model()
    optimizers = recipe.optimizers(net)
    schedulers = [
        optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(
            step, recipe.schedule, total, recipe.warmup))
        for optimizer in optimizers]
    before = F.cross_entropy(net(recipe.data), labels).item()
    for _ in range(total):
        batch = torch.randint(len(labels), (64,))
        net.zero_grad()
        recipe.loss(net(recipe.data[batch]), labels[batch]).backward()
        if recipe.clip is not None:
            nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
        for each in optimizers + schedulers:
            each.step()
    after = F.cross_entropy(net(recipe.data), labels).item()
    return after < before, optimizers
# --8<-- [end:fit]


# --8<-- [start:bytes]
def bytes_per_parameter(optimizer):
    values = [v for state in optimizer.state.values() for v in state.values()]
    tensors = [v for v in values if torch.is_tensor(v) and v.ndim > 0]
    groups = optimizer.param_groups
    numbers = sum(p.numel() for group in groups for p in group["params"])
    return sum(tensor.nbytes for tensor in tensors) / numbers
# --8<-- [end:bytes]

# --8<-- [start:check]
fell, kept = {}, {}
print("recipe           falls in      bytes kept per parameter")
for name, recipe in recipes.items():
    fell[name] = 0
    for seed in range(5):
        torch.manual_seed(seed)
        falls, optimizers = fit(recipe)
        fell[name] += falls
    kept[name] = [bytes_per_parameter(optimizer) for optimizer in optimizers]
    pairs = zip(optimizers, kept[name], strict=True)
    sizes = [f"{type(optimizer).__name__} {size:.1f}" for optimizer, size in pairs]
    print(f"{name:16} {fell[name]} of 5 seeds ", ", ".join(sizes))
# --8<-- [end:check]
assert set(fell.values()) == {5}, "the loss falls in 5 of 5 seeds for every row"
adam_like = ("fine-tuning", "transformer", "tabular data", "recurrent", "reinforcement", "large embedding")
assert {kept[name][0] for name in adam_like} == {8}, "Adam, AdamW, SparseAdam: 8 bytes per parameter"
assert kept["large embedding"][1] == 8, "AdamW for the rest: 8"
assert kept["images"] == [4], "SGD with momentum: 4"
assert kept["rare features"] == [4], "Adagrad: 4"
assert kept["matrices"][0] == 4, "Muon: 4"
assert round(kept["little memory"][0], 1) == 0.2, "Adafactor: near 0, here 0.2"
assert 7 * (4 + 4) == 56, "SGD, Adafactor: 8 bytes, 56 GB for 7 billion parameters"
assert 7 * (4 + 4 + 4) == 84, "SGD with momentum, Muon, Adagrad: 12 bytes, 84 GB"
assert 7 * (4 + 4 + 8) == 112, "Adam, AdamW, SparseAdam: 16 bytes, 112 GB"


def decay(make):
    return make([torch.zeros(2, 2)]).defaults.get("weight_decay")


assert decay(optim.AdamW) == 0.01, "the default of weight_decay is 0.01 for AdamW"
assert decay(optim.Muon) == 0.1, "0.1 for Muon"
assert {decay(make) for make in (optim.SGD, optim.Adam, optim.Adagrad, optim.Adafactor)} == {0}, "0 for the others"
assert {decay(make) for make in (optim.SparseAdam, optim.LBFGS)} == {None}, "SparseAdam and LBFGS have none"

# --8<-- [start:imports]
import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

# --8<-- [end:imports]

# --8<-- [start:optimum]
labels = torch.cat([torch.ones(50), torch.zeros(950)])  # a share p of 0.05


def best_answer(loss):
    """The one q for all thousand that has the lowest loss, found by training."""
    logit = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([logit], line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = loss(logit.expand(1000), labels)
        value.backward()
        return value

    optimizer.step(closure)
    return logit.sigmoid().item()


print("pos_weight  best q")
for weight in (20.0, 40.0, 200.0):
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight))
    print(f"{weight:<10.0f}  {best_answer(loss):6.2f}")
# --8<-- [end:optimum]
for weight, expected in ((20.0, 0.51), (40.0, 0.68), (200.0, 0.91)):
    answer = best_answer(nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight)))
    assert round(answer, 2) == expected, "the best q moves: 0.51, 0.68 and 0.91"
    formula = weight * 0.05 / (weight * 0.05 + 0.95)
    assert math.isclose(answer, formula, rel_tol=1e-3), "the run finds wp / (wp + 1 − p)"


# --8<-- [start:factor]
def weighted(logit, labels, weight, **options):
    logits = torch.stack([0 * logit, logit], dim=1)
    return F.cross_entropy(logits, labels, weight=weight, **options)


logit = torch.linspace(-2, 2, 7)
index = torch.tensor([0, 0, 0, 1, 0, 0, 1])
weight = torch.tensor([1.0, 20.0])
probabilities = F.one_hot(index).float()
print("targets, reduction   the loss grows by")
for name, targets, options in (
    ("indices, mean", index, {}),
    ("indices, sum", index, {"reduction": "sum"}),
    ("probabilities, mean", probabilities, {}),
):
    once = weighted(logit, targets, weight, **options)
    ten_times = weighted(logit, targets, 10 * weight, **options)
    print(f"{name:19}  × {ten_times / once:.0f}")
# --8<-- [end:factor]
ratio = {}
for name, targets, options in (
    ("mean", index, {}),
    ("sum", index, {"reduction": "sum"}),
    ("probabilities", probabilities, {}),
):
    ratio[name] = weighted(logit, targets, 10 * weight, **options) / weighted(logit, targets, weight, **options)
assert math.isclose(ratio["mean"], 1, rel_tol=1e-5), "with class indices and mean a common factor cancels"
assert math.isclose(ratio["sum"], 10, rel_tol=1e-5), "with sum it multiplies the loss by 10"
assert math.isclose(ratio["probabilities"], 10, rel_tol=1e-5), "with probabilities as targets too"

# --8<-- [start:same]
for reduction in ("sum", "mean"):
    one_logit = F.binary_cross_entropy_with_logits(
        logit, index.float(), pos_weight=weight[1], reduction=reduction
    )
    two_logits = weighted(logit, index, weight, reduction=reduction)
    print(f"{reduction:4} pos_weight / class weights: {one_logit / two_logits:.4f}")
# --8<-- [end:same]
assert 5 * weight[0] + 2 * weight[1] == 45, "5 negatives and 2 positives weigh 5 + 2 · 20 = 45"
assert math.isclose(one_logit / two_logits, 45 / 7, rel_tol=1e-5), "so the ratio is 45/7"

# --8<-- [start:labels]
targets = torch.tensor(
    [[1.0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0], [1, 0, 0]]
)
positives = targets.sum(dim=0)
pos_weight = (len(targets) - positives) / positives.clamp(min=1)
print("pos_weight", pos_weight.tolist())
wrong_shapes = {"one per sample": torch.ones(6), "a column": torch.ones(6, 1)}
for name, wrong in wrong_shapes.items():
    loss = nn.BCEWithLogitsLoss(pos_weight=wrong)
    try:
        print(f"{name}: {loss(torch.zeros(6, 3), targets):.4f}")
    except RuntimeError as error:
        print(f"{name}: {error}")
# --8<-- [end:labels]
in_sum = pos_weight * positives
assert torch.equal(in_sum, len(targets) - positives), "both classes of a label weigh the same in the sum"
zero = torch.zeros(2, requires_grad=True)
F.binary_cross_entropy_with_logits(zero, torch.tensor([1.0, 0]), pos_weight=torch.tensor(20.0)).backward()
assert zero.grad[0] == -20 * zero.grad[1], "at q = ½ one positive pulls as hard as w negatives push"

# --8<-- [start:prior]
digits = load_digits()
eight = torch.tensor(digits.target == 8)
kept = torch.cat([(~eight).nonzero()[:1600, 0], eight.nonzero()[:80, 0]])
pixels = torch.tensor(digits.data[kept] / 16, dtype=torch.float32)
is_eight = eight[kept].float()
log_odds = is_eight.mean().logit().item()
criterion = nn.BCEWithLogitsLoss()


def first_loss(bias):
    constant = torch.full_like(is_eight, bias)  # a model that says the same to all
    return criterion(constant, is_eight).item()


print(f"share of eights {is_eight.mean():.3f}, log-odds {log_odds:.2f}")
print(f"bias 0: first loss {first_loss(0.0):.3f}")
print(f"bias at the log-odds: first loss {first_loss(log_odds):.3f}")
# --8<-- [end:prior]
assert math.isclose(log_odds, -math.log(20), rel_tol=1e-5), "the log-odds are −log 20"
assert round(first_loss(0.0), 2) == 0.69, "with a bias of 0 the first loss is log 2 = 0.69"
assert round(first_loss(log_odds), 3) == 0.191, "judge a loss by this 0.191"
entropy = -(math.log(1 / 21) / 21 + 20 / 21 * math.log(20 / 21))
assert math.isclose(first_loss(log_odds), entropy, rel_tol=1e-5), "0.191 is the entropy of the share"
bias = torch.tensor(0.01).logit().item()
assert round(bias, 1) == -4.6, "the paper's start: with the bias −4.6 the prediction is q = 0.01"


# --8<-- [start:train]
def train(model, loader, optimizer, epochs, device="cpu"):
    model.to(device).train()
    for _ in range(epochs):
        for inputs, targets in loader:
            logits = model(inputs.to(device))
            loss = criterion(logits, targets.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def final_loss(seed, bias, optimizer_class, lr, epochs):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(start_dim=0)
    )
    nn.init.constant_(model[2].bias, bias)
    order = torch.randperm(len(pixels))
    inputs, targets = pixels[order].split(64), is_eight[order].split(64)
    loader = list(zip(inputs, targets, strict=True))
    train(model, loader, optimizer_class(model.parameters(), lr=lr), epochs)
    with torch.no_grad():
        return criterion(model(pixels), is_eight).item()
# --8<-- [end:train]


# --8<-- [start:race]
runs = {
    "Adam(lr=0.003), 2 epochs": (torch.optim.Adam, 0.003, 2),
    "SGD(lr=0.1), 6 epochs": (torch.optim.SGD, 0.1, 6),
}
losses = {}
print(f"{'run':24}  start     ", *(f"seed {seed}" for seed in range(5)), sep="  ")
for name, run in runs.items():
    for start, bias in (("bias 0", 0.0), ("log-odds", log_odds)):
        losses[name, start] = [final_loss(seed, bias, *run) for seed in range(5)]
        row = "  ".join(f"{loss:.3f}" for loss in losses[name, start])
        print(f"{name:24}  {start:8}  {row}")
# --8<-- [end:race]
for run, wins in (("Adam(lr=0.003), 2 epochs", 5), ("SGD(lr=0.1), 6 epochs", 0)):
    pairs = zip(losses[run, "log-odds"], losses[run, "bias 0"], strict=True)
    assert sum(with_bias < without for with_bias, without in pairs) == wins, (
        "with the log-odds the loss is lower in 5 of 5 seeds under Adam, and in 0 of 5 under SGD"
    )


def after_one_epoch(seed, bias, optimizer_class, lr):
    """The model after one epoch, and how far that moved the weights of its first layer."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(start_dim=0))
    nn.init.constant_(model[2].bias, bias)
    order, before = torch.randperm(len(pixels)), model[0].weight.detach().clone()
    loader = list(zip(pixels[order].split(64), is_eight[order].split(64), strict=True))
    train(model, loader, optimizer_class(model.parameters(), lr=lr), epochs=1)
    return model, (model[0].weight.detach() - before).norm()


for seed in range(5):
    sgd, adam = (
        after_one_epoch(seed, 0.0, *run)[1] / after_one_epoch(seed, log_odds, *run)[1]
        for run in ((torch.optim.SGD, 0.1), (torch.optim.Adam, 0.003))
    )
    assert sgd > 5, "SGD from a bias of 0 moves the first layer more than five times as far, in 5 of 5 seeds"
    assert adam < 1.3, "under Adam it is less than 1.3 times, in 5 of 5 seeds"
    model, _ = after_one_epoch(seed, 0.0, torch.optim.SGD, 0.1)
    with torch.no_grad():
        logits = model(pixels)
    assert criterion(logits, is_eight) < 0.25, "after one epoch of SGD the loss is under 0.25, in 5 of 5 seeds"
    assert not ((logits > 0) & (is_eight == 1)).any(), "and no eight is found, in 5 of 5 seeds"

# --8<-- [start:in-six-lines]
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

torch.manual_seed(0)
model = nn.Linear(1000, 1, bias=False)  # the minimum is at 0
average = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.125)
for _ in range(400):
    model.weight.grad = 8 * model.weight.detach() + 4 * torch.randn(1, 1000)
    optimizer.step()
    average.update_parameters(model)
last, mean = model.weight.var(), average.module.weight.var()
print(f"variance of the last weights {last:.2f}, of their mean {mean:.4f}")
# --8<-- [end:in-six-lines]
assert last > 100 * mean, "the mean has less than a hundredth of the variance"

# --8<-- [start:imports]
import copy

import matplotlib.pyplot as plt
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.optim import swa_utils

# --8<-- [end:imports]

# --8<-- [start:noise]
torch.manual_seed(0)
λ, σ, steps, runs, beta = 8.0, 4.0, 400, 10_000, 0.98
measured, predicted = {}, {}
print("η      last    predicted  mean     EMA 0.98  predicted")
for η in (0.01, 0.05, 0.125):
    a = 1 - η * λ
    x = torch.zeros(runs)
    for _ in range(100):  # until it hovers
        x = a * x - η * σ * torch.randn(runs)
    total, ema = torch.zeros(runs), x.clone()
    for _ in range(steps):
        x = a * x - η * σ * torch.randn(runs)
        total += x
        ema = beta * ema + (1 - beta) * x
    V = η * σ**2 / (λ * (2 - η * λ))
    floor = V * (1 - beta) / (1 + beta) * (1 + beta * a) / (1 - beta * a)
    measured[η] = [v.var().item() for v in (x, total / steps, ema)]
    predicted[η] = [V, σ**2 / λ**2 / steps, floor]
    last, mean, average = measured[η]
    print(f"{η:<5}  {last:.4f}  {V:9.4f}  {mean:.5f}", end="")
    print(f"  {average:8.5f}  {floor:9.5f}")
# --8<-- [end:noise]

# --8<-- [start:hover]
draw, η = torch.Generator().manual_seed(0), 0.05
x, ema, path = 0.0, 0.0, []
for ξ in torch.randn(400, generator=draw).tolist():
    x = (1 - η * λ) * x - η * σ * ξ
    ema = beta * ema + (1 - beta) * x
    path.append((x, ema))
path, emas = torch.tensor(path).T
means = path.cumsum(dim=0) / torch.arange(1, 401)
figure, axes = plt.subplots(figsize=(5.5, 2.7))
axes.plot(path, "C5-", lw=0.8, label="weight")
axes.plot(emas, "C1--", label="EMA 0.98")
axes.plot(means, "C0-", label="mean so far")
axes.set(xlabel="step", ylabel="x")
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:hover]
assert 4.0**2 / 8.0**2 / 400 == 0.000625, "the mean's variance is predicted to be 0.000625 for every η"
for η in measured:
    assert abs(measured[η][0] / predicted[η][0] - 1) < 0.05, "the last point's variance is within 5 % of V"
    assert abs(measured[η][2] / predicted[η][2] - 1) < 0.05, "that of the EMA within 5 % of the formula"
    assert abs(measured[η][1] / predicted[η][1] - 1) < 0.1, "that of the mean within 10 %, since n is not infinite"
ratio = measured[0.125][0] / measured[0.125][1]
assert round(ratio, -2) == 400, "at η = 0.125 the mean has about four hundred times less variance than the last point"
assert measured[0.125][0] > 10 * measured[0.01][0], "a larger rate makes the points noisier"


# --8<-- [start:from-scratch]
class AveragedModel:
    """The mean of all models so far, or with `decay` an exponential average."""

    def __init__(self, model, decay=None):
        self.module, self.n, self.decay = copy.deepcopy(model), 0, decay

    @torch.no_grad()
    def update_parameters(self, model):
        keep = self.n / (self.n + 1) if self.decay is None else self.decay
        if self.n == 0:
            keep = 0.0  # the first one is copied
        means, news = self.module.parameters(), model.parameters()
        for mean, new in zip(means, news, strict=True):
            mean.copy_(keep * mean + (1 - keep) * new)
        buffers, news = self.module.buffers(), model.buffers()
        for buffer, new in zip(buffers, news, strict=True):
            buffer.copy_(new)  # buffers are taken over, not averaged
        self.n += 1
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-bn]
@torch.no_grad()
def update_bn(loader, model):
    """Give every batch norm the mean of the statistics of all batches."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
    momenta = [norm.momentum for norm in norms]
    training = model.training
    model.train()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's sign for a plain mean
    for inputs in loader:
        model(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(training)
# --8<-- [end:from-scratch-bn]


# --8<-- [start:network]
def network():
    return nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(),
                         nn.Linear(32, 10))
# --8<-- [end:network]

# --8<-- [start:equal]
torch.manual_seed(0)
net = network().double()
batches = torch.randn(20, 16, 64, dtype=torch.float64)
ema_fn = swa_utils.get_ema_multi_avg_fn(0.9)
pairs = {
    "mean": (AveragedModel(net), swa_utils.AveragedModel(net)),
    "EMA": (AveragedModel(net, decay=0.9),
            swa_utils.AveragedModel(net, multi_avg_fn=ema_fn)),
}
for batch in batches:
    net(batch)  # moves the statistics
    for parameter in net.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    for model in (*pairs["mean"], *pairs["EMA"]):
        model.update_parameters(net)
apart = {}
for kind, (ours, theirs) in pairs.items():
    update_bn(batches, ours.module)
    swa_utils.update_bn(batches, theirs)
    one, other = ours.module.state_dict(), theirs.module.state_dict()
    apart[kind] = max((one[key] - other[key]).abs().max().item() for key in one)
    print(f"{kind}: parameters and statistics differ by {apart[kind]:.6f}")
# --8<-- [end:equal]
assert max(apart.values()) < 1e-12, "equal to the library, after twenty updates"
assert pairs["mean"][1].n_averaged == 20, "twenty updates"

# --8<-- [start:evaluate]
pixels, digits = load_digits(return_X_y=True)
inputs, targets = torch.tensor(pixels / 16).float(), torch.tensor(digits)


@torch.no_grad()
def test_loss(model):
    model.eval()
    loss = F.cross_entropy(model(inputs[1200:]), targets[1200:]).item()
    model.train()
    return loss
# --8<-- [end:evaluate]


# --8<-- [start:train]
def train(seed, lr=0.1, steps=400, start=200):
    torch.manual_seed(seed)
    net = network()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    ema_fn = swa_utils.get_ema_multi_avg_fn(0.98)
    ema = swa_utils.AveragedModel(net, multi_avg_fn=ema_fn)
    swa = swa_utils.AveragedModel(net)
    for step in range(steps):
        rows = torch.randint(0, 1200, (16,))
        optimizer.zero_grad()
        F.cross_entropy(net(inputs[rows]), targets[rows]).backward()
        optimizer.step()
        ema.update_parameters(net)
        if step >= start:
            swa.update_parameters(net)
    return net, swa, ema
# --8<-- [end:train]


# --8<-- [start:digits]
found = []
print("seed  last   mean, old statistics   mean    EMA")
for seed in range(5):
    net, swa, ema = train(seed)
    stale = test_loss(swa)
    for model in (swa, ema):
        swa_utils.update_bn(inputs[:1200].split(100), model)
    found.append((test_loss(net), stale, test_loss(swa), test_loss(ema)))
    print(seed, "  {:6.2f} {:14.2f} {:15.2f} {:6.2f}".format(*found[-1]))
# --8<-- [end:digits]
for last, _, mean, average in found:
    assert mean < 0.9 * last, "the mean is at least 10 % below the last weights, in 5 of 5 runs"
    assert average < 0.9 * last, "the exponential average as well, in 5 of 5 runs"
stale, fresh = (sum(row[column] for row in found) for column in (1, 2))
assert stale > 1.05 * fresh, "old statistics cost more than 5 % in the mean of the five runs"

# --8<-- [start:short]
print("decay  weight of the first of 300 models")
for decay in (0.9, 0.99, 0.999):
    print(f"{decay:<5}  {decay**299:.6f}")
# --8<-- [end:short]
assert round(0.999**299, 1) == 0.7, "at the default of 0.999 the untrained start still makes up 0.7 after 300 updates"

# --8<-- [start:buffers]
messages = {}
for name in ("get_swa_multi_avg_fn", "get_ema_multi_avg_fn"):
    average = getattr(swa_utils, name)()
    model = swa_utils.AveragedModel(net, multi_avg_fn=average, use_buffers=True)
    try:
        for _ in range(2):
            model.update_parameters(net)
        messages[name] = "works"
    except RuntimeError as error:
        messages[name] = str(error)
    print(f"{name}: {messages[name]}")
# --8<-- [end:buffers]
assert messages["get_ema_multi_avg_fn"] == "works", "in torch 2.13 the other works"
assert messages["get_swa_multi_avg_fn"].startswith("Integer division"), "one of the two cannot divide it"
model = swa_utils.AveragedModel(net, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.5), use_buffers=True)
counts = dict(net.named_buffers())["1.num_batches_tracked"]
for value in (3, 4):
    counts.fill_(value)
    model.update_parameters(net)
assert dict(model.module.named_buffers())["1.num_batches_tracked"] == 3, "the other rounds the averaged count, 3.5"

# --8<-- [start:state]
print([name for name in swa.state_dict() if "1." not in name])
fresh = network()
fresh.load_state_dict(swa.module.state_dict())
print("loaded into a plain network:", test_loss(fresh) == test_loss(swa))
# --8<-- [end:state]
assert test_loss(fresh) == test_loss(swa), "the inner module is a plain network"
assert "n_averaged" in swa.state_dict(), "there is one more key, n_averaged"
assert all(name.startswith("module.") for name in swa.state_dict() if name != "n_averaged"), "the prefix is module."
asgd = torch.optim.ASGD([torch.zeros(1)]).defaults
assert asgd["t0"] == 1_000_000, "ASGD starts by default after a million steps"
plt.show()

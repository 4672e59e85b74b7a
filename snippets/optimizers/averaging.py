import copy

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.optim import swa_utils

# --8<-- [start:noise]
torch.manual_seed(0)
λ, σ, steps = 8.0, 4.0, 400
print("   η    last   predicted    mean   EMA 0.98   predicted")
for η in (0.01, 0.05, 0.125):
    x, total, ema = torch.zeros(3, 4000).double()
    for _ in range(100):  # until it hovers
        x = x - η * (λ * x + σ * torch.randn(4000).double())
    ema += x
    for _ in range(steps):
        x = x - η * (λ * x + σ * torch.randn(4000).double())
        total, ema = total + x, 0.98 * ema + 0.02 * x
    V, a = η * σ**2 / (λ * (2 - η * λ)), 1 - η * λ
    smooth = V * 0.02 / 1.98 * (1 + 0.98 * a) / (1 - 0.98 * a)
    row = x.var(), V, (total / steps).var(), ema.var(), smooth
    print("{:5} {:7.4f} {:9.4f} {:9.5f} {:9.5f} {:9.5f}".format(η, *row))
    assert abs(row[0] / V - 1) < 0.1 and abs(row[3] / smooth - 1) < 0.12
    assert abs(row[2] / (σ**2 / λ**2 / steps) - 1) < 0.15
# --8<-- [end:noise]


# --8<-- [start:from-scratch]
class AveragedModel:
    """The mean of all models so far, or with `decay` an exponential average."""

    def __init__(self, model, decay=None):
        self.module, self.n, self.decay = copy.deepcopy(model), 0, decay

    @torch.no_grad()
    def update_parameters(self, model):
        keep = self.n / (self.n + 1) if self.decay is None else self.decay
        keep = keep if self.n else 0.0  # the first one is copied
        pairs = zip(self.module.parameters(), model.parameters(), strict=True)
        for mean, p in pairs:
            mean.copy_(keep * mean + (1 - keep) * p)
        for mine, b in zip(self.module.buffers(), model.buffers(), strict=True):
            mine.copy_(b)  # buffers are taken over, not averaged
        self.n += 1
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-bn]
@torch.no_grad()
def update_bn(loader, model):
    """Give every batch norm the mean of the statistics of all batches."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
    momenta, training = [m.momentum for m in norms], model.training
    model.train()
    for m in norms:
        m.reset_running_stats()
        m.momentum = None  # torch's sign for a plain mean
    for x in loader:
        model(x)
    for m, momentum in zip(norms, momenta, strict=True):
        m.momentum = momentum
    model.train(training)
# --8<-- [end:from-scratch-bn]


# --8<-- [start:network]
def network():
    norm = nn.BatchNorm1d(32)
    layers = nn.Linear(64, 32), norm, nn.ReLU(), nn.Linear(32, 10)
    return nn.Sequential(*layers).double()
# --8<-- [end:network]

# --8<-- [start:equal]
torch.manual_seed(0)
net, batches = network(), torch.randn(20, 16, 64).double()
ema_fn = swa_utils.get_ema_multi_avg_fn(0.9)
theirs = [swa_utils.AveragedModel(net, multi_avg_fn=fn) for fn in (None, ema_fn)]
ours = [AveragedModel(net), AveragedModel(net, decay=0.9)]
for batch in batches:
    net(batch)  # moves the statistics
    for p in net.parameters():
        p.data += 0.1 * torch.randn_like(p)
    for model in ours + theirs:
        model.update_parameters(net)
for kind, a, b in zip(("mean", "EMA"), ours, theirs, strict=True):
    update_bn(batches, a.module)
    swa_utils.update_bn(batches, b)
    one, other = a.module.state_dict(), b.module.state_dict()
    worst = max((one[k] - other[k]).abs().max().item() for k in one)
    print(f"{kind}: parameters and statistics differ by {worst:.6f}")
# --8<-- [end:equal]
assert worst < 1e-12 and theirs[0].n_averaged == 20

pixels, labels = load_digits(return_X_y=True)
x, y = torch.tensor(pixels / 16), torch.tensor(labels)


# --8<-- [start:evaluate]
def test_loss(model):
    model.eval()
    with torch.no_grad():
        loss = F.cross_entropy(model(x[1200:]), y[1200:]).item()
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
        F.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
        ema.update_parameters(net)
        if step >= start:
            swa.update_parameters(net)
    return net, swa, ema
# --8<-- [end:train]


# --8<-- [start:digits]
found = []
print("seed  last   mean, old statistics   mean    EMA")
for seed in range(4):
    net, swa, ema = train(seed)
    stale = test_loss(swa)
    for model in (swa, ema):
        swa_utils.update_bn(x[:1200].split(100), model)
    found.append([test_loss(net), stale, test_loss(swa), test_loss(ema)])
    print(seed, "  {:6.2f} {:14.2f} {:15.2f} {:6.2f}".format(*found[-1]))
# --8<-- [end:digits]
assert all(max(mean, ema) < 0.9 * last for last, _, mean, ema in found)
assert sum(mean for _, _, mean, _ in found) < 0.95 * sum(stale for _, stale, _, _ in found)

# --8<-- [start:short]
for decay in (0.9, 0.99, 0.999):
    print(f"decay {decay}: the first of 300 models weighs {decay**299:.6f}")
# --8<-- [end:short]

# --8<-- [start:buffers]
for name in ("get_swa_multi_avg_fn", "get_ema_multi_avg_fn"):
    options = {"multi_avg_fn": getattr(swa_utils, name)(), "use_buffers": True}
    model = swa_utils.AveragedModel(net, **options)
    try:
        for _ in range(2):
            model.update_parameters(net)
        print(name, "works")
    except RuntimeError as error:
        print(name, "raises", str(error).split(" is no")[0])
# --8<-- [end:buffers]

# --8<-- [start:state]
print([name for name in swa.state_dict() if "1." not in name])
fresh = network()
fresh.load_state_dict(swa.module.state_dict())
print("loaded into a plain network:", test_loss(fresh) == test_loss(swa))
# --8<-- [end:state]
assert test_loss(fresh) == test_loss(swa)
plt.show()

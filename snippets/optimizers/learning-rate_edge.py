# --8<-- [start:imports]
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

pixels, labels = load_digits(return_X_y=True)
x, y = torch.tensor(pixels[:1792] / 16).float(), torch.tensor(labels[:1792])
# --8<-- [end:imports]


# --8<-- [start:batch]
def five_epochs(rate, size):
    torch.manual_seed(0)
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for _ in range(5):
        for rows in torch.randperm(len(x)).split(size):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
    return F.cross_entropy(model(x), y).item()


print("batch  η grown  loss with it  loss, η = 0.1")
for size in (32, 64, 128, 256, 448, 896, 1792):
    rate = 0.1 * size / 32
    growing, fixed = five_epochs(rate, size), five_epochs(0.1, size)
    print(f"{size:<5}  {rate:7g}  {growing:12.2f}  {fixed:13.2f}")
# --8<-- [end:batch]


def final_losses(rate, size, seeds=5):
    """The same for five seeds side by side, each with its own slice of the weights and its own batches."""
    models = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        models.append(nn.Linear(64, 10))
    w = torch.stack([torch.cat((m.weight.detach(), m.bias.detach()[:, None]), dim=1).T for m in models])
    inputs, hot = F.pad(x, (0, 1), value=1.0), F.one_hot(y, 10).float()
    for _ in range(5):
        for rows in torch.rand(seeds, len(x)).argsort(dim=1).split(size, dim=1):
            error = torch.bmm(inputs[rows], w).softmax(dim=2) - hot[rows]
            w -= rate / rows.shape[1] * torch.bmm(inputs[rows].mT, error)
    return torch.stack([F.cross_entropy(inputs @ weights, y) for weights in w])


scaled = torch.stack([final_losses(0.1 * size / 32, size) for size in (32, 64, 128, 256, 448, 896, 1792)])
spread = scaled[:5].amax(dim=0) - scaled[:5].amin(dim=0)
assert spread.max() < 0.02, "up to a batch of 448 the scaled runs end within 0.02 of each other, in 5 of 5 seeds"
assert (scaled[5] > scaled[4]).all(), "at 2.8, above the limit, the loss is higher in 5 of 5 seeds"
assert (scaled[6] > 3).all(), "at 5.6 it ends above 3 in 5 of 5 seeds"
curvature = torch.linalg.matrix_norm(F.pad(x, (0, 1), value=1.0), 2).item() ** 2 / len(x) / 10
assert round(2 / curvature, 2) == 1.75, "the curvature at zero weights gives the limit 2/λ = 1.75"
assert 448 / 32 == 14, "with a fourteenth of the steps"
lowest = torch.stack([final_losses(0.1, size) for size in (32, 1792)])
assert (lowest[1] > 3 * lowest[0]).all(), "one batch of 1792 ends at more than three times the loss, in 5 of 5 seeds"

# --8<-- [start:small-network]
X, Y = x[:100], F.one_hot(y[:100], 10).float()


def loss(w):
    hidden = torch.tanh(X @ w[:1024].view(64, 16))
    return (hidden @ w[1024:].view(16, 10) - Y).square().sum(dim=1).mean()
# --8<-- [end:small-network]


# --8<-- [start:edge]
def descend(rate, steps=450, seed=0):
    torch.manual_seed(seed)
    w, v = 0.1 * torch.randn(1184), torch.ones(1184) / 1184**0.5
    values, sharpness = [], []
    for _ in range(steps):
        value = loss(w.requires_grad_())
        (gradient,) = torch.autograd.grad(value, w, create_graph=True)
        (hv,) = torch.autograd.grad(gradient, w, v)  # Hessian times v
        values.append(value.item())
        sharpness.append(hv.norm().item())
        v = hv / hv.norm()
        w = (w - rate * gradient).detach()
    return torch.tensor(values), torch.tensor(sharpness)
# --8<-- [end:edge]


# --8<-- [start:edge-shown]
figure, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.8))
for rate, color, style in ((0.1, "C0", "-"), (0.2, "C1", "--")):
    values, sharpness = descend(rate)
    left.plot(values, style, color=color, lw=1.2)
    right.plot(sharpness, style, color=color, lw=1.2)
    right.axhline(2 / rate, color=color, linestyle=":")
left.set(title="loss", xlabel="step", ylim=(0, 0.5))
right.set(title="sharpness", xlabel="step")
# --8<-- [end:edge-shown]


def losses(w):
    """Of several networks side by side."""
    hidden = torch.tanh(X @ w[:, :1024].view(-1, 64, 16))
    return (hidden @ w[:, 1024:].view(-1, 16, 10) - Y).square().sum(dim=2).mean(dim=1)


starts = []
for seed in range(5):
    torch.manual_seed(seed)
    starts.append(0.1 * torch.randn(1184))
w, rates = torch.stack(starts * 2), torch.tensor([0.1] * 5 + [0.2] * 5)
v, values, sharpness = torch.ones_like(w) / 1184**0.5, [], []
for _ in range(450):
    value = losses(w.requires_grad_())
    (gradient,) = torch.autograd.grad(value.sum(), w, create_graph=True)
    (hv,) = torch.autograd.grad(gradient, w, v)
    values.append(value.detach())
    sharpness.append(hv.norm(dim=1))
    v = hv / hv.norm(dim=1, keepdim=True)
    w = (w - rates[:, None] * gradient).detach()
values, ratio = torch.stack(values), torch.stack(sharpness) * rates / 2
assert ratio[:20].mean(dim=0).max() < 1, "sharpness starts below 2/η in 5 of 5 seeds"
assert (ratio[250:].mean(dim=0) - 1).abs().max() < 0.1, "its mean over the last 200 steps is within 10 % of 2/η, 5 of 5"
rises = (values[200:] > values[199:-1]).sum(dim=0)
assert rises[5:].min() > 100, "the loss goes up in more than 100 of the last 250 steps at η = 0.2, in 5 of 5 seeds"
assert (values[-1] < 0.8 * values[199]).all(), "over these 250 steps it falls by a fifth or more, in 5 of 5 seeds"
plt.show()

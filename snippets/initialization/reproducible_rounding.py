# --8<-- [start:rounding]
import matplotlib.pyplot as plt
import torch
from torch import nn

a, b, c = torch.tensor([1.0, 1e8, -1e8])
print(f"(a + b) + c = {(a + b) + c:.0f}   a + (b + c) = {a + (b + c):.0f}")
# --8<-- [end:rounding]
assert (a + b) + c == 0, "the sum from the left is 0"
assert a + (b + c) == 1, "the sum from the right is 1"
assert f"{2**-24:.0e}" == "6e-08", "2^-24 is about 6e-8"
assert torch.finfo(torch.float32).eps / 2 == 2**-24, "the relative rounding of float32 is 2^-24"


# --8<-- [start:train]
def train(seed, lr, nudge, steps=120):
    torch.manual_seed(seed)
    x, y = torch.randn(512, 20), torch.randint(10, (512,))
    hidden = nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh()
    model = nn.Sequential(*hidden, nn.Linear(64, 10))
    if nudge:  # move one weight to the next larger float32
        with torch.no_grad():
            model[0].weight[0, 0].nextafter_(torch.tensor(1.0))
    optimizer = torch.optim.SGD(model.parameters(), lr)
    path = []
    for batch in torch.arange(32 * steps).remainder(512).split(32):
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        path.append(nn.utils.parameters_to_vector(model.parameters()).detach())
    return torch.stack(path)
# --8<-- [end:train]


# --8<-- [start:nudge]
def distance(seed, lr):
    one, other = train(seed, lr, nudge=False), train(seed, lr, nudge=True)
    return (one - other).norm(dim=1) / one.norm(dim=1)


figure, axes = plt.subplots(figsize=(5.5, 2.9))
paths = {}
for color, lr in (("C0", 0.02), ("C1", 3.0)):
    paths[lr] = [distance(seed, lr) for seed in range(5)]
    for path in paths[lr]:
        axes.plot(range(1, 121), path, color)
    axes.text(122, path[-1], f"η = {lr}", color=color, va="center")
axes.set(xlabel="step", ylabel="distance / size of θ", yscale="log")
axes.set(xlim=(0, 150), ylim=(3e-11, 30))
axes.set_yticks([1, 1e-3, 1e-6, 1e-9], ["1", "1e−3", "1e−6", "1e−9"])
# --8<-- [end:nudge]
for path in paths[0.02]:
    assert path.max() < 1e-7, "at η = 0.02 the distance stays below 10^-7, in 5 of 5 seeds"
for path in paths[3.0]:
    assert path[0] < 1e-7, "at η = 3 it starts below 10^-7 too"
    assert path[-1] > 0.1, "and ends above 0.1, in 5 of 5 seeds"
plt.show()

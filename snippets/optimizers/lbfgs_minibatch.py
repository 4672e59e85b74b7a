# --8<-- [start:setup]
import matplotlib.pyplot as plt
import torch
from torch import nn

# --8<-- [end:setup]

# --8<-- [start:data]
torch.manual_seed(0)
x = torch.randn(512, 20).double() * torch.logspace(0, -1, 20)
y = x @ torch.randn(20).double() + 0.5 * torch.randn(512)
solution = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
lowest = ((x @ solution - y) ** 2).mean().item()
# --8<-- [end:data]


# --8<-- [start:minibatch]
def fit(batch, passes=30, **options):
    """Return passes over the data and excess loss on all of it, per step."""
    w, seen, curve = nn.Parameter(torch.zeros(20).double()), 0, []
    optimizer = torch.optim.LBFGS([w], history_size=10, **options)
    while seen < passes:
        rows = torch.randperm(512)[:batch]

        def closure(rows=rows):  # the same rows as long as this step lasts
            optimizer.zero_grad()
            loss = ((x[rows] @ w - y[rows]) ** 2).mean()
            loss.backward()
            return loss

        optimizer.step(closure)
        seen = optimizer.state[w]["func_evals"] * batch / 512
        curve.append((seen, ((x @ w - y) ** 2).mean().item() - lowest))
    return curve
# --8<-- [end:minibatch]


# --8<-- [start:minibatch-figure]
figure, ax = plt.subplots(figsize=(5.5, 3.0))
for batch, max_iter, look in ((32, 1, "C2-"), (32, 20, "C1^-"), (512, 20, "C0o-")):
    passes, losses = zip(*fit(batch, max_iter=max_iter), strict=True)
    name = "all data" if batch == 512 else f"batch {batch}"
    label = f"{name}, max_iter {max_iter}"
    ax.semilogy(passes, losses, look, markersize=4, linewidth=0.9, label=label)
ax.set(xlabel="passes over the data", ylabel="loss above the lowest")
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:minibatch-figure]
whole = fit(512, max_iter=20)
assert len(whole) == 2, "on all data two calls"
assert whole[-1][1] < 1e-7, "on all data two calls reach 10^-7"
for seed in range(5):
    torch.manual_seed(seed)
    long = [loss for _, loss in fit(32, max_iter=20)]
    short = [loss for _, loss in fit(32, max_iter=1)]
    assert min(long) > 0.1, "it never comes within 0.1 of the lowest loss, in 5 of 5 seeds"
    assert min(short) < 0.01, "one iteration per call gets below 0.01 at its best, in 5 of 5 seeds"
    assert max(short) > 10, "and above 10 at its worst, in 5 of 5 seeds"
plt.show()

# --8<-- [start:imports]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

# --8<-- [end:imports]


# --8<-- [start:experiment]
def losses(lr, momentum, steps=100):
    x = nn.Parameter(torch.tensor(2.0, dtype=torch.float64))
    optimizer = torch.optim.SGD([x], lr=lr, momentum=momentum)
    path = []
    for _ in range(steps + 1):
        loss = 4 * x**2
        path.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return np.array(path)
# --8<-- [end:experiment]


# --8<-- [start:experiment-shown]
critical = (1 - 0.08**0.5) ** 2
figure, axes = plt.subplots(figsize=(5.5, 2.7))
pairs = (0.01, 0.9), (0.03, 0.0), (0.01, 0.63), (0.01, critical)
for (lr, momentum), style in zip(pairs, ("-", "--", ":", "-."), strict=True):
    loss = losses(lr, momentum)
    axes.plot(loss, style, label=f"η = {lr}, momentum {momentum:.3g}")
    last = np.flatnonzero(loss > 0.001).max() + 1
    print(f"η = {lr}, momentum {momentum:.3f}: below 0.001 from step {last}")
axes.set(xlabel="iteration", ylabel="loss 4x²", yscale="log", ylim=(1e-8, 50))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:experiment-shown]
steps = {pair: np.flatnonzero(losses(*pair) > 0.001).max() + 1 for pair in pairs}
assert min(steps, key=steps.get) == (0.03, 0.0), "plain descent reaches 0.001 before all others"
assert max(steps, key=steps.get) == (0.01, 0.9), "momentum 0.9 is the slowest"
z = np.roots([1, -(1 + 0.63 - 0.08), 0.63])[0]
assert round(np.pi / abs(np.angle(z))) == 14, "with 0.63 it passes 0 every 14 steps"
plt.show()

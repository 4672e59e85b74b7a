# --8<-- [start:imports]
import torch
import torch.nn.functional as F
# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def IDENTIFIER(input, target, reduction="mean"):
    loss = (input - target) ** 2
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
x, y = torch.randn(2, 4, 5, dtype=torch.float64)
worst = max(
    (IDENTIFIER(x, y, reduction) - F.mse_loss(x, y, reduction=reduction)).abs().max()
    for reduction in ("none", "mean", "sum")
)
print(f"largest difference over all options: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "equal to the library in twelve digits"

# --8<-- [start:example]
loss = IDENTIFIER(torch.tensor([2.0, 5.0]), torch.tensor([1.0, 3.0]))
print("mean", loss.item())
# --8<-- [end:example]
assert loss == 2.5, "the errors are 1 and 2, so the mean of their squares is 2.5"

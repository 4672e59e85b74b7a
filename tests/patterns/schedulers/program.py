# --8<-- [start:imports]
import torch
from torch.optim.lr_scheduler import ExponentialLR
# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def IDENTIFIER(step, base_lr, gamma):
    return base_lr * gamma**step
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
scheduler = ExponentialLR(optimizer, gamma=0.9)
worst = 0.0
for step in range(50):
    worst = max(worst, abs(scheduler.get_last_lr()[0] - IDENTIFIER(step, 0.1, 0.9)))
    optimizer.step()
    scheduler.step()
print(f"largest difference over 50 steps: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "equal to the library in twelve digits"

# --8<-- [start:example]
print(f"{IDENTIFIER(2, 0.1, 0.9):.3f}")
# --8<-- [end:example]
assert round(IDENTIFIER(2, 0.1, 0.9), 12) == 0.081, "0.1 becomes 0.081 after two epochs"
assert round(0.081 / 0.1, 12) == round(0.9**2, 12), "at a factor of 0.9"

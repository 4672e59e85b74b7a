# --8<-- [start:imports]
import torch
# --8<-- [end:imports]


# --8<-- [start:from-scratch]
class TITLE:
    def __init__(self, params, lr=0.1):
        self.params = list(params)
        self.lr = lr

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for p in self.params:
            if p.grad is not None:
                p -= self.lr * p.grad
        return loss
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
paths = []
for optimizer in (TITLE, torch.optim.SGD):
    x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    rule = optimizer([x], lr=0.1)
    for _ in range(20):
        rule.zero_grad()
        (x**4).sum().backward()
        rule.step()
    paths.append(x.detach())
worst = (paths[0] - paths[1]).abs().max()
print(f"largest difference after 20 steps: {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12, "equal to the library in twelve digits"

# --8<-- [start:example]
x = torch.ones(1, dtype=torch.float64, requires_grad=True)
(x**2).backward()
TITLE([x], lr=0.1).step()
print(f"{x.item():.1f}")
# --8<-- [end:example]
assert round(x.item(), 12) == 0.8, "from 1 the step goes, at a learning rate of 0.1, to 0.8"

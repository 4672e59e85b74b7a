# --8<-- [start:setup]
import torch
from torch import nn

# --8<-- [end:setup]

# --8<-- [start:lookahead]
lr, mu, curvature = 0.05, 0.9, torch.tensor([1.0, 10.0]).double()
phi, step = torch.ones(2).double(), torch.zeros(2).double()
p = nn.Parameter(torch.ones(2).double())
optimizer = torch.optim.SGD([p], lr=lr, momentum=mu, nesterov=True)
apart = 0.0
for _ in range(100):
    ahead = phi + mu * step
    apart = max(apart, (ahead - p.detach()).abs().max().item())
    step = mu * step - lr * curvature * ahead  # the gradient at the point ahead
    phi = phi + step
    p.grad = curvature * p.detach()
    optimizer.step()
back = p.detach() + lr * mu * optimizer.state[p]["momentum_buffer"]
print(f"θ and the paper's look-ahead differ by {apart:.12f}")
off = (back - phi).abs().max()
print(f"φ recovered from θ and the buffer, off by {off:.12f}")
# --8<-- [end:lookahead]
assert apart < 5e-13, "θ and the paper's look-ahead differ by 0.000000000000"
assert off < 5e-13, "the paper's φ = θ + η μ v"

# --8<-- [start:errors]
for options in (
    {"nesterov": True, "dampening": 0.1}, {"fused": True}, {"foreach": True}
):  # fmt: skip
    late = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    try:
        optimizer = torch.optim.SGD(late, momentum=0.9, **options)
        for p in late:  # the second has no gradient in the first step
            p.grad = torch.ones(1)
            optimizer.step()
    except (ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:errors]
assert late[1] < 1, "`foreach=True`, the third run, accepts that"
late = torch.optim.SGD([{"params": late, "dampening": 0.5}], momentum=0.9, nesterov=True)
assert late.param_groups[0]["dampening"] == 0.5, "torch checks not the options of a single parameter group"
assert torch.optim.SGD([p], momentum=1.5), "`momentum=1.5` raises nothing"

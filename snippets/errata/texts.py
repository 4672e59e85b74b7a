import math

import torch
from _claim import claim
from torch import nn, optim


# --8<-- [start:bound]
def largest(gradients):
    """Largest step of Adam in units of lr, after a million zero gradients."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = optim.Adam([p], lr=1.0)
    zero = torch.zeros_like(p)
    state = {"step": torch.tensor(1e6), "exp_avg": zero, "exp_avg_sq": zero.clone()}
    optimizer.state[p] = state
    steps = []
    for g in gradients:
        p.grad, before = torch.full_like(p, g), p.item()
        optimizer.step()
        steps.append(before - p.item())
    return max(steps)


b1, b2 = 0.9, 0.999
paper = (1 - b1) / math.sqrt(1 - b2)
found = largest([(b2 / b1) ** k for k in range(90)])
claim("paper-adam-bound", paper, found, right=paper / math.sqrt(1 - b1**2 / b2))
# --8<-- [end:bound]
assert abs(largest([1.0] + [0.0] * 40) - paper) < 1e-4  # the paper's case: one gradient after silence
assert largest([1.0] * 40) > 6.5

# --8<-- [start:momentum]
Q, c, b = torch.tensor([[2.0, 1.0], [1.0, 3.0]]), torch.tensor([1.0, -2.0]), 5.0
x, shift = torch.tensor([0.3, 0.7], requires_grad=True), torch.linalg.solve(Q, c)
h = x @ Q @ x / 2 + x @ c + b
told, right = (d @ Q @ d / 2 + b - c @ shift / 2 for d in (x - shift, x + shift))
claim("d2l-square", told, h, right=right)
beta, lr, curvature = 0.9, 0.01, 8.0
R = torch.tensor([[beta, curvature], [-lr * beta, 1 - lr * curvature]])
s1, s2 = torch.linalg.eigvals(R)
M, N = ((R - s * torch.eye(2)) / (s1 - s2) for s in (s1, s2))
power = torch.linalg.matrix_power(R, 3)
told, right = ((s1**3 * A - s2**3 * B).real.trace() for A, B in ((M, N), (N, M)))
claim("distill-power", told, power.trace(), right=right)
claim("distill-root", 2 * math.sqrt(beta), s1.abs(), right=math.sqrt(beta))
# --8<-- [end:momentum]
assert torch.allclose(torch.autograd.grad(h, x)[0], Q @ (x + shift))

# --8<-- [start:labml]
def moved(make, gradients, **options):
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = make([p], lr=1.0, **options)
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
    return -p.item()


g, eps, t = 1e-8, 1e-8, 10
before, after = (moved(optim.Adam, [g] * k) for k in (t - 1, t))
m, v, c1, c2 = (1 - b1**t) * g, (1 - b2**t) * g * g, 1 - b1**t, 1 - b2**t
root = math.sqrt(c2)
found, right = after - before, m / c1 / (math.sqrt(v / c2) + eps)
claim("labml-root", m / c1 / (v / c2 + eps), found, right=right)
told, right = (m * root / c1 / (math.sqrt(v) + k * eps) for k in (c2, root))
claim("labml-eps", told, found, right=right)
# --8<-- [end:labml]

# --8<-- [start:notes]
roots = 1e-4, 0.1 * 1e-4  # of v in the first step: Adam corrects it, RMSprop does not
inside = [1e-4 / math.sqrt(root**2 + eps) for root in roots]
outside = [1e-4 / (root + eps) for root in roots]
found = [moved(make, [1e-4]) for make in (optim.Adam, optim.RMSprop)]
claim("notes-eps", inside, found, right=outside)
found = moved(optim.SGD, [1.0, 1.0], momentum=0.9)
average = 0.1 + (0.9 * 0.1 + 0.1)  # v = βv + (1 − β)g
claim("notes-momentum", average, found, right=1.0 + (0.9 * 1.0 + 1.0))
p = nn.Parameter(torch.tensor([2.0]))
p.grad = torch.ones(1)
optim.AdamW([p], lr=0.1, weight_decay=0.1).step()
claim("notes-adamw", 2.0 - 0.1, p.item(), right=2.0 * (1 - 0.1 * 0.1) - 0.1)
# --8<-- [end:notes]

# --8<-- [start:imports]
import math

import torch
from _claim import claim
from torch import nn, optim

# --8<-- [end:imports]


# --8<-- [start:bound]
def largest_step(gradients):
    """Of Adam, in units of lr, after a million zero gradients."""
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = optim.Adam([p], lr=1.0)
    optimizer.state[p] = {"step": torch.tensor(1e6), "exp_avg": torch.zeros_like(p),
                          "exp_avg_sq": torch.zeros_like(p)}
    largest = 0.0
    for g in gradients:
        before = p.item()
        p.grad = torch.full_like(p, g)
        optimizer.step()
        largest = max(largest, before - p.item())
    return largest


beta1, beta2 = 0.9, 0.999
paper = (1 - beta1) / math.sqrt(1 - beta2)
found = largest_step([(beta2 / beta1) ** k for k in range(90)])
right = paper / math.sqrt(1 - beta1**2 / beta2)
claim("paper-adam-bound", paper, found, right=right)
# --8<-- [end:bound]
assert f"{paper:.2f}" == "3.16", "here 3.16 η"
assert f"{found:.2f}" == "7.27", "7.27 η: times"
once = largest_step([1.0] + [0.0] * 40)
assert f"{once:.4f}" == f"{paper:.4f}", "The paper bounds the step where one gradient comes after a long silence"

# --8<-- [start:momentum]
Q, c, b = torch.tensor([[2.0, 1.0], [1.0, 3.0]]), torch.tensor([1.0, -2.0]), 5.0
x, shift = torch.tensor([0.3, 0.7], requires_grad=True), torch.linalg.solve(Q, c)
h = x @ Q @ x / 2 + x @ c + b
told, right = (square @ Q @ square / 2 + b - c @ shift / 2
               for square in (x - shift, x + shift))
claim("d2l-square", told, h, right=right)
beta, lr, curvature = 0.9, 0.01, 8.0
R = torch.tensor([[beta, curvature], [-lr * beta, 1 - lr * curvature]])
sigma1, sigma2 = torch.linalg.eigvals(R)
R1 = (R - sigma1 * torch.eye(2)) / (sigma1 - sigma2)  # as printed
R2 = (R - sigma2 * torch.eye(2)) / (sigma1 - sigma2)
told = (sigma1**3 * R1 - sigma2**3 * R2).real.trace()
right = (sigma1**3 * R2 - sigma2**3 * R1).real.trace()
found = torch.linalg.matrix_power(R, 3).trace()
claim("distill-power", told, found, right=right)
claim("distill-root", 2 * math.sqrt(beta), sigma1.abs(), right=math.sqrt(beta))
# --8<-- [end:momentum]
assert torch.allclose(torch.autograd.grad(h, x)[0], Q @ (x + shift)), "of x+Q^{−1}c"
assert math.isclose(told, -right, rel_tol=1e-5), "the indices are swapped; as printed all signs change"
assert 2 * math.sqrt(beta) > 1, "With the 2 it would diverge"


# --8<-- [start:labml]
def moved(make, gradients, **options):
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = make([p], lr=1.0, **options)
    for g in gradients:
        p.grad = torch.full_like(p, g)
        optimizer.step()
    return -p.item()


m_hat, v_hat = 0.5, 0.5**2  # after one gradient of 0.5
found = moved(optim.Adam, [0.5], eps=0.0)
claim("labml-root", m_hat / v_hat, found, right=m_hat / math.sqrt(v_hat))
g, eps, t = 1e-8, 1e-8, 10
found = moved(optim.Adam, [g] * t) - moved(optim.Adam, [g] * (t - 1))
m, v = (1 - beta1**t) * g, (1 - beta2**t) * g**2
root = math.sqrt(1 - beta2**t)
told = root / (1 - beta1**t) * m / (math.sqrt(v) + (1 - beta2**t) * eps)
right = root / (1 - beta1**t) * m / (math.sqrt(v) + root * eps)
claim("labml-eps", told, found, right=right)
# --8<-- [end:labml]

# --8<-- [start:notes]
roots = 1e-4, 0.1 * 1e-4  # of v in step 1: Adam corrects it, RMSprop does not
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
assert moved(optim.SGD, [3.0], momentum=0.9) == 3, "v=g in the first step"

# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.Adam([w], lr=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.9000", "1.9000"], (
    "both weights move by lr=0.1, though the gradients are 2 and 4")

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, betas, eps, weight_decay, amsgrad, decoupled):
    beta1, beta2 = betas
    state["t"] += 1
    if decoupled:
        p *= 1 - lr * weight_decay
    else:
        g = g + weight_decay * p
    state["m"] = beta1 * state["m"] + (1 - beta1) * g
    state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
    state["largest v"] = torch.maximum(state["largest v"], state["v"])
    v = state["largest v"] if amsgrad else state["v"]
    m_hat = state["m"] / (1 - beta1 ** state["t"])
    v_hat = v / (1 - beta2 ** state["t"])
    p -= lr * m_hat / (v_hat.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=0, amsgrad=False, *, decoupled_weight_decay=False):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
            amsgrad=amsgrad, decoupled=decoupled_weight_decay,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    new = {"t": 0, "m": 0, "v": 0, "largest v": torch.zeros_like(p)}
                    state = self.state.setdefault(p, new)
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, factor=1.0, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer = make(net.parameters(), lr=0.01, **options)
    for _ in range(40):
        optimizer.zero_grad()
        loss = factor * nn.functional.mse_loss(net(inputs), targets)
        loss.backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "betas", "eps", "weight_decay", "amsgrad", "decoupled_weight_decay"
values = ((0.9, 0.999), (0.0, 0.5)), (1e-8, 0.1), (0, 0.1), *[(False, True)] * 2
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
apart = [train(Adam, **case) - train(torch.optim.Adam, **case) for case in cases]
worst = max(difference.abs().max() for difference in apart)
print(f"{len(cases)} combinations, 40 steps, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "largest difference 0.000000000000"
decoupled = train(torch.optim.Adam, weight_decay=0.01, decoupled_weight_decay=True)
assert torch.equal(decoupled, train(torch.optim.AdamW)), "AdamW's default of weight_decay is 0.01; the same bits"
assert issubclass(torch.optim.AdamW, torch.optim.Adam), "AdamW is a subclass of Adam"

# --8<-- [start:state]
print("type            bytes per parameter  state")
for dtype, amsgrad in (
    (torch.float32, False), (torch.float32, True), (torch.bfloat16, False)
):  # fmt: skip
    p = nn.Parameter(torch.ones(1000, 1000, dtype=dtype))
    optimizer = torch.optim.Adam([p], amsgrad=amsgrad)
    p.grad = torch.ones_like(p)
    optimizer.step()
    size = sum(kept.nbytes for kept in optimizer.state[p].values()) / p.numel()
    print(f"{dtype!s:<14}  {size:<19.2f} ", *optimizer.state[p])
# --8<-- [end:state]
assert round(size, 2) == 4, "in bfloat16 it is half as large"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, default in torch.optim.Adam([p]).defaults.items():
    print(f"{name:<24} {default}")
# --8<-- [end:defaults]
DEFAULT = torch.optim.Adam([p]).defaults
assert [round(1 / (1 - beta)) for beta in DEFAULT["betas"]] == [10, 1000], "about 10 gradients and 1000 squares"


# --8<-- [start:bound]
def sizes(gradients, before=0.0, betas=(0.9, 0.999), amsgrad=False):
    """Return the steps / lr, after a million steps of gradient `before`."""
    p, m = torch.zeros(1).double(), torch.full((1,), before).double()
    state, steps = {"t": 10**6, "m": m, "v": m * m, "largest v": m * m}, []
    for g in gradients:
        old = p.item()
        move(p, g, state, 1.0, betas, 1e-8, 0, amsgrad, decoupled=False)
        steps.append(old - p.item())
    return steps


growing = [(0.999 / 0.9) ** k for k in range(40)]
figure, axes = plt.subplots(figsize=(5.5, 2.9))
for name, gradients, look in (
    ("once", [1.0] + [0.0] * 39, "C0"),
    ("from now on", [1.0] * 40, "C1--"),
    ("growing", growing, "C2-."),
):
    steps = sizes(gradients)
    axes.plot(range(1, 41), steps, look, label=name)
    print(f"{name:<12} largest step {max(steps):.2f} η")
axes.set(xlabel="step after the silence", ylabel="step size / η", ylim=(0, 8))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:bound]
beta1, beta2 = 0.9, 0.999
paper = (1 - beta1) / math.sqrt(1 - beta2)
whole = paper / math.sqrt(1 - beta1**2 / beta2)
once, lasting = sizes([1.0] + [0.0] * 39), sizes([1.0] * 40)
assert round(paper, 2) == 3.16, "at the defaults the first factor is 3.16"
assert round(whole, 2) == 7.27, "and the whole is 7.27"
assert round(beta2 / beta1, 2) == 1.11, "let it grow by 11 % per step"
assert max(steps) < whole, "no step exceeds the bound"
assert max(steps) > whole - 0.01, "the growing gradient reaches the bound but for 0.01"
assert abs(once[0] - paper) < 1e-6, "the paper's bound is the size of the first step after a silence"
assert max(once) == once[0], "after it the steps fade"
assert max(lasting) == lasting[12 - 1], "a lasting one rises until step 12"
assert max(lasting) > paper, "the second curve exceeds the paper's bound"
assert max(steps) > paper, "the third curve exceeds the paper's bound"
assert round(1 - 0.95, 9) == round(math.sqrt(1 - 0.9975), 9), "with β = (0.95, 0.9975), 1 − β₁ = √(1 − β₂)"
other = sizes([1.05**k for k in range(80)], betas=(0.95, 0.9975))
assert max(other) > 3.2, "a growing gradient makes steps of more than 3.2 η"
jump = sizes([1.0] * 40, before=0.001)
assert jump[12 - 1] > 6.5, "a thousand times larger for good: the twelfth step is more than 6.5 η"
ratio = beta1**2 / beta2
early = [(1 - beta2**t) / (1 - beta1**t) ** 2 * (1 - ratio**t) / (1 - ratio) for t in range(1, 3000)]
early = [(1 - beta1) ** 2 / (1 - beta2) * bound for bound in early]
assert math.isclose(early[0], 1), "with the corrections the bound is 1 at t = 1"
assert early == sorted(early), "and grows"
assert math.sqrt(early[-1]) < whole, "early steps stay below it"

# --8<-- [start:sign]
steps = sizes([3, -0.001, 1e-8, 0], betas=(0.0, 0.0))
print(*(f"{step:.2f} η " for step in steps))
# --8<-- [end:sign]

# --8<-- [start:by-hand]
p = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
optimizer = torch.optim.Adam([p], lr=0.1)
print("g     θ")
for g in (1.0, -0.5):
    p.grad = torch.full_like(p, g)
    optimizer.step()
    print(f"{g:<4g}  {p.item():.4f}")
# --8<-- [end:by-hand]
m, v = 0.9 * 0.1 - 0.1 * 0.5, 0.999 * 0.001 + 0.001 * 0.25
assert round(m, 12) == 0.04, "m₂ = 0.9 · 0.1 − 0.1 · 0.5 = 0.04"
assert round(v, 12) == 0.001249, "v₂ = 0.000999 + 0.00025 = 0.001249, from m₁ = 0.1 and v₁ = 0.001"
m, v = m / (1 - 0.9**2), v / (1 - 0.999**2)
assert round(m, 4) == 0.2105, "0.04 / 0.19 = 0.2105"
assert round(v, 4) == 0.6248, "0.001249 / 0.001999 = 0.6248"
assert round(math.sqrt(v), 4) == 0.7905, "the root is 0.7905"
assert round(0.1 * m / math.sqrt(v), 4) == 0.0266, "the step is 0.1 · 0.2105 / 0.7905 = 0.0266"
assert round(1.9 - 0.1 * m / math.sqrt(v), 4) == 1.8734, "from θ₁ = 1.9 to θ₂ = 1.8734"
assert round(p.item(), 4) == 1.8734, "and torch says the same"

# --8<-- [start:scale]
print("eps    loss times  largest difference")
for eps in (1e-8, 0.0):
    for power in (-20, 20):
        scaled = train(torch.optim.Adam, factor=2.0**power, eps=eps)
        apart = scaled - train(torch.optim.Adam, eps=eps)
        print(f"{eps:<5g}  {f'2^{power}':<10}  {apart.abs().max():.6f}")
# --8<-- [end:scale]
for power in (-20, 20):
    same = torch.equal(train(torch.optim.Adam, factor=2.0**power, eps=0.0), train(torch.optim.Adam, eps=0.0))
    assert same, "with ε = 0 the results are the same bits"
assert round(2**20 / 1e6) == 1, "2^−20 is about a millionth"


# --8<-- [start:embedding]
steps = sizes([1.0] + [0.0] * 299)
print("steps  moved by")
for n in (1, 10, 100):
    print(f"{n:<5}  {sum(steps[:n]):.1f} η")
# --8<-- [end:embedding]
total = paper / (1 - beta1 / math.sqrt(beta2))
assert round(total, 1) == 31.8, "3.16 η / (1 − β₁ / √β₂) = 31.8 η"
assert round(sum(steps), 1) == 31.8, "the sum of all steps is 31.8 η"
louder = sizes([1000.0] + [0.0] * 299)
assert math.isclose(sum(louder), sum(steps), rel_tol=1e-6), "the size of that single gradient does not matter"
shorter = sizes([1.0] + [0.0] * 299, betas=(0.9, 0.99))
assert sum(shorter) < sum(steps), "with a smaller β₂ the sum is smaller"

# --8<-- [start:amsgrad]
print("amsgrad  after 100 steps  after 5000")
for amsgrad in (False, True):
    steps = sizes([100.0] + [1.0] * 5000, before=1.0, amsgrad=amsgrad)
    print(f"{amsgrad!s:<7}  {steps[100]:.2f} η           {steps[5000]:.2f} η")
# --8<-- [end:amsgrad]
assert steps[5000] < 0.4, "AMSGrad keeps the small steps: after 5000 they are still below 0.4 η"

plt.show()

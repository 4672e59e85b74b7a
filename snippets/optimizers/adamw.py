# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.AdamW([w], lr=0.1, weight_decay=0.1)
w.square().sum().backward()  # the gradients are 2 and 4
optimizer.step()
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert [f"{x:.4f}" for x in w.tolist()] == ["0.8900", "1.8800"], (
    "both weights lose 1 % and then move by lr=0.1, though the gradients are 2 and 4")

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, betas, eps, weight_decay, amsgrad):
    beta1, beta2 = betas
    state["t"] += 1  # before it is used: the first step has t = 1
    p *= 1 - lr * weight_decay
    state["m"] = beta1 * state["m"] + (1 - beta1) * g
    state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
    state["largest v"] = torch.maximum(state["largest v"], state["v"])
    v = state["largest v"] if amsgrad else state["v"]
    m_hat = state["m"] / (1 - beta1 ** state["t"])
    v_hat = v / (1 - beta2 ** state["t"])
    p -= lr * m_hat / (v_hat.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
                 weight_decay=1e-2, amsgrad=False):
        self.params, self.state = list(params), {}
        self.options = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:  # otherwise p, its state and its t stay
                    new = {"t": 0, "m": 0, "v": 0, "largest v": torch.zeros_like(p)}
                    state = self.state.setdefault(p, new)
                    move(p, p.grad, state, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(32, 5), torch.randn(32, 1)


def train(make, dtype=torch.float64, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).to(dtype)
    optimizer = make(net.parameters(), lr=0.01, **options)
    for _ in range(60):
        optimizer.zero_grad()
        outputs = net(inputs.to(dtype))
        nn.functional.mse_loss(outputs, targets.to(dtype)).backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


names = "betas", "eps", "weight_decay", "amsgrad"
values = ((0.9, 0.999), (0.0, 0.5)), (1e-8, 0.1), (0.0, 0.1), (False, True)
cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*values)]
worst = 0.0
for case in cases:
    difference = train(AdamW, **case) - train(torch.optim.AdamW, **case)
    worst = max(worst, difference.abs().max().item())
print(f"{len(cases)} combinations, 60 steps each, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "largest difference 0.000000000000"
without = train(torch.optim.AdamW, weight_decay=0)
assert torch.equal(without, train(torch.optim.Adam)), "with weight_decay=0 the two are identical, bit for bit"

# --8<-- [start:state]
print("type            bytes per parameter  state")
for dtype, amsgrad in (
    (torch.float32, False), (torch.float32, True), (torch.bfloat16, False)
):  # fmt: skip
    layer = nn.Linear(1000, 1000, dtype=dtype)
    optimizer = torch.optim.AdamW(layer.parameters(), amsgrad=amsgrad)
    layer(torch.ones(1, 1000, dtype=dtype)).sum().backward()
    optimizer.step()
    states = optimizer.state.values()
    size = sum(kept.nbytes for state in states for kept in state.values())
    size /= sum(p.numel() for p in layer.parameters())
    names = optimizer.state[layer.weight]
    print(f"{dtype!s:<14}  {size:<19.2f} ", *names)
# --8<-- [end:state]
layer = nn.Linear(1000, 1000)
optimizer = torch.optim.AdamW([layer.weight, layer.bias])
layer.weight.grad = torch.ones_like(layer.weight)
assert not optimizer.state, "state exists only after the first step()"
optimizer.step()
assert layer.bias not in optimizer.state, "and only for parameters that had a gradient"
state = optimizer.state[layer.weight]
assert state["step"].numel() == 1, "the step count is one number per tensor"
assert state["exp_avg"].nbytes + state["exp_avg_sq"].nbytes == 8 * layer.weight.numel(), "8 bytes per parameter"
assert layer.weight.nbytes == 4 * layer.weight.numel(), "next to 4 for the weight"
assert layer.weight.grad.nbytes == 4 * layer.weight.numel(), "and 4 for its gradient"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, parameter in inspect.signature(torch.optim.AdamW).parameters.items():
    if parameter.default is not parameter.empty:
        print(f"{name:<24} {parameter.default}")
# --8<-- [end:defaults]
DEFAULT = torch.optim.AdamW([torch.ones(1)]).defaults
assert torch.optim.Adam([torch.ones(1)]).defaults["weight_decay"] == 0, "Adam's default is 0, AdamW's is not"
shrinks = DEFAULT["lr"] * DEFAULT["weight_decay"]
assert round(shrinks, 12) == 1e-5, "at the defaults, ηλ = 10^-5"
assert round(math.log(0.5) / math.log(1 - shrinks), -2) == 69_300, "a weight needs about 69,300 steps to halve"
assert [round(1 / (1 - beta)) for beta in DEFAULT["betas"]] == [10, 1000], "10 steps for g, 1000 for its square"


# --8<-- [start:by-hand]
def once(make, theta, gradient, **options):
    p = nn.Parameter(torch.tensor([theta], dtype=torch.float64))
    p.grad = torch.full_like(p, gradient)
    make([p], **options).step()
    return p.item()


options = {"lr": 0.1, "weight_decay": 0.1}
print("g        θ")
for gradient in (0.5, 500.0, -1e-4, 1e-8, 0.0):
    theta = once(torch.optim.AdamW, 2.0, gradient, **options)
    print(f"{gradient:<7g}  {theta:.5f}")
# --8<-- [end:by-hand]
decayed, m, v = (1 - 0.1 * 0.1) * 2, 0.1 * 0.5, 0.001 * 0.25
assert DEFAULT["betas"] == (0.9, 0.999), "the default β₁ = 0.9, β₂ = 0.999"
assert round(decayed, 12) == 1.98, "decay: (1 − 0.1 · 0.1) · 2 = 1.98"
assert round(m, 12) == 0.05, "m = 0.1 · 0.5 = 0.05"
assert round(v, 12) == 0.00025, "v = 0.001 · 0.25 = 0.00025"
assert round(m / 0.1, 12) == 0.5, "the corrected m = 0.05 / 0.1 = 0.5"
assert round(v / 0.001, 12) == 0.25, "the corrected v = 0.00025 / 0.001 = 0.25"
assert round(once(torch.optim.AdamW, 2.0, 0.5, **options), 7) == 1.88, "0.1 · 0.5 / √0.25 = 0.1, hence θ = 1.88"
assert round(once(torch.optim.AdamW, 2.0, 500.0, **options), 7) == 1.88, "a thousand times larger gives the same 1.88"
assert round(once(torch.optim.AdamW, 2.0, 1e-8, **options), 7) == 1.93, "at g = ε = 10^-8 the step is half of η"
assert round(once(torch.optim.AdamW, 2.0, 0.0, **options), 7) == 1.98, "with g = 0 only the decay is left"

# --8<-- [start:l2]
options = {"lr": 0.1, "weight_decay": 0.01}
print("optimizer  before  after")
for theta in (1.0, 100.0):
    for make in (torch.optim.Adam, torch.optim.AdamW):
        after = once(make, theta, 0.0, **options)
        print(f"{make.__name__:<9}  {theta:<6g}  {after:.3f}")
# --8<-- [end:l2]
for theta in (1.0, 100.0):
    assert round(theta - once(torch.optim.Adam, theta, 0.0, **options), 5) == 0.1, "Adam moves a full η both times"
    left = once(torch.optim.AdamW, theta, 0.0, **options) / theta
    assert round(left, 9) == 0.999, "AdamW shrinks both weights by the same factor, 0.999"
left = once(torch.optim.Adam, 100.0, 0.0, lr=0.1, weight_decay=1e-4)
assert round(100 - left, 5) == 0.1, "with a hundredth of the decay, the large weight would still move by 0.1"

# --8<-- [start:eps]
g, m, v = 1e-8, 0.1 * 1e-8, 0.001 * 1e-16
early = m / 0.1 * math.sqrt(0.001) / (math.sqrt(v) + 1e-8)
torchs = -once(torch.optim.AdamW, 0.0, g, lr=1.0)
print("where eps is added           step")
print(f"AdamW, after the correction   {torchs:.4f} η")
print(f"inside the root               {g / math.sqrt(g**2 + 1e-8):.4f} η")
print(f"added before the correction   {early:.4f} η")
# --8<-- [end:eps]

# --8<-- [start:first-t]
t = torch.arange(1, 41, dtype=torch.float64)
m, v = 1 - 0.9**t, 1 - 0.999**t  # after t equal gradients g, in units of g and g²
m_late, v_late = 1 - 0.9 ** (t + 1), 1 - 0.999 ** (t + 1)
figure, axes = plt.subplots(figsize=(5.5, 2.8))
for name, size, color, height in (
    ("first t = 1", m / m / (v / v).sqrt(), "C0", 1.3),
    ("no correction", m / v.sqrt(), "C1", 5.0),
    ("first t = 2", m / m_late / (v / v_late).sqrt(), "C2", 0.7),
):
    axes.plot(t, size, color)
    axes.text(40.5, height, name, color=color, va="center")
axes.set(xlabel="step", ylabel="step size / η", xlim=(0, 50), ylim=(0, 7))
# --8<-- [end:first-t]
uncorrected, late = m / v.sqrt(), m / m_late / (v / v_late).sqrt()
assert round(late[0].item(), 2) == 0.74, "starting at 2 makes the first step 0.74 η"
assert math.isclose(uncorrected[0], math.sqrt(10)), "without the correction the first step is √10 η"
assert uncorrected.argmax() == 12 - 1, "the twelfth is the largest"
assert round(uncorrected.max().item(), 1) == 6.6, "the largest is 6.6 η"

# --8<-- [start:box]
for line in torch.optim.AdamW.__doc__.splitlines():
    if r"\theta_t" in line and r"\leftarrow" in line:
        print(line.split("}", 1)[1].strip())
# --8<-- [end:box]
starts_from = r"\theta_t \leftarrow \theta_t - \gamma \widehat{m_t}/"
assert starts_from in torch.optim.AdamW.__doc__, "the second line reads θ_t on both sides"
assert round(2 - 0.1, 12) == 1.9, "it would give 2 − 0.1 = 1.9 instead of 1.88"

# --8<-- [start:fused]
plain = train(torch.optim.AdamW, torch.float32, foreach=False)
foreach = train(torch.optim.AdamW, torch.float32, foreach=True)
fused = train(torch.optim.AdamW, torch.float32, fused=True)
print("foreach: the same bits:", torch.equal(plain, foreach))
print("fused: the same to 1e-5:", torch.allclose(plain, fused, rtol=0, atol=1e-5))
# --8<-- [end:fused]
assert torch.equal(plain, foreach), "on the CPU foreach gives the same bits"
assert (plain - fused).abs().max() < 1e-5, "and fused the same numbers up to rounding"

# --8<-- [start:no-decay]
norm = nn.LayerNorm(256)
optimizer = torch.optim.AdamW(norm.parameters(), lr=0.01, weight_decay=0.1)
for _ in range(100):
    for p in norm.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
print(f"LayerNorm weight 1 → {norm.weight[0]:.3f}")
# --8<-- [end:no-decay]
assert math.isclose(norm.weight[0].item(), 0.999**100, rel_tol=1e-5), "the decay pulls it to 0.999^100"
assert round(0.999**100, 3) == 0.905, "0.999^100 ≈ 0.905"

# --8<-- [start:embedding]
print("optimizer   batch   row 1 moves by")
for make in (torch.optim.AdamW, torch.optim.SparseAdam):
    table = nn.Embedding(3, 2, sparse=make is torch.optim.SparseAdam)
    nn.init.ones_(table.weight)
    optimizer = make(table.parameters(), lr=0.1)
    for batch in ([0, 1], [0]):
        before = table.weight[1, 0].item()
        optimizer.zero_grad()
        table(torch.tensor(batch)).sum().backward()
        optimizer.step()
        moved = before - table.weight[1, 0].item()
        print(f"{make.__name__:<10}  {batch!s:<6}  {moved:.3f}")
# --8<-- [end:embedding]
assert moved == 0, "SparseAdam updates only the rows that occur"
assert "weight_decay" not in torch.optim.SparseAdam(table.parameters()).defaults, "SparseAdam has no weight decay"
plt.show()

# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([[3.0, 1.0], [1.0, 2.0]]))
optimizer = torch.optim.Muon([w], lr=0.1, weight_decay=0)
w.square().sum().backward()
before = w.detach().clone()
optimizer.step()
step = before - w.detach()
print("singular values:", *(f"{x:.3f}" for x in torch.linalg.svdvals(step)))
# --8<-- [end:call]
values = [round(x, 1) for x in torch.linalg.svdvals(w.grad).tolist()]
assert values == [7.2, 2.8], "the gradient has the singular values 7.2 and 2.8"
values = torch.linalg.svdvals(step)
assert values[0] / values[1] < 1.5, "those of the step are nearly equal"

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def orthogonalize(matrix, ns_coefficients, ns_steps, eps):
    """Bring all singular values of a matrix near 1."""
    a, b, c = ns_coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).bfloat16()  # x @ x.T is now the smaller one
    x = x / x.norm().clamp(min=eps)
    for _ in range(ns_steps):
        gram = x @ x.T
        inner = torch.addmm(gram, gram, gram, beta=b, alpha=c)  # b XXᵀ + c (XXᵀ)²
        x = torch.addmm(x, inner, x, beta=a)  # a X + inner X, rounded once
    return x.T if tall else x
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-move]
def shape_factor(rows, columns, adjust_lr_fn):
    if adjust_lr_fn == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))  # None or "original"


def move(p, average, lr, weight_decay, momentum, nesterov, adjust_lr_fn, **ns):
    average.lerp_(p.grad, 1 - momentum)  # μ m + (1 - μ) g
    ahead = p.grad.lerp(average, momentum) if nesterov else average
    p *= 1 - lr * weight_decay
    step = lr * shape_factor(*p.shape, adjust_lr_fn)
    p -= step * orthogonalize(ahead, **ns).to(p)
# --8<-- [end:from-scratch-move]


# --8<-- [start:from-scratch-class]
class Muon:
    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95,
                 nesterov=True, ns_coefficients=(3.4445, -4.775, 2.0315),
                 eps=1e-7, ns_steps=5, adjust_lr_fn=None):
        self.params, self.averages = list(params), {}
        self.options = dict(
            lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=nesterov,
            ns_coefficients=ns_coefficients, eps=eps, ns_steps=ns_steps,
            adjust_lr_fn=adjust_lr_fn,
        )  # fmt: skip

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    average = self.averages.setdefault(p, torch.zeros_like(p))
                    move(p, average, **self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 32, 6)


def train(make, **options):
    torch.manual_seed(1)
    wide, tall = (nn.Parameter(torch.randn(shape)) for shape in ((6, 9), (9, 6)))
    optimizer = make([wide, tall], lr=0.02, **options)
    for _ in range(40):
        optimizer.zero_grad()
        outputs = (inputs @ wide).tanh() @ tall
        nn.functional.mse_loss(outputs, targets).backward()
        optimizer.step()
    return torch.cat([wide.detach().flatten(), tall.detach().flatten()])


worst = 0.0
functions = ("original", "match_rms_adamw")
for nesterov, adjust in itertools.product((True, False), functions):
    options = {"nesterov": nesterov, "adjust_lr_fn": adjust}
    difference = train(Muon, **options) - train(torch.optim.Muon, **options)
    worst = max(worst, difference.abs().max().item())
print(f"4 combinations, 40 steps each, largest difference {worst:.6f}")
# --8<-- [end:equal]
assert worst < 1e-6, "largest difference 0.000000"
assert torch.finfo(torch.bfloat16).eps == 2**-7, "bfloat16 has 8 significant bits"
assert round(math.log10(2**8), 1) == 2.4, "8 bits are 2.4 decimal digits"


def rounded_twice(matrix, ns_coefficients, ns_steps, eps):
    (a, b, c), x = ns_coefficients, matrix.bfloat16()
    x = x / x.norm()
    for _ in range(ns_steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x


DEFAULT = torch.optim.Muon([torch.ones(1, 1)]).defaults
NS = {name: DEFAULT[name] for name in ("ns_coefficients", "ns_steps", "eps")}
square = torch.randn(6, 6)
apart = (rounded_twice(square, **NS) - orthogonalize(square, **NS)).abs().max()
assert apart > 1e-3, "a product and a sum, each rounded, already differ by more than 0.001 in one step"
assert NS["ns_coefficients"] == (3.4445, -4.775, 2.0315), "the default (a, b, c) = (3.4445, -4.775, 2.0315)"
assert NS["ns_steps"] == 5, "applied five times"
for steps, allowed in ((99, True), (100, False)):
    try:
        torch.optim._muon._zeropower_via_newtonschulz(square, NS["ns_coefficients"], steps, NS["eps"])
        assert allowed, "100 iterations are refused"
    except ValueError:
        assert not allowed, "iterations, at most 99"
assert round(3.4445**5) == 485, "five rounds raise small values by up to a^5 = 485"

# --8<-- [start:quintic]
def quintic(sigma, rounds=5):
    for _ in range(rounds):
        sigma = 3.4445 * sigma - 4.7750 * sigma**3 + 2.0315 * sigma**5
    return sigma


sigma = torch.linspace(0, 1, 2001, dtype=torch.float64)
figure, ax = plt.subplots(figsize=(5.5, 2.8))
ax.plot(sigma, quintic(sigma), "C1", label="after five iterations")
ax.plot(sigma, sigma, "C0--", label="before")
ax.set(xlabel="singular value", ylim=(0, 1.3))
figure.legend(loc="outside lower center", ncols=2)
inside = quintic(torch.linspace(0.01, 1, 10_000, dtype=torch.float64))
print(f"from 0.01 to 1: between {inside.min():.2f} and {inside.max():.2f}")
# --8<-- [end:quintic]
assert quintic(1e-4) < 0.05, "0.0001 of the norm becomes less than 0.05"
late = [quintic(1.0, rounds) for rounds in range(1000, 1010)]
assert min(late) < 0.8, "the default does not converge to 1: after 1000 rounds it still falls below 0.8"
assert max(late) > 1.1, "and rises above 1.1"
docstring = torch.optim._muon._zeropower_via_newtonschulz.__doc__
assert "S_{ii}' ~ Uniform(0.5, 1.5)" in docstring, "torch's docstring speaks of 0.5 to 1.5"
classical = 0.01
for count in range(1, 31):
    classical = 1.5 * classical - 0.5 * classical**3
    if count == 5:
        assert classical < 0.1, "(1.5, -0.5, 0) starts slower: five rounds leave 0.01 below 0.1"
assert abs(classical - 1) < 1e-9, "(1.5, -0.5, 0) converges to 1"

# --8<-- [start:state]
layer = nn.Linear(100, 100, bias=False)
print("optimizer  state            bytes per weight")
for make in (torch.optim.Muon, torch.optim.AdamW):
    optimizer = make(layer.parameters())
    layer(torch.ones(1, 100)).sum().backward()
    optimizer.step()
    for name, tensor in optimizer.state[layer.weight].items():
        size = tensor.nbytes / layer.weight.numel()
        print(f"{make.__name__:<9}  {name:<15}  {size:g}")
# --8<-- [end:state]
state = torch.optim.Muon(layer.parameters())
state.step()
state = state.state[layer.weight]
assert list(state) == ["momentum_buffer"], "there is no step count"
assert state["momentum_buffer"].nbytes == 4 * layer.weight.numel(), "Muon keeps 4 bytes per weight"
moments = [optimizer.state[layer.weight][name].nbytes for name in ("exp_avg", "exp_avg_sq")]
assert 2 * state["momentum_buffer"].nbytes == sum(moments), "half of what AdamW keeps"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
for name, default in torch.optim.Muon([layer.weight]).defaults.items():
    print(f"{name:<24} {default}")
# --8<-- [end:defaults]
assert round(1 / (1 - DEFAULT["momentum"])) == 20, "averages over about 1 / (1 − μ) = 20 steps"


# --8<-- [start:by-hand]
def once(gradient, theta=0.0, **options):
    """Return the parameter and its average after one step with η = 1."""
    p = nn.Parameter(torch.full_like(torch.tensor(gradient), theta))
    p.grad = torch.tensor(gradient)
    optimizer = torch.optim.Muon([p], lr=1.0, **options)
    optimizer.step()
    return p.detach(), optimizer.state[p]["momentum_buffer"]


print("g                   θ₁      θ₂")
for gradient in ([[3.0, 4.0]], [[3072.0, 4096.0]], [[0.0, 0.0]]):
    theta, _ = once(gradient)
    print(f"{gradient!s:<18}  {theta[0, 0]:.3f}  {theta[0, 1]:.3f}")
# --8<-- [end:by-hand]
hand = "(0.6, 0.8) has the singular value 1, which five rounds take through 0.701, 1.114, 0.721, 1.090 to 0.696"
assert math.hypot(0.6, 0.8) == 1, hand
assert [round(quintic(1.0, rounds), 3) for rounds in range(1, 6)] == [0.701, 1.114, 0.721, 1.09, 0.696], (
    "five rounds take 1 through 0.701, 1.114, 0.721, 1.090 to 0.696"
)
assert [round(-0.696 * side, 2) for side in (0.6, 0.8)] == [-0.42, -0.56], "−0.696 · (0.6, 0.8) = (−0.42, −0.56)"
assert round(once([[3.0, 4.0]])[0][0, 0].item(), 1) == -0.4, "the step is about −0.42"
assert torch.equal(once([[3.0, 4.0]])[0], once([[3072.0, 4096.0]])[0]), "1024 times larger: the same step, bit for bit"
assert once([[0.0, 0.0]])[0].abs().max() == 0, "a zero gradient gives a zero step"
angles = [math.tau * k / 360 for k in range(360)]
lengths = [once([[math.cos(angle), math.sin(angle)]])[0].norm().item() for angle in angles]
assert round(min(lengths), 1) == 0.7, "the shortest step of one row is about 0.7 η long, in 360 directions"
assert round(max(lengths), 1) == 0.7, "the longest step of one row is about 0.7 η long, in 360 directions"


# --8<-- [start:groups]
def fit(net, inputs, targets, steps=50):
    hidden = [net[2].weight]  # neither the first nor the last layer, and no bias
    others = [p for p in net.parameters() if p is not net[2].weight]
    muon = torch.optim.Muon(hidden, lr=0.02)
    adamw = torch.optim.AdamW(others, lr=0.01)
    for _ in range(steps):
        net.zero_grad()
        loss = nn.functional.mse_loss(net(inputs), targets)
        loss.backward()
        muon.step()
        adamw.step()
    return loss.item()


first, middle, last = nn.Linear(6, 32), nn.Linear(32, 32), nn.Linear(32, 6)
net = nn.Sequential(first, nn.Tanh(), middle, nn.Tanh(), last)
try:
    torch.optim.Muon(net.parameters())
except ValueError as error:
    print(error)
fit(net, inputs, targets)
# --8<-- [end:groups]
fell = 0
for seed in range(5):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 6))
    before = nn.functional.mse_loss(net(inputs), targets).item()
    fell += fit(net, inputs, targets) < before / 2
assert fell == 5, "50 steps halve the loss, in 5 of 5 seeds"

# --8<-- [start:rms]
print("shape       adjust_lr_fn     RMS   largest singular value")
for shape in ((256, 64), (64, 256), (256, 256)):
    for adjust in ("original", "match_rms_adamw"):
        p = nn.Parameter(torch.zeros(shape))
        p.grad = torch.randn(shape)
        torch.optim.Muon([p], lr=1.0, adjust_lr_fn=adjust).step()
        print(f"{shape!s:<10}  {adjust:<15}", end="  ")
        print(f"{p.square().mean().sqrt():.2f}", end="  ")
        print(f"{torch.linalg.matrix_norm(p, 2):.1f}")
# --8<-- [end:rms]
for seed, shape in itertools.product(range(5), ((256, 64), (64, 256), (256, 256))):
    torch.manual_seed(seed)
    p = nn.Parameter(torch.zeros(shape))
    p.grad = torch.randn(shape)
    torch.optim.Muon([p], lr=1.0, adjust_lr_fn="match_rms_adamw").step()
    size = round(p.square().mean().sqrt().item(), 2)
    assert size in (0.17, 0.18), "the second gives 0.17 or 0.18 instead of 0.2 for all three shapes, in 5 of 5 seeds"
assert 1 / math.sqrt(1024) == 1 / 32, "for a 1024 × 1024 matrix the RMS is about 0.001 / 32"
assert DEFAULT["lr"] == 0.001, "the default η = 0.001"
assert "muon_params, lr=0.02" in torch.optim.Muon.__doc__, "the docstring's own example takes 0.02"

# --8<-- [start:decay]
theta, _ = once([[0.0, 0.0]], theta=1.0)
print(f"θ from 1 with zero gradient, ηλ = 0.1: {theta[0, 0]:.3f}")
# --8<-- [end:decay]
assert theta[0, 0] == torch.tensor(0.9), "1 becomes 0.9: the decay is decoupled"
assert "weight decay (L2 penalty)" in torch.optim.Muon.__doc__, 'the docstring of torch 2.13 calls it "L2 penalty"'
adamw_decay = torch.optim.AdamW([torch.ones(1)]).defaults["weight_decay"]
assert DEFAULT["weight_decay"] == 10 * adamw_decay, "the default is 0.1, ten times AdamW's"

# --8<-- [start:box]
for line in torch.optim.Muon.__doc__.splitlines():
    if r"B_t \leftarrow" in line:
        print(line.split("}", 1)[1].strip())
print("stray character:", torch.optim.Muon.__doc__.split(r"{0.4pt}")[-1][0])
_, buffer = once([[3.0, 4.0]])
print("buffer after (3, 4):", [round(entry, 3) for entry in buffer[0].tolist()])
# --8<-- [end:box]
torch.testing.assert_close(buffer, 0.05 * torch.tensor([[3.0, 4.0]]), msg="the buffer is 0.05 g")
assert torch.optim.Muon.__doc__.split(r"{0.4pt}")[-1][0] == "s", 'a stray "s" at the end of the box'

# --8<-- [start:sum]
torch.manual_seed(0)
total, average = torch.zeros(8, 8), torch.zeros(8, 8)
for _ in range(20):
    gradient = torch.randn(8, 8)
    total = 0.95 * total + gradient  # the manual
    average = 0.95 * average + 0.05 * gradient  # the code
manual, code = gradient + 0.95 * total, 0.05 * gradient + 0.95 * average
print(f"manual / code: {(manual / code).mean():.3f}")
options = {"ns_coefficients": (3.4445, -4.775, 2.0315), "ns_steps": 5, "eps": 1e-7}
steps = orthogonalize(manual, **options), orthogonalize(code, **options)
print(f"largest difference after NS: {(steps[0] - steps[1]).abs().max():.2f}")
# --8<-- [end:sum]
torch.testing.assert_close(manual, 20 * code, msg="with equal μ the sum is the average times 20")
assert (steps[0] - steps[1]).abs().max() < 0.05, "the two steps differ by less than 0.05"

plt.show()

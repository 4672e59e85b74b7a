# --8<-- [start:from-scratch]
import inspect
import itertools
import math

import matplotlib.pyplot as plt
import torch
from torch import nn


def move(p, g, s, lr, betas, eps):
    beta1, beta2 = betas
    s["t"] += 1  # one count for the whole table, even if no row occurs
    g = g.coalesce()  # a row that occurs twice: its gradients are added up
    rows, g = tuple(g.indices()), g.values()
    m, v = s["m"][rows], s["v"][rows]
    m = s["m"][rows] = m + (1 - beta1) * (g - m)
    v = s["v"][rows] = v + (1 - beta2) * (g * g - v)
    correction1, correction2 = 1 - beta1 ** s["t"], 1 - beta2 ** s["t"]
    p[rows] -= lr * math.sqrt(correction2) / correction1 * m / (v.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class SparseAdam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.state = list(params), {}
        self.options = lr, betas, eps

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    if p not in self.state:
                        m, v = torch.zeros_like(p), torch.zeros_like(p)
                        self.state[p] = {"t": 0, "m": m, "v": v}
                    move(p, p.grad, self.state[p], *self.options)
        return loss
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
batches = torch.randint(0, 9, (60, 4))  # nine rows, four at a time
targets = torch.randn(9, 2, dtype=torch.float64)


def train(make, **options):
    table = nn.Embedding.from_pretrained(-targets, freeze=False, sparse=True)
    optimizer = make(table.parameters(), lr=0.01, **options)
    for rows in batches:
        optimizer.zero_grad()
        (table(rows) - targets[rows]).square().mean().backward()
        optimizer.step()
    return table.weight.detach()


worst = 0.0
for betas, eps in itertools.product(((0.9, 0.999), (0.0, 0.5)), (1e-8, 0.1)):
    theirs = train(torch.optim.SparseAdam, betas=betas, eps=eps)
    difference = train(SparseAdam, betas=betas, eps=eps) - theirs
    worst = max(worst, difference.abs().max().item())
print(f"4 combinations, 60 steps each, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 1e-12

# --8<-- [start:state]
table = nn.Embedding(100_000, 16, sparse=True)
optimizer = torch.optim.SparseAdam(table.parameters())
table(torch.arange(8)).sum().backward()
optimizer.step()
kept = [v for v in optimizer.state[table.weight].values() if torch.is_tensor(v)]
print(f"weights  {table.weight.numel() * 4:>10,} bytes")
print(f"gradient {table.weight.grad._values().numel() * 4:>10,} bytes, 8 rows")
print(f"state    {sum(v.numel() for v in kept) * 4:>10,} bytes")
# --8<-- [end:state]
assert sum(v.numel() for v in kept) == 2 * table.weight.numel()

# --8<-- [start:defaults]
signature = inspect.signature(torch.optim.SparseAdam)
for name, parameter in list(signature.parameters.items())[1:]:
    print(f"{name:<9} {parameter.default}")
# --8<-- [end:defaults]


# --8<-- [start:absent]
def walk(make, *batches, **options):
    """Return what each batch of ones moves row 1 of a table by."""
    table = nn.Embedding(3, 1, sparse=make is torch.optim.SparseAdam)
    optimizer, moves = make(table.parameters(), lr=1.0, **options), []
    for rows in batches:
        before = table.weight[1].item()
        optimizer.zero_grad()
        table(torch.tensor(rows)).sum().backward()
        optimizer.step()
        moves.append(before - table.weight[1].item())
    return moves


for make in (torch.optim.Adam, torch.optim.SparseAdam):
    moves = walk(make, [0, 1], *[[0]] * 100)
    first = " ".join(f"{move:.3f}" for move in moves[:4])
    print(f"{make.__name__:<10} {first} …  in all {sum(moves):.2f}")
# --8<-- [end:absent]
assert moves[1:] == [0.0] * 100
moves = walk(torch.optim.Adam, [0, 1], [0])
assert math.isclose(moves[1], 0.09 / 0.19 * math.sqrt((1 - 0.999**2) / 0.000999), rel_tol=1e-4)

# --8<-- [start:late]
figure, ax = plt.subplots(figsize=(5.5, 2.8))
for start, look in ((1, "C0-"), (100, "C1--"), (1000, "C2:")):
    before = [[0]] * (start - 1)
    steps = walk(torch.optim.SparseAdam, *before, *[[1]] * 40)[start - 1 :]
    ax.plot(range(1, 41), steps, look, label=f"first seen at step {start}")
    print(f"first seen at step {start:<4}", end="  ")
    print(f"first step {steps[0]:.2f} η, largest {max(steps):.2f} η")
ax.set(xlabel="how often the row was seen", ylabel="step size / η", ylim=(0, 7))
figure.legend(loc="outside lower center", ncols=3)
# --8<-- [end:late]
first = 0.1 * math.sqrt((1 - 0.999**1000) / 0.001), walk(torch.optim.Adam, *[[0]] * 999, [1])[-1]
assert all(math.isclose(steps[0], step, rel_tol=1e-3) for step in first)

# --8<-- [start:messages]
dense, sparse = nn.Embedding(3, 2), nn.Embedding(3, 2, sparse=True)
for table in (dense, sparse):
    table(torch.tensor([0])).sum().backward()
for attempt in (
    lambda: torch.optim.SparseAdam(dense.parameters()).step(),
    lambda: torch.optim.AdamW(sparse.parameters()).step(),
    lambda: torch.optim.SparseAdam([torch.eye(3).to_sparse()]),
    lambda: torch.optim.SparseAdam(sparse.parameters(), weight_decay=0.01),
):
    try:
        attempt()
    except (RuntimeError, ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:messages]
torch.sparse.check_sparse_tensor_invariants.disable()  # Adagrad would warn
assert [make(sparse.parameters(), lr=0.1).step() for make in (torch.optim.Adagrad, torch.optim.SGD)]

# --8<-- [start:together]
table, head = nn.Embedding(50, 4, sparse=True), nn.Linear(4, 1)
model = nn.ModuleList([table, head])
optimizers = (
    torch.optim.SparseAdam(table.parameters(), lr=0.01),
    torch.optim.AdamW(head.parameters(), lr=0.01),
)
for _ in range(100):
    model.zero_grad()
    rows = torch.randint(0, 50, (16,))
    loss = (head(table(rows))[:, 0] - rows / 50).square().mean()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
print("loss after 100 steps below 0.1:", loss.item() < 0.1)
# --8<-- [end:together]

# --8<-- [start:tied]
table, output = nn.Embedding(5, 2, sparse=True), nn.Linear(2, 5, bias=False)
output.weight = table.weight
output(table(torch.tensor([1]))).sum().backward()
print("gradient of the tied weight is sparse:", table.weight.grad.is_sparse)
# --8<-- [end:tied]
assert not table.weight.grad.is_sparse

# --8<-- [start:duplicates]
once = walk(torch.optim.SparseAdam, [1], [1])
twice = walk(torch.optim.SparseAdam, [1, 1], [1])
table = nn.Embedding(3, 1, sparse=True)
table(torch.tensor([1, 1])).sum().backward()
grad = table.weight.grad
print("stored:", grad._values().flatten().tolist(), end="  ")
print("coalesced:", grad.coalesce().values().flatten().tolist())
print(f"steps after [1], [1]: {once[0]:.3f} {once[1]:.3f}", end="   ")
print(f"after [1, 1], [1]: {twice[0]:.3f} {twice[1]:.3f}")
# --8<-- [end:duplicates]

# --8<-- [start:eps]
for make in (torch.optim.Adam, torch.optim.SparseAdam):
    p = nn.Parameter(torch.zeros(1, 1))
    g = torch.full((1, 1), 1e-8)
    p.grad = g.to_sparse(1) if make is torch.optim.SparseAdam else g
    make([p], lr=1.0).step()
    print(f"{make.__name__:<10} g = 1e-8: first step {-p.item():.4f} η")
# --8<-- [end:eps]
assert math.isclose(-p.item(), 1 / (1 + 1 / math.sqrt(0.001)), rel_tol=1e-3)

# --8<-- [start:clip]
try:
    nn.utils.clip_grad_norm_(table.parameters(), 1.0)
except NotImplementedError as error:
    print(str(error).split(" This ")[0])
norm = table.weight.grad.coalesce().values().norm()
table.weight.grad *= (1.0 / norm).clamp(max=1.0)
print(norm.item(), "→", table.weight.grad.coalesce().values().norm().item())
# --8<-- [end:clip]
plt.show()

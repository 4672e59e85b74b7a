# --8<-- [start:call]
import torch
from torch import nn

rows = torch.ones(3, 2)
table = nn.Embedding.from_pretrained(rows, freeze=False, sparse=True)
optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.1)
table(torch.tensor([0, 2])).sum().backward()
optimizer.step()
print("first column:", *(f"{x:.4f}" for x in table.weight[:, 0]))
# --8<-- [end:call]
assert [round(x, 4) for x in table.weight[:, 0].tolist()] == [0.9, 1, 0.9], (
    "rows 0 and 2 are in the batch and move by lr=0.1, and row 1 stays")

# --8<-- [start:imports]
import inspect
import itertools
import math

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def move(p, g, state, lr, betas, eps):
    beta1, beta2 = betas
    state["t"] += 1  # one count for the whole table, even if no row occurs
    g = g.coalesce()  # a row that occurs twice: its gradients are added up
    rows, g = tuple(g.indices()), g.values()
    m, v = state["m"][rows], state["v"][rows]
    m = state["m"][rows] = m + (1 - beta1) * (g - m)
    v = state["v"][rows] = v + (1 - beta2) * (g * g - v)
    correction = math.sqrt(1 - beta2 ** state["t"]) / (1 - beta1 ** state["t"])
    p[rows] -= lr * correction * m / (v.sqrt() + eps)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-class]
class SparseAdam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.state = list(params), {}
        self.options = dict(lr=lr, betas=betas, eps=eps)

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
                    move(p, p.grad, self.state[p], **self.options)
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
        nn.functional.mse_loss(table(rows), targets[rows]).backward()
        optimizer.step()
    return table.weight.detach()


worst = 0.0
for betas, eps in itertools.product(((0.9, 0.999), (0.0, 0.5)), (1e-8, 0.1)):
    theirs = train(torch.optim.SparseAdam, betas=betas, eps=eps)
    difference = train(SparseAdam, betas=betas, eps=eps) - theirs
    worst = max(worst, difference.abs().max().item())
print(f"4 combinations, 60 steps each, largest difference {worst:.12f}")
# --8<-- [end:equal]
assert worst < 5e-13, "the largest difference is 0.000000000000"

# --8<-- [start:state]
table = nn.Embedding(100_000, 16, sparse=True)
optimizer = torch.optim.SparseAdam(table.parameters())
table(torch.arange(8)).sum().backward()
optimizer.step()
kept = [optimizer.state[table.weight][name] for name in ("exp_avg", "exp_avg_sq")]
print(f"weights  {table.weight.nbytes:>10,} bytes")
gradient = table.weight.grad.coalesce().values()
print(f"gradient {gradient.nbytes:>10,} bytes, {len(gradient)} rows")
print(f"state    {sum(tensor.nbytes for tensor in kept):>10,} bytes")
# --8<-- [end:state]
assert optimizer.state[table.weight].keys() == {"step", "exp_avg", "exp_avg_sq"}, "and a step count"
assert sum(tensor.nbytes for tensor in kept) == 2 * table.weight.nbytes, "dense: two tensors of the table's size"

# --8<-- [start:defaults]
print(f"{'option':<24} default")
signature = inspect.signature(torch.optim.SparseAdam)
for name, parameter in list(signature.parameters.items())[1:]:
    print(f"{name:<24} {parameter.default}")
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


print("optimizer   batch 1  2      3      4      all 101")
for make in (torch.optim.Adam, torch.optim.SparseAdam):
    moves = walk(make, [0, 1], *[[0]] * 100)
    first = "  ".join(f"{move:.3f}" for move in moves[:4])
    print(f"{make.__name__:<10}  {first}  {sum(moves):.2f}")
# --8<-- [end:absent]
assert moves[1:] == [0.0] * 100, "SparseAdam moves it once"
moves = walk(torch.optim.Adam, [0, 1], *[[0]] * 100)
assert len(moves) == 101, "row 1 occurs in the first of 101 batches"
assert round(sum(moves)) == 6, "Adam turns one gradient into a way of 6 η: m fades like 0.9ᵗ"
assert round(0.09 / 0.19 / math.sqrt(0.000999 / 0.001999), 2) == 0.67, "0.09 / 0.19 / √(0.000999 / 0.001999) = 0.67"
assert round(moves[1], 2) == 0.67, "the second move is 0.67"

# --8<-- [start:late]
figure, ax = plt.subplots(figsize=(5.5, 2.8))
for start, look in ((1, "C0-"), (100, "C1--"), (1000, "C2:")):
    before = [[0]] * (start - 1)
    steps = walk(torch.optim.SparseAdam, *before, *[[1]] * 40)[start - 1 :]
    ax.plot(range(1, 41), steps, look, label=f"first seen at step {start}")
    print(f"first seen at step {start:<4}", end="  ")
    print(f"first step {steps[0]:.2f} η, largest {max(steps):.2f} η")
ax.set(xlabel="how often the row was seen", ylabel="step size / η", ylim=(0, 7))
figure.legend(loc="outside lower center", ncols=2)
# --8<-- [end:late]
derived = 0.1 * math.sqrt((1 - 0.999**1000) / 0.001)
assert math.isclose(steps[0], derived, rel_tol=1e-3), "at step t the first step is as derived"
adam = walk(torch.optim.Adam, *[[0]] * 999, [1])[-1]
assert math.isclose(steps[0], adam, rel_tol=1e-3), "Adam's first step for such a row is as large"
assert round(0.1 / math.sqrt(0.001), 2) == 3.16, "the limit is 0.1 / √0.001 = 3.16"

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
for make in (torch.optim.Adagrad, torch.optim.SGD):
    before = sparse.weight[0].clone()
    make(sparse.parameters(), lr=0.1).step()
    assert (sparse.weight[0] != before).all(), "`Adagrad` and `SGD` accept sparse gradients as well"

# --8<-- [start:together]
def fit(seed, steps=200):
    torch.manual_seed(seed)
    table, head = nn.Embedding(50, 4, sparse=True), nn.Linear(4, 1)
    model = nn.Sequential(table, head)
    optimizers = (
        torch.optim.SparseAdam(table.parameters(), lr=0.01),
        torch.optim.AdamW(head.parameters(), lr=0.01),
    )
    for _ in range(steps):
        rows = torch.randint(0, 50, (16,))
        loss = nn.functional.mse_loss(model(rows).squeeze(1), rows / 50)
        model.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
    return loss.item()


losses = [fit(seed) for seed in range(5)]
print("loss after 200 steps:", *(f"{loss:.2f}" for loss in losses))
# --8<-- [end:together]
assert max(losses) < 0.1, "the loss falls below 0.1 in 5 of 5 seeds"

# --8<-- [start:tied]
table, output = nn.Embedding(5, 2, sparse=True), nn.Linear(2, 5, bias=False)
output.weight = table.weight
output(table(torch.tensor([1]))).sum().backward()
print("gradient of the tied weight is sparse:", table.weight.grad.is_sparse)
# --8<-- [end:tied]
assert not table.weight.grad.is_sparse, "then its gradient is dense"

# --8<-- [start:duplicates]
once = walk(torch.optim.SparseAdam, [1], [1])
twice = walk(torch.optim.SparseAdam, [1, 1], [1])
table = nn.Embedding(3, 1, sparse=True)
table(torch.tensor([1, 1])).sum().backward()
gradient = table.weight.grad
print("stored:", gradient._values().flatten().tolist(), end="  ")
print("coalesced:", gradient.coalesce().values().flatten().tolist())
print(f"steps after [1], [1]: {once[0]:.3f} {once[1]:.3f}", end="   ")
print(f"after [1, 1], [1]: {twice[0]:.3f} {twice[1]:.3f}")
# --8<-- [end:duplicates]
assert math.isclose(once[0], twice[0], rel_tol=1e-6), "the first step has the same size"
assert twice[1] < once[1], "and the step after it is smaller"

# --8<-- [start:eps]
print("optimizer   first step")
for make in (torch.optim.Adam, torch.optim.SparseAdam):
    p = nn.Parameter(torch.zeros(1, 1))
    p.grad = torch.full((1, 1), 1e-8)
    if make is torch.optim.SparseAdam:
        p.grad = p.grad.to_sparse(1)
    make([p], lr=1.0).step()
    print(f"{make.__name__:<10}  {-p.item():.4f} η")
# --8<-- [end:eps]
assert round(1 / math.sqrt(0.001), 1) == 31.6, "1 / √0.001 = 31.6 times as much"
assert round(1 / math.sqrt(0.001)) == 32, "ε / √(1 − β₂), 32 times as much"
assert math.isclose(-p.item(), 1 / (1 + 1 / math.sqrt(0.001)), rel_tol=1e-3), "ε is added to √v before the correction"

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

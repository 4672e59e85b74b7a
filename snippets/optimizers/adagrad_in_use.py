# --8<-- [start:setup]
import math

import torch
from torch import nn

# --8<-- [end:setup]
torch.manual_seed(0)

# --8<-- [start:early]
for make in (torch.optim.Adam, torch.optim.Adagrad):
    net = nn.Linear(1, 1, bias=False).half()
    optimizer = make(net.parameters())  # before the conversion
    weight = net.weight
    net.float()
    nn.init.ones_(net.weight)
    net.weight.grad = torch.full((1, 1), 300.0)
    optimizer.step()
    names = {"step"} ^ optimizer.state[net.weight].keys()
    types = {str(optimizer.state[net.weight][name].dtype) for name in names}
    print(f"{make.__name__:<8} same parameter: {weight is net.weight}", end="  ")
    print(f"state: {', '.join(types)}  moved: {net.weight.item() != 1}")
# --8<-- [end:early]
assert optimizer.state[net.weight]["sum"].isinf(), "the sum is infinite"
net.weight.grad = torch.ones(1, 1)
optimizer.step()
assert net.weight == 1, "the parameter never moves again"
assert torch.finfo(torch.float16).max < 300**2 == 90_000, "300² = 90,000 is beyond float16"
net = nn.Linear(1, 1, bias=False)
late = torch.optim.Adagrad(net.parameters())
net.double()
assert late.state[net.weight]["sum"].dtype == torch.float32, "after `.double()` the sum is still float32"

# --8<-- [start:lazy]
try:
    torch.optim.Adagrad(nn.LazyLinear(3).parameters())
except ValueError as error:
    print(str(error).split(" in ")[0])  # an address in memory follows
# --8<-- [end:lazy]
assert torch.optim.Adam(nn.LazyLinear(3).parameters()), "Adam takes them as they are"

# --8<-- [start:bfloat16]
print("type            sum")
for dtype in (torch.float32, torch.bfloat16):
    p = nn.Parameter(torch.zeros(1, dtype=dtype))
    optimizer, p.grad = torch.optim.Adagrad([p]), torch.ones_like(p)
    for _ in range(1000):
        optimizer.step()
    print(f"{dtype!s:<14}  {optimizer.state[p]['sum'].item():g}")
# --8<-- [end:bfloat16]
assert torch.finfo(torch.bfloat16).eps == 2**-7, "bfloat16 has 8 significant bits"
assert torch.tensor(256.0).bfloat16() + 1 == 256, "256 + 1 rounds to 256"
assert math.sqrt(256) == 16, "the step then stays at η / 16"

# --8<-- [start:sparse]
torch.sparse.check_sparse_tensor_invariants.disable()  # else it warns
tables = [nn.Embedding(100, 4), nn.Embedding(100, 4, sparse=True)]
tables[1].load_state_dict(tables[0].state_dict())
for table in tables:
    torch.manual_seed(0)
    optimizer = torch.optim.Adagrad(table.parameters(), lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        (table(torch.randint(100, (8,))) ** 2).sum().backward()
        optimizer.step()
difference = (tables[0].weight - tables[1].weight).abs().max()
print(f"largest difference {difference:.6f}")
try:
    optimizer.param_groups[0]["weight_decay"] = 0.1
    optimizer.step()
except RuntimeError as error:
    print(error)
# --8<-- [end:sparse]
assert difference < 5e-7, "the result is that of dense gradients"

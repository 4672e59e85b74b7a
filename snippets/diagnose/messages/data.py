# --8<-- [start:imports]
import numpy as np
import torch
from _says import CURED, SAID, cure, says
from torch.utils.data import DataLoader, RandomSampler, TensorDataset, random_split

x, y = torch.ones(6, 3), torch.zeros(6)
# --8<-- [end:imports]

# --8<-- [start:shapes]
with says("view-size"):
    x.view(4, 5)
with cure("view-size"):
    x.view(9, -1)  # 18 elements

with says("view-strides"):
    x.T.view(-1)
with cure("view-strides"):
    x.T.reshape(-1)

with says("dimension-out-of-range"):
    y.sum(dim=1)
with cure("dimension-out-of-range"):
    y.sum(dim=-1)

with says("cat-sizes"):
    torch.cat([x, torch.ones(6, 4)])
with cure("cat-sizes"):
    torch.cat([x, torch.ones(6, 4)], dim=1)

with says("stack-sizes"):
    torch.stack([torch.ones(3), torch.ones(4)])
with cure("stack-sizes"):
    rows = [torch.ones(3), torch.ones(4)]
    torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
# --8<-- [end:shapes]

# --8<-- [start:numpy]
with says("index-size"):
    x[torch.tensor([True, False, True])]
with cure("index-size"):
    x[torch.tensor([True, False] * 3)]

with says("numpy-objects"):
    torch.tensor(np.array([1.5, None]))
with cure("numpy-objects"):
    torch.tensor(np.array([1.5, None], dtype=float))  # None becomes nan

with says("numpy-negative-stride"):
    torch.from_numpy(np.arange(3)[::-1])
with cure("numpy-negative-stride"):
    torch.from_numpy(np.arange(3)[::-1].copy())

with says("ragged-list"):
    torch.tensor([[1, 2], [3]])
with cure("ragged-list"):
    torch.tensor([[1, 2], [3, 0]])

with says("tensor-of-tensor"):
    torch.tensor(x)
with cure("tensor-of-tensor"):
    x.detach().clone()
# --8<-- [end:numpy]

# --8<-- [start:lists]
with says("list-of-tensors"):
    torch.tensor([x[0], x[1]])
with cure("list-of-tensors"):
    torch.stack([x[0], x[1]])

with says("mean-of-integers"):
    torch.tensor([1, 2]).mean()
with cure("mean-of-integers"):
    torch.tensor([1, 2]).float().mean()

with says("result-type"):
    count = torch.tensor([1, 2])
    count += 0.5
with cure("result-type"):
    count = torch.tensor([1, 2])
    count = count + 0.5
# --8<-- [end:lists]

# --8<-- [start:loader]
with says("collate-none"):
    next(iter(DataLoader([None, None])))
with cure("collate-none"):
    samples = [sample for sample in [None, 1.0] if sample is not None]
    next(iter(DataLoader(samples)))

with says("collate-sizes"):
    next(iter(DataLoader([torch.ones(3), torch.ones(4)], batch_size=2)))
with cure("collate-sizes"):
    rows, pad = [torch.ones(3), torch.ones(4)], torch.nn.utils.rnn.pad_sequence
    next(iter(DataLoader(rows, batch_size=2, collate_fn=pad)))

with says("loader-batch-size"):
    DataLoader(x, batch_size=0)
with cure("loader-batch-size"):
    DataLoader(x, batch_size=2)

with says("loader-empty"):
    DataLoader([], shuffle=True)
with cure("loader-empty"):
    DataLoader(x, shuffle=True)  # look for the files first
# --8<-- [end:loader]

# --8<-- [start:datasets]
with says("loader-sampler"):
    DataLoader(x, sampler=RandomSampler(x), shuffle=True)
with cure("loader-sampler"):
    DataLoader(x, sampler=RandomSampler(x))

with says("dataset-sizes"):
    TensorDataset(x, y[:5])
with cure("dataset-sizes"):
    TensorDataset(x, y)

with says("split-lengths"):
    random_split(x, [4, 1])
with cure("split-lengths"):
    random_split(x, [4, 2])
# --8<-- [end:datasets]
assert CURED == SAID, "every cure ran, without an error and without a warning"

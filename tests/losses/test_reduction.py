"""What the chapter on `reduction` says of real processes: DDP averages, and the global count repairs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Each process holds one part of the batch. Prints "mean sum", whether each gradient is that of the whole batch.
WORKER = """
import sys
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
rank, lengths = int(sys.argv[1]), eval(sys.argv[3])
dist.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
torch.manual_seed(0)
bare = nn.Linear(8, 5, dtype=torch.float64)
model = nn.parallel.DistributedDataParallel(bare)
x, target = torch.randn(4, 6, 8, dtype=torch.float64), torch.randint(5, (4, 6))
for row, length in enumerate(lengths):
    target[row, length:] = -100
(whole,) = torch.autograd.grad(F.cross_entropy(bare(x).mT, target), bare.weight)

mine, labels = x.split(2)[rank], target.split(2)[rank]
count = (labels != -100).sum()
dist.all_reduce(count)
factor = dist.get_world_size() / count
same = []
for reduction, factor in (("mean", 1), ("sum", factor)):
    model.zero_grad()
    (F.cross_entropy(model(mine).mT, labels, reduction=reduction) * factor).backward()
    same.append(torch.allclose(bare.weight.grad, whole, rtol=1e-6))
print(*same)
dist.destroy_process_group()
"""


@pytest.mark.parametrize(
    ("lengths", "mean_is_right"), [((6, 5, 1, 2), False), ((4, 3, 1, 6), True)], ids=["unequal counts", "equal counts"]
)
def test_ddp_averages_gradients(tmp_path: Path, lengths: tuple[int, ...], mean_is_right: bool) -> None:
    arguments = [str(tmp_path / "store"), repr(lengths)]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(rank), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        ended = [process.communicate(timeout=60) for process in started]
    finally:
        for process in started:
            process.kill()
    assert [out.split() for out, _ in ended] == [[str(mean_is_right), "True"]] * 2, ended

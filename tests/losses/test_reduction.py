"""What the chapter on `reduction` says of real processes: DDP averages, and the global count repairs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Each process holds one part of the batch. For unequal and for equal counts it prints whether the gradient of "mean",
# and that of "sum" with the repair, is the gradient of the whole batch.
WORKER = """
import sys
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
rank = int(sys.argv[1])
dist.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
torch.manual_seed(0)
bare = nn.Linear(8, 5, dtype=torch.float64)
model = nn.parallel.DistributedDataParallel(bare)
x, labels = torch.randn(4, 6, 8, dtype=torch.float64), torch.randint(5, (4, 6))
for lengths in ((6, 5, 1, 2), (4, 3, 1, 6)):
    target = labels.clone()
    for row, length in enumerate(lengths):
        target[row, length:] = -100
    (whole,) = torch.autograd.grad(F.cross_entropy(bare(x).mT, target), bare.weight)
    mine, here = x.split(2)[rank], target.split(2)[rank]
    count = (here != -100).sum()
    dist.all_reduce(count)
    for reduction, factor in (("mean", 1), ("sum", dist.get_world_size() / count)):
        model.zero_grad()
        (F.cross_entropy(model(mine).mT, here, reduction=reduction) * factor).backward()
        print(torch.allclose(bare.weight.grad, whole, rtol=1e-6))
dist.destroy_process_group()
"""


def test_ddp_averages_gradients(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(rank), str(tmp_path / "store")],
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
    # Unequal counts: the mean is wrong, the repaired sum is right. Equal counts: both are right.
    assert [out.split() for out, _ in ended] == [["False", "True", "True", "True"]] * 2, ended

"""The averages and the batch norm pass of the page are those of ``torch.optim.swa_utils``."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import swa_utils

from reference import load

page = load("optimizers/averaging")


def _network(dtype: torch.dtype) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2), nn.BatchNorm1d(2)).to(dtype)


def _same(ours: nn.Module, theirs: nn.Module) -> None:
    for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("decay", [None, 0.0, 0.5, 0.9, 1.0])
def test_follows_the_library_over_many_updates(decay: float | None) -> None:
    net = _network(torch.float64)
    average: Any = None if decay is None else swa_utils.get_ema_multi_avg_fn(decay)
    ours, theirs = page.AveragedModel(net, decay), swa_utils.AveragedModel(net, multi_avg_fn=average)
    for _ in range(60):
        net(torch.randn(8, 3, dtype=torch.float64))
        for p in net.parameters():
            p.data.add_(torch.randn_like(p))
        ours.update_parameters(net)
        theirs.update_parameters(net)
        _same(ours.module, theirs.module)


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_pass(training: bool) -> None:
    ours, theirs = _network(torch.float64).train(training), _network(torch.float64).train(training)
    batches = torch.randn(7, 16, 3, dtype=torch.float64) * torch.arange(1, 8)[:, None, None]
    page.update_bn(batches, ours)
    swa_utils.update_bn(batches, theirs)
    _same(ours, theirs)
    assert ours.training is training and [m.momentum for m in ours if isinstance(m, nn.BatchNorm1d)] == [0.1, 0.1]

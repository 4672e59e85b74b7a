"""The zeros of the page: no −0, and which gradients they leave."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from initialization.init_proof import Init
from reference import load

zeros_ = load("initialization/zeros").zeros_


@pytest.mark.parametrize("init", [zeros_, nn.init.zeros_], ids=["page", "library"])
def test_leaves_no_negative_zero(init: Init) -> None:
    assert not init(torch.full((3, 4), -0.0)).signbit().any()


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.GELU])
@pytest.mark.parametrize("zero", [(0,), (2,), (0, 2)])
def test_which_gradients_are_left(activation: type[nn.Module], zero: tuple[int, ...]) -> None:
    """The defining property: a zero layer blocks the gradient below it and, with f(0) = 0, the one above it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), activation(), nn.Linear(8, 2))
    for i in (0, 2):
        zeros_(model[i].bias)
    for i in zero:
        zeros_(model[i].weight)
    (model(torch.randn(16, 3)) - 1).square().sum().backward()
    first, second = (bool(model[i].weight.grad.any()) for i in (0, 2))
    assert first == (2 not in zero and not (0 in zero and activation is nn.ReLU))
    assert second == (0 not in zero)
    assert model[2].bias.grad.any()


@pytest.mark.parametrize("depth", [1, 20])
def test_residual_blocks_that_end_in_zero_are_the_identity(depth: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(4, 8)
    branches = [nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)) for _ in range(depth)]
    h = x
    for branch in branches:
        zeros_(branch[2].weight)
        zeros_(branch[2].bias)
        h = h + branch(h)
    assert torch.equal(h, x)
    h.square().sum().backward()
    assert all(branch[2].weight.grad.any() for branch in branches)

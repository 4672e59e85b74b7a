"""The ones of the page: what a gate that starts open does."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from reference import load

ones_ = load("initialization/ones").ones_


@pytest.mark.parametrize("width", [1, 7, 64])
def test_a_matrix_of_ones_has_one_singular_value(width: int) -> None:
    """The defining property as a matrix: every output is the sum of the inputs."""
    values = torch.linalg.svdvals(ones_(torch.empty(2 * width, width, dtype=torch.float64)))
    assert values[0].item() == pytest.approx(math.sqrt(2) * width)
    assert values[1:].abs().max().item() < 1e-9 if width > 1 else len(values) == 1


@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0])
def test_an_lstm_forgets_by_the_sum_of_its_two_forget_biases(bias: float) -> None:
    """With no other weights the state is multiplied by σ(bias) in each step, exactly."""
    lstm = nn.LSTM(2, 3).double()
    for parameter in lstm.parameters():
        nn.init.zeros_(parameter)
    nn.init.constant_(lstm.bias_ih_l0[3:6], bias / 2)
    nn.init.constant_(lstm.bias_hh_l0[3:6], bias / 2)
    c = torch.ones(1, 1, 3, dtype=torch.float64)
    _, (_, last) = lstm(torch.randn(20, 1, 2, dtype=torch.float64), (torch.zeros_like(c), c))
    assert torch.allclose(last, torch.sigmoid(torch.tensor(bias, dtype=torch.float64)) ** 20)

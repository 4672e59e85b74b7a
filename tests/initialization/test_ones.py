"""The ones of the page: the library's numbers, and what a gate that starts open does."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import dtypes, proof, same_signature, shapes, works_in_place
from reference import load

ones_ = load("initialization/ones").ones_


def test_has_the_signature_of_the_library() -> None:
    same_signature(ones_, nn.init.ones_)


@proof
@given(shapes | st.sampled_from([(), (5,), (0,)]), dtypes | st.sampled_from([torch.int64, torch.bool]))
def test_fills_the_numbers_of_the_library(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    ours, library = (init(torch.zeros(shape, dtype=dtype)) for init in (ones_, nn.init.ones_))
    assert ours.dtype == library.dtype
    assert torch.equal(ours, library)
    assert (library == 1).all()


@pytest.mark.parametrize("init", [ones_, nn.init.ones_], ids=["page", "library"])
def test_works_in_place_and_draws_nothing(init: object) -> None:
    state = torch.get_rng_state()
    works_in_place(init)
    works_in_place(init, (5,))
    assert torch.equal(state, torch.get_rng_state())
    assert (init(torch.full((3, 4), math.nan)) == 1).all()


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

"""The identity of the page: the library's numbers for every shape and dtype, and what it is made for."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import proof
from reference import load

eye_ = load("initialization/eye").eye_
SIZES = st.integers(0, 20)
DTYPES = st.sampled_from(
    [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.int64, torch.bool]
)


@proof
@given(SIZES, SIZES, DTYPES, st.booleans())
def test_fills_in_the_numbers_of_the_library(rows: int, columns: int, dtype: torch.dtype, turned: bool) -> None:
    ours, theirs = torch.ones(2, rows, columns, dtype=dtype)
    if turned:  # not contiguous
        ours, theirs = ours.T, theirs.T
    assert torch.equal(eye_(ours), nn.init.eye_(theirs))


@proof
@given(st.integers(1, 20), st.integers(1, 20))
def test_preserves_as_many_inputs_as_possible(n_in: int, n_out: int) -> None:
    """The defining property: outputs are the first inputs, and zeros where there is none left."""
    x = torch.arange(1.0, n_in + 1)
    expected = torch.cat((x, torch.zeros(max(0, n_out - n_in))))[:n_out]
    assert torch.equal(eye_(torch.empty(n_out, n_in)) @ x, expected)

"""The TITLE of the page is the library's: value, gradient, every option."""

from __future__ import annotations

import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from losses.loss_proof import REDUCTIONS, SHAPES, agree, numbers, proof, tensors
from reference import load

IDENTIFIER = load("losses/NAME").IDENTIFIER


@proof
@given(st.sampled_from(SHAPES), st.sampled_from(REDUCTIONS), st.data())
def test_is_the_function_of_the_library(shape: tuple[int, ...], reduction: str, data: st.DataObject) -> None:
    input, target = (data.draw(tensors(shape, numbers())) for _ in range(2))
    agree(IDENTIFIER, F.mse_loss, input, target, reduction=reduction)

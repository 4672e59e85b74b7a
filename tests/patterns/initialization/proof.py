"""The TITLE of the page: the library's numbers from the same seed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference import load

IDENTIFIER_ = load("initialization/NAME").IDENTIFIER_


@pytest.mark.parametrize("shape", [(64,), (8, 16), (4, 3, 5, 5)])
def test_fills_the_numbers_of_the_library(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    ours = IDENTIFIER_(torch.empty(shape, dtype=torch.float64))
    torch.manual_seed(0)
    torch.testing.assert_close(ours, nn.init.normal_(torch.empty(shape, dtype=torch.float64), std=0.02))

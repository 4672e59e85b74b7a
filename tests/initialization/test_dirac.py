"""The Dirac kernel of the page: the library's numbers for every shape and group, and the identity convolution."""

from __future__ import annotations

import math

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from initialization.init_proof import proof
from reference import load

dirac_ = load("initialization/dirac").dirac_
CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
kernels = st.lists(st.integers(1, 5), min_size=1, max_size=3)
dtypes = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64])


@proof
@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), kernels, dtypes)
def test_fills_in_the_numbers_of_the_library(
    outputs: int, inputs: int, groups: int, kernel: list[int], dtype: torch.dtype
) -> None:
    ours, theirs = torch.ones(2, outputs * groups, inputs, *kernel, dtype=dtype)
    assert torch.equal(dirac_(ours, groups), nn.init.dirac_(theirs, groups))


@proof
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), kernels, st.integers(1, 2))
def test_preserves_as_many_channels_of_each_group_as_possible(
    outputs: int, inputs: int, groups: int, kernel: list[int], dilation: int
) -> None:
    """The defining property, odd and even kernels: the input padded by what lies before the centre comes out again."""
    x = torch.arange(1.0, 1 + groups * inputs * math.prod(range(4, 4 + len(kernel))))
    x = x.reshape(1, groups * inputs, *range(4, 4 + len(kernel)))
    padding = [pad for k in reversed(kernel) for pad in (dilation * (k // 2), dilation * (k - 1 - k // 2))]
    weight = dirac_(torch.empty(groups * outputs, inputs, *kernel), groups)
    y = CONVOLUTIONS[len(kernel)](F.pad(x, padding), weight, dilation=dilation, groups=groups)
    assert y.shape[2:] == x.shape[2:]
    kept = min(inputs, outputs)
    for given_channels, got in zip(x.chunk(groups, 1), y.chunk(groups, 1), strict=True):
        assert torch.equal(got[:, :kept], given_channels[:, :kept])
        assert not got[:, kept:].any()

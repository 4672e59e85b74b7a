"""The clipping of the page is torch's, for every norm, scale and shape."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from optimizers.optimizer_proof import proof
from reference import load

page = load("optimizers/clipping")
shapes = st.lists(st.sampled_from([(1,), (3,), (2, 3), (0,)]), max_size=4)


def _parameters(shapes: list[tuple[int, ...]], scale: float) -> list[nn.Parameter]:
    """Seeded gradients; the third parameter has none."""
    torch.manual_seed(0)
    parameters = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
    for place, p in enumerate(parameters):
        if place != 2:
            p.grad = scale * torch.randn_like(p)
    return parameters


def _same(ours: list[Any], theirs: list[Any]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            torch.testing.assert_close(a.grad, b.grad, rtol=1e-5, atol=1e-12)


@proof
@given(shapes, st.sampled_from([0.0, 1e-9, 0.1, 1.0, 1e6]), st.sampled_from([1, 2, 3.0, math.inf]), st.floats(0, 100))
def test_by_norm(shapes: list[tuple[int, ...]], scale: float, norm_type: float, max_norm: float) -> None:
    shapes = [shape for shape in shapes if shape != (0,) or norm_type != math.inf]  # an empty maximum is an error
    ours, theirs = _parameters(shapes, scale), _parameters(shapes, scale)
    before = page.clip_grad_norm_(ours, max_norm, norm_type)
    torch.testing.assert_close(before, nn.utils.clip_grad_norm_(theirs, max_norm, norm_type), rtol=1e-5, atol=1e-12)
    _same(ours, theirs)


@proof
@given(shapes, st.sampled_from([0.1, 1.0, 1e6]), st.floats(0, 10))
def test_by_value(shapes: list[tuple[int, ...]], scale: float, clip_value: float) -> None:
    shapes = [*shapes[:1], (2,), *shapes[1:]]  # without any gradient torch raises; the page shows it
    ours, theirs = _parameters(shapes, scale), _parameters(shapes, scale)
    page.clip_grad_value_(ours, clip_value)
    nn.utils.clip_grad_value_(theirs, clip_value)
    _same(ours, theirs)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_what_is_not_finite(bad: float) -> None:
    ours, theirs = _parameters([(3,)], 1.0), _parameters([(3,)], 1.0)
    for clip, parameters in ((page.clip_grad_norm_, ours), (nn.utils.clip_grad_norm_, theirs)):
        parameters[0].grad[0] = bad  # type: ignore[index]
        with pytest.raises(RuntimeError):
            clip(parameters, 1.0, error_if_nonfinite=True)
        clip(parameters, 1.0)
    torch.testing.assert_close(ours[0].grad, theirs[0].grad, equal_nan=True)

"""The normal Xavier initialization of the page: its distribution."""

from __future__ import annotations

import math

import pytest
import torch

from initialization.init_proof import follows, normal, uniform
from reference import load

xavier_normal_ = load("initialization/xavier_normal").xavier_normal_


@pytest.mark.parametrize(("shape", "fans"), [((300, 700), 1000), ((64, 32, 7, 7), 96 * 49)])
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
def test_follows_the_normal_distribution_of_the_formula(shape: tuple[int, ...], fans: int, gain: float) -> None:
    W = xavier_normal_(torch.empty(shape), gain, torch.Generator().manual_seed(0))
    assert follows(W, normal(gain * math.sqrt(2 / fans)))


@pytest.mark.parametrize(
    "wrong",
    [normal(math.sqrt(2 / 1000) * 1.04), normal(2 / 1000), normal(math.sqrt(1 / 700)), uniform(math.sqrt(6 / 1000))],
    ids=["4 % too wide", "variance as std", "one fan only", "uniform"],
)
def test_the_statistical_test_can_fail(wrong: object) -> None:
    W = xavier_normal_(torch.empty(300, 700), generator=torch.Generator().manual_seed(0))
    assert not follows(W, wrong)


def test_is_not_truncated() -> None:
    """Of a million weights at least one lies beyond 4 σ, except with probability e⁻⁶³."""
    W = xavier_normal_(torch.empty(1000, 1000), generator=torch.Generator().manual_seed(0))
    assert W.abs().max() > 4 * math.sqrt(2 / 2000)

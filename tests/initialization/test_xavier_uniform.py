"""The Xavier initialization of the page: its distribution."""

from __future__ import annotations

import math

import pytest
import torch

from initialization.init_proof import follows, normal, uniform
from reference import load

xavier_uniform_ = load("initialization/xavier_uniform").xavier_uniform_


@pytest.mark.parametrize(("shape", "fans"), [((300, 700), 1000), ((64, 32, 7, 7), 96 * 49)])
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
def test_follows_the_uniform_distribution_of_the_formula(shape: tuple[int, ...], fans: int, gain: float) -> None:
    W = xavier_uniform_(torch.empty(shape), gain, torch.Generator().manual_seed(0))
    a = gain * math.sqrt(6 / fans)
    assert W.abs().max() <= a * (1 + 1e-6)  # float32 rounds the bound
    assert follows(W, uniform(a))


@pytest.mark.parametrize(
    "wrong",
    [uniform(math.sqrt(6 / 1000) * 1.03), uniform(math.sqrt(3 / 700)), normal(math.sqrt(2 / 1000))],
    ids=["3 % too wide", "one fan only", "normal"],
)
def test_the_statistical_test_can_fail(wrong: object) -> None:
    W = xavier_uniform_(torch.empty(300, 700), generator=torch.Generator().manual_seed(0))
    assert not follows(W, wrong)

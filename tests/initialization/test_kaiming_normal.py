"""The Kaiming normal initialization of the page: its distribution."""

from __future__ import annotations

import math

import pytest
import torch

from initialization.init_proof import follows, normal, uniform
from reference import load

kaiming_normal_ = load("initialization/kaiming_normal").kaiming_normal_


@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), [((300, 700), 700, 300), ((64, 32, 7, 7), 1568, 3136)])
@pytest.mark.parametrize("a", [0, 1, math.sqrt(5)])
def test_follows_the_normal_distribution_of_the_formula(
    shape: tuple[int, ...], fan_in: int, fan_out: int, a: float
) -> None:
    for mode, fan in (("fan_in", fan_in), ("fan_out", fan_out)):
        W = kaiming_normal_(torch.empty(shape), a, mode, generator=torch.Generator().manual_seed(0))
        assert follows(W, normal(math.sqrt(2 / ((1 + a**2) * fan))))


@pytest.mark.parametrize(
    "wrong",
    [normal(math.sqrt(2 / 700) * 1.06), normal(math.sqrt(2 / 300)), uniform(math.sqrt(6 / 700))],
    ids=["6 % too wide", "the other fan", "uniform"],
)
def test_the_statistical_test_can_fail(wrong: object) -> None:
    W = kaiming_normal_(torch.empty(300, 700), generator=torch.Generator().manual_seed(0))
    assert not follows(W, wrong)

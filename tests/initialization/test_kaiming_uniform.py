"""The Kaiming uniform initialization of the page: the library's fans and gains, its distribution."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from initialization.init_proof import SHAPES, follows, normal, uniform
from reference import load

page = load("initialization/kaiming_uniform")
kaiming_uniform_ = page.kaiming_uniform_


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("shape", SHAPES)
def test_takes_the_fan_of_the_library(shape: tuple[int, ...], mode: str) -> None:
    tensor = torch.empty(shape)
    assert page.correct_fan(tensor, mode) == nn.init._calculate_correct_fan(tensor, mode)


@pytest.mark.parametrize("nonlinearity", ["leaky_relu", *page.GAINS])
def test_knows_the_gains_of_the_library(nonlinearity: str) -> None:
    assert page.gain_of(nonlinearity, 0.3) == nn.init.calculate_gain(nonlinearity, 0.3)


@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), [((300, 700), 700, 300), ((64, 32, 7, 7), 1568, 3136)])
@pytest.mark.parametrize("a", [0, 1, math.sqrt(5)])
def test_follows_the_uniform_distribution_of_the_formula(
    shape: tuple[int, ...], fan_in: int, fan_out: int, a: float
) -> None:
    for mode, fan in (("fan_in", fan_in), ("fan_out", fan_out)):
        W = kaiming_uniform_(torch.empty(shape), a, mode, generator=torch.Generator().manual_seed(0))
        bound = math.sqrt(6 / ((1 + a**2) * fan))
        assert W.abs().max() <= bound * (1 + 1e-6)  # float32 rounds the bound
        assert follows(W, uniform(bound))


@pytest.mark.parametrize(
    "wrong",
    [uniform(math.sqrt(6 / 700) * 1.03), uniform(math.sqrt(6 / 300)), normal(math.sqrt(2 / 700))],
    ids=["3 % too wide", "the other fan", "normal"],
)
def test_the_statistical_test_can_fail(wrong: object) -> None:
    W = kaiming_uniform_(torch.empty(300, 700), generator=torch.Generator().manual_seed(0))
    assert not follows(W, wrong)

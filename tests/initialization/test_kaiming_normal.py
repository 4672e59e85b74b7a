"""The Kaiming normal initialization of the page: the library's numbers, its distribution, and what it is made for."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from initialization.init_proof import (
    both_refuse,
    dtypes,
    follows,
    normal,
    proof,
    same_numbers,
    same_signature,
    seeds,
    shapes,
    uniform,
    works_in_place,
)
from reference import load

page = load("initialization/kaiming_normal")
kaiming_normal_ = page.kaiming_normal_
SLOPES = st.sampled_from([0, 0.01, 0.25, 1, math.sqrt(5), -0.2]) | st.floats(-10, 10)
MODES = st.sampled_from(["fan_in", "fan_out", "FAN_OUT"])
NONLINEARITIES = st.sampled_from(["leaky_relu", *page.GAINS])

# Shapes without elements are drawn too; the library warns that it does nothing with them.
pytestmark = pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")


def test_has_the_signature_of_the_library() -> None:
    same_signature(kaiming_normal_, nn.init.kaiming_normal_)


@proof
@given(shapes, dtypes, seeds, SLOPES, MODES, NONLINEARITIES)
def test_draws_the_numbers_of_the_library(
    shape: tuple[int, ...], dtype: torch.dtype, seed: int, a: float, mode: str, nonlinearity: str
) -> None:
    options = {"a": a, "mode": mode, "nonlinearity": nonlinearity}
    same_numbers(kaiming_normal_, nn.init.kaiming_normal_, shape, dtype, seed, **options)


def test_works_in_place() -> None:
    works_in_place(kaiming_normal_)


@pytest.mark.parametrize("init", [kaiming_normal_, nn.init.kaiming_normal_])
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (0, 0)])
def test_leaves_a_tensor_without_elements_alone(init: object, shape: tuple[int, ...]) -> None:
    tensor = torch.empty(shape)
    assert init(tensor) is tensor


@pytest.mark.parametrize("shape", [(), (5,)])
def test_refuses_a_shape_without_fans(shape: tuple[int, ...]) -> None:
    both_refuse(kaiming_normal_, nn.init.kaiming_normal_, shape)


@pytest.mark.parametrize("options", [{"mode": "fan_avg"}, {"nonlinearity": "gelu"}, {"nonlinearity": "prelu"}])
def test_refuses_an_unknown_option(options: dict[str, str]) -> None:
    both_refuse(kaiming_normal_, nn.init.kaiming_normal_, (3, 4), **options)


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


@pytest.mark.parametrize(("n_in", "n_out"), [(400, 400), (400, 100), (100, 400)])
@pytest.mark.parametrize("a", [0, 0.25, 1])
def test_keeps_the_second_moment_of_outputs_or_of_gradients(n_in: int, n_out: int, a: float) -> None:
    """The defining property, after leaky ReLU of a standard normal z; its second moment is (1 + a²) / 2.

    The factor over x with E(x xᵀ) = C is trace(W C Wᵀ) / n_out, exactly. C of a rectified normal vector has the
    second moment on its diagonal and the squared mean beside it: only the draw of W is chance. Over 40 draws
    the relative standard deviation is below 1.1 %; 6 of them are allowed.
    """
    torch.manual_seed(0)
    second, mean = (1 + a**2) / 2, (1 - a) / math.sqrt(2 * math.pi)
    C = torch.full((n_in, n_in), mean**2, dtype=torch.float64).fill_diagonal_(second)
    factors = {"fan_in": [], "fan_out": []}
    for mode, measured in factors.items():
        for _ in range(40):
            W = kaiming_normal_(torch.empty(n_out, n_in), a, mode).double()
            forward, backward = (W @ C * W).sum() / n_out, second * W.square().sum() / n_in
            measured.append(forward if mode == "fan_in" else backward)
        assert math.isclose(torch.stack(measured).mean(), 1, rel_tol=0.066)


def test_leaky_relu_with_slope_zero_is_relu() -> None:
    z = torch.linspace(-3, 3, 13)
    assert torch.equal(F.leaky_relu(z, 0.0), z.relu())
    relu, leaky = (
        kaiming_normal_(torch.empty(9, 9), nonlinearity=name, generator=torch.Generator().manual_seed(0))
        for name in ("relu", "leaky_relu")
    )
    assert torch.equal(relu, leaky)

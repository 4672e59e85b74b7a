"""The gains of the page: all names the library accepts are explained, and the derived gains are right."""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import re
import textwrap
import typing
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from reference import load

PAGE = Path(__file__).parents[2] / "docs/en/initialization/gain.md"
page = load("initialization/gain")
in_use = load("initialization/gain_in_use", "gain-normal")
DERIVED = {
    "tanh": 1.5925,
    "sigmoid": 1.8462,
    "gelu": 1.5335,
    "silu": 1.6765,
    "elu": 1.2452,
    "mish": 1.4868,
    "softplus": 1.0419,
    "hardswish": 1.7367,
}


def accepted() -> set[str]:
    """The names that ``calculate_gain`` takes: every string of its code and its signature that it does not refuse."""
    code = ast.parse(textwrap.dedent(inspect.getsource(nn.init.calculate_gain)))
    words = {n.value for n in ast.walk(code) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    annotation = inspect.signature(nn.init.calculate_gain).parameters["nonlinearity"].annotation
    return {word for word in words | set(typing.get_args(annotation)) if is_accepted(nn.init.calculate_gain, word)}


def is_accepted(function: Callable[[str], float], name: str) -> bool:
    try:
        function(name)
    except ValueError:
        return False
    return True


NAMES = sorted(accepted())


def test_the_names_are_found() -> None:
    assert {"linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_explains_every_name_of_the_library(name: str) -> None:
    first_table = PAGE.read_text(encoding="utf-8").split("{ #library }")[1].split("```")[0]
    assert re.search(rf"^\|.*`{name}`", first_table, re.M)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_the_library_s(name: str) -> None:
    assert page.calculate_gain(name) == nn.init.calculate_gain(name)


@pytest.mark.parametrize("name", ["gelu", "silu", "elu", "mish", "softplus", "hardswish", "", "ReLU"])
def test_both_refuse_other_names(name: str) -> None:
    assert not is_accepted(page.calculate_gain, name)
    assert not is_accepted(nn.init.calculate_gain, name)


@pytest.mark.parametrize("slope", [None, 0, 1, -1, 0.01, 0.2, math.sqrt(5)])
def test_leaky_relu_takes_a_slope(slope: float | None) -> None:
    assert page.calculate_gain("leaky_relu", slope) == nn.init.calculate_gain("leaky_relu", slope)


@pytest.mark.parametrize("slope", [True, "0.2", [0.2]])
def test_both_refuse_a_slope_that_is_no_number(slope: object) -> None:
    for function in (page.calculate_gain, nn.init.calculate_gain):
        with pytest.raises(ValueError, match="not a valid number"):
            function("leaky_relu", slope)


def moment(f: Callable[[Tensor], Tensor]) -> float:
    """E[f(u)²] for a standard normal u, by Gauss–Legendre quadrature on pieces that end at the kinks of f."""
    nodes, weights = gauss_legendre(40)
    edges = [-12, -6, -3, -1.5, 0, 1.5, 3, 6, 12]  # ReLU and its relatives bend at 0, Hardswish at −3 and 3
    total = 0.0
    for a, b in itertools.pairwise(edges):
        u = (a + b) / 2 + (b - a) / 2 * nodes
        density = torch.exp(-u.square() / 2) / math.sqrt(2 * math.pi)
        total += (weights * f(u).square() * density).sum().item() * (b - a) / 2
    return total


def gauss_legendre(n: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights on (−1, 1) from the eigenvalues of the Jacobi matrix (Golub and Welsch, 1969)."""
    k = torch.arange(1, n, dtype=torch.float64)
    beside = k / (4 * k.square() - 1).sqrt()
    nodes, vectors = torch.linalg.eigh(torch.diag(beside, 1) + torch.diag(beside, -1))
    return nodes, 2 * vectors[0].square()


@pytest.mark.parametrize("name", DERIVED)
def test_the_derived_gains_by_another_quadrature(name: str) -> None:
    f = getattr(F, name)
    assert math.isclose(page.gain(f), moment(f) ** -0.5, rel_tol=1e-7)


@pytest.mark.parametrize(("name", "value"), DERIVED.items())
def test_the_derived_gains_stay_what_the_page_says(name: str, value: float) -> None:
    assert math.isclose(page.gain(getattr(F, name)), value, abs_tol=5e-5)


@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
def test_the_exact_gains_of_the_library(name: str) -> None:
    f = {"linear": lambda u: u, "relu": F.relu, "leaky_relu": F.leaky_relu}[name]
    assert math.isclose(moment(f) ** -0.5, nn.init.calculate_gain(name), rel_tol=1e-9)


@pytest.mark.parametrize(("name", "size", "gain"), [("tanh", 1.0855784, 5 / 3), ("selu", 0.1517689, 0.75)])
def test_the_size_that_the_library_s_inexact_gains_keep(name: str, size: float, gain: float) -> None:
    assert math.isclose(page.gain(getattr(F, name), size), gain, rel_tol=1e-5)
    assert nn.init.calculate_gain(name) == gain


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_gain_keeps_the_size_of_a_wide_layer(name: str) -> None:
    """Four million values: the standard error of the mean square is below 0.3 % for each of these activations."""
    u = torch.randn(4_000_000, generator=torch.Generator().manual_seed(0))
    assert math.isclose(DERIVED[name] ** 2 * getattr(F, name)(u).square().mean(), 1, rel_tol=0.01)


@pytest.mark.parametrize("shape", [(256, 1024), (1024, 256), (512, 512), (64, 32, 3, 3), (32, 64, 5)])
def test_the_page_s_rule_divides_by_the_inputs_whatever_the_shape(shape: tuple[int, ...]) -> None:
    """At least 10,000 weights: the relative standard error of their standard deviation is below 0.8 %."""
    torch.manual_seed(0)
    weight = in_use.gain_normal_(torch.empty(shape), DERIVED["gelu"])
    assert math.isclose(weight.std(), DERIVED["gelu"] / math.sqrt(math.prod(shape[1:])), rel_tol=0.04)


@pytest.mark.parametrize("name", DERIVED)
def test_a_gain_can_be_measured_with_one_line(name: str) -> None:
    torch.manual_seed(0)
    assert math.isclose(in_use.measure_gain(getattr(F, name)), DERIVED[name], rel_tol=0.01)

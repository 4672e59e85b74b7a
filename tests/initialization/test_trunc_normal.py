"""The truncated normal of the page: the library's numbers by either way, its distribution, its bounds."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from initialization.init_proof import dtypes, follows, normal, proof, same_numbers, seeds, shapes, uniform
from reference import SNIPPETS, load

trunc_normal_ = load("initialization/trunc_normal").trunc_normal_
# mean, std, a, b: default, nothing cut, narrow, one side, a tail, the mean outside, a single value
CASES = (
    (0.0, 1.0, -2.0, 2.0),
    (0.0, 0.02, -2.0, 2.0),
    (0.5, 1.0, 0.4, 0.6),
    (1.0, 1.0, -1.0, math.inf),
    (0.0, 1.0, 1.0, 3.0),
    (-1.0, 1.0, 0.5, 2.0),
    (0.0, 1.0, 2.0, 2.0),
)


def distribution(mean: float, std: float, a: float, b: float) -> Callable[[Tensor], Tensor]:
    """The distribution function of N(mean, std²) between a and b."""

    def below(x: Tensor) -> Tensor:
        return torch.erfc((mean - x) / std / math.sqrt(2)) / 2  # keeps its digits in the lower tail

    low, high = (below(torch.tensor(bound, dtype=torch.float64)) for bound in (a, b))
    return lambda x: ((below(x) - low) / (high - low)).clamp(0, 1)


def options(case: tuple[float, float, float, float]) -> dict[str, float]:
    return dict(zip(("mean", "std", "a", "b"), case, strict=True))


@proof
@given(shapes, dtypes, seeds, st.sampled_from(CASES))
def test_draws_the_numbers_of_the_library(
    shape: tuple[int, ...], dtype: torch.dtype, seed: int, case: tuple[float, float, float, float]
) -> None:
    same_numbers(trunc_normal_, nn.init.trunc_normal_, shape, dtype, seed, **options(case))


@proof
@given(
    dtypes,
    seeds,
    st.floats(-2, 2, width=16),
    st.floats(0.125, 4, width=16),
    st.floats(-2, 2, width=16),
    st.floats(0, 3, width=16),
)
def test_the_library_keeps_the_bounds(
    dtype: torch.dtype, seed: int, mean: float, std: float, a: float, length: float
) -> None:
    b = a + length
    if not a - 2 * std <= mean <= b + 2 * std:
        return  # the library warns, and is slow
    low, high = torch.tensor([a, b], dtype=dtype)
    W = nn.init.trunc_normal_(torch.empty(100, dtype=dtype), mean, std, a, b, torch.Generator().manual_seed(seed))
    assert W.min() >= low
    assert W.max() <= high


@pytest.mark.parametrize("case", CASES[:-1])
def test_follows_the_truncated_normal_distribution(case: tuple[float, float, float, float]) -> None:
    W = trunc_normal_(torch.empty(100_000), *case, torch.Generator().manual_seed(0))
    assert follows(W, distribution(*case))


@pytest.mark.filterwarnings("ignore:mean is more than 2 std")
@pytest.mark.parametrize("case", [(0.0, 1.0, 3.0, 5.0), (0.0, 1.0, -9.0, -8.0)])
def test_the_library_is_right_where_it_warns(case: tuple[float, float, float, float]) -> None:
    W = nn.init.trunc_normal_(torch.empty(20_000, dtype=torch.float64), *case, torch.Generator().manual_seed(0))
    mean, std, a, b = case
    mirrored = (mean, std, -b, -a) if a > 0 else case  # the lower tail has the digits
    assert follows(-W if a > 0 else W, distribution(*mirrored))


@pytest.mark.parametrize("wrong", [normal(1.0), normal(0.8796), uniform(2.0)], ids=["not cut", "same std", "uniform"])
def test_the_statistical_test_can_fail(wrong: Callable[[Tensor], Tensor]) -> None:
    W = trunc_normal_(torch.empty(100_000), generator=torch.Generator().manual_seed(0))
    assert not follows(W, wrong)


@pytest.mark.parametrize("case", [c for c in CASES[:-1] if c[3] < math.inf])
def test_the_moments_of_the_page_are_the_integrals(case: tuple[float, float, float, float]) -> None:
    tree = ast.parse((SNIPPETS / "initialization" / "trunc_normal.py").read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "moments"]
    scope: dict[str, object] = {"math": math}
    exec(compile(tree, "moments", "exec"), scope)
    mean, std, a, b = case
    x = torch.linspace(a, b, 400_001, dtype=torch.float64)
    density = torch.exp(-(((x - mean) / std) ** 2) / 2)
    density /= torch.trapezoid(density, x)
    expected = torch.trapezoid(x * density, x)
    variance = torch.trapezoid((x - expected) ** 2 * density, x)
    assert scope["moments"](*case) == pytest.approx((expected.item(), variance.item()), rel=1e-6, abs=1e-9)

"""What every initialization shows alike: the library's signature and refusals, work in place, random numbers or none.

And what the two Xavier and the two Kaiming initializations show alike, whatever they draw from.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from initialization.init_proof import (
    SHAPES,
    Init,
    both_refuse,
    dtypes,
    proof,
    same_numbers,
    same_signature,
    seeds,
    shapes,
    works_in_place,
)
from reference import load
from test_torch_coverage import page_name, public_names

NAMES = sorted(public_names()["initialization"])
FILLERS = sorted(set(NAMES) - {"calculate_gain"})
ONE_VALUE = ("constant_", "ones_", "zeros_")
KAIMING = ("kaiming_normal_", "kaiming_uniform_")
XAVIER = ("xavier_normal_", "xavier_uniform_")
Options = dict[str, Any]
Call = tuple[tuple[int, ...], Options]

MATRIX: list[Call] = [((4, 3), {})]
#: What each is asked to fill.
CALLS: dict[str, list[Call]] = {
    "constant_": [((4, 3), {"val": 0.3}), ((5,), {"val": -1.0})],
    "dirac_": [((4, 3, 3, 3), {})],
    "eye_": MATRIX,
    "kaiming_normal_": MATRIX,
    "kaiming_uniform_": MATRIX,
    "normal_": [*MATRIX, ((5,), {"mean": 1.0, "std": 0.0}), ((20, 7), {"mean": 1.0, "std": 2.0})],
    "ones_": [*MATRIX, ((5,), {})],
    "orthogonal_": [*MATRIX, ((3, 4), {}), ((8, 3, 3, 3), {})],
    "sparse_": [((4, 3), {"sparsity": 0.5})],
    "trunc_normal_": [*MATRIX, ((7,), {"a": 1.0, "b": 3.0})],
    "uniform_": [*MATRIX, ((5,), {"a": -1.0, "b": 1.0}), ((5,), {"a": 2.0, "b": 2.0})],
    "xavier_normal_": MATRIX,
    "xavier_uniform_": MATRIX,
    "zeros_": [*MATRIX, ((5,), {})],
}
DRAW_NOTHING = ("constant_", "dirac_", "eye_", "ones_", "zeros_")

NO_FANS: list[Call] = [((), {}), ((5,), {})]
UNKNOWN: list[Call] = [
    ((3, 4), option) for option in ({"mode": "fan_avg"}, {"nonlinearity": "gelu"}, {"nonlinearity": "prelu"})
]
NO_MATRIX = ((), (3,), (3, 3, 3), (3, 3, 3, 3))
#: Shapes that do not fit, then options.
REFUSED: dict[str, list[Call]] = {
    "constant_": [((3, 4), {"val": 1j})],
    "dirac_": [
        *((shape, {}) for shape in ((), (3,), (3, 3), (2, 2, 2, 2, 2, 2))),
        *(((4, 2, 3), {"groups": groups}) for groups in (0, 3)),
    ],
    "eye_": [(shape, {}) for shape in NO_MATRIX],
    "kaiming_normal_": NO_FANS + UNKNOWN,
    "kaiming_uniform_": NO_FANS + UNKNOWN,
    "normal_": [((3, 4), {"std": std}) for std in (-1.0, math.nan)],
    "orthogonal_": NO_FANS,
    "sparse_": [*((shape, {"sparsity": 0.5}) for shape in NO_MATRIX), ((3, 4), {"sparsity": 0.5, "std": -1.0})],
    "trunc_normal_": [((3, 4), option) for option in ({"std": 0.0}, {"a": 2.0, "b": -2.0}, {"a": 2.0, "b": math.inf})],
    "uniform_": [((3, 4), {"a": 1.0, "b": -1.0}), ((3, 4), {"a": math.nan, "b": 1.0})],
    "xavier_normal_": [*NO_FANS, ((0, 0), {}), ((3, 4), {"gain": -1.0})],
    "xavier_uniform_": [*NO_FANS, ((0, 0), {}), ((3, 4), {"gain": -1.0})],
}

GAIN = st.fixed_dictionaries({"gain": st.sampled_from([1.0, 5 / 3, math.sqrt(2), 0.0]) | st.floats(0, 10)})
SLOPE_AND_MODE = st.fixed_dictionaries(
    {
        "a": st.sampled_from([0, 0.01, 0.25, 1, math.sqrt(5), -0.2]) | st.floats(-10, 10),
        "mode": st.sampled_from(["fan_in", "fan_out", "FAN_OUT"]),
        "nonlinearity": st.sampled_from(["leaky_relu", *load("initialization/kaiming_uniform").GAINS]),
    }
)

# Shapes without elements are drawn too; the library warns that it does nothing with them.
pytestmark = pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")


@cache
def page(name: str) -> Any:
    """What the page of an initialization defines."""
    return load(f"initialization/{page_name('initialization', name)}")


def both(name: str) -> tuple[Init, Init]:
    """The function of the page and that of the library."""
    return getattr(page(name), name), getattr(nn.init, name)


@pytest.mark.parametrize("name", NAMES)
def test_has_the_signature_of_the_library(name: str) -> None:
    same_signature(*both(name))


@pytest.mark.parametrize("name", FILLERS)
def test_works_in_place(name: str) -> None:
    for init in both(name):
        for shape, options in CALLS[name]:
            works_in_place(init, shape, **options)


@pytest.mark.parametrize("name", DRAW_NOTHING)
def test_draws_no_random_number(name: str) -> None:
    state = torch.get_rng_state()
    for init in both(name):
        for shape, options in CALLS[name]:
            init(torch.empty(shape), **options)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("name", "shape", "options"), [(name, *call) for name, calls in REFUSED.items() for call in calls]
)
def test_refuses_what_the_library_refuses(name: str, shape: tuple[int, ...], options: Options) -> None:
    both_refuse(*both(name), shape, **options)


@pytest.mark.parametrize("name", ONE_VALUE)
@proof
@given(
    shapes | st.sampled_from([(), (5,), (0,)]),
    dtypes | st.sampled_from([torch.int64, torch.bool]),
    st.floats(-100, 100),
)
def test_fills_in_the_one_value_of_the_library(
    name: str, shape: tuple[int, ...], dtype: torch.dtype, val: float
) -> None:
    value = (val,) if name == "constant_" else ()
    for before in (torch.zeros, torch.ones):
        ours, library = (init(before(shape, dtype=dtype), *value) for init in both(name))
        assert ours.dtype == library.dtype
        assert torch.equal(ours, library)
        assert name == "constant_" or (library == (name == "ones_")).all()


@pytest.mark.parametrize(
    ("name", "value"), [("ones_", 1), ("zeros_", 0), *(("constant_", v) for v in (math.inf, -math.inf, 0.0))]
)
def test_replaces_whatever_was_there(name: str, value: float) -> None:
    options = {"val": value} if name == "constant_" else {}
    for init in both(name):
        assert (init(torch.full((3, 4), math.nan), **options) == value).all()


@pytest.mark.parametrize("name", XAVIER + KAIMING)
@proof
@given(shapes, dtypes, seeds, GAIN, SLOPE_AND_MODE)
def test_draws_the_numbers_of_the_library(
    name: str, shape: tuple[int, ...], dtype: torch.dtype, seed: int, gain: Options, slope_and_mode: Options
) -> None:
    same_numbers(*both(name), shape, dtype, seed, **(gain if name in XAVIER else slope_and_mode))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", XAVIER)
def test_counts_the_fans_of_the_library(name: str, shape: tuple[int, ...]) -> None:
    assert page(name).fans(torch.empty(shape)) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


# Six standard deviations of each measured factor, √(2 / (n_in n_out)) ≤ 0.71 % for normal weights, below 0.5 % else.
@pytest.mark.parametrize(("name", "tolerance"), [("xavier_normal_", 0.045), ("xavier_uniform_", 0.03)])
@pytest.mark.parametrize(("n_in", "n_out"), [(400, 400), (400, 100), (100, 400)])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_forward_and_backward_factor_are_one_on_average(
    name: str, tolerance: float, n_in: int, n_out: int, gain: float
) -> None:
    """The defining property of Xavier."""
    torch.manual_seed(0)
    init, _ = both(name)
    W = init(torch.empty(n_out, n_in), gain).double()
    # The expected square over x, g ~ N(0, I) is known exactly: one draw of W is all the chance that is left.
    forward, backward = (W @ W.T).diagonal().mean(), (W.T @ W).diagonal().mean()
    assert math.isclose((forward + backward) / 2, gain**2, rel_tol=tolerance)
    assert math.isclose(forward / backward, n_in / n_out, rel_tol=1e-9)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (0, 0)])
@pytest.mark.parametrize("name", KAIMING)
def test_leaves_a_tensor_without_elements_alone(name: str, shape: tuple[int, ...]) -> None:
    for init in both(name):
        tensor = torch.empty(shape)
        assert init(tensor) is tensor


@pytest.mark.parametrize(("n_in", "n_out"), [(400, 400), (400, 100), (100, 400)])
@pytest.mark.parametrize("a", [0, 0.25, 1])
@pytest.mark.parametrize("name", KAIMING)
def test_keeps_the_second_moment_of_outputs_or_of_gradients(name: str, n_in: int, n_out: int, a: float) -> None:
    """The defining property of Kaiming, after leaky ReLU of a standard normal z; its second moment is (1 + a²) / 2.

    The factor over x with E(x xᵀ) = C is trace(W C Wᵀ) / n_out, exactly. C of a rectified normal vector has the
    second moment on its diagonal and the squared mean beside it: only the draw of W is chance. Over 40 draws
    the relative standard deviation is below 1.1 %; 6 of them are allowed.
    """
    torch.manual_seed(0)
    init, _ = both(name)
    second, mean = (1 + a**2) / 2, (1 - a) / math.sqrt(2 * math.pi)
    C = torch.full((n_in, n_in), mean**2, dtype=torch.float64).fill_diagonal_(second)
    factors = {"fan_in": [], "fan_out": []}
    for mode, measured in factors.items():
        for _ in range(40):
            W = init(torch.empty(n_out, n_in), a, mode).double()
            forward, backward = (W @ C * W).sum() / n_out, second * W.square().sum() / n_in
            measured.append(forward if mode == "fan_in" else backward)
        assert math.isclose(torch.stack(measured).mean(), 1, rel_tol=0.066)


@pytest.mark.parametrize("name", KAIMING)
def test_leaky_relu_with_slope_zero_is_relu(name: str) -> None:
    z = torch.linspace(-3, 3, 13)
    assert torch.equal(F.leaky_relu(z, 0.0), z.relu())
    relu, leaky = (
        both(name)[0](torch.empty(9, 9), nonlinearity=kind, generator=torch.Generator().manual_seed(0))
        for kind in ("relu", "leaky_relu")
    )
    assert torch.equal(relu, leaky)

"""The orthogonal matrix of the page: the library's matrix up to rounding, orthogonality, and the Haar distribution."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from initialization.init_proof import follows, proof, seeds, shapes, uniform
from reference import load

orthogonal_ = load("initialization/orthogonal").orthogonal_
GAINS = st.sampled_from([1.0, 5 / 3, math.sqrt(2), 0.0, -1.0]) | st.floats(-10, 10)


@proof
@given(shapes, seeds, GAINS)
def test_finds_the_matrix_of_the_library(shape: tuple[int, ...], seed: int, gain: float) -> None:
    """Both solve A = QR. Rounding of A is amplified by its condition number, which is the tolerance."""
    generator = torch.Generator()
    filled, states = [], []
    for init in (orthogonal_, nn.init.orthogonal_):
        generator.manual_seed(seed)
        filled.append(init(torch.empty(shape, dtype=torch.float64), gain, generator))
        states.append(generator.get_state())
    ours, theirs = filled
    assert torch.equal(*states)
    A = torch.empty(shape, dtype=torch.float64).normal_(generator=generator.manual_seed(seed)).flatten(1)
    tolerance = 1e-14 * max(A.shape) * (float(torch.linalg.cond(A)) if A.numel() else 1.0)
    assert torch.allclose(ours, theirs, rtol=0, atol=abs(gain) * tolerance)


@proof
@given(shapes, seeds, GAINS, st.sampled_from([torch.float32, torch.float64]))
def test_the_shorter_side_is_orthogonal(shape: tuple[int, ...], seed: int, gain: float, dtype: torch.dtype) -> None:
    """The defining property."""
    W = orthogonal_(torch.empty(shape, dtype=dtype), gain, torch.Generator().manual_seed(seed)).flatten(1)
    if W.numel():
        product = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
        expected = gain**2 * torch.eye(len(product), dtype=dtype)
        assert torch.allclose(product, expected, rtol=0, atol=100 * torch.finfo(dtype).eps * max(gain**2, 1e-30))


def test_draws_from_the_global_generator_too() -> None:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(5)
        ours = orthogonal_(torch.empty(6, 4))
        torch.manual_seed(5)
        assert torch.allclose(ours, nn.init.orthogonal_(torch.empty(6, 4)), atol=1e-5)


def draws(number: int, shape: tuple[int, int] = (3, 3)) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([orthogonal_(torch.empty(shape), generator=generator) for _ in range(number)])


def test_is_uniform_among_all_orthogonal_matrices() -> None:
    """Haar: a coordinate of a uniform point on the sphere in three dimensions is uniform on (−1, 1) (Archimedes).

    Each of the checks is wrong about a right function once in 10⁹ times. The fixed rotation must change nothing.
    """
    Q = draws(2000)
    turned = nn.init.orthogonal_(torch.empty(3, 3), generator=torch.Generator().manual_seed(7)) @ Q
    for sample in (Q, turned, Q.transpose(1, 2) @ turned[0]):
        for i in range(3):
            for j in range(3):
                assert follows(sample[:, i, j], uniform(1.0))
    heads = (torch.linalg.det(Q) > 0).float().mean()
    assert abs(heads - 0.5) < math.sqrt(math.log(2 / 1e-9) / (2 * 2000))  # Hoeffding's inequality


def test_the_statistical_test_can_fail() -> None:
    """QR without the choice of signs is not uniform."""
    torch.manual_seed(0)
    Q = torch.linalg.qr(torch.randn(2000, 3, 3)).Q
    assert not follows(Q[:, 0, 0], uniform(1.0))


@pytest.mark.parametrize("shape", [(40, 60), (60, 40), (50, 50)])
def test_has_the_mean_and_variance_of_the_page(shape: tuple[int, int]) -> None:
    Q = draws(20, shape).double()
    assert math.isclose(Q.square().mean().item(), 1 / max(shape), rel_tol=1e-6)  # exact, not only on average
    assert abs(Q.mean()) < 6 / math.sqrt(Q.numel() * max(shape))  # six standard deviations

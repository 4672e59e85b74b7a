"""The quantile loss that the guide writes: every test that the guide asks for, over many inputs."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from losses.loss_proof import REDUCTIONS, SHAPES, agree, numbers, proof, tensors
from reference import load

quantile_loss = load("losses/write-your-own").quantile_loss


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Input and target of one shape."""
    shape = draw(st.sampled_from(SHAPES))
    return draw(tensors(shape, numbers())), draw(tensors(shape, numbers()))


def half_l1(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    return F.l1_loss(input, target, reduction=reduction) / 2


@proof
@given(pairs(), st.sampled_from(REDUCTIONS))
def test_the_median_is_half_of_l1(pair: tuple[Tensor, Tensor], reduction: str) -> None:
    error = (pair[0] - pair[1]).abs()
    assume(not ((error > 0) & (error < 1e-300)).any())  # half of the smallest number is 0, and so is its slope
    agree(quantile_loss, half_l1, *pair, reduction=reduction)


@proof
@given(pairs(), st.floats(0.01, 0.99))
def test_mean_is_sum_over_the_count_and_none_keeps_the_shape(pair: tuple[Tensor, Tensor], q: float) -> None:
    each, total, mean = (quantile_loss(*pair, q, reduction) for reduction in ("none", "sum", "mean"))
    assert each.shape == pair[0].shape
    assert (each >= 0).all()
    torch.testing.assert_close(total, each.sum())
    torch.testing.assert_close(mean, total / each.numel(), equal_nan=True)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_gradient_is_that_of_the_difference_quotient(q: float, reduction: str) -> None:
    torch.manual_seed(0)
    input, target = torch.randn(2, 3, 4, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: quantile_loss(x, target, q, reduction), input.requires_grad_())


@pytest.mark.parametrize("q", [0.05, 0.3, 0.75])
def test_the_minimum_is_the_quantile(q: float) -> None:
    torch.manual_seed(0)
    data = torch.randn(1001, dtype=torch.float64)
    guesses = data.sort().values
    losses = torch.stack([quantile_loss(guess.expand_as(data), data, q) for guess in guesses])
    assert abs(int(losses.argmin()) - q * 1000) <= 1


@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((3,), (2, 3)), ((), (1,))])
def test_refuses_shapes_that_differ(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        quantile_loss(*map(torch.ones, shapes))


@pytest.mark.parametrize("q", [0.0, 1.0, -1.0, float("nan")])
def test_refuses_a_quantile_outside(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_loss(torch.ones(2), torch.ones(2), q)


def test_stays_finite_far_away() -> None:
    far = torch.tensor([-1e38, 0.0, 1e38], requires_grad=True)
    loss = quantile_loss(far, torch.zeros(3), 0.9, "none")
    assert loss.isfinite().all()
    assert torch.autograd.grad(loss.sum(), far)[0].isfinite().all()

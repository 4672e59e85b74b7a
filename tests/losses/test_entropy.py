"""The identities on the page hold for any distributions, certain and impossible outcomes included."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical, kl_divergence

from losses.loss_proof import proof
from reference import load

page = load("losses/entropy")


@st.composite
def beliefs(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Two distributions over the same outcomes; chances are often equal, and often 0."""
    count = draw(st.integers(1, 6))
    weights = st.lists(st.sampled_from([0.0, 0.0, 1.0, 1.0, 2.0, 1e-9, 0.3]), min_size=count, max_size=count)
    p, q = (torch.tensor(draw(weights.filter(any)), dtype=torch.float64) for _ in range(2))
    return p / p.sum(), q / q.sum()


@proof
@given(beliefs())
def test_cross_entropy_is_entropy_plus_divergence(pair: tuple[Tensor, Tensor]) -> None:
    p, q = pair
    entropy, cross, divergence = page.entropy(p), page.cross_entropy(p, q), page.kl_divergence(p, q)
    torch.testing.assert_close(cross, entropy + divergence)
    assert bool(divergence.isinf()) == bool(((p > 0) & (q == 0)).any())
    assert divergence > -1e-12
    assert -1e-12 < entropy < math.log(len(p)) + 1e-12


@proof
@given(beliefs())
def test_equal_to_the_library(pair: tuple[Tensor, Tensor]) -> None:
    p, q = pair
    torch.testing.assert_close(page.entropy(p), torch.special.entr(p).sum())
    if (q > 0).all():  # kl_div says nan for 0 · (−∞)
        torch.testing.assert_close(page.kl_divergence(p, q), F.kl_div(q.log(), p, reduction="sum"))
    if not page.kl_divergence(p, q).isinf():  # Categorical moves a chance of 0 to the smallest positive number
        expected = kl_divergence(Categorical(p), Categorical(q))
        torch.testing.assert_close(page.kl_divergence(p, q), expected, atol=1e-12, rtol=1e-6)


@proof
@given(beliefs())
def test_the_loss_is_the_cross_entropy_and_its_gradient_is_q_minus_p(pair: tuple[Tensor, Tensor]) -> None:
    p, logits = pair
    logits = (5 * logits).requires_grad_()
    loss = F.cross_entropy(logits, p)
    torch.testing.assert_close(loss, page.cross_entropy(p, logits.softmax(dim=0)))
    (gradient,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(gradient, logits.detach().softmax(dim=0) - p)


def test_many_distributions_at_once() -> None:
    p = torch.rand(2, 3, 4, dtype=torch.float64).softmax(dim=-1)
    assert page.entropy(p).shape == page.cross_entropy(p, p).shape == page.kl_divergence(p, p).shape == (2, 3)

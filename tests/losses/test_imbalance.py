"""The focal loss of the chapter on imbalance is its formula, stays finite, and its gradient is right."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from losses.loss_proof import REDUCTIONS, SHAPES, agree, numbers, proof, tensors
from reference import load

focal_loss = load("losses/imbalance").focal_loss


def by_its_formula(
    input: Tensor, target: Tensor, gamma: float = 2.0, alpha: float | None = None, reduction: str = "mean"
) -> Tensor:
    """As the paper prints it, from the probability of the true class."""
    true = torch.where(target == 1, input.sigmoid(), 1 - input.sigmoid())
    target = target.to(input.dtype)
    share = 1.0 if alpha is None else alpha * target + (1 - alpha) * (1 - target)
    loss = -share * (1 - true) ** gamma * true.log()
    return loss if reduction == "none" else getattr(loss, reduction)()


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Logits, labels and options."""
    shape = draw(st.sampled_from(SHAPES))
    input = draw(tensors(shape, numbers(-8, 8, edges=(0.0,))))
    target = draw(tensors(shape, st.sampled_from([0.0, 1.0])))
    options = {
        "gamma": draw(st.sampled_from([0.0, 1.0, 2.0, 5.0]) | st.floats(0.1, 5)),
        "alpha": draw(st.none() | st.floats(0, 1)),
        "reduction": draw(st.sampled_from(REDUCTIONS)),
    }
    return input, target.long(), options


@proof
@given(cases())
def test_is_its_formula(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case

    def ours(input: Tensor, target: Tensor, **options: object) -> Tensor:
        return focal_loss(input, target.to(input.dtype), **options)

    agree(ours, by_its_formula, input, target, rtol=1e-8, atol=1e-12, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_is_binary_cross_entropy_without_its_factors(reduction: str) -> None:
    torch.manual_seed(0)
    input, target = 10 * torch.randn(50, dtype=torch.float64), torch.randint(2, (50,))

    def ours(input: Tensor, target: Tensor, **options: object) -> Tensor:
        return focal_loss(input, target.to(input.dtype), gamma=0.0, **options)

    def library(input: Tensor, target: Tensor, **options: object) -> Tensor:
        return F.binary_cross_entropy_with_logits(input, target.to(input.dtype), **options)

    agree(ours, library, input, target, atol=1e-15, reduction=reduction)  # the library subtracts 1 from a sigmoid


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_stays_finite_for_any_logit(gamma: float) -> None:
    input = torch.tensor([-1e4, -100.0, -40.0, 40.0, 100.0, 1e4], requires_grad=True)
    for target in (torch.zeros(6), torch.ones(6)):
        loss = focal_loss(input, target, gamma)
        (slope,) = torch.autograd.grad(loss, input)
        assert loss.isfinite()
        assert slope.isfinite().all()


def test_mixes_its_two_sides_for_a_soft_target() -> None:
    input, soft = torch.linspace(-8, 8, 33).double(), torch.linspace(0, 1, 33).double()
    yes, no = (focal_loss(input, side * torch.ones(33).double(), alpha=0.3, reduction="none") for side in (1, 0))
    torch.testing.assert_close(
        focal_loss(input, soft, alpha=0.3, reduction="none"), soft * yes + (1 - soft) * no, rtol=1e-12, atol=0
    )

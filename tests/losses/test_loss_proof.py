"""The proof notices what it is there to notice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from losses.loss_proof import agree, both_refuse, same_signature


def _right(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    loss = (input - target) ** 2
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def _agree(reference: Callable[..., Tensor], **options: object) -> None:
    torch.manual_seed(0)
    agree(reference, F.mse_loss, torch.randn(2, 3).double(), torch.randn(2, 3).double(), **options)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_accepts_a_right_loss(reduction: str) -> None:
    _agree(_right, reduction=reduction)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda input, target, **_: _right(input, target) * (1 + 1e-9),
        lambda input, target, **_: _right(input, target).float(),
        lambda input, target, **_: _right(input, target).reshape(1),
        lambda input, target, **_: _right(input, target).detach() + 0 * input.sum(),
        lambda input, target, **_: _right(input, target.detach()),
        lambda input, target, **_: _right(input, target, "sum") / 2,
    ],
    ids=["value", "dtype", "shape", "gradient", "gradient of the target", "divisor"],
)
def test_rejects_a_wrong_loss(wrong: Callable[..., Tensor]) -> None:
    with pytest.raises(AssertionError):
        _agree(wrong)


def test_rejects_elements_in_another_order() -> None:
    with pytest.raises(AssertionError):
        _agree(lambda input, target, **_: _right(input, target, "none").flip(0), reduction="none")


def test_rejects_what_accepts_too_much() -> None:
    with pytest.raises(pytest.fail.Exception):
        both_refuse(lambda *_, **__: torch.zeros(()), F.mse_loss, torch.zeros(2), torch.zeros(2), reduction="?")


def test_sees_another_signature() -> None:
    same_signature(lambda input, target, reduction="mean", weight=None: input, F.mse_loss)
    with pytest.raises(AssertionError):
        same_signature(lambda input, target, reduction="sum", weight=None: input, F.mse_loss)

"""The proof notices what a slip in an optimizer would change."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import reference
from optimizers.optimizer_proof import (
    PROBLEMS,
    Problem,
    clears_gradients,
    follows,
    follows_with_closure,
    same_hyperparameters,
)

ADAMW = (reference.SNIPPETS / "optimizers" / "adamw.py").read_text(encoding="utf-8")
SLIPS = {
    "no correction of m": ('/ (1 - beta1 ** state["t"])', "/ 1"),
    "t starts at 2": ('{"t": 0, ', '{"t": 1, '),
    "eps inside the root": ("v_hat.sqrt() + eps", "(v_hat + eps).sqrt()"),
    "decay not times lr": ("1 - lr * weight_decay", "1 - weight_decay"),
    "largest v not kept": ('torch.maximum(state["largest v"], state["v"])', 'state["v"]'),
    "counts without gradient": (
        "if p.grad is not None:",
        "p.grad = p.grad if p.grad is not None else 0 * p\n                if True:",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_notices(slip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = SLIPS[slip]
    assert ADAMW.count(right) == 1
    (tmp_path / "slip.py").write_text(ADAMW.replace(right, wrong), encoding="utf-8")
    monkeypatch.setattr(reference, "SNIPPETS", tmp_path)
    optimizer = reference.load("slip").AdamW
    for prove in (follows, follows_with_closure):
        with pytest.raises(AssertionError):
            prove(optimizer, torch.optim.AdamW, PROBLEMS[2], betas=(0.9, 0.5), weight_decay=0.1, amsgrad=True, eps=1e-3)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_tells_relatives_apart(problem: Problem) -> None:
    with pytest.raises(AssertionError):
        follows(torch.optim.Adam, torch.optim.AdamW, problem, weight_decay=1e-4)
    with pytest.raises(AssertionError):
        follows(torch.optim.NAdam, torch.optim.Adam, problem)


def test_overflow_is_equal_to_overflow() -> None:
    follows(torch.optim.SGD, torch.optim.SGD, PROBLEMS[1], lr=1.0)


def test_notices_another_default() -> None:
    with pytest.raises(AssertionError):
        same_hyperparameters(torch.optim.Adam, torch.optim.AdamW)


def test_notices_a_gradient_that_stays() -> None:
    with pytest.raises(AssertionError):
        clears_gradients(type("Stays", (torch.optim.SGD,), {"zero_grad": lambda self: None}))

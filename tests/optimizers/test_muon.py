"""The Muon of the page follows torch's, bfloat16 iteration included."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from optimizers.optimizer_proof import (
    MATRICES,
    follows,
    follows_with_closure,
    proof,
)
from reference import load

module = load("optimizers/muon")
Muon = module.Muon

options = st.fixed_dictionaries(
    {
        "lr": st.floats(1e-5, 1.0),
        "weight_decay": st.sampled_from([0.0, 0.1]) | st.floats(0, 1),
        "momentum": st.sampled_from([0.0, 0.95, 1.0]) | st.floats(0, 1),
        "nesterov": st.booleans(),
        "ns_coefficients": st.sampled_from([(3.4445, -4.7750, 2.0315), (1.5, -0.5, 0.0), (2.0, -1.5, 0.5)]),
        "eps": st.sampled_from([1e-7, 1.0, 100.0]),
        "ns_steps": st.integers(0, 8),
        "adjust_lr_fn": st.sampled_from([None, "original", "match_rms_adamw"]),
    }
)


@proof
@given(options)
def test_follows_the_library(options: dict[str, Any]) -> None:
    follows(Muon, torch.optim.Muon, MATRICES, **options)


def test_follows_the_library_by_itself() -> None:
    follows_with_closure(Muon, torch.optim.Muon, MATRICES, lr=0.02)


def test_follows_the_library_with_its_defaults() -> None:
    follows(Muon, torch.optim.Muon, MATRICES, steps=100)


def test_bfloat16_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tolerance of the proof is far below what an iteration in float64 would change."""
    exact = module.orthogonalize

    def in_float64(matrix: torch.Tensor, **options: Any) -> torch.Tensor:
        with monkeypatch.context() as patch:
            patch.setattr(torch.Tensor, "bfloat16", lambda tensor: tensor.clone())
            return exact(matrix, **options)

    monkeypatch.setattr(module, "orthogonalize", in_float64)
    with pytest.raises(AssertionError):
        follows(Muon, torch.optim.Muon, MATRICES, steps=1)


@pytest.mark.parametrize(
    "other", [{"nesterov": False}, {"adjust_lr_fn": "match_rms_adamw"}, {"weight_decay": 0.0}, {"ns_steps": 4}]
)
def test_every_branch_is_reached(other: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        follows(Muon, lambda p: torch.optim.Muon(p, **other), MATRICES)


def test_clears_gradients() -> None:
    parameters = MATRICES.parameters()
    optimizer = Muon(parameters)
    MATRICES.loss(parameters, 1).backward()
    optimizer.zero_grad()
    assert all(p.grad is None for p in parameters)
    optimizer.step()
    assert all(torch.equal(p, start) for p, start in zip(parameters, MATRICES.start, strict=True))

"""The SparseAdam of the page follows torch's, on gradients of rows and of single elements."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from optimizers.optimizer_proof import (
    TABLE,
    betas,
    follows,
    follows_with_closure,
    proof,
)
from reference import load

SparseAdam = load("optimizers/sparseadam").SparseAdam


@proof
@given(st.floats(1e-5, 1.0), betas, st.sampled_from([1e-8, 1e-3, 1.0]))
def test_follows_the_library(lr: float, betas: tuple[float, float], eps: float) -> None:
    follows(SparseAdam, torch.optim.SparseAdam, TABLE, lr=lr, betas=betas, eps=eps)


def test_follows_the_library_by_itself() -> None:
    follows_with_closure(SparseAdam, torch.optim.SparseAdam, TABLE, lr=0.01)


def test_follows_the_library_with_its_defaults() -> None:
    follows(SparseAdam, torch.optim.SparseAdam, TABLE, steps=80)


def test_follows_the_library_on_single_elements() -> None:
    ours, theirs = (torch.nn.Parameter(torch.ones(2, 3, dtype=torch.float64)) for _ in range(2))
    one, other = SparseAdam([ours], lr=0.1), torch.optim.SparseAdam([theirs], lr=0.1)
    for t in range(10):
        dense = torch.zeros(2, 3, dtype=torch.float64)
        dense[t % 2, t % 3] = t - 3.5
        ours.grad, theirs.grad = dense.to_sparse(), dense.to_sparse()
        one.step()
        other.step()
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_is_not_adam() -> None:
    """Where Adam would move the rows that are missing, the proof notices."""

    class Dense(torch.optim.Adam):
        def step(self, closure: object = None) -> None:
            for p in self.param_groups[0]["params"]:
                p.grad = None if p.grad is None else p.grad.to_dense()
            super().step()

    with pytest.raises(AssertionError):
        follows(SparseAdam, Dense, TABLE)

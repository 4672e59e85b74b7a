"""What every reference shows alike: the library's hyperparameters, its defaults on all problems, cleared gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from optimizers.optimizer_proof import PROBLEMS, Problem, clears_gradients, follows, same_hyperparameters
from reference import load
from test_torch_coverage import page_name, public_names

NAMES = sorted(public_names()["optimizers"])
# Their own tests do this: on matrices, on sparse gradients, with closures, or with another learning rate.
OWN_PROBLEMS = {"ASGD", "Adafactor", "LBFGS", "Muon", "SparseAdam"}
OWN_GRADIENTS = {"LBFGS", "Muon"}


def reference(name: str) -> Any:
    """The class that the page of an optimizer defines."""
    return getattr(load(f"optimizers/{page_name('optimizers', name)}"), name)


@pytest.mark.parametrize("name", NAMES)
def test_has_the_hyperparameters_of_the_library(name: str) -> None:
    same_hyperparameters(reference(name), getattr(torch.optim, name))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("name", sorted(set(NAMES) - OWN_PROBLEMS))
def test_follows_the_library_with_its_defaults(name: str, problem: Problem) -> None:
    follows(reference(name), getattr(torch.optim, name), problem, steps=200)


@pytest.mark.parametrize("name", sorted(set(NAMES) - OWN_GRADIENTS))
def test_clears_gradients(name: str) -> None:
    clears_gradients(reference(name))

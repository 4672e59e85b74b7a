"""The constant initialization of the page: the library's numbers, and why equal units stay equal."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import both_refuse, dtypes, proof, same_signature, shapes, works_in_place
from reference import load

constant_ = load("initialization/constant").constant_


def test_has_the_signature_of_the_library() -> None:
    same_signature(constant_, nn.init.constant_)


@proof
@given(
    shapes | st.sampled_from([(), (5,), (0,)]),
    dtypes | st.sampled_from([torch.int64, torch.bool]),
    st.floats(-100, 100),
)
def test_fills_the_numbers_of_the_library(shape: tuple[int, ...], dtype: torch.dtype, val: float) -> None:
    ours, library = (init(torch.ones(shape, dtype=dtype), val) for init in (constant_, nn.init.constant_))
    assert ours.dtype == library.dtype
    assert torch.equal(ours, library)


@pytest.mark.parametrize("val", [math.inf, -math.inf, 0.0])
def test_replaces_whatever_was_there(val: float) -> None:
    for init in (constant_, nn.init.constant_):
        assert (init(torch.full((3, 4), math.nan), val) == val).all()


@pytest.mark.parametrize("init", [constant_, nn.init.constant_], ids=["page", "library"])
def test_works_in_place_and_draws_nothing(init: object) -> None:
    state = torch.get_rng_state()
    works_in_place(init, val=0.3)
    works_in_place(init, (5,), val=-1.0)
    assert torch.equal(state, torch.get_rng_state())


def test_refuses_a_number_that_does_not_fit() -> None:
    both_refuse(constant_, nn.init.constant_, (3, 4), val=1j)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop])
@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.Sigmoid])
def test_equal_units_stay_equal(optimizer: type[torch.optim.Optimizer], activation: type[nn.Module]) -> None:
    """The defining property, and that it needs all three: incoming weights, bias, outgoing weights."""
    torch.manual_seed(0)
    x, y = torch.randn(32, 3).double(), torch.randn(32, 2).double()
    for broken in (None, "0.weight", "0.bias", "2.weight"):
        model = nn.Sequential(nn.Linear(3, 6), activation(), nn.Linear(6, 2)).double()
        for name, parameter in model.named_parameters():
            nn.init.normal_(parameter, 0.2, 0.1) if name == broken else constant_(parameter, 0.2)
        steps = optimizer(model.parameters(), lr=0.01)
        for _ in range(20):
            steps.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            steps.step()
        spread = model[0].weight.std(dim=0).max()
        assert spread > 1e-4 if broken else spread < 1e-12, broken

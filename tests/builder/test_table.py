"""The table against the installed torch: whatever came or went is named."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from torch import nn, optim

from builder import choices
from builder.table import losses, subclasses

Table = dict[str, Any]


def test_every_module_of_torch_is_offered_or_left_out_with_a_reason(table: Table) -> None:
    known = {*table["layers"], *table["left_out"], *table["losses"], *choices.LOSSES_LEFT_OUT}
    there = set(subclasses(nn, "Module")) | {"Module"}
    assert there - known == set(), "new in torch: put them into builder/choices.py"
    assert known - there == set(), "no longer in torch"


def test_there_are_the_numbers_that_the_page_promises(table: Table) -> None:
    sizes = {part: len(table[part]) for part in ("layers", "inits", "losses", "optimizers", "schedulers")}
    assert sizes == {"layers": 101, "inits": 14, "losses": 23, "optimizers": 15, "schedulers": 16}


PLACES = {"layers": nn, "losses": nn, "optimizers": optim, "inits": nn.init, "schedulers": optim.lr_scheduler}


@pytest.mark.parametrize("part", PLACES)
def test_arguments_and_defaults_are_torch_s_own(table: Table, part: str) -> None:
    for name, entry in table[part].items():
        if name in ("RNN", "LSTM", "GRU", "TransformerEncoder", "SWALR"):
            continue  # read from elsewhere: see builder.table
        there = inspect.signature(getattr(PLACES[part], name)).parameters
        ours = {each["name"]: each for each in entry["args"] if not each.get("own")}
        unknown = set(there) - set(ours) - choices.DROPPED - {"args", "kwargs", "tensor", "generator"}
        assert unknown == set(), f"{name} has new arguments"
        assert set(ours) <= set(there), f"{name} lost arguments"
        for each in ours.values():
            default = there[each["name"]].default
            if "default" in each and not callable(default):
                found = list(default) if isinstance(default, tuple) else default
                assert each["default"] == found, f"{name}.{each['name']}"


def test_recurrent_layers_take_what_their_base_takes() -> None:
    assert {"input_size", "hidden_size", "num_layers", "proj_size"} <= set(inspect.signature(nn.RNNBase).parameters)
    for name in ("RNN", "LSTM", "GRU"):
        with pytest.raises(TypeError, match="unexpected"):
            getattr(nn, name)(3, 4, no_such_argument=1)


def test_limits_admit_every_default_and_every_start(table: Table, call: Any) -> None:
    assert call("tables.refused", table) == []


def test_losses_are_all_there() -> None:
    assert len(losses()) == 23

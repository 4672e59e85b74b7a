"""Each layer's shape rule against torch on the CPU: the same shape, dtype and parameters, or the same error.

About half of the random cases are such that torch refuses. The normal suite takes a few of each layer; with
``BUILDER_CASES`` it is that many, in ``make test-all`` three hundred.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from builder import choices
from shapes import draw, oracle
from shapes.oracle import CASES

Table = dict[str, Any]
NAMES = [name for group in choices.LAYERS.values() for name in group]


def test_every_layer_has_a_rule(table: Table, call: Any) -> None:
    assert set(call("rules.names")) == {*table["layers"], *table["own"]}


@pytest.mark.parametrize("name", NAMES)
def test_same_shape_or_same_sentence(table: Table, call: Any, name: str) -> None:
    torch.manual_seed(0)
    rng = random.Random(f"{name} {CASES}")
    cases = [draw.case(rng, name) for _ in range(CASES or 12)]
    ours = call("rules.outcomes", table, name, cases)
    for case, found in zip(cases, ours, strict=True):
        found.pop("macs", None)
        theirs = oracle.outcome(name, *case)
        assert oracle.agree(found, theirs), f"{name}{case}\nours  {found}\ntorch {theirs}"


@pytest.mark.parametrize("name", NAMES)
def test_a_derived_argument_may_be_left_out(table: Table, call: Any, name: str) -> None:
    derived = [each["name"] for each in table["layers"][name]["args"] if each.get("derived")]
    rng = random.Random(name)
    while derived:
        args, shape, dtype = draw.case(rng, name)
        [whole] = call("rules.outcomes", table, name, [[args, shape, dtype]])
        if "dims" in whole and not isinstance(args[derived[0]], list):
            rest = {key: value for key, value in args.items() if key not in derived}
            assert call("rules.outcomes", table, name, [[rest, shape, dtype]]) == [whole]
            return


COUNTED = ["Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]
COUNTED += ["MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer", "TransformerEncoder"]


@pytest.mark.parametrize("name", COUNTED)
def test_multiplications_are_half_of_what_torch_counts_as_flops(table: Table, call: Any, name: str) -> None:
    rng = random.Random(name)
    done = 0
    while done < max(CASES // 10, 3):
        case = draw.case(rng, name)
        [found] = call("rules.outcomes", table, name, [case])
        if "macs" in found and 0 not in found["dims"] and not case[0].get("causal"):
            assert found["macs"] == oracle.flops(name, *case) / 2, f"{name}{case}"
            done += 1


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_recurrent_multiplications_are_weights_times_steps(table: Table, call: Any, name: str) -> None:
    args, shape = (
        {"input_size": 3, "hidden_size": 4, "num_layers": 2, "bidirectional": True, "batch_first": True},
        [2, 5, 3],
    )
    [found] = call("rules.outcomes", table, name, [[args, shape, "float32"]])
    weights = [each.numel() for each in oracle.build(name, args).parameters() if each.dim() == 2]
    assert found["macs"] == sum(weights) * 2 * 5

"""Each layer, and each of its arguments off its default, in a program that runs. A sample in the normal suite."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from builder import choices
from emitted import layers, run
from sample import some

GROUPS = list(choices.LAYERS)


def cases(table: dict[str, Any], group: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name in choices.LAYERS[group]:
        entry = table["layers"][name]
        base = layers.needed(name, entry)
        found.append((name, base))
        for argument in entry["args"]:
            if more := layers.off(name, argument):
                merged = {**base, **more}
                found.append((name, {key: value for key, value in merged.items() if value is not None or key in more}))
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_every_layer_and_argument_runs(table: dict[str, Any], emitted: Any, group: str) -> None:
    for name, args in some(cases(table, group), 8):
        torch.manual_seed(0)
        made = emitted("program", layers.program(name, args))
        assert "text" in made, f"{name} {args}: {made}"
        names = run.execute(made["text"], accept=ACCEPT.get(name, ""))
        assert run.parameters(names) == made["params"], f"{name} {args}\n{made['text']}"
        assert run.output(names) == made["out"], f"{name} {args}\n{made['text']}"


# What torch warns of in a layer whatever its arguments.
ACCEPT = {"LSTM": "LSTM with projections is not supported with oneDNN"}

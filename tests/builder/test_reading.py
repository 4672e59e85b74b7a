"""What torch prints is read back: each layer from its repr, whole models, and errors to their blocks."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from torch import nn

from builder import choices
from shapes import draw, oracle

Table = dict[str, Any]
# They print modules inside themselves, which do not say how many heads there are.
COMPOSED = choices.LAYERS["attention"]
# What a repr leaves out: it is named, for each layer that is read.
UNSAID = {"AvgPool1d", "AvgPool2d", "AvgPool3d", "Upsample", "RNN", "PReLU"}
NAMES = [name for group in choices.LAYERS.values() for name in group if name not in COMPOSED]


def made(name: str, rng: random.Random) -> tuple[dict[str, Any], nn.Module]:
    """A layer that torch builds, with its arguments."""
    while True:
        args = draw.case(rng, name)[0]
        try:
            return args, oracle.build(name, args)
        except Exception:
            continue


def plain(text: str) -> str:
    """A repr with one form for what means the same: (2, 2) and 2, 1.0 and 1, a pooling stride that is the kernel's."""
    text = re.sub(r"(\d)\.0\b", r"\1", text)
    text = re.sub(r"\(([\w.]+),?(?:\s*\1,?)*\)", r"\1", text) if "(" in text[1:] else text
    return re.sub(r"kernel_size=(\(.*?\)|\w+), stride=(?:\1|None)", r"kernel_size=\1", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_comes_back_from_its_repr(table: Table, call: Any, name: str) -> None:
    rng = random.Random(name)
    derived = {each["name"] for each in table["layers"][name]["args"] if each.get("derived")}
    for _ in range(12):
        args, layer = made(name, rng)
        found = call("readings.model", f"Sequential(\n  (0): {layer!r}\n)", table)
        [[kind, *given]] = found["net"]
        read = given[0] if given else {}
        again = oracle.build(name, {**{key: value for key, value in args.items() if key in derived}, **read})
        assert (kind, plain(repr(again))) == (name, plain(repr(layer))), found
        assert len(found["lost"]) == (1 if name in UNSAID else 0), found


class Own(nn.Module):
    """A module whose forward nobody can read from its repr."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.rest = nn.ModuleList([nn.Linear(8, 8) for _ in range(4)])
        self.head = nn.LSTM(8, 5, num_layers=2, batch_first=True, bidirectional=True)


def test_a_model_comes_back_and_what_its_repr_does_not_say_is_named(table: Table, call: Any) -> None:
    found = call("readings.model", repr(Own()), table)
    assert found["net"] == [
        ["Conv2d", {"out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False}],
        ["BatchNorm2d"],
        ["ReLU", {"inplace": True}],
        ["repeat", 4, [["Linear", {"out_features": 8}]]],
        ["LSTM", {"hidden_size": 5, "num_layers": 2, "batch_first": True, "bidirectional": True}],
    ]
    assert found["lost"] == ["Own.forward"]


def test_transformers_come_back_with_a_head_and_say_that_heads_are_not_printed(table: Table, call: Any) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16)
    found = call("readings.model", repr(nn.Sequential(nn.TransformerEncoder(layer, 3))), table)
    assert found["net"] == [["TransformerEncoder", {"nhead": 1, "dim_feedforward": 16, "num_layers": 3}]]
    assert found["lost"] == ["TransformerEncoder: nhead"]


def test_what_is_no_repr_gives_nothing(table: Table, call: Any) -> None:
    for text in ("", "hello", "import torch\nprint(1)", "((((", "x" * 300_000, "(0): Conv2d(" * 2000):
        assert call("readings.model", text, table)["net"] in ([], [["Conv2d"]])


ERRORS = [
    ("mat1 and mat2 shapes cannot be multiplied (64x784 and 256x10)", "net.3"),
    ("Given groups=1, weight of size [16, 8, 3, 3], expected input[64, 3, 28, 28] to have 8 channels", "net.1"),
    ("running_mean should contain 16 elements not 8", ""),
    ("nothing that torch says", ""),
]


@pytest.mark.parametrize(("text", "path"), ERRORS)
def test_a_pasted_error_finds_its_block(table: Table, call: Any, text: str, path: str) -> None:
    net = [
        ["Conv2d", {"out_channels": 8, "kernel_size": 3}],
        ["Conv2d", {"out_channels": 16, "kernel_size": 3}],
        ["Flatten"],
        ["Linear", {"out_features": 10}],
    ]
    program = {"v": 1, "data": ["digits"], "net": net}
    found = call("readings.error", text, program, table, {"dims": [1, 8, 8], "dtype": "float32", "batch": 64})
    assert found[:1] == ([path] if path else [])


def test_an_error_that_the_rules_foretell_finds_its_block(table: Table, call: Any) -> None:
    net = [["Flatten"], ["Linear", {"out_features": 4}], ["Conv2d", {"out_channels": 2, "kernel_size": 3}]]
    sentence = "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [64, 4]"
    said = f"Traceback…\nRuntimeError: {sentence}"
    program = {"v": 1, "data": ["digits"], "net": net}
    found = call("readings.error", said, program, table, {"dims": [1, 8, 8], "dtype": "float32", "batch": 64})
    assert found == ["net.2"]

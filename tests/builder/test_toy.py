"""The net that the page runs: its JavaScript against torch on a hundred pictures, and what it sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from builder import toy
from builder.runs import Runs, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def trained(emitted: Any) -> dict[str, Any]:
    made = emitted("preset", "unet")
    made["run"] = {**made["run"], "plot": False, "progress": False}
    return toy.trained(emitted("program", made)["text"], Runs(ROOT / ".cache/gallery"))


def test_the_page_computes_what_torch_does(trained: dict[str, Any], emitted: Any) -> None:
    ours = torch.tensor(emitted("inferred", trained["weights"], trained["pictures"]))
    theirs = torch.tensor(trained["logits"])
    assert ours.shape == theirs.shape == (100, 3 * 32 * 32)
    assert (ours - theirs).abs().max() < 1e-4
    same = ours.view(100, 3, -1).argmax(1) == theirs.view(100, 3, -1).argmax(1)
    assert same.all()


def test_it_sees_discs_and_squares(trained: dict[str, Any], emitted: Any) -> None:
    assert trained["accuracy"] > 0.8 and trained["iou"] > 0.7 and trained["count"] == 200
    right = [
        emitted("looked", trained["weights"], kind, seed)["kind"] == kind
        for kind in ("disc", "square") for seed in range(20)
    ]  # fmt: skip
    assert sum(right) >= 32
    found = emitted("looked", trained["weights"], "square", 3)
    left, top, right_, bottom = found["box"]
    assert 1 <= left < right_ <= 32 and 1 <= top < bottom <= 32 and found["count"] > 20


def test_halves_are_read_as_torch_writes_them(emitted: Any) -> None:
    for bits in (0, 1, 0x3C00, 0xBC00, 0x03FF, 0x0400, 0x7BFF, 0x3555, 0x8001):
        mine = emitted("half", bits)
        signed = bits - 0x10000 if bits >= 0x8000 else bits
        assert mine == torch.tensor(signed, dtype=torch.int16).view(torch.float16).item()


def test_a_variable_that_is_not_there_is_none() -> None:
    assert run({"a": "b = 1"}, ("b", "c")) == {"a": {"b": 1, "c": None}}

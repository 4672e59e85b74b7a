"""Augmentation in the page: each change equal to torchvision's on the same picture."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from emitted import vision


@pytest.fixture(scope="module")
def functional() -> Any:
    vision.torchvision()
    from torchvision.transforms.v2 import functional

    return functional


def test_each_change_is_torchvision_s(functional: Any, emitted: Any) -> None:
    torch.manual_seed(0)
    x = torch.rand(1, 32, 32)
    pixels = x.flatten().tolist()
    cases: list[tuple[str, list[float], torch.Tensor]] = [
        ("flip", [], functional.horizontal_flip(x)),
        ("crop", [1, 7], functional.crop(functional.pad(x, [4]), 7, 1, 32, 32)),
        *(("rotate", [angle], functional.rotate(x, angle)) for angle in (-9.3, 3.1, 7.7)),
        ("jitter", [1.15, 0.85], functional.adjust_contrast(functional.adjust_brightness(x, 1.15), 0.85)),
        ("erase", [3, 5, 8, 6], functional.erase(x, 5, 3, 6, 8, torch.zeros(1))),
    ]
    for name, args, theirs in cases:
        ours = torch.tensor(emitted("changed", name, pixels, args)).view(1, 32, 32)
        wrong = (ours - theirs).abs() > 1e-5
        assert wrong.float().mean() < 0.002, f"{name} {args}: {int(wrong.sum())} pixels"


def test_a_turn_gives_another_picture_and_the_same_one_again(emitted: Any) -> None:
    pixels = torch.rand(1024).tolist()
    first, again, other = (emitted("drawn", pixels, seed) for seed in (1, 1, 2))
    assert first == again and list(first) == ["crop", "flip", "rotate", "jitter", "erase"]
    assert all(first[name] != other[name] for name in first if name != "flip")
    assert all(0 <= value <= 1 for values in first.values() for value in values)

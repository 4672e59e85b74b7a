"""What is too much for every run: a seeded sample in ``make test``, all of it in ``make test-all`` and weekly in CI."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

WHOLE = bool(os.environ.get("TEST_ALL"))


def some(things: Sequence[Thing], count: int) -> list[Thing]:
    """So many of them, the same on every run and in their order; all of them if ``TEST_ALL`` is set."""
    if WHOLE or count >= len(things):
        return list(things)
    return [things[at] for at in sorted(random.Random(0).sample(range(len(things)), count))]

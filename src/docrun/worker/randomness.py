"""Random numbers that a program draws before it has set a seed: they make every cold build another one.

The global generators of ``random``, numpy and torch begin where the job says. Whoever seeds one, or ends, while it has
moved from there has drawn numbers that no seed decides.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

_BEGIN = 20_240_229  # any number that no program takes for its seed


class Randomness:
    """Looks on the global generators; ``unseeded`` names those that were drawn from without a seed."""

    def __init__(self, draw: int) -> None:
        self.unseeded: set[str] = set()
        self._begin = _BEGIN + draw
        self._states: dict[str, Any] = {}  # where a generator began, as long as nobody has seeded it
        self.look()

    def look(self) -> None:
        """Take care of the generators of what has been imported by now."""
        for name, watch in (("random", self._random), ("numpy.random", self._numpy), ("torch", self._torch)):
            module = sys.modules.get(name)
            if module and name not in self._states and _is_imported(module):
                watch(module)

    def finish(self) -> list[str]:
        """The modules whose global generator was drawn from without a seed."""
        for name in list(self._states):
            self._seeded(name)
        return sorted(self.unseeded)

    def _random(self, random: Any) -> None:
        random.seed(self._begin)
        self._watch("random", random, "seed", "setstate")

    def _numpy(self, random: Any) -> None:
        random.seed(self._begin)
        self._watch("numpy.random", random, "seed", "set_state")
        make = random.default_rng

        @functools.wraps(make)
        def default_rng(seed: Any = None) -> Any:
            if seed is None:
                self.unseeded.add("numpy.random")
            return make(seed)

        random.default_rng = default_rng

    def _torch(self, torch: Any) -> None:
        torch.default_generator.manual_seed(self._begin)
        self._watch("torch", torch, "manual_seed", "seed", "set_rng_state")
        self._watch("torch", torch.random, "manual_seed", "seed", "set_rng_state")

    def _watch(self, name: str, owner: Any, *setters: str) -> None:
        self._states[name] = _state(name)
        for setter in setters:
            setattr(owner, setter, self._noted(name, getattr(owner, setter)))

    def _noted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def noted(*arguments: Any, **named: Any) -> Any:
            if not arguments and not named:  # a seed from the system is no seed
                self.unseeded.add(name)
            self._seeded(name)
            return function(*arguments, **named)

        return noted

    def _seeded(self, name: str) -> None:
        began, self._states[name] = self._states[name], None
        if began is not None and began != _state(name):
            self.unseeded.add(name)


def _is_imported(module: Any) -> bool:
    """Whether its import has ended."""
    return not getattr(getattr(module, "__spec__", None), "_initializing", False)


def _state(name: str) -> Any:
    module: Any = sys.modules[name]
    if name == "torch":
        return module.get_rng_state().tolist()
    if name == "random":
        return module.getstate()
    kind, keys, *rest = module.get_state()
    return kind, keys.tobytes(), rest

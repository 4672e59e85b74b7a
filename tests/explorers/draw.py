"""Random states from a specification, the same limits that the controls of a page have."""

from __future__ import annotations

import math
import random
from typing import Any

Spec = dict[str, dict[str, Any]]


def value(field: dict[str, Any], rng: random.Random) -> Any:
    """One value that the field admits."""
    match field["kind"]:
        case "choice":
            return rng.choice(field["values"])
        case "flag":
            return rng.random() < 0.5
        case "integer":
            return rng.randint(field["min"], field["max"])
        case "log":
            return float(f"{math.exp(rng.uniform(math.log(field['min']), math.log(field['max']))):.3g}")
        case "numbers":
            count = rng.randint(1, field["most"])
            draw = rng.randint if field["whole"] else rng.uniform
            return sorted(draw(field["min"], field["max"]) for _ in range(count))
        case "letters":
            return "".join(rng.choice(field["alphabet"]) for _ in range(rng.randint(1, field["most"])))
        case "many":
            return rng.sample(field["values"], rng.randint(1, min(field["most"], len(field["values"]))))
        case _:
            return round(rng.uniform(field["min"], field["max"]), 3)


def state(spec: Spec, rng: random.Random) -> dict[str, Any]:
    """A whole state; now and then a field keeps its default or stands at a limit."""
    return {name: _often_special(field, rng) for name, field in spec.items()}


def _often_special(field: dict[str, Any], rng: random.Random) -> Any:
    kind = rng.random()
    if kind < 0.2:
        return field["fallback"]
    if kind < 0.3 and "min" in field and field["kind"] != "numbers":
        return rng.choice([field["min"], field["max"]])
    return value(field, rng)


def defaults(spec: Spec) -> dict[str, Any]:
    """The state that a page starts with."""
    return {name: field["fallback"] for name, field in spec.items()}

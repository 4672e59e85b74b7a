"""A hook of the stage's site: the words of the theme's scripts, which the plugin gives to the whole site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORDS = Path(__file__).parents[2] / "docs/theme/words/en.json"


def on_env(env: Any, **_: Any) -> Any:
    """Give them to all templates."""
    env.globals["site_words"] = json.loads(WORDS.read_text(encoding="utf-8"))["page"]
    return env

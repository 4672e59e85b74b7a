"""Published scripts: modules joined, no comments, short form: half the bytes. The repository's stay as they are.

Names stay long inside functions: no shortener that comes with pip renames them and is right (measured, see README).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import minify_html

from sitekit.bundle import bundles
from sitekit.modules import uncommented

_MODULE = re.compile(r"^(?:import|export)\b", re.M)
_OPEN, _CLOSE = "<script type=module>", "</script>"


def lighten(folder: Path) -> None:
    """Join and shorten every script of a published folder, in place. Raises ModuleError.

    Scripts that stand in the folder itself keep their addresses; modules in the folders below are parts of them.
    """
    folder = folder.resolve()
    texts = {script: script.read_text(encoding="utf-8") for script in sorted(folder.glob("*.js"))}
    texts |= bundles([script for script, text in texts.items() if _MODULE.search(text)])
    for modules in [each for each in folder.iterdir() if each.is_dir()]:
        shutil.rmtree(modules)
    for script, text in texts.items():
        script.parent.mkdir(exist_ok=True)
        script.write_text(shorten(text), encoding="utf-8")


def shorten(text: str) -> str:
    """A script that does the same in fewer bytes. Raises ValueError for one that cannot stand inside HTML."""
    if "</script" in text.lower():
        raise ValueError("a script that holds </script is not shortened: write <\\/script")
    # The shortener keeps documentation comments, which only authors read.
    short = minify_html.minify(f"{_OPEN}{uncommented(text)}{_CLOSE}", minify_js=True)
    return str(short).removeprefix(_OPEN).removesuffix(_CLOSE)

"""Load the definitions of a program's sections without running the rest of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

SNIPPETS = Path(__file__).parent.parent / "snippets"
_MARK = re.compile(r"#\s*--8<--\s*\[(start|end):([\w-]+)\]")


def _lines(text: str, sections: tuple[str, ...]) -> set[int]:
    lines: set[int] = set()
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if mark := _MARK.search(line):
            if mark[2].startswith(sections):
                inside = mark[1] == "start"
        elif inside:
            lines.add(number)
    return lines


def load(program: str, *sections: str) -> ModuleType:
    """Return a module with the imports of ``snippets/<program>.py`` and the sections whose names start like these.

    Without names, the ``from-scratch`` sections.

    What a test proves is then exactly what the page shows.
    """
    path = SNIPPETS / f"{program}.py"
    text = path.read_text(encoding="utf-8")
    shown = _lines(text, sections or ("from-scratch",))
    tree = ast.parse(text, str(path))
    tree.body = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom) or n.lineno in shown]
    module = ModuleType(path.stem)
    exec(compile(tree, str(path), "exec", dont_inherit=True), module.__dict__)
    return module

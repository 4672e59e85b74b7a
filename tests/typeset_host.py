"""A Python-Markdown host like any other, with the site's formula extensions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import markdown

from typeset import TypesetExtension

ROOT = Path(__file__).parents[1]
MACROS = ROOT / "docs/macros.tex"
EXTENSIONS = ["admonition", "attr_list", "footnotes", "md_in_html", "tables", "toc"]


def host(**options: Any) -> markdown.Markdown:
    """A converter that keeps nothing on disk unless told where."""
    options = {"macros": str(MACROS), "cache": "", **options}
    return markdown.Markdown(
        extensions=[*EXTENSIONS, "pymdownx.superfences", "pymdownx.arithmatex", TypesetExtension(**options)],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )

"""MathJax at build time: formulas in Markdown become inline SVG with MathML, and no script is left to run.

Source: MathJax 3 (Apache-2.0), https://www.mathjax.org, run in deno.
"""

from typeset.engine import close
from typeset.errors import EngineError, Problem, Report, TypesetError
from typeset.extension import TypesetExtension, makeExtension
from typeset.macros import MacroError, Macros
from typeset.portable import portable, writer
from typeset.typesetter import Typesetter

__all__ = [
    "EngineError",
    "MacroError",
    "Macros",
    "Problem",
    "Report",
    "TypesetError",
    "TypesetExtension",
    "Typesetter",
    "close",
    "makeExtension",
    "portable",
    "writer",
]

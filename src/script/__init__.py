"""Runs the site's own JavaScript modules at build time and in tests: one deno process that speaks JSON lines."""

from script.deno import Deno, Floats, ScriptError

__all__ = ["Deno", "Floats", "ScriptError"]

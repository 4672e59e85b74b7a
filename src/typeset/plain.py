"""A formula as a few plain characters, for places that hold no markup: tables of contents, page titles."""

from __future__ import annotations

import xml.etree.ElementTree as etree

_INDEX = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_POWER = str.maketrans("0123456789+-−=()niT*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵀ*")
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064\u200b")
_DOUBLE = {"E": "𝔼", "R": "ℝ", "N": "ℕ", "Z": "ℤ", "P": "ℙ"}


def _group(text: str) -> str:
    return text if len(text) == 1 or text.removeprefix("√").isalnum() else f"({text})"


def _script(text: str, table: dict[int, int], mark: str) -> str:
    text = text.strip()
    if all(ord(c) in table for c in text):
        return text.translate(table)
    return f"{mark}{_group(text)}"


def _scripts(parts: list[str], kind: str) -> str:
    base, rest = parts[0], parts[1:]
    low = _script(rest.pop(0), _INDEX, "_") if kind in ("msub", "munder", "msubsup", "munderover") else ""
    high = _script(rest.pop(0), _POWER, "^") if rest else ""
    return base + low + high


_ACCENTS = {"^": "\u0302", "~": "\u0303", "¯": "\u0304", "―": "\u0304", "˙": "\u0307", "→": "\u20d7"}


def _read(node: etree.Element) -> str:
    kind = node.tag
    if kind == "mtext":
        return node.text or ""
    if kind == "mo":
        text = (node.text or "").translate(_INVISIBLE)
        return f" {text} " if text in ("=", "≈", "≤", "≥", "<", ">", "∼", "→", "←", "≠", "∈") else text
    if kind == "mi" and node.get("mathvariant") == "double-struck":
        return _DOUBLE.get(node.text or "", node.text or "")
    if not len(node):
        return (node.text or "").translate(_INVISIBLE)
    parts = [_read(child) for child in node]
    if kind == "mfrac" and node.get("linethickness") == "0":
        return " ".join(parts)
    if kind == "mfrac":
        return f"{_group(parts[0].strip())}/{_group(parts[1].strip())}"
    if kind == "msqrt":
        return "√" + _group("".join(parts).strip())
    if kind == "mroot":
        return _script(parts[1], _POWER, "") + "√" + _group(parts[0].strip())
    if kind == "mover" and parts[1].strip() in _ACCENTS:
        return parts[0] + _ACCENTS[parts[1].strip()]
    if kind in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
        return _scripts(parts, kind)
    return ("; " if kind == "mtable" else " " if kind == "mtr" else "").join(parts)


def plain(mathml: str) -> str:
    """Readable text for the content of a ``<math>`` element: ``β₂``, ``1/√n``, ``x² = 4``."""
    return " ".join(_read(etree.fromstring(f"<mrow>{mathml}</mrow>")).split())

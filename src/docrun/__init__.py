"""Run the programs that pages embed, and show on the page what they printed and drew.

This is the face that other packages use; what it names is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docrun.author import page as page
    from docrun.author.page import Fence as Fence
    from docrun.author.page import Output as Output
    from docrun.errors import Fault as Fault
    from docrun.errors import PageError as PageError
    from docrun.errors import Place as Place
    from docrun.host import versions as versions
    from docrun.host.session import Session as Session
    from docrun.record import Drawing as Drawing
    from docrun.record import Record as Record
    from docrun.record import Shown as Shown
    from docrun.record import Warned as Warned
    from docrun.settings import Settings as Settings
    from docrun.show import prose as prose
    from docrun.show import render as render
    from docrun.show.head import Head as Head
    from docrun.worker.figures import tidy as tidy

_HOMES = {
    "Drawing": "record",
    "Fault": "errors",
    "Fence": "author.page",
    "Head": "show.head",
    "Output": "author.page",
    "PageError": "errors",
    "Place": "errors",
    "Record": "record",
    "Session": "host.session",
    "Settings": "settings",
    "Shown": "record",
    "Warned": "record",
    "edge": "edge",
    "files": "files",
    "page": "author.page",
    "prose": "show.prose",
    "render": "show.render",
    "tidy": "worker.figures",
    "versions": "host.versions",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'docrun' has no attribute {name!r}")
    module = import_module(f"docrun.{_HOMES[name]}")
    return module if _HOMES[name].rpartition(".")[2] == name else getattr(module, name)

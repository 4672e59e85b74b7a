"""Run the programs that pages embed, and show on the page what they printed and drew."""

from docrun.errors import Fault, PageError, Place
from docrun.record import Drawing, Record, Shown, Warned
from docrun.session import Session
from docrun.settings import Settings

__all__ = ["Drawing", "Fault", "PageError", "Place", "Record", "Session", "Settings", "Shown", "Warned"]

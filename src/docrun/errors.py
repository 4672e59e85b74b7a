"""What can go wrong, and where: faults as values, collected and shown all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Place:
    """A file, relative to the project's root, and a line in it, from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Fault:
    """One thing that an author has to mend: its cause in one line, where it is, and more detail if any."""

    cause: str
    page: Place | None = None
    program: Place | None = None
    detail: str = ""
    files: Mapping[str, str] | None = field(default=None, compare=False, repr=False)  # what a program had used

    def __str__(self) -> str:
        places = " → ".join(str(place) for place in (self.page, self.program) if place)
        return f"{places}: {self.cause}" if places else self.cause

    @property
    def report(self) -> str:
        """The fault with its detail (the author's frames, the last output) indented below it."""
        return "\n".join([str(self), *(f"    {line}".rstrip() for line in self.detail.splitlines())])

    def on(self, page: Place) -> Fault:
        """The same fault, seen from a page."""
        return replace(self, page=page)


class DocrunError(Exception):
    """Base of the errors that docrun raises on purpose."""


class SettingsError(DocrunError):
    """A setting is unknown or has the wrong type."""


class ProgramError(DocrunError):
    """A program cannot be read or cut into sections."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class PageError(DocrunError):
    """A page has faults; raised where no host collects them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(fault.report for fault in faults))
        self.faults = faults

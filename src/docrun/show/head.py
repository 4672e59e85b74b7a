"""What every download says of itself: where it is from, under which licence, what it ran with, how to get that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_GUARDS = "Folded cells hold the checks behind the page's sentences. They run, and show nothing as long as all is well."
_TRUST = "JupyterLab draws the figures once you run the notebook, or trust it."


@dataclass(frozen=True)
class Head:
    """A page as its downloads name it. ``url`` and ``licence`` may be empty; ``versions`` begin with Python's."""

    title: str
    url: str = ""
    licence: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def comment(self) -> str:
        """Comment lines for the top of a program."""
        said = [self.title, self.url, *self._facts()]
        return "".join(f"# {line}\n" for line in said if line)

    def markdown(self, guards: bool, figures: bool) -> str:
        """A notebook's first cell. ``guards``: it has folded cells; ``figures``: it has drawings."""
        *facts, install = [*self._facts()] if self.versions else [*self._facts(), ""]
        source = f"From [{self.url}]({self.url})." if self.url else ""
        words = " ".join([part for part in (source, *(f"{fact.rstrip('.')}." for fact in facts)) if part])
        notes = [note for note, wanted in ((_GUARDS, guards), (_TRUST, figures)) if wanted]
        code = f"```text\n{install}\n```" if install else ""
        return "\n\n".join(part for part in (f"# {self.title}", words, code, " ".join(notes)) if part)

    def _facts(self) -> Iterator[str]:
        if self.licence:
            yield self.licence
        if self.versions:
            short = {name: version.partition("+")[0] for name, version in self.versions.items()}
            yield "Ran with " + ", ".join(f"{name} {version}" for name, version in short.items())
            packages = [f"{name}=={version}" for name, version in short.items() if name != "Python"]
            yield f"pip install {' '.join(packages)}" if packages else ""

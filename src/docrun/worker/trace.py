"""An exception, told in the author's own frames."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from docrun.worker.job import Job

_RUNNER = Path(__file__).parent.parent
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Trace:
    """The cause in one line, the line of the program, and the frames that belong to the author."""

    cause: str
    line: int | None
    detail: str = ""


class Stop(Exception):
    """The run ends here with a fault."""

    def __init__(self, cause: str, line: int | None, detail: str = "") -> None:
        super().__init__(cause)
        self.trace = Trace(cause, line, detail)


def explain(error: BaseException, job: Job, line: int) -> Trace:
    """Tell what an exception means for the author of the program; ``line`` is the statement's."""
    root, program = Path(job.root), str(Path(job.root, job.path))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _own(frame.filename, root)]
    line = next((f.lineno for f in reversed(frames) if f.filename == program and f.lineno), line)
    if isinstance(error, SyntaxError) and error.filename == program:
        line = error.lineno or line
    detail = "".join(traceback.format_list([_short(frame, root) for frame in frames]))
    cause, *more = _cause(error, job)
    if cause == "AssertionError" and frames and frames[-1].line:
        cause = f"AssertionError: {frames[-1].line}"
    return Trace(clean(cause), line, clean("\n".join([detail.rstrip(), *more]).strip("\n")))


def clean(text: str) -> str:
    """The text without what no terminal and no file takes: lone surrogates, control characters."""
    return _ODD.sub(lambda odd: odd[0].encode("unicode_escape").decode(), text)


def _cause(error: BaseException, job: Job) -> list[str]:
    """The lines of the message: the cause, and what a longer message says below it."""
    said = "".join(traceback.format_exception_only(error)).strip().splitlines() or [type(error).__name__]
    text = said[-1] if isinstance(error, SyntaxError) else said[0]
    if isinstance(error, SystemExit):
        return [f"the program ended itself early, with sys.exit({'' if error.code is None else error.code})"]
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error) or "bad_alloc" in str(error):
        return [f"out of memory: the limit is {job.memory} MB ({text})"]
    if isinstance(error, EOFError) and "reading a line" in str(error):
        return [f"{text}: a program has no input"]
    return [text] if isinstance(error, SyntaxError) else said


def _own(filename: str, root: Path) -> bool:
    path = Path(filename)
    if not path.is_absolute() or not path.is_relative_to(root) or path.is_relative_to(_RUNNER):
        return False
    return "site-packages" not in path.relative_to(root).parts


def _short(frame: traceback.FrameSummary, root: Path) -> traceback.FrameSummary:
    name = Path(frame.filename).relative_to(root).as_posix()
    return traceback.FrameSummary(name, frame.lineno, frame.name, line=frame.line)

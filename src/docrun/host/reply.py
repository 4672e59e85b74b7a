"""What the server says of a run, read as a record or a fault."""

from __future__ import annotations

import json
import platform
import signal
from typing import Any

from docrun.author.program import Program
from docrun.errors import Fault, Place
from docrun.host import versions
from docrun.record import Record, Warned, sections
from docrun.settings import Settings


def read(program: Program, reply: dict[str, Any], settings: Settings) -> Record | Fault:
    """The outcome of a run; a reply that makes no sense is a fault too, told at the program."""
    try:
        return _outcome(program, reply, settings)
    except Exception as error:
        return Fault(f"docrun does not understand its server: {error!r}", program=Place(program.path))


def _outcome(program: Program, reply: dict[str, Any], settings: Settings) -> Record | Fault:
    if reply.get("over") == "cancelled":
        return Fault("cancelled", program=Place(program.path))
    if reason := reply.get("failed"):
        return Fault(f"docrun could not start the program: {reason}", program=Place(program.path))
    result = json.loads(reply["result"]) if reply["result"] else None
    if result is None:
        return _died(program, reply, settings)
    if fault := result.get("fault"):
        place = Place(program.path, fault["line"])
        return Fault(fault["cause"], program=place, detail=fault["detail"], files=result.get("files"))
    return Record(
        sections(result["sections"]),
        tuple(Warned(**warned) for warned in result["warnings"]),
        result["seconds"],
        platform.python_version(),
        versions.used({*result["named"], *result["new"]}, result["loaded"]),
        versions.direct(result["named"]),
        result["files"],
        tuple(result["modules"]),
        tuple(result["unseeded"]),
        result["outside"],
    )


def _died(program: Program, reply: dict[str, Any], settings: Settings) -> Fault:
    """The fault of a program whose process ended without an account of itself."""
    line = _line_in(reply["stack"], program) or (int(reply["line"]) if reply["line"] else None)
    status = reply["status"]
    if reply["over"] == "output":
        cause = f"the program wrote too much: its limit is {settings.output:,} bytes of text and figures"
    elif reply["over"] == "time" or "Timeout (" in reply["stack"]:
        cause = f"the program ran longer than its limit of {settings.timeout:g} s"
    elif status < 0:
        name = signal.strsignal(-status) or "unknown"
        memory = f"; its memory limit is {settings.memory} MB" if -status == signal.SIGKILL else ""
        cause = f"the program was ended by signal {-status} ({name}){memory}"
    else:
        cause = f"the program ended its own process, with status {status}"
    return Fault(cause, program=Place(program.path, line), detail=reply["tail"].strip())


def _line_in(stack: str, program: Program) -> int | None:
    for line in stack.splitlines():
        before, found, after = line.partition('", line ')
        if found and before.endswith(program.path):
            return int(after.split()[0])
    return None

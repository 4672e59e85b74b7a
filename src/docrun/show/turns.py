"""Several programs in one notebook: each has names and random numbers of its own, as it had when the site was built."""

from __future__ import annotations

from pathlib import PurePosixPath

# Names that begin with an underscore are the kernel's. What a program sets elsewhere (rcParams) is shared.
_SETUP = """\
# The page shows several programs. Each has names, random numbers and a default type of its own: this keeps them apart.
import sys as _sys

_kept, _now = {{}}, {first!r}
_kernel = ("In", "Out", "get_ipython", "exit", "quit", "open")


def _turn_to(program):
    global _now
    torch, names = _sys.modules.get("torch"), globals()
    own = {{name: names[name] for name in names if not name.startswith("_") and name not in _kernel}}
    _kept[_now] = own, torch and torch.get_rng_state(), torch and torch.get_default_dtype()
    for name in own:
        del names[name]
    others, state, dtype = _kept.get(program, ({{}}, None, torch and torch.float32))
    names.update(others)
    if state is not None:
        torch.set_rng_state(state)
    if dtype is not None:
        torch.set_default_dtype(dtype)
    if pyplot := _sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
    _now = program
"""


def setup(first: str) -> str:
    """Code for the top of a notebook whose first program is ``first`` (its path)."""
    return _SETUP.format(first=PurePosixPath(first).name).rstrip("\n")


def turn(program: str) -> str:
    """Code that goes on with another program (its path)."""
    return f"_turn_to({PurePosixPath(program).name!r})"


def beside(files: dict[str, str]) -> list[str]:
    """Cells that write the modules which a program imports, by name, into the notebook's folder or below it."""
    folders = sorted({parent for name in files if (parent := PurePosixPath(name).parent.as_posix()) != "."})
    made = [f"import os\n\nfor folder in {folders}:\n    os.makedirs(folder, exist_ok=True)"] if folders else []
    return made + [f"%%writefile {name}\n{text}".rstrip("\n") for name, text in sorted(files.items())]

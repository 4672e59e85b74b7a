# --8<-- [start:imports]
import ast
import linecache
import re
import sys
import textwrap
import warnings
from contextlib import contextmanager

# --8<-- [end:imports]

# --8<-- [start:says]
SAID, CURED = [], []


def show(name, text):
    """Print a text under its name, without the place where torch was compiled."""
    text = re.sub(r"[(]Triggered internally at [^)]*[)]", "", text)
    print(f"{name}\n{textwrap.indent(text.strip(), '    ')}")


@contextmanager
def says(name):
    """Print what torch says inside: an error, or the last warning."""
    SAID.append(name)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            yield
        except Exception as error:
            show(name, f"{type(error).__name__}: {error}")
        else:
            assert heard, f"{name}: torch says nothing"
            show(name, f"{heard[-1].category.__name__}: {heard[-1].message}")
# --8<-- [end:says]


# --8<-- [start:cure]
class cure:
    """Print the lines inside; they run, without an error and without a warning."""

    def __init__(self, name):
        self.name, self.quiet = name, warnings.catch_warnings()

    def __enter__(self):
        frame = sys._getframe(1)
        lines = linecache.getlines(frame.f_code.co_filename)
        parts = ast.walk(ast.parse("".join(lines)))
        blocks = [part for part in parts if isinstance(part, ast.With)]
        mine = next(part for part in blocks if part.lineno == frame.f_lineno)
        body = lines[mine.body[0].lineno - 1 : mine.end_lineno]
        show(f"{self.name}-cure", textwrap.dedent("".join(body)))
        self.quiet.__enter__()
        warnings.simplefilter("error")

    def __exit__(self, *error):
        self.quiet.__exit__(*error)
        CURED.append(self.name)
# --8<-- [end:cure]

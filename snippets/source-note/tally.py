# --8<-- [start:imports]
import contextlib
import io
import runpy
from collections import Counter
from pathlib import Path

# --8<-- [end:imports]

# --8<-- [start:programs]
PROGRAMS = {
    "initialization": ["initialization"],
    "losses": ["losses", "formulas"],
    "optimizers": ["optimizers", "descent"],
}


def verdicts(program):
    """Run a program of this folder; the second word of each line that it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(Path(__file__).with_name(f"{program}.py")))
    return [line.split()[1] for line in printed.getvalue().splitlines()]


def line(part, counts):
    kinds = "holds", "condition", "changed", "wrong"
    four = " ".join(f"{counts[kind]:4} {kind}" for kind in kinds)
    return f"{part:14} {four} {counts.total():5} claims"
# --8<-- [end:programs]


# --8<-- [start:tally]
everything = Counter()
for part, programs in PROGRAMS.items():
    counts = Counter()
    for program in programs:
        counts.update(verdicts(program))
    everything += counts
    print(line(part, counts))
print(line("all", everything))
# --8<-- [end:tally]
assert everything.total() == 144, "in its order: 144 claims, in our words"
assert set(everything) == {"holds", "condition", "changed", "wrong"}, "no claim stays unexplained"
assert everything["holds"] == 144 / 2, "Half of all claims simply hold"
assert everything.total() - everything["holds"] == 72, "Of the other 72"
assert everything["condition"] == 33, "33 hold if a condition is added"
assert everything["changed"] == 11, "Of the eleven that changed"

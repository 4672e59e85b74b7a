# --8<-- [start:imports]
import contextlib
import io
import runpy
from collections import Counter
from pathlib import Path

# --8<-- [end:imports]


# --8<-- [start:verdicts]
def verdicts(program):
    """Run a program of this folder; the verdict behind each name that it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(Path(__file__).with_name(f"{program}.py")))
    lines = [line.split() for line in printed.getvalue().splitlines()]
    return {words[0]: words[1] for words in lines if words[0] != "torch"}


def part_of(program, name):
    if name == "clip-value-empty":
        return "general"
    if name.startswith("demo-"):
        return "losses"
    if program == "scheduler_faults":
        return "schedulers"
    return "optimizers" if program in ("optimizer_faults", "texts") else program


def source_of(name):
    texts = "paper-", "d2l-", "distill-", "labml-", "notes-", "demo-"
    if name.startswith(texts):
        return "texts"
    manual = name.startswith("manual-") or name == "trunc-normal-warning"
    return "manual" if manual and name != "manual-compiled" else "code"
# --8<-- [end:verdicts]


# --8<-- [start:tally]
PROGRAMS = ["initialization", "losses", "optimizers", "optimizer_faults",
            "schedulers", "scheduler_faults", "texts"]
parts, sources = {}, Counter()
for program in PROGRAMS:
    for name, verdict in verdicts(program).items():
        for part in (part_of(program, name), "all"):
            parts.setdefault(part, Counter())[verdict] += 1
        sources[source_of(name)] += 1
kinds = "holds", "condition", "changed", "wrong"
print("part          ", *kinds, "entries", sep="  ")
for part in [*(part for part in parts if part != "all"), "all"]:
    counts = [*(parts[part][kind] for kind in kinds), parts[part].total()]
    print(f"{part:14}", *(f"{count:4}" for count in counts), sep="  ")
# --8<-- [end:tally]
assert parts["all"].total() == 81, "Here are 81 entries that we met while we wrote this site"
assert sources["manual"] == 43, "43 from torch's manual"
assert sources["code"] == 26, "26 where its code does something else than promised"
assert sources["texts"] == 12, "12 from a paper, a course, articles and notes"

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
    """Run a program of this folder; the verdict behind each name that it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(Path(__file__).with_name(f"{program}.py")))
    lines = [line.split() for line in printed.getvalue().splitlines()]
    return {words[0]: words[1] for words in lines}


def line(part, counts):
    kinds = "holds", "condition", "changed", "wrong"
    numbers = *(counts[kind] for kind in kinds), counts.total()
    return "  ".join([f"{part:14}", *(f"{number:4}" for number in numbers)])
# --8<-- [end:programs]


# --8<-- [start:tally]
everything = {}
print("part            holds  condition  changed  wrong  claims")
for part, programs in PROGRAMS.items():
    found = {}
    for program in programs:
        found |= verdicts(program)
    everything |= found
    print(line(part, Counter(found.values())))
print(line("all", Counter(everything.values())))
# --8<-- [end:tally]
total = Counter(everything.values())
assert len(everything) == 144, "in its order: 144 claims, in our words"
assert set(total) == {"holds", "condition", "changed", "wrong"}, "no claim stays unexplained"
assert total["holds"] == 144 / 2, "Half of all claims simply hold"
assert len(everything) - total["holds"] == 72, "Of the other 72"
assert total["condition"] == 33, "33 hold if a condition is added"
assert total["changed"] == 11, "Of the eleven that changed"
changed = {name for name, verdict in everything.items() if verdict == "changed"}
mean = {"layer-30", "layer-31", "printed-tensor"}
assert mean < changed, "three come from how std() sums its mean"
assert {"grad-zeros", "saved-state"} < changed, "two from zero_grad() leaving None"
rest = {"grad-fn", "options", "count", "ten-optimizers", "construct", "step-count"}
assert changed - mean - {"grad-zeros", "saved-state"} == rest, (
    "the others from names, counts, a new option and parts that were removed")

# --8<-- [start:claim]
def show(value):
    """Write values alike: equal means equal in every digit shown."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def claim(name, told, found, **reasons):
    """Compare what a text tells with what torch gives; print the verdict."""
    told, found = show(told), show(found)
    reasons = {reason: show(value) for reason, value in reasons.items()}
    if told == found:  # and what if a condition is dropped?
        verdict = "holds" if reasons.get("without", told) == told else "condition"
    elif reasons.get("then") == told:  # the old behaviour, rebuilt by hand
        verdict = "changed"
    else:  # wrong, if the correction gives what torch gives
        verdict = "wrong" if reasons.get("right") == found else "unexplained"
    values = found if told == found else f"{told} | {found}"
    values += f" (else {reasons['without']})" if verdict == "condition" else ""
    print(f"{name:26} {verdict:10} {values}")
# --8<-- [end:claim]

# --8<-- [start:outcome]
def outcome(code, **names):
    """What happens if this code is run: "runs", or the name of its error."""
    try:
        exec(code, names)
        return "runs"
    except Exception as error:
        return type(error).__name__
# --8<-- [end:outcome]

# --8<-- [start:outcome]
def outcome(call, *inputs, **options):
    """What happens at this call: "runs", or the name of its error."""
    try:
        call(*inputs, **options)
        return "runs"
    except Exception as error:
        return type(error).__name__
# --8<-- [end:outcome]

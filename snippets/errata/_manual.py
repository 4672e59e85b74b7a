# --8<-- [start:says]
def says(documented, *phrases):
    """Stop, unless the manual still says these phrases of a class or function."""
    text = " ".join(documented.__doc__.split())
    for phrase in phrases:
        assert phrase in text, f"the manual no longer says: {phrase}"
# --8<-- [end:says]

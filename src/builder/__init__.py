"""The builder's ground: what torch offers, read from the installed torch when the site is built."""

from builder.table import table

__all__ = ["table"]

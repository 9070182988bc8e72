"""Tables that leave the desk: a spreadsheet must compute nothing that a stranger wrote."""

from __future__ import annotations

#: A cell that begins with one of these is a formula to a spreadsheet (OWASP: CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(text: str) -> str:
    """The text as a cell that stays text; NUL is taken out because readers stop there."""
    clean = text.replace("\x00", "")
    return f"'{clean}" if clean.lstrip(" ").startswith(FORMULA_STARTS) else clean

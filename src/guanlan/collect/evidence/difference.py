"""What stands on a page now and did not when it was kept, and the other way round.

Unlike the watching of a page for news (``guanlan.collect.kinds.changes``), nothing is too small here: a
figure of casualties that was changed is the very thing that evidence is kept for.
"""

from __future__ import annotations

from guanlan.collect.kinds import Change
from guanlan.collect.kinds.watched import MOST_LINES

#: Characters of one line that are shown; a page may be one line of megabytes.
LONGEST_LINE = 2000


def compare(before: str, after: str) -> Change:
    """Lines of the extracted text that were added and removed, in the order of their page.

    Blanks inside a line do not count. At most MOST_LINES lines of each side are looked at.
    """
    old, new = _lines(before), _lines(after)
    known, present = set(old), set(new)
    return Change(
        added=tuple(line for line in new if line not in known),
        removed=tuple(line for line in old if line not in present),
        lines=new,
    )


def _lines(text: str) -> tuple[str, ...]:
    lines = (" ".join(line.split())[:LONGEST_LINE] for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))[:MOST_LINES]

"""Time-ordered ids: the newest fifty are one walk down the primary key.

An id is ``milliseconds since 1970 << 20 | 20 random bits`` and fits 63 bits until the year 2248.
Sorting by it sorts by publication; the search index uses it as its row number (technology.md, part 1.2).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

TAIL_BITS = 20
#: Draws before giving up; with 2^20 tails a second collision is already rare.
MAX_DRAWS = 50


def time_ordered_id(moment: datetime, tail: int | None = None) -> int:
    """An id for ``moment`` (aware). ``tail`` is random unless given."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    bits = secrets.randbits(TAIL_BITS) if tail is None else tail & ((1 << TAIL_BITS) - 1)
    return milliseconds << TAIL_BITS | bits


def first_id(moment: datetime) -> int:
    """The smallest id of ``moment``: ``id >= first_id(t)`` means "published at or after t"."""
    return time_ordered_id(moment, tail=0)


def moment_of(identifier: int) -> datetime:
    """The moment an id stands for, to the millisecond."""
    return datetime.fromtimestamp((identifier >> TAIL_BITS) / 1000, tz=UTC)


def fresh_ids(moments: Sequence[datetime], taken: Callable[[Collection[int]], set[int]]) -> list[int]:
    """One unused id for each moment, in order. ``taken`` says which of some ids exist already."""
    ids: list[int] = [0] * len(moments)
    used: set[int] = set()
    open_places = list(range(len(moments)))
    for _ in range(MAX_DRAWS):
        drawn = {place: time_ordered_id(moments[place]) for place in open_places}
        exists = taken(drawn.values())
        for place, value in drawn.items():
            if value not in exists and value not in used:
                ids[place] = value
                used.add(value)
        open_places = [place for place in open_places if not ids[place]]
        if not open_places:
            return ids
    raise RuntimeError(f"no free id for {len(open_places)} documents after {MAX_DRAWS} draws")

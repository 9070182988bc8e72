"""What names a place goes by: its full and short name, and those of the streets and towns below it.

The gazetteer is data (``packs/places``). A name is only expanded when it means one place: 朝阳区 alone is in
Beijing and in Changchun, so it stays a plain word; 长春市朝阳区 does not. Short names count where they can hardly mean
anything else (柳州, 融水; not 和平, 朝阳), names below where no other division of the country bears them.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACK = Path(__file__).parent.parent.parent / "packs" / "places" / "divisions.tsv.gz"
#: A province has about three thousand names below it.
MAX_NAMES = 5_000
#: Code lengths of province, city, county; below them come streets and towns.
RANKS = (2, 4, 6, 9)

_NAMED = re.compile("[省市县区旗州盟镇乡道]$")
_LONG = re.compile("(?:自治|各族)")


@dataclass(frozen=True, slots=True)
class Division:
    """One place. ``short`` is empty where a short name would be ambiguous; ``alone``: nobody else bears the name."""

    code: str
    name: str
    short: str
    alone: bool

    def names(self) -> Iterator[str]:
        """Every way to say it that can hardly mean another place."""
        if self.alone:
            yield self.name
        if self.short:
            yield self.short
        if self.short and _LONG.search(self.name):
            yield self.short + self.name[-1]  # 融水县 for 融水苗族自治县


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    divisions: tuple[Division, ...]  # by code
    by_name: dict[str, tuple[Division, ...]]
    by_code: dict[str, Division]


@cache
def _gazetteer() -> _Gazetteer:
    rows = gzip.decompress(PACK.read_bytes()).decode().splitlines()
    divisions = []
    for row in rows:
        code, name, short, alone = row.split("\t")
        divisions.append(Division(code, name, short, alone == "1"))
    by_name: dict[str, tuple[Division, ...]] = {}
    for one in divisions:
        said = (one.name, one.short + one.name[-1]) if _LONG.search(one.name) else (one.name,)
        for name in said:
            by_name[name] = (*by_name.get(name, ()), one)
    return _Gazetteer(tuple(divisions), by_name, {one.code: one for one in divisions})


def place_named(name: str) -> Division | None:
    """The one division a full name means, also behind the name of one above it (长春市朝阳区)."""
    if len(name) < 2 or not _NAMED.search(name):
        return None
    found = _gazetteer().by_name.get(name, ())
    if not found:
        found = tuple(
            one
            for cut in range(2, len(name) - 1)
            for one in _gazetteer().by_name.get(name[cut:], ())
            if _is_below(one, name[:cut])
        )
    return found[0] if len(found) == 1 else None


def _is_below(one: Division, head: str) -> bool:
    above = (_gazetteer().by_code.get(one.code[:rank]) for rank in RANKS if rank < len(one.code))
    said = {name for one in above if one for name in (*one.names(), one.name, one.name[:-1])}
    return head in said


def place_names(name: str) -> tuple[str, ...]:
    """``name`` and, where it means one place, what else says that place or a part of it. At most MAX_NAMES."""
    place = place_named(name)
    if place is None:
        return (name,)
    names = dict.fromkeys([name, *place.names()])
    for below in _gazetteer().divisions:
        if below.code != place.code and below.code.startswith(place.code):
            names |= dict.fromkeys(below.names())
    return tuple(names)[:MAX_NAMES]

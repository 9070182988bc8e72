"""Starter lists of sources: public outlets and authorities by name and address, for a person to review.

``sources/national.csv`` is for every body, ``sources/<profile>.csv`` for those of one profile. They are facts
anybody can look up; that an address still answers is not promised, and nothing of them is visited before a
person has looked at it.
"""

from __future__ import annotations

from guanlan.packs.load import PACKS

FOLDER = PACKS / "sources"
NATIONAL = "national"


def starter_names() -> list[str]:
    """Names of all lists."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def starter_list(name: str) -> bytes:
    """One list as a table. Raises KeyError when there is none of this name."""
    if name not in starter_names():
        raise KeyError(name)
    return (FOLDER / f"{name}.csv").read_bytes()


def starters_of(profile: str) -> list[bytes]:
    """The lists of a profile, its own before the national one."""
    return [starter_list(name) for name in (profile, NATIONAL) if name in starter_names()]

"""Rows to work on and rows to report on, told apart by the rows themselves.

Every labelled row belongs for ever to one part: *validation* (a fifth) or *tuning* (the rest). Nobody
chooses a constant, a feature or a training row by looking at validation rows; what the handbook and
docs/quality.md report was measured on them. The part hangs on the text alone, so the same text in two
files, or in a file sorted another way, never stands on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

Row = TypeVar("Row")

#: One row in five is kept apart.
FOLDS = 5
#: Letters and digits that decide; what follows may be cut or decorated by a repost.
KEY_CHARACTERS = 64


class Rows(StrEnum):
    """Which rows of labelled files count."""

    ALL = "all"
    TUNING = "tuning"
    VALIDATION = "validation"


def part_of(key: str) -> Rows:
    """The part of the row known by ``key``: its text, the host of a page, the id of an event.

    Spaces, punctuation and case do not matter, nor what follows the first 64 letters.
    """
    return Rows.VALIDATION if number_of(key) % FOLDS == 0 else Rows.TUNING


def number_of(key: str, purpose: str = "") -> int:
    """A number of 32 bits by the letters that decide; another one for each ``purpose``."""
    letters = "".join(mark for mark in key.casefold() if mark.isalnum())[:KEY_CHARACTERS]
    return int.from_bytes(sha256(f"{purpose}{letters}".encode()).digest()[:4], "big")


def keep(rows: Iterable[Row], wanted: Rows, key: Callable[[Row], str]) -> Iterator[Row]:
    """The rows of one part, in order; all of them for ``Rows.ALL``."""
    return (row for row in rows if wanted is Rows.ALL or part_of(key(row)) is wanted)

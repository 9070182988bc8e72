"""The shape of a printed brief: words only, in the order of the paper.

Nothing in a sheet is markup. A footnote mark is a number between MARK and UNMARK, two characters that
``rules.printable`` takes out of everything that was collected or typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK, UNMARK = "\ue000", "\ue001"
_MARKED = re.compile(f"{MARK}(\\d+){UNMARK}")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a highlight with its lines, or a table (``rows``, the first being its head)."""

    text: str = ""
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A numbered section."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is printed, from 报头 to 报尾."""

    language: str
    title: str
    secrecy: str
    issue: str
    unit: str
    day: str
    verdict_label: str
    verdict: str
    parts: tuple[Part, ...]
    coverage: tuple[str, ...]
    notes: tuple[str, ...]
    corrections: tuple[str, ...]
    lists: tuple[str, ...]
    hands: tuple[str, ...]
    draft: str  # empty once it is issued


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """``text`` cut at its footnote marks: (words, False) and (number, True)."""
    for place, piece in enumerate(_MARKED.split(text)):
        if piece:
            yield piece, bool(place % 2)

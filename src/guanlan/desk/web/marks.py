"""Putting <mark> into text that may be hostile: everything is escaped piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Ranges = Iterable[Sequence[int]]
#: A reader cannot use more marks than this in one text, and a hostile query must not make them.
MOST_MARKS = 500


def merged(ranges: Ranges, length: int) -> list[tuple[int, int]]:
    """Sorted, clipped to ``length`` and joined where they touch; nonsense is dropped."""
    clean = sorted((max(0, r[0]), min(length, r[1])) for r in ranges if len(r) == 2)
    joined: list[tuple[int, int]] = []
    for start, end in clean:
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined[:MOST_MARKS]


def mark_spans(text: str, ranges: Ranges) -> SafeString:
    """``text`` escaped, with each [start, end) of ``ranges`` (characters) in <mark>."""
    pieces: list[str] = []
    at = 0
    plain = str(text)
    for start, end in merged(ranges, len(plain)):
        pieces += [str(escape(plain[at:start])), "<mark>"]
        pieces += [str(escape(plain[start:end])), "</mark>"]
        at = end
    pieces.append(str(escape(plain[at:])))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped above


def mark_terms(text: str, terms: Iterable[str]) -> SafeString:
    """``text`` escaped, with every occurrence of any of ``terms`` (any case) in <mark>."""
    wanted = sorted({term for term in terms if term}, key=len, reverse=True)
    if not wanted:
        return mark_spans(text, ())
    pattern = re.compile("|".join(re.escape(term) for term in wanted), re.IGNORECASE)
    return mark_spans(text, [match.span() for match in pattern.finditer(str(text))])


def shifted(ranges: Ranges, offset: int) -> list[tuple[int, int]]:
    """Ranges of title + newline + text moved to the text alone (those before it vanish)."""
    return [(r[0] - offset, r[1] - offset) for r in ranges if len(r) == 2 and r[1] > offset]

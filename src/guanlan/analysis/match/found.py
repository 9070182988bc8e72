"""Matches of a batch: decided as columns for all its texts at once, made into objects text by text when read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.match.finding import Column
from guanlan.analysis.match.judging import MAX_SPANS, result
from guanlan.analysis.match.making import LENGTH_BITS, SPANS, matched
from guanlan.analysis.match.themes import Theme
from guanlan.analysis.types import Span, ThemeMatch


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """What the numbers in columns stand for."""

    themes: tuple[Theme, ...]
    keys: NDArray[np.object_]  # of the themes
    loose: NDArray[np.bool_]  # whether a word of the theme may stand for another
    lines: NDArray[np.object_]
    line_of: Column  # of each word of a theme, the line that has it
    number_of: Column  # and the word
    terms: NDArray[np.object_]  # of each word, alone in a tuple
    unsure: NDArray[np.bool_]  # whether it may stand in a text otherwise than it is written here


class Widths(NamedTuple):
    """In a number that holds a whole row, the bits of the theme, of start and length, and of the word of the theme.

    The number of the text stands before them.
    """

    theme: int
    start: int
    length: int
    owner: int


class _Lists(NamedTuple):
    """What the matches of a batch are made of: one list for all its texts is faster than one for each."""

    keys: list[int]  # of each match
    lines: list[str]
    themes: list[int]
    rows_from: list[int]  # and where one more would begin
    several: list[int]  # matches of several rows
    loose: list[int]  # matches whose words may stand for others
    spans: list[tuple[Span]]  # of each row, alone in a tuple
    terms: list[tuple[str, ...]]
    unsure: list[int]  # rows whose term is yet to be read in the text
    numbers: Column


@dataclass(frozen=True, eq=False)
class Decided:
    """Which theme matched which text, where, and by which line: by text, then in the order of the themes."""

    book: Book
    texts: Sequence[str]
    bounds: list[int]  # the first match of each text, and where that of one more would be
    firsts: Column  # the first row of each match
    rows: Column  # one number each
    widths: Widths

    def each(self) -> Iterator[Sequence[ThemeMatch]]:
        """What was found in each text."""
        for at, (first, last) in enumerate(pairwise(self.bounds)):
            yield Found(self, at) if last > first else ()

    def made(self, at: int) -> tuple[ThemeMatch, ...]:
        """The matches of one text as objects."""
        lists, text = self._lists, self.texts[at]
        first, last = self.bounds[at : at + 2]
        rows_from, every_span, every_term = lists.rows_from, lists.spans, lists.terms
        for row in _within(lists.unsure, rows_from[first], rows_from[last]):
            [one] = every_span[row]
            every_term[row] = (text[one.start : one.end],)
        spans: list[tuple[Span, ...]] = [every_span[row] for row in rows_from[first:last]]
        terms = [every_term[row] for row in rows_from[first:last]]
        for match in _within(lists.several, first, last):
            rows = slice(rows_from[match], min(rows_from[match] + MAX_SPANS, rows_from[match + 1]))
            spans[match - first] = sum(every_span[rows], ())  # faster than a chain of so few
            terms[match - first] = sum(dict.fromkeys(every_term[rows]), ())
        made = list(map(matched, lists.keys[first:last], lists.lines[first:last], spans, terms))
        for match in _within(lists.loose, first, last):
            theme = self.book.themes[lists.themes[match]]
            made[match - first] = result(theme, lists.lines[match], self._hits(match), text)
        return tuple(made)

    @cached_property
    def _lists(self) -> _Lists:
        book, firsts, row, widths = self.book, self.firsts, self.rows, self.widths
        owned, row = row & _mask(widths.owner), row >> widths.owner
        lengths, row = row & _mask(widths.length), row >> widths.length
        spans = (row & _mask(widths.start)) << LENGTH_BITS | lengths
        numbers = book.number_of[owned]
        themes = row[firsts] >> widths.start & _mask(widths.theme)
        lines = np.minimum.reduceat(book.line_of[owned], firsts)
        return _Lists(
            keys=book.keys[themes].tolist(),
            lines=book.lines[lines].tolist(),
            themes=themes.tolist(),
            rows_from=[*firsts.tolist(), len(row)],
            several=np.flatnonzero(np.diff(firsts, append=len(row)) > 1).tolist(),
            loose=np.flatnonzero(book.loose[themes]).tolist(),
            spans=list(map(SPANS.__getitem__, spans.tolist())),
            terms=book.terms[numbers].tolist(),
            unsure=np.flatnonzero(book.unsure[numbers]).tolist(),
            numbers=numbers,
        )

    def _hits(self, match: int) -> list[tuple[int, int, int]]:
        rows = slice(*self._lists.rows_from[match : match + 2])
        spans, numbers = self._lists.spans[rows], self._lists.numbers[rows].tolist()
        return [(one.start, one.end, number) for [one], number in zip(spans, numbers, strict=True)]


def _mask(bits: int) -> int:
    return (1 << bits) - 1


def _within(numbers: list[int], first: int, last: int) -> list[int]:
    """Of numbers in order those from ``first`` to before ``last``."""
    return numbers[bisect_left(numbers, first) : bisect_left(numbers, last)] if numbers else numbers


class Found(Sequence[ThemeMatch]):
    """What was found in one text: equals the tuple of its matches, which are made once one of them is read."""

    __slots__ = ("_at", "_decided", "_length", "_made")

    def __init__(self, decided: Decided, at: int) -> None:
        self._decided: Decided | None = decided
        self._at = at
        self._length = decided.bounds[at + 1] - decided.bounds[at]
        self._made: tuple[ThemeMatch, ...] = ()

    def _all(self) -> tuple[ThemeMatch, ...]:
        decided = self._decided
        if decided is not None:
            self._made = decided.made(self._at)
            self._decided = None  # after the matches, so that two threads may read at once
        return self._made

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[ThemeMatch]:
        return iter(self._all())

    @overload
    def __getitem__(self, place: int) -> ThemeMatch: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[ThemeMatch, ...]: ...
    def __getitem__(self, place: int | slice) -> ThemeMatch | tuple[ThemeMatch, ...]:
        return self._all()[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Found):
            return self._all() == other._all()
        return self._all() == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[type[tuple[ThemeMatch, ...]], tuple[tuple[ThemeMatch, ...]]]:
        return tuple, (self._all(),)

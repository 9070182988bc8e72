"""Themes that are lists of words without conditions: who matched is read off tables, for many texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.match.columns import Columns
from guanlan.analysis.match.finding import Column, Rows
from guanlan.analysis.match.found import Book, Decided, Widths
from guanlan.analysis.match.themes import Theme, Vocabulary
from guanlan.analysis.match.variants import MAX_MARKS

#: What one number can hold.
BITS = 63


class SimpleThemes:
    """Which themes each word belongs to, and by which of their lines."""

    def __init__(self, themes: Sequence[Theme], vocabulary: Vocabulary) -> None:
        words = len(vocabulary.exact) + len(vocabulary.hidden)
        owners: list[list[tuple[int, int]]] = [[] for _ in range(words)]
        lines: list[str] = []
        for place, theme in enumerate(themes):
            if theme.simple:
                for number in frozenset().union(*(block.groups[0].words for block in theme.lists[0])):
                    owners[number].append((place, len(lines) + theme.block_of.get(number, 0)))
                lines += [block.written for block in theme.lists[0]]
        counts = np.array([len(owned) for owned in owners], dtype=np.int64)
        self._counts, self._from = counts, np.cumsum(counts) - counts
        self._fewest, self._most = int(counts.min(initial=1)), int(counts.max(initial=1))
        flat = np.array([*chain.from_iterable(owners)], dtype=np.int64).reshape(-1, 2)
        self._theme_of, line_of = flat.T.copy()
        numbers = np.arange(words)
        numbers[len(vocabulary.exact) :] -= words  # hidden words count from the end, as lists do
        self._theme_bits, self._owner_bits = _bits_of(len(themes)), _bits_of(len(flat))
        longest = [len(word) for word in vocabulary.exact]
        longest += [len(word) * (MAX_MARKS + 1) for word in vocabulary.hidden]
        self._length_bits = _bits_of(max(longest, default=0))
        self._bits_left = BITS - self._theme_bits - self._owner_bits - self._length_bits
        self._keys = np.array([theme.key for theme in themes], dtype=np.int64)
        self._book = Book(
            themes=tuple(themes),
            keys=_objects([theme.key for theme in themes]),
            loose=np.array([bool(theme.stands_for) for theme in themes], dtype=bool),
            lines=_objects(lines),
            line_of=line_of,
            number_of=np.repeat(numbers, counts),
            terms=_objects([*zip(vocabulary.exact), *[()] * len(vocabulary.hidden)]),
            unsure=np.array([*map(_unsure, vocabulary.exact), *[True] * len(vocabulary.hidden)], dtype=bool),
        )

    def columns(self, rows: Rows, text_starts: Column) -> Columns:
        """Rows of texts that were joined; ``text_starts`` are the offsets of each in what was read."""
        starts, ends, owned = self._owned(rows)
        texts = np.searchsorted(text_starts, starts, side="right") - 1
        offsets = text_starts[texts]
        return Columns(texts, self._keys[self._theme_of[owned]], starts - offsets, ends - offsets)

    def fit(self, texts: Sequence[str]) -> bool:
        """Whether ``decided`` can hold what these texts may have: only giants among themes and texts do not."""
        return _bits_of(len(texts)) + _bits_of(max(map(len, texts))) <= self._bits_left

    def decided(self, rows: Rows, texts: Sequence[str], text_starts: Column) -> Decided:
        """The matches of texts that were joined: by text, theme and place."""
        starts, ends, owned = self._owned(rows)
        at = np.searchsorted(text_starts, starts, side="right") - 1
        # All of a row in one number, first what rows are sorted by: numbers sort in a third of the time that rows
        # take.
        widths = Widths(self._theme_bits, _bits_of(max(map(len, texts))), self._length_bits, self._owner_bits)
        row = (at << widths.theme | self._theme_of[owned]) << widths.start | (starts - text_starts[at])
        row = (row << widths.length | (ends - starts)) << widths.owner | owned
        row.sort()
        matches = row >> widths.start + widths.length + widths.owner
        changes = np.ones(len(matches), dtype=bool)
        np.not_equal(matches[1:], matches[:-1], out=changes[1:])
        firsts = np.flatnonzero(changes)
        text_firsts = np.arange(len(texts) + 1) << widths.theme
        bounds = np.searchsorted(matches[firsts], text_firsts).tolist()
        return Decided(self._book, texts, bounds, firsts, row, widths)

    def _owned(self, rows: Rows) -> tuple[Column, Column, Column]:
        """Starts and ends with a row for each theme that a word belongs to, and where it stands in the tables."""
        starts, ends, numbers = rows
        owned = self._from[numbers]
        if self._most > 1:  # a word of several themes makes several rows
            counts = self._counts[numbers]
            chosen = np.repeat(np.arange(len(numbers)), counts)
            owned = owned[chosen] + np.arange(len(chosen)) - np.repeat(np.cumsum(counts) - counts, counts)
        elif self._fewest == 0:
            chosen = np.flatnonzero(self._counts[numbers])
            owned = owned[chosen]
        else:
            return starts, ends, owned
        return starts[chosen], ends[chosen], owned


def _unsure(word: str) -> bool:
    """Whether a word may stand in capitals; or behind half a character, which is read as a question mark."""
    return word.upper() != word or word.lower() != word or "?" in word


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    return np.fromiter(values, dtype=object, count=len(values))


def _bits_of(most: int) -> int:
    """How many bits hold a number from 0 to ``most``."""
    return most.bit_length()

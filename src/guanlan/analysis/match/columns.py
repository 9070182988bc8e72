"""Matches as columns: for counting over very many texts, without an object for each match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.match.finding import Place
from guanlan.analysis.match.themes import Theme

Column = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """One row for each span of each match: number of the text, key of the theme, start, end.

    Rows stand by text; within a text in no promised order.
    """

    texts: Column
    themes: Column
    starts: Column
    ends: Column

    def __len__(self) -> int:
        return len(self.texts)


class SimpleThemes:
    """Which themes each word belongs to, for themes that are lists of words without conditions."""

    def __init__(self, themes: Sequence[Theme], words: int) -> None:
        owners: list[list[int]] = [[] for _ in range(words)]
        for theme in themes:
            if theme.simple:
                for number in frozenset().union(*(block.groups[0].words for block in theme.lists[0])):
                    owners[number].append(theme.key)
        self._counts = np.array([len(keys) for keys in owners], dtype=np.int64)
        self._from = np.cumsum(self._counts) - self._counts
        self._keys = np.array(list(chain.from_iterable(owners)), dtype=np.int64)

    def rows(self, found: Sequence[Place], text_starts: Column) -> Columns:
        """Rows of texts that were joined; ``text_starts`` are the offsets of each in what was read."""
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=3 * len(found)).reshape(-1, 3)
        starts, ends, numbers = flat[:, 0], flat[:, 1], flat[:, 2]
        numbers = np.where(numbers < 0, numbers + len(self._counts), numbers)
        counts = self._counts[numbers]
        owned = self._from[numbers]
        if counts.max(initial=0) > 1:  # a word of several themes makes several rows
            rows = np.repeat(np.arange(len(flat)), counts)
            within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
            starts, ends, owned = starts[rows], ends[rows], owned[rows] + within
        elif counts.min(initial=1) == 0:
            kept = counts > 0
            starts, ends, owned = starts[kept], ends[kept], owned[kept]
        texts = np.searchsorted(text_starts, starts, side="right") - 1
        offsets = text_starts[texts]
        return Columns(texts, self._keys[owned], starts - offsets, ends - offsets)


def together(parts: Sequence[Columns]) -> Columns:
    """Columns of several pieces as one."""
    names = ("texts", "themes", "starts", "ends")
    none = np.empty(0, dtype=np.int64)
    return Columns(*(np.concatenate([none, *(getattr(part, name) for part in parts)]) for name in names))

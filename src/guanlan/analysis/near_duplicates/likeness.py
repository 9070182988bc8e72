"""How alike texts are that are kept whole: true Jaccard of runs of three, and letters kept in order.

The pairs of a batch are worked on together, as rows of matrices whose widths are powers of two: sorting
short rows is thirty times as fast as sorting one long array. A handful of pairs is quicker in plain Python.
Both ways give the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from guanlan.analysis.signature import width_classes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: From this many pairs on numpy is quicker than a loop.
MANY = 6
#: Cells of the largest matrix, so that a crowd of pairs takes no more than a few megabytes.
MOST_CELLS = 1 << 19
#: No run looks like this: two of its three letters would be no letters.
_NONE = np.uint64(0xFFFFFFFFFFFFFFFF)
_WORD = 64


@dataclass(frozen=True, slots=True)
class Side:
    """One text of each pair: its units begin at ``starts`` in ``units`` and are ``sizes`` many."""

    units: NDArray[np.uint16]
    starts: Ints
    sizes: Ints

    def of(self, chosen: Ints) -> Side:
        """The same for some of the pairs."""
        return Side(self.units, self.starts[chosen], self.sizes[chosen])

    def row(self, pair: int) -> list[int]:
        """The units of one text."""
        start = int(self.starts[pair])
        row: list[int] = self.units[start : start + int(self.sizes[pair])].tolist()
        return row

    def matrix(self, width: int, padding: int) -> NDArray[np.uint16]:
        """The units of all texts, padded to ``width``."""
        columns, room = np.arange(width), len(self.units) - width
        cells: NDArray[np.uint16]
        if len(self.starts) and room >= int(self.starts.max()):
            cells = sliding_window_view(self.units, width)[
                self.starts
            ]  # whole rows: sooner than cell by cell
        else:
            cells = self.units[np.minimum(self.starts[:, None] + columns, len(self.units) - 1)]
        np.copyto(cells, padding, where=_beyond(width, self.sizes))
        return cells


def jaccards(ones: Side, others: Side) -> Floats:
    """Jaccard of the distinct runs of three of each pair; 0 where neither has any."""
    if len(ones.starts) < MANY:
        return np.array([_jaccard(ones.row(at), others.row(at)) for at in range(len(ones.starts))])
    made: Floats = np.zeros(len(ones.starts))
    longest = np.maximum(ones.sizes, others.sizes)
    for width, chosen in _portions(longest, 2):
        made[chosen] = _jaccards(ones.of(chosen), others.of(chosen), width)
    return made


def _jaccard(one: list[int], two: list[int]) -> float:
    mine = set(zip(one, one[1:], one[2:], strict=False))
    other = set(zip(two, two[1:], two[2:], strict=False))
    common = len(mine & other)
    return common / (len(mine) + len(other) - common or 1)


def _jaccards(ones: Side, others: Side, width: int) -> Floats:
    (mine, count), (other, other_count) = _runs_of_each(ones, width), _runs_of_each(others, width)
    both = np.concatenate((mine, other), axis=1)
    both.sort(axis=1)
    met = _counts(both[:, 1:] == both[:, :-1])
    common = met - np.maximum(2 * width - count - other_count - 1, 0)  # those that are none meet at the end
    made: Floats = common / np.maximum(count + other_count - common, 1)
    return made


def _runs_of_each(side: Side, width: int) -> tuple[NDArray[np.uint64], Ints]:
    """``_distinct_runs`` and how many they are, made once for a text that stands in several pairs."""
    # an empty text begins where the next one does
    place = side.starts * 2 + (side.sizes > 0)
    _, first, rows = np.unique(place, return_index=True, return_inverse=True)
    runs = _distinct_runs(side.of(first), width)
    return runs[rows], _counts(runs != _NONE)[rows]


def _distinct_runs(side: Side, width: int) -> NDArray[np.uint64]:
    """The runs of each text as numbers, sorted; repeated and missing ones are ``_NONE``."""
    cells = side.matrix(width + 2, 0).astype(np.uint64)
    runs: NDArray[np.uint64] = cells[:, 2:] << np.uint64(16)
    runs |= cells[:, 1:-1]
    runs <<= np.uint64(16)
    runs |= cells[:, :-2]
    np.copyto(runs, _NONE, where=_beyond(width, side.sizes - 2))
    runs.sort(axis=1)
    repeated = runs[:, 1:] == runs[:, :-1]
    np.copyto(runs[:, 1:], _NONE, where=repeated)
    return runs


def _beyond(width: int, sizes: Ints) -> NDArray[np.bool_]:
    """Which cells of rows of ``width`` lie beyond the size of each row."""
    # small numbers are compared three times as fast; no row is wider than WHOLE
    beyond: NDArray[np.bool_] = np.arange(width, dtype=np.int16) >= sizes.astype(np.int16)[:, None]
    return beyond


def _counts(marks: NDArray[np.bool_]) -> Ints:
    """How many of each row are true."""
    counts: Ints = marks.view(np.uint8).sum(axis=1, dtype=np.uint16).astype(np.int64)
    return counts


def kept_letters(ones: Side, others: Side) -> Floats:
    """Share of the letters of both that stand in the same order in both: 1 - edits / letters.

    The longest common subsequence by bits, one word for 64 letters (Hyyrö 2004).
    """
    common = np.zeros(len(ones.starts))
    if len(common) < MANY:
        common[:] = [_common(ones.row(at), others.row(at)) for at in range(len(common))]
    else:
        longest = np.maximum(ones.sizes, others.sizes)
        for width, chosen in _portions(longest, 0):
            common[chosen] = _commons(ones.of(chosen), others.of(chosen), max(width, _WORD))
    shares: Floats = 2 * common / np.maximum(ones.sizes + others.sizes, 1)
    return shares


def _common(one: list[int], two: list[int]) -> int:
    places: dict[int, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    full = (1 << len(one)) - 1
    free = full
    for letter in two:
        if letter in places:
            taken = free & places[letter]
            free = (free + taken | free - taken) & full
    return len(one) - free.bit_count()


def _commons(ones: Side, others: Side, width: int) -> Ints:
    rows = ones.matrix(width, 0)  # 0 and 1 are no letters: the padding never meets
    columns = others.matrix(int(others.sizes.max()), 1).T.copy()
    words = width // _WORD
    free = np.full((words, len(rows)), 0xFFFFFFFFFFFFFFFF, np.uint64)
    for letters in columns:
        places = np.packbits(rows == letters[:, None], axis=1, bitorder="little").view("<u8")
        if words == 1:
            taken = free[0] & places[:, 0]
            free[0] = free[0] + taken | free[0] - taken
            continue
        carry = np.zeros(len(rows), np.uint64)
        for word in range(words):
            old = free[word]
            taken = old & places[:, word]
            total = old + taken
            over = total < old
            total += carry
            carry = (over | (total < carry)).astype(np.uint64)
            free[word] = total | (old - taken)
    kept: Ints = np.bitwise_count(~free).sum(axis=0).astype(np.int64)
    return kept


def _portions(sizes: Ints, less: int) -> Iterator[tuple[int, Ints]]:
    """Pairs of like size together, few enough for one matrix."""
    for width, chosen in width_classes(np.maximum(sizes - less, 1)):
        rows = max(1, MOST_CELLS // width)
        for start in range(0, len(chosen), rows):
            yield width, chosen[start : start + rows]

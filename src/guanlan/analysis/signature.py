"""Short signatures of texts: the smallest hashes of their runs (bottom-k MinHash).

Hashing a run is a random draw that comes out the same for the same run, so the ``k`` smallest hashes of
a text are a fair sample of its runs, and two texts that share runs share samples (Broder 1997; one hash
and ``k`` values instead of ``k`` hashes: Cohen and Kaplan 2007). All texts of a batch are hashed together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.shingles import MIN_LETTERS, Reading
from guanlan.analysis.types import ANALYSIS_VERSION, Fingerprint

#: Version of the hashing; part of the version of every fingerprint.
HASHING = "2"
#: Copies are looked for by runs of five: where one character in ten is edited .59 of them survive, and
#: strangers share them seldom. With ``ANCHORS`` samples a copy at that distance is missed once in 10^5.
ANCHOR_WIDTH = 5
ANCHORS = 24

#: Texts worked on together, and their characters: enough to spread the cost of a call, and 30 MB at most.
CHUNK = 512
CHUNK_CHARACTERS = 500_000

_VERSION = f"{ANALYSIS_VERSION}.{HASHING}"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_32 = np.uint64(32)
#: No hash has this value; it fills rows up.
_NONE = np.uint32(0xFFFFFFFF)

Item = TypeVar("Item")
Hashes = NDArray[np.uint32]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Samples:
    """``values``: the kept hashes of all texts, text after text, ascending in each; ``kept`` of each text,
    and ``distinct`` runs it has.
    """

    values: Hashes
    kept: Counts
    distinct: Counts

    def each(self) -> list[bytes]:
        """The kept hashes of one text after the other, 4 bytes each, little endian."""
        data, ends = self.values.astype("<u4").tobytes(), (4 * np.cumsum(self.kept)).tolist()
        return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True, slots=True)
class Signed:
    """A batch of readings with the hashes that name (``exacts``) and find (``anchors``) them."""

    readings: Sequence[Reading]
    exacts: list[bytes]
    anchors: Samples

    def fingerprints(self) -> list[Fingerprint]:
        """The same as the caller keeps it, one for each text."""
        distinct = self.anchors.distinct.tolist()
        parts = zip(self.exacts, self.anchors.each(), distinct, strict=True)
        return [Fingerprint(exact, anchors, runs, _VERSION) for exact, anchors, runs in parts]


def sign(readings: Sequence[Reading]) -> Signed:
    """Hash a batch of readings. A text under ``MIN_LETTERS`` gets no anchors: it is only ever equal."""
    letters = [reading.letters for reading in readings]
    exacts = [blake2b(one.encode("utf-8", "surrogatepass"), digest_size=16).digest() for one in letters]
    long_enough = [one if len(one) >= MIN_LETTERS else "" for one in letters]
    return Signed(readings, exacts, samples(long_enough, ANCHOR_WIDTH, ANCHORS))


def in_chunks(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Lists of at most ``CHUNK`` items and about ``CHUNK_CHARACTERS`` characters, in order."""
    chunk: list[Item] = []
    room = CHUNK_CHARACTERS
    for item in items:
        chunk.append(item)
        room -= size(item)
        if room <= 0 or len(chunk) == CHUNK:
            yield chunk
            chunk, room = [], CHUNK_CHARACTERS
    if chunk:
        yield chunk


def samples(letters: Sequence[str], width: int, keep: int) -> Samples:
    """The ``keep`` smallest hashes of the runs of ``width`` characters of each text.

    Time and memory grow with the sum of the lengths (about 60 bytes a character while it runs).
    """
    lengths = np.fromiter(map(len, letters), np.int64, len(letters))
    codes = np.frombuffer("".join(letters).encode("utf-32-le", "surrogatepass"), np.uint32)
    hashes, starts = _hashes(codes, width), np.cumsum(lengths) - lengths
    runs = np.maximum(lengths - width + 1, 0)
    kept, distinct = np.zeros_like(runs), np.zeros_like(runs)
    parts: list[tuple[Counts, Hashes]] = []
    for columns, chosen in width_classes(runs):
        cells = np.arange(columns)
        rows = hashes[np.minimum(starts[chosen, None] + cells, len(hashes) - 1)]
        rows[cells >= runs[chosen, None]] = _NONE
        values, kept[chosen], distinct[chosen] = _smallest(rows, keep)
        parts.append((chosen, values))
    return Samples(_in_order(parts, kept), kept, distinct)


def width_classes(sizes: Counts) -> Iterator[tuple[int, Counts]]:
    """Powers of two, and the places of the sizes that they hold; sizes of 0 are left out.

    Work on many short rows is done in matrices of one width, as sorting short rows is thirty times as fast
    as sorting one long array.
    """
    classes = np.zeros(len(sizes), np.int64)
    np.log2(np.maximum(sizes, 1), out=(floor := np.empty(len(sizes))))
    classes[:] = np.ceil(floor)
    classes[sizes == 0] = -1
    for exponent in np.unique(classes[classes >= 0]).tolist():
        yield 1 << exponent, np.flatnonzero(classes == exponent)


def _hashes(codes: NDArray[np.uint32], width: int) -> Hashes:
    """Hash of the run that begins at each character; those that reach into the next text mean nothing."""
    total = max(0, len(codes) - width + 1)
    wide = codes.astype(np.uint64)
    mixed = wide[:total].copy()
    for step in range(1, width):
        mixed *= _FACTOR
        mixed += wide[step : step + total]
    mixed ^= mixed >> _32
    mixed *= _MIX
    return np.minimum((mixed >> _32).astype(np.uint32), _NONE - np.uint32(1))


def _smallest(rows: Hashes, keep: int) -> tuple[Hashes, Counts, Counts]:
    """The kept values row after row, how many of each row, and the distinct ones of each row."""
    rows.sort(axis=1)
    first = rows != _NONE
    first[:, 1:] &= rows[:, 1:] != rows[:, :-1]
    distinct = first.sum(axis=1)
    if rows.shape[1] > keep:
        first &= first.cumsum(axis=1, dtype=np.int32) <= keep
    return rows[first], np.minimum(distinct, keep), distinct


def _in_order(parts: Iterable[tuple[Counts, Hashes]], kept: Counts) -> Hashes:
    """The values of all texts in the order of the texts."""
    starts, values = np.cumsum(kept) - kept, np.zeros(int(kept.sum()), np.uint32)
    for chosen, found in parts:
        sizes = kept[chosen]
        within = np.arange(len(found)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        values[np.repeat(starts[chosen], sizes) + within] = found
    return values

"""Where near duplicates are looked for: the anchors of all texts in one compact hash table.

A slot (0, 1, 2 …) is one text. Its anchors lie in one row of ``ANCHORS`` places; entries of one bucket
are chained, newest first. About 290 bytes a slot. Batches are linked and looked up by numpy, single texts
by plain loops over the same memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.signature import ANCHORS, Samples

#: Newest entries looked at in one bucket: form letters and hashtags fill buckets and would slow every
#: query; a copy shares other anchors with its source as well.
MAX_CHAIN = 64
_FIRST_SLOTS = 256
_GROWTH = 2

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Meetings:
    """Pairs of a query and an earlier slot that share ``shared`` anchors, query after query."""

    queries: NDArray[np.int64]
    slots: NDArray[np.int64]
    shared: NDArray[np.int64]


class AnchorTable:
    """Anchors by slot, and slots by anchor."""

    def __init__(self) -> None:
        self._used = 0
        self._room(_FIRST_SLOTS)

    def __len__(self) -> int:
        return self._used

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._anchors.nbytes + self._next.nbytes + self._kept.nbytes + self._heads.nbytes

    def append(self, batch: Samples, chosen: Sequence[int]) -> None:
        """Store the ``chosen`` texts of a batch as the next slots."""
        if self._used + len(chosen) > self._slots:
            self._grow(self._used + len(chosen))
        rows = np.asarray(chosen, np.int64)
        kept = batch.kept[rows]
        starts = (np.cumsum(batch.kept) - batch.kept)[rows]
        place = np.arange(int(kept.sum())) - np.repeat(np.cumsum(kept) - kept, kept)
        slots = np.repeat(np.arange(self._used, self._used + len(rows)), kept)
        entries = slots * ANCHORS + place
        self._anchors[entries] = batch.values[np.repeat(starts, kept) + place]
        self._kept[self._used : self._used + len(rows)] = kept
        self._used += len(rows)
        self._link(entries)

    def append_one(self, anchors: Sequence[int]) -> None:
        """Store the anchors of one text as the next slot."""
        if self._used == self._slots:
            self._grow(self._used + 1)
        heads, following, stored = self._heads_view, self._next_view, self._anchors_view
        entry = self._used * ANCHORS
        self._kept[self._used] = len(anchors)
        self._used += 1
        for anchor in anchors:
            bucket = anchor & self._mask
            stored[entry] = anchor
            following[entry] = heads[bucket]
            heads[bucket] = entry
            entry += 1

    def anchors_of(self, slot: int) -> bytes:
        """The anchors of one slot, 4 bytes each, little endian."""
        start = slot * ANCHORS
        return self._anchors[start : start + int(self._kept[slot])].astype("<u4").tobytes()

    def candidates(self, anchors: Sequence[int]) -> dict[int, int]:
        """Slots that share at least one anchor, with the number shared."""
        heads, following, stored = self._heads_view, self._next_view, self._anchors_view
        shared: dict[int, int] = {}
        for anchor in anchors:
            entry, left = heads[anchor & self._mask], MAX_CHAIN
            while entry >= 0 and left:
                if stored[entry] == anchor:
                    slot = entry // ANCHORS
                    shared[slot] = shared.get(slot, 0) + 1
                entry = following[entry]
                left -= 1
        return shared

    def meetings(self, batch: Samples, before: Sequence[int]) -> Meetings:
        """``candidates`` of each text of a batch among the slots under its number in ``before``."""
        owners = np.repeat(np.arange(len(batch.kept)), batch.kept)
        limits = np.asarray(before, np.int64)[owners]
        entries = self._heads[batch.values & np.uint32(self._mask)]
        values = batch.values
        found: list[NDArray[np.int64]] = []
        left = np.full(len(values), MAX_CHAIN, np.int32)
        while len(values):
            slots = entries // ANCHORS
            earlier = slots < limits
            hit = earlier & (self._anchors[entries] == values) & (entries >= 0)
            found.append(owners[hit] << 32 | slots[hit])
            left -= earlier
            entries = self._next[entries]
            going = (entries >= 0) & (left > 0)
            entries, values, owners = entries[going], values[going], owners[going]
            limits, left = limits[going], left[going]
        pairs, shared = np.unique(np.concatenate(found), return_counts=True) if found else _NOTHING
        return Meetings(pairs >> 32, pairs & 0xFFFFFFFF, shared)

    def _room(self, slots: int) -> None:
        """Empty arrays for ``slots`` slots."""
        size = 1 << (slots * ANCHORS - 1).bit_length()
        self._slots, self._mask = slots, size - 1
        self._anchors = np.zeros(slots * ANCHORS, np.uint32)
        self._next: Ints = np.full(slots * ANCHORS, -1, np.int32)
        self._kept = np.zeros(slots, np.uint8)
        self._heads: Ints = np.full(size, -1, np.int32)
        self._anchors_view, self._next_view = self._anchors.data, self._next.data
        self._heads_view = self._heads.data

    def _grow(self, slots: int) -> None:
        """Room for more; every chain is made anew, in the old order."""
        anchors, kept = self._anchors, self._kept
        self._room(max(slots, int(self._slots * _GROWTH)))
        self._anchors[: len(anchors)], self._kept[: len(kept)] = anchors, kept
        rows = np.arange(self._used * ANCHORS)
        self._link(rows[rows % ANCHORS < np.repeat(self._kept[: self._used], ANCHORS)])

    def _link(self, entries: NDArray[np.int64]) -> None:
        """Put entries, oldest first, at the heads of their buckets."""
        buckets = (self._anchors[entries] & np.uint32(self._mask)).astype(np.int64)
        both = buckets << 32 | entries  # sorting one number is far quicker than a stable order of two
        both.sort()
        buckets, entries = both >> 32, both & 0xFFFFFFFF
        same = buckets[1:] == buckets[:-1]
        older = self._heads[buckets]  # right for the first entry of each bucket
        older[1:][same] = entries[:-1][same]
        self._next[entries] = older
        self._heads[buckets] = entries  # of several the last one stays: the newest


_NOTHING = (np.zeros(0, np.int64), np.zeros(0, np.int64))

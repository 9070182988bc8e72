"""Where near duplicates are looked for: bands of a MinHash signature in one compact hash table.

Two texts of Jaccard ``j`` share a band of ``ROWS`` values with probability ``j ** ROWS``. With 21 bands
of 3 a pair at .57 (one character in ten edited) is met with .986, at .5 with .94; 16 bands of 4 would
meet it with .83 only. Chance meetings cost a comparison each, not a wrong answer.
"""

from __future__ import annotations

import struct
from array import array

import numpy as np

PERMUTATIONS = 64
SEED = 20261123
ROWS = 3
BANDS = PERMUTATIONS // ROWS  # the 64th value is kept for the estimate, not for a band
#: Newest entries looked at in one bucket: form letters fill buckets and would slow every query.
MAX_CHAIN = 48
_FIRST_SIZE = 1 << 12
_WORDS = struct.Struct(f"<{PERMUTATIONS}I")
_ROW_STARTS = range(0, BANDS * ROWS, ROWS)
_NO_BANDS = array("i", [-1]) * BANDS


class BandTable:
    """Slots (0, 1, 2 …) by the bands of their signatures. About 420 bytes a slot."""

    def __init__(self) -> None:
        self.signatures = array("I")
        self._next = array("i")  # slot * BANDS + band: the slot before this one in the same bucket
        self._size = _FIRST_SIZE  # buckets of each band
        self._heads = array("i", [-1]) * (BANDS * _FIRST_SIZE)
        self._unlinked = array("i")

    def __len__(self) -> int:
        return len(self.signatures) // PERMUTATIONS

    def append(self, signature: bytes, *, findable: bool) -> None:
        """Store the next slot's signature; ``findable`` puts it under its bands."""
        slot = len(self)
        self.signatures.frombytes(signature)
        self._next.extend(_NO_BANDS)
        if slot >= self._size:
            self._grow(self._size * 2)
        if not findable:
            self._unlinked.append(slot)
            return
        heads, following = self._heads, self._next
        entry = slot * BANDS
        for bucket in self._buckets(_WORDS.unpack(signature)):
            following[entry] = heads[bucket]
            heads[bucket] = slot
            entry += 1

    def candidates(self, signature: bytes) -> dict[int, int]:
        """Slots that share at least one band, with the number of bands shared."""
        words = _WORDS.unpack(signature)
        heads, following, signatures = self._heads, self._next, self.signatures
        shared: dict[int, int] = {}
        for band, bucket in enumerate(self._buckets(words)):
            at = band * ROWS
            slot = heads[bucket]
            left = MAX_CHAIN
            while slot >= 0 and left:
                there = slot * PERMUTATIONS + at
                if (
                    signatures[there] == words[at]
                    and signatures[there + 1] == words[at + 1]
                    and signatures[there + 2] == words[at + 2]
                ):
                    shared[slot] = shared.get(slot, 0) + 1
                slot = following[slot * BANDS + band]
                left -= 1
        return shared

    def _buckets(self, words: tuple[int, ...]) -> list[int]:
        size, mask = self._size, self._size - 1
        return [
            ((words[at] ^ (words[at + 1] << 3) ^ (words[at + 2] << 6)) & mask) + start
            for at, start in zip(_ROW_STARTS, range(0, BANDS * size, size), strict=True)
        ]

    def _grow(self, size: int) -> None:
        """Twice the buckets; chains are rebuilt at once, newest first as before."""
        words = np.frombuffer(self.signatures, dtype=np.uint32).reshape(-1, PERMUTATIONS).astype(np.uint64)
        left, middle, right = (words[:, row : BANDS * ROWS : ROWS] for row in range(ROWS))
        buckets = (left ^ (middle << np.uint64(3)) ^ (right << np.uint64(6))) & np.uint64(size - 1)
        heads = np.full((BANDS, size), -1, dtype=np.int32)
        following = np.full((len(words), BANDS), -1, dtype=np.int32)
        linked = np.ones(len(words), dtype=bool)
        linked[-1] = False  # the slot being appended, whose turn comes after
        linked[np.frombuffer(self._unlinked, dtype=np.int32)] = False
        slots = np.flatnonzero(linked).astype(np.int32)
        for band in range(BANDS):
            mine = buckets[slots, band].astype(np.int64)
            order = np.argsort(mine, kind="stable")
            chain, ends = slots[order], mine[order]
            same = ends[1:] == ends[:-1]
            following[chain[1:][same], band] = chain[:-1][same]
            heads[band, ends] = chain  # of several the last one stays: the newest
        self._size = size
        self._heads = array("i", heads.tobytes())
        self._next = array("i", following.tobytes())

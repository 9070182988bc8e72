"""What is kept of each text so that another can be compared with it.

A text of up to ``WHOLE`` letters is kept whole, so its Jaccard and its edits are true; of a longer one the
``SKETCH`` smallest hashes of its runs are kept, which estimate the Jaccard without bias (standard error
.036 at .5). Letters are kept as units of two bytes; one outside the basic plane counts as two.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.near_duplicates.likeness import Ints, Side
from guanlan.analysis.shingles import WIDTH, Reading
from guanlan.analysis.signature import samples

#: Longest text kept whole, in letters: 2 bytes each, as many as a sketch takes.
WHOLE = 400
#: Hashes kept of a longer text.
SKETCH = 192
#: Figures kept of one text, enough to see that a form was filled in anew.
MAX_FIGURES = 16

_HEAD = struct.Struct("<IIB")  # letters, distinct runs (0: kept whole), figures


@dataclass(frozen=True, slots=True)
class Kept:
    """One text: letters it has, distinct runs (0 where ``units`` are all its letters, else ``units`` hold
    its sketch), crc32 of its figures in order.
    """

    size: int
    distinct: int
    figures: tuple[int, ...]
    units: bytes

    def pack(self) -> bytes:
        """The text as bytes; ``unpack`` gives it back. About 130 bytes for a post, 800 for a page."""
        figures = struct.pack(f"<{len(self.figures)}I", *self.figures)
        return _HEAD.pack(self.size, self.distinct, len(self.figures)) + figures + self.units

    @classmethod
    def unpack(cls, data: bytes) -> Kept:
        """The text that was packed. Raises struct.error on anything else."""
        size, distinct, count = _HEAD.unpack_from(data)
        figures = struct.unpack_from(f"<{count}I", data, _HEAD.size)
        return cls(size, distinct, figures, data[_HEAD.size + 4 * count :])


def keep(readings: Sequence[Reading]) -> list[Kept]:
    """What to keep of each text of a batch."""
    long = [one.letters for one in readings if len(one.letters) > WHOLE]
    sketched = samples(long, WIDTH, SKETCH) if long else None
    sketches = iter(zip(sketched.each(), sketched.distinct.tolist(), strict=True) if sketched else ())
    made = []
    for one in readings:
        figures = _figures(one.figures)
        if len(one.letters) > WHOLE:
            units, distinct = next(sketches)
            made.append(Kept(len(one.letters), distinct, figures, units))
        else:
            units = one.letters.encode("utf-16-le", "surrogatepass")
            made.append(Kept(len(units) // 2, 0, figures, units))
    return made


def _figures(stated: frozenset[str]) -> tuple[int, ...]:
    return tuple(sorted(crc32(figure.encode()) for figure in stated)[:MAX_FIGURES]) if stated else ()


@lru_cache(maxsize=64)
def sketch_of(kept: Kept) -> tuple[frozenset[int], int]:
    """The sketch of a text, made now where the text is kept whole, and its distinct runs."""
    if kept.distinct:
        return frozenset(struct.unpack(f"<{len(kept.units) // 4}I", kept.units)), kept.distinct
    made = samples((str(kept.units, "utf-16-le", "surrogatepass"),), WIDTH, SKETCH)
    return frozenset(made.values.tolist()), int(made.distinct[0])


class TextStore:
    """Kept texts by slot (0, 1, 2 …), all units in one array."""

    def __init__(self) -> None:
        self.units = array("H")
        self.ends = array("q")  # of each slot's units
        self.sizes = array("I")
        self.distinct = array("I")
        self._figures = array("I")
        self._figure_ends = array("I")

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        parts = (self.units, self.ends, self.sizes, self.distinct, self._figures, self._figure_ends)
        return sum(part.itemsize * len(part) for part in parts)

    def append(self, kept: Kept) -> None:
        """Keep the next slot's text."""
        self.units.frombytes(kept.units)
        self.ends.append(len(self.units))
        self.sizes.append(kept.size)
        self.distinct.append(kept.distinct)
        self._figures.extend(kept.figures)
        self._figure_ends.append(len(self._figures))

    def start(self, slot: int) -> int:
        """Where the units of a slot begin."""
        return self.ends[slot - 1] if slot else 0

    def figures(self, slot: int) -> set[int]:
        """Figures of a slot."""
        start = self._figure_ends[slot - 1] if slot else 0
        return set(self._figures[start : self._figure_ends[slot]])

    def are_whole(self, slots: Ints) -> NDArray[np.bool_]:
        """Which texts are kept whole."""
        whole: NDArray[np.bool_] = np.frombuffer(self.distinct, np.uint32)[slots] == 0
        return whole

    def side(self, slots: Ints) -> Side:
        """Texts kept whole, to be compared. It must be gone before anything is appended."""
        ends = np.frombuffer(self.ends, np.int64)[slots]
        sizes = np.frombuffer(self.sizes, np.uint32)[slots].astype(np.int64)
        return Side(np.frombuffer(self.units, np.uint16), ends - sizes, sizes)

    def __getitem__(self, slot: int) -> Kept:
        start = self._figure_ends[slot - 1] if slot else 0
        figures = tuple(self._figures[start : self._figure_ends[slot]])
        units = self.units[self.start(slot) : self.ends[slot]].tobytes()
        return Kept(self.sizes[slot], self.distinct[slot], figures, units)

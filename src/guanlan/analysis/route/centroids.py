"""What the closed files of each unit look like on the whole, and which single ones a text resembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.route.reading import BUCKETS, Floats, Ints

#: Strongest values of a file that are kept to find it again.
TRACE = 64

Rows = Sequence[tuple[Ints, Floats]]


@dataclass(frozen=True, slots=True)
class Centroids:
    """``sums`` (BUCKETS, units): added vectors of each unit's files; ``squares`` (units,) their length²."""

    sums: npt.NDArray[np.float32]
    squares: Floats

    @classmethod
    def of(cls, rows: Rows, places: Ints, units: int) -> Centroids:
        """Add up the files; ``places`` (files,) is the unit of each."""
        sums = np.zeros((BUCKETS, units), dtype=np.float32)
        for (buckets, values), place in zip(rows, places.tolist(), strict=True):
            sums[buckets, place] += values.astype(np.float32)
        return cls(sums, _squares(sums))

    def likeness(self, rows: Rows) -> Floats:
        """(rows, units): cosine of each row with the mean of each unit; 0 where a unit has no file."""
        return self._dots(rows) / np.sqrt(np.maximum(self.squares, 1e-9))

    def left_out(self, rows: Rows, places: Ints) -> Floats:
        """``likeness`` of files that are in the sums, each left out of its own unit's."""
        dots = self._dots(rows)
        squares = np.tile(self.squares, (len(rows), 1))
        at = np.arange(len(rows))
        own = np.array([float(values @ values) for _buckets, values in rows])
        squares[at, places] -= 2 * dots[at, places] - own
        dots[at, places] -= own
        return np.asarray(np.where(squares > 1e-6, dots / np.sqrt(np.maximum(squares, 1e-6)), 0.0))

    def shared(self, rows: Rows) -> Centroids:
        """Without the buckets that stand in one file alone: for a model that leaves the house."""
        seen = np.zeros(BUCKETS, dtype=np.int64)
        for buckets, _values in rows:
            seen[buckets] += 1
        sums = np.where((seen > 1)[:, None], self.sums, np.float32(0))
        return Centroids(sums, _squares(sums))

    def pulls(self, row: tuple[Ints, Floats], wanted: Ints) -> Floats:
        """(wanted, units): what each wanted bucket adds to the likeness, against the mean of units."""
        buckets, values = row
        at = np.clip(np.searchsorted(buckets, wanted), 0, max(0, len(buckets) - 1))
        held = np.where(buckets[at] == wanted, values[at], 0.0) if len(buckets) else np.zeros(len(wanted))
        added = held[:, None] * self.sums[wanted] / np.sqrt(np.maximum(self.squares, 1e-9))
        return np.asarray(added - added.mean(axis=1, keepdims=True), dtype=np.float64)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """For a file; half precision, which no answer depends on."""
        return {"sums": self.sums.astype(np.float16)}

    @classmethod
    def from_arrays(cls, held: dict[str, npt.NDArray[Any]], units: int) -> Centroids:
        """Raises ValueError for a wrong shape or value."""
        sums = held["sums"].astype(np.float32)
        if sums.shape != (BUCKETS, units) or not np.isfinite(sums).all():
            raise ValueError("its sums have a wrong shape or value")
        return cls(sums, _squares(sums))

    def _dots(self, rows: Rows) -> Floats:
        found = np.zeros((len(rows), self.sums.shape[1]))
        for at, (buckets, values) in enumerate(rows):
            found[at] = values @ self.sums[buckets]
        return found


def _squares(sums: npt.NDArray[np.float32]) -> Floats:
    return np.asarray(np.einsum("bu,bu->u", sums, sums, dtype=np.float64), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Traces of closed files: ``TRACE`` strongest buckets of each, with key and unit. No text."""

    names: tuple[tuple[str, str], ...]
    buckets: Ints  # (files, TRACE), -1 where a file has fewer
    values: npt.NDArray[np.float32]

    @classmethod
    def of(cls, rows: Rows, names: Sequence[tuple[str, str]]) -> Shelf:
        """``names``: key and unit of each row."""
        buckets = np.full((len(rows), TRACE), -1, dtype=np.int64)
        values = np.zeros((len(rows), TRACE), dtype=np.float32)
        for at, (places, weights) in enumerate(rows):
            best = np.argsort(-weights, kind="stable")[:TRACE]
            buckets[at, : len(best)], values[at, : len(best)] = places[best], weights[best]
        return cls(tuple(names), buckets, values)

    def likest(self, row: tuple[Ints, Floats], most: int) -> list[tuple[str, str, float]]:
        """Key, unit and cosine (over traces) of the files most like a row."""
        if not self.names or not len(row[0]):
            return []
        spread = np.zeros(BUCKETS + 1, dtype=np.float32)
        spread[row[0]] = row[1]
        scores = (spread[self.buckets] * self.values).sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:most].tolist()
        return [(*self.names[at], min(1.0, float(scores[at]))) for at in best]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """For a file."""
        names = np.array(self.names, dtype=np.str_).reshape(-1, 2)
        return {"names": names, "buckets": self.buckets.astype(np.int32), "values": self.values}

    @classmethod
    def from_arrays(cls, held: dict[str, npt.NDArray[Any]]) -> Shelf:
        """Raises ValueError for a wrong shape."""
        names = tuple((str(key), str(unit)) for key, unit in held["names"].tolist())
        buckets, values = held["buckets"].astype(np.int64), held["values"].astype(np.float32)
        if buckets.shape != (len(names), TRACE) or values.shape != buckets.shape:
            raise ValueError("its shelf has a wrong shape")
        if names and not (buckets.min() >= -1 and buckets.max() < BUCKETS):
            raise ValueError("its shelf names a bucket that is not there")
        return cls(names, buckets, values)

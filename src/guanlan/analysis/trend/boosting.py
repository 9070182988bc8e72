"""Boosted regression trees in plain numpy: fitted in seconds on thousands of rows, read back from arrays.

Squared loss, complete trees of one depth, thresholds at quantiles, rows and columns drawn anew for each
tree from a seed (Friedman 2002, "Stochastic gradient boosting").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
#: Rows predicted at a time, so that memory stays small.
CHUNK = 2048


@dataclass(frozen=True, slots=True)
class BoostOptions:
    """Usual values; what is fitted with others says so in :mod:`guanlan.analysis.trend.training`."""

    trees: int = 220
    depth: int = 3
    rate: float = 0.05
    rows: float = 0.6
    columns: float = 0.5
    leaf_rows: int = 15
    shrink: float = 5.0  # rows of zero residual added to each leaf
    bins: int = 48
    seed: int = 20261123


@dataclass(frozen=True, slots=True)
class Trees:
    """``features`` and ``thresholds`` (trees, 2**depth - 1), ``leaves`` (trees, 2**depth)."""

    start: float
    features: Whole
    thresholds: Floats
    leaves: Floats

    def predict(self, rows: Floats) -> Floats:
        """(rows, features) → (rows,). A value that is not known must be coded by the caller."""
        found = np.empty(len(rows))
        for first in range(0, len(rows), CHUNK):
            found[first : first + CHUNK] = self._predict(rows[first : first + CHUNK])
        return found

    def _predict(self, rows: Floats) -> Floats:
        """All trees at once, level by level."""
        trees, every = np.arange(len(self.leaves))[:, None], np.arange(len(rows))
        node = np.zeros((len(self.leaves), len(rows)), dtype=np.int64)
        for _ in range(self.leaves.shape[1].bit_length() - 1):
            asked = rows[every, self.features[trees, node]]
            node = 2 * node + 1 + (asked > self.thresholds[trees, node])
        leaves = self.leaves[trees, node - self.features.shape[1]]
        return np.asarray(self.start + leaves.sum(axis=0), dtype=np.float64)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What :func:`from_arrays` reads back; small types, so that the file stays small."""
        return {
            "start": np.array(self.start),
            "features": self.features.astype(np.int16),
            "thresholds": self.thresholds.astype(np.float32),
            "leaves": self.leaves.astype(np.float32),
        }


def from_arrays(held: Mapping[str, npt.NDArray[Any]], width: int) -> Trees:
    """Read trees over ``width`` features back. Raises ValueError when shapes or values are wrong, KeyError."""
    features = held["features"].astype(np.int64)
    thresholds, leaves = held["thresholds"].astype(np.float64), held["leaves"].astype(np.float64)
    nodes = features.shape[1] if features.ndim == 2 else 0
    if (
        thresholds.shape != features.shape
        or leaves.shape != (len(features), nodes + 1)
        or nodes & (nodes + 1)
    ):
        raise ValueError("the trees have a wrong shape")
    if not nodes or features.min() < 0 or features.max() >= width:
        raise ValueError("the trees ask for features that are not there")
    start = float(held["start"])
    if not np.isfinite(leaves).all() or np.isnan(thresholds).any() or not np.isfinite(start):
        raise ValueError("the trees hold values that are not numbers")
    return Trees(start, features, thresholds, leaves)


def fit(rows: Floats, wanted: Floats, options: BoostOptions | None = None) -> Trees:
    """Fit trees to ``wanted`` (rows,). The same rows, options and numpy give the same trees."""
    asked = options or BoostOptions()
    draw = np.random.default_rng(asked.seed)
    edges = [cut_points(rows[:, place], asked.bins) for place in range(rows.shape[1])]
    binned = np.stack(
        [np.searchsorted(edge, rows[:, place]) for place, edge in enumerate(edges)], axis=1
    ).astype(np.int64)
    start = float(wanted.mean())
    current = np.full(len(rows), start)
    grown = []
    for _ in range(asked.trees):
        chosen = draw.random(len(rows)) < asked.rows
        columns = np.flatnonzero(draw.random(rows.shape[1]) < asked.columns)
        if not len(columns):
            columns = np.arange(rows.shape[1])
        features, cuts, node = _grow(binned, np.where(chosen, wanted - current, np.nan), columns, asked)
        leaves = _leaves(node, wanted - current, chosen, asked)
        current += leaves[node]
        thresholds = [
            edges[f][c] if c < len(edges[f]) else np.inf for f, c in zip(features, cuts, strict=True)
        ]
        grown.append((features, thresholds, leaves))
    return Trees(
        start,
        np.array([features for features, _t, _l in grown], dtype=np.int64),
        np.array([thresholds for _f, thresholds, _l in grown], dtype=np.float64),
        np.array([leaves for _f, _t, leaves in grown], dtype=np.float64),
    )


def cut_points(values: Floats, bins: int) -> Floats:
    """Thresholds between the values that occur, at most ``bins``; rounded as they are stored."""
    found = np.unique(values)
    between = (found[1:] + found[:-1]) / 2
    if len(between) > bins:
        between = np.unique(np.quantile(values, np.linspace(0, 1, bins + 2)[1:-1]))
    return between.astype(np.float32).astype(np.float64)


def _grow(binned: Whole, residual: Floats, columns: Whole, asked: BoostOptions) -> tuple[Whole, Whole, Whole]:
    """Feature and cut of every inner node, and the leaf each row ends in. NaN residuals do not vote."""
    inner = 2**asked.depth - 1
    features, cuts = np.zeros(inner, dtype=np.int64), np.full(inner, asked.bins + 1, dtype=np.int64)
    votes = np.flatnonzero(~np.isnan(residual))
    node = np.zeros(len(binned), dtype=np.int64)
    for level in range(asked.depth):
        first, width = 2**level - 1, 2**level
        split = _best_splits(binned[votes][:, columns], residual[votes], node[votes] - first, width, asked)
        for place, (column, cut) in enumerate(split):
            if column >= 0:
                features[first + place], cuts[first + place] = columns[column], cut
        taken = binned[np.arange(len(binned)), features[node]]
        node = 2 * node + 1 + (taken > cuts[node])
    return features, cuts, node - inner


def _best_splits(
    binned: Whole, residual: Floats, node: Whole, width: int, asked: BoostOptions
) -> list[tuple[int, int]]:
    """For each node the column and cut with the greatest gain, (-1, 0) where none is allowed."""
    size = asked.bins + 2
    best = np.zeros(width)
    found = [(-1, 0)] * width
    for column in range(binned.shape[1]):
        at = node * size + binned[:, column]
        n = np.bincount(at, minlength=width * size).reshape(width, size).cumsum(axis=1)
        s = np.bincount(at, residual, minlength=width * size).reshape(width, size).cumsum(axis=1)
        n_right, s_right = n[:, -1:] - n, s[:, -1:] - s
        gain = s**2 / (n + asked.shrink) + s_right**2 / (n_right + asked.shrink)
        gain -= s[:, -1:] ** 2 / (n[:, -1:] + asked.shrink)
        gain[(n < asked.leaf_rows) | (n_right < asked.leaf_rows)] = 0.0
        cut = gain.argmax(axis=1)
        for place in np.flatnonzero(gain.max(axis=1) > best + 1e-12):
            best[place], found[place] = gain[place, cut[place]], (column, int(cut[place]))
    return found


def _leaves(node: Whole, residual: Floats, chosen: npt.NDArray[np.bool_], asked: BoostOptions) -> Floats:
    n = np.bincount(node[chosen], minlength=2**asked.depth)
    total = np.bincount(node[chosen], residual[chosen], minlength=2**asked.depth)
    return np.asarray(asked.rate * total / (n + asked.shrink), dtype=np.float64)

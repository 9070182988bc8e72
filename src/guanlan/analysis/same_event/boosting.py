"""Boosted trees: many small questions about the measures of a pair, each answer moving the score.

Gradient boosting of the logistic loss on binned measures (Friedman 2001; histograms as in LightGBM,
Ke et al. 2017). Trees are complete and of one depth, so all of them are walked at once in numpy, and
training needs no further package: 15,000 pairs take some seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Rows walked through all trees at once; bounds memory.
ROWS_AT_ONCE = 2_000
#: Odds beyond these say no more.
MOST_ODDS = 30.0


@dataclass(frozen=True, slots=True)
class BoostOptions:
    """Set by hand and not swept; the card says what was measured with them."""

    trees: int = 320
    depth: int = 4
    rate: float = 0.04
    bins: int = 48
    ridge: float = 5.0
    least_rows: float = 5.0
    share_of_rows: float = 0.8
    share_of_measures: float = 0.25
    seed: int = 20261123


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """``feature`` and ``cut`` of shape (trees, 2**depth - 1), ``leaf`` of shape (trees, 2**depth)."""

    base: float
    feature: Ints
    cut: Floats
    leaf: Floats

    def scores(self, measured: Floats) -> Floats:
        """Score 0..1 of each row of ``measured`` (rows, measures)."""
        parts = [self._odds(measured[at : at + ROWS_AT_ONCE]) for at in range(0, len(measured), ROWS_AT_ONCE)]
        return sigmoid(np.concatenate(parts)) if parts else np.zeros(0)

    def _odds(self, measured: Floats) -> Floats:
        trees = np.arange(len(self.feature))
        rows = np.arange(len(measured))[:, None]
        inner = self.feature.shape[1]
        node = np.zeros((len(measured), len(trees)), dtype=np.int64)
        while inner:
            beyond = measured[rows, self.feature[trees, node]] > self.cut[trees, node]
            node = 2 * node + 1 + beyond
            inner = (inner - 1) // 2
        found = self.leaf[trees, node - self.feature.shape[1]].sum(axis=1)
        return np.asarray(self.base + found, dtype=np.float64)

    def as_json(self) -> dict[str, Any]:
        """Plain lists; six digits of a cut and five of a leaf are more than the training knows."""
        return {
            "base": round(self.base, 5),
            "feature": self.feature.tolist(),
            "cut": [[round(value, 6) for value in row] for row in self.cut.tolist()],
            "leaf": [[round(value, 5) for value in row] for row in self.leaf.tolist()],
        }


def forest_from(raw: Mapping[str, Any], measures: int) -> Forest:
    """Read what ``as_json`` gave. Raises ValueError or KeyError when shapes or features are wrong."""
    forest = Forest(
        float(raw["base"]),
        np.array(raw["feature"], dtype=np.int64),
        np.array(raw["cut"], dtype=np.float64),
        np.array(raw["leaf"], dtype=np.float64),
    )
    trees, inner = forest.feature.shape
    if forest.cut.shape != (trees, inner) or forest.leaf.shape != (trees, inner + 1) or inner & (inner + 1):
        raise ValueError("trees of unequal shape")
    if forest.feature.min() < 0 or forest.feature.max() >= measures or not np.isfinite(forest.leaf).all():
        raise ValueError("a tree asks for a measure that does not exist")
    return forest


def grow(measured: Floats, labels: Sequence[int], options: BoostOptions | None = None) -> Forest:
    """Train on rows of measures (rows, measures) and labels 0 or 1. Equal input, equal forest."""
    options = options or BoostOptions()
    return _Grower(measured, np.asarray(labels, dtype=np.float64), options).forest()


class _Grower:
    def __init__(self, measured: Floats, wanted: Floats, options: BoostOptions) -> None:
        self.options, self.wanted = options, wanted
        shares = np.linspace(0, 1, options.bins + 1)[1:-1]
        self.edges = [np.unique(np.quantile(column, shares)) for column in measured.T]
        binned = [
            np.searchsorted(edges, column) for edges, column in zip(self.edges, measured.T, strict=True)
        ]
        self.binned = np.array(binned, dtype=np.int64).T
        self.draw = np.random.default_rng(options.seed)

    def forest(self) -> Forest:
        options = self.options
        mean = min(max(float(self.wanted.mean()), 1e-3), 1 - 1e-3)
        base = float(np.log(mean / (1 - mean)))
        odds = np.full(len(self.wanted), base)
        grown = []
        for _ in range(options.trees):
            found = sigmoid(odds)
            feature, cut, leaf, at = self._tree(found - self.wanted, found * (1 - found))
            odds += leaf[at]
            grown.append((feature, cut, leaf))
        features, cuts, leaves = (np.array([tree[part] for tree in grown]) for part in range(3))
        return Forest(base, features, cuts, leaves)

    def _tree(self, slope: Floats, bend: Floats) -> tuple[Ints, Floats, Floats, Ints]:
        """One tree, and the leaf of each row."""
        options, (rows, measures) = self.options, self.binned.shape
        inner = 2**options.depth - 1
        feature, cut = np.zeros(inner, dtype=np.int64), np.full(inner, np.inf)
        sample = np.flatnonzero(self.draw.random(rows) < options.share_of_rows)
        asked = self.draw.permutation(measures)[: max(1, round(measures * options.share_of_measures))]
        node = np.zeros(rows, dtype=np.int64)
        for level in range(options.depth):
            first, width = 2**level - 1, 2**level
            self._split(
                asked, (sample, node - first, slope, bend), feature[first:][:width], cut[first:][:width]
            )
            chosen = feature[node]
            node = 2 * node + 1 + (self._values(chosen) > cut[node])
        at = node - inner
        down = np.bincount(at[sample], slope[sample], inner + 1)
        curve = np.bincount(at[sample], bend[sample], inner + 1)
        leaf = -options.rate * down / (curve + options.ridge)
        return feature, self._real_cuts(feature, cut), leaf, at

    def _values(self, chosen: Ints) -> Ints:
        return np.asarray(self.binned[np.arange(len(chosen)), chosen], dtype=np.int64)

    def _real_cuts(self, feature: Ints, cut: Floats) -> Floats:
        """Numbers of bins as values of the measures."""
        pairs = zip(feature.tolist(), cut.tolist(), strict=True)
        return np.array([self.edges[one][int(at)] if np.isfinite(at) else 1e30 for one, at in pairs])

    def _split(
        self, asked: Ints, rows: tuple[Ints, Ints, Floats, Floats], feature: Ints, cut: Floats
    ) -> None:
        """Write the best question of each node of one level; a node that gains nothing keeps its own."""
        sample, place, slope, bend = rows
        bins, width = self.options.bins, len(feature)
        cells = (place[sample][:, None] * len(asked) + np.arange(len(asked))) * bins
        cells += self.binned[np.ix_(sample, asked)]
        shape, flat = (width, len(asked), bins), cells.ravel()
        down, curve = (
            np.asarray(
                np.bincount(flat, np.repeat(part[sample], len(asked)), math.prod(shape)), dtype=np.float64
            )
            for part in (slope, bend)
        )
        gain = self._gain(down.reshape(shape), curve.reshape(shape)).reshape(width, -1)
        best = gain.argmax(axis=1)
        for at in range(width):
            if gain[at, best[at]] > 1e-6:
                feature[at], cut[at] = asked[best[at] // bins], best[at] % bins

    def _gain(self, down: Floats, curve: Floats) -> Floats:
        """What a cut after each bin gains (Chen and Guestrin 2016, formula 7); none where a side is too small."""
        ridge, least = self.options.ridge, self.options.least_rows
        left, left_curve = down.cumsum(axis=2), curve.cumsum(axis=2)
        whole, whole_curve = left[:, :, -1:], left_curve[:, :, -1:]
        right, right_curve = whole - left, whole_curve - left_curve
        gain = left**2 / (left_curve + ridge) + right**2 / (right_curve + ridge)
        gain -= whole**2 / (whole_curve + ridge)
        gain[(left_curve < least / 4) | (right_curve < least / 4)] = 0.0
        return np.asarray(gain, dtype=np.float64)


def sigmoid(values: Floats) -> Floats:
    """Odds as probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -MOST_ODDS, MOST_ODDS))), dtype=np.float64)

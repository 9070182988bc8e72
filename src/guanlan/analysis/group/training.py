"""What features tell, fitted on labelled clusters: logistic regression over pairs of texts.

Pairs are drawn within parts of whole clusters, a few hundred texts each: how rare a match is among all
pairs decides ``start``, and in a window of a desk it is about as rare. All matching pairs teach, and of the others
one in twenty, whose weight is put right in ``start`` afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from math import log

import numpy as np

from guanlan.analysis.group.reading import weights_of
from guanlan.analysis.group.telling import Floats, marks_of
from guanlan.analysis.same_event.vectors import WordVectors

#: A cluster as large as these is a fan club or a news feed, not a matter: its pairs would outvote all others.
MOST_OF_ONE = 400
PARTS = 5
ONE_IN = 20
#: Of the squares of the standardised coefficients; from five parts of the tuning rows (decisions/0011).
RIDGE = 100.0
STEPS = 12

Labelled = tuple[str, str]


def fit(rows: Sequence[Labelled], vectors: WordVectors, seed: int) -> tuple[float, Floats]:
    """``start`` and the weights of marks and vector from (text, cluster) rows."""
    sizes = Counter(cluster for _text, cluster in rows)
    kept = [(weights_of(text), cluster) for text, cluster in rows if sizes[cluster] <= MOST_OF_ONE]
    names = sorted({feature for weights, _cluster in kept for feature in weights})
    marks, at = marks_of(names, vectors), {name: place for place, name in enumerate(names)}
    draw = np.random.default_rng(seed)
    table, labels = list[Floats](), list[float]()
    for part in range(PARTS):
        chosen = [row for row in kept if _part(row[1]) == part]
        for one, two, label in _pairs(chosen, draw):
            shared = [name for name in one if name in two]
            products = np.array([one[name] * two[name] for name in shared])
            table.append(
                products @ marks[[at[name] for name in shared]] if shared else np.zeros(marks.shape[1])
            )
            labels.append(label)
    start, weights = _logistic(np.array(table), np.array(labels))
    return start - log(ONE_IN), weights


def _part(cluster: str) -> int:
    return sha256(cluster.encode()).digest()[1] % PARTS


def _pairs(
    rows: Sequence[tuple[Mapping[str, float], str]], draw: np.random.Generator
) -> Iterator[tuple[Mapping[str, float], Mapping[str, float], float]]:
    """Every pair of one cluster, and one in ``ONE_IN`` of the others."""
    for place, (one, cluster) in enumerate(rows):
        for (two, other), chance in zip(rows[:place], draw.random(place), strict=True):
            if cluster == other or chance < 1 / ONE_IN:
                yield one, two, float(cluster == other)


def _logistic(table: Floats, labels: Floats) -> tuple[float, Floats]:
    """Newton's method with a ridge on standardised columns; the first column is the constant."""
    scale = table.std(axis=0) + 1e-9
    columns = np.hstack([np.ones((len(table), 1)), table / scale])
    ridge = np.full(columns.shape[1], RIDGE)
    ridge[0] = 0.0
    found = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ found, -30, 30)))
        slope = columns.T @ (labels - chance) - ridge * found
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.diag(ridge)
        found = found + np.linalg.solve(curve, slope)
    return float(found[0]), found[1:] / scale

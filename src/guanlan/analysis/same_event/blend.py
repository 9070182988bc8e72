"""One score out of two: the trees' and, where they are undecided, the pair encoder's.

A logistic regression of the log odds of both. Where the trees are sure the encoder is not asked: it is
fifty times as slow, and what is far from the threshold stays on its side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.same_event.boosting import Floats, sigmoid

#: Scores are kept so far from 0 and 1 before their odds are taken.
SUREST = 1e-4
#: Pull of the weights towards zero, and steps of Newton's method; ten are more than enough for three weights.
RIDGE, STEPS = 1.0, 25


@dataclass(frozen=True, slots=True)
class Blend:
    """``low`` and ``high``: scores of the trees between which the encoder is asked; then weights of log odds."""

    low: float
    high: float
    base: float
    trees: float
    encoder: float
    threshold: float

    def undecided(self, trees: Floats) -> npt.NDArray[np.int64]:
        """Places of the pairs that the encoder is asked about."""
        return np.flatnonzero((trees >= self.low) & (trees <= self.high))

    def score(self, trees: Floats, encoder: Floats) -> Floats:
        """Score 0..1 out of the trees' scores and the encoder's log odds."""
        return sigmoid(self.base + self.trees * log_odds(trees) + self.encoder * encoder)

    def as_json(self) -> dict[str, float]:
        """Numbers to four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def blend_from(raw: Mapping[str, Any]) -> Blend:
    """Read what ``as_json`` gave. Raises ValueError, KeyError or TypeError when it is damaged."""
    names = ("low", "high", "base", "trees", "encoder", "threshold")
    blend = Blend(**{name: float(raw[name]) for name in names})
    if not np.isfinite([*asdict(blend).values()]).all() or blend.low > blend.high:
        raise ValueError("a blend of scores that cannot be")
    return blend


def log_odds(scores: Floats) -> Floats:
    """Log odds of scores 0..1."""
    kept = np.clip(scores, SUREST, 1 - SUREST)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)


def fit_weights(trees: Floats, encoder: Floats, labels: Floats) -> tuple[float, float, float]:
    """Base, weight of the trees' log odds and of the encoder's, of the likeliest labels."""
    seen = np.column_stack([np.ones(len(trees)), log_odds(trees), encoder])
    weights, pull = np.zeros(3), np.diag([0.0, RIDGE, RIDGE])
    for _ in range(STEPS):
        found = sigmoid(seen @ weights)
        bend = (seen * (found * (1 - found))[:, None]).T @ seen + pull
        weights -= np.linalg.solve(bend, seen.T @ (found - labels) + pull @ weights)
    base, of_trees, of_encoder = (float(weight) for weight in weights)
    return base, of_trees, of_encoder

"""Do two texts report the same event? A score for one pair, for the page that offers merges.

A logistic regression over a dozen plain measures of the pair (shared rare words, shared numbers,
numbers that contradict …), so that each can be shown. The shipped weights were trained on the 9,543
pairs "same event" of the Sohu 2021 text-matching task; ``fit`` trains on others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.event_words import WordWeights, character_pairs, characters, numbers, words

SHIPPED = Path(__file__).parent.parent / "packs" / "words" / "same_event.json"
#: Names of the measures, in the order of the weights.
MEASURES = (
    "words_cosine", "pairs_cosine", "words_contained", "pairs_contained", "rarest_shared",
    "shared_weight", "shared_share", "latin_shared", "numbers_shared", "numbers_differ", "length_ratio",
    "shorter", "longer", "titles_start_alike", "longest_run",
    "characters_cosine", "characters_contained", "threes_cosine", "threes_contained",
)  # fmt: skip
#: Cost of large weights; with 9,000 pairs anything from 0.1 to 10 gives the same figures.
RIDGE = 1.0
STEPS = 30

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairModel:
    """``threshold``: from this score on a pair is called the same event."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    threshold: float

    def scores(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Score 0..1 of each pair."""
        return self.scores_of(measure_all(pairs))

    def scores_of(self, measured: Floats) -> Floats:
        """Score 0..1 of each row of measures."""
        design = _design(measured, np.array(self.means), np.array(self.scales))
        return _sigmoid(design @ np.array(self.weights))


def same_event(first: str, second: str) -> float:
    """Score 0..1 that both texts report one event; compare with ``shipped_model().threshold``."""
    return float(shipped_model().scores([(first, second)])[0])


@cache
def shipped_model() -> PairModel:
    """The model that comes with the program. Raises ModelError when its file is damaged."""
    return load(SHIPPED)


def load(path: Path) -> PairModel:
    """Read a model. Raises ModelError when it is missing, damaged or of other measures."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if tuple(raw["measures"]) != MEASURES:
            raise ModelError(f"{path.name}: made for other measures")
        weights, means, scales = (tuple(map(float, raw[name])) for name in ("weights", "means", "scales"))
        return PairModel(weights, means, scales, threshold=float(raw["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path.name}: cannot be read ({error})") from error


def save(model: PairModel, path: Path) -> None:
    """Write a model as JSON."""
    raw = {"measures": MEASURES, "threshold": round(model.threshold, 4)}
    raw |= {
        name: [round(value, 5) for value in getattr(model, name)] for name in ("weights", "means", "scales")
    }
    path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def fit(pairs: Sequence[tuple[str, str]], labels: Sequence[int]) -> PairModel:
    """Train on labelled pairs; the threshold is the one of best F1 on them."""
    return fit_measured(measure_all(pairs), labels)


def fit_measured(measured: Floats, labels: Sequence[int]) -> PairModel:
    """``fit`` on rows of measures. Newton's method; converges in a dozen steps."""
    means, scales = measured.mean(axis=0), measured.std(axis=0) + 1e-9
    design, wanted = _design(measured, means, scales), np.asarray(labels, dtype=np.float64)
    weights = np.zeros(design.shape[1])
    ridge = np.full(design.shape[1], RIDGE)
    ridge[0] = 0.0
    for _ in range(STEPS):
        found = _sigmoid(design @ weights)
        slope = design.T @ (found - wanted) + ridge * weights
        bend = (design.T * (found * (1 - found))) @ design + np.diag(ridge + 1e-9)
        weights -= np.linalg.solve(bend, slope)
    threshold = best_threshold(_sigmoid(design @ weights), wanted)
    return PairModel(tuple(weights), tuple(means), tuple(scales), threshold)


def best_threshold(scores: Floats, labels: Floats) -> float:
    """The score from which on calling a match gives the best F1."""
    order = np.argsort(-scores)
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + labels.sum())
    return float(scores[order][int(np.argmax(f1))])


def measure_all(pairs: Sequence[tuple[str, str]]) -> Floats:
    """Measures of each pair, shape (pairs, len(MEASURES))."""
    weights = WordWeights()
    return np.array([measure(first, second, weights) for first, second in pairs]).reshape(-1, len(MEASURES))


def measure(first: str, second: str, weights: WordWeights) -> tuple[float, ...]:
    """The measures of one pair, in the order of ``MEASURES``."""
    one, two = _weighed(words(first), weights), _weighed(words(second), weights)
    pairs_one = _weighed(["+" + pair for pair in character_pairs(first)], weights)
    pairs_two = _weighed(["+" + pair for pair in character_pairs(second)], weights)
    marks_one = _weighed(["=" + mark for mark in characters(first)], weights)
    marks_two = _weighed(["=" + mark for mark in characters(second)], weights)
    threes_one, threes_two = dict.fromkeys(_threes(first), 1.0), dict.fromkeys(_threes(second), 1.0)
    shared = sorted((one[word] for word in one if word in two), reverse=True)
    figures_one, figures_two = numbers(first), numbers(second)
    short, long = sorted((len(first), len(second)))
    return (
        _cosine(one, two), _cosine(pairs_one, pairs_two),
        _contained(one, two), _contained(pairs_one, pairs_two),
        shared[0] if shared else 0.0, sum(shared[:4]), math.log1p(len(shared)),
        float(any(word.isascii() and not word.isdigit() and word in two for word in one)),
        math.log1p(len(figures_one & figures_two)),
        float(bool(figures_one and figures_two) and not figures_one & figures_two),
        short / (long or 1), math.log1p(short), math.log1p(long),
        float(first.strip()[:2] == second.strip()[:2]), math.log1p(_longest_run(first, second)),
        _cosine(marks_one, marks_two), _contained(marks_one, marks_two),
        _cosine(threes_one, threes_two), _contained(threes_one, threes_two),
    )  # fmt: skip


def _threes(text: str) -> list[str]:
    return [text[at : at + 3] for at in range(len(text) - 2)]


def _weighed(features: Sequence[str], weights: WordWeights) -> dict[str, float]:
    return {name: weights.weight(name) for name in features}


def _cosine(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    shared = sum(value * value for name, value in one.items() if name in two)
    lengths = sum(v * v for v in one.values()) * sum(v * v for v in two.values())
    return shared / math.sqrt(lengths) if lengths else 0.0


def _contained(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    shared = sum(value for name, value in one.items() if name in two)
    least = min(sum(one.values()), sum(two.values()))
    return shared / least if least else 0.0


def _longest_run(first: str, second: str) -> int:
    """Characters of the longest run of pairs found in both, up to 12; grows by doubling checks."""
    best = 0
    for size in (2, 3, 4, 5, 6, 8, 12):
        runs = {first[at : at + size] for at in range(len(first) - size + 1)}
        if not any(second[at : at + size] in runs for at in range(len(second) - size + 1)):
            return best
        best = size
    return best


def _design(measured: Floats, means: Floats, scales: Floats) -> Floats:
    """Standardised measures, their products, and a constant in front."""
    plain = np.clip((measured - means) / scales, -5, 5)
    rows, columns = np.triu_indices(plain.shape[1])
    return np.hstack([np.ones((len(plain), 1)), plain, plain[:, rows] * plain[:, columns]])


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), dtype=np.float64)

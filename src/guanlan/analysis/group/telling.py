"""How much a shared feature tells that two texts are of one matter, learned from labelled clusters.

A rare word that names somebody or something ties two posts together; an equally rare word of feeling or
of manner does not. Which is which can be read off the vector of the word (``packs/words/vectors.npz``), so
a linear model over the vector and a few marks of a feature (``marks_of``) gives its *power*. The chance that two
texts are of one matter is the logistic function of ``start`` plus, over the features that both have, the
product of their weights in both texts times the power. ``training`` fits it, the shipped one is
``packs/words/telling.json``.
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
from guanlan.analysis.event_words import MAX_WEIGHT, UNKNOWN, background
from guanlan.analysis.same_event.vectors import WordVectors, shipped_vectors

SHIPPED_TELLING = Path(__file__).parent.parent.parent / "packs" / "words" / "telling.json"
#: Marks of a feature before its vector: of a pair of characters the first four, of a word the others.
MARKS = (
    "pair", "pair_unseen", "pair_rare", "pair_is_word", "word", "word_without_vector", "word_single", "word_long",
)  # fmt: skip

#: Least power of any feature: a rare word always tells something. Posts of fans teach that a transformer tells
#: nothing, and a county is grouped by it.
LEAST_POWER = 4.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """``start``: log odds of two texts that share nothing. ``marks`` by name, ``words``: what vectors say."""

    start: float
    marks: Mapping[str, float]
    words: Mapping[str, float]

    def power_of(self, feature: str) -> float:
        """What a feature tells, at least LEAST_POWER; also one that nobody has seen before."""
        marks = self.marks
        if feature[0] == "+":
            power = marks["pair"] + marks["pair_rare"] * rarity(feature) / MAX_WEIGHT
            if feature not in background()[1]:
                power += marks["pair_unseen"]
            if feature[1:] in self.words:
                power += marks["pair_is_word"]
            return max(LEAST_POWER, power)
        word = feature[1:] if feature[0] == "=" else feature
        power = marks["word"] + self.words.get(word, marks["word_without_vector"])
        if feature[0] == "=":
            power += marks["word_single"]
        elif len(word) >= 3:
            power += marks["word_long"]
        return max(LEAST_POWER, power)


def rarity(feature: str) -> float:
    """Natural logarithm of (texts / texts with the feature) in the background, 0 .. MAX_WEIGHT."""
    total, counts = background()
    return min(MAX_WEIGHT, math.log(total / (counts.get(feature, 0) + UNKNOWN)))


def marks_of(features: Sequence[str], vectors: WordVectors) -> Floats:
    """What the model looks at, shape (features, len(MARKS) + dimensions): marks, and the vector of a word."""
    counts, table = background()[1], np.zeros((len(features), len(MARKS) + vectors.size))
    places: list[tuple[int, str]] = []
    for at, feature in enumerate(features):
        word = feature[1:] if feature[0] in "+=" else feature
        known = word in vectors.places
        if feature[0] == "+":
            table[at, :4] = 1, feature not in counts, rarity(feature) / MAX_WEIGHT, known
            continue
        table[at, 4:8] = 1, not known, feature[0] == "=", len(word) >= 3
        if known:
            places.append((at, word))
    if places:
        table[[at for at, _word in places], len(MARKS) :] = vectors.of([word for _at, word in places])
    return table


def telling_from(start: float, weights: Floats, vectors: WordVectors) -> Telling:
    """The model with what each vector says worked out."""
    said = (vectors.matrix @ weights[len(MARKS) :].astype(np.float32)).tolist()
    words = {word: said[place] for word, place in vectors.places.items()}
    return Telling(start, dict(zip(MARKS, weights.tolist(), strict=False)), words)


def load_telling(path: Path, vectors: WordVectors) -> Telling:
    """Read a model. Raises ModelError when it is missing, damaged or of other marks."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        weights = np.array([*raw["marks"], *raw["vector"]], dtype=np.float64)
        if tuple(raw["names"]) != MARKS or len(weights) != len(MARKS) + vectors.size:
            raise ModelError(f"{path.name}: made for other marks")
        return telling_from(float(raw["start"]), weights, vectors)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path.name}: cannot be read ({error})") from error


def save_telling(start: float, weights: Floats, path: Path) -> None:
    """Write what ``training.fit`` found."""
    rounded = [round(value, 4) for value in weights.tolist()]
    raw = {
        "names": list(MARKS),
        "start": round(start, 4),
        "marks": rounded[: len(MARKS)],
        "vector": rounded[len(MARKS) :],
    }
    path.write_text(json.dumps(raw, separators=(",", ":")) + "\n", encoding="utf-8")


@cache
def shipped_telling() -> Telling:
    """The model that comes with the program. Raises ModelError when its file is damaged."""
    return load_telling(SHIPPED_TELLING, shipped_vectors())

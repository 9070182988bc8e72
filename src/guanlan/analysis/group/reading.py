"""A text as it is grouped: its features with weights that are learned in two ways.

How rare a feature is: in the shipped background, mixed with what the caller's own texts teach (a county
whose every text names the county learns that the name tells nothing). How much a shared feature tells
(:mod:`telling`). Words and pairs of characters are brought to length one each, then weighed by the root of
their power: the product of two texts over shared features is the log odds that they are of one matter,
but for a constant.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.event_words import (
    BACKGROUND_TEXTS,
    FADE_AFTER,
    LEAD,
    LEAST_SHARE,
    all_words,
    character_pairs,
    cut,
    numbers,
)
from guanlan.analysis.group.telling import Telling, rarity, shipped_telling
from guanlan.analysis.group.vocabulary import PLACEHOLDERS, Floats, Numbers, Vocabulary
from guanlan.analysis.shingles import FURNITURE

#: Features kept of one text, those that tell most; 64 cost .006 of B-cubed F1 (decisions/0011).
MAX_FEATURES = 96
#: What a feature weighs more that a text says so many times: one and the natural logarithm.
_REPEATED: Floats = 1 + np.log(np.maximum(1, np.arange(2 * LEAD + 1)))


@dataclass(frozen=True, slots=True, eq=False)
class ReadText:
    """``features`` (numbers of the reader's vocabulary, int32) with their ``weights`` (float32), those that tell
    most first; the ``numbers`` that the text states, and which of its features are ``places``."""

    features: Numbers
    weights: npt.NDArray[np.float32]
    numbers: frozenset[str] = frozenset()
    places: frozenset[int] = frozenset()


def weights_of(text: str) -> dict[str, float]:
    """Weights by rarity in the background alone, words and pairs of length one each; for training."""
    lead, weights = FURNITURE.sub(" ", text[:LEAD]), dict[str, float]()
    words = [word if len(word) > 1 else "=" + word for word in all_words(lead) if word not in PLACEHOLDERS]
    for kind in (words, ["+" + pair for pair in character_pairs(lead)]):
        raised = {name: rarity(name) * (1 + math.log(n)) for name, n in Counter(kind).items()}
        length = math.sqrt(sum(value * value for value in raised.values())) or 1.0
        weights.update({name: value / length for name, value in raised.items()})
    return weights


class Reader:
    """Reads texts and learns what is common among them. Owned by the index; equal texts in, equal weights out."""

    def __init__(self, telling: Telling | None = None) -> None:
        self.telling = telling or shipped_telling()
        self.vocabulary = Vocabulary(self.telling)
        self.texts = 0

    def learn(self, read: ReadText) -> None:
        """Count one more text."""
        self.vocabulary.shares[read.features] += 1.0
        self.texts += 1

    @property
    def sated(self) -> bool:
        """Whether it is time to ``fade``: last month must not silence this week."""
        return self.texts > FADE_AFTER

    def fade(self, used: Iterable[Numbers]) -> Numbers:
        """Halve all counts and forget features that are neither counted any more nor ``used``.

        Features have other numbers afterwards: they are returned by the old ones.
        """
        own = {name: count // 2 for name, count in self.vocabulary.own().items() if count > 1}
        unused = np.ones(len(self.vocabulary), np.bool_)
        unused[[self.vocabulary.number_of(name) for name in own]] = False
        for features in used:
            unused[features] = False
        self.vocabulary, renumbered = self.vocabulary.without(unused)
        self.recall(self.texts // 2, own)
        return renumbered

    def counted(self) -> tuple[int, dict[str, int]]:
        """Own texts learned, and in how many of them each feature occurs; to be kept in a file."""
        return self.texts, self.vocabulary.own()

    def recall(self, total: int, counts: Mapping[str, int]) -> None:
        """Take over what ``counted`` gave."""
        self.texts = total
        self.vocabulary.recall(counts)

    def named(self, read: ReadText) -> dict[str, float]:
        """Weights by the names of features, in their order."""
        names = self.vocabulary.names
        return {
            names[at]: weight
            for at, weight in zip(read.features.tolist(), read.weights.tolist(), strict=True)
        }

    def text_of(self, named: Mapping[str, float], numbers: frozenset[str]) -> ReadText:
        """What ``named`` was made of. Raises ValueError for a name that no text could hold."""
        features = np.array([self.vocabulary.number_of(name) for name in named], np.int32)
        if not features.all():
            raise ValueError("not a feature")
        return ReadText(features, np.array(list(named.values()), np.float32), numbers, self._places(features))

    def read(self, title: str, text: str) -> ReadText:
        """Features of a text with their weights, those that tell most first; the title counts twice."""
        lead, vocabulary = FURNITURE.sub(" ", text[:LEAD]), self.vocabulary
        words, pairs = cut(lead), character_pairs(lead)
        if title and not lead.startswith(title):
            words += cut(title)
            pairs += character_pairs(title)
        told = Counter(map(vocabulary.words.__getitem__, words))
        told.pop(0, None)
        split = len(told)
        told.update(map(vocabulary.pairs.__getitem__, pairs))
        features = np.fromiter(told, np.int32, len(told))
        weights = self._weighed(features, np.fromiter(told.values(), np.int32, len(told)), split)
        # of equal weights the first in the text stays first
        order = np.argsort(-weights, kind="stable")[:MAX_FEATURES]
        order = order[weights[order] > 0]
        features = features[order]
        return ReadText(
            features, weights[order].astype(np.float32), numbers(lead + title), self._places(features)
        )

    def _weighed(self, features: Numbers, counts: Numbers, split: int) -> Floats:
        """Weights of features, ``split`` of them words: rarity to length one a kind, times the root of the power."""
        shares = self.vocabulary.shares[features] / (BACKGROUND_TEXTS + self.texts + 1)
        rare = -np.log(np.minimum(np.maximum(shares, LEAST_SHARE), 1.0))
        rare *= _REPEATED[np.minimum(counts, len(_REPEATED) - 1)]
        squares, weights = rare * rare, rare * self.vocabulary.powers[features]
        weights[:split] /= math.sqrt(np.add.reduce(squares[:split])) or 1.0
        weights[split:] /= math.sqrt(np.add.reduce(squares[split:])) or 1.0
        return weights

    def _places(self, features: Numbers) -> frozenset[int]:
        found = features[self.vocabulary.places[features]]
        return frozenset(found.tolist())

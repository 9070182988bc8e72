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
from sys import intern

from guanlan.analysis.event_words import (
    LEAD,
    LEAST_SHARE,
    MAX_WEIGHT,
    EventText,
    WordWeights,
    all_words,
    character_pairs,
    is_place,
    numbers,
)
from guanlan.analysis.group.telling import Telling, rarity, shipped_telling
from guanlan.analysis.shingles import FURNITURE

#: Features of which the unchanging part is kept at hand; more are looked up anew.
MOST_LOOKED_UP = 500_000
#: Features kept of one text, those that tell most; 64 cost .006 of B-cubed F1 (decisions/0011).
MAX_FEATURES = 96
#: What a set of posts writes for an address, a name and a number.
PLACEHOLDERS = frozenset(("url", "mention", "digit"))


def features(text: str) -> tuple[list[str], list[str]]:
    """Words (single characters that stand as words as ``=x``), and pairs of characters as ``+xy``."""
    found = [word if len(word) > 1 else "=" + word for word in all_words(text) if word not in PLACEHOLDERS]
    return found, ["+" + pair for pair in character_pairs(text)]


def weights_of(text: str) -> dict[str, float]:
    """Weights by rarity in the background alone, words and pairs of length one each; for training."""
    lead, weights = FURNITURE.sub(" ", text[:LEAD]), dict[str, float]()
    for kind in features(lead):
        raised = {name: rarity(name) * (1 + math.log(n)) for name, n in Counter(kind).items()}
        length = math.sqrt(sum(value * value for value in raised.values())) or 1.0
        weights.update({name: value / length for name, value in raised.items()})
    return weights


class Reader:
    """Reads texts and learns what is common among them. Owned by the index; equal texts in, equal weights out."""

    def __init__(self, telling: Telling | None = None) -> None:
        self.telling = telling or shipped_telling()
        self._words = WordWeights()
        self._looked_up: dict[str, tuple[float, float, str]] = {}

    def learn(self, names: Iterable[str]) -> None:
        """Count one more text that holds these features."""
        self._words.learn(names)

    def counted(self) -> tuple[int, dict[str, int]]:
        """Own texts learned, and in how many of them each feature occurs; to be kept in a file."""
        return self._words.counted()

    def recall(self, total: int, counts: Mapping[str, int]) -> None:
        """Take over what ``counted`` gave."""
        self._words.recall(total, counts)

    def read(self, title: str, text: str) -> EventText:
        """Features of a text with their weights, those that tell most first; the title counts twice."""
        lead = FURNITURE.sub(" ", text[:LEAD])
        told, pairs = features(lead)
        if title and not lead.startswith(title):
            more, more_pairs = features(title)
            told += more
            pairs += more_pairs
        weights = self._weighed(Counter(told))
        weights.update(self._weighed(Counter(pairs)))
        if len(weights) > MAX_FEATURES:
            # of equal weights the first in the text stays first
            best = sorted(weights, key=weights.__getitem__, reverse=True)[:MAX_FEATURES]
            weights = {name: weights[name] for name in best}
        else:
            weights = dict(sorted(weights.items(), key=lambda pair: -pair[1]))
        return EventText(weights, numbers(lead + title), frozenset(filter(is_place, weights)))

    def _weighed(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Weights of the features of one kind: rarity to length one, times the root of the power."""
        found, squares = dict[str, float](), 0.0
        looked_up, own, total, log = self._looked_up, self._words.own, self._words.texts, math.log
        for name, n in counts.items():
            known = looked_up.get(name) or self._look_up(name)
            # ``WordWeights.weight``, spelled out: this is the innermost loop of grouping
            share = (known[0] + own.get(name, 0)) / total
            rare = MAX_WEIGHT if share < LEAST_SHARE else max(0.0, -log(share))
            if n > 1:
                rare *= 1 + log(n)
            if rare:
                squares += rare * rare
                found[known[2]] = rare * known[1]  # interned: a dictionary finds it without reading it
        length = math.sqrt(squares)
        return {name: value / length for name, value in found.items()}

    def _look_up(self, name: str) -> tuple[float, float, str]:
        """What does not change about a feature: its share of the background, the root of its power."""
        if len(self._looked_up) >= MOST_LOOKED_UP:
            self._looked_up.clear()
        known = self._words.background_share(name), math.sqrt(self.telling.power_of(name)), intern(name)
        self._looked_up[name] = known
        return known

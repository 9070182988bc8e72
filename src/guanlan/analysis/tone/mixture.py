"""From column scores to tones: a small head for each kind of text, mixed by how much it is of that kind.

A review, a sentence of a travel diary and a post in an epidemic show anger in other words, and their
sets were labelled with other neutral classes in mind. So every kind has its own softmax, and a gate
says how much a text is of each (mixture of experts, Jacobs et al. 1991).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.sets import ALL, NEGATIVE, NEUTRAL, POSITIVE, SIX, TONE_OF_SIX, TONES

Floats = npt.NDArray[np.float32]

#: Standard scores beyond this say no more: one strange text must not outvote all that was learned.
FARTHEST = 6.0
#: Least mass of a kind, so that shares of nothing can be taken.
LEAST = 1e-6
_OF_TONE = np.array([TONE_OF_SIX[name] for name in SIX])


@dataclass(frozen=True, slots=True)
class Softmax:
    """``weights`` (columns, classes) over standard scores, ``biases`` (classes,)."""

    weights: Floats
    biases: Floats

    def probabilities(self, scores: Floats) -> Floats:
        """(texts, classes), each row summing to 1."""
        return softmax(scores @ self.weights + self.biases)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of text is read. ``classes`` are the tones its sets tell apart, in order."""

    name: str
    classes: tuple[int, ...]
    head: Softmax


@dataclass(frozen=True, slots=True)
class Mixture:
    """``kinds`` and the ``gate`` over them; ``six`` over the six emotions, or None.

    ``centre`` and ``spread`` (columns,) make standard scores.
    """

    kinds: tuple[Kind, ...]
    gate: Softmax
    six: Softmax | None
    centre: Floats
    spread: Floats

    def standard(self, scores: Floats) -> Floats:
        """Standard scores (texts, columns)."""
        standard = (scores - self.centre) / self.spread
        return np.asarray(np.clip(standard, -FARTHEST, FARTHEST), np.float32)

    def tones(self, standard: Floats) -> Floats:
        """(texts, 3) from standard scores.

        Whether a text is neutral is said by the kinds that know neutral texts; how the rest is
        shared between negative and positive by the kinds that know both. Kinds that know no praise
        (official texts against complaints) borrow it from the others.
        """
        shares = np.maximum(self.gate.probabilities(standard), LEAST)
        told = [self._tones_of(kind, standard) for kind in self.kinds]
        both, whole = self._those_that_know(NEGATIVE, POSITIVE), self._those_that_know(*ALL)
        neutral = _mixed(shares, [row[:, NEUTRAL] for row in told], whole)
        sides = [row[:, NEGATIVE] / np.maximum(1 - row[:, NEUTRAL], np.float32(LEAST)) for row in told]
        negative = _mixed(shares, [np.asarray(side, np.float32) for side in sides], both)
        mixed = np.stack([(1 - neutral) * negative, neutral, (1 - neutral) * (1 - negative)], axis=1)
        for place in sorted(set(range(len(self.kinds))) - set(both)):
            mixed += shares[:, [place]] * (_with_praise(told[place], 1 - negative) - mixed)
        return np.asarray(mixed / mixed.sum(axis=1, keepdims=True), np.float32)

    def emotions(self, standard: Floats) -> Floats:
        """(texts, 6); needs ``six``."""
        assert self.six is not None
        return self.six.probabilities(standard)

    def pulls(self, standard: Floats) -> Floats:
        """(texts, columns): how much a unit of each column moves a text from negative to positive."""
        known = self._those_that_know(NEGATIVE, POSITIVE)
        shares = np.maximum(self.gate.probabilities(standard), LEAST)[:, known]
        shares /= shares.sum(axis=1, keepdims=True)
        directions = [self._direction(self.kinds[place]) for place in known]
        return np.asarray(shares @ (np.stack(directions) / self.spread), np.float32)

    @staticmethod
    def _direction(kind: Kind) -> Floats:
        weights = kind.head.weights
        return weights[:, kind.classes.index(POSITIVE)] - weights[:, kind.classes.index(NEGATIVE)]

    def _those_that_know(self, *tones: int) -> list[int]:
        return [place for place, kind in enumerate(self.kinds) if set(tones) <= set(kind.classes)]

    def _tones_of(self, kind: Kind, standard: Floats) -> Floats:
        told = np.zeros((len(standard), len(TONES)), np.float32)
        told[:, list(kind.classes)] = kind.head.probabilities(standard)
        if kind.name == "six" and self.six is not None:
            # Two views of the same rows: what the tone head and the emotions say, half and half.
            emotions = self.six.probabilities(standard)
            grouped = [emotions[:, tone == _OF_TONE].sum(axis=1) for tone in range(len(TONES))]
            told = (told + np.stack(grouped, axis=1)) / 2
        return told


def _with_praise(told: Floats, praise: Floats) -> Floats:
    """``told`` (texts, 3) of a kind without praise, with the share of praise that others give."""
    lent = told.copy()
    lent[:, POSITIVE] = praise
    return np.asarray(lent / lent.sum(axis=1, keepdims=True), np.float32)


def _mixed(shares: Floats, told: list[Floats], known: list[int]) -> Floats:
    """Mean of ``told`` by shares, over the kinds that know; 0 when none does."""
    if not known:
        return np.zeros(len(shares), np.float32)
    weights = shares[:, known]
    return np.asarray(
        (weights * np.stack([told[place] for place in known], axis=1)).sum(axis=1) / weights.sum(axis=1)
    )


def softmax(logits: Floats) -> Floats:
    """Row-wise, safe against overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

"""From column scores to tones: a small head for each kind of text, mixed by how much it is of that kind.

A review, a sentence of a travel diary and a post in an epidemic show anger in other words, and their
sets were labelled with other neutral classes in mind. So every kind has its own softmax, and a gate
says how much a text is of each (mixture of experts, Jacobs et al. 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.sets import ALL, NEGATIVE, NEUTRAL, POSITIVE, SIX, TONE_OF_SIX, TONES

Floats = npt.NDArray[np.float32]

#: Standard scores beyond this say no more: one strange text must not outvote all that was learned.
FARTHEST = 6.0
#: Least mass of a kind, so that shares of nothing can be taken.
LEAST = 1e-6
#: No kind is surer than this in a mean of log odds.
SUREST = np.float32(1e-4)
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
    """How one kind of text is read. ``classes`` are the tones its sets tell apart, in order.

    ``sharpness`` and ``six_sharpness`` are the powers that fit what is mixed to texts of this kind.
    """

    name: str
    classes: tuple[int, ...]
    head: Softmax
    sharpness: float = 1.0
    six_sharpness: float = 1.0

    @property
    def has_emotions(self) -> bool:
        """Whether its sets are labelled with six emotions."""
        return self.name.startswith("six")


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
        told = [self.tones_of(kind, standard) for kind in self.kinds]
        mixed, shares = self._mixed(standard, told)
        return _raised(mixed, shares @ self._powers("sharpness"))

    def mixed(self, standard: Floats, told: Sequence[Floats]) -> Floats:
        """``tones`` from what others say for each kind: ``told`` has (texts, 3) for each. Nothing is sharpened."""
        return self._mixed(standard, told)[0]

    def shares(self, standard: Floats) -> Floats:
        """(texts, kinds): how much a text is of each kind."""
        return np.maximum(self.gate.probabilities(standard), np.float32(LEAST))

    def _mixed(self, standard: Floats, told: Sequence[Floats]) -> tuple[Floats, Floats]:
        shares = self.shares(standard)
        both, whole = self._those_that_know(NEGATIVE, POSITIVE), self._those_that_know(*ALL)
        neutral = _mean(shares, [row[:, NEUTRAL] for row in told], whole)
        sides = [row[:, NEGATIVE] / np.maximum(1 - row[:, NEUTRAL], np.float32(LEAST)) for row in told]
        negative = _mean(shares, [np.asarray(side, np.float32) for side in sides], both)
        mixed = np.stack([(1 - neutral) * negative, neutral, (1 - neutral) * (1 - negative)], axis=1)
        for place in sorted(set(range(len(self.kinds))) - set(both)):
            mixed += shares[:, [place]] * (_with_praise(told[place], 1 - negative) - mixed)
        return np.asarray(mixed, np.float32), shares

    def emotions(self, standard: Floats) -> Floats:
        """(texts, 6); needs ``six``."""
        assert self.six is not None
        known = [place for place, kind in enumerate(self.kinds) if kind.has_emotions]
        shares = self.shares(standard)[:, known]
        powers = shares @ self._powers("six_sharpness")[known] / shares.sum(axis=1)
        return _raised(self.six.probabilities(standard), powers)

    def _powers(self, name: str) -> Floats:
        return np.array([getattr(kind, name) for kind in self.kinds], np.float32)

    def pulls(self, standard: Floats) -> Floats:
        """(texts, columns): how much a unit of each column moves a text from negative to positive."""
        known = self._those_that_know(NEGATIVE, POSITIVE)
        shares = self.shares(standard)[:, known]
        shares /= shares.sum(axis=1, keepdims=True)
        directions = [self._direction(self.kinds[place]) for place in known]
        return np.asarray(shares @ (np.stack(directions) / self.spread), np.float32)

    @staticmethod
    def _direction(kind: Kind) -> Floats:
        weights = kind.head.weights
        return weights[:, kind.classes.index(POSITIVE)] - weights[:, kind.classes.index(NEGATIVE)]

    def _those_that_know(self, *tones: int) -> list[int]:
        return [place for place, kind in enumerate(self.kinds) if set(tones) <= set(kind.classes)]

    def tones_of(self, kind: Kind, standard: Floats) -> Floats:
        """(texts, 3): what the head of one kind says."""
        told = np.zeros((len(standard), len(TONES)), np.float32)
        told[:, list(kind.classes)] = kind.head.probabilities(standard)
        if kind.has_emotions and self.six is not None:
            # Two views of the same rows: what the tone head and the emotions say, half and half.
            told = np.asarray((told + self.of_emotions(self.six.probabilities(standard))) / 2, np.float32)
        return told

    @staticmethod
    def of_emotions(emotions: Floats) -> Floats:
        """Tones (texts, 3) from six emotions."""
        grouped = [emotions[:, tone == _OF_TONE].sum(axis=1) for tone in range(len(TONES))]
        return np.asarray(np.stack(grouped, axis=1), np.float32)


def _raised(told: Floats, powers: Floats) -> Floats:
    """``told`` (texts, classes) to the powers (texts,), each row summing to 1; 0 stays 0."""
    raised = softmax(np.asarray(np.log(np.maximum(told, LEAST)) * powers[:, None], np.float32))
    raised *= told > 0
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _with_praise(told: Floats, praise: Floats) -> Floats:
    """``told`` (texts, 3) of a kind without praise, with the share of praise that others give."""
    lent = told.copy()
    lent[:, POSITIVE] = praise
    return np.asarray(lent / lent.sum(axis=1, keepdims=True), np.float32)


def _mean(shares: Floats, told: list[Floats], known: list[int]) -> Floats:
    """Mean by shares of the log odds in ``told``, over the kinds that know; 0 when none does.

    A mean of log odds (Genest and Zidek 1986) lets a kind that is sure weigh more than one that is not.
    """
    if not known:
        return np.zeros(len(shares), np.float32)
    weights = shares[:, known]
    held = np.clip(np.stack([told[place] for place in known], axis=1), SUREST, 1 - SUREST)
    odds = (weights * np.log(held / (1 - held))).sum(axis=1) / weights.sum(axis=1)
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def softmax(logits: Floats) -> Floats:
    """Row-wise, safe against overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

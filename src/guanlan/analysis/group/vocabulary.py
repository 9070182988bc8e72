"""Features as numbers: what is known of each stands in arrays, so that a text is weighed in a few steps.

A feature is a word (one character that stands as a word is written ``=x``) or a pair of characters
(``+xy``). Number 0 is no feature. Numbers hold within one vocabulary only; what is kept in a
file is the names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from guanlan.analysis.event_words import BACKGROUND_TEXTS, UNKNOWN, background, is_place
from guanlan.analysis.group.telling import Telling

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int32]

#: What a set of posts writes for an address, a name and a number.
PLACEHOLDERS = frozenset(("url", "mention", "digit"))
#: Features for which there is room at first; doubled when it is used up.
ROOM = 1 << 14


class _Known(dict[str, int]):
    """Numbers by what stands in a text; what is met for the first time is asked for once."""

    def __init__(self, number: Callable[[str], int]) -> None:
        super().__init__()
        self._number = number

    def __missing__(self, written: str) -> int:
        self[written] = found = self._number(written)
        return found


class Vocabulary:
    """``words`` and ``pairs`` give numbers by text; ``names`` and the arrays are read by number.

    ``shares`` are the texts that hold a feature (the background's, scaled to BACKGROUND_TEXTS, and the
    caller's own), ``powers`` the roots of what it tells, ``places`` whether it reads like a place.
    """

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        total, self._counts = background()
        self._scale = BACKGROUND_TEXTS / total
        self.words, self.pairs = _Known(self._word), _Known(self._pair)
        self.names = [""]
        self.shares: Floats = np.ones(ROOM)
        self.powers: Floats = np.zeros(ROOM)
        self.places: npt.NDArray[np.bool_] = np.zeros(ROOM, np.bool_)
        #: All zero between calls: a text is spread out here to be compared with many.
        self.scratch: Floats = np.zeros(ROOM)

    def __len__(self) -> int:
        return len(self.names)

    def number_of(self, name: str) -> int:
        """The number of a feature by its name, as a file has it."""
        if name[0] == "+":
            return self.pairs[name[1:]]
        return self.words[name[1:] if name[0] == "=" else name]

    def own(self) -> dict[str, int]:
        """In how many of the caller's own texts each feature occurs; those in none left out."""
        counts = np.rint(self.shares[: len(self)] - self._backgrounds()).astype(np.int64)
        counts[0] = 0
        return {self.names[at]: int(counts[at]) for at in np.flatnonzero(counts).tolist()}

    def recall(self, counts: Mapping[str, int]) -> None:
        """Take over what ``own`` gave."""
        numbers = [self.number_of(name) for name in counts]
        self.shares[: len(self)] = self._backgrounds()
        self.shares[numbers] += np.fromiter(counts.values(), np.float64, len(counts))

    def without(self, unused: npt.NDArray[np.bool_]) -> tuple[Vocabulary, Numbers]:
        """A vocabulary that leaves out what is ``unused`` (by number), and the new numbers by the old ones (0: gone).

        Counts of the caller's own texts are not taken over.
        """
        fresh, numbers = Vocabulary(self._telling), np.zeros(len(self), np.int32)
        for at in np.flatnonzero(~unused[1:]) + 1:
            numbers[at] = fresh.number_of(self.names[at])
        return fresh, numbers

    def _backgrounds(self) -> Floats:
        return np.array([self._background(name) for name in self.names])

    def _background(self, name: str) -> float:
        """As ``WordWeights.background_share``."""
        return self._counts.get(name, UNKNOWN) * self._scale + 0.5

    def _word(self, written: str) -> int:
        word = written.lower()
        if not written[0].isalnum() or word in PLACEHOLDERS:
            return 0
        if word != written:
            return self.words[word]
        at = self._add(word if len(word) > 1 else "=" + word)
        self.places[at] = is_place(word)
        return at

    def _pair(self, written: str) -> int:
        return self._add("+" + written)

    def _add(self, name: str) -> int:
        at = len(self.names)
        if at == len(self.shares):
            self._widen()
        self.names.append(name)
        self.shares[at] = self._background(name)
        self.powers[at] = math.sqrt(self._telling.power_of(name))
        return at

    def _widen(self) -> None:
        room = len(self.shares)
        self.shares = np.concatenate([self.shares, np.ones(room)])
        self.powers = np.concatenate([self.powers, np.zeros(room)])
        self.places = np.concatenate([self.places, np.zeros(room, np.bool_)])
        self.scratch = np.zeros(2 * room)

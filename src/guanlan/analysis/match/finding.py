"""Where the words stand: one automaton for words as they are, one for words that hide behind marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter

import daachorse

from guanlan.analysis.match.spelling import folded, needs_borders, stands_alone
from guanlan.analysis.match.themes import Vocabulary
from guanlan.analysis.match.variants import unhidden

#: Longer texts are read in pieces, shorter ones where words stand inside words inside words: what one piece
#: gives must not fill the memory.
PIECE = 16_000
SHORTEST_PIECE = 500
#: Of a text that is nothing but words the rest is not read: it matches already, and a page cannot show more.
MAX_HITS = 100_000

#: start, end, number of the word
Place = tuple[int, int, int]


class _Automaton:
    """daachorse over some words, piece by piece where a text is long."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self.bordered = frozenset(n for n, word in enumerate(self.words) if needs_borders(word))
        self._overlap = max(map(len, self.words), default=1) - 1
        self._length = max(SHORTEST_PIECE, min(PIECE, MAX_HITS // _nesting(self.words)))
        self._find = daachorse.CharwiseDoubleArrayAhoCorasick(list(self.words)).find_overlapping

    def find(self, low: str, most: int) -> list[Place]:
        """Every place of every word in folded text, by their ends; no more is read once there are ``most``."""
        found = self._pieces(low, most) if len(low) > self._length else self._piece(low)
        if self.bordered and found:
            bordered = self.bordered
            return [hit for hit in found if hit[2] not in bordered or stands_alone(low, hit[0], hit[1])]
        return found

    def _piece(self, low: str) -> list[Place]:
        try:
            found: list[Place] = self._find(low)
        except UnicodeEncodeError:  # half a surrogate pair: read over it, offsets stay
            found = self._find(low.encode("utf-8", "replace").decode())
        return found

    def _pieces(self, low: str, most: int) -> list[Place]:
        found: list[Place] = []
        before = 0  # ends up to here are known from the pieces before
        for last in range(self._length, len(low) + self._length, self._length):
            first = max(0, before - self._overlap)
            piece = self._piece(low[first:last])
            found += [(s + first, e + first, n) for s, e, n in piece if e + first > before]
            before = last
            if len(found) >= most:
                return found[:most]
        return found


def _nesting(words: Iterable[str]) -> int:
    """How many words may end at one place: the most that are ends of one word, itself included."""
    known = set(words)
    return max((sum(word[at:] in known for at in range(len(word))) for word in known), default=1)


class Finder:
    """Both automata of a vocabulary. Immutable."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._exact = _Automaton(vocabulary.exact) if vocabulary.exact else None
        self._hidden = _Automaton(vocabulary.hidden) if vocabulary.hidden else None
        words = (*vocabulary.exact, *vocabulary.hidden)
        #: Lists of Han words need no second copy of each text in small letters.
        self._cased = any(word.upper() != word or word.lower() != word for word in words)

    def find(self, text: str, most: int = MAX_HITS) -> list[Place]:
        """Places in ``text`` with the vocabulary's numbers, by where they end."""
        if self._exact is None:
            return []
        low = folded(text) if self._cased else text
        found = self._exact.find(low, most)
        if self._hidden is not None:
            hidden = list(self._unhidden(self._hidden, low, most))
            if hidden:
                return sorted([*found, *hidden], key=itemgetter(1))[:most]
        return found

    def _unhidden(self, automaton: _Automaton, low: str, most: int) -> Iterator[Place]:
        """Words that only show once marks are taken out and circles opened."""
        opened = unhidden(low)
        if opened is None:
            return
        plain, places = opened
        for start, end, n in automaton.find(plain, most):
            first, last = int(places[start]), int(places[end - 1]) + 1
            if low[first:last] != automaton.words[n]:
                yield first, last, ~n

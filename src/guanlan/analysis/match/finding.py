"""Where the words stand: one automaton for words as they are, one for words that hide behind marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

import daachorse
import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.match.spelling import folded, needs_borders, stands_alone
from guanlan.analysis.match.themes import Vocabulary
from guanlan.analysis.match.variants import unhidden

#: Longer texts are read in pieces, shorter ones where words stand inside words inside words: what one piece
#: gives must not fill the memory.
PIECE = 16_000
SHORTEST_PIECE = 500
#: Of a text that is nothing but words the rest is not read: it matches already, and a page cannot show more.
MAX_HITS = 100_000
#: Joined texts are short, and each has its own bound afterwards.
NO_BOUND = 1 << 60

#: start, end, number of the word
Place = tuple[int, int, int]
Column = NDArray[np.int64]

#: By its code, whether an ASCII character is a letter or a digit; the last one is none.
_LATIN = np.array([chr(code).isalnum() for code in range(128)], dtype=bool)


class Rows(NamedTuple):
    """Places as columns, by where they end: start, end, number of the word."""

    starts: Column
    ends: Column
    numbers: Column


def _column(found: list[Place], part: int) -> Column:
    return np.fromiter(map(itemgetter(part), found), dtype=np.int64, count=len(found))


class _Automaton:
    """daachorse over some words, piece by piece where a text is long."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self.bordered = frozenset(n for n, word in enumerate(self.words) if needs_borders(word))
        self._is_bordered = np.array([n in self.bordered for n in range(len(self.words))], dtype=bool)
        self._lengths = np.array([len(word) for word in self.words], dtype=np.int64)
        self._overlap = max(map(len, self.words), default=1) - 1
        self._length = max(SHORTEST_PIECE, min(PIECE, MAX_HITS // _nesting(self.words)))
        self._find = daachorse.CharwiseDoubleArrayAhoCorasick(list(self.words)).find_overlapping

    def find(self, low: str, most: int) -> list[Place]:
        """Every place of every word in folded text, by their ends; no more is read once there are ``most``."""
        found = self._pieces(low, most) if len(low) > self._length else self._piece(low)
        return self.alone(low, found) if found and self.bordered else found

    def look(self, low: str, most: int) -> list[Place]:
        """The same with words that stand inside other words but may not."""
        return self._pieces(low, most) if len(low) > self._length else self._piece(low)

    def alone(self, low: str, found: list[Place]) -> list[Place]:
        """Without words that may not stand inside others and do."""
        bordered = self.bordered
        return [hit for hit in found if hit[2] not in bordered or stands_alone(low, hit[0], hit[1])]

    def rows_of(self, found: list[Place]) -> Rows:
        """The same places as columns."""
        starts, numbers = _column(found, 0), _column(found, 2)
        return Rows(starts, starts + self._lengths[numbers], numbers)

    def rows(self, low: str, found: list[Place]) -> Rows:
        """``alone`` as columns."""
        rows = self.rows_of(found)
        if not self.bordered:
            return rows
        doubtful = np.flatnonzero(self._is_bordered[rows.numbers])
        if not len(doubtful):
            return rows
        codes = np.frombuffer(f" {low} ".encode("utf-32-le", "surrogatepass"), dtype="<u4")
        before, after = codes[rows.starts[doubtful]], codes[rows.ends[doubtful] + 1]
        inside = _LATIN.take(before, mode="clip") | _LATIN.take(after, mode="clip")
        if not inside.any():
            return rows
        kept = np.ones(len(found), dtype=bool)
        kept[doubtful[inside]] = False
        return Rows(rows.starts[kept], rows.ends[kept], rows.numbers[kept])

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
        return found if self._hidden is None else self._and_hidden(low, found, most)

    def look(self, text: str) -> tuple[str, list[Place]]:
        """The folded text and a first look at it, for ``places`` or ``rows``: its length says which is faster."""
        low = folded(text) if self._cased else text
        return low, self._exact.look(low, NO_BOUND) if self._exact is not None else []

    def places(self, low: str, looked: list[Place]) -> list[Place]:
        """What stands in the text, by where it ends."""
        if self._exact is None:
            return []
        found = self._exact.alone(low, looked)
        return found if self._hidden is None else self._and_hidden(low, found, NO_BOUND)

    def rows(self, low: str, looked: list[Place]) -> Rows:
        """``places`` as columns, without a bound."""
        if self._exact is None or self._hidden is not None:
            return self.rows_of(self.places(low, looked))
        return self._exact.rows(low, looked)

    def rows_of(self, found: list[Place]) -> Rows:
        """What ``places`` gave as columns."""
        if self._exact is None or self._hidden is not None:
            return Rows(*(_column(found, part) for part in range(3)))
        return self._exact.rows_of(found)

    def _and_hidden(self, low: str, found: list[Place], most: int) -> list[Place]:
        hidden = list(self._unhidden(self._hidden, low, most)) if self._hidden is not None else []
        return sorted([*found, *hidden], key=itemgetter(1))[:most] if hidden else found

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

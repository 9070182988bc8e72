"""A message as sparse weights of hashed words, characters and pairs of characters.

The first line counts as the title when there is more than one: people name the matter there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import rjieba

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BUCKETS = 1 << 16
#: A message is judged by its beginning; hostile megabytes cost no more than a long letter.
MAX_CHARACTERS = 2000
#: What a title weighs beside the text. 1, 3 gave .70 and .73 for words, .78 and .79 for characters.
TITLE_WEIGHT = 4.0
#: How often the hashed words stand in 6,800 citizens' messages: counts of documents, no text.
BACKGROUND = Path(__file__).parents[2] / "packs" / "route" / "background.npz"

_NOT_HAN = re.compile(r"[^\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Message:
    """``title`` and ``body`` as they are compared: at most MAX_CHARACTERS each."""

    title: str
    body: str


def message(text: str) -> Message:
    """Cut a text into its first line and the rest; a text of one line is all body."""
    head, found, rest = text[: 2 * MAX_CHARACTERS].strip().partition("\n")
    if not found:
        return Message("", head[:MAX_CHARACTERS])
    return Message(head[:MAX_CHARACTERS], rest[:MAX_CHARACTERS])


def tokens(text: str) -> list[str]:
    """Words of two characters or more, single characters, and pairs (prefixed, as they overlap)."""
    found: list[str] = []
    for run in _NOT_HAN.split(text):
        if run:
            found += [word for word in rjieba.cut(run, False) if len(word) > 1]
            found += run
            found += ["+" + run[at : at + 2] for at in range(len(run) - 1)]
    return found


@lru_cache(maxsize=1 << 18)  # words repeat: 20 times the speed for 30 MB at most
def bucket(token: str) -> int:
    """0 .. BUCKETS - 1, the same on every machine."""
    return crc32(token.encode("utf-8", "surrogatepass")) % BUCKETS


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a bucket tells: ``idf`` (BUCKETS,), natural logarithm, at least 0."""

    idf: Floats

    def of_term(self, term: str) -> float:
        """A term is at least as rare as the rarest pair of characters in it."""
        pairs = [term[at : at + 2] for at in range(len(term) - 1)] or [term]
        return max(float(self.idf[bucket("+" + pair)]) for pair in pairs)

    def read(self, text: str) -> tuple[Ints, Floats]:
        """Sorted buckets and their values, of length 1 as a vector; empty for a text without Han."""
        letter = message(text)
        title, body = ([bucket(token) for token in tokens(part)] for part in (letter.title, letter.body))
        found = np.array(title + body, dtype=np.int64)
        weights = np.repeat((TITLE_WEIGHT, 1.0), (len(title), len(body)))
        places, at = np.unique(found, return_inverse=True)
        raw = np.bincount(at, weights=weights, minlength=len(places)).astype(np.float64)
        values = (1 + np.log(np.maximum(raw, 1.0))) * self.idf[places] if len(places) else raw
        length = float(np.sqrt(values @ values))
        return places, values / length if length else values


def document_counts(texts: Iterable[str]) -> tuple[Ints, int]:
    """In how many texts each bucket stands (BUCKETS,), and the number of texts."""
    seen = np.zeros(BUCKETS, dtype=np.int64)
    total = 0
    for text in texts:
        letter = message(text)
        here = {bucket(token) for token in tokens(letter.title) + tokens(letter.body)}
        seen[np.fromiter(here, dtype=np.int64, count=len(here))] += 1
        total += 1
    return seen, total


def weights_of(seen: Ints, total: int) -> Weights:
    """Smoothed inverse document frequency, ln((N + 1) / (df + 1))."""
    return Weights(np.log((total + 1) / (np.minimum(seen, total) + 1.0)))


@cache
def background() -> Weights:
    """The shipped counts. They hold no text and no label."""
    with np.load(BACKGROUND, allow_pickle=False) as held:
        return weights_of(held["seen"].astype(np.int64), int(held["total"]))

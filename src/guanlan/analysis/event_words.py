"""What tells one event from another: rare words, pairs of characters, numbers and places.

A text is its title and its lead: later paragraphs are background that events share. Words come from
rjieba without its guessing of unknown words, which is faster and more even; pairs of characters catch
the names that it cuts apart. Each weighs its inverse document frequency: a shipped background
(``packs/words/background.tsv.gz``, counted over 469,635 public titles and posts) mixed with what the
caller's own texts teach.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import rjieba

BACKGROUND = Path(__file__).parent.parent / "packs" / "words" / "background.tsv.gz"
#: Characters of the body that are read.
LEAD = 300
#: Texts that the background counts for once own texts are learned: a few days of a small body.
BACKGROUND_TEXTS = 3_000
#: Own texts after which all counts are halved: last month must not silence this week.
FADE_AFTER = 200_000
#: Most that one feature weighs: a word met for the first time is as likely a slip as a name.
MAX_WEIGHT = 9.0
LEAST_SHARE = math.exp(-MAX_WEIGHT)
#: Texts of the background that a feature missing in it is taken to occur in.
UNKNOWN = 2

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_CHARACTER = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+")
_SPLIT = re.compile(r"\s+")
_PLACE_ENDS = ("省", "市", "县", "区", "镇", "乡", "村", "州", "旗", "路", "街道", "小区")


def words(text: str) -> list[str]:
    """Words of a text in order, in lower case; single Chinese characters and marks left out."""
    return [word for word in all_words(text) if len(word) > 1]


def all_words(text: str) -> list[str]:
    """Words in order, in lower case, single characters too, marks left out."""
    return [word.lower() for word in cut(text) if word[0].isalnum()]


def cut(text: str) -> list[str]:
    """A text cut into words and marks, as they are written."""
    try:
        return rjieba.cut(text, False)
    except UnicodeEncodeError:  # half a surrogate pair
        return rjieba.cut(text.encode("utf-8", "replace").decode(), False)


def character_pairs(text: str) -> list[str]:
    """Neighbouring pairs of Chinese characters."""
    return [run[at : at + 2] for run in _CHINESE.findall(text) for at in range(len(run) - 1)]


def characters(text: str) -> list[str]:
    """Chinese characters and Latin words, one by one."""
    return _CHARACTER.findall(text.lower())


def numbers(text: str) -> frozenset[str]:
    """The numbers that a text states."""
    return frozenset(_NUMBER.findall(text))


def joined(text: str) -> str:
    """A text that was segmented with spaces, put together again; Latin words keep theirs."""
    parts = _SPLIT.split(text.strip())
    out = ""
    for part in parts:
        latin = out[-1:].isascii() and part[:1].isascii() and out
        out += f" {part}" if latin else part
    return out


def is_place(word: str) -> bool:
    """Whether a word reads like a place; explains, and asks for a little more where places differ."""
    return len(word) >= 3 and word[0] not in "+=" and word.endswith(_PLACE_ENDS)


@cache
def background() -> tuple[int, Mapping[str, int]]:
    """Number of texts counted, and in how many of them each feature occurs."""
    counts: dict[str, int] = {}
    with gzip.open(BACKGROUND, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            name, _tab, count = line.rstrip("\n").rpartition("\t")
            counts[name] = int(count)
    return counts.pop(""), counts


class WordWeights:
    """Inverse document frequencies that learn. Owned by the caller; equal texts in, equal weights out."""

    def __init__(self) -> None:
        self._total, self._counts = background()
        self._scale = BACKGROUND_TEXTS / self._total
        self._own: Counter[str] = Counter()
        self._own_total = 0

    def learn(self, features: Iterable[str]) -> None:
        """Count one more text that holds ``features``."""
        self._own.update(features)
        self._own_total += 1
        if self._own_total > FADE_AFTER:
            self._own = Counter({name: count // 2 for name, count in self._own.items() if count > 1})
            self._own_total //= 2

    def weight(self, feature: str) -> float:
        """Natural logarithm of (texts / texts with the feature), never below zero."""
        share = (self.background_share(feature) + self._own.get(feature, 0)) / self.texts
        return MAX_WEIGHT if share < LEAST_SHARE else max(0.0, -math.log(share))

    @property
    def own(self) -> Mapping[str, int]:
        """In how many own texts each feature occurs."""
        return self._own

    @property
    def texts(self) -> int:
        """Texts that count in all: the background's and the caller's."""
        return BACKGROUND_TEXTS + self._own_total + 1

    def background_share(self, feature: str) -> float:
        """Texts of the background that hold a feature, scaled to BACKGROUND_TEXTS, never 0."""
        return self._counts.get(feature, UNKNOWN) * self._scale + 0.5

    def counted(self) -> tuple[int, dict[str, int]]:
        """Own texts learned, and in how many of them each feature occurs; to be kept in a file."""
        return self._own_total, dict(self._own)

    def recall(self, total: int, counts: Mapping[str, int]) -> None:
        """Take over what ``counted`` gave."""
        self._own_total, self._own = total, Counter(counts)

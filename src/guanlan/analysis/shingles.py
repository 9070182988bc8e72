"""What is compared when two texts are compared: characters without furniture and punctuation.

What reposting adds (转发微博, 网页链接, ``//@name:``, addresses) and all punctuation are stripped; what is
left, the *letters*, is compared by its runs of a few characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

#: Similarity is told on runs of three: with two, common words make strangers look alike; with four, one
#: edit costs more.
WIDTH = 3
#: Under a dozen letters a chance resemblance is likelier than a copy: equal letters only.
MIN_LETTERS = 12

#: What platforms add to a text that was passed on. Names are cut too: they say who, not what. The first
#: character of each form is written apart: the search then skips whatever cannot begin one.
FURNITURE = re.compile(
    r"[hH/回@转轉分oO网查展收rR](?i:"
    r"(?<=h)ttps?://[\w./?=&%#:~+-]+"
    r"|(?:(?<=/)/|(?<=回)复)[^\S\n]*@[^\s:：@/]{1,30}[^\S\n]*[:：]"
    r"|(?<=@)[^\s:：@/，。,]{1,30}[:：]"
    r"|(?<=[转轉])[发發]微[博愽]|(?<=分)享自\S{1,12}(?:客户端|App)|(?:(?<=O)网|(?<=网))页链接"
    r"|(?<=查)看图片|(?<=展)开全文|(?<=收)起全文|(?<=R)epost)"
)
REPOST_MARK = re.compile(
    r"//\s*@|[转轉][发發]微[博愽]|^\s*(?:转|转发|RT)\b|(?:转自|转载自|来源)[:：]", re.IGNORECASE
)
#: Each of these marks holds one of these.
_MAY_BE_REPOST = re.compile(r"[/转轉来Rr]")
#: Each form of furniture holds one of these; looking for one character first is cheap.
_MAY_HOLD_FURNITURE = re.compile(r"[@/微愽链分查开收Rr轉]")
_MARKS = re.compile(r"[^\w\n]+|_+")
_FIGURE = re.compile(r"[0-9]+(?:[.,:][0-9]+)*")
_DIGIT = re.compile("[0-9]")
_NO_FIGURES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is compared: its ``letters`` alone and the ``figures`` it states."""

    letters: str
    figures: frozenset[str]


@lru_cache(maxsize=4)  # a text is fingerprinted, looked up and added: read once
def read(text: str) -> Reading:
    """Strip repost furniture and punctuation, lower the case."""
    return read_batch((text,))[0]


def read_batch(texts: Sequence[str]) -> list[Reading]:
    """``read`` of each text; one pass over all of them together, as patterns cost most when they start."""
    if not texts:
        return []
    joined = "\n".join(text.replace("\n", " ") if "\n" in text else text for text in texts)
    plain = FURNITURE.sub(" ", joined) if _MAY_HOLD_FURNITURE.search(joined) else joined
    letters = _lowered(_MARKS.sub("", plain)).split("\n")
    if not _DIGIT.search(plain):
        return [Reading(one, _NO_FIGURES) for one in letters]
    stated = (
        frozenset(_FIGURE.findall(line)) if _DIGIT.search(line) else _NO_FIGURES for line in plain.split("\n")
    )
    return [Reading(one, figures) for one, figures in zip(letters, stated, strict=True)]


def runs_of(letters: str) -> set[str]:
    """The distinct runs of ``WIDTH`` characters."""
    return set(map("".join, zip(letters, letters[1:], letters[2:], strict=False)))


def looks_reposted(text: str) -> bool:
    """Whether the text itself says that it was published before."""
    return bool(_MAY_BE_REPOST.search(text) and REPOST_MARK.search(text))


def _lowered(letters: str) -> str:
    """Small letters, and nothing that lowering leaves behind as a mark (``İ`` becomes two)."""
    small = letters.lower()
    return small if len(small) == len(letters) else _MARKS.sub("", small)

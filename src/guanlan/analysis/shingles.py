"""What is compared when two texts are compared: characters without furniture and punctuation.

What reposting adds (转发微博, 网页链接, ``//@name:``, addresses) and all punctuation are stripped; what is
left is cut into its distinct runs of three characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rensa import RMinHash

#: Three characters: with two, common words make strangers look alike; with four, one edit costs more.
WIDTH = 3
#: Version of rensa's hashing; stored beside everything that was computed with it.
HASHING = str(RMinHash.ALGORITHM_VERSION)

#: What platforms add to a text that was passed on. Names are cut too: they say who, not what.
FURNITURE = re.compile(
    r"https?://[\w./?=&%#:~+-]+"
    r"|(?://|回复)\s*@[^\s:：@/]{1,30}\s*[:：]"
    r"|@[^\s:：@/，。,]{1,30}[:：]"
    r"|[转轉][发發]微[博愽]|分享自\S{1,12}(?:客户端|App)|O?网页链接|查看图片|展开全文|收起全文|Repost",
    re.IGNORECASE,
)
REPOST_MARK = re.compile(
    r"//\s*@|[转轉][发發]微博|^\s*(?:转|转发|RT)\b|(?:转自|转载自|来源)[:：]", re.IGNORECASE
)
#: Each form of furniture holds one of these; looking for one character first is cheap.
_MAY_HOLD_FURNITURE = re.compile(r"[@/微愽链分查开收Rr轉]")
_MARKS = re.compile(r"[\W_]+")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is compared: ``letters`` alone, their distinct ``runs``, and its ``figures``."""

    letters: str
    runs: tuple[str, ...]
    figures: frozenset[str]


@lru_cache(maxsize=4)  # a text is fingerprinted, looked up and added: read once
def read(text: str) -> Reading:
    """Strip repost furniture and punctuation, lower the case, cut into runs of ``WIDTH``."""
    plain = FURNITURE.sub(" ", text) if _MAY_HOLD_FURNITURE.search(text) else text
    letters = _MARKS.sub("", plain).lower()
    found = set(map("".join, zip(letters, letters[1:], letters[2:], strict=False)))
    return Reading(letters, tuple(found), frozenset(_FIGURE.findall(plain)))


def run_hashes(reading: Reading) -> list[int]:
    """64-bit hashes of the distinct runs; the same on every machine."""
    if not reading.runs:
        return []
    hashes: list[int] = RMinHash.hash_token_sets([reading.runs])[0]
    return hashes


def looks_reposted(text: str) -> bool:
    """Whether the text itself says that it was published before."""
    return bool(REPOST_MARK.search(text))

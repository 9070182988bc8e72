"""What people write instead of a word: initials, same sounds, cant, characters taken apart or pushed apart.

The tables are data (``packs/netizen``, written for this project, see NOTICE.md there). Three things count as a
variant of a term:

* the rows of ``words.tsv`` for it (政府: zf; doubtful ones only when all are asked for);
* its characters taken apart by ``split.tsv``: each alone, and all together (手枪: 手木仓);
* a mark between two of its Han characters (政.府, 政 府), and letters in circles (ⓩⓕ): see ``unhidden``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PACK = Path(__file__).parent.parent.parent / "packs" / "netizen"
#: Terms longer than this are phrases: nobody takes them apart, and each character would add a spelling.
MAX_SPLIT_TERM = 8
#: Marks between two characters of a word; more, or a line end, part two sentences.
MAX_MARKS = 3

_HAN = "\u4e00-\u9fff"
#: No comma, full stop or enumeration mark: those part clauses and lists.
_MARKS = r"[ .·•・‧/\\|｜*＊_+~^#@&=\-—－\u3000]"
_BETWEEN = re.compile(  # the mark first: a search for one of a few characters is fast
    rf"{_MARKS}(?<=[{_HAN}]{_MARKS}){_MARKS}{{0,{MAX_MARKS - 1}}}(?=[{_HAN}])"
)

#: Blocks of letters and digits in circles, brackets and boxes, mathematical and full-width ones.
_ENCLOSED = ((0x2460, 0x24FF), (0xFF10, 0xFF5A), (0x1D400, 0x1D7FF), (0x1F110, 0x1F189))
_ENCLOSED_PATTERN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _ENCLOSED) + "]")


@cache
def _words() -> dict[str, tuple[tuple[str, bool], ...]]:
    found: dict[str, tuple[tuple[str, bool], ...]] = {}
    for word, variant, _kind, sure, *_note in _rows("words.tsv"):
        found[word] = (*found.get(word, ()), (variant, sure == "1"))
    return found


@cache
def _parts() -> dict[str, str]:
    return {character: parts for character, parts, *_rest in _rows("split.tsv")}


def _rows(name: str) -> Iterator[list[str]]:
    lines = (PACK / name).read_text(encoding="utf-8").splitlines()[1:]
    return (line.split("\t") for line in lines if line)


def variants_of(word: str, *, doubtful: bool = False) -> tuple[str, ...]:
    """What is written instead of ``word``, without ``word`` itself, in a fixed order."""
    listed = [variant for variant, sure in _words().get(word, ()) if sure or doubtful]
    return tuple(one for one in dict.fromkeys([*listed, *_taken_apart(word)]) if one != word)


def _taken_apart(word: str) -> Iterator[str]:
    if not 2 <= len(word) <= MAX_SPLIT_TERM:
        return
    parts = _parts()
    for place, character in enumerate(word):
        if character in parts:
            yield word[:place] + parts[character] + word[place + 1 :]
    yield "".join(parts.get(character, character) for character in word)


@cache
def _enclosed() -> dict[int, str]:
    """Letters and digits in circles, boxes and brackets to plain small ones, one for one."""
    found: dict[int, str] = {}
    for code in (code for first, last in _ENCLOSED for code in range(first, last + 1)):
        plain = unicodedata.normalize("NFKC", chr(code)).strip("()").lower()
        if 0x1F150 <= code <= 0x1F189:  # white on black: no compatibility form is given
            plain = chr(ord("a") + (code - 0x1F150) % 32) if (code - 0x1F150) % 32 < 26 else ""
        if len(plain) == 1 and plain.isascii() and plain.isalnum():
            found[code] = plain
    return found


def unhidden(text: str) -> tuple[str, NDArray[np.int64]] | None:
    """``text`` without marks inside Han runs and with plain letters; None when nothing is hidden.

    With it the offset in ``text`` of each character that stayed. The text must be folded already.
    """
    marked = _BETWEEN.search(text)
    enclosed = _ENCLOSED_PATTERN.search(text)
    if not marked and not enclosed:
        return None
    plain = text.translate(_enclosed()) if enclosed else text
    stays = np.ones(len(plain), dtype=bool)
    for found in _BETWEEN.finditer(plain):
        stays[found.start() : found.end()] = False
    places = np.flatnonzero(stays)
    return _BETWEEN.sub("", plain), places

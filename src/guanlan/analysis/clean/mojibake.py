"""Text that was read with the wrong code page, put right by undoing the wrong step.

Each line is written back to bytes with a code page it may have been misread with, and read again with the
ones Chinese text really uses. The result is kept only if the share of common characters rises clearly; no
character is ever chosen by guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.common_characters import COMMON

#: How much the share of common characters must rise (technology B: restores what can be restored, and
#: leaves every clean sentence of the test set alone).
REQUIRED_RISE = 0.15
#: What a repaired line must reach: ordinary Chinese has about .75.
REQUIRED_SHARE = 0.4
#: A line that reads as Chinese this well is not examined.
GOOD_SHARE = 0.4
#: Fewer common characters than this prove nothing.
REQUIRED_COMMON = 3
#: Bytes may have been lost on the way; more lost characters than this share make a repair useless.
LOST_SHARE = 0.12
#: A long line is judged by this many characters of it, so that a huge one costs little.
JUDGED = 4_000

#: From this length on characters are looked up in a table at once.
LONG = 200

_WRONG = ("latin-1", "cp1252", "gb18030", "big5")
_RIGHT = ("utf-8", "gb18030", "big5")

#: Latin letters and signs in runs, or six rare Han in a row: what misread bytes look like.
#: The first of them is written apart: the search then skips whatever cannot begin a run.
_LATIN = "[\u0080-\u00ff\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u2122\u20ac]"
_LATIN_RUN = re.compile(_LATIN + _LATIN + "{2}")
#: Kana, bopomofo and private characters are rare in Chinese and frequent in what GBK makes of UTF-8.
_RARE = "\u3040-\u312f\ue000-\uf8ff" + "".join(
    sorted(set(map(chr, range(0x3400, 0xA000))).difference(COMMON))
)
_RARE_RUN = re.compile(f"[{_RARE}][{_RARE}]{{5}}")
#: The same by the kinds of ``_table``.
_SIGNS, _RARE_KINDS = (4, 5), bytes((2,)) * 6
_LETTER = re.compile("[\u0080-\u1fff\u2e80-\u2fff\u3040-\ufeff\ufffd]")
_COMMON_ONE = re.compile(f"[{COMMON}]")


def repair_mojibake(text: str) -> tuple[str, int]:
    """Repair misread lines; returns the text and the number of lines repaired."""
    if text.isascii():
        return text, 0
    parts: list[str] = []
    done = repaired = 0
    for start, end in _suspects(text):
        better = _repair(text[start:end])
        if better is not None:
            parts += (text[done:start], better)
            done = end
            repaired += 1
    return "".join((*parts, text[done:])) if repaired else text, repaired


def _suspects(text: str) -> Iterator[tuple[int, int]]:
    """Lines with a run of Latin signs or of rare characters that do not read as Chinese, by their offsets.

    Most short texts have no run, which a pattern says at once; for all others a table is faster.
    """
    if len(text) < LONG and not _RARE_RUN.search(text) and not _LATIN_RUN.search(text):
        return
    kinds, done = _kinds_of(text), 0
    for run in sorted(_runs(text, kinds)):
        if run >= done:
            start, end = text.rfind("\n", 0, run) + 1, text.find("\n", run)
            done = len(text) if end < 0 else end
            if _share_of_kinds(kinds, start, min(done, start + JUDGED)) < GOOD_SHARE:
                yield start, done


def _runs(text: str, kinds: bytes) -> list[int]:
    """Where runs begin, of rare characters only the first of each line."""
    runs = []
    if any(sign in kinds for sign in _SIGNS):
        runs = [one.start() for one in _LATIN_RUN.finditer(text)]
    at = kinds.find(_RARE_KINDS)
    while at >= 0:
        runs.append(at)
        end = text.find("\n", at)
        at = kinds.find(_RARE_KINDS, end) if end >= 0 else -1
    return runs


def _kinds_of(text: str) -> bytes:
    """The kind of each character."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _table().take(codes, mode="clip").tobytes()


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint8]:
    """Of each code its kind: 0 no letter, 1 a letter, 2 a rare one, 3 a common one; Latin signs are 4, or 5
    where they are no letters. The last code stands for all beyond the basic plane.
    """
    everything = "".join(map(chr, range(1 << 16)))
    made = np.zeros(1 << 16, np.uint8)
    for kind, pattern in ((1, _LETTER), (2, re.compile(f"[{_RARE}]")), (3, _COMMON_ONE)):
        made[[ord(letter) for letter in pattern.findall(everything)]] = kind
    signs = [ord(sign) for sign in re.findall(_LATIN, everything)]
    made[signs] = np.where(made[signs] == 0, 5, 4)
    return made


def _share_of_kinds(kinds: bytes, start: int, end: int) -> float:
    """The same as ``_share`` of that part of the text."""
    letters = end - start - kinds.count(0, start, end) - kinds.count(5, start, end)
    return kinds.count(3, start, end) / letters if letters else 0.0


def _share(line: str) -> tuple[float, int]:
    letters = len(_LETTER.findall(line))
    common = len(_COMMON_ONE.findall(line))
    return (common / letters if letters else 0.0), common


def _repair(line: str) -> str | None:
    before, _ = _share(line[:JUDGED])
    if before >= GOOD_SHARE:
        return None
    best: tuple[float, str] | None = None
    for candidate in _readings_twice(line):
        share, common = _share(candidate[:JUDGED])
        enough = common >= REQUIRED_COMMON and share >= REQUIRED_SHARE and share > before + REQUIRED_RISE
        if enough and (best is None or share > best[0]):
            best = (share, candidate)
    return best[1] if best else None


def _readings_twice(line: str) -> list[str]:
    """Readings of the line after one undone step and, where that left Latin mojibake, after two."""
    once = _other_readings(line)
    twice = [again for first in once if _LATIN_RUN.search(first) for again in _other_readings(first)]
    return once + twice


def _other_readings(line: str) -> list[str]:
    found: dict[str, None] = {}
    for wrong in _WRONG:
        content = _as_bytes(line, wrong)
        if content is None:
            continue
        for right in _RIGHT:
            text = _read(content, right) if right != wrong else None  # the same page undoes nothing
            if text is not None and text != line:
                found[text] = None
    return list(found)


def _as_bytes(line: str, wrong: str) -> bytes | None:
    """The bytes the line was read from. Windows-1252 passes its five undefined bytes through."""
    if wrong == "cp1252":
        return _as_sloppy_cp1252(line)
    try:
        return line.replace("\ufffd", "?").encode(wrong)
    except UnicodeEncodeError:
        return None


def _as_sloppy_cp1252(line: str) -> bytes | None:
    out = bytearray()
    for character in line:
        try:
            out += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return None
            out.append(ord(character))
    return bytes(out)


def _read(content: bytes, right: str) -> str | None:
    try:
        return content.decode(right)
    except UnicodeDecodeError:
        if right != "utf-8":
            return None  # a lost byte shifts two-byte readings: what follows would be guesses
    text = content.decode("utf-8", "replace")
    return text if text.count("\ufffd") <= LOST_SHARE * len(text) else None

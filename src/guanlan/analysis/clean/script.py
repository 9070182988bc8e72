"""Traditional to simplified, and the fold by which queries and texts meet.

Conversion starts only where a character stands that no simplified text uses. A text (or line) that is
mostly traditional goes through OpenCC, which knows phrases (乾隆 stays, 乾燥 becomes 干燥); in a simplified
text only the foreign characters themselves are exchanged, because phrase tables for traditional text
harm simplified text (专著 would become 专着).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Share of traditional-only characters among Han from which a text counts as traditional: running
#: traditional text has .3 to .4, simplified text with a few names in traditional script below .03.
TRADITIONAL_SHARE = 0.1

#: From this length on characters are counted by table, not by pattern.
LONG = 200

_ONLY, _SIMPLIFIED, _IS_HAN = 1, 2, 4
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Tables:
    only: re.Pattern[str]  # characters that no simplified text uses
    simplified: re.Pattern[str]  # characters that no traditional text uses
    exchange: dict[int, str]  # each of them to its simplified form
    classes: NDArray[np.uint8]  # of each code: bits of the three kinds below
    fold: dict[int, str]  # every character with another form, and capital letters


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("tw2s")


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    simple = _forms("t2s")
    settled = {one: simple.get(other, other) for one, other in simple.items()}
    exchange = {ord(one): other for one, other in settled.items() if not _is_in(one, "gb2312")}
    only = re.compile("[" + "".join(map(chr, exchange)) + "]")
    plain = [one for one in _forms("s2t") if not _is_in(one, "big5")]
    simplified = re.compile("[" + "".join(plain) + "]")
    classes = np.zeros(1 << 16, np.uint8)
    classes[[*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]] = _IS_HAN
    classes[list(exchange)] |= _ONLY
    classes[[ord(one) for one in plain]] |= _SIMPLIFIED
    # What conversion by phrase may do to a character of a text, folding does to every one: 著 to 着.
    folded = {one: settled.get(other, other) for one, other in _forms("tw2s").items()} | settled
    final = {one: folded.get(other, other) for one, other in folded.items()}  # 麼 to 么, and 么 to 幺
    fold = {ord(one): other for one, other in final.items()} | _small_letters()
    return _Tables(only, simplified, exchange, classes, fold)


def _forms(conversion: str) -> dict[str, str]:
    """Every Han character that the conversion changes when it stands alone, and what it becomes."""
    import opencc

    letters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    forms = opencc.OpenCC(conversion).convert("\n".join(letters)).split("\n")
    pairs = zip(letters, forms, strict=True)
    return {one: other for one, other in pairs if one != other and len(other) == 1}


def _is_in(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _small_letters() -> dict[int, str]:
    """Capital to small for letters that keep their length; ``İ`` and the like stay as they are."""
    codes = (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x1E00, 0x2000), *range(0xFF21, 0xFF3B))
    return {
        code: chr(code).lower()
        for code in codes
        if chr(code).lower() != chr(code) and len(chr(code).lower()) == 1
    }


def fold_script(text: str) -> str:
    """Every character to its one form for matching; the length never changes."""
    return text.lower() if text.isascii() else text.translate(_tables().fold)


def traditional_only(text: str) -> int:
    """Number of characters in ``text`` that only traditional text uses."""
    return len(_tables().only.findall(text))


def simplify(text: str) -> tuple[str, int]:
    """Simplified text and the number of traditional-only characters found (0: nothing was touched)."""
    if text.isascii():
        return text, 0
    tables = _tables()
    if not tables.only.search(text):
        return text, 0
    found, traditional = _judged(text, tables)
    if traditional:
        return _convert(text, tables), found
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if tables.only.search(line):
            _, whole = _judged(line, tables)
            lines[number] = _convert(line, tables) if whole else line.translate(tables.exchange)
    return "\n".join(lines), found


def _judged(text: str, tables: _Tables) -> tuple[int, bool]:
    """Traditional-only characters of a text, and whether it is traditional as a whole."""
    if len(text) < LONG:
        only, simplified = len(tables.only.findall(text)), len(tables.simplified.findall(text))
        han = len(_HAN.findall(text))
    else:
        codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
        classes = tables.classes[codes]
        only, simplified, han = (
            int(np.count_nonzero(classes & bit)) for bit in (_ONLY, _SIMPLIFIED, _IS_HAN)
        )
    return only, only >= TRADITIONAL_SHARE * han and only > simplified


def _convert(text: str, tables: _Tables) -> str:
    converted: str = _converter().convert(text)
    return converted.translate(tables.exchange) if tables.only.search(converted) else converted

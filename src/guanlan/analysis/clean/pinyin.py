"""Pinyin that a machine put behind a character: ``時(shí)間``.

Some sites convert text by replacing bytes and leave the reading of every converted character behind it in
ASCII parentheses. A group is removed only if it is a reading of the very character before it; on the page
that was studied 4,810 of 4,810 groups behind a Han character are, and no real parenthesis is.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: A syllable with or without its tone mark, as one group; seven letters is the longest ("chuāng" has six).
TONED = "a-zü\u00e0-\u00fc\u0101\u0113\u011b\u012b\u014d\u016b\u01ce-\u01dc\u0144\u0148\u01f9\u1e3f\u0261"
_GROUP = re.compile(f"([\u3400-\u4dbf\u4e00-\u9fff])\\(([{TONED}]{{1,7}})\\)")


@lru_cache(maxsize=30_000)
def readings(character: str) -> frozenset[str]:
    """All readings of one Han character, with tone marks."""
    from pypinyin import Style, pinyin  # 0.2 s to import, and most texts never need it

    found = pinyin(character, style=Style.TONE, heteronym=True, errors="ignore")
    return frozenset(found[0]) if found else frozenset()


def drop_inserted_pinyin(text: str) -> tuple[str, int]:
    """Remove inserted readings; returns the text and the number of groups removed."""
    if "(" not in text:
        return text, 0
    total = 0
    while _GROUP.search(text):
        text, dropped = _drop_once(text)
        if not dropped:
            break
        total += dropped
    return text, total


def _drop_once(text: str) -> tuple[str, int]:
    dropped = 0

    def keep(found: re.Match[str]) -> str:
        nonlocal dropped
        if found[2].replace("\u0261", "g") in readings(found[1]):
            dropped += 1
            return found[1]
        return found[0]

    return _GROUP.sub(keep, text), dropped

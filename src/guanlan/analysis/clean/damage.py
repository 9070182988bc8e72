"""Where bytes were lost. Such places are marked, so that nothing is counted or quoted from them."""

from __future__ import annotations

import re

from guanlan.analysis.clean.pinyin import TONED
from guanlan.analysis.types import Span

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
#: Unreadable characters, and UTF-8 replacement marks that were read as GBK (锟斤拷).
_LOST = re.compile("\ufffd+|锟斤拷[锟斤拷]*")
#: A question mark before Han or a figure; ``_ENDS_NOTHING`` before it says that no question ends there.
_BEFORE_WORDS = re.compile(f"\\?(?=[{_HAN}0-9])")
_ENDS_NOTHING = frozenset("\n，,、；;：:（(“《")
#: Where inserted pinyin shows that bytes were replaced: a question mark that is not the end of a question or
#: a sentence, together with the wreck behind it (``确?;貜?fù)``).
_INSIDE = re.compile(
    f"(?<![吗嗎呢么麼])\\?(?:[,;:]?[A-Z]?\\([{TONED}]{{1,7}}\\)|[,;:]?[{_HAN}]?\\?[{TONED}]{{1,7}}\\)"
    f"|[{TONED}]{{1,7}}\\)|[,;:!]|(?=[^\\s”’」』)）]))"
)
#: A toned syllable in parentheses that is no reading of what stands before it: sync was lost there.
_STRAY = re.compile(
    f"[A-Z?]?\\((?=[{TONED}]*[^a-z()])[{TONED}]{{1,7}}\\)|(?<=\\?)(?=[{TONED}]*[^a-z()])[{TONED}]{{1,7}}\\)"
)


def damaged_spans(text: str, *, pinyin_damage: bool) -> tuple[Span, ...]:
    """Spans of lost bytes in ``text``, in order, not touching each other.

    ``pinyin_damage`` says that inserted pinyin was found: then question marks inside Han are lost bytes.
    """
    found = [one.span() for one in _LOST.finditer(text)] if "\ufffd" in text or "锟斤拷" in text else []
    if "?" in text:
        found += [one.span() for one in _BEFORE_WORDS.finditer(text) if _is_misplaced(text, one.start())]
    if pinyin_damage:
        found += [one.span() for pattern in (_INSIDE, _STRAY) for one in pattern.finditer(text)]
    return tuple(Span(*pair) for pair in _joined(sorted(found)))


def _is_misplaced(text: str, at: int) -> bool:
    """First in its line, or right behind an opening or inner mark: there a question mark was a byte."""
    before = text[max(0, at - 8) : at].rstrip(" ")
    return before[-1:] in _ENDS_NOTHING if before else at <= 8


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > start:
            joined.append((start, end))
    return joined

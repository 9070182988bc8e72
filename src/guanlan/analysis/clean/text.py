"""Readable text from text as it was found, with the original kept beside it.

The order of the steps is fixed: mojibake first (its bytes hide behind control characters), then invisible
characters, compatibility forms, inserted pinyin, and the script last. Steps repeat until nothing changes,
so that cleaning twice gives the same text as cleaning once. What was lost is marked, never filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guanlan.analysis.clean.damage import damaged_spans
from guanlan.analysis.clean.forms import drop_invisible, narrow_forms
from guanlan.analysis.clean.mojibake import repair_mojibake
from guanlan.analysis.clean.pinyin import drop_inserted_pinyin
from guanlan.analysis.clean.script import fold_script, simplify
from guanlan.analysis.types import Cleaned, Evidence

#: One step may uncover work for an earlier one; real texts settle in two rounds, crafted ones in four.
MAX_ROUNDS = 8

_STEPS = (
    ("mojibake", repair_mojibake),
    ("zero_width", drop_invisible),
    ("full_width", narrow_forms),
    ("pinyin", drop_inserted_pinyin),
    ("traditional", simplify),
)


@dataclass(frozen=True, slots=True)
class CleanOptions:
    """Which changes to make; all by default. Marking of lost bytes is never switched off."""

    mojibake: bool = True
    zero_width: bool = True
    full_width: bool = True
    pinyin: bool = True
    traditional: bool = True


DEFAULT_OPTIONS = CleanOptions()


def clean(text: str, options: CleanOptions = DEFAULT_OPTIONS) -> Cleaned:
    """Clean one text. Pure and idempotent: ``clean(clean(x).text).text == clean(x).text``.

    ``evidence`` counts what was changed, one entry for each kind of change that was made.
    """
    counts: dict[str, int] = {}
    current = text
    steps = _STEPS if options is DEFAULT_OPTIONS else [one for one in _STEPS if getattr(options, one[0])]
    for _ in range(MAX_ROUNDS):
        before = current
        for code, step in steps:
            current, changed = step(current)
            if changed:
                counts[code] = counts.get(code, 0) + changed
        if current == before:
            break
    evidence = tuple(Evidence(code, str(count)) for code, count in counts.items())
    damaged = damaged_spans(current, pinyin_damage="pinyin" in counts)
    return Cleaned(current, text, damaged, evidence)


def clean_batch(texts: Iterable[str], options: CleanOptions = DEFAULT_OPTIONS) -> Iterator[Cleaned]:
    """Clean many texts in order."""
    for text in texts:
        yield clean(text, options)


def fold(cleaned: str) -> str:
    """Fold a cleaned text for matching, **keeping every offset**: small letters, one form per character.

    Each character is folded by itself, without its neighbours, so whatever is part of a text is still part
    of it after both are folded. Punctuation stays.
    """
    return fold_script(cleaned)


def normalise_for_search(text: str) -> str:
    """The form in which texts and queries meet: cleaned, then folded (see ``fold``).

    "时间" is found in "時間" and in "時(shí)間"; "WiFi" in "ｗｉｆｉ". On a text that is clean already the
    result has the same length, so offsets found in it hold for the clean text.
    """
    return fold(clean(text).text)

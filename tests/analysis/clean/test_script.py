"""What a table converts is what OpenCC would have made of it."""

from __future__ import annotations

from typing import Any

import opencc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guanlan.analysis.clean import script
from guanlan.analysis.clean.script import simplify, traditional_only

TRADITIONAL = "這個時間說話讓學習問題"
CONVERTER = opencc.OpenCC("tw2s")
#: Pairs that show a phrase, alone and with what makes the phrase of it; forms that no table converts.
PIECES = st.sampled_from(
    [
        *(mark[0] + last for mark in script.PHRASE_MARKS.split() for last in mark[1:]),
        *("於其一", "樊", "昭", "惡名", "計畫", "胤", "乾坤", "壺裡", "甚麼", "為", "裡", "著", "么", "麼"),
        *("的", "，", "\n", "😀", "\uf900", "\uf9b8", "\U0002f800", "\U00020000", "\U0002b740", "遱", "鄟"),
    ]
)


def by_opencc(text: str) -> str:
    """The whole text by phrases, and what they leave by character."""
    converted: str = CONVERTER.convert(text)
    return converted.translate(script._tables().exchange)


@given(st.lists(PIECES | st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=40))
def test_traditional_text_is_converted_as_by_opencc(pieces: list[str]) -> None:
    text = TRADITIONAL * (1 + len(pieces)) + "".join(pieces)
    assert simplify(text) == (by_opencc(text), traditional_only(text))


@given(st.lists(PIECES, min_size=1, max_size=10))
@example(["著", "名", "\n", "這", "著", "作"])
def test_each_line_is_converted_as_if_it_stood_alone(pieces: list[str]) -> None:
    text = TRADITIONAL + "".join(pieces)
    lines = text.split("\n")
    plain = "这本专著的作者在于他显著的成绩，" * (4 + len(pieces))
    assert simplify(f"{plain}\n{text}")[0].split("\n")[1:] == [simplify(line)[0] for line in lines]


def test_each_character_alone_is_converted_as_by_opencc() -> None:
    letters = "\n".join(map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x30000))))
    assert script._convert(letters, script._units(letters), script._tables()) == by_opencc(letters)


def test_half_a_surrogate_pair_stays_where_it_is() -> None:
    assert simplify(f"{TRADITIONAL}\ud800時")[0].endswith("\ud800时")


def test_another_release_of_opencc_converts_everything_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def converted(text: str, tables: Any) -> str:
        asked.append(text)
        return text

    script._singles.cache_clear()
    monkeypatch.setattr(script, "MARKS_HOLD_FOR", "0")
    monkeypatch.setattr(script, "_by_phrase", converted)

    simplify(TRADITIONAL)

    script._singles.cache_clear()
    assert asked == [TRADITIONAL]

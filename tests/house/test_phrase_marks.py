"""The marks in the code are those that OpenCC's own phrases need."""

from __future__ import annotations

import opencc
from build_phrase_marks import catches, caught, rules, written

from guanlan.analysis.clean.script import MARKS_HOLD_FOR, PHRASE_MARKS, _tables, simplify

MARKS = frozenset(mark[0] + last for mark in PHRASE_MARKS.split() for last in mark[1:])


def test_the_marks_were_made_for_the_release_we_ask_for() -> None:
    assert opencc.__version__ == MARKS_HOLD_FOR


def test_no_phrase_that_matters_is_without_a_mark() -> None:
    needed = catches()

    assert len(needed) > 400
    assert [ways for ways in needed if not caught(ways, MARKS)] == []


def test_marks_are_written_in_order() -> None:
    assert written(MARKS) == PHRASE_MARKS.split()


def test_every_phrase_is_converted_as_by_opencc() -> None:
    converter, exchange = opencc.OpenCC("tw2s"), _tables().exchange
    phrases = [*rules("TWVariantsRevPhrases"), *rules("TSPhrases")]
    texts = [f"這個時間說{phrase}{phrase}話，{phrase}" for phrase in phrases]

    assert [simplify(text)[0] for text in texts] == [converter.convert(t).translate(exchange) for t in texts]

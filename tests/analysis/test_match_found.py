"""Matches of dense batches are made when read: nobody can tell them from those that were made at once."""

import copy
import dataclasses
import pickle
from collections.abc import Sequence

import pytest

import guanlan.analysis.match.matcher as module
from guanlan.analysis.match import MAX_SPANS, MAX_TEXT, Matcher, compile_themes
from guanlan.analysis.match.found import Found
from guanlan.analysis.match.making import LENGTH_BITS, SPANS, matched
from guanlan.analysis.types import Span, ThemeMatch

TEXTS = ["停电停水", "昨夜停水，停电", "", "停电"]


@pytest.fixture(autouse=True)
def every_batch_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY_HITS", 0)


def batch(matcher: Matcher, texts: Sequence[str] = TEXTS) -> list[Sequence[ThemeMatch]]:
    found = list(matcher.match_batch(texts))
    assert any(isinstance(one, Found) for one in found)
    return found


@pytest.fixture
def matcher() -> Matcher:
    return compile_themes({7: "停水 停电", 3: "停电\n停水", 9: "昨夜"})


@pytest.fixture
def lazy(matcher: Matcher) -> Sequence[ThemeMatch]:
    return batch(matcher)[1]


EAGER = (
    ThemeMatch(7, "任一: 停水 停电", (Span(2, 4), Span(5, 7)), ("停水", "停电")),
    ThemeMatch(3, "任一: 停电", (Span(2, 4), Span(5, 7)), ("停水", "停电")),
    ThemeMatch(9, "任一: 昨夜", (Span(0, 2),), ("昨夜",)),
)


def test_they_equal_the_tuple_from_either_side_and_each_other(
    matcher: Matcher, lazy: Sequence[ThemeMatch]
) -> None:
    assert lazy == EAGER
    assert batch(matcher)[1] == EAGER
    assert (EAGER == batch(matcher)[1]) is True  # noqa: SIM300 - the other side is asked here
    assert lazy == batch(matcher)[1]
    assert lazy != batch(matcher)[0]
    others: list[object] = [EAGER[:2], list(EAGER)]
    assert lazy not in others


def test_they_hash_as_the_tuple_does(matcher: Matcher, lazy: Sequence[ThemeMatch]) -> None:
    assert hash(lazy) == hash(EAGER)
    assert {EAGER: 1}[batch(matcher)[1]] == 1  # type: ignore[index]  # equal and of one hash, as a key must be


def test_they_travel_as_the_tuple(matcher: Matcher, lazy: Sequence[ThemeMatch]) -> None:
    for again in (pickle.loads(pickle.dumps(lazy)), copy.deepcopy(lazy), copy.copy(batch(matcher)[1])):
        assert type(again) is tuple
        assert again == EAGER


def test_they_read_as_a_sequence(lazy: Sequence[ThemeMatch]) -> None:
    assert (len(lazy), bool(lazy)) == (3, True)
    assert [one.theme for one in lazy] == [7, 3, 9]
    assert lazy[-1] == EAGER[-1]
    assert lazy[1:] == EAGER[1:]
    assert lazy.index(EAGER[1]) == 1
    assert EAGER[2] in lazy
    assert tuple(reversed(lazy)) == EAGER[::-1]
    assert repr(lazy) == repr(EAGER)
    with pytest.raises(IndexError):
        lazy[3]


def test_what_is_read_twice_is_made_once(lazy: Sequence[ThemeMatch]) -> None:
    assert all(first is second for first, second in zip(lazy, lazy, strict=True))


def test_counting_makes_no_match(lazy: Sequence[ThemeMatch], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanlan.analysis.match.found.matched", None)
    assert len(lazy) == 3
    with pytest.raises(TypeError):
        lazy[0]


def test_a_match_made_so_is_one_like_any_other() -> None:
    made = matched(3, "停电", (Span(0, 2),), ("停电",))
    assert made == ThemeMatch(3, "停电", (Span(0, 2),), ("停电",))
    assert [getattr(made, one.name) for one in dataclasses.fields(ThemeMatch)]  # each field is there
    assert dataclasses.replace(made, theme=4) == ThemeMatch(4, "停电", (Span(0, 2),), ("停电",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.theme = 5  # type: ignore[misc]


def test_no_text_is_too_long_for_the_number_of_a_span() -> None:
    assert MAX_TEXT < 1 << LENGTH_BITS
    assert SPANS[MAX_TEXT - 5 << LENGTH_BITS | 5] == (Span(MAX_TEXT - 5, MAX_TEXT),)
    [match] = compile_themes({1: "/停.{0,1500}电/"}).match("水" * 9 + "停" + "水" * 1_400 + "电")
    assert match.spans == (Span(9, 1_411),)


@pytest.mark.parametrize(
    "text",
    [
        "APP与App与app，mail里没有ai，但Ai有",
        "power CUT，İstanbul的Power Cut",
        "停\ud800，真的停？停?",
        "😀停电😀AI😀停电",
        "ai",
        "1ai ai1 aI",
        "公·安局和警 察，公安",
    ],
)
def test_offsets_and_terms_are_those_of_the_text_as_given(text: str) -> None:
    matcher = compile_themes({1: 'app ai "power cut" 停电 停? 停', 2: "~警察 公安\n变体: 全部", 3: "停? AI"})
    found = batch(matcher, ["停电，" + text, text, text])
    assert found == [matcher.match(one) for one in ("停电，" + text, text, text)]
    for match in found[1]:
        assert match.terms == tuple(dict.fromkeys(text[one.start : one.end] for one in match.spans))


def test_a_flood_of_one_word_keeps_as_many_spans(matcher: Matcher) -> None:
    texts = ["停电" * 900, "停水"]
    found = batch(matcher, texts)
    assert found == list(map(matcher.match, texts))
    assert [len(match.spans) for match in found[0]] == [MAX_SPANS, MAX_SPANS]


def test_judged_themes_stand_among_the_others_in_the_order_given() -> None:
    matcher = compile_themes(
        {5: "停电", 4: "必含: 停电\n排除: 演习", 3: "停电 停水", 2: "/停.{0,2}水/", 1: "停水"}
    )
    found = list(matcher.match_batch(TEXTS))
    assert [[match.theme for match in one] for one in found] == [
        [5, 4, 3, 2, 1],
        [5, 4, 3, 2, 1],
        [],
        [5, 4, 3],
    ]
    assert found == list(map(matcher.match, TEXTS))


def test_giants_that_columns_cannot_hold_are_read_one_by_one(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher._simple, "_bits_left", 3)
    found = list(matcher.match_batch(TEXTS))
    assert not any(isinstance(one, Found) for one in found)
    assert found == batch(compile_themes({7: "停水 停电", 3: "停电\n停水", 9: "昨夜"}))


def test_columns_stand_by_text_also_where_some_themes_are_judged() -> None:
    columns = compile_themes({1: "停电", 2: "必含: 停水"}).columns(TEXTS)
    assert columns.texts.tolist() == [0, 0, 1, 1, 3]
    assert sorted(columns.themes[:2].tolist()) == [1, 2]

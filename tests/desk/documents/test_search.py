"""Search over Chinese: the same hits on either database (the suite runs on both)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanlan.analysis.clean import normalise_for_search
from guanlan.desk.documents import search
from guanlan.desk.documents.models import Document

Make = Callable[..., Document]


@pytest.fixture
def stored(make_document: Make) -> Callable[..., Document]:
    def store(text: str, **fields: object) -> Document:
        document = make_document(text=text, title="", **fields)
        search.index([document])
        return document

    return store


def found(query: str, **bounds: int) -> list[int]:
    return search.search_ids(query, limit=50, **bounds)


@pytest.mark.parametrize("written", ["時間不早了", "時(shí)間不早了", "时\u200b间不早了", "时间不早了"])
def test_a_search_for_shijian_finds_every_way_it_is_written(
    stored: Callable[..., Document], written: str
) -> None:
    document = stored(written)
    assert found("时间") == [document.pk]


def test_one_character_is_enough(stored: Callable[..., Document]) -> None:
    middle, last = stored("停水三天"), stored("今天停水")
    stored("停电三天")
    assert sorted(found("水")) == sorted([middle.pk, last.pk])


def test_a_word_is_found_across_what_a_dictionary_would_cut(stored: Callable[..., Document]) -> None:
    document = stored("县自来水公司答复")
    assert found("来水公") == [document.pk]
    assert found("自来水公司") == [document.pk]
    assert found("水公自来") == []


def test_a_phrase_does_not_reach_across_a_comma(stored: Callable[..., Document]) -> None:
    stored("家里停水，电也停了")
    assert found("水电") == []


def test_all_words_must_be_there_and_unwanted_ones_not(stored: Callable[..., Document]) -> None:
    both, one = stored("城关镇停水，居民不满"), stored("城关镇停水")
    assert found("停水 居民") == [both.pk]
    assert found("停水 -居民") == [one.pk]
    assert found("停水 －居民") == [one.pk]


def test_latin_words_and_numbers_match_whole_and_in_any_case(stored: Callable[..., Document]) -> None:
    document = stored("用 ChatGPT 写的，工单 20261123 已办")
    assert found("chatgpt") == [document.pk]
    assert found("20261123") == [document.pk]
    assert found("chat") == []


def test_newest_come_first_and_bounds_are_exclusive(stored: Callable[..., Document], now: datetime) -> None:
    old = stored("停水一", published_at=now - timedelta(days=2))
    mid = stored("停水二", published_at=now - timedelta(days=1))
    new = stored("停水三", published_at=now)
    assert found("停水") == [new.pk, mid.pk, old.pk]
    assert found("停水", before=new.pk) == [mid.pk, old.pk]
    assert found("停水", after=old.pk) == [new.pk, mid.pk]
    assert search.search_ids("停水", limit=1) == [new.pk]


@pytest.mark.parametrize("query", ["", "   ", "，。！", "-", "\"'*():^", "-停水"])
def test_a_query_without_a_wanted_word_finds_nothing(stored: Callable[..., Document], query: str) -> None:
    stored("停水三天")
    assert found(query) == []


@pytest.mark.parametrize(
    "query", ['停水" OR "x', "停水 NOT 电", "tokens:停水", "停水*", "NEAR(停水 电)", "a' OR 1=1"]
)
def test_query_operators_are_just_text(stored: Callable[..., Document], query: str) -> None:
    stored("停水三天")
    assert found(query) in ([], [Document.objects.get().pk])


def test_an_overlong_query_is_cut_and_answered(stored: Callable[..., Document]) -> None:
    stored("停水")
    assert found("停水 " * 500) != []
    assert found("水" * 5000) == []


def test_a_document_taken_out_is_no_longer_found(stored: Callable[..., Document]) -> None:
    document, other = stored("停水三天"), stored("停水五天")
    search.unindex([document])
    assert found("停水") == [other.pk]


CHARACTERS = "水停電电间時时，。 aB1(shí)\u200b"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(CHARACTERS, max_size=24), query=st.text("水停电时间", min_size=1, max_size=4))
def test_han_queries_agree_with_a_plain_substring_search(make_document: Make, text: str, query: str) -> None:
    Document.objects.all().delete()
    document = make_document(text=text, title="")
    search.index([document])
    runs = "".join(token if "\u4e00" <= token <= "\u9fff" else "|" for token in normalise_for_search(text))
    expected = [document.pk] if query in runs else []
    try:
        assert found(query) == expected
    finally:
        search.unindex([document])

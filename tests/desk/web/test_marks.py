"""What strangers wrote stays text, with marks and without."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guanlan.desk.documents.models import Document
from guanlan.desk.web.marks import MOST_MARKS, mark_spans, mark_terms, merged, shifted
from guanlan.desk.web.tables import cell
from guanlan.desk.web.templatetags import desk

HOSTILE = '<img src=x onerror="alert(1)">&\'</mark><script>'
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_a_marked_text_is_escaped_piece_by_piece() -> None:
    assert mark_spans("a<b>c", [(1, 4)]) == "a<mark>&lt;b&gt;</mark>c"
    assert "<script" not in mark_spans(HOSTILE, [(0, 3), (2, 40)])


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=8))
def test_no_ranges_can_bring_a_tag_through(text: str, ranges: list[tuple[int, int]]) -> None:
    marked = mark_spans(text, ranges)
    bare = marked.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    assert marked.count("<mark>") == marked.count("</mark>")


def test_ranges_that_touch_become_one_and_nonsense_is_dropped() -> None:
    assert merged([(5, 9), (0, 3), (3, 4), (8, 99), (7, 2), (1,)], 10) == [(0, 4), (5, 10)]
    assert len(merged([(n * 2, n * 2 + 1) for n in range(MOST_MARKS + 50)], 10_000)) == MOST_MARKS


def test_terms_are_found_in_any_case_and_the_longest_wins() -> None:
    assert mark_terms("ABC水厂的水", ["水", "水厂", "abc"]) == "<mark>ABC水厂</mark>的<mark>水</mark>"
    assert mark_terms("1+1", ["+", ""]) == "1<mark>+</mark>1"
    assert mark_terms("a<b", []) == "a&lt;b"


def test_spans_of_title_and_text_are_moved_to_the_text() -> None:
    assert shifted([[0, 2], [3, 7], [5, 9]], 5) == [(-2, 2), (0, 4)]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@x", "\t=1", " =1", "＝1", "\n=1", "\x00=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    row = io.StringIO()
    csv.writer(row).writerow([cell(text)])
    read_back = next(csv.reader(io.StringIO(row.getvalue())))[0]
    assert read_back.startswith("'")
    assert "\x00" not in read_back


def test_an_ordinary_cell_is_left_alone() -> None:
    assert cell("自来水 a=b") == "自来水 a=b"


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://a.example/x", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("", False),
        ("http://[broken", False),
        ("https:///nohost", False),
        (" javascript:alert(1)", False),
    ],
)
def test_only_web_addresses_become_links(url: str, linked: bool) -> None:
    assert bool(desk.weblink(url)) is linked


@pytest.mark.parametrize(
    ("name", "shown"), [("林晓明", "林*"), (" Bob ", "B*"), ("", ""), ("<b>", "<*"), (None, "")]
)
def test_authors_are_masked(name: str, shown: str) -> None:
    assert desk.mask(name) == shown


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(minutes=60), "1 h ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=7), "7 d ago"),
        (timedelta(days=7, seconds=1), "2026-11-16"),
        (-timedelta(minutes=12), "in 12 min"),
        (-timedelta(hours=2), "in 2 h"),
        (-timedelta(seconds=5), "at once"),
    ],
)
def test_times_are_said_as_people_say_them(before: timedelta, words: str) -> None:
    with translation.override("en"):
        assert desk.relative_words(NOW - before, NOW) == words


def test_the_day_of_an_old_time_is_that_of_shanghai() -> None:
    assert desk.relative_words(datetime(2026, 1, 1, 17, 0, tzinfo=UTC), NOW) == "2026-01-02"
    assert "2026-01-02 01:00" in desk.ago(datetime(2026, 1, 1, 17, 0, tzinfo=UTC))


def test_an_unknown_time_is_said_to_be_unknown() -> None:
    with translation.override("en"):
        assert "time unknown" in desk.ago(None)


def test_a_grade_has_its_word_and_says_whether_a_person_stands_behind_it() -> None:
    with translation.override("en"):
        assert "Orange" in desk.grade("II")
        assert "machine" in desk.grade("II")
        assert "confirmed" in desk.grade("II", confirmed=True)
        assert "Not graded" in desk.grade('"><b>')


def test_the_machine_is_never_shown_as_certain_and_a_person_outranks_it() -> None:
    document = Document(tone="negative", effective_tone="negative", tone_probability=1.0)
    assert ".99" in desk.tone(document)
    assert "machine" in desk.tone(document)
    document.person_tone = document.effective_tone = "positive"
    assert "confirmed" in desk.tone(document)
    assert ".99" not in desk.tone(document)


@pytest.mark.parametrize(("minutes", "words"), [(15, "15 min"), (90, "90 min"), (120, "2 h"), (2880, "2 d")])
def test_intervals_are_said_in_the_largest_unit(minutes: int, words: str) -> None:
    with translation.override("en"):
        assert desk.interval(minutes) == words


def test_shares_and_counts() -> None:
    assert desk.percent(0.714) == "71 %"
    assert desk.percent(None) == "–"
    assert desk.capped(1000, 999) == "999+"
    assert desk.capped(999, 999) == "999"

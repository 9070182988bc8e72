"""Figures and dates are read as they stand; what is hidden or lost stays unknown and enters no total."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.clean import clean, days_between, placeholders, read_dates, read_figures, total


def values(text: str) -> list[tuple[Decimal | None, str]]:
    return [(figure.value, figure.unit) for figure in read_figures(clean(text))]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("20xx年8月", ["20xx"]),
        ("20_年和20**年", ["20_", "20**"]),
        ("贯彻落实__的精神，有效**疫情", ["__", "**"]),
        ("组长由某同志担任，某某任副组长", ["某", "某某"]),
        ("组长由xx同志担任", ["xx"]),
        ("x月x日召开", ["x", "x"]),
        ("××县××局", ["××", "××"]),
        ("张×被拘留", ["×"]),
        ("xxx县网信办", ["xxx"]),
        ("某些单位和某个人", []),
        ("WiFi和box里的iPhone X与4x4车", []),
        ("舆情事件8起", []),
    ],
)
def test_placeholders_are_found(text: str, hidden: list[str]) -> None:
    assert [text[span.start : span.end] for span in placeholders(text)] == hidden


def test_a_masked_year_leaves_the_month_and_no_interval() -> None:
    masked, whole, later = read_dates("20xx年8月成立，2023年10月15日开会，2023-11-23结束")
    assert (masked.year, masked.month, masked.day, masked.known) == (None, 8, None, None)
    assert whole.known == date(2023, 10, 15)
    assert days_between(whole, later) == 39
    assert days_between(masked, later) is None
    assert days_between(whole, masked) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("20xx年x月x日", (None, None, None)),
        ("20xx年12月11日", (None, 12, 11)),
        ("x月5日", (None, None, 5)),
        ("2024年", (2024, None, None)),
        ("3月份", (None, 3, None)),
        ("20xx-2-6", (None, 2, 6)),
        ("202?年3月", (None, 3, None)),
        ("98年3月1日", (1998, 3, 1)),
    ],
)
def test_parts_of_dates_are_known_or_not(text: str, parts: tuple[int | None, ...]) -> None:
    [found] = read_dates(text)
    assert (found.year, found.month, found.day) == parts
    assert text[found.span.start : found.span.end] == text


def test_a_day_that_does_not_exist_is_no_day() -> None:
    [found] = read_dates("2023年2月30日")
    assert found.known is None


def test_figures_are_read_with_units_and_scales() -> None:
    assert values("办结1,452件，占7.4%，投资3.5万元") == [
        (Decimal(1452), "件"),
        (Decimal("7.4"), "%"),
        (Decimal(35000), "元"),
    ]


@pytest.mark.parametrize("text", ["有?80名新生", "有\ufffd80名新生", "共20xx人", "第1*期", "?80名"])
def test_a_damaged_or_masked_figure_is_unknown(text: str) -> None:
    assert [value for value, _ in values(text)] == [None]


def test_an_unknown_figure_makes_the_total_unknown() -> None:
    known = read_figures(clean("受理8件，办结36件"))
    assert total(known) == 44
    assert total([*known, *read_figures(clean("有?80名新生"))]) is None
    assert total([]) == 0


@given(st.text(alphabet="20xX*_某月年日?\ufffd8件万-. ", max_size=40))
def test_any_text_can_be_read_and_spans_lie_inside(text: str) -> None:
    cleaned = clean(text)
    spans = [one.span for one in (*read_figures(cleaned), *read_dates(cleaned.text))]
    assert all(
        0 <= span.start < span.end <= len(cleaned.text) for span in (*spans, *placeholders(cleaned.text))
    )
    assert all(figure.value is None or figure.value >= 0 for figure in read_figures(cleaned))


@pytest.mark.parametrize(
    "text", ["x" * 200_000, "8" * 4_000, "20" * 50_000, "年月日" * 50_000, "*" * 200_000]
)
def test_hostile_texts_are_read_in_time(text: str) -> None:
    assert len(read_dates(text)) + len(placeholders(text)) + len(read_figures(clean(text))) <= len(text)

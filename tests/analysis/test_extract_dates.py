"""The moment of publication: declared, shown or written in the address; unknown rather than wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.extract import ExtractOptions, dates, extract
from guanlan.analysis.extract.dates import CHINA, date_in_url, is_dateline, read_date
from tests.analysis.extract_pages import article

QUIET = ExtractOptions(guess_day=False)


def china(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "moment", "has_time"),
    [
        ("2026-07-03 09:05", china(2026, 7, 3, 9, 5), True),
        ("2026年7月3日9时05分", china(2026, 7, 3, 9, 5), True),
        ("2026年07月03日 星期五 下午3:20", china(2026, 7, 3, 15, 20), True),
        ("2026/7/3", china(2026, 7, 3), False),
        ("2026.07.03 16:30:12", china(2026, 7, 3, 16, 30), True),
        ("民國115年7月3日", china(2026, 7, 3), False),
        ("2026-07-03T01:05:00Z", datetime(2026, 7, 3, 1, 5, tzinfo=UTC), True),
        ("2026-07-03T09:05:00+08:00", china(2026, 7, 3, 9, 5), True),
        ("2026-07-03T00:00:00", china(2026, 7, 3), False),
        ("2026-07-03 25:70", china(2026, 7, 3), False),
        ("2026-13-40，实际为2026-07-03", china(2026, 7, 3), False),
    ],
)
def test_a_date_is_read_as_chinese_time_unless_it_names_its_zone(
    text: str, moment: datetime, has_time: bool
) -> None:
    found = read_date(text)

    assert found == (moment, has_time)
    assert found[0].tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["1970-01-01 08:00", "2999-01-01", "2026-02-30", "第2026-3号", "电话010-2026-7788", ""]
)
def test_what_is_no_date_of_publication_is_unknown(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://x.cn/2026/07/03/a.html", china(2026, 7, 3)),
        ("http://x.cn/art/202607/t20260703_551.html", china(2026, 7, 3)),
        ("http://x.cn/2026-07/03/content_1.htm", china(2026, 7, 3)),
        ("http://x.cn/20260732/1.html", None),
        ("http://x.cn/id/202607031234567.html", None),
        ("", None),
    ],
)
def test_the_day_in_an_address(url: str, day: datetime | None) -> None:
    found = date_in_url(url)

    assert (found[0] if found else None) == day


def test_the_shown_time_beats_the_bare_declared_day() -> None:
    html = article(
        head="<meta name='publishdate' content='2026-07-03'>",
        byline="发布时间：2026-07-03 09:05 来源：安澜日报",
    )

    found = extract(html, options=QUIET)

    assert (found.published_at, found.published_has_time) == (china(2026, 7, 3, 9, 5), True)


def test_the_declared_moment_beats_another_shown_day() -> None:
    html = article(
        head="<meta property='article:published_time' content='2026-07-03T09:05:00+08:00'>",
        byline="更新时间：2026-07-09 10:00",
    )

    assert extract(html, options=QUIET).published_at == china(2026, 7, 3, 9, 5)


def test_structured_data_is_a_declaration() -> None:
    html = article(
        head='<script type="application/ld+json">{"datePublished": "2026-07-03T09:05:00Z"}</script>'
    )

    assert extract(html, options=QUIET).published_at == datetime(2026, 7, 3, 9, 5, tzinfo=UTC)


def test_a_marked_line_beats_a_date_in_passing() -> None:
    html = article(byline="<p>今天是2026年8月1日</p><p>发布时间：2026年7月3日</p>")

    assert extract(html, options=QUIET).published_at == china(2026, 7, 3)


def test_dates_of_related_news_are_not_the_page_s() -> None:
    html = article().replace("往期新闻标题第1条</a>", "往期新闻标题第1条</a> 2020-01-01 08:00")

    assert extract(html, options=QUIET).published_at is None


def test_the_address_is_asked_where_the_page_shows_nothing() -> None:
    found = extract(article(), "http://x.cn/t20260703_1.html", QUIET)

    assert (found.published_at, found.published_has_time) == (china(2026, 7, 3), False)


def test_a_line_below_the_text_counts_if_it_says_so() -> None:
    said = article().replace("<div class='related'>", "<p>发布日期：2026-07-03</p><div class='related'>")

    assert extract(said, options=QUIET).published_at == china(2026, 7, 3)


@pytest.mark.parametrize(
    ("script", "moment"),
    [
        ('var ct = "1783040700";', china(2026, 7, 3, 9, 5)),
        ('{"publish_time": 1783040700000}', china(2026, 7, 3, 9, 5)),
        ("publishTime: '2026-07-03 09:05'", china(2026, 7, 3, 9, 5)),
        ('var ct = "0000000001";', None),
        ("createTime = 'soon'", None),
    ],
)
def test_a_moment_kept_for_the_script_is_better_than_none(script: str, moment: datetime | None) -> None:
    assert extract(article(after=f"<script>{script}</script>"), options=QUIET).published_at == moment


@pytest.mark.parametrize("name", dates._SCRIPT_NAMES)
def test_the_one_look_for_a_script_s_names_misses_none(name: str) -> None:
    assert dates.date_in_script(f'<script>{{"{name}": "2026-07-03 09:05"}}</script>') is not None


def test_the_last_resort_guesses_a_day_and_says_so() -> None:
    html = article(after="<div class='meta'><span class='date'>July 3, 2026</span></div>")

    found = extract(html)

    assert found.published_at == china(2026, 7, 3)
    assert ("date", "guessed") in [(item.code, item.value) for item in found.evidence]
    assert extract(html, options=QUIET).published_at is None


def test_a_dateline_at_the_top_is_no_text_but_a_sentence_with_a_date_is() -> None:
    assert is_dateline("2026-07-03 09:05 来源：安澜日报")
    assert not is_dateline("2026年7月3日上午，县里召开会议，部署下一步的工作，要求各单位立即行动")
    assert "来源" not in extract(article(before="<p>2026-07-03 09:05 来源：安澜日报</p>")).body


@given(st.text(alphabet="0123456789年月日-/:： T+Z民国上下午", max_size=60))
def test_whatever_looks_like_a_date_gives_a_moment_in_range_or_none(text: str) -> None:
    found = read_date(text)

    if found is not None:
        assert found[0].tzinfo is UTC
        assert 1989 <= found[0].year <= 2101

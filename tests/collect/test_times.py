"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.times import EARLIEST_YEAR, FUTURE_SLACK, SHANGHAI, read_time

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 on a Monday in Shanghai
NINE_THIRTY = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
THE_DAY = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22 09:30",
        "2026-11-22T09:30:00",
        "2026/11/22 9:30",
        "2026.11.22 9:30",
        "2026年11月22日 9时30分",
        "2026年11月22日9点半",
        "2026年11月22日 星期日 上午9:30",
        "２０２６－１１－２２　０９：３０",
        "2026-11-22 09:30:00.123",
        "2026-11-22T01:30:00Z",
        "2026-11-22T09:30:00+08:00",
        "2026-11-22 01:30 UTC",
        "11/22/2026 9:30",
        "22/11/2026 9:30",
        "20261122093000",
        "202611220930",
        "46348.3958333",
        46348.3958333,
        1795311000,
        "1795311000",
        1795311000000,
        "1795311000000000",
        "Sun, 22 Nov 2026 09:30:00 +0800",
        "Sun, 22 Nov 2026 01:30:00 GMT",
        "Nov 22, 2026 9:30 AM",
        datetime(2026, 11, 22, 9, 30),  # noqa: DTZ001 - what a spreadsheet gives
    ],
)
def test_one_moment_written_in_many_ways(written: object) -> None:
    found = read_time(written)
    assert (found.value, found.has_time, found.note) == (NINE_THIRTY, True, "")


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22",
        "2026/11/22",
        "2026年11月22日",
        "2026年11月22号",
        "20261122",
        "46348",
        46348,
        date(2026, 11, 22),
        datetime(2026, 11, 22),  # noqa: DTZ001 - a day cell of a spreadsheet
    ],
)
def test_a_day_alone_is_its_midnight_in_shanghai_and_says_so(written: object) -> None:
    found = read_time(written)
    assert (found.value, found.has_time) == (THE_DAY, False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3小时前", NOW - timedelta(hours=3)),
        ("半小时前", NOW - timedelta(minutes=30)),
        ("5 分钟前", NOW - timedelta(minutes=5)),
        ("40秒前", NOW - timedelta(seconds=40)),
        ("2 hours ago", NOW - timedelta(hours=2)),
        ("刚刚", NOW),
        ("昨天 09:30", NINE_THIRTY),
        ("11月22日 09:30", NINE_THIRTY),
    ],
)
def test_relative_times_need_to_know_the_present(written: str, expected: datetime) -> None:
    assert read_time(written, NOW).value == expected
    without = read_time(written)
    assert (without.value, without.note) == (None, "time_unreadable")


def test_a_day_without_a_year_is_the_latest_one_that_has_been() -> None:
    assert read_time("12月31日", NOW).value == datetime(2025, 12, 30, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-22 下午3:05", 15),
        ("2026-11-22 晚上9:05", 21),
        ("2026-11-22 中午12:05", 12),
        ("2026-11-22 凌晨12:05", 0),
        ("2026-11-22 9:05 PM", 21),
        ("2026-11-22 12:05 am", 0),
        ("Nov 22, 2026 9:05 PM", 21),
        ("2026-11-22 下午15:05", 15),
    ],
)
def test_halves_of_the_day(written: str, hour: int) -> None:
    value = read_time(written).value
    assert value is not None
    assert (value.astimezone(SHANGHAI).hour, value.minute) == (hour, 5)


def test_twenty_four_hundred_is_the_end_of_the_day() -> None:
    assert read_time("2026-11-22 24:00").value == THE_DAY + timedelta(days=1)


@pytest.mark.parametrize(
    "written",
    [
        "01/02/2026",
        "9:30",
        "2026",
        "13800001234",
        "待定",
        "2026-13-45",
        "2026-11-22 09:60",
        "2026-02-30",
        True,
    ],
)
def test_what_cannot_be_read_or_could_mean_two_days_is_unknown(written: object) -> None:
    found = read_time(written, NOW)
    assert (found.value, found.note) == (None, "time_unreadable")


@pytest.mark.parametrize("written", ["1970-01-01", "1989年6月1日", "2027-01-01", "2026-11-24 12:01"])
def test_what_cannot_be_true_is_unknown(written: str) -> None:
    found = read_time(written, NOW)
    assert (found.value, found.note) == (None, "time_out_of_range")


def test_a_clock_that_is_a_little_fast_is_believed() -> None:
    assert read_time("2026-11-24 11:59", NOW).value == datetime(2026, 11, 24, 3, 59, tzinfo=UTC)


@pytest.mark.parametrize("written", [None, ""])
def test_nothing_written_is_unknown_without_a_remark(written: object) -> None:
    assert read_time(written, NOW).note == ""


@given(
    st.one_of(
        st.text(max_size=60),
        st.floats(),
        st.integers(),
        st.from_regex(
            r"[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日? ?[0-9]{0,2}[:时]?[0-9]{0,2}", fullmatch=True
        ),
        st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,5} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [+-][0-9]{1,6}"),
    ),
    st.one_of(st.none(), st.just(NOW)),
)
def test_any_text_or_number_gives_a_possible_time_or_none(written: object, now: datetime | None) -> None:
    found = read_time(written, now)
    if found.value is None:
        return
    assert found.note == ""
    assert found.value.utcoffset() == timedelta(0)
    assert found.value.year >= EARLIEST_YEAR
    assert now is None or found.value <= now + FUTURE_SLACK


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001
def test_what_we_write_we_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=SHANGHAI)
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S"):
        assert read_time(moment.strftime(shape)).value == moment

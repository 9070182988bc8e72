"""Days in Asia/Shanghai, moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from guanlan.desk.common.clock import day_bounds, local_date, utc_now


def test_the_day_changes_at_midnight_in_shanghai() -> None:
    assert local_date(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert local_date(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)


def test_a_day_is_half_open_and_whole() -> None:
    start, end = day_bounds(date(2026, 11, 23))
    assert start == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert end - start == timedelta(days=1)


def test_now_is_aware_and_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)

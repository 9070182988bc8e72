"""Time markers become times of this demo, in the way a county's pages write them."""

from datetime import UTC, date, datetime

import pytest

from guanlan.packs.markers import resolve, resolve_day

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{T-15}", "2026-11-23 08:45"),
        ("{T+90}", "2026-11-23 10:30"),
        ("{T-600:cn}", "2026年11月22日 23:00"),
        ("{T-600:day}", "2026-11-22"),
        ("{T-15:iso}", "2026-11-23T08:45:00+08:00"),
        ("{THU 09:30}", "2026-11-19 09:30"),
        ("发布：{T-60}，更新：{T-30}", "发布：2026-11-23 08:00，更新：2026-11-23 08:30"),
        ("function f(){return {};}", "function f(){return {};}"),
    ],
)
def test_a_marker_is_written_in_local_time(text: str, written: str) -> None:
    assert resolve(text, NOW) == written


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 26, 1, 30, tzinfo=UTC), "2026-11-26"),  # this minute
        (datetime(2026, 11, 26, 1, 29, tzinfo=UTC), "2026-11-19"),  # a minute early
        (datetime(2026, 11, 25, 20, 0, tzinfo=UTC), "2026-11-19"),  # Thursday here, not yet half past nine
    ],
)
def test_thursday_is_the_last_one_not_in_the_future(now: datetime, day: str) -> None:
    assert resolve("{THU 09:30}", now) == f"{day} 09:30"


@pytest.mark.parametrize("text", ["{T123}", "{T-5:long}", "{THU 9:30}", "{NOW}"])
def test_a_marker_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unknown marker"):
        resolve(text, NOW)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("{D+3}", date(2026, 11, 26)),
        ("{D-1}", date(2026, 11, 22)),
        ("{Y}-05-01", date(2027, 5, 1)),
        ("2026-10-01", date(2026, 10, 1)),
    ],
)
def test_a_day_may_be_relative_yearly_or_fixed(text: str, day: date) -> None:
    assert resolve_day(text, date(2026, 11, 23), 2027) == day


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        resolve_day("{Y}-02-30", date(2026, 11, 23), 2026)

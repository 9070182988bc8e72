"""Heat and direction of a series of hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guanlan.analysis.types import Direction
from guanlan.desk.events.trend import trend_of
from guanlan.desk.watch.selectors import HourVolume

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def series(*counts: int) -> list[HourVolume]:
    """Hours up to the one that still runs."""
    last = NOW.replace(minute=0)
    return [
        HourVolume(last - timedelta(hours=len(counts) - 1 - place), count, 0, 0)
        for place, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "direction", "stretch", "before", "after"),
    [
        ((1, 1, 1, 9, 9, 9, 0), Direction.RISING, 3, 3, 27),
        ((9, 9, 9, 1, 1, 1, 0), Direction.FALLING, 3, 27, 3),
        ((5, 5, 5, 5, 5, 6, 0), Direction.LEVEL, 3, 15, 16),
        ((1, 0, 0, 1), Direction.UNKNOWN, 1, 0, 0),
        ((), Direction.UNKNOWN, 1, 0, 0),
    ],
)
def test_the_direction_comes_with_what_was_compared(
    counts: tuple[int, ...], direction: Direction, stretch: int, before: int, after: int
) -> None:
    found = trend_of(series(*counts), now=NOW)
    assert (found.direction, found.stretch, found.before, found.after) == (direction, stretch, before, after)


def test_the_hour_that_still_runs_turns_no_direction() -> None:
    assert trend_of(series(5, 5, 5, 5, 5, 5, 0), now=NOW).direction is Direction.LEVEL
    assert trend_of(series(5, 5, 5, 5, 5, 5, 90), now=NOW).direction is Direction.LEVEL


def test_a_quiet_matter_is_judged_over_days() -> None:
    day, quiet = (1, *[0] * 5) * 4, (0,) * 23
    found = trend_of(series(*quiet, 1, *day, 0), now=NOW)
    assert (found.stretch, found.before, found.after) == (24, 1, 4)
    assert found.direction is Direction.LEVEL


def test_heat_adds_up_and_fades_by_half_in_six_hours() -> None:
    hours = trend_of(series(8, 0, 0, 0, 0, 0, 0), now=NOW).hours
    assert hours[0].heat == pytest.approx(8)
    assert hours[6].heat == pytest.approx(4)
    assert [hour.total for hour in hours] == [8, 0, 0, 0, 0, 0, 0]
    assert trend_of(series(3, 4), now=NOW).total == 7

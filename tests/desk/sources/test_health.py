"""Late and failing are different words; a source that answers can still be strange."""

from datetime import datetime, timedelta

import pytest

from guanlan.desk.sources.health import Doubt, Health, Visit, doubt, health
from guanlan.desk.sources.rhythm import after_failure, next_interval
from tests.desk.conftest import NOW

HOUR = timedelta(hours=1)


def word(
    *, success: timedelta | None, failures: int = 0, age: timedelta = timedelta(days=9), **fields: object
) -> Health:
    given = {"active": True, "interval_minutes": 60} | fields
    return health(
        last_success_at=None if success is None else NOW - success,
        failures=failures,
        created_at=NOW - age,
        now=NOW,
        **given,  # type: ignore[arg-type]
    )


def test_a_source_is_on_time_for_two_intervals_and_late_when_nobody_went_longer() -> None:
    assert word(success=2 * HOUR) is Health.ON_TIME
    assert word(success=2 * HOUR + timedelta(seconds=1)) is Health.LATE


def test_a_source_fails_when_we_went_and_came_back_without_anything() -> None:
    assert word(success=3 * HOUR, failures=1) is Health.FAILING
    assert word(success=HOUR, failures=2) is Health.FAILING
    assert word(success=HOUR, failures=1) is Health.ON_TIME  # one failed visit is an accident


def test_a_new_source_has_never_spoken_until_it_should_have() -> None:
    assert word(success=None, age=HOUR) is Health.NEVER
    assert word(success=None, age=3 * HOUR) is Health.LATE
    assert word(success=None, age=HOUR, failures=2) is Health.FAILING


def test_of_a_paused_source_and_of_one_without_rhythm_nothing_is_expected() -> None:
    assert word(success=None, failures=9, active=False) is Health.PAUSED
    assert word(success=None, failures=9, interval_minutes=None) is Health.NO_RHYTHM


def visits(*pairs: tuple[int, int], every: timedelta = HOUR, until: datetime = NOW) -> list[Visit]:
    first = until - every * (len(pairs) - 1)
    return [Visit(first + every * place, named, new) for place, (named, new) in enumerate(pairs)]


def test_a_source_that_used_to_have_news_and_has_none_is_quiet() -> None:
    busy = [(20, 2)] * 10
    assert doubt(visits(*busy, *[(20, 0)] * 20), NOW) is None  # a night
    assert doubt(visits(*busy, *[(20, 0)] * 30), NOW) is Doubt.QUIET
    assert doubt(visits(*[(20, 1), (20, 0)] * 2, *[(20, 0)] * 50), NOW) is None  # too little is known


def test_a_calm_source_may_be_silent_for_longer() -> None:
    weekly = visits(*[(9, 1)] * 6, every=timedelta(days=7), until=NOW - timedelta(days=13))
    assert doubt(weekly, NOW) is None
    assert doubt(weekly, NOW + timedelta(days=2)) is Doubt.QUIET


def test_a_list_that_suddenly_names_much_less_has_another_layout() -> None:
    assert doubt(visits(*[(20, 1)] * 12, (3, 1), (2, 1), (2, 1)), NOW) is Doubt.BROKEN_LAYOUT
    assert doubt(visits(*[(20, 1)] * 12, (20, 1), (2, 1), (18, 1)), NOW) is None
    assert doubt(visits(*[(3, 1)] * 12, (0, 0), (0, 0), (0, 0)), NOW) is None  # it never named many


@pytest.mark.parametrize(
    ("interval", "current", "found_new", "minutes"),
    [(60, None, True, 40), (60, 40, True, 26), (60, 16, True, 15), (60, 40, False, 54), (60, 60, False, 60),
     (5, None, True, 5), (3, None, True, 3), (None, None, False, 60), (1440, 400, True, 360)],
)  # fmt: skip
def test_a_busy_source_is_visited_more_often_and_never_less_often_than_promised(
    interval: int | None, current: int | None, found_new: bool, minutes: int
) -> None:
    assert next_interval(interval, current, found_new=found_new) == minutes


def test_failures_wait_longer_and_as_long_as_the_site_asks() -> None:
    waits = [after_failure(60, failures, None, stop=False) for failures in range(1, 9)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (HOUR, timedelta(hours=24))
    assert after_failure(5, 1, None, stop=True) == HOUR
    assert after_failure(5, 1, 7200.0, stop=False) == 2 * HOUR
    assert after_failure(10_000, 30, None, stop=False) == timedelta(minutes=10_000)

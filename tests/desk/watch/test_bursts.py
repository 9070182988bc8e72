"""Bursts of a theme: counted by day where it can be judged, by hour before that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.desk.common.clock import day_bounds, local_date
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch.bursts import SHOWN, theme_bursts
from guanlan.desk.watch.models import Theme
from tests.desk.watch.conftest import hits_of

Make = Callable[..., Document]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def old(theme: Theme, body: Unit, now: datetime) -> Theme:
    """A theme that the desk has counted for a long time."""
    Unit.objects.filter(pk=body.pk).update(created_at=now - 100 * DAY)
    Theme.objects.filter(pk=theme.pk).update(created_at=now - 100 * DAY)
    return Theme.objects.select_related("unit").get(pk=theme.pk)


def said(theme: Theme, make: Make, start: datetime, count: int, **fields: object) -> None:
    hits_of(
        theme, [make(published_at=start + number * timedelta(minutes=5), **fields) for number in range(count)]
    )


def test_a_day_far_above_the_others_is_a_burst_with_what_is_usual(
    old: Theme, make_document: Make, people: dict[str, User], now: datetime
) -> None:
    today = day_bounds(local_date(now))[0]
    for back in range(1, 40):
        said(old, make_document, today - back * DAY + 3 * HOUR, 25 if back == 4 else 2)
    found = theme_bursts(old, people["monitor"], now=now)
    assert found.step == "day"
    assert len(found.bursts) == 1
    burst = found.bursts[0]
    assert burst.started_at == today - 4 * DAY
    assert burst.items >= 25
    assert 1 < burst.usual / burst.days < 4
    assert burst.score > 2.6
    marked = [day.start for day in found.days if day.burst]
    assert today - 4 * DAY in marked
    assert len(found.days) == SHOWN
    assert [day.running for day in found.days] == [False] * (SHOWN - 1) + [True]
    assert found.highest == 25


def test_steady_days_have_no_burst(
    old: Theme, make_document: Make, people: dict[str, User], now: datetime
) -> None:
    today = day_bounds(local_date(now))[0]
    for back in range(1, 40):
        said(old, make_document, today - back * DAY, 2)
    assert theme_bursts(old, people["monitor"], now=now).bursts == ()


def test_a_young_theme_is_judged_by_hours_and_earlier_days_are_unknown(
    theme: Theme, body: Unit, make_document: Make, people: dict[str, User], now: datetime
) -> None:
    Unit.objects.filter(pk=body.pk).update(created_at=now - 5 * DAY)
    theme = Theme.objects.select_related("unit").get(pk=theme.pk)
    for back in range(10, 110, 5):
        said(theme, make_document, now - back * HOUR, 1)
    said(theme, make_document, now - 4 * HOUR, 12)
    found = theme_bursts(theme, people["monitor"], now=now)
    assert (found.step, found.known_days) == ("hour", 4)
    assert [burst.started_at for burst in found.bursts] == [now - 4 * HOUR]
    assert found.bursts[0].usual < 2
    assert found.days[0].count is None
    assert found.days[-1].count is not None


def test_a_theme_counted_for_a_day_is_not_judged(
    theme: Theme, make_document: Make, people: dict[str, User], now: datetime
) -> None:
    said(theme, make_document, now - HOUR, 9)
    found = theme_bursts(theme, people["monitor"], now=now + DAY)
    assert (found.step, found.bursts, found.highest) == ("", (), 9)


def test_false_hits_and_texts_of_other_units_are_not_counted(
    old: Theme, school: Unit, water: Unit, make_document: Make, people: dict[str, User], now: datetime
) -> None:
    start = day_bounds(local_date(now))[0] - 2 * DAY
    said(old, make_document, start, 3, unit=school)
    said(old, make_document, start, 4, unit=water)
    old.hits.filter(document__unit=school).order_by("pk").first().delete()
    hit = old.hits.filter(document__unit=school).first()
    old.hits.filter(pk=hit.pk).update(false_hit=True)
    counts = {
        who: theme_bursts(old, people[who], now=now).highest
        for who in ("monitor", "school_monitor", "outsider")
    }
    assert counts == {"monitor": 5, "school_monitor": 1, "outsider": 0}


def test_counting_asks_the_same_number_of_questions_however_many_hits(
    old: Theme,
    make_document: Make,
    people: dict[str, User],
    now: datetime,
    django_assert_max_num_queries: Callable,
) -> None:
    said(old, make_document, now - 3 * DAY, 30)
    with django_assert_max_num_queries(4):
        theme_bursts(old, people["monitor"], now=now)

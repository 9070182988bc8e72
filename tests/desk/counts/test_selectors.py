"""Who sees what, and totals that never stand without their coverage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.desk.counts import selectors
from guanlan.desk.counts.models import CountSeries
from guanlan.desk.counts.planning import Plan
from guanlan.desk.counts.services import series_edit, special_days_add
from guanlan.desk.organisation.models import User
from tests.desk.counts.conftest import DAY, facts

Put = Callable[..., Plan]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("monitor", ["县一中", "县二小"]), ("auditor", ["县一中", "县二小"]),
        ("school_monitor", ["县一中"]), ("school_approver", ["县一中"]),
        ("water_officer", []), ("outsider", []),
    ],
)  # fmt: skip
def test_the_owners_chain_sees_all_places_and_a_unit_its_own(
    absent: CountSeries, people: dict[str, User], name: str, places: list[str]
) -> None:
    person = people[name]
    assert list(selectors.series_visible(person)) == ([absent] if places else [])
    assert [place.name for place in selectors.places_visible(person, absent)] == places
    assert selectors.sees_series(person, absent) is (len(places) == 2)


def test_a_total_says_how_many_reported_of_how_many(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 0)
    total = selectors.totals_of(series, DAY, DAY)[DAY]
    assert (total.value, total.reported, total.expected, total.complete) == (0, 1, 3, False)
    for place, value in (("柳河镇", 4), ("县一中", 2)):
        put(series, place, value)
    total = selectors.totals_of(series, DAY, DAY)[DAY]
    assert (total.value, total.reported, total.expected, total.complete) == (6, 3, 3, True)


def test_a_day_on_which_nobody_reported_has_no_zero_but_nobody(series: CountSeries) -> None:
    total = selectors.totals_of(series, DAY, DAY)[DAY]
    assert (total.reported, total.expected) == (0, 3)


def test_days_before_the_series_count_those_who_reported(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 4, day=DAY - timedelta(days=3))
    totals = selectors.totals_of(series, DAY - timedelta(days=5), DAY)
    assert {day: (one.reported, one.expected) for day, one in totals.items()} == {
        DAY - timedelta(days=3): (1, 1),
        DAY: (0, 3),
    }


def test_a_figure_taken_back_is_not_reported(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 4)
    put(series, "青石镇", None, seen=(1, 4, None), reason="填错")
    assert selectors.totals_of(series, DAY, DAY)[DAY].reported == 0
    assert list(selectors.entries_between(series, DAY, DAY)) == []


def test_holidays_stand_in_no_coverage(series: CountSeries, people: dict[str, User], now: datetime) -> None:
    special_days_add(
        series=series,
        starts_on=DAY,
        ends_on=DAY,
        expected=False,
        reason="放假",
        actor=people["reviewer"],
        now=now,
    )
    assert selectors.totals_of(series, DAY, DAY) == {}


def test_the_day_that_is_due_names_who_is_missing(series: CountSeries, put: Put, now: datetime) -> None:
    put(series, "青石镇", 4)
    standing = selectors.standing_of(series, now)
    assert standing is not None
    assert (standing.day, [place.name for place in standing.missing]) == (DAY, ["柳河镇", "县一中"])
    assert not standing.late(now)
    assert standing.late(now + timedelta(hours=8))


def test_places_are_summed_with_the_days_that_they_reported(series: CountSeries, put: Put) -> None:
    put(series, "柳河镇", 4)
    put(series, "柳河镇", 3, day=DAY - timedelta(days=1))
    put(series, "青石镇", 0)
    sums = selectors.place_sums(series, DAY - timedelta(days=6), DAY)
    assert [(place.name, total, n) for place, total, n in sums] == [
        ("柳河镇", 7, 2), ("青石镇", 0, 1), ("县一中", 0, 0),
    ]  # fmt: skip


def test_the_brief_takes_series_that_are_marked_for_it(
    series: CountSeries, absent: CountSeries, people: dict[str, User], now: datetime, put: Put
) -> None:
    assert selectors.brief_lines("/", DAY) == []
    series_edit(
        series=series, facts=facts(in_brief=True), places=["青石镇"], actor=people["reviewer"], now=now
    )
    put(series, "青石镇", 4)
    ((found, total),) = selectors.brief_lines(series.unit.path, DAY)
    assert (found, total.value, total.reported) == (series, 4, 1)
    assert selectors.brief_lines("/999/", DAY) == []


def test_the_questions_do_not_grow_with_the_days(
    series: CountSeries, fill: Callable[..., None], django_assert_max_num_queries: Callable[..., object]
) -> None:
    fill(series, "青石镇", 10)
    with django_assert_max_num_queries(4):  # type: ignore[attr-defined]
        selectors.totals_of(series, DAY - timedelta(days=300), DAY)

"""What calls: limits, shares, bursts, and silence, each once, with its reasons and its coverage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.models import Alert, AlertKind
from guanlan.desk.alerts.outbox import message_of
from guanlan.desk.alerts.services import alert_acknowledge
from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.counts import alerting
from guanlan.desk.counts.alerting import late_places_due
from guanlan.desk.counts.entering import entries_save
from guanlan.desk.counts.models import CountSeries
from guanlan.desk.counts.planning import Given, Plan
from guanlan.desk.counts.selectors import late_places
from guanlan.desk.counts.services import series_edit, special_days_add
from guanlan.desk.organisation.models import User
from tests.desk.counts.conftest import DAY, facts

Put = Callable[..., Plan]
Watch = Callable[..., CountSeries]
PLACES = ["青石镇", "柳河镇", "县一中"]


@pytest.fixture
def watch(people: dict[str, User], now: datetime) -> Watch:
    """Set what calls."""

    def change(series: CountSeries, **fields: Any) -> CountSeries:
        names = [place.name for place in series.places.all()]
        return series_edit(
            series=series, facts=facts(**fields), places=names, actor=people["reviewer"], now=now
        )

    return change


def causes(rule: str = "") -> list[dict[str, Any]]:
    found = Alert.objects.filter(kind=AlertKind.COUNT).order_by("pk")
    return [alert.cause for alert in found if not rule or alert.cause["rule"] == rule]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment on the wall of the office."""
    return datetime.combine(day, time(hour, minute), DISPLAY_ZONE)


def test_a_place_that_reaches_its_limit_calls_once_with_the_reason(
    series: CountSeries, watch: Watch, put: Put, people: dict[str, User], now: datetime
) -> None:
    watch(series, place_limit=10)
    put(series, "青石镇", 9)
    assert causes() == []
    put(series, "青石镇", 12, reason="补报")
    put(series, "青石镇", 13, reason="又补报")
    (cause,) = causes()
    assert cause == {
        "counts": series.pk, "rule": "place", "day": "2026-11-23", "place": series.places.get(name="青石镇").pk,
        "place_name": "青石镇", "n": "12", "limit": 10, "coverage": [1, 3],
    }  # fmt: skip
    alert = alert_acknowledge(alert=Alert.objects.get(), actor=people["monitor"], now=now)
    assert alert.acknowledged_by == people["monitor"]
    assert (alert.unit, alert.rule, alert.title) == (series.unit, "畜禽异常死亡", "畜禽异常死亡 青石镇")


def test_all_together_reach_the_limit_with_their_coverage(
    series: CountSeries, watch: Watch, put: Put
) -> None:
    watch(series, total_limit=10)
    put(series, "青石镇", 6)
    put(series, "柳河镇", 5)
    (cause,) = causes("total")
    assert (cause["n"], cause["limit"], cause["coverage"]) == ("11", 10, [2, 3])


def test_a_share_of_those_checked_calls(
    absent: CountSeries, people: dict[str, User], put: Put, now: datetime
) -> None:
    asked = facts(name="晨检缺课", measure="人", checked_measure="应到人数", about_people=True, share_limit=2)
    series_edit(series=absent, facts=asked, places=["县一中", "县二小"], actor=people["reviewer"], now=now)
    put(absent, "县二小", 7, checked=400)
    put(absent, "县一中", 3, checked=30)
    (cause,) = causes("share")
    assert (cause["place_name"], cause["n"], cause["checked"], cause["limit"]) == ("县一中", "<10", 30, 2)


def test_what_leaves_the_desk_singles_nobody_out(
    absent: CountSeries, people: dict[str, User], put: Put, now: datetime
) -> None:
    asked = facts(name="晨检缺课", measure="人", checked_measure="应到人数", about_people=True, place_limit=3)
    series_edit(series=absent, facts=asked, places=["县一中", "县二小"], actor=people["reviewer"], now=now)
    put(absent, "县二小", 7, checked=400)
    delivery = Alert.objects.get().deliveries.first()
    assert delivery is not None
    message = message_of(delivery)
    assert "7" not in message.title + message.body


def test_figures_of_long_ago_warn_of_nothing(series: CountSeries, watch: Watch, put: Put) -> None:
    watch(series, place_limit=10)
    put(series, "青石镇", 90, day=DAY - timedelta(days=8))
    assert causes() == []


def test_many_places_over_the_limit_make_one_alert(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    names = [f"第{n}村" for n in range(8)]
    series_edit(series=series, facts=facts(place_limit=5), places=names, actor=people["reviewer"], now=now)
    given = [Given(place, DAY, 6) for place in series.places.filter(until__isnull=True)]
    entries_save(series=series, given=given, actor=people["monitor"], now=now)
    (cause,) = causes()
    assert (cause["many"], cause["places"]) == (8, names)


def test_a_burst_says_what_is_usual(
    series: CountSeries, watch: Watch, put: Put, fill: Callable[..., None]
) -> None:
    watch(series, watch_bursts=True)
    fill(series, "青石镇", 28)
    put(series, "青石镇", 3)
    assert causes() == []
    put(series, "青石镇", 15, reason="补报")
    (cause,) = causes("burst")
    assert (cause["n"], cause["place_name"]) == ("15", "青石镇")
    assert 1.0 <= cause["expected"] <= 2.5
    assert cause["score"] > 2.6


def test_days_that_nobody_reported_are_unknown_to_the_burst_watch_and_not_calm(
    series: CountSeries, watch: Watch, put: Put, fill: Callable[..., None]
) -> None:
    """With the gap read as zero, the usual figure of a busy town would look like a burst."""
    watch(series, watch_bursts=True)
    fill(series, "青石镇", 60, value=12)
    series.entries.filter(day__gte=DAY - timedelta(days=20)).update(value=None)
    put(series, "青石镇", 13)
    assert causes() == []


def test_a_place_that_is_late_is_called_once_with_its_last_report(
    series: CountSeries, put: Put, now: datetime
) -> None:
    put(series, "青石镇", 1)
    put(series, "柳河镇", 1, day=DAY - timedelta(days=2))
    assert late_places_due(now=at(DAY, 16, 59)) == 0
    assert late_places_due(now=at(DAY, 17)) == 1
    assert late_places_due(now=at(DAY, 18)) == 0
    (cause,) = causes("late")
    assert [(one["place"], one["last"]) for one in cause["late"]] == [
        ("柳河镇", "2026-11-21"),
        ("县一中", ""),
    ]
    assert (cause["day"], cause["coverage"]) == ("2026-11-23", [1, 3])
    assert [one.name for one in late_places(series, at(DAY, 18))[1]] == ["柳河镇", "县一中"]
    # The next day the same two are silent still: listed, not called again. A new silence is.
    assert late_places_due(now=at(DAY + timedelta(days=1), 17)) == 1
    assert [[one["place"] for one in cause["late"]] for cause in causes("late")] == [
        ["柳河镇", "县一中"],
        ["青石镇"],
    ]
    assert causes("late")[1]["missing"] == 3


def test_who_reported_again_and_falls_silent_again_is_called_again(series: CountSeries, put: Put) -> None:
    for place in ("青石镇", "柳河镇"):
        put(series, place, 1)
    late_places_due(now=at(DAY, 17))
    put(series, "县一中", 0, at=at(DAY, 18))
    for place in ("青石镇", "柳河镇"):
        put(series, place, 1, day=DAY + timedelta(days=1), at=at(DAY + timedelta(days=1), 9))
    late_places_due(now=at(DAY + timedelta(days=1), 17))
    assert [[one["place"] for one in cause["late"]] for cause in causes("late")] == [["县一中"], ["县一中"]]


def test_a_clock_that_slept_goes_through_the_days_it_missed(series: CountSeries, put: Put) -> None:
    for place in PLACES:
        put(series, place, 1)
    later = at(DAY + timedelta(days=3), 8)
    while late_places_due(now=later):
        pass
    (cause,) = causes("late")
    assert cause["day"] == "2026-11-24"  # dated at the day that was missed first, not when it was found
    series.refresh_from_db()
    assert series.due_day == DAY + timedelta(days=3)


def test_nobody_is_late_on_a_holiday_or_of_a_closed_series(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    special_days_add(
        series=series,
        starts_on=DAY,
        ends_on=DAY,
        expected=False,
        reason="放假",
        actor=people["reviewer"],
        now=now,
    )
    assert late_places_due(now=at(DAY, 20)) == 0
    assert late_places(series, at(DAY, 20))[1] == []


def test_a_series_changed_while_the_clock_holds_it_keeps_its_new_hour(
    series: CountSeries, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = alerting._look

    def change_first(claimed: CountSeries, now: datetime) -> None:
        series_edit(
            series=series, facts=facts(due_time=time(20, 0)), places=PLACES, actor=people["reviewer"], now=now
        )
        look(claimed, now)

    monkeypatch.setattr(alerting, "_look", change_first)
    late_places_due(now=at(DAY, 17))
    series.refresh_from_db()
    assert causes("late") == []
    assert (series.due_day, series.next_action_at) == (DAY, at(DAY, 20))


def test_one_broken_series_does_not_hold_up_the_others(
    series: CountSeries, absent: CountSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = alerting._look

    def broken(claimed: CountSeries, now: datetime) -> None:
        if claimed.pk == series.pk:
            raise ZeroDivisionError("no")
        look(claimed, now)

    monkeypatch.setattr(alerting, "_look", broken)
    assert late_places_due(now=at(DAY + timedelta(days=1), 9, 31)) == 2
    series.refresh_from_db()
    assert "ZeroDivisionError" in series.last_error
    assert series.next_action_at is not None
    assert len(causes("late")) == 1

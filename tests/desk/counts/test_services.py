"""Series, places and special days: what may be set, by whom, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.counts import services
from guanlan.desk.counts.errors import SeriesRefused
from guanlan.desk.counts.models import CountPlace, CountSeries, Rhythm
from guanlan.desk.counts.planning import Plan
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from tests.desk.counts.conftest import DAY, facts

Put = Callable[..., Plan]


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(SeriesRefused) as found:
        call()
    return found.value.code


def test_a_series_stands_with_its_places_and_its_next_due_hour(series: CountSeries) -> None:
    assert [place.name for place in series.places.all()] == ["青石镇", "柳河镇", "县一中"]
    assert series.due_day == DAY
    assert series.next_action_at == datetime.fromisoformat("2026-11-23T09:00:00+00:00")
    actions = AuditEntry.objects.filter(object_type="countseries").values_list("action", flat=True)
    assert set(actions) == {"counts.series_created", "counts.places_set"}


@pytest.mark.parametrize("name", ["monitor", "school_officer", "water_officer", "outsider", "auditor"])
def test_only_those_who_keep_sources_of_the_unit_keep_its_series(
    series: CountSeries, people: dict[str, User], now: datetime, name: str
) -> None:
    person = people[name]
    for call in (
        lambda: services.series_create(unit=series.unit, facts=facts(name="x"), places=["甲村"], actor=person, now=now),
        lambda: services.series_edit(series=series, facts=facts(), places=["甲村"], actor=person, now=now),
        lambda: services.series_switch(series=series, active=False, reason="x", actor=person, now=now),
        lambda: services.special_days_add(
            series=series, starts_on=DAY, ends_on=DAY, expected=False, reason="x", actor=person, now=now
        ),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            call()


def test_a_unit_keeps_series_of_its_own(school: Unit, people: dict[str, User], now: datetime) -> None:
    made = services.series_create(
        unit=school,
        facts=facts(),
        places=["初一", "初二"],
        actor=people["school_officer"],
        now=now,
        sure=True,
    )
    assert made.unit == school


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "  ", "name"), ("measure", "", "measure"), ("definition", "", "definition"),
        ("purpose", "", "purpose"), ("place_limit", 0, "limit"), ("share_limit", 5, "limit"),
        ("name", "13800138000", "person"),
    ],
)  # fmt: skip
def test_what_could_not_work_is_refused(
    body: Unit, people: dict[str, User], now: datetime, field: str, value: object, code: str
) -> None:
    call = lambda: services.series_create(  # noqa: E731
        unit=body, facts=facts(**{field: value}), places=["甲村"], actor=people["reviewer"], now=now
    )
    assert refused(call) == code
    assert not CountSeries.objects.exists()


def test_a_weekly_series_needs_its_day_and_knows_no_bursts(
    body: Unit, people: dict[str, User], now: datetime
) -> None:
    def make(**fields: object) -> CountSeries:
        asked = facts(rhythm=Rhythm.WEEKLY.value, **fields)
        return services.series_create(
            unit=body, facts=asked, places=["甲村"], actor=people["reviewer"], now=now
        )

    assert refused(make) == "weekday"
    assert refused(lambda: make(weekday=4, watch_bursts=True)) == "burst"
    assert make(weekday=4).due_day == date(2026, 11, 27)


def test_two_series_of_a_unit_bear_different_names(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    call = lambda: services.series_create(  # noqa: E731
        unit=series.unit, facts=facts(), places=["甲村"], actor=people["reviewer"], now=now
    )
    assert refused(call) == "name"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "place"), (["  "], "place"), (["甲村", "甲村"], "twice"), (["张伟"], "person"),
        (["13800138000"], "place"), (["村" * 61], "place"), ([f"{n} 村" for n in range(301)], "many"),
    ],
)  # fmt: skip
def test_places_are_places(
    series: CountSeries, people: dict[str, User], now: datetime, names: list[str], code: str
) -> None:
    call = lambda: services.series_edit(  # noqa: E731
        series=series, facts=facts(), places=names, actor=people["reviewer"], now=now
    )
    assert refused(call) == code
    assert series.places.filter(until__isnull=True).count() == 3


def test_a_village_that_sounds_like_a_person_is_taken_when_somebody_looked(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    services.series_edit(
        series=series, facts=facts(), places=["王集", "张伟"], actor=people["reviewer"], now=now, sure=True
    )
    assert list(series.places.filter(until__isnull=True).values_list("name", flat=True)) == ["王集", "张伟"]


def test_a_place_that_bears_the_name_of_a_unit_is_tied_to_it(absent: CountSeries, school: Unit) -> None:
    assert absent.places.get(name="县一中").unit == school
    assert absent.places.get(name="县二小").unit is None


def test_a_place_left_out_keeps_its_figures_and_is_expected_no_more(
    series: CountSeries, people: dict[str, User], now: datetime, put: Put
) -> None:
    put(series, "柳河镇", 3)
    later = now + timedelta(days=5)
    services.series_edit(series=series, facts=facts(), places=["青石镇"], actor=people["reviewer"], now=later)
    gone = series.places.get(name="柳河镇")
    assert gone.until == date(2026, 11, 27)
    assert gone.entries.get().value == 3
    services.series_edit(
        series=series, facts=facts(), places=["青石镇", "柳河镇"], actor=people["reviewer"],
        now=later + timedelta(days=9),
    )  # fmt: skip
    back = series.places.get(name="柳河镇")
    assert (back.pk, back.until, back.since) == (gone.pk, None, date(2026, 12, 7))


def test_a_place_typed_wrong_and_put_right_at_once_leaves_nothing(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    services.series_edit(
        series=series, facts=facts(), places=["青石镇", "柳河镇", "双河镇"], actor=people["reviewer"], now=now
    )
    assert not CountPlace.objects.filter(series=series, name="县一中").exists()


def test_what_is_counted_stays_once_there_are_figures(
    series: CountSeries, people: dict[str, User], now: datetime, put: Put
) -> None:
    def change(**fields: object) -> object:
        return services.series_edit(
            series=series, facts=facts(**fields), places=["青石镇", "柳河镇", "县一中"],
            actor=people["reviewer"], now=now,
        )  # fmt: skip

    change(measure="只")
    put(series, "青石镇", 1)
    assert refused(lambda: change(measure="户")) == "used"
    change(measure="只", due_time=time(11, 0))
    series.refresh_from_db()
    assert series.next_action_at == datetime.fromisoformat("2026-11-23T03:00:00+00:00")


def test_an_edit_of_a_page_that_is_old_is_refused(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    services.series_edit(
        series=series,
        facts=facts(purpose="新"),
        places=["青石镇"],
        actor=people["reviewer"],
        now=now,
        version=1,
    )
    call = lambda: services.series_edit(  # noqa: E731
        series=series,
        facts=facts(purpose="旧"),
        places=["柳河镇"],
        actor=people["case_officer"],
        now=now,
        version=1,
    )
    assert refused(call) == "changed"
    series.refresh_from_db()
    assert series.purpose == "新"


def test_a_closed_series_expects_nothing_and_can_be_opened_again(
    series: CountSeries, people: dict[str, User], now: datetime, put: Put
) -> None:
    switch = lambda active, reason="疫情结束": services.series_switch(  # noqa: E731
        series=series, active=active, reason=reason, actor=people["reviewer"], now=now
    )
    assert refused(lambda: switch(False, " ")) == "reason"
    switch(False)
    series.refresh_from_db()
    assert (series.active, series.next_action_at, series.due_day) == (False, None, None)
    assert refused(lambda: put(series, "青石镇", 1)) == "closed"
    switch(True)
    series.refresh_from_db()
    assert series.due_day == DAY


def test_holidays_move_the_next_due_day_and_can_be_taken_back(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    row = services.special_days_add(
        series=series, starts_on=DAY, ends_on=DAY + timedelta(days=2), expected=False, reason="放假",
        actor=people["reviewer"], now=now,
    )  # fmt: skip
    series.refresh_from_db()
    assert series.due_day == date(2026, 11, 26)
    services.special_days_drop(row=row, actor=people["reviewer"], now=now)
    series.refresh_from_db()
    assert series.due_day == DAY


@pytest.mark.parametrize("last", [DAY - timedelta(days=1), DAY + timedelta(days=101)])
def test_special_days_have_an_end_in_sight(
    series: CountSeries, people: dict[str, User], now: datetime, last: date
) -> None:
    call = lambda: services.special_days_add(  # noqa: E731
        series=series,
        starts_on=DAY,
        ends_on=last,
        expected=False,
        reason="放假",
        actor=people["reviewer"],
        now=now,
    )
    assert refused(call) == "days"

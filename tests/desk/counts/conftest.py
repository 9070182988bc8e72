"""A county series of three towns (one is a unit of the desk) and a school series about people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from guanlan.desk.counts.entering import entries_save
from guanlan.desk.counts.models import CountPlace, CountSeries, Rhythm
from guanlan.desk.counts.planning import Given, Plan
from guanlan.desk.counts.services import SeriesFacts, series_create
from guanlan.desk.organisation.models import Unit, User

DAY = date(2026, 11, 23)  # a Monday, the day of the clock of these tests (10:00)


def facts(**fields: Any) -> SeriesFacts:
    values = {
        "name": "畜禽异常死亡", "measure": "头", "definition": "不明原因死亡", "purpose": "动物防疫法第三十一条",
        "due_time": time(17, 0),
    }  # fmt: skip
    return SeriesFacts(**{**values, **fields})


@pytest.fixture
def day() -> date:
    return DAY


@pytest.fixture
def series(body: Unit, people: dict[str, User], now: datetime) -> CountSeries:
    return series_create(
        unit=body, facts=facts(), places=["青石镇", "柳河镇", "县一中"], actor=people["reviewer"], now=now
    )


@pytest.fixture
def absent(body: Unit, school: Unit, people: dict[str, User], now: datetime) -> CountSeries:
    """Owned by the county, reported by the school and a typed place: counts of children."""
    asked = facts(
        name="晨检缺课", measure="人", checked_measure="应到人数", about_people=True,
        rhythm=Rhythm.WORKING.value, due_time=time(9, 30),
    )  # fmt: skip
    return series_create(
        unit=body, facts=asked, places=["县一中", "县二小"], actor=people["reviewer"], now=now
    )


@pytest.fixture
def put(people: dict[str, User], now: datetime) -> Callable[..., Plan]:
    """Enter one figure: ``put(series, "青石镇", 3)``."""

    def enter(series: CountSeries, place: str, value: int | None, **more: Any) -> Plan:
        actor, at = more.pop("actor", people["monitor"]), more.pop("at", now)
        way = {name: more.pop(name) for name in ("reason", "confirmed", "way") if name in more}
        row = CountPlace.objects.get(series=series, name=place)
        given = Given(row, more.pop("day", DAY), value, **more)
        return entries_save(series=series, given=[given], actor=actor, now=at, **way)

    return enter


@pytest.fixture
def fill(put: Callable[..., Plan]) -> Callable[..., None]:
    """The same small figures for the days before: what is usual."""

    def enter(series: CountSeries, place: str, days: int = 21, value: int = 2, **more: Any) -> None:
        for back in range(1, days + 1):
            put(series, place, value, day=DAY - timedelta(days=back), **more)

    return enter

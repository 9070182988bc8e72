"""Two series of counts of the fictional county: animals dead by town, children absent by school.

The month before comes as a table that somebody brought in; then each day is entered by the person whose
work it is, and two places stay silent on the last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from guanlan.desk.common.clock import DISPLAY_ZONE, local_date
from guanlan.desk.counts.alerting import late_places_due
from guanlan.desk.counts.entering import entries_save
from guanlan.desk.counts.models import CountSeries, Rhythm
from guanlan.desk.counts.planning import Given
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.counts.services import SeriesFacts, series_create
from guanlan.desk.setup.bodies import Made

#: Days brought in by the table: enough for what is usual at each place.
PAST = timedelta(days=42)
TOWNS = ("城关镇", "青石镇", "柳河镇", "石桥乡", "南坪乡", "双河镇", "白云乡")
SCHOOLS = ("县一中", "县一小", "县二小", "城关镇中心小学", "青石镇中心小学", "柳河镇中心小学", "县实验幼儿园")
#: Children of each school; the first is the largest.
PUPILS = (2140, 1286, 1043, 874, 612, 498, 355)
#: These say nothing in the last two days.
SILENT = ("白云乡", "柳河镇中心小学")
ANIMALS, ABSENT = "畜禽异常死亡", "晨检缺课"
SERIES = (
    (
        "", "wangqihang", TOWNS,
        SeriesFacts(
            name=ANIMALS, measure="头（只）", definition="不明原因死亡的猪、牛、羊、禽，按头（只）计；屠宰和自然淘汰不算",
            purpose="及早发现动物疫情，依据《动物防疫法》第三十一条；只记数，不记养殖户",
            due_time=time(17, 0), place_limit=10, total_limit=25, watch_bursts=True, in_brief=True,
        ),
    ),
    (
        "jyj", "wusiqi", SCHOOLS,
        SeriesFacts(
            name=ABSENT, measure="人", checked_measure="应到人数", definition="当天早上因病没有到校的学生；请事假的不算",
            purpose="及早发现聚集性病例，依据《突发公共卫生事件应急条例》；只记数，不记学生",
            about_people=True, rhythm=Rhythm.WORKING.value, due_time=time(9, 30), share_limit=2, in_brief=True,
        ),
    ),
)  # fmt: skip


def counts_begin(made: Made, started: datetime, end: date) -> None:
    """The series with the weeks before them, as somebody brought them in by a table."""
    for unit, person, places, facts in SERIES:
        actor = made.people[person]
        series = series_create(
            unit=made.units[unit], facts=facts, places=places, actor=actor, now=started, sure=True
        )
        last = local_date(started)
        given = [
            Given(place, day, *_told(series, number, day, end))
            for number, place in enumerate(series.places.all())
            for day in schedule_of(series).days(last - PAST, last)
        ]
        entries_save(series=series, given=given, actor=actor, now=started, way="table")


def counts_times(started: datetime, now: datetime) -> Iterator[datetime]:
    """When figures are entered: twice a day, a little before they are due."""
    day = local_date(started)
    while day <= local_date(now):
        for hour in (time(9, 20), time(16, 40)):
            at = datetime.combine(day, hour, DISPLAY_ZONE).astimezone(UTC)
            if started < at <= now:
                yield at
        day += timedelta(days=1)


def counts_enter(at: datetime, end: date, made: Made, moment: datetime) -> None:
    """What falls due within the hour after ``at`` is entered, save by the silent; then the clock looks."""
    for _unit, person, _places, facts in SERIES:
        series = CountSeries.objects.get(name=facts.name)
        day, schedule = local_date(at), schedule_of(series)
        if not schedule.expects(day) or not at <= schedule.due_at(day) <= at + timedelta(hours=1):
            continue
        given = [
            Given(place, day, *_told(series, number, day, end))
            for number, place in enumerate(series.places.all())
            if not (place.name in SILENT and (end - day).days <= 1)
        ]
        entries_save(series=series, given=given, actor=made.people[person], now=at)
    counts_look(moment)


def counts_look(moment: datetime) -> None:
    """The clock's look for places that are late, day by day until now."""
    while late_places_due(now=moment):
        pass


def _told(series: CountSeries, number: int, day: date, end: date) -> tuple[int, int | None]:
    """Invented, and the same on every machine: small figures that differ by day and place, and at the end
    the story of the demo (a town with dead animals, a school with sick children)."""
    wave, story = (day.toordinal() * 7 + number * 13 + day.day * number) % 11, number == 1
    if series.name == ANIMALS:
        quiet = wave % 4 if wave < 8 else 0
        return (14 + 5 * (1 - (end - day).days) if story and (end - day).days <= 1 else quiet), None
    pupils = PUPILS[number % len(PUPILS)]
    return (31 if story and (end - day).days <= 2 else pupils * (wave + 3) // 2400), pupils

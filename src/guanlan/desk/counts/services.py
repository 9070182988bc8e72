"""Changing counts. One mutation, one service; entries are in ``entering``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from guanlan.desk.audit.services import record
from guanlan.desk.counts.errors import SeriesRefused
from guanlan.desk.counts.models import CountPlace, CountSeries, Rhythm, SpecialDays
from guanlan.desk.counts.rules import local_day, looks_like_number_of_person, looks_like_person
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require

#: Places of one series: a province's counties fit, and a grid of more cannot be filled by hand.
MOST_PLACES = 300
#: Longest stretch of special days: a summer holiday, not a year.
MOST_SPECIAL_DAYS = timedelta(days=100)
#: What ``_expect_next`` sets.
NEXT = ["due_day", "next_action_at", "claim", "last_error"]
CHANGEABLE = (
    "name", "measure", "checked_measure", "definition", "purpose", "about_people", "rhythm", "weekday",
    "due_time", "due_next_day", "place_limit", "total_limit", "share_limit", "watch_bursts", "in_brief",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series as a person describes it; limits None ask for nothing."""

    name: str
    measure: str
    definition: str
    purpose: str
    rhythm: str = Rhythm.DAILY.value
    due_time: time = time(10, 0)
    due_next_day: bool = False
    weekday: int | None = None
    checked_measure: str = ""
    about_people: bool = False
    place_limit: int | None = None
    total_limit: int | None = None
    share_limit: int | None = None
    watch_bursts: bool = False
    in_brief: bool = False


def series_create(
    *, unit: Unit, facts: SeriesFacts, places: Sequence[str], actor: User | None, now: datetime,
    sure: bool = False,
) -> CountSeries:  # fmt: skip
    """A series with its places, by name. Raises SeriesRefused. ``actor`` None: set-up.

    ``sure`` says that a person looked at those names that could be persons.
    """
    if actor is not None:
        require(actor, "source", unit)
    with transaction.atomic():
        series = CountSeries(unit=unit, created_at=now, **_fields(facts))
        _check(series)
        _expect_next(series, now)
        _save(series)
        record("counts.series_created", actor=actor, now=now, target=series, name=series.name, unit=unit.pk)
        _places_set(series, places, actor, now, sure=sure)
    return series


def series_edit(
    *, series: CountSeries, facts: SeriesFacts, places: Sequence[str], actor: User, now: datetime,
    version: int | None = None, sure: bool = False,
) -> CountSeries:  # fmt: skip
    """Change what it is and which places report from today on, in this order.

    Places left out are expected no more; their figures stay. With figures kept, what is counted stays what
    it was: ``used`` is raised for another unit of measure and for asking, or no longer asking, how many were
    checked. ``changed`` is raised when the series is no longer at ``version``, ``person`` for names that
    could be those of persons unless somebody is ``sure``.
    """
    require(actor, "source", series.unit)
    with transaction.atomic():
        standing = _held(series)
        if version is not None and standing.version != version:
            raise SeriesRefused("changed")
        _change(standing, facts, actor, now)
        if [" ".join(name.split()) for name in places] != _reporting(standing):
            _places_set(standing, places, actor, now, sure=sure)
    return standing


def _change(standing: CountSeries, facts: SeriesFacts, actor: User, now: datetime) -> None:
    wanted = _fields(facts)
    changed = {name: wanted[name] for name in CHANGEABLE if wanted[name] != getattr(standing, name)}
    if not changed:
        return
    if {"measure", "checked_measure"} & set(changed) and standing.entries.exists():
        raise SeriesRefused("used")
    before = {name: getattr(standing, name) for name in changed}
    for name, value in changed.items():
        setattr(standing, name, value)
    _check(standing)
    _expect_next(standing, now)
    standing.version += 1
    _save(standing)
    said = {"before": _plain(before), "after": _plain(changed)}
    record("counts.series_changed", actor=actor, now=now, target=standing, **said)


def _reporting(series: CountSeries) -> list[str]:
    return [place.name for place in series.places.filter(until__isnull=True)]


def series_switch(
    *, series: CountSeries, active: bool, reason: str, actor: User, now: datetime
) -> CountSeries:
    """Close a series (nothing is expected any more; everything stays readable) or open it again."""
    require(actor, "source", series.unit)
    if not reason.strip():
        raise SeriesRefused("reason")
    with transaction.atomic():
        standing = _held(series)
        if standing.active == active:
            return standing
        standing.active = active
        standing.places.update(silent_since=None)
        _expect_next(standing, now)
        standing.save(update_fields=["active", *NEXT])
        action = "counts.series_reopened" if active else "counts.series_closed"
        record(action, actor=actor, now=now, target=standing, reason=reason.strip()[:200])
    return standing


def special_days_add(
    *, series: CountSeries, starts_on: date, ends_on: date, expected: bool, reason: str, actor: User,
    now: datetime,
) -> SpecialDays:  # fmt: skip
    """Days on which nothing is expected (``expected`` False) or something is that else would not be."""
    require(actor, "source", series.unit)
    if not reason.strip():
        raise SeriesRefused("reason")
    if not starts_on <= ends_on <= starts_on + MOST_SPECIAL_DAYS:
        raise SeriesRefused("days")
    with transaction.atomic():
        standing = _held(series)
        row = SpecialDays.objects.create(
            series=standing, starts_on=starts_on, ends_on=ends_on, expected=expected,
            reason=reason.strip()[:60], set_at=now, set_by=actor,
        )  # fmt: skip
        _expect_next(standing, now)
        standing.save(update_fields=NEXT)
        said = {"from": starts_on, "to": ends_on, "expected": expected, "reason": row.reason}
        record("counts.days_set", actor=actor, now=now, target=standing, **said)
    return row


def special_days_drop(*, row: SpecialDays, actor: User, now: datetime) -> None:
    """Take special days back."""
    require(actor, "source", row.series.unit)
    with transaction.atomic():
        standing = _held(row.series)
        said = {"from": row.starts_on, "to": row.ends_on, "expected": row.expected, "reason": row.reason}
        row.delete()
        _expect_next(standing, now)
        standing.save(update_fields=NEXT)
        record("counts.days_dropped", actor=actor, now=now, target=standing, **said)


def series_exported(*, series: CountSeries, rows: int, hidden: int, actor: User, now: datetime) -> None:
    """Say in the audit that figures left the desk, and how many of them were hidden."""
    require(actor, "read", series.unit)
    record("counts.exported", actor=actor, now=now, target=series, rows=rows, hidden=hidden)


def _fields(facts: SeriesFacts) -> dict[str, Any]:
    found = {name: getattr(facts, name) for name in CHANGEABLE}
    texts = ("name", "measure", "checked_measure", "definition", "purpose")
    return {**found, **{name: " ".join(str(found[name]).split()) for name in texts}}


def _check(series: CountSeries) -> None:
    missing = next(
        (name for name in ("name", "measure", "definition", "purpose") if not _said(series, name)), ""
    )
    faults = {
        missing: bool(missing),
        "weekday": series.rhythm == Rhythm.WEEKLY and series.weekday not in range(7),
        "limit": 0 in (series.place_limit, series.total_limit, series.share_limit)
        or not 0 <= (series.share_limit or 0) <= 100
        or (series.share_limit is not None and not series.checked_measure),
        "burst": series.watch_bursts and series.rhythm == Rhythm.WEEKLY,
        "person": any(looks_like_number_of_person(_said(series, name)) for name in ("name", "measure")),
    }
    fault = next((code for code, wrong in faults.items() if wrong), None)
    if fault:
        raise SeriesRefused(fault)
    if series.rhythm != Rhythm.WEEKLY:
        series.weekday = None
    try:
        series.full_clean(exclude=["due_day", "next_action_at", "claim", "last_error"])
    except ValidationError as error:
        raise SeriesRefused(
            "name" if "__all__" in error.message_dict else next(iter(error.message_dict))
        ) from error


def _save(series: CountSeries) -> None:
    """Raises SeriesRefused when somebody else gave a series the same name a moment ago."""
    try:
        with transaction.atomic():
            series.save()
    except IntegrityError as error:
        raise SeriesRefused("name") from error


def _said(series: CountSeries, name: str) -> str:
    return str(getattr(series, name))


def _expect_next(series: CountSeries, now: datetime) -> None:
    """The next day whose figures fall due, as a due row for the clock."""
    found = schedule_of(series).next_due(now) if series.active else None
    series.due_day, series.next_action_at = found or (None, None)
    series.claim, series.last_error = "", ""  # a clock that holds it finds that it changed


def _places_set(
    series: CountSeries, names: Sequence[str], actor: User | None, now: datetime, *, sure: bool
) -> None:
    wanted = _checked_names(names, sure=sure)
    today = local_day(now)
    units = {unit.name: unit for unit in Unit.objects.filter(active=True)}
    units |= {unit.short_name: unit for unit in units.values() if unit.short_name}
    known = {place.name: place for place in series.places.all()}
    for position, name in enumerate(wanted):
        place = known.pop(name, None)
        if place is None:
            CountPlace.objects.create(
                series=series, name=name, unit=units.get(name), position=position, since=today
            )
            continue
        if place.until is not None and place.until < today:
            place.since, place.until, place.silent_since = today, None, None
        place.position, place.until, place.unit = position, None, place.unit or units.get(name)
        place.save(update_fields=["position", "until", "since", "silent_since", "unit"])
    _end(list(known.values()), today)
    record("counts.places_set", actor=actor, now=now, target=series, places=wanted[:100], count=len(wanted))


def _end(left_out: Sequence[CountPlace], today: date) -> None:
    """A place no longer named is expected until yesterday; one that never was expected goes for good."""
    for place in left_out:
        if place.since >= today and not place.entries.exists():
            place.delete()
        elif place.until is None:
            place.until, place.silent_since = today - timedelta(days=1), None
            place.save(update_fields=["until", "silent_since"])


def _checked_names(names: Sequence[str], *, sure: bool) -> list[str]:
    wanted = [" ".join(name.split()) for name in names if name.strip()]
    if not wanted:
        raise SeriesRefused("place")
    if len(wanted) > MOST_PLACES:
        raise SeriesRefused("many")
    if long := next((name for name in wanted if len(name) > 60 or looks_like_number_of_person(name)), None):
        raise SeriesRefused("place", long[:60])
    if twice := next((name for name in wanted if wanted.count(name) > 1), None):
        raise SeriesRefused("twice", twice)
    if not sure and (doubtful := [name for name in wanted if looks_like_person(name)]):
        raise SeriesRefused("person", "、".join(doubtful[:8]))
    return wanted


def _held(series: CountSeries) -> CountSeries:
    """The row as it is now, kept from others until the end of the transaction."""
    rows = CountSeries.objects.select_for_update(of=("self",)).select_related("unit")
    return rows.get(pk=series.pk)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, time) else value for name, value in values.items()}

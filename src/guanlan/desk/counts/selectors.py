"""Reading counts: who sees what, totals with their coverage, who is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from guanlan.desk.counts.models import CountEntry, CountPlace, CountSeries
from guanlan.desk.counts.rules import DAY, Schedule, local_day
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import may
from guanlan.desk.organisation.selectors import sees_everything, visible_units


@dataclass(frozen=True, slots=True)
class Total:
    """A day's sum over the places that reported, of those that were expected."""

    value: int
    checked: int | None
    reported: int
    expected: int

    @property
    def complete(self) -> bool:
        return self.reported >= self.expected


@dataclass(frozen=True, slots=True)
class Standing:
    """How the figures of the day that is due stand. ``missing`` are the places that have not reported."""

    series: CountSeries
    day: date
    due_at: datetime
    reported: int
    expected: int
    missing: tuple[CountPlace, ...]

    def late(self, now: datetime) -> bool:
        return bool(self.missing) and self.due_at <= now


def series_visible(user: User) -> QuerySet[CountSeries]:
    """Series of the units a person sees, and those for which a place of theirs reports."""
    rows = CountSeries.objects.select_related("unit")
    if sees_everything(user):
        return rows
    units = visible_units(user)
    own = CountPlace.objects.filter(unit__in=units).values("series")
    return rows.filter(Q(unit__in=units) | Q(pk__in=own))


def sees_series(user: User, series: CountSeries) -> bool:
    """Whether the person stands in the owner's chain: its own people and those above it."""
    return may(user, "read", series.unit)


def places_visible(user: User, series: CountSeries) -> list[CountPlace]:
    """All places for the owner's chain; for others those of their own units."""
    places = series.places.select_related("unit")
    if not sees_series(user, series):
        places = places.filter(unit__in=visible_units(user))
    return list(places)


def expected_on(places: Iterable[CountPlace], day: date) -> list[CountPlace]:
    """Places that ought to report for ``day``, if the day is one of the schedule."""
    return [one for one in places if one.since <= day and (one.until is None or day <= one.until)]


def totals_of(series: CountSeries, first: date, last: date) -> Mapping[date, Total]:
    """Totals of every day that is expected or has a figure; four queries, however many days."""
    schedule, places = schedule_of(series), list(series.places.all())
    rows = series.entries.filter(day__gte=first, day__lte=last, value__isnull=False).order_by()
    sums = {
        row["day"]: row
        for row in rows.values("day").annotate(value=Sum("value"), checked=Sum("checked"), n=Count("pk"))
    }
    reporting = _reporting(rows)
    found: dict[date, Total] = {}
    for ahead in range((last - first).days + 1):
        day = first + ahead * DAY
        wanted = {one.pk for one in expected_on(places, day)} if schedule.expects(day) else set()
        row = sums.get(day)
        if row is None and not wanted:
            continue
        value, checked, n = (row["value"], row["checked"], row["n"]) if row else (0, None, 0)
        found[day] = Total(value, checked, n, len(wanted | reporting[day]))
    return found


def coverage_of(series: CountSeries, day: date) -> list[int]:
    """[reported, expected] of a day, as an alert keeps it."""
    total = totals_of(series, day, day).get(day)
    return [total.reported, total.expected] if total else [0, 0]


def standing_of(series: CountSeries, now: datetime) -> Standing | None:
    """The newest expected day that has begun, with who has not reported; None when nothing is expected."""
    schedule = schedule_of(series)
    days = schedule.last_days(local_day(now), 1)
    if not series.active or not days:
        return None
    places = expected_on(series.places.select_related("unit"), days[0])
    reported = set(series.entries.filter(day=days[0], value__isnull=False).values_list("place", flat=True))
    missing = tuple(one for one in places if one.pk not in reported)
    return Standing(
        series, days[0], schedule.due_at(days[0]), len(places) - len(missing), len(places), missing
    )  # fmt: skip


def overdue_day(schedule: Schedule, now: datetime) -> date | None:
    """The newest expected day whose figures should all be in."""
    days = schedule.last_days(local_day(now), 3)
    return next((day for day in reversed(days) if schedule.due_at(day) <= now), None)


def late_places(series: CountSeries, now: datetime) -> tuple[date | None, list[CountPlace]]:
    """The newest day that is over its hour, and the places that have not reported it."""
    day = overdue_day(schedule_of(series), now) if series.active else None
    if day is None:
        return None, []
    reported = set(series.entries.filter(day=day, value__isnull=False).values_list("place", flat=True))
    places = expected_on(series.places.select_related("unit"), day)
    return day, [one for one in places if one.pk not in reported]


def grid_entries(places: Sequence[CountPlace], days: Sequence[date]) -> Mapping[tuple[int, date], CountEntry]:
    """The entries of a page, by place and day; one query."""
    rows = CountEntry.objects.filter(place__in=[one.pk for one in places], day__in=days)
    return {(row.place_id, row.day): row for row in rows}


def place_sums(
    series: CountSeries, first: date, last: date
) -> list[tuple[CountPlace, int, int]]:  # fmt: skip
    """(place, sum, days reported) of a stretch of days, the most first."""
    rows = series.entries.filter(day__gte=first, day__lte=last, value__isnull=False).order_by()
    sums = {row["place"]: row for row in rows.values("place").annotate(total=Sum("value"), n=Count("pk"))}
    found = [
        (one, sums[one.pk]["total"] if one.pk in sums else 0, sums[one.pk]["n"] if one.pk in sums else 0)
        for one in series.places.select_related("unit")
        if one.pk in sums or one.until is None or one.until >= first
    ]
    return sorted(found, key=lambda row: (-row[1], row[0].position))


def entries_between(series: CountSeries, first: date, last: date) -> QuerySet[CountEntry]:
    """Figures of a stretch of days, the newest first, those taken back left out."""
    rows = series.entries.filter(day__gte=first, day__lte=last, value__isnull=False)
    return rows.select_related("place", "entered_by").order_by("-day", "place__position", "place")


def brief_lines(unit_path: str, day: date) -> list[tuple[CountSeries, Total]]:
    """Series marked for the daily brief of a unit and all below it, with the day's total and coverage."""
    rows = CountSeries.objects.filter(active=True, in_brief=True, unit__path__startswith=unit_path)
    found = []
    for series in rows.select_related("unit").order_by("name", "pk"):
        total = totals_of(series, day, day).get(day)
        if total is not None:
            found.append((series, total))
    return found


def _reporting(rows: QuerySet[CountEntry]) -> Mapping[date, set[int]]:
    found: defaultdict[date, set[int]] = defaultdict(set)
    for day, place in rows.values_list("day", "place"):
        found[day].add(place)
    return found


def stretch(days: int, now: datetime) -> tuple[date, date]:
    """The last ``days`` days up to today."""
    today = local_day(now)
    return today - timedelta(days=days - 1), today

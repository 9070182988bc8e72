"""What some given figures would do, worked out before anything is stored. Reading only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2b

from guanlan.desk.counts.models import CountEntry, CountPlace, CountSeries
from guanlan.desk.counts.rules import JUMP_PAST, day_fault, is_jump, local_day, note_fault, value_fault


class Verdict(StrEnum):
    """What becomes of one given figure."""

    NEW = "new"
    CORRECTION = "correction"
    TAKEN_BACK = "taken_back"
    CONFLICT = "conflict"  # somebody else gave another figure since it was read
    REFUSED = "refused"


#: Verdicts that change what somebody gave before: the older figure is kept, and a reason is asked.
CHANGES = frozenset({Verdict.CORRECTION, Verdict.TAKEN_BACK})


@dataclass(frozen=True, slots=True)
class Given:
    """A figure as a person gives it. ``note`` None leaves the note; ``seen`` is the version that they saw
    (0: none) with its value and checked, or None for a table, which saw nothing and takes nothing back."""

    place: CountPlace
    day: date
    value: int | None
    checked: int | None = None
    note: str | None = None
    seen: tuple[int, int | None, int | None] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with what stands there now and what would become of it. ``code`` says why not."""

    given: Given
    entry: CountEntry | None
    verdict: Verdict
    code: str = ""
    jump: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Every figure that would change something, in the order given; ``same`` counts those that would not."""

    rows: tuple[Row, ...]
    same: int

    def of(self, *verdicts: Verdict) -> list[Row]:
        return [row for row in self.rows if row.verdict in verdicts]

    @property
    def blocked(self) -> list[Row]:
        return self.of(Verdict.CONFLICT, Verdict.REFUSED)

    @property
    def changes(self) -> list[Row]:
        return self.of(*CHANGES)

    @property
    def jumps(self) -> list[Row]:
        return [row for row in self.rows if row.jump]

    @property
    def digest(self) -> str:
        """Names exactly this plan: a page that confirms it says which one it saw."""
        parts = [
            (row.given.place.pk, row.given.day.isoformat(), row.given.value, row.given.checked,
             row.verdict.value, row.entry.version if row.entry else 0)
            for row in self.rows
        ]  # fmt: skip
        return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def plan_of(series: CountSeries, given: Sequence[Given], now: datetime) -> Plan:
    """Look at every given figure; two queries."""
    places = {one.place.pk for one in given}
    days = {one.day for one in given}
    entries = _entries(series, places, days)
    past = _past(series, places, days)
    today = local_day(now)
    rows: list[Row] = []
    same = 0
    for one in given:
        entry = entries.get((one.place.pk, one.day))
        row = _row(series, one, entry, today)
        if row is None:
            same += 1
            continue
        jump = row.verdict in (Verdict.NEW, Verdict.CORRECTION) and is_jump(
            one.value or 0, _before(past[one.place.pk], one.day)
        )
        rows.append(Row(row.given, row.entry, row.verdict, row.code, jump))
    return Plan(tuple(rows), same)


def _row(series: CountSeries, one: Given, entry: CountEntry | None, today: date) -> Row | None:
    """None where nothing would change."""
    if _untouched(one, entry):
        return None
    fault = day_fault(one.day, today) or value_fault(
        one.value, one.checked, asks_checked=bool(series.checked_measure)
    )
    fault = fault or note_fault(one.note or "")
    if fault:
        return Row(one, entry, Verdict.REFUSED, fault)
    if one.seen is not None and one.seen[0] != (entry.version if entry else 0):
        return Row(one, entry, Verdict.CONFLICT)
    if entry is None or entry.value is None:
        return Row(one, entry, Verdict.NEW)
    return Row(one, entry, Verdict.TAKEN_BACK if one.value is None else Verdict.CORRECTION)


def _untouched(one: Given, entry: CountEntry | None) -> bool:
    """Whether the person left it as they saw it, or it says what stands there already."""
    if one.note is not None and one.note != (entry.note if entry else ""):
        return False
    figures = (one.value, one.checked)
    if one.seen is not None and figures == one.seen[1:]:
        return True
    if one.seen is None and one.value is None and one.checked is None:
        return True
    return figures == ((entry.value, entry.checked) if entry else (None, None))


def _entries(
    series: CountSeries, places: Iterable[int], days: Iterable[date]
) -> Mapping[tuple[int, date], CountEntry]:
    rows = CountEntry.objects.filter(series=series, place__in=places, day__in=days)
    return {(row.place_id, row.day): row for row in rows.select_related("entered_by")}


def _past(
    series: CountSeries, places: Iterable[int], days: set[date]
) -> Mapping[int, Sequence[tuple[date, int]]]:
    found: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
    if days:
        rows = CountEntry.objects.filter(
            series=series, place__in=places, value__isnull=False,
            day__gte=_earlier(min(days)), day__lt=max(days),
        )  # fmt: skip
        for place, day, value in rows.order_by("day").values_list("place", "day", "value"):
            found[place].append((day, value or 0))
    return found


def _earlier(day: date) -> date:
    return max(date.min + JUMP_PAST, day) - JUMP_PAST


def _before(past: Sequence[tuple[date, int]], day: date) -> list[int]:
    return [value for at, value in past if _earlier(day) <= at < day]

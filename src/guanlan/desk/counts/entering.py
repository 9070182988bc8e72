"""Taking figures in: by page or table, all of a batch or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from guanlan.desk.audit.services import record
from guanlan.desk.counts.alerting import evaluate_entered
from guanlan.desk.counts.errors import EntriesRefused, SeriesRefused
from guanlan.desk.counts.models import CountEntry, CountPlace, CountRevision, CountSeries
from guanlan.desk.counts.planning import CHANGES, Given, Plan, Row, plan_of
from guanlan.desk.counts.rules import shown
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import NotAllowed, may

#: Figures of one call: a year of three hundred places is brought in by parts.
MOST_GIVEN = 20_000
#: Changes named one by one in the audit; the revisions keep them all.
NAMED = 50


def may_enter(user: User, place: CountPlace, series: CountSeries) -> bool:
    """The people of the owner and of those above it, and those of the place itself."""
    return may(user, "ingest", series.unit) or (place.unit is not None and may(user, "ingest", place.unit))


def entries_save(
    *, series: CountSeries, given: Sequence[Given], actor: User, now: datetime, reason: str = "",
    confirmed: bool = False, way: str = "page",
) -> Plan:  # fmt: skip
    """Store figures with their revisions, alerts and one entry in the audit; returns what was done.

    Nothing is stored, and EntriesRefused raised with the plan, when a figure is refused or was changed by
    somebody else meanwhile, when figures that stood are changed without a ``reason``, or when a jump is
    not ``confirmed``. The same figures twice change nothing.
    """
    if not all(may_enter(actor, one.place, series) for one in given):
        raise NotAllowed("ingest")
    if not series.active:
        raise SeriesRefused("closed")
    if len(given) > MOST_GIVEN:
        raise SeriesRefused("many")
    with transaction.atomic():
        # One after the other: two people at once would both find nothing there.
        held = CountSeries.objects.select_for_update(of=("self",)).select_related("unit").get(pk=series.pk)
        plan = plan_of(held, given, now)
        reason = " ".join(reason.split())[:200]
        if plan.blocked or (plan.changes and not reason) or (plan.jumps and not confirmed):
            raise EntriesRefused(plan)
        if not plan.rows:
            return plan
        said = {"changes": _changes(held, plan), "reason": reason if plan.changes else "", "way": way}
        stored = [_store(held, row, actor, now, reason=reason, way=way) for row in plan.rows]
        _end_silences(plan.rows)
        _record(held, plan, actor, now, **said)
        evaluate_entered(held, stored, now)
    return plan


def _store(
    series: CountSeries, row: Row, actor: User, now: datetime, *, reason: str, way: str
) -> CountEntry:  # fmt: skip
    given, entry = row.given, row.entry
    if entry is None:
        entry = CountEntry(series=series, place=given.place, day=given.day, version=0, first_at=now)
    elif entry.value is None:
        entry.first_at = now
    entry.value, entry.checked = given.value, given.checked
    entry.note = entry.note if given.note is None else given.note
    entry.version += 1
    entry.entered_at, entry.entered_by = now, actor
    entry.save()
    CountRevision.objects.create(
        entry=entry, number=entry.version, value=entry.value, checked=entry.checked, note=entry.note,
        reason=reason if row.verdict in CHANGES else "", way=way, at=now, by=actor,
    )  # fmt: skip
    return entry


def _end_silences(rows: Sequence[Row]) -> None:
    """A place that reports a day of its silence, or a later one, is silent no more."""
    for row in rows:
        if row.given.value is not None:
            CountPlace.objects.filter(pk=row.given.place.pk, silent_since__lte=row.given.day).update(
                silent_since=None
            )


def _changes(series: CountSeries, plan: Plan) -> list[dict[str, str]]:
    """Corrections as the audit names them. Others than the owner read it: small counts stay hidden there."""
    exact = not series.about_people
    return [
        {
            "place": row.given.place.name,
            "day": row.given.day.isoformat(),
            "before": shown(row.entry.value if row.entry else None, exact=exact),
            "after": shown(row.given.value, exact=exact),
        }
        for row in plan.changes[:NAMED]
    ]


def _record(
    series: CountSeries, plan: Plan, actor: User, now: datetime, **said: object
) -> None:  # fmt: skip
    days = sorted({row.given.day.isoformat() for row in plan.rows})
    facts = {"figures": len(plan.rows), "days": days[:NAMED], "jumps": len(plan.jumps)}
    record("counts.entered", actor=actor, now=now, target=series, **facts, **said)

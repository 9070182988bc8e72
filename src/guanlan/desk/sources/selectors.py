"""Reading the register: the health of sources, their visits, where an address went."""

from __future__ import annotations

from datetime import datetime

from guanlan.desk.sources.health import Health, Visit, health
from guanlan.desk.sources.models import FetchRun, RunKind, RunState, Source

#: Visits that tell the rhythm of a source: a month of twice-daily ones, half a day of those every quarter.
REMEMBERED = 60


def health_of(source: Source, now: datetime) -> Health:
    """The health word of a source."""
    return health(
        active=source.active,
        interval_minutes=source.interval_minutes,
        last_success_at=source.last_success_at,
        now=now,
        failures=source.failures,
        created_at=source.created_at,
    )


def visits_of(source: Source) -> list[Visit]:
    """Its newest good visits to a page that had changed, oldest first."""
    rows = FetchRun.objects.filter(source=source, kind=RunKind.COLLECT).exclude(state=RunState.FAILED)
    newest = rows.order_by("-pk").values_list("started_at", "notes")[:REMEMBERED]
    found = [
        Visit(at, int(notes.get("named", 0)), int(notes.get("new", 0)))
        for at, notes in newest
        if not notes.get("not_changed")
    ]
    return found[::-1]

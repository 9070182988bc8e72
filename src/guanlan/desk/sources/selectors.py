"""Reading the register: the health of sources, their visits, where an address went."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet

from guanlan.collect.lists_of_sources import SourceEntry, clean_options
from guanlan.desk.sources.health import Health, Visit, health
from guanlan.desk.sources.models import Address, AddressState, FetchRun, RunKind, RunState, Source

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


def addresses_of(source: Source, state: str | None = None) -> QuerySet[Address]:
    """Addresses that its visits found, newest first; of one state if given."""
    rows = Address.objects.filter(source=source).order_by("-pk")
    return rows if state is None else rows.filter(state=state)


def address_counts(source: Source) -> list[tuple[str, str, int]]:
    """(state, words, count) for every state, in the order of the states."""
    rows = Address.objects.filter(source=source).order_by().values_list("state")
    counted = dict(rows.annotate(count=Count("pk")).values_list("state", "count"))
    return [(state, str(words), counted.get(state, 0)) for state, words in AddressState.choices]


def entry_of(source: Source) -> SourceEntry:
    """A source as a list carries it; what a visit remembers of its page stays here."""
    return SourceEntry(
        name=source.name,
        url=source.url,
        method=source.method,
        kind=source.kind,
        tier=source.tier,
        interval_minutes=source.interval_minutes,
        credibility=source.credibility,
        options=clean_options(source.options),
        legal_note=source.legal_note,
    )


def sources_waiting_for_review(rows: QuerySet[Source]) -> QuerySet[Source]:
    """Those of ``rows`` that came by a list and nobody has looked at."""
    return rows.filter(to_review=True)

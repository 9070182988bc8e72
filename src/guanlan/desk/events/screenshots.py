"""Which pages of events are photographed (F-EVID-1): those of documents that a person put into one."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet

from guanlan.collect.addresses import canonical, site_of
from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Role, Screenshot, ShotState
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.sources.models import RunKind

#: Pages of one event that are photographed, the first to come first (as many as are seen again).
MOST_PAGES = 200


def screenshots_follow_events(*, now: datetime) -> int:
    """Ask for a picture of each page of events under way, take that back for those whose events are all
    closed; how many were asked for. Run by ``clock``; a collector with a browser takes them.
    """
    asked = 0
    waiting = EventItem.objects.filter(
        event__in=Event.objects.exclude(state=EventState.CLOSED),
        document__run__kind=RunKind.COLLECT,  # an imported or typed address is never asked for
        document__url__startswith="http",
        document__screenshot__isnull=True,
    )
    for event in waiting.order_by().values_list("event", flat=True).distinct():
        room = MOST_PAGES - Screenshot.objects.filter(document__event_items__event=event).count()
        if room > 0:
            chosen = waiting.filter(event=event).order_by("document_id").values_list("document", flat=True)
            asked += _ask(Document.objects.filter(pk__in=list(chosen[:room])), now)
    _end(now)
    return asked


def screenshot_counts(event: Event) -> list[tuple[str, int]]:
    """How the pictures of an event stand, as (words, count), those there are."""
    rows = Screenshot.objects.filter(document__event_items__event=event).order_by()
    counts = dict(rows.values_list("state").annotate(Count("pk")))
    return [(str(words), counts[state]) for state, words in ShotState.choices if counts.get(state)]


def _ask(documents: QuerySet[Document], now: datetime) -> int:
    """A row for each, so that none is thought about twice; those that are due."""
    found = list(documents.values_list("pk", "url", "capture"))
    pages = [page for _, _, page in found if page]
    pictures = CaptureEntry.objects.filter(of__in=pages, role=Role.SCREEN, act=Act.KEPT).order_by("-id")
    taken = {of: (sha256, at) for of, sha256, at in pictures.values_list("of", "sha256", "at")}
    rows = [_row(pk, url, taken.get(page or ""), now) for pk, url, page in found]
    Screenshot.objects.bulk_create(rows, ignore_conflicts=True)
    return sum(row.next_action_at is not None for row in rows)


def _row(document: int, url: str, taken: tuple[str, datetime] | None, now: datetime) -> Screenshot:
    """Due now, unless the page was photographed when it was found, or its address is none."""
    row = Screenshot(document_id=document, url=url, site=site_of(url), asked_at=now)
    if taken is not None:
        row.state, (row.capture_id, row.ended_at) = ShotState.TAKEN, taken
    elif not canonical(url):
        row.state, row.reason, row.ended_at = ShotState.REFUSED, "address", now
    else:
        row.next_action_at = now
    return row


def _end(now: datetime) -> None:
    """What waits ends with the last of the document's events, and waits again when one is opened again."""
    under_way = EventItem.objects.exclude(event__state=EventState.CLOSED).values("document")
    Screenshot.objects.filter(next_action_at__isnull=False).exclude(document__in=under_way).update(
        next_action_at=None, claim="", state=ShotState.ENDED, ended_at=now
    )
    Screenshot.objects.filter(state=ShotState.ENDED, document__in=under_way).update(
        next_action_at=now, state=ShotState.WAITING, ended_at=None
    )

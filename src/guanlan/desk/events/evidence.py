"""Evidence of an event: which pages are looked at again, and what was seen of them (F-EVID-3, F-EVID-4)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from guanlan.desk.audit.services import record
from guanlan.desk.documents.evidence_models import CaptureEntry, Look, Revisit, Seen
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.revisits import SCHEDULE, next_look, revisits_plan
from guanlan.desk.events.excerpt_models import Excerpt
from guanlan.desk.events.history import note
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.sources.models import RunKind

#: Pages of one event that are looked at again, the first to come first: an event of ten thousand reposts
#: must not keep the sites, or us, busy with nothing else.
MOST_PAGES = 200
#: Looks shown on an event's page.
SHOWN = 20
#: What a look found that people want to know.
NEWS = (Seen.CHANGED, Seen.GONE)


@dataclass(frozen=True, slots=True)
class EvidenceState:
    """How the pages of an event stand: captured ones, looked at, by what was last seen; news first."""

    pages: int
    looked_at: int
    by_seen: Mapping[str, int]
    news: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class EvidenceThen:
    """What existed at a minute. ``total`` counts all captured pages, ``pages`` are the first; ``position`` is
    the last link of the chain then.
    """

    total: int
    pages: tuple[Document, ...]
    looks: tuple[Look, ...]
    excerpts: tuple[Excerpt, ...]
    position: int


def revisits_follow_events(*, now: datetime) -> int:
    """Begin looks for pages of events under way, end them for those whose events are all closed; how many
    began. Run by ``clock``."""
    began = 0
    under_way = Event.objects.exclude(state=EventState.CLOSED)
    waiting = EventItem.objects.filter(
        event__in=under_way,
        document__run__kind=RunKind.COLLECT,
        document__capture__isnull=False,
        document__revisit__isnull=True,
    ).exclude(document__url="")
    for event in waiting.order_by().values_list("event", flat=True).distinct():
        room = MOST_PAGES - Revisit.objects.filter(document__event_items__event=event).count()
        if room > 0:
            chosen = waiting.filter(event=event).order_by("document_id")[:room]
            began += revisits_plan(list(chosen.values_list("document", flat=True)), now=now)
    _end(now)
    return began


def page_gone(document: Document, *, now: datetime) -> None:
    """Log that a page was seen removed, in the timeline of each event under way and in the audit."""
    record("document.seen_removed", actor=None, now=now, target=document)
    events = Event.objects.filter(items__document=document).exclude(state=EventState.CLOSED)
    for event in events:
        note(event, "page_gone", at=now, document=document)


def evidence_state(event: Event) -> EvidenceState:
    """Counts and the newest looks that found something."""
    documents = Document.objects.filter(event_items__event=event)
    seen = Revisit.objects.filter(document__event_items__event=event).order_by()
    counts = Counter(dict(seen.exclude(seen="").values_list("seen").annotate(Count("pk"))))
    news = Look.objects.filter(document__in=documents.values("pk"), seen__in=NEWS)
    return EvidenceState(
        pages=documents.filter(capture__isnull=False).count(),
        looked_at=sum(counts.values()),
        by_seen=counts,
        news=tuple(news.select_related("document__source")[:SHOWN]),
    )


def evidence_counts(event: Event, moments: Sequence[datetime]) -> list[int]:
    """How many captured pages of the event existed at each moment; one query."""
    pages = Document.objects.filter(event_items__event=event, capture__isnull=False).order_by()
    times = sorted(dict(pages.values_list("capture", "capture__captured_at")).values())
    return [bisect_right(times, _whole_minute(moment)) for moment in moments]


def evidence_then(event: Event, moment: datetime) -> EvidenceThen:
    """What there was at the end of the minute of ``moment``: pages, looks at them, excerpts, the chain."""
    until = _whole_minute(moment)
    documents = Document.objects.filter(event_items__event=event)
    captured = documents.filter(capture__captured_at__lte=until).select_related("source", "capture")
    kept = Excerpt.objects.filter(event=event, at__lte=until).exclude(taken_back_at__lte=until)
    looks = Look.objects.filter(document__in=documents.values("pk"), at__lte=until, seen__in=NEWS)
    links = CaptureEntry.objects.filter(at__lte=until).order_by("-id")
    return EvidenceThen(
        total=captured.count(),
        pages=tuple(
            captured.defer("signature", "text", "original_text").order_by("capture__captured_at", "pk")[
                :MOST_PAGES
            ]
        ),
        looks=tuple(looks.select_related("document__source").order_by("id")[:MOST_PAGES]),
        excerpts=tuple(kept.select_related("document", "by").order_by("id")),
        position=links.values_list("id", flat=True).first() or 0,
    )


def _whole_minute(moment: datetime) -> datetime:
    """The end of the minute: a step and the capture it rests on are often of the same one."""
    return moment.replace(second=59, microsecond=999_999)


def _end(now: datetime) -> None:
    """Looks end with the last of the document's events; they go on when one is opened again."""
    under_way = EventItem.objects.exclude(event__state=EventState.CLOSED)
    open_rows = Revisit.objects.filter(next_action_at__isnull=False)
    open_rows.exclude(document__in=under_way.values("document")).update(next_action_at=None, claim="")
    ended = Revisit.objects.filter(
        next_action_at__isnull=True,
        captured_at__gt=now - SCHEDULE[-1],
        document__in=under_way.values("document"),
    )
    for row in ended:
        until = next_look(row.captured_at, now)
        if until is not None:
            Revisit.objects.filter(pk=row.pk, next_action_at__isnull=True).update(next_action_at=until)

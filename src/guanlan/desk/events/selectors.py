"""Reading events: lists, the parts of an event's page, and the counts its grade rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from guanlan.analysis.types import ToneLabel
from guanlan.desk.common.clock import local_date
from guanlan.desk.common.ids import first_id
from guanlan.desk.events.models import Assessment, Event, EventItem, EventState, TimelineEntry
from guanlan.desk.events.rules import (
    GROWTH_WINDOW,
    SCALE_WINDOW,
    SPEED_BEFORE_HOURS,
    SPEED_WINDOW,
    Counts,
    Voice,
    growth,
)
from guanlan.desk.organisation.models import SensitiveDate, User
from guanlan.desk.organisation.selectors import sees_everything, visible_units
from guanlan.desk.watch.models import ThemeHit
from guanlan.desk.watch.selectors import SAME_TEXT, HourVolume, counts_by_hour, hours_filled, text_root

NEGATIVE = Q(document__effective_tone=ToneLabel.NEGATIVE.value)
#: The curve shows this much at most; older events are shown from here on.
CURVE_HOURS = 14 * 24


@dataclass(frozen=True, slots=True)
class EventTotals:
    """Items (every document) and texts (reposts counted once) of an event."""

    items: int
    texts: int
    negative: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceShare:
    """What one source said of an event."""

    source: int
    name: str
    items: int
    negative: int


def events_visible(user: User) -> QuerySet[Event]:
    """Events of the units a person sees, newest first."""
    events = Event.objects.select_related("unit", "lead", "level_by")
    return events if sees_everything(user) else events.filter(unit__in=visible_units(user))


def events_list(user: User, *, state: str = "", level: str = "", query: str = "") -> QuerySet[Event]:
    """Events by state ("open" for all that are not closed), level (the confirmed one, else the proposed
    one) and words of the title."""
    events = events_visible(user)
    if state == "open":
        events = events.exclude(state=EventState.CLOSED)
    elif state:
        events = events.filter(state=state)
    if level:
        events = events.filter(Q(level=level) | Q(level="", proposed_level=level))
    return events.filter(title__icontains=query) if query else events


def open_count(user: User) -> int:
    """How many events are not closed: the number in the navigation."""
    return events_list(user, state="open").count()


def totals_of(events: Sequence[int]) -> dict[int, EventTotals]:
    """Totals of some events in one query; events without items are left out."""
    at = Coalesce("document__published_at", "document__fetched_at")
    rows = (
        EventItem.objects.filter(event__in=list(events))
        .order_by()
        .values("event")
        .annotate(
            items=Count("pk"),
            texts=Count(text_root("document__"), distinct=True),
            negative=Count("pk", filter=NEGATIVE),
            last_at=Max(at),
        )
    )
    return {
        row["event"]: EventTotals(row["items"], row["texts"], row["negative"], row["last_at"]) for row in rows
    }


def sizes_of(events: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Items of some events and the id of each one's newest document, from the index alone: lists stay
    quick whatever the size. Events without items are left out."""
    rows = EventItem.objects.filter(event__in=list(events)).order_by()
    found = rows.values_list("event").annotate(Count("pk"), Max("document"))
    return {event: (count, newest) for event, count, newest in found}


def source_shares(event: Event, *, limit: int = 8) -> list[SourceShare]:
    """Sources by how much they said of an event, most first."""
    rows = (
        event.items.order_by()
        .values("document__source", "document__source__name")
        .annotate(n=Count("pk"), bad=Count("pk", filter=NEGATIVE))
        .order_by("-n", "document__source")
    )
    return [
        SourceShare(row["document__source"], row["document__source__name"], row["n"], row["bad"])
        for row in rows[:limit]
    ]


def items_page(event: Event, *, before: int | None = None, limit: int = 50) -> list[EventItem]:
    """A page of items with their documents, newest first; ``before`` is the last document id shown."""
    items = event.items.select_related("document__source", "by").order_by("-document_id")
    if before is not None:
        items = items.filter(document__lt=before)
    return list(items[:limit])


def representative_items(event: Event, *, limit: int = 5) -> list[EventItem]:
    """Items a person chose to stand for the rest, filled up with the texts that moved people most."""
    chosen = list(event.items.filter(representative=True).order_by("document_id")[:limit])
    others = event.items.filter(representative=False).exclude(document__relation__in=SAME_TEXT)
    by_echo = others.order_by(F("document__engagement").desc(nulls_last=True), "document_id")
    # Ordered by numbers first and loaded afterwards: sorting ten thousand texts took 0.2 s.
    keys = [item.pk for item in chosen]
    keys += by_echo.values_list("pk", flat=True)[: limit - len(chosen)]
    found = event.items.select_related("document__source").in_bulk(keys)
    return [found[key] for key in keys]


def curve(event: Event, *, now: datetime) -> list[HourVolume]:
    """Items an hour with the negatives among them, from the first one to now (CURVE_HOURS at most)."""
    earliest = now - timedelta(hours=CURVE_HOURS)
    start = max(event.first_seen_at or now, earliest)
    items = event.items.filter(document__gte=first_id(earliest))
    return hours_filled(counts_by_hour(items, "document_id", "document__"), start=start, end=now)


def timeline_of(event: Event) -> QuerySet[TimelineEntry]:
    """What happened, oldest first."""
    return event.timeline.select_related("by", "document")


def assessments_of(event: Event) -> QuerySet[Assessment]:
    """Proposals and decisions, newest first (F-GRADE-6: machine grade, person, reason, time)."""
    return event.assessments.select_related("by")


def standing_proposal(event: Event) -> Assessment | None:
    """The machine's latest proposal with its indicators."""
    return event.assessments.filter(by__isnull=True).order_by("-id").first()


def grading_counts(event: Event, *, now: datetime, growing: bool = False) -> Counts:
    """What the records say, for the grading table. Three queries however many items; one or two more when the
    table asks how keywords are ``growing``."""
    hour, prior = now - SPEED_WINDOW, now - SPEED_WINDOW * (1 + SPEED_BEFORE_HOURS)
    root = text_root("document__")
    toned = ~Q(document__effective_tone="")
    seen = event.items.order_by().aggregate(
        first_at=Min(Coalesce("document__published_at", "document__fetched_at")),
        day=Count(root, distinct=True, filter=_since(now - SCALE_WINDOW)),
        this_hour=Count(root, distinct=True, filter=_since(hour)),
        before=Count(root, distinct=True, filter=_since(prior) & Q(document__lt=first_id(hour))),
        negative=Count(root, distinct=True, filter=NEGATIVE),
        negative_day=Count(root, distinct=True, filter=NEGATIVE & _since(now - SCALE_WINDOW)),
        toned=Count(root, distinct=True, filter=toned),
        engagement=Sum("document__engagement"),
    )
    return Counts(
        first_at=seen["first_at"],
        texts_24h=seen["day"],
        texts_this_hour=seen["this_hour"],
        texts_prior_6h=seen["before"],
        negative=seen["negative"],
        toned=seen["toned"],
        engagement=seen["engagement"],
        sensitive_dates=_sensitive_dates(event, now),
        voices=_voices(event),
        negative_24h=seen["negative_day"],
        keyword_growth_3d=_keyword_growth(event, now) if growing else None,
    )


def _keyword_growth(event: Event, now: datetime) -> float | None:
    """Growth over three days of the hits of the theme that grew most, of those that found the event's texts.

    Unknown for themes younger than the two periods and for those with hardly a hit before.
    """
    middle, start = now - GROWTH_WINDOW, now - 2 * GROWTH_WINDOW
    themes = ThemeHit.objects.filter(false_hit=False, document__event_items__event=event)
    known = themes.filter(theme__created_at__lte=start).order_by().values_list("theme", flat=True).distinct()
    hits = ThemeHit.objects.filter(theme__in=list(known), false_hit=False, document__gte=first_id(start))
    late = Q(document__gte=first_id(middle))
    rows = hits.filter(document__lt=first_id(now)).order_by().values_list("theme")
    counts = rows.annotate(new=Count("pk", filter=late), old=Count("pk", filter=~late))
    grown = [growth(new, old) for _theme, new, old in counts]
    return max((share for share in grown if share is not None), default=None)


def _since(moment: datetime) -> Q:
    return Q(document__gte=first_id(moment))


def _voices(event: Event) -> tuple[Voice, ...]:
    rows = (
        event.items.order_by()
        .values_list("document__source__tier", "document__source__kind")
        .annotate(negative=Count("pk", filter=NEGATIVE))
    )
    return tuple(Voice(tier, kind, negative > 0) for tier, kind, negative in rows)


def _sensitive_dates(event: Event, now: datetime) -> int:
    """Sensitive days of today that the unit or a unit above it keeps (domain D7)."""
    above = [int(part) for part in event.unit.path.split("/") if part]
    today = local_date(now)
    return SensitiveDate.objects.filter(unit__in=above, starts_on__lte=today, ends_on__gte=today).count()

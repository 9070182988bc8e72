"""Through which channels the desk hears, and what it looked at: read only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import ExtractHour, TruncDate

from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.documents.models import ITEM_TYPES
from guanlan.desk.documents.selectors import Filters, narrowed, visible
from guanlan.desk.organisation.models import User
from guanlan.desk.reports.rules import one_channel
from guanlan.desk.sources.models import FetchRun, RunState, Source, SourceKind
from guanlan.desk.web.context import visible_rows

#: Where an address names no time, "nothing found" speaks of so much.
LOOKED_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Channel:
    """Items kept from one kind of source. ``share`` 0..1."""

    kind: str
    label: str
    items: int
    share: float


@dataclass(frozen=True, slots=True)
class Mix:
    """Channels, the most first. ``lone`` is the label of one that brought too large a share (W3)."""

    channels: tuple[Channel, ...]
    silent: tuple[str, ...]  # kinds in the register that brought nothing
    types: tuple[tuple[str, str, int], ...]
    total: int
    lone: str


@dataclass(frozen=True, slots=True)
class Looked:
    """Sources checked of those in use, and the hours in which one was (F-STAT-5)."""

    sources: int
    all: int
    hours: int


def mix_of(user: User, since: datetime) -> Mix:
    """What was kept since a moment, by kind of source and by what people marked it as; three queries."""
    rows = narrowed(visible(user), Filters(since=since)).order_by()
    counts = dict(rows.values_list("source__kind").annotate(n=Count("pk")))
    total = sum(counts.values())
    labels = dict(SourceKind.choices)
    channels = tuple(
        Channel(kind, str(labels.get(kind, kind)), n, n / total)
        for kind, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    marked = dict(rows.exclude(item_type="").values_list("item_type").annotate(n=Count("pk")))
    known = visible_rows(Source.objects.filter(active=True), user).order_by().values_list("kind", flat=True)
    silent = tuple(
        str(labels[kind]) for kind in sorted(set(known.distinct()) - set(counts)) if kind in labels
    )
    lone = one_channel(counts, settings.CHANNEL_SHARE_PERCENT)
    types = tuple((code, str(label), marked.get(code, 0)) for code, label in ITEM_TYPES)
    return Mix(channels, silent, types, total, str(labels.get(lone, lone)))


def looked(user: User, filters: Filters, now: datetime) -> Looked:
    """What was looked at in the time that a filter asks for; a week where it names none."""
    since, until = filters.since or filters.stored_since or now - LOOKED_BACK, filters.until or now
    runs = visible_rows(FetchRun.objects.all(), user).order_by()
    runs = runs.filter(started_at__gte=since, started_at__lt=until, state=RunState.DONE, source__isnull=False)
    hours = runs.annotate(
        day=TruncDate("started_at", tzinfo=DISPLAY_ZONE), hour=ExtractHour("started_at", tzinfo=DISPLAY_ZONE)
    )
    return Looked(
        runs.values("source").distinct().count(),
        visible_rows(Source.objects.filter(active=True), user).count(),
        hours.values("day", "hour").distinct().count(),
    )

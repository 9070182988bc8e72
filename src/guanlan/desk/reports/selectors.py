"""Reading reports, the figures of a day, and the records behind each figure.

Figures of documents are counted by day of appearance (Asia/Shanghai), over the unit and everything
below it, among what was stored when the brief was counted: a text that arrives later changes no brief.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Max, Model, Q, QuerySet
from django.db.models.functions import ExtractHour

from guanlan.analysis.types import Outcome, ToneLabel
from guanlan.desk.alerts.models import Alert
from guanlan.desk.common.clock import DISPLAY_ZONE, day_bounds
from guanlan.desk.counts.models import CountEntry
from guanlan.desk.counts.selectors import entries_between, series_visible
from guanlan.desk.documents import selectors as documents
from guanlan.desk.documents.models import ITEM_TYPES, Document
from guanlan.desk.documents.selectors import Filters, narrowed
from guanlan.desk.events.models import Event, EventState
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.selectors import sees_everything, visible_units
from guanlan.desk.reports.models import Report, ReportKind
from guanlan.desk.reports.rules import Coverage, Figure, KindRow, Numbers
from guanlan.desk.sources.models import FetchRun, RunState, Source
from guanlan.desk.watch.selectors import text_root

#: Figures of up to so many records keep their keys, so that they open the same ones for ever.
KEYS_KEPT = 2000
#: Names of missed sources printed; the figure counts all.
NAMES_SHOWN = 8
NEGATIVE = Q(effective_tone=ToneLabel.NEGATIVE.value)
STORED = Q(outcome=Outcome.STORED.value)
_TABLES: dict[str, type[Model]] = {"events": Event, "alerts": Alert, "sources": Source, "runs": FetchRun}


@dataclass(frozen=True, slots=True)
class Day:
    """What a brief counts: a unit's day, seen at ``moment``. ``upto`` is the last document stored then."""

    unit: Unit
    day: date
    start: datetime
    end: datetime
    moment: datetime  # now, or the end of a day that is over
    upto: int

    @classmethod
    def of(cls, unit: Unit, day: date, now: datetime) -> Day:
        """The day as it stands at ``now``. One query."""
        start, end = day_bounds(day)
        last = Document.objects.aggregate(last=Max("sequence"))["last"]
        return cls(unit, day, start, end, min(now, end), last or 0)

    def query(self, day: date | None = None, **narrower: Any) -> dict[str, Any]:
        """The feed's own words for documents of this day (or another), narrowed further."""
        printed = (day or self.day).isoformat()
        kept = {"within": self.unit.pk, "from": printed, "to": printed, "upto": self.upto}
        return {"records": "documents", **kept, **narrower}

    def documents(self, day: date | None = None, **narrower: Any) -> QuerySet[Document]:
        """The documents that ``query`` opens."""
        return narrowed(Document.objects.order_by(), filters_of(self.query(day, **narrower)))

    def below(self, rows: QuerySet[Any], prefix: str = "unit") -> QuerySet[Any]:
        """Rows of the unit and of everything below it; the whole body needs no condition."""
        if self.unit.parent_id is None:
            return rows
        return rows.filter(**{f"{prefix}__path__startswith": self.unit.path})


def reports_visible(user: User) -> QuerySet[Report]:
    """Reports of the units a person sees, newest day first."""
    reports = Report.objects.select_related("unit", "made_by", "issued_by")
    return reports if sees_everything(user) else reports.filter(unit__in=visible_units(user))


def brief_of(unit: Unit, day: date) -> Report | None:
    """The daily brief of a unit, if there is one."""
    return Report.objects.filter(unit=unit, kind=ReportKind.DAILY, day=day).first()


def filters_of(query: Mapping[str, Any]) -> Filters:
    """The feed's filters for a figure of documents."""
    return Filters(
        show=query.get("show", ""),
        tone=query.get("tone", ""),
        kind=query.get("kind", ""),
        item_type=query.get("type", ""),
        since=day_bounds(date.fromisoformat(query["from"]))[0] if "from" in query else None,
        until=day_bounds(date.fromisoformat(query["to"]))[1] if "to" in query else None,
        within=query.get("within"),
        group=query.get("group"),
        event=query.get("event"),
        upto=query.get("upto"),
        texts=bool(query.get("texts")),
    )


def feed_address(query: Mapping[str, Any]) -> str:
    """The query string that opens a figure of documents in the feed."""
    return urlencode({name: value for name, value in query.items() if name != "records"})


def records_of(figure: Figure, user: User) -> QuerySet[Any]:
    """The records behind a figure, as far as the person sees them."""
    kind = figure.query.get("records", "")
    if kind == "documents":
        return narrowed(documents.visible(user), filters_of(figure.query)).order_by("-pk")
    if kind == "counts":
        day = date.fromisoformat(figure.query["day"])
        series = series_visible(user).filter(pk=figure.query["series"]).first()
        return entries_between(series, day, day) if series else CountEntry.objects.none()
    if kind not in _TABLES:
        return Event.objects.none()
    rows = _TABLES[kind]._default_manager.order_by("-pk")
    if not sees_everything(user):
        rows = rows.filter(unit__in=visible_units(user))
    if "ids" in figure.query:
        return rows.filter(pk__in=figure.query["ids"])
    return _live(rows, figure.query)


def numbers_of(day: Day, yesterday: date) -> Numbers:
    """1 数据, without the levels. Three queries over id ranges, however many documents."""
    rows = list(
        day.documents(show="any")
        .values_list("source__kind")
        .annotate(
            came=Count("pk"),
            kept=Count("pk", filter=STORED),
            negative=Count("pk", filter=STORED & NEGATIVE),
        )
    )
    root = text_root()
    texts = day.documents(show="any").aggregate(
        every=Count(root, distinct=True, filter=STORED),
        negative=Count(root, distinct=True, filter=STORED & NEGATIVE),
    )
    before = day.documents(yesterday, show="any").aggregate(
        kept=Count("pk", filter=STORED),
        negative=Count("pk", filter=STORED & NEGATIVE),
        texts=Count(root, distinct=True, filter=STORED & NEGATIVE),
    )
    bad = ToneLabel.NEGATIVE.value
    return Numbers(
        collected=counted("collected", sum(row[1] for row in rows), day.query(show="any")),
        kept=counted("kept", sum(row[2] for row in rows), day.query()),
        texts=counted("texts", texts["every"], day.query(texts=1)),
        negative=counted("negative", sum(row[3] for row in rows), day.query(tone=bad)),
        negative_texts=counted("negative_texts", texts["negative"], day.query(tone=bad, texts=1)),
        kept_before=counted("kept_before", before["kept"], day.query(yesterday)),
        negative_before=counted("negative_before", before["negative"], day.query(yesterday, tone=bad)),
        negative_texts_before=counted(
            "negative_texts_before", before["texts"], day.query(yesterday, tone=bad, texts=1)
        ),
        by_kind=_by_kind(day, rows),
        by_type=_by_type(day),
    )


def coverage_of(day: Day) -> Coverage:
    """Sources that were looked at, those that should have been, and the hours with a look (F-STAT-5)."""
    runs = FetchRun.objects.filter(
        started_at__gte=day.start, started_at__lt=day.end, state=RunState.DONE, source__isnull=False
    )
    runs = day.below(runs, "source__unit").order_by()
    hour = ExtractHour("started_at", tzinfo=DISPLAY_ZONE)
    hours = runs.annotate(hour=hour).values_list("hour").distinct().count()
    checked = set(runs.values_list("source", flat=True).distinct())
    active = day.below(Source.objects.filter(active=True, created_at__lt=day.end)).order_by("name")
    rhythm = active.filter(interval_minutes__isnull=False)
    missed = {pk: name for pk, name in rhythm.values_list("pk", "name") if pk not in checked}
    within = {"records": "sources", "within": day.unit.pk}
    return Coverage(
        checked=of_keys("sources.checked", checked, within),
        active=of_keys("sources.active", active.values_list("pk", flat=True), within),
        missed=of_keys("sources.missed", missed, within),
        hours=Figure("hours", hours, hours, {**within, "records": "runs", **_between(day)}, measure="hours"),
        missed_names=tuple(missed.values())[:NAMES_SHOWN],
    )


def counted(code: str, value: int, query: Mapping[str, Any]) -> Figure:
    """A figure as the records give it."""
    return Figure(code, value, value, query)


def of_keys(code: str, keys: Iterable[int], live: Mapping[str, Any]) -> Figure:
    """A figure that opens the records of these keys; ``live`` is the query for too many of them."""
    found = sorted(keys)
    query = {**live} if len(found) > KEYS_KEPT else {"records": live["records"], "ids": found}
    return counted(code, len(found), query)


def _by_kind(day: Day, rows: Iterable[tuple[Any, ...]]) -> tuple[KindRow, ...]:
    most_first = sorted((row for row in rows if row[2]), key=lambda row: (-row[2], row[0]))
    return tuple(
        KindRow(
            kind,
            counted(f"kind.{kind}", kept, day.query(kind=kind)),
            counted(f"kind.{kind}.negative", bad, day.query(kind=kind, tone=ToneLabel.NEGATIVE.value)),
        )
        for kind, _, kept, bad in most_first
    )


def _by_type(day: Day) -> tuple[Figure, ...]:
    """What people marked for reports, counted apart; nothing where nobody marked anything."""
    marked = day.documents().exclude(item_type="")
    counts = dict(marked.values_list("item_type").annotate(Count("pk")))
    return tuple(
        counted(f"type.{code}", counts[code], day.query(type=code))
        for code, _ in ITEM_TYPES
        if code in counts
    )


def _between(day: Day) -> dict[str, str]:
    return {"since": day.start.isoformat(), "until": day.end.isoformat()}


def _live(rows: QuerySet[Any], query: Mapping[str, Any]) -> QuerySet[Any]:
    """Records of a unit too many to keep their keys: those that the same question finds today."""
    rows = rows.filter(unit__path__startswith=_path(query["within"]))
    if query["records"] == "runs":
        done = {"started_at__gte": query["since"], "started_at__lt": query["until"]}
        return rows.filter(**done, state=RunState.DONE, source__isnull=False)
    if query["records"] == "alerts":
        return rows.filter(acknowledged_at__isnull=True)
    return _live_events(rows, query) if query["records"] == "events" else rows


def _live_events(rows: QuerySet[Any], query: Mapping[str, Any]) -> QuerySet[Any]:
    rows = rows.exclude(state=EventState.CLOSED)
    if "state" in query:
        rows = rows.filter(state=query["state"])
    if "level" not in query:
        return rows
    level = query["level"]
    return rows.filter(Q(level=level) | Q(level="", proposed_level=level))


def _path(unit: int) -> str:
    return Unit.objects.values_list("path", flat=True).get(pk=unit)

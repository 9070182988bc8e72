"""The address of the feed, read leniently: what makes no sense narrows nothing and breaks nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.http import QueryDict
from django.utils.dateparse import parse_date

from guanlan.desk.common.clock import day_bounds, local_date
from guanlan.desk.documents.models import ITEM_TYPES, KINDS, TONES, Document
from guanlan.desk.documents.search import parse
from guanlan.desk.documents.selectors import SHOWN, Filters
from guanlan.desk.documents.services import SAME_TEXT
from guanlan.desk.events.models import EventItem
from guanlan.desk.watch.models import ThemeHit
from guanlan.desk.web.requests import whole_number

#: Code in the address → hours back from now; "today" is the calendar day of Asia/Shanghai.
PERIODS = {"24h": 24, "3d": 72, "7d": 168, "30d": 720}
MAX_QUERY = 100
#: Hours since 1970 up to the year 2200: what lies beyond fits no document id.
LAST_HOUR = 2_016_000
#: Characters of text shown around the first hit of a search.
SNIPPET, BEFORE_HIT = 90, 24


@dataclass(slots=True)
class Row:
    """A line of the feed: the newest of its family on this page, the others folded below it."""

    document: Document
    same: list[Document]
    copies: int  # all other texts of the family, on this page or not
    snippet: str


def filters_of(address: QueryDict, now: datetime) -> Filters:
    """What the address asks for."""
    show = address.get("show", "")
    tone, does = address.get("tone", ""), address.get("does", "")
    since, until = period_of(address, now)
    return Filters(
        show=show if show in SHOWN else "",
        query=address.get("q", "").replace("\x00", "")[:MAX_QUERY].strip(),
        theme=whole_number(address.get("theme")),
        source=whole_number(address.get("source")),
        unit=whole_number(address.get("unit")),
        tone=tone if tone in dict(TONES) else "",
        since=since,
        until=until,
        group=whole_number(address.get("group")),
        run=whole_number(address.get("run")),
        stored_since=day_bounds(local_date(now))[0] if address.get("stored") == "today" else None,
        kind=address.get("kind", "")[:20],
        does=does if does in dict(KINDS) else "",
        item_type=type_ if (type_ := address.get("type", "")) in dict(ITEM_TYPES) else "",
        within=whole_number(address.get("within")),
        event=whole_number(address.get("event")),
        upto=whole_number(address.get("upto")),
        texts=address.get("texts") == "1",
    )


def period_of(address: QueryDict, now: datetime) -> tuple[datetime | None, datetime | None]:
    """First moment and the one after the last; days are those of Asia/Shanghai.

    ``hour`` counts hours since 1970: a bar of a curve opens exactly what it counts.
    """
    hour = whole_number(address.get("hour"))
    if hour is not None and hour < LAST_HOUR:
        start = datetime.fromtimestamp(hour * 3600, tz=UTC)
        return start, start + timedelta(hours=1)
    period = address.get("period", "")
    if period == "today":
        return day_bounds(local_date(now))[0], None
    if period in PERIODS:
        return now - timedelta(hours=PERIODS[period]), None
    return day_edge(address.get("from"), last=False), day_edge(address.get("to"), last=True)


def day_edge(text: str | None, *, last: bool) -> datetime | None:
    """Where a day begins, or the moment after it; None for what is no day."""
    try:
        day = parse_date(text or "")
        return day_bounds(day)[1 if last else 0] if day else None
    except (ValueError, OverflowError):
        return None


def terms_of(query: str) -> list[str]:
    """The words of a query that are to be marked in what was found."""
    return [term.text for term in parse(query).wanted]


def with_marks(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Read the themes and the event of a page of documents in two queries."""
    rows = list(documents)
    hits = ThemeHit.objects.filter(false_hit=False).select_related("theme").defer("theme__expression")
    items = EventItem.objects.select_related("event")
    prefetch_related_objects(
        rows,
        Prefetch("hits", queryset=hits, to_attr="true_hits"),
        Prefetch("event_items", queryset=items, to_attr="in_events"),
    )
    return tuple(rows)


def rows_of(documents: tuple[Document, ...], query: str) -> list[Row]:
    """Fold near copies that stand on the same page."""
    families: dict[int, list[Document]] = {}
    for document in documents:
        families.setdefault(family_of(document), []).append(document)
    counts = same_counts(families)
    terms = terms_of(query)
    return [
        Row(family[0], family[1:], counts.get(root, 0), snippet(family[0].text, terms))
        for root, family in families.items()
    ]


def family_of(document: Document) -> int:
    """The first text of those that say the same; a version or a filled-in form stands for itself."""
    return document.copy_of_id if document.copy_of_id and document.relation in SAME_TEXT else document.pk


def same_counts(roots: Iterable[int]) -> dict[int, int]:
    """How many copies and reprints each of some first texts has."""
    rows = Document.objects.filter(copy_of__in=list(roots), relation__in=SAME_TEXT).order_by()
    return dict(rows.values_list("copy_of").annotate(Count("pk")))


def snippet(text: str, terms: list[str]) -> str:
    """A line of the text around the first of ``terms``; nothing when none is in it."""
    lowered = text.casefold() if len(text.casefold()) == len(text) else text
    places = [place for term in terms if (place := lowered.find(term)) >= 0]
    if not places:
        return ""
    start = max(0, min(places) - BEFORE_HIT)
    line = " ".join(text[start : start + SNIPPET].split())
    return f"{'…' if start else ''}{line}{'…' if start + SNIPPET < len(text) else ''}"


def address_without(address: QueryDict, *names: str, **given: str | int) -> str:
    """The query string with some parts left out and others set."""
    changed = address.copy()
    for name in names:
        changed.pop(name, None)
    for name, value in given.items():
        changed[name] = str(value)
    return changed.urlencode()

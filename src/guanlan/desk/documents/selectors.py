"""Reading documents: the feed, its counts, copies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, Count, F, Min, QuerySet, When
from django.db.models.functions import Coalesce

from guanlan.analysis.types import Outcome, Relation
from guanlan.desk.common.ids import first_id
from guanlan.desk.documents.models import Document, ScreeningState
from guanlan.desk.documents.search import search_ids
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.selectors import sees_everything, visible_units

#: Search hits fetched at a time while a filter narrows them down.
SEARCH_STEP = 200
#: Rounds before a page of a search that a filter almost empties is shown as it is.
SEARCH_ROUNDS = 25
#: The navigation shows "999+" instead of counting on.
COUNT_CAP = 1000

SHOWN = ("", "unseen", "relevant", "irrelevant", "off_topic", "any")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the feed is narrowed to. ``show`` is one of SHOWN; ids are of themes, sources, units."""

    show: str = ""
    query: str = ""
    theme: int | None = None
    source: int | None = None
    unit: int | None = None
    tone: str = ""
    since: datetime | None = None
    until: datetime | None = None
    group: int | None = None
    run: int | None = None
    stored_since: datetime | None = None  # came in since, whenever it was published
    kind: str = ""  # of the source
    does: str = ""  # what the text does (a kind of text)
    item_type: str = ""  # one of ITEM_TYPES, said by a person
    within: int | None = None  # a unit and everything below it
    event: int | None = None
    upto: int | None = None  # stored no later than the document of this sequence
    texts: bool = False  # the first of those that say the same, one for each text


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. ``before`` is the id to go on from; None on the last page."""

    documents: tuple[Document, ...]
    before: int | None


def visible(user: User) -> QuerySet[Document]:
    """Documents of the person's units; without a filter for those who see the whole body."""
    everything = Document.objects.all()
    return everything if sees_everything(user) else everything.filter(unit__in=visible_units(user))


def feed(user: User, filters: Filters, *, before: int | None = None, limit: int = 50) -> Page:
    """One page of the feed, walked by id: no page is slower than the first."""
    rows = narrowed(visible(user), filters).select_related("source", "unit")
    if filters.query.strip():
        return _searched(rows, filters, before, limit)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _page(list(rows.order_by("-pk")[: limit + 1]), limit)


def narrowed(rows: QuerySet[Document], filters: Filters) -> QuerySet[Document]:
    """The filters other than the search, as conditions.

    A search with no list chosen looks through everything kept, off-topic too: nothing hides from it.
    """
    if filters.show or not filters.query.strip():
        rows = _shown(rows, filters.show)
    plain = {
        "source": filters.source,
        "unit": filters.unit,
        "hits__theme": filters.theme,
        "membership__group": filters.group,
        "run": filters.run,
        "event_items__event": filters.event,
        "source__kind": filters.kind or None,
        "sequence__lte": filters.upto,
        "effective_tone": filters.tone or None,
        "effective_kind": filters.does or None,
        "item_type": filters.item_type or None,
    }
    given = {name: value for name, value in plain.items() if value is not None}
    if filters.theme is not None:
        given["hits__false_hit"] = False  # in one filter(): of the same hit, and no row twice
    rows = rows.filter(**given)
    if filters.stored_since is not None:
        # By key: beside a second condition the database would not use the index of the time.
        since = Document.objects.filter(stored_at__gte=filters.stored_since)
        rows = rows.filter(pk__in=since.values("pk"))
    if filters.within is not None:
        rows = _within(rows, filters.within)
    if filters.since is not None:
        rows = rows.filter(pk__gte=first_id(filters.since))
    if filters.until is not None:
        rows = rows.filter(pk__lt=first_id(filters.until))
    return _one_of_each_text(rows) if filters.texts else rows


def unseen_count(user: User) -> int:
    """Documents waiting for a look, counted to COUNT_CAP at most."""
    rows = narrowed(visible(user), Filters(show="unseen"))
    return rows.order_by("-pk")[:COUNT_CAP].count()


def copies(document: Document) -> QuerySet[Document]:
    """The other texts of the same origin, oldest first."""
    root = document.copy_of_id or document.pk
    family = Document.objects.filter(copy_of=root) | Document.objects.filter(pk=root)
    return family.exclude(pk=document.pk).select_related("source").order_by("pk")


def copy_counts(documents: tuple[Document, ...]) -> dict[int, int]:
    """How many copies each of some documents has, itself not counted."""
    rows = Document.objects.filter(copy_of__in=[document.pk for document in documents])
    return dict(rows.values_list("copy_of").annotate(Count("pk")))


def _shown(rows: QuerySet[Document], show: str) -> QuerySet[Document]:
    if show == "any":
        return rows
    if show == "off_topic":
        return rows.filter(outcome=Outcome.OFF_TOPIC.value)
    rows = rows.filter(outcome=Outcome.STORED.value)
    if show == "unseen":
        return rows.filter(screening=ScreeningState.UNSEEN)
    return rows.filter(screening=show) if show in {"relevant", "irrelevant"} else rows


def _within(rows: QuerySet[Document], unit: int) -> QuerySet[Document]:
    """Documents of a unit and of everything below it; the whole body needs no condition."""
    found = Unit.objects.filter(pk=unit).values_list("parent", "path").first()
    if found is None:
        return rows.none()
    return rows if found[0] is None else rows.filter(unit__path__startswith=found[1])


def _one_of_each_text(rows: QuerySet[Document]) -> QuerySet[Document]:
    same = When(relation__in=[Relation.COPY.value, Relation.REPRINT.value], then=Coalesce("copy_of", "pk"))
    root = Case(same, default=F("pk"), output_field=BigIntegerField())
    firsts = rows.order_by().annotate(root=root).values("root").annotate(first=Min("pk"))
    return rows.filter(pk__in=firsts.values("first"))


def _searched(rows: QuerySet[Document], filters: Filters, before: int | None, limit: int) -> Page:
    found: list[Document] = []
    for _ in range(SEARCH_ROUNDS):
        ids = search_ids(filters.query, limit=SEARCH_STEP, before=before)
        found.extend(rows.filter(pk__in=ids).order_by("-pk"))
        if len(found) > limit or len(ids) < SEARCH_STEP:
            break
        before = ids[-1]
    return _page(found[: limit + 1], limit)


def _page(rows: list[Document], limit: int) -> Page:
    shown = tuple(rows[:limit])
    return Page(shown, shown[-1].pk if len(rows) > limit else None)

"""Changing events. Grading lies in ``grading`` and is offered here too: callers look in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import local_date
from guanlan.desk.documents.models import Document
from guanlan.desk.events.errors import EventChanged, EventClosed, EventRefused, GroupTaken, ReasonNeeded
from guanlan.desk.events.grading import grade_confirm, grade_propose, rescore_due
from guanlan.desk.events.history import note
from guanlan.desk.events.models import Event, EventGroup, EventItem, EventState, TimelineEntry
from guanlan.desk.events.presets import table_of
from guanlan.desk.events.rules import (
    RESCORE_AFTER_NEWS,
    asked_of_people,
    circumstances,
    gravest,
    may_be_given,
    next_rescore,
)
from guanlan.desk.events.states import transition
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.watch.models import Group, GroupMember
from guanlan.desk.watch.services import group_merge

__all__ = [
    "event_add_documents",
    "event_add_groups",
    "event_attach_new",
    "event_change",
    "event_close",
    "event_create",
    "event_groups_merge",
    "event_item_choose",
    "event_remove_document",
    "event_reopen",
    "grade_confirm",
    "grade_propose",
    "rescore_due",
    "timeline_add",
]

#: Another process can only be ahead of us so often in the moment between reading and inserting.
NUMBER_TRIES = 50
#: Rows written in one statement.
CHUNK = 500
TITLE_CHARACTERS = 200
#: Not needed to make an item of a document.
LONG_FIELDS = ("text", "original_text", "evidence", "signature")
CHANGEABLE = ("title", "summary", "nature", "people", "floors", "given", "lead")
#: Fields that the grade rests on.
GRADING_FIELDS = frozenset({"nature", "people", "floors", "given"})


def event_create(
    *,
    title: str,
    unit: Unit,
    actor: User,
    now: datetime,
    documents: Iterable[Document] = (),
    groups: Iterable[Group] = (),
) -> Event:
    """Register an event from documents, from whole groups, or from nothing yet.

    Groups go on feeding it. Its number is the next of the year, without gaps. The machine proposes a
    grade at once. Raises EventRefused("title") without a title, GroupTaken.
    """
    require(actor, "event", unit)
    chosen, fed = list(documents), list(groups)
    _require_readable(actor, chosen, fed)
    if not title.strip():
        raise EventRefused("title")
    with transaction.atomic():
        event = _numbered(
            Event(unit=unit, title=title.strip()[:TITLE_CHARACTERS], opened_by=actor, opened_at=now), now
        )
        note(event, "registered", at=now, by=actor)
        _link(event, fed, now)
        _take_in(event, chosen, actor, now)
        _note_first(event, None)
        numbers = {"documents": [document.pk for document in chosen], "groups": [group.pk for group in fed]}
        record("event.registered", actor=actor, now=now, target=event, code=event.code, **numbers)
        grade_propose(event=event, now=now)
    return event


def event_add_documents(*, event: Event, documents: Iterable[Document], actor: User, now: datetime) -> int:
    """Put documents into an event; how many were not in it already."""
    require(actor, "event", event)
    chosen = list(documents)
    _require_readable(actor, chosen, [])
    with transaction.atomic():
        _require_open(event)
        before = event.first_seen_at
        added = _take_in(event, chosen, actor, now)
        if added:
            _added(event, before, actor, now, documents=added)
    return len(added)


def event_add_groups(*, event: Event, groups: Iterable[Group], actor: User, now: datetime) -> int:
    """Let groups feed an event; how many documents came with them. Raises GroupTaken."""
    require(actor, "event", event)
    fed = list(groups)
    _require_readable(actor, [], fed)
    with transaction.atomic():
        _require_open(event)
        before = event.first_seen_at
        count = _link(event, fed, now)
        _added(event, before, actor, now, groups=[group.pk for group in fed], documents=count)
    return count


def event_groups_merge(*, into: Group, others: Sequence[Group], actor: User, now: datetime) -> int:
    """``watch.services.group_merge`` for everybody: what joins an event's group joins the event."""
    with transaction.atomic():
        moved = group_merge(into=into, others=others, actor=actor, now=now)
        members = list(GroupMember.objects.filter(pk__in=[document.pk for document in moved]))
        event_attach_new(documents=moved, members=members, now=now)
    return len(moved)


def event_remove_document(
    *, event: Event, document: Document, reason: str, actor: User, now: datetime
) -> None:
    """Take a document out because it is about something else. Raises ReasonNeeded, EventRefused."""
    require(actor, "event", event)
    if not reason.strip():
        raise ReasonNeeded("remove_document")
    with transaction.atomic():
        _require_open(event)
        removed, _ = EventItem.objects.filter(event=event, document=document).delete()
        if not removed:
            raise EventRefused("nothing")
        note(event, "document_removed", at=now, by=actor, text=reason, document=document)
        facts = {"document": document.pk, "reason": reason}
        record("event.document_removed", actor=actor, now=now, target=event, **facts)
        grade_propose(event=event, now=now)


def event_attach_new(*, documents: Sequence[Document], members: Sequence[GroupMember], now: datetime) -> int:
    """Put fresh documents into the events that their groups feed, in the storing transaction.

    Open events are graded again soon. A closed one takes them too, and says once that the matter came
    back. Returns how many items were added. One query when no group feeds an event.
    """
    group_of = {member.document_id: member.group_id for member in members}
    links = EventGroup.objects.filter(group__in=set(group_of.values())).select_related("event")
    events = {link.group_id: link.event for link in links}
    by_event: dict[Event, list[Document]] = {}
    for document in documents:
        event = events.get(group_of.get(document.pk, 0))
        if event is not None:
            by_event.setdefault(event, []).append(document)
    added = 0
    for event, found in by_event.items():
        before = event.first_seen_at
        added += len(_take_in(event, found, None, now))
        _note_first(event, before)
        if event.state == EventState.CLOSED:
            _came_back(event, found[0], now)
    if by_event:
        _soon([event.pk for event in by_event], now)
    return added


def event_change(*, event: Event, actor: User, now: datetime, **fields: Any) -> Event:
    """Change title, summary, nature, people, floors, given or lead; the grade is proposed anew when it rests on
    what changed. Raises EventRefused naming the field."""
    require(actor, "event", event)
    _check_fields(event, fields)
    before = {name: getattr(event, name) for name in fields}
    changed = {name: value for name, value in fields.items() if value != before[name]}
    if not changed:
        return event
    with transaction.atomic():
        _require_open(event)
        Event.objects.filter(pk=event.pk).update(**changed)
        event.refresh_from_db()
        note(event, "changed", at=now, by=actor, text=", ".join(sorted(changed)))
        facts = {
            "before": {name: _plain(before[name]) for name in changed},
            "after": {name: _plain(value) for name, value in changed.items()},
        }
        record("event.changed", actor=actor, now=now, target=event, **facts)
        if GRADING_FIELDS & set(changed):
            grade_propose(event=event, now=now)
    return event


def event_close(*, event: Event, reason: str, actor: User, now: datetime) -> Event:
    """Close a judged event. Raises TransitionRefused, ReasonNeeded, EventChanged."""
    values = {"closed_at": now, "closed_reason": reason.strip()[:300], "rescore_at": None}
    return _move(event, "close", reason, actor, now, **values)


def event_reopen(*, event: Event, reason: str, actor: User, now: datetime) -> Event:
    """Take a closed event up again; it is graded from then on."""
    level = gravest(event.level, event.proposed_level)
    values = {"closed_at": None, "closed_reason": "", "rescore_at": next_rescore(level, now)}
    return _move(event, "reopen", reason, actor, now, **values)


def event_item_choose(*, item: EventItem, chosen: bool, actor: User, now: datetime) -> EventItem:
    """Let an item stand for the rest on the event's page and in reports, or no longer."""
    require(actor, "event", item.event)
    with transaction.atomic():
        if EventItem.objects.filter(pk=item.pk, representative=not chosen).update(representative=chosen):
            facts = {"document": item.document_id, "chosen": chosen}
            record("event.item_chosen", actor=actor, now=now, target=item.event, **facts)
    item.refresh_from_db()
    return item


def timeline_add(
    *,
    event: Event,
    text: str,
    actor: User,
    now: datetime,
    at: datetime | None = None,
    document: Document | None = None,
) -> TimelineEntry:
    """Write down what happened (``at``, now unless given), with its source where there is one."""
    require(actor, "event", event)
    if not text.strip():
        raise EventRefused("text")
    if document is not None:
        require(actor, "read", document)
    with transaction.atomic():
        _require_open(event)
        entry = note(event, "note", at=at or now, by=actor, text=text.strip(), document=document)
        record("event.noted", actor=actor, now=now, target=event, entry=entry.pk)
    return entry


def _numbered(event: Event, now: datetime) -> Event:
    """Insert with the next number of the year.

    The number is taken by the insert itself: a transaction that fails leaves no gap, and the unique
    constraint lets one of two at once through while the other counts again.
    """
    event.year = local_date(now).year
    for _ in range(NUMBER_TRIES):
        last = Event.objects.filter(year=event.year).aggregate(last=Max("number"))["last"]
        event.number = (last or 0) + 1
        try:
            with transaction.atomic():
                event.save(force_insert=True)
        except IntegrityError:
            event.pk = None
            continue
        return event
    raise EventChanged


def _link(event: Event, groups: Sequence[Group], now: datetime) -> int:
    """Tie groups to the event and take in their members; a group of a closed event may move."""
    taken = EventGroup.objects.filter(group__in=groups).exclude(event=event)
    taken.filter(event__state=EventState.CLOSED).delete()
    known = set(EventGroup.objects.filter(event=event).values_list("group_id", flat=True))
    fresh = [EventGroup(event=event, group=group, at=now) for group in groups if group.pk not in known]
    try:
        with transaction.atomic():
            EventGroup.objects.bulk_create(fresh)
    except IntegrityError as error:
        raise GroupTaken(taken.select_related("event")[0].event) from error
    members = Document.objects.filter(membership__group__in=groups)
    return len(_take_in(event, list(members.defer(*LONG_FIELDS)), None, now))


def _take_in(event: Event, documents: Sequence[Document], by: User | None, now: datetime) -> list[int]:
    """Write items that are not there yet and move ``first_seen_at`` back if one is earlier."""
    known: set[int] = set()
    for start in range(0, len(documents), CHUNK):
        items = EventItem.objects.filter(event=event, document__in=documents[start : start + CHUNK])
        known.update(items.values_list("document_id", flat=True))
    fresh = [document for document in documents if document.pk not in known]
    rows = [EventItem(event=event, document=document, by=by, at=now) for document in fresh]
    EventItem.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    if fresh:
        first = min(_seen_at(document) for document in fresh)
        later = Q(first_seen_at__isnull=True) | Q(first_seen_at__gt=first)
        if Event.objects.filter(later, pk=event.pk).update(first_seen_at=first):
            event.first_seen_at = first
    return [document.pk for document in fresh]


def _note_first(event: Event, before: datetime | None) -> None:
    """Say where it was first seen, and again whenever an earlier appearance turns up."""
    if event.first_seen_at is None or event.first_seen_at == before:
        return
    first = event.items.select_related("document").order_by("document_id").first()
    if first is not None:
        code = "seen_earlier" if before else "first_seen"
        note(event, code, at=event.first_seen_at, document=first.document)


def _added(event: Event, before: datetime | None, actor: User, now: datetime, **facts: Any) -> None:
    _note_first(event, before)
    note(event, "documents_added", at=now, by=actor)
    record("event.documents_added", actor=actor, now=now, target=event, **facts)
    grade_propose(event=event, now=now)


def _soon(events: Iterable[int], now: datetime) -> None:
    soon = now + RESCORE_AFTER_NEWS
    waiting = Event.objects.filter(pk__in=list(events)).exclude(state=EventState.CLOSED)
    waiting.filter(Q(rescore_at__isnull=True) | Q(rescore_at__gt=soon)).update(rescore_at=soon)


def _came_back(event: Event, document: Document, now: datetime) -> None:
    said = event.timeline.filter(code="came_back", at__gte=event.closed_at)
    if not said.exists():
        note(event, "came_back", at=now, document=document)


def _move(event: Event, action: str, reason: str, actor: User, now: datetime, **values: Any) -> Event:
    """One step of the lifecycle, only from the state the person saw."""
    step = transition(event.state, action)
    require(actor, step.verb, event)
    if "reason" in step.needs and not reason.strip():
        raise ReasonNeeded(action)
    with transaction.atomic():
        if not Event.objects.filter(pk=event.pk, state=event.state).update(state=step.to, **values):
            raise EventChanged
        done = {"close": "closed", "reopen": "reopened"}[action]
        note(event, done, at=now, by=actor, text=reason.strip())
        record(f"event.{done}", actor=actor, now=now, target=event, reason=reason.strip())
    event.refresh_from_db()
    return event


def _require_open(event: Event) -> None:
    """Behind the transaction's lock: the state as it is now, not as it was read."""
    state = Event.objects.select_for_update().values_list("state", flat=True).get(pk=event.pk)
    if state == EventState.CLOSED:
        raise EventClosed


def _require_readable(actor: User, documents: Sequence[Document], groups: Sequence[Group]) -> None:
    units = {document.unit_id for document in documents} | {group.unit_id for group in groups}
    for unit in Unit.objects.filter(pk__in=units):
        require(actor, "read", unit)


def _check_fields(event: Event, fields: dict[str, Any]) -> None:
    table = table_of(event.unit)
    codes = {rule.fact: {band.code for band in rule.bands} for rule in table.indicators}
    # What was said under an earlier table may stay as it is.
    floors = circumstances(table) | set(event.floors)
    asked = {rule.fact: rule for rule in asked_of_people(table)}
    given = {name: value for name, value in fields.get("given", {}).items() if event.given.get(name) != value}
    wrong = {
        "field": not set(fields) <= set(CHANGEABLE),
        "title": "title" in fields and not str(fields["title"]).strip(),
        "nature": bool(fields.get("nature"))
        and fields["nature"] not in {*codes.get("nature", ()), event.nature},
        "people": bool(fields.get("people"))
        and fields["people"] not in {*codes.get("people", ()), event.people},
        "floors": not set(fields.get("floors", ())) <= floors,
        "given": any(
            name not in asked or not may_be_given(asked[name], value) for name, value in given.items()
        ),
        "lead": fields.get("lead") is not None and not may(fields["lead"], "read", event),
    }
    for code, is_wrong in wrong.items():
        if is_wrong:
            raise EventRefused(code)


def _seen_at(document: Document) -> datetime:
    return document.published_at or document.fetched_at


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, User) else value

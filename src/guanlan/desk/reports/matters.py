"""The matters of a day's brief: highlights, events and alerts in hand, dates ahead. Reading only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum

from guanlan.analysis.types import Outcome, ToneLabel
from guanlan.desk.alerts.models import Alert
from guanlan.desk.counts.rules import SMALL
from guanlan.desk.counts.selectors import brief_lines
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.organisation.models import SensitiveDate, Unit
from guanlan.desk.reports.rules import (
    FOCUS_MOST,
    Ahead,
    Brief,
    Case,
    CountLine,
    Entry,
    Figure,
    Head,
    InHand,
    Standing,
    Tail,
    Verdict,
    Words,
    gravest_first,
    printable,
    verdict_of,
)
from guanlan.desk.reports.selectors import Day, counted, coverage_of, numbers_of, of_keys
from guanlan.desk.watch.models import Group, GroupMember
from guanlan.desk.watch.rules import severity

#: Events in hand printed one by one; the figure counts all.
CASES_SHOWN = 8
#: Sensitive dates from tomorrow on (domain 5.1, 4 明日提示).
DAYS_AHEAD = 2
DATES_SHOWN = 8
#: A group is a highlight from two items of the day on.
GROUP_LEAST = 2
URL_CHARACTERS = 500
LEVELS = ("I", "II", "III", "IV", "watch", "")


def brief_figures(unit: Unit, day: date, now: datetime) -> Brief:
    """The brief of a unit's day as the records stand at ``now``: nothing in it is edited or signed.

    Some thirty queries over id ranges, however many documents there are.
    """
    frame = Day.of(unit, day, now)
    numbers = numbers_of(frame, day - timedelta(days=1))
    events = list(_open_events(frame))
    in_hand = _in_hand(frame, events)
    coverage = coverage_of(frame)
    code, reasons = verdict_of(
        [(event.level or event.proposed_level, bool(event.level)) for event in events],
        alerts=in_hand.open_alerts.computed or 0,
        texts=numbers.texts.computed or 0,
        negative=numbers.negative_texts.computed or 0,
        negative_before=numbers.negative_texts_before.computed or 0,
        checked=coverage.checked.computed or 0,
    )
    return Brief(
        head=Head(Words("head.title"), Words("head.secrecy"), unit.name, day, day.year),
        verdict=Verdict(code, reasons, Words("verdict")),
        numbers=replace(numbers, by_level=_by_level(unit, events)),
        focus=_focus(frame),
        in_hand=in_hand,
        ahead=_ahead(frame),
        coverage=coverage,
        judgement=Words("judgement"),
        tail=_tail(unit),
        counted_at=now,
        counts=tuple(_counts(frame)),
    )


def _counts(day: Day) -> Iterable[CountLine]:
    """A line for each series of counts that is marked for the brief and expected that day."""
    for series, total in brief_lines(day.unit.path, day.day):
        hidden = series.about_people and 0 < total.value < SMALL
        value = None if hidden or not total.reported else total.value
        query = {"records": "counts", "series": series.pk, "day": day.day.isoformat()}
        figure = Figure(f"count.{series.pk}", value, value, query, measure="sum")
        name, measure = printable(series.name), printable(series.measure)
        yield CountLine(name, measure, figure, total.reported, total.expected, hidden)


def _open_events(day: Day) -> QuerySet[Event]:
    """Events open at the moment the brief looks at: a brief made later says the same of its day."""
    standing = Q(closed_at__isnull=True) | Q(closed_at__gt=day.moment)
    events = Event.objects.filter(standing, opened_at__lte=day.moment)
    return day.below(events).select_related("unit", "lead", "level_by").order_by("pk")


def _by_level(unit: Unit, events: Iterable[Event]) -> tuple[Figure, ...]:
    """Open events by level: the confirmed one, else the proposed one, ``none`` where there is neither."""
    keys: dict[str, list[int]] = {level: [] for level in LEVELS}
    for event in events:
        keys.setdefault(event.level or event.proposed_level, []).append(event.pk)
    live = {"records": "events", "within": unit.pk}
    return tuple(
        of_keys(f"level.{level or 'none'}", found, {**live, "level": level})
        for level, found in keys.items()
        if found
    )


def _in_hand(day: Day, events: list[Event]) -> InHand:
    alerts = day.below(Alert.objects.filter(opened_at__lte=day.moment)).order_by()
    waiting = set(alerts.filter(acknowledged_at__isnull=True).values_list("pk", flat=True))
    if day.moment == day.end:  # the day is over: what was taken since then was still open
        waiting |= set(alerts.filter(acknowledged_at__gt=day.moment).values_list("pk", flat=True))
    gravest = sorted(events, key=lambda event: (-severity(event.level or event.proposed_level), event.pk))
    live = {"records": "events", "within": day.unit.pk}
    unjudged = [event.pk for event in events if event.state == EventState.REGISTERED]
    return InHand(
        open_events=of_keys("events.open", [event.pk for event in events], live),
        unjudged=of_keys("events.unjudged", unjudged, {**live, "state": EventState.REGISTERED.value}),
        open_alerts=of_keys("alerts.open", waiting, {**live, "records": "alerts"}),
        cases=tuple(_case(event) for event in gravest[:CASES_SHOWN]),
    )


def _case(event: Event) -> Case:
    return Case(event.pk, event.code, printable(event.title), event.opened_at, _standing(event))


def _standing(event: Event) -> Standing:
    return Standing(
        level=event.level or event.proposed_level,
        basis="confirmed" if event.level else "proposed" if event.proposed_level else "",
        confirmed_by=printable(event.level_by) if event.level and event.level_by else "",
        state=event.state,
        holder=printable(event.lead) if event.lead else "",
        unit=printable(event.unit),
    )


def _focus(day: Day) -> tuple[Entry, ...]:
    """Events with news that day, the gravest first, then groups nobody made an event of."""
    rows = gravest_first(list(_event_entries(day)))[:FOCUS_MOST]
    if len(rows) < FOCUS_MOST:
        rows += gravest_first(list(_group_entries(day)))[: FOCUS_MOST - len(rows)]
    return tuple(rows)


def _event_entries(day: Day) -> Iterable[Entry]:
    items = EventItem.objects.filter(document__in=day.documents(show="any")).order_by()
    counts = {row["event"]: row for row in _totals(items, "event")}
    events = Event.objects.filter(pk__in=list(counts), opened_at__lte=day.moment)
    events = events.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=day.start))
    chosen = day.below(events).select_related("unit", "lead", "level_by")
    for event in sorted(chosen, key=lambda row: _weight(row, counts))[:FOCUS_MOST]:
        every = day.below(EventItem.objects.filter(event=event), "document__unit")
        first = every.aggregate(first=Min("document"))["first"]
        query = day.query(show="any", event=event.pk)
        row, standing = counts[event.pk], _standing(event)
        yield _entry(f"event.{event.pk}", event.title, first=first, row=row, query=query, standing=standing)


def _weight(event: Event, counts: dict[int, Any]) -> tuple[int, int, int, int]:
    row = counts[event.pk]
    return -severity(event.level or event.proposed_level), -row["negative"], -row["items"], event.pk


def _group_entries(day: Day) -> Iterable[Entry]:
    members = GroupMember.objects.filter(
        document__in=day.documents(show="any"),
        group__dismissed_at__isnull=True,
        group__event_link__isnull=True,
    ).order_by()
    rows = _totals(members, "group", Q(document__outcome=Outcome.STORED.value)).filter(items__gte=GROUP_LEAST)
    most = list(rows.order_by("-negative", "-items", "group")[:FOCUS_MOST])
    groups = Group.objects.select_related("unit").in_bulk([row["group"] for row in most])
    for row in most:
        group = groups[row["group"]]
        query = day.query(group=group.pk)
        standing = Standing(unit=printable(group.unit))
        first = day.below(group.members.all(), "document__unit").aggregate(first=Min("pk"))["first"]
        yield _entry(f"group.{group.pk}", group.title, first=first, row=row, query=query, standing=standing)


def _totals(rows: QuerySet[Any], by: str, counting: Q | None = None) -> Any:
    """Counts by event or group. ``counting`` narrows what counts and not what is looked up: as a
    condition it would lead SQLite to its index and away from the day's range of ids."""
    counting = counting or Q(pk__isnull=False)
    negative = counting & Q(document__effective_tone=ToneLabel.NEGATIVE.value)
    return rows.values(by).annotate(
        items=Count("pk", filter=counting),
        negative=Count("pk", filter=negative),
        engagement=Sum("document__engagement", filter=counting),
    )


def _entry(
    key: str, title: str, *, first: int, row: dict[str, Any], query: dict[str, Any], standing: Standing
) -> Entry:
    document = Document.objects.select_related("source").defer("text", "original_text").get(pk=first)
    return Entry(
        key=key,
        title=printable(title),
        source=printable(document.source.name),
        at=document.published_at or document.fetched_at,
        url=printable(document.url, URL_CHARACTERS),
        items=counted(f"{key}.items", row["items"], query),
        negative=counted(f"{key}.negative", row["negative"], {**query, "tone": ToneLabel.NEGATIVE.value}),
        engagement=Figure(f"{key}.engagement", row["engagement"], row["engagement"], query, measure="sum"),
        standing=standing,
        note=Words(f"{key}.note"),
    )


def _ahead(day: Day) -> tuple[Ahead, ...]:
    above = [int(part) for part in day.unit.path.split("/") if part]
    places = Q(unit__in=above) | Q(unit__path__startswith=day.unit.path)
    first, last = day.day + timedelta(days=1), day.day + timedelta(days=DAYS_AHEAD)
    rows = SensitiveDate.objects.filter(places, starts_on__lte=last, ends_on__gte=first)
    return tuple(
        Ahead(printable(row.name), row.starts_on, row.ends_on)
        for row in rows.order_by("starts_on", "name")[:DATES_SHOWN]
    )


def _tail(unit: Unit) -> Tail:
    def words(name: str, value: str = "") -> Words:
        return Words(f"tail.{name}", value, value)

    return Tail(
        words("report_to"), words("send_to"), words("issue_to"), words("editor"), words("reviewer"),
        words("signer"), words("phone", printable(unit.contact)),
    )  # fmt: skip

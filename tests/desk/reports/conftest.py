"""A day at the desk: two sources, texts of three tones, reposts, an event, a group, alerts, runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.models import Alert
from guanlan.desk.common.clock import day_bounds
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.organisation.models import SensitiveDate, Unit, User
from guanlan.desk.sources.models import FetchRun, RunKind, RunState, Source, SourceKind
from guanlan.desk.watch.models import Group, GroupMember

DAY = date(2026, 11, 23)
Make = Callable[..., Document]
People = dict[str, User]


@dataclass
class World:
    """What was built, for the figures to be compared with."""

    event: Event
    group: Group
    school_source: Source
    documents: list[Document]


@pytest.fixture
def day() -> date:
    return DAY


def open_event(unit: Unit, actor: User, at: datetime, number: int = 1, **fields: Any) -> Event:
    values: dict[str, Any] = {
        "title": "城关镇自来水发黄", "year": at.year, "number": number, "opened_by": actor, "opened_at": at,
        "state": EventState.JUDGED,
    }  # fmt: skip
    return Event.objects.create(unit=unit, **{**values, **fields})


def put_in(event: Event, documents: list[Document], at: datetime) -> None:
    EventItem.objects.bulk_create(EventItem(event=event, document=row, at=at) for row in documents)


def grouped(unit: Unit, documents: list[Document], at: datetime, title: str = "夜市噪音") -> Group:
    group = Group.objects.create(unit=unit, title=title, first_at=at, last_at=at, size=len(documents))
    GroupMember.objects.bulk_create(GroupMember(document=row, group=group) for row in documents)
    return group


def looked(source: Source, at: datetime, state: str = RunState.DONE) -> FetchRun:
    return FetchRun.objects.create(
        kind=RunKind.COLLECT, source=source, unit=source.unit, started_at=at, state=state
    )


def alert_in(unit: Unit, at: datetime, key: str, **fields: Any) -> Alert:
    return Alert.objects.create(
        unit=unit,
        kind="theme",
        rule="供水",
        rule_key="rule:1",
        once_key=key,
        title="供水",
        opened_at=at,
        **fields,
    )


@pytest.fixture
def world(
    body: Unit, school: Unit, source: Source, people: People, make_document: Make, now: datetime
) -> World:
    """Today 10:00: 4 texts on the water (one reposted twice), 3 on the market, 2 praises, 1 off topic;
    yesterday 2; a school source with one neutral text of today."""
    start, _ = day_bounds(DAY)
    water = [
        make_document(text=f"水黄{n}", published_at=start + timedelta(hours=1, minutes=n), engagement=n)
        for n in range(4)
    ]
    same = {"copy_of": water[0], "relation": "reprint"}
    water += [
        make_document(text="水黄0", published_at=start + timedelta(hours=2, minutes=n), **same)
        for n in (1, 2)
    ]
    market = [
        make_document(text=f"夜市{n}", published_at=start + timedelta(hours=3, minutes=n)) for n in range(3)
    ]
    praise = [make_document(text=f"好{n}", tone="positive", published_at=start) for n in range(2)]
    make_document(text="远处", outcome="off_topic", tone="neutral", published_at=start + timedelta(hours=4))
    for n in range(2):
        make_document(text=f"昨天{n}", published_at=start - timedelta(minutes=1 + n))
    office = Source.objects.create(
        code="school-board",
        name="校长信箱",
        kind=SourceKind.MAILBOX,
        unit=school,
        created_at=start - timedelta(days=9),
        interval_minutes=60,
    )
    make_document(
        text="食堂", tone="neutral", source=office, unit=school, published_at=start + timedelta(hours=5)
    )
    event = open_event(body, people["case_officer"], start, lead=people["case_officer"], proposed_level="III")
    put_in(event, water, start)
    group = grouped(body, market, start)
    alert_in(body, start, "a1")
    alert_in(school, start, "a2")
    alert_in(body, start, "a3", acknowledged_at=start, acknowledged_by=people["reviewer"])
    Source.objects.filter(pk=source.pk).update(created_at=start - timedelta(days=9))
    looked(source, start + timedelta(minutes=5))
    looked(source, start + timedelta(minutes=35))
    looked(source, start + timedelta(hours=3))
    looked(office, start + timedelta(hours=3), RunState.FAILED)
    SensitiveDate.objects.create(
        unit=body, name="期中考试", starts_on=DAY + timedelta(days=2), ends_on=DAY + timedelta(days=3)
    )
    return World(event, group, office, [*water, *market, *praise])

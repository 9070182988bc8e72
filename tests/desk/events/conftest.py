"""Events in every state, and groups to feed them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.events import services
from guanlan.desk.events.models import Event
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch.models import Group, GroupMember

MakeEvent = Callable[..., Event]


@pytest.fixture
def make_group(body: Unit, now: datetime) -> Callable[..., Group]:
    def make(documents: Iterable[Document], **fields: Any) -> Group:
        found = list(documents)
        values = {"unit": body, "title": "自来水发黄", "first_at": now, "last_at": now, "size": len(found)}
        group = Group.objects.create(**{**values, **fields})
        GroupMember.objects.bulk_create([GroupMember(document=row, group=group) for row in found])
        return group

    return make


@pytest.fixture
def make_event(school: Unit, people: dict[str, User], now: datetime) -> MakeEvent:
    """An event of the school, brought to ``state`` through the services."""

    def make(state: str = "registered", **fields: Any) -> Event:
        values = {"title": "食堂就餐后腹泻", "unit": school, "actor": people["reviewer"], "now": now}
        event = services.event_create(**{**values, **fields})
        if state != "registered":
            actor = people["approver"]
            services.grade_confirm(event=event, level="III", reason="已核", actor=actor, now=now)
        if state == "closed":
            services.event_close(event=event, reason="已办结", actor=people["approver"], now=now)
        return event

    return make

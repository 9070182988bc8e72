"""What tests of desk, events, themes, alerts and reports share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import pytest
from django.test import Client

from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit
from guanlan.desk.watch.models import Group, GroupMember

Make = Callable[..., Document]
SignIn = Callable[[str], Client]

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
VIEWS = (
    "documents",
    "home",
    "events",
    "event",
    "event_acts",
    "event_items",
    "groups",
    "alerts",
    "alert_rules",
    "themes",
    "reports",
)


def stand_at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let the pages think it is ``now``."""
    for name in VIEWS:
        monkeypatch.setattr(f"guanlan.desk.web.views.{name}.utc_now", lambda: now)


def group_of(unit: Unit, documents: Iterable[Document], title: str = "自来水发黄") -> Group:
    """A group as the machine would have made it."""
    rows = list(documents)
    moments = [row.published_at for row in rows if row.published_at]
    group = Group.objects.create(
        unit=unit, title=title, first_at=min(moments), last_at=max(moments), size=len(rows),
        distinct=len(rows), negative=sum(row.effective_tone == "negative" for row in rows),
    )  # fmt: skip
    evidence = [["shared_words", "自来水 发黄"], ["hours_apart", "0.5"]]
    GroupMember.objects.bulk_create(
        GroupMember(document=row, group=group, similarity=0.62, evidence=evidence) for row in rows
    )
    return group


def html(response: object) -> str:
    """The page as text, with its lines joined so that breaks in templates do not matter."""
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def assert_dead(page: str) -> None:
    """Text of strangers never becomes markup."""
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page

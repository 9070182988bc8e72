"""Themes, rules, groups and hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit
from guanlan.desk.watch.models import AlertRule, Group, GroupMember, Theme, ThemeHit


def hits_of(theme: Theme, documents: Iterable[Document]) -> list[ThemeHit]:
    return ThemeHit.objects.bulk_create(
        [ThemeHit(theme=theme, document=document, clause="自来水") for document in documents]
    )


@pytest.fixture
def theme(body: Unit, now: datetime) -> Theme:
    return Theme.objects.create(
        unit=body, name="供水", expression="自来水 停水", created_at=now, changed_at=now
    )


@pytest.fixture
def make_rule(body: Unit, now: datetime) -> Callable[..., AlertRule]:
    def make(kind: str, **fields: Any) -> AlertRule:
        return AlertRule.objects.create(kind=kind, created_at=now, **{"unit": body, "name": kind, **fields})

    return make


@pytest.fixture
def make_group(body: Unit, now: datetime) -> Callable[..., Group]:
    """A group of documents with its counts."""

    def make(documents: Iterable[Document], **fields: Any) -> Group:
        found = list(documents)
        values = {
            "unit": body,
            "title": "自来水发黄",
            "first_at": now,
            "last_at": now,
            "size": len(found),
            "distinct": len(found),
            "negative": len(found),
        }
        group = Group.objects.create(**{**values, **fields})
        GroupMember.objects.bulk_create([GroupMember(document=row, group=group) for row in found])
        return group

    return make

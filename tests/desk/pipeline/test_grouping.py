"""Groups of the pipeline follow what people did to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline import grouping
from guanlan.desk.pipeline.memory import Memory
from guanlan.desk.watch.models import Group
from guanlan.desk.watch.services import group_merge

MakeDocument = Callable[..., Document]


def group_of(document: Document) -> Group:
    return Group.objects.get(members__document=document)


def grouped(make: MakeDocument, memory: Memory, now: datetime, **fields: Any) -> Document:
    document = make(**fields)
    grouping.members_of([document], memory)
    return document


def test_what_joins_a_group_that_was_merged_away_lands_where_it_went(
    body: Unit, people: dict[str, User], make_document: MakeDocument, now: datetime
) -> None:
    memory = Memory()
    memory.refresh(now)
    words = {
        "title": "一小后门烧烤摊油烟熏人",
        "text": "云川一小后门的烧烤摊每天晚上油烟熏人,家长反映多次没人管。",
    }
    first = grouped(make_document, memory, now, **words)
    other = grouped(make_document, memory, now, title="县医院新门诊楼启用", text="新门诊楼今天启用。")
    away, into = group_of(first), group_of(other)
    assert away != into
    group_merge(into=into, others=[away], actor=people["monitor"], now=now)

    late = grouped(make_document, memory, now, **words)
    assert group_of(late) == into
    into.refresh_from_db()
    away.refresh_from_db()
    assert (into.size, away.size) == (3, 0)

"""Groups of the pipeline follow what people did to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from guanlan.analysis.group import GroupMerge, GroupOptions
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline import grouping
from guanlan.desk.pipeline.memory import Memory
from guanlan.desk.watch.models import Group, GroupLink, GroupMember, Verdict
from guanlan.desk.watch.services import group_dismiss, group_merge, group_part, group_split

MakeDocument = Callable[..., Document]
People = dict[str, User]

STALL = {
    "title": "一小后门烧烤摊油烟熏人",
    "text": "云川一小后门的烧烤摊每天晚上油烟熏人,家长反映多次没人管。",
}
SMOKE = {"title": "一小家长:孩子放学就闻油烟", "text": "烧烤摊摆在一小后门,家长说每天晚上油烟熏人。"}


def group_of(document: Document) -> Group:
    return Group.objects.get(members__document=document)


def grouped(make: MakeDocument, memory: Memory, now: datetime, **fields: Any) -> Document:
    document = make(**fields)
    grouping.members_of([document], memory)
    return document


def started(now: datetime) -> Memory:
    """The memory of a ``work`` that has just started, or was started again after a kill."""
    memory = Memory()
    memory.refresh(now)
    return memory


def held_by(memory: Memory, document: Document) -> int:
    number = memory.groups.group_of(document.pk)
    assert number is not None
    return number


def apart(make: MakeDocument, memory: Memory, now: datetime) -> tuple[Document, Document]:
    """Two documents of one matter that came into groups of their own."""
    memory.groups.options = GroupOptions(threshold=2.0)
    return grouped(make, memory, now, **STALL), grouped(make, memory, now, **SMOKE)


def alike(memory: Memory, *documents: Document) -> None:
    """Let ``repair`` think that these documents' groups turned out alike."""
    memory.groups.options = GroupOptions(repair=0.0, threshold=-1.0)
    memory.groups.state.touched |= {held_by(memory, document) for document in documents}


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


@pytest.mark.parametrize("restart", [False, True])
def test_a_split_holds_in_every_worker_and_after_a_restart(
    body: Unit, people: People, make_document: MakeDocument, now: datetime, restart: bool
) -> None:
    memory = started(now)
    first, second = (grouped(make_document, memory, now, **STALL) for _ in range(2))
    other = started(now)
    left = group_of(first)
    assert group_of(second) == left
    fresh = group_split(group=left, documents=[second], actor=people["monitor"], now=now)

    for worker in [started(now)] if restart else [memory, other]:
        worker.refresh(now)
        assert (held_by(worker, first), held_by(worker, second)) == (left.pk, fresh.pk)
        alike(worker, first, second)
        assert grouping.groups_repair(worker, now=now) == 0
        assert group_of(second) == fresh
    assert not GroupLink.objects.filter(verdict=Verdict.ALIKE).exists()


@pytest.mark.parametrize("restart", [False, True])
def test_a_merge_holds_in_every_worker_and_after_a_restart(
    body: Unit, people: People, make_document: MakeDocument, now: datetime, restart: bool
) -> None:
    memory = started(now)
    first, second = apart(make_document, memory, now)
    other = started(now)
    into = group_of(second)
    group_merge(into=into, others=[group_of(first)], actor=people["monitor"], now=now)
    for worker in [started(now)] if restart else [memory, other]:
        worker.refresh(now)
        assert held_by(worker, first) == held_by(worker, second) == into.pk


def test_a_decision_that_was_taken_back_is_followed_too(
    body: Unit, people: People, make_document: MakeDocument, now: datetime
) -> None:
    memory = started(now)
    first, second = (grouped(make_document, memory, now, **STALL) for _ in range(2))
    left = group_of(first)
    fresh = group_split(group=left, documents=[second], actor=people["monitor"], now=now)
    memory.refresh(now)
    group_merge(into=left, others=[fresh], actor=people["monitor"], now=now + timedelta(minutes=1))
    for worker in (memory, started(now)):
        worker.refresh(now + timedelta(minutes=1))
        assert held_by(worker, second) == left.pk
        assert fresh.pk not in worker.groups.state.parted.get(left.pk, set())


def test_what_was_kept_apart_stays_apart_from_what_swallows_it(
    body: Unit, people: People, make_document: MakeDocument, now: datetime
) -> None:
    memory = started(now)
    first, second = (grouped(make_document, memory, now, **STALL) for _ in range(2))
    memory.groups.options = GroupOptions(threshold=2.0)
    third = grouped(make_document, memory, now, **SMOKE)
    left, swallowing = group_of(first), group_of(third)
    fresh = group_split(group=left, documents=[second], actor=people["monitor"], now=now)
    group_merge(into=swallowing, others=[fresh], actor=people["monitor"], now=now)
    for worker in (memory, started(now)):
        worker.refresh(now)
        assert swallowing.pk in worker.groups.state.parted[left.pk]


def test_the_machine_joins_groups_that_nobody_touched_and_says_so(
    body: Unit, make_document: MakeDocument, now: datetime
) -> None:
    memory = started(now)
    first, second = apart(make_document, memory, now)
    other = started(now)
    kept, gone = sorted((group_of(first), group_of(second)), key=lambda group: (group.first_at, group.pk))
    alike(memory, first, second)
    assert grouping.groups_repair(memory, now=now) == 1
    for row in (kept, gone):
        row.refresh_from_db()
    assert (kept.size, kept.distinct, kept.negative, gone.size, gone.merged_into) == (2, 2, 2, 0, kept)
    link = GroupLink.objects.get()
    assert (link.verdict, link.by, link.similarity is not None) == (Verdict.TOGETHER, None, True)
    assert AuditEntry.objects.filter(action="group.joined", actor="system").count() == 1
    for worker in (memory, other, started(now)):
        worker.refresh(now)
        assert held_by(worker, first) == held_by(worker, second) == kept.pk


@pytest.mark.parametrize(("chance", "verdict"), [(0.49, Verdict.ALIKE), (0.51, Verdict.TOGETHER)])
def test_what_is_not_more_likely_than_not_is_asked_and_not_joined(
    chance: float, verdict: Verdict, body: Unit, make_document: MakeDocument, now: datetime
) -> None:
    memory = started(now)
    first, second = apart(make_document, memory, now)
    seen = GroupMerge(held_by(memory, first), held_by(memory, second), chance, ())

    def repair(may_join: Callable[[GroupMerge], bool], most: int) -> tuple[GroupMerge, ...]:
        return (replace(seen, joined=may_join(seen)),)

    memory.groups.repair = repair  # type: ignore[method-assign,assignment]
    with transaction.atomic():
        joined = grouping.groups_repair(memory, now=now)
    assert joined == (verdict == Verdict.TOGETHER)
    assert GroupLink.objects.get().verdict == verdict


@pytest.mark.parametrize("touch", ["by_person", "split", "dismissed", "parted", "unit"])
def test_the_machine_leaves_what_a_person_worked_on_and_asks_instead(
    body: Unit, school: Unit, people: People, make_document: MakeDocument, now: datetime, touch: str
) -> None:
    memory = started(now)
    first, second = apart(make_document, memory, now)
    group, other, actor = group_of(first), group_of(second), people["monitor"]
    match touch:
        case "by_person":
            GroupMember.objects.filter(document=first).update(by_person=True)
        case "split":
            memory.groups.options = GroupOptions()
            extra = grouped(make_document, memory, now, **STALL)
            group_split(group=group, documents=[extra], actor=actor, now=now)
        case "dismissed":
            group_dismiss(group=group, reason="an advertisement", actor=actor, now=now)
        case "parted":
            group_part(group=group, other=other, actor=actor, now=now)
        case "unit":
            Group.objects.filter(pk=group.pk).update(unit=school)
    for _ in range(2):  # asked once, however often the machine comes back to it
        alike(memory, first, second)
        assert grouping.groups_repair(memory, now=now) == 0
    assert group_of(first) != group_of(second)
    asked = GroupLink.objects.filter(
        verdict=Verdict.ALIKE, first=min(group.pk, other.pk), second=max(group.pk, other.pk)
    )
    assert asked.count() == (touch not in ("parted", "unit"))


def test_an_answered_question_is_over(
    body: Unit, people: People, make_document: MakeDocument, now: datetime
) -> None:
    memory = started(now)
    first, second = apart(make_document, memory, now)
    group_dismiss(group=group_of(first), reason="an advertisement", actor=people["monitor"], now=now)
    alike(memory, first, second)
    grouping.groups_repair(memory, now=now)
    assert GroupLink.objects.get().verdict == Verdict.ALIKE
    group_part(group=group_of(first), other=group_of(second), actor=people["monitor"], now=now)
    assert (GroupLink.objects.get().verdict, GroupLink.objects.get().by) == (Verdict.APART, people["monitor"])
    for worker in (memory, started(now)):
        worker.refresh(now)
        alike(worker, first, second)
        assert grouping.groups_repair(worker, now=now) == 0
    assert GroupLink.objects.get().verdict == Verdict.APART


def test_a_decision_committed_late_is_heard(
    body: Unit, people: People, make_document: MakeDocument, now: datetime
) -> None:
    """A transaction that began earlier may end after a worker has read later decisions."""
    memory = started(now)
    first, second = (grouped(make_document, memory, now, **STALL) for _ in range(2))
    memory.refresh(now + timedelta(minutes=5))
    fresh = group_split(group=group_of(first), documents=[second], actor=people["monitor"], now=now)
    memory.refresh(now + timedelta(minutes=6))
    assert held_by(memory, second) == fresh.pk


def test_a_batch_that_fails_takes_its_joins_back(
    body: Unit, make_document: MakeDocument, now: datetime
) -> None:
    memory = started(now)
    first, second = apart(make_document, memory, now)
    alike(memory, first, second)
    with pytest.raises(RuntimeError), transaction.atomic():
        assert grouping.groups_repair(memory, now=now) == 1
        raise RuntimeError("killed")
    assert group_of(first) != group_of(second)
    assert not GroupLink.objects.exists()
    again = started(now)
    assert held_by(again, first) != held_by(again, second)

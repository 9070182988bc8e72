"""Putting stored documents into groups, and keeping the groups' counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from guanlan.analysis.group import GroupMerge
from guanlan.analysis.types import ToneLabel
from guanlan.desk.common.sql import stored_moment
from guanlan.desk.documents.models import Document
from guanlan.desk.pipeline.memory import Memory
from guanlan.desk.watch.links import group_join, group_propose
from guanlan.desk.watch.models import Group, GroupMember
from guanlan.desk.watch.selectors import merged_targets

#: Groups that get a second look in one batch; what is left waits for the next.
SECOND_LOOKS = 200
#: Chance of one matter from which the machine joins groups by itself: more likely than not. The library's own
#: measure is lower, and in a county, where all texts name the same places, it joined by one shared word.
JOINED_FROM = 0.5


def members_of(documents: Sequence[Document], memory: Memory) -> list[GroupMember]:
    """Group each document in order; writes members and counts in the caller's transaction."""
    members = [_member(document, memory) for document in documents]
    _follow_merges(members)
    rows = GroupMember.objects.bulk_create(members)
    _count(rows)
    for document in documents:
        memory.stored(document)
    return rows


def groups_repair(memory: Memory, *, now: datetime) -> int:
    """Groups that turned out to be one matter: joined where it is likely and no person touched them, else asked about.

    In the storing transaction and behind its lock, after ``members_of``. Returns how many were joined.
    """
    merges = memory.groups.repair(lambda merge: _repair(merge, now), SECOND_LOOKS)
    return sum(merge.joined for merge in merges)


def _repair(merge: GroupMerge, now: datetime) -> bool:
    evidence = [[entry.code, entry.value] for entry in merge.evidence]
    acts = ((group_join, True), (group_propose, False))
    for act, joined in acts if merge.similarity >= JOINED_FROM else acts[1:]:
        if act(kept=merge.kept, gone=merge.gone, similarity=merge.similarity, evidence=evidence, now=now):
            return joined
    return False


def _member(document: Document, memory: Memory) -> GroupMember:
    at = document.published_at or document.fetched_at

    def opened() -> int:
        group = Group.objects.create(
            unit_id=document.unit_id,
            title=(document.title or document.text)[:300],
            first_at=at,
            last_at=at,
            size=0,
            distinct=0,
            negative=0,
        )
        return int(group.pk)

    decision = memory.group(document, opened)
    return GroupMember(
        document=document,
        group_id=decision.group,
        similarity=decision.similarity,
        evidence=[[entry.code, entry.value] for entry in decision.evidence],
    )


def _follow_merges(members: Sequence[GroupMember]) -> None:
    """The memory may still know a group that a person has put into another one since."""
    targets = merged_targets({member.group_id for member in members})
    for member in members:
        member.group_id = targets.get(member.group_id, member.group_id)


#: One prepared statement for all groups of a batch; GREATEST and MAX differ between the databases.
_COUNT = """UPDATE watch_group SET size = size + %s, "distinct" = "distinct" + %s, negative = negative + %s,
    last_at = CASE WHEN last_at < %s THEN %s ELSE last_at END,
    first_at = CASE WHEN first_at > %s THEN %s ELSE first_at END WHERE id = %s"""


def _count(members: Sequence[GroupMember]) -> None:
    gathered: dict[int, list[Document]] = {}
    for member in members:
        gathered.setdefault(member.group_id, []).append(member.document)
    with connection.cursor() as cursor:
        cursor.executemany(_COUNT, [_counted(group, documents) for group, documents in gathered.items()])


def _counted(group: int, documents: Sequence[Document]) -> tuple[Any, ...]:
    moments = [document.published_at or document.fetched_at for document in documents]
    first, last = stored_moment(min(moments)), stored_moment(max(moments))
    distinct = sum(document.copy_of_id is None for document in documents)
    negative = sum(document.effective_tone == ToneLabel.NEGATIVE.value for document in documents)
    return len(documents), distinct, negative, last, last, first, first, group

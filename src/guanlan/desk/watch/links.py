"""What is held of two groups: put together or kept apart by a person, joined or proposed by the machine.

Each is a row, so that it binds every ``work``, now and after a restart. The machine joins groups only
while no person has touched either of them (``untouched``); otherwise it asks, and a person answers on the
page of the group. Writing rows is for ``services``, which ask for the permission first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import User
from guanlan.desk.watch.models import Group, GroupLink, GroupMember, Verdict
from guanlan.desk.watch.selectors import group_counts

DECIDED = (Verdict.TOGETHER, Verdict.APART)
#: A decision may be committed after one that was made later: so far back are rows read again.
LATE_COMMIT = timedelta(hours=1)


def pair_set(
    first: int, second: int, verdict: Verdict, *, actor: User | None, now: datetime, **facts: Any
) -> GroupLink:
    """Write what is held of two groups, in place of what was held before."""
    low, high = sorted((first, second))
    values = {"verdict": verdict, "at": now, "by": actor, "similarity": None, "evidence": [], **facts}
    return GroupLink.objects.update_or_create(first_id=low, second_id=high, defaults=values)[0]


def links_follow(into: Group, gone: Sequence[int], *, now: datetime) -> None:
    """What was put into ``into`` brings along from whom it is kept apart; open questions about it are over."""
    rows = links_of(gone)
    for link in rows.filter(verdict=Verdict.APART):
        other = link.second_id if link.first_id in gone else link.first_id
        if other != into.pk and other not in gone and not links_of([into.pk]).filter(_with(other)).exists():
            pair_set(into.pk, other, Verdict.APART, actor=link.by, now=now)
    rows.filter(verdict=Verdict.ALIKE).delete()


def links_of(groups: Sequence[int]) -> QuerySet[GroupLink]:
    """Rows that name one of the groups."""
    return GroupLink.objects.filter(Q(first__in=groups) | Q(second__in=groups))


def apart_between(since: datetime) -> Iterable[tuple[int, int]]:
    """Pairs that people keep apart, of groups that have news since then."""
    rows = GroupLink.objects.filter(
        verdict=Verdict.APART, first__last_at__gte=since, second__last_at__gte=since
    )
    return rows.values_list("first_id", "second_id")


def decided_since(moment: datetime) -> QuerySet[GroupLink]:
    """Decisions of people and joins of the machine not older than that, and what may come late before it."""
    return GroupLink.objects.filter(verdict__in=DECIDED, at__gte=moment - LATE_COMMIT).order_by("at", "pk")


def untouched(groups: Sequence[int]) -> bool:
    """Whether the machine may still move these groups: of one unit, and no person had a hand in them.

    A person's hand is: texts put in or taken out, a word on the pair with another group, an event that
    the group feeds, a dismissal.
    """
    free = Group.objects.filter(
        pk__in=groups, dismissed_at=None, merged_into=None, event_link=None
    ).values_list("unit_id", flat=True)
    units = list(free)
    if len(units) != len(groups) or len(set(units)) != 1:
        return False
    by_hand = GroupMember.objects.filter(group__in=groups, by_person=True).exists()
    return not by_hand and not links_of(groups).exclude(by=None).exists()


def group_propose(
    *, kept: int, gone: int, similarity: float, evidence: Sequence[Sequence[str]], now: datetime
) -> bool:
    """The machine asks whether two groups are one matter. Nothing is asked twice; False when it was."""
    units = set(Group.objects.filter(pk__in=(kept, gone), merged_into=None).values_list("unit_id", flat=True))
    if len(units) != 1 or links_of([kept]).filter(_with(gone)).exists():
        return False
    facts = {"similarity": similarity, "evidence": [list(entry) for entry in evidence]}
    pair_set(kept, gone, Verdict.ALIKE, actor=None, now=now, **facts)
    return True


def group_join(
    *, kept: int, gone: int, similarity: float, evidence: Sequence[Sequence[str]], now: datetime
) -> bool:
    """The machine joins two groups that nobody has touched; False when somebody has, meanwhile."""
    with transaction.atomic():
        rows = {group.pk: group for group in held([kept, gone])}
        if not untouched([kept, gone]):
            return False
        moved = GroupMember.objects.filter(group=gone).update(group=kept)
        Group.objects.filter(Q(merged_into=gone) | Q(pk=gone)).update(merged_into=kept)
        recount([kept, gone])
        links_follow(rows[kept], [gone], now=now)
        facts = {"similarity": similarity, "evidence": [list(entry) for entry in evidence]}
        pair_set(kept, gone, Verdict.TOGETHER, actor=None, now=now, **facts)
        record("group.joined", actor=None, now=now, target=rows[kept], merged=[gone], documents=moved)
    return True


def held(groups: Sequence[int]) -> list[Group]:
    """The groups, kept from other writers for the rest of the transaction; by number, so that none waits in a ring."""
    return list(Group.objects.select_for_update().filter(pk__in=groups).order_by("pk"))


def recount(keys: Sequence[int]) -> None:
    """Write sizes and times of groups anew from their members."""
    counts = group_counts(keys)
    for key in keys:
        found = counts.get(key) or {"size": 0, "distinct": 0, "negative": 0}
        Group.objects.filter(pk=key).update(**found)


def _with(group: int) -> Q:
    return Q(first=group) | Q(second=group)

"""The audit remembers a head of the chain for each day on which it grew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents import evidence_chain
from guanlan.desk.documents.chain_turns import anchor_due
from tests.desk.conftest import NOW
from tests.desk.documents.conftest import chained
from tests.desk.real_file import at_once

DAY = timedelta(days=1)


def anchors() -> list[tuple[int, str]]:
    found = AuditEntry.objects.filter(action="captures.anchored").order_by("id")
    return [(entry.data["position"], entry.data["digest"]) for entry in found]


def test_the_head_is_noted_once_a_day_while_the_chain_grows(
    chain: Callable[..., list[str]], now: datetime
) -> None:
    assert anchor_due(now=now) == 0  # an empty chain has no head
    chain(2)
    assert anchor_due(now=now + timedelta(minutes=1)) == 1
    first = evidence_chain.head()
    chain(1, begin=2)
    assert anchor_due(now=now + timedelta(hours=23)) == 0
    assert anchor_due(now=now + timedelta(hours=25)) == 1
    assert anchor_due(now=now + 3 * DAY) == 0
    assert anchors() == [first, evidence_chain.head()]


def test_a_clock_put_back_notes_on(chain: Callable[..., list[str]], now: datetime) -> None:
    chain(1)
    assert anchor_due(now=now + 500 * DAY) == 1
    chain(1, begin=1)
    assert anchor_due(now=now) == 1


def test_two_clocks_at_once_note_once(alone: str) -> None:
    chained(2, NOW)
    made = at_once(*[lambda: anchor_due(now=NOW)] * 4)
    assert sorted(made, key=str) == [0, 0, 0, 1]
    assert len(anchors()) == 1

"""The chain: append-only by the database, one changed byte is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.utils.functional import SimpleLazyObject

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import Break, record, verify
from guanlan.desk.organisation.models import Unit
from tests.desk.tampering import tamper

Script = list[tuple[str, list[object]]]


def test_an_untouched_chain_is_whole(body: Unit, now: datetime) -> None:
    for number in range(5):
        record("test.act", actor=None, now=now, target=body, number=number, 名="值")
    assert verify() == (AuditEntry.objects.count(), None)


def test_entries_are_numbered_without_a_gap(body: Unit, now: datetime) -> None:
    first = record("test.act", actor=None, now=now)
    second = record("test.act", actor=None, now=now)
    assert second.id == first.id + 1
    assert second.previous == first.digest


def test_an_entry_dies_with_its_transaction(body: Unit, now: datetime) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        record("test.act", actor=None, now=now)
        raise RuntimeError
    assert AuditEntry.objects.count() == before
    assert verify()[1] is None


@pytest.mark.parametrize(
    "act",
    [
        lambda: AuditEntry.objects.filter(pk=1).update(actor="somebody else"),
        lambda: AuditEntry.objects.filter(pk=1).delete(),
    ],
)
def test_the_database_refuses_update_and_delete(body: Unit, act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        act()
    assert verify()[1] is None


@pytest.mark.parametrize(
    "column",
    [
        "actor = 'X'",
        "action = 'X'",
        "object_id = 'X'",
        "actor_id = 99",
        "data = '{\"a\": 1}'",
        "digest = 'X'",
        "previous = 'X'",
    ],
)
def test_one_changed_column_is_found_at_its_entry(body: Unit, now: datetime, column: str) -> None:
    target = record("test.act", actor=None, now=now)
    record("test.later", actor=None, now=now)
    tamper(f"UPDATE audit_auditentry SET {column} WHERE id = {target.id}")
    assert verify() == (target.id - 1, Break(target.id, "altered"))


def test_a_missing_entry_is_found(body: Unit, now: datetime) -> None:
    target = record("test.act", actor=None, now=now)
    record("test.later", actor=None, now=now)
    tamper(f"DELETE FROM audit_auditentry WHERE id = {target.id}")
    assert verify() == (target.id - 1, Break(target.id, "missing"))


def test_a_wrapped_person_is_named_by_the_model(body: Unit, now: datetime) -> None:
    wrapped = SimpleLazyObject(lambda: body)
    assert record("test.act", actor=None, now=now, target=wrapped).object_type == "unit"

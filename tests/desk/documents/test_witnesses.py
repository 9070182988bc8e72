"""A chain that was made anew as a whole fits itself; it does not fit what others remember of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import GENESIS, record
from guanlan.desk.documents import evidence_chain
from guanlan.desk.documents.chain_turns import anchor_due
from guanlan.desk.documents.evidence_models import CaptureEntry
from guanlan.desk.documents.stamp_models import Authority as Kept
from guanlan.desk.documents.stamp_models import TimeStamp
from guanlan.desk.documents.time_stamps import stamp_due
from guanlan.desk.documents.witnesses import Witnesses, witnesses
from tests.desk.tampering import tamper
from tests.site.authority import Authority

Chain = Callable[..., list[str]]


@pytest.fixture
def stamped(chain: Chain, authority: Authority, now: datetime) -> list[TimeStamp]:
    """Five links under two stamps, the first three also in the audit's memory."""
    chain(3)
    anchor_due(now=now)
    first = stamp_due(now=now)
    chain(2, begin=3)
    second = stamp_due(now=now + timedelta(hours=1))
    assert first is not None
    assert second is not None
    return [first, second]


def causes() -> list[tuple[str, int | None]]:
    return [(one.cause, one.position) for one in witnesses().faults]


def make_the_chain_anew(change: str) -> None:
    """As somebody would who has the machine: a link changed, and every digest after it made to fit."""
    tamper(f"UPDATE documents_captureentry SET {change}")
    previous = GENESIS
    statements = []
    for entry in CaptureEntry.objects.order_by("id"):
        entry.previous = previous
        previous = evidence_chain.digest_of(entry)
        statements.append(
            f"UPDATE documents_captureentry SET previous = '{entry.previous}', digest = '{previous}'"
            f" WHERE id = {entry.id}"
        )
    tamper(*statements)


def test_what_fits_is_counted(stamped: list[TimeStamp]) -> None:
    assert witnesses() == Witnesses(anchors=3, stamps=2, good=2, upto=5, last_at=stamped[1].at, faults=())


def test_nothing_to_say_is_no_fault(chain: Chain) -> None:
    chain(2)
    assert witnesses() == Witnesses(0, 0, 0, 0, None, ())


def test_a_chain_made_anew_fits_itself_and_contradicts_audit_and_stamps(stamped: list[TimeStamp]) -> None:
    make_the_chain_anew("url = 'https://elsewhere.example/' WHERE id = 2")
    assert list(evidence_chain.verify()[1]) == []
    assert causes() == [
        ("anchor", 3), ("anchor", 3), ("anchor", 5), ("stamp_contradicts", 3), ("stamp_contradicts", 5),
    ]  # fmt: skip


def test_only_what_comes_after_the_change_is_contradicted(stamped: list[TimeStamp]) -> None:
    make_the_chain_anew("url = 'https://elsewhere.example/' WHERE id = 5")
    assert causes() == [("anchor", 5), ("stamp_contradicts", 5)]


def test_a_tail_that_was_cut_off_is_missed(stamped: list[TimeStamp]) -> None:
    tamper("DELETE FROM documents_captureentry WHERE id > 3")
    assert ("anchor", 5) in causes()
    assert ("stamp_contradicts", 5) in causes()


def test_an_audit_made_anew_contradicts_the_stamps(stamped: list[TimeStamp]) -> None:
    tamper(f"UPDATE audit_auditentry SET digest = '{'b' * 64}' WHERE id = 1")
    assert causes() == [("stamp_contradicts", 3)]


@pytest.mark.parametrize("place", [0, 13, 47, 300, -1])
def test_one_flipped_byte_of_a_token_is_found(stamped: list[TimeStamp], place: int) -> None:
    token = bytearray(stamped[0].token)
    token[place] ^= 1
    TimeStamp.objects.filter(pk=stamped[0].pk).update(token=bytes(token))
    found = witnesses()
    assert [(one.cause, one.position) for one in found.faults] == [("stamp_altered", 3)]
    assert (found.stamps, found.good) == (2, 1)


@pytest.mark.parametrize(
    "fields",
    [{"serial": "9"}, {"name": "CN=Somebody"}, {"policy": "1.2"}, {"sha256": "c" * 64}, {"at": "2020-01-01T00:00:00Z"}],
)  # fmt: skip
def test_what_is_written_beside_a_token_must_be_what_it_says(
    stamped: list[TimeStamp], fields: dict[str, Any]
) -> None:
    TimeStamp.objects.filter(pk=stamped[0].pk).update(**fields)
    assert causes() == [("stamp_altered", 3)]


def test_other_links_than_those_that_were_stamped(stamped: list[TimeStamp]) -> None:
    TimeStamp.objects.filter(pk=stamped[1].pk).update(since=1)
    assert causes() == [("stamp_contradicts", 5)]


def test_a_stamp_that_is_gone_and_one_that_nobody_recorded(stamped: list[TimeStamp]) -> None:
    TimeStamp.objects.filter(pk=stamped[0].pk).delete()
    assert causes() == [("stamp_missing", 3)]
    first = stamped[0]
    first.upto, first.pk = 2, None
    first.save(force_insert=True)
    assert causes() == [("stamp_unaudited", 2), ("stamp_missing", 3)]


def test_certificates_that_were_changed_are_found(stamped: list[TimeStamp]) -> None:
    other = Authority(stamped[0].at)
    Kept.objects.update(pem=other.pem.decode())
    assert causes() == [("stamp_altered", 3), ("stamp_altered", 5)]


def test_a_whole_other_authority_put_in_its_place_is_not_that_of_the_audit(
    stamped: list[TimeStamp], authority: Authority, now: datetime
) -> None:
    """Token, certificates and digests all changed so that they fit each other."""
    swapped = Authority(now)
    kept = TimeStamp.objects.get(pk=stamped[0].pk)
    token = swapped.stamp(authority.requests[0].body)
    import hashlib

    pem = swapped.pem.decode()
    other = Kept.objects.create(pk=hashlib.sha256(swapped.pem).hexdigest(), pem=pem)
    kept.token, kept.sha256, kept.authority = token, hashlib.sha256(token).hexdigest(), other
    kept.save()
    assert causes() == [("stamp_altered", 3)]


def test_the_network_is_not_needed(stamped: list[TimeStamp], settings: Any, authority: Authority) -> None:
    settings.TIMESTAMP_URL = settings.TIMESTAMP_CA = ""
    before = len(authority.requests)
    assert causes() == []
    assert len(authority.requests) == before


def test_heads_of_packs_are_remembered_too(chain: Chain, now: datetime) -> None:
    chain(2)
    record("event.evidence_exported", actor=None, now=now, chain=evidence_chain.head()[1])
    record("event.evidence_exported", actor=None, now=now, chain=GENESIS)
    assert witnesses().anchors == 1
    make_the_chain_anew("size = 1 WHERE id = 1")
    assert causes() == [("anchor", None)]
    assert json.dumps(AuditEntry.objects.get(pk=1).data)

"""The chain of captures: whatever is flipped, removed or slipped in is found."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from guanlan.desk.audit.services import GENESIS
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import Fault, Link, append, head, verify
from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Role
from guanlan.desk.documents.models import Capture
from tests.desk.tampering import tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def shas(now: datetime) -> list[str]:
    """Five captures in the chain."""
    rows = [captures.capture(f"<p>{number}</p>".encode() * 50, now=now) for number in range(5)]
    Capture.objects.bulk_create(rows)
    append([Link(row.sha256, row.size, url=f"https://a.example/{row.sha256[:4]}") for row in rows], now=now)
    return [row.sha256 for row in rows]


def faults() -> list[Fault]:
    return list(verify()[1])


def test_an_untouched_chain_is_whole(shas: list[str]) -> None:
    good, found = verify()
    assert (good, list(found)) == (5, [])
    assert head() == (5, CaptureEntry.objects.get(pk=5).digest)


def test_links_follow_each_other_from_one_on(shas: list[str], now: datetime) -> None:
    (more,) = append([Link(shas[0], 1, Role.WARC, of=shas[1])], now=now)
    assert more.id == 6
    assert more.previous == CaptureEntry.objects.get(pk=5).digest
    assert CaptureEntry.objects.get(pk=1).previous == GENESIS


@pytest.mark.parametrize("act", [lambda row: row.update(url="x"), lambda row: row.delete()])
def test_the_database_refuses_update_and_delete(shas: list[str], act: Callable[[Any], object]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        act(CaptureEntry.objects.filter(pk=2))
    assert faults() == []


@pytest.mark.parametrize(
    "column",
    [
        "url = 'x'",
        "size = 1",
        "role = 'warc'",
        "act = 'dropped'",
        "source_id = 9",
        "of = 'a'",
        "reason = 'b'",
    ],
)
def test_an_altered_link_is_found(shas: list[str], column: str) -> None:
    name, value = column.split(" = ")
    tamper_chain(f'UPDATE documents_captureentry SET "{name}" = {value} WHERE id = 3')
    assert Fault("altered", 3, shas[2]) in faults()


def test_one_deleted_link_is_found(shas: list[str]) -> None:
    tamper_chain("DELETE FROM documents_captureentry WHERE id = 3")
    assert faults() == [Fault("missing", 3), Fault("not_chained", None, shas[2])]


def test_the_last_link_cut_off_is_found_by_the_capture_that_is_left(shas: list[str]) -> None:
    tamper_chain("DELETE FROM documents_captureentry WHERE id = 5")
    assert faults() == [Fault("not_chained", None, shas[4])]


def test_one_flipped_byte_of_a_file_is_found(shas: list[str]) -> None:
    path = captures.path_of(shas[1])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert faults() == [Fault("file_altered", 2, shas[1])]


def test_a_file_and_a_row_that_are_gone_are_found(shas: list[str]) -> None:
    captures.path_of(shas[0]).unlink()
    tamper_chain(
        f"DELETE FROM documents_keeping WHERE capture_id = '{shas[3]}'",
        f"DELETE FROM documents_capture WHERE sha256 = '{shas[3]}'",
    )
    assert faults() == [Fault("file_missing", 1, shas[0]), Fault("row_missing", 4, shas[3])]


def test_a_file_whose_row_was_never_written_is_no_fault(shas: list[str]) -> None:
    """Killed between the file and the row: the file lies there, nothing is broken."""
    captures.keep(b"came and was never settled")
    assert faults() == []


def test_a_link_dies_with_its_transaction(shas: list[str], now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        append([Link(shas[0], 1)], now=now)
        raise RuntimeError
    assert head()[0] == 5


def test_what_a_rule_dropped_is_not_missed_and_is_when_it_came_again(shas: list[str], now: datetime) -> None:
    captures.path_of(shas[0]).unlink()
    append([Link(shas[0], 1, act=Act.DROPPED, reason="off_topic 90 d")], now=now)
    assert faults() == []
    append([Link(shas[0], 1)], now=now + timedelta(days=1))
    assert faults() == [Fault("file_missing", 1, shas[0])]


def test_a_full_disk_writes_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def full(path: Any, content: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(captures.NoRoom, match=str(settings.CAPTURE_ROOT)):
        captures.keep(b"new")
    assert [path for path in settings.CAPTURE_ROOT.rglob("*") if path.is_file()] == []


def tamper_chain(*statements: str) -> None:
    tamper(*statements)

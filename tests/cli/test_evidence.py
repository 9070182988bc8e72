"""``guanlan evidence``, and what commands say when the disk is full."""

from __future__ import annotations

import errno
import hashlib
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F

from guanlan.collect.loopback import Loopback
from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.chain_turns import anchor_due
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.documents.stamp_models import ChainTurn, TimeStamp
from guanlan.desk.documents.time_stamps import stamp_due
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Role, User
from guanlan.desk.organisation.services import role_grant
from tests.cli.test_cli import Command, guanlan, made, refused
from tests.desk.documents.conftest import trust
from tests.site.authority import Authority

__all__ = ["guanlan", "made"]
PAGE = "<html><title>停水通知</title><body><p>城东片区今晚八点起停水，请居民提前储水。</p></body></html>"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "in" / "a.html"
    file.parent.mkdir()
    file.write_text(PAGE, encoding="utf-8")
    return file


def test_a_pack_is_written_with_its_hash(made: str, guanlan: Command, page: Path, tmp_path: Path) -> None:
    guanlan("ingest", str(page))
    admin = User.objects.get()
    event = event_create(
        title="停水", unit=admin.unit, actor=officer(admin), now=utc_now(), documents=Document.objects.all()
    )
    ran = guanlan("evidence", event.code, "-o", str(tmp_path / "out"), "--json")
    assert ran.code == 0, ran.err
    (file,) = (tmp_path / "out").iterdir()
    assert ran.last["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(file) as archive:
        assert archive.read("captures/001-page.html.txt") == PAGE.encode()


def test_an_unknown_event_is_said(made: str, guanlan: Command, tmp_path: Path) -> None:
    refused(guanlan("evidence", "E-0404", "-o", str(tmp_path)), "E-0404")


def test_a_full_disk_is_one_sentence_and_the_import_goes_on_later(
    made: str, guanlan: Command, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", full)
        refused(guanlan("ingest", str(page)), "磁盘满了")
    assert not Capture.objects.exists()
    assert guanlan("ingest", str(page)).code == 0
    assert Capture.objects.count() == 1


def officer(user: User) -> User:
    role_grant(user=user, role=Role.REVIEWER, unit=user.unit, actor=None, now=utc_now() - timedelta(days=1))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def stamped(made: str, guanlan: Command, page: Path, settings: Any, tmp_path: Path) -> Iterator[Authority]:
    """A page in the chain, noted in the audit and stamped."""
    guanlan("ingest", str(page))
    authority = Authority(utc_now())
    with Loopback(authority) as server:
        trust(settings, tmp_path, server, authority)
        assert stamp_due(now=utc_now())
        assert anchor_due(now=utc_now())
        yield authority


def test_verify_counts_notes_and_stamps(stamped: Authority, guanlan: Command) -> None:
    told = guanlan("captures", "verify", "--json")
    assert told.code == 0
    assert told.last["anchors"] == 2
    stamps = told.last["stamps"]
    assert (stamps["total"], stamps["good"], stamps["upto"]) == (1, 1, told.last["links"])
    assert "1 个时间戳（至第 1 条）" in guanlan("captures", "verify").out


def test_verify_finds_one_flipped_byte_of_a_stamp(stamped: Authority, guanlan: Command) -> None:
    kept = TimeStamp.objects.get()
    token = bytearray(kept.token)
    token[100] ^= 1
    TimeStamp.objects.update(token=bytes(token))
    plain = guanlan("captures", "verify")
    assert (plain.code, "1 处问题" in plain.err) == (1, True)
    assert "时间戳被改动  第 1 条" in plain.out
    told = guanlan("captures", "verify", "--json")
    assert told.code == 1
    assert told.last["faults"] == [{"sha256": kept.sha256, "fault": "stamp_altered", "link": 1}]


def test_doctor_says_how_the_stamps_stand(stamped: Authority, guanlan: Command, settings: Any) -> None:
    def said() -> dict[str, str]:
        return next(one for one in guanlan("doctor", "--json").last if one["name"] == "时间戳")

    assert said()["state"] == "ok"
    assert "granted 1" in said()["text"]
    TimeStamp.objects.update(at=F("at") - timedelta(minutes=10))
    assert said()["state"] == "warn"
    assert "与本机时钟相差 0:1" in said()["text"] or "与本机时钟相差 0:0" in said()["text"]
    TimeStamp.objects.all().delete()
    ChainTurn.objects.update(last_error="timeout", failing_since=utc_now(), outcomes={"timeout": 3})
    assert said() == {"name": "时间戳", "state": "warn", "text": "还没有；最近一次失败：timeout；timeout 3"}
    settings.TIMESTAMP_URL = ""
    assert said() == {"name": "时间戳", "state": "ok", "text": "未启用"}

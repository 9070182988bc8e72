"""``guanlan evidence``, and what commands say when the disk is full."""

from __future__ import annotations

import errno
import hashlib
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Role, User
from guanlan.desk.organisation.services import role_grant
from tests.cli.test_cli import Command, guanlan, made, refused

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

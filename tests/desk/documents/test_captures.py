"""Captures: kept once, named by content, found out when changed."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest

from guanlan.desk.documents import captures
from guanlan.desk.documents.models import Capture

PAGE = "<html>自来水</html>".encode("gb18030") * 100


def test_bytes_come_back_as_they_were() -> None:
    digest = captures.keep(PAGE)
    assert digest == hashlib.sha256(PAGE).hexdigest()
    assert captures.read(digest) == PAGE


def test_the_same_bytes_are_kept_once() -> None:
    first = captures.path_of(captures.keep(PAGE))
    written = first.stat().st_mtime_ns
    assert captures.path_of(captures.keep(PAGE)) == first
    assert first.stat().st_mtime_ns == written
    assert len(list(first.parent.iterdir())) == 1


def test_no_half_file_carries_a_good_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        captures.keep(PAGE)
    assert not captures.path_of(hashlib.sha256(PAGE).hexdigest()).exists()


@pytest.fixture
def kept(db: None, now: datetime) -> Capture:
    row = captures.capture(PAGE, now=now, media_type="text/html")
    row.save()
    return row


def test_an_untouched_store_has_no_faults(kept: Capture) -> None:
    assert list(captures.verify()) == []


def test_one_flipped_byte_is_found(kept: Capture) -> None:
    path = captures.path_of(kept.sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert list(captures.verify()) == [(kept.sha256, "altered")]


def test_a_lost_file_is_found_and_said(kept: Capture) -> None:
    captures.path_of(kept.sha256).unlink()
    assert list(captures.verify()) == [(kept.sha256, "missing")]
    with pytest.raises(captures.CaptureMissing):
        captures.read(kept.sha256)

"""What a third party gets to check the time stamps of a pack, checked as a third party does: with openssl."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanlan.collect.loopback import Loopback
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.stamp_models import TimeStamp
from guanlan.desk.documents.time_stamps import stamp_due
from guanlan.desk.events.evidence_pack import PackOptions, evidence_pack
from guanlan.desk.events.grading import grade_confirm
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_add_documents
from guanlan.desk.events.stamp_exhibits import stamped_state
from guanlan.desk.organisation.models import User
from tests.desk.documents.conftest import trust
from tests.desk.events.conftest import MakeEvent
from tests.desk.events.test_evidence_pack import HANDLE, PLAIN, SIGNED, kept
from tests.site.authority import Authority

pytestmark = pytest.mark.django_db
OTHERS = "<html>别人的事</html>"


@pytest.fixture
def authority(settings: Any, tmp_path: Path, now: datetime) -> Iterator[Authority]:
    made = Authority(now)
    with Loopback(made) as server:
        trust(settings, tmp_path, server, made)
        yield made


@pytest.fixture
def event(
    make_event: MakeEvent, make_document: Callable[..., Document], people: dict[str, User], now: datetime
) -> Event:
    """A page, one that shows its author's handle, and between them a page of somebody else's matter."""
    unit = people["reviewer"].unit
    first = make_document(title="有异味", capture_id=kept(PLAIN, now), unit=unit)
    kept(OTHERS, now)
    second = make_document(title="说", author=HANDLE, capture_id=kept(SIGNED, now), unit=unit)
    found = make_event()
    event_add_documents(event=found, documents=[first, second], actor=people["reviewer"], now=now)
    return found


def unpacked(event: Event, actor: User, now: datetime, folder: Path) -> Path:
    made = evidence_pack(event=event, options=PackOptions(), actor=actor, now=now)
    with made.file, zipfile.ZipFile(made.file) as archive:
        archive.extractall(folder)
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


def commands(folder: Path, word: str) -> list[str]:
    page = (folder / "stamps" / "how-to-check.txt").read_text(encoding="utf-8")
    return [line for line in page.splitlines() if line.startswith(f"{word} ")]


def test_every_command_of_the_page_does_what_it_says(
    event: Event, authority: Authority, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    assert stamp_due(now=now)
    folder = unpacked(event, people["reviewer"], now, tmp_path / "pack")
    (verify,) = commands(folder, "openssl")
    ran = run(verify, folder / "stamps")
    assert "Verification: OK" in ran.stdout, ran.stderr
    (find,) = commands(folder, "grep")
    assert run(find, folder / "stamps").stdout.startswith("1 ")
    link = json.loads((folder / "stamps" / "link-000001.json").read_bytes())
    sums = run("sha256sum captures/002-page.html.txt", folder)
    assert sums.stdout.split()[0] == link["sha256"]
    assert run("sha256sum -c --strict hashes.txt", folder).returncode == 0


@pytest.mark.parametrize("name", ["000001-000006.txt", "000001-000006.tsr"])
def test_openssl_finds_one_flipped_byte(
    name: str, event: Event, authority: Authority, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    assert stamp_due(now=now)
    folder = unpacked(event, people["reviewer"], now, tmp_path / "pack")
    path = folder / "stamps" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    ran = run(commands(folder, "openssl")[0], folder / "stamps")
    assert "Verification: OK" not in ran.stdout
    assert ran.returncode != 0


def test_another_authority_than_the_named_one_is_not_accepted(
    event: Event, authority: Authority, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    assert stamp_due(now=now)
    folder = unpacked(event, people["reviewer"], now, tmp_path / "pack")
    (path,) = (folder / "stamps").glob("authority-*.pem")
    path.write_bytes(Authority(now).pem)
    assert "Verification: OK" not in run(commands(folder, "openssl")[0], folder / "stamps").stdout


def test_a_certificate_that_has_expired_since_does_not_spoil_the_check(
    event: Event, authority: Authority, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    then = datetime(2019, 5, 1, tzinfo=now.tzinfo)
    authority.at = then
    assert stamp_due(now=then)
    folder = unpacked(event, people["reviewer"], now, tmp_path / "pack")
    ran = run(commands(folder, "openssl")[0], folder / "stamps")
    assert "Verification: OK" in ran.stdout, ran.stderr


def test_links_of_other_matters_are_digests_only(
    event: Event, authority: Authority, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    assert stamp_due(now=now)
    folder = unpacked(event, people["reviewer"], now, tmp_path / "pack")
    assert sorted(path.name for path in (folder / "stamps").glob("link-*")) == [
        f"link-{number:06}.json" for number in (1, 2, 5, 6)
    ]
    listed = (folder / "stamps" / "000001-000006.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"guanlan time stamp 1\naudit \d+ [0-9a-f]{64}\n(\d+ [0-9a-f]{64}\n){6}", listed)
    page = (folder / "stamps" / "how-to-check.txt").read_text(encoding="utf-8")
    assert HANDLE not in page
    assert "captures/002-page.html.txt" in page
    assert "（原件未附）" in page  # the one that shows a handle: its hash is still proved
    assert "CN=Yunchuan Test Time Stamps" in page


def test_stamps_of_several_times_stand_beside_each_other(
    event: Event, authority: Authority, people: dict[str, User], make_document: Callable[..., Document],
    now: datetime, tmp_path: Path,
) -> None:  # fmt: skip
    assert stamp_due(now=now)
    more = make_document(capture_id=kept("<p>后来的</p>", now), unit=people["reviewer"].unit)
    late = make_document(capture_id=kept("<p>还没盖的</p>", now), unit=people["reviewer"].unit)
    event_add_documents(event=event, documents=[more, late], actor=people["reviewer"], now=now)
    later = now + timedelta(hours=1)
    authority.at = later
    assert stamp_due(now=later)
    newest = make_document(capture_id=kept("<p>最新的</p>", later), unit=people["reviewer"].unit)
    event_add_documents(event=event, documents=[newest], actor=people["reviewer"], now=later)
    folder = unpacked(event, people["reviewer"], later, tmp_path / "pack")
    assert len(list((folder / "stamps").glob("*.tsr"))) == 2
    assert len(list((folder / "stamps").glob("authority-*.pem"))) == 1
    for command in commands(folder, "openssl"):
        assert "Verification: OK" in run(command, folder / "stamps").stdout
    page = (folder / "stamps" / "how-to-check.txt").read_text(encoding="utf-8")
    assert "没有时间戳的" in page
    state = stamped_state(event)
    assert (state.pages, state.stamped, state.whole, state.on) == (5, 4, False, True)
    assert state.last == TimeStamp.objects.get(upto=10)


def test_a_pack_and_a_grade_ask_for_a_stamp_at_once(
    event: Event, authority: Authority, people: dict[str, User], now: datetime
) -> None:
    assert stamp_due(now=now)
    kept("<p>新来的</p>", now)
    minute = timedelta(minutes=1)
    assert stamp_due(now=now + minute) is None
    evidence_pack(event=event, options=PackOptions(), actor=people["reviewer"], now=now + minute)
    assert stamp_due(now=now + minute)
    kept("<p>又来的</p>", now)
    grade_confirm(event=event, level="II", reason="急", actor=people["approver"], now=now + 2 * minute)
    assert stamp_due(now=now + 2 * minute)


def test_without_an_authority_the_pack_says_so_and_holds_no_folder(
    event: Event, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    folder = unpacked(event, people["reviewer"], now, tmp_path / "pack")
    assert not (folder / "stamps").exists()
    assert "未启用" in (folder / "index.html").read_text(encoding="utf-8")
    assert not stamped_state(event).on

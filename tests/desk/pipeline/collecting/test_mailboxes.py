"""Letters of a mailbox become information, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline.collecting.collector import collect_once
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.mailboxes import password_name
from guanlan.desk.sources.models import (
    Address,
    FetchRun,
    KeptMapping,
    MailboxPlace,
    Method,
    RunState,
    Source,
    SourceKind,
)
from guanlan.engines import InlineEngine
from tests.desk.conftest import NOW
from tests.site.imap import CERTIFICATE, Folder, MailServer, imap_server, letter

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=2)
TABLE = "甲,乙\n五楼没有水,一周没有自来水了没人管\n"


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with imap_server() as running:
        settings.COLLECT_INNER_HOSTS = [f"127.0.0.1:{running.port}"]
        monkeypatch.setenv("GUANLAN_MAILBOX_LETTERS", running.password)
        yield running


@pytest.fixture
def box(body: Unit, server: MailServer) -> Source:
    source = Source.objects.create(
        code="letters", name="局长信箱", kind=SourceKind.MAILBOX, method=Method.MAILBOX, unit=body,
        interval_minutes=60, created_at=NOW - timedelta(days=1), next_action_at=NOW,
    )  # fmt: skip
    MailboxPlace.objects.create(
        source=source, host="127.0.0.1", port=server.port, user="office", folders=["INBOX"]
    )
    return source


def collect(at: datetime = NOW) -> FetchRun:
    (run,) = collect_once(None, clock=lambda: at)
    for _ in Worker(InlineEngine(), clock=lambda: at).run_pending():
        pass
    run.refresh_from_db()
    return run


def test_each_letter_is_one_item_of_the_mailbox(box: Source, server: MailServer) -> None:
    server.put(letter("反映自来水发黄", "三天了，zhangsan@a.example 请回复。"))
    server.put(letter("路灯不亮", "解放路的路灯一周不亮了。", mid="<2@a.example>"))
    run = collect()
    assert (run.state, run.notes) == (RunState.DONE, {"named": 2, "known": 0, "new": 2, "left": 0})
    assert run.fetched == run.stored == 2
    assert set(Document.objects.values_list("title", flat=True)) == {"反映自来水发黄", "路灯不亮"}
    box.refresh_from_db()
    assert (box.last_success_at, box.last_new_at, box.last_error) == (NOW, NOW, "")
    assert box.mailbox.seen == {"INBOX": [7, 2]}


def test_nothing_of_who_wrote_is_kept(box: Source, server: MailServer) -> None:
    server.put(letter("反映自来水发黄", "我的信箱是 zhangsan@a.example，请回复。"))
    collect()
    rows = [
        *Document.objects.values(),
        *Intake.objects.values(),
        *Address.objects.values(),
        *FetchRun.objects.values(),
    ]
    assert "zhangsan" not in repr(rows)
    assert "1@a.example" not in repr(rows)


def test_the_password_is_in_no_row(box: Source, server: MailServer) -> None:
    server.put(letter())
    collect()
    rows = [*Source.objects.values(), *MailboxPlace.objects.values(), *FetchRun.objects.values()]
    assert server.password not in repr(rows)


def test_a_letter_is_taken_once_even_when_the_folder_was_made_anew(box: Source, server: MailServer) -> None:
    server.put(letter())
    collect()
    server.folders["INBOX"] = Folder(validity=8, letters=server.folders["INBOX"].letters)
    run = collect(NOW + LATER)
    assert (run.notes["named"], run.notes["new"], run.fetched) == (1, 0, 0)
    assert Document.objects.count() == 1


def test_rows_of_a_table_in_a_letter_are_items_by_the_kept_columns(box: Source, server: MailServer) -> None:
    from guanlan.desk.sources.mappings import mapping_keep
    from tests.desk.conftest import person

    monitor = person("monitor", box.unit, "monitor")
    mapping_keep(
        source=box, columns=["甲", "乙"], mapping={"甲": "title", "乙": "body"}, actor=monitor, now=NOW
    )
    more = 'Content-Disposition: attachment; filename="sheet.csv"\r\n'
    server.put(letter("今日台账", TABLE, more=more))
    run = collect()
    assert KeptMapping.objects.count() == 1
    assert "五楼没有水" in set(Document.objects.values_list("title", flat=True))
    assert run.fetched == 2


def test_a_wrong_password_is_told_and_asked_seldom(
    box: Source, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANLAN_MAILBOX_LETTERS", "old")
    run = collect()
    assert (run.state, run.last_error) == (RunState.FAILED, "login")
    box.refresh_from_db()
    assert box.next_action_at is not None
    assert box.next_action_at >= NOW + timedelta(hours=1)
    assert (box.failures, box.last_success_at) == (1, None)


def test_without_a_password_nobody_is_called(
    box: Source, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GUANLAN_MAILBOX_LETTERS")
    assert collect().last_error == "no_password"
    monkeypatch.setenv("GUANLAN_MAILBOX_LETTERS_FILE", "/no/such/file")
    Source.objects.update(next_action_at=NOW + LATER)
    assert collect(NOW + LATER).last_error == "no_password"
    assert server.said == []


def test_a_password_may_lie_in_a_file(
    box: Source, server: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "secret").write_text(server.password + "\n")
    monkeypatch.delenv("GUANLAN_MAILBOX_LETTERS")
    monkeypatch.setenv("GUANLAN_MAILBOX_LETTERS_FILE", str(tmp_path / "secret"))
    server.put(letter())
    assert collect().notes["new"] == 1


def test_a_mailbox_without_a_place_fails_and_says_so(box: Source) -> None:
    MailboxPlace.objects.all().delete()
    run = collect()
    assert run.state == RunState.FAILED


def test_the_setting_is_named_after_the_code() -> None:
    assert password_name("ju-zhang2") == "GUANLAN_MAILBOX_JU_ZHANG2"

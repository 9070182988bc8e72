"""The evidence pack: complete, checkable, and silent about who is not to be named."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document as WordFile

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import Link, append
from guanlan.desk.documents.evidence_models import Act, Look, Role, Screenshot
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.events.errors import ReasonNeeded
from guanlan.desk.events.evidence_pack import PackOptions, evidence_pack
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_add_documents, event_change
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import NotAllowed
from tests.desk.events.conftest import MakeEvent

pytestmark = pytest.mark.django_db
HANDLE = "云川小草莓"
PLAIN = "<html><script>alert(1)</script><p>食堂饭菜有异味</p></html>"
SIGNED = f"<html><p>{HANDLE}：孩子吃坏了肚子</p></html>"


@pytest.fixture
def event(
    make_event: MakeEvent, make_document: Callable[..., Document], people: dict[str, User], now: datetime
) -> Event:
    """Two captured pages, one of them signed, and a row without a page."""
    documents = [
        make_document(title="有异味", capture_id=kept(PLAIN, now), url="https://a.example/1", unit=_unit(people)),
        make_document(title=f"{HANDLE}说", text=f"{HANDLE}：吃坏了", author=HANDLE, capture_id=kept(SIGNED, now), unit=_unit(people)),
        make_document(title="一行表格\x07", unit=_unit(people)),
    ]  # fmt: skip
    found = make_event()
    event_change(event=found, actor=people["reviewer"], now=now, summary="三名学生腹泻")
    event_add_documents(event=found, documents=documents, actor=people["reviewer"], now=now)
    return found


def _unit(people: dict[str, User]) -> Any:
    return people["reviewer"].unit


def kept(page: str, now: datetime) -> str:
    row = captures.capture(page.encode(), now=now, charset="utf-8")
    record = captures.capture(b"WARC/1.0\r\n" + page.encode(), now=now)
    Capture.objects.bulk_create([row, record])
    append(
        [
            Link(row.sha256, row.size, url="https://a.example/1"),
            Link(record.sha256, record.size, Role.WARC, of=row.sha256),
        ],
        now=now,
    )
    return row.sha256


def opened(event: Event, actor: User | None, now: datetime, **options: Any) -> dict[str, bytes]:
    made = evidence_pack(event=event, options=PackOptions(**options), actor=actor, now=now)
    with made.file, zipfile.ZipFile(made.file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def everything(files: dict[str, bytes]) -> str:
    word = WordFile(io.BytesIO(files["index.docx"]))
    said = "\n".join(one.text for one in word.paragraphs)
    said += "\n".join(cell.text for table in word.tables for row in table.rows for cell in row.cells)
    return said + "\n".join(
        f"{name}\n{content.decode()}" for name, content in files.items() if name != "index.docx"
    )


def test_a_pack_holds_the_pages_as_received_and_their_records(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    files = opened(event, people["reviewer"], now)
    pages = {name: content for name, content in files.items() if name.startswith("captures/")}
    assert sorted(path.rpartition(".")[2] for path in pages) == ["txt", "warc"]
    assert PLAIN.encode() in pages.values()
    said = everything(files)
    for part in (
        "三名学生腹泻",
        "https://a.example/1",
        "云川论坛",
        hashlib.sha256(PLAIN.encode()).hexdigest(),
    ):
        assert part in said
    assert len([name for name in files if name.startswith("texts/")]) == 3


def test_the_hashes_are_those_that_sha256sum_checks(
    event: Event, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    for name, content in opened(event, people["reviewer"], now).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    ran = subprocess.run(
        ["sha256sum", "-c", "--strict", "hashes.txt"], cwd=tmp_path, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert b"captures/" in ran.stdout
    assert "第 1 条" in (tmp_path / "hashes.txt").read_text()


def test_the_viewer_runs_nothing(event: Event, people: dict[str, User], now: datetime) -> None:
    viewer = opened(event, people["reviewer"], now)["index.html"].decode()
    assert "<script" not in viewer
    assert "&lt;script&gt;alert(1)" in viewer


def test_handles_are_masked_and_originals_that_show_them_left_out(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    said = everything(opened(event, people["approver"], now))
    assert HANDLE not in said
    assert "云*" in said
    assert "原件含作者标识，未附" in said
    assert hashlib.sha256(SIGNED.encode()).hexdigest() in said


def test_an_approver_shows_handles_with_a_reason(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    approver = people["approver"]
    with pytest.raises(ReasonNeeded):
        evidence_pack(event=event, options=PackOptions(authors=True), actor=approver, now=now)
    files = opened(event, approver, now, authors=True, reason="移送公安机关")
    assert SIGNED.encode() in files.values()
    assert "移送公安机关" in everything(files)


@pytest.mark.parametrize("name", ["reviewer", "case_officer", None])
def test_nobody_else_shows_handles(
    event: Event, people: dict[str, User], now: datetime, name: str | None
) -> None:
    options = PackOptions(authors=True, reason="想看")
    with pytest.raises(NotAllowed):
        evidence_pack(event=event, options=options, actor=people[name] if name else None, now=now)


@pytest.mark.parametrize("name", ["monitor", "outsider", "water_officer", "auditor"])
def test_who_may_not_change_the_event_makes_no_pack(
    event: Event, people: dict[str, User], now: datetime, name: str
) -> None:
    with pytest.raises(NotAllowed):
        evidence_pack(event=event, options=PackOptions(), actor=people[name], now=now)
    assert not AuditEntry.objects.filter(action="event.evidence_exported").exists()


def test_who_took_what_is_audited_with_the_packs_own_hash(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    made = evidence_pack(event=event, options=PackOptions(records=False), actor=people["reviewer"], now=now)
    entry = AuditEntry.objects.get(action="event.evidence_exported")
    assert entry.data["sha256"] == made.sha256 == hashlib.sha256(made.file.read()).hexdigest()
    assert entry.data["parts"] == ["originals", "texts", "pictures"]
    assert (entry.data["documents"], entry.actor_id) == (3, people["reviewer"].pk)
    assert made.sha256 in event.timeline.get(code="evidence_exported").text


def test_only_what_was_ticked_goes_in(event: Event, people: dict[str, User], now: datetime) -> None:
    chosen = event.items.get(document__title="有异味").document_id
    files = opened(
        event, people["reviewer"], now, documents=frozenset({chosen}), originals=False, texts=False
    )
    assert sorted(files) == ["hashes.txt", "index.docx", "index.html"]
    assert "未选择附上" in everything(files)
    assert "孩子" not in everything(files)


def test_looks_and_what_changed_stand_in_the_index(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    document = event.items.get(document__title="有异味").document
    seen = kept(PLAIN.replace("异味", "香味"), now)
    Look.objects.create(
        document=document, at=now, seen="changed", capture_id=seen, added=["香味"], removed=["异味"]
    )
    Look.objects.create(document=document, at=now + timedelta(hours=5), seen="gone", reason="http_404")
    files = opened(event, people["reviewer"], now)
    said = everything(files)
    assert "已改动；增：香味；减：异味" in said
    assert "见其已删除（http_404）" in said
    assert sum("seen-" in name for name in files) == 2


def test_a_page_that_shows_the_handle_only_later_is_left_out_with_its_record(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    document = event.items.get(document__title="有异味").document
    Document.objects.filter(pk=document.pk).update(author=HANDLE)
    later = kept(PLAIN.replace("食堂", f"{HANDLE}：食堂"), now)
    Look.objects.create(document=document, at=now, seen="changed", capture_id=later)
    files = opened(event, people["reviewer"], now)
    assert not [name for name in files if "seen-" in name]
    assert not [name for name, content in files.items() if HANDLE.encode() in content]
    assert [name for name in files if name.endswith("-page.warc")]


def test_the_index_is_a4_with_a_table_of_contents_and_numbered_pages(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    word = WordFile(io.BytesIO(opened(event, people["reviewer"], now)["index.docx"]))
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert "NUMPAGES" in section.footer._element.xml
    contents = [[cell.text for cell in row.cells] for row in word.tables[1].rows]
    assert contents[0] == ["序号", "标题", "来源", "原件"]
    assert [row[3] for row in contents[1:]] == ["无页面", "原件含作者标识，未附", "已附"]
    for table in word.tables:
        widths = {sum(cell.width.mm for cell in row.cells) for row in table.rows}
        assert all(round(width) == 160 for width in widths)


def test_bytes_that_are_gone_are_said_to_be_gone(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    sha = hashlib.sha256(PLAIN.encode()).hexdigest()
    captures.path_of(sha).unlink()
    assert "文件缺失" in everything(opened(event, people["reviewer"], now))
    append([Link(sha, 1, act=Act.DROPPED, reason="off_topic 90 d")], now=now)
    assert "按保存期限规则清除（off_topic 90 d）" in everything(opened(event, people["reviewer"], now))


def picture(document: Document, now: datetime, **fields: Any) -> str:
    row = captures.capture(b"\x89PNG " + str(document.pk).encode(), now=now, media_type="image/png")
    Capture.objects.bulk_create([row])
    append([Link(row.sha256, row.size, Role.SCREEN, of=document.capture_id or "")], now=now)
    Screenshot.objects.create(
        document=document,
        url=document.url,
        site="a.example",
        asked_at=now,
        state="taken",
        capture=row,
        **fields,
    )
    return row.sha256


def test_screenshots_lie_in_the_pack_with_their_hashes_and_on_its_page(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    first, signed, row = [one.document for one in event.items.order_by("document_id")]
    sha256 = picture(first, now, cut=True)
    picture(signed, now)  # its page names the author, so its picture does
    Screenshot.objects.create(document=row, url="x", site="x", asked_at=now, state="gone", reason="http_404")
    files = opened(event, people["reviewer"], now)
    assert hashlib.sha256(files["captures/001-screenshot-1.png"]).hexdigest() == sha256
    assert not [name for name in files if name.startswith("captures/002")]
    page = files["index.html"].decode()
    assert 'src="captures/001-screenshot-1.png"' in page
    for words in (sha256, "页面未截全", "截图含作者标识，未附", "未取得（页面已不存在）"):
        assert words in page
    assert f"{sha256}  captures/001-screenshot-1.png" in files["hashes.txt"].decode()
    assert not [
        name for name in opened(event, people["reviewer"], now, pictures=False) if "screenshot" in name
    ]


def test_a_picture_on_which_the_author_was_seen_later_needs_an_approver_and_a_reason(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    first = event.items.order_by("document_id")[0].document
    Document.objects.filter(pk=first.pk).update(author="别名")
    picture(first, now, shows_author=True)
    assert "captures/001-screenshot-1.png" not in opened(event, people["reviewer"], now)
    files = opened(event, people["approver"], now, authors=True, reason="移送公安")
    assert "captures/001-screenshot-1.png" in files


def test_a_picture_that_a_rule_dropped_is_said_to_be_gone(
    event: Event, people: dict[str, User], now: datetime
) -> None:
    first = event.items.order_by("document_id")[0].document
    sha256 = picture(first, now)
    append([Link(sha256, 8, Role.SCREEN, Act.DROPPED, reason="stored 1 d")], now=now)
    captures.path_of(sha256).unlink()
    assert "captures/001-screenshot-1.png" not in opened(event, people["reviewer"], now)

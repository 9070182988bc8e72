"""The evidence pack of an event (F-EVID-5): what was said where and when, with the bytes, for a publisher, a
superior or a legal body. Who made one, and of what, is audited with the pack's own SHA-256.

Handles of authors are masked. An original that shows a handle cannot be masked and stay an original, so it is
left out, its SHA-256 named, unless an approver wrote down why handles are needed.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.collect.evidence import Exhibit, viewer_page
from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.documents import captures, evidence_chain
from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Look, Role
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.screenshots import pictures_of, screenshot_of
from guanlan.desk.documents.time_stamps import stamp_soon
from guanlan.desk.events.errors import ReasonNeeded
from guanlan.desk.events.evidence_index import Index, IndexRow, index_file
from guanlan.desk.events.excerpts import excerpts_of
from guanlan.desk.events.history import note
from guanlan.desk.events.models import Event
from guanlan.desk.events.stamp_exhibits import add_stamps
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import require

#: Documents of one pack, the first to come first; how many were left out stands in the index.
MOST_DOCUMENTS = 300
#: Bytes of originals in one pack; what is more is named by its SHA-256 only.
MOST_BYTES = 400 * 1024 * 1024
#: Kept in memory until larger.
IN_MEMORY = 16 * 1024 * 1024
SHOT_WORDS = {
    "": "等待带浏览器的采集进程",
    "taken": "已取得",
    "refused": "网站或安全规则不允许",
    "gone": "页面已不存在",
    "failed": "截取失败",
    "ended": "事件先行办结",
}
SEEN_WORDS = {"unchanged": "未变", "changed": "已改动", "gone": "见其已删除", "unreachable": "无法访问"}


@dataclass(frozen=True, slots=True)
class PackOptions:
    """What goes in. ``documents`` are ids, None for all; ``authors`` shows handles and needs ``reason``."""

    documents: frozenset[int] | None = None
    originals: bool = True
    records: bool = True
    texts: bool = True
    pictures: bool = True
    authors: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A ZIP file, at its beginning, with its name and its own SHA-256."""

    name: str
    file: IO[bytes]
    sha256: str
    documents: int


@dataclass(slots=True)
class _Paper:
    """The ZIP under way: what was written, by SHA-256, and what may still be."""

    archive: zipfile.ZipFile
    event: Event
    options: PackOptions
    hashes: list[tuple[str, str]]
    positions: list[str]
    room: int = MOST_BYTES

    def add(self, path: str, content: bytes) -> str:
        self.archive.writestr(path, content)
        digest = hashlib.sha256(content).hexdigest()
        self.hashes.append((digest, path))
        return digest


def evidence_pack(*, event: Event, options: PackOptions, actor: User | None, now: datetime) -> Pack:
    """Make a pack; None acts for who keeps the machine. Raises NotAllowed, ReasonNeeded.

    The file is complete before the act is recorded: a pack that could not be written was not handed out.
    """
    if actor is not None:
        require(actor, "event", event)
    if options.authors:
        require(actor, "close", event)  # an approver's decision
        if not options.reason.strip():
            raise ReasonNeeded("evidence_authors")
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    count = _write(file, event, options, now)
    digest = _digest(file)
    facts = {
        "sha256": digest,
        "documents": count,
        "chosen": sorted(options.documents) if options.documents is not None else None,
        "parts": [name for name in ("originals", "records", "texts", "pictures") if getattr(options, name)],
        "authors": options.authors,
        "reason": options.reason.strip()[:500],
        "chain": evidence_chain.head()[1],
    }
    stamp_soon(now=now)  # what this pack could not show yet, the next one can
    with transaction.atomic():
        note(event, "evidence_exported", at=now, by=actor, text=f"SHA-256 {digest}")
        record("event.evidence_exported", actor=actor, now=now, target=event, **facts)
    return Pack(f"{event.code}-{event.year}-evidence.zip", file, digest, count)


def documents_of(event: Event) -> list[Document]:
    """Documents that a pack can hold, the first to come first."""
    rows = Document.objects.filter(event_items__event=event).select_related("source", "capture", "screenshot")
    return list(rows.defer("signature", "original_text").order_by("pk")[:MOST_DOCUMENTS])


def masked(text: str, author: str) -> str:
    """``text`` with the author's handle as the desk's pages show it: the first character and a star."""
    handle = author.strip()
    return text.replace(handle, f"{handle[0]}*") if handle else text


def _digest(file: IO[bytes]) -> str:
    """SHA-256 of the whole file, which is at its beginning afterwards."""
    file.seek(0)
    digest = hashlib.sha256()
    for part in iter(lambda: file.read(1 << 20), b""):
        digest.update(part)
    file.seek(0)
    return digest.hexdigest()


def _write(file: IO[bytes], event: Event, options: PackOptions, now: datetime) -> int:
    chosen = [one for one in documents_of(event) if options.documents is None or one.pk in options.documents]
    total = event.items.count()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        paper = _Paper(archive, event, options, [], [])
        exhibits = [_exhibit(paper, number, one) for number, one in enumerate(chosen, start=1)]
        position, head = evidence_chain.head()
        facts = (
            ("事件", f"{event.code}（{event.year}）{event.title}"),
            ("单位", event.unit.name),
            ("事实说明", event.summary or "（未填写）"),
            ("导出时间", _moment(now)),
            ("收录", f"{len(exhibits)} 条，事件共 {total} 条"),
            ("作者标识", f"已显示，理由：{options.reason.strip()}" if options.authors else "已遮蔽"),
            ("存证链", f"至第 {position} 条"),
            ("链首", head),
            (
                "时间戳",
                add_stamps(paper.add, _captures(chosen), dict(paper.hashes)),
            ),
        )
        rows = [IndexRow(one.title, one.facts, one.text) for one in exhibits]
        paper.add("index.docx", index_file(Index(f"证据包 {event.code}", facts, tuple(rows)), now))
        paper.add("index.html", viewer_page(f"证据包 {event.code}", facts, exhibits).encode())
        archive.writestr("hashes.txt", _hashes(paper, position, head))
    return len(exhibits)


def _captures(documents: list[Document]) -> set[str]:
    """SHA-256 of everything kept of these: pages, pages as seen again, WARC records of both, pictures."""
    pages = {one.capture_id for one in documents if one.capture_id}
    looks = Look.objects.filter(document__in=documents, capture__isnull=False)
    pages |= set(looks.values_list("capture", flat=True))
    records = CaptureEntry.objects.filter(of__in=pages, act=Act.KEPT)
    pictures = {picture.sha256 for one in documents for picture in pictures_of(one)}
    return pages | pictures | set(records.values_list("sha256", flat=True))


def _exhibit(paper: _Paper, number: int, document: Document) -> Exhibit:
    shown = paper.options.authors
    author = "" if shown else document.author
    text = masked(document.text, author)
    if paper.options.texts:
        paper.add(f"texts/{number:03}.txt", f"{masked(document.title, author)}\n\n{text}\n".encode())
    original, said = _originals(paper, number, document)
    pictures, taken = _pictures(paper, number, document)
    facts = [
        ("网址", document.url or "（无）"),
        ("来源", document.source.name),
        ("作者", (document.author if shown else masked(document.author, document.author)) or "（未见）"),
        ("发布时间", _moment(document.published_at) if document.published_at else "（页面未写明）"),
        ("发现时间", _moment(document.fetched_at)),
        *((("SHA-256", document.capture_id),) if document.capture_id else ()),
        ("原件", said),
        ("截图", taken),
        *(
            ("证据摘录", masked(one.text, author))
            for one in excerpts_of(paper.event).filter(document=document)
        ),
        *(("复查", _look(one, author)) for one in _looks(document)),
    ]
    return Exhibit(
        number, masked(document.title, author) or text[:40], tuple(facts), text, original, pictures
    )


def _originals(paper: _Paper, number: int, document: Document) -> tuple[str, str]:
    """Write the page, its WARC record and the page as seen again; (source to show, what was done)."""
    if document.capture_id is None:
        return "", "无页面（由表格或人工录入）"
    if not paper.options.originals:
        return "", "未选择附上"
    try:
        content = captures.read(document.capture_id)
    except captures.CaptureMissing:
        return "", _why_missing(document.capture_id)
    source = _text(content, document)
    if _shows(source, document, paper.options):
        return "", "原件含作者标识，未附；经批准并写明理由后可附"
    if len(content) > paper.room:
        return "", "证据包已满，未附"
    for path, sha256 in _files(paper, number, document):
        _add_capture(paper, path, sha256)
    return source, "已附"


def _files(paper: _Paper, number: int, document: Document) -> Iterator[tuple[str, str]]:
    """(path, SHA-256) of everything kept of one document."""
    pages = [("page", str(document.capture_id))]
    pages += [
        (f"seen-{one.at:%Y%m%dT%H%M}", str(one.capture_id)) for one in _looks(document) if one.capture_id
    ]
    for name, sha256 in pages:
        if _hides(sha256, document, paper.options):
            continue  # its record holds the same page
        yield f"captures/{number:03}-{name}.html.txt", sha256
        if paper.options.records:
            found = CaptureEntry.objects.filter(of=sha256, role=Role.WARC, act=Act.KEPT, url=document.url)
            found = found or CaptureEntry.objects.filter(of=sha256, role=Role.WARC, act=Act.KEPT)
            record_of = found.order_by("id").values_list("sha256", flat=True).first()
            if record_of:
                yield f"captures/{number:03}-{name}.warc", record_of


def _pictures(paper: _Paper, number: int, document: Document) -> tuple[tuple[tuple[str, str], ...], str]:
    """Write its screenshots: (path, words) of each, and what was done. A picture cannot be masked."""
    taken = pictures_of(document)
    if not taken:
        row = screenshot_of(document)
        return (), f"未取得（{SHOT_WORDS[row.state]}）" if row is not None else "无"
    if not paper.options.pictures:
        return (), "未选择附上"
    if not paper.options.authors and _picture_shows(document):
        return (), "截图含作者标识，未附；经批准并写明理由后可附"
    shown = []
    for at, one in enumerate(taken, start=1):
        path = f"captures/{number:03}-screenshot-{at}.png"
        if _add_capture(paper, path, one.sha256):
            words = "（页面未截全）" if one.cut else ""
            shown.append((path, f"{_moment(one.at)}{words}　SHA-256 {one.sha256}"))
    return tuple(shown), "；".join(words for _, words in shown) or "文件已按规则清除或缺失"


def _picture_shows(document: Document) -> bool:
    """Whether the author's handle stood on the page when a picture of it was taken."""
    row = screenshot_of(document)
    handle = document.author.strip()
    if row is not None and row.shows_author:
        return True
    try:
        return bool(handle and document.capture_id) and handle in _text(
            captures.read(document.capture_id or ""), document
        )
    except captures.CaptureMissing:
        return bool(handle)  # what cannot be looked at is not handed out


def _add_capture(paper: _Paper, path: str, sha256: str) -> bool:
    """Whether it was written."""
    try:
        content = captures.read(sha256)
    except captures.CaptureMissing:
        return False
    if len(content) > paper.room:
        return False
    paper.room -= len(content)
    paper.add(path, content)
    links = CaptureEntry.objects.filter(sha256=sha256, act=Act.KEPT).order_by("id").values_list("id", "at")
    paper.positions += [f"# {path}: 第 {position} 条，{_moment(at)}" for position, at in links[:3]]
    return True


def _hides(sha256: str, document: Document, options: PackOptions) -> bool:
    """Whether a page must stay out for the handle it shows."""
    try:
        return _shows(_text(captures.read(sha256), document), document, options)
    except captures.CaptureMissing:
        return False


def _shows(source: str, document: Document, options: PackOptions) -> bool:
    handle = document.author.strip()
    return bool(handle) and not options.authors and handle in source


def _text(content: bytes, document: Document) -> str:
    declared = document.capture.charset if document.capture else ""
    try:
        return decode(content, declared or None).text
    except Unreadable:
        return content.decode("utf-8", errors="replace")


def _why_missing(sha256: str) -> str:
    last = CaptureEntry.objects.filter(sha256=sha256).order_by("-id").first()
    if last is not None and last.act == Act.DROPPED:
        return f"{_moment(last.at)} 按保存期限规则清除（{last.reason}）"
    return "文件缺失，须核对存证链"


def _looks(document: Document) -> list[Look]:
    return list(document.looks.order_by("id"))


def _look(one: Look, author: str) -> str:
    words = SEEN_WORDS[one.seen] + (f"（{one.reason}）" if one.reason else "")
    lines = [f"增：{line}" for line in one.added[:5]] + [f"减：{line}" for line in one.removed[:5]]
    return masked("；".join([f"{_moment(one.at)} {words}", *lines]), author)


def _hashes(paper: _Paper, position: int, head: str) -> str:
    """As ``sha256sum -c`` reads it; it passes over lines that begin with #."""
    lines = [f"# 存证链至第 {position} 条：{head}", *paper.positions]
    return "\n".join([*lines, *(f"{digest}  {path}" for digest, path in paper.hashes)]) + "\n"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(DISPLAY_ZONE):%Y-%m-%d %H:%M:%S}（北京时间）"


def options_of(data: Any, ids: frozenset[int] | None) -> PackOptions:
    """Options from what a form or a command line gave, by name."""
    given = {name: bool(data.get(name)) for name in ("originals", "records", "texts", "pictures", "authors")}
    return PackOptions(documents=ids, reason=str(data.get("reason") or "")[:500], **given)

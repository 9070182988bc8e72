"""Evidence of what was collected, and looks at the same pages later."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from guanlan.collect.loopback import Asked, Loopback, Reply
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import verify
from guanlan.desk.documents.evidence_models import CaptureEntry, Look, Revisit, Seen
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.revisits import SCHEDULE, next_look
from guanlan.desk.events.evidence import evidence_state, revisits_follow_events
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_close, event_create, event_reopen, grade_confirm
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import Address, AddressState, Source
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting.conftest import AddSource
from tests.desk.pipeline.collecting.test_collecting import collect
from tests.site.pages import ARTICLES, page

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def collected(add_source: AddSource) -> Document:
    """The first article, collected with its neighbours."""
    add_source("/list", "list")
    collect()
    Source.objects.update(next_action_at=None)  # looks alone from here on
    return Document.objects.get(url__endswith="/news/1.html")


@pytest.fixture
def event(collected: Document, body: Unit, people: dict[str, User]) -> Event:
    found = event_create(title="停水", unit=body, actor=people["reviewer"], now=NOW, documents=[collected])
    revisits_follow_events(now=NOW)
    return found


def answer_with(server: Loopback, monkeypatch: pytest.MonkeyPatch, reply: Callable[[], Reply]) -> None:
    """From now on the first article's page is another one."""
    usual = server._handler

    def handle(asked: Asked) -> Any:
        return reply() if asked.path == "/news/1.html" else usual(asked)

    monkeypatch.setattr(server, "_handler", handle)


def last_look() -> Look:
    return Look.objects.select_related("capture").latest("id")


def test_a_collected_article_is_kept_with_its_warc_record_in_the_chain(collected: Document) -> None:
    assert collected.capture_id is not None
    record = CaptureEntry.objects.get(role="warc", of=collected.capture_id)
    assert record.url == collected.url
    assert record.source_id == collected.source_id
    found = {one.rec_type: one.content_stream().read() for one in ArchiveIterator(_warc(record.sha256))}
    assert captures.read(collected.capture_id) == found["response"]
    good, faults = verify()
    assert list(faults) == []
    assert good == 2 * Intake.objects.count()


def test_looks_come_by_a_falling_schedule() -> None:
    assert next_look(NOW, NOW) == NOW + HOUR
    assert next_look(NOW, NOW + HOUR) == NOW + timedelta(hours=6)
    assert next_look(NOW, NOW + timedelta(days=8)) == NOW + timedelta(days=14)
    assert next_look(NOW, NOW + SCHEDULE[-1]) is None


def test_a_page_that_stays_is_said_to_be_unchanged_and_not_kept_again(event: Event, server: Loopback) -> None:
    links = CaptureEntry.objects.count()
    collect(at=NOW + HOUR)
    assert (last_look().seen, last_look().capture) == (Seen.UNCHANGED, None)
    assert server.times("/news/1.html") == 2
    assert CaptureEntry.objects.count() == links
    row = Revisit.objects.get()
    assert (row.seen, row.next_action_at) == (Seen.UNCHANGED, NOW + timedelta(hours=6))


def test_a_changed_page_is_kept_beside_the_old_one_with_its_difference(
    event: Event, collected: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, body = ARTICLES[1]
    monkeypatch.setitem(ARTICLES, 1, (title, body.replace("送水车", "消防车")))
    collect(at=NOW + HOUR)
    look = last_look()
    assert look.seen == Seen.CHANGED
    assert look.capture_id not in (None, collected.capture_id)
    assert "消防车" in "".join(look.added)
    assert "送水车" in "".join(look.removed)
    assert "消防车".encode() in captures.read(look.capture_id or "")
    assert "送水车".encode() in captures.read(collected.capture_id or "")
    assert CaptureEntry.objects.filter(of=look.capture_id or "", role="warc").count() == 1
    assert list(verify()[1]) == []
    collect(at=NOW + timedelta(hours=6))
    assert last_look().seen == Seen.UNCHANGED  # since the last look, not since the first capture


def test_a_page_that_is_gone_is_logged_once(
    event: Event, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(server, monkeypatch, lambda: Reply(b"gone", status=404))
    collect(at=NOW + HOUR)
    collect(at=NOW + timedelta(hours=6))
    assert list(Look.objects.values_list("seen", "reason")) == [(Seen.GONE, "http_404")] * 2
    assert event.timeline.filter(code="page_gone").count() == 1
    assert AuditEntry.objects.filter(action="document.seen_removed").count() == 1
    state = evidence_state(event)
    assert (state.pages, state.looked_at, dict(state.by_seen)) == (1, 1, {"gone": 1})
    assert len(state.news) == 2


def test_a_page_that_cannot_be_had_is_tried_again_before_it_is_said(
    event: Event, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(server, monkeypatch, lambda: Reply(b"", status=500))
    at = NOW + HOUR
    collect(at=at)
    assert not Look.objects.exists()
    for minutes in (2, 10):
        collect(at=at + timedelta(minutes=minutes))
    assert (last_look().seen, last_look().reason) == (Seen.UNREACHABLE, "http_500")
    row = Revisit.objects.get()
    assert (row.next_action_at, row.attempts) == (NOW + timedelta(hours=6), 0)


def test_looks_end_with_the_event_and_go_on_when_it_is_opened_again(
    event: Event, server: Loopback, people: dict[str, User]
) -> None:
    approver = people["approver"]
    grade_confirm(event=event, level="III", reason="已核", actor=approver, now=NOW)
    event.refresh_from_db()
    event_close(event=event, reason="办结", actor=approver, now=NOW)
    revisits_follow_events(now=NOW)
    collect(at=NOW + HOUR)
    assert server.times("/news/1.html") == 1
    event_reopen(event=event, reason="又起", actor=approver, now=NOW + HOUR)
    revisits_follow_events(now=NOW + 2 * HOUR)
    assert Revisit.objects.get().next_action_at == NOW + timedelta(hours=6)


def test_what_was_imported_is_not_asked_for_over_the_network(
    body: Unit, people: dict[str, User], make_document: Callable[..., Document]
) -> None:
    document = make_document(url="https://a.example/1")
    event_create(title="导入的", unit=body, actor=people["reviewer"], now=NOW, documents=[document])
    assert revisits_follow_events(now=NOW) == 0


def test_robots_hold_for_a_look_too(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    Revisit.objects.update(url=Revisit.objects.get().url.replace("/news/1", "/private/a"))
    collect(at=NOW + HOUR)
    assert (last_look().seen, last_look().reason) == (Seen.UNREACHABLE, "robots")


def test_a_full_disk_loses_nothing(
    add_source: AddSource, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def full(path: Any, content: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    add_source("/list", "list")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", full)
        collect()
    assert not Intake.objects.exists()
    assert not CaptureEntry.objects.exists()
    assert [path for path in settings.CAPTURE_ROOT.rglob("*") if path.is_file()] == []
    waiting = Address.objects.filter(state=AddressState.WAITING, next_action_at__isnull=False)
    assert waiting.count() == 4
    collect(at=NOW + HOUR / 2)
    assert Intake.objects.count() == 4
    assert list(verify()[1]) == []


def _warc(sha256: str) -> BytesIO:
    return BytesIO(captures.read(sha256))


def test_a_change_of_figures_alone_is_a_change(
    event: Event, server: Loopback, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    title, body = ARTICLES[1]
    changed = page(title, body.replace("十八时", "二十时"), 1)
    answer_with(server, monkeypatch, lambda: Reply(changed.encode(), headers={"Content-Type": "text/html"}))
    collect(at=now + HOUR)
    assert last_look().seen == Seen.CHANGED

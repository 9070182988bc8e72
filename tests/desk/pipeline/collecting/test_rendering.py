"""Sources whose pages a script writes: read in a browser, kept as such, and never lost where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from guanlan.collect.browser import Rendered, Renderer
from guanlan.collect.errors import GuardRefused, Unreachable
from guanlan.collect.loopback import Asked, Loopback, Reply
from guanlan.collect.net import Answer
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import verify
from guanlan.desk.documents.evidence_models import (
    CaptureEntry,
    Look,
    Revisit,
    Role,
    Screenshot,
    Seen,
    ShotState,
)
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.retention import captures_drop_due
from guanlan.desk.events.grading import grade_confirm
from guanlan.desk.events.models import Event
from guanlan.desk.events.screenshots import screenshots_follow_events
from guanlan.desk.events.services import event_close, event_create, event_reopen
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.collecting import rendering
from guanlan.desk.pipeline.collecting.claims import PATIENCE, Rendering, claim
from guanlan.desk.sources.health import Health
from guanlan.desk.sources.models import Address, AddressState, RunState, Source
from guanlan.desk.sources.selectors import health_of
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting.conftest import AddSource
from tests.desk.pipeline.collecting.test_collecting import collect
from tests.site.pages import ARTICLES

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n and the picture of "
"""A stand-in for chromium: what it makes of a page is what a script would; the real one has its own tests."""


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[dict[str, Any]]:
    """A browser that writes into a page what ``wrote`` says, or ``fails`` with an error."""
    kept: dict[str, Any] = {"wrote": "", "fails": None, "rendered": [], "picture": True}

    async def wake(_self: Renderer) -> None:
        if kept["fails"] is not None:
            raise kept["fails"]

    async def render(_self: Renderer, answer: Answer, _hop: object, *, picture: bool = True) -> Rendered:
        kept["rendered"].append(answer.url)
        html = b"\xef\xbb\xbf" + answer.body.replace(b"</body>", f"{kept['wrote']}</body>".encode())
        shown = PNG + answer.url.encode() if picture and kept["picture"] else b""
        return Rendered(answer, answer.url, html, shown, NOW, 1.0, 3, 0, 100, "Chromium 1.0")

    monkeypatch.setattr(Renderer, "wake", wake)
    monkeypatch.setattr(Renderer, "render", render)
    monkeypatch.setattr(rendering, "chromium", lambda: rendering.Chromium("/bin/true"))
    yield kept


@pytest.fixture
def no_browser(settings: Any) -> None:
    settings.CHROMIUM = "off"


def shell(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is empty until a script has run."""
    usual = server._handler

    def handle(asked: Asked) -> Any:
        if asked.path == "/shell":
            return Reply(
                b"<html><title>x</title><body><script src=/app.js></script></body></html>",
                headers={"Content-Type": "text/html"},
            )
        return usual(asked)

    monkeypatch.setattr(server, "_handler", handle)


def links() -> str:
    return "".join(f"<a href=/news/{n}.html>{title}</a><br>" for n, (title, _) in list(ARTICLES.items())[:4])


def test_a_list_that_a_script_writes_is_read_in_a_browser_and_its_articles_too(
    add_source: AddSource, server: Loopback, browser: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell(server, monkeypatch)
    browser["wrote"] = links()
    source = add_source("/shell", "list", options={"render": True})
    (run,) = collect()
    assert (run.state, run.notes["named"]) == (RunState.DONE, 4)
    assert run.fetched == run.stored + run.duplicate + run.off_topic + run.rejected + run.quarantined == 4
    assert browser["rendered"][0] == f"{server.url}/shell"
    assert len(browser["rendered"]) == 5
    document = Document.objects.filter(source=source).order_by("pk")[0]
    assert captures.read(document.capture_id or "").startswith(b"\xef\xbb\xbf")
    entries = {one.role: one for one in CaptureEntry.objects.filter(url=document.url)}
    assert set(entries) == {Role.RENDERED, Role.WARC, Role.SCREEN}
    assert entries[Role.SCREEN].of == entries[Role.WARC].of == document.capture_id
    assert captures.read(entries[Role.SCREEN].sha256) == PNG + document.url.encode()
    records = {
        one.rec_type: (one.rec_headers, one.content_stream().read())
        for one in ArchiveIterator(BytesIO(captures.read(entries[Role.WARC].sha256)))
    }
    assert records["response"][1] != records["conversion"][1] == captures.read(document.capture_id or "")
    headers = records["conversion"][0]
    assert headers.get_header("WARC-Rendered-By") == "Chromium 1.0"
    assert headers.get_header("WARC-Refers-To") == records["response"][0].get_header("WARC-Record-ID")
    assert headers.get_header("WARC-Screenshot-Digest") == f"sha256:{entries[Role.SCREEN].sha256}"
    assert list(verify()[1]) == []


def test_of_a_feed_only_the_articles_are_rendered_and_other_sources_are_not(
    add_source: AddSource, browser: dict[str, Any], server: Loopback
) -> None:
    add_source("/feed.xml", "feed", options={"render": True})
    add_source("/list", "list", code="plain")
    collect()
    assert browser["rendered"]
    assert all("/news/" in url for url in browser["rendered"])


def test_a_watched_page_is_compared_as_rendered(
    add_source: AddSource, server: Loopback, browser: dict[str, Any]
) -> None:
    source = add_source("/news/1.html", "page", options={"render": True})
    collect()
    browser["wrote"] = "<p>今日十五时起城东片区分批恢复供水，请居民放水数分钟后使用。</p>"
    collect(at=NOW + 2 * HOUR)
    source.refresh_from_db()
    assert any("恢复供水" in line for line in source.options["lines"])
    assert server.asked[-1].headers.get("if-none-match") is None  # an empty page never changes


def test_without_a_browser_the_source_says_so_and_nothing_is_asked_or_lost(
    add_source: AddSource, server: Loopback, no_browser: None
) -> None:
    source = add_source("/list", "list", options={"render": True})
    (run,) = collect()
    source.refresh_from_db()
    assert (run.state, source.last_error, source.failures) == (RunState.FAILED, "no_browser", 1)
    assert server.asked == []
    for hours in range(1, 3):
        collect(at=NOW + hours * HOUR)
    source.refresh_from_db()
    assert source.next_action_at is not None
    assert source.next_action_at <= NOW + 3 * HOUR  # no longer and longer waits: nobody was asked
    assert health_of(source, NOW + 3 * HOUR) == Health.FAILING


def test_articles_wait_for_a_browser_without_losing_tries(
    add_source: AddSource, server: Loopback, browser: dict[str, Any], settings: Any
) -> None:
    from guanlan.collect.errors import NoBrowser

    source = add_source("/feed.xml", "feed", options={"render": True})
    browser["fails"] = NoBrowser("it does not start")
    for hours in range(3):
        collect(at=NOW + hours * HOUR)
    waiting = Address.objects.filter(source=source, state=AddressState.WAITING)
    assert waiting.count() == 8
    assert set(waiting.values_list("attempts", "last_error")) == {(0, "no_browser")}
    browser["fails"] = None
    collect(at=NOW + 9 * HOUR)
    assert not waiting.exists()


def test_a_collector_without_a_browser_leaves_rendered_sources_to_others_for_a_while(
    add_source: AddSource, settings: Any
) -> None:
    add_source("/list", "list", options={"render": True})
    add_source("/feed.xml", "feed")
    soon, late = NOW + PATIENCE / 2, NOW + 2 * PATIENCE
    assert [job.method for job in claim(soon, 10, None, Rendering(room=5))] == ["feed"]
    (mine,) = claim(soon, 10, None, Rendering(browser=True, room=5))
    assert mine.render
    Source.objects.filter(code="list").update(next_action_at=NOW)
    assert [job.render for job in claim(late, 10, None, Rendering(browser=True, room=0))] == []
    assert [job.render for job in claim(late, 10, None, Rendering(room=5))] == [True]


def test_no_more_pages_are_taken_than_can_be_rendered(add_source: AddSource, server: Loopback) -> None:
    for number in range(6):
        add_source(f"/list?{number}", "list", code=f"s{number}", options={"render": True})
    add_source("/feed.xml", "feed")
    jobs = claim(NOW, 20, None, Rendering(browser=True, room=2))
    assert sorted(job.render for job in jobs) == [False, True, True]


@pytest.fixture
def event(add_source: AddSource, body: Unit, people: dict[str, User]) -> Event:
    add_source("/list", "list")
    collect()
    Source.objects.update(next_action_at=None)
    Revisit.objects.all().delete()
    found = Document.objects.get(url__endswith="/news/1.html")
    made = event_create(title="停水", unit=body, actor=people["reviewer"], now=NOW, documents=[found])
    assert screenshots_follow_events(now=NOW) == 1
    assert screenshots_follow_events(now=NOW) == 0
    return made


def test_pages_of_an_event_are_photographed_once(event: Event, browser: dict[str, Any]) -> None:
    collect(at=NOW + HOUR)
    row = Screenshot.objects.get()
    assert (row.state, row.reason, row.ended_at, row.next_action_at) == (
        ShotState.TAKEN,
        "",
        NOW + HOUR,
        None,
    )
    assert row.capture is not None
    assert captures.read(row.capture.sha256) == PNG + row.url.encode()
    assert row.capture.media_type == "image/png"
    entry = CaptureEntry.objects.get(role=Role.SCREEN)
    assert (entry.sha256, entry.of, entry.url) == (row.capture_id, row.document.capture_id, row.url)
    assert list(verify()[1]) == []
    collect(at=NOW + 2 * HOUR)
    assert len(browser["rendered"]) == 1


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        (Reply(status=404), ShotState.GONE, "http_404"),
        (Reply(status=403), ShotState.FAILED, "http_403"),
        (Reply(status=500), ShotState.FAILED, "http_500"),
        (Reply(b"%PDF-1.4", headers={"Content-Type": "application/pdf"}), ShotState.FAILED, "no_picture"),
    ],
)
def test_a_screenshot_that_cannot_be_taken_ends_in_one_outcome(
    event: Event, browser: dict[str, Any], server: Loopback, monkeypatch: pytest.MonkeyPatch,
    reply: Reply, state: str, reason: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(
        server, "_handler", lambda asked: Reply(status=404) if "robots" in asked.path else reply
    )
    for hours in range(1, 4):
        collect(at=NOW + hours * HOUR)
    row = Screenshot.objects.get()
    assert (row.state, row.reason, row.next_action_at, row.capture) == (state, reason, None, None)


def test_refusals_of_robots_and_guard_are_named(
    event: Event, browser: dict[str, Any], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.COLLECT_INNER_HOSTS = []
    collect(at=NOW + HOUR)
    row = Screenshot.objects.get()
    assert (row.state, row.reason) in {(ShotState.REFUSED, "inside"), (ShotState.REFUSED, "port")}


def test_without_a_browser_a_screenshot_waits_and_is_taken_later(
    event: Event, server: Loopback, no_browser: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = len(server.asked)
    collect(at=NOW + HOUR)
    row = Screenshot.objects.get()
    assert (row.state, row.attempts, row.next_action_at) == (ShotState.WAITING, 0, NOW)
    assert len(server.asked) == asked


def test_a_browser_that_does_not_start_puts_it_off_without_counting(
    event: Event, browser: dict[str, Any]
) -> None:
    from guanlan.collect.errors import NoBrowser

    browser["fails"] = NoBrowser("sandbox")
    for hours in range(1, 3):
        collect(at=NOW + hours * HOUR)
    row = Screenshot.objects.get()
    assert (row.state, row.attempts, row.last_error) == (ShotState.WAITING, 0, "no_browser")
    browser["fails"] = None
    collect(at=NOW + 7 * HOUR)
    row.refresh_from_db()
    assert row.state == ShotState.TAKEN


def test_a_screenshot_is_not_taken_for_an_event_that_has_ended(
    event: Event, people: dict[str, User], browser: dict[str, Any]
) -> None:
    approver = people["approver"]
    grade_confirm(event=event, level="III", reason="已核", actor=approver, now=NOW)
    event.refresh_from_db()
    event_close(event=event, reason="办结", actor=approver, now=NOW)
    screenshots_follow_events(now=NOW + HOUR)
    row = Screenshot.objects.get()
    assert (row.state, row.next_action_at) == (ShotState.ENDED, None)
    event.refresh_from_db()
    event_reopen(event=event, reason="又有反映", actor=approver, now=NOW + HOUR)
    screenshots_follow_events(now=NOW + HOUR)
    row.refresh_from_db()
    assert (row.state, row.next_action_at, row.ended_at) == (ShotState.WAITING, NOW + HOUR, None)


def test_a_page_that_was_photographed_when_found_is_not_asked_for_again(
    add_source: AddSource, browser: dict[str, Any], body: Unit, people: dict[str, User]
) -> None:
    add_source("/list", "list", options={"render": True})
    collect()
    documents = list(Document.objects.all())
    event_create(title="停水", unit=body, actor=people["reviewer"], now=NOW, documents=documents)
    assert screenshots_follow_events(now=NOW) == 0
    rows = Screenshot.objects.select_related("capture")
    assert {(row.state, row.next_action_at) for row in rows} == {(ShotState.TAKEN, None)}
    assert all(row.capture and row.capture.media_type == "image/png" for row in rows)


def test_a_page_that_was_rendered_is_looked_at_again_rendered(
    add_source: AddSource, browser: dict[str, Any], body: Unit, people: dict[str, User]
) -> None:
    from guanlan.desk.events.evidence import revisits_follow_events

    browser["wrote"] = "<p>由脚本写出的一句话，说明供水恢复时间。</p>"
    add_source("/list", "list", options={"render": True})
    collect()
    Source.objects.update(next_action_at=None)
    found = Document.objects.get(url__endswith="/news/1.html")
    event_create(title="停水", unit=body, actor=people["reviewer"], now=NOW, documents=[found])
    revisits_follow_events(now=NOW)
    assert Revisit.objects.get().rendered
    collect(at=NOW + HOUR)
    assert Look.objects.get().seen == Seen.UNCHANGED
    browser["wrote"] = "<p>由脚本写出的另一句话，供水时间推迟。</p>"
    collect(at=NOW + 6 * HOUR)
    assert Look.objects.latest("id").seen == Seen.CHANGED


def test_a_page_that_a_browser_cannot_read_is_tried_again_then_rejected_with_its_reason(
    add_source: AddSource, browser: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_self: Renderer, answer: Answer, _hop: object, *, picture: bool = True) -> Rendered:
        raise Unreachable("render_timeout") if answer.url.endswith("1.html") else GuardRefused("inside")

    monkeypatch.setattr(Renderer, "render", hangs)
    add_source("/feed.xml", "feed", options={"render": True})
    for hours in range(5):
        collect(at=NOW + hours * HOUR)
    states = dict(Address.objects.values_list("reason", "state"))
    assert states == {"render_timeout": AddressState.GIVEN_UP, "inside": AddressState.REFUSED}


def test_a_picture_stays_as_long_as_the_event_needs_it(
    event: Event, browser: dict[str, Any], settings: Any, tmp_path: Any
) -> None:
    table = tmp_path / "table.json"
    table.write_text('{"name": "t", "days": {"off_topic": 1, "stored": 1}}')
    settings.RETENTION_TABLE = str(table)
    collect(at=NOW + HOUR)
    row = Screenshot.objects.get()
    assert row.capture_id is not None
    captures_drop_due(now=NOW + 9 * timedelta(days=1))
    assert captures.path_of(row.capture_id).exists()
    event.items.all().delete()
    captures_drop_due(now=NOW + 60 * timedelta(days=1))
    assert not captures.path_of(row.capture_id).exists()

"""The evidence of an event and of a document on their pages, and the pack that is taken along."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from guanlan.desk.alerts.services import alert_open
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import Link, append
from guanlan.desk.documents.evidence_models import Look, Revisit, Role, Screenshot
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.documents.stamp_models import Authority, TimeStamp
from guanlan.desk.events.excerpt_models import Excerpt
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def event(
    body: Unit, people: dict[str, User], make_document: Callable[..., Document], now: datetime
) -> Event:
    page = captures.capture(b"<p>water</p>", now=now)
    page.save()
    record = captures.capture(b"WARC/1.0", now=now)
    record.save()
    append([Link(page.sha256, 12), Link(record.sha256, 8, Role.WARC, of=page.sha256)], now=now)
    document = make_document(title="水黄", author="云川小草莓", capture=page, url="https://a.example/1")
    Revisit.objects.create(
        document=document, url=document.url, site="a.example", captured_at=now, seen="gone"
    )
    Look.objects.create(document=document, at=now, seen="changed", added=["<b>新</b>"], removed=["旧的一行"])
    Look.objects.create(document=document, at=now, seen="gone", reason="http_404")
    return event_create(title="自来水", unit=body, actor=people["reviewer"], now=now, documents=[document])


PNG = b"\x89PNG\r\n\x1a\n"


def photographed(document: Document, now: datetime, content: bytes = PNG) -> str:
    picture = captures.capture(content, now=now, media_type="image/png")
    picture.save()
    append([Link(picture.sha256, picture.size, Role.SCREEN, of=document.capture_id or "")], now=now)
    Screenshot.objects.create(
        document=document, url=document.url, site="a.example", asked_at=now, state="taken", capture=picture
    )
    return picture.sha256


def test_a_screenshot_is_shown_beside_the_document_and_the_event(
    event: Event, sign_in: SignIn, now: datetime
) -> None:
    document = document_of(event)
    sha256 = photographed(document, now)
    address = f"/documents/{document.pk}/screenshot/{sha256}/"
    client = sign_in("reviewer")
    assert f'src="{address}"' in client.get(f"/documents/{document.pk}/").content.decode()
    assert f'src="{address}"' in client.get(f"/events/{event.pk}/evidence/").content.decode()
    assert "Taken 1" in client.get(f"/events/{event.pk}/").content.decode()
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/png", PNG)
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "attachment" in client.get(f"{address}?as=file")["Content-Disposition"]


def test_a_screenshot_is_seen_by_those_who_see_the_document(
    event: Event, sign_in: SignIn, now: datetime, make_document: Callable[..., Document]
) -> None:
    sha256 = photographed(document_of(event), now)
    address = f"/documents/{document_of(event).pk}/screenshot/{sha256}/"
    other = make_document(title="别处", url="https://a.example/2")
    assert sign_in("monitor").get(address).status_code == 200  # a colleague
    assert sign_in("outsider").get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert sign_in("monitor").get(f"/documents/{other.pk}/screenshot/{sha256}/").status_code == 404
    assert sign_in("monitor").get(f"/documents/{other.pk}/screenshot/../../x/").status_code == 404
    captures.path_of(sha256).unlink()
    assert sign_in("monitor").get(address).status_code == 404


def test_why_there_is_no_screenshot_is_said(event: Event, sign_in: SignIn, now: datetime) -> None:
    document = document_of(event)
    row = Screenshot.objects.create(document=document, url=document.url, site="a.example", asked_at=now)
    client = sign_in("monitor")
    assert (
        "Waiting for a collector with a browser" in client.get(f"/documents/{document.pk}/").content.decode()
    )
    row.state, row.reason = "refused", "robots"
    row.save()
    for page in (f"/documents/{document.pk}/", f"/events/{event.pk}/"):
        assert "Refused: robots.txt or the guard" in client.get(page).content.decode()
    assert "robots.txt asks robots not to fetch" in client.get(f"/documents/{document.pk}/").content.decode()


def document_of(event: Event) -> Document:
    return event.items.get().document


def test_a_document_shows_its_link_its_record_and_what_was_seen_later(event: Event, sign_in: SignIn) -> None:
    said = sign_in("monitor").get(f"/documents/{document_of(event).pk}/").content.decode()
    for part in ("link 1", "with a WARC record", "Seen removed", "http_404", "旧的一行", "&lt;b&gt;新"):
        assert part in said
    assert "<b>新" not in said


def test_an_event_shows_what_was_seen_removed(event: Event, sign_in: SignIn) -> None:
    said = sign_in("monitor").get(f"/events/{event.pk}/").content.decode()
    assert "1 captured page" in said
    assert "Seen removed 1" in said


def test_a_pack_is_taken_along(event: Event, sign_in: SignIn) -> None:
    client = sign_in("reviewer")
    assert client.get(f"/events/{event.pk}/evidence/").status_code == 200
    ticked = {"documents": [document_of(event).pk], "originals": "1", "texts": "1"}
    answer = client.post(f"/events/{event.pk}/evidence/pack/", ticked)
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.getvalue())).namelist()
    assert "captures/001-page.html.txt" in names
    assert not any(name.endswith(".warc") for name in names)


def test_nothing_ticked_is_said(event: Event, sign_in: SignIn) -> None:
    answer = sign_in("reviewer").post(f"/events/{event.pk}/evidence/pack/", {})
    assert answer.status_code == 400
    assert "Tick at least one" in answer.content.decode()


def test_only_an_approver_is_offered_the_handles_and_must_say_why(event: Event, sign_in: SignIn) -> None:
    assert (
        "Why are they needed" not in sign_in("reviewer").get(f"/events/{event.pk}/evidence/").content.decode()
    )
    approver = sign_in("approver")
    assert "Why are they needed" in approver.get(f"/events/{event.pk}/evidence/").content.decode()
    ticked = {"documents": [document_of(event).pk], "authors": "1"}
    assert approver.post(f"/events/{event.pk}/evidence/pack/", ticked).status_code == 400
    refused = sign_in("case_officer").post(f"/events/{event.pk}/evidence/pack/", {**ticked, "reason": "x"})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("name", "status"), [("monitor", 403), ("auditor", 403), ("outsider", 404), ("water_officer", 404)]
)
def test_who_may_not_gets_neither_page_nor_pack(
    event: Event, sign_in: SignIn, name: str, status: int
) -> None:
    client = sign_in(name)
    assert client.get(f"/events/{event.pk}/evidence/").status_code == status
    ticked = {"documents": [document_of(event).pk]}
    assert client.post(f"/events/{event.pk}/evidence/pack/", ticked).status_code == status


def test_a_document_without_a_page_says_nothing_of_a_chain(
    make_document: Callable[..., Document], sign_in: SignIn
) -> None:
    assert Capture.objects.count() == 0
    said = sign_in("monitor").get(f"/documents/{make_document().pk}/").content.decode()
    assert "Chain of captures" not in said


def test_words_kept_as_proof_open_with_their_captured_page(event: Event, sign_in: SignIn) -> None:
    document = document_of(event)
    client, address = sign_in("reviewer"), f"/documents/{document.pk}/"
    assert "Keep an excerpt as proof" in client.get(address).content.decode()
    words = document.text[:8]
    answer = client.post(f"{address}excerpt/", {"event": event.pk, "text": words}, follow=True)
    said = answer.content.decode()
    assert f"Kept as proof for {event.code}." in said
    assert f"“{words}”" in said
    assert "The page as received" in said  # the capture stands beside it
    shown = client.get(f"/events/{event.pk}/").content.decode()
    assert f"“{words}”" in shown
    assert f"/documents/{document.pk}/?beside=1#excerpts" in shown
    row = Excerpt.objects.get()
    client.post(f"/events/{event.pk}/excerpts/{row.pk}/back/")
    assert f"“{words}”" not in client.get(f"/events/{event.pk}/").content.decode()


def test_words_that_do_not_stand_there_are_refused_in_a_sentence(event: Event, sign_in: SignIn) -> None:
    address = f"/documents/{document_of(event).pk}/excerpt/"
    answer = sign_in("reviewer").post(address, {"event": event.pk, "text": "没有说过的话"}, follow=True)
    assert "do not stand in the text" in answer.content.decode()
    assert not Excerpt.objects.exists()


def test_who_may_not_handle_the_event_is_offered_no_excerpt_and_keeps_none(
    event: Event, sign_in: SignIn
) -> None:
    address = f"/documents/{document_of(event).pk}/"
    for name, status in {"monitor": 403, "outsider": 404}.items():
        client = sign_in(name)
        assert "Keep an excerpt" not in client.get(address).content.decode()
        given = {"event": event.pk, "text": document_of(event).text[:5]}
        assert client.post(f"{address}excerpt/", given).status_code == status
    assert not Excerpt.objects.exists()


def test_each_step_opens_the_evidence_of_its_minute(event: Event, sign_in: SignIn) -> None:
    step = event.timeline.get(code="registered")
    address = f"/events/{event.pk}/evidence/at/{step.pk}/"
    client = sign_in("monitor")
    assert address in client.get(f"/events/{event.pk}/").content.decode()
    said = client.get(address).content.decode()
    assert "1 captured page of the event existed; the chain of captures had 2 links" in said
    assert document_of(event).capture_id[:12] in said  # type: ignore[index]
    assert "Seen removed" in said
    assert sign_in("outsider").get(address).status_code == 404


def test_the_pages_say_how_the_stamps_stand(
    event: Event, sign_in: SignIn, settings: Any, now: datetime
) -> None:
    client, address = sign_in("monitor"), f"/events/{event.pk}/"
    assert "Not stamped (time stamps are off)" in client.get(address).content.decode()
    settings.TIMESTAMP_URL = "https://tsa.example.cn/"
    assert "Not stamped yet" in client.get(address).content.decode()
    trusted = Authority.objects.create(pk="a" * 64, pem="")
    TimeStamp.objects.create(
        since=1, upto=2, audit=0, at=now, received_at=now, name="CN=Clock House,O=Clock", token=b"", authority=trusted
    )  # fmt: skip
    said = "Stamped by Clock House at 2026-11-23 10:00"
    assert said in client.get(address).content.decode()
    assert said in client.get(f"/documents/{document_of(event).pk}/").content.decode()


def test_a_late_stamp_is_told_with_its_cause(
    body: Unit, people: dict[str, User], sign_in: SignIn, now: datetime
) -> None:
    cause = {"stamp_since": now.isoformat(), "reason": "untrusted"}
    alert_open(
        unit=body, kind="evidence", rule="RFC 3161", rule_key="time-stamp", once_key="time-stamp:1",
        title="tsa.example.cn", cause=cause, fetched_at=None, stored_at=None, now=now,
    )  # fmt: skip
    said = sign_in("reviewer").get("/alerts/").content.decode()
    assert "waits for its time stamp" in said
    assert "does not lead to the one in GUANLAN_TIMESTAMP_CA" in said

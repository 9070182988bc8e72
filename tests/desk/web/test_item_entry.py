"""One form for what no machine collects: clippings, letters, reception and telephone notes (F-SRC-4, F-SRC-5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanlan.analysis.types import RawItem
from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents import captures, evidence_chain
from guanlan.desk.documents.models import Document, Label
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline import intake
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.models import FetchRun, Source, SourceKind
from guanlan.engines import InlineEngine

SignIn = Callable[[str], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PDF = b"%PDF-1.7\n" + b"\x00" * 40
NOTE = {"title": "接待日反映停水", "text": "三户居民反映连续停水三天。"}


def work() -> None:
    list(Worker(InlineEngine(), clock=utc_now).run_pending())


@pytest.mark.parametrize(
    ("kind", "label"),
    [("reception", "Reception day"), ("hotline", "Hotline sheet"), ("letter", "Letter"), ("press", "Press")],
)
def test_a_kind_that_nobody_registered_is_there_at_once(
    sign_in: SignIn, body: Unit, kind: str, label: str
) -> None:
    client = sign_in("monitor")
    assert label in client.get("/documents/new/").content.decode()
    for _ in range(2):
        assert client.post("/documents/new/", {**NOTE, "source": f"new-{kind}"}).status_code == 302
    assert Source.objects.get(kind=kind).unit == body
    assert FetchRun.objects.count() == 2
    assert f"new-{kind}" not in client.get("/documents/new/").content.decode()


def test_a_lower_unit_writes_down_under_its_own_name_and_those_above_see_where_it_came_from(
    sign_in: SignIn, school: Unit, people: dict[str, User]
) -> None:
    sign_in("school_monitor").post("/documents/new/", {**NOTE, "source": "new-letter"})
    work()
    document = Document.objects.get()
    assert (document.unit, document.source.unit, document.run.actor) == (
        school,
        school,
        people["school_monitor"],
    )
    page = sign_in("monitor").get(f"/documents/{document.pk}/").content.decode()
    assert school.name in page
    assert document.source.name in page
    assert sign_in("water_officer").get(f"/documents/{document.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "media"), [(PNG, "剪报.png", "image/png"), (PDF, "来信.pdf", "application/pdf")]
)
def test_a_picture_or_scan_is_kept_as_evidence_and_not_read(
    sign_in: SignIn, source: Source, content: bytes, name: str, media: str
) -> None:
    client = sign_in("monitor")
    client.post(
        "/documents/new/", {**NOTE, "source": source.pk, "capture": SimpleUploadedFile(name, content)}
    )
    work()
    document = Document.objects.select_related("capture").get()
    assert document.text == NOTE["text"]
    assert document.capture is not None
    assert document.capture.media_type == media
    assert captures.read(document.capture.sha256) == content
    assert list(evidence_chain.verify()[1]) == []
    page = client.get(f"/documents/{document.pk}/?beside=1").content.decode()
    assert ("<img" in page) is (media == "image/png")
    shown = client.get(f"/documents/{document.pk}/capture/?as=picture")
    assert shown.content == content
    assert shown["Content-Security-Policy"].startswith("sandbox")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Type"] == (media if media == "image/png" else "application/octet-stream")


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"MZ\x90\x00", b"GIF89a", b"<svg/>"])
def test_what_is_no_picture_is_refused_whatever_it_is_called(
    sign_in: SignIn, source: Source, content: bytes
) -> None:
    file = SimpleUploadedFile("shot.png", content, content_type="image/png")
    answer = sign_in("monitor").post("/documents/new/", {**NOTE, "source": source.pk, "capture": file})
    assert answer.status_code == 400
    assert "Only PNG, JPEG, WebP and PDF" in answer.content.decode()
    assert not FetchRun.objects.exists()


def test_out_of_a_chat_group_no_picture_comes_neither_by_form_nor_by_service(
    sign_in: SignIn, body: Unit, people: dict[str, User], now: datetime
) -> None:
    chat = Source.objects.create(code="chat", name="业主群", kind=SourceKind.CHAT, unit=body, created_at=now)
    fields = {**NOTE, "source": chat.pk, "reason": "群主转来", "capture": SimpleUploadedFile("a.png", PNG)}
    assert (
        "No pictures out of a chat group"
        in sign_in("monitor").post("/documents/new/", fields).content.decode()
    )
    with pytest.raises(ValidationError):
        intake.item_enter(
            raw=RawItem(key="manual", title="x"),
            source=chat,
            actor=people["monitor"],
            now=now,
            reason="x",
            attached=PNG,
        )
    assert not Intake.objects.exists()


def test_what_an_item_is_for_is_said_when_it_is_entered(sign_in: SignIn, source: Source) -> None:
    client = sign_in("monitor")
    client.post("/documents/new/", {**NOTE, "source": source.pk, "item_type": "policy"})
    work()
    assert Document.objects.get().item_type == "policy"
    assert (
        client.post("/documents/new/", {**NOTE, "source": source.pk, "item_type": "gossip"}).status_code
        == 400
    )


def test_policy_and_positive_reports_are_counted_apart_from_public_opinion(
    sign_in: SignIn, make_document: Callable[..., Document], people: dict[str, User]
) -> None:
    first, second, third = (make_document(title=f"item {n}") for n in range(3))
    client = sign_in("monitor")
    said = client.post(
        "/documents/type/",
        {"ids": [first.pk, second.pk], "type": "opinion", "next": "/documents/"},
        follow=True,
    )
    assert "2 items are counted so" in said.content.decode()
    client.post("/documents/type/", {"ids": [third.pk], "type": "positive"})
    client.post("/documents/type/", {"ids": [second.pk], "type": "policy"})
    for code, wanted in (("opinion", first), ("policy", second), ("positive", third)):
        rows = client.get(f"/documents/?type={code}").context["rows"]
        assert [row.document for row in rows] == [wanted]
    labels = Label.objects.filter(document=second, kind="type").order_by("pk")
    assert [(label.value, label.by) for label in labels] == [
        ("opinion", people["monitor"]),
        ("policy", people["monitor"]),
    ]
    mix = client.get("/sources/mix/?days=90").context["mix"]
    assert {code: n for code, _label, n in mix.types} == {"opinion": 1, "policy": 1, "positive": 1}


@pytest.mark.parametrize(("name", "status"), [("auditor", 403), ("outsider", 302), ("school_monitor", 302)])
def test_only_those_who_screen_say_what_an_item_is_for(
    sign_in: SignIn, make_document: Callable[..., Document], name: str, status: int
) -> None:
    document = make_document()
    assert (
        sign_in(name).post("/documents/type/", {"ids": [document.pk], "type": "policy"}).status_code == status
    )
    document.refresh_from_db()
    assert document.item_type == ""


def test_a_type_that_there_is_not_is_a_page_that_is_not_there(
    sign_in: SignIn, make_document: Callable[..., Document]
) -> None:
    document = make_document()
    client = sign_in("monitor")
    assert client.post("/documents/type/", {"ids": [document.pk], "type": "gossip"}).status_code == 404
    assert client.get("/documents/?type=gossip").status_code == 200


def test_one_channel_only_is_said_from_the_share_that_is_set(
    sign_in: SignIn, make_document: Callable[..., Document], body: Unit, now: datetime, settings: object
) -> None:
    letters = Source.objects.create(code="l", name="来信", kind=SourceKind.LETTER, unit=body, created_at=now)
    for _ in range(8):
        make_document(published_at=utc_now())
    for _ in range(2):
        make_document(published_at=utc_now(), source=letters)
    client = sign_in("monitor")
    text = client.get("/sources/mix/").content.decode()
    assert "One channel only: Forum brought 80 % or more" in text
    make_document(published_at=utc_now(), source=letters)
    assert "One channel only" not in client.get("/sources/mix/").content.decode()
    settings.CHANNEL_SHARE_PERCENT = 70  # type: ignore[attr-defined]
    assert "Forum brought 70 % or more" in client.get("/sources/mix/").content.decode()


def test_nothing_found_says_what_was_looked_at(sign_in: SignIn, run: FetchRun, source: Source) -> None:
    text = sign_in("monitor").get("/documents/?tone=negative&period=7d").content.decode()
    assert "0 of 1 sources were checked, in 0 hours" in text
    assert "0 of 1 sources" in sign_in("monitor").get("/sources/mix/").content.decode()

"""Importing a file and entering an item by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanlan.analysis.types import RawItem
from guanlan.collect.files import Item
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline import intake
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import FetchRun, RunKind, Source, SourceKind
from guanlan.desk.sources.services import source_change

SignIn = Callable[[str], Client]
TABLE = "标题,内容,网址,随便\n自来水发黄,三天了,http://a.example/1,x\n<b>第二</b>,正文,,y\n".encode()


def upload(
    client: Client, unit: Unit, content: bytes = TABLE, name: str = "items.csv", **more: object
) -> str:
    """Send a file; the address of the next page."""
    answer = client.post("/import/", {"file": SimpleUploadedFile(name, content), "unit": unit.pk, **more})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_table_is_looked_at_mapped_and_queued(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("monitor")
    check = upload(client, body)
    assert not FetchRun.objects.exists()
    page = client.get(check)
    text = page.content.decode()
    assert {name: field for _, name, field in page.context["columns"]}["标题"] == "title"
    assert "&lt;b&gt;第二" in text
    answer = client.post(
        check,
        {"column": ["标题", "内容", "网址", "随便"], "field": ["title", "body", "url", "no-such-field"]},
    )
    run = FetchRun.objects.get()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert run.label == "items.csv"
    assert run.mapping == {"标题": "title", "内容": "body", "网址": "url", "随便": "ignore"}
    assert run.source is not None
    assert run.source.code == f"import-{body.code}"
    # Confirming twice does not import twice.
    assert client.post(check)["Location"] == "/import/"
    assert FetchRun.objects.count() == 1


def test_the_source_that_was_chosen_is_used(sign_in: SignIn, body: Unit, source: Source) -> None:
    client = sign_in("monitor")
    client.post(upload(client, body, source=source.pk))
    assert FetchRun.objects.get().source == source


def test_only_who_sent_a_file_can_confirm_it(sign_in: SignIn, body: Unit) -> None:
    check = upload(sign_in("monitor"), body)
    other = sign_in("reviewer")
    assert other.get(check)["Location"] == "/import/"
    other.post(check)
    assert not FetchRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "x.csv"),
        (b"PK\x03\x04broken", "x.xlsx"),
        (b"{", "x.jsonl"),
        (b"MZ\x90\x00" + b"\x00\x01" * 500, "../../evil.exe"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_before_anything_is_imported(
    sign_in: SignIn, body: Unit, content: bytes, name: str
) -> None:
    client = sign_in("monitor")
    page = client.get(upload(client, body, content, name))
    assert page.status_code == 200
    assert page.context["faults"]
    assert "Import this file" not in page.content.decode()


def test_a_file_over_the_limit_is_refused_with_the_way_round(
    sign_in: SignIn, body: Unit, settings: LazySettings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    page = sign_in("monitor").post("/import/", {"file": SimpleUploadedFile("a.csv", TABLE), "unit": body.pk})
    assert page.status_code == 400
    assert "guanlan ingest" in page.content.decode()


def test_a_form_without_a_file_is_shown_again(sign_in: SignIn, body: Unit) -> None:
    page = sign_in("monitor").post("/import/", {"unit": body.pk})
    assert page.status_code == 400
    assert "This field is required." in page.content.decode()


def test_one_imports_for_units_of_ones_own_only(
    sign_in: SignIn, body: Unit, school: Unit, source: Source
) -> None:
    client = sign_in("school_monitor")
    wrong = {"file": SimpleUploadedFile("a.csv", TABLE), "unit": body.pk}
    assert client.post("/import/", wrong).status_code == 400
    foreign = {"file": SimpleUploadedFile("a.csv", TABLE), "unit": school.pk, "source": source.pk}
    assert client.post("/import/", foreign).status_code == 400
    client.post(upload(client, school))
    assert FetchRun.objects.get().unit == school


@pytest.mark.parametrize("url", ["/import/", "/documents/new/"])
@pytest.mark.parametrize("name", ["auditor", "approver", "outsider"])
def test_who_may_not_bring_in_information(sign_in: SignIn, name: str, url: str) -> None:
    page = sign_in(name).get(url)
    assert page.status_code == 403
    assert "Bringing in information is for" in page.content.decode()


def test_an_unknown_upload_leads_back_to_the_choice(sign_in: SignIn) -> None:
    client = sign_in("monitor")
    for name in ("x", "0" * 32):
        assert client.get(f"/import/{name}/")["Location"] == "/import/"


def test_an_item_is_entered_by_hand(sign_in: SignIn, source: Source) -> None:
    client = sign_in("monitor")
    assert 'type="datetime-local"' in client.get("/documents/new/").content.decode()
    fields = {
        "title": "接待日反映停水",
        "text": "三户",
        "published_at": "2025-11-20T09:30",
        "source": source.pk,
    }
    client.post("/documents/new/", fields)
    run = FetchRun.objects.get()
    assert run.kind == RunKind.MANUAL
    row = Intake.objects.get(run=run)
    assert row.payload["title"] == "接待日反映停水"
    assert datetime.fromisoformat(row.payload["published_at"]) == datetime(2025, 11, 20, 1, 30, tzinfo=UTC)


def test_the_first_item_of_an_empty_desk_needs_no_source_first(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("monitor")
    client.get("/documents/new/")
    source = Source.objects.get()
    assert client.post("/documents/new/", {"title": "x", "source": source.pk}).status_code == 302


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://a.example/"}, "Give a title or a text"),
        ({"title": "x", "url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"title": "x", "published_at": "2999-01-01T00:00"}, "This time lies in the future."),
        ({"title": "x", "published_at": "yesterday"}, "Enter a valid date/time."),
        ({"title": "x" * 301}, "at most 300 characters"),
        ({"title": "x", "source": "999"}, "Select a valid choice"),
        ({"title": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_a_wrong_entry_is_named_and_what_was_typed_is_kept(
    sign_in: SignIn, source: Source, fields: dict[str, str], said: str
) -> None:
    page = sign_in("monitor").post("/documents/new/", {"source": source.pk, **fields})
    assert page.status_code == 400
    assert said in page.content.decode()
    assert not Intake.objects.exists()


@pytest.fixture
def chat(body: Unit) -> Source:
    return Source.objects.create(
        code="owners", name="某小区业主群", kind=SourceKind.CHAT, unit=body, created_at=datetime.now(UTC)
    )


def test_a_chat_group_is_entered_with_a_reason_and_in_few_words(sign_in: SignIn, chat: Source) -> None:
    client = sign_in("monitor")
    fields = {"title": "业主说停水三天", "source": chat.pk, "reason": "本人在群内，涉及供水"}
    assert client.post("/documents/new/", fields).status_code == 302
    run = FetchRun.objects.get()
    assert run.notes == {"reason": "本人在群内，涉及供水"}
    assert AuditEntry.objects.get(action="document.entered").data["reason"] == "本人在群内，涉及供水"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "Say why this is recorded"),
        ({"reason": "  "}, "Say why this is recorded"),
        ({"reason": "x", "text": "字" * 500}, "at most 500 characters"),
        ({"reason": "x", "url": "https://chat.example/g/1"}, "No links into a chat group"),
    ],
)
def test_a_chat_group_without_reason_or_with_too_much_is_refused(
    sign_in: SignIn, chat: Source, more: dict[str, str], sentence: str
) -> None:
    page = sign_in("monitor").post("/documents/new/", {"title": "停水", "source": chat.pk, **more})
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert not FetchRun.objects.exists()


def test_no_file_and_no_collector_ever_fills_a_chat_group(
    sign_in: SignIn, body: Unit, chat: Source, people: dict[str, User]
) -> None:
    client = sign_in("monitor")
    given = {"file": SimpleUploadedFile("a.csv", TABLE), "unit": body.pk, "source": chat.pk}
    assert client.post("/import/", given).status_code == 400
    with pytest.raises(ValidationError):
        intake.run_begin(kind=RunKind.IMPORT, label="a", source=chat, actor=None, now=datetime.now(UTC))
    for field, value in (("url", "https://chat.example/"), ("method", "page")):
        with pytest.raises(ValidationError):
            source_change(source=chat, actor=people["reviewer"], now=datetime.now(UTC), **{field: value})


def test_a_row_that_names_a_chat_group_does_not_go_there(body: Unit, source: Source, chat: Source) -> None:
    now = datetime.now(UTC)
    run = intake.run_begin(kind=RunKind.IMPORT, label="a", source=source, actor=None, now=now)
    raw = RawItem(key="1", title="停水", body="三天", extra={"source": chat.name})
    intake.entries_add(run=run, entries=[Item("1", raw)], now=now)
    assert Intake.objects.get().source == source


def test_a_series_of_notes_keeps_its_source(sign_in: SignIn, source: Source, chat: Source) -> None:
    client = sign_in("monitor")
    answer = client.post("/documents/new/", {"title": "一", "source": source.pk, "next": "1"})
    assert answer["Location"] == f"/documents/new/?source={source.pk}"
    assert f'value="{source.pk}" selected' in client.get(answer["Location"]).content.decode()

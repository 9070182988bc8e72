"""A mailbox is registered on a page of its own; its password never passes through one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from guanlan.desk.organisation.models import Unit
from guanlan.desk.sources.models import MailboxPlace, Method, Source, SourceKind

SignIn = Callable[[str], Client]


def fields(unit: Unit, **more: str) -> dict[str, object]:
    given = {
        "name": "局长信箱", "code": "letters", "unit": unit.pk, "host": "imap.example.gov.cn", "security": "tls",
        "port": "", "user": "juzhang@example.gov.cn", "folders": "INBOX\n群众来信", "interval_minutes": "30",
        "legal_note": "公布的来信渠道",
    }  # fmt: skip
    return given | more


@pytest.fixture
def made(sign_in: SignIn, body: Unit) -> Source:
    answer = sign_in("reviewer").post("/sources/new-mailbox/", fields(body))
    found = Source.objects.get()
    assert answer["Location"] == f"/sources/{found.pk}/mailbox/"
    return found


def test_a_mailbox_is_registered_and_due_at_once(made: Source) -> None:
    assert (made.kind, made.method, made.code) == (SourceKind.MAILBOX, Method.MAILBOX, "letters")
    assert made.next_action_at is not None
    assert made.mailbox.folders == ["INBOX", "群众来信"]


def test_its_page_names_the_setting_of_the_password_and_never_shows_it(
    sign_in: SignIn, made: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in("reviewer")
    text = client.get(f"/sources/{made.pk}/mailbox/").content.decode()
    assert "The password is not set" in text
    assert "GUANLAN_MAILBOX_LETTERS=" in text
    assert 'type="password"' not in text
    monkeypatch.setenv("GUANLAN_MAILBOX_LETTERS", "bridge-77")
    text = client.get(f"/sources/{made.pk}/mailbox/").content.decode()
    assert "The password is set" in text
    assert "bridge-77" not in text


def test_changing_the_register_leads_to_this_page(sign_in: SignIn, made: Source) -> None:
    client = sign_in("reviewer")
    assert client.get(f"/sources/{made.pk}/edit/")["Location"] == f"/sources/{made.pk}/mailbox/"
    assert client.get(f"/sources/{made.pk}/").status_code == 200


def test_another_place_has_not_been_seen_yet(sign_in: SignIn, made: Source, body: Unit) -> None:
    MailboxPlace.objects.update(seen={"INBOX": [7, 2]})
    client, url = sign_in("reviewer"), f"/sources/{made.pk}/mailbox/"
    client.post(url, fields(body, name="来信", folders="INBOX"))
    made.refresh_from_db()
    assert (made.name, made.mailbox.seen) == ("来信", {"INBOX": [7, 2]})
    client.post(url, fields(body, host="mail.example.gov.cn", code="other"))
    place = MailboxPlace.objects.get()
    assert (place.host, place.seen, place.source.code) == ("mail.example.gov.cn", {}, "letters")


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "a b"},
        {"host": "imap.example/../x"},
        {"host": "imap@evil"},
        {"security": "none"},
        {"port": "70000"},
        {"folders": " \n "},
        {"folders": "a\x00b"},
        {"folders": "\n".join(map(str, range(11)))},
        {"code": "信箱"},
        {"code": "A B"},
        {"user": ""},
        {"legal_note": ""},
        {"interval_minutes": "1"},
    ],
)
def test_what_cannot_be_is_refused(sign_in: SignIn, body: Unit, wrong: dict[str, str]) -> None:
    page = sign_in("reviewer").post("/sources/new-mailbox/", fields(body, **wrong))
    assert page.status_code == 400
    assert not Source.objects.exists()


def test_a_code_that_is_taken_is_refused(sign_in: SignIn, made: Source, body: Unit) -> None:
    assert sign_in("reviewer").post("/sources/new-mailbox/", fields(body)).status_code == 400
    assert Source.objects.count() == 1


def test_it_can_be_asked_for_now(sign_in: SignIn, made: Source) -> None:
    Source.objects.update(next_action_at=None)
    answer = sign_in("reviewer").post(f"/sources/{made.pk}/mailbox/now/")
    assert answer.status_code == 302
    made.refresh_from_db()
    assert made.next_action_at is not None


@pytest.mark.parametrize("name", ["monitor", "auditor", "outsider"])
def test_who_may_not_keep_the_register(sign_in: SignIn, made: Source, name: str) -> None:
    client = sign_in(name)
    before = Source.objects.get().next_action_at
    for url in (f"/sources/{made.pk}/mailbox/", "/sources/new-mailbox/"):
        assert client.get(url).status_code in (403, 404)
    assert client.post(f"/sources/{made.pk}/mailbox/now/").status_code in (403, 404)
    assert Source.objects.get().next_action_at == before


def test_a_source_of_another_kind_has_no_such_page(sign_in: SignIn, source: Source) -> None:
    assert sign_in("reviewer").get(f"/sources/{source.pk}/mailbox/").status_code == 404

"""One document: evidence, judgement, and a capture that cannot harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents import captures
from guanlan.desk.documents.models import Document, Label
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch.models import Group, GroupMember, Theme, ThemeHit
from tests.desk.web.conftest import FRAME_QUERIES

Make = Callable[..., Document]
SignIn = Callable[[str], Client]
PAGE = "<html><script>alert(1)</script><body>停水通知<img src=//evil.example/x></body></html>"


@pytest.fixture
def captured(make_document: Make, now: datetime) -> Document:
    row = captures.capture(PAGE.encode("gb18030"), now=now, media_type="text/html", charset="gb2312")
    row.save()
    return make_document(capture=row, evidence={"encoding": "gb18030"})


@pytest.fixture
def hit(make_document: Make, body: Unit, now: datetime) -> ThemeHit:
    theme = Theme.objects.create(unit=body, name="供水", expression="停水", created_at=now, changed_at=now)
    document = make_document(title="通知", text="明天停水<b>")
    return ThemeHit.objects.create(
        theme=theme, document=document, clause="任一: 停水", terms=["停水"], spans=[[5, 7]], theme_version=3
    )


def show(client: Client, document: Document, more: str = "") -> str:
    answer = client.get(f"/documents/{document.pk}/{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_the_theme_hit_is_marked_in_the_text_and_explained(sign_in: SignIn, hit: ThemeHit) -> None:
    page = show(sign_in("monitor"), hit.document)
    assert "明天<mark>停水</mark>&lt;b&gt;" in page
    assert "任一: 停水" in page
    assert "theme version 3" in page


def test_a_false_hit_loses_its_mark_and_can_be_taken_back(sign_in: SignIn, hit: ThemeHit) -> None:
    client = sign_in("monitor")
    url = f"/documents/{hit.document_id}/hits/{hit.pk}/"
    client.post(url, {"false_hit": "1"})
    assert "<mark>" not in show(client, hit.document)
    hit.refresh_from_db()
    assert hit.false_hit
    client.post(url, {"false_hit": "0"})
    assert "<mark>" in show(client, hit.document)


def test_a_hit_of_another_document_is_not_found_here(
    sign_in: SignIn, hit: ThemeHit, make_document: Make
) -> None:
    other = make_document()
    assert sign_in("monitor").post(f"/documents/{other.pk}/hits/{hit.pk}/").status_code == 404


def test_the_word_of_a_person_stands_beside_that_of_the_machine(
    sign_in: SignIn, make_document: Make, people: dict[str, User]
) -> None:
    words = {"tone": {"words": [["没人管", -1.2, 3, 6]], "version": "1/abc"}}
    document = make_document(evidence=words)
    client = sign_in("reviewer")
    assert "没人管" in show(client, document)
    client.post(f"/documents/{document.pk}/tone/", {"tone": "neutral"})
    document.refresh_from_db()
    assert (document.tone, document.person_tone, document.effective_tone) == (
        "negative",
        "neutral",
        "neutral",
    )
    label = Label.objects.get()
    assert (label.value, label.machine_value, label.by) == ("neutral", "negative", people["reviewer"])
    assert client.post(f"/documents/{document.pk}/tone/", {"tone": "angry"}).status_code == 404


KIND = {
    "title": "咨询",
    "text": "请问需要哪些材料",
    "kind": "question",
    "effective_kind": "question",
    "kind_probability": 0.91,
    "evidence": {"kind": {"rules": [["asks", [[3, 5]]]], "version": "2/abc"}},
}


def test_the_page_says_what_a_text_does_and_which_rules_spoke(sign_in: SignIn, make_document: Make) -> None:
    page = show(sign_in("monitor"), make_document(**KIND))
    assert '<span class="tag" title="asks">请问</span>' in page
    assert "Question 91 %" in page
    assert "as a demand" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "suggestion", "effective_kind": "suggestion"}, "as a suggestion"),
        ({"kind": "complaint", "effective_kind": "complaint", "kind_unsure": True}, ""),
        ({"kind": "news", "effective_kind": "news"}, ""),
        ({"kind": "noise", "kind_unsure": True, "person_kind": "complaint", "effective_kind": "complaint"},
         "as a demand"),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_handling_is_proposed_only_where_the_kind_is_sure(
    sign_in: SignIn, make_document: Make, fields: dict[str, object], said: str
) -> None:
    page = show(sign_in("monitor"), make_document(**fields))
    assert ("Proposed handling" in page) == bool(said)
    assert said in page


def test_a_person_corrects_the_kind_beside_the_machine(
    sign_in: SignIn, make_document: Make, people: dict[str, User]
) -> None:
    document = make_document(**KIND)
    client = sign_in("reviewer")
    client.post(f"/documents/{document.pk}/kind/", {"kind": "complaint"})
    document.refresh_from_db()
    assert (document.kind, document.person_kind, document.effective_kind) == (
        "question",
        "complaint",
        "complaint",
    )
    label = Label.objects.get()
    assert (label.kind, label.value, label.machine_value) == ("kind", "complaint", "question")
    assert label.by == people["reviewer"]
    entry = AuditEntry.objects.get(action="document.kind_set")
    assert entry.object_id == str(document.pk)
    page = show(client, document)
    assert "set the kind of text" in page
    assert page.count("<b>Reviewer</b>") == 1  # not among those who spoke of the tone
    assert client.post(f"/documents/{document.pk}/kind/", {"kind": "rumour"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("monitor", 302), ("auditor", 403), ("approver", 403), ("school_monitor", 404), ("outsider", 404)],
)
def test_the_kind_is_corrected_by_those_who_screen(
    sign_in: SignIn, make_document: Make, name: str, status: int
) -> None:
    document = make_document(**KIND)
    answer = sign_in(name).post(f"/documents/{document.pk}/kind/", {"kind": "praise"})
    assert answer.status_code == status
    document.refresh_from_db()
    assert document.person_kind == ("praise" if status == 302 else "")


def test_a_superior_corrects_what_lies_in_a_unit_below(
    sign_in: SignIn, make_document: Make, school: Unit
) -> None:
    document = make_document(**KIND, unit=school)
    assert sign_in("monitor").post(f"/documents/{document.pk}/kind/", {"kind": "praise"}).status_code == 302
    assert (
        sign_in("school_monitor").post(f"/documents/{document.pk}/kind/", {"kind": "news"}).status_code == 302
    )
    document.refresh_from_db()
    assert document.effective_kind == "news"


def test_an_old_document_without_a_kind_shows_none(sign_in: SignIn, make_document: Make) -> None:
    document = make_document()
    assert "What the text does" not in show(sign_in("auditor"), document)
    assert 'class="word machine kind' not in show(sign_in("monitor"), document)


def test_a_word_found_another_way_says_what_it_stands_for(sign_in: SignIn, hit: ThemeHit) -> None:
    hit.terms, hit.via = ["停水", "zf"], ["", "政府"]
    hit.save()
    page = show(sign_in("monitor"), hit.document)
    assert "停水、zf (a variant of 政府)" in page


def test_the_group_counts_the_persons_word_at_once(
    sign_in: SignIn, make_document: Make, body: Unit, now: datetime
) -> None:
    document = make_document()
    group = Group.objects.create(unit=body, title="x", first_at=now, last_at=now, negative=1)
    GroupMember.objects.create(document=document, group=group)
    sign_in("reviewer").post(f"/documents/{document.pk}/tone/", {"tone": "positive"})
    group.refresh_from_db()
    assert group.negative == 0


def test_those_who_only_read_are_offered_no_control_of_the_tone(sign_in: SignIn, make_document: Make) -> None:
    document = make_document()
    assert 'name="tone"' not in show(sign_in("auditor"), document)
    assert sign_in("auditor").post(f"/documents/{document.pk}/tone/", {"tone": "neutral"}).status_code == 403
    assert not Label.objects.exists()


@pytest.mark.parametrize("name", ["school_monitor", "water_officer", "outsider"])
def test_a_document_of_another_unit_does_not_exist(sign_in: SignIn, captured: Document, name: str) -> None:
    client = sign_in(name)
    for more in ("", "preview/", "capture/", "event/"):
        headers = {"HX-Request": "true"} if more == "preview/" else {}
        assert client.get(f"/documents/{captured.pk}/{more}", headers=headers).status_code == 404


def test_hostile_fields_stay_text(sign_in: SignIn, make_document: Make) -> None:
    document = make_document(
        title="<img src=x onerror=alert(1)>",
        text="</div><script>alert(2)</script>",
        author="<b>某</b>",
        url="javascript:alert(3)",
        origin='"><svg onload=alert(4)>',
        original_text="<iframe src=x>",
    )
    page = show(sign_in("monitor"), document)
    for raw in ("<img src=x", "<script>alert", "<svg onload", "<iframe src=x", 'href="javascript'):
        assert raw not in page
    assert "Not a web address, so not a link" in page


def test_the_author_is_masked(sign_in: SignIn, make_document: Make) -> None:
    page = show(sign_in("monitor"), make_document(author="林晓明"))
    assert "林*" in page
    assert "林晓明" not in page


def test_copies_are_listed_as_far_as_one_may_see_them(
    sign_in: SignIn, make_document: Make, school: Unit
) -> None:
    root = make_document(title="root")
    make_document(title="the copy", copy_of=root, relation="copy", similarity=0.97)
    at_school = make_document(title="at school", copy_of=root, relation="reprint", unit=school)
    page = show(sign_in("monitor"), root)
    assert "the copy" in page
    assert "97 %" in page
    assert "at school" in page
    assert "the copy" not in show(sign_in("school_monitor"), at_school)


def test_what_cleaning_changed_is_shown_with_the_original(sign_in: SignIn, make_document: Make) -> None:
    document = make_document(
        original_text="時(shí)間",
        original_title="舊題",
        evidence={"clean": [["pinyin", "1"], ["new_code", "2"]]},
    )
    page = show(sign_in("monitor"), document)
    assert "pinyin taken out 1" in page
    assert "new_code 2" in page
    assert "時(shí)間" in page
    assert "舊題" in page


def test_the_capture_stands_beside_the_text_in_a_sealed_frame(sign_in: SignIn, captured: Document) -> None:
    client = sign_in("monitor")
    assert "<iframe" not in show(client, captured)
    page = show(client, captured, "?beside=1")
    assert '<iframe class="capture" sandbox=""' in page
    assert captured.capture_id in page


def test_a_capture_is_shown_with_nothing_alive_in_it(sign_in: SignIn, captured: Document) -> None:
    answer = sign_in("monitor").get(f"/documents/{captured.pk}/capture/")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "停水通知" in answer.content.decode()


def test_a_capture_can_be_had_as_source_and_as_the_very_bytes(sign_in: SignIn, captured: Document) -> None:
    client = sign_in("monitor")
    text = client.get(f"/documents/{captured.pk}/capture/?as=text")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    file = client.get(f"/documents/{captured.pk}/capture/?as=file")
    assert file.content == PAGE.encode("gb18030")
    assert file["Content-Disposition"].startswith("attachment;")
    assert file["Content-Type"] == "application/octet-stream"


def test_a_lost_capture_is_not_found_rather_than_an_error(sign_in: SignIn, captured: Document) -> None:
    captures.path_of(str(captured.capture_id)).unlink()
    assert sign_in("monitor").get(f"/documents/{captured.pk}/capture/").status_code == 404


def test_without_a_page_there_is_no_capture(sign_in: SignIn, make_document: Make) -> None:
    document = make_document()
    client = sign_in("monitor")
    assert client.get(f"/documents/{document.pk}/capture/").status_code == 404
    assert "there is no page" in show(client, document)


def test_bytes_that_are_no_text_are_shown_with_marks(
    sign_in: SignIn, make_document: Make, now: datetime
) -> None:
    row = captures.capture(b"\x89PNG\r\n\x1a\n\x00\x00\x00\xff\xfe", now=now)
    row.save()
    answer = sign_in("monitor").get(f"/documents/{make_document(capture=row).pk}/capture/")
    assert answer.status_code == 200
    assert "\ufffd" in answer.content.decode()


def test_the_page_asks_a_bounded_number_of_questions(
    sign_in: SignIn, captured: Document, make_document: Make, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for _ in range(20):
        make_document(copy_of=captured, relation="copy")
    client = sign_in("monitor")
    with django_assert_max_num_queries(FRAME_QUERIES + 16):
        client.get(f"/documents/{captured.pk}/")


@pytest.fixture
def event(body: Unit, people: dict[str, User], now: datetime) -> Event:
    return event_create(title="自来水发黄", unit=body, actor=people["case_officer"], now=now)


def test_a_document_is_put_into_an_open_event(sign_in: SignIn, make_document: Make, event: Event) -> None:
    document = make_document()
    client = sign_in("case_officer")
    assert event.title in client.get(f"/documents/{document.pk}/event/").content.decode()
    client.post(f"/documents/{document.pk}/event/", {"act": "add", "event": event.pk})
    assert event.items.get().document == document


def test_ticked_rows_become_a_new_event_with_their_group(
    sign_in: SignIn, make_document: Make, body: Unit, now: datetime
) -> None:
    documents = [make_document() for _ in range(3)]
    group = Group.objects.create(unit=body, title="水", first_at=now, last_at=now)
    for document in documents[:2]:
        GroupMember.objects.create(document=document, group=group)
    ids = [document.pk for document in documents[1:]]
    client = sign_in("reviewer")
    page = client.post("/documents/event/", {"ids": ids})
    assert "A new event" in page.content.decode()
    fields = {"ids": ids, "act": "create", "title": "自来水发黄", "unit": body.pk, "group": group.pk}
    client.post("/documents/event/", fields)
    event = Event.objects.get()
    assert event.groups.get().group == group
    assert set(event.items.values_list("document", flat=True)) == {document.pk for document in documents}


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"act": "create", "title": " "}, 400),
        ({"act": "add", "event": "0"}, 404),
        ({"act": "add"}, 404),
        ({"act": "create", "title": "x", "unit": "0"}, 404),
    ],
)
def test_what_makes_no_event_is_refused_with_a_sentence(
    sign_in: SignIn, make_document: Make, body: Unit, fields: dict[str, str], answer: int
) -> None:
    document = make_document()
    given = {"unit": str(body.pk), **fields}
    response = sign_in("reviewer").post(f"/documents/{document.pk}/event/", given)
    assert response.status_code == answer
    assert not Event.objects.exists()


def test_monitors_do_not_open_events(sign_in: SignIn, make_document: Make) -> None:
    page = sign_in("monitor").get(f"/documents/{make_document().pk}/event/")
    assert page.status_code == 403
    assert "Events are opened and kept by" in page.content.decode()

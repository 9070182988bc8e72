"""事件: the list, the page of one event, its texts, and groups."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from guanlan.analysis.grade import default_table
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents import search
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, EventState
from guanlan.desk.events.services import event_close, event_create, grade_confirm, timeline_add
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.intake import url_key
from guanlan.desk.watch.models import Group, GroupLink
from guanlan.desk.web.grading_words import choices_of, floor_choices
from tests.desk.conftest import NOW
from tests.desk.web.conftest import FRAME_QUERIES
from tests.desk.web.second import HOSTILE, Make, SignIn, assert_dead, group_of, html, stand_at


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stand_at(monkeypatch, now)


@pytest.fixture
def event(make_document: Make, body: Unit, people: dict[str, User], now: datetime) -> Event:
    documents = [make_document(engagement=30) for _ in range(12)]
    made = event_create(
        title="自来水发黄",
        unit=body,
        actor=people["case_officer"],
        now=now - timedelta(hours=1),
        documents=documents,
    )
    return Event.objects.get(pk=made.pk)


@pytest.fixture
def school_event(make_document: Make, school: Unit, people: dict[str, User], now: datetime) -> Event:
    document = make_document(unit=school, title="canteen")
    return event_create(
        title="canteen", unit=school, actor=people["school_officer"], now=now, documents=[document]
    )


def judged(event: Event, people: dict[str, User], now: datetime, level: str = "III") -> Event:
    grade_confirm(event=event, level=level, reason="seen", actor=people["approver"], now=now)
    return Event.objects.get(pk=event.pk)


def titles(client: Client, address: str = "") -> list[str]:
    return [event.title for event, _, _ in client.get(f"/events/?{address}").context["rows"]]


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_an_empty_list_says_how_events_come_about(sign_in: SignIn) -> None:
    page = html(sign_in("case_officer").get("/events/"))
    assert "An event is one matter" in page
    assert 'href="/events/new/"' in page
    assert 'href="/events/new/"' not in html(sign_in("monitor").get("/events/"))


def test_open_events_stand_first_and_tabs_tell_the_rest(
    sign_in: SignIn, event: Event, school_event: Event, people: dict[str, User], now: datetime
) -> None:
    done = judged(event, people, now)
    event_close(event=done, reason="settled", actor=people["approver"], now=now)
    client = sign_in("case_officer")
    assert titles(client) == ["canteen"]
    assert titles(client, "state=closed") == ["自来水发黄"]
    assert titles(client, "state=all") == ["canteen", "自来水发黄"]
    assert titles(client, "state=to_judge") == ["canteen"]
    assert titles(client, "state=all&level=III") == ["自来水发黄"]
    assert titles(client, "state=all&q=自来水") == ["自来水发黄"]
    assert titles(client, "state=nonsense&level=%00&before=x&day=never") == ["canteen", "自来水发黄"]


def test_each_sees_the_events_of_their_own_unit_and_below(
    sign_in: SignIn, event: Event, school_event: Event
) -> None:
    assert titles(sign_in("monitor")) == ["canteen", "自来水发黄"]
    assert titles(sign_in("school_monitor")) == ["canteen"]
    assert titles(sign_in("water_officer")) == []
    assert sign_in("monitor").get(f"/events/{school_event.pk}/").status_code == 200
    assert sign_in("school_officer").get(f"/events/{event.pk}/").status_code == 404
    assert sign_in("outsider").get(f"/events/{event.pk}/").status_code == 404


def test_the_list_is_walked_by_number(
    sign_in: SignIn, body: Unit, people: dict[str, User], now: datetime
) -> None:
    for number in range(53):
        Event.objects.create(
            unit=body, year=2026, number=number + 1, title=f"event {number}", opened_by=people["case_officer"],
            opened_at=now,
        )  # fmt: skip
    client = sign_in("monitor")
    first = client.get("/events/")
    assert len(first.context["rows"]) == 50
    assert titles(client, first.context["older_url"].lstrip("?")) == ["event 2", "event 1", "event 0"]


@pytest.mark.parametrize(
    ("name", "status"), [("case_officer", 302), ("reviewer", 302), ("monitor", 403), ("outsider", 403)]
)
def test_who_may_register_an_event(sign_in: SignIn, body: Unit, name: str, status: int) -> None:
    response = sign_in(name).post("/events/new/", {"title": "noise", "unit": body.pk})
    assert response.status_code == status
    assert Event.objects.filter(title="noise").exists() == (status == 302)


def test_an_event_is_made_of_a_group_and_of_documents(
    sign_in: SignIn, make_document: Make, body: Unit
) -> None:
    documents = [make_document() for _ in range(3)]
    group = group_of(body, documents, title="夜市噪音")
    client = sign_in("case_officer")
    form = client.get(f"/events/new/?group={group.pk}")
    assert 'value="夜市噪音"' in html(form)
    client.post("/events/new/", {"title": "夜市", "unit": body.pk, "group": group.pk})
    assert Event.objects.get(title="夜市").items.count() == 3
    other = make_document()
    client.post("/events/new/", {"title": "单条", "unit": body.pk, "documents[]": [other.pk]})
    assert list(Event.objects.get(title="单条").items.values_list("document", flat=True)) == [other.pk]


def test_a_group_that_feeds_another_event_is_named(sign_in: SignIn, make_document: Make, body: Unit) -> None:
    group = group_of(body, [make_document()])
    client = sign_in("case_officer")
    client.post("/events/new/", {"title": "first", "unit": body.pk, "group": group.pk})
    again = client.post("/events/new/", {"title": "second", "unit": body.pk, "group": group.pk})
    assert again.status_code == 400
    assert "The group feeds E-0001 first already." in html(again)
    assert 'value="second"' in html(again)


def test_a_unit_where_one_may_not_register_is_refused(sign_in: SignIn, body: Unit) -> None:
    response = sign_in("school_officer").post("/events/new/", {"title": "x", "unit": body.pk})
    assert response.status_code == 400
    assert not Event.objects.exists()


def test_the_page_says_what_it_is_and_what_is_next(sign_in: SignIn, event: Event) -> None:
    page = html(sign_in("case_officer").get(f"/events/{event.pk}/"))
    assert "E-0001" in page
    assert 'aria-current="step">Registered' in page
    assert "confirm the grade" in page
    assert "Machine suggestion" in page
    assert "waits for a person's word" in page.replace("&#x27;", "'")
    assert "Product default, not an official standard" in page
    assert f'href="/events/{event.pk}/texts/?tone=negative"' in page


def test_the_curve_is_data_beside_the_page_and_a_table_without_script(
    sign_in: SignIn, event: Event, people: dict[str, User], now: datetime
) -> None:
    timeline_add(event=event, text="called the water works", actor=people["case_officer"], now=now)
    response = sign_in("monitor").get(f"/events/{event.pk}/")
    page = response.content.decode()
    found = re.search(r'<script id="curve-data" type="application/json">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert sum(data["all"]) == 12
    assert sum(data["negative"]) == 12
    assert len(data["urls"]) == len(data["hours"]) == len(data["all"])
    hour = response.context["hours"][0][1]
    assert f'href="/events/{event.pk}/texts/?hour={hour}"' in page
    shown = sign_in("monitor").get(f"/events/{event.pk}/texts/?hour={hour}").context["items"]
    assert len(shown) == response.context["hours"][0][0].total
    assert "echarts.min.js" in page


def test_only_pages_with_a_chart_load_the_chart_library(sign_in: SignIn, event: Event) -> None:
    client = sign_in("case_officer")
    for address in ("/", "/events/", f"/events/{event.pk}/texts/", "/alerts/", "/themes/", "/reports/"):
        assert "echarts" not in client.get(address).content.decode()


def test_facts_are_a_persons_word_and_move_the_proposal(sign_in: SignIn, event: Event) -> None:
    client = sign_in("case_officer")
    before = event.proposed_points
    facts = {
        "title": "自来水发黄",
        "summary": "三天",
        "nature": "service",
        "people": "school",
        "floors": ["minors"],
    }
    response = client.post(f"/events/{event.pk}/change/", facts)
    assert response["Location"] == f"/events/{event.pk}/#facts"
    event.refresh_from_db()
    assert (event.nature, event.people, event.floors, event.summary) == (
        "service",
        "school",
        ["minors"],
        "三天",
    )
    assert event.proposed_points != before
    page = html(client.get(f"/events/{event.pk}/"))
    assert dict(choices_of("nature", default_table()))["service"] in page
    assert "Raised at least by:" in page


def test_floors_can_be_taken_back_with_an_empty_form_field(sign_in: SignIn, event: Event) -> None:
    client = sign_in("case_officer")
    client.post(f"/events/{event.pk}/change/", {"title": "t", "floors": ["death", "minors"]})
    client.post(f"/events/{event.pk}/change/", {"title": "t"})
    event.refresh_from_db()
    assert event.floors == []


def test_wrong_facts_stay_in_the_form(sign_in: SignIn, event: Event) -> None:
    response = sign_in("case_officer").post(
        f"/events/{event.pk}/change/", {"title": "", "summary": "a long story", "nature": "nonsense"}
    )
    assert response.status_code == 400
    assert "a long story" in html(response)
    event.refresh_from_db()
    assert event.summary == ""


def test_the_suggestion_is_confirmed_with_one_press(
    sign_in: SignIn, event: Event, people: dict[str, User]
) -> None:
    client = sign_in("case_officer")
    client.post(f"/events/{event.pk}/change/", {"title": "t", "nature": "service", "people": "school"})
    event.refresh_from_db()
    assert event.proposed_level
    assert "Confirm the suggestion" in html(client.get(f"/events/{event.pk}/"))
    seen = {"seen_level": "", "seen_proposed": event.proposed_level}
    client.post(f"/events/{event.pk}/grade/", {"level": event.proposed_level, **seen})
    event.refresh_from_db()
    assert (event.level, event.level_by, event.state) == (
        event.proposed_level, people["case_officer"], EventState.JUDGED,
    )  # fmt: skip
    page = html(client.get(f"/events/{event.pk}/"))
    assert "Confirmed by Case_Officer" in page
    assert "Confirm the suggestion" not in page


def test_another_grade_needs_a_reason_and_keeps_what_was_typed(sign_in: SignIn, event: Event) -> None:
    client = sign_in("case_officer")
    seen = {"seen_level": "", "seen_proposed": event.proposed_level}
    bare = client.post(f"/events/{event.pk}/grade/", {"level": "I", "reason": "  ", **seen})
    assert bare.status_code == 400
    assert "Write a reason. Nothing was changed." in html(bare)
    client.post(f"/events/{event.pk}/grade/", {"level": "I", "reason": "leader's note", **seen})
    event.refresh_from_db()
    assert event.level == "I"


def test_a_grade_is_not_confirmed_over_one_that_moved_meanwhile(
    sign_in: SignIn, event: Event, people: dict[str, User], now: datetime
) -> None:
    judged(event, people, now, "II")
    seen = {"seen_level": "", "seen_proposed": event.proposed_level}
    response = sign_in("approver").post(
        f"/events/{event.pk}/grade/", {"level": "I", "reason": "as I read it", **seen}
    )
    assert response.status_code == 409
    assert "as I read it" in html(response)
    assert Event.objects.get(pk=event.pk).level == "II"


def test_lowering_is_for_approvers_only(
    sign_in: SignIn, event: Event, people: dict[str, User], now: datetime
) -> None:
    judged(event, people, now, "I")
    asked = {"level": "IV", "reason": "calm", "seen_level": "I", "seen_proposed": event.proposed_level}
    officer = sign_in("case_officer")
    assert '<option value="IV" disabled>' in html(officer.get(f"/events/{event.pk}/"))
    assert officer.post(f"/events/{event.pk}/grade/", asked).status_code == 403
    assert sign_in("approver").post(f"/events/{event.pk}/grade/", asked).status_code == 302
    assert Event.objects.get(pk=event.pk).level == "IV"


@pytest.mark.parametrize("act", ["change", "grade", "close", "reopen", "timeline", "texts/add"])
def test_acts_on_events_of_others_do_not_exist(sign_in: SignIn, event: Event, act: str) -> None:
    assert sign_in("school_officer").post(f"/events/{event.pk}/{act}/", {}).status_code == 404


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("change", {"title": "x"}),
        ("timeline", {"timeline-text": "x"}),
        ("grade", {"level": "I", "reason": "x"}),
    ],
)
def test_monitors_read_but_do_not_change(
    sign_in: SignIn, event: Event, act: str, data: dict[str, str]
) -> None:
    client = sign_in("monitor")
    assert client.post(f"/events/{event.pk}/{act}/", data).status_code == 403
    page = html(client.get(f"/events/{event.pk}/"))
    assert "Save the facts" not in page
    assert "Set the grade" not in page


def test_closing_and_reopening_need_reasons_and_the_approver(
    sign_in: SignIn, event: Event, people: dict[str, User], now: datetime
) -> None:
    judged(event, people, now)
    officer, approver = sign_in("case_officer"), sign_in("approver")
    assert officer.post(f"/events/{event.pk}/close/", {"reason": "done"}).status_code == 403
    unsaid = approver.post(f"/events/{event.pk}/close/", {"reason": " "}, follow=True)
    assert "Write a reason" in said(unsaid)
    approver.post(f"/events/{event.pk}/close/", {"reason": "pipes flushed"})
    page = html(officer.get(f"/events/{event.pk}/"))
    assert "Closed: pipes flushed" in page
    assert "Save the facts" not in page
    late = officer.post(f"/events/{event.pk}/timeline/", {"timeline-text": "late"}, follow=True)
    assert "The event is closed" in said(late)
    approver.post(f"/events/{event.pk}/reopen/", {"reason": "yellow again"})
    assert Event.objects.get(pk=event.pk).state == EventState.JUDGED
    assert AuditEntry.objects.filter(action="event.reopened").count() == 1


def test_an_ungraded_event_is_not_closed(sign_in: SignIn, event: Event) -> None:
    response = sign_in("approver").post(f"/events/{event.pk}/close/", {"reason": "x"}, follow=True)
    assert "This is not possible now" in said(response)


def test_the_timeline_takes_what_happened_and_when(sign_in: SignIn, event: Event, now: datetime) -> None:
    client = sign_in("case_officer")
    at = now - timedelta(days=1)
    local = "2026-11-22T10:00"
    client.post(f"/events/{event.pk}/timeline/", {"timeline-text": "水务局到场", "timeline-at": local})
    assert event.timeline.get(code="note").at == at
    future = client.post(
        f"/events/{event.pk}/timeline/", {"timeline-text": "not yet", "timeline-at": "2030-01-01T00:00"}
    )
    assert future.status_code == 400
    assert "This time lies in the future." in html(future)
    assert "not yet" in html(future)


def test_texts_are_narrowed_to_what_a_figure_counts(
    sign_in: SignIn, event: Event, make_document: Make, people: dict[str, User], now: datetime
) -> None:
    calm = make_document(title="calm", tone="positive")
    client = sign_in("case_officer")
    client.post(f"/events/{event.pk}/texts/add/", {"ids": [calm.pk]})
    assert len(client.get(f"/events/{event.pk}/texts/").context["items"]) == 13
    assert len(client.get(f"/events/{event.pk}/texts/?tone=positive").context["items"]) == 1
    assert len(client.get(f"/events/{event.pk}/texts/?source={calm.source_id}").context["items"]) == 13
    assert len(client.get(f"/events/{event.pk}/texts/?source=999999&hour=x").context["items"]) == 0
    client.post(f"/events/{event.pk}/texts/{calm.pk}/choose/", {"chosen": "1"})
    chosen = client.get(f"/events/{event.pk}/texts/?chosen=1").context["items"]
    assert [item.document_id for item in chosen] == [calm.pk]
    page = html(client.get(f"/events/{event.pk}/"))
    assert "No longer representative" in page


@pytest.mark.parametrize("written", ["{pk}", "https://desk.example/documents/{pk}/?q=1", "{url}"])
def test_a_text_is_put_in_by_number_or_address(
    sign_in: SignIn, event: Event, make_document: Make, written: str
) -> None:
    url = "https://bbs.yunchuan.example/t/77"
    other = make_document(url=url, url_key=url_key(url))
    what = written.format(pk=other.pk, url=url)
    sign_in("case_officer").post(f"/events/{event.pk}/texts/add/", {"what": what})
    assert event.items.filter(document=other).exists()


def test_what_is_not_found_is_said_and_foreign_texts_are_not_found(
    sign_in: SignIn, school_event: Event, make_document: Make
) -> None:
    foreign = make_document(title="of the whole body")
    client = sign_in("school_officer")
    for what in ("99999999999999999999999", "javascript:alert(1)", "", str(foreign.pk)):
        response = client.post(f"/events/{school_event.pk}/texts/add/", {"what": what}, follow=True)
        assert "No text was found" in said(response)
    assert school_event.items.count() == 1


def test_search_offers_what_is_not_in_the_event_yet(
    sign_in: SignIn, event: Event, make_document: Make, school_event: Event
) -> None:
    fresh = make_document(title="泵站检修公告")
    search.index(Document.objects.all())
    response = sign_in("case_officer").get(f"/events/{event.pk}/texts/?q=泵站")
    assert [document.pk for document in response.context["found"]] == [fresh.pk]
    assert sign_in("school_officer").get(f"/events/{school_event.pk}/texts/?q=泵站").context["found"] == []


def test_taking_a_text_out_needs_a_reason_that_stays(sign_in: SignIn, event: Event) -> None:
    client = sign_in("case_officer")
    document = event.items.values_list("document", flat=True)[0]
    address = f"/events/{event.pk}/texts/{document}/remove/"
    assert "Write a reason" in said(client.post(address, {"reason": ""}, follow=True))
    client.post(address, {"reason": "another county"})
    assert event.items.count() == 11
    assert event.timeline.get(code="document_removed").text == "another county"
    assert client.post(address, {"reason": "again"}).status_code == 404


def test_text_of_strangers_stays_text(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    documents = [make_document(title=HOSTILE) for _ in range(2)]
    group = group_of(body, documents, title=HOSTILE)
    made = event_create(
        title=HOSTILE, unit=body, actor=people["case_officer"], now=now, documents=documents, groups=[group]
    )
    timeline_add(event=made, text=HOSTILE, actor=people["case_officer"], now=now)
    client = sign_in("case_officer")
    for address in ("/events/", f"/events/{made.pk}/", f"/events/{made.pk}/texts/", f"/groups/{group.pk}/"):
        assert_dead(client.get(address).content.decode())


def test_an_events_page_asks_the_same_number_of_questions_however_large(
    sign_in: SignIn, event: Event, body: Unit, make_document: Make, people: dict[str, User], now: datetime,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for number in range(8):
        timeline_add(event=event, text=f"note {number}", actor=people["case_officer"], now=now)
    client = sign_in("case_officer")
    with django_assert_max_num_queries(FRAME_QUERIES + 29):
        assert client.get(f"/events/{event.pk}/").status_code == 200
    with django_assert_max_num_queries(FRAME_QUERIES + 6):
        assert client.get("/events/").status_code == 200
    with django_assert_max_num_queries(FRAME_QUERIES + 6):
        assert client.get(f"/events/{event.pk}/texts/").status_code == 200


def test_a_group_says_why_its_texts_stand_together(sign_in: SignIn, make_document: Make, body: Unit) -> None:
    group = group_of(body, [make_document() for _ in range(3)])
    page = html(sign_in("monitor").get(f"/groups/{group.pk}/"))
    assert "shared words" in page
    assert "自来水 发黄" in page
    assert "62 %" in page
    assert sign_in("school_officer").get(f"/groups/{group.pk}/").status_code == 404


def test_ticked_texts_become_a_group_of_their_own(sign_in: SignIn, make_document: Make, body: Unit) -> None:
    documents = [make_document() for _ in range(3)]
    group = group_of(body, documents)
    client = sign_in("case_officer")
    response = client.post(
        f"/groups/{group.pk}/split/", {"ids": [documents[0].pk], "title": "another matter"}
    )
    fresh = Group.objects.get(title="another matter")
    assert response["Location"] == f"/groups/{fresh.pk}/"
    assert (fresh.size, Group.objects.get(pk=group.pk).size) == (1, 2)
    everything = [documents[1].pk, documents[2].pk]
    for ids in ([], everything, [documents[0].pk]):
        client.post(f"/groups/{group.pk}/split/", {"ids": ids})
    assert Group.objects.get(pk=group.pk).size == 2


def test_groups_are_put_together_and_the_old_address_leads_on(
    sign_in: SignIn, make_document: Make, body: Unit, event: Event
) -> None:
    one, two = (group_of(body, [make_document(), make_document()], title=f"group {n}") for n in range(2))
    client = sign_in("case_officer")
    client.post(f"/groups/{one.pk}/event/", {"event": event.pk})
    assert event.items.count() == 14
    assert "Nothing was chosen" in said(client.post(f"/groups/{one.pk}/merge/", {}, follow=True))
    client.post(f"/groups/{one.pk}/merge/", {"groups": [two.pk]})
    assert Group.objects.get(pk=one.pk).size == 4
    assert event.items.count() == 16
    assert client.get(f"/groups/{two.pk}/")["Location"] == f"/groups/{one.pk}/"


def test_the_machine_asks_about_two_groups_and_a_person_answers(
    sign_in: SignIn, make_document: Make, body: Unit
) -> None:
    one, two = (group_of(body, [make_document()], title=f"group {n}") for n in range(2))
    GroupLink.objects.create(
        first=one, second=two, verdict="alike", similarity=0.4, evidence=[["shared_words", "<油烟>"]], at=NOW
    )
    client = sign_in("case_officer")
    page = html(client.get(f"/groups/{two.pk}/"))
    assert "Perhaps the same matter" in page
    assert "group 0" in page
    assert "&lt;油烟&gt;" in page
    assert "Kept apart" in said(client.post(f"/groups/{two.pk}/part/", {"group": one.pk}, follow=True))
    page = html(client.get(f"/groups/{one.pk}/"))
    assert "Perhaps the same matter" not in page
    assert "Kept apart by a person from:" in page
    assert client.post(f"/groups/{two.pk}/part/", {"group": two.pk}, follow=True).status_code == 200
    assert client.post(f"/groups/{two.pk}/part/", {"group": "x"}).status_code == 404
    client.post(f"/groups/{one.pk}/merge/", {"groups": [two.pk]})
    assert GroupLink.objects.get().verdict == "together"


@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("school_officer", 404), ("outsider", 404)])
def test_keeping_groups_apart_is_for_those_who_screen_them(
    sign_in: SignIn, make_document: Make, body: Unit, who: str, status: int
) -> None:
    one, two = (group_of(body, [make_document()]) for _ in range(2))
    assert sign_in(who).post(f"/groups/{one.pk}/part/", {"group": two.pk}).status_code == status
    assert not GroupLink.objects.exists()


def test_group_acts_are_for_those_who_screen(sign_in: SignIn, make_document: Make, body: Unit) -> None:
    group = group_of(body, [make_document(), make_document()])
    client = sign_in("auditor")
    assert client.post(f"/groups/{group.pk}/dismiss/", {"reason": "x"}).status_code == 403
    assert "Split off" not in html(client.get(f"/groups/{group.pk}/"))


def test_words_of_the_grading_table_are_offered_in_the_readers_language() -> None:
    assert ("service", "Service, fee, conduct") in choices_of("nature", default_table())
    assert choices_of("no such fact", default_table()) == []
    assert any(code == "minors" and "at least" in words for code, words in floor_choices(default_table()))

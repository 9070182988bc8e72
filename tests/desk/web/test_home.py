"""工作台: what needs me now, what today brought, and what to do first in an empty body."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from guanlan.desk.alerts.models import Alert
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_change, event_close, event_create, grade_confirm
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.reports.models import Report
from guanlan.desk.reports.services import brief_issue, brief_make
from guanlan.desk.sources.models import FetchRun, Source
from guanlan.desk.watch.models import Theme
from guanlan.desk.web import today
from guanlan.desk.web.templatetags.desk import lasted
from tests.desk.web.conftest import FRAME_QUERIES
from tests.desk.web.second import HOSTILE, Make, SignIn, assert_dead, group_of, html, stand_at


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stand_at(monkeypatch, now)


def alert(unit: Unit, opened_at: datetime, **fields: Any) -> Alert:
    values = {"kind": "theme", "rule": "供水", "rule_key": "rule:1", "title": "自来水又黄了", **fields}
    key = f"{opened_at.isoformat()}{values['title']}"
    return Alert.objects.create(unit=unit, opened_at=opened_at, once_key=key[:120], **values)


def tasks(client: Client) -> list[today.Task]:
    return list(client.get("/").context["tasks"].listed)


def test_an_empty_body_says_what_to_do_first(sign_in: SignIn, body: Unit, now: datetime) -> None:
    Theme.objects.create(unit=body, name="供水", expression="自来水", created_at=now, changed_at=now)
    page = html(sign_in("case_officer").get("/"))
    assert "What to do first" in page
    assert "1 theme is set up" in page
    for address in ("/import/", "/documents/new/", "/sources/", "/themes/"):
        assert f'href="{address}"' in page


def test_who_may_do_nothing_yet_is_told_that_things_will_appear(sign_in: SignIn, make_document: Make) -> None:
    make_document()
    page = html(sign_in("outsider").get("/"))
    assert "When monitors import or enter information" in page
    assert 'href="/import/"' not in page


def test_overdue_comes_first_then_what_is_due_soonest(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    make_document()
    alert(body, now - timedelta(minutes=2), title="fresh")
    alert(body, now - timedelta(minutes=40), title="old")
    event_create(
        title="school canteen", unit=body, actor=people["case_officer"], now=now - timedelta(hours=1)
    )
    found = tasks(sign_in("case_officer"))
    assert [(task.title, task.overdue) for task in found] == [
        ("old", True), ("fresh", False), ("E-0001 school canteen", False),
    ]  # fmt: skip


def test_each_role_is_asked_only_for_what_it_may_do(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    make_document()
    alert(body, now)
    event_create(title="canteen", unit=body, actor=people["case_officer"], now=now)
    kinds = {
        name: {task.kind for task in tasks(sign_in(name))} for name in ("monitor", "case_officer", "auditor")
    }
    assert kinds["monitor"] == {"Alert"}
    assert {"Alert", "To grade"} <= kinds["case_officer"]
    assert kinds["auditor"] == set()


def test_matters_of_other_units_are_not_asked_for(
    sign_in: SignIn, make_document: Make, school: Unit, water: Unit, people: dict[str, User], now: datetime
) -> None:
    make_document(unit=school, title="school text")
    alert(school, now, title="school alert")
    event_create(title="school event", unit=school, actor=people["school_officer"], now=now)
    assert [task.title for task in tasks(sign_in("school_officer"))] == [
        "school alert",
        "E-0001 school event",
    ]
    make_document(unit=water)
    page = html(sign_in("water_officer").get("/"))
    assert "school" not in page


def test_a_long_list_ends_and_says_how_many_more(
    sign_in: SignIn, make_document: Make, body: Unit, now: datetime
) -> None:
    make_document()
    for number in range(7):
        alert(body, now - timedelta(minutes=number), title=f"alert {number}")
    response = sign_in("monitor").get("/")
    found = response.context["tasks"]
    assert len(found.listed) == today.MOST_OF_A_KIND
    assert found.count == 7
    assert found.more == (("3 more alerts", "/alerts/"),)


def test_a_confirmed_grade_asks_again_only_when_the_proposal_moved_afterwards(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    officer = people["case_officer"]
    documents = [make_document(engagement=30) for _ in range(12)]
    made = now - timedelta(hours=3)
    event = event_create(title="canteen", unit=body, actor=officer, now=made, documents=documents)
    facts = {"nature": "complaint", "people": "ten"}
    event = event_change(event=event, actor=officer, now=made, **facts)
    event = Event.objects.get(pk=event.pk)
    assert event.proposed_level, "the test needs a proposal"
    grade_confirm(event=event, level="I", reason="known to the leader", actor=officer, now=made)
    client = sign_in("case_officer")
    assert [task for task in tasks(client) if task.kind in {"To grade", "Grade again"}] == []
    event_change(
        event=event, actor=officer, now=now - timedelta(minutes=5), floors=["minors"], nature="death"
    )
    event.refresh_from_db()
    assert event.proposed_level not in {"", "I"}
    assert [task.kind for task in tasks(client) if task.kind in {"To grade", "Grade again"}] == [
        "Grade again"
    ]


def test_the_brief_of_yesterday_is_due_until_it_is_issued(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    make_document()
    Unit.objects.filter(pk=body.pk).update(created_at=now - timedelta(days=30))
    client = sign_in("approver")
    missing = tasks(client)[0]
    assert (missing.act, missing.url, missing.overdue) == ("Make", "/reports/?day=2026-11-22", False)
    assert missing.due.isoformat() == "2026-11-23T10:30:00+08:00"
    report = brief_make(
        unit=body, day=missing.due.date() - timedelta(days=1), actor=people["reviewer"], now=now
    )
    assert (tasks(client)[0].act, tasks(client)[0].url) == ("Issue", f"/reports/{report.pk}/")
    brief_issue(report=report, actor=people["approver"], now=now)
    assert tasks(client) == []
    assert Report.objects.get().issue == 1


def test_a_body_founded_today_is_not_reproached_for_yesterday(
    sign_in: SignIn, make_document: Make, body: Unit
) -> None:
    make_document()
    assert tasks(sign_in("approver")) == []


def test_imports_that_do_not_move_are_shown_and_moving_ones_are_not(
    sign_in: SignIn, make_document: Make, run: FetchRun, now: datetime
) -> None:
    make_document()
    values = {
        "kind": "import",
        "source": run.source,
        "unit": run.unit,
        "started_at": now - timedelta(hours=1),
    }
    FetchRun.objects.create(label="moving.csv", state="analysing", next_action_at=now, **values)
    FetchRun.objects.create(
        label="stuck.csv", state="reading", next_action_at=now - timedelta(hours=1), **values
    )
    FetchRun.objects.create(label="failed.csv", state="failed", finished_at=now, **values)
    FetchRun.objects.create(
        label="long ago.csv", state="failed", finished_at=now - timedelta(days=3), **values
    )
    assert {task.title for task in tasks(sign_in("monitor"))} == {"Import stuck.csv", "Import failed.csv"}


def test_each_figure_of_today_opens_exactly_its_records(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    officer, approver = people["case_officer"], people["approver"]
    for number in range(3):
        make_document(title=f"kept {number}")
    make_document(title="off topic", outcome="off_topic")
    make_document(title="yesterday", stored_at=now - timedelta(days=1))
    done = event_create(title="done", unit=body, actor=officer, now=now)
    grade_confirm(event=done, level="IV", reason="small", actor=approver, now=now)
    event_close(event=Event.objects.get(pk=done.pk), reason="settled", actor=approver, now=now)
    event_create(title="old", unit=body, actor=officer, now=now - timedelta(days=2))
    client = sign_in("case_officer")
    steps = client.get("/").context["steps"]
    assert [step.count for step in steps] == [4, 3, 1, 1]
    collected, kept, opened, closed = (client.get(step.url) for step in steps)
    assert {row.document.title for row in collected.context["rows"]} == {
        "kept 0", "kept 1", "kept 2", "off topic",
    }  # fmt: skip
    assert {row.document.title for row in kept.context["rows"]} == {"kept 0", "kept 1", "kept 2"}
    assert [event.title for event, _, _ in opened.context["rows"]] == ["done"]
    assert [event.title for event, _, _ in closed.context["rows"]] == ["done"]


def test_an_hour_of_the_curve_opens_the_texts_of_that_hour(
    sign_in: SignIn, make_document: Make, now: datetime
) -> None:
    make_document(title="nine", published_at=now - timedelta(minutes=30))
    make_document(title="nine too", published_at=now - timedelta(minutes=40), tone="positive")
    make_document(title="five", published_at=now - timedelta(hours=5))
    make_document(title="too old", published_at=now - timedelta(days=3))
    client = sign_in("monitor")
    curve = client.get("/").context["curve"]
    assert (curve.total, curve.negative, curve.highest) == (3, 2, 2)
    fullest = max(curve.bars, key=lambda bar: bar.volume.total)
    assert (fullest.height, fullest.negative) == (100, 50)
    rows = client.get(f"/documents/?hour={fullest.number}").context["rows"]
    assert {row.document.title for row in rows} == {"nine", "nine too"}


def test_rising_groups_can_be_made_an_event_or_left_with_a_reason(
    sign_in: SignIn, make_document: Make, body: Unit
) -> None:
    group = group_of(body, [make_document() for _ in range(4)], title="夜市噪音")
    client = sign_in("case_officer")
    page = html(client.get("/"))
    assert "夜市噪音" in page
    assert "4 texts in 6 h" in page
    assert "100 %" in page
    assert f'href="/events/new/?group={group.pk}"' in page
    client.post(f"/groups/{group.pk}/dismiss/", {"reason": "  ", "next": "/"})
    group.refresh_from_db()
    assert group.dismissed_at is None
    response = client.post(f"/groups/{group.pk}/dismiss/", {"reason": "advertising", "next": "/"})
    assert response["Location"] == "/"
    group.refresh_from_db()
    assert group.dismissed_reason == "advertising"
    assert client.get("/").context["growing"] == []


def test_coverage_counts_sources_by_health_and_links_to_them(
    sign_in: SignIn, make_document: Make, source: Source, body: Unit, now: datetime
) -> None:
    make_document()
    values = {"kind": "news", "unit": body, "created_at": now, "interval_minutes": 60}
    Source.objects.create(code="a", name="on time", last_success_at=now, **values)
    Source.objects.create(code="b", name="late", last_success_at=now - timedelta(hours=3), **values)
    Source.objects.create(code="c", name="never", **values)
    response = sign_in("monitor").get("/")
    coverage = response.context["coverage"]
    assert (coverage["expected"], coverage["on_time"], coverage["late"], coverage["never"]) == (3, 1, 1, 1)
    assert "1 of 3 sources on time" in html(response)
    assert 'href="/sources/?health=late"' in html(response)


def test_text_of_strangers_stays_text(
    sign_in: SignIn, make_document: Make, body: Unit, now: datetime
) -> None:
    documents: list[Document] = [make_document(title=HOSTILE) for _ in range(3)]
    group_of(body, documents, title=HOSTILE)
    alert(body, now, title=HOSTILE)
    page = html(sign_in("case_officer").get("/"))
    assert "alert(1)" in page
    assert_dead(page)


def test_the_page_asks_a_bounded_number_of_questions(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for number in range(30):
        documents = [make_document() for _ in range(2)]
        group_of(body, documents, title=f"group {number}")
        alert(body, now, title=f"alert {number}")
        if number < 8:
            event_create(title=f"event {number}", unit=body, actor=people["case_officer"], now=now)
    client = sign_in("case_officer")
    with django_assert_max_num_queries(FRAME_QUERIES + 32):
        assert client.get("/").status_code == 200


@pytest.mark.parametrize("hour", ["99999999999", "-1", "x", "2016000", ""])
def test_an_hour_that_is_none_narrows_nothing(sign_in: SignIn, make_document: Make, hour: str) -> None:
    make_document(title="kept")
    response = sign_in("monitor").get(f"/documents/?hour={hour}")
    assert [row.document.title for row in response.context["rows"]] == ["kept"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.44, "0.4 s"), (12, "12 s"), (200, "3 min"), (7500, "2 h 05 min"), (3 * 86400, "3 days")],
)
def test_how_long_something_took_is_said_shortly(seconds: float, words: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == words

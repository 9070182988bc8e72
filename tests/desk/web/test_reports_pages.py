"""报告: made for a day, edited, issued, corrected, taken away as a file; each figure opens its records."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from django.test import Client

from guanlan.desk.alerts.models import Alert
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.reports.models import Report, ReportState
from guanlan.desk.reports.rules import Figure
from guanlan.desk.reports.services import brief_edit, brief_issue, brief_make, brief_read
from guanlan.desk.web.report_words import NAMES, figures_of, name_of, passages_of
from guanlan.desk.web.views.reports import DOWNLOADS
from tests.desk.web.conftest import FRAME_QUERIES
from tests.desk.web.second import HOSTILE, Make, SignIn, assert_dead, html, stand_at

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stand_at(monkeypatch, now)


@pytest.fixture
def report(make_document: Make, body: Unit, people: dict[str, User], now: datetime) -> Report:
    documents = [make_document() for _ in range(5)]
    event_create(title="自来水发黄", unit=body, actor=people["case_officer"], now=now, documents=documents)
    Alert.objects.create(
        unit=body, kind="theme", rule="r", rule_key="rule:1", once_key="1", title="alert", opened_at=now
    )
    return brief_make(unit=body, day=TODAY, actor=people["reviewer"], now=now)


@pytest.fixture
def issued(report: Report, people: dict[str, User], now: datetime) -> Report:
    return brief_issue(report=report, actor=people["approver"], now=now)


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def edited(client: Client, report: Report, version: int | None = None, **changes: str) -> Any:
    fields = {f"c:{code}": value for code, value in changes.items()}
    return client.post(f"/reports/{report.pk}/edit/", {"version": version or report.version, **fields})


def test_an_empty_list_says_what_a_brief_is_and_offers_yesterday(sign_in: SignIn, body: Unit) -> None:
    page = html(sign_in("reviewer").get("/reports/"))
    assert "A daily brief counts" in page
    assert 'value="2026-11-22"' in page
    assert 'name="day"' not in html(sign_in("monitor").get("/reports/"))


def test_a_brief_is_made_for_a_day(sign_in: SignIn, body: Unit, people: dict[str, User]) -> None:
    client = sign_in("reviewer")
    response = client.post("/reports/", {"day": "2026-11-22", "unit": body.pk})
    report = Report.objects.get()
    assert response["Location"] == f"/reports/{report.pk}/"
    assert (report.day, report.made_by) == (date(2026, 11, 22), people["reviewer"])
    assert [found.pk for found in client.get("/reports/").context["reports"]] == [report.pk]


@pytest.mark.parametrize("day", ["2026-11-24", "1999-12-31", "", "2026-02-30", "no day"])
def test_days_that_are_none_are_refused_in_words(sign_in: SignIn, body: Unit, day: str) -> None:
    response = sign_in("reviewer").post("/reports/", {"day": day, "unit": body.pk})
    assert response.status_code == 400
    assert response.context["problem"]
    assert not Report.objects.exists()


def test_monitors_read_briefs_and_make_none(sign_in: SignIn, report: Report, body: Unit) -> None:
    client = sign_in("monitor")
    page = html(client.get(f"/reports/{report.pk}/"))
    assert "Count again" not in page
    assert client.post("/reports/", {"day": "2026-11-22", "unit": body.pk}).status_code == 403
    for act in ("edit", "recount", "issue", "correct"):
        assert client.post(f"/reports/{report.pk}/{act}/", {"text": "x"}).status_code == 403


def test_reports_of_other_units_do_not_exist(sign_in: SignIn, report: Report) -> None:
    for name in ("school_officer", "outsider"):
        client = sign_in(name)
        assert client.get("/reports/").context["reports"] == []
        for address in ("", "edit/", "file/docx/", "figures/events.open/"):
            assert client.get(f"/reports/{report.pk}/{address}").status_code == 404
        assert client.post(f"/reports/{report.pk}/issue/").status_code == 404


def test_the_page_looks_like_the_paper(sign_in: SignIn, report: Report, settings: Any) -> None:
    response = sign_in("reviewer").get(f"/reports/{report.pk}/")
    sheet = response.context["sheet"]
    page = html(response)
    assert f'<h2 class="paper-title">{sheet.title}</h2>' in page
    assert sheet.draft in page
    assert "自来水发黄" in page
    assert all(part.heading in page for part in sheet.parts)


def test_every_figure_opens_exactly_its_records(sign_in: SignIn, report: Report) -> None:
    client = sign_in("case_officer")
    brief = brief_read(report)
    looked = 0
    for row in figures_of(report, brief):
        assert isinstance(row.leaf, Figure)
        if row.leaf.measure != "records":
            continue
        response = client.get(row.url)
        assert response.status_code == 200, row.leaf.code
        records = response.context.get("records")
        if records is None:
            records = [one for line in response.context["rows"] for one in (line.document, *line.same)]
        assert len(records) == row.leaf.computed, row.leaf.code
        looked += 1
    assert looked >= 12


def test_every_leaf_has_a_name_of_its_own(report: Report) -> None:
    brief = brief_read(report)
    names = [row.name for row in (*figures_of(report, brief), *passages_of(brief))]
    assert all(names)
    assert len(names) == len(set(names))
    assert name_of(brief, "level.none") == "Open events: not graded"
    assert name_of(brief, "kind.forum.negative").endswith("negative")
    assert name_of(brief, "event.999.note").startswith("event.999")
    assert set(NAMES) >= {"collected", "events.open", "tail.signer"}


def test_a_changed_figure_is_marked_and_what_was_counted_stays(sign_in: SignIn, report: Report) -> None:
    client = sign_in("reviewer")
    edited(client, report, kept="7", judgement="继续关注水质")
    report.refresh_from_db()
    kept = brief_read(report).numbers.kept
    assert (kept.value, kept.computed, kept.edited) == (7, 5, True)
    page = html(client.get(f"/reports/{report.pk}/"))
    assert "the program counted 5" in page
    assert "<sup>[1]</sup>" in page
    assert "继续关注水质" in page
    edited(client, report, kept="")
    report.refresh_from_db()
    assert not brief_read(report).numbers.kept.edited


def test_what_is_no_number_is_shown_at_its_field_and_nothing_is_lost(sign_in: SignIn, report: Report) -> None:
    response = edited(sign_in("reviewer"), report, kept="many", judgement="typed before")
    assert response.status_code == 400
    page = html(response)
    assert "A whole number, or empty." in page
    assert 'value="many"' in page
    assert "typed before" in page
    assert brief_read(Report.objects.get()).judgement.value == ""


def test_two_editors_do_not_overwrite_each_other(
    sign_in: SignIn, report: Report, people: dict[str, User], now: datetime
) -> None:
    read = report.version
    brief_edit(report=report, changes={"judgement": "first"}, version=read, actor=people["approver"], now=now)
    client = sign_in("reviewer")
    late = edited(client, report, read, judgement="second")
    assert late.status_code == 409
    page = html(late)
    assert "Somebody saved the brief while you were writing." in page
    assert "second" in page
    assert f'name="version" value="{read + 1}"' in page
    edited(client, report, read + 1, judgement="second")
    assert brief_read(Report.objects.get()).judgement.value == "second"


def test_codes_that_are_not_in_the_brief_change_nothing(sign_in: SignIn, report: Report) -> None:
    response = edited(sign_in("reviewer"), report, nonsense="1", judgement="kept")
    assert response.status_code == 302
    assert brief_read(Report.objects.get()).judgement.value == "kept"


def test_counting_again_keeps_what_people_wrote(sign_in: SignIn, report: Report, make_document: Make) -> None:
    client = sign_in("reviewer")
    edited(client, report, judgement="继续关注")
    make_document()
    client.post(f"/reports/{report.pk}/recount/")
    brief = brief_read(Report.objects.get())
    assert (brief.numbers.kept.computed, brief.judgement.value) == (6, "继续关注")


def test_the_approver_issues_what_was_read(
    sign_in: SignIn, report: Report, people: dict[str, User], now: datetime
) -> None:
    officer, approver = sign_in("case_officer"), sign_in("approver")
    assert officer.post(f"/reports/{report.pk}/issue/", {"version": report.version}).status_code == 403
    stale = approver.post(f"/reports/{report.pk}/issue/", {"version": report.version + 5}, follow=True)
    assert "so it was not issued" in said(stale)
    done = approver.post(f"/reports/{report.pk}/issue/", {"version": report.version}, follow=True)
    assert "Issued as no. 1 under your name." in said(done)
    report.refresh_from_db()
    assert (report.state, report.issued_by, report.issued_at) == (ReportState.ISSUED, people["approver"], now)
    twice = approver.post(f"/reports/{report.pk}/issue/", {"version": report.version}, follow=True)
    assert "Somebody issued it before you." in said(twice)


def test_an_issued_brief_is_corrected_never_edited(sign_in: SignIn, issued: Report) -> None:
    client = sign_in("approver")
    for method in (client.get, client.post):
        response = method(f"/reports/{issued.pk}/edit/", follow=True)
        assert "Add a correction instead" in said(response)
    empty = client.post(f"/reports/{issued.pk}/correct/", {"text": " "}, follow=True)
    assert "Nothing was added" in said(empty)
    client.post(f"/reports/{issued.pk}/correct/", {"text": "留存应为 6 条"})
    page = html(client.get(f"/reports/{issued.pk}/"))
    assert page.count("留存应为 6 条") == 2  # beside the paper and on it
    assert "Count again" not in page


def test_a_draft_takes_no_correction(sign_in: SignIn, report: Report) -> None:
    response = sign_in("approver").post(f"/reports/{report.pk}/correct/", {"text": "x"}, follow=True)
    assert "is a draft still" in said(response)


def test_files_are_handed_out_and_written_into_the_audit(sign_in: SignIn, issued: Report) -> None:
    client = sign_in("monitor")
    starts = {"docx": b"PK", "pdf": b"%PDF", "html": b"<!doctype html>"}
    for form, _ in DOWNLOADS:
        response = client.get(f"/reports/{issued.pk}/file/{form}/")
        assert response.status_code == 200
        assert response.content.startswith(starts.get(form, b""))
        assert "attachment" in response["Content-Disposition"]
        assert response["Content-Disposition"].isascii()
    with ZipFile(BytesIO(client.get(f"/reports/{issued.pk}/file/docx/").content)) as archive:
        assert "word/document.xml" in archive.namelist()
    assert AuditEntry.objects.filter(action="report.exported").count() == len(DOWNLOADS) + 1
    assert client.get(f"/reports/{issued.pk}/file/exe/").status_code == 404


def test_unknown_figures_do_not_exist_and_documents_lead_to_the_feed(sign_in: SignIn, report: Report) -> None:
    client = sign_in("monitor")
    assert client.get(f"/reports/{report.pk}/figures/nonsense/").status_code == 404
    assert client.get(f"/reports/{report.pk}/figures/judgement/").status_code == 404
    feed = client.get(f"/reports/{report.pk}/figures/kept/")
    assert urlsplit(feed["Location"]).path == "/documents/"
    events = html(client.get(f"/reports/{report.pk}/figures/events.open/"))
    assert "E-0001 自来水发黄" in events


def test_text_of_strangers_stays_text(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    documents = [make_document(title=HOSTILE) for _ in range(3)]
    event_create(title=HOSTILE, unit=body, actor=people["case_officer"], now=now, documents=documents)
    report = brief_make(unit=body, day=TODAY, actor=people["reviewer"], now=now)
    client = sign_in("approver")
    edited(client, report, judgement=HOSTILE, **{"head.title": HOSTILE})
    report.refresh_from_db()
    for address in ("", "edit/", "figures/events.open/"):
        assert_dead(client.get(f"/reports/{report.pk}/{address}").content.decode())
    assert_dead(edited(client, report, kept=HOSTILE).content.decode())
    client.post(f"/reports/{report.pk}/issue/", {"version": report.version})
    client.post(f"/reports/{report.pk}/correct/", {"text": HOSTILE})
    assert_dead(client.get(f"/reports/{report.pk}/").content.decode())


def test_pages_ask_a_bounded_number_of_questions(
    sign_in: SignIn, report: Report, body: Unit, people: dict[str, User], now: datetime,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for number in range(1, 12):
        day = TODAY - timedelta(days=number)
        brief_make(unit=body, day=day, actor=people["reviewer"], now=now)
    client = sign_in("approver")
    with django_assert_max_num_queries(FRAME_QUERIES + 7):
        client.get("/reports/")
    with django_assert_max_num_queries(FRAME_QUERIES + 5):
        client.get(f"/reports/{report.pk}/")

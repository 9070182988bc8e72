"""公开 from inside: channels, figures that open their records, reports that wait, and who may what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.disclosure import services
from guanlan.desk.disclosure.models import (
    PublicAnswer,
    PublicChannel,
    PublicReport,
    ReportContact,
    ReportPhoto,
    SendHour,
)
from guanlan.desk.disclosure.photos import PNG, Photo
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.public_reports import report_receive
from guanlan.desk.pipeline.work import Worker
from guanlan.engines import InlineEngine
from tests.desk.disclosure.conftest import STORY, WORDS, sent
from tests.desk.web.second import HOSTILE, assert_dead, html

SignIn = Callable[[str], Client]
CONTACT = "13800138000"
FIELDS = {
    **WORDS, "slug": "school", "hour_ceiling": 60, "contact_days": 180, "photo_days": 365, "weekday": 3,
}  # fmt: skip


@pytest.fixture
def channel(body: Unit, people: dict[str, User], now: datetime) -> PublicChannel:
    actor = people["administrator"]
    made = services.public_channel_create(
        unit=body, actor=actor, now=now, slug="yunchuan", weekday=3, **WORDS
    )
    services.public_channel_switch(channel=made, on=True, actor=actor, now=now)
    return made


@pytest.fixture
def report(channel: PublicChannel, now: datetime) -> PublicReport:
    given = sent(1, what=STORY, contact=CONTACT, photos=[Photo(PNG, b"picture")])
    made = report_receive(channel=channel, sent=given, now=now)
    assert isinstance(made, PublicReport)
    for _ in Worker(InlineEngine(), clock=lambda: now).run_pending():
        pass
    return made


def test_an_administrator_prepares_opens_and_closes_a_channel(sign_in: SignIn, school: Unit) -> None:
    client = sign_in("administrator")
    assert "No channel for the public yet" in html(client.get("/disclosure/"))
    page = client.post("/disclosure/new/", {**FIELDS, "unit": school.pk}, follow=True)
    assert "still closed" in html(page)
    made = PublicChannel.objects.get()
    assert Client().get("/report/school/").status_code == 404
    client.post(f"/disclosure/{made.pk}/switch/", {"open": "1"})
    assert Client().get("/report/school/").status_code == 200
    page = html(client.get(f"/disclosure/{made.pk}/"))
    assert "http://testserver/report/school/" in page
    assert "The desk sees you coming from 127.0.0.1" in page
    client.post(f"/disclosure/{made.pk}/switch/", {"open": "0"})
    assert Client().get("/report/school/").status_code == 404


def test_a_channel_is_changed_and_a_taken_address_comes_back_with_the_reason(
    sign_in: SignIn, channel: PublicChannel, school: Unit
) -> None:
    client = sign_in("administrator")
    answer = client.post("/disclosure/new/", {**FIELDS, "unit": school.pk, "slug": "yunchuan"})
    assert answer.status_code == 400
    assert PublicChannel.objects.count() == 1
    answer = client.post(
        f"/disclosure/{channel.pk}/edit/", {**FIELDS, "slug": "yunchuan", "phone": "12345"}, follow=True
    )
    assert "12345" in html(answer)
    assert client.post(f"/disclosure/{channel.pk}/edit/", {**FIELDS, "purpose": ""}).status_code == 400
    channel.refresh_from_db()
    assert (channel.phone, channel.purpose) == ("12345", WORDS["purpose"])


@pytest.mark.parametrize(
    ("name", "sees", "keeps", "answers", "reads_contact"),
    [
        ("administrator", 200, True, False, False),
        ("case_officer", 200, False, True, True),
        ("approver", 200, False, True, True),
        ("reviewer", 200, False, True, False),
        ("spokesperson", 200, False, True, False),
        ("monitor", 200, False, False, False),
        ("school_officer", 404, False, False, False),
        ("outsider", 404, False, False, False),
    ],
)
def test_who_sees_and_who_does_what(
    sign_in: SignIn,
    channel: PublicChannel,
    report: PublicReport,
    name: str,
    sees: int,
    keeps: bool,
    answers: bool,
    reads_contact: bool,
) -> None:
    client = sign_in(name)
    of_channel, of_report = f"/disclosure/{channel.pk}/", f"/disclosure/reports/{report.pk}/"
    assert client.get("/disclosure/").status_code == client.get("/disclosure/reports/").status_code == 200
    assert client.get(of_channel).status_code == client.get(of_report).status_code == sees
    assert client.get(f"{of_channel}refused/").status_code == sees
    refused = 403 if sees == 200 else 404
    assert client.get(f"{of_channel}edit/").status_code == (200 if keeps else refused)
    assert client.post(f"{of_channel}switch/", {"open": "1"}).status_code == (302 if keeps else refused)
    day = {"day": "2027-01-07"}
    assert client.post(f"{of_channel}days/", day).status_code == (302 if keeps else refused)
    assert client.post(f"{of_report}status/", {"status": "in_hand"}).status_code == (
        302 if answers else refused
    )
    assert client.post(f"{of_report}answer/", {"text": "好"}).status_code == (302 if answers else refused)
    page = client.post(f"{of_report}contact/")
    assert page.status_code == (200 if reads_contact else refused)
    assert (CONTACT in html(page)) is reads_contact
    assert client.post(f"{of_report}contact/drop/").status_code == (302 if reads_contact else refused)
    assert ReportContact.objects.exists() is not reads_contact


def test_the_list_says_that_a_contact_was_left_and_never_which(
    sign_in: SignIn, report: PublicReport, channel: PublicChannel
) -> None:
    client = sign_in("case_officer")
    document = Document.objects.get(run=report.run)
    for url in (
        "/disclosure/", "/disclosure/reports/", f"/disclosure/reports/{report.pk}/", f"/documents/{document.pk}/",
        "/documents/", f"/documents/{document.pk}/preview/", f"/runs/{report.run_id}/",
    ):  # fmt: skip
        page = html(client.get(url))
        assert CONTACT not in page, url
    assert "way to reach the person left" in html(client.get("/disclosure/reports/"))


def test_the_document_page_shows_the_receipt_and_takes_the_answer(
    sign_in: SignIn, report: PublicReport
) -> None:
    client = sign_in("case_officer")
    document = Document.objects.get(run=report.run)
    page = html(client.get(f"/documents/{document.pk}/"))
    assert report.receipt in page
    assert "Write the answer" in page
    client.post(f"/disclosure/reports/{report.pk}/answer/", {"text": f"已修好 {HOSTILE}"})
    assert PublicAnswer.objects.count() == 1
    for url in (f"/documents/{document.pk}/", f"/disclosure/reports/{report.pk}/"):
        page = html(client.get(url))
        assert_dead(page)
        assert "Correct the answer" in page
    answer = client.post(f"/disclosure/reports/{report.pk}/answer/", {"text": " "}, follow=True)
    assert "An answer has 1 to 4000 characters." in html(answer)


def test_a_document_from_elsewhere_has_no_such_panel(
    sign_in: SignIn, make_document: Callable[..., Document], channel: PublicChannel
) -> None:
    assert 'id="public"' not in html(sign_in("case_officer").get(f"/documents/{make_document().pk}/"))


def test_each_figure_opens_the_records_that_it_counts(
    sign_in: SignIn, channel: PublicChannel, report: PublicReport, people: dict[str, User], now: datetime
) -> None:
    services.report_answer(report=report, text="好", actor=people["approver"], now=now)
    report_receive(channel=channel, sent=sent(2), now=now)
    SendHour.objects.update(over_network=3, held_back=1)
    client = sign_in("monitor")
    page = html(client.get(f"/disclosure/{channel.pk}/"))
    for query, count in (("", 2), ("&amp;state=waiting", 1), ("&amp;state=answered", 1)):
        url = f"/disclosure/reports/?channel={channel.pk}{query}"
        assert f'href="{url}"><b>{count}</b>' in page
        assert html(client.get(url.replace("&amp;", "&"))).count("<tr><td") == count
    assert f'href="/disclosure/{channel.pk}/refused/"><b>4</b>' in page
    refused = html(client.get(f"/disclosure/{channel.pk}/refused/"))
    assert '<td class="num">3</td>' in refused


@pytest.mark.parametrize(
    "query", ["?state=nonsense", "?channel=x", "?from=-1", "?from=99999999999999999999", "?channel=999"]
)
def test_an_address_somebody_typed_is_no_error(sign_in: SignIn, report: PublicReport, query: str) -> None:
    assert sign_in("monitor").get(f"/disclosure/reports/{query}").status_code == 200


def test_a_report_that_was_rejected_still_has_its_page(
    sign_in: SignIn, channel: PublicChannel, now: datetime
) -> None:
    made = report_receive(channel=channel, sent=sent(1, what="？？", where="", when=""), now=now)
    assert isinstance(made, PublicReport)
    client = sign_in("monitor")
    assert "is being analysed" in html(client.get(f"/disclosure/reports/{made.pk}/"))
    for _ in Worker(InlineEngine(), clock=lambda: now).run_pending():
        pass
    assert "Rejected" in html(client.get(f"/disclosure/reports/{made.pk}/"))


def test_a_photo_is_a_file_of_its_own_and_each_look_is_kept(sign_in: SignIn, report: PublicReport) -> None:
    url = f"/disclosure/photos/{ReportPhoto.objects.get().pk}/"
    response = sign_in("monitor").get(url)
    assert (response.content, response["Content-Type"]) == (b"picture", "image/png")
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert sign_in("school_officer").get(url).status_code == 404
    assert AuditEntry.objects.filter(action="public_report.photo_read").count() == 1


def test_reception_days_are_moved_and_taken_back(sign_in: SignIn, channel: PublicChannel) -> None:
    client = sign_in("administrator")
    url = f"/disclosure/{channel.pk}/days/"
    days: Any = html(Client().get("/report/yunchuan/days/"))
    first = days.split("<li>")[3].split(" ")[0]
    assert "moved to 2027" in html(client.post(url, {"day": first, "moved_to": "2027-12-30"}, follow=True))
    assert "This is not a reception day." in html(client.post(url, {"day": "2027-01-05"}, follow=True))
    assert "Give the day" in html(client.post(url, {"day": "x"}, follow=True))
    exception = channel.exceptions.get()
    client.post(f"{url}{exception.pk}/")
    assert not channel.exceptions.exists()


def test_a_list_costs_no_more_with_more_reports(
    sign_in: SignIn, channel: PublicChannel, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        report_receive(channel=channel, sent=sent(number), now=now)
    client = sign_in("monitor")
    for url in ("/disclosure/reports/", "/disclosure/"):
        with django_assert_max_num_queries(20):
            client.get(url)

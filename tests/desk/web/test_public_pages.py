"""What the public sees without signing in: only where a channel is open, and nothing of anybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.disclosure import limits, services
from guanlan.desk.disclosure.models import PublicChannel, PublicReport, SendHour
from guanlan.desk.organisation.models import User
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.web.form_token import LEAST, MOST, token_new
from tests.desk.disclosure.conftest import STORY, WORDS
from tests.desk.web.second import HOSTILE, assert_dead, html

URL, LOOK_UP, DAYS = "/report/yunchuan/", "/report/yunchuan/look-up/", "/report/yunchuan/days/"
CARD = "11010519491231002X"  # the example of GB 11643


@pytest.fixture(autouse=True)
def _at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("guanlan.desk.web.views.public.utc_now", lambda: now)


@pytest.fixture
def channel(people: dict[str, User], now: datetime) -> PublicChannel:
    actor = people["administrator"]
    assert actor.unit
    made = services.public_channel_create(
        unit=actor.unit, actor=actor, now=now, slug="yunchuan", phone="0555-12345", weekday=3,
        reception_time="9:00", **WORDS,
    )  # fmt: skip
    services.public_channel_switch(channel=made, on=True, actor=actor, now=now)
    return made


@pytest.fixture
def visitor() -> Client:
    return Client(REMOTE_ADDR="203.0.113.5")


def filled(now: datetime, **fields: Any) -> dict[str, Any]:
    """A form as a person sends it half a minute after opening it."""
    return {"what": STORY, "where": "文庙街", "token": token_new(now - timedelta(seconds=30)), **fields}


def receipt_in(page: HttpResponse) -> str:
    found = re.search(r'id="receipt"[^>]*>([0-9A-Z-]+)<', page.content.decode())
    assert found, page.content.decode()[:2000]
    return found[1]


def test_from_the_form_to_the_answer(
    visitor: Client, channel: PublicChannel, people: dict[str, User], now: datetime
) -> None:
    page = visitor.get(URL)
    assert page.status_code == 200
    for words in (*WORDS.values(), "0555-12345", "Every Thursday"):
        assert words in html(page)
    receipt = receipt_in(visitor.post(URL, filled(now)))
    page = html(visitor.post(LOOK_UP, {"number": receipt.lower().replace("-", " ")}))
    assert '<li aria-current="step" class="done">Received' in page
    assert STORY not in page
    services.report_answer(
        report=PublicReport.objects.get(), text="已修好 <b>", actor=people["spokesperson"], now=now
    )
    page = html(visitor.post(LOOK_UP, {"number": receipt}))
    assert "已修好 &lt;b&gt;" in page
    assert '<li aria-current="step" class="done">Answered' in page
    assert "Spokesperson" not in page


def test_nothing_opens_a_session_or_stays_in_a_cache(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    for response in (
        visitor.get(URL),
        visitor.post(URL, filled(now)),
        visitor.get(LOOK_UP),
        visitor.get(DAYS),
    ):
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert "geolocation=()" in response["Permissions-Policy"]
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
    assert "sessionid" not in visitor.cookies


def test_search_engines_may_know_the_form_and_nothing_else(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    assert "X-Robots-Tag" not in visitor.get(URL)
    for response in (visitor.post(URL, filled(now)), visitor.get(LOOK_UP), visitor.get(DAYS)):
        assert response["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("url", [URL, LOOK_UP, DAYS, "/report/nobody/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_closed_channel_is_not_there(
    visitor: Client, channel: PublicChannel, people: dict[str, User], now: datetime, url: str, method: str
) -> None:
    services.public_channel_switch(channel=channel, on=False, actor=people["administrator"], now=now)
    assert getattr(visitor, method)(url).status_code in (404, 405)
    assert getattr(visitor, method)(url).status_code == 404 or (url, method) == (DAYS, "post")


def test_a_form_without_the_csrf_token_is_refused(channel: PublicChannel, now: datetime) -> None:
    assert Client(enforce_csrf_checks=True).post(URL, filled(now)).status_code == 403
    assert PublicReport.objects.count() == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"website": "https://spam.example/"},
        {"token": ""},
        {"token": "forged"},
        {"opened": timedelta(seconds=1)},
        {"opened": MOST + timedelta(minutes=1)},
    ],
)
def test_what_a_robot_may_have_sent_is_asked_for_once_more_with_its_words_kept(
    visitor: Client, channel: PublicChannel, now: datetime, broken: dict[str, Any]
) -> None:
    opened = broken.pop("opened", timedelta(seconds=30))
    sent = {**filled(now), "token": token_new(now - opened), **broken}
    page = visitor.post(URL, sent)
    assert page.status_code == 400
    text = html(page)
    assert STORY in text
    assert "spam.example" not in text
    assert PublicReport.objects.count() == 0
    assert SendHour.objects.get().held_back == 1
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    assert token
    assert (
        visitor.post(URL, {**sent, "website": "", "token": unescape(token[1])}).status_code == 400
    )  # too quick


def test_the_form_that_is_asked_for_again_is_taken(
    visitor: Client, channel: PublicChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.post(URL, {**filled(now), "website": "x"})
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    assert token
    monkeypatch.setattr("guanlan.desk.web.views.public.utc_now", lambda: now + LEAST)
    receipt_in(visitor.post(URL, {**filled(now), "token": unescape(token[1])}))


@pytest.mark.parametrize(
    "number", [CARD, "13812345678", "138 1234 5678", "１３８１２３４５６７８", "+8613812345678"]
)
def test_a_personal_number_is_pointed_out_before_sending_and_never_refused(
    visitor: Client, channel: PublicChannel, now: datetime, number: str
) -> None:
    sent = filled(now, what=f"{STORY}我的号码是{number}。")
    page = visitor.post(URL, sent)
    assert page.status_code == 200
    assert "There seems to be a personal number" in html(page)
    assert PublicReport.objects.count() == 0
    receipt_in(visitor.post(URL, {**sent, "as_it_is": "1"}))


def test_a_number_in_the_field_for_it_is_nobody_elses_business(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    receipt_in(visitor.post(URL, filled(now, contact="13812345678")))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"what": ""}, 400),
        ({"what": "字" * 3001}, 400),
        ({"where": "字" * 201}, 400),
        ({"contact": "字" * 201}, 400),
        ({"what": "\x00\x00"}, 400),
        ({"what": "\u202e\u2066"}, 400),
        ({"token": "字" * 500}, 400),
    ],
)
def test_what_is_too_long_or_empty_comes_back_with_the_reason(
    visitor: Client, channel: PublicChannel, now: datetime, fields: dict[str, str], status: int
) -> None:
    assert visitor.post(URL, filled(now, **fields)).status_code == status
    assert PublicReport.objects.count() == Intake.objects.count() == 0


def test_hostile_text_is_taken_as_text(
    visitor: Client, channel: PublicChannel, now: datetime, sign_in: Callable[[str], Client]
) -> None:
    receipt_in(visitor.post(URL, filled(now, what=f"{HOSTILE}\x00\u202e坏\r\n路灯\x1b[31m", where=HOSTILE)))
    body = Intake.objects.get().payload["body"]
    assert body.startswith(f"{HOSTILE}坏\n路灯[31m\n")
    assert_dead(html(visitor.post(URL, filled(now, what=HOSTILE, where="x" * 300))))
    assert_dead(html(visitor.post(LOOK_UP, {"number": HOSTILE})))
    assert_dead(html(sign_in("case_officer").get("/disclosure/")))


def test_bytes_that_are_no_utf8_are_said_to_be_unreadable(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    words = "".join(f"%{byte:02X}" for byte in "路灯坏了".encode("gbk"))
    body = f"what={words}&token={token_new(now - LEAST)}"
    page = visitor.post(URL, body, content_type="application/x-www-form-urlencoded")
    assert page.status_code == 400
    assert "could not be read" in html(page)
    declared = "application/x-www-form-urlencoded; charset=gbk"
    assert visitor.post(URL, body, content_type=declared).status_code == 400
    assert PublicReport.objects.count() == 0


def test_too_many_are_told_of_other_ways_and_keep_their_words(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    PublicChannel.objects.update(hour_ceiling=1)
    receipt_in(visitor.post(URL, filled(now)))
    page = visitor.post(URL, filled(now, what="第二件事情"))
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 3600
    text = html(page)
    assert "第二件事情" in text
    assert "0555-12345" in text
    assert "Every Thursday" in text


def test_wrong_numbers_of_every_sort_are_answered_alike(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    receipt = receipt_in(visitor.post(URL, filled(now)))
    last = "A" if receipt[-1] != "A" else "C"
    other = PublicChannel.objects.get()
    pages = set()
    for wrong in ("1", receipt[:-1] + last, "261123-AAAA-AAAA-AAAA", "字" * 80, "' OR 1=1 --"):
        response = visitor.post(LOOK_UP, {"number": wrong})
        assert response.status_code == 200
        text = re.sub(r'(csrfmiddlewaretoken" value|name="number" value)="[^"]*"', "", html(response))
        pages.add(text)
    assert len(pages) == 1
    assert "No report was found" in pages.pop()
    assert other.open


def test_a_receipt_of_another_channel_says_nothing(
    visitor: Client, channel: PublicChannel, people: dict[str, User], school: Any, now: datetime
) -> None:
    receipt = receipt_in(visitor.post(URL, filled(now)))
    actor = people["administrator"]
    made = services.public_channel_create(unit=school, actor=actor, now=now, slug="school", **WORDS)
    services.public_channel_switch(channel=made, on=True, actor=actor, now=now)
    assert "No report was found" in html(visitor.post("/report/school/look-up/", {"number": receipt}))


def test_looking_up_is_limited_for_right_and_wrong_numbers(
    visitor: Client, channel: PublicChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOOK_UPS", 3)
    receipt = receipt_in(visitor.post(URL, filled(now)))
    for number in ("1", "2", receipt):
        assert visitor.post(LOOK_UP, {"number": number}).status_code == 200
    for number in ("1", receipt):
        page = visitor.post(LOOK_UP, {"number": number})
        assert page.status_code == 429
        assert "Retry-After" in page
    elsewhere = Client(REMOTE_ADDR="198.51.100.1")
    assert elsewhere.post(LOOK_UP, {"number": receipt}).status_code == 200
    assert SendHour.objects.get().over_look_ups == 2


def test_a_forwarded_address_is_believed_only_from_a_named_proxy(
    channel: PublicChannel, now: datetime, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SENDS_AN_HOUR", 1)

    def status(number: int, forwarded: str) -> int:
        client = Client(REMOTE_ADDR="10.0.0.2", headers={"X-Forwarded-For": forwarded})
        return client.post(URL, filled(now, what=f"{STORY}{number}")).status_code

    assert [status(1, "198.51.100.1"), status(2, "192.0.2.1")] == [200, 429]
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert [status(3, "198.51.100.1"), status(4, "192.0.2.1")] == [200, 200]
    # What the visitor wrote stands in front of what the proxy saw, and is not read.
    assert status(5, "203.0.113.1, 192.0.2.1, 10.0.0.9") == 429


def test_reception_days_of_a_year_with_what_is_different(
    visitor: Client, channel: PublicChannel, people: dict[str, User], now: datetime
) -> None:
    actor = people["administrator"]
    first, second = datetime(2026, 11, 26).date(), datetime(2026, 12, 3).date()  # noqa: DTZ001
    services.reception_day_set(channel=channel, day=first, moved_to=None, note="会议", actor=actor, now=now)
    services.reception_day_set(
        channel=channel, day=second, moved_to=second + timedelta(days=1), note="", actor=actor, now=now
    )
    page = html(visitor.get(DAYS))
    assert page.count("<li>") == 52
    assert '2026-11-26 Thu</s> <b>not held</b> <span class="quiet" lang="zh-CN">会议</span>' in page
    assert "2026-12-03 Thu</s> <b>moved to 2026-12-04 Fri</b>" in page
    PublicChannel.objects.update(weekday=None)
    assert visitor.get(DAYS).status_code == 404


def test_the_page_is_chinese_first_and_english_on_wish(
    visitor: Client, channel: PublicChannel, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "zh-hans"
    assert "反映问题" in html(visitor.get(URL))
    visitor.post(reverse("language"), {"language": "en", "next": URL})
    assert "Tell us what is wrong" in html(visitor.get(URL))


def test_what_was_received_is_in_the_audit_without_words(
    visitor: Client, channel: PublicChannel, now: datetime
) -> None:
    receipt_in(visitor.post(URL, filled(now, contact="13812345678")))
    entry = AuditEntry.objects.get(action="public_report.received")
    assert (entry.actor, entry.data) == ("system", {"unit": channel.unit_id})

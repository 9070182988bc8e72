"""The public's way in a real browser: on a phone, without script, from the form to the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from guanlan.desk.common.clock import utc_now
from guanlan.desk.disclosure import services
from guanlan.desk.disclosure.models import PublicChannel, PublicReport, ReportPhoto
from guanlan.desk.organisation.models import User
from guanlan.desk.web import form_token
from tests.desk.disclosure.conftest import STORY, WORDS
from tests.desk.web.test_browser import (  # noqa: F401 - pytest finds fixtures by their names
    _guards_afterwards,
    browser,
    guarded,
    open_desk,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
OpenPage = Callable[..., Page]


@pytest.fixture
def channel(guarded: None, people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> PublicChannel:  # noqa: F811
    monkeypatch.setattr(form_token, "LEAST", form_token.timedelta())  # a test fills faster than a person
    actor = people["administrator"]
    assert actor.unit
    made = services.public_channel_create(
        unit=actor.unit, actor=actor, now=utc_now(), slug="yunchuan", phone="0555-12345", weekday=3,
        reception_time="9:00", reception_place="政务服务中心", photos=True, **WORDS,
    )  # fmt: skip
    services.public_channel_switch(channel=made, on=True, actor=actor, now=utc_now())
    return made


@pytest.fixture
def open_public(channel: PublicChannel, browser: Browser, live_server: Any) -> Iterator[OpenPage]:  # noqa: F811
    """A page of somebody nobody knows; anything the console complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def enter(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport=PHONE, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def test_a_phone_without_script_goes_from_the_form_to_the_answer(
    open_public: OpenPage, people: dict[str, User]
) -> None:
    page = open_public(java_script_enabled=False)
    page.goto("/report/yunchuan/")
    page.get_by_label("What happened").fill(f"{STORY} 138 1234 5678")
    page.get_by_label("Where it happened").fill("文庙街")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("13812345678")
    page.get_by_label("What happened").fill(STORY)
    page.get_by_role("button", name="I have changed it: send").click()
    receipt = page.locator("#receipt").inner_text()
    assert re.fullmatch(r"\d{6}(-[A-Z0-9]{4}){3}", receipt)
    page.get_by_role("link", name="How to look it up").click()
    page.get_by_label("Receipt number").fill(receipt.lower())
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Received")
    actor, report = people["spokesperson"], PublicReport.objects.get()
    services.report_answer(report=report, text="三盏灯已修好。", actor=actor, now=utc_now())
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Answered")
    expect(page.get_by_text("三盏灯已修好。")).to_be_visible()


def test_sending_the_receipt_page_again_is_the_same_receipt(open_public: OpenPage) -> None:
    page = open_public()
    page.goto("/report/yunchuan/")
    page.get_by_label("What happened").fill(STORY)
    page.get_by_role("button", name="Send", exact=True).click()
    receipt = page.locator("#receipt").inner_text()
    page.reload()
    assert page.locator("#receipt").inner_text() == receipt
    assert PublicReport.objects.count() == 1


def test_nothing_is_wider_than_a_phone_and_every_button_can_be_hit(open_public: OpenPage) -> None:
    page = open_public()
    for address in ("/report/yunchuan/", "/report/yunchuan/look-up/", "/report/yunchuan/days/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        low = page.evaluate(
            "[...document.querySelectorAll('button, nav a, input:not([type=hidden]), textarea')]"
            ".filter(e => !e.closest('.away') && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert low == [], address
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), textarea')]"
            ".filter(e => !e.labels.length).map(e => e.name)"
        )
        assert unnamed == [], address


def test_the_way_by_keyboard_leads_past_the_robots_field(open_public: OpenPage) -> None:
    page = open_public()
    page.goto("/report/yunchuan/")
    names = []
    for _ in range(25):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.name || document.activeElement.className"))
    assert names[0] == "skip"
    assert [name for name in names if name in ("what", "where", "when", "photos", "contact", "main")][:6] == [
        "what", "where", "when", "photos", "contact", "main",
    ]  # fmt: skip
    assert "website" not in names
    assert not page.locator("[name=website]").evaluate("e => e.getBoundingClientRect().right > 0")


def test_a_real_photo_is_taken_and_still_shows(
    open_public: OpenPage,
    open_desk: Callable[..., Page],  # noqa: F811
    live_server: Any,
) -> None:
    page = open_public()
    page.goto("/report/yunchuan/")
    pictures = [
        {"name": f"a.{kind}", "mimeType": "text/html", "buffer": page.screenshot(type=kind)}
        for kind in ("jpeg", "png")
    ]
    page.get_by_label("What happened").fill(STORY)
    page.get_by_label("Photos").set_input_files(pictures)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#receipt")).to_be_visible()
    assert list(ReportPhoto.objects.values_list("media_type", flat=True)) == ["image/jpeg", "image/png"]
    desk = open_desk()
    for photo in ReportPhoto.objects.all():
        desk.goto(f"/disclosure/photos/{photo.pk}/")
        assert desk.evaluate("document.images[0].naturalWidth") == PHONE["width"]


def test_the_desk_side_fits_a_phone_too(open_public: OpenPage, open_desk: Callable[..., Page]) -> None:  # noqa: F811
    page = open_public()
    page.goto("/report/yunchuan/")
    page.get_by_label("What happened").fill(STORY)
    page.get_by_label("How to reach you").fill("门卫室")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#receipt")).to_be_visible()
    desk = open_desk(viewport=PHONE)
    report = PublicReport.objects.get()
    for address in (
        "/disclosure/", f"/disclosure/{report.channel_id}/", f"/disclosure/reports/{report.pk}/",
        f"/disclosure/{report.channel_id}/refused/", "/disclosure/reports/",
    ):  # fmt: skip
        desk.goto(address)
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address

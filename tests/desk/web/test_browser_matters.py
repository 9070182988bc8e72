"""Event and theme pages in a real browser: the chart, a trial as one types, and everything without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Role, RoleGrant, Unit, User
from guanlan.desk.watch.models import Theme
from tests.desk.web.test_browser import (  # noqa: F401 - pytest finds fixtures by their names
    _guards_afterwards,
    browser,
    guarded,
    open_desk,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenDesk = Callable[..., Page]


@pytest.fixture
def event(make_document: Callable[..., Document], body: Unit, people: dict[str, User]) -> Event:
    moment = utc_now() - timedelta(hours=3)
    documents = [make_document(published_at=moment + timedelta(minutes=number)) for number in range(5)]
    return event_create(
        title="自来水发黄", unit=body, actor=people["case_officer"], now=utc_now(), documents=documents
    )


def test_the_curve_is_drawn_and_an_hour_opens_its_texts(open_desk: OpenDesk, event: Event) -> None:  # noqa: F811
    page = open_desk()
    page.goto(f"/events/{event.pk}/")
    chart = page.locator(".chart svg")
    expect(chart).to_be_visible()
    box = page.locator(".chart").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 34 + (box["width"] - 44) / 8, box["y"] + 195)  # the first of four hours
    page.wait_for_url(f"**/events/{event.pk}/texts/?hour=*")
    assert page.locator("tr[data-row]").count() >= 1


def test_a_theme_is_tried_without_leaving_the_page(open_desk: OpenDesk, event: Event, body: Unit) -> None:  # noqa: F811
    theme = Theme.objects.create(
        unit=body, name="供水", expression="停水", created_at=utc_now(), changed_at=utc_now()
    )
    page = open_desk()
    page.goto(f"/themes/{theme.pk}/")
    page.fill("textarea", "自来水")
    page.click("button[value=try]")
    expect(page.locator("#trial mark").first).to_have_text("自来水")
    assert page.url.endswith(f"/themes/{theme.pk}/")
    page.fill("textarea", "必含:")
    page.click("button[value=try]")
    expect(page.locator("#trial .note.error")).to_be_visible()
    theme.refresh_from_db()
    assert theme.version == 1


@pytest.mark.parametrize("width", [1366, 390])
def test_an_event_is_graded_without_script_at_any_width(
    open_desk: OpenDesk,  # noqa: F811
    event: Event,
    people: dict[str, User],
    width: int,
) -> None:
    RoleGrant.objects.create(
        user=people["reviewer"], role=Role.CASE_OFFICER, unit=event.unit, since=event.opened_at
    )
    page = open_desk(java_script_enabled=False, viewport={"width": width, "height": 800})
    page.goto(f"/events/{event.pk}/")
    expect(page.locator(".chart")).to_be_hidden()
    page.select_option("select#level", "III")
    page.fill("#grade-reason", "checked by telephone")
    page.click("text=Set the grade")
    page.wait_for_url(f"**/events/{event.pk}/**")
    event.refresh_from_db()
    assert event.level == "III"


def test_no_page_is_wider_than_a_phone(open_desk: OpenDesk, event: Event) -> None:  # noqa: F811
    page = open_desk(viewport={"width": 390, "height": 844})
    for address in (
        "/",
        "/events/",
        f"/events/{event.pk}/",
        "/alerts/",
        "/alerts/rules/",
        "/themes/",
        "/reports/",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address

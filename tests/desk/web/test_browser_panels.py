"""Trend, source, suggested unit and bursts in a real browser, with and without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.events import routing
from guanlan.desk.events.forecasts import forecasts_due
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch.models import Theme, ThemeHit
from tests.desk.web.test_browser import (  # noqa: F401 - pytest finds fixtures by their names
    _guards_afterwards,
    browser,
    guarded,
    open_desk,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenDesk = Callable[..., Page]
STORY = "昨天傍晚城关镇北门一带自来水发黄，居民反映停水已经三天，水务局派人取样检测，结果尚未公布。"


@pytest.fixture
def event(make_document: Callable[..., Document], body: Unit, people: dict[str, User]) -> Event:
    routing.forget()
    moment = (utc_now() - timedelta(hours=4)).replace(minute=0)  # all in one hour, so in one day
    documents = [
        make_document(text=STORY, published_at=moment + timedelta(minutes=number)) for number in range(9)
    ]
    made = event_create(
        title="自来水发黄", unit=body, actor=people["case_officer"], now=utc_now(), documents=documents
    )
    forecasts_due(now=utc_now())
    return made


@pytest.fixture
def theme(event: Event, body: Unit) -> Theme:
    made = Theme.objects.create(
        unit=body, name="供水", expression="停水", created_at=utc_now(), changed_at=utc_now()
    )
    for item in event.items.all():
        ThemeHit.objects.create(theme=made, document=item.document, clause="停水")
    return made


@pytest.mark.parametrize("script", [True, False])
def test_the_panels_are_read_and_opened(open_desk: OpenDesk, event: Event, script: bool) -> None:  # noqa: F811
    page = open_desk(java_script_enabled=script)
    page.goto(f"/events/{event.pk}/")
    expect(page.locator("#trend svg polyline")).to_be_visible()
    expect(page.locator("#trend .forecasts li")).to_have_count(1)
    expect(page.locator("#unit ol > li")).to_have_count(2)
    branches = page.locator("#source .tree-of li")
    expect(branches).to_have_count(9)
    expect(branches.first).to_be_visible()
    page.locator("#source summary").first.click()
    expect(branches.first).to_be_hidden()
    page.locator("#trend .fold summary").click()
    expect(page.locator("#trend tbody tr")).to_have_count(1)


def test_a_day_of_a_theme_opens_its_hits(open_desk: OpenDesk, theme: Theme) -> None:  # noqa: F811
    page = open_desk(java_script_enabled=False)
    page.goto(f"/themes/{theme.pk}/")
    page.locator("#bursts .fold summary").click()
    page.locator("#bursts tbody tr a", has_text="9").first.click()
    page.wait_for_url(f"**/themes/{theme.pk}/hits/?day=*")
    assert page.locator("tr[data-row]").count() == 9


def test_no_panel_is_wider_than_a_phone(open_desk: OpenDesk, event: Event, theme: Theme) -> None:  # noqa: F811
    page = open_desk(viewport={"width": 390, "height": 844})
    for address in (f"/events/{event.pk}/", f"/themes/{theme.pk}/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address

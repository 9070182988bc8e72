"""The grid of counts in a real browser: typed down a column by keyboard, without script, and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from guanlan.desk.common.clock import local_date, utc_now
from guanlan.desk.counts.models import CountSeries
from guanlan.desk.counts.services import SeriesFacts, series_create
from guanlan.desk.organisation.models import Unit, User
from tests.desk.web.test_browser import (  # noqa: F401 - pytest finds fixtures by their names
    _guards_afterwards,
    browser,
    guarded,
    open_desk,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenDesk = Callable[..., Page]
PLACES = ["青石镇", "柳河镇", "石桥乡"]


@pytest.fixture
def series(body: Unit, people: dict[str, User]) -> CountSeries:
    facts = SeriesFacts(
        name="畜禽异常死亡",
        measure="头",
        definition="不明原因死亡",
        purpose="动物防疫法",
        due_time=time(0, 0),
    )
    begun = utc_now() - timedelta(days=10)
    return series_create(unit=body, facts=facts, places=PLACES, actor=people["reviewer"], now=begun)


def figures(series: CountSeries, day: date) -> dict[str, int | None]:
    return {row.place.name: row.value for row in series.entries.filter(day=day).select_related("place")}


def test_a_day_is_typed_from_top_to_bottom_and_corrected_with_a_reason(
    open_desk: OpenDesk,  # noqa: F811
    series: CountSeries,
) -> None:
    page, today = open_desk(viewport={"width": 1366, "height": 768}), local_date(utc_now())
    page.goto(f"/counts/{series.pk}/enter/")
    page.locator(".count-grid tbody tr").first.locator("input").first.focus()
    for number in ("3", "0"):
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    page.keyboard.type("2")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # the last row: on to the button
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved: 3 new figures.")).to_be_visible()
    assert figures(series, today) == {"青石镇": 3, "柳河镇": 0, "石桥乡": 2}
    page.locator(".count-grid tbody tr").first.locator("input").first.fill("5")
    page.click("text=Save figures")
    expect(page.get_by_text("Nothing was saved yet")).to_be_visible()
    page.fill("#reason", "漏了两头")
    page.click("text=Save figures")
    expect(page.get_by_text("1 corrected")).to_be_visible()
    assert figures(series, today)["青石镇"] == 5
    page.goto(f"/counts/{series.pk}/")
    expect(page.locator(".chart svg")).to_be_visible()
    box = page.locator(".chart").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 14, box["y"] + 190)  # the newest day
    page.wait_for_url(f"**/entries/?day={today}")


def test_the_grid_is_filled_on_a_phone_without_script(open_desk: OpenDesk, series: CountSeries) -> None:  # noqa: F811
    page = open_desk(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto(f"/counts/{series.pk}/enter/")
    first = page.locator(".count-grid tbody tr").first.locator("input").first
    expect(first).to_be_visible()
    first.fill("4")
    page.click("text=Save figures")
    expect(page.get_by_text("Saved: 1 new figures.")).to_be_visible()
    assert figures(series, local_date(utc_now())) == {"青石镇": 4}


def test_no_page_of_counts_is_wider_than_a_phone(open_desk: OpenDesk, series: CountSeries) -> None:  # noqa: F811
    page = open_desk(viewport={"width": 390, "height": 844})
    for address in (
        "",
        f"{series.pk}/",
        f"{series.pk}/enter/",
        f"{series.pk}/edit/",
        f"{series.pk}/table/",
        "new/",
    ):
        page.goto(f"/counts/{address}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, address

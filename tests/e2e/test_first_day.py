"""A county office's first day: from the one-time password to the signed brief, in a real browser.

Each step is a fixture upon the one before it, so that any of these tests runs alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from docx import Document as WordFile
from playwright.sync_api import Page, expect

from tests.e2e import day as steps
from tests.e2e.browsing import (
    DESKTOP,
    PHONE,
    Visit,
    add_up,
    choose_password,
    links_of,
    number_in,
    shown_counts,
    sign_in,
)
from tests.e2e.day import Day
from tests.e2e.running import RunningDesk

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_page_complains")]

#: The rooms of the left bar and the pages behind them that hold no number.
PAGES = (
    "/", "/documents/", "/documents/?show=off_topic", "/documents/new/", "/import/", "/events/",
    "/events/new/", "/alerts/", "/alerts/?show=all", "/alerts/rules/", "/alerts/rules/new/volume/",
    "/alerts/channels/", "/reports/", "/disclosure/", "/disclosure/new/", "/disclosure/reports/", "/themes/", "/themes/new/", "/sources/", "/sources/new/", "/runs/",
    "/people/", "/audit/", "/account/", "/account/password/",
)  # fmt: skip
ROOMS = (
    "/",
    "/documents/",
    "/events/",
    "/alerts/",
    "/reports/",
    "/disclosure/",
    "/themes/",
    "/sources/",
    "/people/",
    "/audit/",
)
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def started(desk: RunningDesk, visit: Visit) -> Day:
    """An empty body; the administrator has chosen a password."""
    once = desk.create()
    for name in ("web", "work", "clock"):
        desk.start(name)
    desk.wait_for_pages()
    page = visit.enter()
    sign_in(page, once)
    page.goto("/documents/")
    assert "/account/password/" in page.url, "somebody with a one-time password got past the first page"
    choose_password(page)
    return Day(page)


@pytest.fixture(scope="module")
def imported(started: Day) -> Day:
    steps.bring_in(started, datetime.now(UTC))
    return started


@pytest.fixture(scope="module")
def listening(imported: Day) -> Day:
    steps.listen(imported)
    return imported


@pytest.fixture(scope="module")
def judged(listening: Day) -> Day:
    steps.judge(listening)
    return listening


@pytest.fixture(scope="module")
def registered(judged: Day) -> Day:
    steps.register(judged)
    steps.grade(judged)
    return judged


@pytest.fixture(scope="module")
def called(registered: Day) -> Day:
    steps.be_called(registered)
    steps.acknowledge(registered)
    return registered


@pytest.fixture(scope="module")
def briefed(called: Day) -> Day:
    steps.brief(called)
    return called


def test_the_empty_desk_says_what_to_do_first(started: Day) -> None:
    page = started.page
    page.goto("/")
    expect(page.get_by_role("heading", name="先做这几步")).to_be_visible()
    ways = [way.get_attribute("href") for way in page.locator("ol.steps a").all()]
    assert ways == ["/themes/", "/import/", "/documents/new/", "/sources/"]


def test_the_counts_of_an_import_add_up(imported: Day) -> None:
    counts = imported.counts
    assert add_up(counts)
    assert counts["fetched"] > len(steps.voices(datetime.now(UTC)))
    assert (counts["rejected"], counts["quarantined"]) == (1, 0)
    assert counts["stored"] > 0
    assert counts["off_topic"] > 0


def test_the_bad_record_is_shown_with_its_place_and_cause(imported: Day) -> None:
    imported.page.goto(f"{imported.run}?outcome=rejected")
    row = imported.page.locator("#items tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("voices.jsonl")


def test_a_new_theme_finds_what_its_trial_promised(listening: Day) -> None:
    page = listening.page
    assert listening.promised > 0
    page.goto("/themes/")
    row = page.locator("tr", has=page.get_by_role("link", name=steps.THEME))
    assert number_in(row.locator("td.num a").first.inner_text()) >= listening.promised


def test_what_was_off_topic_counts_as_stored_once_a_theme_asks_for_it(listening: Day) -> None:
    listening.page.goto(listening.run)
    after, before = shown_counts(listening.page), listening.counts
    assert add_up(after)
    assert after["fetched"] == before["fetched"]
    taken = after["stored"] - before["stored"]
    assert taken == before["off_topic"] - after["off_topic"]
    assert 0 < taken <= listening.promised


def test_keys_judge_and_what_was_judged_in_bulk_can_be_taken_back(judged: Day) -> None:
    assert list(judged.marked.values()) == ["相关", "无关"]
    before, keys, bulk, undone = judged.unseen
    assert (keys, bulk, undone) == (before - 2, before - 3, before - 2)


def test_a_person_agrees_with_the_proposed_grade_and_changes_it_with_a_reason(registered: Day) -> None:
    page = registered.page
    page.goto(registered.event)
    proposed, graver = registered.level
    assert proposed
    assert graver != proposed
    expect(page.locator("h1")).to_contain_text(steps.EVENT)
    assert page.locator("select#level option:disabled").count() == 0  # the administrator may lower too
    page.locator("#grade details summary").click()
    decided = page.locator("#grade details tr", has_text="admin")
    expect(decided).to_have_count(2)
    expect(decided.filter(has_text=steps.REASON)).to_have_count(1)


def test_what_calls_is_handed_over_and_acknowledged(called: Day) -> None:
    page = called.page
    page.goto(called.alert)
    expect(page.locator(".alert-row")).to_contain_text(steps.NOTED)
    page.goto("/alerts/")
    expect(page.locator("section.alert-row.open").first).to_be_visible()
    expect(page.locator("section.alert-row", has_text=steps.RULE)).to_have_count(0)


def test_the_issued_brief_carries_number_event_and_what_was_written(briefed: Day) -> None:
    page = briefed.page
    page.goto(briefed.report)
    title = page.locator(".paper-title").inner_text()
    issue = page.locator(".paper-issue").inner_text()
    assert HAN.search(title)
    assert "1" in issue
    file = WordFile(io.BytesIO(briefed.papers["docx"]))
    text = "".join(node.text or "" for node in file.element.body.iter() if node.tag.endswith("}t"))
    for wanted in (title, issue, steps.EVENT, steps.ADVICE):
        assert wanted in text
    assert briefed.papers["pdf"].startswith(b"%PDF-")


def test_every_act_of_the_day_is_in_the_audit_and_the_chain_is_whole(desk: RunningDesk, briefed: Day) -> None:
    page = briefed.page
    for act in (
        "person.password_changed", "import.begun", "theme.created", "documents.screened",
        "documents.screen_undone", "event.registered", "event.grade_confirmed", "rule.created",
        "document.entered", "alert.acknowledged", "report.made", "report.changed", "report.issued",
    ):  # fmt: skip
        page.goto(f"/audit/?action={act}")
        expect(page.locator("tbody tr").first).to_contain_text("admin")
    page.goto("/audit/")
    page.click('form[action="/audit/check/"] button')
    expect(page.locator(".note[role=status]")).to_be_visible()
    checked = desk.guanlan("audit", "verify")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "完好" in checked.stdout


def of_the_day(day: Day, desk: RunningDesk) -> list[str]:
    """Pages about what the day brought."""
    number = day.theme.strip("/").split("/")[-1]
    ((captured,),) = desk.rows("SELECT MIN(id) FROM documents_document WHERE capture_id IS NOT NULL")
    ((group,),) = desk.rows("SELECT id FROM watch_group ORDER BY size DESC LIMIT 1")
    return [
        day.run, day.theme, f"/themes/{number}/hits/", day.document, f"{day.document}event/",
        f"/documents/{captured}/?beside=1", f"/groups/{group}/", day.event, f"{day.event}texts/?q=停水",
        day.alert, "/alerts/rules/1/", day.report, "/sources/1/", "/sources/1/edit/", "/people/1/",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_is_wider_than_the_screen(briefed: Day, desk: RunningDesk, size: Any) -> None:
    page = briefed.page
    page.set_viewport_size(size)
    wider = {}
    for address in (*PAGES, *of_the_day(briefed, desk)):
        page.goto(address)
        by = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if by > 0:
            wider[address] = by
    assert wider == {}


def test_no_link_leads_nowhere(briefed: Day, desk: RunningDesk) -> None:
    page = briefed.page
    links: dict[str, str] = {}
    for address in (*PAGES, *of_the_day(briefed, desk)):
        page.goto(address)
        links = {**links_of(page), **links}
    dead = {link: page.request.get(link).status for link in links.values()}
    assert len(dead) > 50
    assert {link: status for link, status in dead.items() if status != 200} == {}


def test_without_javascript_a_text_is_read_and_judged(briefed: Day, visit: Visit) -> None:
    page = visit.enter(java_script_enabled=False)
    sign_in(page)
    page.goto(briefed.feed)
    link = page.locator(f'a.line-title[href="{briefed.document}"]')
    title = link.inner_text()
    link.click()
    page.wait_for_url(f"**{briefed.document}")
    expect(page.locator("h1")).to_contain_text(title.strip())
    expect(page.locator(".reading").first).not_to_be_empty()
    page.click('form[action$="/screen/"] button[value=relevant]')
    expect(page.locator(".note.success")).to_be_visible()
    expect(page.locator('form[action$="/screen/"] button[value=relevant]')).to_have_class(
        re.compile("btn-on")
    )
    page.context.close()


@pytest.fixture
def english(briefed: Day) -> Iterator[Page]:
    page = briefed.page
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    speak(page, "en")
    yield page
    speak(page, "zh-hans")


def speak(page: Page, language: str) -> None:
    page.goto("/account/")
    page.locator("details.menu > summary").first.click()
    page.click(f'form[action="/language/"] button[value="{language}"]')
    expect(page.locator("html")).to_have_attribute("lang", "en" if language == "en" else "zh-CN")


def words_of_the_program(page: Page) -> list[str]:
    """Words that come from the program and never from a body's own records."""
    places = page.locator("nav.side a, h1, main .btn, main th, main .form-label, main .tabs a, main .lead")
    return [text.strip() for text in places.all_inner_texts() if text.strip()]


@pytest.mark.parametrize("room", ROOMS)
def test_in_english_every_room_is_english(english: Page, room: str) -> None:
    english.goto(room)
    assert [words for words in words_of_the_program(english) if HAN.search(words)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_in_chinese_every_room_is_chinese(briefed: Day, room: str) -> None:
    briefed.page.goto(room)
    found = [words for words in words_of_the_program(briefed.page) if re.search(r"[A-Za-z]{3,}", words)]
    assert found == []


def test_no_process_wrote_of_an_error(desk: RunningDesk, briefed: Day) -> None:
    said = desk.said()
    assert "Traceback" not in said
    assert " ERROR " not in said

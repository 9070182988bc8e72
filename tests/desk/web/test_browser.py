"""The feed in a real browser: by keyboard, without JavaScript, and on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import User
from tests.desk.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, and Django refuses its ORM beside a running loop.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def guards(*, up: bool) -> None:
    """Put the triggers of both chains up or take them down: emptying tables between tests needs them down."""
    if connection.vendor == "sqlite":
        down = [
            f"DROP TRIGGER IF EXISTS {chain}_no_{verb}"
            for chain in ("audit", "chain")
            for verb in ("update", "delete")
        ]
        made = (
            "guanlan.desk.audit.migrations.0002_append_only",
            "guanlan.desk.documents.migrations.0005_evidence",
        )
        statements = [*down, *(one for name in made for one in import_module(name).SQLITE)]
    else:
        tables = ("audit_auditentry", "documents_captureentry")
        down = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables]
        statements = [f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in tables]
    with connection.cursor() as cursor:
        for statement in statements if up else down:
            cursor.execute(statement)


@pytest.fixture(scope="module", autouse=True)
def _guards_afterwards(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        guards(up=True)


@pytest.fixture
def guarded(transactional_db: None) -> Iterator[None]:
    guards(up=True)
    yield
    guards(up=False)


@pytest.fixture
def open_desk(
    guarded: None, browser: Browser, live_server: Any, people: dict[str, User]
) -> Iterator[Callable[..., Page]]:
    """A signed-in page; anything the console complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def enter(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/sign-in/?next=/documents/")
        page.fill("input[name=username]", "reviewer")
        page.fill("input[name=password]", PASSWORD)
        page.click("button.btn-primary")
        page.wait_for_url("**/documents/")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def state(document: Document) -> str:
    document.refresh_from_db()
    return document.screening


def test_a_shift_is_worked_through_by_keyboard(
    open_desk: Callable[..., Page], make_document: Callable[..., Document]
) -> None:
    first, second, third, fourth = (make_document(title=f"item {n}") for n in range(4))
    page = open_desk(viewport={"width": 1366, "height": 768})
    page.wait_for_selector(f"#row-{first.pk}.current")
    page.keyboard.press("j")
    page.wait_for_selector("#preview h2:has-text('item 1')")
    page.keyboard.press("r")
    page.wait_for_selector("#preview h2:has-text('item 2')")
    page.keyboard.press("n")
    page.wait_for_selector("#preview h2:has-text('item 3')")
    assert (state(first), state(second), state(third)) == ("", "relevant", "irrelevant")
    page.keyboard.press("x")
    page.wait_for_selector("[data-ticked-count]:has-text('1')")
    page.keyboard.press("r")
    page.wait_for_selector(".note:has-text('1 marked relevant.')")
    assert state(fourth) == "relevant"
    page.click(".note button")
    page.wait_for_selector(".note:has-text('1 put back as before.')")
    assert state(fourth) == ""


def test_help_search_and_going_by_keyboard(
    open_desk: Callable[..., Page], make_document: Callable[..., Document]
) -> None:
    make_document()
    page = open_desk(viewport={"width": 1366, "height": 768})
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("j")  # a letter typed into a field is a letter
    assert page.input_value("#find") == "j"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/sources/")


def test_the_same_work_without_javascript(
    open_desk: Callable[..., Page], make_document: Callable[..., Document]
) -> None:
    document = make_document(title="by hand")
    page = open_desk(viewport={"width": 1366, "height": 768}, java_script_enabled=False)
    page.check(f"#row-{document.pk} input[type=checkbox]")
    page.click(".bulk button[value=irrelevant]")
    page.wait_for_selector(".note:has-text('1 marked not relevant.')")
    assert state(document) == "irrelevant"
    page.click(f"#row-{document.pk} a.line-title")
    page.wait_for_url(f"**/documents/{document.pk}/")
    page.click("button[value=relevant]")
    page.wait_for_selector(".note:has-text('1 marked relevant.')")
    assert state(document) == "relevant"


def test_on_a_phone_the_bar_is_at_the_foot_and_nothing_is_cut_off(
    open_desk: Callable[..., Page], make_document: Callable[..., Document]
) -> None:
    document = make_document(title="极" * 300, text="w" * 400)
    page = open_desk(viewport={"width": 390, "height": 844})
    assert page.is_visible(".feet")
    assert not page.is_visible(".side")
    for url in ("/documents/", f"/documents/{document.pk}/", "/sources/", "/import/", "/account/"):
        page.goto(url)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, url
    page.goto("/documents/")
    page.click(f"#row-{document.pk} a.line-title")
    page.wait_for_url(f"**/documents/{document.pk}/")
